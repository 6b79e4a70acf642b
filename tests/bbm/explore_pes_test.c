/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_pes_test.c - programs of several PEs, with verdicts argued
 *
 *     root 0x1000 (level 2) -> 0x2000 (level 3), 4K granule, 30-bit VAs
 *
 * A DSB is of the PE that executes it: it waits for that PE's stores and TLBIs
 * (D8.17, B2.3), so a step that another PE was to finish is not finished.
 */
#include "support/vmsa_test.h"

#include <string.h>

#include "vmsa/bbm/explore.h"

/* clang-format off */
#define ROOT   UINT64_C(0x1000)
#define L3     UINT64_C(0x2000)
#define NEW    UINT64_C(0x3000) /* a table that is made */
#define PAGE   UINT64_C(0x40000703)
#define TABLE(pa) ((pa) | 0x3)
#define RO     UINT64_C(0x80)
#define I1     VMSA_I1_NO_FAULT
#define STALE  VMSA_I3_STALE
#define I4     VMSA_I4_COEXIST
#define I5     VMSA_I5_FILLED

enum verb {
	END_OF_PROGRAM,
	LINK,  /* value of the root's entry 0 */
	PAGE0, /* value of the first page's descriptor */
	PAGE1, /* of the second one's */
	ALLOC, /* NEW */
	FILL,  /* NEW with pages from value on */
	DSB, DSB_ST, DSB_NSH, ISB,
	VAE1,  /* Inner Shareable; value is the address */
	LOCAL, /* VMALLE1 */
	BEGIN, END,
};

struct op {
	uint16_t pe;
	enum verb verb;
	uint64_t value;
};

/* Verdicts at level 3 for a PE that only walks: as recorded, in any order. */
static const struct row {
	const char *name;
	vmsa_desc root, page; /* before */
	struct op op[12];
	unsigned recorded, any_order;
} rows[] = {
	{ "unmapped by one PE", TABLE(L3), PAGE,
	  { { 1, PAGE0, 0 }, { 1, DSB_ST, 0 }, { 1, VAE1, 0 }, { 1, DSB, 0 } },
	  0, 0 },
	/* PE 1 does not wait for PE 0's store: it comes after the TLBI. */
	{ "store on PE 0, flush on PE 1", TABLE(L3), PAGE,
	  { { 0, PAGE0, 0 }, { 1, DSB_ST, 0 }, { 1, VAE1, 0 }, { 1, DSB, 0 } },
	  STALE, STALE },
	/* In the order recorded the store is seen before the TLBI starts. */
	{ "store and DSB on PE 0, TLBI and DSB on PE 1", TABLE(L3), PAGE,
	  { { 0, PAGE0, 0 }, { 0, DSB_ST, 0 }, { 1, VAE1, 0 }, { 1, DSB, 0 } },
	  0, STALE },
	/* Nobody waits for PE 0's TLBI. */
	{ "TLBI on PE 0, its DSB on PE 1", TABLE(L3), PAGE,
	  { { 0, PAGE0, 0 }, { 0, DSB_ST, 0 }, { 0, VAE1, 0 }, { 1, DSB, 0 } },
	  STALE, STALE },
	/* Either flush will do, but neither PE may flush before both. */
	{ "both flush", TABLE(L3), PAGE,
	  { { 0, PAGE0, 0 }, { 0, DSB_ST, 0 }, { 0, VAE1, 0 }, { 0, DSB, 0 },
	    { 1, VAE1, 0 }, { 1, DSB, 0 } }, 0, 0 },
	{ "a local TLBI of another PE", TABLE(L3), PAGE,
	  { { 0, PAGE0, 0 }, { 0, DSB_ST, 0 }, { 1, LOCAL, 0 },
	    { 1, DSB, 0 } }, STALE, STALE },
	/* Break on PE 0, make on PE 1: in any order the make may be first. */
	{ "break on PE 0, make on PE 1", TABLE(L3), PAGE,
	  { { 0, PAGE0, 0 }, { 0, DSB_ST, 0 }, { 0, VAE1, 0 }, { 0, DSB, 0 },
	    { 1, PAGE0, PAGE + 0x1000 }, { 1, DSB_ST, 0 } },
	  I1, I1 | I4 | STALE },
	{ "three PEs: break, flush, make", TABLE(L3), PAGE,
	  { { 0, PAGE0, 0 }, { 0, DSB_ST, 0 }, { 1, VAE1, 0 }, { 1, DSB, 0 },
	    { 2, PAGE0, PAGE + 0x1000 }, { 2, DSB_ST, 0 } },
	  I1, I1 | I4 | STALE },
	/* A DSB publishes the entries of the PE that wrote them. */
	{ "filled and DSB on PE 0, linked on PE 1", 0, 0,
	  { { 0, ALLOC, 0 }, { 0, FILL, PAGE }, { 0, DSB_ST, 0 },
	    { 1, LINK, TABLE(NEW) }, { 1, DSB_ST, 0 } }, 0, I5 },
	{ "filled on PE 0, DSB and link on PE 1", 0, 0,
	  { { 0, ALLOC, 0 }, { 0, FILL, PAGE }, { 1, DSB_ST, 0 },
	    { 1, LINK, TABLE(NEW) }, { 1, DSB_ST, 0 } },
	  I5 | STALE, I5 | STALE },
	/* Two PEs, one table, a page each: neither is the other's business. */
	{ "each PE unmaps its own page", TABLE(L3), PAGE,
	  { { 0, PAGE0, 0 }, { 1, PAGE1, PAGE + 0x1000 }, { 1, DSB_ST, 0 },
	    { 0, DSB_ST, 0 }, { 0, VAE1, 0 }, { 1, PAGE1, 0 },
	    { 1, DSB_ST, 0 }, { 0, DSB, 0 }, { 1, VAE1, 0x1000 },
	    { 1, DSB, 0 } }, 0, 0 },
};
/* clang-format on */

