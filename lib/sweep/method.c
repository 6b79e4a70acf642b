/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * method.c - which shapes one pass can count, and why not the others
 */
#include "sweep_impl.h"

/* The swept structure as the configuration has it. */
static const struct vmsa_tlb_array *own(const struct vmsa_sweep_config *config)
{
	const struct vmsa_tlb_config *tlb = &config->replay.tlb;

	switch (config->structure) {
	case VMSA_SWEEP_L1D:
		return &tlb->l1d;
	case VMSA_SWEEP_L1I:
		return &tlb->l1i;
	case VMSA_SWEEP_L2I:
		return &tlb->l2i;
	case VMSA_SWEEP_L2:
	default:
		return &tlb->l2;
	}
}

/* Does some other structure hold leaves of other sizes? */
static bool sizes_differ(const struct vmsa_tlb_config *tlb, bool contiguous)
{
	const struct vmsa_tlb_array *all[] = { &tlb->l1d, &tlb->l1i, &tlb->l2,
					       &tlb->l2i };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->entries && (all[i]->contiguous != contiguous ||
					all[i]->holds || all[i]->refuses))
			return true;
	return false;
}

const char *vmsa_sweep_why(const struct vmsa_sweep_config *config,
			   const struct vmsa_tlb_array *shape)
{
	const struct vmsa_tlb_config *tlb = &config->replay.tlb;

	if (shape->replacement != VMSA_TLB_LRU)
		return "its replacement is not LRU";
	if (shape->aggregate)
		return "an entry holds several pages";
	if (shape->holds || shape->refuses ||
	    shape->contiguous != own(config)->contiguous ||
	    sizes_differ(tlb, shape->contiguous))
		return "the structures keep leaves in pieces or not at all";
	if (config->structure >= VMSA_SWEEP_L2 && tlb->prefetch_next)
		return "entries are prefetched";
	if (tlb->nesting != VMSA_TLB_COMBINED)
		return "entries depend on those of stage 2";
	if (shape->ways != shape->entries && shape->ways > VMSA_SETS_MAX_WAYS)
		return "it has too many ways for one pass";
	return NULL;
}

enum vmsa_sweep_method vmsa_sweep_method(const struct vmsa_sweep_config *config,
					 const struct vmsa_tlb_array *shape)
{
	if (vmsa_sweep_why(config, shape))
		return VMSA_SWEEP_FULL;
	return shape->ways == shape->entries ? VMSA_SWEEP_STACK
					     : VMSA_SWEEP_SETS;
}

const char *vmsa_sweep_method_name(enum vmsa_sweep_method method)
{
	static const char *const names[] = {
		[VMSA_SWEEP_STACK] = "stack distances",
		[VMSA_SWEEP_SETS] = "all-associativity simulation",
		[VMSA_SWEEP_FULL] = "full simulation",
	};

	return (unsigned)method < VMSA_SWEEP_NR_METHODS ? names[method] : "?";
}
