/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_WALK_H
#define VMSA_ARCH_WALK_H
/*
 * walk.h - translate an address the way the MMU does, stage 1
 *
 *     va -> [level -1] -> [level 0] -> ... -> leaf -> pa, permissions, type
 *
 * vmsa_walk() does a whole translation table walk over memory that the caller
 * reads.  It is made of pieces that are public as well, for a TLB model whose
 * walk cache lets a walk start in the middle:
 *
 *     vmsa_walk_begin()    checks before the first descriptor
 *     vmsa_walk_step()     what one descriptor decides: on, leaf, or fault
 *     vmsa_walk_attr()     what the leaf grants, tables above it included
 *     vmsa_access_check()  alignment and permission of one access
 *
 * A fault is an answer, not an error.  A function fails (negative return) only
 * when the question made no sense or a callback failed.
 *
 * Order of checks (the first that fails is reported): TxSZ, VA range, E0PD,
 * NFD, EPD, TTBR size; per level: external abort, validity, next table's
 * size; at the leaf: contiguous span, nT, output size, Access flag, alignment,
 * permission.  The first five report level 0 whatever the start level.
 *
 * Units    addresses and sizes in bytes
 * Levels   -1 .. 3, numbered as in the Arm ARM; pages live at level 3
 * Source   Arm ARM DDI 0487, D8.2 .. D8.5; AArch64.S1Translate()
 * Threads  pure functions; memory is the callbacks' business
 */
#include "vmsa/arch/descriptor.h"
#include "vmsa/arch/fault.h"
#include "vmsa/arch/regime.h"

