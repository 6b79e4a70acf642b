/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_bench.c - how long it takes to prove a split right
 *
 *   explore/1g/time    one page cut out of a 1 GiB block by Linux 7.3, with the
 *                      change of its permissions and the flush: over 1024
 *                      descriptors filled, two links, every address and point
 *                      explored for the PE that edits and for all others, at
 *                      level 3.  What one other PE sees does not depend on how
 *                      many there are, so this is three PEs and any number
 *   explore/1g/memory  the most memory that a process has at a time that does
 *                      nothing else
 *
 * cal of the time is a walk of each address explored; of the memory, the same
 * process without the exploration.  A run is right if no bound was hit, nothing
 * is broken at level 3, and the same program is at level 0.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_bench.h"
#include "vmsa/bbm.h"

#define GIB (UINT64_C(1) << 30)

/* 512 entries of either table; the first page is where its 2 MiB are. */
#define PROBES 1023u

struct explore {
	struct bench_linux b;
	struct vmsa_program *program;
	vmsa_va *probes;
	size_t nr_probes;
};

static void close_explore(void *arg)
{
	struct explore *v = arg;

	vmsa_program_destroy(v->program);
	bench_linux_close(&v->b);
	free(v->probes);
	free(v);
}

/* A page in the middle of a block becomes read-only. */
static bool record(struct explore *v)
{
	struct vmsa_space *space = vmsa_linux_space(v->b.l);
	const vmsa_va va = bench_linux_ram(&v->b).va + 5 * GIB + 259 * 4096;

	return !vmsa_program_record(space, &v->program) &&
	       !vmsa_linux_split(v->b.l, va, va + BENCH_PAGE) &&
	       !vmsa_linux_change_range(v->b.l, va, BENCH_PAGE, VMSA_LEAF_AP2,
					VMSA_LEAF_DBM) &&
	       !vmsa_program_stop(v->program);
}

static void *open_explore(void)
{
	struct explore *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	if (!bench_linux_open(&v->b) ||
	    !bench_linux_boot(&v->b, VMSA_MAPPING_LINUX, 0) || !record(v) ||
	    vmsa_program_probes(v->program, &v->probes, &v->nr_probes)) {
		close_explore(v);
		return NULL;
	}
	return v;
}

static uint64_t explore_at(const struct explore *v, unsigned bbm,
			   bool is_broken)
{
	const struct vmsa_explore_options options = {
		.bbm = bbm,
		.observers = VMSA_OBSERVER_OTHER | VMSA_OBSERVER_SELF,
	};
	struct vmsa_explore_result r;

	if (vmsa_explore(v->program, &options, &r))
		return 1;
	return (r.bound != NULL) + (!r.broken == is_broken) +
	       (r.probes != PROBES);
}

static uint64_t explore(void *arg)
{
	return explore_at(arg, 3, false);
}

static uint64_t check(void *arg)
{
	return explore_at(arg, 0, true);
}

static uint64_t walk(void *arg)
{
	const struct explore *v = arg;
	uint64_t wrong = 0;
	vmsa_pa pa;

	for (size_t i = 0; i < v->nr_probes; i++) {
		struct vmsa_translation t;

		wrong += vmsa_translate(vmsa_linux_space(v->b.l), v->probes[i],
					&t) != 0;
		pa = t.pa;
		__asm__ volatile("" : : "r"(pa));
	}
	return wrong;
}

/* MiB that a child of this process has at most; it works from nothing. */
static double memory(void *arg, enum bench_side side)
{
	struct rusage usage;
	int status;
	const pid_t child = fork();

	(void)arg;
	if (!child) {
		struct explore *v = open_explore();

		_exit(!v || (side == BENCH_OURS && explore(v)));
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status)
		return 1e9;
	return (double)usage.ru_maxrss / 1024;
}

static void *open_nothing(void)
{
	return calloc(1, 1);
}

static const struct bench cases[] = {
	{ .name = "explore/1g/memory",
	  .unit = "MiB",
	  .judge = BENCH_VALUE,
	  .goal = 256,
	  .setup = open_nothing,
	  .value = memory,
	  .teardown = free },
	{ .name = "explore/1g/time",
	  .unit = "ms",
	  .judge = BENCH_VALUE,
	  .goal = 1000,
	  .ops = 1,
	  .setup = open_explore,
	  .run = { explore, walk },
	  .check = check,
	  .teardown = close_explore },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
