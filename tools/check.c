/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.c - vmsa check: is a log of page-table code by the book?
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "commands.h"
#include "findings.h"
#include "json.h"
#include "say.h"
#include "vmsa/bbm.h"

static const char *source_of(void *arg, uint32_t source)
{
	return vmsa_log_source(arg, source);
}

static uint64_t line_of(void *arg)
{
	return vmsa_log_line(arg);
}

/* The log is open. */
static int check_log(struct vmsa_log *log, const char *file, struct findings *f)
{
	const struct vmsa_checker_config config = { .fn = findings_add,
						    .arg = f };
	struct vmsa_checker_stats stats = { 0 };
	struct vmsa_error err = { 0 };
	int ret = vmsa_log_check(log, &config, &stats, &err);

	if (f->doc)
		doc_end(f->doc);
	if (ret)
		return complain_error(file, ret, &err);
	if (f->doc)
		findings_write(f, &stats);
	else
		findings_sum(file, &stats);
	return findings_exit(&stats);
}

static int check_file(const struct args *args, struct findings *f)
{
	const char *file = args_input(args, 0);
	struct vmsa_error err = { 0 };
	struct vmsa_log *log;
	int ret = vmsa_log_open(file, &log, &err);

	if (ret) {
		if (f->doc)
			doc_end(f->doc);
		return complain_error(file, ret, &err);
	}
	if (args->machine.bbm != NOT_GIVEN)
		vmsa_log_assume_bbm(log, (unsigned)args->machine.bbm);
	if (args->log.tlbi_repeat != NOT_GIVEN)
		vmsa_log_assume_repeat(log, (unsigned)args->log.tlbi_repeat);
	if (args->log.no_hafdbs)
		vmsa_log_assume_no_updates(log);
	f->source = source_of;
	f->line = line_of;
	f->file = file;
	f->arg = log;
	ret = check_log(log, file, f);
	vmsa_log_close(log);
	return ret;
}

static int run(const struct args *args)
{
	struct findings f = { .show = args->show };
	int ret;

	if (!args->json)
		return check_file(args, &f);
	f.doc = doc_open();
	doc_text(f.doc, "file", args_input(args, 0));
	doc_array(f.doc, "findings");
	ret = check_file(args, &f);
	return worse_of(ret, doc_close(f.doc, stdout));
}

const struct command check_command = {
	.name = "check",
	.operands = "LOG",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "Hold a log of stores, barriers and TLBIs against the rules "
		   "of break-before-make",
	.groups = { &check_options, &common_options },
	.run = run,
};
