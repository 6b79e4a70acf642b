/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cut.c - copy a window of a trace, with what must be known at its start
 *
 * One pass per stream: follow the records before the window, write what they
 * leave behind as state records, copy, and look a little further to learn how
 * many hits the window ends with.
 */
#include "trace/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "trace/state.h"

#define BATCH 4096

/* TTBR0_EL1's table address: without ASID (63:48) and CnP (0), D19.2.149. */
#define TTBR0_TABLE UINT64_C(0x0000fffffffffffe)

/* A FRAME that has been seen, and what it was seen under. */
struct frame {
	uint64_t table; /* a user page's; 0 for the kernel's and if unknown */
	uint64_t ttbr0; /* whose table that is */
	struct vmsa_trace_record record; /* the last one */
};

/* The FRAMEs up to the window: a hash table at most half full. */
struct frames {
	struct frame *slot; /* free if record.kind is not FRAME */
	size_t slots, count;
};

struct cut {
	struct vmsa_trace *trace;
	const struct vmsa_trace_window *window;
	struct vmsa_trace_writer *writer;
	struct vmsa_error *err;
	unsigned cpu;
	bool skipped;                   /* records lie before the window */
	struct vmsa_trace_state state;  /* after them */
	struct frames frames;           /* likewise */
	struct vmsa_trace_totals seen;  /* accesses and moves up to now */
	struct vmsa_trace_totals total; /* of the window */
	struct vmsa_trace_record batch[BATCH];
};

static int no_memory(const struct cut *c)
{
	return vmsa_error_at(c->err, c->trace->path, NULL, 0, -ENOMEM,
			     "not enough memory");
}

/* The slot of a page in a table: its frame's, or free. */
static struct frame *find_frame(const struct frames *f, uint64_t table,
				uint64_t page)
{
	size_t i = (page ^ table << 11) * 0x9e3779b97f4a7c15u >> 20;

	for (;; i++) {
		struct frame *slot = &f->slot[i & (f->slots - 1)];

		if (slot->record.kind != VMSA_TRACE_FRAME ||
		    (slot->record.page == page && slot->table == table))
			return slot;
	}
}

static int grow_frames(struct frames *f)
{
	struct frames more = { .slots = f->slots ? 2 * f->slots : 1024 };

	more.slot = calloc(more.slots, sizeof(*more.slot));
	if (!more.slot)
		return -ENOMEM;
	more.count = f->count;
	for (size_t i = 0; i < f->slots; i++) {
		const struct frame *old = &f->slot[i];

		if (old->record.kind == VMSA_TRACE_FRAME)
			*find_frame(&more, old->table, old->record.page) = *old;
	}
	free(f->slot);
	*f = more;
	return 0;
}

/* A user page's frame holds for the table in use, a kernel page's always. */
static int note_frame(struct cut *c, const struct vmsa_trace_record *r)
{
	struct frames *f = &c->frames;
	const bool user = r->region == VMSA_TRACE_USER && c->state.known[0];
	const uint64_t ttbr0 = user ? c->state.context[0].a : 0;
	struct frame *slot;

	if (2 * f->count >= f->slots && grow_frames(f))
		return -ENOMEM;
	slot = find_frame(f, ttbr0 & TTBR0_TABLE, r->page);
	f->count += slot->record.kind != VMSA_TRACE_FRAME;
	slot->table = ttbr0 & TTBR0_TABLE;
	slot->ttbr0 = ttbr0;
	slot->record = *r;
	return 0;
}

/* Free slots last; then by table, then by page. */
static int compare_frames(const void *a, const void *b)
{
	const struct frame *x = a, *y = b;
	const bool no_x = x->record.kind != VMSA_TRACE_FRAME;
	const bool no_y = y->record.kind != VMSA_TRACE_FRAME;

	if (no_x != no_y)
		return no_x - no_y;
	if (x->table != y->table)
		return x->table < y->table ? -1 : 1;
	return (x->record.page > y->record.page) -
	       (x->record.page < y->record.page);
}

