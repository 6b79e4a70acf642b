/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare.c - vmsa compare: the same traces over several mappings
 *
 * One pass over each trace for all mappings and placements.  All maps must be
 * there for that, and a map of pages of 256 GiB takes half a GiB of host
 * memory: where that is too much, one mapping goes after the other.
 */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "data.h"
#include "progress.h"
#include "reasons.h"
#include "say.h"
#include "traces.h"

/* What is compared if the command line does not say: the units are of 4K. */
static const struct placement_args usual_placements[] = {
	{ .scatter = false },
	{ .scatter = true, .shift = 4 }, /* 64 KiB stay together */
	{ .scatter = true, .shift = 0 }, /* nothing does */
};

static const enum vmsa_linux_mapping usual_mappings[] = {
	VMSA_MAPPING_PTE,
	VMSA_MAPPING_CONT,
	VMSA_MAPPING_BLOCK,
	VMSA_MAPPING_LINUX,
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Rows, placements and replay options, from the command line or the usual. */
static void choose(struct comparison *c)
{
	const struct replay_args *r = &c->args->replay;
	const uint64_t mapping = c->args->machine.mapping;

	c->setup.seed = r->seed;
	c->setup.warmup = r->warmup;
	c->setup.cpi = r->cpi;
	c->setup.data_only = r->data_only;
	c->setup.threads = (unsigned)r->threads;
	if (r->placement.given) {
		c->placements[0] = r->placement;
		c->nr_placements = 1;
	} else {
		c->nr_placements = COUNT(usual_placements);
		memcpy(c->placements, usual_placements,
		       sizeof(usual_placements));
	}
	c->nr_rows = COUNT(usual_mappings);
	for (size_t i = 0; i < c->nr_rows; i++)
		c->rows[i].mapping = usual_mappings[i];
	if (mapping == NOT_GIVEN)
		return;
	/* One mapping against all pages. */
	c->nr_rows = mapping == VMSA_MAPPING_PTE ? 1 : 2;
	c->rows[1].mapping = (enum vmsa_linux_mapping)mapping;
}

/* --- running ------------------------------------------------------------- */

/* Everything that the passes of a comparison share. */
struct passes {
	struct comparison *c;
	struct job *jobs; /* one a trace */
	struct progress progress;
	uint64_t done;
};

/* Build one map and count it. */
static int boot_row(struct comparison *c, struct row *row)
{
	struct decision decisions[NR_DECISIONS];
	int ret = system_boot(&c->system, row->mapping);

	if (ret)
		return ret;
	if (tally_linear_map(c->system.linux_system, &row->tally))
		return complain("a table lies outside memory");
	decisions_of(c->system.linux_system, row->mapping, decisions);
	row->decided = decisions[NR_DECISIONS - 1].outcome;
	ret = setup_tlb(&c->system, c->args->replay.tlb, &c->setup.tlb,
			&c->notes);
	if (ret)
		return ret;
	row->map = c->system.linux_system;
	c->system.linux_system = NULL;
	return EXIT_DONE;
}

/* Point the jobs at the lanes of these rows. */
static void set_jobs(struct passes *s, size_t first, size_t n)
{
	struct comparison *c = s->c;

	for (size_t t = 0; t < c->nr_traces; t++) {
		s->jobs[t].setup = &c->setup;
		s->jobs[t].trace = c->traces[t];
		s->jobs[t].lane = lane_of(c, first, t, 0);
		s->jobs[t].nr_lanes = n * c->nr_placements;
		s->jobs[t].done = &s->done;
		for (size_t i = 0; i < s->jobs[t].nr_lanes; i++) {
			struct job_lane *lane = &s->jobs[t].lane[i];
			const size_t row = first + i / c->nr_placements;

			lane->sys = c->rows[row].map;
			lane->placement = c->placements[i % c->nr_placements];
		}
	}
}

/* Boot these rows, replay every trace over them, and forget their maps. */
static int run_pass(struct passes *s, size_t first, size_t n)
{
	struct row *rows = &s->c->rows[first];
	int ret = EXIT_DONE;

	for (size_t i = 0; i < n && !ret; i++)
		ret = boot_row(s->c, &rows[i]);
	if (!ret) {
		set_jobs(s, first, n);
		ret = jobs_run(s->jobs, s->c->nr_traces, &s->progress,
			       &s->done);
	}
	for (size_t i = 0; i < n; i++) {
		vmsa_linux_destroy(rows[i].map);
		rows[i].map = NULL;
	}
	return ret;
}

/*
 * Would all maps together take more than half of the host's memory, if each
 * were of pages?
 */
static bool too_large(const struct comparison *c)
{
	const unsigned entry_shift = c->system.kernel.granule_shift - 3;
	const uint64_t host = (uint64_t)sysconf(_SC_PHYS_PAGES) *
			      (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t size = vmsa_machine_memory_size(c->system.machine);

	return (size >> entry_shift) * c->nr_rows > host / 2;
}

/* All rows in one pass, or each in one of its own. */
static int run_passes(struct passes *s)
{
	struct comparison *c = s->c;
	const size_t step =
		c->args->low_memory || too_large(c) ? 1 : c->nr_rows;
	uint64_t total = 0, size;
	int ret = EXIT_DONE;

	set_jobs(s, 0, c->nr_rows);
	for (size_t t = 0; t < c->nr_traces; t++) {
		if (job_size(c->traces[t], c->setup.warmup, &size,
			     &s->jobs[t].cpus))
			return EXIT_BAD;
		total += size * s->jobs[t].nr_lanes;
	}
	progress_start(&s->progress, "compare", total);
	for (size_t i = 0; i < c->nr_rows && !ret; i += step)
		ret = run_pass(s, i, step);
	progress_end(&s->progress);
	return ret;
}

static int run_all(struct comparison *c)
{
	const size_t lanes = c->nr_traces * c->nr_rows * c->nr_placements;
	struct passes s = { .c = c };
	int ret;

	s.jobs = calloc(c->nr_traces, sizeof(*s.jobs));
	c->lanes = calloc(lanes, sizeof(*c->lanes));
	ret = s.jobs && c->lanes ? run_passes(&s) : complain("out of memory");
	free(s.jobs);
	return ret;
}

/* All of it once the traces are known. */
static int compare(struct comparison *c)
{
	int ret;

	if (!c->nr_traces)
		return complain("no trace is bundled with this build; name "
				"one with --trace");
	choose(c);
	ret = system_open(&c->args->machine, &c->system);
	if (!ret)
		ret = run_all(c);
	if (!ret && c->args->json)
		ret = compare_write(c);
	else if (!ret)
		compare_print(c);
	free(c->lanes);
	system_close(&c->system);
	return ret;
}

/* Without --trace, every bundled trace is meant. */
static int run(const struct args *args)
{
	struct comparison c = { .args = args };
	struct data_names bundled = { 0 };
	int ret;

	if (args->replay.nr_traces) {
		c.traces = args->replay.traces;
		c.nr_traces = args->replay.nr_traces;
	} else {
		data_list("traces", TRACE_SUFFIX, &bundled);
		c.traces = (const char *const *)bundled.v;
		c.nr_traces = bundled.n;
	}
	ret = compare(&c);
	data_names_free(&bundled);
	return ret;
}

const struct command compare_command = {
	.name = "compare",
	.summary = "Replay traces over several mappings, side by side: table "
		   "memory, TLB misses, walk cycles",
	.machine = "ampereone-256g",
	.groups = { &trace_options, &replay_options, &estimate_options,
		    &compare_options, &machine_options, &common_options },
	.run = run,
};
