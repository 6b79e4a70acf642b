/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_ALL_H
#define VMSA_TEST_SLOW_ALL_H
/*
 * slow_all.h - everything docs/tlb-model.md says at once, as slow as can be
 *
 * From that page and the public headers; shares nothing with lib/tlb but their
 * types.  Ways and their replacement are slow_array.h's; beside each way stands
 * in full what its entry covers, what it was cut from and whose it is.
 */
#include <errno.h>

#include "slow_array.h"
#include "vmsa/tlb.h"

#define SA_ANY    (-1)
#define SA_PA     ((UINT64_C(1) << 52) - 1)
#define SA_CYCLES (1u << 25)
#define SA_FAULT  1 /* no translation */

/* Whose an entry is; asid: SA_ANY is global; owner: SA_ANY is CnP. */
struct sa_whose {
	int asid, vmid, owner;
};

struct sa_entry {
	uint64_t start, pa; /* of the first byte; pa modulo 2^52 */
	unsigned shift;     /* log2 of what is covered */
	unsigned own;       /* of the leaf it was made of */
	struct sa_whose of;
	bool group, page[8];
	bool clean, ahead;
	int level; /* of a table descriptor */
};

struct sa_list {
	struct slow_array a;
	struct sa_entry *e; /* 64 a set */
};

struct sa_stage {
	struct vmsa_tlb_walker walker;
	unsigned granule;
	struct sa_list merged, level[VMSA_LEVELS];
};

struct slow_all {
	struct vmsa_tlb_config config;
	bool two;
	struct sa_stage s1, s2;
	struct sa_list l1[2], l2[2], ipa, lines;
	struct vmsa_tlb_stats stats;
	uint64_t chance, now, free[64];
	bool timed;
	uint8_t *busy; /* by cycle */
};

/* What is known of a leaf around one address. */
struct sa_leaf {
	uint64_t pa;
	unsigned own, extent; /* log2 */
	bool near[8], global, clean, ahead;
};

/* --- structures ----------------------------------------------------------- */

static inline size_t sa_slots(const struct sa_list *l)
{
	const struct vmsa_tlb_array *s = &l->a.shape;

	return s->entries ? (size_t)64 * (s->entries / s->ways) : 0;
}

/* The entry in a slot, or NULL. */
static inline struct sa_entry *sa_at(const struct sa_list *l, size_t slot)
{
	return l->a.set[slot / 64].way[slot % 64].full ? &l->e[slot] : NULL;
}

static inline void sa_touch(struct sa_list *l, const struct sa_entry *e)
{
	size_t slot = (size_t)(e - l->e);

	slow_mark(&l->a, &l->a.set[slot / 64], slot % 64);
}

static inline void sa_drop(struct sa_list *l, const struct sa_entry *e)
{
	size_t slot = (size_t)(e - l->e);
	struct slow_way *way = &l->a.set[slot / 64].way[slot % 64];

	way->full = way->recent = false;
}

static inline void sa_add(struct sa_list *l, struct sa_entry e)
{
	struct slow_key key = { .number = e.start >> e.shift };
	struct slow_set *set;
	unsigned last = 0;

	if (!l->a.shape.entries)
		return;
	slow_insert(&l->a, key, 0);
	set = slow_set_of(&l->a, key);
	for (unsigned w = 0; w < l->a.shape.ways; w++)
		if (set->way[w].filled > set->way[last].filled)
			last = w;
	l->e[(size_t)(set - l->a.set) * 64 + last] = e;
}

static inline struct sa_whose sa_whose(const struct vmsa_tlb_access *a,
				       bool global)
{
	return (struct sa_whose){ .asid = global ? SA_ANY : a->asid,
				  .vmid = a->vmid,
				  .owner = a->cnp ? SA_ANY : a->pe };
}

static inline bool sa_same(struct sa_whose x, struct sa_whose y)
{
	return x.asid == y.asid && x.vmid == y.vmid && x.owner == y.owner;
}

static inline bool sa_covers(const struct sa_entry *e, uint64_t at)
{
	return e->start >> e->shift == at >> e->shift;
}

/* --- looking for an address ----------------------------------------------- */

static inline unsigned sa_page(const struct slow_all *t, uint64_t va,
			       uint64_t from)
{
	return (unsigned)((va - from) >> t->config.granule_shift);
}

static inline bool sa_matches(const struct slow_all *t,
			      const struct sa_entry *e,
			      const struct vmsa_tlb_access *a)
{
	return (sa_same(e->of, sa_whose(a, false)) ||
		sa_same(e->of, sa_whose(a, true))) &&
	       sa_covers(e, a->va) &&
	       (!e->group || e->page[sa_page(t, a->va, e->start)]);
}

static inline uint64_t sa_out(const struct sa_entry *e, uint64_t va)
{
	return (e->pa + (va - e->start)) & SA_PA;
}

/* Is @x met before @y? */
static inline bool sa_before(const struct sa_entry *x, const struct sa_entry *y)
{
	if (x->shift != y->shift)
		return x->shift < y->shift;
	if (x->of.asid != y->of.asid)
		return x->of.asid == SA_ANY;
	return x->pa < y->pa;
}

/* Number @n of those for an access, in order; NULL: there are not so many. */
static inline struct sa_entry *sa_met(const struct slow_all *t,
				      const struct sa_list *l,
				      const struct vmsa_tlb_access *a, size_t n)
{
	struct sa_entry *best = NULL, *last = NULL, *e;

	do {
		best = NULL;
		for (size_t i = 0; i < sa_slots(l); i++) {
			e = sa_at(l, i);
			if (e && sa_matches(t, e, a) &&
			    (!last || sa_before(last, e)) &&
			    (!best || sa_before(e, best)))
				best = e;
		}
		last = best;
	} while (best && n--);
	return best;
}

