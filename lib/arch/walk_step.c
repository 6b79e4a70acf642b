/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk_step.c - the decisions of a walk that need no memory
 *
 * Numbers of checks are those of the order in vmsa/arch/walk.h:
 *
 *     begin   1 TxSZ  2 VA range  3 E0PD  4 NFD  5 EPD  6 TTBR size
 *     step    8 validity  9 next table's size
 *     leaf    10 contiguous span  11 nT  12 output size
 *
 * Check 7 is the fetch itself; 13 to 15 need the access and, if hardware sets
 * the Access flag, a store.
 */
#include "vmsa/arch/walk.h"

/*
 * Checks 1 to 6: those that are made without reading a descriptor.
 *
 * E0PD is there so that a probing EL0 cannot tell a mapped kernel address from
 * an unmapped one: it must come before anything that could differ between them
 * (R_CZWGX).  The first five all report level 0.
 */
enum vmsa_fault vmsa_walk_begin(const struct vmsa_regime *regime,
				const struct vmsa_access *access,
				struct vmsa_walk_state *state)
{
	const unsigned upper = vmsa_regime_upper(regime, access->va);
	const struct vmsa_half *h = &regime->half[upper];
	const uint64_t check =
		access->kind == VMSA_EXECUTE ? h->check_fetch : h->check;

	if (h->txsz_fault)
		return VMSA_FAULT_TRANSLATION;
	if ((access->va ^ (upper ? ~UINT64_C(0) : 0)) & check)
		return VMSA_FAULT_TRANSLATION;
	if (access->el0 && h->e0pd)
		return VMSA_FAULT_TRANSLATION;
	if (access->el0 && access->non_fault && h->nfd)
		return VMSA_FAULT_TRANSLATION;
	if (h->epd)
		return VMSA_FAULT_TRANSLATION;
	if (h->base_fault)
		return VMSA_FAULT_ADDRESS_SIZE;
	*state = (struct vmsa_walk_state){
		.pa = h->base,
		.level = h->geometry.start_level,
		.upper = (uint8_t)upper,
	};
	return VMSA_FAULT_NONE;
}

vmsa_pa vmsa_walk_entry(const struct vmsa_regime *regime,
			const struct vmsa_walk_state *state, vmsa_va va)
{
	const struct vmsa_geometry *g = &regime->half[state->upper].geometry;

	return state->pa + 8 * (uint64_t)vmsa_level_index(g, state->level, va);
}

/*
 * The address in a descriptor, with what the model ignores taken off.  Arm's
 * pseudocode takes bits 15:12 of a 64K descriptor as address bits whatever IPS
 * is; the text of IPS calls them RES0 below 52 bits, and QEMU follows that.
 */
static vmsa_pa address_in(const struct vmsa_half *h, vmsa_desc desc,
			  enum vmsa_lpa_policy lpa)
{
	if (lpa == VMSA_LPA_IGNORE && h->geometry.format == VMSA_FORMAT_LPA &&
	    h->pa_bits < 52)
		desc &= ~VMSA_BITS(15, 12);
	return vmsa_desc_oa(&h->geometry, desc);
}

/*
 * Check 9.  A bad next table is reported where its descriptor was read, not at
 * the level it would have had.
 *
 * Attributes of tables only ever take rights away, so they add up by OR.
 * NSTable is no permission and HPD leaves it alone.
 */
static enum vmsa_fault enter_table(const struct vmsa_regime *regime,
				   vmsa_desc desc,
				   struct vmsa_walk_state *state)
{
	const struct vmsa_half *h = &regime->half[state->upper];
	const vmsa_pa next = address_in(h, desc, regime->policy.lpa_table);

	if (next >> h->pa_bits)
		return VMSA_FAULT_ADDRESS_SIZE;
	state->pa = next;
	state->level++;
	state->nstable |= (desc & VMSA_TABLE_NS) != 0;
	if (h->hpd)
		return VMSA_FAULT_NONE;
	state->aptable |= desc >> 61 & 3;
	state->pxntable |= (desc & VMSA_TABLE_PXN) != 0;
	state->uxntable |= (desc & VMSA_TABLE_UXN) != 0;
	return VMSA_FAULT_NONE;
}

/*
 * Entries of the group that a leaf's Contiguous bit spans; 1 without one.  The
 * other members are not read: a group whose members disagree is a fault of the
 * tables, and each member goes on to translate its own addresses here.
 */
static unsigned group_entries(const struct vmsa_regime *regime,
			      const struct vmsa_walk_state *state,
			      vmsa_desc desc)
{
	if (!(desc & VMSA_LEAF_CONTIGUOUS) || !regime->features.contiguous)
		return 1;
	return vmsa_level_contiguous(&regime->half[state->upper].geometry,
				     state->level);
}

/*
 * Checks 10 to 12.  The output address takes its low bits from the VA, so RES0
 * bits of a block never show, and a leaf larger than the output size faults
 * for some addresses only.
 */
static enum vmsa_fault reach_leaf(const struct vmsa_regime *regime, vmsa_va va,
				  vmsa_desc desc, struct vmsa_walk_state *state)
{
	const struct vmsa_half *h = &regime->half[state->upper];
	const struct vmsa_policy *p = &regime->policy;
	const uint64_t span = vmsa_level_span(&h->geometry, state->level);
	const uint64_t group = span * group_entries(regime, state, desc);
	uint64_t offset = span - 1;
	vmsa_pa pa;

	if (group >> h->geometry.va_bits > 1 && p->span == VMSA_SPAN_FAULTS)
		return VMSA_FAULT_TRANSLATION;
	if (state->level < VMSA_MAX_LEVEL && desc & VMSA_LEAF_NT &&
	    regime->features.bbm && p->nt == VMSA_NT_FAULTS)
		return VMSA_FAULT_TRANSLATION;
	if (p->contiguous == VMSA_CONTIGUOUS_GROUP_OA)
		offset = group - 1;
	pa = (address_in(h, desc, p->lpa_leaf) & ~offset) | (va & offset);
	if (pa >> h->pa_bits)
		return VMSA_FAULT_ADDRESS_SIZE;
	state->pa = pa;
	state->leaf = true;
	return VMSA_FAULT_NONE;
}

enum vmsa_fault vmsa_walk_step(const struct vmsa_regime *regime, vmsa_va va,
			       vmsa_desc desc, struct vmsa_walk_state *state)
{
	const struct vmsa_geometry *g = &regime->half[state->upper].geometry;

	switch (vmsa_desc_type(g, state->level, desc)) {
	case VMSA_DESC_TYPE_TABLE:
		return enter_table(regime, desc, state);
	case VMSA_DESC_TYPE_BLOCK:
	case VMSA_DESC_TYPE_PAGE:
		return reach_leaf(regime, va, desc, state);
	case VMSA_DESC_TYPE_INVALID:
	default:
		return VMSA_FAULT_TRANSLATION;
	}
}
