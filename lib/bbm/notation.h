/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_NOTATION_H
#define VMSA_LIB_BBM_NOTATION_H
/*
 * notation.h - the words and values of the litmus notation
 *
 * A scanner over one string.  What it reads is of one line, so errors name the
 * whole line; the first one stays in the test's @why.  Functions that read
 * return whether they could; after a failure @out means nothing.
 *
 * Source   docs/litmus-format.md
 */
#include "bbm/litmus.h"

/** struct scan - where a reader is in its line. */
struct scan {
	const char *at;    /**< next character */
	const char *whole; /**< what is being read, for the error */
	struct test *test; /**< what comes of it, names and locations too */
};

/** vmsa_scan_fail() - say why the test is not expressed; returns false. */
bool vmsa_scan_fail(struct scan *scan, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** vmsa_scan_skip_space() - step over blanks. */
void vmsa_scan_skip_space(struct scan *scan);

/** vmsa_scan_accept() - step over @word if it is next. */
bool vmsa_scan_accept(struct scan *scan, const char *word);

/** vmsa_scan_expect() - the same; a failure if it is not. */
bool vmsa_scan_expect(struct scan *scan, const char *word);

/** vmsa_scan_name() - a name: a letter, then letters, digits and '_'. */
bool vmsa_scan_name(struct scan *scan, char name[MAX_NAME]);

/** vmsa_scan_number() - a number that fits a register. */
bool vmsa_scan_number(struct scan *scan, uint32_t *out);

/** vmsa_scan_at_end() - nothing is left; a failure if something is. */
bool vmsa_scan_at_end(struct scan *scan);

/** vmsa_scan_symbol() - number of @name among @symbols, new if need be. */
bool vmsa_scan_symbol(struct scan *scan, struct symbols *symbols,
		      const char *name, uint8_t *out);

/** vmsa_scan_table() - number of the table called @name; "0" gives NONE. */
bool vmsa_scan_table(struct scan *scan, const char *name, uint8_t *out);

/**
 * vmsa_scan_page() - number of the physical page called @name; its data is a
 * location from then on.
 */
bool vmsa_scan_page(struct scan *scan, const char *name, uint8_t *out);

/** vmsa_scan_is_numbered() - whether a name is @prefix and a number: "pa1". */
bool vmsa_scan_is_numbered(const char *name, const char *prefix);

/** vmsa_scan_loc() - number of a location, new with @initial if need be. */
bool vmsa_scan_loc(struct scan *scan, struct loc loc, uint8_t *out);

/** vmsa_scan_output() - "pa1", "ipa1", "pa1:ro": output and attributes. */
bool vmsa_scan_output(struct scan *scan, uint32_t *out);

/** vmsa_scan_va() - number of a VA that has an initial state. */
bool vmsa_scan_va(struct scan *scan, uint8_t *out);

/** vmsa_scan_barrier() - what follows "DSB" or "DMB". */
bool vmsa_scan_barrier(struct scan *scan, struct event *e, bool dsb);

/** vmsa_scan_tlbi() - what follows "TLBI". */
bool vmsa_scan_tlbi(struct scan *scan, struct event *e);

/** vmsa_scan_value() - a number or a descriptor. */
bool vmsa_scan_value(struct scan *scan, uint32_t *out);

/** vmsa_litmus_thread() - the events of thread number @pe. */
bool vmsa_litmus_thread(struct test *test, unsigned pe,
			const struct lines *lines);

/** vmsa_litmus_condition() - the question. */
bool vmsa_litmus_condition(struct test *test, const char *text);

#endif /* VMSA_LIB_BBM_NOTATION_H */
