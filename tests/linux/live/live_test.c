/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live_test.c - split, permission change and flush on machine M, to the last
 * barrier: test vectors TV-1 to TV-18 and TV-21 of docs/linear-map.md
 *
 * Values are those of the vectors, which a model of the text alone gave, or are
 * counted by hand from its formulas.
 */
#include "linux/live.h"

#include <errno.h>

#define BASE UINT64_C(0xffff000000000000)

/* Descriptor of a table at @pa in the linear map. */
#define TABLE(pa) ((pa) | UINT64_C(0x1800000000000403))

/* --- read-only after boot ------------------------------------------------ */

/*
 * What the two steps cost, by 4.5 and 9.  The step of the text makes no table,
 * so with V visits to tables below the root, B blocks stored and T TLBIs in
 * the flush it is
 *
 *     ds = 2V + B + 1    is = 2V + B + 1    di = V + 1    tl = V + T
 *
 * where the flush is everything (T = 1) from a table's worth of pages on: 512
 * with 4K, 2048 with 16K, 8192 with 64K.  A visit is one table of one level
 * that is not folded: the root is none, wherever it is.  The step of the data
 * finds its edges cut already, stores only what is invalid, and so costs one
 * flush: 1, 1, 1, T.
 *
 * Of machine M, text is [2M, 0x2550000) of the linear map and data is
 * [0x2a00000, 0x3230000).
 */
