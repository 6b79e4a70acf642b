/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep_test.c - a sweep counts what a replay of each shape counts
 *
 * Random records: two processes, pages of user space, vmalloc and a linear map
 * whose leaves are of four sizes, TLBIs of every kind; raw and through a
 * filter of K pages.  Every account of every shape is equal.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/leaf_walk.h"
#include "support/vmsa_test.h"
#include "vmsa/sweep.h"

#define LINEAR  UINT64_C(0xffff000000000000)
#define VMALLOC UINT64_C(0xffff800080000000)
#define RAM     UINT64_C(0x40000000)
#define RECORDS 60000
#define K       4

/* Leaves of one size a GiB: pages, groups, blocks of 2 MiB and of 1 GiB. */
static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	static const struct test_leaf leaves[] = { { 12, 12, 12, 3 },
						   { 12, 12, 16, 3 },
						   { 12, 21, 21, 2 },
						   { 12, 30, 30, 1 } };
	const unsigned kind = w->va >> 30 & 3;

	(void)arg;
	test_leaf_walk(w, &leaves[kind]);
	/* A page without translation, which faults each time. */
	w->fault = kind == 0 && (w->va >> 12 & 0xf) == 7;
	w->pa -= LINEAR;
	return 0;
}

/* --- records -------------------------------------------------------------- */

static uint64_t random_page(uint64_t *seed, uint8_t *region)
{
	const uint64_t x = test_rand(seed);
	const uint64_t n = x >> 8 & (x & 16 ? 0x3ff : 0xf);

	switch (x & 7) {
	case 0:
		*region = VMSA_TRACE_USER;
		return 0x400 + n % 97;
	case 1:
		*region = VMSA_TRACE_KERNEL;
		return (VMALLOC >> 12) + n % 131;
	default:
		*region = VMSA_TRACE_LINEAR;
		return (LINEAR >> 12) + (x >> 40 & 3) * 0x40000 + n;
	}
}

/* SYS op1:CRn:CRm:op2 of TLBIs, and what their operand names. */
static struct vmsa_trace_record random_tlbi(uint64_t *seed)
{
	enum {
		NO_OPERAND,
		ASID,
		PAGE,
		RANGE
	};
	static const struct {
		uint16_t sys;
		uint8_t operand;
	} ops[] = {
		{ 0x418, NO_OPERAND }, /* VMALLE1IS */
		{ 0x41a, ASID },       /* ASIDE1IS */
		{ 0x419, PAGE },       /* VAE1IS */
		{ 0x41b, PAGE },       /* VAAE1IS */
		{ 0x41d, PAGE },       /* VALE1IS */
		{ 0x41f, PAGE },       /* VAALE1IS */
		{ 0x411, RANGE },      /* RVAE1IS */
		{ 0x417, RANGE },      /* RVAALE1IS */
	};
	const uint64_t x = test_rand(seed);
	const unsigned i = x % COUNT(ops);
	struct vmsa_trace_record r = { .kind = VMSA_TRACE_TLBI,
				       .a = ops[i].sys };
	const uint64_t asid = 1 + (x >> 20 & 1);
	uint64_t page = random_page(seed, &r.region);

	r.b = asid << 48;
	if (ops[i].operand == PAGE)
		r.b |= (page & 0xfffffffffff) | (x >> 30 & 0xf) << 44;
	else if (ops[i].operand == RANGE)
		r.b |= UINT64_C(1) << 46 | (x >> 30 & 1) << 44 |
		       (x >> 31 & 0x1f) << 39 | (page & 0x1fffffffff);
	r.region = 0;
	return r;
}

static struct vmsa_trace_record random_record(uint64_t *seed)
{
	const uint64_t x = test_rand(seed);
	struct vmsa_trace_record r = {
		.kind = x & 3 ? VMSA_TRACE_DATA : VMSA_TRACE_FETCH,
		.victim = VMSA_TRACE_NO_VICTIM,
	};

	if (x % 1021 == 0)
		return random_tlbi(seed);
	if (x % 511 == 0)
		return (struct vmsa_trace_record){
			.kind = VMSA_TRACE_TTBR1,
			.a = (1 + (x >> 20 & 1)) << 48,
		};
	r.page = random_page(seed, &r.region);
	return r;
}

/* --- a filter, by the rules of vmsa/trace.h ------------------------------- */

