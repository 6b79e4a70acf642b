/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * visit.c - every descriptor of a range, in address order, as runs
 *
 * A run is a stretch of one table's entries that an arithmetic progression
 * describes: leaves that continue each other, or holes.  A map of 512 GiB by
 * pages is then a quarter of a million callbacks instead of 134 million.
 *
 * Reads as any walker does: one load a descriptor, no lock.  A run is read
 * entry by entry, so beside a writer each entry was there at some time, but not
 * all of them at one time.
 */
#include "table/space.h"

#include <errno.h>

/* One call of vmsa_visit(). */
struct visit {
	const struct vmsa_space *space;
	vmsa_visit_fn fn; /* the caller's, handed arg */
	void *arg;
	unsigned flags;      /* VMSA_VISIT_* */
	vmsa_va start, last; /* what was asked for, inclusive */
};

/* A table on the way down: its entries, and the first VA it translates. */
struct place {
	const vmsa_desc *entries;
	vmsa_pa pa;
	vmsa_va va;
	int level;
};

/* One whole load, as a walker's. */
static vmsa_desc entry_at(const struct place *p, unsigned index)
{
	return __atomic_load_n(&p->entries[index], __ATOMIC_RELAXED);
}

/* What one more leaf adds to the output address. */
static uint64_t leaf_step(const struct visit *v, int level, vmsa_desc desc)
{
	return desc ? vmsa_level_span(&v->space->geometry, level) : 0;
}

/* The run of leaves or holes that @first, read at @index, starts. */
static unsigned run_length(const struct visit *v, const struct place *p,
			   unsigned index, unsigned end, vmsa_desc first)
{
	const uint64_t attrs = ~vmsa_oa_mask(&v->space->geometry);
	const uint64_t step = leaf_step(v, p->level, first);
	vmsa_desc want = first + step;
	unsigned n = 1;

	/* The address must not carry into an attribute. */
	while (index + n < end && !((want ^ first) & attrs) &&
	       entry_at(p, index + n) == want) {
		want += step;
		n++;
	}
	return n;
}

/* Hand one run to the caller; his answer. */
static int show(const struct visit *v, const struct place *p, unsigned index,
		unsigned count, vmsa_desc desc)
{
	const struct vmsa_geometry *g = &v->space->geometry;
	const struct vmsa_entry e = {
		.va = p->va + index * vmsa_level_span(g, p->level),
		.at = p->pa + 8 * (uint64_t)index,
		.desc = desc,
		.step = leaf_step(v, p->level, desc),
		.span = vmsa_level_span(g, p->level),
		.count = count,
		.level = (int8_t)p->level,
		.type = vmsa_desc_type(g, p->level, desc),
	};

	return v->fn(v->arg, &e);
}

static int visit_table(const struct visit *v, const struct place *p);

/* A table descriptor: shown first if tables are, then what is below it. */
static int visit_child(const struct visit *v, const struct place *p,
		       unsigned index, vmsa_desc desc)
{
	const uint64_t span = vmsa_level_span(&v->space->geometry, p->level);
	struct place child = { .pa = vmsa_space_oa(v->space, desc),
			       .va = p->va + index * span,
			       .level = p->level + 1 };
	int ret = 0;

	if (v->flags & VMSA_VISIT_TABLES)
		ret = show(v, p, index, 1, desc);
	if (ret)
		return ret;
	child.entries = vmsa_memory_host(v->space->memory, child.pa);
	return child.entries ? visit_table(v, &child) : -EFAULT;
}

/* Indices of a table's first and last entry that the range touches. */
static void clip(const struct visit *v, const struct place *p, unsigned *first,
		 unsigned *end)
{
	const struct vmsa_geometry *g = &v->space->geometry;
	const unsigned shift = vmsa_level_shift(g, p->level);
	const unsigned entries = vmsa_level_entries(g, p->level);
	const uint64_t last = (v->last - p->va) >> shift;

	*first = v->start > p->va ? (unsigned)((v->start - p->va) >> shift) : 0;
	*end = last < entries ? (unsigned)last + 1 : entries;
}

/* One table's part of the range, run by run. */
static int visit_table(const struct visit *v, const struct place *p)
{
	const struct vmsa_geometry *g = &v->space->geometry;
	unsigned i, end;

	clip(v, p, &i, &end);
	while (i < end) {
		const vmsa_desc desc = entry_at(p, i);
		unsigned n = 1;
		int ret = 0;

		if (vmsa_desc_type(g, p->level, desc) == VMSA_DESC_TYPE_TABLE) {
			ret = visit_child(v, p, i, desc);
		} else {
			n = run_length(v, p, i, end, desc);
			if (desc || v->flags & VMSA_VISIT_HOLES)
				ret = show(v, p, i, n, desc);
		}
		if (ret)
			return ret;
		i += n;
	}
	return 0;
}

int vmsa_visit(const struct vmsa_space *space, vmsa_va start, vmsa_va last,
	       unsigned flags, vmsa_visit_fn fn, void *arg)
{
	const struct visit v = { space, fn, arg, flags, start, last };
	const struct place root = { .entries = space->root_entries,
				    .pa = space->root,
				    .va = space->base,
				    .level = space->geometry.start_level };

	if (last < start || !vmsa_space_holds(space, start, 1) ||
	    !vmsa_space_holds(space, last, 1))
		return -ERANGE;
	return visit_table(&v, &root);
}
