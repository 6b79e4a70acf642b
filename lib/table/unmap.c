/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unmap.c - clear or re-permission what a range maps
 *
 * Both are one edit of every leaf in the range, then one flush.  Neither ever
 * changes the size of a mapping: an edge that would cut a leaf or a contiguous
 * group is refused, since cutting a live one needs break-before-make or
 * FEAT_BBM (D8.16).
 *
 * After an unmap, tables left empty go too, lowest first.  That is a second
 * pass, with a TLBI for each table: a walk cache may still hold the way to it.
 */
#include "table/space.h"

#include <errno.h>

/*
 * Attribute bits that may change in a live entry (D8.17, R_WHZWS).  nG may
 * only be set: a new global entry could meet a cached non-global one.
 */
#define LIVE_CLEAR                                                      \
	(VMSA_LEAF_AP1 | VMSA_LEAF_AP2 | VMSA_LEAF_AF | VMSA_LEAF_DBM | \
	 VMSA_LEAF_PXN | VMSA_LEAF_UXN | VMSA_DESC_SOFTWARE)
#define LIVE_SET (LIVE_CLEAR | VMSA_LEAF_NG)

/* What is done to every leaf of the range. */
struct edit {
	struct vmsa_space *space;
	vmsa_va start, last; /* inclusive */
	vmsa_desc set, clear;
	bool unmap;
};

/*
 * Is @va strictly inside what one descriptor or contiguous group covers?  An
 * invalid descriptor that is not zero counts: somebody keeps a leaf there.
 * Outside the half, as behind its last byte, nothing is.
 */
static bool is_cut(const struct vmsa_space *s, vmsa_va va)
{
	struct vmsa_translation t;
	uint64_t size;

	if (!vmsa_space_holds(s, va, 1) || vmsa_translate(s, va, &t) || !t.desc)
		return false;
	size = vmsa_level_span(&s->geometry, t.level);
	if (!t.fault && t.desc & VMSA_LEAF_CONTIGUOUS)
		size *= vmsa_level_contiguous(&s->geometry, t.level);
	return va & (size - 1);
}

/* What vmsa_unmap() and vmsa_protect() refuse. */
static int check(const struct vmsa_space *s, vmsa_va va, uint64_t size)
{
	const uint64_t mask = vmsa_granule(&s->geometry) - 1;

	if (!size || (va | size) & mask)
		return -EINVAL;
	if (!vmsa_space_holds(s, va, size))
		return -ERANGE;
	return is_cut(s, va) || is_cut(s, va + size) ? -EINVAL : 0;
}

/* The entries of @t, which translates from @va on, that the edit covers. */
static void clip(const struct edit *e, const struct vmsa_table *t, vmsa_va va,
		 unsigned *first, unsigned *end)
{
	const struct vmsa_geometry *g = &e->space->geometry;
	const unsigned shift = vmsa_level_shift(g, t->level);
	const unsigned entries = vmsa_level_entries(g, t->level);
	const uint64_t last = (e->last - va) >> shift;

	*first = e->start > va ? (unsigned)((e->start - va) >> shift) : 0;
	*end = last < entries ? (unsigned)last + 1 : entries;
}

/*
 * A leaf, valid or not, that holds something.  Unmapping clears it whatever it
 * is; a permission is changed where one is in force.
 */
static void edit_leaf(const struct edit *e, struct vmsa_table *t,
		      unsigned index, vmsa_va va, vmsa_desc old)
{
	vmsa_desc new = 0;

	if (!e->unmap) {
		if (!(old & VMSA_DESC_VALID))
			return;
		new = (old & ~e->clear) | e->set;
	}
	if (new != old)
		vmsa_table_set(e->space, t, index, va, new);
}

/* The covered entries of one table, and what is below them. */
static void edit_table(const struct edit *e, struct vmsa_table *t, vmsa_va va)
{
	const struct vmsa_geometry *g = &e->space->geometry;
	const uint64_t span = vmsa_level_span(g, t->level);
	unsigned i, end;

	clip(e, t, va, &i, &end);
	for (; i < end; i++) {
		const vmsa_desc old = vmsa_table_get(t, i);
		struct vmsa_table child;

		if (vmsa_desc_type(g, t->level, old) != VMSA_DESC_TYPE_TABLE) {
			if (old)
				edit_leaf(e, t, i, va + i * span, old);
			continue;
		}
		/* A table outside memory maps nothing that could be edited. */
		if (!vmsa_table_child(e->space, t->level, old, &child))
			edit_table(e, &child, va + i * span);
	}
}

/* Nothing but zeroes: also no invalid entry that still says something. */
static bool is_empty(const struct vmsa_space *s, const struct vmsa_table *t)
{
	const struct vmsa_table_run all = {
		0, vmsa_level_entries(&s->geometry, t->level), 0
	};

	return vmsa_table_agrees(t, all, 0, 0, 0);
}

/*
 * A table may be used again only after no walk cache can hold the descriptor
 * that led to it, so the all-levels form of TLBI comes first (D8.16).
 */
static void free_if_empty(const struct edit *e, struct vmsa_table *parent,
			  unsigned index, vmsa_va va, struct vmsa_table *child)
{
	if (!is_empty(e->space, child))
		return;
	vmsa_table_set(e->space, parent, index, va, 0);
	vmsa_space_flush(e->space, va, vmsa_granule(&e->space->geometry),
			 VMSA_TLBI_VAAE1);
	vmsa_table_free(e->space, child);
}

/* Depth first, so that a table whose last child went can go as well. */
static void free_tables(const struct edit *e, struct vmsa_table *t, vmsa_va va)
{
	const struct vmsa_geometry *g = &e->space->geometry;
	const uint64_t span = vmsa_level_span(g, t->level);
	unsigned i, end;

	clip(e, t, va, &i, &end);
	for (; i < end; i++) {
		const vmsa_desc old = vmsa_table_get(t, i);
		struct vmsa_table child;

		if (vmsa_desc_type(g, t->level, old) != VMSA_DESC_TYPE_TABLE ||
		    vmsa_table_child(e->space, t->level, old, &child))
			continue;
		free_tables(e, &child, va + i * span);
		free_if_empty(e, t, i, va + i * span, &child);
	}
}

/* The edit, the flush that makes it so, and the tables it emptied. */
static int run(struct edit *e, vmsa_va va, uint64_t size, const char *name)
{
	struct vmsa_table root;
	const int ret = check(e->space, va, size);

	if (ret)
		return ret;
	e->start = va;
	e->last = va + (size - 1);
	vmsa_table_root(e->space, &root);
	vmsa_space_begin(e->space, name);
	edit_table(e, &root, e->space->base);
	vmsa_space_flush(e->space, va, size, VMSA_TLBI_VAALE1);
	if (e->unmap)
		free_tables(e, &root, e->space->base);
	vmsa_space_end(e->space, name);
	return 0;
}

int vmsa_unmap(struct vmsa_space *space, vmsa_va va, uint64_t size)
{
	struct edit e = { .space = space, .unmap = true };

	return run(&e, va, size, "unmap");
}

int vmsa_protect(struct vmsa_space *space, vmsa_va va, uint64_t size,
		 vmsa_desc set, vmsa_desc clear)
{
	struct edit e = { .space = space, .set = set, .clear = clear };

	if (set & ~LIVE_SET || clear & ~LIVE_CLEAR)
		return -EINVAL;
	return run(&e, va, size, "protect");
}
