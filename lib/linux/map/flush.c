/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush.c - TLB maintenance of kernel ranges (9)
 *
 *     DSB ISHST   TLBI ... TLBI   DSB ISH   ISB        vmsa_linux_flush()
 *
 * What is in the middle depends on the size of the range and on FEAT_TLBIRANGE:
 * an operation a page, a few operations on ranges, or one for everything once
 * the range is over a threshold.
 *
 * A range operation invalidates (num + 1) * 2^(5 * scale + 1) pages, num 0 to
 * 31, scale 0 to 3. The generator goes from scale 3 down and takes num from
 * five bits of the page count each time, so a count is spelled like a number in
 * base 32 with a factor of 2, and an odd page is left for one more.
 */
#include "linux/map/map.h"

/* The largest range that range operations reach: 2^21 pages, scale 3. */
#define MAX_RANGE_PAGES (UINT64_C(1) << 21)

/* A range being flushed. */
struct flush {
	struct vmsa_linux *l;
	enum vmsa_tlbi_op op; /* of one page */
	unsigned shift;       /* of a page */
	bool ds;              /* range operands count 64 KiB units */
	int scale;            /* of the next range operation */
};

/* One TLBI, broadcast to the Inner Shareable domain; no barrier. */
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
	/* At most 31: what is more went with the scale above (9.2). */
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

/* Pages one by one or by ranges; with LPA2 operands count 64 KiB units. */
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

/*
 * Over how many pages everything is flushed instead (9.1). 6.12 flushes exactly
 * a table's worth page by page, later ones do not.
 */
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

/* flush_tlb_kernel_range(): rounded outward to pages. */
void vmsa_linux_flush(struct vmsa_linux *sys, vmsa_va start, vmsa_va end)
{
	const uint64_t mask = vmsa_linux_page_size(sys) - 1;

	vmsa_space_barrier(sys->space, VMSA_DSB_ISHST);
	vmsa_linux_tlbi_range(sys, VMSA_TLBI_VAALE1, start & ~mask,
			      (end + mask) & ~mask);
	vmsa_space_barrier(sys->space, VMSA_DSB_ISH);
	vmsa_space_barrier(sys->space, VMSA_ISB);
}
