/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_cut.c - vmsa trace cut: copy a part of a trace
 */
#include <inttypes.h>

#include "commands.h"
#include "say.h"
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
	return ret ? ret : trace_report(args, to);
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
