/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay_test.c - a fuzz target on the inputs in the tree, without libFuzzer
 *
 * As they are, cut short anywhere, and with a few bytes changed.  The target
 * itself says what must hold of any input.
 */
#include "fuzz.h"
#include "support/vmsa_test.h"
#include "support/zst.h"

/* Inputs longer than this are cut short at fewer places. */
#define MAX_CUTS 400

#define CHANGED 300

/* Nothing is readable behind it, as far as a sanitizer can tell. */
static void feed(const char *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	assert_non_null(exact);
	memcpy(exact, data, size);
	assert_int_equal(LLVMFuzzerTestOneInput(exact, size), 0);
	free(exact);
}

static void as_it_is(char *text, size_t size)
{
	feed(text, size);
}

static void cut_short(char *text, size_t size)
{
	const size_t step = size / MAX_CUTS + 1;

	for (size_t n = 0; n < size; n += step)
		feed(text, n);
}

/* Bits flip, bytes change places, and lengths stay. */
static void with_bytes_changed(char *text, size_t size)
{
	char *changed = malloc(size ? size : 1);
	uint64_t seed = size + 1;

	assert_non_null(changed);
	for (unsigned i = 0; size && i < CHANGED; i++) {
		memcpy(changed, text, size);
		for (unsigned k = 0; k <= i % 4; k++) {
			const uint64_t r = test_rand(&seed);

			changed[(r >> 8) % size] =
				r & 1 ? text[(r >> 32) % size]
				      : (char)(text[(r >> 8) % size] ^
					       1 << (r >> 1) % 8);
		}
		feed(changed, size);
	}
	free(changed);
}

/* VMSA_FUZZ_INPUTS: folders, relative to the source, with ":" between. */
static void each_input(void (*fn)(char *text, size_t size))
{
	char folders[512], path[1024], *folder, *rest = folders;
	unsigned seen = 0;

	snprintf(folders, sizeof(folders), "%s", getenv("VMSA_FUZZ_INPUTS"));
	while ((folder = strsep(&rest, ":"))) {
		char(*names)[256];
		size_t n, size;

		snprintf(path, sizeof(path), "%s/%s",
			 getenv("VMSA_SOURCE_ROOT"), folder);
		names = list_dir(path, "", &n);
		for (size_t i = 0; i < n; i++, seen++) {
			char *text;

			snprintf(path, sizeof(path), "%s/%s/%s",
				 getenv("VMSA_SOURCE_ROOT"), folder, names[i]);
			text = file_read(path, &size);
			assert_non_null(text);
			fn(text, size);
			free(text);
		}
		free(names);
	}
	assert_true(seen >= 4);
}

static void each_input_is_survived(void **state)
{
	(void)state;
	each_input(as_it_is);
}

static void each_input_cut_short_is_survived(void **state)
{
	(void)state;
	each_input(cut_short);
}

static void each_input_with_bytes_changed_is_survived(void **state)
{
	(void)state;
	each_input(with_bytes_changed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_input_is_survived),
		cmocka_unit_test(each_input_cut_short_is_survived),
		cmocka_unit_test(each_input_with_bytes_changed_is_survived),
	};

	return cmocka_run_group_tests_name("fuzz", tests, NULL, NULL);
}
