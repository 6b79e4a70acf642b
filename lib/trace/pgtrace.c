/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pgtrace.c - read the plugin's files
 *
 * These have no checksums.  Every number is therefore checked for what it may
 * be, and a file for having as many records as the meta file tells; what is
 * damaged and still makes sense cannot be told from good data.
 */
#include "trace/pgtrace.h"

#include <string.h>

#include "error.h"

#define PGT3_MAGIC   "PGT3"
#define PGT3_COLUMNS 6
#define PGT3_HEAD    (4 * (1 + PGT3_COLUMNS)) /* of a block */
#define PGT3_RECORDS 65536u                   /* a block's most */

/* Columns of a PGT3 block. */
enum {
	HEAD,
	VICTIM,
	INSN,
	PAGE,
	LITERAL,
	ACCESSES
};

/* The longest row: a byte and three numbers. */
#define ROW_MAX (1 + 3 * VMSA_LEB128_MAX)

/* Bits of a D or I row's first byte, and of PGT3's head. */
#define ROW_CLASS 0x3u
#define ROW_WRITE 0x4u
#define ROW_EL0   0x8u
#define RUN_LONG  15u /* what a run's long form starts at */

static int fail(const struct vmsa_pgtrace *p, uint64_t offset, int code,
		const char *text, struct vmsa_error *err)
{
	return vmsa_error_at(err, p->source.path, "byte", offset, code, "%s",
			     text);
}

static int bad(const struct vmsa_pgtrace *p, const char *text,
	       struct vmsa_error *err)
{
	return fail(p, vmsa_source_tell(&p->source), -EBADMSG, text, err);
}

int vmsa_pgtrace_open(struct vmsa_pgtrace *p, const char *path,
		      enum vmsa_pgtrace_stream stream, struct vmsa_error *err)
{
	int ret = vmsa_source_open(&p->source, path, err);
	uint32_t filter;
	size_t have;

	p->stream = stream;
	if (ret || stream < VMSA_PGTRACE_FETCH)
		return ret;
	ret = vmsa_source_fill(&p->source, 8, &have, err);
	if (ret || have < 8 ||
	    memcmp(vmsa_source_data(&p->source), PGT3_MAGIC, 4) != 0)
		return ret;
	filter = get_le32(vmsa_source_data(&p->source) + 4);
	if (!filter || filter > VMSA_TRACE_MAX_FILTER)
		return fail(p, 4, -EBADMSG, "the filter has an impossible size",
			    err);
	p->filter = filter;
	p->source.pos += 8;
	return 0;
}

void vmsa_pgtrace_close(struct vmsa_pgtrace *p)
{
	vmsa_source_close(&p->source);
	free(p->page);
}

/* A new page is stored relative to the last new one of its class. */
static uint64_t next_page(struct vmsa_pgtrace *p, unsigned class,
			  uint64_t delta)
{
	const uint64_t mask = (UINT64_C(1) << 52) - 1;

	p->last_page[class] = (p->last_page[class] + unzigzag(delta)) & mask;
	return p->last_page[class];
}

/* What events carry, by kind 1 .. 9 of an E row. */
static const uint8_t event_kinds[] = {
	0,
	VMSA_TRACE_TTBR0,
	VMSA_TRACE_TTBR1,
	VMSA_TRACE_TLBI,
	VMSA_TRACE_TASK,
	VMSA_TRACE_EXCEPTION,
	VMSA_TRACE_MARKER,
	VMSA_TRACE_IDLE,
	VMSA_TRACE_RESUME,
	VMSA_TRACE_SYNC,
};

static uint8_t access_kind(const struct vmsa_pgtrace *p)
{
	return p->stream == VMSA_PGTRACE_DATA ? VMSA_TRACE_DATA
					      : VMSA_TRACE_FETCH;
}

/* The length of a D row's run counts for the next record. */
static bool read_run(struct vmsa_pgtrace *p, const uint8_t **at,
		     const uint8_t *end, unsigned head)
{
	uint64_t length = head >> 4;

	if (!length) {
		if (!get_leb128(at, end, &length))
			return false;
		length += RUN_LONG;
	}
	if (length > UINT32_MAX)
		return false;
	p->run = (uint32_t)(length - 1);
	return true;
}

