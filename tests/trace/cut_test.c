/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cut_test.c - a window of a trace is as good as the whole
 *
 * A consumer that knows frames, registers and filters by the rules of
 * vmsa/trace.h reads the whole and the cut; from the window's first record on
 * it must know the same.
 */
#include "files.h"

#define N     4000
#define PAGES 64
#define BASES 4

/* What a consumer knows, in plain arrays. */
struct knowledge {
	uint64_t reg[3];
	uint64_t kernel[PAGES], user[BASES + 1][PAGES];
	uint64_t list[2][8];
};

static unsigned base_of(const struct knowledge *k)
{
	return (unsigned)(k->reg[0] >> 12 & 0xff); /* 0: none so far */
}

static void learn(struct knowledge *k, const struct vmsa_trace_record *r)
{
	uint64_t *list = k->list[r->kind & 1];
	const unsigned last = r->kind ? 3 : 7;

	switch (r->kind) {
	case VMSA_TRACE_DATA:
	case VMSA_TRACE_FETCH:
		memmove(list + r->victim, list + r->victim + 1,
			(last - r->victim) * sizeof(*list));
		list[last] = r->page;
		break;
	case VMSA_TRACE_FRAME:
		if (r->region == VMSA_TRACE_USER)
			k->user[base_of(k)][r->page % PAGES] = r->a;
		else
			k->kernel[r->page % PAGES] = r->a;
		break;
	case VMSA_TRACE_TTBR0:
	case VMSA_TRACE_TTBR1:
		k->reg[r->kind - VMSA_TRACE_TTBR0] = r->a;
		break;
	case VMSA_TRACE_TASK:
		k->reg[2] = r->a;
		break;
	case VMSA_TRACE_TLBI:
		memset(k->list, 0xff, sizeof(k->list));
		break;
	}
}

/* Few pages and few table bases, so that all are met again and again. */
static struct vmsa_trace_record *make_few(uint64_t seed)
{
	struct vmsa_trace_record *r = make_records(seed, N, 8, 4);

	for (size_t i = 0; i < N; i++) {
		const uint64_t x = test_rand(&seed);

		if (r[i].kind == VMSA_TRACE_DATA && x >> 40 & 1) {
			r[i].kind = x >> 41 & 7 ? VMSA_TRACE_FRAME
						: VMSA_TRACE_TTBR0;
			r[i].victim = VMSA_TRACE_NO_VICTIM;
			r[i].accesses = 0;
			r[i].write = false;
			r[i].page = 0;
			r[i].region = 0;
			r[i].a = x >> 20;
		}
		if (r[i].kind <= VMSA_TRACE_FRAME) {
			r[i].page = x % PAGES;
			r[i].region = x >> 8 & 1 ? VMSA_TRACE_USER
						 : VMSA_TRACE_KERNEL;
			if (r[i].region)
				r[i].page |= UINT64_C(0xffff800000000);
		}
		if (r[i].kind == VMSA_TRACE_TTBR0) /* ASID and CnP vary */
			r[i].a = (x & 0xff) << 48 | (x >> 8 & 1) |
				 (x >> 16 & (BASES - 1)) << 12 | 0x1000;
	}
	return r;
}

static void know_nothing(struct knowledge *k)
{
	memset(k, 0, sizeof(*k));
	memset(k->list, 0xff, sizeof(k->list));
}

