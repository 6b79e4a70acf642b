/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace/crc32c.h"

#include <string.h>

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

static uint32_t by_table(uint32_t crc, const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return crc;
}

#if defined(__x86_64__)
#define HAVE_INSTRUCTION() __builtin_cpu_supports("sse4.2")
#define WITH_INSTRUCTION   __attribute__((target("sse4.2")))
#define CRC_8(crc, v)      (uint32_t) __builtin_ia32_crc32di(crc, v)
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define HAVE_INSTRUCTION() 1
#define WITH_INSTRUCTION
#define CRC_8(crc, v) __crc32cd(crc, v)
#endif

#ifdef HAVE_INSTRUCTION
/* Eight bytes at a time; the rest is left to the table. */
WITH_INSTRUCTION static uint32_t by_instruction(uint32_t crc, const uint8_t *p,
						size_t size)
{
	uint64_t v;

	for (; size >= 8; size -= 8, p += 8) {
		memcpy(&v, p, 8);
		crc = CRC_8(crc, v);
	}
	return by_table(crc, p, size);
}
#endif

uint32_t vmsa_crc32c(uint32_t crc, const void *data, size_t size)
{
#ifdef HAVE_INSTRUCTION
	if (HAVE_INSTRUCTION())
		return ~by_instruction(~crc, data, size);
#endif
	return ~by_table(~crc, data, size);
}
