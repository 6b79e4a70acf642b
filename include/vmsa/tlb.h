/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TLB_H
#define VMSA_TLB_H
/*
 * tlb.h - one PE's TLBs, walk cache and the price of a walk
 *
 *     access -> L1 (D or I) -> L2 -> walk cache -> descriptor loads -> leaf
 *                                                  |
 *                                                  +-> lines: hit or miss
 *
 * The model knows nothing of tables: on an L2 miss it asks a walker, a
 * callback, for the leaf and for the descriptors the walk reads.  Entries of
 * every page size live side by side in one structure; each carries its own
 * size, its ASID and VMID or that it is global, and its output address.
 *
 * An entry may be stale, as in hardware: it stays until it is replaced or
 * invalidated, whatever happens to the tables.
 *
 * Units    addresses in bytes, cycles of the PE's clock
 * Threads  one thread at a time per struct vmsa_tlb
 * Source   Arm ARM DDI 0487, D8.16 (what may be cached), D8.17 (maintenance)
 */
#include <stdbool.h>

#include "vmsa/arch/tlbi.h"
#include "vmsa/tlb/config.h"
#include "vmsa/tlb/walker.h"
#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_tlb;

/* --- life --------------------------------------------------------------- */

/**
 * vmsa_tlb_create() - make empty TLBs.
 * @config: sizes and costs
 * @walker: copied; what its arg points to outlives the TLBs
 * @out:    free with vmsa_tlb_destroy()
 *
 * Return: 0;
 *	-EINVAL, if a structure's ways do not divide its entries, the number of
 *	sets is not a power of two, a structure has over 2^20 entries (2^15
 *	if fully associative) or over VMSA_TLB_MAX_PLACES ways and is not LRU,
 *	a cache has members that are for TLBs, a granule is not 12, 14 or 16,
 *	hd is without ha, there are over VMSA_TLB_MAX_WALKERS walkers, a size
 *	is both held and refused, or is that of an aggregated entry, or a
 *	member has a value that does not exist;
 *	-ENOMEM.
 */
int vmsa_tlb_create(const struct vmsa_tlb_config *config,
		    const struct vmsa_tlb_walker *walker,
		    struct vmsa_tlb **out);

/** vmsa_tlb_destroy() - free the TLBs; accepts NULL. */
void vmsa_tlb_destroy(struct vmsa_tlb *tlb);

/** vmsa_tlb_config() - what the TLBs were made with. */
const struct vmsa_tlb_config *vmsa_tlb_config(const struct vmsa_tlb *tlb);

/**
 * vmsa_tlb_set_stage2() - translate in two stages from now on, or no longer.
 * @tlb:    the TLBs
 * @walker: copied; its walks are for IPAs; NULL ends stage 2
 *
 * The addresses that the walker of vmsa_tlb_create() gives, of descriptors as
 * of output, are IPAs from then on.  Each is translated by the IPA cache or by
 * a walk of stage 2 before it is used.  Entries stay, as when HCR_EL2.VM is
 * written: invalidate what was made before.
 *
 * COMBINED: an entry is no larger than the leaf of stage 2 it was made with;
 * a contiguous group of stage 2 does not enlarge it.  SEPARATE: it holds an
 * IPA, and each access that finds it asks the IPA cache, or walks.  Table
 * descriptors of stage 1 are kept with the next table's IPA.
 */
void vmsa_tlb_set_stage2(struct vmsa_tlb *tlb,
			 const struct vmsa_tlb_walker *walker);

/**
 * vmsa_tlb_set_time() - it is now this cycle.
 * @tlb:   the TLBs
 * @cycle: not before an earlier one, else nothing happens
 *
 * A walk starts now, or when the first of the config.walkers walkers is free,
 * and takes the cycles of its parts; a prefetch waits for the walk before it.
 * Walks before the first call are over.  If there is no call, all walks are
 * wanted at cycle 0: with one walker they take the sum of their cycles, with
 * more the least time they could.
 */
void vmsa_tlb_set_time(struct vmsa_tlb *tlb, uint64_t cycle);

/* --- access ------------------------------------------------------------- */

/** enum vmsa_tlb_side - what an access is for. */
enum vmsa_tlb_side {
	VMSA_TLB_DATA,     /**< loads and stores */
	VMSA_TLB_FETCH,    /**< instruction fetch */
	VMSA_TLB_NR_SIDES, /**< how many there are */
};

/** enum vmsa_tlb_region - which account an access goes to. */
enum vmsa_tlb_region {
	VMSA_TLB_USER,       /**< lower half */
	VMSA_TLB_LINEAR,     /**< the kernel's linear map */
	VMSA_TLB_IMAGE,      /**< the kernel image: text, data, bss */
	VMSA_TLB_OTHER,      /**< vmalloc, vmemmap, modules, fixmap */
	VMSA_TLB_NR_REGIONS, /**< how many there are */
};

/** VMSA_TLB_MAX_PES - PEs that can share TLBs. */
#define VMSA_TLB_MAX_PES 8

