/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import.c - a pgtrace capture becomes a trace
 *
 *	E  \
 *	P   > merged by stamp -> filter, if D and I are rows -> writer
 *	I  /
 *	D /
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "trace/filter.h"
#include "trace/pgtrace.h"

#define BATCH 4096

/* Filters for captures that come as rows: as the PGT3 packer was called. */
#define DATA_FILTER  8
#define FETCH_FILTER 4

/* The longest key of the header that is made here. */
#define KEY_MAX 64

/* What PREFIX.meta says of one CPU; a number it does not name stays 0. */
struct meta {
	uint64_t insns, insns_el1, accesses, dc_zva;
	uint64_t records[VMSA_PGTRACE_STREAMS]; /* as rows */
	char stop[128], seconds[128];
};

/* One CPU's streams while they are merged. */
struct merge {
	struct vmsa_pgtrace stream[VMSA_PGTRACE_STREAMS];
	struct vmsa_trace_record head[VMSA_PGTRACE_STREAMS]; /* next of each */
	bool live[VMSA_PGTRACE_STREAMS]; /* head is filled */
	bool rows[VMSA_PGTRACE_STREAMS]; /* to be filtered here */
	struct vmsa_lru lru[VMSA_PGTRACE_STREAMS];
	struct vmsa_trace_record batch[BATCH];
};

struct import {
	const char *prefix;
	struct meta *meta; /* one a CPU */
	unsigned cpus;
	struct vmsa_trace_writer *writer;
	unsigned filter[VMSA_PGTRACE_STREAMS]; /* of I and D */
	struct vmsa_error *err;
};

/* PREFIX and a suffix.  NULL if there is no memory. */
static char *name_file(const struct import *in, const char *suffix)
{
	const size_t size = strlen(in->prefix) + strlen(suffix) + 1;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s%s", in->prefix, suffix);
	return path;
}

static int no_memory(const struct import *in)
{
	return vmsa_error_at(in->err, in->prefix, NULL, 0, -ENOMEM,
			     "not enough memory");
}

/* Take over one "key value" line.  False if it makes no sense. */
static bool meta_number(struct meta *m, const char *key, const char *value)
{
	const struct {
		const char *key;
		uint64_t *to;
	} rows[] = {
		{ "insns", &m->insns },
		{ "insns_el1", &m->insns_el1 },
		{ "accesses", &m->accesses },
		{ "dc_zva", &m->dc_zva },
		{ "E_records", &m->records[VMSA_PGTRACE_EVENTS] },
		{ "P_records", &m->records[VMSA_PGTRACE_FRAMES] },
		{ "I_records", &m->records[VMSA_PGTRACE_FETCH] },
		{ "D_records", &m->records[VMSA_PGTRACE_DATA] },
	};
	char *end;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(key, rows[i].key) != 0)
			continue;
		errno = 0;
		*rows[i].to = strtoull(value, &end, 10);
		return end != value && !*end && !errno;
	}
	return true;
}

