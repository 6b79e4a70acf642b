/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TLB_H
#define VMSA_TLB_H
/*
 * tlb.h - one PE's TLBs, walk caches and the price of a walk
 *
 *     access -> L1 (D or I) -> L2 -> walk cache -> descriptor loads -> leaf
 *
 * Units    cycles are the PE's clock cycles
 */
#include <stdbool.h>

#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** struct vmsa_tlb_array - one TLB structure. */
struct vmsa_tlb_array {
	uint32_t entries; /**< 0: the structure is absent */
	uint32_t ways;    /**< equal to @entries: fully associative */
};

/** struct vmsa_tlb_config - the translation structures of one PE. */
struct vmsa_tlb_config {
	struct vmsa_tlb_array l1d; /**< first level, data */
	struct vmsa_tlb_array l1i; /**< first level, instructions */
	struct vmsa_tlb_array l2;  /**< second level: data, or both */
	struct vmsa_tlb_array l2i; /**< second level, instructions, if split */
	struct vmsa_tlb_array walk_cache; /**< table descriptors, all levels */
	bool contiguous;      /**< one entry holds a whole contiguous group */
	uint32_t l2_cycles;   /**< extra cycles of an L2 hit over an L1 hit */
	uint32_t walk_cycles; /**< fixed cost of starting a walk */
	struct vmsa_tlb_array lines; /**< 64-byte lines of descriptors cached */
	uint32_t line_hit_cycles;    /**< a descriptor load that hits @lines */
	uint32_t line_miss_cycles;   /**< one that does not */
};

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TLB_H */
