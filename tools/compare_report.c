/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare_report.c - the tables of vmsa compare
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "compare.h"
#include "estimate.h"
#include "sheet.h"
#include "traces.h"

/* Every region but user space. */
#define KERNEL (VMSA_REPLAY_ALL & ~(1u << VMSA_TLB_USER))
#define LINEAR (1u << VMSA_TLB_LINEAR)

/* Data and fetch together. */
static struct vmsa_tlb_counters both_sides(const struct vmsa_replay_result *r,
					   unsigned regions)
{
	struct vmsa_tlb_counters data, fetch;

	vmsa_replay_sum(r, VMSA_TLB_DATA, regions, &data);
	vmsa_replay_sum(r, VMSA_TLB_FETCH, regions, &fetch);
	vmsa_tlb_counters_add(&data, &fetch);
	return data;
}

struct cost cost_of(const struct comparison *c, size_t row, size_t trace,
		    size_t placement)
{
	const struct vmsa_replay_result *r =
		&lane_of(c, row, trace, placement)->result;
	const struct vmsa_tlb_counters all = both_sides(r, VMSA_REPLAY_ALL);
	const struct vmsa_tlb_counters kernel = both_sides(r, KERNEL);
	const struct vmsa_tlb_counters linear = both_sides(r, LINEAR);

	return (struct cost){
		.instructions = r->instructions,
		.misses = all.walks,
		.mpki = vmsa_replay_mpki(r, all.walks),
		.linear_mpki = vmsa_replay_mpki(r, linear.walks),
		.kernel_mpki = vmsa_replay_mpki(r, kernel.walks),
		.cycles = all.walk_cycles,
		.active_cycles = all.walk_active_cycles,
		.kernel_cycles = kernel.walk_cycles,
	};
}

const char *row_name(const struct row *row, char *out, size_t size)
{
	static const char *const names[VMSA_NR_MAPPINGS] = {
		[VMSA_MAPPING_PTE] = "all pages",
		[VMSA_MAPPING_CONT] = "contiguous pages",
		[VMSA_MAPPING_BLOCK] = "blocks",
		[VMSA_MAPPING_BLOCK_CONT] = "blocks, contiguous",
	};

	if (row->mapping != VMSA_MAPPING_LINUX)
		return names[row->mapping];
	snprintf(out, size, "Linux: %s", row->decided);
	return out;
}

char *change_text(double from, double to, char *out)
{
	const double percent = 100.0 * (to - from) / from;

	/* Nearly all is not all: -100 % is said of nothing left only. */
	if (!(from > 0))
		snprintf(out, NUMBER_TEXT, to > 0 ? "new" : "0");
	else if (to > 0 && percent < -99.94)
		snprintf(out, NUMBER_TEXT, "%.*f %%", percent < -99.994 ? 4 : 2,
			 percent);
	else
		snprintf(out, NUMBER_TEXT, "%+.1f %%", percent);
	return out;
}

/* Whose TLBs are modelled, and with which numbers. */
static void print_head(const struct comparison *c)
{
	const struct vmsa_linux_kernel *k = &c->system.kernel;
	char size[NUMBER_TEXT];
	size_t n;
	const struct vmsa_cpu *cpu = vmsa_machine_cpus(c->system.machine, &n);

	printf("machine     %s, CPU %s\n",
	       vmsa_machine_model(c->system.machine),
	       cpu->compatible[0] ? cpu->compatible : "of no name");
	printf("kernel      Linux %s, %s pages\n",
	       vmsa_linux_version_name(k->version),
	       size_text(UINT64_C(1) << k->granule_shift, size));
	setup_print_tlb(&c->setup.tlb, &c->notes);
	if (c->setup.data_only)
		puts("traces      data accesses alone");
}

