/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_events.c - the events of a litmus test's threads
 */
#include "bbm/notation.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One thread being read; fault handlers wait until its own events are in. */
struct reader {
	struct scan scan;
	struct thread *thread;
	unsigned nr_handlers;
	struct {
		uint8_t event;    /* whose fault it handles */
		const char *text; /* its events, up to "]" */
	} handler[MAX_ACCESSES];
	bool in_handler;
};

static uint8_t find_reg(const struct thread *thread, const char *name)
{
	for (uint8_t i = 0; i < thread->nr_regs; i++) {
		if (!strcmp(thread->reg[i], name))
			return i;
	}
	return NONE;
}

static bool scan_dest(struct reader *r, uint8_t *out)
{
	char name[MAX_NAME];

	if (!vmsa_scan_name(&r->scan, name))
		return false;
	*out = find_reg(r->thread, name);
	if (*out != NONE)
		return true;
	if (r->thread->nr_regs == MAX_REGS)
		return vmsa_scan_fail(&r->scan, "too many registers");
	snprintf(r->thread->reg[r->thread->nr_regs], MAX_NAME, "%s", name);
	*out = r->thread->nr_regs++;
	return true;
}

/* A register that an earlier event set, and which event that was. */
static bool scan_source(struct reader *r, uint8_t *reg, uint8_t *setter)
{
	char name[MAX_NAME];

	if (!vmsa_scan_name(&r->scan, name))
		return false;
	*reg = find_reg(r->thread, name);
	for (uint8_t i = r->thread->nr_events; *reg != NONE && i-- > 0;) {
		*setter = i;
		if (r->thread->event[i].dest == *reg)
			return true;
	}
	return vmsa_scan_fail(&r->scan, "nothing sets %s before", name);
}

/* --- loads and stores ---------------------------------------------------- */

/* "{addr:a}", "{data:a}", "!stop", "->s" and "[F: ...]", in any order. */
static bool scan_suffixes(struct reader *r, struct event *e)
{
	uint8_t reg, setter;

	for (;;) {
		if (vmsa_scan_accept(&r->scan, "{addr:")) {
			if (!scan_source(r, &e->addr, &e->addr_set) ||
			    !vmsa_scan_expect(&r->scan, "}"))
				return false;
		} else if (vmsa_scan_accept(&r->scan, "{data:")) {
			if (!scan_source(r, &reg, &setter) ||
			    !vmsa_scan_expect(&r->scan, "}"))
				return false;
		} else if (vmsa_scan_accept(&r->scan, "!stop")) {
			e->stop = true;
		} else if (vmsa_scan_accept(&r->scan, "->")) {
			if (!scan_dest(r, &e->dest))
				return false;
		} else if (vmsa_scan_accept(&r->scan, "[F:")) {
			const char *end = strchr(r->scan.at, ']');

			if (!end || r->in_handler ||
			    r->nr_handlers == MAX_ACCESSES)
				return vmsa_scan_fail(&r->scan, "bad handler");
			r->handler[r->nr_handlers].event = r->thread->nr_events;
			r->handler[r->nr_handlers++].text = r->scan.at;
			r->scan.at = end + 1;
		} else {
			return true;
		}
	}
}

static bool scan_access(struct reader *r, struct event *e)
{
	if (r->thread->nr_accesses == MAX_ACCESSES)
		return vmsa_scan_fail(&r->scan, "too many accesses");
	e->access = r->thread->nr_accesses++;
	return vmsa_scan_va(&r->scan, &e->va);
}

static bool scan_load(struct reader *r, struct event *e)
{
	e->kind = EV_LOAD;
	e->acquire = vmsa_scan_accept(&r->scan, ".acq");
	return scan_access(r, e) && vmsa_scan_expect(&r->scan, "->") &&
	       scan_dest(r, &e->dest) && scan_suffixes(r, e);
}

static bool scan_store(struct reader *r, struct event *e)
{
	uint8_t setter;

	e->kind = EV_STORE;
	e->release = vmsa_scan_accept(&r->scan, ".rel");
	if (!scan_access(r, e) || !vmsa_scan_expect(&r->scan, ":="))
		return false;
	if (isalpha((unsigned char)*r->scan.at)) {
		if (!scan_source(r, &e->data, &setter))
			return false;
	} else if (!vmsa_scan_number(&r->scan, &e->value)) {
		return false;
	}
	return scan_suffixes(r, e);
}

/* --- loads and stores of descriptors ------------------------------------- */

/* ".l3", ".l2", ".s2l3", ".s2l2". */
static bool scan_level(struct reader *r, enum loc_kind *out)
{
	static const struct {
		const char *text;
		enum loc_kind kind;
	} rows[] = { { ".l2", LOC_S1_L2 },
		     { ".l3", LOC_S1_L3 },
		     { ".s2l2", LOC_S2_L2 },
		     { ".s2l3", LOC_S2_L3 } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*out = rows[i].kind;
		if (vmsa_scan_accept(&r->scan, rows[i].text))
			return true;
	}
	return vmsa_scan_fail(&r->scan, "no such level");
}

