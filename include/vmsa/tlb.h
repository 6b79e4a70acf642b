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
 * size, its ASID or that it is global, and its output address.  Replacement
 * is LRU everywhere.
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
#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_space;
struct vmsa_tlb;

/* --- configuration ------------------------------------------------------ */

/** struct vmsa_tlb_array - one TLB structure. */
struct vmsa_tlb_array {
	uint32_t entries; /**< 0: the structure is absent */
	uint32_t ways;    /**< equal to @entries: fully associative */
};

/**
 * struct vmsa_tlb_config - the translation structures of one PE.
 *
 * entries / ways is the number of sets and must be a power of two, since the
 * set is chosen by the low bits of the page number, in units of the size
 * looked for.
 */
struct vmsa_tlb_config {
	struct vmsa_tlb_array l1d; /**< first level, data */
	struct vmsa_tlb_array l1i; /**< first level, instructions */
	struct vmsa_tlb_array l2;  /**< second level: data, or both */
	struct vmsa_tlb_array l2i; /**< second level, instructions, if split */
	struct vmsa_tlb_array walk_cache; /**< table descriptors, all levels */
	struct vmsa_tlb_array lines; /**< 64-byte lines of descriptors cached */
	unsigned granule_shift;      /**< 12, 14 or 16 */
	bool lpa2;            /**< TCR.DS=1: range TLBI bases are 64K units */
	bool contiguous;      /**< one entry holds a whole contiguous group */
	bool check;           /**< compare every answer with a fresh walk */
	uint32_t l2_cycles;   /**< extra cycles of an L2 hit over an L1 hit */
	uint32_t walk_cycles; /**< fixed cost of starting a walk */
	uint32_t line_hit_cycles;  /**< a descriptor load that hits @lines */
	uint32_t line_miss_cycles; /**< one that does not */
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
#define VMSA_TLB_CONFIG_DEFAULT                                          \
	{                                                                \
		.l1d = { 48, 48 }, .l1i = { 48, 48 }, .l2 = { 1280, 5 }, \
		.walk_cache = { 64, 4 }, .lines = { 1024, 8 },           \
		.granule_shift = 12, .contiguous = true, .l2_cycles = 3, \
		.walk_cycles = 20, .line_hit_cycles = 11,                \
		.line_miss_cycles = 500,                                 \
	}

/* --- the walker --------------------------------------------------------- */

/** struct vmsa_tlb_walk - one walk: the question and its answer. */
struct vmsa_tlb_walk {
	vmsa_va va;     /**< in: the address to translate */
	vmsa_pa table;  /**< in: table to start in, unless @from_root */
	int8_t first;   /**< in: level of @table; out, if from the root */
	bool from_root; /**< in: no walk cache hit, start at the root */

	int8_t last;   /**< out: level of the last descriptor read */
	bool fault;    /**< out: no translation; what follows has no meaning */
	bool global;   /**< out: nG = 0 */
	uint8_t shift; /**< out: log2 of the leaf's size, 12 .. 43 */
	uint8_t contiguous_shift; /**< out: of its group, or @shift */
	vmsa_pa pa;               /**< out: output address of @va */
	vmsa_pa at[VMSA_LEVELS];  /**< out: descriptors read, by level slot */
};

/** struct vmsa_tlb_walker - who knows the tables. */
struct vmsa_tlb_walker {
	/**
	 * Read the tables for @walk->va; fill the "out" members.  Descriptors
	 * first .. last, at least one, were read; below the first, each lies
	 * in the table the one above it points to.  Return 0, also for a
	 * fault, or a negative errno that the access hands through.
	 */
	int (*walk)(void *arg, struct vmsa_tlb_walk *walk);
	/** Optional: a walk for @va is likely soon. */
	void (*prefetch)(void *arg, vmsa_va va);
	void *arg; /**< handed to both */
};

/**
 * vmsa_tlb_space_walker() - a walker that reads the tables of a space.
 * @space: outlives the walker
 *
 * It answers for addresses of the space's half; others fail with -ERANGE,
 * tables outside memory with -EFAULT.  Attributes are not judged.  It may run
 * beside a writer of the space.
 *
 * Return: the walker.
 */
struct vmsa_tlb_walker vmsa_tlb_space_walker(const struct vmsa_space *space);

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
 *	if fully associative), or the granule is not 12, 14 or 16;
 *	-ENOMEM.
 */
int vmsa_tlb_create(const struct vmsa_tlb_config *config,
		    const struct vmsa_tlb_walker *walker,
		    struct vmsa_tlb **out);

/** vmsa_tlb_destroy() - free the TLBs; accepts NULL. */
void vmsa_tlb_destroy(struct vmsa_tlb *tlb);

/** vmsa_tlb_config() - what the TLBs were made with. */
const struct vmsa_tlb_config *vmsa_tlb_config(const struct vmsa_tlb *tlb);

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

