/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * traps_test.c - twenty ways a table walker goes wrong, one test each
 *
 *     ROOT level 0 -> TAB1 level 1 -> TAB2 level 2 -> TAB3 level 3
 *
 * Each test builds its descriptors from bit numbers (D8.3) and shows one
 * reading of the manual that a plausible walker gets wrong.
 */
#include "arch/fake_tables.h"

/* Link ROOT, TAB1, TAB2 and TAB3 for VA 0 (4K, start level 0). */
static void chain_4k(struct machine *m)
{
	put(&m->memory, ROOT, TAB1 | D_TABLE);
	put(&m->memory, TAB1, TAB2 | D_TABLE);
	put(&m->memory, TAB2, TAB3 | D_TABLE);
}

/* Trap 1. */
static void bits_01_at_level_3_are_a_translation_fault(void **state)
{
	struct machine m = machine(TCR_4K);

	(void)state;
	chain_4k(&m);
	put(&m.memory, TAB3, 0x40000000 | D_AF | 1);
	expect_fault(walk(&m, 0), VMSA_FAULT_TRANSLATION, 3);
	put(&m.memory, TAB3, 0x40000000 | D_AF | 3);
	expect_pa(walk(&m, 0), 0x40000000, 3);
}

/* Trap 2: without LPA2 or LPA these blocks do not exist. */
static void block_at_a_level_without_blocks_is_invalid(void **state)
{
	struct machine m = machine(TCR_4K);

	(void)state;
	/* 4K level 0; with DS it is a block. */
	put(&m.memory, ROOT, D_AF | D_BLOCK);
	expect_fault(walk(&m, 0x1234), VMSA_FAULT_TRANSLATION, 0);
	m.reg.tcr |= TCR_DS;
	expect_pa(walk(&m, 0x1234), 0x1234, 0);
	/* 4K level -1, DS or not. */
	m.reg.tcr = T0SZ(12) | T1SZ(12) | TG1(2) | IPS(6) | TCR_DS;
	expect_fault(walk(&m, 0x1234), VMSA_FAULT_TRANSLATION, -1);
	/* 16K level 1 (TxSZ 17). */
	m.reg.tcr = T0SZ(17) | TG0(2) | IPS(5);
	expect_fault(walk(&m, 0x1234), VMSA_FAULT_TRANSLATION, 1);
	m.reg.tcr |= TCR_DS;
	expect_pa(walk(&m, 0x1234), 0x1234, 1);
	/* 64K level 1 depends on FEAT_LPA, not on DS. */
	m.reg.tcr = T0SZ(16) | TG0(1) | IPS(5) | TCR_DS;
	expect_pa(walk(&m, 0x1234), 0x1234, 1);
	m.features.lpa = false;
	m.features.pa_bits = 48;
	expect_fault(walk(&m, 0x1234), VMSA_FAULT_TRANSLATION, 1);
}

/* Trap 3. */
static void low_address_bits_of_a_block_are_ignored(void **state)
{
	struct machine m = machine(TCR_4K);

	(void)state;
	put(&m.memory, ROOT, TAB1 | D_TABLE);
	/* A 1 GiB block with bits 29:12 all set, nT (16) among them. */
	put(&m.memory, TAB1, 0x7ffff000 | D_AF | D_BLOCK);
	expect_pa(walk(&m, 0x12345678), 0x40000000 + 0x12345678, 1);
}