/* "x.l3", "x.l3@new", "ipa1.s2l3". */
static bool scan_desc_at(struct reader *r, bool stored, uint8_t *out)
{
	struct test *test = r->scan.test;
	struct loc loc = { .table = 0 };
	char name[MAX_NAME], table[MAX_NAME];
	bool of_stage2, of_ipa;

	if (!vmsa_scan_name(&r->scan, name) || !scan_level(r, &loc.kind))
		return false;
	if (vmsa_scan_accept(&r->scan, "@") &&
	    !(vmsa_scan_name(&r->scan, table) &&
	      vmsa_scan_table(&r->scan, table, &loc.table)))
		return false;
	of_stage2 = loc.kind == LOC_S2_L2 || loc.kind == LOC_S2_L3;
	of_ipa = !strncmp(name, "ipa", 3);
	if (of_stage2 && !of_ipa)
		return vmsa_scan_fail(&r->scan,
				      "a stage 2 entry is indexed by a VA");
	if (of_ipa && !of_stage2)
		return vmsa_scan_fail(&r->scan,
				      "a stage 1 entry is indexed by an IPA");
	if (!vmsa_scan_symbol(&r->scan, of_ipa ? &test->ipa : &test->va, name,
			      &loc.index))
		return false;
	/* A level 2 entry nobody spoke of leads to its level 3 table. */
	if (loc.kind == LOC_S1_L2 || loc.kind == LOC_S2_L2)
		loc.initial = VALUE_TABLE | loc.table;
	if (!vmsa_scan_loc(&r->scan, loc, out))
		return false;
	test->loc[*out].is_stored |= stored;
	return true;
}

static bool scan_desc_load(struct reader *r, struct event *e)
{
	e->kind = EV_DESC_LOAD;
	return scan_desc_at(r, false, &e->loc) &&
	       vmsa_scan_expect(&r->scan, "->") && scan_dest(r, &e->dest) &&
	       scan_suffixes(r, e);
}

/* A store that no walk can make sense of is a slip of whoever wrote it. */
static bool check_desc(struct reader *r, enum loc_kind at, uint32_t value)
{
	const bool level3 = at == LOC_S1_L3 || at == LOC_S2_L3;
	const uint32_t kind = value & VALUE_KIND;

	if (level3 ? kind == VALUE_BLOCK || kind == VALUE_TABLE
		   : kind == VALUE_LEAF)
		return vmsa_scan_fail(&r->scan, "wrong kind of descriptor");
	if (kind == 0 && value & VMSA_DESC_VALID)
		return vmsa_scan_fail(&r->scan, "a number with bit 0 set");
	return true;
}

static bool scan_desc_store(struct reader *r, struct event *e)
{
	e->kind = EV_DESC_STORE;
	e->release = vmsa_scan_accept(&r->scan, ".rel");
	return scan_desc_at(r, true, &e->loc) &&
	       vmsa_scan_expect(&r->scan, ":=") &&
	       vmsa_scan_value(&r->scan, &e->value) &&
	       check_desc(r, r->scan.test->loc[e->loc].kind, e->value) &&
	       scan_suffixes(r, e);
}

/* --- system registers and exceptions ------------------------------------- */

/* "vmid=1,base=vm1": fields of a base register. */
static bool scan_fields(struct reader *r, struct context *c, bool stage2)
{
	char name[MAX_NAME];
	uint32_t number;

	do {
		if (vmsa_scan_accept(&r->scan, "base=")) {
			uint8_t *base = stage2 ? &c->s2 : &c->s1;

			*base = NONE;
			if (!vmsa_scan_accept(&r->scan, "0") &&
			    !(vmsa_scan_name(&r->scan, name) &&
			      vmsa_scan_table(&r->scan, name, base)))
				return false;
		} else if (vmsa_scan_accept(&r->scan,
					    stage2 ? "vmid=" : "asid=")) {
			if (!vmsa_scan_number(&r->scan, &number) ||
			    number > UINT16_MAX)
				return false;
			*(stage2 ? &c->vmid : &c->asid) = (uint16_t)number;
		} else {
			return vmsa_scan_fail(&r->scan, "unknown field");
		}
	} while (vmsa_scan_accept(&r->scan, ","));
	return true;
}

static bool scan_msr(struct reader *r, struct event *e)
{
	struct thread *t = r->thread;
	struct context c = t->context[t->nr_contexts - 1];
	char name[MAX_NAME];

	e->kind = EV_MSR;
	if (!vmsa_scan_name(&r->scan, name) ||
	    !vmsa_scan_expect(&r->scan, ":="))
		return false;
	if (strcmp(name, "VTTBR_EL2") != 0 &&
	    strcmp(name, c.el2 ? "TTBR0_EL2" : "TTBR0_EL1") != 0)
		return vmsa_scan_fail(&r->scan, "MSR %s is not modelled", name);
	if (r->in_handler || t->nr_contexts == MAX_CONTEXTS)
		return vmsa_scan_fail(&r->scan, "too many MSRs");
	if (!scan_fields(r, &c, name[0] == 'V'))
		return false;
	t->context[t->nr_contexts++] = c;
	return true;
}

