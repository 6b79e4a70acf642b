/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_test.c - each way a tree can be wrong, and the sentence it costs
 *
 * A row takes the right tree and makes one thing wrong.
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/trees.h"

/* Property values: cells, or bytes, or ABSENT to take the property away. */
#define CELLS(...)                                  \
	.cells = (const uint32_t[]){ __VA_ARGS__ }, \
	.len = sizeof((const uint32_t[]){ __VA_ARGS__ })
#define BYTES(text) .bytes = (text), .len = sizeof(text) - 1
#define ABSENT      .absent = true

#define MEMORY "/memory@80000000"
#define LOW    "/memory@40000000"
#define RSV    "/reserved-memory"
#define FIXED  RSV "/fixed@90000000"
#define POOL   RSV "/pool"
#define CPU    "/cpus/cpu@0"
#define OTHER  "/cpus/cpu@100"
#define L2     CPU "/l2-tlb"
#define SHARED "/cpus/shared-tlb"

static const struct row {
	const char *node, *prop;
	const uint32_t *cells;
	const char *bytes;
	int len;
	bool absent;
	int code;
	const char *text; /* after "NODE: " */
} rows[] = {
	/* Cells: 0, 3 and more, of another size, at odds with the root's. */
	{ "/", "#address-cells", CELLS(0), .code = -EINVAL,
	  .text = "#address-cells: must be 1 or 2, not 0" },
	{ "/", "#address-cells", CELLS(3), .code = -EINVAL,
	  .text = "#address-cells: must be 1 or 2, not 3" },
	{ "/", "#size-cells", CELLS(0), .code = -EINVAL,
	  .text = "#size-cells: must be 1 or 2, not 0" },
	{ "/", "#size-cells", CELLS(0xffffffff), .code = -EINVAL,
	  .text = "#size-cells: must be 1 or 2, not 4294967295" },
	{ "/", "#size-cells", CELLS(0, 2), .code = -EINVAL,
	  .text = "#size-cells: needs 4 bytes, has 8" },
	{ "/", "#size-cells", ABSENT, .code = -EINVAL,
	  .text = "reg: 32 bytes are not pairs of 2 address and 1 size cells" },
	{ RSV, "#size-cells", CELLS(1), .code = -EINVAL,
	  .text = "#size-cells: is 1, but 2 in the root node" },
	{ RSV, "#address-cells", CELLS(1), .code = -EINVAL,
	  .text = "#address-cells: is 1, but 2 in the root node" },
	{ "/cpus", "#address-cells", CELLS(3), .code = -EINVAL,
	  .text = "#address-cells: must be 1 or 2, not 3" },
	{ "/cpus", "#size-cells", CELLS(1), .code = -EINVAL,
	  .text = "#size-cells: must be 0, not 1" },
	{ "/cpus", "#size-cells", ABSENT, .code = -EINVAL,
	  .text = "#size-cells: must be 0, not 1 (the default)" },
	{ "/", "model", BYTES("no end"), .code = -EINVAL,
	  .text = "model: is not a string: 6 bytes without a zero at the end" },

	/* Memory. */
	{ MEMORY, "reg", CELLS(0, 0x80000000, 0, 0x1000, 0), .code = -EINVAL,
	  .text = "reg: 20 bytes are not pairs of 2 address and 2 size cells" },
	{ MEMORY, "reg", BYTES(""), .code = -EINVAL,
	  .text = "reg: 0 bytes are not pairs of 2 address and 2 size cells" },
	{ MEMORY, "reg", ABSENT, .code = -EINVAL, .text = "reg: is missing" },
	{ MEMORY, "reg", CELLS(0, 0x80000000, 0, 0), .code = -EINVAL,
	  .text = "reg: the range at 0x80000000 is empty" },
	{ MEMORY, "reg", CELLS(0xffffffff, 0xfffff000, 0, 0x1000),
	  .code = -EINVAL,
	  .text = "reg: 0xfffffffffffff000 + 0x1000 bytes reach beyond 2^64" },
	{ MEMORY, "reg", CELLS(0, 0x1000, 0xffffffff, 0xfffff001),
	  .code = -EINVAL,
	  .text = "reg: 0x1000 + 0xfffffffffffff001 bytes reach beyond 2^64" },
	{ MEMORY, "reg", CELLS(0, 0x5fffffff, 0, 0x1000), .code = -EINVAL,
	  .text = "reg: the bank 0x5fffffff + 0x1000 overlaps the bank "
		  "0x40000000 + 0x20000000" },
	{ MEMORY, "reg", CELLS(0, 0x40000000, 0, 1), .code = -EINVAL,
	  .text = "reg: the bank" },
	{ MEMORY, "reg", CELLS(1, 0, 0, 2, 1, 1, 0, 1), .code = -EINVAL,
	  .text = "reg: the bank 0x100000001 + 0x1 overlaps the bank "
		  "0x100000000 + 0x2" },
	{ MEMORY, "numa-node-id", CELLS(0, 1), .code = -EINVAL,
	  .text = "numa-node-id: needs 4 bytes, has 8" },

	/* Reserved memory. */
	{ FIXED, "reg", CELLS(0, 0), .code = -EINVAL,
	  .text = "reg: 8 bytes are not pairs of 2 address and 2 size cells" },
	{ FIXED, "reg", CELLS(0, 1, 0, 0), .code = -EINVAL,
	  .text = "reg: the range at 0x1 is empty" },
	{ FIXED, "reg", ABSENT, .code = -EINVAL, .text = "needs reg or size" },
	{ FIXED, "no-map", CELLS(0), .code = -EINVAL,
	  .text = "no-map: a flag takes no value, this has 4 bytes" },
	{ FIXED, "reusable", BYTES(""), .code = -EINVAL,
	  .text = "reusable: contradicts no-map" },
	{ POOL, "size", CELLS(0, 0), .code = -EINVAL, .text = "size: is 0" },
	{ POOL, "size", CELLS(0, 0, 1), .code = -EINVAL,
	  .text = "size: needs 4 or 8 bytes, has 12" },
	{ POOL, "size", ABSENT, .code = -EINVAL, .text = "needs reg or size" },
	{ POOL, "alignment", CELLS(0, 0x3000), .code = -EINVAL,
	  .text = "alignment: 0x3000 is not a power of two" },
	{ POOL, "alignment", BYTES("abc"), .code = -EINVAL,
	  .text = "alignment: needs 4 or 8 bytes, has 3" },
	{ POOL, "alloc-ranges", CELLS(0, 0, 0), .code = -EINVAL,
	  .text = "alloc-ranges: 12 bytes are not pairs of 2 address and 2 "
		  "size cells" },

	/* What the boot is told. */
	{ "/chosen", "bootargs", BYTES("quiet"), .code = -EINVAL,
	  .text = "bootargs: is not a string: 5 bytes without a zero at the "
		  "end" },
	{ "/chosen", "bootargs", BYTES(""), .code = -EINVAL,
	  .text = "bootargs: is not a string: 0 bytes without a zero at the "
		  "end" },
	{ "/chosen", "bootargs", BYTES("one\0two\0"), .code = -EINVAL,
	  .text = "bootargs: is not a string: there is a zero inside" },
	{ "/chosen", "linux,initrd-start", BYTES("12345"), .code = -EINVAL,
	  .text = "linux,initrd-start: needs 4 or 8 bytes, has 5" },
	{ "/chosen", "linux,initrd-end", ABSENT, .code = -EINVAL,
	  .text = "linux,initrd-end: is missing, the other end is there" },
	{ "/chosen", "linux,initrd-start", ABSENT, .code = -EINVAL,
	  .text = "linux,initrd-start: is missing, the other end is there" },
	{ "/chosen", "linux,initrd-end", CELLS(0x84000000), .code = -EINVAL,
	  .text = "linux,initrd-end: 0x84000000 is not above the start "
		  "0x84000000" },
	{ "/chosen", "kaslr-seed", CELLS(1), .code = -EINVAL,
	  .text = "kaslr-seed: needs 8 bytes, has 4" },

	/* CPUs. */
	{ CPU, "reg", ABSENT, .code = -EINVAL, .text = "reg: is missing" },
	{ CPU, "reg", CELLS(0), .code = -EINVAL,
	  .text = "reg: 4 bytes are not 2 address cells" },
	{ CPU, "reg", CELLS(0, 0x80000000), .code = -EINVAL,
	  .text = "reg: 0x80000000 has bits outside MPIDR_EL1's affinity "
		  "fields" },
	{ OTHER, "reg", CELLS(0, 0), .code = -EINVAL,
	  .text = "reg: another CPU is 0x0 too" },
	{ CPU, "compatible", BYTES("arm"), .code = -EINVAL,
	  .text = "compatible: is not a string: 3 bytes without a zero at the "
		  "end" },
	{ CPU, "compatible",
	  BYTES("0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef\0"),
	  .code = -EINVAL,
	  .text = "compatible: has 64 characters, more than 63" },
	{ CPU, "vmsa,midr", CELLS(0, 0), .code = -EINVAL,
	  .text = "vmsa,midr: needs 4 bytes, has 8" },
	{ CPU, "vmsa,bbm-level", CELLS(4), .code = -EINVAL,
	  .text = "vmsa,bbm-level: 4 is not 0, 1, 2 or 3" },
	{ CPU, "vmsa,pa-bits", CELLS(47), .code = -EINVAL,
	  .text = "vmsa,pa-bits: 47 is not 32, 36, 40, 42, 44, 48 or 52" },
	{ CPU, "vmsa,lpa2", CELLS(1), .code = -EINVAL,
	  .text = "vmsa,lpa2: a flag takes no value, this has 4 bytes" },
	{ CPU, "vmsa,lpa", BYTES(""), .code = -EINVAL,
	  .text = "vmsa,lpa: there is no such property" },

	/* TLBs. */
	{ CPU, "i-tlb-sets", CELLS(5), .code = -EINVAL,
	  .text = "i-tlb-sets: 5 sets do not divide 48 entries" },
	{ CPU, "i-tlb-sets", CELLS(0), .code = -EINVAL,
	  .text = "i-tlb-sets: 0 sets do not divide 48 entries" },
	{ CPU, "i-tlb-size", ABSENT, .code = -EINVAL,
	  .text = "i-tlb-sets: needs i-tlb-size" },
	{ CPU, "d-tlb-size", CELLS(0), .code = -EINVAL,
	  .text = "d-tlb-size: is 0; leave out what is not there" },
	{ CPU, "d-tlb-size", BYTES("\1\2"), .code = -EINVAL,
	  .text = "d-tlb-size: needs 4 bytes, has 2" },
	{ CPU, "tlb-split", ABSENT, .code = -EINVAL,
	  .text = "d-tlb-* and i-tlb-* need tlb-split" },
	{ CPU, "tlb-split", CELLS(1), .code = -EINVAL,
	  .text = "tlb-split: a flag takes no value, this has 4 bytes" },
	{ CPU, "tlb-size", CELLS(64), .code = -EINVAL,
	  .text = "tlb-split: contradicts tlb-size and tlb-sets" },
	{ OTHER, "tlb-size", CELLS(64), .code = -ENOTSUP,
	  .text = "tlb-size: a first level shared by instructions and data is "
		  "not modelled; use tlb-split" },
	{ CPU, "vmsa,walk-cache-sets", CELLS(3), .code = -EINVAL,
	  .text = "vmsa,walk-cache-sets: 3 sets do not divide 64 entries" },
	{ CPU, "vmsa,descriptor-line-sets", CELLS(1000), .code = -EINVAL,
	  .text = "vmsa,descriptor-line-sets: 1000 sets do not divide 1024 "
		  "entries" },
	{ CPU, "vmsa,walk-cycles", BYTES("fast"), .code = 0 },
	{ CPU, "vmsa,walk-cycles", BYTES("quick"), .code = -EINVAL,
	  .text = "vmsa,walk-cycles: needs 4 bytes, has 5" },
	{ L2, "tlb-sets", CELLS(1281), .code = -EINVAL,
	  .text = "tlb-sets: 1281 sets do not divide 1280 entries" },
	{ L2, "tlb-sets", ABSENT, .code = 0 },
	{ L2, "tlb-split", BYTES(""), .code = -EINVAL,
	  .text = "tlb-split: contradicts tlb-size and tlb-sets" },
	{ L2, "vmsa,hit-cycle", CELLS(3), .code = -EINVAL,
	  .text = "vmsa,hit-cycle: there is no such property" },
	{ SHARED, "i-tlb-sets", CELLS(7), .code = -EINVAL,
	  .text = "i-tlb-sets: 7 sets do not divide 768 entries" },
	{ CPU, "vmsa,next-level-tlb", CELLS(7), .code = -EINVAL,
	  .text = "vmsa,next-level-tlb: there is an l2-tlb node as well" },
	{ OTHER, "vmsa,next-level-tlb", CELLS(8), .code = -EINVAL,
	  .text = "vmsa,next-level-tlb: no node has the phandle 0x8" },
	{ OTHER, "phandle", CELLS(7), .code = -ENOTSUP,
	  .text = "vmsa,next-level-tlb: leads to more than two levels" },
	{ CPU, "vmsa,d-tlb-holds", CELLS(12, 44), .code = -EINVAL,
	  .text = "vmsa,d-tlb-holds: 2^44 bytes are no leaf's size" },
	{ CPU, "vmsa,d-tlb-holds", CELLS(11), .code = -EINVAL,
	  .text = "vmsa,d-tlb-holds: 2^11 bytes are no leaf's size" },
	{ CPU, "vmsa,i-tlb-refuses", BYTES(""), .code = -EINVAL,
	  .text = "vmsa,i-tlb-refuses: 0 bytes are not a list of cells" },
	{ L2, "vmsa,tlb-refuses", BYTES("\0\0\0\14\0"), .code = -EINVAL,
	  .text = "vmsa,tlb-refuses: 5 bytes are not a list of cells" },
	{ L2, "vmsa,tlb-aggregate", CELLS(3), .code = -EINVAL,
	  .text = "vmsa,tlb-aggregate: 3 is not 1, 2, 4 or 8" },
	{ L2, "vmsa,tlb-aggregate", CELLS(16), .code = -EINVAL,
	  .text = "vmsa,tlb-aggregate: 16 is not 1, 2, 4 or 8" },
	{ L2, "vmsa,tlb-replacement", BYTES("clock\0"), .code = -EINVAL,
	  .text = "vmsa,tlb-replacement: \"clock\" is none of its words" },
	{ OTHER, "vmsa,d-tlb-aggregate", CELLS(4), .code = -EINVAL,
	  .text = "d-tlb-* and i-tlb-* need tlb-split" },
	{ CPU, "vmsa,walk-cache-l1-sets", CELLS(2), .code = -EINVAL,
	  .text = "vmsa,walk-cache-l1-sets: needs vmsa,walk-cache-l1-size" },
	{ CPU, "vmsa,ipa-cache-size", CELLS(0), .code = -EINVAL,
	  .text = "vmsa,ipa-cache-size: is 0; leave out what is not there" },
	{ CPU, "vmsa,walk-cache-contiguous", BYTES(""), .code = -EINVAL,
	  .text = "vmsa,walk-cache-contiguous: there is no such property" },
	{ L2, "vmsa,walkers", CELLS(2), .code = -EINVAL,
	  .text = "vmsa,walkers: there is no such property" },
	{ CPU, "vmsa,conflict", BYTES("maybe\0"), .code = -EINVAL,
	  .text = "vmsa,conflict: \"maybe\" is none of its words" },
};

