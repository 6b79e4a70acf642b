/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_run.c - what may happen next to a program
 *
 * Three choices: a PE goes on, a buffered store reaches memory, a pending TLBI
 * acts.  What a TLB takes in is none, see explore_walk.c.  Each PE has a buffer
 * and TLBIs of its own; as recorded, only the PE whose turn it is goes on.
 */
#include "bbm/explore.h"

#include <string.h>

static bool waits_for_tlbi(const struct slice *s, const struct state *st,
			   const struct step *barrier)
{
	static const unsigned bit[] = {
		[VMSA_TLBI_LOCAL] = VMSA_COMPLETES_LOCAL_TLBI,
		[VMSA_TLBI_IS] = VMSA_COMPLETES_IS_TLBI,
		[VMSA_TLBI_OS] = VMSA_COMPLETES_OS_TLBI,
	};

	for (unsigned i = 0; i < st->nr_pending; i++) {
		const struct step *tlbi = &s->step[st->pending[i]];

		if (tlbi->pe == barrier->pe &&
		    barrier->completes & bit[tlbi->scope])
			return true;
	}
	return false;
}

/* Behind the last store of a PE in the buffer; 0 if it has none. */
static unsigned end_of_stores(const struct state *st, uint8_t pe)
{
	unsigned i = st->nr_buffer;

	while (i && st->buffer[i - 1].pe != pe)
		i--;
	return i;
}

/* Barriers alone wait: for stores, and for TLBIs their domain covers. */
static bool is_enabled(const struct slice *s, const struct state *st,
		       unsigned pe)
{
	const struct step *step;

	if (st->pc[pe] == s->nr_steps)
		return false;
	if (!s->mixed && st->pc[pe] != vmsa_slice_next(s, st))
		return false;
	step = &s->step[st->pc[pe]];
	if (step->kind != STEP_BARRIER)
		return true;
	if (step->completes & VMSA_COMPLETES_STORES &&
	    end_of_stores(st, step->pe))
		return false;
	return !waits_for_tlbi(s, st, step);
}

/* Same-location stores keep their order; none passes a fence. */
static bool may_drain(const struct state *st, unsigned i)
{
	if (st->buffer[i].loc == FENCE)
		return false;
	for (unsigned j = 0; j < i; j++) {
		if (st->buffer[j].pe == st->buffer[i].pe &&
		    (st->buffer[j].loc == FENCE ||
		     st->buffer[j].loc == st->buffer[i].loc))
			return false;
	}
	return true;
}

/* Stores of different PEs have no order, so they are kept by PE. */
static void push(struct slice *s, struct state *st, struct store store)
{
	unsigned i = st->nr_buffer;

	if (st->nr_buffer == MAX_BUFFER) {
		s->bound = "more buffered stores than fit";
		return;
	}
	for (; i && st->buffer[i - 1].pe > store.pe; i--)
		st->buffer[i] = st->buffer[i - 1];
	st->buffer[i] = store;
	st->nr_buffer++;
}

static void remove_store(struct state *st, unsigned i)
{
	st->nr_buffer--;
	memmove(&st->buffer[i], &st->buffer[i + 1],
		(st->nr_buffer - i) * sizeof(st->buffer[0]));
	st->buffer[st->nr_buffer] = (struct store){ 0, 0, 0 };
}

/* A fence that no store of its PE is in front of. */
static void remove_fences(struct state *st)
{
	for (unsigned i = 0; i < st->nr_buffer;) {
		if (st->buffer[i].loc == FENCE &&
		    (!i || st->buffer[i - 1].pe != st->buffer[i].pe))
			remove_store(st, i);
		else
			i++;
	}
}

/* Early translations end with a barrier of the PE that made them. */
static void do_barrier(struct slice *s, struct state *st,
		       const struct step *step)
{
	/* A DSB has waited and finds nothing to hold back; a DMB has not. */
	if (step->completes & VMSA_ORDERS_STORES && end_of_stores(st, step->pe))
		push(s, st, (struct store){ FENCE, 0, step->pe });
	if (step->pe != s->self)
		return;
	if (step->completes & VMSA_SYNCHRONISES)
		st->early = (struct seen){ 0, 0 };
	if (step->completes & VMSA_ORDERS_LOADS && s->options->ets2)
		st->early.other &= ~SEEN_FAULTS;
}

static void add_pending(struct slice *s, struct state *st, uint32_t tlbi)
{
	unsigned i = st->nr_pending;

	if (st->nr_pending == MAX_PENDING) {
		s->bound = "more pending TLBIs than fit";
		return;
	}
	for (; i && st->pending[i - 1] > tlbi; i--)
		st->pending[i] = st->pending[i - 1];
	st->pending[i] = tlbi;
	st->nr_pending++;
}

static void do_step(struct slice *s, struct state *st, unsigned pe)
{
	const struct step *step = &s->step[st->pc[pe]];

	switch (step->kind) {
	case STEP_NONE:
		break;
	case STEP_STORE:
		push(s, st, (struct store){ step->loc, step->value, step->pe });
		break;
	case STEP_FREE:
		/* Whoever gets the frame may write it before the next event. */
		st->memory[step->loc] = step->value;
		break;
	case STEP_BARRIER:
		do_barrier(s, st, step);
		break;
	case STEP_TLBI:
		add_pending(s, st, st->pc[pe]);
		break;
	}
	st->pc[pe] = step->next;
}

/*
 * The TLBI of every PE acts on one observer, so that it acts once; on whom else
 * it acts, and when, nobody here can tell.
 */
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
		do_step(s, st, move.which);
		break;
	case MOVE_DRAIN:
		st->memory[st->buffer[move.which].loc] =
			st->buffer[move.which].value;
		remove_store(st, move.which);
		remove_fences(st);
		break;
	case MOVE_TLBI:
		do_tlbi(s, st, move.which);
		break;
	}
	vmsa_slice_look(s, st);
}

/*
 * Partial-order reduction.  Another PE's barrier that waits for nothing
 * commutes with whatever the others do, and what it orders is behind it: at
 * once is as good as any time.  vmsa_slice_spread() is about what is seen
 * without it.
 */
static bool is_ready_barrier(const struct slice *s, const struct state *st,
			     unsigned pe)
{
	return pe != s->self && pe != s->group_pe && is_enabled(s, st, pe) &&
	       s->step[st->pc[pe]].kind == STEP_BARRIER;
}

unsigned vmsa_slice_moves(const struct slice *s, const struct state *st,
			  struct move out[MAX_MOVES])
{
	unsigned n = 0;

	for (unsigned pe = 0; vmsa_slice_reduces(s) && pe < s->nr_editors;
	     pe++) {
		if (!is_ready_barrier(s, st, pe))
			continue;
		out[0] = (struct move){ MOVE_STEP, pe };
		return 1;
	}
	for (unsigned pe = 0; pe < s->nr_editors; pe++) {
		if (is_enabled(s, st, pe))
			out[n++] = (struct move){ MOVE_STEP, pe };
	}
	for (unsigned i = 0; i < st->nr_buffer; i++) {
		if (may_drain(st, i))
			out[n++] = (struct move){ MOVE_DRAIN, i };
	}
	for (unsigned i = 0; i < st->nr_pending; i++)
		out[n++] = (struct move){ MOVE_TLBI, i };
	return n;
}
