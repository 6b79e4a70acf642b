/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * use.c - what the use of an entry takes besides the entry
 *
 * Two kinds of entries do not answer by themselves: a clean one when the
 * access writes, and one that holds an IPA.
 */
#include <errno.h>

#include "probe.h"
#include "walk_full.h"

/* The entry that a hit came from. */
static uint64_t data_of(const struct vmsa_tlb *tlb,
			const struct vmsa_tlb_access *a,
			const struct vmsa_tlb_answer *answer)
{
	if (answer->slot != VMSA_TLB_NO_SLOT)
		return tlb->l1[a->side].data[answer->slot];
	return tlb->second[a->side]->data[tlb->second_slot];
}

/* No entry of @tag that translates @va to @pa is clean any more. */
static void clean_no_more(const struct vmsa_tlb *tlb, struct vmsa_assoc *x,
			  uint64_t tag, const struct vmsa_tlb_walk *to,
			  const struct vmsa_tlb_keep *k)
{
	uint32_t set = vmsa_tlb_set(to->va, tag & VMSA_TAG_CLASS);
	uint32_t slot = VMSA_ASSOC_NONE;

	while ((slot = vmsa_tlb_next_slot(x, tag, set, slot)) !=
	       VMSA_ASSOC_NONE)
		if (x->tag[slot] == tag &&
		    vmsa_tlb_translates(tlb, x, k, slot, to->va) &&
		    vmsa_tlb_address(tlb, x, slot, to->va) == to->pa)
			x->data[slot] &= ~VMSA_DATA_CLEAN;
}

/* The same for the entries of one TLB that the current context can use. */
static void make_dirty(const struct vmsa_tlb *tlb, struct vmsa_assoc *x,
		       const struct vmsa_tlb_keep *k,
		       const struct vmsa_tlb_walk *to)
{
	for (uint32_t left = x->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);

		for (int global = 0; global < 2; global++)
			clean_no_more(tlb, x,
				      vmsa_tlb_tag(tlb, to->va, class, global),
				      to, k);
	}
}

/*
 * A write to a clean page: hardware reads the tables again before it writes
 * them, and what it finds decides (R_SGJBL).  If they moved on without a TLBI
 * the entry stays as it is.
 */
static int write_clean(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		       struct vmsa_tlb_answer *answer)
{
	struct vmsa_tlb_counters *c = &tlb->stats.of[a->region][a->side];
	struct vmsa_tlb_walk walk;
	int err = vmsa_tlb_walk_full(tlb, a, c, &walk);
	bool agrees;

	if (err)
		return err;
	if (walk.fault) {
		c->faults++;
		answer->outcome = VMSA_TLB_FAULT;
		return 0;
	}
	agrees = answer->pa == walk.pa;
	answer->pa = walk.pa;
	if (!agrees)
		return 0;
	make_dirty(tlb, &tlb->l1[a->side], &tlb->keep_l1[a->side], &walk);
	make_dirty(tlb, tlb->second[a->side], tlb->keep_second[a->side], &walk);
	return 0;
}

/* A hit on an entry that holds an IPA: stage 2 by itself. */
static int second_stage(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			struct vmsa_tlb_answer *answer)
{
	struct vmsa_tlb_counters *c = &tlb->stats.of[a->region][a->side];
	const struct vmsa_tlb_job job = { .tlb = tlb, .a = a, .c = c };
	uint64_t walks = c->s2_walks, before = vmsa_tlb_meter(tlb, c);
	struct vmsa_tlb_ipa ipa;
	int err = -EAGAIN;

	for (int i = 0; err == -EAGAIN && i < VMSA_TLB_RESTARTS; i++)
		err = vmsa_tlb_translate_ipa(&job, answer->pa, a->write, &ipa);
	if (err)
		return err;
	if (c->s2_walks != walks) {
		/* Nothing else that counts began it. */
		c->walk_cycles += tlb->config.walk_cycles;
		vmsa_tlb_occupy(tlb, c,
				tlb->config.walk_cycles +
					vmsa_tlb_meter(tlb, c) - before);
	}
	answer->pa = ipa.pa;
	if (ipa.fault) {
		c->faults++;
		answer->outcome = VMSA_TLB_FAULT;
	}
	return 0;
}

static int use_entry(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		     struct vmsa_tlb_answer *answer)
{
	bool separate = tlb->stage2 && tlb->config.nesting == VMSA_TLB_SEPARATE;
	bool clean;
	int err;

	if (answer->outcome > VMSA_TLB_WALKED)
		return 0;
	if (answer->outcome == VMSA_TLB_WALKED) {
		if (separate)
			answer->pa = tlb->final;
		return 0;
	}
	clean = a->write && tlb->config.hd &&
		data_of(tlb, a, answer) & VMSA_DATA_CLEAN;
	if (!clean)
		return separate ? second_stage(tlb, a, answer) : 0;
	err = write_clean(tlb, a, answer);
	/* The walk went through both stages. */
	if (!err && separate && answer->outcome != VMSA_TLB_FAULT)
		answer->pa = tlb->final;
	return err;
}

int vmsa_tlb_each_use(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		      struct vmsa_tlb_answer *answer)
{
	int err = use_entry(tlb, a, answer);

	/* The levels have counted it; so shall its account. */
	if (err)
		tlb->stats.of[a->region][a->side].accesses++;
	return err;
}

/* One stage of it, from the root. */
static int walk_fresh(const struct vmsa_tlb *tlb,
		      const struct vmsa_tlb_walker *walker,
		      struct vmsa_tlb_walk *walk)
{
	int err;

	walk->from_root = true;
	err = walker->walk(walker->arg, walk);
	if (!err && (walk->last < walk->first || walk->last > VMSA_MAX_LEVEL))
		return -EINVAL;
	walk->fault |= walk->no_access && !tlb->config.ha;
	return err;
}

int vmsa_tlb_fresh(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		   struct vmsa_tlb_walk *out)
{
	struct vmsa_tlb_walk s2;
	int level, err;

	*out = (struct vmsa_tlb_walk){ .va = a->va,
				       .asid = a->asid,
				       .vmid = a->vmid };
	err = walk_fresh(tlb, &tlb->walker, out);
	if (err || !tlb->stage2)
		return err;
	/* The tables' own addresses, then the output. */
	for (level = out->first; level <= out->last + 1; level++) {
		if (level > out->last && out->fault)
			return 0;
		s2 = (struct vmsa_tlb_walk){ .vmid = a->vmid };
		s2.va = level > out->last ? out->pa
					  : out->at[VMSA_LEVEL_SLOT(level)];
		err = walk_fresh(tlb, &tlb->s2_walker, &s2);
		if (err)
			return err;
		out->fault |= s2.fault;
	}
	out->pa = s2.pa;
	return 0;
}
