/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entries_oracle_test.c - sizes, aggregation, conflicts, contexts against
 *                         slow_entries.h
 *
 * Tables change now and then, with or without an invalidation, so that stale
 * entries, overlaps of sizes and of global with other entries are part of the
 * stream.  Answers and counters are equal after every step.
 */
#include "slow_tlbi.h"
#include "support/vmsa_test.h"

#include "../../bench/tlb_streams.h"
#include "entries_world.h"
#include "tlb/tlb_impl.h"

#define STEPS 30000

#define S(N) (UINT64_C(1) << (N))

struct pair {
	struct world w;
	struct vmsa_tlb *tlb;
	struct slow_entries slow;
};

static void check_access(struct pair *p, struct vmsa_tlb_access a)
{
	struct vmsa_tlb_answer want = slow_entries_access(&p->slow, &a), got;

	a.va ^= test_rand(&p->w.seed) << 56;
	assert_int_equal(vmsa_tlb_access(p->tlb, &a, &got), 0);
	assert_int_equal(got.outcome, want.outcome);
	assert_int_equal(got.shift, want.shift);
	assert_int_equal(got.global, want.global);
	assert_u64_equal(got.pa, want.pa);
}

static void check_many(struct pair *p)
{
	struct vmsa_tlb_access a = random_access(&p->w);
	vmsa_va va[8];

	for (size_t i = 0; i < COUNT(va); i++) {
		va[i] = i % 3 ? va[i - 1] ^ 8 : random_va(&p->w);
		a.va = va[i];
		slow_entries_access(&p->slow, &a);
	}
	assert_int_equal(vmsa_tlb_access_many(p->tlb, &a, va, COUNT(va)), 0);
}

/* What is said of each operation in D8.17. */
static const struct tlbi_row {
	enum vmsa_tlbi_op op;
	bool any_asid, tables, all;
} tlbis[] = {
	{ VMSA_TLBI_VMALLE1, true, true, true },
	{ VMSA_TLBI_ASIDE1, false, true, true },
	{ VMSA_TLBI_VAE1, false, true, false },
	{ VMSA_TLBI_VALE1, false, false, false },
	{ VMSA_TLBI_VAAE1, true, true, false },
	{ VMSA_TLBI_VAALE1, true, false, false },
	{ VMSA_TLBI_RVAE1, false, true, false },
	{ VMSA_TLBI_RVALE1, false, false, false },
	{ VMSA_TLBI_RVAAE1, true, true, false },
	{ VMSA_TLBI_RVAALE1, true, false, false },
	{ VMSA_TLBI_VMALLS12E1, true, true, true },
	{ VMSA_TLBI_ALLE1, true, true, true },
};

/* Operand and reach of an operation on addresses. */
static uint64_t reach(struct pair *p, enum vmsa_tlbi_op op, uint64_t va,
		      struct slow_tlbi *slow)
{
	unsigned scale = test_rand(&p->w.seed) % 3, g = p->w.granule;
	unsigned num = test_rand(&p->w.seed) % 32;
	uint64_t bytes = S(g), tg = g == 12 ? 1 : g == 14 ? 2 : 3;
	uint64_t operand = va >> 12 & 0xfffffffffff;

	if (vmsa_tlbi_is_range(op)) {
		operand = (va >> g & 0x1fffffffff) | (uint64_t)num << 39 |
			  (uint64_t)scale << 44 | tg << 46;
		bytes = (bytes * (num + 1)) << (5 * scale + 1);
	}
	slow->first = va >> g << g;
	slow->last = slow->first + (bytes - 1);
	if (slow->last < slow->first)
		slow->last = ~UINT64_C(0);
	return operand;
}

static void check_tlbi(struct pair *p)
{
	const struct tlbi_row *r = &tlbis[test_rand(&p->w.seed) % COUNT(tlbis)];
	struct vmsa_tlb_access a = random_access(&p->w);
	struct vmsa_tlb_issuer by = { .vmid = a.vmid, .pe = a.pe };
	struct vmsa_tlbi op = { .op = r->op };
	struct slow_tlbi slow = { .last = ~UINT64_C(0),
				  .asid = r->any_asid ? SLOW_ALL : a.asid,
				  .vmid = a.vmid,
				  .pe = a.pe,
				  .globals = r->op != VMSA_TLBI_ASIDE1,
				  .tables = r->tables };

	if (r->op == VMSA_TLBI_ALLE1)
		slow.vmid = SLOW_ALL;
	if (test_rand(&p->w.seed) % 2) {
		op.scope = VMSA_TLBI_IS;
		slow.pe = SLOW_ALL;
	}
	if (!r->all)
		op.operand = reach(p, r->op, a.va, &slow);
	op.operand |= (uint64_t)a.asid << 48;
	slow_entries_tlbi(&p->slow, &slow);
	assert_int_equal(vmsa_tlb_invalidate_by(p->tlb, &op, &by), 0);
}

