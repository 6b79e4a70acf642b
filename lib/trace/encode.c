/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * encode.c - records to a block's columns
 *
 * One pass and no look-ahead: a code or page gets its index when it is first
 * met, so that the writer needs no memory but that of the block.  Two hash
 * tables find what has been met; neither is ever more than half full.
 */
#include "trace/block.h"

#include <string.h>

#include "trace/crc32c.h"

/* Twice VMSA_BLOCK_PAGES: the table is never more than half full. */
#define PAGE_SLOT_BITS 17
#define PAGE_SLOTS     (1u << PAGE_SLOT_BITS)

struct vmsa_page_slot {
	uint64_t page;
	uint64_t generation; /* of the block it belongs to */
	uint32_t index;
};

int vmsa_encoder_init(struct vmsa_block_encoder *e, uint32_t records)
{
	e->limit = records + VMSA_BLOCK_PREAMBLE;
	e->rows = malloc((size_t)e->limit * VMSA_ROW_BYTES);
	e->page_slot = calloc(PAGE_SLOTS, sizeof(*e->page_slot));
	return e->rows && e->page_slot ? 0 : -ENOMEM;
}

void vmsa_encoder_free(struct vmsa_block_encoder *e)
{
	free(e->rows);
	free(e->page_slot);
	buffer_free(&e->pages);
	buffer_free(&e->wide);
	buffer_free(&e->events);
}

void vmsa_encoder_begin(struct vmsa_block_encoder *e, uint64_t insn)
{
	e->header = (struct vmsa_block_header){
		.first_insn = insn,
		.last_insn = insn,
	};
	e->pages.size = 0;
	e->wide.size = 0;
	e->events.size = 0;
	e->generation++; /* from 1: fresh slots belong to no block */
	memset(e->code_slot, 0, sizeof(e->code_slot));
	memset(e->chain, 0, sizeof(e->chain));
}

/* A code's four bytes as one little-endian number. */
static uint32_t code_of(const struct vmsa_trace_record *r, bool wide)
{
	const unsigned flags = r->region | (r->write ? VMSA_CODE_WRITE : 0) |
			       (r->el0 ? VMSA_CODE_EL0 : 0) |
			       (r->state ? VMSA_CODE_STATE : 0) |
			       (wide ? VMSA_CODE_WIDE : 0);

	return r->kind | flags << 8 | (uint32_t)r->victim << 16;
}

/* The slot of a code: occupied by it, or free. */
static uint16_t *find_code(struct vmsa_block_encoder *e, uint32_t code)
{
	unsigned i = code * 0x9e3779b1u >> 22;

	while (e->code_slot[i] && e->code[e->code_slot[i] - 1] != code)
		i = (i + 1) % 1024;
	return &e->code_slot[i];
}

/* The slot of a page: occupied by it in this block, or free. */
static struct vmsa_page_slot *find_page(struct vmsa_block_encoder *e,
					uint64_t page)
{
	uint64_t i = page * 0x9e3779b97f4a7c15u >> (64 - PAGE_SLOT_BITS);

	while (e->page_slot[i].generation == e->generation &&
	       e->page_slot[i].page != page)
		i = (i + 1) % PAGE_SLOTS;
	return &e->page_slot[i];
}

/* A page's index is the number of pages before it. */
static void add_page(struct vmsa_block_encoder *e, struct vmsa_page_slot *slot,
		     uint64_t page)
{
	const unsigned chain = vmsa_page_chain(page);
	uint64_t *last = &e->chain[chain];

	buffer_put_leb128(&e->pages, zigzag(page - *last) << 2 | chain);
	*last = page;
	slot->page = page;
	slot->generation = e->generation;
	slot->index = e->header.pages++;
}

/* The numbers of a row: in it, or both in the wide column. */
static void put_numbers(struct vmsa_block_encoder *e, uint8_t *row, bool wide,
			uint64_t delta, uint32_t accesses)
{
	row[1] = wide ? 0 : (uint8_t)delta;
	row[4] = wide ? 0 : (uint8_t)accesses;
	if (wide) {
		buffer_put_leb128(&e->wide, delta);
		buffer_put_leb128(&e->wide, accesses);
	}
}

/* The most that one record adds to the columns. */
static int reserve(struct vmsa_block_encoder *e)
{
	if (buffer_reserve(&e->pages, VMSA_LEB128_MAX) ||
	    buffer_reserve(&e->wide, (size_t)2 * VMSA_LEB128_MAX) ||
	    buffer_reserve(&e->events, VMSA_EVENT_BYTES))
		return -ENOMEM;
	return 0;
}

