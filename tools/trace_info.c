/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_info.c - vmsa trace info: what a trace holds
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "json.h"
#include "progress.h"
#include "say.h"
#include "sheet.h"
#include "traces.h"

/* Records read at a time. */
#define BATCH 4096

/* --- reading everything, for --check ------------------------------------ */

/* Read to the end or to the damage; records are dropped. */
static int read_stream(struct vmsa_trace_stream *stream, const char *name,
		       struct progress *p, uint64_t *done)
{
	struct vmsa_trace_record *batch = malloc(BATCH * sizeof(*batch));
	struct vmsa_error err = { 0 };
	size_t n = 1;
	int ret = batch ? 0 : complain("out of memory");

	while (!ret && n) {
		ret = vmsa_trace_read(stream, batch, BATCH, &n, &err);
		if (ret)
			ret = complain_error(name, ret, &err);
		*done += n;
		progress_show(p, *done);
	}
	free(batch);
	return ret;
}

/* Decode every block, so that every checksum is looked at. */
static int check(struct vmsa_trace *trace, const char *name)
{
	uint64_t total = 0, done = 0;
	struct vmsa_trace_stream *stream;
	struct progress p;
	int ret = EXIT_DONE;

	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(trace); cpu++)
		total += vmsa_trace_totals(trace, cpu)->records;
	progress_start(&p, "check", total);
	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(trace); cpu++) {
		if (vmsa_trace_stream_create(trace, cpu, &stream)) {
			ret = complain("out of memory");
			break;
		}
		ret = worse_of(ret, read_stream(stream, name, &p, &done));
		vmsa_trace_stream_destroy(stream);
	}
	progress_end(&p);
	return ret;
}

/* --- text ---------------------------------------------------------------- */

/* The header's lines as they are. */
static void print_header(const struct vmsa_trace *trace)
{
	const char *key, *value;

	for (unsigned i = 0; (key = vmsa_trace_line(trace, i, &value)); i++)
		printf("  %-24s %s\n", key, value);
}

/* Kinds that do not occur are left out. */
static void print_kinds(const struct vmsa_trace_totals *t)
{
	char text[NUMBER_TEXT];

	for (unsigned kind = 0; kind < VMSA_TRACE_NR_KINDS; kind++) {
		if (t->by_kind[kind])
			printf("  %-24s %s\n", vmsa_trace_kind_name(kind),
			       count_text(t->by_kind[kind], text));
	}
}

static void print_text(const struct vmsa_trace *trace, const char *name)
{
	char text[NUMBER_TEXT];

	printf("%s\n", name);
	print_header(trace);
	printf("  %-24s %u data, %u fetch\n", "filter entries",
	       vmsa_trace_data_filter(trace), vmsa_trace_fetch_filter(trace));
	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(trace); cpu++) {
		const struct vmsa_trace_totals *t =
			vmsa_trace_totals(trace, cpu);

		printf("cpu %u\n  %-24s %s from", cpu, "instructions",
		       count_text(t->end_insn - t->first_insn, text));
		printf(" %s on\n", count_text(t->first_insn, text));
		printf("  %-24s %s\n", "accesses",
		       count_text(t->accesses, text));
		printf("  %-24s %s\n", "fetch moves",
		       count_text(t->moves, text));
		printf("  %-24s %s\n", "records", count_text(t->records, text));
		print_kinds(t);
	}
}

/* --- JSON ---------------------------------------------------------------- */

/* One CPU. */
static void write_totals(const struct vmsa_trace_totals *t, struct doc *d)
{
	doc_object(d, NULL);
	doc_count(d, "first_insn", (int64_t)t->first_insn);
	doc_count(d, "end_insn", (int64_t)t->end_insn);
	doc_count(d, "records", (int64_t)t->records);
	doc_count(d, "accesses", (int64_t)t->accesses);
	doc_count(d, "moves", (int64_t)t->moves);
	doc_count(d, "blocks", (int64_t)t->blocks);
	doc_object(d, "by_kind");
	for (unsigned kind = 0; kind < VMSA_TRACE_NR_KINDS; kind++)
		doc_count(d, vmsa_trace_kind_name(kind),
			  (int64_t)t->by_kind[kind]);
	doc_end(d);
	doc_end(d);
}

/* Header and CPUs of one trace. */
static void write_trace(const struct vmsa_trace *trace, const char *name,
			struct doc *d)
{
	const char *key, *value;

	doc_object(d, NULL);
	doc_text(d, "file", name);
	doc_object(d, "header");
	for (unsigned i = 0; (key = vmsa_trace_line(trace, i, &value)); i++)
		doc_text(d, key, value);
	doc_end(d);
	doc_count(d, "data_filter", vmsa_trace_data_filter(trace));
	doc_count(d, "fetch_filter", vmsa_trace_fetch_filter(trace));
	doc_array(d, "cpus");
	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(trace); cpu++)
		write_totals(vmsa_trace_totals(trace, cpu), d);
	doc_end(d);
	doc_end(d);
}

/* What is whole is shown first; then the damage, if there is any. */
static int info(const struct args *args, const char *name, struct doc *d)
{
	struct vmsa_error err = { 0 };
	struct vmsa_trace *trace;
	int ret = trace_open(name, &trace);

	if (ret)
		return ret;
	if (d)
		write_trace(trace, name, d);
	else
		print_text(trace, name);
	ret = vmsa_trace_damage(trace, &err);
	if (ret)
		ret = complain_error(name, ret, &err);
	else if (args->check)
		ret = check(trace, name);
	vmsa_trace_close(trace);
	return ret;
}

static int run(const struct args *args)
{
	struct doc *d = args->json ? doc_open() : NULL;
	int ret = EXIT_DONE;

	doc_array(d, "traces");
	for (int i = 0; i < args->nr_operands; i++)
		ret = worse_of(ret, info(args, args->operands[i], d));
	doc_end(d);
	if (args->json)
		ret = worse_of(ret, doc_close(d, stdout));
	return ret;
}

const struct command trace_info_command = {
	.name = "trace info",
	.operands = "TRACE...",
	.min_operands = 1,
	.max_operands = MAX_TRACES,
	.summary = "Say what a trace holds, and whether it is whole",
	.groups = { &info_options, &common_options },
	.run = run,
};
