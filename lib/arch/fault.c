/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - status codes, as one table read in both directions
 */
#include "vmsa/arch/fault.h"

#include <errno.h>

#define NO_CODE (-1)

/*
 * One row a fault.  Codes of levels 0 .. 3 are @base plus the level; the two
 * levels above were added later and have codes of their own.
 */
struct code_row {
	const char *name;
	int8_t base;        /* of level 0, or the only one */
	int8_t minus_one;   /* of level -1 */
	int8_t minus_two;   /* of level -2 */
	uint8_t has_levels; /* the code says the level */
};

static const struct code_row codes[VMSA_NR_FAULTS] = {
	[VMSA_FAULT_NONE] = { "none", NO_CODE, NO_CODE, NO_CODE, 0 },
	[VMSA_FAULT_ADDRESS_SIZE] = { "Address size", 0x00, 0x29, 0x2c, 1 },
	[VMSA_FAULT_TRANSLATION] = { "Translation", 0x04, 0x2b, 0x2a, 1 },
	[VMSA_FAULT_ACCESS_FLAG] = { "Access flag", 0x08, NO_CODE, NO_CODE, 1 },
	[VMSA_FAULT_PERMISSION] = { "Permission", 0x0c, NO_CODE, NO_CODE, 1 },
	[VMSA_FAULT_ALIGNMENT] = { "Alignment", 0x21, NO_CODE, NO_CODE, 0 },
	[VMSA_FAULT_EXTERNAL] = { "Synchronous external abort", 0x10, NO_CODE,
				  NO_CODE, 0 },
	[VMSA_FAULT_EXTERNAL_WALK] = { "Synchronous external abort on walk",
				       0x14, 0x13, 0x12, 1 },
	[VMSA_FAULT_PARITY] = { "Parity or ECC error", 0x18, NO_CODE, NO_CODE,
				0 },
	[VMSA_FAULT_PARITY_WALK] = { "Parity or ECC error on walk", 0x1c, 0x1b,
				     NO_CODE, 1 },
	[VMSA_FAULT_TAG_CHECK] = { "Tag check", 0x11, NO_CODE, NO_CODE, 0 },
	[VMSA_FAULT_GPF] = { "Granule protection", 0x28, NO_CODE, NO_CODE, 0 },
	[VMSA_FAULT_GPF_WALK] = { "Granule protection on walk", 0x24, 0x23,
				  0x22, 1 },
	[VMSA_FAULT_TLB_CONFLICT] = { "TLB conflict", 0x30, NO_CODE, NO_CODE,
				      0 },
	[VMSA_FAULT_HW_UPDATE] = { "Unsupported atomic hardware update", 0x31,
				   NO_CODE, NO_CODE, 0 },
	[VMSA_FAULT_LOCKDOWN] = { "Lockdown", 0x34, NO_CODE, NO_CODE, 0 },
	[VMSA_FAULT_EXCLUSIVE] = { "Unsupported exclusive or atomic access",
				   0x35, NO_CODE, NO_CODE, 0 },
};

/* The code of a row at a level, or NO_CODE. */
static int code_at(const struct code_row *row, int level)
{
	if (!row->has_levels)
		return row->base;
	switch (level) {
	case -2:
		return row->minus_two;
	case -1:
		return row->minus_one;
	case 0:
	case 1:
	case 2:
	case 3:
		return row->base + level;
	default:
		return NO_CODE;
	}
}

int vmsa_fault_dfsc(enum vmsa_fault fault, int level)
{
	int code;

	if ((unsigned)fault >= VMSA_NR_FAULTS)
		return -EINVAL;
	code = code_at(&codes[fault], level);
	return code == NO_CODE ? -EINVAL : code;
}

/*
 * A search, not a second table: decoding is for reports and there are some
 * fifty codes.  Codes without a level are tried at level 0 only.
 */
int vmsa_fault_from_dfsc(unsigned dfsc, enum vmsa_fault *fault, int *level)
{
	for (int f = VMSA_FAULT_ADDRESS_SIZE; f < VMSA_NR_FAULTS; f++) {
		const struct code_row *row = &codes[f];

		for (int l = row->has_levels ? -2 : 0;
		     l <= (row->has_levels ? VMSA_MAX_LEVEL : 0); l++) {
			const int code = code_at(row, l);

			if (code == NO_CODE || (unsigned)code != dfsc)
				continue;
			*fault = (enum vmsa_fault)f;
			*level = l;
			return 0;
		}
	}
	return -EINVAL;
}

const char *vmsa_fault_name(enum vmsa_fault fault)
{
	return (unsigned)fault < VMSA_NR_FAULTS ? codes[fault].name : "?";
}
