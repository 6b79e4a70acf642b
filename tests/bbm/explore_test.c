/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_test.c - what vmsa/bbm/explore.h promises, on programs made by hand
 *
 *     root 0x1000 (level 1) -> 0x2000 (level 2) -> 0x3000 (level 3)
 *
 * 4K granule, 39-bit VAs, lower half; VA 0 in all of them.  Each program is a
 * row of events in short form with the verdict argued beside it.
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/bbm/explore.h"

/* clang-format off */
#define ROOT   UINT64_C(0x1000)
#define L2     UINT64_C(0x2000)
#define L3     UINT64_C(0x3000)
#define NEW    UINT64_C(0x4000) /* a table the program makes */
#define TABLE(pa) ((pa) | 0x3)
#define PAGE   UINT64_C(0x40000703) /* AF, SH inner, AttrIndx 0, RW, global */
#define BLOCK  UINT64_C(0x40000701) /* the same as a block */
#define RO     UINT64_C(0x80)
#define NG     UINT64_C(0x800)
#define CONT   (UINT64_C(1) << 52)
/* clang-format on */

/* Descriptors before the program; the last one has no address. */
struct memory {
	struct {
		vmsa_pa at;
		vmsa_desc desc;
	} word[8];
};

static const struct memory with_page = {
	{ { ROOT, TABLE(L2) }, { L2, TABLE(L3) }, { L3, PAGE } }
};
static const struct memory with_ro_page = {
	{ { ROOT, TABLE(L2) }, { L2, TABLE(L3) }, { L3, PAGE | RO } }
};
static const struct memory with_ng_page = {
	{ { ROOT, TABLE(L2) }, { L2, TABLE(L3) }, { L3, PAGE | NG } }
};
/* Two members of a group of sixteen. */
static const struct memory with_group = { { { ROOT, TABLE(L2) },
					    { L2, TABLE(L3) },
					    { L3, PAGE | CONT },
					    { L3 + 8,
					      (PAGE | CONT) + 0x1000 } } };
static const struct memory with_hole = { { { ROOT, TABLE(L2) },
					   { L2, TABLE(L3) } } };
static const struct memory with_block = { { { ROOT, TABLE(L2) },
					    { L2, BLOCK } } };

static int read_memory(void *arg, vmsa_pa at, vmsa_desc *out)
{
	const struct memory *m = arg;

	*out = 0;
	for (unsigned i = 0; i < COUNT(m->word); i++) {
		if (m->word[i].at && m->word[i].at == at)
			*out = m->word[i].desc;
	}
	return 0;
}

/* --- programs in short form ---------------------------------------------- */

enum verb {
	END_OF_PROGRAM,
	STORE2, /* value of the level 2 entry */
	STORE3, /* of the level 3 entry in L3 */
	FILL,   /* value of entry 0 of NEW, at level 3; 4 KiB a step */
	ALLOC,  /* NEW */
	FREE,   /* the table at that address */
	BARRIER,
	VAE1,  /* of VA 0, Inner Shareable; level hint */
	VALE1, /* the same, last level */
	LOCAL, /* VALE1 of this PE */
};

struct op {
	enum verb verb;
	uint64_t value;
};

#define DSB                           \
	{                             \
		BARRIER, VMSA_DSB_ISH \
	}
#define DSB_ST                          \
	{                               \
		BARRIER, VMSA_DSB_ISHST \
	}
#define ISB                       \
	{                         \
		BARRIER, VMSA_ISB \
	}
#define MAX_OPS 12

static struct vmsa_event tlbi(enum vmsa_tlbi_op op, enum vmsa_tlbi_scope scope,
			      int level)
{
	const struct vmsa_tlbi_page page = {
		.ttl = (uint8_t)(level ? vmsa_tlbi_ttl(12, level) : 0)
	};

	return (struct vmsa_event){
		.kind = VMSA_EVENT_TLBI,
		.u.tlbi = { .op = op,
			    .scope = scope,
			    .operand = vmsa_tlbi_page_encode(op, &page) }
	};
}

static struct vmsa_event stored(enum vmsa_event_kind kind, int level,
				vmsa_pa at, vmsa_desc old, vmsa_desc desc)
{
	return (struct vmsa_event){
		.kind = kind,
		.level = (int8_t)level,
		.u.store = { .at = at,
			     .old = old,
			     .desc = desc,
			     .step = kind == VMSA_EVENT_FILL ? 0x1000 : 0,
			     .count = kind == VMSA_EVENT_FILL ? 512 : 1 }
	};
}

