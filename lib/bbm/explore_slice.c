/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_slice.c - the part of a program that concerns one address
 *
 * Walks for the address can only read descriptors on its way: the root's, and
 * one in each table that any of them ever led to.  A store elsewhere does not
 * concern it, nor a barrier with nothing to do since the last one, nor a TLBI
 * that removes nothing that ever changes.  A split of 1 GiB with its thousand
 * fills is a dozen steps to each address.
 */
#include "bbm/explore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct vmsa_geometry *shape(const struct slice *s)
{
	return &s->program->config.geometry;
}

uint8_t vmsa_slice_value(struct slice *s, struct value value)
{
	for (uint8_t i = 0; i < s->nr_values; i++) {
		if (s->value[i].desc == value.desc &&
		    s->value[i].content == value.content)
			return i;
	}
	if (s->nr_values == MAX_VALUES) {
		s->bound = "more different descriptors than fit";
		return 0;
	}
	s->value[s->nr_values] = value;
	return s->nr_values++;
}

/* Does an event write this location, and what? */
bool vmsa_slice_is_written(const struct slice *s, const struct vmsa_event *e,
			   vmsa_pa at, vmsa_desc *out)
{
	const uint64_t granule = vmsa_granule(shape(s));
	uint64_t i;

	switch (e->kind) {
	case VMSA_EVENT_STORE:
	case VMSA_EVENT_FILL:
		i = (at - e->u.store.at) / sizeof(vmsa_desc);
		*out = e->u.store.desc + i * e->u.store.step;
		return at >= e->u.store.at && i < e->u.store.count;
	case VMSA_EVENT_TABLE_ALLOC:
		*out = 0;
		return at - e->u.table.pa < granule;
	default:
		return false;
	}
}

static bool is_freed(const struct slice *s, const struct vmsa_event *e,
		     vmsa_pa at)
{
	return e->kind == VMSA_EVENT_TABLE_FREE &&
	       at - e->u.table.pa < vmsa_granule(shape(s));
}

/* A location that the program only ever gives back, or not even that. */
static int read_initial(const struct slice *s, vmsa_pa at, size_t event,
			vmsa_desc *out)
{
	const struct vmsa_program *p = s->program;
	const vmsa_desc *saved = NULL;

	if (event < p->nr)
		saved = vmsa_program_saved(p, event);
	if (saved) {
		*out = saved[(at - p->event[event].u.table.pa) / sizeof(*out)];
		return 0;
	}
	return p->config.read(p->config.arg, at, out) ? -EFAULT : 0;
}

/*
 * What a location held before the program: what the first event that writes it
 * found there.  A table that the program makes held anything.
 */
int vmsa_slice_initial(struct slice *s, vmsa_pa at, struct value *out)
{
	const struct vmsa_program *p = s->program;
	vmsa_desc unused;
	size_t i;

	*out = (struct value){ 0, CONTENT_DESC };
	for (i = 0; i < p->nr && !is_freed(s, &p->event[i], at); i++) {
		if (!vmsa_slice_is_written(s, &p->event[i], at, &unused))
			continue;
		if (p->event[i].kind == VMSA_EVENT_TABLE_ALLOC)
			out->content = CONTENT_UNFILLED;
		else
			out->desc = p->event[i].u.store.old;
		return 0;
	}
	return read_initial(s, at, i, &out->desc);
}

/* The entry of a table that translates the address, if it is a new one. */
static int add_loc(struct slice *s, vmsa_pa table, int level)
{
	struct loc loc = { .level = (int8_t)level };
	struct value initial;
	int rc;

	loc.at = table + sizeof(vmsa_desc) * (uint64_t)vmsa_level_index(
						     shape(s), level, s->va);
	for (uint8_t i = 0; i < s->nr_locs; i++) {
		if (s->loc[i].at == loc.at)
			return 0;
	}
	if (s->nr_locs == MAX_LOCS) {
		s->bound = "more tables on the way than fit";
		return 0;
	}
	rc = vmsa_slice_initial(s, loc.at, &initial);
	if (rc)
		return rc;
	loc.initial = vmsa_slice_value(s, initial);
	s->loc[s->nr_locs++] = loc;
	return 0;
}

/* The table a descriptor leads to has a location of the address as well. */
static int follow(struct slice *s, int level, vmsa_desc desc)
{
	if (vmsa_desc_type(shape(s), level, desc) != VMSA_DESC_TYPE_TABLE)
		return 0;
	return add_loc(s, vmsa_desc_oa(shape(s), desc), level + 1);
}

