/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c - vmsa replay: one mapping, every counter
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "estimate.h"
#include "say.h"
#include "setup.h"
#include "sheet.h"
#include "traces.h"

static const char *const regions[VMSA_TLB_NR_REGIONS] = {
	[VMSA_TLB_USER] = "user",
	[VMSA_TLB_LINEAR] = "linear map",
	[VMSA_TLB_IMAGE] = "image",
	[VMSA_TLB_OTHER] = "vmalloc etc.",
};

static const char *const sides[VMSA_TLB_NR_SIDES] = {
	[VMSA_TLB_DATA] = "data",
	[VMSA_TLB_FETCH] = "fetch",
};

/* --- text ---------------------------------------------------------------- */

/* One account: what the TLBs found, and what walks cost. */
static void print_row(const char *name, const struct vmsa_replay_result *r,
		      const struct vmsa_tlb_counters *c, struct sheet *sheet)
{
	char text[NUMBER_TEXT];
	const uint64_t counts[] = {
		c->accesses, c->l1_misses, c->l2_hits, c->l2_misses, c->walks,
	};
	const size_t n = sizeof(counts) / sizeof(counts[0]);

	sheet_cell(sheet, "%s", name);
	for (size_t i = 0; i < n; i++)
		sheet_cell(sheet, "%s", count_text(counts[i], text));
	sheet_cell(sheet, "%.4f", vmsa_replay_mpki(r, c->l1_misses));
	sheet_cell(sheet, "%.4f", vmsa_replay_mpki(r, c->walks));
	sheet_cell(sheet, "%s", count_text(c->walk_cycles, text));
}

/* The same account seen from the tables. */
static void print_walk_row(const char *name, const struct vmsa_tlb_counters *c,
			   struct sheet *sheet)
{
	char text[NUMBER_TEXT];
	const uint64_t counts[] = {
		c->loads[0],    c->loads[1],          c->loads[2],
		c->loads[3],    c->loads[4],          c->line_hits,
		c->line_misses, c->walk_cache_misses, c->faults,
	};
	const size_t n = sizeof(counts) / sizeof(counts[0]);

	sheet_cell(sheet, "%s", name);
	for (size_t i = 0; i < n; i++)
		sheet_cell(sheet, "%s", count_text(counts[i], text));
}

/* A row for each region of a side, then their sum; both sides. */
static void print_rows(const struct vmsa_replay_result *r, bool walks,
		       struct sheet *sheet)
{
	struct vmsa_tlb_counters sum;
	char name[48];

	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		for (int region = 0; region <= VMSA_TLB_NR_REGIONS; region++) {
			const bool all = region == VMSA_TLB_NR_REGIONS;

			vmsa_replay_sum(r, (enum vmsa_tlb_side)side,
					all ? VMSA_REPLAY_ALL : 1u << region,
					&sum);
			snprintf(name, sizeof(name), "%s, %s", sides[side],
				 all ? "all" : regions[region]);
			if (walks)
				print_walk_row(name, &sum, sheet);
			else
				print_row(name, r, &sum, sheet);
		}
	}
}

/* With one walker it is the sum of the walks' cycles. */
static void print_active(const struct job *job, uint64_t cpi)
{
	const struct vmsa_replay_result *r = &job->lane->result;
	struct vmsa_tlb_counters all, fetch;
	char active[NUMBER_TEXT], walks[NUMBER_TEXT];

	if (job->setup->tlb.walkers < 2)
		return;
	vmsa_replay_sum(r, VMSA_TLB_DATA, VMSA_REPLAY_ALL, &all);
	vmsa_replay_sum(r, VMSA_TLB_FETCH, VMSA_REPLAY_ALL, &fetch);
	vmsa_tlb_counters_add(&all, &fetch);
	printf("\n  cycles with a walk under way: %s, of walks of %s in all",
	       count_text(all.walk_active_cycles, active),
	       count_text(all.walk_cycles, walks));
	puts(cpi ? ""
		 : ";\n  as if all were wanted at once: --cpi sets the pace");
}

/* Nothing without --cpi, or if the warm-up was all of the trace. */
static void print_estimate(const struct job *job, uint64_t cpi)
{
	struct vmsa_tlb_estimate e;

	if (!estimate_of(&job->setup->tlb, &job->lane->result, cpi, &e))
		return;
	estimate_print_head(cpi);
	estimate_print(&e);
}

