/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay_test.c - what vmsa/replay.h promises, one promise a test
 *
 * Pages are few and TLBs large, so that each count follows from the sentence
 * in the test's name.
 */
#include <errno.h>
#include <string.h>

#include "replay/sys.h"
#include "support/vmsa_test.h"
#include "vmsa/replay.h"

#define GIB        (UINT64_C(1) << 30)
#define LINEAR     UINT64_C(0xffff000000000000)
#define IMAGE      UINT64_C(0xffff800080000000)
#define NEW_LINEAR UINT64_C(0xffff400000000000)

static const struct vmsa_range new_ram = { 8 * GIB, 4 * GIB };

/* The map under test: pages, and the addresses it was asked for. */
struct map {
	unsigned walks;
	vmsa_va last;
	bool clean; /* with DBM, and not written yet */
};

static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	struct map *m = arg;

	m->walks++;
	m->last = w->va;
	if (w->from_root)
		w->first = 3;
	w->last = 3;
	w->at[VMSA_LEVEL_SLOT(3)] = w->va >> 9 & 0xffffffffff8;
	w->fault = false;
	w->clean = m->clean;
	w->global = true;
	w->shift = w->contiguous_shift = 12;
	w->pa = w->va - NEW_LINEAR + 8 * GIB;
	return 0;
}

static struct vmsa_replay_config config(struct map *map)
{
	return (struct vmsa_replay_config){
		.tlb = VMSA_TLB_CONFIG_DEFAULT,
		.recorded = { .va_bits = 48,
			      .linear_base = LINEAR,
			      .phys_base = GIB,
			      .image = { IMAGE, 0x24e0000 },
			      .banks = 1,
			      .ram = { { GIB, 4 * GIB } } },
		.linear = { .walk = walk, .arg = map },
		.linear_base = NEW_LINEAR,
		.phys_base = 8 * GIB,
		.ram = &new_ram,
		.nr_ram = 1,
	};
}

static struct vmsa_trace_record data(uint64_t insn, vmsa_va va,
				     enum vmsa_trace_region region)
{
	return (struct vmsa_trace_record){
		.insn = insn,
		.page = va >> 12,
		.victim = VMSA_TRACE_NO_VICTIM,
		.kind = VMSA_TRACE_DATA,
		.region = region,
	};
}

static struct vmsa_trace_record asid(uint16_t asid)
{
	return (struct vmsa_trace_record){
		.kind = VMSA_TRACE_TTBR1,
		.a = (uint64_t)asid << 48 | 0x41f16001,
	};
}

static struct vmsa_replay_result run(const struct vmsa_replay_config *c,
				     const struct vmsa_trace_record *records,
				     size_t n)
{
	struct vmsa_replay_result out;
	struct vmsa_replay *r;

	assert_int_equal(vmsa_replay_create(c, &r), 0);
	assert_int_equal(vmsa_replay_feed(r, records, n), 0);
	vmsa_replay_finish(r, 0, &out);
	vmsa_replay_destroy(r);
	return out;
}

static uint64_t misses(const struct vmsa_replay_result *r,
		       enum vmsa_tlb_region region)
{
	return r->stats.of[region][VMSA_TLB_DATA].l1_misses;
}

static void the_linear_map_moves_to_the_same_offset_in_ram(void **state)
{
	const struct vmsa_trace_record r[] = {
		data(1, LINEAR + 3 * GIB + 0x5000, VMSA_TRACE_LINEAR),
	};
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out = run(&c, r, COUNT(r));

	(void)state;
	assert_u64_equal(map.last, NEW_LINEAR + 3 * GIB + 0x5000);
	assert_int_equal(misses(&out, VMSA_TLB_LINEAR), 1);
	assert_int_equal(out.unplaced, 0);
}

static void an_address_outside_recorded_ram_is_counted_as_unplaced(void **state)
{
	struct vmsa_trace_record r =
		data(1, LINEAR + 4 * GIB, VMSA_TRACE_LINEAR);
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out;

	(void)state;
	r.accesses = 6;
	out = run(&c, &r, 1);
	assert_int_equal(out.unplaced, 7);
	assert_int_equal(map.walks, 0);
}

static void ram_too_small_for_the_recording_is_refused(void **state)
{
	struct vmsa_range small = { 8 * GIB, 4 * GIB - 4096 };
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay *r;

	(void)state;
	c.ram = &small;
	assert_int_equal(vmsa_replay_create(&c, &r), -ERANGE);
}

