/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_model_test.c - the explorer against a model that takes no shortcut
 *
 * The model follows one TLB that takes in one entry at a time, whenever it
 * likes, and drops none but to a TLBI, and one translation made early; the
 * explorer keeps the largest sets and looks at one address's part of a program.
 * Its TLB also knows which of two entries it took in last, as only a global
 * leaf over a non-global one is a conflict, and not the other way round.
 * Random programs of one to three PEs over two tables, in the order recorded
 * and in all orders, watched by another PE and by each of their own: both must
 * say the same of what an access may get, however far each PE has got.
 *
 *     root 0x1000 (level 2): entry 0, 0 or table A or table B
 *     A 0x2000, B 0x3000 (level 3): entry 0, one of five values
 */
#include "support/vmsa_test.h"

#include <stdlib.h>
#include <string.h>

#include "vmsa/bbm/explore.h"

#define ROOT     UINT64_C(0x1000)
#define A        UINT64_C(0x2000)
#define B        UINT64_C(0x3000)
#define EVENTS   7
#define PLACES   3
#define PES      3
#define PROGRAMS 6000
#define OTHER    PES /* the observer that does nothing but walk */

/* How far each PE is, a digit each. */
#define DIGIT  (EVENTS + 1)
#define POINTS (DIGIT * DIGIT * DIGIT)

/* What places hold, by number; the last two are for the root alone. */
static const vmsa_desc values[] = {
	0,
	UINT64_C(0x40000703),
	UINT64_C(0x40000783), /* the same, read-only */
	UINT64_C(0x50000703),
	UINT64_C(0x40000f03), /* as the first, not global */
	A | 0x3,
	B | 0x3,
};

enum {
	INVALID,
	LEAF_1,
	LEAF_2,
	LEAF_3,
	LEAF_NG,
	TABLE_A,
	TABLE_B
};

static const vmsa_pa places[PLACES] = { ROOT, A, B };

/* An event of a random program. */
enum kind {
	STORE,
	DSB_ISH,
	DSB_ISHST,
	DSB_NSH,
	DMB_ISHST,
	ISB,
	TLBI_ALL,   /* VAE1IS: tables and leaves */
	TLBI_LEAF,  /* VALE1IS: leaves */
	TLBI_LOCAL, /* VAE1: of one PE alone */
	NR_KINDS,
};

struct event {
	enum kind kind;
	uint8_t pe, place, value;
};

struct program {
	struct event event[EVENTS];
	uint8_t initial[PLACES];
	uint8_t observer; /* a PE, or OTHER */
	bool any_order, ets2;
};

/* --- the slow model ------------------------------------------------------ */

#define MAX_BUFFER (2 * EVENTS)
#define FENCE      0xff
#define BUCKETS    4096

/* A TLBI that has not acted, or a store that is not in memory. */
struct waiting {
	uint8_t pe, kind, place, value;
};

/* One state; a value's bit in @tlb says that its entry is held. */
struct state {
	uint8_t done[PES]; /* events */
	uint8_t nr_buffer, nr_pending, tlb;
	bool over; /* a global leaf was taken in while a non-global was held */
	uint8_t early; /* an outcome that was translated early, or 0 */
	uint8_t memory[PLACES];
	struct waiting pending[EVENTS], buffer[MAX_BUFFER];
};

/* Outcomes: a bit for each leaf, for faults of level 2 and 3, and conflicts. */
#define LEAVES   (1u << LEAF_1 | 1u << LEAF_2 | 1u << LEAF_3 | 1u << LEAF_NG)
#define FAULT_2  (1u << 5)
#define FAULT_3  (1u << 6)
#define CONFLICT (1u << 7) /* what another PE may meet */

struct model {
	const struct program *program;
	struct state *state;
	size_t *next; /* of the same bucket, plus 1 */
	size_t nr, room;
	size_t bucket[BUCKETS]; /* first, plus 1 */
	unsigned seen[POINTS];
};

static size_t *bucket_of(struct model *m, const struct state *st)
{
	const unsigned char *at = (const unsigned char *)st;
	unsigned h = 1;

	for (size_t i = 0; i < sizeof(*st); i++)
		h = h * 31 + at[i];
	return &m->bucket[h % BUCKETS];
}

