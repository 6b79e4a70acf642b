/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hotplug.c - memory comes and goes (10)
 *
 *     add      memblock, then the linear map, then its struct pages
 *     remove   struct pages, then the linear map, tables and all
 *
 * What is added is mapped under today's policy, which may differ from boot's:
 * capabilities are final now.  What was there at boot can never go, and what
 * was plugged can only if no leaf reaches over the edge: removing never splits.
 */
#include "linux/boot/boot.h"
#include "linux/map/map.h"
#include "linux/pages/pages.h"

#include <errno.h>

#include "grow.h"

static vmsa_pa end_of(const struct vmsa_range *r)
{
	return r->start + r->size;
}

uint64_t vmsa_linux_memory_block(const struct vmsa_linux *sys)
{
	/* One section (2.1). */
	return UINT64_C(1) << (sys->kernel.granule_shift == 16 ? 29 : 27);
}

/*
 * What the linear map has addresses for.  With a "negative" memstart the first
 * PA is not one, so the range starts at 0 (10).
 */
struct vmsa_range vmsa_linux_mappable(const struct vmsa_linux *sys)
{
	const vmsa_pa last = vmsa_linux_pa(sys, sys->layout.page_end - 1);
	vmsa_pa start = vmsa_linux_pa(sys, sys->layout.linear_start);

	if (start > last)
		start = 0;
	return (struct vmsa_range){ start, last - start + 1 };
}

/* --- which ranges -------------------------------------------------------- */

/* Whole memory blocks, at least one, that do not wrap. */
static bool is_of_blocks(const struct vmsa_linux *l, struct vmsa_range r)
{
	return r.size && r.start + (r.size - 1) >= r.start &&
	       !((r.start | r.size) & (vmsa_linux_memory_block(l) - 1));
}

/* Within reach of the map, and of what a descriptor can hold. */
static bool is_mappable(const struct vmsa_linux *l, struct vmsa_range r)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const struct vmsa_range room = vmsa_linux_mappable(l);
	const vmsa_pa last = r.start + (r.size - 1);

	return r.start >= room.start && last - room.start <= room.size - 1 &&
	       !(last >> vmsa_oa_bits(g));
}

/* Bytes that two ranges share. */
static uint64_t shared(struct vmsa_range a, struct vmsa_range b)
{
	const vmsa_pa start = a.start > b.start ? a.start : b.start;
	const vmsa_pa end = end_of(&a) < end_of(&b) ? end_of(&a) : end_of(&b);

	return start < end ? end - start : 0;
}

/* How many bytes of @r are memory, of any kind. */
static uint64_t memory_in(const struct vmsa_linux *l, struct vmsa_range r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->memblock.n; i++) {
		const struct vmsa_linux_region *m = &l->memblock.v[i];

		sum += shared(r, (struct vmsa_range){ m->start, m->size });
	}
	return sum;
}

/* How many bytes of @r were plugged in. */
static uint64_t plugged_in(const struct plugged *p, struct vmsa_range r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++)
		sum += shared(r, p->v[i]);
	return sum;
}

/* Note a range that is being plugged in. */
static int remember(struct plugged *p, struct vmsa_range r)
{
	struct vmsa_range *v = vmsa_grown(p->v, p->n, &p->room, sizeof(*v));

	if (!v)
		return -ENOMEM;
	p->v = v;
	p->v[p->n++] = r;
	return 0;
}

/*
 * Cut @r out of what was plugged in.  A range cut in the middle leaves two, and
 * only that needs room.
 */
static int forget(struct plugged *p, struct vmsa_range r)
{
	for (size_t i = p->n; i--;) {
		struct vmsa_range *have = &p->v[i];
		const struct vmsa_range above = { end_of(&r),
						  end_of(have) - end_of(&r) };

		if (end_of(&r) <= have->start || r.start >= end_of(have))
			continue;
		if (end_of(&r) < end_of(have)) {
			const int ret = remember(p, above);

			if (ret)
				return ret;
			have = &p->v[i];
		}
		if (r.start > have->start)
			have->size = r.start - have->start;
		else
			*have = p->v[--p->n];
	}
	return 0;
}

/* --- add ----------------------------------------------------------------- */

/* The linear map address behind a range, which may be where no PA is. */
static vmsa_va after(const struct vmsa_linux *l, struct vmsa_range r)
{
	return vmsa_linux_va(l, r.start) + r.size;
}

/*
 * The struct pages of a range, by way of its last page: behind it there may be
 * nothing that has one.
 */
static void unmap_struct_pages(struct vmsa_linux *l, struct vmsa_range r)
{
	const vmsa_va start = vmsa_linux_vmemmap(l, r.start);
	const vmsa_va end =
		start +
		(vmsa_linux_vmemmap(l, r.start + (r.size - 1)) - start) +
		STRUCT_PAGE;

	vmsa_linux_unplug(l, start, end, UNPLUG_VMEMMAP);
}

