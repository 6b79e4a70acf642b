/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_WALKS_H
#define VMSA_TEST_SLOW_WALKS_H
/*
 * slow_walks.h - walks of every kind again, as obvious and slow as can be
 *
 * From the words of vmsa/tlb.h, tlb/config.h and tlb/walker.h alone; shares
 * nothing with lib/tlb but the public types.  A structure is one list, the
 * youngest entry first.  Which cycles have a walk in flight is a byte for each.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/tlb.h"

#define SW_MAX    64         /* entries of a structure */
#define SW_CYCLES (1u << 25) /* of a whole run */

struct sw_entry {
	uint64_t start; /* first address covered */
	unsigned shift; /* log2 of what is covered */
	int level;      /* of a table descriptor */
	uint16_t id;    /* ASID; stage 2: VMID */
	bool global, clean, ahead;
	uint64_t data;
};

struct sw_list {
	struct vmsa_tlb_array shape;
	size_t n;
	struct sw_entry e[SW_MAX]; /* youngest first */
};

struct sw_stage {
	struct vmsa_tlb_walker walker;
	unsigned granule;
	struct sw_list merged, level[VMSA_LEVELS];
};

struct slow_walks {
	struct vmsa_tlb_config config;
	bool two;
	struct sw_stage s1, s2;
	struct sw_list l1[2], l2[2], ipa, lines;
	struct vmsa_tlb_stats stats;
	uint64_t now, free[64];
	bool timed;
	uint8_t *busy; /* by cycle */
};

/* A walk or stage 2 found no translation. */
#define SW_FAULT 1

static inline bool sw_same_set(const struct sw_list *l,
			       const struct sw_entry *x,
			       const struct sw_entry *y)
{
	uint64_t sets = l->shape.entries / l->shape.ways;

	return (x->start >> x->shift) % sets == (y->start >> y->shift) % sets;
}

static inline void sw_remove(struct sw_list *l, size_t i)
{
	l->n--;
	memmove(l->e + i, l->e + i + 1, (l->n - i) * sizeof(*l->e));
}

static inline void sw_push(struct sw_list *l, struct sw_entry e)
{
	size_t same = 0, oldest = 0;

	if (!l->shape.entries)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (sw_same_set(l, &l->e[i], &e)) {
			same++;
			oldest = i;
		}
	if (same == l->shape.ways)
		sw_remove(l, oldest);
	memmove(l->e + 1, l->e, l->n * sizeof(e));
	l->e[0] = e;
	l->n++;
}

/* The smallest entry that covers @at; NULL if there is none. */
static inline struct sw_entry *sw_look(struct sw_list *l, uint64_t at,
				       uint16_t id)
{
	struct sw_entry *best = NULL;

	for (struct sw_entry *x = l->e; x < l->e + l->n; x++)
		if (x->start >> x->shift == at >> x->shift &&
		    (x->global || x->id == id) &&
		    (!best || x->shift < best->shift))
			best = x;
	return best;
}

/* The same, made the youngest. */
static inline struct sw_entry *sw_use(struct sw_list *l, uint64_t at,
				      uint16_t id)
{
	struct sw_entry *x = sw_look(l, at, id), e;

	if (!x)
		return NULL;
	e = *x;
	sw_remove(l, (size_t)(x - l->e));
	sw_push(l, e);
	return &l->e[0];
}

static inline void sw_load(struct slow_walks *s, struct vmsa_tlb_counters *c,
			   uint64_t pa)
{
	if (sw_use(&s->lines, pa, 0)) {
		c->line_hits++;
		c->walk_cycles += s->config.line_hit_cycles;
		return;
	}
	sw_push(&s->lines,
		(struct sw_entry){ .start = pa / 64 * 64, .shift = 6 });
	c->line_misses++;
	c->walk_cycles += s->config.line_miss_cycles;
}

static inline struct sw_list *sw_tables(struct sw_stage *st, int level)
{
	struct sw_list *own = &st->level[level + 1];

	return own->shape.entries ? own : &st->merged;
}

static inline unsigned sw_reach(const struct sw_stage *st, int level)
{
	return st->granule + (st->granule - 3) * (unsigned)(3 - level);
}

/* Ask the walker, from the deepest table known. */
static inline int sw_ask(struct sw_stage *st, struct vmsa_tlb_walk *w,
			 uint16_t id, uint64_t *hits, uint64_t *misses)
{
	w->from_root = true;
	for (int level = 2; level >= -1 && w->from_root; level--) {
		struct sw_list *l = sw_tables(st, level), only = { 0 };
		struct sw_entry *x = NULL;

		/* Of this level alone. */
		for (size_t i = 0; i < l->n; i++)
			if (l->e[i].level == level)
				only.e[only.n++] = l->e[i];
		x = sw_look(&only, w->va, id);
		if (!x)
			continue;
		for (size_t i = 0; i < l->n; i++)
			if (l->e[i].level == level && l->e[i].id == id &&
			    l->e[i].start == x->start) {
				sw_remove(l, i);
				break;
			}
		sw_push(l, *x);
		hits[level + 1]++;
		w->from_root = false;
		w->first = (int8_t)(level + 1);
		w->table = x->data;
	}
	*misses += w->from_root;
	return st->walker.walk(st->walker.arg, w);
}

