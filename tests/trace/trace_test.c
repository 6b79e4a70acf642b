/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_test.c - what vmsa/trace.h promises of reading and writing
 *
 * What was written is the judge of what is read.  Filters are followed by a
 * plain array here, never by lib/trace/state.c.
 */
#include "files.h"

#define N 5000

static const struct row {
	const char *name;
	unsigned data, fetch, block;
} rows[] = {
	{ "not filtered, one block", 0, 0, 1 << 20 },
	{ "not filtered, many blocks", 0, 0, 100 },
	{ "filters of 8 and 4 entries", 8, 4, 512 },
	{ "a block a record", 3, 1, 1 },
	{ "codes overflow before records do", 64, 64, 4096 },
};

/* All records come back, whole, in order, whatever the batch. */
static void what_is_written_is_read(void **state)
{
	static const size_t batches[] = { 1, 7, 100, N + 1 };
	struct vmsa_trace_record *out = calloc(N + 1, sizeof(*out));
	char path[640];

	temp_path(state, "t", path);
	for (size_t i = 0; i < COUNT(rows) * COUNT(batches); i++) {
		const struct row *row = &rows[i / COUNT(batches)];
		const size_t batch = batches[i % COUNT(batches)];
		struct vmsa_trace_record *in =
			make_records(i + 1, N, row->data, row->fetch);
		struct vmsa_trace_stream *s;
		struct vmsa_trace *t;
		size_t n = 0, more = 1;

		print_message("%s, read by %zu\n", row->name, batch);
		write_trace(path, row->data, row->fetch, row->block, in, N);
		s = open_stream(path, &t);
		for (; more && n <= N; n += more)
			assert_int_equal(vmsa_trace_read(s, out + n,
							 n + batch > N + 1
								 ? N + 1 - n
								 : batch,
							 &more, NULL),
					 0);
		assert_int_equal(n, N);
		for (size_t k = 0; k < N; k++)
			assert_same_record(&out[k], &in[k]);
		close_stream(t, s);
		free(in);
	}
	free(out);
}

/* 70000 pages do not fit one block's table of 65536. */
static void more_pages_than_a_block_holds_are_read_back(void **state)
{
	struct vmsa_trace_record *in = calloc(70000, sizeof(*in)), out;
	struct vmsa_trace_stream *s;
	struct vmsa_trace *t;
	char path[640];
	size_t n;

	temp_path(state, "t", path);
	for (uint64_t i = 0; i < 70000; i++) {
		in[i].page = i * 977;
		in[i].victim = VMSA_TRACE_NO_VICTIM;
	}
	write_trace(path, 0, 0, 1 << 20, in, 70000);
	s = open_stream(path, &t);
	assert_int_equal(vmsa_trace_totals(t, 0)->blocks, 2);
	for (size_t i = 0; i < 70000; i++) {
		assert_int_equal(vmsa_trace_read(s, &out, 1, &n, NULL), 0);
		assert_int_equal(n, 1);
		assert_same_record(&out, &in[i]);
	}
	close_stream(t, s);
	free(in);
}

/* Numbers on both sides of what a row's byte holds. */
static void numbers_may_outgrow_a_byte(void **state)
{
	static const uint32_t edge[] = { 0,   1,     254,    255,       256,
					 257, 65536, 0xffff, 0xffffffff };
	struct vmsa_trace_record in[COUNT(edge) * COUNT(edge)] = { 0 }, out;
	struct vmsa_trace_stream *s;
	struct vmsa_trace *t;
	uint64_t insn = 0;
	char path[640];
	size_t n;

	for (size_t i = 0; i < COUNT(in); i++) {
		in[i].insn = insn += edge[i % COUNT(edge)];
		in[i].accesses = edge[i / COUNT(edge)];
		in[i].victim = VMSA_TRACE_NO_VICTIM;
	}
	write_trace(temp_path(state, "t", path), 0, 0, 1000, in, COUNT(in));
	s = open_stream(path, &t);
	for (size_t i = 0; i < COUNT(in); i++) {
		assert_int_equal(vmsa_trace_read(s, &out, 1, &n, NULL), 0);
		assert_same_record(&out, &in[i]);
	}
	close_stream(t, s);
}

