/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb_test.c - what vmsa/tlb.h promises beside its counters
 */
#include <errno.h>
#include <string.h>

#include "support/vmsa_test.h"
#include "vmsa/table.h"
#include "vmsa/tlb.h"

#define PAGE UINT64_C(4096)

/* Pages at level 3, not global, whose output address changes with @move. */
struct tables {
	uint64_t move;
	int err;
	int8_t last;
};

static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	const struct tables *t = arg;

	if (t->err)
		return t->err;
	if (w->from_root)
		w->first = 3;
	w->last = t->last;
	w->at[VMSA_LEVEL_SLOT(3)] = w->va >> 12 << 3;
	w->fault = false;
	w->global = false;
	w->shift = w->contiguous_shift = 12;
	w->pa = w->va + t->move;
	return 0;
}

static struct vmsa_tlb *create(struct tables *t, struct vmsa_tlb_config c)
{
	const struct vmsa_tlb_walker walker = { .walk = walk, .arg = t };
	struct vmsa_tlb *tlb;

	t->last = 3;
	assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb), 0);
	return tlb;
}

static struct vmsa_tlb_answer get(struct vmsa_tlb *tlb, vmsa_va va)
{
	const struct vmsa_tlb_access a = { .va = va };
	struct vmsa_tlb_answer answer;

	assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
	return answer;
}

static void impossible_shapes_are_refused(void **state)
{
	const struct {
		struct vmsa_tlb_array l2;
		unsigned granule_shift;
		int err;
	} rows[] = {
		{ VMSA_TLB_ARRAY(1280, 5), 12, 0 },
		{ VMSA_TLB_ARRAY(1536, 6), 16, 0 },
		{ VMSA_TLB_ARRAY(0, 0), 14, 0 },
		{ VMSA_TLB_ARRAY(1280, 4), 12, -EINVAL },
		{ VMSA_TLB_ARRAY(1280, 3), 12, -EINVAL },
		{ VMSA_TLB_ARRAY(16, 0), 12, -EINVAL },
		{ VMSA_TLB_ARRAY(1280, 5), 13, -EINVAL },
		{ VMSA_TLB_ARRAY(65536, 65536), 12, -EINVAL },
		{ VMSA_TLB_ARRAY(1u << 21, 4), 12, -EINVAL },
	};
	const struct vmsa_tlb_walker walker = { .walk = walk };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
		struct vmsa_tlb *tlb = NULL;

		c.l2.entries = rows[i].l2.entries;
		c.l2.ways = rows[i].l2.ways;
		c.granule_shift = rows[i].granule_shift;
		assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb),
				 rows[i].err);
		assert_true(!tlb == !!rows[i].err);
		vmsa_tlb_destroy(tlb);
	}
}

static void an_answer_may_be_stale_and_checking_tells(void **state)
{
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct tables t = { .move = 16 * PAGE };
	struct vmsa_tlb_stats stats;
	struct vmsa_tlb *tlb;

	(void)state;
	c.check = true;
	tlb = create(&t, c);
	assert_u64_equal(get(tlb, 3 * PAGE + 5).pa, 19 * PAGE + 5);
	t.move = 32 * PAGE;
	assert_u64_equal(get(tlb, 3 * PAGE + 6).pa, 19 * PAGE + 6);
	assert_u64_equal(get(tlb, 4 * PAGE).pa, 36 * PAGE);
	vmsa_tlb_stats(tlb, &stats);
	assert_int_equal(stats.of[0][0].stale, 1);
	assert_int_equal(stats.of[0][0].walks, 2);
	vmsa_tlb_destroy(tlb);
}

static void a_walker_that_fails_leaves_everything_as_it_was(void **state)
{
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct tables t = { .err = 0 };
	struct vmsa_tlb *tlb = create(&t, c);
	const struct vmsa_tlb_access a = { .va = PAGE };
	const vmsa_va many[] = { 0, 8, PAGE, 0 };
	struct vmsa_tlb_stats stats;

	(void)state;
	get(tlb, 0);
	t.err = -EFAULT;
	assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), -EFAULT);
	assert_int_equal(vmsa_tlb_access_many(tlb, &a, many, COUNT(many)),
			 -EFAULT);
	t.err = 0;
	t.last = -1;
	assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), -EINVAL);
	vmsa_tlb_stats(tlb, &stats);
	assert_int_equal(stats.of[0][0].accesses, 3);
	assert_int_equal(stats.of[0][0].l1_misses, 1);
	assert_int_equal(stats.of[0][0].l2_misses, 1);
	vmsa_tlb_destroy(tlb);
}

/* L1 of three: page 0 is held, so 1 goes first, then 2. */
static void a_held_entry_is_not_replaced_until_released(void **state)
{
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct tables t = { 0 };
	struct vmsa_tlb *tlb;
	uint32_t slot;

	(void)state;
	c.l1d.entries = 3;
	c.l1d.ways = 3;
	tlb = create(&t, c);
	slot = get(tlb, 0).slot;
	assert_int_equal(vmsa_tlb_hold(tlb, VMSA_TLB_DATA, slot), 0);
	for (vmsa_va page = 1; page < 9; page++)
		get(tlb, page * PAGE);
	assert_int_equal(get(tlb, 0).outcome, VMSA_TLB_L1_HIT);
	assert_int_equal(get(tlb, 7 * PAGE).outcome, VMSA_TLB_L1_HIT);
	/* Released, it is the youngest: 8 is replaced before it. */
	vmsa_tlb_release(tlb, VMSA_TLB_DATA, slot);
	get(tlb, 9 * PAGE);
	assert_int_equal(get(tlb, 0).outcome, VMSA_TLB_L1_HIT);
	assert_int_equal(get(tlb, 8 * PAGE).outcome, VMSA_TLB_L2_HIT);
	vmsa_tlb_destroy(tlb);
}

