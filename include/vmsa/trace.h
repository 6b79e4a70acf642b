/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TRACE_H
#define VMSA_TRACE_H
/*
 * trace.h - recorded memory traces: read, write, cut, import
 *
 *     open -> stream of one CPU -> read, read, ... -> end
 *                   \-> seek: state records, then read on
 *
 * A trace holds one stream per CPU.  A stream is a sequence of records in time
 * order: runs of data accesses to one page, moves of the instruction fetch to
 * another page, and events (context changes, TLB maintenance, ...).  The time
 * stamp of a record is the number of instructions that CPU had executed.  At
 * one stamp events come first, then FRAME, FETCH, DATA.
 *
 * Filter   A recording may have passed a filter of the last K pages: a page
 *          that is among them leaves no record, except its first store.  The
 *          filter is a list of K entries, oldest record first; a record names
 *          the entry it replaces by its index (victim) and goes to the end.
 *          A TLBI record empties every entry where it stands.  DATA and FETCH
 *          have a filter each.  Because an entry leaves in the order of its
 *          last use, a model whose first level is fully associative LRU with
 *          K entries or more can rebuild the order below the top K exactly.
 * State    A record whose @state is set is no event: it tells what held when
 *          reading starts in the middle (after a seek, or first in a cut).
 * Threads  streams of one trace may be read by different threads at a time;
 *          one stream, one writer: one thread.
 * Memory   one block per open stream, and 32 bytes per block of the file.
 *
 * The file format is documented in docs/trace-format.md.
 */
#include <stdbool.h>

#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** VMSA_TRACE_PAGE_SHIFT - traces speak of pages of 4 KiB. */
#define VMSA_TRACE_PAGE_SHIFT 12

/** VMSA_TRACE_NO_VICTIM - the record's stream is not filtered. */
#define VMSA_TRACE_NO_VICTIM 0xffffu

/** VMSA_TRACE_NO_PAGE - page of a state record for an empty filter entry. */
#define VMSA_TRACE_NO_PAGE UINT64_MAX

/** VMSA_TRACE_MAX_FILTER - the most entries a filter can have. */
#define VMSA_TRACE_MAX_FILTER 64

/** VMSA_TRACE_MAX_CPUS - the most streams a trace can have. */
#define VMSA_TRACE_MAX_CPUS 1024

/** VMSA_TRACE_MMIO - bit of a FRAME's @a: the page is a device's. */
#define VMSA_TRACE_MMIO (UINT64_C(1) << 51)

/** enum vmsa_trace_kind - what a record is. */
enum vmsa_trace_kind {
	VMSA_TRACE_DATA,  /**< loads or stores to one page */
	VMSA_TRACE_FETCH, /**< instruction fetch moved to a page */
	VMSA_TRACE_FRAME, /**< a page's physical page became known: a = PFN */
	VMSA_TRACE_TTBR0, /**< TTBR0_EL1 := a */
	VMSA_TRACE_TTBR1, /**< TTBR1_EL1 := a, ASID in bits 63:48 */
	VMSA_TRACE_TLBI,  /**< a = op1:CRn:CRm:op2 of the SYS, b = Xt */
	VMSA_TRACE_TASK,  /**< the current task is a */
	VMSA_TRACE_EXCEPTION, /**< a = vector offset, b = ESR and more */
	VMSA_TRACE_MARKER,    /**< the workload marked a point: a */
	VMSA_TRACE_IDLE,      /**< the CPU waits for an interrupt */
	VMSA_TRACE_RESUME,    /**< and goes on */
	VMSA_TRACE_SYNC,      /**< CPU a had executed b instructions */
	VMSA_TRACE_NR_KINDS,  /**< how many there are */
};

/** enum vmsa_trace_region - which part of the address space a page is in. */
enum vmsa_trace_region {
	VMSA_TRACE_USER,       /**< lower half */
	VMSA_TRACE_LINEAR,     /**< the kernel's linear map */
	VMSA_TRACE_KERNEL,     /**< any other kernel address */
	VMSA_TRACE_NR_REGIONS, /**< how many there are */
};

