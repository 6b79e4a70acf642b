/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_LANE_H
#define VMSA_LIB_REPLAY_LANE_H
/*
 * lane.h - one PE's TLBs over one mapping, beside others on the same trace
 */
#include "overlay.h"
#include "recent.h"
#include "view.h"
#include "vmsa/replay.h"

/** struct vmsa_lane_use - a use of a page that the lanes hear of. */
struct vmsa_lane_use {
	enum vmsa_tlb_side side; /**< data or instructions */
	bool two_mib;      /**< assumed leaves are of 2 MiB; not linear map */
	uint64_t accesses; /**< hits that left no record */
	uint64_t insn;     /**< stamp */
	uint8_t at; /**< its place among recent pages, or VMSA_RECENT_NONE */
};

/** struct vmsa_lane - see above. */
struct vmsa_lane {
	struct vmsa_tlb *tlb; /**< NULL with a model of the caller's */
	struct vmsa_replay_model model; /**< what is driven: @tlb or that */
	struct vmsa_tlb_walker walker;  /**< what it asks for leaves */
	struct vmsa_view *view;         /**< shared with others */
	uint32_t cpi; /**< thousandths; 0: the TLBs need no time */
	struct vmsa_overlay overlay;   /**< tables of all but linear map */
	struct vmsa_tlb_walker linear; /**< the map under test */
	enum vmsa_tlb_region region;   /**< of the access under way */
	uint64_t unplaced;             /**< accesses, since the warm-up */
	uint64_t last;                 /**< stamp of the last access it saw */
	/** L1 entry of each recent page, held; or VMSA_TLB_NO_SLOT. */
	uint32_t slot[VMSA_TLB_NR_SIDES][VMSA_RECENT_MAX];
};

/**
 * vmsa_lane_init() - empty TLBs.
 * @lane:   stays where it is; vmsa_lane_fini(), also after an error
 * @config: what is not common to all lanes; the view is set by the caller
 *
 * Return: as vmsa_tlb_create().
 */
int vmsa_lane_init(struct vmsa_lane *lane,
		   const struct vmsa_replay_config *config);

/** vmsa_lane_fini() - free what init made. */
void vmsa_lane_fini(struct vmsa_lane *lane);

/** vmsa_lane_release() - a page leaves the recent ones. */
void vmsa_lane_release(struct vmsa_lane *lane, enum vmsa_tlb_side side,
		       uint8_t at);

/**
 * vmsa_lane_use() - a page is used that is not recent, or has no entry here.
 * @lane: the lane; if the page has an entry, this only counts
 * @use:  the use; the access itself is the view's
 *
 * Return: 0, or an error of vmsa_tlb_access().
 */
int vmsa_lane_use(struct vmsa_lane *lane, const struct vmsa_lane_use *use);

/** vmsa_lane_has() - has the lane an entry for a listed page? */
static inline bool vmsa_lane_has(const struct vmsa_lane *lane,
				 const struct vmsa_lane_use *use)
{
	return use->at != VMSA_RECENT_NONE &&
	       lane->slot[use->side][use->at] != VMSA_TLB_NO_SLOT;
}

/** vmsa_lane_finds() - how many recent pages a first level has entries for;
 * 0: it must see every use, as must a model of the caller's. */
unsigned vmsa_lane_finds(const struct vmsa_replay_config *config,
			 enum vmsa_tlb_side side);

#endif /* VMSA_LIB_REPLAY_LANE_H */
