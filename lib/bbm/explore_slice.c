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

bool vmsa_slice_is_freed(const struct slice *s, const struct vmsa_event *e,
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
	for (i = 0; i < p->nr && !vmsa_slice_is_freed(s, &p->event[i], at);
	     i++) {
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

/*
 * Locations are found in order; each may add some behind itself.  All tables
 * that any descriptor ever led to count, not those in force: a walk cache may
 * lead to an old one, and a fill is seen before its link without a DSB.
 */
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

/*
 * Memory after every event, the one left out included.  What is meant is the
 * program as recorded, so that leaving an event out cannot make its outcome the
 * right one.
 */
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
	vmsa_slice_types(slice);
	vmsa_slice_editors(slice);
	rc = find_locs(slice);
	if (!rc)
		rc = vmsa_slice_groups(slice);
	if (!rc)
		rc = vmsa_slice_steps(slice);
	if (!rc)
		find_after(slice);
	return rc;
}
