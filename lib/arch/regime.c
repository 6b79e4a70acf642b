/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regime.c - from raw register values to what a walk needs to know
 *
 * Everything that does not depend on the address is worked out here, once, so
 * that a walk only reads finished values:
 *
 *     TGn, DS, features  -> granule and descriptor format
 *     TxSZ               -> input size, start level, or "always faults"
 *     IPS, PARange       -> output size
 *     TTBR               -> initial table, or "always faults"
 *     TBI, TBID, MTX     -> which VA bits are compared with bit 55
 *
 * A field whose feature is missing is RES0: it reads as 0 whatever it holds.
 */
#include "vmsa/arch/regime.h"

#include <errno.h>

#include "vmsa/arch/descriptor.h"

/* SCTLR_ELx: the same places at EL1 and EL2. */
#define SCTLR_M    VMSA_BIT(0)  /* MMU on */
#define SCTLR_I    VMSA_BIT(12) /* instruction cache on */
#define SCTLR_WXN  VMSA_BIT(19) /* writable implies execute-never */
#define SCTLR_EPAN VMSA_BIT(57) /* PAN counts EL0-executable pages */

/*
 * TCR2_ELx.  Bits 5:0 (PnCH, PIE, E0POE, POE, AIE, D128) change what every
 * descriptor bit means; walking with them ignored would give wrong answers.
 */
#define TCR2_HAFT   VMSA_BIT(11)
#define TCR2_OTHERS VMSA_BITS(5, 0)

/* A field that this register does not have: it reads as 0. */
#define ABSENT 64

/*
 * Where the fields of one half are in TCR.  EL1 has two such columns, EL2's
 * single-range TCR one of another shape.
 */
struct tcr_layout {
	uint8_t txsz, tg, sh;   /* lowest bit of the size, granule, SH */
	uint8_t epd, e0pd, nfd; /* switches that forbid walks */
	uint8_t tbi, tbid, mtx; /* switches that ignore top address bits */
	uint8_t hpd;            /* table attributes off */
	uint8_t ps, ha, hd, ds; /* of the whole register */
	uint8_t granule[4];     /* log2 bytes by TGn; 0 is reserved */
};

/* clang-format off */
static const struct tcr_layout el1_lower = {
	.txsz = 0, .tg = 14, .sh = 12,
	.epd = 7, .e0pd = 55, .nfd = 53,
	.tbi = 37, .tbid = 51, .mtx = 60,
	.hpd = 41,
	.ps = 32, .ha = 39, .hd = 40, .ds = 59,
	.granule = { 12, 16, 14, 0 },
};

/* TG1 has an encoding of its own: the same granules, other numbers. */
static const struct tcr_layout el1_upper = {
	.txsz = 16, .tg = 30, .sh = 28,
	.epd = 23, .e0pd = 56, .nfd = 54,
	.tbi = 38, .tbid = 52, .mtx = 61,
	.hpd = 42,
	.ps = 32, .ha = 39, .hd = 40, .ds = 59,
	.granule = { 0, 14, 12, 16 },
};

/* No EL0 below and no second half: nothing to forbid walks for. */
static const struct tcr_layout el2_only = {
	.txsz = 0, .tg = 14, .sh = 12,
	.epd = ABSENT, .e0pd = ABSENT, .nfd = ABSENT,
	.tbi = 20, .tbid = 29, .mtx = 33,
	.hpd = 24,
	.ps = 16, .ha = 21, .hd = 22, .ds = 32,
	.granule = { 12, 16, 14, 0 },
};
/* clang-format on */

/* Which TTBR holds the ASID, and whether all 16 bits of it count (EL1). */
#define TCR_A1 VMSA_BIT(22)
#define TCR_AS VMSA_BIT(36)

/* One bit of a register; false where the layout has no such field. */
static bool get(uint64_t reg, unsigned bit)
{
	return bit != ABSENT && (reg >> bit & 1);
}

static bool has_granule(const struct vmsa_features *f, unsigned shift)
{
	switch (shift) {
	case 12:
		return f->granule_4k;
	case 14:
		return f->granule_16k;
	case 16:
		return f->granule_64k;
	default:
		return false;
	}
}

