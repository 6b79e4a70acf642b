/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sexp_test.c - casemate's traces, and where our verdicts are other ones
 *
 * Traces of our own in the shapes of its published examples.  Roots at 0x1000
 * and 0x2000 with locks 0x9000 and 0x9008, children from 0x3000 on; stage 2
 * unless a name says EL2.  Where two roots are loaded, the second has VMID 1:
 * earlier traces gave both VMID 0, before casemate and we told "id" of it.
 */
#include "check_logs.h"

#include <errno.h>

#define R(name, rest) "(" name " (id 0) (tid 0) " rest " (src \"a.c:1\"))\n"
#define HINT(k, l, v) R("hint", "(kind " k ") (location " l ") (value " v ")")
#define INIT(page)    R("mem-init", "(address " page ") (size 0x1000)")
#define WRITE(at, v)                                         \
	R("mem-write", "(mem-order plain) (address " at ") " \
		       "(value " v ")")
#define RELEASE(at, v)                                         \
	R("mem-write", "(mem-order release) (address " at ") " \
		       "(value " v ")")
#define VTTBR(v)    R("sysreg-write", "(sysreg vttbr_el2) (value " v ")")
#define TTBR(v)     R("sysreg-write", "(sysreg ttbr0_el2) (value " v ")")
#define LOCK(l)     R("lock", "(address " l ")")
#define UNLOCK(l)   R("unlock", "(address " l ")")
#define DSB         R("barrier", "dsb (kind ish)")
#define ISB         R("barrier", "isb")
#define IPA         R("tlbi", "ipas2e1is (addr 0x0) (level 0x3)")
#define ALL         R("tlbi", "vmalle1is")
#define VAE2(op, v) R("tlbi", op " (value " v ")")

#define ROOT1       INIT("0x1000") HINT("set_root_lock", "0x1000", "0x9000")
#define ROOT2       INIT("0x2000") HINT("set_root_lock", "0x2000", "0x9008")
#define CHILD(page) INIT(page) HINT("set_owner_root", page, "0x1000")
#define CLEAN       DSB IPA DSB ALL DSB

/* A root with one child, loaded, its lock taken. */
#define START                                                           \
	ROOT1 CHILD("0x3000") CHILD("0x4000") WRITE("0x1000", "0x3003") \
		VTTBR("0x1000") LOCK("0x9000")

