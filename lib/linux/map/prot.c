/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prot.c - the protections the linear map uses, and which change is safe
 *
 * A protection is a page descriptor without its address (1.4); blocks drop one
 * type bit, CONT is added by who maps.  Linear map pages are "tagged": AttrIndx
 * 1, with or without MTE.
 */
#include "linux/map/map.h"

#define SH_INNER (UINT64_C(3) << VMSA_LEAF_SH_SHIFT)

/* Differences the mapping code allows in a live descriptor (4.1). */
#define SAFE_BITS                                                \
	(VMSA_LEAF_PXN | PTE_RDONLY | PTE_WRITE | VMSA_LEAF_NG | \
	 VMSA_DESC_SOFTWARE | VMSA_DESC_IGNORED63)

/* Never executable: neither linear map nor data areas start so. */
vmsa_desc vmsa_linux_prot(const struct vmsa_linux *l, unsigned flags)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	vmsa_desc prot = VMSA_DESC_VALID | VMSA_DESC_TABLE | VMSA_LEAF_AF |
			 VMSA_LEAF_PXN | VMSA_LEAF_UXN;

	/* With LPA2 TCR_EL1 says the shareability. */
	if (g->format != VMSA_FORMAT_LPA2)
		prot |= SH_INNER;
	if (l->rules->dirty)
		prot |= PTE_DIRTY;
	if (l->policy.use_ng)
		prot |= VMSA_LEAF_NG;
	if (flags & VMSA_PROT_TAGGED)
		prot |= UINT64_C(1) << VMSA_LEAF_ATTRINDX_SHIFT;
	prot |= flags & VMSA_PROT_RO ? PTE_RDONLY : PTE_WRITE;
	return prot;
}

/* AttrIndx 0 and 1 are both Normal memory. */
static bool is_normal(vmsa_desc desc)
{
	return (desc & VMSA_LEAF_ATTRINDX) >> VMSA_LEAF_ATTRINDX_SHIFT <= 1;
}

/*
 * May a live descriptor change from @old to @new under a CPU that has it
 * cached?  Anything goes from or to invalid; between valid ones only what the
 * manual needs no break-before-make for, and a global one never comes after a
 * non-global one.
 */
bool vmsa_linux_change_is_safe(const struct linux_rules *rules, vmsa_desc old,
			       vmsa_desc new)
{
	vmsa_desc may_differ = SAFE_BITS;

	if (!(old & VMSA_DESC_VALID) || !(new &VMSA_DESC_VALID))
		return true;
	if (rules->cont_is_frozen && (old | new) & VMSA_LEAF_CONTIGUOUS)
		return false;
	if (old & ~new &VMSA_LEAF_NG)
		return false;
	if (is_normal(old) && is_normal(new))
		may_differ |= VMSA_LEAF_ATTRINDX;
	/* A different output address differs outside the mask. */
	return !((old ^ new) & ~may_differ);
}