static void visit(struct model *m, const struct state *st)
{
	size_t *bucket = bucket_of(m, st);

	for (size_t i = *bucket; i; i = m->next[i - 1]) {
		if (!memcmp(&m->state[i - 1], st, sizeof(*st)))
			return;
	}
	if (m->nr == m->room) {
		m->room = m->room ? 2 * m->room : 64;
		m->state = realloc(m->state, m->room * sizeof(*m->state));
		m->next = realloc(m->next, m->room * sizeof(*m->next));
		assert_non_null(m->state);
		assert_non_null(m->next);
	}
	m->state[m->nr] = *st;
	m->next[m->nr++] = *bucket;
	*bucket = m->nr;
}

static unsigned point_of(const uint8_t done[PES])
{
	unsigned point = 0;

	for (unsigned i = 0; i < PES; i++)
		point = point * DIGIT + done[i];
	return point;
}

static bool is_table(unsigned value)
{
	return value >= TABLE_A;
}

/* A walk of this instant that reads one more level at @place. */
static unsigned read_place(const struct state *st, unsigned place)
{
	return st->memory[place];
}

/* One entry more, from any level that a walk can get to; all ways. */
static void fill(struct model *m, const struct state *st)
{
	const unsigned root = read_place(st, 0);

	for (unsigned table = TABLE_A; table <= TABLE_B; table++) {
		struct state next = *st;
		unsigned leaf;

		if (root == table) {
			next.tlb |= (uint8_t)(1u << table);
			visit(m, &next);
		}
		if (root != table && !(st->tlb >> table & 1))
			continue;
		next = *st;
		leaf = read_place(st, table == TABLE_A ? 1 : 2);
		if (leaf != INVALID) {
			next.over |= leaf != LEAF_NG && st->tlb >> LEAF_NG & 1;
			next.tlb |= (uint8_t)(1u << leaf);
			visit(m, &next);
		}
	}
}

/* Two output addresses at once, one of them of memory that can be written. */
static bool is_conflict(const struct state *st)
{
	const unsigned same = 1u << LEAF_1 | 1u << LEAF_2 | 1u << LEAF_NG;

	return st->over || (st->tlb & same && st->tlb >> LEAF_3 & 1);
}

/* What an access may get now. */
static unsigned outcomes(const struct state *st)
{
	const unsigned root = read_place(st, 0);
	unsigned seen = st->tlb & LEAVES;

	if (!is_table(root))
		seen |= FAULT_2;
	for (unsigned table = TABLE_A; table <= TABLE_B; table++) {
		const unsigned leaf = read_place(st, table == TABLE_A ? 1 : 2);

		if (root != table && !(st->tlb >> table & 1))
			continue;
		seen |= leaf == INVALID ? FAULT_3 : 1u << leaf;
	}
	/* An access does not notice nG. */
	if (seen >> LEAF_NG & 1)
		seen |= 1u << LEAF_1;
	return seen & ~(1u << LEAF_NG);
}

/* The program's own PEs may keep one of them for later. */
static void translate_early(struct model *m, const struct state *st)
{
	const unsigned now = outcomes(st);

	for (unsigned bit = 1; bit <= FAULT_3; bit <<= 1) {
		struct state next = *st;

		if (!(now & bit))
			continue;
		next.early = (uint8_t)bit;
		visit(m, &next);
	}
}

static void drop(struct waiting *list, uint8_t *nr, unsigned i)
{
	--*nr;
	for (; i < *nr; i++)
		list[i] = list[i + 1];
	list[i] = (struct waiting){ 0 };
}

/* Does anything in front of a store of the buffer hold it back? */
static bool is_stuck(const struct state *st, unsigned i)
{
	bool stuck = st->buffer[i].place == FENCE;

	for (unsigned j = 0; j < i; j++)
		stuck |= st->buffer[j].pe == st->buffer[i].pe &&
			 (st->buffer[j].place == FENCE ||
			  st->buffer[j].place == st->buffer[i].place);
	return stuck;
}