/* clang-format off */
static const struct log_row published[] = {
	{ "simple: no tree at all",
	  WRITE("0x1000", "0") DSB WRITE("0x2000", "0") DSB ALL
	  R("barrier", "dsb (kind nsh)") ISB, "" },
	{ "good_write", ROOT1 VTTBR("0x1000") LOCK("0x9000")
	  WRITE("0x1000", "0") UNLOCK("0x9000"), "" },
	{ "good_write_child", ROOT1 CHILD("0x3000") VTTBR("0x1000")
	  LOCK("0x9000") WRITE("0x1000", "0x3003") RELEASE("0x3800", "0x1")
	  UNLOCK("0x9000"), "" },
	{ "good_bbm", START WRITE("0x1000", "0") CLEAN WRITE("0x1000", "0x4003")
	  UNLOCK("0x9000"), "" },
	{ "good_bbm_by_VMID", START WRITE("0x1000", "0") CLEAN DSB
	  VTTBR("0x1000") DSB WRITE("0x1000", "0x4003"), "" },
	{ "good_bbm_stage1", ROOT1 CHILD("0x3000") WRITE("0x1000", "0x3003")
	  WRITE("0x3000", "0x40000001") TTBR("0x1000") LOCK("0x9000")
	  WRITE("0x3000", "0") DSB VAE2("vae2is", "300000000000") DSB
	  WRITE("0x3000", "0x80000001"), "" },
	{ "good_switch", ROOT1 ROOT2 VTTBR("0x1000") ISB
	  VTTBR("0x1000000002000") ISB VTTBR("0x1000") ISB, "" },
	{ "good_release_table", ROOT1 ROOT2 VTTBR("0x1000") ISB
	  VTTBR("0x1000000002000") ISB HINT("release_table", "0x1000", "0")
	  INIT("0x1000") HINT("set_root_lock", "0x1000", "0x9000")
	  VTTBR("0x2000000001000"), "" },
	{ "good_free_page", ROOT2 START WRITE("0x1000", "0") CLEAN
	  HINT("set_owner_root", "0x3000", "0") UNLOCK("0x9000")
	  VTTBR("0x1000000002000") LOCK("0x9008") WRITE("0x2000", "0x3003")
	  UNLOCK("0x9008"), "" },
	{ "good_free_tree", ROOT2 ROOT1 CHILD("0x3000")
	  WRITE("0x1000", "0x3003") VTTBR("0x1000") VTTBR("0x1000000002000")
	  HINT("release_table", "0x1000", "0") LOCK("0x9008")
	  WRITE("0x2000", "0x3003") UNLOCK("0x9008"), "" },
	{ "good_enter_context", ROOT1 R("exit-context", "")
	  R("enter-context", "(el 1)"), "" },
	{ "bad_no_bbm", START WRITE("0x1000", "0x4003"), "retabled" },
	{ "bad_no_bbm_stage1", ROOT1 CHILD("0x3000") CHILD("0x4000")
	  WRITE("0x1000", "0x3003") TTBR("0x1000") LOCK("0x9000")
	  WRITE("0x1000", "0x4003"), "retabled" },
	{ "bad_bbm_missing_tlbi", START WRITE("0x1000", "0") DSB DSB
	  WRITE("0x1000", "0x4003"), "retabled/no-tlbi" },
	{ "bad_bbm_by_wrong_VMID", ROOT2 START WRITE("0x1000", "0") DSB
	  VTTBR("0x1000000002000") DSB IPA DSB ALL DSB VTTBR("0x1000") DSB
	  WRITE("0x1000", "0x4003"), "retabled/asid" },
	{ "bad_free_page_without_clean", START WRITE("0x1000", "0")
	  HINT("release_table", "0x3000", "0"), "freed-cached/no-tlbi" },
	{ "bad_reuse_page", ROOT2 START WRITE("0x1000", "0") UNLOCK("0x9000")
	  VTTBR("0x1000000002000") LOCK("0x9008") WRITE("0x2000", "0x3003"),
	  "reused/no-tlbi" },
	{ "bad_overlap_VMID", ROOT1 ROOT2 VTTBR("0x1000") DSB ISB
	  VTTBR("0x2000"), "id" },
	{ "bad_overlap_ASID", ROOT1 ROOT2 TTBR("0x1000") DSB ISB TTBR("0x2000"),
	  "id" },
	{ "bad_EL2_ASID", ROOT1 TTBR("0x1000000001000"), "id" },
	{ "bad_switch_wrong_vmid", ROOT1 VTTBR("0x1000") DSB ISB
	  VTTBR("0x1000000001000"), "id" },
	{ "bad_unlocked_write", ROOT1 VTTBR("0x1000") WRITE("0x1000", "0"),
	  "lock" },
	{ "bad_no_assoc_lock", INIT("0x1000") VTTBR("0x1000")
	  WRITE("0x1000", "0"), "lock" },
	{ "bad_race", ROOT1 VTTBR("0x1000") LOCK("0x9000")
	  "(mem-write (id 3) (tid 1) (mem-order release) (address 0x1008) "
	  "(value 0x0))\n", "lock" },
	{ "bad_no_write_auth", START WRITE("0x3000", "0")
	  WRITE("0x3008", "0"), "plain" },
};

/* A stage 2 block of 1 GiB at level 1: AF, writable, Normal, then no AF. */
#define BLOCK(v) ROOT1 CHILD("0x3000") WRITE("0x1000", "0x3003") \
	WRITE("0x3000", v) VTTBR("0x1000") LOCK("0x9000")
#define EL2_BLOCK ROOT1 CHILD("0x3000") WRITE("0x1000", "0x3003") \
	WRITE("0x3000", "0x40000701") TTBR("0x1000") LOCK("0x9000") \
	WRITE("0x3000", "0")
#define EL2_MAKE DSB WRITE("0x3000", "0x80000701")

