/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_TRACE_CAPTURE_H
#define VMSA_TEST_TRACE_CAPTURE_H
/*
 * capture.h - a made-up pgtrace capture, as rows and as PGT3
 *
 * Written from the annex of docs/trace-format.md; nothing of lib/trace/ has a
 * part in it.
 */
#include "files.h"

#include <zstd.h>

#define RUNS 3000

/* One run of accesses, or one fetch. */
struct run {
	uint64_t insn, page;
	unsigned length, write, el0, region;
};

/* A file in the making. */
struct file {
	uint8_t data[1 << 17];
	size_t size;
};

/* A capture, and what the merged records must be if it is packed. */
struct capture {
	struct run data[RUNS], fetch[RUNS];
	struct vmsa_trace_record event[64], frame[64];
	struct vmsa_trace_record packed[2][RUNS]; /* FETCH, DATA */
	size_t n_packed[2];
	uint64_t accesses;
};

static inline void put8(struct file *f, unsigned v)
{
	f->data[f->size++] = (uint8_t)v;
}

static inline void put32(struct file *f, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		put8(f, v >> 8 * i & 255);
}

static inline void put_number(struct file *f, uint64_t v)
{
	while (v > 127) {
		put8(f, (v & 127) + 128);
		v /= 128;
	}
	put8(f, (unsigned)v);
}

static inline void put_signed(struct file *f, int64_t d)
{
	put_number(f, d < 0 ? 2 * (uint64_t)~d + 1 : 2 * (uint64_t)d);
}

static const uint64_t bases[] = { 0, 0xffff000000000, 0xffff800000000 };

static inline void make_runs(struct run *r, uint64_t seed)
{
	uint64_t insn = 0;

	for (size_t i = 0; i < RUNS; i++, r++) {
		const uint64_t x = test_rand(&seed);

		r->insn = insn += x % 100 ? x % 7 : x % 3000;
		r->region = (unsigned)(x >> 8 & 3) % 3;
		r->page = bases[r->region] +
			  (x >> 12 & 3 ? x >> 16 & 3 : x >> 16 & 31);
		r->length = x >> 24 & 7 ? 1 + (x >> 27 & 3)
					: 1 + (unsigned)(x >> 27 & 63);
		r->write = x >> 40 & 3 ? 0 : 1;
		r->el0 = r->region == 0;
	}
}

static inline void make_capture(struct capture *c)
{
	memset(c, 0, sizeof(*c));
	make_runs(c->data, 21);
	make_runs(c->fetch, 22);
	for (size_t i = 0; i < RUNS; i++) {
		c->fetch[i].length = 1;
		c->fetch[i].write = 0;
		c->accesses += c->data[i].length;
	}
	for (size_t i = 0; i < 64; i++) {
		c->event[i].insn = c->data[i * (RUNS / 64)].insn;
		c->event[i].kind = VMSA_TRACE_TTBR0 + i % 9;
		c->event[i].a = i << 40 | i;
		c->event[i].b = i * i;
		c->event[i].victim = VMSA_TRACE_NO_VICTIM;
		c->frame[i].insn = c->data[i * (RUNS / 64)].insn;
		c->frame[i].kind = VMSA_TRACE_FRAME;
		c->frame[i].region = c->data[i].region;
		c->frame[i].page = c->data[i].page;
		c->frame[i].a = 0x40000 + i;
		c->frame[i].victim = VMSA_TRACE_NO_VICTIM;
	}
}

static inline void put_events(const struct capture *c, struct file *f)
{
	uint64_t insn = 0;

	f->size = 0;
	for (size_t i = 0; i < 64; insn = c->event[i++].insn) {
		put8(f, c->event[i].kind - VMSA_TRACE_TTBR0 + 1);
		put_number(f, c->event[i].insn - insn);
		put_number(f, c->event[i].a);
		put_number(f, c->event[i].b);
	}
}

static inline void put_frames(const struct capture *c, struct file *f)
{
	uint64_t insn = 0, last[3] = { 0 };

	f->size = 0;
	for (size_t i = 0; i < 64; insn = c->frame[i++].insn) {
		const struct vmsa_trace_record *r = &c->frame[i];

		put8(f, r->region);
		put_number(f, r->insn - insn);
		put_signed(f, (int64_t)(r->page - last[r->region]));
		put_number(f, r->a);
		last[r->region] = r->page;
	}
}

static inline void put_rows(const struct run *r, bool data, struct file *f)
{
	uint64_t insn = 0, last[3] = { 0 };

	f->size = 0;
	for (size_t i = 0; i < RUNS; i++, insn = r++->insn) {
		const unsigned nibble = r->length < 15 ? r->length : 0;

		put8(f, r->region | r->write << 2 | r->el0 << 3 |
				(data ? nibble << 4 : 0));
		put_number(f, r->insn - insn);
		put_signed(f, (int64_t)(r->page - last[r->region]));
		if (data && !nibble)
			put_number(f, r->length - 15);
		last[r->region] = r->page;
	}
}

/* The filter: slots with their last use, and the slots by record order. */
struct filter {
	unsigned k, order[8];
	uint64_t page[8], used[8], clock, pending;
	bool written[8];
};

static inline void empty(struct filter *f)
{
	memset(f->page, 0xff, sizeof(f->page));
}

static inline unsigned pick(const struct filter *f, uint64_t page)
{
	unsigned best = 0;

	for (unsigned i = 0; i < f->k; i++)
		if (f->page[i] == page)
			return i;
	for (unsigned i = 0; i < f->k; i++)
		if (f->page[i] == UINT64_MAX)
			return i;
	for (unsigned i = 1; i < f->k; i++)
		if (f->used[i] < f->used[best])
			best = i;
	return best;
}

