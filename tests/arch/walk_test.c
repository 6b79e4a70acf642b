/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk_test.c - what vmsa/arch/walk.h promises, the order of checks apart
 */
#include "arch/fake_tables.h"

#define PR VMSA_PERM_PR
#define PW VMSA_PERM_PW
#define PX VMSA_PERM_PX
#define UR VMSA_PERM_UR
#define UW VMSA_PERM_UW
#define UX VMSA_PERM_UX

/* ROOT -> TAB1 holds a leaf for VA 0, below a table with attributes. */
static struct vmsa_walk leaf_below(struct machine *m, vmsa_desc table,
				   vmsa_desc leaf)
{
	put(&m->memory, ROOT, TAB1 | table | D_TABLE);
	put(&m->memory, TAB1, leaf | D_BLOCK);
	return walk(m, 0);
}

static const struct start_row {
	unsigned tg0, txsz;
	bool ds;
	int start;
	vmsa_va last_entry; /* an address of the initial table's last entry */
	unsigned entries;
} starts[] = {
	{ 0, 12, true, -1, BIT(52) - 1, 16 },
	{ 0, 15, true, -1, BIT(49) - 1, 2 },
	{ 0, 16, false, 0, BIT(48) - 1, 512 },
	{ 0, 24, false, 0, BIT(40) - 1, 2 },
	{ 0, 25, false, 1, BIT(39) - 1, 512 },
	{ 0, 33, false, 1, BIT(31) - 1, 2 },
	{ 0, 34, false, 2, BIT(30) - 1, 512 },
	{ 0, 42, false, 2, BIT(22) - 1, 2 },
	{ 0, 43, false, 3, BIT(21) - 1, 512 },
	{ 0, 48, false, 3, BIT(16) - 1, 16 },
	{ 2, 12, true, 0, BIT(52) - 1, 32 },
	{ 2, 16, false, 0, BIT(48) - 1, 2 },
	{ 2, 17, false, 1, BIT(47) - 1, 2048 },
	{ 2, 27, false, 1, BIT(37) - 1, 2 },
	{ 2, 28, false, 2, BIT(36) - 1, 2048 },
	{ 2, 38, false, 2, BIT(26) - 1, 2 },
	{ 2, 39, false, 3, BIT(25) - 1, 2048 },
	{ 2, 48, false, 3, BIT(16) - 1, 4 },
	{ 1, 12, false, 1, BIT(52) - 1, 1024 },
	{ 1, 16, false, 1, BIT(48) - 1, 64 },
	{ 1, 21, false, 1, BIT(43) - 1, 2 },
	{ 1, 22, false, 2, BIT(42) - 1, 8192 },
	{ 1, 34, false, 2, BIT(30) - 1, 2 },
	{ 1, 35, false, 3, BIT(29) - 1, 8192 },
	{ 1, 47, false, 3, BIT(17) - 1, 2 },
};

/* The first descriptor read is the right one at every TxSZ's start level. */
static void walks_start_where_txsz_and_granule_say(void **state)
{
	(void)state;
	for (const struct start_row *s = starts; s < starts + COUNT(starts);
	     s++) {
		struct machine m = machine(T0SZ(s->txsz) | TG0(s->tg0) |
					   IPS(6) | (s->ds ? TCR_DS : 0));
		struct vmsa_walk w = walk(&m, s->last_entry);

		expect_fault(w, VMSA_FAULT_TRANSLATION, s->start);
		assert_int_equal(w.steps, 1);
		assert_u64_equal(w.step[0].at, ROOT + 8 * (s->entries - 1));
		/* One address further is outside. */
		if (s->txsz > 12)
			assert_int_equal(walk(&m, s->last_entry + 1).steps, 0);
	}
}

/* Steps tell what was read, where and at which level; size is the hole's. */
static void steps_and_sizes_describe_the_walk(void **state)
{
	struct machine m = machine(TCR_4K);
	const vmsa_va va = BIT(39) + (UINT64_C(5) << 30) + (7 << 21) + 0x9123;
	struct vmsa_walk w;

	(void)state;
	put(&m.memory, ROOT + 8, TAB1 | D_TABLE);
	put(&m.memory, TAB1 + 8 * 5, TAB2 | D_TABLE);
	w = walk(&m, va);
	expect_fault(w, VMSA_FAULT_TRANSLATION, 2);
	assert_u64_equal(w.size, 2 << 20);
	assert_u64_equal(w.pa, 0);
	put(&m.memory, TAB2 + 8 * 7, TAB3 | D_TABLE);
	put(&m.memory, TAB3 + 8 * 9, 0x7654321000 | D_AF | D_PAGE);
	w = walk(&m, va);
	expect_pa(w, 0x7654321123, 3);
	assert_u64_equal(w.size, 4096);
	assert_int_equal(w.steps, 4);
	assert_u64_equal(w.step[1].at, TAB1 + 8 * 5);
	assert_u64_equal(w.step[1].desc, TAB2 | D_TABLE);
	assert_int_equal(w.step[1].level, 1);
	assert_u64_equal(w.step[3].at, TAB3 + 8 * 9);
	assert_int_equal(w.step[3].level, 3);
}

