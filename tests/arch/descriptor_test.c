/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * descriptor_test.c - what vmsa/arch/descriptor.h promises
 */
#include "support/vmsa_test.h"

#include "vmsa/arch/descriptor.h"

static const struct shape {
	unsigned shift;
	enum vmsa_format format;
} shapes[] = {
	{ 12, VMSA_FORMAT_48 },   { 14, VMSA_FORMAT_48 },
	{ 16, VMSA_FORMAT_48 },   { 16, VMSA_FORMAT_LPA },
	{ 12, VMSA_FORMAT_LPA2 }, { 14, VMSA_FORMAT_LPA2 },
};

/* Taking a descriptor apart and putting it together is the identity. */
static void decode_then_encode_loses_no_bit(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (const struct shape *s = shapes; s < shapes + COUNT(shapes); s++) {
		struct vmsa_geometry g;

		assert_int_equal(
			vmsa_geometry_init(&g, s->shift, 48, s->format), 0);
		for (int i = 0; i < 100000; i++) {
			/* Single bits first, then anything. */
			const vmsa_desc d =
				i < 64 ? VMSA_BIT(i) : test_rand(&seed);
			struct vmsa_leaf_fields leaf;
			struct vmsa_table_fields table;

			vmsa_leaf_decode(&g, d, &leaf);
			assert_u64_equal(vmsa_leaf_encode(&g, &leaf), d);
			vmsa_table_decode(&g, d, &table);
			assert_u64_equal(vmsa_table_encode(&g, &table), d);
		}
	}
}

/* High address bits live where each format keeps them. */
static void output_addresses_are_where_the_format_keeps_them(void **state)
{
	struct vmsa_geometry g;

	(void)state;
	vmsa_geometry_init(&g, 12, 48, VMSA_FORMAT_48);
	assert_u64_equal(vmsa_oa_desc(&g, 0x0000fffffffff000),
			 0x0000fffffffff000);
	vmsa_geometry_init(&g, 16, 52, VMSA_FORMAT_LPA);
	assert_u64_equal(vmsa_oa_desc(&g, 0x000f123456780000),
			 0x000012345678f000);
	assert_u64_equal(vmsa_desc_oa(&g, 0x000012345678f003),
			 0x000f123456780000);
	vmsa_geometry_init(&g, 12, 52, VMSA_FORMAT_LPA2);
	assert_u64_equal(vmsa_oa_desc(&g, 0x000f123456789000),
			 0x0003123456789300);
	assert_u64_equal(vmsa_desc_oa(&g, 0x0003123456789303),
			 0x000f123456789000);
}

static const struct type_row {
	const char *name;
	unsigned shift;
	enum vmsa_format format;
	int level;
	vmsa_desc desc;
	enum vmsa_desc_type type;
} types[] = {
	{ "zero", 12, VMSA_FORMAT_48, 2, 0, VMSA_DESC_TYPE_INVALID },
	{ "bit 1 alone", 12, VMSA_FORMAT_48, 3, 2, VMSA_DESC_TYPE_INVALID },
	{ "page", 12, VMSA_FORMAT_48, 3, 3, VMSA_DESC_TYPE_PAGE },
	{ "01 at level 3", 12, VMSA_FORMAT_48, 3, 1, VMSA_DESC_TYPE_INVALID },
	{ "2M block", 12, VMSA_FORMAT_48, 2, 1, VMSA_DESC_TYPE_BLOCK },
	{ "1G block", 12, VMSA_FORMAT_48, 1, 1, VMSA_DESC_TYPE_BLOCK },
	{ "512G block", 12, VMSA_FORMAT_48, 0, 1, VMSA_DESC_TYPE_INVALID },
	{ "512G, LPA2", 12, VMSA_FORMAT_LPA2, 0, 1, VMSA_DESC_TYPE_BLOCK },
	{ "level -1", 12, VMSA_FORMAT_LPA2, -1, 1, VMSA_DESC_TYPE_INVALID },
	{ "64G block", 14, VMSA_FORMAT_48, 1, 1, VMSA_DESC_TYPE_INVALID },
	{ "64G, LPA2", 14, VMSA_FORMAT_LPA2, 1, 1, VMSA_DESC_TYPE_BLOCK },
	{ "4T block", 16, VMSA_FORMAT_48, 1, 1, VMSA_DESC_TYPE_INVALID },
	{ "4T, LPA", 16, VMSA_FORMAT_LPA, 1, 1, VMSA_DESC_TYPE_BLOCK },
	{ "table", 12, VMSA_FORMAT_48, 0, 3, VMSA_DESC_TYPE_TABLE },
};

/* A block where none may be, and 01 at level 3, read as invalid. */
static void types_follow_the_manual(void **state)
{
	(void)state;
	for (const struct type_row *r = types; r < types + COUNT(types); r++) {
		struct vmsa_geometry g;

		print_message("%s\n", r->name);
		vmsa_geometry_init(&g, r->shift, 48, r->format);
		assert_int_equal(vmsa_desc_type(&g, r->level, r->desc),
				 r->type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_then_encode_loses_no_bit),
		cmocka_unit_test(
			output_addresses_are_where_the_format_keeps_them),
		cmocka_unit_test(types_follow_the_manual),
	};

	return cmocka_run_group_tests_name("descriptor", tests, NULL, NULL);
}
