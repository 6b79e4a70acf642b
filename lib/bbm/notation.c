/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notation.c - the words and values of the litmus notation
 */
#include "bbm/notation.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- words --------------------------------------------------------------- */

bool vmsa_scan_fail(struct scan *scan, const char *fmt, ...)
{
	char *why = scan->test->why;
	const size_t room = sizeof(scan->test->why);
	va_list ap;
	int n;

	if (why[0])
		return false;
	va_start(ap, fmt);
	n = vsnprintf(why, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < room)
		snprintf(why + n, room - (size_t)n, ": %s", scan->whole);
	return false;
}

void vmsa_scan_skip_space(struct scan *scan)
{
	while (*scan->at == ' ')
		scan->at++;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

bool vmsa_scan_accept(struct scan *scan, const char *word)
{
	const size_t n = strlen(word);

	vmsa_scan_skip_space(scan);
	if (strncmp(scan->at, word, n) != 0)
		return false;
	/* "D" is not the beginning of "DSB". */
	if (is_name(word[n - 1]) && is_name(scan->at[n]))
		return false;
	scan->at += n;
	return true;
}

bool vmsa_scan_expect(struct scan *scan, const char *word)
{
	return vmsa_scan_accept(scan, word) ||
	       vmsa_scan_fail(scan, "expected '%s' before '%.16s'", word,
			      scan->at);
}

bool vmsa_scan_name(struct scan *scan, char name[MAX_NAME])
{
	size_t n = 0;

	vmsa_scan_skip_space(scan);
	while (is_name(scan->at[n]))
		n++;
	if (n == 0 || n >= MAX_NAME || isdigit((unsigned char)*scan->at))
		return vmsa_scan_fail(scan, "expected a name before '%.16s'",
				      scan->at);
	memcpy(name, scan->at, n);
	name[n] = '\0';
	scan->at += n;
	return true;
}

bool vmsa_scan_number(struct scan *scan, uint32_t *out)
{
	uint64_t value = 0;

	vmsa_scan_skip_space(scan);
	if (!isdigit((unsigned char)*scan->at))
		return vmsa_scan_fail(scan, "expected a number before '%.16s'",
				      scan->at);
	for (; isdigit((unsigned char)*scan->at); scan->at++) {
		value = 10 * value + (uint64_t)(*scan->at - '0');
		if (value > VALUE_MAX_NUMBER)
			return vmsa_scan_fail(scan, "a number is too large");
	}
	*out = (uint32_t)value;
	return true;
}

bool vmsa_scan_at_end(struct scan *scan)
{
	vmsa_scan_skip_space(scan);
	return !*scan->at ||
	       vmsa_scan_fail(scan, "cannot read '%.16s'", scan->at);
}

/* --- symbols and locations ----------------------------------------------- */

bool vmsa_scan_symbol(struct scan *scan, struct symbols *symbols,
		      const char *name, uint8_t *out)
{
	for (uint8_t i = 0; i < symbols->nr; i++) {
		if (!strcmp(symbols->name[i], name)) {
			*out = i;
			return true;
		}
	}
	if (symbols->nr == MAX_SYMBOLS)
		return vmsa_scan_fail(scan, "more than %d names", MAX_SYMBOLS);
	snprintf(symbols->name[symbols->nr], MAX_NAME, "%s", name);
	*out = symbols->nr++;
	return true;
}

bool vmsa_scan_va(struct scan *scan, uint8_t *out)
{
	const struct symbols *vas = &scan->test->va;
	char name[MAX_NAME];

	if (!vmsa_scan_name(scan, name))
		return false;
	for (uint8_t i = 0; i < vas->nr; i++) {
		*out = i;
		if (!strcmp(vas->name[i], name))
			return true;
	}
	return vmsa_scan_fail(scan, "%s has no initial state", name);
}

/* Table 0 has no name; where no table has one, every base means table 0. */
bool vmsa_scan_table(struct scan *scan, const char *name, uint8_t *out)
{
	struct symbols *tables = &scan->test->table;

	for (uint8_t i = 1; i < tables->nr; i++) {
		if (!strcmp(tables->name[i], name)) {
			*out = i;
			return true;
		}
	}
	if (tables->nr > 1)
		return vmsa_scan_fail(scan, "no table is called %s", name);
	*out = 0;
	return true;
}

uint8_t vmsa_litmus_find_loc(const struct test *test, enum loc_kind kind,
			     uint8_t table, uint8_t index)
{
	for (uint8_t i = 0; i < test->nr_locs; i++) {
		const struct loc *loc = &test->loc[i];

		if (loc->kind == kind && loc->index == index &&
		    (kind == LOC_DATA || loc->table == table))
			return i;
	}
	return NONE;
}

bool vmsa_scan_loc(struct scan *scan, struct loc loc, uint8_t *out)
{
	struct test *test = scan->test;

	*out = vmsa_litmus_find_loc(test, loc.kind, loc.table, loc.index);
	if (*out != NONE)
		return true;
	if (test->nr_locs == MAX_LOCS)
		return vmsa_scan_fail(scan, "more than %d locations", MAX_LOCS);
	test->loc[test->nr_locs] = loc;
	*out = test->nr_locs++;
	return true;
}

/* Whether a name is @prefix and a number: "pa1". */
bool vmsa_scan_is_numbered(const char *name, const char *prefix)
{
	const size_t n = strlen(prefix);

	return !strncmp(name, prefix, n) && isdigit((unsigned char)name[n]);
}

/* A physical page; its data is a location from then on. */
bool vmsa_scan_page(struct scan *scan, const char *name, uint8_t *out)
{
	uint8_t loc;

	return vmsa_scan_symbol(scan, &scan->test->page, name, out) &&
	       vmsa_scan_loc(scan,
			     (struct loc){ .kind = LOC_DATA, .index = *out },
			     &loc);
}

/* --- values -------------------------------------------------------------- */

static bool scan_attributes(struct scan *scan, uint32_t *out)
{
	while (vmsa_scan_accept(scan, ":")) {
		if (vmsa_scan_accept(scan, "ro"))
			*out |= VALUE_RO;
		else if (vmsa_scan_accept(scan, "na"))
			*out |= VALUE_NA;
		else if (vmsa_scan_accept(scan, "g"))
			*out |= VALUE_GLOBAL;
		else
			return vmsa_scan_fail(scan, "unknown attribute");
	}
	return true;
}

bool vmsa_scan_output(struct scan *scan, uint32_t *out)
{
	char name[MAX_NAME];
	uint8_t index;

	if (!vmsa_scan_name(scan, name))
		return false;
	if (vmsa_scan_is_numbered(name, "ipa")) {
		if (!vmsa_scan_symbol(scan, &scan->test->ipa, name, &index))
			return false;
		*out = VALUE_TO_IPA | index;
	} else if (vmsa_scan_is_numbered(name, "pa")) {
		if (!vmsa_scan_page(scan, name, &index))
			return false;
		*out = index;
	} else {
		return vmsa_scan_fail(scan, "%s is no page and no IPA", name);
	}
	return scan_attributes(scan, out);
}

static bool scan_leaf(struct scan *scan, uint32_t kind, uint32_t *out)
{
	uint32_t value;

	if (!vmsa_scan_output(scan, &value) || !vmsa_scan_expect(scan, ")"))
		return false;
	*out = kind | value;
	return true;
}

bool vmsa_scan_value(struct scan *scan, uint32_t *out)
{
	char name[MAX_NAME];
	uint8_t table = 0;

	if (vmsa_scan_accept(scan, "leaf("))
		return scan_leaf(scan, VALUE_LEAF, out);
	if (vmsa_scan_accept(scan, "block("))
		return scan_leaf(scan, VALUE_BLOCK, out);
	if (!vmsa_scan_accept(scan, "table("))
		return vmsa_scan_number(scan, out);
	if (!vmsa_scan_name(scan, name) ||
	    !vmsa_scan_table(scan, name, &table) ||
	    !vmsa_scan_expect(scan, ")"))
		return false;
	*out = VALUE_TABLE | table;
	return true;
}
