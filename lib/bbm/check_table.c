/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_table.c - tables that no live table points to
 *
 * A fresh table is nobody's business until it is linked; what was written to
 * it must be ordered before that.  An unhooked one can be walked through until
 * the table descriptor that pointed to it is gone from every walk cache (T9).
 */
#include "bbm/check.h"

#include <errno.h>
#include <stdlib.h>

/* --- the hash ------------------------------------------------------------ */

#define NO_TABLE UINT64_MAX

static size_t home(const struct vmsa_checker *c, vmsa_pa pa)
{
	return (pa >> 12) * UINT64_C(0x9e3779b97f4a7c15) >> 32 &
	       (c->room_loose - 1);
}

struct loose *vmsa_check_loose(const struct vmsa_checker *c, vmsa_pa pa)
{
	if (!c->nr_loose)
		return NULL;
	for (size_t i = home(c, pa); c->loose[i].pa != NO_TABLE;
	     i = (i + 1) & (c->room_loose - 1)) {
		if (c->loose[i].pa == pa)
			return &c->loose[i];
	}
	return NULL;
}

static void put(struct vmsa_checker *c, const struct loose *t)
{
	size_t i = home(c, t->pa);

	while (c->loose[i].pa != NO_TABLE)
		i = (i + 1) & (c->room_loose - 1);
	c->loose[i] = *t;
}

static int grow(struct vmsa_checker *c)
{
	struct loose *old = c->loose;
	const size_t n = c->room_loose, room = n ? 2 * n : 64;
	struct loose *loose = malloc(room * sizeof(*loose));

	if (!loose)
		return -ENOMEM;
	for (size_t i = 0; i < room; i++)
		loose[i].pa = NO_TABLE;
	c->loose = loose;
	c->room_loose = room;
	for (size_t i = 0; i < n; i++) {
		if (old[i].pa != NO_TABLE)
			put(c, &old[i]);
	}
	free(old);
	return 0;
}

static struct loose *add(struct vmsa_checker *c, const struct loose *t)
{
	struct loose *known = vmsa_check_loose(c, t->pa);

	if (known) {
		*known = *t;
		return known;
	}
	if (2 * c->nr_loose >= c->room_loose && grow(c)) {
		vmsa_check_lose(c, -ENOMEM);
		return NULL;
	}
	put(c, t);
	c->nr_loose++;
	return vmsa_check_loose(c, t->pa);
}

static void drop(struct vmsa_checker *c, struct loose *t)
{
	const size_t mask = c->room_loose - 1;
	size_t hole = (size_t)(t - c->loose);

	c->nr_loose--;
	for (size_t i = (hole + 1) & mask; c->loose[i].pa != NO_TABLE;
	     i = (i + 1) & mask) {
		if (((i - home(c, c->loose[i].pa)) & mask) >=
		    ((i - hole) & mask)) {
			c->loose[hole] = c->loose[i];
			hole = i;
		}
	}
	c->loose[hole].pa = NO_TABLE;
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

	add(c, &t);
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
		.cause = { r->stored, r->source[0], r->pe },
		.tlbi = { r->tlbi, r->source[1], r->tlbi_pe },
		.why = vmsa_check_why(r),
	};

	vmsa_check_report(c, x, &f);
}

void vmsa_check_free(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e)
{
	struct loose *t = vmsa_check_loose(c, e->u.table.pa);
	struct vmsa_check_finding f = { .rule = VMSA_CHECK_FREED_LINKED,
					.at = e->u.table.pa,
					.level = e->level };
	const struct stale *r;

	if (!t) {
		vmsa_check_report(c, x, &f);
		return;
	}
	r = t->unhooked ? parent_of(c, t) : NULL;
	if (r)
		report_cached(c, VMSA_CHECK_FREED_CACHED, t, r);
	drop(c, t);
}

/* --- writing ------------------------------------------------------------- */

static vmsa_pa frame_of(const struct context *x, vmsa_pa at)
{
	return at & ~(vmsa_granule(&x->t.geometry) - 1);
}

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
	struct entry leaves;

	if (!vmsa_check_write_loose(c, x, e)) {
		if (!is_linked(c, x, e)) {
			add(c, &t);
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
	leaves = (struct entry){ .desc = e->u.store.desc,
				 .va = e->u.store.va,
				 .at = e->u.store.at,
				 .level = e->level,
				 .count = e->u.store.count };
	vmsa_check_group(c, x, &leaves, false);
}

/* --- linking ------------------------------------------------------------- */

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

	if (!t->unhooked && c->pes[t->pe].ordered < t->written)
		vmsa_check_report(c, x, &f);
}

/* Elsewhere while a walk cache holds it where it was? */
static void judge_relink(struct vmsa_checker *c, const struct context *x,
			 const struct entry *entry, const struct loose *t)
{
	struct stale *r = t->unhooked ? parent_of(c, t) : NULL;
	const bool same = t->tables == x->id && t->va == entry->va &&
			  t->level == entry->level + 1;

	if (!r || same || r->reported)
		return;
	r->reported = true;
	report_cached(c, VMSA_CHECK_REUSED, t, r);
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
	drop(c, t);
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
	add(c, &t);
	vmsa_check_add_stale(c, x, TABLES(entry->level), entry);
	for (unsigned i = 0; i < 1u << vmsa_geometry_stride(g); i++) {
		if (!child_table(c, x, entry, i, &child) && !child.desc)
			continue;
		unhook_child(c, x, &child);
	}
}