/* Two tables a trace: TLBs, then descriptors. */
static void print_result(const struct job *job, uint64_t cpi)
{
	static const char *const heads[] = {
		"<",     "accesses", "L1 misses", "L2 hits",     "L2 misses",
		"walks", "L1 MPKI",  "MPKI",      "walk cycles", NULL
	};
	static const char *const walk_heads[] = { "<descriptors read",
						  "L-1",
						  "L0",
						  "L1",
						  "L2",
						  "L3",
						  "line hits",
						  "misses",
						  "from root",
						  "faults",
						  NULL };
	const struct vmsa_replay_result *r = &job->lane->result;
	char label[64], where[PLACEMENT_TEXT], text[NUMBER_TEXT];
	struct sheet sheet;

	trace_label(job->trace, label, sizeof(label));
	printf("\n%s, linear map %s: %s instructions", label,
	       placement_text(&job->lane->placement, where),
	       count_text(r->instructions, text));
	printf(", %s records", count_text(r->records, text));
	printf(", %" PRIu64 " TLBI, %" PRIu64 " not placed\n", r->tlbis,
	       r->unplaced);
	sheet_open(&sheet, heads);
	print_rows(r, false, &sheet);
	sheet_close(&sheet, stdout);
	putchar('\n');
	sheet_open(&sheet, walk_heads);
	print_rows(r, true, &sheet);
	sheet_close(&sheet, stdout);
	print_active(job, cpi);
	print_estimate(job, cpi);
}

/* --- JSON ---------------------------------------------------------------- */

/* Counts by level, -1 to 3, under names JSON can hold. */
static void write_levels(const char *key, const uint64_t *counts, struct doc *d)
{
	char name[8];

	doc_object(d, key);
	for (int level = VMSA_MIN_LEVEL; level <= VMSA_MAX_LEVEL; level++) {
		snprintf(name, sizeof(name), "%d", level);
		doc_count(d, name, (int64_t)counts[VMSA_LEVEL_SLOT(level)]);
	}
	doc_end(d);
}

/* One account; a replay has no stage 2 and checks no answers. */
static void write_counters(const char *key, const struct vmsa_tlb_counters *c,
			   struct doc *d)
{
	doc_object(d, key);
	doc_count(d, "accesses", (int64_t)c->accesses);
	doc_count(d, "l1_hits", (int64_t)c->l1_hits);
	doc_count(d, "l1_misses", (int64_t)c->l1_misses);
	doc_count(d, "l2_hits", (int64_t)c->l2_hits);
	doc_count(d, "l2_misses", (int64_t)c->l2_misses);
	doc_count(d, "walks", (int64_t)c->walks);
	doc_count(d, "faults", (int64_t)c->faults);
	write_levels("loads", c->loads, d);
	write_levels("walk_cache_hits", c->walk_cache_hits, d);
	doc_count(d, "walk_cache_misses", (int64_t)c->walk_cache_misses);
	doc_count(d, "line_hits", (int64_t)c->line_hits);
	doc_count(d, "line_misses", (int64_t)c->line_misses);
	doc_count(d, "walk_cycles", (int64_t)c->walk_cycles);
	doc_count(d, "walk_active_cycles", (int64_t)c->walk_active_cycles);
	doc_count(d, "updates", (int64_t)c->updates);
	doc_count(d, "prefetches", (int64_t)c->prefetches);
	doc_count(d, "prefetch_hits", (int64_t)c->prefetch_hits);
	doc_count(d, "conflicts", (int64_t)c->conflicts);
	doc_end(d);
}

static void write_estimate(const struct job *job, uint64_t cpi, struct doc *d)
{
	struct vmsa_tlb_estimate e;
	const bool any =
		estimate_of(&job->setup->tlb, &job->lane->result, cpi, &e);

	if (cpi)
		estimate_write(any ? &e : NULL, NULL, cpi, d);
}

static void write_result(const struct job *job, uint64_t cpi, struct doc *d)
{
	const struct vmsa_replay_result *r = &job->lane->result;
	char label[64], where[PLACEMENT_TEXT];

	trace_label(job->trace, label, sizeof(label));
	doc_object(d, NULL);
	doc_text(d, "trace", label);
	doc_text(d, "placement", placement_text(&job->lane->placement, where));
	doc_count(d, "instructions", (int64_t)r->instructions);
	doc_count(d, "records", (int64_t)r->records);
	doc_count(d, "tlbis", (int64_t)r->tlbis);
	doc_count(d, "unplaced", (int64_t)r->unplaced);
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		doc_object(d, sides[side]);
		for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
			write_counters(regions[region],
				       &r->stats.of[region][side], d);
		doc_end(d);
	}
	write_estimate(job, cpi, d);
	doc_end(d);
}

