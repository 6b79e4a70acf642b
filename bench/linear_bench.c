/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linear_bench.c - how long Linux's own boot path takes to map 256 GiB
 *
 *   linear/4k/warm  pages only, tables in memory the host has backed already
 *   linear/4k/cold  the same from nothing: open memory, boot, map, faults
 *   linear/block    blocks where they fit, so 1 GiB each but for the alias of
 *                   the kernel's text; warm
 *   linear/2m       256 GiB of 2 MiB blocks, which this machine's alignment
 *                   has no use for: one call of the mapping code; warm
 *
 * What is timed is vmsa_linux_map_mem(), with each store, barrier and fixmap
 * visit of the kernel's counted; cold, vmsa_linux_create() as well.  Of the
 * last one it is vmsa_linux_map().  cal fills
 * as many bytes as the tables take with an arithmetic run, the fastest way and
 * order the host has.  After each run every leaf is read back, untimed.
 */
#include <stdlib.h>

#include "fills.h"
#include "linux_bench.h"

/* The start of each bank and of the text alias; the root is in the image. */
#define MAX_TABLES (131072u + 256 + 8)

struct linear {
	struct bench_linux b;
	enum vmsa_linux_mapping mapping;
	bool cold;
	bool window;     /* bench_linux_window() instead of RAM */
	uint64_t tables; /* that the map takes */
	uint64_t *arena; /* cal's: as many */
	bench_fill_fn fill;
	struct bench_cold cold_fill;
};

static void close_linear(void *arg)
{
	struct linear *m = arg;

	bench_linux_close(&m->b);
	bench_pages_free(m->arena, m->tables << 12);
	free(m);
}

static struct vmsa_linux_map target(const struct linear *m)
{
	return m->window ? bench_linux_window(&m->b, BENCH_LINUX_SIZE)
			 : bench_linux_ram(&m->b);
}

static int map_all(const struct linear *m)
{
	const struct vmsa_linux_map map = target(m);

	return m->window ? vmsa_linux_map(m->b.l, &map, VMSA_EARLY)
			 : vmsa_linux_map_mem(m->b.l);
}

/* Map once, to know how many tables it takes. */
static bool count_tables(struct linear *m)
{
	if (!bench_linux_open(&m->b) ||
	    !bench_linux_start(&m->b, m->mapping, 0) || map_all(m))
		return false;
	m->tables = bench_linux_tables(&m->b);
	return m->tables && m->tables <= MAX_TABLES;
}

static void *open_linear(struct linear what)
{
	struct linear *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	*m = what;
	if (!count_tables(m)) {
		close_linear(m);
		return NULL;
	}
	if (m->cold) {
		m->cold_fill = bench_cold_pick(512 * m->tables);
		return m;
	}
	m->arena = bench_pages(m->tables << 12);
	if (!m->arena) {
		close_linear(m);
		return NULL;
	}
	m->fill = bench_fill_pick(m->arena, 512 * m->tables);
	return m;
}

static void *warm_4k(void)
{
	return open_linear((struct linear){ .mapping = VMSA_MAPPING_PTE });
}

static void *cold_4k(void)
{
	return open_linear(
		(struct linear){ .mapping = VMSA_MAPPING_PTE, .cold = true });
}

static void *blocks(void)
{
	return open_linear((struct linear){ .mapping = VMSA_MAPPING_BLOCK });
}

static void *blocks_2m(void)
{
	return open_linear((struct linear){ .mapping = VMSA_MAPPING_BLOCK,
					    .window = true });
}

static void prepare(void *arg, enum bench_side side)
{
	struct linear *m = arg;

	if (side == BENCH_OURS && !m->cold)
		bench_linux_start(&m->b, m->mapping, m->tables << 12);
	if (!m->cold)
		return;
	/* Both sides start without the memory of the run before. */
	vmsa_linux_destroy(m->b.l);
	m->b.l = NULL;
	bench_pages_free(m->arena, m->tables << 12);
	m->arena = NULL;
}

static uint64_t ours(void *arg)
{
	struct linear *m = arg;

	if (m->cold && !bench_linux_start(&m->b, m->mapping, 0))
		return 1;
	return !m->b.l || map_all(m);
}

static uint64_t cal(void *arg)
{
	struct linear *m = arg;
	const size_t n = 512 * m->tables;

	if (m->cold)
		m->arena = bench_pages(8 * n);
	if (!m->arena)
		return 1;
	if (m->cold)
		bench_fill_cold(&m->cold_fill, m->arena, n);
	else
		m->fill(m->arena, n, VMSA_LEAF_AF, BENCH_PAGE);
	return 0;
}

/* All of it is mapped, and by the leaves the mapping allows. */
static uint64_t check(void *arg)
{
	const struct linear *m = arg;
	const struct vmsa_linux_map map = target(m);
	struct bench_leaves s;
	uint64_t wrong = bench_linux_audit(&m->b, &map, &s);

	wrong += bench_linux_tables(&m->b) != m->tables;
	wrong += s.contiguous != 0;
	if (m->mapping == VMSA_MAPPING_PTE)
		return wrong + (s.nr[VMSA_LEVEL_SLOT(3)] != map.size >> 12);
	if (m->window)
		return wrong + (s.nr[VMSA_LEVEL_SLOT(2)] != map.size >> 21);
	/* One GiB holds the text alias, which ends inside it. */
	return wrong + (s.nr[VMSA_LEVEL_SLOT(1)] != 255);
}

static const struct bench cases[] = {
	{ .name = "linear/4k/warm",
	  .unit = "ns",
	  .goal = 2.0,
	  .stretch = 1.4,
	  .ops = BENCH_LINUX_SIZE >> 12,
	  .setup = warm_4k,
	  .prepare = prepare,
	  .run = { ours, cal },
	  .check = check,
	  .teardown = close_linear },
	{ .name = "linear/4k/cold",
	  .unit = "ns",
	  .goal = 2.0,
	  .stretch = 1.3,
	  .ops = BENCH_LINUX_SIZE >> 12,
	  .setup = cold_4k,
	  .prepare = prepare,
	  .run = { ours, cal },
	  .check = check,
	  .teardown = close_linear },
	{ .name = "linear/block",
	  .unit = "ns",
	  .goal = 8,
	  .stretch = 4,
	  .ops = BENCH_LINUX_SIZE >> 30,
	  .setup = blocks,
	  .prepare = prepare,
	  .run = { ours, cal },
	  .check = check,
	  .teardown = close_linear },
	{ .name = "linear/2m",
	  .unit = "ns",
	  .goal = 8,
	  .stretch = 4,
	  .ops = BENCH_LINUX_SIZE >> 21,
	  .setup = blocks_2m,
	  .prepare = prepare,
	  .run = { ours, cal },
	  .check = check,
	  .teardown = close_linear },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
