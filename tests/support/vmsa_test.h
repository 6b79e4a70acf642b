/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_H
#define VMSA_TEST_H
/*
 * vmsa_test.h - what every test file needs: CMocka and a few helpers
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** COUNT() - number of elements of an array. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** assert_u64_equal() - compare 64-bit values, printed in hexadecimal. */
#define assert_u64_equal(a, b) assert_int_equal((uint64_t)(a), (uint64_t)(b))

/** test_rand() - xorshift64; *seed is any value but 0. */
static inline uint64_t test_rand(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#endif /* VMSA_TEST_H */
