/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_regime.c - what differs between EL1&0, EL2 and stage 2
 *
 *     regime   tagged by           tables take away       also held as
 *     EL1&0    ASID, or global     APTable, XN, NS        -
 *     EL2      -                   APTable[1], XN, NS     -
 *     stage 2  VMID                -                      stage 1 and 2 in one
 */
#include "bbm/explore_slice.h"
#include "bbm/leaf.h"

static const struct vmsa_geometry *shape(const struct slice *s)
{
	return &s->program->config.geometry;
}

static enum vmsa_check_regime regime(const struct slice *s)
{
	return s->program->config.regime;
}

/* What a leaf's descriptor says of memory type and permissions. */
static vmsa_desc attributes(const struct slice *s)
{
	vmsa_desc bits = VMSA_LEAF_ATTRINDX | VMSA_LEAF_NS | VMSA_LEAF_AP2 |
			 VMSA_LEAF_UXN;

	/* EL2 has one privilege; stage 2 has S2AP and XN in these places. */
	if (regime(s) != VMSA_CHECK_EL2)
		bits |= VMSA_LEAF_AP1 | VMSA_LEAF_PXN;
	if (regime(s) != VMSA_CHECK_STAGE2)
		bits |= VMSA_LEAF_GP;
	if (shape(s)->format != VMSA_FORMAT_LPA2)
		bits |= VMSA_LEAF_SH;
	if (s->options->hd)
		bits |= VMSA_LEAF_DBM;
	return bits;
}

vmsa_desc vmsa_slice_table_attributes(const struct slice *s, vmsa_desc desc)
{
	switch (regime(s)) {
	case VMSA_CHECK_STAGE2:
		return 0;
	case VMSA_CHECK_EL2:
		return desc & (VMSA_TABLE_UXN | VMSA_TABLE_AP1 | VMSA_TABLE_NS);
	default:
		return desc & (VMSA_TABLE_PXN | VMSA_TABLE_UXN |
			       VMSA_TABLE_AP0 | VMSA_TABLE_AP1 | VMSA_TABLE_NS);
	}
}

/* The leaf's own, less what the tables above it take away (D8.4). */
vmsa_desc vmsa_slice_effective(const struct slice *s, vmsa_desc leaf,
			       vmsa_desc above)
{
	vmsa_desc attr = leaf & attributes(s);

	if (above & VMSA_TABLE_PXN)
		attr |= VMSA_LEAF_PXN;
	if (above & VMSA_TABLE_UXN)
		attr |= VMSA_LEAF_UXN;
	if (above & VMSA_TABLE_AP0)
		attr &= ~VMSA_LEAF_AP1;
	if (above & VMSA_TABLE_AP1)
		attr |= VMSA_LEAF_AP2;
	if (above & VMSA_TABLE_NS)
		attr |= VMSA_LEAF_NS;
	return attr;
}

/* Tables are never global (R_CHVGJ); stage 2 and EL2 know no ASID. */
void vmsa_slice_tag(const struct slice *s, bool table, vmsa_desc desc,
		    struct vmsa_cached *tag)
{
	const bool stage2 = regime(s) == VMSA_CHECK_STAGE2;

	if (table)
		tag->kind = stage2 ? VMSA_CACHED_S2_TABLE : VMSA_CACHED_TABLE;
	else
		tag->kind = stage2 ? VMSA_CACHED_S2_LEAF : VMSA_CACHED_LEAF;
	tag->el2 = regime(s) == VMSA_CHECK_EL2;
	tag->global = !table && !stage2 && !(desc & VMSA_LEAF_NG);
	tag->asid = (uint16_t)s->program->config.asid;
}

/*
 * Tables that are walked under many ASIDs are so under one that the TLBI does
 * not name.  A combined entry is of a VA that nobody here knows.
 */
bool vmsa_slice_removes(const struct slice *s,
			const struct vmsa_invalidation *tlbi,
			const struct vmsa_cached *entry)
{
	struct vmsa_cached tag = *entry;

	if (s->program->config.asid == VMSA_CHECK_ANY_ASID)
		tag.asid = (uint16_t)(tlbi->target.asid + 1u);
	/* So a TLBI by VA proves nothing: only one of all VAs does. */
	if (tag.kind == VMSA_CACHED_COMBINED &&
	    (!tlbi->target.any_asid || tlbi->target.first ||
	     tlbi->target.last != UINT64_MAX))
		return false;
	return vmsa_tlbi_removes(tlbi, &tag);
}

unsigned vmsa_slice_needs(const struct slice *s,
			  const struct vmsa_leaf_change *change)
{
	struct vmsa_leaf_change plain = *change;

	plain.from.desc = vmsa_bbm_plain(regime(s), s->type, plain.from.desc);
	plain.to.desc = vmsa_bbm_plain(regime(s), s->type, plain.to.desc);
	return vmsa_bbm_regime_needs(shape(s), regime(s), &plain);
}

void vmsa_slice_types(struct slice *s)
{
	const uint64_t mair = s->options->mair;

	vmsa_bbm_number_types(mair ? mair : s->program->config.mair, s->type);
}