/* A fence leaves when no store of its PE is in front of it. */
static void drain(struct model *m, const struct state *st)
{
	for (unsigned i = 0; i < st->nr_buffer; i++) {
		const struct waiting *w = &st->buffer[i];
		struct state next = *st;
		bool first = true;

		for (unsigned j = 0; j < i; j++)
			first &= st->buffer[j].pe != w->pe;
		if (w->place == FENCE ? !first : is_stuck(st, i))
			continue;
		if (w->place != FENCE)
			next.memory[w->place] = w->value;
		drop(next.buffer, &next.nr_buffer, i);
		visit(m, &next);
	}
}

/* Early translations of other PEs than the issuer's are done with. */
static void invalidate(struct model *m, const struct state *st)
{
	for (unsigned i = 0; i < st->nr_pending; i++) {
		const struct waiting *w = &st->pending[i];
		struct state next = *st;

		next.over = false;
		next.tlb &= w->kind == TLBI_LEAF ? (uint8_t)~LEAVES : 0;
		if (w->pe != m->program->observer || m->program->ets2)
			next.early &= (uint8_t)~LEAVES;
		drop(next.pending, &next.nr_pending, i);
		visit(m, &next);
	}
}

static void push(struct state *st, const struct event *e, uint8_t place)
{
	assert_true(st->nr_buffer < MAX_BUFFER);
	st->buffer[st->nr_buffer++] =
		(struct waiting){ e->pe, STORE, place, e->value };
}

static bool is_empty(const struct state *st, uint8_t pe)
{
	for (unsigned i = 0; i < st->nr_buffer; i++) {
		if (st->buffer[i].pe == pe)
			return false;
	}
	return true;
}

/* Is a TLBI of a PE under way, of one PE or of all? */
static bool is_pending(const struct state *st, uint8_t pe, bool local)
{
	for (unsigned i = 0; i < st->nr_pending; i++) {
		if (st->pending[i].pe == pe &&
		    (st->pending[i].kind == TLBI_LOCAL) == local)
			return true;
	}
	return false;
}

/* What a barrier waits for: a DSB NSH is the PE's own business. */
static bool has_to_wait(const struct state *st, const struct event *e, bool own)
{
	switch (e->kind) {
	case DSB_ISH:
		return !is_empty(st, e->pe) || is_pending(st, e->pe, true) ||
		       is_pending(st, e->pe, false);
	case DSB_ISHST:
		return !is_empty(st, e->pe);
	case DSB_NSH:
		return own &&
		       (!is_empty(st, e->pe) || is_pending(st, e->pe, true));
	default:
		return false;
	}
}

static void execute(struct model *m, const struct state *st,
		    const struct event *e)
{
	const bool own = e->pe == m->program->observer;
	struct state next = *st;

	if (has_to_wait(st, e, own))
		return;
	if (e->kind == STORE)
		push(&next, e, e->place);
	if (e->kind == DMB_ISHST && !is_empty(st, e->pe))
		push(&next, e, FENCE);
	if (e->kind == ISB && own)
		next.early = 0;
	if (own && m->program->ets2 &&
	    (e->kind == DSB_ISH || e->kind == DSB_ISHST || e->kind == DSB_NSH))
		next.early &= (uint8_t)LEAVES;
	if (e->kind == TLBI_ALL || e->kind == TLBI_LEAF ||
	    (e->kind == TLBI_LOCAL && own))
		next.pending[next.nr_pending++] =
			(struct waiting){ e->pe, (uint8_t)e->kind, 0, 0 };
	next.done[e->pe]++;
	visit(m, &next);
}

/* The next event of one PE, or of any. */
static void step(struct model *m, const struct state *st)
{
	uint8_t skipped[PES] = { 0 };

	for (unsigned i = 0; i < EVENTS; i++) {
		const struct event *e = &m->program->event[i];

		if (skipped[e->pe]++ != st->done[e->pe])
			continue;
		execute(m, st, e);
		if (!m->program->any_order)
			return;
	}
}

static void run_model(struct model *m)
{
	struct state start = { 0 };

	memcpy(start.memory, m->program->initial, PLACES);
	visit(m, &start);
	for (size_t i = 0; i < m->nr; i++) {
		const struct state st = m->state[i];

		m->seen[point_of(st.done)] |= outcomes(&st) | st.early;
		fill(m, &st);
		if (m->program->observer != OTHER)
			translate_early(m, &st);
		else if (is_conflict(&st))
			m->seen[point_of(st.done)] |= CONFLICT;
		drain(m, &st);
		invalidate(m, &st);
		step(m, &st);
	}
	free(m->state);
	free(m->next);
}

