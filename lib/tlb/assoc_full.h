/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_ASSOC_FULL_H
#define VMSA_LIB_TLB_ASSOC_FULL_H
/*
 * assoc_full.h - uses and insertions in a fully associative array, inline
 */
#include "assoc.h"

/** vmsa_full_chain() - the chain of tags that are @bare beside the context. */
static inline uint32_t vmsa_full_chain(const struct vmsa_assoc *a,
				       uint64_t bare)
{
	/* 2^64 over the golden ratio: Knuth's multiplicative hashing. */
	return (uint32_t)(bare * UINT64_C(0x9e3779b97f4a7c15) >> a->hash_shift);
}

/** vmsa_full_hash() - the chain a tag is on, whatever its context. */
static inline uint32_t vmsa_full_hash(const struct vmsa_assoc *a, uint64_t tag)
{
	return vmsa_full_chain(a, tag & ~VMSA_TAG_CONTEXT);
}

/** vmsa_full_search() - slot of either tag on a chain, or none. */
static inline uint32_t vmsa_full_search(const struct vmsa_assoc *a,
					uint32_t chain, uint64_t tag,
					uint64_t tag2)
{
	uint32_t slot = a->head[chain];

	while (slot != UINT16_MAX) {
		if (a->tag[slot] == tag || a->tag[slot] == tag2)
			return slot;
		slot = a->next[slot];
	}
	return VMSA_ASSOC_NONE;
}

/** vmsa_full_find() - slot of either tag, or none. */
static inline uint32_t vmsa_full_find(const struct vmsa_assoc *a, uint64_t tag,
				      uint64_t tag2)
{
	return vmsa_full_search(a, vmsa_full_hash(a, tag), tag, tag2);
}

/** vmsa_full_touch() - make a slot the youngest, unless it is held. */
static inline void vmsa_full_touch(struct vmsa_assoc *a, uint32_t slot)
{
	if (a->pos[slot] == VMSA_ASSOC_HELD)
		return;
	if (a->newest - a->oldest > a->log_mask)
		vmsa_assoc_compact(a);
	a->log[a->newest & a->log_mask] = (uint16_t)slot;
	a->pos[slot] = a->newest++;
}

/** vmsa_full_unlink() - take a slot off its hash chain. */
static inline void vmsa_full_unlink(struct vmsa_assoc *a, uint32_t slot)
{
	uint16_t *link = &a->head[vmsa_full_hash(a, a->tag[slot])];

	while (*link != slot)
		link = &a->next[*link];
	*link = a->next[slot];
}

/** vmsa_full_link() - put a slot on the chain of its tag. */
static inline void vmsa_full_link(struct vmsa_assoc *a, uint32_t slot)
{
	uint16_t *head = &a->head[vmsa_full_hash(a, a->tag[slot])];

	a->next[slot] = *head;
	*head = (uint16_t)slot;
}

/** vmsa_full_victim() - the slot to fill next; not all may be held. */
static inline uint32_t vmsa_full_victim(struct vmsa_assoc *a)
{
	if (a->nr_spare)
		return a->spare[--a->nr_spare];
	for (;; a->oldest++) {
		uint32_t slot = a->log[a->oldest & a->log_mask];

		if (a->pos[slot] == a->oldest) {
			vmsa_full_unlink(a, slot);
			return slot;
		}
	}
}

/** vmsa_full_insert() - put a tag that is not there; its slot. */
static inline uint32_t vmsa_full_insert(struct vmsa_assoc *a, uint64_t tag,
					uint64_t data)
{
	uint32_t slot = vmsa_full_victim(a);

	vmsa_assoc_count(a, a->tag[slot], tag);
	a->tag[slot] = tag;
	a->data[slot] = data;
	vmsa_full_link(a, slot);
	vmsa_full_touch(a, slot);
	return slot;
}

#endif /* VMSA_LIB_TLB_ASSOC_FULL_H */
