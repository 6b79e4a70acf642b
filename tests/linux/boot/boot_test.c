/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_test.c - what a booted linear map looks like and cost
 *
 * Numbers come from a model of docs/linear-map.md that shares no code with
 * the library (its section 14); the first row's leaves are also those of a
 * dump published with the kernel patches.
 */
#include "linux/linux_test.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define V612 VMSA_LINUX_V6_12
#define V618 VMSA_LINUX_V6_18
#define V73  VMSA_LINUX_V7_3

/* Neoverse V3 r0p2, on every list of CPUs that change sizes live. */
#define LISTED 0x410fd842

/* The common machine: 4 GiB, its image and sections 2 MiB into them. */
#define IMAGE UINT64_C(0x40200000)

static const struct vmsa_linux_image sections = {
	.stext = 0x10000,
	.start_rodata = 0x1800000,
	.swapper_pg_dir = 0x2340000,
	.init_begin = 0x2350000,
	.init_end = 0x2800000,
	.bss_stop = 0x3030000,
	.end = 0x3040000,
};

static struct test_boot common(enum vmsa_linux_version version, unsigned shift,
			       unsigned va_bits, uint32_t midr)
{
	struct test_boot b = {
		.machine.banks = { { 0x40000000, 4 * GIB } },
		.machine.cpu = { .midr = midr, .lpa2 = va_bits == 52 },
		.image = IMAGE,
	};

	assert_int_equal(vmsa_linux_kernel_default(version, shift, va_bits,
						   &b.kernel),
			 0);
	b.kernel.image = sections;
	return b;
}

/* --- leaves, tables, barriers --------------------------------------------- */

static const struct vector {
	const char *name;
	enum vmsa_linux_version version;
	unsigned shift, va_bits;
	uint32_t midr;
	const char *bootargs;
	uint64_t tables[4]; /* levels 0 .. 3 */
	uint64_t plain[3];  /* levels 1 .. 3 */
	uint64_t cont[2];   /* levels 2, 3 */
	uint64_t ds, is, di, tl;
	struct {
		vmsa_va va;
		int level;
		vmsa_desc desc;
	} entries[6];
} vectors[] = {
	{ "7.3 4K/48 BBML3",
	  V73,
	  12,
	  48,
	  LISTED,
	  "rodata=on",
	  { 0, 1, 1, 2 },
	  { 3, 30, 0 },
	  { 480, 1024 },
	  562,
	  558,
	  10,
	  10,
	  { { 0xffff000000000000, 2, 0x00e8000040000705 },
	    { 0xffff000002550000, 3, 0x00f8000042550707 },
	    { 0xffff000004000000, 2, 0x00f8000044000705 },
	    { 0xffff000040000000, 1, 0x00e8000080000705 },
	    { 0xffff000000000000, 0, 0x180000013ffff403 },
	    { 0xffff000000000000, 1, 0x180000013fffe403 } } },
	{ "7.3 4K/48",
	  V73,
	  12,
	  48,
	  0,
	  "",
	  { 0, 1, 4, 2048 },
	  { 0, 0, 1048576 },
	  { 0, 0 },
	  8266,
	  6213,
	  2080,
	  2080,
	  { { 0xffff000000000000, 3, 0x00e8000040000707 },
	    { 0xffff0000fffff000, 3, 0x00e800013ffff707 } } },
	{ "6.12 4K/48 full",
	  V612,
	  12,
	  48,
	  0,
	  "rodata=full",
	  { 0, 1, 4, 2031 },
	  { 0, 17, 1039872 },
	  { 0, 0 },
	  8171,
	  6135,
	  2041,
	  2041,
	  { { 0xffff000000200000, 2, 0x00e8000040200701 },
	    { 0xffff000000000000, 3, 0x00e8000040000707 },
	    { 0xffff000000000000, 0, 0x180000013ffff003 } } },
	{ "6.18 4K/48 BBML2",
	  V618,
	  12,
	  48,
	  LISTED,
	  "",
	  { 0, 1, 1, 1 },
	  { 3, 31, 336 },
	  { 480, 176 },
	  536,
	  533,
	  8,
	  8,
	  { { 0xffff000003200000, 2, 0x0068000043200705 },
	    { 0xffff000000200000, 2, 0x0068000040200701 },
	    { 0xffff000002400000, 3, 0x0068000042400703 },
	    { 0xffff000002550000, 3, 0x0078000042550707 } } },
	{ "7.3 16K/48 BBML3",
	  V73,
	  14,
	  48,
	  LISTED,
	  "",
	  { 0, 1, 1, 2 },
	  { 0, 30, 256 },
	  { 96, 3840 },
	  156,
	  152,
	  11,
	  11,
	  { { 0xffff000000000000, 3, 0x00f8000040000707 },
	    { 0xffff000002550000, 3, 0x00e8000042550707 },
	    { 0xffff000004000000, 2, 0x00e8000044000705 },
	    { 0xffff000040000000, 2, 0x00f8000080000705 } } },
	{ "7.3 16K/48",
	  V73,
	  14,
	  48,
	  0,
	  "",
	  { 0, 1, 1, 128 },
	  { 0, 0, 262144 },
	  { 0, 0 },
	  534,
	  404,
	  137,
	  137,
	  { { 0 } } },
	{ "7.3 64K/48 BBML3",
	  V73,
	  16,
	  48,
	  LISTED,
	  "",
	  { 0, 0, 1, 1 },
	  { 0, 7, 64 },
	  { 0, 8128 },
	  23,
	  21,
	  6,
	  6,
	  { { 0xffff000040000000, 2, 0x00e8000080000705 } } },
	{ "7.3 64K/48",
	  V73,
	  16,
	  48,
	  0,
	  "",
	  { 0, 0, 1, 8 },
	  { 0, 0, 65536 },
	  { 0, 0 },
	  44,
	  35,
	  13,
	  13,
	  { { 0 } } },
	{ "7.3 4K/39 BBML3",
	  V73,
	  12,
	  39,
	  LISTED,
	  "",
	  { 0, 0, 1, 2 },
	  { 3, 30, 0 },
	  { 480, 1024 },
	  554,
	  551,
	  7,
	  7,
	  { { 0xffffff8040000000, 1, 0x00e8000080000705 } } },
	{ "7.3 16K/47 BBML3",
	  V73,
	  14,
	  47,
	  LISTED,
	  "",
	  { 0, 0, 1, 2 },
	  { 0, 30, 256 },
	  { 96, 3840 },
	  148,
	  145,
	  8,
	  8,
	  { { 0 } } },
	{ "7.3 4K/52 BBML3",
	  V73,
	  12,
	  52,
	  LISTED,
	  "",
	  { 1, 1, 1, 2 },
	  { 3, 30, 0 },
	  { 480, 1024 },
	  570,
	  565,
	  13,
	  13,
	  { { 0xfff0000000000000, 2, 0x00e8000040000405 },
	    { 0xfff0000002550000, 3, 0x00f8000042550407 },
	    { 0xfff0000040000000, 1, 0x00e8000080000405 } } },
};

