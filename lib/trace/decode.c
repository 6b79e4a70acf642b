/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decode.c - a block's columns to records
 *
 * Input is not trusted: the CRC of a block says that it is what was written,
 * not that what was written makes sense.  Whatever is checked once per table
 * (codes, pages) is checked when a block begins; per row remain an index that
 * may lie behind its table, and numbers that may be missing.
 */
#include "trace/block.h"

#include <assert.h>
#include <string.h>

#define unlikely(x) __builtin_expect(!!(x), 0)

/*
 * A record is three vectors: insn and page; a and b; accesses and what the code
 * decides.  Stored as such, it costs three stores instead of ten.
 */
typedef uint64_t pair __attribute__((vector_size(16)));
typedef uint32_t quad __attribute__((vector_size(16)));

#define EVENT offsetof(struct vmsa_trace_record, a)
#define TAIL  offsetof(struct vmsa_trace_record, accesses)

static_assert(offsetof(struct vmsa_trace_record, page) == 8 && EVENT == 16 &&
		      TAIL == 32 && sizeof(struct vmsa_trace_record) == 48,
	      "a record is laid out as three vectors");

int vmsa_decoder_inflate(struct vmsa_block_decoder *d, ZSTD_DCtx *zstd,
			 const struct vmsa_block_header *header,
			 const uint8_t *packed, const char **fault)
{
	const size_t raw = vmsa_block_raw_bytes(header);
	size_t n;

	d->left = 0;
	d->columns.size = 0;
	if (buffer_reserve(&d->columns, raw))
		return -ENOMEM;
	n = ZSTD_decompressDCtx(zstd, d->columns.data, raw, packed,
				header->packed);
	if (ZSTD_isError(n)) {
		*fault = ZSTD_getErrorName(n);
		return -EBADMSG;
	}
	if (n != raw) {
		*fault = "is not as long as its header says";
		return -EBADMSG;
	}
	d->header = *header;
	d->columns.size = raw;
	return 0;
}

/* Readers index arrays of the filter's size by it. */
static bool victim_ok(const struct vmsa_block_decoder *d,
		      const struct vmsa_trace_record *r)
{
	unsigned entries = 0;

	if (r->kind == VMSA_TRACE_DATA)
		entries = d->data_filter;
	else if (r->kind == VMSA_TRACE_FETCH)
		entries = d->fetch_filter;
	return entries ? r->victim < entries
		       : r->victim == VMSA_TRACE_NO_VICTIM;
}

/* What the four bytes of a code say.  False if they make no sense. */
static bool read_code(const struct vmsa_block_decoder *d, const uint8_t *p,
		      struct vmsa_trace_record *out)
{
	const unsigned flags = p[1];

	*out = (struct vmsa_trace_record){
		.kind = p[0],
		.region = flags & VMSA_CODE_REGION,
		.write = flags & VMSA_CODE_WRITE,
		.el0 = flags & VMSA_CODE_EL0,
		.state = flags & VMSA_CODE_STATE,
		.victim = (uint16_t)get_le(p + 2, 2),
	};
	return out->kind < VMSA_TRACE_NR_KINDS &&
	       out->region < VMSA_TRACE_NR_REGIONS &&
	       !(flags & ~VMSA_CODE_FLAGS) && victim_ok(d, out);
}

/* Codes the block does not have are special, so that they are looked at. */
static bool read_codes(struct vmsa_block_decoder *d, const uint8_t *p)
{
	memset(d->special, true, sizeof(d->special));
	for (uint32_t i = 0; i < d->header.codes; i++, p += VMSA_CODE_BYTES) {
		if (!read_code(d, p, &d->model[i]))
			return false;
		d->wide_code[i] = p[1] & VMSA_CODE_WIDE;
		d->special[i] = d->wide_code[i] ||
				vmsa_trace_is_event(d->model[i].kind);
		memcpy(d->tail[i], (const char *)&d->model[i] + TAIL,
		       sizeof(d->tail[i]));
	}
	return true;
}

/* Pages are few and used often: all are decoded at once. */
static bool read_pages(struct vmsa_block_decoder *d, const uint8_t *p)
{
	const uint8_t *end = p + d->header.page_bytes;
	uint64_t chain[3] = { 0 };
	uint64_t v;

	for (uint32_t i = 0; i < d->header.pages; i++) {
		if (!get_leb128(&p, end, &v) || (v & 3) == 3)
			return false;
		d->page[i] = chain[v & 3] += unzigzag(v >> 2);
		if (d->page[i] >> 52 && d->page[i] != VMSA_TRACE_NO_PAGE)
			return false;
	}
	return p == end;
}

