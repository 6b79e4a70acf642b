/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * export_test.c - a trace as ChampSim reads it
 */
#include "foreign.h"

static struct made m;

/* Write a trace of one CPU, export it, and get the file. */
static struct blob export(void **state, const struct vmsa_trace_record *r,
			  size_t n, struct vmsa_foreign_export_result *result)
{
	char from[640], to[640];
	struct vmsa_trace *t;

	write_trace(temp_path(state, "from.vmt", from), 0, 0, 64, r, n);
	assert_int_equal(vmsa_trace_open(from, &t, NULL), 0);
	temp_path(state, "to.champsim", to);
	assert_int_equal(vmsa_foreign_export(t, 0, to, result, NULL), 0);
	vmsa_trace_close(t);
	return read_file(to);
}

static uint64_t at(const struct blob *b, size_t insn, size_t offset)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)b->data[64 * insn + offset + i] << 8 * i;
	return v;
}

#define R(i, k, p, w, a)                                                    \
	{                                                                   \
		.insn = i, .page = p, .kind = k, .write = w, .accesses = a, \
		.victim = VMSA_TRACE_NO_VICTIM                              \
	}

/* Each number by the layout: loads at 32, stores at 16, code at 0. */
static void instructions_have_the_published_layout(void **state)
{
	const struct vmsa_trace_record r[] = {
		R(0, F, 0x400, 0, 0), R(0, D, 0x5, 0, 0),   R(0, D, 0x6, 1, 0),
		R(3, D, 0x7, 1, 0),   R(3, F, 0x401, 0, 0),
	};
	struct vmsa_foreign_export_result result;
	struct blob b = export(state, r, COUNT(r), &result);

	assert_int_equal(b.size, 5 * 64);
	assert_u64_equal(at(&b, 0, 0), 0x400000);
	assert_u64_equal(at(&b, 0, 32), 0x5008);
	assert_u64_equal(at(&b, 0, 16), 0x6008);
	assert_u64_equal(at(&b, 1, 0), 0x400004);
	assert_u64_equal(at(&b, 1, 32), 0);
	assert_u64_equal(at(&b, 2, 0), 0x400008);
	assert_u64_equal(at(&b, 3, 0), 0x40000c);
	assert_u64_equal(at(&b, 3, 16), 0x7008);
	/* A move behind an access needs another instruction. */
	assert_u64_equal(at(&b, 4, 0), 0x40100c);
	assert_u64_equal(result.instructions, 5);
	assert_u64_equal(result.extra, 1);
	assert_u64_equal(result.accesses, 3);
	assert_u64_equal(result.lost, 0);
	assert_u64_equal(result.events, 0);
	for (size_t i = 0; i < b.size; i++)
		assert_true(i % 64 >= 8 ? i % 64 >= 16 || !b.data[i] : true);
	free(b.data);
}

static void what_does_not_fit_gets_more_instructions(void **state)
{
	const struct vmsa_trace_record r[] = {
		R(0, F, 0x400, 0, 0), R(0, D, 1, 0, 0), R(0, D, 2, 0, 0),
		R(0, D, 3, 0, 0),     R(0, D, 4, 0, 0), R(0, D, 5, 0, 0),
		R(0, D, 6, 1, 0),     R(0, D, 7, 0, 0), R(0, D, 8, 1, 0),
		R(0, D, 9, 1, 0),     R(0, D, 1, 1, 0), R(1, F, 0x401, 0, 0),
		R(1, F, 0x402, 0, 0),
	};
	struct vmsa_foreign_export_result result;
	struct blob b = export(state, r, COUNT(r), &result);

	/* 1234; 5 and 6; 7, 8 and 9; 1; and two pages of code */
	assert_int_equal(b.size, 6 * 64);
	assert_u64_equal(at(&b, 4, 0), 0x401004);
	assert_u64_equal(at(&b, 5, 0), 0x402004);
	assert_u64_equal(at(&b, 0, 56), 0x4008);
	assert_u64_equal(at(&b, 1, 32), 0x5008);
	assert_u64_equal(at(&b, 1, 16), 0x6008);
	assert_u64_equal(at(&b, 2, 32), 0x7008);
	assert_u64_equal(at(&b, 2, 16), 0x8008);
	assert_u64_equal(at(&b, 2, 24), 0x9008);
	assert_u64_equal(at(&b, 3, 16), 0x1008);
	assert_u64_equal(result.extra, 4);
	assert_u64_equal(result.accesses, 10);
	free(b.data);
}

/* The rest of a run goes where there is room before the next page. */
static void runs_are_unrolled(void **state)
{
	const struct vmsa_trace_record r[] = {
		R(0, F, 0x400, 0, 0), R(0, D, 1, 0, 0),  R(1, D, 2, 1, 6),
		R(2, D, 3, 0, 2),     R(2, D, 4, 0, 99),
	};
	struct vmsa_foreign_export_result result;
	struct blob b = export(state, r, COUNT(r), &result);

	assert_int_equal(b.size, 4 * 64);
	/* loads of 1 1 1 1; 1 1 1 and stores to 2 2; 2 3 3 3; 4 */
	assert_u64_equal(at(&b, 0, 56), 0x1008);
	assert_u64_equal(at(&b, 1, 48), 0x1008);
	assert_u64_equal(at(&b, 1, 56), 0);
	assert_u64_equal(at(&b, 1, 16), 0x2008);
	assert_u64_equal(at(&b, 1, 24), 0x2008);
	assert_u64_equal(result.accesses + result.lost, 4 + 6 + 2 + 99);
	assert_u64_equal(at(&b, 2, 32), 0x2008);
	assert_u64_equal(at(&b, 2, 56), 0x3008);
	assert_u64_equal(at(&b, 3, 32), 0x4008);
	assert_u64_equal(result.lost, 99 - 2);
	free(b.data);
}

