/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk_update_test.c - Access flag and dirty state, set by hardware
 *
 *     ROOT level 0 -> TAB1 level 1, a 1 GiB block for VA 0
 */
#include "arch/fake_tables.h"

#define RO_DIRTYABLE (D_AF | D_AP2 | D_DBM | D_BLOCK)

static const struct vmsa_access load = { .kind = VMSA_READ };
static const struct vmsa_access store = { .kind = VMSA_WRITE };
static const struct vmsa_access fetch = { .kind = VMSA_EXECUTE };

static struct machine with_leaf(uint64_t switches, vmsa_desc leaf)
{
	struct machine m = machine(TCR_4K | switches);

	put(&m.memory, ROOT, TAB1 | D_TABLE);
	put(&m.memory, TAB1, leaf);
	return m;
}

static vmsa_desc leaf_of(struct machine *m)
{
	return *fake_cell(&m->memory, TAB1);
}

/* Without HA software does it all; with HA the walk sets AF. */
static void the_access_flag_is_set_if_ha_allows(void **state)
{
	struct machine m = with_leaf(0, D_BLOCK);
	struct vmsa_walk w;

	(void)state;
	expect_fault(walk_as(&m, load), VMSA_FAULT_ACCESS_FLAG, 1);
	assert_u64_equal(leaf_of(&m), D_BLOCK);
	m.reg.tcr |= TCR_HA;
	w = walk_as(&m, load);
	expect_pa(w, 0, 1);
	assert_u64_equal(leaf_of(&m), D_AF | D_BLOCK);
	assert_true(w.step[1].updated && !w.step[0].updated);
	assert_u64_equal(w.step[1].desc, D_AF | D_BLOCK);
	/* Nothing to do the second time. */
	assert_false(walk_as(&m, load).step[1].updated);
	assert_int_equal(m.memory.updates, 1);
	/* Nor on a PE without FEAT_HAFDBS. */
	m = with_leaf(TCR_HA, D_BLOCK);
	m.features.haf = false;
	expect_fault(walk_as(&m, load), VMSA_FAULT_ACCESS_FLAG, 1);
}

/* DBM makes a read-only page writable; the store makes it dirty. */
static void a_store_makes_a_dbm_page_dirty(void **state)
{
	struct machine m = with_leaf(TCR_HA | TCR_HD, RO_DIRTYABLE);

	(void)state;
	expect_pa(walk_as(&m, load), 0, 1);
	assert_u64_equal(leaf_of(&m), RO_DIRTYABLE);
	expect_pa(walk_as(&m, store), 0, 1);
	assert_u64_equal(leaf_of(&m), RO_DIRTYABLE & ~D_AP2);
	/* AF and dirty state in one update. */
	m = with_leaf(TCR_HA | TCR_HD, RO_DIRTYABLE & ~D_AF);
	expect_pa(walk_as(&m, store), 0, 1);
	assert_u64_equal(leaf_of(&m), RO_DIRTYABLE & ~D_AP2);
	assert_int_equal(m.memory.updates, 1);
}

static const struct refusal {
	const char *name;
	uint64_t switches;
	vmsa_desc leaf, table;
	bool dbm_feature;
} refusals[] = {
	{ "no DBM", TCR_HA | TCR_HD, RO_DIRTYABLE & ~D_DBM, 0, true },
	{ "no HD", TCR_HA, RO_DIRTYABLE, 0, true },
	{ "HD without HA", TCR_HD, RO_DIRTYABLE, 0, true },
	{ "feature missing", TCR_HA | TCR_HD, RO_DIRTYABLE, 0, false },
	{ "APTable[1]", TCR_HA | TCR_HD, RO_DIRTYABLE, BIT(62), true },
};

/* A store that is refused dirties nothing. */
static void a_store_that_faults_dirties_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct machine m = with_leaf(r->switches, r->leaf);

		print_message("%s\n", r->name);
		put(&m.memory, ROOT, TAB1 | r->table | D_TABLE);
		m.features.dbm = r->dbm_feature;
		expect_fault(walk_as(&m, store), VMSA_FAULT_PERMISSION, 1);
		assert_u64_equal(leaf_of(&m), r->leaf);
	}
}

