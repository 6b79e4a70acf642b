/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * visit_test.c - what vmsa_visit() shows of tables placed by hand
 */
#include "tables.h"

#include <errno.h>

#define HOLES   VMSA_VISIT_HOLES
#define TABLES  VMSA_VISIT_TABLES
#define INVALID VMSA_DESC_TYPE_INVALID
#define TABLE   VMSA_DESC_TYPE_TABLE
#define BLOCK   VMSA_DESC_TYPE_BLOCK
#define PAGE    VMSA_DESC_TYPE_PAGE

/* What a callback saw; offsets are from the base of the half. */
struct seen {
	uint64_t offset;
	vmsa_desc desc; /* 0 for a table: its frame is not the test's affair */
	uint64_t step;
	uint32_t count;
	int level;
	enum vmsa_desc_type type;
};

struct log {
	vmsa_va base;
	struct vmsa_memory *memory;
	struct seen v[32];
	size_t n;
	size_t stop_after; /* entries; 0 goes on */
};

static int record(void *arg, const struct vmsa_entry *e)
{
	struct log *log = arg;
	vmsa_desc stored;

	assert_true(log->n < COUNT(log->v));
	assert_int_equal(vmsa_memory_read(log->memory, e->at, &stored), 0);
	assert_u64_equal(stored, e->desc);
	log->v[log->n++] = (struct seen){
		e->va - log->base, e->type == TABLE ? 0 : e->desc,
		e->step,           e->count,
		e->level,          e->type
	};
	return log->n == log->stop_after ? 42 : 0;
}

static void expect(struct fixture *f, uint64_t start, uint64_t last,
		   unsigned flags, const struct seen *want, size_t n)
{
	struct log log = { .base = vmsa_space_base(f->space),
			   .memory = f->memory };

	assert_int_equal(vmsa_visit(f->space, log.base + start, log.base + last,
				    flags, record, &log),
			 0);
	for (size_t i = 0; i < n && i < log.n; i++) {
		print_message("  %zu: %#llx\n", i,
			      (unsigned long long)log.v[i].offset);
		assert_u64_equal(log.v[i].offset, want[i].offset);
		assert_u64_equal(log.v[i].desc, want[i].desc);
		assert_u64_equal(log.v[i].step, want[i].step);
		assert_int_equal(log.v[i].count, want[i].count);
		assert_int_equal(log.v[i].level, want[i].level);
		assert_int_equal(log.v[i].type, want[i].type);
	}
	assert_int_equal(log.n, n);
}

/* Three pages in a row, one elsewhere, one of other attributes, a block. */
static void open_39(struct fixture *f)
{
	vmsa_va base;

	fixture_open(f, 12, 39, VMSA_FORMAT_48);
	base = vmsa_space_base(f->space);
	put_desc(f->space, base + 0x2000, 3, 0x10403);
	put_desc(f->space, base + 0x3000, 3, 0x11403);
	put_desc(f->space, base + 0x4000, 3, 0x12403);
	put_desc(f->space, base + 0x5000, 3, 0x99403);
	put_desc(f->space, base + 0x6000, 3, 0x9a483);
	put_desc(f->space, base + 0x400000, 2, 0x40000401);
	put_desc(f->space, base + 0x600000, 2, 0x40200401);
}

/* Leaves that go on form one run; holes and tables stay out. */
static void leaves_come_as_runs_in_address_order(void **state)
{
	static const struct seen want[] = {
		{ 0x2000, 0x10403, 0x1000, 3, 3, PAGE },
		{ 0x5000, 0x99403, 0x1000, 1, 3, PAGE },
		{ 0x6000, 0x9a483, 0x1000, 1, 3, PAGE },
		{ 0x400000, 0x40000401, 0x200000, 2, 2, BLOCK },
	};
	struct fixture f;

	(void)state;
	open_39(&f);
	expect(&f, 0, 0x7fffffffff, 0, want, COUNT(want));
	fixture_close(&f);
}

/* With both flags, every entry of every table is in exactly one run. */
static void holes_and_tables_complete_the_picture(void **state)
{
	static const struct seen want[] = {
		{ 0, 0, 0x40000000, 1, 1, TABLE },
		{ 0, 0, 0x200000, 1, 2, TABLE },
		{ 0, 0, 0, 2, 3, INVALID },
		{ 0x2000, 0x10403, 0x1000, 3, 3, PAGE },
		{ 0x5000, 0x99403, 0x1000, 1, 3, PAGE },
		{ 0x6000, 0x9a483, 0x1000, 1, 3, PAGE },
		{ 0x7000, 0, 0, 505, 3, INVALID },
		{ 0x200000, 0, 0, 1, 2, INVALID },
		{ 0x400000, 0x40000401, 0x200000, 2, 2, BLOCK },
		{ 0x800000, 0, 0, 508, 2, INVALID },
		{ 0x40000000, 0, 0, 511, 1, INVALID },
	};
	struct fixture f;

	(void)state;
	open_39(&f);
	expect(&f, 0, 0x7fffffffff, HOLES | TABLES, want, COUNT(want));
	fixture_close(&f);
}

