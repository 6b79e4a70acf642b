/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * create_test.c - the mapping code against a slow model of it
 *
 * Random calls, then every entry of a window compared; the n-th table refused
 * for every n; and calls that make no sense.
 */
#include "linux/map/create_model.h"

#include <errno.h>
#include <string.h>

#include "linux/map/map.h"

/* Output addresses: far up where the format has room for it. */
#define HIGH (UINT64_C(1) << 51)
#define LOW  (UINT64_C(1) << 40)

static const struct shape {
	const char *name;
	unsigned shift, va_bits;
	uint64_t window;
	vmsa_pa pa;
} shapes[] = {
	{ "4K/39", 12, 39, 2 * GIB, LOW },
	{ "4K/48", 12, 48, 2 * GIB, LOW },
	{ "4K/52", 12, 52, 2 * GIB, HIGH },
	{ "16K/36", 14, 36, 4 * GIB, LOW },
	{ "16K/47", 14, 47, 4 * GIB, LOW },
	{ "16K/48", 14, 48, 4 * GIB, LOW },
	{ "16K/52", 14, 52, 4 * GIB, HIGH },
	{ "64K/42", 16, 42, 32 * GIB, LOW },
	{ "64K/48", 16, 48, 32 * GIB, LOW },
	{ "64K/52", 16, 52, 32 * GIB, HIGH },
};

static struct vmsa_linux *empty(const struct shape *s,
				enum vmsa_linux_version version)
{
	struct test_boot b = { .machine.banks = { { 0x40000000, 4 * GIB } },
			       .machine.cpu = { .lpa2 = s->va_bits == 52,
						.lva = s->va_bits == 52 } };

	assert_int_equal(vmsa_linux_kernel_default(version, s->shift,
						   s->va_bits, &b.kernel),
			 0);
	return boot_create(&b);
}

/* The window: 16 GiB into the linear map, so aligned for every group. */
static vmsa_va window(const struct vmsa_linux *l)
{
	return vmsa_linux_layout(l)->linear_start + 16 * GIB;
}

/* Protections an entry may go through and back, and one that is stuck. */
static vmsa_desc some_prot(const struct model *m, uint64_t *seed)
{
	static const vmsa_desc prots[] = {
		0x00e8000000000407, 0x00e8000000000407, 0x00e8000000000407,
		0x00e8000000000403, 0x00e0000000000487, 0x00e0000000000483,
		0x00c8000000000407, 0x00e8000000000c07, 0x0068000000000407,
	};
	const vmsa_desc prot = prots[test_rand(seed) % COUNT(prots)];

	return m->lpa2 ? prot : prot | 0x300;
}

static uint64_t some_align(const struct model *m, uint64_t *seed)
{
	const unsigned page = m->page_shift, stride = page - 3;
	const unsigned shifts[] = {
		0,        page,          page + 4,          page + 5,
		page + 7, page + stride, page + stride + 4, page + stride + 5,
		30,
	};
	const unsigned n = shifts[test_rand(seed) % COUNT(shifts)];

	return UINT64_C(1) << n;
}

/* A call inside the window, with edges of all kinds. */
static struct vmsa_linux_map some_call(const struct model *m, vmsa_pa pa,
				       uint64_t *seed)
{
	const uint64_t align = some_align(m, seed), more = some_align(m, seed);
	uint64_t start = test_rand(seed) % m->size & ~(align - 1);
	uint64_t size = (1 + test_rand(seed) % 40) * more;
	struct vmsa_linux_map map = { .prot = some_prot(m, seed),
				      .flags = test_rand(seed) & 7 };

	if (test_rand(seed) % 4 == 0)
		size += UINT64_C(1) << m->page_shift;
	if (size > m->size - start)
		size = m->size - start;
	/* Mostly one block of memory, as in a linear map; seldom another. */
	if (test_rand(seed) % 8 == 0)
		pa += some_align(m, seed) &
		      ~((UINT64_C(1) << m->page_shift) - 1);
	map.va = m->start + start;
	map.pa = pa + start;
	map.size = size;
	return map;
}

static const int results[] = {
	[MODEL_DONE] = 0,
	[MODEL_NO_MEMORY] = -ENOMEM,
	[MODEL_BUG] = -ENOTRECOVERABLE,
};

/* Calls until the first BUG; the state at the BUG is compared as well. */
static unsigned random_run(const struct shape *s,
			   enum vmsa_linux_version version, uint64_t *seed)
{
	struct vmsa_linux *l = empty(s, version);
	enum model_end end = MODEL_DONE;
	struct model m;
	unsigned calls = 0;

