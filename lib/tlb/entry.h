/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_ENTRY_H
#define VMSA_LIB_TLB_ENTRY_H
/*
 * entry.h - what a TLB keeps of a leaf, and which entries translate a VA
 *
 * The long way, for TLBs that are not plain.  Part of access.h: compiled once
 * per kind of host.
 */
#include "probe.h"
#include "walk.h"

#define MIN_SHIFT VMSA_TLB_MIN_SHIFT
#define MAX_SHIFT VMSA_TLB_MAX_SHIFT

/* What is known of a leaf on its way into the levels. */
struct leaf {
	vmsa_pa pa;     /* of the VA asked for */
	uint32_t slot;  /* if found: its entry */
	uint8_t own;    /* log2 of the leaf's size */
	uint8_t extent; /* log2 of what is known to be one piece around the VA:
			   a part of the leaf, the leaf, or its group */
	uint8_t near;   /* bit i: page i of the eight around the VA too */
	uint8_t kept;   /* log2 of the entry the VA is in, or of the leaf */
	bool global;
	bool clean; /* a write makes it dirty */
	bool ahead; /* a prefetch brings it */
};

/* What one structure says of a VA. */
enum found {
	FOUND_NONE,
	FOUND_ONE,     /* an entry, or of several the one that counts */
	FOUND_CONFLICT /* several, and the access aborts */
};

/* Which of the eight pages around it @va is in. */
static inline unsigned page_of_eight(const struct vmsa_tlb *tlb, vmsa_va va)
{
	return va >> tlb->config.granule_shift & (VMSA_TLB_NEIGHBOURS - 1);
}

/* The first of the eight pages that share an entry of @k with @va. */
static inline unsigned group_of_eight(const struct vmsa_tlb *tlb,
				      const struct vmsa_tlb_keep *k, vmsa_va va)
{
	return page_of_eight(tlb, va) &
	       ~(unsigned)vmsa_tlb_low_bits(k->aggregate);
}

/* This is a use of a slot; where it is then. */
static inline uint32_t touch(struct vmsa_assoc *a, uint32_t slot)
{
	uint32_t set = slot / a->stride, way = slot % a->stride;

	if (a->kind == VMSA_ASSOC_PLACES)
		vmsa_place_note(a, set, way);
	if (a->kind == VMSA_ASSOC_PLACES || a->replacement == VMSA_TLB_FIFO)
		return slot;
	if (a->kind == VMSA_ASSOC_FULL) {
		vmsa_full_touch(a, slot);
		return slot;
	}
	set *= a->stride;
	vmsa_sets_front(a->tag + set, way, a->tag[slot], false);
	vmsa_sets_front(a->data + set, way, a->data[slot], false);
	return set;
}

/* --- what an entry says ------------------------------------------------- */

/* What the entry in @slot of @x says of @va. */
static void read_entry(const struct vmsa_tlb *tlb, const struct vmsa_assoc *x,
		       const struct vmsa_tlb_keep *k, uint32_t slot, vmsa_va va,
		       struct leaf *leaf)
{
	uint64_t tag = x->tag[slot], data = x->data[slot];
	uint64_t own = data & VMSA_DATA_LEAF;
	unsigned shift = MIN_SHIFT + (tag & VMSA_TAG_CLASS);

	leaf->global = tag & VMSA_TAG_GLOBAL;
	leaf->clean = data & VMSA_DATA_CLEAN;
	leaf->ahead = false;
	leaf->pa = vmsa_tlb_address(tlb, x, slot, va);
	if (data & VMSA_DATA_GROUP) {
		leaf->own = leaf->extent = (uint8_t)tlb->config.granule_shift;
		leaf->near = (uint8_t)((data & VMSA_DATA_PAGES)
				       << group_of_eight(tlb, k, va));
	} else {
		leaf->extent = (uint8_t)shift;
		leaf->own =
			own ? (uint8_t)(MIN_SHIFT - 1 + own) : (uint8_t)shift;
		/* Whoever sets the Contiguous bit says they are alike. */
		leaf->near = shift > leaf->own && !leaf->clean
				     ? 0xff
				     : (uint8_t)(1 << page_of_eight(tlb, va));
	}
	leaf->kept = leaf->extent;
}

