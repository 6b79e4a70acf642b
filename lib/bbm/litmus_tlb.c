/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_tlb.c - what TLBs may hold
 *
 * S4  a TLB may hold every valid entry that memory has offered so far
 * S5  a TLBI takes entries away, and early translations on other PEs
 *
 * After each step of a run vmsa_litmus_offer() adds what memory offers at that
 * instant: table entries, leaves of both stages, and their combinations.
 */
#include "bbm/litmus_lookup.h"

/* --- filling ------------------------------------------------------------- */

static void hold(const struct lookup *l, const struct entry *entry)
{
	set_add(&l->st->pe[l->pe].held, vmsa_lookup_number(l->s, entry));
}

/* A global leaf is tagged without its ASID, so that equal ones are one. */
static void hold_leaf(const struct lookup *l, uint32_t value, int level)
{
	struct entry e = vmsa_lookup_entry(
		l, l->stage2 ? VMSA_CACHED_S2_LEAF : VMSA_CACHED_LEAF, level);

	e.out = value & (VALUE_OUT | VALUE_TO_IPA | VALUE_RO | VALUE_NA);
	if (!l->stage2 && value & VALUE_GLOBAL) {
		e.tag.global = true;
		e.tag.asid = 0;
	}
	hold(l, &e);
}

static void fill_from_table(const struct lookup *l, uint8_t table)
{
	const uint32_t value = vmsa_lookup_level3(l, table);

	if ((value & VALUE_KIND) == VALUE_LEAF)
		hold_leaf(l, value, 3);
}

/* Tables first, then leaves through every table that is held by now. */
static void fill(const struct lookup *l)
{
	const enum vmsa_cached_kind kind = vmsa_lookup_table_kind(l);
	bool changes;
	const uint32_t level2 = vmsa_lookup_level2(l, &changes);

	if ((level2 & VALUE_KIND) == VALUE_BLOCK)
		hold_leaf(l, level2, 2);
	if ((level2 & VALUE_KIND) == VALUE_TABLE) {
		/*
		 * A table that never changes need not be held: what is below it
		 * is read through the root at any time.
		 */
		if (changes) {
			struct entry e = vmsa_lookup_entry(l, kind, 2);

			e.out = level2 & VALUE_OUT;
			hold(l, &e);
		} else {
			fill_from_table(l, (uint8_t)(level2 & VALUE_OUT));
		}
	}
	for (unsigned i = vmsa_lookup_held(l, kind, 0); i < MAX_ENTRIES;
	     i = vmsa_lookup_held(l, kind, i + 1))
		fill_from_table(l, (uint8_t)l->s->entry[i].out);
}

/* VA to PA in one entry, from every pair that is held. */
static void combine(const struct lookup *l)
{
	for (unsigned i = vmsa_lookup_held(l, VMSA_CACHED_LEAF, 0);
	     i < MAX_ENTRIES;
	     i = vmsa_lookup_held(l, VMSA_CACHED_LEAF, i + 1)) {
		const struct entry *s1 = &l->s->entry[i];
		const struct lookup l2 =
			vmsa_lookup_stage2(l, (uint8_t)(s1->out & VALUE_OUT));

		if (!(s1->out & VALUE_TO_IPA))
			continue;
		for (unsigned j = vmsa_lookup_held(&l2, VMSA_CACHED_S2_LEAF, 0);
		     j < MAX_ENTRIES;
		     j = vmsa_lookup_held(&l2, VMSA_CACHED_S2_LEAF, j + 1)) {
			struct entry e = *s1;

			e.tag.kind = VMSA_CACHED_COMBINED;
			e.ipa = l2.index;
			e.out = (s1->out & (VALUE_RO | VALUE_NA)) |
				l->s->entry[j].out;
			hold(l, &e);
		}
	}
}

/*
 * Stage 2 first, as combined entries are made from what is held by then.  The
 * addresses are those that the PE still accesses; nobody can tell about others.
 */