/* Header lines come back; a second value replaces the first. */
static void header_lines_are_kept(void **state)
{
	struct vmsa_trace_config c = VMSA_TRACE_CONFIG_DEFAULT;
	struct vmsa_trace_writer *w;
	struct vmsa_trace *t;
	const char *value;
	char path[640];

	temp_path(state, "t", path);
	c.cpus = 3;
	c.data_filter = 8;
	c.fetch_filter = 4;
	assert_int_equal(vmsa_trace_writer_create(path, &c, &w, NULL), 0);
	assert_int_equal(vmsa_trace_writer_set(w, "a.b", "old"), 0);
	assert_int_equal(vmsa_trace_writer_set(w, "text", "x = y, z"), 0);
	assert_int_equal(vmsa_trace_writer_set(w, "a.b", "new"), 0);
	assert_int_equal(vmsa_trace_writer_set(w, "a b", ""), -EINVAL);
	assert_int_equal(vmsa_trace_writer_set(w, "", ""), -EINVAL);
	assert_int_equal(vmsa_trace_writer_set(w, "a", "x\ny"), -EINVAL);
	assert_int_equal(vmsa_trace_writer_finish(w, NULL), 0);
	vmsa_trace_writer_destroy(w);
	assert_int_equal(vmsa_trace_open(path, &t, NULL), 0);
	assert_int_equal(vmsa_trace_cpus(t), 3);
	assert_int_equal(vmsa_trace_data_filter(t), 8);
	assert_int_equal(vmsa_trace_fetch_filter(t), 4);
	assert_string_equal(vmsa_trace_line(t, 0, &value), "text");
	assert_string_equal(value, "x = y, z");
	assert_string_equal(vmsa_trace_get(t, "a.b"), "new");
	assert_null(vmsa_trace_get(t, "a"));
	assert_null(vmsa_trace_line(t, 2, &value));
	assert_int_equal(vmsa_trace_damage(t, NULL), 0);
	assert_null(vmsa_trace_totals(t, 3));
	vmsa_trace_close(t);
}

static const struct machine_row {
	const char *key, *value;
	int ret;
} machines[] = {
	{ "machine.page_size", "0x1000", 0 },
	{ "machine.page_size", "4K", -EINVAL },
	{ "machine.va_bits", "65", -EINVAL },
	{ "machine.va_bits", "-1", -EINVAL },
	{ "machine.phys_base", "18446744073709551616", -EINVAL },
	{ "machine.ram", "0x1000-0x3000,0x8000-0x9000", 0 },
	{ "machine.ram", "0x1000-0x3000,", -EINVAL },
	{ "machine.ram", "0x3000-0x1000", -EINVAL },
	{ "machine.image", "0x1000-0x3000 ", -EINVAL },
	{ "machine.image", "0x1000", -EINVAL },
};

/* The machine's numbers are read, or the key that cannot be is named. */
static void machine_is_read_from_the_header(void **state)
{
	const struct vmsa_trace_config c = VMSA_TRACE_CONFIG_DEFAULT;
	char path[640];

	temp_path(state, "t", path);
	for (const struct machine_row *r = machines;
	     r < machines + COUNT(machines); r++) {
		struct vmsa_trace_machine m = { .va_bits = 77 };
		struct vmsa_error err = { .text = "" };
		struct vmsa_trace_writer *w;
		struct vmsa_trace *t;

		print_message("%s=%s\n", r->key, r->value);
		vmsa_trace_writer_create(path, &c, &w, NULL);
		vmsa_trace_writer_set(w, "machine.page_size", "4096");
		vmsa_trace_writer_set(w, "machine.va_bits", "48");
		vmsa_trace_writer_set(w, "machine.linear_base", "0xff00");
		vmsa_trace_writer_set(w, "machine.phys_base", "0x40000000");
		vmsa_trace_writer_set(w, "machine.ram", "0x0-0x1");
		vmsa_trace_writer_set(w, r->key, r->value);
		assert_int_equal(vmsa_trace_writer_finish(w, NULL), 0);
		vmsa_trace_writer_destroy(w);
		assert_int_equal(vmsa_trace_open(path, &t, NULL), 0);
		assert_int_equal(vmsa_trace_machine(t, &m, &err), r->ret);
		assert_int_equal(m.va_bits, r->ret ? 77 : 48);
		if (r->ret) {
			assert_non_null(strstr(err.text, r->key));
		} else {
			assert_u64_equal(m.page_size, 4096);
			assert_u64_equal(m.linear_base, 0xff00);
			assert_u64_equal(m.phys_base, 0x40000000);
			assert_u64_equal(m.image.size, 0);
		}
		if (!r->ret && !strcmp(r->key, "machine.ram")) {
			assert_int_equal(m.banks, 2);
			assert_u64_equal(m.ram[0].size, 0x2000);
			assert_u64_equal(m.ram[1].start, 0x8000);
		}
		vmsa_trace_close(t);
	}
}

