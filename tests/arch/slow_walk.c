/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/slow_walk.h"

/* The walk so far. */
struct slow {
	const struct question *q;
	int el2, upper;
	int granule; /* 12, 14, 16 */
	int ds;      /* in force for this granule */
	int txsz;    /* in force */
	int ia;      /* input address bits */
	int os;      /* output address bits */
	int level;
	uint64_t table;
	int aptable0, aptable1, pxntable, uxntable;
	uint64_t desc; /* the one just read, after updates */
	struct slow_answer a;
};

/* Bits hi..lo of x, as a number. */
static uint64_t bits(uint64_t x, int hi, int lo)
{
	uint64_t r = 0;

	for (int i = hi; i >= lo; i--)
		r = r * 2 + (x >> i & 1);
	return r;
}

/* A one-bit TCR field: of the lower half, the upper half, and of EL2. */
static int tcr_bit(const struct slow *s, int lower, int upper, int el2)
{
	const int bit = s->el2 ? el2 : s->upper ? upper : lower;

	return bit < 0 ? 0 : (int)bits(s->q->reg.tcr, bit, bit);
}

static int granule_exists(const struct slow *s, int granule)
{
	return (granule == 12 && s->q->feat.granule_4k) ||
	       (granule == 14 && s->q->feat.granule_16k) ||
	       (granule == 16 && s->q->feat.granule_64k);
}

static void find_granule(struct slow *s)
{
	const uint64_t tcr = s->q->reg.tcr;
	int g = 0;

	if (s->upper) {
		const uint64_t tg1 = bits(tcr, 31, 30);

		g = tg1 == 1 ? 14 : tg1 == 2 ? 12 : tg1 == 3 ? 16 : 0;
	} else {
		const uint64_t tg0 = bits(tcr, 15, 14);

		g = tg0 == 0 ? 12 : tg0 == 1 ? 16 : tg0 == 2 ? 14 : 0;
	}
	if (!granule_exists(s, g))
		g = s->q->policy.reserved_granule;
	for (int try = 12; !granule_exists(s, g); try += 2)
		g = try;
	s->granule = g;
	s->ds = tcr_bit(s, 59, 59, 32) && ((g == 12 && s->q->feat.lpa2_4k) ||
					   (g == 14 && s->q->feat.lpa2_16k));
}

static void find_output_size(struct slow *s)
{
	static const int sizes[8] = { 32, 36, 40, 42, 44, 48, 52, 52 };
	const uint64_t ps = s->el2 ? bits(s->q->reg.tcr, 18, 16)
				   : bits(s->q->reg.tcr, 34, 32);
	const int wide = s->ds || (s->granule == 16 && s->q->feat.lpa);

	s->os = sizes[ps];
	if (s->os > s->q->feat.pa_bits)
		s->os = s->q->feat.pa_bits;
	if (s->os > 48 && !wide)
		s->os = 48;
}

/* Check 1: is TxSZ legal?  Sets the one in force. */
static int txsz_is_fine(struct slow *s)
{
	const struct question *q = s->q;
	const int min = s->ds || (s->granule == 16 && q->feat.lva) ? 12 : 16;
	int max = 39;

	if (q->feat.ttst)
		max = s->granule == 16 ? 47 : 48;
	s->txsz = (int)(s->upper ? bits(q->reg.tcr, 21, 16)
				 : bits(q->reg.tcr, 5, 0));
	if (s->txsz < min) {
		s->txsz = min;
		s->ia = 64 - min;
		return !q->feat.lva && q->policy.txsz_small == VMSA_TXSZ_CLAMP;
	}
	if (s->txsz > max) {
		s->txsz = max;
		s->ia = 64 - max;
		return q->policy.txsz_large == VMSA_TXSZ_CLAMP;
	}
	s->ia = 64 - s->txsz;
	return 1;
}

