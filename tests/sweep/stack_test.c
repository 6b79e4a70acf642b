/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack_test.c - distances against a list, misses against structures of each
 * size
 */
#include <errno.h>

#include "slow_lru.h"
#include "support/vmsa_test.h"
#include "vmsa/sweep/stack.h"

/* Uses of a test, and the most keys there are: the list is searched. */
#define USES 60000
#define KEYS 1500

/* Sizes simulated one by one. */
#define SIZES 40

static struct vmsa_stack *new_stack(void)
{
	struct vmsa_stack *stack;

	assert_int_equal(vmsa_stack_create(&stack), 0);
	return stack;
}

/* Some keys often, many seldom, and now and then the same again. */
static uint64_t random_key(uint64_t *seed, uint64_t keys)
{
	uint64_t x = test_rand(seed);

	switch (x & 3) {
	case 0:
		return 1 + (x >> 8) % keys;
	case 1:
		return 1 + (x >> 8) % keys % 61;
	default:
		return 1 + (x >> 8) % 7;
	}
}

static void distances_are_positions_in_a_list(void **state)
{
	const uint64_t keys[] = { 1, 2, 63, 64, 513, KEYS };

	(void)state;
	for (size_t k = 0; k < COUNT(keys); k++) {
		struct vmsa_stack *stack = new_stack();
		uint64_t seed = 7 + k, distance;
		struct slow_lru list;

		slow_lru_init(&list, KEYS);
		for (size_t i = 0; i < USES; i++) {
			uint64_t key = random_key(&seed, keys[k]);

			assert_int_equal(vmsa_stack_use(stack, key, &distance),
					 0);
			assert_int_equal(distance, slow_lru_use(&list, key));
			assert_int_equal(vmsa_stack_keys(stack), list.n);
		}
		free(list.key);
		vmsa_stack_destroy(stack);
	}
}

/* The structures of 1 .. SIZES entries, which the stack stands for. */
static void use_all(struct slow_lru *all, uint64_t key)
{
	for (size_t size = 1; size <= SIZES; size++)
		slow_lru_use(&all[size], key);
}

static void check_misses(const uint64_t *counts, const struct slow_lru *all)
{
	for (size_t size = 1; size <= SIZES; size++) {
		uint64_t misses = counts[0];

		for (size_t d = size + 1; d <= SIZES; d++)
			misses += counts[d];
		assert_int_equal(misses, all[size].misses);
	}
}

static void removed_keys_leave_room_in_every_size(void **state)
{
	struct vmsa_stack *stack = new_stack();
	uint64_t counts[SIZES + 1] = { 0 }, seed = 99, distance;
	struct slow_lru all[SIZES + 1];

	(void)state;
	for (size_t size = 1; size <= SIZES; size++)
		slow_lru_init(&all[size], size);
	for (size_t i = 0; i < USES; i++) {
		uint64_t key = random_key(&seed, 70);

		/* Seldom, then often. */
		if (test_rand(&seed) % (i < USES / 2 ? 50 : 3) == 0) {
			assert_int_equal(vmsa_stack_remove(stack, key), 0);
			for (size_t size = 1; size <= SIZES; size++)
				slow_lru_remove(&all[size], key);
			continue;
		}
		assert_int_equal(vmsa_stack_use(stack, key, &distance), 0);
		counts[distance <= SIZES ? distance : 0]++;
		use_all(all, key);
	}
	check_misses(counts, all);
	for (size_t size = 1; size <= SIZES; size++)
		free(all[size].key);
	vmsa_stack_destroy(stack);
}

static bool is_multiple(void *arg, uint64_t key)
{
	return key % *(uint64_t *)arg == 0;
}

