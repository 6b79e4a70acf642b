/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer.c - write a trace: header, blocks as they fill, index, name
 *
 *	add -> check -> encoder of the CPU -> (full) -> block -> file
 *	                     ^ preamble from the state so far
 *
 * Blocks of several CPUs lie in the file in the order in which they fill.
 * What a file could not give back is refused, so that reading what was written
 * is the identity.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "trace/block.h"
#include "trace/crc32c.h"
#include "trace/state.h"

/* Names tried for the unfinished file before giving up. */
#define PART_NAMES 100

/* One CPU's stream while it is written. */
struct out {
	bool started; /* the encoder has its memory and an open block */
	struct vmsa_block_encoder encoder;
	struct vmsa_trace_state state;
	struct vmsa_trace_totals totals; /* from the records */
	struct vmsa_trace_totals ends;   /* from vmsa_trace_writer_end() */
	uint64_t last_insn;
};

struct vmsa_trace_writer {
	struct vmsa_trace_config config;
	FILE *file;
	char *path, *part; /* final and present name */
	struct buffer text;
	bool header_written;
	uint64_t offset;    /* bytes written so far */
	struct buffer refs; /* the index's entries */
	uint64_t blocks;
	struct buffer packed;
	ZSTD_CCtx *zstd;
	struct out *out; /* config.cpus */
};

static int no_memory(const struct vmsa_trace_writer *w, struct vmsa_error *err)
{
	return vmsa_error_at(err, w->path, NULL, 0, -ENOMEM,
			     "not enough memory");
}

/* Limits of the format, see format.h. */
static bool config_ok(const struct vmsa_trace_config *c)
{
	return c->cpus >= 1 && c->cpus <= VMSA_TRACE_MAX_CPUS &&
	       c->data_filter <= VMSA_TRACE_MAX_FILTER &&
	       c->fetch_filter <= VMSA_TRACE_MAX_FILTER &&
	       c->block_records >= 1 &&
	       c->block_records <= VMSA_BLOCK_RECORDS && c->level >= 1 &&
	       c->level <= 22;
}

