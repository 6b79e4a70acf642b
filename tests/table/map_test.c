/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map_test.c - which leaves vmsa_map() chooses, and what it leaves alone
 */
#include "tables.h"

#include <errno.h>

#define AF      UINT64_C(0x400)
#define CONT    (UINT64_C(1) << 52)
#define NO_CONT VMSA_MAP_NO_CONTIGUOUS
#define PAGES   (VMSA_MAP_NO_BLOCK | VMSA_MAP_NO_CONTIGUOUS)
#define KIB     UINT64_C(0x400)
#define MIB     UINT64_C(0x100000)
#define GIB     UINT64_C(0x40000000)
#define TIB     UINT64_C(0x10000000000)

/* A run of leaves; the first descriptor without its address. */
struct want {
	uint64_t offset; /* from the start of the mapping */
	uint32_t count;
	int level;
	vmsa_desc bits;
};

static const struct row {
	const char *name;
	unsigned granule_shift, va_bits;
	enum vmsa_format format;
	unsigned flags;
	uint64_t va; /* offset in the half */
	vmsa_pa pa;
	uint64_t size;
	uint64_t tables; /* below the root */
	struct want want[6];
} rows[] = {
	{ "one page",
	  12,
	  48,
	  VMSA_FORMAT_48,
	  0,
	  0x1000,
	  0x5000,
	  4 * KIB,
	  3,
	  { { 0, 1, 3, AF | 3 } } },
	{ "4K: largest leaf of each alignment",
	  12,
	  48,
	  VMSA_FORMAT_48,
	  0,
	  GIB - 2 * MIB - 64 * KIB - 4 * KIB,
	  5 * GIB - 2 * MIB - 64 * KIB - 4 * KIB,
	  GIB + 2 * MIB + 64 * KIB + 4 * KIB,
	  3,
	  { { 0, 1, 3, AF | 3 },
	    { 4 * KIB, 16, 3, CONT | AF | 3 },
	    { 68 * KIB, 1, 2, AF | 1 },
	    { 2 * MIB + 68 * KIB, 1, 1, AF | 1 } } },
	{ "4K: contiguous blocks of 32 MiB",
	  12,
	  39,
	  VMSA_FORMAT_48,
	  0,
	  30 * MIB,
	  30 * MIB,
	  36 * MIB,
	  1,
	  { { 0, 1, 2, AF | 1 },
	    { 2 * MIB, 16, 2, CONT | AF | 1 },
	    { 34 * MIB, 1, 2, AF | 1 } } },
	{ "4K: contiguous 16 GiB of 1 GiB blocks",
	  12,
	  39,
	  VMSA_FORMAT_48,
	  0,
	  16 * GIB,
	  32 * GIB,
	  16 * GIB,
	  0,
	  { { 0, 16, 1, CONT | AF | 1 } } },
	{ "4K: no contiguous bit when told",
	  12,
	  39,
	  VMSA_FORMAT_48,
	  NO_CONT,
	  30 * MIB,
	  30 * MIB,
	  36 * MIB,
	  1,
	  { { 0, 18, 2, AF | 1 } } },
	{ "4K: pages when told",
	  12,
	  39,
	  VMSA_FORMAT_48,
	  PAGES,
	  2 * MIB,
	  2 * MIB,
	  4 * MIB,
	  3,
	  { { 0, 512, 3, AF | 3 }, { 2 * MIB, 512, 3, AF | 3 } } },
	{ "4K: contiguous pages, no blocks",
	  12,
	  39,
	  VMSA_FORMAT_48,
	  VMSA_MAP_NO_BLOCK,
	  0,
	  0,
	  2 * MIB,
	  2,
	  { { 0, 512, 3, CONT | AF | 3 } } },
	{ "4K: pa off by a page, no hint fits",
	  12,
	  39,
	  VMSA_FORMAT_48,
	  0,
	  0,
	  4 * KIB,
	  2 * MIB,
	  2,
	  { { 0, 512, 3, AF | 3 } } },
	{ "4K: pa off by 64K, only the hint fits",
	  12,
	  39,
	  VMSA_FORMAT_48,
	  0,
	  0,
	  64 * KIB,
	  2 * MIB,
	  2,
	  { { 0, 512, 3, CONT | AF | 3 } } },
	{ "4K: no block at level 0",
	  12,
	  48,
	  VMSA_FORMAT_48,
	  NO_CONT,
	  TIB / 2,
	  TIB / 2,
	  TIB / 2,
	  1,
	  { { 0, 512, 1, AF | 1 } } },
	{ "LPA2 4K: a block at level 0",
	  12,
	  52,
	  VMSA_FORMAT_LPA2,
	  0,
	  TIB / 2,
	  TIB / 2,
	  TIB / 2,
	  1,
	  { { 0, 1, 0, AF | 1 } } },
	{ "16K: pages, 2 MiB groups, 32 MiB block",
	  14,
	  47,
	  VMSA_FORMAT_48,
	  0,
	  30 * MIB - 16 * KIB,
	  30 * MIB - 16 * KIB,
	  34 * MIB + 16 * KIB,
	  2,
	  { { 0, 1, 3, AF | 3 },
	    { 16 * KIB, 128, 3, CONT | AF | 3 },
	    { 2 * MIB + 16 * KIB, 1, 2, AF | 1 } } },
	{ "16K: 1 GiB of contiguous blocks",
	  14,
	  48,
	  VMSA_FORMAT_48,
	  0,
	  GIB,
	  3 * GIB,
	  GIB,
	  2,
	  { { 0, 32, 2, CONT | AF | 1 } } },
	{ "16K: a 64 GiB block only with LPA2",
	  14,
	  48,
	  VMSA_FORMAT_LPA2,
	  0,
	  64 * GIB,
	  128 * GIB,
	  64 * GIB,
	  1,
	  { { 0, 1, 1, AF | 1 } } },
	{ "64K: pages, 2 MiB groups, 512 MiB block",
	  16,
	  42,
	  VMSA_FORMAT_48,
	  0,
	  510 * MIB - 64 * KIB,
	  510 * MIB - 64 * KIB,
	  514 * MIB + 64 * KIB,
	  1,
	  { { 0, 1, 3, AF | 3 },
	    { 64 * KIB, 32, 3, CONT | AF | 3 },
	    { 2 * MIB + 64 * KIB, 1, 2, AF | 1 } } },
	{ "64K LPA: a 4 TiB block",
	  16,
	  52,
	  VMSA_FORMAT_LPA,
	  0,
	  4 * TIB,
	  8 * TIB,
	  4 * TIB,
	  0,
	  { { 0, 1, 1, AF | 1 } } },
	{ "LPA: pa crosses 2^48",
	  16,
	  48,
	  VMSA_FORMAT_LPA,
	  PAGES,
	  128 * KIB,
	  (UINT64_C(1) << 48) - 128 * KIB,
	  256 * KIB,
	  2,
	  { { 0, 2, 3, AF | 3 }, { 128 * KIB, 2, 3, AF | 3 } } },
	{ "LPA2: pa crosses 2^50",
	  12,
	  48,
	  VMSA_FORMAT_LPA2,
	  PAGES,
	  8 * KIB,
	  (UINT64_C(1) << 50) - 8 * KIB,
	  16 * KIB,
	  3,
	  { { 0, 2, 3, AF | 3 }, { 8 * KIB, 2, 3, AF | 3 } } },
	{ "LPA2 blocks: pa crosses 2^50",
	  12,
	  48,
	  VMSA_FORMAT_LPA2,
	  0,
	  0,
	  (UINT64_C(1) << 50) - 2 * MIB,
	  4 * MIB,
	  2,
	  { { 0, 1, 2, AF | 1 }, { 2 * MIB, 1, 2, AF | 1 } } },
	{ "48: the last output page",
	  12,
	  48,
	  VMSA_FORMAT_48,
	  0,
	  0,
	  (UINT64_C(1) << 48) - 4 * KIB,
	  4 * KIB,
	  3,
	  { { 0, 1, 3, AF | 3 } } },
	{ "LPA2: the last output pages",
	  14,
	  48,
	  VMSA_FORMAT_LPA2,
	  PAGES,
	  0,
	  (UINT64_C(1) << 52) - 32 * KIB,
	  32 * KIB,
	  3,
	  { { 0, 2, 3, AF | 3 } } },
	{ "the top of the address space",
	  12,
	  48,
	  VMSA_FORMAT_48,
	  PAGES,
	  (UINT64_C(1) << 48) - 8 * KIB,
	  0x8000,
	  8 * KIB,
	  3,
	  { { 0, 2, 3, AF | 3 } } },
	{ "a block at the top",
	  12,
	  39,
	  VMSA_FORMAT_48,
	  0,
	  511 * GIB,
	  GIB,
	  GIB,
	  0,
	  { { 0, 1, 1, AF | 1 } } },
	{ "a 16-entry root of pages",
	  12,
	  16,
	  VMSA_FORMAT_48,
	  0,
	  0,
	  0x10000,
	  64 * KIB,
	  0,
	  { { 0, 16, 3, CONT | AF | 3 } } },
	{ "a small level 2 root",
	  12,
	  25,
	  VMSA_FORMAT_48,
	  0,
	  0,
	  0,
	  32 * MIB,
	  0,
	  { { 0, 16, 2, CONT | AF | 1 } } },
	{ "64K: the smallest root",
	  16,
	  17,
	  VMSA_FORMAT_48,
	  0,
	  64 * KIB,
	  0,
	  64 * KIB,
	  0,
	  { { 0, 1, 3, AF | 3 } } },
};

