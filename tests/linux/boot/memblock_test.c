/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memblock_test.c - the list of memory against an array of pages
 */
#include "linux/linux_test.h"

#include <stdlib.h>
#include <string.h>

#include "linux/boot/boot.h"

/* The slow truth: each unit of memory is absent, present, or NOMAP. */
#define UNITS 256
#define UNIT  0x1000

enum unit {
	ABSENT,
	PRESENT,
	NOMAP
};

struct model {
	enum unit at[UNITS];
};

static void model_add(struct model *m, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		if (m->at[i] == ABSENT)
			m->at[i] = PRESENT;
	}
}

static void model_remove(struct model *m, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		m->at[i] = ABSENT;
}

static void model_mark(struct model *m, unsigned from, unsigned to, bool nomap)
{
	for (unsigned i = from; i < to; i++) {
		if (m->at[i] != ABSENT)
			m->at[i] = nomap ? NOMAP : PRESENT;
	}
}

static void model_limit(struct model *m, unsigned limit)
{
	for (unsigned i = 0; i < UNITS; i++) {
		if (m->at[i] != PRESENT)
			continue;
		if (limit)
			limit--;
		else
			m->at[i] = ABSENT;
	}
}

/* Sorted, merged, and the same memory. */
static void compare(const struct model *m, const struct memblock *mb)
{
	size_t n = 0;

	for (unsigned i = 0; i < UNITS; n++) {
		unsigned end = i;

		if (m->at[i] == ABSENT) {
			i++;
			n--;
			continue;
		}
		while (end < UNITS && m->at[end] == m->at[i])
			end++;
		assert_true(n < mb->n);
		assert_u64_equal(mb->v[n].start, (uint64_t)i * UNIT);
		assert_u64_equal(mb->v[n].size, (uint64_t)(end - i) * UNIT);
		assert_int_equal(mb->v[n].nomap, m->at[i] == NOMAP);
		i = end;
	}
	assert_int_equal(n, mb->n);
	if (n) {
		assert_u64_equal(vmsa_memblock_start(mb), mb->v[0].start);
		assert_u64_equal(vmsa_memblock_end(mb),
				 mb->v[n - 1].start + mb->v[n - 1].size);
	}
}

static void one_operation(struct model *m, struct memblock *mb, uint64_t *seed)
{
	const unsigned from = test_rand(seed) % UNITS;
	const unsigned size = 1 + test_rand(seed) % (UNITS - from);
	const vmsa_pa start = (vmsa_pa)from * UNIT;
	const uint64_t bytes = (uint64_t)size * UNIT;
	const unsigned kind = test_rand(seed) % 16;
	int ret;

	if (kind < 6) {
		model_add(m, from, from + size / 4 + 1);
		ret = vmsa_memblock_add(mb, start,
					(uint64_t)(size / 4 + 1) * UNIT);
	} else if (kind < 9) {
		model_remove(m, from, from + size / 4 + 1);
		ret = vmsa_memblock_remove(
			mb, start, start + (uint64_t)(size / 4 + 1) * UNIT);
	} else if (kind < 15) {
		model_mark(m, from, from + size, kind < 12);
		ret = vmsa_memblock_mark(mb, start, bytes, kind < 12);
	} else {
		/* Seldom takes much away, or little would be left to test. */
		model_limit(m, UNITS / 2 + size);
		ret = vmsa_memblock_limit(mb,
					  (uint64_t)(UNITS / 2 + size) * UNIT);
	}
	assert_int_equal(ret, 0);
}

static void random_operations_match_an_array_of_pages(void **state)
{
	uint64_t seed = 20250219;

	(void)state;
	for (int run = 0; run < 200; run++) {
		struct memblock mb = { 0 };
		struct model m = { 0 };

		for (int i = 0; i < 200; i++) {
			one_operation(&m, &mb, &seed);
			compare(&m, &mb);
		}
		free(mb.v);
	}
}

/* The limit counts from the bottom and leaves NOMAP where it is. */
static void a_limit_of_nothing_keeps_only_nomap(void **state)
{
	struct memblock mb = { 0 };

	(void)state;
	assert_int_equal(vmsa_memblock_add(&mb, 0x1000, 0x6000), 0);
	assert_int_equal(vmsa_memblock_mark(&mb, 0x3000, 0x1000, true), 0);
	assert_int_equal(vmsa_memblock_limit(&mb, 0), 0);
	assert_int_equal(mb.n, 1);
	assert_u64_equal(mb.v[0].start, 0x3000);
	assert_true(mb.v[0].nomap);
	free(mb.v);
}

/* Everything above an address, up to the last one there is. */
static void the_top_can_be_removed(void **state)
{
	struct memblock mb = { 0 };

	(void)state;
	assert_int_equal(vmsa_memblock_add(&mb, 0x1000, 0x1000), 0);
	assert_int_equal(vmsa_memblock_add(&mb, -UINT64_C(0x2000), 0x1000), 0);
	assert_int_equal(vmsa_memblock_remove(&mb, 0x1800, UINT64_MAX), 0);
	assert_int_equal(mb.n, 1);
	assert_u64_equal(mb.v[0].size, 0x800);
	free(mb.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations_match_an_array_of_pages),
		cmocka_unit_test(a_limit_of_nothing_keeps_only_nomap),
		cmocka_unit_test(the_top_can_be_removed),
	};

	return cmocka_run_group_tests_name("memblock", tests, NULL, NULL);
}
