/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_BYTES_H
#define VMSA_LIB_TRACE_BYTES_H
/*
 * bytes.h - little-endian numbers, LEB128 and zigzag, and a growing buffer
 *
 * Files are little-endian on every host.  On a little-endian host compilers
 * turn these loops into one load or store.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static inline uint64_t get_le(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

static inline uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)get_le(p, 4);
}

static inline uint64_t get_le64(const uint8_t *p)
{
	return get_le(p, 8);
}

static inline void put_le(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* Small absolute values become small numbers, whatever their sign. */
static inline uint64_t zigzag(uint64_t delta)
{
	return delta << 1 ^ (uint64_t) - (int64_t)(delta >> 63);
}

static inline uint64_t unzigzag(uint64_t v)
{
	return v >> 1 ^ (uint64_t) - (int64_t)(v & 1);
}

/** VMSA_LEB128_MAX - the most bytes a 64-bit LEB128 number takes. */
#define VMSA_LEB128_MAX 10

static inline unsigned put_leb128(uint8_t *p, uint64_t v)
{
	unsigned n = 0;

	for (; v >= 0x80; v >>= 7)
		p[n++] = (uint8_t)(v | 0x80);
	p[n++] = (uint8_t)v;
	return n;
}

/*
 * Read a number from [*p, end) and step over it.  False, with *p where it
 * was, if it does not end there or does not fit 64 bits.
 */
static inline bool get_leb128(const uint8_t **p, const uint8_t *end,
			      uint64_t *out)
{
	const uint8_t *q = *p;
	uint64_t v = 0;

	for (unsigned shift = 0; q < end && shift < 64; shift += 7) {
		const uint8_t byte = *q++;

		if (shift == 63 && byte > 1)
			return false;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*p = q;
			*out = v;
			return true;
		}
	}
	return false;
}

/* A byte string that grows; all zero is an empty one. */
struct buffer {
	uint8_t *data;
	size_t size, room;
};

/* Make room for @more bytes behind the data.  0 or -ENOMEM. */
static inline int buffer_reserve(struct buffer *b, size_t more)
{
	size_t room = b->room ? b->room : 256;
	uint8_t *data;

	if (more <= b->room - b->size)
		return 0;
	while (room - b->size < more)
		room *= 2;
	data = realloc(b->data, room);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->room = room;
	return 0;
}

/* The room must have been reserved. */
static inline void buffer_put_leb128(struct buffer *b, uint64_t v)
{
	b->size += put_leb128(b->data + b->size, v);
}

static inline void buffer_free(struct buffer *b)
{
	free(b->data);
}

#endif /* VMSA_LIB_TRACE_BYTES_H */
