/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_FINDINGS_H
#define VMSA_TOOLS_FINDINGS_H
/*
 * findings.h - what the checker found, as text or JSON
 */
#include "json.h"
#include "vmsa/bbm.h"

/** struct findings - where they go. */
struct findings {
	struct doc *doc;             /**< an array is open in it; NULL: text */
	uint64_t show;               /**< findings printed at most */
	uint64_t n;                  /**< how many there were */
	vmsa_check_source_fn source; /**< names sources; may be NULL */
	uint64_t (*line)(void *arg); /**< of the log, read last; may be NULL */
	const char *file;            /**< the log; with @line */
	void *arg;                   /**< handed to @source and @line */
};

/** findings_add() - a vmsa_check_fn; @arg is a struct findings. */
void findings_add(void *arg, const struct vmsa_check_finding *finding);

/** findings_write() - the numbers of a run, into the document's object. */
void findings_write(const struct findings *f,
		    const struct vmsa_checker_stats *stats);

/** findings_sum() - the numbers of a run, as a line. */
void findings_sum(const char *what, const struct vmsa_checker_stats *stats);

/** findings_exit() - EXIT_NO if a rule was violated. */
int findings_exit(const struct vmsa_checker_stats *stats);

#endif /* VMSA_TOOLS_FINDINGS_H */