/* AT may set AF, never dirties, and sees the page as writable. */
static void address_translation_never_dirties(void **state)
{
	const struct vmsa_access at = { .kind = VMSA_WRITE, .intent = VMSA_AT };
	const struct vmsa_access guess = { .kind = VMSA_WRITE,
					   .intent = VMSA_SPECULATIVE };
	struct machine m = with_leaf(TCR_HA | TCR_HD, RO_DIRTYABLE & ~D_AF);

	(void)state;
	expect_pa(walk_as(&m, at), 0, 1);
	assert_u64_equal(leaf_of(&m), RO_DIRTYABLE);
	expect_pa(walk_as(&m, guess), 0, 1);
	assert_u64_equal(leaf_of(&m), RO_DIRTYABLE);
	/* The other choice: AT and speculation leave AF alone too. */
	m = with_leaf(TCR_HA | TCR_HD, RO_DIRTYABLE & ~D_AF);
	m.policy.af_at = VMSA_AF_KEEP;
	expect_pa(walk_as(&m, at), 0, 1);
	expect_pa(walk_as(&m, guess), 0, 1);
	assert_u64_equal(leaf_of(&m), RO_DIRTYABLE & ~D_AF);
	assert_false(walk_as(&m, at).cacheable);
	expect_pa(walk_as(&m, load), 0, 1);
	assert_u64_equal(leaf_of(&m), RO_DIRTYABLE);
}

/* AP[2] counts as 0 for fetches too: WXN and the EL0 rule see a writable. */
static void a_dbm_page_is_writable_to_fetches_as_well(void **state)
{
	struct machine m = with_leaf(TCR_HA | TCR_HD, RO_DIRTYABLE);

	(void)state;
	expect_pa(walk_as(&m, fetch), 0, 1);
	m.reg.sctlr |= BIT(19); /* WXN */
	expect_fault(walk_as(&m, fetch), VMSA_FAULT_PERMISSION, 1);
	m = with_leaf(TCR_HA | TCR_HD, RO_DIRTYABLE | D_AP1);
	expect_fault(walk_as(&m, fetch), VMSA_FAULT_PERMISSION, 1);
	m.reg.tcr &= ~TCR_HD;
	expect_pa(walk_as(&m, fetch), 0, 1);
}

/* The manual leaves open whether a faulting access sets AF. */
static void a_faulting_access_sets_af_as_the_policy_says(void **state)
{
	const struct vmsa_access user = { .el0 = true };
	struct machine m = with_leaf(TCR_HA, D_BLOCK);

	(void)state;
	expect_fault(walk_as(&m, user), VMSA_FAULT_PERMISSION, 1);
	assert_u64_equal(leaf_of(&m), D_BLOCK);
	m.policy.af_on_fault = VMSA_AF_SET;
	expect_fault(walk_as(&m, user), VMSA_FAULT_PERMISSION, 1);
	assert_u64_equal(leaf_of(&m), D_AF | D_BLOCK);
}

/* FEAT_HAFT: tables get an Access flag, once the next table is known good. */
static void tables_get_an_access_flag_with_haft(void **state)
{
	struct machine m = with_leaf(TCR_HA, D_AF | D_BLOCK);

	(void)state;
	walk_as(&m, load);
	assert_u64_equal(*fake_cell(&m.memory, ROOT), TAB1 | D_TABLE);
	m.reg.tcr2 = BIT(11);
	assert_true(walk_as(&m, load).step[0].updated);
	assert_u64_equal(*fake_cell(&m.memory, ROOT), TAB1 | D_AF | D_TABLE);
	/* A leaf that is invalid does not undo what the walk did above. */
	m = with_leaf(TCR_HA, 0);
	m.reg.tcr2 = BIT(11);
	expect_fault(walk_as(&m, load), VMSA_FAULT_TRANSLATION, 1);
	assert_u64_equal(*fake_cell(&m.memory, ROOT), TAB1 | D_AF | D_TABLE);
	/* A table that cannot be reached gets none. */
	m = with_leaf(TCR_HA, 0);
	m.reg.tcr2 = BIT(11);
	m.reg.tcr = T0SZ(16) | IPS(0) | TCR_HA;
	put(&m.memory, ROOT, BIT(32) | D_TABLE);
	expect_fault(walk_as(&m, load), VMSA_FAULT_ADDRESS_SIZE, 0);
	assert_u64_equal(*fake_cell(&m.memory, ROOT), BIT(32) | D_TABLE);
}

