/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * event_log_fuzz.c - any bytes as an event log, and through the checker
 */
#include "log_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_log(data, size);
	return 0;
}
