/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_ASSOC_PLACE_H
#define VMSA_LIB_TLB_ASSOC_PLACE_H
/*
 * assoc_place.h - uses and insertions in an array whose tags stay, inline
 *
 * What a set remembers of uses is one word:
 *
 *     tree PLRU   bit n: node n points to its upper half.  The root is node 1,
 *                 the halves of node n are nodes 2n and 2n + 1.
 *     NRU         bit w: way w was used since all were
 *     random      nothing
 */
#include "assoc.h"

#ifdef __AVX512F__
#include <immintrin.h>
#endif

/** vmsa_place_find() - the lowest way that holds a tag, or none. */
static inline uint32_t vmsa_place_find(const struct vmsa_assoc *a,
				       const uint64_t *set, uint64_t tag)
{
#ifdef __AVX512F__
	const __m512i want = _mm512_set1_epi64((long long)tag);

	for (uint32_t way = 0; way < a->ways; way += VMSA_ASSOC_LINE) {
		uint32_t match = _mm512_cmpeq_epi64_mask(
			_mm512_load_si512(set + way), want);

		if (match) {
			way += (uint32_t)__builtin_ctz(match);
			/* Padding is empty, but no way. */
			return way < a->ways ? way : VMSA_ASSOC_NONE;
		}
	}
#else
	for (uint32_t way = 0; way < a->ways; way++)
		if (set[way] == tag)
			return way;
#endif
	return VMSA_ASSOC_NONE;
}

/** vmsa_place_way() - the way of a tag or else of another, or none. */
static inline uint32_t vmsa_place_way(const struct vmsa_assoc *a,
				      const uint64_t *set, uint64_t tag,
				      uint64_t tag2)
{
	uint32_t way = vmsa_place_find(a, set, tag);

	return way == VMSA_ASSOC_NONE && tag != tag2
		       ? vmsa_place_find(a, set, tag2)
		       : way;
}

/** vmsa_place_note() - remember a use of a way. */
static inline void vmsa_place_note(struct vmsa_assoc *a, uint32_t set,
				   uint32_t way)
{
	uint64_t *state = &a->state[set];

	if (a->replacement == VMSA_TLB_TREE_PLRU) {
		*state = (*state & ~a->path[way].nodes) | a->path[way].away;
	} else if (a->replacement == VMSA_TLB_NRU) {
		*state |= UINT64_C(1) << way;
		if (*state == a->all_ways)
			*state = UINT64_C(1) << way;
	}
}

/** vmsa_place_random() - the next number of the array's SplitMix64. */
static inline uint64_t vmsa_place_random(struct vmsa_assoc *a)
{
	uint64_t x = a->random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/** vmsa_place_victim() - the way of a set without empty ones to fill next. */
static inline uint32_t vmsa_place_victim(struct vmsa_assoc *a, uint32_t set)
{
	uint64_t state = a->state[set];
	uint32_t node = 1;

	switch (a->replacement) {
	case VMSA_TLB_TREE_PLRU:
		state &= a->has_upper;
		while (node < a->leaves)
			node = 2 * node + (uint32_t)(state >> node & 1);
		return node - a->leaves;
	case VMSA_TLB_NRU:
		/* A single way is always used. */
		state = a->all_ways & ~state;
		return state ? (uint32_t)__builtin_ctzll(state) : 0;
	default:
		return (uint32_t)((vmsa_place_random(a) >> 32) * a->ways >> 32);
	}
}

/** vmsa_place_use() - slot of either tag, noted as used; or none. */
static inline uint32_t vmsa_place_use(struct vmsa_assoc *a, uint32_t set,
				      uint64_t tag, uint64_t tag2)
{
	uint32_t slot = (set & a->set_mask) * a->stride;
	uint32_t way = vmsa_place_way(a, a->tag + slot, tag, tag2);

	if (way == VMSA_ASSOC_NONE)
		return way;
	vmsa_place_note(a, set & a->set_mask, way);
	return slot + way;
}

/** vmsa_place_insert() - put a tag that is not there; its slot. */
static inline uint32_t vmsa_place_insert(struct vmsa_assoc *a, uint32_t set,
					 uint64_t tag, uint64_t data)
{
	uint32_t slot = (set & a->set_mask) * a->stride;
	uint32_t way = vmsa_place_find(a, a->tag + slot, 0);

	if (way == VMSA_ASSOC_NONE)
		way = vmsa_place_victim(a, set & a->set_mask);
	vmsa_place_note(a, set & a->set_mask, way);
	slot += way;
	vmsa_assoc_count(a, a->tag[slot], tag);
	a->tag[slot] = tag;
	a->data[slot] = data;
	return slot;
}

#endif /* VMSA_LIB_TLB_ASSOC_PLACE_H */
