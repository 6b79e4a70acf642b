/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_PGTRACE_H
#define VMSA_LIB_TRACE_PGTRACE_H
/*
 * pgtrace.h - the files of the pgtrace plugin, record by record
 *
 * Four streams a CPU, each in time order: events (E), frames (P), fetches (I)
 * and data (D).  E and P are rows; D and I are rows as the plugin writes them
 * or "PGT3", filtered and packed in columns.  See docs/trace-format.md, annex.
 */
#include "trace/source.h"
#include "vmsa/trace.h"

/** enum vmsa_pgtrace_stream - the streams, in order at one stamp. */
enum vmsa_pgtrace_stream {
	VMSA_PGTRACE_EVENTS,  /**< *.E */
	VMSA_PGTRACE_FRAMES,  /**< *.P */
	VMSA_PGTRACE_FETCH,   /**< *.I */
	VMSA_PGTRACE_DATA,    /**< *.D */
	VMSA_PGTRACE_STREAMS, /**< how many there are */
};

/** struct vmsa_pgtrace - one of the files, being read. */
struct vmsa_pgtrace {
	struct vmsa_source source;
	enum vmsa_pgtrace_stream stream;
	unsigned filter;       /**< PGT3: entries; rows: 0 */
	uint64_t insn;         /**< stamp of the record before */
	uint64_t records;      /**< read so far */
	uint64_t last_page[3]; /**< rows and literals: by class */
	uint32_t run;          /**< rows: accesses of the run before, less 1 */
	uint32_t left;         /**< PGT3: records left in the block */
	const uint8_t *column[6], *column_end[6]; /**< PGT3: of this block */
	size_t block_bytes; /**< PGT3: to step over when it is done */
	uint64_t *page;     /**< PGT3: by id */
	size_t pages, page_room;
};

/**
 * vmsa_pgtrace_open() - open one stream.
 * @p:      all zero; vmsa_pgtrace_close() is due also after a failure
 * @path:   the file
 * @stream: which it is
 * @err:    filled on failure
 *
 * Return: 0; -EBADMSG, if it has a filter we cannot hold; an error of
 * vmsa_source_open().
 */
int vmsa_pgtrace_open(struct vmsa_pgtrace *p, const char *path,
		      enum vmsa_pgtrace_stream stream, struct vmsa_error *err);

/** vmsa_pgtrace_close() - close the file and free what belongs to @p. */
void vmsa_pgtrace_close(struct vmsa_pgtrace *p);

/**
 * vmsa_pgtrace_next() - the next record.
 * @p:   an open stream
 * @out: written completely if there is one
 * @err: filled on failure
 *
 * Return: 1; 0 at the end; -EBADMSG, -ENOMEM or an errno of read.
 */
int vmsa_pgtrace_next(struct vmsa_pgtrace *p, struct vmsa_trace_record *out,
		      struct vmsa_error *err);

#endif /* VMSA_LIB_TRACE_PGTRACE_H */
