/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entries_test.c - promises of vmsa/tlb.h and config.h about entries, one a
 *                  test, with answers worked out by hand
 */
#include <errno.h>
#include <string.h>

#include "support/vmsa_test.h"
#include "tlb/tlb_impl.h"

#define PAGE  UINT64_C(0x1000)
#define BLOCK UINT64_C(0x200000)
#define S(N)  (UINT64_C(1) << (N))

/* One leaf size; the answers of the next walk. */
struct tables {
	struct vmsa_tlb_walk next;
	uint64_t walks;
};

static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	struct tables *t = arg;

	t->walks++;
	if (w->from_root)
		w->first = t->next.last;
	w->last = t->next.last;
	for (int level = w->first; level <= w->last; level++)
		w->at[VMSA_LEVEL_SLOT(level)] = S(40) | w->va >> 12 << 3;
	w->fault = false;
	w->global = t->next.global;
	w->shift = t->next.shift;
	w->contiguous_shift = t->next.contiguous_shift;
	w->neighbours = t->next.neighbours;
	w->pa = w->va + t->next.pa;
	return 0;
}

static void leaf(struct tables *t, int level, uint8_t shift, uint8_t group)
{
	t->next.last = (int8_t)level;
	t->next.shift = shift;
	t->next.contiguous_shift = group;
}

static struct vmsa_tlb *create(struct tables *t,
			       const struct vmsa_tlb_config *c)
{
	const struct vmsa_tlb_walker walker = { .walk = walk, .arg = t };
	struct vmsa_tlb *tlb;

	assert_int_equal(vmsa_tlb_create(c, &walker, &tlb), 0);
	return tlb;
}

static struct vmsa_tlb_answer get(struct vmsa_tlb *tlb, vmsa_va va)
{
	const struct vmsa_tlb_access a = { .va = va };
	struct vmsa_tlb_answer answer;

	assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
	return answer;
}

static void invalidate_page(struct vmsa_tlb *tlb, vmsa_va va)
{
	const struct vmsa_tlbi op = { .op = VMSA_TLBI_VAALE1,
				      .operand = va >> 12 };

	assert_int_equal(vmsa_tlb_invalidate(tlb, &op), 0);
}

/* A block in three pieces; the first address of the block names them all. */
static void a_tlbi_in_a_block_removes_every_piece(void **state)
{
	struct vmsa_tlb_config c = { .l1d = { 8, 8, .holds = S(12) },
				     .granule_shift = 12 };
	struct tables t = { 0 };
	struct vmsa_tlb *tlb = create(&t, &c);

	(void)state;
	leaf(&t, 2, 21, 21);
	get(tlb, BLOCK + 3 * PAGE);
	get(tlb, BLOCK + 511 * PAGE);
	get(tlb, 2 * BLOCK);
	assert_int_equal(get(tlb, BLOCK + 3 * PAGE).shift, 12);
	invalidate_page(tlb, BLOCK);
	assert_int_equal(get(tlb, BLOCK + 3 * PAGE).outcome, VMSA_TLB_WALKED);
	assert_int_equal(get(tlb, BLOCK + 511 * PAGE).outcome, VMSA_TLB_WALKED);
	assert_int_equal(get(tlb, 2 * BLOCK).outcome, VMSA_TLB_L1_HIT);
	vmsa_tlb_destroy(tlb);
}

/* A group in one entry goes as one; in single entries, one goes. */
static void a_tlbi_in_a_group_removes_the_entry_that_holds_it(void **state)
{
	(void)state;
	for (int whole = 0; whole < 2; whole++) {
		struct vmsa_tlb_config c = { .l1d = { 8, 8 },
					     .granule_shift = 12 };
		struct tables t = { 0 };
		struct vmsa_tlb *tlb;

		c.l1d.contiguous = whole;
		tlb = create(&t, &c);
		leaf(&t, 3, 12, 16);
		get(tlb, 0x10000);
		get(tlb, 0x11000);
		assert_int_equal(t.walks, whole ? 1 : 2);
		invalidate_page(tlb, 0x12000);
		assert_int_equal(get(tlb, 0x11000).outcome,
				 whole ? VMSA_TLB_WALKED : VMSA_TLB_L1_HIT);
		vmsa_tlb_destroy(tlb);
	}
}

