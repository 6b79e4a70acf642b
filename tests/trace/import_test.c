/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_test.c - a pgtrace capture comes out as it went in
 *
 * The capture is made by capture.h: runs of accesses and fetches, written as
 * rows and, through a filter of its own, as PGT3.
 */
#include "capture.h"

#define L1 16 /* entries of the TLB that judges the filter */

static int import(void **state, struct vmsa_error *err)
{
	char prefix[640], path[640];

	return vmsa_trace_import_pgtrace(temp_path(state, "x", prefix),
					 temp_path(state, "t", path), NULL,
					 err);
}

/* Packed files: each record of the four, merged, nothing lost or changed. */
static void packed_captures_come_out_as_they_are(void **state)
{
	static struct capture c;
	const struct vmsa_trace_record *next[4] = { c.event, c.frame,
						    c.packed[0], c.packed[1] };
	struct vmsa_trace_stream *s;
	struct vmsa_trace_record r;
	struct vmsa_trace *t;
	char path[640];
	size_t n, left[4];

	make_capture(&c);
	pack(&c, false);
	pack(&c, true);
	save_all(state, &c, true);
	assert_int_equal(import(state, NULL), 0);
	s = open_stream(temp_path(state, "t", path), &t);
	assert_int_equal(vmsa_trace_data_filter(t), 8);
	assert_int_equal(vmsa_trace_fetch_filter(t), 4);
	assert_string_equal(vmsa_trace_get(t, "capture.cpu0.insns_el1"),
			    "900000");
	assert_u64_equal(vmsa_trace_totals(t, 0)->end_insn, 1000000);
	assert_u64_equal(vmsa_trace_totals(t, 0)->accesses, c.accesses);
	assert_u64_equal(vmsa_trace_totals(t, 0)->moves, RUNS);
	left[0] = left[1] = 64;
	left[2] = c.n_packed[0];
	left[3] = c.n_packed[1];
	while (!vmsa_trace_read(s, &r, 1, &n, NULL) && n) {
		unsigned first = 4;

		for (unsigned i = 4; i-- > 0;)
			if (left[i] &&
			    (first == 4 || next[i]->insn <= next[first]->insn))
				first = i;
		assert_int_not_equal(first, 4);
		assert_same_record(&r, next[first]++);
		left[first]--;
	}
	assert_int_equal(left[0] + left[1] + left[2] + left[3], 0);
	close_stream(t, s);
}

/* A fully associative LRU TLB as a stack, most recent first. */
struct stack {
	uint64_t page[4096];
	size_t n;
};

/* Take a page out of the stack; its depth, or SIZE_MAX. */
static size_t take(struct stack *s, uint64_t page)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->page[i] != page)
			continue;
		memmove(s->page + i, s->page + i + 1,
			(s->n - i - 1) * sizeof(*s->page));
		s->n--;
		return i;
	}
	return SIZE_MAX;
}

static void push(struct stack *s, uint64_t page)
{
	memmove(s->page + 1, s->page, s->n++ * sizeof(*s->page));
	s->page[0] = page;
}

/* Misses of all accesses; a TLBI empties the TLB. */
static uint64_t misses_of_runs(const struct capture *c, uint64_t *stamps)
{
	static struct stack s;
	uint64_t misses = 0;
	size_t event = 0;

	s.n = 0;
	for (size_t i = 0; i < RUNS; i++) {
		const struct run *r = &c->data[i];

		for (; event < 64 && c->event[event].insn <= r->insn; event++)
			if (c->event[event].kind == VMSA_TRACE_TLBI)
				s.n = 0;
		if (take(&s, r->page) >= L1)
			stamps[misses++] = r->insn;
		push(&s, r->page);
	}
	return misses;
}

