/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_ENTRIES_H
#define VMSA_TEST_SLOW_ENTRIES_H
/*
 * slow_entries.h - what an entry can be, again, as obvious and slow as can be
 *
 * Written from vmsa/tlb.h, vmsa/tlb/config.h and docs/tlb-model.md alone; LRU
 * only.  A structure is one list of entries, youngest first, whatever their
 * sets.  An entry says in full what it covers, what it was cut from and whose
 * it is.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/tlb.h"

#define SLOW_ALL  (-1) /* owner: PEs with CnP; asid: global */
#define SLOW_PA   ((UINT64_C(1) << 52) - 1)
#define SLOW_ROOM 64 /* more entries than one access can meet */

struct slow_piece {
	uint64_t va, size;       /* covered */
	uint64_t leaf, leaf_end; /* what it is (part of): first, last byte */
	uint64_t pa;             /* of its first byte, modulo 2^52 */
	bool aggregated, page[8];
	int asid, vmid, owner;
	int level; /* of a table descriptor */
};

struct slow_array {
	struct vmsa_tlb_array shape;
	size_t n;
	struct slow_piece *e; /* youngest first */
};

struct slow_entries {
	struct vmsa_tlb_config config;
	struct vmsa_tlb_walker walker;
	struct slow_array l1[2], l2[2], walk_cache, lines;
	struct vmsa_tlb_stats stats;
	uint64_t chance;
};

/* What is known of the leaf of one access. */
struct slow_leaf {
	uint64_t pa;
	unsigned own, extent; /* log2 */
	bool near[8];
	bool global;
};

static inline void slow_take(struct slow_array *l, size_t i)
{
	memmove(l->e + i, l->e + i + 1, (l->n - i - 1) * sizeof(*l->e));
	l->n--;
}

static inline void slow_put(struct slow_array *l, struct slow_piece p)
{
	uint64_t sets = l->shape.entries / l->shape.ways;
	size_t same = 0, last = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].va / l->e[i].size % sets == p.va / p.size % sets) {
			same++;
			last = i;
		}
	if (same == l->shape.ways)
		slow_take(l, last);
	memmove(l->e + 1, l->e, l->n * sizeof(p));
	l->e[0] = p;
	l->n++;
}

static inline struct slow_piece *slow_use(struct slow_array *l, size_t i)
{
	struct slow_piece p = l->e[i];

	slow_take(l, i);
	slow_put(l, p);
	return &l->e[0];
}

/* Is an entry for @va and the contexts of @a? */
static inline bool slow_matches(const struct slow_entries *t,
				const struct slow_piece *p,
				const struct vmsa_tlb_access *a)
{
	uint64_t page = UINT64_C(1) << t->config.granule_shift;

	if (p->vmid != a->vmid || p->owner != (a->cnp ? SLOW_ALL : a->pe) ||
	    (p->asid != SLOW_ALL && p->asid != a->asid))
		return false;
	if (a->va / p->size != p->va / p->size)
		return false;
	return !p->aggregated || p->page[(a->va - p->va) / page];
}

/* Should @x be met before @y? */
static inline bool slow_before(const struct slow_piece *x,
			       const struct slow_piece *y)
{
	if (x->size != y->size)
		return x->size < y->size;
	if ((x->asid == SLOW_ALL) != (y->asid == SLOW_ALL))
		return x->asid == SLOW_ALL;
	return x->pa < y->pa;
}

/* All entries of @l for @a, in the order they count. */
static inline size_t slow_meet(const struct slow_entries *t,
			       const struct slow_array *l,
			       const struct vmsa_tlb_access *a, size_t met[])
{
	size_t n = 0, j;

	for (size_t i = 0; i < l->n; i++) {
		if (!slow_matches(t, &l->e[i], a))
			continue;
		for (j = n++; j && slow_before(&l->e[i], &l->e[met[j - 1]]);
		     j--)
			met[j] = met[j - 1];
		met[j] = i;
	}
	return n;
}

