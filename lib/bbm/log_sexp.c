/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_sexp.c - casemate's traces: what its records say
 *
 * A line that starts with "!" is casemate's own verdict.
 */
#include "bbm/log_sexp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* Of a record that goes over several lines. */
#define MAX_RECORD 65536u

int vmsa_sexp_create(struct sexp **out)
{
	struct sexp *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->thread = calloc(MAX_THREADS, sizeof(*s->thread));
	if (!s->thread) {
		free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void vmsa_sexp_free(struct sexp *s)
{
	if (!s)
		return;
	vmsa_trees_free(s);
	free(s->thread);
	free(s->item);
	free(s->text);
	free(s);
}

/* --- items to come ------------------------------------------------------- */

bool vmsa_sexp_has_more(const struct sexp *s)
{
	return s->first < s->nr_items;
}

int vmsa_sexp_more(struct vmsa_log *log, struct vmsa_log_item *item)
{
	struct sexp *s = log->sexp;

	*item = s->item[s->first++];
	if (s->first == s->nr_items)
		s->first = s->nr_items = 0;
	return 1;
}

int vmsa_sexp_push(struct vmsa_log *log, const struct vmsa_log_item *item)
{
	struct sexp *s = log->sexp;

	if (s->nr_items == s->room_items) {
		const size_t room = s->room_items ? 2 * s->room_items : 16;
		struct vmsa_log_item *grown =
			realloc(s->item, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		s->item = grown;
		s->room_items = room;
	}
	s->item[s->nr_items++] = *item;
	return 0;
}

/* --- records ------------------------------------------------------------- */

static int push_event(struct vmsa_log *log, const struct record *r,
		      unsigned tables, const struct vmsa_event *e)
{
	struct vmsa_log_item item = { .kind = VMSA_LOG_EVENT,
				      .tables = tables,
				      .source = r->source };

	item.u.event = *e;
	item.u.event.pe = (uint16_t)r->tid;
	return vmsa_sexp_push(log, &item);
}

/* Through which tables a thread works: those of EL2, or of stage 2. */
static unsigned tables_of(const struct vmsa_log *log, const struct record *r,
			  bool el2)
{
	const struct thread *t = &log->sexp->thread[r->tid];

	if (t->tables[el2 ? 0 : 1])
		return t->tables[el2 ? 0 : 1] - 1;
	return t->tables[el2 ? 1 : 0] ? t->tables[el2 ? 1 : 0] - 1 : 0;
}

static int take_barrier(struct vmsa_log *log, const struct record *r)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_BARRIER };
	const struct piece domain = r->kind.n ? r->kind : r->word[1];

	if (!vmsa_barrier_find(r->word[0], domain, &e.u.barrier))
		return -EINVAL;
	if (vmsa_piece_is(r->word[0], "dsb"))
		vmsa_trees_dsb(log, r);
	if (!log->nr_tables)
		return 0;
	return push_event(log, r, tables_of(log, r, false), &e);
}

/* Old traces name address and level, new ones have the register. */
static uint64_t operand_of(const struct record *r, enum vmsa_tlbi_op op)
{
	const struct vmsa_tlbi_page page = { .address = r->address << 12,
					     .ttl = (uint8_t)vmsa_tlbi_ttl(
						     12, (int)r->level) };

	return r->has_value ? r->value : vmsa_tlbi_page_encode(op, &page);
}

static int take_tlbi(struct vmsa_log *log, const struct record *r)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_TLBI };
	enum vmsa_tlbi_form form;

	if (!vmsa_tlbi_names_find(&log->tlbi, r->word[0], &e.u.tlbi))
		return -EINVAL;
	form = vmsa_tlbi_form(e.u.tlbi.op);
	if (form == VMSA_TLBI_FORM_VA || form == VMSA_TLBI_FORM_IPA)
		e.u.tlbi.operand = operand_of(r, e.u.tlbi.op);
	else if (form != VMSA_TLBI_FORM_ALL)
		e.u.tlbi.operand = r->value;
	if (!log->nr_tables)
		return 0;
	return push_event(
		log, r,
		tables_of(log, r,
			  strstr(vmsa_tlbi_name(e.u.tlbi.op, VMSA_TLBI_LOCAL),
				 "E2") != NULL),
		&e);
}

/* mem-init and mem-set: the same byte in all of a region. */
static int take_region(struct vmsa_log *log, const struct record *r)
{
	const uint64_t byte = r->value & 0xff;
	const uint64_t size = r->size < MAX_RECORD ? r->size : MAX_RECORD;

	for (uint64_t i = 0; i + 8 <= size; i += 8) {
		const int rc =
			vmsa_trees_write(log, r, r->address + i,
					 byte * UINT64_C(0x0101010101010101));

		if (rc)
			return rc;
	}
	return 0;
}

