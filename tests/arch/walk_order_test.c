/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk_order_test.c - of two faults, the walk reports the earlier check's
 *
 * One chain, level 1 table -> level 2 block of Device memory, that translates.
 * Each row breaks one thing; with two things broken the upper row must win.
 * Rows that report alike stand together: their order cannot be seen.
 */
#include "arch/fake_tables.h"

#define T0SZ_39 T0SZ(25)

/* One thing to break. */
enum broken {
	TXSZ,
	VA_RANGE,
	E0PD,
	NFD,
	EPD,
	TTBR_SIZE,
	ABORT_TABLE,
	INVALID_TABLE,
	NEXT_SIZE,
	ABORT_LEAF,
	INVALID_LEAF,
	NT,
	OUTPUT_SIZE,
	ACCESS_FLAG,
	ALIGNMENT,
	PERMISSION,
	NR_BROKEN,
};

static const struct expected {
	const char *name;
	enum vmsa_fault fault;
	int level;
} expected[NR_BROKEN] = {
	[TXSZ] = { "TxSZ", VMSA_FAULT_TRANSLATION, 0 },
	[VA_RANGE] = { "VA range", VMSA_FAULT_TRANSLATION, 0 },
	[E0PD] = { "E0PD", VMSA_FAULT_TRANSLATION, 0 },
	[NFD] = { "NFD", VMSA_FAULT_TRANSLATION, 0 },
	[EPD] = { "EPD", VMSA_FAULT_TRANSLATION, 0 },
	[TTBR_SIZE] = { "TTBR size", VMSA_FAULT_ADDRESS_SIZE, 0 },
	[ABORT_TABLE] = { "abort, table", VMSA_FAULT_EXTERNAL_WALK, 1 },
	[INVALID_TABLE] = { "invalid, table", VMSA_FAULT_TRANSLATION, 1 },
	[NEXT_SIZE] = { "next table size", VMSA_FAULT_ADDRESS_SIZE, 1 },
	[ABORT_LEAF] = { "abort, leaf", VMSA_FAULT_EXTERNAL_WALK, 2 },
	[INVALID_LEAF] = { "invalid, leaf", VMSA_FAULT_TRANSLATION, 2 },
	[NT] = { "nT", VMSA_FAULT_TRANSLATION, 2 },
	[OUTPUT_SIZE] = { "output size", VMSA_FAULT_ADDRESS_SIZE, 2 },
	[ACCESS_FLAG] = { "access flag", VMSA_FAULT_ACCESS_FLAG, 2 },
	[ALIGNMENT] = { "alignment", VMSA_FAULT_ALIGNMENT, 2 },
	[PERMISSION] = { "permission", VMSA_FAULT_PERMISSION, 2 },
};

/* The question and what it is asked of. */
struct scene {
	struct machine m;
	struct vmsa_access access;
	vmsa_desc table, leaf;
};

static void break_registers(struct scene *s, enum broken what)
{
	switch (what) {
	case TXSZ:
		s->m.reg.tcr = (s->m.reg.tcr & ~T0SZ(63)) | T0SZ(5);
		break;
	case VA_RANGE:
		s->access.va |= BIT(50);
		break;
	case E0PD:
		s->m.reg.tcr |= BIT(55);
		break;
	case NFD:
		s->m.reg.tcr |= BIT(53);
		break;
	case EPD:
		s->m.reg.tcr |= BIT(7);
		break;
	case TTBR_SIZE:
		s->m.reg.ttbr0 |= BIT(40);
		break;
	default:
		break;
	}
}

static void break_tables(struct scene *s, enum broken what)
{
	switch (what) {
	case ABORT_TABLE:
		s->m.memory.abort_at = ROOT;
		break;
	case INVALID_TABLE:
		s->table &= ~UINT64_C(1);
		break;
	case NEXT_SIZE:
		s->table |= BIT(33);
		break;
	case ABORT_LEAF:
		if (s->m.memory.abort_at == NOWHERE)
			s->m.memory.abort_at = TAB2;
		break;
	case INVALID_LEAF:
		s->leaf &= ~UINT64_C(1);
		break;
	case NT:
		s->leaf |= D_NT;
		break;
	case OUTPUT_SIZE:
		s->leaf |= BIT(33);
		break;
	case ACCESS_FLAG:
		s->leaf &= ~D_AF;
		break;
	case ALIGNMENT:
		s->access.va |= 1;
		break;
	case PERMISSION:
		s->leaf &= ~D_AP1;
		break;
	default:
		break;
	}
}

