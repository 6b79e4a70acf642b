/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * damage_test.c - what a reader makes of files that are not whole
 *
 * Every truncation and every flipped bit of a small trace: records that come
 * are those that were written, in order; if any is missing, an error says so.
 */
#include "files.h"

#include <zstd.h>

#include "trace/crc32c.h"

#define N     600
#define BLOCK 100

struct good {
	struct vmsa_trace_record *in;
	struct blob file;
	char path[640];
};

static void make_good(void **state, struct good *g)
{
	temp_path(state, "t", g->path);
	g->in = make_records(3, N, 8, 4);
	write_trace(g->path, 8, 4, BLOCK, g->in, N);
	g->file = read_file(g->path);
}

static void free_good(struct good *g)
{
	free(g->in);
	free(g->file.data);
}

/* Read to the end; how many good records came, and whether an error did. */
static size_t read_all(const struct good *g, int *ret, struct vmsa_error *err)
{
	struct vmsa_trace_stream *s;
	struct vmsa_trace_record out[64];
	struct vmsa_trace *t;
	size_t n, done = 0;

	*ret = vmsa_trace_open(g->path, &t, err);
	if (*ret)
		return 0;
	assert_int_equal(vmsa_trace_stream_create(t, 0, &s), 0);
	for (;;) {
		*ret = vmsa_trace_read(s, out, COUNT(out), &n, err);
		if (*ret || !n)
			break;
		assert_true(done + n <= N);
		for (size_t i = 0; i < n; i++)
			assert_same_record(&out[i], &g->in[done + i]);
		done += n;
	}
	if (*ret) /* and again: nothing is skipped */
		assert_int_equal(vmsa_trace_read(s, out, 1, &n, err), *ret);
	close_stream(t, s);
	return done;
}

/* Where block @number starts, N / BLOCK for the index. */
static size_t find_block(const struct blob *f, unsigned number)
{
	const char *magic = number < N / BLOCK ? "VBLK" : "VIDX";
	size_t at = 0;

	for (unsigned seen = 0; at + 4 <= f->size; at++) {
		if (!memcmp(f->data + at, magic, 4) &&
		    (seen++ == number || number == N / BLOCK))
			break;
	}
	return at;
}

/* Cut anywhere: all whole blocks, then an error at the block that is not. */
static void a_truncated_file_gives_its_whole_blocks(void **state)
{
	struct vmsa_error err;
	struct good g;
	size_t block = 0;
	int ret;

	make_good(state, &g);
	for (size_t size = 0; size < g.file.size; size++) {
		size_t n;

		write_file(g.path, g.file.data, size);
		while (block < N / BLOCK &&
		       size >= find_block(&g.file, (unsigned)block + 1))
			block++;
		err.offset = UINT64_MAX;
		n = read_all(&g, &ret, &err);
		assert_int_equal(ret, -EBADMSG);
		assert_int_equal(n, block * BLOCK);
		assert_string_equal(err.unit, "byte");
		if (size >= find_block(&g.file, 0))
			assert_int_equal(err.offset,
					 find_block(&g.file, (unsigned)block));
	}
	free_good(&g);
}

/* Flip any bit: what comes is right; what does not come is an error. */
static void a_flipped_bit_is_found(void **state)
{
	struct good g;
	int ret;

	make_good(state, &g);
	for (size_t k = 0; k < 8 * g.file.size; k += 3) {
		const size_t i = k / 8;
		const uint8_t bit = (uint8_t)(1u << k % 8);
		struct vmsa_error err;
		size_t n;

		g.file.data[i] ^= bit;
		write_file(g.path, g.file.data, g.file.size);
		g.file.data[i] ^= bit;
		n = read_all(&g, &ret, &err);
		if (ret == -ENOTSUP)
			assert_int_equal(i / 4, 2); /* the version */
		else
			assert_int_equal(ret, -EBADMSG);
		assert_int_equal(n % BLOCK, 0);
		if (i >= find_block(&g.file, 0))
			assert_true(err.offset <= i || n == N);
	}
	free_good(&g);
}

