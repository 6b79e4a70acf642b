/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unplug.c - take a range out of the tables, and the tables with it (10)
 *
 *     pass 1   every leaf := 0, then flush
 *     pass 2   bottom up: tables with nothing left are unlinked, their parent
 *              entry invalidated, and freed
 *
 * Used for the linear map, for struct pages, and, pass 1 only, for vmalloc
 * areas.  Leaves are never split: one that is covered in part goes whole.
 */
#include "linux/map/map.h"
#include "linux/pages/pages.h"

/* One call of vmsa_linux_unplug(). */
struct unplug {
	struct vmsa_linux *l;
	const struct vmsa_geometry *g;
	enum unplug_kind kind;  /* decides who flushes, and when */
	vmsa_va floor, ceiling; /* tables that reach beyond stay */
};

/* The part of [va, va + size) in the entry that translates @va. */
static uint64_t piece(const struct unplug *u, int level, vmsa_va va,
		      uint64_t size)
{
	const uint64_t span = vmsa_level_span(u->g, level);
	const uint64_t left = span - (va & (span - 1));

	return size < left ? size : left;
}

/* --- pass 1 -------------------------------------------------------------- */

static void clear_table(const struct unplug *u, struct vmsa_table *t,
			vmsa_va va, uint64_t size);

/*
 * Clear one leaf.  Struct pages lie in memory of their own, which goes back
 * once nothing can reach it.
 */
static void clear_leaf(const struct unplug *u, struct vmsa_table *t, vmsa_va va,
		       vmsa_desc d)
{
	const uint64_t span = vmsa_level_span(u->g, t->level);
	const vmsa_va start = va & ~(span - 1);
	const bool vmemmap = u->kind == UNPLUG_VMEMMAP;

	u->l->warnings += !is_present(d);
	/* Whole, whatever part of it was asked for. */
	vmsa_linux_set_entry(u->l, t, vmsa_level_index(u->g, t->level, va),
			     start, 0);
	if (vmemmap ||
	    (u->kind == UNPLUG_LINEAR && u->l->rules->flushes_each_leaf))
		vmsa_linux_flush(u->l, start, start + vmsa_granule(u->g));
	if (vmemmap)
		vmsa_pages_free(u->l, vmsa_desc_oa(u->g, d) & ~(span - 1),
				span >> u->g->granule_shift);
}

/* A leaf or, below a table, its leaves. */
static void clear_entry(const struct unplug *u, struct vmsa_table *t,
			vmsa_va va, uint64_t size)
{
	const vmsa_desc d =
		vmsa_table_get(t, vmsa_level_index(u->g, t->level, va));
	struct vmsa_table child;

	if (!d)
		return;
	if (t->level == PTE_LEVEL || !is_table(d))
		clear_leaf(u, t, va, d);
	else if (!vmsa_table_child(u->l->space, t->level, d, &child))
		clear_table(u, &child, va, size);
}

static void clear_table(const struct unplug *u, struct vmsa_table *t,
			vmsa_va va, uint64_t size)
{
	while (size) {
		const uint64_t step = piece(u, t->level, va, size);

		clear_entry(u, t, va, step);
		va += step;
		size -= step;
	}
}

/* --- pass 2 -------------------------------------------------------------- */

/* No leaf of anybody's left in it, valid or not. */
static bool is_empty(const struct unplug *u, const struct vmsa_table *t)
{
	const struct vmsa_table_run all = { 0,
					    vmsa_level_entries(u->g, t->level),
					    0 };

	return vmsa_table_agrees(t, all, 0, 0, 0);
}

/*
 * May the table that translates @span bytes around [va, va + size) go?  Not if
 * it reaches beyond the region: the rest is somebody else's.
 */
static bool is_ours(const struct unplug *u, vmsa_va va, uint64_t size,
		    uint64_t span)
{
	return (va & ~(span - 1)) >= u->floor &&
	       va + (size - 1) <= (u->ceiling & ~(span - 1)) - 1;
}

