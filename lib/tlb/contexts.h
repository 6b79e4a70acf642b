/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_CONTEXTS_H
#define VMSA_LIB_TLB_CONTEXTS_H
/*
 * contexts.h - 16-bit numbers that say in a tag whose an entry is
 *
 * While every access is of VMID 0 and PE 0 without CnP, the number of a
 * non-global entry is its ASID and that of a global one 0.  The first other
 * access makes a table of (VMID, PE or CnP, ASID or "any") to numbers.  When
 * all 2^16 are taken, those that no entry has are free again.
 */
#include "vmsa/tlb.h"

/** struct vmsa_context - whose an entry is. */
struct vmsa_context {
	uint16_t asid; /**< 0 if global */
	uint16_t vmid; /**< VMID */
	uint8_t pe;    /**< PE; 0 with CnP */
	bool cnp;      /**< of all PEs that have CnP set */
	bool global;   /**< of any ASID */
};

/** struct vmsa_contexts - the numbers in use. */
struct vmsa_contexts {
	uint16_t asid;   /**< number of the current access's own entries */
	uint16_t global; /**< number of the global entries it may use */
	uint64_t *of;    /**< by number: key of its context, 0: free; or NULL
			      while numbers are ASIDs */
	uint32_t *index; /**< hash of key: number + 1, or 0 */
	uint32_t next;   /**< numbers below are not free */
	uint64_t key[2]; /**< of @asid and @global */
};

/**
 * vmsa_contexts_enter() - find the numbers for an access, or make them.
 * @tlb: the TLBs
 * @a:   the access
 *
 * Return: 0;
 *	-EINVAL, if there is no such PE;
 *	-ENOSPC, if entries have all numbers;
 *	-ENOMEM.
 */
int vmsa_contexts_enter(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a);

/** vmsa_contexts_of() - whose the entry with this tag is. */
struct vmsa_context vmsa_contexts_of(const struct vmsa_contexts *c,
				     uint64_t tag);

/** vmsa_contexts_fini() - free the table. */
void vmsa_contexts_fini(struct vmsa_contexts *c);

#endif /* VMSA_LIB_TLB_CONTEXTS_H */
