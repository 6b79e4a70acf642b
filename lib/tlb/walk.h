/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_WALK_H
#define VMSA_LIB_TLB_WALK_H
/*
 * walk.h - kept table descriptors, descriptor lines, the walk
 *
 * Part of access.h: compiled once per kind of host.
 */
#include <errno.h>

#include "array.h"
#include "tlb_impl.h"

/* A line of a data cache holds eight descriptors. */
#define LINE_SHIFT 6

/*
 * The tag of the table descriptor of level slot @level that translates @va.
 * @context: whose it is, in place
 */
static inline uint64_t table_tag(vmsa_va va, uint64_t context, unsigned shift,
				 unsigned level)
{
	uint64_t keep = ~UINT64_C(0) << (shift + VMSA_TAG_VA_SHIFT);

	return ((va << VMSA_TAG_VA_SHIFT) & keep) | context | VMSA_TAG_VALID |
	       level;
}

/*
 * Begin as deep as a table descriptor is kept: its level slot, or -1 for the
 * root.  The set of an array is that of the level's own page number.  @merged:
 * no level is kept apart.
 */
static inline int choose_start(struct vmsa_tlb_tables *t, bool merged,
			       uint64_t context, struct vmsa_tlb_walk *walk)
{
	uint32_t left = t->merged.classes | (merged ? 0 : t->apart);

	while (left) {
		unsigned level = 31u ^ (unsigned)__builtin_clz(left);
		unsigned shift = t->shift[level];
		uint64_t tag = table_tag(walk->va, context, shift, level);
		struct vmsa_assoc *cache = merged ? &t->merged : t->of[level];
		uint32_t at =
			use(cache, (uint32_t)(walk->va >> shift), tag, tag);

		left ^= UINT32_C(1) << level;
		if (at == VMSA_ASSOC_NONE)
			continue;
		walk->from_root = false;
		walk->first = (int8_t)((int)level + 1 + VMSA_MIN_LEVEL);
		walk->table = cache->data[at];
		return (int)level;
	}
	walk->from_root = true;
	return -1;
}

/* Keep the descriptor of level slot @level, which leads to @next's table. */
static inline void keep_table(struct vmsa_tlb_tables *t, bool merged,
			      vmsa_va va, uint64_t context, unsigned level,
			      vmsa_pa next)
{
	struct vmsa_assoc *cache = merged ? &t->merged : t->of[level];
	unsigned shift = t->shift[level];

	if (cache->entries)
		insert(cache, (uint32_t)(va >> shift),
		       table_tag(va, context, shift, level),
		       next & ~t->in_granule);
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

/* Put the question; what a walker may leave alone is no. */
static inline void ask(struct vmsa_tlb_walk *walk, vmsa_va va, uint16_t asid,
		       uint16_t vmid, bool aggregate)
{
	walk->va = va;
	walk->asid = asid;
	walk->vmid = vmid;
	walk->aggregate = aggregate;
	walk->no_access = walk->clean = false;
	walk->neighbours = 0;
}

/* Can a walker have read what it says it read? */
static inline bool possible(const struct vmsa_tlb_walk *walk)
{
	return walk->last >= walk->first && walk->last <= VMSA_MAX_LEVEL;
}

/* Look in the tables, at a price. */
static inline int look_up(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			  struct vmsa_tlb_counters *c,
			  struct vmsa_tlb_walk *walk)
{
	unsigned level, last, loads, hits = 0;
	int err, begun;

	if (__builtin_expect(tlb->full_walks, 0))
		return vmsa_tlb_walk_full(tlb, a, c, walk);
	ask(walk, a->va, a->asid, a->vmid, tlb->aggregates);
	begun = choose_start(&tlb->tables, true, vmsa_tlb_own(tlb), walk);
	if (begun < 0)
		c->walk_cache_misses++;
	else
		c->walk_cache_hits[begun]++;
	err = tlb->walker.walk(tlb->walker.arg, walk);
	if (err)
		return err;
	if (!possible(walk))
		return -EINVAL;
	level = (unsigned)VMSA_LEVEL_SLOT(walk->first);
	last = (unsigned)VMSA_LEVEL_SLOT(walk->last);
	loads = last + 1 - level;
	for (; level < last; level++) {
		c->loads[level]++;
		hits += load_hits(&tlb->lines, walk->at[level]);
		keep_table(&tlb->tables, true, a->va, vmsa_tlb_own(tlb), level,
			   walk->at[level + 1]);
	}
	c->loads[last]++;
	hits += load_hits(&tlb->lines, walk->at[last]);
	c->walks++;
	c->line_hits += hits;
	c->line_misses += loads - hits;
	return 0;
}

#endif /* VMSA_LIB_TLB_WALK_H */
