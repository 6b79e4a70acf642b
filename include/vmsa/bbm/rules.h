/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BBM_RULES_H
#define VMSA_BBM_RULES_H
/*
 * rules.h - when break-before-make is needed, and what a TLBI removes
 *
 * Pure functions that the checker and the explorer share.
 *
 *     two leaves that translate one address -> what differs that needs a break
 *     that, and the level of FEAT_BBM       -> what is left to complain about
 *     a cached entry and a TLBI             -> does it go?
 *
 * Source   Arm ARM DDI 0487, D8.17: R_WHZWS (when), R_PVFTW (size alone),
 *          R_KHRBC and R_FCPSG (Contiguous), R_MRRPW (nT), D8.7
 */
#include <stdbool.h>

#include "vmsa/arch/descriptor.h"
#include "vmsa/arch/tlbi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- which changes need break-before-make ------------------------------- */

/** enum vmsa_bbm_rule - one reason to break before making; bits of a set. */
enum vmsa_bbm_rule {
	VMSA_BBM_MEMORY_TYPE = 1u << 0, /**< AttrIndx or SH changed */
	VMSA_BBM_OUTPUT = 1u << 1,      /**< output address changed, and old
					     or new can be written */
	VMSA_BBM_CONTENTS = 1u << 2,    /**< output address changed, neither
					     can be written: needed unless
					     both pages hold the same */
	VMSA_BBM_PA_SPACE = 1u << 3,    /**< NS changed */
	VMSA_BBM_SIZE = 1u << 4,        /**< leaf of another level */
	VMSA_BBM_CONTIGUOUS = 1u << 5,  /**< Contiguous bit changed */
	VMSA_BBM_GLOBAL = 1u << 6,      /**< a global leaf where non-global
					     ones may be cached */
};

/** VMSA_BBM_NR_RULES - how many bits enum vmsa_bbm_rule has. */
#define VMSA_BBM_NR_RULES 7

/**
 * vmsa_bbm_rule_name() - what a rule looks at.
 * @rule: one bit
 *
 * Return: a static phrase such as "memory type"; "?" for no rule.
 */
const char *vmsa_bbm_rule_name(enum vmsa_bbm_rule rule);

/** struct vmsa_leaf - a block or page descriptor and the level it is at. */
struct vmsa_leaf {
	vmsa_desc desc; /**< its 64 bits, valid */
	int8_t level;   /**< where it was read */
};

/**
 * vmsa_leaf_output() - where a leaf sends one address.
 * @g:    shape of the tables
 * @leaf: the leaf
 * @va:   an address it translates
 *
 * Return: the output address of that byte.
 */
vmsa_pa vmsa_leaf_output(const struct vmsa_geometry *g, struct vmsa_leaf leaf,
			 vmsa_va va);

/** VMSA_BBM_HD - flag: hardware may set the dirty state, so DBM writes. */
#define VMSA_BBM_HD 1u

/** struct vmsa_leaf_change - two leaves that translate one address. */
struct vmsa_leaf_change {
	vmsa_va va;            /**< the address */
	struct vmsa_leaf from; /**< what translated it */
	struct vmsa_leaf to;   /**< what translates it now */
	unsigned flags;        /**< VMSA_BBM_HD */
};

/**
 * vmsa_bbm_needs() - why going from one leaf to the other needs a break.
 * @g:      shape of the tables
 * @change: the address and its two leaves
 *
 * Permissions, the Access flag, DBM without hardware management, software
 * bits and setting nG never do.  A level change and an attribute change give
 * both reasons: R_PVFTW lets the size change alone.
 *
 * Return: a set of enum vmsa_bbm_rule; 0 where no break is needed.
 */
unsigned vmsa_bbm_needs(const struct vmsa_geometry *g,
			const struct vmsa_leaf_change *change);

