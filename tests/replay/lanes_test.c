/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lanes_test.c - several lanes in one pass count what each would alone
 *
 * Every lane's result is compared, byte for byte, with that of plain.h, which
 * asks a TLB about each record.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain.h"
#include "support/leaf_walk.h"
#include "support/vmsa_test.h"

#define GIB        (UINT64_C(1) << 30)
#define LINEAR     UINT64_C(0xffff000000000000)
#define NEW_LINEAR UINT64_C(0xffff400000000000)
#define IMAGE      UINT64_C(0xffff800080000000)
#define VMALLOC    UINT64_C(0xffff900000000000)
#define VMEMMAP    UINT64_C(0xfffffdffc0000000)
#define BATCH      512
#define MAX_LANES  10

/* --- maps under test ---------------------------------------------------- */

/* Every address is mapped by leaves of one size, but for holes. */
struct leaf {
	struct test_leaf of;
	bool local;     /* nG: each ASID has its own */
	uint64_t holes; /* one page in so many has no translation; 0: none */
	vmsa_pa moved;  /* how far everything went since entries were filled */
};

static const struct leaf leaves[] = {
	{ { 12, 12, 12, 3 }, false, 0, 0 }, { { 12, 12, 16, 3 }, false, 0, 0 },
	{ { 12, 21, 21, 2 }, false, 0, 0 }, { { 12, 30, 34, 1 }, false, 0, 0 },
	{ { 12, 12, 12, 3 }, true, 0, 0 },  { { 12, 12, 12, 3 }, false, 7, 0 },
	{ { 14, 14, 21, 3 }, false, 0, 0 }, { { 14, 25, 25, 2 }, false, 0, 0 },
	{ { 16, 16, 16, 3 }, false, 0, 0 }, { { 16, 29, 29, 2 }, true, 5, 0 },
};

static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	const struct leaf *leaf = arg;

	test_leaf_walk(w, &leaf->of);
	w->fault = leaf->holes && (w->va >> leaf->of.shift) % leaf->holes == 0;
	w->global = !leaf->local;
	w->pa += leaf->moved - NEW_LINEAR;
	return 0;
}

static const struct vmsa_range new_ram[] = {
	{ 8 * GIB, 3 * GIB },
	{ 16 * GIB, 16 * GIB },
};

/* What all lanes have in common, and as good a lane as any. */
static struct vmsa_replay_config common(void)
{
	return (struct vmsa_replay_config){
		.tlb = VMSA_TLB_CONFIG_DEFAULT,
		.recorded = { .va_bits = 48,
			      .linear_base = LINEAR,
			      .phys_base = GIB,
			      .image = { IMAGE, 0x24e0000 },
			      .vmemmap = { VMEMMAP, GIB },
			      .banks = 2,
			      .ram = { { GIB, GIB }, { 4 * GIB, 2 * GIB } } },
		.fetch = true,
		.warmup = 20000,
		.linear_base = NEW_LINEAR,
		.phys_base = 8 * GIB,
		.ram = new_ram,
		.nr_ram = COUNT(new_ram),
	};
}

/* Lane @i: a map, a placement and TLBs of its own; the rest is @like's. */
static struct vmsa_replay_config lane(const struct vmsa_replay_config *like,
				      size_t i)
{
	const struct leaf *leaf = &leaves[i % COUNT(leaves)];
	struct vmsa_replay_config c = *like;

	c.linear =
		(struct vmsa_tlb_walker){ .walk = walk, .arg = (void *)leaf };
	c.tlb.granule_shift = leaf->of.granule_shift;
	if (i % 3) {
		c.placement.how = VMSA_REPLAY_SCATTER;
		c.placement.unit_pages_shift = i % 3 == 1 ? 0 : 4;
		c.placement.seed = i % 2;
	}
	return c;
}

/* --- both ways ---------------------------------------------------------- */

