/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_test.c - what the checker says of short programs
 *
 * Each row is a program that is right or wrong for one reason; the verdict is
 * argued from the manual's rules in the row's name.  Descriptors: 703 is a
 * page, 701 a block, 003 a table, +80 read-only, +800 nG, bit 52 Contiguous.
 */
#include "check_logs.h"

struct row {
	const char *name, *log, *found;
	/* Levels of FEAT_BBM the answer is the same at: bits 0 .. 3. */
	unsigned levels;
};

#define ALL     0xfu
#define BELOW_2 0x3u
#define FROM_1  0xeu
#define FROM_2  0xcu

static void check_rows(const struct row *rows, size_t n)
{
	struct answer a;

	for (const struct row *r = rows; r < rows + n; r++) {
		for (unsigned level = 0; level < 4; level++) {
			if (!(r->levels & 1u << level))
				continue;
			print_message("%s, level %u\n", r->name, level);
			check_text(r->log,
				   (struct vmsa_checker_config){ .bbm = level },
				   &a);
			assert_string_equal(a.text, r->found);
		}
	}
}

/* --- which changes need a break (R_WHZWS) -------------------------------- */

static const struct row changes[] = {
	{ "nothing changes", TABLES "store 3 0 0x3000 0x40000703\n", "", ALL },
	{ "permissions", TABLES "store 3 0 0x3000 0x40000783\n", "", ALL },
	{ "execute-never", TABLES "store 3 0 0x3000 0x0060000040000703\n", "",
	  ALL },
	{ "Access flag and software bits",
	  TABLES "store 3 0 0x3000 0x0780000040000303\n", "", ALL },
	{ "nG set", TABLES "store 3 0 0x3000 0x40000f03\n", "", ALL },
	{ "nG cleared, stale non-global entries",
	  TABLES "init 0x3000 0x40000f03\nstore 3 0 0x3000 0x40000703\n",
	  "break", ALL },
	{ "memory type", TABLES "store 3 0 0x3000 0x40000707\n", "break", ALL },
	{ "shareability", TABLES "store 3 0 0x3000 0x40000603\n", "break",
	  ALL },
	{ "PA space", TABLES "store 3 0 0x3000 0x40000723\n", "break", ALL },
	{ "output address, writable", TABLES "store 3 0 0x3000 0x50000703\n",
	  "break", ALL },
	{ "output address, read-only to writable",
	  TABLES "init 0x3000 0x40000783\nstore 3 0 0x3000 0x50000703\n",
	  "break", ALL },
	{ "output address, writable to read-only",
	  TABLES "store 3 0 0x3000 0x50000783\n", "break", ALL },
	{ "output address, read-only: contents decide",
	  TABLES "init 0x3000 0x40000783\nstore 3 0 0x3000 0x50000783\n",
	  "unknown:break", ALL },
	{ "no TLB holds what has no Access flag",
	  TABLES "init 0x3000 0x40000303\nstore 3 0 0x3000 0x50000303\n",
	  "lint:break", ALL },
	{ "Contiguous bit set in a whole group",
	  TABLES "store 3 0 0x3000 0x0010000040000703 16 0x1000\n", "",
	  FROM_1 },
	{ "a block becomes pages, all else equal",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0x200000 0x4000 0x40200703 512 0x1000\n"
		 "dsb ishst\nstore 2 0x200000 0x2008 0x4003\n",
	  "break", BELOW_2 },
	{ "the same where sizes may change",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0x200000 0x4000 0x40200703 512 0x1000\n"
		 "dsb ishst\nstore 2 0x200000 0x2008 0x4003\n",
	  "", FROM_2 },
	{ "a size change that moves the output as well",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0x200000 0x4000 0x40400703 512 0x1000\n"
		 "dsb ishst\nstore 2 0x200000 0x2008 0x4003\n",
	  "break", ALL },
	{ "by way of a block with nT",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0x200000 0x4000 0x40200703 512 0x1000\n"
		 "store 2 0x200000 0x2008 0x40210701\n" FLUSH
		 "store 2 0x200000 0x2008 0x4003\n",
	  "", FROM_1 },
	{ "and without FEAT_BBM",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0x200000 0x4000 0x40200703 512 0x1000\n"
		 "store 2 0x200000 0x2008 0x40210701\n" FLUSH
		 "store 2 0x200000 0x2008 0x4003\n",
	  "break", 1 },
	{ "pages become a block", TABLES "store 2 0 0x2000 0x40000701\n",
	  "break", BELOW_2 },
	{ "the same where sizes may change",
	  TABLES "store 2 0 0x2000 0x40000701\n", "", FROM_2 },
	{ "a table that maps the same in place of another",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0 0x4000 0x40000703 512 0x1000\n"
		 "dsb ishst\nstore 2 0 0x2000 0x4003\n",
	  "retabled", ALL },
	{ "a table that maps something else in place of another",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0 0x4000 0x50000703 512 0x1000\n"
		 "dsb ishst\nstore 2 0 0x2000 0x4003\n",
	  "break", ALL },
	{ "a level 3 descriptor with bits 01",
	  TABLES UNMAP FLUSH "store 3 0 0x3000 0x40000701\n", "reserved", ALL },
	{ "a block at level 0",
	  "tables 0 root=0x1000 granule=4k va=48\n"
	  "store 0 0 0x1000 0x701\n",
	  "reserved", ALL },
};

static void changes_need_a_break_as_the_manual_says(void **state)
{
	(void)state;
	check_rows(changes, COUNT(changes));
}

static int contents(void *arg, vmsa_pa a, vmsa_pa b, uint64_t size)
{
	(void)arg;
	assert_int_equal(a, 0x40000000);
	assert_int_equal(size, 4096);
	return b == 0x50000000 ? 1 : b == 0x60000000 ? 0 : -1;
}

