/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_test.c - a pgtrace capture comes out as it went in
 *
 * The capture is made here: runs of accesses and fetches, written as rows and,
 * through a filter of our own, as PGT3, by nothing of lib/trace/.
 */
#include "files.h"

#include <zstd.h>

#define RUNS 3000
#define L1   16 /* entries of the TLB that judges the filter */

/* One run of accesses, or one fetch. */
struct run {
	uint64_t insn, page;
	unsigned length, write, el0, region;
};

/* A file in the making. */
struct file {
	uint8_t data[1 << 17];
	size_t size;
};

/* A capture, and what the merged records must be if it is packed. */
struct capture {
	struct run data[RUNS], fetch[RUNS];
	struct vmsa_trace_record event[64], frame[64];
	struct vmsa_trace_record packed[2][RUNS]; /* FETCH, DATA */
	size_t n_packed[2];
	uint64_t accesses;
};

static void put8(struct file *f, unsigned v)
{
	f->data[f->size++] = (uint8_t)v;
}

static void put32(struct file *f, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		put8(f, v >> 8 * i & 255);
}

static void put_number(struct file *f, uint64_t v)
{
	while (v > 127) {
		put8(f, (v & 127) + 128);
		v /= 128;
	}
	put8(f, (unsigned)v);
}

static void put_signed(struct file *f, int64_t d)
{
	put_number(f, d < 0 ? 2 * (uint64_t)~d + 1 : 2 * (uint64_t)d);
}

static const uint64_t bases[] = { 0, 0xffff000000000, 0xffff800000000 };

static void make_runs(struct run *r, uint64_t seed)
{
	uint64_t insn = 0;

	for (size_t i = 0; i < RUNS; i++, r++) {
		const uint64_t x = test_rand(&seed);

		r->insn = insn += x % 100 ? x % 7 : x % 3000;
		r->region = (unsigned)(x >> 8 & 3) % 3;
		r->page = bases[r->region] +
			  (x >> 12 & 3 ? x >> 16 & 3 : x >> 16 & 31);
		r->length = x >> 24 & 7 ? 1 + (x >> 27 & 3)
					: 1 + (unsigned)(x >> 27 & 63);
		r->write = x >> 40 & 3 ? 0 : 1;
		r->el0 = r->region == 0;
	}
}

static void make_capture(struct capture *c)
{
	memset(c, 0, sizeof(*c));
	make_runs(c->data, 21);
	make_runs(c->fetch, 22);
	for (size_t i = 0; i < RUNS; i++) {
		c->fetch[i].length = 1;
		c->fetch[i].write = 0;
		c->accesses += c->data[i].length;
	}
	for (size_t i = 0; i < 64; i++) {
		c->event[i].insn = c->data[i * (RUNS / 64)].insn;
		c->event[i].kind = VMSA_TRACE_TTBR0 + i % 9;
		c->event[i].a = i << 40 | i;
		c->event[i].b = i * i;
		c->event[i].victim = VMSA_TRACE_NO_VICTIM;
		c->frame[i].insn = c->data[i * (RUNS / 64)].insn;
		c->frame[i].kind = VMSA_TRACE_FRAME;
		c->frame[i].region = c->data[i].region;
		c->frame[i].page = c->data[i].page;
		c->frame[i].a = 0x40000 + i;
		c->frame[i].victim = VMSA_TRACE_NO_VICTIM;
	}
}

static void put_events(const struct capture *c, struct file *f)
{
	uint64_t insn = 0;

	f->size = 0;
	for (size_t i = 0; i < 64; insn = c->event[i++].insn) {
		put8(f, c->event[i].kind - VMSA_TRACE_TTBR0 + 1);
		put_number(f, c->event[i].insn - insn);
		put_number(f, c->event[i].a);
		put_number(f, c->event[i].b);
	}
}

static void put_frames(const struct capture *c, struct file *f)
{
	uint64_t insn = 0, last[3] = { 0 };

	f->size = 0;
	for (size_t i = 0; i < 64; insn = c->frame[i++].insn) {
		const struct vmsa_trace_record *r = &c->frame[i];

		put8(f, r->region);
		put_number(f, r->insn - insn);
		put_signed(f, (int64_t)(r->page - last[r->region]));
		put_number(f, r->a);
		last[r->region] = r->page;
	}
}

static void put_rows(const struct run *r, bool data, struct file *f)
{
	uint64_t insn = 0, last[3] = { 0 };

	f->size = 0;
	for (size_t i = 0; i < RUNS; i++, insn = r++->insn) {
		const unsigned nibble = r->length < 15 ? r->length : 0;

		put8(f, r->region | r->write << 2 | r->el0 << 3 |
				(data ? nibble << 4 : 0));
		put_number(f, r->insn - insn);
		put_signed(f, (int64_t)(r->page - last[r->region]));
		if (data && !nibble)
			put_number(f, r->length - 15);
		last[r->region] = r->page;
	}
}

/* The filter: slots with their last use, and the slots by record order. */
struct filter {
	unsigned k, order[8];
	uint64_t page[8], used[8], clock, pending;
	bool written[8];
};

static void empty(struct filter *f)
{
	memset(f->page, 0xff, sizeof(f->page));
}

static unsigned pick(const struct filter *f, uint64_t page)
{
	unsigned best = 0;

	for (unsigned i = 0; i < f->k; i++)
		if (f->page[i] == page)
			return i;
	for (unsigned i = 0; i < f->k; i++)
		if (f->page[i] == UINT64_MAX)
			return i;
	for (unsigned i = 1; i < f->k; i++)
		if (f->used[i] < f->used[best])
			best = i;
	return best;
}

