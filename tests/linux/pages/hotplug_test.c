/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hotplug_test.c - memory that comes and goes on machine M: test vector TV-20
 * of docs/linear-map.md, and what its section 10 says around it
 */
#include "linux/live.h"

#include <errno.h>
#include <string.h>

#define BASE  UINT64_C(0xffff000000000000)
#define BLOCK (128 * MIB)

/* Where the struct pages of the linear map start, 4K/48. */
#define VMEMMAP UINT64_C(0xfffffdffc0000000)

/* The cost of each named operation that takes place directly in another. */
struct meter {
	const char *name;
	unsigned depth;
	struct price price;
	uint64_t stores, tlbi[VMSA_NR_TLBI_OPS];
	unsigned skip; /* that many of the name pass unmetered */
};

static void meter_barrier(struct meter *m, enum vmsa_barrier b)
{
	m->price.ds += b == VMSA_DSB_ISHST;
	m->price.di += b == VMSA_DSB_ISH;
	m->price.is += b == VMSA_ISB;
}

static void meter_event(void *arg, const struct vmsa_event *e)
{
	struct meter *m = arg;

	if (e->kind == VMSA_EVENT_BEGIN && !strcmp(e->u.name, m->name))
		m->depth = m->skip ? (m->skip--, 0) : 1;
	else if (e->kind == VMSA_EVENT_END && !strcmp(e->u.name, m->name))
		m->depth = 0;
	else if (!m->depth)
		return;
	if (e->kind == VMSA_EVENT_STORE)
		m->stores += e->u.store.count;
	else if (e->kind == VMSA_EVENT_BARRIER)
		meter_barrier(m, e->u.barrier);
	else if (e->kind == VMSA_EVENT_TLBI)
		m->tlbi[e->u.tlbi.op]++, m->price.tl++;
}

static void assert_metered(const struct meter *m, struct price want)
{
	assert_u64_equal(m->price.ds, want.ds);
	assert_u64_equal(m->price.is, want.is);
	assert_u64_equal(m->price.di, want.di);
	assert_u64_equal(m->price.tl, want.tl);
}

static int add(struct vmsa_linux *l, vmsa_pa pa, uint64_t size)
{
	return vmsa_linux_hot_add(l, (struct vmsa_range){ pa, size });
}

static int rem(struct vmsa_linux *l, vmsa_pa pa, uint64_t size)
{
	return vmsa_linux_hot_remove(l, (struct vmsa_range){ pa, size });
}

/* TV-20: 128 MiB at 8 GiB. */
static void block_of_memory_comes_and_goes(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	struct meter map = { .name = "map" };
	struct meter unplug = { .name = "unplug", .skip = 1 };
	const struct tables t = tables_of(l);

	(void)state;
	assert_u64_equal(vmsa_linux_memory_block(l), BLOCK);
	vmsa_space_observe(vmsa_linux_space(l), meter_event, &map);
	assert_int_equal(add(l, 0x200000000, BLOCK), 0);
	vmsa_space_unobserve(vmsa_linux_space(l), meter_event, &map);
	assert_metered(&map, (struct price){ 70, 69, 2, 2 });
	assert_leaves(l, (struct leaves){ 1, 2, 2, 3, 26, 480 + 64, 0,
					  1024 - 48 });
	assert_desc(l, BASE + 0x1c0000000, 2, 0x00f8000200000705);

	/* The struct pages go first, then: 64 stores, a flush of everything,
	   the entry of the table cleared, and TLBI VAAE1IS. */
	vmsa_space_observe(vmsa_linux_space(l), meter_event, &unplug);
	assert_int_equal(rem(l, 0x200000000, BLOCK), 0);
	vmsa_space_unobserve(vmsa_linux_space(l), meter_event, &unplug);
	assert_metered(&unplug, (struct price){ 2, 2, 2, 2 });
	assert_u64_equal(unplug.stores, 64 + 1);
	assert_u64_equal(unplug.tlbi[VMSA_TLBI_VMALLE1], 1);
	assert_u64_equal(unplug.tlbi[VMSA_TLBI_VAAE1], 1);
	assert_leaves(l, (struct leaves){ 1, 1, 2, 3, 26, 480, 0, 1024 - 48 });
	assert_u64_equal(tables_at(&t, BASE + 0x1c0000000, 1), 0);
	vmsa_linux_destroy(l);
}

