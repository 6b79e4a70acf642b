/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep_bench.c - one pass for all sizes, and two passes at a time
 *
 *   sweep/sequential, random, zipf, hot
 *                  stack distances of 8 Mi accesses over 1 Mi pages; cal is
 *                  the smallest loop for one TLB, see tlb_cal.h
 *   threads/stack  stack distances of two streams: on two threads against one
 *                  after the other, wall time
 *   threads/tlb    two configurations of TLBs over one stream, likewise
 *
 * The stack must miss as often as cal for 48 entries.  The cal of threads is
 * how much faster two loops are that touch no memory: 2 on a host with two
 * idle CPUs, less on one that has other work to do.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "tlb_cal.h"
#include "tlb_streams.h"
#include "vmsa/sweep/stack.h"
#include "vmsa/tlb.h"

#define MOST   65536
#define ROUNDS 5
#define SPINS  (UINT64_C(1) << 27)

/* --- stack distances ------------------------------------------------------ */

struct pass {
	uint64_t *va;
	uint64_t *keys; /* page numbers + 1 */
	uint64_t counts[MOST + 1];
	uint64_t l1_misses, l2_misses; /* of cal */
	uint64_t sink;
};

static const size_t stream_bytes = TLB_STREAM_LENGTH * sizeof(uint64_t);

static void close_pass(void *arg)
{
	struct pass *p = arg;

	bench_pages_free(p->va, stream_bytes);
	bench_pages_free(p->keys, stream_bytes);
	free(p);
}

static void *open_pass(enum tlb_stream kind)
{
	struct pass *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->va = bench_pages(stream_bytes);
	p->keys = bench_pages(stream_bytes);
	if (!p->va || !p->keys) {
		close_pass(p);
		return NULL;
	}
	tlb_stream_fill(kind, p->va, TLB_STREAM_LENGTH);
	for (size_t i = 0; i < TLB_STREAM_LENGTH; i++)
		p->keys[i] = (p->va[i] >> 12) + 1;
	return p;
}

static void *sequential(void)
{
	return open_pass(TLB_STREAM_SEQUENTIAL);
}

static void *uniform(void)
{
	return open_pass(TLB_STREAM_RANDOM);
}

static void *zipf(void)
{
	return open_pass(TLB_STREAM_ZIPF);
}

static void *hot(void)
{
	return open_pass(TLB_STREAM_HOT);
}

/* An empty stack each time: its growth is part of the work. */
static uint64_t pass(void *arg)
{
	struct pass *p = arg;
	struct vmsa_stack *stack;
	int err = vmsa_stack_create(&stack);

	if (err)
		return 1;
	memset(p->counts, 0, sizeof(p->counts));
	err = vmsa_stack_use_many(stack, p->keys, TLB_STREAM_LENGTH, p->counts,
				  MOST);
	vmsa_stack_destroy(stack);
	return err != 0;
}

static uint64_t cal(void *arg)
{
	struct pass *p = arg;

	p->sink += tlb_cal_run(p->va, TLB_STREAM_LENGTH, &p->l1_misses,
			       &p->l2_misses);
	return 0;
}

static uint64_t check(void *arg)
{
	const struct pass *p = arg;
	uint64_t misses = p->counts[0];

	for (size_t d = 49; d <= MOST; d++)
		misses += p->counts[d];
	return misses != p->l1_misses;
}

/* --- threads -------------------------------------------------------------- */

/* Two pieces of work, each with what it needs. */
struct pair {
	void *(*work)(void *arg); /* returns NULL if it went well */
	void *arg[2];
	void (*free)(void *arg);
};

