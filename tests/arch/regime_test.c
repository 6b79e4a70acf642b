/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regime_test.c - what vmsa/arch/regime.h and features.h promise
 *
 * Register values of recorded kernels are used as they were read; the shapes
 * expected of them are what those kernels say of themselves.
 */
#include "arch/fake_tables.h"

/* QEMU's "max": 52-bit PA, all granules, LPA2, HAFDBS 2, BBM 2, E0PD. */
static const struct vmsa_id_registers max_cpu = {
	.mmfr0 = UINT64_C(0x0000032310201126),
	.mmfr1 = UINT64_C(0x0000011010211122),
	.mmfr2 = UINT64_C(0x1021011010011011),
};

/* Field by field, from the positions in the manual. */
static void id_registers_of_a_recorded_cpu_decode(void **state)
{
	struct vmsa_features f;

	(void)state;
	vmsa_features_from_id(&max_cpu, &f);
	assert_int_equal(f.pa_bits, 52);
	assert_int_equal(f.asid_bits, 16);
	assert_true(f.lpa && f.lpa2_4k && f.lpa2_16k && f.lva && f.ttst);
	assert_true(f.granule_4k && f.granule_16k && f.granule_64k);
	assert_true(f.haf && f.dbm && !f.haft && f.hpds && f.pan && !f.epan);
	assert_true(f.cnp && f.ttl && f.e0pd && f.contiguous);
	assert_int_equal(f.bbm, 2);
	/* Registers that were not given. */
	assert_false(f.tlbi_range || f.tlbi_os || f.pauth || f.sve || f.mte);
}

/* One nibble of one register and the feature it stands for. */
static const struct id_row {
	const char *name;
	size_t reg; /* offset of the register */
	unsigned low, needs;
	size_t member; /* offset of the bool */
} id_rows[] = {
#define ID(reg, low, needs, member)                                           \
	{                                                                     \
#member, offsetof(struct vmsa_id_registers, reg), low, needs, \
			offsetof(struct vmsa_features, member)                \
	}
	ID(mmfr0, 20, 1, granule_16k), ID(mmfr0, 20, 2, lpa2_16k),
	ID(mmfr0, 28, 1, lpa2_4k),     ID(mmfr1, 0, 1, haf),
	ID(mmfr1, 0, 2, dbm),          ID(mmfr1, 0, 3, haft),
	ID(mmfr1, 12, 1, hpds),        ID(mmfr1, 20, 1, pan),
	ID(mmfr1, 20, 3, epan),        ID(mmfr1, 36, 2, ets2),
	ID(mmfr2, 0, 1, cnp),          ID(mmfr2, 16, 1, lva),
	ID(mmfr2, 28, 1, ttst),        ID(mmfr2, 48, 1, ttl),
	ID(mmfr2, 60, 1, e0pd),        ID(isar0, 56, 1, tlbi_os),
	ID(isar0, 56, 2, tlbi_range),  ID(isar1, 4, 1, pauth),
	ID(isar1, 8, 1, pauth),        ID(isar2, 12, 1, pauth),
	ID(isar1, 56, 1, xs),          ID(pfr0, 32, 1, sve),
	ID(pfr1, 8, 2, mte),           ID(pfr1, 52, 1, mtx),
#undef ID
};

/* A feature is there from its first value on, and not one below. */
static void each_feature_starts_at_its_field_value(void **state)
{
	(void)state;
	for (const struct id_row *r = id_rows; r < id_rows + COUNT(id_rows);
	     r++)
		for (unsigned v = 0; v < 8; v++) {
			struct vmsa_id_registers id = { 0 };
			struct vmsa_features f;

			*(uint64_t *)(void *)((char *)&id + r->reg) =
				(uint64_t)v << r->low;
			vmsa_features_from_id(&id, &f);
			if (*(bool *)(void *)((char *)&f + r->member) !=
			    (v >= r->needs))
				fail_msg("%s at %u", r->name, v);
		}
}

/* The sizes that PARange and IPS encode, and the granules that read 0xf. */
static void sizes_and_missing_granules_decode(void **state)
{
	static const unsigned bits[8] = { 32, 36, 40, 42, 44, 48, 52, 52 };
	const struct vmsa_id_registers none = { .mmfr0 = 0xff000000 };
	struct vmsa_features f;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		const struct vmsa_id_registers id = { .mmfr0 = i };

		assert_int_equal(vmsa_pa_range_bits(i), bits[i]);
		vmsa_features_from_id(&id, &f);
		assert_int_equal(f.pa_bits, bits[i]);
		assert_int_equal(f.lpa, bits[i] == 52);
	}
	vmsa_features_from_id(&none, &f);
	assert_false(f.granule_4k || f.granule_16k || f.granule_64k);
	assert_false(f.lpa2_4k);
}

