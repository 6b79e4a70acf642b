/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mair_test.c - what vmsa/arch/mair.h promises
 */
#include "support/vmsa_test.h"

#include "vmsa/arch/mair.h"

static const struct row {
	const char *name;
	uint8_t raw;
	bool mte, xs, reserved;
	enum vmsa_memory_kind kind;
	enum vmsa_cacheability inner, outer;
} rows[] = {
	{ "nGnRnE", 0x00, 0, 0, 0, VMSA_DEVICE_NGNRNE, 0, 0 },
	{ "nGnRE", 0x04, 0, 0, 0, VMSA_DEVICE_NGNRE, 0, 0 },
	{ "nGRE", 0x08, 0, 0, 0, VMSA_DEVICE_NGRE, 0, 0 },
	{ "GRE", 0x0c, 0, 0, 0, VMSA_DEVICE_GRE, 0, 0 },
	{ "GRE without XS", 0x0d, 0, 1, 0, VMSA_DEVICE_GRE, 0, 0 },
	{ "the same, no FEAT_XS", 0x0d, 0, 0, 1, VMSA_DEVICE_NGNRNE, 0, 0 },
	{ "dd with bit 1", 0x06, 0, 1, 1, VMSA_DEVICE_NGNRNE, 0, 0 },
	{ "Linux normal", 0xff, 0, 0, 0, VMSA_NORMAL, VMSA_WRITE_BACK,
	  VMSA_WRITE_BACK },
	{ "Linux normal-NC", 0x44, 0, 0, 0, VMSA_NORMAL, VMSA_NON_CACHEABLE,
	  VMSA_NON_CACHEABLE },
	{ "tagged", 0xf0, 1, 0, 0, VMSA_NORMAL_TAGGED, VMSA_WRITE_BACK,
	  VMSA_WRITE_BACK },
	{ "tagged, no MTE", 0xf0, 0, 0, 1, VMSA_DEVICE_NGNRNE, 0, 0 },
	{ "WT", 0xbb, 0, 0, 0, VMSA_NORMAL, VMSA_WRITE_THROUGH,
	  VMSA_WRITE_THROUGH },
	{ "WT transient in WB", 0xf1, 0, 0, 0, VMSA_NORMAL, VMSA_WRITE_THROUGH,
	  VMSA_WRITE_BACK },
	{ "WB transient in NC", 0x47, 0, 0, 0, VMSA_NORMAL, VMSA_WRITE_BACK,
	  VMSA_NON_CACHEABLE },
	{ "NC without XS", 0x40, 0, 1, 0, VMSA_NORMAL, VMSA_NON_CACHEABLE,
	  VMSA_NON_CACHEABLE },
	{ "WT without XS", 0xa0, 0, 1, 0, VMSA_NORMAL, VMSA_WRITE_THROUGH,
	  VMSA_WRITE_THROUGH },
	{ "outer alone", 0xb0, 1, 1, 1, VMSA_DEVICE_NGNRNE, 0, 0 },
};

/* The manual's encodings, and those that features add. */
static void attribute_bytes_decode(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		const struct vmsa_features f = { .mte = r->mte, .xs = r->xs };
		const struct vmsa_memory_type t = vmsa_mair_decode(&f, r->raw);

		print_message("%s\n", r->name);
		assert_int_equal(t.raw, r->raw);
		assert_int_equal(t.kind, r->kind);
		assert_int_equal(t.reserved, r->reserved);
		assert_int_equal(t.inner, r->inner);
		assert_int_equal(t.outer, r->outer);
		assert_int_equal(vmsa_memory_is_device(&t),
				 r->kind != VMSA_NORMAL &&
					 r->kind != VMSA_NORMAL_TAGGED);
	}
}

/* PAR.SH reads 0b10 for them. */
static void device_and_non_cacheable_memory_is_outer_shareable(void **state)
{
	const struct vmsa_features f = VMSA_FEATURES_V8_0;
	static const uint8_t forced[] = { 0x00, 0x04, 0x0c, 0x44 };
	static const uint8_t free[] = { 0xff, 0x4f, 0xf4, 0xbb };

	(void)state;
	for (unsigned sh = 0; sh < 4; sh++)
		for (int i = 0; i < 4; i++) {
			struct vmsa_memory_type t =
				vmsa_mair_decode(&f, forced[i]);

			assert_int_equal(vmsa_memory_shareability(&t, sh), 2);
			t = vmsa_mair_decode(&f, free[i]);
			assert_int_equal(vmsa_memory_shareability(&t, sh), sh);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attribute_bytes_decode),
		cmocka_unit_test(
			device_and_non_cacheable_memory_is_outer_shareable),
	};

	return cmocka_run_group_tests_name("mair", tests, NULL, NULL);
}
