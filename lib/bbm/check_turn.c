/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_turn.c - a PE turns to other tables
 *
 * What its TLB may hold of those it had is compared with what the new ones
 * say, under the tags that match: leaves of the same ASID and global ones, and
 * table descriptors of the same ASID, as those are never global.  Two of them
 * for one address are what break-before-make is there to prevent (R_WHZWS).
 */
#include "bbm/check.h"

/* New tables, and old ones that a PE may hold entries of. */
struct turn {
	struct vmsa_checker *c;
	const struct context *from, *to;
	const struct use *old;
	bool same_tag; /* not only global leaves match */
	bool ended;    /* at an operation's end: any difference counts */
	struct vmsa_check_finding leaf, table;
	bool has_leaf, has_table;
};

static void note(const struct turn *t, struct vmsa_check_finding *f,
		 const struct entry *old, const struct entry *new)
{
	const struct use *u = t->old;
	const uint64_t span = vmsa_level_span(&t->from->t.geometry, old->level);

	*f = (struct vmsa_check_finding){
		.rule = t->ended ? VMSA_CHECK_STALE : VMSA_CHECK_SWITCH,
		.at = new->at,
		.first = old->va,
		.last = old->va + (span - 1),
		.level = new->level,
		.old = old->desc,
		.desc = new->desc,
		.cause = { u->since, u->source[0], u->pe },
		.tlbi = { u->tlbi, u->source[1], u->tlbi_pe },
		.why = u->state == USE_LEAVING ? VMSA_WHY_NO_ISB
					       : (enum vmsa_check_why)u->why,
	};
}

static enum vmsa_check_verdict verdict_of(const struct turn *t,
					  const struct clash *clash)
{
	if (!clash->cached && !t->c->config.ha)
		return VMSA_CHECK_LINT;
	return clash->needs == VMSA_BBM_CONTENTS ? VMSA_CHECK_UNKNOWN
						 : VMSA_CHECK_VIOLATION;
}

/* --- one entry of the old tables ----------------------------------------- */

/* Would an access see that a leaf is the old tables' one? */
static bool is_stale(const struct turn *t, const struct entry *old,
		     const struct entry *new)
{
	const struct vmsa_leaf a = { old->desc, old->level };
	const struct vmsa_leaf b = { new->desc, new->level };

	return !vmsa_check_is_leaf(t->to, new->level, new->desc) ||
	       !vmsa_check_alike(t->to, old->va, a, b);
}

static void judge_leaf(struct turn *t, const struct entry *old)
{
	const bool global = !(old->desc & VMSA_LEAF_NG);
	const struct vmsa_cached entry =
		vmsa_check_cached(t->from, t->old, old, false);
	struct clash clash = { 0 };
	struct entry new;

	if (t->has_leaf || !(t->same_tag || global) ||
	    !(old->desc & VMSA_LEAF_AF || t->c->config.ha) ||
	    vmsa_check_is_flushed(t->c, t->old, &entry) ||
	    vmsa_check_lookup(t->c, t->to, old->va, old->level, &new))
		return;
	if (t->ended) {
		t->has_leaf = is_stale(t, old, &new);
		if (t->has_leaf)
			note(t, &t->leaf, old, &new);
		return;
	}
	vmsa_check_compare(t->c, t->to, old, &new, &clash);
	if (!clash.needs)
		return;
	note(t, &t->leaf, old, &new);
	t->leaf.needs = clash.needs;
	t->leaf.first = clash.va;
	t->leaf.last = clash.last;
	t->leaf.verdict = verdict_of(t, &clash);
	t->has_leaf = true;
}

/* A walk may go on in the old table where the new tables have another. */
static void judge_table(struct turn *t, const struct entry *old)
{
	const struct vmsa_geometry *g = &t->to->t.geometry;
	const struct vmsa_cached entry =
		vmsa_check_cached(t->from, t->old, old, true);
	struct entry new;

	if (t->has_table || t->ended || !t->same_tag ||
	    vmsa_check_is_flushed(t->c, t->old, &entry) ||
	    vmsa_check_lookup(t->c, t->to, old->va, old->level, &new) ||
	    new.level != old->level ||
	    vmsa_check_type(t->to, new.level, new.desc) !=
		    VMSA_DESC_TYPE_TABLE ||
	    vmsa_desc_oa(g, new.desc) == vmsa_desc_oa(g, old->desc))
		return;
	note(t, &t->table, old, &new);
	t->has_table = true;
}

