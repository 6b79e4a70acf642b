/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_model_test.c - the explorer against a model that takes no shortcut
 *
 * The model follows one TLB that takes in one entry at a time, whenever it
 * likes, and drops none but to a TLBI; the explorer keeps the largest set and
 * looks at one address's part of a program.  Random programs over two tables,
 * every point of each: both must say the same of what an access may get.
 *
 *     root 0x1000 (level 2): entry 0, 0 or table A or table B
 *     A 0x2000, B 0x3000 (level 3): entry 0, one of four values
 */
#include "support/vmsa_test.h"

#include <stdlib.h>
#include <string.h>

#include "vmsa/bbm/explore.h"

#define ROOT   UINT64_C(0x1000)
#define A      UINT64_C(0x2000)
#define B      UINT64_C(0x3000)
#define EVENTS 7
#define PLACES 3

/* What places hold, by number; the last two are for the root alone. */
static const vmsa_desc values[] = {
	0,
	UINT64_C(0x40000703),
	UINT64_C(0x40000783), /* the same, read-only */
	UINT64_C(0x50000703),
	A | 0x3,
	B | 0x3,
};

enum {
	INVALID,
	LEAF_1,
	LEAF_2,
	LEAF_3,
	TABLE_A,
	TABLE_B
};

static const vmsa_pa places[PLACES] = { ROOT, A, B };

/* An event of a random program. */
enum kind {
	STORE,
	DSB_ISH,
	DSB_ISHST,
	DMB_ISHST,
	TLBI_ALL,   /* VAE1IS: tables and leaves */
	TLBI_LEAF,  /* VALE1IS: leaves */
	TLBI_LOCAL, /* VAE1: not this PE's business */
	NR_KINDS,
};

struct event {
	enum kind kind;
	uint8_t place, value;
};

struct program {
	struct event event[EVENTS];
	uint8_t initial[PLACES];
};

/* --- the slow model ------------------------------------------------------ */

#define MAX_BUFFER 8
#define FENCE      0xff

/* One state; a value's bit in @tlb says that its entry is held. */
struct state {
	uint8_t pc, nr_buffer, nr_pending, tlb;
	uint8_t memory[PLACES];
	uint8_t pending[EVENTS]; /* kinds of TLBIs that have not acted */
	uint8_t place[MAX_BUFFER], value[MAX_BUFFER];
};

/* Outcomes: bit 1 .. 3 a leaf, bit 4 a level 2 fault, bit 5 a level 3 one. */
#define FAULT_2 (1u << 4)
#define FAULT_3 (1u << 5)

struct model {
	const struct program *program;
	struct state *state;
	size_t nr, room;
	unsigned seen[EVENTS + 1];
};

static void visit(struct model *m, const struct state *st)
{
	for (size_t i = 0; i < m->nr; i++) {
		if (!memcmp(&m->state[i], st, sizeof(*st)))
			return;
	}
	if (m->nr == m->room) {
		m->room = m->room ? 2 * m->room : 64;
		m->state = realloc(m->state, m->room * sizeof(*m->state));
		assert_non_null(m->state);
	}
	m->state[m->nr++] = *st;
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
			next.tlb |= (uint8_t)(1u << leaf);
			visit(m, &next);
		}
	}
}

/* What an access may get now. */
static unsigned outcomes(const struct state *st)
{
	const unsigned root = read_place(st, 0);
	unsigned seen = st->tlb & (1u << LEAF_1 | 1u << LEAF_2 | 1u << LEAF_3);

	if (!is_table(root))
		seen |= FAULT_2;
	for (unsigned table = TABLE_A; table <= TABLE_B; table++) {
		const unsigned leaf = read_place(st, table == TABLE_A ? 1 : 2);

		if (root != table && !(st->tlb >> table & 1))
			continue;
		seen |= leaf == INVALID ? FAULT_3 : 1u << leaf;
	}
	return seen;
}

static void drop_store(struct state *st, unsigned i)
{
	st->nr_buffer--;
	for (; i < st->nr_buffer; i++) {
		st->place[i] = st->place[i + 1];
		st->value[i] = st->value[i + 1];
	}
	st->place[i] = 0;
	st->value[i] = 0;
}

static void drain(struct model *m, const struct state *st)
{
	for (unsigned i = 0; i < st->nr_buffer; i++) {
		struct state next = *st;
		bool stuck = st->place[i] == FENCE;

		for (unsigned j = 0; j < i; j++)
			stuck |= st->place[j] == FENCE ||
				 st->place[j] == st->place[i];
		if (stuck)
			continue;
		next.memory[st->place[i]] = st->value[i];
		drop_store(&next, i);
		while (next.nr_buffer && next.place[0] == FENCE)
			drop_store(&next, 0);
		visit(m, &next);
	}
}

