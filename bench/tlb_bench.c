/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb_bench.c - accesses a second through the model of one PE's TLBs
 *
 *   tlb/sequential  every 64th byte of 4 GiB, in order
 *   tlb/random      uniform over 1 Mi pages: nearly every access walks
 *   tlb/zipf        Zipf, theta 0.99, over the same pages
 *   tlb/hot         48 pages, which is what the first level holds
 *
 * First level of 48 entries, fully associative; second of 1280 in 5 ways; walk
 * cache, descriptor lines and cycles on.  Walks read the tables of a space
 * that maps the 4 GiB with 4K pages.
 *
 * cal makes the same decisions about the same two levels and does nothing
 * else: see tlb_cal.h, also for what it could do and does not.  Both must miss
 * equally often.
 */
#include <stdlib.h>

#include "bench.h"
#include "tlb_cal.h"
#include "tlb_streams.h"
#include "vmsa/table.h"
#include "vmsa/tlb.h"

#define RAM        UINT64_C(0x40000000)
#define RAM_SIZE   (UINT64_C(8) << 30)
#define TABLE_ROOM (UINT64_C(16) << 20) /* the map takes 8 MiB and 24 KiB */

struct replay {
	struct vmsa_memory *memory;
	struct vmsa_space *space;
	struct vmsa_tlb_walker walker;
	struct vmsa_tlb *tlb;
	uint64_t *va;
	uint64_t l1_misses, l2_misses; /* of cal */
	uint64_t sink;
};

static const size_t stream_bytes = TLB_STREAM_LENGTH * sizeof(uint64_t);

static void close_replay(void *arg)
{
	struct replay *r = arg;

	vmsa_tlb_destroy(r->tlb);
	vmsa_space_destroy(r->space);
	vmsa_memory_destroy(r->memory);
	bench_pages_free(r->va, stream_bytes);
	free(r);
}

static bool open_space(struct replay *r)
{
	const struct vmsa_range bank = { RAM, RAM_SIZE };
	const struct vmsa_range top = { RAM + RAM_SIZE - TABLE_ROOM,
					TABLE_ROOM };
	const struct vmsa_memory_config mc = { .granule_shift = 12,
					       .banks = &bank,
					       .nr_banks = 1,
					       .huge_pages = true };
	const struct vmsa_mapping map = {
		.va = TLB_STREAM_BASE,
		.pa = RAM,
		.size = TLB_STREAM_PAGES << 12,
		.attr = VMSA_LEAF_AF,
		.flags = VMSA_MAP_NO_BLOCK | VMSA_MAP_NO_CONTIGUOUS,
		.phase = VMSA_EARLY,
	};
	struct vmsa_space_config sc = { .root = VMSA_NO_PA };

	if (vmsa_memory_create(&mc, &r->memory))
		return false;
	sc.memory = r->memory;
	return !vmsa_memory_prefault(r->memory, top) &&
	       !vmsa_geometry_init(&sc.geometry, 12, 48, VMSA_FORMAT_48) &&
	       !vmsa_space_create(&sc, &r->space) && !vmsa_map(r->space, &map);
}

static void *open_replay(enum tlb_stream kind)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->va = bench_pages(stream_bytes);
	if (!r->va || !open_space(r)) {
		close_replay(r);
		return NULL;
	}
	tlb_stream_fill(kind, r->va, TLB_STREAM_LENGTH);
	r->walker = vmsa_tlb_space_walker(r->space);
	return r;
}

static void *sequential(void)
{
	return open_replay(TLB_STREAM_SEQUENTIAL);
}

static void *uniform(void)
{
	return open_replay(TLB_STREAM_RANDOM);
}

static void *zipf(void)
{
	return open_replay(TLB_STREAM_ZIPF);
}

static void *hot(void)
{
	return open_replay(TLB_STREAM_HOT);
}

/* Each run of ours starts with empty TLBs, as cal does by itself. */
static void prepare(void *arg, enum bench_side side)
{
	const struct vmsa_tlb_config config = VMSA_TLB_CONFIG_DEFAULT;
	struct replay *r = arg;

	if (side == BENCH_CAL)
		return;
	vmsa_tlb_destroy(r->tlb);
	r->tlb = NULL;
	vmsa_tlb_create(&config, &r->walker, &r->tlb);
}

static uint64_t ours(void *arg)
{
	const struct vmsa_tlb_access like = { .region = VMSA_TLB_LINEAR };
	struct replay *r = arg;

	return !r->tlb ||
	       vmsa_tlb_access_many(r->tlb, &like, r->va, TLB_STREAM_LENGTH);
}

static uint64_t cal(void *arg)
{
	struct replay *r = arg;

	r->sink += tlb_cal_run(r->va, TLB_STREAM_LENGTH, &r->l1_misses,
			       &r->l2_misses);
	return 0;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* As many misses as cal saw; every one walked, loaded and was charged for. */
static uint64_t check(void *arg)
{
	const struct replay *r = arg;
	struct vmsa_tlb_stats stats;
	const struct vmsa_tlb_counters *c =
		&stats.of[VMSA_TLB_LINEAR][VMSA_TLB_DATA];

	vmsa_tlb_stats(r->tlb, &stats);
	return apart(c->accesses, TLB_STREAM_LENGTH) +
	       apart(c->l1_misses, r->l1_misses) +
	       apart(c->l2_misses, r->l2_misses) +
	       apart(c->walks, r->l2_misses) + c->faults +
	       (c->line_hits + c->line_misses < c->walks) +
	       (c->walk_cycles < c->walks);
}

#define REPLAY(NAME, OPEN, GOAL, STRETCH)                                      \
	{                                                                      \
		.name = "tlb/" NAME, .unit = "M/s", .better = BENCH_HIGHER,    \
		.goal = (GOAL), .stretch = (STRETCH),                          \
		.ops = TLB_STREAM_LENGTH, .setup = OPEN, .prepare = prepare,   \
		.run = { ours, cal }, .check = check, .teardown = close_replay \
	}

static const struct bench cases[] = {
	REPLAY("sequential", sequential, 0.4, 0.7),
	REPLAY("random", uniform, 0.5, 0.8),
	REPLAY("zipf", zipf, 0.5, 0.8),
	REPLAY("hot", hot, 0.5, 0.8),
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
