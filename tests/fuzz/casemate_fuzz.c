/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * casemate_fuzz.c - any bytes as a trace of casemate, and through the checker
 *
 * The first character decides what a log is, so a record that means nothing
 * goes before the bytes.
 */
#include "log_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char first[] = "(enter-context (id 0) (tid 0) (el 2))\n";
	const size_t n = sizeof(first) - 1;
	uint8_t *all = malloc(n + size);

	must(all);
	memcpy(all, first, n);
	if (size)
		memcpy(all + n, data, size);
	fuzz_log(all, n + size);
	free(all);
	return 0;
}