static int take_register(struct vmsa_log *log, const struct record *r)
{
	struct piece reg = r->sysreg.n ? r->sysreg : r->word[0];

	if (vmsa_piece_is(reg, "vttbr_el2") ||
	    vmsa_piece_is(reg, "ttbr0_el2") || vmsa_piece_is(reg, "ttbr_el2"))
		return vmsa_trees_load(log, r, vmsa_piece_is(reg, "vttbr_el2"));
	return 0;
}

static int take(struct vmsa_log *log, const struct record *r)
{
	switch ((enum record_kind)r->what) {
	case RECORD_WRITE:
		return vmsa_trees_write(log, r, r->address, r->value);
	case RECORD_REGION:
		return take_region(log, r);
	case RECORD_FREE:
		return vmsa_trees_release(log, r, r->address);
	case RECORD_BARRIER:
		return take_barrier(log, r);
	case RECORD_TLBI:
		return take_tlbi(log, r);
	case RECORD_REGISTER:
		return take_register(log, r);
	case RECORD_HINT:
		return vmsa_trees_hint(log, r);
	case RECORD_LOCK:
		return vmsa_trees_lock(log, r, true);
	case RECORD_UNLOCK:
		return vmsa_trees_lock(log, r, false);
	case RECORD_NOTHING:
		return 0;
	case RECORD_UNKNOWN:
	default:
		return -EINVAL;
	}
}

/* --- lines --------------------------------------------------------------- */

/* A line, until the ones come that its record goes on in. */
static int keep(struct sexp *s, struct piece line)
{
	if (s->n + line.n + 1 > s->room) {
		const size_t room = 2 * (s->n + line.n + 1);
		char *grown = realloc(s->text, room);

		if (!grown)
			return -ENOMEM;
		s->text = grown;
		s->room = room;
	}
	memcpy(s->text + s->n, line.p, line.n);
	s->n += line.n;
	s->text[s->n++] = ' ';
	return 0;
}

/* What is left of a text that was kept: it has its room. */
static void keep_rest(struct sexp *s, struct piece rest)
{
	memmove(s->text, rest.p, rest.n);
	s->n = rest.n;
}

static int take_record(struct vmsa_log *log, struct record *r,
		       struct vmsa_error *err)
{
	int rc;

	if (r->tid >= MAX_THREADS)
		return vmsa_log_bad(log, err, "tid is above %u",
				    MAX_THREADS - 1);
	if (r->src.n) {
		rc = vmsa_log_name(log, &log->sources, r->src, &r->source, err);
		if (rc)
			return rc;
	}
	rc = take(log, r);
	if (rc == -EINVAL)
		return vmsa_log_bad(log, err, "\"%.*s\" is not understood",
				    (int)(r->text.n < 60 ? r->text.n : 60),
				    r->text.p);
	return rc;
}

/* All records of a text; 1 if the last goes on, and @text is what is there. */
static int take_records(struct vmsa_log *log, struct piece *text,
			struct vmsa_error *err)
{
	for (;;) {
		struct record r = { .level = UINT64_MAX };
		int rc;

		vmsa_sexp_skip(text);
		if (!text->n || *text->p == '!' || *text->p == ';')
			return 0;
		switch (vmsa_sexp_cut(text, &r)) {
		case CUT_RECORD:
			rc = take_record(log, &r, err);
			if (rc)
				return rc;
			break;
		case CUT_SHORT:
			return 1;
		case CUT_BAD:
		default:
			return vmsa_log_bad(log, err, "no record of casemate");
		}
	}
}

/* The next line, and before it what there is of its record. */
static int join(struct sexp *s, struct piece *line)
{
	const int rc = keep(s, *line);

	*line = (struct piece){ s->text, s->n };
	s->n = 0;
	return rc;
}

int vmsa_sexp_line(struct vmsa_log *log, struct piece line,
		   struct vmsa_log_item *item, struct vmsa_error *err)
{
	struct sexp *s = log->sexp;
	const bool joined = s->n;
	int rc = joined ? join(s, &line) : 0;

	if (!rc)
		rc = take_records(log, &line, err);
	if (rc > 0) {
		/* One that is still at the front has begun before. */
		if (!joined || line.p != s->text)
			s->start = log->line;
		rc = 0;
		if (joined)
			keep_rest(s, line);
		else
			rc = keep(s, line);
	}
	if (rc)
		return rc;
	if (s->n > MAX_RECORD)
		return vmsa_log_bad(log, err, "a record of more than %u bytes",
				    MAX_RECORD);
	return vmsa_sexp_has_more(s) ? vmsa_sexp_more(log, item) : 0;
}

int vmsa_sexp_end(struct vmsa_log *log, struct vmsa_error *err)
{
	const struct sexp *s = log->sexp;

	if (!s->n)
		return 0;
	return vmsa_error_at(err, log->name, "line", s->start, -EINVAL,
			     "a record that begins here does not end");
}