static void edit(void *blob, const struct row *r)
{
	const int node = fdt_path_offset(blob, r->node);
	fdt32_t be[8];

	assert_true(node >= 0);
	if (r->absent) {
		assert_int_equal(fdt_delprop(blob, node, r->prop), 0);
		return;
	}
	for (int i = 0; r->cells && i < r->len / 4; i++)
		be[i] = cpu_to_fdt32(r->cells[i]);
	assert_int_equal(fdt_setprop(blob, node, r->prop,
				     r->cells ? (void *)be : r->bytes, r->len),
			 0);
}

/* One wrong property is one sentence that names node and property. */
static void wrong_property_is_named(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];

	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_error err;
		char want[sizeof(err.text)];
		const char *node = r->node;

		print_message("%s %s\n", r->node, r->prop);
		build_tree(blob);
		edit(blob, r);
		read_as(blob, sizeof(blob), r->code, &err);
		if (!r->code)
			continue;
		/* Root cells are judged at their first use. */
		if (!strcmp(node, "/") && !strncmp(r->text, "reg", 3))
			node = MEMORY;
		/* Which of two equals is the second is not promised. */
		if (strstr(r->text, "another CPU"))
			node = strstr(err.text, CPU ":") ? CPU : OTHER;
		if (strlen(r->text) == strlen("reg: the bank"))
			node = strstr(err.text, LOW) ? LOW : MEMORY;
		snprintf(want, sizeof(want), "%s: %s", node, r->text);
		if (strncmp(err.text, want, strlen(want)))
			fail_msg("\"%s\" is not \"%s\"", err.text, want);
		assert_string_equal(err.unit, "byte");
	}
}

