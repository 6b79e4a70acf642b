/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * index.c - find the blocks: by the index, or one after the other
 */
#include "trace/trace.h"

#include <string.h>

#include "error.h"
#include "trace/crc32c.h"

/* Blocks of a stream stay in the file's order, which is that of time. */
static int add_block(struct vmsa_trace *t, const struct vmsa_block_ref *ref)
{
	struct vmsa_block_list *l = &t->list[ref->cpu];

	if (l->count == l->room) {
		const size_t room = l->room ? 2 * l->room : 16;
		struct vmsa_block_ref *block =
			realloc(l->block, room * sizeof(*block));

		if (!block)
			return -ENOMEM;
		l->block = block;
		l->room = room;
	}
	l->block[l->count++] = *ref;
	return 0;
}

/* Does @ref continue its stream, and lie between @from and the @end? */
static bool block_fits(const struct vmsa_trace *t,
		       const struct vmsa_block_ref *ref, uint64_t from,
		       uint64_t end)
{
	const struct vmsa_block_list *l;

	if (ref->cpu >= t->cpus || ref->offset < from || end < from ||
	    ref->offset > end || ref->first_insn > ref->last_insn)
		return false;
	l = &t->list[ref->cpu];
	return !l->count || ref->first_insn >= l->block[l->count - 1].last_insn;
}

static void get_totals(const uint8_t *p, struct vmsa_trace_totals *out)
{
	out->first_insn = get_le64(p);
	out->end_insn = get_le64(p + 8);
	out->records = get_le64(p + 16);
	out->accesses = get_le64(p + 24);
	out->moves = get_le64(p + 32);
	out->blocks = get_le64(p + 40);
	for (unsigned i = 0; i < VMSA_TRACE_NR_KINDS; i++)
		out->by_kind[i] = get_le64(p + 48 + 8 * (size_t)i);
}

/* Where the footer says the index is; false if there is no good footer. */
static bool find_index(const struct vmsa_trace *t, uint64_t *start,
		       uint64_t *size)
{
	uint8_t f[VMSA_FOOTER_BYTES];
	const uint64_t end = t->size - sizeof(f);

	if (t->size < t->blocks_start + sizeof(f) ||
	    vmsa_trace_read_at(t, end, f, sizeof(f), NULL) ||
	    memcmp(f + 16, VMSA_FOOTER_MAGIC, 4) != 0 ||
	    vmsa_crc32c(0, f, 20) != get_le32(f + 20))
		return false;
	*start = get_le64(f);
	*size = get_le64(f + 8);
	return *start >= t->blocks_start && *start <= end &&
	       *size == end - *start &&
	       *size >= VMSA_INDEX_BYTES + 4 +
				(uint64_t)t->cpus * VMSA_INDEX_TOTALS;
}

/* Take over an index that has been read.  -EBADMSG if it makes no sense. */
static int use_index(struct vmsa_trace *t, const uint8_t *p, uint64_t start,
		     uint64_t size)
{
	const uint64_t blocks = get_le64(p + 8);
	const uint64_t rest = size - VMSA_INDEX_BYTES - 4 -
			      (uint64_t)t->cpus * VMSA_INDEX_TOTALS;
	uint64_t from = t->blocks_start;

	if (memcmp(p, VMSA_INDEX_MAGIC, 4) != 0 ||
	    vmsa_crc32c(0, p, size - 4) != get_le32(p + size - 4) ||
	    get_le32(p + 4) != t->cpus || rest % VMSA_INDEX_BLOCK_BYTES ||
	    blocks != rest / VMSA_INDEX_BLOCK_BYTES)
		return -EBADMSG;
	p += VMSA_INDEX_BYTES;
	for (unsigned i = 0; i < t->cpus; i++, p += VMSA_INDEX_TOTALS)
		get_totals(p, &t->totals[i]);
	for (uint64_t i = 0; i < blocks; i++, p += VMSA_INDEX_BLOCK_BYTES) {
		const struct vmsa_block_ref ref = {
			.offset = get_le64(p),
			.first_insn = get_le64(p + 8),
			.last_insn = get_le64(p + 16),
			.cpu = get_le32(p + 24),
			.records = get_le32(p + 28),
		};

		if (!block_fits(t, &ref, from, start))
			return -EBADMSG;
		if (add_block(t, &ref))
			return -ENOMEM;
		from = ref.offset + VMSA_BLOCK_HEADER_BYTES;
	}
	return 0;
}