static inline void sw_keep(struct sw_stage *st, const struct vmsa_tlb_walk *w,
			   int level, uint16_t id)
{
	unsigned shift = sw_reach(st, level);

	sw_push(sw_tables(st, level),
		(struct sw_entry){
			.start = w->va >> shift << shift,
			.shift = shift,
			.level = level,
			.id = id,
			.data = w->at[level + 2] >> st->granule << st->granule,
		});
}

/* Hardware writes the leaf if it has to. */
static inline int sw_update(const struct slow_walks *s,
			    struct vmsa_tlb_counters *c,
			    const struct sw_stage *st, struct vmsa_tlb_walk *w,
			    bool write)
{
	bool dirty = write && w->clean;
	int err;

	(void)s;
	if (!w->no_access && !dirty)
		return 0;
	err = st->walker.update(st->walker.arg, w, dirty);
	if (err)
		return err;
	c->updates++;
	w->clean = w->clean && !dirty;
	return 0;
}

/* Stage 2 of @ipa: pa, shift and clean of @out. */
static inline int sw_ipa(struct slow_walks *s, const struct vmsa_tlb_access *a,
			 struct vmsa_tlb_counters *c, uint64_t ipa, bool write,
			 bool ahead, struct vmsa_tlb_walk *out)
{
	struct sw_entry *x;
	uint64_t size;
	int err;

	*out = (struct vmsa_tlb_walk){ .va = ipa, .pa = ipa, .shift = 63 };
	if (!s->two)
		return 0;
	x = sw_use(&s->ipa, ipa, a->vmid);
	if (x && !(write && x->clean)) {
		c->ipa_hits++;
		out->pa = x->data + (ipa - x->start);
		out->shift = (uint8_t)x->shift;
		out->clean = x->clean;
		return 0;
	}
	err = sw_ask(&s->s2, out, a->vmid, c->s2_walk_cache_hits,
		     &c->s2_walk_cache_misses);
	c->s2_walks++;
	for (int level = out->first; level <= out->last; level++) {
		c->s2_loads[level + 1]++;
		sw_load(s, c, out->at[level + 1]);
		if (level < out->last)
			sw_keep(&s->s2, out, level, a->vmid);
	}
	if (out->fault || (out->no_access && (!s->config.ha || ahead)))
		return SW_FAULT;
	out->clean = out->clean && s->config.hd;
	err = sw_update(s, c, &s->s2, out, write);
	if (err)
		return err;
	if (x)
		for (x = s->ipa.e; x; x = sw_look(&s->ipa, ipa, a->vmid))
			sw_remove(&s->ipa, (size_t)(x - s->ipa.e));
	size = UINT64_C(1) << out->shift;
	sw_push(&s->ipa, (struct sw_entry){ .start = ipa / size * size,
					    .shift = out->shift,
					    .id = a->vmid,
					    .clean = out->clean,
					    .data = out->pa / size * size });
	return 0;
}

/*
 * Both stages.  @w gets what a TLB keeps, @final the PA.
 */
static inline int sw_walk(struct slow_walks *s, const struct vmsa_tlb_access *a,
			  struct vmsa_tlb_counters *c, bool ahead,
			  struct vmsa_tlb_walk *w, uint64_t *final)
{
	struct vmsa_tlb_walk s2, page;
	int err;

	*w = (struct vmsa_tlb_walk){ .va = a->va };
	err = sw_ask(&s->s1, w, a->asid, c->walk_cache_hits,
		     &c->walk_cache_misses);
	for (int level = w->first; level <= w->last; level++) {
		err = sw_ipa(s, a, c, w->at[level + 1], false, ahead, &s2);
		if (err)
			return err;
		c->loads[level + 1]++;
		sw_load(s, c, s2.pa);
		if (level < w->last)
			sw_keep(&s->s1, w, level, a->asid);
	}
	if (w->fault || (w->no_access && (!s->config.ha || ahead)))
		return SW_FAULT;
	w->clean = w->clean && s->config.hd;
	err = sw_ipa(s, a, c, w->pa, a->write, ahead, &s2);
	if (err)
		return err;
	if (w->no_access || (w->clean && a->write)) {
		err = sw_ipa(s, a, c, w->at[w->last + 1], true, ahead, &page);
		if (!err)
			err = sw_update(s, c, &s->s1, w, a->write);
		if (err)
			return err;
	}
	*final = s2.pa;
	if (s->config.nesting == VMSA_TLB_SEPARATE)
		return 0;
	w->pa = s2.pa;
	w->clean = w->clean || s2.clean;
	if (s2.shift < w->shift)
		w->shift = s2.shift;
	if (s2.shift < w->contiguous_shift)
		w->contiguous_shift = s2.shift;
	return 0;
}

