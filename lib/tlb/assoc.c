/* SPDX-License-Identifier: BSD-2-Clause */
#include "assoc_full.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Slots are 16-bit in a full array, UINT16_MAX means none. */
#define MAX_FULL (UINT32_C(1) << 15)
#define MAX_SETS (UINT32_C(1) << 20)

/* A position that is in no log: the slot is empty or about to be touched. */
#define NOWHERE (VMSA_ASSOC_HELD - 1)

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
	if ((unsigned)s->replacement >= VMSA_TLB_NR_REPLACEMENTS ||
	    (s->replacement && s->ways > VMSA_TLB_MAX_PLACES))
		return false;
	return s->entries <= (sets == 1 ? MAX_FULL : MAX_SETS);
}

/* Zeroed, and aligned so that a padded set is one line of the host's cache. */
static uint64_t *alloc_words(size_t n)
{
	size_t line = VMSA_ASSOC_LINE * sizeof(uint64_t);
	size_t bytes = (n * sizeof(uint64_t) + line - 1) / line * line;
	uint64_t *words = aligned_alloc(line, bytes);

	if (words)
		memset(words, 0, bytes);
	return words;
}

static int alloc_full(struct vmsa_assoc *a)
{
	/*
	 * Thirty-two chains an entry: few have two slots, so that both
	 * a hit and a miss take no surprising branch.  The log is compacted
	 * once per log - entries uses: an extra step or so per use.
	 */
	uint32_t chains = log2_above(a->entries) + 5;
	uint32_t room = UINT32_C(1) << (log2_above(a->entries) + 4);

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
	for (uint32_t slot = a->entries; slot-- > 0;) {
		a->spare[a->nr_spare++] = (uint16_t)slot;
		a->pos[slot] = NOWHERE;
	}
	return 0;
}

static enum vmsa_assoc_kind choose_kind(const struct vmsa_tlb_array *shape)
{
	if (shape->replacement != VMSA_TLB_LRU &&
	    shape->replacement != VMSA_TLB_FIFO)
		return VMSA_ASSOC_PLACES;
	if (shape->entries == shape->ways)
		return VMSA_ASSOC_FULL;
	return shape->ways <= VMSA_ASSOC_LINE ? VMSA_ASSOC_LINES
					      : VMSA_ASSOC_LOOPS;
}

/* Slots of a set: whole lines where vector code loads them. */
static uint32_t stride(const struct vmsa_assoc *a)
{
	if (a->kind == VMSA_ASSOC_LINES || a->kind == VMSA_ASSOC_PLACES)
		return (a->ways + VMSA_ASSOC_LINE - 1) / VMSA_ASSOC_LINE *
		       VMSA_ASSOC_LINE;
	return a->ways;
}

int vmsa_assoc_init(struct vmsa_assoc *a, const struct vmsa_tlb_array *shape,
		    uint64_t seed)
{
	uint32_t sets;
	int err;

	memset(a, 0, sizeof(*a));
	if (!good_shape(shape))
		return -EINVAL;
	if (shape->entries == 0)
		return 0;
	sets = shape->entries / shape->ways;
	a->kind = choose_kind(shape);
	a->replacement = shape->replacement;
	a->entries = shape->entries;
	a->ways = shape->ways;
	a->stride = stride(a);
	a->slots = sets * a->stride;
	a->set_mask = sets - 1;
	a->random = seed;
	a->tag = alloc_words(a->slots);
	a->data = alloc_words(a->slots);
	err = a->tag && a->data ? 0 : -ENOMEM;
	if (!err && a->kind == VMSA_ASSOC_FULL)
		err = alloc_full(a);
	else if (!err && a->kind == VMSA_ASSOC_PLACES)
		err = vmsa_place_init(a, sets);
	if (err)
		vmsa_assoc_fini(a);
	return err;
}

void vmsa_assoc_fini(struct vmsa_assoc *a)
{
	free(a->tag);
	free(a->data);
	free(a->head);
	free(a->next);
	free(a->pos);
	free(a->log);
	free(a->spare);
	free(a->held);
	free(a->state);
	free(a->path);
	memset(a, 0, sizeof(*a));
}

static void remove_from_set(struct vmsa_assoc *a, uint32_t slot)
{
	uint32_t last = slot / a->stride * a->stride + a->ways - 1;

	for (; slot < last; slot++) {
		a->tag[slot] = a->tag[slot + 1];
		a->data[slot] = a->data[slot + 1];
	}
	a->tag[last] = 0;
}

static void remove_from_full(struct vmsa_assoc *a, uint32_t slot)
{
	vmsa_full_unlink(a, slot);
	a->spare[a->nr_spare++] = (uint16_t)slot;
	a->pos[slot] = NOWHERE;
	a->tag[slot] = 0;
}

void vmsa_assoc_remove(struct vmsa_assoc *a, uint32_t slot)
{
	uint64_t class = a->tag[slot] & VMSA_TAG_CLASS;

	if (--a->count[class] == 0)
		a->classes &= ~(UINT32_C(1) << class);
	if (a->kind == VMSA_ASSOC_FULL)
		remove_from_full(a, slot);
	else if (a->kind == VMSA_ASSOC_PLACES)
		vmsa_place_remove(a, slot);
	else
		remove_from_set(a, slot);
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
	a->pos[slot] = NOWHERE;
	vmsa_full_touch(a, slot);
}

void vmsa_assoc_compact(struct vmsa_assoc *a)
{
	uint32_t left = a->entries - a->nr_spare - a->nr_held;
	uint64_t to = a->newest;

	/*
	 * At most one position per slot is current: they move to the end of
	 * the log, and room is left before them.  Without branches, as which
	 * are current is as good as random; recent uses have most of them.
	 */
	for (uint64_t from = to; left && from != a->oldest;) {
		uint16_t slot = a->log[--from & a->log_mask];
		bool current = a->pos[slot] == from;

		a->log[(to - 1) & a->log_mask] = slot;
		a->pos[slot] = current ? to - 1 : a->pos[slot];
		to -= current;
		left -= current;
	}
	a->oldest = to;
}
