/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_WALK_H
#define VMSA_LIB_TLB_WALK_H
/*
 * walk.h - the walk cache, the cache of descriptor lines, the walk's cycles
 *
 * Part of access.h: compiled once per kind of host.
 */
#include <errno.h>

#include "assoc_full.h"
#include "assoc_sets.h"
#include "tlb_impl.h"

/* A line of a data cache holds eight descriptors. */
#define LINE_SHIFT 6

/*
 * The steps below are not inlined: each has few values alive, together they
 * have more than a host has registers.
 */
#define STEP static __attribute__((noinline))

STEP uint32_t use_in_line(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			  uint64_t tag2)
{
	return vmsa_sets_use(a, set, tag, tag2, true);
}

STEP uint32_t use_in_loop(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			  uint64_t tag2)
{
	return vmsa_sets_use(a, set, tag, tag2, false);
}

STEP uint32_t use_in_full(struct vmsa_assoc *a, uint64_t tag, uint64_t tag2)
{
	uint32_t slot = vmsa_full_find(a, tag, tag2);

	if (slot != VMSA_ASSOC_NONE)
		vmsa_full_touch(a, slot);
	return slot;
}

STEP uint32_t insert_in_line(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			     uint64_t data)
{
	return vmsa_sets_insert(a, set, tag, data, true);
}

STEP uint32_t insert_in_loop(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			     uint64_t data)
{
	return vmsa_sets_insert(a, set, tag, data, false);
}

STEP bool refer_in_line(const struct vmsa_assoc *a, uint32_t set, uint64_t tag)
{
	return vmsa_sets_refer(a, set, tag, true);
}

STEP bool refer_in_loop(const struct vmsa_assoc *a, uint32_t set, uint64_t tag)
{
	return vmsa_sets_refer(a, set, tag, false);
}

STEP uint32_t insert_in_full(struct vmsa_assoc *a, uint64_t tag, uint64_t data)
{
	return vmsa_full_insert(a, tag, data);
}

/* Slot of either tag, made the youngest; or none. */
static inline uint32_t use(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			   uint64_t tag2)
{
	if (vmsa_assoc_full(a))
		return use_in_full(a, tag, tag2);
	return a->stride == VMSA_ASSOC_LINE ? use_in_line(a, set, tag, tag2)
					    : use_in_loop(a, set, tag, tag2);
}

/* Put a tag that is not there, as the youngest. */
static inline uint32_t insert(struct vmsa_assoc *a, uint32_t set, uint64_t tag,
			      uint64_t data)
{
	if (vmsa_assoc_full(a))
		return insert_in_full(a, tag, data);
	return a->stride == VMSA_ASSOC_LINE ? insert_in_line(a, set, tag, data)
					    : insert_in_loop(a, set, tag, data);
}

/* The walk cache's tag for the descriptor of level slot @level. */
static inline uint64_t table_tag(vmsa_va va, uint16_t context, unsigned shift,
				 unsigned level)
{
	uint64_t keep = ~UINT64_C(0) << (shift + VMSA_TAG_VA_SHIFT);

	return ((va << VMSA_TAG_VA_SHIFT) & keep) |
	       (uint64_t)context << VMSA_TAG_ASID_SHIFT | VMSA_TAG_VALID |
	       level;
}

/* Begin as deep as the walk cache allows. */
static inline void choose_start(struct vmsa_tlb *tlb,
				const struct vmsa_tlb_access *a,
				struct vmsa_tlb_counters *c,
				struct vmsa_tlb_walk *walk)
{
	struct vmsa_assoc *cache = &tlb->walk_cache;
	uint32_t left = cache->classes;

	while (left) {
		unsigned level = 31u ^ (unsigned)__builtin_clz(left);
		unsigned shift = tlb->level_shift[level];
		uint64_t tag =
			table_tag(a->va, tlb->contexts.asid, shift, level);
		uint32_t at = use(cache, (uint32_t)(a->va >> shift), tag, tag);

		left ^= UINT32_C(1) << level;
		if (at == VMSA_ASSOC_NONE)
			continue;
		c->walk_cache_hits[level]++;
		walk->from_root = false;
		walk->first = (int8_t)((int)level + 1 + VMSA_MIN_LEVEL);
		walk->table = cache->data[at];
		return;
	}
	c->walk_cache_misses++;
	walk->from_root = true;
}

static inline void fill_walk_cache(struct vmsa_tlb *tlb,
				   const struct vmsa_tlb_access *a,
				   unsigned level, vmsa_pa next)
{
	struct vmsa_assoc *cache = &tlb->walk_cache;
	unsigned shift = tlb->level_shift[level];

	if (cache->entries)
		insert(cache, (uint32_t)(a->va >> shift),
		       table_tag(a->va, tlb->contexts.asid, shift, level),
		       next & ~tlb->in_granule);
}

/* One descriptor load: was its line cached?  It is now. */
static inline bool load_hits(struct vmsa_assoc *lines, vmsa_pa at)
{
	uint64_t line = at >> LINE_SHIFT;
	/* 46 bits of a 52-bit PA: the upper five go where the context does. */
	uint64_t tag = line << 23 | (line >> 41) << VMSA_TAG_ASID_SHIFT |
		       VMSA_TAG_VALID;

	if (lines->stride == VMSA_ASSOC_LINE && !vmsa_assoc_full(lines))
		return refer_in_line(lines, (uint32_t)line, tag);
	if (!vmsa_assoc_full(lines))
		return refer_in_loop(lines, (uint32_t)line, tag);
	if (lines->entries == 0)
		return false;
	if (use_in_full(lines, tag, tag) != VMSA_ASSOC_NONE)
		return true;
	insert_in_full(lines, tag, 0);
	return false;
}

/* Look in the tables, at a price. */
static inline int look_up(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			  struct vmsa_tlb_counters *c,
			  struct vmsa_tlb_walk *walk)
{
	unsigned level, last, loads, hits = 0;
	int err;

	walk->va = a->va;
	walk->asid = a->asid;
	walk->vmid = a->vmid;
	walk->aggregate = tlb->aggregates;
	walk->neighbours = 0;
	choose_start(tlb, a, c, walk);
	err = tlb->walker.walk(tlb->walker.arg, walk);
	if (err)
		return err;
	if (walk->last < walk->first || walk->last > VMSA_MAX_LEVEL)
		return -EINVAL;
	level = (unsigned)VMSA_LEVEL_SLOT(walk->first);
	last = (unsigned)VMSA_LEVEL_SLOT(walk->last);
	loads = last + 1 - level;
	for (; level < last; level++) {
		c->loads[level]++;
		hits += load_hits(&tlb->lines, walk->at[level]);
		fill_walk_cache(tlb, a, level, walk->at[level + 1]);
	}
	c->loads[last]++;
	hits += load_hits(&tlb->lines, walk->at[last]);
	c->walks++;
	c->line_hits += hits;
	c->line_misses += loads - hits;
	return 0;
}

#endif /* VMSA_LIB_TLB_WALK_H */
