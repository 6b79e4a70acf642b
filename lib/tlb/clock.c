/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.c - when walks are in flight
 *
 * A walk starts when it is wanted, or when the first walker is free.  Neither
 * ever goes back, so starts come in order and the cycles with a walk in flight
 * are the union of intervals that one number can follow: where the last ends.
 */
#include <string.h>

#include "tlb_impl.h"

void vmsa_tlb_walks_are_full(struct vmsa_tlb *tlb)
{
	if (tlb->full_walks)
		return;
	/* Up to now one walker did one walk after the other. */
	for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
			struct vmsa_tlb_counters *c =
				&tlb->stats.of[region][side];

			c->walk_active_cycles =
				vmsa_tlb_plain_cycles(&tlb->config, c);
			tlb->clock.until += c->walk_active_cycles;
		}
	tlb->clock.free[0] = tlb->clock.until;
	tlb->full_walks = true;
}

void vmsa_tlb_set_time(struct vmsa_tlb *tlb, uint64_t cycle)
{
	struct vmsa_tlb_clock *clock = &tlb->clock;

	if (!clock->set) {
		vmsa_tlb_walks_are_full(tlb);
		memset(clock, 0, sizeof(*clock));
		clock->set = true;
	}
	if (cycle > clock->now)
		clock->now = cycle;
}

void vmsa_tlb_occupy(struct vmsa_tlb *tlb, struct vmsa_tlb_counters *c,
		     uint64_t cycles)
{
	struct vmsa_tlb_clock *clock = &tlb->clock;
	uint64_t start, end;
	uint32_t first = 0;

	for (uint32_t i = 1; i < tlb->config.walkers; i++)
		if (clock->free[i] < clock->free[first])
			first = i;
	start = clock->free[first];
	if (start < clock->now)
		start = clock->now;
	end = start + cycles;
	clock->free[first] = end;
	if (start < clock->until)
		start = clock->until;
	if (end <= start)
		return;
	c->walk_active_cycles += end - start;
	clock->until = end;
}