static const struct ro_row {
	const char *name;
	struct booted how;
	struct price text, data; /* of the two steps */
	vmsa_va va;              /* in the alias of the text */
	int level;
	vmsa_desc before, after;
} ro_rows[] = {
	/* 6.18 visits PUD, PMD and the page tables at both ends, since text
	   starts at 0x210000 here: V = 4. [4M, 36M) is 16 blocks: B = 16.
	   0x2340000 bytes are 9024 pages: T = 1.  The data alias stays. */
	{ "TV-1",
	  { .version = VMSA_LINUX_V6_18, .bbm = true, .published = true },
	  { 2 * 4 + 16 + 1, 2 * 4 + 16 + 1, 4 + 1, 4 + 1 },
	  { 0, 0, 0, 0 },
	  BASE + 0x400000,
	  2,
	  0x0068000000400701,
	  0x0060000000400781 },
	{ "TV-2",
	  { .version = VMSA_LINUX_V7_3, .bbm = true },
	  { 24, 24, 4, 4 },
	  { 1, 1, 1, 1 },
	  BASE + 0x200000,
	  2,
	  0x00e8000040200705,
	  0x00e0000040200781 },
	{ "TV-2 with range TLBI",
	  { .version = VMSA_LINUX_V7_3, .bbm = true, .tlb_range = true },
	  { 24, 24, 4, 6 },
	  { 1, 1, 1, 2 },
	  BASE + 0x2400000,
	  3,
	  0x00f8000042400707,
	  0x00f0000042400783 },
	/* Pages only: no block barrier; PUD, PMD, 18 tables of pages. */
	{ "TV-3",
	  { .version = VMSA_LINUX_V7_3 },
	  { 2 * 20 + 1, 2 * 20 + 1, 20 + 1, 20 + 1 },
	  { 1, 1, 1, 1 },
	  BASE + 0x200000,
	  3,
	  0x00e8000040200707,
	  0x00e0000040200783 },
	/* Blocks rewritten, the tail's table visited; 6.12 never flushes a
	   range by ranges; the data alias stays as it is. */
	{ "TV-4",
	  { .version = VMSA_LINUX_V6_12 },
	  { 2 * 3 + 17 + 1, 2 * 3 + 17 + 1, 3 + 1, 3 + 1 },
	  { 0, 0, 0, 0 },
	  BASE + 0x200000,
	  2,
	  0x00e8000040200701,
	  0x00e0000040200781 },
	{ "TV-5",
	  { .version = VMSA_LINUX_V6_18, .bbm = true },
	  { 2 * 3 + 17 + 1, 2 * 3 + 17 + 1, 3 + 1, 3 + 1 },
	  { 0, 0, 0, 0 },
	  BASE + 0x200000,
	  2,
	  0x0068000040200701,
	  0x0060000040200781 },
	/* 16K: text is in two blocks of 32M, both of them tables for the sake
	   of its edges: PUD, PMD, 2 tables of pages.  0x2350000 bytes are 2260
	   pages: T = 1.  Those of data, 0x830000, are 524: one TLBI each. */
	{ "TV-6",
	  { .granule_shift = 14, .version = VMSA_LINUX_V7_3, .bbm = true },
	  { 2 * 4 + 1, 2 * 4 + 1, 4 + 1, 4 + 1 },
	  { 1, 1, 1, 524 },
	  BASE + 0x200000,
	  3,
	  0x00f8000040200707,
	  0x00f0000040200783 },
	/* The group cut by the end of text has no CONT. */
	{ "TV-6 at the end of text",
	  { .granule_shift = 14, .version = VMSA_LINUX_V7_3, .bbm = true },
	  { 2 * 4 + 1, 2 * 4 + 1, 4 + 1, 4 + 1 },
	  { 1, 1, 1, 524 },
	  BASE + 0x254c000,
	  3,
	  0x00e800004254c707,
	  0x00e000004254c783 },
	/* 64K: the root is the PUD; 565 pages are flushed one by one. */
	{ "TV-7",
	  { .granule_shift = 16, .version = VMSA_LINUX_V7_3, .bbm = true },
	  { 2 * 2 + 1, 2 * 2 + 1, 2 + 1, 567 },
	  { 1, 1, 1, 131 },
	  BASE + 0x400000,
	  3,
	  0x00f8000040400707,
	  0x00f0000040400783 },
	/* TV-2 with a PUD that is the root: PMD and one table of pages, 17
	   blocks; 9040 pages of text, 2096 of data: T = 1 for both. */
	{ "TV-8 4K/39",
	  { .va_bits = 39, .version = VMSA_LINUX_V7_3, .bbm = true },
	  { 2 * 2 + 17 + 1, 2 * 2 + 17 + 1, 2 + 1, 2 + 1 },
	  { 1, 1, 1, 1 },
	  0xffffff8000200000,
	  2,
	  0x00e8000040200705,
	  0x00e0000040200781 },
	/* TV-6 with a PUD that is the root: PMD and 2 tables of pages. */
	{ "TV-8 16K/47",
	  { .granule_shift = 14,
	    .va_bits = 47,
	    .version = VMSA_LINUX_V7_3,
	    .bbm = true },
	  { 2 * 3 + 1, 2 * 3 + 1, 3 + 1, 3 + 1 },
	  { 1, 1, 1, 524 },
	  0xffff800000200000,
	  3,
	  0x00f8000040200707,
	  0x00f0000040200783 },
	/* TV-2 with a P4D more: P4D, PUD, PMD and one table of pages, 17
	   blocks.  LPA2 descriptors have no shareability. */
	{ "TV-9",
	  { .va_bits = 52,
	    .version = VMSA_LINUX_V7_3,
	    .bbm = true,
	    .lpa2 = true },
	  { 2 * 4 + 17 + 1, 2 * 4 + 17 + 1, 4 + 1, 4 + 1 },
	  { 1, 1, 1, 1 },
	  0xfff0000000200000,
	  2,
	  0x00e8000040200405,
	  0x00e0000040200481 },
};

