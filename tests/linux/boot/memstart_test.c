/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memstart_test.c - which memory the linear map covers, and where it starts
 *
 * Expected values are arithmetic from docs/linear-map.md, section 2.
 */
#include "linux/linux_test.h"

#include <errno.h>
#include <inttypes.h>

#define V612 VMSA_LINUX_V6_12
#define V73  VMSA_LINUX_V7_3
#define TIB  (UINT64_C(1) << 40)

/* Debian's 7.3.4 image ends 0x3240000 behind its start; a rounder one. */
#define IMAGE_SIZE UINT64_C(0x3040000)

static struct test_boot machine(enum vmsa_linux_version version, unsigned shift,
				unsigned va_bits, vmsa_pa start, uint64_t size)
{
	struct test_boot b = {
		.machine.banks = { { start, size } },
		.machine.cpu = { .lpa2 = va_bits == 52, .lva = va_bits == 52 },
	};

	assert_int_equal(vmsa_linux_kernel_default(version, shift, va_bits,
						   &b.kernel),
			 0);
	b.kernel.image = (struct vmsa_linux_image){
		.stext = 0x10000,
		.start_rodata = 0x1800000,
		.swapper_pg_dir = 0x2340000,
		.init_begin = 0x2350000,
		.init_end = 0x2800000,
		.bss_stop = 0x3030000,
		.end = IMAGE_SIZE,
	};
	return b;
}

/* --- memstart_addr -------------------------------------------------------- */

static const struct memstart_row {
	const char *name;
	unsigned shift, va_bits;
	bool fallback; /* a CPU without 52-bit addresses */
	vmsa_pa dram, memstart;
	vmsa_va first; /* where the first byte of memory is mapped */
} memstarts[] = {
	{ "4K", 12, 48, false, 0x80000000, 0x80000000, 0xffff000000000000 },
	{ "4K rounds to 1G", 12, 48, false, 0x90000000, 0x80000000,
	  0xffff000010000000 },
	{ "64K rounds to 512M", 16, 48, false, 0x90000000, 0x80000000,
	  0xffff000010000000 },
	{ "64K odd 512M", 16, 48, false, 0xa0000000, 0xa0000000,
	  0xffff000000000000 },
	{ "16K rounds to 1G", 14, 48, false, 0x90000000, 0x80000000,
	  0xffff000010000000 },
	{ "16K 47", 14, 47, false, 0xa0000000, 0x80000000, 0xffff800020000000 },
	{ "4K 52", 12, 52, false, 0x80000000, 0x80000000, 0xfff0000000000000 },
	{ "4K 52 on 48", 12, 52, true, 0x80000000, 0xfff1000080000000,
	  0xffff000000000000 },
	{ "64K 52 on 48", 16, 52, true, 0x80000000, 0xfff1000080000000,
	  0xffff000000000000 },
	/* 2^52 - 2^47 below 0x80000000. */
	{ "16K 52 on 47", 14, 52, true, 0x80000000, 0xfff0800080000000,
	  0xffff800000000000 },
	{ "4K 39", 12, 39, false, 0x80000000, 0x80000000, 0xffffff8000000000 },
	{ "memory at 0", 12, 48, false, 0, 0, 0xffff000000000000 },
};

static void memstart_is_the_start_of_memory_rounded_down(void **state)
{
	(void)state;
	for (const struct memstart_row *r = memstarts;
	     r < memstarts + COUNT(memstarts); r++) {
		struct test_boot b =
			machine(V73, r->shift, r->va_bits, r->dram, 4 * GIB);
		struct vmsa_linux *l;

		print_message("%s\n", r->name);
		if (r->fallback)
			b.machine.cpu = (struct vmsa_cpu){ 0 };
		l = boot_create(&b);
		assert_u64_equal(vmsa_linux_layout(l)->memstart, r->memstart);
		assert_u64_equal(vmsa_linux_va(l, r->dram), r->first);
		assert_u64_equal(vmsa_linux_pa(l, r->first), r->dram);
		assert_u64_equal(
			vmsa_linux_pa(l, vmsa_linux_va(l, r->dram + 0x12345)),
			r->dram + 0x12345);
		vmsa_linux_destroy(l);
	}
}

