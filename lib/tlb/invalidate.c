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
	uint16_t asid;
	bool any_asid;
	bool global; /* global last-level entries as well */
	bool tables; /* walk cache entries as well */
};

/* Whether an operation on an address reaches what it does not name. */
static const struct {
	bool last_level, any_asid;
} forms[VMSA_NR_TLBI_OPS] = {
	[VMSA_TLBI_VALE1] = { .last_level = true },
	[VMSA_TLBI_VAAE1] = { .any_asid = true },
	[VMSA_TLBI_VAALE1] = { .last_level = true, .any_asid = true },
	[VMSA_TLBI_RVALE1] = { .last_level = true },
	[VMSA_TLBI_RVAAE1] = { .any_asid = true },
	[VMSA_TLBI_RVAALE1] = { .last_level = true, .any_asid = true },
	[VMSA_TLBI_VMALLE1] = { .any_asid = true },
	[VMSA_TLBI_VMALLS12E1] = { .any_asid = true },
	[VMSA_TLBI_ALLE1] = { .any_asid = true },
};

/* The page at the address; the operand's granule is always 4K. */
static void reach_page(const struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
		       struct scope *s)
{
	struct vmsa_tlbi_page page;

	vmsa_tlbi_page_decode(tlbi->op, tlbi->operand, &page);
	s->asid = page.asid;
	s->start = vmsa_tlb_va(page.address) & ~tlb->tables.in_granule;
	s->last = s->start | tlb->tables.in_granule;
}

/* False: another granule's operation, which removes nothing. */
static bool reach_span(const struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
		       struct scope *s)
{
	struct vmsa_tlbi_span span;
	uint64_t bytes;

	if (vmsa_tlbi_span_decode(tlbi->operand, tlb->config.lpa2, &span) ||
	    span.granule_shift != tlb->config.granule_shift)
		return false;
	bytes = vmsa_tlbi_span_bytes(&span);
	s->asid = span.asid;
	s->start = span.base;
	s->last = bytes > -span.base && span.base ? ~UINT64_C(0)
						  : span.base + (bytes - 1);
	return true;
}

/* What @tlbi removes here; false: nothing. */
static bool decode(const struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
		   struct scope *s)
{
	*s = (struct scope){
		.last = ~UINT64_C(0),
		.any_asid = forms[tlbi->op].any_asid,
		.tables = !forms[tlbi->op].last_level,
		.global = tlbi->op != VMSA_TLBI_ASIDE1,
	};
	switch (tlbi->op) {
	case VMSA_TLBI_VMALLE1:
	case VMSA_TLBI_VMALLS12E1:
	case VMSA_TLBI_ALLE1:
		return true;
	case VMSA_TLBI_ASIDE1:
		s->asid = (uint16_t)(tlbi->operand >> 48);
		return true;
	case VMSA_TLBI_VAE1:
	case VMSA_TLBI_VALE1:
	case VMSA_TLBI_VAAE1:
	case VMSA_TLBI_VAALE1:
		reach_page(tlb, tlbi, s);
		return true;
	case VMSA_TLBI_RVAE1:
	case VMSA_TLBI_RVALE1:
	case VMSA_TLBI_RVAAE1:
	case VMSA_TLBI_RVAALE1:
		return reach_span(tlb, tlbi, s);
	default:
		return false; /* stage 2 alone, or another regime */
	}
}

/* Does @s reach the entry @tag, which covers 2^@shift bytes? */
static bool reaches(const struct scope *s, uint64_t tag, unsigned shift)
{
	vmsa_va va = vmsa_tlb_va((tag & VMSA_TAG_PAGE) >> VMSA_TAG_VA_SHIFT);
	vmsa_va end = va + ((UINT64_C(1) << shift) - 1);

	if (tag & VMSA_TAG_GLOBAL) {
		if (!s->global)
			return false;
	} else if (!s->any_asid &&
		   (uint16_t)(tag >> VMSA_TAG_ASID_SHIFT) != s->asid) {
		return false;
	}
	return va <= s->last && end >= s->start;
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

static void clean_tables(struct vmsa_assoc *a, const uint8_t *level_shift,
			 const struct scope *s)
{
	for (uint32_t slot = 0; slot < a->slots;) {
		uint64_t tag = a->tag[slot];
		unsigned level = (unsigned)(tag & VMSA_TAG_CLASS);

		if (tag && reaches(s, tag, level_shift[level]))
			vmsa_assoc_remove(a, slot);
		else
			slot++;
	}
}

static void clean_walk_caches(struct vmsa_tlb_tables *t, const struct scope *s)
{
	clean_tables(&t->merged, t->shift, s);
	for (unsigned level = 0; level < VMSA_LEVELS; level++)
		clean_tables(&t->level[level], t->shift, s);
}

int vmsa_tlb_invalidate(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi)
{
	struct scope s;

	if ((unsigned)tlbi->op >= VMSA_NR_TLBI_OPS)
		return -EINVAL;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		if (tlb->l1[side].nr_held)
			return -EBUSY;
	vmsa_tlb_clean_stage2(tlb, tlbi);
	if (!decode(tlb, tlbi, &s))
		return 0;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		clean_tlb(&tlb->l1[side], &s);
		clean_tlb(&tlb->l2[side], &s);
		tlb->last[side] = VMSA_TAG_NONE;
	}
	if (s.tables)
		clean_walk_caches(&tlb->tables, &s);
	return 0;
}
