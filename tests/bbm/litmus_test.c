/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_test.c - what vmsa/bbm/litmus.h promises
 *
 * The published tests are judged by what was published of them; our own ones
 * by verdicts argued from the rules, in their notes.
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bbm/litmus.h"

/* A file below tests/litmus. */
static struct vmsa_litmus *read_file(const char *name)
{
	struct vmsa_litmus *litmus;
	struct vmsa_error err;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/litmus/%s",
		 getenv("VMSA_SOURCE_ROOT"), name);
	if (vmsa_litmus_read(path, &litmus, &err))
		fail_msg("%s:%u: %s", err.file, (unsigned)err.offset, err.text);
	return litmus;
}

static size_t find_test(const struct vmsa_litmus *litmus, const char *name)
{
	struct vmsa_litmus_test test;

	for (size_t i = 0; i < vmsa_litmus_count(litmus); i++) {
		vmsa_litmus_test(litmus, i, &test);
		if (!strcmp(test.name, name))
			return i;
	}
	fail_msg("no test is called %s", name);
	return 0;
}

static const char *verdict_of(const struct vmsa_litmus *litmus, size_t i,
			      const struct vmsa_litmus_options *options)
{
	struct vmsa_litmus_result result;

	assert_int_equal(vmsa_litmus_explore(litmus, i, options, &result), 0);
	return vmsa_litmus_verdict_name(result.verdict);
}

/* Whether this verdict is the opposite of what was published. */
static bool is_opposite(const char *verdict, const char *published)
{
	return (!strcmp(verdict, "allowed") &&
		!strcmp(published, "forbidden")) ||
	       (!strcmp(verdict, "forbidden") && !strcmp(published, "allowed"));
}

/* All 75 that the adversary decides for the right reason. */
static void every_exact_test_comes_out_as_published(void **state)
{
	struct vmsa_litmus *litmus = read_file("published.jsonl");
	unsigned exact = 0;

	(void)state;
	assert_int_equal(vmsa_litmus_count(litmus), 99);
	for (size_t i = 0; i < vmsa_litmus_count(litmus); i++) {
		struct vmsa_litmus_test test;

		vmsa_litmus_test(litmus, i, &test);
		if (!test.exact)
			continue;
		exact++;
		print_message("%s\n", test.name);
		assert_string_equal(verdict_of(litmus, i, NULL), test.strong);
	}
	assert_int_equal(exact, 75);
	vmsa_litmus_destroy(litmus);
}

/* Loads stay in order here, so some published outcomes cannot be shown. */
static void too_strong_tests_differ_as_predicted(void **state)
{
	static const char *const names[] = { "CoTRpte.inv+po", "ETS",
					     "LB+pos",         "MP+dmb.sy+ctrl",
					     "PPOCA.alias",    "RSW.alias" };
	struct vmsa_litmus *litmus = read_file("published.jsonl");
	unsigned marked = 0;

	(void)state;
	for (size_t i = 0; i < vmsa_litmus_count(litmus); i++) {
		struct vmsa_litmus_test test;

		vmsa_litmus_test(litmus, i, &test);
		marked += test.too_strong;
	}
	assert_int_equal(marked, COUNT(names));
	for (unsigned i = 0; i < COUNT(names); i++)
		assert_string_equal(
			verdict_of(litmus, find_test(litmus, names[i]), NULL),
			"forbidden");
	vmsa_litmus_destroy(litmus);
}

/* Where a published verdict cannot be trusted, ours is the other one. */
static void suspect_tests_come_out_different_where_expressed(void **state)
{
	struct vmsa_litmus *litmus = read_file("published.jsonl");
	unsigned suspect = 0, expressed = 0;

	(void)state;
	for (size_t i = 0; i < vmsa_litmus_count(litmus); i++) {
		struct vmsa_litmus_test test;

		vmsa_litmus_test(litmus, i, &test);
		if (!strstr(test.notes, "simple: suspect"))
			continue;
		suspect++;
		expressed += !test.why;
		assert_true(test.why || is_opposite(verdict_of(litmus, i, NULL),
						    test.strong));
	}
	assert_int_equal(suspect, 9);
	assert_int_equal(expressed, 7);
	vmsa_litmus_destroy(litmus);
}

/*
 * With FEAT_ETS2 a fault is not older than the last barrier, and the issuer of
 * a TLBI needs no ISB; nothing else changes.
 */
