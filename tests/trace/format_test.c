/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * format_test.c - the file is what docs/trace-format.md says
 *
 * The reader below was written from that page.  It shares nothing with the
 * library but zstd and believes each number it reads.
 */
#include "files.h"

#include <zstd.h>

#define N 3000

static uint64_t le(const uint8_t *p, unsigned bytes)
{
	return bytes ? p[0] | le(p + 1, bytes - 1) << 8 : 0;
}

static uint64_t leb(const uint8_t **p)
{
	const uint8_t byte = *(*p)++;

	return byte < 128 ? byte : (byte & 127) | leb(p) << 7;
}

static int64_t unzigzag(uint64_t v)
{
	return v & 1 ? -(int64_t)(v >> 1) - 1 : (int64_t)(v >> 1);
}

/* Section 3: the rows of the block at @p; returns where the next is. */
static const uint8_t *read_block(const uint8_t *p,
				 struct vmsa_trace_record *out, size_t *rows,
				 size_t *preamble)
{
	const size_t codes = le(p + 32, 4), pages = le(p + 36, 4);
	const size_t room = 4 * codes + le(p + 40, 4) + le(p + 44, 4) +
			    16 * le(p + 48, 4) + 5 * le(p + 24, 4);
	uint8_t *raw = malloc(room);
	const uint8_t *wide = raw + 4 * codes + le(p + 40, 4);
	const uint8_t *event = wide + le(p + 44, 4);
	const uint8_t *row = event + 16 * le(p + 48, 4);
	const uint8_t *page = raw + 4 * codes;
	uint64_t *numbers = calloc(pages + 1, 8), chain[3] = { 0 };
	uint64_t insn = le(p + 8, 8);

	*rows = le(p + 24, 4);
	*preamble = le(p + 28, 4);
	assert_int_equal(ZSTD_decompress(raw, room, p + 68, le(p + 52, 4)),
			 room);
	for (size_t i = 0; i < pages; i++) {
		const uint64_t v = leb(&page);

		chain[v % 4] += (uint64_t)unzigzag(v / 4);
		numbers[i] = chain[v % 4];
	}
	for (size_t i = 0; i < *rows; i++, row += 5) {
		const uint8_t *code = raw + 4 * row[0];
		struct vmsa_trace_record *r = &out[i];

		memset(r, 0, sizeof(*r));
		insn += code[1] & 32 ? leb(&wide) : row[1];
		r->insn = insn;
		r->accesses = code[1] & 32 ? (uint32_t)leb(&wide) : row[4];
		r->kind = code[0];
		r->region = code[1] & 3;
		r->write = code[1] >> 2 & 1;
		r->el0 = code[1] >> 3 & 1;
		r->state = code[1] >> 4 & 1;
		r->victim = (uint16_t)le(code + 2, 2);
		if (r->kind < 3)
			r->page = numbers[le(row + 2, 2)];
		if (r->kind > 1) {
			r->a = le(event, 8);
			r->b = le(event + 8, 8);
			event += 16;
		}
	}
	assert_u64_equal(insn, le(p + 16, 8));
	assert_ptr_equal(wide, raw + 4 * codes + le(p + 40, 4) + le(p + 44, 4));
	free(numbers);
	free(raw);
	return p + 68 + le(p + 52, 4);
}

/* Sections 2 and 3: a stranger finds every record. */
static void a_stranger_can_read_it(void **state)
{
	struct vmsa_trace_record *in = make_records(11, N, 8, 4);
	struct vmsa_trace_record *out = calloc(2 * N, sizeof(*out));
	size_t done = 0, blocks = 0;
	const uint8_t *p;
	struct blob f;
	char path[640];

	temp_path(state, "t", path);
	write_trace(path, 8, 4, 256, in, N);
	f = read_file(path);
	assert_memory_equal(f.data, "VMSATRC", 8);
	assert_int_equal(le(f.data + 8, 4), 1);
	assert_int_equal(le(f.data + 16, 4), 1);
	assert_int_equal(le(f.data + 20, 2), 8);
	assert_int_equal(le(f.data + 22, 2), 4);
	p = f.data + 32 + le(f.data + 12, 4);
	while (!memcmp(p, "VBLK", 4)) {
		size_t rows, preamble;

		assert_int_equal(le(p + 4, 4), 0);
		assert_int_equal(le(p + 56, 4), blocks++);
		p = read_block(p, out, &rows, &preamble);
		for (size_t i = 0; i < preamble; i++)
			assert_true(out[i].state);
		for (size_t i = preamble; i < rows; i++)
			assert_same_record(&out[i], &in[done++]);
	}
	assert_int_equal(done, N);
	assert_int_equal(blocks, (N + 255) / 256);
	assert_memory_equal(p, "VIDX", 4);
	free(f.data);
	free(out);
	free(in);
}

/* Section 5: the index leads to the blocks, the footer to the index. */
static void the_footer_leads_to_the_blocks(void **state)
{
	struct vmsa_trace_record *in = make_records(12, N, 0, 0);
	const uint8_t *index, *ref;
	uint64_t data = 0;
	struct blob f;
	char path[640];

	temp_path(state, "t", path);
	write_trace(path, 0, 0, 1000, in, N);
	f = read_file(path);
	assert_memory_equal(f.data + f.size - 8, "VEND", 4);
	index = f.data + le(f.data + f.size - 24, 8);
	assert_int_equal(le(f.data + f.size - 16, 8),
			 f.data + f.size - 24 - index);
	assert_memory_equal(index, "VIDX", 4);
	assert_int_equal(le(index + 8, 8), 3);
	for (size_t i = 0; i < N; i++)
		data += in[i].kind == VMSA_TRACE_DATA;
	assert_u64_equal(le(index + 16, 8), in[0].insn);
	assert_u64_equal(le(index + 24, 8), in[N - 1].insn);
	assert_u64_equal(le(index + 32, 8), N);
	assert_u64_equal(le(index + 56, 8), 3);
	assert_u64_equal(le(index + 64, 8), data);
	for (unsigned i = 0; i < 3; i++) {
		ref = index + 16 + 144 + 32 * i;
		assert_memory_equal(f.data + le(ref, 8), "VBLK", 4);
		assert_u64_equal(le(ref + 8, 8), in[1000 * i].insn);
		assert_u64_equal(le(ref + 16, 8), in[1000 * i + 999].insn);
		assert_int_equal(le(ref + 28, 4), 1000);
	}
	free(f.data);
	free(in);
}

#define FILES(test) cmocka_unit_test_setup_teardown(test, temp_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(a_stranger_can_read_it),
		FILES(the_footer_leads_to_the_blocks),
	};

	return cmocka_run_group_tests_name("trace format", tests, NULL, NULL);
}
