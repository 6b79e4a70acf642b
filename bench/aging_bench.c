/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aging_bench.c - does an operation on the linear map get slower with time?
 *
 *   aging/mixed  operations on a map of 256 GiB that has lived through ten
 *                million of them, against the same on one that is young
 *
 * An operation hides a run of 1 to 16 pages somewhere, set_memory_valid() with
 * its splits and its flush, or shows the run hidden longest ago and folds what
 * has come to agree.  Once as many runs are hidden as will ever be, the map is
 * as rotten as it gets, and that is where both sides are: cal since just now,
 * ours since ten million operations.  What gets slower in between is free
 * lists, accounts, and where tables lie.
 */
#include <stdlib.h>

#include "linux_bench.h"

#define LIVE   16384u             /* runs hidden at a time */
#define YOUNG  (4 * LIVE)         /* operations until a map counts as young */
#define OLD    UINT64_C(10000000) /* and until it is old */
#define OPS    200000u            /* timed in one run */
#define SLOTS  (BENCH_LINUX_SIZE / BENCH_PAGE / 16) /* places of a run */
#define TABLES ((2 * LIVE + 1024) * UINT64_C(4096)) /* room for them, bytes */

/* One map and what is hidden in it. */
struct life {
	struct bench_linux b;
	uint64_t seed;
	uint64_t ops;        /* so far */
	uint32_t slot[LIVE]; /* a ring: where the hidden runs are */
	uint8_t pages[LIVE]; /* and how long */
	unsigned first, n;   /* of the ring */
	uint8_t *taken;      /* a bit a slot */
};

struct aging {
	struct life of[2]; /* by enum bench_side */
};

static void close_aging(void *arg)
{
	struct aging *a = arg;

	for (int i = 0; i < 2; i++) {
		bench_linux_close(&a->of[i].b);
		free(a->of[i].taken);
	}
	free(a);
}

static vmsa_va run_va(const struct life *f, uint32_t slot)
{
	return bench_linux_ram(&f->b).va + slot * 16 * BENCH_PAGE;
}

static bool is_taken(const struct life *f, uint32_t slot)
{
	return f->taken[slot / 8] >> slot % 8 & 1;
}

/* Not in the first GiB: the kernel is there. */
static uint32_t free_slot(struct life *f)
{
	const uint32_t kernel = (1u << 30) / (16 * 4096);
	uint32_t slot;

	do {
		slot = kernel +
		       (uint32_t)(bench_rand(&f->seed) % (SLOTS - kernel));
	} while (is_taken(f, slot));
	return slot;
}

static uint64_t hide(struct life *f)
{
	const unsigned at = (f->first + f->n++) % LIVE;
	const uint32_t slot = free_slot(f);

	f->slot[at] = slot;
	f->pages[at] = (uint8_t)(1 + bench_rand(&f->seed) % 16);
	f->taken[slot / 8] |= (uint8_t)(1 << slot % 8);
	return vmsa_linux_set_valid(f->b.l, run_va(f, slot), f->pages[at],
				    false) != 0;
}

static uint64_t show(struct life *f)
{
	const struct vmsa_collapse_config config = VMSA_COLLAPSE_CONFIG_DEFAULT;
	const unsigned at = f->first;
	const uint32_t slot = f->slot[at];
	const vmsa_va va = run_va(f, slot);
	const uint64_t pages = f->pages[at];

	f->first = (at + 1) % LIVE;
	f->n--;
	f->taken[slot / 8] &= (uint8_t) ~(1 << slot % 8);
	return (vmsa_linux_set_valid(f->b.l, va, pages, true) != 0) +
	       (vmsa_linux_collapse(f->b.l, va, va + pages * BENCH_PAGE,
				    &config, NULL) != 0);
}

/* Any mixture, as long as some runs are hidden and not too many. */
static uint64_t live(struct life *f, uint64_t ops)
{
	uint64_t wrong = 0;

	for (f->ops += ops; ops; ops--) {
		if (f->n == LIVE ||
		    (f->n > LIVE / 2 && bench_rand(&f->seed) & 1))
			wrong += show(f);
		else
			wrong += hide(f);
	}
	return wrong;
}

/* A map just booted, with as much hidden as will ever be. */
static bool grow_up(struct life *f)
{
	f->seed = 88172645463325252u;
	f->first = f->n = 0;
	f->ops = 0;
	for (uint64_t i = 0; i < SLOTS / 8; i++)
		f->taken[i] = 0;
	if (!bench_linux_boot(&f->b, VMSA_MAPPING_LINUX, TABLES))
		return false;
	return !vmsa_linux_finalise_cpus(f->b.l) && !live(f, YOUNG);
}

static bool open_life(struct life *f)
{
	f->taken = calloc(SLOTS / 8, 1);
	return f->taken && bench_linux_open(&f->b) && grow_up(f);
}

static void *open_aging(void)
{
	struct aging *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	if (!open_life(&a->of[BENCH_OURS]) || !open_life(&a->of[BENCH_CAL]) ||
	    live(&a->of[BENCH_OURS], OLD - YOUNG)) {
		close_aging(a);
		return NULL;
	}
	return a;
}

/* The old map goes on living; the young one is made young again. */
static void prepare(void *arg, enum bench_side side)
{
	struct aging *a = arg;

	if (side == BENCH_CAL && !grow_up(&a->of[BENCH_CAL]))
		a->of[BENCH_CAL].ops = 0;
}

static uint64_t old(void *arg)
{
	struct aging *a = arg;

	return live(&a->of[BENCH_OURS], OPS);
}

static uint64_t young(void *arg)
{
	struct aging *a = arg;

	return !a->of[BENCH_CAL].ops + live(&a->of[BENCH_CAL], OPS);
}

/* As many pages are hidden as should be; the rest is where it was. */
static uint64_t check(void *arg)
{
	const struct aging *a = arg;
	const struct life *f = &a->of[BENCH_OURS];
	const struct vmsa_linux_map ram = bench_linux_ram(&f->b);
	struct bench_leaves s;
	uint64_t hidden = 0;

	for (unsigned i = 0; i < f->n; i++)
		hidden += f->pages[(f->first + i) % LIVE];
	return bench_linux_audit(&f->b, &ram, &s) + (s.invalid != hidden);
}

static const struct bench cases[] = {
	{ .name = "aging/mixed",
	  .unit = "ns",
	  .goal = 1.2,
	  .stretch = 1.0,
	  .ops = OPS,
	  .setup = open_aging,
	  .prepare = prepare,
	  .run = { old, young },
	  .check = check,
	  .teardown = close_aging },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