/* The offset of an error is where the property's value lies in the file. */
static void error_points_at_the_value(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;
	int node;

	(void)state;
	build_tree(blob);
	node = fdt_path_offset(blob, CPU);
	assert_int_equal(fdt_setprop_u32(blob, node, "vmsa,bbm-level", 77), 0);
	read_as(blob, sizeof(blob), -EINVAL, &err);
	assert_true(err.offset < sizeof(blob) - 4);
	assert_int_equal(fdt32_ld((fdt32_t *)(blob + err.offset)), 77);
}

static const struct node_row {
	const char *gone[2], *text;
} node_rows[] = {
	{ { MEMORY, LOW },
	  "/: there is no memory node, with device_type = \"memory\"" },
	{ { "/cpus" }, "/: there is no node /cpus" },
	{ { CPU, OTHER }, "/cpus: has 0 CPUs, not 1 to 8192" },
};

/* What a machine cannot be without is asked for. */
static void missing_node_is_named(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];

	(void)state;
	for (const struct node_row *r = node_rows;
	     r < node_rows + COUNT(node_rows); r++) {
		struct vmsa_error err;

		build_tree(blob);
		for (int i = 0; i < 2 && r->gone[i]; i++)
			fdt_del_node(blob, fdt_path_offset(blob, r->gone[i]));
		read_as(blob, sizeof(blob), -EINVAL, &err);
		assert_string_equal(err.text, r->text);
	}
}

