/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_ASSOC_SETS_H
#define VMSA_LIB_TLB_ASSOC_SETS_H
/*
 * assoc_sets.h - uses and insertions in a set-associative array, inline
 *
 * @line says that a set is one line of the host's cache (eight ways at most,
 * padded).  With AVX-512 that is one vector: a lookup compares all tags at
 * once, and bringing way w to the front is one rotation of lanes 0 .. w.
 * Everything else is a loop over the ways, with the same outcome.
 */
#include "assoc.h"

#ifdef __AVX512F__
#include <immintrin.h>

/** vmsa_sets_rotate() - lanes 0 .. @way move up by one, @front goes first. */
static inline void vmsa_sets_rotate(uint64_t *set, uint32_t way, uint64_t front)
{
	__m512i old = _mm512_load_si512(set);
	__m512i moved = _mm512_alignr_epi64(
		old, _mm512_set1_epi64((long long)front), 7);
	__mmask8 lanes = (__mmask8)((2u << way) - 1);

	_mm512_store_si512(set, _mm512_mask_mov_epi64(old, lanes, moved));
}

/** vmsa_sets_match() - bit w: way w of one line holds @tag. */
static inline uint32_t vmsa_sets_match(const uint64_t *set, uint64_t tag)
{
	return _mm512_cmpeq_epi64_mask(_mm512_load_si512(set),
				       _mm512_set1_epi64((long long)tag));
}
#endif

/** vmsa_sets_first() - the first slot of a set. */
static inline uint32_t vmsa_sets_first(const struct vmsa_assoc *a, uint32_t set,
				       bool line)
{
	return (set & a->set_mask) * (line ? VMSA_ASSOC_LINE : a->stride);
}

/** vmsa_sets_way() - the way that holds either tag, or none. */
static inline uint32_t vmsa_sets_way(const struct vmsa_assoc *a,
				     const uint64_t *set, uint64_t tag,
				     uint64_t tag2, bool line)
{
#ifdef __AVX512F__
	if (line) {
		uint32_t match =
			vmsa_sets_match(set, tag) | vmsa_sets_match(set, tag2);

		return match ? (uint32_t)__builtin_ctz(match) : VMSA_ASSOC_NONE;
	}
#endif
	(void)line;
	for (uint32_t way = 0; way < a->ways; way++)
		if (set[way] == tag || set[way] == tag2)
			return way;
	return VMSA_ASSOC_NONE;
}

/** vmsa_sets_front() - put @front first, over what way @way held. */
static inline void vmsa_sets_front(uint64_t *set, uint32_t way, uint64_t front,
				   bool line)
{
#ifdef __AVX512F__
	if (line) {
		vmsa_sets_rotate(set, way, front);
		return;
	}
#endif
	(void)line;
	for (; way > 0; way--)
		set[way] = set[way - 1];
	set[0] = front;
}

/** vmsa_sets_use() - slot of either tag, which this is a use of; or none. */
static inline uint32_t vmsa_sets_use(struct vmsa_assoc *a, uint32_t set,
				     uint64_t tag, uint64_t tag2, bool line)
{
	uint32_t slot = vmsa_sets_first(a, set, line);
	uint32_t way = vmsa_sets_way(a, a->tag + slot, tag, tag2, line);

	if (way == VMSA_ASSOC_NONE)
		return way;
	if (a->replacement == VMSA_TLB_FIFO)
		return slot + way;
	vmsa_sets_front(a->tag + slot, way, a->tag[slot + way], line);
	vmsa_sets_front(a->data + slot, way, a->data[slot + way], line);
	return slot;
}

/** vmsa_sets_insert() - put a tag that is not there; its slot. */
static inline uint32_t vmsa_sets_insert(struct vmsa_assoc *a, uint32_t set,
					uint64_t tag, uint64_t data, bool line)
{
	uint32_t slot = vmsa_sets_first(a, set, line), last = a->ways - 1;

	vmsa_assoc_count(a, a->tag[slot + last], tag);
	vmsa_sets_front(a->tag + slot, last, tag, line);
	vmsa_sets_front(a->data + slot, last, data, line);
	return slot;
}

/**
 * vmsa_sets_refer() - use a tag, or put it there.
 * @a:    an array whose data and classes nobody asks for
 * @set:  as it is indexed
 * @tag:  the tag
 * @line: as above
 *
 * Return: whether it was there.
 */
static inline bool vmsa_sets_refer(const struct vmsa_assoc *a, uint32_t set,
				   uint64_t tag, bool line)
{
	uint64_t *in = a->tag + vmsa_sets_first(a, set, line);
	uint32_t way;
	bool found;

#ifdef __AVX512F__
	if (line && a->replacement == VMSA_TLB_LRU) {
		uint32_t match = vmsa_sets_match(in, tag);

		/* No branch: whether it is there may be as good as random. */
		way = (uint32_t)__builtin_ctz(match | 1u << (a->ways - 1));
		vmsa_sets_rotate(in, way, tag);
		return match;
	}
#endif
	way = vmsa_sets_way(a, in, tag, tag, line);
	found = way != VMSA_ASSOC_NONE;
	if (found && a->replacement == VMSA_TLB_FIFO)
		return true;
	vmsa_sets_front(in, found ? way : a->ways - 1, tag, line);
	return found;
}

#endif /* VMSA_LIB_TLB_ASSOC_SETS_H */