/* The tables alone cannot say whether two pages are equal. */
static void the_caller_may_know_what_pages_hold(void **state)
{
	static const struct {
		const char *log, *found;
	} rows[] = {
		{ TABLES "init 0x3000 0x40000783\n"
			 "store 3 0 0x3000 0x50000783\n",
		  "" },
		{ TABLES "init 0x3000 0x40000783\n"
			 "store 3 0 0x3000 0x60000783\n",
		  "break" },
		{ TABLES "init 0x3000 0x40000783\n"
			 "store 3 0 0x3000 0x70000783\n",
		  "unknown:break" },
	};
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		check_text(rows[i].log,
			   (struct vmsa_checker_config){ .same = contents },
			   &a);
		assert_string_equal(a.text, rows[i].found);
	}
}

/* Normal Tagged is Normal with a check of tags. */
static void memory_types_are_those_of_mair(void **state)
{
	static const struct {
		const char *log, *found;
	} rows[] = {
		{ "tables 0 root=0x1000 granule=4k va=21 mair=0x44f0ff\n"
		  "init 0x1000 0x40000703\n"
		  "store 3 0 0x1000 0x40000707\n",
		  "" },
		{ "tables 0 root=0x1000 granule=4k va=21 mair=0x44f0ff\n"
		  "init 0x1000 0x40000703\n"
		  "store 3 0 0x1000 0x4000070b\n",
		  "break" },
		{ "tables 0 root=0x1000 granule=4k va=21\n"
		  "init 0x1000 0x40000703\n"
		  "store 3 0 0x1000 0x40000707\n",
		  "break" },
	};
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		check_text(rows[i].log, (struct vmsa_checker_config){ 0 }, &a);
		assert_string_equal(a.text, rows[i].found);
	}
}

/* DBM means writable where hardware manages the dirty state. */
static void dirty_state_counts_as_writable(void **state)
{
	static const char log[] =
		TABLES "init 0x3000 0x0008000040000783\n"
		       "store 3 0 0x3000 0x0008000050000783\n";
	struct answer a;

	(void)state;
	check_text(log, (struct vmsa_checker_config){ .hd = false }, &a);
	assert_string_equal(a.text, "unknown:break");
	check_text(log, (struct vmsa_checker_config){ .hd = true }, &a);
	assert_string_equal(a.text, "break");
}

/* --- each step of break-before-make (T1 .. T5) --------------------------- */

#define MAKE "store 3 0 0x3000 0x50000703\n"

static const struct row steps[] = {
	{ "all of them", TABLES UNMAP FLUSH MAKE, "", ALL },
	{ "no TLBI", TABLES UNMAP "dsb ishst\ndsb ish\n" MAKE, "break/no-tlbi",
	  ALL },
	{ "nothing at all", TABLES UNMAP MAKE, "break/no-tlbi", ALL },
	{ "no DSB before the TLBI",
	  TABLES UNMAP "tlbi vmalle1is\ndsb ish\n" MAKE, "break/early", ALL },
	{ "a DMB before the TLBI",
	  TABLES UNMAP "dmb ish\ntlbi vmalle1is\ndsb ish\n" MAKE, "break/early",
	  ALL },
	{ "no DSB after the TLBI",
	  TABLES UNMAP "dsb ishst\ntlbi vmalle1is\n" MAKE, "break/no-dsb",
	  ALL },
	{ "a DSB for stores after the TLBI",
	  TABLES UNMAP "dsb ishst\ntlbi vmalle1is\ndsb ishst\n" MAKE,
	  "break/no-dsb", ALL },
	{ "a DSB of too small a domain",
	  TABLES UNMAP "dsb ishst\ntlbi vmalle1is\ndsb nsh\n" MAKE,
	  "break/no-dsb", ALL },
	{ "a DSB ISH for a TLBI OS",
	  TABLES UNMAP "dsb ishst\ntlbi vmalle1os\ndsb ish\n" MAKE,
	  "break/no-dsb", ALL },
	{ "a DSB OSH for it",
	  TABLES UNMAP "dsb ishst\ntlbi vmalle1os\ndsb osh\n" MAKE, "", ALL },
	{ "a DSB SY for everything",
	  TABLES UNMAP "dsb sy\ntlbi vmalle1is\ndsb sy\n" MAKE, "", ALL },
	{ "a local TLBI",
	  TABLES UNMAP "dsb ishst\ntlbi vmalle1\ndsb ish\n" MAKE, "break/local",
	  ALL },
	{ "a local TLBI where there is one PE",
	  "machine pes=1 bbm=0\n" TABLES UNMAP
	  "dsb nshst\ntlbi vmalle1\ndsb nsh\n" MAKE,
	  "", ALL },
	{ "a local TLBI by each PE",
	  "machine pes=2\n" TABLES UNMAP
	  "dsb ish\ntlbi vmalle1\npe 1\ntlbi vmalle1\ndsb nsh\n"
	  "pe 0\ndsb nsh\n" MAKE,
	  "", ALL },
	{ "by all but one, which has no DSB",
	  "machine pes=2\n" TABLES UNMAP
	  "dsb ish\ntlbi vmalle1\npe 1\ntlbi vmalle1\n"
	  "pe 0\ndsb nsh\n" MAKE,
	  "break/local", ALL },
	{ "the TLBI by another PE, after the DSB of the one that stored",
	  TABLES UNMAP "dsb ish\npe 1\ntlbi vmalle1is\ndsb ish\npe 0\n" MAKE,
	  "", ALL },
	{ "the DSB by a PE that did not store",
	  TABLES UNMAP "pe 1\ndsb ish\ntlbi vmalle1is\ndsb ish\npe 0\n" MAKE,
	  "break/early", ALL },
	{ "the last DSB by a PE that did not invalidate",
	  TABLES UNMAP "dsb ish\npe 1\ntlbi vmalle1is\npe 0\ndsb ish\n" MAKE,
	  "break/no-dsb", ALL },
	{ "made again as it was", TABLES UNMAP "store 3 0 0x3000 0x40000703\n",
	  "", ALL },
	{ "what had no Access flag was never held",
	  TABLES "init 0x3000 0x40000303\n" UNMAP MAKE, "", ALL },
	{ "one conflict is told once",
	  TABLES UNMAP MAKE "store 3 0 0x3000 0\n" FLUSH MAKE, "break/no-tlbi",
	  ALL },
	{ "permissions twice, then elsewhere: what could be written counts",
	  TABLES "store 3 0 0x3000 0x40000783\nstore 3 0 0x3000 0\n"
		 "store 3 0 0x3000 0x50000783\n",
	  "break/no-tlbi", ALL },
	{ "and read-only to the end once the first is invalidated",
	  TABLES "store 3 0 0x3000 0x40000783\n" FLUSH "store 3 0 0x3000 0\n"
		 "store 3 0 0x3000 0x50000783\n",
	  "unknown:break/no-tlbi", ALL },
};

