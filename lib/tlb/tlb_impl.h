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
 * never set there (R_CHVGJ).
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
	struct vmsa_assoc walk_cache;            /**< data: next table */
	struct vmsa_assoc lines;                 /**< no data */
	struct vmsa_assoc *second[VMSA_TLB_NR_SIDES]; /**< each side's L2 */
	/** What each side's L1 keeps of a leaf. */
	struct vmsa_tlb_keep keep_l1[VMSA_TLB_NR_SIDES];
	/** What each side's L2 keeps. */
	struct vmsa_tlb_keep keep_l2[VMSA_TLB_NR_SIDES];
	/** What each side's L2 keeps, as @second. */
	const struct vmsa_tlb_keep *keep_second[VMSA_TLB_NR_SIDES];
	bool plain;      /**< the short way: leaves go in as they come, nobody
			      looks for conflicts, contexts are ASIDs */
	bool aggregates; /**< some structure does */
	bool contiguous; /**< if plain: entries hold contiguous groups */
	struct vmsa_contexts contexts;    /**< whose an entry is */
	uint64_t chance;                  /**< state of the generator */
	uint64_t in_granule;              /**< mask: offset in a page */
	uint8_t level_shift[VMSA_LEVELS]; /**< log2 of a descriptor's reach */
	uint64_t last[VMSA_TLB_NR_SIDES]; /**< page and ASID used last */
	uint32_t last_slot[VMSA_TLB_NR_SIDES]; /**< its L1 entry */
	struct vmsa_tlb_stats stats;           /**< what derives is left out */
};

/** vmsa_tlb_va() - an access's VA without its tag, sign-extended. */
static inline vmsa_va vmsa_tlb_va(vmsa_va va)
{
	return (vmsa_va)((int64_t)(va << VMSA_TAG_VA_SHIFT) >>
			 VMSA_TAG_VA_SHIFT);
}

#endif /* VMSA_LIB_TLB_IMPL_H */
