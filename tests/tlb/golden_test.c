/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * golden_test.c - the miss ratios that independent simulators agree on
 *
 * DynamoRIO's TLB simulator, libCacheSim (first level) and a loop of two
 * levels find these ratios on the streams of bench/tlb_streams.h, to four
 * digits.  The model finds them, and misses exactly as often as the benchmark's
 * calibration loop, which shares no code with it.
 */
#include <math.h>
#include <stdlib.h>

#include "../../bench/tlb_cal.h"
#include "../../bench/tlb_streams.h"
#include "support/leaf_walk.h"
#include "support/vmsa_test.h"
#include "tlb/tlb_impl.h"

/* Leaves of one size, in level 3 or 2. */
static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	static const struct test_leaf page = { 12, 12, 12, 3 };
	static const struct test_leaf block = { 12, 21, 21, 2 };
	const unsigned *shift = arg;

	return test_leaf_walk(w, *shift == 12 ? &page : &block);
}

static struct vmsa_tlb_counters run(const uint64_t *va, unsigned shift,
				    bool portable)
{
	const struct vmsa_tlb_config config = VMSA_TLB_CONFIG_DEFAULT;
	const struct vmsa_tlb_walker walker = { .walk = walk, .arg = &shift };
	const struct vmsa_tlb_access like = { .region = VMSA_TLB_LINEAR };
	struct vmsa_tlb_stats stats;
	struct vmsa_tlb *tlb;

	assert_int_equal(vmsa_tlb_create(&config, &walker, &tlb), 0);
	if (portable)
		tlb->run = &vmsa_tlb_run_portable;
	assert_int_equal(
		vmsa_tlb_access_many(tlb, &like, va, TLB_STREAM_LENGTH), 0);
	vmsa_tlb_stats(tlb, &stats);
	vmsa_tlb_destroy(tlb);
	return stats.of[VMSA_TLB_LINEAR][VMSA_TLB_DATA];
}

static const struct row {
	enum tlb_stream kind;
	unsigned shift;
	double l1, l2;
} rows[] = {
	{ TLB_STREAM_SEQUENTIAL, 12, 0.0156, 0.0156 },
	{ TLB_STREAM_RANDOM, 12, 1.0000, 0.9988 },
	{ TLB_STREAM_ZIPF, 12, 0.8322, 0.5905 },
	{ TLB_STREAM_HOT, 12, 0.0000, 0.0000 },
	{ TLB_STREAM_RANDOM, 21, 0.9766, 0.3753 },
	{ TLB_STREAM_ZIPF, 21, 0.8160, 0.2288 },
};

static void check_ratio(uint64_t misses, double golden)
{
	double ratio = (double)misses / (double)TLB_STREAM_LENGTH;

	assert_true(fabs(ratio - golden) <= 0.00005);
}

static void miss_ratios_are_the_golden_ones(void **state)
{
	uint64_t *va = malloc(TLB_STREAM_LENGTH * sizeof(*va));

	(void)state;
	assert_non_null(va);
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_tlb_counters c;

		print_message("%s, 2^%u bytes\n", tlb_stream_name(r->kind),
			      r->shift);
		tlb_stream_fill(r->kind, va, TLB_STREAM_LENGTH);
		c = run(va, r->shift, false);
		check_ratio(c.l1_misses, r->l1);
		check_ratio(c.l2_misses, r->l2);
		assert_int_equal(c.accesses, TLB_STREAM_LENGTH);
	}
	free(va);
}

static void the_calibration_loop_misses_as_often(void **state)
{
	uint64_t *va = malloc(TLB_STREAM_LENGTH * sizeof(*va)), l1, l2;

	(void)state;
	assert_non_null(va);
	for (int kind = 0; kind < TLB_STREAM_COUNT; kind++) {
		struct vmsa_tlb_counters c;

		tlb_stream_fill((enum tlb_stream)kind, va, TLB_STREAM_LENGTH);
		c = run(va, 12, kind == TLB_STREAM_ZIPF);
		tlb_cal_run(va, TLB_STREAM_LENGTH, &l1, &l2);
		assert_int_equal(c.l1_misses, l1);
		assert_int_equal(c.l2_misses, l2);
	}
	free(va);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(miss_ratios_are_the_golden_ones),
		cmocka_unit_test(the_calibration_loop_misses_as_often),
	};

	return cmocka_run_group_tests_name("tlb_golden", tests, NULL, NULL);
}