static inline uint64_t sw_spent(const struct slow_walks *s,
				const struct vmsa_tlb_counters *c)
{
	return c->walk_cycles + c->ipa_hits * s->config.ipa_cycles +
	       c->updates * s->config.update_cycles;
}

/* One walker is busy for that long. */
static inline void sw_busy(struct slow_walks *s, struct vmsa_tlb_counters *c,
			   uint64_t cycles)
{
	uint32_t n = s->config.walkers ? s->config.walkers : 1, best = 0;
	uint64_t start;

	for (uint32_t i = 0; i < n; i++)
		if (s->free[i] < s->free[best])
			best = i;
	start = s->free[best] > s->now ? s->free[best] : s->now;
	s->free[best] = start + cycles;
	if (s->free[best] >= SW_CYCLES)
		abort();
	for (uint64_t at = start; at < start + cycles; at++) {
		c->walk_active_cycles += !s->busy[at];
		s->busy[at] = 1;
	}
}

static inline int sw_timed_walk(struct slow_walks *s,
				const struct vmsa_tlb_access *a,
				struct vmsa_tlb_counters *c, bool ahead,
				struct vmsa_tlb_walk *w, uint64_t *final)
{
	uint64_t before = sw_spent(s, c);
	int err = -EAGAIN;

	while (err == -EAGAIN)
		err = sw_walk(s, a, c, ahead, w, final);
	c->walks += !ahead;
	c->prefetches += ahead;
	c->walk_cycles += s->config.walk_cycles;
	sw_busy(s, c, sw_spent(s, c) - before);
	return err;
}

static inline struct sw_entry sw_entry_of(const struct slow_walks *s,
					  const struct vmsa_tlb_access *a,
					  const struct vmsa_tlb_walk *w)
{
	unsigned shift = s->config.l2.contiguous || s->config.l1d.contiguous
				 ? w->contiguous_shift
				 : w->shift;
	uint64_t size = UINT64_C(1) << shift;

	return (struct sw_entry){ .start = a->va / size * size,
				  .shift = shift,
				  .id = a->asid,
				  .global = w->global,
				  .clean = w->clean,
				  .data = w->pa / size * size };
}

static inline struct sw_list *sw_l2(struct slow_walks *s, unsigned side)
{
	return &s->l2[s->config.l2i.entries ? side : 0];
}

static inline void sw_prefetch(struct slow_walks *s,
			       const struct vmsa_tlb_access *a,
			       struct vmsa_tlb_counters *c, unsigned shift)
{
	struct vmsa_tlb_access next = *a;
	struct vmsa_tlb_walk w;
	struct sw_entry e;
	uint64_t final;

	next.va = ((a->va >> shift) + 1) << shift;
	next.write = false;
	if (!sw_l2(s, a->side)->shape.entries ||
	    sw_look(sw_l2(s, a->side), next.va, a->asid) ||
	    sw_look(&s->l1[a->side], next.va, a->asid))
		return;
	if (sw_timed_walk(s, &next, c, true, &w, &final))
		return;
	e = sw_entry_of(s, &next, &w);
	e.ahead = true;
	sw_push(sw_l2(s, a->side), e);
}

#define SW_NONE (~UINT64_C(0))

static inline uint64_t sw_miss(struct slow_walks *s,
			       const struct vmsa_tlb_access *a,
			       struct vmsa_tlb_counters *c)
{
	struct vmsa_tlb_walk w;
	uint64_t final;

	c->l2_misses += sw_l2(s, a->side)->shape.entries != 0;
	if (sw_timed_walk(s, a, c, false, &w, &final)) {
		c->faults++;
		return SW_NONE;
	}
	sw_push(sw_l2(s, a->side), sw_entry_of(s, a, &w));
	if (s->config.prefetch_next)
		sw_prefetch(s, a, c, w.shift);
	sw_push(&s->l1[a->side], sw_entry_of(s, a, &w));
	return final;
}

/* What translates @at to @pa is dirty now. */
static inline void sw_dirty(struct sw_list *l, uint64_t at, uint16_t id,
			    uint64_t pa)
{
	for (struct sw_entry *x = l->e; x < l->e + l->n; x++)
		if (x->start >> x->shift == at >> x->shift &&
		    (x->global || x->id == id) &&
		    x->data + (at - x->start) == pa)
			x->clean = false;
}

