/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walker_test.c - inlined lookups: when they are quick, and never wrong
 *
 * Descriptors are literals from D8.3: 0x3 table or page, 0x1 block, 0x400 AF.
 * translate_test.c has each kind of descriptor, random_test.c and the stress
 * test have each kind of edit.
 */
#include "vmsa/table/walker.h"

#include "tables.h"

#include <errno.h>

#define L0_SPAN (UINT64_C(1) << 39)

/* NSTable, APTable, UXNTable, PXNTable, and all ignored bits. */
#define EVERY_TABLE_ATTRIBUTE 0xfff8000000000ffc

static void open_4k(struct fixture *f, unsigned va_bits)
{
	fixture_open(f, 12, va_bits, VMSA_FORMAT_48);
}

/* Where @va goes, or VMSA_NO_PA for a fault. */
static vmsa_pa walked(struct vmsa_walker *w, vmsa_va va)
{
	struct vmsa_translation t = { 0 };

	assert_int_equal(vmsa_walker_translate(w, va, &t), 0);
	return t.fault ? VMSA_NO_PA : t.pa;
}

static bool is_quick(const struct vmsa_walker *w, vmsa_va va)
{
	struct vmsa_translation t;

	return vmsa_walker_try(w, va, &t);
}

static const struct row {
	const char *name;
	unsigned va_bits;
	int level;
	vmsa_desc desc;
	uint64_t offset; /* of the address asked for, in the half */
	vmsa_pa pa;      /* expected if it is quick; else VMSA_NO_PA */
} rows[] = {
	{ "page", 48, 3, 0xfff0123456789fff, 0x7fffffffffff, 0x123456789fff },
	{ "page, level 1 root", 39, 3, 0x123456789403, 0x7fffffff00,
	  0x123456789f00 },
	{ "page, two-entry root", 31, 3, 0x5403, 0x7fffffff, 0x5fff },
	{ "2M block", 48, 2, 0x123456600401, 0x12345678, 0x123456745678 },
	{ "2M block, RES0 bits set", 48, 2, 0x1234567ff401, 0xabc,
	  0x123456600abc },
	{ "1G block", 48, 1, 0x123440000401, 0, VMSA_NO_PA },
	{ "level 3 reserved type", 48, 3, 0x123456789401, 0, VMSA_NO_PA },
	{ "level 3 invalid", 48, 3, 0x123456789402, 0, VMSA_NO_PA },
	{ "level 2 invalid, type 2", 48, 2, 0x123456600402, 0, VMSA_NO_PA },
	{ "level 1 invalid", 48, 1, 0, 0, VMSA_NO_PA },
	{ "level 0 block", 48, 0, 0x401, 0, VMSA_NO_PA },
	{ "level 2 root", 30, 3, 0x5403, 0, VMSA_NO_PA },
};

/* Pages and 2M blocks need no call; what does leaves the answer alone. */
static void pages_and_blocks_are_quick(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_translation t = { .pa = 77 };
		struct vmsa_walker w;
		struct fixture f;
		vmsa_va va;

		print_message("%s\n", r->name);
		open_4k(&f, r->va_bits);
		va = vmsa_space_base(f.space) + r->offset;
		put_desc(f.space, va, r->level, r->desc);
		w = vmsa_walker_at(f.space, va);
		assert_int_equal(vmsa_walker_try(&w, va, &t),
				 r->pa != VMSA_NO_PA);
		assert_u64_equal(t.pa, r->pa == VMSA_NO_PA ? 77 : r->pa);
		if (r->pa != VMSA_NO_PA) {
			assert_u64_equal(t.desc, r->desc);
			assert_int_equal(t.level, r->level);
			assert_false(t.fault);
		}
		fixture_close(&f);
	}
}

/* Tables that all have the attributes of the first are still quick. */
static void table_attributes_may_be_any(void **state)
{
	struct vmsa_table t, child;
	struct vmsa_walker w;
	struct fixture f;
	vmsa_va va;

	(void)state;
	open_4k(&f, 48);
	va = vmsa_space_base(f.space);
	put_desc(f.space, va, 3, 0x5403);
	put_desc(f.space, va + L0_SPAN / 512, 3, 0x6403);
	vmsa_table_root(f.space, &t);
	while (t.level < 3) {
		const vmsa_desc link = vmsa_table_get(&t, 0);

		vmsa_table_set(f.space, &t, 0, va,
			       link | EVERY_TABLE_ATTRIBUTE);
		assert_int_equal(
			vmsa_table_child(f.space, t.level, link, &child), 0);
		t = child;
	}
	w = vmsa_walker_at(f.space, va);
	assert_true(is_quick(&w, va));
	assert_u64_equal(walked(&w, va + 0x10), 0x5010);
	/* Without attributes: not quick beside the first, but right. */
	assert_false(is_quick(&w, va + L0_SPAN / 512));
	assert_u64_equal(walked(&w, va + L0_SPAN / 512 + 0x10), 0x6010);
	assert_true(is_quick(&w, va + L0_SPAN / 512));
	fixture_close(&f);
}

