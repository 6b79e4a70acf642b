/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * translate.c - lookups without locks: one load per descriptor
 *
 * A host core overlaps the cache misses of as many lookups as fit its reorder
 * buffer, so every instruction of a lookup counts twice.  The usual shapes
 * have a walk of their own with all shifts constant; it handles tables in the
 * main bank and valid leaves, and leaves the rest to the general walk.
 *
 *     translate_any()       loops over levels          any geometry, memory
 *     quick_*()             levels unrolled            48-bit format, RAM
 *     vmsa_translate_many() level by level, 32 side    hides what a load
 *                           by side, with prefetch     waits for memory
 *
 * All of them repeat a walk during which a table was freed: the frame may have
 * been something else by the time it was read.
 */
#include "table/space.h"

#include <errno.h>

#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* Addresses looked up side by side in a batch: enough to hide a load. */
#define BATCH 32

/* Where a lookup stands: @desc was read at @level. */
struct cursor {
	const vmsa_desc *entry; /* where the next descriptor is */
	vmsa_desc desc;
	int level;
};

/* The same, its levels unrolled. */
struct quick {
	vmsa_desc desc;
	uint64_t oa; /* output address bits of a descriptor */
	int level;
	unsigned shift;
	bool has_leaf; /* a leaf may sit at level */
	uint64_t changes;
};

/* Bits 1:0 are 0b11: a table above level 3, a page at it. */
static inline bool leads_to_table(vmsa_desc desc, int level)
{
	return (desc & VMSA_DESC_TYPE) == VMSA_DESC_TYPE &&
	       level != VMSA_MAX_LEVEL;
}

/* @va's entry of the table that @desc leads to; NULL outside memory. */
static inline const vmsa_desc *next_entry(const struct vmsa_space *s,
					  vmsa_desc desc, vmsa_va va,
					  unsigned shift)
{
	const unsigned stride = vmsa_geometry_stride(&s->geometry);
	const vmsa_desc *table =
		vmsa_memory_host(s->memory, vmsa_space_oa(s, desc));

	return table ? &table[va >> shift & ((1u << stride) - 1)] : NULL;
}

/* Turn where a walk ended into what the caller asked for. */
static inline void answer(const struct vmsa_space *s, vmsa_va va,
			  const struct cursor *c, struct vmsa_translation *out)
{
	const unsigned shift = vmsa_level_shift(&s->geometry, c->level);
	const uint64_t offset = (UINT64_C(1) << shift) - 1;
	const bool leaf = vmsa_space_is_leaf(s, c->level, c->desc);

	out->desc = c->desc;
	out->level = (int8_t)c->level;
	out->fault = !leaf;
	out->pa = leaf ? (vmsa_space_oa(s, c->desc) & ~offset) | (va & offset)
		       : 0;
}

/*
 * All levels of one lookup; false if a table lies outside memory.  The desc of
 * @c is the last one read, leaf or not.
 */
static bool walk(const struct vmsa_space *s, vmsa_va va, struct cursor *c)
{
	const unsigned stride = vmsa_geometry_stride(&s->geometry);
	unsigned shift = s->root_shift;

	c->level = s->geometry.start_level;
	c->entry = &s->root_entries[(va - s->base) >> shift];
	for (c->desc = vmsa_desc_load(c->entry);
	     leads_to_table(c->desc, c->level);
	     c->desc = vmsa_desc_load(c->entry)) {
		shift -= stride;
		c->level++;
		c->entry = next_entry(s, c->desc, va, shift);
		if (!c->entry)
			return false;
	}
	return true;
}

/* Any geometry, any memory. */
static int translate_any(const struct vmsa_space *s, vmsa_va va,
			 struct vmsa_translation *out)
{
	struct cursor c;
	uint64_t changes;
	bool found;

	if (!vmsa_space_holds(s, va, 1))
		return -ERANGE;
	/* Until no table was freed while the walk was under way. */
	do {
		changes = vmsa_space_changes(s);
		found = walk(s, va, &c);
	} while (vmsa_space_changed_since(s, changes));
	if (!found)
		return -EFAULT;
	answer(s, va, &c, out);
	return 0;
}

/*
 * The end of a quick walk at a level that is a constant in each copy of it;
 * whatever is not a leaf is left to the general walk.
 */
static inline __attribute__((always_inline)) int quick_answer(
	const struct vmsa_space *s, vmsa_va va, struct vmsa_translation *out,
	const struct quick q)
{
	const uint64_t offset = (UINT64_C(1) << q.shift) - 1;
	const vmsa_desc type =
		q.level == VMSA_MAX_LEVEL ? VMSA_DESC_TYPE : VMSA_DESC_VALID;
	/* Bits 1:0 vanish if they are a leaf's. */
	const uint64_t oa = (q.desc & (q.oa | VMSA_DESC_TYPE)) ^ type;

	if (unlikely(oa & VMSA_DESC_TYPE || !q.has_leaf ||
		     vmsa_space_changed_since(s, q.changes)))
		return translate_any(s, va, out);
	out->pa = (oa & ~offset) | (va & offset);
	out->desc = q.desc;
	out->level = (int8_t)q.level;
	out->fault = false;
	return 0;
}

/*
 * The same with @granule_shift and @start known to the compiler, for
 * VMSA_FORMAT_48.  A descriptor less one that leads to the first byte of the
 * main bank is an offset in it: odd if it was no table descriptor, too large if
 * it leads elsewhere.
 */
