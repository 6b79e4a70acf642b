/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_run.c - stores of several descriptors, at once or one by one
 *
 * At once where the first one stands for all: a whole map is made, or has its
 * permissions changed, at the speed of memory.
 */
#include "bbm/check.h"

bool vmsa_check_parts_a_group(const struct context *x,
			      const struct vmsa_event *e)
{
	unsigned n;

	if (!x->contiguous &&
	    !((e->u.store.old | e->u.store.desc) & VMSA_LEAF_CONTIGUOUS))
		return false;
	n = vmsa_level_contiguous(&x->t.geometry, e->level);
	return e->u.store.count % n ||
	       vmsa_check_index(x, e->level, e->u.store.va) % n;
}

/*
 * Leaves where nothing was, each next one mapping what follows: alike but for
 * what is beside them, in a group or in another address space.
 */
static bool is_plain_run(const struct vmsa_checker *c, const struct context *x,
			 const struct vmsa_event *e)
{
	return !e->u.store.old_step && c->nr_contexts == 1 &&
	       vmsa_check_type(x, e->level, e->u.store.old) ==
		       VMSA_DESC_TYPE_INVALID &&
	       vmsa_check_is_leaf(x, e->level, e->u.store.desc) &&
	       e->u.store.step == vmsa_level_span(&x->t.geometry, e->level) &&
	       !vmsa_check_parts_a_group(x, e);
}

static void note_held(void *arg, struct stale_set *s)
{
	bool *held = arg;

	(void)s;
	*held = true;
}

/* May a TLB hold something else where the run is? */
static bool is_held(const struct vmsa_checker *c, const struct context *x,
		    const struct vmsa_event *e)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, e->level);
	struct reach reach = { .first = e->u.store.va,
			       .last = e->u.store.va +
				       (e->u.store.count * span - 1) };
	bool held = false;

	for (reach.layer = 0; c->nr_live && reach.layer < NR_LAYERS;
	     reach.layer++)
		vmsa_check_each_set(c, x, &reach, note_held, &held);
	return held;
}

/*
 * Leaves where leaves were, both runs: what is true of the first pair is of
 * all.  Where something is to be told of some of them they go one by one.
 */
static bool is_changed_run(struct vmsa_checker *c, const struct context *x,
			   const struct vmsa_event *e)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, e->level);
	const struct entry old = { e->u.store.old, e->u.store.va, e->u.store.at,
				   e->level, 1 };
	const struct entry new = { e->u.store.desc, e->u.store.va,
				   e->u.store.at, e->level, 1 };
	struct clash clash = { 0 };

	if (e->u.store.step != span || e->u.store.old_step != span ||
	    !vmsa_check_is_leaf(x, e->level, old.desc) ||
	    !vmsa_check_is_leaf(x, e->level, new.desc) || c->nr_contexts != 1 ||
	    vmsa_check_parts_a_group(x, e) || is_held(c, x, e))
		return false;
	vmsa_check_compare(c, x, &old, &new, &clash);
	return !clash.needs;
}

static void store_each(struct vmsa_checker *c, struct context *x,
		       const struct vmsa_event *e)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, e->level);
	struct vmsa_event one = *e;

	one.u.store.count = 1;
	for (uint32_t i = 0; i < e->u.store.count; i++) {
		vmsa_check_store_one(c, x, &one);
		one.u.store.desc += e->u.store.step;
		one.u.store.old += e->u.store.old_step;
		one.u.store.at += sizeof(vmsa_desc);
		one.u.store.va += span;
	}
}

void vmsa_check_store(struct vmsa_checker *c, struct context *x,
		      const struct vmsa_event *e)
{
	if (e->u.store.count == 1 || is_plain_run(c, x, e) ||
	    is_changed_run(c, x, e))
		vmsa_check_store_one(c, x, e);
	else
		store_each(c, x, e);
}
