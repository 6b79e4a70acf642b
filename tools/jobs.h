/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_JOBS_H
#define VMSA_TOOLS_JOBS_H
/*
 * jobs.h - replays, several at a time
 *
 * A job replays one trace, placed in one way, over the tables of a system.
 * Jobs only read those tables, so they run in threads of their own.  Each
 * decodes the trace anew: that takes a tenth of the time of a replay.
 */
#include "args.h"
#include "progress.h"
#include "vmsa/replay.h"

/** struct replay_setup - what all jobs have in common. */
struct replay_setup {
	struct vmsa_tlb_config tlb; /**< the PE's TLBs */
	uint64_t seed;              /**< of the scattering */
	uint64_t warmup;            /**< instructions, or NOT_GIVEN */
	bool data_only;             /**< leave instruction fetches out */
	unsigned threads;           /**< jobs at a time; 0: one per host CPU */
};

/** struct job - one trace to replay, and what came of it. */
struct job {
	const struct replay_setup *setup; /**< outlives the job */
	const struct vmsa_linux *sys;     /**< whose linear map */
	const char *trace;                /**< file, or name of a bundled one */
	struct placement_args placement;  /**< of its linear map */
	struct vmsa_replay_result result; /**< of all its CPUs */
	char complaint[512]; /**< why it failed; empty if it did not */
	uint64_t *done;      /**< records replayed, shared by all jobs */
};

/**
 * jobs_run() - run all jobs, with a progress bar.
 * @jobs:  to run; result and complaint are filled in
 * @n:     how many, at least 1
 * @p:     started with the records of all jobs, see job_size()
 * @done:  where the bar stands; jobs add to it
 *
 * Return: EXIT_DONE; EXIT_BAD after complaints.
 */
int jobs_run(struct job *jobs, size_t n, struct progress *p, uint64_t *done);

/**
 * job_size() - records that a job on this trace replays.
 * @trace: file or name
 * @out:   the count
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int job_size(const char *trace, uint64_t *out);

/**
 * job_config() - how one stream is replayed.
 * @job:   gets the complaint, if there is one
 * @trace: what it is about, open
 * @cpu:   of the stream
 * @out:   its ram is to be freed
 *
 * Return: EXIT_DONE; EXIT_BAD, with a complaint in @job.
 */
int job_config(struct job *job, const struct vmsa_trace *trace, unsigned cpu,
	       struct vmsa_replay_config *out);

/** job_fail() - keep a complaint until threads have ended: EXIT_BAD. */
int job_fail(struct job *job, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** job_fail_error() - complain_error(), kept for later: EXIT_BAD. */
int job_fail_error(struct job *job, int ret, const struct vmsa_error *err);

/** job_refused() - why vmsa_replay_create() said no, kept: EXIT_BAD. */
int job_refused(struct job *job, int ret);

#endif /* VMSA_TOOLS_JOBS_H */
