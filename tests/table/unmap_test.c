/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unmap_test.c - vmsa_unmap() and vmsa_protect() on tables placed by hand
 */
#include "tables.h"

#include <errno.h>

#define CONT (UINT64_C(1) << 52)
#define NG   (UINT64_C(1) << 11)
#define RO   (UINT64_C(1) << 7)
#define MIB  UINT64_C(0x100000)

static vmsa_desc desc_at(struct fixture *f, uint64_t offset)
{
	struct vmsa_translation t;

	assert_int_equal(vmsa_translate(f->space,
					vmsa_space_base(f->space) + offset, &t),
			 0);
	return t.desc;
}

static int unmap(struct fixture *f, uint64_t offset, uint64_t size)
{
	return vmsa_unmap(f->space, vmsa_space_base(f->space) + offset, size);
}

static int protect(struct fixture *f, uint64_t offset, uint64_t size,
		   vmsa_desc set, vmsa_desc clear)
{
	return vmsa_protect(f->space, vmsa_space_base(f->space) + offset, size,
			    set, clear);
}

/* A page, a contiguous group, a block, something invalid, the last page. */
static void open_mixed(struct fixture *f)
{
	vmsa_va base;

	fixture_open(f, 12, 48, VMSA_FORMAT_48);
	base = vmsa_space_base(f->space);
	put_desc(f->space, base + 0x3000, 3, 0x5403);
	for (uint64_t i = 0; i < 0x10000; i += 0x1000)
		put_desc(f->space, base + 0x10000 + i, 3,
			 (0x20000 + i) | 0x403 | CONT);
	put_desc(f->space, base + 2 * MIB, 2, 0x40000401);
	put_desc(f->space, base + 4 * MIB, 2, 0xbad0);
	put_desc(f->space, ~UINT64_C(0), 3, 0x7403);
}

/* Everything goes, also what is not valid, and only the root stays. */
static void unmapping_everything_leaves_the_root_alone(void **state)
{
	struct fixture f;
	struct dump d;

	(void)state;
	open_mixed(&f);
	assert_int_equal(unmap(&f, 0, UINT64_C(1) << 48), 0);
	d = dump_space(f.space);
	assert_int_equal(d.tables, 1);
	for (size_t i = 1; i < d.n; i++)
		assert_u64_equal(d.word[i], 0);
	assert_int_equal(live_frames(f.memory), 1);
	dump_free(&d);
	fixture_close(&f);
}

/* Tables are freed when they become empty, and not before. */
static void tables_go_when_their_last_entry_goes(void **state)
{
	static const struct {
		uint64_t offset, size, frames;
	} steps[] = {
		{ 0x3000, 0x1000, 7 },   /* the group shares its table */
		{ 0x10000, 0x10000, 6 }, /* its level 3 */
		{ 2 * MIB, 2 * MIB, 6 }, /* 0xbad0 shares level 2 */
		{ 4 * MIB, 2 * MIB, 4 }, /* levels 2 and 1 */
		{ 0xfffffffff000, 0x1000,
		  1 },                       /* levels 3, 2 and 1 at the top */
		{ 0, UINT64_C(1) << 48, 1 }, /* nothing left to do */
	};
	struct fixture f;

	(void)state;
	open_mixed(&f);
	assert_int_equal(live_frames(f.memory), 7);
	for (size_t i = 0; i < COUNT(steps); i++) {
		assert_int_equal(unmap(&f, steps[i].offset, steps[i].size), 0);
		assert_u64_equal(desc_at(&f, steps[i].offset), 0);
		assert_int_equal(live_frames(f.memory), steps[i].frames);
	}
	fixture_close(&f);
}

static const struct cut_row {
	const char *name;
	uint64_t offset, size;
	int ret;
} cuts[] = {
	{ "nothing", 0, 0, -EINVAL },
	{ "odd start", 0x800, 0x1000, -EINVAL },
	{ "odd size", 0, 0x800, -EINVAL },
	{ "start inside a group", 0x11000, 0xf000, -EINVAL },
	{ "end inside a group", 0, 0x11000, -EINVAL },
	{ "start inside a block", 2 * MIB + 0x1000, 2 * MIB - 0x1000, -EINVAL },
	{ "end inside a block", 0, 3 * MIB, -EINVAL },
	{ "end inside an invalid entry", 2 * MIB, 3 * MIB, -EINVAL },
	{ "beyond the half", 0xfffffffff000, 0x2000, -ERANGE },
	{ "the other half", 1 - (UINT64_C(1) << 48) + 0xfff, 0x1000, -ERANGE },
};