/* Totals count what was added, and what only the caller can know. */
static void totals_are_those_of_the_records(void **state)
{
	const struct vmsa_trace_record in[] = {
		{ .insn = 10, .kind = VMSA_TRACE_TTBR0, .victim = 0xffff },
		{ .insn = 12, .kind = VMSA_TRACE_DATA, .accesses = 5 },
		{ .insn = 12, .kind = VMSA_TRACE_DATA, .state = true },
		{ .insn = 13, .kind = VMSA_TRACE_FETCH, .accesses = 2 },
		{ .insn = 20, .kind = VMSA_TRACE_DATA },
	};
	const struct vmsa_trace_config c = { 1, 1, 1, 2, 1 };
	const struct vmsa_trace_totals ends = { .end_insn = 50,
						.accesses = 9,
						.moves = 1 };
	const struct vmsa_trace_totals *got;
	struct vmsa_trace_writer *w;
	struct vmsa_trace *t;
	char path[640];

	temp_path(state, "t", path);
	assert_int_equal(vmsa_trace_writer_create(path, &c, &w, NULL), 0);
	assert_int_equal(vmsa_trace_writer_add(w, 0, in, 5, NULL), 0);
	assert_int_equal(vmsa_trace_writer_set(w, "a", "b"), -EBUSY);
	assert_int_equal(vmsa_trace_writer_end(w, 0, &ends), 0);
	assert_int_equal(vmsa_trace_writer_end(w, 1, &ends), -ERANGE);
	assert_int_equal(vmsa_trace_writer_finish(w, NULL), 0);
	vmsa_trace_writer_destroy(w);
	assert_int_equal(vmsa_trace_open(path, &t, NULL), 0);
	got = vmsa_trace_totals(t, 0);
	assert_u64_equal(got->first_insn, 0);
	assert_u64_equal(got->end_insn, 50);
	assert_u64_equal(got->records, 4);
	assert_u64_equal(got->accesses, 9); /* (1 + 5) + 1, and 2 told */
	assert_u64_equal(got->moves, 3);    /* 1 + 2: not less than that */
	assert_u64_equal(got->blocks, 3);   /* of 2, 2 and 1 */
	assert_u64_equal(got->by_kind[VMSA_TRACE_DATA], 2);
	assert_u64_equal(got->by_kind[VMSA_TRACE_FETCH], 1);
	assert_u64_equal(got->by_kind[VMSA_TRACE_TTBR0], 1);
	vmsa_trace_close(t);
}

static const struct refused_row {
	const char *name;
	struct vmsa_trace_record record;
} refused[] = {
	{ "no such kind", { .insn = 9, .kind = VMSA_TRACE_NR_KINDS } },
	{ "no such region", { .insn = 9, .region = 3 } },
	{ "back in time", { .insn = 8 } },
	{ "no filter of the kind", { .insn = 9, .kind = VMSA_TRACE_FETCH } },
	{ "a victim too many", { .insn = 9, .victim = 2 } },
	{ "no victim", { .insn = 9, .victim = VMSA_TRACE_NO_VICTIM } },
	{ "a page of 53 bits", { .insn = 9, .page = UINT64_C(1) << 52 } },
	{ "no page", { .insn = 9, .page = VMSA_TRACE_NO_PAGE } },
	{ "data with an event's number", { .insn = 9, .b = 1 } },
	{ "an event with a page",
	  { .insn = 9, .kind = VMSA_TRACE_TASK, .page = 1, .victim = 0xffff } },
	{ "an event with accesses",
	  { .insn = 9, .kind = 6, .accesses = 1, .victim = 0xffff } },
};

