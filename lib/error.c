/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

/* Text that an input gave may hold what a terminal would obey. */
static void tame(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

int vmsa_error_at(struct vmsa_error *err, const char *file, const char *unit,
		  uint64_t offset, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	snprintf(err->file, sizeof(err->file), "%s", file ? file : "");
	err->unit = unit;
	err->offset = offset;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	tame(err->text);
	return code;
}

const char *vmsa_version(void)
{
	return VMSA_VERSION;
}
