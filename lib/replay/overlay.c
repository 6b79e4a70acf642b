/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlay.h"

#define TWO_MIB_SHIFT 21

/*
 * Where assumed descriptors are: above every machine's RAM (bit 51), one area
 * of 2^47 bytes per level.  Descriptor i of a level is the i-th of its area.
 */
#define AREA       (UINT64_C(1) << 51)
#define AREA_SHIFT 47
#define VA_BITS    48

static unsigned level_shift(const struct vmsa_overlay *o, int level)
{
	return o->granule_shift +
	       (o->granule_shift - 3) * (unsigned)(VMSA_MAX_LEVEL - level);
}

static vmsa_pa descriptor_at(const struct vmsa_overlay *o, vmsa_va va,
			     int level)
{
	uint64_t low = va & ((UINT64_C(1) << VA_BITS) - 1);
	uint64_t at = low >> level_shift(o, level) << 3;
	uint64_t table = UINT64_C(0x9e3779b97f4a7c15) * o->asid;

	/* Each process has tables of its own: other pages of the area. */
	if (o->user)
		at ^= table << o->granule_shift;
	at &= (UINT64_C(1) << AREA_SHIFT) - 1;
	/* Levels 0 .. 3; level -1 has one table, it may lie with level 0's. */
	return AREA | (uint64_t)(level < 0 ? 0 : level) << AREA_SHIFT | at;
}

void vmsa_overlay_walk(const struct vmsa_overlay *o, struct vmsa_tlb_walk *walk)
{
	int last = VMSA_MAX_LEVEL;

	if (o->two_mib && level_shift(o, VMSA_MAX_LEVEL - 1) == TWO_MIB_SHIFT)
		last--;
	if (walk->from_root)
		walk->first = o->start_level;
	for (int level = walk->first; level <= last; level++)
		walk->at[VMSA_LEVEL_SLOT(level)] =
			descriptor_at(o, walk->va, level);
	walk->last = (int8_t)last;
	walk->fault = false;
	walk->global = !o->user;
	walk->shift = (uint8_t)level_shift(o, last);
	walk->contiguous_shift = o->two_mib ? TWO_MIB_SHIFT : walk->shift;
	walk->pa = walk->va & ((UINT64_C(1) << VA_BITS) - 1);
}
