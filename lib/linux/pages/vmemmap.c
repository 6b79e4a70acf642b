/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmemmap.c - the struct pages of memory (10)
 *
 * The array of struct pages, 64 bytes for each page of memory, is virtually
 * contiguous and backed only where there is memory.  It is mapped by base
 * pages, but with 4K pages by 2 MiB blocks where a whole one can be had: that
 * is one memory block's worth.
 */
#include "linux/map/map.h"
#include "linux/pages/pages.h"

#include <errno.h>

/* Indexed from the linear map's start as this CPU has it. */
vmsa_va vmsa_linux_vmemmap(const struct vmsa_linux *l, vmsa_pa pa)
{
	const uint64_t index =
		(vmsa_linux_va(l, pa) - l->layout.linear_start) >>
		l->kernel.granule_shift;

	return l->layout.vmemmap_start + index * STRUCT_PAGE;
}

/* One leaf over fresh memory: 0, -EEXIST if there is one, -ENOMEM. */
static int map_leaf(struct vmsa_linux *l, vmsa_va va, int level)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const unsigned i = vmsa_level_index(g, level, va);
	const uint64_t span = vmsa_level_span(g, level);
	vmsa_desc prot = vmsa_linux_prot(l, 0);
	struct vmsa_table t;
	vmsa_pa pa;
	int ret;

	ret = vmsa_linux_table_at(l, va, level, &t);
	if (ret)
		return ret == -EBUSY ? -EEXIST : ret;
	if (vmsa_table_get(&t, i))
		return -EEXIST;
	ret = vmsa_pages_alloc(l, span >> g->granule_shift, span, &pa);
	if (ret)
		return ret;
	if (level < PTE_LEVEL)
		prot &= ~VMSA_DESC_TABLE;
	vmsa_linux_set_entry(l, &t, i, va, vmsa_oa_desc(g, pa) | prot);
	return 0;
}

/* By base pages; those a neighbouring section has mapped are skipped. */
static int map_pages(struct vmsa_linux *l, vmsa_va va, vmsa_va end)
{
	const uint64_t page = vmsa_linux_page_size(l);
	int ret = 0;

	for (; va < end && !ret; va += page) {
		ret = map_leaf(l, va, PTE_LEVEL);
		if (ret == -EEXIST)
			ret = 0;
	}
	return ret;
}

/* What one PMD translates, or the part of it that is wanted. */
static int map_piece(struct vmsa_linux *l, vmsa_va va, uint64_t size)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	int ret = -ENOMEM;

	if (g->granule_shift == 12 && size == vmsa_level_span(g, PMD_LEVEL))
		ret = map_leaf(l, va, PMD_LEVEL);
	/* No block to be had, or a table of neighbours is there already. */
	return ret ? map_pages(l, va, va + size) : 0;
}

/*
 * Rounded outward to pages of struct pages; what is mapped when memory runs out
 * stays, the caller removes it.
 */
int vmsa_linux_vmemmap_populate(struct vmsa_linux *l, struct vmsa_range range)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const uint64_t mask = vmsa_granule(g) - 1;
	const uint64_t span = vmsa_level_span(g, PMD_LEVEL);
	const vmsa_va first = vmsa_linux_vmemmap(l, range.start);
	const vmsa_va end =
		(first + (range.size >> g->granule_shift) * STRUCT_PAGE +
		 mask) &
		~mask;
	vmsa_va va = first & ~mask;
	int ret = 0;

	vmsa_space_begin(l->space, "vmemmap_populate");
	while (va < end && !ret) {
		const uint64_t left = span - (va & (span - 1));
		const uint64_t step = end - va < left ? end - va : left;

		ret = map_piece(l, va, step);
		va += step;
	}
	vmsa_space_end(l->space, "vmemmap_populate");
	return ret;
}