/* --- the explorer -------------------------------------------------------- */

static int read_initial(void *arg, vmsa_pa at, vmsa_desc *out)
{
	const struct program *program = arg;

	*out = 0;
	for (unsigned i = 0; i < PLACES; i++) {
		if (places[i] == at)
			*out = values[program->initial[i]];
	}
	return 0;
}

static struct vmsa_event event_of(const struct event *e, uint8_t memory[PLACES])
{
	static const struct vmsa_tlbi tlbis[] = {
		[TLBI_ALL] = { VMSA_TLBI_VAE1, VMSA_TLBI_IS, 0 },
		[TLBI_LEAF] = { VMSA_TLBI_VALE1, VMSA_TLBI_IS, 0 },
		[TLBI_LOCAL] = { VMSA_TLBI_VAE1, VMSA_TLBI_LOCAL, 0 },
	};
	static const enum vmsa_barrier barriers[] = {
		[DSB_ISH] = VMSA_DSB_ISH,     [DSB_ISHST] = VMSA_DSB_ISHST,
		[DSB_NSH] = VMSA_DSB_NSH,     [ISB] = VMSA_ISB,
		[DMB_ISHST] = VMSA_DMB_ISHST,
	};
	struct vmsa_event event = { .kind = VMSA_EVENT_STORE, .pe = e->pe };

	if (e->kind == STORE) {
		event.level = e->place ? 3 : 2;
		event.u.store.at = places[e->place];
		event.u.store.old = values[memory[e->place]];
		event.u.store.desc = values[e->value];
		event.u.store.count = 1;
		memory[e->place] = e->value;
	} else if (e->kind >= TLBI_ALL) {
		event.kind = VMSA_EVENT_TLBI;
		event.u.tlbi = tlbis[e->kind];
	} else {
		event.kind = VMSA_EVENT_BARRIER;
		event.u.barrier = barriers[e->kind];
	}
	return event;
}

/* What the explorer said, and which events it took to matter. */
struct answer {
	const struct program *program;
	unsigned seen[POINTS];
	bool matters[EVENTS];
};

/* Events of a PE up to one of the program's. */
static uint8_t count_events(const struct program *p, uint8_t pe, size_t up_to)
{
	uint8_t n = 0;

	for (size_t i = 0; i < up_to; i++)
		n += p->event[i].pe == pe;
	return n;
}

static unsigned bit_of(const struct vmsa_outcome *o, bool other)
{
	if (o->kind == VMSA_OUTCOME_CONFLICT)
		return other ? CONFLICT : 0;
	if (o->kind == VMSA_OUTCOME_FAULT)
		return o->level == 2 ? FAULT_2 : FAULT_3;
	if (o->kind != VMSA_OUTCOME_OUTPUT)
		return 0;
	if (o->pa != 0x40000000)
		return 1u << LEAF_3;
	return o->attr & VMSA_LEAF_AP2 ? 1u << LEAF_2 : 1u << LEAF_1;
}

static int note(void *arg, const struct vmsa_outcomes *at)
{
	struct answer *answer = arg;
	uint8_t done[PES] = { 0 };

	for (unsigned i = 0; i < at->nr_pes; i++) {
		const struct vmsa_progress *p = &at->progress[i];

		done[p->pe] =
			count_events(answer->program, (uint8_t)p->pe, p->event);
		if (p->event)
			answer->matters[p->event - 1] = true;
	}
	for (size_t i = 0; i < at->count; i++)
		answer->seen[point_of(done)] |=
			bit_of(&at->o[i], answer->program->observer == OTHER);
	return 0;
}