/* One run; true with victim and accesses if it leaves a record. */
static bool filter(struct filter *f, const struct run *r,
		   struct vmsa_trace_record *out)
{
	const unsigned slot = pick(f, r->page);
	const bool hit = f->page[slot] == r->page;
	unsigned q = 0;

	f->used[slot] = ++f->clock;
	if (hit && (!r->write || f->written[slot])) {
		f->pending += r->length;
		return false;
	}
	f->written[slot] = r->write;
	f->page[slot] = r->page;
	while (f->order[q] != slot)
		q++;
	out->victim = (uint16_t)q;
	for (; q + 1 < f->k; q++)
		f->order[q] = f->order[q + 1];
	f->order[q] = slot;
	out->accesses = (uint32_t)f->pending;
	f->pending = r->length - 1;
	return true;
}

static void pack(struct capture *c, bool data)
{
	struct filter f = { .k = data ? 8 : 4 };
	const struct run *r = data ? c->data : c->fetch;
	size_t event = 0;

	empty(&f);
	for (unsigned i = 0; i < f.k; i++)
		f.order[i] = i;
	for (size_t i = 0; i < RUNS; i++, r++) {
		struct vmsa_trace_record *out =
			&c->packed[data][c->n_packed[data]];

		for (; event < 64 && c->event[event].insn <= r->insn; event++)
			if (c->event[event].kind == VMSA_TRACE_TLBI)
				empty(&f);
		if (!filter(&f, r, out))
			continue;
		out->insn = r->insn;
		out->page = r->page;
		out->kind = data ? VMSA_TRACE_DATA : VMSA_TRACE_FETCH;
		out->region = (uint8_t)r->region;
		out->write = r->write;
		out->el0 = r->el0;
		c->n_packed[data]++;
	}
}

/* Blocks of 500 records; ids and literals go on from one to the next. */
static void put_packed(const struct capture *c, bool data, struct file *f)
{
	static struct file col[6];
	static uint64_t ids[4096];
	const struct vmsa_trace_record *r = c->packed[data];
	uint64_t insn = 0, last[3] = { 0 }, n_ids = 0;

	f->size = 0;
	memcpy(f->data, "PGT3", 4);
	f->size = 4;
	put32(f, data ? 8 : 4);
	for (size_t i = 0; i <= c->n_packed[data]; i++, r++) {
		uint64_t id = 0;

		if (i && (i % 500 == 0 || i == c->n_packed[data])) {
			put32(f, (uint32_t)col[0].size);
			for (unsigned k = 0; k < 6; k++)
				put32(f, (uint32_t)col[k].size);
			for (unsigned k = 0; k < 6; k++) {
				memcpy(f->data + f->size, col[k].data,
				       col[k].size);
				f->size += col[k].size;
				col[k].size = 0;
			}
		}
		if (i == c->n_packed[data])
			break;
		while (id < n_ids && ids[id] != r->page)
			id++;
		put8(&col[0], r->region | r->write << 2 | r->el0 << 3);
		put8(&col[1], r->victim);
		put_number(&col[2], r->insn - insn);
		put_number(&col[3], id);
		put_number(&col[5], r->accesses);
		if (id == n_ids) {
			ids[n_ids++] = r->page;
			put_signed(&col[4],
				   (int64_t)(r->page - last[r->region]));
			last[r->region] = r->page;
		}
		insn = r->insn;
	}
	put32(f, 0);
}

/* Write a stream, compressed if its name says so. */
static void save(void **state, const char *name, const struct file *f)
{
	static uint8_t out[1 << 18];
	char path[640];
	size_t n;

	temp_path(state, name, path);
	if (!strstr(name, ".zst")) {
		write_file(path, f->data, f->size);
		return;
	}
	n = ZSTD_compress(out, sizeof(out), f->data, f->size, 1);
	write_file(path, out, n);
}

static void save_meta(void **state, const struct capture *c, unsigned events)
{
	char text[512], path[640];
	const int n = snprintf(
		text, sizeof(text),
		"format pgtrace-1\ncpu 0\nstop max\nseconds 8.05\n"
		"insns 1000000\ninsns_el1 900000\naccesses %u\ndc_zva 7\n"
		"D_records %u\nI_records %u\nE_records %u\nP_records 64\n",
		(unsigned)c->accesses, RUNS, RUNS, events);

	write_file(temp_path(state, "x.meta", path), text, (size_t)n);
}

static void save_all(void **state, struct capture *c, bool packed)
{
	static struct file f;

	save_meta(state, c, 64);
	put_events(c, &f);
	save(state, packed ? "x.cpu0.E.zst" : "x.cpu0.E", &f);
	put_frames(c, &f);
	save(state, packed ? "x.cpu0.P.zst" : "x.cpu0.P", &f);
	if (packed) {
		put_packed(c, false, &f);
		save(state, "x.cpu0.I.pgt.zst", &f);
		put_packed(c, true, &f);
		save(state, "x.cpu0.D.pgt", &f);
	} else {
		put_rows(c->fetch, false, &f);
		save(state, "x.cpu0.I", &f);
		put_rows(c->data, true, &f);
		save(state, "x.cpu0.D.zst", &f);
	}
}

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
		FILES(a_truncated_capture_is_refused),
		FILES(a_damaged_capture_does_no_harm),
		FILES(faults_are_found_where_they_are),
	};

	return cmocka_run_group_tests_name("trace import", tests, NULL, NULL);
}
