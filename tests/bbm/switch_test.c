/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * switch_test.c - what the checker says when a PE turns to other tables
 *
 * Argued from D8.16: a TLB entry of stage 1 is tagged with VMID and ASID, or
 * with the VMID alone if its leaf is global; table entries always have the
 * ASID.  A register takes effect at a context synchronisation, and before it
 * may have at any time.  So what a PE may hold of tables it has left is all
 * that was in them, until a TLBI after that ISB is complete on this PE.
 */
#include "check_logs.h"

/*
 * Three trees, levels 2 and 3, 30 bits.  A is at 0x1000, B at 0x2000, N at
 * 0x3000 and empty; their level 3 tables are at 0x4000 and 0x5000.
 */
#define TREE(id, root, rest) \
	"tables " id " root=" root " granule=4k va=30 " rest "\n"
#define FILL_A(desc) "init 0x1000 0x4003\ninit 0x4000 " desc "\n"
#define FILL_B(desc) "init 0x2000 0x5003\ninit 0x5000 " desc "\n"

/* A is in use everywhere, all pages global. */
#define START(b)                    \
	TREE("0", "0x1000", "")     \
	TREE("1", "0x2000", "idle") \
	TREE("2", "0x3000", "idle") FILL_A("0x40000703") FILL_B(b)

/* The same with pages of ASIDs of their own. */
#define ASIDS(a, b)                         \
	TREE("0", "0x1000", "asid=" a)      \
	TREE("1", "0x2000", "idle asid=" b) \
	TREE("2", "0x3000", "idle asid=0")  \
	FILL_A("0x40000f03") FILL_B("0x50000f03")

/* Two trees of pages that are not global and go elsewhere. */
#define PAIR(a, b)             \
	TREE("0", "0x1000", a) \
	TREE("1", "0x2000", b) \
	FILL_A("0x40000f03") FILL_B("0x50000f03")

#define OTHER "0x50000703"
#define LOCAL "tlbi vmalle1\ndsb nsh\n"

/* --- what matches -------------------------------------------------------- */

