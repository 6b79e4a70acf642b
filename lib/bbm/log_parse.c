/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_parse.c - the lines of our event logs; docs/event-log.md
 *
 * A line is cut into words as they are needed, in place.
 */
#include <errno.h>
#include <string.h>

#include "bbm/log.h"

/* --- a line -------------------------------------------------------------- */

struct parser {
	struct vmsa_log *log;
	struct piece line; /* what is left of it */
	struct vmsa_log_item *item;
	struct vmsa_error *err;
};

static int bad(const struct parser *p, const char *what, struct piece w)
{
	if (w.n)
		vmsa_log_bad(p->log, p->err, "%s, not \"%.*s\"", what,
			     (int)(w.n < 40 ? w.n : 40), w.p);
	else
		vmsa_log_bad(p->log, p->err, "%s, not the end of the line",
			     what);
	return -EINVAL;
}

/* A number not above @max. */
static int number(struct parser *p, const char *what, uint64_t max,
		  uint64_t *out)
{
	const struct piece w = vmsa_log_word(&p->line);
	uint64_t v;

	if (!vmsa_log_number(w, &v) || v > max)
		return bad(p, what, w);
	*out = v;
	return 0;
}

/* A tag, if there is one, and nothing else. */
static int finish(struct parser *p, uint32_t *source)
{
	const struct piece w = vmsa_log_word(&p->line);

	*source = 0;
	if (w.n)
		return bad(p, "expected the end of the line", w);
	if (p->line.n && *p->line.p == '@') {
		struct piece tag = { p->line.p + 1, 0 };

		while (tag.n + 1 < p->line.n &&
		       !vmsa_log_is_space(tag.p[tag.n]))
			tag.n++;
		return vmsa_log_name(p->log, &p->log->sources, tag, source,
				     p->err);
	}
	return 0;
}

static int event(struct parser *p, const struct vmsa_event *e)
{
	int rc;

	if (!p->log->nr_tables)
		return vmsa_log_bad(p->log, p->err,
				    "an event before any \"tables\"");
	rc = finish(p, &p->item->source);
	if (rc)
		return rc;
	p->item->kind = VMSA_LOG_EVENT;
	p->item->tables = p->log->tables;
	p->item->u.event = *e;
	p->item->u.event.pe = p->log->pe;
	return 1;
}

/* --- stores -------------------------------------------------------------- */

static int level(struct parser *p, int8_t *out)
{
	const struct piece w = vmsa_log_word(&p->line);
	uint64_t v;

	if (vmsa_log_is_word(w, "-1")) {
		*out = -1;
		return 0;
	}
	if (!vmsa_log_number(w, &v) || v > VMSA_MAX_LEVEL)
		return bad(p, "expected a level, -1 to 3", w);
	*out = (int8_t)v;
	return 0;
}

/* [COUNT STEP] */
static int run(struct parser *p, uint32_t *count, uint64_t *step)
{
	struct piece rest = p->line;
	uint64_t n;

	*count = 1;
	*step = 0;
	if (!vmsa_log_word(&rest).n)
		return 0;
	if (number(p, "expected a count", 65536, &n) ||
	    number(p, "expected a step", UINT64_MAX, step))
		return -EINVAL;
	if (!n) {
		vmsa_log_bad(p->log, p->err, "a run of no descriptors");
		return -EINVAL;
	}
	*count = (uint32_t)n;
	return 0;
}

static int store(struct parser *p, enum vmsa_event_kind kind)
{
	struct vmsa_event e = { .kind = kind };
	int rc;

	if (level(p, &e.level) ||
	    number(p, "expected a VA", UINT64_MAX, &e.u.store.va) ||
	    number(p, "expected an address", UINT64_MAX, &e.u.store.at) ||
	    number(p, "expected a descriptor", UINT64_MAX, &e.u.store.desc) ||
	    run(p, &e.u.store.count, &e.u.store.step))
		return -EINVAL;
	rc = event(p, &e);
	if (rc < 0)
		return rc;
	if (vmsa_log_check_run(p->log, &e, p->err))
		return -EINVAL;
	p->log->run = p->item->u.event;
	p->log->run_source = p->item->source;
	return vmsa_log_take_run(p->log, p->item);
}