/* One line; the first line of a table has nothing to change against. */
static void print_cost(const struct comparison *c, size_t row, size_t trace,
		       size_t placement, struct sheet *sheet)
{
	const struct cost cost = cost_of(c, row, trace, placement);
	const struct cost first = cost_of(c, 0, trace, placement);
	const uint64_t tables = c->rows[row].tally.table_bytes;
	const uint64_t pages = c->rows[0].tally.table_bytes;
	char text[NUMBER_TEXT], name[64];

	sheet_cell(sheet, "%s", row_name(&c->rows[row], name, sizeof(name)));
	sheet_cell(sheet, "%s", rough_size_text(tables, text));
	sheet_cell(sheet, "%s",
		   pages > tables ? rough_size_text(pages - tables, text)
				  : "-");
	sheet_cell(sheet, "%s", count_text(cost.misses, text));
	sheet_cell(sheet, "%.4f", cost.linear_mpki);
	sheet_cell(sheet, "%.4f", cost.mpki);
	sheet_cell(sheet, "%s",
		   row ? change_text(first.mpki, cost.mpki, text) : "-");
	sheet_cell(sheet, "%s", count_text(cost.cycles, text));
	sheet_cell(sheet, "%s",
		   row ? change_text((double)first.cycles, (double)cost.cycles,
				     text)
		       : "-");
}

/* A value and how far it can be trusted. */
static void put_bounds(struct sheet *sheet, const struct vmsa_tlb_bounds *b,
		       double unit)
{
	sheet_cell(sheet, "%.3f", unit * b->value);
	sheet_cell(sheet, "%.3f", unit * b->low);
	sheet_cell(sheet, "%.3f", unit * b->high);
}

/* The estimate of a row; whether there is one. */
static bool row_estimate(const struct comparison *c, size_t row, size_t trace,
			 size_t placement, struct vmsa_tlb_estimate *out)
{
	return estimate_of(&c->setup.tlb,
			   &lane_of(c, row, trace, placement)->result,
			   c->args->replay.cpi, out);
}

/* Nothing without --cpi, or if the warm-up was all of the trace. */
static void print_estimates(const struct comparison *c, size_t trace,
			    size_t placement)
{
	static const char *const heads[] = {
		"<mapping",      "CPI",  "low",  "high",
		"translation %", "low",  "high", "throughput",
		"low",           "high", NULL
	};
	struct vmsa_tlb_estimate first, e;
	struct vmsa_tlb_bounds gain;
	struct sheet sheet;
	char name[64];

	if (!row_estimate(c, 0, trace, placement, &first))
		return;
	estimate_print_head(c->args->replay.cpi);
	sheet_open(&sheet, heads);
	for (size_t row = 0; row < c->nr_rows; row++) {
		row_estimate(c, row, trace, placement, &e);
		gain = vmsa_tlb_throughput(&e, &first);
		sheet_cell(&sheet, "%s",
			   row_name(&c->rows[row], name, sizeof(name)));
		put_bounds(&sheet, &e.cpi, 1);
		put_bounds(&sheet, &e.share, 100);
		if (row)
			put_bounds(&sheet, &gain, 1);
		else
			for (int i = 0; i < 3; i++)
				sheet_cell(&sheet, "-");
	}
	sheet_close(&sheet, stdout);
}

/* All mappings for one trace in one placement. */
static void print_table(const struct comparison *c, size_t trace,
			size_t placement)
{
	static const char *const heads[] = { "<mapping",    "tables",
					     "saving",      "TLB misses",
					     "linear MPKI", "MPKI",
					     "change",      "walk cycles",
					     "change",      NULL };
	char label[64], where[PLACEMENT_TEXT], text[NUMBER_TEXT];
	struct sheet sheet;

	trace_label(c->traces[trace], label, sizeof(label));
	printf("\n%s, linear map %s, %s instructions\n", label,
	       placement_text(&c->placements[placement], where),
	       count_text(cost_of(c, 0, trace, placement).instructions, text));
	sheet_open(&sheet, heads);
	for (size_t row = 0; row < c->nr_rows; row++)
		print_cost(c, row, trace, placement, &sheet);
	sheet_close(&sheet, stdout);
	print_estimates(c, trace, placement);
}

