/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * translate_test.c - lookups through descriptors placed by hand
 *
 * Descriptors are literals from D8.3: 0x3 table or page, 0x1 block, 0x400 AF.
 */
#include "tables.h"

#include "vmsa/table/walker.h"

#include <errno.h>

#define LPA2 VMSA_FORMAT_LPA2

static const struct row {
	const char *name;
	unsigned granule_shift, va_bits;
	enum vmsa_format format;
	int level;
	vmsa_desc desc;
	uint64_t offset; /* of the address asked for, in the half */
	vmsa_pa pa;      /* expected; VMSA_NO_PA is a fault */
} rows[] = {
	{ "4K page", 12, 48, VMSA_FORMAT_48, 3, 0x0000123456789403,
	  0x0000400000001abc, 0x0000123456789abc },
	{ "4K page, every attribute", 12, 48, VMSA_FORMAT_48, 3,
	  0xfff0123456789fff, 0x7fffffffffff, 0x0000123456789fff },
	{ "4K 2M block", 12, 48, VMSA_FORMAT_48, 2, 0x0000123456600401,
	  0x12345678, 0x0000123456745678 },
	{ "4K 2M block, nT and RES0 bits do not reach the address", 12, 48,
	  VMSA_FORMAT_48, 2, 0x00001234567ff401, 0x000abc, 0x0000123456600abc },
	{ "4K 1G block", 12, 39, VMSA_FORMAT_48, 1, 0x0000123440000401,
	  0x7fffffffff, 0x000012347fffffff },
	{ "4K level 0 has no block", 12, 48, VMSA_FORMAT_48, 0,
	  0x0000008000000401, 0x123, VMSA_NO_PA },
	{ "4K level 3 reserved type", 12, 48, VMSA_FORMAT_48, 3,
	  0x0000123456789401, 0x123, VMSA_NO_PA },
	{ "4K level 3 invalid, page bits", 12, 48, VMSA_FORMAT_48, 3,
	  0x0000123456789402, 0x123, VMSA_NO_PA },
	{ "4K level 2 invalid", 12, 48, VMSA_FORMAT_48, 2, 0xfffffffffffffffe,
	  0x123, VMSA_NO_PA },
	{ "4K start level 2", 12, 30, VMSA_FORMAT_48, 3, 0x0000000000005403,
	  0x3ffffffe, 0x0000000000005ffe },
	{ "4K start level 3, 16 entries", 12, 16, VMSA_FORMAT_48, 3,
	  0x0000000000005403, 0xf123, 0x0000000000005123 },
	{ "16K page", 14, 48, VMSA_FORMAT_48, 3, 0x000012345678c403,
	  0x800000003fff, 0x000012345678ffff },
	{ "16K 32M block", 14, 47, VMSA_FORMAT_48, 2, 0x0000123452000401,
	  0x1fffffe, 0x0000123453fffffe },
	{ "16K level 1 has no block", 14, 47, VMSA_FORMAT_48, 1,
	  0x0000001000000401, 0, VMSA_NO_PA },
	{ "16K start level 2", 14, 36, VMSA_FORMAT_48, 3, 0x000000000000c403,
	  0xfffffffff, 0x000000000000ffff },
	{ "16K start level 3, 4 entries", 14, 16, VMSA_FORMAT_48, 3,
	  0x000000000000c403, 0xffff, 0x000000000000ffff },
	{ "64K page", 16, 48, VMSA_FORMAT_48, 3, 0x0000123456780403, 0x12345678,
	  0x0000123456785678 },
	{ "64K 512M block", 16, 42, VMSA_FORMAT_48, 2, 0x0000123440000401,
	  0x3ffffffffff, 0x000012345fffffff },
	{ "64K level 1 has no block without LPA", 16, 48, VMSA_FORMAT_48, 1,
	  0x0000040000000401, 0, VMSA_NO_PA },
	{ "64K bits 15:12 are not an address without LPA", 16, 48,
	  VMSA_FORMAT_48, 3, 0x000012345678f403, 0, 0x0000123456780000 },
	{ "LPA page above 48 bits", 16, 52, VMSA_FORMAT_LPA, 3,
	  0x000012345678a403, 0xfffff00001234, 0x000a123456781234 },
	{ "LPA 512M block", 16, 52, VMSA_FORMAT_LPA, 2, 0x000012344000f401,
	  0x1fffffff, 0x000f12345fffffff },
	{ "LPA 4T block", 16, 48, VMSA_FORMAT_LPA, 1, 0x0000040000005401,
	  0x3ffffffffff, 0x000507ffffffffff },
	{ "LPA2 4K page, 16-entry root", 12, 52, LPA2, 3, 0x0003123456789703,
	  0xfffffffffffff, 0x000f123456789fff },
	{ "LPA2 2M block", 12, 52, LPA2, 2, 0x0002123456600501, 0x1fffff,
	  0x00061234567fffff },
	{ "LPA2 512G block", 12, 52, LPA2, 0, 0x0000008000000601, 0x7fffffffff,
	  0x000800ffffffffff },
	{ "LPA2 level -1 has no block", 12, 52, LPA2, -1, 0x401, 0,
	  VMSA_NO_PA },
	{ "LPA2 16K page", 14, 52, LPA2, 3, 0x000312345678c403, 0x3fff,
	  0x000312345678ffff },
	{ "LPA2 16K 64G block", 14, 48, LPA2, 1, 0x0000001000000701,
	  0xfffffffff, 0x000c001fffffffff },
};