/* What stands behind an E row's stamp. */
static bool read_event(const uint8_t **at, const uint8_t *end, unsigned head,
		       struct vmsa_trace_record *out)
{
	if (!head || head >= sizeof(event_kinds))
		return false;
	out->kind = event_kinds[head];
	return get_leb128(at, end, &out->a) && get_leb128(at, end, &out->b);
}

/* What stands behind any other row's stamp. */
static bool read_access(struct vmsa_pgtrace *p, const uint8_t **at,
			const uint8_t *end, unsigned head,
			struct vmsa_trace_record *out)
{
	uint64_t delta;

	if ((head & ROW_CLASS) >= VMSA_TRACE_NR_REGIONS ||
	    !get_leb128(at, end, &delta))
		return false;
	out->region = head & ROW_CLASS;
	out->page = next_page(p, out->region, delta);
	if (p->stream == VMSA_PGTRACE_FRAMES) {
		out->kind = VMSA_TRACE_FRAME;
		return get_leb128(at, end, &out->a);
	}
	out->kind = access_kind(p);
	out->write = head & ROW_WRITE;
	out->el0 = head & ROW_EL0;
	out->accesses = p->run;
	return p->stream == VMSA_PGTRACE_FETCH || read_run(p, at, end, head);
}

/* One row, without its stamp.  False if it is damaged. */
static bool read_row(struct vmsa_pgtrace *p, const uint8_t **at,
		     const uint8_t *end, unsigned head,
		     struct vmsa_trace_record *out)
{
	return p->stream == VMSA_PGTRACE_EVENTS
		       ? read_event(at, end, head, out)
		       : read_access(p, at, end, head, out);
}

/* A row is short: it is decoded from the window, then stepped over. */
static int next_row(struct vmsa_pgtrace *p, struct vmsa_trace_record *out,
		    struct vmsa_error *err)
{
	const uint8_t *start, *at, *end;
	size_t have;
	uint64_t delta;
	int ret = vmsa_source_fill(&p->source, ROW_MAX, &have, err);

	if (ret || !have)
		return ret;
	start = at = vmsa_source_data(&p->source);
	end = at + have;
	at++;
	*out = (struct vmsa_trace_record){ .victim = VMSA_TRACE_NO_VICTIM };
	if (!get_leb128(&at, end, &delta) ||
	    !read_row(p, &at, end, *start, out))
		return bad(p, "a row is damaged or truncated", err);
	if (p->insn + delta < p->insn)
		return bad(p, "a row's stamp goes backwards", err);
	out->insn = p->insn += delta;
	p->source.pos += (size_t)(at - start);
	p->records++;
	return 1;
}

/* The packer ends with no records, and sometimes with their empty columns. */
static bool is_end(const uint8_t *at, size_t have)
{
	static const uint8_t zero[PGT3_HEAD];

	return have <= PGT3_HEAD && !memcmp(at, zero, have);
}

/* Where the columns are.  False if heads and victims are not one a record. */
static bool find_columns(struct vmsa_pgtrace *p, const uint8_t *head)
{
	const uint8_t *at = head + PGT3_HEAD;

	p->left = get_le32(head);
	for (unsigned i = 0; i < PGT3_COLUMNS; i++) {
		p->column[i] = at;
		at += get_le32(head + 4 + 4 * (size_t)i);
		p->column_end[i] = at;
	}
	return p->column_end[HEAD] - p->column[HEAD] == p->left &&
	       p->column_end[VICTIM] - p->column[VICTIM] == p->left;
}

/* Size of a block, 0 if that is impossible. */
static size_t block_size(const uint8_t *head)
{
	uint64_t bytes = PGT3_HEAD;

	for (unsigned i = 0; i < PGT3_COLUMNS; i++)
		bytes += get_le32(head + 4 + 4 * (size_t)i);
	if (get_le32(head) > PGT3_RECORDS ||
	    bytes > (uint64_t)PGT3_RECORDS * PGT3_COLUMNS * VMSA_LEB128_MAX)
		return 0;
	return (size_t)bytes;
}