/* With range TLBI the 32768 pages are one operation. */
static void removal_uses_one_range(void **state)
{
	struct vmsa_linux *l = run_m(&(struct booted){
		.version = VMSA_LINUX_V7_3, .bbm = true, .tlb_range = true });
	struct meter unplug = { .name = "unplug", .skip = 1 };

	(void)state;
	assert_int_equal(add(l, 0x200000000, BLOCK), 0);
	vmsa_space_observe(vmsa_linux_space(l), meter_event, &unplug);
	assert_int_equal(rem(l, 0x200000000, BLOCK), 0);
	assert_u64_equal(unplug.tlbi[VMSA_TLBI_RVAALE1], 1);
	assert_u64_equal(unplug.tlbi[VMSA_TLBI_VMALLE1], 0);
	vmsa_linux_destroy(l);
}

/* 6.12 flushes a page for each leaf, and has pages only. */
static void old_kernel_flushes_each_leaf(void **state)
{
	struct vmsa_linux *l =
		run_m(&(struct booted){ .version = VMSA_LINUX_V6_12 });
	struct meter unplug = { .name = "unplug", .skip = 1 };

	(void)state;
	assert_int_equal(add(l, 0x200000000, BLOCK), 0);
	vmsa_space_observe(vmsa_linux_space(l), meter_event, &unplug);
	assert_int_equal(rem(l, 0x200000000, BLOCK), 0);
	assert_u64_equal(unplug.tlbi[VMSA_TLBI_VAALE1], 32768);
	/* 64 tables of pages, and one above them. */
	assert_u64_equal(unplug.tlbi[VMSA_TLBI_VAAE1], 65);
	vmsa_linux_destroy(l);
}

/* TV-20: a 1G block cannot lose a part of itself. */
static void removal_that_cuts_a_leaf_is_refused(void **state)
{
	struct vmsa_linux *l = run_m(TV2);

	(void)state;
	assert_int_equal(add(l, 0x240000000, GIB), 0);
	assert_desc(l, BASE + 0x200000000, 1, 0x00e8000240000705);
	COSTS(l, assert_int_equal(rem(l, 0x240000000, BLOCK), -EPERM), 0, 0, 0,
	      0);
	assert_int_equal(rem(l, 0x240000000 + BLOCK, BLOCK), -EPERM);
	assert_int_equal(rem(l, 0x240000000, GIB), 0);
	assert_leaves(l, (struct leaves){ 1, 1, 2, 3, 26, 480, 0, 1024 - 48 });
	vmsa_linux_destroy(l);
}

/* 6.18 does not look: the whole block goes with a part of it. */
static void old_kernel_clears_the_whole_leaf(void **state)
{
	struct vmsa_linux *l = run_m(
		&(struct booted){ .version = VMSA_LINUX_V6_18, .bbm = true });

	(void)state;
	assert_int_equal(add(l, 0x240000000, GIB), 0);
	assert_int_equal(rem(l, 0x240000000, BLOCK), 0);
	assert_desc(l, BASE + 0x200000000 + BLOCK, 1, 0);
	vmsa_linux_destroy(l);
}

/* A part of two blocks of memory may go, edges are CONT PMD boundaries. */
static void part_of_what_was_plugged_in_may_go(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	size_t n;

	(void)state;
	assert_int_equal(add(l, 0x200000000, 3 * BLOCK), 0);
	assert_int_equal(rem(l, 0x200000000 + BLOCK, BLOCK), 0);
	assert_desc(l, BASE + 0x1c0000000, 2, 0x00f8000200000705);
	assert_desc(l, BASE + 0x1c8000000, 2, 0);
	assert_desc(l, BASE + 0x1d0000000, 2, 0x00f8000210000705);
	vmsa_linux_regions(l, &n);
	assert_int_equal(n, 3);
	assert_int_equal(rem(l, 0x200000000, 3 * BLOCK), -EINVAL);
	assert_int_equal(add(l, 0x200000000 + BLOCK, BLOCK), 0);
	assert_int_equal(rem(l, 0x200000000, 3 * BLOCK), 0);
	assert_leaves(l, (struct leaves){ 1, 1, 2, 3, 26, 480, 0, 1024 - 48 });
	vmsa_linux_destroy(l);
}

