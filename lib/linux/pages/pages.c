/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.c - pages for areas and callers, when they bring none
 *
 * Chunks are taken from simulated memory top down, as tables are, so nothing
 * is handed out twice.  Inside a chunk the lowest free pages go first: the
 * same calls always get the same pages.
 *
 * The kernel's page allocator is not modelled: where pages lie decides what a
 * permission change splits, so a caller who cares brings pages of his own.
 */
#include "linux/pages/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* Bytes of a chunk, and what it is aligned to. */
#define CHUNK (UINT64_C(2) << 20)

static vmsa_pa round_up(vmsa_pa x, uint64_t align)
{
	return (x + align - 1) & ~(align - 1);
}

/*
 * A fresh chunk that holds @size bytes aligned to @align; NULL if memory ran
 * out.
 */
static struct page_chunk *new_chunk(struct vmsa_linux *l, uint64_t size,
				    uint64_t align)
{
	struct page_source *s = &l->vm.source;
	struct page_chunk c = { 0 };
	struct page_chunk *v = vmsa_grown(s->v, s->n, &s->room, sizeof(*v));

	if (!v)
		return NULL;
	s->v = v;
	size = round_up(size, CHUNK);
	if (vmsa_memory_alloc_range(l->memory, size,
				    align > CHUNK ? align : CHUNK, &c.start))
		return NULL;
	c.pages = size >> l->kernel.granule_shift;
	c.free = c.pages;
	c.used = calloc(c.pages, 1);
	if (!c.used)
		return NULL;
	s->v[s->n] = c;
	return &s->v[s->n++];
}

/*
 * The lowest free run of @pages pages whose address is a multiple of @align, as
 * a page of the chunk; or -1.
 */
static int64_t find_run(const struct vmsa_linux *l, const struct page_chunk *c,
			uint64_t pages, uint64_t align)
{
	const unsigned shift = l->kernel.granule_shift;
	uint64_t at = c->first;

	if (c->free < pages)
		return -1;
	for (;;) {
		uint64_t n = 0;

		at = (round_up(c->start + (at << shift), align) - c->start) >>
		     shift;
		if (at + pages > c->pages)
			return -1;
		while (n < pages && !c->used[at + n])
			n++;
		if (n == pages)
			return (int64_t)at;
		/*
		 * The page behind the run is in use: nothing can start before
		 * it.
		 */
		at += n + 1;
	}
}

/* Mark pages used, and remember how far the chunk is full. */
static void take(struct page_chunk *c, uint64_t at, uint64_t pages)
{
	memset(c->used + at, 1, pages);
	c->free -= pages;
	while (c->first < c->pages && c->used[c->first])
		c->first++;
}

/* Is this the allocation that was asked to fail? */
static bool fails_now(struct page_source *s)
{
	return s->fail_nth && --s->fail_nth == 0;
}

/* From the first chunk that has them, or a new one. */
int vmsa_pages_alloc(struct vmsa_linux *l, uint64_t pages, uint64_t align,
		     vmsa_pa *out)
{
	const unsigned shift = l->kernel.granule_shift;
	struct page_source *s = &l->vm.source;
	struct page_chunk *c = NULL;
	int64_t at = -1;

	/* A count whose bytes would overflow cannot be had either. */
	if (fails_now(s) || pages > UINT64_MAX >> (shift + 1))
		return -ENOMEM;
	for (size_t i = 0; i < s->n && at < 0; i++) {
		c = &s->v[i];
		at = find_run(l, c, pages, align);
	}
	if (at < 0) {
		c = new_chunk(l, pages << shift, align);
		at = 0;
	}
	if (!c)
		return -ENOMEM;
	take(c, (uint64_t)at, pages);
	*out = c->start + ((uint64_t)at << shift);
	return 0;
}

void vmsa_pages_free(struct vmsa_linux *l, vmsa_pa pa, uint64_t pages)
{
	const unsigned shift = l->kernel.granule_shift;
	struct page_source *s = &l->vm.source;

	for (size_t i = 0; i < s->n; i++) {
		struct page_chunk *c = &s->v[i];
		const uint64_t at = (pa - c->start) >> shift;

		if (pa < c->start || at >= c->pages)
			continue;
		memset(c->used + at, 0, pages);
		c->free += pages;
		if (at < c->first)
			c->first = at;
		return;
	}
}

void vmsa_pages_destroy(struct page_source *source)
{
	for (size_t i = 0; i < source->n; i++)
		free(source->v[i].used);
	free(source->v);
}

/* Like the kernel's allocator: a block is aligned to its own size. */
int vmsa_linux_take_pages(struct vmsa_linux *sys, uint64_t pages, vmsa_pa *out)
{
	const unsigned shift = sys->kernel.granule_shift;
	uint64_t align = 1;

	if (!pages)
		return -EINVAL;
	if (pages > UINT64_MAX >> (shift + 1))
		return -ENOMEM;
	while (align < pages)
		align <<= 1;
	return vmsa_pages_alloc(sys, pages, align << shift, out);
}

void vmsa_linux_give_pages(struct vmsa_linux *sys, vmsa_pa pa, uint64_t pages)
{
	vmsa_pages_free(sys, pa, pages);
}

void vmsa_linux_fail_pages(struct vmsa_linux *sys, uint64_t n)
{
	sys->vm.source.fail_nth = n;
}