/* A range shows each entry it touches, also where it cuts a block. */
static void a_range_is_clipped_to_the_entries_it_touches(void **state)
{
	static const struct seen middle[] = {
		{ 0x3000, 0x11403, 0x1000, 2, 3, PAGE },
	};
	static const struct seen inside_block[] = {
		{ 0x400000, 0x40000401, 0x200000, 1, 2, BLOCK },
	};
	static const struct seen across[] = {
		{ 0x1ff000, 0, 0, 1, 3, INVALID },
		{ 0x200000, 0, 0, 1, 2, INVALID },
		{ 0x400000, 0x40000401, 0x200000, 1, 2, BLOCK },
	};
	struct fixture f;

	(void)state;
	open_39(&f);
	expect(&f, 0x3fff, 0x4000, 0, middle, 1);
	expect(&f, 0x412345, 0x412345, 0, inside_block, 1);
	expect(&f, 0x1ff123, 0x5fffff, HOLES, across, COUNT(across));
	expect(&f, 0x7000, 0x3fffff, 0, NULL, 0);
	fixture_close(&f);
}

/* The last page of the address space ends a range without wrapping. */
static void the_last_page_can_be_visited(void **state)
{
	static const struct seen want[] = {
		{ 0xfffffffff000, 0x5403, 0x1000, 1, 3, PAGE },
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	put_desc(f.space, ~UINT64_C(0), 3, 0x5403);
	expect(&f, 0, 0xffffffffffff, 0, want, 1);
	expect(&f, 0xffffffffffff, 0xffffffffffff, 0, want, 1);
	fixture_close(&f);
}

/* Invalid but not empty, or of a type the level lacks: shown, INVALID. */
static void invalid_descriptors_are_shown_with_their_bits(void **state)
{
	static const struct seen want[] = {
		{ 0, 0xfffffffffffffffe, 0x1000, 1, 3, INVALID },
		{ 0x1000, 0x5401, 0x1000, 1, 3, INVALID },
		{ 0x8000000000, 0x401, 0x8000000000, 1, 0, INVALID },
	};
	struct fixture f;
	vmsa_va base;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	base = vmsa_space_base(f.space);
	put_desc(f.space, base, 3, 0xfffffffffffffffe);
	put_desc(f.space, base + 0x1000, 3, 0x5401);
	put_desc(f.space, base + 0x8000000000, 0, 0x401);
	expect(&f, 0, 0xffffffffffff, 0, want, COUNT(want));
	fixture_close(&f);
}

/*
 * One more leaf must not carry into an attribute: the 1 MiB below 2^48 (LPA)
 * and below 2^50 (LPA2) continue, in bits, to an entry of another meaning.
 */
static void an_address_carry_ends_a_run(void **state)
{
	static const struct seen lpa[] = {
		{ 0, 0x0000ffffffff0403, 0x10000, 1, 3, PAGE },
		{ 0x10000, 0x0001000000000403, 0x10000, 1, 3, PAGE },
	};
	static const struct seen lpa2[] = {
		{ 0, 0x0003fffffffff403, 0x1000, 1, 3, PAGE },
		{ 0x1000, 0x0004000000000403, 0x1000, 1, 3, PAGE },
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, 16, 52, VMSA_FORMAT_LPA);
	put_desc(f.space, vmsa_space_base(f.space), 3, lpa[0].desc);
	put_desc(f.space, vmsa_space_base(f.space) + 0x10000, 3, lpa[1].desc);
	expect(&f, 0, 0xfffffffffffff, 0, lpa, 2);
	fixture_close(&f);
	fixture_open(&f, 12, 52, VMSA_FORMAT_LPA2);
	put_desc(f.space, vmsa_space_base(f.space), 3, lpa2[0].desc);
	put_desc(f.space, vmsa_space_base(f.space) + 0x1000, 3, lpa2[1].desc);
	expect(&f, 0, 0xfffffffffffff, 0, lpa2, 2);
	fixture_close(&f);
}

/* The callback's value ends the visit and is handed back. */
static void a_callback_can_stop_the_visit(void **state)
{
	struct fixture f;
	struct log log = { .stop_after = 2 };

	(void)state;
	open_39(&f);
	log.base = vmsa_space_base(f.space);
	log.memory = f.memory;
	assert_int_equal(vmsa_visit(f.space, log.base, log.base + 0x7fffffffff,
				    0, record, &log),
			 42);
	assert_int_equal(log.n, 2);
	fixture_close(&f);
}

/* Ranges that leave the half, and tables outside memory, are errors. */
static void impossible_visits_are_refused(void **state)
{
	struct fixture f;
	struct log log = { 0 };
	vmsa_va base;

	(void)state;
	fixture_open(&f, 12, 39, VMSA_FORMAT_48);
	log.memory = f.memory;
	log.base = base = vmsa_space_base(f.space);
	assert_int_equal(vmsa_visit(f.space, base - 1, base, 0, record, &log),
			 -ERANGE);
	assert_int_equal(vmsa_visit(f.space, base, 0, 0, record, &log),
			 -ERANGE);
	assert_int_equal(vmsa_visit(f.space, base + 1, base, 0, record, &log),
			 -ERANGE);
	put_desc(f.space, base + 0x40000000, 1, 0x3);
	assert_int_equal(vmsa_visit(f.space, base, base + 0x3fffffff, 0, record,
				    &log),
			 0);
	assert_int_equal(vmsa_visit(f.space, base, base + 0x40000000, 0, record,
				    &log),
			 -EFAULT);
	assert_int_equal(log.n, 0);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_come_as_runs_in_address_order),
		cmocka_unit_test(holes_and_tables_complete_the_picture),
		cmocka_unit_test(a_range_is_clipped_to_the_entries_it_touches),
		cmocka_unit_test(the_last_page_can_be_visited),
		cmocka_unit_test(invalid_descriptors_are_shown_with_their_bits),
		cmocka_unit_test(an_address_carry_ends_a_run),
		cmocka_unit_test(a_callback_can_stop_the_visit),
		cmocka_unit_test(impossible_visits_are_refused),
	};

	return cmocka_run_group_tests_name("visit", tests, NULL, NULL);
}
