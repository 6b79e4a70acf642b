/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink.c - what all foreign formats have in common, once they are addresses
 */
#include "trace/foreign/sink.h"

#include <string.h>

#include "error.h"

#define PAGE_SIZE (UINT64_C(1) << VMSA_TRACE_PAGE_SHIFT)
#define PAGE_MASK ((UINT64_C(1) << (64 - VMSA_TRACE_PAGE_SHIFT)) - 1)

/* Half of what a record's count can hold; the filter may add as many. */
#define MOST_PENDING (UINT32_MAX / 2)

void vmsa_sink_init(struct vmsa_sink *k)
{
	k->data_page = k->fetch_page = VMSA_TRACE_NO_PAGE;
	vmsa_lru_init(&k->data, k->in->data_filter);
	vmsa_lru_init(&k->fetch, k->in->fetch_filter);
}

int vmsa_sink_flush(struct vmsa_sink *k)
{
	const size_t n = k->n;

	k->n = 0;
	return vmsa_trace_writer_add(k->writer, k->cpu, k->batch, n, k->err);
}

/* An access told of behind the next instruction's event comes there, late. */
static int put(struct vmsa_sink *k, struct vmsa_trace_record *r)
{
	if (r->insn < k->last)
		r->insn = k->last;
	k->last = r->insn;
	k->batch[k->n++] = *r;
	return k->n == VMSA_SINK_BATCH ? vmsa_sink_flush(k) : 0;
}

static uint64_t stamp(const struct vmsa_sink *k)
{
	return k->insns ? k->insns - 1 : 0;
}

static bool in(const struct vmsa_range *range, vmsa_va va)
{
	return va - range->start < range->size;
}

/* As foreign.h tells. */
static enum vmsa_trace_region region_of(const struct vmsa_sink *k, vmsa_va va)
{
	const struct vmsa_trace_machine *m = k->machine;

	if (!(va >> 63))
		return VMSA_TRACE_USER;
	if (!k->has_linear ||
	    (va - m->linear_base) >> (m->va_bits ? m->va_bits - 1 : 0))
		return VMSA_TRACE_KERNEL;
	return in(&m->image, va) || in(&m->vmalloc, va) || in(&m->vmemmap, va)
		       ? VMSA_TRACE_KERNEL
		       : VMSA_TRACE_LINEAR;
}

/* A record of the current instruction. */
static struct vmsa_trace_record record(const struct vmsa_sink *k,
				       enum vmsa_trace_kind kind, uint64_t page)
{
	return (struct vmsa_trace_record){
		.insn = stamp(k),
		.page = page,
		.victim = VMSA_TRACE_NO_VICTIM,
		.kind = (uint8_t)kind,
		.region = (uint8_t)region_of(k, page << VMSA_TRACE_PAGE_SHIFT),
		.el0 = k->el0,
	};
}

void vmsa_sink_begin(struct vmsa_sink *k, vmsa_va at)
{
	k->insns++;
	k->el0 = !k->in->physical && !(at >> 63);
}

static int data_page(struct vmsa_sink *k, uint64_t page, bool write)
{
	struct vmsa_trace_record r;

	k->totals.accesses++;
	if (page == k->data_page && k->el0 == k->data_el0 &&
	    (k->data_written || !write) && k->pending < MOST_PENDING) {
		k->pending++;
		return 0;
	}
	r = record(k, VMSA_TRACE_DATA, page);
	r.write = write;
	r.accesses = k->pending;
	k->pending = 0;
	k->data_page = page;
	k->data_written = write;
	k->data_el0 = k->el0;
	if (k->in->data_filter && !vmsa_lru_pass(&k->data, &r))
		return 0;
	return put(k, &r);
}

static int fetch_page(struct vmsa_sink *k, uint64_t page)
{
	struct vmsa_trace_record r;

	if (page == k->fetch_page)
		return 0;
	k->totals.moves++;
	k->fetch_page = page;
	r = record(k, VMSA_TRACE_FETCH, page);
	if (k->in->fetch_filter && !vmsa_lru_pass(&k->fetch, &r))
		return 0;
	return put(k, &r);
}

/* How many pages an access touches; a size of 0 counts as 1. */
static uint64_t pages_of(vmsa_va va, uint64_t size)
{
	const uint64_t last = va % PAGE_SIZE + (size ? size - 1 : 0);

	return 1 + last / PAGE_SIZE;
}

/* As the file has it, or the place of a physical one in the linear map. */
static vmsa_va virtual(const struct vmsa_sink *k, uint64_t at)
{
	return k->in->physical
		       ? at - k->machine->phys_base + k->machine->linear_base
		       : at;
}

int vmsa_sink_fetch(struct vmsa_sink *k, vmsa_va pc, uint64_t size)
{
	const vmsa_va at = virtual(k, pc);
	const uint64_t page = at >> VMSA_TRACE_PAGE_SHIFT;
	const uint64_t n = pages_of(at, size);
	int ret = 0;

	for (uint64_t i = 0; i < n && !ret; i++)
		ret = fetch_page(k, (page + i) & PAGE_MASK);
	return ret;
}

int vmsa_sink_data(struct vmsa_sink *k, vmsa_va va, uint64_t size, bool write)
{
	const vmsa_va at = virtual(k, va);
	const uint64_t page = at >> VMSA_TRACE_PAGE_SHIFT;
	const uint64_t n = pages_of(at, size);
	int ret = 0;

	for (uint64_t i = 0; i < n && !ret; i++)
		ret = data_page(k, (page + i) & PAGE_MASK, write);
	return ret;
}

/* An event comes before the instruction that follows it. */
static int put_event(struct vmsa_sink *k, enum vmsa_trace_kind kind, uint64_t a)
{
	struct vmsa_trace_record r = record(k, kind, 0);

	r.insn = k->insns;
	r.region = VMSA_TRACE_USER;
	r.a = a;
	return put(k, &r);
}

/*
 * The ASID is the pid's low 16 bits: two processes share one if their pids
 * differ by a multiple of 65536.  A run ends where the process does.
 */
int vmsa_sink_context(struct vmsa_sink *k, uint64_t pid)
{
	int ret;

	if (k->has_context && k->pid == pid)
		return 0;
	k->has_context = true;
	k->pid = pid;
	k->data_page = k->fetch_page = VMSA_TRACE_NO_PAGE;
	ret = put_event(k, VMSA_TRACE_TTBR1, pid << 48);
	return ret ? ret : put_event(k, VMSA_TRACE_TASK, pid);
}

int vmsa_sink_frame(struct vmsa_sink *k, vmsa_va va, vmsa_pa pa)
{
	struct vmsa_trace_record r =
		record(k, VMSA_TRACE_FRAME, va >> VMSA_TRACE_PAGE_SHIFT);

	r.insn = k->insns;
	r.a = pa >> VMSA_TRACE_PAGE_SHIFT;
	return put(k, &r);
}

void vmsa_sink_note(struct vmsa_sink *k, const char *key, const char *value)
{
	/* Later than the first block, or unprintable: it is only a note. */
	(void)vmsa_trace_writer_set(k->writer, key, value);
}

int vmsa_sink_bad(const struct vmsa_sink *k, const char *text)
{
	return vmsa_error_at(k->err, k->source.path, "byte",
			     vmsa_source_tell(&k->source), -EBADMSG, "%s",
			     text);
}

int vmsa_sink_bad_line(const struct vmsa_sink *k, const char *text)
{
	return vmsa_error_at(k->err, k->source.path, "line", k->line, -EBADMSG,
			     "%s", text);
}
