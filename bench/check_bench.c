/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_bench.c - how fast the checker takes events
 *
 *   check/events/N     events in memory about pages of N live level 3 tables,
 *                      picked here and there: begin, store of zero, DSB ISHST,
 *                      TLBI VAALE1IS, DSB ISH, store of another page, end.
 *                      Seven events a cycle, all of which count; the operation
 *                      promises nothing, as the last store has no DSB
 *   check/text/...     the same cycle as an event log with places in a source,
 *                      parsed and checked: events, and bytes of text
 *   check/casemate     the same cycle as a trace of casemate, lock and unlock
 *                      for begin and end: all records count
 *   check/start/...    a checker of 131 072 live tables before its first event
 *
 * cal of the events is the two stores of a cycle to the same descriptors, as
 * fast as the host makes them; of the text, finding the ends of its lines; of
 * the start, a page of zeroed memory, and the bytes asked for.  The goals are
 * another checker's, in its own unit.
 *
 * A run is right if every event was seen and nothing was found, and if a
 * store without a break after it is.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "check_text.h"
#include "vmsa/bbm.h"

#define CYCLES  262144u
#define PAGE    UINT64_C(4096)
#define ENTRIES 512u

/* Cycles that the host fetches a descriptor ahead. */
#define AHEAD 4u

/* A root of 256 entries at frame 0, level 2 behind it, then level 3. */
#define MAX_LEAF 131072u
#define FIRST_L3 (1u + MAX_LEAF / ENTRIES)
#define FRAMES   (FIRST_L3 + MAX_LEAF)

#define LEAF (VMSA_LEAF_AF | VMSA_DESC_TYPE)

struct events {
	uint64_t *arena; /* frames, from address 0 */
	unsigned tables; /* live level 3 tables */
	uint64_t next;   /* cycle */
	struct vmsa_checker *checker;
	unsigned id;
	uint64_t seen; /* events before the run */
};

static int read_arena(void *arg, vmsa_pa at, vmsa_desc *out)
{
	const uint64_t *arena = arg;

	*out = arena[at / 8];
	return 0;
}

static void close_events(void *arg)
{
	struct events *v = arg;

	vmsa_checker_destroy(v->checker);
	bench_pages_free(v->arena, FRAMES * PAGE);
	free(v);
}

static void fill_arena(struct events *v)
{
	for (unsigned t = 0; t < v->tables; t++) {
		uint64_t *l3 = v->arena + (FIRST_L3 + t) * ENTRIES;

		for (unsigned i = 0; i < ENTRIES; i++)
			l3[i] = (t * ENTRIES + i) * PAGE | LEAF;
		v->arena[ENTRIES + t] = (FIRST_L3 + t) * PAGE | 3;
	}
	for (unsigned i = 0; i * ENTRIES < v->tables; i++)
		v->arena[i] = (1 + i) * PAGE | 3;
}

static bool start(struct events *v)
{
	static const struct vmsa_check_operation operations[] = {
		{ "cycle", VMSA_CHECK_NO_PROMISE }, { NULL, 0 }
	};
	const struct vmsa_checker_config config = { .pes = 4,
						    .operations = operations };
	struct vmsa_check_tables tables = { .asid = VMSA_CHECK_ANY_ASID,
					    .read = read_arena,
					    .arg = v->arena };

	return !vmsa_geometry_init(&tables.geometry, 12, 39, VMSA_FORMAT_48) &&
	       !vmsa_checker_create(&config, &v->checker) &&
	       !vmsa_checker_add(v->checker, &tables, &v->id);
}

static void *open_events(unsigned tables)
{
	struct events *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->tables = tables;
	v->arena = bench_pages(FRAMES * PAGE);
	if (!v->arena || !start(v)) {
		close_events(v);
		return NULL;
	}
	fill_arena(v);
	return v;
}

static void *open_1(void)
{
	return open_events(1);
}

static void *open_64(void)
{
	return open_events(64);
}

static void *open_400(void)
{
	return open_events(400);
}

static void *open_all(void)
{
	return open_events(MAX_LEAF);
}

/* A page of the live tables: its number, here and there. */
static uint64_t pick(const struct events *v, uint64_t cycle)
{
	const uint64_t mixed = cycle * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	return mixed % ((uint64_t)v->tables * ENTRIES);
}

/* Who has events in memory need not wait for descriptors. */
static void expect(const struct events *v)
{
	const uint64_t page = pick(v, v->next + AHEAD);

	__builtin_prefetch(v->arena + (FIRST_L3 * PAGE / 8 + page), 1);
}

static void tell(struct events *v, const struct vmsa_event *event)
{
	vmsa_checker_event(v->checker, v->id, event);
}

static void store(struct events *v, struct vmsa_event *e, uint64_t desc)
{
	uint64_t *at = v->arena + e->u.store.at / 8;

	e->u.store.old = *at;
	e->u.store.desc = desc;
	*(volatile uint64_t *)at = desc;
	tell(v, e);
}

static uint64_t address_of(uint64_t page)
{
	return FIRST_L3 * PAGE + 8 * page;
}