/* Blocks behind a damaged one are there for who asks for them. */
static void a_seek_leads_beyond_the_damage(void **state)
{
	struct vmsa_trace_record out[32];
	struct vmsa_trace_stream *s;
	struct vmsa_error err;
	struct vmsa_trace *t;
	struct good g;
	size_t n, at, k = 0;

	make_good(state, &g);
	at = find_block(&g.file, 2);
	g.file.data[at + 100] ^= 1;
	write_file(g.path, g.file.data, g.file.size);
	assert_int_equal(read_all(&g, &(int){ 0 }, &err), 2 * BLOCK);
	assert_int_equal(err.offset, at);
	s = open_stream(g.path, &t);
	assert_int_equal(vmsa_trace_damage(t, NULL), 0);
	assert_int_equal(vmsa_trace_seek(s, g.in[250].insn, &err), -EBADMSG);
	assert_int_equal(vmsa_trace_seek(s, g.in[310].insn, &err), 0);
	while (g.in[k].insn < g.in[310].insn)
		k++;
	do {
		assert_int_equal(vmsa_trace_read(s, out, 1, &n, &err), 0);
	} while (out[0].state);
	for (; k < N; k++) {
		assert_same_record(&out[0], &g.in[k]);
		vmsa_trace_read(s, out, 1, &n, &err);
	}
	close_stream(t, s);
	free_good(&g);
}

