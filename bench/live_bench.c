/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live_bench.c - what a running kernel does to the linear map of 256 GiB
 *
 *   split/2m    a 2 MiB block becomes 512 pages: a call, a table, and events
 *               on for an observer that does nothing
 *   split/1g    one page is cut out of a 1 GiB block: two tables, CONT cleared
 *               at two levels; events on
 *   change/4k   the permission of all pages of the map, in one call; no events
 *   repaint     the whole map becomes pages since a CPU without BBM arrived
 *
 * cal, in turn: a fill of 4 KiB that goes around the cache if that is the
 * host's fastest way; two such fills; read, change and write of as many
 * descriptors; a fill of fresh huge pages, as many bytes as there are tables.
 * After each run every leaf is read back, untimed.
 */
#include <stdlib.h>

#include "fills.h"
#include "change.h"
#include "linux_bench.h"

/* Tables of all pages, and of the levels above them but the root. */
#define ALL_TABLES (131072u + 256 + 1)

#define BLOCKS     16384u
#define BLOCK_SIZE (UINT64_C(2) << 20)

/* Whole 1 GiB blocks; the first GiB holds the text alias and is none. */
#define GIBS 255u
#define GIB  (UINT64_C(1) << 30)

struct live {
	struct bench_linux b;
	uint64_t *arena; /* cal's */
	size_t bytes;    /* of it */
	size_t next;     /* value of it to be filled next, by split/1g */
	bench_fill_fn fill;
	struct bench_cold cold_fill;
	bool read_only; /* what the last change made of the pages */
};

static void close_live(void *arg)
{
	struct live *v = arg;

	bench_linux_close(&v->b);
	bench_pages_free(v->arena, v->bytes);
	free(v);
}

/* @tables: how many cal has to fill. */
static struct live *open_live(size_t tables)
{
	struct live *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->bytes = tables << 12;
	v->arena = bench_pages(v->bytes);
	if (!bench_linux_open(&v->b) || !v->arena) {
		close_live(v);
		return NULL;
	}
	v->fill = bench_fill_pick(v->arena, v->bytes / 8);
	return v;
}

static void observe_nothing(void *arg, const struct vmsa_event *event)
{
	(void)arg;
	(void)event;
}

/* A table at a time, as a split writes them, further on in each run. */
static uint64_t fill_tables(struct live *v, size_t n)
{
	while (n--) {
		if (v->next == v->bytes / 8)
			v->next = 0;
		v->fill(v->arena + v->next, 512, v->next << 12, BENCH_PAGE);
		v->next += 512;
	}
	return 0;
}

/* --- split/2m ------------------------------------------------------------ */

static void *open_2m(void)
{
	return open_live(BLOCKS);
}

static bool make_blocks(const struct live *v)
{
	const struct vmsa_linux_map map =
		bench_linux_window(&v->b, BLOCKS * BLOCK_SIZE);

	return !vmsa_linux_map(v->b.l, &map, VMSA_EARLY);
}

static void prepare_2m(void *arg, enum bench_side side)
{
	struct live *v = arg;

	if (side == BENCH_CAL)
		return;
	if (bench_linux_boot(&v->b, VMSA_MAPPING_LINUX, 2 * v->bytes) &&
	    make_blocks(v))
		vmsa_space_observe(vmsa_linux_space(v->b.l), observe_nothing,
				   NULL);
}

static uint64_t split_2m(void *arg)
{
	const struct live *v = arg;
	vmsa_va va = bench_linux_window(&v->b, 0).va;
	uint64_t wrong = 0;

	for (unsigned i = 0; i < BLOCKS; i++, va += BLOCK_SIZE)
		wrong += vmsa_linux_split_to_pages(v->b.l, va, va + BLOCK_SIZE,
						   VMSA_LATE) != 0;
	return wrong;
}

static uint64_t check_2m(void *arg)
{
	const struct live *v = arg;
	const struct vmsa_linux_map map =
		bench_linux_window(&v->b, BLOCKS * BLOCK_SIZE);
	struct bench_leaves s;

	return bench_linux_audit(&v->b, &map, &s) +
	       (s.nr[VMSA_LEVEL_SLOT(3)] != BLOCKS * 512u);
}

/* --- split/1g ------------------------------------------------------------ */

static void *open_1g(void)
{
	return open_live(BLOCKS); /* more than caches hold, for cal */
}

static void prepare_1g(void *arg, enum bench_side side)
{
	struct live *v = arg;

	if (side == BENCH_OURS &&
	    bench_linux_boot(&v->b, VMSA_MAPPING_LINUX, 4 * GIBS << 12))
		vmsa_space_observe(vmsa_linux_space(v->b.l), observe_nothing,
				   NULL);
}

/* Another page in each: somewhere inside a table and a group. */
static uint64_t split_1g(void *arg)
{
	const struct live *v = arg;
	vmsa_va va = bench_linux_ram(&v->b).va + GIB;
	uint64_t wrong = 0;

	for (unsigned i = 0; i < GIBS; i++, va += GIB + 259 * BENCH_PAGE)
		wrong += vmsa_linux_split(v->b.l, va + 7 * BENCH_PAGE,
					  va + 8 * BENCH_PAGE) != 0;
	return wrong;
}

