/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_event.c - what one event does, and one store that reaches memory
 *
 * S1  events in order; a load sees its own buffer, then memory
 * S2  stores leave the buffer in any order that fences and locations permit
 * S6  context synchronisation drops early translations, waits for nothing
 */
#include "bbm/litmus_state.h"

#include <string.h>

static void tell(const struct search *s, unsigned pe, const char *what,
		 const char *more)
{
	if (s->log)
		fprintf(s->log, "  P%u  %s%s%s\n", pe, what, more ? "  " : "",
			more ? more : "");
}

/* --- store buffers ------------------------------------------------------- */

static void push(struct search *s, struct pe *p, struct store store)
{
	if (p->nr_buffer == MAX_BUFFER)
		s->bound = "more buffered stores than fit";
	else
		p->buffer[p->nr_buffer++] = store;
}

/* A fence with no store before it holds nothing back. */
static void push_fence(struct search *s, struct pe *p)
{
	if (p->nr_buffer && p->buffer[p->nr_buffer - 1].loc != FENCE)
		push(s, p, (struct store){ FENCE, 0 });
}

/* S2: nothing leaves past a fence, nor past a store to the same location. */
bool vmsa_litmus_may_drain(const struct search *s, const struct pe *p,
			   unsigned i)
{
	if (p->buffer[i].loc == FENCE)
		return false;
	if (s->mistakes & MISTAKE_STORES_IN_ORDER && i > 0)
		return false;
	for (unsigned j = 0; j < i; j++) {
		if (p->buffer[j].loc == FENCE ||
		    p->buffer[j].loc == p->buffer[i].loc)
			return false;
	}
	return true;
}

static void remove_store(struct pe *p, unsigned i)
{
	p->nr_buffer--;
	memmove(&p->buffer[i], &p->buffer[i + 1],
		(p->nr_buffer - i) * sizeof(p->buffer[0]));
	/* Unused slots stay zero: equal states have equal bytes. */
	p->buffer[p->nr_buffer] = (struct store){ 0, 0 };
}

static void tell_drain(const struct search *s, unsigned pe, uint8_t number)
{
	static const char *const level[] = { [LOC_DATA] = "",
					     [LOC_S1_L2] = ".l2",
					     [LOC_S1_L3] = ".l3",
					     [LOC_S2_L2] = ".s2l2",
					     [LOC_S2_L3] = ".s2l3" };
	const struct test *test = s->test;
	const struct loc *loc = &test->loc[number];
	const struct symbols *names = &test->va;

	if (loc->kind == LOC_DATA)
		names = &test->page;
	else if (loc->kind == LOC_S2_L2 || loc->kind == LOC_S2_L3)
		names = &test->ipa;
	fprintf(s->log, "  P%u  the store to %s%s%s%s reaches memory\n", pe,
		names->name[loc->index], level[loc->kind],
		loc->kind && loc->table ? "@" : "",
		loc->kind ? test->table.name[loc->table] : "");
}

void vmsa_litmus_drain(struct search *s, struct state *st, unsigned pe,
		       unsigned i)
{
	struct pe *p = &st->pe[pe];
	const struct store store = p->buffer[i];

	if (s->log)
		tell_drain(s, pe, store.loc);
	st->memory[store.loc] = store.value;
	remove_store(p, i);
	while (p->nr_buffer && p->buffer[0].loc == FENCE)
		remove_store(p, 0);
}

/* S1: the newest own store to the same physical location, else memory. */
static uint32_t load(const struct search *s, const struct state *st,
		     unsigned pe, uint8_t loc)
{
	const struct pe *p = &st->pe[pe];

	for (unsigned i = p->nr_buffer; i-- > 0;) {
		if (p->buffer[i].loc == loc &&
		    !(s->mistakes & MISTAKE_NO_FORWARDING))
			return p->buffer[i].value;
	}
	return st->memory[loc];
}

/* --- events -------------------------------------------------------------- */

static void set_reg(const struct search *s, struct pe *p, unsigned pe,
		    uint8_t reg, uint32_t value)
{
	/* A register that nobody reads would only tell equal states apart. */
	if (reg != NONE && s->regs_read[pe] >> reg & 1)
		p->reg[reg] = value;
}

static void drop_early(struct pe *p)
{
	for (unsigned i = 0; i < MAX_ACCESSES; i++)
		p->early[i] = (struct set){ { 0 } };
}

static void synchronise(struct search *s, struct pe *p, enum event_kind kind)
{
	if (vmsa_litmus_synchronises(s, kind))
		drop_early(p);
	/* Nor do registers take effect where nothing synchronises. */
	if (kind == EV_ISB || !s->options->eis0)
		p->context = p->next_context;
}

