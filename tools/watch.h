/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_WATCH_H
#define VMSA_TOOLS_WATCH_H
/*
 * watch.h - the break-before-make checker beside a script
 *
 * Findings are kept until the script is over, so that they do not come between
 * the rows of its steps.
 */
#include "args.h"
#include "findings.h"

/** LINUX_MAIR - Normal, Tagged, Non-cacheable, Device-nGnRnE and -nGnRE. */
#define LINUX_MAIR UINT64_C(0x040044f0ff)

/** struct watch - a checker for each system that a script makes. */
struct watch {
	bool on;                      /**< --check was given */
	uint64_t bbm;                 /**< --bbm, or NOT_GIVEN */
	uint64_t show;                /**< findings kept, at most */
	struct vmsa_checker *checker; /**< of the system there is; or NULL */
	struct vmsa_check_finding *found; /**< kept */
	size_t n;                         /**< how many of them */
	struct vmsa_checker_stats stats;  /**< of all systems */
	int ret;                          /**< first error */
};

/** watch_init() - from the command line. */
void watch_init(struct watch *w, const struct args *args);

/** watch_system() - a vmsa_scenario_watch_fn; @arg is a struct watch. */
void watch_system(void *arg, const struct vmsa_linux *sys, bool begins);

/** watch_print() - what was found, as text; an exit code. */
int watch_print(struct watch *w, const char *file);

/** watch_write() - the same into an open object. */
int watch_write(struct watch *w, struct doc *d);

#endif /* VMSA_TOOLS_WATCH_H */
