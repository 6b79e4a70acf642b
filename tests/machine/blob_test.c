/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blob_test.c - files and blobs that are not a whole, consistent device tree
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/trees.h"

static const struct header_row {
	const char *name;
	unsigned word; /* of the header */
	uint32_t value;
	uint64_t offset;
	const char *text;
} header_rows[] = {
	{ "magic", 0, 0xedfe0dd0, 0,
	  "not a device tree: it begins with 0xedfe0dd0, not 0xd00dfeed" },
	{ "total size", 1, TREE_SPACE + 1, TREE_SPACE,
	  "the device tree is cut off: its header says 4097 bytes, there are "
	  "4096" },
	{ "total size 0", 1, 0, 0,
	  "the device tree's header is broken: FDT_ERR_TRUNCATED" },
	{ "structure in strings", 2, 0, 0, NULL },
	{ "strings in structure", 3, 0, 0, NULL },
	{ "reservations in the header", 4, 0, 0, NULL },
	{ "reservations at the end", 4, TREE_SPACE - 8, 0, NULL },
	{ "version", 5, 15, 0,
	  "the device tree's header is broken: FDT_ERR_BADVERSION" },
	{ "last version", 6, 18, 0,
	  "the device tree's header is broken: FDT_ERR_BADVERSION" },
	{ "structure size", 9, TREE_SPACE, 0, NULL },
	{ "strings size", 8, TREE_SPACE, 0, NULL },
};

/* A header that lies is refused, whatever it lies about. */
static void wrong_header_is_refused(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];

	(void)state;
	for (const struct header_row *r = header_rows;
	     r < header_rows + COUNT(header_rows); r++) {
		struct vmsa_error err;

		print_message("%s\n", r->name);
		build_tree(blob);
		fdt32_st(blob + 4 * r->word, r->value);
		read_as(blob, sizeof(blob), -EINVAL, &err);
		assert_true(err.text[0]);
		if (!r->text)
			continue;
		assert_string_equal(err.text, r->text);
		assert_u64_equal(err.offset, r->offset);
	}
}

/* Blocks that lie on each other are told from blocks that do not. */
static void overlapping_blocks_are_refused(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;

	(void)state;
	build_tree(blob);
	fdt_set_off_dt_strings(blob, fdt_off_dt_struct(blob) + 8);
	read_as(blob, sizeof(blob), -EINVAL, &err);
	assert_string_equal(err.text, "the device tree's strings block "
				      "overlaps its structure block");

	build_tree(blob);
	fdt_set_off_mem_rsvmap(blob, fdt_off_dt_struct(blob) - 8);
	memset(blob + fdt_off_dt_struct(blob) - 8, 0, 8);
	read_as(blob, sizeof(blob), -EINVAL, &err);
	assert_true(err.text[0]);
}

/* A reservation block that never ends runs into its neighbour or the end. */
static void endless_reservations_are_refused(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;
	char *entry;

	(void)state;
	build_tree(blob);
	for (entry = blob + fdt_off_mem_rsvmap(blob);
	     entry < blob + fdt_off_dt_struct(blob); entry += 16)
		fdt64_st(entry + 8, 1);
	read_as(blob, sizeof(blob), -EINVAL, &err);
	assert_non_null(strstr(err.text, "memory reservation block"));
}

/* The same wrap of 2^64 as for banks, in the block before the tree. */
static void wrapping_memreserve_is_refused(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;

	(void)state;
	build_tree(blob);
	fdt64_st(blob + fdt_off_mem_rsvmap(blob) + 8, UINT64_MAX);
	read_as(blob, sizeof(blob), -EINVAL, &err);
	assert_string_equal(err.text, "/: /memreserve/ 0x88000000 + "
				      "0xffffffffffffffff bytes reach beyond "
				      "2^64");
}

/* Nodes that do not close, close too often, or are not there at all. */
static void broken_nesting_is_refused(void **state)
{
	static const struct {
		uint32_t tag;
		const char *why;
	} cases[] = {
		{ FDT_NOP, "FDT_ERR_BADSTRUCTURE" },
		{ FDT_END, "FDT_ERR_BADSTRUCTURE" },
		{ FDT_BEGIN_NODE, "FDT_ERR_TRUNCATED" },
		{ 7, "FDT_ERR_BADSTRUCTURE" },
	};
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *end;

		build_tree(blob);
		end = blob + fdt_off_dt_struct(blob) + fdt_size_dt_struct(blob);
		/* The last two words are END_NODE of the root, and END. */
		fdt32_st(end - 8, cases[i].tag);
		read_as(blob, sizeof(blob), -EINVAL, &err);
		assert_non_null(strstr(err.text, "nodes are broken: "));
		assert_non_null(strstr(err.text, cases[i].why));
	}
}

/* Too few bytes to hold any header. */
static void scraps_are_refused(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;

	(void)state;
	build_tree(blob);
	for (size_t size = 0; size < 28; size++)
		read_as(blob, size, -EINVAL, &err);
	assert_string_equal(err.text, "27 bytes are too few for a device tree");
	assert_u64_equal(err.offset, 27);
}

/* The limit is exact, for blobs and for files. */
static void too_large_is_refused(void **state)
{
	char path[] = "/tmp/vmsa-machine-XXXXXX";
	char *blob = calloc(1, VMSA_MACHINE_MAX_BLOB + 1);
	struct vmsa_machine *m = NULL;
	struct vmsa_error err;
	const int fd = mkstemp(path);

	(void)state;
	read_as(blob, VMSA_MACHINE_MAX_BLOB + 1, -EFBIG, &err);
	assert_string_equal(err.text,
			    "a device tree has at most 2097152 bytes");
	read_as(blob, VMSA_MACHINE_MAX_BLOB, -EINVAL, &err);
	build_tree(blob);
	read_as(blob, VMSA_MACHINE_MAX_BLOB, 0, &err);

	assert_int_equal(write(fd, blob, VMSA_MACHINE_MAX_BLOB + 1),
			 VMSA_MACHINE_MAX_BLOB + 1);
	assert_int_equal(vmsa_machine_read(path, &m, &err), -EFBIG);
	assert_int_equal(ftruncate(fd, VMSA_MACHINE_MAX_BLOB), 0);
	assert_int_equal(vmsa_machine_read(path, &m, &err), 0);
	assert_string_equal(vmsa_machine_name(m), path);
	vmsa_machine_destroy(m);
	close(fd);
	unlink(path);
	free(blob);
}

/* What the system says about a file is handed through. */
static void unreadable_file_says_why(void **state)
{
	struct vmsa_machine *m = NULL;
	struct vmsa_error err;

	(void)state;
	assert_int_equal(vmsa_machine_read("/nonexistent/x.dtb", &m, &err),
			 -ENOENT);
	assert_string_equal(err.file, "/nonexistent/x.dtb");
	assert_string_equal(err.text, strerror(ENOENT));
	assert_null(err.unit);
	assert_int_equal(vmsa_machine_read("/", &m, &err), -EISDIR);
	assert_int_equal(vmsa_machine_read("/dev/null", &m, &err), -EINVAL);
	assert_null(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_header_is_refused),
		cmocka_unit_test(overlapping_blocks_are_refused),
		cmocka_unit_test(endless_reservations_are_refused),
		cmocka_unit_test(wrapping_memreserve_is_refused),
		cmocka_unit_test(broken_nesting_is_refused),
		cmocka_unit_test(scraps_are_refused),
		cmocka_unit_test(too_large_is_refused),
		cmocka_unit_test(unreadable_file_says_why),
	};

	return cmocka_run_group_tests_name("machine blob", tests, NULL, NULL);
}
