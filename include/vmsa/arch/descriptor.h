/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_DESCRIPTOR_H
#define VMSA_ARCH_DESCRIPTOR_H
/*
 * descriptor.h - the bits of a VMSAv8-64 descriptor; nothing else knows them
 *
 * Names are the Arm ARM's.  A field that means different things in different
 * descriptors has one name per meaning.
 *
 * Source   Arm ARM DDI 0487, D8.3 (translation table descriptor formats)
 */
#include <stdbool.h>

#include "vmsa/arch/geometry.h"

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
/** VMSA_BIT() - one bit of a 64-bit value. */
#define VMSA_BIT(n)          (UINT64_C(1) << (n))
/** VMSA_BITS() - bits @hi down to @lo, both included. */
#define VMSA_BITS(hi, lo) \
	((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

/* Every descriptor. */
#define VMSA_DESC_VALID      VMSA_BIT(0)  /**< bit 0: the descriptor is valid */
#define VMSA_DESC_TABLE      VMSA_BIT(1)  /**< bit 1: table, or level 3 page */
#define VMSA_DESC_TYPE       VMSA_BITS(1, 0) /**< bits 1:0 */
#define VMSA_DESC_SOFTWARE   VMSA_BITS(58, 55) /**< reserved for software use */
#define VMSA_DESC_IGNORED63  VMSA_BIT(63) /**< ignored in a stage 1 leaf */

/* Stage 1 block and page descriptors. */
#define VMSA_LEAF_ATTRINDX_SHIFT 2        /**< AttrIndx[2:0] lowest bit */
#define VMSA_LEAF_ATTRINDX   VMSA_BITS(4, 2) /**< index into MAIR */
#define VMSA_LEAF_NS         VMSA_BIT(5)  /**< Non-secure */
#define VMSA_LEAF_AP1        VMSA_BIT(6)  /**< AP[1]: EL0 may access */
#define VMSA_LEAF_AP2        VMSA_BIT(7)  /**< AP[2]: read-only */
#define VMSA_LEAF_SH_SHIFT   8            /**< SH[1:0] lowest bit */
#define VMSA_LEAF_SH         VMSA_BITS(9, 8) /**< SH; OA[51:50] in LPA2 */
#define VMSA_LEAF_AF         VMSA_BIT(10) /**< Access flag */
#define VMSA_LEAF_NG         VMSA_BIT(11) /**< not global */
#define VMSA_LEAF_NT         VMSA_BIT(16) /**< nT, block descriptors only */
#define VMSA_LEAF_GP         VMSA_BIT(50) /**< guarded page (BTI) */
#define VMSA_LEAF_DBM        VMSA_BIT(51) /**< Dirty Bit Modifier */
#define VMSA_LEAF_CONTIGUOUS VMSA_BIT(52) /**< Contiguous */
#define VMSA_LEAF_PXN        VMSA_BIT(53) /**< privileged execute-never */
#define VMSA_LEAF_UXN        VMSA_BIT(54) /**< unprivileged execute-never, XN */
#define VMSA_LEAF_PBHA       VMSA_BITS(62, 59) /**< PBHA or POIndex */

/* Stage 1 table descriptors. */
#define VMSA_TABLE_AF        VMSA_BIT(10) /**< Access flag, FEAT_HAFT */
#define VMSA_TABLE_PXN       VMSA_BIT(59) /**< PXNTable */
#define VMSA_TABLE_UXN       VMSA_BIT(60) /**< UXNTable, XNTable */
#define VMSA_TABLE_AP0       VMSA_BIT(61) /**< APTable[0]: EL0 shut out */
#define VMSA_TABLE_AP1       VMSA_BIT(62) /**< APTable[1]: no write below */
#define VMSA_TABLE_NS        VMSA_BIT(63) /**< NSTable */
/* clang-format on */

/** enum vmsa_desc_type - what a descriptor is at its level. */
enum vmsa_desc_type {
	VMSA_DESC_TYPE_INVALID, /**< bit 0 clear, or no block may be here */
	VMSA_DESC_TYPE_TABLE,   /**< points to a table of the next level */
	VMSA_DESC_TYPE_BLOCK,   /**< leaf above level 3 */
	VMSA_DESC_TYPE_PAGE,    /**< leaf at level 3 */
};

/**
 * vmsa_desc_type() - classify a descriptor.
 * @g:     the table's shape
 * @level: the level it was read at, -1 .. 3
 * @desc:  its 64 bits
 *
 * Return: its type; a level 3 descriptor with bits 01 and a block at a level
 *	that has none are INVALID.
 */
enum vmsa_desc_type vmsa_desc_type(const struct vmsa_geometry *g, int level,
				   vmsa_desc desc);

/** vmsa_oa_mask() - the descriptor bits that hold an output address. */
static inline uint64_t vmsa_oa_mask(const struct vmsa_geometry *g)
{
	const unsigned n = g->granule_shift;

	switch (g->format) {
	case VMSA_FORMAT_LPA:
		return VMSA_BITS(47, 16) | VMSA_BITS(15, 12);
	case VMSA_FORMAT_LPA2:
		return (VMSA_BITS(49, 0) & ~(VMSA_BIT(n) - 1)) |
		       VMSA_BITS(9, 8);
	case VMSA_FORMAT_48:
	default:
		return VMSA_BITS(47, 0) & ~(VMSA_BIT(n) - 1);
	}
}

/**
 * vmsa_desc_oa() - the address a descriptor holds, to granule precision.
 * @g:    the table's shape
 * @desc: its 64 bits
 *
 * For a block the caller drops the bits below the block's size: they are RES0
 * and do not reach the output address (D8.3).
 *
 * Return: the next table's or the leaf's address.
 */
static inline vmsa_pa vmsa_desc_oa(const struct vmsa_geometry *g,
				   vmsa_desc desc)
{
	const unsigned n = g->granule_shift;

	switch (g->format) {
	case VMSA_FORMAT_LPA:
		return (desc & VMSA_BITS(47, 16)) | (desc & VMSA_BITS(15, 12))
							    << 36;
	case VMSA_FORMAT_LPA2:
		return (desc & VMSA_BITS(49, 0) & ~(VMSA_BIT(n) - 1)) |
		       (desc & VMSA_BITS(9, 8)) << 42;
	case VMSA_FORMAT_48:
	default:
		return desc & VMSA_BITS(47, 0) & ~(VMSA_BIT(n) - 1);
	}
}

/**
 * vmsa_oa_desc() - an address in the place a descriptor keeps it.
 * @g:  the table's shape
 * @pa: granule-aligned, below 2^vmsa_oa_bits()
 *
 * Return: the bits to OR into a descriptor.
 */
static inline vmsa_desc vmsa_oa_desc(const struct vmsa_geometry *g, vmsa_pa pa)
{
	switch (g->format) {
	case VMSA_FORMAT_LPA:
		return (pa & VMSA_BITS(47, 16)) |
		       (pa >> 36 & VMSA_BITS(15, 12));
	case VMSA_FORMAT_LPA2:
		return (pa & VMSA_BITS(49, 12)) | (pa >> 42 & VMSA_BITS(9, 8));
	case VMSA_FORMAT_48:
	default:
		return pa & VMSA_BITS(47, 12);
	}
}

/**
 * vmsa_oa_run() - leaves until the address carries into another field.
 * @g:     the table's shape
 * @pa:    output address of the first leaf
 * @shift: log2 of a leaf's size
 *
 * Up to that many descriptors differ by the leaf size alone.  Only LPA and
 * LPA2 keep the high address bits out of place; the 48-bit format has none.
 *
 * Return: how many, at least 1.
 */
static inline uint64_t vmsa_oa_run(const struct vmsa_geometry *g, vmsa_pa pa,
				   unsigned shift)
{
	const unsigned low = g->format == VMSA_FORMAT_LPA2 ? 50 : 48;

	return (VMSA_BIT(low) - (pa & (VMSA_BIT(low) - 1))) >> shift;
}

/** struct vmsa_leaf_fields - a stage 1 block or page, taken apart. */
struct vmsa_leaf_fields {
	vmsa_pa oa;       /**< as the format holds it, low bits included */
	uint8_t type;     /**< bits 1:0 */
	uint8_t attrindx; /**< 0 .. 7 */
	uint8_t ap;       /**< AP[2:1], 0 .. 3 */
	uint8_t sh;       /**< 0 .. 3; 0 where LPA2 has none */
	uint8_t software; /**< bits 58:55 */
	uint8_t pbha;     /**< bits 62:59 */
	bool ns;          /**< bit 5 */
	bool af;          /**< bit 10 */
	bool ng;          /**< bit 11 */
	bool gp;          /**< bit 50 */
	bool dbm;         /**< bit 51 */
	bool contiguous;  /**< bit 52 */
	bool pxn;         /**< bit 53 */
	bool uxn;         /**< bit 54 */
	uint64_t rest;    /**< every bit that no field above holds, in place */
};

/** struct vmsa_table_fields - a stage 1 table, taken apart. */
struct vmsa_table_fields {
	vmsa_pa next;    /**< address of the next table */
	uint8_t type;    /**< bits 1:0 */
	uint8_t aptable; /**< APTable[1:0] */
	bool af;         /**< bit 10 */
	bool pxntable;   /**< bit 59 */
	bool uxntable;   /**< bit 60 */
	bool nstable;    /**< bit 63 */
	uint64_t rest;   /**< every bit that no field above holds, in place */
};

/** vmsa_leaf_decode() - take a leaf descriptor apart; loses no bit. */
void vmsa_leaf_decode(const struct vmsa_geometry *g, vmsa_desc desc,
		      struct vmsa_leaf_fields *out);

/** vmsa_leaf_encode() - the inverse of vmsa_leaf_decode(). */
vmsa_desc vmsa_leaf_encode(const struct vmsa_geometry *g,
			   const struct vmsa_leaf_fields *in);

/** vmsa_table_decode() - take a table descriptor apart; loses no bit. */
void vmsa_table_decode(const struct vmsa_geometry *g, vmsa_desc desc,
		       struct vmsa_table_fields *out);

/** vmsa_table_encode() - the inverse of vmsa_table_decode(). */
vmsa_desc vmsa_table_encode(const struct vmsa_geometry *g,
			    const struct vmsa_table_fields *in);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_DESCRIPTOR_H */
