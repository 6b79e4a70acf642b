/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * findings.c - what the checker found, as text or JSON
 */
#include "findings.h"

#include <inttypes.h>

#include "say.h"

static void write_ref(const struct findings *f, const char *key,
		      const struct vmsa_check_ref *ref)
{
	if (!ref->event)
		return;
	doc_object(f->doc, key);
	doc_count(f->doc, "event", (int64_t)ref->event);
	doc_count(f->doc, "pe", ref->pe);
	if (f->source && ref->source)
		doc_text(f->doc, "source", f->source(f->arg, ref->source));
	doc_end(f->doc);
}

static void write_needs(struct doc *d, unsigned needs)
{
	doc_array(d, "needs");
	for (unsigned i = 0; i < VMSA_BBM_NR_RULES; i++) {
		if (needs & 1u << i)
			doc_text(d, NULL,
				 vmsa_bbm_rule_name(
					 (enum vmsa_bbm_rule)(1u << i)));
	}
	doc_end(d);
}

/* Members that mean nothing are left out. */
static void write_place(struct doc *d, const struct vmsa_check_finding *v)
{
	const enum vmsa_check_place place = vmsa_check_place(v);

	doc_count(d, "tables", v->tables);
	if (place == VMSA_CHECK_DESCRIPTOR)
		doc_count(d, "level", v->level);
	if (place == VMSA_CHECK_DESCRIPTOR || place == VMSA_CHECK_FRAME)
		doc_hex(d, "at", v->at);
	if (place == VMSA_CHECK_DESCRIPTOR || place == VMSA_CHECK_ADDRESSES) {
		doc_hex(d, "first", v->first);
		doc_hex(d, "last", v->last);
	}
	if (place == VMSA_CHECK_DESCRIPTOR) {
		doc_hex(d, "old", v->old);
		doc_hex(d, "desc", v->desc);
	}
}

static void write_finding(const struct findings *f,
			  const struct vmsa_check_finding *v)
{
	struct doc *d = f->doc;

	doc_object(d, NULL);
	doc_text(d, "verdict", vmsa_check_verdict_name(v->verdict));
	doc_text(d, "rule", vmsa_check_rule_name(v->rule));
	doc_text(d, "tag", vmsa_check_tag(v));
	doc_text(d, "text", vmsa_check_rule_text(v->rule));
	if (v->needs)
		write_needs(d, v->needs);
	write_place(d, v);
	doc_text(d, "operation", v->operation);
	if (f->line)
		doc_count(d, "line", (int64_t)f->line(f->arg));
	write_ref(f, "here", &v->here);
	write_ref(f, "cause", &v->cause);
	write_ref(f, "tlbi", &v->tlbi);
	if (v->cause.event && (v->old || v->tlbi.event))
		doc_text(d, "why", vmsa_check_why_text(v->why));
	doc_text(d, "remedy", vmsa_check_remedy(v));
	doc_end(d);
}

void findings_add(void *arg, const struct vmsa_check_finding *finding)
{
	struct findings *f = arg;

	if (f->n >= f->show) {
		f->n++;
		return;
	}
	if (f->doc) {
		write_finding(f, finding);
	} else {
		if (f->line)
			printf("%s:%" PRIu64 ": ", f->file, f->line(f->arg));
		vmsa_check_print(stdout, finding, f->source, f->arg);
	}
	f->n++;
}

void findings_write(const struct findings *f,
		    const struct vmsa_checker_stats *stats)
{
	const uint64_t shown = f->n < f->show ? f->n : f->show;
	struct doc *d = f->doc;
	uint64_t all = 0;

	doc_count(d, "events", (int64_t)stats->events);
	for (int v = 0; v < VMSA_CHECK_NR_VERDICTS; v++)
		doc_count(d,
			  vmsa_check_verdict_name((enum vmsa_check_verdict)v),
			  (int64_t)stats->verdicts[v]);
	for (int v = 0; v < VMSA_CHECK_NR_VERDICTS; v++)
		all += stats->verdicts[v];
	doc_count(d, "not_shown", (int64_t)(all - shown));
}

void findings_sum(const char *what, const struct vmsa_checker_stats *stats)
{
	printf("%s: %" PRIu64 " events, %" PRIu64 " violations, %" PRIu64
	       " unknown, %" PRIu64 " lint\n",
	       what, stats->events, stats->verdicts[VMSA_CHECK_VIOLATION],
	       stats->verdicts[VMSA_CHECK_UNKNOWN],
	       stats->verdicts[VMSA_CHECK_LINT]);
}

int findings_exit(const struct vmsa_checker_stats *stats)
{
	return stats->verdicts[VMSA_CHECK_VIOLATION] ? EXIT_NO : EXIT_DONE;
}