/* --- the command --------------------------------------------------------- */

/* The machine and its TLBs, then every result. */
static int report(const struct args *args, const struct system *system,
		  const struct job *jobs, const struct tlb_notes *notes)
{
	const struct replay_setup *setup = jobs->setup;
	const char *mapping =
		vmsa_linux_mapping_name(mapping_of(&args->machine));
	struct doc *d = args->json ? doc_open() : NULL;

	if (args->json) {
		doc_text(d, "machine", vmsa_machine_name(system->machine));
		doc_text(d, "mapping", mapping);
		setup_write_tlb(&setup->tlb, notes, d);
		doc_array(d, "results");
		for (size_t i = 0; i < args->replay.nr_traces; i++)
			write_result(&jobs[i], args->replay.cpi, d);
		doc_end(d);
		return doc_close(d, stdout);
	}
	printf("machine     %s, mapping %s\n",
	       vmsa_machine_model(system->machine), mapping);
	setup_print_tlb(&setup->tlb, notes);
	for (size_t i = 0; i < args->replay.nr_traces; i++)
		print_result(&jobs[i], args->replay.cpi);
	return EXIT_DONE;
}

/* Every trace over the one map, in parallel. */
static int replay_all(const struct args *args, const struct system *system,
		      struct replay_setup *setup, struct job *jobs)
{
	uint64_t total = 0, done = 0, size;
	const size_t n = args->replay.nr_traces;
	struct progress p;
	int ret;

	for (size_t i = 0; i < n; i++) {
		jobs[i].setup = setup;
		jobs[i].trace = args->replay.traces[i];
		jobs[i].nr_lanes = 1;
		jobs[i].done = &done;
		jobs[i].lane->sys = system->linux_system;
		jobs[i].lane->placement = args->replay.placement;
		if (job_size(jobs[i].trace, args->replay.warmup, &size,
			     &jobs[i].cpus))
			return EXIT_BAD;
		total += size;
	}
	progress_start(&p, "replay", total);
	ret = jobs_run(jobs, n, &p, &done);
	progress_end(&p);
	return ret;
}

/* All of it once there is room for the jobs. */
static int replay(const struct args *args, struct job *jobs)
{
	struct replay_setup setup = {
		.seed = args->replay.seed,
		.warmup = args->replay.warmup,
		.cpi = args->replay.cpi,
		.data_only = args->replay.data_only,
		.threads = (unsigned)args->replay.threads,
	};
	struct system system = { 0 };
	struct tlb_notes notes;
	int ret = EXIT_DONE;

	if (!args->replay.nr_traces)
		ret = complain("replay wants --trace; 'vmsa trace info' shows "
			       "what one holds");
	if (!ret)
		ret = system_open(&args->machine, &system);
	if (!ret)
		ret = system_boot(&system, mapping_of(&args->machine));
	if (!ret)
		ret = setup_tlb(&system, args->replay.tlb, &setup.tlb, &notes);
	if (!ret)
		ret = replay_all(args, &system, &setup, jobs);
	if (!ret)
		ret = report(args, &system, jobs, &notes);
	system_close(&system);
	return ret;
}

static int run(const struct args *args)
{
	struct job *jobs = calloc(MAX_TRACES, sizeof(*jobs));
	struct job_lane *lanes = calloc(MAX_TRACES, sizeof(*lanes));
	int ret;

	for (size_t i = 0; jobs && lanes && i < MAX_TRACES; i++)
		jobs[i].lane = &lanes[i];
	ret = jobs && lanes ? replay(args, jobs) : complain("out of memory");
	free(lanes);
	free(jobs);
	return ret;
}

const struct command replay_command = {
	.name = "replay",
	.summary = "Replay traces over one mapping of the linear map, with "
		   "every counter",
	.machine = "qemu-virt",
	.groups = { &trace_options, &replay_options, &estimate_options,
		    &machine_options, &common_options },
	.run = run,
};
