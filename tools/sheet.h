/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_SHEET_H
#define VMSA_TOOLS_SHEET_H
/*
 * sheet.h - text tables with aligned columns, and numbers people can read
 */
#include <stdint.h>
#include <stdio.h>

/** MAX_COLUMNS - the most columns a sheet has. */
#define MAX_COLUMNS 16

/** struct sheet - a table under construction. */
struct sheet {
	const char *const *heads;   /**< a head that starts with '<' is left */
	unsigned columns;           /**< how many */
	unsigned cell;              /**< the next one, in its row */
	char *text;                 /**< all cells, each with its final NUL */
	size_t used;                /**< bytes of @text */
	size_t room;                /**< bytes there are */
	size_t widths[MAX_COLUMNS]; /**< of the widest cell so far */
	int failed;                 /**< memory ran out */
};

/**
 * sheet_open() - start a table.
 * @sheet:   to fill
 * @heads:   titles, ended by NULL; '<' first: left-aligned, else right
 */
void sheet_open(struct sheet *sheet, const char *const *heads);

/** sheet_cell() - the next cell, as for printf; rows fill up by themselves. */
void sheet_cell(struct sheet *sheet, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** sheet_close() - print the table, two blanks before each line; free it. */
void sheet_close(struct sheet *sheet, FILE *out);

/** NUMBER_TEXT - bytes that the texts below need at most. */
#define NUMBER_TEXT 32

/**
 * size_text() - bytes in the largest unit that leaves no fraction, "64 KiB".
 * @bytes: any
 * @out:   NUMBER_TEXT bytes
 *
 * Return: @out.
 */
char *size_text(uint64_t bytes, char *out);

/** rough_size_text() - the same with one decimal, "513.0 MiB". */
char *rough_size_text(uint64_t bytes, char *out);

/** count_text() - a count in groups of three digits, "1 048 576". */
char *count_text(uint64_t count, char *out);

#endif /* VMSA_TOOLS_SHEET_H */
