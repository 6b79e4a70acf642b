/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collapse_test.c - what vmsa/linux/collapse.h promises, case by case
 *
 * Descriptors and costs are worked out by hand: attributes from section 1.4 of
 * docs/linear-map.md, counts from the group and table sizes of 1.1.
 */
#include "linux/collapse/world.h"

static const struct world k4 = { VMSA_LINUX_V7_3, 12, 48, .size = 4 * GIB };
static const struct world k16 = { VMSA_LINUX_V7_3, 14, 48, .size = 4 * GIB };
static const struct world k64 = { VMSA_LINUX_V7_3, 16, 48, .size = 4 * GIB };

/* --- one page lost and found, all granules ------------------------------- */

static const struct round_trip {
	const char *name;
	const struct world *world;
	vmsa_va va; /* the page */
	int level;  /* of the block it is in after boot */
	vmsa_desc block;
	uint64_t stores; /* to come back */
	uint64_t tables; /* that become free */
} round_trips[] = {
	/* 512 pages -> PMD, 512 PMDs -> PUD: two stores. */
	{ "4K, in a 1G block", &k4, 0xffff000040345000, 1, BLOCK | 0x80000000,
	  2, 2 },
	/* 512 pages -> PMD, then its group of 16 again CONT. */
	{ "4K, in a CONT group of 2M blocks", &k4, 0xffff000004005000, 2,
	  BLOCK_CONT | 0x44000000, 17, 1 },
	/* PMDs 2 .. 15 below 32M with the image: no group. */
	{ "4K, in a 2M block of its own", &k4, 0xffff000003405000, 2,
	  BLOCK | 0x43400000, 1, 1 },
	/* 2048 pages -> PMD, then its group of 32. */
	{ "16K, in a CONT group of 32M blocks", &k16, 0xffff000040344000, 2,
	  BLOCK_CONT | 0x80000000, 33, 1 },
	/* 8192 pages -> PMD; 16G groups are never whole here. */
	{ "64K, in a 512M block", &k64, 0xffff000040340000, 2,
	  BLOCK | 0x80000000, 1, 1 },
};

static void a_page_that_comes_back_takes_its_block_along(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(round_trips); i++) {
		const struct round_trip *r = &round_trips[i];
		struct vmsa_linux *l = world_boot(r->world);
		struct vmsa_counters cost;

		print_message("%s\n", r->name);
		invalidate(l, r->va);
		assert_u64_equal(desc_at(l, r->va, 3) & 0xfff, INVALID & 0xfff);
		/* Present-invalid: nothing agrees. */
		cost = collapse_at(l, r->va, &in_place);
		assert_int_equal(cost.stores, 0);
		assert_int_equal(sum(cost.barriers, VMSA_NR_BARRIERS), 0);
		assert_int_equal(sum(cost.tlbi, VMSA_NR_TLBI_OPS), 0);

		restore(l, r->va);
		cost = collapse_at(l, r->va, &in_place);
		assert_int_equal(cost.stores, r->stores);
		assert_int_equal(cost.tables_free, r->tables);
		assert_int_equal(cost.tlbi[VMSA_TLBI_VAAE1], r->tables);
		assert_int_equal(cost.barriers[VMSA_DSB_ISH], 1);
		assert_u64_equal(desc_at(l, r->va, r->level), r->block);
		vmsa_linux_destroy(l);
	}
}

/* What the round trip through a 1G block costs, to the last barrier. */
static void a_fold_of_two_levels_shares_one_flush(void **state)
{
	static const struct world ranges = { VMSA_LINUX_V7_3, 12, 48,
					     .tlb_range = true,
					     .size = 4 * GIB };
	struct vmsa_linux *l = world_boot(&ranges);
	const vmsa_va va = 0xffff000040345000;
	struct vmsa_counters cost;

	(void)state;
	invalidate(l, va);
	restore(l, va);
	cost = collapse_at(l, va, &in_place);
	assert_int_equal(cost.barriers[VMSA_DSB_ISHST], 1);
	assert_int_equal(cost.barriers[VMSA_DSB_ISH], 1);
	assert_int_equal(cost.barriers[VMSA_ISB], 1);
	/* 1 GiB: NUM 3, SCALE 3 is one range of 2^18 pages. */
	assert_int_equal(cost.tlbi[VMSA_TLBI_RVAAE1], 1);
	assert_int_equal(sum(cost.tlbi, VMSA_NR_TLBI_OPS), 1);
	vmsa_linux_destroy(l);
}

