/* SPDX-License-Identifier: BSD-2-Clause */
#include "assoc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Slots are 16-bit in a full array, UINT16_MAX means none. */
#define MAX_FULL (UINT32_C(1) << 15)
#define MAX_SETS (UINT32_C(1) << 20)

static uint32_t log2_above(uint32_t n)
{
	uint32_t shift = 0;

	while (UINT32_C(1) << shift < n)
		shift++;
	return shift;
}

static bool good_shape(const struct vmsa_tlb_array *s)
{
	uint32_t sets;

	if (s->entries == 0)
		return true;
	if (s->ways == 0 || s->entries % s->ways)
		return false;
	sets = s->entries / s->ways;
	if (sets & (sets - 1))
		return false;
	return s->entries <= (sets == 1 ? MAX_FULL : MAX_SETS);
}

static int alloc_full(struct vmsa_assoc *a)
{
	/*
	 * Four chains an entry: a lookup that misses mostly meets an empty one.
	 * The log is compacted once per log - entries uses; with eight times
	 * the entries that is an extra step or so per use.
	 */
	uint32_t chains = log2_above(a->entries) + 2;
	uint32_t room = UINT32_C(1) << (log2_above(a->entries) + 3);

	a->hash_shift = 64 - chains;
	a->log_mask = room - 1;
	a->head = malloc(sizeof(*a->head) << chains);
	a->next = calloc(a->entries, sizeof(*a->next));
	a->pos = calloc(a->entries, sizeof(*a->pos));
	a->log = calloc(room, sizeof(*a->log));
	a->spare = calloc(a->entries, sizeof(*a->spare));
	a->held = calloc(a->entries, sizeof(*a->held));
	if (!a->head || !a->next || !a->pos || !a->log || !a->spare || !a->held)
		return -ENOMEM;
	memset(a->head, 0xff, sizeof(*a->head) << chains);
	while (a->nr_spare < a->entries) {
		a->spare[a->nr_spare] = (uint16_t)a->nr_spare;
		a->nr_spare++;
	}
	return 0;
}

static int alloc_sets(struct vmsa_assoc *a)
{
	a->stamp = calloc(a->entries, sizeof(*a->stamp));
	a->rank = calloc(a->ways, sizeof(*a->rank));
	return a->stamp && a->rank ? 0 : -ENOMEM;
}

int vmsa_assoc_init(struct vmsa_assoc *a, const struct vmsa_tlb_array *shape)
{
	int err;

	memset(a, 0, sizeof(*a));
	if (!good_shape(shape))
		return -EINVAL;
	if (shape->entries == 0)
		return 0;
	a->entries = shape->entries;
	a->ways = shape->ways;
	a->set_mask = shape->entries / shape->ways - 1;
	a->tag = calloc(a->entries, sizeof(*a->tag));
	a->data = calloc(a->entries, sizeof(*a->data));
	a->count = calloc(VMSA_TAG_CLASS + 1, sizeof(*a->count));
	err = a->tag && a->data && a->count ? 0 : -ENOMEM;
	if (!err)
		err = vmsa_assoc_full(a) ? alloc_full(a) : alloc_sets(a);
	if (err)
		vmsa_assoc_fini(a);
	return err;
}

void vmsa_assoc_fini(struct vmsa_assoc *a)
{
	free(a->tag);
	free(a->data);
	free(a->count);
	free(a->stamp);
	free(a->rank);
	free(a->head);
	free(a->next);
	free(a->pos);
	free(a->log);
	free(a->spare);
	free(a->held);
	memset(a, 0, sizeof(*a));
}

void vmsa_assoc_remove(struct vmsa_assoc *a, uint32_t slot)
{
	uint64_t class = a->tag[slot] & VMSA_TAG_CLASS;

	if (vmsa_assoc_full(a)) {
		vmsa_assoc_unlink(a, slot);
		a->spare[a->nr_spare++] = (uint16_t)slot;
		/* No position in the log is this one: the slot is not there. */
		a->pos[slot] = VMSA_ASSOC_HELD - 1;
	} else {
		a->stamp[slot] = 0;
	}
	a->tag[slot] = 0;
	if (--a->count[class] == 0)
		a->classes &= ~(UINT32_C(1) << class);
}

void vmsa_assoc_hold(struct vmsa_assoc *a, uint32_t slot)
{
	if (a->held[slot]++ == 0) {
		a->nr_held++;
		a->pos[slot] = VMSA_ASSOC_HELD;
	}
}

void vmsa_assoc_release(struct vmsa_assoc *a, uint32_t slot)
{
	if (--a->held[slot])
		return;
	a->nr_held--;
	a->pos[slot] = VMSA_ASSOC_HELD - 1;
	vmsa_assoc_touch(a, slot);
}

void vmsa_assoc_compact(struct vmsa_assoc *a)
{
	uint64_t to = a->oldest;

	/* At most one position per slot is current: room is left behind. */
	for (uint64_t from = a->oldest; from != a->newest; from++) {
		uint16_t slot = a->log[from & a->log_mask];

		if (a->pos[slot] != from)
			continue;
		a->log[to & a->log_mask] = slot;
		a->pos[slot] = to++;
	}
	a->newest = to;
}

void vmsa_assoc_rebase(struct vmsa_assoc *a)
{
	/* A stamp becomes its rank in the set; an empty slot's stays 0. */
	for (uint32_t first = 0; first < a->entries; first += a->ways) {
		uint32_t *stamp = a->stamp + first;

		for (uint32_t i = 0; i < a->ways; i++) {
			a->rank[i] = 0;
			for (uint32_t j = 0; j < a->ways; j++)
				a->rank[i] += stamp[j] && stamp[j] <= stamp[i];
		}
		memcpy(stamp, a->rank, a->ways * sizeof(*stamp));
	}
	a->clock = a->ways;
}
