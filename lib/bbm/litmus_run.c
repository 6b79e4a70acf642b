/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_run.c - what may happen next in a run
 *
 * S5  a TLBI acts on each PE by itself, before the DSB that waits for it
 *
 * Steps that cannot hurt by being early are done at once, as one choice less:
 * a store into the buffer, the issue of a TLBI, a barrier with nothing to wait
 * for, and context synchronisation, after which more may be translated the
 * sooner it comes.
 */
#include "bbm/litmus_state.h"

#include <string.h>

/* S5: of this PE's TLBIs, those that a barrier of that width waits for. */
static bool waits_for_tlbi(const struct search *s, const struct pe *p,
			   unsigned pe, unsigned completes)
{
	static const unsigned bit[] = {
		[VMSA_TLBI_LOCAL] = VMSA_COMPLETES_LOCAL_TLBI,
		[VMSA_TLBI_IS] = VMSA_COMPLETES_IS_TLBI,
		[VMSA_TLBI_OS] = VMSA_COMPLETES_OS_TLBI,
	};

	for (unsigned i = 0; i < p->nr_pending; i++) {
		const struct event *e =
			&s->test->thread[pe].event[p->pending[i].event];

		if (completes & bit[e->scope])
			return true;
	}
	return false;
}

/* S2, S6: what an event waits for; only barriers wait for anything. */
static bool is_enabled(const struct search *s, const struct state *st,
		       unsigned pe)
{
	const struct event *e = vmsa_litmus_event(s, st, pe);
	const struct pe *p = &st->pe[pe];
	bool drains;

	if (e->kind == EV_ISB || e->kind == EV_EXCEPTION)
		return !(s->mistakes & MISTAKE_CSE_WAITS) || !p->nr_buffer;
	if (e->kind != EV_BARRIER)
		return true;
	/*
	 * * A DMB of loads and stores waits as well, though stores are all that
	 * it has to order: loads are done in order here, and one behind it must
	 * not come before a store in front of it.  A DMB.ST leaves a fence.
	 */
	if (e->is_dsb)
		drains = e->completes & VMSA_COMPLETES_STORES &&
			 !(s->mistakes & MISTAKE_DSB_KEEPS_BUFFER);
	else
		drains = e->completes & VMSA_ORDERS_STORES &&
			 e->completes & VMSA_ORDERS_LOADS;
	if (drains && p->nr_buffer)
		return false;
	return s->mistakes & MISTAKE_DSB_SKIPS_TLBI ||
	       !waits_for_tlbi(s, p, pe, e->completes);
}

/* Whether an enabled event is no choice; accesses and loads always are one. */
static bool is_forced(const struct search *s, const struct state *st,
		      unsigned pe)
{
	const struct event *e = vmsa_litmus_event(s, st, pe);
	const struct pe *p = &st->pe[pe];

	if (s->mistakes & NO_SHORTCUTS)
		return false;
	switch (e->kind) {
	case EV_STOP:
	case EV_LOAD:
	case EV_STORE:
	case EV_DESC_LOAD:
		return false;
	case EV_ISB:
	case EV_EXCEPTION:
		/* A change of tables ends fills from the old ones. */
		return !s->shared_tag[pe][p->context] &&
		       !s->shared_tag[pe][p->next_context];
	default:
		return true;
	}
}

/* What a PE that ended still holds makes no difference. */
static void retire(struct search *s, struct state *st, unsigned pe)
{
	struct pe *p = &st->pe[pe];

	p->pc = s->test->thread[pe].end;
	p->el = 0;
	p->context = 0;
	p->next_context = 0;
	memset(&p->held, 0, sizeof(p->held));
	for (unsigned i = 0; i < MAX_ACCESSES; i++)
		p->early[i] = (struct set){ { 0 } };
	memset(p->pending, 0, sizeof(p->pending));
	p->nr_pending = 0;
}