/* The same from the filtered records, by the rule of vmsa/trace.h. */
static uint64_t misses_of_trace(struct vmsa_trace_stream *s, uint64_t *stamps)
{
	static struct stack below;
	uint64_t list[8], misses = 0;
	struct vmsa_trace_record r;
	size_t n;

	below.n = 0;
	memset(list, 0xff, sizeof(list));
	while (!vmsa_trace_read(s, &r, 1, &n, NULL) && n) {
		if (r.kind == VMSA_TRACE_TLBI) {
			memset(list, 0xff, sizeof(list));
			below.n = 0;
		}
		if (r.kind != VMSA_TRACE_DATA)
			continue;
		if (list[r.victim] != r.page) {
			if (take(&below, r.page) >= L1 - 8)
				stamps[misses++] = r.insn;
			if (list[r.victim] != VMSA_TRACE_NO_PAGE)
				push(&below, list[r.victim]);
		}
		memmove(list + r.victim, list + r.victim + 1,
			(7 - r.victim) * sizeof(*list));
		list[7] = r.page;
	}
	return misses;
}

/* Rows pass our filter, and a TLB of 16 entries cannot tell. */
static void filtered_rows_miss_as_all_accesses_do(void **state)
{
	static struct capture c;
	static uint64_t want[RUNS], got[RUNS];
	struct vmsa_trace_stream *s;
	struct vmsa_trace *t;
	char path[640];
	uint64_t n;

	make_capture(&c);
	save_all(state, &c, false);
	assert_int_equal(import(state, NULL), 0);
	s = open_stream(temp_path(state, "t", path), &t);
	n = misses_of_runs(&c, want);
	assert_true(n > 100 && n < RUNS / 2);
	assert_int_equal(misses_of_trace(s, got), n);
	assert_memory_equal(got, want, n * sizeof(*want));
	assert_true(vmsa_trace_totals(t, 0)->by_kind[VMSA_TRACE_DATA] <
		    RUNS * 3 / 4);
	assert_u64_equal(vmsa_trace_totals(t, 0)->accesses, c.accesses);
	close_stream(t, s);
}

/* Our filter keeps the records that the capture's own one keeps. */
static void rows_leave_the_records_of_the_packed_capture(void **state)
{
	static struct capture c;
	size_t seen[2] = { 0 }, n;
	struct vmsa_trace_stream *s;
	struct vmsa_trace_record r;
	struct vmsa_trace *t;
	char path[640];

	make_capture(&c);
	pack(&c, false);
	pack(&c, true);
	save_all(state, &c, false);
	assert_int_equal(import(state, NULL), 0);
	s = open_stream(temp_path(state, "t", path), &t);
	while (!vmsa_trace_read(s, &r, 1, &n, NULL) && n) {
		const bool data = r.kind == VMSA_TRACE_DATA;

		if (r.kind > VMSA_TRACE_FETCH)
			continue;
		/* Which of several empty entries is taken first may differ. */
		r.victim = c.packed[data][seen[data]].victim;
		assert_same_record(&r, &c.packed[data][seen[data]++]);
	}
	assert_int_equal(seen[0], c.n_packed[0]);
	assert_int_equal(seen[1], c.n_packed[1]);
	close_stream(t, s);
}

/* Any stream cut short, packed or not: an error that names it, no trace. */
static void a_truncated_capture_is_refused(void **state)
{
	static const char *const names[] = {
		"x.cpu0.E.zst", "x.cpu0.P.zst", "x.cpu0.I.pgt.zst",
		"x.cpu0.D.pgt", "x.meta",
	};
	static struct capture c;
	char path[640], trace[640];

	make_capture(&c);
	pack(&c, false);
	pack(&c, true);
	save_all(state, &c, true);
	temp_path(state, "t", trace);
	for (unsigned i = 0; i < 5 * 40; i++) {
		const struct blob whole =
			read_file(temp_path(state, names[i / 40], path));
		struct vmsa_error err = { .text = "" };

		write_file(path, whole.data,
			   i / 40 == 4 ? i % 20 : whole.size * (i % 40) / 40);
		assert_int_equal(import(state, &err), -EBADMSG);
		assert_string_equal(err.file, path);
		assert_true(*err.text);
		assert_int_equal(access(trace, F_OK), -1);
		write_file(path, whole.data, whole.size);
		free(whole.data);
	}
	assert_int_equal(import(state, NULL), 0);
	unlink(temp_path(state, "x.cpu0.I.pgt.zst", path));
	assert_int_equal(import(state, NULL), -ENOENT);
}

