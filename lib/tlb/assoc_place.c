/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assoc_place.c - life of what remembers uses where tags stay in place
 */
#include "assoc_place.h"

#include <errno.h>
#include <stdlib.h>

/* The nodes above leaf @way, and what they say once it was used. */
static struct vmsa_assoc_path path_of(uint32_t way, uint32_t leaves)
{
	struct vmsa_assoc_path path = { 0, 0 };

	for (uint32_t node = way + leaves; node > 1; node /= 2) {
		uint64_t parent = UINT64_C(1) << node / 2;

		path.nodes |= parent;
		if (node % 2 == 0)
			path.away |= parent;
	}
	return path;
}

int vmsa_place_init(struct vmsa_assoc *a, uint32_t sets)
{
	a->state = calloc(sets, sizeof(*a->state));
	a->path = calloc(a->ways, sizeof(*a->path));
	if (!a->state || !a->path)
		return -ENOMEM;
	a->all_ways = ~UINT64_C(0) >> (VMSA_TLB_MAX_PLACES - a->ways);
	a->leaves = 1;
	while (a->leaves < a->ways)
		a->leaves *= 2;
	for (uint32_t way = 0; way < a->ways; way++) {
		a->path[way] = path_of(way, a->leaves);
		/* A node has an upper half if some way in it does. */
		a->has_upper |= a->path[way].nodes & ~a->path[way].away;
	}
	return 0;
}

void vmsa_place_remove(struct vmsa_assoc *a, uint32_t slot)
{
	if (a->replacement == VMSA_TLB_NRU)
		a->state[slot / a->stride] &=
			~(UINT64_C(1) << slot % a->stride);
	a->tag[slot] = 0;
}
