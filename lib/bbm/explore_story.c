/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_story.c - a run, told move by move
 *
 * Nodes do not say which move led to them; the moves of the one before are made
 * again, and the first that leads there is as good as any other.
 */
#include "bbm/explore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void tell_event(const struct slice *s, size_t event, FILE *out)
{
	fprintf(out, "#%zu ", event + 1);
	vmsa_event_print(out, &s->program->event[event]);
	fputc('\n', out);
}

/* Which event put a buffered store there: the last of its PE that did. */
static size_t origin(const struct slice *s, const struct store *store,
		     uint32_t pc)
{
	while (pc-- > 0) {
		if (s->step[pc].kind == STEP_STORE &&
		    s->step[pc].pe == store->pe &&
		    s->step[pc].loc == store->loc &&
		    s->step[pc].value == store->value)
			break;
	}
	return s->step[pc].event;
}

static void tell_choice(const struct slice *s, const struct state *st,
			struct move move, FILE *out)
{
	const struct store *store = &st->buffer[move.which];

	if (move.kind == MOVE_STEP) {
		fprintf(out, "  PE %u  ", s->editor[move.which].pe);
		tell_event(s, s->step[st->pc[move.which]].event, out);
	} else if (move.kind == MOVE_DRAIN) {
		fputs("        memory now has ", out);
		tell_event(s, origin(s, store, st->pc[store->pe]), out);
	} else {
		fprintf(out, "  PE %u  obeys ", s->pe);
		tell_event(s, s->step[st->pending[move.which]].event, out);
	}
}

/* The move that leads from one node to the next, repeated and told. */
static void tell_move(struct slice *s, const struct node *from,
		      const struct node *to, FILE *out)
{
	struct move moves[MAX_MOVES];
	const unsigned n = vmsa_slice_moves(s, &from->state, moves);
	const struct state *st = &from->state;

	for (unsigned i = 0; i < n; i++) {
		struct state next;

		memcpy(&next, st, sizeof(next));
		vmsa_slice_apply(s, &next, moves[i]);
		if (memcmp(&next, &to->state, sizeof(next)) != 0)
			continue;
		tell_choice(s, st, moves[i], out);
		return;
	}
}

int vmsa_explore_story(struct slice *slice, const struct states *states,
		       uint32_t last, FILE *out)
{
	const struct node *node = states->node;
	const uint32_t depth = node[last].depth;
	uint32_t *path = malloc((depth + 1) * sizeof(*path));
	uint32_t at = last;

	if (!path)
		return -ENOMEM;
	for (uint32_t i = depth + 1; i-- > 0; at = node[at].parent)
		path[i] = at;
	for (uint32_t i = 0; i < depth; i++)
		tell_move(slice, &node[path[i]], &node[path[i + 1]], out);
	free(path);
	vmsa_slice_tell(slice, &node[last].state,
			vmsa_slice_judge(slice, &node[last].state), out);
	return ferror(out) ? -EIO : 0;
}