static void user_entries_serve_one_asid_and_kernel_entries_all(void **state)
{
	const struct vmsa_trace_record r[] = {
		asid(1),
		data(1, 0x400000, VMSA_TRACE_USER),
		data(2, LINEAR, VMSA_TRACE_LINEAR),
		data(3, 0xffff900000000000, VMSA_TRACE_KERNEL),
		asid(2),
		data(4, 0x400000, VMSA_TRACE_USER),
		data(5, LINEAR, VMSA_TRACE_LINEAR),
		data(6, 0xffff900000000000, VMSA_TRACE_KERNEL),
		asid(1),
		data(7, 0x400000, VMSA_TRACE_USER),
	};
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out = run(&c, r, COUNT(r));

	(void)state;
	assert_int_equal(misses(&out, VMSA_TLB_USER), 2);
	assert_int_equal(misses(&out, VMSA_TLB_LINEAR), 1);
	assert_int_equal(misses(&out, VMSA_TLB_OTHER), 1);
}

/* The same VA in two processes: two descriptors, in two lines. */
static void each_process_has_tables_of_its_own(void **state)
{
	const struct vmsa_trace_record r[] = {
		asid(1),
		data(1, 0x400000, VMSA_TRACE_USER),
		asid(2),
		data(2, 0x400000, VMSA_TRACE_USER),
		data(3, 0x401000, VMSA_TRACE_USER),
	};
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out = run(&c, r, COUNT(r));
	const struct vmsa_tlb_counters *user =
		&out.stats.of[VMSA_TLB_USER][VMSA_TLB_DATA];

	(void)state;
	assert_int_equal(user->loads[VMSA_LEVEL_SLOT(0)], 2);
	assert_int_equal(user->loads[VMSA_LEVEL_SLOT(3)], 3);
	assert_int_equal(user->line_misses, 8);
	assert_int_equal(user->line_hits, 1);
}

/* Both pages are in one 2 MiB; only the first lies in the image. */
static void an_image_block_does_not_cover_vmalloc(void **state)
{
	const struct vmsa_trace_record r[] = {
		data(1, IMAGE + 0x24df000, VMSA_TRACE_KERNEL),
		data(2, IMAGE + 0x2400000, VMSA_TRACE_KERNEL),
		data(3, IMAGE + 0x24e0000, VMSA_TRACE_KERNEL),
		data(4, IMAGE + 0x24e1000, VMSA_TRACE_KERNEL),
	};
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out = run(&c, r, COUNT(r));

	(void)state;
	assert_int_equal(misses(&out, VMSA_TLB_IMAGE), 1);
	assert_int_equal(misses(&out, VMSA_TLB_OTHER), 2);
}

static void a_warm_up_fills_but_does_not_count(void **state)
{
	const struct vmsa_trace_record r[] = {
		data(99, LINEAR, VMSA_TRACE_LINEAR),
		data(100, LINEAR, VMSA_TRACE_LINEAR),
		data(1100, LINEAR + 0x1000, VMSA_TRACE_LINEAR),
	};
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out;
	struct vmsa_tlb_counters sum;

	(void)state;
	c.warmup = 100;
	out = run(&c, r, COUNT(r));
	vmsa_replay_sum(&out, VMSA_TLB_DATA, VMSA_REPLAY_ALL, &sum);
	assert_int_equal(sum.accesses, 2);
	assert_int_equal(sum.l1_misses, 1);
	assert_int_equal(out.instructions, 1000);
	assert_true(vmsa_replay_mpki(&out, sum.l1_misses) == 1.0);
}

/* As after a seek: the filter's entries, then records that name them. */
static void state_records_fill_the_filter_but_do_not_count(void **state)
{
	struct vmsa_trace_record r[] = {
		data(500, LINEAR, VMSA_TRACE_LINEAR),
		data(500, LINEAR + 0x1000, VMSA_TRACE_LINEAR),
		data(510, LINEAR + 0x2000, VMSA_TRACE_LINEAR),
	};
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out;

	(void)state;
	c.data_filter = 2;
	for (size_t i = 0; i < COUNT(r); i++) {
		r[i].victim = 0;
		r[i].state = i < 2;
	}
	out = run(&c, r, COUNT(r));
	assert_int_equal(map.walks, 3);
	assert_int_equal(misses(&out, VMSA_TLB_LINEAR), 1);
	assert_int_equal(out.instructions, 10);
}

