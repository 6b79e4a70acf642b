/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.c - a whole walk: read, decide, update, until leaf or fault
 *
 *     begin -> read -> step -> table: set its AF (FEAT_HAFT), go on
 *                           -> leaf:  AF, alignment, permission, update
 *                           -> fault
 *
 * All stores go through one function, and only after the access is known to
 * go ahead: dirty state must never be set for a store that faults (D8.5).  A
 * descriptor that changed between read and store sends the walk back to its
 * start, as its decision was made on a value that is gone (R_SGJBL).
 */
#include "vmsa/arch/walk.h"

#include <errno.h>

/* A writer that changes a descriptor this often under us never will stop. */
#define MAX_RESTARTS 64

#define OUTER_SHAREABLE 2

/* One walk in progress. */
struct walker {
	const struct vmsa_regime *regime;
	const struct vmsa_walk_ops *ops;
	const struct vmsa_access *access;
	struct vmsa_walk *out;
};

/* Write down how it ended. */
static void finish(const struct walker *w, enum vmsa_fault fault, int level)
{
	w->out->fault = fault;
	w->out->level = (int8_t)level;
	if (fault != VMSA_FAULT_NONE)
		w->out->dfsc = (uint8_t)vmsa_fault_dfsc(fault, level);
}

/*
 * Store a hardware update of the descriptor of @step.  *fault is set where the
 * memory refuses; a negative return ends the attempt.
 */
static int store_update(const struct walker *w, struct vmsa_step *step,
			vmsa_desc desc, enum vmsa_fault *fault)
{
	int err = 0;

	if (desc == step->desc)
		return 0;
	if (w->ops->update)
		err = w->ops->update(w->ops->arg, step->at, step->desc, desc);
	switch (err) {
	case 0:
		step->desc = desc;
		step->updated = true;
		return 0;
	case -EFAULT:
		*fault = VMSA_FAULT_EXTERNAL_WALK;
		return 0;
	case -EOPNOTSUPP:
		*fault = VMSA_FAULT_HW_UPDATE;
		return 0;
	default:
		return err;
	}
}

/*
 * Whether hardware sets AF for this walk, given how the access ends.  The
 * manual demands it for accesses that go ahead; for AT, speculation and
 * accesses that fail a later check it allows both, and the policy chooses.
 */
static bool sets_af(const struct walker *w, enum vmsa_fault fault)
{
	const struct vmsa_policy *p = &w->regime->policy;

	if (!w->regime->ha)
		return false;
	if (w->access->intent != VMSA_DEMAND && p->af_at == VMSA_AF_KEEP)
		return false;
	return fault == VMSA_FAULT_NONE || p->af_on_fault == VMSA_AF_SET;
}

/*
 * The leaf descriptor after the access.  Only a store that goes ahead makes a
 * page dirty; AT, cache maintenance and speculation never do.
 */
static vmsa_desc updated_leaf(const struct walker *w, vmsa_desc desc,
			      enum vmsa_fault fault)
{
	const bool dirties = fault == VMSA_FAULT_NONE &&
			     w->access->kind == VMSA_WRITE &&
			     w->access->intent == VMSA_DEMAND && w->regime->hd;

	if (dirties && desc & VMSA_LEAF_DBM)
		desc &= ~VMSA_LEAF_AP2;
	return sets_af(w, fault) ? desc | VMSA_LEAF_AF : desc;
}

/*
 * Checks 13 to 15, and the updates that follow from them.
 *
 * A failed permission check leaves an entry that a TLB may hold; an AF of 0
 * never does (R_XCLRD), be it that the access faulted on it or that hardware
 * was free not to set it.
 */
static int judge_leaf(const struct walker *w, struct vmsa_step *step)
{
	struct vmsa_walk *out = w->out;
	enum vmsa_fault fault, refused = VMSA_FAULT_NONE;
	int err;

	out->pa = out->state.pa;
	vmsa_walk_attr(w->regime, &out->state, step->desc, &out->attr);
	step->global = !out->attr.ng;
	if (!(step->desc & VMSA_LEAF_AF) && !w->regime->ha) {
		finish(w, VMSA_FAULT_ACCESS_FLAG, step->level);
		return 0;
	}
	fault = vmsa_access_check(w->regime, &out->attr, w->access);
	err = store_update(w, step, updated_leaf(w, step->desc, fault),
			   &refused);
	if (err)
		return err;
	out->cacheable = step->desc & VMSA_LEAF_AF;
	finish(w, refused != VMSA_FAULT_NONE ? refused : fault, step->level);
	return 0;
}

/*
 * FEAT_HAFT: the walk itself is what accesses a table, so AF is set as soon as
 * the next table is known to be in range, whatever is found further down.
 */
static int touch_table(const struct walker *w, struct vmsa_step *step,
		       enum vmsa_fault *fault)
{
	if (!w->regime->haft || !sets_af(w, VMSA_FAULT_NONE))
		return 0;
	return store_update(w, step, step->desc | VMSA_TABLE_AF, fault);
}

