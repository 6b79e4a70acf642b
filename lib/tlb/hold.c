/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hold.c - first-level entries that a filtered trace keeps in use
 */
#include "tlb_impl.h"

#include <errno.h>

int vmsa_tlb_hold(struct vmsa_tlb *tlb, enum vmsa_tlb_side side, uint32_t slot)
{
	struct vmsa_assoc *l1 = &tlb->l1[side];

	if (!vmsa_assoc_holds(l1) || slot >= l1->entries || !l1->tag[slot])
		return -EINVAL;
	vmsa_assoc_hold(l1, slot);
	return 0;
}

void vmsa_tlb_release(struct vmsa_tlb *tlb, enum vmsa_tlb_side side,
		      uint32_t slot)
{
	vmsa_assoc_release(&tlb->l1[side], slot);
	/* Another entry is youngest now: the next use must be noted. */
	tlb->last[side] = VMSA_TAG_NONE;
}
