/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_PROBE_H
#define VMSA_LIB_TLB_PROBE_H
/*
 * probe.h - look into a TLB without using what is found
 */
#include "assoc_full.h"
#include "tlb_impl.h"

/** vmsa_tlb_probe_tag() - data of the entry with either tag, or NULL. */
static inline uint64_t *vmsa_tlb_probe_tag(const struct vmsa_assoc *a,
					   uint32_t set, uint64_t tag,
					   uint64_t tag2)
{
	uint32_t slot = (set & a->set_mask) * a->stride;

	if (a->kind == VMSA_ASSOC_FULL) {
		slot = vmsa_full_find(a, tag, tag2);
		return slot == VMSA_ASSOC_NONE ? NULL : &a->data[slot];
	}
	for (uint32_t way = 0; way < a->ways; way++, slot++)
		if (a->tag[slot] == tag || a->tag[slot] == tag2)
			return &a->data[slot];
	return NULL;
}

/**
 * vmsa_tlb_probe() - the entry that translates, the smallest first.
 * @a:    a TLB; may be absent
 * @va:   the address
 * @asid: the current ASID
 *
 * Return: its data, or NULL; nothing becomes younger.
 */
static inline uint64_t *vmsa_tlb_probe(const struct vmsa_assoc *a, vmsa_va va,
				       uint16_t asid)
{
	uint64_t context = (uint64_t)asid << VMSA_TAG_ASID_SHIFT;

	for (uint32_t left = a->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		uint64_t tag =
			((va << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
			VMSA_TAG_VALID | class;
		uint64_t *data =
			vmsa_tlb_probe_tag(a, (uint32_t)(va >> (12 + class)),
					   tag | context,
					   tag | VMSA_TAG_GLOBAL);

		if (data)
			return data;
	}
	return NULL;
}

#endif /* VMSA_LIB_TLB_PROBE_H */