/* @m follows the stores, as an event says what it replaced. */
static struct vmsa_event event_of(const struct op *op, struct memory *m)
{
	const struct vmsa_event table = {
		.kind = op->verb == ALLOC ? VMSA_EVENT_TABLE_ALLOC
					  : VMSA_EVENT_TABLE_FREE,
		.level = 3,
		.u.table.pa = op->value
	};
	struct vmsa_event e = { .kind = VMSA_EVENT_BARRIER };
	const unsigned slot = op->verb == STORE2 ? 1 : 2;

	switch (op->verb) {
	case STORE2:
	case STORE3:
		e = stored(VMSA_EVENT_STORE, slot + 1, slot == 1 ? L2 : L3,
			   m->word[slot].desc, op->value);
		m->word[slot].at = slot == 1 ? L2 : L3;
		m->word[slot].desc = op->value;
		return e;
	case FILL:
		return stored(VMSA_EVENT_FILL, 3, NEW, 0, op->value);
	case ALLOC:
	case FREE:
		return table;
	case VAE1:
		return tlbi(VMSA_TLBI_VAE1, VMSA_TLBI_IS, (int)op->value);
	case VALE1:
		return tlbi(VMSA_TLBI_VALE1, VMSA_TLBI_IS, (int)op->value);
	case LOCAL:
		return tlbi(VMSA_TLBI_VALE1, VMSA_TLBI_LOCAL, 0);
	default:
		e.u.barrier = (enum vmsa_barrier)op->value;
		return e;
	}
}

static struct vmsa_program *make(const struct memory *before,
				 const struct op *ops)
{
	struct memory m = *before;
	struct vmsa_program_config config = { .root = ROOT,
					      .read = read_memory,
					      .arg = (void *)before };
	struct vmsa_program *p;

	assert_int_equal(vmsa_geometry_init(&config.geometry, 12, 39,
					    VMSA_FORMAT_48),
			 0);
	assert_int_equal(vmsa_program_create(&config, &p), 0);
	for (; ops->verb != END_OF_PROGRAM; ops++) {
		const struct vmsa_event e = event_of(ops, &m);

		assert_int_equal(vmsa_program_add(p, &e), 0);
	}
	return p;
}

/* What is seen at VA 0, and nothing else. */
static unsigned seen(const struct vmsa_program *p,
		     struct vmsa_explore_options options)
{
	static const vmsa_va zero;
	struct vmsa_explore_result result;

	options.probes = &zero;
	options.nr_probes = 1;
	assert_int_equal(vmsa_explore(p, &options, &result), 0);
	assert_null(result.bound);
	assert_int_equal(result.probes, 1);
	assert_int_equal(result.broken, result.seen & VMSA_INVARIANTS);
	return result.seen;
}

/* clang-format off */
#define I1 VMSA_I1_NO_FAULT
#define I3 VMSA_I3_PERMISSION
#define STALE VMSA_I3_STALE
#define I4 VMSA_I4_COEXIST
#define I5 VMSA_I5_FILLED
#define I6 VMSA_I6_FREED
#define CONFLICT VMSA_NO_CONFLICT
#define CONTENTS VMSA_SAME_CONTENTS