/* The update is a compare and swap: a changed descriptor is walked again. */
static void a_descriptor_that_changed_is_read_again(void **state)
{
	struct machine m = with_leaf(TCR_HA, D_BLOCK);
	const struct vmsa_walk_ops ops = { fake_read, fake_update, &m.memory };
	struct vmsa_walk w = { .steps = 77 };
	struct vmsa_regime r;

	(void)state;
	m.memory.moving = 3;
	w = walk_as(&m, load);
	expect_pa(w, 0, 1);
	assert_int_equal(w.steps, 2);
	assert_int_equal(m.memory.updates, 4);
	/* Flipped three times, then AF: the others' change is not lost. */
	assert_u64_equal(leaf_of(&m), BIT(58) | D_AF | D_BLOCK);
	/* One that never stops changing is an error, not a hang. */
	m = with_leaf(TCR_HA, D_BLOCK);
	m.memory.moving = 1 << 30;
	r = regime_of(&m);
	w.steps = 77;
	assert_int_equal(vmsa_walk(&r, &ops, &load, &w), -EAGAIN);
	assert_int_equal(w.steps, 77);
}

/* What memory refuses is reported as a fault of the walk. */
static void refused_updates_are_faults(void **state)
{
	struct machine m = with_leaf(TCR_HA, D_BLOCK);
	struct vmsa_walk w;

	(void)state;
	m.memory.update_error = -EFAULT;
	w = walk_as(&m, load);
	expect_fault(w, VMSA_FAULT_EXTERNAL_WALK, 1);
	assert_int_equal(w.dfsc, 0x15);
	assert_false(w.cacheable);
	m.memory.update_error = -EOPNOTSUPP;
	w = walk_as(&m, load);
	expect_fault(w, VMSA_FAULT_HW_UPDATE, 1);
	assert_int_equal(w.dfsc, 0x31);
}

/* A caller that only looks passes no update. */
static void without_update_the_walk_tells_what_it_would_store(void **state)
{
	struct machine m = with_leaf(TCR_HA | TCR_HD, RO_DIRTYABLE & ~D_AF);
	const struct vmsa_walk_ops ops = { .read = fake_read,
					   .arg = &m.memory };
	const struct vmsa_regime r = regime_of(&m);
	struct vmsa_walk w;

	(void)state;
	assert_int_equal(vmsa_walk(&r, &ops, &store, &w), 0);
	expect_pa(w, 0, 1);
	assert_true(w.step[1].updated);
	assert_u64_equal(w.step[1].desc, RO_DIRTYABLE & ~D_AP2);
	assert_u64_equal(leaf_of(&m), RO_DIRTYABLE & ~D_AF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_access_flag_is_set_if_ha_allows),
		cmocka_unit_test(a_store_makes_a_dbm_page_dirty),
		cmocka_unit_test(a_store_that_faults_dirties_nothing),
		cmocka_unit_test(address_translation_never_dirties),
		cmocka_unit_test(a_dbm_page_is_writable_to_fetches_as_well),
		cmocka_unit_test(a_faulting_access_sets_af_as_the_policy_says),
		cmocka_unit_test(tables_get_an_access_flag_with_haft),
		cmocka_unit_test(a_descriptor_that_changed_is_read_again),
		cmocka_unit_test(refused_updates_are_faults),
		cmocka_unit_test(
			without_update_the_walk_tells_what_it_would_store),
	};

	return cmocka_run_group_tests_name("walk_update", tests, NULL, NULL);
}