/* mark_linear_text_alias_ro() and mark_rodata_ro(), step by step. */
static void read_only_costs_what_it_must(void **state)
{
	(void)state;
	for (const struct ro_row *r = ro_rows; r < ro_rows + COUNT(ro_rows);
	     r++) {
		struct vmsa_linux *l = boot_m(&r->how);

		print_message("%s\n", r->name);
		assert_desc(l, r->va, r->level, r->before);
		COSTS(l, assert_int_equal(vmsa_linux_mark_text_ro(l), 0),
		      r->text.ds, r->text.is, r->text.di, r->text.tl);
		assert_desc(l, r->va, r->level, r->after);
		vmsa_linux_start_allocator(l);
		assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
		COSTS(l, assert_int_equal(vmsa_linux_mark_rodata_ro(l), 0),
		      r->data.ds, r->data.is, r->data.di, r->data.tl);
		vmsa_linux_destroy(l);
	}
}

/* TV-1: the dump that was published, size by size and line by line. */
static void published_map_is_that_of_the_posting(void **state)
{
	static const struct line {
		vmsa_va va;
		int level;
		vmsa_desc desc;
	} lines[] = {
		{ 0, 2, 0x0068000000000705 },
		{ 0x200000, 3, 0x0078000000200707 },
		{ 0x210000, 3, 0x0060000000210783 },
		{ 0x400000, 2, 0x0060000000400781 },
		{ 0x2400000, 3, 0x0060000002400783 },
		{ 0x2550000, 3, 0x0078000002550707 },
		{ 0x2600000, 2, 0x0068000002600705 },
		{ 0x4000000, 2, 0x0078000004000705 },
		{ GIB, 1, 0x0068000040000705 },
	};
	struct vmsa_linux *l = boot_m(&(struct booted){
		.version = VMSA_LINUX_V6_18, .bbm = true, .published = true });

	(void)state;
	assert_int_equal(vmsa_linux_mark_text_ro(l), 0);
	assert_leaves(l, (struct leaves){ 1, 1, 2, 11, 30, 480, 832, 192 });
	for (const struct line *m = lines; m < lines + COUNT(lines); m++)
		assert_desc(l, BASE + m->va, m->level, m->desc);
	vmsa_linux_destroy(l);
}

/* TV-2: what the two steps leave, at every seam. */
static void data_alias_is_present_but_invalid(void **state)
{
	struct vmsa_linux *l = run_m(TV2);

	(void)state;
	assert_desc(l, BASE + 0x2550000, 3, 0x00f8000042550707);
	assert_desc(l, BASE + 0x2a00000, 2, 0x00e8000042a00f04);
	assert_desc(l, BASE + 0x3200000, 3, 0x00f8000043200f06);
	assert_desc(l, BASE + 0x3230000, 3, 0x00f8000043230707);
	assert_false(vmsa_linux_page_present(l, BASE + 0x2a00000));
	assert_true(vmsa_linux_page_present(l, BASE + 0x3230000));
	vmsa_linux_destroy(l);
}

/* Hibernation maps the data alias for the time it copies it (3.6). */
static void hibernation_maps_the_data_alias_meanwhile(void **state)
{
	struct vmsa_linux *l = run_m(TV2);

	(void)state;
	COSTS(l, assert_int_equal(vmsa_linux_hibernate(l, true), 0), 1, 1, 0,
	      0);
	assert_desc(l, BASE + 0x2a00000, 2, 0x00e8000042a00705);
	assert_desc(l, BASE + 0x3200000, 3, 0x00f8000043200707);
	COSTS(l, assert_int_equal(vmsa_linux_hibernate(l, false), 0), 1, 1, 1,
	      1);
	assert_desc(l, BASE + 0x2a00000, 2, 0x00e8000042a00f04);
	vmsa_linux_destroy(l);
}

/* --- one page out of a block --------------------------------------------- */

static void invalidate(struct vmsa_linux *l, vmsa_va va)
{
	assert_int_equal(vmsa_linux_direct_map_invalid(l, va), 0);
}

