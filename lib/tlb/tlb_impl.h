/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_IMPL_H
#define VMSA_LIB_TLB_IMPL_H
/*
 * tlb_impl.h - what the files of the TLB model share
 *
 * Tags. VA[63:53] repeat VA[52] at most, so a page number has 41 bits:
 *
 *     63        23 22       7  6  5  4     0
 *     [ VA[52:12] ][ context ][1][G][ class ]
 *
 * A TLB entry's class is log2(size) - 12 and the VA bits below its size are 0.
 * The context is the ASID, or 0 when G is set, as long as all accesses are of
 * VMID 0 and PE 0 without CnP; then a number: contexts.h.
 * A walk cache entry's class is the level slot of the table descriptor; G is
 * never set there (R_CHVGJ).  What is of stage 2 has an IPA for the VA and is
 * global: it belongs to a VMID and to no ASID.
 */
#include "assoc.h"
#include "contexts.h"
#include "keep.h"

/** VMSA_TAG_VA_SHIFT - how far VA bits are moved up in a tag. */
#define VMSA_TAG_VA_SHIFT 11

/** VMSA_TAG_PAGE - the VA bits of a tag of a 4K entry. */
#define VMSA_TAG_PAGE (~UINT64_C(0x7fffff))

/** VMSA_TAG_ASID_SHIFT - where the context field starts. */
#define VMSA_TAG_ASID_SHIFT 7

/** VMSA_TAG_VALID - set in every tag. */
#define VMSA_TAG_VALID UINT64_C(0x40)

/** VMSA_TAG_GLOBAL - the entry serves every ASID. */
#define VMSA_TAG_GLOBAL UINT64_C(0x20)

/** VMSA_TAG_NONE - equals no page and ASID of an access. */
#define VMSA_TAG_NONE UINT64_C(1)

/** struct vmsa_tlb_tables - the table descriptors that a stage keeps. */
struct vmsa_tlb_tables {
	struct vmsa_assoc merged;             /**< of levels not kept apart */
	struct vmsa_assoc level[VMSA_LEVELS]; /**< by level slot; or absent */
	struct vmsa_assoc *of[VMSA_LEVELS];   /**< by level slot: one of both */
	uint32_t apart;             /**< bit by level slot: kept in level[] */
	uint8_t shift[VMSA_LEVELS]; /**< log2 of a descriptor's reach */
	uint64_t in_granule;        /**< mask: offset in a table */
};

/** struct vmsa_tlb_clock - when the walkers are busy, in cycles. */
struct vmsa_tlb_clock {
	uint64_t now;   /**< as vmsa_tlb_set_time() said */
	uint64_t until; /**< some walk was in flight up to here */
	uint64_t free[VMSA_TLB_MAX_WALKERS]; /**< when each walk ends */
	bool set;                            /**< the caller gives the time */
};

/** struct vmsa_tlb_run - the way of an access, for one kind of host. */
struct vmsa_tlb_run {
	/** One access; the va is canonical. The caller counts it. */
	int (*one)(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		   struct vmsa_tlb_answer *answer);
	/** Many; the number done through @done. The caller counts them. */
	int (*many)(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *like,
		    const vmsa_va *va, size_t n, size_t *done);
};

/** vmsa_tlb_run_portable - for every host. */
extern const struct vmsa_tlb_run vmsa_tlb_run_portable;

/** vmsa_tlb_run_avx512 - for x86-64 with AVX-512. */
extern const struct vmsa_tlb_run vmsa_tlb_run_avx512;

/** struct vmsa_tlb - see vmsa/tlb.h. */
struct vmsa_tlb {
	const struct vmsa_tlb_run *run;          /**< fit for this host */
	struct vmsa_tlb_config config;           /**< as given */
	struct vmsa_tlb_walker walker;           /**< as given */
	struct vmsa_assoc l1[VMSA_TLB_NR_SIDES]; /**< data: output address */
	struct vmsa_assoc l2[VMSA_TLB_NR_SIDES]; /**< data: output address */
	struct vmsa_tlb_tables tables;           /**< data: next table */
	struct vmsa_assoc lines;                 /**< no data */
	struct vmsa_assoc *second[VMSA_TLB_NR_SIDES]; /**< each side's L2 */
	/** What each side's L1 keeps of a leaf. */
	struct vmsa_tlb_keep keep_l1[VMSA_TLB_NR_SIDES];
	/** What each side's L2 keeps. */
	struct vmsa_tlb_keep keep_l2[VMSA_TLB_NR_SIDES];
	/** What each side's L2 keeps, as @second. */
	const struct vmsa_tlb_keep *keep_second[VMSA_TLB_NR_SIDES];
	bool plain;       /**< the short way: leaves go in as they come, as
			       nothing but an address, nobody looks for
			       conflicts, contexts are ASIDs */
	bool aggregates;  /**< some structure does */
	bool contiguous;  /**< if plain: entries hold contiguous groups */
	bool full_walks;  /**< a walk may be more than loads of stage 1 */
	bool stage2;      /**< there is one: @s2_walker */
	bool each_use[2]; /**< by "it writes": vmsa_tlb_each_use() */
	struct vmsa_contexts contexts;    /**< whose an entry is */
	uint64_t chance;                  /**< state of the generator */
	struct vmsa_tlb_walker s2_walker; /**< its va is an IPA */
	struct vmsa_assoc ipa_cache;      /**< data: PA; all global */
	struct vmsa_tlb_tables s2_tables; /**< data: next table; all global */
	vmsa_pa final; /**< SEPARATE: PA of the last walk's VA */
	struct vmsa_tlb_clock clock;
	uint32_t second_slot; /**< if not plain: the last L2 hit's entry */
	uint64_t last[VMSA_TLB_NR_SIDES];      /**< page and ASID used last */
	uint32_t last_slot[VMSA_TLB_NR_SIDES]; /**< its L1 entry */
	struct vmsa_tlb_stats stats;           /**< what derives is left out */
};