/* An edge may cut nothing, and a refusal changes nothing. */
static void ranges_that_cut_a_leaf_are_refused(void **state)
{
	struct fixture f;

	(void)state;
	open_mixed(&f);
	for (const struct cut_row *r = cuts; r < cuts + COUNT(cuts); r++) {
		struct dump before = dump_space(f.space);

		print_message("%s\n", r->name);
		assert_int_equal(unmap(&f, r->offset, r->size), r->ret);
		assert_int_equal(protect(&f, r->offset, r->size, RO, 0),
				 r->ret);
		assert_unchanged(f.space, &before);
	}
	fixture_close(&f);
}

/* Clear comes before set; leaves only; whatever else is there stays. */
static void protecting_changes_valid_leaves_alone(void **state)
{
	struct fixture f;

	(void)state;
	open_mixed(&f);
	assert_int_equal(protect(&f, 0, UINT64_C(1) << 48, RO | NG, RO | 0x400),
			 0);
	assert_u64_equal(desc_at(&f, 0x3000), 0x5003 | RO | NG);
	assert_u64_equal(desc_at(&f, 0x10000), 0x20003 | CONT | RO | NG);
	assert_u64_equal(desc_at(&f, 0x1f000), 0x2f003 | CONT | RO | NG);
	assert_u64_equal(desc_at(&f, 2 * MIB), 0x40000001 | RO | NG);
	assert_u64_equal(desc_at(&f, 4 * MIB), 0xbad0);
	assert_u64_equal(desc_at(&f, 0), 0);
	assert_u64_equal(desc_at(&f, 0xffffffffffff), 0x7003 | RO | NG);
	fixture_close(&f);
}

/* A range touches its own leaves only. */
static void protecting_a_range_leaves_its_neighbours(void **state)
{
	struct fixture f;

	(void)state;
	open_mixed(&f);
	assert_int_equal(protect(&f, 0x10000, 0x10000, RO, 0), 0);
	assert_u64_equal(desc_at(&f, 0x3000), 0x5403);
	assert_u64_equal(desc_at(&f, 0x10000), 0x20403 | CONT | RO);
	assert_u64_equal(desc_at(&f, 2 * MIB), 0x40000401);
	fixture_close(&f);
}

/* Bits that need break-before-make are refused, one by one. */
static void only_bits_safe_on_live_entries_may_change(void **state)
{
	/* AP, AF, DBM, PXN, UXN, 58:55. */
	const uint64_t live = UINT64_C(3) << 6 | UINT64_C(1) << 10 |
			      UINT64_C(1) << 51 | UINT64_C(3) << 53 |
			      UINT64_C(15) << 55;
	struct fixture f;

	(void)state;
	open_mixed(&f);
	for (int bit = 0; bit < 64; bit++) {
		const vmsa_desc b = UINT64_C(1) << bit;
		const int ret = live & b ? 0 : -EINVAL;
		struct dump before = dump_space(f.space);

		assert_int_equal(protect(&f, 0, 0x1000, b, 0),
				 b == NG ? 0 : ret);
		assert_int_equal(protect(&f, 0, 0x1000, 0, b), ret);
		assert_unchanged(f.space, &before);
	}
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unmapping_everything_leaves_the_root_alone),
		cmocka_unit_test(tables_go_when_their_last_entry_goes),
		cmocka_unit_test(ranges_that_cut_a_leaf_are_refused),
		cmocka_unit_test(protecting_changes_valid_leaves_alone),
		cmocka_unit_test(protecting_a_range_leaves_its_neighbours),
		cmocka_unit_test(only_bits_safe_on_live_entries_may_change),
	};

	return cmocka_run_group_tests_name("unmap", tests, NULL, NULL);
}
