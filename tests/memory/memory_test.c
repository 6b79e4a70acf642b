/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_test.c - what vmsa/memory.h promises
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "vmsa/memory.h"

#define GIB (UINT64_C(1) << 30)

static struct vmsa_memory *open_banks(const struct vmsa_range *banks, size_t n)
{
	const struct vmsa_memory_config c = { .granule_shift = 12,
					      .banks = banks,
					      .nr_banks = n };
	struct vmsa_memory *m = NULL;

	assert_int_equal(vmsa_memory_create(&c, &m), 0);
	return m;
}

static long resident_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* Eight terabytes open at once and cost next to nothing until touched. */
static void terabytes_cost_nothing_until_touched(void **state)
{
	const struct vmsa_range bank = { 0x80000000, 8192 * GIB };
	const long before = resident_kib();
	struct vmsa_memory *m = open_banks(&bank, 1);
	vmsa_pa pa;

	(void)state;
	assert_int_equal(vmsa_memory_granule_shift(m), 12);
	assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 3, &pa), 0);
	assert_u64_equal(pa, 0x80000000 + 8192 * GIB - 4096);
	memset(vmsa_memory_frame(m, pa), 0xff, 4096);
	assert_true(resident_kib() - before < 16 * 1024);
	vmsa_memory_destroy(m);
}

static const struct bad_row {
	const char *name;
	struct vmsa_range banks[2];
	size_t n;
} bad[] = {
	{ "no bank", { { 0, 0 } }, 0 },
	{ "empty", { { 0x1000, 0 } }, 1 },
	{ "unaligned start", { { 0x800, 0x1000 } }, 1 },
	{ "unaligned size", { { 0x1000, 0x1800 } }, 1 },
	{ "wraps", { { UINT64_MAX - 0xfff, 0x1000 } }, 1 },
	{ "overlap", { { 0x1000, 0x3000 }, { 0x3000, 0x1000 } }, 2 },
	{ "unsorted", { { 0x8000, 0x1000 }, { 0x1000, 0x1000 } }, 2 },
};

/* Banks that make no sense are refused. */
static void broken_banks_are_refused(void **state)
{
	(void)state;
	for (const struct bad_row *r = bad; r < bad + COUNT(bad); r++) {
		const struct vmsa_memory_config c = { .granule_shift = 12,
						      .banks = r->banks,
						      .nr_banks = r->n };
		struct vmsa_memory *m = NULL;

		print_message("%s\n", r->name);
		assert_int_equal(vmsa_memory_create(&c, &m), -EINVAL);
		assert_null(m);
	}
}

/* Boot frames run downwards from the top, around what is reserved. */
static void early_frames_run_down_around_reservations(void **state)
{
	const struct vmsa_range banks[] = { { 0x10000, 0x4000 },
					    { 0x20000, 0x4000 } };
	static const vmsa_pa expected[] = { 0x23000, 0x20000, 0x13000,
					    0x10000 };
	struct vmsa_memory *m = open_banks(banks, 2);
	vmsa_pa pa;

	(void)state;
	/* Odd edges keep every frame they touch. */
	assert_int_equal(
		vmsa_memory_reserve(m, (struct vmsa_range){ 0x21fff, 0x2 }), 0);
	assert_int_equal(
		vmsa_memory_reserve(m, (struct vmsa_range){ 0x11000, 0x1fff }),
		0);
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 2, &pa), 0);
		assert_u64_equal(pa, expected[i]);
	}
	assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 2, &pa), -ENOMEM);
	vmsa_memory_destroy(m);
}

