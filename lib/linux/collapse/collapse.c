/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collapse.c - walk the tables of a range and fold what agrees, bottom up
 *
 *     PTE table   512 pages agree       -> PMD block, the table is doomed
 *                 16 pages agree        -> CONT group
 *     PMD table   now perhaps all blocks -> PUD block, ...
 *
 * (counts of 4K). Children before parents, so that one call takes pages all the
 * way up.  No kernel does this (12, "collapse opportunities");
 * vmsa/linux/collapse.h says when it is legal.
 *
 * What it must not undo are the borders that boot drew on purpose: a range that
 * boot mapped by a call of its own has other attributes, or will get them, and
 * a leaf across its edge would have to be split again.  These are the seams.
 */
#include "linux/collapse/collapse.h"
#include "linux/map/map.h"

#include <errno.h>

/* --- the walk ------------------------------------------------------------ */

/* Entries of a table, which translates from @va on, that the range touches. */
static void clip(const struct collapse *c, const struct vmsa_table *t,
		 vmsa_va va, unsigned *first, unsigned *end)
{
	const unsigned shift = vmsa_level_shift(c->g, t->level);
	const unsigned entries = vmsa_level_entries(c->g, t->level);
	const uint64_t last = (c->last - va) >> shift;

	*first = c->start > va ? (unsigned)((c->start - va) >> shift) : 0;
	*end = last < entries ? (unsigned)last + 1 : entries;
}

/*
 * The CONT groups of a table that the range touches, each considered whole.
 * There are none above PMDs, and none in a root smaller than a group.
 */
static void fold_groups(struct collapse *c, struct vmsa_table *t, vmsa_va va)
{
	const uint64_t span = vmsa_level_span(c->g, t->level);
	const unsigned n = vmsa_level_contiguous(c->g, t->level);
	unsigned i, end;

	if (t->level < PMD_LEVEL || vmsa_level_entries(c->g, t->level) < n)
		return;
	clip(c, t, va, &i, &end);
	for (i &= ~(n - 1); i < end; i += n) {
		const struct place at = { t, i, va + i * span };

		vmsa_collapse_fold_group(c, &at);
	}
}

static int walk_children(struct collapse *c, struct vmsa_table *t, vmsa_va va);

/* The table below an entry becomes a block, or at least groups. */
static int walk_child(struct collapse *c, const struct place *at)
{
	struct vmsa_table child;
	int ret;

	ret = vmsa_table_child(c->l->space, at->table->level,
			       vmsa_table_get(at->table, at->index), &child);
	if (!ret)
		ret = walk_children(c, &child, at->va);
	if (ret)
		return ret;
	c->stats.tables++;
	if (!vmsa_collapse_fold_table(c, at, &child))
		fold_groups(c, &child, at->va);
	return 0;
}

/* Each table below @t that the range touches, depth first. */
static int walk_children(struct collapse *c, struct vmsa_table *t, vmsa_va va)
{
	const uint64_t span = vmsa_level_span(c->g, t->level);
	unsigned i, end;

	if (t->level == PTE_LEVEL)
		return 0;
	clip(c, t, va, &i, &end);
	for (; i < end; i++) {
		const struct place at = { t, i, va + i * span };
		int ret;

		if (!is_table(vmsa_table_get(t, i)))
			continue;
		ret = walk_child(c, &at);
		if (ret)
			return ret;
	}
	return 0;
}

/* --- seams --------------------------------------------------------------- */

/* MAX_SEAMS is how often find_seams() may call this. */
static void add_seam(struct collapse *c, vmsa_pa start, uint64_t size,
		     unsigned flags)
{
	c->seams[c->nr_seams++] =
		(struct vmsa_collapse_fence){ vmsa_linux_va(c->l, start), size,
					      flags };
}

/* What boot maps by a call of its own (3.3, 3.4). */
static void find_seams(struct collapse *c)
{
	const struct vmsa_linux *l = c->l;
	const struct vmsa_linux_image *image = &l->kernel.image;

	/* Kernels whose read-only text alias is never CONT keep it so. */
	add_seam(c, l->image, image->init_begin,
		 l->rules->text_ro_cont ? 0 : VMSA_LINUX_NO_CONT);
	if (l->rules->data_alias)
		add_seam(c, l->image + image->init_end,
			 image->bss_stop - image->init_end, 0);
	if (l->kfence_pool != VMSA_NO_PA)
		add_seam(c, l->kfence_pool, vmsa_linux_pool_size(l),
			 VMSA_LINUX_NO_BLOCK | VMSA_LINUX_NO_CONT);
}

/* --- the call ------------------------------------------------------------ */

/* Before capabilities are final this is what the CPUs so far agree on. */
unsigned vmsa_linux_collapse_level(const struct vmsa_linux *sys)
{
	return sys->system_bbm ? 3 : 0;
}

/* All that can be refused before a table is read; policies check once. */
int vmsa_linux_collapse_check(const struct vmsa_linux *l, vmsa_va start,
			      vmsa_va end,
			      const struct vmsa_collapse_config *config)
{
	const uint64_t mask = vmsa_linux_page_size(l) - 1;

	if (end <= start || (start | end) & mask || config->bbm_level > 3)
		return -EINVAL;
	if (start < l->layout.linear_start || end > l->layout.page_end)
		return -ERANGE;
	if (config->bbm_level < 2 && !config->idle)
		return -EOPNOTSUPP;
	return config->bbm_level == 3 && !l->system_bbm ? -EOPNOTSUPP : 0;
}

/* One range, from the root: its own groups come last. */
static int walk_range(struct collapse *c, const struct vmsa_range *r)
{
	const vmsa_va base = vmsa_space_base(c->l->space);
	struct vmsa_table root;
	int ret;

	c->start = r->start;
	c->last = r->start + (r->size - 1);
	vmsa_table_root(c->l->space, &root);
	ret = walk_children(c, &root, base);
	if (!ret)
		fold_groups(c, &root, base);
	return ret;
}

int vmsa_linux_collapse_ranges(struct vmsa_linux *l, const struct vmsa_range *r,
			       size_t n,
			       const struct vmsa_collapse_config *config,
			       struct vmsa_collapse_stats *out)
{
	struct collapse c;
	int ret = 0;

	/* Member by member: the doomed tables need no clearing. */
	c.l = l;
	c.g = vmsa_space_geometry(l->space);
	c.config = config;
	c.stats = (struct vmsa_collapse_stats){ 0 };
	c.flags = vmsa_linux_map_flags(l, l->policy.force_pte);
	c.in_place = config->bbm_level >= 2;
	c.flush_due = false;
	c.nr_seams = 0;
	c.nr_doomed = 0;
	find_seams(&c);
	vmsa_space_begin(l->space, "collapse");
	vmsa_linux_lazy_enter(l);
	for (; n && !ret; n--)
		ret = walk_range(&c, r++);
	/* Also after an error: what is unlinked already has to be freed. */
	vmsa_collapse_flush(&c);
	vmsa_linux_lazy_leave(l);
	vmsa_space_end(l->space, "collapse");
	if (out)
		*out = c.stats;
	return ret;
}

int vmsa_linux_collapse(struct vmsa_linux *sys, vmsa_va start, vmsa_va end,
			const struct vmsa_collapse_config *config,
			struct vmsa_collapse_stats *out)
{
	const struct vmsa_range range = { start, end - start };
	const int ret = vmsa_linux_collapse_check(sys, start, end, config);

	return ret ? ret
		   : vmsa_linux_collapse_ranges(sys, &range, 1, config, out);
}
