/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_COLLAPSE_H
#define VMSA_LINUX_COLLAPSE_H
/*
 * collapse.h - fold the linear map back, which no kernel does
 *
 * A permission change splits a block and clears CONT; when the permission is
 * restored the pages stay.  Collapse finds pages that have come to agree again
 * and folds them, bottom up, into what the boot mapping code would have made:
 *
 *     16 pages (4K)        -> a CONT PTE group      set CONT, 16 stores
 *     512 pages            -> a PMD block           one store, a table freed
 *     16 PMD blocks        -> a CONT PMD group      set CONT, 16 stores
 *     512 PMD blocks       -> a PUD block (4K only) one store, a table freed
 *
 * and the same with the counts of 16K and 64K.
 *
 * What is folded.  Valid leaves only, all of a table or of a group, with
 * consecutive and aligned output addresses, and every other bit the same,
 * software bits, nG, AF and DIRTY among them.  The architecture would let AF
 * and dirty state differ inside a group, but a fold that had to choose one
 * could not be undone, so it is not made.  Present-invalid leaves, holes and
 * what lies beyond a seam of the map (fences, below) stay as they are, and so
 * does a table whose PXNTable, UXNTable or APTable take away what its leaves
 * would grant.
 *
 * When it is legal.  By the level of FEAT_BBM that holds on every CPU:
 *
 *     3     in place; table -> block is one store, no translation is ever
 *           missing.  No TLBI for a CONT group; a table is freed after one
 *     2     in place too, but until the TLBI an access may take a TLB conflict
 *           abort that somebody has to handle; everything is invalidated
 *           at the end of each batch, the only cure sure to work
 *     1     nT would allow a size change; Linux has no use for it, and an
 *           access may fault on it.  Treated as level 0
 *     0     break-before-make, so only where the caller promises that nobody
 *           uses the range meanwhile
 *
 * A table is freed only after: the store that unlinks it, DSB, TLBI of all
 * levels (a walk cache may hold the table descriptor), DSB.  Nothing is ever
 * allocated, so a collapse cannot run out of memory.
 *
 * Units    bytes
 * Threads  needs vmsa_space_lock(), like every editor.  Readers beside it see
 *          the same translation at every instant
 * Source   Arm ARM DDI 0487, D8.7 (Contiguous bit), D8.16, D8.17 (BBM)
 */
#include "vmsa/linux.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct vmsa_collapse_fence - a part of the linear map that is on its own.
 *
 * No leaf or group is made that reaches over its border.
 */
struct vmsa_collapse_fence {
	vmsa_va start;  /**< first address */
	uint64_t size;  /**< bytes */
	unsigned flags; /**< VMSA_LINUX_NO_BLOCK and NO_CONT hold inside */
};

/**
 * struct vmsa_collapse_config - how to collapse.
 *
 * The system's own seams are known: the text and data aliases, which boot maps
 * on their own; each piece of memory plugged in; and the KFENCE pool, which
 * stays pages.
 */
struct vmsa_collapse_config {
	unsigned bbm_level; /**< of every CPU in use, 0 .. 3 */
	bool idle; /**< nobody uses the range meanwhile, speculation included */
	const struct vmsa_collapse_fence *fences; /**< further seams */
	size_t nr_fences;                         /**< how many */
};

/** VMSA_COLLAPSE_CONFIG_DEFAULT - in place, no further seams. */
#define VMSA_COLLAPSE_CONFIG_DEFAULT \
	{                            \
		.bbm_level = 3       \
	}

/** struct vmsa_collapse_stats - what a collapse did; arrays by level slot. */
struct vmsa_collapse_stats {
	uint64_t tables;              /**< tables looked into */
	uint64_t groups[VMSA_LEVELS]; /**< CONT groups made */
	uint64_t blocks[VMSA_LEVELS]; /**< blocks made, each frees a table */
	uint64_t flushes;             /**< rounds of DSB, TLBI, DSB */
};

/**
 * vmsa_linux_collapse_level() - the level the kernel itself relies on.
 * @sys: the system
 *
 * Return: 3 if every CPU so far passed the kernel's test, else 0.
 */
unsigned vmsa_linux_collapse_level(const struct vmsa_linux *sys);

