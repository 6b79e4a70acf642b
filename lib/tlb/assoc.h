/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_ASSOC_H
#define VMSA_LIB_TLB_ASSOC_H
/*
 * assoc.h - a set- or fully associative array of 64-bit tags
 *
 * TLBs, the walk cache and the cache of descriptor lines are all one of these.
 *
 * A tag is never 0; bits 4:0 are its class (a TLB entry's size, a table
 * descriptor's level).  The array knows which classes it holds, so that a
 * lookup probes no other.  A lookup names two tags, either of which will do:
 * the entry for all ASIDs and the entry for one.  They may differ in
 * VMSA_TAG_CONTEXT only.  If both are there the first counts: in places it is
 * looked for first, elsewhere it is the younger, as nothing puts a tag in while
 * the other is there that would do as well.
 *
 * Three organisations:
 *
 * sets    LRU and FIFO, several sets: the tags of a set stand in order, the
 *         youngest first, empty ones last.  What makes young moves tags, so a
 *         slot is good until the next use only.
 * full    LRU and FIFO, one set: slots stay; a chained hash table finds them
 *         and a log of uses finds the oldest.  A use appends the slot to the
 *         log and notes the position in the slot.  The oldest is the first in
 *         the log whose position is still the one noted; what is skipped on
 *         the way is skipped for good, so a use costs two stores and a
 *         replacement O(1) on average, at any size and without vector code.
 * places  the other replacements: slots stay, and a word per set remembers
 *         uses; see assoc_place.h.
 *
 * With FIFO only an insertion counts as a use.
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

/** VMSA_ASSOC_LINE - a set of fewer tags is padded to this many. */
#define VMSA_ASSOC_LINE 8

/** enum vmsa_assoc_kind - organisations. */
enum vmsa_assoc_kind {
	VMSA_ASSOC_ABSENT, /**< no entries */
	VMSA_ASSOC_LINES,  /**< sets, each one line of the host's cache */
	VMSA_ASSOC_LOOPS,  /**< larger sets */
	VMSA_ASSOC_FULL,   /**< one set, by hash */
	VMSA_ASSOC_PLACES, /**< tags stay in place */
};

/** struct vmsa_assoc_path - of a way in a tree of uses. */
struct vmsa_assoc_path {
	uint64_t nodes; /**< the nodes above it */
	uint64_t away;  /**< of those, the ones it is in the lower half of */
};

/** struct vmsa_assoc - one array. */
struct vmsa_assoc {
	enum vmsa_assoc_kind kind;             /**< organisation */
	enum vmsa_tlb_replacement replacement; /**< as configured */
	uint64_t *tag;                         /**< by slot; 0: empty */
	uint64_t *data;                        /**< by slot; the user's */
	uint32_t slots;    /**< entries and padding; 0: absent */
	uint32_t entries;  /**< entries there can be; 0: absent */
	uint32_t ways;     /**< entries of a set */
	uint32_t stride;   /**< slots of a set */
	uint32_t set_mask; /**< sets - 1 */
	uint32_t classes;  /**< bit c: some tag has class c */
	uint32_t count[VMSA_TAG_CLASS + 1]; /**< by class: tags there are */

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

	/* places */
	uint64_t *state;              /**< by set: what is known of uses */
	struct vmsa_assoc_path *path; /**< by way */
	uint64_t has_upper; /**< bit n: ways are in the upper half of node n */
	uint64_t all_ways;  /**< a bit for each way */
	uint64_t random;    /**< state of the generator */
	uint32_t leaves;    /**< of the tree: ways, to a power of two */
};

/**
 * vmsa_assoc_init() - make an empty array.
 * @a:     filled; nothing to free after an error
 * @shape: what it is like; only members for caches matter
 * @seed:  where its generator starts
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int vmsa_assoc_init(struct vmsa_assoc *a, const struct vmsa_tlb_array *shape,
		    uint64_t seed);

/** vmsa_assoc_fini() - free it. */
void vmsa_assoc_fini(struct vmsa_assoc *a);

/** vmsa_assoc_remove() - empty one slot that is not held; moves later ones. */
void vmsa_assoc_remove(struct vmsa_assoc *a, uint32_t slot);

/** vmsa_place_init() - the part of vmsa_assoc_init() for places. */
int vmsa_place_init(struct vmsa_assoc *a, uint32_t sets);

/** vmsa_place_remove() - the part of vmsa_assoc_remove() for places. */
void vmsa_place_remove(struct vmsa_assoc *a, uint32_t slot);

/** vmsa_assoc_hold() - keep a slot of a full LRU array from replacement. */
void vmsa_assoc_hold(struct vmsa_assoc *a, uint32_t slot);

/** vmsa_assoc_release() - undo one hold. */
void vmsa_assoc_release(struct vmsa_assoc *a, uint32_t slot);

/** vmsa_assoc_compact() - make room in a full array's log. */
void vmsa_assoc_compact(struct vmsa_assoc *a);

/** vmsa_assoc_holds() - can it hold slots, and has it a log of all uses? */
static inline bool vmsa_assoc_holds(const struct vmsa_assoc *a)
{
	return a->kind == VMSA_ASSOC_FULL && a->replacement == VMSA_TLB_LRU;
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

#endif /* VMSA_LIB_TLB_ASSOC_H */
