/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream.c - read one CPU's stream: block by block, or from the middle
 *
 * Each stream has its own buffers and reads with pread(), so that streams of
 * one trace may be read by different threads.  A failure sticks: the records
 * before it have been delivered, and none behind it will be unless the caller
 * seeks, which is to say so.
 */
#include "trace/trace.h"

#include <string.h>

#include "error.h"
#include "trace/block.h"
#include "trace/crc32c.h"
#include "trace/state.h"

/* Records decoded at once on the way to where a seek leads. */
#define SEEK_BATCH 256

struct vmsa_trace_stream {
	struct vmsa_trace *trace;
	const struct vmsa_block_list *list; /* of this CPU */
	unsigned cpu;
	size_t next; /* block to load when the decoder is empty */
	struct vmsa_block_decoder decoder;
	ZSTD_DCtx *zstd;
	struct buffer packed;
	/* A seek leaves state records and the rest of its batch here. */
	struct vmsa_trace_record queue[VMSA_BLOCK_PREAMBLE + SEEK_BATCH];
	size_t queued, taken;
	int failed; /* sticky, with @failure */
	struct vmsa_error failure;
};

int vmsa_trace_stream_create(struct vmsa_trace *trace, unsigned cpu,
			     struct vmsa_trace_stream **out)
{
	struct vmsa_trace_stream *s;