static void invalidate(struct model *m, const struct state *st)
{
	for (unsigned i = 0; i < st->nr_pending; i++) {
		struct state next = *st;

		next.tlb &=
			(uint8_t) ~(1u << LEAF_1 | 1u << LEAF_2 | 1u << LEAF_3);
		if (st->pending[i] == TLBI_ALL)
			next.tlb = 0;
		next.nr_pending--;
		for (unsigned j = i; j < next.nr_pending; j++)
			next.pending[j] = next.pending[j + 1];
		next.pending[next.nr_pending] = 0;
		visit(m, &next);
	}
}

static void push(struct state *st, uint8_t place, uint8_t value)
{
	assert_true(st->nr_buffer < MAX_BUFFER);
	st->place[st->nr_buffer] = place;
	st->value[st->nr_buffer++] = value;
}

static void step(struct model *m, const struct state *st)
{
	const struct event *e = &m->program->event[st->pc];
	struct state next = *st;

	if (st->pc == EVENTS)
		return;
	switch (e->kind) {
	case STORE:
		push(&next, e->place, e->value);
		break;
	case DSB_ISH:
		if (st->nr_buffer || st->nr_pending)
			return;
		break;
	case DSB_ISHST:
		if (st->nr_buffer)
			return;
		break;
	case DMB_ISHST:
		if (st->nr_buffer)
			push(&next, FENCE, 0);
		break;
	case TLBI_ALL:
	case TLBI_LEAF:
		next.pending[next.nr_pending++] = (uint8_t)e->kind;
		break;
	default:
		break;
	}
	next.pc++;
	visit(m, &next);
}

static void run_model(struct model *m)
{
	struct state start = { 0 };

	memcpy(start.memory, m->program->initial, PLACES);
	visit(m, &start);
	for (size_t i = 0; i < m->nr; i++) {
		const struct state st = m->state[i];

		m->seen[st.pc] |= outcomes(&st);
		fill(m, &st);
		drain(m, &st);
		invalidate(m, &st);
		step(m, &st);
	}
	free(m->state);
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
		[DSB_ISH] = VMSA_DSB_ISH,
		[DSB_ISHST] = VMSA_DSB_ISHST,
		[DMB_ISHST] = VMSA_DMB_ISHST,
	};
	struct vmsa_event event = { .kind = VMSA_EVENT_STORE };

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

static int note(void *arg, const struct vmsa_outcomes *at)
{
	unsigned *seen = arg;

	for (size_t i = 0; i < at->count; i++) {
		const struct vmsa_outcome *o = &at->o[i];

		if (o->kind == VMSA_OUTCOME_FAULT)
			seen[at->point] |= o->level == 2 ? FAULT_2 : FAULT_3;
		if (o->kind == VMSA_OUTCOME_OUTPUT)
			seen[at->point] |= o->pa != 0x40000000 ? 1u << LEAF_3
					   : o->attr & VMSA_LEAF_AP2
						   ? 1u << LEAF_2
						   : 1u << LEAF_1;
	}
	return 0;
}

/* Points that no step of the address's own separates look alike. */
static void spread(unsigned seen[EVENTS + 1])
{
	for (unsigned i = 1; i <= EVENTS; i++) {
		if (!seen[i])
			seen[i] = seen[i - 1];
	}
}

static void run_explorer(const struct program *program,
			 unsigned seen[EVENTS + 1])
{
	static const vmsa_va zero;
	struct vmsa_program_config config = { .root = ROOT,
					      .read = read_initial,
					      .arg = (void *)program };
	const struct vmsa_explore_options options = {
		.probes = &zero, .nr_probes = 1, .fn = note, .arg = seen
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
	spread(seen);
}

/* --- comparing ----------------------------------------------------------- */

static uint8_t random_value(uint64_t *seed, unsigned place)
{
	static const uint8_t roots[] = { INVALID, TABLE_A, TABLE_B, TABLE_A };

	return place ? (uint8_t)(test_rand(seed) % 4)
		     : roots[test_rand(seed) % COUNT(roots)];
}

static struct program random_program(uint64_t *seed)
{
	struct program p;

	for (unsigned i = 0; i < PLACES; i++)
		p.initial[i] = random_value(seed, i);
	for (unsigned i = 0; i < EVENTS; i++) {
		struct event *e = &p.event[i];

		e->kind = test_rand(seed) % 2
				  ? STORE
				  : (enum kind)(test_rand(seed) % NR_KINDS);
		e->place = (uint8_t)(test_rand(seed) % PLACES);
		e->value = random_value(seed, e->place);
	}
	return p;
}

/* Two thousand programs, eight points each. */
static void the_explorer_says_what_the_slow_model_says(void **state)
{
	uint64_t seed = 17;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		const struct program p = random_program(&seed);
		struct model model = { .program = &p };
		unsigned seen[EVENTS + 1] = { 0 };

		run_model(&model);
		run_explorer(&p, seen);
		for (unsigned point = 0; point <= EVENTS; point++) {
			if (seen[point] != model.seen[point])
				fail_msg("program %u, point %u: %#x, not %#x",
					 i, point, seen[point],
					 model.seen[point]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_explorer_says_what_the_slow_model_says),
	};

	return cmocka_run_group_tests_name("explore_model", tests, NULL, NULL);
}
