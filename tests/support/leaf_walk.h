/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_LEAF_WALK_H
#define VMSA_TEST_LEAF_WALK_H
/*
 * leaf_walk.h - a walker's answer where all leaves are of one size
 */
#include "vmsa/tlb/walker.h"

/* A leaf's size, its group's, and the level both are at. */
struct test_leaf {
	unsigned granule_shift;
	uint8_t shift, contiguous_shift;
	int8_t level;
};

/*
 * Fill in @w: global, at its own address, and each level's descriptors one
 * behind the other in an area of its own.
 */
static inline int test_leaf_walk(struct vmsa_tlb_walk *w,
				 const struct test_leaf *leaf)
{
	const unsigned stride = leaf->granule_shift - 3;

	if (w->from_root)
		w->first = leaf->granule_shift == 16 ? 1 : 0;
	w->last = leaf->level;
	for (int level = w->first; level <= w->last; level++)
		w->at[VMSA_LEVEL_SLOT(level)] =
			(uint64_t)(level + 1) << 44 |
			(w->va << 16 >> 16 >>
			 (leaf->granule_shift + stride * (3 - (unsigned)level)))
				<< 3;
	w->fault = false;
	w->global = true;
	w->shift = leaf->shift;
	w->contiguous_shift = leaf->contiguous_shift;
	w->pa = w->va;
	return 0;
}

#endif /* VMSA_TEST_LEAF_WALK_H */
