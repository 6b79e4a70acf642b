/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access.h - the way of an access through the levels
 *
 * Included by one C file per kind of host, each compiled for its vector
 * instructions; assoc_sets.h has the difference.
 */
#include <errno.h>

#include "entry.h"

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
				    tag | VMSA_TAG_GLOBAL, tag | context);

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

/* What plain TLBs keep of a leaf. */
static uint64_t leaf_tag(const struct vmsa_tlb_access *a, unsigned shift,
			 bool global)
{
	unsigned class = shift - MIN_SHIFT;
	uint64_t context = global ? VMSA_TAG_GLOBAL
				  : (uint64_t)a->asid << VMSA_TAG_ASID_SHIFT;

	return ((a->va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
	       context | VMSA_TAG_VALID | class;
}

/* On its way into a level: an entry of plain TLBs, else a leaf. */
union entry {
	struct {
		uint64_t tag;
		vmsa_pa base;
	};
	struct leaf leaf;
};

/*
 * Fill the L2 with the page after the leaf that was just walked to.  Whatever
 * is in the way of that, nobody hears of it.
 */
STEP void walk_next(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		    struct vmsa_tlb_counters *c, unsigned shift)
{
	const struct vmsa_tlb_keep *k = tlb->keep_second[a->side];
	struct vmsa_assoc *l2 = tlb->second[a->side];
	struct vmsa_tlb_access next = *a;
	struct vmsa_tlb_walk walk;
	struct leaf leaf;

	next.va = vmsa_tlb_va(((a->va >> shift) + 1) << shift);
	next.write = false;
	/* The half ends here, or it is there already. */
	if ((next.va ^ a->va) >> 63 || !l2->entries ||
	    covers(tlb, l2, k, next.va) ||
	    covers(tlb, &tlb->l1[a->side], &tlb->keep_l1[a->side], next.va))
		return;
	if (vmsa_tlb_walk_ahead(tlb, &next, c, &walk) || walk.fault ||
	    !read_walk(tlb, &walk, &leaf))
		return;
	leaf.ahead = true;
	keep_any(tlb, l2, k, next.va, &leaf);
}

/* What a walk found goes into the L2 if there is one. */
STEP int keep_walk(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		   struct vmsa_tlb_counters *c,
		   const struct vmsa_tlb_walk *walk, struct leaf *leaf)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];

	if (!read_walk(tlb, walk, leaf))
		return -EINVAL;
	if (l2->entries)
		keep_any(tlb, l2, tlb->keep_second[a->side], a->va, leaf);
	if (tlb->config.prefetch_next)
		walk_next(tlb, a, c, walk->shift);
	return VMSA_TLB_WALKED;
}

/* Walk, and fill the L2 if there is one. */
static int resolve_walk(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			struct vmsa_tlb_counters *c, union entry *e)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];
	struct vmsa_tlb_walk walk;
	unsigned shift;
	int err = look_up(tlb, a, c, &walk);

	if (err)
		return err;
	if (walk.fault | walk.no_access) {
		c->faults++;
		return VMSA_TLB_FAULT;
	}
	if (!tlb->plain)
		return keep_walk(tlb, a, c, &walk, &e->leaf);
	shift = tlb->contiguous ? walk.contiguous_shift : walk.shift;
	if (shift < MIN_SHIFT || shift > MAX_SHIFT)
		return -EINVAL;
	e->tag = leaf_tag(a, shift, walk.global);
	e->base = walk.pa & ~vmsa_tlb_low_bits(shift);
	if (l2->entries)
		fill(l2, a->va, e->tag, e->base);
	return VMSA_TLB_WALKED;
}

/* As second_level() for TLBs that are not plain. */
STEP enum found second_any(struct vmsa_tlb *tlb,
			   const struct vmsa_tlb_access *a,
			   struct vmsa_tlb_counters *c, struct leaf *leaf)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];
	enum found found =
		find_any(tlb, l2, tlb->keep_second[a->side], a, leaf);
	uint64_t *data;

	if (found != FOUND_ONE)
		return found;
	data = &l2->data[leaf->slot];
	if (*data & VMSA_DATA_AHEAD)
		c->prefetch_hits++;
	*data &= ~VMSA_DATA_AHEAD;
	tlb->second_slot = leaf->slot;
	return found;
}

/* What the L2 says of an access. */
static inline enum found second_level(struct vmsa_tlb *tlb,
				      const struct vmsa_tlb_access *a,
				      struct vmsa_tlb_counters *c,
				      union entry *e)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];
	uint32_t slot;

	if (!l2->entries)
		return FOUND_NONE;
	if (!tlb->plain)
		return second_any(tlb, a, c, &e->leaf);
	slot = use_entry(l2, a->va, a->asid);
	if (slot == VMSA_ASSOC_NONE)
		return FOUND_NONE;
	e->tag = l2->tag[slot];
	e->base = l2->data[slot];
	return FOUND_ONE;
}

/* Find below the L1: an enum vmsa_tlb_outcome or a negative errno. */
static int resolve(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		   struct vmsa_tlb_counters *c, union entry *e)
{
	switch (second_level(tlb, a, c, e)) {
	case FOUND_ONE:
		return VMSA_TLB_L2_HIT;
	case FOUND_CONFLICT:
		return VMSA_TLB_CONFLICT;
	default:
		return resolve_walk(tlb, a, c, e);
	}
}

