/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set_memory.c - permissions of areas and of their aliases (8.2)
 *
 *     area check -> each alias: split, store, flush of a page   (ro, rw)
 *                -> purge what was freed lazily
 *                -> the area itself: store, flush
 *
 * With rodata=full a page must not stay writable by its linear map alias, so
 * that is where most splits of the map come from: one page at a time, however
 * consecutive the pages are.
 */
#include "linux/linux.h"

#include <errno.h>

/* What a call changes; rox is two of them. */
static struct vmsa_change masks(const struct vmsa_linux *l,
				enum vmsa_set_memory what)
{
	const vmsa_desc gp = l->kernel.bti ? VMSA_LEAF_GP : 0;

	switch (what) {
	case VMSA_SET_RO:
		return (struct vmsa_change){ PTE_WRITE, PTE_RDONLY };
	case VMSA_SET_RW:
		return (struct vmsa_change){ PTE_RDONLY, PTE_WRITE };
	case VMSA_SET_NX:
		return (struct vmsa_change){ gp, VMSA_LEAF_PXN };
	default:
		return (struct vmsa_change){ VMSA_LEAF_PXN, gp };
	}
}

const char *vmsa_set_memory_name(enum vmsa_set_memory what)
{
	static const char *const names[VMSA_NR_SET_MEMORY] = {
		[VMSA_SET_RO] = "set_memory_ro",
		[VMSA_SET_RW] = "set_memory_rw",
		[VMSA_SET_NX] = "set_memory_nx",
		[VMSA_SET_X] = "set_memory_x",
		[VMSA_SET_ROX] = "set_memory_rox",
	};

	return names[what];
}

/*
 * The area that may be changed so, or NULL: one of vmalloc()'s own, and since
 * 6.18 one without blocks, which nobody here could split.
 */
static const struct vmsa_linux_area *area_for(const struct vmsa_linux *l,
					      vmsa_va start, uint64_t pages)
{
	const struct vmsa_linux_area *a = vmsa_linux_find_area(l, start);
	const unsigned shift = l->kernel.granule_shift;

	/* The guard page counts as part of the area. */
	if (!a || pages > (a->size - (start - a->va)) >> shift)
		return NULL;
	if (!(a->flags & VMSA_AREA_ALLOC))
		return NULL;
	if (a->flags & VMSA_AREA_HUGE && !l->rules->set_memory_huge)
		return NULL;
	return a;
}

/*
 * One alias: split, one entry, one page flushed.  Which errors a caller hears
 * of depends on the kernel (8.2, step 4).
 */
static int change_alias(struct vmsa_linux *l, vmsa_va va,
			struct vmsa_change change)
{
	const uint64_t page = vmsa_linux_page_size(l);
	int ret = 0;

	if (l->rules->callers_split)
		ret = vmsa_linux_split(l, va, va + page);
	if (ret)
		return l->rules->alias_errors == ALIAS_IGNORED ? 0 : ret;
	ret = vmsa_linux_change_range(l, va, page, change.set, change.clear);
	return l->rules->alias_errors == ALIAS_RETURNED ? ret : 0;
}

/*
 * The aliases of the pages asked for, or of the whole area in older kernels;
 * those done before an error stay.
 */
static int change_aliases(struct vmsa_linux *l, const struct vmsa_linux_area *a,
			  struct vmsa_range range, struct vmsa_change change)
{
	const unsigned shift = l->kernel.granule_shift;
	uint64_t i = (range.start - a->va) >> shift;
	uint64_t end = i + (range.size >> shift);

	if (l->rules->alias_whole_area) {
		i = 0;
		end = a->pages;
	}
	/* The guard page has none. */
	for (; i < end && i < a->pages; i++) {
		const int ret =
			change_alias(l, vmsa_linux_va(l, a->page[i]), change);

		if (ret)
			return ret;
	}
	return 0;
}

/* One of ro, rw, nx, x; steps 1 to 6 of 8.2. */
static int change_memory(struct vmsa_linux *l, enum vmsa_set_memory what,
			 vmsa_va addr, uint64_t pages)
{
	const unsigned shift = l->kernel.granule_shift;
	const vmsa_va start = addr & ~((UINT64_C(1) << shift) - 1);
	const struct vmsa_range range = { start, pages << shift };
	const struct vmsa_change change = masks(l, what);
	const struct vmsa_linux_area *a = area_for(l, start, pages);
	int ret = 0;

	l->warnings += start != addr;
	if (!a)
		return -EINVAL;
	if (!pages)
		return 0;
	if (l->policy.rodata_full &&
	    (what == VMSA_SET_RO || what == VMSA_SET_RW))
		ret = change_aliases(l, a, range, change);
	if (ret)
		return ret;
	vmsa_linux_unmap_aliases(l);
	return vmsa_linux_change_range(l, range.start, range.size, change.set,
				       change.clear);
}

/* rox is two calls; x never touches an alias. */
int vmsa_linux_set_memory(struct vmsa_linux *sys, enum vmsa_set_memory what,
			  vmsa_va addr, uint64_t pages)
{
	int ret;

	vmsa_space_begin(sys->space, vmsa_set_memory_name(what));
	if (what == VMSA_SET_ROX) {
		ret = change_memory(sys, VMSA_SET_RO, addr, pages);
		if (!ret)
			ret = change_memory(sys, VMSA_SET_X, addr, pages);
	} else {
		ret = change_memory(sys, what, addr, pages);
	}
	vmsa_space_end(sys->space, vmsa_set_memory_name(what));
	return ret;
}
