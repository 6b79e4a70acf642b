/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walks_oracle_test.c - walks of every kind against slow_walks.h
 *
 * Tables of both stages are functions of the address and of a version that
 * changes now and then, with or without an invalidation.  Flags that hardware
 * writes are the only state; the model and the slow model write copies of their
 * own, and some writes find that the leaf has changed.  The counters are equal
 * after every step, and so are the flags at the end.
 */
#include "slow_walks.h"
#include "support/vmsa_test.h"
#include "tlb/tlb_impl.h"
#include "tlbi_rows.h"

#define UPPER   UINT64_C(0xffff000000000000)
#define STEPS   30000
#define NR_ASID 3
#define VMID    0x7005
#define FLAGS   4096

#define ACCESSED 1
#define DIRTY    2

/* One stage of tables. */
struct stage {
	unsigned salt;
	bool ipa; /* its input is an IPA */
	uint64_t version;
	unsigned updates;     /* asked for */
	uint8_t flags[FLAGS]; /* by leaf */
	bool table_wrong;     /* a walk was told to start in a wrong table */
};

/* What one model sees. */
struct world {
	struct stage s1, s2;
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x7fb5d329728ea185);
	x = (x ^ x >> 27) * UINT64_C(0x81dadef4bc2dd44d);
	return x ^ x >> 33;
}

static uint64_t pick(const struct stage *s, uint64_t what, unsigned kind)
{
	return mix((what * 64 + kind) * 64 + s->salt + s->version * 7919);
}

/* Level of the leaf for @va: 1, 2 or 3, alike for a whole 1G or 2M. */
static int leaf_level(const struct stage *s, uint64_t va)
{
	if (pick(s, va >> 30, 0) % 8 == 0)
		return 1;
	return pick(s, va >> 25, 1) % 3 == 0 ? 2 : 3;
}

/* Each table at an address of its own, the same in every version. */
static uint64_t table_at(const struct stage *s, uint64_t va, int level)
{
	unsigned covers = 12 + 9 * (unsigned)(4 - level);
	uint64_t page = ((va << 16 >> 16 >> covers) * 2 + (va >> 63)) % 1021;

	return ((uint64_t)(s->salt * 8 + (unsigned)level + 2) << 24) +
	       (page << 12);
}

static unsigned leaf_of(const struct vmsa_tlb_walk *w)
{
	return (unsigned)(mix(w->va >> w->shift) % FLAGS);
}

static void read_flags(const struct stage *s, struct vmsa_tlb_walk *w)
{
	uint8_t flags = s->flags[leaf_of(w)];

	w->no_access = !(flags & ACCESSED) && pick(s, leaf_of(w), 2) % 8 == 0;
	w->clean = !(flags & DIRTY) && pick(s, leaf_of(w), 3) % 2 == 0;
}

static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	static const unsigned groups[][2] = { { 30, 30 },
					      { 21, 25 },
					      { 12, 16 } };
	struct stage *s = arg;
	int level = leaf_level(s, w->va);

	if (w->from_root)
		w->first = s->ipa ? 0 : -1;
	else if (w->table != table_at(s, w->va, w->first))
		s->table_wrong = true;
	w->last = (int8_t)(level < w->first ? w->first : level);
	for (int l = w->first; l <= w->last; l++)
		w->at[l + 1] = table_at(s, w->va, l) +
			       (w->va >> (12 + 9 * (3 - l)) & 511) * 8;
	w->shift = (uint8_t)(12 + 9 * (unsigned)(3 - w->last));
	w->contiguous_shift =
		(uint8_t)groups[w->last - 1][pick(s, w->va >> 25, 4) % 2];
	w->global = s->ipa || mix(w->va >> 34) & 1;
	w->fault = pick(s, w->va >> w->shift, 5) % 24 == 0 &&
		   w->contiguous_shift == w->shift;
	w->pa = (w->va & 0xfffffffff) ^ (s->version % 4) << 41;
	read_flags(s, w);
	return 0;
}

static int update(void *arg, const struct vmsa_tlb_walk *w, bool dirty)
{
	struct stage *s = arg;

	/* Now and then somebody was faster. */
	if (++s->updates % 7 == 0)
		return -EAGAIN;
	assert_true(w->no_access || dirty);
	s->flags[leaf_of(w)] |= dirty ? ACCESSED | DIRTY : ACCESSED;
	return 0;
}

/* --- a run -------------------------------------------------------------- */

struct run {
	uint64_t seed, now;
	struct world *mine, *slow_s;
	struct vmsa_tlb *tlb;
	struct slow_walks *slow;
	uint16_t vmid;
};

