/* SPDX-License-Identifier: BSD-2-Clause */
#include "jobs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "say.h"
#include "traces.h"

/* Records read at a time: 100 KiB, which stay in the host's L2. */
#define BATCH 2048

/* Warm-up if none is asked for, and how much of a short trace at most. */
#define WARMUP       UINT64_C(100000000)
#define WARMUP_SHARE 2

/* --- one job ------------------------------------------------------------- */

/* One CPU's stream on its way through a replay. */
struct stream_run {
	struct vmsa_trace_stream *stream;
	struct vmsa_replay *replay;
	struct vmsa_trace_record *batch;
	const struct vmsa_trace_totals *totals;
};

/* Threads do not print: the sentence waits until all of them have ended. */
int job_fail(struct job *job, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(job->complaint, sizeof(job->complaint), fmt, ap);
	va_end(ap);
	return EXIT_BAD;
}

int job_fail_error(struct job *job, int ret, const struct vmsa_error *err)
{
	if (!err->text[0])
		return job_fail(job, "%s: %s", job->trace, strerror(-ret));
	if (err->unit)
		return job_fail(job, "%s: %s %llu: %s", err->file, err->unit,
				(unsigned long long)err->offset, err->text);
	return job_fail(job, "%s: %s", err->file, err->text);
}

/* The stamp at which counting starts. */
static uint64_t warmup_end(const struct job *job,
			   const struct vmsa_trace_totals *t)
{
	const uint64_t most = (t->end_insn - t->first_insn) / WARMUP_SHARE;
	uint64_t n = job->setup->warmup;

	if (n == NOT_GIVEN)
		n = WARMUP < most ? WARMUP : most;
	return t->first_insn + n;
}

/* Memory the linear map maps, and so recorded memory can be placed in. */
static struct vmsa_range *mapped_ram(const struct vmsa_linux *sys, size_t *n)
{
	size_t all;
	const struct vmsa_linux_region *m = vmsa_linux_regions(sys, &all);
	struct vmsa_range *ram = calloc(all, sizeof(*ram));

	*n = 0;
	for (size_t i = 0; ram && i < all; i++) {
		if (!m[i].nomap)
			ram[(*n)++] =
				(struct vmsa_range){ m[i].start, m[i].size };
	}
	return ram;
}

/* The options' placement in the words of the library. */
static struct vmsa_replay_placement placement_of(const struct job *job)
{
	const struct placement_args *p = &job->placement;

	return (struct vmsa_replay_placement){
		.how = p->scatter ? VMSA_REPLAY_SCATTER
				  : VMSA_REPLAY_AS_RECORDED,
		.unit_pages_shift = (unsigned)p->shift,
		.size = p->size,
		.seed = job->setup->seed,
	};
}

int job_config(struct job *job, const struct vmsa_trace *trace, unsigned cpu,
	       struct vmsa_replay_config *out)
{
	const struct vmsa_linux *sys = job->sys;
	struct vmsa_replay_config config = {
		.tlb = job->setup->tlb,
		.data_filter = vmsa_trace_data_filter(trace),
		.fetch_filter = vmsa_trace_fetch_filter(trace),
		.fetch = !job->setup->data_only,
		.warmup = warmup_end(job, vmsa_trace_totals(trace, cpu)),
		.linear = vmsa_tlb_space_walker(vmsa_linux_space(sys)),
		.linear_base = vmsa_linux_layout(sys)->linear_start,
		.placement = placement_of(job),
	};
	struct vmsa_error err = { 0 };
	int ret = vmsa_trace_machine(trace, &config.recorded, &err);

	if (ret)
		return job_fail_error(job, ret, &err);
	config.phys_base = vmsa_linux_pa(sys, config.linear_base);
	config.ram = mapped_ram(sys, &config.nr_ram);
	if (!config.ram)
		return job_fail(job, "out of memory");
	*out = config;
	return EXIT_DONE;
}

int job_refused(struct job *job, int ret)
{
	if (ret == -ERANGE)
		return job_fail(
			job,
			"%s: the recorded memory does not fit into that "
			"of the machine, or into the scattered part",
			job->trace);
	if (ret == -EINVAL)
		return job_fail(
			job,
			"%s: the recorder's filter holds more pages than "
			"the first-level TLBs of this CPU",
			job->trace);
	return job_fail(job, "%s: %s", job->trace, strerror(-ret));
}

