/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * damage_test.c - what a reader makes of files that are not whole
 *
 * Every truncation and every flipped bit of a small trace: records that come
 * are those that were written, in order; if any is missing, an error says so.
 */
#include "files.h"

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
		FILES(other_files_are_no_traces),
	};

	return cmocka_run_group_tests_name("trace damage", tests, NULL, NULL);
}