/* The L2 has the whole group; the L1 takes the page asked for. */
static void an_l1_takes_its_own_size_from_an_l2_entry(void **state)
{
	struct vmsa_tlb_config c = { .l1d = { 2, 2 },
				     .l2 = { 8, 2, .contiguous = true },
				     .granule_shift = 12 };
	struct tables t = { .next.pa = S(32) };
	struct vmsa_tlb *tlb = create(&t, &c);
	struct vmsa_tlb_answer answer;

	(void)state;
	leaf(&t, 3, 12, 16);
	assert_int_equal(get(tlb, 0x10000).shift, 12);
	answer = get(tlb, 0x1f123);
	assert_int_equal(answer.outcome, VMSA_TLB_L2_HIT);
	assert_int_equal(answer.shift, 12);
	assert_u64_equal(answer.pa, S(32) + 0x1f123);
	assert_int_equal(t.walks, 1);
	vmsa_tlb_destroy(tlb);
}

/* Pages 4 .. 7 share an entry, but 6 lies elsewhere; then 5 is invalidated. */
static void an_aggregated_entry_loses_one_page(void **state)
{
	struct vmsa_tlb_config c = { .l1d = { 4, 4, .aggregate = 2 },
				     .granule_shift = 12 };
	struct tables t = { .next.neighbours = 0xb0 };
	struct vmsa_tlb *tlb = create(&t, &c);

	(void)state;
	leaf(&t, 3, 12, 12);
	get(tlb, 4 * PAGE);
	assert_int_equal(get(tlb, 5 * PAGE).outcome, VMSA_TLB_L1_HIT);
	assert_int_equal(get(tlb, 7 * PAGE + 9).outcome, VMSA_TLB_L1_HIT);
	assert_u64_equal(get(tlb, 7 * PAGE + 9).pa, 7 * PAGE + 9);
	invalidate_page(tlb, 5 * PAGE);
	assert_int_equal(get(tlb, 4 * PAGE).outcome, VMSA_TLB_L1_HIT);
	t.next.neighbours = 0;
	assert_int_equal(get(tlb, 6 * PAGE).outcome, VMSA_TLB_WALKED);
	assert_int_equal(get(tlb, 5 * PAGE).outcome, VMSA_TLB_WALKED);
	assert_int_equal(t.walks, 3);
	vmsa_tlb_destroy(tlb);
}

/* A page, then a block over it: the next access to the page meets both. */
static struct vmsa_tlb *overlapping(struct tables *t,
				    enum vmsa_tlb_conflict conflict)
{
	struct vmsa_tlb_config c = { .l1d = { 4, 4 },
				     .conflict = conflict,
				     .granule_shift = 12 };
	struct vmsa_tlb *tlb = create(t, &c);

	leaf(t, 3, 12, 12);
	t->next.pa = S(32);
	get(tlb, BLOCK);
	leaf(t, 2, 21, 21);
	t->next.pa = S(33);
	get(tlb, BLOCK + PAGE);
	return tlb;
}

static uint64_t conflicts(struct vmsa_tlb *tlb)
{
	struct vmsa_tlb_stats stats;

	vmsa_tlb_stats(tlb, &stats);
	return stats.of[0][0].conflicts;
}

