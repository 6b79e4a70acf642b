/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_events.c - a program again without each of its events
 *
 * An event whose absence lets nobody see anything worse is redundant; that is
 * proved, since every run was looked at.  BEGIN and END are left alone: they
 * are nothing the machine does.
 */
#include <inttypes.h>
#include <string.h>

#include "explore.h"
#include "progress.h"
#include "say.h"
#include "sheet.h"

/* What is seen: by other PEs, by the editor; and whether that is all. */
struct sight {
	unsigned other, self;
	bool bounded;
};

/* Consecutive events of one kind without which the same is seen. */
struct span {
	size_t first, last;
	struct sight worse; /* than with them */
};

/* All of them. */
struct inquiry {
	const struct explored *e;
	struct sight whole; /* with every event */
	struct span span;   /* the one that grows; last = 0: none yet */
	struct sheet sheet;
	size_t needed, redundant, unknown;
};

/* @leave_out: the first event is 1; 0: none. */
static int look(const struct explored *e, size_t leave_out, struct sight *out)
{
	struct vmsa_explore_options options = explored_options(e);
	struct vmsa_explore_result other = { .seen = 0 }, self;
	int ret = 0;

	options.leave_out = leave_out;
	options.observers = VMSA_OBSERVER_OTHER;
	if (explored_has_others(e))
		ret = vmsa_explore(e->program, &options, &other);
	options.observers = VMSA_OBSERVER_SELF;
	if (!ret)
		ret = vmsa_explore(e->program, &options, &self);
	if (ret)
		return complain("%s: event %zu cannot be left out: %s", e->file,
				leave_out, strerror(-ret));
	*out = (struct sight){ other.seen, self.seen,
			       other.bound || self.bound };
	return EXIT_DONE;
}

static const struct vmsa_event *event_at(const struct inquiry *q, size_t number)
{
	return vmsa_program_event(q->e->program, number - 1);
}

static bool is_marker(const struct vmsa_event *event)
{
	return event->kind == VMSA_EVENT_BEGIN || event->kind == VMSA_EVENT_END;
}

/* --- output -------------------------------------------------------------- */

/* What an event does, without where: the spans of a table are many. */
static void event_cell(struct sheet *s, const struct vmsa_event *e)
{
	switch (e->kind) {
	case VMSA_EVENT_STORE:
	case VMSA_EVENT_FILL:
		sheet_cell(s, "%s level %d",
			   e->kind == VMSA_EVENT_STORE ? "STORE" : "FILL",
			   e->level);
		break;
	case VMSA_EVENT_TABLE_ALLOC:
	case VMSA_EVENT_TABLE_FREE:
		sheet_cell(s, "TABLE %s level %d",
			   e->kind == VMSA_EVENT_TABLE_ALLOC ? "ALLOC" : "FREE",
			   e->level);
		break;
	case VMSA_EVENT_BARRIER:
		sheet_cell(s, "%s", vmsa_barrier_name(e->u.barrier));
		break;
	case VMSA_EVENT_TLBI:
		sheet_cell(s, "TLBI %s",
			   vmsa_tlbi_name(e->u.tlbi.op, e->u.tlbi.scope));
		break;
	case VMSA_EVENT_TTBR:
		sheet_cell(s, "TTBR");
		break;
	default:
		sheet_cell(s, "%s", e->u.name);
		break;
	}
}

/* A store says where; a barrier need not. */
static void place_cell(struct sheet *s, const struct vmsa_event *e)
{
	if (e->kind == VMSA_EVENT_STORE || e->kind == VMSA_EVENT_FILL)
		sheet_cell(s, "VA 0x%" PRIx64 ": 0x%" PRIx64 " -> 0x%" PRIx64,
			   e->u.store.va, e->u.store.old, e->u.store.desc);
	else if (e->kind == VMSA_EVENT_TABLE_ALLOC ||
		 e->kind == VMSA_EVENT_TABLE_FREE)
		sheet_cell(s, "0x%" PRIx64, e->u.table.pa);
	else if (e->kind == VMSA_EVENT_TLBI)
		sheet_cell(s, "0x%" PRIx64, e->u.tlbi.operand);
	else
		sheet_cell(s, "%s", "");
}

