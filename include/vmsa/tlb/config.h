/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TLB_CONFIG_H
#define VMSA_TLB_CONFIG_H
/*
 * config.h - which translation structures a PE has, and what they cost
 *
 *     access -> L1 (D or I) -> L2 -> walk caches -> descriptor loads -> leaf
 *                                        |               |
 *                            stage 2: IPA cache,         +-> lines
 *                            walk caches of its own
 *
 * A structure of which nothing is known is absent (zero).  Fields that are
 * zero ask for the plainest behaviour, so a configuration of sizes alone is a
 * two-level TLB with LRU replacement that holds leaves of every size.
 */
#include <stdbool.h>
#include <stdint.h>

#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum vmsa_tlb_replacement - which entry of a set makes room.
 *
 * A new entry goes into the lowest empty way while there is one, such as an
 * invalidation leaves.  Then the way that is named below gives up its entry.
 * A lookup that finds an entry is a use of its way, and so is an insertion.
 */
enum vmsa_tlb_replacement {
	VMSA_TLB_LRU,       /**< the one not used for the longest time */
	VMSA_TLB_TREE_PLRU, /**< where a binary tree of last uses points: each
				 node away from the half used last, to the lower
				 before any use; over the next power of two
				 ways, halves that are not there are never
				 chosen; an invalidation changes no node */
	VMSA_TLB_FIFO,      /**< the one filled first */
	VMSA_TLB_NRU,       /**< the lowest way not used since all were: a use
				 that leaves none unused clears the others; an
				 empty way is unused */
	VMSA_TLB_RANDOM,    /**< any: (x >> 32) * ways >> 32, for the next x of
				 SplitMix64 from the config's seed plus the
				 number of the structure in it, from 0 */
	VMSA_TLB_NR_REPLACEMENTS, /**< how many there are */
};

/** VMSA_TLB_MAX_PLACES - most ways of a set that is not LRU. */
#define VMSA_TLB_MAX_PLACES 64

/** VMSA_TLB_MAX_AGGREGATE - largest value of aggregate: eight pages. */
#define VMSA_TLB_MAX_AGGREGATE 3

/**
 * struct vmsa_tlb_array - one structure: a TLB or a cache.
 *
 * entries / ways is the number of sets and must be a power of two, since the
 * set is chosen by the low bits of the page number, in units of the size
 * looked for.
 *
 * A size is the log2 of what a leaf covers, 12 .. 43.  With @holds a TLB keeps
 * a leaf as it is if bit "size" is set; a leaf with neither that bit nor one in
 * @refuses goes in as the piece that was asked for, of the largest smaller size
 * held; a leaf with a bit in @refuses, or with no smaller size held, is not
 * kept here.  What counts as the size of a leaf of a contiguous group: that of
 * the group, if the structure is @contiguous and holds that size; else its own.
 * A size in @refuses is not held if @holds is 0, and cannot be in it else.
 *
 * An L1 filled from the L2 makes its entry of what the L2's entry covers, by
 * the leaf's own size for @refuses.  With @aggregate every page goes into an
 * entry for its group of pages, whose size @holds cannot have.  The details:
 * docs/tlb-model.md.
 *
 * The members from @contiguous on are for TLBs; in walk caches, IPA caches and
 * lines they are zero.
 */
struct vmsa_tlb_array {
	uint32_t entries; /**< 0: the structure is absent */
	uint32_t ways;    /**< equal to @entries: fully associative */
	enum vmsa_tlb_replacement replacement; /**< LRU if zero */
	bool contiguous;   /**< one entry holds a whole contiguous group */
	uint8_t aggregate; /**< log2 of neighbouring pages that share an entry
				if they are one piece of memory with equal
				attributes, each with a valid bit; 0: none */
	uint64_t holds;    /**< sizes kept as they are; 0: all */
	uint64_t refuses;  /**< sizes not kept */
};

/** VMSA_TLB_ARRAY() - initialise a structure of this many entries and ways. */
#define VMSA_TLB_ARRAY(ENTRIES, WAYS)                \
	{                                            \
		.entries = (ENTRIES), .ways = (WAYS) \
	}

/** VMSA_TLB_MAX_WALKERS - most walks at a time. */
#define VMSA_TLB_MAX_WALKERS 64

/**
 * enum vmsa_tlb_conflict - what several entries of one structure for an access
 *                          do to it.
 */
enum vmsa_tlb_conflict {
	VMSA_TLB_SMALLEST, /**< the smallest entry translates, of one size the
				global one; conflicts are not counted */
	VMSA_TLB_EITHER,   /**< one of them does, by the seed */
	VMSA_TLB_ABORT,    /**< TLB conflict abort (DFSC 0x30) */
	VMSA_TLB_AMALGAM,  /**< the output address is the OR of theirs, one of
				the mixtures the manual permits (R_FVQCK) */
	VMSA_TLB_NR_CONFLICTS, /**< how many there are */
};

