/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_ALL_WALKS_H
#define VMSA_TEST_SLOW_ALL_WALKS_H
/*
 * slow_all_walks.h - the walks and the accesses of slow_all.h
 */
#include "slow_all.h"

static inline void sa_load(struct slow_all *t, struct vmsa_tlb_counters *c,
			   uint64_t pa)
{
	const struct sa_whose nobody = { 0 };

	for (size_t i = 0; i < sa_slots(&t->lines); i++)
		if (sa_at(&t->lines, i) && sa_covers(sa_at(&t->lines, i), pa)) {
			sa_touch(&t->lines, sa_at(&t->lines, i));
			c->line_hits++;
			c->walk_cycles += t->config.line_hit_cycles;
			return;
		}
	sa_add(&t->lines, (struct sa_entry){ .start = pa / 64 * 64,
					     .shift = 6,
					     .of = nobody });
	c->line_misses++;
	c->walk_cycles += t->config.line_miss_cycles;
}

static inline struct sa_list *sa_tables(struct sa_stage *st, int level)
{
	struct sa_list *own = &st->level[level + 1];

	return own->a.shape.entries ? own : &st->merged;
}

/* Ask the walker, from the deepest table known. */
static inline void sa_ask(struct sa_stage *st, struct vmsa_tlb_walk *w,
			  struct sa_whose of, uint64_t *hits, uint64_t *misses)
{
	w->from_root = true;
	for (int level = 2; level >= -1 && w->from_root; level--) {
		struct sa_list *l = sa_tables(st, level);

		for (size_t i = 0; i < sa_slots(l); i++) {
			struct sa_entry *e = sa_at(l, i);

			if (!e || e->level != level || !sa_same(e->of, of) ||
			    !sa_covers(e, w->va))
				continue;
			sa_touch(l, e);
			hits[level + 1]++;
			w->from_root = false;
			w->first = (int8_t)(level + 1);
			w->table = e->pa;
		}
	}
	*misses += w->from_root;
	st->walker.walk(st->walker.arg, w);
}

static inline void sa_keep_table(struct sa_stage *st,
				 const struct vmsa_tlb_walk *w, int level,
				 struct sa_whose of)
{
	unsigned g = st->granule, shift = g + (g - 3) * (unsigned)(3 - level);

	sa_add(sa_tables(st, level),
	       (struct sa_entry){ .start = w->va >> shift << shift,
				  .shift = shift,
				  .own = shift,
				  .level = level,
				  .of = of,
				  .pa = w->at[level + 2] >> g << g });
}

/* Hardware writes the leaf if it has to; *wrote: it did. */
static inline int sa_update(struct vmsa_tlb_counters *c,
			    const struct sa_stage *st, struct vmsa_tlb_walk *w,
			    bool write)
{
	bool dirty = write && w->clean;
	int err;

	if (!w->no_access && !dirty)
		return 0;
	err = st->walker.update(st->walker.arg, w, dirty);
	if (err)
		return err;
	c->updates++;
	w->clean = w->clean && !dirty;
	w->neighbours = 0;
	return 0;
}

/* Stage 2 of @ipa: pa, shift and clean of @out. */
static inline int sa_ipa(struct slow_all *t, const struct vmsa_tlb_access *a,
			 uint64_t ipa, bool write, bool ahead,
			 struct vmsa_tlb_walk *out)
{
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	struct vmsa_tlb_access at = *a;
	struct sa_whose of = sa_whose(a, true);
	struct sa_entry *e;
	int err;

