/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_LEAF_H
#define VMSA_LIB_BBM_LEAF_H
/*
 * leaf.h - leaves of stage 1 and of stage 2, as the rules of both see them
 *
 * rules.h speaks of stage 1.  Stage 2 leaves have other attributes, but the
 * same need for a break; here they are put in its words.
 *
 * Source   Arm ARM DDI 0487, D8.3 (stage 2 attribute fields), D8.17
 */
#include "vmsa/bbm/check.h"

/* clang-format off */
/** S2_READ - S2AP[0]. */
#define S2_READ    VMSA_BIT(6)
/** S2_WRITE - S2AP[1]. */
#define S2_WRITE   VMSA_BIT(7)
/** S2_MEMATTR - MemAttr[3:0]. */
#define S2_MEMATTR VMSA_BITS(5, 2)
/** S2_XN - XN[1:0]. */
#define S2_XN      VMSA_BITS(54, 53)
/* clang-format on */

/**
 * vmsa_bbm_number_types() - which indices of MAIR are one memory type.
 * @mair: MAIR; Normal Tagged (0xf0) is Normal Write-Back (0xff), as the tag
 *        check is a permission; 0: unknown, each index is a type of its own
 * @type: for each index the lowest one of its type
 */
void vmsa_bbm_number_types(uint64_t mair, uint8_t type[8]);

/** vmsa_bbm_plain() - a leaf with the lowest AttrIndx of its memory type. */
static inline vmsa_desc vmsa_bbm_plain(enum vmsa_check_regime regime,
				       const uint8_t type[8], vmsa_desc leaf)
{
	const unsigned index =
		(leaf & VMSA_LEAF_ATTRINDX) >> VMSA_LEAF_ATTRINDX_SHIFT;

	if (regime == VMSA_CHECK_STAGE2)
		return leaf;
	return (leaf & ~VMSA_LEAF_ATTRINDX) |
	       (vmsa_desc)type[index] << VMSA_LEAF_ATTRINDX_SHIFT;
}

/**
 * vmsa_bbm_regime_needs() - vmsa_bbm_needs() in any regime.
 * @g:      shape of the tables
 * @regime: what they translate
 * @change: the address and its two leaves, from vmsa_bbm_plain()
 *
 * Return: a set of enum vmsa_bbm_rule.
 */
unsigned vmsa_bbm_regime_needs(const struct vmsa_geometry *g,
			       enum vmsa_check_regime regime,
			       const struct vmsa_leaf_change *change);

#endif /* VMSA_LIB_BBM_LEAF_H */