static void fill_context(struct search *s, struct state *st, unsigned pe,
			 unsigned context)
{
	const uint16_t vas = s->future[pe][st->pe[pe].pc];

	for (uint8_t ipa = 0; s->test->stage2 && ipa < s->test->ipa.nr; ipa++) {
		struct lookup l = vmsa_lookup_make(s, st, pe, context, 0);

		l.context = s->test->thread[pe].context[context];
		l.stage2 = true;
		l.index = ipa;
		if (!l.context.el2)
			fill(&l);
	}
	for (uint8_t va = 0; va < s->test->va.nr; va++) {
		const struct lookup l =
			vmsa_lookup_make(s, st, pe, context, va);

		if (!(vas >> va & 1))
			continue;
		fill(&l);
		if (s->test->stage2 && !l.context.el2)
			combine(&l);
		if (s->mistakes & MISTAKE_CACHED_FAULTS)
			vmsa_lookup_faults(&l, &st->pe[pe].held);
	}
}

static bool same_tag(const struct context *a, const struct context *b)
{
	return a->el2 == b->el2 && a->asid == b->asid && a->vmid == b->vmid;
}

/*
 * S4 fills under every tag the program names, at any time.  Where the program
 * uses one tag for several tables that would mix them up even at EL2, so there
 * the registers have to be in force and the PE in that regime.
 */
static bool may_fill(const struct search *s, const struct state *st,
		     unsigned pe, unsigned context, bool initial)
{
	const struct pe *p = &st->pe[pe];
	const struct context *c = s->test->thread[pe].context;

	if (s->mistakes & MISTAKE_ONE_VMID &&
	    c[context].vmid != c[p->context].vmid)
		return false;
	if (!s->shared_tag[pe][context])
		return true;
	if (initial)
		return context == 0 || !same_tag(&c[context], &c[0]);
	return context == p->context && (c[context].el2 || p->el < 2);
}

void vmsa_litmus_offer(struct search *s, struct state *st, bool initial)
{
	for (unsigned pe = 0; pe < s->test->nr_threads; pe++) {
		struct pe *p = &st->pe[pe];

		if (vmsa_litmus_is_done(s, st, pe))
			continue;
		if (s->mistakes & MISTAKE_NO_STALE)
			p->held = (struct set){ { 0 } };
		for (unsigned c = p->context;
		     c < s->test->thread[pe].nr_contexts; c++) {
			if (may_fill(s, st, pe, c, initial))
				fill_context(s, st, pe, c);
		}
		vmsa_litmus_translate_early(s, st, pe);
		if (s->mistakes & MISTAKE_CACHED_FAULTS)
			vmsa_litmus_recall_faults(s, st, pe);
	}
}

/* --- TLB maintenance ----------------------------------------------------- */

/* The rule, and two ways to get it wrong. */
static bool is_removed(const struct search *s,
		       const struct vmsa_invalidation *tlbi,
		       const struct entry *e)
{
	const bool combined = e->tag.kind == VMSA_CACHED_COMBINED;

	if (s->mistakes & MISTAKE_IPAS2_COMBINED && combined &&
	    tlbi->op == VMSA_TLBI_IPAS2E1)
		return e->ipa == (tlbi->target.first >> 21) - 1;
	if (s->mistakes & MISTAKE_VMALLE1_NOT_COMBINED && combined &&
	    tlbi->op == VMSA_TLBI_VMALLE1)
		return false;
	return !e->is_fault && vmsa_tlbi_removes(tlbi, &e->tag);
}

/*
 * Other PEs' accesses through what goes have finished by then, so their early
 * translations go with it.  Early faults stay: they went through nothing.
 */
void vmsa_litmus_invalidate(struct search *s, struct state *st, unsigned issuer,
			    struct pending tlbi, unsigned target)
{
	const struct thread *t = &s->test->thread[issuer];
	struct vmsa_invalidation inv = t->event[tlbi.event].tlbi;
	struct pe *p = &st->pe[target];
	/* The issuer's own early translations wait for its next CSE. */
	const bool drop_early = target != issuer || s->options->ets2;

	inv.vmid = t->context[tlbi.context].vmid;
	if (t->event[tlbi.event].own_asid)
		inv.target.asid = t->context[tlbi.context].asid;
	for (unsigned i = 0; i < s->nr_entries; i++) {
		if (!is_removed(s, &inv, &s->entry[i]))
			continue;
		set_remove(&p->held, i);
		for (unsigned a = 0; drop_early && a < MAX_ACCESSES; a++)
			set_remove(&p->early[a], i);
	}
}
