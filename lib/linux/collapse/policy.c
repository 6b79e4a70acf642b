/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy.c - when to collapse: never, at once, batched, periodic
 *
 *     AT_ONCE    each change pays for looking around itself, and a flush
 *     BATCHED    changes to one table are looked at once, one flush for all
 *     PERIODIC   nothing per change, the whole map each time
 *
 * A collapser is told of changes after their TLBI, and of time.
 */
#include "linux/collapse/collapse.h"

#include <errno.h>
#include <stdlib.h>

/* A policy at work. */
struct vmsa_collapser {
	struct vmsa_linux *l;
	struct vmsa_collapser_config config;
	uint64_t calls;                   /* of the collapse code */
	struct vmsa_collapse_stats stats; /* their sum */
	uint64_t next;                    /* PERIODIC: when it is due */
	unsigned nr_changed;              /* in changed[], below threshold */
	struct vmsa_range changed[];      /* BATCHED: since the last batch */
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

/* One call, counted; what was done before an error counts too. */
static int collapse(struct vmsa_collapser *c, const struct vmsa_range *r,
		    size_t n)
{
	struct vmsa_collapse_stats stats;
	const int ret = vmsa_linux_collapse_ranges(c->l, r, n,
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
 * Ascending, and changes to one table, which translates @block bytes, as one
 * range, so that it is looked at once.  Returns how many are left.
 */
static size_t merge_changes(struct vmsa_range *r, size_t n, uint64_t block)
{
	size_t kept = 0;

	qsort(r, n, sizeof(*r), by_start);
	for (size_t i = 1; i < n; i++) {
		struct vmsa_range *last = &r[kept];
		const vmsa_va end = last->start + last->size;
		const vmsa_va stop = r[i].start + r[i].size;

		if (r[i].start > ((end - 1) | (block - 1)))
			r[++kept] = r[i];
		else if (stop > end)
			last->size = stop - last->start;
	}
	return kept + 1;
}

/* Act on what was noted and forget it, also if that fails. */
static int collapse_batch(struct vmsa_collapser *c)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(c->l->space);
	const size_t n = merge_changes(c->changed, c->nr_changed,
				       vmsa_level_span(g, PMD_LEVEL));

	c->nr_changed = 0;
	return collapse(c, c->changed, n);
}

/* Checked now, so that the caller learns which change was wrong. */
int vmsa_collapser_changed(struct vmsa_collapser *collapser, vmsa_va va,
			   uint64_t size)
{
	struct vmsa_collapser *c = collapser;
	const struct vmsa_range changed = { va, size };
	int ret;

	if (c->config.policy != VMSA_COLLAPSE_AT_ONCE &&
	    c->config.policy != VMSA_COLLAPSE_BATCHED)
		return 0;
	ret = vmsa_linux_collapse_check(c->l, va, va + size,
					&c->config.collapse);
	if (ret)
		return ret;
	if (c->config.policy == VMSA_COLLAPSE_AT_ONCE)
		return collapse(c, &changed, 1);
	c->changed[c->nr_changed++] = changed;
	return c->nr_changed == c->config.threshold ? collapse_batch(c) : 0;
}

/* A tick that comes late counts once: the next is due a period after it. */
int vmsa_collapser_tick(struct vmsa_collapser *collapser, uint64_t now)
{
	struct vmsa_collapser *c = collapser;
	const struct vmsa_linux_layout *at = &c->l->layout;
	const struct vmsa_range all = { at->linear_start,
					at->page_end - at->linear_start };
	int ret;

	if (c->config.policy != VMSA_COLLAPSE_PERIODIC || now < c->next)
		return 0;
	ret = vmsa_linux_collapse_check(c->l, at->linear_start, at->page_end,
					&c->config.collapse);
	if (ret)
		return ret;
	c->next = now + c->config.period;
	return collapse(c, &all, 1);
}

void vmsa_collapser_stats(const struct vmsa_collapser *collapser,
			  uint64_t *calls, struct vmsa_collapse_stats *out)
{
	if (calls)
		*calls = collapser->calls;
	*out = collapser->stats;
}
