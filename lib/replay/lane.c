/* SPDX-License-Identifier: BSD-2-Clause */
#include "lane.h"

#include <string.h>

#include "model.h"

/* The TLBs' walker: the map under test, or the assumed tables. */
static int lane_walk(void *arg, struct vmsa_tlb_walk *w)
{
	struct vmsa_lane *lane = arg;

	if (lane->region == VMSA_TLB_LINEAR)
		return lane->linear.walk(lane->linear.arg, w);
	vmsa_overlay_walk(&lane->overlay, w);
	return 0;
}

static int8_t start_level(unsigned granule_shift, unsigned va_bits)
{
	unsigned stride = granule_shift - 3;
	unsigned levels = (va_bits - granule_shift + stride - 1) / stride;

	return (int8_t)(VMSA_MAX_LEVEL + 1 - (int)levels);
}

/* A single walker is never asked for two walks at a time, whatever the time. */
static bool needs_time(const struct vmsa_replay_config *config)
{
	return !config->model && config->tlb.walkers > 1;
}

int vmsa_lane_init(struct vmsa_lane *lane,
		   const struct vmsa_replay_config *config)
{
	const unsigned va_bits = config->recorded.va_bits;
	int err = 0;

	memset(lane, 0, sizeof(*lane));
	lane->walker =
		(struct vmsa_tlb_walker){ .walk = lane_walk, .arg = lane };
	if (!config->model)
		err = vmsa_tlb_create(&config->tlb, &lane->walker, &lane->tlb);
	if (err)
		return err;
	lane->model = config->model ? *config->model
				    : vmsa_replay_tlb_model(lane->tlb);
	lane->linear = config->linear;
	lane->cpi = needs_time(config) ? config->cpi : 0;
	lane->overlay.granule_shift = config->tlb.granule_shift;
	lane->overlay.start_level =
		start_level(config->tlb.granule_shift, va_bits ? va_bits : 48);
	/* Every entry VMSA_TLB_NO_SLOT. */
	memset(lane->slot, 0xff, sizeof(lane->slot));
	return 0;
}

void vmsa_lane_fini(struct vmsa_lane *lane)
{
	vmsa_tlb_destroy(lane->tlb);
}

void vmsa_lane_release(struct vmsa_lane *lane, enum vmsa_tlb_side side,
		       uint8_t at)
{
	uint32_t *slot = &lane->slot[side][at];

	if (*slot != VMSA_TLB_NO_SLOT)
		lane->model.release(lane->model.arg, side, *slot);
	*slot = VMSA_TLB_NO_SLOT;
}

/* Whose tables a walk of this access goes through. */
static void choose_tables(struct vmsa_lane *lane,
			  const struct vmsa_tlb_access *a, bool two_mib)
{
	lane->region = a->region;
	lane->overlay.user = a->region == VMSA_TLB_USER;
	lane->overlay.asid = a->asid;
	lane->overlay.two_mib = two_mib;
}

/* A product of 64 bits by thousandths, without losing any. */
static uint64_t cycle_of(const struct vmsa_lane *lane, uint64_t insn)
{
	return insn / 1000 * lane->cpi + insn % 1000 * lane->cpi / 1000;
}

int vmsa_lane_use(struct vmsa_lane *lane, const struct vmsa_lane_use *use)
{
	const struct vmsa_tlb_access *a = &lane->view->access;
	const struct vmsa_replay_model *m = &lane->model;
	struct vmsa_tlb_answer answer;
	int err;

	if (!lane->view->placed) {
		lane->unplaced += 1 + use->accesses;
		return 0;
	}
	lane->last = use->insn;
	if (vmsa_lane_has(lane, use)) {
		m->hit_more(m->arg, a, 1 + use->accesses);
		return 0;
	}
	choose_tables(lane, a, use->two_mib);
	if (lane->cpi)
		vmsa_tlb_set_time(lane->tlb, cycle_of(lane, use->insn));
	err = m->access(m->arg, a, &lane->walker, &answer);
	if (err)
		return err;
	if (use->accesses)
		m->hit_more(m->arg, a, use->accesses);
	if (use->at == VMSA_RECENT_NONE || answer.slot == VMSA_TLB_NO_SLOT)
		return 0;
	lane->slot[use->side][use->at] = answer.slot;
	return m->hold(m->arg, use->side, answer.slot);
}

/*
 * Hits may be left out where they change the order of use and nothing else:
 * an L1 of plain LRU without sets, and no answer looked at again.
 */
unsigned vmsa_lane_finds(const struct vmsa_replay_config *config,
			 enum vmsa_tlb_side side)
{
	const struct vmsa_tlb_config *tlb = &config->tlb;
	const struct vmsa_tlb_array *l1 =
		side == VMSA_TLB_DATA ? &tlb->l1d : &tlb->l1i;

	if (config->model || l1->ways != l1->entries ||
	    l1->replacement != VMSA_TLB_LRU || l1->aggregate || tlb->check ||
	    tlb->ha || tlb->hd || tlb->conflict != VMSA_TLB_SMALLEST)
		return 0;
	return l1->entries < VMSA_RECENT_MAX ? l1->entries : VMSA_RECENT_MAX;
}