/* Under another level 0 entry it aims anew, and is quick again. */
static void a_walker_follows_its_addresses(void **state)
{
	struct vmsa_walker w;
	struct fixture f;
	vmsa_va va;

	(void)state;
	open_4k(&f, 48);
	va = vmsa_space_base(f.space) + 5 * L0_SPAN;
	put_desc(f.space, va, 3, 0x5403);
	put_desc(f.space, va + L0_SPAN, 3, 0x6403);
	put_desc(f.space, va - 0x1000, 3, 0x7403);
	w = vmsa_walker_at(f.space, va);
	assert_u64_equal(walked(&w, va + L0_SPAN + 1), 0x6001);
	assert_true(is_quick(&w, va + L0_SPAN));
	assert_false(is_quick(&w, va));
	assert_u64_equal(walked(&w, va - 1), 0x7fff);
	assert_u64_equal(walked(&w, va + 2 * L0_SPAN), VMSA_NO_PA);
	assert_u64_equal(walked(&w, va + 2), 0x5002);
	fixture_close(&f);
}

/* What level 0 leads to is remembered, and forgotten in time. */
static void a_level_0_store_is_seen_at_once(void **state)
{
	const struct vmsa_table_run first = { .index = 0, .count = 1 };
	const struct vmsa_change clear = { .clear = VMSA_DESC_VALID };
	struct vmsa_table root;
	struct vmsa_walker w;
	struct fixture f;
	vmsa_desc link;
	vmsa_va va;

	(void)state;
	open_4k(&f, 48);
	va = vmsa_space_base(f.space);
	put_desc(f.space, va, 3, 0x5403);
	put_desc(f.space, va + L0_SPAN, 3, 0x6403);
	vmsa_table_root(f.space, &root);
	link = vmsa_table_get(&root, 1);
	w = vmsa_walker_at(f.space, va);
	assert_u64_equal(walked(&w, va), 0x5000);
	vmsa_table_set(f.space, &root, 0, va, link);
	assert_u64_equal(walked(&w, va), 0x6000);
	vmsa_table_change_run(f.space, &root, first, clear);
	assert_u64_equal(walked(&w, va), VMSA_NO_PA);
	/* And what is not valid leads nowhere, address or not. */
	assert_u64_equal(walked(&w, va), VMSA_NO_PA);
	vmsa_table_set_run(f.space, &root, 0, 2, va, link, 0);
	assert_u64_equal(walked(&w, va), 0x6000);
	fixture_close(&f);
}

/* Between the two moves of the count an entry may be the old or the new. */
static void nothing_is_remembered_during_a_level_0_store(void **state)
{
	struct vmsa_space_head *head;
	struct vmsa_walker w;
	struct fixture f;
	vmsa_va va;

	(void)state;
	open_4k(&f, 48);
	va = vmsa_space_base(f.space);
	put_desc(f.space, va, 3, 0x5403);
	head = (struct vmsa_space_head *)(void *)f.space;
	head->changes++;
	w = vmsa_walker_at(f.space, va);
	assert_false(is_quick(&w, va));
	assert_u64_equal(walked(&w, va), 0x5000);
	head->changes++;
	assert_u64_equal(walked(&w, va), 0x5000);
	assert_true(is_quick(&w, va));
	fixture_close(&f);
}

/* Its level 1 table is freed, and serves other addresses. */
static void a_reused_table_does_not_fool_an_old_walker(void **state)
{
	struct vmsa_mapping m = {
		.pa = 0x5000, .size = 0x1000, .attr = 0x400, .phase = VMSA_LATE
	};
	struct vmsa_walker w;
	struct fixture f;
	vmsa_va va;

	(void)state;
	open_4k(&f, 48);
	m.va = va = vmsa_space_base(f.space);
	assert_int_equal(vmsa_map(f.space, &m), 0);
	w = vmsa_walker_at(f.space, va);
	assert_true(is_quick(&w, va));
	assert_int_equal(vmsa_unmap(f.space, va, 0x1000), 0);
	assert_false(is_quick(&w, va));
	m.va = va + 3 * L0_SPAN;
	m.pa = 0x6000;
	assert_int_equal(vmsa_map(f.space, &m), 0);
	assert_u64_equal(walked(&w, va), VMSA_NO_PA);
	assert_u64_equal(walked(&w, m.va), 0x6000);
	fixture_close(&f);
}

/* Any table may be one that a walk was in. */
static void freeing_a_table_makes_a_walker_look_again(void **state)
{
	struct vmsa_walker w;
	struct vmsa_table t;
	struct fixture f;
	vmsa_va va;

	(void)state;
	open_4k(&f, 39);
	va = vmsa_space_base(f.space);
	put_desc(f.space, va, 3, 0x5403);
	assert_int_equal(vmsa_table_alloc(f.space, VMSA_LATE, 3, &t), 0);
	w = vmsa_walker_at(f.space, va);
	assert_true(is_quick(&w, va));
	vmsa_table_free(f.space, &t);
	assert_false(is_quick(&w, va));
	assert_u64_equal(walked(&w, va), 0x5000);
	assert_true(is_quick(&w, va));
	fixture_close(&f);
}