/** struct vmsa_tlb_access - one access, or what many have in common. */
struct vmsa_tlb_access {
	vmsa_va va;    /**< bits 63:56 are ignored */
	uint16_t asid; /**< the current ASID */
	uint16_t vmid; /**< the current VMID */
	uint8_t pe;    /**< which of the PEs that share these TLBs, from 0 */
	bool cnp;      /**< its TTBR has CnP set: entries made and used are
			    those of all PEs whose has, none of its own */
	bool write;    /**< the access writes */
	enum vmsa_tlb_side side;     /**< picks L1 D or I */
	enum vmsa_tlb_region region; /**< picks the counters */
};

/** enum vmsa_tlb_outcome - where an access found its translation. */
enum vmsa_tlb_outcome {
	VMSA_TLB_L1_HIT,   /**< in the first level */
	VMSA_TLB_L2_HIT,   /**< in the second level */
	VMSA_TLB_WALKED,   /**< in the tables */
	VMSA_TLB_FAULT,    /**< nowhere */
	VMSA_TLB_CONFLICT, /**< in several entries: a TLB conflict abort */
};

/** VMSA_TLB_NO_SLOT - there is no first-level entry. */
#define VMSA_TLB_NO_SLOT UINT32_MAX

/** struct vmsa_tlb_answer - what one access got. */
struct vmsa_tlb_answer {
	enum vmsa_tlb_outcome outcome; /**< where from */
	uint8_t shift; /**< log2 of what the entry covers, of an aggregated
			    one a page: the L1's entry, the L2's if the L1
			    keeps none, the leaf if neither does */
	bool global;   /**< the entry serves every ASID */
	uint32_t slot; /**< L1 entry used, or VMSA_TLB_NO_SLOT */
	vmsa_pa pa;    /**< output address; not after a fault or conflict */
};

/**
 * vmsa_tlb_access() - translate one access.
 * @tlb:    the TLBs
 * @access: what is accessed
 * @out:    the answer, or NULL
 *
 * Return: 0, also for a fault or a conflict;
 *	-EBUSY, if there is no room for the entry since every other is held;
 *	-EINVAL, if the walker's answer is not possible or there is no such PE;
 *	-ENOSPC, if the entries there are belong to 2^16 pairs of VMID and ASID
 *	(each PE's own counted by themselves) and this is another;
 *	-ENOMEM, for the first access with a VMID, PE or CnP only;
 *	the walker's own error.  After an error nothing was filled, unless it
 *	came after a hit: of stage 2 with SEPARATE, or of a write to a clean
 *	page; such an access is counted.
 */
int vmsa_tlb_access(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *access,
		    struct vmsa_tlb_answer *out);

/**
 * vmsa_tlb_access_many() - translate many accesses of one kind.
 * @tlb:  the TLBs
 * @like: what all have in common; its va is not used
 * @va:   the addresses, in order
 * @n:    how many
 *
 * Counts exactly what @n calls of vmsa_tlb_access() would, faster.
 *
 * Return: as vmsa_tlb_access(); after an error the accesses before the one
 *	that failed are done.
 */
int vmsa_tlb_access_many(struct vmsa_tlb *tlb,
			 const struct vmsa_tlb_access *like, const vmsa_va *va,
			 size_t n);

/**
 * vmsa_tlb_hit_more() - count accesses known to hit the first level.
 * @tlb:  the TLBs
 * @like: side and region of all
 * @n:    how many
 *
 * For traces that leave out repeated accesses.  No entry becomes younger.
 */
void vmsa_tlb_hit_more(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *like,
		       uint64_t n);

/**
 * vmsa_tlb_hold() - treat a first-level entry as in use from now on.
 * @tlb:  the TLBs
 * @side: which L1; it must be fully associative and LRU
 * @slot: the entry, from a vmsa_tlb_answer
 *
 * Until as many vmsa_tlb_release() calls, the entry is younger than all that
 * are not held and is never replaced.  A replay of a filtered trace holds the
 * entries of the pages in the filter.
 *
 * Return: 0;
 *	-EINVAL, if the L1 is not fully associative, not LRU, or @slot is
 *	empty.
 */
int vmsa_tlb_hold(struct vmsa_tlb *tlb, enum vmsa_tlb_side side, uint32_t slot);

/** vmsa_tlb_release() - undo one hold; the last makes the entry youngest. */
void vmsa_tlb_release(struct vmsa_tlb *tlb, enum vmsa_tlb_side side,
		      uint32_t slot);

/** struct vmsa_tlb_issuer - who executes a TLBI. */
struct vmsa_tlb_issuer {
	uint16_t vmid; /**< its current VMID */
	uint8_t pe;    /**< which of the PEs that share these TLBs, from 0 */
};

