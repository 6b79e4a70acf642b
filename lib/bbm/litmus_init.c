/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_init.c - the initial state of a litmus test, and the whole of it
 */
#include "bbm/notation.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "=>none", "=>pa1", "=>pa1 (s2)", after the name and an optional "@l2". */
static bool scan_target(struct scan *scan, const char *name, bool level2,
			uint8_t table)
{
	struct test *test = scan->test;
	const bool of_ipa = vmsa_scan_is_numbered(name, "ipa");
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

	if (!vmsa_scan_is_numbered(name, "pa"))
		return vmsa_scan_fail(scan, "cannot read the initial state");
	if (!vmsa_scan_page(scan, name, &index) ||
	    !vmsa_scan_number(scan, &value) || !vmsa_scan_at_end(scan))
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
		vmsa_scan_skip_space(scan);
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
