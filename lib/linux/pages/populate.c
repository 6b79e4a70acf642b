/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * populate.c - map pages outside the linear map
 *
 * The kernel's generic code does this, through the setters of 4.6: tables get
 * UXNTable but not PXNTable, since code may lie below.  Where vmalloc areas,
 * modules and struct pages go; nothing that is mapped is ever mapped over.
 */
#include "linux/map/map.h"
#include "linux/pages/pages.h"

#include <errno.h>

/*
 * As in the mapping code (4.4), but without a fixmap visit: new tables are in
 * the linear map by now.
 */
static int make_table(struct vmsa_linux *l, struct vmsa_table *t, vmsa_va va,
		      struct vmsa_table *child)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	vmsa_desc desc = VMSA_DESC_TYPE | VMSA_TABLE_UXN;
	int ret;

	ret = vmsa_table_alloc(l->space, VMSA_LATE, t->level + 1, child);
	if (ret)
		return ret;
	/* The zeroes must be visible before the table is. */
	vmsa_space_barrier(l->space, VMSA_DSB_ISHST);
	if (l->rules->table_af)
		desc |= VMSA_TABLE_AF;
	vmsa_linux_set_entry(l, t, vmsa_level_index(g, t->level, va),
			     va & ~(vmsa_level_span(g, t->level) - 1),
			     desc | vmsa_oa_desc(g, child->pa));
	return 0;
}

int vmsa_linux_get_table(struct vmsa_linux *l, struct vmsa_table *t, vmsa_va va,
			 struct vmsa_table *child)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const vmsa_desc d =
		vmsa_table_get(t, vmsa_level_index(g, t->level, va));

	if (!d)
		return make_table(l, t, va, child);
	if (!is_table(d))
		return -EBUSY;
	return vmsa_table_child(l->space, t->level, d, child);
}

int vmsa_linux_table_at(struct vmsa_linux *l, vmsa_va va, int level,
			struct vmsa_table *out)
{
	struct vmsa_table t, child;

	for (vmsa_table_root(l->space, &t); t.level < level; t = child) {
		const int ret = vmsa_linux_get_table(l, &t, va, &child);

		if (ret)
			return ret;
	}
	*out = t;
	return 0;
}

/* Are the next pages from page @i on one aligned, consecutive PMD's worth? */
static bool block_fits(const struct populate *p, uint64_t i, unsigned shift,
		       uint64_t span)
{
	const vmsa_va va = p->va + (i << shift);
	const uint64_t n = span >> shift;

	if (!p->blocks || p->pages - i < n || (va | p->page[i]) & (span - 1))
		return false;
	for (uint64_t j = 1; j < n; j++) {
		if (p->page[i + j] != p->page[i] + (j << shift))
			return false;
	}
	return true;
}

/* One PMD block over the pages from page @i on. */
static int map_block(struct vmsa_linux *l, const struct populate *p, uint64_t i)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const vmsa_va va = p->va + (i << g->granule_shift);
	const unsigned index = vmsa_level_index(g, PMD_LEVEL, va);
	struct vmsa_table t;
	int ret;

	ret = vmsa_linux_table_at(l, va, PMD_LEVEL, &t);
	if (ret)
		return ret;
	/* An empty table of earlier pages stands in the way as well. */
	if (vmsa_table_get(&t, index))
		return -EBUSY;
	vmsa_linux_set_entry(l, &t, index, va,
			     vmsa_oa_desc(g, p->page[i]) |
				     (p->prot & ~VMSA_DESC_TABLE));
	return 0;
}

/* Pages up to the end of one table; how many, or a negative errno. */
static int64_t map_pages(struct vmsa_linux *l, const struct populate *p,
			 uint64_t i)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	vmsa_va va = p->va + (i << g->granule_shift);
	unsigned index = vmsa_level_index(g, PTE_LEVEL, va);
	const unsigned end = vmsa_level_entries(g, PTE_LEVEL);
	const uint64_t first = i;
	struct vmsa_table t;
	int ret;

	ret = vmsa_linux_table_at(l, va, PTE_LEVEL, &t);
	if (ret)
		return ret;
	for (; i < p->pages && index < end; i++, index++) {
		if (vmsa_table_get(&t, index))
			return -EBUSY;
		vmsa_linux_set_entry(l, &t, index, va,
				     vmsa_oa_desc(g, p->page[i]) | p->prot);
		va += vmsa_granule(g);
	}
	return (int64_t)(i - first);
}

/* Blocks where they fit and nothing is in the way, else pages. */
static int populate_all(struct vmsa_linux *l, const struct populate *p)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const uint64_t span = vmsa_level_span(g, PMD_LEVEL);
	const uint64_t pages = span >> g->granule_shift;

	for (uint64_t i = 0; i < p->pages;) {
		int64_t n = -EBUSY;

		if (block_fits(p, i, g->granule_shift, span))
			n = map_block(l, p, i) ?: (int64_t)pages;
		if (n == -EBUSY)
			n = map_pages(l, p, i);
		if (n < 0)
			return (int)n;
		i += (uint64_t)n;
	}
	return 0;
}

int vmsa_linux_populate(struct vmsa_linux *l, const struct populate *p)
{
	int ret;

	vmsa_space_begin(l->space, "populate");
	vmsa_linux_lazy_enter(l);
	ret = populate_all(l, p);
	vmsa_linux_lazy_leave(l);
	vmsa_space_end(l->space, "populate");
	return ret;
}
