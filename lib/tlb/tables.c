/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tables.c - life of what walks use: kept descriptors, lines, the IPA cache
 */
#include <errno.h>

#include "tlb_impl.h"

static int init_tables(struct vmsa_tlb *tlb, struct vmsa_tlb_tables *t,
		       const struct vmsa_tlb_array *merged,
		       const struct vmsa_tlb_array level[], unsigned granule)
{
	int err = vmsa_tlb_init_array(tlb, &t->merged, merged);

	for (unsigned i = 0; !err && i < VMSA_LEVELS; i++) {
		err = vmsa_tlb_init_array(tlb, &t->level[i], &level[i]);
		t->of[i] = level[i].entries ? &t->level[i] : &t->merged;
		t->shift[i] = (uint8_t)(granule +
					(granule - 3) * (VMSA_LEVELS - 1 - i));
		/* Larger granules do not have the upper levels. */
		if (level[i].entries && t->shift[i] < 64 - VMSA_TAG_VA_SHIFT)
			t->apart |= UINT32_C(1) << i;
	}
	t->in_granule = (UINT64_C(1) << granule) - 1;
	return err;
}

static void fini_tables(struct vmsa_tlb_tables *t)
{
	vmsa_assoc_fini(&t->merged);
	for (unsigned i = 0; i < VMSA_LEVELS; i++)
		vmsa_assoc_fini(&t->level[i]);
}

static unsigned s2_granule(const struct vmsa_tlb_config *c)
{
	return c->s2_granule_shift ? c->s2_granule_shift : c->granule_shift;
}

/* What is for TLBs is not set. */
static bool is_cache(const struct vmsa_tlb_array *a)
{
	return !a->contiguous && !a->aggregate && !a->holds && !a->refuses;
}

static bool are_caches(const struct vmsa_tlb_config *c)
{
	for (unsigned level = 0; level < VMSA_LEVELS; level++)
		if (!is_cache(&c->walk_level[level]) ||
		    !is_cache(&c->s2_walk_level[level]))
			return false;
	return is_cache(&c->walk_cache) && is_cache(&c->s2_walk_cache) &&
	       is_cache(&c->ipa_cache) && is_cache(&c->lines);
}

bool vmsa_tlb_walks_possible(const struct vmsa_tlb_config *c)
{
	unsigned granule = s2_granule(c);

	return are_caches(c) &&
	       (granule == 12 || granule == 14 || granule == 16) &&
	       c->walkers <= VMSA_TLB_MAX_WALKERS && (c->ha || !c->hd) &&
	       (unsigned)c->nesting < VMSA_TLB_NR_NESTINGS;
}

int vmsa_tlb_init_walks(struct vmsa_tlb *tlb)
{
	const struct vmsa_tlb_config *c = &tlb->config;
	int err = init_tables(tlb, &tlb->tables, &c->walk_cache, c->walk_level,
			      c->granule_shift);

	if (!err)
		err = init_tables(tlb, &tlb->s2_tables, &c->s2_walk_cache,
				  c->s2_walk_level, s2_granule(c));
	if (!err)
		err = vmsa_tlb_init_array(tlb, &tlb->ipa_cache, &c->ipa_cache);
	if (!err)
		err = vmsa_tlb_init_array(tlb, &tlb->lines, &c->lines);
	tlb->full_walks = tlb->tables.apart || c->ha || c->prefetch_next ||
			  c->walkers > 1;
	tlb->each_use[true] = c->hd;
	return err;
}

void vmsa_tlb_fini_walks(struct vmsa_tlb *tlb)
{
	fini_tables(&tlb->tables);
	fini_tables(&tlb->s2_tables);
	vmsa_assoc_fini(&tlb->ipa_cache);
	vmsa_assoc_fini(&tlb->lines);
}

void vmsa_tlb_set_stage2(struct vmsa_tlb *tlb,
			 const struct vmsa_tlb_walker *walker)
{
	bool separate = walker && tlb->config.nesting == VMSA_TLB_SEPARATE;

	vmsa_tlb_walks_are_full(tlb);
	tlb->stage2 = walker != NULL;
	if (walker)
		tlb->s2_walker = *walker;
	tlb->each_use[false] = separate;
	tlb->each_use[true] = separate || tlb->config.hd;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		tlb->last[side] = VMSA_TAG_NONE;
}
