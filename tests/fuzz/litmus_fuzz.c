/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_fuzz.c - any bytes as litmus tests, each explored within a bound
 */
#include <errno.h>

#include "fuzz.h"
#include "vmsa/bbm/litmus.h"

/* States: what is to be seen is that the engine stays whole. */
#define MAX_STATES 200

static void explore(const struct vmsa_litmus *litmus, size_t i)
{
	const struct vmsa_litmus_options options = { .max_states = MAX_STATES };
	struct vmsa_litmus_result result;
	struct vmsa_litmus_test test;

	vmsa_litmus_test(litmus, i, &test);
	must(test.name);
	must(!vmsa_litmus_explore(litmus, i, &options, &result));
	must(vmsa_litmus_verdict_name(result.verdict)[0]);
	must((result.verdict == VMSA_LITMUS_NOT_EXPRESSED ||
	      result.verdict == VMSA_LITMUS_BOUND_HIT) == (result.why != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct vmsa_litmus_text text = { "fuzz", (const char *)data,
					       size };
	struct vmsa_error err = { .text = "" };
	struct vmsa_litmus *litmus = NULL;
	const int rc = vmsa_litmus_parse(&text, &litmus, &err);

	if (rc) {
		must(rc == -EINVAL && err.text[0] && !litmus);
		must(err.offset <= count_lines(data, size));
		return 0;
	}
	for (size_t i = 0; i < vmsa_litmus_count(litmus); i++)
		explore(litmus, i);
	vmsa_litmus_destroy(litmus);
	return 0;
}