static const struct refusal {
	const char *name;
	bool remove;
	struct vmsa_range range;
	int ret;
} refusals[] = {
	{ "nothing", false, { 0x200000000, 0 }, -EINVAL },
	{ "part of a block", false, { 0x200000000, BLOCK / 2 }, -EINVAL },
	{ "odd start", false, { 0x200000000 + MIB, BLOCK }, -EINVAL },
	{ "wraps", false, { 0xfffffffff8000000, BLOCK * 2 }, -EINVAL },
	{ "below", false, { 0, BLOCK }, -E2BIG },
	{ "beyond", false, { 0x800040000000, BLOCK }, -E2BIG },
	{ "across the end", false, { 0x800038000000, 2 * BLOCK }, -E2BIG },
	{ "memory there", false, { 0x138000000, BLOCK }, -EEXIST },
	{ "partly there", false, { 0x138000000, 2 * BLOCK }, -EEXIST },
	{ "remove nothing", true, { 0x200000000, 0 }, -EINVAL },
	{ "remove a hole", true, { 0x200000000, BLOCK }, -EINVAL },
	{ "remove boot memory", true, { 0x80000000, BLOCK }, -EPERM },
};

static void bad_ranges_change_nothing(void **state)
{
	struct vmsa_linux *l = run_m(TV2);

	(void)state;
	for (const struct refusal *r = refusals; r < refusals + COUNT(refusals);
	     r++) {
		print_message("%s\n", r->name);
		COSTS(l,
		      assert_int_equal(
			      r->remove ? vmsa_linux_hot_remove(l, r->range)
					: vmsa_linux_hot_add(l, r->range),
			      r->ret),
		      0, 0, 0, 0);
	}
	/* The last block there is room for is inside the 48-bit format. */
	assert_u64_equal(vmsa_linux_mappable(l).start, 0x40000000);
	assert_u64_equal(vmsa_linux_mappable(l).size, UINT64_C(1) << 47);
	vmsa_linux_destroy(l);
}

/* 64K: memory comes by 512 MiB. */
static void large_pages_have_large_blocks(void **state)
{
	struct vmsa_linux *l = run_m(&(struct booted){
		.granule_shift = 16, .version = VMSA_LINUX_V7_3, .bbm = true });
	const struct tables t = tables_of(l);
	vmsa_va va;

	(void)state;
	assert_int_equal(add(l, 0x200000000, BLOCK), -EINVAL);
	assert_int_equal(add(l, 0x200000000, 4 * BLOCK), 0);
	assert_desc(l, BASE + 0x1c0000000, 2, 0x00e8000200000705);
	/* 8192 struct pages: 8 base pages, and never a block. */
	va = vmsa_linux_layout(l)->vmemmap_start + (0x1c0000000 >> 16) * 64;
	assert_int_not_equal(tables_at(&t, va, 3), 0);
	assert_int_not_equal(tables_at(&t, va + 7 * 65536, 3), 0);
	assert_u64_equal(tables_at(&t, va + 8 * 65536, 3), 0);
	assert_int_equal(rem(l, 0x200000000, 4 * BLOCK), 0);
	vmsa_linux_destroy(l);
}

/* 16K: 8 GiB have 32 MiB of struct pages, a PMD's worth: pages even so. */
static void struct_pages_of_large_pages_are_no_block(void **state)
{
	struct vmsa_linux *l = run_m(&(struct booted){
		.granule_shift = 14, .version = VMSA_LINUX_V7_3, .bbm = true });
	const struct tables t = tables_of(l);
	const vmsa_va va = vmsa_linux_layout(l)->vmemmap_start +
			   ((0x240000000 - 0x40000000) >> 14) * 64;
	int level;

	(void)state;
	assert_u64_equal(va & (32 * MIB - 1), 0);
	assert_int_equal(add(l, 0x240000000, 8 * GIB), 0);
	assert_int_not_equal(tables_leaf(&t, va, &level), 0);
	assert_int_equal(level, 3);
	vmsa_linux_destroy(l);
}

/* --- struct pages -------------------------------------------------------- */