/* Verdicts for another PE at level 0 and at level 3. */
static const struct row {
	const char *name;
	const struct memory *before;
	struct op ops[MAX_OPS];
	unsigned level0, level3;
} rows[] = {
	{ "permission, flushed", &with_page,
	  { { STORE3, PAGE | RO }, DSB_ST, { VALE1, 0 }, DSB }, 0, 0 },
	{ "permission, no TLBI", &with_page,
	  { { STORE3, PAGE | RO }, DSB }, STALE, STALE },
	{ "permission, no DSB before the TLBI", &with_page,
	  { { STORE3, PAGE | RO }, { VALE1, 0 }, DSB }, STALE, STALE },
	{ "permission, no DSB after the TLBI", &with_page,
	  { { STORE3, PAGE | RO }, DSB_ST, { VALE1, 0 } }, STALE, STALE },
	{ "permission, DSB ISHST after the TLBI", &with_page,
	  { { STORE3, PAGE | RO }, DSB_ST, { VALE1, 0 }, DSB_ST },
	  STALE, STALE },
	{ "permission, DSB NSH after a broadcast", &with_page,
	  { { STORE3, PAGE | RO }, DSB_ST, { VALE1, 0 },
	    { BARRIER, VMSA_DSB_NSH } }, STALE, STALE },
	{ "permission, local TLBI", &with_page,
	  { { STORE3, PAGE | RO }, DSB_ST, { LOCAL, 0 }, DSB }, STALE, STALE },
	{ "permission, hint of the right level", &with_page,
	  { { STORE3, PAGE | RO }, DSB_ST, { VALE1, 3 }, DSB }, 0, 0 },
	{ "permission, hint of a wrong level", &with_page,
	  { { STORE3, PAGE | RO }, DSB_ST, { VALE1, 2 }, DSB }, STALE, STALE },
	{ "made valid", &with_hole, { { STORE3, PAGE }, DSB_ST }, 0, 0 },
	{ "made valid, no DSB", &with_hole, { { STORE3, PAGE } },
	  STALE, STALE },
	{ "made valid, DMB only", &with_hole,
	  { { STORE3, PAGE }, { BARRIER, VMSA_DMB_ISHST } }, STALE, STALE },
	{ "unmapped, flushed", &with_page,
	  { { STORE3, 0 }, DSB_ST, { VALE1, 0 }, DSB }, 0, 0 },
	{ "unmapped, not flushed", &with_page, { { STORE3, 0 }, DSB_ST },
	  STALE, STALE },
	{ "output, in one store", &with_page,
	  { { STORE3, PAGE + 0x1000 }, DSB_ST, { VALE1, 0 }, DSB }, I4, I4 },
	{ "output, broken first", &with_page,
	  { { STORE3, 0 }, DSB_ST, { VALE1, 0 }, DSB,
	    { STORE3, PAGE + 0x1000 }, DSB_ST }, I1, I1 },
	{ "output, broken first, no TLBI", &with_page,
	  { { STORE3, 0 }, DSB_ST, { STORE3, PAGE + 0x1000 }, DSB_ST },
	  I1 | I4 | STALE, I1 | I4 | STALE },
	{ "output, broken first, no DSB after the TLBI", &with_page,
	  { { STORE3, 0 }, DSB_ST, { VALE1, 0 },
	    { STORE3, PAGE + 0x1000 }, DSB }, I1 | I4, I1 | I4 },
	{ "output, read-only", &with_ro_page,
	  { { STORE3, (PAGE | RO) + 0x1000 }, DSB_ST, { VALE1, 0 }, DSB },
	  CONTENTS, CONTENTS },
	{ "memory type, in one store", &with_page,
	  { { STORE3, PAGE | 0x4 }, DSB_ST, { VALE1, 0 }, DSB }, I4, I4 },
	{ "split, not flushed", &with_block,
	  { { ALLOC, NEW }, { FILL, PAGE }, DSB_ST, { STORE2, TABLE(NEW) },
	    DSB_ST }, I4, 0 },
	{ "split, no DSB before the link", &with_block,
	  { { ALLOC, NEW }, { FILL, PAGE }, { STORE2, TABLE(NEW) }, DSB_ST },
	  I1 | I4 | I5, I1 | I5 },
	{ "split, DMB before the link", &with_block,
	  { { ALLOC, NEW }, { FILL, PAGE }, { BARRIER, VMSA_DMB_ISHST },
	    { STORE2, TABLE(NEW) }, DSB_ST }, I4, 0 },
	{ "split with another permission, flushed", &with_block,
	  { { ALLOC, NEW }, { FILL, PAGE | RO }, DSB_ST,
	    { STORE2, TABLE(NEW) }, DSB_ST, { VALE1, 0 }, DSB }, I4, 0 },
	{ "split with another memory type", &with_block,
	  { { ALLOC, NEW }, { FILL, PAGE | 0x4 }, DSB_ST,
	    { STORE2, TABLE(NEW) }, DSB_ST, { VALE1, 0 }, DSB }, I4, I4 },
	{ "collapse, freed after VAE1", &with_page,
	  { { STORE2, BLOCK }, DSB_ST, { VAE1, 0 }, DSB, { FREE, L3 } },
	  I4, 0 },
	{ "collapse, freed after VALE1", &with_page,
	  { { STORE2, BLOCK }, DSB_ST, { VALE1, 0 }, DSB, { FREE, L3 } },
	  I4 | I6, I6 },
	{ "collapse, freed before the DSB", &with_page,
	  { { STORE2, BLOCK }, DSB_ST, { VAE1, 0 }, { FREE, L3 }, DSB },
	  I4 | I6, I6 },
	{ "unhooked, freed after VAE1", &with_page,
	  { { STORE2, 0 }, DSB_ST, { VAE1, 0 }, DSB, { FREE, L3 } }, 0, 0 },
	{ "unhooked, freed before its store is seen", &with_page,
	  { { STORE2, 0 }, { FREE, L3 }, DSB_ST, { VAE1, 0 }, DSB }, I6, I6 },
	{ "nG set", &with_page,
	  { { STORE3, PAGE | NG }, DSB_ST, { VALE1, 0 }, DSB }, 0, 0 },
	{ "nG set, never flushed", &with_page,
	  { { STORE3, PAGE | NG }, DSB_ST }, 0, 0 },
	{ "nG set in one member of a group", &with_group,
	  { { STORE3, PAGE | CONT | NG }, DSB_ST, { VALE1, 0 }, DSB }, 0, 0 },
	{ "nG cleared", &with_ng_page,
	  { { STORE3, PAGE }, DSB_ST, { VALE1, 0 }, DSB }, I4, I4 },
	{ "nG cleared, broken first", &with_ng_page,
	  { { STORE3, 0 }, DSB_ST, { VALE1, 0 }, DSB, { STORE3, PAGE },
	    DSB_ST }, I1, I1 },
	{ "nG cleared, broken first, no TLBI", &with_ng_page,
	  { { STORE3, 0 }, DSB_ST, { STORE3, PAGE }, DSB_ST },
	  I1 | I4, I1 | I4 },
	{ "nG set and cleared", &with_page,
	  { { STORE3, PAGE | NG }, DSB_ST, { STORE3, PAGE }, DSB_ST,
	    { VALE1, 0 }, DSB }, I4, I4 },
	{ "nG set and cleared, flushed between", &with_page,
	  { { STORE3, PAGE | NG }, DSB_ST, { VALE1, 0 }, DSB, { STORE3, 0 },
	    DSB_ST, { VALE1, 0 }, DSB, { STORE3, PAGE }, DSB_ST }, I1, I1 },
	{ "split into non-global pages", &with_block,
	  { { ALLOC, NEW }, { FILL, PAGE | NG }, DSB_ST,
	    { STORE2, TABLE(NEW) }, DSB_ST, { VALE1, 0 }, DSB }, I4, 0 },
	{ "two permissions at once", &with_page,
	  { { STORE3, PAGE | 0x40 }, DSB_ST, { STORE3, PAGE | RO }, DSB_ST,
	    { VALE1, 0 }, DSB }, I3, I3 },
};
/* clang-format on */

