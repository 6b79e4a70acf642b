/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_FOREIGN_H
#define VMSA_FOREIGN_H
/*
 * foreign.h - traces in the formats of other tools
 *
 *     lackey, perf, ChampSim, ... -> vmsa_foreign_import() -> trace of ours
 *     trace of ours -> vmsa_foreign_export() -> ChampSim
 *
 * Every file becomes one stream, as if a CPU of its own had executed it.  Its
 * stamps count instructions; in a perf script they count samples and in a gem5
 * trace packets, because these do not tell how many instructions there were.
 *
 * Regions  an address whose bit 63 is clear is a user's.  Of the others those
 *          of the linear map that the header lines describe are LINEAR, if
 *          they give machine.linear_base: 2^(va_bits - 1) bytes from there,
 *          without image, vmalloc and vmemmap.  The rest is KERNEL.
 * Runs     consecutive accesses to one page become one record and a count,
 *          also without a filter: a TLB that has just been hit is hit again,
 *          and nothing in it changes.  The first store has its own record.
 * Memory   a window of each file, whatever its size.
 *
 * The formats, and what is taken from each, are in docs/foreign-traces.md.
 */
#include "vmsa/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/** enum vmsa_foreign_format - formats that can be read. */
enum vmsa_foreign_format {
	VMSA_FOREIGN_CHAMPSIM,   /**< instructions of 64 bytes */
	VMSA_FOREIGN_CLOUDSUITE, /**< ChampSim's of 96 bytes, with an ASID */
	VMSA_FOREIGN_LACKEY,     /**< valgrind's, text of --trace-mem=yes */
	VMSA_FOREIGN_PERF,       /**< perf script, with event, addr, ip */
	VMSA_FOREIGN_DRMEMTRACE, /**< DynamoRIO's, records of 12 bytes */
	VMSA_FOREIGN_GEM5,       /**< packets, protobuf */
	VMSA_FOREIGN_NR_FORMATS, /**< how many there are */
};

/**
 * vmsa_foreign_format_name() - "champsim", "lackey", ...
 * @format: any value
 *
 * Return: a static string, "unknown" if there is no such format.
 */
const char *vmsa_foreign_format_name(unsigned format);

/**
 * vmsa_foreign_format_find() - the format of that name.
 * @name: as vmsa_foreign_format_name() gives it
 * @out:  set if there is one
 *
 * Return: 0; -ENOENT.
 */
int vmsa_foreign_format_find(const char *name, enum vmsa_foreign_format *out);

/** struct vmsa_foreign_import - what is to be read, and how. */
struct vmsa_foreign_import {
	enum vmsa_foreign_format format; /**< of all files */
	const char *const *files;        /**< plain or compressed */
	unsigned nr_files;               /**< 1 .. VMSA_TRACE_MAX_CPUS */
	const char *const *lines;        /**< header: key, value, ..., NULL */
	unsigned data_filter;   /**< entries of the DATA filter, 0 = none */
	unsigned fetch_filter;  /**< entries of the FETCH filter, 0 = none */
	bool physical;          /**< gem5: addresses are physical, and become
				     those of the linear map */
	unsigned block_records; /**< as in struct vmsa_trace_config */
	int level;              /**< as in struct vmsa_trace_config */
};

/**
 * VMSA_FOREIGN_IMPORT_DEFAULT - nothing to read yet; no filter, no lines; as
 * VMSA_TRACE_CONFIG_DEFAULT.
 */
#define VMSA_FOREIGN_IMPORT_DEFAULT                             \
	{                                                       \
		.format = VMSA_FOREIGN_CHAMPSIM, .nr_files = 0, \
		.block_records = 1u << 20, .level = 3           \
	}

/** struct vmsa_foreign_import_result - what became of it. */
struct vmsa_foreign_import_result {
	bool kept;        /**< there is a trace, whole or up to the damage */
	uint64_t skipped; /**< records that are no access: prefetches, cache
			       maintenance, responses, ... */
};

/**
 * vmsa_foreign_import() - convert foreign files to a trace.
 * @in:     what is to be read
 * @path:   the new trace's file
 * @result: written in every case, or NULL
 * @err:    which file was wrong, where, and why; or NULL
 *
 * machine.page_size, va_bits, linear_base and phys_base are needed by a
 * replay; those not among the lines get 4096, 48, 0xffff000000000000 and 0,
 * and are listed in the line machine.assumed.
 *
 * If a file is damaged, the trace holds what was good before: kept is then
 * true, unless there was nothing.
 *
 * Return: 0;
 *	-EBADMSG, if a file is damaged, truncated, or not of that format;
 *	-ENOTSUP, if it is compressed and this build cannot read that;
 *	-EINVAL, if @in is out of range or a line unreadable;
 *	-ENOMEM, or an errno of the system's open, read or write.
 */
int vmsa_foreign_import(const struct vmsa_foreign_import *in, const char *path,
			struct vmsa_foreign_import_result *result,
			struct vmsa_error *err);

/** struct vmsa_foreign_export_result - what was written, and what was not. */
struct vmsa_foreign_export_result {
	uint64_t instructions; /**< written, the extra ones among them */
	uint64_t extra;        /**< more than were executed: see below */
	uint64_t accesses;     /**< written */
	uint64_t lost;         /**< accesses of which the page is not known,
				    or that had no room; each hits in the L1
				    the filter stands for */
	uint64_t events;       /**< records the format has no place for */
};

/**
 * vmsa_foreign_export() - write one stream as a ChampSim trace.
 * @trace:  an open trace
 * @cpu:    whose stream
 * @path:   the file; "-" is the standard output
 * @result: written completely on success, left alone on failure; or NULL
 * @err:    what was wrong, or NULL
 *
 * One instruction of 64 bytes for each that was executed.  Where a page has
 * no offset, which is always, one is made up: the eighth byte for data, four
 * times the stamp for instructions.  What does not fit into one instruction
 * (four loads and then two stores at one page of code) gets extra ones at the
 * same page.  The rest of a run follows its first access as long as there is
 * room; of a filtered stream, what the filter swallowed is lost.
 *
 * Return: 0; -ERANGE, if there is no such stream; an error of
 * vmsa_trace_read(); -ENOMEM, or an errno of the system's open or write.
 */
int vmsa_foreign_export(struct vmsa_trace *trace, unsigned cpu,
			const char *path,
			struct vmsa_foreign_export_result *result,
			struct vmsa_error *err);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_FOREIGN_H */