/**
 * vmsa_tlb_invalidate_by() - do what a TLBI of some PE asks for.
 * @tlb:  the TLBs
 * @tlbi: operation, operand and scope
 * @by:   who executes it; of a PE elsewhere only the VMID counts, as what
 *        reaches these TLBs is a broadcast
 *
 * Entries go that translate an address in reach and belong to the VMID of @by
 * (to any, for ALLE1), to the ASID of the operand or, where the operation says
 * so, to any or to all, and to a PE in scope: a local operation reaches the
 * PE's own entries and those that PEs with CnP share, a broadcast all.
 *
 * Operations on the last level only keep the walk cache.  Table descriptors
 * in the walk cache are never global: without "any ASID" an operation removes
 * those of its own ASID only (R_CHVGJ).  TTL hints are not used.  A range
 * operation with another granule than the tables' removes nothing (D8.17),
 * nor does one on stage 2 alone or on EL2's regime: no such entry is here.
 *
 * An entry that is a piece of a leaf goes with any address of the leaf
 * (R_TVTYQ); one that is a whole contiguous group with any address of the
 * group; of an aggregated entry those pages go that are in reach.  A group
 * held as single leaves loses those in reach only (R_LQLSD).
 *
 * Return: 0;
 *	-EINVAL, if there is no such operation or PE;
 *	-EBUSY, if an entry is held.
 */
int vmsa_tlb_invalidate_by(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
			   const struct vmsa_tlb_issuer *by);

/** vmsa_tlb_invalidate() - the same by PE 0 with VMID 0. */
int vmsa_tlb_invalidate(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi);

/* --- counters ----------------------------------------------------------- */

/** struct vmsa_tlb_counters - what happened to the accesses of one account. */
struct vmsa_tlb_counters {
	uint64_t accesses;  /**< translations asked for */
	uint64_t l1_hits;   /**< found in the first level; a conflict is a hit
				 of the level whose entries overlap */
	uint64_t l1_misses; /**< not found there */
	uint64_t l2_hits;   /**< found in the second level */
	uint64_t l2_misses; /**< not found there; 0 if it is absent */
	uint64_t walks;     /**< walks: after misses, and of writes that hit a
				 clean entry */
	uint64_t faults;    /**< accesses that found no translation */
	uint64_t stale;     /**< answers unlike a fresh walk, if checked */
	uint64_t loads[VMSA_LEVELS]; /**< descriptors loaded, by level slot */
	uint64_t line_hits;   /**< of those and of stage 2's, from a cached
				 line */
	uint64_t line_misses; /**< and not */
	/** By the level of the table descriptor that a walk began after. */
	uint64_t walk_cache_hits[VMSA_LEVELS];
	uint64_t walk_cache_misses; /**< walks that began at the root */
	uint64_t walk_cycles; /**< cycles of all walks: to start them, and of
				   the loads of both stages */
	uint64_t walk_active_cycles; /**< cycles with a walk in flight that no
					  earlier walk had; summed over all
					  accounts: with at least one */

	uint64_t s2_walks; /**< stage 2: walks, most of them inside one of
				stage 1, which then has cost its start */
	uint64_t ipa_hits; /**< IPAs found in the IPA cache */
	uint64_t
		s2_loads[VMSA_LEVELS]; /**< descriptors loaded, by level slot */
	uint64_t s2_walk_cache_hits[VMSA_LEVELS]; /**< as walk_cache_hits */
	uint64_t s2_walk_cache_misses; /**< walks that began at the root */

	uint64_t updates;       /**< descriptors written by hardware, of both
				     stages */
	uint64_t prefetches;    /**< walks for the next page; not in @walks, but
				     their loads and cycles are counted */
	uint64_t prefetch_hits; /**< L2 hits that only a prefetch made: the
				     first on each entry it brought */
	uint64_t conflicts;     /**< accesses that met several entries in one
				     structure; not with VMSA_TLB_SMALLEST,
				     which does not look further */
};

/** struct vmsa_tlb_stats - every account. */
struct vmsa_tlb_stats {
	/** By enum vmsa_tlb_region and enum vmsa_tlb_side. */
	struct vmsa_tlb_counters of[VMSA_TLB_NR_REGIONS][VMSA_TLB_NR_SIDES];
};

/** vmsa_tlb_stats() - the accounts so far. */
void vmsa_tlb_stats(const struct vmsa_tlb *tlb, struct vmsa_tlb_stats *out);

/** vmsa_tlb_reset_stats() - start every account at 0; entries stay. */
void vmsa_tlb_reset_stats(struct vmsa_tlb *tlb);

/** vmsa_tlb_counters_add() - add the counts of @more to @sum. */
void vmsa_tlb_counters_add(struct vmsa_tlb_counters *sum,
			   const struct vmsa_tlb_counters *more);

/**
 * vmsa_tlb_cycles() - cycles spent translating, beyond first-level hits.
 * @config: the costs
 * @c:      counts
 *
 * Return: the cycles of walks, and L2 hits, IPA cache hits and updates at what
 *	each costs.
 */
uint64_t vmsa_tlb_cycles(const struct vmsa_tlb_config *config,
			 const struct vmsa_tlb_counters *c);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TLB_H */
