/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_ASSOC_H
#define VMSA_LIB_TLB_ASSOC_H
/*
 * assoc.h - a set- or fully associative LRU array of 64-bit tags
 *
 * TLBs, the walk cache and the cache of descriptor lines are all one of these.
 *
 * A tag is never 0; bits 4:0 are its class (a TLB entry's size, a table
 * descriptor's level).  The array knows which classes it holds, so that a
 * lookup probes no other.  A lookup names two tags, either of which will do:
 * the entry for one ASID and the entry for all.  They may differ in
 * VMSA_TAG_CONTEXT only.
 *
 * Two organisations, chosen by the number of sets:
 *
 * sets    ways of a set are scanned; each has a stamp, the oldest goes.
 * full    a chained hash table finds the slot; a log of uses finds the oldest.
 *         A use appends the slot to the log and notes the position in the
 *         slot.  The oldest entry is the first in the log whose position is
 *         still the one noted; what is skipped on the way is gone for good,
 *         so a use costs two stores and a replacement O(1) on average, in
 *         an array of any size and without vector code.
 */
#include <stdbool.h>

#include "vmsa/tlb.h"

/** VMSA_ASSOC_NONE - no slot. */
#define VMSA_ASSOC_NONE UINT32_MAX

/** VMSA_TAG_CLASS - the bits of a tag that are its class. */
#define VMSA_TAG_CLASS UINT64_C(0x1f)

/** VMSA_TAG_CONTEXT - the bits that two tags of one lookup may differ in. */
#define VMSA_TAG_CONTEXT UINT64_C(0x7fffa0)

/** VMSA_ASSOC_HELD - position of an entry that is not to be replaced. */
#define VMSA_ASSOC_HELD UINT64_MAX

/** struct vmsa_assoc - one array. */
struct vmsa_assoc {
	uint64_t *tag;     /**< by slot; 0: empty */
	uint64_t *data;    /**< by slot; the user's */
	uint32_t entries;  /**< slots; 0: the structure is absent */
	uint32_t ways;     /**< slots of a set */
	uint32_t set_mask; /**< sets - 1 */
	uint32_t classes;  /**< bit c: some tag has class c */
	uint32_t *count;   /**< by class: tags there are */

	/* sets */
	uint32_t *stamp; /**< by slot: time of last use; 0: empty */
	uint32_t *rank;  /**< one set's worth of room for rebasing */
	uint32_t clock;  /**< the last stamp given */

	/* full */
	uint16_t *head;    /**< by hash: first slot of the chain */
	uint16_t *next;    /**< by slot: next of the chain */
	uint64_t *pos;     /**< by slot: position in the log of its last use */
	uint16_t *log;     /**< slots in order of use */
	uint16_t *spare;   /**< stack of empty slots */
	uint16_t *held;    /**< by slot: holds on it */
	uint64_t oldest;   /**< first position not yet skipped */
	uint64_t newest;   /**< first position not yet used */
	uint32_t log_mask; /**< positions the log has room for, minus 1 */
	uint32_t hash_shift; /**< 64 - log2 of the number of chains */
	uint32_t nr_spare;   /**< empty slots */
	uint32_t nr_held;    /**< slots with at least one hold */
};

/** vmsa_assoc_init() - make an empty array: 0, -EINVAL or -ENOMEM. */
int vmsa_assoc_init(struct vmsa_assoc *a, const struct vmsa_tlb_array *shape);

/** vmsa_assoc_fini() - free it. */
void vmsa_assoc_fini(struct vmsa_assoc *a);

/** vmsa_assoc_remove() - empty one slot that is not held. */
void vmsa_assoc_remove(struct vmsa_assoc *a, uint32_t slot);

/** vmsa_assoc_hold() - keep a slot of a full array from replacement. */
void vmsa_assoc_hold(struct vmsa_assoc *a, uint32_t slot);

/** vmsa_assoc_release() - undo one hold. */
void vmsa_assoc_release(struct vmsa_assoc *a, uint32_t slot);

/** vmsa_assoc_compact() - make room in a full array's log. */
void vmsa_assoc_compact(struct vmsa_assoc *a);

/** vmsa_assoc_rebase() - start a set array's clock again, keeping the order. */
void vmsa_assoc_rebase(struct vmsa_assoc *a);

/** vmsa_assoc_full() - is it fully associative? */
static inline bool vmsa_assoc_full(const struct vmsa_assoc *a)
{
	return a->set_mask == 0;
}

/** vmsa_assoc_hash() - the chain a tag is on, whatever its context. */
static inline uint32_t vmsa_assoc_hash(const struct vmsa_assoc *a, uint64_t tag)
{
	/* 2^64 over the golden ratio: Knuth's multiplicative hashing. */
	return (uint32_t)((tag & ~VMSA_TAG_CONTEXT) *
				  UINT64_C(0x9e3779b97f4a7c15) >>
			  a->hash_shift);
}