/* Random bytes, with and without a right header: an error, no crash. */
static void garbage_is_refused(void **state)
{
	uint64_t seed = 99;
	struct good g;
	int ret;

	make_good(state, &g);
	for (unsigned round = 0; round < 3000; round++) {
		const size_t from = round % 2 ? find_block(&g.file, 0) : 0;
		const size_t size =
			from + test_rand(&seed) % (g.file.size - from);
		uint8_t *data = malloc(size + 1);
		struct vmsa_error err;

		memcpy(data, g.file.data, from);
		for (size_t i = from; i < size; i++)
			data[i] = (uint8_t)test_rand(&seed);
		write_file(g.path, data, size);
		free(data);
		assert_int_equal(read_all(&g, &ret, &err), 0);
		assert_int_equal(ret, -EBADMSG);
	}
	free_good(&g);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A block header with any number changed and its CRC made right again. */
static void a_lying_block_header_is_found(void **state)
{
	static const uint32_t lies[] = { 0,     1,          101,
					 65537, 0x7fffffff, 0xffffffff };
	struct good g;
	int ret;

	make_good(state, &g);
	for (size_t i = 0; i < 15 * COUNT(lies); i++) {
		const size_t at = find_block(&g.file, 1);
		const size_t field = at + 4 + 4 * (i / COUNT(lies));
		struct blob bad = { malloc(g.file.size), g.file.size };
		struct vmsa_error err;

		memcpy(bad.data, g.file.data, bad.size);
		put32(bad.data + field, lies[i % COUNT(lies)]);
		put32(bad.data + at + 64, vmsa_crc32c(0, bad.data + at, 64));
		write_file(g.path, bad.data, bad.size);
		if (memcmp(bad.data, g.file.data, bad.size) != 0) {
			assert_int_equal(read_all(&g, &ret, &err), BLOCK);
			assert_int_equal(ret, -EBADMSG);
			assert_int_equal(err.offset, at);
		}
		free(bad.data);
	}
	free_good(&g);
}

/* A block of three rows and one event, made by hand. */
static const uint8_t columns[] = {
	0,    1,    3,    0,                /* code 0: DATA, linear, victim 3 */
	3,    0,    0xff, 0xff,             /* code 1: TTBR0 */
	0,    0x21, 3,    0,                /* code 2: as 0, wide */
	0x41,                               /* page 0: chain 1, difference +8 */
	0xac, 0x02, 0x05,                   /* wide: 300, 5 */
	1,    0,    0,    0,    0, 0, 0, 0, /* event: a */
	0,    0,    0,    0,    0, 0, 0, 0, /* b */
	0,    7,    0,    0,    9,          /* row 0: +7, page 0, 9 accesses */
	1,    1,    0,    0,    0,          /* row 1: +1 */
	2,    0,    0,    0,    0,          /* row 2: wide */
};

/* A file of a header, this block with one byte changed, and no index. */
static void write_lie(const char *path, size_t at, uint8_t value)
{
	uint8_t f[512] = "VMSATRC", raw[sizeof(columns)], *h = f + 32;
	size_t n;

	memcpy(raw, columns, sizeof(raw));
	raw[at] = value;
	put32(f + 8, 1);
	put32(f + 16, 1);
	put32(f + 20, 8 | 4 << 16);
	put32(f + 28, vmsa_crc32c(0, f, 28));
	memcpy(h, "VBLK", 4);
	put32(h + 8, 1000);
	put32(h + 16, 1000 + 7 + 1 + 300);
	put32(h + 24, 3);
	put32(h + 32, 3);
	put32(h + 36, 1);
	put32(h + 40, 1);
	put32(h + 44, 3);
	put32(h + 48, 1);
	n = ZSTD_compress(h + 68, 300, raw, sizeof(raw), 1);
	put32(h + 52, (uint32_t)n);
	put32(h + 60, vmsa_crc32c(0, h + 68, n));
	put32(h + 64, vmsa_crc32c(0, h, 64));
	write_file(path, f, 32 + 68 + n);
}

static const struct lie {
	const char *name;
	size_t at;
	uint8_t value;
	size_t good; /* records that come before it is found */
} lies[] = {
	{ "a kind there is not", 0, 12, 0 },
	{ "region 3", 1, 3, 0 },
	{ "a flag there is not", 1, 0x41, 0 },
	{ "a victim beyond the filter", 2, 8, 0 },
	{ "an event with a victim", 6, 3, 0 },
	{ "chain 3", 12, 0x43, 0 },
	{ "a page column that does not end", 12, 0xc1, 0 },
	{ "a wide number that does not end", 15, 0x85, 2 },
	{ "another stamp at the end", 33, 8, 3 },
	{ "a code there is not", 32, 3, 0 },
	{ "a page there is not", 34, 1, 0 },
	{ "a page where there is none", 39, 1, 1 },
	{ "an event too many", 37, 0, 3 },
	{ "an event too few", 32, 1, 1 },
	{ "wide numbers too many", 42, 0, 3 },
	{ "wide numbers too few", 32, 2, 2 },
};

/* Right checksums over nonsense: what was good, then the block's offset. */
static void a_lying_block_is_found(void **state)
{
	struct vmsa_trace_record out[8];
	struct vmsa_trace_stream *s;
	struct vmsa_trace *t;
	char path[640];
	size_t n;

	temp_path(state, "t", path);
	write_lie(path, 0, columns[0]);
	s = open_stream(path, &t);
	assert_int_equal(vmsa_trace_read(s, out, 8, &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_u64_equal(out[0].page, 8);
	assert_u64_equal(out[1].a, 1);
	assert_u64_equal(out[2].insn, 1308);
	assert_int_equal(out[2].accesses, 5);
	close_stream(t, s);
	for (const struct lie *l = lies; l < lies + COUNT(lies); l++) {
		struct vmsa_error err;

		print_message("%s\n", l->name);
		write_lie(path, l->at, l->value);
		s = open_stream(path, &t);
		n = 0;
		if (l->good)
			assert_int_equal(vmsa_trace_read(s, out, 8, &n, &err),
					 0);
		assert_int_equal(n, l->good);
		assert_int_equal(vmsa_trace_read(s, out, 8, &n, &err),
				 -EBADMSG);
		assert_u64_equal(err.offset, 32);
		close_stream(t, s);
	}
}

/* Files that are something else altogether. */
static void other_files_are_no_traces(void **state)
{
	struct vmsa_error err;
	struct vmsa_trace *t;
	char path[640];

	temp_path(state, "t", path);
	assert_int_equal(vmsa_trace_open(path, &t, &err), -ENOENT);
	assert_string_equal(err.file, path);
	write_file(path, "", 0);
	assert_int_equal(vmsa_trace_open(path, &t, &err), -EBADMSG);
	write_file(path, "#!/bin/sh\necho this is a script, not a trace\n", 46);
	assert_int_equal(vmsa_trace_open(path, &t, &err), -EBADMSG);
	assert_string_equal(err.text, "this is no trace");
	assert_int_equal(vmsa_trace_open(*state, &t, &err), -EISDIR);
}

#define FILES(test) cmocka_unit_test_setup_teardown(test, temp_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(a_truncated_file_gives_its_whole_blocks),
		FILES(a_flipped_bit_is_found),
		FILES(a_seek_leads_beyond_the_damage),
		FILES(garbage_is_refused),
		FILES(a_lying_block_header_is_found),
		FILES(a_lying_block_is_found),
		FILES(other_files_are_no_traces),
	};

	return cmocka_run_group_tests_name("trace damage", tests, NULL, NULL);
}
