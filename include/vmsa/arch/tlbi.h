/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_TLBI_H
#define VMSA_ARCH_TLBI_H
/*
 * tlbi.h - barriers and TLB maintenance instructions, and their operands
 *
 * Source   Arm ARM DDI 0487, D8.17 (TLB maintenance), C5.5 (TLBI operands)
 */
#include <stdbool.h>

#include "vmsa/arch/geometry.h"

#ifdef __cplusplus
extern "C" {
#endif

/** enum vmsa_barrier - the barriers page-table code uses. */
enum vmsa_barrier {
	VMSA_DSB_ISHST,   /**< stores, Inner Shareable */
	VMSA_DSB_ISH,     /**< loads and stores, Inner Shareable */
	VMSA_DSB_NSHST,   /**< stores, this PE only */
	VMSA_DSB_NSH,     /**< loads and stores, this PE only */
	VMSA_DSB_OSH,     /**< loads and stores, Outer Shareable */
	VMSA_DSB_SY,      /**< loads and stores, full system */
	VMSA_DMB_ISHST,   /**< ordering only: stores, Inner Shareable */
	VMSA_DMB_ISH,     /**< ordering only: loads and stores */
	VMSA_ISB,         /**< context synchronisation of this PE */
	VMSA_NR_BARRIERS, /**< how many there are */
};

/** enum vmsa_tlbi_op - what a TLBI invalidates. */
enum vmsa_tlbi_op {
	VMSA_TLBI_VMALLE1, /**< everything of stage 1, this VMID */
	VMSA_TLBI_ASIDE1,  /**< non-global entries of one ASID */
	VMSA_TLBI_VAE1,    /**< one VA, one ASID, all levels */
	VMSA_TLBI_VALE1,   /**< one VA, one ASID, last level only */
	VMSA_TLBI_VAAE1,   /**< one VA, any ASID, all levels */
	VMSA_TLBI_VAALE1,  /**< one VA, any ASID, last level only */
	VMSA_TLBI_RVAE1,   /**< range form of VAE1 */
	VMSA_TLBI_RVALE1,  /**< range form of VALE1 */
	VMSA_TLBI_RVAAE1,  /**< range form of VAAE1 */
	VMSA_TLBI_RVAALE1, /**< range form of VAALE1 */
	VMSA_NR_TLBI_OPS,  /**< how many there are */
};

/** enum vmsa_tlbi_scope - which PEs a TLBI reaches. */
enum vmsa_tlbi_scope {
	VMSA_TLBI_LOCAL, /**< the PE that executes it */
	VMSA_TLBI_IS,    /**< its Inner Shareable domain */
	VMSA_TLBI_OS,    /**< its Outer Shareable domain */
};

/** struct vmsa_tlbi - one TLBI instruction. */
struct vmsa_tlbi {
	enum vmsa_tlbi_op op;       /**< what */
	enum vmsa_tlbi_scope scope; /**< where */
	uint64_t operand;           /**< Xt; 0 where the operation has none */
};

/** vmsa_tlbi_is_range() - whether an operation takes a range operand. */
static inline bool vmsa_tlbi_is_range(enum vmsa_tlbi_op op)
{
	return op >= VMSA_TLBI_RVAE1 && op <= VMSA_TLBI_RVAALE1;
}

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_TLBI_H */
