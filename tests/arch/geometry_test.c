/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * geometry_test.c - what vmsa/arch/geometry.h promises
 *
 * Expected values are the tables of the Arm ARM (D8.2, D8.7), written out.
 */
#include "support/vmsa_test.h"

#include <errno.h>

#include "vmsa/arch/geometry.h"

static const struct start_row {
	unsigned shift, va_bits;
	enum vmsa_format format;
	int start;
	unsigned entries;
} starts[] = {
	{ 12, 52, VMSA_FORMAT_LPA2, -1, 16 },
	{ 12, 49, VMSA_FORMAT_LPA2, -1, 2 },
	{ 12, 48, VMSA_FORMAT_LPA2, 0, 512 },
	{ 12, 48, VMSA_FORMAT_48, 0, 512 },
	{ 12, 40, VMSA_FORMAT_48, 0, 2 },
	{ 12, 39, VMSA_FORMAT_48, 1, 512 },
	{ 12, 31, VMSA_FORMAT_48, 1, 2 },
	{ 12, 30, VMSA_FORMAT_48, 2, 512 },
	{ 12, 21, VMSA_FORMAT_48, 3, 512 },
	{ 12, 16, VMSA_FORMAT_48, 3, 16 },
	{ 14, 52, VMSA_FORMAT_LPA2, 0, 32 },
	{ 14, 48, VMSA_FORMAT_48, 0, 2 },
	{ 14, 47, VMSA_FORMAT_48, 1, 2048 },
	{ 14, 36, VMSA_FORMAT_48, 2, 2048 },
	{ 14, 25, VMSA_FORMAT_48, 3, 2048 },
	{ 16, 52, VMSA_FORMAT_LPA, 1, 1024 },
	{ 16, 52, VMSA_FORMAT_48, 1, 1024 },
	{ 16, 48, VMSA_FORMAT_48, 1, 64 },
	{ 16, 42, VMSA_FORMAT_48, 2, 8192 },
	{ 16, 29, VMSA_FORMAT_48, 3, 8192 },
	{ 16, 17, VMSA_FORMAT_48, 3, 2 },
};

/* The start level and the size of the initial table follow TxSZ. */
static void start_level_follows_the_manual(void **state)
{
	(void)state;
	for (const struct start_row *r = starts; r < starts + COUNT(starts);
	     r++) {
		struct vmsa_geometry g;

		assert_int_equal(vmsa_geometry_init(&g, r->shift, r->va_bits,
						    r->format),
				 0);
		assert_int_equal(g.start_level, r->start);
		assert_int_equal(vmsa_level_entries(&g, r->start), r->entries);
		assert_int_equal(vmsa_root_bytes(&g), 8 * r->entries);
	}
}

/* A table the architecture does not have is refused and changes nothing. */
static void impossible_tables_are_refused(void **state)
{
	struct vmsa_geometry g = { .granule_shift = 77 };

	(void)state;
	assert_int_equal(vmsa_geometry_init(&g, 13, 48, VMSA_FORMAT_48),
			 -EINVAL);
	assert_int_equal(vmsa_geometry_init(&g, 12, 49, VMSA_FORMAT_48),
			 -EINVAL);
	assert_int_equal(vmsa_geometry_init(&g, 12, 15, VMSA_FORMAT_48),
			 -EINVAL);
	assert_int_equal(vmsa_geometry_init(&g, 16, 16, VMSA_FORMAT_48),
			 -EINVAL);
	assert_int_equal(vmsa_geometry_init(&g, 12, 53, VMSA_FORMAT_LPA2),
			 -EINVAL);
	assert_int_equal(vmsa_geometry_init(&g, 16, 48, VMSA_FORMAT_LPA2),
			 -EINVAL);
	assert_int_equal(vmsa_geometry_init(&g, 14, 48, VMSA_FORMAT_LPA),
			 -EINVAL);
	assert_int_equal(g.granule_shift, 77);
}

static const struct level_row {
	unsigned shift;
	enum vmsa_format format;
	int level;
	bool leaf;
	unsigned contiguous;
	uint64_t span;
} levels[] = {
	{ 12, VMSA_FORMAT_LPA2, -1, false, 1, UINT64_C(1) << 48 },
	{ 12, VMSA_FORMAT_48, 0, false, 1, UINT64_C(1) << 39 },
	{ 12, VMSA_FORMAT_LPA2, 0, true, 1, UINT64_C(1) << 39 },
	{ 12, VMSA_FORMAT_48, 1, true, 16, UINT64_C(1) << 30 },
	{ 12, VMSA_FORMAT_48, 2, true, 16, UINT64_C(1) << 21 },
	{ 12, VMSA_FORMAT_48, 3, true, 16, UINT64_C(1) << 12 },
	{ 14, VMSA_FORMAT_LPA2, 0, false, 1, UINT64_C(1) << 47 },
	{ 14, VMSA_FORMAT_48, 1, false, 1, UINT64_C(1) << 36 },
	{ 14, VMSA_FORMAT_LPA2, 1, true, 1, UINT64_C(1) << 36 },
	{ 14, VMSA_FORMAT_48, 2, true, 32, UINT64_C(1) << 25 },
	{ 14, VMSA_FORMAT_48, 3, true, 128, UINT64_C(1) << 14 },
	{ 16, VMSA_FORMAT_48, 1, false, 1, UINT64_C(1) << 42 },
	{ 16, VMSA_FORMAT_LPA, 1, true, 1, UINT64_C(1) << 42 },
	{ 16, VMSA_FORMAT_48, 2, true, 32, UINT64_C(1) << 29 },
	{ 16, VMSA_FORMAT_48, 3, true, 32, UINT64_C(1) << 16 },
};

/* Spans, leaves and contiguous counts are the manual's, level by level. */
static void levels_follow_the_manual(void **state)
{
	(void)state;
	for (const struct level_row *r = levels; r < levels + COUNT(levels);
	     r++) {
		struct vmsa_geometry g;

		assert_int_equal(
			vmsa_geometry_init(&g, r->shift, 48, r->format), 0);
		assert_int_equal(vmsa_level_has_leaf(&g, r->level), r->leaf);
		assert_int_equal(vmsa_level_contiguous(&g, r->level),
				 r->contiguous);
		assert_u64_equal(vmsa_level_span(&g, r->level), r->span);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_level_follows_the_manual),
		cmocka_unit_test(impossible_tables_are_refused),
		cmocka_unit_test(levels_follow_the_manual),
	};

	return cmocka_run_group_tests_name("geometry", tests, NULL, NULL);
}