/* TV-10: the first page cut out of a 1G block makes two tables. */
static void page_out_of_a_1g_block(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct tables t = tables_of(l);
	vmsa_pa l2, l3;

	(void)state;
	COSTS(l, invalidate(l, BASE + 0x40345000), 3, 1, 0, 0);
	/* The data alias: 8 invalid blocks of [0x2a00000, 0x3200000) hold
	   4 MiB of blocks, i.e. 4 of the 30 plain ones; and 48 pages. */
	assert_leaves(l, (struct leaves){ 1, 2, 3, 2, 30 - 4 + 15, 480 + 496,
					  16 - 1, 1024 - 48 + 496 });
	assert_desc(l, BASE + 0x40345000, 3, 0x00e8000080345f06);
	assert_desc(l, BASE + 0x40346000, 3, 0x00e8000080346707);
	assert_desc(l, BASE + 0x40350000, 3, 0x00f8000080350707);
	assert_desc(l, BASE + 0x42000000, 2, 0x00f8000082000705);
	assert_desc(l, BASE + 0x40400000, 2, 0x00e8000080400705);
	l2 = tables_oa(&t, tables_at(&t, BASE + 0x40000000, 1));
	l3 = tables_oa(&t, tables_at(&t, BASE + 0x40200000, 2));
	assert_u64_equal(tables_at(&t, BASE + 0x40000000, 1), TABLE(l2));
	assert_u64_equal(tables_at(&t, BASE + 0x40200000, 2), TABLE(l3));
	/* Tables are handed out downwards in order of creation. */
	assert_u64_equal(l3, l2 - 4096);
	vmsa_linux_destroy(l);
}

/* TV-10, continued: what later changes near the first one cost. */
static void later_changes_nearby_cost_less(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const vmsa_va first = BASE + 0x40345000;

	(void)state;
	invalidate(l, first);
	COSTS(l, assert_int_equal(vmsa_linux_direct_map_default(l, first), 0),
	      1, 1, 0, 0);
	assert_desc(l, first, 3, 0x00e8000080345707);
	COSTS(l, invalidate(l, first + 0x1000), 0, 0, 0, 0);
	COSTS(l, invalidate(l, BASE + 0x40360000), 1, 1, 0, 0);
	assert_desc(l, BASE + 0x4036f000, 3, 0x00e800008036f707);
	COSTS(l, invalidate(l, BASE + 0x407ff000), 2, 1, 0, 0);
	assert_leaves(l, (struct leaves){ 1, 2, 4, 2, 30 - 4 + 15 - 1,
					  480 + 496, 15 + 15 + 15,
					  1024 - 48 + 496 - 16 + 496 });
	vmsa_linux_destroy(l);
}

static const struct cut_row {
	const char *name;
	struct booted how;
	vmsa_va page;
	struct price price;
	vmsa_desc target, neighbour; /* the page, and the one after it */
} cut_rows[] = {
	{ "TV-10 nG",
	  { .version = VMSA_LINUX_V7_3, .bbm = true, .kaslr_seed = 1 },
	  BASE + 0x40345000,
	  { 3, 1, 0, 0 },
	  0x00e8000080345f06,
	  0x00e8000080346f07 },
	{ "TV-11 16K",
	  { .granule_shift = 14, .version = VMSA_LINUX_V7_3, .bbm = true },
	  BASE + 0x40344000,
	  { 2, 1, 0, 0 },
	  0x00e8000080344f06,
	  0x00e8000080348707 },
	{ "TV-11 64K",
	  { .granule_shift = 16, .version = VMSA_LINUX_V7_3, .bbm = true },
	  BASE + 0x40340000,
	  { 2, 1, 0, 0 },
	  0x00e8000080340f06,
	  0x00e8000080350707 },
	/* 6.18 has no mark for an invalid leaf. */
	{ "6.18",
	  { .version = VMSA_LINUX_V6_18, .bbm = true },
	  BASE + 0x40345000,
	  { 3, 1, 0, 0 },
	  0x0068000080345706,
	  0x0068000080346707 },
};