/* Equal affinities are found however far apart their nodes are. */
static void distant_twins_are_found(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;
	int node;

	(void)state;
	build_tree(blob);
	/* A new node becomes the first: 5, 0, 5. */
	node = fdt_add_subnode(blob, fdt_path_offset(blob, "/cpus"), "cpu@5");
	assert_int_equal(fdt_setprop_u64(blob, node, "reg", 5), 0);
	node = fdt_path_offset(blob, OTHER);
	assert_int_equal(fdt_setprop_u64(blob, node, "reg", 5), 0);
	read_as(blob, sizeof(blob), -EINVAL, &err);
	assert_non_null(strstr(err.text, "reg: another CPU is 0x5 too"));
}

/* Second levels without their size, which deleting one property leaves. */
static void second_level_needs_a_size(void **state)
{
	static const struct {
		const char *node, *gone[2], *text;
	} cases[] = {
		{ L2, { "tlb-size", "tlb-sets" }, L2 ": tlb-size: is missing" },
		{ SHARED,
		  { "d-tlb-size", "d-tlb-sets" },
		  SHARED ": d-tlb-size: is missing" },
		{ SHARED,
		  { "i-tlb-size", "i-tlb-sets" },
		  SHARED ": i-tlb-size: is missing" },
	};
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		build_tree(blob);
		for (int k = 0; k < 2; k++)
			fdt_delprop(blob, fdt_path_offset(blob, cases[i].node),
				    cases[i].gone[k]);
		read_as(blob, sizeof(blob), -EINVAL, &err);
		assert_string_equal(err.text, cases[i].text);
	}
}