/* A reserved or unimplemented TGn stands for a granule there is. */
static unsigned choose_granule(const struct vmsa_features *f,
			       const struct vmsa_policy *p, unsigned wanted)
{
	if (has_granule(f, wanted))
		return wanted;
	if (has_granule(f, p->reserved_granule))
		return p->reserved_granule;
	return f->granule_4k ? 12 : f->granule_16k ? 14 : 16;
}

/*
 * DS means something for 4K and 16K only, each with its own feature.  64K
 * keeps address bits 51:48 in the descriptor as soon as the PE has FEAT_LPA:
 * there is no switch.
 */
static enum vmsa_format choose_format(const struct vmsa_features *f,
				      unsigned shift, bool ds)
{
	switch (shift) {
	case 12:
		return ds && f->lpa2_4k ? VMSA_FORMAT_LPA2 : VMSA_FORMAT_48;
	case 14:
		return ds && f->lpa2_16k ? VMSA_FORMAT_LPA2 : VMSA_FORMAT_48;
	default:
		return f->lpa ? VMSA_FORMAT_LPA : VMSA_FORMAT_48;
	}
}

/*
 * Legal TxSZ, or the nearest legal one with *fault saying what happens.
 *
 * The largest input size is 48 bits, 52 where FEAT_LVA (64K) or DS widens it.
 * With FEAT_LVA a TxSZ below the minimum must fault; else, and above the
 * maximum always, the implementation may clamp (D8.2, AArch64.S1TxSZFaults()).
 */
static unsigned legal_txsz(const struct vmsa_regime *r, unsigned shift,
			   enum vmsa_format format, unsigned txsz, bool *fault)
{
	const struct vmsa_features *f = &r->features;
	const bool large =
		(f->lva && shift == 16) || format == VMSA_FORMAT_LPA2;
	const unsigned min = large ? 12 : 16;
	const unsigned max = !f->ttst ? 39 : shift == 16 ? 47 : 48;

	*fault = false;
	if (txsz < min) {
		*fault = f->lva || r->policy.txsz_small == VMSA_TXSZ_FAULT;
		return min;
	}
	if (txsz > max) {
		*fault = r->policy.txsz_large == VMSA_TXSZ_FAULT;
		return max;
	}
	return txsz;
}

/*
 * PS in force: no more than there is, no more than the format expresses.
 * Software may write more than either; that is no fault.
 */
static unsigned effective_pa_bits(const struct vmsa_features *f,
				  enum vmsa_format format, unsigned encoded)
{
	const unsigned most = format == VMSA_FORMAT_48 ? 48 : 52;
	unsigned bits = vmsa_pa_range_bits(encoded);

	if (bits > f->pa_bits)
		bits = f->pa_bits;
	return bits < most ? bits : most;
}

/*
 * VA bits above the input range that must be copies of bit 55.  TBI drops the
 * top byte, MTX bits 59:56; neither drops bit 55 itself, which picks the half.
 */
static uint64_t va_check(unsigned va_bits, bool tbi, bool mtx)
{
	uint64_t check = VMSA_BITS(63, 0) & ~(VMSA_BIT(va_bits) - 1);

	if (tbi)
		check &= ~VMSA_BITS(63, 56);
	if (mtx)
		check &= ~VMSA_BITS(59, 56);
	return check;
}

/*
 * The initial table's address: TTBR in its plain or its 52-bit form.
 *
 * The 52-bit form comes with 64K tables only while the output size is 52 bits,
 * with DS always: then bits 51:48 under a smaller IPS are an Address size
 * fault rather than ignored.  Bits below the table's own alignment are RES0
 * and dropped, CnP (bit 0) among them.
 */
static vmsa_pa table_base(const struct vmsa_half *h, uint64_t ttbr)
{
	const struct vmsa_geometry *g = &h->geometry;
	const bool wide = g->format == VMSA_FORMAT_LPA2 ||
			  (g->format == VMSA_FORMAT_LPA && h->pa_bits == 52);
	uint64_t align = vmsa_root_bytes(g);
	vmsa_pa base = ttbr & VMSA_BITS(47, 1);

	if (wide) {
		/* Bits 5:2 are address bits 51:48, so 64 bytes at least. */
		base |= (ttbr & VMSA_BITS(5, 2)) << 46;
		if (align < 64)
			align = 64;
	}
	return base & ~(align - 1);
}

/*
 * Fill half[upper].  A half that no access may use is filled all the same: its
 * geometry stays valid, so nothing below need ask twice.
 */