static void a_victim_beyond_the_filter_is_refused(void **state)
{
	struct vmsa_trace_record r = data(1, LINEAR, VMSA_TRACE_LINEAR);
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay *replay;

	(void)state;
	c.data_filter = 8;
	r.victim = 8;
	assert_int_equal(vmsa_replay_create(&c, &replay), 0);
	assert_int_equal(vmsa_replay_feed(replay, &r, 1), -EINVAL);
	vmsa_replay_destroy(replay);
}

static void an_l1_smaller_than_the_filter_is_refused(void **state)
{
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay *replay;

	(void)state;
	c.data_filter = 8;
	c.tlb.l1d = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(7, 7);
	assert_int_equal(vmsa_replay_create(&c, &replay), -EINVAL);
	c.tlb.l1d = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(48, 12);
	assert_int_equal(vmsa_replay_create(&c, &replay), -EINVAL);
}

/* A TLBI of one page by VA, in the middle of a filtered stream. */
static void a_tlbi_empties_the_filter_and_invalidates(void **state)
{
	struct vmsa_trace_record r[] = {
		data(1, LINEAR, VMSA_TRACE_LINEAR),
		data(2, LINEAR + 0x1000, VMSA_TRACE_LINEAR),
		{ .insn = 3,
		  .kind = VMSA_TRACE_TLBI,
		  .a = 0x41f,
		  .b = NEW_LINEAR >> 12 & 0xfffffffffff },
		data(4, LINEAR, VMSA_TRACE_LINEAR),
		data(5, LINEAR + 0x1000, VMSA_TRACE_LINEAR),
	};
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out;

	(void)state;
	c.data_filter = 8;
	r[0].victim = r[1].victim = r[3].victim = r[4].victim = 0;
	out = run(&c, r, COUNT(r));
	assert_int_equal(out.tlbis, 1);
	assert_int_equal(misses(&out, VMSA_TLB_LINEAR), 3);
}

static void fetches_have_a_side_of_their_own(void **state)
{
	struct vmsa_trace_record r[] = {
		data(1, IMAGE, VMSA_TRACE_KERNEL),
		data(2, IMAGE, VMSA_TRACE_KERNEL),
	};
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out;
	struct vmsa_tlb_counters sum;

	(void)state;
	r[1].kind = VMSA_TRACE_FETCH;
	out = run(&c, r, COUNT(r));
	vmsa_replay_sum(&out, VMSA_TLB_FETCH, VMSA_REPLAY_ALL, &sum);
	assert_int_equal(sum.accesses, 0);
	c.fetch = true;
	out = run(&c, r, COUNT(r));
	vmsa_replay_sum(&out, VMSA_TLB_FETCH, VMSA_REPLAY_ALL, &sum);
	assert_int_equal(sum.accesses, 1);
	assert_int_equal(sum.l1_misses, 1);
	assert_int_equal(sum.l2_hits, 1);
}

/* Cycles with a walk of 100 under way; each stamp is of a page of its own. */
static uint64_t active(uint32_t walkers, uint32_t cpi, const uint64_t *stamps,
		       size_t n)
{
	struct vmsa_trace_record r[3];
	struct map map = { 0 };
	struct vmsa_replay_config c = config(&map);
	struct vmsa_replay_result out;

	for (size_t i = 0; i < n; i++)
		r[i] = data(stamps[i], LINEAR + GIB + i * 0x10000,
			    VMSA_TRACE_LINEAR);
	c.tlb.walkers = walkers;
	c.tlb.walk_cycles = 100;
	c.tlb.line_hit_cycles = c.tlb.line_miss_cycles = 0;
	c.cpi = cpi;
	out = run(&c, r, n);
	assert_int_equal(map.walks, n);
	return out.stats.of[VMSA_TLB_LINEAR][VMSA_TLB_DATA].walk_active_cycles;
}

static void stamps_times_cpi_are_when_walks_are_wanted(void **state)
{
	const uint64_t stamps[] = { 10, 20, 1000 };
	/* 2^64 / 1500, about: the product with the second has 65 bits. */
	const uint64_t late[] = { 12297829382473034, 12297829382473054 };

	(void)state;
	/* At 20, 40 and 2000; at 5, 10 and 500; at 1, 2 and 100. */
	assert_u64_equal(active(2, 2000, stamps, 3), 100 + 20 + 100);
	assert_u64_equal(active(2, 500, stamps, 3), 100 + 5 + 100);
	assert_u64_equal(active(2, 100, stamps, 3), 100 + 1 + 99);
	/* All at once: two of them side by side. */
	assert_u64_equal(active(2, 0, stamps, 3), 200);
	assert_u64_equal(active(1, 2000, stamps, 3), 300);
	assert_u64_equal(active(2, 1500, late, 2), 100 + 30);
}