/* A record as a state record at the window's start. */
static int put_state(struct cut *c, struct vmsa_trace_record r)
{
	r.insn = c->window->from;
	r.state = true;
	return vmsa_trace_writer_add(c->writer, c->cpu, &r, 1, c->err);
}

/* Each table's frames, behind a TTBR0 that names it. */
static int put_frames(struct cut *c)
{
	struct frames *f = &c->frames;
	uint64_t table = 0;
	int ret = 0;

	if (f->slots)
		qsort(f->slot, f->slots, sizeof(*f->slot), compare_frames);
	for (size_t i = 0; i < f->count && !ret; i++) {
		const struct frame *frame = &f->slot[i];

		if (frame->table != table) {
			const struct vmsa_trace_record ttbr0 = {
				.a = frame->ttbr0,
				.victim = VMSA_TRACE_NO_VICTIM,
				.kind = VMSA_TRACE_TTBR0,
			};

			table = frame->table;
			ret = put_state(c, ttbr0);
		}
		if (!ret)
			ret = put_state(c, frame->record);
	}
	return ret;
}

/* Frames before registers: the last TTBR0 is the one in force. */
static int put_states(struct cut *c)
{
	struct vmsa_trace_record state[VMSA_BLOCK_PREAMBLE];
	int ret = c->skipped ? put_frames(c) : 0;

	if (ret || !c->skipped)
		return ret;
	return vmsa_trace_writer_add(
		c->writer, c->cpu, state,
		vmsa_trace_state_records(&c->state, c->window->from, state),
		c->err);
}

/* Accesses and moves that a record stands for. */
static void count(struct vmsa_trace_totals *t,
		  const struct vmsa_trace_record *r)
{
	if (r->state)
		return;
	if (r->kind == VMSA_TRACE_DATA)
		t->accesses += 1 + (uint64_t)r->accesses;
	else if (r->kind == VMSA_TRACE_FETCH)
		t->moves += 1 + (uint64_t)r->accesses;
}

/* Records before the window: remember what they leave behind. */
static int skip(struct cut *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct vmsa_trace_record *r = &c->batch[i];

		vmsa_trace_state_update(&c->state, r);
		count(&c->seen, r);
		if (r->kind == VMSA_TRACE_FRAME && note_frame(c, r))
			return no_memory(c);
	}
	c->skipped |= n != 0;
	return 0;
}

/* Records of the window go as they are. */
static int copy(struct cut *c, const struct vmsa_trace_record *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		count(&c->seen, &r[i]);
		count(&c->total, &r[i]);
	}
	return vmsa_trace_writer_add(c->writer, c->cpu, r, n, c->err);
}

/* How many of the records are stamped before @insn. */
static size_t count_before(const struct vmsa_trace_record *r, size_t n,
			   uint64_t insn)
{
	size_t i = 0;

	while (i < n && r[i].insn < insn)
		i++;
	return i;
}

/*
 * The hits behind the window's last record belong to the next record of the
 * kind, or, at the stream's end, to its totals.
 */
static int count_tail(struct cut *c, struct vmsa_trace_stream *s, size_t from,
		      size_t n)
{
	const struct vmsa_trace_totals *all =
		vmsa_trace_totals(c->trace, c->cpu);
	bool data = false, fetch = false;
	int ret = 0;

	for (size_t i = from; n && !ret && !(data && fetch); i = 0) {
		for (; i < n; i++) {
			const struct vmsa_trace_record *r = &c->batch[i];

			if (r->kind == VMSA_TRACE_DATA && !data) {
				c->total.accesses += r->accesses;
				data = true;
			} else if (r->kind == VMSA_TRACE_FETCH && !fetch) {
				c->total.moves += r->accesses;
				fetch = true;
			}
			count(&c->seen, r);
		}
		ret = vmsa_trace_read(s, c->batch, BATCH, &n, c->err);
	}
	if (!data && all->accesses > c->seen.accesses)
		c->total.accesses += all->accesses - c->seen.accesses;
	if (!fetch && all->moves > c->seen.moves)
		c->total.moves += all->moves - c->seen.moves;
	return ret;
}

