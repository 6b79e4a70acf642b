/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * features.c - ID registers, read as the manual wants them read
 *
 * ID fields grow: a value above those known today still has the features of
 * the values below it, so every test is "at least".  The exceptions are TGran4
 * and TGran64, where 0xf means that the granule is missing.
 */
#include "vmsa/arch/features.h"

/* One four-bit ID field; every field read here is unsigned. */
static unsigned field(uint64_t reg, unsigned low)
{
	return (unsigned)(reg >> low) & 0xf;
}

unsigned vmsa_pa_range_bits(unsigned encoded)
{
	static const uint8_t bits[8] = { 32, 36, 40, 42, 44, 48, 52, 52 };

	return bits[encoded & 7];
}

/* MMFR0: sizes and granules.  TGran4 and TGran64 read 0xf for "none". */
static void decode_sizes(uint64_t mmfr0, struct vmsa_features *out)
{
	const unsigned pa_range = field(mmfr0, 0) & 7;
	const unsigned tgran16 = field(mmfr0, 20);
	const unsigned tgran4 = field(mmfr0, 28);

	out->pa_bits = (uint8_t)vmsa_pa_range_bits(pa_range);
	out->asid_bits = field(mmfr0, 4) >= 2 ? 16 : 8;
	out->granule_4k = tgran4 != 0xf;
	out->granule_16k = tgran16 != 0;
	out->granule_64k = field(mmfr0, 24) != 0xf;
	/* FEAT_LPA has no field of its own: 52-bit PAs are what it is. */
	out->lpa = out->pa_bits == 52;
	/* 4K says LPA2 with 1, 16K, where 0 is "none", with 2. */
	out->lpa2_4k = out->granule_4k && tgran4 >= 1;
	out->lpa2_16k = tgran16 >= 2;
}

/* MMFR1: hardware updates and permissions. */
static void decode_permissions(uint64_t mmfr1, struct vmsa_features *out)
{
	out->haf = field(mmfr1, 0) >= 1;
	out->dbm = field(mmfr1, 0) >= 2;
	out->haft = field(mmfr1, 0) >= 3;
	out->hpds = field(mmfr1, 12) >= 1;
	out->pan = field(mmfr1, 20) >= 1;
	out->epan = field(mmfr1, 20) >= 3;
	out->ets2 = field(mmfr1, 36) >= 2;
}

/* MMFR2: table shapes and break-before-make. */
static void decode_tables(uint64_t mmfr2, struct vmsa_features *out)
{
	/* Level 3 is level 2 without conflict aborts. */
	const unsigned bbm = field(mmfr2, 52);

	out->cnp = field(mmfr2, 0) >= 1;
	out->lva = field(mmfr2, 16) >= 1;
	out->ttst = field(mmfr2, 28) >= 1;
	out->ttl = field(mmfr2, 48) >= 1;
	out->bbm = (uint8_t)(bbm > 3 ? 3 : bbm);
	out->e0pd = field(mmfr2, 60) >= 1;
}

/* APA, API and APA3: any of the three algorithms is FEAT_PAuth. */
static bool has_pauth(const struct vmsa_id_registers *id)
{
	return field(id->isar1, 4) || field(id->isar1, 8) ||
	       field(id->isar2, 12);
}

/* What is left are fields of registers that few recordings hold. */
void vmsa_features_from_id(const struct vmsa_id_registers *id,
			   struct vmsa_features *out)
{
	*out = (struct vmsa_features){
		.tlbi_os = field(id->isar0, 56) >= 1,
		.tlbi_range = field(id->isar0, 56) >= 2,
		.xs = field(id->isar1, 56) >= 1,
		.pauth = has_pauth(id),
		.sve = field(id->pfr0, 32) >= 1,
		.mte = field(id->pfr1, 8) >= 2,
		.mtx = field(id->pfr1, 52) >= 1,
		.contiguous = true,
	};
	decode_sizes(id->mmfr0, out);
	decode_permissions(id->mmfr1, out);
	decode_tables(id->mmfr2, out);
}
