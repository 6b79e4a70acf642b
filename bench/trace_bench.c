/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_bench.c - records a second out of the bundled recordings
 *
 *   trace/NAME  one recording, all its streams, from first to last record
 *   trace/all   all recordings, one after the other
 *
 * cal reads the same blocks and lets zstd decompress them, without checksums
 * and without making a record of anything.
 *
 * Before anything is timed each recording is read once, record by record,
 * against the totals that it carries.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "trace/trace.h"
#include "vmsa/trace.h"

/* As many records as vmsa_trace_read() advises. */
#define BATCH 4096

/* How many records a recording has: traces/NAME.md. */
#define MEMCACHED_NIC  28217690u
#define MEMCACHED_1CPU 28960853u
#define DMCRYPT        28938187u
#define DMCRYPT_AGED   29882107u
#define SEQREAD        31323177u

static const struct {
	const char *name;
	uint64_t records;
} known[] = {
	{ "memcached-nic", MEMCACHED_NIC },
	{ "memcached-1cpu", MEMCACHED_1CPU },
	{ "dmcrypt", DMCRYPT },
	{ "dmcrypt-aged", DMCRYPT_AGED },
	{ "seqread", SEQREAD },
};

#define NR_TRACES (sizeof(known) / sizeof(known[0]))

struct reading {
	struct vmsa_trace *trace[NR_TRACES]; /* NULL: not part of the figure */
	struct vmsa_trace_record batch[BATCH];
};

static void close_reading(void *arg)
{
	struct reading *r = arg;

	for (size_t i = 0; i < NR_TRACES; i++)
		vmsa_trace_close(r->trace[i]);
	free(r);
}

/* The unit of work: one stream of one trace; wrong answers. */
typedef uint64_t (*stream_fn)(struct reading *r,
			      struct vmsa_trace_stream *stream,
			      const struct vmsa_trace_totals *want);

static uint64_t each_stream(struct reading *r, stream_fn fn)
{
	uint64_t wrong = 0;

	for (size_t i = 0; i < NR_TRACES; i++) {
		struct vmsa_trace *t = r->trace[i];

		for (unsigned cpu = 0; t && cpu < vmsa_trace_cpus(t); cpu++) {
			struct vmsa_trace_stream *s;

			if (vmsa_trace_stream_create(t, cpu, &s))
				return wrong + 1;
			wrong += fn(r, s, vmsa_trace_totals(t, cpu));
			vmsa_trace_stream_destroy(s);
		}
	}
	return wrong;
}

/* Every record counted by kind and checked to go forward in time. */
static uint64_t audit_stream(struct reading *r, struct vmsa_trace_stream *s,
			     const struct vmsa_trace_totals *want)
{
	uint64_t kinds[VMSA_TRACE_NR_KINDS] = { 0 };
	uint64_t last = 0, wrong = 0;
	size_t n;

	do {
		if (vmsa_trace_read(s, r->batch, BATCH, &n, NULL))
			return 1;
		for (size_t i = 0; i < n; i++) {
			wrong += r->batch[i].insn < last || r->batch[i].state;
			last = r->batch[i].insn;
			kinds[r->batch[i].kind]++;
		}
	} while (n);
	for (int k = 0; k < VMSA_TRACE_NR_KINDS; k++)
		wrong += kinds[k] != want->by_kind[k];
	return wrong + (last > want->end_insn);
}

static uint64_t count_records(const struct vmsa_trace *t)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(t); cpu++)
		sum += vmsa_trace_totals(t, cpu)->records;
	return sum;
}

static bool open_trace(struct reading *r, size_t i)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.vmt", BENCH_TRACES, known[i].name);
	return !vmsa_trace_open(path, &r->trace[i], NULL) &&
	       count_records(r->trace[i]) == known[i].records;
}

static void *open_traces(size_t first, size_t n)
{
	struct reading *r = calloc(1, sizeof(*r));
	bool good = r;

	for (size_t i = first; good && i < first + n; i++)
		good = open_trace(r, i);
	if (good && !each_stream(r, audit_stream))
		return r;
	if (r)
		close_reading(r);
	return NULL;
}

static void *memcached_nic(void)
{
	return open_traces(0, 1);
}

static void *memcached_1cpu(void)
{
	return open_traces(1, 1);
}

static void *dmcrypt(void)
{
	return open_traces(2, 1);
}

static void *dmcrypt_aged(void)
{
	return open_traces(3, 1);
}

static void *seqread(void)
{
	return open_traces(4, 1);
}

static void *all(void)
{
	return open_traces(0, NR_TRACES);
}

static uint64_t read_stream(struct reading *r, struct vmsa_trace_stream *s,
			    const struct vmsa_trace_totals *want)
{
	uint64_t records = 0;
	size_t n;

	do {
		if (vmsa_trace_read(s, r->batch, BATCH, &n, NULL))
			return 1;
		records += n;
	} while (n);
	return records != want->records;
}

static uint64_t inflate_stream(struct reading *r, struct vmsa_trace_stream *s,
			       const struct vmsa_trace_totals *want)
{
	uint64_t records = 0;

	(void)r;
	return vmsa_trace_inflate(s, &records, NULL) ||
	       records != want->records;
}

static uint64_t ours(void *arg)
{
	return each_stream(arg, read_stream);
}

static uint64_t cal(void *arg)
{
	return each_stream(arg, inflate_stream);
}

#define DECODE(NAME, OPEN, RECORDS)                                           \
	{                                                                     \
		.name = "trace/" NAME, .unit = "M/s", .better = BENCH_HIGHER, \
		.goal = 0.3, .stretch = 0.6, .ops = RECORDS, .setup = OPEN,   \
		.run = { ours, cal }, .teardown = close_reading               \
	}

static const struct bench cases[] = {
	DECODE("memcached-nic", memcached_nic, MEMCACHED_NIC),
	DECODE("memcached-1cpu", memcached_1cpu, MEMCACHED_1CPU),
	DECODE("dmcrypt", dmcrypt, DMCRYPT),
	DECODE("dmcrypt-aged", dmcrypt_aged, DMCRYPT_AGED),
	DECODE("seqread", seqread, SEQREAD),
	DECODE("all", all,
	       MEMCACHED_NIC + MEMCACHED_1CPU + DMCRYPT + DMCRYPT_AGED +
		       SEQREAD),
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
