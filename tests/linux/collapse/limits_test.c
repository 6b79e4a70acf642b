/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits_test.c - where and when vmsa/linux/collapse.h says no
 */
#include "linux/collapse/world.h"
#include "vmsa/linux/hotplug.h"

#include <errno.h>

static const struct world k4 = { VMSA_LINUX_V7_3, 12, 48, .size = 4 * GIB };

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
	assert_u64_equal(desc_at(l, va, 3), PAGE_CONT | 0x80200000);
	assert_u64_equal(desc_at(l, va + 0x80000, 3), 0);
	assert_u64_equal(desc_at(l, va + 0x17f000, 3), 0);
	assert_u64_equal(desc_at(l, va + 0x180000, 3), PAGE_CONT | 0x80380000);
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
	assert_u64_equal(desc_at(l, pool, 3), PAGE | 0x13fe00000);
	vmsa_linux_destroy(l);
}

/* Half a GiB twice, side by side: each could be pulled out on its own. */
static void plugged_memory_is_not_folded_with_its_neighbour(void **state)
{
	const struct vmsa_range low = { 0x140000000, GIB / 2 };
	const struct vmsa_range high = { 0x160000000, GIB / 2 };
	struct vmsa_linux *l = world_boot(&k4);
	const vmsa_va va = vmsa_linux_va(l, low.start);

	(void)state;
	assert_int_equal(vmsa_linux_hot_add(l, low), 0);
	assert_int_equal(vmsa_linux_hot_add(l, high), 0);
	assert_u64_equal(desc_at(l, va, 2), BLOCK_CONT | low.start);
	invalidate(l, va);
	restore(l, va);
	collapse_all(l);
	assert_u64_equal(desc_at(l, va, 1) & 3, 3);
	assert_u64_equal(desc_at(l, va, 2), BLOCK_CONT | low.start);
	assert_int_equal(vmsa_linux_hot_remove(l, high), 0);
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
	assert_u64_equal(desc_at(l, va, 3), PAGE | 0x80345000);
	collapse_at(l, va, &in_place);
	assert_u64_equal(desc_at(l, va, 1), BLOCK | 0x80000000);
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
	assert_u64_equal(desc_at(l, va, 2), BLOCK | 0x80200000);
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
	assert_u64_equal(desc_at(l, va, 1), BLOCK | 0x80000000);
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
		cmocka_unit_test(a_no_map_bank_keeps_its_edges),
		cmocka_unit_test(the_kfence_pool_stays_pages),
		cmocka_unit_test(
			plugged_memory_is_not_folded_with_its_neighbour),
		cmocka_unit_test(a_fence_is_not_crossed),
		cmocka_unit_test(levels_below_two_need_an_idle_range),
		cmocka_unit_test(level_three_is_refused_where_a_cpu_lacks_it),
		cmocka_unit_test(level_two_invalidates_after_a_cont_group_too),
		cmocka_unit_test(a_map_of_pages_stays_one),
		cmocka_unit_test(bad_ranges_are_refused),
		cmocka_unit_test(a_collapse_needs_no_memory),
		cmocka_unit_test(a_failed_split_is_folded_back),
	};

	return cmocka_run_group_tests_name("linux_collapse_limits", tests, NULL,
					   NULL);
}