/* A freed frame comes back zeroed, and the accounts follow. */
static void late_frames_come_back_zeroed(void **state)
{
	const struct vmsa_range bank = { 0x10000, 0x4000 };
	struct vmsa_memory *m = open_banks(&bank, 1);
	struct vmsa_memory_stats stats;
	static const char zeroes[4096];
	vmsa_pa first, again;

	(void)state;
	assert_int_equal(vmsa_frame_alloc(m, VMSA_LATE, 3, &first), 0);
	memset(vmsa_memory_frame(m, first), 0xa5, 4096);
	vmsa_frame_free(m, first, 3);
	vmsa_memory_stats(m, &stats);
	assert_int_equal(stats.live[VMSA_LEVEL_SLOT(3)], 0);
	assert_int_equal(vmsa_frame_alloc(m, VMSA_LATE, 1, &again), 0);
	assert_u64_equal(again, first);
	assert_memory_equal(vmsa_memory_frame(m, again), zeroes, 4096);
	vmsa_memory_stats(m, &stats);
	assert_int_equal(stats.live[VMSA_LEVEL_SLOT(1)], 1);
	assert_int_equal(stats.allocated, 2);
	assert_int_equal(stats.freed, 1);
	vmsa_memory_destroy(m);
}

/* Exactly the n-th allocation fails, then all is well again. */
static void the_nth_allocation_fails_once(void **state)
{
	const struct vmsa_range bank = { 0, GIB };
	struct vmsa_memory *m = open_banks(&bank, 1);
	vmsa_pa pa;

	(void)state;
	for (uint64_t n = 1; n <= 4; n++) {
		vmsa_memory_fail_nth(m, n);
		for (uint64_t i = 1; i <= 6; i++)
			assert_int_equal(vmsa_frame_alloc(m, VMSA_LATE, 3, &pa),
					 i == n ? -ENOMEM : 0);
	}
	vmsa_memory_destroy(m);
}

/* A block of memory is the highest that is free and aligned. */
static void ranges_are_taken_top_down(void **state)
{
	const struct vmsa_range bank = { 0x40000000, GIB };
	struct vmsa_memory *m = open_banks(&bank, 1);
	vmsa_pa pool, frame;

	(void)state;
	assert_int_equal(vmsa_memory_alloc_range(m, 0x200000, 0x1000, &pool),
			 0);
	assert_u64_equal(pool, 0x7fe00000);
	assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 3, &frame), 0);
	assert_u64_equal(frame, 0x7fdff000);
	assert_int_equal(vmsa_memory_alloc_range(m, 2 * GIB, 0x1000, &pool),
			 -ENOMEM);
	vmsa_memory_destroy(m);
}

/* What is taken or reserved between two frames is not handed out again. */
static void frames_keep_clear_of_later_reservations(void **state)
{
	const struct vmsa_range bank = { 0x40000000, GIB };
	struct vmsa_memory *m = open_banks(&bank, 1);
	vmsa_pa pa;

	(void)state;
	assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 3, &pa), 0);
	assert_u64_equal(pa, 0x7ffff000);
	assert_int_equal(
		vmsa_memory_reserve(m, (struct vmsa_range){ 0x7fffe000, 1 }),
		0);
	assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 3, &pa), 0);
	assert_u64_equal(pa, 0x7fffd000);
	assert_int_equal(vmsa_memory_alloc_range(m, 0x3000, 0x1000, &pa), 0);
	assert_u64_equal(pa, 0x7fffa000);
	assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 3, &pa), 0);
	assert_u64_equal(pa, 0x7fff9000);
	/* Also when a frame in use is reserved, and then given back. */
	assert_int_equal(
		vmsa_memory_reserve(m, (struct vmsa_range){ pa, 0x1000 }), 0);
	vmsa_frame_free(m, pa, 3);
	assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 3, &pa), 0);
	assert_u64_equal(pa, 0x7fff8000);
	vmsa_memory_destroy(m);
}

/* Frames given back newest first come again in the old order, zeroed. */
static void allocations_can_be_undone(void **state)
{
	const struct vmsa_range banks[] = { { 0x10000, 0x1000 },
					    { 0x20000, 0x1000 } };
	struct vmsa_memory *m = open_banks(banks, 2);
	static const char zeroes[4096];
	vmsa_pa high, low;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 3, &high), 0);
		assert_u64_equal(high, 0x20000);
		assert_int_equal(vmsa_frame_alloc(m, VMSA_EARLY, 3, &low), 0);
		assert_u64_equal(low, 0x10000);
		assert_memory_equal(vmsa_memory_frame(m, high), zeroes, 4096);
		memset(vmsa_memory_frame(m, high), 0xff, 4096);
		vmsa_frame_free(m, low, 3);
		vmsa_frame_free(m, high, 3);
	}
	vmsa_memory_destroy(m);
}

