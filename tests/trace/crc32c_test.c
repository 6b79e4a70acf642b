/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crc32c_test.c - the vectors of RFC 3720, appendix B.4
 */
#include "support/vmsa_test.h"

#include <string.h>

#include "trace/crc32c.h"

/* 32 bytes of 0, of 0xff, rising, falling; and the usual check value. */
static void vectors_of_the_rfc(void **state)
{
	uint8_t b[32];

	(void)state;
	memset(b, 0, 32);
	assert_int_equal(vmsa_crc32c(0, b, 32), 0x8a9136aa);
	memset(b, 0xff, 32);
	assert_int_equal(vmsa_crc32c(0, b, 32), 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++)
		b[i] = (uint8_t)i;
	assert_int_equal(vmsa_crc32c(0, b, 32), 0x46dd794e);
	for (unsigned i = 0; i < 32; i++)
		b[i] = (uint8_t)(31 - i);
	assert_int_equal(vmsa_crc32c(0, b, 32), 0x113fdb5c);
	assert_int_equal(vmsa_crc32c(0, "123456789", 9), 0xe3069283);
}

/* In pieces or in one, the checksum is the same. */
static void pieces_make_the_whole(void **state)
{
	(void)state;
	assert_int_equal(vmsa_crc32c(vmsa_crc32c(0, "1234", 4), "56789", 5),
			 0xe3069283);
	assert_int_equal(vmsa_crc32c(7, "", 0), 7);
}

/* The definition, bit by bit. */
static uint32_t slow(const uint8_t *p, size_t size)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < 8 * size; i++) {
		const uint32_t bit = p[i / 8] >> i % 8 & 1;

		crc = (crc ^ bit) & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

/* Of every length and alignment, whatever the host computes it with. */
static void any_piece_is_as_defined(void **state)
{
	uint8_t b[80];
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 80; i++)
		b[i] = (uint8_t)test_rand(&seed);
	for (unsigned from = 0; from < 9; from++)
		for (unsigned size = 0; size <= 70; size++)
			assert_int_equal(vmsa_crc32c(0, b + from, size),
					 slow(b + from, size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_the_rfc),
		cmocka_unit_test(pieces_make_the_whole),
		cmocka_unit_test(any_piece_is_as_defined),
	};

	return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
