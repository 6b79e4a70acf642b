/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_FOREIGN_SINK_H
#define VMSA_LIB_TRACE_FOREIGN_SINK_H
/*
 * sink.h - addresses of one foreign file become records of one stream
 *
 *     reader -> begin, fetch, data -> pages -> runs -> filter -> writer
 *
 * A reader is a function that takes a sink whose source is open, and calls
 * these until the source ends.  It knows the file's format and nothing else.
 */
#include "trace/filter.h"
#include "trace/source.h"
#include "vmsa/foreign.h"

/** VMSA_SINK_BATCH - records given to the writer at a time. */
#define VMSA_SINK_BATCH 4096

/** VMSA_SINK_MAX_BYTES - an access larger than that is damage. */
#define VMSA_SINK_MAX_BYTES (1u << 20)

/** struct vmsa_sink - one file on its way into a stream. */
struct vmsa_sink {
	struct vmsa_source source;
	uint64_t line; /**< number of the last line, in a text */
	const struct vmsa_foreign_import *in;
	const struct vmsa_trace_machine *machine;
	bool has_linear; /**< the linear map was described */
	struct vmsa_trace_writer *writer;
	unsigned cpu;
	struct vmsa_error *err;

	uint64_t insns;   /**< begun so far; the last one's stamp is 1 less */
	uint64_t last;    /**< stamp of the last record */
	bool el0;         /**< where the current one is executed */
	bool has_context; /**< @pid is known */
	uint64_t pid;
	struct vmsa_trace_totals totals; /**< accesses, moves */
	uint64_t skipped;                /**< no access, see the result */

	uint64_t data_page;  /**< of the last access; NO_PAGE at first */
	bool data_written;   /**< its record told of a store */
	bool data_el0;       /**< and of this level */
	uint32_t pending;    /**< accesses since without a record */
	uint64_t fetch_page; /**< where the last instruction was */
	struct vmsa_lru data, fetch; /**< the filters, if there are any */

	size_t n; /**< records in @batch */
	struct vmsa_trace_record batch[VMSA_SINK_BATCH];
};

/** vmsa_sink_init() - nothing seen, nothing open; in to err are set. */
void vmsa_sink_init(struct vmsa_sink *k);

/**
 * vmsa_sink_begin() - the next instruction, sample or packet.
 * @k:  a sink
 * @at: its address, or else that of its data: tells its exception level
 */
void vmsa_sink_begin(struct vmsa_sink *k, vmsa_va at);

/**
 * vmsa_sink_fetch() - the current instruction is fetched.
 * @k:    a sink
 * @pc:   its address
 * @size: its bytes, 1 .. VMSA_SINK_MAX_BYTES; 1 if not known
 *
 * Return: 0 or an error of the writer.
 */
int vmsa_sink_fetch(struct vmsa_sink *k, vmsa_va pc, uint64_t size);

/**
 * vmsa_sink_data() - the current instruction loads or stores.
 * @k:     a sink
 * @va:    the first byte
 * @size:  of the access, 1 .. VMSA_SINK_MAX_BYTES; 1 if not known
 * @write: it is a store
 *
 * Return: 0 or an error of the writer.
 */
int vmsa_sink_data(struct vmsa_sink *k, vmsa_va va, uint64_t size, bool write);

/** vmsa_sink_context() - a thread of process @pid runs from now on. */
int vmsa_sink_context(struct vmsa_sink *k, uint64_t pid);

/** vmsa_sink_frame() - the page of @va is known to lie at @pa. */
int vmsa_sink_frame(struct vmsa_sink *k, vmsa_va va, vmsa_pa pa);

/** vmsa_sink_flush() - give the writer what is left. */
int vmsa_sink_flush(struct vmsa_sink *k);

/**
 * vmsa_sink_note() - a line for the header, if it is not too late.
 * @k:     a sink
 * @key:   of the line
 * @value: of the line; not stored unless it is one line of text
 */
void vmsa_sink_note(struct vmsa_sink *k, const char *key, const char *value);

/** vmsa_sink_bad() - damage at the source's next byte. -EBADMSG. */
int vmsa_sink_bad(const struct vmsa_sink *k, const char *text);

/** vmsa_sink_bad_line() - damage in the last line. -EBADMSG. */
int vmsa_sink_bad_line(const struct vmsa_sink *k, const char *text);

#endif /* VMSA_LIB_TRACE_FOREIGN_SINK_H */