/* A descriptor outside every bank, or not aligned, cannot be read. */
static void reads_outside_memory_fail(void **state)
{
	const struct vmsa_range banks[] = { { 0x10000, 0x1000 },
					    { 0x20000, 0x1000 } };
	struct vmsa_memory *m = open_banks(banks, 2);
	vmsa_desc d = 77;

	(void)state;
	assert_int_equal(vmsa_memory_read(m, 0x11000, &d), -EFAULT);
	assert_int_equal(vmsa_memory_read(m, 0x10004, &d), -EFAULT);
	assert_u64_equal(d, 77);
	*(vmsa_desc *)vmsa_memory_frame(m, 0x20ff8) = 42;
	assert_int_equal(vmsa_memory_read(m, 0x20ff8, &d), 0);
	assert_u64_equal(d, 42);
	vmsa_memory_destroy(m);
}

/* A caller's own frames are used, and only they. */
static uint64_t own_frame[512];

static void *own_lookup(void *arg, vmsa_pa pa)
{
	(void)arg;
	return pa >= 0x5000 && pa < 0x6000 ? (char *)own_frame + (pa - 0x5000)
					   : NULL;
}

static int own_alloc(void *arg, enum vmsa_phase phase, vmsa_pa *pa)
{
	int *left = arg;

	(void)phase;
	if (!*left)
		return -ENOMEM;
	(*left)--;
	*pa = 0x5000;
	return 0;
}

static void own_free(void *arg, vmsa_pa pa)
{
	(void)pa;
	(*(int *)arg)++;
}

static void callers_frames_are_used(void **state)
{
	int left = 1;
	const struct vmsa_frame_ops ops = { own_lookup, own_alloc, own_free,
					    &left };
	const struct vmsa_memory_config c = { .granule_shift = 12,
					      .ops = &ops };
	struct vmsa_memory *m;
	vmsa_pa pa;

	(void)state;
	assert_int_equal(vmsa_memory_create(&c, &m), 0);
	assert_int_equal(vmsa_frame_alloc(m, VMSA_LATE, 3, &pa), 0);
	assert_ptr_equal(vmsa_memory_frame(m, pa), own_frame);
	assert_int_equal(vmsa_frame_alloc(m, VMSA_LATE, 3, &pa), -ENOMEM);
	vmsa_frame_free(m, pa, 3);
	assert_int_equal(left, 1);
	assert_null(vmsa_memory_frame(m, 0x6000));
	vmsa_memory_destroy(m);
}

/* Memory added later joins; memory that overlaps does not. */
static void banks_can_be_added_later(void **state)
{
	const struct vmsa_range bank = { 0x10000, 0x2000 };
	struct vmsa_memory *m = open_banks(&bank, 1);

	(void)state;
	assert_int_equal(
		vmsa_memory_add(m, (struct vmsa_range){ 0x11000, 0x2000 }),
		-EINVAL);
	assert_null(vmsa_memory_frame(m, 0x12000));
	assert_int_equal(
		vmsa_memory_add(m, (struct vmsa_range){ 0x12000, 0x1000 }), 0);
	assert_non_null(vmsa_memory_frame(m, 0x12fff));
	assert_non_null(vmsa_memory_frame(m, 0x10000));
	vmsa_memory_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terabytes_cost_nothing_until_touched),
		cmocka_unit_test(broken_banks_are_refused),
		cmocka_unit_test(early_frames_run_down_around_reservations),
		cmocka_unit_test(late_frames_come_back_zeroed),
		cmocka_unit_test(the_nth_allocation_fails_once),
		cmocka_unit_test(ranges_are_taken_top_down),
		cmocka_unit_test(frames_keep_clear_of_later_reservations),
		cmocka_unit_test(allocations_can_be_undone),
		cmocka_unit_test(reads_outside_memory_fail),
		cmocka_unit_test(callers_frames_are_used),
		cmocka_unit_test(banks_can_be_added_later),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
