/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * split.c - cut leaves of the linear map where a permission will change (5)
 *
 *     PUD block      -> table of 512 CONT PMDs       a page of a 1 GiB block:
 *     CONT PMD group -> 16 plain PMDs                all four steps, two
 *     PMD block      -> table of 512 CONT PTEs       tables, and big leaves
 *     CONT PTE group -> 16 plain PTEs                everywhere else
 *
 * (counts of 4K). From the root down each step makes the address a boundary of
 * its level and stops as soon as it is one.  Only the two edges of a range are
 * cut; what lies between keeps its size.
 *
 * A block becomes a table by one store, live, without a break: FEAT_BBM level 3
 * in effect.  The table maps the same before it is linked, nothing is
 * invalidated, and TLBs may use old and new side by side until the flush of the
 * permission change that all this is for.  An error leaves steps done, which is
 * a correct map.
 *
 * Going all the way to pages (5.6) is for the boot repaint and for a late
 * KFENCE pool.
 */
#include "linux/map/map.h"

#include <errno.h>

/* How a leaf becomes a table. */
struct split {
	struct vmsa_linux *l;
	const struct vmsa_geometry *g;
	enum vmsa_phase phase;
	bool to_cont; /* the new entries are CONT */
};

/*
 * The link to a new table.  It takes over PXN from the block, since the leaves
 * below say the same; the posted patch set no attribute bit at all (5.7).
 */
static vmsa_desc table_desc(const struct split *s, vmsa_pa pa, vmsa_desc block)
{
	vmsa_desc d = vmsa_oa_desc(s->g, pa) | VMSA_DESC_TYPE;

	if (s->l->rules->full_split)
		return d;
	d |= VMSA_TABLE_UXN;
	if (s->l->rules->table_af)
		d |= VMSA_TABLE_AF;
	if (block & VMSA_LEAF_PXN)
		d |= VMSA_TABLE_PXN;
	return d;
}

/*
 * The first entry of the table that takes the place of @block (5.3): the same
 * attributes, the type of its level, CONT everywhere or nowhere.  The block's
 * own CONT is dropped: its group was cleared a moment ago.
 */
static vmsa_desc first_entry(const struct split *s, int child_level,
			     vmsa_desc block)
{
	vmsa_desc d =
		(block & ~VMSA_DESC_TYPE & ~VMSA_LEAF_CONTIGUOUS) |
		(child_level == PTE_LEVEL ? VMSA_DESC_TYPE : VMSA_DESC_VALID);

	/* Before there was a mark for it, a split made the leaf valid. */
	if (!is_valid(block) && s->l->rules->marks_invalid)
		d = (d & ~VMSA_DESC_VALID) | PTE_PRESENT_INVALID;
	return s->to_cont ? d | VMSA_LEAF_CONTIGUOUS : d;
}

/* A table that maps what @block maps, @va its first address; not linked. */
static int make_table(const struct split *s, int level, vmsa_va va,
		      vmsa_desc block, struct vmsa_table *out)
{
	const uint64_t step = vmsa_level_span(s->g, level);
	const int ret = vmsa_table_alloc(s->l->space, s->phase, level, out);

	if (ret)
		return ret;
	/* Nothing will be cut from a table that is not CONT: see 5.6. */
	if (level == PTE_LEVEL && !s->to_cont)
		vmsa_table_fill_far(s->l->space, out, va,
				    first_entry(s, level, block), step);
	else
		vmsa_table_fill(s->l->space, out, va,
				first_entry(s, level, block), step);
	return 0;
}

/*
 * The entries of @n new tables are visible before the tables are.  Counted once
 * for each table; the host waits once.
 */
static void publish_entries(const struct split *s, unsigned n)
{
	struct vmsa_space *space = s->l->space;

	vmsa_space_barrier(space, VMSA_DSB_ISHST);
	vmsa_space_count(space, VMSA_DSB_ISHST, n - 1);
	if (s->l->rules->full_split) {
		vmsa_space_barrier(space, VMSA_ISB);
		vmsa_space_count(space, VMSA_ISB, n - 1);
	}
}

/*
 * Replace the block of entry @index by a table that maps the same.  Nothing
 * is invalidated.
 */
static int split_leaf(const struct split *s, struct vmsa_table *t,
		      unsigned index, vmsa_va va, vmsa_desc block,
		      struct vmsa_table *child)
{
	int ret;

	va &= ~(vmsa_level_span(s->g, t->level) - 1);
	ret = make_table(s, t->level + 1, va, block, child);
	if (ret)
		return ret;
	publish_entries(s, 1);
	vmsa_linux_set_entry(s->l, t, index, va,
			     table_desc(s, child->pa, block));
	return 0;
}

/*
 * Clear CONT in the whole group of an entry, one store each: a group with and
 * without it must not stay (D8.7).
 */