struct filter {
	uint64_t use[K];  /* least recently used first; 0: empty */
	uint64_t list[K]; /* the same by last record */
	uint32_t left_out;
};

static unsigned position(const uint64_t *list, uint64_t page)
{
	unsigned i = 0;

	while (i < K && list[i] != page)
		i++;
	return i;
}

static void to_end(uint64_t *list, unsigned at, uint64_t page)
{
	memmove(list + at, list + at + 1, (K - 1 - at) * sizeof(*list));
	list[K - 1] = page;
}

/* Whether the access leaves a record. */
static bool pass(struct filter *f, struct vmsa_trace_record *r)
{
	const unsigned at = position(f->use, r->page);
	uint64_t gone;

	if (at < K) {
		to_end(f->use, at, r->page);
		f->left_out++;
		return false;
	}
	gone = f->use[0];
	to_end(f->use, 0, r->page);
	r->victim = (uint16_t)position(f->list, gone);
	to_end(f->list, r->victim, r->page);
	r->accesses = f->left_out;
	f->left_out = 0;
	return true;
}

/* All of the trace, filtered or not; how many records there are. */
static size_t make_records(struct vmsa_trace_record *out, bool filtered)
{
	struct filter filter[2] = { 0 };
	uint64_t seed = 0x9e3779b97f4a7c15;
	size_t n = 0;

	for (uint64_t i = 0; i < RECORDS; i++) {
		struct vmsa_trace_record r = random_record(&seed);
		struct filter *f = &filter[r.kind == VMSA_TRACE_FETCH];

		r.insn = i;
		if (r.kind == VMSA_TRACE_TLBI)
			memset(filter, 0, sizeof(filter));
		if (filtered && r.kind <= VMSA_TRACE_FETCH && !pass(f, &r))
			continue;
		out[n++] = r;
	}
	return n;
}

/* --- sweeps and replays --------------------------------------------------- */

static const struct vmsa_range ram = { RAM, UINT64_C(4) << 30 };

static struct vmsa_replay_config replay_config(bool filtered)
{
	struct vmsa_replay_config c = {
		.tlb = VMSA_TLB_CONFIG_DEFAULT,
		.recorded = { .va_bits = 48,
			      .linear_base = LINEAR,
			      .phys_base = RAM },
		.data_filter = filtered ? K : 0,
		.fetch_filter = filtered ? K : 0,
		.fetch = true,
		.warmup = RECORDS / 5,
		.linear = { .walk = walk },
		.linear_base = LINEAR,
		.phys_base = RAM,
		.ram = &ram,
		.nr_ram = 1,
	};

	c.tlb.l1d = c.tlb.l1i = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(8, 8);
	c.tlb.l2 = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(64, 4);
	c.tlb.l1d.contiguous = c.tlb.l1i.contiguous = true;
	c.tlb.l2.contiguous = true;
	return c;
}

static struct vmsa_tlb_array *structure_of(struct vmsa_tlb_config *tlb,
					   enum vmsa_sweep_structure structure)
{
	struct vmsa_tlb_array *const all[] = { &tlb->l1d, &tlb->l1i, &tlb->l2,
					       &tlb->l2i };

	return all[structure];
}

/* What a replay of one shape counts of the structure's misses. */
static void replay(const struct vmsa_sweep_config *sweep,
		   const struct vmsa_tlb_array *shape,
		   const struct vmsa_trace_record *records, size_t n,
		   struct vmsa_replay_result *out)
{
	struct vmsa_replay_config c = sweep->replay;
	struct vmsa_replay *r;

	*structure_of(&c.tlb, sweep->structure) = *shape;
	assert_int_equal(vmsa_replay_create(&c, &r), 0);
	assert_int_equal(vmsa_replay_feed(r, records, n), 0);
	vmsa_replay_finish(r, RECORDS, out);
	vmsa_replay_destroy(r);
}

/* Does an account of that side reach the structure? */
static bool reaches(const struct vmsa_sweep_config *c, int side)
{
	const bool data = side == VMSA_TLB_DATA;

	switch (c->structure) {
	case VMSA_SWEEP_L1D:
		return data;
	case VMSA_SWEEP_L1I:
		return !data;
	case VMSA_SWEEP_L2:
		return data || !c->replay.tlb.l2i.entries;
	default:
		return !data;
	}
}

