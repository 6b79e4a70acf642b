/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_run_test.c - changes of many descriptors, at once or one by one
 *
 * Two spaces live through the same random changes.  In one the checker hears
 * of runs; in the other somebody beside it takes single stores only, so that
 * it does as well.  It has to say the same of both.
 */
#include "table/tables.h"
#include "vmsa/bbm/check.h"

#define PAGES 512
#define TOLD  4096

/* Of the upper half of 39 bits. */
#define BASE UINT64_C(0xffffff8000000000)

/* A finding without the numbers of its events. */
struct said {
	int rule, verdict, why;
	uint64_t first, at, old, desc;
};

struct watched {
	struct fixture f;
	struct vmsa_table t;
	struct vmsa_checker *checker;
	struct said said[TOLD];
	unsigned n;
};

static void note(void *arg, const struct vmsa_check_finding *f)
{
	struct watched *w = arg;

	assert_true(w->n < TOLD);
	w->said[w->n++] = (struct said){
		.rule = (int)f->rule,
		.verdict = (int)f->verdict,
		.why = f->cause.event ? (int)f->why : -1,
		.first = f->first,
		.at = f->at,
		.old = f->old,
		.desc = f->desc,
	};
}

static void ignore(void *arg, const struct vmsa_event *event)
{
	(void)arg;
	(void)event;
}

static void watch(struct watched *w, unsigned bbm, bool singly)
{
	const struct vmsa_checker_config config = {
		.bbm = bbm, .pes = 4, .fn = note, .arg = w
	};

	fixture_open(&w->f, 12, 39, VMSA_FORMAT_48);
	put_desc(w->f.space, BASE, 3, 0x40000703);
	vmsa_table_root(w->f.space, &w->t);
	while (w->t.level < 3) {
		const struct vmsa_table up = w->t;

		assert_int_equal(vmsa_table_child(w->f.space, up.level,
						  vmsa_table_get(&up, 0),
						  &w->t),
				 0);
	}
	for (unsigned i = 0; i < PAGES; i++)
		vmsa_table_set(w->f.space, &w->t, i, BASE + ((vmsa_va)i << 12),
			       0x40000703 + ((uint64_t)i << 12));
	assert_int_equal(vmsa_checker_create(&config, &w->checker), 0);
	assert_int_equal(vmsa_checker_watch(w->checker, w->f.space, NULL), 0);
	if (singly)
		assert_int_equal(vmsa_space_observe(w->f.space, ignore, NULL),
				 0);
	w->n = 0;
}

/* Permissions, type, Access flag, validity; one that moves it; none. */
static struct vmsa_change pick(uint64_t r)
{
	static const struct vmsa_change changes[] = {
		{ 0, 0x80 },       { 0x80, 0 },       { 0, 0x800 },
		{ 0x800, 0 },      { 0x1c, 0x4 },     { 0x1c, 0 },
		{ 0x400, 0 },      { 0, 0x400 },      { 1, 0 },
		{ 0, 1 },          { 0, 0x10000000 }, { 0x10000000, 0 },
		{ 0, 1ull << 52 }, { 1ull << 52, 0 },
	};

	return changes[r % COUNT(changes)];
}

static void flush(struct vmsa_space *s)
{
	vmsa_space_barrier(s, VMSA_DSB_ISHST);
	vmsa_space_tlbi(s, (struct vmsa_tlbi){ .op = VMSA_TLBI_VMALLE1,
					       .scope = VMSA_TLBI_IS });
	vmsa_space_barrier(s, VMSA_DSB_ISH);
	vmsa_space_barrier(s, VMSA_ISB);
}

static void step(struct watched *w, uint64_t r)
{
	struct vmsa_table_run run = {
		.index = (unsigned)(r >> 8) % PAGES,
		.count = 1 + (unsigned)(r >> 20) % 64,
	};

	if (r >> 60 < 4) {
		run.index &= ~15u;
		run.count = (run.count + 15) & ~15u;
	}
	if (run.count > PAGES - run.index)
		run.count = PAGES - run.index;
	run.va = BASE + ((vmsa_va)run.index << 12);
	vmsa_space_begin(w->f.space, "step");
	vmsa_table_change_run(w->f.space, &w->t, run, pick(r >> 40));
	if (r & 1)
		flush(w->f.space);
	vmsa_space_end(w->f.space, "step");
}

