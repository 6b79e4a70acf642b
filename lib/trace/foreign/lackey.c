/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lackey.c - read what valgrind --tool=lackey --trace-mem=yes prints
 *
 *	I  04001000,3     an instruction: address, bytes
 *	 L 1ffeffe7e,8    it loads
 *	 S 1ffeffe7e,8    it stores
 *	 M 0421c7cc,4     it loads and stores
 *	==1234== ...      valgrind itself
 *
 * Source   valgrind manual, chapter 15, "Lackey"; output of valgrind 3.19
 */
#include "trace/foreign/readers.h"
#include "trace/foreign/text.h"

/* What a line's first three characters say. */
static char kind_of(const struct vmsa_piece *line)
{
	static const char *const starts[] = { "I  ", " L ", " S ", " M " };

	for (unsigned i = 0; i < 4; i++) {
		if (vmsa_piece_starts(line, starts[i]))
			return "ILSM"[i];
	}
	return 0;
}

static int take(struct vmsa_sink *k, char kind, vmsa_va va, uint64_t size)
{
	int ret;

	switch (kind) {
	case 'I':
		vmsa_sink_begin(k, va);
		return vmsa_sink_fetch(k, va, size);
	case 'M':
		/* The load second: the store's record then stands for both. */
		ret = vmsa_sink_data(k, va, size, true);
		return ret ? ret : vmsa_sink_data(k, va, size, false);
	default:
		return vmsa_sink_data(k, va, size, kind == 'S');
	}
}

/* Valgrind speaks behind two equal signs, or dashes when it warns. */
static int read_line(struct vmsa_sink *k, struct vmsa_piece *line)
{
	const char kind = kind_of(line);
	uint64_t va, size;

	if (line->at == line->end || vmsa_piece_starts(line, "==") ||
	    vmsa_piece_starts(line, "--"))
		return 0;
	line->at += kind ? 3 : 0;
	if (!kind || !vmsa_piece_number(line, 16, &va) ||
	    !vmsa_piece_starts(line, ","))
		return vmsa_sink_bad_line(k, "this is no line of lackey");
	line->at++;
	if (!vmsa_piece_number(line, 10, &size) || line->at != line->end)
		return vmsa_sink_bad_line(k, "this is no line of lackey");
	if (!size || size > VMSA_SINK_MAX_BYTES)
		return vmsa_sink_bad_line(k, "no access has so many bytes");
	return take(k, kind, va, size);
}

int vmsa_read_lackey(struct vmsa_sink *k)
{
	struct vmsa_piece line;
	int ret;

	do {
		ret = vmsa_sink_line(k, &line);
		if (ret > 0)
			ret = read_line(k, &line) ?: 1;
	} while (ret > 0);
	return ret;
}
