/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmalloc.c - areas: where they lie, what they map, how they go (8.2, 8.7)
 *
 *     vmalloc   a gap in the address space, pages, the mapping
 *     vfree     unmap, no flush; aliases reset; pages go; the area is lazy
 *     purge     one flush over all lazy areas; their addresses are free again
 *
 * A freed area keeps its addresses until a purge has flushed them, since TLBs
 * may still have them.
 */
#include "linux/live/live.h"
#include "linux/map/map.h"
#include "linux/pages/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* The guard page belongs to it. */
static vmsa_va area_end(const struct area *a)
{
	return a->public.va + a->public.size;
}

/* How many areas start at or below @va: a binary search. */
static size_t areas_up_to(const struct vm *vm, vmsa_va va)
{
	size_t low = 0, high = vm->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (vm->v[mid]->public.va <= va)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Areas stay where they are allocated, since callers hold them; only pointers
 * move.
 */
static int insert(struct vm *vm, struct area *a)
{
	const size_t at = areas_up_to(vm, a->public.va);
	struct area **v = vmsa_grown(vm->v, vm->n, &vm->room, sizeof(*v));

	if (!v)
		return -ENOMEM;
	vm->v = v;
	memmove(vm->v + at + 1, vm->v + at, (vm->n - at) * sizeof(*vm->v));
	vm->v[at] = a;
	vm->n++;
	return 0;
}

static void forget(struct area *a)
{
	free(a->public.page);
	free(a);
}

/* The area of an address, unless it was freed. */
static struct area *find(const struct vm *vm, vmsa_va va)
{
	const size_t n = areas_up_to(vm, va);
	struct area *a = n ? vm->v[n - 1] : NULL;

	return a && !a->lazy && va < area_end(a) ? a : NULL;
}

const struct vmsa_linux_area *vmsa_linux_find_area(const struct vmsa_linux *sys,
						   vmsa_va va)
{
	const struct area *a = find(&sys->vm, va);

	return a ? &a->public : NULL;
}

/* --- where --------------------------------------------------------------- */

/*
 * The lowest gap of @size bytes in [start, end). Lazy areas are in the way like
 * others: that is what they are for.
 */
static int find_gap(const struct vm *vm, vmsa_va start, vmsa_va end,
		    uint64_t size, uint64_t align, vmsa_va *out)
{
	size_t i = areas_up_to(vm, start);
	vmsa_va at = start;

	if (i && area_end(vm->v[i - 1]) > at)
		at = area_end(vm->v[i - 1]);
	for (;; i++) {
		at = (at + align - 1) & ~(align - 1);
		if (at >= end || size > end - at)
			return -ENOSPC;
		if (i == vm->n || size <= vm->v[i]->public.va - at)
			break;
		at = area_end(vm->v[i]);
	}
	*out = at;
	return 0;
}

/* Blocks have to be wanted and to fit once at least. */
static bool is_huge(const struct vmsa_linux *l,
		    const struct vmsa_linux_area_want *want)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);

	return want->flags & VMSA_AREA_HUGE &&
	       want->pages >= vmsa_level_span(g, PMD_LEVEL) >> g->granule_shift;
}

/* An address range, after a purge if there is none before. */
static int place(struct vmsa_linux *l, const struct vmsa_linux_area_want *want,
		 struct area *a)
{
	const struct vmsa_linux_layout *at = &l->layout;
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const vmsa_va start = want->modules ? at->page_end : at->vmalloc_start;
	const vmsa_va end = want->modules ? at->modules_end : at->vmalloc_end;
	const uint64_t align = is_huge(l, want) ? vmsa_level_span(g, PMD_LEVEL)
						: vmsa_granule(g);
	int ret;

	if (want->pages >= (end - start) >> g->granule_shift)
		return -ENOSPC;
	/* One page more stays unmapped behind it. */
	a->public.size = (want->pages + 1) << g->granule_shift;
	ret = find_gap(&l->vm, start, end, a->public.size, align,
		       &a->public.va);
	if (ret != -ENOSPC || !l->vm.nr_lazy)
		return ret;
	vmsa_linux_unmap_aliases(l);
	return find_gap(&l->vm, start, end, a->public.size, align,
			&a->public.va);
}

/* The image lies at the start of vmalloc's range, and no area may. */
int vmsa_vm_reserve_image(struct vmsa_linux *l)
{
	const uint64_t mask = vmsa_linux_page_size(l) - 1;
	struct area *a = calloc(1, sizeof(*a));
	int ret;

	if (!a)
		return -ENOMEM;
	a->public.va = l->layout.vmalloc_start;
	a->public.size = (l->kernel.image.end + mask) & ~mask;
	ret = insert(&l->vm, a);
	if (ret)
		forget(a);
	return ret;
}

/* --- which pages --------------------------------------------------------- */

/* @n consecutive pages, aligned as one block. */
static int take_run(struct vmsa_linux *l, struct area *a, uint64_t n)
{
	const unsigned shift = l->kernel.granule_shift;
	vmsa_pa pa;
	const int ret = vmsa_pages_alloc(l, n, n << shift, &pa);

	if (ret)
		return ret;
	for (uint64_t i = 0; i < n; i++)
		a->public.page[a->public.pages++] = pa + (i << shift);
	return 0;
}

