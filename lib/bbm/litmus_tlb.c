/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_tlb.c - what TLBs and early translations may hold
 *
 * S3  an access may use any translation made between its floor and itself
 * S4  a TLB may hold every valid entry that memory has offered so far
 * S5  a TLBI takes entries away, and early translations on other PEs
 *
 * After each step of a run vmsa_litmus_offer() adds what memory offers at that
 * instant: table entries, leaves of both stages, and their combinations.
 */
#include "bbm/litmus_state.h"

#include <string.h>

/* One lookup: a stage, an address, and the context it happens in. */
struct lookup {
	struct search *s;
	struct state *st;
	unsigned pe;
	struct context context;
	bool stage2;
	uint8_t index; /* of the VA or IPA */
};

/* --- translations have numbers ------------------------------------------- */

/* The span follows from index and level, so it need not be compared. */
static bool same_entry(const struct entry *a, const struct entry *b)
{
	return a->tag.kind == b->tag.kind && a->tag.el2 == b->tag.el2 &&
	       a->tag.global == b->tag.global && a->tag.asid == b->tag.asid &&
	       a->tag.vmid == b->tag.vmid && a->tag.level == b->tag.level &&
	       a->is_fault == b->is_fault && a->index == b->index &&
	       a->ipa == b->ipa && a->out == b->out;
}

static unsigned number_of(struct search *s, const struct entry *entry)
{
	for (unsigned i = 0; i < s->nr_entries; i++) {
		if (same_entry(&s->entry[i], entry))
			return i;
	}
	if (s->nr_entries == MAX_ENTRIES) {
		s->bound = "more translations than fit";
		return 0;
	}
	s->entry[s->nr_entries] = *entry;
	return s->nr_entries++;
}

/* Address number i stands at (i + 1) * 2 MiB and has a page at its start. */
static struct entry make_entry(const struct lookup *l,
			       enum vmsa_cached_kind kind, int level)
{
	const uint64_t first = (uint64_t)(l->index + 1) << 21;
	const uint64_t span = level < 3 ? UINT64_C(1) << 21 : UINT64_C(1) << 12;

	return (struct entry){
		.tag = { .kind = kind,
			 .el2 = l->context.el2,
			 .asid = l->stage2 ? 0 : l->context.asid,
			 .vmid = l->context.vmid,
			 .level = (int8_t)level,
			 .first = first,
			 .last = first + span - 1 },
		.index = l->index,
		.ipa = NONE,
	};
}

/*
 * Whether a lookup hits an entry: same regime, VMID and address; stage 1
 * entries also need the ASID unless they are global.
 */
static bool in_context(const struct entry *e, const struct lookup *l)
{
	return e->index == l->index && e->tag.el2 == l->context.el2 &&
	       e->tag.vmid == l->context.vmid &&
	       (l->stage2 || e->tag.global || e->tag.asid == l->context.asid);
}

/*
 * The next held entry of this lookup from number @i on; MAX_ENTRIES for none.
 */
static unsigned next_held(const struct lookup *l, enum vmsa_cached_kind kind,
			  unsigned i)
{
	const struct set *held = &l->st->pe[l->pe].held;

	for (; i < l->s->nr_entries; i++) {
		const struct entry *e = &l->s->entry[i];

		if (set_has(held, i) && e->tag.kind == kind && !e->is_fault &&
		    in_context(e, l))
			return i;
	}
	return MAX_ENTRIES;
}

static void hold(const struct lookup *l, const struct entry *entry)
{
	set_add(&l->st->pe[l->pe].held, number_of(l->s, entry));
}

/* --- reading tables ------------------------------------------------------ */

/* A walk reads shared memory and never the PE's own buffer. */
static uint32_t read_loc(const struct lookup *l, uint8_t loc)
{
	const struct pe *pe = &l->st->pe[l->pe];

	if (l->s->mistakes & MISTAKE_WALKER_SEES_BUFFER) {
		for (unsigned i = pe->nr_buffer; i-- > 0;) {
			if (pe->buffer[i].loc == loc)
				return pe->buffer[i].value;
		}
	}
	return l->st->memory[loc];
}

