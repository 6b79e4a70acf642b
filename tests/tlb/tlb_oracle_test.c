/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb_oracle_test.c - the TLB model against slow_tlb.h on random streams
 *
 * Tables are a function of the address and of a version that changes now and
 * then, with or without an invalidation: stale entries and entries that
 * overlap with another size are part of the stream.  The counters are equal
 * after every step.
 */
#include "slow_tlb.h"
#include "support/vmsa_test.h"
#include "tlb/tlb_impl.h"
#include "vmsa/tlb.h"

#define UPPER   UINT64_C(0xffff000000000000)
#define STEPS   60000
#define TABLES  UINT64_C(0x8000000000)
#define NR_ASID 3

struct world {
	uint64_t version; /* of the tables */
	uint64_t seed;    /* of the stream */
	bool table_wrong; /* a walk was told to start in a wrong table */
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x7fb5d329728ea185);
	x = (x ^ x >> 27) * UINT64_C(0x81dadef4bc2dd44d);
	return x ^ x >> 33;
}

/* Level of the leaf for @va: 1, 2 or 3, alike for a whole 1G or 2M. */
static int leaf_level(const struct world *w, uint64_t va)
{
	if (mix((va >> 30) * 4 + w->version * 1024) % 8 == 0)
		return 1;
	return mix((va >> 25) * 4 + 1 + w->version * 1024) % 3 == 0 ? 2 : 3;
}

/* log2 of the contiguous group at @level, or of the leaf. */
static unsigned group_shift(const struct world *w, uint64_t va, int level)
{
	static const unsigned shifts[][2] = { { 30, 34 },
					      { 21, 25 },
					      { 12, 16 } };
	bool hint = level > 1 && mix((va >> 25) * 4 + 2 + w->version) % 2;

	return shifts[level - 1][hint];
}

/* Each table at an address of its own, the same in every version. */
static uint64_t table_at(uint64_t va, int level)
{
	unsigned covers = 12 + 9 * (unsigned)(4 - level);
	uint64_t half = va >> 63;

	return TABLES * (uint64_t)(level + 2) +
	       (((va << 16 >> 16 >> covers) * 2 + half) << 12);
}

static int walk(void *arg, struct vmsa_tlb_walk *out)
{
	struct world *w = arg;
	int level = leaf_level(w, out->va);
	unsigned shift;

	if (out->from_root)
		out->first = 0;
	else if (out->table != table_at(out->va, out->first))
		w->table_wrong = true;
	/* Old tables, reached through a stale walk cache, hold pages. */
	out->last = (int8_t)(level < out->first ? out->first : level);
	for (int l = out->first; l <= out->last; l++) {
		unsigned index = out->va >> (12 + 9 * (3 - l)) & 511;

		out->at[l + 1] = table_at(out->va, l) + index * 8;
	}
	shift = 12 + 9 * (unsigned)(3 - out->last);
	out->shift = (uint8_t)shift;
	out->contiguous_shift = (uint8_t)group_shift(w, out->va, out->last);
	out->global = mix(out->va >> 34) & 1;
	out->fault = mix((out->va >> shift) + w->version) % 16 == 0 &&
		     out->contiguous_shift == shift;
	out->pa = (out->va & 0xffffffffff) ^ (w->version % 4) << 41;
	return 0;
}

/* Some pages near each other, some far, in both halves. */
static uint64_t random_va(struct world *w)
{
	uint64_t r = test_rand(&w->seed), va = r & 0xfff;

	va |= (r >> 12 & 7) << 12;
	va |= (r >> 15 & 3) << 16;
	va |= (r >> 17 & 1) << 21 | (r >> 18 & 1) << 25;
	va |= (r >> 19 & 3) << 30 | (r >> 21 & 1) << 35;
	if (r >> 22 & 1)
		va &= 0x3fff;
	return r >> 23 & 1 ? va | UPPER : va;
}

static struct vmsa_tlb_access random_access(struct world *w)
{
	uint64_t r = test_rand(&w->seed);

	return (struct vmsa_tlb_access){
		.va = random_va(w),
		.asid = (uint16_t)(r % NR_ASID * 0x7001),
		.side = (enum vmsa_tlb_side)(r >> 8 & 1),
		.region = (enum vmsa_tlb_region)(r >> 9 & 3),
	};
}

static void step_access(struct world *w, struct vmsa_tlb *tlb,
			struct slow_tlb *slow)
{
	struct vmsa_tlb_access a = random_access(w);
	struct vmsa_tlb_answer got;
	uint64_t pa = slow_access(slow, &a);