static int read_memory(void *arg, vmsa_pa at, vmsa_desc *out)
{
	const struct row *row = arg;

	*out = at == ROOT ? row->root : at == L3 ? row->page : 0;
	return 0;
}

/* --- programs in short form ---------------------------------------------- */

static struct vmsa_event stored(const struct row *row, const struct op *op)
{
	const bool root = op->verb == LINK, fill = op->verb == FILL;
	struct vmsa_event e = { .kind = fill ? VMSA_EVENT_FILL
					     : VMSA_EVENT_STORE,
				.level = root ? 2 : 3 };

	e.u.store.at =
		root   ? ROOT
		: fill ? NEW
		       : L3 + (op->verb == PAGE1 ? sizeof(vmsa_desc) : 0);
	e.u.store.va = op->verb == PAGE1 ? 0x1000 : 0;
	e.u.store.old = root ? row->root : op->verb == PAGE0 ? row->page : 0;
	e.u.store.desc = op->value;
	e.u.store.step = fill ? 0x1000 : 0;
	e.u.store.count = fill ? 512 : 1;
	return e;
}

static struct vmsa_event event_of(const struct row *row, const struct op *op)
{
	static const enum vmsa_barrier barriers[] = {
		[DSB] = VMSA_DSB_ISH,
		[DSB_ST] = VMSA_DSB_ISHST,
		[DSB_NSH] = VMSA_DSB_NSH,
		[ISB] = VMSA_ISB,
	};
	struct vmsa_event e = { .kind = VMSA_EVENT_BARRIER };