/* An index that broke off half-way leaves nothing behind. */
static void forget_blocks(struct vmsa_trace *t)
{
	memset(t->totals, 0, t->cpus * sizeof(*t->totals));
	for (unsigned i = 0; i < t->cpus; i++)
		t->list[i].count = 0;
}

/* -EBADMSG means: search for the blocks instead. */
static int try_index(struct vmsa_trace *t, struct vmsa_error *err)
{
	uint64_t start, size;
	uint8_t *index;
	int ret;

	if (!find_index(t, &start, &size))
		return -EBADMSG;
	index = malloc(size);
	if (!index)
		return -ENOMEM;
	ret = vmsa_trace_read_at(t, start, index, size, err);
	if (!ret)
		ret = use_index(t, index, start, size);
	free(index);
	if (ret)
		forget_blocks(t);
	return ret;
}

/* Totals as far as block headers tell. */
static void count_block(struct vmsa_trace *t, const struct vmsa_block_ref *ref)
{
	struct vmsa_trace_totals *s = &t->totals[ref->cpu];

	if (!s->blocks++)
		s->first_insn = ref->first_insn;
	s->end_insn = ref->last_insn;
	s->records += ref->records;
}

static void found_damage(struct vmsa_trace *t, uint64_t offset,
			 const char *text)
{
	t->damaged = true;
	vmsa_error_at(&t->damage, t->path, "byte", offset, -EBADMSG, "%s",
		      text);
}

/* One step of the search.  False, with the damage noted, at its end. */
static bool scan_block(struct vmsa_trace *t, uint64_t offset,
		       struct vmsa_block_ref *ref, uint64_t *next)
{
	uint8_t raw[VMSA_BLOCK_HEADER_BYTES];
	struct vmsa_block_header h;
	const char *fault;

	if (vmsa_trace_read_at(t, offset, raw, sizeof(raw), NULL)) {
		found_damage(t, offset, "the file is truncated here");
		return false;
	}
	fault = memcmp(raw, VMSA_INDEX_MAGIC, 4) == 0
			? "the index or the footer behind it is damaged"
			: vmsa_block_header_get(raw, &h);
	if (fault) {
		found_damage(t, offset, fault);
		return false;
	}
	if (h.packed > t->size - offset - sizeof(raw)) {
		found_damage(t, offset, "the file is truncated in this block");
		return false;
	}
	*ref = (struct vmsa_block_ref){
		.offset = offset,
		.first_insn = h.first_insn,
		.last_insn = h.last_insn,
		.cpu = h.cpu,
		.records = h.rows - h.preamble,
	};
	*next = offset + sizeof(raw) + h.packed;
	return true;
}

/* Follow the blocks from the first; the search always ends in damage. */
static int scan(struct vmsa_trace *t)
{
	uint64_t offset = t->blocks_start, next;
	struct vmsa_block_ref ref;

	while (scan_block(t, offset, &ref, &next)) {
		if (!block_fits(t, &ref, offset, t->size)) {
			found_damage(t, offset,
				     "a block does not follow the "
				     "one before it");
			return 0;
		}
		if (add_block(t, &ref))
			return -ENOMEM;
		count_block(t, &ref);
		offset = next;
	}
	return 0;
}

int vmsa_trace_load_index(struct vmsa_trace *trace, struct vmsa_error *err)
{
	const int ret = try_index(trace, err);

	return ret == -EBADMSG ? scan(trace) : ret;
}