static void compare(const struct vmsa_sweep_config *c,
		    const struct vmsa_sweep_totals *t,
		    const struct vmsa_sweep_point *p,
		    const struct vmsa_replay_result *r)
{
	const bool first = c->structure <= VMSA_SWEEP_L1I;

	assert_int_equal(t->instructions, r->instructions);
	assert_int_equal(t->records, r->records);
	assert_int_equal(t->unplaced, r->unplaced);
	for (int region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
			const struct vmsa_tlb_counters *n =
				&r->stats.of[region][side];

			assert_int_equal(t->accesses[region][side],
					 n->accesses);
			assert_int_equal(p->misses[region][side],
					 !reaches(c, side) ? 0
					 : first           ? n->l1_misses
							   : n->l2_misses);
		}
}

/* Sweep, replay each shape, compare. */
static void check(const struct vmsa_sweep_config *c, bool filtered)
{
	struct vmsa_trace_record *records = malloc(RECORDS * sizeof(*records));
	struct vmsa_sweep_point *points = calloc(c->nr_shapes, sizeof(*points));
	const size_t n = make_records(records, filtered);
	struct vmsa_sweep_totals totals;
	struct vmsa_replay_result result;
	struct vmsa_sweep *sweep;

	assert_int_equal(vmsa_sweep_create(c, &sweep), 0);
	assert_int_equal(vmsa_sweep_feed(sweep, records, n / 3), 0);
	assert_int_equal(vmsa_sweep_feed(sweep, records + n / 3, n - n / 3), 0);
	vmsa_sweep_finish(sweep, RECORDS, &totals, points);
	for (size_t i = 0; i < c->nr_shapes; i++) {
		replay(c, &c->shapes[i], records, n, &result);
		compare(c, &totals, &points[i], &result);
	}
	vmsa_sweep_destroy(sweep);
	free(points);
	free(records);
}

#define SHAPE(ENTRIES, WAYS)                                             \
	{                                                                \
		.entries = (ENTRIES), .ways = (WAYS), .contiguous = true \
	}

static const struct vmsa_tlb_array full_shapes[] = {
	SHAPE(4, 4),   SHAPE(5, 5),   SHAPE(8, 8),     SHAPE(13, 13),
	SHAPE(48, 48), SHAPE(96, 96), SHAPE(256, 256), SHAPE(1000, 1000),
};

/* Of several numbers of sets; one too wide for one pass. */
static const struct vmsa_tlb_array set_shapes[] = {
	SHAPE(16, 1),  SHAPE(64, 1),    SHAPE(8, 4),       SHAPE(64, 4),
	SHAPE(80, 5),  SHAPE(320, 5),   SHAPE(512, 8),     SHAPE(96, 6),
	SHAPE(64, 64), SHAPE(128, 128), SHAPE(4096, 2048),
};

static void first_levels_of_any_size(void **state)
{
	(void)state;
	for (int filtered = 0; filtered < 2; filtered++)
		for (int l1 = VMSA_SWEEP_L1D; l1 <= VMSA_SWEEP_L1I; l1++) {
			const struct vmsa_sweep_config c = {
				.replay = replay_config(filtered),
				.structure = (enum vmsa_sweep_structure)l1,
				.shapes = full_shapes,
				.nr_shapes = COUNT(full_shapes),
			};

			check(&c, filtered);
		}
}

static void first_levels_of_any_associativity(void **state)
{
	(void)state;
	for (int l1 = VMSA_SWEEP_L1D; l1 <= VMSA_SWEEP_L1I; l1++) {
		const struct vmsa_sweep_config c = {
			.replay = replay_config(false),
			.structure = (enum vmsa_sweep_structure)l1,
			.shapes = set_shapes,
			.nr_shapes = COUNT(set_shapes),
		};

		check(&c, false);
	}
}

static void second_levels_behind_a_first(void **state)
{
	(void)state;
	for (int filtered = 0; filtered < 2; filtered++)
		for (int split = 0; split < 2; split++) {
			struct vmsa_sweep_config c = {
				.replay = replay_config(filtered),
				.structure = VMSA_SWEEP_L2,
				.shapes = set_shapes,
				.nr_shapes = COUNT(set_shapes),
			};

			if (split)
				c.replay.tlb.l2i = c.replay.tlb.l2;
			check(&c, filtered);
			c.shapes = full_shapes;
			c.nr_shapes = COUNT(full_shapes);
			if (split)
				c.structure = VMSA_SWEEP_L2I;
			check(&c, filtered);
		}
}