/* --- all of them --------------------------------------------------------- */

/*
 * The old tables as they are in memory: what they said before, and a TLB may
 * hold, has records, see judge_records().
 */
static void judge_below(struct turn *t, vmsa_pa table, int level, vmsa_va va)
{
	const struct vmsa_geometry *g = &t->from->t.geometry;
	const bool root = level == g->start_level;
	const uint64_t n = (root ? vmsa_root_bytes(g) : vmsa_granule(g)) /
			   sizeof(vmsa_desc);

	for (uint64_t i = 0; i < n && !t->has_leaf; i++) {
		struct entry e = { .va = va + i * vmsa_level_span(g, level),
				   .at = table + i * sizeof(vmsa_desc),
				   .level = (int8_t)level,
				   .count = 1 };

		if (vmsa_check_read(t->c, t->from, e.at, &e.desc))
			return;
		if (vmsa_check_is_leaf(t->from, level, e.desc)) {
			judge_leaf(t, &e);
		} else if (vmsa_check_type(t->from, level, e.desc) ==
			   VMSA_DESC_TYPE_TABLE) {
			judge_table(t, &e);
			judge_below(t, vmsa_desc_oa(g, e.desc), level + 1,
				    e.va);
		}
	}
}

/* Records are of leaves that were taken away and of tables unhooked. */
static void judge_record(struct turn *t, const struct stale_set *s,
			 const struct stale *r)
{
	const int level = vmsa_check_set_level(s);
	const uint64_t span = vmsa_level_span(&t->from->t.geometry, level);

	for (unsigned i = 0; i < r->count && !t->has_leaf; i++) {
		const struct entry e = {
			.desc = r->old + i * span,
			.va = vmsa_check_set_va(t->c, s) +
			      (uint64_t)(r->index + i) * span,
			.level = (int8_t)level,
			.count = 1,
		};

		if (vmsa_check_set_is_tables(s))
			judge_table(t, &e);
		else
			judge_leaf(t, &e);
	}
}

static void judge_set(void *arg, struct stale_set *s)
{
	struct turn *t = arg;
	const uint64_t pe = t->old->pe < 64 ? UINT64_C(1) << t->old->pe : 0;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct stale *r = &stale_of(s)[i];

		/* This PE's own TLB is rid of it. */
		if (!(r->local & pe))
			judge_record(t, s, r);
	}
}

static vmsa_va first_va(const struct context *x)
{
	return x->t.upper ? ~UINT64_C(0) << x->t.geometry.va_bits : 0;
}

static void judge_records(struct turn *t)
{
	const vmsa_va first = first_va(t->from);
	struct reach reach = {
		.first = first,
		.last = first +
			((UINT64_C(1) << t->from->t.geometry.va_bits) - 1),
	};

	for (reach.layer = 0; reach.layer < NR_LAYERS; reach.layer++) {
		if (t->from->sets[reach.layer])
			vmsa_check_each_set(t->c, t->from, &reach, judge_set,
					    t);
	}
}

static bool is_same_asid(uint32_t a, uint32_t b)
{
	return a == b || a == VMSA_CHECK_ANY_ASID || b == VMSA_CHECK_ANY_ASID;
}

/* Do entries of one match while the other is in the register? */
static bool match(const struct context *a, const struct context *b)
{
	return a->t.regime == b->t.regime && a->t.upper == b->t.upper &&
	       (a->t.regime == VMSA_CHECK_EL2 || a->t.vmid == b->t.vmid) &&
	       a->t.geometry.granule_shift == b->t.geometry.granule_shift &&
	       a->t.geometry.format == b->t.geometry.format;
}

