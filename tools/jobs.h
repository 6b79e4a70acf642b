/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_JOBS_H
#define VMSA_TOOLS_JOBS_H
/*
 * jobs.h - replays, several at a time
 *
 * A job replays one trace in one pass over all its lanes: the tables of several
 * systems, its memory placed in several ways.  Jobs only read those tables, so
 * they run in threads of their own, as do the CPUs of a trace.  If there are
 * more threads than that, the lanes of a job are shared out among them, and
 * each of its parts decodes the trace anew.
 */
#include "args.h"
#include "progress.h"
#include "vmsa/replay.h"

/** struct replay_setup - what all jobs have in common. */
struct replay_setup {
	struct vmsa_tlb_config tlb; /**< the PE's TLBs */
	uint64_t seed;              /**< of the scattering */
	uint64_t warmup;            /**< instructions, or NOT_GIVEN */
	uint64_t cpi;               /**< thousandths; 0: walks have no time */
	bool data_only;             /**< leave instruction fetches out */
	unsigned threads;           /**< jobs at a time; 0: one per host CPU */
};

/** struct job_lane - one mapping and placement, and what came of them. */
struct job_lane {
	const struct vmsa_linux *sys;     /**< whose linear map */
	struct placement_args placement;  /**< of the recorded memory */
	struct vmsa_replay_result result; /**< of all the trace's CPUs */
};

/** struct job - one trace to replay. */
struct job {
	const struct replay_setup *setup; /**< outlives the job */
	const char *trace;                /**< file, or name of a bundled one */
	struct job_lane *lane;            /**< those of one pass */
	size_t nr_lanes;                  /**< at least 1 */
	uint64_t *done; /**< records by lanes, shared by all jobs */
	unsigned cpus;  /**< of the trace, see job_size() */
};

/**
 * jobs_run() - run all jobs, with a progress bar.
 * @jobs: to run; the results of their lanes are filled in
 * @n:    how many, at least 1
 * @p:    started with the records of all lanes
 * @done: where the bar stands; jobs add to it
 *
 * Return: EXIT_DONE; EXIT_BAD after complaints.
 */
int jobs_run(struct job *jobs, size_t n, struct progress *p, uint64_t *done);

/**
 * job_size() - look at a trace, and say so if its warm-up is all of it.
 * @trace:   file or name
 * @warmup:  instructions, or NOT_GIVEN
 * @records: how many it holds
 * @cpus:    how many streams
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int job_size(const char *trace, uint64_t warmup, uint64_t *records,
	     unsigned *cpus);

#endif /* VMSA_TOOLS_JOBS_H */