/* One run; true with victim and accesses if it leaves a record. */
static inline bool filter(struct filter *f, const struct run *r,
			  struct vmsa_trace_record *out)
{
	const unsigned slot = pick(f, r->page);
	const bool hit = f->page[slot] == r->page;
	unsigned q = 0;

	f->used[slot] = ++f->clock;
	if (hit && (!r->write || f->written[slot])) {
		f->pending += r->length;
		return false;
	}
	f->written[slot] = r->write;
	f->page[slot] = r->page;
	while (f->order[q] != slot)
		q++;
	out->victim = (uint16_t)q;
	for (; q + 1 < f->k; q++)
		f->order[q] = f->order[q + 1];
	f->order[q] = slot;
	out->accesses = (uint32_t)f->pending;
	f->pending = r->length - 1;
	return true;
}

static inline void pack(struct capture *c, bool data)
{
	struct filter f = { .k = data ? 8 : 4 };
	const struct run *r = data ? c->data : c->fetch;
	size_t event = 0;

	empty(&f);
	for (unsigned i = 0; i < f.k; i++)
		f.order[i] = i;
	for (size_t i = 0; i < RUNS; i++, r++) {
		struct vmsa_trace_record *out =
			&c->packed[data][c->n_packed[data]];

		for (; event < 64 && c->event[event].insn <= r->insn; event++)
			if (c->event[event].kind == VMSA_TRACE_TLBI)
				empty(&f);
		if (!filter(&f, r, out))
			continue;
		out->insn = r->insn;
		out->page = r->page;
		out->kind = data ? VMSA_TRACE_DATA : VMSA_TRACE_FETCH;
		out->region = (uint8_t)r->region;
		out->write = r->write;
		out->el0 = r->el0;
		c->n_packed[data]++;
	}
}

/* Blocks of 500 records; ids and literals go on from one to the next. */
static inline void put_packed(const struct capture *c, bool data,
			      struct file *f)
{
	static struct file col[6];
	static uint64_t ids[4096];
	const struct vmsa_trace_record *r = c->packed[data];
	uint64_t insn = 0, last[3] = { 0 }, n_ids = 0;

	f->size = 0;
	memcpy(f->data, "PGT3", 4);
	f->size = 4;
	put32(f, data ? 8 : 4);
	for (size_t i = 0; i <= c->n_packed[data]; i++, r++) {
		uint64_t id = 0;

		if (i && (i % 500 == 0 || i == c->n_packed[data])) {
			put32(f, (uint32_t)col[0].size);
			for (unsigned k = 0; k < 6; k++)
				put32(f, (uint32_t)col[k].size);
			for (unsigned k = 0; k < 6; k++) {
				memcpy(f->data + f->size, col[k].data,
				       col[k].size);
				f->size += col[k].size;
				col[k].size = 0;
			}
		}
		if (i == c->n_packed[data])
			break;
		while (id < n_ids && ids[id] != r->page)
			id++;
		put8(&col[0], r->region | r->write << 2 | r->el0 << 3);
		put8(&col[1], r->victim);
		put_number(&col[2], r->insn - insn);
		put_number(&col[3], id);
		put_number(&col[5], r->accesses);
		if (id == n_ids) {
			ids[n_ids++] = r->page;
			put_signed(&col[4],
				   (int64_t)(r->page - last[r->region]));
			last[r->region] = r->page;
		}
		insn = r->insn;
	}
	put32(f, 0);
}

/* Write a stream, compressed if its name says so. */
static inline void save(void **state, const char *name, const struct file *f)
{
	static uint8_t out[1 << 18];
	char path[640];
	size_t n;

	temp_path(state, name, path);
	if (!strstr(name, ".zst")) {
		write_file(path, f->data, f->size);
		return;
	}
	n = ZSTD_compress(out, sizeof(out), f->data, f->size, 1);
	write_file(path, out, n);
}

static inline void save_meta(void **state, const struct capture *c,
			     unsigned events)
{
	char text[512], path[640];
	const int n = snprintf(
		text, sizeof(text),
		"format pgtrace-1\ncpu 0\nstop max\nseconds 8.05\n"
		"insns 1000000\ninsns_el1 900000\naccesses %u\ndc_zva 7\n"
		"D_records %u\nI_records %u\nE_records %u\nP_records 64\n",
		(unsigned)c->accesses, RUNS, RUNS, events);

	write_file(temp_path(state, "x.meta", path), text, (size_t)n);
}

static inline void save_all(void **state, struct capture *c, bool packed)
{
	static struct file f;

	save_meta(state, c, 64);
	put_events(c, &f);
	save(state, packed ? "x.cpu0.E.zst" : "x.cpu0.E", &f);
	put_frames(c, &f);
	save(state, packed ? "x.cpu0.P.zst" : "x.cpu0.P", &f);
	if (packed) {
		put_packed(c, false, &f);
		save(state, "x.cpu0.I.pgt.zst", &f);
		put_packed(c, true, &f);
		save(state, "x.cpu0.D.pgt", &f);
	} else {
		put_rows(c->fetch, false, &f);
		save(state, "x.cpu0.I", &f);
		put_rows(c->data, true, &f);
		save(state, "x.cpu0.D.zst", &f);
	}
}

#endif /* VMSA_TEST_TRACE_CAPTURE_H */