/* Locations are found in order; each may add some behind itself. */
static int find_locs(struct slice *s)
{
	const struct vmsa_program *p = s->program;
	int rc = add_loc(s, p->config.root, shape(s)->start_level);

	for (uint8_t l = 0; !rc && l < s->nr_locs; l++) {
		const struct value initial = s->value[s->loc[l].initial];
		vmsa_desc desc;

		if (initial.content == CONTENT_DESC)
			rc = follow(s, s->loc[l].level, initial.desc);
		for (size_t i = 0; !rc && i < p->nr; i++) {
			if (!vmsa_slice_is_written(s, &p->event[i],
						   s->loc[l].at, &desc))
				continue;
			s->loc[l].is_stored = true;
			rc = follow(s, s->loc[l].level, desc);
		}
	}
	return rc;
}

/* --- steps --------------------------------------------------------------- */

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
	s->step[s->nr_steps++] = step;
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
		} else if (is_freed(s, e, s->loc[l].at)) {
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

static int add_tlbi(struct slice *s, const struct vmsa_tlbi *tlbi, size_t index)
{
	struct step step = { .kind = STEP_TLBI,
			     .scope = tlbi->scope,
			     .tlbi = { .op = tlbi->op },
			     .event = index };

	/* One that need not invalidate anything counts as none. */
	if (vmsa_tlbi_target(tlbi, shape(s), &step.tlbi.target) !=
	    VMSA_TLBI_INVALIDATES)
		return 0;
	if (s->observer == VMSA_OBSERVER_OTHER &&
	    tlbi->scope == VMSA_TLBI_LOCAL)
		return 0;
	return matters(s, &step.tlbi) ? add_step(s, step) : 0;
}

/* What a barrier does as far as this observer can tell. */
static unsigned effect(const struct slice *s, enum vmsa_barrier barrier)
{
	unsigned completes = vmsa_barrier_completes(barrier);

	if (s->observer == VMSA_OBSERVER_SELF) {
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

/* @done: what barriers have completed since the last step that did more. */
static int add_barrier(struct slice *s, enum vmsa_barrier barrier, size_t index,
		       unsigned *done)
{
	const struct step step = { .kind = STEP_BARRIER,
				   .completes = effect(s, barrier),
				   .event = index };

	if (!(step.completes & ~*done))
		return 0;
	/* Translations may be made again between another barrier and an ISB. */
	*done = (*done & ~(unsigned)VMSA_SYNCHRONISES) | step.completes;
	return add_step(s, step);
}

/* The steps of one event that concerns the address's own descriptors. */
static int add_event(struct slice *s, size_t index, unsigned *done)
{
	const struct vmsa_event *e = &s->program->event[index];
	const size_t before = s->nr_steps;
	int rc;

	if (e->kind == VMSA_EVENT_BARRIER)
		return add_barrier(s, e->u.barrier, index, done);
	if (e->kind == VMSA_EVENT_TLBI)
		rc = add_tlbi(s, &e->u.tlbi, index);
	else
		rc = add_stores(s, e, index);
	if (s->nr_steps != before)
		*done = 0;
	return rc;
}

/* And what it does to the rest of a Contiguous group. */
static int add_group_event(struct slice *s, size_t index, bool has_step)
{
	const struct vmsa_event *e = &s->program->event[index];
	const unsigned completes =
		e->kind == VMSA_EVENT_BARRIER ? effect(s, e->u.barrier) : 0;
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
	unsigned done = ~0u;
	int rc = 0;

	for (size_t i = 0; !rc && i < s->program->nr; i++) {
		const size_t before = s->nr_steps;

		if (i + 1 == s->options->leave_out)
			continue;
		if (vmsa_slice_group_leaving(s))
			done = 0;
		rc = add_event(s, i, &done);
		if (!rc)
			rc = add_group_event(s, i, s->nr_steps != before);
	}
	return rc;
}

/* Memory after every event, the one left out included. */
static void find_after(struct slice *s)
{
	struct state last;
	vmsa_desc desc;

	vmsa_slice_start(s, &last);
	vmsa_slice_mapping(s, &last, &s->before);
	for (size_t i = 0; i < s->program->nr; i++) {
		for (uint8_t l = 0; l < s->nr_locs; l++) {
			if (vmsa_slice_is_written(s, &s->program->event[i],
						  s->loc[l].at, &desc))
				last.memory[l] = vmsa_slice_value(
					s,
					(struct value){ desc, CONTENT_DESC });
		}
	}
	vmsa_slice_mapping(s, &last, &s->after);
}

/* Order matters: groups are of locations, and steps open and close offers. */
int vmsa_slice_make(struct slice *slice)
{
	int rc;

	slice->bound = NULL;
	slice->nr_locs = 0;
	slice->nr_values = 0;
	slice->nr_entries = 0;
	slice->nr_steps = 0;
	rc = find_locs(slice);
	if (!rc)
		rc = vmsa_slice_groups(slice);
	if (!rc)
		rc = add_steps(slice);
	if (!rc)
		find_after(slice);
	return rc;
}