	*out = (struct vmsa_tlb_walk){ .va = ipa, .pa = ipa, .shift = 63 };
	if (!t->two)
		return 0;
	at.va = ipa;
	e = sa_met(t, &t->ipa, &at, 0);
	if (e)
		sa_touch(&t->ipa, e);
	if (e && !(write && e->clean)) {
		c->ipa_hits++;
		out->pa = sa_out(e, ipa);
		out->shift = (uint8_t)e->shift;
		out->clean = e->clean;
		return 0;
	}
	sa_ask(&t->s2, out, of, c->s2_walk_cache_hits,
	       &c->s2_walk_cache_misses);
	c->s2_walks++;
	for (int level = out->first; level <= out->last; level++) {
		c->s2_loads[level + 1]++;
		sa_load(t, c, out->at[level + 1]);
		if (level < out->last)
			sa_keep_table(&t->s2, out, level, of);
	}
	if (out->fault || (out->no_access && (!t->config.ha || ahead)))
		return SA_FAULT;
	out->clean = out->clean && t->config.hd;
	err = sa_update(c, &t->s2, out, write);
	if (err)
		return err;
	/* Others that cover it are found as well, and go. */
	for (bool first = true; e; e = sa_met(t, &t->ipa, &at, 0)) {
		if (!first)
			sa_touch(&t->ipa, e);
		first = false;
		sa_drop(&t->ipa, e);
	}
	sa_add(&t->ipa,
	       (struct sa_entry){ .start = ipa >> out->shift << out->shift,
				  .pa = out->pa >> out->shift << out->shift,
				  .shift = out->shift,
				  .own = out->shift,
				  .of = of,
				  .clean = out->clean });
	return 0;
}

/* One entry for both stages. */
static inline void sa_combine(const struct slow_all *t, struct vmsa_tlb_walk *w,
			      const struct vmsa_tlb_walk *s2)
{
	unsigned g = t->config.granule_shift, self = w->va >> g & 7;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t ipa = w->pa + (((uint64_t)i - self) << g);

		if (ipa >> s2->shift != w->pa >> s2->shift)
			w->neighbours &= (uint8_t) ~(1u << i);
	}
	w->pa = s2->pa;
	w->clean = w->clean || s2->clean;
	if (s2->shift < w->shift)
		w->shift = s2->shift;
	if (s2->shift < w->contiguous_shift)
		w->contiguous_shift = s2->shift;
}

/* Both stages.  @w gets what a TLB keeps, @final the PA. */
static inline int sa_walk(struct slow_all *t, const struct vmsa_tlb_access *a,
			  bool ahead, struct vmsa_tlb_walk *w, uint64_t *final)
{
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	struct sa_whose of = sa_whose(a, false);
	struct vmsa_tlb_walk s2, page;
	int err;

	*w = (struct vmsa_tlb_walk){ .va = a->va, .aggregate = true };
	sa_ask(&t->s1, w, of, c->walk_cache_hits, &c->walk_cache_misses);
	for (int level = w->first; level <= w->last; level++) {
		err = sa_ipa(t, a, w->at[level + 1], false, ahead, &s2);
		if (err)
			return err;
		c->loads[level + 1]++;
		sa_load(t, c, s2.pa);
		if (level < w->last)
			sa_keep_table(&t->s1, w, level, of);
	}
	if (w->fault || (w->no_access && (!t->config.ha || ahead)))
		return SA_FAULT;
	w->clean = w->clean && t->config.hd;
	err = sa_ipa(t, a, w->pa, a->write, ahead, &s2);
	if (err)
		return err;
	if (w->no_access || (w->clean && a->write)) {
		err = sa_ipa(t, a, w->at[w->last + 1], true, ahead, &page);
		if (!err)
			err = sa_update(c, &t->s1, w, a->write);
		if (err)
			return err;
	}
	*final = s2.pa;
	if (t->two && t->config.nesting == VMSA_TLB_COMBINED)
		sa_combine(t, w, &s2);
	return 0;
}

static inline uint64_t sa_spent(const struct slow_all *t,
				const struct vmsa_tlb_counters *c)
{
	return c->walk_cycles + c->ipa_hits * t->config.ipa_cycles +
	       c->updates * t->config.update_cycles;
}

/* One walker is busy for that long. */
static inline void sa_busy(struct slow_all *t, struct vmsa_tlb_counters *c,
			   uint64_t cycles)
{
	uint32_t n = t->config.walkers ? t->config.walkers : 1, best = 0;
	uint64_t start;

	for (uint32_t i = 0; i < n; i++)
		if (t->free[i] < t->free[best])
			best = i;
	start = t->free[best] > t->now ? t->free[best] : t->now;
	t->free[best] = start + cycles;
	if (t->free[best] >= SA_CYCLES)
		abort();
	for (uint64_t at = start; at < start + cycles; at++) {
		c->walk_active_cycles += !t->busy[at];
		t->busy[at] = 1;
	}
}

