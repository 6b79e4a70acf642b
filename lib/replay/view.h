/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_VIEW_H
#define VMSA_LIB_REPLAY_VIEW_H
/*
 * view.h - where recorded linear-map pages are in a simulated linear map
 *
 * Lanes that place memory alike share one: mappings differ in their leaves,
 * not in their addresses.
 */
#include "placement.h"

/** VMSA_VIEW_KNOWN - placed pages remembered; a power of two. */
#define VMSA_VIEW_KNOWN 4096

/** struct vmsa_view - one placement, and where pages went by it. */
struct vmsa_view {
	struct vmsa_placement placement;
	struct vmsa_trace_machine recorded;
	vmsa_va linear_base;           /**< as in struct vmsa_replay_config */
	vmsa_pa phys_base;             /**< likewise */
	struct vmsa_tlb_access access; /**< under way, as its lanes do it */
	bool placed;                   /**< false: they cannot */
	struct {
		uint64_t page;    /**< recorded page + 1; 0: none */
		vmsa_va va;       /**< simulated; 0: unplaced */
	} known[VMSA_VIEW_KNOWN]; /**< direct-mapped */
};

/** vmsa_view_create() - 0, or as vmsa_replay_create(). */
int vmsa_view_create(const struct vmsa_replay_config *config,
		     struct vmsa_view **out);

/** vmsa_view_destroy() - free it; accepts NULL. */
void vmsa_view_destroy(struct vmsa_view *view);

/** vmsa_view_same() - do two lanes see memory at the same addresses? */
bool vmsa_view_same(const struct vmsa_replay_config *a,
		    const struct vmsa_replay_config *b);

/** vmsa_view_place() - simulated VA of a recorded page; 0: it has no place. */
vmsa_va vmsa_view_place(struct vmsa_view *view, uint64_t page);

#endif /* VMSA_LIB_REPLAY_VIEW_H */
