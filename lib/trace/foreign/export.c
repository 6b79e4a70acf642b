/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * export.c - one stream as ChampSim's instructions
 *
 *	records -> instruction being filled -> (next stamp, or no room) -> file
 *
 * Pages keep their order, which is what a TLB sees: ChampSim takes the loads
 * of an instruction before its stores, so a load behind a store needs another
 * instruction, as does a second page of code.
 */
#include "vmsa/foreign.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "trace/bytes.h"
#include "trace/foreign/readers.h"

#define BATCH  4096
#define LOADS  4
#define STORES 2

/* Of a data page the eighth byte: 0 would be an empty slot in page 0. */
#define DATA_OFFSET 8

struct exporter {
	FILE *file;
	const char *path;
	struct vmsa_error *err;
	bool filtered;          /* hits are of unknown pages */
	bool open;              /* an instruction is being filled */
	bool fetched;           /* its page was told by a record of its own */
	uint64_t insn;          /* its stamp */
	uint64_t next;          /* first stamp not yet written */
	uint64_t code_page;     /* where it is */
	unsigned loads, stores; /* slots in use */
	uint64_t load[LOADS], store[STORES];
	bool has_data;      /* a DATA record has been seen */
	uint64_t data_page; /* of the last one */
	bool data_write;    /* and whether it was a store */
	uint64_t rest;      /* of its run, not yet written */
	struct vmsa_foreign_export_result result;
	struct vmsa_trace_record batch[BATCH];
};

static int put_instruction(struct exporter *x)
{
	uint8_t p[VMSA_CHAMPSIM_BYTES] = { 0 };

	put_le(p, x->code_page << VMSA_TRACE_PAGE_SHIFT | (4 * x->insn & 0xffc),
	       8);
	for (unsigned i = 0; i < x->stores; i++)
		put_le(p + 16 + 8 * (size_t)i, x->store[i], 8);
	for (unsigned i = 0; i < x->loads; i++)
		put_le(p + 32 + 8 * (size_t)i, x->load[i], 8);
	x->result.instructions++;
	x->result.accesses += x->loads + x->stores;
	x->loads = x->stores = 0;
	x->open = x->fetched = false;
	if (fwrite(p, 1, sizeof(p), x->file) == sizeof(p))
		return 0;
	return vmsa_error_at(x->err, x->path, NULL, 0, -errno,
			     "cannot be written: %s", strerror(errno));
}

static uint64_t data_va(uint64_t page)
{
	return page << VMSA_TRACE_PAGE_SHIFT | DATA_OFFSET;
}

/* Fill slots with the rest of the run: behind a store stores alone follow. */
static void put_rest(struct exporter *x)
{
	const uint64_t va = data_va(x->data_page);

	while (x->rest && !x->stores && x->loads < LOADS) {
		x->load[x->loads++] = va;
		x->rest--;
	}
	while (x->rest && x->stores < STORES && x->data_write) {
		x->store[x->stores++] = va;
		x->rest--;
	}
}

/* Write instructions up to @insn, which is left open. */
static int go_to(struct exporter *x, uint64_t insn)
{
	int ret = 0;

	if (x->open && x->insn == insn)
		return 0;
	while (x->next <= insn && !ret) {
		if (x->open) {
			put_rest(x);
			ret = put_instruction(x);
		}
		x->insn = x->next++;
		x->open = true;
	}
	x->open = true;
	return ret;
}

/* The open instruction is full: another one of the same stamp. */
static int split(struct exporter *x)
{
	const int ret = put_instruction(x);

	x->open = true;
	x->result.extra++;
	return ret;
}

static int put_fetch(struct exporter *x, const struct vmsa_trace_record *r)
{
	int ret = go_to(x, r->insn);

	if (!ret && (x->fetched || x->loads || x->stores))
		ret = split(x);
	x->fetched = true;
	x->code_page = r->page;
	return ret;
}

