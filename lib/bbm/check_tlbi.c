/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_tlbi.c - how stale translations go away
 *
 * A TLBI counts for a record if the store is visible before it (T3), if it
 * must remove the entry, and if it reaches every PE; it is complete with a DSB
 * of the PE that did it (T4).  Stage 2 goes in two steps: by IPA, then what
 * combines both stages.
 */
#include "bbm/check.h"

#include <string.h>

/* One TLBI as it concerns the tables of one context. */
struct flush {
	struct vmsa_checker *c;
	const struct context *x;      /* whose records */
	struct vmsa_invalidation inv; /* the operation */
	enum vmsa_tlbi_scope scope;
	enum vmsa_check_why why; /* it obliges nobody */
};

static enum vmsa_check_why why_still(const struct context *x,
				     const struct stale *r)
{
	switch (r->state) {
	case STALE_HELD:
		if (r->tlbi)
			return (enum vmsa_check_why)r->why;
		return x->tlbi.event > r->stored ? VMSA_WHY_ADDRESS
						 : VMSA_WHY_NO_TLBI;
	case STALE_GONE_S2:
		return r->rounds ? VMSA_WHY_REPEAT : VMSA_WHY_COMBINED;
	default:
		return VMSA_WHY_NO_DSB;
	}
}

void vmsa_check_blame(const struct context *x, const struct stale *r,
		      struct vmsa_check_finding *f)
{
	f->cause = (struct vmsa_check_ref){ r->stored, r->source[0], r->pe };
	f->why = why_still(x, r);
	if (f->why == VMSA_WHY_ADDRESS)
		f->tlbi = x->tlbi;
	else
		f->tlbi = (struct vmsa_check_ref){ r->tlbi, r->source[1],
						   r->tlbi_pe };
}

/* --- does it count? ------------------------------------------------------ */

static enum vmsa_cached_kind kind_of(const struct context *x, bool table)
{
	if (x->t.regime == VMSA_CHECK_STAGE2)
		return table ? VMSA_CACHED_S2_TABLE : VMSA_CACHED_S2_LEAF;
	return table ? VMSA_CACHED_TABLE : VMSA_CACHED_LEAF;
}

/* The entry a TLB may have made of a record; addresses always match. */
static struct vmsa_cached cached_of(const struct flush *f,
				    const struct stale_set *s,
				    const struct stale *r)
{
	const struct vmsa_check_tables *t = &f->x->t;
	const bool table = vmsa_check_set_is_tables(s);
	const bool any = t->asid == VMSA_CHECK_ANY_ASID;

	return (struct vmsa_cached){
		.kind = kind_of(f->x, table),
		.el2 = t->regime == VMSA_CHECK_EL2,
		.global = !table && !(r->old & VMSA_LEAF_NG),
		/* One that the TLBI does not name is among them. */
		.asid = any ? (uint16_t)(f->inv.target.asid + 1u)
			    : (uint16_t)t->asid,
		.vmid = t->vmid,
		.level = (int8_t)vmsa_check_set_level(s),
		.first = f->inv.target.first,
		.last = f->inv.target.last,
	};
}

static bool is_stage2_all(enum vmsa_tlbi_op op)
{
	return op == VMSA_TLBI_VMALLS12E1 || op == VMSA_TLBI_ALLE1;
}

static bool removes_combined(const struct flush *f)
{
	return f->inv.vmid == f->x->t.vmid &&
	       (f->inv.op == VMSA_TLBI_VMALLE1 || is_stage2_all(f->inv.op));
}

/* The state a TLBI that counts leads to; its own state if it does not. */
static enum stale_state next_state(const struct flush *f,
				   const struct stale_set *s,
				   const struct stale *r)
{
	const struct vmsa_cached entry = cached_of(f, s, r);

	/*
	 * As long as the stage 2 entry is held, combined ones can be made from
	 * it again: a TLBI of stage 1 counts from when the one by IPA is
	 * complete, and is wasted before.
	 */
	if (r->state == STALE_GONE_S2)
		return removes_combined(f) ? STALE_GOING : STALE_GONE_S2;
	if (r->state != STALE_HELD || !vmsa_tlbi_removes(&f->inv, &entry))
		return (enum stale_state)r->state;
	if (f->x->t.regime != VMSA_CHECK_STAGE2 || is_stage2_all(f->inv.op))
		return STALE_GOING;
	return STALE_GOING_S2;
}