/* Check 2: bits above the input size, tags left out, are all like bit 55. */
static int va_is_canonical(const struct slow *s)
{
	const uint64_t va = s->q->access.va;
	const uint64_t want = s->el2 ? 0 : bits(va, 55, 55);
	const int fetch = s->q->access.kind == VMSA_EXECUTE;
	int tbi = tcr_bit(s, 37, 38, 20);
	const int mtx = s->q->feat.mtx && tcr_bit(s, 60, 61, 33);

	if (fetch && s->q->feat.pauth && tcr_bit(s, 51, 52, 29))
		tbi = 0;
	for (int i = 63; i >= s->ia; i--) {
		if (tbi && i >= 56)
			continue;
		if (mtx && i >= 56 && i <= 59)
			continue;
		if (bits(va, i, i) != want)
			return 0;
	}
	return 1;
}

/* Checks 3 to 5. */
static int walk_is_disabled(const struct slow *s)
{
	const struct question *q = s->q;

	if (q->access.el0 && q->feat.e0pd && tcr_bit(s, 55, 56, -1))
		return 1;
	if (q->access.el0 && q->access.non_fault && q->feat.sve &&
	    tcr_bit(s, 53, 54, -1))
		return 1;
	return tcr_bit(s, 7, 23, -1);
}

static int stride(const struct slow *s)
{
	return s->granule - 3;
}

/* Lowest address bit that the index of a level's tables uses. */
static int index_low(const struct slow *s, int level)
{
	return s->granule + (3 - level) * stride(s);
}

/* Check 6: the initial table. */
static int base_fits(struct slow *s)
{
	const uint64_t ttbr = s->upper ? s->q->reg.ttbr1 : s->q->reg.ttbr0;
	const int wide =
		s->ds || (s->granule == 16 && s->q->feat.lpa && s->os == 52);
	int low; /* address bits below this one are zero */

	s->level = 3 - (s->ia - 1 - s->granule) / stride(s);
	low = s->ia - index_low(s, s->level) + 3;
	if (wide && low < 6)
		low = 6;
	s->table = bits(ttbr, 47, low) << low;
	if (wide)
		s->table += bits(ttbr, 5, 2) << 48;
	return bits(s->table, 63, s->os) == 0;
}

/* The address in a descriptor; the policy is the one for its kind. */
static uint64_t address(const struct slow *s, uint64_t d,
			enum vmsa_lpa_policy lpa)
{
	uint64_t a;

	if (s->ds)
		return (bits(d, 49, s->granule) << s->granule) +
		       (bits(d, 9, 8) << 50);
	a = bits(d, 47, s->granule) << s->granule;
	if (s->granule == 16 && s->q->feat.lpa &&
	    (s->os == 52 || lpa == VMSA_LPA_DECODE))
		a += bits(d, 15, 12) << 48;
	return a;
}

static int block_allowed(const struct slow *s)
{
	if (s->granule == 12)
		return s->level == 1 || s->level == 2 ||
		       (s->level == 0 && s->ds);
	if (s->granule == 14)
		return s->level == 2 || (s->level == 1 && s->ds);
	return s->level == 2 || (s->level == 1 && s->q->feat.lpa);
}

/* log2 of the entries in a contiguous group; 0 for no group. */
static int group_bits(const struct slow *s, uint64_t d)
{
	if (!bits(d, 52, 52) || !s->q->feat.contiguous)
		return 0;
	if (s->granule == 12)
		return s->level >= 1 ? 4 : 0;
	if (s->granule == 14)
		return s->level == 3 ? 7 : s->level == 2 ? 5 : 0;
	return s->level >= 2 ? 5 : 0;
}

