/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replacement_test.c - every replacement in every structure, beside
 * slow_array.h, and by hand
 *
 * Two levels, a walk cache and lines over pages of 4K and 2M that never
 * change, with invalidations in between.  Counters are equal at every step.
 */
#include <errno.h>

#include "slow_array.h"
#include "support/vmsa_test.h"
#include "tlb/tlb_impl.h"
#include "vmsa/tlb.h"

#define BASE  UINT64_C(0x4000000000)
#define STEPS 12000

/* --- tables --------------------------------------------------------------- */

/* Every fourth 2M is one leaf; every other 1G is global. */
static bool is_large(uint64_t va)
{
	return (va >> 21) % 4 == 3;
}

static bool is_global(uint64_t va)
{
	return (va >> 30) % 2;
}

static unsigned level_shift(int level)
{
	return 12 + 9 * (unsigned)(3 - level);
}

/* The descriptor of @level for @va. */
static uint64_t descriptor(uint64_t va, int level)
{
	return ((uint64_t)(level + 1) << 44) + (va >> level_shift(level) << 3);
}

static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	(void)arg;
	if (w->from_root)
		w->first = 0;
	w->last = is_large(w->va) ? 2 : 3;
	for (int level = w->first; level <= w->last; level++)
		w->at[VMSA_LEVEL_SLOT(level)] = descriptor(w->va, level);
	w->fault = false;
	w->global = is_global(w->va);
	w->shift = w->contiguous_shift = is_large(w->va) ? 21 : 12;
	w->pa = w->va ^ BASE;
	return 0;
}

/* --- the model, slowly ---------------------------------------------------- */

struct slow {
	struct slow_array l1, l2, walk_cache, lines;
	uint64_t l1_misses, l2_misses, root, deep[4], line_hits, loads;
};

/* Numbers of the structures, counted in struct vmsa_tlb_config. */
static void slow_init(struct slow *s, const struct vmsa_tlb_config *c)
{
	memset(s, 0, sizeof(*s));
	slow_array_init(&s->l1, c->l1d, c->seed + 0);
	slow_array_init(&s->l2, c->l2, c->seed + 2);
	slow_array_init(&s->walk_cache, c->walk_cache, c->seed + 4);
	slow_array_init(&s->lines, c->lines, c->seed + 17);
}

static void slow_fini(struct slow *s)
{
	free(s->l1.set);
	free(s->l2.set);
	free(s->walk_cache.set);
	free(s->lines.set);
}

static struct slow_key table_key(uint64_t va, int level, int asid)
{
	return (struct slow_key){ .number = va >> level_shift(level),
				  .size = level_shift(level),
				  .context = asid };
}

static void slow_walk(struct slow *s, uint64_t va, int asid)
{
	int first = 3, last = is_large(va) ? 2 : 3;

	while (first > 0 &&
	       !slow_use(&s->walk_cache, table_key(va, first - 1, asid)))
		first--;
	if (first)
		s->deep[first - 1]++;
	else
		s->root++;
	for (int level = first; level <= last; level++) {
		struct slow_key line = { .number = descriptor(va, level) / 64 };

		s->loads++;
		if (slow_use(&s->lines, line))
			s->line_hits++;
		else
			slow_insert(&s->lines, line, 0);
		if (level < last)
			slow_insert(&s->walk_cache, table_key(va, level, asid),
				    0);
	}
}

static void slow_access(struct slow *s, uint64_t va, int asid)
{
	unsigned size = is_large(va) ? 21 : 12;
	struct slow_key key = { .number = va >> size,
				.size = size,
				.context = is_global(va) ? -1 : asid };

	if (slow_use(&s->l1, key))
		return;
	s->l1_misses++;
	if (!slow_use(&s->l2, key)) {
		s->l2_misses++;
		slow_walk(s, va, asid);
		slow_insert(&s->l2, key, 0);
	}
	slow_insert(&s->l1, key, 0);
}

/* --- side by side --------------------------------------------------------- */

static void check(struct vmsa_tlb *tlb, const struct slow *s)
{
	struct vmsa_tlb_stats stats;
	const struct vmsa_tlb_counters *c = &stats.of[0][0];

	vmsa_tlb_stats(tlb, &stats);
	assert_u64_equal(c->l1_misses, s->l1_misses);
	assert_u64_equal(c->walks, s->l2_misses);
	assert_u64_equal(c->walk_cache_misses, s->root);
	for (int level = 0; level < 3; level++)
		assert_u64_equal(c->walk_cache_hits[VMSA_LEVEL_SLOT(level)],
				 s->deep[level]);
	assert_u64_equal(c->line_hits, s->line_hits);
	assert_u64_equal(c->line_hits + c->line_misses, s->loads);
}

