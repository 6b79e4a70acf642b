/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.c - the way of an access through the levels
 */
#include "tlb_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Classes are 5 bits: leaves of 2^12 .. 2^43 bytes. */
#define MIN_SHIFT 12
#define MAX_SHIFT 43

static int init_arrays(struct vmsa_tlb *tlb)
{
	const struct vmsa_tlb_config *c = &tlb->config;
	const struct {
		struct vmsa_assoc *array;
		const struct vmsa_tlb_array *shape;
	} all[] = {
		{ &tlb->l1[VMSA_TLB_DATA], &c->l1d },
		{ &tlb->l1[VMSA_TLB_FETCH], &c->l1i },
		{ &tlb->l2[VMSA_TLB_DATA], &c->l2 },
		{ &tlb->l2[VMSA_TLB_FETCH], &c->l2i },
		{ &tlb->walk_cache, &c->walk_cache },
		{ &tlb->lines, &c->lines },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(all) / sizeof(all[0]); i++)
		err = vmsa_assoc_init(all[i].array, all[i].shape);
	return err;
}

static void forget_last(struct vmsa_tlb *tlb)
{
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		tlb->last[side] = VMSA_TAG_NONE;
}

int vmsa_tlb_create(const struct vmsa_tlb_config *config,
		    const struct vmsa_tlb_walker *walker, struct vmsa_tlb **out)
{
	unsigned granule = config->granule_shift;
	struct vmsa_tlb *tlb;
	int err;

	if (granule != 12 && granule != 14 && granule != 16)
		return -EINVAL;
	tlb = calloc(1, sizeof(*tlb));
	if (!tlb)
		return -ENOMEM;
	tlb->config = *config;
	tlb->walker = *walker;
	err = init_arrays(tlb);
	if (err) {
		vmsa_tlb_destroy(tlb);
		return err;
	}
	tlb->second[VMSA_TLB_DATA] = &tlb->l2[VMSA_TLB_DATA];
	tlb->second[VMSA_TLB_FETCH] =
		&tlb->l2[config->l2i.entries ? VMSA_TLB_FETCH : VMSA_TLB_DATA];
	forget_last(tlb);
	*out = tlb;
	return 0;
}

void vmsa_tlb_destroy(struct vmsa_tlb *tlb)
{
	if (!tlb)
		return;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		vmsa_assoc_fini(&tlb->l1[side]);
		vmsa_assoc_fini(&tlb->l2[side]);
	}
	vmsa_assoc_fini(&tlb->walk_cache);
	vmsa_assoc_fini(&tlb->lines);
	free(tlb);
}

const struct vmsa_tlb_config *vmsa_tlb_config(const struct vmsa_tlb *tlb)
{
	return &tlb->config;
}

/* The page and ASID of an access: a tag of the smallest size, no flags. */
static inline uint64_t page_key(vmsa_va va, uint16_t asid)
{
	return ((va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE) |
	       (uint64_t)asid << VMSA_TAG_ASID_SHIFT;
}

/*
 * The entry of a TLB that translates @va, whatever its size; the smallest
 * where a break-before-make violation left several.
 */
static inline uint32_t find(const struct vmsa_assoc *a, vmsa_va va,
			    uint16_t asid)
{
	uint64_t context = (uint64_t)asid << VMSA_TAG_ASID_SHIFT;

	for (uint32_t left = a->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		uint64_t tag =
			((va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
			VMSA_TAG_VALID | class;
		uint32_t set =
			(uint32_t)(va >> (MIN_SHIFT + class)) & a->set_mask;
		uint32_t slot = vmsa_assoc_find(a, set, tag | context,
						tag | VMSA_TAG_GLOBAL);

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
	uint32_t set = (uint32_t)(va >> (MIN_SHIFT + class)) & a->set_mask;
	uint32_t slot = vmsa_assoc_victim(a, set);

	vmsa_assoc_put(a, slot, tag, base);
	return slot;
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

/* Walk, and fill the L2 if there is one. */
static int resolve_walk(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			struct vmsa_tlb_counters *c, struct entry *e)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];
	struct vmsa_tlb_walk walk;
	unsigned shift;
	int err = vmsa_tlb_walk(tlb, a, c, &walk);

	if (err)
		return err;
	if (walk.fault)
		return VMSA_TLB_FAULT;
	shift = tlb->config.contiguous ? walk.contiguous_shift : walk.shift;
	if (shift < MIN_SHIFT || shift > MAX_SHIFT)
		return -EINVAL;
	e->tag = leaf_tag(a, shift, walk.global);
	e->base = walk.pa & ~((UINT64_C(1) << shift) - 1);
	if (l2->entries)
		fill(l2, a->va, e->tag, e->base);
	return VMSA_TLB_WALKED;
}

/* Find below the L1: an enum vmsa_tlb_outcome or a negative errno. */
static int resolve(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		   struct vmsa_tlb_counters *c, struct entry *e)
{
	struct vmsa_assoc *l2 = tlb->second[a->side];
	uint32_t slot;

	if (l2->entries) {
		slot = find(l2, a->va, a->asid);
		if (slot != VMSA_ASSOC_NONE) {
			vmsa_assoc_touch(l2, slot);
			e->tag = l2->tag[slot];
			e->base = l2->data[slot];
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
	slot = find(l1, a->va, a->asid);
	if (slot == VMSA_ASSOC_NONE)
		return slot;
	vmsa_assoc_touch(l1, slot);
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
		.pa = l1->data[slot] | (va & ((UINT64_C(1) << shift) - 1)),
	};
}

/* Does the answer differ from what the tables say now? */
static int check(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		 const struct vmsa_tlb_answer *got)
{
	struct vmsa_tlb_walk fresh = { .va = a->va, .from_root = true };
	int err = tlb->walker.walk(tlb->walker.arg, &fresh);
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
	if (!err && tlb->config.check)
		err = check(tlb, a, answer);
	return err;
}

int vmsa_tlb_access(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *access,
		    struct vmsa_tlb_answer *out)
{
	struct vmsa_tlb_access a = *access;
	struct vmsa_tlb_answer answer;
	int err;

	a.va = vmsa_tlb_va(a.va);
	err = one(tlb, &a, &answer);
	if (err)
		return err;
	tlb->stats.of[a.region][a.side].accesses++;
	if (out)
		*out = answer;
	return 0;
}

int vmsa_tlb_access_many(struct vmsa_tlb *tlb,
			 const struct vmsa_tlb_access *like, const vmsa_va *va,
			 size_t n)
{
	struct vmsa_tlb_access a = *like;
	struct vmsa_tlb_answer answer;
	uint64_t last = tlb->last[a.side];
	size_t i;
	int err = 0;

	for (i = 0; i < n; i++) {
		if (page_key(va[i], a.asid) == last && !tlb->config.check)
			continue;
		a.va = vmsa_tlb_va(va[i]);
		err = one(tlb, &a, &answer);
		if (err)
			break;
		last = tlb->last[a.side];
	}
	tlb->stats.of[a.region][a.side].accesses += i;
	return err;
}