	model_init(&m, l, window(l), s->window);
	for (; calls < 16 && end == MODEL_DONE; calls++) {
		const struct vmsa_linux_map map = some_call(&m, s->pa, seed);

		end = model_map(&m, &map);
		assert_int_equal(vmsa_linux_map(l, &map, VMSA_EARLY),
				 results[end]);
		model_compare(&m, l);
	}
	model_drop(&m);
	vmsa_linux_destroy(l);
	return calls;
}

static void random_calls_match_the_model(void **state)
{
	uint64_t seed = 20250219;

	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		for (int v = 0; v < VMSA_LINUX_NR_VERSIONS; v++) {
			unsigned calls = 0;

			for (int run = 0; run < 40; run++)
				calls += random_run(&shapes[i], v, &seed);
			print_message("%s %s: %u calls\n", shapes[i].name,
				      vmsa_linux_version_name(v), calls);
			/* Most calls must work, or little was tested. */
			assert_true(calls >= 40 * 2);
		}
	}
}

static const struct level_1_row {
	const char *name;
	unsigned shift, va_bits;
	uint64_t span;   /* of a level 1 entry */
	uint64_t l1, l2; /* leaves that map two of them */
} level_1[] = {
	{ "4K/48", 12, 48, GIB, 2, 0 },
	{ "4K/52", 12, 52, GIB, 2, 0 },
	/* The architecture has 64 GiB and 4 TiB blocks there; Linux none. */
	{ "16K/48", 14, 48, 64 * GIB, 0, 2 * 2048 },
	{ "16K/52", 14, 52, 64 * GIB, 0, 2 * 2048 },
	{ "64K/48", 16, 48, 4096 * GIB, 0, 2 * 8192 },
	{ "64K/52", 16, 52, 4096 * GIB, 0, 2 * 8192 },
};

static void level_1_blocks_are_for_4k_pages_only(void **state)
{
	(void)state;
	for (const struct level_1_row *r = level_1;
	     r < level_1 + COUNT(level_1); r++) {
		const struct shape s = { .shift = r->shift,
					 .va_bits = r->va_bits };
		struct vmsa_linux *l = empty(&s, VMSA_LINUX_V7_3);
		const struct vmsa_linux_map map = {
			.pa = 4 * r->span,
			.va = vmsa_linux_layout(l)->linear_start + 4 * r->span,
			.size = 2 * r->span,
			.prot = 0x00e8000000000407,
			.flags = VMSA_LINUX_NO_CONT,
		};
		struct tally tally;

		print_message("%s\n", r->name);
		assert_int_equal(vmsa_linux_map(l, &map, VMSA_EARLY), 0);
		tally = linear_tally(l);
		assert_int_equal(tally.plain[VMSA_LEVEL_SLOT(1)], r->l1);
		assert_int_equal(tally.plain[VMSA_LEVEL_SLOT(2)], r->l2);
		assert_int_equal(tally.plain[VMSA_LEVEL_SLOT(3)], 0);
		vmsa_linux_destroy(l);
	}
}

/* --- tables that are refused ---------------------------------------------- */

/* Two pages at each side of a block boundary, and blocks between. */
static struct vmsa_linux_map wide_call(const struct model *m,
				       const struct shape *s)
{
	const unsigned l2 = 2 * s->shift - 3;
	const uint64_t page = UINT64_C(1) << s->shift;
	const uint64_t start = (UINT64_C(3) << l2) - 2 * page;

	return (struct vmsa_linux_map){
		.pa = s->pa + start,
		.va = m->start + start,
		.size = (UINT64_C(40) << l2) + 5 * page,
		.prot = m->lpa2 ? 0x00e8000000000407 : 0x00e8000000000707,
		.flags = VMSA_LINUX_NO_EXEC,
	};
}

/* Late, old kernels have a BUG() where new ones have an error. */
static int refusal(enum vmsa_linux_version version, enum vmsa_phase phase)
{
	return phase == VMSA_LATE && version != VMSA_LINUX_V7_3
		       ? -ENOTRECOVERABLE
		       : -ENOMEM;
}

/* Refuse the n-th table; false when the call needs fewer. */
static bool refuse(const struct shape *s, enum vmsa_linux_version version,
		   enum vmsa_phase phase, unsigned n)
{
	struct vmsa_linux *l = empty(s, version);
	struct vmsa_linux_map map;
	enum model_end end;
	struct model m;

	model_init(&m, l, window(l), s->window);
	map = wide_call(&m, s);
	m.may_allocate = n - 1;
	end = model_map(&m, &map);
	vmsa_memory_fail_nth(vmsa_linux_memory(l), n);
	assert_int_equal(vmsa_linux_map(l, &map, phase),
			 end == MODEL_DONE ? 0 : refusal(version, phase));
	model_compare(&m, l);
	/* What stayed is no hindrance to trying again. */
	vmsa_memory_fail_nth(vmsa_linux_memory(l), 0);
	m.may_allocate = -1;
	assert_int_equal(model_map(&m, &map), MODEL_DONE);
	assert_int_equal(vmsa_linux_map(l, &map, phase), 0);
	model_compare(&m, l);
	model_drop(&m);
	vmsa_linux_destroy(l);
	return end != MODEL_DONE;
}

