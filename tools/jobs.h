/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_JOBS_H
#define VMSA_TOOLS_JOBS_H
/*
 * jobs.h - replays, several at a time
 *
 * A job decodes one trace once and feeds it to a replay for each placement,
 * all of them over the tables of one system.  Jobs only read those tables, so
 * they run in threads of their own.
 */
#include "args.h"
#include "progress.h"
#include "vmsa/replay.h"

/** MAX_PLACEMENTS - placements one job replays at most. */
#define MAX_PLACEMENTS 8

/** struct replay_setup - what all jobs have in common. */
struct replay_setup {
	struct vmsa_tlb_config tlb; /**< the PE's TLBs */
	struct placement_args
		placements[MAX_PLACEMENTS]; /**< one replay each */
	size_t nr_placements;               /**< how many */
	uint64_t seed;                      /**< of the scattering */
	uint64_t warmup;                    /**< instructions, or NOT_GIVEN */
	bool data_only;   /**< leave instruction fetches out */
	unsigned threads; /**< jobs at a time; 0: one per host CPU */
};

/** struct job - one trace to replay, and what came of it. */
struct job {
	const struct replay_setup *setup; /**< outlives the job */
	const struct vmsa_linux *sys;     /**< whose linear map */
	const char *trace;                /**< file, or name of a bundled one */
	struct vmsa_replay_result results[MAX_PLACEMENTS]; /**< all CPUs */
	char complaint[512]; /**< why it failed; empty if it did not */
	uint64_t *done;      /**< records replayed, shared by all jobs */
};

/**
 * jobs_run() - run all jobs, with a progress bar.
 * @jobs:  to run; results and complaints are filled in
 * @n:     how many, at least 1
 * @p:     started with the records of all jobs, see job_size()
 * @done:  where the bar stands; jobs add to it
 *
 * Return: EXIT_DONE; EXIT_BAD after complaints.
 */
int jobs_run(struct job *jobs, size_t n, struct progress *p, uint64_t *done);

/**
 * job_size() - records that a job on this trace replays.
 * @setup: placements and the like
 * @trace: file or name
 * @out:   the count
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int job_size(const struct replay_setup *setup, const char *trace,
	     uint64_t *out);

#endif /* VMSA_TOOLS_JOBS_H */
