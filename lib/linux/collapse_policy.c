/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collapse_policy.c - when to collapse: never, at once, batched, periodic
 */
#include "linux/linux.h"
#include "vmsa/linux/collapse.h"

#include <errno.h>
#include <stdlib.h>

struct vmsa_collapser {
	struct vmsa_linux *l;
	struct vmsa_collapser_config config;
	uint64_t calls;
	struct vmsa_collapse_stats stats;
	uint64_t next; /* PERIODIC: when it is due */
	unsigned nr_changed;
	struct vmsa_range changed[]; /* BATCHED: since the last batch */
};

static const char *const names[VMSA_NR_COLLAPSE_POLICIES] = {
	[VMSA_COLLAPSE_NEVER] = "never",
	[VMSA_COLLAPSE_AT_ONCE] = "at-once",
	[VMSA_COLLAPSE_BATCHED] = "batched",
	[VMSA_COLLAPSE_PERIODIC] = "periodic",
};

const char *vmsa_collapse_policy_name(enum vmsa_collapse_policy policy)
{
	return names[policy];
}

int vmsa_collapser_create(struct vmsa_linux *sys,
			  const struct vmsa_collapser_config *config,
			  struct vmsa_collapser **out)
{
	const bool batched = config->policy == VMSA_COLLAPSE_BATCHED;
	const size_t room = batched ? config->threshold : 0;
	struct vmsa_collapser *c;

	if ((unsigned)config->policy >= VMSA_NR_COLLAPSE_POLICIES ||
	    (batched && (!config->threshold ||
			 config->threshold > VMSA_COLLAPSE_MAX_BATCH)) ||
	    (config->policy == VMSA_COLLAPSE_PERIODIC && !config->period))
		return -EINVAL;
	c = calloc(1, sizeof(*c) + room * sizeof(c->changed[0]));
	if (!c)
		return -ENOMEM;
	c->l = sys;
	c->config = *config;
	c->next = config->period;
	*out = c;
	return 0;
}

void vmsa_collapser_destroy(struct vmsa_collapser *collapser)
{
	free(collapser);
}

static void add_stats(struct vmsa_collapse_stats *sum,
		      const struct vmsa_collapse_stats *one)
{
	sum->tables += one->tables;
	sum->flushes += one->flushes;
	for (int i = 0; i < VMSA_LEVELS; i++) {
		sum->groups[i] += one->groups[i];
		sum->blocks[i] += one->blocks[i];
	}
}

static int collapse(struct vmsa_collapser *c, vmsa_va start, vmsa_va end)
{
	struct vmsa_collapse_stats stats = { 0 };
	const int ret = vmsa_linux_collapse(c->l, start, end,
					    &c->config.collapse, &stats);

	c->calls++;
	add_stats(&c->stats, &stats);
	return ret;
}

static int by_start(const void *a, const void *b)
{
	const struct vmsa_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/*
 * Changes to one table are looked at once: those whose blocks touch become
 * one range.
 */
static int collapse_batch(struct vmsa_collapser *c)
{
	const uint64_t block =
		vmsa_level_span(vmsa_space_geometry(c->l->space), PMD_LEVEL);
	const struct vmsa_range *r = c->changed, *end = r + c->nr_changed;
	int ret = 0;

	qsort(c->changed, c->nr_changed, sizeof(*r), by_start);
	c->nr_changed = 0;
	while (r < end && !ret) {
		const vmsa_va start = r->start;
		vmsa_va stop = start + r->size;

		for (r++; r < end && r->start <= ((stop - 1) | (block - 1));
		     r++) {
			if (r->start + r->size > stop)
				stop = r->start + r->size;
		}
		ret = collapse(c, start, stop);
	}
	return ret;
}

int vmsa_collapser_changed(struct vmsa_collapser *collapser, vmsa_va va,
			   uint64_t size)
{
	struct vmsa_collapser *c = collapser;

	if (c->config.policy == VMSA_COLLAPSE_AT_ONCE)
		return collapse(c, va, va + size);
	if (c->config.policy != VMSA_COLLAPSE_BATCHED)
		return 0;
	c->changed[c->nr_changed++] = (struct vmsa_range){ va, size };
	return c->nr_changed == c->config.threshold ? collapse_batch(c) : 0;
}

int vmsa_collapser_tick(struct vmsa_collapser *collapser, uint64_t now)
{
	struct vmsa_collapser *c = collapser;

	if (c->config.policy != VMSA_COLLAPSE_PERIODIC || now < c->next)
		return 0;
	c->next = now + c->config.period;
	return collapse(c, c->l->layout.linear_start, c->l->layout.page_end);
}

void vmsa_collapser_stats(const struct vmsa_collapser *collapser,
			  uint64_t *calls, struct vmsa_collapse_stats *out)
{
	if (calls)
		*calls = collapser->calls;
	*out = collapser->stats;
}