/* What is in memory before anything happens. */
static int init(struct parser *p)
{
	uint64_t at, step, desc;
	uint32_t count, source;

	if (number(p, "expected an address", UINT64_MAX, &at) ||
	    number(p, "expected a descriptor", UINT64_MAX, &desc) ||
	    run(p, &count, &step))
		return -EINVAL;
	if (at & 7)
		return vmsa_log_bad(p->log, p->err,
				    "a descriptor's address is a multiple "
				    "of 8");
	for (uint32_t i = 0; i < count; i++) {
		vmsa_desc *d =
			vmsa_shadow_at(&p->log->shadow, at + i * sizeof(*d));

		if (!d)
			return -ENOMEM;
		*d = desc + i * step;
	}
	return finish(p, &source);
}

/* --- other events -------------------------------------------------------- */

/* A new table is zero. */
static int zero(struct parser *p, vmsa_pa pa)
{
	const uint64_t bytes =
		p->log->nr_tables
			? vmsa_granule(&p->log->geometry[p->log->tables])
			: 0;

	for (uint64_t i = 0; i < bytes; i += 4096) {
		vmsa_desc *d = vmsa_shadow_at(&p->log->shadow, pa + i);

		if (!d)
			return -ENOMEM;
		memset(d, 0, 4096);
	}
	return 0;
}

static int table(struct parser *p, enum vmsa_event_kind kind)
{
	struct vmsa_event e = { .kind = kind };

	if (level(p, &e.level) ||
	    number(p, "expected an address", UINT64_MAX, &e.u.table.pa))
		return -EINVAL;
	if (e.u.table.pa & 4095)
		return vmsa_log_bad(p->log, p->err,
				    "a table's address is a multiple of its "
				    "size");
	if (kind == VMSA_EVENT_TABLE_ALLOC && zero(p, e.u.table.pa))
		return -ENOMEM;
	return event(p, &e);
}

static int barrier(struct parser *p, struct piece kind)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_BARRIER };
	struct piece domain = { NULL, 0 };

	if (!vmsa_log_is_word(kind, "isb"))
		domain = vmsa_log_word(&p->line);
	if (!vmsa_barrier_find(kind, domain, &e.u.barrier))
		return bad(p, "expected ishst, ish, nshst, nsh, osh or sy",
			   domain);
	return event(p, &e);
}

static int tlbi(struct parser *p)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_TLBI };
	const struct piece name = vmsa_log_word(&p->line);

	if (!vmsa_tlbi_names_find(&p->log->tlbi, name, &e.u.tlbi))
		return bad(p, "expected a TLBI operation", name);
	if (vmsa_tlbi_form(e.u.tlbi.op) != VMSA_TLBI_FORM_ALL &&
	    number(p, "expected the operand", UINT64_MAX, &e.u.tlbi.operand))
		return -EINVAL;
	return event(p, &e);
}

static int name(struct parser *p, const char **out)
{
	const struct piece w = vmsa_log_word(&p->line);
	uint32_t n;
	int rc;

	if (!w.n)
		return bad(p, "expected a name", w);
	rc = vmsa_log_name(p->log, &p->log->operations, w, &n, p->err);
	if (rc)
		return rc;
	*out = p->log->operations.word[n - 1];
	return 0;
}

static int mark(struct parser *p, enum vmsa_event_kind kind)
{
	struct vmsa_event e = { .kind = kind };
	const int rc = name(p, &e.u.name);

	return rc ? rc : event(p, &e);
}

/* --- what is not an event ------------------------------------------------ */

static int choose_pe(struct parser *p)
{
	uint64_t pe;
	uint32_t source;

	if (number(p, "expected a PE, 0 to 4095", 4095, &pe))
		return -EINVAL;
	p->log->pe = (uint16_t)pe;
	return finish(p, &source);
}

/* Trees by the numbers the log gave them. */
static int find_tables(struct parser *p, unsigned *out)
{
	uint64_t id;

	if (number(p, "expected a number of tables", UINT32_MAX, &id))
		return -EINVAL;
	for (unsigned i = 0; i < p->log->nr_tables; i++) {
		if (p->log->id[i] == id) {
			*out = i;
			return 0;
		}
	}
	vmsa_log_bad(p->log, p->err, "no tables of that number");
	return -EINVAL;
}