/* A fault is an exception: context synchronisation, there and back. */
static void take_fault(struct search *s, struct pe *p, unsigned pe,
		       uint32_t value)
{
	const struct event *e = &s->test->thread[pe].event[p->pc];

	set_reg(s, p, pe, e->dest, value);
	synchronise(s, p, EV_EXCEPTION);
	if (e->handler != NONE)
		p->pc = e->handler;
	else if (e->stop)
		p->pc = s->test->thread[pe].end;
	else
		p->pc++;
}

/* Barriers and acquires under S7. */
static void order_loads(struct search *s, struct pe *p)
{
	if (s->options->ets2)
		vmsa_litmus_drop_faults(s, p);
}

/* A release stands behind a fence of its own: what is before it goes first. */
static void push_store(struct search *s, struct pe *p, const struct event *e,
		       uint8_t loc)
{
	const uint32_t value = e->data == NONE ? e->value : p->reg[e->data];

	if (e->release)
		push_fence(s, p);
	push(s, p, (struct store){ loc, value });
}

/*
 * With a translation among those the access may have got since its floor.
 * Loads are satisfied at once and in order: the one thing this adversary is
 * too strong in.
 */
void vmsa_litmus_do_access(struct search *s, struct state *st, unsigned pe,
			   unsigned which)
{
	struct pe *p = &st->pe[pe];
	const struct event *e = vmsa_litmus_event(s, st, pe);
	const struct entry *t = &s->entry[which];
	uint8_t loc;

	memset(&p->early[e->access], 0, sizeof(p->early[0]));
	if (t->is_fault || t->out & VALUE_NA ||
	    (e->kind == EV_STORE && t->out & VALUE_RO)) {
		tell(s, pe, e->text, t->is_fault ? "faults" : "is refused");
		take_fault(s, p, pe, t->is_fault ? t->out : VALUE_PERMISSION);
		return;
	}
	tell(s, pe, e->text, s->test->page.name[t->out & VALUE_OUT]);
	loc = vmsa_litmus_find_loc(s->test, LOC_DATA, 0,
				   (uint8_t)(t->out & VALUE_OUT));
	if (e->kind == EV_LOAD) {
		set_reg(s, p, pe, e->dest, load(s, st, pe, loc));
		if (e->acquire)
			order_loads(s, p);
	} else {
		push_store(s, p, e, loc);
		set_reg(s, p, pe, e->dest, VALUE_OK);
	}
	p->pc++;
}

/* What waits was waited for already; a DMB.ST leaves a fence instead. */
static void do_barrier(struct search *s, struct pe *p, const struct event *e)
{
	const bool waits = e->completes & VMSA_COMPLETES_STORES ||
			   e->completes & VMSA_ORDERS_LOADS;

	if (e->completes & VMSA_ORDERS_STORES && !waits &&
	    !(s->mistakes & MISTAKE_NO_DMB_ST))
		push_fence(s, p);
	if (e->completes & VMSA_ORDERS_LOADS)
		order_loads(s, p);
	if (e->is_dsb && s->mistakes & MISTAKE_DSB_DROPS_EARLY)
		drop_early(p);
}

/*
 * It acts later, on each PE by itself.  VMID and ASID are those in force now,
 * whatever the PE runs when it acts.
 */
static void issue_tlbi(struct search *s, struct state *st, unsigned pe)
{
	struct pe *p = &st->pe[pe];
	const struct event *e = vmsa_litmus_event(s, st, pe);
	bool local = e->scope == VMSA_TLBI_LOCAL;

	if (s->mistakes & (MISTAKE_ALL_LOCAL | MISTAKE_ALL_BROADCAST))
		local = s->mistakes & MISTAKE_ALL_LOCAL;
	if (p->nr_pending == MAX_PENDING) {
		s->bound = "more pending TLBIs than fit";
		return;
	}
	p->pending[p->nr_pending++] = (struct pending){
		.event = p->pc,
		.context = p->context,
		.waiting = (uint8_t)(local ? 1u << pe
					   : (1u << s->test->nr_threads) - 1),
	};
}

/* Everything but a translated access. */
void vmsa_litmus_do_event(struct search *s, struct state *st, unsigned pe)
{
	struct pe *p = &st->pe[pe];
	const struct event *e = vmsa_litmus_event(s, st, pe);

	tell(s, pe, e->text, NULL);
	switch (e->kind) {
	case EV_DESC_STORE:
		push_store(s, p, e, e->loc);
		break;
	case EV_DESC_LOAD:
		set_reg(s, p, pe, e->dest, load(s, st, pe, e->loc));
		break;
	case EV_BARRIER:
		do_barrier(s, p, e);
		break;
	case EV_TLBI:
		issue_tlbi(s, st, pe);
		break;
	case EV_MSR:
		p->next_context++;
		break;
	case EV_EXCEPTION:
		p->el = e->el;
		synchronise(s, p, e->kind);
		break;
	case EV_ISB:
		synchronise(s, p, e->kind);
		break;
	default:
		break;
	}
	p->pc++;
}
