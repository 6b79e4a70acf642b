/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_split_test.c - a split and a permission change, said precisely
 *
 * One page of a 1 GiB block of the linear map becomes read-only: two tables,
 * 512 blocks and 512 pages.  What who may get where, while it is done, once it
 * is done, and without the DSB between a table's entries and its link.
 */
#include "bbm/linux_worlds.h"

#include <time.h>

#include "vmsa/bbm/explore.h"

struct changed {
	struct vmsa_linux *l;
	struct vmsa_program *p;
	vmsa_va va; /* of the page */
};

static struct changed change(const struct world *world)
{
	struct changed c = { .l = world_boot(world) };

	c.va = vmsa_linux_va(c.l, ADDRESS);
	assert_int_equal(vmsa_program_record(vmsa_linux_space(c.l), &c.p), 0);
	/* Callers of v2's permission change split for themselves. */
	if (world->version == VMSA_LINUX_V2)
		assert_int_equal(vmsa_linux_split(c.l, c.va, c.va + 4096), 0);
	assert_int_equal(
		vmsa_linux_change_range(c.l, c.va, 4096, VMSA_LEAF_AP2, 0), 0);
	assert_int_equal(vmsa_program_stop(c.p), 0);
	return c;
}

static void forget(struct changed *c)
{
	vmsa_program_destroy(c->p);
	vmsa_linux_destroy(c->l);
}

/* How many addresses may get a kind of outcome, ever and at the end. */
struct tally_of {
	enum vmsa_outcome_kind kind;
	vmsa_va first, last; /* of those that may */
	vmsa_va counted[2];  /* the last ones counted, plus 1 */
	unsigned ever, at_end;
	vmsa_va page; /* watched on its own */
	bool page_at_end;
};

static int count(void *arg, const struct vmsa_outcomes *at)
{
	struct tally_of *t = arg;

	for (size_t i = 0; i < at->count; i++) {
		if (at->o[i].kind != t->kind)
			continue;
		if (t->counted[0] != at->va + 1)
			t->ever++;
		t->counted[0] = at->va + 1;
		t->last = at->va;
		if (t->ever == 1)
			t->first = at->va;
		if (at->ended && t->counted[1] != at->va + 1)
			t->at_end++;
		if (at->ended)
			t->counted[1] = at->va + 1;
	}
	return 0;
}

static struct tally_of tally(const struct changed *c, unsigned level,
			     enum vmsa_outcome_kind kind, size_t leave_out)
{
	struct tally_of t = { .kind = kind };
	const struct vmsa_explore_options options = {
		.bbm = level, .leave_out = leave_out, .fn = count, .arg = &t
	};
	struct vmsa_explore_result result;

	assert_int_equal(vmsa_explore(c->p, &options, &result), 0);
	assert_null(result.bound);
	assert_int_equal(result.probes, 1023);
	return t;
}

static unsigned seen(const struct changed *c, unsigned level, bool ets2)
{
	const struct vmsa_explore_options options = {
		.bbm = level,
		.ets2 = ets2,
		.observers = VMSA_OBSERVER_OTHER | VMSA_OBSERVER_SELF
	};
	struct vmsa_explore_result result;

	assert_int_equal(vmsa_explore(c->p, &options, &result), 0);
	assert_null(result.bound);
	return result.seen;
}

/*
 * v2 admits CPUs of level 2.  There it is safe but for one thing: from the
 * first link on, an access to any page of the block may raise a conflict abort.
 * It ends with the flush: a TLBI for one address of a block takes the whole of
 * it (R_TVTYQ), and the split flushes the one page it was asked for.
 */
static void the_second_version_is_safe_at_three_and_aborts_at_two(void **state)
{
	static const unsigned expected[] = { VMSA_I4_COEXIST, VMSA_I4_COEXIST,
					     VMSA_NO_CONFLICT, 0 };
	struct changed c = change(&second);
	struct tally_of t;

	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		assert_int_equal(seen(&c, level, false), expected[level]);
		assert_int_equal(seen(&c, level, true), expected[level]);
	}
	t = tally(&c, 2, VMSA_OUTCOME_CONFLICT, 0);
	assert_int_equal(t.ever, 1023);
	assert_int_equal(t.at_end, 0);
	assert_int_equal(tally(&c, 3, VMSA_OUTCOME_CONFLICT, 0).ever, 0);
	forget(&c);
}