static void every_step_of_the_sequence_is_needed(void **state)
{
	(void)state;
	check_rows(steps, COUNT(steps));
}

/* --- which TLBI reaches what (2.6) --------------------------------------- */

/* Level 3 as hint is TTL 0b0111, level 2 is 0b0110, in bits 47:44. */
#define BLOCK_GONE  "store 2 0x200000 0x2008 0\ndsb ishst\n"
#define BLOCK_AGAIN "dsb ish\nstore 2 0x200000 0x2008 0x40400701\n"
#define PAGE_GONE   UNMAP "dsb ishst\n"
#define PAGE_AGAIN  "dsb ish\n" MAKE
#define SECOND_GONE "store 3 0x1000 0x3008 0\ndsb ishst\n"
#define SECOND_MADE "dsb ish\nstore 3 0x1000 0x3008 0x50000703\n"

static const struct row reach[] = {
	{ "the page", TABLES PAGE_GONE "tlbi vaae1is 0\n" PAGE_AGAIN, "", ALL },
	{ "the page, last level",
	  TABLES PAGE_GONE "tlbi vaale1is 0\n" PAGE_AGAIN, "", ALL },
	{ "the next page", TABLES PAGE_GONE "tlbi vaale1is 1\n" PAGE_AGAIN,
	  "break/address", ALL },
	{ "the page's level as hint",
	  TABLES PAGE_GONE "tlbi vaale1is 0x700000000000\n" PAGE_AGAIN, "",
	  ALL },
	{ "another level as hint",
	  TABLES PAGE_GONE "tlbi vaale1is 0x600000000000\n" PAGE_AGAIN,
	  "break/hint", ALL },
	{ "the hint of another granule",
	  TABLES PAGE_GONE "tlbi vaale1is 0xf00000000000\n" PAGE_AGAIN,
	  "break/nothing", ALL },
	{ "any address of a block",
	  TABLES BLOCK_GONE "tlbi vaale1is 0x3ff\n" BLOCK_AGAIN, "", ALL },
	{ "a page's hint for a block",
	  TABLES BLOCK_GONE "tlbi vaale1is 0x700000000200\n" BLOCK_AGAIN,
	  "break/hint", ALL },
	{ "global entries go by any ASID",
	  TABLES SECOND_GONE "tlbi vae1is 0x0007000000000001\n" SECOND_MADE, "",
	  ALL },
	{ "non-global ones do not",
	  TABLES "init 0x3008 0x40001f03\n" SECOND_GONE
		 "tlbi vae1is 0x0007000000000001\n" SECOND_MADE,
	  "break/asid", ALL },
	{ "their own ASID",
	  "tables 0 root=0x1000 granule=4k va=21 asid=7\n"
	  "init 0x1000 0x40000f03\nstore 3 0 0x1000 0\ndsb ish\n"
	  "tlbi vae1is 0x0007000000000000\ndsb ish\n"
	  "store 3 0 0x1000 0x50000f03\n",
	  "", ALL },
	{ "everything of their ASID",
	  "tables 0 root=0x1000 granule=4k va=21 asid=7\n"
	  "init 0x1000 0x40000f03\nstore 3 0 0x1000 0\ndsb ish\n"
	  "tlbi aside1is 0x0007000000000000\ndsb ish\n"
	  "store 3 0 0x1000 0x50000f03\n",
	  "", ALL },
	{ "of their ASID, but global",
	  "tables 0 root=0x1000 granule=4k va=21 asid=7\n"
	  "init 0x1000 0x40000703\nstore 3 0 0x1000 0\ndsb ish\n"
	  "tlbi aside1is 0x0007000000000000\ndsb ish\n"
	  "store 3 0 0x1000 0x50000f03\n",
	  "break/asid", ALL },
	{ "another regime", TABLES PAGE_GONE "tlbi vae2is 0\n" PAGE_AGAIN,
	  "break/asid", ALL },
	/* TG 01, NUM 1, SCALE 0: 4 pages from 0. */
	{ "a range",
	  TABLES PAGE_GONE "tlbi rvaale1is 0x0000408000000000\n" PAGE_AGAIN, "",
	  ALL },
	{ "a range that ends before",
	  TABLES "store 3 0x4000 0x3020 0\ndsb ishst\n"
		 "tlbi rvaale1is 0x0000408000000000\ndsb ish\n"
		 "store 3 0x4000 0x3020 0x50000703\n",
	  "break/address", ALL },
	{ "a range of another granule is nothing",
	  TABLES PAGE_GONE "tlbi rvaale1is 0x0000808000000000\n" PAGE_AGAIN,
	  "break/no-tlbi", ALL },
	/* TTL 2 with a base of one page. */
	{ "a base that is not aligned for its hint",
	  TABLES "tlbi rvaale1is 0x0000404000000001\n", "tlbi", ALL },
	{ "each member of a Contiguous group by itself",
	  TABLES "init 0x3000 0x0010000040000703 16 0x1000\n"
		 "store 3 0 0x3000 0 16 0\ndsb ishst\ntlbi vaae1is 0\n"
		 "dsb ish\nstore 3 0x1000 0x3008 0x50000703\n",
	  "break/address", ALL },
	{ "a run goes page by page",
	  TABLES "store 3 0 0x3000 0 4 0\ndsb ishst\ntlbi vaae1is 0\n"
		 "tlbi vaae1is 2\ndsb ish\nstore 3 0 0x3000 0x50000703\n"
		 "store 3 0x2000 0x3010 0x50000703\n"
		 "store 3 0x1000 0x3008 0x50000703\n",
	  "break/address", ALL },
};

