/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sets.c - every set of every number of sets as a short list, youngest first
 *
 * A list holds keys, EMPTY places that had one and, behind all of them, zeroes.
 */
#include "vmsa/sweep/sets.h"

#include <errno.h>
#include <stdlib.h>

#define EMPTY UINT64_MAX

#define SHIFTS (VMSA_SETS_MAX_SHIFT + 1)

struct vmsa_sets {
	struct vmsa_sets_ways ways;
	uint64_t *tag[SHIFTS]; /* by log2 of the sets; NULL: not simulated */
};

size_t vmsa_sets_first(const struct vmsa_sets_ways *ways, unsigned shift)
{
	size_t first = 0;

	for (unsigned k = 0; k < shift && k < SHIFTS; k++)
		first += ways->of[k] ? ways->of[k] + 1u : 0;
	return first;
}

/* The list of the set that @index picks of 2^@shift. */
static uint64_t *set_of(const struct vmsa_sets *s, unsigned shift,
			uint64_t index)
{
	const uint64_t mask = (UINT64_C(1) << shift) - 1;

	return s->tag[shift] + (index & mask) * s->ways.of[shift];
}

/* An empty place has been filled above @key: find it and empty its own. */
static unsigned empty_below(uint64_t *list, unsigned way, unsigned ways,
			    uint64_t key)
{
	for (; way < ways && list[way]; way++)
		if (list[way] == key) {
			list[way] = EMPTY;
			return way + 1;
		}
	return 0;
}

/*
 * Put @key first; what is above the place it had, or above an empty place,
 * moves down by one.  Its distance, 0 if it is not among the @ways.
 */
static unsigned bring_to_front(uint64_t *list, unsigned ways, uint64_t key)
{
	uint64_t moving = key;

	for (unsigned way = 0; way < ways; way++) {
		const uint64_t here = list[way];

		list[way] = moving;
		if (here == key)
			return way + 1;
		if (here == 0)
			return 0;
		if (here == EMPTY)
			return empty_below(list, way + 1, ways, key);
		moving = here;
	}
	return 0;
}

void vmsa_sets_use(struct vmsa_sets *sets, uint64_t key, uint64_t index,
		   uint64_t *counts)
{
	unsigned distance = 0;

	for (unsigned shift = 0; shift < SHIFTS; shift++) {
		const unsigned ways = sets->ways.of[shift];

		if (!ways)
			continue;
		/* On top of a set: on top of it among more sets as well. */
		if (distance != 1)
			distance = bring_to_front(set_of(sets, shift, index),
						  ways, key);
		counts[distance]++;
		counts += ways + 1;
	}
}

void vmsa_sets_remove(struct vmsa_sets *sets, uint64_t key, uint64_t index)
{
	for (unsigned shift = 0; shift < SHIFTS; shift++)
		if (sets->tag[shift])
			empty_below(set_of(sets, shift, index), 0,
				    sets->ways.of[shift], key);
}

void vmsa_sets_remove_if(struct vmsa_sets *sets,
			 bool (*goes)(void *arg, uint64_t key), void *arg)
{
	for (unsigned shift = 0; shift < SHIFTS; shift++) {
		const size_t n = (size_t)sets->ways.of[shift] << shift;

		for (size_t i = 0; i < n; i++) {
			uint64_t *tag = &sets->tag[shift][i];

			if (*tag && *tag != EMPTY && goes(arg, *tag))
				*tag = EMPTY;
		}
	}
}

static int alloc_tags(struct vmsa_sets *s)
{
	for (unsigned shift = 0; shift < SHIFTS; shift++) {
		const size_t ways = s->ways.of[shift];

		if (ways > VMSA_SETS_MAX_WAYS)
			return -EINVAL;
		if (!ways)
			continue;
		s->tag[shift] = calloc(ways << shift, sizeof(uint64_t));
		if (!s->tag[shift])
			return -ENOMEM;
	}
	return 0;
}

int vmsa_sets_create(const struct vmsa_sets_ways *ways, struct vmsa_sets **out)
{
	struct vmsa_sets *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->ways = *ways;
	err = alloc_tags(s);
	if (err) {
		vmsa_sets_destroy(s);
		return err;
	}
	*out = s;
	return 0;
}

void vmsa_sets_destroy(struct vmsa_sets *sets)
{
	if (!sets)
		return;
	for (unsigned shift = 0; shift < SHIFTS; shift++)
		free(sets->tag[shift]);
	free(sets);
}