/* A file beside the final one, so that rename() cannot leave the disk. */
static int open_part(struct vmsa_trace_writer *w, struct vmsa_error *err)
{
	const size_t room = strlen(w->path) + sizeof(".part99");
	int fd = -1;

	w->part = malloc(room);
	if (!w->part)
		return no_memory(w, err);
	for (int i = 0; i < PART_NAMES && fd < 0; i++) {
		snprintf(w->part, room, "%s.part%d", w->path, i);
		fd = open(w->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			  0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd >= 0)
		w->file = fdopen(fd, "wb");
	if (w->file)
		return 0;
	fd = -errno;
	free(w->part);
	w->part = NULL;
	return vmsa_error_at(err, w->path, NULL, 0, fd, "cannot be created: %s",
			     strerror(-fd));
}

static int create(struct vmsa_trace_writer *w, const char *path,
		  struct vmsa_error *err)
{
	w->path = strdup(path);
	w->zstd = ZSTD_createCCtx();
	w->out = calloc(w->config.cpus, sizeof(*w->out));
	if (!w->path || !w->zstd || !w->out)
		return no_memory(w, err);
	for (unsigned i = 0; i < w->config.cpus; i++)
		vmsa_trace_state_init(&w->out[i].state, w->config.data_filter,
				      w->config.fetch_filter);
	return open_part(w, err);
}

int vmsa_trace_writer_create(const char *path,
			     const struct vmsa_trace_config *config,
			     struct vmsa_trace_writer **out,
			     struct vmsa_error *err)
{
	struct vmsa_trace_writer *w;
	int ret;

	if (!config_ok(config))
		return vmsa_error_at(err, path, NULL, 0, -EINVAL,
				     "a number of CPUs, filter entries or "
				     "records is out of range");
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->config = *config;
	ret = create(w, path, err);
	if (ret) {
		vmsa_trace_writer_destroy(w);
		return ret;
	}
	*out = w;
	return 0;
}

void vmsa_trace_writer_destroy(struct vmsa_trace_writer *writer)
{
	if (!writer)
		return;
	if (writer->file)
		fclose(writer->file);
	if (writer->part)
		unlink(writer->part);
	for (unsigned i = 0; writer->out && i < writer->config.cpus; i++)
		vmsa_encoder_free(&writer->out[i].encoder);
	ZSTD_freeCCtx(writer->zstd);
	buffer_free(&writer->text);
	buffer_free(&writer->refs);
	buffer_free(&writer->packed);
	free(writer->out);
	free(writer->part);
	free(writer->path);
	free(writer);
}

/* A key can be found again: no '=', no blank, not empty. */
static bool key_ok(const char *key)
{
	const size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._-");

	return n && !key[n];
}

/* Take the line of @key out, if there is one. */
static void remove_line(struct buffer *text, const char *key)
{
	const size_t n = strlen(key);
	char *p = (char *)text->data, *end = p + text->size;

	while (p < end) {
		char *next = (char *)memchr(p, '\n', (size_t)(end - p)) + 1;

		if (!strncmp(p, key, n) && p[n] == '=') {
			memmove(p, next, (size_t)(end - next));
			text->size -= (size_t)(next - p);
			return;
		}
		p = next;
	}
}

int vmsa_trace_writer_set(struct vmsa_trace_writer *writer, const char *key,
			  const char *value)
{
	struct buffer *text = &writer->text;
	const size_t size = strlen(key) + strlen(value) + 2;

	if (writer->header_written)
		return -EBUSY;
	if (!key_ok(key) || strpbrk(value, "\r\n"))
		return -EINVAL;
	if (text->size + size > VMSA_TRACE_TEXT_MAX)
		return -ENOSPC;
	remove_line(text, key);
	/* sprintf() ends with a NUL, which the next line overwrites. */
	if (buffer_reserve(text, size + 1))
		return -ENOMEM;
	snprintf((char *)text->data + text->size, size + 1, "%s=%s\n", key,
		 value);
	text->size += size;
	return 0;
}

/* Append to the file; errors name the file that is being written. */
static int put(struct vmsa_trace_writer *w, const void *data, size_t size,
	       struct vmsa_error *err)
{
	if (size && fwrite(data, 1, size, w->file) != size)
		return vmsa_error_at(err, w->part, "byte", w->offset, -errno,
				     "cannot be written: %s", strerror(errno));
	w->offset += size;
	return 0;
}

/* As late as possible: lines may be set until the first record. */
static int put_header(struct vmsa_trace_writer *w, struct vmsa_error *err)
{
	uint8_t h[VMSA_TRACE_HEADER_BYTES] = VMSA_TRACE_MAGIC;
	uint32_t crc;
	int ret;

	put_le(h + 8, VMSA_TRACE_VERSION, 4);
	put_le(h + 12, w->text.size, 4);
	put_le(h + 16, w->config.cpus, 4);
	put_le(h + 20, w->config.data_filter, 2);
	put_le(h + 22, w->config.fetch_filter, 2);
	crc = vmsa_crc32c(0, h, 28);
	put_le(h + 28, vmsa_crc32c(crc, w->text.data, w->text.size), 4);
	w->header_written = true;
	ret = put(w, h, sizeof(h), err);
	return ret ? ret : put(w, w->text.data, w->text.size, err);
}

/* The index gets an entry for the block about to be written. */
static int note_block(struct vmsa_trace_writer *w,
		      const struct vmsa_block_header *h)
{
	uint8_t *p;

	if (buffer_reserve(&w->refs, VMSA_INDEX_BLOCK_BYTES))
		return -ENOMEM;
	p = w->refs.data + w->refs.size;
	put_le(p, w->offset, 8);
	put_le(p + 8, h->first_insn, 8);
	put_le(p + 16, h->last_insn, 8);
	put_le(p + 24, h->cpu, 4);
	put_le(p + 28, h->rows - h->preamble, 4);
	w->refs.size += VMSA_INDEX_BLOCK_BYTES;
	w->blocks++;
	return 0;
}

/* Write the open block of @o. */
static int put_block(struct vmsa_trace_writer *w, struct out *o,
		     struct vmsa_error *err)
{
	if (vmsa_encoder_pack(&o->encoder, w->zstd, w->config.level,
			      &w->packed) ||
	    note_block(w, &o->encoder.header))
		return no_memory(w, err);
	o->totals.blocks++;
	return put(w, w->packed.data, w->packed.size, err);
}

/* Open a block, with the state a reader needs who starts there. */
static int begin_block(struct out *o, unsigned cpu, uint64_t insn)
{
	struct vmsa_trace_record state[VMSA_BLOCK_PREAMBLE];
	const unsigned n = vmsa_trace_state_records(&o->state, insn, state);

	vmsa_encoder_begin(&o->encoder, insn);
	for (unsigned i = 0; i < n; i++) {
		if (vmsa_encoder_add(&o->encoder, &state[i]) < 0)
			return -ENOMEM;
	}
	o->encoder.header.preamble = n;
	o->encoder.header.cpu = cpu;
	o->encoder.header.number = (uint32_t)o->totals.blocks;
	return 0;
}

/* The first record of a stream: memory for its blocks, and the first. */
static int start(struct vmsa_trace_writer *w, unsigned cpu, uint64_t insn,
		 struct vmsa_error *err)
{
	struct out *o = &w->out[cpu];
	int ret = w->header_written ? 0 : put_header(w, err);

	if (ret)
		return ret;
	if (vmsa_encoder_init(&o->encoder, w->config.block_records) ||
	    begin_block(o, cpu, insn))
		return no_memory(w, err);
	o->started = true;
	o->totals.first_insn = insn;
	return 0;
}

/* What has been added; state records are followed and not counted. */
static void count(struct out *o, const struct vmsa_trace_record *r)
{
	struct vmsa_trace_totals *t = &o->totals;

	o->last_insn = t->end_insn = r->insn;
	vmsa_trace_state_update(&o->state, r);
	if (r->state)
		return;
	t->records++;
	t->by_kind[r->kind]++;
	if (r->kind == VMSA_TRACE_DATA)
		t->accesses += 1 + (uint64_t)r->accesses;
	else if (r->kind == VMSA_TRACE_FETCH)
		t->moves += 1 + (uint64_t)r->accesses;
}

/* What a record has wrong, NULL if nothing: the file keeps all it has. */
static const char *find_fault(const struct out *o,
			      const struct vmsa_trace_record *r)
{
	if (r->kind >= VMSA_TRACE_NR_KINDS ||
	    r->region >= VMSA_TRACE_NR_REGIONS)
		return "there is no such kind or region";
	if (o->started && r->insn < o->last_insn)
		return "its stamp is before the last one's";
	if (!vmsa_trace_victim_ok(&o->state, r))
		return "its victim does not fit the filter";
	if (vmsa_trace_has_page(r->kind)
		    ? r->page >> 52 &&
			      !(r->state && r->page == VMSA_TRACE_NO_PAGE)
		    : r->page != 0)
		return "its page is not a page";
	if (vmsa_trace_is_event(r->kind) ? r->accesses != 0 : r->a || r->b)
		return "it has numbers its kind does not have";
	return NULL;
}

/* Encode a record, in a new block if it does not fit the open one. */
static int add_record(struct vmsa_trace_writer *w, unsigned cpu,
		      const struct vmsa_trace_record *r, struct vmsa_error *err)
{
	struct out *o = &w->out[cpu];
	const struct vmsa_block_header *h = &o->encoder.header;
	int ret = o->started ? 0 : start(w, cpu, r->insn, err);

	if (ret)
		return ret;
	ret = h->rows - h->preamble < w->config.block_records
		      ? vmsa_encoder_add(&o->encoder, r)
		      : 0;
	if (!ret) {
		ret = put_block(w, o, err);
		if (ret)
			return ret;
		if (begin_block(o, cpu, r->insn))
			return no_memory(w, err);
		ret = vmsa_encoder_add(&o->encoder, r);
	}
	if (ret < 0)
		return no_memory(w, err);
	count(o, r);
	return 0;
}

int vmsa_trace_writer_add(struct vmsa_trace_writer *writer, unsigned cpu,
			  const struct vmsa_trace_record *records, size_t n,
			  struct vmsa_error *err)
{
	if (cpu >= writer->config.cpus)
		return vmsa_error_at(err, writer->path, NULL, 0, -EINVAL,
				     "there is no stream for CPU %u", cpu);
	for (size_t i = 0; i < n; i++) {
		const struct out *o = &writer->out[cpu];
		const char *fault = find_fault(o, &records[i]);
		int ret;

		if (fault)
			return vmsa_error_at(
				err, writer->path, NULL, 0, -EINVAL,
				"record %llu of CPU %u cannot be written: %s",
				(unsigned long long)o->totals.records, cpu,
				fault);
		ret = add_record(writer, cpu, &records[i], err);
		if (ret)
			return ret;
	}
	return 0;
}

int vmsa_trace_writer_end(struct vmsa_trace_writer *writer, unsigned cpu,
			  const struct vmsa_trace_totals *totals)
{
	if (cpu >= writer->config.cpus)
		return -ERANGE;
	if (totals->end_insn < totals->first_insn)
		return -EINVAL;
	writer->out[cpu].ends = *totals;
	return 0;
}

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What the records say, widened by what the caller knew besides. */
static void final_totals(const struct out *o, struct vmsa_trace_totals *out)
{
	*out = o->totals;
	if (o->ends.end_insn) {
		if (!o->started || o->ends.first_insn < out->first_insn)
			out->first_insn = o->ends.first_insn;
		out->end_insn = max_of(out->end_insn, o->ends.end_insn);
	}
	out->accesses = max_of(out->accesses, o->ends.accesses);
	out->moves = max_of(out->moves, o->ends.moves);
}

static void put_totals(uint8_t *p, const struct vmsa_trace_totals *t)
{
	put_le(p, t->first_insn, 8);
	put_le(p + 8, t->end_insn, 8);
	put_le(p + 16, t->records, 8);
	put_le(p + 24, t->accesses, 8);
	put_le(p + 32, t->moves, 8);
	put_le(p + 40, t->blocks, 8);
	for (unsigned i = 0; i < VMSA_TRACE_NR_KINDS; i++)
		put_le(p + 48 + 8 * (size_t)i, t->by_kind[i], 8);
}

/* Totals and entries in one piece, then the footer that leads to them. */
static int put_index(struct vmsa_trace_writer *w, struct vmsa_error *err)
{
	const size_t head =
		VMSA_INDEX_BYTES + (size_t)w->config.cpus * VMSA_INDEX_TOTALS;
	const size_t size = head + w->refs.size + 4;
	const size_t whole = size + VMSA_FOOTER_BYTES;
	uint8_t *index = calloc(1, whole), *foot;
	struct vmsa_trace_totals t;
	int ret;

	if (!index)
		return no_memory(w, err);
	memcpy(index, VMSA_INDEX_MAGIC, 4);
	put_le(index + 4, w->config.cpus, 4);
	put_le(index + 8, w->blocks, 8);
	for (unsigned i = 0; i < w->config.cpus; i++) {
		final_totals(&w->out[i], &t);
		put_totals(index + VMSA_INDEX_BYTES + i * VMSA_INDEX_TOTALS,
			   &t);
	}
	if (w->refs.size)
		memcpy(index + head, w->refs.data, w->refs.size);
	put_le(index + size - 4, vmsa_crc32c(0, index, size - 4), 4);
	foot = index + size;
	put_le(foot, w->offset, 8);
	put_le(foot + 8, size, 8);
	memcpy(foot + 16, VMSA_FOOTER_MAGIC, 4);
	put_le(foot + 20, vmsa_crc32c(0, foot, 20), 4);
	ret = put(w, index, whole, err);
	free(index);
	return ret;
}

/* On disk first, then under its name: a crash leaves the old file. */
static int give_name(struct vmsa_trace_writer *w, struct vmsa_error *err)
{
	int failed = fflush(w->file) || fsync(fileno(w->file));

	failed |= fclose(w->file);
	w->file = NULL;
	if (failed || rename(w->part, w->path))
		return vmsa_error_at(err, w->path, NULL, 0, -errno,
				     "cannot be finished: %s", strerror(errno));
	free(w->part);
	w->part = NULL;
	return 0;
}

int vmsa_trace_writer_finish(struct vmsa_trace_writer *writer,
			     struct vmsa_error *err)
{
	int ret = writer->header_written ? 0 : put_header(writer, err);

	for (unsigned i = 0; i < writer->config.cpus && !ret; i++) {
		if (writer->out[i].started)
			ret = put_block(writer, &writer->out[i], err);
	}
	if (!ret)
		ret = put_index(writer, err);
	return ret ? ret : give_name(writer, err);
}
