/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TLB_WALKER_H
#define VMSA_TLB_WALKER_H
/*
 * walker.h - how the TLB model asks whoever knows the tables
 */
#include <stdbool.h>

#include "vmsa/arch/geometry.h"
#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_space;

/** VMSA_TLB_NEIGHBOURS - pages whose attributes a walk compares. */
#define VMSA_TLB_NEIGHBOURS 8

/** struct vmsa_tlb_walk - one walk: the question and its answer. */
struct vmsa_tlb_walk {
	vmsa_va va;     /**< in: the address to translate; stage 2: the IPA */
	vmsa_pa table;  /**< in: table to start in, unless @from_root */
	int8_t first;   /**< in: level of @table; out, if from the root */
	bool from_root; /**< in: no walk cache hit, start at the root */
	uint16_t asid;  /**< in: the current ASID; stage 2: 0 */
	uint16_t vmid;  /**< in: the current VMID */
	bool aggregate; /**< in: @neighbours are wanted */

	int8_t last;    /**< out: level of the last descriptor read */
	bool fault;     /**< out: no translation; what follows means nothing */
	bool global;    /**< out: nG = 0 */
	bool no_access; /**< out: the Access flag is 0; false if left alone */
	bool clean;     /**< out: DBM is 1 and writes are not permitted yet;
			     false if left alone */
	uint8_t shift;  /**< out: log2 of the leaf's size, 12 .. 43 */
	uint8_t contiguous_shift; /**< out: of its group, or @shift */
	/**
	 * Out, after a leaf of level 3: bit i is set if page i of the aligned
	 * VMSA_TLB_NEIGHBOURS pages around @va has a valid descriptor with the
	 * same attributes, Access flag included, and lies as far from @pa's
	 * page as the VAs do.  The page of @va itself may be left out, and a
	 * walker that does not know leaves all out: the member is 0 before.
	 */
	uint8_t neighbours;
	vmsa_pa pa;              /**< out: output address of @va */
	vmsa_pa at[VMSA_LEVELS]; /**< out: descriptors read, by level slot */
};

/** struct vmsa_tlb_walker - who knows the tables. */
struct vmsa_tlb_walker {
	/**
	 * Read the tables for @walk->va; fill the "out" members.  Descriptors
	 * first .. last, at least one, were read; below the first, each lies
	 * in the table the one above it points to.  Return 0, also for a
	 * fault, or a negative errno that the access hands through.
	 */
	int (*walk)(void *arg, struct vmsa_tlb_walk *walk);
	/** Optional: a walk for @va is likely soon. */
	void (*prefetch)(void *arg, vmsa_va va);
	/**
	 * Optional, for config.ha: hardware writes the leaf that @walk found:
	 * sets its Access flag and, if @dirty, makes it writable.  A leaf that
	 * has changed since is left alone.  Without, descriptors stay as they
	 * are and all goes on as if they had been written.  Return 0; -EAGAIN
	 * if the leaf has changed, whereupon the walk starts again (R_SGJBL);
	 * or a negative errno.
	 */
	int (*update)(void *arg, const struct vmsa_tlb_walk *walk, bool dirty);
	void *arg; /**< handed to all */
};

/**
 * vmsa_tlb_space_walker() - a walker that reads the tables of a space.
 * @space: outlives the walker
 *
 * It answers for addresses of the space's half; others fail with -ERANGE,
 * tables outside memory with -EFAULT.  Permissions are not judged.  It may run
 * beside a writer of the space.
 *
 * Return: the walker.
 */
struct vmsa_tlb_walker vmsa_tlb_space_walker(const struct vmsa_space *space);

/**
 * vmsa_tlb_stage2_walker() - the same, for the tables of stage 2.
 * @space: of the lower half, its VAs being IPAs; outlives the walker
 *
 * Entries are never of an ASID; S2AP[1] is the write permission.
 *
 * Return: the walker, for vmsa_tlb_set_stage2().
 */
struct vmsa_tlb_walker vmsa_tlb_stage2_walker(const struct vmsa_space *space);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TLB_WALKER_H */