/* Damaged bytes of files without checksums: an error or records, no crash. */
static void a_damaged_capture_does_no_harm(void **state)
{
	static const char *const names[] = { "x.cpu0.E", "x.cpu0.P", "x.cpu0.I",
					     "x.cpu0.D.zst", "x.meta" };
	static struct capture c;
	uint64_t seed = 3;
	char path[640];

	make_capture(&c);
	save_all(state, &c, false);
	for (unsigned i = 0; i < 5 * 60; i++) {
		const struct blob f =
			read_file(temp_path(state, names[i % 5], path));
		const size_t at = test_rand(&seed) % f.size;
		const uint8_t old = f.data[at];
		int ret;

		f.data[at] = (uint8_t)test_rand(&seed);
		write_file(path, f.data, f.size);
		ret = import(state, NULL);
		assert_true(!ret || ret == -EBADMSG || ret == -ENOENT);
		f.data[at] = old;
		write_file(path, f.data, f.size);
		free(f.data);
	}
}

static const struct bad_row {
	const char *name, *file, *bytes;
	size_t size;
	uint64_t offset;
} bad[] = {
	{ "an event of no kind", "x.cpu0.E", "\1\0\0\0\12\0\0\0", 8, 4 },
	{ "a number of 11 bytes", "x.cpu0.E",
	  "\1\377\377\377\377\377\377\377\377\377\377\1\0\0", 14, 0 },
	{ "region 3", "x.cpu0.P", "\0\0\0\0\3\0\0\0", 8, 4 },
	{ "region 3", "x.cpu0.D", "\23\0\0", 3, 0 },
	{ "a stamp that wraps", "x.cpu0.E",
	  "\1\5\0\0\1\377\377\377\377\377\377\377\377\377\1\0\0", 17, 4 },
	{ "a filter of 65 entries", "x.cpu0.D", "PGT3\101\0\0\0", 8, 4 },
	{ "no filter", "x.cpu0.D", "PGT3\0\0\0\0", 8, 4 },
	{ "columns that differ", "x.cpu0.D",
	  "PGT3\10\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	  "\0\0\0\0\0\0",
	  38, 8 },
	{ "a victim of 8", "x.cpu0.D",
	  "PGT3\10\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0"
	  "\1\0\0\0\0\10\0\0\0\0",
	  42, 8 },
	{ "a page of no id", "x.cpu0.D",
	  "PGT3\10\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0"
	  "\1\0\0\0\0\0\0\1\0\0",
	  42, 8 },
	{ "data behind the end", "x.cpu0.D", "PGT3\10\0\0\0\0\0\0\0\1", 13, 8 },
};

/* Each fault is found where it is. */
static void faults_are_found_where_they_are(void **state)
{
	static const struct capture none;
	static const char *const names[] = { "x.cpu0.E", "x.cpu0.P", "x.cpu0.I",
					     "x.cpu0.D" };
	char path[640];

	for (const struct bad_row *r = bad; r < bad + COUNT(bad); r++) {
		struct vmsa_error err = { .text = "" };

		print_message("%s in %s\n", r->name, r->file);
		save_meta(state, &none, 2);
		for (unsigned i = 0; i < 4; i++)
			write_file(temp_path(state, names[i], path), "", 0);
		temp_path(state, r->file, path);
		write_file(path, r->bytes, r->size);
		assert_int_equal(import(state, &err), -EBADMSG);
		assert_string_equal(err.file, path);
		assert_string_equal(err.unit, "byte");
		assert_u64_equal(err.offset, r->offset);
	}
}

#define FILES(test) cmocka_unit_test_setup_teardown(test, temp_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(packed_captures_come_out_as_they_are),
		FILES(filtered_rows_miss_as_all_accesses_do),
		FILES(rows_leave_the_records_of_the_packed_capture),
		FILES(a_truncated_capture_is_refused),
		FILES(a_damaged_capture_does_no_harm),
		FILES(faults_are_found_where_they_are),
	};

	return cmocka_run_group_tests_name("trace import", tests, NULL, NULL);
}
