/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collapse_test.c - what vmsa/linux/collapse.h promises, case by case
 *
 * Descriptors and costs are worked out by hand: attributes from section 1.4 of
 * docs/linear-map.md, counts from the group and table sizes of 1.1.
 */
#include "collapse_world.h"

#include <errno.h>

/* Tagged PAGE_KERNEL, as section 1.4 writes it. */
#define PAGE       UINT64_C(0x00e8000000000707)
#define BLOCK      UINT64_C(0x00e8000000000705)
#define PAGE_CONT  UINT64_C(0x00f8000000000707)
#define BLOCK_CONT UINT64_C(0x00f8000000000705)
#define INVALID    UINT64_C(0x00e8000000000f06)

static const struct world k4 = { VMSA_LINUX_V7_3, 12, 48, .size = 4 * GIB };
static const struct world k16 = { VMSA_LINUX_V7_3, 14, 48, .size = 4 * GIB };
static const struct world k64 = { VMSA_LINUX_V7_3, 16, 48, .size = 4 * GIB };

static vmsa_desc at(const struct vmsa_linux *l, vmsa_va va, int level)
{
	const struct tables t = tables_of(l);

	return tables_at(&t, va, level);
}

static void invalidate(struct vmsa_linux *l, vmsa_va va)
{
	assert_int_equal(vmsa_linux_direct_map_invalid(l, va), 0);
}

static void restore(struct vmsa_linux *l, vmsa_va va)
{
	assert_int_equal(vmsa_linux_direct_map_default(l, va), 0);
}

/* Collapse around one page, and what that cost. */
static struct vmsa_counters collapse_at(struct vmsa_linux *l, vmsa_va va,
					const struct vmsa_collapse_config *c)
{
	const uint64_t page = UINT64_C(1)
			      << vmsa_linux_kernel(l)->granule_shift;
	struct vmsa_counters before;

	vmsa_space_counters(vmsa_linux_space(l), &before);
	assert_int_equal(vmsa_linux_collapse(l, va, va + page, c, NULL), 0);
	return counters_since(l, &before);
}

static uint64_t sum(const uint64_t *v, int n)
{
	uint64_t s = 0;

	while (n)
		s += v[--n];
	return s;
}

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
		assert_u64_equal(at(l, r->va, 3) & 0xfff, INVALID & 0xfff);
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
		assert_u64_equal(at(l, r->va, r->level), r->block);
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
	assert_u64_equal(at(l, va, 3), PAGE_CONT | 0x80345000);
	assert_u64_equal(at(l, va - 0x5000, 3), PAGE_CONT | 0x80340000);
	assert_u64_equal(at(l, va + 0xa000, 3), PAGE_CONT | 0x8034f000);
	/* The group of the page that is still out. */
	assert_u64_equal(at(l, other + 0x1000, 3), PAGE | 0x80361000);
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
	assert_u64_equal(at(l, va, 2), BLOCK_CONT | 0x80200000);
	assert_u64_equal(at(l, 0xffff000041e00000, 2), BLOCK_CONT | 0x81e00000);
	assert_u64_equal(at(l, va, 1) & 3, 3);
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
		assert_u64_equal(at(l, va, 3),
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
	assert_u64_equal(at(l, va, 2), 0x00e0000080200785);
	/* Its group of 16 stays mixed. */
	assert_u64_equal(at(l, va + 2 * MIB, 2), BLOCK | 0x80400000);
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
	assert_true(at(l, va, 2) & VMSA_TABLE_PXN);
	assert_int_equal(sum(collapse_all(l).blocks, VMSA_LEVELS), 0);
	/* Groups of pages keep the table above them, so they may be made. */
	assert_u64_equal(at(l, va, 3), 0x00d8000080200707);
	vmsa_linux_destroy(l);
}

static void a_no_map_bank_keeps_its_edges(void **state)
{
	/* 1 MiB in the middle of a block of 2 MiB. */
	static const struct world hole = { VMSA_LINUX_V7_3, 12, 48,
					   .size = 4 * GIB,
					   .no_map = { 0x80280000, MIB } };
	struct vmsa_linux *l = world_boot(&hole);
	const vmsa_va va = 0xffff000040200000;

	(void)state;
	invalidate(l, va);
	restore(l, va);
	collapse_all(l);
	assert_u64_equal(at(l, va, 3), PAGE_CONT | 0x80200000);
	assert_u64_equal(at(l, va + 0x80000, 3), 0);
	assert_u64_equal(at(l, va + 0x17f000, 3), 0);
	assert_u64_equal(at(l, va + 0x180000, 3), PAGE_CONT | 0x80380000);
	vmsa_linux_destroy(l);
}