/* A name from the file cannot break the line or reach the terminal. */
static void names_are_made_printable(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_error err;
	int node;

	(void)state;
	build_tree(blob);
	node = fdt_add_subnode(blob, 0, "memory\n\x1b[2J");
	assert_true(node > 0);
	fdt_setprop_string(blob, node, "device_type", "memory");
	read_as(blob, sizeof(blob), -EINVAL, &err);
	assert_string_equal(err.text, "/memory??[2J: reg: is missing");
}

/* A deep path is cut from the left and leaves room for the reason. */
static void long_paths_leave_room_for_the_reason(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	char name[201] = "memory@";
	struct vmsa_error err;
	int node;

	(void)state;
	memset(name + 7, '9', sizeof(name) - 8);
	build_tree(blob);
	node = fdt_add_subnode(blob, 0, name);
	fdt_setprop_string(blob, node, "device_type", "memory");
	read_as(blob, sizeof(blob), -EINVAL, &err);
	assert_ptr_equal(strstr(err.text, ".../memory@999"), err.text);
	assert_non_null(strstr(err.text, ": reg: is missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_property_is_named),
		cmocka_unit_test(error_points_at_the_value),
		cmocka_unit_test(missing_node_is_named),
		cmocka_unit_test(distant_twins_are_found),
		cmocka_unit_test(second_level_needs_a_size),
		cmocka_unit_test(names_are_made_printable),
		cmocka_unit_test(long_paths_leave_room_for_the_reason),
	};

	return cmocka_run_group_tests_name("machine broken", tests, NULL, NULL);
}
