/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_test.c - no blob crashes the reader
 *
 * Every byte of good trees is changed, every length cut; what is then still
 * read must answer every question, what is not must say why.  Meant to run
 * under AddressSanitizer, which also sees what is leaked.
 */
#include "support/vmsa_test.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "machine/trees.h"

/* Blobs with several changes at once. */
#define ROUNDS 20000

/* Read a copy that ends where @size says, so that a byte more is noticed. */
static int read_copy(const void *blob, size_t size)
{
	struct vmsa_error err = { .text = "" };
	struct vmsa_machine *m = NULL;
	char *exact = malloc(size + !size);
	int rc;

	memcpy(exact, blob, size);
	rc = vmsa_machine_from_blob(exact, size, "fuzz", &m, &err);
	free(exact);
	if (!rc) {
		sum_machine(m);
		vmsa_machine_destroy(m);
		return 0;
	}
	assert_true(rc < 0);
	assert_null(m);
	assert_true(err.text[0]);
	for (const char *p = err.text; *p; p++)
		assert_in_range((unsigned char)*p, 0x20, 0x7e);
	assert_true(!err.unit || err.offset <= size);
	return rc;
}

/* Change each byte by each mask; neither all nor none may be refused. */
static void change_each_byte(unsigned char *blob, size_t size,
			     const unsigned char *masks, size_t nr_masks)
{
	size_t good = 0, bad = 0;

	assert_int_equal(read_copy(blob, size), 0);
	for (size_t i = 0; i < size; i++)
		for (size_t k = 0; k < nr_masks; k++) {
			blob[i] ^= masks[k];
			if (read_copy(blob, size))
				bad++;
			else
				good++;
			blob[i] ^= masks[k];
		}
	assert_true(good > size / 10 && bad > size / 10);
}

static void each_byte_of_a_built_tree_may_be_wrong(void **state)
{
	static const unsigned char masks[] = { 0xff, 0x01, 0x02, 0x04, 0x08,
					       0x10, 0x20, 0x40, 0x80 };
	_Alignas(8) unsigned char blob[TREE_SPACE];

	(void)state;
	build_tree(blob);
	assert_int_equal(fdt_pack(blob), 0);
	change_each_byte(blob, fdt_totalsize(blob), masks, COUNT(masks));
}

static void each_byte_of_a_recorded_tree_may_be_wrong(void **state)
{
	static const unsigned char masks[] = { 0xff, 0x01 };
	size_t size;
	unsigned char *blob = load_tree("numa-holes", &size);

	(void)state;
	change_each_byte(blob, size, masks, COUNT(masks));
	free(blob);
}

/* Cut with the header as it was, and with one that agrees with the cut. */
static void each_length_may_be_cut(void **state)
{
	_Alignas(8) unsigned char whole[TREE_SPACE], blob[TREE_SPACE];
	size_t size;

	(void)state;
	build_tree(whole);
	fdt_pack(whole);
	size = fdt_totalsize(whole);
	for (size_t n = 0; n < size; n++) {
		memcpy(blob, whole, n);
		assert_true(read_copy(blob, n) < 0);
		if (n < 8)
			continue;
		fdt32_st(blob + 4, (uint32_t)n);
		assert_true(read_copy(blob, n) < 0);
		if (n < 40)
			continue;
		/* The structure block is cut too: the strings lie behind. */
		fdt32_st(blob + 36, (uint32_t)n / 2);
		read_copy(blob, n);
	}
}

/* Several changes at once, each a byte, a word or a copy of another word. */
static void random_changes_do_not_crash(void **state)
{
	_Alignas(8) unsigned char whole[TREE_SPACE], blob[TREE_SPACE];
	uint64_t seed = 20250219;
	size_t size;

	(void)state;
	build_tree(whole);
	fdt_pack(whole);
	size = fdt_totalsize(whole);
	for (int round = 0; round < ROUNDS; round++) {
		memcpy(blob, whole, size);
		for (uint64_t k = test_rand(&seed) % 4 + 1; k; k--) {
			const uint64_t r = test_rand(&seed);
			const size_t to = r % (size / 4) * 4;
			const size_t from = (r >> 20) % (size / 4) * 4;

			if (r >> 62 == 0)
				memcpy(blob + to, whole + from, 4);
			else if (r >> 62 == 1)
				fdt32_st(blob + to, (uint32_t)(r >> 8) % 16);
			else
				blob[(r >> 8) % size] =
					(unsigned char)(r >> 40);
		}
		read_copy(blob, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_of_a_built_tree_may_be_wrong),
		cmocka_unit_test(each_byte_of_a_recorded_tree_may_be_wrong),
		cmocka_unit_test(each_length_may_be_cut),
		cmocka_unit_test(random_changes_do_not_crash),
	};

	return cmocka_run_group_tests_name("machine fuzz", tests, NULL, NULL);
}