static void check_leaves(const struct vector *v, const struct tally *t)
{
	for (int level = 0; level <= 3; level++)
		assert_int_equal(t->tables[VMSA_LEVEL_SLOT(level)],
				 v->tables[level]);
	for (int level = 1; level <= 3; level++)
		assert_int_equal(t->plain[VMSA_LEVEL_SLOT(level)],
				 v->plain[level - 1]);
	assert_int_equal(t->cont[VMSA_LEVEL_SLOT(2)], v->cont[0]);
	assert_int_equal(t->cont[VMSA_LEVEL_SLOT(3)], v->cont[1]);
	/* Nothing where Linux puts nothing. */
	assert_int_equal(t->plain[VMSA_LEVEL_SLOT(0)], 0);
	assert_int_equal(t->cont[VMSA_LEVEL_SLOT(1)], 0);
	for (int i = 0; i < VMSA_LEVELS; i++)
		assert_int_equal(t->other[i], 0);
}

static void check_counters(const struct vector *v, const struct vmsa_linux *l)
{
	struct vmsa_counters c;
	uint64_t tl = 0;

	vmsa_space_counters(vmsa_linux_space(l), &c);
	for (int i = 0; i < VMSA_NR_TLBI_OPS; i++)
		tl += c.tlbi[i];
	assert_int_equal(c.barriers[VMSA_DSB_ISHST], v->ds);
	assert_int_equal(c.barriers[VMSA_ISB], v->is);
	assert_int_equal(c.barriers[VMSA_DSB_ISH], v->di);
	assert_int_equal(tl, v->tl);
}

static struct test_boot boot_of(const struct vector *v)
{
	struct test_boot b = common(v->version, v->shift, v->va_bits, v->midr);

	b.machine.bootargs = v->bootargs;
	return b;
}

