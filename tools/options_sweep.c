/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options_sweep.c - the options of vmsa sweep, most of which take lists
 */
#include <stddef.h>
#include <string.h>

#include "args.h"
#include "vmsa/sweep.h"

/* Longest word of a list, and its end. */
#define MAX_WORD 32

static bool is_listed(const uint64_t *list, uint64_t n, uint64_t value)
{
	for (uint64_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

/*
 * Words between commas, each read by @read into the next element of @to; what
 * is named twice counts once.
 */
static bool parse_list(const char *text, bool (*read)(const char *, void *),
		       uint64_t *to, uint64_t *n, size_t most)
{
	char word[MAX_WORD];
	uint64_t value;

	for (*n = 0;; text++) {
		const size_t length = strcspn(text, ",");

		if (length >= sizeof(word))
			return false;
		memcpy(word, text, length);
		word[length] = '\0';
		if (!read(word, &value))
			return false;
		if (!is_listed(to, *n, value)) {
			if (*n == most)
				return false;
			to[(*n)++] = value;
		}
		text += length;
		if (!*text)
			return true;
	}
}

static bool parse_entries(const char *text, void *to)
{
	uint64_t n;

	if (!parse_number(text, &n) || !n || n > VMSA_SWEEP_MAX_ENTRIES)
		return false;
	*(uint64_t *)to = n;
	return true;
}

/* Full stands for as many as there are entries. */
static bool parse_ways(const char *text, void *to)
{
	if (!strcmp(text, "full")) {
		*(uint64_t *)to = 0;
		return true;
	}
	return parse_entries(text, to);
}

static bool parse_structure(const char *text, void *to)
{
	static const char *const names[] = { "l1d", "l1i", "l2", "l2i" };

	for (uint64_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*(uint64_t *)to = i;
			return true;
		}
	}
	return false;
}

static bool parse_structures(const char *text, void *to)
{
	uint64_t list[VMSA_SWEEP_NR_STRUCTURES], n, mask = 0;

	if (!parse_list(text, parse_structure, list, &n,
			VMSA_SWEEP_NR_STRUCTURES))
		return false;
	for (uint64_t i = 0; i < n; i++)
		mask |= UINT64_C(1) << list[i];
	((struct sweep_args *)to)->structures = mask;
	return true;
}

/* LO:HI[:STEP] */
static bool parse_range(const char *text, void *to)
{
	struct sweep_args *sweep = to;
	uint64_t v[3] = { 0 }, n = 0;
	char word[MAX_WORD];

	for (;; text++) {
		const size_t length = strcspn(text, ":");

		if (n == 3 || length >= sizeof(word))
			return false;
		memcpy(word, text, length);
		word[length] = '\0';
		if (!parse_entries(word, &v[n++]))
			return false;
		text += length;
		if (!*text)
			break;
	}
	if (n < 2 || v[0] > v[1])
		return false;
	sweep->low = v[0];
	sweep->high = v[1];
	sweep->step = v[2];
	return true;
}

static bool parse_ways_list(const char *text, void *to)
{
	struct sweep_args *s = to;

	return parse_list(text, parse_ways, s->ways, &s->nr_ways, MAX_LISTED);
}

static bool parse_l1_list(const char *text, void *to)
{
	struct sweep_args *s = to;

	return parse_list(text, parse_entries, s->l1, &s->nr_l1, MAX_LISTED);
}

static bool parse_mappings(const char *text, void *to)
{
	struct sweep_args *s = to;

	return parse_list(text, parse_mapping, s->mappings, &s->nr_mappings,
			  VMSA_NR_MAPPINGS);
}

static bool parse_granules(const char *text, void *to)
{
	struct sweep_args *s = to;

	return parse_list(text, parse_granule, s->granules, &s->nr_granules, 3);
}

#define SWEEP offsetof(struct args, sweep)

static const struct option sweep_rows[] = {
	{ "--structure", "LIST", "of l1d, l1i, l2 and l2i [those there are]",
	  "a list of l1d, l1i, l2 and l2i", parse_structures, SWEEP },
	{ "--entries", "LO:HI[:STEP]",
	  "sizes, each twice the last or STEP more [16:512; L2 64:8192]",
	  "LO:HI or LO:HI:STEP, from 1 to 1048576", parse_range, SWEEP },
	{ "--ways", "LIST", "numbers of ways, or full [full; L2 1,2,4,8,full]",
	  "a list of at most 16 numbers, or full", parse_ways_list, SWEEP },
	{ "--l1", "LIST", "entries of first levels before an L2 [the CPU's]",
	  "a list of at most 16 numbers of entries", parse_l1_list, SWEEP },
	{ "--mapping", "LIST",
	  "of linux, pte, cont, block and block+cont [pte,cont,block]",
	  "a list of linux, pte, cont, block and block+cont", parse_mappings,
	  SWEEP },
	{ "--granule", "LIST", "page sizes of the kernel [4k]",
	  "a list of 4k, 16k and 64k", parse_granules, SWEEP },
	{ "--csv", "FILE", "write the counts to a file; - instead of tables",
	  "the name of a file", parse_text, offsetof(struct args, sweep.csv) },
	{ NULL, NULL, NULL, NULL, NULL, 0 },
};

const struct option_group sweep_options = { "sweep options", sweep_rows };