	if (cpu >= trace->cpus)
		return -ERANGE;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->trace = trace;
	s->cpu = cpu;
	s->list = &trace->list[cpu];
	s->decoder.data_filter = trace->data_filter;
	s->decoder.fetch_filter = trace->fetch_filter;
	s->zstd = ZSTD_createDCtx();
	if (!s->zstd) {
		free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void vmsa_trace_stream_destroy(struct vmsa_trace_stream *stream)
{
	if (!stream)
		return;
	vmsa_decoder_free(&stream->decoder);
	buffer_free(&stream->packed);
	ZSTD_freeDCtx(stream->zstd);
	free(stream);
}

/* Keep a failure: every read gives it until a seek. */
static int fail(struct vmsa_trace_stream *s, int code, const char *fault)
{
	uint64_t offset = s->trace->size;

	if (s->next && s->next <= s->list->count)
		offset = s->list->block[s->next - 1].offset;
	s->decoder.left = 0;
	s->failed = code;
	if (code == -ENOMEM)
		return vmsa_error_at(&s->failure, s->trace->path, NULL, 0, code,
				     "not enough memory");
	return vmsa_error_at(&s->failure, s->trace->path, "byte", offset, code,
			     "the block that starts here: %s", fault);
}

/* Is this the block that the list promised? */
static const char *check_block(const struct vmsa_trace_stream *s,
			       const struct vmsa_block_ref *ref,
			       const struct vmsa_block_header *h)
{
	if (h->cpu != s->cpu || h->number != s->next - 1 ||
	    h->first_insn != ref->first_insn ||
	    h->last_insn != ref->last_insn ||
	    h->rows - h->preamble != ref->records)
		return "it is not the one the index tells of";
	if (h->packed > s->trace->size - ref->offset - VMSA_BLOCK_HEADER_BYTES)
		return "it is longer than the file";
	return NULL;
}

/* Read block number s->next, header and frame, and step over it. */
static int read_next(struct vmsa_trace_stream *s, struct vmsa_block_header *h)
{
	const struct vmsa_block_ref *ref = &s->list->block[s->next++];
	uint8_t raw[VMSA_BLOCK_HEADER_BYTES];
	struct vmsa_error err;
	const char *fault;
	int ret = vmsa_trace_read_at(s->trace, ref->offset, raw, sizeof(raw),
				     &err);

	if (ret)
		return fail(s, ret, err.text);
	fault = vmsa_block_header_get(raw, h);
	if (!fault)
		fault = check_block(s, ref, h);
	if (fault)
		return fail(s, -EBADMSG, fault);
	s->packed.size = 0;
	if (buffer_reserve(&s->packed, h->packed))
		return fail(s, -ENOMEM, NULL);
	ret = vmsa_trace_read_at(s->trace, ref->offset + sizeof(raw),
				 s->packed.data, h->packed, &err);
	return ret ? fail(s, ret, err.text) : 0;
}

/* Decompress the frame that has been read. */
static int inflate(struct vmsa_trace_stream *s,
		   const struct vmsa_block_header *h)
{
	const char *fault;
	const int ret = vmsa_decoder_inflate(&s->decoder, s->zstd, h,
					     s->packed.data, &fault);

	return ret ? fail(s, ret, fault) : 0;
}

/* Load the next block; its state records go to @preamble. */
static int load_next(struct vmsa_trace_stream *s,
		     struct vmsa_trace_record *preamble)
{
	struct vmsa_block_decoder *d = &s->decoder;
	struct vmsa_block_header h;
	const char *fault = NULL;
	int ret = read_next(s, &h);
	size_t n = 0;

	if (ret)
		return ret;
	if (vmsa_crc32c(0, s->packed.data, h.packed) != h.packed_crc)
		return fail(s, -EBADMSG, "its compressed data is damaged");
	ret = inflate(s, &h);
	if (ret)
		return ret;
	ret = vmsa_decoder_begin(d, &fault);
	if (ret)
		return fail(s, ret, fault);
	if (d->header.preamble)
		n = vmsa_decoder_read(d, preamble, d->header.preamble, &fault);
	if (fault || n != d->header.preamble)
		return fail(s, -EBADMSG, fault);
	return 0;
}

/* Nothing left to read: is this the end, or did something get lost? */
static int at_end(struct vmsa_trace_stream *s)
{
	if (!s->trace->damaged)
		return 0;
	s->failed = -EBADMSG;
	s->failure = s->trace->damage;
	return s->failed;
}

/* The next records behind the queue; *n = 0 at the end. */
static int read_blocks(struct vmsa_trace_stream *s,
		       struct vmsa_trace_record *out, size_t max, size_t *n)
{
	struct vmsa_trace_record preamble[VMSA_BLOCK_PREAMBLE];
	const char *fault = NULL;
	int ret;

	*n = 0;
	if (!s->decoder.left) {
		if (s->next == s->list->count)
			return at_end(s);
		ret = load_next(s, preamble);
		if (ret)
			return ret;
	}
	*n = vmsa_decoder_read(&s->decoder, out, max, &fault);
	return fault ? fail(s, -EBADMSG, fault) : 0;
}

/* State records and what a seek decoded too far come first. */
static size_t take_queued(struct vmsa_trace_stream *s,
			  struct vmsa_trace_record *out, size_t max)
{
	size_t n = s->queued - s->taken;

	if (n > max)
		n = max;
	memcpy(out, s->queue + s->taken, n * sizeof(*out));
	s->taken += n;
	return n;
}

int vmsa_trace_read(struct vmsa_trace_stream *stream,
		    struct vmsa_trace_record *out, size_t max, size_t *n,
		    struct vmsa_error *err)
{
	size_t done = take_queued(stream, out, max);

	while (done < max && !stream->failed) {
		size_t more;

		/* A failure is kept for the next call if there are records. */
		read_blocks(stream, out + done, max - done, &more);
		done += more;
		if (!more)
			break;
	}
	if (!done && stream->failed) {
		if (err)
			*err = stream->failure;
		return stream->failed;
	}
	*n = done;
	return 0;
}

/* The first block that ends at or after @insn. */
static size_t find_block(const struct vmsa_block_list *l, uint64_t insn)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (l->block[mid].last_insn < insn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Follow records up to @insn; true once a later one has been met. */
static bool follow(struct vmsa_trace_stream *s, struct vmsa_trace_state *state,
		   uint64_t insn, const struct vmsa_trace_record *r, size_t n)
{
	size_t i = 0;

	while (i < n && r[i].insn < insn)
		vmsa_trace_state_update(state, &r[i++]);
	if (i == n)
		return false;
	s->queued = vmsa_trace_state_records(state, insn, s->queue);
	memcpy(s->queue + s->queued, r + i, (n - i) * sizeof(*r));
	s->queued += n - i;
	return true;
}

/* Decode the block that has been chosen up to @insn. */
static int seek_inside(struct vmsa_trace_stream *s, uint64_t insn)
{
	struct vmsa_trace_record batch[SEEK_BATCH];
	struct vmsa_trace_state state;
	size_t n;
	int ret = load_next(s, batch);

	if (ret)
		return ret;
	vmsa_trace_state_init(&state, s->trace->data_filter,
			      s->trace->fetch_filter);
	for (uint32_t i = 0; i < s->decoder.header.preamble; i++)
		vmsa_trace_state_update(&state, &batch[i]);
	do {
		ret = read_blocks(s, batch, SEEK_BATCH, &n);
		if (n && follow(s, &state, insn, batch, n))
			return 0;
	} while (!ret && n);
	return ret;
}

int vmsa_trace_seek(struct vmsa_trace_stream *stream, uint64_t insn,
		    struct vmsa_error *err)
{
	const struct vmsa_block_list *l = stream->list;
	int ret = 0;

	stream->failed = 0;
	stream->queued = 0;
	stream->taken = 0;
	stream->decoder.left = 0;
	stream->next = find_block(l, insn);
	if (stream->next == 0 && l->count && insn <= l->block[0].first_insn)
		return 0;
	if (stream->next < l->count)
		ret = seek_inside(stream, insn);
	if (ret && err)
		*err = stream->failure;
	return ret;
}

int vmsa_trace_inflate(struct vmsa_trace_stream *stream, uint64_t *records,
		       struct vmsa_error *err)
{
	struct vmsa_block_header h;
	uint64_t sum = 0;

	while (stream->next < stream->list->count && !stream->failed) {
		if (!read_next(stream, &h) && !inflate(stream, &h))
			sum += h.rows - h.preamble;
	}
	if (stream->failed && err)
		*err = stream->failure;
	if (!stream->failed)
		*records = sum;
	return stream->failed;
}
