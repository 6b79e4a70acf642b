/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy_test.c - when each policy collapses, and what it leaves
 */
#include "linux/collapse/world.h"

#include <errno.h>

static const struct world k4 = { VMSA_LINUX_V7_3, 12, 48, .size = 4 * GIB };

/* Two pages of one block and one of another, in blocks of 1 GiB. */
static const vmsa_va pages[] = { 0xffff000040345000, 0xffff000040360000,
				 0xffff000080001000 };

static struct vmsa_collapser *policy(struct vmsa_linux *l,
				     enum vmsa_collapse_policy p,
				     unsigned threshold, uint64_t period)
{
	const struct vmsa_collapser_config c = {
		.policy = p,
		.threshold = threshold,
		.period = period,
		.collapse = VMSA_COLLAPSE_CONFIG_DEFAULT,
	};
	struct vmsa_collapser *out = NULL;

	assert_int_equal(vmsa_collapser_create(l, &c, &out), 0);
	return out;
}

/* Take a page out of the map and put it back, telling the policy. */
static void round_trip(struct vmsa_linux *l, struct vmsa_collapser *c,
		       vmsa_va va)
{
	assert_int_equal(vmsa_linux_direct_map_invalid(l, va), 0);
	assert_int_equal(vmsa_linux_direct_map_default(l, va), 0);
	assert_int_equal(vmsa_collapser_changed(c, va, 0x1000), 0);
}

static int level_of(const struct vmsa_linux *l, vmsa_va va)
{
	const struct tables t = tables_of(l);
	int level;

	tables_leaf(&t, va, &level);
	return level;
}

static uint64_t calls(const struct vmsa_collapser *c)
{
	struct vmsa_collapse_stats stats;
	uint64_t n;

	vmsa_collapser_stats(c, &n, &stats);
	return n;
}

static void never_leaves_pages(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	struct vmsa_collapser *c = policy(l, VMSA_COLLAPSE_NEVER, 0, 0);

	(void)state;
	round_trip(l, c, pages[0]);
	assert_int_equal(vmsa_collapser_tick(c, 1000), 0);
	assert_int_equal(level_of(l, pages[0]), 3);
	assert_int_equal(calls(c), 0);
	vmsa_collapser_destroy(c);
	vmsa_linux_destroy(l);
}

static void at_once_folds_with_the_change(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	struct vmsa_collapser *c = policy(l, VMSA_COLLAPSE_AT_ONCE, 0, 0);
	struct vmsa_collapse_stats stats;
	uint64_t n;

	(void)state;
	round_trip(l, c, pages[0]);
	assert_int_equal(level_of(l, pages[0]), 1);
	round_trip(l, c, pages[2]);
	assert_int_equal(level_of(l, pages[2]), 1);
	vmsa_collapser_stats(c, &n, &stats);
	assert_int_equal(n, 2);
	assert_int_equal(stats.blocks[VMSA_LEVEL_SLOT(1)], 2);
	assert_int_equal(stats.blocks[VMSA_LEVEL_SLOT(2)], 2);
	assert_int_equal(stats.flushes, 2);
	vmsa_collapser_destroy(c);
	vmsa_linux_destroy(l);
}

/* One collapse for all three, and one flush: two changes share a table. */
static void batched_waits_for_its_threshold(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	struct vmsa_collapser *c = policy(l, VMSA_COLLAPSE_BATCHED, 3, 0);
	struct vmsa_collapse_stats stats;
	uint64_t n;

	(void)state;
	/* Not in order of their addresses. */
	round_trip(l, c, pages[1]);
	round_trip(l, c, pages[2]);
	assert_int_equal(level_of(l, pages[1]), 3);
	assert_int_equal(calls(c), 0);
	round_trip(l, c, pages[0]);
	for (size_t i = 0; i < COUNT(pages); i++)
		assert_int_equal(level_of(l, pages[i]), 1);
	vmsa_collapser_stats(c, &n, &stats);
	assert_int_equal(n, 1);
	assert_int_equal(stats.flushes, 1);
	/* L3 and L2 of either GiB, and the L1 above both, once per range. */
	assert_int_equal(stats.tables, 2 * 3);
	/* And from the start again. */
	round_trip(l, c, pages[0]);
	assert_int_equal(level_of(l, pages[0]), 3);
	vmsa_collapser_destroy(c);
	vmsa_linux_destroy(l);
}

static void periodic_waits_for_its_time(void **state)
{
	struct vmsa_linux *l = world_boot(&k4);
	struct vmsa_collapser *c = policy(l, VMSA_COLLAPSE_PERIODIC, 0, 60);

	(void)state;
	round_trip(l, c, pages[0]);
	assert_int_equal(vmsa_collapser_tick(c, 59), 0);
	assert_int_equal(level_of(l, pages[0]), 3);
	assert_int_equal(vmsa_collapser_tick(c, 60), 0);
	assert_int_equal(level_of(l, pages[0]), 1);
	round_trip(l, c, pages[2]);
	assert_int_equal(vmsa_collapser_tick(c, 119), 0);
	assert_int_equal(level_of(l, pages[2]), 3);
	assert_int_equal(vmsa_collapser_tick(c, 300), 0);
	assert_int_equal(level_of(l, pages[2]), 1);
	assert_int_equal(calls(c), 2);
	vmsa_collapser_destroy(c);
	vmsa_linux_destroy(l);
}

static void unusable_policies_are_refused(void **state)
{
	static const struct vmsa_collapser_config rows[] = {
		{ .policy = VMSA_NR_COLLAPSE_POLICIES },
		{ .policy = VMSA_COLLAPSE_BATCHED },
		{ .policy = VMSA_COLLAPSE_BATCHED,
		  .threshold = VMSA_COLLAPSE_MAX_BATCH + 1 },
		{ .policy = VMSA_COLLAPSE_PERIODIC },
	};
	struct vmsa_collapser *c = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(vmsa_collapser_create(NULL, &rows[i], &c),
				 -EINVAL);
		assert_null(c);
	}
	vmsa_collapser_destroy(NULL);
}

static void policies_have_names(void **state)
{
	static const char *const names[] = { "never", "at-once", "batched",
					     "periodic" };

	(void)state;
	for (int p = 0; p < VMSA_NR_COLLAPSE_POLICIES; p++)
		assert_string_equal(
			vmsa_collapse_policy_name((enum vmsa_collapse_policy)p),
			names[p]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_leaves_pages),
		cmocka_unit_test(at_once_folds_with_the_change),
		cmocka_unit_test(batched_waits_for_its_threshold),
		cmocka_unit_test(periodic_waits_for_its_time),
		cmocka_unit_test(unusable_policies_are_refused),
		cmocka_unit_test(policies_have_names),
	};

	return cmocka_run_group_tests_name("linux_collapse_policy", tests, NULL,
					   NULL);
}
