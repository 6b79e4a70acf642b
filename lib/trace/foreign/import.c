/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import.c - foreign files, one a stream, to a trace
 */
#include "vmsa/foreign.h"

#include <string.h>

#include "error.h"
#include "trace/foreign/readers.h"
#include "trace/machine.h"

/* A format: its name, its reader, and what its stamps count. */
static const struct {
	const char *name;
	int (*read)(struct vmsa_sink *k);
	const char *stamps;
} formats[VMSA_FOREIGN_NR_FORMATS] = {
	[VMSA_FOREIGN_CHAMPSIM] = { "champsim", vmsa_read_champsim,
				    "instructions" },
	[VMSA_FOREIGN_CLOUDSUITE] = { "cloudsuite", vmsa_read_champsim,
				      "instructions" },
	[VMSA_FOREIGN_LACKEY] = { "lackey", vmsa_read_lackey, "instructions" },
	[VMSA_FOREIGN_PERF] = { "perf", vmsa_read_perf, "samples" },
	[VMSA_FOREIGN_DRMEMTRACE] = { "drmemtrace", vmsa_read_drmemtrace,
				      "instructions" },
	[VMSA_FOREIGN_GEM5] = { "gem5", vmsa_read_gem5, "packets" },
};

/* What a replay needs and the lines may leave out: Linux's own 48 bits. */
static const char *const assumed[][2] = {
	{ "machine.page_size", "4096" },
	{ "machine.va_bits", "48" },
	{ "machine.linear_base", "0xffff000000000000" },
	{ "machine.phys_base", "0" },
};

#define NR_ASSUMED (sizeof(assumed) / sizeof(assumed[0]))

/* The files on their way into the writer. */
struct import {
	const struct vmsa_foreign_import *in;
	const char **line; /* key, value, ...: the caller's, then assumed */
	unsigned lines;    /* pairs */
	char names[128];   /* keys that were assumed */
	bool has_linear;   /* the caller gave machine.linear_base */
	struct vmsa_trace_machine machine;
	struct vmsa_trace_writer *writer;
	struct vmsa_foreign_import_result result;
	struct vmsa_error *err;
};

const char *vmsa_foreign_format_name(unsigned format)
{
	return format < VMSA_FOREIGN_NR_FORMATS ? formats[format].name
						: "unknown";
}

int vmsa_foreign_format_find(const char *name, enum vmsa_foreign_format *out)
{
	for (unsigned i = 0; i < VMSA_FOREIGN_NR_FORMATS; i++) {
		if (!strcmp(name, formats[i].name)) {
			*out = (enum vmsa_foreign_format)i;
			return 0;
		}
	}
	return -ENOENT;
}

static int fail(const struct import *im, int code, const char *text)
{
	return vmsa_error_at(im->err, NULL, NULL, 0, code, "%s", text);
}

/* What the lines do not say and must; the keys are remembered. */
static void assume(struct import *im)
{
	struct vmsa_lines given = { NULL, im->line, im->lines };

	im->has_linear = vmsa_lines_get(&given, "machine.linear_base");
	for (size_t i = 0; i < NR_ASSUMED; i++) {
		if (vmsa_lines_get(&given, assumed[i][0]))
			continue;
		im->line[2 * im->lines] = assumed[i][0];
		im->line[2 * im->lines++ + 1] = assumed[i][1];
		if (*im->names)
			strcat(im->names, " ");
		strcat(im->names, assumed[i][0] + strlen("machine."));
	}
}

/* All lines, and what they say of the address space. */
static int collect_lines(struct import *im)
{
	struct vmsa_lines lines = { "the lines", NULL, 0 };
	unsigned n = 0;

	while (im->in->lines && im->in->lines[2 * n] &&
	       im->in->lines[2 * n + 1])
		n++;
	im->line = calloc(2 * (n + NR_ASSUMED), sizeof(*im->line));
	if (!im->line)
		return fail(im, -ENOMEM, "not enough memory");
	for (unsigned i = 0; i < 2 * n; i++)
		im->line[i] = im->in->lines[i];
	im->lines = n;
	assume(im);
	lines.line = im->line;
	lines.count = im->lines;
	return vmsa_lines_machine(&lines, &im->machine, im->err);
}