/* Skip, state, copy, tail. */
static int cut_records(struct cut *c, struct vmsa_trace_stream *s)
{
	bool inside = false;
	size_t n, start, end;
	int ret;

	do {
		ret = vmsa_trace_read(s, c->batch, BATCH, &n, c->err);
		if (ret)
			return ret;
		start = inside ? 0 : count_before(c->batch, n, c->window->from);
		end = count_before(c->batch, n, c->window->to);
		ret = skip(c, start);
		if (!ret && !inside && (start < n || !n)) {
			inside = true;
			ret = put_states(c);
		}
		if (!ret)
			ret = copy(c, c->batch + start, end - start);
	} while (!ret && n && end == n);
	return ret ? ret : count_tail(c, s, end, n);
}

static int cut_cpu(struct cut *c)
{
	const struct vmsa_trace_totals *all =
		vmsa_trace_totals(c->trace, c->cpu);
	const struct vmsa_trace_window *w = c->window;
	struct vmsa_trace_stream *s;
	int ret = vmsa_trace_stream_create(c->trace, c->cpu, &s);

	if (ret)
		return no_memory(c);
	c->skipped = false;
	c->frames = (struct frames){ 0 };
	vmsa_trace_state_init(&c->state, c->trace->data_filter,
			      c->trace->fetch_filter);
	memset(&c->seen, 0, sizeof(c->seen));
	memset(&c->total, 0, sizeof(c->total));
	ret = cut_records(c, s);
	vmsa_trace_stream_destroy(s);
	free(c->frames.slot);
	c->total.first_insn =
		w->from > all->first_insn ? w->from : all->first_insn;
	c->total.end_insn = w->to < all->end_insn ? w->to : all->end_insn;
	if (!ret && c->total.first_insn <= c->total.end_insn)
		ret = vmsa_trace_writer_end(c->writer, c->cpu, &c->total);
	return ret;
}

/* The header of the whole, and one line that tells of the window. */
static int copy_lines(struct cut *c)
{
	const struct vmsa_trace_window *w = c->window;
	const char *key, *value;
	char text[48];
	int ret = 0;

	for (unsigned i = 0; !ret; i++) {
		key = vmsa_trace_line(c->trace, i, &value);
		if (!key)
			break;
		ret = vmsa_trace_writer_set(c->writer, key, value);
	}
	snprintf(text, sizeof(text), "%" PRIu64 "-%" PRIu64, w->from, w->to);
	return ret ? ret : vmsa_trace_writer_set(c->writer, "cut", text);
}

static int cut_all(struct cut *c, const char *path)
{
	const struct vmsa_trace_config config = {
		.cpus = c->trace->cpus,
		.data_filter = c->trace->data_filter,
		.fetch_filter = c->trace->fetch_filter,
		.block_records = c->window->block_records,
		.level = c->window->level,
	};
	int ret = vmsa_trace_writer_create(path, &config, &c->writer, c->err);

	if (ret)
		return ret;
	ret = copy_lines(c);
	if (ret)
		vmsa_error_at(c->err, path, NULL, 0, ret,
			      "the header's lines cannot be stored");
	for (c->cpu = 0; c->cpu < config.cpus && !ret; c->cpu++)
		ret = cut_cpu(c);
	if (!ret)
		ret = vmsa_trace_writer_finish(c->writer, c->err);
	vmsa_trace_writer_destroy(c->writer);
	return ret;
}

int vmsa_trace_cut(struct vmsa_trace *trace, const char *path,
		   const struct vmsa_trace_window *window,
		   struct vmsa_error *err)
{
	struct cut *c;
	int ret;

	if (window->from >= window->to)
		return vmsa_error_at(err, path, NULL, 0, -EINVAL,
				     "the window is empty");
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->trace = trace;
	c->window = window;
	c->err = err;
	ret = cut_all(c, path);
	free(c);
	return ret;
}