/* Some pages near each other, some far, in both halves. */
static uint64_t random_va(struct run *r)
{
	uint64_t x = test_rand(&r->seed), va = x & 0xfff;

	va |= (x >> 12 & 7) << 12 | (x >> 15 & 3) << 16;
	va |= (x >> 17 & 1) << 21 | (x >> 18 & 1) << 25;
	va |= (x >> 19 & 3) << 30 | (x >> 21 & 1) << 35;
	if (x >> 22 & 1)
		va &= 0x3fff;
	return x >> 23 & 1 ? va | UPPER : va;
}

static struct vmsa_tlb_access random_access(struct run *r)
{
	uint64_t x = test_rand(&r->seed);

	return (struct vmsa_tlb_access){
		.va = random_va(r),
		.asid = (uint16_t)(x % NR_ASID * 0x7001),
		.vmid = r->vmid,
		.write = x >> 12 & 1,
		.side = (enum vmsa_tlb_side)(x >> 8 & 1),
		.region = (enum vmsa_tlb_region)(x >> 9 & 3),
	};
}

static void step_access(struct run *r)
{
	struct vmsa_tlb_access a = random_access(r);
	struct vmsa_tlb_answer got;
	uint64_t pa = sw_access(r->slow, &a);

	assert_int_equal(vmsa_tlb_access(r->tlb, &a, &got), 0);
	if (got.outcome == VMSA_TLB_FAULT)
		assert_u64_equal(pa, SW_NONE);
	else
		assert_u64_equal(pa, got.pa);
}

static void step_many(struct run *r)
{
	struct vmsa_tlb_access a = random_access(r);
	vmsa_va va[8];

	for (size_t i = 0; i < COUNT(va); i++) {
		va[i] = i % 3 ? va[i - 1] ^ 8 : random_va(r);
		a.va = va[i];
		sw_access(r->slow, &a);
	}
	assert_int_equal(vmsa_tlb_access_many(r->tlb, &a, va, COUNT(va)), 0);
}

static void slow_tlbi(struct slow_walks *s, const struct tlbi_row *t,
		      uint64_t at, uint64_t n, uint16_t asid)
{
	int id = t->any_asid ? -1 : asid;
	bool globals = t->op != VMSA_TLBI_ASIDE1;

	for (int side = 0; side < 2 && t->s1; side++) {
		sw_clean(&s->l1[side], at, n, id, globals);
		sw_clean(&s->l2[side], at, n, id, globals);
	}
	if (t->s1_tables)
		sw_clean_tables(&s->s1, at, n, id);
	if (t->s2)
		sw_clean(&s->ipa, at, n, -1, true);
	if (t->s2_tables)
		sw_clean_tables(&s->s2, at, n, -1);
}

static void step_tlbi(struct run *r)
{
	const struct tlbi_row *t = &tlbis[test_rand(&r->seed) % COUNT(tlbis)];
	struct vmsa_tlb_access a = random_access(r);
	struct vmsa_tlbi op = { .op = t->op };
	const struct vmsa_tlb_issuer by = { .vmid = r->vmid };
	unsigned scale = test_rand(&r->seed) % 3;
	unsigned num = test_rand(&r->seed) % 32;
	bool ipa = t->s2 && t->address;
	uint64_t bytes = t->address ? UINT64_C(4096) : 0;
	uint64_t asid = ipa ? 0 : (uint64_t)a.asid << 48;

	/* An IPA of a page, or of a table. */
	if (ipa)
		a.va = test_rand(&r->seed) % 2
			       ? a.va & 0xfffffffff
			       : table_at(&r->mine->s1, a.va, 3);
	op.operand = (a.va >> 12 & 0xfffffffffff) | asid;
	if (vmsa_tlbi_is_range(op.op)) {
		op.operand = (a.va >> 12 & 0x1fffffffff) | asid |
			     (uint64_t)num << 39 | (uint64_t)scale << 44 |
			     UINT64_C(1) << 46;
		bytes = (UINT64_C(4096) * (num + 1)) << (5 * scale + 1);
	}
	slow_tlbi(r->slow, t, a.va >> 12 << 12, bytes, a.asid);
	assert_int_equal(vmsa_tlb_invalidate_by(r->tlb, &op, &by), 0);
}

/* Other tables, or software that clears flags. */
static void step_tables(struct run *r)
{
	uint64_t x = test_rand(&r->seed);
	struct stage *s[] = { &r->mine->s1, &r->slow_s->s1, &r->mine->s2,
			      &r->slow_s->s2 };
	unsigned which = x & 2;

	for (unsigned i = which; i < which + 2; i++) {
		if (x & 1)
			s[i]->version++;
		else
			memset(s[i]->flags + (x >> 8) % FLAGS / 2, 0,
			       FLAGS / 2);
	}
}

