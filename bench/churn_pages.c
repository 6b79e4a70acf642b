/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * churn_pages.c - three ways to choose a page, from worst to best
 *
 * scattered  what an allocator without grouping would come to; the bound
 * grouped    Linux: kernel pages cannot be moved, so the page allocator keeps
 *            them in page blocks of 2 MiB marked unmovable, among slab pages
 *            and page tables.  assumed: such blocks are one in ten, anywhere,
 *            and any free page of them is as likely as another
 * pooled     what has been proposed several times (a cache of 2 MiB pages for
 *            users of set_memory and set_direct_map): they share blocks with
 *            each other only, lowest free page first
 */
#include "churn_pages.h"

#include <stdbool.h>
#include <stdlib.h>

#define PAGE_SHIFT  12
#define BLOCK_PAGES 512
#define UNMOVABLE   10 /* one block in so many */
/* The kernel image and boot's tables are not given out: keep off the edges. */
#define EDGE_BLOCKS 64

struct pages {
	enum placement place;
	vmsa_pa start;
	uint64_t blocks;
	uint64_t seed;
	uint8_t *used;     /* a byte per page */
	uint32_t *block;   /* GROUPED, POOLED: which blocks */
	uint64_t nr_block; /* how many of them */
	uint64_t lowest;   /* POOLED: no free page below, as an index */
};

static const char *const names[NR_PLACEMENTS] = {
	[PLACE_SCATTERED] = "scattered",
	[PLACE_GROUPED] = "grouped",
	[PLACE_POOLED] = "pooled",
};

const char *placement_name(enum placement p)
{
	return names[p];
}

/* A block anywhere but at the edges, where boot left its own things. */
static uint32_t random_block(struct pages *p)
{
	return (uint32_t)(EDGE_BLOCKS +
			  churn_rand(&p->seed) % (p->blocks - 2 * EDGE_BLOCKS));
}

struct pages *pages_create(enum placement place, struct vmsa_range bank,
			   uint64_t seed)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->place = place;
	p->start = bank.start;
	p->blocks = (bank.size >> PAGE_SHIFT) / BLOCK_PAGES;
	p->seed = seed;
	p->used = calloc(p->blocks, BLOCK_PAGES);
	p->block = calloc(p->blocks, sizeof(*p->block));
	if (!p->used || !p->block) {
		pages_destroy(p);
		return NULL;
	}
	if (place == PLACE_GROUPED) {
		p->nr_block = p->blocks / UNMOVABLE;
		for (uint64_t i = 0; i < p->nr_block; i++)
			p->block[i] = random_block(p);
	}
	return p;
}

void pages_destroy(struct pages *pages)
{
	if (!pages)
		return;
	free(pages->used);
	free(pages->block);
	free(pages);
}

static uint64_t random_page(struct pages *p)
{
	const uint64_t r = churn_rand(&p->seed) >> 16;
	uint64_t block = random_block(p);

	if (p->place == PLACE_GROUPED)
		block = p->block[r / BLOCK_PAGES % p->nr_block];
	return block * BLOCK_PAGES + r % BLOCK_PAGES;
}

/* The pool grows by one block, next to the last one, when it is full. */
static uint64_t pool_page(struct pages *p)
{
	for (;; p->lowest++) {
		if (p->lowest == p->nr_block * BLOCK_PAGES) {
			p->block[p->nr_block] =
				(uint32_t)(p->blocks / 2 + p->nr_block);
			p->nr_block++;
		}
		const uint64_t page =
			(uint64_t)p->block[p->lowest / BLOCK_PAGES] *
				BLOCK_PAGES +
			p->lowest % BLOCK_PAGES;

		if (!p->used[page])
			return page;
	}
}

vmsa_pa pages_take(struct pages *p)
{
	uint64_t page;

	if (p->place == PLACE_POOLED) {
		page = pool_page(p);
	} else {
		do
			page = random_page(p);
		while (p->used[page]);
	}
	p->used[page] = 1;
	return p->start + (page << PAGE_SHIFT);
}

void pages_give(struct pages *p, vmsa_pa pa)
{
	const uint64_t page = (pa - p->start) >> PAGE_SHIFT;
	/* Blocks of the pool lie side by side: its first is the lowest. */
	const uint64_t index =
		p->nr_block ? page - (uint64_t)p->block[0] * BLOCK_PAGES : 0;

	p->used[page] = 0;
	if (p->place == PLACE_POOLED && index < p->lowest)
		p->lowest = index;
}