	/* A pointer tag in the top byte changes nothing. */
	a.va ^= test_rand(&w->seed) << 56;
	assert_int_equal(vmsa_tlb_access(tlb, &a, &got), 0);
	if (got.outcome == VMSA_TLB_FAULT)
		assert_u64_equal(pa, ~UINT64_C(0));
	else
		assert_u64_equal(pa, got.pa);
}

static void step_many(struct world *w, struct vmsa_tlb *tlb,
		      struct slow_tlb *slow)
{
	struct vmsa_tlb_access a = random_access(w);
	vmsa_va va[8];

	for (size_t i = 0; i < COUNT(va); i++) {
		va[i] = i % 3 ? va[i - 1] ^ 8 : random_va(w);
		a.va = va[i];
		slow_access(slow, &a);
	}
	assert_int_equal(vmsa_tlb_access_many(tlb, &a, va, COUNT(va)), 0);
}

/* Operand of a range operation of 4K granules. */
static uint64_t range_operand(uint64_t va, unsigned scale, unsigned num)
{
	return (va >> 12 & 0x1fffffffff) | (uint64_t)num << 39 |
	       (uint64_t)scale << 44 | UINT64_C(1) << 46;
}

/* What is said of each operation in D8.17: any ASID, tables as well. */
static const struct tlbi_row {
	enum vmsa_tlbi_op op;
	bool any_asid, tables;
} tlbis[] = {
	{ VMSA_TLBI_VMALLE1, true, true },
	{ VMSA_TLBI_ASIDE1, false, true },
	{ VMSA_TLBI_VAE1, false, true },
	{ VMSA_TLBI_VALE1, false, false },
	{ VMSA_TLBI_VAAE1, true, true },
	{ VMSA_TLBI_VAALE1, true, false },
	{ VMSA_TLBI_RVAE1, false, true },
	{ VMSA_TLBI_RVALE1, false, false },
	{ VMSA_TLBI_RVAAE1, true, true },
	{ VMSA_TLBI_RVAALE1, true, false },
	{ VMSA_TLBI_VMALLS12E1, true, true },
	{ VMSA_TLBI_ALLE1, true, true },
};

static void step_tlbi(struct world *w, struct vmsa_tlb *tlb,
		      struct slow_tlb *slow)
{
	const struct tlbi_row *r = &tlbis[test_rand(&w->seed) % COUNT(tlbis)];
	struct vmsa_tlbi op = { .op = r->op };
	struct vmsa_tlb_access a = random_access(w);
	unsigned scale = test_rand(&w->seed) % 3;
	unsigned num = test_rand(&w->seed) % 32;
	uint64_t bytes = UINT64_C(4096);
	int asid = r->any_asid ? -1 : a.asid;

	op.operand = (a.va >> 12 & 0xfffffffffff) | (uint64_t)a.asid << 48;
	if (vmsa_tlbi_is_range(op.op)) {
		op.operand = range_operand(a.va, scale, num) | (uint64_t)a.asid
								       << 48;
		bytes = (UINT64_C(4096) * (num + 1)) << (5 * scale + 1);
	}
	if (op.op == VMSA_TLBI_VMALLE1 || op.op == VMSA_TLBI_ASIDE1 ||
	    op.op == VMSA_TLBI_VMALLS12E1 || op.op == VMSA_TLBI_ALLE1)
		bytes = 0;
	slow_invalidate(slow, a.va >> 12 << 12, bytes, asid,
			op.op != VMSA_TLBI_ASIDE1, r->tables);
	assert_int_equal(vmsa_tlb_invalidate(tlb, &op), 0);
}

static void step(struct world *w, struct vmsa_tlb *tlb, struct slow_tlb *slow)
{
	unsigned what = test_rand(&w->seed) % 512;
	struct vmsa_tlb_stats got;

	if (what == 0)
		w->version++;
	else if (what < 8)
		step_tlbi(w, tlb, slow);
	else if (what < 64)
		step_many(w, tlb, slow);
	else
		step_access(w, tlb, slow);
	vmsa_tlb_stats(tlb, &got);
	assert_memory_equal(&got, &slow->stats, sizeof(got));
	assert_false(w->table_wrong);
}

/* No geometry here is a real core's: small ones meet more evictions. */
/* A structure that keeps contiguous groups. */
#define GROUPS(ENTRIES, WAYS)                                            \
	{                                                                \
		.entries = (ENTRIES), .ways = (WAYS), .contiguous = true \
	}