static void assert_same(const struct vmsa_translation *a,
			const struct vmsa_translation *b)
{
	assert_u64_equal(a->pa, b->pa);
	assert_u64_equal(a->desc, b->desc);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->fault, b->fault);
}

static void check_row(const struct row *r, bool upper)
{
	struct fixture f;
	struct vmsa_translation t, other;
	struct vmsa_walker walker;
	vmsa_va va;

	fixture_open(&f, r->granule_shift, r->va_bits, r->format);
	if (!upper) {
		struct vmsa_space_config c = { .geometry = f.geometry,
					       .memory = f.memory,
					       .root = VMSA_NO_PA };

		vmsa_space_destroy(f.space);
		assert_int_equal(vmsa_space_create(&c, &f.space), 0);
	}
	va = vmsa_space_base(f.space) + r->offset;
	put_desc(f.space, va, r->level, r->desc);
	assert_int_equal(vmsa_translate(f.space, va, &t), 0);
	assert_int_equal(t.fault, r->pa == VMSA_NO_PA);
	assert_u64_equal(t.pa, t.fault ? 0 : r->pa);
	assert_u64_equal(t.desc, r->desc);
	assert_int_equal(t.level, r->level);
	assert_int_equal(vmsa_translate_many(f.space, &va, 1, &other), 0);
	assert_same(&other, &t);
	walker = vmsa_walker_at(f.space, va);
	assert_int_equal(vmsa_walker_translate(&walker, va, &other), 0);
	assert_same(&other, &t);
	fixture_close(&f);
}

/* Each kind of leaf maps each of its bytes to where its format says. */
static void descriptors_translate_as_the_manual_says(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		print_message("%s\n", r->name);
		check_row(r, true);
		check_row(r, false);
	}
}

/* Attributes of the tables above do not get in the way. */
static void table_attributes_do_not_matter(void **state)
{
	struct fixture f;
	struct vmsa_translation t;
	struct vmsa_table root;
	vmsa_desc link;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	put_desc(f.space, vmsa_space_base(f.space), 3, 0x5403);
	vmsa_table_root(f.space, &root);
	link = vmsa_table_get(&root, 0);
	/* NSTable, APTable, UXNTable, PXNTable, and all ignored bits. */
	vmsa_table_set(f.space, &root, 0, vmsa_space_base(f.space),
		       link | 0xfff8000000000ffc);
	assert_int_equal(vmsa_translate(f.space,
					vmsa_space_base(f.space) + 0x10, &t),
			 0);
	assert_u64_equal(t.pa, 0x5010);
	fixture_close(&f);
}

/* A table where there is no memory is an error, not a fault. */
static void tables_outside_memory_are_an_error(void **state)
{
	static const vmsa_pa outside[] = { TEST_RAM_BASE - 0x1000,
					   TEST_RAM_BASE + TEST_RAM_SIZE, 0,
					   0xfffffffff000 };
	struct fixture f;
	struct vmsa_translation t = { .pa = 77 };

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	for (size_t i = 0; i < COUNT(outside); i++) {
		const vmsa_va va = vmsa_space_base(f.space);

		put_desc(f.space, va, 1, outside[i] | 3);
		assert_int_equal(vmsa_translate(f.space, va, &t), -EFAULT);
		assert_u64_equal(t.pa, 77);
		assert_int_equal(vmsa_translate_many(f.space, &va, 1, &t),
				 -EFAULT);
	}
	fixture_close(&f);
}

