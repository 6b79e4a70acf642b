/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_BLOCK_H
#define VMSA_LIB_TRACE_BLOCK_H
/*
 * block.h - records to a block's columns and back
 *
 * A record becomes a row of five bytes: what kind it is (an index into the
 * block's codes), instructions since the record before, its page (an index
 * into the block's pages), accesses.  Numbers above 255 are in the "wide"
 * column; the code tells, so that a row has one thing to look at.  Rows, not
 * one column per member: code that runs again leaves the same rows again, and
 * one match of zstd then covers all of them.
 */
#include <zstd.h>

#include "trace/bytes.h"
#include "trace/format.h"

struct vmsa_page_slot;

/** struct vmsa_block_encoder - a block being filled. */
struct vmsa_block_encoder {
	struct vmsa_block_header header;   /**< counts so far */
	uint32_t limit;                    /**< rows that fit */
	uint8_t *rows;                     /**< limit rows */
	struct buffer pages, wide, events; /**< the other columns */
	uint32_t code[VMSA_BLOCK_CODES];   /**< as stored, little-endian */
	uint16_t code_slot[1024]; /**< hash table: index + 1, 0 = free */
	struct vmsa_page_slot *page_slot; /**< hash table of the pages */
	uint64_t generation;              /**< of the table's live slots */
	uint64_t chain[3];                /**< last new page of each half */
};

/**
 * vmsa_encoder_init() - get memory for blocks of at most @records.
 * @e:       all zero
 * @records: without the preamble, 1 .. VMSA_BLOCK_RECORDS
 *
 * Return: 0 or -ENOMEM; vmsa_encoder_free() is due in both cases.
 */
int vmsa_encoder_init(struct vmsa_block_encoder *e, uint32_t records);

/** vmsa_encoder_free() - free the memory of @e, not @e. */
void vmsa_encoder_free(struct vmsa_block_encoder *e);

/** vmsa_encoder_begin() - start an empty block whose first stamp is @insn. */
void vmsa_encoder_begin(struct vmsa_block_encoder *e, uint64_t insn);

/**
 * vmsa_encoder_add() - append a record that has been checked.
 * @e: an encoder that has begun a block
 * @r: stamped no earlier than the one before
 *
 * Return: 1; 0, if the block is full and must be packed first; -ENOMEM.
 */
int vmsa_encoder_add(struct vmsa_block_encoder *e,
		     const struct vmsa_trace_record *r);

/**
 * vmsa_encoder_pack() - make the block's bytes: header and zstd frame.
 * @e:     an encoder with at least one record
 * @zstd:  a context, used for this call
 * @level: zstd's
 * @out:   overwritten
 *
 * Return: 0 or -ENOMEM.
 */
int vmsa_encoder_pack(struct vmsa_block_encoder *e, ZSTD_CCtx *zstd, int level,
		      struct buffer *out);

/** struct vmsa_block_decoder - a block being read. */
struct vmsa_block_decoder {
	struct vmsa_block_header header; /**< of the block in @columns */
	struct buffer columns;           /**< decompressed */
	const uint8_t *row, *wide, *wide_end, *event, *event_end; /**< next */
	uint32_t left;                    /**< rows not yet read */
	uint64_t insn;                    /**< stamp of the row before */
	unsigned data_filter;             /**< set by the owner: the limits */
	unsigned fetch_filter;            /**< of a record's victim */
	uint64_t *page;                   /**< VMSA_BLOCK_PAGES */
	bool wide_code[VMSA_BLOCK_CODES]; /**< numbers in @wide */
	bool special[VMSA_BLOCK_CODES];   /**< event, wide, or no code */
	/** the last 16 bytes of each model, close together */
	uint8_t tail[VMSA_BLOCK_CODES][16];
	/** what a code says of a record; nothing else is set */
	struct vmsa_trace_record model[VMSA_BLOCK_CODES];
};

/**
 * vmsa_decoder_inflate() - decompress a block, nothing else.
 * @d:      all zero at first; keeps its memory from block to block
 * @zstd:   a context, used for this call
 * @header: a good header
 * @packed: header->packed bytes, with anything readable behind
 * @fault:  set to the rest of a sentence on -EBADMSG
 *
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int vmsa_decoder_inflate(struct vmsa_block_decoder *d, ZSTD_DCtx *zstd,
			 const struct vmsa_block_header *header,
			 const uint8_t *packed, const char **fault);

/**
 * vmsa_decoder_begin() - read the tables of the block just decompressed.
 * @d:     a decoder
 * @fault: set to the rest of a sentence on -EBADMSG
 *
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int vmsa_decoder_begin(struct vmsa_block_decoder *d, const char **fault);

/**
 * vmsa_decoder_read() - the next records, preamble first.
 * @d:     a decoder that has begun
 * @out:   room for @max records
 * @max:   at least 1
 * @fault: set to the rest of a sentence if reading cannot go on
 *
 * Return: how many were read; 0 at the block's end or at a fault.
 */
size_t vmsa_decoder_read(struct vmsa_block_decoder *d,
			 struct vmsa_trace_record *out, size_t max,
			 const char **fault);

/** vmsa_decoder_free() - free the memory of @d, not @d. */
void vmsa_decoder_free(struct vmsa_block_decoder *d);

/**
 * vmsa_page_chain() - which page a new page is stored relative to.
 * @page: VA >> 12
 *
 * Return: 0 lower half, 1 first half of the kernel's 2^48 bytes, 2 the rest.
 */
static inline unsigned vmsa_page_chain(uint64_t page)
{
	if (!(page >> 51 & 1))
		return 0;
	return page >> 35 & 1 ? 2 : 1;
}

#endif /* VMSA_LIB_TRACE_BLOCK_H */