/* What a walk says; false: no walker can. */
static bool read_walk(const struct vmsa_tlb *tlb,
		      const struct vmsa_tlb_walk *walk, struct leaf *leaf)
{
	leaf->pa = walk->pa;
	leaf->own = leaf->kept = walk->shift;
	leaf->extent = walk->contiguous_shift;
	leaf->global = walk->global;
	leaf->clean = walk->clean && tlb->config.hd;
	leaf->ahead = false;
	/* Means nothing for other leaves than pages, and is not used then. */
	leaf->near = (uint8_t)(1 << page_of_eight(tlb, walk->va));
	if (!leaf->clean)
		leaf->near |= walk->neighbours;
	return walk->shift >= MIN_SHIFT &&
	       walk->contiguous_shift >= walk->shift &&
	       walk->contiguous_shift <= MAX_SHIFT;
}

/* --- finding ------------------------------------------------------------ */

/*
 * The entry of @tag that translates @va, of those with an address from @from
 * on that with the lowest: several aggregated ones may have one tag.
 */
static uint32_t lowest(const struct vmsa_tlb *tlb, const struct vmsa_assoc *x,
		       const struct vmsa_tlb_keep *k, uint64_t tag, vmsa_va va,
		       vmsa_pa from)
{
	uint32_t set = vmsa_tlb_set(va, tag & VMSA_TAG_CLASS),
		 best = VMSA_ASSOC_NONE;
	uint32_t slot = vmsa_tlb_next_slot(x, tag, set, VMSA_ASSOC_NONE);

	for (; slot != VMSA_ASSOC_NONE;
	     slot = vmsa_tlb_next_slot(x, tag, set, slot)) {
		vmsa_pa base = x->data[slot] & VMSA_DATA_PA;

		if (x->tag[slot] != tag ||
		    !vmsa_tlb_translates(tlb, x, k, slot, va) || base < from)
			continue;
		if (best == VMSA_ASSOC_NONE ||
		    base < (x->data[best] & VMSA_DATA_PA))
			best = slot;
	}
	return best;
}

/* Does any entry of @x translate @va?  No use of it. */
static bool covers(const struct vmsa_tlb *tlb, const struct vmsa_assoc *x,
		   const struct vmsa_tlb_keep *k, vmsa_va va)
{
	for (uint32_t left = x->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);

		for (int global = 0; global < 2; global++)
			if (lowest(tlb, x, k,
				   vmsa_tlb_tag(tlb, va, class, global), va,
				   0) != VMSA_ASSOC_NONE)
				return true;
	}
	return false;
}

/* The smallest entry of @x that translates @va, made the youngest. */
static uint32_t use_smallest(const struct vmsa_tlb *tlb, struct vmsa_assoc *x,
			     const struct vmsa_tlb_keep *k, vmsa_va va)
{
	for (uint32_t left = x->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		uint64_t tag = vmsa_tlb_tag(tlb, va, class, true);
		uint64_t tag2 = vmsa_tlb_tag(tlb, va, class, false);
		uint32_t slot;

		if (class != k->group) {
			slot = use(x, vmsa_tlb_set(va, class), tag, tag2);
		} else {
			slot = lowest(tlb, x, k, tag, va, 0);
			if (slot == VMSA_ASSOC_NONE)
				slot = lowest(tlb, x, k, tag2, va, 0);
			if (slot != VMSA_ASSOC_NONE)
				slot = touch(x, slot);
		}
		if (slot != VMSA_ASSOC_NONE)
			return slot;
	}
	return VMSA_ASSOC_NONE;
}

/* Several entries for one VA. */
struct meeting {
	unsigned n;    /* entries met */
	unsigned pick; /* which of them is wanted, from 0 */
	uint32_t slot; /* that one */
	vmsa_pa all;   /* the addresses they give, ORed */
};