/* Tables may sit in any bank, in the first frame and in the last. */
static void tables_in_every_bank_are_found(void **state)
{
	const struct vmsa_range banks[] = { { 0x10000, 0x4000 },
					    { 0x80000, 0x4000 },
					    { 0x0008000000000000, 0x4000 } };
	static const vmsa_pa frames[] = { 0x10000,
					  0x13000,
					  0x80000,
					  0x83000,
					  0x0008000000000000,
					  0x0008000000003000 };
	const struct vmsa_memory_config mc = { .granule_shift = 12,
					       .banks = banks,
					       .nr_banks = 3 };
	struct vmsa_space_config sc = { .upper = true, .root = 0x11000 };
	struct vmsa_space *s;

	(void)state;
	vmsa_geometry_init(&sc.geometry, 12, 48, LPA2);
	assert_int_equal(vmsa_memory_create(&mc, &sc.memory), 0);
	assert_int_equal(vmsa_space_create(&sc, &s), 0);
	for (size_t i = 0; i < COUNT(frames); i++) {
		const vmsa_desc down = raw_link(&sc.geometry, frames[i]) | 3;
		vmsa_desc *frame = vmsa_memory_frame(sc.memory, frames[i]);
		struct vmsa_translation t;
		struct vmsa_table root;

		/* One frame is the table of levels 1, 2 and 3. */
		frame[0] = down;
		frame[5] = 0x77000 | 0x403;
		vmsa_table_root(s, &root);
		vmsa_table_set(s, &root, 0, vmsa_space_base(s), down);
		assert_int_equal(
			vmsa_translate(s, vmsa_space_base(s) + 0x5123, &t), 0);
		assert_u64_equal(t.pa, 0x77123);
	}
	vmsa_space_destroy(s);
	vmsa_memory_destroy(sc.memory);
}

/* Many at once answer as one by one, in order, whatever the number. */
static void many_lookups_answer_like_single_ones(void **state)
{
	static vmsa_va va[100];
	static struct vmsa_translation many[100];
	struct fixture f;
	uint64_t seed = 5;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	for (unsigned i = 0; i < COUNT(va); i++) {
		const uint64_t place = test_rand(&seed) & 0xffffffffffff;

		va[i] = vmsa_space_base(f.space) + place;
		/* Pages, blocks, invalid ones, and holes. */
		if (i % 4 != 3)
			put_desc(f.space, va[i], 1 + (int)i % 3,
				 (vmsa_desc)i << 30 | (i % 3 == 2 ? 3 : i % 2));
	}
	for (size_t n = 0; n <= COUNT(va); n++) {
		memset(many, 0xa5, sizeof(many));
		assert_int_equal(vmsa_translate_many(f.space, va, n, many), 0);
		for (size_t i = 0; i < n; i++) {
			struct vmsa_translation t;

			vmsa_translate(f.space, va[i], &t);
			assert_same(&many[i], &t);
		}
		if (n < COUNT(va))
			assert_int_equal(((uint8_t *)&many[n])[0], 0xa5);
	}
	va[70] = 0;
	assert_int_equal(vmsa_translate_many(f.space, va, 100, many), -ERANGE);
	fixture_close(&f);
}

/* A freed table sends walkers that were in it back to the start. */
static void freeing_a_table_makes_walkers_retry(void **state)
{
	struct fixture f;
	struct vmsa_table t;
	uint32_t begun;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	assert_int_equal(vmsa_table_alloc(f.space, VMSA_LATE, 3, &t), 0);
	begun = vmsa_space_read_begin(f.space);
	vmsa_table_set(f.space, &t, 0, vmsa_space_base(f.space), 0x5403);
	assert_false(vmsa_space_read_retry(f.space, begun));
	vmsa_table_free(f.space, &t);
	assert_true(vmsa_space_read_retry(f.space, begun));
	assert_false(
		vmsa_space_read_retry(f.space, vmsa_space_read_begin(f.space)));
	fixture_close(&f);
}

/* --- a writer that strikes in the middle of a walk ---------------------- */

struct ambush {
	struct vmsa_memory *ram;
	struct vmsa_space *space;
	vmsa_va va, other;
	vmsa_pa table; /* strike when a walker is about to read it */
};