/* One pass over lanes, and a plain replay of each beside it. */
struct both {
	size_t n;
	struct vmsa_replay *replay;
	struct plain plain[MAX_LANES];
};

static void start(struct both *b, const struct vmsa_replay_config *lanes,
		  size_t n)
{
	b->n = n;
	assert_int_equal(vmsa_replay_create_many(lanes, n, &b->replay), 0);
	for (size_t i = 0; i < n; i++)
		plain_init(&b->plain[i], &lanes[i]);
}

static void feed(struct both *b, const struct vmsa_trace_record *r, size_t n)
{
	assert_int_equal(vmsa_replay_feed(b->replay, r, n), 0);
	for (size_t i = 0; i < b->n; i++)
		plain_feed(&b->plain[i], r, n);
}

/* The sum of all walks, so that a caller knows that something happened. */
static uint64_t compare(struct both *b)
{
	uint64_t walks = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct vmsa_replay_result want, got;
		struct vmsa_tlb_counters sum;

		plain_finish(&b->plain[i], &want);
		vmsa_replay_finish_lane(b->replay, i, 0, &got);
		assert_memory_equal(&got, &want, sizeof(got));
		vmsa_replay_sum(&got, VMSA_TLB_DATA, VMSA_REPLAY_ALL, &sum);
		walks += sum.walks;
	}
	vmsa_replay_destroy(b->replay);
	return walks;
}

/* --- random streams ----------------------------------------------------- */

#define VMALLE1IS 0x418
#define VAE1IS    0x419
#define VAE2IS    0x2419

/* Few pages, many pages, pages side by side; all parts of the space. */
static void choose_page(struct vmsa_trace_record *r, uint64_t x)
{
	uint64_t page = x >> 20 & (x >> 8 & 1 ? 0x1f : x >> 9 & 1 ? 0xfff : 63);

	if (x >> 10 & 1)
		page = page * 16 + (x >> 40 & 1);
	switch (x & 7) {
	case 0:
		r->region = VMSA_TRACE_USER;
		r->page = (0x400000 >> 12) + page;
		break;
	case 1:
	case 2:
		r->region = VMSA_TRACE_KERNEL;
		r->page = (x >> 11 & 1 ? IMAGE : VMALLOC) >> 12;
		r->page += page & 0x1ff;
		break;
	case 3:
		r->region = VMSA_TRACE_KERNEL;
		r->page = (VMEMMAP >> 12) + (page & 3) * 512;
		break;
	default:
		/* Some in the gap between the recorded banks: unplaced. */
		r->region = VMSA_TRACE_LINEAR;
		r->page = (LINEAR >> 12) + (x >> 41 & 7) * (GIB >> 12) + page;
	}
}

static struct vmsa_trace_record random_event(uint64_t x, uint64_t insn)
{
	struct vmsa_trace_record r = { .insn = insn };

	if (x & 3) {
		r.kind = VMSA_TRACE_TTBR1;
		r.a = (x >> 8 & 3) << 48;
		return r;
	}
	r.kind = VMSA_TRACE_TLBI;
	r.a = x >> 3 & 1 ? VAE1IS : x >> 4 & 1 ? VMALLE1IS : VAE2IS;
	r.b = (NEW_LINEAR >> 12 & 0xfffffffffff) + (x >> 8 & 7);
	return r;
}

/* Records of a stream whose filters are as @c says, now and then unfiltered. */
static struct vmsa_trace_record random_record(
	const struct vmsa_replay_config *c, uint64_t *seed, uint64_t insn)
{
	uint64_t x = test_rand(seed), y = test_rand(seed);
	struct vmsa_trace_record r = {
		.insn = insn,
		.kind = x >> 60 & 1 ? VMSA_TRACE_FETCH : VMSA_TRACE_DATA,
		.victim = VMSA_TRACE_NO_VICTIM,
		.accesses = y >> 8 & 3,
		.write = !(x >> 60 & 1) && x >> 59 & 1,
	};
	unsigned k =
		r.kind == VMSA_TRACE_FETCH ? c->fetch_filter : c->data_filter;

	if ((y & 0xff) == 0)
		return random_event(y >> 20, insn);
	choose_page(&r, x);
	if (k && (y >> 16 & 0xff))
		r.victim = (uint16_t)((y >> 24) % k);
	if (insn < 100 && r.victim != VMSA_TRACE_NO_VICTIM) {
		r.state = true;
		r.page = y >> 40 & 1 ? r.page : VMSA_TRACE_NO_PAGE;
	}
	return r;
}