/** vmsa_tlb_own() - in a tag: the current context's own. */
static inline uint64_t vmsa_tlb_own(const struct vmsa_tlb *tlb)
{
	return (uint64_t)tlb->contexts.asid << VMSA_TAG_ASID_SHIFT;
}

/** vmsa_tlb_shared() - in a tag: what all ASIDs of the VMID share. */
static inline uint64_t vmsa_tlb_shared(const struct vmsa_tlb *tlb)
{
	return (uint64_t)tlb->contexts.global << VMSA_TAG_ASID_SHIFT |
	       VMSA_TAG_GLOBAL;
}

/** vmsa_tlb_va() - an access's VA without its tag, sign-extended. */
static inline vmsa_va vmsa_tlb_va(vmsa_va va)
{
	return (vmsa_va)((int64_t)(va << VMSA_TAG_VA_SHIFT) >>
			 VMSA_TAG_VA_SHIFT);
}

/** vmsa_tlb_walks_possible() - can walks be what @c says? */
bool vmsa_tlb_walks_possible(const struct vmsa_tlb_config *c);

/**
 * vmsa_tlb_init_array() - make the array of one structure.
 * @tlb:   its config is set
 * @array: to fill
 * @shape: a member of that config
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int vmsa_tlb_init_array(struct vmsa_tlb *tlb, struct vmsa_assoc *array,
			const struct vmsa_tlb_array *shape);

/** vmsa_tlb_init_walks() - make what walks use: 0, -EINVAL or -ENOMEM. */
int vmsa_tlb_init_walks(struct vmsa_tlb *tlb);

/** vmsa_tlb_fini_walks() - free it, also after a failure. */
void vmsa_tlb_fini_walks(struct vmsa_tlb *tlb);

/** vmsa_tlb_walks_are_full() - let no walk take the short way any more. */
void vmsa_tlb_walks_are_full(struct vmsa_tlb *tlb);

/** vmsa_tlb_occupy() - a walk of @cycles is to be done; for @c's account. */
void vmsa_tlb_occupy(struct vmsa_tlb *tlb, struct vmsa_tlb_counters *c,
		     uint64_t cycles);

/**
 * vmsa_tlb_walk_full() - a walk with all that config.h and stage 2 ask for.
 * @tlb:  the TLBs
 * @a:    the access
 * @c:    its account
 * @walk: the answer; with COMBINED that of both stages
 *
 * With SEPARATE the PA goes to @tlb->final.
 *
 * Return: 0, also for a fault; a negative errno as vmsa_tlb_access().
 */
int vmsa_tlb_walk_full(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		       struct vmsa_tlb_counters *c, struct vmsa_tlb_walk *walk);

/** vmsa_tlb_walk_ahead() - the same for a prefetch: writes no descriptor. */
int vmsa_tlb_walk_ahead(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			struct vmsa_tlb_counters *c,
			struct vmsa_tlb_walk *walk);

/**
 * vmsa_tlb_each_use() - what an answer takes besides the entry it came from.
 * @tlb:    the TLBs
 * @a:      the access; called if @tlb->each_use[a->write]
 * @answer: what the entry said; corrected
 *
 * Return: 0 or a negative errno.
 */
int vmsa_tlb_each_use(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		      struct vmsa_tlb_answer *answer);

/**
 * vmsa_tlb_fresh() - what the tables of both stages say, at no cost.
 * @tlb: the TLBs
 * @a:   the access
 * @out: only fault and pa mean something
 *
 * Return: 0 or a negative errno of a walker.
 */
int vmsa_tlb_fresh(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		   struct vmsa_tlb_walk *out);

/**
 * vmsa_tlb_clean_stage2() - do the part of a TLBI on stage 2's entries.
 * @tlb:  the TLBs
 * @tlbi: the operation
 * @by:   who executes it
 */
void vmsa_tlb_clean_stage2(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
			   const struct vmsa_tlb_issuer *by);

/** vmsa_tlb_plain_cycles() - cycles of walks, from counts of loads. */
static inline uint64_t vmsa_tlb_plain_cycles(
	const struct vmsa_tlb_config *costs, const struct vmsa_tlb_counters *c)
{
	return (c->walks + c->prefetches) * costs->walk_cycles +
	       c->line_hits * costs->line_hit_cycles +
	       c->line_misses * costs->line_miss_cycles;
}

#endif /* VMSA_LIB_TLB_IMPL_H */
