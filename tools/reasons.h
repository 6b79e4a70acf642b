/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_REASONS_H
#define VMSA_TOOLS_REASONS_H
/*
 * reasons.h - what the kernel decided about its linear map, in words
 */
#include "system.h"

/** struct decision - one thing decided. */
struct decision {
	const char *what;    /**< "rodata" */
	const char *outcome; /**< "full" */
	const char *why;     /**< a clause, without "since" */
};

/** NR_DECISIONS - how many decisions_of() makes. */
#define NR_DECISIONS 7

/**
 * decisions_of() - the decisions in the order in which they depend.
 * @sys:     a system that was created
 * @mapping: the mapping asked for
 * @out:     NR_DECISIONS of them, static strings; the last is the map itself
 */
void decisions_of(const struct vmsa_linux *sys, enum vmsa_linux_mapping mapping,
		  struct decision *out);

#endif /* VMSA_TOOLS_REASONS_H */
