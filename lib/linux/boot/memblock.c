/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memblock.c - the kernel's list of memory before it has an allocator
 *
 * Regions are sorted, disjoint, and merged with neighbours of equal flags.
 * That matters for the map: each region is one call of the mapping code, so
 * where a flag changes blocks and CONT groups break (3.3, step 5).
 *
 * Adding, cutting and marking all work on whole regions after making their
 * edges boundaries.
 */
#include "linux/boot/boot.h"

#include <errno.h>
#include <string.h>

#include "grow.h"

static vmsa_pa end_of(const struct vmsa_linux_region *r)
{
	return r->start + r->size;
}

/* Put a region in place @at; those behind move up. */
static int insert(struct memblock *mb, size_t at, struct vmsa_linux_region r)
{
	struct vmsa_linux_region *v =
		vmsa_grown(mb->v, mb->n, &mb->room, sizeof(*v));

	if (!v)
		return -ENOMEM;
	mb->v = v;
	memmove(mb->v + at + 1, mb->v + at, (mb->n - at) * sizeof(*mb->v));
	mb->v[at] = r;
	mb->n++;
	return 0;
}

/* Take the region at @at out. */
static void drop(struct memblock *mb, size_t at)
{
	memmove(mb->v + at, mb->v + at + 1, (mb->n - at - 1) * sizeof(*mb->v));
	mb->n--;
}

/* Neighbours with equal flags become one region. */
static void merge(struct memblock *mb)
{
	for (size_t i = 1; i < mb->n;) {
		struct vmsa_linux_region *a = &mb->v[i - 1];

		if (end_of(a) == mb->v[i].start && a->nomap == mb->v[i].nomap) {
			a->size += mb->v[i].size;
			drop(mb, i);
		} else {
			i++;
		}
	}
}

/* Make @at a boundary between regions, if it lies inside one. */
static int split_at(struct memblock *mb, vmsa_pa at)
{
	for (size_t i = 0; i < mb->n; i++) {
		struct vmsa_linux_region *r = &mb->v[i];
		struct vmsa_linux_region upper = *r;

		if (at <= r->start || at >= end_of(r))
			continue;
		upper.start = at;
		upper.size = end_of(r) - at;
		r->size = at - r->start;
		return insert(mb, i + 1, upper);
	}
	return 0;
}

/* What is there already keeps its flag; what is new is to be mapped. */
int vmsa_memblock_add(struct memblock *mb, vmsa_pa start, uint64_t size)
{
	vmsa_pa at = start;
	const vmsa_pa end = start + size;
	size_t i;
	int ret;

	/* Fill the gaps between what is there already. */
	for (i = 0; i < mb->n && at < end; i++) {
		const struct vmsa_linux_region r = mb->v[i];

		if (end_of(&r) <= at)
			continue;
		if (r.start >= end)
			break;
		if (r.start > at) {
			/*
			 * The gap in front of a region; i stays at that region.
			 */
			ret = insert(mb, i++,
				     (struct vmsa_linux_region){
					     at, r.start - at, false });
			if (ret)
				return ret;
		}
		at = end_of(&r);
	}
	if (at < end) {
		ret = insert(mb, i,
			     (struct vmsa_linux_region){ at, end - at, false });
		if (ret)
			return ret;
	}
	merge(mb);
	return 0;
}

/* Let no region reach over @start or @end. */
static int isolate(struct memblock *mb, vmsa_pa start, vmsa_pa end)
{
	const int ret = split_at(mb, start);

	return ret ? ret : split_at(mb, end);
}

int vmsa_memblock_remove(struct memblock *mb, vmsa_pa start, vmsa_pa end)
{
	const int ret = isolate(mb, start, end);

	if (ret)
		return ret;
	for (size_t i = 0; i < mb->n;) {
		if (mb->v[i].start >= start && end_of(&mb->v[i]) <= end)
			drop(mb, i);
		else
			i++;
	}
	return 0;
}

int vmsa_memblock_mark(struct memblock *mb, vmsa_pa start, uint64_t size,
		       bool nomap)
{
	const int ret = isolate(mb, start, start + size);

	if (ret)
		return ret;
	for (size_t i = 0; i < mb->n; i++) {
		struct vmsa_linux_region *r = &mb->v[i];

		if (r->start >= start && end_of(r) <= start + size)
			r->nomap = nomap;
	}
	merge(mb);
	return 0;
}

/*
 * NOMAP regions are not counted and not cut: they are not mapped anyway (2.2,
 * step 7).
 */
int vmsa_memblock_limit(struct memblock *mb, uint64_t limit)
{
	for (size_t i = 0; i < mb->n; i++) {
		struct vmsa_linux_region *r = &mb->v[i];

		if (r->nomap)
			continue;
		if (r->size > limit) {
			r->size = limit;
			if (!limit)
				drop(mb, i--);
			limit = 0;
		} else {
			limit -= r->size;
		}
	}
	return 0;
}

vmsa_pa vmsa_memblock_start(const struct memblock *mb)
{
	return mb->v[0].start;
}

vmsa_pa vmsa_memblock_end(const struct memblock *mb)
{
	return end_of(&mb->v[mb->n - 1]);
}