/*
 * Pages where nothing is: singly by @singly, or as many at a time as there are.
 * Outputs follow each other, in @r's half of memory; the Contiguous bit, the
 * memory type and permissions are the run's.
 */
static void make(struct watched *w, uint64_t r, bool singly)
{
	const vmsa_desc bits = 0x703 | (r >> 40 & 7 ? VMSA_BIT(52) : 0) |
			       (r >> 43 & 7 ? 0 : 4) | (r >> 46 & 3 ? 0 : 0x80);
	const uint64_t pa = r >> 48 & 7 ? 0x40000000 : 0x80000000;
	const unsigned first = (unsigned)(r >> 8) % PAGES;
	unsigned n = 1 + (unsigned)(r >> 20) % 64;

	if (n > PAGES - first)
		n = PAGES - first;
	vmsa_space_begin(w->f.space, "step");
	for (unsigned i = first, run; i < first + n; i += run) {
		const vmsa_va va = (vmsa_va)i << 12;

		run = 0;
		while (i + run < first + n && !vmsa_table_get(&w->t, i + run))
			run++;
		if (!run) {
			run = 1;
			continue;
		}
		if (singly)
			run = 1;
		vmsa_table_set_run(w->f.space, &w->t, i, run, BASE + va,
				   bits | (pa + va), 0x1000);
	}
	flush(w->f.space);
	vmsa_space_end(w->f.space, "step");
}

/* What both have said and counted so far. */
static void compare(struct watched *a, struct watched *b)
{
	struct vmsa_checker_stats s, t;

	vmsa_checker_stats(a->checker, &s);
	vmsa_checker_stats(b->checker, &t);
	assert_memory_equal(s.findings, t.findings, sizeof(s.findings));
	assert_memory_equal(s.verdicts, t.verdicts, sizeof(s.verdicts));
	assert_int_equal(!s.held, !t.held);
	assert_int_equal(a->n, b->n);
	for (unsigned i = 0; i < a->n; i++)
		assert_memory_equal(&a->said[i], &b->said[i],
				    sizeof(a->said[i]));
}

static void drop(struct watched *w)
{
	vmsa_checker_destroy(w->checker);
	fixture_close(&w->f);
}

static void runs_and_single_stores_are_judged_alike(void **state)
{
	static struct watched a, b;
	uint64_t seed = 7, fewer = 0, all = 0, found = 0;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		struct vmsa_checker_stats s, t;

		watch(&a, round % 4, false);
		watch(&b, round % 4, true);
		for (unsigned i = 0; i < 6; i++) {
			const uint64_t r = test_rand(&seed);

			step(&a, r);
			step(&b, r);
			compare(&a, &b);
		}
		vmsa_checker_stats(a.checker, &s);
		vmsa_checker_stats(b.checker, &t);
		fewer += s.events;
		all += t.events;
		found += a.n;
		drop(&a);
		drop(&b);
	}
	/* Both ways were taken, and there was something to find. */
	assert_true(2 * fewer < all);
	assert_true(found > 1000);
}

/* From nothing, so that groups are made in pieces that do or do not agree. */
static void runs_and_single_stores_make_groups_alike(void **state)
{
	static struct watched a, b;
	uint64_t seed = 11, fewer = 0, all = 0, found = 0;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct vmsa_checker_stats s, t;

		watch(&a, round % 4, false);
		watch(&b, round % 4, false);
		for (unsigned i = 0; i < PAGES; i++) {
			vmsa_table_set(a.f.space, &a.t, i,
				       BASE + ((vmsa_va)i << 12), 0);
			vmsa_table_set(b.f.space, &b.t, i,
				       BASE + ((vmsa_va)i << 12), 0);
		}
		flush(a.f.space);
		flush(b.f.space);
		for (unsigned i = 0; i < 12; i++) {
			const uint64_t r = test_rand(&seed);

			make(&a, r, false);
			make(&b, r, true);
			compare(&a, &b);
		}
		vmsa_checker_stats(a.checker, &s);
		vmsa_checker_stats(b.checker, &t);
		fewer += s.events - PAGES;
		all += t.events - PAGES;
		found += a.n;
		drop(&a);
		drop(&b);
	}
	assert_true(3 * fewer < all);
	assert_true(found > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_and_single_stores_are_judged_alike),
		cmocka_unit_test(runs_and_single_stores_make_groups_alike),
	};

	return cmocka_run_group_tests_name("check_run", tests, NULL, NULL);
}