static void a_tlbi_reaches_what_the_manual_says(void **state)
{
	(void)state;
	check_rows(reach, COUNT(reach));
}

/* --- tables -------------------------------------------------------------- */

#define NEW_TABLE          \
	"alloc 3 0x4000\n" \
	"fill 3 0x400000 0x4000 0x50000703 512 0x1000\n"
#define LINK   "store 2 0x400000 0x2010 0x4003\n"
#define UNHOOK "store 2 0 0x2000 0\n"

static const struct row tables[] = {
	{ "filled, DSB, linked", TABLES NEW_TABLE "dsb ishst\n" LINK, "", ALL },
	{ "DMB orders stores", TABLES NEW_TABLE "dmb ishst\n" LINK, "", ALL },
	{ "an ISB does not", TABLES NEW_TABLE "isb\n" LINK, "unpublished",
	  ALL },
	{ "a DSB for this PE alone does not",
	  TABLES NEW_TABLE "dsb nshst\n" LINK, "unpublished", ALL },
	{ "nor a DSB of another PE",
	  TABLES NEW_TABLE "pe 1\ndsb ish\npe 0\n" LINK, "unpublished", ALL },
	{ "zeroes have to be there as well", TABLES "alloc 3 0x4000\n" LINK,
	  "unpublished", ALL },
	{ "filled too late",
	  TABLES "alloc 3 0x4000\ndsb ishst\n" LINK
		 "fill 3 0x400000 0x4000 0x50000703 512 0x1000\n",
	  "filled-live", ALL },
	{ "a store to a table that is not linked is nobody's business",
	  TABLES "alloc 3 0x4000\nstore 3 0x400000 0x4000 0x50000703\n"
		 "store 3 0x400000 0x4000 0x60000707\ndsb ishst\n" LINK,
	  "", ALL },
	{ "but has to be visible",
	  TABLES "alloc 3 0x4000\ndsb ishst\n"
		 "store 3 0x400000 0x4000 0x50000703\n" LINK,
	  "unpublished", ALL },
	{ "two levels at once",
	  TABLES "alloc 2 0x5000\n" NEW_TABLE "dsb ishst\n"
		 "store 2 0x40400000 0x5010 0x4003\ndsb ishst\n"
		 "store 1 0x40000000 0x1008 0x5003\n",
	  "", ALL },
	{ "two levels at once, the lower one not visible",
	  TABLES "alloc 2 0x5000\ndsb ishst\n" NEW_TABLE
		 "store 2 0x40400000 0x5010 0x4003\n"
		 "store 1 0x40000000 0x1008 0x5003\n",
	  "unpublished unpublished", ALL },
	{ "unhooked, invalidated, freed", TABLES UNHOOK FLUSH "free 3 0x3000\n",
	  "", ALL },
	{ "freed before the TLBI", TABLES UNHOOK "dsb ishst\nfree 3 0x3000\n",
	  "freed-cached/no-tlbi", ALL },
	{ "freed before the DSB",
	  TABLES UNHOOK "dsb ishst\ntlbi vmalle1is\nfree 3 0x3000\n",
	  "freed-cached/no-dsb", ALL },
	{ "a last-level TLBI leaves the table",
	  TABLES UNHOOK "dsb ishst\ntlbi vaale1is 0\ndsb ish\nfree 3 0x3000\n",
	  "freed-cached/last", ALL },
	{ "so does one with the table's own level as hint",
	  TABLES UNHOOK "dsb ishst\ntlbi vaae1is 0x600000000000\ndsb ish\n"
			"free 3 0x3000\n",
	  "freed-cached/hint", ALL },
	{ "one for an ASID leaves the tables of others",
	  TABLES UNHOOK "dsb ishst\ntlbi vae1is 0\ndsb ish\nfree 3 0x3000\n",
	  "freed-cached/asid", ALL },
	{ "any address below it will do",
	  TABLES UNHOOK
	  "dsb ishst\ntlbi vaae1is 0x1ff\ndsb ish\nfree 3 0x3000\n",
	  "", ALL },
	{ "freed while linked", TABLES "free 3 0x3000\n", "freed-linked", ALL },
	{ "written to while a walk cache holds it",
	  TABLES UNHOOK "store 3 0 0x3000 0x60000703\n", "reused/no-tlbi",
	  ALL },
	{ "cleared behind what is unmapped",
	  TABLES UNHOOK "store 3 0 0x3000 0 512 0\n", "", ALL },
	{ "cleared behind a block that is mapped",
	  TABLES "store 2 0 0x2000 0x40000701\nstore 3 0 0x3000 0\n",
	  "reused/no-tlbi", FROM_2 },
	{ "written to once it is nobody's",
	  TABLES UNHOOK FLUSH "store 3 0 0x3000 0x60000703\n", "", ALL },
	{ "a block where a table was, no TLBI",
	  TABLES UNHOOK "dsb ishst\nstore 2 0 0x2000 0x40000701\n",
	  "break/no-tlbi", BELOW_2 },
	{ "a block where a table was, leaves alone invalidated",
	  TABLES UNHOOK "dsb ishst\n"
			/* TG 01, SCALE 1, NUM 7: 512 pages. */
			"tlbi rvaale1is 0x0000538000000000\ndsb ish\n"
			"store 2 0 0x2000 0x40000701\n",
	  "break/last", BELOW_2 },
	{ "a block where a table was, by the book",
	  TABLES UNHOOK FLUSH "store 2 0 0x2000 0x50000701\n", "", ALL },
	{ "freed tables below an unhooked one",
	  TABLES "store 1 0 0x1000 0\ndsb ish\ntlbi vaae1is 0x200\ndsb ish\n"
		 "free 3 0x3000\nfree 2 0x2000\n",
	  "freed-cached/address", ALL },
	{ "both",
	  TABLES "store 1 0 0x1000 0\ndsb ish\ntlbi vaae1is 0\ndsb ish\n"
		 "free 3 0x3000\nfree 2 0x2000\n",
	  "", ALL },
};

