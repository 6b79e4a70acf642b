/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_ALL_LIFE_H
#define VMSA_TEST_SLOW_ALL_LIFE_H
/*
 * slow_all_life.h - maintenance, time and life of slow_all.h
 */
#include "slow_all_walks.h"

/* A TLBI in words; SA_ANY: any ASID, any VMID, a broadcast. */
struct sa_tlbi {
	uint64_t first, last;
	int asid, vmid, pe;
	bool globals;
	bool s1, s1_tables, s2, s2_tables;
};

static inline bool sa_theirs(const struct sa_tlbi *op, struct sa_whose of,
			     bool globals)
{
	if (op->vmid != SA_ANY && op->vmid != of.vmid)
		return false;
	if (op->pe != SA_ANY && of.owner != SA_ANY && of.owner != op->pe)
		return false;
	if (of.asid == SA_ANY)
		return globals;
	return op->asid == SA_ANY || op->asid == of.asid;
}

static inline bool sa_reached(const struct sa_tlbi *op, uint64_t at,
			      unsigned shift)
{
	uint64_t first = at >> shift << shift;

	return first <= op->last &&
	       first + ((UINT64_C(1) << shift) - 1) >= op->first;
}

static inline void sa_clean(const struct slow_all *t, struct sa_list *l,
			    const struct sa_tlbi *op, bool globals)
{
	unsigned g = t->config.granule_shift;

	for (size_t i = 0; i < sa_slots(l); i++) {
		struct sa_entry *e = sa_at(l, i);
		bool stays = false;

		if (!e || !sa_theirs(op, e->of, globals))
			continue;
		for (unsigned p = 0; p < 8 && e->group; p++) {
			if (sa_reached(op, e->start + ((uint64_t)p << g), g))
				e->page[p] = false;
			stays = stays || e->page[p];
		}
		/* A piece goes with any address of its leaf. */
		if (!e->group)
			stays = !sa_reached(op, e->start, e->shift) &&
				!sa_reached(op, e->start, e->own);
		if (!stays)
			sa_drop(l, e);
	}
}

static inline void sa_clean_tables(const struct slow_all *t,
				   struct sa_stage *st,
				   const struct sa_tlbi *op, bool globals)
{
	sa_clean(t, &st->merged, op, globals);
	for (int i = 0; i < VMSA_LEVELS; i++)
		sa_clean(t, &st->level[i], op, globals);
}

static inline void sa_invalidate(struct slow_all *t, const struct sa_tlbi *op)
{
	for (int side = 0; side < 2 && op->s1; side++) {
		sa_clean(t, &t->l1[side], op, op->globals);
		sa_clean(t, &t->l2[side], op, op->globals);
	}
	if (op->s1_tables)
		sa_clean_tables(t, &t->s1, op, false);
	if (op->s2)
		sa_clean(t, &t->ipa, op, true);
	if (op->s2_tables)
		sa_clean_tables(t, &t->s2, op, true);
}

/* The first call: earlier walks are over. */
static inline void sa_set_time(struct slow_all *t, uint64_t now)
{
	if (!t->timed) {
		memset(t->free, 0, sizeof(t->free));
		memset(t->busy, 0, SA_CYCLES);
	}
	t->timed = true;
	t->now = now;
}

/* --- life ----------------------------------------------------------------- */

static inline void sa_list_init(struct sa_list *l, struct vmsa_tlb_array shape,
				uint64_t seed)
{
	slow_array_init(&l->a, shape, seed);
	l->e = calloc(sa_slots(l) + 1, sizeof(*l->e));
}

static inline void sa_list_fini(struct sa_list *l)
{
	free(l->a.set);
	free(l->e);
}

static inline void sa_stage_init(struct sa_stage *st, unsigned granule,
				 struct vmsa_tlb_array merged,
				 const struct vmsa_tlb_array *level,
				 uint64_t seed)
{
	st->granule = granule;
	sa_list_init(&st->merged, merged, seed);
	for (unsigned i = 0; i < VMSA_LEVELS; i++)
		sa_list_init(&st->level[i], level[i], seed + 1 + i);
}

static inline struct slow_all *sa_create(const struct vmsa_tlb_config *c,
					 struct vmsa_tlb_walker s1,
					 const struct vmsa_tlb_walker *s2)
{
	struct slow_all *t = calloc(1, sizeof(*t));

	t->config = *c;
	t->chance = c->seed;
	t->busy = calloc(1, SA_CYCLES);
	/* Numbers of structures in the order of the configuration. */
	sa_list_init(&t->l1[0], c->l1d, c->seed);
	sa_list_init(&t->l1[1], c->l1i, c->seed + 1);
	sa_list_init(&t->l2[0], c->l2, c->seed + 2);
	sa_list_init(&t->l2[1], c->l2i, c->seed + 3);
	sa_stage_init(&t->s1, c->granule_shift, c->walk_cache, c->walk_level,
		      c->seed + 4);
	sa_list_init(&t->ipa, c->ipa_cache, c->seed + 10);
	sa_stage_init(&t->s2,
		      c->s2_granule_shift ? c->s2_granule_shift
					  : c->granule_shift,
		      c->s2_walk_cache, c->s2_walk_level, c->seed + 11);
	sa_list_init(&t->lines, c->lines, c->seed + 17);
	t->s1.walker = s1;
	t->two = s2 != NULL;
	if (s2)
		t->s2.walker = *s2;
	return t;
}

static inline void sa_stage_fini(struct sa_stage *st)
{
	sa_list_fini(&st->merged);
	for (int i = 0; i < VMSA_LEVELS; i++)
		sa_list_fini(&st->level[i]);
}

static inline void sa_destroy(struct slow_all *t)
{
	for (int side = 0; side < 2; side++) {
		sa_list_fini(&t->l1[side]);
		sa_list_fini(&t->l2[side]);
	}
	sa_stage_fini(&t->s1);
	sa_stage_fini(&t->s2);
	sa_list_fini(&t->ipa);
	sa_list_fini(&t->lines);
	free(t->busy);
	free(t);
}

#endif /* VMSA_TEST_SLOW_ALL_LIFE_H */
