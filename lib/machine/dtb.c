/* SPDX-License-Identifier: BSD-2-Clause */
#include "dtb.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* Longest node path an error quotes; a deeper node is named from its leaf. */
#define MAX_PATH_TEXT 160

/* Names come from the file: keep a terminal safe, and the sentence one line. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

/* The path of a node, or its end when that is too long to quote. */
static void node_path(const struct vmsa_dtb *dtb, int node, char *out)
{
	const char *leaf = fdt_get_name(dtb->blob, node, NULL);

	if (fdt_get_path(dtb->blob, node, out, MAX_PATH_TEXT))
		snprintf(out, MAX_PATH_TEXT, ".../%s", leaf ? leaf : "?");
}

/* Where in the file the reader of an error should look. */
static uint64_t byte_offset(const struct vmsa_dtb *dtb, int node,
			    const char *prop)
{
	const char *value = NULL;

	if (prop)
		value = fdt_getprop(dtb->blob, node, prop, NULL);
	if (value)
		return value - (const char *)dtb->blob;
	return fdt_off_dt_struct(dtb->blob) + (unsigned)node;
}

int vmsa_dtb_bad(const struct vmsa_dtb *dtb, int node, const char *prop,
		 const char *fmt, ...)
{
	char path[MAX_PATH_TEXT], text[sizeof(dtb->err->text) - MAX_PATH_TEXT];
	va_list ap;

	if (!dtb->err)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	node_path(dtb, node, path);
	vmsa_error_at(dtb->err, dtb->name, "byte", byte_offset(dtb, node, prop),
		      -EINVAL, "%s: %s%s%s", path, prop ? prop : "",
		      prop ? ": " : "", text);
	make_printable(dtb->err->text);
	return -EINVAL;
}

bool vmsa_dtb_has(const struct vmsa_dtb *dtb, int node, const char *prop)
{
	return fdt_getprop(dtb->blob, node, prop, NULL);
}

bool vmsa_dtb_is(const struct vmsa_dtb *dtb, int node, const char *prop,
		 const char *value)
{
	int len;
	const char *text = fdt_getprop(dtb->blob, node, prop, &len);

	return text && (size_t)len == strlen(value) + 1 &&
	       !memcmp(text, value, len);
}

bool vmsa_dtb_enabled(const struct vmsa_dtb *dtb, int node)
{
	return !vmsa_dtb_has(dtb, node, "status") ||
	       vmsa_dtb_is(dtb, node, "status", "okay") ||
	       vmsa_dtb_is(dtb, node, "status", "ok");
}

int vmsa_dtb_flag(const struct vmsa_dtb *dtb, int node, const char *prop,
		  bool *out)
{
	int len;

	if (!fdt_getprop(dtb->blob, node, prop, &len))
		return 0;
	if (len)
		return vmsa_dtb_bad(dtb, node, prop,
				    "a flag takes no value, this has %d bytes",
				    len);
	*out = true;
	return 0;
}

/*
 * Big-endian number of @cells cells.  A property is 4-byte aligned, so that a
 * number of two cells may straddle what a 64-bit load could read.
 */
static uint64_t cells_at(const fdt32_t *p, unsigned cells)
{
	uint64_t v = 0;

	while (cells--)
		v = v << 32 | fdt32_ld(p++);
	return v;
}

int vmsa_dtb_u32(const struct vmsa_dtb *dtb, int node, const char *prop,
		 uint32_t *out)
{
	int len;
	const fdt32_t *p = fdt_getprop(dtb->blob, node, prop, &len);

	if (!p)
		return 0;
	if (len != 4)
		return vmsa_dtb_bad(dtb, node, prop, "needs 4 bytes, has %d",
				    len);
	*out = (uint32_t)cells_at(p, 1);
	return 0;
}

int vmsa_dtb_u64(const struct vmsa_dtb *dtb, int node, const char *prop,
		 uint64_t *out)
{
	int len;
	const fdt32_t *p = fdt_getprop(dtb->blob, node, prop, &len);

	if (!p)
		return 0;
	if (len != 4 && len != 8)
		return vmsa_dtb_bad(dtb, node, prop,
				    "needs 4 or 8 bytes, has %d", len);
	*out = cells_at(p, (unsigned)len / 4);
	return 0;
}