/* Remember what translates the page used last, if nobody looks further. */
static void note_last(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		      uint32_t slot)
{
	if (slot == VMSA_ASSOC_NONE ||
	    tlb->config.conflict != VMSA_TLB_SMALLEST)
		return;
	tlb->last[a->side] = page_key(a->va, tlb->contexts.asid);
	tlb->last_slot[a->side] = slot;
}

/* Answer with what was found, and put it into the L1 if there is one. */
STEP void fill_any(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		   struct leaf *leaf, struct vmsa_tlb_answer *out)
{
	struct vmsa_assoc *l1 = &tlb->l1[a->side];

	out->global = leaf->global;
	out->pa = leaf->pa;
	if (l1->entries)
		out->slot =
			keep_any(tlb, l1, &tlb->keep_l1[a->side], a->va, leaf);
	out->shift = leaf->kept;
	note_last(tlb, a, out->slot);
}

/* After an L1 miss: find the entry, fill the L1. */
static int miss(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		struct vmsa_tlb_answer *out)
{
	struct vmsa_tlb_counters *c = &tlb->stats.of[a->region][a->side];
	struct vmsa_assoc *l1 = &tlb->l1[a->side];
	union entry e;
	int outcome;

	if (l1->entries && l1->nr_held == l1->entries)
		return -EBUSY;
	outcome = resolve(tlb, a, c, &e);
	if (outcome < 0)
		return outcome;
	c->l1_misses++;
	if (outcome != VMSA_TLB_L2_HIT && outcome != VMSA_TLB_CONFLICT &&
	    tlb->second[a->side]->entries)
		c->l2_misses++;
	tlb->last[a->side] = VMSA_TAG_NONE;
	*out = (struct vmsa_tlb_answer){
		.outcome = (enum vmsa_tlb_outcome)outcome,
		.slot = VMSA_TLB_NO_SLOT,
	};
	if (outcome == VMSA_TLB_FAULT || outcome == VMSA_TLB_CONFLICT)
		return 0;
	if (!tlb->plain) {
		fill_any(tlb, a, &e.leaf, out);
		return 0;
	}
	out->shift = (uint8_t)(MIN_SHIFT + (e.tag & VMSA_TAG_CLASS));
	out->global = e.tag & VMSA_TAG_GLOBAL;
	out->pa = e.base | (a->va & ((UINT64_C(1) << out->shift) - 1));
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

/* As first_level() for TLBs that are not plain. */
static inline enum found first_any(struct vmsa_tlb *tlb,
				   const struct vmsa_tlb_access *a,
				   struct leaf *leaf)
{
	struct vmsa_assoc *l1 = &tlb->l1[a->side];
	const struct vmsa_tlb_keep *k = &tlb->keep_l1[a->side];
	enum found found;

	if (page_key(a->va, tlb->contexts.asid) == tlb->last[a->side]) {
		leaf->slot = tlb->last_slot[a->side];
		read_entry(tlb, l1, k, leaf->slot, a->va, leaf);
		return FOUND_ONE;
	}
	found = find_any(tlb, l1, k, a, leaf);
	if (found == FOUND_ONE)
		note_last(tlb, a, leaf->slot);
	return found;
}

/* Translate in TLBs that are not plain. */
STEP int one_any(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		 struct vmsa_tlb_answer *answer)
{
	struct leaf leaf;

	switch (first_any(tlb, a, &leaf)) {
	case FOUND_ONE:
		*answer = (struct vmsa_tlb_answer){
			.outcome = VMSA_TLB_L1_HIT,
			.shift = leaf.kept,
			.global = leaf.global,
			.slot = leaf.slot,
			.pa = leaf.pa,
		};
		return 0;
	case FOUND_CONFLICT:
		*answer = (struct vmsa_tlb_answer){
			.outcome = VMSA_TLB_CONFLICT,
			.slot = VMSA_TLB_NO_SLOT,
		};
		return 0;
	default:
		return miss(tlb, a, answer);
	}
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
		.pa = l1->data[slot] | (va & ((UINT64_C(1) << shift) - 1)),
	};
}

/* Does the answer differ from what the tables say now? */
static int check(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		 const struct vmsa_tlb_answer *got)
{
	struct vmsa_tlb_walk fresh;
	int err = vmsa_tlb_fresh(tlb, a, &fresh);
	bool fault = got->outcome == VMSA_TLB_FAULT;

	if (!err && got->outcome != VMSA_TLB_CONFLICT &&
	    (fault != fresh.fault || (!fault && got->pa != fresh.pa)))
		tlb->stats.of[a->region][a->side].stale++;
	return err;
}

/* Translate, but leave counting the access to the caller. */
static int one(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
	       struct vmsa_tlb_answer *answer)
{
	uint32_t slot;
	int err = 0;

	if (!tlb->plain)
		err = one_any(tlb, a, answer);
	else if ((slot = first_level(tlb, a)) != VMSA_ASSOC_NONE)
		answer_hit(&tlb->l1[a->side], slot, a->va, answer);
	else
		err = miss(tlb, a, answer);
	if (!err && tlb->each_use[a->write])
		err = vmsa_tlb_each_use(tlb, a, answer);
	if (!err && tlb->config.check)
		err = check(tlb, a, answer);
	return err;
}