void compare_print(const struct comparison *c)
{
	print_head(c);
	for (size_t t = 0; t < c->nr_traces; t++) {
		for (size_t p = 0; p < c->nr_placements; p++)
			print_table(c, t, p);
	}
	puts("\nTLB misses and MPKI (per 1000 instructions) are walks, of data "
	     "and fetch, after a warm-up;\nchanges are against all pages.");
	if (c->args->replay.cpi)
		puts("Throughput is instructions per cycle over those with all "
		     "pages, by the estimates.");
	published_print(c);
}

/* --- JSON ---------------------------------------------------------------- */

/* The first row has no throughput: it is the measure. */
static void write_estimate(const struct comparison *c, size_t row, size_t trace,
			   size_t placement, struct doc *d)
{
	struct vmsa_tlb_estimate e, first;
	const bool any = row_estimate(c, row, trace, placement, &e) &&
			 row_estimate(c, 0, trace, placement, &first);

	if (c->args->replay.cpi)
		estimate_write(any ? &e : NULL, row && any ? &first : NULL,
			       c->args->replay.cpi, d);
}

static void write_cost(const struct comparison *c, size_t row, size_t trace,
		       size_t placement, struct doc *d)
{
	const struct cost cost = cost_of(c, row, trace, placement);
	char label[64], where[PLACEMENT_TEXT];

	trace_label(c->traces[trace], label, sizeof(label));
	doc_object(d, NULL);
	doc_text(d, "trace", label);
	doc_text(d, "placement",
		 placement_text(&c->placements[placement], where));
	doc_count(d, "instructions", (int64_t)cost.instructions);
	doc_count(d, "tlb_misses", (int64_t)cost.misses);
	doc_number(d, "mpki", cost.mpki);
	doc_number(d, "linear_mpki", cost.linear_mpki);
	doc_number(d, "kernel_mpki", cost.kernel_mpki);
	doc_count(d, "walk_cycles", (int64_t)cost.cycles);
	doc_count(d, "walk_active_cycles", (int64_t)cost.active_cycles);
	doc_count(d, "kernel_walk_cycles", (int64_t)cost.kernel_cycles);
	write_estimate(c, row, trace, placement, d);
	doc_end(d);
}

/* A mapping with its tables and every replay over it. */
static void write_row(const struct comparison *c, size_t row, struct doc *d)
{
	const struct row *r = &c->rows[row];
	const uint64_t pages = c->rows[0].tally.table_bytes;

	doc_object(d, NULL);
	doc_text(d, "mapping", vmsa_linux_mapping_name(r->mapping));
	doc_text(d, "decided", r->decided);
	doc_count(d, "table_bytes", (int64_t)r->tally.table_bytes);
	doc_count(d, "saving_bytes", (int64_t)(pages - r->tally.table_bytes));
	doc_array(d, "replays");
	for (size_t t = 0; t < c->nr_traces; t++) {
		for (size_t p = 0; p < c->nr_placements; p++)
			write_cost(c, row, t, p, d);
	}
	doc_end(d);
	doc_end(d);
}

int compare_write(const struct comparison *c)
{
	struct doc *d = doc_open();

	doc_text(d, "machine", vmsa_machine_name(c->system.machine));
	doc_text(d, "model", vmsa_machine_model(c->system.machine));
	doc_text(d, "linux", vmsa_linux_version_name(c->system.kernel.version));
	setup_write_tlb(&c->setup.tlb, &c->notes, d);
	doc_array(d, "mappings");
	for (size_t row = 0; row < c->nr_rows; row++)
		write_row(c, row, d);
	doc_end(d);
	published_write(c, d);
	return doc_close(d, stdout);
}