/* Near pages more often than far ones; over @pages in all. */
static uint64_t random_va(uint64_t *seed, uint64_t pages)
{
	uint64_t r = test_rand(seed), page = (r >> 12) % pages;

	if (r >> 60 & 3)
		page %= pages / 8 + 1;
	/* Some in other 2M and 1G. */
	return BASE + (page << 12) + ((r >> 50 & 3) << 21) +
	       ((r >> 52 & 3) << 30) + (r & 0xff8);
}

static void step_tlbi(uint64_t *seed, struct vmsa_tlb *tlb, struct slow *s,
		      uint64_t pages)
{
	uint64_t r = test_rand(seed), va = random_va(seed, pages);
	uint16_t asid = r >> 8 & 1;
	struct vmsa_tlbi op = { .op = VMSA_TLBI_VAE1 };
	int context = asid;

	if (r % 16 == 0) {
		op.op = VMSA_TLBI_VMALLE1;
		context = -1;
		va = 0;
	}
	op.operand = (va >> 12 & 0xfffffffffff) | (uint64_t)asid << 48;
	assert_int_equal(vmsa_tlb_invalidate(tlb, &op), 0);
	slow_array_clean(&s->l1, va, context);
	slow_array_clean(&s->l2, va, context);
	slow_array_clean(&s->walk_cache, va, context);
}

static void step_access(uint64_t *seed, struct vmsa_tlb *tlb, struct slow *s,
			uint64_t pages)
{
	uint64_t r = test_rand(seed);
	struct vmsa_tlb_access a = { .asid = r >> 8 & 1 };
	vmsa_va va[6];

	for (size_t i = 0; i < COUNT(va); i++)
		va[i] = i % 3 == 2 ? va[i - 1] ^ 8 : random_va(seed, pages);
	if (r & 1) {
		for (size_t i = 0; i < COUNT(va); i++)
			slow_access(s, va[i], a.asid);
		assert_int_equal(vmsa_tlb_access_many(tlb, &a, va, COUNT(va)),
				 0);
	} else {
		struct vmsa_tlb_answer answer;

		a.va = va[0];
		slow_access(s, va[0], a.asid);
		assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
		assert_u64_equal(answer.pa, va[0] ^ BASE);
	}
}

static void run(const struct vmsa_tlb_config *c, const struct vmsa_tlb_run *run)
{
	const struct vmsa_tlb_walker walker = { .walk = walk };
	uint64_t seed = 88172645463325252ull;
	struct vmsa_tlb *tlb;
	struct slow s;

	slow_init(&s, c);
	assert_int_equal(vmsa_tlb_create(c, &walker, &tlb), 0);
	if (run)
		tlb->run = run;
	for (int i = 0; i < STEPS; i++) {
		/* By turns few pages and many, beside the sizes there are. */
		uint64_t pages = c->l1d.entries << (i / 500 % 4);

		if (test_rand(&seed) % 128 == 0)
			step_tlbi(&seed, tlb, &s, pages);
		else
			step_access(&seed, tlb, &s, pages);
		check(tlb, &s);
	}
	vmsa_tlb_destroy(tlb);
	slow_fini(&s);
}

static const char *const names[] = { "LRU", "tree PLRU", "FIFO", "NRU",
				     "random" };

/* Entries and ways of L1, L2, walk cache and lines. */
static const uint32_t shapes[][4][2] = {
	{ { 48, 48 }, { 40, 5 }, { 16, 4 }, { 64, 8 } },
	{ { 1, 1 }, { 8, 1 }, { 1, 1 }, { 4, 1 } },
	{ { 5, 5 }, { 6, 6 }, { 12, 12 }, { 7, 7 } },
	{ { 64, 64 }, { 128, 64 }, { 8, 8 }, { 96, 48 } },
	{ { 12, 6 }, { 24, 12 }, { 6, 3 }, { 10, 5 } },
	{ { 63, 63 }, { 66, 33 }, { 2, 2 }, { 3, 3 } },
	{ { 9, 9 }, { 34, 17 }, { 31, 31 }, { 16, 16 } },
	/* With LRU, the short way of plain misses. */
	{ { 5, 5 }, { 12, 3 }, { 4, 2 }, { 16, 8 } },
	{ { 2, 2 }, { 2, 1 }, { 2, 1 }, { 2, 1 } },
};

