/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_TLBI_ROWS_H
#define VMSA_TEST_TLBI_ROWS_H
/*
 * tlbi_rows.h - what D8.17 says of each operation
 */
#include "vmsa/arch/tlbi.h"

static const struct tlbi_row {
	enum vmsa_tlbi_op op;
	bool address;       /* it names addresses */
	bool any_asid;      /* not those of one ASID only */
	bool s1, s1_tables; /* leaves and tables of stage 1 go */
	bool s2, s2_tables; /* of stage 2 */
} tlbis[] = {
	{ VMSA_TLBI_VMALLE1, 0, 1, 1, 1, 0, 0 },
	{ VMSA_TLBI_ASIDE1, 0, 0, 1, 1, 0, 0 },
	{ VMSA_TLBI_VAE1, 1, 0, 1, 1, 0, 0 },
	{ VMSA_TLBI_VALE1, 1, 0, 1, 0, 0, 0 },
	{ VMSA_TLBI_VAAE1, 1, 1, 1, 1, 0, 0 },
	{ VMSA_TLBI_VAALE1, 1, 1, 1, 0, 0, 0 },
	{ VMSA_TLBI_RVAE1, 1, 0, 1, 1, 0, 0 },
	{ VMSA_TLBI_RVALE1, 1, 0, 1, 0, 0, 0 },
	{ VMSA_TLBI_RVAAE1, 1, 1, 1, 1, 0, 0 },
	{ VMSA_TLBI_RVAALE1, 1, 1, 1, 0, 0, 0 },
	{ VMSA_TLBI_VMALLS12E1, 0, 1, 1, 1, 1, 1 },
	{ VMSA_TLBI_ALLE1, 0, 1, 1, 1, 1, 1 },
	{ VMSA_TLBI_IPAS2E1, 1, 1, 0, 0, 1, 1 },
	{ VMSA_TLBI_IPAS2LE1, 1, 1, 0, 0, 1, 0 },
	{ VMSA_TLBI_RIPAS2E1, 1, 1, 0, 0, 1, 1 },
	{ VMSA_TLBI_RIPAS2LE1, 1, 1, 0, 0, 1, 0 },
	{ VMSA_TLBI_ALLE2, 0, 1, 0, 0, 0, 0 },
	{ VMSA_TLBI_VAE2, 1, 1, 0, 0, 0, 0 },
	{ VMSA_TLBI_RVALE2, 1, 1, 0, 0, 0, 0 },
};

#endif /* VMSA_TEST_TLBI_ROWS_H */