static inline __attribute__((always_inline)) int translate_quickly(
	const struct vmsa_space *s, vmsa_va va, struct vmsa_translation *out,
	const unsigned granule_shift, const int start)
{
	const unsigned stride = granule_shift - 3;
	const uint64_t in_half = va - s->base;
	const int first_leaf = granule_shift == 12 ? 1 : 2;
	struct quick q = {
		.oa = VMSA_BITS(47, 0) & ~(VMSA_BIT(granule_shift) - 1),
		.shift = granule_shift + stride * (unsigned)(3 - start),
		.changes = vmsa_space_changes(s),
	};

	if (unlikely(in_half >= s->span))
		return -ERANGE;
	q.desc = vmsa_desc_load(&s->root_entries[in_half >> q.shift]);
#pragma GCC unroll 4
	for (q.level = start; q.level < VMSA_MAX_LEVEL; q.level++) {
		const uint64_t at =
			(q.desc & (q.oa | VMSA_DESC_TYPE)) - s->main_table;
		const vmsa_desc *table;

		q.has_leaf = q.level >= first_leaf;
		if (unlikely(at & VMSA_DESC_TYPE || at >= s->main_size))
			return quick_answer(s, va, out, q);
		table = (const vmsa_desc *)(s->main_host + at);
		q.shift -= stride;
		q.desc = vmsa_desc_load(
			&table[va >> q.shift & ((1u << stride) - 1)]);
	}
	q.has_leaf = true;
	return quick_answer(s, va, out, q);
}

#define QUICK_WALK(name, granule_shift, start)                        \
	static int name(const struct vmsa_space *s, vmsa_va va,       \
			struct vmsa_translation *out)                 \
	{                                                             \
		return translate_quickly(s, va, out, (granule_shift), \
					 (start));                    \
	}

QUICK_WALK(quick_4k_0, 12, 0)
QUICK_WALK(quick_4k_1, 12, 1)
QUICK_WALK(quick_16k_0, 14, 0)
QUICK_WALK(quick_16k_1, 14, 1)
QUICK_WALK(quick_64k_1, 16, 1)
QUICK_WALK(quick_64k_2, 16, 2)

vmsa_translate_fn vmsa_pick_translate(const struct vmsa_geometry *g)
{
	static const struct {
		unsigned granule_shift;
		int start;
		vmsa_translate_fn fn;
	} quick[] = {
		{ 12, 0, quick_4k_0 },  { 12, 1, quick_4k_1 },
		{ 14, 0, quick_16k_0 }, { 14, 1, quick_16k_1 },
		{ 16, 1, quick_64k_1 }, { 16, 2, quick_64k_2 },
	};

	for (size_t i = 0; i < sizeof(quick) / sizeof(quick[0]); i++) {
		if (g->format == VMSA_FORMAT_48 &&
		    g->granule_shift == quick[i].granule_shift &&
		    g->start_level == quick[i].start)
			return quick[i].fn;
	}
	return translate_any;
}

int vmsa_translate(const struct vmsa_space *space, vmsa_va va,
		   struct vmsa_translation *out)
{
	return space->translate(space, va, out);
}

/*
 * Reads the descriptor at @level of each lookup that has not ended, and
 * prefetches the next one; how many go on.
 */
static int step_batch(const struct vmsa_space *s, const vmsa_va *va, size_t n,
		      struct cursor *c, int level)
{
	const unsigned shift = vmsa_level_shift(&s->geometry, level + 1);
	int going = 0;

	for (size_t i = 0; i < n; i++) {
		if (!c[i].entry)
			continue;
		c[i].desc = vmsa_desc_load(c[i].entry);
		c[i].level = level;
		if (!leads_to_table(c[i].desc, level)) {
			c[i].entry = NULL;
			continue;
		}
		c[i].entry = next_entry(s, c[i].desc, va[i], shift);
		if (!c[i].entry)
			return -EFAULT;
		__builtin_prefetch(c[i].entry);
		going++;
	}
	return going;
}

/* One level of all lookups, then the next, until none goes on. */
static int walk_batch(const struct vmsa_space *s, const vmsa_va *va, size_t n,
		      struct cursor *c)
{
	int level = s->geometry.start_level;
	int going;

	for (size_t i = 0; i < n; i++)
		c[i].entry =
			&s->root_entries[(va[i] - s->base) >> s->root_shift];
	do
		going = step_batch(s, va, n, c, level++);
	while (going > 0);
	return going;
}

/* At most BATCH lookups; the answers are written when all are known. */
static int translate_batch(const struct vmsa_space *s, const vmsa_va *va,
			   size_t n, struct vmsa_translation *out)
{
	struct cursor c[BATCH];
	uint64_t changes;
	int ret;

	for (size_t i = 0; i < n; i++) {
		if (!vmsa_space_holds(s, va[i], 1))
			return -ERANGE;
	}
	do {
		changes = vmsa_space_changes(s);
		ret = walk_batch(s, va, n, c);
	} while (vmsa_space_changed_since(s, changes));
	for (size_t i = 0; !ret && i < n; i++)
		answer(s, va[i], &c[i], &out[i]);
	return ret;
}

int vmsa_translate_many(const struct vmsa_space *space, const vmsa_va *va,
			size_t n, struct vmsa_translation *out)
{
	for (size_t i = 0; i < n; i += BATCH) {
		const size_t len = n - i < BATCH ? n - i : BATCH;
		const int ret = translate_batch(space, va + i, len, out + i);

		if (ret)
			return ret;
	}
	return 0;
}
