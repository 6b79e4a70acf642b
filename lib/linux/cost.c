/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cost.c - what a step cost, and what it left
 *
 * A cost is a difference of counters that only grow, taken before and after.
 * Nothing is measured: the numbers are those of the simulated kernel and the
 * same on every host.
 */
#include "linux/linux.h"

#include <string.h>

/* All counters as they are now. */
static void snapshot(const struct vmsa_linux *l, struct vmsa_linux_cost *cost)
{
	struct vmsa_memory_stats stats;

	vmsa_space_counters(l->space, &cost->did);
	vmsa_memory_stats(l->memory, &stats);
	memcpy(cost->tables, stats.live, sizeof(cost->tables));
	cost->pages_flushed = l->pages_flushed;
	cost->full_flushes = l->full_flushes;
	cost->warnings = l->warnings;
}

/* Every member of a cost is a count, so that it is an array of them. */
#define COUNTS (sizeof(struct vmsa_linux_cost) / sizeof(uint64_t))

_Static_assert(sizeof(struct vmsa_linux_cost) ==
		       sizeof(uint64_t) * (4 + VMSA_NR_BARRIERS +
					   VMSA_NR_TLBI_OPS + VMSA_LEVELS + 3),
	       "a cost holds counts only");

void vmsa_linux_cost_start(const struct vmsa_linux *sys,
			   struct vmsa_linux_cost *cost)
{
	snapshot(sys, cost);
}

/*
 * Tables are counted as they live, so that difference may be negative and
 * wraps; sums come out right all the same.
 */
void vmsa_linux_cost_stop(const struct vmsa_linux *sys,
			  struct vmsa_linux_cost *cost)
{
	struct vmsa_linux_cost now;
	uint64_t before[COUNTS], after[COUNTS];

	snapshot(sys, &now);
	memcpy(before, cost, sizeof(before));
	memcpy(after, &now, sizeof(after));
	for (size_t i = 0; i < COUNTS; i++)
		after[i] -= before[i];
	memcpy(cost, after, sizeof(after));
}

void vmsa_linux_cost_add(struct vmsa_linux_cost *sum,
			 const struct vmsa_linux_cost *step)
{
	uint64_t a[COUNTS], b[COUNTS];

	memcpy(a, sum, sizeof(a));
	memcpy(b, step, sizeof(b));
	for (size_t i = 0; i < COUNTS; i++)
		a[i] += b[i];
	memcpy(sum, a, sizeof(a));
}

uint64_t vmsa_linux_cost_tlbi(const struct vmsa_linux_cost *cost)
{
	uint64_t n = 0;

	for (int op = 0; op < VMSA_NR_TLBI_OPS; op++)
		n += cost->did.tlbi[op];
	return n;
}

uint64_t vmsa_linux_cost_barriers(const struct vmsa_linux_cost *cost)
{
	uint64_t n = 0;

	for (int b = 0; b < VMSA_NR_BARRIERS; b++)
		n += cost->did.barriers[b];
	return n;
}

/* Count a run of entries; a table descriptor counts for the level below. */
static int count_entry(void *arg, const struct vmsa_entry *e)
{
	struct vmsa_linux_state *s = arg;
	const unsigned slot = VMSA_LEVEL_SLOT(e->level);

	if (e->type == VMSA_DESC_TYPE_TABLE) {
		s->tables[slot + 1]++;
		return 0;
	}
	s->bytes[slot] += e->count * e->span;
	if (e->type == VMSA_DESC_TYPE_INVALID)
		s->invalid[slot] += e->count;
	else if (e->desc & VMSA_LEAF_CONTIGUOUS)
		s->cont[slot] += e->count;
	else
		s->plain[slot] += e->count;
	return 0;
}

int vmsa_linux_look(const struct vmsa_linux *sys, struct vmsa_linux_state *out)
{
	struct vmsa_linux_state s = { 0 };
	const int ret = vmsa_visit(sys->space, sys->layout.linear_start,
				   sys->layout.page_end - 1, VMSA_VISIT_TABLES,
				   count_entry, &s);

	if (!ret)
		*out = s;
	return ret;
}
