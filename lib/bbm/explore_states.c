/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_states.c - the states seen, each once
 */
#include "bbm/explore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* States are zeroed before they are filled, padding included. */
static uint32_t hash_state(const struct state *st)
{
	const unsigned char *at = (const unsigned char *)st;
	uint64_t h = 1, word;

	_Static_assert(sizeof(*st) % sizeof(word) == 0, "whole words");
	for (size_t i = 0; i < sizeof(*st); i += sizeof(word)) {
		memcpy(&word, at + i, sizeof(word));
		h = mix(h, word);
	}
	return (uint32_t)(h >> 32);
}

/* Where a state is, or would be; @fresh: it is known not to be there. */
static uint32_t *find_slot(const struct states *states, const struct state *st,
			   bool fresh)
{
	for (uint32_t i = hash_state(st);; i++) {
		uint32_t *slot = &states->slot[i & (states->slots - 1)];

		if (*slot == NO_NODE)
			return slot;
		if (!fresh &&
		    !memcmp(&states->node[*slot].state, st, sizeof(*st)))
			return slot;
	}
}

static bool grow(struct states *states)
{
	const uint32_t room = states->room ? 2 * states->room : 256;
	struct node *node = realloc(states->node, room * sizeof(*node));
	uint32_t *slot = malloc(2 * (size_t)room * sizeof(*slot));

	if (node)
		states->node = node;
	if (!node || !slot) {
		free(slot);
		return false;
	}
	free(states->slot);
	states->slot = slot;
	states->room = room;
	states->slots = 2 * room;
	memset(slot, 0xff, states->slots * sizeof(*slot));
	for (uint32_t i = 0; i < states->nr; i++)
		*find_slot(states, &node[i].state, true) = i;
	return true;
}

int vmsa_states_add(struct states *states, const struct state *st,
		    uint32_t parent)
{
	uint32_t *slot;

	if (states->nr == states->room && !grow(states))
		return -ENOMEM;
	slot = find_slot(states, st, false);
	if (*slot != NO_NODE)
		return 0;
	*slot = states->nr;
	states->node[states->nr++] = (struct node){
		.state = *st,
		.parent = parent,
		.depth = parent == NO_NODE ? 0 : states->node[parent].depth + 1,
	};
	return 1;
}

void vmsa_states_empty(struct states *states)
{
	states->nr = 0;
	if (states->slots)
		memset(states->slot, 0xff,
		       states->slots * sizeof(*states->slot));
}

void vmsa_states_free(struct states *states)
{
	free(states->node);
	free(states->slot);
}
