/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_WALK_H
#define VMSA_LIB_TLB_WALK_H
/*
 * walk.h - the walk cache, the cache of descriptor lines, the walk's cycles
 *
 * Part of access.h: compiled once per kind of host.
 */
#include <errno.h>

#include "array.h"
#include "tlb_impl.h"

/* A line of a data cache holds eight descriptors. */
#define LINE_SHIFT 6

/* The walk cache's tag for the descriptor of level slot @level. */
static inline uint64_t table_tag(const struct vmsa_tlb_access *a,
				 unsigned shift, unsigned level)
{
	uint64_t keep = ~UINT64_C(0) << (shift + VMSA_TAG_VA_SHIFT);

	return ((a->va << VMSA_TAG_VA_SHIFT) & keep) |
	       (uint64_t)a->asid << VMSA_TAG_ASID_SHIFT | VMSA_TAG_VALID |
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
		uint64_t tag = table_tag(a, shift, level);
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
		       table_tag(a, shift, level), next & ~tlb->in_granule);
}

/*
 * The tag of a line by number: 46 bits of a 52-bit PA.  The upper five go where
 * the context does.
 */
static inline uint64_t line_tag(uint64_t line)
{
	return line << 23 | (line >> 41) << VMSA_TAG_ASID_SHIFT |
	       VMSA_TAG_VALID;
}

/* One descriptor load: was its line cached?  It is now. */
static inline bool load_hits(struct vmsa_assoc *lines, vmsa_pa at)
{
	uint64_t line = at >> LINE_SHIFT;

	return refer(lines, (uint32_t)line, line_tag(line));
}

/* Look in the tables, at a price. */
static inline int look_up(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			  struct vmsa_tlb_counters *c,
			  struct vmsa_tlb_walk *walk)
{
	unsigned level, last, loads, hits = 0;
	int err;

	walk->va = a->va;
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