/* On an error the whole range goes again, however far it got. */
static int map_memory(struct vmsa_linux *l, struct vmsa_range r)
{
	const struct vmsa_linux_map map = {
		.pa = r.start,
		.va = vmsa_linux_va(l, r.start),
		.size = r.size,
		.prot = vmsa_linux_prot(l, VMSA_PROT_TAGGED),
		.flags = vmsa_linux_map_flags(l, vmsa_linux_force_pte(l)) |
			 VMSA_LINUX_NO_EXEC,
	};
	int ret;

	ret = vmsa_linux_map(l, &map, VMSA_LATE);
	if (ret)
		goto undo;
	ret = vmsa_linux_vmemmap_populate(l, r);
	if (ret) {
		unmap_struct_pages(l, r);
		goto undo;
	}
	return 0;
undo:
	/* A BUG() leaves nobody to undo anything. */
	if (ret != -ENOTRECOVERABLE)
		vmsa_linux_unplug(l, map.va, after(l, r), UNPLUG_LINEAR);
	return ret;
}

/* Whatever fails, nothing stays: neither mapping nor memory. */
int vmsa_linux_hot_add(struct vmsa_linux *sys, struct vmsa_range range)
{
	int ret;

	if (!is_of_blocks(sys, range))
		return -EINVAL;
	if (!is_mappable(sys, range))
		return -E2BIG;
	if (memory_in(sys, range))
		return -EEXIST;
	ret = remember(&sys->plugged, range);
	if (ret)
		return ret;
	ret = vmsa_memblock_add(&sys->memblock, range.start, range.size);
	if (!ret) {
		vmsa_space_begin(sys->space, "hot_add");
		ret = map_memory(sys, range);
		vmsa_space_end(sys->space, "hot_add");
		if (ret)
			vmsa_memblock_remove(&sys->memblock, range.start,
					     end_of(&range));
	}
	if (ret)
		sys->plugged.n--;
	return ret;
}

/* --- remove -------------------------------------------------------------- */

/* Would an edge of the range, or of its struct pages, lie inside a leaf? */
static bool would_cut(const struct vmsa_linux *l, struct vmsa_range r)
{
	const vmsa_pa end = end_of(&r);

	return vmsa_linux_is_inside_leaf(l, vmsa_linux_va(l, r.start)) ||
	       vmsa_linux_is_inside_leaf(l, after(l, r)) ||
	       vmsa_linux_is_inside_leaf(l, vmsa_linux_vmemmap(l, r.start)) ||
	       vmsa_linux_is_inside_leaf(l, vmsa_linux_vmemmap(l, end));
}

/* Refusals are as the notifier's: boot memory, and edges that would cut. */
int vmsa_linux_hot_remove(struct vmsa_linux *sys, struct vmsa_range range)
{
	int ret;

	if (!is_of_blocks(sys, range) || memory_in(sys, range) != range.size)
		return -EINVAL;
	if (plugged_in(&sys->plugged, range) != range.size)
		return -EPERM;
	if (sys->rules->refuses_cuts && would_cut(sys, range))
		return -EPERM;
	ret = forget(&sys->plugged, range);
	if (!ret)
		ret = vmsa_memblock_remove(&sys->memblock, range.start,
					   end_of(&range));
	if (ret)
		return ret;
	vmsa_space_begin(sys->space, "hot_remove");
	unmap_struct_pages(sys, range);
	vmsa_linux_unplug(sys, vmsa_linux_va(sys, range.start),
			  after(sys, range), UNPLUG_LINEAR);
	vmsa_space_end(sys->space, "hot_remove");
	return 0;
}

/* --- boot memory --------------------------------------------------------- */

/*
 * What boot does for its own memory.  Sections that two regions share are
 * populated once: what is mapped is skipped.
 */
int vmsa_linux_map_struct_pages(struct vmsa_linux *sys)
{
	const uint64_t block = vmsa_linux_memory_block(sys);
	int ret = 0;

	if (sys->has_struct_pages)
		return -EEXIST;
	/* Whole sections, whatever part of one is memory. */
	for (size_t i = 0; i < sys->memblock.n && !ret; i++) {
		const struct vmsa_linux_region *m = &sys->memblock.v[i];
		const vmsa_pa start = m->start & ~(block - 1);
		const vmsa_pa end =
			(m->start + m->size + block - 1) & ~(block - 1);

		ret = vmsa_linux_vmemmap_populate(
			sys, (struct vmsa_range){ start, end - start });
	}
	sys->has_struct_pages = !ret;
	return ret;
}