/* What another PE can see of each, and nothing more. */
static void programs_show_what_is_argued(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_program *p = make(r->before, r->ops);

		print_message("%s\n", r->name);
		assert_int_equal(
			seen(p, (struct vmsa_explore_options){ .bbm = 0 }),
			r->level0);
		assert_int_equal(
			seen(p, (struct vmsa_explore_options){ .bbm = 3 }),
			r->level3);
		vmsa_program_destroy(p);
	}
}

static const struct op split[] = { { ALLOC, NEW }, { FILL, PAGE },
				   DSB_ST,         { STORE2, TABLE(NEW) },
				   DSB_ST,         { END_OF_PROGRAM, 0 } };

/* A size change alone: forbidden, forbidden without nT, a risk, and fine. */
static void a_split_is_judged_by_the_level(void **state)
{
	static const unsigned expected[] = { I4, I4, CONFLICT, 0 };
	struct vmsa_program *p = make(&with_block, split);

	(void)state;
	for (unsigned level = 0; level < 4; level++)
		assert_int_equal(
			seen(p, (struct vmsa_explore_options){ .bbm = level }),
			expected[level]);
	vmsa_program_destroy(p);
}

/* Level 1 asks for a block with nT first; a conflict stays possible. */
static void level_one_splits_by_way_of_nt(void **state)
{
	static const struct op ops[] = { { STORE2, BLOCK | 0x10000 },
					 DSB_ST,
					 { VALE1, 0 },
					 DSB,
					 { ALLOC, NEW },
					 { FILL, PAGE },
					 DSB_ST,
					 { STORE2, TABLE(NEW) },
					 DSB_ST,
					 { END_OF_PROGRAM, 0 } };
	struct vmsa_program *p = make(&with_block, ops);

	(void)state;
	assert_int_equal(seen(p, (struct vmsa_explore_options){ .bbm = 0 }),
			 I4);
	assert_int_equal(seen(p, (struct vmsa_explore_options){ .bbm = 1 }),
			 CONFLICT);
	vmsa_program_destroy(p);
}