/* A store to a clean page walks again and makes the descriptor dirty. */
static void stores_are_writes(void **state)
{
	struct vmsa_trace_record r[] = {
		data(1, LINEAR + GIB, VMSA_TRACE_LINEAR),
		data(2, LINEAR + GIB, VMSA_TRACE_LINEAR),
		data(3, LINEAR + GIB, VMSA_TRACE_LINEAR),
	};

	(void)state;
	for (int store = 0; store <= 1; store++) {
		struct map map = { .clean = true };
		struct vmsa_replay_config c = config(&map);
		struct vmsa_replay_result out;

		r[1].write = r[2].write = store;
		c.tlb.ha = c.tlb.hd = true;
		out = run(&c, r, COUNT(r));
		assert_int_equal(map.walks, 1 + store);
		assert_u64_equal(
			out.stats.of[VMSA_TLB_LINEAR][VMSA_TLB_DATA].updates,
			store);
	}
}

/* Arm ARM C5.5, by op1:CRn:CRm:op2. */
static void tlbi_instructions_are_known_by_their_encoding(void **state)
{
	const struct {
		unsigned op1, crn, crm, op2;
		bool known;
		enum vmsa_tlbi_op op;
	} rows[] = {
		{ 0, 8, 3, 0, true, VMSA_TLBI_VMALLE1 },
		{ 0, 8, 3, 1, true, VMSA_TLBI_VAE1 },
		{ 0, 8, 3, 2, true, VMSA_TLBI_ASIDE1 },
		{ 0, 8, 3, 3, true, VMSA_TLBI_VAAE1 },
		{ 0, 8, 3, 5, true, VMSA_TLBI_VALE1 },
		{ 0, 8, 3, 7, true, VMSA_TLBI_VAALE1 },
		{ 0, 8, 7, 5, true, VMSA_TLBI_VALE1 },
		{ 0, 8, 1, 7, true, VMSA_TLBI_VAALE1 },
		{ 0, 9, 3, 1, true, VMSA_TLBI_VAE1 },
		{ 0, 8, 2, 1, true, VMSA_TLBI_RVAE1 },
		{ 0, 8, 6, 3, true, VMSA_TLBI_RVAAE1 },
		{ 0, 8, 5, 5, true, VMSA_TLBI_RVALE1 },
		{ 0, 8, 2, 7, true, VMSA_TLBI_RVAALE1 },
		{ 4, 8, 3, 1, false, 0 }, /* VAE2IS */
		{ 0, 8, 3, 4, false, 0 },
		{ 0, 8, 2, 0, false, 0 },
		{ 0, 7, 8, 0, false, 0 }, /* AT S1E1R */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t sys = rows[i].op1 << 11 | rows[i].crn << 7 |
			       rows[i].crm << 3 | rows[i].op2;
		struct vmsa_tlbi t = { .operand = 5 };

		assert_int_equal(vmsa_replay_tlbi(sys, 77, &t), rows[i].known);
		assert_int_equal(t.operand, rows[i].known ? 77 : 5);
		if (rows[i].known)
			assert_int_equal(t.op, rows[i].op);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_linear_map_moves_to_the_same_offset_in_ram),
		cmocka_unit_test(
			an_address_outside_recorded_ram_is_counted_as_unplaced),
		cmocka_unit_test(ram_too_small_for_the_recording_is_refused),
		cmocka_unit_test(
			user_entries_serve_one_asid_and_kernel_entries_all),
		cmocka_unit_test(each_process_has_tables_of_its_own),
		cmocka_unit_test(an_image_block_does_not_cover_vmalloc),
		cmocka_unit_test(a_warm_up_fills_but_does_not_count),
		cmocka_unit_test(
			state_records_fill_the_filter_but_do_not_count),
		cmocka_unit_test(a_victim_beyond_the_filter_is_refused),
		cmocka_unit_test(an_l1_smaller_than_the_filter_is_refused),
		cmocka_unit_test(a_tlbi_empties_the_filter_and_invalidates),
		cmocka_unit_test(fetches_have_a_side_of_their_own),
		cmocka_unit_test(stamps_times_cpi_are_when_walks_are_wanted),
		cmocka_unit_test(stores_are_writes),
		cmocka_unit_test(tlbi_instructions_are_known_by_their_encoding),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
