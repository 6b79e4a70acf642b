/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_store.c - what a store to a live table does to translations
 *
 * In this order: does what is new clash with what a TLB may still hold; does
 * it clash with what it replaces; is what it replaces stale from now on; is a
 * table linked or unhooked.
 */
#include "bbm/check.h"

/* A store, taken apart. */
struct change {
	struct vmsa_checker *c;
	struct context *x;
	struct entry old, new;
	enum vmsa_desc_type from, to;
	bool reported; /* one clash is enough */
};

static bool is_leaf_type(enum vmsa_desc_type type)
{
	return type == VMSA_DESC_TYPE_BLOCK || type == VMSA_DESC_TYPE_PAGE;
}

static enum vmsa_check_verdict verdict_of(const struct change *ch,
					  const struct clash *clash)
{
	if (!clash->cached && !ch->c->config.ha)
		return VMSA_CHECK_LINT;
	return clash->needs == VMSA_BBM_CONTENTS ? VMSA_CHECK_UNKNOWN
						 : VMSA_CHECK_VIOLATION;
}

/* What every clash with @old has; @r: the record it is from, or NULL. */
static void report(struct change *ch, struct vmsa_check_finding *f,
		   const struct entry *old, const struct stale *r)
{
	f->at = ch->new.at;
	f->level = ch->new.level;
	f->old = old->desc;
	f->desc = ch->new.desc;
	if (r)
		vmsa_check_blame(ch->x, r, f);
	ch->reported = true;
	vmsa_check_report(ch->c, ch->x, f);
}

static void report_clash(struct change *ch, const struct clash *clash,
			 const struct entry *old, const struct stale *r)
{
	struct vmsa_check_finding f = {
		.rule = VMSA_CHECK_BREAK,
		.verdict = verdict_of(ch, clash),
		.needs = clash->needs,
		.first = clash->va,
		.last = clash->last,
	};

	report(ch, &f, old, r);
}

/* --- against what a TLB may still hold ----------------------------------- */

/* Descriptor @i of a run. */
static struct entry nth(const struct context *x, const struct entry *run,
			uint64_t i)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, run->level);
	struct entry e = *run;

	e.desc += i * span;
	e.va += i * span;
	e.at += i * sizeof(vmsa_desc);
	e.count = 1;
	return e;
}

/* The one of the new descriptors that covers @va, or all if it is finer. */
static struct entry new_at(const struct change *ch, vmsa_va va)
{
	const unsigned shift =
		vmsa_level_shift(&ch->x->t.geometry, ch->new.level);

	if (ch->new.count == 1 || va <= ch->new.va)
		return nth(ch->x, &ch->new, 0);
	return nth(ch->x, &ch->new, (va - ch->new.va) >> shift);
}

/* Two tables for one range: a walk may go on in the old one. */
static void report_retabled(struct change *ch, const struct entry *old,
			    const struct stale *r)
{
	struct vmsa_check_finding f = {
		.rule = VMSA_CHECK_RETABLED,
		.first = old->va,
		.last = old->va +
			(vmsa_level_span(&ch->x->t.geometry, old->level) - 1),
	};

	report(ch, &f, old, r);
}

/* An unhooked table's walk cache entry beside a leaf is two sizes at once. */
static void judge_table(struct change *ch, const struct entry *old,
			struct stale *r)
{
	const struct vmsa_leaf_change sizes = {
		.from = { 0, old->level },
		.to = { ch->new.desc, ch->new.level },
	};
	const struct clash clash = {
		.needs =
			VMSA_BBM_SIZE & ~vmsa_bbm_tolerates(ch->c->bbm, &sizes),
		.va = old->va,
		.last = old->va +
			(vmsa_level_span(&ch->x->t.geometry, old->level) - 1),
		.cached = true,
	};

	/*
	 * One level up or down is a store to another table, whose own link or
	 * unhooking was judged when it was stored.
	 */
	if (old->level != ch->new.level || ch->reported || r->reported)
		return;
	if (ch->to == VMSA_DESC_TYPE_TABLE) {
		if (vmsa_desc_oa(&ch->x->t.geometry, old->desc) !=
		    vmsa_desc_oa(&ch->x->t.geometry, ch->new.desc)) {
			r->reported = true;
			report_retabled(ch, old, r);
		}
		return;
	}
	if (!clash.needs)
		return;
	r->reported = true;
	report_clash(ch, &clash, old, r);
}