/* Old and new leaf have one tag, or have not. */
static const struct log_row tags[] = {
	{ "global leaves that go elsewhere", START(OTHER) "ttbr 1\nisb\n",
	  "switch/no-isb" },
	{ "the ISB is there, a TLBI is not: the next turn finds the first",
	  START(OTHER) "ttbr 2\nisb\nttbr 1\nisb\n", "switch/no-tlbi" },
	{ "a table of its own under the same ASID, although all leaves agree",
	  START("0x40000703") "ttbr 1\nisb\n", "switch/no-isb" },
	{ "one table for both trees",
	  TREE("0", "0x1000", "") TREE("1", "0x2000", "idle")
		  FILL_A("0x40000703") "init 0x2000 0x4003\nttbr 1\nisb\n",
	  "" },
	{ "nothing in common: no address has two translations",
	  TREE("0", "0x1000", "") TREE("1", "0x2000", "idle") FILL_A(
		  "0x40000703") "init 0x2008 0x5003\ninit 0x5000 0x50000703\n"
				"ttbr 1\nisb\n",
	  "" },
	{ "tables without translations", START(OTHER) "ttbr 2\nisb\n", "" },
	{ "another ASID", ASIDS("3", "4") "ttbr 1\nisb\n", "" },
	{ "the same ASID", ASIDS("3", "3") "ttbr 1\nisb\n", "switch/no-isb" },
	{ "another ASID, but the leaf held is global",
	  ASIDS("3", "4") "init 0x4000 0x40000703\nttbr 1\nisb\n",
	  "switch/no-isb" },
	{ "another ASID, the global leaf goes to the same place: nG set",
	  ASIDS("3", "4") "init 0x4000 0x40000703\n"
			  "init 0x5000 0x40000f03\nttbr 1\nisb\n",
	  "" },
	{ "the same ASID, a global leaf over a non-global one",
	  ASIDS("3", "3") "init 0x5000 0x40000703\nttbr 1\nisb\n",
	  "switch/no-isb" },
	{ "no TLB holds what has no Access flag, but tables it does",
	  START(OTHER) "init 0x4000 0x40000303\nttbr 1\nisb\n",
	  "switch/no-isb" },
	{ "read-only pages: contents decide",
	  START("0x50000783") "init 0x4000 0x40000783\n"
			      "ttbr 1\nisb\n",
	  "unknown:switch/no-isb" },
	{ "an ASID named with the register; those of before are unknown",
	  PAIR("", "idle") "ttbr 0 asid=3\nisb\nttbr 1 asid=4\nisb\n",
	  "switch/no-tlbi" },
	{ "the same where no PE had them before",
	  PAIR("idle", "idle") "ttbr 0 asid=3\nisb\n"
			       "ttbr 1 asid=4\nisb\nttbr 0 asid=3\nisb\n",
	  "" },
	{ "and an ASID used again without a TLBI",
	  PAIR("idle", "idle") "ttbr 0 asid=3\nisb\n"
			       "ttbr 1 asid=4\nisb\n"
			       "ttbr 1 asid=3\nisb\n",
	  "switch/no-tlbi" },
	{ "the other half has a register of its own",
	  TREE("0", "0x1000", "half=upper") TREE("1", "0x2000", "idle")
		  FILL_A("0x40000703") FILL_B(OTHER) "ttbr 1\nisb\n",
	  "" },
	{ "another PE has never walked the old tables",
	  TREE("0", "0x1000", "idle") TREE("1", "0x2000", "idle")
		  FILL_A("0x40000703")
			  FILL_B(OTHER) "ttbr 0\nisb\npe 1\nttbr 1\nisb\n",
	  "" },
	{ "stage 2: another VMID",
	  TREE("0", "0x1000", "regime=stage2 vmid=1")
		  TREE("1", "0x2000", "idle regime=stage2 vmid=2") FILL_A(
			  "0x400007ff") FILL_B("0x500007ff") "ttbr 1\nisb\n",
	  "" },
	{ "stage 2: the same VMID",
	  TREE("0", "0x1000", "regime=stage2 vmid=1")
		  TREE("1", "0x2000", "idle regime=stage2 vmid=1") FILL_A(
			  "0x400007ff") FILL_B("0x500007ff") "ttbr 1\nisb\n",
	  "switch/no-isb" },
	{ "EL2 has no ASID",
	  PAIR("regime=el2", "idle regime=el2") "ttbr 1\nisb\n",
	  "switch/no-isb" },
	{ "a translation taken away, and still held, is in the TLB as well",
	  START(OTHER) "in 0\nstore 3 0 0x4000 0\nstore 2 0 0x1000 0\n"
		       "ttbr 1\nisb\n",
	  "switch/no-isb" },
	{ "not if this PE has invalidated it for itself",
	  START(OTHER) "in 0\nstore 3 0 0x4000 0\nstore 2 0 0x1000 0\n"
		       "dsb ishst\n" LOCAL "ttbr 1\nisb\n",
	  "" },
	{ "or another PE for itself",
	  START(OTHER) "in 0\nstore 3 0 0x4000 0\nstore 2 0 0x1000 0\n"
		       "dsb ishst\npe 1\n" LOCAL "pe 0\nttbr 1\nisb\n",
	  "switch/no-isb" },
};

/* --- how it goes --------------------------------------------------------- */

#define AWAY START(OTHER) "ttbr 2\nisb\n"
#define BACK "isb\nttbr 1\nisb\n"