/* The pool is 512 aligned pages that agree, and stays pages. */
static void the_kfence_pool_stays_pages(void **state)
{
	static const struct world early = {
		VMSA_LINUX_V7_3, 12, 48, .size = 4 * GIB,
		.bootargs = "kfence.sample_interval=100"
	};
	struct vmsa_linux *l = world_boot(&early);
	const vmsa_va pool = vmsa_linux_va(l, vmsa_linux_kfence_pool(l));
	const struct tally before = linear_tally(l);
	struct tally after;

	(void)state;
	/* The last 2 MiB, which one block could map. */
	assert_u64_equal(pool, 0xffff0000ffe00000);
	assert_int_equal(sum(collapse_all(l).blocks, VMSA_LEVELS), 0);
	after = linear_tally(l);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_u64_equal(at(l, pool, 3), PAGE | 0x13fe00000);
	vmsa_linux_destroy(l);
}

/* A caller's fence: pages inside, and no leaf over its border. */
static void a_fence_is_not_crossed(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000040345000;
	/* 8 pages of the group, a seam in the middle of it. */
	const struct vmsa_collapse_fence seam = { 0xffff000040340000, 0x8000,
						  0 };
	struct vmsa_collapse_config c = in_place;

	(void)state;
	c.fences = &seam;
	c.nr_fences = 1;
	invalidate(l, va);
	restore(l, va);
	collapse_at(l, va, &c);
	assert_u64_equal(at(l, va, 3), PAGE | 0x80345000);
	collapse_at(l, va, &in_place);
	assert_u64_equal(at(l, va, 1), BLOCK | 0x80000000);
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
	assert_u64_equal(at(l, va, 3), PAGE | 0x80001000);
	vmsa_linux_destroy(l);
}

/* --- the level in force -------------------------------------------------- */

static void levels_below_two_need_an_idle_range(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000040345000, block = 0xffff000040200000;
	struct vmsa_collapse_config c = { .bbm_level = 1 };
	struct vmsa_collapse_stats stats = { .tables = 77 };

	(void)state;
	invalidate(l, va);
	restore(l, va);
	assert_int_equal(vmsa_linux_collapse(l, va, va + 0x1000, &c, &stats),
			 -EOPNOTSUPP);
	assert_int_equal(stats.tables, 77);
	c.idle = true;
	/* Half of the block is idle: its whole groups only. */
	assert_int_equal(vmsa_linux_collapse(l, block + MIB, block + 2 * MIB,
					     &c, &stats),
			 0);
	assert_int_equal(stats.groups[VMSA_LEVEL_SLOT(3)], 1);
	assert_int_equal(stats.blocks[VMSA_LEVEL_SLOT(2)], 0);
	assert_int_equal(
		vmsa_linux_collapse(l, block, block + 2 * MIB, &c, &stats), 0);
	assert_int_equal(stats.blocks[VMSA_LEVEL_SLOT(2)], 1);
	/* The 1 GiB around it is not idle. */
	assert_u64_equal(at(l, va, 2), BLOCK | 0x80200000);
	vmsa_linux_destroy(l);
}

static void level_three_is_refused_where_a_cpu_lacks_it(void **state)
{
	struct vmsa_linux *l;
	struct test_boot boot = world_describe(&k4);
	const struct vmsa_cpu old = { .pa_bits = 48 };
	const vmsa_va va = 0xffff000000000000;

	(void)state;
	l = boot_map(&boot);
	vmsa_linux_start_allocator(l);
	assert_int_equal(vmsa_linux_collapse_level(l), 3);
	assert_int_equal(vmsa_linux_online_cpu(l, &old), 0);
	assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
	assert_int_equal(vmsa_linux_collapse_level(l), 0);
	assert_int_equal(vmsa_linux_collapse(l, va, va + GIB, &in_place, NULL),
			 -EOPNOTSUPP);
	vmsa_linux_destroy(l);
}

/* Level 2: sizes are mixed until everything is invalidated. */
static void level_two_invalidates_after_a_cont_group_too(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000040345000, other = 0xffff000040360000;
	const struct vmsa_collapse_config two = { .bbm_level = 2 };
	struct vmsa_counters cost;

	(void)state;
	invalidate(l, va);
	invalidate(l, other);
	restore(l, va);
	cost = collapse_at(l, va, &two);
	assert_int_equal(cost.stores, 16);
	assert_int_equal(cost.tlbi[VMSA_TLBI_VMALLE1], 1);
	assert_int_equal(cost.barriers[VMSA_DSB_ISH], 1);
	vmsa_linux_destroy(l);
}

