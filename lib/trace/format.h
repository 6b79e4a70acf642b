/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_FORMAT_H
#define VMSA_LIB_TRACE_FORMAT_H
/*
 * format.h - the numbers of docs/trace-format.md, section by section
 *
 *	file header | header text | block | block | ... | index | footer
 */
#include "vmsa/trace.h"

#define VMSA_TRACE_MAGIC   "VMSATRC" /* with its NUL: 8 bytes */
#define VMSA_TRACE_VERSION 1

/* File header: magic, version, text bytes, CPUs, filters, CRC (section 2). */
#define VMSA_TRACE_HEADER_BYTES 32
#define VMSA_TRACE_TEXT_MAX     (64u << 10)

/* Block header (section 3), then one zstd frame. */
#define VMSA_BLOCK_MAGIC        "VBLK"
#define VMSA_BLOCK_HEADER_BYTES 68

/* A block's limits: a code is one byte, a page number's index two. */
#define VMSA_BLOCK_CODES   256u
#define VMSA_BLOCK_PAGES   65536u
#define VMSA_BLOCK_RECORDS (1u << 22)

/* State records in front of a block: both filters, TTBR0, TTBR1, TASK. */
#define VMSA_BLOCK_PREAMBLE (2 * VMSA_TRACE_MAX_FILTER + 3)

#define VMSA_ROW_BYTES   5  /* code, stamp, page (2), accesses */
#define VMSA_CODE_BYTES  4  /* kind, flags, victim (2) */
#define VMSA_EVENT_BYTES 16 /* a, b */

/* The most a block's columns can take, from the limits above. */
#define VMSA_BLOCK_RAW_MAX (256u << 20)

/* Flags of a code. */
#define VMSA_CODE_REGION 0x03u
#define VMSA_CODE_WRITE  0x04u
#define VMSA_CODE_EL0    0x08u
#define VMSA_CODE_STATE  0x10u
#define VMSA_CODE_WIDE   0x20u /* the row's numbers are in "wide" */
#define VMSA_CODE_FLAGS  0x3fu

/* Index and footer (section 5). */
#define VMSA_INDEX_MAGIC       "VIDX"
#define VMSA_INDEX_BYTES       16
#define VMSA_INDEX_TOTALS      (8 * (6 + VMSA_TRACE_NR_KINDS))
#define VMSA_INDEX_BLOCK_BYTES 32
#define VMSA_FOOTER_MAGIC      "VEND"
#define VMSA_FOOTER_BYTES      24

/**
 * struct vmsa_block_header - what stands in front of a block's zstd frame.
 */
struct vmsa_block_header {
	uint64_t first_insn; /**< stamp of its first record */
	uint64_t last_insn;  /**< and of its last */
	uint32_t cpu;        /**< whose stream it belongs to */
	uint32_t rows;       /**< preamble and records */
	uint32_t preamble;   /**< state records in front */
	uint32_t codes;      /**< 1 .. 256 */
	uint32_t pages;      /**< 0 .. 65536 */
	uint32_t page_bytes; /**< of the page column */
	uint32_t wide_bytes; /**< of the wide column */
	uint32_t events;     /**< of the event column, in events */
	uint32_t packed;     /**< bytes of the zstd frame */
	uint32_t number;     /**< of the block in its stream, from 0 */
	uint32_t packed_crc; /**< CRC-32C of the zstd frame */
};

/**
 * vmsa_block_raw_bytes() - size of a block's columns, 0 if out of bounds.
 * @h: a block header
 */
size_t vmsa_block_raw_bytes(const struct vmsa_block_header *h);

/**
 * vmsa_block_header_put() - store a header with its CRC.
 * @h:  what to store
 * @to: VMSA_BLOCK_HEADER_BYTES
 */
void vmsa_block_header_put(const struct vmsa_block_header *h, uint8_t *to);

/**
 * vmsa_block_header_get() - load a header and judge it.
 * @from: VMSA_BLOCK_HEADER_BYTES
 * @out:  written completely on success, left alone on failure
 *
 * Return: NULL, or what is wrong as the rest of a sentence.
 */
const char *vmsa_block_header_get(const uint8_t *from,
				  struct vmsa_block_header *out);

/** vmsa_trace_has_page() - do records of @kind name a page? */
static inline bool vmsa_trace_has_page(unsigned kind)
{
	return kind <= VMSA_TRACE_FRAME;
}

/** vmsa_trace_is_event() - do records of @kind have an a and a b? */
static inline bool vmsa_trace_is_event(unsigned kind)
{
	return kind > VMSA_TRACE_FETCH;
}

#endif /* VMSA_LIB_TRACE_FORMAT_H */