/* An event that does not matter to the address leaves all as it is. */
static unsigned answer_at(const struct answer *answer, unsigned point)
{
	const uint8_t done[PES] = { (uint8_t)(point / DIGIT / DIGIT),
				    (uint8_t)(point / DIGIT % DIGIT),
				    (uint8_t)(point % DIGIT) };
	uint8_t so_far[PES] = { 0 }, last[PES] = { 0 };

	for (unsigned i = 0; i < EVENTS; i++) {
		const uint8_t pe = answer->program->event[i].pe;

		if (so_far[pe]++ < done[pe] && answer->matters[i])
			last[pe] = so_far[pe];
	}
	return answer->seen[point_of(last)];
}

static void run_explorer(const struct program *program, struct answer *answer)
{
	static const vmsa_va zero;
	struct vmsa_program_config config = { .root = ROOT,
					      .read = read_initial,
					      .arg = (void *)program };
	const bool other = program->observer == OTHER;
	const struct vmsa_explore_options options = {
		.probes = &zero,
		.nr_probes = 1,
		.fn = note,
		.arg = answer,
		.observers = other ? VMSA_OBSERVER_OTHER : VMSA_OBSERVER_SELF,
		.self = other ? 0 : program->observer + 1u,
		.any_order = program->any_order,
		.ets2 = program->ets2,
	};
	struct vmsa_explore_result result;
	uint8_t memory[PLACES];
	struct vmsa_program *p;

	assert_int_equal(vmsa_geometry_init(&config.geometry, 12, 30,
					    VMSA_FORMAT_48),
			 0);
	assert_int_equal(vmsa_program_create(&config, &p), 0);
	memcpy(memory, program->initial, PLACES);
	for (unsigned i = 0; i < EVENTS; i++) {
		const struct vmsa_event e =
			event_of(&program->event[i], memory);

		assert_int_equal(vmsa_program_add(p, &e), 0);
	}
	assert_int_equal(vmsa_explore(p, &options, &result), 0);
	assert_null(result.bound);
	vmsa_program_destroy(p);
}

/* --- comparing ----------------------------------------------------------- */

static uint8_t random_value(uint64_t *seed, unsigned place)
{
	static const uint8_t roots[] = { INVALID, TABLE_A, TABLE_B, TABLE_A };

	return place ? (uint8_t)(test_rand(seed) % 5)
		     : roots[test_rand(seed) % COUNT(roots)];
}

/* Of one to three PEs; somebody who has an event, or nobody, is looking. */
static struct program random_program(uint64_t *seed)
{
	struct program p = { .any_order = test_rand(seed) % 2,
			     .ets2 = test_rand(seed) % 2 };
	const unsigned pes = 1 + test_rand(seed) % PES;

	for (unsigned i = 0; i < PLACES; i++)
		p.initial[i] = random_value(seed, i);
	for (unsigned i = 0; i < EVENTS; i++) {
		struct event *e = &p.event[i];

		e->kind = test_rand(seed) % 8 < 3
				  ? STORE
				  : (enum kind)(test_rand(seed) % NR_KINDS);
		e->pe = (uint8_t)(test_rand(seed) % pes);
		e->place = (uint8_t)(test_rand(seed) % PLACES);
		e->value = random_value(seed, e->place);
	}
	p.observer = test_rand(seed) % 2 ? p.event[test_rand(seed) % EVENTS].pe
					 : (uint8_t)OTHER;
	return p;
}

static void compare(unsigned number, const struct program *p)
{
	struct model *model = calloc(1, sizeof(*model));
	struct answer *answer = calloc(1, sizeof(*answer));

	assert_non_null(model);
	assert_non_null(answer);
	model->program = p;
	answer->program = p;
	run_model(model);
	run_explorer(p, answer);
	for (unsigned i = 0; i < POINTS; i++) {
		if (model->seen[i] && model->seen[i] != answer_at(answer, i))
			fail_msg("program %u, point %u: %#x, not %#x", number,
				 i, answer_at(answer, i), model->seen[i]);
	}
	free(model);
	free(answer);
}

/* Six thousand programs, at every point that can be reached. */
static void the_explorer_says_what_the_slow_model_says(void **state)
{
	uint64_t seed = 17;

	(void)state;
	for (unsigned i = 0; i < PROGRAMS; i++) {
		const struct program p = random_program(&seed);

		compare(i, &p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_explorer_says_what_the_slow_model_says),
	};

	return cmocka_run_group_tests_name("explore_model", tests, NULL, NULL);
}