/* Nobody waits for a TLBI on a PE that ended, nor keeps one that has acted. */
static void forget_tlbis(struct search *s, struct state *st, unsigned pe)
{
	struct pe *p = &st->pe[pe];
	unsigned n = 0;

	for (unsigned i = 0; i < p->nr_pending; i++) {
		struct pending t = p->pending[i];

		for (unsigned q = 0; q < s->test->nr_threads; q++) {
			if (vmsa_litmus_is_done(s, st, q))
				t.waiting &= (uint8_t) ~(1u << q);
		}
		if (t.waiting)
			p->pending[n++] = t;
	}
	memset(&p->pending[n], 0, (p->nr_pending - n) * sizeof(p->pending[0]));
	p->nr_pending = (uint8_t)n;
}

/* What will not be looked up any more need not be told apart. */
static void forget_entries(struct search *s, struct state *st, unsigned pe)
{
	const uint16_t vas = s->future[pe][st->pe[pe].pc];

	for (unsigned i = 0; i < s->nr_entries; i++) {
		const enum vmsa_cached_kind kind = s->entry[i].tag.kind;

		if (kind != VMSA_CACHED_S2_LEAF &&
		    kind != VMSA_CACHED_S2_TABLE &&
		    !(vas >> s->entry[i].index & 1))
			set_remove(&st->pe[pe].held, i);
	}
}

/* States that differ only in what nobody can see any more become equal. */
static void tidy(struct search *s, struct state *st)
{
	for (unsigned pe = 0; pe < s->test->nr_threads; pe++) {
		if (vmsa_litmus_is_done(s, st, pe))
			retire(s, st, pe);
	}
	for (unsigned pe = 0; pe < s->test->nr_threads; pe++) {
		forget_tlbis(s, st, pe);
		forget_entries(s, st, pe);
	}
}

/* All that needs no choice, until nothing of that kind is left. */
static void settle(struct search *s, struct state *st)
{
	bool again = true;

	while (again && !s->bound) {
		again = false;
		vmsa_litmus_offer(s, st, false);
		tidy(s, st);
		for (unsigned pe = 0; pe < s->test->nr_threads && !again;
		     pe++) {
			again = is_forced(s, st, pe) && is_enabled(s, st, pe);
			if (again)
				vmsa_litmus_do_event(s, st, pe);
		}
	}
}

/* S4: what memory offers at the start may be in TLBs already. */
void vmsa_litmus_start(struct search *s, struct state *st)
{
	const struct test *test = s->test;

	memset(st, 0, sizeof(*st));
	for (unsigned i = 0; i < test->nr_locs; i++)
		st->memory[i] = test->loc[i].initial;
	for (unsigned pe = 0; pe < test->nr_threads; pe++) {
		st->pe[pe].el = test->thread[pe].el;
		for (unsigned i = 0; i < MAX_REGS; i++)
			st->pe[pe].reg[i] = VALUE_UNSET;
	}
	vmsa_litmus_offer(s, st, true);
	settle(s, st);
}

struct list {
	struct move *move;
	unsigned nr;
};

static void add(struct search *s, struct list *list, struct move move)
{
	if (list->nr == MAX_MOVES)
		s->bound = "more choices at once than fit";
	else
		list->move[list->nr++] = move;
}

/* An access has a choice for each translation it may have got. */
static void add_event(struct search *s, const struct state *st, unsigned pe,
		      struct list *list)
{
	const struct event *e = vmsa_litmus_event(s, st, pe);
	const bool access = e->kind == EV_LOAD || e->kind == EV_STORE;

	if (e->kind == EV_STOP || !is_enabled(s, st, pe))
		return;
	if (!access)
		add(s, list, (struct move){ MOVE_EVENT, (uint8_t)pe, 0, 0 });
	for (unsigned i = 0; access && i < s->nr_entries; i++) {
		if (set_has(&st->pe[pe].early[e->access], i))
			add(s, list,
			    (struct move){ MOVE_EVENT, (uint8_t)pe, (uint8_t)i,
					   0 });
	}
}