static void tables_come_and_go_as_the_manual_says(void **state)
{
	(void)state;
	check_rows(tables, COUNT(tables));
}

/* --- sizes that linger --------------------------------------------------- */

#define SPLIT                                            \
	"alloc 3 0x4000\n"                               \
	"fill 3 0x200000 0x4000 0x40200703 512 0x1000\n" \
	"dsb ishst\nstore 2 0x200000 0x2008 0x4003\n"

static const struct row lingering[] = {
	{ "a page of a split block goes elsewhere",
	  TABLES SPLIT "store 3 0x201000 0x4008 0\ndsb ishst\n"
		       "store 3 0x201000 0x4008 0x60000703\n",
	  "break/no-tlbi", FROM_2 },
	{ "after the block and the page have been invalidated",
	  TABLES SPLIT "store 3 0x201000 0x4008 0\ndsb ishst\n"
		       "tlbi vaale1is 0x201\ndsb ish\n"
		       "store 3 0x201000 0x4008 0x60000703\n",
	  "", FROM_2 },
	{ "with a hint that spares the block",
	  TABLES SPLIT "store 3 0x201000 0x4008 0\ndsb ishst\n"
		       "tlbi vaale1is 0x700000000201\ndsb ish\n"
		       "store 3 0x201000 0x4008 0x60000703\n",
	  "break/hint", FROM_2 },
	{ "a new permission, and the block keeps the old one",
	  TABLES SPLIT "begin ro\nstore 3 0x201000 0x4008 0x40201783\n"
		       "dsb ishst\ntlbi vaale1is 0x700000000201\ndsb ish\n"
		       "isb\nend ro\n",
	  "stale/hint", FROM_2 },
	{ "a new permission, and all goes",
	  TABLES SPLIT "begin ro\nstore 3 0x201000 0x4008 0x40201783\n"
		       "dsb ishst\ntlbi vaale1is 0x201\ndsb ish\n"
		       "isb\nend ro\n",
	  "", FROM_2 },
	{ "pages linger under a block that goes elsewhere",
	  TABLES "store 2 0 0x2000 0x40000701\nstore 2 0 0x2000 0\n"
		 "dsb ishst\ntlbi vaale1is 0\ndsb ish\n"
		 "store 2 0 0x2000 0x60000701\n",
	  "break/address", FROM_2 },
};

static void stale_sizes_are_remembered(void **state)
{
	(void)state;
	check_rows(lingering, COUNT(lingering));
}

/* --- the end of an operation (T5, T6, I3) -------------------------------- */

static const struct row ends[] = {
	{ "the whole of it",
	  TABLES "begin x\nstore 3 0 0x3000 0x40000783\n" FLUSH "isb\nend x\n",
	  "", ALL },
	{ "no TLBI", TABLES "begin x\nstore 3 0 0x3000 0x40000783\nend x\n",
	  "stale/no-tlbi", ALL },
	{ "no DSB before the TLBI",
	  TABLES "begin x\nstore 3 0 0x3000 0x40000783\ntlbi vmalle1is\n"
		 "dsb ish\nisb\nend x\n",
	  "stale/early", ALL },
	{ "no DSB after the TLBI",
	  TABLES "begin x\nstore 3 0 0x3000 0x40000783\ndsb ishst\n"
		 "tlbi vmalle1is\nisb\nend x\n",
	  "stale/no-dsb", ALL },
	{ "no ISB",
	  TABLES "begin x\nstore 3 0 0x3000 0x40000783\n" FLUSH "end x\n",
	  "unsynced", ALL },
	{ "unmapped, not invalidated", TABLES "begin x\n" UNMAP "end x\n",
	  "stale/no-tlbi", ALL },
	{ "a promise that was not given",
	  "operation x lazy\n" TABLES "begin x\n" UNMAP "end x\n", "", ALL },
	{ "what was stale before is not its fault",
	  TABLES UNMAP "begin x\nstore 3 0x1000 0x3008 0x40001783\n"
		       "dsb ishst\ntlbi vaale1is 1\ndsb ish\nisb\nend x\n",
	  "", ALL },
	{ "what is the same for an access may linger",
	  TABLES "begin x\nstore 3 0 0x3000 0x0780000040000303\nend x\n", "",
	  ALL },
	{ "an inner operation has the outer one's promise",
	  "operation in lazy\n" TABLES "begin out\nbegin in\n" UNMAP
	  "end in\nend out\n",
	  "stale/no-tlbi", ALL },
	{ "mapped",
	  TABLES "begin x\nstore 2 0x400000 0x2010 0x50000701\n"
		 "dsb ishst\nisb\nend x\n",
	  "", ALL },
	{ "mapped, not visible",
	  TABLES "begin x\nstore 2 0x400000 0x2010 0x50000701\nend x\n",
	  "invisible", ALL },
	{ "mapped, own PE not synchronised",
	  TABLES "begin x\nstore 2 0x400000 0x2010 0x50000701\n"
		 "dsb ishst\nend x\n",
	  "unsynced", ALL },
	{ "the same with FEAT_ETS2",
	  "machine ets2\n" TABLES
	  "begin x\nstore 2 0x400000 0x2010 0x50000701\ndsb ishst\nend x\n",
	  "", ALL },
	{ "an unhooked table stays in a walk cache",
	  TABLES "begin x\n" UNHOOK "dsb ishst\n"
		 "tlbi rvaale1is 0x0000538000000000\ndsb ish\nisb\nend x\n",
	  "stale/last", ALL },
	{ "operations of two PEs interleave",
	  TABLES "begin x\npe 1\nbegin y\npe 0\n" UNMAP FLUSH
		 "isb\nend x\npe 1\nend y\n",
	  "", ALL },
};