static void what_was_written_before_a_refused_table_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		for (int v = 0; v < VMSA_LINUX_NR_VERSIONS; v++) {
			for (int phase = 0; phase < 2; phase++) {
				unsigned n = 1;

				while (refuse(&shapes[i], v, phase, n))
					n++;
				/* Two L3 tables at least were refused. */
				assert_true(n >= 3);
			}
		}
	}
}

/* Code without an allocator runs only over tables that are there. */
static void a_missing_table_without_allocator_is_a_bug(void **state)
{
	const struct shape *s = &shapes[1];
	struct vmsa_linux *l = empty(s, VMSA_LINUX_V7_3);
	struct vmsa_linux_map map;
	struct model m;

	(void)state;
	model_init(&m, l, window(l), s->window);
	map = wide_call(&m, s);
	assert_int_equal(vmsa_linux_map_with(l, &map, VMSA_EARLY, false),
			 -ENOTRECOVERABLE);
	model_compare(&m, l);
	assert_int_equal(vmsa_linux_map_with(l, &map, VMSA_EARLY, true), 0);
	map.prot ^= 0x80; /* read-only */
	assert_int_equal(vmsa_linux_map_with(l, &map, VMSA_EARLY, false), 0);
	model_drop(&m);
	vmsa_linux_destroy(l);
}

/* --- calls that make no sense --------------------------------------------- */

static const struct refused_row {
	const char *name;
	vmsa_pa pa;
	uint64_t offset, size; /* from the start of the linear map */
	int ret;
} refused[] = {
	{ "other page offset", 0x80000010, 0x20, 0x1000, -EINVAL },
	{ "nothing", 0x80000000, 0, 0, -EINVAL },
	{ "in the other half", 0x80000000, -UINT64_C(0x1000), 0x1000, -ERANGE },
	{ "from the other half", 0x80000000, -UINT64_C(0x1000), 0x2000,
	  -ERANGE },
	{ "wraps", 0x80000000, (UINT64_C(1) << 48) - 0x1000, 0x1001, -ERANGE },
	{ "larger than anything", 0x80000000, 0, UINT64_MAX, -ERANGE },
	{ "the last page there is", 0x80000000, (UINT64_C(1) << 48) - 0x1000,
	  0x1000, 0 },
};

static void calls_that_make_no_sense_change_nothing(void **state)
{
	(void)state;
	for (const struct refused_row *r = refused;
	     r < refused + COUNT(refused); r++) {
		struct vmsa_linux *l = empty(&shapes[1], VMSA_LINUX_V7_3);
		const struct vmsa_linux_map map = {
			.pa = r->pa,
			.va = vmsa_linux_layout(l)->linear_start + r->offset,
			.size = r->size,
			.prot = 0x00e8000000000707,
		};
		struct vmsa_memory_stats stats;

		print_message("%s\n", r->name);
		assert_int_equal(vmsa_linux_map(l, &map, VMSA_EARLY), r->ret);
		vmsa_memory_stats(vmsa_linux_memory(l), &stats);
		/* L1, L2 and L3, or none. */
		assert_int_equal(stats.allocated, r->ret ? 0 : 3);
		vmsa_linux_destroy(l);
	}
}

/* Doing it again changes nothing, whatever was done before. */
static void mapping_again_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct vmsa_linux *l = empty(&shapes[i], VMSA_LINUX_V7_3);
		struct vmsa_linux_map map;
		struct model m;
		struct tally before, after;

		model_init(&m, l, window(l), shapes[i].window);
		map = wide_call(&m, &shapes[i]);
		assert_int_equal(vmsa_linux_map(l, &map, VMSA_EARLY), 0);
		before = linear_tally(l);
		assert_int_equal(vmsa_linux_map(l, &map, VMSA_EARLY), 0);
		after = linear_tally(l);
		assert_memory_equal(&before, &after, sizeof(before));
		assert_int_equal(model_map(&m, &map), MODEL_DONE);
		model_compare(&m, l);
		model_drop(&m);
		vmsa_linux_destroy(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_calls_match_the_model),
		cmocka_unit_test(level_1_blocks_are_for_4k_pages_only),
		cmocka_unit_test(what_was_written_before_a_refused_table_stays),
		cmocka_unit_test(a_missing_table_without_allocator_is_a_bug),
		cmocka_unit_test(calls_that_make_no_sense_change_nothing),
		cmocka_unit_test(mapping_again_changes_nothing),
	};

	return cmocka_run_group_tests_name("create", tests, NULL, NULL);
}