static int choose_tables(struct parser *p)
{
	unsigned tables;
	uint32_t source;
	int rc = find_tables(p, &tables);

	if (!rc)
		rc = finish(p, &source);
	if (!rc)
		p->log->tables = tables;
	return rc;
}

static int operation(struct parser *p)
{
	struct vmsa_check_operation *o = &p->item->u.operation;
	const int rc = name(p, &o->name);
	struct piece w;

	if (rc)
		return rc;
	o->flags = 0;
	for (w = vmsa_log_word(&p->line); w.n; w = vmsa_log_word(&p->line)) {
		if (vmsa_log_is_word(w, "lazy"))
			o->flags |= VMSA_CHECK_NO_PROMISE;
		else if (vmsa_log_is_word(w, "alone"))
			o->flags |= VMSA_CHECK_ALONE;
		else
			return bad(p, "expected lazy or alone", w);
	}
	p->item->kind = VMSA_LOG_OPERATION;
	return 1;
}

/* ID [asid=N] [cnp] */
static int ttbr(struct parser *p)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_TTBR,
				.u.ttbr.asid = VMSA_EVENT_OWN_ASID };
	unsigned tables;
	struct piece w;
	int rc = find_tables(p, &tables);

	if (rc)
		return rc;
	for (w = vmsa_log_word(&p->line); w.n; w = vmsa_log_word(&p->line)) {
		struct piece asid = { w.p + 5, w.n - 5 };
		uint64_t n;

		if (vmsa_log_is_word(w, "cnp"))
			e.u.ttbr.cnp = true;
		else if (w.n > 5 && !memcmp(w.p, "asid=", 5) &&
			 vmsa_log_number(asid, &n) && n <= UINT16_MAX)
			e.u.ttbr.asid = (uint32_t)n;
		else
			return bad(p, "expected asid=0..65535 or cnp", w);
	}
	rc = event(p, &e);
	p->item->tables = tables;
	return rc;
}

/* --- the word a line starts with ----------------------------------------- */

static int parse_rare(struct parser *p, struct piece w)
{
	if (vmsa_log_is_word(w, "ttbr"))
		return ttbr(p);
	if (vmsa_log_is_word(w, "begin"))
		return mark(p, VMSA_EVENT_BEGIN);
	if (vmsa_log_is_word(w, "end"))
		return mark(p, VMSA_EVENT_END);
	if (vmsa_log_is_word(w, "pe"))
		return choose_pe(p);
	if (vmsa_log_is_word(w, "in"))
		return choose_tables(p);
	if (vmsa_log_is_word(w, "init"))
		return init(p);
	if (vmsa_log_is_word(w, "operation"))
		return operation(p);
	if (vmsa_log_is_word(w, "machine"))
		return vmsa_log_parse_machine(p->log, p->line, p->item, p->err);
	if (vmsa_log_is_word(w, "tables"))
		return vmsa_log_parse_tables(p->log, p->line, p->item, p->err);
	return bad(p, "expected an event", w);
}

int vmsa_log_parse_line(struct vmsa_log *log, struct piece line,
			struct vmsa_log_item *item, struct vmsa_error *err)
{
	struct parser p = { log, line, item, err };
	const struct piece w = vmsa_log_word(&p.line);

	if (!w.n)
		return p.line.n && *p.line.p == '@'
			       ? bad(&p, "expected an event", p.line)
			       : 0;
	if (vmsa_log_is_word(w, "store"))
		return store(&p, VMSA_EVENT_STORE);
	if (vmsa_log_is_word(w, "dsb") || vmsa_log_is_word(w, "isb") ||
	    vmsa_log_is_word(w, "dmb"))
		return barrier(&p, w);
	if (vmsa_log_is_word(w, "tlbi"))
		return tlbi(&p);
	if (vmsa_log_is_word(w, "fill"))
		return store(&p, VMSA_EVENT_FILL);
	if (vmsa_log_is_word(w, "alloc"))
		return table(&p, VMSA_EVENT_TABLE_ALLOC);
	if (vmsa_log_is_word(w, "free"))
		return table(&p, VMSA_EVENT_TABLE_FREE);
	return parse_rare(&p, w);
}
