/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_SCOPE_H
#define VMSA_LIB_TLB_SCOPE_H
/*
 * scope.h - what a TLBI is for: addresses, and whose entries
 */
#include "tlb_impl.h"

/** struct vmsa_tlb_scope - what an operation removes. */
struct vmsa_tlb_scope {
	uint64_t start, last; /**< addresses or IPAs, inclusive */
	uint16_t asid;        /**< whose non-global entries */
	bool any_asid;        /**< whoever's */
	uint16_t vmid;        /**< whose entries */
	bool any_vmid;        /**< whoever's */
	uint8_t pe;           /**< whose own entries, beside shared ones */
	bool any_pe;          /**< whoever's */
	bool global;          /**< global entries as well */
	bool tables;          /**< table descriptors as well */
};

/** vmsa_tlb_scope_of() - whose: all addresses, no ASID, no global entries. */
static inline struct vmsa_tlb_scope vmsa_tlb_scope_of(
	const struct vmsa_tlbi *tlbi, const struct vmsa_tlb_issuer *by)
{
	return (struct vmsa_tlb_scope){
		.last = ~UINT64_C(0),
		.vmid = by->vmid,
		.any_vmid = tlbi->op == VMSA_TLBI_ALLE1,
		.pe = by->pe,
		.any_pe = tlbi->scope != VMSA_TLBI_LOCAL,
	};
}

/** vmsa_tlb_concerns() - is the entry with @tag one of those, wherever? */
static inline bool vmsa_tlb_concerns(const struct vmsa_tlb *tlb,
				     const struct vmsa_tlb_scope *s,
				     uint64_t tag)
{
	struct vmsa_context of = vmsa_contexts_of(&tlb->contexts, tag);

	if (!s->any_vmid && of.vmid != s->vmid)
		return false;
	if (!s->any_pe && !of.cnp && of.pe != s->pe)
		return false;
	return of.global ? s->global : s->any_asid || of.asid == s->asid;
}

/** vmsa_tlb_reaches() - is any of the 2^@shift bytes around @at in reach? */
static inline bool vmsa_tlb_reaches(const struct vmsa_tlb_scope *s, uint64_t at,
				    unsigned shift)
{
	uint64_t offset = (UINT64_C(1) << shift) - 1;

	return (at & ~offset) <= s->last && (at | offset) >= s->start;
}

#endif /* VMSA_LIB_TLB_SCOPE_H */
