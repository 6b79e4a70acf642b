/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay_bench.c - what a second mapping costs in one pass over a trace
 *
 *   replay/two-lanes/NAME  two mappings in one pass over a recording
 *   replay/two-lanes       the same over all recordings
 *   replay/threads         two mappings on two threads; wall time
 *
 * A pass reads and replays the first WINDOW records of a recording, data and
 * fetch.  The mappings are the recorded machine's linear map by pages and
 * by blocks of 1 GiB.  Ours makes two passes over both mappings at once, cal
 * one over each: so the ratio is the cost of two against the mean of one, and
 * 2 would be no gain.  Every counter of a lane must be that of the pass alone.
 *
 * Of replay/threads, ours is two passes beside each other, cal the same two one
 * after the other.  They share what the host's CPUs share, and nothing else.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "vmsa/replay.h"
#include "vmsa/table.h"
#include "vmsa/trace.h"

#define BATCH  2048
#define WINDOW 2097152u
#define TABLES (UINT64_C(64) << 20)

#define NR_TRACES   5
#define NR_MAPPINGS 2

static const char *const names[NR_TRACES] = {
	"memcached-nic", "memcached-1cpu", "dmcrypt", "dmcrypt-aged", "seqread",
};

static const unsigned mappings[NR_MAPPINGS] = {
	VMSA_MAP_NO_BLOCK | VMSA_MAP_NO_CONTIGUOUS,
	VMSA_MAP_NO_CONTIGUOUS,
};

/* One recording, and the maps it is replayed over. */
struct recording {
	struct vmsa_trace *trace; /* NULL: not part of the figure */
	struct vmsa_trace_machine machine;
	struct vmsa_space *space[NR_MAPPINGS];
	struct vmsa_replay_result alone[NR_MAPPINGS];
};

struct replaying {
	struct recording of[NR_TRACES];
	double serial, parallel; /* of replay/threads: M/s */
};

/* --- maps ---------------------------------------------------------------- */

static bool map_all(struct vmsa_space *space,
		    const struct vmsa_trace_machine *m, unsigned flags)
{
	const struct vmsa_mapping map = {
		.va = m->linear_base + m->ram[0].start - m->phys_base,
		.pa = m->ram[0].start,
		.size = m->ram[0].size,
		.attr = VMSA_LEAF_AF,
		.flags = flags,
		.phase = VMSA_EARLY,
	};
	int err;

	vmsa_space_lock(space);
	err = vmsa_map(space, &map);
	vmsa_space_unlock(space);
	return !err;
}

/* The recorded machine's linear map in a memory of its own. */
static bool new_map(struct recording *r, size_t mapping)
{
	const struct vmsa_trace_machine *m = &r->machine;
	const struct vmsa_range bank = { m->ram[0].start,
					 m->ram[0].size + TABLES };
	const struct vmsa_memory_config mc = { .granule_shift = 12,
					       .banks = &bank,
					       .nr_banks = 1 };
	struct vmsa_space_config sc = { .upper = true, .root = VMSA_NO_PA };

	if (vmsa_memory_create(&mc, &sc.memory))
		return false;
	vmsa_geometry_init(&sc.geometry, 12, 48, VMSA_FORMAT_48);
	if (vmsa_space_create(&sc, &r->space[mapping])) {
		vmsa_memory_destroy(sc.memory);
		return false;
	}
	return map_all(r->space[mapping], m, mappings[mapping]);
}

static void close_recording(struct recording *r)
{
	for (size_t i = 0; i < NR_MAPPINGS; i++) {
		if (!r->space[i])
			continue;
		vmsa_memory_destroy(vmsa_space_memory(r->space[i]));
		vmsa_space_destroy(r->space[i]);
	}
	vmsa_trace_close(r->trace);
}

/* --- passes -------------------------------------------------------------- */

