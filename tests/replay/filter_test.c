/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter_test.c - a filtered trace counts what the raw one does
 *
 * A random stream is replayed raw, then through a filter of K pages written
 * here anew.  Every counter is equal, for every size of leaf: the smallest L1
 * has no more entries than the filter.
 */
#include <stdlib.h>

#include "support/leaf_walk.h"
#include "support/vmsa_test.h"
#include "vmsa/replay.h"

#define LINEAR        UINT64_C(0xffff000000000000)
#define RECORDS       300000
#define K             8
#define SYS_VMALLE1IS 0x418

/* Every address is mapped by leaves of one size. */
static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	test_leaf_walk(w, arg);
	w->pa -= LINEAR;
	return 0;
}

/* The last K pages used, the least recent one first. */
struct lru {
	uint64_t page[K];
	bool written[K];
};

/* The same pages in the order of their last records, as a reader has them. */
struct records {
	uint64_t page[K];
};

static unsigned find(const uint64_t *page, uint64_t wanted)
{
	unsigned i = 0;

	while (i < K && page[i] != wanted)
		i++;
	return i;
}

static void to_end(uint64_t *page, unsigned i, uint64_t new)
{
	for (; i + 1 < K; i++)
		page[i] = page[i + 1];
	page[K - 1] = new;
}

static void empty(struct lru *use, struct records *list)
{
	for (unsigned i = 0; i < K; i++) {
		use->page[i] = list->page[i] = VMSA_TRACE_NO_PAGE;
		use->written[i] = false;
	}
}

/* Use a page; whether it makes a record, with the victim. */
static bool pass(struct lru *use, struct records *list,
		 struct vmsa_trace_record *r)
{
	unsigned at = find(use->page, r->page), i = at < K ? at : 0;
	bool hit = at < K, told = hit && use->written[i];
	uint64_t gone = use->page[i];

	for (unsigned j = i; j + 1 < K; j++)
		use->written[j] = use->written[j + 1];
	use->written[K - 1] = told || r->write;
	to_end(use->page, i, r->page);
	if (hit && (!r->write || told))
		return false;
	/* The oldest of several empty entries will do as well as any. */
	r->victim = (uint16_t)find(list->page, gone);
	to_end(list->page, r->victim, r->page);
	return true;
}

/* Loops over few pages, jumps, and pages of one 2 MiB used in turn. */
static struct vmsa_trace_record random_record(uint64_t *seed, uint64_t insn)
{
	uint64_t x = test_rand(seed);
	uint64_t page;

	switch (x & 7) {
	case 0:
		page = (x >> 8 & 0xffff) << (x >> 40 & 7);
		break;
	case 1:
	case 2:
		page = (x >> 8 & 0x3f) * 16;
		break;
	case 3:
		page = (x >> 8 & 0xf) << 9;
		break;
	default:
		page = x >> 8 & 3;
	}
	return (struct vmsa_trace_record){
		.insn = insn,
		.page = (LINEAR >> 12) + page % (UINT64_C(1) << 22),
		.victim = VMSA_TRACE_NO_VICTIM,
		.kind = VMSA_TRACE_DATA,
		.region = VMSA_TRACE_LINEAR,
		.write = x >> 60 & 1,
	};
}

static struct vmsa_replay *new_replay(struct test_leaf *leaf,
				      struct vmsa_tlb_config tlb,
				      unsigned filter)
{
	static const struct vmsa_range ram = { 0x40000000, UINT64_C(1) << 34 };
	struct vmsa_replay_config c = {
		.tlb = tlb,
		.recorded = { .va_bits = 48,
			      .linear_base = LINEAR,
			      .phys_base = 0x40000000 },
		.data_filter = filter,
		.linear = { .walk = walk, .arg = leaf },
		.linear_base = LINEAR,
		.phys_base = 0x40000000,
		.ram = &ram,
		.nr_ram = 1,
	};
	struct vmsa_replay *r;

	assert_int_equal(vmsa_replay_create(&c, &r), 0);
	return r;
}

/* Feed both; returns the accesses that left no record after the last one. */
static uint64_t feed_both(struct vmsa_replay *raw, struct vmsa_replay *filtered)
{
	uint64_t seed = 0x2545f4914f6cdd1d, pending = 0;
	struct records list;
	struct lru use;

	empty(&use, &list);
	for (uint64_t i = 0; i < RECORDS; i++) {
		struct vmsa_trace_record r = random_record(&seed, i);

		if (i % 50000 == 49999) {
			r = (struct vmsa_trace_record){
				.insn = i,
				.kind = VMSA_TRACE_TLBI,
				.a = SYS_VMALLE1IS,
			};
			empty(&use, &list);
			assert_int_equal(vmsa_replay_feed(raw, &r, 1), 0);
			assert_int_equal(vmsa_replay_feed(filtered, &r, 1), 0);
			continue;
		}
		assert_int_equal(vmsa_replay_feed(raw, &r, 1), 0);
		if (!pass(&use, &list, &r)) {
			pending++;
			continue;
		}
		r.accesses = (uint32_t)pending;
		pending = 0;
		assert_int_equal(vmsa_replay_feed(filtered, &r, 1), 0);
	}
	return pending;
}

static void check(struct test_leaf leaf, struct vmsa_tlb_config tlb)
{
	struct vmsa_replay *raw = new_replay(&leaf, tlb, 0);
	struct vmsa_replay *filtered = new_replay(&leaf, tlb, K);
	struct vmsa_replay_result a, b;
	uint64_t pending = feed_both(raw, filtered);
	struct vmsa_tlb_counters *c =
		&b.stats.of[VMSA_TLB_LINEAR][VMSA_TLB_DATA];

	vmsa_replay_finish(raw, 0, &a);
	vmsa_replay_finish(filtered, 0, &b);
	assert_true(b.records < a.records - a.records / 8);
	c->accesses += pending;
	c->l1_hits += pending;
	assert_memory_equal(&a.stats, &b.stats, sizeof(a.stats));
	vmsa_replay_destroy(raw);
	vmsa_replay_destroy(filtered);
}

static void every_counter_is_that_of_the_raw_trace(void **state)
{
	const struct {
		const char *name;
		struct test_leaf leaf;
	} rows[] = {
		{ "pages", { 12, 12, 12, 3 } },
		{ "contiguous pages", { 12, 12, 16, 3 } },
		{ "2 MiB blocks", { 12, 21, 21, 2 } },
		{ "1 GiB blocks", { 12, 30, 30, 1 } },
	};
	const uint32_t l1[] = { K, K + 1, 16, 48 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t j = 0; j < COUNT(l1); j++) {
			struct vmsa_tlb_config tlb = VMSA_TLB_CONFIG_DEFAULT;

			print_message("%s, L1 of %u\n", rows[i].name, l1[j]);
			tlb.l1d = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(l1[j],
									l1[j]);
			tlb.l2 = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(64, 4);
			check(rows[i].leaf, tlb);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_counter_is_that_of_the_raw_trace),
	};

	return cmocka_run_group_tests_name("replay_filter", tests, NULL, NULL);
}
