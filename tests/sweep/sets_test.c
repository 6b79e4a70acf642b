/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sets_test.c - every number of sets and ways against a structure of its own
 */
#include <errno.h>

#include "slow_lru.h"
#include "support/vmsa_test.h"
#include "vmsa/sweep/sets.h"

#define USES      40000
#define MAX_SHIFT 5

/* Numbers of sets 1 .. 32, two of them left out. */
static const struct vmsa_sets_ways ways = { { 9, 8, 0, 3, 0, 2 } };

/* One structure: its sets. */
struct slow_sets {
	struct slow_lru set[1 << MAX_SHIFT];
};

static struct slow_sets slow[MAX_SHIFT + 1][10]; /* by shift and ways */

static void init_slow(void)
{
	for (unsigned shift = 0; shift <= MAX_SHIFT; shift++)
		for (unsigned w = 1; w <= ways.of[shift]; w++)
			for (size_t i = 0; i < 1u << shift; i++)
				slow_lru_init(&slow[shift][w].set[i], w);
}

static struct slow_lru *slow_set(unsigned shift, unsigned w, uint64_t index)
{
	return &slow[shift][w].set[index % (1u << shift)];
}

/* Calls @how for the set of each structure that has @key. */
static void each(uint64_t key, uint64_t index,
		 void (*how)(struct slow_lru *set, uint64_t key))
{
	for (unsigned shift = 0; shift <= MAX_SHIFT; shift++)
		for (unsigned w = 1; w <= ways.of[shift]; w++)
			how(slow_set(shift, w, index), key);
}

static void use(struct slow_lru *set, uint64_t key)
{
	slow_lru_use(set, key);
}

static void check(const uint64_t *counts)
{
	for (unsigned shift = 0; shift <= MAX_SHIFT; shift++) {
		const uint64_t *c = counts + vmsa_sets_first(&ways, shift);

		for (unsigned w = 1; w <= ways.of[shift]; w++) {
			uint64_t expected = 0, misses = c[0];

			for (size_t i = 0; i < 1u << shift; i++) {
				expected += slow[shift][w].set[i].misses;
				free(slow[shift][w].set[i].key);
			}
			for (unsigned d = w + 1; d <= ways.of[shift]; d++)
				misses += c[d];
			assert_int_equal(misses, expected);
		}
	}
}

static bool is_odd(void *arg, uint64_t key)
{
	(void)arg;
	return key & 1;
}

/* Keys of two kinds whose indices come from other bits, as pages and blocks. */
static uint64_t index_of(uint64_t key)
{
	return key % 3 ? key : key / 3;
}

static void run(unsigned removals)
{
	const size_t n = vmsa_sets_first(&ways, VMSA_SETS_MAX_SHIFT + 1);
	uint64_t *counts = calloc(n, sizeof(*counts)), seed = 17;
	struct vmsa_sets *sets;

	init_slow();
	assert_int_equal(vmsa_sets_create(&ways, &sets), 0);
	for (size_t i = 0; i < USES; i++) {
		uint64_t x = test_rand(&seed);
		uint64_t key = 1 + (x >> 8) % (x & 16 ? 150 : 20);

		if (removals && x % 16 < removals) {
			vmsa_sets_remove(sets, key, index_of(key));
			each(key, index_of(key), slow_lru_remove);
		} else {
			vmsa_sets_use(sets, key, index_of(key), counts);
			each(key, index_of(key), use);
		}
		if (!removals || i % 997)
			continue;
		vmsa_sets_remove_if(sets, is_odd, NULL);
		for (key = 1; key <= 151; key += 2)
			each(key, index_of(key), slow_lru_remove);
	}
	check(counts);
	vmsa_sets_destroy(sets);
	free(counts);
}

static void misses_are_those_of_each_structure(void **state)
{
	(void)state;
	run(0);
}

static void also_where_keys_are_removed(void **state)
{
	(void)state;
	run(1);
	run(6);
}

static void too_many_ways_are_refused(void **state)
{
	struct vmsa_sets_ways wide = { { VMSA_SETS_MAX_WAYS + 1 } };
	struct vmsa_sets *sets = NULL;

	(void)state;
	assert_int_equal(vmsa_sets_create(&wide, &sets), -EINVAL);
	assert_null(sets);
	vmsa_sets_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misses_are_those_of_each_structure),
		cmocka_unit_test(also_where_keys_are_removed),
		cmocka_unit_test(too_many_ways_are_refused),
	};

	return cmocka_run_group_tests_name("sweep_sets", tests, NULL, NULL);
}