struct check {
	const struct row *row;
	const struct vmsa_geometry *g;
	vmsa_va start;
	size_t seen;
};

static int check_run(void *arg, const struct vmsa_entry *e)
{
	struct check *c = arg;
	const struct want *w = &c->row->want[c->seen];

	assert_true(c->seen < COUNT(c->row->want) && w->count);
	assert_u64_equal(e->va - c->start, w->offset);
	assert_int_equal(e->count, w->count);
	assert_int_equal(e->level, w->level);
	assert_u64_equal(e->desc,
			 raw_link(c->g, c->row->pa + w->offset) | w->bits);
	assert_u64_equal(e->step, UINT64_C(1) << raw_shift(c->g, e->level));
	c->seen++;
	return 0;
}

static struct vmsa_mapping mapping_of(const struct fixture *f,
				      const struct row *r)
{
	return (struct vmsa_mapping){ .va = vmsa_space_base(f->space) + r->va,
				      .pa = r->pa,
				      .size = r->size,
				      .attr = AF,
				      .flags = r->flags };
}

static void check_leaves(const struct fixture *f, const struct row *r)
{
	const vmsa_va base = vmsa_space_base(f->space);
	struct check c = { r, &f->geometry, base + r->va, 0 };

	assert_int_equal(vmsa_visit(f->space, base,
				    base + (UINT64_C(1) << r->va_bits) - 1, 0,
				    check_run, &c),
			 0);
	assert_true(c.seen == COUNT(r->want) || !r->want[c.seen].count);
}