static struct vmsa_mapping one_page(vmsa_va va, vmsa_pa pa)
{
	return (struct vmsa_mapping){ .va = va,
				      .pa = pa,
				      .size = 0x1000,
				      .attr = 0x400,
				      .phase = VMSA_LATE };
}

/* The page moves, and its old table becomes the table of another page. */
static void strike(struct ambush *a)
{
	const struct vmsa_mapping other = one_page(a->other, 0xbad000);
	const struct vmsa_mapping moved = one_page(a->va, 0x9000);

	a->table = VMSA_NO_PA;
	assert_int_equal(vmsa_unmap(a->space, a->va, 0x1000), 0);
	assert_int_equal(vmsa_map(a->space, &other), 0);
	assert_int_equal(vmsa_map(a->space, &moved), 0);
}

static void *ambush_frame(void *arg, vmsa_pa pa)
{
	struct ambush *a = arg;

	if (pa == a->table)
		strike(a);
	return vmsa_memory_frame(a->ram, pa);
}

static int ambush_alloc(void *arg, enum vmsa_phase phase, vmsa_pa *pa)
{
	struct ambush *a = arg;

	return vmsa_frame_alloc(a->ram, phase, 3, pa);
}

static void ambush_free(void *arg, vmsa_pa pa)
{
	struct ambush *a = arg;

	vmsa_frame_free(a->ram, pa, 3);
}

/* The level 3 table of @va. */
static vmsa_pa last_table(struct vmsa_space *s, vmsa_va va)
{
	struct vmsa_table t, child;

	vmsa_table_root(s, &t);
	while (t.level < 3) {
		const vmsa_desc d = vmsa_table_get(
			&t, raw_index(vmsa_space_geometry(s), t.level, va));

		assert_int_equal(vmsa_table_child(s, t.level, d, &child), 0);
		t = child;
	}
	return t.pa;
}

static void ambush_walk(bool many)
{
	const struct vmsa_range bank = { 0x100000, 0x100000 };
	struct ambush a = { .table = VMSA_NO_PA };
	const struct vmsa_frame_ops ops = { ambush_frame, ambush_alloc,
					    ambush_free, &a };
	struct vmsa_memory_config mc = { .granule_shift = 12,
					 .banks = &bank,
					 .nr_banks = 1 };
	struct vmsa_space_config sc = { .upper = true, .root = VMSA_NO_PA };
	struct vmsa_mapping m;
	struct vmsa_translation t;

	assert_int_equal(vmsa_memory_create(&mc, &a.ram), 0);
	mc.ops = &ops;
	assert_int_equal(vmsa_memory_create(&mc, &sc.memory), 0);
	vmsa_geometry_init(&sc.geometry, 12, 39, VMSA_FORMAT_48);
	assert_int_equal(vmsa_space_create(&sc, &a.space), 0);
	a.va = vmsa_space_base(a.space) + 0x3000;
	a.other = a.va + (UINT64_C(1) << 31);
	m = one_page(a.va, 0x5000);
	assert_int_equal(vmsa_map(a.space, &m), 0);
	a.table = last_table(a.space, a.va);
	assert_int_equal(many ? vmsa_translate_many(a.space, &a.va, 1, &t)
			      : vmsa_translate(a.space, a.va, &t),
			 0);
	assert_u64_equal(a.table, VMSA_NO_PA);
	assert_u64_equal(t.pa, 0x9000);
	vmsa_space_destroy(a.space);
	vmsa_memory_destroy(sc.memory);
	vmsa_memory_destroy(a.ram);
}

/* The walk is repeated: what it read belonged to another address by then. */
static void a_table_reused_under_a_walker_does_not_fool_it(void **state)
{
	(void)state;
	ambush_walk(false);
	ambush_walk(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_translate_as_the_manual_says),
		cmocka_unit_test(table_attributes_do_not_matter),
		cmocka_unit_test(tables_outside_memory_are_an_error),
		cmocka_unit_test(tables_in_every_bank_are_found),
		cmocka_unit_test(many_lookups_answer_like_single_ones),
		cmocka_unit_test(freeing_a_table_makes_walkers_retry),
		cmocka_unit_test(
			a_table_reused_under_a_walker_does_not_fool_it),
	};

	return cmocka_run_group_tests_name("translate", tests, NULL, NULL);
}
