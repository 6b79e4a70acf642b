/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmsa/arch/regime.h"

#include <errno.h>

#include "vmsa/arch/descriptor.h"

/* SCTLR_ELx and TCR2_ELx. */
#define SCTLR_M     VMSA_BIT(0)
#define SCTLR_I     VMSA_BIT(12)
#define SCTLR_WXN   VMSA_BIT(19)
#define SCTLR_EPAN  VMSA_BIT(57)
#define TCR2_HAFT   VMSA_BIT(11)
#define TCR2_OTHERS VMSA_BITS(5, 0) /* PnCH, PIE, E0POE, POE, AIE, D128 */

#define ABSENT 64 /* the register has no such field: it reads as 0 */

/*
 * Where the fields of one half are in TCR.  EL1 has two such columns, EL2's
 * single-range TCR one of another shape.
 */
struct tcr_layout {
	uint8_t txsz, epd, sh, tg, tbi, tbid, mtx, hpd, nfd, e0pd;
	uint8_t granule[4]; /* log2 bytes by TGn; 0 is reserved */
	uint8_t ps, ha, hd, ds;
};

static const struct tcr_layout el1_lower = {
	.txsz = 0,
	.epd = 7,
	.sh = 12,
	.tg = 14,
	.tbi = 37,
	.tbid = 51,
	.mtx = 60,
	.hpd = 41,
	.nfd = 53,
	.e0pd = 55,
	.granule = { 12, 16, 14, 0 },
	.ps = 32,
	.ha = 39,
	.hd = 40,
	.ds = 59,
};

static const struct tcr_layout el1_upper = {
	.txsz = 16,
	.epd = 23,
	.sh = 28,
	.tg = 30,
	.tbi = 38,
	.tbid = 52,
	.mtx = 61,
	.hpd = 42,
	.nfd = 54,
	.e0pd = 56,
	.granule = { 0, 14, 12, 16 },
	.ps = 32,
	.ha = 39,
	.hd = 40,
	.ds = 59,
};

static const struct tcr_layout el2_only = {
	.txsz = 0,
	.epd = ABSENT,
	.sh = 12,
	.tg = 14,
	.tbi = 20,
	.tbid = 29,
	.mtx = 33,
	.hpd = 24,
	.nfd = ABSENT,
	.e0pd = ABSENT,
	.granule = { 12, 16, 14, 0 },
	.ps = 16,
	.ha = 21,
	.hd = 22,
	.ds = 32,
};

#define TCR_A1 VMSA_BIT(22)
#define TCR_AS VMSA_BIT(36)

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

/* DS means something for 4K and 16K only, each with its own feature. */
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

/* Legal TxSZ, or the nearest legal one with *fault saying what happens. */
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

/* PS in force: no more than there is, no more than the format expresses. */
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

/* The initial table's address: TTBR in its plain or its 52-bit form. */
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