static void judge_slot(struct change *ch, const struct stale_set *s,
		       struct stale *r, unsigned slot)
{
	const uint64_t span =
		vmsa_level_span(&ch->x->t.geometry, vmsa_check_set_level(s));
	const struct entry old = {
		.desc = r->old + (slot - r->index) * span,
		.va = vmsa_check_set_va(ch->c, s) + slot * span,
		.level = (int8_t)vmsa_check_set_level(s),
		.count = 1,
	};
	const struct entry new = new_at(ch, old.va);
	struct clash clash = { 0 };

	if (vmsa_check_set_is_tables(s)) {
		judge_table(ch, &old, r);
		return;
	}
	if (ch->reported)
		return;
	vmsa_check_compare(ch->c, ch->x, &old, &new, &clash);
	if (!clash.needs)
		return;
	/* It has a record, so a TLB may hold it. */
	clash.cached = true;
	r->reported = true;
	report_clash(ch, &clash, &old, r);
}

/* Slots of a record in the reach of the store. */
static void judge_record(struct change *ch, const struct stale_set *s,
			 struct stale *r)
{
	const unsigned shift =
		vmsa_level_shift(&ch->x->t.geometry, vmsa_check_set_level(s));
	const vmsa_va base = vmsa_check_set_va(ch->c, s);
	const uint64_t bytes = (uint64_t)ch->new.count *vmsa_level_span(
		&ch->x->t.geometry, ch->new.level);
	const vmsa_va last = ch->new.va + (bytes - 1);
	const unsigned end = r->index + r->count;
	unsigned slot = r->index;

	if (ch->new.va > base && (ch->new.va - base) >> shift > slot)
		slot = (unsigned)((ch->new.va - base) >> shift);
	if (slot >= end || base + ((uint64_t)slot << shift) > last)
		return;
	/* From now on it may be wrong in another way. */
	r->changed = ch->c->now;
	r->told = false;
	if (ch->to == VMSA_DESC_TYPE_INVALID)
		return;
	for (; slot < end && !r->reported; slot++) {
		if (base + ((uint64_t)slot << shift) > last)
			return;
		judge_slot(ch, s, r, slot);
	}
}

static void judge_set(void *arg, struct stale_set *s)
{
	struct change *ch = arg;

	for (uint32_t i = 0; i < s->n; i++)
		judge_record(ch, s, &stale_of(s)[i]);
	vmsa_check_touch(ch->c, s);
}

static void judge_held(struct change *ch)
{
	const uint64_t bytes = (uint64_t)ch->new.count *vmsa_level_span(
		&ch->x->t.geometry, ch->new.level);
	struct reach reach = { .first = ch->new.va,
			       .last = ch->new.va + (bytes - 1) };

	for (reach.layer = 0; reach.layer < NR_LAYERS; reach.layer++) {
		if (ch->x->sets[reach.layer])
			vmsa_check_each_set(ch->c, ch->x, &reach, judge_set,
					    ch);
	}
}

/* --- against what was there ---------------------------------------------- */

static bool is_same_table(const struct change *ch)
{
	return ch->from == VMSA_DESC_TYPE_TABLE &&
	       ch->to == VMSA_DESC_TYPE_TABLE &&
	       vmsa_desc_oa(&ch->x->t.geometry, ch->old.desc) ==
		       vmsa_desc_oa(&ch->x->t.geometry, ch->new.desc);
}

static void judge_old(struct change *ch)
{
	struct clash clash = { 0 };

	if (is_same_table(ch))
		return;
	vmsa_check_compare(ch->c, ch->x, &ch->old, &ch->new, &clash);
	if (clash.needs)
		report_clash(ch, &clash, &ch->old, NULL);
	else if (ch->from == VMSA_DESC_TYPE_TABLE &&
		 ch->to == VMSA_DESC_TYPE_TABLE)
		report_retabled(ch, &ch->old, NULL);
}

/* Would a TLB that keeps the old leaf do what one with the new one does? */
static bool is_like_new(const struct change *ch)
{
	const vmsa_desc size = VMSA_LEAF_CONTIGUOUS;
	const struct vmsa_leaf old = { ch->old.desc, ch->old.level };
	const struct vmsa_leaf new = { ch->new.desc, ch->new.level };

	return is_leaf_type(ch->to) &&
	       !((ch->old.desc ^ ch->new.desc) & size) &&
	       vmsa_check_alike(ch->x, ch->old.va, old, new);
}

/*
 * What is worth a record is what a TLB may hold and an access would notice.  A
 * leaf without the Access flag is never held (R_XCLRD), unless hardware sets
 * the flag by itself.  A table that stays but takes more, or less, away from
 * what is below it is held by walk caches with what it took before (D8.16).
 */
