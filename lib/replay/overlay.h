/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_OVERLAY_H
#define VMSA_LIB_REPLAY_OVERLAY_H
/*
 * overlay.h - assumed tables for what is not linear map
 */
#include "vmsa/tlb.h"

/** struct vmsa_overlay - the tables that one walk goes through. */
struct vmsa_overlay {
	unsigned granule_shift; /**< 12, 14 or 16 */
	int8_t start_level;     /**< of a walk from the root */
	bool two_mib;           /**< leaves of 2 MiB instead of pages */
	bool user;              /**< not global, tables by ASID */
	uint16_t asid;          /**< the current one */
};

/** vmsa_overlay_walk() - answer one walk; never a fault. */
void vmsa_overlay_walk(const struct vmsa_overlay *o,
		       struct vmsa_tlb_walk *walk);

#endif /* VMSA_LIB_REPLAY_OVERLAY_H */