int vmsa_dtb_string(const struct vmsa_dtb *dtb, int node, const char *prop,
		    const char **out)
{
	int len;
	const char *text = fdt_getprop(dtb->blob, node, prop, &len);

	if (!text)
		return 0;
	if (!len || !memchr(text, 0, len))
		return vmsa_dtb_bad(dtb, node, prop,
				    "is not a string: %d bytes without a zero "
				    "at the end",
				    len);
	*out = text;
	return 0;
}

int vmsa_dtb_cell_count(const struct vmsa_dtb *dtb, int node, const char *prop,
			struct vmsa_dtb_bounds bounds, uint32_t *out)
{
	const bool given = vmsa_dtb_has(dtb, node, prop);
	uint32_t n = *out;
	char want[32] = "";
	int rc = vmsa_dtb_u32(dtb, node, prop, &n);

	if (rc)
		return rc;
	if (n >= bounds.low && n <= bounds.high) {
		*out = n;
		return 0;
	}
	if (bounds.low < bounds.high)
		snprintf(want, sizeof(want), " or %" PRIu32, bounds.high);
	return vmsa_dtb_bad(dtb, node, prop,
			    "must be %" PRIu32 "%s, not %" PRIu32 "%s",
			    bounds.low, want, n, given ? "" : " (the default)");
}

int vmsa_dtb_cells(const struct vmsa_dtb *dtb, int node,
		   struct vmsa_dtb_cells *out)
{
	static const struct vmsa_dtb_bounds one_or_two = { 1, 2 };
	/* The defaults are the specification's, section 2.3.5. */
	struct vmsa_dtb_cells cells = { .address = 2, .size = 1 };
	int rc;

	rc = vmsa_dtb_cell_count(dtb, node, "#address-cells", one_or_two,
				 &cells.address);
	if (!rc)
		rc = vmsa_dtb_cell_count(dtb, node, "#size-cells", one_or_two,
					 &cells.size);
	if (!rc)
		*out = cells;
	return rc;
}

/*
 * An end must itself be a number: the last byte of 2^64 cannot belong to a
 * range, and nothing later has to think of it.
 */
static int check_range(const struct vmsa_dtb *dtb, int node, const char *prop,
		       struct vmsa_range r)
{
	if (!r.size)
		return vmsa_dtb_bad(dtb, node, prop,
				    "the range at 0x%" PRIx64 " is empty",
				    r.start);
	if (r.start > UINT64_MAX - r.size)
		return vmsa_dtb_bad(dtb, node, prop,
				    "0x%" PRIx64 " + 0x%" PRIx64
				    " bytes reach beyond 2^64",
				    r.start, r.size);
	return 0;
}

/* How many pairs of @cells a property holds; none is an error. */
static int count_pairs(const struct vmsa_dtb *dtb, int node, const char *prop,
		       struct vmsa_dtb_cells cells)
{
	const int pair = 4 * (int)(cells.address + cells.size);
	int len;

	if (!fdt_getprop(dtb->blob, node, prop, &len))
		return vmsa_dtb_bad(dtb, node, prop, "is missing");
	if (!len || len % pair)
		return vmsa_dtb_bad(dtb, node, prop,
				    "%d bytes are not pairs of %" PRIu32
				    " address and %" PRIu32 " size cells",
				    len, cells.address, cells.size);
	return len / pair;
}

int vmsa_dtb_ranges(const struct vmsa_dtb *dtb, int node, const char *prop,
		    struct vmsa_dtb_cells cells, struct vmsa_range **out)
{
	int n = count_pairs(dtb, node, prop, cells), rc = 0;
	const fdt32_t *p = fdt_getprop(dtb->blob, node, prop, NULL);
	struct vmsa_range *ranges;

	if (n < 0)
		return n;
	ranges = calloc(n, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	for (int i = 0; i < n && !rc; i++) {
		ranges[i].start = cells_at(p, cells.address);
		p += cells.address;
		ranges[i].size = cells_at(p, cells.size);
		p += cells.size;
		rc = check_range(dtb, node, prop, ranges[i]);
	}
	if (rc) {
		free(ranges);
		return rc;
	}
	*out = ranges;
	return n;
}