/**
 * vmsa_linux_collapse() - fold what has come to agree.
 * @sys:    the system
 * @start:  page-aligned, in the linear map
 * @end:    page-aligned, above @start; exclusive
 * @config: level in force, seams
 * @out:    what was done; may be NULL
 *
 * In place, every group and table that the range touches is considered whole,
 * so that one page's range folds all that depended on that page.  By
 * break-before-make, only what lies in the range whole.
 *
 * Where boot would have used pages only, nothing is folded.
 *
 * Return: 0, also if there was nothing to fold;
 *	-EINVAL, if the range is empty or not aligned, or no such level is;
 *	-ERANGE, if it is not in the linear map;
 *	-EOPNOTSUPP, if the level is below 2 and the range not idle, or it is 3
 *	and the system has a CPU that may raise conflict aborts;
 *	-EFAULT, if a table lies outside memory; what was folded stays folded.
 */
int vmsa_linux_collapse(struct vmsa_linux *sys, vmsa_va start, vmsa_va end,
			const struct vmsa_collapse_config *config,
			struct vmsa_collapse_stats *out);

/* --- when to collapse ---------------------------------------------------- */

/** enum vmsa_collapse_policy - when to collapse. */
enum vmsa_collapse_policy {
	VMSA_COLLAPSE_NEVER,       /**< as kernels do */
	VMSA_COLLAPSE_AT_ONCE,     /**< around each change, when it is made */
	VMSA_COLLAPSE_BATCHED,     /**< around many changes together */
	VMSA_COLLAPSE_PERIODIC,    /**< the whole map, now and then */
	VMSA_NR_COLLAPSE_POLICIES, /**< how many there are */
};

/** vmsa_collapse_policy_name() - "never", "at-once", "batched", "periodic". */
const char *vmsa_collapse_policy_name(enum vmsa_collapse_policy policy);

/** VMSA_COLLAPSE_MAX_BATCH - the largest threshold of BATCHED. */
#define VMSA_COLLAPSE_MAX_BATCH 4096

/** struct vmsa_collapser_config - what vmsa_collapser_create() needs. */
struct vmsa_collapser_config {
	enum vmsa_collapse_policy policy; /**< when */
	unsigned threshold; /**< BATCHED: after so many changes, 1 .. MAX */
	uint64_t period;    /**< PERIODIC: in the caller's unit of time */
	struct vmsa_collapse_config collapse; /**< how */
};

struct vmsa_collapser;

/**
 * vmsa_collapser_create() - a policy at work on a system.
 * @sys:    the system; outlives the collapser
 * @config: when and how; fences are not copied
 * @out:    free it with vmsa_collapser_destroy()
 *
 * Return: 0; -EINVAL for a threshold or period the policy cannot use; -ENOMEM.
 */
int vmsa_collapser_create(struct vmsa_linux *sys,
			  const struct vmsa_collapser_config *config,
			  struct vmsa_collapser **out);

/** vmsa_collapser_destroy() - forget it, and changes not yet acted on. */
void vmsa_collapser_destroy(struct vmsa_collapser *collapser);

/**
 * vmsa_collapser_changed() - a permission was changed.
 * @collapser: the policy
 * @va:        page-aligned, in the linear map
 * @size:      bytes, a multiple of the page size
 *
 * Call it after the TLBI of the change.
 *
 * Return: as vmsa_linux_collapse().
 */
int vmsa_collapser_changed(struct vmsa_collapser *collapser, vmsa_va va,
			   uint64_t size);

/**
 * vmsa_collapser_tick() - time has passed.
 * @collapser: the policy
 * @now:       never less than before
 *
 * Return: as vmsa_linux_collapse().
 */
int vmsa_collapser_tick(struct vmsa_collapser *collapser, uint64_t now);

/**
 * vmsa_collapser_stats() - what it did so far, all collapses together.
 * @collapser: the policy
 * @calls:     how many collapses of a range it took; may be NULL
 * @out:       their sum
 */
void vmsa_collapser_stats(const struct vmsa_collapser *collapser,
			  uint64_t *calls, struct vmsa_collapse_stats *out);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_LINUX_COLLAPSE_H */
