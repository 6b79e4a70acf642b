/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * together_test.c - what is done together while nobody watches is the same
 *
 * Two systems of one machine do the same, one of them watched, which makes it
 * go step by step.  Afterwards their descriptors and their counters agree, also
 * with the n-th table refused.
 */
#include "linux/linux_test.h"

#include <errno.h>
#include <string.h>

/* More than the tables made in one go, so that one follows another. */
#define BANK (UINT64_C(512) << 20)

static const struct row {
	const char *name;
	enum vmsa_linux_version version;
	unsigned shift, va_bits;
	enum vmsa_linux_mapping mapping;
} rows[] = {
	{ "4K, pages", VMSA_LINUX_V7_3, 12, 48, VMSA_MAPPING_PTE },
	{ "4K, CONT pages", VMSA_LINUX_V7_3, 12, 48, VMSA_MAPPING_CONT },
	{ "4K, blocks", VMSA_LINUX_V7_3, 12, 48, VMSA_MAPPING_BLOCK },
	{ "4K, all", VMSA_LINUX_V7_3, 12, 39, VMSA_MAPPING_BLOCK_CONT },
	{ "4K, all, v2", VMSA_LINUX_V2, 12, 48, VMSA_MAPPING_BLOCK_CONT },
	{ "4K, pages, 6.12", VMSA_LINUX_V6_12, 12, 48, VMSA_MAPPING_PTE },
	{ "16K, all", VMSA_LINUX_V6_18, 14, 47, VMSA_MAPPING_BLOCK_CONT },
	{ "64K, all", VMSA_LINUX_V7_3, 16, 42, VMSA_MAPPING_BLOCK_CONT },
};

static void watch(void *arg, const struct vmsa_event *event)
{
	(void)event;
	++*(uint64_t *)arg;
}

static struct vmsa_linux *create(const struct row *r, uint64_t *events)
{
	struct test_boot b = {
		.machine.banks = { { 0x40000000, BANK },
				   { 0x80201000 & -(1ull << r->shift), BANK } },
		.machine.cpu = { .bbm_level = 2, .bbm_no_abort = true },
		.mapping = r->mapping,
	};
	struct vmsa_linux *l;

	assert_int_equal(vmsa_linux_kernel_default(r->version, r->shift,
						   r->va_bits, &b.kernel),
			 0);
	l = boot_create(&b);
	if (events)
		vmsa_space_observe(vmsa_linux_space(l), watch, events);
	return l;
}

/* Map, with the n-th table refused; then all to pages, likewise. */
static void live(struct vmsa_linux *l, unsigned refuse_map,
		 unsigned refuse_split, int ret[2])
{
	const vmsa_va start = vmsa_linux_va(l, 0x40000000);

	vmsa_memory_fail_nth(vmsa_linux_memory(l), refuse_map);
	ret[0] = vmsa_linux_map_mem(l);
	vmsa_linux_start_allocator(l);
	vmsa_memory_fail_nth(vmsa_linux_memory(l), refuse_split);
	/* From inside a block, and to inside one. */
	ret[1] = vmsa_linux_split_to_pages(
		l, start + 0x3210000, start + 2 * BANK - 0x10000, VMSA_LATE);
	vmsa_memory_fail_nth(vmsa_linux_memory(l), 0);
}

struct list {
	const struct vmsa_linux *l;
	uint64_t n, sum;
};

/* A sum in which place and value of each descriptor count. */
static int add_entry(void *arg, const struct vmsa_entry *e)
{
	struct list *s = arg;

	for (uint32_t i = 0; i < e->count; i++) {
		const vmsa_desc d = e->desc + i * e->step;
		const uint64_t place = e->at + 8 * i;

		s->sum += (d ^ place * UINT64_C(0x9e3779b97f4a7c15)) *
			  UINT64_C(0xff51afd7ed558ccd);
		s->n++;
	}
	return 0;
}

static struct list descriptors(const struct vmsa_linux *l)
{
	const struct vmsa_linux_layout *at = vmsa_linux_layout(l);
	struct list s = { .l = l };

	assert_int_equal(vmsa_visit(vmsa_linux_space(l), at->linear_start,
				    at->page_end - 1, VMSA_VISIT_TABLES,
				    add_entry, &s),
			 0);
	return s;
}

static void assert_alike(const struct vmsa_linux *a, const struct vmsa_linux *b)
{
	const struct list x = descriptors(a), y = descriptors(b);
	struct vmsa_counters c, d;

	assert_int_equal(x.n, y.n);
	assert_u64_equal(x.sum, y.sum);
	vmsa_space_counters(vmsa_linux_space(a), &c);
	vmsa_space_counters(vmsa_linux_space(b), &d);
	assert_memory_equal(&c, &d, sizeof(c));
}

static void compare(const struct row *r, unsigned refuse_map,
		    unsigned refuse_split, int ret[2])
{
	uint64_t events = 0;
	struct vmsa_linux *watched = create(r, &events);
	struct vmsa_linux *alone = create(r, NULL);
	int other[2];

	live(watched, refuse_map, refuse_split, other);
	live(alone, refuse_map, refuse_split, ret);
	assert_int_equal(ret[0], other[0]);
	assert_int_equal(ret[1], other[1]);
	assert_true(events > 0);
	assert_alike(watched, alone);
	vmsa_linux_destroy(watched);
	vmsa_linux_destroy(alone);
}

static void state_and_counters_are_those_of_single_steps(void **state)
{
	int ret[2];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		compare(&rows[i], 0, 0, ret);
		assert_int_equal(ret[0], 0);
		assert_int_equal(ret[1], 0);
	}
}

/* Around the borders of what is done together, and far from them. */
static void a_refused_table_leaves_what_single_steps_leave(void **state)
{
	static const unsigned nth[] = { 1,  2,  3,  4,  17,  63,  64,
					65, 66, 67, 68, 127, 128, 200 };
	unsigned map_failed = 0, split_failed = 0;
	int ret[2];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		for (size_t k = 0; k < COUNT(nth); k++) {
			compare(&rows[i], nth[k], 0, ret);
			map_failed += ret[0] == -ENOMEM;
			compare(&rows[i], 0, nth[k], ret);
			split_failed += ret[1] == -ENOMEM;
		}
	}
	/* 512 MiB of 4K pages need 256 tables: every n fails in three rows. */
	assert_true(map_failed >= 3 * COUNT(nth));
	assert_true(split_failed >= 3 * COUNT(nth));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_and_counters_are_those_of_single_steps),
		cmocka_unit_test(
			a_refused_table_leaves_what_single_steps_leave),
	};

	return cmocka_run_group_tests_name("together", tests, NULL, NULL);
}
