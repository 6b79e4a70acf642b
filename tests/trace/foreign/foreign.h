/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_TRACE_FOREIGN_H
#define VMSA_TEST_TRACE_FOREIGN_H
/*
 * foreign.h - files of other tools made up here, and what becomes of them
 *
 * The writers follow the published layouts (docs/foreign-traces.md) and share
 * no code with lib/trace/foreign/.
 */
#include "trace/files.h"

#include "vmsa/foreign.h"

#define KERNEL_PAGE UINT64_C(0xffff800080000)
#define LINEAR_PAGE UINT64_C(0xffff000012345)

/** struct bytes - a file in the making; zero is an empty one. */
struct bytes {
	uint8_t data[1 << 16];
	size_t size;
};

/** put_bytes() - append some. */
static inline void put_bytes(struct bytes *b, const void *data, size_t size)
{
	assert_true(b->size + size <= sizeof(b->data));
	memcpy(b->data + b->size, data, size);
	b->size += size;
}

/** put_number() - append a little-endian number of @n bytes. */
static inline void put_number(struct bytes *b, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++, v >>= 8) {
		const uint8_t byte = v & 255;

		put_bytes(b, &byte, 1);
	}
}

/** put_varint() - append a number as protobuf writes it. */
static inline void put_varint(struct bytes *b, uint64_t v)
{
	for (; v > 127; v /= 128)
		put_number(b, v % 128 + 128, 1);
	put_number(b, v, 1);
}

/** put_champsim() - append an instruction of up to 4 loads, 2 stores. */
static inline void put_champsim(struct bytes *b, uint64_t ip,
				const uint64_t load[4], const uint64_t store[2])
{
	put_number(b, ip, 8);
	put_number(b, 0x0706050403020001, 8); /* a branch, not taken */
	put_number(b, store[0], 8);
	put_number(b, store[1], 8);
	for (unsigned i = 0; i < 4; i++)
		put_number(b, load[i], 8);
}

/** put_entry() - append one entry of a drmemtrace. */
static inline void put_entry(struct bytes *b, unsigned type, unsigned size,
			     uint64_t value)
{
	put_number(b, type, 2);
	put_number(b, size, 2);
	put_number(b, value, 8);
}

/** struct packet - of gem5; pc and flags are left out if 0. */
struct packet {
	uint64_t tick, addr, pc;
	uint32_t cmd, size, flags;
};

/** put_message() - append a message with its size. */
static inline void put_message(struct bytes *b, const struct bytes *message)
{
	put_varint(b, message->size);
	put_bytes(b, message->data, message->size);
}

/** put_gem5_header() - append magic and header. */
static inline void put_gem5_header(struct bytes *b)
{
	static struct bytes m;

	m.size = 0;
	put_bytes(b, "gem5", 4);
	put_bytes(&m, "\012\013system.mon0", 13); /* field 1, a string */
	put_varint(&m, 3 << 3);
	put_varint(&m, 1000000000000);
	put_bytes(&m, "\042\004\010\001\022\000", 6); /* field 4, a message */
	put_message(b, &m);
}

/** put_packet() - append one packet. */
static inline void put_packet(struct bytes *b, const struct packet *p)
{
	const uint64_t value[] = { p->tick,  p->cmd, p->addr, p->size,
				   p->flags, 0,      p->pc };
	static struct bytes m;

	m.size = 0;
	for (unsigned i = 0; i < COUNT(value); i++) {
		if (i >= 4 && !value[i])
			continue;
		put_varint(&m, (i + 1) << 3);
		put_varint(&m, value[i]);
	}
	put_message(b, &m);
}

/** struct made - the records that came out, and the rest of the answer. */
struct made {
	int ret;
	struct vmsa_error err;
	struct vmsa_foreign_import_result result;
	struct vmsa_trace_totals totals;
	struct vmsa_trace_record record[4096];
	size_t n;
	char path[640];
};

/** read_made() - the records of a trace that was kept. */
static inline void read_made(struct made *m)
{
	struct vmsa_trace *t;
	struct vmsa_trace_stream *s = open_stream(m->path, &t);

	m->totals = *vmsa_trace_totals(t, 0);
	assert_int_equal(vmsa_trace_damage(t, NULL), 0);
	assert_int_equal(vmsa_trace_read(s, m->record, COUNT(m->record), &m->n,
					 NULL),
			 0);
	close_stream(t, s);
}

/**
 * import_file() - convert one file, and read what there is then.
 * @state: the folder
 * @file:  its path
 * @in:    the rest of the question
 * @m:     filled
 */
static inline void import_file(void **state, const char *file,
			       struct vmsa_foreign_import in, struct made *m)
{
	memset(m, 0, sizeof(*m));
	in.files = &file;
	in.nr_files = 1;
	temp_path(state, "new.vmt", m->path);
	unlink(m->path);
	m->ret = vmsa_foreign_import(&in, m->path, &m->result, &m->err);
	assert_int_equal(access(m->path, F_OK), m->result.kept ? 0 : -1);
	if (m->result.kept)
		read_made(m);
}

/** import_bytes() - the same for bytes that become a file. */
static inline void import_bytes(void **state, const void *data, size_t size,
				struct vmsa_foreign_import in, struct made *m)
{
	char path[640];

	write_file(temp_path(state, "foreign", path), data, size);
	import_file(state, path, in, m);
}

/** of_format() - a question with that format and defaults. */
static inline struct vmsa_foreign_import of_format(
	enum vmsa_foreign_format format)
{
	struct vmsa_foreign_import in = VMSA_FOREIGN_IMPORT_DEFAULT;

	in.format = format;
	in.level = 1;
	return in;
}

/** struct want - a record that must come out. */
struct want {
	uint64_t insn, page;
	unsigned kind;
	bool write;
	uint32_t accesses;
	unsigned region;
};

/** assert_records() - these and no others, none filtered. */
static inline void assert_records(const struct made *m, const struct want *want,
				  size_t n)
{
	for (size_t i = 0; i < n && i < m->n; i++) {
		const struct vmsa_trace_record *r = &m->record[i];

		print_message("record %zu\n", i);
		assert_u64_equal(r->insn, want[i].insn);
		assert_int_equal(r->kind, want[i].kind);
		assert_u64_equal(r->kind > VMSA_TRACE_FRAME ? r->a : r->page,
				 want[i].page);
		assert_int_equal(r->write, want[i].write);
		assert_int_equal(r->accesses, want[i].accesses);
		assert_int_equal(r->region, want[i].region);
		assert_int_equal(r->victim, VMSA_TRACE_NO_VICTIM);
	}
	assert_int_equal(m->n, n);
}

#define FILES(test) cmocka_unit_test_setup_teardown(test, temp_dir, remove_dir)

#define D VMSA_TRACE_DATA
#define F VMSA_TRACE_FETCH

#endif /* VMSA_TEST_TRACE_FOREIGN_H */