/** vmsa_assoc_find_full() - slot of either tag, or none. */
static inline uint32_t vmsa_assoc_find_full(const struct vmsa_assoc *a,
					    uint64_t tag, uint64_t tag2)
{
	uint32_t slot = a->head[vmsa_assoc_hash(a, tag)];

	while (slot != UINT16_MAX) {
		if (a->tag[slot] == tag || a->tag[slot] == tag2)
			return slot;
		slot = a->next[slot];
	}
	return VMSA_ASSOC_NONE;
}

/** vmsa_assoc_find() - slot of either tag in @set, or none. */
static inline uint32_t vmsa_assoc_find(const struct vmsa_assoc *a, uint32_t set,
				       uint64_t tag, uint64_t tag2)
{
	const uint64_t *in;

	if (vmsa_assoc_full(a))
		return vmsa_assoc_find_full(a, tag, tag2);
	in = a->tag + set * a->ways;
	for (uint32_t way = 0; way < a->ways; way++)
		if (in[way] == tag || in[way] == tag2)
			return set * a->ways + way;
	return VMSA_ASSOC_NONE;
}

/** vmsa_assoc_touch() - make a slot the youngest. */
static inline void vmsa_assoc_touch(struct vmsa_assoc *a, uint32_t slot)
{
	if (!vmsa_assoc_full(a)) {
		if (a->clock == UINT32_MAX)
			vmsa_assoc_rebase(a);
		a->stamp[slot] = ++a->clock;
		return;
	}
	if (a->pos[slot] == VMSA_ASSOC_HELD)
		return;
	if (a->newest - a->oldest > a->log_mask)
		vmsa_assoc_compact(a);
	a->log[a->newest & a->log_mask] = (uint16_t)slot;
	a->pos[slot] = a->newest++;
}

/** vmsa_assoc_unlink() - take a slot off its hash chain. */
static inline void vmsa_assoc_unlink(struct vmsa_assoc *a, uint32_t slot)
{
	uint16_t *link = &a->head[vmsa_assoc_hash(a, a->tag[slot])];

	while (*link != slot)
		link = &a->next[*link];
	*link = a->next[slot];
}

/** vmsa_assoc_link() - put a slot on the chain of its tag. */
static inline void vmsa_assoc_link(struct vmsa_assoc *a, uint32_t slot)
{
	uint16_t *head = &a->head[vmsa_assoc_hash(a, a->tag[slot])];

	a->next[slot] = *head;
	*head = (uint16_t)slot;
}

/** vmsa_assoc_victim() - the slot to fill next; VMSA_ASSOC_NONE: all held. */
static inline uint32_t vmsa_assoc_victim(struct vmsa_assoc *a, uint32_t set)
{
	uint32_t slot = set * a->ways, best = slot;

	if (!vmsa_assoc_full(a)) {
		for (uint32_t way = 1; way < a->ways; way++)
			if (a->stamp[slot + way] < a->stamp[best])
				best = slot + way;
		return best;
	}
	if (a->nr_spare)
		return a->spare[a->nr_spare - 1];
	if (a->nr_held == a->entries)
		return VMSA_ASSOC_NONE;
	for (;; a->oldest++) {
		slot = a->log[a->oldest & a->log_mask];
		if (a->pos[slot] == a->oldest)
			return slot;
	}
}

/** vmsa_assoc_count() - one tag of a class leaves, one of another comes. */
static inline void vmsa_assoc_count(struct vmsa_assoc *a, uint64_t out,
				    uint64_t in)
{
	uint64_t class = in & VMSA_TAG_CLASS;

	if (out && !((out ^ in) & VMSA_TAG_CLASS))
		return;
	if (a->count[class]++ == 0)
		a->classes |= UINT32_C(1) << class;
	class = out & VMSA_TAG_CLASS;
	if (out && --a->count[class] == 0)
		a->classes &= ~(UINT32_C(1) << class);
}

/**
 * vmsa_assoc_put() - fill a slot and make it the youngest.
 * @a:    the array
 * @slot: from vmsa_assoc_victim()
 * @tag:  not in the array
 * @data: goes with it
 */
static inline void vmsa_assoc_put(struct vmsa_assoc *a, uint32_t slot,
				  uint64_t tag, uint64_t data)
{
	uint64_t out = a->tag[slot];

	if (vmsa_assoc_full(a)) {
		if (out)
			vmsa_assoc_unlink(a, slot);
		else
			a->nr_spare--;
	}
	vmsa_assoc_count(a, out, tag);
	a->tag[slot] = tag;
	a->data[slot] = data;
	if (vmsa_assoc_full(a))
		vmsa_assoc_link(a, slot);
	vmsa_assoc_touch(a, slot);
}

#endif /* VMSA_LIB_TLB_ASSOC_H */