static const struct row {
	const char *name;
	struct vmsa_tlb_config config;
} rows[] = {
	{ "default", VMSA_TLB_CONFIG_DEFAULT },
	{ "small, fully associative, groups kept",
	  { .l1d = GROUPS(4, 4),
	    .l1i = GROUPS(3, 3),
	    .l2 = GROUPS(20, 20),
	    .walk_cache = VMSA_TLB_ARRAY(5, 5),
	    .lines = VMSA_TLB_ARRAY(7, 7),
	    .granule_shift = 12,
	    .walk_cycles = 3,
	    .line_hit_cycles = 5,
	    .line_miss_cycles = 7 } },
	{ "small, set-associative, groups split",
	  { .l1d = VMSA_TLB_ARRAY(8, 2),
	    .l1i = VMSA_TLB_ARRAY(4, 1),
	    .l2 = VMSA_TLB_ARRAY(24, 3),
	    .walk_cache = VMSA_TLB_ARRAY(8, 2),
	    .lines = VMSA_TLB_ARRAY(8, 2),
	    .granule_shift = 12,
	    .walk_cycles = 100,
	    .line_hit_cycles = 1,
	    .line_miss_cycles = 10 } },
	{ "split second level",
	  { .l1d = GROUPS(6, 6),
	    .l1i = GROUPS(4, 4),
	    .l2 = GROUPS(20, 5),
	    .l2i = GROUPS(12, 6),
	    .walk_cache = VMSA_TLB_ARRAY(4, 4),
	    .lines = VMSA_TLB_ARRAY(4, 1),
	    .granule_shift = 12 } },
	{ "one level, no walk cache, no lines",
	  { .l1d = GROUPS(10, 10),
	    .l1i = GROUPS(10, 5),
	    .granule_shift = 12,
	    .line_miss_cycles = 9 } },
	{ "second level only",
	  { .l2 = VMSA_TLB_ARRAY(16, 4),
	    .walk_cache = VMSA_TLB_ARRAY(2, 2),
	    .lines = VMSA_TLB_ARRAY(2, 2),
	    .granule_shift = 12 } },
	{ "small, first level full, sets below, groups kept",
	  { .l1d = GROUPS(5, 5),
	    .l1i = GROUPS(3, 3),
	    .l2 = GROUPS(14, 7),
	    .walk_cache = VMSA_TLB_ARRAY(8, 4),
	    .lines = VMSA_TLB_ARRAY(12, 3),
	    .granule_shift = 12,
	    .walk_cycles = 2,
	    .line_hit_cycles = 3,
	    .line_miss_cycles = 4 } },
	{ "the same, groups split",
	  { .l1d = VMSA_TLB_ARRAY(5, 5),
	    .l1i = VMSA_TLB_ARRAY(3, 3),
	    .l2 = VMSA_TLB_ARRAY(8, 2),
	    .l2i = VMSA_TLB_ARRAY(2, 1),
	    .walk_cache = VMSA_TLB_ARRAY(2, 1),
	    .lines = VMSA_TLB_ARRAY(2, 1),
	    .granule_shift = 12 } },
	{ "single entries",
	  { .l1d = GROUPS(1, 1),
	    .l1i = GROUPS(1, 1),
	    .l2 = GROUPS(2, 1),
	    .walk_cache = VMSA_TLB_ARRAY(1, 1),
	    .lines = VMSA_TLB_ARRAY(1, 1),
	    .granule_shift = 12 } },
};

static void run_row(const struct row *r, const struct vmsa_tlb_run *run)
{
	struct world w = { .seed = 88172645463325252ull };
	struct vmsa_tlb_walker walker = { .walk = walk, .arg = &w };
	struct slow_tlb slow;
	struct vmsa_tlb *tlb;

	print_message("%s\n", r->name);
	slow_init(&slow, &r->config, &walker);
	assert_int_equal(vmsa_tlb_create(&r->config, &walker, &tlb), 0);
	if (run)
		tlb->run = run;
	for (int i = 0; i < STEPS; i++)
		step(&w, tlb, &slow);
	vmsa_tlb_destroy(tlb);
	slow_fini(&slow);
}

static void counters_equal_the_slow_model_after_every_step(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++)
		run_row(r, NULL);
}

/* The same for the code that hosts without AVX-512 run. */
static void portable_code_counts_the_same(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++)
		run_row(r, &vmsa_tlb_run_portable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			counters_equal_the_slow_model_after_every_step),
		cmocka_unit_test(portable_code_counts_the_same),
	};

	return cmocka_run_group_tests_name("tlb_oracle", tests, NULL, NULL);
}
