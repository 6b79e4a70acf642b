/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter.c - the filter while recording
 *
 * The same rules as those of the packer that made PGT3 files; see state.c for
 * the reader's side, which has only the list and not the times of use.
 */
#include "trace/filter.h"

#include <string.h>

void vmsa_lru_init(struct vmsa_lru *f, unsigned entries)
{
	memset(f, 0, sizeof(*f));
	f->entries = entries;
	vmsa_lru_empty(f);
}

void vmsa_lru_empty(struct vmsa_lru *f)
{
	for (unsigned i = 0; i < f->entries; i++) {
		f->entry[i].page = VMSA_TRACE_NO_PAGE;
		f->entry[i].used = 0;
		f->entry[i].written = false;
	}
}

/* The entry of @page, or f->entries. */
static unsigned find(const struct vmsa_lru *f, uint64_t page)
{
	unsigned i = 0;

	while (i < f->entries && f->entry[i].page != page)
		i++;
	return i;
}

/* An empty entry counts as used at time 0. */
static unsigned least_recent(const struct vmsa_lru *f)
{
	unsigned best = 0;

	for (unsigned i = 1; i < f->entries; i++) {
		if (f->entry[i].used < f->entry[best].used)
			best = i;
	}
	return best;
}

/* Hits to count before one leaves a record: 32 bits must hold their sum. */
#define MOST_PENDING (UINT32_MAX / 2)

bool vmsa_lru_pass(struct vmsa_lru *f, struct vmsa_trace_record *r)
{
	unsigned i = find(f, r->page);
	const bool hit = i < f->entries;
	const bool written = hit && f->entry[i].written;
	const unsigned last = f->entries - 1;

	f->pending += r->accesses;
	if (hit && (!r->write || written) && f->pending < MOST_PENDING) {
		f->entry[i].used = ++f->clock;
		f->pending++;
		return false;
	}
	if (!hit)
		i = least_recent(f);
	memmove(&f->entry[i], &f->entry[i + 1],
		(last - i) * sizeof(f->entry[0]));
	f->entry[last].page = r->page;
	f->entry[last].used = ++f->clock;
	f->entry[last].written = r->write || written;
	r->victim = (uint16_t)i;
	r->accesses = (uint32_t)f->pending;
	f->pending = 0;
	return true;
}
