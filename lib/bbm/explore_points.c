/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_points.c - how far all PEs have got, as one number
 *
 * As recorded the step that is next, in any order one digit a PE.  Points are
 * where outcomes are gathered: between two steps of a slice nothing else the
 * program does can be seen.
 */
#include "bbm/explore.h"

/* Where there is no next step, the number of steps stands for it. */
void vmsa_slice_number_points(struct slice *s)
{
	const uint32_t end = (uint32_t)s->nr_steps;
	uint64_t points = 1;

	for (size_t i = 0; i < s->nr_steps; i++) {
		if (s->step[i].next == NO_STEP)
			s->step[i].next = end;
	}
	for (unsigned i = 0; i < s->nr_editors; i++) {
		struct editor *e = &s->editor[i];

		if (e->first == NO_STEP)
			e->first = end;
		e->stride = (uint32_t)points;
		points *= e->count + 1;
		if (points > MAX_POINTS)
			break;
	}
	s->nr_points = s->mixed ? (uint32_t)points : end + 1;
	if (s->mixed && points > MAX_POINTS) {
		s->bound = "more points of several PEs than fit";
		s->nr_points = 0;
	}
}

static uint32_t rank_of(const struct slice *s, const struct state *st,
			unsigned pe)
{
	return st->pc[pe] == s->nr_steps ? s->editor[pe].count
					 : s->step[st->pc[pe]].rank;
}

uint32_t vmsa_slice_point(const struct slice *s, const struct state *st)
{
	uint32_t point = 0;

	if (!s->mixed)
		return vmsa_slice_next(s, st);
	for (unsigned i = 0; i < s->nr_editors; i++)
		point += s->editor[i].stride * rank_of(s, st, i);
	return point;
}

/* Whether a step has been done at a point. */
static bool is_done(const struct slice *s, uint32_t step, uint32_t point)
{
	const struct editor *e = &s->editor[s->step[step].pe];

	if (!s->mixed)
		return step < point;
	return s->step[step].rank < point / e->stride % (e->count + 1);
}

size_t vmsa_slice_progress(const struct slice *s, uint32_t point,
			   struct vmsa_progress out[MAX_PES])
{
	size_t last = 0;

	for (unsigned i = 0; i < s->nr_editors; i++)
		out[i] = (struct vmsa_progress){ s->editor[i].pe, 0 };
	for (uint32_t i = 0; i < s->nr_steps; i++) {
		if (!is_done(s, i, point))
			continue;
		last = s->step[i].event + 1;
		out[s->step[i].pe].event = last;
	}
	return last;
}

/*
 * Before a barrier of another PE everything can be seen that can be seen after
 * it and before that PE's next step.
 */
static void spread_over(const struct slice *s, const struct step *barrier,
			struct seen *seen)
{
	const struct editor *e = &s->editor[barrier->pe];

	for (uint32_t i = 0; i < s->nr_points; i++) {
		if (i / e->stride % (e->count + 1) != barrier->rank)
			continue;
		seen[i].leaves |= seen[i + e->stride].leaves;
		seen[i].other |= seen[i + e->stride].other;
	}
}

/* The last first, so that barriers in a row pass it on. */
void vmsa_slice_spread(const struct slice *s, struct seen *seen)
{
	for (size_t i = s->nr_steps; vmsa_slice_reduces(s) && i-- > 0;) {
		if (s->step[i].kind == STEP_BARRIER && s->step[i].pe != s->self)
			spread_over(s, &s->step[i], seen);
	}
}