static inline int sa_timed_walk(struct slow_all *t,
				const struct vmsa_tlb_access *a, bool ahead,
				struct vmsa_tlb_walk *w, uint64_t *final)
{
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	uint64_t before = sa_spent(t, c);
	int err = -EAGAIN;

	while (err == -EAGAIN)
		err = sa_walk(t, a, ahead, w, final);
	c->walks += !ahead;
	c->prefetches += ahead;
	c->walk_cycles += t->config.walk_cycles;
	sa_busy(t, c, sa_spent(t, c) - before);
	return err;
}

/* --- an access ------------------------------------------------------------ */

static inline struct sa_list *sa_l2(struct slow_all *t, unsigned side)
{
	return &t->l2[t->config.l2i.entries ? side : 0];
}

static inline struct sa_leaf sa_leaf_of(const struct slow_all *t,
					const struct vmsa_tlb_walk *w)
{
	unsigned self = w->va >> t->config.granule_shift & 7;
	struct sa_leaf leaf = { .pa = w->pa,
				.own = w->shift,
				.extent = w->contiguous_shift,
				.global = w->global,
				.clean = w->clean };

	for (unsigned i = 0; i < 8; i++)
		leaf.near[i] =
			i == self || (!w->clean && w->neighbours >> i & 1);
	return leaf;
}

static inline void sa_prefetch(struct slow_all *t,
			       const struct vmsa_tlb_access *a, unsigned shift)
{
	struct vmsa_tlb_access next = *a;
	struct vmsa_tlb_walk w;
	struct sa_leaf leaf;
	uint64_t final;

	next.va = ((a->va >> shift) + 1) << shift;
	next.write = false;
	if (!sa_l2(t, a->side)->a.shape.entries ||
	    sa_met(t, sa_l2(t, a->side), &next, 0) ||
	    sa_met(t, &t->l1[a->side], &next, 0) ||
	    sa_timed_walk(t, &next, true, &w, &final))
		return;
	leaf = sa_leaf_of(t, &w);
	leaf.ahead = true;
	sa_keep(t, sa_l2(t, a->side), &next, &leaf);
}

static inline struct vmsa_tlb_answer sa_fault(struct vmsa_tlb_counters *c)
{
	c->faults++;
	return (struct vmsa_tlb_answer){ .outcome = VMSA_TLB_FAULT };
}

static inline struct vmsa_tlb_answer sa_miss(struct slow_all *t,
					     const struct vmsa_tlb_access *a)
{
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	struct vmsa_tlb_walk w;
	struct sa_leaf leaf;
	unsigned in_l1, in_l2;
	uint64_t final;

	c->l2_misses += sa_l2(t, a->side)->a.shape.entries != 0;
	if (sa_timed_walk(t, a, false, &w, &final))
		return sa_fault(c);
	leaf = sa_leaf_of(t, &w);
	in_l2 = sa_keep(t, sa_l2(t, a->side), a, &leaf);
	if (t->config.prefetch_next)
		sa_prefetch(t, a, w.shift);
	in_l1 = sa_keep(t, &t->l1[a->side], a, &leaf);
	return (struct vmsa_tlb_answer){
		.outcome = VMSA_TLB_WALKED,
		.shift = (uint8_t)(in_l1   ? in_l1
				   : in_l2 ? in_l2
					   : leaf.own),
		.global = w.global,
		.pa = final,
	};
}

/* What translates @a->va to @pa is dirty now. */
static inline void sa_dirty(const struct slow_all *t, struct sa_list *l,
			    const struct vmsa_tlb_access *a, uint64_t pa)
{
	struct sa_entry *e;

	for (size_t n = 0; (e = sa_met(t, l, a, n)); n++)
		if (sa_out(e, a->va) == pa)
			e->clean = false;
}