static void step_time(struct run *r)
{
	r->now += test_rand(&r->seed) % 2000;
	/* The first call: earlier walks are over. */
	if (!r->slow->timed)
		memset(r->slow->free, 0, sizeof(r->slow->free));
	if (!r->slow->timed)
		memset(r->slow->busy, 0, SW_CYCLES);
	r->slow->timed = true;
	r->slow->now = r->now;
	vmsa_tlb_set_time(r->tlb, r->now);
	/* Time does not go back. */
	vmsa_tlb_set_time(r->tlb, r->now / 2);
}

static void step(struct run *r, bool time)
{
	unsigned what = test_rand(&r->seed) % 512;
	struct vmsa_tlb_stats got;

	if (what < 3)
		step_tables(r);
	else if (what < 12)
		step_tlbi(r);
	else if (what < 64)
		step_many(r);
	else if (what < 128 && time)
		step_time(r);
	else
		step_access(r);
	vmsa_tlb_stats(r->tlb, &got);
	assert_memory_equal(&got, &r->slow->stats, sizeof(got));
	assert_false(r->mine->s1.table_wrong || r->mine->s2.table_wrong);
}

/* --- configurations: no real core's; small ones meet more evictions ----- */

#define SMALL                                                             \
	.l1d = VMSA_TLB_ARRAY(4, 4), .l1i = VMSA_TLB_ARRAY(4, 2),         \
	.l2 = VMSA_TLB_ARRAY(16, 4), .granule_shift = 12, .l2_cycles = 2, \
	.walk_cycles = 3, .line_hit_cycles = 5, .line_miss_cycles = 11,   \
	.ipa_cycles = 1, .update_cycles = 17
#define MERGED .walk_cache = VMSA_TLB_ARRAY(8, 2)
#define LINES  .lines = VMSA_TLB_ARRAY(8, 2)
#define APART                                                       \
	.walk_level = { VMSA_TLB_ARRAY(1, 1), VMSA_TLB_ARRAY(2, 2), \
			VMSA_TLB_ARRAY(4, 2), VMSA_TLB_ARRAY(6, 6) }
#define S2                                     \
	.ipa_cache = VMSA_TLB_ARRAY(8, 2),     \
	.s2_walk_cache = VMSA_TLB_ARRAY(4, 4), \
	.s2_walk_level = { [3] = VMSA_TLB_ARRAY(4, 1) }
#define FLAGGED .ha = true, .hd = true

/*
 * Of the organisations that have a short way for misses, which the first
 * of these rows takes, and the others may not; VMIDs other than 0 never do.
 */
#define COMMON                                                                \
	.l1d = VMSA_TLB_ARRAY(4, 4), .l1i = VMSA_TLB_ARRAY(4, 4),             \
	.l2 = VMSA_TLB_ARRAY(8, 2), .walk_cache = VMSA_TLB_ARRAY(8, 2),       \
	.lines = VMSA_TLB_ARRAY(8, 2), .granule_shift = 12, .walk_cycles = 2, \
	.line_hit_cycles = 3, .line_miss_cycles = 7

static const struct row {
	const char *name;
	bool two, time;
	struct vmsa_tlb_config config;
} rows[] = {
	{ "table descriptors by level", 0, 0, { SMALL, APART, LINES } },
	{ "one level apart, the others merged",
	  0,
	  0,
	  { SMALL, MERGED, LINES,
	    .walk_level = { [2] = VMSA_TLB_ARRAY(2, 1) } } },
	{ "no hardware flags", 0, 0, { SMALL, MERGED } },
	{ "Access flag", 0, 0, { SMALL, MERGED, .ha = true } },
	{ "dirty state", 0, 0, { SMALL, MERGED, LINES, FLAGGED } },
	{ "dirty state, second level only",
	  0,
	  0,
	  { .l2 = VMSA_TLB_ARRAY(16, 4), .granule_shift = 12, FLAGGED } },
	{ "next page",
	  0,
	  0,
	  { SMALL, MERGED, LINES, FLAGGED, .prefetch_next = true } },
	{ "next page, split second level, groups",
	  0,
	  0,
	  { .l1d = { .entries = 4, .ways = 4, .contiguous = true },
	    .l1i = { .entries = 4, .ways = 4, .contiguous = true },
	    .l2 = { .entries = 8, .ways = 2, .contiguous = true },
	    .l2i = { .entries = 6, .ways = 6, .contiguous = true },
	    .granule_shift = 12,
	    .line_miss_cycles = 3,
	    .prefetch_next = true } },
	{ "three walkers, no time", 0, 0, { SMALL, MERGED, .walkers = 3 } },
	{ "three walkers, time",
	  0,
	  1,
	  { SMALL, MERGED, FLAGGED, .walkers = 3, .prefetch_next = true } },
	{ "one walker, time", 0, 1, { SMALL, APART, LINES } },
	{ "common shapes, the short way", 0, 0, { COMMON } },
	{ "common shapes, two walkers", 0, 1, { COMMON, .walkers = 2 } },
	{ "common shapes, Access flag", 0, 0, { COMMON, .ha = true } },
	{ "common shapes, one level apart",
	  0,
	  0,
	  { COMMON, .walk_level = { [2] = VMSA_TLB_ARRAY(2, 1) } } },
	{ "common shapes, two stages", 1, 0, { COMMON, S2 } },
	{ "two stages, nothing kept", 1, 0, { SMALL, .ha = true } },
	{ "two stages", 1, 0, { SMALL, MERGED, S2, LINES } },
	{ "two stages, dirty state",
	  1,
	  1,
	  { SMALL, APART, S2, LINES, FLAGGED, .walkers = 2 } },
	{ "two stages, next page",
	  1,
	  0,
	  { SMALL, MERGED, S2, FLAGGED, .prefetch_next = true } },
	{ "two stages, separate",
	  1,
	  0,
	  { SMALL, MERGED, S2, LINES, .nesting = VMSA_TLB_SEPARATE } },
	{ "two stages, separate, everything",
	  1,
	  1,
	  { SMALL, APART, S2, LINES, FLAGGED, .nesting = VMSA_TLB_SEPARATE,
	    .prefetch_next = true, .walkers = 4 } },
	{ "two stages, separate, no first level",
	  1,
	  0,
	  { .l2 = VMSA_TLB_ARRAY(16, 4),
	    .granule_shift = 12,
	    FLAGGED,
	    .nesting = VMSA_TLB_SEPARATE } },
};