/* 128 MiB have 2 MiB of struct pages: one block, where one can be had. */
static void struct_pages_are_a_block_or_pages(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const vmsa_va va = VMEMMAP + (0x1c0000000 >> 12) * 64;
	const struct tables t = tables_of(l);
	int level;
	vmsa_desc d;

	(void)state;
	assert_int_equal(add(l, 0x200000000, BLOCK), 0);
	d = tables_leaf(&t, va, &level);
	assert_int_equal(level, 2);
	assert_u64_equal(d & ~UINT64_C(0xffffffe00000), 0x00e8000000000701);
	/* Code may lie below these tables as far as they know. */
	assert_u64_equal(tables_at(&t, va, 1) & ~UINT64_C(0xfffffffff000),
			 0x1000000000000403);
	assert_int_equal(rem(l, 0x200000000, BLOCK), 0);
	assert_u64_equal(tables_at(&t, va, 1), 0);

	vmsa_linux_fail_pages(l, 1);
	assert_int_equal(add(l, 0x200000000, BLOCK), 0);
	d = tables_leaf(&t, va, &level);
	assert_int_equal(level, 3);
	assert_u64_equal(d & ~UINT64_C(0xfffffffff000), 0x00e8000000000703);
	assert_int_equal(rem(l, 0x200000000, BLOCK), 0);
	assert_u64_equal(tables_at(&t, va, 1), 0);
	vmsa_linux_destroy(l);
}

/* At the very end: the table that reaches beyond the struct pages stays. */
static void tables_that_reach_too_far_stay(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct tables t = tables_of(l);
	const vmsa_va last = 0xffffffffbfe00000;

	(void)state;
	assert_int_equal(add(l, 0x800038000000, BLOCK), 0);
	assert_desc(l, 0xffff7ffff8000000, 2, 0x00f8800038000705);
	assert_int_not_equal(tables_at(&t, last, 2), 0);
	assert_int_equal(rem(l, 0x800038000000, BLOCK), 0);
	assert_u64_equal(tables_at(&t, last, 1), 0);
	assert_int_not_equal(tables_at(&t, last, 0), 0);
	/* Those of the linear map end with it: all of them go. */
	assert_u64_equal(tables_at(&t, 0xffff7ffff8000000, 0), 0);
	vmsa_linux_destroy(l);
}

/* Boot memory's struct pages: 4 GiB are 32 blocks, mapped once. */
static void boot_memory_has_struct_pages_too(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct tables t = tables_of(l);
	struct tally tally;

	(void)state;
	assert_int_equal(vmsa_linux_map_struct_pages(l), 0);
	tables_tally(&t, VMEMMAP, 0xffffffffc0000000, &tally);
	assert_u64_equal(tally.plain[3], 32);
	assert_u64_equal(tally.plain[4], 0);
	assert_int_equal(vmsa_linux_map_struct_pages(l), -EEXIST);
	vmsa_linux_destroy(l);
}

/* --- no memory ----------------------------------------------------------- */

static const struct refused_row {
	const char *name;
	unsigned granule_shift;
	bool pages;        /* refuse pages instead of tables */
	unsigned attempts; /* n = 1 .. that */
	int failures;      /* how many of them show */
	uint64_t stays;    /* tables of struct pages that reach too far */
} refused_rows[] = {
	/* Without a table for a block of struct pages, pages are tried. */
	{ "4K tables", 12, false, 8, 1, 0 },
	{ "16K tables", 14, false, 8, 3, 2 },
	{ "16K pages", 14, true, 40, 32, 2 },
};

static void try_refused(const struct refused_row *r, unsigned n, int *failures)
{
	struct vmsa_linux *l =
		run_m(&(struct booted){ .granule_shift = r->granule_shift,
					.version = VMSA_LINUX_V7_3,
					.bbm = true });
	const struct tally before = linear_tally(l);
	struct tally after;
	struct vmsa_linux_cost cost;
	size_t regions;
	int ret;

	vmsa_linux_cost_start(l, &cost);
	if (r->pages)
		vmsa_linux_fail_pages(l, n);
	else
		vmsa_memory_fail_nth(vmsa_linux_memory(l), n);
	ret = add(l, 0x200000000, BLOCK);
	vmsa_linux_cost_stop(l, &cost);
	vmsa_memory_fail_nth(vmsa_linux_memory(l), 0);
	vmsa_linux_fail_pages(l, 0);
	if (ret) {
		assert_int_equal(ret, -ENOMEM);
		++*failures;
		after = linear_tally(l);
		assert_memory_equal(&before, &after, sizeof(before));
		vmsa_linux_regions(l, &regions);
		assert_int_equal(regions, 1);
		assert_true(cost.did.tables_alloc - cost.did.tables_free <=
			    r->stays);
		assert_int_equal(add(l, 0x200000000, BLOCK), 0);
	}
	vmsa_linux_destroy(l);
}

