/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault_test.c - what vmsa/arch/fault.h promises
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <string.h>

#include "vmsa/arch/fault.h"

/* The manual's table, level by level: -2, -1, 0, 1, 2, 3; -1 means no code. */
static const struct level_row {
	enum vmsa_fault fault;
	int code[6];
} with_levels[] = {
	{ VMSA_FAULT_ADDRESS_SIZE, { 0x2c, 0x29, 0x00, 0x01, 0x02, 0x03 } },
	{ VMSA_FAULT_TRANSLATION, { 0x2a, 0x2b, 0x04, 0x05, 0x06, 0x07 } },
	{ VMSA_FAULT_ACCESS_FLAG, { -1, -1, 0x08, 0x09, 0x0a, 0x0b } },
	{ VMSA_FAULT_PERMISSION, { -1, -1, 0x0c, 0x0d, 0x0e, 0x0f } },
	{ VMSA_FAULT_EXTERNAL_WALK, { 0x12, 0x13, 0x14, 0x15, 0x16, 0x17 } },
	{ VMSA_FAULT_PARITY_WALK, { -1, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f } },
	{ VMSA_FAULT_GPF_WALK, { 0x22, 0x23, 0x24, 0x25, 0x26, 0x27 } },
};

static const struct plain_row {
	enum vmsa_fault fault;
	int code;
} without_levels[] = {
	{ VMSA_FAULT_EXTERNAL, 0x10 },  { VMSA_FAULT_TAG_CHECK, 0x11 },
	{ VMSA_FAULT_PARITY, 0x18 },    { VMSA_FAULT_ALIGNMENT, 0x21 },
	{ VMSA_FAULT_GPF, 0x28 },       { VMSA_FAULT_TLB_CONFLICT, 0x30 },
	{ VMSA_FAULT_HW_UPDATE, 0x31 }, { VMSA_FAULT_LOCKDOWN, 0x34 },
	{ VMSA_FAULT_EXCLUSIVE, 0x35 },
};

/* Every code there is, at every level that has it. */
static void status_codes_are_the_manuals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(with_levels); i++)
		for (int level = -2; level <= 3; level++) {
			const int code = with_levels[i].code[level + 2];

			assert_int_equal(vmsa_fault_dfsc(with_levels[i].fault,
							 level),
					 code < 0 ? -EINVAL : code);
		}
	for (size_t i = 0; i < COUNT(without_levels); i++)
		for (int level = -2; level <= 3; level++)
			assert_int_equal(
				vmsa_fault_dfsc(without_levels[i].fault, level),
				without_levels[i].code);
	assert_int_equal(COUNT(with_levels) + COUNT(without_levels) + 1,
			 VMSA_NR_FAULTS);
}

/* What the table above does not list is no fault of a translation. */
static void decoding_inverts_encoding_and_refuses_the_rest(void **state)
{
	int known = 0;

	(void)state;
	for (unsigned code = 0; code < 64; code++) {
		enum vmsa_fault fault = VMSA_NR_FAULTS;
		int level = 77;

		if (vmsa_fault_from_dfsc(code, &fault, &level) < 0) {
			assert_int_equal(fault, VMSA_NR_FAULTS);
			assert_int_equal(level, 77);
			continue;
		}
		known++;
		assert_int_equal(vmsa_fault_dfsc(fault, level), code);
	}
	/* 4 rows of 6, 1 of 5, 2 of 4, and 9 without levels. */
	assert_int_equal(known, 4 * 6 + 5 + 2 * 4 + 9);
}

/* A level that no table has, and no fault at all, have no code. */
static void nonsense_has_no_code(void **state)
{
	(void)state;
	assert_int_equal(vmsa_fault_dfsc(VMSA_FAULT_TRANSLATION, 4), -EINVAL);
	assert_int_equal(vmsa_fault_dfsc(VMSA_FAULT_TRANSLATION, -3), -EINVAL);
	assert_int_equal(vmsa_fault_dfsc(VMSA_FAULT_NONE, 0), -EINVAL);
	assert_int_equal(vmsa_fault_dfsc(VMSA_NR_FAULTS, 0), -EINVAL);
}

/* Reports print these. */
static void every_fault_has_its_own_name(void **state)
{
	(void)state;
	for (int a = 0; a < VMSA_NR_FAULTS; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(
				vmsa_fault_name((enum vmsa_fault)a),
				vmsa_fault_name((enum vmsa_fault)b));
	assert_string_equal(vmsa_fault_name(VMSA_FAULT_ADDRESS_SIZE),
			    "Address size");
	assert_string_equal(vmsa_fault_name(VMSA_NR_FAULTS), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_codes_are_the_manuals),
		cmocka_unit_test(
			decoding_inverts_encoding_and_refuses_the_rest),
		cmocka_unit_test(nonsense_has_no_code),
		cmocka_unit_test(every_fault_has_its_own_name),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