static const char *verdict(const struct sight *worse)
{
	if (worse->other || worse->self)
		return "needed";
	return worse->bounded ? "unknown: a bound was hit" : "redundant";
}

static void print_span(struct inquiry *q)
{
	const struct span *span = &q->span;
	const struct vmsa_event *e = event_at(q, span->first);
	char text[INVARIANTS_TEXT];
	struct sheet *s = &q->sheet;

	if (span->first == span->last)
		sheet_cell(s, "%zu", span->first);
	else
		sheet_cell(s, "%zu-%zu", span->first, span->last);
	event_cell(s, e);
	place_cell(s, e);
	sheet_cell(s, "%s", invariants_text(span->worse.other, text));
	sheet_cell(s, "%s", invariants_text(span->worse.self, text));
	sheet_cell(s, "%s", verdict(&span->worse));
}

static void write_event(const struct inquiry *q, size_t number,
			const struct sight *worse)
{
	struct doc *d = q->e->doc;

	doc_object(d, NULL);
	doc_count(d, "event", (int64_t)number);
	invariants_write(d, "others", worse->other);
	invariants_write(d, "editor", worse->self);
	doc_text(d, "verdict", verdict(worse));
	doc_end(d);
}

/* --- event by event ------------------------------------------------------ */

static bool is_same_sight(const struct sight *a, const struct sight *b)
{
	return a->other == b->other && a->self == b->self &&
	       a->bounded == b->bounded;
}

/* Sixteen members of a Contiguous group are one row. */
static bool continues(const struct inquiry *q, size_t number,
		      const struct sight *worse)
{
	const struct vmsa_event *a, *b = event_at(q, number);

	if (q->span.last + 1 != number || !q->span.last)
		return false;
	a = event_at(q, q->span.last);
	return a->kind == b->kind && a->level == b->level &&
	       a->kind == VMSA_EVENT_STORE &&
	       is_same_sight(&q->span.worse, worse);
}

static void add(struct inquiry *q, size_t number, const struct sight *worse)
{
	if (worse->other || worse->self)
		q->needed++;
	else if (worse->bounded)
		q->unknown++;
	else
		q->redundant++;
	if (q->e->doc) {
		write_event(q, number, worse);
	} else if (continues(q, number, worse)) {
		q->span.last = number;
	} else {
		if (q->span.last)
			print_span(q);
		q->span = (struct span){ number, number, *worse };
	}
}

/* Each event, and what is seen without it that was not seen with it. */
static int ask_all(struct inquiry *q)
{
	const size_t n = vmsa_program_count(q->e->program);
	struct progress progress;
	int ret;

	ret = look(q->e, 0, &q->whole);
	progress_start(&progress, "explore", n);
	for (size_t i = 1; !ret && i <= n; i++) {
		struct sight s;

		progress_show(&progress, i - 1);
		if (is_marker(event_at(q, i)))
			continue;
		ret = look(q->e, i, &s);
		if (ret)
			break;
		s.other &= ~q->whole.other;
		s.self &= ~q->whole.self;
		add(q, i, &s);
	}
	progress_end(&progress);
	return ret;
}

static int print_all(struct inquiry *q)
{
	static const char *const heads[] = { "event",       "<left out",
					     "<at",         "<other PEs",
					     "<the editor", "<it is",
					     NULL };
	int ret;

	sheet_open(&q->sheet, heads);
	ret = ask_all(q);
	if (q->span.last)
		print_span(q);
	putchar('\n');
	sheet_close(&q->sheet, stdout);
	printf("\n%zu events needed, %zu redundant", q->needed, q->redundant);
	if (q->unknown)
		printf(", %zu unknown", q->unknown);
	putchar('\n');
	return ret;
}

int explore_events(const struct explored *e)
{
	struct inquiry q = { .e = e };
	int ret;

	if (!e->doc) {
		ret = print_all(&q);
	} else {
		doc_array(e->doc, "leave_out");
		ret = ask_all(&q);
		doc_end(e->doc);
	}
	if (ret)
		return ret;
	return q.unknown ? EXIT_NO : EXIT_DONE;
}
