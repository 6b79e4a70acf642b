/* SPDX-License-Identifier: BSD-2-Clause */
#include "jobs.h"

#include <stdlib.h>
#include <unistd.h>

#include "part.h"
#include "pool.h"
#include "say.h"
#include "traces.h"

/* As asked for, else one a host CPU. */
static size_t threads_wanted(const struct replay_setup *setup)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return setup->threads ? setup->threads : cpus > 0 ? (size_t)cpus : 1;
}

/*
 * CPU by CPU; @share is how often the lanes of each are divided so that every
 * thread has work.  How many parts; all of them in @out if it is not NULL.
 */
static size_t divide(const struct job *jobs, size_t n, size_t share,
		     struct part *out)
{
	size_t parts = 0;

	for (size_t i = 0; i < n; i++) {
		const struct job *job = &jobs[i];
		const size_t lanes = (job->nr_lanes + share - 1) / share;

		for (unsigned cpu = 0; cpu < job->cpus; cpu++) {
			for (size_t at = 0; at < job->nr_lanes; at += lanes) {
				const size_t left = job->nr_lanes - at;
				const struct part part = {
					.job = job,
					.cpu = cpu,
					.first = at,
					.n = left < lanes ? left : lanes,
				};

				if (out)
					out[parts] = part;
				parts++;
			}
		}
	}
	return parts;
}

/* Results of several CPUs add up. */
static void add_result(struct vmsa_replay_result *sum,
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

/* What the parts found goes to their lanes, or what stopped them is told. */
static int collect(struct part *parts, size_t n, struct progress *p)
{
	int ret = EXIT_DONE;

	for (size_t i = 0; i < n; i++) {
		struct part *part = &parts[i];

		if (part->complaint[0]) {
			progress_end(p);
			ret = complain("%s", part->complaint);
		}
		for (size_t l = 0; l < part->n && !ret; l++)
			add_result(&part->job->lane[part->first + l].result,
				   &part->results[l]);
		free(part->results);
	}
	return ret;
}

static void run_one(void *arg, size_t i)
{
	part_run(&((struct part *)arg)[i]);
}

int jobs_run(struct job *jobs, size_t n, struct progress *p, uint64_t *done)
{
	const size_t threads = threads_wanted(jobs->setup);
	const size_t streams = divide(jobs, n, 1, NULL);
	const size_t share = streams ? (threads + streams - 1) / streams : 1;
	struct pool pool = {
		.work = run_one,
		.n = divide(jobs, n, share, NULL),
		.threads = jobs->setup->threads,
		.bar = p,
		.done = done,
	};
	struct part *parts = calloc(pool.n ? pool.n : 1, sizeof(*parts));
	int ret;

	if (!parts)
		return complain("out of memory");
	divide(jobs, n, share, parts);
	pool.arg = parts;
	pool_run(&pool);
	ret = collect(parts, pool.n, p);
	free(parts);
	return ret;
}

/* Zeros in the report would look like an answer. */
static void warn_if_uncounted(const char *trace, const struct vmsa_trace *t,
			      uint64_t warmup)
{
	const unsigned cpus = vmsa_trace_cpus(t);
	unsigned none = 0;

	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		const struct vmsa_trace_totals *all = vmsa_trace_totals(t, cpu);

		none += all->end_insn - all->first_insn <= warmup;
	}
	if (warmup != NOT_GIVEN && none)
		complain("%s: the warm-up is longer than the trace of %u of "
			 "%u CPUs, of which nothing is counted",
			 trace, none, cpus);
}

int job_size(const char *trace, uint64_t warmup, uint64_t *records,
	     unsigned *cpus)
{
	struct vmsa_trace *t;

	if (trace_open(trace, &t))
		return EXIT_BAD;
	*records = 0;
	*cpus = vmsa_trace_cpus(t);
	for (unsigned cpu = 0; cpu < *cpus; cpu++)
		*records += vmsa_trace_totals(t, cpu)->records;
	warn_if_uncounted(trace, t, warmup);
	vmsa_trace_close(t);
	return EXIT_DONE;
}