/* Does it take any leaf of a kind that has the tags of these tables? */
static bool takes(const struct flush *f, enum vmsa_cached_kind kind)
{
	const struct vmsa_tlbi_target *t = &f->inv.target;
	const struct vmsa_cached leaf = {
		.kind = kind,
		.asid = t->asid,
		.vmid = f->x->t.vmid,
		.level = t->level == VMSA_TLBI_ANY_LEVEL ? VMSA_MAX_LEVEL
							 : t->level,
		.first = t->first,
		.last = t->last,
	};

	return vmsa_tlbi_removes(&f->inv, &leaf);
}

/* Is it for the other stage, of the same VM? */
static bool is_other_stage(const struct flush *f)
{
	const bool stage1 = takes(f, VMSA_CACHED_LEAF);
	const bool stage2 = takes(f, VMSA_CACHED_S2_LEAF);

	if (f->x->t.regime == VMSA_CHECK_EL2)
		return false;
	return f->x->t.regime == VMSA_CHECK_STAGE2 ? stage1 && !stage2
						   : stage2 && !stage1;
}

/*
 * Why an operation that meets a record leaves it, in words for the report.  In
 * the order in which one would look: one of another stage is wrong whatever it
 * says, a last-level operation for a table whatever its hint is, a hint
 * whatever its ASID is.
 */
static enum vmsa_check_why why_not(const struct flush *f,
				   const struct stale_set *s)
{
	const struct vmsa_tlbi_target *t = &f->inv.target;
	const int level = vmsa_check_set_level(s);
	const bool table = vmsa_check_set_is_tables(s);

	if (is_other_stage(f))
		return VMSA_WHY_STAGE;
	if (table && t->last_level)
		return VMSA_WHY_LAST_LEVEL;
	if (t->level != VMSA_TLBI_ANY_LEVEL &&
	    (table ? level >= t->level : level != t->level))
		return VMSA_WHY_HINT;
	return VMSA_WHY_ASID;
}

/*
 * A TLBI before the store is visible may be followed by a walk that reads the
 * old descriptor and caches it again (T3).  The PE's own walker is bound by its
 * own DSB NSH, and a local TLBI is about no other.
 */
static bool is_visible(const struct flush *f, const struct stale *r)
{
	const struct pe_state *pe = &f->c->pes[r->pe];

	if (f->scope == VMSA_TLBI_LOCAL && r->pe == f->c->pe)
		return pe->visible_own > r->stored;
	return pe->visible > r->stored;
}

/* --- apply --------------------------------------------------------------- */

static void note(const struct flush *f, struct stale *r,
		 enum vmsa_check_why why)
{
	r->tlbi = f->c->now;
	r->source[1] = f->c->source;
	r->tlbi_pe = f->c->pe;
	r->scope = (uint8_t)f->scope;
	r->why = (uint8_t)why;
}

static void await_dsb(const struct flush *f, struct stale_set *s)
{
	if (s->pending)
		return;
	s->pending = true;
	vmsa_check_list(f->c, &f->c->pending, s);
}

/* One PE's own TLB is one bit; it takes all of them. */
static void apply_locally(const struct flush *f, struct stale_set *s,
			  struct stale *r)
{
	note(f, r, VMSA_WHY_LOCAL);
	/*
	 * PEs beyond are not counted, so that nothing is taken for gone that
	 * might be held.
	 */
	if (f->c->pe < 64) {
		r->local_due |= UINT64_C(1) << f->c->pe;
		await_dsb(f, s);
	}
}

/* Slots @first to @last of the record at @at; the next record to look at. */
static uint32_t apply_record(const struct flush *f, struct stale_set *s,
			     uint32_t at, unsigned first, unsigned last)
{
	struct stale *r = stale_of(s) + at;
	const enum stale_state next = next_state(f, s, r);

	if (next == (enum stale_state)r->state) {
		if (next == STALE_HELD && !r->tlbi)
			note(f, r, why_not(f, s));
		return at + 1;
	}
	if (!is_visible(f, r)) {
		note(f, r, VMSA_WHY_EARLY);
		return at + 1;
	}
	r = vmsa_check_carve(f->c, s, first, last, &at);
	if (!r)
		return s->n;
	if (f->scope == VMSA_TLBI_LOCAL && f->c->config.pes != 1) {
		apply_locally(f, s, r);
		return at + 1;
	}
	r->state = (uint8_t)next;
	note(f, r, VMSA_WHY_NO_DSB);
	await_dsb(f, s);
	return at + 1;
}

