/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * all_oracle_test.c - configurations drawn from a seed against slow_all.h
 *
 * Sizes, policies, sizes held, aggregation, conflicts, walk caches, flags that
 * hardware writes, prefetches, walkers, time, stage 2, VMIDs and PEs, whatever
 * comes together.  Tables change now and then, with or without a TLBI.  Answers
 * and counters are equal after every step, and so are the flags at the end.
 */
#include "slow_all_life.h"
#include "support/vmsa_test.h"

#include "all_world.h"
#include "tlbi_rows.h"
#include "tlb/tlb_impl.h"

#define NR_CONFIGS 150
#define STEPS      1500

#define S(N) (UINT64_C(1) << (N))

struct run {
	uint64_t seed, now;
	bool two, time;
	int contexts_from; /* the step with the first VMID; STEPS: none */
	int step;
	struct vmsa_tlb_config config;
	struct world *mine, *theirs;
	struct vmsa_tlb *tlb;
	struct slow_all *slow;
};

static unsigned below(struct run *r, unsigned n)
{
	return (unsigned)(test_rand(&r->seed) >> 20) % n;
}

/* --- configurations ------------------------------------------------------- */

static struct vmsa_tlb_array random_array(struct run *r)
{
	unsigned ways = 1 + below(r, below(r, 4) ? 5 : 12);
	unsigned sets = below(r, 3) ? 1u << below(r, 4) : 1;

	return (struct vmsa_tlb_array){
		.entries = ways * sets,
		.ways = ways,
		.replacement = below(r, 2)
				       ? VMSA_TLB_LRU
				       : (enum vmsa_tlb_replacement)below(
						 r, VMSA_TLB_NR_REPLACEMENTS),
	};
}

/* Sizes of leaves, groups and pieces of the stages' granules. */
static uint64_t random_sizes(struct run *r, unsigned n)
{
	static const uint8_t sizes[][8] = {
		{ 12, 16, 21, 25, 30, 13, 20, 29 },
		{ 14, 21, 25, 30, 36, 12, 16, 24 },
		{ 16, 21, 29, 34, 42, 12, 14, 27 },
	};
	uint64_t out = 0;

	while (n--)
		out |= S(
			sizes[(r->config.granule_shift - 12) / 2][below(r, 8)]);
	return out;
}

static struct vmsa_tlb_array random_tlb(struct run *r, bool special)
{
	struct vmsa_tlb_array a = random_array(r);
	uint64_t group = 0;

	a.contiguous = below(r, 2);
	if (!special)
		return a;
	if (below(r, 2))
		a.aggregate = (uint8_t)below(r, 4);
	if (a.aggregate)
		group = S(r->config.granule_shift + a.aggregate);
	if (below(r, 3) == 0)
		a.refuses = random_sizes(r, 1);
	if (below(r, 3) == 0)
		a.holds =
			random_sizes(r, 1 + below(r, 5)) & ~(a.refuses | group);
	return a;
}

static void random_tlbs(struct run *r)
{
	struct vmsa_tlb_config *c = &r->config;
	bool special = below(r, 4) != 0;

	if (below(r, 8))
		c->l1d = random_tlb(r, special);
	if (below(r, 8))
		c->l1i = random_tlb(r, special);
	if (below(r, 8))
		c->l2 = random_tlb(r, special);
	if (below(r, 4) == 0)
		c->l2i = random_tlb(r, special);
	/* Alike, as the short way wants them. */
	if (!special)
		c->l1d.contiguous = c->l1i.contiguous = c->l2.contiguous =
			c->l2i.contiguous = below(r, 2);
}

static void random_caches(struct run *r)
{
	struct vmsa_tlb_config *c = &r->config;
	bool apart = below(r, 2);

	if (below(r, 4))
		c->walk_cache = random_array(r);
	if (below(r, 4))
		c->ipa_cache = random_array(r);
	if (below(r, 4))
		c->s2_walk_cache = random_array(r);
	if (below(r, 4))
		c->lines = random_array(r);
	for (int level = 0; level < VMSA_LEVELS && apart; level++) {
		if (below(r, 2))
			c->walk_level[level] = random_array(r);
		if (below(r, 2))
			c->s2_walk_level[level] = random_array(r);
	}
}

static void random_config(struct run *r)
{
	static const unsigned granules[] = { 12, 14, 16 };
	struct vmsa_tlb_config *c = &r->config;

	c->granule_shift = granules[below(r, 3)];
	c->s2_granule_shift = below(r, 2) ? 0 : granules[below(r, 3)];
	random_tlbs(r);
	random_caches(r);
	c->check = below(r, 4) == 0;
	c->ha = below(r, 2);
	c->hd = c->ha && below(r, 2);
	c->prefetch_next = below(r, 2);
	if (below(r, 2))
		c->conflict =
			(enum vmsa_tlb_conflict)below(r, VMSA_TLB_NR_CONFLICTS);
	c->nesting = (enum vmsa_tlb_nesting)below(r, VMSA_TLB_NR_NESTINGS);
	c->walkers = below(r, 2) ? 0 : below(r, 4);
	c->seed = test_rand(&r->seed);
	c->l2_cycles = below(r, 4);
	c->ipa_cycles = below(r, 4);
	c->walk_cycles = below(r, 4);
	c->line_hit_cycles = below(r, 8);
	c->line_miss_cycles = below(r, 16);
	c->update_cycles = below(r, 16);
	r->two = below(r, 2);
	r->time = below(r, 2);
	r->contexts_from = below(r, 2) ? STEPS : (int)below(r, STEPS);
}