/* --- what is left of memory ----------------------------------------------- */

static const struct memory_row {
	const char *name;
	enum vmsa_linux_version version;
	unsigned shift, va_bits;
	struct vmsa_range banks[3];
	vmsa_pa image;
	const char *bootargs;
	struct vmsa_range initrd, no_map;
	vmsa_pa memstart;
	struct vmsa_linux_region left[5]; /* ends at size 0 */
} memories[] = {
	{ "all of it",
	  V73,
	  12,
	  48,
	  { { 0x40000000, 4 * GIB } },
	  0x40200000,
	  "",
	  { 0 },
	  { 0 },
	  0x40000000,
	  { { 0x40000000, 4 * GIB, false } } },
	/* 4K and 39 bits: 256 GiB, counted from memstart. */
	{ "too much, image low",
	  V73,
	  12,
	  39,
	  { { 2 * GIB, 512 * GIB } },
	  0x80200000,
	  "",
	  { 0 },
	  { 0 },
	  0x80000000,
	  { { 2 * GIB, 256 * GIB, false } } },
	/* The image keeps high memory alive up to its end, and moves the map:
	 * 0x6003040000 - 2^38 = 0x2003040000, up to the next GiB. */
	{ "too much, image high",
	  V73,
	  12,
	  39,
	  { { 2 * GIB, 512 * GIB } },
	  0x6000000000,
	  "",
	  { 0 },
	  { 0 },
	  0x2040000000,
	  { { 0x2040000000, 0x6003040000 - 0x2040000000, false } } },
	/* A 48-bit configuration has no output addresses beyond 2^48. */
	{ "beyond the PA size",
	  V73,
	  12,
	  48,
	  { { 0xffff00000000, 4 * GIB + 4 * GIB } },
	  0xffff00200000,
	  "",
	  { 0 },
	  { 0 },
	  0xffff00000000,
	  { { 0xffff00000000, 4 * GIB, false } } },
	{ "odd edges shrink",
	  V73,
	  16,
	  48,
	  { { 0x40001000, 0x10000000 - 0x2000 }, { 0x60008000, 0x4000 } },
	  0x40200000,
	  "",
	  { 0 },
	  { 0 },
	  0x40000000,
	  { { 0x40010000, 0xffe0000, false } } },
	{ "neighbours merge",
	  V73,
	  12,
	  48,
	  { { 0x60000000, 0x20000000 },
	    { 0x40000000, 0x20000000 },
	    { 0x90000000, 0x1000 } },
	  0x40200000,
	  "",
	  { 0 },
	  { 0 },
	  0x40000000,
	  { { 0x40000000, 0x40000000, false },
	    { 0x90000000, 0x1000, false } } },
	{ "no-map splits",
	  V73,
	  12,
	  48,
	  { { 0x40000000, GIB } },
	  0x40200000,
	  "",
	  { 0 },
	  { 0x50000000, 0x1800 },
	  0x40000000,
	  { { 0x40000000, 0x10000000, false },
	    { 0x50000000, 0x1800, true },
	    { 0x50001800, 0x2fffe800, false } } },
	{ "no-map outside memory",
	  V73,
	  12,
	  48,
	  { { 0x40000000, GIB } },
	  0x40200000,
	  "",
	  { 0 },
	  { 0x90000000, 0x1000 },
	  0x40000000,
	  { { 0x40000000, GIB, false } } },
	{ "mem= cuts",
	  V73,
	  12,
	  48,
	  { { 0x40000000, 4 * GIB } },
	  0x40200000,
	  "mem=1G",
	  { 0 },
	  { 0 },
	  0x40000000,
	  { { 0x40000000, GIB, false } } },
	{ "mem= rounds down",
	  V73,
	  14,
	  48,
	  { { 0x40000000, 4 * GIB } },
	  0x40200000,
	  "mem=0x10003fff",
	  { 0 },
	  { 0 },
	  0x40000000,
	  { { 0x40000000, 0x10000000, false } } },
	{ "mem= counts over holes",
	  V73,
	  12,
	  48,
	  { { 0x40000000, 0x10000000 }, { 0x80000000, GIB } },
	  0x40200000,
	  "mem=512M",
	  { 0 },
	  { 0 },
	  0x40000000,
	  { { 0x40000000, 0x10000000, false },
	    { 0x80000000, 0x10000000, false } } },
	/* The image comes back as an island. */
	{ "mem= below the image",
	  V73,
	  12,
	  48,
	  { { 0x40000000, 4 * GIB } },
	  0x80000000,
	  "mem=256M",
	  { 0 },
	  { 0 },
	  0x40000000,
	  { { 0x40000000, 0x10000000, false },
	    { 0x80000000, IMAGE_SIZE, false } } },
	{ "mem= and an initrd beyond",
	  V73,
	  12,
	  48,
	  { { 0x40000000, 4 * GIB } },
	  0x40200000,
	  "mem=256M",
	  { 0x60000800, 0x1000 },
	  { 0 },
	  0x40000000,
	  { { 0x40000000, 0x10000000, false },
	    { 0x60000000, 0x2000, false } } },
	{ "initrd out of reach",
	  V73,
	  12,
	  39,
	  { { 2 * GIB, 512 * GIB } },
	  0x80200000,
	  "",
	  { 0x5000000000, 0x1000 },
	  { 0 },
	  0x80000000,
	  { { 2 * GIB, 256 * GIB, false } } },
	{ "no-map wins over the initrd",
	  V73,
	  12,
	  48,
	  { { 0x40000000, GIB } },
	  0x40200000,
	  "",
	  { 0x50000000, 0x2000 },
	  { 0x50001000, 0x1000 },
	  0x40000000,
	  { { 0x40000000, 0x10001000, false },
	    { 0x50001000, 0x1000, true },
	    { 0x50002000, 0x2fffe000, false } } },
};

