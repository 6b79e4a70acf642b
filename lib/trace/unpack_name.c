/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace/unpack.h"

#include <string.h>

const char *vmsa_unpack_name(const uint8_t *data, size_t size)
{
	/* RFC 1952; the .xz file format 2.1.1; then each tool's own magic. */
	static const struct {
		const char *name, *magic;
		size_t size;
	} rows[] = {
		{ "gzip", "\x1f\x8b", 2 },
		{ "xz",
		  "\xfd"
		  "7zXZ\0",
		  6 },
		{ "bzip2", "BZh", 3 },
		{ "lz4", "\x04\x22\x4d\x18", 4 },
		{ "zip", "PK\x03\x04", 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (size >= rows[i].size &&
		    !memcmp(data, rows[i].magic, rows[i].size))
			return rows[i].name;
	}
	return NULL;
}