/* --- a step --------------------------------------------------------------- */

/* Some pages near each other, some far, in both halves. */
static uint64_t random_va(struct run *r)
{
	const struct stage *s = &r->mine->s1;
	uint64_t x = test_rand(&r->seed), va = x & 0xff8;

	va |= (x >> 12 & 15) << s->granule;
	va |= (x >> 16 & 1) << (s->granule + 4);
	va |= (x >> 17 & 3) << level_shift(s, 2);
	va |= (x >> 19 & 3) << level_shift(s, 1);
	if (x >> 22 & 1)
		va &= (UINT64_C(16) << s->granule) - 1;
	return x >> 23 & 1 ? va | UINT64_C(0xffff) << 48 : va;
}

static struct vmsa_tlb_access random_access(struct run *r)
{
	uint64_t x = test_rand(&r->seed);
	struct vmsa_tlb_access a = {
		.va = random_va(r),
		.asid = (uint16_t)(x % 3 * 0x7001),
		.write = x >> 12 & 1,
		.side = (enum vmsa_tlb_side)(x >> 8 & 1),
		.region = (enum vmsa_tlb_region)(x >> 9 & 3),
	};

	if (r->step >= r->contexts_from) {
		a.vmid = (uint16_t)((x >> 16) % 3 * 0x7ffb);
		a.pe = x >> 20 & 1 ? 0 : 7;
		a.cnp = x >> 22 & 1;
	}
	return a;
}

static void step_access(struct run *r)
{
	struct vmsa_tlb_access a = random_access(r);
	struct vmsa_tlb_answer want = sa_access(r->slow, &a), got;

	a.va ^= test_rand(&r->seed) << 56;
	assert_int_equal(vmsa_tlb_access(r->tlb, &a, &got), 0);
	assert_int_equal(got.outcome, want.outcome);
	if (got.outcome == VMSA_TLB_FAULT || got.outcome == VMSA_TLB_CONFLICT)
		return;
	assert_u64_equal(got.pa, want.pa);
	assert_int_equal(got.shift, want.shift);
	assert_int_equal(got.global, want.global);
}

static void step_many(struct run *r)
{
	struct vmsa_tlb_access a = random_access(r);
	vmsa_va va[8];

	for (size_t i = 0; i < COUNT(va); i++) {
		va[i] = i % 3 ? va[i - 1] ^ 8 : random_va(r);
		a.va = va[i];
		sa_access(r->slow, &a);
	}
	assert_int_equal(vmsa_tlb_access_many(r->tlb, &a, va, COUNT(va)), 0);
}

/* Operand and reach of an operation on addresses of a stage. */
static uint64_t reach(struct run *r, const struct stage *s,
		      enum vmsa_tlbi_op op, uint64_t at, struct sa_tlbi *slow)
{
	unsigned scale = below(r, 3), num = below(r, 32), g = s->granule;
	uint64_t bytes = S(g), tg = g == 12 ? 1 : g == 14 ? 2 : 3;
	uint64_t operand = at >> 12 & 0xfffffffffff;

	if (vmsa_tlbi_is_range(op)) {
		operand = (at >> g & 0x1fffffffff) | (uint64_t)num << 39 |
			  (uint64_t)scale << 44 | tg << 46;
		bytes = (bytes * (num + 1)) << (5 * scale + 1);
	}
	slow->first = at >> g << g;
	slow->last = slow->first + (bytes - 1);
	if (slow->last < slow->first)
		slow->last = ~UINT64_C(0);
	return operand;
}

static void step_tlbi(struct run *r)
{
	const struct tlbi_row *t = &tlbis[below(r, COUNT(tlbis))];
	struct vmsa_tlb_access a = random_access(r);
	const struct vmsa_tlb_issuer by = { .vmid = a.vmid, .pe = a.pe };
	struct vmsa_tlbi op = { .op = t->op };
	struct sa_tlbi slow = {
		.last = ~UINT64_C(0),
		.asid = t->any_asid ? SA_ANY : a.asid,
		.vmid = t->op == VMSA_TLBI_ALLE1 ? SA_ANY : a.vmid,
		.pe = a.pe,
		.globals = t->op != VMSA_TLBI_ASIDE1,
		.s1 = t->s1,
		.s1_tables = t->s1_tables,
		.s2 = t->s2,
		.s2_tables = t->s2_tables,
	};
	bool ipa = t->s2 && t->address;

	if (below(r, 2)) {
		op.scope = VMSA_TLBI_IS;
		slow.pe = SA_ANY;
	}
	/* An IPA of a page, or of a table. */
	if (ipa)
		a.va = below(r, 2) ? a.va & 0xfffffffffff
				   : table_at(&r->mine->s1, a.va, 3);
	if (t->address)
		op.operand = reach(r, ipa ? &r->mine->s2 : &r->mine->s1, t->op,
				   a.va, &slow);
	if (!ipa)
		op.operand |= (uint64_t)a.asid << 48;
	sa_invalidate(r->slow, &slow);
	assert_int_equal(vmsa_tlb_invalidate_by(r->tlb, &op, &by), 0);
}

