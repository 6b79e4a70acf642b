/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_LINES_H
#define VMSA_TOOLS_LINES_H
/*
 * lines.h - text files by lines, and how two of them differ
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** struct lines - the lines of a text, without their ends. */
struct lines {
	char *text;   /**< all of it, NULs in place of newlines */
	char **v;     /**< each line */
	size_t n;     /**< how many */
	size_t first; /**< the number of v[0] in its file, from 0 */
};

/**
 * lines_read() - the lines of a file, plain or compressed with zstd.
 * @path: the file
 * @out:  for lines_free()
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int lines_read(const char *path, struct lines *out);

/** lines_split() - the lines of a string, which is copied; as lines_read(). */
int lines_split(const char *text, struct lines *out);

/** lines_keep() - forget all lines but those from @from up to @to. */
void lines_keep(struct lines *l, size_t from, size_t to);

/** lines_free() - give the text back. */
void lines_free(struct lines *l);

/**
 * lines_compare() - print where two texts part, "-" for @a and "+" for @b.
 * @a:   the file
 * @b:   ours
 * @max: lines printed at most
 * @out: where to; may be NULL
 *
 * Return: lines of either that have no counterpart.
 */
uint64_t lines_compare(const struct lines *a, const struct lines *b,
		       uint64_t max, FILE *out);

#endif /* VMSA_TOOLS_LINES_H */
