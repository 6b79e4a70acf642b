/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * result.c - sums and rates of a replay's counts
 */
#include "vmsa/replay.h"

#include <string.h>

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
