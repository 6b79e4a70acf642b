/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_steps.c - the steps of a program that concern one address, PE by PE
 *
 * Steps are kept as they were recorded, and each knows the next of its PE.
 */
#include "bbm/explore_slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct vmsa_geometry *shape(const struct slice *s)
{
	return &s->program->config.geometry;
}

/* --- PEs ----------------------------------------------------------------- */

uint8_t vmsa_slice_find_editor(const struct slice *s, uint16_t pe)
{
	for (uint8_t i = 0; i < s->nr_editors; i++) {
		if (s->editor[i].pe == pe)
			return i;
	}
	return NO_PE;
}

uint8_t vmsa_slice_editor(struct slice *s, uint16_t pe)
{
	const uint8_t found = vmsa_slice_find_editor(s, pe);

	if (found != NO_PE)
		return found;
	if (s->nr_editors == MAX_PES) {
		s->bound = "more PEs that edit one address's tables than fit";
		return 0;
	}
	s->editor[s->nr_editors] = (struct editor){
		.pe = pe, .first = NO_STEP, .last = NO_STEP, .done = ~0u
	};
	return s->nr_editors++;
}

static const struct vmsa_event *event_at(const struct slice *s, size_t index)
{
	return &s->program->event[index];
}

static bool is_own(const struct slice *s, const struct vmsa_event *e)
{
	return s->observer == VMSA_OBSERVER_SELF && e->pe == s->pe;
}

/* --- steps --------------------------------------------------------------- */

/* As the last one of its PE. */
static void link_step(struct slice *s, uint32_t number)
{
	struct step *step = &s->step[number];
	struct editor *editor;

	step->pe = vmsa_slice_editor(s, event_at(s, step->event)->pe);
	editor = &s->editor[step->pe];
	step->next = NO_STEP;
	step->rank = editor->count++;
	if (editor->first == NO_STEP)
		editor->first = number;
	else
		s->step[editor->last].next = number;
	editor->last = number;
	if (step->event == s->leaves)
		s->leaving = number;
	if (step->event == s->returns)
		s->returning = number;
}

