/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * format.c - a block's header, to bytes and back
 */
#include "trace/format.h"

#include <string.h>

#include "trace/bytes.h"
#include "trace/crc32c.h"

size_t vmsa_block_raw_bytes(const struct vmsa_block_header *h)
{
	const uint64_t raw = (uint64_t)h->codes * VMSA_CODE_BYTES +
			     h->page_bytes + h->wide_bytes +
			     (uint64_t)h->events * VMSA_EVENT_BYTES +
			     (uint64_t)h->rows * VMSA_ROW_BYTES;

	return raw <= VMSA_BLOCK_RAW_MAX ? (size_t)raw : 0;
}

void vmsa_block_header_put(const struct vmsa_block_header *h, uint8_t *to)
{
	memcpy(to, VMSA_BLOCK_MAGIC, 4);
	put_le(to + 4, h->cpu, 4);
	put_le(to + 8, h->first_insn, 8);
	put_le(to + 16, h->last_insn, 8);
	put_le(to + 24, h->rows, 4);
	put_le(to + 28, h->preamble, 4);
	put_le(to + 32, h->codes, 4);
	put_le(to + 36, h->pages, 4);
	put_le(to + 40, h->page_bytes, 4);
	put_le(to + 44, h->wide_bytes, 4);
	put_le(to + 48, h->events, 4);
	put_le(to + 52, h->packed, 4);
	put_le(to + 56, h->number, 4);
	put_le(to + 60, h->packed_crc, 4);
	put_le(to + 64, vmsa_crc32c(0, to, 64), 4);
}

/* What a header with a right CRC may still have wrong. */
static const char *find_fault(const struct vmsa_block_header *h)
{
	if (h->preamble > VMSA_BLOCK_PREAMBLE || h->rows <= h->preamble ||
	    h->rows > VMSA_BLOCK_RECORDS + VMSA_BLOCK_PREAMBLE)
		return "has an impossible number of records";
	if (!h->codes || h->codes > VMSA_BLOCK_CODES ||
	    h->pages > VMSA_BLOCK_PAGES || h->events > h->rows)
		return "has an impossible number of codes, pages or events";
	if (h->last_insn < h->first_insn)
		return "ends before it starts";
	if (!vmsa_block_raw_bytes(h))
		return "is impossibly large";
	return NULL;
}

const char *vmsa_block_header_get(const uint8_t *from,
				  struct vmsa_block_header *out)
{
	struct vmsa_block_header h;
	const char *fault;

	if (memcmp(from, VMSA_BLOCK_MAGIC, 4) != 0)
		return "does not start with a block's magic";
	if (vmsa_crc32c(0, from, 64) != get_le32(from + 64))
		return "has a damaged header";
	h.cpu = get_le32(from + 4);
	h.first_insn = get_le64(from + 8);
	h.last_insn = get_le64(from + 16);
	h.rows = get_le32(from + 24);
	h.preamble = get_le32(from + 28);
	h.codes = get_le32(from + 32);
	h.pages = get_le32(from + 36);
	h.page_bytes = get_le32(from + 40);
	h.wide_bytes = get_le32(from + 44);
	h.events = get_le32(from + 48);
	h.packed = get_le32(from + 52);
	h.number = get_le32(from + 56);
	h.packed_crc = get_le32(from + 60);
	fault = find_fault(&h);
	if (!fault)
		*out = h;
	return fault;
}