/** struct vmsa_trace_record - one record, decoded. */
struct vmsa_trace_record {
	uint64_t insn;     /**< time stamp, instructions of this CPU */
	uint64_t page;     /**< DATA, FETCH, FRAME: VA >> 12, 52 bits */
	uint64_t a;        /**< events: see enum vmsa_trace_kind */
	uint64_t b;        /**< events: see enum vmsa_trace_kind */
	uint32_t accesses; /**< since the last of its kind, without records */
	uint16_t victim;   /**< filter entry replaced, or NO_VICTIM */
	uint8_t kind;      /**< enum vmsa_trace_kind */
	uint8_t region;    /**< enum vmsa_trace_region: DATA, FETCH, FRAME */
	bool write;        /**< DATA: at least one store */
	bool el0;          /**< executed at EL0 */
	bool state;        /**< not an event: what held at @insn */
};

/**
 * struct vmsa_trace_totals - what a stream holds, state records left out.
 *
 * A DATA record stands for one access, its @accesses for those since the DATA
 * record before it which left none; the filter's hits after the last record
 * are only in the totals.  The same holds for FETCH and moves.
 */
struct vmsa_trace_totals {
	uint64_t first_insn; /**< stamp at which the recording starts */
	uint64_t end_insn;   /**< and ends; the difference is its length */
	uint64_t records;    /**< of all kinds */
	uint64_t accesses;   /**< loads and stores, filtered or not */
	uint64_t moves;      /**< of the fetch to another page, likewise */
	uint64_t blocks;     /**< blocks of the file */
	uint64_t by_kind[VMSA_TRACE_NR_KINDS]; /**< records of each kind */
};

/** VMSA_TRACE_MAX_BANKS - the most RAM ranges a header can name. */
#define VMSA_TRACE_MAX_BANKS 32

/**
 * struct vmsa_trace_machine - the recorded machine's address space.
 *
 * Ranges are virtual addresses except @ram; a range the header does not name
 * has size 0.  A linear-map page's PA is (VA - linear_base) + phys_base.
 */
struct vmsa_trace_machine {
	uint64_t page_size;  /**< of the kernel, bytes */
	unsigned va_bits;    /**< of the kernel half */
	vmsa_va linear_base; /**< PAGE_OFFSET: first byte of the linear map */
	vmsa_pa phys_base;   /**< memstart_addr: the PA mapped at linear_base */
	struct vmsa_range image;   /**< kernel image */
	struct vmsa_range vmalloc; /**< vmalloc area, image included */
	struct vmsa_range vmemmap; /**< array of struct page */
	unsigned banks;            /**< how many of ram[] are filled */
	struct vmsa_range ram[VMSA_TRACE_MAX_BANKS]; /**< physical memory */
};

struct vmsa_trace;
struct vmsa_trace_stream;
struct vmsa_trace_writer;

/**
 * vmsa_trace_kind_name() - a kind's name in lower case: "data", "fetch", ...
 * @kind: any value
 *
 * Return: a static string, "unknown" if there is no such kind.
 */
const char *vmsa_trace_kind_name(unsigned kind);

/**
 * vmsa_trace_region_name() - "user", "linear" or "kernel".
 * @region: any value
 *
 * Return: a static string, "unknown" if there is no such region.
 */
const char *vmsa_trace_region_name(unsigned region);

/**
 * vmsa_trace_open() - open a trace for reading.
 * @path: the file
 * @out:  the trace, for vmsa_trace_close()
 * @err:  what was wrong and at which byte, or NULL
 *
 * Opens also when only the header is whole: the good blocks can be read, then
 * vmsa_trace_read() fails with what vmsa_trace_damage() tells at once.
 *
 * Return: 0;
 *	-EBADMSG, if the header is damaged or this is no trace;
 *	-ENOTSUP, if it is of a later version;
 *	-ENOMEM, or an errno of the system's open and read.
 */
