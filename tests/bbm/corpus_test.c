/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corpus_test.c - bugs of published page-table code, and their fixes
 *
 * corpus/README.md says where they come from.
 */
#include "check_logs.h"
#include "support/zst.h"

#include <stdlib.h>

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
	assert_true(n > 40);
	for (size_t i = 0; i < n; i++)
		check_one(names[i]);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bug_is_found_and_its_fix_passes),
	};

	return cmocka_run_group_tests_name("bbm_corpus", tests, NULL, NULL);
}