static void an_operation_ends_with_the_new_translation_only(void **state)
{
	(void)state;
	check_rows(ends, COUNT(ends));
}

/* --- Contiguous, global, stage 2, EL2 ------------------------------------ */

#define C "0x001000004000"

static const struct row groups[] = {
	{ "a group",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH "store 3 0 0x3000 " C
		 "0703 16 0x1000\n",
	  "", ALL },
	{ "one by one",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH "store 3 0 0x3000 " C
		 "0703\n"
		 "store 3 0x1000 0x3008 " C "1703\n",
	  "", ALL },
	{ "outputs that do not follow each other",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH "store 3 0 0x3000 " C
		 "0703\n"
		 "store 3 0x1000 0x3008 " C "2703\n",
	  "group", ALL },
	{ "an output that is not aligned to the group",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH "store 3 0 0x3000 " C
		 "1703 16 0x1000\n",
	  "group", ALL },
	{ "memory types that differ",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH "store 3 0 0x3000 " C
		 "0703\n"
		 "store 3 0x1000 0x3008 " C "1707\n",
	  "group", ALL },
	{ "a member without the bit",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH
		 "store 3 0 0x3000 0x40000703\n"
		 "store 3 0x1000 0x3008 " C "1703\n",
	  "group", 1 },
	{ "which is let pass from level 1",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH
		 "store 3 0 0x3000 0x40000703\n"
		 "store 3 0x1000 0x3008 " C "1703\n",
	  "", FROM_1 },
	{ "another group is another matter",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH "store 3 0xf000 0x3078 " C
		 "f703\n"
		 "store 3 0x10000 0x3080 0x0010000050000703\n",
	  "", ALL },
	{ "a run that ends in a group with other outputs",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH
		 "store 3 0x11000 0x3088 0x0010000050011703\n"
		 "store 3 0 0x3000 " C "0703 17 0x1000\n",
	  "group", ALL },
	{ "a run that begins and ends in groups it goes on with",
	  TABLES "store 3 0 0x3000 0 512 0\n" FLUSH "store 3 0x0000 0x3000 " C
		 "0703\n"
		 "store 3 0x11000 0x3088 0x0010000040011703\n"
		 "store 3 0x1000 0x3008 " C "1703 16 0x1000\n",
	  "", ALL },
	{ "a fill that ends in one with other outputs",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0x411000 0x4088 0x0010000050011703\n"
		 "fill 3 0x400000 0x4000 " C "0703 17 0x1000\n",
	  "group", ALL },
	{ "a fill of outputs that do not follow each other",
	  TABLES "alloc 3 0x4000\n"
		 "fill 3 0x400000 0x4000 " C "0703 2 0x2000\n",
	  "group group", ALL },
};

static const struct row spaces[] = {
	{ "a global page over another ASID's",
	  "tables 0 root=0x1000 granule=4k va=21 asid=1\n"
	  "tables 1 root=0x5000 granule=4k va=21 asid=2\n"
	  "in 0\nstore 3 0 0x1000 0x40000f03\n"
	  "in 1\nstore 3 0 0x5000 0x40000703\n",
	  "overlap", ALL },
	{ "each its own",
	  "tables 0 root=0x1000 granule=4k va=21 asid=1\n"
	  "tables 1 root=0x5000 granule=4k va=21 asid=2\n"
	  "in 0\nstore 3 0 0x1000 0x40000f03\n"
	  "in 1\nstore 3 0 0x5000 0x50000f03\n",
	  "", ALL },
	{ "a run, all but one of whose pages is its own",
	  "tables 0 root=0x1000 granule=4k va=21 asid=1\n"
	  "tables 1 root=0x5000 granule=4k va=21 asid=2\n"
	  "in 0\nstore 3 0x5000 0x1028 0x40005f03\n"
	  "in 1\nstore 3 0 0x5000 0x40000703 8 0x1000\n",
	  "overlap", ALL },
	{ "another VMID",
	  "tables 0 root=0x1000 granule=4k va=21 asid=1 vmid=1\n"
	  "tables 1 root=0x5000 granule=4k va=21 asid=2 vmid=2\n"
	  "in 0\nstore 3 0 0x1000 0x40000f03\n"
	  "in 1\nstore 3 0 0x5000 0x40000703\n",
	  "", ALL },
	{ "one that is stale still counts",
	  "tables 0 root=0x1000 granule=4k va=21 asid=1\n"
	  "tables 1 root=0x5000 granule=4k va=21 asid=2\n"
	  "init 0x1000 0x40000f03\n"
	  "in 0\nstore 3 0 0x1000 0\ndsb ish\n"
	  "in 1\nstore 3 0 0x5000 0x40000703\n",
	  "overlap", ALL },
	{ "one that is gone does not",
	  "tables 0 root=0x1000 granule=4k va=21 asid=1\n"
	  "tables 1 root=0x5000 granule=4k va=21 asid=2\n"
	  "init 0x1000 0x40000f03\n"
	  "in 0\nstore 3 0 0x1000 0\ndsb ish\ntlbi vaae1is 0\ndsb ish\n"
	  "in 1\nstore 3 0 0x5000 0x40000703\n",
	  "", ALL },
};