static void ets2_forbids_what_it_should_and_nothing_else(void **state)
{
	static const char *const names[] = {
		"CoRpteT.EL1+dsb-tlbi-dsb", "CoRpteTf.inv+dsb",
		"CoWinvT.EL1+dsb-tlbi-dsb", "CoWinvT.EL1+dsb-tlbiis-dsb",
		"MP.TTf.inv+dsbs",          "MP.RTf.inv+dmbs",
		"WRC.RRTf.inv+dmbs",        "WRC.RRTf.inv+dsbs",
		"WRC.TRTf.inv+dmbs",
	};
	const struct vmsa_litmus_options ets2 = { .ets2 = true };
	struct vmsa_litmus *litmus = read_file("published.jsonl");

	(void)state;
	for (size_t i = 0; i < vmsa_litmus_count(litmus); i++) {
		struct vmsa_litmus_test test;
		const char *without = verdict_of(litmus, i, NULL);
		bool listed = false;

		vmsa_litmus_test(litmus, i, &test);
		for (unsigned n = 0; n < COUNT(names); n++)
			listed |= !strcmp(names[n], test.name);
		print_message("%s\n", test.name);
		if (listed)
			assert_string_equal(without, "allowed");
		assert_string_equal(verdict_of(litmus, i, &ets2),
				    listed ? "forbidden" : without);
	}
	vmsa_litmus_destroy(litmus);
}

/* With EIS and EOS clear only an ISB takes the place of the exception. */
static void exceptions_need_not_synchronise(void **state)
{
	static const struct {
		const char *name, *verdict;
	} rows[] = { { "CoWTf.inv.EL1+dsb-eret", "allowed" },
		     { "CoWTf.inv.EL1+dsb-svc", "allowed" },
		     { "CoWTf.inv+dsb-isb", "forbidden" },
		     { "pKVM.vcpu_run", "allowed" } };
	const struct vmsa_litmus_options options = { .eis0 = true };
	struct vmsa_litmus *litmus = read_file("published.jsonl");

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++)
		assert_string_equal(verdict_of(litmus,
					       find_test(litmus, rows[i].name),
					       &options),
				    rows[i].verdict);
	vmsa_litmus_destroy(litmus);
}

/* What no published test exercises; the argument is in each test's notes. */
static void every_test_of_our_own_comes_out_as_argued(void **state)
{
	struct vmsa_litmus *litmus = read_file("own.jsonl");

	(void)state;
	for (size_t i = 0; i < vmsa_litmus_count(litmus); i++) {
		struct vmsa_litmus_test test;

		vmsa_litmus_test(litmus, i, &test);
		print_message("%s\n", test.name);
		assert_null(test.why);
		assert_true(strlen(test.notes) > 20);
		assert_string_equal(verdict_of(litmus, i, NULL), test.strong);
	}
	vmsa_litmus_destroy(litmus);
}

/* A search that was cut short never says "forbidden". */
static void a_bound_that_is_hit_is_said(void **state)
{
	const struct vmsa_litmus_options few = { .max_states = 5 };
	struct vmsa_litmus *litmus = read_file("published.jsonl");
	struct vmsa_litmus_result result;
	const size_t i = find_test(litmus, "CoRR2.alias+po");

	(void)state;
	assert_int_equal(vmsa_litmus_explore(litmus, i, &few, &result), 0);
	assert_int_equal(result.verdict, VMSA_LITMUS_BOUND_HIT);
	assert_non_null(result.why);
	vmsa_litmus_destroy(litmus);
}

/* CoWinvT+po: the load still uses the old leaf. */
static void an_allowed_outcome_is_told_as_a_run(void **state)
{
	struct vmsa_litmus *litmus = read_file("published.jsonl");
	struct vmsa_litmus_options options = { .ets2 = false };
	char *text = NULL;
	size_t size;

	(void)state;
	options.story = open_memstream(&text, &size);
	assert_string_equal(verdict_of(litmus, find_test(litmus, "CoWinvT+po"),
				       &options),
			    "allowed");
	fclose(options.story);
	assert_string_equal(text, "  P0  D x.l3:=0\n"
				  "  P0  the store to x.l3 reaches memory\n"
				  "  P0  R x->a  pa1\n");
	free(text);
	vmsa_litmus_destroy(litmus);
}

/* --- reading ------------------------------------------------------------- */

#define TEST(events, ask)                                       \
	"{\"name\": \"t\", \"init\": [\"x=>pa1\", \"pa1=0\"], " \
	"\"threads\": [[" events "]], \"condition\": \"" ask "\"}"

static int parse(const char *text, struct vmsa_litmus **out,
		 struct vmsa_error *err)
{
	const struct vmsa_litmus_text in = { "text", text, strlen(text) };

	return vmsa_litmus_parse(&in, out, err);
}