/* --- tables in places that are not usual -------------------------------- */

/* A space of 4K and 48 bits over @n banks, its root at @root. */
static struct vmsa_space *open_banks(const struct vmsa_range *banks, size_t n,
				     vmsa_pa root)
{
	const struct vmsa_memory_config mc = { .granule_shift = 12,
					       .banks = banks,
					       .nr_banks = n };
	struct vmsa_space_config sc = { .root = root };
	struct vmsa_space *s;

	vmsa_geometry_init(&sc.geometry, 12, 48, VMSA_FORMAT_48);
	assert_int_equal(vmsa_memory_create(&mc, &sc.memory), 0);
	assert_int_equal(vmsa_space_create(&sc, &s), 0);
	return s;
}

static void close_banks(struct vmsa_space *s)
{
	struct vmsa_memory *memory = vmsa_space_memory(s);

	vmsa_space_destroy(s);
	vmsa_memory_destroy(memory);
}

/* One frame is the table of levels 1, 2 and 3; entry 5 is a page. */
static void link_frame(struct vmsa_space *s, vmsa_pa at, vmsa_desc attributes)
{
	const vmsa_desc down = at | attributes | 3;
	vmsa_desc *frame = vmsa_memory_frame(vmsa_space_memory(s), at);
	struct vmsa_table root;

	frame[0] = down;
	frame[5] = 0x77403;
	vmsa_table_root(s, &root);
	vmsa_table_set(s, &root, 0, 0, down);
}

/* Quick in the upper half of the main bank; right wherever memory is. */
static void tables_anywhere_are_found(void **state)
{
	static const struct vmsa_range banks[] = { { 0x10000, 0x4000 },
						   { 0x80000, 0x7000 } };
	static const struct {
		vmsa_pa at;
		bool quick;
	} frames[] = { { 0x10000, false }, { 0x13000, false },
		       { 0x80000, false }, { 0x82000, false },
		       { 0x83000, true },  { 0x86000, true } };
	struct vmsa_space *s = open_banks(banks, 2, 0x11000);

	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		struct vmsa_walker w;

		link_frame(s, frames[i].at, 0);
		w = vmsa_walker_at(s, 0);
		assert_int_equal(is_quick(&w, 0x5123), frames[i].quick);
		assert_u64_equal(walked(&w, 0x5123), 0x77123);
	}
	close_banks(s);
}

/* With the main bank beyond 48 bits, bit 51 of a link is no address bit. */
static void ignored_bits_are_no_address(void **state)
{
	static const struct vmsa_range banks[] = {
		{ 0, 0x4000 }, { 0x0008000000000000, 0x4000 }
	};
	struct vmsa_space *s = open_banks(banks, 2, 0x1000);
	struct vmsa_walker w;
	vmsa_desc *frame;

	(void)state;
	link_frame(s, 0x3000, UINT64_C(1) << 51);
	/* Where a walk would end that took it for one. */
	frame = vmsa_memory_frame(vmsa_space_memory(s), 0x0008000000003000);
	frame[0] = 0x0008000000003003;
	frame[5] = 0xbad403;
	w = vmsa_walker_at(s, 0);
	assert_u64_equal(walked(&w, 0x5123), 0x77123);
	close_banks(s);
}

/* Errors are vmsa_translate()'s, and leave the answer and the walker sound. */
static void errors_leave_the_answer_alone(void **state)
{
	struct vmsa_translation t = { .pa = 77 };
	struct vmsa_walker w;
	struct fixture f;
	vmsa_va va;

	(void)state;
	open_4k(&f, 48);
	va = vmsa_space_base(f.space);
	put_desc(f.space, va, 3, 0x5403);
	put_desc(f.space, va + (1 << 30), 1, 0xfffffffff003);
	put_desc(f.space, va + (1 << 21), 2, 0x003);
	w = vmsa_walker_at(f.space, va);
	assert_int_equal(vmsa_walker_translate(&w, va - 1, &t), -ERANGE);
	assert_int_equal(vmsa_walker_translate(&w, 0, &t), -ERANGE);
	assert_int_equal(vmsa_walker_translate(&w, va + (1 << 30), &t),
			 -EFAULT);
	assert_int_equal(vmsa_walker_translate(&w, va + (1 << 21), &t),
			 -EFAULT);
	assert_u64_equal(t.pa, 77);
	assert_u64_equal(walked(&w, va), 0x5000);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_and_blocks_are_quick),
		cmocka_unit_test(table_attributes_may_be_any),
		cmocka_unit_test(a_walker_follows_its_addresses),
		cmocka_unit_test(a_level_0_store_is_seen_at_once),
		cmocka_unit_test(nothing_is_remembered_during_a_level_0_store),
		cmocka_unit_test(a_reused_table_does_not_fool_an_old_walker),
		cmocka_unit_test(freeing_a_table_makes_a_walker_look_again),
		cmocka_unit_test(tables_anywhere_are_found),
		cmocka_unit_test(ignored_bits_are_no_address),
		cmocka_unit_test(errors_leave_the_answer_alone),
	};

	return cmocka_run_group_tests_name("walker", tests, NULL, NULL);
}
