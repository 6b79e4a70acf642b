/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_SAY_H
#define VMSA_TOOLS_SAY_H
/*
 * say.h - complaints and exit codes
 *
 * Results go to stdout, complaints to stderr, one sentence each, after the
 * name of the program and the place: "vmsa: FILE: line N: sentence".
 */
#include "vmsa/types.h"

/** enum exit_code - how the program ends; the highest one met wins. */
enum exit_code {
	EXIT_DONE, /**< did what was asked */
	EXIT_NO,   /**< did it, and the answer is no */
	EXIT_BAD,  /**< bad usage or bad input */
};

/**
 * complain() - print one sentence to stderr.
 * @fmt: as for printf, without "vmsa: " and newline
 *
 * Return: EXIT_BAD, so that a caller may return it at once.
 */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * complain_error() - print why a function of the library failed.
 * @what: the input or the step, printed if @err does not name a file
 * @ret:  what the function returned
 * @err:  what it filled in; its text is empty if it did not
 *
 * Return: EXIT_BAD.
 */
int complain_error(const char *what, int ret, const struct vmsa_error *err);

/** worse_of() - the exit code of two pieces of work together. */
static inline int worse_of(int a, int b)
{
	return a > b ? a : b;
}

#endif /* VMSA_TOOLS_SAY_H */