	switch (op->verb) {
	case LINK:
	case PAGE0:
	case PAGE1:
	case FILL:
		e = stored(row, op);
		break;
	case ALLOC:
		e.kind = VMSA_EVENT_TABLE_ALLOC;
		e.level = 3;
		e.u.table.pa = NEW;
		break;
	case VAE1:
		e.kind = VMSA_EVENT_TLBI;
		e.u.tlbi = (struct vmsa_tlbi){ VMSA_TLBI_VAE1, VMSA_TLBI_IS,
					       op->value >> 12 };
		break;
	case LOCAL:
		e.kind = VMSA_EVENT_TLBI;
		e.u.tlbi = (struct vmsa_tlbi){ VMSA_TLBI_VMALLE1,
					       VMSA_TLBI_LOCAL, 0 };
		break;
	case BEGIN:
	case END:
		e.kind = op->verb == BEGIN ? VMSA_EVENT_BEGIN : VMSA_EVENT_END;
		e.u.name = "alone";
		break;
	default:
		e.u.barrier = barriers[op->verb];
		break;
	}
	e.pe = op->pe;
	return e;
}

/* @only: events of one PE; -1 for all. */
static struct vmsa_program *make(const struct row *row, int only)
{
	struct vmsa_program_config config = { .root = ROOT,
					      .read = read_memory,
					      .arg = (void *)row };
	struct vmsa_program *p;

	assert_int_equal(vmsa_geometry_init(&config.geometry, 12, 30,
					    VMSA_FORMAT_48),
			 0);
	assert_int_equal(vmsa_program_create(&config, &p), 0);
	for (const struct op *op = row->op;
	     op < row->op + COUNT(row->op) && op->verb; op++) {
		const struct vmsa_event e = event_of(row, op);

		if (only < 0 || only == op->pe)
			assert_int_equal(vmsa_program_add(p, &e), 0);
	}
	return p;
}

static struct vmsa_explore_result explore(const struct vmsa_program *p,
					  struct vmsa_explore_options options,
					  vmsa_va va)
{
	struct vmsa_explore_result result;

	options.probes = &va;
	options.nr_probes = 1;
	assert_int_equal(vmsa_explore(p, &options, &result), 0);
	return result;
}

static unsigned seen(const struct vmsa_program *p,
		     struct vmsa_explore_options options)
{
	const struct vmsa_explore_result result = explore(p, options, 0);

	assert_null(result.bound);
	return result.seen;
}

/* --- verdicts ------------------------------------------------------------ */

static void programs_of_several_pes_show_what_is_argued(void **state)
{
	struct vmsa_explore_options options = { .bbm = 3 };

	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_program *p = make(r, -1);

		print_message("%s\n", r->name);
		options.any_order = false;
		assert_int_equal(seen(p, options), r->recorded);
		options.any_order = true;
		assert_int_equal(seen(p, options), r->any_order);
		vmsa_program_destroy(p);
	}
}

/* What another PE does to another page adds no state and no outcome. */
static void pages_of_their_own_are_independent(void **state)
{
	const struct vmsa_explore_options options = { .bbm = 3,
						      .any_order = true };
	struct vmsa_program *both = make(&rows[COUNT(rows) - 1], -1);

	(void)state;
	for (int pe = 0; pe < 2; pe++) {
		struct vmsa_program *one = make(&rows[COUNT(rows) - 1], pe);
		const vmsa_va va = pe ? 0x1000 : 0;

		assert_u64_equal(explore(both, options, va).states,
				 explore(one, options, va).states);
		assert_int_equal(explore(both, options, va).seen,
				 explore(one, options, va).seen);
		vmsa_program_destroy(one);
	}
	vmsa_program_destroy(both);
}

/*
 * A TLBI of another PE ends the accesses that used what it removes; the PE's
 * own waits for a context synchronisation (model S5).
 */
static void early_translations_end_with_the_tlbi_of_another_pe(void **state)
{
	static const struct row row = {
		.root = TABLE(L3),
		.page = PAGE,
		.op = { { 1, ISB, 0 },
			{ 0, PAGE0, PAGE | RO },
			{ 0, DSB_ST, 0 },
			{ 0, VAE1, 0 },
			{ 0, DSB, 0 } },
	};
	struct vmsa_program *p = make(&row, -1);
	struct vmsa_explore_options options = { .bbm = 3,
						.observers = VMSA_OBSERVER_SELF,
						.self = 1 + 0 };

	(void)state;
	assert_int_equal(seen(p, options), STALE);
	options.self = 1 + 1;
	assert_int_equal(seen(p, options), 0);
	options.self = 0;
	assert_int_equal(seen(p, options), STALE);
	assert_int_equal(explore(p, options, 0).pe, 0);
	vmsa_program_destroy(p);
}

