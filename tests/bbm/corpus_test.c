/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corpus_test.c - bugs of published page-table code, and their fixes
 *
 * corpus/README.md says where they come from.
 */
#include "check_logs.h"
#include "support/zst.h"

#include <stdlib.h>

#include "vmsa/linux.h"

static const char *corpus(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/tests/bbm/corpus%s%s",
		 getenv("VMSA_SOURCE_ROOT"), name[0] ? "/" : "", name);
	return path;
}

/* The words behind "# expect:" in the second line. */
static void read_expected(const char *text, char *out, size_t size)
{
	const char *at = strstr(text, "\n# expect: ");
	size_t n;

	assert_non_null(at);
	at += strlen("\n# expect: ");
	n = strcspn(at, "\n");
	assert_true(n < size);
	memcpy(out, at, n);
	out[n] = 0;
}

static void check_one(const char *name)
{
	size_t size;
	char *text = file_read(corpus(name), &size);
	char expected[128];
	struct answer a;

	print_message("%s\n", name);
	assert_non_null(text);
	read_expected(text, expected, sizeof(expected));
	check_text(text, (struct vmsa_checker_config){ 0 }, &a);
	assert_string_equal(a.text[0] ? a.text : "none", expected);
	/* A bad log is bad for one reason, a good one for none. */
	assert_int_equal(!strstr(name, "-bad"), !strcmp(expected, "none"));
	free(text);
}

static void each_bug_is_found_and_its_fix_passes(void **state)
{
	size_t n;
	char(*names)[256] = list_dir(corpus(""), "b", &n);

	(void)state;
	assert_true(n > 60);
	for (size_t i = 0; i < n; i++) {
		if (ends_with(names[i], ".log"))
			check_one(names[i]);
	}
	free(names);
}

/* --- scenarios ----------------------------------------------------------- */

struct script {
	struct vmsa_checker *checker;
	struct answer a;
	unsigned steps;
};

static int step_holds(void *arg, const struct vmsa_scenario_step *step)
{
	struct script *s = arg;

	if (!step->ok)
		fail_msg("line %u: %s", step->line, step->why);
	s->steps++;
	return 0;
}

/* Normal, Normal Tagged, Normal Non-cacheable, Device-nGnRnE and -nGnRE. */
#define MAIR UINT64_C(0x040044f0ff)

/* At the level that the kernel thinks its CPU has. */
static void watch(void *arg, const struct vmsa_linux *sys, bool begins)
{
	struct script *s = arg;
	const unsigned bbm = vmsa_linux_policy(sys)->boot_cpu_bbm ? 3 : 0;
	const struct vmsa_checker_config config = {
		.bbm = bbm,
		.bbm_alone = bbm,
		.mair = MAIR,
		.operations = vmsa_linux_operations(),
		.fn = note_finding,
		.arg = &s->a,
	};

	if (!begins) {
		assert_int_equal(vmsa_checker_finish(s->checker), 0);
		vmsa_checker_destroy(s->checker);
		return;
	}
	assert_int_equal(vmsa_checker_create(&config, &s->checker), 0);
	assert_int_equal(
		vmsa_checker_watch(s->checker, vmsa_linux_space(sys), NULL), 0);
}

static void run_one(const char *name)
{
	struct vmsa_scenario *scenario;
	struct vmsa_error err = { 0 };
	struct script s = { 0 };

	print_message("%s\n", name);
	assert_int_equal(vmsa_scenario_read(corpus(name), &scenario, &err), 0);
	vmsa_scenario_watch(scenario, watch, &s);
	assert_int_equal(vmsa_scenario_run(scenario, step_holds, &s, &err), 0);
	assert_true(s.steps > 4);
	assert_string_equal(s.a.text, "");
	vmsa_scenario_destroy(scenario);
}

static void what_no_log_can_tell_holds_in_scenarios(void **state)
{
	size_t n, scripts = 0;
	char(*names)[256] = list_dir(corpus(""), "b", &n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (!ends_with(names[i], ".scn"))
			continue;
		run_one(names[i]);
		scripts++;
	}
	assert_int_equal(scripts, 2);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bug_is_found_and_its_fix_passes),
		cmocka_unit_test(what_no_log_can_tell_holds_in_scenarios),
	};

	return cmocka_run_group_tests_name("bbm_corpus", tests, NULL, NULL);
}