int vmsa_trace_open(const char *path, struct vmsa_trace **out,
		    struct vmsa_error *err);

/**
 * vmsa_trace_close() - close a trace whose streams have been destroyed.
 * @trace: what to close, or NULL
 */
void vmsa_trace_close(struct vmsa_trace *trace);

/**
 * vmsa_trace_damage() - is the file truncated or its index damaged?
 * @trace: an open trace
 * @err:   filled if it is, or NULL
 *
 * Costs nothing: blocks are looked into only as they are read, so that damage
 * inside one is found by vmsa_trace_read() alone.
 *
 * Return: 0 if the file ends as it should, else -EBADMSG; totals are then
 * those of the block headers that were found, without access counts.
 */
int vmsa_trace_damage(const struct vmsa_trace *trace, struct vmsa_error *err);

/**
 * vmsa_trace_get() - look up a line of the header.
 * @trace: an open trace
 * @key:   as in docs/trace-format.md, for example "kernel.release"
 *
 * Return: the value, valid until the trace is closed; NULL if there is none.
 */
const char *vmsa_trace_get(const struct vmsa_trace *trace, const char *key);

/**
 * vmsa_trace_line() - the header's lines, one after the other.
 * @trace: an open trace
 * @index: 0 for the first
 * @value: set to the value of the line
 *
 * Return: the key, or NULL if there are no more lines.
 */
const char *vmsa_trace_line(const struct vmsa_trace *trace, unsigned index,
			    const char **value);

/**
 * vmsa_trace_machine() - the header's description of the address space.
 * @trace: an open trace
 * @out:   written completely on success, left alone on failure
 * @err:   which key was missing or not a number, or NULL
 *
 * Return: 0; -ENOENT, if page_size, va_bits, linear_base or phys_base is
 * missing; -EINVAL, if a value cannot be read.
 */
int vmsa_trace_machine(const struct vmsa_trace *trace,
		       struct vmsa_trace_machine *out, struct vmsa_error *err);

/** vmsa_trace_cpus() - how many streams @trace has, at least 1. */
unsigned vmsa_trace_cpus(const struct vmsa_trace *trace);

/** vmsa_trace_data_filter() - entries of the DATA filter, 0 = unfiltered. */
unsigned vmsa_trace_data_filter(const struct vmsa_trace *trace);

/** vmsa_trace_fetch_filter() - entries of the FETCH filter, likewise. */
unsigned vmsa_trace_fetch_filter(const struct vmsa_trace *trace);

/**
 * vmsa_trace_totals() - what one stream holds.
 * @trace: an open trace
 * @cpu:   0 .. vmsa_trace_cpus() - 1
 *
 * Return: the totals, valid until the trace is closed; NULL if there is no
 * such stream.
 */
const struct vmsa_trace_totals *vmsa_trace_totals(
	const struct vmsa_trace *trace, unsigned cpu);

/**
 * vmsa_trace_stream_create() - start to read one CPU's stream.
 * @trace: an open trace; must outlive the stream
 * @cpu:   0 .. vmsa_trace_cpus() - 1
 * @out:   the stream, at its first record
 *
 * Return: 0; -ERANGE, if there is no such stream; -ENOMEM.
 */
int vmsa_trace_stream_create(struct vmsa_trace *trace, unsigned cpu,
			     struct vmsa_trace_stream **out);

/**
 * vmsa_trace_stream_destroy() - stop reading.
 * @stream: what to free, or NULL
 */
void vmsa_trace_stream_destroy(struct vmsa_trace_stream *stream);