static void overlapping_entries_do_what_is_asked(void **state)
{
	static const vmsa_pa want[] = { [VMSA_TLB_SMALLEST] = S(32) + BLOCK,
					[VMSA_TLB_AMALGAM] =
						S(32) + S(33) + BLOCK };
	unsigned seen = 0;

	(void)state;
	for (int c = VMSA_TLB_SMALLEST; c <= VMSA_TLB_AMALGAM; c += 3) {
		struct tables t = { 0 };
		struct vmsa_tlb *tlb =
			overlapping(&t, (enum vmsa_tlb_conflict)c);

		assert_u64_equal(get(tlb, BLOCK).pa, want[c]);
		assert_int_equal(conflicts(tlb), c == VMSA_TLB_AMALGAM);
		vmsa_tlb_destroy(tlb);
	}
	for (int i = 0; i < 2; i++) {
		struct tables t = { 0 };
		struct vmsa_tlb *tlb = overlapping(&t, VMSA_TLB_EITHER);

		for (int n = 0; n < 64; n++) {
			vmsa_pa pa = get(tlb, BLOCK).pa;

			assert_true(pa == S(32) + BLOCK || pa == S(33) + BLOCK);
			seen |= 1u << (pa >> 33 & 1);
		}
		assert_int_equal(conflicts(tlb), 64);
		vmsa_tlb_destroy(tlb);
	}
	assert_int_equal(seen, 3);
}

static void a_conflict_abort_lasts_until_all_is_invalidated(void **state)
{
	const struct vmsa_tlbi all = { .op = VMSA_TLBI_VMALLS12E1 };
	struct tables t = { 0 };
	struct vmsa_tlb *tlb = overlapping(&t, VMSA_TLB_ABORT);
	struct vmsa_tlb_answer answer;

	(void)state;
	for (int i = 0; i < 3; i++) {
		answer = get(tlb, BLOCK);
		assert_int_equal(answer.outcome, VMSA_TLB_CONFLICT);
		assert_int_equal(answer.slot, VMSA_TLB_NO_SLOT);
	}
	assert_int_equal(t.walks, 2);
	assert_int_equal(conflicts(tlb), 3);
	assert_int_equal(vmsa_tlb_invalidate(tlb, &all), 0);
	assert_int_equal(get(tlb, BLOCK).outcome, VMSA_TLB_WALKED);
	assert_int_equal(get(tlb, BLOCK).outcome, VMSA_TLB_L1_HIT);
	vmsa_tlb_destroy(tlb);
}

/* --- contexts ------------------------------------------------------------ */

static enum vmsa_tlb_outcome get_as(struct vmsa_tlb *tlb, uint16_t vmid,
				    uint8_t pe, bool cnp)
{
	const struct vmsa_tlb_access a = {
		.va = PAGE, .asid = 1, .vmid = vmid, .pe = pe, .cnp = cnp
	};
	struct vmsa_tlb_answer answer;

	assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
	return answer.outcome;
}

static void global_entries_are_still_of_one_vmid_and_pe(void **state)
{
	struct vmsa_tlb_config c = { .l1d = { 16, 16 }, .granule_shift = 12 };
	struct tables t = { .next.global = true };
	struct vmsa_tlb *tlb = create(&t, &c);

	(void)state;
	leaf(&t, 3, 12, 12);
	assert_int_equal(get_as(tlb, 0, 0, false), VMSA_TLB_WALKED);
	assert_int_equal(get_as(tlb, 1, 0, false), VMSA_TLB_WALKED);
	assert_int_equal(get_as(tlb, 0, 1, false), VMSA_TLB_WALKED);
	assert_int_equal(get_as(tlb, 0, 1, true), VMSA_TLB_WALKED);
	/* Shared, but only among those that have CnP set. */
	assert_int_equal(get_as(tlb, 0, 7, true), VMSA_TLB_L1_HIT);
	assert_int_equal(get_as(tlb, 0, 7, false), VMSA_TLB_WALKED);
	assert_int_equal(get_as(tlb, 0, 0, false), VMSA_TLB_L1_HIT);
	assert_int_equal(t.walks, 5);
	vmsa_tlb_destroy(tlb);
}

