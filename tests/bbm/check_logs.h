/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_CHECK_LOGS_H
#define VMSA_TEST_CHECK_LOGS_H
/*
 * check_logs.h - a log in a few lines, and what the checker says of it
 *
 * A 4K granule, 39 bits from address 0.  Level 1 is at 0x1000, level 2 at
 * 0x2000, level 3 at 0x3000; they map 2 MiB in pages from 0x40000000 on, then
 * 2 MiB in a block.
 */
#include "support/vmsa_test.h"

#include <stdio.h>
#include <string.h>

#include "vmsa/bbm/log.h"

#define TABLES                                    \
	"tables 0 root=0x1000 granule=4k va=39\n" \
	"init 0x1000 0x2003\n"                    \
	"init 0x2000 0x3003\n"                    \
	"init 0x3000 0x40000703 512 0x1000\n"     \
	"init 0x2008 0x40200701\n"

/** FLUSH - everything, everywhere. */
#define FLUSH "dsb ishst\ntlbi vmalle1is\ndsb ish\n"

/** UNMAP - the first page is gone from the tables, not from TLBs. */
#define UNMAP "store 3 0 0x3000 0\n"

/** struct answer - findings as words: "rule", "verdict:rule", "rule/why". */
struct answer {
	char text[512];
	struct vmsa_check_finding last;
};

static inline void note_finding(void *arg, const struct vmsa_check_finding *f)
{
	static const char *const why[] = {
		"no-tlbi", "early",  "no-dsb",  "local",    "asid",
		"last",    "hint",   "nothing", "combined", "space",
		"no-isb",  "repeat", "address", "stage",
	};
	struct answer *a = arg;
	const size_t n = strlen(a->text);

	snprintf(a->text + n, sizeof(a->text) - n, "%s%s%s%s%s%s", n ? " " : "",
		 f->verdict == VMSA_CHECK_VIOLATION
			 ? ""
			 : vmsa_check_verdict_name(f->verdict),
		 f->verdict == VMSA_CHECK_VIOLATION ? "" : ":",
		 vmsa_check_rule_name(f->rule),
		 f->cause.event && f->old ? "/" : "",
		 f->cause.event && f->old ? why[f->why] : "");
	a->last = *f;
}

/** check_text() - what the checker says of a log. */
static inline void check_text(const char *log_text,
			      struct vmsa_checker_config config,
			      struct answer *out)
{
	const struct vmsa_log_text text = { "test", log_text,
					    strlen(log_text) };
	struct vmsa_checker_stats stats;
	struct vmsa_error err = { 0 };
	struct vmsa_log *log;

	memset(out, 0, sizeof(*out));
	config.fn = note_finding;
	config.arg = out;
	assert_int_equal(vmsa_log_parse(&text, &log), 0);
	if (vmsa_log_check(log, &config, &stats, &err))
		fail_msg("line %u: %s", (unsigned)err.offset, err.text);
	vmsa_log_close(log);
}

/** struct log_row - a log, and the findings of PEs of level 0. */
struct log_row {
	const char *name, *log, *found;
};

/** check_log_rows() - each row finds what it says. */
static inline void check_log_rows(const struct log_row *rows, size_t n)
{
	struct answer a;

	for (const struct log_row *r = rows; r < rows + n; r++) {
		print_message("%s\n", r->name);
		check_text(r->log, (struct vmsa_checker_config){ 0 }, &a);
		assert_string_equal(a.text, r->found);
	}
}

#endif /* VMSA_TEST_CHECK_LOGS_H */
