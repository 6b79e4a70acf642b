/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_REPLAY_PLAIN_H
#define TESTS_REPLAY_PLAIN_H
/*
 * plain.h - a replay that asks the TLBs about every record
 *
 * What replay.h says, done in the order it says it and nothing left out: the
 * filter's entries are held, every record is an access of one TLB.
 */
#include "replay/overlay.h"
#include "replay/placement.h"
#include "vmsa/replay.h"

/** struct plain - one such replay. */
struct plain {
	struct vmsa_replay_config config;
	struct vmsa_tlb *tlb;
	struct vmsa_placement placement;
	struct vmsa_overlay overlay;
	enum vmsa_tlb_region region; /**< of the access under way */
	uint32_t slot[VMSA_TLB_NR_SIDES][VMSA_TRACE_MAX_FILTER]; /**< held */
	uint16_t asid;
	bool counting;
	uint64_t last, counted, records, tlbis, unplaced;
};

/** plain_init() - as vmsa_replay_create(), which it trusts with refusals. */
void plain_init(struct plain *p, const struct vmsa_replay_config *config);

/** plain_feed() - as vmsa_replay_feed(); stops the test on an error. */
void plain_feed(struct plain *p, const struct vmsa_trace_record *r, size_t n);

/** plain_finish() - as vmsa_replay_finish(); frees it. */
void plain_finish(struct plain *p, struct vmsa_replay_result *out);

#endif /* TESTS_REPLAY_PLAIN_H */
