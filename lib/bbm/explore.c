/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore.c - every state of a program as one address sees it, each once
 *
 * Breadth first: the first bad state of an address has a shortest run.  Nodes
 * are searched in the order they were found, so the list of them is the queue.
 */
#include "bbm/explore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The search of one address after another; memory is kept from each. */
struct explorer {
	struct slice slice;
	const struct vmsa_explore_options *options;
	struct states states;
	struct seen *seen; /* by point */
	size_t seen_room;
	uint32_t bad;    /* the first bad node; NO_NODE for none */
	unsigned broken; /* by any node */
	uint32_t shortest;
	const uint16_t *pe; /* that the program has events of */
	size_t pes;
	struct vmsa_explore_result *out;
};

/* What a state shows: to the caller's outcomes, and to the verdict. */
static void note(struct explorer *x, uint32_t number)
{
	const struct state *st = &x->states.node[number].state;
	const struct seen seen = vmsa_slice_seen(&x->slice, st);
	const uint32_t point = vmsa_slice_point(&x->slice, st);
	const unsigned asked = x->options->invariants ? x->options->invariants
						      : VMSA_INVARIANTS;
	const unsigned broken = vmsa_slice_judge(&x->slice, st);

	x->seen[point].leaves |= seen.leaves;
	x->seen[point].other |= seen.other;
	x->broken |= broken;
	if (broken & asked && x->bad == NO_NODE)
		x->bad = number;
}

/* Each state once; what it shows is noted when it is new. */
static int keep(struct explorer *x, const struct state *st, uint32_t parent)
{
	const int rc = vmsa_states_add(&x->states, st, parent);

	if (rc > 0)
		note(x, x->states.nr - 1);
	return rc < 0 ? rc : 0;
}

/* --- one address --------------------------------------------------------- */

/* The next address: its slice, and room; memory is kept from the last one. */
static int prepare(struct explorer *x)
{
	const int rc = vmsa_slice_make(&x->slice);

	if (rc)
		return rc;
	if (x->slice.nr_points > x->seen_room) {
		free(x->seen);
		x->seen_room = 2 * x->slice.nr_points;
		x->seen = malloc(x->seen_room * sizeof(*x->seen));
		if (!x->seen) {
			x->seen_room = 0;
			return -ENOMEM;
		}
	}
	if (x->slice.nr_points)
		memset(x->seen, 0, x->slice.nr_points * sizeof(*x->seen));
	vmsa_states_empty(&x->states);
	x->bad = NO_NODE;
	x->broken = 0;
	return 0;
}

static int search(struct explorer *x)
{
	const uint64_t max = x->options->max_states ? x->options->max_states
						    : VMSA_EXPLORE_MAX_STATES;
	struct move moves[MAX_MOVES];
	struct state st;
	int rc;

	if (x->slice.bound)
		return 0;
	vmsa_slice_start(&x->slice, &st);
	vmsa_slice_look(&x->slice, &st);
	rc = keep(x, &st, NO_NODE);
	for (uint32_t i = 0; !rc && !x->slice.bound && i < x->states.nr; i++) {
		const struct state from = x->states.node[i].state;
		const unsigned n = vmsa_slice_moves(&x->slice, &from, moves);

		for (unsigned m = 0; !rc && m < n; m++) {
			memcpy(&st, &from, sizeof(st));
			vmsa_slice_apply(&x->slice, &st, moves[m]);
			rc = keep(x, &st, i);
		}
		if (x->states.nr > max)
			x->slice.bound = "more states than allowed";
	}
	return rc;
}