static const struct recorded {
	const char *name;
	uint64_t tcr, ttbr1;
	unsigned shift, va_bits, pa_bits;
	enum vmsa_format format;
	int start;
	vmsa_pa root;
} kernels[] = {
	{ "4K, LPA2", UINT64_C(0x0d5001f6b54c350c), UINT64_C(0x20000428f9001),
	  12, 52, 52, VMSA_FORMAT_LPA2, -1, 0x428f9000 },
	{ "16K, VA 47", UINT64_C(0x55001f57551b511), UINT64_C(0x2000042928001),
	  14, 47, 48, VMSA_FORMAT_48, 1, 0x42928000 },
};

/* What the recordings' own headers say of these register values. */
static void recorded_kernels_have_the_shape_they_print(void **state)
{
	(void)state;
	for (const struct recorded *k = kernels; k < kernels + COUNT(kernels);
	     k++) {
		struct machine m = machine(k->tcr);
		const struct vmsa_half *h;
		struct vmsa_regime r;

		print_message("%s\n", k->name);
		vmsa_features_from_id(&max_cpu, &m.features);
		m.reg.ttbr1 = k->ttbr1;
		r = regime_of(&m);
		h = &r.half[1];
		assert_int_equal(h->geometry.granule_shift, k->shift);
		assert_int_equal(h->geometry.va_bits, k->va_bits);
		assert_int_equal(h->geometry.start_level, k->start);
		assert_int_equal(h->geometry.format, k->format);
		assert_int_equal(h->pa_bits, k->pa_bits);
		assert_u64_equal(h->base, k->root);
		assert_false(h->txsz_fault || h->base_fault || h->epd);
		/* Linux: A1 and AS set, TBI0, HA on. */
		assert_int_equal(r.asid, k->ttbr1 >> 48);
		assert_true(r.ha);
	}
}

static const struct txsz_row {
	const char *name;
	unsigned tg0, txsz;
	bool ds, lva, ttst;
	unsigned clamped; /* TxSZ in force; 0 if it faults in any case */
	bool legal;
} txsz_rows[] = {
	{ "4K 16", 0, 16, 0, 0, 0, 16, 1 },
	{ "4K 15", 0, 15, 0, 0, 0, 16, 0 },
	{ "LVA 15", 0, 15, 0, 1, 0, 0, 0 },
	{ "DS 12", 0, 12, 1, 1, 0, 12, 1 },
	{ "DS 11", 0, 11, 1, 1, 0, 0, 0 },
	{ "64K 12", 1, 12, 0, 1, 0, 12, 1 },
	{ "64K 15", 1, 15, 0, 0, 0, 16, 0 },
	{ "4K 39", 0, 39, 0, 0, 0, 39, 1 },
	{ "4K 40", 0, 40, 0, 0, 0, 39, 0 },
	{ "TTST 48", 0, 48, 0, 0, 1, 48, 1 },
	{ "TTST 49", 0, 49, 0, 0, 1, 48, 0 },
	{ "64K 47", 1, 47, 0, 0, 1, 47, 1 },
	{ "64K 48", 1, 48, 0, 0, 1, 47, 0 },
	{ "16K 63", 2, 63, 0, 0, 1, 48, 0 },
	{ "zero", 0, 0, 0, 0, 0, 16, 0 },
};

/* TxSZ outside its limits faults, or is clamped if the policy says so. */
static void txsz_limits_follow_features_and_policy(void **state)
{
	(void)state;
	for (const struct txsz_row *t = txsz_rows;
	     t < txsz_rows + COUNT(txsz_rows); t++) {
		struct machine m = machine(T0SZ(t->txsz) | TG0(t->tg0));
		struct vmsa_regime r;

		print_message("%s\n", t->name);
		m.reg.tcr |= t->ds ? TCR_DS : 0;
		m.features.lva = t->lva;
		m.features.ttst = t->ttst;
		r = regime_of(&m);
		assert_int_equal(r.half[0].txsz_fault, !t->legal);
		m.policy.txsz_small = VMSA_TXSZ_CLAMP;
		m.policy.txsz_large = VMSA_TXSZ_CLAMP;
		r = regime_of(&m);
		assert_int_equal(r.half[0].txsz_fault, t->clamped == 0);
		if (t->clamped)
			assert_int_equal(r.half[0].geometry.va_bits,
					 64 - t->clamped);
	}
}