/* Stage 2: MemAttr in 5:2, S2AP in 7:6; writable is +80. */
#define STAGE2                                                         \
	"tables 0 root=0x1000 granule=4k va=21 regime=stage2 vmid=3\n" \
	"init 0x1000 0x400007ff\n"
#define IPA_SPACE(space)                                              \
	"tables 0 root=0x1000 granule=4k va=21 regime=stage2 vmid=3 " \
	"ipa=" space "\ninit 0x1000 0x400007ff\n"
#define S2_REST "dsb ish\ntlbi vmalle1is\ndsb ish\n"
#define S2_GONE "store 3 0 0x1000 0\ndsb ish\n"
#define S2_MAKE "store 3 0 0x1000 0x500007ff\n"
#define EL2                                                  \
	"tables 0 root=0x1000 granule=4k va=21 regime=el2\n" \
	"init 0x1000 0x40000703\nstore 3 0 0x1000 0\ndsb ish\n"

static const struct row regimes[] = {
	{ "by IPA, then what combines both",
	  STAGE2 S2_GONE "tlbi ipas2e1is 0\ndsb ish\ntlbi vmalle1is\n"
			 "dsb ish\n" S2_MAKE,
	  "", ALL },
	{ "by IPA alone", STAGE2 S2_GONE "tlbi ipas2e1is 0\ndsb ish\n" S2_MAKE,
	  "break/combined", ALL },
	{ "no DSB between the two",
	  STAGE2 S2_GONE "tlbi ipas2e1is 0\ntlbi vmalle1is\ndsb ish\n" S2_MAKE,
	  "break/combined", ALL },
	{ "the two the other way round",
	  STAGE2 S2_GONE "tlbi vmalle1is\ndsb ish\ntlbi ipas2e1is 0\n"
			 "dsb ish\n" S2_MAKE,
	  "break/combined", ALL },
	{ "both stages at once",
	  STAGE2 S2_GONE "tlbi vmalls12e1is\ndsb ish\n" S2_MAKE, "", ALL },
	{ "all VMIDs", STAGE2 S2_GONE "tlbi alle1is\ndsb ish\n" S2_MAKE, "",
	  ALL },
	{ "another VMID",
	  STAGE2 "tables 1 root=0x5000 granule=4k va=21 regime=stage2 vmid=4\n"
		 "in 0\n" S2_GONE
		 "in 1\ntlbi vmalls12e1is\ndsb ish\nin 0\n" S2_MAKE,
	  "break/asid", ALL },
	{ "another page", STAGE2 S2_GONE "tlbi ipas2e1is 1\ndsb ish\n" S2_MAKE,
	  "break/address", ALL },
	{ "another page, and stage 1",
	  STAGE2 S2_GONE "tlbi ipas2e1is 1\ndsb ish\ntlbi vmalle1is\n"
			 "dsb ish\n" S2_MAKE,
	  "break/stage", ALL },
	{ "stage 1 alone", STAGE2 S2_GONE "tlbi vmalle1is\ndsb ish\n" S2_MAKE,
	  "break/stage", ALL },
	{ "stage 1 of another VMID",
	  STAGE2 "tables 1 root=0x5000 granule=4k va=21 regime=stage2 vmid=4\n"
		 "in 0\n" S2_GONE
		 "in 1\ntlbi vmalle1is\ndsb ish\nin 0\n" S2_MAKE,
	  "break/asid", ALL },
	{ "stage 1, by IPA",
	  TABLES UNMAP "dsb ishst\ntlbi ipas2e1is 0\n"
		       "dsb ish\n" MAKE,
	  "break/stage", ALL },
	/* NS, bit 63, is the IPA space where there are two of them. */
	{ "Non-secure state ignores NS",
	  STAGE2 S2_GONE "tlbi ipas2e1is 0x8000000000000000\n" S2_REST S2_MAKE,
	  "", ALL },
	{ "a Secure IPA",
	  IPA_SPACE("secure") S2_GONE "tlbi ipas2e1is 0\n" S2_REST S2_MAKE, "",
	  ALL },
	{ "a Secure IPA, NS of a Non-secure one",
	  IPA_SPACE("secure") S2_GONE
	  "tlbi ipas2e1is 0x8000000000000000\n" S2_REST S2_MAKE,
	  "break/space", ALL },
	{ "a Non-secure IPA",
	  IPA_SPACE("nonsecure") S2_GONE
	  "tlbi ipas2e1is 0x8000000000000000\n" S2_REST S2_MAKE,
	  "", ALL },
	{ "a Non-secure IPA, NS of a Secure one",
	  IPA_SPACE("nonsecure") S2_GONE "tlbi ipas2e1is 0\n" S2_REST S2_MAKE,
	  "break/space", ALL },
	{ "the same as a range of two pages",
	  IPA_SPACE("nonsecure") S2_GONE
	  "tlbi ripas2e1is 0x0000400000000000\n" S2_REST S2_MAKE,
	  "break/space", ALL },
	{ "and with NS",
	  IPA_SPACE("nonsecure") S2_GONE
	  "tlbi ripas2e1is 0x8000400000000000\n" S2_REST S2_MAKE,
	  "", ALL },
	{ "all of a VMID is all of both spaces",
	  IPA_SPACE("nonsecure") S2_GONE "tlbi vmalls12e1is\ndsb ish\n" S2_MAKE,
	  "", ALL },
	{ "memory type", STAGE2 "store 3 0 0x1000 0x400007df\n", "break", ALL },
	{ "permission", STAGE2 "store 3 0 0x1000 0x4000077f\n", "", ALL },
	{ "read-only pages that move: contents decide",
	  STAGE2 "init 0x1000 0x4000077f\nstore 3 0 0x1000 0x5000077f\n",
	  "unknown:break", ALL },
	{ "EL2, last level",
	  EL2 "tlbi vale2is 0\ndsb ish\nstore 3 0 0x1000 0x50000703\n", "",
	  ALL },
	{ "EL2, by an operation for EL1",
	  EL2 "tlbi vaale1is 0\ndsb ish\nstore 3 0 0x1000 0x50000703\n",
	  "break/asid", ALL },
};