/* Which slot of a set an address is in, clipped to the set. */
static unsigned slot_of(const struct flush *f, const struct stale_set *s,
			uint64_t address)
{
	const struct vmsa_geometry *g = &f->x->t.geometry;
	const unsigned shift = vmsa_level_shift(g, vmsa_check_set_level(s));
	const uint64_t n = UINT64_C(1) << vmsa_geometry_stride(g);
	const uint64_t mask = VMSA_BITS(55, 0);
	const uint64_t base = vmsa_check_set_va(f->c, s) & mask;

	address &= mask;
	if (address < base)
		return 0;
	address = (address - base) >> shift;
	if (address >= n)
		return (unsigned)n - 1;
	return (unsigned)address;
}

static void apply(void *arg, struct stale_set *s)
{
	const struct flush *f = arg;
	const unsigned first = slot_of(f, s, f->inv.target.first);
	const unsigned last = slot_of(f, s, f->inv.target.last);
	uint32_t at = 0;

	while (at < s->n) {
		const struct stale *r = stale_of(s) + at;

		if (r->index > last)
			return;
		if (r->index + r->count <= first)
			at++;
		else
			at = apply_record(f, s, at, first, last);
	}
}

/* A TLBI that obliges nobody is remembered for the report only. */
static void apply_nothing(void *arg, struct stale_set *s)
{
	const struct flush *f = arg;
	const unsigned first = slot_of(f, s, f->inv.target.first);
	const unsigned last = slot_of(f, s, f->inv.target.last);
	struct stale *r = stale_of(s);

	for (uint32_t i = 0; i < s->n; i++) {
		if (last >= r[i].index && first < r[i].index + r[i].count &&
		    r[i].state == STALE_HELD)
			note(f, &r[i], f->why);
	}
}

static void each_layer(struct flush *f, vmsa_stale_fn fn)
{
	struct reach reach = { .first = f->inv.target.first,
			       .last = f->inv.target.last };

	for (reach.layer = 0; reach.layer < NR_LAYERS; reach.layer++) {
		if (f->x->sets[reach.layer])
			vmsa_check_each_set(f->c, f->x, &reach, fn, f);
	}
}

static void judge_operand(struct vmsa_checker *c, const struct context *x,
			  const struct vmsa_tlbi *tlbi)
{
	struct vmsa_tlbi_target target;
	struct vmsa_tlbi_span span = { 0 };
	struct vmsa_check_finding f = { .rule = VMSA_CHECK_TLBI };
	const bool ds = x->t.geometry.format == VMSA_FORMAT_LPA2;

	if (vmsa_tlbi_target(tlbi, &x->t.geometry, &target) !=
	    VMSA_TLBI_UNPREDICTABLE)
		return;
	if (!vmsa_tlbi_span_decode(tlbi->operand, ds, &span)) {
		f.first = span.base;
		f.last = span.base + (vmsa_tlbi_span_bytes(&span) - 1);
	}
	f.level = (int8_t)span.ttl;
	vmsa_check_report(c, x, &f);
}

/* Secure EL2 has two IPA spaces; bit 63 says which one is meant. */
static bool is_other_space(const struct context *x,
			   const struct vmsa_tlbi *tlbi)
{
	const enum vmsa_tlbi_form form = vmsa_tlbi_form(tlbi->op);
	const bool ns = tlbi->operand >> 63;

	if (form != VMSA_TLBI_FORM_IPA && form != VMSA_TLBI_FORM_IPA_RANGE)
		return false;
	return x->t.ipa ==
	       (ns ? VMSA_CHECK_IPA_SECURE : VMSA_CHECK_IPA_NON_SECURE);
}

static void apply_context(struct flush *f, const struct vmsa_tlbi *tlbi)
{
	struct vmsa_tlbi_page page;
	const enum vmsa_tlbi_form form = vmsa_tlbi_form(tlbi->op);

	switch (vmsa_tlbi_target(tlbi, &f->x->t.geometry, &f->inv.target)) {
	case VMSA_TLBI_INVALIDATES:
		f->why = VMSA_WHY_SPACE;
		each_layer(f,
			   is_other_space(f->x, tlbi) ? apply_nothing : apply);
		break;
	case VMSA_TLBI_NOTHING:
		if (form != VMSA_TLBI_FORM_VA && form != VMSA_TLBI_FORM_IPA)
			break;
		vmsa_tlbi_page_decode(tlbi->op, tlbi->operand, &page);
		f->inv.target.first = page.address;
		f->inv.target.last = page.address;
		f->why = VMSA_WHY_NOTHING;
		each_layer(f, apply_nothing);
		break;
	default:
		break;
	}
}