static inline uint64_t slow_draw(struct slow_entries *t)
{
	uint64_t z = t->chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline unsigned slow_log2(uint64_t size)
{
	return (unsigned)__builtin_ctzll(size);
}

static inline uint64_t slow_out(const struct slow_piece *p, uint64_t va)
{
	return (p->pa + (va - p->va)) & SLOW_PA;
}

/* What entry @p says of @va to the next level. */
static inline struct slow_leaf slow_read(const struct slow_entries *t,
					 const struct slow_piece *p,
					 uint64_t va)
{
	unsigned g = t->config.granule_shift, self = va >> g & 7;
	uint64_t own = p->leaf_end - p->leaf + 1;
	struct slow_leaf leaf = { .pa = slow_out(p, va),
				  .own = slow_log2(own),
				  .extent = slow_log2(p->size),
				  .global = p->asid == SLOW_ALL };

	if (p->aggregated)
		leaf.extent = g;
	for (unsigned i = 0; i < 8; i++) {
		uint64_t at = (va >> g >> 3 << 3 | i) << g;

		if (p->aggregated)
			leaf.near[i] = at / p->size == va / p->size &&
				       p->page[(at - p->va) >> g];
		else
			leaf.near[i] = i == self || p->size > own;
	}
	return leaf;
}

/* 0: none, 1: in *leaf, 2: abort. */
static inline int slow_look(struct slow_entries *t, struct slow_array *l,
			    const struct vmsa_tlb_access *a,
			    struct slow_leaf *leaf)
{
	enum vmsa_tlb_conflict how = t->config.conflict;
	size_t met[SLOW_ROOM], n = slow_meet(t, l, a, met), pick = 0;
	uint64_t all = 0;

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		all |= slow_out(&l->e[met[i]], a->va);
	if (n > 1 && how != VMSA_TLB_SMALLEST)
		t->stats.of[a->region][a->side].conflicts++;
	if (n > 1 && how == VMSA_TLB_ABORT)
		return 2;
	if (n > 1 && how == VMSA_TLB_EITHER)
		pick = slow_draw(t) % n;
	*leaf = slow_read(t, slow_use(l, met[pick]), a->va);
	if (n > 1 && how == VMSA_TLB_AMALGAM) {
		leaf->pa = all;
		for (unsigned i = 0; i < 8; i++)
			leaf->near[i] =
				i == (a->va >> t->config.granule_shift & 7);
	}
	return 1;
}

/* --- what a structure makes of a leaf ------------------------------------ */

static inline bool slow_holds(const struct vmsa_tlb_array *s, unsigned g,
			      unsigned size)
{
	return (!s->holds || s->holds >> size & 1) &&
	       !(s->refuses >> size & 1) &&
	       !(s->aggregate && size == g + s->aggregate);
}

/* log2 of the entry, 0: none. */
static inline unsigned slow_fit(const struct vmsa_tlb_array *s, unsigned g,
				const struct slow_leaf *leaf)
{
	unsigned size = leaf->extent;

	if (size > leaf->own) {
		if (s->contiguous && slow_holds(s, g, size))
			return size;
		size = leaf->own;
	}
	if (s->refuses >> leaf->own & 1)
		return 0;
	while (size >= 12 && !slow_holds(s, g, size))
		size--;
	return size >= 12 ? size : 0;
}

static inline bool slow_same(const struct slow_piece *x,
			     const struct slow_piece *y)
{
	return x->aggregated && x->va == y->va && x->size == y->size &&
	       x->pa == y->pa && x->asid == y->asid && x->vmid == y->vmid &&
	       x->owner == y->owner;
}

/* Pages join the entry with the lowest of them, or make one. */
static inline void slow_aggregate(struct slow_array *l, struct slow_piece p)
{
	size_t to = l->n;

	for (unsigned i = 0; i < 8 && to == l->n; i++)
		for (size_t j = 0; j < l->n; j++)
			if (p.page[i] && slow_same(&l->e[j], &p) &&
			    l->e[j].page[i])
				to = j;
	if (to == l->n) {
		slow_put(l, p);
		return;
	}
	for (unsigned i = 0; i < 8; i++) {
		bool taken = false;

		for (size_t j = 0; j < l->n; j++)
			taken |= slow_same(&l->e[j], &p) && l->e[j].page[i];
		if (p.page[i] && !taken)
			l->e[to].page[i] = true;
	}
	slow_use(l, to);
}

/* log2 of what now covers @a->va, of an aggregated entry a page; 0: none. */
static inline unsigned slow_keep(struct slow_entries *t, struct slow_array *l,
				 const struct vmsa_tlb_access *a,
				 const struct slow_leaf *leaf)
{
	unsigned g = t->config.granule_shift;
	uint64_t own = UINT64_C(1) << leaf->own;
	struct slow_piece p = { .vmid = a->vmid };
	unsigned fit;

	if (!l->shape.entries)
		return 0;
	fit = slow_fit(&l->shape, g, leaf);
	if (!fit)
		return 0;
	p.size = UINT64_C(1) << fit;
	p.leaf = a->va / own * own;
	p.leaf_end = p.leaf + (own - 1);
	p.asid = leaf->global ? SLOW_ALL : a->asid;
	p.owner = a->cnp ? SLOW_ALL : a->pe;
	p.aggregated = l->shape.aggregate && fit == g && leaf->own == g;
	if (p.aggregated)
		p.size <<= l->shape.aggregate;
	p.va = a->va / p.size * p.size;
	p.pa = (leaf->pa - (a->va - p.va)) & SLOW_PA;
	for (unsigned i = 0; p.aggregated && i < 8; i++) {
		uint64_t at = (a->va >> g >> 3 << 3 | i) << g;

		if (at / p.size == a->va / p.size)
			p.page[(at - p.va) >> g] = leaf->near[i];
	}
	if (p.aggregated)
		slow_aggregate(l, p);
	else
		slow_put(l, p);
	return fit;
}

/* --- walks ---------------------------------------------------------------- */

/* One walk after the other: each cycle has one in flight. */
static inline void slow_spend(struct vmsa_tlb_counters *c, uint64_t cycles)
{
	c->walk_cycles += cycles;
	c->walk_active_cycles += cycles;
}

static inline void slow_load_line(struct slow_entries *t,
				  struct vmsa_tlb_counters *c, uint64_t at)
{
	struct slow_piece line = { .va = at / 64 * 64, .size = 64 };

	for (size_t i = 0; i < t->lines.n; i++)
		if (t->lines.e[i].va == line.va) {
			slow_use(&t->lines, i);
			c->line_hits++;
			slow_spend(c, t->config.line_hit_cycles);
			return;
		}
	if (t->lines.shape.entries)
		slow_put(&t->lines, line);
	c->line_misses++;
	slow_spend(c, t->config.line_miss_cycles);
}

static inline void slow_walk_tables(struct slow_entries *t,
				    const struct vmsa_tlb_access *a,
				    struct vmsa_tlb_counters *c,
				    struct vmsa_tlb_walk *w)
{
	unsigned g = t->config.granule_shift;
	size_t met[SLOW_ROOM], n = slow_meet(t, &t->walk_cache, a, met);

	w->va = a->va;
	w->from_root = !n;
	w->aggregate = true;
	if (n) {
		struct slow_piece *e = slow_use(&t->walk_cache, met[0]);

		w->first = (int8_t)(e->level + 1);
		w->table = e->pa;
		c->walk_cache_hits[e->level + 1]++;
	} else {
		c->walk_cache_misses++;
	}
	t->walker.walk(t->walker.arg, w);
	c->walks++;
	slow_spend(c, t->config.walk_cycles);
	for (int level = w->first; level <= w->last; level++) {
		uint64_t size = UINT64_C(1)
				<< (g + (g - 3) * (unsigned)(3 - level));
		struct slow_piece p = { .va = a->va / size * size,
					.size = size,
					.asid = a->asid,
					.vmid = a->vmid,
					.owner = a->cnp ? SLOW_ALL : a->pe,
					.level = level };

		c->loads[level + 1]++;
		slow_load_line(t, c, w->at[level + 1]);
		if (level == w->last)
			break;
		p.pa = w->at[level + 2] >> g << g;
		if (t->walk_cache.shape.entries)
			slow_put(&t->walk_cache, p);
	}
	c->faults += w->fault;
}

/* --- an access ------------------------------------------------------------ */

static inline struct vmsa_tlb_answer slow_answer(enum vmsa_tlb_outcome outcome,
						 const struct slow_leaf *leaf,
						 unsigned shift)
{
	struct vmsa_tlb_answer out = { .outcome = outcome };

	if (outcome == VMSA_TLB_FAULT || outcome == VMSA_TLB_CONFLICT)
		return out;
	out.shift = (uint8_t)shift;
	out.global = leaf->global;
	out.pa = leaf->pa;
	return out;
}

static inline struct vmsa_tlb_answer slow_miss(struct slow_entries *t,
					       const struct vmsa_tlb_access *a)
{
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	struct slow_array *l2 = &t->l2[t->config.l2i.entries ? a->side : 0];
	struct vmsa_tlb_walk w = { 0 };
	struct slow_leaf leaf;
	unsigned l2_shift, shift;
	int there;

	c->l1_misses++;
	there = slow_look(t, l2, a, &leaf);
	if (there) {
		c->l2_hits++;
		if (there == 2)
			return slow_answer(VMSA_TLB_CONFLICT, NULL, 0);
		l2_shift = leaf.extent;
		shift = slow_keep(t, &t->l1[a->side], a, &leaf);
		return slow_answer(VMSA_TLB_L2_HIT, &leaf,
				   shift ? shift : l2_shift);
	}
	c->l2_misses += l2->shape.entries != 0;
	slow_walk_tables(t, a, c, &w);
	if (w.fault)
		return slow_answer(VMSA_TLB_FAULT, NULL, 0);
	leaf = (struct slow_leaf){ .pa = w.pa,
				   .own = w.shift,
				   .extent = w.contiguous_shift,
				   .global = w.global };
	for (unsigned i = 0; i < 8; i++)
		leaf.near[i] = (w.last == 3 && w.neighbours >> i & 1) ||
			       i == (a->va >> t->config.granule_shift & 7);
	l2_shift = slow_keep(t, l2, a, &leaf);
	shift = slow_keep(t, &t->l1[a->side], a, &leaf);
	if (!shift)
		shift = l2_shift ? l2_shift : leaf.own;
	return slow_answer(VMSA_TLB_WALKED, &leaf, shift);
}

static inline struct vmsa_tlb_answer slow_entries_access(
	struct slow_entries *t, const struct vmsa_tlb_access *a)
{
	struct vmsa_tlb_counters *c = &t->stats.of[a->region][a->side];
	struct slow_leaf leaf;
	int there = slow_look(t, &t->l1[a->side], a, &leaf);

	c->accesses++;
	if (!there)
		return slow_miss(t, a);
	c->l1_hits++;
	return slow_answer(there == 2 ? VMSA_TLB_CONFLICT : VMSA_TLB_L1_HIT,
			   &leaf, leaf.extent);
}

#endif /* VMSA_TEST_SLOW_ENTRIES_H */