static void add_tlbis(struct search *s, const struct state *st, unsigned pe,
		      struct list *list)
{
	const struct pe *p = &st->pe[pe];

	for (unsigned i = 0; i < p->nr_pending; i++) {
		for (unsigned q = 0; q < s->test->nr_threads; q++) {
			if (p->pending[i].waiting >> q & 1)
				add(s, list,
				    (struct move){ MOVE_TLBI, (uint8_t)pe,
						   (uint8_t)i, (uint8_t)q });
		}
	}
}

unsigned vmsa_litmus_moves(struct search *s, const struct state *st,
			   struct move moves[MAX_MOVES])
{
	struct list list = { moves, 0 };

	for (unsigned pe = 0; pe < s->test->nr_threads; pe++) {
		const struct pe *p = &st->pe[pe];

		for (unsigned i = 0; i < p->nr_buffer; i++) {
			if (vmsa_litmus_may_drain(s, p, i))
				add(s, &list,
				    (struct move){ MOVE_DRAIN, (uint8_t)pe,
						   (uint8_t)i, 0 });
		}
		add_tlbis(s, st, pe, &list);
		add_event(s, st, pe, &list);
	}
	return list.nr;
}

static void act(struct search *s, struct state *st, struct move move)
{
	struct pending *t = &st->pe[move.pe].pending[move.which];

	if (s->log)
		fprintf(s->log, "  P%u  obeys P%u's %s\n", move.target, move.pe,
			s->test->thread[move.pe].event[t->event].text);
	vmsa_litmus_invalidate(s, st, move.pe, *t, move.target);
	t->waiting &= (uint8_t) ~(1u << move.target);
}

void vmsa_litmus_apply(struct search *s, struct state *st, struct move move)
{
	const struct event *e = vmsa_litmus_event(s, st, move.pe);

	switch (move.kind) {
	case MOVE_DRAIN:
		vmsa_litmus_drain(s, st, move.pe, move.which);
		break;
	case MOVE_TLBI:
		act(s, st, move);
		break;
	case MOVE_EVENT:
		if (e->kind == EV_LOAD || e->kind == EV_STORE)
			vmsa_litmus_do_access(s, st, move.pe, move.which);
		else
			vmsa_litmus_do_event(s, st, move.pe);
		break;
	}
	settle(s, st);
}

/* --- the question -------------------------------------------------------- */

/* A fault in a question may leave level and IPA open. */
static bool is_value(uint32_t value, uint32_t asked)
{
	if ((asked & VALUE_KIND) != VALUE_FAULT)
		return value == asked;
	return (value & VALUE_KIND) == VALUE_FAULT &&
	       (!(asked & VALUE_LEVEL) ||
		(value & VALUE_LEVEL) == (asked & VALUE_LEVEL)) &&
	       (!(asked & VALUE_STAGE2) ||
		(value & ~VALUE_LEVEL) == (asked & ~VALUE_LEVEL));
}

static bool node_holds(const struct test *test, const struct state *st,
		       uint8_t index)
{
	const struct node *n = &test->node[index];

	switch (n->kind) {
	case NODE_NOT:
		return !node_holds(test, st, n->left);
	case NODE_AND:
		return node_holds(test, st, n->left) &&
		       node_holds(test, st, n->right);
	case NODE_OR:
		return node_holds(test, st, n->left) ||
		       node_holds(test, st, n->right);
	case NODE_REG:
		return is_value(st->pe[n->pe].reg[n->left], n->value);
	case NODE_LOC:
		return is_value(st->memory[n->left], n->value);
	case NODE_TRUE:
	default:
		return true;
	}
}

bool vmsa_litmus_holds(const struct test *test, const struct state *st)
{
	return node_holds(test, st, test->root);
}
