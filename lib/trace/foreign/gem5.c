/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gem5.c - read the packets a gem5 monitor has recorded
 *
 *	"gem5", { LEB128 bytes of a message, message } ...
 *
 * The first message is a PacketHeader, the others are Packets, in the wire
 * format of protobuf.  Eight numbers do not need a library: a message is
 * a list of fields, each a LEB128 number (field << 3 | type) and a value.
 *
 * Source   gem5, src/proto/packet.proto (fields), util/decode_packet_trace.py
 *          (magic, ReadReq, WriteReq), src/mem/packet.hh (other commands),
 *          src/mem/request.hh (INST_FETCH); protobuf.dev, "Encoding"
 */
#include "trace/foreign/readers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC       "gem5"
#define MESSAGE_MAX (1u << 20) /* bytes: longer is damage */

/* Fields of a Packet, by number. */
enum {
	TICK = 1,
	CMD = 2,
	ADDR = 3,
	SIZE = 4,
	FLAGS = 5,
	PC = 7,
	NR_FIELDS
};

/* Fields of a PacketHeader. */
enum {
	OBJ_ID = 1,
	TICK_FREQ = 3
};

#define FLAG_INST_FETCH 0x100u

/* Types of values. */
enum {
	VARINT = 0,
	FIXED_64 = 1,
	BYTES = 2,
	FIXED_32 = 5
};

/* A field: a number, or bytes. */
struct field {
	unsigned number, type;
	uint64_t value; /* of VARINT; of BYTES: how many */
	const uint8_t *bytes;
};

/* Take the next field from [*p, end).  False if it does not fit. */
static bool take_field(const uint8_t **p, const uint8_t *end, struct field *f)
{
	uint64_t key, skip = 0;

	if (!get_leb128(p, end, &key))
		return false;
	f->number = key >> 3 > UINT32_MAX ? 0 : (unsigned)(key >> 3);
	f->type = key & 7;
	switch (f->type) {
	case VARINT:
		return get_leb128(p, end, &f->value);
	case FIXED_64:
		skip = 8;
		break;
	case BYTES:
		if (!get_leb128(p, end, &skip))
			return false;
		break;
	case FIXED_32:
		skip = 4;
		break;
	default:
		return false;
	}
	f->bytes = *p;
	f->value = skip;
	if (skip > (uint64_t)(end - *p))
		return false;
	*p += skip;
	return true;
}

/* Who recorded this; a file that is no packet trace has no such header. */
static int read_header(struct vmsa_sink *k, const uint8_t *p,
		       const uint8_t *end)
{
	bool has_id = false, has_freq = false;
	char text[128];
	struct field f;

	while (p < end) {
		if (!take_field(&p, end, &f))
			return vmsa_sink_bad(k, "the header is damaged");
		if (f.number == OBJ_ID && f.type == BYTES) {
			has_id = true;
			snprintf(text, sizeof(text), "%.*s",
				 (int)(f.value > 100 ? 100 : f.value),
				 (const char *)f.bytes);
			vmsa_sink_note(k, "capture.object", text);
		}
		if (f.number == TICK_FREQ && f.type == VARINT) {
			has_freq = true;
			snprintf(text, sizeof(text), "%" PRIu64, f.value);
			vmsa_sink_note(k, "capture.tick_freq", text);
		}
	}
	return has_id && has_freq
		       ? 0
		       : vmsa_sink_bad(k, "this is no header of packets");
}

/* -1 no access, 0 a load, 1 a store. */
static int direction(uint64_t command)
{
	switch (command) {
	case 1:  /* ReadReq */
	case 22: /* ReadExReq: a cache wants to own the line */
	case 24: /* ReadCleanReq */
	case 25: /* ReadSharedReq */
	case 26: /* LoadLockedReq */
		return 0;
	case 4:  /* WriteReq */
	case 16: /* WriteLineReq */
	case 27: /* StoreCondReq */
		return 1;
	default:
		return -1;
	}
}

static int take_packet(struct vmsa_sink *k, const uint64_t *value, bool has_pc)
{
	const int write = direction(value[CMD]);
	int ret = 0;

	if (write < 0) {
		k->skipped++;
		return 0;
	}
	if (!value[SIZE] || value[SIZE] > VMSA_SINK_MAX_BYTES)
		return vmsa_sink_bad(k, "no packet has so many bytes");
	/* A PC is virtual, also where the address is not. */
	has_pc = has_pc && !k->in->physical;
	vmsa_sink_begin(k, has_pc ? value[PC] : value[ADDR]);
	if (value[FLAGS] & FLAG_INST_FETCH)
		return vmsa_sink_fetch(k, value[ADDR], value[SIZE]);
	if (has_pc)
		ret = vmsa_sink_fetch(k, value[PC], 1);
	return ret ? ret : vmsa_sink_data(k, value[ADDR], value[SIZE], write);
}

static int read_packet(struct vmsa_sink *k, const uint8_t *p,
		       const uint8_t *end)
{
	const unsigned required =
		1u << TICK | 1u << CMD | 1u << ADDR | 1u << SIZE;
	uint64_t value[NR_FIELDS] = { 0 };
	unsigned seen = 0;
	struct field f;

	while (p < end) {
		if (!take_field(&p, end, &f))
			return vmsa_sink_bad(k, "a packet is damaged");
		if (f.number < NR_FIELDS && f.type == VARINT) {
			value[f.number] = f.value;
			seen |= 1u << f.number;
		}
	}
	if ((seen & required) != required)
		return vmsa_sink_bad(k, "a packet lacks a required field");
	return take_packet(k, value, seen >> PC & 1);
}

/* Have the next message at hand.  1; 0 at the end. */
static int next_message(struct vmsa_sink *k, const uint8_t **p, size_t *size)
{
	const uint8_t *start, *at;
	uint64_t bytes;
	size_t have;
	int ret = vmsa_source_fill(&k->source, VMSA_LEB128_MAX, &have, k->err);

	if (ret || !have)
		return ret;
	start = at = vmsa_source_data(&k->source);
	if (!get_leb128(&at, at + have, &bytes) || bytes > MESSAGE_MAX)
		return vmsa_sink_bad(k, "a message's size is damaged");
	*size = (size_t)(at - start) + (size_t)bytes;
	ret = vmsa_source_fill(&k->source, *size, &have, k->err);
	if (ret)
		return ret;
	if (have < *size)
		return vmsa_sink_bad(k, "the file ends inside a message");
	*p = vmsa_source_data(&k->source) + (*size - (size_t)bytes);
	return 1;
}

int vmsa_read_gem5(struct vmsa_sink *k)
{
	int (*read)(struct vmsa_sink *, const uint8_t *, const uint8_t *) =
		read_header;
	const uint8_t *p = NULL;
	size_t size;
	int ret = vmsa_source_fill(&k->source, 4, &size, k->err);

	if (ret)
		return ret;
	if (size < 4 || memcmp(vmsa_source_data(&k->source), MAGIC, 4) != 0)
		return vmsa_sink_bad(k, "this is no protobuf trace of gem5");
	k->source.pos += 4;
	while ((ret = next_message(k, &p, &size)) > 0) {
		ret = read(k, p, vmsa_source_data(&k->source) + size);
		if (ret)
			return ret;
		k->source.pos += size;
		read = read_packet;
	}
	if (!ret && read == read_header)
		ret = vmsa_sink_bad(k, "the file ends without header");
	return ret;
}
