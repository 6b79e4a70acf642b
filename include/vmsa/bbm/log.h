/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BBM_LOG_H
#define VMSA_BBM_LOG_H
/*
 * log.h - logs of what was done to translation tables, as text
 *
 *     space -> vmsa_log_writer -> event log, one event a line
 *     event log, casemate trace -> vmsa_log -> items -> checker
 *
 * The format is described in docs/event-log.md.  A log is read as a stream:
 * memory is needed for the tables it tells of, not for its length.
 *
 * Threads  a log is used by one thread at a time
 */
#include <stdio.h>

#include "vmsa/bbm/check.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_log;

/** enum vmsa_log_kind - what an item is. */
enum vmsa_log_kind {
	VMSA_LOG_EVENT,     /**< something happened */
	VMSA_LOG_TABLES,    /**< a tree of tables is introduced */
	VMSA_LOG_MACHINE,   /**< the PEs are described */
	VMSA_LOG_OPERATION, /**< an operation is special */
	VMSA_LOG_FINDING,   /**< the reader found something wrong */
};

/** struct vmsa_log_item - what a line, or part of one, says. */
struct vmsa_log_item {
	enum vmsa_log_kind kind; /**< which member of the union holds */
	unsigned tables; /**< EVENT: of what; TABLES: their number, in order
			      from 0 */
	uint32_t source; /**< EVENT: for vmsa_log_source(); 0 for none */
	union {
		struct vmsa_event event;         /**< EVENT */
		struct vmsa_check_tables tables; /**< TABLES */
		struct {
			unsigned bbm;                  /**< level of FEAT_BBM */
			unsigned bbm_alone;            /**< as in the checker */
			unsigned pes;                  /**< as in the checker */
			bool ha;                       /**< as in the checker */
			bool hd;                       /**< as in the checker */
			bool ets2;                     /**< as in the checker */
			unsigned tlbi_repeat;          /**< as in the checker */
		} machine;                             /**< MACHINE */
		struct vmsa_check_operation operation; /**< OPERATION */
		struct vmsa_check_finding finding;     /**< FINDING: its rule,
							    address and PE */
	} u;                                           /**< by @kind */
};

/**
 * vmsa_log_open() - start reading a log.
 * @path: the file; one whose first word is a parenthesis is a trace of casemate
 * @out:  the log; close it with vmsa_log_close()
 * @err:  what is wrong; may be NULL
 *
 * Return: 0; -ENOMEM; the negative errno of opening and reading the file.
 */
int vmsa_log_open(const char *path, struct vmsa_log **out,
		  struct vmsa_error *err);

/** struct vmsa_log_text - a log that is in memory already. */
struct vmsa_log_text {
	const char *name; /**< for errors */
	const char *text; /**< outlives the log */
	size_t size;      /**< bytes */
};

/**
 * vmsa_log_parse() - the same from memory.
 * @text: the log
 * @out:  as vmsa_log_open()
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_log_parse(const struct vmsa_log_text *text, struct vmsa_log **out);

/** vmsa_log_close() - give everything back; accepts NULL. */
void vmsa_log_close(struct vmsa_log *log);

/**
 * vmsa_log_next() - the next item.
 * @log:  the log
 * @item: written completely on success; its strings live as long as @log
 * @err:  which line is wrong, and why; may be NULL
 *
 * Return: 1; 0 at the end;
 *	-EINVAL, if a line does not parse; -ENOMEM; or an error of reading.
 */
int vmsa_log_next(struct vmsa_log *log, struct vmsa_log_item *item,
		  struct vmsa_error *err);

/** vmsa_log_line() - the number of the line last read, from 1. */
uint64_t vmsa_log_line(const struct vmsa_log *log);

/**
 * vmsa_log_source() - the tag of a source, such as "mmu.c:612".
 * @log:    the log
 * @source: from an item
 *
 * Return: a string that lives as long as @log; NULL if there is no such.
 */
const char *vmsa_log_source(const struct vmsa_log *log, uint32_t source);

/**
 * vmsa_log_assume_bbm() - take this level, whatever the log says.
 * @log: the log, nothing read of it yet
 * @bbm: level of FEAT_BBM, 0 .. 3
 */
void vmsa_log_assume_bbm(struct vmsa_log *log, unsigned bbm);

/**
 * vmsa_log_assume_repeat() - so many TLBIs for one, whatever the log says.
 * @log:    the log, nothing read of it yet
 * @repeat: tlbi_repeat of the checker, 1 or 2
 */
void vmsa_log_assume_repeat(struct vmsa_log *log, unsigned repeat);

/**
 * vmsa_log_assume_no_updates() - hardware leaves descriptors alone.
 * @log: the log, nothing read of it yet; its "ha" and "hd" do not count
 *
 * For PEs with an erratum that makes software switch FEAT_HAFDBS off:
 * AmpereOne AC03_CPU_38, Cortex-A55 1024718, Cortex-A510 2051678.
 */
void vmsa_log_assume_no_updates(struct vmsa_log *log);

/**
 * vmsa_log_check() - check a log from its next item to its end.
 * @log:    the log
 * @config: what the log does not say, and who sees findings
 * @stats:  what was found
 * @err:    which line is wrong, and why; may be NULL
 *
 * What the log says of PEs and operations goes before @config.
 *
 * Return: 0, whatever was found; -EINVAL, if an operation ends that its PE did
 *	not begin; -ENODATA, if no line of a log of ours tells of tables; as
 *	vmsa_log_next() and vmsa_checker_finish().
 */
int vmsa_log_check(struct vmsa_log *log,
		   const struct vmsa_checker_config *config,
		   struct vmsa_checker_stats *stats, struct vmsa_error *err);

/* --- writing ------------------------------------------------------------- */

struct vmsa_log_writer;

/**
 * vmsa_log_write() - log what is done to a space from now on.
 * @space:  stage 1 of EL1&0; outlives the writer
 * @mair:   its MAIR_EL1; 0: unknown
 * @out:    where to; the tables as they are go first
 * @writer: stops with vmsa_log_writer_stop()
 *
 * Return: 0; -ENOSPC if the space has too many observers; -ENOMEM; -EIO.
 */
int vmsa_log_write(struct vmsa_space *space, uint64_t mair, FILE *out,
		   struct vmsa_log_writer **writer);

/**
 * vmsa_log_writer_stop() - stop logging, and flush what was written.
 * @writer: freed
 *
 * Return: 0; -EIO if something could not be written.
 */
int vmsa_log_writer_stop(struct vmsa_log_writer *writer);

/**
 * vmsa_log_write_event() - one event as a line.
 * @out:   where to
 * @event: what
 */
void vmsa_log_write_event(FILE *out, const struct vmsa_event *event);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_BBM_LOG_H */