static void a_local_tlbi_spares_what_other_pes_own(void **state)
{
	const struct vmsa_tlb_issuer by = { .vmid = 5, .pe = 2 };
	struct vmsa_tlb_config c = { .l1d = { 16, 16 }, .granule_shift = 12 };
	struct vmsa_tlbi op = { .op = VMSA_TLBI_VMALLE1 };
	struct tables t = { 0 };
	struct vmsa_tlb *tlb = create(&t, &c);

	(void)state;
	leaf(&t, 3, 12, 12);
	get_as(tlb, 5, 2, false);
	get_as(tlb, 5, 3, false);
	get_as(tlb, 5, 3, true);
	get_as(tlb, 6, 2, false);
	assert_int_equal(vmsa_tlb_invalidate_by(tlb, &op, &by), 0);
	assert_int_equal(get_as(tlb, 5, 3, false), VMSA_TLB_L1_HIT);
	assert_int_equal(get_as(tlb, 6, 2, false), VMSA_TLB_L1_HIT);
	assert_int_equal(get_as(tlb, 5, 2, false), VMSA_TLB_WALKED);
	assert_int_equal(get_as(tlb, 5, 2, true), VMSA_TLB_WALKED);
	op.scope = VMSA_TLBI_IS;
	assert_int_equal(vmsa_tlb_invalidate_by(tlb, &op, &by), 0);
	assert_int_equal(get_as(tlb, 5, 3, false), VMSA_TLB_WALKED);
	assert_int_equal(get_as(tlb, 6, 2, false), VMSA_TLB_L1_HIT);
	vmsa_tlb_destroy(tlb);
}

/* One context more than there are numbers, each with an entry, then few. */
static void contexts_come_back_when_their_entries_are_gone(void **state)
{
	const struct vmsa_tlbi all = { .op = VMSA_TLBI_ALLE1 };
	struct vmsa_tlb_config c = { .l2 = { 1u << 18, 4 },
				     .granule_shift = 12 };
	struct tables t = { 0 };
	struct vmsa_tlb *tlb = create(&t, &c);
	struct vmsa_tlb_access a = { .vmid = 1 };
	uint32_t done = 0;
	int err = 0;

	(void)state;
	leaf(&t, 3, 12, 12);
	for (; done < 70000; done++) {
		a.va = done * PAGE;
		a.asid = (uint16_t)done;
		a.vmid = (uint16_t)(1 + (done >> 16));
		err = vmsa_tlb_access(tlb, &a, NULL);
		if (err)
			break;
	}
	/* Some numbers are for global entries, those of VMID 0 included. */
	assert_int_equal(err, -ENOSPC);
	assert_in_range(done, 65533, 65536);
	assert_int_equal(vmsa_tlb_invalidate(tlb, &all), 0);
	assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), 0);
	a.pe = VMSA_TLB_MAX_PES;
	assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), -EINVAL);
	vmsa_tlb_destroy(tlb);
}

/* Many more contexts than numbers through a TLB of four entries. */
static void numbers_of_replaced_entries_are_used_again(void **state)
{
	struct vmsa_tlb_config c = { .l1d = { 4, 4 }, .granule_shift = 12 };
	struct tables t = { 0 };
	struct vmsa_tlb *tlb = create(&t, &c);
	struct vmsa_tlb_access a = { .va = PAGE };
	struct vmsa_tlb_answer answer;

	(void)state;
	leaf(&t, 3, 12, 12);
	for (uint32_t i = 0; i < 200000; i++) {
		a.asid = (uint16_t)i;
		a.vmid = (uint16_t)(1 + (i >> 16));
		t.next.pa = (uint64_t)i << 12;
		assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
		assert_u64_equal(answer.pa, PAGE + t.next.pa);
	}
	/* The number of this VMID's global entries was in use all the time. */
	t.next.global = true;
	a.va = 2 * PAGE;
	assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), 0);
	get_as(tlb, 9, 0, false);
	a.asid ^= 1;
	assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
	assert_int_equal(answer.outcome, VMSA_TLB_L1_HIT);
	vmsa_tlb_destroy(tlb);
}