/* Level by level, and barrier by barrier. */
static void maps_have_the_modelled_shape_and_cost(void **state)
{
	(void)state;
	for (const struct vector *v = vectors; v < vectors + COUNT(vectors);
	     v++) {
		const struct test_boot b = boot_of(v);
		struct vmsa_linux *l = boot_map(&b);
		const struct tables t = tables_of(l);
		const struct tally tally = linear_tally(l);

		print_message("%s\n", v->name);
		check_leaves(v, &tally);
		check_counters(v, l);
		for (size_t i = 0; i < COUNT(v->entries) && v->entries[i].va;
		     i++)
			assert_u64_equal(tables_at(&t, v->entries[i].va,
						   v->entries[i].level),
					 v->entries[i].desc);
		vmsa_linux_destroy(l);
	}
}

static void ignore_event(void *arg, const struct vmsa_event *event)
{
	(void)event;
	(*(uint64_t *)arg)++;
}

/* Steps taken at once when nobody watches are the same steps. */
static void watching_changes_neither_shape_nor_cost(void **state)
{
	(void)state;
	for (const struct vector *v = vectors; v < vectors + COUNT(vectors);
	     v++) {
		const struct test_boot b = boot_of(v);
		struct vmsa_linux *l = boot_create(&b);
		struct tally tally;
		uint64_t seen = 0;

		print_message("%s\n", v->name);
		assert_int_equal(vmsa_space_observe(vmsa_linux_space(l),
						    ignore_event, &seen),
				 0);
		assert_int_equal(vmsa_linux_map_mem(l), 0);
		tally = linear_tally(l);
		check_leaves(v, &tally);
		check_counters(v, l);
		assert_true(seen >= v->ds + v->is + v->di + v->tl);
		vmsa_linux_destroy(l);
	}
}

/* The map published with the patches: 12 GiB at 0, image from 0x210000. */
static void the_published_dump_has_these_leaves(void **state)
{
	struct test_boot b = common(V618, 12, 48, LISTED);
	struct vector v = { .tables = { 0, 1, 1, 2 },
			    .plain = { 11, 30, 832 },
			    .cont = { 480, 192 } };
	struct vmsa_linux *l;
	struct tally tally;
	struct tables t;

	(void)state;
	b.machine.banks[0] = (struct vmsa_range){ 0, 12 * GIB };
	b.image = 0x210000;
	b.kernel.image.init_begin = 0x2340000;
	b.kernel.image.swapper_pg_dir = 0x2330000;
	l = boot_map(&b);
	t = tables_of(l);
	tally = linear_tally(l);
	check_leaves(&v, &tally);
	/* [2M, +64K) before the image is CONT and tagged, the image neither. */
	assert_u64_equal(tables_at(&t, 0xffff000000200000, 3),
			 0x0078000000200707);
	assert_u64_equal(tables_at(&t, 0xffff000000210000, 3),
			 0x0068000000210703);
	assert_u64_equal(tables_at(&t, 0xffff000002540000, 3),
			 0x0068000002540703);
	assert_u64_equal(tables_at(&t, 0xffff000002550000, 3),
			 0x0078000002550707);
	assert_u64_equal(tables_at(&t, 0xffff000300000000, 1), 0);
	vmsa_linux_destroy(l);
}

/* --- holes and pools ------------------------------------------------------ */

static void a_no_map_region_is_a_hole(void **state)
{
	struct test_boot b = common(V73, 12, 48, LISTED);
	const struct vector v = { .tables = { 0, 1, 1, 3 },
				  .plain = { 3, 45, 0 },
				  .cont = { 464, 1280 } };
	struct vmsa_linux *l;
	struct tally tally;
	struct tables t;

	(void)state;
	b.machine.no_map[0] = (struct vmsa_range){ 0x7ff00000, 0x100000 };
	l = boot_map(&b);
	t = tables_of(l);
	tally = linear_tally(l);
	check_leaves(&v, &tally);
	for (vmsa_va va = 0xffff00003ff00000; va < 0xffff000040000000;
	     va += 4096)
		assert_u64_equal(tables_at(&t, va, 3), 0);
	assert_u64_equal(tables_at(&t, 0xffff00003feff000, 3),
			 0x00f800007feff707);
	vmsa_linux_destroy(l);
}

static const struct pool_row {
	const char *name;
	struct vmsa_range initrd; /* keeps the pool off the top */
	vmsa_pa pool;
	struct vector v;
} pools[] = {
	{ "aligned",
	  { 0, 0 },
	  0x13fe00000,
	  { .tables = { 0, 1, 2, 3 },
	    .plain = { 2, 45, 512 },
	    .cont = { 976, 1024 } } },
	{ "odd",
	  { 0x13ff53000, 0xad000 },
	  0x13fd53000,
	  { .tables = { 0, 1, 2, 4 },
	    .plain = { 2, 44, 528 },
	    .cont = { 976, 1520 } } },
};