static int add_step(struct slice *s, struct step step)
{
	if (s->nr_steps == s->room) {
		const size_t room = s->room ? 2 * s->room : 32;
		struct step *grown = realloc(s->step, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		s->step = grown;
		s->room = room;
	}
	s->step[s->nr_steps] = step;
	link_step(s, (uint32_t)s->nr_steps++);
	return 0;
}

/* What an event does to the address's locations, one step each. */
static int add_stores(struct slice *s, const struct vmsa_event *e, size_t index)
{
	for (uint8_t l = 0; l < s->nr_locs; l++) {
		struct step step = { .kind = STEP_STORE,
				     .loc = l,
				     .event = index };
		vmsa_desc desc;
		int rc;

		if (vmsa_slice_is_written(s, e, s->loc[l].at, &desc)) {
			step.value = vmsa_slice_value(
				s, (struct value){ desc, CONTENT_DESC });
		} else if (vmsa_slice_is_freed(s, e, s->loc[l].at)) {
			step.kind = STEP_FREE;
			step.value = vmsa_slice_value(
				s, (struct value){ 0, CONTENT_FREED });
		} else {
			continue;
		}
		rc = add_step(s, step);
		if (rc)
			return rc;
	}
	return 0;
}

/*
 * Whether a TLBI can remove something that matters: an entry made from a
 * location that changes.  Others would be filled again at once.
 */
static bool matters(const struct slice *s, const struct vmsa_invalidation *tlbi)
{
	for (uint8_t l = 0; l < s->nr_locs; l++) {
		const uint64_t inside =
			vmsa_level_span(shape(s), s->loc[l].level) - 1;
		const uint64_t first = s->va & ~inside;

		if (s->loc[l].is_stored && first <= tlbi->target.last &&
		    (s->va | inside) >= tlbi->target.first)
			return true;
	}
	return false;
}

static int add_tlbi(struct slice *s, const struct vmsa_event *e, size_t index)
{
	const struct vmsa_tlbi *tlbi = &e->u.tlbi;
	struct step step = { .kind = STEP_TLBI,
			     .scope = tlbi->scope,
			     .tlbi = { .op = tlbi->op },
			     .event = index };

	/* One that need not invalidate anything counts as none. */
	if (vmsa_tlbi_target(tlbi, shape(s), &step.tlbi.target) !=
	    VMSA_TLBI_INVALIDATES)
		return 0;
	if (!is_own(s, e) && tlbi->scope == VMSA_TLBI_LOCAL)
		return 0;
	return matters(s, &step.tlbi) ? add_step(s, step) : 0;
}

/*
 * What a barrier does as far as this observer can tell.  To the PE's own
 * accesses a DSB NSH is as good as any for its own stores, as its own walker is
 * in every domain.
 */
static unsigned effect(const struct slice *s, const struct vmsa_event *e)
{
	unsigned completes = vmsa_barrier_completes(e->u.barrier);

	if (is_own(s, e)) {
		if (completes & VMSA_COMPLETES_OWN_STORES)
			completes |= VMSA_COMPLETES_STORES;
		return completes;
	}
	/* A non-shareable domain is not this PE's; its ISB is its own. */
	if (completes & VMSA_COMPLETES_OWN_STORES &&
	    !(completes & VMSA_COMPLETES_STORES))
		return 0;
	return completes & ~(unsigned)VMSA_SYNCHRONISES;
}

/*
 * Barriers are most of what a program does, and most of them do nothing for one
 * address: after a DSB another one does more only if its PE did something in
 * between that it has to wait for.
 */
static int add_barrier(struct slice *s, size_t index)
{
	const struct vmsa_event *e = event_at(s, index);
	const struct step step = { .kind = STEP_BARRIER,
				   .completes = effect(s, e),
				   .event = index };
	const uint8_t pe = vmsa_slice_find_editor(s, e->pe);
	unsigned *done;

	/* Who did nothing so far has nothing to wait for. */
	if (pe == NO_PE)
		return 0;
	done = &s->editor[pe].done;
	/* Leaving and returning are told by their steps. */
	if (index == s->leaves || index == s->returns)
		*done = 0;
	if (!(step.completes & ~*done))
		return 0;
	/* Translations may be made again between another barrier and an ISB. */
	*done = (*done & ~(unsigned)VMSA_SYNCHRONISES) | step.completes;
	return add_step(s, step);
}

/* Its PE has more to wait for; the observer may translate something else. */
static void note_step(struct slice *s, size_t index, bool is_barrier)
{
	const uint8_t pe = vmsa_slice_editor(s, event_at(s, index)->pe);

	if (!is_barrier)
		s->editor[pe].done = 0;
	if (s->self != NO_PE && s->self != pe)
		s->editor[s->self].done = 0;
}

/* The steps of one event that concerns the address's own descriptors. */
static int add_event(struct slice *s, size_t index)
{
	const struct vmsa_event *e = event_at(s, index);
	const size_t before = s->nr_steps;
	int rc;

	if (e->kind == VMSA_EVENT_BARRIER)
		rc = add_barrier(s, index);
	else if (e->kind == VMSA_EVENT_TLBI)
		rc = add_tlbi(s, e, index);
	else
		rc = add_stores(s, e, index);
	if (s->nr_steps != before)
		note_step(s, index, e->kind == VMSA_EVENT_BARRIER);
	return rc;
}

/* And what it does to the rest of a Contiguous group. */
static int add_group_event(struct slice *s, size_t index, bool has_step)
{
	const struct vmsa_event *e = event_at(s, index);
	const unsigned completes =
		e->kind == VMSA_EVENT_BARRIER ? effect(s, e) : 0;
	int rc = 0;

	if (!vmsa_slice_group_event(s, e, completes))
		return 0;
	if (!has_step)
		rc = add_step(s, (struct step){ .kind = STEP_NONE,
						.event = index });
	vmsa_slice_group_update(s);
	return rc;
}

static int add_steps(struct slice *s)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < s->program->nr; i++) {
		const size_t before = s->nr_steps;
		const uint8_t pe =
			vmsa_slice_find_editor(s, event_at(s, i)->pe);

		if (i + 1 == s->options->leave_out)
			continue;
		if (vmsa_slice_group_leaving(s, pe))
			s->editor[pe].done = 0;
		rc = add_event(s, i);
		if (!rc)
			rc = add_group_event(s, i, s->nr_steps != before);
	}
	return rc;
}

int vmsa_slice_steps(struct slice *slice)
{
	int rc;

	slice->nr_steps = 0;
	rc = add_steps(slice);
	if (!rc)
		vmsa_slice_number_points(slice);
	return rc;
}

/* --- a PE that is kept out of the tables --------------------------------- */

static bool is_named(const struct vmsa_event *e, enum vmsa_event_kind kind,
		     const char *name)
{
	return e->kind == kind && !strcmp(e->u.name, name);
}

/*
 * From the first ISB it does in an operation that keeps others out to the last
 * one, unless it edits tables in there itself.
 */
static void find_absence(struct slice *s)
{
	const char *name = s->options->alone;
	bool inside = false;

	s->leaves = SIZE_MAX;
	s->returns = SIZE_MAX;
	s->leaving = NO_STEP;
	s->returning = NO_STEP;
	for (size_t i = 0; name && i < s->program->nr; i++) {
		const struct vmsa_event *e = event_at(s, i);

		if (is_named(e, VMSA_EVENT_BEGIN, name))
			inside = true;
		if (is_named(e, VMSA_EVENT_END, name))
			inside = false;
		if (!inside || !is_own(s, e))
			continue;
		if (e->kind == VMSA_EVENT_STORE || e->kind == VMSA_EVENT_FILL) {
			s->leaves = SIZE_MAX;
			return;
		}
		if (e->kind != VMSA_EVENT_BARRIER || e->u.barrier != VMSA_ISB)
			continue;
		/* Without one ISB the next one does it. */
		if (s->leaves == SIZE_MAX && i + 1 != s->options->leave_out)
			s->leaves = i;
		s->returns = i;
	}
}

void vmsa_slice_editors(struct slice *slice)
{
	slice->nr_editors = 0;
	slice->group_pe = NO_PE;
	slice->self = slice->observer == VMSA_OBSERVER_SELF
			      ? vmsa_slice_editor(slice, slice->pe)
			      : NO_PE;
	find_absence(slice);
}
