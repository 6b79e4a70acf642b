/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_KEEP_H
#define VMSA_LIB_TLB_KEEP_H
/*
 * keep.h - which sizes a TLB keeps, and what an entry says of its leaf
 *
 * An entry's data is an output address, 51:12; the other bits are the model's:
 *
 *     63 62      11  9  8  7                0
 *     [C][A] ... [ 0 ][ 0 ][ leaf's class + 1 ]  or 0: it is the whole leaf
 *     [C][A] ... [ 0 ][ 1 ][ a bit per page   ]  an aggregated entry
 *
 * The address of an aggregated entry is the one its first page would have,
 * modulo 2^52, whether or not that page is valid.  If it is clean it has one
 * page, as a write to that would have to split it.
 */
#include "vmsa/tlb.h"

/** VMSA_DATA_PA - the output address in an entry's data. */
#define VMSA_DATA_PA UINT64_C(0x000ffffffffff000)

/** VMSA_DATA_CLEAN - C: a write through this entry makes its page dirty. */
#define VMSA_DATA_CLEAN (UINT64_C(1) << 63)

/** VMSA_DATA_AHEAD - A: a prefetch brought this L2 entry; not used since. */
#define VMSA_DATA_AHEAD (UINT64_C(1) << 62)

/** VMSA_DATA_LEAF - class of the leaf plus 1, if it is not the entry's. */
#define VMSA_DATA_LEAF UINT64_C(0x3f)

/** VMSA_DATA_PAGES - the valid bits of an aggregated entry. */
#define VMSA_DATA_PAGES UINT64_C(0xff)

/** VMSA_DATA_GROUP - the entry is an aggregated one. */
#define VMSA_DATA_GROUP UINT64_C(0x100)

/** VMSA_NO_CLASS - equals no class. */
#define VMSA_NO_CLASS 0xff

/** struct vmsa_tlb_keep - what one TLB keeps; bits are log2 of sizes. */
struct vmsa_tlb_keep {
	uint64_t held;     /**< sizes of entries that are not aggregated */
	uint64_t refuses;  /**< sizes of leaves not kept */
	bool contiguous;   /**< keeps whole groups */
	uint8_t aggregate; /**< log2 of pages in an aggregated entry; or 0 */
	uint8_t group;     /**< class of such an entry, or VMSA_NO_CLASS */
};

/**
 * vmsa_tlb_keep_init() - work out what a structure keeps.
 * @k:             written completely on success
 * @shape:         as configured
 * @granule_shift: of stage 1
 *
 * Return: 0; -EINVAL, if the configuration contradicts itself.
 */
int vmsa_tlb_keep_init(struct vmsa_tlb_keep *k,
		       const struct vmsa_tlb_array *shape,
		       unsigned granule_shift);

#endif /* VMSA_LIB_TLB_KEEP_H */
