/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_PROBE_H
#define VMSA_LIB_TLB_PROBE_H
/*
 * probe.h - look into a TLB without using what is found
 */
#include "assoc_full.h"
#include "tlb_impl.h"

/** VMSA_TLB_MIN_SHIFT - classes are 5 bits: 2^12 .. 2^43 bytes. */
#define VMSA_TLB_MIN_SHIFT 12

/** VMSA_TLB_MAX_SHIFT - the largest of them. */
#define VMSA_TLB_MAX_SHIFT 43

/** vmsa_tlb_low_bits() - ones in bits 0 .. @n - 1; @n is 63 at most. */
static inline uint64_t vmsa_tlb_low_bits(unsigned n)
{
	return (UINT64_C(1) << n) - 1;
}

/** vmsa_tlb_tag() - of what is global, or of the current context's own. */
static inline uint64_t vmsa_tlb_tag(const struct vmsa_tlb *tlb, vmsa_va va,
				    unsigned class, bool global)
{
	return ((va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
	       (global ? vmsa_tlb_shared(tlb) : vmsa_tlb_own(tlb)) |
	       VMSA_TAG_VALID | class;
}

/** vmsa_tlb_set() - the set of an entry of @class, before it is masked. */
static inline uint32_t vmsa_tlb_set(vmsa_va va, unsigned class)
{
	return (uint32_t)(va >> (VMSA_TLB_MIN_SHIFT + class));
}

/** vmsa_tlb_page_of() - which page of an aggregated entry of @k @va is in. */
static inline unsigned vmsa_tlb_page_of(const struct vmsa_tlb *tlb,
					const struct vmsa_tlb_keep *k,
					vmsa_va va)
{
	return va >> tlb->config.granule_shift &
	       vmsa_tlb_low_bits(k->aggregate);
}

/** vmsa_tlb_translates() - does the entry in @slot with the right tag? */
static inline bool vmsa_tlb_translates(const struct vmsa_tlb *tlb,
				       const struct vmsa_assoc *x,
				       const struct vmsa_tlb_keep *k,
				       uint32_t slot, vmsa_va va)
{
	uint64_t data = x->data[slot];

	return !(data & VMSA_DATA_GROUP) ||
	       (data >> vmsa_tlb_page_of(tlb, k, va) & 1);
}

/** vmsa_tlb_address() - what the entry in @slot of @x translates @va to. */
static inline vmsa_pa vmsa_tlb_address(const struct vmsa_tlb *tlb,
				       const struct vmsa_assoc *x,
				       uint32_t slot, vmsa_va va)
{
	uint64_t class = x->tag[slot] & VMSA_TAG_CLASS, data = x->data[slot];
	uint64_t in_entry =
		va & vmsa_tlb_low_bits(VMSA_TLB_MIN_SHIFT + (unsigned)class);
	uint64_t in_page = va & vmsa_tlb_low_bits(tlb->config.granule_shift);

	if (!(data & VMSA_DATA_GROUP))
		return (data & VMSA_DATA_PA) | in_entry;
	return (((data & VMSA_DATA_PA) + (in_entry - in_page)) & VMSA_DATA_PA) |
	       in_page;
}

/**
 * vmsa_tlb_next_slot() - the slots that may have a tag, one by one.
 * @x:    the array
 * @tag:  the tag
 * @set:  where it belongs, before it is masked
 * @slot: the one before; VMSA_ASSOC_NONE to begin
 *
 * Return: the next, which may have another tag; or VMSA_ASSOC_NONE.
 */
static inline uint32_t vmsa_tlb_next_slot(const struct vmsa_assoc *x,
					  uint64_t tag, uint32_t set,
					  uint32_t slot)
{
	uint32_t first = (set & x->set_mask) * x->stride;

	if (x->kind == VMSA_ASSOC_FULL) {
		slot = slot == VMSA_ASSOC_NONE ? x->head[vmsa_full_hash(x, tag)]
					       : x->next[slot];
		return slot == UINT16_MAX ? VMSA_ASSOC_NONE : slot;
	}
	slot = slot == VMSA_ASSOC_NONE ? first : slot + 1;
	return slot < first + x->ways ? slot : VMSA_ASSOC_NONE;
}

#endif /* VMSA_LIB_TLB_PROBE_H */
