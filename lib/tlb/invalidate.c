/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * invalidate.c - TLB maintenance
 *
 * Every entry is looked at, whatever the operation: maintenance is rare
 * beside accesses, and one rule serves addresses, ranges and ASIDs.
 */
#include "tlb_impl.h"

#include <errno.h>

/* What an operation removes. */
struct scope {
	vmsa_va start, last; /* addresses, inclusive */
	uint64_t context;    /* the ASID where a tag has it */
	bool any_asid;
	bool global;      /* global last-level entries as well */
	bool tables;      /* walk cache entries as well */
	bool any_address; /* start and last have no meaning */
};

/* Operand fields: Arm ARM, C5.5, TLBI VAE1 and TLBI RVAE1. */
static const struct {
	bool last_level, any_asid;
} forms[VMSA_NR_TLBI_OPS] = {
	[VMSA_TLBI_VAE1] = { false, false },
	[VMSA_TLBI_VALE1] = { true, false },
	[VMSA_TLBI_VAAE1] = { false, true },
	[VMSA_TLBI_VAALE1] = { true, true },
	[VMSA_TLBI_RVAE1] = { false, false },
	[VMSA_TLBI_RVALE1] = { true, false },
	[VMSA_TLBI_RVAAE1] = { false, true },
	[VMSA_TLBI_RVAALE1] = { true, true },
};

static uint64_t field(uint64_t x, unsigned low, unsigned bits)
{
	return x >> low & ((UINT64_C(1) << bits) - 1);
}

/* The @bits lowest bits of @x as a signed number, times 2^@shift. */
static vmsa_va extend(uint64_t x, unsigned bits, unsigned shift)
{
	return (vmsa_va)((int64_t)(x << (64 - bits)) >> (64 - bits)) << shift;
}

/* VA[55:12] in bits 43:0, whatever the granule. */
static void one_page(const struct vmsa_tlb *tlb, uint64_t xt, struct scope *s)
{
	uint64_t in_page = (UINT64_C(1) << tlb->config.granule_shift) - 1;

	s->start = vmsa_tlb_va(extend(field(xt, 0, 44), 44, 12)) & ~in_page;
	s->last = s->start | in_page;
}

/* (NUM + 1) * 2^(5 * SCALE + 1) granules from BaseADDR; false: nothing. */
static bool range(const struct vmsa_tlb *tlb, uint64_t xt, struct scope *s)
{
	unsigned granule = tlb->config.granule_shift;
	unsigned base_shift = tlb->config.lpa2 ? 16 : granule;
	unsigned pages_shift = 5 * (unsigned)field(xt, 44, 2) + 1;
	uint64_t pages = (field(xt, 39, 5) + 1) << pages_shift;
	uint64_t to_end;

	/* TG: 01 4K, 10 16K, 11 64K. */
	if (field(xt, 46, 2) != (granule - 10) / 2)
		return false;
	s->start = extend(field(xt, 0, 37), 37, base_shift);
	to_end = ~s->start >> granule;
	s->last = pages > to_end ? ~UINT64_C(0)
				 : s->start + (pages << granule) - 1;
	return true;
}

/* What @tlbi removes; false: nothing at all. */
static bool decode(const struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
		   struct scope *s)
{
	*s = (struct scope){
		.context = field(tlbi->operand, 48, 16) << VMSA_TAG_ASID_SHIFT,
		.any_asid = forms[tlbi->op].any_asid,
		.tables = !forms[tlbi->op].last_level,
		.global = tlbi->op != VMSA_TLBI_ASIDE1,
	};
	if (tlbi->op == VMSA_TLBI_VMALLE1)
		s->any_asid = true;
	if (tlbi->op == VMSA_TLBI_VMALLE1 || tlbi->op == VMSA_TLBI_ASIDE1)
		s->any_address = true;
	else if (vmsa_tlbi_is_range(tlbi->op))
		return range(tlb, tlbi->operand, s);
	else
		one_page(tlb, tlbi->operand, s);
	return true;
}

/* Does @s reach the entry @tag, which covers 2^@shift bytes? */
static bool reaches(const struct scope *s, uint64_t tag, unsigned shift)
{
	const uint64_t asid = UINT64_C(0xffff) << VMSA_TAG_ASID_SHIFT;
	vmsa_va va = vmsa_tlb_va((tag & VMSA_TAG_PAGE) >> VMSA_TAG_VA_SHIFT);

	if (tag & VMSA_TAG_GLOBAL) {
		if (!s->global)
			return false;
	} else if (!s->any_asid && (tag & asid) != s->context) {
		return false;
	}
	return s->any_address ||
	       (va <= s->last && s->start - va < UINT64_C(1) << shift) ||
	       (va >= s->start && va <= s->last);
}

static void clean_tlb(struct vmsa_assoc *a, const struct scope *s)
{
	for (uint32_t slot = 0; slot < a->slots;) {
		uint64_t tag = a->tag[slot];
		unsigned shift = 12 + (unsigned)(tag & VMSA_TAG_CLASS);

		if (tag && reaches(s, tag, shift))
			vmsa_assoc_remove(a, slot); /* another may be here */
		else
			slot++;
	}
}

static void clean_walk_cache(struct vmsa_tlb *tlb, const struct scope *s)
{
	struct vmsa_assoc *a = &tlb->walk_cache;

	for (uint32_t slot = 0; slot < a->slots;) {
		uint64_t tag = a->tag[slot];
		unsigned level = (unsigned)(tag & VMSA_TAG_CLASS);

		if (tag && reaches(s, tag, tlb->level_shift[level]))
			vmsa_assoc_remove(a, slot);
		else
			slot++;
	}
}

int vmsa_tlb_invalidate(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi)
{
	struct scope s;

	if ((unsigned)tlbi->op >= VMSA_NR_TLBI_OPS)
		return -EINVAL;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		if (tlb->l1[side].nr_held)
			return -EBUSY;
	if (!decode(tlb, tlbi, &s))
		return 0;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		clean_tlb(&tlb->l1[side], &s);
		clean_tlb(&tlb->l2[side], &s);
		tlb->last[side] = VMSA_TAG_NONE;
	}
	if (s.tables)
		clean_walk_cache(tlb, &s);
	return 0;
}