/**
 * vmsa_trace_read() - the next records of a stream.
 * @stream: where to read
 * @out:    room for @max records; members a kind does not use are 0
 * @max:    at least 1; a few thousand keep the batch in the host's L1 or L2
 * @n:      how many were read; 0 at the end
 * @err:    what was wrong and at which byte, or NULL
 *
 * Records that lie before the damage are delivered first; then every call
 * fails in the same way until a seek leads elsewhere.
 *
 * Return: 0;
 *	-EBADMSG, if the file is damaged or truncated here;
 *	-ENOMEM, or an errno of the system's read.
 */
int vmsa_trace_read(struct vmsa_trace_stream *stream,
		    struct vmsa_trace_record *out, size_t max, size_t *n,
		    struct vmsa_error *err);

/**
 * vmsa_trace_seek() - continue at the first record stamped @insn or later.
 * @stream: where to seek
 * @insn:   up to the first record's stamp rewinds; beyond the last: the end
 * @err:    what was wrong and at which byte, or NULL
 *
 * Unless it rewinds, the next reads first deliver state records: TTBR0, TTBR1
 * and TASK if known, then all entries of the DATA and of the FETCH filter,
 * oldest first, each with victim 0: fed to the rules above they leave the
 * filters as they were.  FRAMEs are not repeated; see vmsa_trace_cut().
 * At most one block is decoded on the way.
 *
 * Return: 0, or an error of vmsa_trace_read().
 */
int vmsa_trace_seek(struct vmsa_trace_stream *stream, uint64_t insn,
		    struct vmsa_error *err);

/** struct vmsa_trace_config - how to write a trace. */
struct vmsa_trace_config {
	unsigned cpus;          /**< streams, 1 .. VMSA_TRACE_MAX_CPUS */
	unsigned data_filter;   /**< entries of the DATA filter, 0 = none */
	unsigned fetch_filter;  /**< entries of the FETCH filter, 0 = none */
	unsigned block_records; /**< a block's most, 1 .. 2^22 */
	int level;              /**< zstd's compression level, 1 .. 22 */
};

/**
 * VMSA_TRACE_CONFIG_DEFAULT - one CPU, no filter; blocks that take 5 MiB and
 * decode in about 10 ms; zstd's own default level.
 */
#define VMSA_TRACE_CONFIG_DEFAULT                               \
	{                                                       \
		.cpus = 1, .data_filter = 0, .fetch_filter = 0, \
		.block_records = 1u << 20, .level = 3           \
	}

/**
 * vmsa_trace_writer_create() - start to write a trace.
 * @path:   the file; it appears, or is replaced, when writing has finished
 * @config: copied
 * @out:    the writer
 * @err:    what was wrong, or NULL
 *
 * Until then everything goes to a file of another name in the same folder.
 *
 * Return: 0; -EINVAL, if @config is out of range; -ENOMEM, or an errno of the
 * system's open.
 */
int vmsa_trace_writer_create(const char *path,
			     const struct vmsa_trace_config *config,
			     struct vmsa_trace_writer **out,
			     struct vmsa_error *err);

/**
 * vmsa_trace_writer_set() - add a line to the header.
 * @writer: a writer to which no record has been added
 * @key:    letters, digits, '.', '_' and '-'; replaces an equal key
 * @value:  without line breaks
 *
 * Return: 0; -EINVAL, if @key or @value cannot be stored; -EBUSY, if records
 * have been added; -ENOSPC, beyond 64 KiB; -ENOMEM.
 */
int vmsa_trace_writer_set(struct vmsa_trace_writer *writer, const char *key,
			  const char *value);

/**
 * vmsa_trace_writer_add() - append records to one CPU's stream.
 * @writer:  a writer
 * @cpu:     0 .. config.cpus - 1
 * @records: in time order, none earlier than those before
 * @n:       how many
 * @err:     what was wrong, or NULL
 *
 * Return: 0;
 *	-EINVAL, if a record goes back in time or is not well formed;
 *	-ENOMEM, or an errno of the system's write.  The writer is then of no
 *	more use than to be destroyed.
 */
