/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario.c - vmsa scenario: run a script, print what each step cost and
 * what it left
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "say.h"
#include "sheet.h"
#include "watch.h"

/* Characters of a statement that fit in its column. */
#define MAX_TEXT 44

/* The script at work and what was counted of it. */
struct report {
	const char *file;
	struct doc *doc; /* NULL: text */
	struct sheet sheet;
	bool in_sheet;
	uint64_t steps, expectations, unmet;
	struct watch watch;
};

/* --- words both outputs share -------------------------------------------- */

/* Linux's names of levels 1 to 3. */
static const char *const level_names[] = { "pud", "pmd", "pte" };

#define FIRST_SLOT VMSA_LEVEL_SLOT(1)

static bool has_cost(const struct vmsa_scenario_step *s)
{
	return s->kind == VMSA_STEP_DO || s->kind == VMSA_STEP_SUM;
}

/* "16 VAALE1IS + 1 VMALLE1IS", or "". */
static const char *tlbi_text(const struct vmsa_linux_cost *c, char *out,
			     size_t room)
{
	size_t n = 0;

	*out = '\0';
	for (int op = 0; op < VMSA_NR_TLBI_OPS && n < room; op++) {
		if (!c->did.tlbi[op])
			continue;
		n += (size_t)snprintf(out + n, room - n, "%s%" PRIu64 " %s",
				      n ? " + " : "", c->did.tlbi[op],
				      vmsa_tlbi_name((enum vmsa_tlbi_op)op,
						     VMSA_TLBI_IS));
	}
	return out;
}

/* --- text ---------------------------------------------------------------- */

static void end_sheet(struct report *r)
{
	if (r->in_sheet)
		sheet_close(&r->sheet, stdout);
	r->in_sheet = false;
}

static void start_sheet(struct report *r)
{
	static const char *const heads[] = {
		"line", "<step", "tables", "stores",  "filled", "DSB ST",
		"DSB",  "ISB",   "<TLBI",  "pages",   "PUD",    "PMD",
		"CONT", "PTE",   "CONT",   "invalid", NULL
	};

	if (r->in_sheet)
		return;
	sheet_open(&r->sheet, heads);
	r->in_sheet = true;
}

/* Zeroes would hide what happened. */
static void count_cell(struct report *r, uint64_t count)
{
	char text[NUMBER_TEXT];

	sheet_cell(&r->sheet, "%s", count ? count_text(count, text) : "");
}

static void step_cells(struct report *r, const struct vmsa_scenario_step *s)
{
	const bool cut = strlen(s->text) > MAX_TEXT;

	sheet_cell(&r->sheet, "%u", s->line);
	sheet_cell(&r->sheet, "%.*s%s%s%s", cut ? MAX_TEXT - 3 : MAX_TEXT,
		   s->text, cut ? "..." : "", s->ret ? ": " : "",
		   s->ret ? strerror(-s->ret) : "");
}

static void cost_cells(struct report *r, const struct vmsa_linux_cost *c)
{
	char text[256];

	if (c->did.tables_free)
		sheet_cell(&r->sheet, "+%" PRIu64 " -%" PRIu64,
			   c->did.tables_alloc, c->did.tables_free);
	else if (c->did.tables_alloc)
		sheet_cell(&r->sheet, "+%" PRIu64, c->did.tables_alloc);
	else
		sheet_cell(&r->sheet, "%s", "");
	count_cell(r, c->did.stores);
	count_cell(r, c->did.fills);
	count_cell(r, c->did.barriers[VMSA_DSB_ISHST]);
	count_cell(r, c->did.barriers[VMSA_DSB_ISH]);
	count_cell(r, c->did.barriers[VMSA_ISB]);
	sheet_cell(&r->sheet, "%s", tlbi_text(c, text, sizeof(text)));
	if (c->full_flushes)
		sheet_cell(&r->sheet, "%s", "all");
	else
		count_cell(r, c->pages_flushed);
}

static void state_cells(struct report *r, const struct vmsa_linux *sys)
{
	struct vmsa_linux_state s = { 0 };
	uint64_t invalid = 0;

	/* Tables outside memory are told by the library's own functions. */
	if (vmsa_linux_look(sys, &s))
		memset(&s, 0, sizeof(s));
	for (int slot = 0; slot < VMSA_LEVELS; slot++)
		invalid += s.invalid[slot];
	count_cell(r, s.plain[FIRST_SLOT]);
	count_cell(r, s.plain[FIRST_SLOT + 1]);
	count_cell(r, s.cont[FIRST_SLOT + 1]);
	count_cell(r, s.plain[FIRST_SLOT + 2]);
	count_cell(r, s.cont[FIRST_SLOT + 2]);
	count_cell(r, invalid);
}

/* A row for a step; a note, and what went wrong, between the tables. */
static void print_step(struct report *r, const struct vmsa_scenario_step *s)
{
	if (s->kind == VMSA_STEP_NOTE) {
		end_sheet(r);
		printf("\n%s\n", s->text + strlen("note "));
	} else if (has_cost(s)) {
		start_sheet(r);
		step_cells(r, s);
		cost_cells(r, &s->cost);
		state_cells(r, s->sys);
	}
	if (s->ok)
		return;
	end_sheet(r);
	printf("%s:%u: %s: %s\n", r->file, s->line, s->text, s->why);
}

