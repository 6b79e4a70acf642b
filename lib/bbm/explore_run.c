/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_run.c - what may happen next to a program
 *
 * Three choices: the program goes on, a buffered store reaches memory, a
 * pending TLBI acts.  What a TLB takes in is none, see explore_walk.c.
 */
#include "bbm/explore.h"

#include <string.h>

static bool waits_for_tlbi(const struct slice *s, const struct state *st,
			   unsigned completes)
{
	static const unsigned bit[] = {
		[VMSA_TLBI_LOCAL] = VMSA_COMPLETES_LOCAL_TLBI,
		[VMSA_TLBI_IS] = VMSA_COMPLETES_IS_TLBI,
		[VMSA_TLBI_OS] = VMSA_COMPLETES_OS_TLBI,
	};

	for (unsigned i = 0; i < st->nr_pending; i++) {
		if (completes & bit[s->step[st->pending[i]].scope])
			return true;
	}
	return false;
}

/* Barriers alone wait: for stores, and for TLBIs their domain covers. */
static bool is_enabled(const struct slice *s, const struct state *st)
{
	const struct step *step = &s->step[st->pc];

	if (st->pc == s->nr_steps)
		return false;
	if (step->kind != STEP_BARRIER)
		return true;
	if (step->completes & VMSA_COMPLETES_STORES && st->nr_buffer)
		return false;
	return !waits_for_tlbi(s, st, step->completes);
}

/* Same-location stores keep their order; none passes a fence. */
static bool may_drain(const struct state *st, unsigned i)
{
	if (st->buffer[i].loc == FENCE)
		return false;
	for (unsigned j = 0; j < i; j++) {
		if (st->buffer[j].loc == FENCE ||
		    st->buffer[j].loc == st->buffer[i].loc)
			return false;
	}
	return true;
}

static void push(struct slice *s, struct state *st, struct store store)
{
	if (st->nr_buffer == MAX_BUFFER)
		s->bound = "more buffered stores than fit";
	else
		st->buffer[st->nr_buffer++] = store;
}

static void remove_store(struct state *st, unsigned i)
{
	st->nr_buffer--;
	memmove(&st->buffer[i], &st->buffer[i + 1],
		(st->nr_buffer - i) * sizeof(st->buffer[0]));
	st->buffer[st->nr_buffer] = (struct store){ 0, 0 };
}

/* Only the editing PE's early translations end with a barrier. */
static void do_barrier(const struct slice *s, struct state *st,
		       const struct step *step)
{
	if (step->completes & VMSA_SYNCHRONISES)
		st->early = (struct seen){ 0, 0 };
	if (step->completes & VMSA_ORDERS_LOADS && s->options->ets2)
		st->early.other &= ~SEEN_FAULTS;
}

static void do_step(struct slice *s, struct state *st)
{
	const struct step *step = &s->step[st->pc];

	switch (step->kind) {
	case STEP_NONE:
		break;
	case STEP_STORE:
		push(s, st, (struct store){ step->loc, step->value });
		break;
	case STEP_FREE:
		/* Whoever gets the frame may write it before the next event. */
		st->memory[step->loc] = step->value;
		break;
	case STEP_BARRIER:
		if (step->completes & VMSA_ORDERS_STORES && st->nr_buffer)
			push(s, st, (struct store){ FENCE, 0 });
		do_barrier(s, st, step);
		break;
	case STEP_TLBI:
		if (st->nr_pending == MAX_PENDING)
			s->bound = "more pending TLBIs than fit";
		else
			st->pending[st->nr_pending++] = st->pc;
		break;
	}
	st->pc++;
}

static void do_tlbi(const struct slice *s, struct state *st, unsigned i)
{
	vmsa_slice_invalidate(s, st, &s->step[st->pending[i]]);
	st->nr_pending--;
	memmove(&st->pending[i], &st->pending[i + 1],
		(st->nr_pending - i) * sizeof(st->pending[0]));
	st->pending[st->nr_pending] = 0;
}

void vmsa_slice_apply(struct slice *s, struct state *st, struct move move)
{
	switch (move.kind) {
	case MOVE_STEP:
		do_step(s, st);
		break;
	case MOVE_DRAIN:
		st->memory[st->buffer[move.which].loc] =
			st->buffer[move.which].value;
		remove_store(st, move.which);
		while (st->nr_buffer && st->buffer[0].loc == FENCE)
			remove_store(st, 0);
		break;
	case MOVE_TLBI:
		do_tlbi(s, st, move.which);
		break;
	}
	vmsa_slice_look(s, st);
}

unsigned vmsa_slice_moves(const struct slice *s, const struct state *st,
			  struct move out[MAX_MOVES])
{
	unsigned n = 0;

	if (is_enabled(s, st))
		out[n++] = (struct move){ MOVE_STEP, 0 };
	for (unsigned i = 0; i < st->nr_buffer; i++) {
		if (may_drain(st, i))
			out[n++] = (struct move){ MOVE_DRAIN, i };
	}
	for (unsigned i = 0; i < st->nr_pending; i++)
		out[n++] = (struct move){ MOVE_TLBI, i };
	return n;
}
