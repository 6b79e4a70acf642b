/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_ARRAY_H
#define VMSA_LIB_TLB_ARRAY_H
/*
 * array.h - uses and insertions, whatever an array's organisation
 *
 * Part of access.h: compiled once per kind of host.
 */
#include "assoc_full.h"
#include "assoc_place.h"
#include "assoc_sets.h"

/*
 * The steps below are not inlined: each has few values alive, together they
 * have more than a host has registers.
 */
#define STEP static __attribute__((noinline))

STEP uint32_t use_in_line(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			  uint64_t tag2)
{
	return vmsa_sets_use(a, set, tag, tag2, true);
}

STEP uint32_t use_in_loop(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			  uint64_t tag2)
{
	return vmsa_sets_use(a, set, tag, tag2, false);
}

STEP uint32_t use_in_place(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			   uint64_t tag2)
{
	return vmsa_place_use(a, set, tag, tag2);
}

STEP uint32_t use_in_full(struct vmsa_assoc *a, uint64_t tag, uint64_t tag2)
{
	uint32_t slot = vmsa_full_find(a, tag, tag2);

	if (slot != VMSA_ASSOC_NONE && a->replacement == VMSA_TLB_LRU)
		vmsa_full_touch(a, slot);
	return slot;
}

STEP uint32_t insert_in_line(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			     uint64_t data)
{
	return vmsa_sets_insert(a, set, tag, data, true);
}

STEP uint32_t insert_in_loop(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			     uint64_t data)
{
	return vmsa_sets_insert(a, set, tag, data, false);
}

STEP uint32_t insert_in_place(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			      uint64_t data)
{
	return vmsa_place_insert(a, set, tag, data);
}

STEP uint32_t insert_in_full(struct vmsa_assoc *a, uint64_t tag, uint64_t data)
{
	return vmsa_full_insert(a, tag, data);
}

STEP bool refer_in_line(const struct vmsa_assoc *a, uint32_t set, uint64_t tag)
{
	return vmsa_sets_refer(a, set, tag, true);
}

/* Slot of either tag, which this is a use of; or none. */
static inline uint32_t use(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			   uint64_t tag2)
{
	switch (a->kind) {
	case VMSA_ASSOC_LINES:
		return use_in_line(a, set, tag, tag2);
	case VMSA_ASSOC_FULL:
		return use_in_full(a, tag, tag2);
	case VMSA_ASSOC_PLACES:
		return use_in_place(a, set, tag, tag2);
	case VMSA_ASSOC_LOOPS:
		return use_in_loop(a, set, tag, tag2);
	case VMSA_ASSOC_ABSENT:
		break;
	}
	return VMSA_ASSOC_NONE;
}

/* Put a tag that is not there, which is a use of it; its slot. */
static inline uint32_t insert(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			      uint64_t data)
{
	switch (a->kind) {
	case VMSA_ASSOC_LINES:
		return insert_in_line(a, set, tag, data);
	case VMSA_ASSOC_FULL:
		return insert_in_full(a, tag, data);
	case VMSA_ASSOC_PLACES:
		return insert_in_place(a, set, tag, data);
	case VMSA_ASSOC_LOOPS:
		return insert_in_loop(a, set, tag, data);
	case VMSA_ASSOC_ABSENT:
		break;
	}
	return VMSA_ASSOC_NONE;
}

/*
 * Use a tag, or put it there: was it there?  For an array whose data and
 * classes nobody asks for.
 */
static inline bool refer(struct vmsa_assoc *a, uint32_t set, uint64_t tag)
{
	if (a->kind == VMSA_ASSOC_LINES)
		return refer_in_line(a, set, tag);
	if (use(a, set, tag, tag) != VMSA_ASSOC_NONE)
		return true;
	insert(a, set, tag, 0);
	return false;
}

#endif /* VMSA_LIB_TLB_ARRAY_H */