/**
 * vmsa_bbm_tolerates() - which reasons a level of FEAT_BBM takes away.
 * @level:  0 .. 3
 * @change: level 1 asks for nT in one of its blocks
 *
 * Level 0 none; level 1 the Contiguous bit, and size changes by way of a block
 * with nT = 1; levels 2 and 3 size and Contiguous bit.  A TLB conflict abort
 * stays possible below level 3 (I_HYQMB).
 *
 * Return: a set of enum vmsa_bbm_rule.
 */
unsigned vmsa_bbm_tolerates(unsigned level,
			    const struct vmsa_leaf_change *change);

/* --- what TLB maintenance removes --------------------------------------- */

/** enum vmsa_cached_kind - what a TLB entry holds. */
enum vmsa_cached_kind {
	VMSA_CACHED_LEAF,     /**< stage 1 leaf: VA to IPA, or to PA */
	VMSA_CACHED_TABLE,    /**< stage 1 table descriptor (walk cache) */
	VMSA_CACHED_S2_LEAF,  /**< stage 2 leaf: IPA to PA */
	VMSA_CACHED_S2_TABLE, /**< stage 2 table descriptor */
	VMSA_CACHED_COMBINED, /**< stage 1 and 2 in one: VA to PA */
};

/** struct vmsa_cached - the tag of one TLB entry. */
struct vmsa_cached {
	enum vmsa_cached_kind kind; /**< what it holds */
	bool el2;                   /**< of the EL2 regime, not EL1&0 */
	bool global;                /**< matches every ASID; leaves only */
	uint16_t asid;              /**< otherwise */
	uint16_t vmid;              /**< EL1&0 only */
	int8_t level;               /**< of the descriptor */
	uint64_t first;             /**< first input address */
	uint64_t last;              /**< last one, inclusive */
};

/** struct vmsa_invalidation - one TLBI, ready to be matched. */
struct vmsa_invalidation {
	enum vmsa_tlbi_op op;           /**< the operation */
	uint16_t vmid;                  /**< current at the issuing PE */
	struct vmsa_tlbi_target target; /**< from vmsa_tlbi_target() */
};

/**
 * vmsa_tlbi_removes() - must this entry be gone once the TLBI completed?
 * @tlbi:  the operation
 * @entry: what a PE in its scope holds
 *
 * A table entry goes only by an operation that is not last-level, and, as it
 * is never global, only by its own ASID or one for any ASID.  A stage 2
 * operation by IPA leaves combined entries alone.  A level hint has to name
 * the leaf's level; a table entry goes if it lies above that.
 *
 * Return: whether it must.
 */
bool vmsa_tlbi_removes(const struct vmsa_invalidation *tlbi,
		       const struct vmsa_cached *entry);

/** enum vmsa_completion - what a barrier finishes; bits of a set. */
enum vmsa_completion {
	VMSA_COMPLETES_STORES = 1u << 0,     /**< earlier stores are seen by
						  walkers of other PEs */
	VMSA_COMPLETES_LOCAL_TLBI = 1u << 1, /**< local TLBIs of this PE */
	VMSA_COMPLETES_IS_TLBI = 1u << 2,    /**< Inner Shareable ones */
	VMSA_COMPLETES_OS_TLBI = 1u << 3,    /**< Outer Shareable ones */
	VMSA_ORDERS_STORES = 1u << 4,        /**< keeps stores in order */
	VMSA_ORDERS_LOADS = 1u << 5,         /**< later loads wait: after a
						  DSB of any kind */
	VMSA_SYNCHRONISES = 1u << 6,         /**< context synchronisation */
	VMSA_COMPLETES_OWN_STORES = 1u << 7, /**< earlier stores are seen by
						  the PE's own walker */
};

/**
 * vmsa_barrier_completes() - what a barrier does for the PE that executes it.
 * @barrier: which
 *
 * A TLBI is complete after a DSB for loads and stores whose domain is at least
 * as wide; one for stores only is not enough.
 *
 * Return: a set of enum vmsa_completion.
 */
unsigned vmsa_barrier_completes(enum vmsa_barrier barrier);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_BBM_RULES_H */
