/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_end.c - what has to be so when a named operation ends
 *
 * Old translations are gone, new ones are visible, and the PE that did it has
 * synchronised its context (T5, T6).
 */
#include "bbm/check.h"

/* One record, from its slot on that is not as it should be. */
struct leftover {
	struct vmsa_checker *c;
	const struct context *x;
	const struct operation *op;
	struct stale *r;
	struct entry old; /* one slot of it */
	struct entry now; /* what is in its place */
};

/* Does a leaf that is gone from the tables translate as they do now? */
static bool is_leaf_stale(struct leftover *l)
{
	const vmsa_va last =
		l->old.va +
		(vmsa_level_span(&l->x->t.geometry, l->old.level) - 1);
	const struct vmsa_leaf old = { l->old.desc, l->old.level };
	vmsa_va va = l->old.va;

	for (;;) {
		struct vmsa_leaf now;
		uint64_t span;

		if (vmsa_check_lookup(l->c, l->x, va, VMSA_MAX_LEVEL, &l->now))
			return false;
		now = (struct vmsa_leaf){ l->now.desc, l->now.level };
		if (!vmsa_check_is_leaf(l->x, now.level, now.desc) ||
		    !vmsa_check_alike(l->x, va, old, now))
			return true;
		span = vmsa_level_span(&l->x->t.geometry, now.level);
		if (last - va < span - (va & (span - 1)))
			return false;
		va = (va & ~(span - 1)) + span;
	}
}

/*
 * Another table in its place is as stale as none: a walk cache that holds the
 * old one leads to it.  Access flag and software bits lead nowhere.
 */
static bool is_table_stale(struct leftover *l)
{
	const vmsa_desc ignore = VMSA_TABLE_AF | VMSA_DESC_SOFTWARE;

	if (vmsa_check_lookup(l->c, l->x, l->old.va, l->old.level, &l->now))
		return false;
	return l->now.level != l->old.level ||
	       (l->now.desc ^ l->old.desc) & ~ignore;
}

static void report_leftover(const struct leftover *l)
{
	const uint64_t span = vmsa_level_span(&l->x->t.geometry, l->old.level);
	const struct stale *r = l->r;
	struct vmsa_check_finding f = {
		.rule = VMSA_CHECK_STALE,
		.at = l->now.at,
		.first = l->old.va,
		.last = l->old.va + (span - 1),
		.level = l->old.level,
		.old = l->old.desc,
		.desc = l->now.desc,
	};

	vmsa_check_blame(l->x, r, &f);
	vmsa_check_report(l->c, l->x, &f);
}

/* The first slot of a record that is stale stands for all. */
static void judge_leftover(struct leftover *l, const struct stale_set *s)
{
	const struct stale *r = l->r;
	const int level = vmsa_check_set_level(s);
	const uint64_t span = vmsa_level_span(&l->x->t.geometry, level);
	const bool table = vmsa_check_set_is_tables(s);

	for (unsigned i = 0; i < r->count; i++) {
		l->old = (struct entry){
			.desc = r->old + i * span,
			.va = vmsa_check_set_va(l->c, s) +
			      (uint64_t)(r->index + i) * span,
			.level = (int8_t)level,
			.count = 1,
		};
		if (table ? is_table_stale(l) : is_leaf_stale(l)) {
			report_leftover(l);
			l->r->told = true;
			return;
		}
	}
}

static void judge_set(struct vmsa_checker *c, const struct operation *op,
		      struct stale_set *s)
{
	struct leftover l = { .c = c,
			      .x = vmsa_check_set_context(c, s),
			      .op = op };

	for (uint32_t i = 0; i < s->n; i++) {
		l.r = &stale_of(s)[i];
		if (l.r->changed >= op->begun && !l.r->told)
			judge_leftover(&l, s);
	}
}

/*
 * One finding of the three: an ISB is worth nothing before the DSB that makes
 * its PE's stores visible, so the later ones follow from the first.
 */
static void judge_pe(struct vmsa_checker *c, const struct context *x,
		     const struct operation *op)
{
	struct pe_state *pe = check_pe(c);
	struct vmsa_check_finding f = { .cause = { pe->made, 0, c->pe } };

	if (pe->made > op->begun && pe->visible < pe->made) {
		f.rule = VMSA_CHECK_INVISIBLE;
		f.first = pe->made_va;
		f.last = pe->made_va;
		vmsa_check_report(c, x, &f);
		pe->made = 0;
	} else if (pe->changed > op->begun && pe->synced < pe->changed &&
		   !c->config.ets2) {
		f.rule = VMSA_CHECK_UNSYNCED;
		f.cause.event = pe->changed;
		vmsa_check_report(c, x, &f);
		pe->changed = 0;
	} else if (pe->turned > op->begun && pe->synced < pe->turned) {
		/* FEAT_ETS2 is about stores, not about registers. */
		f.rule = VMSA_CHECK_UNSYNCED;
		f.cause.event = pe->turned;
		vmsa_check_report(c, x, &f);
		pe->turned = 0;
	}
}

void vmsa_check_end(struct vmsa_checker *c, const struct context *x,
		    const struct operation *op)
{
	for (size_t i = op->touched; i < c->touched.n; i++) {
		struct stale_set *s = vmsa_check_listed(c, c->touched.ref[i]);

		if (s)
			judge_set(c, op, s);
	}
	judge_pe(c, x, op);
	vmsa_check_turned(c, op);
	vmsa_check_settle(c, op);
}
