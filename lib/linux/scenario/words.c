/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.c - every statement there is
 *
 * Tables are searched in order, and in each the first row that fits: "cpu
 * online" has to stand before "cpu".
 */
#include "linux/scenario/scenario.h"

#include <string.h>

static const struct word *const rooms[] = {
	vmsa_setup_words, vmsa_change_words, vmsa_callers_words,
	vmsa_plug_words,  vmsa_expect_words,
};

/* Is that the row's name, one word, or both of two? */
static bool is_named(const struct word *w, const char *first,
		     const char *second)
{
	const char *space = strchr(w->name, ' ');
	const size_t n = space ? (size_t)(space - w->name) : strlen(w->name);

	if (strlen(first) != n || memcmp(first, w->name, n))
		return false;
	return !space || (second && !strcmp(second, space + 1));
}

const struct word *vmsa_scenario_word(const char *first, const char *second)
{
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		for (const struct word *w = rooms[i]; w->name; w++) {
			if (is_named(w, first, second))
				return w;
		}
	}
	return NULL;
}