static int set_line(struct import *im, const char *key, const char *value)
{
	const int ret = vmsa_trace_writer_set(im->writer, key, value);

	if (!ret)
		return 0;
	return vmsa_error_at(im->err, NULL, NULL, 0, ret,
			     "the header line %s cannot be stored", key);
}

/* The caller's lines come last: they may say it better. */
static int set_lines(struct import *im)
{
	const enum vmsa_foreign_format format = im->in->format;
	int ret = set_line(im, "capture.format", formats[format].name);

	if (!ret)
		ret = set_line(im, "capture.stamps", formats[format].stamps);
	if (!ret && *im->names)
		ret = set_line(im, "machine.assumed", im->names);
	for (unsigned i = 0; i < im->lines && !ret; i++)
		ret = set_line(im, im->line[2 * i], im->line[2 * i + 1]);
	return ret;
}

/* The end of a stream, wherever reading has stopped. */
static int end_stream(struct import *im, struct vmsa_sink *k)
{
	int ret = vmsa_sink_flush(k);

	k->totals.end_insn = k->insns;
	im->result.kept |= k->insns || k->totals.accesses;
	im->result.skipped += k->skipped;
	return ret ? ret
		   : vmsa_trace_writer_end(im->writer, k->cpu, &k->totals);
}

/* One file into its stream; what was good of it stays. */
static int import_file(struct import *im, unsigned cpu, struct vmsa_sink *k)
{
	int ret, end;

	memset(k, 0, sizeof(*k));
	k->in = im->in;
	k->machine = &im->machine;
	k->has_linear = im->has_linear || im->in->physical;
	k->writer = im->writer;
	k->cpu = cpu;
	k->err = im->err;
	vmsa_sink_init(k);
	ret = vmsa_source_open(&k->source, im->in->files[cpu], im->err);
	if (!ret)
		ret = formats[im->in->format].read(k);
	if (!ret || ret == -EBADMSG) {
		/* A failed write is worse than a damaged file. */
		end = end_stream(im, k);
		ret = end ? end : ret;
	}
	vmsa_source_close(&k->source);
	return ret;
}

static int import_all(struct import *im, const char *path)
{
	const struct vmsa_trace_config config = {
		.cpus = im->in->nr_files,
		.data_filter = im->in->data_filter,
		.fetch_filter = im->in->fetch_filter,
		.block_records = im->in->block_records,
		.level = im->in->level,
	};
	struct vmsa_sink *k = malloc(sizeof(*k));
	int ret, end = 0;

	if (!k)
		return fail(im, -ENOMEM, "not enough memory");
	ret = vmsa_trace_writer_create(path, &config, &im->writer, im->err);
	if (!ret)
		ret = set_lines(im);
	for (unsigned i = 0; i < config.cpus && !ret; i++)
		ret = import_file(im, i, k);
	im->result.kept = !ret || (ret == -EBADMSG && im->result.kept);
	if (im->result.kept)
		end = vmsa_trace_writer_finish(im->writer, im->err);
	im->result.kept &= !end;
	vmsa_trace_writer_destroy(im->writer);
	free(k);
	return end ? end : ret;
}

/* What the writer does not check itself. */
static int check(const struct import *im)
{
	const struct vmsa_foreign_import *in = im->in;

	if ((unsigned)in->format >= VMSA_FOREIGN_NR_FORMATS || !in->nr_files ||
	    in->nr_files > VMSA_TRACE_MAX_CPUS)
		return fail(im, -EINVAL,
			    "no such format, or no files, or too "
			    "many");
	if (in->physical && in->format != VMSA_FOREIGN_GEM5)
		return fail(im, -EINVAL,
			    "only gem5's packets can have "
			    "physical addresses");
	return 0;
}

int vmsa_foreign_import(const struct vmsa_foreign_import *in, const char *path,
			struct vmsa_foreign_import_result *result,
			struct vmsa_error *err)
{
	struct import im = { .in = in, .err = err };
	int ret = check(&im);

	if (!ret)
		ret = collect_lines(&im);
	if (!ret)
		ret = import_all(&im, path);
	free(im.line);
	if (result)
		*result = im.result;
	return ret;
}