/* A global entry is used last by a context whose number then gets free. */
static void the_page_used_last_is_not_anothers(void **state)
{
	struct vmsa_tlb_config c = { .l1d = { 4, 4 },
				     .l1i = { 4, 4 },
				     .granule_shift = 12 };
	struct tables t = { .next.global = true };
	struct vmsa_tlb *tlb = create(&t, &c);
	struct vmsa_tlb_access a = { .va = PAGE, .vmid = 1 };
	struct vmsa_tlb_answer answer;
	uint16_t number;

	(void)state;
	leaf(&t, 3, 12, 12);
	assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), 0);
	number = tlb->contexts.asid;
	a.side = VMSA_TLB_FETCH;
	for (uint32_t i = 0; i == 0 || tlb->contexts.asid != number; i++) {
		assert_true(i < 200000);
		a.asid = (uint16_t)i;
		a.vmid = (uint16_t)(2 + (i >> 16));
		assert_int_equal(vmsa_tlb_access(tlb, &a, NULL), 0);
	}
	a.side = VMSA_TLB_DATA;
	assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
	assert_int_equal(answer.outcome, VMSA_TLB_WALKED);
	vmsa_tlb_destroy(tlb);
}

/* --- configurations ------------------------------------------------------ */

static void contradictions_are_refused(void **state)
{
	static const struct {
		struct vmsa_tlb_array l1;
		unsigned conflict;
		int err;
	} rows[] = {
		{ { 4, 4, .holds = S(12), .refuses = S(21) }, 0, 0 },
		{ { 4, 4, .holds = S(12), .refuses = S(12) }, 0, -EINVAL },
		{ { 4, 4, .holds = S(11) }, 0, -EINVAL },
		{ { 4, 4, .refuses = S(44) }, 0, -EINVAL },
		{ { 4, 4, .aggregate = 3 }, 0, 0 },
		{ { 4, 4, .aggregate = 4 }, 0, -EINVAL },
		{ { 4, 4, .aggregate = 2, .holds = S(12) | S(14) },
		  0,
		  -EINVAL },
		{ VMSA_TLB_ARRAY(4, 4), VMSA_TLB_NR_CONFLICTS, -EINVAL },
	};
	const struct vmsa_tlb_walker walker = { .walk = walk };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmsa_tlb_config c = { .granule_shift = 12 };
		struct vmsa_tlb *tlb = NULL;

		c.l1d = rows[i].l1;
		c.conflict = (enum vmsa_tlb_conflict)rows[i].conflict;
		assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb),
				 rows[i].err);
		vmsa_tlb_destroy(tlb);
	}
}

static void caches_that_are_no_tlbs_keep_no_sizes(void **state)
{
	const struct vmsa_tlb_walker walker = { .walk = walk };
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct vmsa_tlb *tlb = NULL;

	(void)state;
	c.walk_cache.aggregate = 1;
	assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb), -EINVAL);
	c.walk_cache.aggregate = 0;
	c.lines.holds = S(12);
	assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb), -EINVAL);
	c.lines.holds = 0;
	c.walk_level[2].contiguous = true;
	assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tlbi_in_a_block_removes_every_piece),
		cmocka_unit_test(
			a_tlbi_in_a_group_removes_the_entry_that_holds_it),
		cmocka_unit_test(an_l1_takes_its_own_size_from_an_l2_entry),
		cmocka_unit_test(an_aggregated_entry_loses_one_page),
		cmocka_unit_test(overlapping_entries_do_what_is_asked),
		cmocka_unit_test(
			a_conflict_abort_lasts_until_all_is_invalidated),
		cmocka_unit_test(global_entries_are_still_of_one_vmid_and_pe),
		cmocka_unit_test(a_local_tlbi_spares_what_other_pes_own),
		cmocka_unit_test(
			contexts_come_back_when_their_entries_are_gone),
		cmocka_unit_test(numbers_of_replaced_entries_are_used_again),
		cmocka_unit_test(the_page_used_last_is_not_anothers),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(caches_that_are_no_tlbs_keep_no_sizes),
	};

	return cmocka_run_group_tests_name("tlb_entries", tests, NULL, NULL);
}
