/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_ALL_WORLD_H
#define VMSA_TEST_ALL_WORLD_H
/*
 * all_world.h - tables of two stages, of any granule, as a function of the
 *               address and a version, with flags that hardware writes
 *
 * Blocks, contiguous groups, pages that follow each other in memory and pages
 * that do not.  The flags are the only state, each model has its own.
 */
#include <errno.h>

#include "vmsa/tlb.h"

#define FLAGS    4096
#define ACCESSED 1
#define DIRTY    2

struct stage {
	unsigned granule, salt;
	bool ipa; /* its input is an IPA */
	uint64_t version;
	unsigned updates;     /* asked for */
	uint8_t flags[FLAGS]; /* by leaf */
	bool table_wrong;     /* a walk was told to start in a wrong table */
};

/* What one model sees. */
struct world {
	struct stage s1, s2;
};

static inline uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x7fb5d329728ea185);
	x = (x ^ x >> 27) * UINT64_C(0x81dadef4bc2dd44d);
	return x ^ x >> 33;
}

static inline uint64_t pick(const struct stage *s, uint64_t what, unsigned kind)
{
	return mix((what * 64 + kind) * 64 + s->salt + s->version * 7919);
}

static inline unsigned level_shift(const struct stage *s, int level)
{
	return s->granule + (s->granule - 3) * (unsigned)(3 - level);
}

static inline int leaf_level(const struct stage *s, uint64_t va)
{
	if (pick(s, va >> level_shift(s, 1), 0) % 8 == 0)
		return 1;
	return pick(s, va >> level_shift(s, 2), 1) % 3 == 0 ? 2 : 3;
}

/* log2 of the contiguous group of a leaf, or of the leaf. */
static inline unsigned group_shift(const struct stage *s, uint64_t va,
				   int level)
{
	unsigned more = s->granule == 14 && level == 3 ? 7 : 5;
	unsigned shift = level_shift(s, level);

	if (s->granule == 12)
		more = 4;
	if (level == 1 || pick(s, va >> level_shift(s, 2), 4) % 3)
		return shift;
	return shift + more;
}

/* Each table at an address of its own, the same in every version. */
static inline uint64_t table_at(const struct stage *s, uint64_t va, int level)
{
	uint64_t n =
		va << 16 >> 16 >> level_shift(s, level) >> (s->granule - 3);

	return ((uint64_t)(s->salt * 8 + (unsigned)level + 2) << 28) +
	       ((n * 2 + (va >> 63)) % 1021 << s->granule);
}

static inline unsigned leaf_of(uint64_t va, unsigned shift)
{
	return (unsigned)(mix(va >> shift) % FLAGS);
}

/* What is read of the leaf of @level for @out->va; @group: it is in one. */
static inline void read_leaf(const struct stage *s, int level, bool group,
			     struct vmsa_tlb_walk *out)
{
	unsigned shift = level_shift(s, level), leaf = leaf_of(out->va, shift);
	uint64_t page = out->va >> shift, at = out->va & 0xfffffffffff;

	if (level == 3 && !group && pick(s, page / 4, 6) % 3 == 0)
		at = (pick(s, page / 2, 7) % 16 << 36) + (page % 8 << shift) +
		     (out->va & ((UINT64_C(1) << shift) - 1));
	out->pa = at ^ (s->version % 4) << 44;
	out->fault = !group && pick(s, page, 5) % 24 == 0;
	out->no_access =
		!(s->flags[leaf] & ACCESSED) && pick(s, leaf, 2) % 8 == 0;
	out->clean = !(s->flags[leaf] & DIRTY) && pick(s, leaf, 3) % 2 == 0;
	out->global = s->ipa ||
		      mix((out->va >> level_shift(s, 1)) + s->version / 3) & 1;
}

/* Page by page: is it valid, alike, and as far from ours? */
static inline uint8_t neighbours(const struct stage *s,
				 const struct vmsa_tlb_walk *w)
{
	uint64_t size = UINT64_C(1) << s->granule, self = w->va / size % 8;
	uint8_t out = 0;

	for (uint64_t i = 0; i < 8; i++) {
		struct vmsa_tlb_walk o = { .va = w->va + (i - self) * size };

		read_leaf(s, 3, w->contiguous_shift > w->shift, &o);
		if (!o.fault && o.no_access == w->no_access &&
		    o.clean == w->clean && o.pa - w->pa == (i - self) * size)
			out |= (uint8_t)(1 << i);
	}
	return out;
}

static inline int world_walk(void *arg, struct vmsa_tlb_walk *w)
{
	struct stage *s = arg;
	uint64_t entries = UINT64_C(1) << (s->granule - 3);
	int level = leaf_level(s, w->va);

	if (w->from_root)
		w->first = s->granule == 16              ? 1
			   : s->granule == 12 && !s->ipa ? -1
							 : 0;
	else if (w->table != table_at(s, w->va, w->first))
		s->table_wrong = true;
	/* Old tables, reached through what is kept, hold smaller leaves. */
	w->last = (int8_t)(level < w->first ? w->first : level);
	for (int l = w->first; l <= w->last; l++)
		w->at[l + 1] = table_at(s, w->va, l) +
			       (w->va >> level_shift(s, l)) % entries * 8;
	w->shift = (uint8_t)level_shift(s, w->last);
	w->contiguous_shift = (uint8_t)group_shift(s, w->va, w->last);
	read_leaf(s, w->last, w->contiguous_shift > w->shift, w);
	if (w->aggregate && w->last == 3 && !w->fault)
		w->neighbours = neighbours(s, w);
	return 0;
}

static inline int world_update(void *arg, const struct vmsa_tlb_walk *w,
			       bool dirty)
{
	struct stage *s = arg;

	/* Now and then somebody was faster. */
	if (++s->updates % 7 == 0)
		return -EAGAIN;
	s->flags[leaf_of(w->va, level_shift(s, w->last))] |=
		dirty ? ACCESSED | DIRTY : ACCESSED;
	return 0;
}

#endif /* VMSA_TEST_ALL_WORLD_H */