static void random_stream(struct both *b, const struct vmsa_replay_config *c,
			  uint64_t seed, uint64_t insn)
{
	struct vmsa_trace_record r[BATCH];

	for (int i = 0; i < 120; i++) {
		for (size_t j = 0; j < BATCH; j++)
			r[j] = random_record(c, &seed, insn++);
		feed(b, r, BATCH);
	}
}

static void check_random(const struct vmsa_replay_config *like, uint64_t seed)
{
	struct vmsa_replay_config lanes[MAX_LANES];
	static struct both b;

	for (size_t i = 0; i < MAX_LANES; i++)
		lanes[i] = lane(like, i);
	start(&b, lanes, MAX_LANES);
	random_stream(&b, like, seed, 0);
	assert_true(compare(&b) > 1000);
}

static void set_l1(struct vmsa_replay_config *c, uint32_t entries,
		   uint32_t ways)
{
	c->tlb.l1d = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(entries, ways);
	c->tlb.l1i = c->tlb.l1d;
	c->tlb.l2 = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(64, 4);
	c->tlb.l1d.contiguous = c->tlb.l1i.contiguous = c->tlb.l2.contiguous =
		true;
}

static void filtered_streams_of_any_filter(void **state)
{
	const unsigned filters[][2] = {
		{ 8, 4 }, { 1, 1 }, { 7, 9 }, { 16, 8 }, { 33, 64 },
	};
	const uint32_t l1[] = { 65, 80, 300 };

	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++)
		for (size_t j = 0; j < COUNT(l1); j++) {
			struct vmsa_replay_config c = common();

			c.data_filter = filters[i][0];
			c.fetch_filter = filters[i][1];
			set_l1(&c, l1[j], l1[j]);
			check_random(&c, 0x9e3779b97f4a7c15 + i + 16 * j);
		}
}

static void a_first_level_hardly_larger_than_the_filter(void **state)
{
	struct vmsa_replay_config c = common();

	(void)state;
	c.data_filter = 8;
	c.fetch_filter = 8;
	set_l1(&c, 9, 9);
	check_random(&c, 0x2545f4914f6cdd1d);
}

