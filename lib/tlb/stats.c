/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.c - the accounts
 */
#include "tlb_impl.h"

#include <string.h>

void vmsa_tlb_hit_more(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *like,
		       uint64_t n)
{
	tlb->stats.of[like->region][like->side].accesses += n;
}

/* What follows from other counts is not counted as it happens. */
static void derive(struct vmsa_tlb_counters *c, bool has_l2, bool timed,
		   const struct vmsa_tlb_config *costs)
{
	c->walk_cycles += vmsa_tlb_plain_cycles(costs, c);
	if (!timed)
		c->walk_active_cycles = c->walk_cycles;
	c->l1_hits = c->accesses - c->l1_misses;
	c->l2_hits = has_l2 ? c->l1_misses - c->l2_misses : 0;
}

void vmsa_tlb_stats(const struct vmsa_tlb *tlb, struct vmsa_tlb_stats *out)
{
	*out = tlb->stats;
	for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
			derive(&out->of[region][side],
			       tlb->second[side]->entries, tlb->full_walks,
			       &tlb->config);
}

void vmsa_tlb_reset_stats(struct vmsa_tlb *tlb)
{
	memset(&tlb->stats, 0, sizeof(tlb->stats));
}

void vmsa_tlb_counters_add(struct vmsa_tlb_counters *sum,
			   const struct vmsa_tlb_counters *more)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)more;

	_Static_assert(sizeof(*sum) % sizeof(*to) == 0, "only uint64_t inside");
	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

uint64_t vmsa_tlb_cycles(const struct vmsa_tlb_config *config,
			 const struct vmsa_tlb_counters *c)
{
	return c->l2_hits * config->l2_cycles + c->walk_cycles +
	       c->ipa_hits * config->ipa_cycles +
	       c->updates * config->update_cycles;
}