/* Every point at once: between two steps of a slice nothing changes. */
static int report(struct explorer *x)
{
	struct vmsa_outcome o[MAX_ENTRIES + 32];
	struct vmsa_progress progress[MAX_PES];
	struct vmsa_outcomes at = { .va = x->slice.va,
				    .observer = x->slice.observer,
				    .pe = x->slice.pe,
				    .o = o,
				    .progress = progress,
				    .nr_pes = x->slice.nr_editors };

	vmsa_slice_spread(&x->slice, x->seen);
	for (uint32_t i = 0; i < x->slice.nr_points; i++) {
		const struct seen seen = x->seen[i];
		int rc;

		at.point = vmsa_slice_progress(&x->slice, i, progress);
		at.ended = i + 1 == x->slice.nr_points;
		at.count = vmsa_slice_outcomes(&x->slice, seen, o);
		rc = at.count ? x->options->fn(x->options->arg, &at) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

/* What one address adds to the result. */
static void conclude(struct explorer *x)
{
	struct vmsa_explore_result *out = x->out;
	struct vmsa_progress progress[MAX_PES];
	const struct node *bad;

	out->seen |= x->broken;
	out->states += x->states.nr;
	if (x->slice.bound)
		out->bound = x->slice.bound;
	if (x->bad == NO_NODE || x->states.node[x->bad].depth >= x->shortest)
		return;
	bad = &x->states.node[x->bad];
	x->shortest = bad->depth;
	out->va = x->slice.va;
	out->observer = x->slice.observer;
	out->pe = x->slice.pe;
	out->point = vmsa_slice_progress(
		&x->slice, vmsa_slice_point(&x->slice, &bad->state), progress);
}

static int explore_address(struct explorer *x, vmsa_va va,
			   enum vmsa_observer observer, uint16_t pe)
{
	int rc;

	x->slice.va = va;
	x->slice.observer = observer;
	x->slice.pe = pe;
	rc = prepare(x);
	if (!rc)
		rc = search(x);
	if (rc)
		return rc;
	conclude(x);
	return x->options->fn ? report(x) : 0;
}

/* Find the shortest bad run again, and tell it. */
static int tell(struct explorer *x)
{
	int rc;

	x->slice.va = x->out->va;
	x->slice.observer = x->out->observer;
	x->slice.pe = x->out->pe;
	rc = prepare(x);
	if (!rc)
		rc = search(x);
	return rc ? rc
		  : vmsa_explore_story(&x->slice, &x->states, x->bad,
				       x->options->story);
}

/* --- all addresses ------------------------------------------------------- */

/* A number that no PE of the program has. */
static uint16_t other_pe(const struct explorer *x)
{
	uint16_t pe = 0;

	for (size_t i = 0; i < x->pes; i++) {
		if (x->pe[i] >= pe)
			pe = (uint16_t)(x->pe[i] + 1);
	}
	return pe ? pe : 1;
}

static int explore_everybody(struct explorer *x, vmsa_va va)
{
	const unsigned asked = x->options->observers;
	const uint32_t self = x->options->self;
	int rc = 0;

	if (!asked || asked & VMSA_OBSERVER_OTHER)
		rc = explore_address(x, va, VMSA_OBSERVER_OTHER, other_pe(x));
	for (size_t i = 0; i < x->pes && asked & VMSA_OBSERVER_SELF; i++) {
		if (!rc && (!self || self == x->pe[i] + UINT32_C(1)))
			rc = explore_address(x, va, VMSA_OBSERVER_SELF,
					     x->pe[i]);
	}
	return rc;
}

/* A story is told last, when it is known which run is the shortest. */
static int explore_all(struct explorer *x, const vmsa_va *va, size_t n)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = explore_everybody(x, va[i]);
	x->out->probes = n;
	x->out->broken =
		x->out->seen & (x->options->invariants ? x->options->invariants
						       : VMSA_INVARIANTS);
	if (!rc && x->options->story && x->shortest != UINT32_MAX)
		rc = tell(x);
	return rc;
}

static int explore_probes(struct explorer *x)
{
	vmsa_va *va;
	size_t n;
	int rc;

	if (x->options->probes)
		return explore_all(x, x->options->probes,
				   x->options->nr_probes);
	rc = vmsa_program_probes(x->slice.program, &va, &n);
	if (rc)
		return rc;
	rc = explore_all(x, va, n);
	free(va);
	return rc;
}

int vmsa_explore(const struct vmsa_program *program,
		 const struct vmsa_explore_options *options,
		 struct vmsa_explore_result *out)
{
	struct vmsa_explore_result result = { .broken = 0 };
	struct explorer *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return -ENOMEM;
	x->options = options;
	x->slice.program = program;
	x->slice.options = options;
	x->slice.mixed = options->any_order;
	x->pe = program->pe;
	x->pes = program->pes;
	x->shortest = UINT32_MAX;
	x->out = &result;
	rc = explore_probes(x);
	if (!rc)
		*out = result;
	vmsa_states_free(&x->states);
	free(x->seen);
	free(x->slice.step);
	free(x);
	return rc;
}
