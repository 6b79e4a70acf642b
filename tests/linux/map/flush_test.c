/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush_test.c - which TLBI instructions flush a kernel range: test vector
 * TV-18 of docs/linear-map.md, operands included
 */
#include "linux/live.h"

#define START UINT64_C(0xffff000040345000)

/* The instructions of one flush. */
struct log {
	unsigned n;
	struct vmsa_tlbi tlbi[32];
};

static void log_event(void *arg, const struct vmsa_event *e)
{
	struct log *log = arg;

	if (e->kind == VMSA_EVENT_TLBI && log->n < COUNT(log->tlbi))
		log->tlbi[log->n++] = e->u.tlbi;
}

static void flush(struct vmsa_linux *l, vmsa_va start, uint64_t pages,
		  struct log *log)
{
	const unsigned shift = vmsa_linux_kernel(l)->granule_shift;

	log->n = 0;
	vmsa_space_observe(vmsa_linux_space(l), log_event, log);
	COSTS(l, vmsa_linux_flush(l, start, start + (pages << shift)), 1, 1, 1,
	      cost_.did.tlbi[VMSA_TLBI_VMALLE1] +
		      cost_.did.tlbi[VMSA_TLBI_VAALE1] +
		      cost_.did.tlbi[VMSA_TLBI_RVAALE1]);
	vmsa_space_unobserve(vmsa_linux_space(l), log_event, log);
}

static const struct count_row {
	struct booted how;
	uint64_t pages;
	unsigned ops; /* 0: everything instead */
} rows[] = {
#define PLAIN                              \
	{                                  \
		.version = VMSA_LINUX_V7_3 \
	}
	{ PLAIN, 1, 1 },       { PLAIN, 3, 3 },       { PLAIN, 17, 17 },
	{ PLAIN, 512, 0 },
#define OLD                                                    \
	{                                                      \
		.version = VMSA_LINUX_V6_12, .tlb_range = true \
	}
	{ OLD, 16, 16 },       { OLD, 513, 0 },
#define RANGE                                                 \
	{                                                     \
		.version = VMSA_LINUX_V7_3, .tlb_range = true \
	}
	{ RANGE, 1, 1 },       { RANGE, 2, 1 },       { RANGE, 3, 2 },
	{ RANGE, 4, 1 },       { RANGE, 63, 2 },      { RANGE, 64, 1 },
	{ RANGE, 65, 2 },      { RANGE, 100, 2 },     { RANGE, 511, 3 },
	{ RANGE, 512, 1 },     { RANGE, 2096, 2 },    { RANGE, 100000, 4 },
	{ RANGE, 2097151, 5 }, { RANGE, 2097152, 1 }, { RANGE, 2097153, 0 },
#define BIG(shift)                                                 \
	{                                                          \
		.granule_shift = shift, .version = VMSA_LINUX_V7_3 \
	}
	{ BIG(14), 31, 31 },   { BIG(14), 2048, 0 },  { BIG(16), 8192, 0 },
};

static void ranges_take_as_few_operations_as_they_must(void **state)
{
	(void)state;
	for (const struct count_row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_linux *l = boot_m(&r->how);
		const vmsa_va start = START & ~UINT64_C(0xffff);
		struct log log;

		print_message("%llu pages\n", (unsigned long long)r->pages);
		flush(l, start, r->pages, &log);
		assert_int_equal(log.n, r->ops ? r->ops : 1);
		if (!r->ops)
			assert_int_equal(log.tlbi[0].op, VMSA_TLBI_VMALLE1);
		vmsa_linux_destroy(l);
	}
}

/* How many single pages it takes until everything is flushed instead. */
static void thresholds_are_the_kernels(void **state)
{
	static const struct {
		struct booted how;
		uint64_t last; /* page count flushed page by page */
	} limits[] = {
		{ { .version = VMSA_LINUX_V7_3 }, 511 },
		{ { .version = VMSA_LINUX_V6_12 }, 512 },
		{ { .granule_shift = 14, .version = VMSA_LINUX_V7_3 }, 2047 },
		{ { .granule_shift = 16, .version = VMSA_LINUX_V7_3 }, 8191 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct vmsa_linux *l = boot_m(&limits[i].how);
		const unsigned shift = vmsa_linux_kernel(l)->granule_shift;
		const uint64_t n = limits[i].last;
		const vmsa_va start = UINT64_C(0xffff000040000000);

		COSTS(l, vmsa_linux_flush(l, start, start + (n << shift)), 1, 1,
		      1, n);
		COSTS(l, vmsa_linux_flush(l, start, start + ((n + 1) << shift)),
		      1, 1, 1, 1);
		vmsa_linux_destroy(l);
	}
}

/* Operands as the manual lays them out (C5.5). */
static void operands_name_the_pages(void **state)
{
	struct vmsa_linux *l = boot_m(&(struct booted)RANGE);
	struct log log;

	(void)state;
	flush(l, START, 100, &log);
	assert_int_equal(log.n, 2);
	assert_u64_equal(log.tlbi[0].operand, 0x501000040345);
	assert_u64_equal(log.tlbi[1].operand, 0x489000040385);
	flush(l, START, 3, &log);
	assert_int_equal(log.n, 2);
	assert_int_equal(log.tlbi[0].op, VMSA_TLBI_RVAALE1);
	assert_u64_equal(log.tlbi[0].operand, 0x401000040345);
	assert_int_equal(log.tlbi[1].op, VMSA_TLBI_VAALE1);
	/* VA[55:12]: 44 bits of it. */
	assert_u64_equal(log.tlbi[1].operand, 0xff000040347);
	vmsa_linux_destroy(l);
}

/* LPA2: ranges start at multiples of 64 KiB only. */
static void lpa2_walks_to_the_next_64k_page_by_page(void **state)
{
	struct vmsa_linux *l =
		boot_m(&(struct booted){ .va_bits = 52,
					 .version = VMSA_LINUX_V7_3,
					 .tlb_range = true,
					 .lpa2 = true });
	struct log log;

	(void)state;
	flush(l, START, 40, &log);
	/* 11 pages, a range of 28, a page. */
	assert_int_equal(log.n, 13);
	for (unsigned i = 0; i < 13; i++)
		assert_int_equal(log.tlbi[i].op, i == 11 ? VMSA_TLBI_RVAALE1
							 : VMSA_TLBI_VAALE1);
	flush(l, START & ~UINT64_C(0xffff), 40, &log);
	assert_int_equal(log.n, 1);
	vmsa_linux_destroy(l);
}

/* Edges are rounded outward to pages. */
static void odd_edges_are_rounded_outward(void **state)
{
	struct vmsa_linux *l = boot_m(&(struct booted)PLAIN);

	(void)state;
	COSTS(l, vmsa_linux_flush(l, START + 0xfff, START + 0x1001), 1, 1, 1,
	      2);
	vmsa_linux_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_take_as_few_operations_as_they_must),
		cmocka_unit_test(thresholds_are_the_kernels),
		cmocka_unit_test(operands_name_the_pages),
		cmocka_unit_test(lpa2_walks_to_the_next_64k_page_by_page),
		cmocka_unit_test(odd_edges_are_rounded_outward),
	};

	return cmocka_run_group_tests_name("flush", tests, NULL, NULL);
}
