/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trigger.c - start, stop or mark a recording from inside the guest
 *
 * "trigger start", "trigger stop", "trigger mark": instructions that do
 * nothing on a CPU and are seen by the pgtrace plugin.
 */
#include <stdio.h>
#include <string.h>

/* movz xzr, #number */
#define MOVZ_XZR(number) __asm__ volatile(".inst 0xd280001f | " #number " << 5")

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "start")) {
		MOVZ_XZR(0x5101);
	} else if (!strcmp(what, "stop")) {
		MOVZ_XZR(0x5102);
	} else if (!strcmp(what, "mark")) {
		MOVZ_XZR(0x5201);
	} else {
		fprintf(stderr, "usage: trigger start|stop|mark\n");
		return 2;
	}
	return 0;
}