/* A replay of this trace over the tables under test. */
static int make_replay(struct job *job, struct vmsa_trace *trace, unsigned cpu,
		       struct stream_run *run)
{
	struct vmsa_replay_config config;
	int ret = job_config(job, trace, cpu, &config);

	if (ret)
		return ret;
	ret = vmsa_replay_create(&config, &run->replay);
	free((void *)config.ram);
	return ret ? job_refused(job, ret) : EXIT_DONE;
}

/* The whole stream, batch by batch. */
static int pump(struct job *job, struct stream_run *run)
{
	struct vmsa_error err = { 0 };
	size_t n;
	int ret;

	for (;;) {
		ret = vmsa_trace_read(run->stream, run->batch, BATCH, &n, &err);
		if (!ret && n)
			ret = vmsa_replay_feed(run->replay, run->batch, n);
		if (ret)
			return job_fail_error(job, ret, &err);
		if (!n)
			return EXIT_DONE;
		__atomic_fetch_add(job->done, n, __ATOMIC_RELAXED);
	}
}

/* Results of several CPUs add up. */
static void add_results(struct vmsa_replay_result *sum,
			const struct vmsa_replay_result *more)
{
	sum->instructions += more->instructions;
	sum->records += more->records;
	sum->tlbis += more->tlbis;
	sum->unplaced += more->unplaced;
	for (int r = 0; r < VMSA_TLB_NR_REGIONS; r++) {
		for (int s = 0; s < VMSA_TLB_NR_SIDES; s++)
			vmsa_tlb_counters_add(&sum->stats.of[r][s],
					      &more->stats.of[r][s]);
	}
}

/* One CPU of the trace, with TLBs of its own. */
static int run_stream(struct job *job, struct vmsa_trace *trace, unsigned cpu)
{
	struct stream_run run = { .totals = vmsa_trace_totals(trace, cpu) };
	struct vmsa_replay_result result;
	int ret;

	run.batch = malloc(BATCH * sizeof(*run.batch));
	if (!run.batch || vmsa_trace_stream_create(trace, cpu, &run.stream))
		ret = job_fail(job, "out of memory");
	else
		ret = make_replay(job, trace, cpu, &run);
	if (!ret)
		ret = pump(job, &run);
	if (!ret) {
		vmsa_replay_finish(run.replay, run.totals->end_insn, &result);
		add_results(&job->result, &result);
	}
	vmsa_replay_destroy(run.replay);
	vmsa_trace_stream_destroy(run.stream);
	free(run.batch);
	return ret;
}

/* All CPUs of a trace; damage at its end is known before work begins. */
static void run_job(struct job *job)
{
	struct vmsa_trace *trace;
	struct vmsa_error err = { 0 };
	int ret = trace_open(job->trace, &trace);

	if (ret) {
		job_fail(job, "%s cannot be opened", job->trace);
		return;
	}
	ret = vmsa_trace_damage(trace, &err);
	if (ret)
		ret = job_fail_error(job, ret, &err);
	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(trace) && !ret; cpu++)
		ret = run_stream(job, trace, cpu);
	vmsa_trace_close(trace);
}

/* --- all of them --------------------------------------------------------- */

static void run_one(void *arg, size_t i)
{
	run_job(&((struct job *)arg)[i]);
}

int jobs_run(struct job *jobs, size_t n, struct progress *p, uint64_t *done)
{
	struct pool pool = {
		.work = run_one,
		.arg = jobs,
		.n = n,
		.threads = jobs->setup->threads,
		.bar = p,
		.done = done,
	};
	int ret = EXIT_DONE;

	pool_run(&pool);
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].complaint[0]) {
			progress_end(p);
			ret = complain("%s", jobs[i].complaint);
		}
	}
	return ret;
}

int job_size(const char *trace, uint64_t *out)
{
	struct vmsa_trace *t;
	uint64_t records = 0;

	if (trace_open(trace, &t))
		return EXIT_BAD;
	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(t); cpu++)
		records += vmsa_trace_totals(t, cpu)->records;
	vmsa_trace_close(t);
	*out = records;
	return EXIT_DONE;
}
