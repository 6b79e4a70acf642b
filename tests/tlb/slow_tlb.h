/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_TLB_H
#define VMSA_TEST_SLOW_TLB_H
/*
 * slow_tlb.h - the TLB model again, as obvious and slow as can be
 *
 * A structure is one list of entries, youngest first, whatever their sets.
 * Shares nothing with lib/tlb but the public types.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/tlb.h"

struct slow_entry {
	uint64_t start; /* first address covered, or line address */
	unsigned shift; /* log2 of what is covered */
	int level;      /* of a table descriptor; 0 otherwise */
	uint16_t asid;
	bool global;
	uint64_t data;
};

struct slow_list {
	struct vmsa_tlb_array shape;
	size_t n;
	struct slow_entry *e; /* youngest first */
};

struct slow_tlb {
	struct vmsa_tlb_config config;
	struct vmsa_tlb_walker walker;
	struct slow_list l1[2], l2[2], walk_cache, lines;
	struct vmsa_tlb_stats stats;
};

static inline uint64_t slow_set(const struct slow_list *l, uint64_t at,
				unsigned shift)
{
	return (at >> shift) % (l->shape.entries / l->shape.ways);
}

static inline void slow_remove(struct slow_list *l, size_t i)
{
	memmove(l->e + i, l->e + i + 1, (l->n - i - 1) * sizeof(*l->e));
	l->n--;
}

static inline void slow_push(struct slow_list *l, struct slow_entry e)
{
	uint64_t set;
	size_t same = 0, last = 0;

	if (!l->shape.entries)
		return;
	set = slow_set(l, e.start, e.shift);
	for (size_t i = 0; i < l->n; i++)
		if (slow_set(l, l->e[i].start, l->e[i].shift) == set) {
			same++;
			last = i;
		}
	if (same == l->shape.ways)
		slow_remove(l, last);
	memmove(l->e + 1, l->e, l->n * sizeof(e));
	l->e[0] = e;
	l->n++;
}

/* The smallest entry that covers @va, made the youngest; NULL if none. */
static inline struct slow_entry *slow_find(struct slow_list *l, uint64_t va,
					   uint16_t asid)
{
	size_t best = l->n;
	struct slow_entry e;

	for (size_t i = 0; i < l->n; i++) {
		const struct slow_entry *x = &l->e[i];

		if (x->start >> x->shift != va >> x->shift ||
		    (!x->global && x->asid != asid))
			continue;
		if (best == l->n || x->shift < l->e[best].shift)
			best = i;
	}
	if (best == l->n)
		return NULL;
	e = l->e[best];
	slow_remove(l, best);
	slow_push(l, e);
	return &l->e[0];
}

static inline void slow_load(struct slow_tlb *t, struct vmsa_tlb_counters *c,
			     uint64_t at)
{
	struct slow_entry line = { .start = at / 64 * 64, .shift = 6 };

	if (slow_find(&t->lines, at, 0)) {
		c->line_hits++;
		c->walk_cycles += t->config.line_hit_cycles;
		return;
	}
	slow_push(&t->lines, line);
	c->line_misses++;
	c->walk_cycles += t->config.line_miss_cycles;
}

static inline unsigned slow_level_shift(const struct slow_tlb *t, int level)
{
	unsigned g = t->config.granule_shift;

	return g + (g - 3) * (unsigned)(3 - level);
}

static inline void slow_walk(struct slow_tlb *t,
			     const struct vmsa_tlb_access *a,
			     struct vmsa_tlb_counters *c,
			     struct vmsa_tlb_walk *w)
{
	uint64_t granule = UINT64_C(1) << t->config.granule_shift;
	/* The deepest table descriptor is the smallest entry. */
	struct slow_entry *e = slow_find(&t->walk_cache, a->va, a->asid);