/* Without fetches, with single entries for contiguous groups. */
static void other_configurations(void **state)
{
	struct vmsa_tlb_array shapes[COUNT(set_shapes)];
	struct vmsa_sweep_config c = {
		.replay = replay_config(true),
		.structure = VMSA_SWEEP_L2,
		.shapes = shapes,
		.nr_shapes = COUNT(shapes),
	};
	struct vmsa_tlb_config *tlb = &c.replay.tlb;

	(void)state;
	memcpy(shapes, set_shapes, sizeof(shapes));
	for (size_t i = 0; i < COUNT(shapes); i++)
		shapes[i].contiguous = false;
	tlb->l1d.contiguous = tlb->l1i.contiguous = false;
	tlb->l2.contiguous = false;
	c.replay.fetch = false;
	check(&c, true);
}

/* --- what one pass cannot count ------------------------------------------- */

static void methods_follow_from_conditions(void **state)
{
	struct vmsa_sweep_config c = { .replay = replay_config(false),
				       .structure = VMSA_SWEEP_L2 };
	struct vmsa_tlb_array shape = SHAPE(64, 64);

	(void)state;
	assert_null(vmsa_sweep_why(&c, &shape));
	assert_int_equal(vmsa_sweep_method(&c, &shape), VMSA_SWEEP_STACK);
	shape.ways = 4;
	assert_null(vmsa_sweep_why(&c, &shape));
	assert_int_equal(vmsa_sweep_method(&c, &shape), VMSA_SWEEP_SETS);

	shape.replacement = VMSA_TLB_FIFO;
	assert_string_equal(vmsa_sweep_why(&c, &shape),
			    "its replacement is not LRU");
	assert_int_equal(vmsa_sweep_method(&c, &shape), VMSA_SWEEP_FULL);
	shape.replacement = VMSA_TLB_LRU;
	shape.aggregate = 2;
	assert_non_null(vmsa_sweep_why(&c, &shape));
	shape.aggregate = 0;
	shape.contiguous = false;
	assert_non_null(vmsa_sweep_why(&c, &shape));
	shape.contiguous = true;
	c.replay.tlb.prefetch_next = true;
	assert_string_equal(vmsa_sweep_why(&c, &shape),
			    "entries are prefetched");
	c.structure = VMSA_SWEEP_L1D;
	assert_null(vmsa_sweep_why(&c, &shape));
}

static void what_is_not_exact_is_refused(void **state)
{
	struct vmsa_tlb_array shape = SHAPE(2, 2);
	struct vmsa_sweep_config c = { .replay = replay_config(true),
				       .structure = VMSA_SWEEP_L1D,
				       .shapes = &shape,
				       .nr_shapes = 1 };
	struct vmsa_sweep *sweep = NULL;

	(void)state;
	/* Fewer entries than the filter, then sets. */
	assert_int_equal(vmsa_sweep_create(&c, &sweep), -EINVAL);
	shape = (struct vmsa_tlb_array)SHAPE(32, 4);
	assert_int_equal(vmsa_sweep_create(&c, &sweep), -EINVAL);
	c.structure = VMSA_SWEEP_L2;
	c.replay.tlb.l1i.ways = 4;
	assert_int_equal(vmsa_sweep_create(&c, &sweep), -EINVAL);
	c.replay.tlb.l1i.ways = 8;
	shape.ways = 5;
	assert_int_equal(vmsa_sweep_create(&c, &sweep), -EINVAL);
	shape.ways = 0;
	assert_int_equal(vmsa_sweep_create(&c, &sweep), -EINVAL);
	shape.ways = 4;
	c.structure = VMSA_SWEEP_L2I;
	assert_int_equal(vmsa_sweep_create(&c, &sweep), -EINVAL);
	assert_null(sweep);
	vmsa_sweep_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_levels_of_any_size),
		cmocka_unit_test(first_levels_of_any_associativity),
		cmocka_unit_test(second_levels_behind_a_first),
		cmocka_unit_test(other_configurations),
		cmocka_unit_test(methods_follow_from_conditions),
		cmocka_unit_test(what_is_not_exact_is_refused),
	};

	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
