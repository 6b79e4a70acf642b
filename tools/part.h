/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_PART_H
#define VMSA_TOOLS_PART_H
/*
 * part.h - what one thread takes of a job
 */
#include "jobs.h"

/** struct part - one CPU of a job's trace over some of its lanes. */
struct part {
	const struct job *job; /**< outlives the part */
	unsigned cpu;          /**< stream of the trace */
	size_t first;          /**< lane of the job */
	size_t n;              /**< how many from there */

	struct vmsa_trace *trace;           /**< while it runs, as are */
	struct vmsa_trace_stream *stream;   /**< the CPU's records */
	struct vmsa_trace_record *batch;    /**< a few of them */
	struct vmsa_replay *replay;         /**< over the lanes */
	struct vmsa_replay_result *results; /**< by lane, for free() */
	char complaint[512]; /**< why it failed; empty if it did not */
};

/**
 * part_config() - how one lane of a part is replayed.
 * @part: its trace is open; gets the complaint, if there is one
 * @i:    which of its lanes
 * @out:  its ram is to be freed
 *
 * Return: EXIT_DONE; EXIT_BAD, with a complaint in @part.
 */
int part_config(struct part *part, size_t i, struct vmsa_replay_config *out);

/** part_fail() - keep a complaint until threads have ended: EXIT_BAD. */
int part_fail(struct part *part, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** part_fail_error() - complain_error(), kept for later: EXIT_BAD. */
int part_fail_error(struct part *part, int ret, const struct vmsa_error *err);

/** part_refused() - why vmsa_replay_create() said no, kept: EXIT_BAD. */
int part_refused(struct part *part, int ret);

/** part_run() - replay; @part->results or @part->complaint is filled in. */
void part_run(struct part *part);

#endif /* VMSA_TOOLS_PART_H */
