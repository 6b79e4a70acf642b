/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_IMPL_H
#define VMSA_LIB_REPLAY_IMPL_H
/*
 * impl.h - what the files of a replay share
 */
#include "filter.h"
#include "lane.h"

/** struct vmsa_replay - one stream over its lanes. */
struct vmsa_replay {
	struct vmsa_trace_machine recorded; /**< as configured, as are */
	uint64_t warmup;                    /**< instructions */
	bool fetch;                         /**< FETCH records as well */
	struct vmsa_lane *lane;             /**< by configuration */
	size_t nr_lanes;                    /**< that are initialised */
	struct vmsa_view **view;            /**< different ones */
	size_t nr_views;                    /**< how many */

	struct vmsa_filter filter[VMSA_TLB_NR_SIDES]; /**< the recorder's */
	struct vmsa_recent recent[VMSA_TLB_NR_SIDES]; /**< for all lanes */
	uint16_t asid;                                /**< the current one */
	bool counting;                                /**< past the warm-up */
	uint64_t last;    /**< stamp of the last hit in all lanes */
	uint64_t counted; /**< stamp at which counting starts */
	uint64_t records; /**< since then */
	uint64_t tlbis;   /**< likewise */
	/** Accesses since then that hit in all lanes, by account. */
	uint64_t hits[VMSA_TLB_NR_REGIONS][VMSA_TLB_NR_SIDES];
};

#endif /* VMSA_LIB_REPLAY_IMPL_H */
