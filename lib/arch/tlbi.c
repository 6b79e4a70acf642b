/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlbi.c - operands of TLB maintenance, and what they reach
 *
 *     one address  ASID 63:48  TTL 47:44  VA[55:12] 43:0
 *     range        ASID 63:48  TG 47:46   SCALE 45:44  NUM 43:39  TTL 38:37
 *                  BaseADDR 36:0
 */
#include "vmsa/arch/tlbi.h"

#include <errno.h>
#include <stddef.h>

#include "vmsa/arch/descriptor.h"

/* Lowest bits of operand fields. */
#define ASID_SHIFT     48
#define PAGE_TTL_SHIFT 44
#define PAGE_UNIT      12 /* single addresses count 4 KiB at every granule */
#define RANGE_TG_SHIFT 46
#define RANGE_SCALE    44
#define RANGE_NUM      39
#define RANGE_TTL      37
#define RANGE_BASE     VMSA_BITS(36, 0)
#define BASE_BITS      37 /* width of BaseADDR */
#define DS_UNIT        16 /* BaseADDR counts 64 KiB units while DS = 1 */
#define IPA_NS         VMSA_BIT(63)

/* What the operations are, in the order of enum vmsa_tlbi_op. */
struct op_row {
	const char *name[3]; /* by scope */
	enum vmsa_tlbi_form form;
	bool any_asid, last_level;
};

