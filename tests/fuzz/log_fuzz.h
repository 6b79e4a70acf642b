/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_LOG_FUZZ_H
#define VMSA_TEST_LOG_FUZZ_H
/*
 * log_fuzz.h - what vmsa/bbm/log.h promises of any bytes at all
 *
 * They are checked to the end or to a line that is named.  A second reading
 * says the same, and every finding can be told.
 */
#include <errno.h>

#include "fuzz.h"
#include "vmsa/bbm/log.h"

/* What one reading said. */
struct reading {
	int rc;
	struct vmsa_checker_stats stats;
	uint64_t told; /* findings */
	FILE *out;     /* where they are told */
	struct vmsa_log *log;
};

static inline const char *name_source(void *arg, uint32_t source)
{
	const struct reading *r = arg;

	return vmsa_log_source(r->log, source);
}

static inline void tell(void *arg, const struct vmsa_check_finding *f)
{
	struct reading *r = arg;

	must(f->rule < VMSA_CHECK_NR_RULES);
	must(f->verdict < VMSA_CHECK_NR_VERDICTS);
	must(f->cause.event <= f->here.event);
	must(f->tlbi.event <= f->here.event);
	must(f->level >= VMSA_MIN_LEVEL && f->level <= VMSA_MAX_LEVEL);
	r->told++;
	/* Enough to have seen each kind. */
	if (r->told <= 64)
		vmsa_check_print(r->out, f, name_source, r);
}

static inline void read_log(const struct vmsa_log_text *text, struct reading *r)
{
	const struct vmsa_checker_config config = { .fn = tell, .arg = r };
	struct vmsa_error err = { .text = "" };
	uint64_t all = 0;

	must(!vmsa_log_parse(text, &r->log));
	r->rc = vmsa_log_check(r->log, &config, &r->stats, &err);
	must(vmsa_log_line(r->log) <=
	     count_lines((const uint8_t *)text->text, text->size));
	must(!r->rc || r->rc == -EINVAL || r->rc == -ENOSPC ||
	     r->rc == -ENODATA);
	if (r->rc == -EINVAL) {
		must(err.text[0] && !strcmp(err.unit, "line"));
		must(err.offset && err.offset <= vmsa_log_line(r->log));
	}
	for (unsigned i = 0; !r->rc && i < VMSA_CHECK_NR_VERDICTS; i++)
		all += r->stats.verdicts[i];
	must(r->rc || all == r->told);
	vmsa_log_close(r->log);
}

/** fuzz_log() - all of the above for one log. */
static inline void fuzz_log(const uint8_t *data, size_t size)
{
	const struct vmsa_log_text text = { "fuzz", (const char *)data, size };
	struct reading first = { 0 }, second = { 0 };

	first.out = second.out = fopen("/dev/null", "w");
	must(first.out);
	read_log(&text, &first);
	read_log(&text, &second);
	must(first.rc == second.rc && first.told == second.told);
	must(!memcmp(&first.stats, &second.stats, sizeof(first.stats)));
	fclose(first.out);
}

#endif /* VMSA_TEST_LOG_FUZZ_H */