/* --- without the DSB before a link --------------------------------------- */

/* The event that links the n-th table, the first is 0. */
static size_t find_link(const struct changed *c, unsigned n)
{
	for (size_t i = 0; i < vmsa_program_count(c->p); i++) {
		const struct vmsa_event *e = vmsa_program_event(c->p, i);

		if (e->kind == VMSA_EVENT_STORE &&
		    (e->u.store.desc & VMSA_DESC_TYPE) == 3 && e->level < 3 &&
		    !n--)
			return i;
	}
	fail_msg("no link");
	return 0;
}

/* The DSB in front of it, and its number; v2 has an ISB in between. */
static size_t find_dsb(const struct changed *c, size_t link)
{
	while (link-- > 0) {
		const struct vmsa_event *e = vmsa_program_event(c->p, link);

		if (e->kind == VMSA_EVENT_BARRIER &&
		    e->u.barrier == VMSA_DSB_ISHST)
			return link + 1;
	}
	fail_msg("no DSB");
	return 0;
}

/* All addresses below the table, and no others, may meet what it held. */
static void check_without_dsb(const struct changed *c, unsigned n)
{
	const size_t link = find_link(c, n);
	const struct vmsa_event *e = vmsa_program_event(c->p, link);
	const uint64_t span = e->level == 1 ? GIB : 2 * MIB;
	const vmsa_va start = e->u.store.va & ~(span - 1);
	const struct tally_of t =
		tally(c, 3, VMSA_OUTCOME_UNFILLED, find_dsb(c, link));

	assert_int_equal(t.ever, e->level == 1 ? 1023 : 512);
	assert_true(t.first == start);
	assert_true(t.last >= start && t.last < start + span);
	assert_int_equal(t.at_end, 0);
}

static void without_its_dsb_a_link_exposes_an_unfilled_table(void **state)
{
	static const struct world *const worlds[] = { &newest, &second };

	(void)state;
	for (unsigned i = 0; i < COUNT(worlds); i++) {
		struct changed c = change(worlds[i]);

		assert_int_equal(tally(&c, 3, VMSA_OUTCOME_UNFILLED, 0).ever,
				 0);
		check_without_dsb(&c, 0);
		check_without_dsb(&c, 1);
		forget(&c);
	}
}

/* --- two CPUs at it ------------------------------------------------------ */

/*
 * CPU 0 and CPU 1 each cut a page out of a block of their own, side by side in
 * any order, and everybody looks: no more than either alone, and soon done.
 */
static void two_cpus_split_two_blocks_in_any_order(void **state)
{
	const struct vmsa_explore_options options = {
		.bbm = 3,
		.any_order = true,
		.observers = VMSA_OBSERVER_OTHER | VMSA_OBSERVER_SELF
	};
	struct changed c = { .l = world_boot(&newest) };
	struct vmsa_explore_result result;
	clock_t start;

	(void)state;
	c.va = vmsa_linux_va(c.l, ADDRESS);
	assert_int_equal(vmsa_program_record(vmsa_linux_space(c.l), &c.p), 0);
	for (unsigned pe = 0; pe < 2; pe++) {
		vmsa_space_set_pe(vmsa_linux_space(c.l), (uint16_t)pe);
		assert_int_equal(vmsa_linux_change_range(c.l, c.va + pe * GIB,
							 4096, VMSA_LEAF_AP2,
							 0),
				 0);
	}
	assert_int_equal(vmsa_program_stop(c.p), 0);
	start = clock();
	assert_int_equal(vmsa_explore(c.p, &options, &result), 0);
	/* Four times the time of a build with sanitizers. */
	assert_true(clock() - start < 4 * CLOCKS_PER_SEC);
	assert_null(result.bound);
	assert_int_equal(result.seen, 0);
	assert_int_equal(result.probes, 2 * 1023);
	forget(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_second_version_is_safe_at_three_and_aborts_at_two),
		cmocka_unit_test(
			without_its_dsb_a_link_exposes_an_unfilled_table),
		cmocka_unit_test(two_cpus_split_two_blocks_in_any_order),
	};

	return cmocka_run_group_tests_name("explore_split", tests, NULL, NULL);
}
