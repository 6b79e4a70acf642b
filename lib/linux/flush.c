/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush.c - TLB maintenance of kernel ranges (9)
 */
#include "linux/linux.h"

/* The largest range that range operations reach: 2^21 pages. */
#define MAX_RANGE_PAGES (UINT64_C(1) << 21)

struct flush {
	struct vmsa_linux *l;
	unsigned shift; /* of a page */
	bool ds;        /* range operands count 64 KiB units */
	int scale;      /* of the next range operation */
};

static void emit(const struct flush *f, enum vmsa_tlbi_op op, uint64_t operand)
{
	vmsa_space_tlbi(f->l->space, (struct vmsa_tlbi){ .op = op,
							 .scope = VMSA_TLBI_IS,
							 .operand = operand });
}

static void flush_page(const struct flush *f, vmsa_va va)
{
	const struct vmsa_tlbi_page page = { .address = va };

	emit(f, VMSA_TLBI_VAALE1,
	     vmsa_tlbi_page_encode(VMSA_TLBI_VAALE1, &page));
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
		flush_page(f, va);
		return 1;
	}
	num = (int)(pages >> (5 * f->scale + 1)) - 1;
	f->scale--;
	if (num < 0)
		return 0;
	span.num = (uint8_t)num;
	if (vmsa_tlbi_span_encode(&span, &operand))
		return 0;
	emit(f, VMSA_TLBI_RVAALE1, operand);
	return vmsa_tlbi_span_bytes(&span) >> f->shift;
}

static void flush_pages(struct vmsa_linux *l, vmsa_va va, uint64_t pages)
{
	struct flush f = { .l = l,
			   .shift = l->kernel.granule_shift,
			   .ds = vmsa_space_geometry(l->space)->format ==
				 VMSA_FORMAT_LPA2,
			   .scale = 3 };
	const bool ranges = l->rules->range_tlbi && l->boot_cpu.tlb_range;

	while (pages) {
		uint64_t n = 1;

		if (ranges)
			n = flush_some(&f, va, pages);
		else
			flush_page(&f, va);
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

void vmsa_linux_flush(struct vmsa_linux *sys, vmsa_va start, vmsa_va end)
{
	const unsigned shift = sys->kernel.granule_shift;
	const uint64_t mask = (UINT64_C(1) << shift) - 1;
	uint64_t pages;

	start &= ~mask;
	end = (end + mask) & ~mask;
	pages = (end - start) >> shift;
	vmsa_space_barrier(sys->space, VMSA_DSB_ISHST);
	if (is_too_many(sys, pages)) {
		sys->full_flushes++;
		vmsa_space_tlbi(sys->space,
				(struct vmsa_tlbi){ .op = VMSA_TLBI_VMALLE1,
						    .scope = VMSA_TLBI_IS });
	} else {
		sys->pages_flushed += pages;
		flush_pages(sys, start, pages);
	}
	vmsa_space_barrier(sys->space, VMSA_DSB_ISH);
	vmsa_space_barrier(sys->space, VMSA_ISB);
}