	w->va = a->va;
	w->from_root = !e;
	if (e) {
		w->first = (int8_t)(e->level + 1);
		w->table = e->data;
		c->walk_cache_hits[e->level + 1]++;
	} else {
		c->walk_cache_misses++;
	}
	t->walker.walk(t->walker.arg, w);
	c->walks++;
	c->walk_cycles += t->config.walk_cycles;
	for (int level = w->first; level <= w->last; level++) {
		unsigned shift = slow_level_shift(t, level);

		c->loads[level + 1]++;
		slow_load(t, c, w->at[level + 1]);
		if (level == w->last)
			break;
		slow_push(&t->walk_cache,
			  (struct slow_entry){
				  .start = a->va >> shift << shift,
				  .shift = shift,
				  .level = level,
				  .asid = a->asid,
				  .data = w->at[level + 2] / granule * granule,
			  });
	}
	c->faults += w->fault;
	/* One walker, which never rests. */
	c->walk_active_cycles = c->walk_cycles;
}

/* The output address, or ~0 after a fault. */
static inline uint64_t slow_access(struct slow_tlb *t,
				   const struct vmsa_tlb_access *a)
{
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	struct slow_list *l1 = &t->l1[a->side];
	struct slow_list *l2 = &t->l2[t->config.l2i.entries ? a->side : 0];
	struct slow_entry *e = slow_find(l1, a->va, a->asid), new;
	struct vmsa_tlb_walk w = { 0 };
	uint64_t size;

	c->accesses++;
	if (e) {
		c->l1_hits++;
		return e->data + (a->va - e->start);
	}
	c->l1_misses++;
	e = slow_find(l2, a->va, a->asid);
	if (e) {
		c->l2_hits++;
		new = *e;
		slow_push(l1, new);
		return new.data + (a->va - new.start);
	}
	c->l2_misses += l2->shape.entries != 0;
	slow_walk(t, a, c, &w);
	if (w.fault)
		return ~UINT64_C(0);
	new.shift = t->config.l1d.contiguous || t->config.l2.contiguous
			    ? w.contiguous_shift
			    : w.shift;
	size = UINT64_C(1) << new.shift;
	new.start = a->va / size *size;
	new.data = w.pa / size *size;
	new.asid = a->asid;
	new.global = w.global;
	new.level = 0;
	slow_push(l2, new);
	slow_push(l1, new);
	return w.pa;
}

/* Remove what covers any of @n bytes at @va; @n = 0: the whole space. */
static inline void slow_clean(struct slow_list *l, uint64_t va, uint64_t n,
			      int asid, bool global)
{
	for (size_t i = 0; i < l->n;) {
		const struct slow_entry *x = &l->e[i];
		uint64_t end = x->start + ((UINT64_C(1) << x->shift) - 1);
		bool there = !n || (x->start <= va + (n - 1) && va <= end);
		bool ours = x->global ? global : asid == -1 || x->asid == asid;

		if (there && ours)
			slow_remove(l, i);
		else
			i++;
	}
}

/*
 * As slow_clean() for all structures; @tables: the walk cache as well.
 * @asid -1 stands for any.
 */
static inline void slow_invalidate(struct slow_tlb *t, uint64_t va, uint64_t n,
				   int asid, bool global, bool tables)
{
	for (int side = 0; side < 2; side++) {
		slow_clean(&t->l1[side], va, n, asid, global);
		slow_clean(&t->l2[side], va, n, asid, global);
	}
	if (tables)
		slow_clean(&t->walk_cache, va, n, asid, global);
}

static inline void slow_list_init(struct slow_list *l,
				  struct vmsa_tlb_array shape)
{
	l->shape = shape;
	l->n = 0;
	l->e = calloc(shape.entries + 1, sizeof(*l->e));
}

static inline void slow_init(struct slow_tlb *t,
			     const struct vmsa_tlb_config *config,
			     const struct vmsa_tlb_walker *walker)
{
	memset(t, 0, sizeof(*t));
	t->config = *config;
	t->walker = *walker;
	slow_list_init(&t->l1[0], config->l1d);
	slow_list_init(&t->l1[1], config->l1i);
	slow_list_init(&t->l2[0], config->l2);
	slow_list_init(&t->l2[1], config->l2i);
	slow_list_init(&t->walk_cache, config->walk_cache);
	slow_list_init(&t->lines, config->lines);
}

static inline void slow_fini(struct slow_tlb *t)
{
	free(t->l1[0].e);
	free(t->l1[1].e);
	free(t->l2[0].e);
	free(t->l2[1].e);
	free(t->walk_cache.e);
	free(t->lines.e);
}

#endif /* VMSA_TEST_SLOW_TLB_H */