static inline struct sa_leaf sa_read(const struct slow_all *t,
				     const struct sa_entry *e, uint64_t va)
{
	unsigned g = t->config.granule_shift, self = va >> g & 7;
	struct sa_leaf leaf = { .pa = sa_out(e, va),
				.own = e->own,
				.extent = e->group ? g : e->shift,
				.global = e->of.asid == SA_ANY,
				.clean = e->clean };

	for (unsigned i = 0; i < 8; i++) {
		uint64_t at = ((va >> g) - self + i) << g;

		if (e->group)
			leaf.near[i] = sa_covers(e, at) &&
				       e->page[sa_page(t, at, e->start)];
		else
			leaf.near[i] =
				i == self || (e->shift > e->own && !e->clean);
	}
	return leaf;
}

/* The entry that counts, or NULL; *abort: the access ends. */
static inline struct sa_entry *sa_look(struct slow_all *t, struct sa_list *l,
				       const struct vmsa_tlb_access *a,
				       struct sa_leaf *leaf, bool *abort)
{
	enum vmsa_tlb_conflict how = t->config.conflict;
	struct sa_entry *e = sa_met(t, l, a, 0);
	bool several = e && sa_met(t, l, a, 1) && how != VMSA_TLB_SMALLEST;
	uint64_t all = 0, n = 0;

	*abort = false;
	if (!e)
		return NULL;
	for (; sa_met(t, l, a, n); n++)
		all |= sa_out(sa_met(t, l, a, n), a->va);
	if (several)
		t->stats.of[a->region][a->side].conflicts++;
	*abort = several && how == VMSA_TLB_ABORT;
	if (*abort)
		return e;
	if (several && how == VMSA_TLB_EITHER)
		e = sa_met(t, l, a, slow_splitmix(&t->chance) % n);
	sa_touch(l, e);
	*leaf = sa_read(t, e, a->va);
	if (several && how == VMSA_TLB_AMALGAM) {
		leaf->pa = all;
		for (unsigned i = 0; i < 8; i++)
			leaf->near[i] =
				i == (a->va >> t->config.granule_shift & 7);
	}
	return e;
}

/* --- what a TLB makes of a leaf ------------------------------------------- */

static inline bool sa_holds(const struct vmsa_tlb_array *s, unsigned g,
			    unsigned size)
{
	return (!s->holds || s->holds >> size & 1) &&
	       !(s->refuses >> size & 1) &&
	       !(s->aggregate && size == g + s->aggregate);
}

/* log2 of the entry, 0: none. */
static inline unsigned sa_fit(const struct vmsa_tlb_array *s, unsigned g,
			      const struct sa_leaf *leaf)
{
	unsigned size = leaf->extent;

	if (size > leaf->own && s->contiguous && sa_holds(s, g, size))
		return size;
	if (size > leaf->own)
		size = leaf->own;
	if (s->refuses >> leaf->own & 1)
		return 0;
	while (size >= 12 && !sa_holds(s, g, size))
		size--;
	return size >= 12 ? size : 0;
}

/* The pages of @p join an entry, or are one. */
static inline void sa_join(struct sa_list *l, struct sa_entry p)
{
	struct sa_entry *to = NULL, *e;
	bool taken[8] = { false };

	for (unsigned i = 0; i < 8; i++)
		for (size_t j = 0; j < sa_slots(l); j++) {
			e = sa_at(l, j);
			if (!e || !e->group || e->start != p.start ||
			    e->pa != p.pa || !sa_same(e->of, p.of) ||
			    !e->page[i] || !p.page[i])
				continue;
			taken[i] = true;
			if (!to && !e->clean)
				to = e;
		}
	for (unsigned i = 0; i < 8; i++) {
		p.page[i] = p.page[i] && !taken[i];
		if (to && p.page[i])
			to->page[i] = true;
	}
	if (!to) {
		sa_add(l, p);
		return;
	}
	to->ahead = to->ahead && p.ahead;
	sa_touch(l, to);
}

/* log2 of what now covers @a->va, of a group a page; 0: it is not kept. */
static inline unsigned sa_keep(struct slow_all *t, struct sa_list *l,
			       const struct vmsa_tlb_access *a,
			       const struct sa_leaf *leaf)
{
	const struct vmsa_tlb_array *s = &l->a.shape;
	unsigned g = t->config.granule_shift, fit;
	struct sa_entry p = { .of = sa_whose(a, leaf->global),
			      .own = leaf->own,
			      .clean = leaf->clean,
			      .ahead = leaf->ahead };

	fit = s->entries ? sa_fit(s, g, leaf) : 0;
	if (!fit)
		return 0;
	p.group = s->aggregate && fit == g && leaf->own == g;
	p.shift = p.group ? g + s->aggregate : fit;
	p.start = a->va >> p.shift << p.shift;
	p.pa = (leaf->pa - (a->va - p.start)) & SA_PA;
	for (unsigned i = 0; p.group && i < 8; i++) {
		uint64_t at = (a->va >> g >> 3 << 3 | i) << g;

		if (sa_covers(&p, at))
			p.page[sa_page(t, at, p.start)] = leaf->near[i];
	}
	if (p.group)
		sa_join(l, p);
	else
		sa_add(l, p);
	return fit;
}

#endif /* VMSA_TEST_SLOW_ALL_H */