/* Where the manual says something else than casemate did when it was run. */
static const struct log_row differing[] = {
	{ "output address of a live writable block; casemate accepts",
	  BLOCK("0x400007fd") WRITE("0x3000", "0x800007fd"), "break" },
	{ "the same without Access flag: nothing caches it",
	  BLOCK("0x400003fd") WRITE("0x3000", "0x800003fd"), "lint:break" },
	{ "memory type of a live block; casemate accepts",
	  BLOCK("0x400007fd") WRITE("0x3000", "0x400007c1"), "break" },
	{ "permission alone", BLOCK("0x400007fd") WRITE("0x3000", "0x4000077d"),
	  "" },
	{ "permission alone, no Access flag; casemate rejects",
	  BLOCK("0x400003fd") WRITE("0x3000", "0x4000037d"), "" },
	{ "a block becomes a table", CHILD("0x5000") BLOCK("0x400007fd")
	  WRITE("0x5000", "0x400007fd") DSB WRITE("0x3000", "0x5003"),
	  "break" },
	{ "Access flag set", BLOCK("0x400003fd") WRITE("0x3000", "0x400007fd"),
	  "" },
	{ "an EL2 block by the book",
	  EL2_BLOCK DSB VAE2("vae2is", "0") EL2_MAKE, "" },
	{ "last level: it is a leaf; casemate rejects",
	  EL2_BLOCK DSB VAE2("vale2is", "0") EL2_MAKE, "" },
	{ "a hint of level 3 for it; casemate accepts",
	  EL2_BLOCK DSB VAE2("vae2is", "0x700000000000") EL2_MAKE,
	  "break/hint" },
	{ "an address inside it",
	  EL2_BLOCK DSB VAE2("vae2is", "0x12345") EL2_MAKE, "" },
	{ "no DSB before the TLBI",
	  EL2_BLOCK VAE2("vae2is", "0") EL2_MAKE, "break/early" },
};
/* clang-format on */

static void published_shapes_get_their_verdicts(void **state)
{
	(void)state;
	check_log_rows(published, COUNT(published));
}

static void verdicts_differ_where_the_manual_does(void **state)
{
	(void)state;
	check_log_rows(differing, COUNT(differing));
}

/*
 * "Arguments can also be given positionally", says its manual: sequence number,
 * thread, source, and then what the fields are in the other form.
 */
#define P(name, rest) "(" name " 5 0 \"a.c:1\" " rest ")\n"

static const struct log_row positional[] = {
	{ "bad_race",
	  P("mem-init", "1000 1000") P("hint", "SET_ROOT_LOCK 1000 9000")
		  P("msr", "VTTBR_EL2 1000") P(
			  "lock",
			  "9000") "(mem-write 6 1 \"a.c:2\" release 1008 0)\n",
	  "lock" },
	{ "good_bbm",
	  P("mem-init", "0x1000 0x1000") P("mem-init", "3000 1000") P(
		  "mem-init", "4000 1000") P("hint", "set_root_lock 1000 9000")
		  P("mem-write", "plain 1000 3003") P("msr", "vttbr_el2 1000")
			  P("lock", "9000") P("mem-write", "PLAIN 1000 0") P(
				  "barrier", "DSB ISH") P("tlbi", "IPAS2E1IS 0")
				  P("barrier", "dsb ish") P(
					  "tlbi", "vmalle1is") P("barrier",
								 "dsb ish")
					  P("mem-write", "plain 1000 4003") P(
						  "barrier", "isb")
						  P("mem-read", "1000 4003")
							  P("unlock", "9000"),
	  "" },
	{ "bad_bbm_missing_tlbi",
	  P("mem-init", "1000 1000") P("hint", "set_root_lock 1000 9000")
		  P("mem-write", "plain 1000 3003") P(
			  "sysreg-write", "vttbr_el2 1000") P("lock", "9000")
			  P("mem-write", "plain 1000 0") P("barrier", "dsb ish")
				  P("mem-write", "plain 1000 4003"),
	  "retabled/no-tlbi" },
	{ "no source; a region set to zero while it is a table",
	  "(mem-init 0 0 1000 1000)\n(hint 1 0 set_root_lock 1000 9000)\n"
	  "(msr 2 0 ttbr_el2 1000)\n(mem-set 3 0 1000 8 0)\n",
	  "lock" },
};

static void names_of_fields_may_be_left_out(void **state)
{
	(void)state;
	check_log_rows(positional, COUNT(positional));
}

/*
 * One record over many lines, several on one, the second of them going on in
 * the next; casemate's own verdict ignored, numbers without 0x.
 */
static void records_come_in_several_layouts(void **state)
{
	static const char *const logs[] = {
		"\n(mem-init\n  (id 0)\n  (tid 0)\n"
		"  (address 1000)\n  (size 1000)\n"
		"  (src \"a (b).c:1\"))\n"
		"(msr (id 1) (thread 0) (sysreg VTTBR_EL2) (value 1000))\n"
		"(MEM-WRITE (id 2) (tid 0) (mem-order PLAIN) "
		"(address 1008) (value 0))\n"
		"! must have associated owner with a root\n",
		"(mem-init (tid 0) (address 1000) (size 1000)) (msr (tid 0) "
		"(sysreg vttbr_el2)\n(value 1000))(mem-write (tid 0) "
		"(mem-order plain) (address 1008) (value 0)) ; the last",
		"(mem-init (tid 0) (address 1000) (size 1000)) (msr\n"
		"(tid 0) (sysreg vttbr_el2) (value 1000)) (mem-write (tid 0) "
		"(mem-order\nplain) (address 1008) (value\n0)) ! no\n; none\n",
	};
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < COUNT(logs); i++) {
		check_text(logs[i], (struct vmsa_checker_config){ 0 }, &a);
		assert_string_equal(a.text, "lock");
	}
}

