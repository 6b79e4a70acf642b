/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ranges.c - a sorted list of ranges, none of which touches another
 *
 * What is reserved is a few dozen ranges, so a vector with a scan is enough.
 * Everything is by inclusive ends: a range may reach the last byte of the
 * address space, where an exclusive end would wrap to 0.
 */
#include "memory/memory.h"

#include <errno.h>
#include <string.h>

#include "grow.h"

/* The last byte of a range that is not empty. */
static vmsa_pa last_byte(struct vmsa_range r)
{
	return r.start + (r.size - 1);
}

/*
 * Do the two overlap, or does one begin right behind the other?  Then they are
 * merged.  The second half of each test is what makes neighbours touch.
 */
static bool touch(struct vmsa_range a, struct vmsa_range b)
{
	const bool a_below_b =
		last_byte(a) < b.start && last_byte(a) + 1 != b.start;
	const bool b_below_a =
		last_byte(b) < a.start && last_byte(b) + 1 != a.start;

	return !a_below_b && !b_below_a;
}

int vmsa_range_list_add(struct vmsa_range_list *list, struct vmsa_range range)
{
	struct vmsa_range *v =
		vmsa_grown(list->v, list->n, &list->room, sizeof(*v));
	size_t first = 0, end;

	if (!v)
		return -ENOMEM;
	list->v = v;
	/* Ranges wholly below the new one stay in front of it. */
	while (first < list->n && list->v[first].start < range.start &&
	       !touch(list->v[first], range))
		first++;
	/* Swallow what it touches: [first, end) becomes one range. */
	for (end = first; end < list->n && touch(list->v[end], range); end++) {
		const vmsa_pa last = last_byte(list->v[end]);

		if (list->v[end].start < range.start) {
			range.size += range.start - list->v[end].start;
			range.start = list->v[end].start;
		}
		if (last > last_byte(range))
			range.size = last - range.start + 1;
	}
	memmove(list->v + first + 1, list->v + end,
		(list->n - end) * sizeof(*list->v));
	list->v[first] = range;
	list->n = list->n - (end - first) + 1;
	return 0;
}

const struct vmsa_range *vmsa_range_list_find(
	const struct vmsa_range_list *list, struct vmsa_range range)
{
	/*
	 * Highest first: the allocator searches top down, so the answer is near
	 * the end of the list.
	 */
	for (size_t i = list->n; i-- > 0;) {
		const struct vmsa_range r = list->v[i];

		if (last_byte(r) < range.start)
			return NULL;
		if (r.start <= last_byte(range))
			return &list->v[i];
	}
	return NULL;
}