/* May somebody do something with this leaf?  PAN left out. */
static int may(const struct slow *s, uint64_t d, int el0, int kind)
{
	const struct question *q = s->q;
	const int hd = q->feat.haf && q->feat.dbm && tcr_bit(s, 39, 39, 21) &&
		       tcr_bit(s, 40, 40, 22);
	const int ap1 = (int)bits(d, 6, 6);
	const int ap2 = hd && bits(d, 51, 51) ? 0 : (int)bits(d, 7, 7);
	const int uxn = bits(d, 54, 54) || s->uxntable;
	const int pxn = bits(d, 53, 53) || s->pxntable;
	const int writable = !ap2 && !s->aptable1;
	const int el0_may = ap1 && !s->aptable0;
	const int wxn = (int)bits(q->reg.sctlr, 19, 19);

	if (s->el2) {
		if (el0)
			return 0;
		if (kind == VMSA_EXECUTE)
			return !uxn && !(wxn && writable);
		return kind == VMSA_READ || writable;
	}
	if (el0) {
		if (kind == VMSA_EXECUTE)
			return !uxn && !(wxn && el0_may && writable);
		return el0_may && (kind == VMSA_READ || writable);
	}
	if (kind == VMSA_EXECUTE)
		return !pxn && !(el0_may && writable) && !(wxn && writable);
	return kind == VMSA_READ || writable;
}

static int pan_forbids(const struct slow *s, uint64_t d)
{
	const struct question *q = s->q;

	if (s->el2 || q->access.el0 || !q->access.pan || !q->feat.pan ||
	    q->access.kind == VMSA_EXECUTE)
		return 0;
	if (may(s, d, 1, VMSA_READ) || may(s, d, 1, VMSA_WRITE))
		return 1;
	return q->feat.epan && bits(q->reg.sctlr, 57, 57) &&
	       may(s, d, 1, VMSA_EXECUTE);
}

/* MAIR's byte and whether it is Device, or Normal and never cached. */
static void memory_type(struct slow *s, uint64_t d, int *device)
{
	const int index = (int)bits(d, 4, 2);
	const unsigned raw =
		(unsigned)bits(s->q->reg.mair, 8 * index + 7, 8 * index);
	const struct vmsa_features *f = &s->q->feat;
	const int low_zero_known = (raw == 0xf0 && f->mte) ||
				   (raw == 0x40 && f->xs) ||
				   (raw == 0xa0 && f->xs);
	int nc;

	*device = raw < 16 || (raw % 16 == 0 && !low_zero_known);
	nc = raw == 0x44 || (raw == 0x40 && f->xs);
	s->a.raw = raw;
	s->a.sh = (unsigned)(s->ds ? (s->upper ? bits(s->q->reg.tcr, 29, 28)
					       : bits(s->q->reg.tcr, 13, 12))
				   : bits(d, 9, 8));
	if (*device || nc)
		s->a.sh = 2;
}

/* Checks 13 to 15 and the updates. */
static void judge(struct slow *s, uint64_t d)
{
	const struct question *q = s->q;
	const struct vmsa_access *x = &q->access;
	const int ha = q->feat.haf && tcr_bit(s, 39, 39, 21);
	const int hd = ha && q->feat.dbm && tcr_bit(s, 40, 40, 22);
	uint64_t new = d;
	int device, set_af;

	memory_type(s, d, &device);
	for (int i = 0; i < 6; i++)
		s->a.perm |= (unsigned)may(s, d, i / 3, i % 3) << i;
	s->a.ng = !s->el2 && bits(d, 11, 11);
	if (!bits(d, 10, 10) && !ha) {
		s->a.fault = VMSA_FAULT_ACCESS_FLAG;
		return;
	}
	if (device && x->align > 1 && x->va % x->align)
		s->a.fault = VMSA_FAULT_ALIGNMENT;
	else if (!may(s, d, x->el0 && !s->el2, x->kind) || pan_forbids(s, d))
		s->a.fault = VMSA_FAULT_PERMISSION;
	set_af = ha;
	if (x->intent != VMSA_DEMAND && q->policy.af_at == VMSA_AF_KEEP)
		set_af = 0;
	if (s->a.fault && q->policy.af_on_fault == VMSA_AF_KEEP)
		set_af = 0;
	if (set_af)
		new |= UINT64_C(1) << 10;
	if (hd && bits(d, 51, 51) && !s->a.fault && x->kind == VMSA_WRITE &&
	    x->intent == VMSA_DEMAND)
		new &= ~(UINT64_C(1) << 7);
	s->a.cacheable = (int)bits(new, 10, 10);
	s->desc = new;
}