/* What a refusal leaves: nothing of the range, and it works the next time. */
static void add_without_memory_undoes_itself(void **state)
{
	(void)state;
	for (const struct refused_row *r = refused_rows;
	     r < refused_rows + COUNT(refused_rows); r++) {
		int failures = 0;

		print_message("%s\n", r->name);
		for (unsigned n = 1; n <= r->attempts; n++)
			try_refused(r, n, &failures);
		assert_int_equal(failures, r->failures);
	}
}

/*
 * The table above all struct pages reaches below their range, so it stays for
 * good; everything below it goes.
 */
static void removal_frees_the_tables_of_struct_pages(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct vmsa_memory *memory = vmsa_linux_memory(l);
	struct vmsa_memory_stats before, after;

	(void)state;
	vmsa_memory_stats(memory, &before);
	/* No block, so a table of pages as well. */
	vmsa_linux_fail_pages(l, 1);
	assert_int_equal(add(l, 0x200000000, BLOCK), 0);
	assert_int_equal(rem(l, 0x200000000, BLOCK), 0);
	vmsa_memory_stats(memory, &after);
	before.live[2]++;
	assert_memory_equal(before.live, after.live, sizeof(before.live));
	vmsa_linux_destroy(l);
}

/* Before 6.19 a missing page for a table is a BUG(). */
static void old_kernel_crashes_without_memory(void **state)
{
	struct vmsa_linux *l = run_m(
		&(struct booted){ .version = VMSA_LINUX_V6_18, .bbm = true });

	(void)state;
	vmsa_memory_fail_nth(vmsa_linux_memory(l), 1);
	assert_int_equal(add(l, 0x200000000, BLOCK), -ENOTRECOVERABLE);
	vmsa_linux_destroy(l);
}

/* force_pte is asked anew: after a repaint, memory arrives as pages (6.3). */
static void memory_arrives_as_pages_after_a_repaint(void **state)
{
	const struct vmsa_cpu plain = { .pa_bits = 48 };
	struct vmsa_linux *l = boot_m(TV2);

	(void)state;
	vmsa_linux_start_allocator(l);
	assert_int_equal(vmsa_linux_online_cpu(l, &plain), 0);
	assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
	assert_int_equal(add(l, 0x200000000, BLOCK), 0);
	assert_desc(l, BASE + 0x1c0000000, 3, 0x00e8000200000707);
	vmsa_linux_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(block_of_memory_comes_and_goes),
		cmocka_unit_test(removal_uses_one_range),
		cmocka_unit_test(old_kernel_flushes_each_leaf),
		cmocka_unit_test(removal_that_cuts_a_leaf_is_refused),
		cmocka_unit_test(old_kernel_clears_the_whole_leaf),
		cmocka_unit_test(part_of_what_was_plugged_in_may_go),
		cmocka_unit_test(bad_ranges_change_nothing),
		cmocka_unit_test(large_pages_have_large_blocks),
		cmocka_unit_test(struct_pages_of_large_pages_are_no_block),
		cmocka_unit_test(struct_pages_are_a_block_or_pages),
		cmocka_unit_test(tables_that_reach_too_far_stay),
		cmocka_unit_test(boot_memory_has_struct_pages_too),
		cmocka_unit_test(add_without_memory_undoes_itself),
		cmocka_unit_test(removal_frees_the_tables_of_struct_pages),
		cmocka_unit_test(old_kernel_crashes_without_memory),
		cmocka_unit_test(memory_arrives_as_pages_after_a_repaint),
	};

	return cmocka_run_group_tests_name("hotplug", tests, NULL, NULL);
}