static struct vmsa_replay_config config(const struct recording *r,
					size_t mapping)
{
	return (struct vmsa_replay_config){
		.tlb = VMSA_TLB_CONFIG_DEFAULT,
		.recorded = r->machine,
		.data_filter = vmsa_trace_data_filter(r->trace),
		.fetch_filter = vmsa_trace_fetch_filter(r->trace),
		.fetch = true,
		.linear = vmsa_tlb_space_walker(r->space[mapping]),
		.linear_base = r->machine.linear_base,
		.phys_base = r->machine.phys_base,
		.ram = r->machine.ram,
		.nr_ram = 1,
	};
}

static bool feed(struct vmsa_trace_stream *stream, struct vmsa_replay *replay)
{
	struct vmsa_trace_record batch[BATCH];
	size_t n, left = WINDOW;

	do {
		if (vmsa_trace_read(stream, batch, BATCH, &n, NULL) || !n ||
		    vmsa_replay_feed(replay, batch, n))
			return false;
		left -= n < left ? n : left;
	} while (left);
	return true;
}

/* One pass over @n mappings from @first on; false: it cannot be. */
static bool pass(const struct recording *r, size_t first, size_t n,
		 struct vmsa_replay_result *out)
{
	struct vmsa_replay_config lanes[NR_MAPPINGS];
	struct vmsa_trace_stream *stream = NULL;
	struct vmsa_replay *replay = NULL;
	bool good;

	for (size_t i = 0; i < n; i++)
		lanes[i] = config(r, first + i);
	good = !vmsa_replay_create_many(lanes, n, &replay) &&
	       !vmsa_trace_stream_create(r->trace, 0, &stream) &&
	       feed(stream, replay);
	for (size_t i = 0; good && i < n; i++)
		vmsa_replay_finish_lane(replay, i, 0, &out[i]);
	vmsa_trace_stream_destroy(stream);
	vmsa_replay_destroy(replay);
	return good;
}

/* Wrong lanes of a pass: each is what it was alone. */
static uint64_t check_pass(const struct recording *r, size_t first, size_t n)
{
	struct vmsa_replay_result got[NR_MAPPINGS];

	return !pass(r, first, n, got) ||
	       memcmp(got, &r->alone[first], n * sizeof(got[0])) != 0;
}

static uint64_t one_by_one(void *arg)
{
	struct replaying *all = arg;
	uint64_t wrong = 0;

	for (size_t i = 0; i < NR_TRACES; i++)
		for (size_t m = 0; all->of[i].trace && m < NR_MAPPINGS; m++)
			wrong += check_pass(&all->of[i], m, 1);
	return wrong;
}

static uint64_t at_once(void *arg)
{
	struct replaying *all = arg;
	uint64_t wrong = 0;

	for (size_t i = 0; i < NR_TRACES; i++)
		for (size_t m = 0; all->of[i].trace && m < NR_MAPPINGS; m++)
			wrong += check_pass(&all->of[i], 0, NR_MAPPINGS);
	return wrong;
}

/* --- life ---------------------------------------------------------------- */

static void close_replaying(void *arg)
{
	struct replaying *all = arg;

	for (size_t i = 0; i < NR_TRACES; i++)
		close_recording(&all->of[i]);
	free(all);
}

/* Something to compare with: pages have more walks than blocks. */
static bool plausible(const struct recording *r)
{
	struct vmsa_tlb_counters pages, blocks;

	vmsa_replay_sum(&r->alone[0], VMSA_TLB_DATA, VMSA_REPLAY_ALL, &pages);
	vmsa_replay_sum(&r->alone[1], VMSA_TLB_DATA, VMSA_REPLAY_ALL, &blocks);
	return r->alone[0].records >= WINDOW && pages.walks > blocks.walks;
}

static bool open_recording(struct recording *r, const char *name)
{
	char path[4096];
	bool good;

	snprintf(path, sizeof(path), "%s/%s.vmt", BENCH_TRACES, name);
	good = !vmsa_trace_open(path, &r->trace, NULL) &&
	       !vmsa_trace_machine(r->trace, &r->machine, NULL);
	for (size_t m = 0; good && m < NR_MAPPINGS; m++)
		good = new_map(r, m) && pass(r, m, 1, &r->alone[m]);
	return good && plausible(r);
}