int vmsa_decoder_begin(struct vmsa_block_decoder *d, const char **fault)
{
	const struct vmsa_block_header *h = &d->header;
	const uint8_t *p = d->columns.data;

	if (!d->page)
		d->page = malloc(VMSA_BLOCK_PAGES * sizeof(*d->page));
	if (!d->page)
		return -ENOMEM;
	if (!read_codes(d, p)) {
		*fault = "has a code that means nothing";
		return -EBADMSG;
	}
	p += (size_t)h->codes * VMSA_CODE_BYTES;
	if (!read_pages(d, p)) {
		*fault = "has a damaged page column";
		return -EBADMSG;
	}
	d->wide = p + h->page_bytes;
	d->wide_end = d->wide + h->wide_bytes;
	d->event = d->wide_end;
	d->event_end = d->event + (size_t)h->events * VMSA_EVENT_BYTES;
	d->row = d->event_end;
	d->left = h->rows;
	d->insn = h->first_insn;
	return 0;
}

void vmsa_decoder_free(struct vmsa_block_decoder *d)
{
	buffer_free(&d->columns);
	free(d->page);
}

/* A row's numbers.  False beyond the wide column's end. */
static bool read_numbers(struct vmsa_block_decoder *d, uint64_t *delta,
			 uint64_t *accesses)
{
	*delta = d->row[1];
	*accesses = d->row[4];
	if (!d->wide_code[d->row[0]])
		return true;
	return get_leb128(&d->wide, d->wide_end, delta) &&
	       get_leb128(&d->wide, d->wide_end, accesses);
}

/* An event, or a row with wide numbers; also finds whatever is wrong. */
static const char *read_special(struct vmsa_block_decoder *d,
				struct vmsa_trace_record *out)
{
	const uint8_t *row = d->row;
	const uint64_t index = get_le(row + 2, 2);
	const bool paged = vmsa_trace_has_page(d->model[row[0]].kind);
	uint64_t delta, accesses;

	if (row[0] >= d->header.codes)
		return "uses a code it does not have";
	if (paged ? index >= d->header.pages : index != 0)
		return "uses a page it does not have";
	if (!read_numbers(d, &delta, &accesses) || accesses > UINT32_MAX)
		return "has a damaged wide column";
	if (d->insn + delta < d->insn)
		return "has a stamp beyond 64 bits";
	*out = d->model[row[0]];
	out->insn = d->insn += delta;
	out->page = paged ? d->page[index] : 0;
	out->accesses = (uint32_t)accesses;
	if (!vmsa_trace_is_event(out->kind))
		return NULL;
	if (d->event == d->event_end)
		return "has too few events";
	out->a = get_le64(d->event);
	out->b = get_le64(d->event + 8);
	d->event += VMSA_EVENT_BYTES;
	return NULL;
}

/*
 * Rows without any of the above: up to @max, the next special one excluded.
 * Everything a row means is looked up, nothing is decided, so that the loop
 * has one branch, which is nearly never taken.
 */
static size_t read_plain(struct vmsa_block_decoder *d,
			 struct vmsa_trace_record *out, size_t max)
{
	const struct vmsa_trace_record *const end = out + max;
	const uint64_t *const page = d->page;
	const uint32_t pages = d->header.pages;
	const pair none = { 0, 0 };
	const uint8_t *row = d->row;
	struct vmsa_trace_record *r = out;
	uint64_t insn = d->insn;

	for (; r < end; r++, row += VMSA_ROW_BYTES) {
		const unsigned code = row[0], delta = row[1];
		const unsigned index = row[2] | (unsigned)row[3] << 8;
		const unsigned accesses = row[4];
		pair where;
		quad tail;

		if (unlikely(d->special[code]) || unlikely(index >= pages))
			break;
		insn += delta;
		where = (pair){ insn, page[index] };
		memcpy(&tail, d->tail[code], sizeof(tail));
		tail |= (quad){ accesses, 0, 0, 0 };
		memcpy(r, &where, sizeof(where));
		memcpy((char *)r + EVENT, &none, sizeof(none));
		memcpy((char *)r + TAIL, &tail, sizeof(tail));
	}
	d->row = row;
	d->insn = insn;
	d->left -= (uint32_t)(r - out);
	return (size_t)(r - out);
}

/* Behind the last row nothing may be left over. */
static const char *check_end(const struct vmsa_block_decoder *d)
{
	if (d->wide != d->wide_end || d->event != d->event_end)
		return "has numbers that belong to no record";
	if (d->insn != d->header.last_insn)
		return "ends at another stamp than its header says";
	return NULL;
}

size_t vmsa_decoder_read(struct vmsa_block_decoder *d,
			 struct vmsa_trace_record *out, size_t max,
			 const char **fault)
{
	size_t n = 0;

	if (max > d->left)
		max = d->left;
	while (n < max) {
		n += read_plain(d, out + n, max - n);
		if (n == max)
			break;
		*fault = read_special(d, out + n);
		if (*fault) {
			d->left = 0;
			return n;
		}
		n++;
		d->row += VMSA_ROW_BYTES;
		d->left--;
	}
	if (n && !d->left)
		*fault = check_end(d);
	return n;
}