/** enum vmsa_tlb_nesting - what a TLB keeps of a two-stage translation. */
enum vmsa_tlb_nesting {
	VMSA_TLB_COMBINED,    /**< VA to PA, as large as the smaller leaf */
	VMSA_TLB_SEPARATE,    /**< VA to IPA; a use asks the IPA cache too */
	VMSA_TLB_NR_NESTINGS, /**< how many there are */
};

/** struct vmsa_tlb_config - the translation structures of one PE. */
struct vmsa_tlb_config {
	struct vmsa_tlb_array l1d; /**< first level, data */
	struct vmsa_tlb_array l1i; /**< first level, instructions */
	struct vmsa_tlb_array l2;  /**< second level: data, or both */
	struct vmsa_tlb_array l2i; /**< second level, instructions, if split */

	/** Table descriptors of stage 1, of all levels not in @walk_level. */
	struct vmsa_tlb_array walk_cache;
	/** By level slot: table descriptors of one level, kept by itself. */
	struct vmsa_tlb_array walk_level[VMSA_LEVELS];

	/** IPA to PA: leaves of stage 2.  Only used with a stage 2. */
	struct vmsa_tlb_array ipa_cache;
	/** Table descriptors of stage 2, of all levels not in @s2_walk_level */
	struct vmsa_tlb_array s2_walk_cache;
	/** By level slot: those of one level, kept by itself. */
	struct vmsa_tlb_array s2_walk_level[VMSA_LEVELS];

	struct vmsa_tlb_array lines; /**< 64-byte lines of descriptors cached */

	unsigned granule_shift;    /**< stage 1: 12, 14 or 16 */
	unsigned s2_granule_shift; /**< stage 2; 0: the same */
	bool lpa2;  /**< TCR.DS=1: range TLBI bases are 64K units */
	bool check; /**< compare every answer with a fresh walk */
	/** Hardware sets the Access flag, in both stages; without, a leaf that
	    lacks it faults and is not kept. */
	bool ha;
	/** Hardware sets the dirty state, in both stages; needs @ha.  A leaf
	    with DBM that a write has not met yet is kept as clean; a write that
	    finds it so walks again and has the descriptor written. */
	bool hd;
	/** After a walk, also walk for the page after the leaf, and put it in
	    the side's L2 if it is in no TLB of the side.  It writes no
	    descriptor: a leaf without Access flag is left alone. */
	bool prefetch_next;
	enum vmsa_tlb_conflict conflict; /**< overlapping entries */
	enum vmsa_tlb_nesting nesting;   /**< with a stage 2 */
	uint32_t walkers;                /**< walks at a time; 0 is 1 */
	uint64_t seed;                   /**< of whatever is random */

	uint32_t l2_cycles;   /**< extra cycles of an L2 hit over L1's */
	uint32_t ipa_cycles;  /**< of a hit in the IPA cache */
	uint32_t walk_cycles; /**< fixed cost of starting a walk; walks of stage
				   2 inside one of stage 1 have none */
	uint32_t line_hit_cycles;  /**< a descriptor load that hits @lines */
	uint32_t line_miss_cycles; /**< one that does not */
	uint32_t update_cycles;    /**< a descriptor hardware writes */
};

/**
 * VMSA_TLB_CONFIG_DEFAULT - a Neoverse N1 with what is not published assumed.
 *
 *     l1d, l1i, l2     Cortex-A76 and Neoverse N1 TRM
 *     contiguous       ibid.: 64K is a size the L1 holds with 4K granule
 *     l2_cycles        ibid.: "usually 3 cycles"
 *     walk_cache       geometry of Cortex-A53 and A55 (TRM); the N1 keeps
 *                      table descriptors in its L2 TLB, how many is unknown
 *     line_hit_cycles  11: L2 cache latency (published for AmpereOne, whose
 *                      walker reads through the L2 cache)
 *     line_miss_cycles 500: DRAM, 166 ns at 3 GHz (measured, AmpereOne)
 *     walk_cycles      20, assumed: with one load that hits, 31 cycles; 32 to
 *                      36 were measured on Apple M1 with descriptors cached
 *     lines            1024, assumed: 64 KiB, 1/32 of a 2 MiB L2 cache; the
 *                      rest holds the workload's own data
 */
#define VMSA_TLB_CONFIG_DEFAULT                                               \
	{                                                                     \
		.l1d = { .entries = 48, .ways = 48, .contiguous = true },     \
		.l1i = { .entries = 48, .ways = 48, .contiguous = true },     \
		.l2 = { .entries = 1280, .ways = 5, .contiguous = true },     \
		.walk_cache = { .entries = 64, .ways = 4 },                   \
		.lines = { .entries = 1024, .ways = 8 }, .granule_shift = 12, \
		.l2_cycles = 3, .walk_cycles = 20, .line_hit_cycles = 11,     \
		.line_miss_cycles = 500,                                      \
	}

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TLB_CONFIG_H */