static void *open_recordings(size_t first, size_t n)
{
	struct replaying *all = calloc(1, sizeof(*all));
	bool good = all;

	for (size_t i = first; good && i < first + n; i++)
		good = open_recording(&all->of[i], names[i]);
	if (good)
		return all;
	if (all)
		close_replaying(all);
	return NULL;
}

static void *memcached_nic(void)
{
	return open_recordings(0, 1);
}

static void *memcached_1cpu(void)
{
	return open_recordings(1, 1);
}

static void *dmcrypt(void)
{
	return open_recordings(2, 1);
}

static void *dmcrypt_aged(void)
{
	return open_recordings(3, 1);
}

static void *seqread(void)
{
	return open_recordings(4, 1);
}

static void *all_recordings(void)
{
	return open_recordings(0, NR_TRACES);
}

/* --- threads ------------------------------------------------------------- */

/* A thread's share: every recording over one mapping. */
struct share {
	struct replaying *all;
	size_t mapping;
	uint64_t wrong;
};

static void *run_share(void *arg)
{
	struct share *s = arg;

	for (size_t i = 0; i < NR_TRACES; i++)
		s->wrong += check_pass(&s->all->of[i], s->mapping, 1);
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Wall time of both shares, side by side or not; negative: wrong. */
static double run_shares(struct replaying *all, bool beside)
{
	struct share s[2] = { { .all = all }, { .all = all, .mapping = 1 } };
	const double start = now();
	pthread_t other;

	if (beside && pthread_create(&other, NULL, run_share, &s[1]))
		return -1;
	run_share(&s[0]);
	if (beside)
		pthread_join(other, NULL);
	else
		run_share(&s[1]);
	return s[0].wrong || s[1].wrong ? -1 : now() - start;
}

/*
 * In turn, and the fastest of each: wall time, which whoever else is on the
 * host makes longer and never shorter.
 */
static void *threads(void)
{
	const double work = 1e-6 * WINDOW * NR_TRACES * NR_MAPPINGS;
	struct replaying *all = all_recordings();

	for (int i = 0; all && i < BENCH_ROUNDS; i++) {
		const double serial = work / run_shares(all, false);
		const double parallel = work / run_shares(all, true);

		if (serial < 0 || parallel < 0) {
			close_replaying(all);
			return NULL;
		}
		if (serial > all->serial)
			all->serial = serial;
		if (parallel > all->parallel)
			all->parallel = parallel;
	}
	return all;
}

static double throughput(void *arg, enum bench_side side)
{
	const struct replaying *all = arg;

	return side == BENCH_OURS ? all->parallel : all->serial;
}

#define TWO_LANES(NAME, OPEN, TRACES)                                          \
	{                                                                      \
		.name = "replay/two-lanes" NAME, .unit = "ns",                 \
		.better = BENCH_LOWER, .goal = 1.6, .stretch = 1.3,            \
		.ops = (uint64_t)WINDOW * (TRACES)*NR_MAPPINGS, .setup = OPEN, \
		.run = { at_once, one_by_one }, .teardown = close_replaying    \
	}

static const struct bench cases[] = {
	TWO_LANES("/memcached-nic", memcached_nic, 1),
	TWO_LANES("/memcached-1cpu", memcached_1cpu, 1),
	TWO_LANES("/dmcrypt", dmcrypt, 1),
	TWO_LANES("/dmcrypt-aged", dmcrypt_aged, 1),
	TWO_LANES("/seqread", seqread, 1),
	TWO_LANES("", all_recordings, NR_TRACES),
	{ .name = "replay/threads",
	  .unit = "M/s",
	  .better = BENCH_HIGHER,
	  .goal = 1.7,
	  .stretch = 1.95,
	  .setup = threads,
	  .value = throughput,
	  .teardown = close_replaying },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