static void check_regions(const struct vmsa_linux *l,
			  const struct vmsa_linux_region *want)
{
	size_t n, i;
	const struct vmsa_linux_region *r = vmsa_linux_regions(l, &n);

	for (i = 0; i < n && i < 5 && want[i].size; i++) {
		assert_u64_equal(r[i].start, want[i].start);
		assert_u64_equal(r[i].size, want[i].size);
		assert_int_equal(r[i].nomap, want[i].nomap);
	}
	assert_int_equal(i, n);
	assert_true(i == 5 || !want[i].size);
}

/* A region without a place has none at address 0. */
static void a_region_without_a_place_hides_nothing(void **state)
{
	struct test_boot b = machine(V73, 12, 48, 0, GIB);
	const struct vmsa_linux_region all[] = { { 0, GIB, false }, { 0 } };
	struct vmsa_linux *l;

	(void)state;
	b.machine.no_map_anywhere = 0x100000;
	l = boot_create(&b);
	check_regions(l, all);
	vmsa_linux_destroy(l);
}

static void memblock_holds_what_the_rules_leave(void **state)
{
	(void)state;
	for (const struct memory_row *r = memories;
	     r < memories + COUNT(memories); r++) {
		struct test_boot b =
			machine(r->version, r->shift, r->va_bits, 0, 0);
		struct vmsa_linux *l;

		print_message("%s\n", r->name);
		for (int i = 0; i < 3; i++)
			b.machine.banks[i] = r->banks[i];
		b.machine.no_map[0] = r->no_map;
		b.machine.initrd = r->initrd;
		b.machine.bootargs = r->bootargs;
		b.image = r->image;
		l = boot_create(&b);
		assert_u64_equal(vmsa_linux_layout(l)->memstart, r->memstart);
		check_regions(l, r->left);
		assert_int_equal(vmsa_linux_map_mem(l), 0);
		vmsa_linux_destroy(l);
	}
}

/* --- KASLR of 6.12 -------------------------------------------------------- */