/* One after the other, as vmalloc() does; whole blocks where it may. */
static int take_pages(struct vmsa_linux *l,
		      const struct vmsa_linux_area_want *want, struct area *a)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const uint64_t block =
		vmsa_level_span(g, PMD_LEVEL) >> g->granule_shift;
	int ret = 0;

	a->owns_pages = true;
	while (!ret && a->public.pages < want->pages) {
		const uint64_t left = want->pages - a->public.pages;

		ret = take_run(l, a,
			       is_huge(l, want) && left >= block ? block : 1);
	}
	return ret;
}

/* The pages a caller brings: listed, or consecutive. */
static void copy_pages(const struct vmsa_linux *l,
		       const struct vmsa_linux_area_want *want, struct area *a)
{
	for (uint64_t i = 0; i < want->pages; i++)
		a->public.page[i] =
			want->page
				? want->page[i]
				: want->start + (i << l->kernel.granule_shift);
	a->public.pages = want->pages;
}

/* The list of backing pages, and the pages if they are to be the area's. */
static int get_pages(struct vmsa_linux *l,
		     const struct vmsa_linux_area_want *want, struct area *a)
{
	a->public.page = calloc(want->pages, sizeof(*a->public.page));
	if (!a->public.page)
		return -ENOMEM;
	if (!want->page && want->start == VMSA_NO_PA)
		return take_pages(l, want, a);
	copy_pages(l, want, a);
	return 0;
}

/* What an area mapped, kept while the area itself may go. */
struct backing {
	vmsa_pa *page;
	uint64_t pages;
	bool owned;
};

/* The pages go back, if they were the area's own; the list goes. */
static void give_pages(struct vmsa_linux *l, const struct backing *b)
{
	for (uint64_t i = 0; b->owned && i < b->pages; i++)
		vmsa_pages_free(l, b->page[i], 1);
	free(b->page);
}

/* The area forgets its pages, which outlive it until the flush. */
static struct backing take_backing(struct area *a)
{
	const struct backing b = { a->public.page, a->public.pages,
				   a->owns_pages };

	a->public.page = NULL;
	return b;
}

/* --- making one ---------------------------------------------------------- */

/* AttrIndx of 1.3. */
#define ATTR_NC     (UINT64_C(2) << VMSA_LEAF_ATTRINDX_SHIFT)
#define ATTR_DEVICE (UINT64_C(4) << VMSA_LEAF_ATTRINDX_SHIFT)

/* The page bits of a protection (1.4). */
static vmsa_desc protection(const struct vmsa_linux *l,
			    enum vmsa_linux_protection prot)
{
	const vmsa_desc rw = vmsa_linux_prot(l, 0);
	const vmsa_desc ro = vmsa_linux_prot(l, VMSA_PROT_RO);

	switch (prot) {
	case VMSA_PAGE_KERNEL_RO:
		return ro;
	case VMSA_PAGE_KERNEL_ROX:
		return ro & ~VMSA_LEAF_PXN;
	case VMSA_PAGE_KERNEL_EXEC:
		return rw & ~VMSA_LEAF_PXN;
	case VMSA_PAGE_NC:
		return (rw & ~PTE_DIRTY) | ATTR_NC;
	case VMSA_PAGE_DEVICE:
		return (rw & ~PTE_DIRTY) | ATTR_DEVICE;
	case VMSA_PAGE_KERNEL:
	default:
		return rw;
	}
}

/* Aliases must exist of what vmalloc() maps. */
static bool page_is_sound(const struct vmsa_linux *l, unsigned flags,
			  vmsa_pa pa)
{
	const uint64_t mask = vmsa_linux_page_size(l) - 1;

	return !(pa & mask) && (!(flags & VMSA_AREA_ALLOC) ||
				vmsa_linux_is_linear(l, vmsa_linux_va(l, pa)));
}

/* Can such an area be at all? */
static bool is_sound(const struct vmsa_linux *l,
		     const struct vmsa_linux_area_want *want)
{
	const unsigned shift = l->kernel.granule_shift;

	if (!want->pages || want->pages > UINT64_MAX >> (shift + 1))
		return false;
	for (uint64_t i = 0; want->page && i < want->pages; i++) {
		if (!page_is_sound(l, want->flags, want->page[i]))
			return false;
	}
	if (want->page || want->start == VMSA_NO_PA)
		return true;
	return page_is_sound(l, want->flags, want->start) &&
	       page_is_sound(l, want->flags,
			     want->start + ((want->pages - 1) << shift));
}

/* What fails here leaves a part mapped: vfree() takes it. */
static int map_area(struct vmsa_linux *l, const struct area *a)
{
	const struct populate p = {
		.va = a->public.va,
		.page = a->public.page,
		.pages = a->public.pages,
		.prot = a->public.prot,
		.blocks = a->public.flags & VMSA_AREA_HUGE,
	};

	return vmsa_linux_populate(l, &p);
}