static void unfiltered_streams(void **state)
{
	const uint32_t l1[][2] = {
		{ 48, 48 }, { 1, 1 }, { 300, 300 }, { 64, 4 }, { 32, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(l1); i++) {
		struct vmsa_replay_config c = common();

		set_l1(&c, l1[i][0], l1[i][1]);
		check_random(&c, 0x123456789 + i);
	}
}

static void no_first_level(void **state)
{
	struct vmsa_replay_config c = common();

	(void)state;
	c.tlb.l1d.entries = c.tlb.l1i.entries = 0;
	check_random(&c, 0xabcdef);
}

/*
 * Every answer is compared with a fresh walk, so every use must be seen.  The
 * map moves once, without the TLBI it takes.
 */
static void checked_answers(void **state)
{
	struct leaf leaf = leaves[0];
	struct vmsa_replay_config lanes[2], c = common();
	struct vmsa_replay_result r;
	static struct both b;

	(void)state;
	c.data_filter = 8;
	c.fetch_filter = 4;
	c.tlb.check = true;
	lanes[0] = lane(&c, 0);
	lanes[1] = lane(&c, 1);
	lanes[0].linear.arg = &leaf;
	start(&b, lanes, COUNT(lanes));
	random_stream(&b, &c, 0x777, 0);
	leaf.moved = GIB;
	random_stream(&b, &c, 0x888, 100000);
	vmsa_replay_finish_lane(b.replay, 0, 0, &r);
	assert_true(r.stats.of[VMSA_TLB_LINEAR][VMSA_TLB_DATA].stale > 0);
	assert_true(compare(&b) > 1000);
}

/* The header names no RAM, and one lane's is small: only there is no place. */
static void a_page_that_one_lane_cannot_place(void **state)
{
	const struct vmsa_range small = { 8 * GIB, 2 * GIB };
	struct vmsa_replay_config lanes[3], c = common();
	struct vmsa_replay_result first, second;
	static struct both b;

	(void)state;
	c.recorded.banks = 0;
	c.data_filter = 8;
	c.fetch_filter = 4;
	for (size_t i = 0; i < COUNT(lanes); i++)
		lanes[i] = lane(&c, i);
	lanes[1].ram = &small;
	lanes[1].nr_ram = 1;
	start(&b, lanes, COUNT(lanes));
	random_stream(&b, &c, 0x31415926, 0);
	vmsa_replay_finish_lane(b.replay, 0, 0, &first);
	vmsa_replay_finish_lane(b.replay, 1, 0, &second);
	assert_true(first.unplaced < second.unplaced);
	assert_true(compare(&b) > 1000);
}

/* TLBs of one lane do not shape what another counts. */
static void lanes_of_different_tlbs(void **state)
{
	struct vmsa_replay_config lanes[4], c = common();
	static struct both b;

	(void)state;
	for (size_t i = 0; i < COUNT(lanes); i++) {
		lanes[i] = lane(&c, 0);
		set_l1(&lanes[i], 16u << i, 16u << i);
	}
	lanes[3].tlb.l1d.ways = 4;
	start(&b, lanes, COUNT(lanes));
	random_stream(&b, &c, 0x271828, 0);
	assert_true(compare(&b) > 1000);
}

/* Each lane has its pace and walkers; that changes no count but one. */
static void lanes_of_different_paces(void **state)
{
	const uint32_t cpi[] = { 0, 90000, 300000, 1000000, 3000 };
	struct vmsa_replay_config lanes[COUNT(cpi)], c = common();
	struct vmsa_replay_result first, r;
	static struct both b;

	(void)state;
	for (size_t i = 0; i < COUNT(lanes); i++) {
		lanes[i] = lane(&c, 0);
		lanes[i].tlb.walkers = i < 4 ? 3 : 1;
		lanes[i].cpi = cpi[i];
	}
	start(&b, lanes, COUNT(lanes));
	random_stream(&b, &c, 0x57721566, 0);
	vmsa_replay_finish_lane(b.replay, 0, 0, &first);
	for (size_t i = 1; i < COUNT(lanes); i++) {
		uint64_t other = 0;

		vmsa_replay_finish_lane(b.replay, i, 0, &r);
		for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
			for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
				uint64_t *active = &r.stats.of[region][side]
							    .walk_active_cycles;
				uint64_t unpaced = first.stats.of[region][side]
							   .walk_active_cycles;

				other += *active != unpaced;
				*active = unpaced;
			}
		assert_true(other > 0);
		assert_memory_equal(&r, &first, sizeof(r));
	}
	assert_true(compare(&b) > 1000);
}

/* --- recordings --------------------------------------------------------- */

static void recorded_config(struct vmsa_trace *trace,
			    struct vmsa_replay_config *c)
{
	*c = common();
	assert_int_equal(vmsa_trace_machine(trace, &c->recorded, NULL), 0);
	c->data_filter = vmsa_trace_data_filter(trace);
	c->fetch_filter = vmsa_trace_fetch_filter(trace);
}

