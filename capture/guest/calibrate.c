/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * calibrate.c - a recording whose counts are known, to check the plugin by
 *
 *	marker 1 .. 2	1000000 loads of 8 bytes, 4 instructions each
 *	marker 3 .. 4	125000 DC ZVA of 64 bytes over the same 8 MB
 *
 * Between markers 1 and 2 the trace must show 1000000 accesses at EL0 to 1954
 * pages within 4000001 instructions and those of interrupts; between 3 and 4
 * 125000 to 1954 pages within 500001.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOADS            1000000
#define BYTES            (8ul * LOADS)
#define LINE             64
#define MOVZ_XZR(number) ".inst 0xd280001f | " #number " << 5\n"

int main(void)
{
	char *block = aligned_alloc(4096, (BYTES + 4095) / 4096 * 4096);
	char *p = block;
	long n = LOADS, value;

	if (!block)
		return 1;
	memset(block, 1, BYTES); /* the pages are there */
	__asm__ volatile(MOVZ_XZR(0x5101));
	usleep(1000); /* everything is translated anew */
	__asm__ volatile(MOVZ_XZR(0x5201) "1: ldr %2, [%0], #8\n"
					  "   eor %2, %2, #1\n"
					  "   subs %1, %1, #1\n"
					  "   b.ne 1b\n" MOVZ_XZR(0x5202)
			 : "+r"(p), "+r"(n), "=&r"(value)::"cc", "memory");
	p = block;
	n = BYTES / LINE;
	__asm__ volatile(MOVZ_XZR(0x5203) "1: dc zva, %0\n"
					  "   add %0, %0, #64\n"
					  "   subs %1, %1, #1\n"
					  "   b.ne 1b\n" MOVZ_XZR(0x5204)
			 : "+r"(p), "+r"(n)::"cc", "memory");
	usleep(1000);
	__asm__ volatile(MOVZ_XZR(0x5102));
	return 0;
}