static void run_all(const struct vmsa_tlb_run *how)
{
	for (size_t i = 0; i < COUNT(shapes); i++)
		for (int p = 0; p < VMSA_TLB_NR_REPLACEMENTS; p++) {
			struct vmsa_tlb_config c = { .granule_shift = 12,
						     .seed = i * 77 };
			struct vmsa_tlb_array *const all[] = { &c.l1d, &c.l2,
							       &c.walk_cache,
							       &c.lines };

			print_message("shape %zu, %s\n", i, names[p]);
			for (size_t k = 0; k < COUNT(all); k++)
				*all[k] = (struct vmsa_tlb_array){
					.entries = shapes[i][k][0],
					.ways = shapes[i][k][1],
					.replacement =
						(enum vmsa_tlb_replacement)p,
				};
			run(&c, how);
		}
}

static void every_replacement_does_as_the_slow_model(void **state)
{
	(void)state;
	run_all(NULL);
}

static void portable_code_does_the_same(void **state)
{
	(void)state;
	run_all(&vmsa_tlb_run_portable);
}

/* --- by hand -------------------------------------------------------------- */

/*
 * One L1 of some ways, pages named by letters: capitals are hits.  '-x' takes
 * page x away.
 */
static const struct {
	uint32_t ways;
	enum vmsa_tlb_replacement replacement;
	const char *trace;
} traces[] = {
	/* a is oldest but used again: b makes room, then c. */
	{ 3, VMSA_TLB_LRU, "abcAdAeAbcABC" },
	/* In spite of its use, a goes. */
	{ 3, VMSA_TLB_FIFO, "abcAdaCDAb" },
	{ 4, VMSA_TLB_TREE_PLRU, "abcdAeABDEcBCDE" },
	/* At the second a, the tree points to a fourth way: the third it is. */
	{ 3, VMSA_TLB_TREE_PLRU, "abcdBCDaBDAc" },
	{ 4, VMSA_TLB_NRU, "abcdeDEfbDEFgDe" },
	{ 2, VMSA_TLB_NRU, "abcBacA" },
	/* The way that is free is filled, whatever the policy says. */
	{ 4, VMSA_TLB_TREE_PLRU, "abcd-ceABDE" },
	{ 4, VMSA_TLB_NRU, "abcd-ceABDE" },
	{ 4, VMSA_TLB_FIFO, "abcd-ceABDEfBDEFcDEFb" },
	{ 4, VMSA_TLB_RANDOM, "abcd-ceABDE" },
};

static void take_away(struct vmsa_tlb *tlb, uint64_t page)
{
	const struct vmsa_tlbi op = { .op = VMSA_TLBI_VAE1, .operand = page };

	assert_int_equal(vmsa_tlb_invalidate(tlb, &op), 0);
}

static void follow(struct vmsa_tlb *tlb, const char *at)
{
	for (; *at; at++) {
		bool hit = *at >= 'A' && *at <= 'Z';
		struct vmsa_tlb_access a = { 0 };
		struct vmsa_tlb_answer answer;

		if (*at == '-') {
			take_away(tlb, (uint64_t) * ++at & 31);
			continue;
		}
		a.va = ((uint64_t)*at & 31) << 12;
		assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
		if (hit != (answer.outcome == VMSA_TLB_L1_HIT))
			print_message("at %s\n", at);
		assert_int_equal(answer.outcome == VMSA_TLB_L1_HIT, hit);
	}
}

static void short_traces_end_as_worked_out_by_hand(void **state)
{
	const struct vmsa_tlb_walker walker = { .walk = walk };

	(void)state;
	for (size_t i = 0; i < COUNT(traces); i++) {
		struct vmsa_tlb_config c = { .granule_shift = 12 };
		struct vmsa_tlb *tlb;

		c.l1d.entries = c.l1d.ways = traces[i].ways;
		c.l1d.replacement = traces[i].replacement;
		print_message("%u ways, %s: %s\n", traces[i].ways,
			      names[c.l1d.replacement], traces[i].trace);
		assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb), 0);
		follow(tlb, traces[i].trace);
		vmsa_tlb_destroy(tlb);
	}
}

/* Uses of two pages, so many that any record of them overflows. */
static void hit_two(struct vmsa_tlb *tlb, bool many)
{
	const struct vmsa_tlb_access like = { 0 };
	vmsa_va va[500];

	for (size_t i = 0; i < COUNT(va); i++)
		va[i] = (i % 2 + 1) << 12;
	for (size_t i = 0; i < COUNT(va) && !many; i++)
		follow(tlb, i % 2 ? "B" : "A");
	if (many)
		assert_int_equal(
			vmsa_tlb_access_many(tlb, &like, va, COUNT(va)), 0);
}