/* Pages of the accesses in order, a run counting once. */
static size_t pages_of(const struct made *made, unsigned kind, uint64_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < made->n; i++) {
		const struct vmsa_trace_record *r = &made->record[i];

		if (r->kind == kind && (!n || out[n - 1] != r->page))
			out[n++] = r->page;
	}
	return n;
}

/* ChampSim to us and back and to us: the same stream. */
static void a_round_trip_keeps_every_instruction(void **state)
{
	const uint64_t run[4] = { 0x9008 }, none[4] = { 0 };
	static struct made first;
	static struct bytes b;
	struct vmsa_foreign_export_result result;
	uint64_t seed = 11;
	struct vmsa_trace *t;
	char to[640];

	b.size = 0;
	for (unsigned i = 0; i < 900; i++) {
		const uint64_t x = test_rand(&seed);
		const uint64_t load[4] = { x & 1 ? (x >> 8 & 7) << 12 | 8 : 0,
					   x & 2 ? 0x9008 : 0,
					   x & 4 ? (x >> 16 & 3) << 12 | 8 : 0,
					   0 };
		const uint64_t store[2] = { x & 24 ? 0
						   : (x >> 20 & 7) << 12 | 8,
					    0 };

		put_champsim(&b, 0x400000 + (x >> 32 & 3) * 4096, load, store);
	}
	/* A run, and instructions, behind the last record. */
	put_champsim(&b, 0x400000, run, none);
	put_champsim(&b, 0x400000, run, none);
	put_champsim(&b, 0x400000, none, none);
	import_bytes(state, b.data, b.size, of_format(VMSA_FOREIGN_CHAMPSIM),
		     &first);
	assert_int_equal(vmsa_trace_open(first.path, &t, NULL), 0);
	temp_path(state, "to", to);
	assert_int_equal(vmsa_foreign_export(t, 0, to, &result, NULL), 0);
	vmsa_trace_close(t);
	assert_u64_equal(result.instructions, 903);
	assert_u64_equal(result.extra + result.lost + result.events, 0);
	import_file(state, to, of_format(VMSA_FOREIGN_CHAMPSIM), &m);
	assert_u64_equal(m.totals.end_insn, 903);
	assert_u64_equal(m.totals.accesses, first.totals.accesses);
	assert_u64_equal(m.totals.moves, first.totals.moves);
	assert_int_equal(m.n, first.n);
	for (size_t i = 0; i < m.n; i++)
		assert_same_record(&m.record[i], &first.record[i]);
}

/* Any records: pages keep their order, and accesses are there or told lost. */
static void order_is_kept_whatever_the_records(void **state)
{
	static uint64_t want[4096], got[4096];
	struct vmsa_foreign_export_result result;
	static struct made before;
	struct vmsa_trace_record *r = make_records(3, 2000, 0, 0);
	uint64_t events = 0;
	struct blob b;
	char to[640];

	for (unsigned i = 0; i < 2000; i++) {
		r[i].insn = i; /* no gaps of millions of instructions */
		r[i].accesses &= 3;
		events += r[i].kind > F;
	}
	b = export(state, r, 2000, &result);
	free(b.data);
	assert_u64_equal(result.events, events);
	memcpy(before.record, r, 2000 * sizeof(*r));
	before.n = 2000;
	import_file(state, temp_path(state, "to.champsim", to),
		    of_format(VMSA_FOREIGN_CHAMPSIM), &m);
	assert_int_equal(m.ret, 0);
	for (unsigned kind = D; kind <= F; kind++) {
		const size_t n = pages_of(&before, kind, want);
		const size_t first = kind == F && m.record[0].page != want[0];

		/* Where the code is before its first record is not known. */
		assert_int_equal(pages_of(&m, kind, got), n + first);
		assert_memory_equal(got + first, want, n * sizeof(*want));
	}
	free(r);
}

/* A filter's hits were at pages nobody knows. */
static void hits_of_a_filter_are_lost(void **state)
{
	struct vmsa_trace_record r[] = { R(0, D, 1, 0, 0), R(5, D, 2, 0, 40) };
	struct vmsa_foreign_export_result result;
	char from[640], to[640];
	struct vmsa_trace *t;

	r[0].victim = r[1].victim = 0;
	write_trace(temp_path(state, "from.vmt", from), 8, 4, 64, r, 2);
	assert_int_equal(vmsa_trace_open(from, &t, NULL), 0);
	temp_path(state, "to", to);
	assert_int_equal(vmsa_foreign_export(t, 1, to, &result, NULL), -ERANGE);
	assert_int_equal(vmsa_foreign_export(t, 0, to, &result, NULL), 0);
	vmsa_trace_close(t);
	assert_u64_equal(result.instructions, 6);
	assert_u64_equal(result.accesses, 2);
	assert_u64_equal(result.lost, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(instructions_have_the_published_layout),
		FILES(what_does_not_fit_gets_more_instructions),
		FILES(runs_are_unrolled),
		FILES(a_round_trip_keeps_every_instruction),
		FILES(order_is_kept_whatever_the_records),
		FILES(hits_of_a_filter_are_lost),
	};

	return cmocka_run_group_tests_name("foreign export", tests, NULL, NULL);
}
