/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorded_test.c - sweeps of bundled recordings, against replays
 *
 * The first records of each recording, with the linear map in pages, in
 * contiguous groups and in blocks.  Sampled shapes are replayed in full; the
 * misses of every account are equal.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/leaf_walk.h"
#include "support/vmsa_test.h"
#include "vmsa/sweep.h"

#define RECORDS 1500000
#define WARMUP  1000000

static const char *const traces[] = { "dmcrypt-aged", "memcached-1cpu",
				      "memcached-nic" };

static const struct test_leaf leaves[] = { { 12, 12, 12, 3 },
					   { 12, 12, 16, 3 },
					   { 12, 21, 21, 2 } };

/* Leaves of one size, wherever. */
static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	return test_leaf_walk(w, arg);
}

struct recording {
	struct vmsa_trace_record *records;
	size_t n;
	struct vmsa_replay_config config; /* filters and machine */
};

static void read_recording(const char *name, struct recording *out)
{
	struct vmsa_trace_stream *stream;
	struct vmsa_trace *trace;
	char path[4096];
	size_t n;

	*out = (struct recording){ 0 };
	snprintf(path, sizeof(path), "%s/traces/%s.vmt",
		 getenv("VMSA_SOURCE_ROOT"), name);
	assert_int_equal(vmsa_trace_open(path, &trace, NULL), 0);
	assert_int_equal(vmsa_trace_machine(trace, &out->config.recorded, NULL),
			 0);
	out->config.data_filter = vmsa_trace_data_filter(trace);
	out->config.fetch_filter = vmsa_trace_fetch_filter(trace);
	out->records = malloc(RECORDS * sizeof(*out->records));
	assert_int_equal(vmsa_trace_stream_create(trace, 0, &stream), 0);
	do {
		assert_int_equal(vmsa_trace_read(stream, out->records + out->n,
						 RECORDS - out->n, &n, NULL),
				 0);
		out->n += n;
	} while (n && out->n < RECORDS);
	vmsa_trace_stream_destroy(stream);
	vmsa_trace_close(trace);
}

static void complete(struct vmsa_replay_config *c, const struct test_leaf *leaf,
		     const struct vmsa_trace_machine *recorded)
{
	const struct vmsa_tlb_config tlb = VMSA_TLB_CONFIG_DEFAULT;

	c->tlb = tlb;
	c->fetch = true;
	c->warmup = WARMUP;
	c->linear =
		(struct vmsa_tlb_walker){ .walk = walk, .arg = (void *)leaf };
	c->linear_base = recorded->linear_base;
	c->phys_base = recorded->phys_base;
	c->ram = recorded->ram;
	c->nr_ram = recorded->banks;
}

#define SHAPE(ENTRIES, WAYS)                                             \
	{                                                                \
		.entries = (ENTRIES), .ways = (WAYS), .contiguous = true \
	}

static const struct vmsa_tlb_array first[] = {
	SHAPE(16, 16),
	SHAPE(48, 48),
	SHAPE(100, 100),
	SHAPE(512, 512),
};

static const struct vmsa_tlb_array second[] = {
	SHAPE(64, 1),   SHAPE(1280, 5),  SHAPE(1024, 4),
	SHAPE(2048, 8), SHAPE(256, 256), SHAPE(1280, 1280),
};

static void compare(const struct vmsa_sweep_config *c,
		    const struct recording *rec, size_t shape,
		    const struct vmsa_sweep_point *point)
{
	const bool l1 = c->structure == VMSA_SWEEP_L1D;
	struct vmsa_replay_config rc = c->replay;
	struct vmsa_replay_result r;
	struct vmsa_replay *replay;

	*(l1 ? &rc.tlb.l1d : &rc.tlb.l2) = c->shapes[shape];
	assert_int_equal(vmsa_replay_create(&rc, &replay), 0);
	assert_int_equal(vmsa_replay_feed(replay, rec->records, rec->n), 0);
	vmsa_replay_finish(replay, 0, &r);
	vmsa_replay_destroy(replay);
	for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
			const struct vmsa_tlb_counters *n =
				&r.stats.of[region][side];
			uint64_t expected = !l1 ? n->l2_misses
					    : side == VMSA_TLB_DATA
						    ? n->l1_misses
						    : 0;

			assert_int_equal(point->misses[region][side], expected);
		}
}

static void check(const struct recording *rec, const struct test_leaf *leaf,
		  enum vmsa_sweep_structure structure)
{
	const bool l1 = structure == VMSA_SWEEP_L1D;
	struct vmsa_sweep_config c = {
		.replay = rec->config,
		.structure = structure,
		.shapes = l1 ? first : second,
		.nr_shapes = l1 ? COUNT(first) : COUNT(second),
	};
	struct vmsa_sweep_point points[COUNT(second)];
	struct vmsa_sweep_totals totals;
	struct vmsa_sweep *sweep;
	uint64_t misses = 0;

	complete(&c.replay, leaf, &rec->config.recorded);
	assert_int_equal(vmsa_sweep_create(&c, &sweep), 0);
	assert_int_equal(vmsa_sweep_feed(sweep, rec->records, rec->n), 0);
	vmsa_sweep_finish(sweep, 0, &totals, points);
	vmsa_sweep_destroy(sweep);
	for (size_t i = 0; i < c.nr_shapes; i++)
		compare(&c, rec, i, &points[i]);
	for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		misses += points[0].misses[region][VMSA_TLB_DATA];
	assert_true(misses > 1000);
}

static void sweeps_count_as_replays_do(void **state)
{
	(void)state;
	for (size_t t = 0; t < COUNT(traces); t++) {
		struct recording rec;

		print_message("%s\n", traces[t]);
		read_recording(traces[t], &rec);
		for (size_t l = 0; l < COUNT(leaves); l++) {
			check(&rec, &leaves[l], VMSA_SWEEP_L1D);
			check(&rec, &leaves[l], VMSA_SWEEP_L2);
		}
		free(rec.records);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sweeps_count_as_replays_do),
	};

	return cmocka_run_group_tests_name("sweep_recorded", tests, NULL, NULL);
}
