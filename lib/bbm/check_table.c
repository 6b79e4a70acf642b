/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_table.c - tables that no live table points to
 *
 * A fresh table is nobody's business until it is linked; what was written to
 * it must be ordered before that.  An unhooked one can be walked through until
 * the table descriptor that pointed to it is gone from every walk cache (T9).
 */
#include "bbm/check.h"

static vmsa_pa frame_of(const struct context *x, vmsa_pa at)
{
	return at & ~(vmsa_granule(&x->t.geometry) - 1);
}

/* Entry @i of the table that @table points to; false if it is no table. */
static bool child_table(struct vmsa_checker *c, const struct context *x,
			const struct entry *table, unsigned i,
			struct entry *out)
{
	const struct vmsa_geometry *g = &x->t.geometry;

	out->level = (int8_t)(table->level + 1);
	out->va = table->va + i * vmsa_level_span(g, out->level);
	out->at = vmsa_desc_oa(g, table->desc) + i * sizeof(vmsa_desc);
	out->count = 1;
	return !vmsa_check_read(c, x, out->at, &out->desc) &&
	       vmsa_check_type(x, out->level, out->desc) ==
		       VMSA_DESC_TYPE_TABLE;
}

/* --- allocation ---------------------------------------------------------- */

static struct loose written(const struct vmsa_checker *c,
			    const struct context *x, vmsa_pa pa, int level)
{
	return (struct loose){ .pa = pa,
			       .written = c->now,
			       .source = c->source,
			       .pe = c->pe,
			       .tables = x->id,
			       .level = (int8_t)level };
}

void vmsa_check_alloc(struct vmsa_checker *c, struct context *x,
		      const struct vmsa_event *e)
{
	const struct loose t = written(c, x, e->u.table.pa, e->level);
	struct vmsa_check_finding f = { .rule = VMSA_CHECK_TAKEN,
					.at = e->u.table.pa,
					.level = e->level };
	const struct loose *known = vmsa_check_loose(c, t.pa);

	if (known) {
		f.cause = (struct vmsa_check_ref){ known->written,
						   known->source, known->pe };
		vmsa_check_report(c, x, &f);
	}
	vmsa_check_add_loose(c, &t);
}

/* The record of the table descriptor that pointed to an unhooked table. */
static struct stale *parent_of(const struct vmsa_checker *c,
			       const struct loose *t)
{
	const struct context *x = c->contexts[t->tables];
	const int level = t->level - 1;
	struct stale_set *s = vmsa_check_find_set(c, x, TABLES(level), t->va);
	const unsigned index = vmsa_check_index(x, level, t->va);

	for (uint32_t i = 0; s && i < s->n; i++) {
		struct stale *r = &stale_of(s)[i];

		if (index >= r->index && index - r->index < r->count)
			return r;
	}
	return NULL;
}

static void report_cached(struct vmsa_checker *c, enum vmsa_check_rule rule,
			  const struct loose *t, const struct stale *r)
{
	const struct context *x = c->contexts[t->tables];
	const uint64_t span = vmsa_level_span(&x->t.geometry, t->level - 1);
	struct vmsa_check_finding f = {
		.rule = rule,
		.at = t->pa,
		.first = t->va,
		.last = t->va + (span - 1),
		.level = (int8_t)(t->level - 1),
		.old = r->old,
	};

	vmsa_check_blame(x, r, &f);
	vmsa_check_report(c, x, &f);
}

/* Below @table, is there a descriptor that points to the frame? */
static bool is_below(struct vmsa_checker *c, const struct context *x,
		     const struct entry *table, vmsa_pa frame)
{
	const unsigned n = 1u << vmsa_geometry_stride(&x->t.geometry);
	struct entry child;

	if (vmsa_desc_oa(&x->t.geometry, table->desc) == frame)
		return true;
	for (unsigned i = 0; i < n && table->level + 1 < VMSA_MAX_LEVEL; i++) {
		if (child_table(c, x, table, i, &child) &&
		    is_below(c, x, &child, frame))
			return true;
	}
	return false;
}

/* A walk of all tables: something is wrong already. */
static bool is_in_tree(struct vmsa_checker *c, const struct context *x,
		       vmsa_pa frame)
{
	const struct vmsa_geometry *g = &x->t.geometry;
	const uint64_t n = vmsa_root_bytes(g) / sizeof(vmsa_desc);
	struct entry e = { .level = g->start_level, .at = x->t.root };

	if (frame - frame_of(x, x->t.root) < vmsa_root_bytes(g))
		return true;
	for (uint64_t i = 0; i < n; i++, e.at += sizeof(vmsa_desc)) {
		if (!vmsa_check_read(c, x, e.at, &e.desc) &&
		    vmsa_check_type(x, e.level, e.desc) ==
			    VMSA_DESC_TYPE_TABLE &&
		    is_below(c, x, &e, frame))
			return true;
	}
	return false;
}

