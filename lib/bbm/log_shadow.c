/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_shadow.c - what is in the tables that a log tells of
 */
#include <errno.h>
#include <stdlib.h>

#include "bbm/log.h"

#define PAGE_MASK UINT64_C(0xfff)

static size_t home(const struct shadow *s, vmsa_pa pa)
{
	return (pa >> 12) * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (s->room - 1);
}

static struct shadow_page *find(const struct shadow *s, vmsa_pa pa)
{
	if (!s->n)
		return NULL;
	for (size_t i = home(s, pa); s->page[i]; i = (i + 1) & (s->room - 1)) {
		if (s->page[i]->pa == pa)
			return s->page[i];
	}
	return NULL;
}

static void put(struct shadow *s, struct shadow_page *page)
{
	size_t i = home(s, page->pa);

	while (s->page[i])
		i = (i + 1) & (s->room - 1);
	s->page[i] = page;
}

static int grow(struct shadow *s)
{
	struct shadow_page **old = s->page;
	const size_t n = s->room, room = n ? 2 * n : 64;
	struct shadow_page **page = calloc(room, sizeof(struct shadow_page *));

	if (!page)
		return -ENOMEM;
	s->page = page;
	s->room = room;
	for (size_t i = 0; i < n; i++) {
		if (old[i])
			put(s, old[i]);
	}
	free(old);
	return 0;
}

/* A descriptor to write; NULL if there is no memory for it. */
vmsa_desc *vmsa_shadow_at(struct shadow *s, vmsa_pa at)
{
	const vmsa_pa pa = at & ~PAGE_MASK;
	struct shadow_page *page = s->last;

	if (!page || page->pa != pa) {
		page = find(s, pa);
		if (!page) {
			if (2 * s->n >= s->room && grow(s))
				return NULL;
			page = calloc(1, sizeof(*page));
			if (!page)
				return NULL;
			page->pa = pa;
			put(s, page);
			s->n++;
		}
		s->last = page;
	}
	return &page->desc[(at & PAGE_MASK) / sizeof(vmsa_desc)];
}

int vmsa_shadow_read(void *shadow, vmsa_pa at, vmsa_desc *out)
{
	const struct shadow *s = shadow;
	const vmsa_pa pa = at & ~PAGE_MASK;
	const struct shadow_page *page = s->last;

	if (!page || page->pa != pa)
		page = find(s, pa);
	*out = page ? page->desc[(at & PAGE_MASK) / sizeof(vmsa_desc)] : 0;
	return 0;
}

void vmsa_shadow_free(struct shadow *s)
{
	for (size_t i = 0; i < s->room; i++)
		free(s->page[i]);
	free(s->page);
}

/* --- where descriptors are ----------------------------------------------- */

/* Which entry of a table it is, its address and its VA both say. */
static int check_place(const struct vmsa_log *log, const struct vmsa_event *e,
		       uint64_t bytes, struct vmsa_error *err)
{
	const struct vmsa_geometry *g = &log->geometry[log->tables];
	const uint64_t by_at = (e->u.store.at & (bytes - 1)) / 8;
	const uint64_t by_va = e->u.store.va >> vmsa_level_shift(g, e->level) &
			       (bytes / 8 - 1);

	if (by_at != by_va)
		return vmsa_log_bad(log, err,
				    "the VA is entry %u of a level %d table, "
				    "the address entry %u",
				    (unsigned)by_va, e->level, (unsigned)by_at);
	return 0;
}

/* Entries of a table are 8 bytes; a run stays inside one. */
int vmsa_log_check_run(const struct vmsa_log *log, const struct vmsa_event *e,
		       struct vmsa_error *err)
{
	const struct vmsa_geometry *g = &log->geometry[log->tables];
	const uint64_t bytes = e->level == g->start_level ? vmsa_root_bytes(g)
							  : vmsa_granule(g);
	const uint64_t left = bytes - (e->u.store.at & (bytes - 1));

	if (e->level < g->start_level)
		return vmsa_log_bad(log, err, "level %d is above the root",
				    e->level);
	if (e->u.store.at & 7)
		return vmsa_log_bad(log, err,
				    "a descriptor's address is a multiple "
				    "of 8");
	if (e->u.store.count > left / 8)
		return vmsa_log_bad(log, err, "a run of %u leaves its table",
				    e->u.store.count);
	return check_place(log, e, bytes, err);
}
