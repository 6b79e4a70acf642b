/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmsa/arch/descriptor.h"

/* A one-bit field of a descriptor and the bool that holds it. */
#define GET(desc, bit) (((desc) & (bit)) != 0)
#define PUT(flag, bit) ((flag) ? (bit) : 0)

enum vmsa_desc_type vmsa_desc_type(const struct vmsa_geometry *g, int level,
				   vmsa_desc desc)
{
	if (!(desc & VMSA_DESC_VALID))
		return VMSA_DESC_TYPE_INVALID;
	if (level == VMSA_MAX_LEVEL)
		return desc & VMSA_DESC_TABLE ? VMSA_DESC_TYPE_PAGE
					      : VMSA_DESC_TYPE_INVALID;
	if (desc & VMSA_DESC_TABLE)
		return VMSA_DESC_TYPE_TABLE;
	return vmsa_level_has_leaf(g, level) ? VMSA_DESC_TYPE_BLOCK
					     : VMSA_DESC_TYPE_INVALID;
}

/* Leaf bits that hold SH: none with LPA2, where TCR.SHn says it. */
static uint64_t sh_mask(const struct vmsa_geometry *g)
{
	return g->format == VMSA_FORMAT_LPA2 ? 0 : VMSA_LEAF_SH;
}

void vmsa_leaf_decode(const struct vmsa_geometry *g, vmsa_desc desc,
		      struct vmsa_leaf_fields *out)
{
	const uint64_t sh = sh_mask(g);
	const uint64_t known =
		vmsa_oa_mask(g) | sh | VMSA_DESC_TYPE | VMSA_LEAF_ATTRINDX |
		VMSA_LEAF_NS | VMSA_LEAF_AP1 | VMSA_LEAF_AP2 | VMSA_LEAF_AF |
		VMSA_LEAF_NG | VMSA_LEAF_GP | VMSA_LEAF_DBM |
		VMSA_LEAF_CONTIGUOUS | VMSA_LEAF_PXN | VMSA_LEAF_UXN |
		VMSA_DESC_SOFTWARE | VMSA_LEAF_PBHA;

	*out = (struct vmsa_leaf_fields){
		.oa = vmsa_desc_oa(g, desc),
		.type = desc & 3,
		.attrindx = desc >> VMSA_LEAF_ATTRINDX_SHIFT & 7,
		.ap = desc >> 6 & 3,
		.sh = (uint8_t)((desc & sh) >> VMSA_LEAF_SH_SHIFT),
		.software = desc >> 55 & 0xf,
		.pbha = desc >> 59 & 0xf,
		.ns = GET(desc, VMSA_LEAF_NS),
		.af = GET(desc, VMSA_LEAF_AF),
		.ng = GET(desc, VMSA_LEAF_NG),
		.gp = GET(desc, VMSA_LEAF_GP),
		.dbm = GET(desc, VMSA_LEAF_DBM),
		.contiguous = GET(desc, VMSA_LEAF_CONTIGUOUS),
		.pxn = GET(desc, VMSA_LEAF_PXN),
		.uxn = GET(desc, VMSA_LEAF_UXN),
		.rest = desc & ~known,
	};
}

vmsa_desc vmsa_leaf_encode(const struct vmsa_geometry *g,
			   const struct vmsa_leaf_fields *in)
{
	return vmsa_oa_desc(g, in->oa) | in->rest | in->type |
	       (uint64_t)in->attrindx << VMSA_LEAF_ATTRINDX_SHIFT |
	       (uint64_t)in->ap << 6 |
	       ((uint64_t)in->sh << VMSA_LEAF_SH_SHIFT & sh_mask(g)) |
	       (uint64_t)in->software << 55 | (uint64_t)in->pbha << 59 |
	       PUT(in->ns, VMSA_LEAF_NS) | PUT(in->af, VMSA_LEAF_AF) |
	       PUT(in->ng, VMSA_LEAF_NG) | PUT(in->gp, VMSA_LEAF_GP) |
	       PUT(in->dbm, VMSA_LEAF_DBM) |
	       PUT(in->contiguous, VMSA_LEAF_CONTIGUOUS) |
	       PUT(in->pxn, VMSA_LEAF_PXN) | PUT(in->uxn, VMSA_LEAF_UXN);
}

void vmsa_table_decode(const struct vmsa_geometry *g, vmsa_desc desc,
		       struct vmsa_table_fields *out)
{
	const uint64_t known = vmsa_oa_mask(g) | VMSA_DESC_TYPE |
			       VMSA_TABLE_AF | VMSA_TABLE_PXN | VMSA_TABLE_UXN |
			       VMSA_TABLE_AP0 | VMSA_TABLE_AP1 | VMSA_TABLE_NS;

	*out = (struct vmsa_table_fields){
		.next = vmsa_desc_oa(g, desc),
		.type = desc & 3,
		.aptable = desc >> 61 & 3,
		.af = GET(desc, VMSA_TABLE_AF),
		.pxntable = GET(desc, VMSA_TABLE_PXN),
		.uxntable = GET(desc, VMSA_TABLE_UXN),
		.nstable = GET(desc, VMSA_TABLE_NS),
		.rest = desc & ~known,
	};
}

vmsa_desc vmsa_table_encode(const struct vmsa_geometry *g,
			    const struct vmsa_table_fields *in)
{
	return vmsa_oa_desc(g, in->next) | in->rest | in->type |
	       (uint64_t)in->aptable << 61 | PUT(in->af, VMSA_TABLE_AF) |
	       PUT(in->pxntable, VMSA_TABLE_PXN) |
	       PUT(in->uxntable, VMSA_TABLE_UXN) |
	       PUT(in->nstable, VMSA_TABLE_NS);
}
