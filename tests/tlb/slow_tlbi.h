/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_TLBI_H
#define VMSA_TEST_SLOW_TLBI_H
/*
 * slow_tlbi.h - what a TLBI removes from slow_entries.h, and its life
 */
#include "slow_entries.h"

/* A TLBI in words. */
struct slow_tlbi {
	uint64_t first, last; /* addresses */
	int asid, vmid, pe;   /* SLOW_ALL: any; pe: broadcast */
	bool globals, tables; /* global leaves; the walk cache */
};

static inline bool slow_theirs(const struct slow_tlbi *op,
			       const struct slow_piece *p)
{
	if (op->vmid != SLOW_ALL && op->vmid != p->vmid)
		return false;
	if (op->pe != SLOW_ALL && p->owner != SLOW_ALL && p->owner != op->pe)
		return false;
	if (p->asid == SLOW_ALL)
		return op->globals;
	return op->asid == SLOW_ALL || op->asid == p->asid;
}

static inline bool slow_overlap(const struct slow_tlbi *op, uint64_t first,
				uint64_t last)
{
	return first <= op->last && last >= op->first;
}

/* Does anything of @p stay? */
static inline bool slow_stays(const struct slow_entries *t,
			      const struct slow_tlbi *op, struct slow_piece *p)
{
	unsigned g = t->config.granule_shift;
	bool any = false;

	if (!slow_theirs(op, p))
		return true;
	if (!p->aggregated)
		return !slow_overlap(op, p->va, p->va + (p->size - 1)) &&
		       !(p->leaf_end && slow_overlap(op, p->leaf, p->leaf_end));
	for (unsigned i = 0; i < 8; i++) {
		uint64_t at = p->va + ((uint64_t)i << g);

		if (slow_overlap(op, at, at | ((UINT64_C(1) << g) - 1)))
			p->page[i] = false;
		any |= p->page[i];
	}
	return any;
}

static inline void slow_clear(const struct slow_entries *t,
			      struct slow_array *l, const struct slow_tlbi *op)
{
	for (size_t i = 0; i < l->n;)
		if (slow_stays(t, op, &l->e[i]))
			i++;
		else
			slow_take(l, i);
}

static inline void slow_entries_tlbi(struct slow_entries *t,
				     const struct slow_tlbi *op)
{
	for (int side = 0; side < 2; side++) {
		slow_clear(t, &t->l1[side], op);
		slow_clear(t, &t->l2[side], op);
	}
	if (op->tables)
		slow_clear(t, &t->walk_cache, op);
}

static inline void slow_array_init(struct slow_array *l,
				   struct vmsa_tlb_array shape)
{
	l->shape = shape;
	l->n = 0;
	l->e = calloc(shape.entries + 1, sizeof(*l->e));
}

static inline void slow_entries_init(struct slow_entries *t,
				     const struct vmsa_tlb_config *config,
				     const struct vmsa_tlb_walker *walker)
{
	memset(t, 0, sizeof(*t));
	t->config = *config;
	t->walker = *walker;
	t->chance = config->seed;
	slow_array_init(&t->l1[0], config->l1d);
	slow_array_init(&t->l1[1], config->l1i);
	slow_array_init(&t->l2[0], config->l2);
	slow_array_init(&t->l2[1], config->l2i);
	slow_array_init(&t->walk_cache, config->walk_cache);
	slow_array_init(&t->lines, config->lines);
}

static inline void slow_entries_fini(struct slow_entries *t)
{
	free(t->l1[0].e);
	free(t->l1[1].e);
	free(t->l2[0].e);
	free(t->l2[1].e);
	free(t->walk_cache.e);
	free(t->lines.e);
}

#endif /* VMSA_TEST_SLOW_TLBI_H */