static const struct seed_row {
	const char *name;
	enum vmsa_linux_version version;
	unsigned va_bits, pa_bits;
	uint16_t seed;
	uint64_t moved; /* GiB downwards */
} seeds[] = {
	/* (2^47 - 2^40) / 2^30 = 130048 places, half of them. */
	{ "half of the room", V612, 48, 40, 0x8000, 65024 },
	{ "almost all of it", V612, 48, 40, 0xffff, 130046 },
	{ "the smallest seed", V612, 48, 40, 1, 1 },
	{ "no seed", V612, 48, 40, 0, 0 },
	/* 2^38 of map against 2^40 of memory: no room. */
	{ "no room", V612, 39, 40, 0x8000, 0 },
	{ "a kernel that does not", V73, 48, 40, 0x8000, 0 },
	{ "a kernel that no longer does", VMSA_LINUX_V6_18, 48, 40, 0x8000, 0 },
};

static void only_old_kernels_move_the_map(void **state)
{
	(void)state;
	for (const struct seed_row *r = seeds; r < seeds + COUNT(seeds); r++) {
		struct test_boot b = machine(r->version, 12, r->va_bits,
					     0x80000000, 4 * GIB);
		struct vmsa_linux *l;

		print_message("%s\n", r->name);
		b.machine.cpu.pa_bits = r->pa_bits;
		b.memstart_seed = r->seed;
		l = boot_map(&b);
		assert_u64_equal(vmsa_linux_layout(l)->memstart,
				 0x80000000 - r->moved * GIB);
		assert_u64_equal(vmsa_linux_va(l, 0x80000000),
				 vmsa_linux_layout(l)->linear_start +
					 r->moved * GIB);
		vmsa_linux_destroy(l);
	}
}

/* --- refused -------------------------------------------------------------- */

static void images_outside_memory_are_refused(void **state)
{
	static const vmsa_pa images[] = {
		0x3fe00000,         /* before the bank */
		0x80000000,         /* behind it */
		0x7fe00000,         /* its end sticks out */
		0xffffffffffe00000, /* and this one wraps */
	};
	struct test_boot b = machine(V73, 12, 48, 0x40000000, GIB);
	struct vmsa_linux *l = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(images); i++) {
		b.image = images[i];
		assert_int_equal(boot_try(&b, &l), -EINVAL);
		assert_null(l);
	}
}

static void odd_kernels_are_refused(void **state)
{
	static const struct {
		uint8_t shift, va_bits;
	} odd[] = { { 12, 0 },  { 12, 64 }, { 12, 255 }, { 12, 47 },
		    { 13, 48 }, { 0, 48 },  { 16, 39 },  { 14, 42 } };
	struct test_boot b = machine(V73, 12, 48, 0x40000000, GIB);
	struct vmsa_linux *l = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		b.kernel.granule_shift = odd[i].shift;
		b.kernel.va_bits = odd[i].va_bits;
		assert_int_equal(boot_try(&b, &l), -EINVAL);
		assert_null(l);
	}
}

/* A root table that its own size does not divide cannot be in a TTBR. */
static void misplaced_roots_are_refused(void **state)
{
	struct test_boot b = machine(V73, 12, 48, 0x40000000, GIB);
	struct vmsa_linux *l = NULL;

	(void)state;
	b.kernel.image.swapper_pg_dir += 8;
	assert_int_equal(boot_try(&b, &l), -EINVAL);
	b.kernel.image.swapper_pg_dir = 8 * GIB;
	assert_int_equal(boot_try(&b, &l), -EINVAL);
	assert_null(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memstart_is_the_start_of_memory_rounded_down),
		cmocka_unit_test(memblock_holds_what_the_rules_leave),
		cmocka_unit_test(a_region_without_a_place_hides_nothing),
		cmocka_unit_test(only_old_kernels_move_the_map),
		cmocka_unit_test(images_outside_memory_are_refused),
		cmocka_unit_test(odd_kernels_are_refused),
		cmocka_unit_test(misplaced_roots_are_refused),
	};

	return cmocka_run_group_tests_name("memstart", tests, NULL, NULL);
}