/* Who has a frame as a table: the tree that is used most. */
struct owner {
	const struct context *x; /* NULL: none */
	enum use_state state;
};

static struct owner owner_of(struct vmsa_checker *c, vmsa_pa frame)
{
	struct owner most = { 0 };

	for (unsigned i = 0; i < c->nr_contexts; i++) {
		const struct context *x = c->contexts[i];
		const enum use_state state = vmsa_check_use_state(c, x);

		if ((!most.x || state > most.state) && is_in_tree(c, x, frame))
			most = (struct owner){ x, state };
	}
	return most;
}

/* Tables that no PE walks go as they are, once no walk cache has them. */
static void free_linked(struct vmsa_checker *c, struct context *x,
			const struct vmsa_event *e)
{
	const struct owner owner = owner_of(c, e->u.table.pa);
	struct vmsa_check_finding f = { .rule = VMSA_CHECK_FREED_LINKED,
					.at = e->u.table.pa,
					.level = e->level };
	const struct use *u;

	if (owner.x && owner.state == USE_GONE)
		return;
	if (!owner.x) {
		f.rule = VMSA_CHECK_FREED_AGAIN;
	} else if (owner.state == USE_LEFT) {
		u = vmsa_check_used(c, owner.x);
		f.rule = VMSA_CHECK_FREED_CACHED;
		f.cause = (struct vmsa_check_ref){ u->since, u->source[0],
						   u->pe };
		f.tlbi = (struct vmsa_check_ref){ u->tlbi, u->source[1],
						  u->tlbi_pe };
		f.why = (enum vmsa_check_why)u->why;
	}
	vmsa_check_report(c, x, &f);
}

void vmsa_check_free(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e)
{
	struct loose *t = vmsa_check_loose(c, e->u.table.pa);
	const struct stale *r;

	if (!t) {
		free_linked(c, x, e);
		return;
	}
	r = t->unhooked ? parent_of(c, t) : NULL;
	if (r)
		report_cached(c, VMSA_CHECK_FREED_CACHED, t, r);
	vmsa_check_drop_loose(c, t);
}

/* --- writing ------------------------------------------------------------- */

static void touch(const struct vmsa_checker *c, struct loose *t)
{
	t->written = c->now;
	t->source = c->source;
	t->pe = c->pe;
}

/* Does somebody see what is written to an unhooked table? */
static void judge_reuse(struct vmsa_checker *c, const struct loose *t,
			const struct stale *r, const struct vmsa_event *e)
{
	struct context *x = c->contexts[t->tables];
	struct entry now;

	if (e->u.store.desc & VMSA_DESC_VALID) {
		report_cached(c, VMSA_CHECK_REUSED, t, r);
		return;
	}
	/* A fault that the tables do not have. */
	if (!vmsa_check_lookup(c, x, e->u.store.va, VMSA_MAX_LEVEL, &now) &&
	    vmsa_check_is_leaf(x, now.level, now.desc))
		report_cached(c, VMSA_CHECK_REUSED, t, r);
}

bool vmsa_check_write_loose(struct vmsa_checker *c, struct context *x,
			    const struct vmsa_event *e)
{
	struct loose *t = vmsa_check_loose(c, frame_of(x, e->u.store.at));
	struct stale *r;

	if (!t)
		return false;
	r = t->unhooked ? parent_of(c, t) : NULL;
	if (r && !r->reported) {
		judge_reuse(c, t, r, e);
		r->reported = true;
	}
	touch(c, t);
	return true;
}

/* Tables linked before the checker came are not known; then the walk tells. */
static bool is_linked(struct vmsa_checker *c, const struct context *x,
		      const struct vmsa_event *e)
{
	struct entry up;

	if (e->level == x->t.geometry.start_level)
		return frame_of(x, e->u.store.at) == frame_of(x, x->t.root);
	return !vmsa_check_lookup(c, x, e->u.store.va, e->level - 1, &up) &&
	       up.level == e->level - 1 &&
	       vmsa_check_type(x, up.level, up.desc) == VMSA_DESC_TYPE_TABLE &&
	       vmsa_desc_oa(&x->t.geometry, up.desc) ==
		       frame_of(x, e->u.store.at);
}

/* Groups among the leaves of a fill; whole ones of one run are alike. */
static void judge_groups(struct vmsa_checker *c, struct context *x,
			 const struct vmsa_event *e)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, e->level);
	struct entry leaf = { .desc = e->u.store.desc,
			      .va = e->u.store.va,
			      .at = e->u.store.at,
			      .level = e->level,
			      .count = e->u.store.count };

	if (e->u.store.step == span && !vmsa_check_parts_a_group(x, e)) {
		vmsa_check_group(c, x, &leaf, false);
		return;
	}
	leaf.count = 1;
	for (uint32_t i = 0; i < e->u.store.count; i++) {
		if (vmsa_check_is_leaf(x, leaf.level, leaf.desc))
			vmsa_check_group(c, x, &leaf, false);
		leaf.desc += e->u.store.step;
		leaf.va += span;
		leaf.at += sizeof(vmsa_desc);
	}
}