static int put_data(struct exporter *x, const struct vmsa_trace_record *r)
{
	int ret;

	/* The run before this one had so many more, wherever they were. */
	if (x->has_data && !x->filtered)
		x->rest = r->accesses;
	else
		x->result.lost += r->accesses;
	ret = go_to(x, r->insn);
	put_rest(x);
	x->result.lost += x->rest;
	x->rest = 0;
	if (!ret &&
	    (r->write ? x->stores == STORES : x->stores || x->loads == LOADS))
		ret = split(x);
	if (r->write)
		x->store[x->stores++] = data_va(r->page);
	else
		x->load[x->loads++] = data_va(r->page);
	x->has_data = true;
	x->data_page = r->page;
	x->data_write = r->write;
	return ret;
}

/* State records are no accesses; they tell where the code is. */
static int put_record(struct exporter *x, const struct vmsa_trace_record *r)
{
	if (r->state && r->kind == VMSA_TRACE_FETCH) {
		if (r->page != VMSA_TRACE_NO_PAGE)
			x->code_page = r->page;
		return 0;
	}
	if (r->state)
		return 0;
	switch (r->kind) {
	case VMSA_TRACE_DATA:
		return put_data(x, r);
	case VMSA_TRACE_FETCH:
		return put_fetch(x, r);
	default:
		x->result.events++;
		return 0;
	}
}

/* All records, then the instructions behind the last one. */
static int put_stream(struct exporter *x, struct vmsa_trace_stream *s,
		      const struct vmsa_trace_totals *t)
{
	size_t n = 1;
	int ret = 0;

	x->next = t->first_insn;
	while (!ret && n) {
		ret = vmsa_trace_read(s, x->batch, BATCH, &n, x->err);
		for (size_t i = 0; i < n && !ret; i++)
			ret = put_record(x, &x->batch[i]);
	}
	return ret;
}

/* Hits behind the last record are in the totals only. */
static int put_end(struct exporter *x, const struct vmsa_trace_totals *t)
{
	const uint64_t told =
		x->result.accesses + x->loads + x->stores + x->result.lost;
	const uint64_t left = t->accesses > told ? t->accesses - told : 0;
	int ret = 0;

	if (x->has_data && !x->filtered)
		x->rest = left;
	else
		x->result.lost += left;
	if (t->end_insn > x->next)
		ret = go_to(x, t->end_insn - 1);
	put_rest(x);
	if (!ret && x->open)
		ret = put_instruction(x);
	x->result.lost += x->rest;
	return ret;
}

static int open_file(struct exporter *x)
{
	x->file = strcmp(x->path, "-") ? fopen(x->path, "wbe") : stdout;
	if (x->file)
		return 0;
	return vmsa_error_at(x->err, x->path, NULL, 0, -errno,
			     "cannot be created: %s", strerror(errno));
}

/* A full disk may show only now. */
static int close_file(struct exporter *x)
{
	if (!(x->file == stdout ? fflush(stdout) : fclose(x->file)))
		return 0;
	return vmsa_error_at(x->err, x->path, NULL, 0, -errno,
			     "cannot be written: %s", strerror(errno));
}

static int export(struct exporter *x, struct vmsa_trace_stream *s,
		  const struct vmsa_trace_totals *t)
{
	int ret = open_file(x), end;

	if (ret)
		return ret;
	ret = put_stream(x, s, t);
	if (!ret)
		ret = put_end(x, t);
	end = close_file(x);
	return ret ? ret : end;
}

int vmsa_foreign_export(struct vmsa_trace *trace, unsigned cpu,
			const char *path,
			struct vmsa_foreign_export_result *result,
			struct vmsa_error *err)
{
	const struct vmsa_trace_totals *t = vmsa_trace_totals(trace, cpu);
	struct vmsa_trace_stream *s = NULL;
	struct exporter *x;
	int ret;

	if (!t)
		return vmsa_error_at(err, path, NULL, 0, -ERANGE,
				     "the trace has no stream %u", cpu);
	x = calloc(1, sizeof(*x));
	ret = x ? vmsa_trace_stream_create(trace, cpu, &s) : -ENOMEM;
	if (ret) {
		free(x);
		return vmsa_error_at(err, path, NULL, 0, ret,
				     "not enough memory");
	}
	x->path = path;
	x->err = err;
	x->filtered = vmsa_trace_data_filter(trace);
	ret = export(x, s, t);
	if (!ret && result)
		*result = x->result;
	vmsa_trace_stream_destroy(s);
	free(x);
	return ret;
}