static void check_window(void **state, const struct vmsa_trace_record *in,
			 const struct vmsa_trace_window *w)
{
	struct knowledge whole, part;
	struct vmsa_trace_record r;
	struct vmsa_trace_stream *s;
	struct vmsa_trace *t;
	char path[640], cut[640];
	size_t i = 0, n;

	know_nothing(&whole);
	know_nothing(&part);
	for (; i < N && in[i].insn < w->from; i++)
		learn(&whole, &in[i]);
	s = open_stream(temp_path(state, "t", path), &t);
	assert_int_equal(vmsa_trace_cut(t, temp_path(state, "c", cut), w, NULL),
			 0);
	close_stream(t, s);
	s = open_stream(cut, &t);
	assert_int_equal(vmsa_trace_read(s, &r, 1, &n, NULL), 0);
	for (; n && r.state; vmsa_trace_read(s, &r, 1, &n, NULL)) {
		assert_u64_equal(r.insn, w->from);
		learn(&part, &r);
	}
	assert_memory_equal(&part, &whole, sizeof(part));
	for (; n; vmsa_trace_read(s, &r, 1, &n, NULL))
		assert_same_record(&r, &in[i++]);
	assert_true(i == N || in[i].insn >= w->to);
	close_stream(t, s);
}

/* Everything known at the window's start, then the records, no more. */
static void a_cut_starts_with_what_was_known(void **state)
{
	struct vmsa_trace_record *in = make_few(77);
	uint64_t seed = 5;
	char path[640];

	write_trace(temp_path(state, "t", path), 8, 4, 300, in, N);
	for (unsigned round = 0; round < 60; round++) {
		const size_t a = test_rand(&seed) % N;
		const size_t b = test_rand(&seed) % N;
		const struct vmsa_trace_window w = {
			.from = in[a < b ? a : b].insn + round % 2,
			.to = in[a < b ? b : a].insn + 2,
			.block_records = 128,
			.level = 1,
		};

		check_window(state, in, &w);
	}
	free(in);
}

/* From before the first record to behind the last, nothing is added. */
static void a_cut_of_everything_is_a_copy(void **state)
{
	const struct vmsa_trace_window w = { 0, UINT64_MAX, 50, 1 };
	struct vmsa_trace_record *in = make_few(78), out[16];
	struct vmsa_trace_stream *s;
	struct vmsa_trace *t;
	char path[640], cut[640];
	size_t n, done = 0;

	write_trace(temp_path(state, "t", path), 8, 4, 300, in, N);
	s = open_stream(path, &t);
	vmsa_trace_cut(t, temp_path(state, "c", cut), &w, NULL);
	close_stream(t, s);
	s = open_stream(cut, &t);
	while (!vmsa_trace_read(s, out, 16, &n, NULL) && n)
		for (size_t i = 0; i < n; i++)
			assert_same_record(&out[i], &in[done++]);
	assert_int_equal(done, N);
	close_stream(t, s);
	free(in);
}

/* A cut of a cut is the cut of the window they share. */
static void cuts_can_be_cut(void **state)
{
	struct vmsa_trace_record *in = make_few(79);
	const struct vmsa_trace_window one = { in[500].insn, in[3500].insn, 100,
					       1 };
	const struct vmsa_trace_window two = { in[1500].insn, in[2500].insn,
					       100, 1 };
	struct vmsa_trace_stream *s;
	char path[640], first[640];
	struct vmsa_trace *t;

	write_trace(temp_path(state, "full", path), 8, 4, 300, in, N);
	s = open_stream(path, &t);
	vmsa_trace_cut(t, temp_path(state, "t", first), &one, NULL);
	close_stream(t, s);
	check_window(state, in, &two);
	s = open_stream(first, &t);
	assert_string_equal(vmsa_trace_get(t, "cut") ? "yes" : "no", "yes");
	close_stream(t, s);
	free(in);
}

