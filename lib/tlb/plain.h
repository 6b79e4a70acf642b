/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_PLAIN_H
#define VMSA_LIB_TLB_PLAIN_H
/*
 * plain.h - the way of a miss through structures of the commonest kind
 *
 * As miss() in access.h, for a first level with a log of uses, a second level,
 * a walk cache and lines whose sets are lines of the host's cache, when nobody
 * wants to know the answer.  With the organisations known, an array's part is
 * a few instructions in place of a call.
 *
 * Part of many.h: compiled once per kind of host.
 */
#include "access.h"

/* What misses of one kind have in common. */
struct plain {
	struct vmsa_assoc *l1, *l2, *walk_cache, *lines;
	struct vmsa_tlb_counters *c;
	const struct vmsa_tlb *tlb;
	uint64_t context; /* of their tags, unless global */
	uint16_t asid, vmid;
};

/* Can it be taken?  What asks at each use is not plain, or walks in full. */
static inline bool plain_start(struct vmsa_tlb *tlb,
			       const struct vmsa_tlb_access *like,
			       struct plain *p)
{
	*p = (struct plain){
		.l1 = &tlb->l1[like->side],
		.l2 = tlb->second[like->side],
		.walk_cache = &tlb->tables.merged,
		.lines = &tlb->lines,
		.c = &tlb->stats.of[like->region][like->side],
		.tlb = tlb,
		.context = (uint64_t)like->asid << VMSA_TAG_ASID_SHIFT,
		.asid = like->asid,
		.vmid = like->vmid,
	};
	return tlb->plain && vmsa_assoc_holds(p->l1) && !p->l1->nr_held &&
	       p->l2->kind == VMSA_ASSOC_LINES &&
	       p->walk_cache->kind == VMSA_ASSOC_LINES &&
	       p->lines->kind == VMSA_ASSOC_LINES && !tlb->config.check &&
	       !tlb->full_walks;
}

/* The tag of what covers 2^@shift bytes around @va. */
static inline uint64_t plain_tag(vmsa_va va, unsigned shift, uint64_t low)
{
	return va >> shift << (shift + VMSA_TAG_VA_SHIFT) | VMSA_TAG_VALID |
	       low;
}

/* As choose_start(). */
static inline void plain_choose(const struct plain *p,
				struct vmsa_tlb_walk *walk)
{
	struct vmsa_assoc *cache = p->walk_cache;

	for (uint32_t left = cache->classes; left;) {
		unsigned level = 31u ^ (unsigned)__builtin_clz(left);
		unsigned shift = p->tlb->tables.shift[level];
		uint64_t tag = plain_tag(walk->va, shift, p->context | level);
		uint32_t at = vmsa_sets_use(
			cache, (uint32_t)(walk->va >> shift), tag, tag, true);

		left ^= UINT32_C(1) << level;
		if (at == VMSA_ASSOC_NONE)
			continue;
		p->c->walk_cache_hits[level]++;
		walk->from_root = false;
		walk->first = (int8_t)((int)level + 1 + VMSA_MIN_LEVEL);
		walk->table = cache->data[at];
		return;
	}
	p->c->walk_cache_misses++;
	walk->from_root = true;
}

/* Count the loads of a walk and keep the tables it went through. */
static inline void plain_loads(const struct plain *p,
			       const struct vmsa_tlb_walk *walk)
{
	unsigned level = (unsigned)VMSA_LEVEL_SLOT(walk->first);
	unsigned last = (unsigned)VMSA_LEVEL_SLOT(walk->last);
	uint32_t loads = last + 1 - level, hits = 0;

	for (;; level++) {
		uint64_t line = walk->at[level] >> LINE_SHIFT;
		unsigned shift = p->tlb->tables.shift[level];

		p->c->loads[level]++;
		hits += vmsa_sets_refer(p->lines, (uint32_t)line,
					line_tag(line), true);
		if (level == last)
			break;
		vmsa_sets_insert(
			p->walk_cache, (uint32_t)(walk->va >> shift),
			plain_tag(walk->va, shift, p->context | level),
			walk->at[level + 1] & ~p->tlb->tables.in_granule, true);
	}
	p->c->walks++;
	p->c->line_hits += hits;
	p->c->line_misses += loads - hits;
}

/* As resolve_walk(). */
STEP int plain_walk(const struct plain *p, vmsa_va va, union entry *e)
{
	struct vmsa_tlb_walk walk;
	unsigned shift, class;
	int err;

	ask(&walk, va, p->asid, p->vmid, false);
	plain_choose(p, &walk);
	err = p->tlb->walker.walk(p->tlb->walker.arg, &walk);
	if (err)
		return err;
	if (!possible(&walk))
		return -EINVAL;
	plain_loads(p, &walk);
	if (walk.fault | walk.no_access) {
		p->c->faults++;
		return VMSA_TLB_FAULT;
	}
	shift = p->tlb->contiguous ? walk.contiguous_shift : walk.shift;
	class = shift - MIN_SHIFT;
	if (class > MAX_SHIFT - MIN_SHIFT)
		return -EINVAL;
	e->tag = plain_tag(va, shift, class) |
		 (walk.global ? VMSA_TAG_GLOBAL : p->context);
	e->base = walk.pa >> shift << shift;
	vmsa_sets_insert(p->l2, (uint32_t)(va >> shift), e->tag, e->base, true);
	return VMSA_TLB_WALKED;
}

/* Slot of the L2, or none, as use_entry(). */
static inline uint32_t plain_second(const struct plain *p, vmsa_va va)
{
	for (uint32_t left = p->l2->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		unsigned shift = MIN_SHIFT + class;
		uint64_t tag = plain_tag(va, shift, class);
		uint32_t slot = vmsa_sets_use(p->l2, (uint32_t)(va >> shift),
					      tag | p->context,
					      tag | VMSA_TAG_GLOBAL, true);

		if (slot != VMSA_ASSOC_NONE)
			return slot;
	}
	return VMSA_ASSOC_NONE;
}

/* As miss(). */
STEP int plain_miss(const struct plain *p, vmsa_va va)
{
	uint32_t slot = plain_second(p, va);
	int outcome = VMSA_TLB_L2_HIT;
	union entry e;

	if (slot != VMSA_ASSOC_NONE) {
		e.tag = p->l2->tag[slot];
		e.base = p->l2->data[slot];
	} else {
		outcome = plain_walk(p, va, &e);
		if (outcome < 0)
			return outcome;
		p->c->l2_misses++;
	}
	p->c->l1_misses++;
	if (outcome != VMSA_TLB_FAULT)
		vmsa_full_insert(p->l1, e.tag, e.base);
	return outcome;
}

#endif /* VMSA_LIB_TLB_PLAIN_H */