static void free_tables(const struct unplug *u, struct vmsa_table *t,
			vmsa_va va, uint64_t size);

/*
 * A table may be used again once no walk can still be reading it: unlink, TLBI
 * of all levels, free (9.4).
 */
static void free_table(const struct unplug *u, struct vmsa_table *t, vmsa_va va,
		       struct vmsa_table *child)
{
	struct vmsa_space *space = u->l->space;
	const vmsa_va start = va & ~(vmsa_level_span(u->g, t->level) - 1);
	const struct vmsa_tlbi_page page = { .address = start };
	const struct vmsa_tlbi tlbi = {
		.op = VMSA_TLBI_VAAE1,
		.scope = VMSA_TLBI_IS,
		.operand = vmsa_tlbi_page_encode(VMSA_TLBI_VAAE1, &page),
	};

	vmsa_linux_set_entry(u->l, t, vmsa_level_index(u->g, t->level, va),
			     start, 0);
	vmsa_space_barrier(space, VMSA_DSB_ISHST);
	vmsa_space_tlbi(space, tlbi);
	vmsa_space_barrier(space, VMSA_DSB_ISH);
	vmsa_space_barrier(space, VMSA_ISB);
	vmsa_table_free(space, child);
}

/* The table below an entry, after the tables below that. */
static void free_below(const struct unplug *u, struct vmsa_table *t, vmsa_va va,
		       uint64_t size)
{
	const vmsa_desc d =
		vmsa_table_get(t, vmsa_level_index(u->g, t->level, va));
	struct vmsa_table child;

	if (!is_table(d) || vmsa_table_child(u->l->space, t->level, d, &child))
		return;
	free_tables(u, &child, va, size);
	if (is_ours(u, va, size, vmsa_level_span(u->g, t->level)) &&
	    is_empty(u, &child))
		free_table(u, t, va, &child);
}

static void free_tables(const struct unplug *u, struct vmsa_table *t,
			vmsa_va va, uint64_t size)
{
	if (t->level == PTE_LEVEL)
		return;
	while (size) {
		const uint64_t step = piece(u, t->level, va, size);

		free_below(u, t, va, step);
		va += step;
		size -= step;
	}
}

void vmsa_linux_unplug(struct vmsa_linux *l, vmsa_va start, vmsa_va end,
		       enum unplug_kind kind)
{
	const struct vmsa_linux_layout *at = &l->layout;
	const bool linear = kind == UNPLUG_LINEAR;
	const struct unplug u = {
		.l = l,
		.g = vmsa_space_geometry(l->space),
		.kind = kind,
		.floor = linear ? at->linear_start : at->vmemmap_start,
		.ceiling = linear ? at->page_end : at->vmemmap_end,
	};
	struct vmsa_table root;

	vmsa_space_begin(l->space, "unplug");
	vmsa_table_root(l->space, &root);
	clear_table(&u, &root, start, end - start);
	if (linear && !l->rules->flushes_each_leaf)
		vmsa_linux_flush(l, start, end);
	if (kind != UNPLUG_AREA)
		free_tables(&u, &root, start, end - start);
	vmsa_space_end(l->space, "unplug");
}

/* --- may it go at all ---------------------------------------------------- */

/*
 * The descent of 5.2 without its stores: is @va strictly inside a leaf or a
 * CONT group?  Then a boundary there would cut it.
 */
bool vmsa_linux_is_inside_leaf(const struct vmsa_linux *l, vmsa_va va)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	struct vmsa_translation t;
	uint64_t size;

	if (vmsa_translate(l->space, va, &t) || !is_present(t.desc))
		return false;
	size = vmsa_level_span(g, t.level);
	if (t.desc & VMSA_LEAF_CONTIGUOUS)
		size *= vmsa_level_contiguous(g, t.level);
	return va & (size - 1);
}
