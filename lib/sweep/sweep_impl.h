/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_SWEEP_IMPL_H
#define VMSA_LIB_SWEEP_IMPL_H
/*
 * sweep_impl.h - what the files of a sweep share
 *
 * Keys of leaves, as the entries of a TLB:
 *
 *     63        23 22      7  6  5  4      0
 *     [ VA[52:12] ][ ASID  ][1][G][ size-12 ]
 *
 * VA bits below the leaf's size are 0; the ASID is, if G is set.
 */
#include "vmsa/sweep.h"
#include "vmsa/sweep/sets.h"
#include "vmsa/sweep/stack.h"

/** VMSA_KEY_VA_SHIFT - how far VA bits are moved up in a key. */
#define VMSA_KEY_VA_SHIFT 11

/** VMSA_KEY_PAGE - the VA bits of a key. */
#define VMSA_KEY_PAGE (~UINT64_C(0x7fffff))

/** VMSA_KEY_ASID_SHIFT - where the ASID is. */
#define VMSA_KEY_ASID_SHIFT 7

/** VMSA_KEY_VALID - set in every key. */
#define VMSA_KEY_VALID UINT64_C(0x40)

/** VMSA_KEY_GLOBAL - the leaf serves every ASID. */
#define VMSA_KEY_GLOBAL UINT64_C(0x20)

/** VMSA_KEY_CLASS - log2 of the leaf's size, less 12. */
#define VMSA_KEY_CLASS UINT64_C(0x1f)

/** VMSA_KEY_NONE - no translation. */
#define VMSA_KEY_NONE UINT64_C(0)

/** VMSA_SWEEP_MEMOS - translations remembered, a power of two. */
#define VMSA_SWEEP_MEMOS 8192

/** VMSA_SWEEP_ACCOUNTS - accounts: regions and sides. */
#define VMSA_SWEEP_ACCOUNTS (VMSA_TLB_NR_REGIONS * VMSA_TLB_NR_SIDES)

/** struct vmsa_sweep_memo - a translation, which does not change. */
struct vmsa_sweep_memo {
	uint64_t page; /**< key of the 4K page and the ASID; 0: none */
	uint64_t leaf; /**< key of its leaf */
};

/** struct vmsa_sweep_held - a leaf whose pages are in the filter. */
struct vmsa_sweep_held {
	uint64_t key;   /**< of the leaf; 0: none, free */
	uint32_t count; /**< holds on it */
};

/** struct vmsa_sweep_one - the shapes counted in one pass. */
struct vmsa_sweep_one {
	enum vmsa_sweep_structure structure; /**< what is swept */
	bool sides[VMSA_TLB_NR_SIDES];       /**< whose accesses reach it */
	bool contiguous;            /**< entries hold contiguous groups */
	bool ha;                    /**< hardware sets the Access flag */
	bool failed;                /**< memory ran out in a release */
	struct vmsa_geometry reach; /**< what TLBIs mean */
	struct vmsa_tlb *l1;        /**< of a second level, or NULL */
	const struct vmsa_tlb_walker *walker; /**< of the access under way */
	uint64_t leaf;                        /**< of the access done last */
	bool counting;                        /**< the warm-up is over */
	bool private_upper; /**< an upper-half leaf with ASID was seen */
	uint32_t classes;   /**< bit c: a leaf of class c was seen */

	struct vmsa_stack *stack;   /**< NULL: no such shape */
	size_t most;                /**< distances counted */
	struct vmsa_sets *sets;     /**< NULL: no such shape */
	struct vmsa_sets_ways ways; /**< of @sets */
	uint64_t *by_stack;         /**< of accounts, @most + 1 each */
	uint64_t *by_sets;          /**< of accounts, @nr_by_sets each */
	size_t nr_by_sets;          /**< see vmsa_sets_first() */
	uint64_t faults[VMSA_SWEEP_ACCOUNTS];   /**< no shape has them */
	uint64_t accesses[VMSA_SWEEP_ACCOUNTS]; /**< asked of the first level */

	struct vmsa_sweep_held held[VMSA_TRACE_MAX_FILTER + 1]; /**< by slot */
	unsigned nr_held;                              /**< leaves held */
	struct vmsa_sweep_memo memo[VMSA_SWEEP_MEMOS]; /**< by page */
};

/** vmsa_sweep_account() - which account an access goes to. */
static inline unsigned vmsa_sweep_account(unsigned region, unsigned side)
{
	return region * VMSA_TLB_NR_SIDES + side;
}

/**
 * vmsa_sweep_one_create() - get ready for shapes that take one pass.
 * @config: the sweep's
 * @model:  filled in, for the replay that is to drive the sweep
 * @out:    free with vmsa_sweep_one_destroy(); NULL if there is no such shape
 *
 * Return: 0, -ENOMEM, or an error of vmsa_tlb_create() for the first level.
 */
int vmsa_sweep_one_create(const struct vmsa_sweep_config *config,
			  struct vmsa_replay_model *model,
			  struct vmsa_sweep_one **out);

/** vmsa_sweep_one_destroy() - free it; accepts NULL. */
void vmsa_sweep_one_destroy(struct vmsa_sweep_one *one);

/** vmsa_sweep_one_misses() - misses of one shape on one account. */
uint64_t vmsa_sweep_one_misses(const struct vmsa_sweep_one *one,
			       const struct vmsa_tlb_array *shape,
			       unsigned account);

/** vmsa_sweep_one_invalidate() - remove what a TLBI reaches: 0 or -ENOMEM. */
int vmsa_sweep_one_invalidate(struct vmsa_sweep_one *one,
			      const struct vmsa_tlbi *tlbi);

/** vmsa_sweep_va() - an address without its tag, sign-extended. */
static inline vmsa_va vmsa_sweep_va(vmsa_va va)
{
	return (vmsa_va)((int64_t)(va << VMSA_KEY_VA_SHIFT) >>
			 VMSA_KEY_VA_SHIFT);
}

/** vmsa_sweep_index() - what picks a key's set. */
static inline uint64_t vmsa_sweep_index(uint64_t key)
{
	return key >> (VMSA_KEY_VA_SHIFT + 12) >> (key & VMSA_KEY_CLASS);
}

#endif /* VMSA_LIB_SWEEP_IMPL_H */