/* The largest leaves that fit, and the hint where a whole group is mapped. */
static void leaves_are_the_largest_that_fit(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct fixture f;
		struct vmsa_mapping m;

		print_message("%s\n", r->name);
		fixture_open(&f, r->granule_shift, r->va_bits, r->format);
		m = mapping_of(&f, r);
		assert_int_equal(vmsa_map(f.space, &m), 0);
		check_leaves(&f, r);
		assert_int_equal(live_frames(f.memory), 1 + r->tables);
		fixture_close(&f);
	}
}

/* Each frame refused in turn: nothing changes, and then it still works. */
static void a_refused_frame_changes_nothing(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct fixture f;
		struct vmsa_mapping m;
		int ret = -ENOMEM;

		fixture_open(&f, r->granule_shift, r->va_bits, r->format);
		m = mapping_of(&f, r);
		for (uint64_t n = 1; ret; n++) {
			struct dump before = dump_space(f.space);

			vmsa_memory_fail_nth(f.memory, n);
			ret = vmsa_map(f.space, &m);
			assert_int_equal(ret, n <= r->tables ? -ENOMEM : 0);
			if (ret) {
				assert_unchanged(f.space, &before);
				assert_int_equal(live_frames(f.memory), 1);
			} else {
				dump_free(&before);
			}
		}
		vmsa_memory_fail_nth(f.memory, 0);
		check_leaves(&f, r);
		fixture_close(&f);
	}
}