/* "->EL1", after whatever names the exception. */
static bool scan_el(struct reader *r, struct event *e)
{
	uint32_t el;

	e->kind = EV_EXCEPTION;
	if (!vmsa_scan_expect(&r->scan, "->") || strncmp(r->scan.at, "EL", 2))
		return vmsa_scan_fail(&r->scan, "expected an exception level");
	r->scan.at += 2;
	if (!vmsa_scan_number(&r->scan, &el) || el > 2)
		return vmsa_scan_fail(&r->scan, "no such exception level");
	e->el = (uint8_t)el;
	return true;
}

static bool scan_branch(struct reader *r, struct event *e)
{
	uint8_t reg, setter;

	e->kind = EV_NONE;
	return scan_source(r, &reg, &setter);
}

/* --- threads ------------------------------------------------------------- */

static bool scan_one(struct reader *r, struct event *e)
{
	char name[MAX_NAME];

	if (vmsa_scan_accept(&r->scan, "D"))
		return scan_desc_store(r, e);
	if (vmsa_scan_accept(&r->scan, "RD"))
		return scan_desc_load(r, e);
	if (vmsa_scan_accept(&r->scan, "R"))
		return scan_load(r, e);
	if (vmsa_scan_accept(&r->scan, "W"))
		return scan_store(r, e);
	if (vmsa_scan_accept(&r->scan, "DSB"))
		return vmsa_scan_barrier(&r->scan, e, true);
	if (vmsa_scan_accept(&r->scan, "DMB"))
		return vmsa_scan_barrier(&r->scan, e, false);
	if (vmsa_scan_accept(&r->scan, "TLBI"))
		return vmsa_scan_tlbi(&r->scan, e);
	if (vmsa_scan_accept(&r->scan, "MSR"))
		return scan_msr(r, e);
	if (vmsa_scan_accept(&r->scan, "ERET"))
		return scan_el(r, e);
	if (vmsa_scan_accept(&r->scan, "EXC"))
		return vmsa_scan_name(&r->scan, name) && scan_el(r, e);
	if (vmsa_scan_accept(&r->scan, "BR"))
		return scan_branch(r, e);
	e->kind = vmsa_scan_accept(&r->scan, "ISB") ? EV_ISB : EV_STOP;
	return e->kind == EV_ISB || vmsa_scan_expect(&r->scan, "stop");
}

static bool scan_event(struct reader *r)
{
	struct event e = {
		.dest = NONE, .addr = NONE, .data = NONE, .handler = NONE
	};
	const char *start;

	if (r->thread->nr_events == MAX_EVENTS)
		return vmsa_scan_fail(&r->scan, "too many events");
	vmsa_scan_skip_space(&r->scan);
	start = r->scan.at;
	if (!scan_one(r, &e))
		return vmsa_scan_fail(&r->scan, "cannot read an event");
	snprintf(e.text, sizeof(e.text), "%.*s", (int)(r->scan.at - start),
		 start);
	r->thread->event[r->thread->nr_events++] = e;
	return true;
}

/* Every list of events ends with EV_STOP. */
static bool add_stop(struct reader *r)
{
	if (r->thread->nr_events == MAX_EVENTS)
		return vmsa_scan_fail(&r->scan, "too many events");
	r->thread->event[r->thread->nr_events++] =
		(struct event){ .kind = EV_STOP, .dest = NONE };
	return true;
}

static bool scan_handler(struct reader *r, unsigned i)
{
	r->thread->event[r->handler[i].event].handler = r->thread->nr_events;
	r->scan.at = r->handler[i].text;
	do {
		if (!scan_event(r))
			return false;
	} while (vmsa_scan_accept(&r->scan, ";"));
	return vmsa_scan_expect(&r->scan, "]") && add_stop(r);
}

bool vmsa_litmus_thread(struct test *test, unsigned pe,
			const struct lines *lines)
{
	struct reader r = { .thread = &test->thread[pe] };

	for (size_t i = 0; i < lines->nr; i++) {
		r.scan = (struct scan){ lines->line[i], lines->line[i], test };
		if (!scan_event(&r) || !vmsa_scan_at_end(&r.scan))
			return false;
	}
	r.thread->end = r.thread->nr_events;
	if (!add_stop(&r))
		return false;
	r.in_handler = true;
	for (unsigned i = 0; i < r.nr_handlers; i++) {
		if (!scan_handler(&r, i))
			return false;
	}
	return true;
}
