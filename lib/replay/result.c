/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * result.c - what was counted, its sums and rates
 */
#include <string.h>

#include "impl.h"

void vmsa_replay_finish_lane(const struct vmsa_replay *replay, size_t lane,
			     uint64_t end_insn, struct vmsa_replay_result *out)
{
	const struct vmsa_lane *l = &replay->lane[lane];
	uint64_t last = l->last > replay->last ? l->last : replay->last;
	uint64_t end = end_insn ? end_insn : last;

	memset(out, 0, sizeof(*out));
	if (!replay->counting)
		return;
	out->instructions = end > replay->counted ? end - replay->counted : 0;
	out->records = replay->records;
	out->tlbis = replay->tlbis;
	out->unplaced = l->unplaced;
	if (l->tlb)
		vmsa_tlb_stats(l->tlb, &out->stats);
	for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++) {
		for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
			struct vmsa_tlb_counters *c =
				&out->stats.of[region][side];

			c->accesses += replay->hits[region][side];
			c->l1_hits += replay->hits[region][side];
		}
	}
}

void vmsa_replay_finish(const struct vmsa_replay *replay, uint64_t end_insn,
			struct vmsa_replay_result *out)
{
	vmsa_replay_finish_lane(replay, 0, end_insn, out);
}

void vmsa_replay_sum(const struct vmsa_replay_result *result,
		     enum vmsa_tlb_side side, unsigned mask,
		     struct vmsa_tlb_counters *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		if (mask >> region & 1)
			vmsa_tlb_counters_add(out,
					      &result->stats.of[region][side]);
}

double vmsa_replay_mpki(const struct vmsa_replay_result *result, uint64_t count)
{
	if (result->instructions == 0)
		return 0;
	return (double)count * 1000 / (double)result->instructions;
}
