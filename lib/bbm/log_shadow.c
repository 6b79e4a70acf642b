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