/* Read a block; its columns are contiguous in the window. */
static int next_block(struct vmsa_pgtrace *p, struct vmsa_error *err)
{
	struct vmsa_source *s = &p->source;
	size_t have, bytes;
	int ret;

	s->pos += p->block_bytes;
	p->block_bytes = 0;
	ret = vmsa_source_fill(s, PGT3_HEAD + 1, &have, err);
	if (ret)
		return ret;
	if (!have)
		return bad(p, "the file ends without its end mark", err);
	if (have >= 4 && !get_le32(vmsa_source_data(s)))
		return is_end(vmsa_source_data(s), have)
			       ? 0
			       : bad(p, "data behind the end", err);
	bytes = have < PGT3_HEAD ? 0 : block_size(vmsa_source_data(s));
	if (!bytes)
		return bad(p, "a block's head is damaged or truncated", err);
	ret = vmsa_source_fill(s, bytes, &have, err);
	if (ret)
		return ret;
	if (have < bytes)
		return bad(p, "a block is truncated", err);
	if (!find_columns(p, vmsa_source_data(s)))
		return bad(p, "a block's columns differ in length", err);
	p->block_bytes = bytes;
	return 1;
}

static bool get_number(struct vmsa_pgtrace *p, unsigned column, uint64_t *out)
{
	return get_leb128(&p->column[column], p->column_end[column], out);
}

/* The page of an id; one more than all others so far is a new page. */
static int find_page(struct vmsa_pgtrace *p, uint64_t id, unsigned class,
		     uint64_t *out)
{
	uint64_t literal;

	if (id > p->pages)
		return -EBADMSG;
	if (id < p->pages) {
		*out = p->page[id];
		return 0;
	}
	if (!get_number(p, LITERAL, &literal))
		return -EBADMSG;
	if (p->pages == p->page_room) {
		const size_t room = p->page_room ? 2 * p->page_room : 4096;
		uint64_t *page = realloc(p->page, room * sizeof(*page));

		if (!page)
			return -ENOMEM;
		p->page = page;
		p->page_room = room;
	}
	*out = p->page[p->pages++] = next_page(p, class, literal);
	return 0;
}

/* One record of the block.  -EBADMSG if it is damaged. */
static int read_packed(struct vmsa_pgtrace *p, struct vmsa_trace_record *out)
{
	const unsigned head = *p->column[HEAD]++;
	const unsigned victim = *p->column[VICTIM]++;
	uint64_t delta, id, accesses, page = 0;
	int ret;

	if (!get_number(p, INSN, &delta) || !get_number(p, PAGE, &id) ||
	    !get_number(p, ACCESSES, &accesses) ||
	    (head & ROW_CLASS) >= VMSA_TRACE_NR_REGIONS ||
	    victim >= p->filter || accesses > UINT32_MAX ||
	    p->insn + delta < p->insn)
		return -EBADMSG;
	ret = find_page(p, id, head & ROW_CLASS, &page);
	if (ret)
		return ret;
	*out = (struct vmsa_trace_record){
		.insn = p->insn += delta,
		.page = page,
		.accesses = (uint32_t)accesses,
		.victim = (uint16_t)victim,
		.kind = access_kind(p),
		.region = head & ROW_CLASS,
		.write = head & ROW_WRITE,
		.el0 = head & ROW_EL0,
	};
	return 0;
}

/* A record of the block, the next block's when it is used up. */
static int next_packed(struct vmsa_pgtrace *p, struct vmsa_trace_record *out,
		       struct vmsa_error *err)
{
	int ret;

	if (!p->left) {
		ret = next_block(p, err);
		if (ret <= 0)
			return ret;
	}
	ret = read_packed(p, out);
	if (ret == -ENOMEM)
		return fail(p, vmsa_source_tell(&p->source), ret,
			    "not enough memory", err);
	if (ret)
		return bad(p, "a record of this block is damaged", err);
	p->left--;
	p->records++;
	return 1;
}

int vmsa_pgtrace_next(struct vmsa_pgtrace *p, struct vmsa_trace_record *out,
		      struct vmsa_error *err)
{
	return p->filter ? next_packed(p, out, err) : next_row(p, out, err);
}
