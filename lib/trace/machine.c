/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.c - the header's lines, as text and as numbers
 */
#include "trace/machine.h"

#include <string.h>

#include "error.h"
#include "trace/trace.h"

const char *vmsa_trace_line(const struct vmsa_trace *trace, unsigned index,
			    const char **value)
{
	if (index >= trace->lines)
		return NULL;
	*value = trace->line[2 * (size_t)index + 1];
	return trace->line[2 * (size_t)index];
}

const char *vmsa_trace_get(const struct vmsa_trace *trace, const char *key)
{
	const struct vmsa_lines lines = { trace->path, trace->line,
					  trace->lines };

	return vmsa_lines_get(&lines, key);
}

/* A number in C's notation, and where it ends. */
static bool get_number(const char **text, uint64_t *out)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*out = strtoull(*text, &end, 0);
	*text = end;
	return !errno;
}

/* "START-END", END being the first byte behind. */
static bool get_range(const char **text, struct vmsa_range *out)
{
	uint64_t start, end;

	if (!get_number(text, &start) || *(*text)++ != '-' ||
	    !get_number(text, &end) || end < start)
		return false;
	out->start = start;
	out->size = end - start;
	return true;
}

/* Ranges with commas between them. */
static bool get_banks(const char *text, struct vmsa_trace_machine *m)
{
	for (m->banks = 0; m->banks < VMSA_TRACE_MAX_BANKS; text++) {
		if (!get_range(&text, &m->ram[m->banks]))
			return false;
		m->banks++;
		if (*text != ',')
			return !*text;
	}
	return false;
}

/* A number and nothing behind it. */
static bool is_number(const char *text, uint64_t *out)
{
	return get_number(&text, out) && !*text;
}

/* A range and nothing behind it. */
static bool is_range(const char *text, struct vmsa_range *out)
{
	return get_range(&text, out) && !*text;
}

const char *vmsa_lines_get(const struct vmsa_lines *l, const char *key)
{
	for (unsigned i = l->count; i-- > 0;) {
		if (!strcmp(l->line[2 * (size_t)i], key))
			return l->line[2 * (size_t)i + 1];
	}
	return NULL;
}

static int bad_line(const struct vmsa_lines *l, const char *key, int code,
		    struct vmsa_error *err)
{
	return vmsa_error_at(err, l->file, NULL, 0, code,
			     code == -ENOENT ? "the header has no %s"
					     : "the header's %s is unreadable",
			     key);
}

/* Without these an address of the linear map has no place in RAM. */
static int read_numbers(const struct vmsa_lines *l,
			struct vmsa_trace_machine *m, struct vmsa_error *err)
{
	uint64_t va_bits = 0;
	const struct {
		const char *key;
		uint64_t *to;
	} rows[] = {
		{ "machine.page_size", &m->page_size },
		{ "machine.va_bits", &va_bits },
		{ "machine.linear_base", &m->linear_base },
		{ "machine.phys_base", &m->phys_base },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = vmsa_lines_get(l, rows[i].key);

		if (!text)
			return bad_line(l, rows[i].key, -ENOENT, err);
		if (!is_number(text, rows[i].to))
			return bad_line(l, rows[i].key, -EINVAL, err);
	}
	if (va_bits > 64)
		return bad_line(l, "machine.va_bits", -EINVAL, err);
	m->va_bits = (unsigned)va_bits;
	return 0;
}

/* These may be missing; if they are there they must be right. */
static int read_ranges(const struct vmsa_lines *l, struct vmsa_trace_machine *m,
		       struct vmsa_error *err)
{
	const struct {
		const char *key;
		struct vmsa_range *to;
	} rows[] = {
		{ "machine.image", &m->image },
		{ "machine.vmalloc", &m->vmalloc },
		{ "machine.vmemmap", &m->vmemmap },
	};
	const char *text = vmsa_lines_get(l, "machine.ram");

	if (text && !get_banks(text, m))
		return bad_line(l, "machine.ram", -EINVAL, err);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text = vmsa_lines_get(l, rows[i].key);
		if (text && !is_range(text, rows[i].to))
			return bad_line(l, rows[i].key, -EINVAL, err);
	}
	return 0;
}

int vmsa_lines_machine(const struct vmsa_lines *lines,
		       struct vmsa_trace_machine *out, struct vmsa_error *err)
{
	struct vmsa_trace_machine m = { 0 };
	int ret = read_numbers(lines, &m, err);

	if (!ret)
		ret = read_ranges(lines, &m, err);
	if (!ret)
		*out = m;
	return ret;
}

int vmsa_trace_machine(const struct vmsa_trace *trace,
		       struct vmsa_trace_machine *out, struct vmsa_error *err)
{
	const struct vmsa_lines lines = { trace->path, trace->line,
					  trace->lines };

	return vmsa_lines_machine(&lines, out, err);
}
