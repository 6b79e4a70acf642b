/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_TRACE_H
#define VMSA_LIB_TRACE_TRACE_H
/*
 * trace.h - an open trace: header, list of blocks, damage found so far
 */
#include "trace/bytes.h"
#include "trace/format.h"

/** struct vmsa_block_ref - where a block is, and what it covers. */
struct vmsa_block_ref {
	uint64_t offset;     /**< of its header, bytes from the file's start */
	uint64_t first_insn; /**< stamp of its first record */
	uint64_t last_insn;  /**< and of its last */
	uint32_t cpu;        /**< whose stream */
	uint32_t records;    /**< without the preamble */
};

/** struct vmsa_block_list - blocks of one stream in time order. */
struct vmsa_block_list {
	struct vmsa_block_ref *block; /**< count of them */
	size_t count, room;
};

/** struct vmsa_trace - an open trace. */
struct vmsa_trace {
	int fd;                /**< the file */
	char *path;            /**< its name, for errors */
	uint64_t size;         /**< its size in bytes */
	char *text;            /**< header lines, each NUL-terminated */
	const char **line;     /**< key, value, key, value, ... */
	unsigned lines;        /**< pairs */
	unsigned cpus;         /**< streams */
	unsigned data_filter;  /**< entries, 0 = not filtered */
	unsigned fetch_filter; /**< entries, 0 = not filtered */
	uint64_t blocks_start; /**< offset of the first block */
	struct vmsa_trace_totals *totals; /**< one a stream */
	struct vmsa_block_list *list;     /**< one a stream */
	bool damaged;                     /**< @damage tells how */
	struct vmsa_error damage;         /**< at the end of what was found */
};

/**
 * vmsa_trace_read_at() - read from a file's middle.
 * @trace:  an open trace
 * @offset: from the file's start
 * @out:    room for @size bytes
 * @size:   in bytes
 * @err:    filled on failure
 *
 * Return: 0; -EBADMSG, if the file ends before; an errno of read.
 */
int vmsa_trace_read_at(const struct vmsa_trace *trace, uint64_t offset,
		       void *out, size_t size, struct vmsa_error *err);

/**
 * vmsa_trace_load_index() - fill totals and lists from index or blocks.
 * @trace: with header and size known
 * @err:   filled on failure
 *
 * A file without a good index is searched block by block, and damaged.
 *
 * Return: 0; -ENOMEM, or an errno of read.
 */
int vmsa_trace_load_index(struct vmsa_trace *trace, struct vmsa_error *err);

/**
 * vmsa_trace_inflate() - decompress a stream's remaining blocks, not decode.
 * @stream:  where to start; at the end afterwards
 * @records: how many the blocks hold
 * @err:     filled on failure
 *
 * The floor under vmsa_trace_read(): bench/ compares the two.
 *
 * Return: 0, or an error of vmsa_trace_read().
 */
int vmsa_trace_inflate(struct vmsa_trace_stream *stream, uint64_t *records,
		       struct vmsa_error *err);

#endif /* VMSA_LIB_TRACE_TRACE_H */
