/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorded_test.c - the bundled recordings, against an independent model
 *
 * Whoever made the recordings ran them through a model of their own: L1 of 48
 * fully associative, L2 of 1280 in 5 ways, data only, 100 M instructions of
 * warm-up, with the linear map in pages, contiguous pages, 2 MiB and 1 GiB
 * blocks, all else as replay.h assumes.  Misses per thousand instructions are
 * equal in each of the four digits that were printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/vmsa_test.h"
#include "vmsa/replay.h"
#include "vmsa/table.h"

#define WARMUP  100000000
#define MIB     (UINT64_C(1) << 20)
#define TABLES  (64 * MIB)
#define RECORDS 4096

/* How to force one size of leaf on the linear map. */
static const struct mapping {
	const char *name;
	uint64_t step; /* mapped by one call; 0: all */
	unsigned flags;
} mappings[] = {
	{ "4K", 0, VMSA_MAP_NO_BLOCK | VMSA_MAP_NO_CONTIGUOUS },
	{ "64K", 0, VMSA_MAP_NO_BLOCK },
	{ "2M", 2 * MIB, VMSA_MAP_NO_CONTIGUOUS },
	{ "1G", 0, VMSA_MAP_NO_CONTIGUOUS },
};

/* As printed; of all regions and of the linear map. */
static const struct row {
	const char *trace;
	size_t mapping;
	const char *l1, *l2, *l2_linear;
} rows[] = {
	{ "memcached-nic", 0, "5.2333", "0.7464", "0.5613" },
	{ "memcached-nic", 1, "3.4125", "0.1557", "0.0195" },
	{ "memcached-nic", 2, "0.8927", "0.1139", "0.0000" },
	{ "memcached-nic", 3, "0.3718", "0.1131", "0.0000" },
	{ "dmcrypt-aged", 0, "1.8638", "0.0979", "0.0949" },
	{ "dmcrypt-aged", 1, "0.7170", "0.0372", "0.0367" },
	{ "dmcrypt-aged", 2, "0.0979", "0.0082", "0.0079" },
	{ "dmcrypt-aged", 3, "0.0153", "0.0000", "0.0000" },
};

/* The linear map of the recorded machine, and memory for its tables. */
static struct vmsa_space *new_map(const struct vmsa_trace_machine *m,
				  const struct mapping *how)
{
	const struct vmsa_range *ram = &m->ram[0];
	uint64_t step = how->step ? how->step : ram->size;
	struct vmsa_range bank = { ram->start, ram->size + TABLES };
	struct vmsa_memory_config mc = { .granule_shift = 12,
					 .banks = &bank,
					 .nr_banks = 1 };
	struct vmsa_space_config sc = { .upper = true, .root = VMSA_NO_PA };
	struct vmsa_space *space;

	assert_int_equal(vmsa_memory_create(&mc, &sc.memory), 0);
	vmsa_geometry_init(&sc.geometry, 12, 48, VMSA_FORMAT_48);
	assert_int_equal(vmsa_space_create(&sc, &space), 0);
	vmsa_space_lock(space);
	for (uint64_t at = 0; at < ram->size; at += step) {
		const struct vmsa_mapping map = {
			.va = m->linear_base + ram->start - m->phys_base + at,
			.pa = ram->start + at,
			.size = step,
			.attr = VMSA_LEAF_AF,
			.flags = how->flags,
			.phase = VMSA_EARLY,
		};

		assert_int_equal(vmsa_map(space, &map), 0);
	}
	vmsa_space_unlock(space);
	return space;
}

static struct vmsa_trace *open_trace(const char *name)
{
	struct vmsa_trace *trace;
	struct vmsa_error err;
	char path[4096];

	snprintf(path, sizeof(path), "%s/traces/%s.vmt",
		 getenv("VMSA_SOURCE_ROOT"), name);
	if (vmsa_trace_open(path, &trace, &err))
		fail_msg("%s: %s", path, err.text);
	return trace;
}

static void feed_all(struct vmsa_trace *trace, struct vmsa_replay *replay)
{
	static struct vmsa_trace_record records[RECORDS];
	struct vmsa_trace_stream *stream;
	size_t n;

	assert_int_equal(vmsa_trace_stream_create(trace, 0, &stream), 0);
	do {
		assert_int_equal(
			vmsa_trace_read(stream, records, RECORDS, &n, NULL), 0);
		assert_int_equal(vmsa_replay_feed(replay, records, n), 0);
	} while (n);
	vmsa_trace_stream_destroy(stream);
}

static void replay_row(const struct row *r, struct vmsa_replay_result *out)
{
	struct vmsa_trace *trace = open_trace(r->trace);
	struct vmsa_replay_config c = {
		.tlb = VMSA_TLB_CONFIG_DEFAULT,
		.data_filter = vmsa_trace_data_filter(trace),
		.fetch_filter = vmsa_trace_fetch_filter(trace),
		.warmup = WARMUP,
		.nr_ram = 1,
	};
	struct vmsa_replay *replay;
	struct vmsa_space *space;

	assert_int_equal(vmsa_trace_machine(trace, &c.recorded, NULL), 0);
	space = new_map(&c.recorded, &mappings[r->mapping]);
	c.linear = vmsa_tlb_space_walker(space);
	c.linear_base = c.recorded.linear_base;
	c.phys_base = c.recorded.phys_base;
	c.ram = c.recorded.ram;
	assert_int_equal(vmsa_replay_create(&c, &replay), 0);
	feed_all(trace, replay);
	vmsa_replay_finish(replay, 0, out);
	vmsa_replay_destroy(replay);
	vmsa_memory_destroy(vmsa_space_memory(space));
	vmsa_space_destroy(space);
	vmsa_trace_close(trace);
}

static void check_digits(const struct vmsa_replay_result *r, uint64_t misses,
			 const char *printed)
{
	char text[32];

	snprintf(text, sizeof(text), "%.4f", vmsa_replay_mpki(r, misses));
	assert_string_equal(text, printed);
}

static void misses_are_those_of_the_independent_model(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_tlb_counters all, linear;
		struct vmsa_replay_result result;

		print_message("%s, %s\n", r->trace, mappings[r->mapping].name);
		replay_row(r, &result);
		vmsa_replay_sum(&result, VMSA_TLB_DATA, VMSA_REPLAY_ALL, &all);
		vmsa_replay_sum(&result, VMSA_TLB_DATA, 1u << VMSA_TLB_LINEAR,
				&linear);
		check_digits(&result, all.l1_misses, r->l1);
		check_digits(&result, all.l2_misses, r->l2);
		check_digits(&result, linear.l2_misses, r->l2_linear);
		assert_int_equal(result.unplaced, 0);
		assert_int_equal(all.faults, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misses_are_those_of_the_independent_model),
	};

	return cmocka_run_group_tests_name("replay_recorded", tests, NULL,
					   NULL);
}