/** struct vmsa_tlb_access - one access, or what many have in common. */
struct vmsa_tlb_access {
	vmsa_va va;                  /**< bits 63:56 are ignored */
	uint16_t asid;               /**< the current ASID */
	enum vmsa_tlb_side side;     /**< picks L1 D or I */
	enum vmsa_tlb_region region; /**< picks the counters */
};

/** enum vmsa_tlb_outcome - where an access found its translation. */
enum vmsa_tlb_outcome {
	VMSA_TLB_L1_HIT, /**< in the first level */
	VMSA_TLB_L2_HIT, /**< in the second level */
	VMSA_TLB_WALKED, /**< in the tables */
	VMSA_TLB_FAULT,  /**< nowhere */
};

/** VMSA_TLB_NO_SLOT - there is no first-level entry. */
#define VMSA_TLB_NO_SLOT UINT32_MAX

/** struct vmsa_tlb_answer - what one access got. */
struct vmsa_tlb_answer {
	enum vmsa_tlb_outcome outcome; /**< where from */
	uint8_t shift;                 /**< log2 of what the entry covers */
	bool global;                   /**< the entry serves every ASID */
	uint32_t slot; /**< L1 entry used, or VMSA_TLB_NO_SLOT */
	vmsa_pa pa;    /**< output address; not after a fault */
};

/**
 * vmsa_tlb_access() - translate one access.
 * @tlb:    the TLBs
 * @access: what is accessed
 * @out:    the answer, or NULL
 *
 * Return: 0, also for a fault;
 *	-EBUSY, if there is no room for the entry since every other is held;
 *	-EINVAL, if the walker's answer is not possible;
 *	the walker's own error.  After an error nothing was filled.
 */
int vmsa_tlb_access(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *access,
		    struct vmsa_tlb_answer *out);

/**
 * vmsa_tlb_access_many() - translate many accesses of one kind.
 * @tlb:  the TLBs
 * @like: ASID, side and region of all; its va is not used
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
 * @side: which L1; it must be fully associative
 * @slot: the entry, from a vmsa_tlb_answer
 *
 * Until as many vmsa_tlb_release() calls, the entry is younger than all that
 * are not held and is never replaced.  A replay of a filtered trace holds the
 * entries of the pages in the filter.
 *
 * Return: 0;
 *	-EINVAL, if the L1 is not fully associative or @slot is empty.
 */
int vmsa_tlb_hold(struct vmsa_tlb *tlb, enum vmsa_tlb_side side, uint32_t slot);

/** vmsa_tlb_release() - undo one hold; the last makes the entry youngest. */
void vmsa_tlb_release(struct vmsa_tlb *tlb, enum vmsa_tlb_side side,
		      uint32_t slot);

/**
 * vmsa_tlb_invalidate() - do what a TLBI that reaches this PE asks for.
 * @tlb:  the TLBs
 * @tlbi: operation and operand; the scope does not matter here
 *
 * Operations on the last level only keep the walk cache.  Table descriptors
 * in the walk cache are never global: without "any ASID" an operation removes
 * those of its own ASID only (R_CHVGJ).  TTL hints are not used.  A range
 * operation with another granule than the tables' removes nothing (D8.17),
 * nor does one on stage 2 alone or on EL2's regime: no such entry is here.
 *
 * Return: 0;
 *	-EINVAL, if there is no such operation;
 *	-EBUSY, if an entry is held.
 */
int vmsa_tlb_invalidate(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi);

/* --- counters ----------------------------------------------------------- */

/** struct vmsa_tlb_counters - what happened to the accesses of one account. */
struct vmsa_tlb_counters {
	uint64_t accesses;  /**< translations asked for */
	uint64_t l1_hits;   /**< found in the first level */
	uint64_t l1_misses; /**< not found there */
	uint64_t l2_hits;   /**< found in the second level */
	uint64_t l2_misses; /**< not found there; 0 if it is absent */
	uint64_t walks;     /**< walks started */
	uint64_t faults;    /**< walks that found no translation */
	uint64_t stale;     /**< answers unlike a fresh walk, if checked */
	uint64_t loads[VMSA_LEVELS]; /**< descriptors loaded, by level slot */
	uint64_t line_hits;          /**< of those, from a cached line */
	uint64_t line_misses;        /**< and not */
	uint64_t
		walk_cache_hits[VMSA_LEVELS]; /**< by level of the descriptor */
	uint64_t walk_cache_misses; /**< walks that began at the root */
	uint64_t walk_cycles;       /**< cycles of all walks */
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
 * Return: L2 hits at l2_cycles each, and the cycles of the walks.
 */
uint64_t vmsa_tlb_cycles(const struct vmsa_tlb_config *config,
			 const struct vmsa_tlb_counters *c);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TLB_H */