static void a_long_run_of_hits_leaves_the_rest_in_order(void **state)
{
	const struct vmsa_tlb_walker walker = { .walk = walk };

	/* d makes room before e, and e before c. */
	static const char *const ends[] = { "fECABFdCABFDe", "fgCABFGed" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct vmsa_tlb_config c = { .granule_shift = 12 };
		struct vmsa_tlb *tlb;

		c.l1d.entries = c.l1d.ways = 5;
		assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb), 0);
		follow(tlb, "abcdeC");
		hit_two(tlb, i % 2);
		follow(tlb, ends[i / 2]);
		vmsa_tlb_destroy(tlb);
	}
}

/* Four pages over three ways: misses of 4000 accesses in a circle. */
static uint64_t misses_in_a_circle(uint64_t seed)
{
	const struct vmsa_tlb_walker walker = { .walk = walk };
	struct vmsa_tlb_config c = { .granule_shift = 12, .seed = seed };
	const struct vmsa_tlb_access like = { 0 };
	struct vmsa_tlb_stats stats;
	struct vmsa_tlb *tlb;

	c.l1d = (struct vmsa_tlb_array){ .entries = 3,
					 .ways = 3,
					 .replacement = VMSA_TLB_RANDOM };
	assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb), 0);
	for (uint64_t i = 0; i < 4000; i++) {
		vmsa_va va = i % 4 << 12;

		assert_int_equal(vmsa_tlb_access_many(tlb, &like, &va, 1), 0);
	}
	vmsa_tlb_stats(tlb, &stats);
	vmsa_tlb_destroy(tlb);
	return stats.of[0][0].l1_misses;
}

/*
 * In a circle of ways + 1 pages LRU always misses.  With random replacement an
 * entry survives to its next use, one turn, if the misses of the turn all
 * spare it: m misses a turn of four, 1 - m/4 = (2/3)^(m - 1) or so: m is
 * between 1 and 3, never 4.
 */
static void random_breaks_a_circle_and_follows_its_seed(void **state)
{
	uint64_t misses = misses_in_a_circle(1);
	bool differs = false;

	(void)state;
	assert_true(misses > 1000 && misses < 3000);
	assert_u64_equal(misses_in_a_circle(1), misses);
	for (uint64_t seed = 2; seed < 6; seed++)
		differs |= misses_in_a_circle(seed) != misses;
	assert_true(differs);
}

static void too_many_ways_and_unknown_replacements_are_refused(void **state)
{
	const struct vmsa_tlb_walker walker = { .walk = walk };
	const struct {
		uint32_t ways;
		int replacement, err;
	} rows[] = {
		{ 64, VMSA_TLB_FIFO, 0 },
		{ 65, VMSA_TLB_LRU, 0 },
		{ 65, VMSA_TLB_FIFO, -EINVAL },
		{ 65, VMSA_TLB_TREE_PLRU, -EINVAL },
		{ 65, VMSA_TLB_NRU, -EINVAL },
		{ 65, VMSA_TLB_RANDOM, -EINVAL },
		{ 4, VMSA_TLB_NR_REPLACEMENTS, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
		struct vmsa_tlb *tlb = NULL;

		c.lines.entries = c.lines.ways = rows[i].ways;
		c.lines.replacement =
			(enum vmsa_tlb_replacement)rows[i].replacement;
		assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb),
				 rows[i].err);
		vmsa_tlb_destroy(tlb);
	}
}

static void only_lru_holds_entries(void **state)
{
	const struct vmsa_tlb_walker walker = { .walk = walk };

	(void)state;
	for (int p = 0; p < VMSA_TLB_NR_REPLACEMENTS; p++) {
		struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
		const struct vmsa_tlb_access a = { 0 };
		struct vmsa_tlb_answer answer;
		struct vmsa_tlb *tlb;

		c.l1d.replacement = (enum vmsa_tlb_replacement)p;
		assert_int_equal(vmsa_tlb_create(&c, &walker, &tlb), 0);
		assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
		assert_int_equal(vmsa_tlb_hold(tlb, VMSA_TLB_DATA, answer.slot),
				 p == VMSA_TLB_LRU ? 0 : -EINVAL);
		vmsa_tlb_destroy(tlb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_replacement_does_as_the_slow_model),
		cmocka_unit_test(portable_code_does_the_same),
		cmocka_unit_test(short_traces_end_as_worked_out_by_hand),
		cmocka_unit_test(a_long_run_of_hits_leaves_the_rest_in_order),
		cmocka_unit_test(random_breaks_a_circle_and_follows_its_seed),
		cmocka_unit_test(
			too_many_ways_and_unknown_replacements_are_refused),
		cmocka_unit_test(only_lru_holds_entries),
	};

	return cmocka_run_group_tests_name("tlb_replacement", tests, NULL,
					   NULL);
}
