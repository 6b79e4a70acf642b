/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_TRACE_FILES_H
#define VMSA_TEST_TRACE_FILES_H
/*
 * files.h - temporary files and made-up records for the tests of trace/
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmsa/trace.h"

/** struct blob - a file's contents. */
struct blob {
	uint8_t *data;
	size_t size;
};

/** temp_dir() - CMocka setup: *state is a fresh folder's name. */
static inline int temp_dir(void **state)
{
	const char *root = getenv("TMPDIR");
	char *dir = malloc(512);

	snprintf(dir, 512, "%s/vmsa-trace-XXXXXX", root ? root : "/tmp");
	*state = dir;
	return mkdtemp(dir) ? 0 : -1;
}

/** temp_path() - a name in the folder, in a buffer of 640 bytes. */
static inline const char *temp_path(void **state, const char *name,
				    char *buffer)
{
	snprintf(buffer, 640, "%s/%s", (const char *)*state, name);
	return buffer;
}

/** remove_dir() - CMocka teardown: the folder and the files in it. */
static inline int remove_dir(void **state)
{
	char command[640];
	int ret;

	snprintf(command, sizeof(command), "rm -r '%s'", (const char *)*state);
	ret = system(command);
	free(*state);
	return ret;
}

/** write_file() - create a file; an old one goes first, which is faster. */
static inline void write_file(const char *path, const void *data, size_t size)
{
	FILE *f;

	unlink(path);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

/** read_file() - a file's contents, to be freed. */
static inline struct blob read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct blob b;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	b.size = (size_t)ftell(f);
	rewind(f);
	b.data = malloc(b.size + 1);
	assert_int_equal(fread(b.data, 1, b.size, f), b.size);
	fclose(f);
	return b;
}

/**
 * make_records() - records that a writer must take, of every kind.
 * @seed: of the random numbers
 * @n:    how many
 * @data: entries of the DATA filter
 * @fetch: entries of the FETCH filter
 *
 * Most are small; one in 64 has numbers that do not fit a row's byte.
 *
 * Return: an array to be freed.
 */
static inline struct vmsa_trace_record *make_records(uint64_t seed, size_t n,
						     unsigned data,
						     unsigned fetch)
{
	struct vmsa_trace_record *r = calloc(n, sizeof(*r));
	uint64_t insn = 0;

	for (size_t i = 0; i < n; i++) {
		const uint64_t x = test_rand(&seed), y = test_rand(&seed);
		const unsigned dice = x % 128;
		const unsigned entries = dice < 80 ? data : fetch;

		insn += y % 64 ? y >> 8 & 31 : y >> 8 & 0xffffff;
		r[i].insn = insn;
		r[i].kind = dice < 80    ? VMSA_TRACE_DATA
			    : dice < 116 ? VMSA_TRACE_FETCH
					 : 2 + x / 128 % 10;
		r[i].victim = VMSA_TRACE_NO_VICTIM;
		r[i].el0 = x >> 20 & 1;
		if (r[i].kind <= VMSA_TRACE_FRAME) {
			r[i].region = x >> 21 & 3 ? x >> 21 & 1 : 2;
			r[i].page = (x >> 23 & 7 ? x >> 26 & 15 : x >> 26) %
				    (UINT64_C(1) << 52);
		}
		if (r[i].kind <= VMSA_TRACE_FETCH) {
			r[i].accesses = y >> 32 & 63 ? y >> 38 & 7 : y >> 38;
			if (entries)
				r[i].victim = (y >> 48) % entries;
		} else {
			r[i].a = y;
			r[i].b = r[i].kind == VMSA_TRACE_TLBI ? x : 0;
		}
		r[i].write = r[i].kind == VMSA_TRACE_DATA && (x >> 40 & 1);
	}
	return r;
}

/** write_trace() - one CPU's records in blocks of @block. */
static inline void write_trace(const char *path, unsigned data, unsigned fetch,
			       unsigned block,
			       const struct vmsa_trace_record *r, size_t n)
{
	const struct vmsa_trace_config c = { .cpus = 1,
					     .data_filter = data,
					     .fetch_filter = fetch,
					     .block_records = block,
					     .level = 1 };
	struct vmsa_trace_writer *w;

	assert_int_equal(vmsa_trace_writer_create(path, &c, &w, NULL), 0);
	assert_int_equal(vmsa_trace_writer_add(w, 0, r, n, NULL), 0);
	assert_int_equal(vmsa_trace_writer_finish(w, NULL), 0);
	vmsa_trace_writer_destroy(w);
}

/** open_stream() - a trace and its first stream. */
static inline struct vmsa_trace_stream *open_stream(const char *path,
						    struct vmsa_trace **t)
{
	struct vmsa_trace_stream *s;

	assert_int_equal(vmsa_trace_open(path, t, NULL), 0);
	assert_int_equal(vmsa_trace_stream_create(*t, 0, &s), 0);
	return s;
}

/** close_stream() - undo open_stream(). */
static inline void close_stream(struct vmsa_trace *t,
				struct vmsa_trace_stream *s)
{
	vmsa_trace_stream_destroy(s);
	vmsa_trace_close(t);
}

/** assert_same_record() - all members, not the padding. */
static inline void assert_same_record(const struct vmsa_trace_record *a,
				      const struct vmsa_trace_record *b)
{
	assert_u64_equal(a->insn, b->insn);
	assert_u64_equal(a->page, b->page);
	assert_u64_equal(a->a, b->a);
	assert_u64_equal(a->b, b->b);
	assert_int_equal(a->accesses, b->accesses);
	assert_int_equal(a->victim, b->victim);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->region, b->region);
	assert_int_equal(a->write, b->write);
	assert_int_equal(a->el0, b->el0);
	assert_int_equal(a->state, b->state);
}

#endif /* VMSA_TEST_TRACE_FILES_H */