/* A window from @insn on, half of it warm-up. */
static void check_window(struct vmsa_trace *trace, uint64_t insn)
{
	struct vmsa_replay_config lanes[MAX_LANES], c;
	struct vmsa_trace_record r[BATCH];
	struct vmsa_trace_stream *s;
	static struct both b;
	size_t n;

	recorded_config(trace, &c);
	c.warmup = insn + 1000000;
	for (size_t i = 0; i < MAX_LANES; i++)
		lanes[i] = lane(&c, i);
	start(&b, lanes, MAX_LANES);
	assert_int_equal(vmsa_trace_stream_create(trace, 0, &s), 0);
	assert_int_equal(vmsa_trace_seek(s, insn, NULL), 0);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(vmsa_trace_read(s, r, BATCH, &n, NULL), 0);
		feed(&b, r, n);
	}
	vmsa_trace_stream_destroy(s);
	assert_true(compare(&b) > 0);
}

static void windows_of_every_recording(void **state)
{
	static const char *const names[] = {
		"memcached-nic", "memcached-1cpu", "dmcrypt",
		"dmcrypt-aged",  "seqread",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct vmsa_trace_totals *t;
		struct vmsa_trace *trace;
		char path[4096];

		snprintf(path, sizeof(path), "%s/traces/%s.vmt",
			 getenv("VMSA_SOURCE_ROOT"), names[i]);
		assert_int_equal(vmsa_trace_open(path, &trace, NULL), 0);
		t = vmsa_trace_totals(trace, 0);
		check_window(trace, 0);
		check_window(trace, t->end_insn / 3);
		check_window(trace, t->end_insn / 3 * 2);
		vmsa_trace_close(trace);
	}
}

/* --- refusals ----------------------------------------------------------- */

static void lanes_of_different_traces_are_refused(void **state)
{
	struct vmsa_replay_config lanes[2];
	const struct vmsa_replay_config c = common();
	struct vmsa_replay *r;

	(void)state;
	lanes[0] = lane(&c, 0);
	for (int i = 0; i < 5; i++) {
		lanes[1] = lane(&c, 1);
		lanes[1].warmup += i == 0;
		lanes[1].fetch = i != 1;
		lanes[1].data_filter = i == 2 ? 8 : 0;
		lanes[1].recorded.linear_base += i == 3 ? GIB : 0;
		lanes[1].recorded.ram[1].size -= i == 4 ? GIB : 0;
		assert_int_equal(vmsa_replay_create_many(lanes, 2, &r),
				 -EINVAL);
	}
	assert_int_equal(vmsa_replay_create_many(lanes, 0, &r), -EINVAL);
}

static void a_lane_that_cannot_be_is_refused(void **state)
{
	const struct vmsa_range small = { 8 * GIB, GIB };
	const struct vmsa_replay_config c = common();
	struct vmsa_replay_config lanes[2];
	struct vmsa_replay *r;

	(void)state;
	lanes[0] = lane(&c, 0);
	lanes[1] = lane(&c, 1);
	lanes[1].ram = &small;
	lanes[1].nr_ram = 1;
	assert_int_equal(vmsa_replay_create_many(lanes, 2, &r), -ERANGE);
	lanes[1] = lane(&c, 1);
	lanes[1].tlb.granule_shift = 13;
	assert_int_equal(vmsa_replay_create_many(lanes, 2, &r), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filtered_streams_of_any_filter),
		cmocka_unit_test(a_first_level_hardly_larger_than_the_filter),
		cmocka_unit_test(unfiltered_streams),
		cmocka_unit_test(no_first_level),
		cmocka_unit_test(checked_answers),
		cmocka_unit_test(a_page_that_one_lane_cannot_place),
		cmocka_unit_test(lanes_of_different_tlbs),
		cmocka_unit_test(lanes_of_different_paces),
		cmocka_unit_test(windows_of_every_recording),
		cmocka_unit_test(lanes_of_different_traces_are_refused),
		cmocka_unit_test(a_lane_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests_name("replay_lanes", tests, NULL, NULL);
}