static void step(struct pair *p)
{
	unsigned what = test_rand(&p->w.seed) % 512;
	struct vmsa_tlb_stats got;

	if (what == 0)
		p->w.version++;
	else if (what < 16)
		check_tlbi(p);
	else if (what < 64)
		check_many(p);
	else
		check_access(p, random_access(&p->w));
	vmsa_tlb_stats(p->tlb, &got);
	assert_memory_equal(&got, &p->slow.stats, sizeof(got));
	assert_false(p->w.table_wrong);
}

/* --- configurations ------------------------------------------------------ */

#define COSTS .walk_cycles = 3, .line_hit_cycles = 5, .line_miss_cycles = 7

static const struct row {
	const char *name;
	struct vmsa_tlb_config config;
	bool contexts;
	struct vmsa_tlb_array l1d, l1i, l2;
} rows[] = {
	{ .name = "an L1 of small pages, an L2 of blocks",
	  .config = { .granule_shift = 12, COSTS },
	  .l1d = { 6, 6, .holds = S(12) | S(16) },
	  .l1i = { 4, 2, .holds = S(12), .contiguous = true },
	  .l2 = { 24, 3, .contiguous = true } },
	{ .name = "1G in pieces, and refused",
	  .config = { .granule_shift = 12, COSTS },
	  .l1d = { 8, 8, .holds = S(12) | S(21), .refuses = S(30) },
	  .l1i = { 8, 4, .refuses = S(21) | S(25) },
	  .l2 = { 16, 4, .holds = S(12) | S(16) | S(29), .contiguous = true } },
	{ .name = "the L2 refuses what the L1 keeps",
	  .config = { .granule_shift = 16, COSTS },
	  .l1d = { 8, 8, .contiguous = true },
	  .l1i = { 8, 8, .holds = S(16) | S(21) | S(34), .contiguous = true },
	  .l2 = { 16, 4, .refuses = S(16) | S(29) } },
	{ .name = "pieces smaller than the granule",
	  .config = { .granule_shift = 16, COSTS },
	  .l1d = { 8, 8, .holds = S(12) | S(14) },
	  .l1i = { 8, 2, .holds = S(13) },
	  .l2 = { 16, 4, .holds = S(14) | S(16) | S(27) } },
	{ .name = "pages aggregated alike",
	  .config = { .granule_shift = 12, COSTS },
	  .l1d = { 5, 5, .aggregate = 2 },
	  .l1i = { 8, 2, .aggregate = 2 },
	  .l2 = { 24, 3, .aggregate = 2 } },
	{ .name = "larger groups in the L2",
	  .config = { .granule_shift = 14, COSTS },
	  .l1d = { 6, 6, .aggregate = 1 },
	  .l1i = { 4, 4 },
	  .l2 = { 24, 3, .aggregate = 3, .contiguous = true } },
	{ .name = "larger groups in the L1, blocks as pages",
	  .config = { .granule_shift = 12, COSTS },
	  .l1d = { 6, 6, .aggregate = 3, .holds = S(12) },
	  .l1i = { 6, 6, .aggregate = 3, .contiguous = true },
	  .l2 = { 24, 3, .aggregate = 1, .contiguous = true } },
	{ .name = "the contiguous hint in the L2 alone, 64K",
	  .config = { .granule_shift = 16, COSTS },
	  .l1d = { 6, 6, .aggregate = 2 },
	  .l1i = { 6, 6, .contiguous = true, .aggregate = 1 },
	  .l2 = { 24, 3, .contiguous = true } },
	{ .name = "pieces as large as an aggregated entry",
	  .config = { .granule_shift = 12, COSTS },
	  .l1d = { 6, 6, .aggregate = 2 },
	  .l1i = { 6, 6, .aggregate = 1 },
	  .l2 = { 24, 3, .holds = S(12) | S(14) } },
	{ .name = "contexts, plain",
	  .contexts = true,
	  .config = { .granule_shift = 12, COSTS },
	  .l1d = { 12, 12 },
	  .l1i = { 8, 2 },
	  .l2 = { 48, 3 } },
	{ .name = "contexts, aggregated, in pieces",
	  .contexts = true,
	  .config = { .granule_shift = 12, COSTS },
	  .l1d = { 12, 12, .aggregate = 2, .holds = S(12) | S(20) },
	  .l1i = { 8, 2, .contiguous = true },
	  .l2 = { 48, 3, .aggregate = 3 } },
	{ .name = "no L1, no L2i",
	  .config = { .granule_shift = 12, COSTS },
	  .l2 = { 16, 4, .aggregate = 2, .holds = S(12) | S(21) } },
	{ .name = "no L2",
	  .config = { .granule_shift = 14, COSTS },
	  .l1d = { 16, 4, .aggregate = 1, .contiguous = true },
	  .l1i = { 16, 16, .refuses = S(25) } },
};

