/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_REGIME_H
#define VMSA_ARCH_REGIME_H
/*
 * regime.h - everything a stage 1 walk depends on, worked out of registers
 *
 *     TCR, TTBRn, MAIR, SCTLR  --+
 *     features                 --+--> struct vmsa_regime --> vmsa_walk()
 *     policy                   --+
 *
 * The architecture leaves some behaviour to the implementation.  Each such
 * choice is a member of struct vmsa_policy, so that a run can be repeated
 * with the other one.
 *
 * A regime is a value: no memory behind it, copy it freely.
 *
 * Source   Arm ARM DDI 0487, D8.2 (translation process), D24.2 (TCR_ELx,
 *          TTBRn_ELx, SCTLR_ELx)
 */
#include "vmsa/arch/features.h"
#include "vmsa/arch/geometry.h"
#include "vmsa/arch/mair.h"

#ifdef __cplusplus
extern "C" {
#endif

/** enum vmsa_regime_kind - whose translation it is. */
enum vmsa_regime_kind {
	VMSA_REGIME_EL10, /**< EL1&0: two VA ranges, two privileges */
	VMSA_REGIME_EL2,  /**< EL2 without VHE: one VA range, one privilege */
};

/** enum vmsa_txsz_policy - what a TxSZ outside its limits does. */
enum vmsa_txsz_policy {
	VMSA_TXSZ_FAULT, /**< level 0 Translation fault on every access */
	VMSA_TXSZ_CLAMP, /**< works as the nearest legal value */
};

/** enum vmsa_nt_policy - what nT = 1 in a block does, given FEAT_BBM. */
enum vmsa_nt_policy {
	VMSA_NT_TRANSLATES, /**< it translates, possibly slowly */
	VMSA_NT_FAULTS,     /**< Translation fault */
};

/** enum vmsa_contiguous_policy - whose OA a contiguous leaf translates with. */
enum vmsa_contiguous_policy {
	VMSA_CONTIGUOUS_OWN_OA,   /**< that of the descriptor that was read */
	VMSA_CONTIGUOUS_GROUP_OA, /**< aligned down to the group, as in Arm's
				       pseudocode */
};

/** enum vmsa_span_policy - contiguous group larger than the input range. */
enum vmsa_span_policy {
	VMSA_SPAN_TRANSLATES, /**< the Contiguous bit works as usual */
	VMSA_SPAN_FAULTS,     /**< Translation fault (R_WMNPV) */
};

/** enum vmsa_lpa_policy - bits 15:12 of 64K descriptors when IPS < 52. */
enum vmsa_lpa_policy {
	VMSA_LPA_DECODE, /**< address bits 51:48: Address size fault if set */
	VMSA_LPA_IGNORE, /**< RES0, do not reach the address */
};

/** enum vmsa_af_policy - whether an access sets AF where it need not. */
enum vmsa_af_policy {
	VMSA_AF_KEEP, /**< AF stays as it is */
	VMSA_AF_SET,  /**< hardware sets it, where TCR.HA allows */
};

/** struct vmsa_policy - choices that the architecture leaves open. */
struct vmsa_policy {
	enum vmsa_txsz_policy txsz_small; /**< TxSZ below its minimum; with
					       FEAT_LVA it always faults */
	enum vmsa_txsz_policy txsz_large; /**< TxSZ above its maximum */
	enum vmsa_nt_policy nt;           /**< blocks with nT = 1 */
	enum vmsa_contiguous_policy contiguous; /**< OA of contiguous leaves */
	enum vmsa_span_policy span;      /**< oversized contiguous groups */
	enum vmsa_lpa_policy lpa_table;  /**< table descriptors, 64K */
	enum vmsa_lpa_policy lpa_leaf;   /**< leaf descriptors, 64K */
	enum vmsa_af_policy af_on_fault; /**< alignment, permission faults */
	enum vmsa_af_policy af_at;       /**< AT and speculative walks */
	uint8_t reserved_granule; /**< log2 bytes that reserved TGn values
				       stand for; 0: the smallest there is */
};

/**
 * VMSA_POLICY_DEFAULT - what vmsa_regime_from_registers() takes for NULL.
 *
 * Where Arm's pseudocode computes, it is followed (LPA bits); where it asks
 * the implementation, the choice is QEMU's, except that each contiguous leaf
 * keeps its own output address, so that a wrong one shows.
 */
#define VMSA_POLICY_DEFAULT                                                   \
	{                                                                     \
		.txsz_small = VMSA_TXSZ_FAULT, .txsz_large = VMSA_TXSZ_FAULT, \
		.nt = VMSA_NT_TRANSLATES,                                     \
		.contiguous = VMSA_CONTIGUOUS_OWN_OA,                         \
		.span = VMSA_SPAN_TRANSLATES, .lpa_table = VMSA_LPA_DECODE,   \
		.lpa_leaf = VMSA_LPA_DECODE, .af_on_fault = VMSA_AF_KEEP,     \
		.af_at = VMSA_AF_SET, .reserved_granule = 0,                  \
	}

/** struct vmsa_registers - raw registers of one exception level. */
struct vmsa_registers {
	enum vmsa_regime_kind kind; /**< EL1's registers, or EL2's */
	uint64_t sctlr; /**< M (0), I (12), WXN (19), EPAN (57) are used */
	uint64_t tcr;   /**< TCR_EL1, or TCR_EL2 in its single-range form */
	uint64_t tcr2;  /**< TCR2_EL1 or TCR2_EL2: only HAFT may be set */
	uint64_t mair;  /**< MAIR_ELx */
	uint64_t ttbr0; /**< TTBR0_ELx */
	uint64_t ttbr1; /**< TTBR1_EL1; not used at EL2 */
};

/** struct vmsa_half - one of the VA ranges of a regime. */
struct vmsa_half {
	struct vmsa_geometry geometry; /**< shape of the tables */
	vmsa_pa base;                  /**< initial table, aligned down */
	uint64_t check;       /**< VA bits equal to bit 55: data accesses */
	uint64_t check_fetch; /**< the same for instruction fetches */
	uint8_t pa_bits;      /**< output size in force: 32 .. 52 */
	uint8_t sh;           /**< TCR.SHn, the leaves' SH with LPA2 */
	bool txsz_fault;      /**< TxSZ is illegal and faults */
	bool base_fault;      /**< @base exceeds @pa_bits */
	bool epd;             /**< TCR.EPDn: no walks */
	bool e0pd;            /**< TCR.E0PDn: EL0 accesses fault */
	bool nfd;             /**< TCR.NFDn: non-fault EL0 accesses fault */
	bool hpd;             /**< TCR.HPDn: table attributes are ignored */
};

/** struct vmsa_regime - one translation regime, ready to walk. */
struct vmsa_regime {
	enum vmsa_regime_kind kind; /**< EL1&0 or EL2 */
	bool mmu;                   /**< SCTLR.M; 0 is a flat mapping */
	bool icache;                /**< SCTLR.I, used when @mmu is false */
	bool wxn;                   /**< SCTLR.WXN */
	bool epan;                  /**< SCTLR.EPAN */
	bool ha;                    /**< TCR.HA in force */
	bool hd;                    /**< TCR.HD in force; implies @ha */
	bool haft;                  /**< TCR2.HAFT in force; implies @ha */
	uint16_t asid;              /**< current ASID; 0 at EL2 */
	struct vmsa_half half[2];   /**< TTBR0's and TTBR1's */
	struct vmsa_memory_type memory[8]; /**< MAIR, decoded */
	struct vmsa_features features;     /**< of the PE */
	struct vmsa_policy policy;         /**< of the model */
};

/**
 * vmsa_regime_from_registers() - work out a regime.
 * @registers: raw values
 * @features:  of the PE that has them; fields of features that it lacks are
 *             RES0 and read as 0
 * @policy:    NULL for VMSA_POLICY_DEFAULT
 * @out:       written completely
 *
 * No register value is an error: wrong ones give a regime that faults.
 *
 * Return: 0;
 *	-EINVAL, if @features has no granule or an impossible PA size;
 *	-ENOTSUP, if TCR2 switches on what this library does not model (128-bit
 *	descriptors, permission indirection and overlays, AIE, PnCH).
 */
int vmsa_regime_from_registers(const struct vmsa_registers *registers,
			       const struct vmsa_features *features,
			       const struct vmsa_policy *policy,
			       struct vmsa_regime *out);

/**
 * vmsa_regime_upper() - which half translates an address.
 * @regime: the regime
 * @va:     any address
 *
 * Bit 55 decides, whatever TBI says; EL2 has one range.
 *
 * Return: 0 for half[0], 1 for half[1].
 */
static inline unsigned vmsa_regime_upper(const struct vmsa_regime *regime,
					 vmsa_va va)
{
	return regime->kind == VMSA_REGIME_EL10 ? (unsigned)(va >> 55) & 1 : 0;
}

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_REGIME_H */