/* A line that is no such object is an error with its number. */
static void broken_lines_are_refused_with_their_number(void **state)
{
	static const char *const lines[] = {
		"x",
		"[]",
		"{",
		"{}",
		"{\"name\": \"t\"}",
		"{\"name\": 1}",
		"{\"name\": \"t\", \"name\": \"t\"}",
		"{\"name\": \"\\q\"}",
		"{\"name\": \"\\u00\"}",
		"{\"name\": \"\\udc00\"}",
		"{\"name\": \"a\tb\"}",
		"{\"name\": \"t}",
		TEST("\"ISB\"", "true") " x",
		TEST("\"ISB\",", "true"),
		TEST("1", "true"),
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(lines); i++) {
		struct vmsa_litmus *out = (void *)state;
		struct vmsa_error err = { .offset = 0 };
		char text[512];

		snprintf(text, sizeof(text), "\n%s\n", lines[i]);
		print_message("%s\n", lines[i]);
		assert_int_equal(parse(text, &out, &err), -EINVAL);
		assert_ptr_equal(out, (void *)state);
		assert_int_equal(err.offset, 2);
		assert_string_equal(err.unit, "line");
	}
}

/* Members nobody knows are read over, escapes are undone. */
static void unknown_members_and_escapes_are_read(void **state)
{
	struct vmsa_litmus *litmus;
	struct vmsa_litmus_test test;

	(void)state;
	assert_int_equal(
		parse("{\"extra\": {\"a\": [1, null, {\"b\": \"c\"}]}, "
		      "\"name\": \"\\u0054\\n\\u00e9\\ud83d\\ude00\", "
		      "\"init\": [], \"threads\": [[]], "
		      "\"condition\": \"true\"}\n\n",
		      &litmus, NULL),
		0);
	vmsa_litmus_test(litmus, 0, &test);
	assert_string_equal(test.name, "T\n\xc3\xa9\xf0\x9f\x98\x80");
	assert_string_equal(test.strong, "");
	assert_null(test.why);
	vmsa_litmus_destroy(litmus);
}

/* A notation that is not understood spoils its own test only. */
static void what_cannot_be_expressed_says_why(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ TEST("\"TLBI VAE1ISNXS x\"", "true"), "not modelled" },
		{ TEST("\"MSR SCTLR_EL1:=0\"", "true"), "not modelled" },
		{ TEST("\"R y->a\"", "true"), "no initial state" },
		{ TEST("\"R x->a\"", "0:b=1"), "never sets b" },
		{ TEST("\"R x->a\"", "1:a=1"), "no PE 1" },
		{ TEST("\"R x->a\"", "pa7=1"), "no page pa7" },
		{ TEST("\"R x->a\"", "(0:a=1"), "expected ')'" },
		{ TEST("\"R x->a {addr:b}\"", "true"), "nothing sets b" },
		{ TEST("\"D x.l3:=block(pa1)\"", "true"), "wrong kind" },
		{ TEST("\"D x.l3:=3\"", "true"), "bit 0 set" },
		{ TEST("\"D x.s2l3:=0\"", "true"), "indexed by a VA" },
		{ TEST("\"JUMP\"", "true"), "expected 'stop'" },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct vmsa_litmus *litmus;
		struct vmsa_litmus_result result;

		print_message("%s\n", rows[i].line);
		assert_int_equal(parse(rows[i].line, &litmus, NULL), 0);
		assert_int_equal(vmsa_litmus_explore(litmus, 0, NULL, &result),
				 0);
		assert_int_equal(result.verdict, VMSA_LITMUS_NOT_EXPRESSED);
		assert_non_null(strstr(result.why, rows[i].why));
		vmsa_litmus_destroy(litmus);
	}
}

/* A file that is not there is what the system says. */
static void a_missing_file_is_an_error(void **state)
{
	struct vmsa_litmus *litmus = (void *)state;
	struct vmsa_error err;

	assert_int_equal(vmsa_litmus_read("/no/such/file", &litmus, &err),
			 -ENOENT);
	assert_string_equal(err.file, "/no/such/file");
	assert_ptr_equal(litmus, (void *)state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_exact_test_comes_out_as_published),
		cmocka_unit_test(too_strong_tests_differ_as_predicted),
		cmocka_unit_test(
			suspect_tests_come_out_different_where_expressed),
		cmocka_unit_test(ets2_forbids_what_it_should_and_nothing_else),
		cmocka_unit_test(exceptions_need_not_synchronise),
		cmocka_unit_test(every_test_of_our_own_comes_out_as_argued),
		cmocka_unit_test(a_bound_that_is_hit_is_said),
		cmocka_unit_test(an_allowed_outcome_is_told_as_a_run),
		cmocka_unit_test(broken_lines_are_refused_with_their_number),
		cmocka_unit_test(unknown_members_and_escapes_are_read),
		cmocka_unit_test(what_cannot_be_expressed_says_why),
		cmocka_unit_test(a_missing_file_is_an_error),
	};

	return cmocka_run_group_tests_name("litmus", tests, NULL, NULL);
}