/* A hit, and what more it takes. */
static inline struct vmsa_tlb_answer sa_hit(struct slow_all *t,
					    const struct vmsa_tlb_access *a,
					    const struct sa_leaf *leaf,
					    struct vmsa_tlb_answer out)
{
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	uint64_t before = sa_spent(t, c), walks = c->s2_walks, final;
	struct vmsa_tlb_walk w, s2;
	int err = -EAGAIN;

	out.pa = leaf->pa;
	out.global = leaf->global;
	if (a->write && leaf->clean) {
		if (sa_timed_walk(t, a, false, &w, &final))
			return sa_fault(c);
		if (w.pa == leaf->pa) {
			sa_dirty(t, &t->l1[a->side], a, w.pa);
			sa_dirty(t, sa_l2(t, a->side), a, w.pa);
		}
		out.pa = final;
		return out;
	}
	if (!t->two || t->config.nesting != VMSA_TLB_SEPARATE)
		return out;
	while (err == -EAGAIN)
		err = sa_ipa(t, a, leaf->pa, a->write, false, &s2);
	if (c->s2_walks > walks) {
		c->walk_cycles += t->config.walk_cycles;
		sa_busy(t, c, sa_spent(t, c) - before);
	}
	if (err)
		return sa_fault(c);
	out.pa = s2.pa;
	return out;
}

static inline struct vmsa_tlb_answer sa_translate(
	struct slow_all *t, const struct vmsa_tlb_access *a)
{
	const struct vmsa_tlb_answer conflict = { .outcome =
							  VMSA_TLB_CONFLICT };
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	struct vmsa_tlb_answer out = { .outcome = VMSA_TLB_L1_HIT };
	struct sa_leaf leaf;
	struct sa_entry *e;
	unsigned in_l1;
	bool abort;

	c->accesses++;
	e = sa_look(t, &t->l1[a->side], a, &leaf, &abort);
	if (e) {
		c->l1_hits++;
		if (abort)
			return conflict;
		out.shift = (uint8_t)leaf.extent;
		return sa_hit(t, a, &leaf, out);
	}
	c->l1_misses++;
	e = sa_look(t, sa_l2(t, a->side), a, &leaf, &abort);
	if (!e)
		return sa_miss(t, a);
	c->l2_hits++;
	if (abort)
		return conflict;
	c->prefetch_hits += e->ahead;
	e->ahead = false;
	in_l1 = sa_keep(t, &t->l1[a->side], a, &leaf);
	out.outcome = VMSA_TLB_L2_HIT;
	out.shift = (uint8_t)(in_l1 ? in_l1 : leaf.extent);
	return sa_hit(t, a, &leaf, out);
}

/* One stage from the root; writes nothing. */
static inline int sa_fresh_stage(const struct slow_all *t,
				 const struct sa_stage *st, uint64_t at,
				 struct vmsa_tlb_walk *w)
{
	*w = (struct vmsa_tlb_walk){ .va = at, .from_root = true };
	st->walker.walk(st->walker.arg, w);
	return w->fault || (w->no_access && !t->config.ha) ? SA_FAULT : 0;
}

static inline int sa_fresh(const struct slow_all *t, uint64_t va, uint64_t *pa)
{
	struct vmsa_tlb_walk w, s2;
	int fault = sa_fresh_stage(t, &t->s1, va, &w);

	*pa = w.pa;
	if (!t->two)
		return fault;
	for (int level = w.first; level <= w.last; level++)
		fault |= sa_fresh_stage(t, &t->s2, w.at[level + 1], &s2);
	fault |= sa_fresh_stage(t, &t->s2, w.pa, &s2);
	*pa = s2.pa;
	return fault;
}

static inline struct vmsa_tlb_answer sa_access(struct slow_all *t,
					       const struct vmsa_tlb_access *a)
{
	struct vmsa_tlb_answer out = sa_translate(t, a);
	uint64_t pa;

	if (!t->config.check || out.outcome == VMSA_TLB_CONFLICT)
		return out;
	if (sa_fresh(t, a->va, &pa))
		pa = ~UINT64_C(0);
	t->stats.of[a->region][a->side].stale +=
		pa != (out.outcome == VMSA_TLB_FAULT ? ~UINT64_C(0) : out.pa);
	return out;
}

#endif /* VMSA_TEST_SLOW_ALL_WALKS_H */