static uint64_t check_cycles(void *arg)
{
	struct events *v = arg;
	const struct vmsa_event begin = { .kind = VMSA_EVENT_BEGIN,
					  .u.name = "cycle" };
	const struct vmsa_event end = { .kind = VMSA_EVENT_END,
					.u.name = "cycle" };
	const struct vmsa_event ishst = { .kind = VMSA_EVENT_BARRIER,
					  .u.barrier = VMSA_DSB_ISHST };
	const struct vmsa_event ish = { .kind = VMSA_EVENT_BARRIER,
					.u.barrier = VMSA_DSB_ISH };
	struct vmsa_event tlbi = { .kind = VMSA_EVENT_TLBI,
				   .u.tlbi = { .op = VMSA_TLBI_VAALE1,
					       .scope = VMSA_TLBI_IS } };
	struct vmsa_event e = { .kind = VMSA_EVENT_STORE, .level = 3 };

	e.u.store.count = 1;
	for (unsigned i = 0; i < CYCLES; i++) {
		const uint64_t page = pick(v, v->next++);

		expect(v);
		e.u.store.va = page * PAGE;
		e.u.store.at = address_of(page);
		tlbi.u.tlbi.operand = page;
		tell(v, &begin);
		store(v, &e, 0);
		tell(v, &ishst);
		tell(v, &tlbi);
		tell(v, &ish);
		store(v, &e, i * PAGE | LEAF);
		tell(v, &end);
	}
	return 0;
}

/* The same descriptors, and nobody told. */
static uint64_t only_store(void *arg)
{
	struct events *v = arg;

	for (unsigned i = 0; i < CYCLES; i++) {
		const uint64_t page = pick(v, v->next++);
		volatile uint64_t *at = v->arena + address_of(page) / 8;

		expect(v);
		*at = 0;
		*at = i * PAGE | LEAF;
	}
	return 0;
}

static void prepare_events(void *arg, enum bench_side side)
{
	struct events *v = arg;
	struct vmsa_checker_stats s;

	(void)side;
	vmsa_checker_stats(v->checker, &s);
	v->seen = s.events;
}

static uint64_t violations(const struct events *v)
{
	struct vmsa_checker_stats s;

	vmsa_checker_stats(v->checker, &s);
	return s.verdicts[VMSA_CHECK_VIOLATION];
}

/* Is the checker awake?  A new one has to be made for the next run. */
static uint64_t check_events(void *arg)
{
	struct events *v = arg;
	struct vmsa_event e = { .kind = VMSA_EVENT_STORE, .level = 3 };
	struct vmsa_checker_stats s;
	uint64_t wrong;

	vmsa_checker_stats(v->checker, &s);
	wrong = (s.events - v->seen != UINT64_C(7) * CYCLES) + violations(v) +
		s.held + (vmsa_checker_finish(v->checker) != 0);
	e.u.store.at = address_of(0);
	e.u.store.count = 1;
	store(v, &e, UINT64_C(0x7000000000) | LEAF);
	wrong += violations(v) != 1;
	v->arena[e.u.store.at / 8] = LEAF;
	vmsa_checker_destroy(v->checker);
	v->checker = NULL;
	return wrong + !start(v);
}

/* --- the start ----------------------------------------------------------- */

static uint64_t start_checker(void *arg)
{
	struct events *v = arg;

	vmsa_checker_destroy(v->checker);
	v->checker = NULL;
	return !start(v);
}

static uint64_t zero_page(void *arg)
{
	void *page = calloc(1, PAGE);

	(void)arg;
	__asm__ volatile("" : : "r"(page) : "memory");
	free(page);
	return !page;
}

/* KiB of the heap that a checker takes, by the heap's own books. */
static double start_bytes(void *arg, enum bench_side side)
{
	struct events *v = arg;
	struct mallinfo2 before, after;

	if (side == BENCH_CAL)
		return 1024;
	vmsa_checker_destroy(v->checker);
	v->checker = NULL;
	before = mallinfo2();
	if (!start(v))
		return 1e9;
	after = mallinfo2();
	return (double)(after.uordblks + after.hblkhd - before.uordblks -
			before.hblkhd) /
	       1024;
}

#define EVENTS(which, open_which, asked)                                     \
	{                                                                    \
		.name = "check/events/" which, .unit = "M/s",                \
		.better = BENCH_HIGHER, .judge = BENCH_VALUE, .goal = asked, \
		.ops = 7u * CYCLES, .setup = open_which,                     \
		.prepare = prepare_events,                                   \
		.run = { check_cycles, only_store }, .check = check_events,  \
		.teardown = close_events                                     \
	}

static const struct bench cases[] = {
	EVENTS("1", open_1, 35),
	EVENTS("64", open_64, 28),
	EVENTS("400", open_400, 25),
	EVENTS("131072", open_all, 25),
	{ .name = "check/text/events",
	  .unit = "M/s",
	  .better = BENCH_HIGHER,
	  .judge = BENCH_VALUE,
	  .goal = 6,
	  .ops = CHECK_TEXT_EVENTS,
	  .setup = check_text_open,
	  .run = { check_text_run, check_text_lines },
	  .teardown = check_text_close },
	{ .name = "check/text/bytes",
	  .unit = "MB/s",
	  .better = BENCH_HIGHER,
	  .judge = BENCH_VALUE,
	  .goal = 300,
	  .ops = CHECK_TEXT_BYTES,
	  .setup = check_text_open,
	  .run = { check_text_run, check_text_lines },
	  .teardown = check_text_close },
	{ .name = "check/casemate",
	  .unit = "M/s",
	  .better = BENCH_HIGHER,
	  .judge = BENCH_VALUE,
	  .goal = 6,
	  .ops = CHECK_TEXT_EVENTS,
	  .setup = check_casemate_open,
	  .run = { check_text_run, check_text_lines },
	  .teardown = check_text_close },
	{ .name = "check/start/time",
	  .unit = "ms",
	  .judge = BENCH_VALUE,
	  .goal = 10,
	  .ops = 1,
	  .setup = open_all,
	  .run = { start_checker, zero_page },
	  .teardown = close_events },
	{ .name = "check/start/bytes",
	  .unit = "KiB",
	  .goal = 1,
	  .setup = open_all,
	  .value = start_bytes,
	  .teardown = close_events },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