/* --- JSON ---------------------------------------------------------------- */

static void write_cost(struct doc *d, const struct vmsa_linux_cost *c)
{
	doc_object(d, "cost");
	doc_count(d, "tables_made", c->did.tables_alloc);
	doc_count(d, "tables_freed", c->did.tables_free);
	doc_count(d, "stores", c->did.stores);
	doc_count(d, "filled", c->did.fills);
	doc_object(d, "barriers");
	for (int b = 0; b < VMSA_NR_BARRIERS; b++) {
		if (c->did.barriers[b])
			doc_count(d, vmsa_barrier_name((enum vmsa_barrier)b),
				  c->did.barriers[b]);
	}
	doc_end(d);
	doc_object(d, "tlbi");
	for (int op = 0; op < VMSA_NR_TLBI_OPS; op++) {
		if (c->did.tlbi[op])
			doc_count(d,
				  vmsa_tlbi_name((enum vmsa_tlbi_op)op,
						 VMSA_TLBI_IS),
				  c->did.tlbi[op]);
	}
	doc_end(d);
	doc_count(d, "pages_flushed", c->pages_flushed);
	doc_count(d, "full_flushes", c->full_flushes);
	doc_count(d, "warnings", c->warnings);
	doc_end(d);
}

static void write_state(struct doc *d, const struct vmsa_linux *sys)
{
	struct vmsa_linux_state s;

	if (vmsa_linux_look(sys, &s))
		return;
	doc_object(d, "after");
	for (int i = 0; i < 3; i++) {
		doc_object(d, level_names[i]);
		doc_count(d, "tables", s.tables[FIRST_SLOT + i]);
		doc_count(d, "plain", s.plain[FIRST_SLOT + i]);
		doc_count(d, "cont", s.cont[FIRST_SLOT + i]);
		doc_count(d, "invalid", s.invalid[FIRST_SLOT + i]);
		doc_count(d, "bytes", s.bytes[FIRST_SLOT + i]);
		doc_end(d);
	}
	doc_end(d);
}

static void write_step(struct doc *d, const struct vmsa_scenario_step *s)
{
	static const char *const kinds[] = {
		[VMSA_STEP_SETUP] = "setup",   [VMSA_STEP_NOTE] = "note",
		[VMSA_STEP_DO] = "step",       [VMSA_STEP_SUM] = "sum",
		[VMSA_STEP_EXPECT] = "expect", [VMSA_STEP_EXPLORE] = "explore",
	};

	doc_object(d, NULL);
	doc_count(d, "line", s->line);
	doc_text(d, "text", s->text);
	doc_text(d, "kind", kinds[s->kind]);
	doc_bool(d, "ok", s->ok);
	if (!s->ok)
		doc_text(d, "why", s->why);
	if (has_cost(s)) {
		doc_text(d, "error", s->ret ? strerror(-s->ret) : NULL);
		write_cost(d, &s->cost);
		write_state(d, s->sys);
	}
	doc_end(d);
}

/* --- the command --------------------------------------------------------- */

static int on_step(void *arg, const struct vmsa_scenario_step *s)
{
	struct report *r = arg;

	r->steps += has_cost(s);
	r->expectations += s->kind == VMSA_STEP_EXPECT;
	r->unmet += !s->ok;
	if (r->doc)
		write_step(r->doc, s);
	else
		print_step(r, s);
	return 0;
}

static void print_end(struct report *r)
{
	end_sheet(r);
	printf("\n%" PRIu64 " steps, %" PRIu64 " expectations, ", r->steps,
	       r->expectations);
	if (r->unmet)
		printf("%" PRIu64 " not met\n", r->unmet);
	else
		puts("all met");
}

static int run_file(struct report *r)
{
	struct vmsa_error err = { 0 };
	struct vmsa_scenario *s;
	int ret;

	ret = vmsa_scenario_read(r->file, &s, &err);
	if (ret)
		return complain_error(r->file, ret, &err);
	if (r->watch.on)
		vmsa_scenario_watch(s, watch_system, &r->watch);
	ret = vmsa_scenario_run(s, on_step, r, &err);
	vmsa_scenario_destroy(s);
	if (!r->doc)
		print_end(r);
	if (ret < 0)
		return complain_error(r->file, ret, &err);
	return ret ? EXIT_NO : EXIT_DONE;
}

static int run_text(struct report *r)
{
	const int ret = run_file(r);

	return r->watch.on ? worse_of(ret, watch_print(&r->watch, r->file))
			   : ret;
}

static int run(const struct args *args)
{
	struct report r = { .file = args_input(args, 0) };
	int ret;

	watch_init(&r.watch, args);
	if (!args->json)
		return run_text(&r);
	r.doc = doc_open();
	doc_text(r.doc, "file", r.file);
	doc_array(r.doc, "steps");
	ret = run_file(&r);
	doc_end(r.doc);
	if (r.watch.on)
		ret = worse_of(ret, watch_write(&r.watch, r.doc));
	doc_bool(r.doc, "ok", ret == EXIT_DONE);
	return worse_of(ret, doc_close(r.doc, stdout));
}

const struct command scenario_command = {
	.name = "scenario",
	.operands = "FILE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "Run a script of what a kernel does to its linear map, "
		   "with the cost of each step",
	.groups = { &scenario_options, &common_options },
	.run = run,
};