static void a_bad_record_is_told_with_its_line(void **state)
{
	static const struct {
		const char *record, *text;
	} rows[] = {
		{ "(mem-write (tid 0) (address 0xg) (value 0))",
		  "no record of casemate" },
		{ "(jump (tid 0))", "\"(jump (tid 0))\" is not understood" },
		{ "(lock (tid 10000) (address 0))", "tid is above 4095" },
		{ "(barrier (tid 0) dsb (kind x))",
		  "\"(barrier (tid 0) dsb (kind x))\" is not understood" },
		{ "nonsense", "no record of casemate" },
		{ ")", "no record of casemate" },
		{ "(mem-write 1 0 \"a\" plain 1000)", "no record of casemate" },
		{ "(lock 1 0 \"a\" 1000 1000)", "no record of casemate" },
		{ "(lock 1 x \"a\" 1000)", "no record of casemate" },
		{ "(jump 1 0 \"a\" 1000)", "no record of casemate" },
		{ "(jump (tid 0)) (lock (tid 0))",
		  "\"(jump (tid 0))\" is not understood" },
		{ "(unlock (tid 0) (address 0)) )", "no record of casemate" },
		{ "(unlock (tid 0) (address 0)) x", "no record of casemate" },
		{ "(lock (tid 0) (address 0x))", "no record of casemate" },
		{ "(lock (tid 0) (address 0x10000000000000000))",
		  "no record of casemate" },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct vmsa_log_text text = { .name = "t" };
		struct vmsa_log_item item;
		struct vmsa_error err = { 0 };
		struct vmsa_log *log;
		char s[256];

		snprintf(s, sizeof(s), "(lock (tid 0) (address 0))\n%s\n",
			 rows[i].record);
		text.text = s;
		text.size = strlen(s);
		assert_int_equal(vmsa_log_parse(&text, &log), 0);
		assert_int_equal(vmsa_log_next(log, &item, &err), -EINVAL);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(err.offset, 2);
		vmsa_log_close(log);
	}
}

/* One that was cut off is not one that is not there. */
static void a_record_that_does_not_end_is_told_with_its_first_line(void **state)
{
#define WHOLE "(unlock (tid 0) (address 0))"
	static const struct {
		const char *log;
		unsigned line;
	} rows[] = {
		{ "(garbage\n", 1 },
		{ "(garbage", 1 },
		{ WHOLE "\n(lock (tid 0)\n\n(address 0)\n\n", 2 },
		{ WHOLE "\n" WHOLE " (lock (tid\n", 2 },
		{ "(lock (tid 0)\n(address 0)) (lock\n(tid\n", 2 },
		{ WHOLE "\n(lock 1 0\n\"a.c:1", 2 },
	};
#undef WHOLE

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		const struct vmsa_log_text text = { .name = "t",
						    .text = rows[i].log,
						    .size = strlen(
							    rows[i].log) };
		struct vmsa_log_item item;
		struct vmsa_error err = { 0 };
		struct vmsa_log *log;
		int rc;

		assert_int_equal(vmsa_log_parse(&text, &log), 0);
		do
			rc = vmsa_log_next(log, &item, &err);
		while (rc > 0);
		assert_int_equal(rc, -EINVAL);
		assert_string_equal(err.text,
				    "a record that begins here does not end");
		assert_int_equal(err.offset, rows[i].line);
		vmsa_log_close(log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_shapes_get_their_verdicts),
		cmocka_unit_test(verdicts_differ_where_the_manual_does),
		cmocka_unit_test(names_of_fields_may_be_left_out),
		cmocka_unit_test(records_come_in_several_layouts),
		cmocka_unit_test(a_bad_record_is_told_with_its_line),
		cmocka_unit_test(
			a_record_that_does_not_end_is_told_with_its_first_line),
	};

	return cmocka_run_group_tests_name("casemate_traces", tests, NULL,
					   NULL);
}