void vmsa_check_fill(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e)
{
	const struct loose t =
		written(c, x, frame_of(x, e->u.store.at), e->level);
	struct vmsa_check_finding f = { .rule = VMSA_CHECK_FILLED_LIVE,
					.at = e->u.store.at,
					.first = e->u.store.va,
					.level = e->level,
					.desc = e->u.store.desc };

	if (!vmsa_check_write_loose(c, x, e)) {
		if (!is_linked(c, x, e)) {
			vmsa_check_add_loose(c, &t);
		} else {
			f.last = f.first +
				 (e->u.store.count *
					  vmsa_level_span(&x->t.geometry,
							  e->level) -
				  1);
			vmsa_check_report(c, x, &f);
			vmsa_check_store(c, x, e);
			return;
		}
	}
	judge_groups(c, x, e);
}

/* --- linking ------------------------------------------------------------- */

/*
 * The link and what it leads to are two locations, which a walker of another PE
 * may see in any order but for a DSB, or a DMB, between them: the order is
 * enough here, that both are visible is for later (T1).
 */
static void judge_link(struct vmsa_checker *c, const struct context *x,
		       const struct entry *entry, const struct loose *t)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, entry->level);
	struct vmsa_check_finding f = {
		.rule = VMSA_CHECK_UNPUBLISHED,
		.at = entry->at,
		.first = entry->va,
		.last = entry->va + (span - 1),
		.level = entry->level,
		.desc = entry->desc,
		.cause = { t->written, t->source, t->pe },
	};

	if (t->unhooked || c->pes[t->pe].ordered >= t->written)
		return;
	/* Nobody walks them; the register is still to be written. */
	if (vmsa_check_is_unused(c, x))
		return;
	vmsa_check_report(c, x, &f);
}

/* Elsewhere while a walk cache holds it where it was? */
static void judge_relink(struct vmsa_checker *c, const struct context *x,
			 const struct entry *entry, const struct loose *t)
{
	struct stale *r = t->unhooked ? parent_of(c, t) : NULL;
	/* Back where it was, it is what the walk cache says it is. */
	const bool same = t->tables == x->id && t->va == entry->va &&
			  t->level == entry->level + 1;

	if (!r || same || r->reported)
		return;
	r->reported = true;
	report_cached(c, VMSA_CHECK_REUSED, t, r);
}

/* A table becomes reachable, and what it points to with it. */
void vmsa_check_link(struct vmsa_checker *c, struct context *x,
		     const struct entry *entry)
{
	const struct vmsa_geometry *g = &x->t.geometry;
	struct loose *t = vmsa_check_loose(c, vmsa_desc_oa(g, entry->desc));
	struct entry child;

	if (!t)
		return;
	judge_link(c, x, entry, t);
	judge_relink(c, x, entry, t);
	vmsa_check_drop_loose(c, t);
	if (entry->level + 1 == VMSA_MAX_LEVEL)
		return;
	for (unsigned i = 0; i < 1u << vmsa_geometry_stride(g) && c->nr_loose;
	     i++) {
		if (child_table(c, x, entry, i, &child))
			vmsa_check_link(c, x, &child);
	}
}

/* --- unhooking ----------------------------------------------------------- */

static void unhook_child(struct vmsa_checker *c, struct context *x,
			 const struct entry *child)
{
	const bool cached = child->desc & VMSA_LEAF_AF || c->config.ha;

	switch (vmsa_check_type(x, child->level, child->desc)) {
	case VMSA_DESC_TYPE_TABLE:
		vmsa_check_unhook(c, x, child);
		break;
	case VMSA_DESC_TYPE_BLOCK:
	case VMSA_DESC_TYPE_PAGE:
		if (cached)
			vmsa_check_add_stale(c, x, LEAVES(child->level), child);
		break;
	default:
		break;
	}
}

/* All that a table translated is stale now; it is in memory still. */
void vmsa_check_unhook(struct vmsa_checker *c, struct context *x,
		       const struct entry *entry)
{
	const struct vmsa_geometry *g = &x->t.geometry;
	struct loose t =
		written(c, x, vmsa_desc_oa(g, entry->desc), entry->level + 1);
	struct entry child;

	t.va = entry->va;
	t.unhooked = true;
	vmsa_check_add_loose(c, &t);
	vmsa_check_add_stale(c, x, TABLES(entry->level), entry);
	for (unsigned i = 0; i < 1u << vmsa_geometry_stride(g); i++) {
		if (!child_table(c, x, entry, i, &child) && !child.desc)
			continue;
		unhook_child(c, x, &child);
	}
}