/* --- groups -------------------------------------------------------------- */

static void a_group_becomes_cont_without_any_tlbi(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000040345000, other = 0xffff000040360000;
	struct vmsa_counters cost;

	(void)state;
	invalidate(l, va);
	invalidate(l, other);
	restore(l, va);
	cost = collapse_at(l, va, &in_place);
	assert_int_equal(cost.stores, 16);
	assert_int_equal(cost.tables_free, 0);
	assert_int_equal(sum(cost.tlbi, VMSA_NR_TLBI_OPS), 0);
	assert_int_equal(cost.barriers[VMSA_DSB_ISHST], 1);
	assert_int_equal(cost.barriers[VMSA_ISB], 1);
	assert_u64_equal(desc_at(l, va, 3), PAGE_CONT | 0x80345000);
	assert_u64_equal(desc_at(l, va - 0x5000, 3), PAGE_CONT | 0x80340000);
	assert_u64_equal(desc_at(l, va + 0xa000, 3), PAGE_CONT | 0x8034f000);
	/* The group of the page that is still out. */
	assert_u64_equal(desc_at(l, other + 0x1000, 3), PAGE | 0x80361000);
	vmsa_linux_destroy(l);
}

/* 512 pages are a block again, but 1 GiB is not: one page further is out. */
static void a_block_takes_its_place_in_a_group_of_blocks(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000040345000, other = 0xffff000050000000;
	struct vmsa_counters cost;

	(void)state;
	invalidate(l, va);
	invalidate(l, other);
	restore(l, va);
	cost = collapse_at(l, va, &in_place);
	assert_int_equal(cost.stores, 1 + 16);
	assert_int_equal(cost.tables_free, 1);
	assert_u64_equal(desc_at(l, va, 2), BLOCK_CONT | 0x80200000);
	assert_u64_equal(desc_at(l, 0xffff000041e00000, 2),
			 BLOCK_CONT | 0x81e00000);
	assert_u64_equal(desc_at(l, va, 1) & 3, 3);
	vmsa_linux_destroy(l);
}

/* --- what must not be folded --------------------------------------------- */

static const struct odd_page {
	const char *name;
	vmsa_desc set, clear;
} odd_pages[] = {
	{ "read-only", VMSA_LEAF_AP2, VMSA_LEAF_DBM },
	{ "executable", 0, VMSA_LEAF_PXN },
	{ "not accessed", 0, VMSA_LEAF_AF },
	{ "clean", 0, VMSA_BIT(55) },
	{ "marked by software", VMSA_BIT(58), 0 },
	{ "not global", VMSA_LEAF_NG, 0 },
	{ "of another memory type", VMSA_BIT(3), 0 },
	{ "open to user space", VMSA_LEAF_AP1, 0 },
	{ "guarded", VMSA_LEAF_GP, 0 },
	{ "somewhere else", VMSA_BIT(30), 0 },
	{ "shared otherwise", 0, VMSA_BIT(8) },
	{ "a hole", 0, ~UINT64_C(0) },
	{ "of another world", VMSA_LEAF_NS, 0 },
};

