/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_MACHINE_H
#define VMSA_LIB_TRACE_MACHINE_H
/*
 * machine.h - header lines, of a trace or still to be written to one
 */
#include "vmsa/trace.h"

/** struct vmsa_lines - lines of a header. */
struct vmsa_lines {
	const char *file;        /**< for errors */
	const char *const *line; /**< key, value, key, value, ... */
	unsigned count;          /**< pairs */
};

/** vmsa_lines_get() - the last value of @key; NULL if there is none. */
const char *vmsa_lines_get(const struct vmsa_lines *lines, const char *key);

/**
 * vmsa_lines_machine() - the address space that lines describe.
 * @lines: the lines
 * @out:   written completely on success, left alone on failure
 * @err:   which key was missing or unreadable, or NULL
 *
 * Return: as vmsa_trace_machine().
 */
int vmsa_lines_machine(const struct vmsa_lines *lines,
		       struct vmsa_trace_machine *out, struct vmsa_error *err);

#endif /* VMSA_LIB_TRACE_MACHINE_H */