/* Checks 10 to 12: a leaf was read. */
static void leaf(struct slow *s, uint64_t d)
{
	const struct question *q = s->q;
	const int low = index_low(s, s->level);
	const int group = low + group_bits(s, d);
	const int from_va =
		q->policy.contiguous == VMSA_CONTIGUOUS_GROUP_OA ? group : low;
	uint64_t pa = address(s, d, q->policy.lpa_leaf);

	if (group > s->ia && q->policy.span == VMSA_SPAN_FAULTS) {
		s->a.fault = VMSA_FAULT_TRANSLATION;
		return;
	}
	if (s->level < 3 && bits(d, 16, 16) && q->feat.bbm >= 1 &&
	    q->policy.nt == VMSA_NT_FAULTS) {
		s->a.fault = VMSA_FAULT_TRANSLATION;
		return;
	}
	pa = (bits(pa, 63, from_va) << from_va) +
	     bits(q->access.va, from_va - 1, 0);
	if (bits(pa, 63, s->os)) {
		s->a.fault = VMSA_FAULT_ADDRESS_SIZE;
		return;
	}
	s->a.pa = pa;
	s->a.group = group > low ? UINT64_C(1) << group : 0;
	judge(s, d);
}

/* Check 9: a table was read.  Returns whether the walk goes on. */
static int table(struct slow *s, uint64_t d)
{
	const uint64_t next = address(s, d, s->q->policy.lpa_table);
	const struct question *q = s->q;
	const int ha = q->feat.haf && tcr_bit(s, 39, 39, 21);

	if (bits(next, 63, s->os)) {
		s->a.fault = VMSA_FAULT_ADDRESS_SIZE;
		return 0;
	}
	if (!(q->feat.hpds && tcr_bit(s, 41, 42, 24))) {
		s->aptable0 |= (int)bits(d, 61, 61);
		s->aptable1 |= (int)bits(d, 62, 62);
		s->uxntable |= (int)bits(d, 60, 60);
		s->pxntable |= (int)bits(d, 59, 59);
	}
	if (ha && q->feat.haft && bits(q->reg.tcr2, 11, 11) &&
	    !(q->access.intent != VMSA_DEMAND &&
	      q->policy.af_at == VMSA_AF_KEEP))
		s->desc = d | UINT64_C(1) << 10;
	s->table = next;
	s->level++;
	return 1;
}

/* Read one descriptor.  Returns whether the walk goes on. */
static int read_one(struct slow *s, slow_memory memory, uint64_t seed)
{
	const int low = index_low(s, s->level);
	int high = low + stride(s) - 1;
	uint64_t d, at;
	int on = 0;

	if (high > s->ia - 1)
		high = s->ia - 1;
	at = s->table + 8 * bits(s->q->access.va, high, low);
	d = memory(seed, at);
	s->a.reads++;
	s->desc = d;
	s->a.level = s->level;
	if (bits(d, 1, 0) == 3 && s->level < 3)
		on = table(s, d);
	else if ((bits(d, 1, 0) == 3 && s->level == 3) ||
		 (bits(d, 1, 0) == 1 && s->level < 3 && block_allowed(s)))
		leaf(s, d);
	else
		s->a.fault = VMSA_FAULT_TRANSLATION;
	s->a.digest = slow_digest(s->a.digest, at, s->desc);
	return on;
}

struct slow_answer slow_walk(const struct question *q, slow_memory memory,
			     uint64_t seed)
{
	struct slow s = { .q = q, .el2 = q->reg.kind == VMSA_REGIME_EL2 };

	s.upper = !s.el2 && bits(q->access.va, 55, 55);
	find_granule(&s);
	find_output_size(&s);
	s.a.fault = VMSA_FAULT_TRANSLATION;
	if (!txsz_is_fine(&s) || !va_is_canonical(&s) || walk_is_disabled(&s))
		return s.a;
	s.a.fault = VMSA_FAULT_ADDRESS_SIZE;
	if (!base_fits(&s))
		return s.a;
	s.a.fault = VMSA_FAULT_NONE;
	while (read_one(&s, memory, seed))
		;
	return s.a;
}
