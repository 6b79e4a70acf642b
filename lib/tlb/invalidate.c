/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * invalidate.c - TLB maintenance
 *
 * Every entry is looked at, whatever the operation: maintenance is rare
 * beside accesses, and one rule serves addresses, ranges, ASIDs and VMIDs.
 */
#include "scope.h"

#include <errno.h>

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
		       struct vmsa_tlb_scope *s)
{
	struct vmsa_tlbi_page page;

	vmsa_tlbi_page_decode(tlbi->op, tlbi->operand, &page);
	s->asid = page.asid;
	s->start = vmsa_tlb_va(page.address) & ~tlb->tables.in_granule;
	s->last = s->start | tlb->tables.in_granule;
}

/* False: another granule's operation, which removes nothing. */
static bool reach_span(const struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
		       struct vmsa_tlb_scope *s)
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
		   const struct vmsa_tlb_issuer *by, struct vmsa_tlb_scope *s)
{
	*s = vmsa_tlb_scope_of(tlbi, by);
	s->any_asid = forms[tlbi->op].any_asid;
	s->tables = !forms[tlbi->op].last_level;
	s->global = tlbi->op != VMSA_TLBI_ASIDE1;
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

static vmsa_va va_of(uint64_t tag)
{
	return vmsa_tlb_va((tag & VMSA_TAG_PAGE) >> VMSA_TAG_VA_SHIFT);
}

/* The pages of an aggregated entry that @s does not reach. */
static uint64_t pages_left(const struct vmsa_tlb *tlb,
			   const struct vmsa_tlb_scope *s, vmsa_va va,
			   uint64_t data)
{
	unsigned granule = tlb->config.granule_shift;
	uint64_t left = data & VMSA_DATA_PAGES;

	for (unsigned page = 0; page < VMSA_TLB_NEIGHBOURS; page++)
		if (vmsa_tlb_reaches(s, va + ((uint64_t)page << granule),
				     granule))
			left &= ~(UINT64_C(1) << page);
	return left;
}

/*
 * What @s leaves of an entry; false: nothing.  A piece of a leaf goes with
 * any address of the leaf (R_TVTYQ), so that all its pieces do.
 */
static bool survives(const struct vmsa_tlb *tlb, const struct vmsa_tlb_scope *s,
		     uint64_t tag, uint64_t *data)
{
	unsigned shift = 12 + (unsigned)(tag & VMSA_TAG_CLASS);
	unsigned leaf = 11 + (unsigned)(*data & VMSA_DATA_LEAF);
	uint64_t left;

	if (!vmsa_tlb_concerns(tlb, s, tag))
		return true;
	if (!(*data & VMSA_DATA_GROUP))
		return !vmsa_tlb_reaches(s, va_of(tag),
					 leaf > shift ? leaf : shift);
	left = pages_left(tlb, s, va_of(tag), *data);
	*data = (*data & ~VMSA_DATA_PAGES) | left;
	return left != 0;
}

static void clean_tlb(const struct vmsa_tlb *tlb, struct vmsa_assoc *a,
		      const struct vmsa_tlb_scope *s)
{
	for (uint32_t slot = 0; slot < a->slots;) {
		if (a->tag[slot] &&
		    !survives(tlb, s, a->tag[slot], &a->data[slot]))
			vmsa_assoc_remove(a, slot); /* another may be here */
		else
			slot++;
	}
}

static void clean_tables(const struct vmsa_tlb *tlb, struct vmsa_assoc *a,
			 const struct vmsa_tlb_scope *s)
{
	for (uint32_t slot = 0; slot < a->slots;) {
		uint64_t tag = a->tag[slot];
		unsigned level = (unsigned)(tag & VMSA_TAG_CLASS);

		if (tag && vmsa_tlb_concerns(tlb, s, tag) &&
		    vmsa_tlb_reaches(s, va_of(tag), tlb->tables.shift[level]))
			vmsa_assoc_remove(a, slot);
		else
			slot++;
	}
}

static void clean_walk_caches(struct vmsa_tlb *tlb,
			      const struct vmsa_tlb_scope *s)
{
	clean_tables(tlb, &tlb->tables.merged, s);
	for (unsigned level = 0; level < VMSA_LEVELS; level++)
		clean_tables(tlb, &tlb->tables.level[level], s);
}

int vmsa_tlb_invalidate_by(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
			   const struct vmsa_tlb_issuer *by)
{
	struct vmsa_tlb_scope s;

	if ((unsigned)tlbi->op >= VMSA_NR_TLBI_OPS ||
	    by->pe >= VMSA_TLB_MAX_PES)
		return -EINVAL;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		if (tlb->l1[side].nr_held)
			return -EBUSY;
	vmsa_tlb_clean_stage2(tlb, tlbi, by);
	if (!decode(tlb, tlbi, by, &s))
		return 0;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		clean_tlb(tlb, &tlb->l1[side], &s);
		clean_tlb(tlb, &tlb->l2[side], &s);
		tlb->last[side] = VMSA_TAG_NONE;
	}
	if (s.tables)
		clean_walk_caches(tlb, &s);
	return 0;
}

int vmsa_tlb_invalidate(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi)
{
	const struct vmsa_tlb_issuer first = { 0 };

	return vmsa_tlb_invalidate_by(tlb, tlbi, &first);
}
