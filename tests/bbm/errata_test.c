/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errata_test.c - PEs that need more, or have less, than the manual says
 *
 * Cortex-A76 1286807 and its like: a broadcast TLBI with its DSB may return
 * before another PE's accesses by the old translation are done; TLBI; DSB;
 * TLBI; DSB is the workaround.  It is about other PEs, so that a PE's own TLB
 * is clean after one.  AmpereOne AC03_CPU_38, Cortex-A55 1024718 and
 * Cortex-A510 2051678: hardware update of flags is to stay off.
 */
#include "check_logs.h"

#include <errno.h>

#define TWICE "machine tlbi_repeat=2\n"
#define ALL   "tlbi vmalle1is\ndsb ish\n"
#define MAKE  "store 3 0 0x3000 0x50000703\n"
#define S2                                                                  \
	"tables 0 root=0x1000 granule=4k va=21 regime=stage2\ninit 0x1000 " \
	"0x400007ff\nstore 3 0 0x1000 0\ndsb ish\n"
#define S2_MAKE "store 3 0 0x1000 0x500007ff\n"
#define IPA     "tlbi ipas2e1is 0\ndsb ish\n"
#define TREES                                              \
	"tables 0 root=0x1000 granule=4k va=21\n"          \
	"tables 1 root=0x2000 granule=4k va=21 idle\n"     \
	"tables 2 root=0x3000 granule=4k va=21 idle\n"     \
	"init 0x1000 0x40000703\ninit 0x2000 0x50000703\n" \
	"ttbr 2\nisb\n"

static const struct row {
	const char *name, *log, *found;
} repeats[] = {
	{ "once, where once is enough",
	  "machine tlbi_repeat=1\n" TABLES UNMAP "dsb ish\n" ALL MAKE, "" },
	{ "once, where it is not", TWICE TABLES UNMAP "dsb ish\n" ALL MAKE,
	  "break/repeat" },
	{ "twice", TWICE TABLES UNMAP "dsb ish\n" ALL ALL MAKE, "" },
	{ "two TLBIs and one DSB",
	  TWICE TABLES UNMAP "dsb ish\ntlbi vmalle1is\n" ALL MAKE,
	  "break/repeat" },
	{ "the second is not complete",
	  TWICE TABLES UNMAP "dsb ish\n" ALL "tlbi vmalle1is\n" MAKE,
	  "break/no-dsb" },
	{ "the second is for another address",
	  TWICE TABLES UNMAP "dsb ish\n" ALL "tlbi vaae1is 1\ndsb ish\n" MAKE,
	  "break/repeat" },
	{ "the first came before the store was visible",
	  TWICE TABLES UNMAP ALL ALL MAKE, "break/repeat" },
	{ "a PE that is alone has its own TLB only",
	  "machine tlbi_repeat=2 pes=1\n" TABLES UNMAP
	  "dsb nsh\ntlbi vmalle1\ndsb nsh\n" MAKE,
	  "" },
	{ "stage 2, each of both steps twice", TWICE S2 IPA IPA ALL ALL S2_MAKE,
	  "" },
	{ "stage 2, the first step once", TWICE S2 IPA ALL ALL S2_MAKE,
	  "break/repeat" },
	{ "stage 2, the second step once", TWICE S2 IPA IPA ALL S2_MAKE,
	  "break/repeat" },
	{ "what a PE has left, once", TWICE TREES ALL "ttbr 1\nisb\n",
	  "switch/repeat" },
	{ "what a PE has left, twice", TWICE TREES ALL ALL "ttbr 1\nisb\n",
	  "" },
	{ "what a PE has left, two TLBIs and one DSB",
	  TWICE TREES "tlbi vmalle1is\n" ALL "ttbr 1\nisb\n", "switch/repeat" },
	{ "what a PE has left, by address",
	  TWICE TREES "tlbi vaae1is 0\ndsb ish\n" ALL "ttbr 1\nisb\n", "" },
	{ "what a PE has left, its own TLB",
	  TWICE TREES "tlbi vmalle1\ndsb nsh\nttbr 1\nisb\n", "" },
};

static void some_pes_need_a_tlbi_twice(void **state)
{
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < COUNT(repeats); i++) {
		print_message("%s\n", repeats[i].name);
		check_text(repeats[i].log, (struct vmsa_checker_config){ 0 },
			   &a);
		assert_string_equal(a.text, repeats[i].found);
	}
}

/* --- whatever the log says ----------------------------------------------- */

enum assumption {
	NOTHING,
	REPEAT_1,
	REPEAT_2,
	NO_UPDATES
};

static void check_assuming(const char *log_text, enum assumption assumption,
			   struct answer *a)
{
	const struct vmsa_checker_config config = { .fn = note_finding,
						    .arg = a };
	const struct vmsa_log_text text = { "test", log_text,
					    strlen(log_text) };
	struct vmsa_checker_stats stats;
	struct vmsa_log *log;

	memset(a, 0, sizeof(*a));
	assert_int_equal(vmsa_log_parse(&text, &log), 0);
	if (assumption == NO_UPDATES)
		vmsa_log_assume_no_updates(log);
	else if (assumption != NOTHING)
		vmsa_log_assume_repeat(log, assumption == REPEAT_2 ? 2 : 1);
	assert_int_equal(vmsa_log_check(log, &config, &stats, NULL), 0);
	vmsa_log_close(log);
}

static void assumptions_go_before_the_log(void **state)
{
	/* Without hardware update nothing caches what has no Access flag. */
	static const char no_flag[] =
		"machine ha\n" TABLES "init 0x3000 0x40000303\n" UNMAP
		"dsb ish\n" MAKE;
	/* With it, DBM makes a page writable that AP[2] says is not. */
	static const char clean[] =
		"machine hd\n" TABLES "init 0x3000 0x0008000040000783\n"
		"store 3 0 0x3000 0x0008000050000783\n";
	static const struct {
		const char *log;
		enum assumption assumption;
		const char *found;
	} rows[] = {
		{ TABLES UNMAP "dsb ish\n" ALL MAKE, NOTHING, "" },
		{ TABLES UNMAP "dsb ish\n" ALL MAKE, REPEAT_2, "break/repeat" },
		{ TWICE TABLES UNMAP "dsb ish\n" ALL MAKE, REPEAT_1, "" },
		{ no_flag, NOTHING, "break/no-tlbi" },
		{ no_flag, NO_UPDATES, "" },
		{ clean, NOTHING, "break" },
		{ clean, NO_UPDATES, "unknown:break" },
	};
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		check_assuming(rows[i].log, rows[i].assumption, &a);
		assert_string_equal(a.text, rows[i].found);
	}
}

static void there_is_no_threefold_tlbi(void **state)
{
	const struct vmsa_checker_config config = { .tlbi_repeat = 3 };
	struct vmsa_checker *c;

	(void)state;
	assert_int_equal(vmsa_checker_create(&config, &c), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_pes_need_a_tlbi_twice),
		cmocka_unit_test(assumptions_go_before_the_log),
		cmocka_unit_test(there_is_no_threefold_tlbi),
	};

	return cmocka_run_group_tests_name("check_errata", tests, NULL, NULL);
}
