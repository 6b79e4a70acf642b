/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_convert.c - vmsa trace convert and vmsa trace export: other formats
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "say.h"
#include "sheet.h"
#include "traces.h"
#include "vmsa/foreign.h"

/* The format that is not foreign: captures of our own plugin. */
#define PGTRACE "pgtrace"

/* --- convert ------------------------------------------------------------- */

/* The capture's own numbers and the lines from the command line. */
static int convert_pgtrace(const struct args *args, const char *new)
{
	struct vmsa_trace_import options = VMSA_TRACE_IMPORT_DEFAULT;
	const struct edit_args *e = &args->edit;
	struct vmsa_error err = { 0 };
	int ret;

	if (e->data_filter || e->fetch_filter || e->physical)
		return complain("a pgtrace capture has its own filters and "
				"addresses; those options are for --from");
	options.lines = (const char *const *)e->lines;
	options.level = (int)e->level;
	ret = vmsa_trace_import_pgtrace(args->operands[0], new, &options, &err);
	if (ret)
		return complain_error(args->operands[0], ret, &err);
	return trace_report(args, new);
}

/* What was good is written and shown also where a file is damaged. */
static int convert_foreign(const struct args *args,
			   const struct vmsa_foreign_import *in,
			   const char *new)
{
	struct vmsa_foreign_import_result result;
	struct vmsa_error err = { 0 };
	char text[NUMBER_TEXT];
	int ret = vmsa_foreign_import(in, new, &result, &err), shown;

	if (!result.kept)
		return complain_error(in->files[0], ret, &err);
	shown = trace_report(args, new);
	if (result.skipped && !args->json)
		printf("%s: %s records that are no access left out\n", new,
		       count_text(result.skipped, text));
	if (ret)
		return complain_error(in->files[0], ret, &err);
	return shown;
}

/* All formats by name, for complaints. */
static int no_such_format(const char *name)
{
	char names[128] = PGTRACE;

	for (unsigned i = 0; i < VMSA_FOREIGN_NR_FORMATS; i++) {
		strcat(names, ", ");
		strcat(names, vmsa_foreign_format_name(i));
	}
	return complain("there is no format '%s'; formats: %s", name, names);
}

/* The files are the operands; without -o the last one is the new trace. */
static int run_convert(const struct args *args)
{
	const struct edit_args *e = &args->edit;
	const int files = args->nr_operands - !e->output;
	const char *new = e->output ? e->output : args->operands[files];
	struct vmsa_foreign_import in = VMSA_FOREIGN_IMPORT_DEFAULT;
	const bool pgtrace = !e->format || !strcmp(e->format, PGTRACE);

	if (!pgtrace && vmsa_foreign_format_find(e->format, &in.format))
		return no_such_format(e->format);
	if (files < 1)
		return complain("trace convert wants a file and a new trace; "
				"see 'vmsa trace convert --help'");
	if (pgtrace && files > 1)
		return complain("trace convert does not know what to do with "
				"'%s'",
				args->operands[e->output ? 1 : 2]);
	if (pgtrace)
		return convert_pgtrace(args, new);
	in.files = (const char *const *)args->operands;
	in.nr_files = (unsigned)files;
	in.lines = (const char *const *)e->lines;
	in.data_filter = (unsigned)e->data_filter;
	in.fetch_filter = (unsigned)e->fetch_filter;
	in.physical = e->physical;
	in.level = (int)e->level;
	return convert_foreign(args, &in, new);
}

const struct command trace_convert_command = {
	.name = "trace convert",
	.operands = "FILE... [NEW]",
	.min_operands = 1,
	.max_operands = VMSA_TRACE_MAX_CPUS + 1,
	.summary = "Convert another tool's trace, or a capture of the pgtrace "
		   "plugin",
	.groups = { &convert_options, &compression_options, &common_options },
	.run = run_convert,
};

/* --- export -------------------------------------------------------------- */

static void print_export(const struct vmsa_foreign_export_result *r,
			 const char *new)
{
	char text[5][NUMBER_TEXT];

	printf("%s: %s instructions (%s extra), %s accesses, %s lost, %s "
	       "events left out\n",
	       new, count_text(r->instructions, text[0]),
	       count_text(r->extra, text[1]), count_text(r->accesses, text[2]),
	       count_text(r->lost, text[3]), count_text(r->events, text[4]));
}

static int write_export(const struct vmsa_foreign_export_result *r,
			const char *new)
{
	struct doc *d = doc_open();

	doc_text(d, "file", new);
	doc_count(d, "instructions", (int64_t)r->instructions);
	doc_count(d, "extra", (int64_t)r->extra);
	doc_count(d, "accesses", (int64_t)r->accesses);
	doc_count(d, "lost", (int64_t)r->lost);
	doc_count(d, "events", (int64_t)r->events);
	return doc_close(d, stdout);
}

/* On the standard output there is room for the trace alone. */
static int run_export(const struct args *args)
{
	const char *new = args->operands[1];
	struct vmsa_foreign_export_result result;
	struct vmsa_error err = { 0 };
	struct vmsa_trace *trace;
	int ret = trace_open(args->operands[0], &trace);

	if (ret)
		return ret;
	ret = args->edit.stream >= vmsa_trace_cpus(trace)
		      ? complain("%s has %u streams, counted from 0",
				 args->operands[0], vmsa_trace_cpus(trace))
		      : vmsa_foreign_export(trace, (unsigned)args->edit.stream,
					    new, &result, &err);
	vmsa_trace_close(trace);
	if (ret < 0)
		return complain_error(new, ret, &err);
	if (ret || !strcmp(new, "-"))
		return ret;
	if (args->json)
		return write_export(&result, new);
	print_export(&result, new);
	return EXIT_DONE;
}

const struct command trace_export_command = {
	.name = "trace export",
	.operands = "TRACE NEW",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "Write one stream of a trace for ChampSim",
	.groups = { &export_options, &common_options },
	.run = run_export,
};
