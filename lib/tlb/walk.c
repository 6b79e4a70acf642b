/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.c - the walk cache, the cache of descriptor lines, the walk's cycles
 */
#include "tlb_impl.h"

/* A line of the host's data cache holds eight descriptors. */
#define LINE_SHIFT 6

static unsigned level_shift(const struct vmsa_tlb *tlb, int slot)
{
	unsigned granule = tlb->config.granule_shift;

	return granule + (granule - 3) * (unsigned)(VMSA_LEVELS - 1 - slot);
}

/* The walk cache's tag for the descriptor of level slot @slot. */
static uint64_t table_tag(const struct vmsa_tlb_access *a, unsigned shift,
			  int slot)
{
	uint64_t keep = ~UINT64_C(0) << (shift + VMSA_TAG_VA_SHIFT);

	return ((a->va << VMSA_TAG_VA_SHIFT) & keep) |
	       (uint64_t)a->asid << VMSA_TAG_ASID_SHIFT | VMSA_TAG_VALID |
	       (unsigned)slot;
}

static uint32_t table_set(const struct vmsa_assoc *cache, vmsa_va va,
			  unsigned shift)
{
	return (uint32_t)(va >> shift) & cache->set_mask;
}

/* Begin as deep as the walk cache allows. */
static void choose_start(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			 struct vmsa_tlb_counters *c,
			 struct vmsa_tlb_walk *walk)
{
	struct vmsa_assoc *cache = &tlb->walk_cache;
	uint32_t left = cache->classes;

	while (left) {
		int slot = 31 - __builtin_clz(left);
		unsigned shift = level_shift(tlb, slot);
		uint64_t tag = table_tag(a, shift, slot);
		uint32_t at = vmsa_assoc_find(
			cache, table_set(cache, a->va, shift), tag, tag);

		left &= ~(UINT32_C(1) << slot);
		if (at == VMSA_ASSOC_NONE)
			continue;
		vmsa_assoc_touch(cache, at);
		c->walk_cache_hits[slot]++;
		walk->from_root = false;
		walk->first = (int8_t)(slot + 1 + VMSA_MIN_LEVEL);
		walk->table = cache->data[at];
		return;
	}
	c->walk_cache_misses++;
	walk->from_root = true;
}

static void fill_walk_cache(struct vmsa_tlb *tlb,
			    const struct vmsa_tlb_access *a, int slot,
			    vmsa_pa next)
{
	struct vmsa_assoc *cache = &tlb->walk_cache;
	unsigned shift = level_shift(tlb, slot);
	uint64_t in_table = (UINT64_C(1) << tlb->config.granule_shift) - 1;

	if (cache->entries == 0)
		return;
	vmsa_assoc_put(cache,
		       vmsa_assoc_victim(cache, table_set(cache, a->va, shift)),
		       table_tag(a, shift, slot), next & ~in_table);
}

/* One descriptor load: its cycles. */
static uint32_t load(struct vmsa_tlb *tlb, vmsa_pa at,
		     struct vmsa_tlb_counters *c)
{
	struct vmsa_assoc *lines = &tlb->lines;
	uint64_t line = at >> LINE_SHIFT;
	/* 46 bits of a 52-bit PA: the upper five go where the context does. */
	uint64_t tag = line << 23 | (line >> 41) << VMSA_TAG_ASID_SHIFT |
		       VMSA_TAG_VALID;
	uint32_t set = (uint32_t)line & lines->set_mask;
	uint32_t slot = VMSA_ASSOC_NONE;

	if (lines->entries)
		slot = vmsa_assoc_find(lines, set, tag, tag);
	if (slot != VMSA_ASSOC_NONE) {
		vmsa_assoc_touch(lines, slot);
		c->line_hits++;
		return tlb->config.line_hit_cycles;
	}
	if (lines->entries)
		vmsa_assoc_put(lines, vmsa_assoc_victim(lines, set), tag, 0);
	c->line_misses++;
	return tlb->config.line_miss_cycles;
}

int vmsa_tlb_walk(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		  struct vmsa_tlb_counters *c, struct vmsa_tlb_walk *walk)
{
	uint64_t cycles = tlb->config.walk_cycles;
	int err;

	walk->va = a->va;
	choose_start(tlb, a, c, walk);
	err = tlb->walker.walk(tlb->walker.arg, walk);
	if (err)
		return err;
	for (int slot = VMSA_LEVEL_SLOT(walk->first);
	     slot <= VMSA_LEVEL_SLOT(walk->last); slot++) {
		c->loads[slot]++;
		cycles += load(tlb, walk->at[slot], c);
		if (slot < VMSA_LEVEL_SLOT(walk->last))
			fill_walk_cache(tlb, a, slot, walk->at[slot + 1]);
	}
	c->walks++;
	c->faults += walk->fault;
	c->walk_cycles += cycles;
	return 0;
}