/*
 * Everything but the mapping; what is taken before an error is in @a, and the
 * caller gives it back.
 */
static int make_area(struct vmsa_linux *l,
		     const struct vmsa_linux_area_want *want, struct area *a)
{
	int ret;

	a->public.flags = want->flags;
	a->public.prot = protection(l, want->prot);
	ret = place(l, want, a);
	if (!ret)
		ret = get_pages(l, want, a);
	return ret ? ret : insert(&l->vm, a);
}

int vmsa_linux_vmalloc(struct vmsa_linux *sys,
		       const struct vmsa_linux_area_want *want,
		       const struct vmsa_linux_area **out)
{
	struct area *a;
	int ret;

	if (!is_sound(sys, want))
		return -EINVAL;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	vmsa_space_begin(sys->space, "vmalloc");
	ret = make_area(sys, want, a);
	if (ret) {
		const struct backing b = take_backing(a);

		give_pages(sys, &b);
		forget(a);
	} else {
		ret = map_area(sys, a);
		if (ret)
			vmsa_linux_vfree(sys, &a->public);
		else
			*out = &a->public;
	}
	vmsa_space_end(sys->space, "vmalloc");
	return ret;
}

/* --- freeing ------------------------------------------------------------- */

/* The range of the aliases of an area's pages. */
static void alias_range(const struct vmsa_linux *l, const struct backing *b,
			vmsa_va *start, vmsa_va *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (uint64_t i = 0; i < b->pages; i++) {
		const vmsa_va va = vmsa_linux_va(l, b->page[i]);
		const vmsa_va after = va + (vmsa_linux_page_size(l));

		if (va < *start)
			*start = va;
		if (after > *end)
			*end = after;
	}
}

/*
 * Drop the areas that were flushed.  Their addresses may be handed out again
 * from now on.
 */
static void drop_lazy(struct vm *vm)
{
	size_t kept = 0;

	for (size_t i = 0; i < vm->n; i++) {
		if (vm->v[i]->lazy)
			forget(vm->v[i]);
		else
			vm->v[kept++] = vm->v[i];
	}
	vm->n = kept;
	vm->nr_lazy = 0;
}

/*
 * One flush over the union of what the caller names and all lazy areas; none if
 * there is nothing.  @start UINT64_MAX and @end 0 name nothing.
 */
static void purge(struct vmsa_linux *l, vmsa_va start, vmsa_va end)
{
	const unsigned shift = l->kernel.granule_shift;

	for (size_t i = 0; l->vm.nr_lazy && i < l->vm.n; i++) {
		const struct vmsa_linux_area *a = &l->vm.v[i]->public;
		const vmsa_va after = a->va + (a->pages << shift);

		if (!l->vm.v[i]->lazy)
			continue;
		if (a->va < start)
			start = a->va;
		if (after > end)
			end = after;
	}
	if (start < end)
		vmsa_linux_flush(l, start, end);
	if (l->vm.nr_lazy)
		drop_lazy(&l->vm);
}

/*
 * No alias may keep a permission the area gave it, and none may be used
 * through a stale entry: they go invalid, one flush, they come back.
 */
static void reset_perms(struct vmsa_linux *l, const struct backing *b)
{
	vmsa_va start, end;

	for (uint64_t i = 0; i < b->pages; i++)
		vmsa_linux_direct_map_invalid(l, vmsa_linux_va(l, b->page[i]));
	alias_range(l, b, &start, &end);
	purge(l, start, end);
	for (uint64_t i = 0; i < b->pages; i++)
		vmsa_linux_direct_map_default(l, vmsa_linux_va(l, b->page[i]));
}

/*
 * Lazy at once, so that the purge inside a reset covers it as well: its range
 * and the aliases in one flush (8.7).
 */
int vmsa_linux_vfree(struct vmsa_linux *sys, const struct vmsa_linux_area *area)
{
	struct area *a = find(&sys->vm, area->va);
	const unsigned shift = sys->kernel.granule_shift;
	struct backing b;

	if (!a || &a->public != area || !area->pages)
		return -EINVAL;
	vmsa_space_begin(sys->space, "vfree");
	vmsa_linux_unplug(sys, area->va, area->va + (area->pages << shift),
			  UNPLUG_AREA);
	b = take_backing(a);
	a->lazy = true;
	sys->vm.nr_lazy++;
	/* The purge inside forgets the area. */
	if (a->public.flags & VMSA_AREA_RESET_PERMS)
		reset_perms(sys, &b);
	give_pages(sys, &b);
	vmsa_space_end(sys->space, "vfree");
	return 0;
}

void vmsa_linux_unmap_aliases(struct vmsa_linux *sys)
{
	purge(sys, UINT64_MAX, 0);
}

void vmsa_vm_destroy(struct vm *vm)
{
	for (size_t i = 0; i < vm->n; i++)
		forget(vm->v[i]);
	free(vm->v);
	vmsa_pages_destroy(&vm->source);
}
