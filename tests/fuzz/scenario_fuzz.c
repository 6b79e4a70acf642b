/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario_fuzz.c - any bytes as a scenario
 *
 * It is parsed and looked at, not run: a script may ask for terabytes of pages.
 */
#include <errno.h>

#include "fuzz.h"
#include "vmsa/linux.h"

static void look(const struct vmsa_scenario *s, uint64_t lines)
{
	struct vmsa_scenario_step step;

	for (size_t i = 0; i < vmsa_scenario_count(s); i++) {
		vmsa_scenario_look(s, i, &step);
		must(step.line && step.line <= lines);
		must(step.text && strlen(step.text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t lines = count_lines(data, size);
	struct vmsa_error err = { .text = "" };
	struct vmsa_scenario *s = NULL;
	char *text = malloc(size + 1);
	int rc;

	must(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	rc = vmsa_scenario_parse(text, "fuzz", &s, &err);
	if (rc) {
		must(rc == -EINVAL && err.text[0] && !s);
		must(err.offset <= lines);
	} else {
		look(s, lines);
		vmsa_scenario_destroy(s);
	}
	free(text);
	return 0;
}