/* Read and judge one descriptor.  *done once the walk has its answer. */
static int take_step(const struct walker *w, bool *done)
{
	struct vmsa_walk_state *state = &w->out->state;
	struct vmsa_step *step = &w->out->step[w->out->steps];
	enum vmsa_fault fault = VMSA_FAULT_NONE;
	int err;

	step->level = state->level;
	step->at = vmsa_walk_entry(w->regime, state, w->access->va);
	w->out->size = vmsa_level_span(&w->regime->half[state->upper].geometry,
				       step->level);
	err = w->ops->read(w->ops->arg, step->at, &step->desc);
	if (err && err != -EFAULT)
		return err;
	*done = true;
	if (err) {
		finish(w, VMSA_FAULT_EXTERNAL_WALK, step->level);
		return 0;
	}
	w->out->steps++;
	fault = vmsa_walk_step(w->regime, w->access->va, step->desc, state);
	if (fault == VMSA_FAULT_NONE && state->leaf)
		return judge_leaf(w, step);
	if (fault == VMSA_FAULT_NONE)
		err = touch_table(w, step, &fault);
	*done = fault != VMSA_FAULT_NONE;
	if (*done)
		finish(w, fault, step->level);
	return err;
}

/* One attempt, from a state to the answer, which it starts afresh. */
static int attempt(const struct walker *w, const struct vmsa_walk_state *state)
{
	bool done = false;
	int err = 0;

	*w->out =
		(struct vmsa_walk){ .state = *state, .asid = w->regime->asid };
	while (!err && !done)
		err = take_step(w, &done);
	return err;
}

int vmsa_walk_resume(const struct vmsa_regime *regime,
		     const struct vmsa_walk_ops *ops,
		     const struct vmsa_access *access,
		     const struct vmsa_walk_state *state, struct vmsa_walk *out)
{
	struct vmsa_walk answer;
	const struct walker w = { regime, ops, access, &answer };
	int err = -EAGAIN;

	for (int i = 0; err == -EAGAIN && i < MAX_RESTARTS; i++)
		err = attempt(&w, state);
	if (!err)
		*out = answer;
	return err;
}

/* MMU off: data is Device-nGnRnE, code is Normal, cacheable if SCTLR.I says. */
static struct vmsa_memory_type flat_memory(const struct vmsa_regime *regime,
					   const struct vmsa_access *access)
{
	const enum vmsa_cacheability cache =
		regime->icache ? VMSA_WRITE_THROUGH : VMSA_NON_CACHEABLE;

	if (access->kind != VMSA_EXECUTE)
		return (struct vmsa_memory_type){ .kind = VMSA_DEVICE_NGNRNE };
	/* MAIR's bytes for the same: Write-Through, read-allocate, or NC. */
	return (struct vmsa_memory_type){
		.kind = VMSA_NORMAL,
		.raw = regime->icache ? 0xaa : 0x44,
		.inner = cache,
		.outer = cache,
	};
}

/*
 * SCTLR.M = 0: every address passes through, if it is a physical address.  The
 * tag that TBI or MTX permits is no part of it.
 */
static void walk_flat(const struct walker *w)
{
	const vmsa_va va = w->access->va;
	const unsigned bits = w->regime->features.pa_bits;
	const struct vmsa_half *h =
		&w->regime->half[vmsa_regime_upper(w->regime, va)];
	const uint64_t check =
		w->access->kind == VMSA_EXECUTE ? h->check_fetch : h->check;

	*w->out = (struct vmsa_walk){ .asid = w->regime->asid };
	if (va & (check | VMSA_BITS(55, 0)) & ~(VMSA_BIT(bits) - 1)) {
		finish(w, VMSA_FAULT_ADDRESS_SIZE, 0);
		return;
	}
	w->out->pa = va & (VMSA_BIT(bits) - 1);
	w->out->size = VMSA_BIT(bits);
	w->out->attr = (struct vmsa_attr){
		.perm = VMSA_PERM_PR | VMSA_PERM_PW | VMSA_PERM_PX |
			VMSA_PERM_UR | VMSA_PERM_UW | VMSA_PERM_UX,
		.sh = OUTER_SHAREABLE,
		.memory = flat_memory(w->regime, w->access),
	};
	/* No tables, no permissions: alignment is all that can fail. */
	if (vmsa_access_misaligned(w->access, &w->out->attr.memory))
		finish(w, VMSA_FAULT_ALIGNMENT, 0);
}

int vmsa_walk(const struct vmsa_regime *regime, const struct vmsa_walk_ops *ops,
	      const struct vmsa_access *access, struct vmsa_walk *out)
{
	const struct walker w = { regime, ops, access, out };
	struct vmsa_walk_state state;
	enum vmsa_fault fault;

	if (!regime->mmu) {
		walk_flat(&w);
		return 0;
	}
	fault = vmsa_walk_begin(regime, access, &state);
	if (fault == VMSA_FAULT_NONE)
		return vmsa_walk_resume(regime, ops, access, &state, out);
	*out = (struct vmsa_walk){ .asid = regime->asid };
	finish(&w, fault, 0);
	return 0;
}