/* The page used last loses that place when another entry is released. */
static void a_release_makes_the_last_page_the_second_youngest(void **state)
{
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct tables t = { 0 };
	struct vmsa_tlb *tlb;
	uint32_t slot;

	(void)state;
	c.l1d.entries = 2;
	c.l1d.ways = 2;
	tlb = create(&t, c);
	slot = get(tlb, 0).slot;
	assert_int_equal(vmsa_tlb_hold(tlb, VMSA_TLB_DATA, slot), 0);
	get(tlb, PAGE);
	vmsa_tlb_release(tlb, VMSA_TLB_DATA, slot);
	get(tlb, PAGE);
	get(tlb, 2 * PAGE);
	assert_int_equal(get(tlb, PAGE).outcome, VMSA_TLB_L1_HIT);
	vmsa_tlb_destroy(tlb);
}

static void holds_are_refused_where_they_have_no_meaning(void **state)
{
	const struct vmsa_tlbi all = { .op = VMSA_TLBI_VMALLE1 };
	const struct vmsa_tlb_access a = { .va = 7 * PAGE };
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct tables t = { 0 };
	struct vmsa_tlb *tlb;

	(void)state;
	c.l1d.entries = 1;
	c.l1d.ways = 1;
	c.l1i.entries = 4;
	c.l1i.ways = 2;
	tlb = create(&t, c);
	assert_int_equal(vmsa_tlb_hold(tlb, VMSA_TLB_DATA, 0), -EINVAL);
	assert_int_equal(vmsa_tlb_hold(tlb, VMSA_TLB_FETCH, 0), -EINVAL);
	get(tlb, 0);
	assert_int_equal(vmsa_tlb_hold(tlb, VMSA_TLB_DATA, 0), 0);
	assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), -EBUSY);
	assert_int_equal(vmsa_tlb_invalidate(tlb, &all), -EBUSY);
	vmsa_tlb_release(tlb, VMSA_TLB_DATA, 0);
	assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), 0);
	assert_int_equal(vmsa_tlb_invalidate(tlb, &all), 0);
	vmsa_tlb_destroy(tlb);
}

/* 4K, 48 bits: 512 G at level 0 down to a 64K group at level 3. */
static void a_space_is_walked_level_by_level(void **state)
{
	const struct vmsa_range bank = { 0x40000000, UINT64_C(1) << 30 };
	const struct vmsa_memory_config mc = { .granule_shift = 12,
					       .banks = &bank,
					       .nr_banks = 1 };
	struct vmsa_mapping m = { .va = 0xffff000000000000,
				  .pa = 0x40000000,
				  .size = 0x30000,
				  .attr = VMSA_LEAF_AF,
				  .phase = VMSA_LATE };
	struct vmsa_tlb_walk w = { .va = 0xffff000000021234,
				   .from_root = true };
	struct vmsa_space_config sc = { .upper = true, .root = VMSA_NO_PA };
	struct vmsa_tlb_walker walker;
	struct vmsa_space *space;

	(void)state;
	assert_int_equal(vmsa_memory_create(&mc, &sc.memory), 0);
	vmsa_geometry_init(&sc.geometry, 12, 48, VMSA_FORMAT_48);
	assert_int_equal(vmsa_space_create(&sc, &space), 0);
	vmsa_space_lock(space);
	assert_int_equal(vmsa_map(space, &m), 0);
	vmsa_space_unlock(space);
	walker = vmsa_tlb_space_walker(space);
	assert_int_equal(walker.walk(walker.arg, &w), 0);
	assert_false(w.fault);
	assert_true(w.global);
	assert_int_equal(w.first, 0);
	assert_int_equal(w.last, 3);
	assert_int_equal(w.shift, 12);
	assert_int_equal(w.contiguous_shift, 16);
	assert_u64_equal(w.pa, 0x40021234);
	assert_u64_equal(w.at[1], vmsa_space_root(space));
	assert_u64_equal(w.at[4] & 0xfff, 0x21 * 8);

	/* From the middle: the last level alone, the same answer. */
	w.from_root = false;
	w.first = 3;
	w.table = w.at[4] & ~UINT64_C(0xfff);
	w.pa = 0;
	assert_int_equal(walker.walk(walker.arg, &w), 0);
	assert_u64_equal(w.pa, 0x40021234);

	w.va = 0xffff000000030000;
	w.from_root = true;
	assert_int_equal(walker.walk(walker.arg, &w), 0);
	assert_true(w.fault);
	w.va = 0x1000;
	assert_int_equal(walker.walk(walker.arg, &w), -ERANGE);
	vmsa_space_destroy(space);
	vmsa_memory_destroy(sc.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(impossible_shapes_are_refused),
		cmocka_unit_test(an_answer_may_be_stale_and_checking_tells),
		cmocka_unit_test(
			a_walker_that_fails_leaves_everything_as_it_was),
		cmocka_unit_test(a_held_entry_is_not_replaced_until_released),
		cmocka_unit_test(
			a_release_makes_the_last_page_the_second_youngest),
		cmocka_unit_test(holds_are_refused_where_they_have_no_meaning),
		cmocka_unit_test(a_space_is_walked_level_by_level),
	};

	return cmocka_run_group_tests_name("tlb", tests, NULL, NULL);
}
