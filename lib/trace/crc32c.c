/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace/crc32c.h"

/* The polynomial 0x1edc6f41 with its bits reversed. */
#define POLYNOMIAL 0x82f63b78u

/* Half a byte at a time: 16 constants instead of a table built at run time. */
#define STEP(c)  ((c) >> 1 ^ (POLYNOMIAL & -((c)&1)))
#define ENTRY(c) STEP(STEP(STEP(STEP((uint32_t)(c)))))

static const uint32_t table[16] = {
	ENTRY(0),  ENTRY(1),  ENTRY(2),  ENTRY(3),  ENTRY(4),  ENTRY(5),
	ENTRY(6),  ENTRY(7),  ENTRY(8),  ENTRY(9),  ENTRY(10), ENTRY(11),
	ENTRY(12), ENTRY(13), ENTRY(14), ENTRY(15),
};

uint32_t vmsa_crc32c(uint32_t crc, const void *data, size_t size)
{
	const uint8_t *p = data;

	crc = ~crc;
	for (size_t i = 0; i < size; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}
