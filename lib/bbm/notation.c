/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notation.c - the words, values and initial state of the litmus notation
 */
#include "bbm/notation.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

static void skip_space(struct scan *scan)
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

	skip_space(scan);
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

	skip_space(scan);
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

	skip_space(scan);
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
	skip_space(scan);
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
static bool is_numbered(const char *name, const char *prefix)
{
	const size_t n = strlen(prefix);

	return !strncmp(name, prefix, n) && isdigit((unsigned char)name[n]);
}

/* A physical page; its data is a location from then on. */
static bool scan_page(struct scan *scan, const char *name, uint8_t *out)
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
	if (is_numbered(name, "ipa")) {
		if (!vmsa_scan_symbol(scan, &scan->test->ipa, name, &index))
			return false;
		*out = VALUE_TO_IPA | index;
	} else if (is_numbered(name, "pa")) {
		if (!scan_page(scan, name, &index))
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

/* --- initial state ------------------------------------------------------- */

/* "=>none", "=>pa1", "=>pa1 (s2)", after the name and an optional "@l2". */
static bool scan_target(struct scan *scan, const char *name, bool level2,
			uint8_t table)
{
	struct test *test = scan->test;
	const bool of_ipa = is_numbered(name, "ipa");
	struct loc loc = { .table = table };
	uint32_t out = 0;
	uint8_t number;

	if (!vmsa_scan_symbol(scan, of_ipa ? &test->ipa : &test->va, name,
			      &loc.index))
		return false;
	if (!vmsa_scan_accept(scan, "none")) {
		if (!vmsa_scan_output(scan, &out))
			return false;
		out |= level2 ? VALUE_BLOCK : VALUE_LEAF;
	}
	loc.initial = out;
	if (vmsa_scan_accept(scan, "(s2)") || of_ipa) {
		test->stage2 = true;
		loc.kind = level2 ? LOC_S2_L2 : LOC_S2_L3;
	} else {
		loc.kind = level2 ? LOC_S1_L2 : LOC_S1_L3;
		if (vmsa_scan_accept(scan, "(EL2)"))
			test->el2_vas |= (uint16_t)(1u << loc.index);
	}
	return vmsa_scan_loc(scan, loc, &number) && vmsa_scan_at_end(scan);
}

static bool scan_page_data(struct scan *scan, const char *name)
{
	uint8_t index;
	uint32_t value;

	if (!is_numbered(name, "pa"))
		return vmsa_scan_fail(scan, "cannot read the initial state");
	if (!scan_page(scan, name, &index) || !vmsa_scan_number(scan, &value) ||
	    !vmsa_scan_at_end(scan))
		return false;
	scan->test->loc[vmsa_litmus_find_loc(scan->test, LOC_DATA, 0, index)]
		.initial = value;
	return true;
}

/* "x=>pa1", "vm1: x=>pa1", "x@l2=>none" or "pa1=0". */
static bool scan_memory(struct scan *scan)
{
	char name[MAX_NAME];
	uint8_t table = 0;
	bool level2;

	if (!vmsa_scan_name(scan, name))
		return false;
	if (vmsa_scan_accept(scan, ":")) {
		if (!vmsa_scan_symbol(scan, &scan->test->table, name, &table) ||
		    !vmsa_scan_name(scan, name))
			return false;
	}
	level2 = vmsa_scan_accept(scan, "@l2");
	if (vmsa_scan_accept(scan, "=>"))
		return scan_target(scan, name, level2, table);
	return vmsa_scan_expect(scan, "=") && scan_page_data(scan, name);
}

/* Whether an initial line is of a PE: "P0:EL1 ..."; its number. */
static bool is_pe(const char *line, unsigned *pe)
{
	char *end;

	if (line[0] != 'P' || !isdigit((unsigned char)line[1]))
		return false;
	*pe = (unsigned)strtoul(line + 1, &end, 10);
	return *end == ':';
}

static bool scan_tag(struct scan *scan, uint16_t *out)
{
	uint32_t value;

	if (!vmsa_scan_number(scan, &value))
		return false;
	if (value > UINT16_MAX)
		return vmsa_scan_fail(scan, "a number is too large");
	*out = (uint16_t)value;
	return true;
}

static bool scan_base(struct scan *scan, struct context *context)
{
	char name[MAX_NAME];
	uint8_t table = NONE;

	if (!vmsa_scan_accept(scan, "0") &&
	    !(vmsa_scan_name(scan, name) &&
	      vmsa_scan_table(scan, name, &table)))
		return false;
	context->s1 = table;
	context->s2 = table;
	return true;
}

static bool scan_pe(struct scan *scan, unsigned pe)
{
	struct thread *thread = &scan->test->thread[pe];
	struct context *context = &thread->context[0];
	uint32_t el;

	if (pe >= scan->test->nr_threads)
		return vmsa_scan_fail(scan, "there is no such PE");
	scan->at = strchr(scan->at, ':') + 1;
	while (*scan->at) {
		bool read = true;

		if (vmsa_scan_accept(scan, "asid="))
			read = scan_tag(scan, &context->asid);
		else if (vmsa_scan_accept(scan, "vmid="))
			read = scan_tag(scan, &context->vmid);
		else if (vmsa_scan_accept(scan, "base="))
			read = scan_base(scan, context);
		else if (vmsa_scan_accept(scan, "own-regime"))
			context->el2 = true;
		else if (!strncmp(scan->at, "EL", 2)) {
			scan->at += 2;
			read = vmsa_scan_number(scan, &el) && el <= 2;
			thread->el = (uint8_t)el;
		} else {
			read = false;
		}
		if (!read)
			return vmsa_scan_fail(scan, "cannot read a PE's state");
		skip_space(scan);
	}
	return true;
}

/* Memory first: a PE's base may name a table that a later line introduces. */
static bool scan_init(struct test *test, const struct lines *init)
{
	unsigned pe;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < init->nr; i++) {
			struct scan scan = { init->line[i], init->line[i],
					     test };
			const bool of_pe = is_pe(init->line[i], &pe);

			if (pass == 0 && !of_pe && !scan_memory(&scan))
				return false;
			if (pass == 1 && of_pe && !scan_pe(&scan, pe))
				return false;
		}
	}
	return true;
}

void vmsa_litmus_understand(const struct raw_test *raw, struct test *out)
{
	struct scan scan = { "", "", out };

	if (raw->nr_threads > MAX_PES) {
		vmsa_scan_fail(&scan, "more than %d PEs", MAX_PES);
		return;
	}
	out->nr_threads = (uint8_t)raw->nr_threads;
	out->table.nr = 1;
	for (unsigned i = 0; i < out->nr_threads; i++)
		out->thread[i].nr_contexts = 1;
	if (!scan_init(out, &raw->init))
		return;
	for (unsigned i = 0; i < out->nr_threads; i++) {
		if (!vmsa_litmus_thread(out, i, &raw->thread[i]))
			return;
	}
	vmsa_litmus_condition(out, raw->condition);
}
