/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options_estimate.c - what an estimate needs to be told
 */
#include <ctype.h>

#include "args.h"

#define AT(member) offsetof(struct args, member)

/* Cycles per instruction have three decimals, and are below 1000. */
#define MAX_CPI (1000 * CPI_ONE)

/* Digits with at most three decimals, as thousandths: 1, 0.75, 1.125. */
static bool parse_cpi(const char *text, void *to)
{
	uint64_t n = 0, unit = CPI_ONE;

	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text) && n < MAX_CPI; text++)
		n = 10 * n + (uint64_t)(*text - '0') * CPI_ONE;
	if (*text == '.' && isdigit((unsigned char)text[1]))
		for (text++; isdigit((unsigned char)*text) && unit > 1; text++)
			n += (uint64_t)(*text - '0') * (unit /= 10);
	if (*text || !n || n >= MAX_CPI)
		return false;
	*(uint64_t *)to = n;
	return true;
}

static const struct option rows[] = {
	{ "--cpi", "X", "estimate, for this CPI if no access missed",
	  "cycles per instruction such as 0.75, of at most three decimals",
	  parse_cpi, AT(replay.cpi) },
	{ NULL, NULL, NULL, NULL, NULL, 0 },
};

const struct option_group estimate_options = { "estimate options", rows };