static const struct base_row {
	const char *name;
	uint64_t tcr, ttbr;
	unsigned pa_bits; /* implemented */
	vmsa_pa base;
	bool fault;
} base_rows[] = {
	{ "plain, 4 KiB table", TCR_4K, 0x12345fff, 48, 0x12345000, false },
	{ "16-byte table", T0SZ(33) | IPS(5), 0x12345fff, 48, 0x12345ff0,
	  false },
	{ "ASID and CnP", TCR_4K, UINT64_C(0xffff000012345001), 48, 0x12345000,
	  false },
	{ "LPA: bits 5:2 are 51:48", T0SZ(16) | TG0(1) | IPS(6), 0x1234003c, 52,
	  UINT64_C(0xf000012340000), false },
	{ "LPA, IPS 48: plain", T0SZ(16) | TG0(1) | IPS(5), 0x1234003c, 52,
	  0x12340000, false },
	{ "LPA2: 64 bytes at least", T0SZ(33) | TCR_DS | IPS(6), 0x123457fc, 52,
	  UINT64_C(0xf0000123457c0), false },
	{ "LPA2, IPS 48: too big", T0SZ(16) | TCR_DS | IPS(5), 0x12345004, 52,
	  UINT64_C(0x1000012345000), true },
	{ "IPS 32: too big", T0SZ(16) | IPS(0), UINT64_C(0x100000000), 48,
	  UINT64_C(0x100000000), true },
	{ "IPS 32: just fits", T0SZ(16) | IPS(0), 0xfffff000, 48, 0xfffff000,
	  false },
	{ "PA 36 implemented", TCR_4K, UINT64_C(0x1000000000), 36,
	  UINT64_C(0x1000000000), true },
};

/* TTBR's two forms, its alignment, and what exceeds the output size. */
static void table_bases_are_read_in_the_form_in_force(void **state)
{
	(void)state;
	for (const struct base_row *b = base_rows;
	     b < base_rows + COUNT(base_rows); b++) {
		struct machine m = machine(b->tcr);
		struct vmsa_regime r;

		print_message("%s\n", b->name);
		m.reg.ttbr0 = b->ttbr;
		m.features.pa_bits = (uint8_t)b->pa_bits;
		m.features.lpa = b->pa_bits == 52;
		r = regime_of(&m);
		assert_u64_equal(r.half[0].base, b->base);
		assert_int_equal(r.half[0].base_fault, b->fault);
	}
}

static const struct ps_row {
	uint64_t tcr;
	unsigned implemented, in_force;
} ps_rows[] = {
	{ TCR_4K, 52, 48 },
	{ T0SZ(16) | IPS(6), 52, 48 },
	{ T0SZ(16) | IPS(7), 52, 48 },
	{ T0SZ(16) | IPS(7) | TCR_DS, 52, 52 },
	{ T0SZ(16) | IPS(6) | TCR_DS, 44, 44 },
	{ T0SZ(16) | IPS(6) | TG0(1), 52, 52 },
	{ T0SZ(16) | IPS(6) | TG0(1), 40, 40 },
	{ T0SZ(16) | IPS(1), 48, 36 },
	{ T0SZ(16) | IPS(3), 48, 42 },
};

/* The smallest of IPS, what there is, and what the format can express. */
static void output_size_is_the_smallest_of_three(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ps_rows); i++) {
		struct machine m = machine(ps_rows[i].tcr);

		m.features.pa_bits = (uint8_t)ps_rows[i].implemented;
		m.features.lpa = ps_rows[i].implemented == 52;
		assert_int_equal(regime_of(&m).half[0].pa_bits,
				 ps_rows[i].in_force);
	}
}

/* A granule that is reserved or missing is replaced by one there is. */
static void reserved_granules_are_replaced(void **state)
{
	struct machine m = machine(T0SZ(25) | TG0(3) | T1SZ(25) | TG1(0));

	(void)state;
	assert_int_equal(regime_of(&m).half[0].geometry.granule_shift, 12);
	assert_int_equal(regime_of(&m).half[1].geometry.granule_shift, 12);
	m.policy.reserved_granule = 16;
	assert_int_equal(regime_of(&m).half[0].geometry.granule_shift, 16);
	m.policy.reserved_granule = 0;
	m.features.granule_4k = false;
	assert_int_equal(regime_of(&m).half[0].geometry.granule_shift, 14);
	m.features.granule_16k = false;
	assert_int_equal(regime_of(&m).half[0].geometry.granule_shift, 16);
	m.features.granule_64k = false;
	assert_int_equal(vmsa_regime_from_registers(&m.reg, &m.features, NULL,
						    &(struct vmsa_regime){ 0 }),
			 -EINVAL);
}

