/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_check.c - a log, read into a checker
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bbm/check.h"
#include "bbm/log.h"
#include "error.h"

/* A checker is made when the first tables come: the machine is known then. */
struct run {
	struct vmsa_log *log;
	struct vmsa_checker_config config;
	struct vmsa_check_operation *operations;
	size_t nr_operations;
	struct vmsa_checker *checker;
	struct vmsa_error *err;
};

static int add_operation(struct run *r, const struct vmsa_check_operation *o)
{
	struct vmsa_check_operation *grown =
		realloc(r->operations, (r->nr_operations + 2) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	r->operations = grown;
	grown[r->nr_operations++] = *o;
	grown[r->nr_operations] = (struct vmsa_check_operation){ 0 };
	return 0;
}

static int need_checker(struct run *r)
{
	/* The caller's come after the log's. */
	const struct vmsa_check_operation *o = r->config.operations;

	if (r->checker)
		return 0;
	for (; o && o->name; o++) {
		const int rc = add_operation(r, o);

		if (rc)
			return rc;
	}
	r->config.operations = r->operations;
	return vmsa_checker_create(&r->config, &r->checker);
}

static int add_tables(struct run *r, const struct vmsa_log_item *item)
{
	unsigned id;
	const int rc = need_checker(r);

	return rc ? rc : vmsa_checker_add(r->checker, &item->u.tables, &id);
}

/* The reader's own: it belongs to the event that comes next. */
static int add_finding(struct run *r, const struct vmsa_log_item *item)
{
	struct vmsa_check_finding f = item->u.finding;
	const int rc = need_checker(r);

	if (rc)
		return rc;
	vmsa_checker_source(r->checker, item->source);
	r->checker->pe = f.here.pe;
	vmsa_check_report(r->checker, NULL, &f);
	return 0;
}

static int set_machine(struct run *r, const struct vmsa_log_item *item)
{
	if (r->checker)
		return vmsa_log_bad(r->log, r->err,
				    "\"machine\" comes before \"tables\"");
	if (!r->log->has_bbm)
		r->config.bbm = item->u.machine.bbm;
	r->config.bbm_alone = item->u.machine.bbm_alone;
	r->config.pes = item->u.machine.pes;
	r->config.ha = item->u.machine.ha && !r->log->no_updates;
	r->config.hd = item->u.machine.hd && !r->log->no_updates;
	r->config.ets2 = item->u.machine.ets2;
	if (!r->log->has_repeat)
		r->config.tlbi_repeat = item->u.machine.tlbi_repeat;
	return 0;
}

/* The checker takes no notice of an end without a begin; a typo would pass. */
static int check_end(const struct run *r, const struct vmsa_event *e)
{
	const struct vmsa_checker *c = r->checker;

	for (unsigned i = 0; i < c->nr_operations; i++)
		if (c->operations[i].pe == e->pe &&
		    !strcmp(c->operations[i].name, e->u.name))
			return 0;
	return vmsa_log_bad(r->log, r->err,
			    "PE %u ends \"%s\", which it did not begin", e->pe,
			    e->u.name);
}

static int take_event(struct run *r, const struct vmsa_log_item *item)
{
	if (item->u.event.kind == VMSA_EVENT_END &&
	    check_end(r, &item->u.event))
		return -EINVAL;
	vmsa_checker_source(r->checker, item->source);
	vmsa_checker_event(r->checker, item->tables, &item->u.event);
	return 0;
}

static int take(struct run *r, const struct vmsa_log_item *item)
{
	switch (item->kind) {
	case VMSA_LOG_TABLES:
		return add_tables(r, item);
	case VMSA_LOG_MACHINE:
		return set_machine(r, item);
	case VMSA_LOG_OPERATION:
		if (r->checker)
			return vmsa_log_bad(
				r->log, r->err,
				"\"operation\" comes before \"tables\"");
		return add_operation(r, &item->u.operation);
	case VMSA_LOG_FINDING:
		return add_finding(r, item);
	case VMSA_LOG_EVENT:
	default:
		return take_event(r, item);
	}
}

void vmsa_log_assume_bbm(struct vmsa_log *log, unsigned bbm)
{
	log->has_bbm = true;
	log->bbm = bbm;
}

void vmsa_log_assume_repeat(struct vmsa_log *log, unsigned repeat)
{
	log->has_repeat = true;
	log->repeat = repeat;
}

void vmsa_log_assume_no_updates(struct vmsa_log *log)
{
	log->no_updates = true;
}

int vmsa_log_check(struct vmsa_log *log,
		   const struct vmsa_checker_config *config,
		   struct vmsa_checker_stats *stats, struct vmsa_error *err)
{
	struct run r = { .log = log, .config = *config, .err = err };
	struct vmsa_checker_stats found = { 0 };
	struct vmsa_log_item item;
	int rc;

	if (log->has_bbm)
		r.config.bbm = log->bbm;
	if (log->has_repeat)
		r.config.tlbi_repeat = log->repeat;
	while ((rc = vmsa_log_next(log, &item, err)) > 0) {
		rc = take(&r, &item);
		if (rc)
			break;
	}
	/* Traces of casemate may have no tree; our logs tell of one. */
	if (!rc && !r.checker && !log->sexp)
		rc = vmsa_error_at(err, log->name, NULL, 0, -ENODATA,
				   "there are no tables in it to check");
	if (r.checker) {
		vmsa_checker_stats(r.checker, &found);
		if (!rc)
			rc = vmsa_checker_finish(r.checker);
	}
	vmsa_checker_destroy(r.checker);
	free(r.operations);
	if (!rc)
		*stats = found;
	return rc;
}