/* A hit on a clean entry by a write. */
static inline uint64_t sw_write_clean(struct slow_walks *s,
				      const struct vmsa_tlb_access *a,
				      struct vmsa_tlb_counters *c, uint64_t pa)
{
	struct vmsa_tlb_walk w;
	uint64_t final;

	if (sw_timed_walk(s, a, c, false, &w, &final)) {
		c->faults++;
		return SW_NONE;
	}
	if (w.pa == pa) {
		sw_dirty(&s->l1[a->side], a->va, a->asid, pa);
		sw_dirty(sw_l2(s, a->side), a->va, a->asid, pa);
	}
	return final;
}

static inline uint64_t sw_hit(struct slow_walks *s,
			      const struct vmsa_tlb_access *a,
			      struct vmsa_tlb_counters *c,
			      const struct sw_entry *e)
{
	uint64_t pa = e->data + (a->va - e->start), before, walks;
	struct vmsa_tlb_walk s2;
	int err = -EAGAIN;

	if (a->write && e->clean)
		return sw_write_clean(s, a, c, pa);
	if (!s->two || s->config.nesting != VMSA_TLB_SEPARATE)
		return pa;
	before = sw_spent(s, c);
	walks = c->s2_walks;
	while (err == -EAGAIN)
		err = sw_ipa(s, a, c, pa, a->write, false, &s2);
	if (c->s2_walks > walks) {
		c->walk_cycles += s->config.walk_cycles;
		sw_busy(s, c, sw_spent(s, c) - before);
	}
	if (!err)
		return s2.pa;
	c->faults++;
	return SW_NONE;
}

/* The output address, or SW_NONE after a fault. */
static inline uint64_t sw_access(struct slow_walks *s,
				 const struct vmsa_tlb_access *a)
{
	struct vmsa_tlb_counters *c = &s->stats.of[a->region][a->side];
	struct sw_entry *e = sw_use(&s->l1[a->side], a->va, a->asid), found;

	c->accesses++;
	if (e) {
		c->l1_hits++;
		found = *e;
		return sw_hit(s, a, c, &found);
	}
	c->l1_misses++;
	e = sw_use(sw_l2(s, a->side), a->va, a->asid);
	if (!e)
		return sw_miss(s, a, c);
	c->l2_hits++;
	c->prefetch_hits += e->ahead;
	e->ahead = false;
	found = *e;
	sw_push(&s->l1[a->side], found);
	return sw_hit(s, a, c, &found);
}

/* --- maintenance and life ----------------------------------------------- */

/* Remove what covers any of @n bytes at @at, of @id or of all (-1). */
static inline void sw_clean(struct sw_list *l, uint64_t at, uint64_t n, int id,
			    bool globals)
{
	for (size_t i = 0; i < l->n;) {
		const struct sw_entry *x = &l->e[i];
		uint64_t end = x->start + ((UINT64_C(1) << x->shift) - 1);
		bool there = !n || (x->start <= at + (n - 1) && at <= end);

		if (there && (x->global ? globals : id == -1 || x->id == id))
			sw_remove(l, i);
		else
			i++;
	}
}

static inline void sw_clean_tables(struct sw_stage *st, uint64_t at, uint64_t n,
				   int id)
{
	sw_clean(&st->merged, at, n, id, false);
	for (int i = 0; i < VMSA_LEVELS; i++)
		sw_clean(&st->level[i], at, n, id, false);
}

static inline void sw_stage_init(struct sw_stage *st, unsigned granule,
				 struct vmsa_tlb_array merged,
				 const struct vmsa_tlb_array *level)
{
	st->granule = granule;
	st->merged.shape = merged;
	for (int i = 0; i < VMSA_LEVELS; i++)
		st->level[i].shape = level[i];
}

static inline struct slow_walks *sw_create(const struct vmsa_tlb_config *c,
					   struct vmsa_tlb_walker s1,
					   const struct vmsa_tlb_walker *s2)
{
	struct slow_walks *s = calloc(1, sizeof(*s));

	s->config = *c;
	s->busy = calloc(1, SW_CYCLES);
	sw_stage_init(&s->s1, c->granule_shift, c->walk_cache, c->walk_level);
	sw_stage_init(&s->s2,
		      c->s2_granule_shift ? c->s2_granule_shift
					  : c->granule_shift,
		      c->s2_walk_cache, c->s2_walk_level);
	s->s1.walker = s1;
	s->two = s2 != NULL;
	if (s2)
		s->s2.walker = *s2;
	s->l1[0].shape = c->l1d;
	s->l1[1].shape = c->l1i;
	s->l2[0].shape = c->l2;
	s->l2[1].shape = c->l2i;
	s->ipa.shape = c->ipa_cache;
	s->lines.shape = c->lines;
	return s;
}

static inline void sw_destroy(struct slow_walks *s)
{
	free(s->busy);
	free(s);
}

#endif /* VMSA_TEST_SLOW_WALKS_H */