/* An early KFENCE pool is pages, and its PMD siblings lose CONT. */
static void an_early_pool_is_pages(void **state)
{
	(void)state;
	for (const struct pool_row *r = pools; r < pools + COUNT(pools); r++) {
		struct test_boot b = common(V73, 12, 48, LISTED);
		struct vmsa_linux *l;
		struct tally tally;
		struct tables t;

		print_message("%s\n", r->name);
		b.machine.bootargs = "kfence.sample_interval=100";
		b.machine.initrd = r->initrd;
		l = boot_map(&b);
		assert_u64_equal(vmsa_linux_kfence_pool(l), r->pool);
		t = tables_of(l);
		tally = linear_tally(l);
		check_leaves(&r->v, &tally);
		for (uint64_t i = 0; i < 512; i++)
			assert_u64_equal(
				tables_at(&t,
					  r->pool - 0x40000000 +
						  0xffff000000000000 + 4096 * i,
					  3),
				0x00e8000000000707 | (r->pool + 4096 * i));
		vmsa_linux_destroy(l);
	}
}

/* No room for the pool: KFENCE is late after all, and that means pages. */
static void a_pool_that_does_not_fit_makes_kfence_late(void **state)
{
	struct test_boot b = common(V73, 12, 48, 0);
	struct vmsa_linux *l;
	struct tally tally;

	(void)state;
	b.machine.bootargs = "kfence.sample_interval=100 rodata=noalias";
	b.kernel.kfence_objects = 4 * GIB / 8192; /* a pool of all memory */
	l = boot_create(&b);
	assert_false(vmsa_linux_policy(l)->force_pte);
	assert_false(vmsa_linux_policy(l)->can_set_direct_map);
	assert_int_equal(vmsa_linux_map_mem(l), 0);
	assert_true(vmsa_linux_policy(l)->force_pte);
	assert_true(vmsa_linux_policy(l)->can_set_direct_map);
	assert_u64_equal(vmsa_linux_kfence_pool(l), VMSA_NO_PA);
	tally = linear_tally(l);
	assert_int_equal(tally.plain[VMSA_LEVEL_SLOT(3)], 1048576);
	vmsa_linux_destroy(l);
}

/* --- forced mappings ------------------------------------------------------ */

static const struct forced_row {
	enum vmsa_linux_mapping mapping;
	enum vmsa_linux_version version;
	struct vector v;
} forced[] = {
	/* A CPU whose kernel would choose blocks and CONT, and the other. */
	{ VMSA_MAPPING_PTE,
	  V73,
	  { .tables = { 0, 1, 4, 2048 }, .plain = { 0, 0, 1048576 } } },
	{ VMSA_MAPPING_CONT,
	  V73,
	  { .tables = { 0, 1, 4, 2048 }, .cont = { 0, 1048576 } } },
	{ VMSA_MAPPING_BLOCK,
	  V73,
	  { .tables = { 0, 1, 1, 2 }, .plain = { 3, 510, 1024 } } },
	{ VMSA_MAPPING_BLOCK_CONT,
	  V73,
	  { .tables = { 0, 1, 1, 2 },
	    .plain = { 3, 30, 0 },
	    .cont = { 480, 1024 } } },
	{ VMSA_MAPPING_PTE,
	  V612,
	  { .tables = { 0, 1, 4, 2048 }, .plain = { 0, 0, 1048576 } } },
};

static void a_forced_mapping_overrules_the_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forced); i++) {
		const struct forced_row *r = &forced[i];

		for (int listed = 0; listed < 2; listed++) {
			struct test_boot b =
				common(r->version, 12, 48, listed ? LISTED : 0);
			struct vmsa_linux *l;
			struct tally tally;

			print_message("%s\n",
				      vmsa_linux_mapping_name(r->mapping));
			b.mapping = r->mapping;
			l = boot_map(&b);
			tally = linear_tally(l);
			check_leaves(&r->v, &tally);
			vmsa_linux_destroy(l);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_have_the_modelled_shape_and_cost),
		cmocka_unit_test(watching_changes_neither_shape_nor_cost),
		cmocka_unit_test(the_published_dump_has_these_leaves),
		cmocka_unit_test(a_no_map_region_is_a_hole),
		cmocka_unit_test(an_early_pool_is_pages),
		cmocka_unit_test(a_pool_that_does_not_fit_makes_kfence_late),
		cmocka_unit_test(a_forced_mapping_overrules_the_kernel),
	};

	return cmocka_run_group_tests_name("boot", tests, NULL, NULL);
}
