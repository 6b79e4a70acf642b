/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk_attr.c - what a leaf grants, and whether an access may use it
 *
 * Rights are worked out for both exception levels and all kinds of access at
 * once, as a mask that a TLB entry can keep.  What may change without TLB
 * maintenance, PSTATE.PAN, is left to the check of each access.
 */
#include "vmsa/arch/walk.h"

#define ALL_READ_WRITE \
	(VMSA_PERM_PR | VMSA_PERM_PW | VMSA_PERM_UR | VMSA_PERM_UW)
#define EL0_DATA (VMSA_PERM_UR | VMSA_PERM_UW)

/*
 * Data permissions by regime and AP[2:1] (D8.4).  At EL2 there is no EL0 to
 * speak of and AP[1] is RES1: only AP[2] counts.
 */
static const uint8_t data_permissions[2][4] = {
	[VMSA_REGIME_EL10] = { VMSA_PERM_PR | VMSA_PERM_PW, ALL_READ_WRITE,
			       VMSA_PERM_PR, VMSA_PERM_PR | VMSA_PERM_UR },
	[VMSA_REGIME_EL2] = { VMSA_PERM_PR | VMSA_PERM_PW,
			      VMSA_PERM_PR | VMSA_PERM_PW, VMSA_PERM_PR,
			      VMSA_PERM_PR },
};

/*
 * AP[2:1], with AP[2] taken as 0 where hardware manages the dirty state: DBM
 * says "writable", AP[2] only "clean so far".  That holds for every access,
 * fetches included, not just for stores.
 */
static unsigned effective_ap(const struct vmsa_regime *regime, vmsa_desc desc)
{
	const unsigned ap = (unsigned)(desc >> 6) & 3;

	return regime->hd && desc & VMSA_LEAF_DBM ? ap & 1 : ap;
}

/* Who may read and write.  APTable[0] shuts out EL0, APTable[1] all stores. */
static unsigned data_permission(const struct vmsa_regime *regime,
				const struct vmsa_walk_state *state,
				vmsa_desc desc)
{
	unsigned perm =
		data_permissions[regime->kind][effective_ap(regime, desc)];

	if (state->aptable & 1)
		perm &= ~EL0_DATA;
	if (state->aptable & 2)
		perm &= ~(VMSA_PERM_PW | VMSA_PERM_UW);
	return perm;
}

/*
 * Who may execute, given the data permissions (D8.4).  The rules
 * about writable pages look at what is left after the table attributes.
 */
static unsigned execute_permission(const struct vmsa_regime *regime,
				   const struct vmsa_walk_state *state,
				   vmsa_desc desc, unsigned data)
{
	const bool xn = desc & VMSA_LEAF_UXN || state->uxntable;
	const bool pxn = desc & VMSA_LEAF_PXN || state->pxntable;
	unsigned perm;

	if (regime->kind == VMSA_REGIME_EL2)
		perm = xn ? 0 : VMSA_PERM_PX;
	else /* What EL0 may write, EL1 must not execute. */
		perm = (pxn || data & VMSA_PERM_UW ? 0 : VMSA_PERM_PX) |
		       (xn ? 0 : VMSA_PERM_UX);
	if (regime->wxn && data & VMSA_PERM_PW)
		perm &= ~VMSA_PERM_PX;
	if (regime->wxn && data & VMSA_PERM_UW)
		perm &= ~VMSA_PERM_UX;
	return perm;
}

/* Bytes of the contiguous group a leaf belongs to; 0 for none. */
static uint64_t contiguous_bytes(const struct vmsa_regime *regime,
				 const struct vmsa_walk_state *state,
				 vmsa_desc desc)
{
	const struct vmsa_geometry *g = &regime->half[state->upper].geometry;
	const unsigned n = vmsa_level_contiguous(g, state->level);

	if (!(desc & VMSA_LEAF_CONTIGUOUS) || !regime->features.contiguous ||
	    n == 1)
		return 0;
	return n * vmsa_level_span(g, state->level);
}

void vmsa_walk_attr(const struct vmsa_regime *regime,
		    const struct vmsa_walk_state *state, vmsa_desc desc,
		    struct vmsa_attr *out)
{
	const struct vmsa_half *h = &regime->half[state->upper];
	const unsigned data = data_permission(regime, state, desc);
	const unsigned index = (unsigned)(desc >> VMSA_LEAF_ATTRINDX_SHIFT) & 7;
	/* With LPA2, bits 9:8 hold address bits and TCR says SH. */
	const unsigned sh =
		h->geometry.format == VMSA_FORMAT_LPA2
			? h->sh
			: (unsigned)(desc >> VMSA_LEAF_SH_SHIFT) & 3;

	out->perm =
		(uint8_t)(data | execute_permission(regime, state, desc, data));
	out->attrindx = (uint8_t)index;
	out->memory = regime->memory[index];
	out->sh = (uint8_t)vmsa_memory_shareability(&out->memory, sh);
	out->ng = regime->kind == VMSA_REGIME_EL10 && desc & VMSA_LEAF_NG;
	out->ns = desc & VMSA_LEAF_NS || state->nstable;
	out->guarded = desc & VMSA_LEAF_GP;
	out->contiguous = contiguous_bytes(regime, state, desc);
}

/*
 * PAN takes from a privileged data access what EL0 could reach as well.  With
 * EPAN that includes pages that EL0 may only execute, which escaped before.
 */
static bool pan_forbids(const struct vmsa_regime *regime,
			const struct vmsa_attr *attr,
			const struct vmsa_access *access)
{
	const unsigned reachable =
		regime->epan ? EL0_DATA | VMSA_PERM_UX : EL0_DATA;

	return access->pan && regime->features.pan && !access->el0 &&
	       access->kind != VMSA_EXECUTE && attr->perm & reachable;
}

enum vmsa_fault vmsa_access_check(const struct vmsa_regime *regime,
				  const struct vmsa_attr *attr,
				  const struct vmsa_access *access)
{
	/* By privilege and enum vmsa_access_kind. */
	static const uint8_t wanted[2][3] = {
		{ VMSA_PERM_PR, VMSA_PERM_PW, VMSA_PERM_PX },
		{ VMSA_PERM_UR, VMSA_PERM_UW, VMSA_PERM_UX },
	};

	const bool user = access->el0 && regime->kind == VMSA_REGIME_EL10;

	if (vmsa_access_misaligned(access, &attr->memory))
		return VMSA_FAULT_ALIGNMENT;
	if (!(attr->perm & wanted[user][access->kind]) ||
	    pan_forbids(regime, attr, access))
		return VMSA_FAULT_PERMISSION;
	return VMSA_FAULT_NONE;
}
