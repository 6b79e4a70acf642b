/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_early.c - what an access may get, and how early it may have got it
 *
 * S3  an access may use any translation made between its floor and itself
 * S7  with FEAT_ETS2 no fault that is older than a barrier
 *
 * Faults have numbers like translations, but no TLB holds one (R_XCLRD): they
 * are in what an access may have got, and nowhere else.
 */
#include "bbm/litmus_lookup.h"

/* Faults have numbers as well: early translations may be faults. */
static unsigned fault_number(const struct lookup *l, int level)
{
	struct entry e = vmsa_lookup_entry(l, VMSA_CACHED_LEAF, level);

	e.is_fault = true;
	e.out = VALUE_FAULT | (uint32_t)level;
	if (l->stage2)
		e.out |= VALUE_STAGE2 | (uint32_t)(l->index + 1)
						<< VALUE_IPA_SHIFT;
	return vmsa_lookup_number(l->s, &e);
}

static void add_level3_fault(const struct lookup *l, uint8_t table,
			     struct set *out)
{
	if ((vmsa_lookup_level3(l, table) & VALUE_KIND) != VALUE_LEAF)
		set_add(out, fault_number(l, 3));
}

/* Faults that a walk of this stage meets now. */
void vmsa_lookup_faults(const struct lookup *l, struct set *out)
{
	const enum vmsa_cached_kind kind = vmsa_lookup_table_kind(l);
	bool changes;
	const uint32_t level2 = vmsa_lookup_level2(l, &changes);
	const uint32_t type = level2 & VALUE_KIND;

	if (type == VALUE_TABLE)
		add_level3_fault(l, (uint8_t)(level2 & VALUE_OUT), out);
	else if (type != VALUE_BLOCK)
		set_add(out, fault_number(l, 2));
	for (unsigned i = vmsa_lookup_held(l, kind, 0); i < MAX_ENTRIES;
	     i = vmsa_lookup_held(l, kind, i + 1))
		add_level3_fault(l, (uint8_t)l->s->entry[i].out, out);
}

/* Everything one access may get at this instant, faults included. */
static void add_outcomes(const struct lookup *l, struct set *out)
{
	for (unsigned i = vmsa_lookup_held(l, VMSA_CACHED_LEAF, 0);
	     i < MAX_ENTRIES;
	     i = vmsa_lookup_held(l, VMSA_CACHED_LEAF, i + 1)) {
		const uint32_t to = l->s->entry[i].out;

		/*
		 * Success at both stages is a combined entry, made by now of
		 * any that are held: only its faults are left.
		 */
		if (to & VALUE_TO_IPA) {
			const struct lookup l2 = vmsa_lookup_stage2(
				l, (uint8_t)(to & VALUE_OUT));

			vmsa_lookup_faults(&l2, out);
		} else {
			set_add(out, i);
		}
	}
	for (unsigned i = vmsa_lookup_held(l, VMSA_CACHED_COMBINED, 0);
	     i < MAX_ENTRIES;
	     i = vmsa_lookup_held(l, VMSA_CACHED_COMBINED, i + 1))
		set_add(out, i);
	vmsa_lookup_faults(l, out);
}

bool vmsa_litmus_synchronises(const struct search *s, enum event_kind kind)
{
	if (s->mistakes & MISTAKE_NO_CSE)
		return false;
	if (s->mistakes & MISTAKE_ONLY_ISB || s->options->eis0)
		return kind == EV_ISB;
	return kind == EV_ISB || kind == EV_EXCEPTION;
}

/*
 * Accesses up to the next context synchronisation event may be translated now;
 * one whose address is not known yet may not.
 */
void vmsa_litmus_translate_early(struct search *s, struct state *st,
				 unsigned pe)
{
	struct pe *p = &st->pe[pe];
	const struct event *e = vmsa_litmus_event(s, st, pe);

	for (unsigned i = p->pc; e->kind != EV_STOP; i++, e++) {
		const struct lookup l =
			vmsa_lookup_make(s, st, pe, p->context, e->va);
		struct set now = { { 0 } };

		if (vmsa_litmus_synchronises(s, e->kind))
			break;
		if (e->kind != EV_LOAD && e->kind != EV_STORE)
			continue;
		if (e->addr != NONE && e->addr_set >= p->pc &&
		    !(s->mistakes & MISTAKE_NO_ADDRESS_DEPENDENCY))
			continue;
		add_outcomes(&l, &now);
		if (s->mistakes & MISTAKE_NO_EARLY)
			p->early[e->access] = now;
		else
			set_join(&p->early[e->access], &now);
	}
}

/* MISTAKE_CACHED_FAULTS: held faults come back as outcomes. */
void vmsa_litmus_recall_faults(struct search *s, struct state *st, unsigned pe)
{
	struct pe *p = &st->pe[pe];
	const struct event *e = vmsa_litmus_event(s, st, pe);

	if (e->kind != EV_LOAD && e->kind != EV_STORE)
		return;
	for (unsigned i = 0; i < s->nr_entries; i++) {
		if (set_has(&p->held, i) && s->entry[i].is_fault &&
		    s->entry[i].index == e->va)
			set_add(&p->early[e->access], i);
	}
}

void vmsa_litmus_drop_faults(struct search *s, struct pe *pe)
{
	for (unsigned i = 0; i < s->nr_entries; i++) {
		for (unsigned a = 0; s->entry[i].is_fault && a < MAX_ACCESSES;
		     a++)
			set_remove(&pe->early[a], i);
	}
}
