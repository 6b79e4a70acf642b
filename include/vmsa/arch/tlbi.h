/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_TLBI_H
#define VMSA_ARCH_TLBI_H
/*
 * tlbi.h - barriers and TLB maintenance instructions, and their operands
 *
 * Source   Arm ARM DDI 0487, D8.17 (TLB maintenance), C5.5 (TLBI operands)
 */
#include <stdbool.h>

#include "vmsa/arch/geometry.h"

#ifdef __cplusplus
extern "C" {
#endif

/** enum vmsa_barrier - the barriers page-table code uses. */
enum vmsa_barrier {
	VMSA_DSB_ISHST,   /**< stores, Inner Shareable */
	VMSA_DSB_ISH,     /**< loads and stores, Inner Shareable */
	VMSA_DSB_NSHST,   /**< stores, this PE only */
	VMSA_DSB_NSH,     /**< loads and stores, this PE only */
	VMSA_DSB_OSH,     /**< loads and stores, Outer Shareable */
	VMSA_DSB_SY,      /**< loads and stores, full system */
	VMSA_DMB_ISHST,   /**< ordering only: stores, Inner Shareable */
	VMSA_DMB_ISH,     /**< ordering only: loads and stores */
	VMSA_ISB,         /**< context synchronisation of this PE */
	VMSA_NR_BARRIERS, /**< how many there are */
};

/** enum vmsa_tlbi_op - what a TLBI invalidates. */
enum vmsa_tlbi_op {
	VMSA_TLBI_VMALLE1,    /**< everything of stage 1, this VMID */
	VMSA_TLBI_ASIDE1,     /**< non-global entries of one ASID */
	VMSA_TLBI_VAE1,       /**< one VA, one ASID, all levels */
	VMSA_TLBI_VALE1,      /**< one VA, one ASID, last level only */
	VMSA_TLBI_VAAE1,      /**< one VA, any ASID, all levels */
	VMSA_TLBI_VAALE1,     /**< one VA, any ASID, last level only */
	VMSA_TLBI_RVAE1,      /**< range form of VAE1 */
	VMSA_TLBI_RVALE1,     /**< range form of VALE1 */
	VMSA_TLBI_RVAAE1,     /**< range form of VAAE1 */
	VMSA_TLBI_RVAALE1,    /**< range form of VAALE1 */
	VMSA_TLBI_VMALLS12E1, /**< stages 1 and 2 of this VMID */
	VMSA_TLBI_ALLE1,      /**< everything of EL1&0, all VMIDs */
	VMSA_TLBI_IPAS2E1,    /**< one IPA, stage 2, all levels */
	VMSA_TLBI_IPAS2LE1,   /**< one IPA, stage 2, last level only */
	VMSA_TLBI_ALLE2,      /**< everything of EL2 */
	VMSA_TLBI_VAE2,       /**< one VA of EL2, all levels */
	VMSA_TLBI_VALE2,      /**< one VA of EL2, last level only */
	VMSA_TLBI_RIPAS2E1,   /**< range form of IPAS2E1 */
	VMSA_TLBI_RIPAS2LE1,  /**< range form of IPAS2LE1 */
	VMSA_TLBI_RVAE2,      /**< range form of VAE2 */
	VMSA_TLBI_RVALE2,     /**< range form of VALE2 */
	VMSA_NR_TLBI_OPS,     /**< how many there are */
};

/** enum vmsa_tlbi_scope - which PEs a TLBI reaches. */
enum vmsa_tlbi_scope {
	VMSA_TLBI_LOCAL, /**< the PE that executes it */
	VMSA_TLBI_IS,    /**< its Inner Shareable domain */
	VMSA_TLBI_OS,    /**< its Outer Shareable domain */
};

/** struct vmsa_tlbi - one TLBI instruction. */
struct vmsa_tlbi {
	enum vmsa_tlbi_op op;       /**< what */
	enum vmsa_tlbi_scope scope; /**< where */
	uint64_t operand;           /**< Xt; 0 where the operation has none */
};

/** enum vmsa_tlbi_form - what the operand of an operation says. */
enum vmsa_tlbi_form {
	VMSA_TLBI_FORM_ALL,       /**< no operand */
	VMSA_TLBI_FORM_ASID,      /**< an ASID */
	VMSA_TLBI_FORM_VA,        /**< a VA, a level hint and an ASID */
	VMSA_TLBI_FORM_IPA,       /**< an IPA and a level hint */
	VMSA_TLBI_FORM_VA_RANGE,  /**< a range of VAs and an ASID */
	VMSA_TLBI_FORM_IPA_RANGE, /**< a range of IPAs */
};

/** vmsa_tlbi_form() - which operand @op takes. */
enum vmsa_tlbi_form vmsa_tlbi_form(enum vmsa_tlbi_op op);

/** vmsa_tlbi_is_range() - whether an operation takes a range operand. */
static inline bool vmsa_tlbi_is_range(enum vmsa_tlbi_op op)
{
	return (op >= VMSA_TLBI_RVAE1 && op <= VMSA_TLBI_RVAALE1) ||
	       (op >= VMSA_TLBI_RIPAS2E1 && op <= VMSA_TLBI_RVALE2);
}

/**
 * vmsa_tlbi_name() - an operation, as an assembler spells it.
 * @op:    what
 * @scope: where
 *
 * Return: a static string such as "VAALE1IS"; "?" for no operation.
 */
const char *vmsa_tlbi_name(enum vmsa_tlbi_op op, enum vmsa_tlbi_scope scope);

/**
 * vmsa_barrier_name() - a barrier, as an assembler spells it.
 * @barrier: which
 *
 * Return: a static string such as "DSB ISHST"; "?" for no barrier.
 */
const char *vmsa_barrier_name(enum vmsa_barrier barrier);

/* --- operands of one address -------------------------------------------- */

/** struct vmsa_tlbi_page - operand of the VA and IPA forms, taken apart. */
struct vmsa_tlbi_page {
	uint64_t address; /**< VA, sign-extended from bit 55, or IPA; multiple
			       of 4 KiB whatever the granule */
	uint16_t asid;    /**< VA forms; 0 otherwise */
	uint8_t ttl;      /**< TTL[3:0]; 0 is no hint */
	bool ns;          /**< IPA forms: bit 63 */
};

/**
 * vmsa_tlbi_ttl() - the level hint of a leaf.
 * @granule_shift: 12, 14 or 16
 * @level:         of the leaf, 0 .. 3
 *
 * Return: TTL[3:0]; 0, "no hint", for other arguments.
 */
unsigned vmsa_tlbi_ttl(unsigned granule_shift, int level);

/**
 * vmsa_tlbi_page_encode() - make the operand of an operation on one address.
 * @op: of the VA or IPA form
 * @in: bits of @in->address outside 55:12 (IPA: 51:12) do not get in
 *
 * The operand holds address bits from 12 up, whatever the granule.
 *
 * Return: Xt.
 */
uint64_t vmsa_tlbi_page_encode(enum vmsa_tlbi_op op,
			       const struct vmsa_tlbi_page *in);

/**
 * vmsa_tlbi_page_decode() - the inverse of vmsa_tlbi_page_encode().
 * @op:      of the VA or IPA form
 * @operand: Xt
 * @out:     written completely
 */
void vmsa_tlbi_page_decode(enum vmsa_tlbi_op op, uint64_t operand,
			   struct vmsa_tlbi_page *out);

/* --- operands of a range ------------------------------------------------ */

/** VMSA_TLBI_MAX_NUM - the largest NUM of a range operand. */
#define VMSA_TLBI_MAX_NUM 31

/** VMSA_TLBI_MAX_SCALE - the largest SCALE of a range operand. */
#define VMSA_TLBI_MAX_SCALE 3

/** struct vmsa_tlbi_span - a range operand, taken apart. */
struct vmsa_tlbi_span {
	uint64_t base; /**< first address, sign-extended from the highest bit
			    that BaseADDR holds; multiple of the granule,
			    with @ds of 64 KiB */
	uint16_t asid; /**< bits 63:48 */
	uint8_t granule_shift; /**< TG: 12, 14 or 16 */
	uint8_t ttl;           /**< level of the leaves; 0 is no hint */
	uint8_t num;           /**< 0 .. 31 */
	uint8_t scale;         /**< 0 .. 3 */
	bool ds;               /**< TCR.DS: BaseADDR counts 64 KiB units */
};

/**
 * vmsa_tlbi_span_bytes() - how much a range operand covers.
 * @span: its granule, NUM and SCALE count
 *
 * Return: (NUM + 1) * 2^(5 * SCALE + 1) granules, in bytes.
 */
static inline uint64_t vmsa_tlbi_span_bytes(const struct vmsa_tlbi_span *span)
{
	return (uint64_t)(span->num + 1u)
	       << (5u * span->scale + 1u + span->granule_shift);
}

/**
 * vmsa_tlbi_span_encode() - make a range operand.
 * @in:  what it says
 * @out: Xt
 *
 * Return: 0;
 *	-EINVAL, if a field does not fit or @in->base is not such a multiple.
 */
int vmsa_tlbi_span_encode(const struct vmsa_tlbi_span *in, uint64_t *out);

/**
 * vmsa_tlbi_span_decode() - the inverse of vmsa_tlbi_span_encode().
 * @operand: Xt
 * @ds:      TCR.DS
 * @out:     written completely on success
 *
 * Return: 0;
 *	-EINVAL, if TG is 00, which is reserved and invalidates nothing.
 */
int vmsa_tlbi_span_decode(uint64_t operand, bool ds,
			  struct vmsa_tlbi_span *out);

/* --- what an instruction reaches ---------------------------------------- */

/** enum vmsa_tlbi_effect - what is guaranteed of one TLBI. */
enum vmsa_tlbi_effect {
	VMSA_TLBI_INVALIDATES,   /**< what struct vmsa_tlbi_target says */
	VMSA_TLBI_NOTHING,       /**< nothing need go: granule or hint wrong */
	VMSA_TLBI_UNPREDICTABLE, /**< range base not aligned for its TTL */
};

/** VMSA_TLBI_ANY_LEVEL - no level hint. */
#define VMSA_TLBI_ANY_LEVEL (-2)

/** struct vmsa_tlbi_target - which TLB entries one TLBI removes. */
struct vmsa_tlbi_target {
	uint64_t first;  /**< first address; an entry that translates any */
	uint64_t last;   /**< address up to this one, inclusive, goes */
	uint16_t asid;   /**< of non-global entries, unless @any_asid */
	bool any_asid;   /**< entries of every ASID, global ones included */
	bool last_level; /**< leaves only: table entries may stay */
	bool globals;    /**< global entries go as well; leaves only if not
			      @any_asid, as tables are never global */
	int8_t level;    /**< the leaves' level, or VMSA_TLBI_ANY_LEVEL */
};

/**
 * vmsa_tlbi_target() - what a TLBI reaches.
 * @tlbi:     the instruction; FEAT_TTL and FEAT_TLBIRANGE are taken as there
 * @geometry: shape of the tables in use; LPA2 stands for TCR.DS = 1
 * @out:      written completely if the answer is INVALIDATES
 *
 * A contiguous group is not enlarged to: each member must be reached.  A
 * block that an implementation keeps in pieces goes as a whole.
 *
 * Return: what is guaranteed.
 */
enum vmsa_tlbi_effect vmsa_tlbi_target(const struct vmsa_tlbi *tlbi,
				       const struct vmsa_geometry *geometry,
				       struct vmsa_tlbi_target *out);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_TLBI_H */