/* Trap 4: 4K is 00 in TG0 and 10 in TG1; 16K is 10 and 01; 64K 01 and 11. */
static void granule_encodings_of_the_halves_differ(void **state)
{
	static const struct {
		unsigned tg0, tg1, shift;
	} rows[] = { { 0, 2, 12 }, { 2, 1, 14 }, { 1, 3, 16 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct machine m = machine(T0SZ(25) | T1SZ(25) |
					   TG0(rows[i].tg0) | TG1(rows[i].tg1));
		struct vmsa_regime r = regime_of(&m);

		assert_int_equal(r.half[0].geometry.granule_shift,
				 rows[i].shift);
		assert_int_equal(r.half[1].geometry.granule_shift,
				 rows[i].shift);
	}
}

/* Trap 5: the start level here is 1, the report says 0. */
static void non_canonical_addresses_fault_at_level_0(void **state)
{
	struct machine m = machine(T0SZ(25) | T1SZ(25) | TG1(2));

	(void)state;
	put(&m.memory, ROOT, D_AF | D_BLOCK);
	put(&m.memory, ROOT + 8 * 511, D_AF | D_BLOCK);
	expect_pa(walk(&m, 0x10), 0x10, 1);
	expect_fault(walk(&m, BIT(39)), VMSA_FAULT_TRANSLATION, 0);
	expect_fault(walk(&m, BIT(54)), VMSA_FAULT_TRANSLATION, 0);
	expect_fault(walk(&m, BIT(63)), VMSA_FAULT_TRANSLATION, 0);
	/* Bit 55 alone asks the upper half, where 38:0 must follow ones. */
	expect_fault(walk(&m, BIT(55)), VMSA_FAULT_TRANSLATION, 0);
	expect_fault(walk(&m, ~BIT(45)), VMSA_FAULT_TRANSLATION, 0);
	expect_pa(walk(&m, ~UINT64_C(0)), 0x3fffffff, 1);
	assert_int_equal(walk(&m, BIT(39)).steps, 0);
}

/* Trap 6: sign-extended addresses index with their low bits only. */
static void upper_half_indexes_with_input_address_bits(void **state)
{
	struct machine m = machine(T1SZ(25) | T0SZ(25) | TG1(2));

	(void)state;
	put(&m.memory, ROOT, 0x40000000 | D_AF | D_BLOCK);
	/* The lowest address of the half: index 0, not 511. */
	expect_pa(walk(&m, UINT64_C(0xffffff8000000123)), 0x40000123, 1);
}

/* Trap 7: TxSZ 33 leaves a level 1 table of two entries, 16 bytes. */
static void small_initial_tables_may_sit_anywhere(void **state)
{
	struct machine m = machine(T0SZ(33));

	(void)state;
	m.reg.ttbr0 = ROOT + 0x7f0;
	put(&m.memory, ROOT + 0x7f8, 0x40000000 | D_AF | D_BLOCK);
	expect_pa(walk(&m, 0x40000042), 0x40000042, 1);
	/* Bit 3 is below the table's size and ignored, bit 0 is CnP. */
	m.reg.ttbr0 = ROOT + 0x7f9;
	expect_pa(walk(&m, 0x40000042), 0x40000042, 1);
	expect_fault(walk(&m, 0x80000000), VMSA_FAULT_TRANSLATION, 0);
}

/* Trap 8: the table descriptor is at level 1, the table would be level 2. */
static void oversized_next_table_is_reported_at_its_descriptor(void **state)
{
	struct machine m = machine(T0SZ(16) | IPS(0));

	(void)state;
	put(&m.memory, ROOT, TAB1 | D_TABLE);
	put(&m.memory, TAB1, BIT(32) | D_TABLE);
	expect_fault(walk(&m, 0), VMSA_FAULT_ADDRESS_SIZE, 1);
	assert_int_equal(walk(&m, 0).dfsc, 0x01);
}

/* Trap 9. */
static void what_el0_may_write_el1_must_not_execute(void **state)
{
	const struct vmsa_access fetch = { .kind = VMSA_EXECUTE };
	struct machine m = machine(TCR_4K);

	(void)state;
	put(&m.memory, ROOT, TAB1 | D_TABLE);
	put(&m.memory, TAB1, D_AF | D_BLOCK);
	expect_pa(walk_as(&m, fetch), 0, 1);
	put(&m.memory, TAB1, D_AF | D_AP1 | D_BLOCK);
	expect_fault(walk_as(&m, fetch), VMSA_FAULT_PERMISSION, 1);
	/* Read-only for EL0: the kernel may execute it again. */
	put(&m.memory, TAB1, D_AF | D_AP1 | D_AP2 | D_BLOCK);
	expect_pa(walk_as(&m, fetch), 0, 1);
	/* APTable takes EL0's write away, and the rule with it. */
	put(&m.memory, TAB1, D_AF | D_AP1 | D_BLOCK);
	put(&m.memory, ROOT, TAB1 | BIT(61) | D_TABLE);
	expect_pa(walk_as(&m, fetch), 0, 1);
}

/* Trap 10. */
static void access_flag_fault_beats_permission_fault(void **state)
{
	const struct vmsa_access user = { .el0 = true };
	struct machine m = machine(TCR_4K);

	(void)state;
	put(&m.memory, ROOT, TAB1 | D_TABLE);
	put(&m.memory, TAB1, D_BLOCK);
	expect_fault(walk_as(&m, user), VMSA_FAULT_ACCESS_FLAG, 1);
	put(&m.memory, TAB1, D_AF | D_BLOCK);
	expect_fault(walk_as(&m, user), VMSA_FAULT_PERMISSION, 1);
}

/* Trap 11: a walk cache that skips levels still owes their attributes. */
static void a_walk_from_the_middle_keeps_table_attributes(void **state)
{
	const struct vmsa_access store = { .kind = VMSA_WRITE };
	struct machine m = machine(TCR_4K);
	const struct vmsa_walk_ops ops = { fake_read, fake_update, &m.memory };
	struct vmsa_walk_state s;
	struct vmsa_regime r;
	struct vmsa_walk w;

	(void)state;
	put(&m.memory, ROOT, TAB1 | BIT(62) | BIT(59) | D_TABLE);
	put(&m.memory, TAB1, TAB2 | BIT(60) | D_TABLE);
	put(&m.memory, TAB2, D_AF | D_BLOCK);
	r = regime_of(&m);
	assert_int_equal(vmsa_walk_begin(&r, &store, &s), VMSA_FAULT_NONE);
	assert_int_equal(vmsa_walk_step(&r, 0, TAB1 | BIT(62) | BIT(59) | 3,
					&s),
			 VMSA_FAULT_NONE);
	assert_int_equal(vmsa_walk_step(&r, 0, TAB2 | BIT(60) | 3, &s),
			 VMSA_FAULT_NONE);
	assert_int_equal(vmsa_walk_resume(&r, &ops, &store, &s, &w), 0);
	expect_fault(w, VMSA_FAULT_PERMISSION, 2);
	assert_int_equal(w.steps, 1);
	assert_int_equal(m.memory.reads, 1);
	/* APTable[1], PXNTable and UXNTable leave privileged reads. */
	assert_int_equal(w.attr.perm, VMSA_PERM_PR);
	assert_int_equal(walk_as(&m, store).attr.perm, VMSA_PERM_PR);
}

/* Trap 12. */
static void table_entries_are_never_global(void **state)
{
	struct machine m = machine(TCR_4K);
	struct vmsa_walk w;

	(void)state;
	put(&m.memory, ROOT, TAB1 | D_TABLE);
	put(&m.memory, TAB1, D_AF | D_BLOCK);
	w = walk(&m, 0);
	assert_false(w.step[0].global);
	assert_true(w.step[1].global);
	put(&m.memory, TAB1, D_AF | D_NG | D_BLOCK);
	w = walk(&m, 0);
	assert_false(w.step[1].global);
	assert_true(w.attr.ng);
}

/* Trap 13: bits 9:8 are address bits 51:50, SH is TCR.SH0 (13:12). */
static void lpa2_takes_shareability_from_tcr(void **state)
{
	struct machine m = machine(T0SZ(16) | IPS(6) | TCR_DS | 2 << 12);
	struct vmsa_walk w;

	(void)state;
	put(&m.memory, ROOT, TAB1 | D_TABLE);
	put(&m.memory, TAB1, 3 << 8 | D_AF | D_BLOCK);
	w = walk(&m, 0x42);
	expect_pa(w, UINT64_C(0xc000000000042), 1);
	assert_int_equal(w.attr.sh, 2);
	/* The same descriptor without DS: Inner Shareable, address 0. */
	m.reg.tcr &= ~TCR_DS;
	w = walk(&m, 0x42);
	expect_pa(w, 0x42, 1);
	assert_int_equal(w.attr.sh, 3);
}

/* Trap 14: bits 15:12 are address bits 51:48, in tables and in leaves. */
static void lpa_high_bits_follow_the_policy_when_ips_is_small(void **state)
{
	struct machine m = machine(T0SZ(16) | TG0(1) | IPS(6));

	(void)state;
	put(&m.memory, ROOT, TAB1 | 0xf000 | D_TABLE);
	put(&m.memory, (UINT64_C(0xf) << 48) + TAB1, 0xa000 | D_AF | D_BLOCK);
	expect_pa(walk(&m, 1), UINT64_C(0xa000000000001), 2);
	/* IPS 48: decoded, then too big, each at its own level. */
	m.reg.tcr = T0SZ(16) | TG0(1) | IPS(5);
	expect_fault(walk(&m, 1), VMSA_FAULT_ADDRESS_SIZE, 1);
	m.policy.lpa_table = VMSA_LPA_IGNORE;
	put(&m.memory, TAB1, 0xa000 | D_AF | D_BLOCK);
	expect_fault(walk(&m, 1), VMSA_FAULT_ADDRESS_SIZE, 2);
	m.policy.lpa_leaf = VMSA_LPA_IGNORE;
	expect_pa(walk(&m, 1), 1, 2);
	m.policy.lpa_table = VMSA_LPA_DECODE;
	expect_fault(walk(&m, 1), VMSA_FAULT_ADDRESS_SIZE, 1);
}

/* Trap 15: not "sixteen everywhere". */
static void contiguous_groups_are_of_each_granules_size(void **state)
{
	static const struct {
		uint64_t tcr; /* TxSZ starts the walk at the leaf's level */
		uint64_t type, bytes;
		int level;
	} rows[] = {
		{ T0SZ(25) | TG0(0), D_BLOCK, UINT64_C(16) << 30, 1 },
		{ T0SZ(34) | TG0(0), D_BLOCK, 32 << 20, 2 },
		{ T0SZ(43) | TG0(0), D_PAGE, 64 << 10, 3 },
		{ T0SZ(28) | TG0(2), D_BLOCK, 1 << 30, 2 },
		{ T0SZ(39) | TG0(2), D_PAGE, 2 << 20, 3 },
		{ T0SZ(22) | TG0(1), D_BLOCK, UINT64_C(16) << 30, 2 },
		{ T0SZ(35) | TG0(1), D_PAGE, 2 << 20, 3 },
		/* No effect at 4K level 0, 16K level 1 and 64K level 1. */
		{ T0SZ(16) | TG0(0) | TCR_DS, D_BLOCK, 0, 0 },
		{ T0SZ(17) | TG0(2) | TCR_DS, D_BLOCK, 0, 1 },
		{ T0SZ(16) | TG0(1), D_BLOCK, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct machine m = machine(rows[i].tcr | IPS(6));
		struct vmsa_walk w;

		put(&m.memory, ROOT, D_CONT | D_AF | rows[i].type);
		w = walk(&m, 0);
		expect_pa(w, 0, rows[i].level);
		assert_u64_equal(w.attr.contiguous, rows[i].bytes);
	}
}

/* Trap 16: members of a group are judged one by one. */
static void an_invalid_member_leaves_its_contiguous_group_alone(void **state)
{
	struct machine m = machine(T0SZ(43));

	(void)state;
	for (int i = 1; i < 16; i++)
		put(&m.memory, ROOT + 8 * (vmsa_pa)i,
		    D_CONT | 0x40000000 | (vmsa_pa)i << 12 | D_AF | D_PAGE);
	for (int policy = 0; policy < 2; policy++) {
		m.policy.contiguous = (enum vmsa_contiguous_policy)policy;
		expect_fault(walk(&m, 0), VMSA_FAULT_TRANSLATION, 3);
		expect_pa(walk(&m, 0x1000), 0x40001000, 3);
		expect_pa(walk(&m, 0xffff), 0x4000ffff, 3);
	}
}

/* Trap 17: AP[1], PXN, nG and the upper half do not exist at EL2. */
static void el2_has_one_range_and_one_privilege(void **state)
{
	const struct vmsa_access fetch = { .kind = VMSA_EXECUTE };
	/* T0SZ 25, PS 48 bits (18:16), and RES1 bits 31 and 23. */
	struct machine m = machine(T0SZ(25) | 5 << 16 | BIT(31) | BIT(23));
	struct vmsa_walk w;

	(void)state;
	m.reg.kind = VMSA_REGIME_EL2;
	put(&m.memory, ROOT, D_AP1 | D_PXN | D_NG | D_AF | D_BLOCK);
	w = walk_as(&m, fetch);
	expect_pa(w, 0, 1);
	assert_int_equal(w.attr.perm,
			 VMSA_PERM_PR | VMSA_PERM_PW | VMSA_PERM_PX);
	assert_false(w.attr.ng);
	assert_int_equal(w.asid, 0);
	put(&m.memory, ROOT, D_UXN | D_AP2 | D_AF | D_BLOCK);
	assert_int_equal(walk(&m, 0).attr.perm, VMSA_PERM_PR);
	expect_fault(walk(&m, UINT64_C(0xffffff8000000000)),
		     VMSA_FAULT_TRANSLATION, 0);
	/* HA and HD are bits 21 and 22 here, TBI 20. */
	put(&m.memory, ROOT, D_BLOCK);
	expect_fault(walk(&m, 0), VMSA_FAULT_ACCESS_FLAG, 1);
	m.reg.tcr |= BIT(21) | BIT(20);
	expect_pa(walk(&m, UINT64_C(0x7f00000000000007)), 7, 1);
	assert_u64_equal(*fake_cell(&m.memory, ROOT), D_AF | D_BLOCK);
	/* MTX (33) ignores bits 59:56, TBI 63:56, neither bit 55. */
	m.reg.tcr ^= BIT(33) | BIT(20);
	expect_pa(walk(&m, UINT64_C(0x0f00000000000007)), 7, 1);
	expect_fault(walk(&m, BIT(55)), VMSA_FAULT_TRANSLATION, 0);
	m.reg.tcr ^= BIT(33) | BIT(20);
	expect_fault(walk(&m, BIT(55)), VMSA_FAULT_TRANSLATION, 0);
}

/* Trap 18: in a page, bit 16 is an address bit. */
static void nt_is_a_bit_of_blocks_only(void **state)
{
	struct machine m = machine(TCR_4K);

	(void)state;
	m.policy.nt = VMSA_NT_FAULTS;
	chain_4k(&m);
	put(&m.memory, TAB3, 0x40000000 | BIT(16) | D_AF | D_PAGE);
	expect_pa(walk(&m, 5), 0x40010005, 3);
	put(&m.memory, TAB2, 0x40000000 | D_NT | D_AF | D_BLOCK);
	expect_fault(walk(&m, 5), VMSA_FAULT_TRANSLATION, 2);
	m.policy.nt = VMSA_NT_TRANSLATES;
	expect_pa(walk(&m, 5), 0x40000005, 2);
	/* Without FEAT_BBM the bit is RES0. */
	m.policy.nt = VMSA_NT_FAULTS;
	m.features.bbm = 0;
	expect_pa(walk(&m, 5), 0x40000005, 2);
}

/* Trap 19. */
static void tbi_does_not_choose_the_half_and_tbid_spares_fetches(void **state)
{
	const vmsa_va tagged = UINT64_C(0xab00000000000000);
	struct machine m = machine(T0SZ(25) | T1SZ(25) | TG1(2) | BIT(37));

	(void)state;
	put(&m.memory, ROOT, D_AF | D_BLOCK);
	expect_pa(walk(&m, tagged), 0, 1);
	expect_pa(walk_as(&m, (struct vmsa_access){ .va = tagged,
						    .kind = VMSA_EXECUTE }),
		  0, 1);
	/* TBI0 is of the lower half; this address asks the upper one. */
	expect_fault(walk(&m, UINT64_C(0xab80000000000000)),
		     VMSA_FAULT_TRANSLATION, 0);
	m.reg.tcr |= BIT(51); /* TBID0 */
	expect_pa(walk(&m, tagged), 0, 1);
	expect_fault(walk_as(&m, (struct vmsa_access){ .va = tagged,
						       .kind = VMSA_EXECUTE }),
		     VMSA_FAULT_TRANSLATION, 0);
}

/* Trap 20 (R_XCLRD): a TLB may hold what fails its permission check only. */
static void permission_faults_may_be_cached_access_flag_faults_not(void **state)
{
	const struct vmsa_access user = { .el0 = true };
	struct machine m = machine(TCR_4K);

	(void)state;
	put(&m.memory, ROOT, TAB1 | D_TABLE);
	put(&m.memory, TAB1, D_AF | D_BLOCK);
	assert_true(walk_as(&m, user).cacheable);
	put(&m.memory, TAB1, D_BLOCK);
	assert_false(walk_as(&m, user).cacheable);
	put(&m.memory, TAB1, 0);
	assert_false(walk(&m, 0).cacheable);
	/* HA, but the access fails and AF stays 0: still not. */
	m.reg.tcr |= TCR_HA;
	put(&m.memory, TAB1, D_BLOCK);
	expect_fault(walk_as(&m, user), VMSA_FAULT_PERMISSION, 1);
	assert_false(walk_as(&m, user).cacheable);
	assert_true(walk(&m, 0).cacheable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_01_at_level_3_are_a_translation_fault),
		cmocka_unit_test(block_at_a_level_without_blocks_is_invalid),
		cmocka_unit_test(low_address_bits_of_a_block_are_ignored),
		cmocka_unit_test(granule_encodings_of_the_halves_differ),
		cmocka_unit_test(non_canonical_addresses_fault_at_level_0),
		cmocka_unit_test(upper_half_indexes_with_input_address_bits),
		cmocka_unit_test(small_initial_tables_may_sit_anywhere),
		cmocka_unit_test(
			oversized_next_table_is_reported_at_its_descriptor),
		cmocka_unit_test(what_el0_may_write_el1_must_not_execute),
		cmocka_unit_test(access_flag_fault_beats_permission_fault),
		cmocka_unit_test(a_walk_from_the_middle_keeps_table_attributes),
		cmocka_unit_test(table_entries_are_never_global),
		cmocka_unit_test(lpa2_takes_shareability_from_tcr),
		cmocka_unit_test(
			lpa_high_bits_follow_the_policy_when_ips_is_small),
		cmocka_unit_test(contiguous_groups_are_of_each_granules_size),
		cmocka_unit_test(
			an_invalid_member_leaves_its_contiguous_group_alone),
		cmocka_unit_test(el2_has_one_range_and_one_privilege),
		cmocka_unit_test(nt_is_a_bit_of_blocks_only),
		cmocka_unit_test(
			tbi_does_not_choose_the_half_and_tbid_spares_fetches),
		cmocka_unit_test(
			permission_faults_may_be_cached_access_flag_faults_not),
	};

	return cmocka_run_group_tests_name("traps", tests, NULL, NULL);
}