#ifdef __cplusplus
extern "C" {
#endif

/** VMSA_WALK_MAX_STEPS - descriptors one walk can read: levels -1 .. 3. */
#define VMSA_WALK_MAX_STEPS VMSA_LEVELS

/** enum vmsa_access_kind - what an access wants to do. */
enum vmsa_access_kind {
	VMSA_READ,    /**< load */
	VMSA_WRITE,   /**< store; also a load and store in one */
	VMSA_EXECUTE, /**< instruction fetch */
};

/** enum vmsa_intent - why the translation is wanted. */
enum vmsa_intent {
	VMSA_DEMAND,      /**< the access takes place */
	VMSA_AT,          /**< address translation, data or instruction cache
			       maintenance: never makes a page dirty */
	VMSA_SPECULATIVE, /**< a prefetch that may never be needed */
};

/** struct vmsa_access - one question to the MMU. */
struct vmsa_access {
	vmsa_va va;                 /**< any 64-bit value, tag included */
	enum vmsa_access_kind kind; /**< read, write or execute */
	enum vmsa_intent intent;    /**< why */
	uint8_t align;  /**< bytes that Device memory wants @va to be aligned
			     to, a power of two; 0 checks nothing */
	bool el0;       /**< with EL0's rights: EL0 itself, or LDTR and STTR */
	bool pan;       /**< PSTATE.PAN, of a privileged data access */
	bool non_fault; /**< SVE load that TCR.NFDn may stop */
};

/** struct vmsa_walk_ops - the memory that tables are read from. */
struct vmsa_walk_ops {
	/** Read one descriptor: 0; -EFAULT for a synchronous external abort;
	    any other value ends the walk and is returned. */
	int (*read)(void *arg, vmsa_pa at, vmsa_desc *out);
	/** Replace one descriptor if it still is @old: 0; -EAGAIN if it is
	    not (the walk starts again); -EFAULT as for read; -EOPNOTSUPP
	    where memory has no atomic updates.  NULL: nothing is stored, and
	    the walk goes on as if it had been. */
	int (*update)(void *arg, vmsa_pa at, vmsa_desc old, vmsa_desc desc);
	void *arg; /**< handed to both */
};

/* clang-format off */
#define VMSA_PERM_PR 0x01u /**< privileged read */
#define VMSA_PERM_PW 0x02u /**< privileged write */
#define VMSA_PERM_PX 0x04u /**< privileged execute */
#define VMSA_PERM_UR 0x08u /**< unprivileged (EL0) read */
#define VMSA_PERM_UW 0x10u /**< unprivileged write */
#define VMSA_PERM_UX 0x20u /**< unprivileged execute */
/* clang-format on */

/** struct vmsa_walk_state - all that a walk carries from level to level. */
struct vmsa_walk_state {
	vmsa_pa pa;    /**< next table; once @leaf, the output address */
	int8_t level;  /**< of the next table; once @leaf, of the leaf */
	bool leaf;     /**< a leaf was reached */
	uint8_t upper; /**< index of the half in regime->half */
	/* Ored over the tables passed; 0 while TCR.HPDn is in force. */
	uint8_t aptable; /**< APTable[1:0] */
	bool pxntable;   /**< PXNTable */
	bool uxntable;   /**< UXNTable, or XNTable at EL2 */
	bool nstable;    /**< NSTable; TCR.HPDn does not affect it */
};

/** struct vmsa_attr - what a leaf grants and of which kind its memory is. */
struct vmsa_attr {
	uint8_t perm;     /**< VMSA_PERM_* bits, after table attributes, dirty
			   state management and WXN, before PAN */
	uint8_t attrindx; /**< AttrIndx, 0 .. 7 */
	uint8_t sh;       /**< shareability in force, 0 .. 3 */
	bool ng;          /**< tagged with the ASID */
	bool ns;          /**< NS, or forced by NSTable */
	bool guarded;     /**< GP, for BTI */
	struct vmsa_memory_type memory; /**< MAIR's attribute */
	uint64_t contiguous; /**< bytes of the contiguous group; 0 if none */
};

/** struct vmsa_step - one descriptor read during a walk. */
struct vmsa_step {
	vmsa_pa at;     /**< where it was read; multiple of 8 */
	vmsa_desc desc; /**< as it is now: after hardware updates */
	int8_t level;   /**< -1 .. 3 */
	bool global;    /**< a TLB may hold it for all ASIDs; tables: never */
	bool updated;   /**< AF or dirty state was, or would be, stored */
};

/** struct vmsa_walk - the answer to one walk. */
struct vmsa_walk {
	enum vmsa_fault fault; /**< NONE: the access goes ahead */
	uint8_t dfsc;          /**< status code of @fault; 0 for NONE */
	int8_t level;          /**< of the leaf, or reported with @fault */
	bool cacheable; /**< a TLB may hold the leaf: also when the access
			     fails its permission or alignment check */
	uint16_t asid;  /**< the current ASID, whether @attr.ng or not */
	vmsa_pa pa;     /**< of the byte asked for; 0 unless a leaf was found */
	uint64_t size;  /**< bytes of the leaf, or of the hole that faulted;
			     0 for faults before the first descriptor */
	struct vmsa_attr attr;        /**< unless no leaf was found */
	struct vmsa_walk_state state; /**< as the last step left it */
	int steps;                    /**< how many of step[] are filled */
	struct vmsa_step step[VMSA_WALK_MAX_STEPS]; /**< first read first */
};

/**
 * vmsa_walk() - translate for one access.
 * @regime: registers, features and policy
 * @ops:    the memory; AF and dirty state are updated through it
 * @access: the question
 * @out:    written completely on success, left alone on failure
 *
 * Return: 0, also when the answer is a fault;
 *	-EAGAIN, if a descriptor changed under 64 updates in a row;
 *	what a callback returned, if it was none of the values it knows.
 */
int vmsa_walk(const struct vmsa_regime *regime, const struct vmsa_walk_ops *ops,
	      const struct vmsa_access *access, struct vmsa_walk *out);

/**
 * vmsa_walk_resume() - the rest of a walk that a walk cache began.
 * @regime: as for vmsa_walk()
 * @ops:    as for vmsa_walk()
 * @access: as for vmsa_walk()
 * @state:  from vmsa_walk_begin() and vmsa_walk_step(), not at a leaf
 * @out:    as for vmsa_walk(); step[] holds what was read here
 *
 * The checks of vmsa_walk_begin() are not made again.
 *
 * Return: as vmsa_walk().
 */
int vmsa_walk_resume(const struct vmsa_regime *regime,
		     const struct vmsa_walk_ops *ops,
		     const struct vmsa_access *access,
		     const struct vmsa_walk_state *state,
		     struct vmsa_walk *out);

/**
 * vmsa_walk_begin() - everything checked before a descriptor is read.
 * @regime: the regime; its MMU is on
 * @access: the question
 * @state:  on success, where the walk starts
 *
 * TCR.EPDn is checked here: a caller whose TLB hit does not come this way.
 *
 * Return: VMSA_FAULT_NONE, or the fault, of level 0.
 */
enum vmsa_fault vmsa_walk_begin(const struct vmsa_regime *regime,
				const struct vmsa_access *access,
				struct vmsa_walk_state *state);

/**
 * vmsa_walk_entry() - where the descriptor to read next is.
 * @regime: the regime
 * @state:  where the walk is, not at a leaf
 * @va:     the address being translated
 *
 * Return: its address, a multiple of 8.
 */
vmsa_pa vmsa_walk_entry(const struct vmsa_regime *regime,
			const struct vmsa_walk_state *state, vmsa_va va);

/**
 * vmsa_walk_step() - what one descriptor decides.
 * @regime: the regime
 * @va:     the address being translated
 * @desc:   the descriptor that was read
 * @state:  moved to the next table or made a leaf; unchanged on a fault
 *
 * The Access flag is not looked at: hardware may be about to set it.
 *
 * Return: VMSA_FAULT_NONE; TRANSLATION or ADDRESS_SIZE, of @state's level.
 */
enum vmsa_fault vmsa_walk_step(const struct vmsa_regime *regime, vmsa_va va,
			       vmsa_desc desc, struct vmsa_walk_state *state);

/**
 * vmsa_walk_attr() - what a leaf grants.
 * @regime: the regime
 * @state:  at the leaf
 * @desc:   the leaf descriptor
 * @out:    written completely
 */
void vmsa_walk_attr(const struct vmsa_regime *regime,
		    const struct vmsa_walk_state *state, vmsa_desc desc,
		    struct vmsa_attr *out);

/** vmsa_access_misaligned() - does Device memory refuse the address? */
static inline bool vmsa_access_misaligned(const struct vmsa_access *access,
					  const struct vmsa_memory_type *type)
{
	return access->align > 1 && access->va & (access->align - 1u) &&
	       vmsa_memory_is_device(type);
}

/**
 * vmsa_access_check() - may this access go ahead?
 * @regime: the regime
 * @attr:   of the leaf, read now or kept in a TLB
 * @access: the question
 *
 * Return: VMSA_FAULT_NONE, ALIGNMENT or PERMISSION.
 */
enum vmsa_fault vmsa_access_check(const struct vmsa_regime *regime,
				  const struct vmsa_attr *attr,
				  const struct vmsa_access *access);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_WALK_H */