static void groups_spaces_and_regimes_have_rules_of_their_own(void **state)
{
	(void)state;
	check_rows(groups, COUNT(groups));
	check_rows(spaces, COUNT(spaces));
	check_rows(regimes, COUNT(regimes));
}

/* --- reports ------------------------------------------------------------- */

static const char *source_of(void *arg, uint32_t source)
{
	(void)arg;
	return source == 1 ? "mmu.c:10" : source == 2 ? "mmu.c:20" : NULL;
}

/* A finding says which descriptor, whose events, and what would be legal. */
static void a_finding_tells_all_there_is_to_know(void **state)
{
	struct answer a;
	char text[1024] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	check_text(TABLES "begin remap\nstore 3 0 0x3000 0 @mmu.c:10\n"
			  "pe 1\nstore 3 0 0x3000 0x50000703 @mmu.c:20\n",
		   (struct vmsa_checker_config){ 0 }, &a);
	assert_string_equal(a.text, "break/no-tlbi");
	assert_int_equal(a.last.needs, VMSA_BBM_OUTPUT);
	assert_int_equal(a.last.at, 0x3000);
	assert_int_equal(a.last.first, 0);
	assert_int_equal(a.last.last, 0xfff);
	assert_int_equal(a.last.level, 3);
	assert_int_equal(a.last.old, 0x40000703);
	assert_int_equal(a.last.desc, 0x50000703);
	assert_int_equal(a.last.cause.event, 2);
	assert_int_equal(a.last.here.event, 3);
	assert_int_equal(a.last.here.pe, 1);
	assert_non_null(out);
	a.last.operation = "remap";
	vmsa_check_print(out, &a.last, source_of, NULL);
	fclose(out);
	assert_string_equal(
		text,
		"violation: a live translation was changed without "
		"break-before-make [R_WHZWS] (output address of writable "
		"memory), in remap\n"
		"  level 3 descriptor at 0x3000, VA 0x0 to 0xfff\n"
		"  was 0x40000703, is 0x50000703\n"
		"  found at event 3 of PE 1 at mmu.c:20\n"
		"  because of event 2 of PE 0 at mmu.c:10\n"
		"  no TLBI has come since\n"
		"  legal with: DSB ISHST; TLBI; DSB ISH between the store and "
		"this\n");
}

/* All that is wrong from the first address on, and no more. */
static void a_finding_names_the_addresses_that_clash(void **state)
{
#define PAGES "init 0x4000 0x40200703 512 0x1000\n"
#define HOOK  "store 2 0x200000 0x2008 0x4003\n"
	static const struct {
		const char *log;
		unsigned bbm;
		vmsa_va first, last;
	} rows[] = {
		{ TABLES PAGES HOOK, 0, 0x200000, 0x3fffff },
		{ TABLES "store 2 0 0x2000 0x40000701\n", 0, 0, 0x1fffff },
		{ TABLES PAGES "init 0x4018 0\n" HOOK, 0, 0x200000, 0x202fff },
		{ TABLES PAGES "init 0x4000 0 3 0\n" HOOK, 0, 0x203000,
		  0x3fffff },
		{ TABLES PAGES "init 0x4028 0x50000703 2 0x1000\n" HOOK, 2,
		  0x205000, 0x206fff },
		{ TABLES "store 3 0x5000 0x3028 0x50000703\n", 2, 0x5000,
		  0x5fff },
	};
#undef PAGES
#undef HOOK
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		check_text(rows[i].log,
			   (struct vmsa_checker_config){ .bbm = rows[i].bbm },
			   &a);
		assert_string_equal(a.text, "break");
		assert_int_equal(a.last.first, rows[i].first);
		assert_int_equal(a.last.last, rows[i].last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_need_a_break_as_the_manual_says),
		cmocka_unit_test(the_caller_may_know_what_pages_hold),
		cmocka_unit_test(memory_types_are_those_of_mair),
		cmocka_unit_test(dirty_state_counts_as_writable),
		cmocka_unit_test(every_step_of_the_sequence_is_needed),
		cmocka_unit_test(a_tlbi_reaches_what_the_manual_says),
		cmocka_unit_test(tables_come_and_go_as_the_manual_says),
		cmocka_unit_test(stale_sizes_are_remembered),
		cmocka_unit_test(
			an_operation_ends_with_the_new_translation_only),
		cmocka_unit_test(
			groups_spaces_and_regimes_have_rules_of_their_own),
		cmocka_unit_test(a_finding_tells_all_there_is_to_know),
		cmocka_unit_test(a_finding_names_the_addresses_that_clash),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
