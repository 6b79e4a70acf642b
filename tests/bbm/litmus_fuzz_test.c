/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_fuzz_test.c - damaged tests are refused or answered, never worse
 *
 * Lines of the published file with bytes changed, dropped and doubled, from a
 * fixed seed.  Built with sanitizers this is where a reader's slips show.
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/bbm/litmus.h"

#define ROUNDS 6000

/* What makes up the notation, so that damage is often still notation. */
static const char alphabet[] = "xyzpai0123=>:()[]{}|&~@.,;!\"\\ DRWFPTLBISMEO";

static char *read_published(size_t *size)
{
	char path[4096], *text;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/litmus/published.jsonl",
		 getenv("VMSA_SOURCE_ROOT"));
	file = fopen(path, "rb");
	assert_non_null(file);
	text = malloc(1 << 17);
	assert_non_null(text);
	*size = fread(text, 1, 1 << 17, file);
	fclose(file);
	return text;
}

/* The line that holds a byte. */
static size_t line_at(const char *text, size_t size, size_t at,
		      const char **start)
{
	const char *end = memchr(text + at, '\n', size - at);

	while (at && text[at - 1] != '\n')
		at--;
	*start = text + at;
	return (size_t)((end ? end : text + size) - *start);
}

static size_t damage(uint64_t *seed, char *line, size_t size)
{
	for (unsigned n = 1 + test_rand(seed) % 3; n && size > 1; n--) {
		const size_t at = test_rand(seed) % size;

		switch (test_rand(seed) % 4) {
		case 0: /* drop */
			memmove(line + at, line + at + 1, size - at - 1);
			size--;
			break;
		case 1: /* double */
			memmove(line + at + 1, line + at, size - at);
			size++;
			break;
		case 2: /* any byte */
			line[at] = (char)test_rand(seed);
			break;
		default:
			line[at] = alphabet[test_rand(seed) %
					    (sizeof(alphabet) - 1)];
			break;
		}
	}
	return size;
}

static void try_line(const char *line, size_t size)
{
	const struct vmsa_litmus_options few = { .max_states = 300 };
	/* A copy of just that size: reading beyond it is seen. */
	char *copy = malloc(size ? size : 1);
	const struct vmsa_litmus_text text = { "damaged", copy, size };
	struct vmsa_litmus_result result;
	struct vmsa_litmus *litmus;
	int rc;

	assert_non_null(copy);
	memcpy(copy, line, size);
	rc = vmsa_litmus_parse(&text, &litmus, NULL);
	if (rc) {
		assert_int_equal(rc, -EINVAL);
	} else {
		for (size_t i = 0; i < vmsa_litmus_count(litmus); i++)
			assert_int_equal(vmsa_litmus_explore(litmus, i, &few,
							     &result),
					 0);
		vmsa_litmus_destroy(litmus);
	}
	free(copy);
}

/* Six thousand of them. */
static void damaged_lines_are_refused_or_answered(void **state)
{
	size_t size;
	char *text = read_published(&size);
	uint64_t seed = 2022;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		static char line[1 << 14];
		const char *start;
		size_t n = line_at(text, size, test_rand(&seed) % size, &start);

		memcpy(line, start, n);
		n = damage(&seed, line, n);
		try_line(line, n);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_lines_are_refused_or_answered),
	};

	return cmocka_run_group_tests_name("litmus_fuzz", tests, NULL, NULL);
}