/* A1 picks the register, AS and the implementation how much of it counts. */
static void the_asid_comes_from_the_register_a1_names(void **state)
{
	struct machine m = machine(TCR_4K);

	(void)state;
	m.reg.ttbr0 |= UINT64_C(0x1234) << 48;
	m.reg.ttbr1 |= UINT64_C(0xabcd) << 48;
	assert_int_equal(regime_of(&m).asid, 0x34);
	m.reg.tcr |= BIT(36);
	assert_int_equal(regime_of(&m).asid, 0x1234);
	m.reg.tcr |= BIT(22);
	assert_int_equal(regime_of(&m).asid, 0xabcd);
	m.features.asid_bits = 8;
	assert_int_equal(regime_of(&m).asid, 0xcd);
}

/* Every switch reads as 0 on a PE that has nothing behind it. */
static void fields_of_missing_features_read_as_zero(void **state)
{
	const struct vmsa_features bare = VMSA_FEATURES_V8_0;
	struct machine m = machine(~UINT64_C(0) & ~T0SZ(63) & ~T1SZ(63) &
				   ~TG0(3) & ~TG1(3) & ~IPS(7));
	struct vmsa_regime r;

	(void)state;
	m.reg.tcr |= TCR_4K;
	m.reg.tcr2 = BIT(11);
	m.reg.sctlr = ~UINT64_C(0);
	r = regime_of(&m);
	assert_true(r.ha && r.hd && r.haft && r.epan && r.wxn && r.mmu);
	assert_true(r.half[0].e0pd && r.half[0].nfd && r.half[0].hpd);
	assert_true(r.half[1].e0pd && r.half[1].nfd && r.half[1].hpd);
	assert_int_equal(r.half[0].geometry.format, VMSA_FORMAT_LPA2);
	m.features = bare;
	r = regime_of(&m);
	assert_false(r.ha || r.hd || r.haft || r.epan);
	for (int i = 0; i < 2; i++) {
		const struct vmsa_half *h = &r.half[i];

		assert_false(h->e0pd || h->nfd || h->hpd);
		assert_true(h->epd);
		assert_int_equal(h->geometry.format, VMSA_FORMAT_48);
		/* TBI is always there; TBID is not, so fetches are alike. */
		assert_u64_equal(h->check, UINT64_C(0x00ff000000000000));
		assert_u64_equal(h->check_fetch, h->check);
	}
}

/* HD works through HA, HAFT likewise. */
static void dirty_state_needs_the_access_flag_switch(void **state)
{
	struct machine m = machine(TCR_4K | TCR_HD);

	(void)state;
	m.reg.tcr2 = BIT(11);
	assert_false(regime_of(&m).hd || regime_of(&m).haft);
	m.reg.tcr |= TCR_HA;
	assert_true(regime_of(&m).hd && regime_of(&m).haft);
}

/* 128-bit descriptors, permission indirection and the like are refused. */
static void what_is_not_modelled_is_refused(void **state)
{
	struct vmsa_regime r = { .asid = 77 };
	struct machine m = machine(TCR_4K);

	(void)state;
	for (unsigned bit = 0; bit < 6; bit++) {
		m.reg.tcr2 = BIT(bit);
		assert_int_equal(vmsa_regime_from_registers(&m.reg, &m.features,
							    NULL, &r),
				 -ENOTSUP);
	}
	m.reg.tcr2 = 0;
	m.features.pa_bits = 56;
	assert_int_equal(vmsa_regime_from_registers(&m.reg, &m.features, NULL,
						    &r),
			 -EINVAL);
	assert_int_equal(r.asid, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(id_registers_of_a_recorded_cpu_decode),
		cmocka_unit_test(each_feature_starts_at_its_field_value),
		cmocka_unit_test(sizes_and_missing_granules_decode),
		cmocka_unit_test(recorded_kernels_have_the_shape_they_print),
		cmocka_unit_test(txsz_limits_follow_features_and_policy),
		cmocka_unit_test(table_bases_are_read_in_the_form_in_force),
		cmocka_unit_test(output_size_is_the_smallest_of_three),
		cmocka_unit_test(reserved_granules_are_replaced),
		cmocka_unit_test(the_asid_comes_from_the_register_a1_names),
		cmocka_unit_test(fields_of_missing_features_read_as_zero),
		cmocka_unit_test(dirty_state_needs_the_access_flag_switch),
		cmocka_unit_test(what_is_not_modelled_is_refused),
	};

	return cmocka_run_group_tests_name("regime", tests, NULL, NULL);
}
