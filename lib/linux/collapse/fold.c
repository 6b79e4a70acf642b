/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fold.c - decide whether leaves agree, and make one of them
 *
 * In place (FEAT_BBM level 2 or 3) there is one store per table, and no instant
 * without a translation:
 *
 *     entry: table  ->  entry: block       ... later TLBI, table freed
 *
 * By break-before-make the entries are zero between two stores, with the TLBI
 * in between:
 *
 *     entry: table  ->  0  ->  DSB TLBI DSB  ->  entry: block, table freed
 *
 * Decisions are pure functions of descriptors, geometry and fences; they come
 * first in this file.
 */
#include "linux/collapse/collapse.h"
#include "linux/map/map.h"

/* Bits a table descriptor of the linear map may have beside its address. */
#define TABLE_BITS                                                          \
	(VMSA_DESC_TYPE | VMSA_TABLE_AF | VMSA_TABLE_PXN | VMSA_TABLE_UXN | \
	 VMSA_LEAF_NG)

/* --- decide -------------------------------------------------------------- */

/* Does [va, va + size) lie in [start, start + len)?  Nothing may wrap. */
static bool is_inside(vmsa_va va, uint64_t size, vmsa_va start, uint64_t len)
{
	return va >= start && size <= len && va - start <= len - size;
}

/* Do the two share no byte? */
static bool is_apart(vmsa_va va, uint64_t size, vmsa_va start, uint64_t len)
{
	return va >= start ? va - start >= len : start - va >= size;
}

/*
 * May [va, va + size) be one leaf or group as far as this fence goes?  Outside
 * it, or inside with flags that do not forbid it; never across.
 */
static bool fence_allows(const struct vmsa_collapse_fence *f, vmsa_va va,
			 uint64_t size, unsigned forbidden_by)
{
	if (is_apart(va, size, f->start, f->size))
		return true;
	return is_inside(va, size, f->start, f->size) &&
	       !(f->flags & forbidden_by);
}

/* Memory plugged in can be pulled out again only if no leaf reaches over it. */
static bool plugged_allows(const struct vmsa_linux *l, vmsa_va va,
			   uint64_t size)
{
	for (size_t i = 0; i < l->plugged.n; i++) {
		const struct vmsa_range *r = &l->plugged.v[i];
		const struct vmsa_collapse_fence f = {
			vmsa_linux_va(l, r->start), r->size, 0
		};

		if (!fence_allows(&f, va, size, 0))
			return false;
	}
	return true;
}

/*
 * Everything that has a say besides the leaves themselves: how boot would have
 * mapped, what the caller keeps idle, seams, fences, plugged memory.
 * @forbidden_by is the flag that rules out what would be made,
 * VMSA_LINUX_NO_BLOCK or VMSA_LINUX_NO_CONT.
 */
static bool may_fold(const struct collapse *c, vmsa_va va, uint64_t size,
		     unsigned forbidden_by)
{
	const struct vmsa_collapse_config *config = c->config;

	if (c->flags & forbidden_by)
		return false;
	/*
	 * Break-before-make is safe only where nobody looks: not a byte more
	 * than the caller promised.
	 */
	if (!c->in_place &&
	    !is_inside(va, size, c->start, c->last - c->start + 1))
		return false;
	for (unsigned i = 0; i < c->nr_seams; i++) {
		if (!fence_allows(&c->seams[i], va, size, forbidden_by))
			return false;
	}
	for (size_t i = 0; i < config->nr_fences; i++) {
		if (!fence_allows(&config->fences[i], va, size, forbidden_by))
			return false;
	}
	return plugged_allows(c->l, va, size);
}

/*
 * Does a walk that ends at @leaf grant the same without @table above it?
 * Bits nobody here has put into @table would be lost, so they say no as well.
 */
static bool adds_nothing(const struct vmsa_geometry *g, vmsa_desc table,
			 vmsa_desc leaf)
{
	if (table & ~(vmsa_oa_mask(g) | TABLE_BITS))
		return false;
	if (table & VMSA_TABLE_PXN && !(leaf & VMSA_LEAF_PXN))
		return false;
	return !(table & VMSA_TABLE_UXN) || leaf & VMSA_LEAF_UXN;
}