/* What a file could not give back is refused, with a sentence. */
static void records_that_make_no_sense_are_refused(void **state)
{
	const struct vmsa_trace_config c = { 1, 2, 0, 100, 1 };
	const struct vmsa_trace_record good = { .insn = 9 };
	char path[640];

	temp_path(state, "t", path);
	for (const struct refused_row *r = refused;
	     r < refused + COUNT(refused); r++) {
		struct vmsa_error err = { .text = "" };
		struct vmsa_trace_writer *w;

		print_message("%s\n", r->name);
		vmsa_trace_writer_create(path, &c, &w, NULL);
		assert_int_equal(vmsa_trace_writer_add(w, 0, &good, 1, &err),
				 0);
		assert_int_equal(vmsa_trace_writer_add(w, 0, &r->record, 1,
						       &err),
				 -EINVAL);
		assert_true(*err.text);
		vmsa_trace_writer_destroy(w);
	}
	assert_int_equal(access(path, F_OK), -1);
}

/* The name appears with the finished file; given up, nothing is left. */
static void a_file_is_there_whole_or_not_at_all(void **state)
{
	const struct vmsa_trace_config c = VMSA_TRACE_CONFIG_DEFAULT;
	struct vmsa_trace_writer *w, *other;
	char path[640], part[640];

	temp_path(state, "t", path);
	temp_path(state, "t.part0", part);
	assert_int_equal(vmsa_trace_writer_create(path, &c, &w, NULL), 0);
	assert_int_equal(vmsa_trace_writer_create(path, &c, &other, NULL), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(part, F_OK), 0);
	vmsa_trace_writer_destroy(w);
	assert_int_equal(access(part, F_OK), -1);
	assert_int_equal(vmsa_trace_writer_finish(other, NULL), 0);
	vmsa_trace_writer_destroy(other);
	assert_int_equal(access(path, F_OK), 0);
	temp_path(state, "none/t", path);
	assert_int_equal(vmsa_trace_writer_create(path, &c, &w, NULL), -ENOENT);
}

/* Streams of several CPUs, written by turns, do not mix. */
static void streams_are_apart(void **state)
{
	const struct vmsa_trace_config c = { 3, 2, 2, 64, 1 };
	struct vmsa_trace_record *in[3], out;
	struct vmsa_trace_stream *s;
	struct vmsa_trace_writer *w;
	struct vmsa_trace *t;
	char path[640];
	size_t n;

	temp_path(state, "t", path);
	vmsa_trace_writer_create(path, &c, &w, NULL);
	for (unsigned i = 0; i < 3; i++)
		in[i] = make_records(i + 5, 1000, 2, 2);
	for (size_t k = 0; k < 1000; k += 10)
		for (unsigned i = 0; i < 2; i++) /* the third stays empty */
			vmsa_trace_writer_add(w, i, in[i] + k, 10, NULL);
	assert_int_equal(vmsa_trace_writer_add(w, 3, in[0], 1, NULL), -EINVAL);
	assert_int_equal(vmsa_trace_writer_finish(w, NULL), 0);
	vmsa_trace_writer_destroy(w);
	assert_int_equal(vmsa_trace_open(path, &t, NULL), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(vmsa_trace_stream_create(t, i, &s), 0);
		for (size_t k = 0; k < 1000 && i < 2; k++) {
			vmsa_trace_read(s, &out, 1, &n, NULL);
			assert_same_record(&out, &in[i][k]);
		}
		assert_int_equal(vmsa_trace_read(s, &out, 1, &n, NULL), 0);
		assert_int_equal(n, 0);
		vmsa_trace_stream_destroy(s);
		free(in[i]);
	}
	assert_int_equal(vmsa_trace_stream_create(t, 3, &s), -ERANGE);
	vmsa_trace_close(t);
}

/* A filter as the header describes it: a list of pages, oldest first. */
struct list {
	uint64_t page[8];
	bool written[8];
};

/* Feed records [0, n) of one kind to the list. */
static void follow(struct list *l, unsigned entries, unsigned kind,
		   const struct vmsa_trace_record *r, size_t n)
{
	for (unsigned i = 0; i < entries; i++)
		l->page[i] = VMSA_TRACE_NO_PAGE;
	memset(l->written, 0, sizeof(l->written));
	for (size_t i = 0; i < n; i++) {
		bool w = r[i].write;

		if (r[i].kind == VMSA_TRACE_TLBI)
			for (unsigned k = 0; k < entries; k++) {
				l->page[k] = VMSA_TRACE_NO_PAGE;
				l->written[k] = false;
			}
		if (r[i].kind != kind)
			continue;
		if (l->page[r[i].victim] == r[i].page)
			w |= l->written[r[i].victim];
		for (unsigned k = r[i].victim; k + 1 < entries; k++) {
			l->page[k] = l->page[k + 1];
			l->written[k] = l->written[k + 1];
		}
		l->page[entries - 1] = r[i].page;
		l->written[entries - 1] = w;
	}
}