/* A local TLBI is for its own PE, done with that PE's DSB. */
static void a_local_flush_is_seen_by_its_own_pe(void **state)
{
	static const struct row row = {
		.root = TABLE(L3),
		.page = PAGE,
		.op = { { 0, PAGE0, 0 },
			{ 0, DSB_ST, 0 },
			{ 1, LOCAL, 0 },
			{ 1, DSB_NSH, 0 },
			{ 1, ISB, 0 } },
	};
	struct vmsa_program *p = make(&row, -1);
	struct vmsa_explore_options options = { .bbm = 3,
						.observers = VMSA_OBSERVER_SELF,
						.self = 1 + 1 };

	(void)state;
	assert_int_equal(seen(p, options), 0);
	options.self = 1 + 0;
	assert_int_equal(seen(p, options), STALE);
	vmsa_program_destroy(p);
}

/* --- kept out ------------------------------------------------------------ */

/*
 * PE 1 points elsewhere and forgets what it had while PE 0 changes a page in
 * place.  Without its flush it still holds the old translation, and a table
 * through which it finds the new one.
 */
static void a_pe_that_is_away_needs_its_flush(void **state)
{
	static const struct row row = {
		.root = TABLE(L3),
		.page = PAGE,
		.op = { { 0, BEGIN, 0 },
			{ 1, ISB, 0 },
			{ 1, LOCAL, 0 },
			{ 1, DSB_NSH, 0 },
			{ 1, ISB, 0 },
			{ 0, PAGE0, PAGE + 0x1000 },
			{ 0, DSB_ST, 0 },
			{ 0, VAE1, 0 },
			{ 0, DSB, 0 },
			{ 1, ISB, 0 },
			{ 0, END, 0 } },
	};
	static const unsigned without[] = { 0, 0, I4, I4, I4, 0, 0 };
	struct vmsa_program *p = make(&row, -1);
	struct vmsa_explore_options options = { .observers = VMSA_OBSERVER_SELF,
						.self = 1 + 1 };

	(void)state;
	assert_int_equal(seen(p, options), I4);
	options.alone = "alone";
	for (size_t i = 0; i < COUNT(without); i++) {
		print_message("without event %u\n", (unsigned)i);
		options.leave_out = i;
		assert_int_equal(seen(p, options) & I4, without[i]);
	}
	vmsa_program_destroy(p);
}

/* --- bounds -------------------------------------------------------------- */

/* Five PEs that edit one page are one too many. */
static void too_many_pes_are_said(void **state)
{
	static const struct row row = {
		.root = TABLE(L3),
		.page = PAGE,
		.op = { { 0, PAGE0, 0 },
			{ 1, PAGE0, PAGE },
			{ 2, PAGE0, 0 },
			{ 3, PAGE0, PAGE },
			{ 4, PAGE0, 0 } },
	};
	struct vmsa_program *p = make(&row, -1);
	struct vmsa_explore_options options = { .bbm = 3, .any_order = true };

	(void)state;
	assert_non_null(explore(p, options, 0).bound);
	vmsa_program_destroy(p);
	p = make(&rows[7], -1);
	options.max_states = 20;
	assert_non_null(explore(p, options, 0).bound);
	vmsa_program_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_of_several_pes_show_what_is_argued),
		cmocka_unit_test(pages_of_their_own_are_independent),
		cmocka_unit_test(
			early_translations_end_with_the_tlbi_of_another_pe),
		cmocka_unit_test(a_local_flush_is_seen_by_its_own_pe),
		cmocka_unit_test(a_pe_that_is_away_needs_its_flush),
		cmocka_unit_test(too_many_pes_are_said),
	};

	return cmocka_run_group_tests_name("explore_pes", tests, NULL, NULL);
}
