/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_FEATURES_H
#define VMSA_ARCH_FEATURES_H
/*
 * features.h - what a PE implements, as far as a stage 1 walk can tell
 *
 *     ID registers -> struct vmsa_features -> struct vmsa_regime -> walk
 *
 * A value: copy it, change a member, ask "what if".  A member that the ID
 * registers under-report (AmpereOne's BBM level) is simply overwritten.
 *
 * Source   Arm ARM DDI 0487, D23.2 (ID_AA64*_EL1)
 */
#include <stdbool.h>

#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** struct vmsa_features - the features that stage 1 translation depends on. */
struct vmsa_features {
	uint8_t pa_bits;   /**< implemented PA size: 32 .. 52 */
	uint8_t asid_bits; /**< 8 or 16 */
	uint8_t bbm;       /**< break-before-make level, 0 .. 3 */
	bool granule_4k;   /**< 4K granule at stage 1 */
	bool granule_16k;  /**< 16K granule at stage 1 */
	bool granule_64k;  /**< 64K granule at stage 1 */
	bool lpa;          /**< FEAT_LPA: 52-bit PA with 64K */
	bool lpa2_4k;      /**< FEAT_LPA2 for 4K: TCR.DS has an effect */
	bool lpa2_16k;     /**< FEAT_LPA2 for 16K */
	bool lva;          /**< FEAT_LVA: 52-bit VA with 64K */
	bool ttst;         /**< FEAT_TTST: TxSZ up to 48 (47 with 64K) */
	bool haf;          /**< FEAT_HAFDBS: hardware sets the Access flag */
	bool dbm;          /**< FEAT_HAFDBS: hardware sets the dirty state */
	bool haft;         /**< FEAT_HAFT: and the Access flag of tables */
	bool hpds;         /**< FEAT_HPDS: TCR.HPDn has an effect */
	bool pan;          /**< FEAT_PAN */
	bool epan;         /**< FEAT_PAN3: SCTLR.EPAN has an effect */
	bool e0pd;         /**< FEAT_E0PD */
	bool sve;          /**< FEAT_SVE: TCR.NFDn has an effect */
	bool pauth;        /**< FEAT_PAuth: TCR.TBIDn has an effect */
	bool mte;          /**< FEAT_MTE2: MAIR 0xf0 is Tagged memory */
	bool mtx;          /**< TCR.MTXn has an effect */
	bool xs;           /**< FEAT_XS: MAIR encodings without XS */
	bool cnp;          /**< FEAT_TTCNP: TTBR.CnP has an effect */
	bool ets2;         /**< FEAT_ETS2: faults are seen in order */
	bool ttl;          /**< FEAT_TTL: level hint in TLBI operands */
	bool tlbi_os;      /**< FEAT_TLBIOS: Outer Shareable TLBI */
	bool tlbi_range;   /**< FEAT_TLBIRANGE: range TLBI */
	bool contiguous;   /**< the Contiguous bit is honoured, not ignored */
};

/**
 * VMSA_FEATURES_V8_0 - an ARMv8.0 PE with every granule and 48-bit PAs.
 *
 * Nothing optional but the Contiguous hint, which no ID register shows.
 */
#define VMSA_FEATURES_V8_0                                                    \
	{                                                                     \
		.pa_bits = 48, .asid_bits = 16, .granule_4k = true,           \
		.granule_16k = true, .granule_64k = true, .contiguous = true, \
	}

/** VMSA_FEATURES_ALL - everything this library models; BBM level 2. */
#define VMSA_FEATURES_ALL                                                     \
	{                                                                     \
		.pa_bits = 52, .asid_bits = 16, .bbm = 2, .granule_4k = true, \
		.granule_16k = true, .granule_64k = true, .lpa = true,        \
		.lpa2_4k = true, .lpa2_16k = true, .lva = true, .ttst = true, \
		.haf = true, .dbm = true, .haft = true, .hpds = true,         \
		.pan = true, .epan = true, .e0pd = true, .sve = true,         \
		.pauth = true, .mte = true, .mtx = true, .xs = true,          \
		.cnp = true, .ets2 = true, .ttl = true, .tlbi_os = true,      \
		.tlbi_range = true, .contiguous = true,                       \
	}

/** struct vmsa_id_registers - raw ID_AA64*_EL1 values; 0 where unknown. */
struct vmsa_id_registers {
	uint64_t mmfr0; /**< ID_AA64MMFR0_EL1 */
	uint64_t mmfr1; /**< ID_AA64MMFR1_EL1 */
	uint64_t mmfr2; /**< ID_AA64MMFR2_EL1 */
	uint64_t isar0; /**< ID_AA64ISAR0_EL1 */
	uint64_t isar1; /**< ID_AA64ISAR1_EL1 */
	uint64_t isar2; /**< ID_AA64ISAR2_EL1 */
	uint64_t pfr0;  /**< ID_AA64PFR0_EL1 */
	uint64_t pfr1;  /**< ID_AA64PFR1_EL1 */
};

/**
 * vmsa_features_from_id() - what a PE with these ID registers implements.
 * @id:  the registers; a zero register means none of its features, except
 *       that zero in MMFR0 means 32-bit PAs with the 4K and 64K granules
 * @out: written completely
 *
 * Values the manual reserves read as the nearest lower one it defines; PA
 * sizes above 52 bits, which need FEAT_D128, read as 52.
 */
void vmsa_features_from_id(const struct vmsa_id_registers *id,
			   struct vmsa_features *out);

/**
 * vmsa_pa_range_bits() - the size that a PARange or TCR.IPS value stands for.
 * @encoded: 0 .. 7; only the low three bits count
 *
 * Return: 32, 36, 40, 42, 44, 48 or 52; 7 (56 bits, FEAT_D128) gives 52.
 */
unsigned vmsa_pa_range_bits(unsigned encoded);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_FEATURES_H */
