/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_PROGRESS_H
#define VMSA_TOOLS_PROGRESS_H
/*
 * progress.h - a bar on stderr
 *
 * Shown only if stderr is a terminal and the work has taken a second; what it
 * drew is wiped when the work ends, so results stand alone.
 */
#include <stdbool.h>
#include <stdint.h>

/** struct progress - one piece of work that takes a while. */
struct progress {
	const char *what; /**< "replay", in front of the bar */
	uint64_t total;   /**< units of work */
	double start;     /**< seconds, when it began */
	double shown;     /**< seconds, when last drawn; 0: never */
	bool on;          /**< stderr is a terminal */
};

/** progress_start() - the work begins. */
void progress_start(struct progress *p, const char *what, uint64_t total);

/** progress_show() - @done units are done; draws ten times a second at most. */
void progress_show(struct progress *p, uint64_t done);

/** progress_end() - the work ended; wipe the bar. */
void progress_end(struct progress *p);

#endif /* VMSA_TOOLS_PROGRESS_H */
