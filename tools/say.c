/* SPDX-License-Identifier: BSD-2-Clause */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int complain(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("vmsa: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_BAD;
}

int complain_error(const char *what, int ret, const struct vmsa_error *err)
{
	const char *file = err->file[0] ? err->file : what;

	if (!err->text[0])
		return complain("%s: %s", what, strerror(-ret));
	if (err->unit)
		return complain("%s: %s %llu: %s", file, err->unit,
				(unsigned long long)err->offset, err->text);
	return complain("%s: %s", file, err->text);
}
