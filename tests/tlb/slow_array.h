/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_ARRAY_H
#define VMSA_TEST_SLOW_ARRAY_H
/*
 * slow_array.h - one structure of vmsa/tlb/config.h, with any replacement
 *
 * Written from that header's words alone: every way remembers when it was
 * filled and used, every node of a tree where it points.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/tlb/config.h"

/* What an entry is for; all of it must be equal. */
struct slow_key {
	uint64_t number; /* of the page, table or line, in units of its size */
	unsigned size;   /* log2, or anything that tells kinds apart */
	int context;     /* ASID, or -1: any */
};

struct slow_way {
	bool full;
	struct slow_key key;
	uint64_t data;
	uint64_t filled, used; /* when */
	bool recent;           /* NRU: used since all were */
};

struct slow_set {
	struct slow_way way[64];
	bool up[7][64]; /* by log2 of its ways, first way: node points up */
};

struct slow_array {
	struct vmsa_tlb_array shape;
	struct slow_set *set;
	uint64_t now, random;
};

static inline void slow_array_init(struct slow_array *a,
				   struct vmsa_tlb_array shape, uint64_t seed)
{
	*a = (struct slow_array){ .shape = shape, .random = seed };
	if (shape.entries)
		a->set = calloc(shape.entries / shape.ways, sizeof(*a->set));
}

static inline struct slow_set *slow_set_of(struct slow_array *a,
					   struct slow_key key)
{
	return &a->set[key.number % (a->shape.entries / a->shape.ways)];
}

/* log2 of the tree's leaves. */
static inline unsigned slow_depth(const struct slow_array *a)
{
	unsigned depth = 0;

	while (1u << depth < a->shape.ways)
		depth++;
	return depth;
}

static inline void slow_mark(struct slow_array *a, struct slow_set *s,
			     unsigned way)
{
	unsigned unused = 0;

	s->way[way].used = ++a->now;
	for (unsigned d = slow_depth(a); d > 0; d--) {
		unsigned first = way >> d << d;

		s->up[d][first] = way < first + (1u << (d - 1));
	}
	s->way[way].recent = true;
	for (unsigned w = 0; w < a->shape.ways; w++)
		unused += !s->way[w].recent;
	for (unsigned w = 0; w < a->shape.ways && !unused; w++)
		s->way[w].recent = w == way;
}

static inline unsigned slow_oldest(const struct slow_array *a,
				   const struct slow_set *s, bool by_use)
{
	unsigned best = 0;

	for (unsigned w = 1; w < a->shape.ways; w++) {
		const struct slow_way *x = &s->way[w], *y = &s->way[best];

		if (by_use ? x->used < y->used : x->filled < y->filled)
			best = w;
	}
	return best;
}

static inline unsigned slow_pointed(const struct slow_array *a,
				    const struct slow_set *s)
{
	unsigned first = 0;

	for (unsigned d = slow_depth(a); d > 0; d--) {
		unsigned upper = first + (1u << (d - 1));

		if (s->up[d][first] && upper < a->shape.ways)
			first = upper;
	}
	return first;
}

/* Steele, Lea and Flood's SplitMix64. */
static inline uint64_t slow_splitmix(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline unsigned slow_makes_room(struct slow_array *a, struct slow_set *s)
{
	switch (a->shape.replacement) {
	case VMSA_TLB_TREE_PLRU:
		return slow_pointed(a, s);
	case VMSA_TLB_FIFO:
		return slow_oldest(a, s, false);
	case VMSA_TLB_NRU:
		for (unsigned w = 0; w < a->shape.ways; w++)
			if (!s->way[w].recent)
				return w;
		return 0; /* the only way there is */
	case VMSA_TLB_RANDOM:
		return (unsigned)((slow_splitmix(&a->random) >> 32) *
					  a->shape.ways >>
				  32);
	default:
		return slow_oldest(a, s, true);
	}
}

static inline struct slow_way *slow_use(struct slow_array *a,
					struct slow_key key)
{
	struct slow_set *s;

	if (!a->shape.entries)
		return NULL;
	s = slow_set_of(a, key);
	for (unsigned w = 0; w < a->shape.ways; w++) {
		struct slow_way *x = &s->way[w];

		if (x->full && x->key.number == key.number &&
		    x->key.size == key.size && x->key.context == key.context) {
			slow_mark(a, s, w);
			return x;
		}
	}
	return NULL;
}

static inline void slow_insert(struct slow_array *a, struct slow_key key,
			       uint64_t data)
{
	struct slow_set *s;
	unsigned way = 0;

	if (!a->shape.entries)
		return;
	s = slow_set_of(a, key);
	while (way < a->shape.ways && s->way[way].full)
		way++;
	if (way == a->shape.ways)
		way = slow_makes_room(a, s);
	s->way[way] = (struct slow_way){ .full = true,
					 .key = key,
					 .data = data,
					 .filled = ++a->now,
					 .recent = s->way[way].recent };
	slow_mark(a, s, way);
}

/* Remove what is of @context, or all if -1, and covers @va, or all if 0. */
static inline void slow_array_clean(struct slow_array *a, uint64_t va,
				    int context)
{
	size_t sets = a->shape.entries ? a->shape.entries / a->shape.ways : 0;

	for (size_t i = 0; i < sets; i++)
		for (unsigned w = 0; w < a->shape.ways; w++) {
			struct slow_way *x = &a->set[i].way[w];
			bool there = !va || va >> x->key.size == x->key.number;

			if (there && (context == -1 || x->key.context == -1 ||
				      x->key.context == context))
				x->full = x->recent = false;
		}
}

#endif /* VMSA_TEST_SLOW_ARRAY_H */
