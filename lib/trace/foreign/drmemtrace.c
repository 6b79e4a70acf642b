/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drmemtrace.c - read DynamoRIO's traces of one thread or one core
 *
 *	u16 type, u16 size, u64 address or value: 12 bytes
 *
 *	HEADER, markers, { instruction, its loads and stores } ..., FOOTER
 *
 * Encodings, which may stand before an instruction, and marks of time and CPU
 * are of no use here.  Traces of 32-bit programs have entries of 8 bytes and
 * are not read.
 *
 * Source   DynamoRIO, clients/drcachesim/common/trace_entry.h, read for the
 *          layout and the numbers (version 5 of the format)
 */
#include "trace/foreign/readers.h"

#include <inttypes.h>
#include <stdio.h>

#define ENTRY_BYTES 12

/* Types of entries; between two that are named lie those like the first. */
enum {
	READ = 0,
	WRITE = 1,
	PREFETCH = 2,      /* .. 9 */
	INSTR = 10,        /* .. 16 with jumps, calls and returns */
	INSTR_BUNDLE = 17, /* more instructions behind the last one */
	FLUSH = 18,        /* .. 21 */
	THREAD = 22,
	THREAD_EXIT = 23,
	PID = 24,
	HEADER = 25,
	FOOTER = 26,
	HARDWARE_PREFETCH = 27,
	MARKER = 28,
	INSTR_NO_FETCH = 29,    /* a string instruction goes on */
	INSTR_MAYBE_FETCH = 30, /* the same, if it is at the last address */
	INSTR_SYSENTER = 31,
	PREFETCH_MORE = 32, /* .. 46 */
	ENCODING = 47,
	INSTR_TAKEN_JUMP = 48,
	INSTR_UNTAKEN_JUMP = 49,
	NR_TYPES
};

/* Kinds of MARKER, in the entry's size. */
enum {
	MARKER_FILETYPE = 9,
	MARKER_PHYSICAL = 15, /* of the VIRTUAL that follows */
	MARKER_VIRTUAL = 17
};

/* What is kept from entry to entry. */
struct thread {
	vmsa_va pc, next_pc; /* of the last instruction, and behind it */
	vmsa_pa physical;
	bool has_physical;
};

static int instruction(struct vmsa_sink *k, struct thread *t, vmsa_va pc,
		       unsigned size)
{
	t->pc = pc;
	t->next_pc = pc + size;
	vmsa_sink_begin(k, pc);
	return vmsa_sink_fetch(k, pc, size);
}

/* Only the lengths of the instructions are told, a byte each. */
static int bundle(struct vmsa_sink *k, struct thread *t, unsigned n,
		  const uint8_t *length)
{
	int ret = 0;

	if (n > 8)
		return vmsa_sink_bad(k, "a bundle of more than 8 instructions");
	for (unsigned i = 0; i < n && !ret; i++)
		ret = instruction(k, t, t->next_pc, length[i]);
	return ret;
}

/* Filtered traces are no traces of all accesses: keep what tells. */
static void note_file_type(struct vmsa_sink *k, uint64_t value)
{
	char key[40], text[24];

	snprintf(key, sizeof(key), "capture.cpu%u.file_type", k->cpu);
	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	vmsa_sink_note(k, key, text);
}

static int marker(struct vmsa_sink *k, struct thread *t, unsigned kind,
		  uint64_t value)
{
	if (kind == MARKER_FILETYPE)
		note_file_type(k, value);
	if (kind == MARKER_VIRTUAL && t->has_physical) {
		t->has_physical = false;
		return vmsa_sink_frame(k, value, t->physical);
	}
	if (kind == MARKER_PHYSICAL) {
		t->has_physical = true;
		t->physical = value;
	}
	return 0;
}

/* One entry between header and footer. */
static int entry(struct vmsa_sink *k, struct thread *t, const uint8_t *p)
{
	const unsigned type = (unsigned)get_le(p, 2);
	const unsigned size = (unsigned)get_le(p + 2, 2);
	const uint64_t value = get_le64(p + 4);

	switch (type) {
	case READ:
	case WRITE:
		return vmsa_sink_data(k, value, size, type == WRITE);
	case INSTR ... INSTR_BUNDLE - 1:
	case INSTR_SYSENTER:
	case INSTR_TAKEN_JUMP:
	case INSTR_UNTAKEN_JUMP:
		return instruction(k, t, value, size);
	case INSTR_MAYBE_FETCH:
		return value == t->pc ? 0 : instruction(k, t, value, size);
	case INSTR_BUNDLE:
		return bundle(k, t, size, p + 4);
	case PID:
		return vmsa_sink_context(k, value);
	case MARKER:
		return marker(k, t, size, value);
	case HEADER:
	case NR_TYPES ... UINT16_MAX:
		return vmsa_sink_bad(k, "there is no such entry here");
	case PREFETCH ... INSTR - 1:
	case FLUSH ... THREAD - 1:
	case HARDWARE_PREFETCH:
	case PREFETCH_MORE ... ENCODING - 1:
		k->skipped++;
		return 0;
	default:
		return 0;
	}
}

/* An entry's bytes, or why there are none. */
static int next_entry(struct vmsa_sink *k, const uint8_t **out)
{
	size_t have;
	const int ret =
		vmsa_source_fill(&k->source, ENTRY_BYTES, &have, k->err);

	if (ret)
		return ret;
	if (have < ENTRY_BYTES)
		return vmsa_sink_bad(k, have ? "the file ends inside an entry"
					     : "the file ends without footer");
	*out = vmsa_source_data(&k->source);
	return 0;
}

int vmsa_read_drmemtrace(struct vmsa_sink *k)
{
	struct thread t = { 0 };
	const uint8_t *p = NULL;
	size_t have;
	int ret = next_entry(k, &p);

	if (!ret && get_le(p, 2) != HEADER)
		ret = vmsa_sink_bad(k, "this is no drmemtrace file: it does "
				       "not start with a header");
	while (!ret) {
		k->source.pos += ENTRY_BYTES;
		ret = next_entry(k, &p);
		if (!ret && get_le(p, 2) == FOOTER)
			break;
		if (!ret)
			ret = entry(k, &t, p);
	}
	if (ret)
		return ret;
	k->source.pos += ENTRY_BYTES;
	ret = vmsa_source_fill(&k->source, 1, &have, k->err);
	return ret || !have ? ret : vmsa_sink_bad(k, "data behind the footer");
}