static void one_odd_page_keeps_its_table_and_group(void **state)
{
	/* First of a table, last of one, and one amid a group. */
	static const vmsa_va pages[] = { 0xffff000040200000, 0xffff0000403ff000,
					 0xffff000040345000 };

	(void)state;
	for (size_t i = 0; i < COUNT(odd_pages) * COUNT(pages); i++) {
		const struct odd_page *odd = &odd_pages[i / COUNT(pages)];
		const vmsa_va va = pages[i % COUNT(pages)];
		struct vmsa_linux *l = world_boot(&k4);
		struct vmsa_collapse_stats stats;

		print_message("%s\n", odd->name);
		assert_int_equal(vmsa_linux_update_range(l, va, 0x1000,
							 odd->set, odd->clear),
				 0);
		stats = collapse_all(l);
		assert_int_equal(sum(stats.blocks, VMSA_LEVELS), 0);
		assert_int_equal(sum(stats.groups, VMSA_LEVELS), 0);
		assert_u64_equal(desc_at(l, va, 3),
				 ((PAGE | (0x40000000 + (va & 0xffffffff))) &
				  ~odd->clear) |
					 odd->set);
		vmsa_linux_destroy(l);
	}
}

/* All 512 pages alike, and none like the rest: a block of its own kind. */
static void a_whole_table_of_odd_pages_becomes_a_block(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000040200000;
	struct vmsa_collapse_stats stats;

	(void)state;
	for (vmsa_va p = va; p < va + 2 * MIB; p += 0x1000)
		assert_int_equal(vmsa_linux_update_range(l, p, 0x1000,
							 VMSA_LEAF_AP2,
							 VMSA_LEAF_DBM),
				 0);
	stats = collapse_all(l);
	assert_int_equal(stats.blocks[VMSA_LEVEL_SLOT(2)], 1);
	assert_u64_equal(desc_at(l, va, 2), 0x00e0000080200785);
	/* Its group of 16 stays mixed. */
	assert_u64_equal(desc_at(l, va + 2 * MIB, 2), BLOCK | 0x80400000);
	vmsa_linux_destroy(l);
}

/* PXNTable takes execution away that the leaves would grant. */
static void a_table_that_takes_permissions_away_stays(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000040200000;

	(void)state;
	for (vmsa_va p = va; p < va + 2 * MIB; p += 0x1000)
		assert_int_equal(vmsa_linux_update_range(l, p, 0x1000, 0,
							 VMSA_LEAF_PXN),
				 0);
	assert_true(desc_at(l, va, 2) & VMSA_TABLE_PXN);
	assert_int_equal(sum(collapse_all(l).blocks, VMSA_LEVELS), 0);
	/* Groups of pages keep the table above them, so they may be made. */
	assert_u64_equal(desc_at(l, va, 3), 0x00d8000080200707);
	vmsa_linux_destroy(l);
}

/* 512 consecutive pages, one page off: no block and no group has this OA. */
static void a_run_off_alignment_stays_pages(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000140000000; /* behind the bank */
	const struct vmsa_linux_map map = {
		.pa = 0x80001000, .va = va, .size = 2 * MIB, .prot = PAGE
	};
	struct vmsa_collapse_stats stats;

	(void)state;
	assert_int_equal(vmsa_linux_map(l, &map, VMSA_LATE), 0);
	stats = collapse_all(l);
	assert_int_equal(sum(stats.blocks, VMSA_LEVELS), 0);
	assert_int_equal(sum(stats.groups, VMSA_LEVELS), 0);
	assert_u64_equal(desc_at(l, va, 3), PAGE | 0x80001000);
	vmsa_linux_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_that_comes_back_takes_its_block_along),
		cmocka_unit_test(a_fold_of_two_levels_shares_one_flush),
		cmocka_unit_test(a_group_becomes_cont_without_any_tlbi),
		cmocka_unit_test(a_block_takes_its_place_in_a_group_of_blocks),
		cmocka_unit_test(one_odd_page_keeps_its_table_and_group),
		cmocka_unit_test(a_whole_table_of_odd_pages_becomes_a_block),
		cmocka_unit_test(a_table_that_takes_permissions_away_stays),
		cmocka_unit_test(a_run_off_alignment_stays_pages),
	};

	return cmocka_run_group_tests_name("linux_collapse", tests, NULL, NULL);
}