static void clear_cont(const struct split *s, struct vmsa_table *t,
		       unsigned index, vmsa_va va)
{
	const uint64_t span = vmsa_level_span(s->g, t->level);
	const unsigned n = vmsa_level_contiguous(s->g, t->level);
	const unsigned first = index & ~(n - 1);

	va = (va & ~(span - 1)) - (index - first) * span;
	for (unsigned i = first; i < first + n; i++, va += span)
		vmsa_linux_set_entry(s->l, t, i, va,
				     vmsa_table_get(t, i) &
					     ~VMSA_LEAF_CONTIGUOUS);
}

static bool is_aligned(vmsa_va va, uint64_t size)
{
	return !(va & (size - 1));
}

/*
 * Is @va a boundary of entries, or of groups where groups may be?  The root's
 * entries are taken one by one (5.2, step 1).
 */
static bool is_boundary(const struct split *s, int level, vmsa_va va)
{
	const uint64_t span = vmsa_level_span(s->g, level);

	if (level < PMD_LEVEL || level == s->g->start_level)
		return is_aligned(va, span);
	return is_aligned(va, span * vmsa_level_contiguous(s->g, level));
}

/*
 * Cut a leaf so that @va becomes a boundary of its level.  1: @child took its
 * place and may need a cut as well.
 */
static int cut_leaf(const struct split *s, struct vmsa_table *t,
		    vmsa_desc block, vmsa_va va, struct vmsa_table *child)
{
	const unsigned index = vmsa_level_index(s->g, t->level, va);
	int ret;

	if (block & VMSA_LEAF_CONTIGUOUS)
		clear_cont(s, t, index, va);
	if (t->level == PTE_LEVEL ||
	    is_aligned(va, vmsa_level_span(s->g, t->level)))
		return 0;
	ret = split_leaf(s, t, index, va, block, child);
	return ret ? ret : 1;
}

/* 5.2, from the root down: each entry is read once. */
static int split_at(const struct split *s, vmsa_va va)
{
	struct vmsa_table t, child;

	for (vmsa_table_root(s->l->space, &t);; t = child) {
		const unsigned i = vmsa_level_index(s->g, t.level, va);
		const vmsa_desc d = vmsa_table_get(&t, i);
		int ret;

		if (is_boundary(s, t.level, va) || !is_present(d))
			return 0;
		if (t.level < PTE_LEVEL && is_table(d))
			ret = vmsa_table_child(s->l->space, t.level, d, &child)
				      ?: 1;
		else
			ret = cut_leaf(s, &t, d, va, &child);
		if (ret <= 0)
			return ret;
	}
}

/* Start, then end; if the end fails the start stays split (5.5). */
static int split_edges(const struct split *s, vmsa_va start, vmsa_va end)
{
	const uint64_t page = vmsa_granule(s->g);
	int ret;

	/*
	 * One page: both edges are in the same CONT group, or one of them is
	 * its boundary; the less aligned one decides alone.
	 */
	if (end - start == page)
		return split_at(s, __builtin_ctzll(start) < __builtin_ctzll(end)
					   ? start
					   : end);
	ret = split_at(s, start);
	return ret ? ret : split_at(s, end);
}

/* --- all the way to pages (5.6) ------------------------------------------ */

/* A range's way through the tables; @last is inclusive. */
struct range {
	vmsa_va start, last;
};

static int split_table(const struct split *s, struct vmsa_table *t, vmsa_va va,
		       const struct range *r);

/*
 * Split PMDs from entry @i on, at most up to @end, @va what the first one
 * maps; *done of them.  Where nobody watches many are split together, so that
 * the host waits once for the contents of all the tables to be visible.  The
 * counts are the same, also when memory runs out in the middle.
 */
static int split_pmds(const struct split *s, struct vmsa_table *t, unsigned i,
		      unsigned end, vmsa_va va, unsigned *done)
{
	const uint64_t span = vmsa_level_span(s->g, PMD_LEVEL);
	vmsa_desc link[TOGETHER];
	unsigned n, max = vmsa_space_is_observed(s->l->space) ? 1 : TOGETHER;
	int ret = 0;

	if (end - i < max)
		max = end - i;
	for (n = 0; n < max; n++) {
		const vmsa_desc d = vmsa_table_get(t, i + n);
		struct vmsa_table child;

		if (!is_present(d) || is_table(d))
			break;
		if (d & VMSA_LEAF_CONTIGUOUS)
			clear_cont(s, t, i + n, va + n * span);
		ret = make_table(s, PTE_LEVEL, va + n * span, d, &child);
		if (ret)
			break;
		link[n] = table_desc(s, child.pa, d);
	}
	if (n)
		publish_entries(s, n);
	for (unsigned k = 0; k < n; k++)
		vmsa_linux_set_entry(s->l, t, i + k, va + k * span, link[k]);
	*done = n;
	return ret;
}