static void page_out_of_a_block_elsewhere(void **state)
{
	(void)state;
	for (const struct cut_row *r = cut_rows; r < cut_rows + COUNT(cut_rows);
	     r++) {
		struct vmsa_linux *l = run_m(&r->how);
		const unsigned shift =
			r->how.granule_shift ? r->how.granule_shift : 12;

		print_message("%s\n", r->name);
		COSTS(l, invalidate(l, r->page), r->price.ds, r->price.is, 0,
		      0);
		assert_desc(l, r->page, 3, r->target);
		assert_desc(l, r->page + (UINT64_C(1) << shift), 3,
			    r->neighbour);
		vmsa_linux_destroy(l);
	}
}

/* TV-11: which leaves a cut leaves with large pages. */
static void cut_block_of_large_pages(void **state)
{
	struct vmsa_linux *l = boot_m(&(struct booted){
		.granule_shift = 14, .version = VMSA_LINUX_V7_3, .bbm = true });

	(void)state;
	vmsa_linux_start_allocator(l);
	/* TV-6, then as TV-11 says. */
	assert_leaves(l, (struct leaves){ 1, 1, 2, 0, 30, 96, 256, 3840 });
	invalidate(l, BASE + 0x40344000);
	assert_leaves(l, (struct leaves){ 1, 1, 3, 0, 30 + 31, 96 - 32,
					  256 + 128 - 1, 3840 + 1920 });
	vmsa_linux_destroy(l);
	l = boot_m(&(struct booted){
		.granule_shift = 16, .version = VMSA_LINUX_V7_3, .bbm = true });
	vmsa_linux_start_allocator(l);
	assert_leaves(l, (struct leaves){ 0, 1, 1, 0, 7, 0, 64, 8128 });
	invalidate(l, BASE + 0x40340000);
	assert_leaves(l, (struct leaves){ 0, 1, 2, 0, 6, 0, 64 + 32 - 1,
					  8128 + 8160 });
	vmsa_linux_destroy(l);
}

/* TV-12: a whole leaf changes as it is; its pieces stay invalid. */
static void whole_leaves_change_in_one_store(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const vmsa_va va = BASE + 0x41200000;
	struct vmsa_linux_cost cost;

	(void)state;
	invalidate(l, BASE + 0x40345000);
	vmsa_linux_cost_start(l, &cost);
	assert_int_equal(vmsa_linux_set_valid(l, va, 512, false), 0);
	vmsa_linux_cost_stop(l, &cost);
	assert_u64_equal(cost.did.stores, 1);
	assert_price(&cost, (struct price){ 1, 1, 1, 1 });
	assert_desc(l, va, 2, 0x00e8000081200f04);
	COSTS(l,
	      assert_int_equal(vmsa_linux_split(l, va + 0x5000, va + 0x6000),
			       0),
	      2, 1, 0, 0);
	assert_desc(l, va + 0x5000, 3, 0x00e8000081205f06);
	assert_desc(l, va + 0x4000, 3, 0x00e8000081204f06);
	assert_desc(l, va + 0x10000, 3, 0x00f8000081210f06);
	COSTS(l,
	      assert_int_equal(vmsa_linux_update_range(l, BASE + 0x80000000,
						       GIB, VMSA_LEAF_NG, 1),
			       0),
	      0, 0, 0, 0);
	assert_desc(l, BASE + 0x80000000, 1, 0x00e80000c0000f04);
	vmsa_linux_destroy(l);
}

/* --- split --------------------------------------------------------------- */