static struct world *new_world(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->s1.salt = 1;
	w->s2.salt = 2;
	w->s2.ipa = true;
	return w;
}

static struct vmsa_tlb_walker walker_of(struct stage *s)
{
	return (struct vmsa_tlb_walker){ .walk = walk,
					 .update = update,
					 .arg = s };
}

/* Nothing that the row is about may have stayed at zero. */
static void check_reached(const struct row *r, const struct slow_walks *s)
{
	struct vmsa_tlb_counters sum = { 0 };

	for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
			vmsa_tlb_counters_add(&sum, &s->stats.of[region][side]);
	assert_true(sum.l2_hits && sum.walks && sum.faults);
	assert_true(!r->config.ha == !sum.updates);
	assert_true(!r->config.prefetch_next == !sum.prefetch_hits);
	assert_true(!r->two == !sum.s2_walks);
	assert_true(!(r->two && r->config.ipa_cache.entries) == !sum.ipa_hits);
}

static void run_row(const struct row *row, uint16_t vmid,
		    const struct vmsa_tlb_run *run)
{
	struct run r = { .seed = 88172645463325252ull,
			 .mine = new_world(),
			 .slow_s = new_world(),
			 .vmid = vmid };
	struct vmsa_tlb_walker mine = walker_of(&r.mine->s1);
	struct vmsa_tlb_walker mine2 = walker_of(&r.mine->s2);
	struct vmsa_tlb_walker slow2 = walker_of(&r.slow_s->s2);

	print_message("%s\n", row->name);
	r.slow = sw_create(&row->config, walker_of(&r.slow_s->s1),
			   row->two ? &slow2 : NULL);
	assert_int_equal(vmsa_tlb_create(&row->config, &mine, &r.tlb), 0);
	if (run)
		r.tlb->run = run;
	if (row->two)
		vmsa_tlb_set_stage2(r.tlb, &mine2);
	for (int i = 0; i < STEPS; i++)
		step(&r, row->time);
	check_reached(row, r.slow);
	assert_memory_equal(r.mine->s1.flags, r.slow_s->s1.flags, FLAGS);
	assert_memory_equal(r.mine->s2.flags, r.slow_s->s2.flags, FLAGS);
	vmsa_tlb_destroy(r.tlb);
	sw_destroy(r.slow);
	free(r.mine);
	free(r.slow_s);
}

static void counters_equal_the_slow_model_after_every_step(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++)
		run_row(r, VMID, NULL);
}

/* The same where no context has a number. */
static void without_a_vmid_they_are_equal_too(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++)
		run_row(r, 0, NULL);
}

/* The same for the code that hosts without AVX-512 run. */
static void portable_code_counts_the_same(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++)
		run_row(r, 0, &vmsa_tlb_run_portable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			counters_equal_the_slow_model_after_every_step),
		cmocka_unit_test(without_a_vmid_they_are_equal_too),
		cmocka_unit_test(portable_code_counts_the_same),
	};

	return cmocka_run_group_tests_name("walks_oracle", tests, NULL, NULL);
}