/* One present entry but no PMD leaf, @va its first address. */
static int split_entry(const struct split *s, struct vmsa_table *t, unsigned i,
		       vmsa_va va, const struct range *r)
{
	const vmsa_desc d = vmsa_table_get(t, i);
	const bool leaf = t->level == PTE_LEVEL || !is_table(d);
	struct vmsa_table child;
	int ret = 0;

	if (leaf && d & VMSA_LEAF_CONTIGUOUS)
		clear_cont(s, t, i, va);
	if (t->level == PTE_LEVEL)
		return 0;
	if (leaf)
		ret = split_leaf(s, t, i, va, d, &child);
	else
		ret = vmsa_table_child(s->l->space, t->level, d, &child);
	return ret ? ret : split_table(s, &child, va, r);
}

/* Every leaf of a table that the range touches, whole. */
static int split_table(const struct split *s, struct vmsa_table *t, vmsa_va va,
		       const struct range *r)
{
	const unsigned shift = vmsa_level_shift(s->g, t->level);
	const uint64_t span = UINT64_C(1) << shift;
	const uint64_t last = (r->last - va) >> shift;
	unsigned i = r->start > va ? (unsigned)((r->start - va) >> shift) : 0;
	unsigned n, end = vmsa_level_entries(s->g, t->level);

	if (last < end)
		end = (unsigned)last + 1;
	for (; i < end; i += n) {
		const vmsa_desc d = vmsa_table_get(t, i);
		int ret;

		n = 1;
		if (!is_present(d))
			continue;
		/* A table made of one PMD has nothing left to split. */
		if (t->level == PMD_LEVEL && !is_table(d))
			ret = split_pmds(s, t, i, end, va + i * span, &n);
		else
			ret = split_entry(s, t, i, va + i * span, r);
		if (ret)
			return ret;
	}
	return 0;
}

/* From the root, without allocating on the way: only what is there. */
static int split_range(const struct split *s, vmsa_va start, vmsa_va end)
{
	const struct range r = { start, end - 1 };
	struct vmsa_table root;

	vmsa_table_root(s->l->space, &root);
	return split_table(s, &root, vmsa_space_base(s->l->space), &r);
}

/* No flush: the caller's business. */
int vmsa_linux_split_to_pages(struct vmsa_linux *sys, vmsa_va start,
			      vmsa_va end, enum vmsa_phase phase)
{
	const struct split s = { .l = sys,
				 .g = vmsa_space_geometry(sys->space),
				 .phase = phase };
	int ret;

	vmsa_space_begin(sys->space, "split_to_pages");
	vmsa_linux_lazy_enter(sys);
	ret = split_range(&s, start, end);
	vmsa_linux_lazy_leave(sys);
	vmsa_space_end(sys->space, "split_to_pages");
	return ret;
}

/* --- the gate (5.1) ------------------------------------------------------ */

/* The pool is pages already, and is changed where nothing may sleep. */
static bool in_kfence_pool(const struct vmsa_linux *l, vmsa_va va)
{
	return l->kfence_pool != VMSA_NO_PA &&
	       va - vmsa_linux_va(l, l->kfence_pool) < vmsa_linux_pool_size(l);
}

/*
 * 1: split; 0: nothing to do; negative: not now.  In the order of 5.1: before
 * capabilities are final the boot CPU may, as long as it is alone; after, the
 * map was repainted if the system may not.
 */
static int gate(const struct vmsa_linux *l, vmsa_va start)
{
	const bool bbm = l->caps_final && l->system_bbm;

	if (in_kfence_pool(l, start))
		return 0;
	if (l->rules->split_when_final)
		return bbm && !l->policy.force_pte;
	if (!l->policy.requires_bbm)
		return 0;
	if (bbm)
		return 1;
	if (l->caps_final)
		return 0;
	return l->allocator_up && l->nr_online == 1 ? 1 : -EBUSY;
}

/*
 * Alignment is checked behind the gate, so a system that never splits accepts
 * anything.
 */
int vmsa_linux_split(struct vmsa_linux *sys, vmsa_va start, vmsa_va end)
{
	const struct split s = { .l = sys,
				 .g = vmsa_space_geometry(sys->space),
				 .phase = VMSA_LATE,
				 .to_cont = !sys->rules->full_split };
	int ret = gate(sys, start);

	if (ret <= 0)
		return ret;
	if ((start | end) & (vmsa_granule(s.g) - 1))
		return -EINVAL;
	vmsa_space_begin(sys->space, "split");
	if (sys->rules->full_split) {
		ret = split_range(&s, start, end);
		vmsa_linux_flush(sys, start, end);
	} else {
		vmsa_linux_lazy_enter(sys);
		ret = split_edges(&s, start, end);
		vmsa_linux_lazy_leave(sys);
	}
	vmsa_space_end(sys->space, "split");
	return ret;
}