/* TV-13: two edges, one page; nothing in between is touched. */
static void split_cuts_at_the_edges_only(void **state)
{
	struct vmsa_linux *l = boot_m(TV2);

	(void)state;
	vmsa_linux_start_allocator(l);
	assert_leaves(l, (struct leaves){ 1, 1, 2, 3, 30, 480, 0, 1024 });
	COSTS(l,
	      assert_int_equal(vmsa_linux_split(l, BASE + GIB + 2 * MIB,
						BASE + GIB + 4 * MIB),
			       0),
	      2, 1, 0, 0);
	assert_leaves(l, (struct leaves){ 1, 2, 2, 2, 46, 976, 0, 1024 });
	vmsa_linux_destroy(l);

	l = boot_m(TV2);
	vmsa_linux_start_allocator(l);
	COSTS(l,
	      assert_int_equal(vmsa_linux_split(l, BASE + 2 * GIB - 0x2000,
						BASE + 2 * GIB + 0x2000),
			       0),
	      5, 1, 0, 0);
	assert_leaves(l, (struct leaves){ 1, 3, 4, 1, 60, 1472, 32, 2016 });
	vmsa_linux_destroy(l);

	l = boot_m(TV2);
	vmsa_linux_start_allocator(l);
	assert_int_equal(
		vmsa_linux_split(l, BASE + 0x4000000, BASE + 0x4001000), 0);
	assert_leaves(l, (struct leaves){ 1, 1, 3, 3, 45, 464, 16, 1520 });
	vmsa_linux_destroy(l);
}

/* TV-14, and the other answers of the gate (5.1). */
static void split_is_refused_in_the_kernels_order(void **state)
{
	const struct vmsa_cpu plain = { .pa_bits = 48 };
	struct vmsa_linux *l = boot_m(TV2);

	(void)state;
	assert_int_equal(vmsa_linux_split(l, BASE, BASE + 0x1000), -EBUSY);
	vmsa_linux_start_allocator(l);
	COSTS(l,
	      assert_int_equal(vmsa_linux_split(l, BASE + 100, BASE + 4096),
			       -EINVAL),
	      0, 0, 0, 0);
	vmsa_linux_online_cpu(l, &plain);
	assert_int_equal(vmsa_linux_split(l, BASE, BASE + 0x1000), -EBUSY);
	vmsa_linux_destroy(l);

	/* Nothing will ever be split: not even looked at. */
	l = boot_m(&(struct booted){ .version = VMSA_LINUX_V7_3 });
	assert_int_equal(vmsa_linux_split(l, BASE + 100, BASE + 4096), 0);
	vmsa_linux_destroy(l);
	/* 6.18 does not split before capabilities are final. */
	l = boot_m(
		&(struct booted){ .version = VMSA_LINUX_V6_18, .bbm = true });
	vmsa_linux_start_allocator(l);
	COSTS(l,
	      assert_int_equal(vmsa_linux_split(l, BASE + GIB + 0x1000,
						BASE + GIB + 0x2000),
			       0),
	      0, 0, 0, 0);
	assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
	COSTS(l,
	      assert_int_equal(vmsa_linux_split(l, BASE + GIB + 0x1000,
						BASE + GIB + 0x2000),
			       0),
	      3, 1, 0, 0);
	vmsa_linux_destroy(l);
}

/* A gap of the second posted version: set_memory_valid() meets a block. */
static void v2_does_not_split_for_set_memory_valid(void **state)
{
	struct vmsa_linux *l = run_m(
		&(struct booted){ .version = VMSA_LINUX_V2,
				  .bbm = true,
				  .bootargs = "kfence.sample_interval=100" });

	(void)state;
	assert_int_equal(vmsa_linux_set_valid(l, BASE + 0x50000000, 1, false),
			 -EINVAL);
	/* The direct map's own functions do: two tables, each filled with a
	   DSB and an ISB, all of it flushed; no barrier is held back. */
	COSTS(l, invalidate(l, BASE + 0x50000000), 2 + 2 + 1, 2 + 2 + 1, 1, 1);
	assert_desc(l, BASE + 0x50000000, 3, 0x00e8000090000706);
	assert_desc(l, BASE + 0x50001000, 3, 0x00e8000090001707);
	vmsa_linux_destroy(l);
}