static void init_half(struct vmsa_regime *r, unsigned upper, uint64_t tcr,
		      uint64_t ttbr, const struct tcr_layout *l)
{
	const struct vmsa_features *f = &r->features;
	struct vmsa_half *h = &r->half[upper];
	const unsigned shift =
		choose_granule(f, &r->policy, l->granule[tcr >> l->tg & 3]);
	const enum vmsa_format format =
		choose_format(f, shift, get(tcr, l->ds));
	const unsigned txsz = legal_txsz(r, shift, format, tcr >> l->txsz & 63,
					 &h->txsz_fault);
	const bool tbi = get(tcr, l->tbi), mtx = f->mtx && get(tcr, l->mtx);
	const bool tbid = f->pauth && get(tcr, l->tbid);

	/* Cannot fail: granule, size and format were made legal above. */
	vmsa_geometry_init(&h->geometry, shift, 64 - txsz, format);
	h->pa_bits = (uint8_t)effective_pa_bits(f, format, tcr >> l->ps & 7);
	h->sh = tcr >> l->sh & 3;
	h->epd = get(tcr, l->epd);
	h->e0pd = f->e0pd && get(tcr, l->e0pd);
	h->nfd = f->sve && get(tcr, l->nfd);
	h->hpd = f->hpds && get(tcr, l->hpd);
	h->check = va_check(64 - txsz, tbi, mtx);
	h->check_fetch = va_check(64 - txsz, tbi && !tbid, mtx);
	h->base = table_base(h, ttbr);
	h->base_fault = h->base >> h->pa_bits != 0;
}

/* TCR.A1 says which TTBR holds the ASID, TCR.AS how much of it counts. */
static uint16_t current_asid(const struct vmsa_registers *registers,
			     const struct vmsa_features *f)
{
	const uint64_t ttbr =
		registers->tcr & TCR_A1 ? registers->ttbr1 : registers->ttbr0;
	const bool wide = f->asid_bits == 16 && registers->tcr & TCR_AS;

	return (uint16_t)(ttbr >> 48 & (wide ? 0xffff : 0xff));
}

/* Features come from callers too: refuse what no PE could have. */
static int check_features(const struct vmsa_features *f)
{
	if (!f->granule_4k && !f->granule_16k && !f->granule_64k)
		return -EINVAL;
	return f->pa_bits < 32 || f->pa_bits > 52 ? -EINVAL : 0;
}

/* Switches of the whole regime; each needs the feature behind it. */
static void init_switches(struct vmsa_regime *r,
			  const struct vmsa_registers *registers,
			  const struct tcr_layout *l)
{
	const struct vmsa_features *f = &r->features;

	r->mmu = registers->sctlr & SCTLR_M;
	r->icache = registers->sctlr & SCTLR_I;
	r->wxn = registers->sctlr & SCTLR_WXN;
	r->epan = f->pan && f->epan && registers->sctlr & SCTLR_EPAN;
	r->ha = f->haf && get(registers->tcr, l->ha);
	r->hd = r->ha && f->dbm && get(registers->tcr, l->hd);
	r->haft = r->ha && f->haft && registers->tcr2 & TCR2_HAFT;
	for (unsigned i = 0; i < 8; i++)
		r->memory[i] = vmsa_mair_decode(f, (uint8_t)(registers->mair >>
							     8 * i));
}

int vmsa_regime_from_registers(const struct vmsa_registers *registers,
			       const struct vmsa_features *features,
			       const struct vmsa_policy *policy,
			       struct vmsa_regime *out)
{
	static const struct vmsa_policy defaults = VMSA_POLICY_DEFAULT;
	const bool two = registers->kind == VMSA_REGIME_EL10;
	const struct tcr_layout *lower = two ? &el1_lower : &el2_only;

	if (check_features(features))
		return -EINVAL;
	if (registers->tcr2 & TCR2_OTHERS)
		return -ENOTSUP;
	*out = (struct vmsa_regime){
		.kind = registers->kind,
		.features = *features,
		.policy = policy ? *policy : defaults,
	};
	init_switches(out, registers, lower);
	init_half(out, 0, registers->tcr, registers->ttbr0, lower);
	if (!two)
		return 0;
	init_half(out, 1, registers->tcr, registers->ttbr1, &el1_upper);
	out->asid = current_asid(registers, features);
	return 0;
}