static const struct perm_row {
	vmsa_desc leaf, table;
	unsigned perm;
} perms[] = {
	/* AP[2:1] and the two execute-never bits (D8.4). */
	{ 0, 0, PR | PW | PX | UX },
	{ D_AP1, 0, PR | PW | UR | UW | UX },
	{ D_AP2, 0, PR | PX | UX },
	{ D_AP1 | D_AP2, 0, PR | PX | UR | UX },
	{ D_PXN, 0, PR | PW | UX },
	{ D_UXN, 0, PR | PW | PX },
	{ D_AP1 | D_UXN, 0, PR | PW | UR | UW },
	/* APTable[0] is bit 61, APTable[1] 62, PXNTable 59, UXNTable 60. */
	{ D_AP1, BIT(61), PR | PW | PX | UX },
	{ D_AP1, BIT(62), PR | PX | UR | UX },
	{ D_AP1, BIT(61) | BIT(62), PR | PX | UX },
	{ 0, BIT(59), PR | PW | UX },
	{ 0, BIT(60), PR | PW | PX },
	{ D_AP1 | D_AP2, BIT(59) | BIT(60), PR | UR },
};

/* Leaf and table attributes together; TCR.HPD0 leaves the leaf's alone. */
static void permissions_follow_leaf_and_tables(void **state)
{
	(void)state;
	for (const struct perm_row *p = perms; p < perms + COUNT(perms); p++) {
		struct machine m = machine(TCR_4K);

		assert_int_equal(
			leaf_below(&m, p->table, p->leaf | D_AF).attr.perm,
			p->perm);
		m.reg.tcr |= BIT(41); /* HPD0 */
		assert_int_equal(
			leaf_below(&m, p->table, p->leaf | D_AF).attr.perm,
			leaf_below(&m, 0, p->leaf | D_AF).attr.perm);
		m.features.hpds = false;
		assert_int_equal(
			leaf_below(&m, p->table, p->leaf | D_AF).attr.perm,
			p->perm);
	}
}

/* Attributes of every level above a page add up. */
static void table_attributes_accumulate_over_levels(void **state)
{
	struct machine m = machine(TCR_4K);
	struct vmsa_walk w;

	(void)state;
	put(&m.memory, ROOT, TAB1 | BIT(61) | D_TABLE);
	put(&m.memory, TAB1, TAB2 | BIT(62) | BIT(63) | D_TABLE);
	put(&m.memory, TAB2, TAB3 | BIT(59) | D_TABLE);
	put(&m.memory, TAB3, D_AP1 | D_AF | D_PAGE);
	w = walk(&m, 0);
	assert_int_equal(w.attr.perm, PR | UX);
	assert_int_equal(w.state.aptable, 3);
	assert_true(w.state.pxntable && !w.state.uxntable);
	/* NSTable is no permission: HPD keeps it. */
	m.reg.tcr |= BIT(41);
	w = walk(&m, 0);
	assert_true(w.state.nstable && w.attr.ns);
	assert_int_equal(w.state.aptable, 0);
}

/* With WXN, what an EL may write it may not execute. */
static void wxn_takes_execution_from_writable_pages(void **state)
{
	struct machine m = machine(TCR_4K);

	(void)state;
	m.reg.sctlr |= BIT(19);
	assert_int_equal(leaf_below(&m, 0, D_AF).attr.perm, PR | PW | UX);
	assert_int_equal(leaf_below(&m, 0, D_AF | D_AP1).attr.perm,
			 PR | PW | UR | UW);
	assert_int_equal(leaf_below(&m, 0, D_AF | D_AP2).attr.perm,
			 PR | PX | UX);
	assert_int_equal(leaf_below(&m, BIT(62), D_AF).attr.perm, PR | PX | UX);
}