/* TV-15: no memory for the first table, or for the second. */
static void split_without_memory_keeps_the_map_right(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const vmsa_va va = BASE + 0x80205000;
	struct vmsa_linux_cost cost;

	(void)state;
	vmsa_memory_fail_nth(vmsa_linux_memory(l), 1);
	COSTS(l,
	      assert_int_equal(vmsa_linux_direct_map_invalid(l, va), -ENOMEM),
	      0, 0, 0, 0);
	assert_desc(l, va, 1, 0x00e80000c0000705);
	vmsa_memory_fail_nth(vmsa_linux_memory(l), 2);
	vmsa_linux_cost_start(l, &cost);
	assert_int_equal(vmsa_linux_change_range(l, va, 4096, 0x80, 0),
			 -ENOMEM);
	vmsa_linux_cost_stop(l, &cost);
	/* The split's barriers, and the flush in spite of the error. */
	assert_price(&cost, (struct price){ 2 + 1, 1 + 1, 1, 1 });
	assert_u64_equal(cost.warnings, 1);
	assert_desc(l, va, 2, 0x00e80000c0200705);
	assert_desc(l, BASE + 0x82000000, 2, 0x00f80000c2000705);
	vmsa_linux_destroy(l);
}

/* --- repaint, KFENCE ----------------------------------------------------- */

static const struct repaint_row {
	const char *name;
	unsigned granule_shift;
	struct leaves after;
	uint64_t allocations;
} repaint_rows[] = {
	{ "4K", 12, { 1, 4, 2032, 0, 16, 0, 1040048, 336 }, 2033 },
	{ "16K", 14, { 1, 1, 128, 0, 0, 0, 260096, 2048 }, 126 },
	{ "64K", 16, { 0, 1, 8, 0, 0, 0, 65024, 512 }, 7 },
};

/* TV-17: a CPU arrives that cannot cope; all but the text turns to pages. */
static void repaint_leaves_only_the_text_large(void **state)
{
	const struct vmsa_cpu plain = { .pa_bits = 48 };

	(void)state;
	for (const struct repaint_row *r = repaint_rows;
	     r < repaint_rows + COUNT(repaint_rows); r++) {
		struct vmsa_linux *l = boot_m(
			&(struct booted){ .granule_shift = r->granule_shift,
					  .version = VMSA_LINUX_V7_3,
					  .bbm = true });
		struct vmsa_linux_cost cost;

		print_message("%s\n", r->name);
		vmsa_linux_start_allocator(l);
		assert_int_equal(vmsa_linux_online_cpu(l, &plain), 0);
		vmsa_linux_cost_start(l, &cost);
		assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
		vmsa_linux_cost_stop(l, &cost);
		assert_u64_equal(cost.did.tables_alloc, r->allocations);
		/* A DSB a table, one for each of two lazy sections, and the
		   final flush, which is of everything. */
		assert_u64_equal(cost.did.barriers[VMSA_DSB_ISHST],
				 r->allocations + 2 + 1);
		assert_u64_equal(cost.full_flushes, 1);
		assert_leaves(l, r->after);
		vmsa_linux_destroy(l);
	}
}

static void repaint_without_memory_is_a_panic(void **state)
{
	const struct vmsa_cpu plain = { .pa_bits = 48 };

	(void)state;
	for (unsigned n = 1; n <= 7; n++) {
		struct vmsa_linux *l =
			boot_m(&(struct booted){ .granule_shift = 16,
						 .version = VMSA_LINUX_V7_3,
						 .bbm = true });

		vmsa_linux_start_allocator(l);
		assert_int_equal(vmsa_linux_online_cpu(l, &plain), 0);
		vmsa_memory_fail_nth(vmsa_linux_memory(l), n);
		assert_int_equal(vmsa_linux_finalise_cpus(l), -ENOTRECOVERABLE);
		vmsa_linux_destroy(l);
	}
}