/* Build the chain, break one or two things and walk. */
static struct vmsa_walk walk_broken(enum broken a, enum broken b)
{
	struct scene s = {
		.m = machine(T0SZ_39 | IPS(0)), /* 32-bit output addresses */
		.access = { .el0 = true, .non_fault = true, .align = 8 },
		.table = TAB2 | D_TABLE,
		.leaf = 0x40000000 | D_AF | D_AP1 | ATTR(1) | D_BLOCK,
	};

	s.m.policy.nt = VMSA_NT_FAULTS;
	break_registers(&s, a);
	break_registers(&s, b);
	break_tables(&s, a);
	break_tables(&s, b);
	put(&s.m.memory, ROOT, s.table);
	put(&s.m.memory, TAB2, s.leaf);
	return walk_as(&s.m, s.access);
}

/* Nothing broken: the access goes ahead. */
static void the_unbroken_chain_translates(void **state)
{
	(void)state;
	expect_pa(walk_broken(NR_BROKEN, NR_BROKEN), 0x40000000, 2);
}

/* Each check is made at all. */
static void each_check_reports_type_and_level(void **state)
{
	(void)state;
	for (int i = 0; i < NR_BROKEN; i++) {
		const struct vmsa_walk w =
			walk_broken((enum broken)i, NR_BROKEN);

		print_message("%s\n", expected[i].name);
		expect_fault(w, expected[i].fault, expected[i].level);
		assert_int_equal(w.dfsc, vmsa_fault_dfsc(expected[i].fault,
							 expected[i].level));
	}
}

/* Every pair, adjacent ones among them. */
static void of_two_faults_the_earlier_check_wins(void **state)
{
	int pairs = 0;

	(void)state;
	for (int i = 0; i < NR_BROKEN; i++)
		for (int j = i + 1; j < NR_BROKEN; j++) {
			const struct vmsa_walk w =
				walk_broken((enum broken)i, (enum broken)j);

			if (w.fault != expected[i].fault ||
			    w.level != expected[i].level)
				fail_msg("%s before %s", expected[i].name,
					 expected[j].name);
			pairs++;
		}
	assert_int_equal(pairs, 16 * 15 / 2);
}

/* A group can exceed the input range only where the walk starts. */
static void contiguous_span_is_checked_before_output_size(void **state)
{
	/* T0SZ 33: 2 GiB of input, the group of 1 GiB blocks has 16. */
	struct machine m = machine(T0SZ(33) | IPS(0));
	const vmsa_desc small = D_CONT | D_AF | D_BLOCK;

	(void)state;
	m.policy.span = VMSA_SPAN_FAULTS;
	put(&m.memory, ROOT, small | BIT(40));
	expect_fault(walk(&m, 0), VMSA_FAULT_TRANSLATION, 1);
	put(&m.memory, ROOT, small & ~D_AF);
	expect_fault(walk(&m, 0), VMSA_FAULT_TRANSLATION, 1);
	m.policy.span = VMSA_SPAN_TRANSLATES;
	expect_fault(walk(&m, 0), VMSA_FAULT_ACCESS_FLAG, 1);
	put(&m.memory, ROOT, small | BIT(40));
	expect_fault(walk(&m, 0), VMSA_FAULT_ADDRESS_SIZE, 1);
	/* 16 GiB exactly: T0SZ 30 fits, 31 does not. */
	m.policy.span = VMSA_SPAN_FAULTS;
	put(&m.memory, ROOT, small);
	m.reg.tcr = T0SZ(30) | IPS(0);
	expect_pa(walk(&m, 0), 0, 1);
	m.reg.tcr = T0SZ(31) | IPS(0);
	expect_fault(walk(&m, 0), VMSA_FAULT_TRANSLATION, 1);
}

/* A leaf larger than the output size faults for some addresses only. */
static void output_size_counts_the_offset_of_the_address(void **state)
{
	/* A 512 GiB block (4K, DS) with 36-bit output addresses. */
	struct machine m = machine(T0SZ(16) | IPS(1) | TCR_DS);

	(void)state;
	put(&m.memory, ROOT, D_AF | D_BLOCK);
	expect_pa(walk(&m, BIT(36) - 1), BIT(36) - 1, 0);
	expect_fault(walk(&m, BIT(36)), VMSA_FAULT_ADDRESS_SIZE, 0);
	/* RES0 address bits below the block's size do not count. */
	put(&m.memory, ROOT, BIT(37) | D_AF | D_BLOCK);
	expect_pa(walk(&m, 5), 5, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_unbroken_chain_translates),
		cmocka_unit_test(each_check_reports_type_and_level),
		cmocka_unit_test(of_two_faults_the_earlier_check_wins),
		cmocka_unit_test(contiguous_span_is_checked_before_output_size),
		cmocka_unit_test(output_size_counts_the_offset_of_the_address),
	};

	return cmocka_run_group_tests_name("walk_order", tests, NULL, NULL);
}