/* Each access is counted in one of the parts, or on the edge between. */
static void the_parts_sum_to_the_whole(void **state)
{
	const struct vmsa_trace_totals ends = { .end_insn = UINT64_C(1) << 40,
						.accesses = 1u << 30,
						.moves = 1u << 29 };
	const struct vmsa_trace_config c = { 1, 8, 4, 200, 1 };
	struct vmsa_trace_record *in = make_few(80);
	const uint64_t middle = in[N / 2].insn;
	const struct vmsa_trace_window w[2] = {
		{ 0, middle, 100, 1 }, { middle, UINT64_MAX, 100, 1 }
	};
	struct vmsa_trace_totals got[2], whole;
	char path[640], cut[640];
	struct vmsa_trace_writer *writer;
	struct vmsa_trace *t, *part;

	temp_path(state, "t", path);
	vmsa_trace_writer_create(path, &c, &writer, NULL);
	vmsa_trace_writer_add(writer, 0, in, N, NULL);
	vmsa_trace_writer_end(writer, 0, &ends);
	assert_int_equal(vmsa_trace_writer_finish(writer, NULL), 0);
	vmsa_trace_writer_destroy(writer);
	assert_int_equal(vmsa_trace_open(path, &t, NULL), 0);
	whole = *vmsa_trace_totals(t, 0);
	for (unsigned i = 0; i < 2; i++) {
		temp_path(state, "c", cut);
		assert_int_equal(vmsa_trace_cut(t, cut, &w[i], NULL), 0);
		assert_int_equal(vmsa_trace_open(cut, &part, NULL), 0);
		got[i] = *vmsa_trace_totals(part, 0);
		vmsa_trace_close(part);
	}
	vmsa_trace_close(t);
	assert_u64_equal(got[0].records + got[1].records, whole.records);
	assert_u64_equal(got[0].first_insn, 0);
	assert_u64_equal(got[0].end_insn, middle);
	assert_u64_equal(got[1].first_insn, middle);
	assert_u64_equal(got[1].end_insn, UINT64_C(1) << 40);
	/* The edge's hits are in both: once a tail, once a record's. */
	for (size_t i = 0, seen = 0; i < N && seen != 3; i++) {
		if (in[i].insn < middle || in[i].kind > VMSA_TRACE_FETCH ||
		    seen >> in[i].kind & 1)
			continue;
		seen |= 1u << in[i].kind;
		if (in[i].kind == VMSA_TRACE_DATA)
			whole.accesses += in[i].accesses;
		else
			whole.moves += in[i].accesses;
	}
	assert_u64_equal(got[0].accesses + got[1].accesses, whole.accesses);
	assert_u64_equal(got[0].moves + got[1].moves, whole.moves);
	free(in);
}

/* No window, no file; and one beyond the end is empty, not wrong. */
static void windows_may_be_empty_only_by_chance(void **state)
{
	const struct vmsa_trace_window none = { 7, 7, 100, 1 };
	const struct vmsa_trace_window late = { UINT64_MAX - 1, UINT64_MAX, 100,
						1 };
	struct vmsa_trace_record *in = make_few(81);
	struct vmsa_error err = { .text = "" };
	char path[640], cut[640];
	struct vmsa_trace *t;

	write_trace(temp_path(state, "t", path), 8, 4, 300, in, N);
	assert_int_equal(vmsa_trace_open(path, &t, NULL), 0);
	temp_path(state, "c", cut);
	assert_int_equal(vmsa_trace_cut(t, cut, &none, &err), -EINVAL);
	assert_true(*err.text);
	assert_int_equal(access(cut, F_OK), -1);
	assert_int_equal(vmsa_trace_cut(t, cut, &late, &err), 0);
	vmsa_trace_close(t);
	assert_int_equal(vmsa_trace_open(cut, &t, NULL), 0);
	assert_u64_equal(vmsa_trace_totals(t, 0)->records, 0);
	vmsa_trace_close(t);
	free(in);
}

#define FILES(test) cmocka_unit_test_setup_teardown(test, temp_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(a_cut_starts_with_what_was_known),
		FILES(a_cut_of_everything_is_a_copy),
		FILES(cuts_can_be_cut),
		FILES(the_parts_sum_to_the_whole),
		FILES(windows_may_be_empty_only_by_chance),
	};

	return cmocka_run_group_tests_name("trace cut", tests, NULL, NULL);
}