static void take_away(struct change *ch)
{
	const bool cached = ch->old.desc & VMSA_LEAF_AF || ch->c->config.ha;
	const vmsa_desc attributes = VMSA_TABLE_PXN | VMSA_TABLE_UXN |
				     VMSA_TABLE_AP0 | VMSA_TABLE_AP1 |
				     VMSA_TABLE_NS;

	if (is_leaf_type(ch->from)) {
		if (cached && !is_like_new(ch))
			vmsa_check_add_stale(ch->c, ch->x,
					     LEAVES(ch->old.level), &ch->old);
	} else if (ch->from == VMSA_DESC_TYPE_TABLE) {
		if (!is_same_table(ch))
			vmsa_check_unhook(ch->c, ch->x, &ch->old);
		else if ((ch->old.desc ^ ch->new.desc) & attributes)
			vmsa_check_add_stale(ch->c, ch->x,
					     TABLES(ch->old.level), &ch->old);
	}
}

/* --- one store ----------------------------------------------------------- */

static void judge_new(struct change *ch)
{
	struct pe_state *pe = check_pe(ch->c);
	struct vmsa_check_finding f = { .rule = VMSA_CHECK_RESERVED,
					.at = ch->new.at,
					.first = ch->new.va,
					.level = ch->new.level,
					.desc = ch->new.desc };

	if (ch->from == VMSA_DESC_TYPE_INVALID &&
	    ch->to != VMSA_DESC_TYPE_INVALID) {
		pe->made = ch->c->now;
		pe->made_va = ch->new.va;
	}
	if (ch->to == VMSA_DESC_TYPE_INVALID && ch->new.desc &VMSA_DESC_VALID) {
		f.last = f.first +
			 (vmsa_level_span(&ch->x->t.geometry, ch->new.level) -
			  1);
		vmsa_check_report(ch->c, ch->x, &f);
	}
}

static void apply(struct change *ch)
{
	if (ch->c->nr_live)
		judge_held(ch);
	if (ch->from != VMSA_DESC_TYPE_INVALID) {
		if (ch->to != VMSA_DESC_TYPE_INVALID && !ch->reported)
			judge_old(ch);
		take_away(ch);
	}
	judge_new(ch);
	if (ch->to == VMSA_DESC_TYPE_INVALID)
		return;
	vmsa_check_group(ch->c, ch->x, &ch->new, is_leaf_type(ch->from));
	if (ch->to == VMSA_DESC_TYPE_TABLE)
		vmsa_check_link(ch->c, ch->x, &ch->new);
	else
		vmsa_check_overlap(ch->c, ch->x, &ch->new);
}

/* A leaf, or a run of them, where nothing was and no TLB holds a thing. */
static void make(struct vmsa_checker *c, struct context *x,
		 const struct vmsa_event *e)
{
	const struct entry new = { e->u.store.desc, e->u.store.va,
				   e->u.store.at, e->level, e->u.store.count };
	struct pe_state *pe = check_pe(c);

	pe->made = c->now;
	pe->made_va = new.va;
	vmsa_check_group(c, x, &new, false);
	if (c->nr_contexts > 1)
		vmsa_check_overlap(c, x, &new);
}

/* May a store be judged by what it makes alone? */
static bool makes_only(const struct vmsa_checker *c, const struct context *x,
		       const struct vmsa_event *e)
{
	return !c->nr_live && !c->nr_loose && !x->t.idle &&
	       vmsa_check_type(x, e->level, e->u.store.old) ==
		       VMSA_DESC_TYPE_INVALID &&
	       vmsa_check_is_leaf(x, e->level, e->u.store.desc);
}

/* Both taken from the event: a copy of one just written would wait for it. */
static void judge(struct vmsa_checker *c, struct context *x,
		  const struct vmsa_event *e)
{
	const vmsa_va va = e->u.store.va;
	const vmsa_pa at = e->u.store.at;
	const uint32_t count = e->u.store.count;
	struct change ch = {
		.c = c,
		.x = x,
		.old = { e->u.store.old, va, at, e->level, count },
		.new = { e->u.store.desc, va, at, e->level, count },
		.from = vmsa_check_type(x, e->level, e->u.store.old),
		.to = vmsa_check_type(x, e->level, e->u.store.desc),
	};

	if (c->nr_loose && vmsa_check_write_loose(c, x, e)) {
		if (is_leaf_type(ch.to))
			vmsa_check_group(c, x, &ch.new, false);
		return;
	}
	if (vmsa_check_is_unused(c, x))
		vmsa_check_store_unused(c, x, &ch.old, &ch.new);
	else if (e->u.store.old != e->u.store.desc)
		apply(&ch);
}

void vmsa_check_store_one(struct vmsa_checker *c, struct context *x,
			  const struct vmsa_event *e)
{
	if (makes_only(c, x, e))
		make(c, x, e);
	else
		judge(c, x, e);
}