void vmsa_check_tlbi(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_tlbi *tlbi)
{
	struct flush f;

	if (vmsa_tlbi_is_range(tlbi->op))
		judge_operand(c, x, tlbi);
	if (!c->nr_live)
		return;
	f = (struct flush){ .c = c,
			    .inv = { .op = tlbi->op, .vmid = x->t.vmid },
			    .scope = tlbi->scope };
	if (vmsa_tlbi_target(tlbi, &x->t.geometry, &f.inv.target) ==
	    VMSA_TLBI_INVALIDATES)
		x->tlbi = (struct vmsa_check_ref){ c->now, c->source, c->pe };
	for (unsigned i = 0; i < c->nr_contexts; i++) {
		f.x = c->contexts[i];
		apply_context(&f, tlbi);
	}
}

/* --- complete ------------------------------------------------------------ */

static bool is_scope_complete(const struct stale *r, unsigned completes)
{
	static const unsigned needs[] = {
		[VMSA_TLBI_LOCAL] = VMSA_COMPLETES_LOCAL_TLBI,
		[VMSA_TLBI_IS] = VMSA_COMPLETES_IS_TLBI,
		[VMSA_TLBI_OS] = VMSA_COMPLETES_OS_TLBI,
	};

	return completes & needs[r->scope];
}

static void complete_locally(const struct vmsa_checker *c, struct stale *r)
{
	const uint64_t bit = c->pe < 64 ? UINT64_C(1) << c->pe : 0;

	if (!(r->local_due & bit))
		return;
	r->local_due &= ~bit;
	r->local |= bit;
	/* Each PE did for itself what one broadcast does for all. */
	if ((unsigned)__builtin_popcountll(r->local) == c->config.pes)
		r->state = STALE_GONE;
}

/* One more TLBI and DSB, of as many as these PEs need of those for all. */
static void complete_step(const struct vmsa_checker *c, struct stale *r)
{
	const bool first = r->state == STALE_GOING_S2;

	if (r->scope != VMSA_TLBI_LOCAL && ++r->rounds < vmsa_check_repeat(c)) {
		r->state = r->second ? STALE_GONE_S2 : STALE_HELD;
		r->why = VMSA_WHY_REPEAT;
		return;
	}
	r->rounds = 0;
	r->second = first;
	r->state = first ? STALE_GONE_S2 : STALE_GONE;
}

static void complete_record(const struct vmsa_checker *c, struct stale *r,
			    unsigned completes)
{
	if (completes & VMSA_COMPLETES_LOCAL_TLBI)
		complete_locally(c, r);
	if (r->tlbi_pe != c->pe || !is_scope_complete(r, completes))
		return;
	if (r->state == STALE_GOING || r->state == STALE_GOING_S2)
		complete_step(c, r);
}

/* Records that are gone go; whether one is still on its way. */
static bool complete_set(struct vmsa_checker *c, struct stale_set *s,
			 unsigned completes)
{
	struct stale *r = stale_of(s);
	bool more = false;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		complete_record(c, &r[i], completes);
		if (r[i].state == STALE_GONE)
			continue;
		more |= r[i].state == STALE_GOING ||
			r[i].state == STALE_GOING_S2 || r[i].local_due;
		if (kept != i)
			r[kept] = r[i];
		kept++;
	}
	/* The PE may still do what it fetched with these (T5). */
	if (kept != s->n)
		check_pe(c)->changed = c->now;
	s->n = kept;
	return more;
}

void vmsa_check_complete(struct vmsa_checker *c, unsigned completes)
{
	struct set_list *list = &c->pending;
	size_t kept = 0;

	if (!(completes & (VMSA_COMPLETES_LOCAL_TLBI | VMSA_COMPLETES_IS_TLBI |
			   VMSA_COMPLETES_OS_TLBI)))
		return;
	for (size_t i = 0; i < list->n; i++) {
		struct stale_set *s = vmsa_check_listed(c, list->ref[i]);

		if (!s)
			continue;
		s->pending = complete_set(c, s, completes);
		if (s->pending)
			list->ref[kept++] = list->ref[i];
		if (!s->n)
			vmsa_check_drop_set(c, s);
	}
	list->n = kept;
}
