/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_edit.c - vmsa trace convert and vmsa trace cut: make a trace
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "say.h"
#include "sheet.h"
#include "traces.h"

/* The end of the longest stream. */
static uint64_t end_of(const struct vmsa_trace *trace)
{
	uint64_t end = 0;

	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(trace); cpu++) {
		const struct vmsa_trace_totals *t =
			vmsa_trace_totals(trace, cpu);

		end = t->end_insn > end ? t->end_insn : end;
	}
	return end;
}

/* Read what was written, and say what it is. */
static int report(const struct args *args, const char *path)
{
	const struct vmsa_trace_totals *t;
	struct vmsa_trace *trace;
	struct doc *d = args->json ? doc_open() : NULL;
	char text[NUMBER_TEXT];

	if (trace_open(path, &trace))
		return EXIT_BAD;
	doc_text(d, "file", path);
	doc_array(d, "cpus");
	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(trace); cpu++) {
		t = vmsa_trace_totals(trace, cpu);
		if (!args->json) {
			printf("%s: cpu %u, %s instructions, ", path, cpu,
			       count_text(t->end_insn - t->first_insn, text));
			printf("%s records\n", count_text(t->records, text));
		}
		doc_object(d, NULL);
		doc_count(d, "instructions",
			  (int64_t)(t->end_insn - t->first_insn));
		doc_count(d, "records", (int64_t)t->records);
		doc_end(d);
	}
	doc_end(d);
	vmsa_trace_close(trace);
	return args->json ? doc_close(d, stdout) : EXIT_DONE;
}

/* The window, with what is needed to start in the middle. */
static int run_cut(const struct args *args)
{
	const char *from = args->operands[0], *to = args->operands[1];
	const struct vmsa_trace_config defaults = VMSA_TRACE_CONFIG_DEFAULT;
	struct vmsa_trace_window window = {
		.from = args->edit.from,
		.to = args->edit.to,
		.block_records = defaults.block_records,
		.level = (int)args->edit.level,
	};
	struct vmsa_error err = { 0 };
	struct vmsa_trace *trace;
	int ret = trace_open(from, &trace);

	if (ret)
		return ret;
	if (window.to == NOT_GIVEN)
		window.to = end_of(trace) + 1;
	if (window.from >= window.to)
		ret = complain("no instruction lies between --from %" PRIu64
			       " and --to %" PRIu64,
			       window.from, window.to);
	else
		ret = vmsa_trace_cut(trace, to, &window, &err);
	vmsa_trace_close(trace);
	if (ret < 0)
		ret = complain_error(from, ret, &err);
	return ret ? ret : report(args, to);
}

/* The capture's own numbers and the lines from the command line. */
static int run_convert(const struct args *args)
{
	struct vmsa_trace_import options = VMSA_TRACE_IMPORT_DEFAULT;
	struct vmsa_error err = { 0 };
	int ret;

	options.lines = (const char *const *)args->edit.lines;
	options.level = (int)args->edit.level;
	ret = vmsa_trace_import_pgtrace(args->operands[0], args->operands[1],
					&options, &err);
	if (ret)
		return complain_error(args->operands[0], ret, &err);
	return report(args, args->operands[1]);
}

const struct command trace_cut_command = {
	.name = "trace cut",
	.operands = "TRACE NEW",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "Copy a part of a trace into a new one",
	.groups = { &cut_options, &compression_options, &common_options },
	.run = run_cut,
};

const struct command trace_convert_command = {
	.name = "trace convert",
	.operands = "PREFIX NEW",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "Convert a capture of the pgtrace plugin, PREFIX.meta and "
		   "its parts",
	.groups = { &convert_options, &compression_options, &common_options },
	.run = run_convert,
};