/* a and b are stored whole: zstd finds what repeats. */
static void put_event(struct vmsa_block_encoder *e,
		      const struct vmsa_trace_record *r)
{
	put_le(e->events.data + e->events.size, r->a, 8);
	put_le(e->events.data + e->events.size + 8, r->b, 8);
	e->events.size += VMSA_EVENT_BYTES;
	e->header.events++;
}

int vmsa_encoder_add(struct vmsa_block_encoder *e,
		     const struct vmsa_trace_record *r)
{
	struct vmsa_block_header *h = &e->header;
	const uint64_t delta = r->insn - h->last_insn;
	const bool wide = delta > 255 || r->accesses > 255;
	const uint32_t code = code_of(r, wide);
	const bool paged = vmsa_trace_has_page(r->kind);
	uint16_t *slot = find_code(e, code);
	struct vmsa_page_slot *page = paged ? find_page(e, r->page) : NULL;
	const bool new_page = paged && page->generation != e->generation;
	uint8_t *row = e->rows + (size_t)h->rows * VMSA_ROW_BYTES;

	if (h->rows == e->limit || (!*slot && h->codes == VMSA_BLOCK_CODES) ||
	    (new_page && h->pages == VMSA_BLOCK_PAGES))
		return 0;
	if (reserve(e))
		return -ENOMEM;
	if (!*slot) {
		e->code[h->codes++] = code;
		*slot = (uint16_t)h->codes;
	}
	if (new_page)
		add_page(e, page, r->page);
	row[0] = (uint8_t)(*slot - 1);
	put_le(row + 2, paged ? page->index : 0, 2);
	put_numbers(e, row, wide, delta, r->accesses);
	if (vmsa_trace_is_event(r->kind))
		put_event(e, r);
	h->last_insn = r->insn;
	h->rows++;
	return 1;
}

/* memcpy() that returns the end, and takes NULL for nothing. */
static uint8_t *append(uint8_t *to, const void *from, size_t size)
{
	if (size)
		memcpy(to, from, size);
	return to + size;
}

/* All columns in one piece, in the order of docs/trace-format.md. */
static void join_columns(const struct vmsa_block_encoder *e, uint8_t *to)
{
	for (uint32_t i = 0; i < e->header.codes; i++, to += VMSA_CODE_BYTES)
		put_le(to, e->code[i], VMSA_CODE_BYTES);
	to = append(to, e->pages.data, e->pages.size);
	to = append(to, e->wide.data, e->wide.size);
	to = append(to, e->events.data, e->events.size);
	append(to, e->rows, (size_t)e->header.rows * VMSA_ROW_BYTES);
}

/* A window over the whole block finds what ran long ago as well. */
static void tune(ZSTD_CCtx *zstd, int level, size_t size)
{
	int window = 10;

	while (window < 27 && (size_t)1 << window < size)
		window++;
	ZSTD_CCtx_reset(zstd, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window);
}

int vmsa_encoder_pack(struct vmsa_block_encoder *e, ZSTD_CCtx *zstd, int level,
		      struct buffer *out)
{
	struct vmsa_block_header *h = &e->header;
	size_t raw, packed;
	uint8_t *columns;

	h->page_bytes = (uint32_t)e->pages.size;
	h->wide_bytes = (uint32_t)e->wide.size;
	raw = vmsa_block_raw_bytes(h);
	out->size = 0;
	if (buffer_reserve(out,
			   VMSA_BLOCK_HEADER_BYTES + ZSTD_compressBound(raw)))
		return -ENOMEM;
	columns = malloc(raw);
	if (!columns)
		return -ENOMEM;
	join_columns(e, columns);
	tune(zstd, level, raw);
	packed = ZSTD_compress2(zstd, out->data + VMSA_BLOCK_HEADER_BYTES,
				out->room - VMSA_BLOCK_HEADER_BYTES, columns,
				raw);
	free(columns);
	if (ZSTD_isError(packed))
		return -ENOMEM;
	h->packed = (uint32_t)packed;
	h->packed_crc =
		vmsa_crc32c(0, out->data + VMSA_BLOCK_HEADER_BYTES, packed);
	vmsa_block_header_put(h, out->data);
	out->size = VMSA_BLOCK_HEADER_BYTES + packed;
	return 0;
}
