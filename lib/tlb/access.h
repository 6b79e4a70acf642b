/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access.h - the way of an access through the levels
 *
 * Included by one C file per kind of host, each compiled for its vector
 * instructions; assoc_sets.h has the difference.
 */
#include <errno.h>

#include "probe.h"
#include "walk.h"

/* Classes are 5 bits: leaves of 2^12 .. 2^43 bytes. */
#define MIN_SHIFT 12
#define MAX_SHIFT 43

/* The page and ASID of an access: a tag of the smallest size, no flags. */
static inline uint64_t page_key(vmsa_va va, uint16_t asid)
{
	return ((va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE) |
	       (uint64_t)asid << VMSA_TAG_ASID_SHIFT;
}

/*
 * The entry of a TLB that translates @va, whatever its size, made the
 * youngest; the smallest where a break-before-make violation left several.
 */
static inline uint32_t use_entry(struct vmsa_assoc *a, vmsa_va va,
				 uint16_t asid)
{
	uint64_t context = (uint64_t)asid << VMSA_TAG_ASID_SHIFT;

	for (uint32_t left = a->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		uint64_t tag =
			((va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
			VMSA_TAG_VALID | class;
		uint32_t slot = use(a, (uint32_t)(va >> (MIN_SHIFT + class)),
				    tag | context, tag | VMSA_TAG_GLOBAL);

		if (slot != VMSA_ASSOC_NONE)
			return slot;
	}
	return VMSA_ASSOC_NONE;
}

/* The slot of @class in a full array that translates @va, or none. */
static inline uint32_t find_class(const struct vmsa_assoc *a, vmsa_va va,
				  uint64_t context, unsigned class)
{
	uint64_t tag = ((va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
		       VMSA_TAG_VALID | class;

	return vmsa_full_search(a, vmsa_full_chain(a, tag), tag | context,
				tag | VMSA_TAG_GLOBAL);
}

/* As use_entry(), for a fully associative array, and nothing is made young. */
static inline uint32_t find_full(const struct vmsa_assoc *a, vmsa_va va,
				 uint16_t asid)
{
	uint64_t context = (uint64_t)asid << VMSA_TAG_ASID_SHIFT;

	for (uint32_t left = a->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		uint32_t slot = find_class(a, va, context, class);

		if (slot != VMSA_ASSOC_NONE)
			return slot;
	}
	return VMSA_ASSOC_NONE;
}

/* Put an entry in the set that @va picks. */
static inline uint32_t fill(struct vmsa_assoc *a, vmsa_va va, uint64_t tag,
			    vmsa_pa base)
{
	unsigned class = tag & VMSA_TAG_CLASS;

	return insert(a, (uint32_t)(va >> (MIN_SHIFT + class)), tag, base);
}

/* What the TLBs keep of a leaf. */
static uint64_t leaf_tag(const struct vmsa_tlb_access *a, unsigned shift,
			 bool global)
{
	unsigned class = shift - MIN_SHIFT;
	uint64_t context = global ? VMSA_TAG_GLOBAL
				  : (uint64_t)a->asid << VMSA_TAG_ASID_SHIFT;

	return ((a->va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
	       context | VMSA_TAG_VALID | class;
}

/* An entry on its way into a level. */
struct entry {
	uint64_t tag;
	vmsa_pa base;
};

/* What is kept of the leaf that a walk found. */
static inline int make_entry(const struct vmsa_tlb *tlb,
			     const struct vmsa_tlb_access *a,
			     const struct vmsa_tlb_walk *walk, struct entry *e)
{
	unsigned shift = tlb->contiguous ? walk->contiguous_shift : walk->shift;

	if (shift < MIN_SHIFT || shift > MAX_SHIFT)
		return -EINVAL;
	e->tag = leaf_tag(a, shift, walk->global);
	e->base = walk->pa & ~((UINT64_C(1) << shift) - 1);
	if (walk->clean && tlb->config.hd)
		e->base |= VMSA_DATA_CLEAN;
	return 0;
}

/*
 * Fill the L2 with the page after the leaf that was just walked to.  Whatever
 * is in the way of that, nobody hears of it.
 */
STEP void walk_next(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		    struct vmsa_tlb_counters *c, unsigned shift)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];
	struct vmsa_tlb_access next = *a;
	struct vmsa_tlb_walk walk;
	struct entry e;

	next.va = vmsa_tlb_va(((a->va >> shift) + 1) << shift);
	next.write = false;
	/* The half ends here, or it is there already. */
	if ((next.va ^ a->va) >> 63 || !l2->entries ||
	    vmsa_tlb_probe(l2, next.va, a->asid) ||
	    vmsa_tlb_probe(&tlb->l1[a->side], next.va, a->asid))
		return;
	if (vmsa_tlb_walk_ahead(tlb, &next, c, &walk) || walk.fault ||
	    make_entry(tlb, &next, &walk, &e))
		return;
	fill(l2, next.va, e.tag, e.base | VMSA_DATA_AHEAD);
}

/* Walk, and fill the L2 if there is one. */
static int resolve_walk(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			struct vmsa_tlb_counters *c, struct entry *e)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];
	struct vmsa_tlb_walk walk;
	int err = look_up(tlb, a, c, &walk);

	if (err)
		return err;
	if (walk.fault | walk.no_access) {
		c->faults++;
		return VMSA_TLB_FAULT;
	}
	err = make_entry(tlb, a, &walk, e);
	if (err)
		return err;
	if (l2->entries)
		fill(l2, a->va, e->tag, e->base);
	if (tlb->config.prefetch_next)
		walk_next(tlb, a, c, walk.shift);
	return VMSA_TLB_WALKED;
}

/* Find below the L1: an enum vmsa_tlb_outcome or a negative errno. */
static int resolve(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		   struct vmsa_tlb_counters *c, struct entry *e)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];
	uint32_t slot;

	if (l2->entries) {
		slot = use_entry(l2, a->va, a->asid);
		if (slot != VMSA_ASSOC_NONE) {
			e->tag = l2->tag[slot];
			e->base = l2->data[slot] & ~VMSA_DATA_AHEAD;
			c->prefetch_hits += l2->data[slot] >> 62 & 1;
			l2->data[slot] = e->base;
			return VMSA_TLB_L2_HIT;
		}
	}
	return resolve_walk(tlb, a, c, e);
}

/* After an L1 miss: find the entry, fill the L1. */
static int miss(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		struct vmsa_tlb_answer *out)
{
	struct vmsa_tlb_counters *c = &tlb->stats.of[a->region][a->side];
	struct vmsa_assoc *l1 = &tlb->l1[a->side];
	struct entry e = { 0 };
	int outcome;

	if (l1->entries && l1->nr_held == l1->entries)
		return -EBUSY;
	outcome = resolve(tlb, a, c, &e);
	if (outcome < 0)
		return outcome;
	c->l1_misses++;
	if (outcome != VMSA_TLB_L2_HIT && tlb->second[a->side]->entries)
		c->l2_misses++;
	tlb->last[a->side] = VMSA_TAG_NONE;
	*out = (struct vmsa_tlb_answer){
		.outcome = (enum vmsa_tlb_outcome)outcome,
		.slot = VMSA_TLB_NO_SLOT,
	};
	if (outcome == VMSA_TLB_FAULT)
		return 0;
	out->shift = (uint8_t)(MIN_SHIFT + (e.tag & VMSA_TAG_CLASS));
	out->global = e.tag & VMSA_TAG_GLOBAL;
	out->pa = (e.base & VMSA_DATA_PA) |
		  (a->va & ((UINT64_C(1) << out->shift) - 1));
	if (!l1->entries)
		return 0;
	out->slot = fill(l1, a->va, e.tag, e.base);
	tlb->last[a->side] = page_key(a->va, a->asid);
	tlb->last_slot[a->side] = out->slot;
	return 0;
}

/* The first-level entry that translates, made the youngest; or none. */
static uint32_t first_level(struct vmsa_tlb *tlb,
			    const struct vmsa_tlb_access *a)
{
	struct vmsa_assoc *l1 = &tlb->l1[a->side];
	uint64_t key = page_key(a->va, a->asid);
	uint32_t slot;

	if (key == tlb->last[a->side])
		return tlb->last_slot[a->side];
	slot = use_entry(l1, a->va, a->asid);
	if (slot == VMSA_ASSOC_NONE)
		return slot;
	tlb->last[a->side] = key;
	tlb->last_slot[a->side] = slot;
	return slot;
}

static void answer_hit(const struct vmsa_assoc *l1, uint32_t slot, vmsa_va va,
		       struct vmsa_tlb_answer *out)
{
	unsigned shift = MIN_SHIFT + (l1->tag[slot] & VMSA_TAG_CLASS);

	*out = (struct vmsa_tlb_answer){
		.outcome = VMSA_TLB_L1_HIT,
		.shift = (uint8_t)shift,
		.global = l1->tag[slot] & VMSA_TAG_GLOBAL,
		.slot = slot,
		.pa = (l1->data[slot] & VMSA_DATA_PA) |
		      (va & ((UINT64_C(1) << shift) - 1)),
	};
}

/* Does the answer differ from what the tables say now? */
static int check(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		 const struct vmsa_tlb_answer *got)
{
	struct vmsa_tlb_walk fresh;
	int err = vmsa_tlb_fresh(tlb, a, &fresh);
	bool fault = got->outcome == VMSA_TLB_FAULT;

	if (!err && (fault != fresh.fault || (!fault && got->pa != fresh.pa)))
		tlb->stats.of[a->region][a->side].stale++;
	return err;
}

/* Translate, but leave counting the access to the caller. */
static int one(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
	       struct vmsa_tlb_answer *answer)
{
	uint32_t slot = first_level(tlb, a);
	int err = 0;

	if (slot != VMSA_ASSOC_NONE)
		answer_hit(&tlb->l1[a->side], slot, a->va, answer);
	else
		err = miss(tlb, a, answer);
	if (!err && tlb->each_use[a->write])
		err = vmsa_tlb_each_use(tlb, a, answer);
	if (!err && tlb->config.check)
		err = check(tlb, a, answer);
	return err;
}