/* An entry that nobody speaks of is invalid. */
static uint32_t read_level3(const struct lookup *l, uint8_t table)
{
	const uint8_t loc = vmsa_litmus_find_loc(
		l->s->test, l->stage2 ? LOC_S2_L3 : LOC_S1_L3, table, l->index);

	return loc == NONE ? 0 : read_loc(l, loc);
}

/* @changes: whether the program stores to it, so that caching it shows. */
static uint32_t read_level2(const struct lookup *l, bool *changes)
{
	const uint8_t root = l->stage2 ? l->context.s2 : l->context.s1;
	const struct test *test = l->s->test;
	uint8_t loc;

	*changes = false;
	if (root == NONE)
		return 0;
	loc = vmsa_litmus_find_loc(test, l->stage2 ? LOC_S2_L2 : LOC_S1_L2,
				   root, l->index);
	if (loc == NONE)
		return VALUE_TABLE | root;
	*changes = test->loc[loc].is_stored;
	return read_loc(l, loc);
}

/* --- filling ------------------------------------------------------------- */

/* A global leaf is tagged without its ASID, so that equal ones are one. */
static void hold_leaf(const struct lookup *l, uint32_t value, int level)
{
	struct entry e = make_entry(
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
	const uint32_t value = read_level3(l, table);

	if ((value & VALUE_KIND) == VALUE_LEAF)
		hold_leaf(l, value, 3);
}

static enum vmsa_cached_kind table_kind(const struct lookup *l)
{
	return l->stage2 ? VMSA_CACHED_S2_TABLE : VMSA_CACHED_TABLE;
}

/* Tables first, then leaves through every table that is held by now. */
static void fill(const struct lookup *l)
{
	const enum vmsa_cached_kind kind = table_kind(l);
	bool changes;
	const uint32_t level2 = read_level2(l, &changes);

	if ((level2 & VALUE_KIND) == VALUE_BLOCK)
		hold_leaf(l, level2, 2);
	if ((level2 & VALUE_KIND) == VALUE_TABLE) {
		if (changes) {
			struct entry e = make_entry(l, kind, 2);

			e.out = level2 & VALUE_OUT;
			hold(l, &e);
		} else {
			fill_from_table(l, (uint8_t)(level2 & VALUE_OUT));
		}
	}
	for (unsigned i = next_held(l, kind, 0); i < MAX_ENTRIES;
	     i = next_held(l, kind, i + 1))
		fill_from_table(l, (uint8_t)l->s->entry[i].out);
}

/* The second half of a lookup: the IPA that stage 1 gave. */
static struct lookup stage2_of(const struct lookup *l, uint8_t ipa)
{
	struct lookup l2 = *l;

	l2.stage2 = true;
	l2.index = ipa;
	return l2;
}

/* VA to PA in one entry, from every pair that is held. */
static void combine(const struct lookup *l)
{
	for (unsigned i = next_held(l, VMSA_CACHED_LEAF, 0); i < MAX_ENTRIES;
	     i = next_held(l, VMSA_CACHED_LEAF, i + 1)) {
		const struct entry *s1 = &l->s->entry[i];
		const struct lookup l2 =
			stage2_of(l, (uint8_t)(s1->out & VALUE_OUT));

		if (!(s1->out & VALUE_TO_IPA))
			continue;
		for (unsigned j = next_held(&l2, VMSA_CACHED_S2_LEAF, 0);
		     j < MAX_ENTRIES;
		     j = next_held(&l2, VMSA_CACHED_S2_LEAF, j + 1)) {
			struct entry e = *s1;

			e.tag.kind = VMSA_CACHED_COMBINED;
			e.ipa = l2.index;
			e.out = (s1->out & (VALUE_RO | VALUE_NA)) |
				l->s->entry[j].out;
			hold(l, &e);
		}
	}
}

/* Some VAs are mapped in the regime of EL2 whatever the PE runs. */
static struct lookup lookup_of(struct search *s, struct state *st, unsigned pe,
			       unsigned context, uint8_t va)
{
	struct lookup l = { .s = s,
			    .st = st,
			    .pe = pe,
			    .context = s->test->thread[pe].context[context],
			    .index = va };

	if (s->test->el2_vas >> va & 1)
		l.context = (struct context){ .el2 = true, .s2 = NONE };
	return l;
}

static void add_faults(const struct lookup *l, struct set *out);

/*
 * Stage 2 first, as combined entries are made from what is held by then.  The
 * addresses are those that the PE still accesses; nobody can tell about others.
 */
static void fill_context(struct search *s, struct state *st, unsigned pe,
			 unsigned context)
{
	const uint16_t vas = s->future[pe][st->pe[pe].pc];

	for (uint8_t ipa = 0; s->test->stage2 && ipa < s->test->ipa.nr; ipa++) {
		struct lookup l = lookup_of(s, st, pe, context, 0);

		l.context = s->test->thread[pe].context[context];
		l.stage2 = true;
		l.index = ipa;
		if (!l.context.el2)
			fill(&l);
	}
	for (uint8_t va = 0; va < s->test->va.nr; va++) {
		const struct lookup l = lookup_of(s, st, pe, context, va);

		if (!(vas >> va & 1))
			continue;
		fill(&l);
		if (s->test->stage2 && !l.context.el2)
			combine(&l);
		if (s->mistakes & MISTAKE_CACHED_FAULTS)
			add_faults(&l, &st->pe[pe].held);
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

/* --- what an access may get ---------------------------------------------- */

/* Faults have numbers as well: early translations may be faults. */
static unsigned fault_number(const struct lookup *l, int level)
{
	struct entry e = make_entry(l, VMSA_CACHED_LEAF, level);

	e.is_fault = true;
	e.out = VALUE_FAULT | (uint32_t)level;
	if (l->stage2)
		e.out |= VALUE_STAGE2 | (uint32_t)(l->index + 1)
						<< VALUE_IPA_SHIFT;
	return number_of(l->s, &e);
}

static void add_level3_fault(const struct lookup *l, uint8_t table,
			     struct set *out)
{
	if ((read_level3(l, table) & VALUE_KIND) != VALUE_LEAF)
		set_add(out, fault_number(l, 3));
}

/* Faults that a walk of this stage meets now. */
static void add_faults(const struct lookup *l, struct set *out)
{
	const enum vmsa_cached_kind kind = table_kind(l);
	bool changes;
	const uint32_t level2 = read_level2(l, &changes);
	const uint32_t type = level2 & VALUE_KIND;

	if (type == VALUE_TABLE)
		add_level3_fault(l, (uint8_t)(level2 & VALUE_OUT), out);
	else if (type != VALUE_BLOCK)
		set_add(out, fault_number(l, 2));
	for (unsigned i = next_held(l, kind, 0); i < MAX_ENTRIES;
	     i = next_held(l, kind, i + 1))
		add_level3_fault(l, (uint8_t)l->s->entry[i].out, out);
}

/* Everything one access may get at this instant, faults included. */
static void add_outcomes(const struct lookup *l, struct set *out)
{
	for (unsigned i = next_held(l, VMSA_CACHED_LEAF, 0); i < MAX_ENTRIES;
	     i = next_held(l, VMSA_CACHED_LEAF, i + 1)) {
		const uint32_t to = l->s->entry[i].out;

		if (to & VALUE_TO_IPA) {
			const struct lookup l2 =
				stage2_of(l, (uint8_t)(to & VALUE_OUT));

			add_faults(&l2, out);
		} else {
			set_add(out, i);
		}
	}
	for (unsigned i = next_held(l, VMSA_CACHED_COMBINED, 0);
	     i < MAX_ENTRIES; i = next_held(l, VMSA_CACHED_COMBINED, i + 1))
		set_add(out, i);
	add_faults(l, out);
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
static void translate_early(struct search *s, struct state *st, unsigned pe)
{
	struct pe *p = &st->pe[pe];
	const struct event *e = vmsa_litmus_event(s, st, pe);

	for (unsigned i = p->pc; e->kind != EV_STOP; i++, e++) {
		const struct lookup l = lookup_of(s, st, pe, p->context, e->va);
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
static void recall_faults(struct search *s, struct state *st, unsigned pe)
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
		translate_early(s, st, pe);
		if (s->mistakes & MISTAKE_CACHED_FAULTS)
			recall_faults(s, st, pe);
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

void vmsa_litmus_drop_faults(struct search *s, struct pe *pe)
{
	for (unsigned i = 0; i < s->nr_entries; i++) {
		for (unsigned a = 0; s->entry[i].is_fault && a < MAX_ACCESSES;
		     a++)
			set_remove(&pe->early[a], i);
	}
}
