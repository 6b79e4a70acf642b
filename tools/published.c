/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * published.c - what was measured on hardware, beside what the model says
 *
 * Section 13 of docs/linear-map.md: an AmpereOne with 256 GB, rodata=full
 * before and after the change.  Before is our first row (all pages), after
 * our last (what Linux would do).  Nothing in the model was chosen so that
 * the two agree.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "sheet.h"
#include "traces.h"

/* A measurement of a workload; ours is of traces whose name starts so. */
struct measured {
	const char *trace;
	const char *what;
	const char *published;
};

static const struct measured measured[] = {
	{ "memcached", "kernel TLB MPKI", "-28.5 %" },
	{ "dmcrypt", "IOPS", "+90 % to +150 %" },
	{ "seqread", "bandwidth", "+150 %" },
};

#define NR_MEASURED (sizeof(measured) / sizeof(measured[0]))

/* kB: MemTotal of the two kernels. */
#define MEMTOTAL_BEFORE INT64_C(258988984)
#define MEMTOTAL_AFTER  INT64_C(259505132)

static const char caveat[] =
	"The model translates every recorded access of one CPU through TLBs of "
	"the sizes above and prices\neach walk; it knows no pipeline, no data "
	"caches beyond the lines of descriptors and no devices,\ncounts by "
	"address and not by privilege as a PMU does, and replays what a 4 GiB "
	"guest did, placed\nas said, so that operations and bandwidth are "
	"beyond it and stand here only to be seen.\n";

/* The figures are of this machine and of these two rows. */
static bool applies(const struct comparison *c)
{
	const struct machine_args *m = &c->args->machine;

	return !strcmp(m->machine, "ampereone-256g") && !m->cpu &&
	       m->memory == NOT_GIVEN && m->granule_shift == 12 &&
	       c->rows[c->nr_rows - 1].mapping == VMSA_MAPPING_LINUX;
}

/* NULL for a trace of another workload, which then has no line. */
static const struct measured *measured_for(const char *label)
{
	for (size_t i = 0; i < NR_MEASURED; i++) {
		if (!strncmp(label, measured[i].trace,
			     strlen(measured[i].trace)))
			return &measured[i];
	}
	return NULL;
}

/* Ours, from the first row to the last, in percent. */
struct change {
	char kernel[NUMBER_TEXT]; /* misses for kernel addresses */
	char misses[NUMBER_TEXT]; /* all misses */
	char cycles[NUMBER_TEXT]; /* cycles of all walks */
};

static void our_change(const struct comparison *c, size_t trace,
		       size_t placement, struct change *out)
{
	const struct cost from = cost_of(c, 0, trace, placement);
	const struct cost to = cost_of(c, c->nr_rows - 1, trace, placement);

	change_text(from.kernel_mpki, to.kernel_mpki, out->kernel);
	change_text(from.mpki, to.mpki, out->misses);
	change_text((double)from.cycles, (double)to.cycles, out->cycles);
}

/* Bytes of tables, pages against Linux. */
static int64_t our_saving(const struct comparison *c)
{
	return (int64_t)(c->rows[0].tally.table_bytes -
			 c->rows[c->nr_rows - 1].tally.table_bytes);
}

/* One line a placement: it decides more than anything else. */
static void print_trace(const struct comparison *c, size_t trace,
			struct sheet *sheet)
{
	char label[64], where[PLACEMENT_TEXT];
	const struct measured *m;
	struct change change;

	trace_label(c->traces[trace], label, sizeof(label));
	m = measured_for(label);
	for (size_t p = 0; m && p < c->nr_placements; p++) {
		our_change(c, trace, p, &change);
		sheet_cell(sheet, "%s", label);
		sheet_cell(sheet, "%s", m->what);
		sheet_cell(sheet, "%s", m->published);
		sheet_cell(sheet, "%s", change.kernel);
		sheet_cell(sheet, "%s", change.misses);
		sheet_cell(sheet, "%s", change.cycles);
		sheet_cell(sheet, "%s",
			   placement_text(&c->placements[p], where));
	}
}

void published_print(const struct comparison *c)
{
	static const char *const heads[] = { "<recording",  "<figure",
					     "published",   "kernel MPKI",
					     "MPKI",        "walk cycles",
					     "<linear map", NULL };
	struct sheet sheet;

	if (!applies(c))
		return;
	printf("\npublished: AmpereOne, 256 GB, rodata=full before and after "
	       "the change; beside it ours, all pages\nagainst Linux\n\n"
	       "  memory after boot  published %+" PRId64
	       " kB (\"around 500MB\"), ours %+" PRId64 " kB of tables\n\n",
	       MEMTOTAL_AFTER - MEMTOTAL_BEFORE, our_saving(c) >> 10);
	sheet_open(&sheet, heads);
	for (size_t t = 0; t < c->nr_traces; t++)
		print_trace(c, t, &sheet);
	sheet_close(&sheet, stdout);
	printf("\n%s", caveat);
}

static void write_trace(const struct comparison *c, size_t trace, struct doc *d)
{
	char label[64], where[PLACEMENT_TEXT];
	const struct measured *m;
	struct change change;

	trace_label(c->traces[trace], label, sizeof(label));
	m = measured_for(label);
	for (size_t p = 0; m && p < c->nr_placements; p++) {
		our_change(c, trace, p, &change);
		doc_object(d, NULL);
		doc_text(d, "trace", label);
		doc_text(d, "figure", m->what);
		doc_text(d, "published", m->published);
		doc_text(d, "our_kernel_mpki", change.kernel);
		doc_text(d, "our_mpki", change.misses);
		doc_text(d, "our_walk_cycles", change.cycles);
		doc_text(d, "placement",
			 placement_text(&c->placements[p], where));
		doc_end(d);
	}
}

void published_write(const struct comparison *c, struct doc *d)
{
	if (!applies(c))
		return;
	doc_object(d, "published");
	doc_count(d, "memtotal_gain_kb", MEMTOTAL_AFTER - MEMTOTAL_BEFORE);
	doc_count(d, "our_saving_kb", our_saving(c) >> 10);
	doc_text(d, "caveat", caveat);
	doc_array(d, "workloads");
	for (size_t t = 0; t < c->nr_traces; t++)
		write_trace(c, t, d);
	doc_end(d);
	doc_end(d);
}