/* clang-format off */
#define ROW(op, form, any_asid, last_level) \
	[VMSA_TLBI_##op] = { { #op, #op "IS", #op "OS" }, \
			     VMSA_TLBI_FORM_##form, any_asid, last_level }

static const struct op_row ops[VMSA_NR_TLBI_OPS] = {
	ROW(VMALLE1,    ALL,       1, 0),
	ROW(ASIDE1,     ASID,      0, 0),
	ROW(VAE1,       VA,        0, 0),
	ROW(VALE1,      VA,        0, 1),
	ROW(VAAE1,      VA,        1, 0),
	ROW(VAALE1,     VA,        1, 1),
	ROW(RVAE1,      VA_RANGE,  0, 0),
	ROW(RVALE1,     VA_RANGE,  0, 1),
	ROW(RVAAE1,     VA_RANGE,  1, 0),
	ROW(RVAALE1,    VA_RANGE,  1, 1),
	ROW(VMALLS12E1, ALL,       1, 0),
	ROW(ALLE1,      ALL,       1, 0),
	ROW(IPAS2E1,    IPA,       1, 0),
	ROW(IPAS2LE1,   IPA,       1, 1),
	ROW(ALLE2,      ALL,       1, 0),
	ROW(VAE2,       VA,        1, 0),
	ROW(VALE2,      VA,        1, 1),
	ROW(RIPAS2E1,   IPA_RANGE, 1, 0),
	ROW(RIPAS2LE1,  IPA_RANGE, 1, 1),
	ROW(RVAE2,      VA_RANGE,  1, 0),
	ROW(RVALE2,     VA_RANGE,  1, 1),
};
/* clang-format on */

enum vmsa_tlbi_form vmsa_tlbi_form(enum vmsa_tlbi_op op)
{
	return (unsigned)op < VMSA_NR_TLBI_OPS ? ops[op].form
					       : VMSA_TLBI_FORM_ALL;
}

const char *vmsa_tlbi_name(enum vmsa_tlbi_op op, enum vmsa_tlbi_scope scope)
{
	if ((unsigned)op >= VMSA_NR_TLBI_OPS || (unsigned)scope > VMSA_TLBI_OS)
		return "?";
	return ops[op].name[scope];
}

const char *vmsa_barrier_name(enum vmsa_barrier barrier)
{
	static const char *const names[VMSA_NR_BARRIERS] = {
		[VMSA_DSB_ISHST] = "DSB ISHST",
		[VMSA_DSB_ISH] = "DSB ISH",
		[VMSA_DSB_NSHST] = "DSB NSHST",
		[VMSA_DSB_NSH] = "DSB NSH",
		[VMSA_DSB_OSH] = "DSB OSH",
		[VMSA_DSB_SY] = "DSB SY",
		[VMSA_DMB_ISHST] = "DMB ISHST",
		[VMSA_DMB_ISH] = "DMB ISH",
		[VMSA_ISB] = "ISB",
	};

	return (unsigned)barrier < VMSA_NR_BARRIERS ? names[barrier] : "?";
}

/* IPA operands have no ASID; bit 63 is the address space instead. */
static bool is_ipa(enum vmsa_tlbi_op op)
{
	const enum vmsa_tlbi_form form = vmsa_tlbi_form(op);

	return form == VMSA_TLBI_FORM_IPA || form == VMSA_TLBI_FORM_IPA_RANGE;
}

/* TG of a TTL or a range operand: 01 4K, 10 16K, 11 64K; not TCR's TG. */
static unsigned encode_tg(unsigned granule_shift)
{
	switch (granule_shift) {
	case 12:
		return 1;
	case 14:
		return 2;
	case 16:
		return 3;
	default:
		return 0;
	}
}

/* The inverse; 0 for the reserved value. */
static unsigned decode_tg(unsigned tg)
{
	return tg ? 10 + 2 * tg : 0;
}

/* Copy bit @top - 1 into every bit above it. */
static uint64_t sign_extend(uint64_t value, unsigned top)
{
	const uint64_t sign = VMSA_BIT(top - 1);

	return (value ^ sign) - sign;
}

unsigned vmsa_tlbi_ttl(unsigned granule_shift, int level)
{
	const unsigned tg = encode_tg(granule_shift);

	return tg && level >= 0 && level <= VMSA_MAX_LEVEL
		       ? tg << 2 | (unsigned)level
		       : 0;
}

/* Masking matters: a kernel VA shifted down still has ones above bit 43. */
uint64_t vmsa_tlbi_page_encode(enum vmsa_tlbi_op op,
			       const struct vmsa_tlbi_page *in)
{
	const uint64_t ttl = (uint64_t)(in->ttl & 0xf) << PAGE_TTL_SHIFT;

	if (is_ipa(op))
		return (in->address & VMSA_BITS(51, 12)) >> PAGE_UNIT | ttl |
		       (in->ns ? IPA_NS : 0);
	return (in->address & VMSA_BITS(55, 12)) >> PAGE_UNIT | ttl |
	       (uint64_t)in->asid << ASID_SHIFT;
}

void vmsa_tlbi_page_decode(enum vmsa_tlbi_op op, uint64_t operand,
			   struct vmsa_tlbi_page *out)
{
	const uint8_t ttl = operand >> PAGE_TTL_SHIFT & 0xf;

	if (is_ipa(op))
		*out = (struct vmsa_tlbi_page){
			.address = (operand & VMSA_BITS(39, 0)) << PAGE_UNIT,
			.ttl = ttl,
			.ns = operand & IPA_NS,
		};
	else
		*out = (struct vmsa_tlbi_page){
			.address = sign_extend(
				(operand & VMSA_BITS(43, 0)) << PAGE_UNIT, 56),
			.ttl = ttl,
			.asid = (uint16_t)(operand >> ASID_SHIFT),
		};
}

/* log2 of the bytes that one step of BaseADDR stands for. */
static unsigned base_unit(unsigned granule_shift, bool ds)
{
	return ds ? DS_UNIT : granule_shift;
}

/*
 * Bits above BaseADDR are lost without complaint: a canonical address has
 * copies of its sign there, and decoding puts them back.
 */
int vmsa_tlbi_span_encode(const struct vmsa_tlbi_span *in, uint64_t *out)
{
	const unsigned tg = encode_tg(in->granule_shift);
	const unsigned unit = base_unit(in->granule_shift, in->ds);

	if (!tg || in->num > VMSA_TLBI_MAX_NUM || in->ttl > VMSA_MAX_LEVEL ||
	    in->scale > VMSA_TLBI_MAX_SCALE)
		return -EINVAL;
	if (in->base & (VMSA_BIT(unit) - 1))
		return -EINVAL;
	*out = (in->base >> unit & RANGE_BASE) |
	       (uint64_t)in->ttl << RANGE_TTL | (uint64_t)in->num << RANGE_NUM |
	       (uint64_t)in->scale << RANGE_SCALE |
	       (uint64_t)tg << RANGE_TG_SHIFT |
	       (uint64_t)in->asid << ASID_SHIFT;
	return 0;
}

int vmsa_tlbi_span_decode(uint64_t operand, bool ds, struct vmsa_tlbi_span *out)
{
	const unsigned shift = decode_tg(operand >> RANGE_TG_SHIFT & 3);
	const unsigned unit = base_unit(shift, ds);

	if (!shift)
		return -EINVAL;
	*out = (struct vmsa_tlbi_span){
		.base = sign_extend((operand & RANGE_BASE) << unit,
				    BASE_BITS + unit),
		.asid = (uint16_t)(operand >> ASID_SHIFT),
		.granule_shift = (uint8_t)shift,
		.ttl = operand >> RANGE_TTL & 3,
		.num = operand >> RANGE_NUM & 31,
		.scale = operand >> RANGE_SCALE & 3,
		.ds = ds,
	};
	return 0;
}

/*
 * The level that a hint means at this granule.  Hints for levels that have no
 * leaf are reserved and count as no hint.
 */
static int8_t hinted_level(const struct vmsa_geometry *g, int level)
{
	return (int8_t)(vmsa_level_has_leaf(g, level) ? level
						      : VMSA_TLBI_ANY_LEVEL);
}

/*
 * The granule that holds the address.  Whatever larger entry translates it
 * goes too, so the level of the entry does not widen the answer.
 */
static enum vmsa_tlbi_effect page_target(const struct vmsa_tlbi *tlbi,
					 const struct vmsa_geometry *g,
					 struct vmsa_tlbi_target *out)
{
	struct vmsa_tlbi_page page;
	unsigned hint_granule;

	vmsa_tlbi_page_decode(tlbi->op, tlbi->operand, &page);
	hint_granule = decode_tg(page.ttl >> 2);
	if (hint_granule && hint_granule != g->granule_shift)
		return VMSA_TLBI_NOTHING;
	out->first = page.address & ~(vmsa_granule(g) - 1);
	out->last = out->first + vmsa_granule(g) - 1;
	out->asid = page.asid;
	if (hint_granule)
		out->level = hinted_level(g, page.ttl & 3);
	return VMSA_TLBI_INVALIDATES;
}

/*
 * Last address of a range.  It does not wrap: neither at the top of the upper
 * half, nor out of the lower one, which ends with bit 51.
 */
static uint64_t range_last(const struct vmsa_tlbi_span *span)
{
	const uint64_t last = span->base + vmsa_tlbi_span_bytes(span) - 1;
	const uint64_t lower_end = VMSA_BITS(51, 0);

	if (span->base > lower_end)
		return last < span->base ? ~UINT64_C(0) : last;
	return last > lower_end ? lower_end : last;
}

/*
 * TG must be the granule in use, else nothing is promised.  A hinted level
 * obliges the base to be aligned as that level's leaves are.
 */
static enum vmsa_tlbi_effect range_target(const struct vmsa_tlbi *tlbi,
					  const struct vmsa_geometry *g,
					  struct vmsa_tlbi_target *out)
{
	struct vmsa_tlbi_span span;
	const bool ds = g->format == VMSA_FORMAT_LPA2;

	if (vmsa_tlbi_span_decode(tlbi->operand, ds, &span) ||
	    span.granule_shift != g->granule_shift)
		return VMSA_TLBI_NOTHING;
	if (span.ttl)
		out->level = hinted_level(g, span.ttl);
	if (out->level != VMSA_TLBI_ANY_LEVEL &&
	    span.base & (vmsa_level_span(g, out->level) - 1))
		return VMSA_TLBI_UNPREDICTABLE;
	out->first = span.base;
	out->last = range_last(&span);
	out->asid = span.asid;
	return VMSA_TLBI_INVALIDATES;
}

/* The part of the answer that depends on the operand. */
static enum vmsa_tlbi_effect operand_target(const struct vmsa_tlbi *tlbi,
					    const struct vmsa_geometry *g,
					    struct vmsa_tlbi_target *out)
{
	switch (ops[tlbi->op].form) {
	case VMSA_TLBI_FORM_ASID:
		out->asid = (uint16_t)(tlbi->operand >> ASID_SHIFT);
		return VMSA_TLBI_INVALIDATES;
	case VMSA_TLBI_FORM_VA:
	case VMSA_TLBI_FORM_IPA:
		return page_target(tlbi, g, out);
	case VMSA_TLBI_FORM_VA_RANGE:
	case VMSA_TLBI_FORM_IPA_RANGE:
		return range_target(tlbi, g, out);
	case VMSA_TLBI_FORM_ALL:
	default:
		return VMSA_TLBI_INVALIDATES;
	}
}

enum vmsa_tlbi_effect vmsa_tlbi_target(const struct vmsa_tlbi *tlbi,
				       const struct vmsa_geometry *geometry,
				       struct vmsa_tlbi_target *out)
{
	struct vmsa_tlbi_target target = { .last = ~UINT64_C(0),
					   .level = VMSA_TLBI_ANY_LEVEL };
	enum vmsa_tlbi_effect effect;

	if ((unsigned)tlbi->op >= VMSA_NR_TLBI_OPS)
		return VMSA_TLBI_NOTHING;
	target.any_asid = ops[tlbi->op].any_asid;
	target.last_level = ops[tlbi->op].last_level;
	/* Only an ASID operation without an address spares global entries. */
	target.globals = ops[tlbi->op].form != VMSA_TLBI_FORM_ASID;
	effect = operand_target(tlbi, geometry, &target);
	if (effect == VMSA_TLBI_INVALIDATES)
		*out = target;
	return effect;
}