/* Frames given back after a failure are the next ones to be taken. */
static void a_refused_frame_leaks_no_memory(void **state)
{
	struct fixture f;
	struct vmsa_mapping m;
	vmsa_pa before, after;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	m = (struct vmsa_mapping){ .va = vmsa_space_base(f.space),
				   .size = 0x1000,
				   .attr = AF };
	assert_int_equal(vmsa_frame_alloc(f.memory, VMSA_EARLY, 3, &before), 0);
	vmsa_frame_free(f.memory, before, 3);
	vmsa_memory_fail_nth(f.memory, 3);
	assert_int_equal(vmsa_map(f.space, &m), -ENOMEM);
	assert_int_equal(vmsa_frame_alloc(f.memory, VMSA_EARLY, 3, &after), 0);
	assert_u64_equal(after, before);
	fixture_close(&f);
}

static const struct bad_row {
	const char *name;
	uint64_t va;
	vmsa_pa pa;
	uint64_t size;
	int ret;
} bad[] = {
	{ "nothing", 0, 0, 0, -EINVAL },
	{ "odd va", 0x800, 0, 0x1000, -EINVAL },
	{ "odd pa", 0, 0x800, 0x1000, -EINVAL },
	{ "odd size", 0, 0, 0x1800, -EINVAL },
	{ "below the half", -UINT64_C(0x1000), 0, 0x2000, -ERANGE },
	{ "beyond the half", 0x7fffff000, 0x0, UINT64_C(1) << 39, -ERANGE },
	{ "wraps", 0x7ffffff000, 0, 0x2000, -ERANGE },
	{ "size of everything", 0, 0, -UINT64_C(0x1000), -ERANGE },
	{ "pa beyond the format", 0, UINT64_C(1) << 48, 0x1000, -ERANGE },
	{ "pa runs out of the format", 0, (UINT64_C(1) << 48) - 0x1000, 0x2000,
	  -ERANGE },
};

/* What cannot be mapped is refused before anything is touched. */
static void impossible_mappings_are_refused(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, 12, 39, VMSA_FORMAT_48);
	for (const struct bad_row *b = bad; b < bad + COUNT(bad); b++) {
		const struct vmsa_mapping m = { .va = vmsa_space_base(f.space) +
						      b->va,
						.pa = b->pa,
						.size = b->size };
		struct dump before = dump_space(f.space);

		print_message("%s\n", b->name);
		assert_int_equal(vmsa_map(f.space, &m), b->ret);
		assert_unchanged(f.space, &before);
	}
	fixture_close(&f);
}

static const struct in_the_way {
	const char *name;
	uint64_t offset;
	int level;
	vmsa_desc desc;
} in_the_way[] = {
	{ "a page, first", 0x1ff000, 3, 0x5403 },
	{ "a page, last", 0x40200000, 3, 0x5403 },
	{ "a block", 0x200000, 2, 0x40000401 },
	{ "a block at level 1", 0x40000000, 1, 0x40000401 },
	{ "an invalid descriptor with bits", 0x40200000, 3,
	  0x8000000000000000 },
	{ "a reserved one", 0x40200000, 3, 0x1 },
};

