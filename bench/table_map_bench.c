/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table_map_bench.c - how long it takes to map 256 GiB, and what it takes
 *
 *   map/4k/warm   513 MiB of tables in memory the host has backed already
 *   map/4k/cold   the same from nothing: open memory, map, faults and all
 *   map/2m        1 MiB of tables, warm
 *   map/4k/bytes  table bytes against the arithmetic minimum
 *
 * cal fills as many bytes with an arithmetic run, the fastest way and order
 * the host has.  After each run every leaf is read back and compared, untimed.
 */
#include "fills.h"
#include "table_bench.h"

struct map {
	struct bench_space b;
	const struct bench_shape *shape;
	bool cold;
	uint64_t *arena; /* cal's */
	bench_fill_fn fill;
	struct bench_cold cold_fill;
};

static uint64_t table_bytes(const struct bench_shape *shape)
{
	return shape->tables << 12;
}

static void close_map(void *arg)
{
	struct map *m = arg;

	bench_space_close(&m->b);
	bench_pages_free(m->arena, table_bytes(m->shape));
	free(m);
}

static struct map *open_map(const struct bench_shape *shape, bool cold)
{
	struct map *m = calloc(1, sizeof(*m));
	const size_t n = table_bytes(shape) / 8;

	if (!m)
		return NULL;
	m->shape = shape;
	m->cold = cold;
	if (cold) {
		m->cold_fill = bench_cold_pick(n);
		return m;
	}
	m->arena = bench_pages(8 * n);
	if (!m->arena) {
		close_map(m);
		return NULL;
	}
	m->fill = bench_fill_pick(m->arena, n);
	return m;
}

static void *warm_4k(void)
{
	return open_map(&bench_pages_4k, false);
}

static void *cold_4k(void)
{
	return open_map(&bench_pages_4k, true);
}

static void *warm_2m(void)
{
	return open_map(&bench_blocks_2m, false);
}

static void prepare(void *arg, enum bench_side side)
{
	struct map *m = arg;

	if (side == BENCH_CAL) {
		if (m->cold) {
			bench_pages_free(m->arena, table_bytes(m->shape));
			m->arena = NULL;
		}
		return;
	}
	bench_space_close(&m->b);
	if (!m->cold)
		bench_space_open(&m->b, table_bytes(m->shape));
}

static uint64_t ours(void *arg)
{
	struct map *m = arg;

	if (m->cold && !bench_space_open(&m->b, 0))
		return 1;
	return !m->b.space || bench_space_map(&m->b, m->shape);
}

static uint64_t cal(void *arg)
{
	struct map *m = arg;
	const uint64_t bytes = table_bytes(m->shape);

	if (m->cold)
		m->arena = bench_pages(bytes);
	if (!m->arena)
		return 1;
	if (m->cold)
		bench_fill_cold(&m->cold_fill, m->arena, bytes / 8);
	else
		m->fill(m->arena, bytes / 8, BENCH_ATTR, 4096);
	return 0;
}

/* Compares a run of leaves with what the shape says; counts what it saw. */
struct audit {
	const struct map *map;
	uint64_t leaves, wrong;
};

static int audit_run(void *arg, const struct vmsa_entry *e)
{
	struct audit *a = arg;
	const struct bench_shape *shape = a->map->shape;
	const vmsa_desc type = shape->leaf == 4096 ? 3 : 1;
	const vmsa_pa pa = BENCH_RAM + shape->skew + (e->va - BENCH_VA);
	const vmsa_desc *at = vmsa_memory_frame(a->map->b.memory, e->at);

	for (uint32_t i = 0; i < e->count; i++)
		a->wrong +=
			at[i] != ((pa + i * shape->leaf) | BENCH_ATTR | type);
	a->wrong += e->va - BENCH_VA != a->leaves * shape->leaf;
	a->leaves += e->count;
	return 0;
}

static uint64_t check(void *arg)
{
	struct audit a = { .map = arg };

	if (vmsa_visit(a.map->b.space, BENCH_VA, BENCH_VA + BENCH_SIZE - 1, 0,
		       audit_run, &a))
		return 1;
	return a.wrong + (a.leaves != BENCH_SIZE / a.map->shape->leaf);
}

/* Ours from the accounts of the memory, cal from arithmetic. */
static double bytes(void *arg, enum bench_side side)
{
	struct map *m = arg;
	struct vmsa_memory_stats stats;

	if (side == BENCH_CAL)
		return (double)table_bytes(m->shape) / (1 << 20);
	prepare(m, BENCH_OURS);
	if (ours(m) || check(m))
		return 1e9;
	vmsa_memory_stats(m->b.memory, &stats);
	return (double)(stats.allocated << 12) / (1 << 20);
}

static const struct bench cases[] = {
	{ .name = "map/4k/warm",
	  .unit = "ns",
	  .goal = 2.0,
	  .stretch = 1.4,
	  .ops = BENCH_SIZE >> 12,
	  .setup = warm_4k,
	  .prepare = prepare,
	  .run = { ours, cal },
	  .check = check,
	  .teardown = close_map },
	{ .name = "map/4k/cold",
	  .unit = "ns",
	  .goal = 2.0,
	  .stretch = 1.3,
	  .ops = BENCH_SIZE >> 12,
	  .setup = cold_4k,
	  .prepare = prepare,
	  .run = { ours, cal },
	  .check = check,
	  .teardown = close_map },
	{ .name = "map/2m",
	  .unit = "ns",
	  .goal = 8,
	  .stretch = 4,
	  .ops = BENCH_SIZE >> 21,
	  .setup = warm_2m,
	  .prepare = prepare,
	  .run = { ours, cal },
	  .check = check,
	  .teardown = close_map },
	{ .name = "map/4k/bytes",
	  .unit = "MiB",
	  .goal = 1.01,
	  .stretch = 1.00,
	  .setup = cold_4k,
	  .value = bytes,
	  .teardown = close_map },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