/*
 * Is @desc a valid leaf whose address is a multiple of @size?  A block's or a
 * group's address has to be (D8.7).
 */
static bool starts_run(const struct vmsa_geometry *g, int level, vmsa_desc desc,
		       uint64_t size)
{
	const enum vmsa_desc_type type = vmsa_desc_type(g, level, desc);

	return (type == VMSA_DESC_TYPE_BLOCK || type == VMSA_DESC_TYPE_PAGE) &&
	       !(vmsa_desc_oa(g, desc) & (size - 1));
}

/*
 * Do @n entries from @index on map [va, va + n * span) as one: consecutive
 * addresses and every other bit the same?  CONT alone may differ, since some of
 * the groups may have been split.
 */
static bool agree(const struct vmsa_geometry *g, const struct vmsa_table *t,
		  unsigned index, unsigned n)
{
	const uint64_t span = vmsa_level_span(g, t->level);
	const vmsa_desc first = vmsa_table_get(t, index);

	return starts_run(g, t->level, first, n * span) &&
	       vmsa_table_agrees(t, (struct vmsa_table_run){ index, n, 0 },
				 first, span, VMSA_LEAF_CONTIGUOUS);
}

/* --- free ---------------------------------------------------------------- */

/*
 * The range forms take the leaves of the dead tables along for nothing.  One
 * by one only the walk caches are cleared: leaves that stay in a TLB map what
 * the block maps, and whoever changes a permission later invalidates them
 * with it, as after a split.
 */
static void tlbi_doomed(const struct collapse *c)
{
	const struct doomed *d = c->doomed, *end = d + c->nr_doomed;

	if (c->config->bbm_level < 3) {
		vmsa_linux_tlbi_all(c->l);
		return;
	}
	while (d < end) {
		vmsa_va start = d->va, stop = d->va + d->size;

		if (!vmsa_linux_has_tlbi_ranges(c->l)) {
			vmsa_linux_tlbi_va(c->l, VMSA_TLBI_VAAE1, d->va);
			d++;
			continue;
		}
		/* Neighbours, and the table above that held them. */
		for (d++; d < end && (d->va == stop || d->va <= start); d++) {
			if (d->va < start)
				start = d->va;
			stop = d->va + d->size;
		}
		vmsa_linux_tlbi_range(c->l, VMSA_TLBI_VAAE1, start, stop);
	}
}

/*
 * Before this a walk may still be in a doomed table; after it none is, so the
 * frames can go.  One round for up to MAX_DOOMED tables is what makes a
 * collapse of the whole map cheap.
 */
void vmsa_collapse_flush(struct collapse *c)
{
	struct vmsa_space *space = c->l->space;

	if (!c->nr_doomed && !c->flush_due)
		return;
	vmsa_space_barrier(space, VMSA_DSB_ISHST);
	tlbi_doomed(c);
	vmsa_space_barrier(space, VMSA_DSB_ISH);
	vmsa_space_barrier(space, VMSA_ISB);
	/* What the stores asked for (4.6) has happened with that. */
	c->l->barrier_due = false;
	c->stats.flushes++;
	for (unsigned i = 0; i < c->nr_doomed; i++)
		vmsa_table_free(space, &c->doomed[i].table);
	c->nr_doomed = 0;
	c->flush_due = false;
}

/* The table at the entry just stored over: freed by the next flush. */
static void doom(struct collapse *c, const struct vmsa_table *table, vmsa_va va,
		 uint64_t size)
{
	c->doomed[c->nr_doomed++] = (struct doomed){ *table, va, size };
	if (c->nr_doomed == MAX_DOOMED)
		vmsa_collapse_flush(c);
}

/* --- do ------------------------------------------------------------------ */

/* Between break and make: nothing of [va, va + size) is in any TLB. */
static void invalidate(struct collapse *c, vmsa_va va, uint64_t size)
{
	vmsa_space_barrier(c->l->space, VMSA_DSB_ISHST);
	vmsa_linux_tlbi_range(c->l, VMSA_TLBI_VAAE1, va, va + size);
	vmsa_space_barrier(c->l->space, VMSA_DSB_ISH);
	vmsa_space_barrier(c->l->space, VMSA_ISB);
	c->stats.flushes++;
}