/* Section 5.4: what is left of each is 496 PMDs and 496 PTEs that are CONT. */
static uint64_t check_1g(void *arg)
{
	const struct live *v = arg;
	const struct vmsa_linux_map ram = bench_linux_ram(&v->b);
	struct bench_leaves s;
	uint64_t wrong = bench_linux_audit(&v->b, &ram, &s);

	/* The GiB of the text alias has some of its own. */
	return wrong + (s.nr[VMSA_LEVEL_SLOT(1)] != 0) +
	       (s.contiguous < GIBS * 992u) +
	       (s.contiguous > GIBS * 992u + 4096);
}

/* --- change/4k ----------------------------------------------------------- */

static void *open_change(void)
{
	struct live *v = open_live(131072);

	if (v && !bench_linux_boot(&v->b, VMSA_MAPPING_PTE,
				   (uint64_t)ALL_TABLES << 12)) {
		close_live(v);
		return NULL;
	}
	return v;
}

static uint64_t change(void *arg)
{
	struct live *v = arg;

	return bench_change(&v->b, &v->read_only);
}

static uint64_t check_change(void *arg)
{
	const struct live *v = arg;

	return bench_change_check(&v->b, v->read_only);
}

static uint64_t rewrite(void *arg)
{
	const struct live *v = arg;

	return bench_change_cal(v->arena, v->bytes / 8);
}

/* --- repaint ------------------------------------------------------------- */

static void *open_repaint(void)
{
	struct live *v = open_live(ALL_TABLES);

	if (v)
		v->cold_fill = bench_cold_pick(v->bytes / 8);
	return v;
}

/* The first CPU tolerates live splits, the second one does not say so. */
static void prepare_repaint(void *arg, enum bench_side side)
{
	struct live *v = arg;
	struct vmsa_cpu other;
	size_t n;

	bench_pages_free(v->arena, v->bytes);
	v->arena = NULL;
	vmsa_linux_destroy(v->b.l);
	v->b.l = NULL;
	if (side == BENCH_CAL ||
	    !bench_linux_boot(&v->b, VMSA_MAPPING_LINUX, 0))
		return;
	other = vmsa_machine_cpus(v->b.machine, &n)[0];
	other.midr = 0;
	other.bbm_level = 0;
	other.bbm_no_abort = false;
	vmsa_linux_online_cpu(v->b.l, &other);
}

static uint64_t repaint(void *arg)
{
	const struct live *v = arg;

	return vmsa_linux_finalise_cpus(v->b.l) != 0;
}

static uint64_t fill_cold(void *arg)
{
	struct live *v = arg;

	v->arena = bench_pages(v->bytes);
	if (!v->arena)
		return 1;
	bench_fill_cold(&v->cold_fill, v->arena, v->bytes / 8);
	return 0;
}

/* Only the text alias may be left in blocks; nothing is CONT outside it. */
static uint64_t check_repaint(void *arg)
{
	const struct live *v = arg;
	const struct vmsa_linux_map ram = bench_linux_ram(&v->b);
	struct bench_leaves s;
	uint64_t wrong = bench_linux_audit(&v->b, &ram, &s);

	return wrong + (s.nr[VMSA_LEVEL_SLOT(1)] != 0) +
	       (s.nr[VMSA_LEVEL_SLOT(2)] > 32) +
	       (s.nr[VMSA_LEVEL_SLOT(3)] < (131072 - 32) * 512);
}

static uint64_t fill_one(void *arg)
{
	return fill_tables(arg, BLOCKS);
}

static uint64_t fill_two(void *arg)
{
	return fill_tables(arg, 2 * GIBS);
}

static const struct bench cases[] = {
	{ .name = "split/2m",
	  .unit = "ns",
	  .goal = 3,
	  .stretch = 2,
	  .ops = BLOCKS,
	  .setup = open_2m,
	  .prepare = prepare_2m,
	  .run = { split_2m, fill_one },
	  .check = check_2m,
	  .teardown = close_live },
	{ .name = "split/1g",
	  .unit = "ns",
	  .goal = 3,
	  .stretch = 2,
	  .ops = GIBS,
	  .setup = open_1g,
	  .prepare = prepare_1g,
	  .run = { split_1g, fill_two },
	  .check = check_1g,
	  .teardown = close_live },
	{ .name = "change/4k",
	  .unit = "ns",
	  .goal = 2.5,
	  .stretch = 1.5,
	  .ops = BENCH_LINUX_SIZE >> 12,
	  .setup = open_change,
	  .run = { change, rewrite },
	  .check = check_change,
	  .teardown = close_live },
	{ .name = "repaint",
	  .unit = "ns",
	  .goal = 2.5,
	  .stretch = 1.5,
	  .ops = BENCH_LINUX_SIZE >> 12,
	  .setup = open_repaint,
	  .prepare = prepare_repaint,
	  .run = { repaint, fill_cold },
	  .check = check_repaint,
	  .teardown = close_live },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