static const struct log_row sequences[] = {
	{ "empty tables; ISB; TLBI; DSB; ISB; new tables", AWAY LOCAL BACK,
	  "" },
	{ "without the first ISB the PE may refill after the TLBI",
	  START(OTHER) "ttbr 2\n" LOCAL BACK, "switch/no-isb" },
	{ "another PE's ISB is none of this one's",
	  START(OTHER) "ttbr 2\npe 1\nisb\npe 0\n" LOCAL BACK,
	  "switch/no-isb" },
	{ "nor is that of the other half's register: these are walked still",
	  TREE("0", "0x1000", "half=upper") TREE(
		  "1", "0x2000", "half=upper idle") TREE("2", "0x3000", "idle")
		  FILL_A("0x40000703") FILL_B(OTHER) "ttbr 2\nisb\n" LOCAL BACK,
	  "switch/no-isb" },
	{ "without the TLBI", AWAY "dsb nsh\n" BACK, "switch/no-tlbi" },
	{ "without the DSB", AWAY "tlbi vmalle1\n" BACK, "switch/no-dsb" },
	{ "a DSB for stores completes no TLBI",
	  AWAY "tlbi vmalle1\ndsb nshst\n" BACK, "switch/no-dsb" },
	{ "broadcast", AWAY "tlbi vmalle1is\ndsb ish\n" BACK, "" },
	{ "broadcast, but the DSB is for this PE alone",
	  AWAY "tlbi vmalle1is\ndsb nsh\n" BACK, "switch/no-dsb" },
	{ "another PE's own TLB does not count",
	  AWAY "pe 1\n" LOCAL "pe 0\n" BACK, "switch/local" },
	{ "another PE's broadcast does, after its own DSB",
	  AWAY "pe 1\ntlbi vmalle1is\ndsb ish\npe 0\n" BACK, "" },
	{ "and not after this one's",
	  AWAY "pe 1\ntlbi vmalle1is\npe 0\ndsb ish\n" BACK, "switch/no-dsb" },
	{ "one address is all there is", AWAY "tlbi vaae1 0\ndsb nsh\n" BACK,
	  "" },
	{ "another one", AWAY "tlbi vaae1 0x1\ndsb nsh\n" BACK,
	  "switch/address" },
	{ "the last level: the table entry stays",
	  AWAY "tlbi vaale1 0\ndsb nsh\n" BACK, "switch/last" },
	{ "an operation by ASID spares global leaves",
	  ASIDS("3", "3") "init 0x4000 0x40000703\nttbr 2\nisb\n"
			  "tlbi aside1 0x0003000000000000\ndsb nsh\n" BACK,
	  "switch/asid" },
	{ "and takes the others",
	  ASIDS("3", "3") "ttbr 2\nisb\n"
			  "tlbi aside1 0x0003000000000000\ndsb nsh\n" BACK,
	  "" },
	{ "not those of another ASID",
	  ASIDS("3", "3") "ttbr 2\nisb\n"
			  "tlbi aside1 0x0004000000000000\ndsb nsh\n" BACK,
	  "switch/asid" },
	{ "stage 2: what combines both stages goes with all of the VMID",
	  TREE("0", "0x1000", "regime=stage2") TREE(
		  "1", "0x2000",
		  "idle regime=stage2") TREE("2", "0x3000",
					     "idle regime=stage2")
		  FILL_A("0x400007ff") FILL_B(
			  "0x500007ff") "ttbr 2\nisb\n"
					"tlbi vmalls12e1\ndsb nsh\n" BACK,
	  "" },
	{ "stage 2: not by IPA",
	  TREE("0", "0x1000", "regime=stage2") TREE("1", "0x2000",
						    "idle regime=stage2")
		  TREE("2", "0x3000", "idle regime=stage2") FILL_A("0x400007ff")
			  FILL_B("0x500007ff") "ttbr 2\nisb\n"
					       "tlbi ipas2e1 0\ndsb nsh\n" BACK,
	  "switch/combined" },
	{ "back to the tables it had", AWAY "ttbr 0\nisb\n", "" },
	{ "and walked again, they are held again",
	  AWAY LOCAL "ttbr 0\nisb\nttbr 1\nisb\n", "switch/no-isb" },
};

/* --- at the end of an operation ------------------------------------------ */

#define IN(text) "begin turn\n" text "end turn\n"

static const struct log_row ends[] = {
	{ "the old translations are there", START(OTHER) IN("ttbr 2\nisb\n"),
	  "stale/no-tlbi" },
	{ "told as a turn already, not told again",
	  START(OTHER) IN("ttbr 2\nisb\nttbr 1\nisb\n"), "switch/no-tlbi" },
	{ "they are gone", START(OTHER) IN("ttbr 2\nisb\n" LOCAL), "" },
	{ "another ASID's do no harm", ASIDS("3", "4") IN("ttbr 1\nisb\n"),
	  "" },
	{ "no ISB: the PE may go on as before", ASIDS("3", "4") IN("ttbr 1\n"),
	  "unsynced" },
};

