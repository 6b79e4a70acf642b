/* SPDX-License-Identifier: BSD-2-Clause */
#include "sheet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Longest cell there is. */
#define MAX_CELL 256

void sheet_open(struct sheet *sheet, const char *const *heads)
{
	*sheet = (struct sheet){ .heads = heads };
	while (heads[sheet->columns] && sheet->columns < MAX_COLUMNS) {
		const char *head = heads[sheet->columns];

		sheet->widths[sheet->columns++] = strlen(head) - (*head == '<');
	}
}

/* Room for one more cell. */
static int grow(struct sheet *sheet, size_t size)
{
	char *text;

	if (sheet->used + size <= sheet->room)
		return 0;
	text = realloc(sheet->text, 2 * sheet->room + size);
	if (!text)
		return -1;
	sheet->text = text;
	sheet->room = 2 * sheet->room + size;
	return 0;
}

void sheet_cell(struct sheet *sheet, const char *fmt, ...)
{
	char cell[MAX_CELL];
	size_t length;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cell, sizeof(cell), fmt, ap);
	va_end(ap);
	length = strlen(cell);
	if (grow(sheet, length + 1)) {
		sheet->failed = 1;
		return;
	}
	memcpy(sheet->text + sheet->used, cell, length + 1);
	sheet->used += length + 1;
	if (length > sheet->widths[sheet->cell])
		sheet->widths[sheet->cell] = length;
	sheet->cell = (sheet->cell + 1) % sheet->columns;
}

/* A cell padded to its column, and the end of the line after the last. */
static void print_cell(const struct sheet *sheet, unsigned column,
		       const char *text, FILE *out)
{
	const int width = (int)sheet->widths[column];
	const int left = *sheet->heads[column] == '<';

	/* No blanks at the end of a line. */
	if (left && column + 1 == sheet->columns)
		fprintf(out, "%s%s", *text ? "  " : "", text);
	else
		fprintf(out, "  %*s", left ? -width : width, text);
	if (column + 1 == sheet->columns)
		fputc('\n', out);
}

void sheet_close(struct sheet *sheet, FILE *out)
{
	unsigned column = 0;

	for (unsigned i = 0; i < sheet->columns; i++) {
		const char *head = sheet->heads[i];

		print_cell(sheet, i, head + (*head == '<'), out);
	}
	for (size_t at = 0; at < sheet->used && !sheet->failed;) {
		print_cell(sheet, column, sheet->text + at, out);
		at += strlen(sheet->text + at) + 1;
		column = (column + 1) % sheet->columns;
	}
	if (sheet->failed)
		fprintf(out, "  (out of memory)\n");
	free(sheet->text);
	*sheet = (struct sheet){ 0 };
}

static const char *const units[] = { "B",   "KiB", "MiB", "GiB",
				     "TiB", "PiB", "EiB" };

char *size_text(uint64_t bytes, char *out)
{
	unsigned unit = 0;

	while (bytes && !(bytes & 1023)) {
		bytes >>= 10;
		unit++;
	}
	snprintf(out, NUMBER_TEXT, "%" PRIu64 " %s", bytes, units[unit]);
	return out;
}

char *rough_size_text(uint64_t bytes, char *out)
{
	unsigned unit = 0;

	while (bytes >> (10 * unit) >= 1024)
		unit++;
	snprintf(out, NUMBER_TEXT, "%.*f %s", unit ? 1 : 0,
		 (double)bytes / (double)(UINT64_C(1) << (10 * unit)),
		 units[unit]);
	return out;
}

char *count_text(uint64_t count, char *out)
{
	char digits[24];
	const int n = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *to = out;

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*to++ = ' ';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}