static const struct pan_row {
	vmsa_desc leaf;
	bool pan, epan, el0;
	enum vmsa_access_kind kind;
	bool fault;
} pans[] = {
	{ D_AP1, 0, 0, 0, VMSA_READ, false },
	{ D_AP1, 1, 0, 0, VMSA_READ, true },
	{ D_AP1, 1, 0, 0, VMSA_WRITE, true },
	{ D_AP1 | D_AP2, 1, 0, 0, VMSA_READ, true },
	{ D_AP1, 1, 0, 1, VMSA_READ, false },
	{ D_AP1 | D_AP2, 1, 0, 0, VMSA_EXECUTE, false },
	{ 0, 1, 0, 0, VMSA_WRITE, false },
	/* EPAN: execute-only pages of EL0 are its own as well. */
	{ 0, 1, 1, 0, VMSA_READ, true },
	{ 0, 0, 1, 0, VMSA_READ, false },
	{ D_UXN, 1, 1, 0, VMSA_READ, false },
	{ 0, 1, 1, 0, VMSA_EXECUTE, false },
};

/* PAN is about privileged data accesses to what EL0 can reach. */
static void pan_keeps_el1_out_of_el0_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pans); i++) {
		const struct pan_row *p = &pans[i];
		const struct vmsa_access access = { .kind = p->kind,
						    .pan = p->pan,
						    .el0 = p->el0 };
		struct machine m = machine(TCR_4K);

		print_message("row %zu\n", i);
		m.reg.sctlr |= p->epan ? BIT(57) : 0;
		leaf_below(&m, 0, p->leaf | D_AF);
		assert_int_equal(walk_as(&m, access).fault,
				 p->fault ? VMSA_FAULT_PERMISSION
					  : VMSA_FAULT_NONE);
		m.features.pan = false;
		assert_int_equal(walk_as(&m, access).fault, VMSA_FAULT_NONE);
	}
}

/* Every access kind of both ELs needs its own permission. */
static void accesses_need_the_permission_of_their_kind_and_el(void **state)
{
	static const unsigned needs[2][3] = { { PR, PW, PX }, { UR, UW, UX } };

	(void)state;
	for (size_t i = 0; i < COUNT(perms); i++)
		for (int n = 0; n < 6; n++) {
			const struct vmsa_access access = {
				.kind = (enum vmsa_access_kind)(n % 3),
				.el0 = n / 3,
			};
			struct machine m = machine(TCR_4K);

			leaf_below(&m, perms[i].table, perms[i].leaf | D_AF);
			assert_int_equal(walk_as(&m, access).fault,
					 perms[i].perm & needs[n / 3][n % 3]
						 ? VMSA_FAULT_NONE
						 : VMSA_FAULT_PERMISSION);
		}
}