/* Anything but zero is in the way, wherever it is. */
static void what_is_there_is_never_overwritten(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(in_the_way); i++) {
		const struct in_the_way *w = &in_the_way[i];
		struct fixture f;
		struct vmsa_mapping m = { .pa = 0x1ff000,
					  .size = 0x40002000,
					  .attr = AF };
		struct dump before;

		print_message("%s\n", w->name);
		fixture_open(&f, 12, 48, VMSA_FORMAT_48);
		m.va = vmsa_space_base(f.space) + 0x1ff000;
		put_desc(f.space, vmsa_space_base(f.space) + w->offset,
			 w->level, w->desc);
		before = dump_space(f.space);
		assert_int_equal(vmsa_map(f.space, &m), -EEXIST);
		assert_unchanged(f.space, &before);
		fixture_close(&f);
	}
}

static int count_leaves(void *arg, const struct vmsa_entry *e)
{
	uint64_t *n = arg;

	n[e->level] += e->count;
	return 0;
}

/* An empty table is used: a block must not replace it without a break. */
static void an_empty_table_is_filled_not_replaced(void **state)
{
	struct fixture f;
	struct vmsa_mapping m = { .size = 3 * 2 * MIB, .attr = AF };
	uint64_t leaves[4] = { 0 };
	vmsa_va base;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	m.va = base = vmsa_space_base(f.space);
	put_desc(f.space, base + 2 * MIB, 3, 0);
	assert_int_equal(vmsa_map(f.space, &m), 0);
	vmsa_visit(f.space, base, base + 6 * MIB - 1, 0, count_leaves, leaves);
	assert_int_equal(leaves[2], 2);
	assert_int_equal(leaves[3], 512);
	fixture_close(&f);
}

/* New links carry the attributes asked for; old ones keep theirs. */
static void new_links_get_the_table_attributes(void **state)
{
	const vmsa_desc pxn = UINT64_C(1) << 59;
	struct fixture f;
	struct vmsa_mapping m = { .size = 0x1000,
				  .attr = AF,
				  .table_attr = UINT64_C(1) << 59 };
	struct vmsa_table root, child;
	vmsa_desc link;

	(void)state;
	fixture_open(&f, 12, 39, VMSA_FORMAT_48);
	m.va = vmsa_space_base(f.space) + 2 * MIB;
	put_desc(f.space, vmsa_space_base(f.space), 3, 0x5403);
	assert_int_equal(vmsa_map(f.space, &m), 0);
	vmsa_table_root(f.space, &root);
	link = vmsa_table_get(&root, 0);
	assert_u64_equal(link & pxn, 0);
	assert_int_equal(vmsa_table_child(f.space, 1, link, &child), 0);
	assert_u64_equal(vmsa_table_get(&child, 0) & pxn, 0);
	assert_u64_equal(vmsa_table_get(&child, 1) & pxn, pxn);
	fixture_close(&f);
}

/* Bulk maps go around the host's caches; the result is the same. */
static void a_map_in_bulk_is_complete(void **state)
{
	struct fixture f;
	struct vmsa_mapping m = {
		.pa = 0x12345000, .size = 6 * GIB, .attr = AF, .flags = PAGES
	};

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	m.va = vmsa_space_base(f.space) + 0x7000;
	assert_int_equal(vmsa_map(f.space, &m), 0);
	for (uint64_t i = 0; i < m.size; i += 0x1000) {
		struct vmsa_translation t;

		assert_int_equal(vmsa_translate(f.space, m.va + i, &t), 0);
		if (t.fault || t.desc != ((m.pa + i) | AF | 3))
			fail_msg("page %#llx", (unsigned long long)i);
	}
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_are_the_largest_that_fit),
		cmocka_unit_test(a_refused_frame_changes_nothing),
		cmocka_unit_test(a_refused_frame_leaks_no_memory),
		cmocka_unit_test(impossible_mappings_are_refused),
		cmocka_unit_test(what_is_there_is_never_overwritten),
		cmocka_unit_test(an_empty_table_is_filled_not_replaced),
		cmocka_unit_test(new_links_get_the_table_attributes),
		cmocka_unit_test(a_map_in_bulk_is_complete),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