static const char *const conflict_names[] = { "smallest", "either", "abort",
					      "amalgam" };

static void open_pair(struct pair *p, const struct row *r, int conflict,
		      const struct vmsa_tlb_run *run)
{
	struct vmsa_tlb_walker walker = { .walk = world_walk, .arg = &p->w };
	struct vmsa_tlb_config c = r->config;

	c.l1d = r->l1d;
	c.l1i = r->l1i;
	c.l2 = r->l2;
	c.walk_cache = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(6, 3);
	c.lines = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(8, 2);
	c.conflict = (enum vmsa_tlb_conflict)conflict;
	c.seed = 42;
	p->w = (struct world){ .seed = 88172645463325252ull,
			       .granule = c.granule_shift,
			       .contexts = r->contexts };
	slow_entries_init(&p->slow, &c, &walker);
	assert_int_equal(vmsa_tlb_create(&c, &walker, &p->tlb), 0);
	if (run)
		p->tlb->run = run;
}

static uint64_t all_conflicts(const struct slow_entries *t)
{
	uint64_t n = 0;

	for (int i = 0; i < VMSA_TLB_NR_REGIONS; i++)
		n += t->stats.of[i][0].conflicts + t->stats.of[i][1].conflicts;
	return n;
}

static void close_pair(struct pair *p)
{
	vmsa_tlb_destroy(p->tlb);
	slow_entries_fini(&p->slow);
}

static void run_rows(int conflict, const struct vmsa_tlb_run *run)
{
	struct pair p;

	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		print_message("%s, %s\n", r->name, conflict_names[conflict]);
		open_pair(&p, r, conflict, run);
		for (int i = 0; i < STEPS; i++)
			step(&p);
		/* The streams are made so that entries overlap. */
		assert_true((conflict == VMSA_TLB_SMALLEST) ==
			    (all_conflicts(&p.slow) == 0));
		close_pair(&p);
	}
}

static void answers_equal_the_slow_model(void **state)
{
	(void)state;
	for (int c = 0; c < VMSA_TLB_NR_CONFLICTS; c++)
		run_rows(c, NULL);
}

static void portable_code_answers_the_same(void **state)
{
	(void)state;
	run_rows(VMSA_TLB_SMALLEST, &vmsa_tlb_run_portable);
	run_rows(VMSA_TLB_EITHER, &vmsa_tlb_run_portable);
}

/* One that begins with ASIDs for contexts and meets a VMID later. */
static void plain_tlbs_learn_contexts_as_they_come(void **state)
{
	const struct row r = { .config = { .granule_shift = 12 },
			       .l1d = { 12, 12, .contiguous = true },
			       .l1i = { 8, 2, .contiguous = true },
			       .l2 = { 64, 4, .contiguous = true } };
	struct pair p;

	(void)state;
	for (int conflict = 0; conflict < 2; conflict++) {
		open_pair(&p, &r, conflict, NULL);
		for (int i = 0; i < STEPS; i++) {
			if (i == STEPS / 2)
				p.w.contexts = true;
			step(&p);
		}
		close_pair(&p);
	}
}

/* The streams of bench/, which other simulators ran as well. */
static void long_streams_count_the_same(void **state)
{
	const size_t n = 150000;
	uint64_t *va = malloc(TLB_STREAM_LENGTH * sizeof(*va));
	struct vmsa_tlb_access a = { .region = VMSA_TLB_LINEAR };
	struct vmsa_tlb_stats got;
	struct pair p;

	(void)state;
	assert_non_null(va);
	for (int kind = 0; kind < TLB_STREAM_COUNT; kind++) {
		tlb_stream_fill((enum tlb_stream)kind, va, TLB_STREAM_LENGTH);
		for (size_t row = 4; row < 6; row++) {
			open_pair(&p, &rows[row], VMSA_TLB_SMALLEST, NULL);
			for (size_t i = 0; i < n; i++) {
				a.va = va[i];
				slow_entries_access(&p.slow, &a);
			}
			assert_int_equal(vmsa_tlb_access_many(p.tlb, &a, va, n),
					 0);
			vmsa_tlb_stats(p.tlb, &got);
			assert_memory_equal(&got, &p.slow.stats, sizeof(got));
			close_pair(&p);
		}
	}
	free(va);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_equal_the_slow_model),
		cmocka_unit_test(portable_code_answers_the_same),
		cmocka_unit_test(plain_tlbs_learn_contexts_as_they_come),
		cmocka_unit_test(long_streams_count_the_same),
	};

	return cmocka_run_group_tests_name("tlb_entries_oracle", tests, NULL,
					   NULL);
}
