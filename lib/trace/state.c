/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.c - follow the filters' lists, TTBR0, TTBR1 and the task
 *
 * A list is an array that is moved up by one at each record: it has four or
 * eight entries in practice, and seeks and writers are not in a hurry.
 */
#include "trace/state.h"

#include <string.h>

/* An empty entry keeps its place in the list until it is replaced. */
static void empty_filter(struct vmsa_filter *f, unsigned kind)
{
	for (unsigned i = 0; i < f->entries; i++) {
		f->entry[i] = (struct vmsa_trace_record){
			.page = VMSA_TRACE_NO_PAGE,
			.kind = (uint8_t)kind,
		};
	}
}

void vmsa_trace_state_init(struct vmsa_trace_state *s, unsigned data,
			   unsigned fetch)
{
	memset(s, 0, sizeof(*s));
	s->data.entries = data;
	s->fetch.entries = fetch;
	empty_filter(&s->data, VMSA_TRACE_DATA);
	empty_filter(&s->fetch, VMSA_TRACE_FETCH);
}

/* Take the victim out and append the record. */
static void filter_replace(struct vmsa_filter *f,
			   const struct vmsa_trace_record *r)
{
	struct vmsa_trace_record *e = f->entry + r->victim;
	/* Not a new page: the first store to one that was only read. */
	const bool written = e->page == r->page && e->write;
	const unsigned behind = f->entries - 1 - r->victim;

	memmove(e, e + 1, behind * sizeof(*e));
	f->entry[f->entries - 1] = *r;
	f->entry[f->entries - 1].write |= written;
}

void vmsa_trace_state_update(struct vmsa_trace_state *s,
			     const struct vmsa_trace_record *r)
{
	static const int8_t slot[VMSA_TRACE_NR_KINDS] = {
		[VMSA_TRACE_TTBR0] = 0,
		[VMSA_TRACE_TTBR1] = 1,
		[VMSA_TRACE_TASK] = 2,
	};

	switch (r->kind) {
	case VMSA_TRACE_DATA:
		if (s->data.entries)
			filter_replace(&s->data, r);
		break;
	case VMSA_TRACE_FETCH:
		if (s->fetch.entries)
			filter_replace(&s->fetch, r);
		break;
	case VMSA_TRACE_TLBI:
		empty_filter(&s->data, VMSA_TRACE_DATA);
		empty_filter(&s->fetch, VMSA_TRACE_FETCH);
		break;
	case VMSA_TRACE_TTBR0:
	case VMSA_TRACE_TTBR1:
	case VMSA_TRACE_TASK:
		s->context[slot[r->kind]] = *r;
		s->known[slot[r->kind]] = true;
		break;
	default:
		break;
	}
}

/* Without a filter there is no entry to name. */
static bool fits(const struct vmsa_filter *f, unsigned victim)
{
	return f->entries ? victim < f->entries
			  : victim == VMSA_TRACE_NO_VICTIM;
}

bool vmsa_trace_victim_ok(const struct vmsa_trace_state *s,
			  const struct vmsa_trace_record *r)
{
	switch (r->kind) {
	case VMSA_TRACE_DATA:
		return fits(&s->data, r->victim);
	case VMSA_TRACE_FETCH:
		return fits(&s->fetch, r->victim);
	default:
		return r->victim == VMSA_TRACE_NO_VICTIM;
	}
}

/* Oldest first, each replacing the oldest: the list comes out as it was. */
static unsigned filter_records(const struct vmsa_filter *f,
			       struct vmsa_trace_record *out)
{
	for (unsigned i = 0; i < f->entries; i++) {
		out[i] = f->entry[i];
		out[i].victim = 0;
	}
	return f->entries;
}

unsigned vmsa_trace_state_records(const struct vmsa_trace_state *s,
				  uint64_t insn, struct vmsa_trace_record *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 3; i++) {
		if (s->known[i])
			out[n++] = s->context[i];
	}
	n += filter_records(&s->data, out + n);
	n += filter_records(&s->fetch, out + n);
	for (unsigned i = 0; i < n; i++) {
		out[i].insn = insn;
		out[i].accesses = 0;
		out[i].state = true;
	}
	return n;
}