int vmsa_trace_writer_add(struct vmsa_trace_writer *writer, unsigned cpu,
			  const struct vmsa_trace_record *records, size_t n,
			  struct vmsa_error *err);

/**
 * vmsa_trace_writer_end() - tell what records alone do not about a stream.
 * @writer:  a writer
 * @cpu:     0 .. config.cpus - 1
 * @totals:  first_insn, end_insn, accesses and moves are used; if the latter
 *	     are less than the records' own sum, that is kept
 *
 * Without it a stream starts and ends with its first and last record.
 *
 * Return: 0; -ERANGE, if there is no such stream; -EINVAL, if end_insn lies
 * before first_insn.
 */
int vmsa_trace_writer_end(struct vmsa_trace_writer *writer, unsigned cpu,
			  const struct vmsa_trace_totals *totals);

/**
 * vmsa_trace_writer_finish() - write the index and give the file its name.
 * @writer: a writer; only vmsa_trace_writer_destroy() may follow
 * @err:    what was wrong, or NULL
 *
 * Return: 0; -ENOMEM, or an errno of the system's write or rename.
 */
int vmsa_trace_writer_finish(struct vmsa_trace_writer *writer,
			     struct vmsa_error *err);

/**
 * vmsa_trace_writer_destroy() - free a writer; unfinished files are removed.
 * @writer: what to free, or NULL
 */
void vmsa_trace_writer_destroy(struct vmsa_trace_writer *writer);

/** struct vmsa_trace_window - what to copy, and how to write it. */
struct vmsa_trace_window {
	uint64_t from;          /**< first stamp */
	uint64_t to;            /**< first stamp left out */
	unsigned block_records; /**< as in struct vmsa_trace_config */
	int level;              /**< as in struct vmsa_trace_config */
};

/**
 * vmsa_trace_cut() - copy a window of every stream into a new trace.
 * @trace:  what to copy from
 * @path:   the new trace's file
 * @window: stamps; the copied records keep theirs
 * @err:    what was wrong, or NULL
 *
 * A window that does not start at a stream's beginning starts with state
 * records: the filters' entries, TTBR0, TTBR1, TASK, and each FRAME known by
 * then, a user page's behind the TTBR0 it was seen under.  Memory grows with
 * the number of pages that have a FRAME.
 *
 * Return: 0; -EINVAL, if the window is empty; an error of vmsa_trace_read()
 * or of the writer.
 */
int vmsa_trace_cut(struct vmsa_trace *trace, const char *path,
		   const struct vmsa_trace_window *window,
		   struct vmsa_error *err);

/** struct vmsa_trace_import - options of vmsa_trace_import_pgtrace(). */
struct vmsa_trace_import {
	const char *const *lines; /**< header: key, value, ..., NULL */
	unsigned block_records;   /**< as in struct vmsa_trace_config */
	int level;                /**< as in struct vmsa_trace_config */
};

/**
 * VMSA_TRACE_IMPORT_DEFAULT - no header lines; as VMSA_TRACE_CONFIG_DEFAULT.
 */
#define VMSA_TRACE_IMPORT_DEFAULT                                    \
	{                                                            \
		.lines = NULL, .block_records = 1u << 20, .level = 3 \
	}

/**
 * vmsa_trace_import_pgtrace() - convert a capture of the pgtrace plugin.
 * @prefix:  PREFIX.meta and PREFIX.cpuN.{D,I}.pgt.zst, .{E,P}.zst are read
 * @path:    the new trace's file
 * @options: header lines and compression; NULL for defaults
 * @err:     which file was wrong, at which byte of its contents, or NULL
 *
 * Return: 0;
 *	-EBADMSG, if a file is damaged or contradicts the others;
 *	-ENOENT, if one is missing;
 *	-ENOMEM, or an error of the writer.
 */
int vmsa_trace_import_pgtrace(const char *prefix, const char *path,
			      const struct vmsa_trace_import *options,
			      struct vmsa_error *err);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TRACE_H */
