/* SPDX-License-Identifier: BSD-2-Clause */
#include "model.h"

static int access_tlb(void *arg, const struct vmsa_tlb_access *access,
		      const struct vmsa_tlb_walker *walker,
		      struct vmsa_tlb_answer *out)
{
	(void)walker;
	return vmsa_tlb_access(arg, access, out);
}

static void hit_more(void *arg, const struct vmsa_tlb_access *like, uint64_t n)
{
	vmsa_tlb_hit_more(arg, like, n);
}

static int hold(void *arg, enum vmsa_tlb_side side, uint32_t slot)
{
	return vmsa_tlb_hold(arg, side, slot);
}

static void release(void *arg, enum vmsa_tlb_side side, uint32_t slot)
{
	vmsa_tlb_release(arg, side, slot);
}

static int invalidate(void *arg, const struct vmsa_tlbi *tlbi)
{
	return vmsa_tlb_invalidate(arg, tlbi);
}

static void reset_stats(void *arg)
{
	vmsa_tlb_reset_stats(arg);
}

struct vmsa_replay_model vmsa_replay_tlb_model(struct vmsa_tlb *tlb)
{
	return (struct vmsa_replay_model){
		.access = access_tlb,
		.hit_more = hit_more,
		.hold = hold,
		.release = release,
		.invalidate = invalidate,
		.reset_stats = reset_stats,
		.arg = tlb,
	};
}