static double wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of both, one after the other or side by side; negative on failure. */
static double time_pair(const struct pair *p, bool beside)
{
	const double start = wall();
	void *bad[2] = { NULL, NULL };
	pthread_t other;

	if (beside && pthread_create(&other, NULL, p->work, p->arg[1]))
		return -1;
	bad[0] = p->work(p->arg[0]);
	if (beside)
		pthread_join(other, &bad[1]);
	else
		bad[1] = p->work(p->arg[1]);
	return bad[0] || bad[1] ? -1 : wall() - start;
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of how much faster two threads are. */
static double median_gain(const struct pair *p)
{
	double v[ROUNDS];

	time_pair(p, false);
	for (int i = 0; i < ROUNDS; i++) {
		const double after = time_pair(p, false);
		const double beside = time_pair(p, true);

		if (after < 0 || beside < 0)
			return 0;
		v[i] = after / beside;
	}
	qsort(v, ROUNDS, sizeof(v[0]), ascending);
	return v[ROUNDS / 2];
}

/* Registers only; about as long as the others take. */
static void *spin(void *arg)
{
	uint64_t seed = 88172645463325252u;

	for (uint64_t i = 0; i < SPINS; i++)
		bench_rand(&seed);
	return seed ? NULL : arg;
}

static double gain(void *arg, enum bench_side side)
{
	const struct pair idle = { .work = spin };

	return median_gain(side == BENCH_CAL ? &idle : arg);
}

static void close_pair(void *arg)
{
	struct pair *p = arg;

	for (int i = 0; i < 2; i++)
		if (p->arg[i])
			p->free(p->arg[i]);
	free(p);
}

static void *make_pair(void *(*work)(void *), void (*free_arg)(void *),
		       void *first, void *second)
{
	struct pair *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct pair){ work, { first, second }, free_arg };
	if (first && second)
		return p;
	close_pair(p);
	return NULL;
}

static void *stack_work(void *arg)
{
	return pass(arg) ? arg : NULL;
}

static void *two_stacks(void)
{
	return make_pair(stack_work, close_pass, zipf(), zipf());
}

/* --- TLBs ----------------------------------------------------------------- */

struct tlb_run {
	struct vmsa_tlb_config config;
	uint64_t *va;
};

static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	(void)arg;
	if (w->from_root)
		w->first = 0;
	w->last = 3;
	for (int level = w->first; level <= 3; level++)
		w->at[VMSA_LEVEL_SLOT(level)] = (uint64_t)(level + 1) << 44 |
						w->va >> (12 + 9 * (3 - level))
								 << 3;
	w->fault = false;
	w->global = true;
	w->shift = w->contiguous_shift = 12;
	w->pa = w->va;
	return 0;
}

static void *tlb_work(void *arg)
{
	const struct vmsa_tlb_walker walker = { .walk = walk };
	const struct vmsa_tlb_access like = { .region = VMSA_TLB_LINEAR };
	const struct tlb_run *r = arg;
	struct vmsa_tlb *tlb;
	int err = vmsa_tlb_create(&r->config, &walker, &tlb);

	if (err)
		return arg;
	err = vmsa_tlb_access_many(tlb, &like, r->va, TLB_STREAM_LENGTH);
	vmsa_tlb_destroy(tlb);
	return err ? arg : NULL;
}

static void close_tlb_run(void *arg)
{
	struct tlb_run *r = arg;

	bench_pages_free(r->va, stream_bytes);
	free(r);
}

static void *open_tlb_run(uint32_t l1, uint32_t l2)
{
	const struct vmsa_tlb_config config = VMSA_TLB_CONFIG_DEFAULT;
	struct tlb_run *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->config = config;
	r->config.l1d.entries = r->config.l1d.ways = l1;
	r->config.l2.entries = l2;
	r->va = bench_pages(stream_bytes);
	if (!r->va) {
		close_tlb_run(r);
		return NULL;
	}
	tlb_stream_fill(TLB_STREAM_ZIPF, r->va, TLB_STREAM_LENGTH);
	return r;
}

static void *two_tlbs(void)
{
	return make_pair(tlb_work, close_tlb_run, open_tlb_run(48, 1280),
			 open_tlb_run(32, 2560));
}

#define PASS(NAME, OPEN)                                                       \
	{                                                                      \
		.name = "sweep/" NAME, .unit = "M/s", .better = BENCH_HIGHER,  \
		.goal = 5, .stretch = 20, .judge = BENCH_VALUE,                \
		.ops = TLB_STREAM_LENGTH, .setup = OPEN, .run = { pass, cal }, \
		.check = check, .teardown = close_pass                         \
	}

#define THREADS(NAME, OPEN)                                                   \
	{                                                                     \
		.name = "threads/" NAME, .unit = "x", .better = BENCH_HIGHER, \
		.goal = 1.7, .stretch = 1.95, .judge = BENCH_VALUE,           \
		.setup = OPEN, .value = gain, .teardown = close_pair          \
	}

static const struct bench cases[] = {
	PASS("sequential", sequential),
	PASS("random", uniform),
	PASS("zipf", zipf),
	PASS("hot", hot),
	THREADS("stack", two_stacks),
	THREADS("tlb", two_tlbs),
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