/* Pages that hold the same may be swapped, if neither can be written. */
static void equal_contents_decide_a_read_only_swap(void **state)
{
	static const struct op ops[] = { { STORE3, (PAGE | RO) + 0x1000 },
					 DSB_ST,
					 { VALE1, 0 },
					 DSB,
					 { END_OF_PROGRAM, 0 } };
	struct vmsa_program *p = make(&with_ro_page, ops);
	const struct vmsa_explore_options same = { .same_contents = true };

	(void)state;
	assert_int_equal(seen(p, (struct vmsa_explore_options){ .bbm = 0 }),
			 CONTENTS);
	assert_int_equal(seen(p, same), 0);
	vmsa_program_destroy(p);
}

/*
 * The PE that edits has translations made early until its next context
 * synchronisation, unless it has FEAT_ETS2: the question whether the ISB at
 * the end of a flush is needed.
 */
static void the_isb_is_for_the_editor_alone(void **state)
{
	static const struct op with[] = {
		{ STORE3, PAGE | RO }, DSB_ST, { VALE1, 0 }, DSB, ISB, { 0, 0 }
	};
	static const struct op without[] = {
		{ STORE3, PAGE | RO }, DSB_ST, { VALE1, 0 }, DSB, { 0, 0 }
	};
	static const struct {
		const struct op *ops;
		unsigned observers;
		bool ets2;
		unsigned seen;
	} cases[] = {
		{ with, VMSA_OBSERVER_SELF, false, 0 },
		{ without, VMSA_OBSERVER_SELF, false, STALE },
		{ without, VMSA_OBSERVER_SELF, true, 0 },
		{ without, VMSA_OBSERVER_OTHER, false, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct vmsa_program *p = make(&with_page, cases[i].ops);
		const struct vmsa_explore_options options = {
			.observers = cases[i].observers, .ets2 = cases[i].ets2
		};

		assert_int_equal(seen(p, options), cases[i].seen);
		vmsa_program_destroy(p);
	}
}

/* --- exact outcomes ------------------------------------------------------ */

/* One bit an outcome of the program below. */
enum {
	OLD = 1,
	NEW_PAGE = 2,
	HOLE = 4,
	ANYTHING_ELSE = 8
};

struct points {
	unsigned at[8];
};

static int note_outcomes(void *arg, const struct vmsa_outcomes *o)
{
	struct points *points = arg;

	for (size_t i = 0; i < o->count; i++) {
		unsigned bit = ANYTHING_ELSE;

		if (o->o[i].kind == VMSA_OUTCOME_FAULT && o->o[i].level == 3)
			bit = HOLE;
		if (o->o[i].kind == VMSA_OUTCOME_OUTPUT && o->o[i].level == 3)
			bit = o->o[i].pa == 0x40000000 ? OLD : NEW_PAGE;
		points->at[o->point] |= bit;
	}
	return 0;
}

/* Break, wait, make: what an access may get after each event. */
static void a_break_before_make_shows_its_outcomes_in_order(void **state)
{
	static const struct op ops[] = { { STORE3, 0 },
					 DSB_ST,
					 { VALE1, 0 },
					 DSB,
					 { STORE3, PAGE + 0x1000 },
					 DSB_ST,
					 { 0, 0 } };
	static const struct points expected = { { OLD, OLD | HOLE, OLD | HOLE,
						  OLD | HOLE, HOLE,
						  HOLE | NEW_PAGE, NEW_PAGE } };
	struct vmsa_program *p = make(&with_page, ops);
	struct points points = { { 0 } };

	(void)state;
	seen(p, (struct vmsa_explore_options){ .fn = note_outcomes,
					       .arg = &points });
	assert_memory_equal(&points, &expected, sizeof(points));
	vmsa_program_destroy(p);
}

static int refuse(void *arg, const struct vmsa_outcomes *o)
{
	(void)arg;
	(void)o;
	return 77;
}

/* A callback's own value comes back. */
static void a_callback_may_stop_it(void **state)
{
	struct vmsa_program *p = make(&with_block, split);
	const struct vmsa_explore_options options = { .fn = refuse };
	struct vmsa_explore_result result = { .probes = 5 };

	(void)state;
	assert_int_equal(vmsa_explore(p, &options, &result), 77);
	assert_int_equal(result.probes, 5);
	vmsa_program_destroy(p);
}

/* --- stories, bounds, probes --------------------------------------------- */

/* Nothing in a shortest run could be left out. */
static void the_shortest_bad_run_is_told(void **state)
{
	static const struct op ops[] = { { STORE3, PAGE + 0x1000 },
					 DSB_ST,
					 { 0, 0 } };
	struct vmsa_program *p = make(&with_page, ops);
	struct vmsa_explore_options options = { .bbm = 3 };
	const char *at;
	char *text = NULL;
	size_t size;

	(void)state;
	options.story = open_memstream(&text, &size);
	assert_int_equal(seen(p, options), I4 | STALE);
	fclose(options.story);
	at = strstr(text, "  PE 0  #1 STORE level 3 at 0x3000: 0x40000703 -> "
			  "0x40001703, VA 0x0\n"
			  "        memory now has #1 STORE");
	assert_ptr_equal(at, text);
	assert_non_null(strstr(text, "the level 3 leaf to 0x40000000"));
	assert_non_null(strstr(text, "the level 3 leaf to 0x40001000"));
	assert_non_null(strstr(text, "broken: I4"));
	free(text);
	vmsa_program_destroy(p);
}

/* A bound is said, and nothing is promised of what was not looked at. */
static void a_bound_that_is_hit_is_said(void **state)
{
	struct vmsa_program *p = make(&with_block, split);
	const struct vmsa_explore_options options = { .bbm = 3,
						      .max_states = 3 };
	struct vmsa_explore_result result;

	(void)state;
	assert_int_equal(vmsa_explore(p, &options, &result), 0);
	assert_non_null(result.bound);
	vmsa_program_destroy(p);
}

/* One address for each descriptor that is stored, each once. */
static void probes_are_the_addresses_of_all_stores(void **state)
{
	struct vmsa_program *p = make(&with_block, split);
	vmsa_va *va;
	size_t n;

	(void)state;
	assert_int_equal(vmsa_program_probes(p, &va, &n), 0);
	assert_int_equal(n, 512);
	for (size_t i = 0; i < n; i++)
		assert_u64_equal(va[i], i << 12);
	free(va);
	vmsa_program_destroy(p);
}

static int no_memory(void *arg, vmsa_pa at, vmsa_desc *out)
{
	(void)arg;
	(void)at;
	(void)out;
	return -1;
}

/* Tables have to be somewhere. */
static void a_table_outside_memory_is_an_error(void **state)
{
	static const vmsa_va zero;
	struct vmsa_program_config config = { .root = ROOT, .read = no_memory };
	const struct vmsa_explore_options options = { .probes = &zero,
						      .nr_probes = 1 };
	struct vmsa_explore_result result = { .probes = 5 };
	struct vmsa_program *p;

	(void)state;
	assert_int_equal(vmsa_geometry_init(&config.geometry, 12, 39,
					    VMSA_FORMAT_48),
			 0);
	assert_int_equal(vmsa_program_create(&config, &p), 0);
	assert_int_equal(vmsa_explore(p, &options, &result), -EFAULT);
	assert_int_equal(result.probes, 5);
	vmsa_program_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_show_what_is_argued),
		cmocka_unit_test(a_split_is_judged_by_the_level),
		cmocka_unit_test(level_one_splits_by_way_of_nt),
		cmocka_unit_test(equal_contents_decide_a_read_only_swap),
		cmocka_unit_test(the_isb_is_for_the_editor_alone),
		cmocka_unit_test(
			a_break_before_make_shows_its_outcomes_in_order),
		cmocka_unit_test(a_callback_may_stop_it),
		cmocka_unit_test(the_shortest_bad_run_is_told),
		cmocka_unit_test(a_bound_that_is_hit_is_said),
		cmocka_unit_test(probes_are_the_addresses_of_all_stores),
		cmocka_unit_test(a_table_outside_memory_is_an_error),
	};

	return cmocka_run_group_tests_name("explore", tests, NULL, NULL);
}