/* TBI, MTX and both: which of the top bits an address may set. */
static void tags_are_ignored_where_tbi_or_mtx_say(void **state)
{
	static const struct {
		uint64_t tcr, free_bits;
	} rows[] = {
		{ 0, 0 },
		{ BIT(37), UINT64_C(0xff) << 56 },
		{ BIT(60), UINT64_C(0x0f) << 56 },
		{ BIT(37) | BIT(60), UINT64_C(0xff) << 56 },
		/* The upper half's switches do not count. */
		{ BIT(38) | BIT(61), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (unsigned bit = 48; bit < 64; bit++) {
			struct machine m = machine(TCR_4K | rows[i].tcr);
			const bool free = rows[i].free_bits >> bit & 1;

			leaf_below(&m, 0, D_AF);
			if (bit != 55)
				assert_int_equal(walk(&m, BIT(bit)).fault,
						 free ? VMSA_FAULT_NONE
						      : VMSA_FAULT_TRANSLATION);
		}
}

/* Each contiguous leaf keeps its own address, or takes the group's. */
static void contiguous_output_address_follows_the_policy(void **state)
{
	struct machine m = machine(T0SZ(43));

	(void)state;
	/* Entry 3 of a group that points to one page too many. */
	put(&m.memory, ROOT + 8 * 3, 0x40014000 | D_CONT | D_AF | D_PAGE);
	expect_pa(walk(&m, 0x3010), 0x40014010, 3);
	m.policy.contiguous = VMSA_CONTIGUOUS_GROUP_OA;
	expect_pa(walk(&m, 0x3010), 0x40013010, 3);
	/* A PE that ignores the hint has no groups. */
	m.features.contiguous = false;
	expect_pa(walk(&m, 0x3010), 0x40014010, 3);
	assert_u64_equal(walk(&m, 0x3010).attr.contiguous, 0);
}

/* Shareability, type, nG and the guarded bit come out as they went in. */
static void attributes_of_the_leaf_are_reported(void **state)
{
	struct machine m = machine(TCR_4K);
	struct vmsa_walk w;

	(void)state;
	w = leaf_below(&m, 0, 3 << 8 | D_AF | D_NG | BIT(50) | ATTR(0));
	assert_int_equal(w.attr.memory.kind, VMSA_NORMAL);
	assert_int_equal(w.attr.sh, 3);
	assert_true(w.attr.ng && w.attr.guarded && !w.attr.ns);
	w = leaf_below(&m, 0, 3 << 8 | D_AF | BIT(5) | ATTR(3));
	assert_int_equal(w.attr.memory.kind, VMSA_DEVICE_NGNRE);
	assert_int_equal(w.attr.attrindx, 3);
	assert_int_equal(w.attr.sh, 2);
	assert_true(w.attr.ns && !w.attr.ng);
}

/* Alignment is Device memory's business alone. */
static void device_memory_wants_aligned_accesses(void **state)
{
	struct vmsa_access access = { .va = 6, .align = 4 };
	struct machine m = machine(TCR_4K);

	(void)state;
	leaf_below(&m, 0, D_AF | ATTR(1));
	expect_fault(walk_as(&m, access), VMSA_FAULT_ALIGNMENT, 1);
	access.align = 2;
	expect_pa(walk_as(&m, access), 6, 1);
	access.align = 0;
	expect_pa(walk_as(&m, access), 6, 1);
	access.align = 4;
	leaf_below(&m, 0, D_AF | ATTR(0));
	expect_pa(walk_as(&m, access), 6, 1);
}

/* SCTLR.M = 0: what is no physical address faults, all else passes. */
static void without_mmu_addresses_pass_through(void **state)
{
	struct machine m = machine(TCR_4K | BIT(37));
	struct vmsa_walk w;

	(void)state;
	m.reg.sctlr = BIT(12);
	m.features.pa_bits = 40;
	w = walk(&m, UINT64_C(0xab00001234567890));
	expect_pa(w, 0x1234567890, 0);
	assert_int_equal(w.attr.memory.kind, VMSA_DEVICE_NGNRNE);
	assert_int_equal(w.attr.sh, 2);
	assert_int_equal(m.memory.reads, 0);
	expect_fault(walk(&m, BIT(40)), VMSA_FAULT_ADDRESS_SIZE, 0);
	expect_fault(walk(&m, ~UINT64_C(0)), VMSA_FAULT_ADDRESS_SIZE, 0);
	w = walk_as(&m, (struct vmsa_access){ .kind = VMSA_EXECUTE });
	assert_int_equal(w.attr.memory.kind, VMSA_NORMAL);
	assert_int_equal(w.attr.memory.inner, VMSA_WRITE_THROUGH);
	expect_fault(walk_as(&m, (struct vmsa_access){ .va = 1, .align = 8 }),
		     VMSA_FAULT_ALIGNMENT, 0);
}

static int broken_read(void *arg, vmsa_pa at, vmsa_desc *out)
{
	(void)arg;
	(void)at;
	(void)out;
	return -EIO;
}

/* A failed call leaves the caller's answer alone. */
static void a_callbacks_own_error_ends_the_walk(void **state)
{
	const struct machine m = machine(TCR_4K);
	const struct vmsa_regime r = regime_of(&m);
	const struct vmsa_walk_ops ops = { .read = broken_read };
	const struct vmsa_access access = { .va = 0 };
	struct vmsa_walk w = { .steps = 77 };

	(void)state;
	assert_int_equal(vmsa_walk(&r, &ops, &access, &w), -EIO);
	assert_int_equal(w.steps, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_start_where_txsz_and_granule_say),
		cmocka_unit_test(steps_and_sizes_describe_the_walk),
		cmocka_unit_test(permissions_follow_leaf_and_tables),
		cmocka_unit_test(table_attributes_accumulate_over_levels),
		cmocka_unit_test(wxn_takes_execution_from_writable_pages),
		cmocka_unit_test(pan_keeps_el1_out_of_el0_pages),
		cmocka_unit_test(
			accesses_need_the_permission_of_their_kind_and_el),
		cmocka_unit_test(tags_are_ignored_where_tbi_or_mtx_say),
		cmocka_unit_test(contiguous_output_address_follows_the_policy),
		cmocka_unit_test(attributes_of_the_leaf_are_reported),
		cmocka_unit_test(device_memory_wants_aligned_accesses),
		cmocka_unit_test(without_mmu_addresses_pass_through),
		cmocka_unit_test(a_callbacks_own_error_ends_the_walk),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
