/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_COMPARE_H
#define VMSA_TOOLS_COMPARE_H
/*
 * compare.h - what vmsa compare found, and how it is told
 */
#include "jobs.h"
#include "setup.h"
#include "system.h"
#include "tally.h"

/** MAX_PLACEMENTS - placements compared at most. */
#define MAX_PLACEMENTS 3

/** MAX_ROWS - mappings compared at most. */
#define MAX_ROWS 5

/** struct row - one mapping: what it took. */
struct row {
	enum vmsa_linux_mapping mapping; /**< forced, or LINUX */
	const char *decided;             /**< by Linux: "blocks and CONT" */
	struct tally tally;              /**< leaves and tables */
	struct vmsa_linux *map;          /**< booted; NULL if not now */
};

/** struct comparison - all of it. */
struct comparison {
	const struct args *args;   /**< the command line */
	struct system system;      /**< machine and kernel */
	struct replay_setup setup; /**< TLBs and placements */
	struct tlb_notes notes;    /**< of the TLBs */
	const char *const *traces; /**< their names */
	size_t nr_traces;          /**< how many */
	struct placement_args placements[MAX_PLACEMENTS]; /**< likewise */
	size_t nr_placements;                             /**< how many */
	struct row rows[MAX_ROWS]; /**< the first is all pages */
	size_t nr_rows;            /**< how many */
	struct job_lane *lanes;    /**< see lane_of() */
};

/** lane_of() - the lane that replays a trace, placed so, over a mapping. */
static inline struct job_lane *lane_of(const struct comparison *c, size_t row,
				       size_t trace, size_t placement)
{
	const size_t rows = trace * c->nr_rows + row;

	return &c->lanes[rows * c->nr_placements + placement];
}

/** struct cost - one line of a table: a row, a trace, a placement. */
struct cost {
	uint64_t instructions;  /**< counted */
	uint64_t misses;        /**< walks, all regions, data and fetch */
	double mpki;            /**< those per 1000 instructions */
	double linear_mpki;     /**< of the linear map */
	double kernel_mpki;     /**< of all kernel addresses */
	uint64_t cycles;        /**< of all walks */
	uint64_t active_cycles; /**< with a walk under way */
	uint64_t kernel_cycles; /**< of walks for kernel addresses */
};

/**
 * cost_of() - sum a replay up.
 * @c:         the comparison
 * @row:       index of the mapping
 * @trace:     index of the trace
 * @placement: index of the placement
 *
 * Return: the sums.
 */
struct cost cost_of(const struct comparison *c, size_t row, size_t trace,
		    size_t placement);

/** row_name() - "all pages", "as Linux: blocks and CONT"; static or in @out. */
const char *row_name(const struct row *row, char *out, size_t size);

/** change_text() - "-28.5 %" from one number to another; 0 to 0 is "0". */
char *change_text(double from, double to, char *out);

/** compare_print() - the comparison as text. */
void compare_print(const struct comparison *c);

/** compare_write() - as JSON; an exit code. */
int compare_write(const struct comparison *c);

/**
 * published_print() - published figures beside ours.
 * @c: the comparison; nothing is printed unless it is of their machine
 */
void published_print(const struct comparison *c);

/** published_write() - the same as a JSON array in the current object. */
void published_write(const struct comparison *c, struct doc *d);

#endif /* VMSA_TOOLS_COMPARE_H */