/* Other tables, or software that clears flags. */
static void step_tables(struct run *r)
{
	unsigned half = below(r, 2) * FLAGS / 2;
	bool second = below(r, 2), version = below(r, 2);
	struct stage *s[] = {
		second ? &r->mine->s2 : &r->mine->s1,
		second ? &r->theirs->s2 : &r->theirs->s1,
	};

	for (unsigned i = 0; i < COUNT(s); i++) {
		if (version)
			s[i]->version++;
		else
			memset(s[i]->flags + half, 0, FLAGS / 2);
	}
}

static void step(struct run *r)
{
	unsigned what = below(r, 512);
	struct vmsa_tlb_stats got;

	if (what < 4) {
		step_tables(r);
	} else if (what < 20) {
		step_tlbi(r);
	} else if (what < 64) {
		step_many(r);
	} else if (what < 128 && r->time) {
		r->now += below(r, 2000);
		sa_set_time(r->slow, r->now);
		vmsa_tlb_set_time(r->tlb, r->now);
	} else {
		step_access(r);
	}
	vmsa_tlb_stats(r->tlb, &got);
	assert_memory_equal(&got, &r->slow->stats, sizeof(got));
	assert_false(r->mine->s1.table_wrong || r->mine->s2.table_wrong);
}

/* --- a run ---------------------------------------------------------------- */

static struct world *new_world(const struct vmsa_tlb_config *c)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->s1 = (struct stage){ .salt = 1, .granule = c->granule_shift };
	w->s2 = (struct stage){ .salt = 2,
				.ipa = true,
				.granule = c->s2_granule_shift
						   ? c->s2_granule_shift
						   : c->granule_shift };
	return w;
}

static struct vmsa_tlb_walker walker_of(struct stage *s)
{
	return (struct vmsa_tlb_walker){ .walk = world_walk,
					 .update = world_update,
					 .arg = s };
}

/* Adds what happened to @sum. */
static void run_config(uint64_t seed, const struct vmsa_tlb_run *run,
		       struct vmsa_tlb_counters *sum)
{
	struct run r = { .seed = seed };
	struct vmsa_tlb_walker mine, mine2, theirs2;

	random_config(&r);
	r.mine = new_world(&r.config);
	r.theirs = new_world(&r.config);
	mine = walker_of(&r.mine->s1);
	mine2 = walker_of(&r.mine->s2);
	theirs2 = walker_of(&r.theirs->s2);
	r.slow = sa_create(&r.config, walker_of(&r.theirs->s1),
			   r.two ? &theirs2 : NULL);
	assert_int_equal(vmsa_tlb_create(&r.config, &mine, &r.tlb), 0);
	if (run)
		r.tlb->run = run;
	if (r.two)
		vmsa_tlb_set_stage2(r.tlb, &mine2);
	for (; r.step < STEPS; r.step++)
		step(&r);
	assert_memory_equal(r.mine->s1.flags, r.theirs->s1.flags, FLAGS);
	assert_memory_equal(r.mine->s2.flags, r.theirs->s2.flags, FLAGS);
	for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
			vmsa_tlb_counters_add(sum,
					      &r.slow->stats.of[region][side]);
	vmsa_tlb_destroy(r.tlb);
	sa_destroy(r.slow);
	free(r.mine);
	free(r.theirs);
}

static void run_configs(uint64_t first, const struct vmsa_tlb_run *run)
{
	struct vmsa_tlb_counters sum = { 0 };

	for (uint64_t i = first; i < first + NR_CONFIGS; i++) {
		print_message("configuration %llu\n", (unsigned long long)i);
		run_config(mix(i + 1), run, &sum);
	}
	/* Everything happened somewhere. */
	assert_true(sum.l2_hits && sum.faults && sum.stale && sum.conflicts);
	assert_true(sum.updates && sum.prefetches && sum.prefetch_hits);
	assert_true(sum.s2_walks && sum.ipa_hits && sum.line_hits);
	assert_true(sum.s2_walk_cache_hits[2] && sum.walk_cache_hits[3]);
}

static void any_configuration_equals_the_slow_model(void **state)
{
	(void)state;
	run_configs(0, NULL);
}

/* The same for the code that hosts without AVX-512 run. */
static void portable_code_equals_it_too(void **state)
{
	(void)state;
	run_configs(NR_CONFIGS, &vmsa_tlb_run_portable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_configuration_equals_the_slow_model),
		cmocka_unit_test(portable_code_equals_it_too),
	};

	return cmocka_run_group_tests_name("all_oracle", tests, NULL, NULL);
}