static void many_keys_go_at_once(void **state)
{
	struct vmsa_stack *stack = new_stack();
	uint64_t counts[SIZES + 1] = { 0 }, seed = 5, distance;
	struct slow_lru all[SIZES + 1];

	(void)state;
	for (size_t size = 1; size <= SIZES; size++)
		slow_lru_init(&all[size], size);
	for (size_t i = 0; i < USES; i++) {
		uint64_t key = random_key(&seed, 300), step;

		if (i % 500 == 499) {
			step = 1 + test_rand(&seed) % 4;
			assert_int_equal(
				vmsa_stack_remove_if(stack, is_multiple, &step),
				0);
			for (size_t size = 1; size <= SIZES; size++)
				for (uint64_t k = step; k <= 301; k += step)
					slow_lru_remove(&all[size], k);
		}
		assert_int_equal(vmsa_stack_use(stack, key, &distance), 0);
		counts[distance <= SIZES ? distance : 0]++;
		use_all(all, key);
	}
	check_misses(counts, all);
	for (size_t size = 1; size <= SIZES; size++)
		free(all[size].key);
	vmsa_stack_destroy(stack);
}

/*
 * A key kept aside is as young as can be until it comes back: for a structure
 * with room for it, as if it were used again after each use of another.
 */
static void a_key_kept_aside_stays_young(void **state)
{
	const uint64_t kept = 1000;
	struct vmsa_stack *stack = new_stack();
	uint64_t seed = 3, distance;
	struct slow_lru list;

	(void)state;
	slow_lru_init(&list, KEYS);
	for (size_t round = 0; round < 200; round++) {
		for (size_t i = 0; i < 30; i++) {
			uint64_t key = random_key(&seed, 200);

			assert_int_equal(vmsa_stack_use(stack, key, &distance),
					 0);
			assert_int_equal(distance, slow_lru_use(&list, key));
		}
		assert_int_equal(vmsa_stack_take(stack, kept, &distance), 0);
		assert_int_equal(distance, slow_lru_use(&list, kept));
		for (size_t i = 0; i < 30; i++) {
			uint64_t key = random_key(&seed, 200);

			assert_int_equal(vmsa_stack_use(stack, key, &distance),
					 0);
			assert_int_equal(distance + (distance != 0),
					 slow_lru_use(&list, key));
			slow_lru_use(&list, kept);
		}
		assert_int_equal(vmsa_stack_push(stack, kept), 0);
		assert_int_equal(vmsa_stack_push(stack, kept), -EINVAL);
	}
	free(list.key);
	vmsa_stack_destroy(stack);
}

static void many_uses_count_as_single_ones(void **state)
{
	const size_t most = 100;
	struct vmsa_stack *one = new_stack(), *many = new_stack();
	uint64_t *keys = malloc(USES * sizeof(*keys)), seed = 11, distance;
	uint64_t expected[101] = { 0 }, counts[101] = { 0 };

	(void)state;
	for (size_t i = 0; i < USES; i++) {
		keys[i] = random_key(&seed, 40000);
		assert_int_equal(vmsa_stack_use(one, keys[i], &distance), 0);
		expected[distance <= most ? distance : 0]++;
	}
	for (size_t i = 0; i < USES; i += USES / 4)
		assert_int_equal(vmsa_stack_use_many(many, keys + i, USES / 4,
						     counts, most),
				 0);
	assert_memory_equal(counts, expected, sizeof(counts));
	free(keys);
	vmsa_stack_destroy(one);
	vmsa_stack_destroy(many);
}

static void key_0_is_none(void **state)
{
	struct vmsa_stack *stack = new_stack();
	uint64_t distance = 77;

	(void)state;
	assert_int_equal(vmsa_stack_use(stack, 0, &distance), -EINVAL);
	assert_int_equal(vmsa_stack_take(stack, 0, &distance), -EINVAL);
	assert_int_equal(vmsa_stack_push(stack, 0), -EINVAL);
	assert_int_equal(vmsa_stack_remove(stack, 0), 0);
	assert_int_equal(vmsa_stack_remove(stack, 12), 0);
	assert_int_equal(distance, 77);
	assert_int_equal(vmsa_stack_keys(stack), 0);
	vmsa_stack_destroy(stack);
	vmsa_stack_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances_are_positions_in_a_list),
		cmocka_unit_test(removed_keys_leave_room_in_every_size),
		cmocka_unit_test(many_keys_go_at_once),
		cmocka_unit_test(a_key_kept_aside_stays_young),
		cmocka_unit_test(many_uses_count_as_single_ones),
		cmocka_unit_test(key_0_is_none),
	};

	return cmocka_run_group_tests_name("sweep_stack", tests, NULL, NULL);
}
