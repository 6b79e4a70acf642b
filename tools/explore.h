/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_EXPLORE_H
#define VMSA_TOOLS_EXPLORE_H
/*
 * explore.h - the parts of vmsa explore
 *
 *     explore.c           the command; steps of a scenario become programs
 *     explore_program.c   a program is explored: verdict and story
 *     explore_outcomes.c  what accesses may get, address by address
 *     explore_events.c    which of its events are needed
 *     explore_litmus.c    litmus tests
 */
#include <stdio.h>

#include "args.h"
#include "json.h"
#include "vmsa/bbm/explore.h"

/** INVARIANTS_TEXT - bytes that invariants_text() needs at most. */
#define INVARIANTS_TEXT 96

/**
 * invariants_text() - a set in short: "I1, I3 stale, conflict".
 * @set: of enum vmsa_invariant
 * @out: INVARIANTS_TEXT bytes
 *
 * Return: @out; "-" if the set is empty.
 */
const char *invariants_text(unsigned set, char *out);

/** invariants_write() - the same as an array of short names. */
void invariants_write(struct doc *d, const char *key, unsigned set);

/** struct explored - a program and how it is explored. */
struct explored {
	const char *file;             /**< the scenario, for complaints */
	struct vmsa_program *program; /**< stopped */
	const struct args *args;      /**< what was asked */
	unsigned bbm;                 /**< level of FEAT_BBM */
	struct doc *doc;              /**< inside the program's object; or NULL:
					   text to stdout */
};

/** explored_options() - the library's options for it. */
struct vmsa_explore_options explored_options(const struct explored *e);

/** explored_has_others() - are there PEs that only walk? */
bool explored_has_others(const struct explored *e);

/**
 * explore_program() - explore, and print everything that was asked for.
 * @e: the program
 *
 * Return: EXIT_DONE; EXIT_NO if an invariant breaks or a bound was hit;
 *	EXIT_BAD after a complaint.
 */
int explore_program(const struct explored *e);

/** explore_events() - which events are needed; as explore_program(). */
int explore_events(const struct explored *e);

/** explore_litmus() - explore a file of litmus tests; returns an exit code. */
int explore_litmus(const struct args *args);

/* --- explore_outcomes.c -------------------------------------------------- */

/** struct outcome_row - an outcome, and who may get it when. */
struct outcome_row {
	struct vmsa_outcome o; /**< at the first address of its range */
	unsigned ever;         /**< set of enum vmsa_observer */
	unsigned at_end;       /**< the same, once the program has ended */
};

/** struct outcome_range - neighbours with the same outcomes. */
struct outcome_range {
	vmsa_va first; /**< lowest probed address */
	vmsa_va last;  /**< highest */
	size_t count;  /**< how many were probed */
	size_t row;    /**< where its rows start */
	size_t nr;     /**< how many it has */
};

/** struct outcomes - all ranges, ascending; all zero is none. */
struct outcomes {
	struct outcome_row *row;     /**< of all ranges, one behind another */
	size_t rows;                 /**< how many */
	size_t row_room;             /**< places for them */
	struct outcome_range *range; /**< the last one is still growing */
	size_t ranges;               /**< how many */
	size_t range_room;           /**< places for them */
};

/** outcomes_see() - a vmsa_outcomes_fn whose argument is struct outcomes. */
int outcomes_see(void *arg, const struct vmsa_outcomes *at);

/** outcomes_end() - nothing more comes. */
void outcomes_end(struct outcomes *all);

/** outcomes_print() - as a table. */
void outcomes_print(const struct outcomes *all, FILE *out);

/** outcomes_write() - as an array of ranges. */
void outcomes_write(const struct outcomes *all, struct doc *d);

/** outcomes_free() - give the ranges back. */
void outcomes_free(struct outcomes *all);

#endif /* VMSA_TOOLS_EXPLORE_H */