/* Meet the entries of one tag, by address. */
static void meet_tag(const struct vmsa_tlb *tlb, const struct vmsa_assoc *x,
		     const struct vmsa_tlb_keep *k, uint64_t tag, vmsa_va va,
		     struct meeting *m)
{
	uint32_t slot = lowest(tlb, x, k, tag, va, 0);
	struct leaf leaf;

	while (slot != VMSA_ASSOC_NONE) {
		read_entry(tlb, x, k, slot, va, &leaf);
		m->all |= leaf.pa;
		if (m->n++ == m->pick)
			m->slot = slot;
		slot = lowest(tlb, x, k, tag, va,
			      (x->data[slot] & VMSA_DATA_PA) + 1);
	}
}

/* Meet all entries for @va: small ones first, of a size global ones first. */
static void meet(const struct vmsa_tlb *tlb, const struct vmsa_assoc *x,
		 const struct vmsa_tlb_keep *k, vmsa_va va, struct meeting *m)
{
	for (uint32_t left = x->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);

		meet_tag(tlb, x, k, vmsa_tlb_tag(tlb, va, class, true), va, m);
		meet_tag(tlb, x, k, vmsa_tlb_tag(tlb, va, class, false), va, m);
	}
}

/* The next number of the generator: splitmix64. */
static uint64_t draw(struct vmsa_tlb *tlb)
{
	uint64_t x = tlb->chance += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* As find_any(), where conflicts do more than let the smallest win. */
static enum found find_met(struct vmsa_tlb *tlb, struct vmsa_assoc *x,
			   const struct vmsa_tlb_keep *k,
			   const struct vmsa_tlb_access *a, struct leaf *leaf)
{
	enum vmsa_tlb_conflict conflict = tlb->config.conflict;
	struct meeting m = { .slot = VMSA_ASSOC_NONE };

	meet(tlb, x, k, a->va, &m);
	if (m.n == 0)
		return FOUND_NONE;
	if (m.n > 1) {
		tlb->stats.of[a->region][a->side].conflicts++;
		if (conflict == VMSA_TLB_ABORT)
			return FOUND_CONFLICT;
	}
	if (m.n > 1 && conflict == VMSA_TLB_EITHER) {
		struct meeting again = { .pick = (unsigned)(draw(tlb) % m.n) };

		meet(tlb, x, k, a->va, &again);
		m.slot = again.slot;
	}
	read_entry(tlb, x, k, m.slot, a->va, leaf);
	leaf->slot = touch(x, m.slot);
	if (m.n > 1 && conflict == VMSA_TLB_AMALGAM) {
		leaf->pa = m.all;
		leaf->near = (uint8_t)(1 << page_of_eight(tlb, a->va));
	}
	return FOUND_ONE;
}

/* What @x, which keeps @k, says of an access; what is used gets younger. */
STEP enum found find_any(struct vmsa_tlb *tlb, struct vmsa_assoc *x,
			 const struct vmsa_tlb_keep *k,
			 const struct vmsa_tlb_access *a, struct leaf *leaf)
{
	if (tlb->config.conflict != VMSA_TLB_SMALLEST)
		return find_met(tlb, x, k, a, leaf);
	leaf->slot = use_smallest(tlb, x, k, a->va);
	if (leaf->slot == VMSA_ASSOC_NONE)
		return FOUND_NONE;
	read_entry(tlb, x, k, leaf->slot, a->va, leaf);
	return FOUND_ONE;
}

/* --- keeping ------------------------------------------------------------ */

/* log2 of the entry that @k makes of a leaf; 0: it keeps none. */
static unsigned fit(const struct vmsa_tlb_keep *k, const struct leaf *leaf)
{
	unsigned size = leaf->extent;
	uint64_t held;

	if (size > leaf->own) {
		if (k->contiguous && k->held >> size & 1)
			return size;
		size = leaf->own;
	}
	if (k->refuses >> leaf->own & 1)
		return 0;
	held = k->held & vmsa_tlb_low_bits(size + 1);
	return held ? 63u ^ (unsigned)__builtin_clzll(held) : 0;
}

/*
 * Pages of @entry join the entry of @tag and address that holds the lowest of
 * them, unless others have them already.  That is a use of it.  Where it is;
 * or none, and @entry is left with what a new entry is for.  Nothing joins a
 * clean entry.
 */
static uint32_t join(struct vmsa_assoc *x, uint64_t tag, uint32_t set,
		     uint64_t *entry)
{
	const vmsa_pa base = *entry & VMSA_DATA_PA;
	const uint64_t bits = *entry & VMSA_DATA_PAGES;
	uint32_t to = VMSA_ASSOC_NONE, slot = VMSA_ASSOC_NONE;
	uint64_t taken = 0, least = ~UINT64_C(0);

	while ((slot = vmsa_tlb_next_slot(x, tag, set, slot)) !=
	       VMSA_ASSOC_NONE) {
		uint64_t data = x->data[slot], common = data & bits;

		if (x->tag[slot] != tag || (data & VMSA_DATA_PA) != base ||
		    !common)
			continue;
		taken |= common;
		if (!(data & VMSA_DATA_CLEAN) && (common & -common) < least) {
			least = common & -common;
			to = slot;
		}
	}
	*entry &= ~taken;
	if (to == VMSA_ASSOC_NONE)
		return to;
	x->data[to] |= *entry & VMSA_DATA_PAGES;
	if (!(*entry & VMSA_DATA_AHEAD))
		x->data[to] &= ~VMSA_DATA_AHEAD;
	return touch(x, to);
}

/* What an entry remembers of a leaf beside sizes. */
static inline uint64_t marks(const struct leaf *leaf)
{
	return (leaf->clean ? VMSA_DATA_CLEAN : 0) |
	       (leaf->ahead ? VMSA_DATA_AHEAD : 0);
}

/* Keep a page with those that share an entry. */
static uint32_t keep_group(const struct vmsa_tlb *tlb, struct vmsa_assoc *x,
			   const struct vmsa_tlb_keep *k, vmsa_va va,
			   const struct leaf *leaf)
{
	unsigned granule = tlb->config.granule_shift;
	uint64_t tag = vmsa_tlb_tag(tlb, va, k->group, leaf->global);
	uint64_t pages = vmsa_tlb_low_bits(1u << k->aggregate);
	uint64_t bits = leaf->near >> group_of_eight(tlb, k, va) & pages;
	uint64_t first = (uint64_t)vmsa_tlb_page_of(tlb, k, va) << granule;
	vmsa_pa base = ((leaf->pa & ~vmsa_tlb_low_bits(granule)) - first) &
		       VMSA_DATA_PA;
	uint64_t entry = base | VMSA_DATA_GROUP | bits | marks(leaf);
	uint32_t set = vmsa_tlb_set(va, k->group);
	uint32_t slot = join(x, tag, set, &entry);

	return slot != VMSA_ASSOC_NONE ? slot : insert(x, set, tag, entry);
}

/* Put what @k makes of a leaf into @x: its slot, or none. */
STEP uint32_t keep_any(const struct vmsa_tlb *tlb, struct vmsa_assoc *x,
		       const struct vmsa_tlb_keep *k, vmsa_va va,
		       struct leaf *leaf)
{
	unsigned size = fit(k, leaf), class = size - MIN_SHIFT;
	uint64_t own;

	if (!size)
		return VMSA_ASSOC_NONE;
	leaf->kept = (uint8_t)size;
	if (k->aggregate && size == leaf->own &&
	    size == tlb->config.granule_shift)
		return keep_group(tlb, x, k, va, leaf);
	own = size == leaf->own ? 0 : leaf->own - MIN_SHIFT + 1u;
	return insert(x, vmsa_tlb_set(va, class),
		      vmsa_tlb_tag(tlb, va, class, leaf->global),
		      (leaf->pa & ~vmsa_tlb_low_bits(size)) | own |
			      marks(leaf));
}

#endif /* VMSA_LIB_TLB_ENTRY_H */