bool vmsa_collapse_fold_table(struct collapse *c, const struct place *at,
			      struct vmsa_table *child)
{
	const int level = at->table->level;
	const vmsa_desc first = vmsa_table_get(child, 0);
	const vmsa_desc block =
		first & ~(VMSA_LEAF_CONTIGUOUS | VMSA_DESC_TABLE);
	const uint64_t span = vmsa_level_span(c->g, level);

	if (!vmsa_linux_has_blocks(c->g, level) ||
	    !agree(c->g, child, 0, vmsa_level_entries(c->g, child->level)) ||
	    !adds_nothing(c->g, vmsa_table_get(at->table, at->index), first) ||
	    !may_fold(c, at->va, span, VMSA_LINUX_NO_BLOCK))
		return false;
	if (!c->in_place) {
		vmsa_linux_set_entry(c->l, at->table, at->index, at->va, 0);
		invalidate(c, at->va, span);
	}
	vmsa_linux_set_entry(c->l, at->table, at->index, at->va, block);
	if (c->in_place)
		doom(c, child, at->va, span);
	else
		vmsa_table_free(c->l->space, child);
	c->stats.blocks[VMSA_LEVEL_SLOT(level)]++;
	return true;
}

/*
 * Change the entries of a group: in bulk with one barrier asked for, as in the
 * permission walk; in the root one by one, each with the cost of a store there
 * (4.5, 4.6).
 */
static void change_group(struct collapse *c, const struct place *at, unsigned n,
			 struct vmsa_change change)
{
	const struct vmsa_table_run run = { at->index, n, at->va };
	const uint64_t span = vmsa_level_span(c->g, at->table->level);

	if (at->table->level != c->g->start_level) {
		if (vmsa_table_change_run(c->l->space, at->table, run, change))
			vmsa_linux_ask_barrier(c->l);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		const vmsa_desc old = vmsa_table_get(at->table, at->index + i);

		vmsa_linux_set_entry(c->l, at->table, at->index + i,
				     at->va + i * span,
				     (old & ~change.clear) | change.set);
	}
}

/* The group as zeroes, everywhere, then CONT. */
static void break_and_make(struct collapse *c, const struct place *at,
			   unsigned n, vmsa_desc first)
{
	const uint64_t span = vmsa_level_span(c->g, at->table->level);

	change_group(c, at, n, (struct vmsa_change){ ~UINT64_C(0), 0 });
	invalidate(c, at->va, n * span);
	for (unsigned i = 0; i < n; i++)
		vmsa_linux_set_entry(c->l, at->table, at->index + i,
				     at->va + i * span, first + i * span);
}

/* Is CONT set in all of a group that otherwise agrees? */
static bool is_group(const struct collapse *c, const struct place *at,
		     unsigned n, vmsa_desc first)
{
	const uint64_t span = vmsa_level_span(c->g, at->table->level);

	return first & VMSA_LEAF_CONTIGUOUS &&
	       vmsa_table_agrees(at->table,
				 (struct vmsa_table_run){ at->index, n, 0 },
				 first, span, 0);
}

void vmsa_collapse_fold_group(struct collapse *c, const struct place *at)
{
	const int level = at->table->level;
	const unsigned n = vmsa_level_contiguous(c->g, level);
	const uint64_t size = n * vmsa_level_span(c->g, level);
	const vmsa_desc first = vmsa_table_get(at->table, at->index);

	if (is_group(c, at, n, first) ||
	    !agree(c->g, at->table, at->index, n) ||
	    !may_fold(c, at->va, size, VMSA_LINUX_NO_CONT))
		return;
	if (c->in_place)
		change_group(c, at, n,
			     (struct vmsa_change){ 0, VMSA_LEAF_CONTIGUOUS });
	else
		break_and_make(c, at, n, first | VMSA_LEAF_CONTIGUOUS);
	/*
	 * Level 2: entries with and without CONT may meet in a TLB, until a
	 * flush of everything.
	 */
	c->flush_due |= c->in_place && c->config->bbm_level < 3;
	c->stats.groups[VMSA_LEVEL_SLOT(level)]++;
}