static void judge_use(struct vmsa_checker *c, const struct context *x,
		      const struct use *new, struct use *old, bool ended)
{
	struct turn t = { .c = c,
			  .from = c->contexts[old->tables],
			  .to = x,
			  .old = old,
			  .ended = ended };

	if (!match(t.from, x))
		return;
	/* EL2 and stage 2 have no ASID: everything matches (D8.16). */
	t.same_tag = x->t.regime != VMSA_CHECK_EL1 ||
		     is_same_asid(old->asid, new->asid);
	judge_records(&t);
	judge_below(&t, t.from->t.root, t.from->t.geometry.start_level,
		    first_va(t.from));
	old->told = t.has_leaf || t.has_table;
	if (old->told)
		vmsa_check_report(c, x, t.has_leaf ? &t.leaf : &t.table);
}

/* --- tables that nobody walks yet ---------------------------------------- */

bool vmsa_check_is_unused(const struct vmsa_checker *c, const struct context *x)
{
	return x->t.idle && vmsa_check_use_state(c, x) == USE_GONE;
}

/* Memory like any other, but for who has which table. */
void vmsa_check_store_unused(struct vmsa_checker *c, struct context *x,
			     const struct entry *old, const struct entry *new)
{
	const struct vmsa_geometry *g = &x->t.geometry;
	const struct loose t = { .pa = vmsa_desc_oa(g, old->desc),
				 .written = c->now,
				 .va = old->va,
				 .source = c->source,
				 .pe = c->pe,
				 .tables = x->id,
				 .level = (int8_t)(old->level + 1),
				 .unhooked = true };

	x->written = (struct vmsa_check_ref){ c->now, c->source, c->pe };
	if (old->desc == new->desc)
		return;
	if (vmsa_check_type(x, old->level, old->desc) == VMSA_DESC_TYPE_TABLE)
		vmsa_check_add_loose(c, &t);
	if (vmsa_check_type(x, new->level, new->desc) == VMSA_DESC_TYPE_TABLE)
		vmsa_check_link(c, x, new);
}

/* The walker may come before what was written is there to be seen (T1). */
static void judge_visible(struct vmsa_checker *c, struct context *x)
{
	struct vmsa_check_finding f = { .rule = VMSA_CHECK_UNPUBLISHED,
					.at = x->t.root,
					.level = x->t.geometry.start_level,
					.cause = x->written };

	const struct pe_state *pe = &c->pes[x->written.pe];
	const uint64_t visible =
		x->written.pe == c->pe ? pe->visible_own : pe->visible;

	if (x->written.event && visible < x->written.event)
		vmsa_check_report(c, x, &f);
	x->written.event = 0;
}

/* --- when it turns ------------------------------------------------------- */

/* PEs with CnP = 1 share their TLBs: an ASID is one tree's (D8.16). */
static void judge_common(struct vmsa_checker *c, const struct context *x,
			 const struct use *new, const struct use *other)
{
	const struct context *y = c->contexts[other->tables];
	struct vmsa_check_finding f = {
		.rule = VMSA_CHECK_ID,
		.at = x->t.root,
		.cause = { other->since, other->source[0], other->pe }
	};

	if (other->cnp && other->state >= USE_LEAVING && match(x, y) &&
	    y->t.root != x->t.root && is_same_asid(new->asid, other->asid))
		vmsa_check_report(c, x, &f);
}

void vmsa_check_turn(struct vmsa_checker *c, struct context *x,
		     const struct use *new)
{
	judge_visible(c, x);
	for (size_t i = 0; i < c->nr_uses; i++) {
		struct use *u = &c->uses[i];

		if (u == new)
			continue;
		if (u->pe != new->pe &&new->cnp)
			judge_common(c, x, new, u);
		else if (u->pe == new->pe &&
			 (u->state == USE_LEFT || u->state == USE_LEAVING))
			judge_use(c, x, new, u, false);
	}
}

/* An operation turned to other tables, and ends. */
void vmsa_check_turned(struct vmsa_checker *c, const struct operation *op)
{
	for (size_t i = 0; i < c->nr_uses; i++) {
		const struct use *new = &c->uses[i];

		if (new->pe != c->pe || new->state != USE_WALKED ||
		    new->since <= op->begun)
			continue;
		for (size_t k = 0; k < c->nr_uses; k++) {
			struct use *old = &c->uses[k];

			if (old->pe == c->pe && old->state == USE_LEFT &&
			    !old->told)
				judge_use(c, c->contexts[new->tables], new, old,
					  true);
		}
	}
}