/* --- CnP ----------------------------------------------------------------- */

#define TWO(rest) PAIR("idle " rest, "idle " rest)

static const struct log_row common[] = {
	{ "two trees under one ASID, TLBs shared",
	  TWO("asid=3") "ttbr 0 cnp\nisb\npe 1\nttbr 1 cnp\nisb\n", "id" },
	{ "one of the PEs does not share",
	  TWO("asid=3") "ttbr 0\nisb\npe 1\nttbr 1 cnp\nisb\n", "" },
	{ "ASIDs of their own",
	  TWO("") "ttbr 0 asid=3 cnp\nisb\npe 1\nttbr 1 asid=4 cnp\nisb\n",
	  "" },
	{ "one tree", TWO("asid=3") "ttbr 0 cnp\nisb\npe 1\nttbr 0 cnp\nisb\n",
	  "" },
};

/* --- tables before a PE walks them --------------------------------------- */

#define MADE                                  \
	START(OTHER)                          \
	"in 2\nalloc 3 0x6000\n"              \
	"fill 3 0x200000 0x6000 0x60000703\n" \
	"store 2 0x200000 0x3008 0x6003\n"

static const struct log_row idle[] = {
	{ "nobody can see what happens to them",
	  START(OTHER) "in 1\nstore 3 0 0x5000 0x60000703\n"
		       "store 2 0 0x2000 0x40000701\n",
	  "" },
	{ "made in any order, visible before the register is written",
	  MADE "dsb ishst\nttbr 2\nisb\n", "" },
	{ "a DSB for its own walker", MADE "dsb nshst\nttbr 2\nisb\n", "" },
	{ "another PE's walker needs more",
	  MADE "dsb nshst\npe 1\nttbr 2\nisb\n", "unpublished" },
	{ "a DMB is for stores, not for walkers",
	  MADE "dmb ishst\nttbr 2\nisb\n", "unpublished" },
	{ "not visible", MADE "ttbr 2\nisb\n", "unpublished" },
	{ "from then on they are like others",
	  MADE "dsb ishst\nttbr 2\nisb\nstore 3 0x200000 0x6000 0x703\n",
	  "break" },
	{ "a table replaced may go at once",
	  MADE "store 2 0x200000 0x3008 0\nfree 3 0x6000\n", "" },
	{ "a global leaf beside one of tables that nobody walks",
	  START("0x40000f03") "in 0\nstore 3 0 0x4000 0x40000783\n", "" },
	{ "and the other way round",
	  START(OTHER) "in 1\nstore 3 0 0x5000 0x50000f03\n", "" },
};

static void nobody_sees_idle_tables(void **state)
{
	(void)state;
	check_log_rows(idle, COUNT(idle));
}

static void entries_match_by_their_tags(void **state)
{
	(void)state;
	check_log_rows(tags, COUNT(tags));
}

static void every_step_of_the_switch_is_needed(void **state)
{
	(void)state;
	check_log_rows(sequences, COUNT(sequences));
}

static void an_operation_leaves_no_old_translation(void **state)
{
	(void)state;
	check_log_rows(ends, COUNT(ends));
}

static void shared_tlbs_want_one_tree_an_asid(void **state)
{
	(void)state;
	check_log_rows(common, COUNT(common));
}

/* --- tables that nobody walks -------------------------------------------- */