static void a_map_of_pages_stays_one(void **state)
{
	static const struct world old = { VMSA_LINUX_V6_12, 12, 48,
					  .size = 4 * GIB };
	struct vmsa_linux *l = world_boot(&old);
	const struct vmsa_collapse_config two = { .bbm_level = 2 };
	const vmsa_va va = 0xffff000000000000;
	struct vmsa_collapse_stats stats;

	(void)state;
	assert_int_equal(vmsa_linux_collapse(l, va, va + 4 * GIB, &two, &stats),
			 0);
	assert_int_equal(sum(stats.blocks, VMSA_LEVELS), 0);
	assert_int_equal(sum(stats.groups, VMSA_LEVELS), 0);
	vmsa_linux_destroy(l);
}

/* --- refusals ------------------------------------------------------------ */

static void bad_ranges_are_refused(void **state)
{
	static const struct {
		vmsa_va start, end;
		unsigned level;
		int ret;
	} rows[] = {
		{ 0xffff000000001000, 0xffff000000001000, 3, -EINVAL },
		{ 0xffff000000002000, 0xffff000000001000, 3, -EINVAL },
		{ 0xffff000000000800, 0xffff000000001000, 3, -EINVAL },
		{ 0xffff000000000000, 0xffff000000001001, 3, -EINVAL },
		{ 0xffff000000000000, 0xffff000000001000, 4, -EINVAL },
		{ 0xfffeffffffff0000, 0xffff000000001000, 3, -ERANGE },
		{ 0xffff7fffffff0000, 0xffff800000001000, 3, -ERANGE },
	};
	struct vmsa_linux *l = world_boot(&k4);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct vmsa_collapse_config c = { .bbm_level =
								rows[i].level };
		assert_int_equal(vmsa_linux_collapse(l, rows[i].start,
						     rows[i].end, &c, NULL),
				 rows[i].ret);
	}
	vmsa_linux_destroy(l);
}

/* It allocates nothing, so no allocation can fail. */
static void a_collapse_needs_no_memory(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = 0xffff000040345000;

	(void)state;
	invalidate(l, va);
	restore(l, va);
	vmsa_memory_fail_nth(vmsa_linux_memory(l), 1);
	collapse_at(l, va, &in_place);
	assert_u64_equal(at(l, va, 1), BLOCK | 0x80000000);
	/* The failure asked for is still to come. */
	assert_int_equal(vmsa_linux_direct_map_invalid(l, va), -ENOMEM);
	vmsa_linux_destroy(l);
}

/* A split that ran out of memory half-way is undone by a collapse. */
static void a_failed_split_is_folded_back(void **state)
{
	const vmsa_va va = 0xffff000040345000;

	(void)state;
	for (uint64_t n = 1; n <= 2; n++) {
		struct vmsa_linux *l = world_boot(&k4);
		const struct tally boot = linear_tally(l);
		struct tally after;

		vmsa_memory_fail_nth(vmsa_linux_memory(l), n);
		assert_int_equal(vmsa_linux_direct_map_invalid(l, va), -ENOMEM);
		collapse_at(l, va, &in_place);
		after = linear_tally(l);
		assert_memory_equal(&boot, &after, sizeof(boot));
		vmsa_linux_destroy(l);
	}
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
		cmocka_unit_test(a_no_map_bank_keeps_its_edges),
		cmocka_unit_test(the_kfence_pool_stays_pages),
		cmocka_unit_test(a_fence_is_not_crossed),
		cmocka_unit_test(a_run_off_alignment_stays_pages),
		cmocka_unit_test(levels_below_two_need_an_idle_range),
		cmocka_unit_test(level_three_is_refused_where_a_cpu_lacks_it),
		cmocka_unit_test(level_two_invalidates_after_a_cont_group_too),
		cmocka_unit_test(a_map_of_pages_stays_one),
		cmocka_unit_test(bad_ranges_are_refused),
		cmocka_unit_test(a_collapse_needs_no_memory),
		cmocka_unit_test(a_failed_split_is_folded_back),
	};

	return cmocka_run_group_tests_name("linux_collapse", tests, NULL, NULL);
}
