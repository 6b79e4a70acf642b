/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare.c - vmsa compare: the same traces over several mappings
 *
 * One mapping after the other, since a map of pages of 256 GiB takes half a
 * GiB of host memory; the traces over one mapping go in parallel.
 */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The jobs of one trace over every mapping. */
static void make_jobs(struct comparison *c, size_t trace, uint64_t *done)
{
	for (size_t row = 0; row < c->nr_rows; row++) {
		for (size_t p = 0; p < c->nr_placements; p++)
			*job_of(c, row, trace, p) = (struct job){
				.setup = &c->setup,
				.trace = c->traces[trace],
				.placement = c->placements[p],
				.done = done,
			};
	}
}

/* All jobs; *total is how many records they replay together. */
static int make_all_jobs(struct comparison *c, uint64_t *total, uint64_t *done)
{
	const size_t jobs = c->nr_traces * c->nr_placements;
	uint64_t size;

	for (size_t row = 0; row < c->nr_rows; row++) {
		c->rows[row].jobs = calloc(jobs, sizeof(struct job));
		if (!c->rows[row].jobs)
			return complain("out of memory");
	}
	for (size_t t = 0; t < c->nr_traces; t++) {
		if (job_size(c->traces[t], &size))
			return EXIT_BAD;
		*total += size * c->nr_rows * c->nr_placements;
		make_jobs(c, t, done);
	}
	return EXIT_DONE;
}

/* Build one map, count it, and replay everything over it. */
static int run_row(struct comparison *c, struct row *row, struct progress *p,
		   uint64_t *done)
{
	const size_t jobs = c->nr_traces * c->nr_placements;
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
	for (size_t i = 0; i < jobs; i++)
		row->jobs[i].sys = c->system.linux_system;
	return jobs_run(row->jobs, jobs, p, done);
}

/* Row by row: two maps at once would double the host memory needed. */
static int run_all(struct comparison *c)
{
	uint64_t total = 0, done = 0;
	struct progress p;
	int ret = make_all_jobs(c, &total, &done);

	if (ret)
		return ret;
	progress_start(&p, "compare", total);
	for (size_t i = 0; i < c->nr_rows && !ret; i++)
		ret = run_row(c, &c->rows[i], &p, &done);
	progress_end(&p);
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
	for (size_t i = 0; i < c->nr_rows; i++)
		free(c->rows[i].jobs);
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
	.groups = { &trace_options, &replay_options, &machine_options,
		    &common_options },
	.run = run,
};
