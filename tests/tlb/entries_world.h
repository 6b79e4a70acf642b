/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_ENTRIES_WORLD_H
#define VMSA_TEST_ENTRIES_WORLD_H
/*
 * entries_world.h - tables that are a function of the address and a version
 *
 * Blocks at levels 1 and 2, contiguous groups, pages that follow each other
 * in memory and pages that do not, for any granule.  A new version moves,
 * splits and joins leaves and changes nG.
 */
#include "vmsa/tlb.h"

struct world {
	unsigned granule; /* log2 */
	bool contexts;    /* VMIDs, PEs and CnP in the stream */
	uint64_t version; /* of the tables */
	uint64_t seed;    /* of the stream */
	bool table_wrong; /* a walk was told to start in a wrong table */
};

static inline uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x7fb5d329728ea185);
	x = (x ^ x >> 27) * UINT64_C(0x81dadef4bc2dd44d);
	return x ^ x >> 33;
}

static inline unsigned level_shift(const struct world *w, int level)
{
	return w->granule + (w->granule - 3) * (unsigned)(3 - level);
}

/* Level of the leaf for @va. */
static inline int leaf_level(const struct world *w, uint64_t va)
{
	if (mix((va >> level_shift(w, 1)) * 4 + w->version * 1024) % 5 == 0)
		return 1;
	return mix((va >> level_shift(w, 2)) * 4 + 1 + w->version * 1024) % 3
		       ? 3
		       : 2;
}

/* log2 of the contiguous group of a leaf, or of the leaf. */
static inline unsigned group_shift(const struct world *w, uint64_t va,
				   int level)
{
	unsigned more = w->granule == 14 && level == 3 ? 7 : 5;
	unsigned shift = level_shift(w, level);

	if (w->granule == 12)
		more = 4;
	if (level == 1 || mix((va >> level_shift(w, 2)) * 8 + w->version) % 3)
		return shift;
	return shift + more;
}

/* Output address of a leaf's first byte: some pages are out of line. */
static inline uint64_t leaf_pa(const struct world *w, uint64_t va, int level,
			       bool alone)
{
	unsigned shift = level_shift(w, level);
	uint64_t page = va >> shift, at = page << shift & 0xffffffffffff;

	if (level == 3 && alone && mix(page / 4 + w->version) % 3 == 0)
		at = mix(page / 2 + w->version) % 16 << 40 | (page % 8)
								     << shift;
	return at ^ (w->version % 8) << 48;
}

static inline bool leaf_fault(const struct world *w, uint64_t va, int level)
{
	return mix((va >> level_shift(w, level)) + w->version) % 16 == 0;
}

static inline uint64_t leaf_attributes(const struct world *w, uint64_t va)
{
	return mix((va >> w->granule >> 1) + w->version * 64) % 4 == 0;
}

/* Page by page: is it a page, valid, alike, and as far from ours? */
static inline uint8_t world_neighbours(const struct world *w, uint64_t va)
{
	uint64_t size = UINT64_C(1) << w->granule, self = va / size % 8;
	uint64_t pa = leaf_pa(w, va, 3, true);
	uint8_t out = 0;

	for (uint64_t i = 0; i < 8; i++) {
		uint64_t other = (va / size - self + i) * size;

		if (leaf_fault(w, other, 3) ||
		    leaf_attributes(w, other) != leaf_attributes(w, va))
			continue;
		if (leaf_pa(w, other, 3, true) - pa == (i - self) * size)
			out |= (uint8_t)(1 << i);
	}
	return out;
}

/* Each table at an address of its own, the same in every version. */
static inline uint64_t table_at(const struct world *w, uint64_t va, int level)
{
	uint64_t half = va >> 63, n = va << 16 >> 16;

	n = n >> level_shift(w, level) >> (w->granule - 3);
	return (uint64_t)(level + 2) << 48 | (n * 2 + half) << w->granule;
}

static inline int world_walk(void *arg, struct vmsa_tlb_walk *out)
{
	struct world *w = arg;
	int level = leaf_level(w, out->va);
	uint64_t entries = UINT64_C(1) << (w->granule - 3);
	unsigned shift;

	if (out->from_root)
		out->first = w->granule == 16 ? 1 : 0;
	else if (out->table != table_at(w, out->va, out->first))
		w->table_wrong = true;
	/* Old tables, reached through a stale walk cache, hold pages. */
	out->last = (int8_t)(level < out->first ? out->first : level);
	for (int l = out->first; l <= out->last; l++)
		out->at[l + 1] = table_at(w, out->va, l) +
				 (out->va >> level_shift(w, l)) % entries * 8;
	shift = level_shift(w, out->last);
	out->shift = (uint8_t)shift;
	out->contiguous_shift = (uint8_t)group_shift(w, out->va, out->last);
	out->global = mix((out->va >> level_shift(w, 1)) + w->version / 3) & 1;
	out->fault = out->contiguous_shift == shift &&
		     leaf_fault(w, out->va, out->last);
	out->pa =
		leaf_pa(w, out->va, out->last, out->contiguous_shift == shift) +
		(out->va & ((UINT64_C(1) << shift) - 1));
	if (out->contiguous_shift > shift)
		out->neighbours = 0x5a; /* it may be anything below the hint */
	else
		out->neighbours = world_neighbours(w, out->va);
	return 0;
}

/* Some pages near each other, some far, in both halves. */
static inline uint64_t random_va(struct world *w)
{
	uint64_t r = test_rand(&w->seed), va = r & 0xff8;

	va |= (r >> 12 & 15) << w->granule;
	va |= (r >> 16 & 1) << (w->granule + 4);
	va |= (r >> 17 & 3) << level_shift(w, 2);
	va |= (r >> 19 & 3) << level_shift(w, 1);
	if (r >> 22 & 1)
		va &= (UINT64_C(16) << w->granule) - 1;
	return r >> 23 & 1 ? va | UINT64_C(0xffff) << 48 : va;
}

static inline struct vmsa_tlb_access random_access(struct world *w)
{
	uint64_t r = test_rand(&w->seed);
	struct vmsa_tlb_access a = {
		.va = random_va(w),
		.asid = (uint16_t)(r % 3 * 0x7001),
		.side = (enum vmsa_tlb_side)(r >> 8 & 1),
		.region = (enum vmsa_tlb_region)(r >> 9 & 3),
	};

	if (w->contexts) {
		a.vmid = (uint16_t)((r >> 16) % 3 * 0x7ffb);
		a.pe = r >> 20 & 1 ? 0 : 7;
		a.cnp = r >> 22 & 1;
	}
	return a;
}

#endif /* VMSA_TEST_ENTRIES_WORLD_H */