/* "cpu N" starts the lines of the next CPU. */
static int meta_cpu(struct import *in, const char *value)
{
	struct meta *more;

	if (strtoull(value, NULL, 10) != in->cpus ||
	    in->cpus == VMSA_TRACE_MAX_CPUS)
		return -EBADMSG;
	more = realloc(in->meta, (in->cpus + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	in->meta = more;
	memset(&more[in->cpus++], 0, sizeof(*more));
	return 0;
}

/* "format" comes first, then CPU by CPU; unknown keys are skipped. */
static int meta_line(struct import *in, const char *key, const char *value)
{
	struct meta *m = in->cpus ? &in->meta[in->cpus - 1] : NULL;

	if (!strcmp(key, "format"))
		return strcmp(value, "pgtrace-1") ? -EBADMSG : 0;
	if (!strcmp(key, "cpu"))
		return meta_cpu(in, value);
	if (!m)
		return -EBADMSG;
	if (!strcmp(key, "stop"))
		snprintf(m->stop, sizeof(m->stop), "%s", value);
	else if (!strcmp(key, "seconds"))
		snprintf(m->seconds, sizeof(m->seconds), "%s", value);
	else if (!meta_number(m, key, value))
		return -EBADMSG;
	return 0;
}

/* The whole meta file; it must speak of one CPU at least. */
static int read_lines(struct import *in, const char *path, FILE *file)
{
	char line[256], key[32], value[128];
	uint64_t number = 0;
	int ret = 0;

	while (!ret && fgets(line, sizeof(line), file)) {
		number++;
		if (sscanf(line, "%31s %127s", key, value) != 2)
			ret = -EBADMSG;
		else
			ret = meta_line(in, key, value);
	}
	if (!ret && !in->cpus)
		ret = -EBADMSG;
	if (ret == -EBADMSG)
		return vmsa_error_at(in->err, path, "line", number, ret,
				     "this is not what pgtrace-1 tells of a "
				     "capture");
	return ret ? no_memory(in) : 0;
}

static int read_meta(struct import *in)
{
	char *path = name_file(in, ".meta");
	FILE *file;
	int ret;

	if (!path)
		return no_memory(in);
	file = fopen(path, "re");
	if (!file) {
		ret = vmsa_error_at(in->err, path, NULL, 0, -errno,
				    "cannot be opened: %s", strerror(errno));
	} else {
		ret = read_lines(in, path, file);
		fclose(file);
	}
	free(path);
	return ret;
}

/* Packed or not, compressed or not: the first that exists. */
static int open_stream(struct import *in, struct vmsa_pgtrace *p, unsigned cpu,
		       enum vmsa_pgtrace_stream stream)
{
	static const char letters[] = "EPID";
	static const char *const endings[] = { ".pgt.zst", ".zst", ".pgt", "" };
	char suffix[64];
	int ret = -ENOENT;

	for (size_t i = 0; i < 4 && ret == -ENOENT; i++) {
		char *path;

		snprintf(suffix, sizeof(suffix), ".cpu%u.%c%s", cpu,
			 letters[stream], endings[i]);
		path = name_file(in, suffix);
		if (!path)
			return no_memory(in);
		vmsa_pgtrace_close(p);
		memset(p, 0, sizeof(*p));
		ret = vmsa_pgtrace_open(p, path, stream, in->err);
		if (!ret && !p->filter && !strncmp(endings[i], ".pgt", 4))
			ret = vmsa_error_at(in->err, path, "byte", 0, -EBADMSG,
					    "this is not PGT3");
		free(path);
	}
	return ret;
}

static void close_streams(struct merge *m)
{
	for (unsigned i = 0; i < VMSA_PGTRACE_STREAMS; i++)
		vmsa_pgtrace_close(&m->stream[i]);
}

/* Get the next record of one stream. */
static int advance(struct import *in, struct merge *m, unsigned stream)
{
	const int ret = vmsa_pgtrace_next(&m->stream[stream], &m->head[stream],
					  in->err);

	m->live[stream] = ret > 0;
	return ret < 0 ? ret : 0;
}

/* Open all four and have the first record of each. */
static int open_streams(struct import *in, struct merge *m, unsigned cpu)
{
	memset(m, 0, sizeof(*m));
	for (unsigned i = 0; i < VMSA_PGTRACE_STREAMS; i++) {
		struct vmsa_pgtrace *p = &m->stream[i];
		int ret = open_stream(in, p, cpu, (enum vmsa_pgtrace_stream)i);

		if (ret)
			return ret;
		m->rows[i] = i >= VMSA_PGTRACE_FETCH && !p->filter;
		if (m->rows[i])
			vmsa_lru_init(&m->lru[i], in->filter[i]);
		else if (p->filter != in->filter[i])
			return vmsa_error_at(in->err, p->source.path, "byte", 4,
					     -EBADMSG,
					     "the filter differs from that of "
					     "the first CPU");
		ret = advance(in, m, i);
		if (ret)
			return ret;
	}
	return 0;
}

/* The stream whose head comes first; VMSA_PGTRACE_STREAMS at the end. */
static unsigned earliest(const struct merge *m)
{
	unsigned best = VMSA_PGTRACE_STREAMS;

	for (unsigned i = 0; i < VMSA_PGTRACE_STREAMS; i++) {
		if (m->live[i] && (best == VMSA_PGTRACE_STREAMS ||
				   m->head[i].insn < m->head[best].insn))
			best = i;
	}
	return best;
}

/* Is the head of @stream kept?  A TLBI empties the filters. */
static bool pass(struct merge *m, unsigned stream)
{
	struct vmsa_trace_record *r = &m->head[stream];

	if (r->kind == VMSA_TRACE_TLBI) {
		vmsa_lru_empty(&m->lru[VMSA_PGTRACE_FETCH]);
		vmsa_lru_empty(&m->lru[VMSA_PGTRACE_DATA]);
	}
	return !m->rows[stream] || vmsa_lru_pass(&m->lru[stream], r);
}

/* Write the records of all streams in their order, batch by batch. */
static int merge_records(struct import *in, struct merge *m, unsigned cpu)
{
	size_t n = 0;
	int ret = 0;

	for (unsigned i = earliest(m); i < VMSA_PGTRACE_STREAMS && !ret;
	     i = earliest(m)) {
		if (pass(m, i))
			m->batch[n++] = m->head[i];
		ret = advance(in, m, i);
		if (ret || n < BATCH)
			continue;
		ret = vmsa_trace_writer_add(in->writer, cpu, m->batch, n,
					    in->err);
		n = 0;
	}
	return ret ? ret
		   : vmsa_trace_writer_add(in->writer, cpu, m->batch, n,
					   in->err);
}

/* Rows that lost their end are fewer than the plugin counted. */
static int check_count(const struct import *in, const struct vmsa_pgtrace *p,
		       uint64_t told)
{
	if (p->filter || p->records == told)
		return 0;
	return vmsa_error_at(in->err, p->source.path, "byte",
			     vmsa_source_tell(&p->source), -EBADMSG,
			     "has %" PRIu64 " records, the meta file tells "
			     "of %" PRIu64,
			     p->records, told);
}

/* One CPU, from its files to its stream. */
static int import_cpu(struct import *in, struct merge *m, unsigned cpu)
{
	const struct meta *meta = &in->meta[cpu];
	const struct vmsa_trace_totals totals = {
		.end_insn = meta->insns,
		.accesses = meta->accesses,
		.moves = meta->records[VMSA_PGTRACE_FETCH],
	};
	int ret = open_streams(in, m, cpu);

	if (!ret)
		ret = merge_records(in, m, cpu);
	for (unsigned i = 0; i < VMSA_PGTRACE_STREAMS && !ret; i++)
		ret = check_count(in, &m->stream[i], meta->records[i]);
	if (!ret)
		ret = vmsa_trace_writer_end(in->writer, cpu, &totals);
	close_streams(m);
	return ret;
}

static int set_line(struct import *in, const char *key, const char *value)
{
	const int ret = vmsa_trace_writer_set(in->writer, key, value);

	if (!ret)
		return 0;
	return vmsa_error_at(in->err, in->prefix, NULL, 0, ret,
			     "the header line %s cannot be stored", key);
}

static int set_cpu_line(struct import *in, unsigned cpu, const char *name,
			const char *value)
{
	char key[KEY_MAX];

	snprintf(key, sizeof(key), "capture.cpu%u.%s", cpu, name);
	return *value ? set_line(in, key, value) : 0;
}

static int set_cpu_number(struct import *in, unsigned cpu, const char *name,
			  uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return set_cpu_line(in, cpu, name, text);
}

/* What the meta file knows and the records do not say. */
static int set_lines(struct import *in, const char *const *lines)
{
	int ret = set_line(in, "capture.format", "pgtrace-1");

	for (unsigned i = 0; i < in->cpus && !ret; i++) {
		const struct meta *m = &in->meta[i];

		ret = set_cpu_line(in, i, "stop", m->stop);
		if (!ret)
			ret = set_cpu_line(in, i, "seconds", m->seconds);
		if (!ret)
			ret = set_cpu_number(in, i, "insns_el1", m->insns_el1);
		if (!ret)
			ret = set_cpu_number(in, i, "dc_zva", m->dc_zva);
	}
	for (; lines && lines[0] && lines[1] && !ret; lines += 2)
		ret = set_line(in, lines[0], lines[1]);
	return ret;
}

/* The filters are the file's: all CPUs have those of the first. */
static int find_filters(struct import *in)
{
	in->filter[VMSA_PGTRACE_FETCH] = FETCH_FILTER;
	in->filter[VMSA_PGTRACE_DATA] = DATA_FILTER;
	for (unsigned i = VMSA_PGTRACE_FETCH; i < VMSA_PGTRACE_STREAMS; i++) {
		struct vmsa_pgtrace p = { 0 };
		const int ret =
			open_stream(in, &p, 0, (enum vmsa_pgtrace_stream)i);

		if (!ret && p.filter)
			in->filter[i] = p.filter;
		vmsa_pgtrace_close(&p);
		if (ret)
			return ret;
	}
	return 0;
}

static int import_all(struct import *in, const char *path,
		      const struct vmsa_trace_import *options)
{
	struct vmsa_trace_config config = {
		.cpus = in->cpus,
		.data_filter = in->filter[VMSA_PGTRACE_DATA],
		.fetch_filter = in->filter[VMSA_PGTRACE_FETCH],
		.block_records = options->block_records,
		.level = options->level,
	};
	struct merge *m = malloc(sizeof(*m));
	int ret;

	if (!m)
		return no_memory(in);
	ret = vmsa_trace_writer_create(path, &config, &in->writer, in->err);
	if (!ret)
		ret = set_lines(in, options->lines);
	for (unsigned i = 0; i < in->cpus && !ret; i++)
		ret = import_cpu(in, m, i);
	if (!ret)
		ret = vmsa_trace_writer_finish(in->writer, in->err);
	vmsa_trace_writer_destroy(in->writer);
	free(m);
	return ret;
}

int vmsa_trace_import_pgtrace(const char *prefix, const char *path,
			      const struct vmsa_trace_import *options,
			      struct vmsa_error *err)
{
	static const struct vmsa_trace_import defaults =
		VMSA_TRACE_IMPORT_DEFAULT;
	struct import in = { .prefix = prefix, .err = err };
	int ret = read_meta(&in);

	if (!ret)
		ret = find_filters(&in);
	if (!ret)
		ret = import_all(&in, path, options ? options : &defaults);
	free(in.meta);
	return ret;
}