/* A CPU that cannot cope is refused once the system relies on it (6.2). */
static void late_cpu_that_cannot_cope_is_refused(void **state)
{
	const struct vmsa_cpu plain = { .pa_bits = 48 };
	const struct vmsa_cpu able = { .pa_bits = 48, .midr = 0xc00fac30 };
	struct vmsa_linux *l = run_m(TV2);

	(void)state;
	assert_int_equal(vmsa_linux_online_cpu(l, &plain), -EPERM);
	assert_int_equal(vmsa_linux_online_cpu(l, &able), 0);
	vmsa_linux_destroy(l);
}

/* TV-21: a late pool of 512 pages at ffff000050000000, then its guards. */
static void late_kfence_pool_becomes_pages(void **state)
{
	struct vmsa_linux *l = boot_m(TV2);

	(void)state;
	vmsa_linux_start_allocator(l);
	/* 257 guards: 0, 1, 3, 5, ... 511; each invalid, each flushed. */
	COSTS(l, assert_int_equal(vmsa_linux_kfence_init(l, 0x90000000), 0),
	      3 + 257, 1 + 257, 257, 257);
	assert_leaves(l, (struct leaves){ 1, 2, 3, 2, 30 + 511, 480, 512 - 257,
					  1024 });
	assert_desc(l, BASE + 0x50000000, 3, 0x00e8000090000f06);
	assert_desc(l, BASE + 0x50001000, 3, 0x00e8000090001f06);
	assert_desc(l, BASE + 0x50002000, 3, 0x00e8000090002707);
	assert_desc(l, BASE + 0x501ff000, 3, 0x00e80000901fff06);
	assert_desc(l, BASE + 0x50200000, 2, 0x00e8000090200705);
	/* Objects come and go without a split, in atomic context. */
	COSTS(l,
	      assert_int_equal(
		      vmsa_linux_kfence_protect(l, BASE + 0x50002010, true), 0),
	      1, 1, 1, 1);
	COSTS(l,
	      assert_int_equal(vmsa_linux_kfence_protect(l, BASE + 0x50002010,
							 false),
			       0),
	      1, 1, 0, 0);
	assert_int_equal(vmsa_linux_kfence_init(l, VMSA_NO_PA), -EEXIST);
	vmsa_linux_destroy(l);
}

/* TV-21's split alone: two tables, no TLBI. */
static void splitting_the_pool_flushes_nothing(void **state)
{
	struct vmsa_linux *l = boot_m(TV2);
	const vmsa_va pool = BASE + 0x50000000;

	(void)state;
	COSTS(l,
	      assert_int_equal(vmsa_linux_split_to_pages(
				       l, pool, pool + 2 * MIB, VMSA_LATE),
			       0),
	      3, 1, 0, 0);
	assert_leaves(l,
		      (struct leaves){ 1, 2, 3, 2, 30 + 511, 480, 512, 1024 });
	vmsa_linux_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_only_costs_what_it_must),
		cmocka_unit_test(published_map_is_that_of_the_posting),
		cmocka_unit_test(data_alias_is_present_but_invalid),
		cmocka_unit_test(hibernation_maps_the_data_alias_meanwhile),
		cmocka_unit_test(page_out_of_a_1g_block),
		cmocka_unit_test(later_changes_nearby_cost_less),
		cmocka_unit_test(page_out_of_a_block_elsewhere),
		cmocka_unit_test(cut_block_of_large_pages),
		cmocka_unit_test(whole_leaves_change_in_one_store),
		cmocka_unit_test(split_cuts_at_the_edges_only),
		cmocka_unit_test(split_is_refused_in_the_kernels_order),
		cmocka_unit_test(v2_does_not_split_for_set_memory_valid),
		cmocka_unit_test(split_without_memory_keeps_the_map_right),
		cmocka_unit_test(repaint_leaves_only_the_text_large),
		cmocka_unit_test(repaint_without_memory_is_a_panic),
		cmocka_unit_test(late_cpu_that_cannot_cope_is_refused),
		cmocka_unit_test(late_kfence_pool_becomes_pages),
		cmocka_unit_test(splitting_the_pool_flushes_nothing),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
