/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush.c - TLB maintenance of kernel ranges (9)
 */
#include "linux/linux.h"

/* The largest range that range operations reach: 2^21 pages. */
#define MAX_RANGE_PAGES (UINT64_C(1) << 21)

struct flush {
	struct vmsa_linux *l;
	enum vmsa_tlbi_op op; /* of one page */
	unsigned shift;       /* of a page */
	bool ds;              /* range operands count 64 KiB units */
	int scale;            /* of the next range operation */
};

static void emit(struct vmsa_linux *l, enum vmsa_tlbi_op op, uint64_t operand)
{
	vmsa_space_tlbi(l->space, (struct vmsa_tlbi){ .op = op,
						      .scope = VMSA_TLBI_IS,
						      .operand = operand });
}

void vmsa_linux_tlbi_va(struct vmsa_linux *l, enum vmsa_tlbi_op op, vmsa_va va)
{
	const struct vmsa_tlbi_page page = { .address = va };

	emit(l, op, vmsa_tlbi_page_encode(op, &page));
}

void vmsa_linux_tlbi_all(struct vmsa_linux *l)
{
	emit(l, VMSA_TLBI_VMALLE1, 0);
}

bool vmsa_linux_has_tlbi_ranges(const struct vmsa_linux *l)
{
	return l->rules->range_tlbi && l->boot_cpu.tlb_range;
}

/* Operations on one address have a range form that reaches the same levels. */
static enum vmsa_tlbi_op range_form(enum vmsa_tlbi_op op)
{
	return op == VMSA_TLBI_VAAE1 ? VMSA_TLBI_RVAAE1 : VMSA_TLBI_RVAALE1;
}

/*
 * One step of the generator: how many pages it took.  The scale goes down
 * with each step that is not a single page, whether or not it took some.
 */
static uint64_t flush_some(struct flush *f, vmsa_va va, uint64_t pages)
{
	const bool misaligned = f->ds && va & 0xffff;
	struct vmsa_tlbi_span span = { .base = va,
				       .granule_shift = (uint8_t)f->shift,
				       .scale = (uint8_t)f->scale,
				       .ds = f->ds };
	uint64_t operand;
	int num;

	if (pages == 1 || misaligned || f->scale < 0) {
		vmsa_linux_tlbi_va(f->l, f->op, va);
		return 1;
	}
	num = (int)(pages >> (5 * f->scale + 1)) - 1;
	f->scale--;
	if (num < 0)
		return 0;
	span.num = (uint8_t)num;
	if (vmsa_tlbi_span_encode(&span, &operand))
		return 0;
	emit(f->l, range_form(f->op), operand);
	return vmsa_tlbi_span_bytes(&span) >> f->shift;
}

static void flush_pages(struct vmsa_linux *l, enum vmsa_tlbi_op op, vmsa_va va,
			uint64_t pages)
{
	struct flush f = { .l = l,
			   .op = op,
			   .shift = l->kernel.granule_shift,
			   .ds = vmsa_space_geometry(l->space)->format ==
				 VMSA_FORMAT_LPA2,
			   .scale = 3 };
	const bool ranges = vmsa_linux_has_tlbi_ranges(l);

	while (pages) {
		uint64_t n = 1;

		if (ranges)
			n = flush_some(&f, va, pages);
		else
			vmsa_linux_tlbi_va(l, op, va);
		va += n << f.shift;
		pages -= n;
	}
}

/* Over how many pages everything is flushed instead (9.1). */
static bool is_too_many(const struct vmsa_linux *l, uint64_t pages)
{
	const uint64_t entries = UINT64_C(1) << (l->kernel.granule_shift - 3);

	if (!l->rules->range_tlbi)
		return pages > entries;
	return l->boot_cpu.tlb_range ? pages > MAX_RANGE_PAGES
				     : pages >= entries;
}

void vmsa_linux_tlbi_range(struct vmsa_linux *l, enum vmsa_tlbi_op op,
			   vmsa_va start, vmsa_va end)
{
	const uint64_t pages = (end - start) >> l->kernel.granule_shift;

	if (is_too_many(l, pages)) {
		vmsa_linux_tlbi_all(l);
		l->full_flushes++;
	} else {
		flush_pages(l, op, start, pages);
		l->pages_flushed += pages;
	}
}

void vmsa_linux_flush(struct vmsa_linux *sys, vmsa_va start, vmsa_va end)
{
	const uint64_t mask = vmsa_linux_page_size(sys) - 1;

	vmsa_space_barrier(sys->space, VMSA_DSB_ISHST);
	vmsa_linux_tlbi_range(sys, VMSA_TLBI_VAALE1, start & ~mask,
			      (end + mask) & ~mask);
	vmsa_space_barrier(sys->space, VMSA_DSB_ISH);
	vmsa_space_barrier(sys->space, VMSA_ISB);
}