static const struct log_row frees[] = {
	{ "in the register", START(OTHER) "ttbr 1\nisb\nfree 3 0x5000\n",
	  "switch/no-isb freed-linked" },
	{ "never in one", START(OTHER) "in 1\nfree 3 0x5000\nfree 2 0x2000\n",
	  "" },
	{ "left, a walk cache may have it",
	  ASIDS("3", "4") "ttbr 1\nisb\nttbr 2\nisb\nin 1\nfree 3 0x5000\n",
	  "freed-cached" },
	{ "left and invalidated",
	  ASIDS("3",
		"4") "ttbr 1\nisb\nttbr 2\nisb\nin 1\n"
		     "tlbi vmalle1is\ndsb ish\nfree 3 0x5000\nfree 2 0x2000\n",
	  "" },
	{ "before the ISB",
	  ASIDS("3", "4") "ttbr 1\nisb\nttbr 2\nin 1\nfree 2 0x2000\n",
	  "freed-linked" },
	{ "nobody's", START(OTHER) "free 3 0x9000\n", "freed-again" },
	{ "twice",
	  START(OTHER) "in 0\nstore 2 0 0x1000 0\n" FLUSH
		       "free 3 0x4000\nfree 3 0x4000\n",
	  "freed-again" },
	{ "taken twice", START(OTHER) "alloc 3 0x9000\nalloc 3 0x9000\n",
	  "taken" },
	{ "taken while unhooked",
	  START(OTHER) "in 0\nstore 2 0 0x1000 0\n" FLUSH "alloc 3 0x4000\n",
	  "taken" },
};

static void tables_nobody_walks_are_free_to_go(void **state)
{
	(void)state;
	check_log_rows(frees, COUNT(frees));
}

/* With so many PEs known, the last one to leave is the last. */
static void tables_are_left_when_every_pe_has_left_them(void **state)
{
	static const char log[] = "machine pes=2\n" ASIDS(
		"3", "4") "ttbr 1\nisb\ntlbi vmalle1is\ndsb ish\nin 0\n%s"
			  "free 3 0x4000\n";
	static const struct log_row rows[] = {
		{ "one", "", "freed-linked" },
		{ "both", "pe 1\nttbr 1\nisb\ntlbi vmalle1is\ndsb ish\n", "" },
	};
	struct answer a;
	char text[1024];

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), log, rows[i].log);
		check_text(text, (struct vmsa_checker_config){ 0 }, &a);
		assert_string_equal(a.text, rows[i].found);
	}
}

/* Another ASID parts leaves that have one. */
static void the_remedy_names_what_parts_them(void **state)
{
	static const struct {
		const char *log, *says, *never;
	} rows[] = {
		{ ASIDS("3", "3") "ttbr 1\nisb\n", "or another ASID or VMID",
		  "nG" },
		{ START(OTHER) "ttbr 1\nisb\n", "nG set in the old leaf",
		  "ASID or VMID" },
		{ ASIDS("3", "4") "init 0x4000 0x40000703\nttbr 1\nisb\n",
		  "nG set in the old leaf", "ASID or VMID" },
		{ TREE("0", "0x1000", "regime=el2") TREE("1", "0x2000",
							 "idle regime=el2")
			  FILL_A("0x40000703") FILL_B(OTHER) "ttbr 1\nisb\n",
		  "TLBI; DSB; ISB", "another" },
		{ TREE("0", "0x1000", "regime=stage2 vmid=3")
			  TREE("1", "0x2000", "idle regime=stage2 vmid=3")
				  FILL_A("0x400007ff")
					  FILL_B("0x500007ff") "ttbr 1\nisb\n",
		  "or another VMID", "ASID" },
	};
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		const char *remedy;

		check_text(rows[i].log, (struct vmsa_checker_config){ 0 }, &a);
		assert_int_equal(a.last.rule, VMSA_CHECK_SWITCH);
		remedy = vmsa_check_remedy(&a.last);
		assert_non_null(strstr(remedy, rows[i].says));
		assert_null(strstr(remedy, rows[i].never));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_remedy_names_what_parts_them),
		cmocka_unit_test(entries_match_by_their_tags),
		cmocka_unit_test(every_step_of_the_switch_is_needed),
		cmocka_unit_test(an_operation_leaves_no_old_translation),
		cmocka_unit_test(shared_tlbs_want_one_tree_an_asid),
		cmocka_unit_test(nobody_sees_idle_tables),
		cmocka_unit_test(tables_nobody_walks_are_free_to_go),
		cmocka_unit_test(tables_are_left_when_every_pe_has_left_them),
	};

	return cmocka_run_group_tests_name("check_switch", tests, NULL, NULL);
}