/* The state records in front of in[at] are those of in[0 .. at). */
static void check_state(struct vmsa_trace_stream *s,
			const struct vmsa_trace_record *in, size_t at,
			uint64_t insn)
{
	static const unsigned kinds[] = { VMSA_TRACE_TTBR0, VMSA_TRACE_TTBR1,
					  VMSA_TRACE_TASK };
	struct vmsa_trace_record r;
	struct list l;
	size_t n;

	for (unsigned k = 0; k < 3; k++) {
		size_t i = at;

		while (i && in[i - 1].kind != kinds[k])
			i--;
		if (!i)
			continue;
		vmsa_trace_read(s, &r, 1, &n, NULL);
		assert_int_equal(r.kind, kinds[k]);
		assert_u64_equal(r.a, in[i - 1].a);
		assert_true(r.state);
	}
	for (unsigned kind = 0; kind < 2; kind++) {
		const unsigned entries = kind ? 4 : 8;

		follow(&l, entries, kind, in, at);
		for (unsigned i = 0; i < entries; i++) {
			vmsa_trace_read(s, &r, 1, &n, NULL);
			assert_int_equal(r.kind, kind);
			assert_int_equal(r.victim, 0);
			assert_u64_equal(r.page, l.page[i]);
			assert_int_equal(r.write, l.written[i]);
			assert_int_equal(r.accesses, 0);
			assert_u64_equal(r.insn, insn);
			assert_true(r.state);
		}
	}
}

/* A seek gives the state, then every record from there on. */
static void a_seek_goes_on_with_the_state(void **state)
{
	struct vmsa_trace_record *in = make_records(42, N, 8, 4), out;
	struct vmsa_trace_stream *s;
	struct vmsa_trace *t;
	uint64_t seed = 7;
	char path[640];
	size_t n;

	temp_path(state, "t", path);
	write_trace(path, 8, 4, 700, in, N);
	s = open_stream(path, &t);
	/* Blocks' first and last records, others, and anywhere. */
	for (unsigned round = 0; round < 300; round++) {
		const uint64_t insn =
			round < 14 ? in[(round / 2 + 1) * 700 - round % 2].insn
			: round < 100
				? in[test_rand(&seed) % N].insn + round % 2
				: test_rand(&seed) % (in[N - 1].insn + 2);
		size_t at = 0;

		while (at < N && in[at].insn < insn)
			at++;
		assert_int_equal(vmsa_trace_seek(s, insn, NULL), 0);
		if (at && at < N)
			check_state(s, in, at, insn);
		for (size_t i = at; i < N && i < at + 1500; i++) {
			vmsa_trace_read(s, &out, 1, &n, NULL);
			assert_int_equal(n, 1);
			assert_same_record(&out, &in[i]);
		}
	}
	assert_int_equal(vmsa_trace_seek(s, UINT64_MAX, NULL), 0);
	assert_int_equal(vmsa_trace_read(s, &out, 1, &n, NULL), 0);
	assert_int_equal(n, 0);
	close_stream(t, s);
	free(in);
}

/* Kinds and regions have names, and other numbers do too. */
static void kinds_have_names(void **state)
{
	(void)state;
	assert_string_equal(vmsa_trace_kind_name(VMSA_TRACE_DATA), "data");
	assert_string_equal(vmsa_trace_kind_name(VMSA_TRACE_SYNC), "sync");
	assert_string_equal(vmsa_trace_kind_name(12), "unknown");
	assert_string_equal(vmsa_trace_region_name(VMSA_TRACE_LINEAR),
			    "linear");
	assert_string_equal(vmsa_trace_region_name(3), "unknown");
}

#define FILES(test) cmocka_unit_test_setup_teardown(test, temp_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(what_is_written_is_read),
		FILES(more_pages_than_a_block_holds_are_read_back),
		FILES(numbers_may_outgrow_a_byte),
		FILES(header_lines_are_kept),
		FILES(machine_is_read_from_the_header),
		FILES(totals_are_those_of_the_records),
		FILES(records_that_make_no_sense_are_refused),
		FILES(a_file_is_there_whole_or_not_at_all),
		FILES(streams_are_apart),
		FILES(a_seek_goes_on_with_the_state),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
