/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * two_stage_test.c - guest tables under stage 2, read from spaces
 *
 *     guest: VA -> IPA, tables in its own memory    stage 2: IPA -> PA
 *
 * What a translation should be is two lookups of vmsa_translate(), one after
 * the other.
 */
#include <errno.h>

#include "support/vmsa_test.h"
#include "table/space.h"
#include "vmsa/table.h"
#include "vmsa/tlb.h"
#include "vmsa/tlb/cost.h"

#define GIB       (UINT64_C(1) << 30)
#define GUEST_RAM UINT64_C(0x40000000)
#define HOST_RAM  UINT64_C(0x8000000000)
#define PLAIN     (VMSA_MAP_NO_BLOCK | VMSA_MAP_NO_CONTIGUOUS)
#define S2_WRITE  VMSA_LEAF_AP2
#define VMID      5

struct side {
	struct vmsa_memory *memory;
	struct vmsa_space *space;
};

static void open_side(struct side *s, vmsa_pa ram)
{
	const struct vmsa_range bank = { ram, 4 * GIB };
	const struct vmsa_memory_config mc = { .granule_shift = 12,
					       .banks = &bank,
					       .nr_banks = 1 };
	struct vmsa_space_config sc = { .root = VMSA_NO_PA };

	assert_int_equal(vmsa_memory_create(&mc, &s->memory), 0);
	sc.memory = s->memory;
	assert_int_equal(
		vmsa_geometry_init(&sc.geometry, 12, 48, VMSA_FORMAT_48), 0);
	assert_int_equal(vmsa_space_create(&sc, &s->space), 0);
}

static void close_side(struct side *s)
{
	vmsa_space_destroy(s->space);
	vmsa_memory_destroy(s->memory);
}

static void map(struct side *s, struct vmsa_mapping m)
{
	m.phase = VMSA_LATE;
	vmsa_space_lock(s->space);
	assert_int_equal(vmsa_map(s->space, &m), 0);
	vmsa_space_unlock(s->space);
}

static void protect(struct side *s, vmsa_va va, vmsa_desc set, vmsa_desc clear)
{
	vmsa_space_lock(s->space);
	assert_int_equal(vmsa_protect(s->space, va, 4096, set, clear), 0);
	vmsa_space_unlock(s->space);
}

static vmsa_desc leaf(const struct side *s, vmsa_va va)
{
	struct vmsa_translation t;

	assert_int_equal(vmsa_translate(s->space, va, &t), 0);
	assert_false(t.fault);
	return t.desc;
}

struct nest {
	struct side guest, host;
	struct vmsa_tlb *tlb;
};

static void open_nest(struct nest *n, const struct vmsa_tlb_config *c)
{
	struct vmsa_tlb_walker s1, s2;

	open_side(&n->guest, GUEST_RAM);
	open_side(&n->host, HOST_RAM);
	s1 = vmsa_tlb_space_walker(n->guest.space);
	s2 = vmsa_tlb_stage2_walker(n->host.space);
	assert_int_equal(vmsa_tlb_create(c, &s1, &n->tlb), 0);
	vmsa_tlb_set_stage2(n->tlb, &s2);
}

static void close_nest(struct nest *n)
{
	vmsa_tlb_destroy(n->tlb);
	close_side(&n->guest);
	close_side(&n->host);
}

/* All of the guest's RAM in stage 2, in leaves of one size. */
static void map_guest_ram(struct nest *n, unsigned flags, vmsa_desc attr)
{
	map(&n->host, (struct vmsa_mapping){ .va = GUEST_RAM,
					     .pa = HOST_RAM,
					     .size = 4 * GIB,
					     .attr = attr,
					     .flags = flags });
}

static struct vmsa_tlb_answer get(struct nest *n, vmsa_va va, bool write)
{
	const struct vmsa_tlb_access a = { .va = va,
					   .vmid = VMID,
					   .write = write };
	struct vmsa_tlb_answer answer;

	assert_int_equal(vmsa_tlb_access(n->tlb, &a, &answer), 0);
	return answer;
}

static struct vmsa_tlb_counters counts(const struct nest *n)
{
	struct vmsa_tlb_stats stats;

	vmsa_tlb_stats(n->tlb, &stats);
	return stats.of[VMSA_TLB_USER][VMSA_TLB_DATA];
}

static uint64_t sum(const uint64_t *levels)
{
	uint64_t n = 0;

	for (int i = 0; i < VMSA_LEVELS; i++)
		n += levels[i];
	return n;
}

/* n * m + n + m, for four levels each and pages of 4K. */
static void a_cold_walk_of_four_and_four_levels_loads_24(void **state)
{
	const struct vmsa_tlb_config c = { .l2 = VMSA_TLB_ARRAY(16, 4),
					   .granule_shift = 12,
					   .walk_cycles = 1000,
					   .line_miss_cycles = 10 };
	struct vmsa_tlb_counters got;
	struct nest n;

	(void)state;
	open_nest(&n, &c);
	map_guest_ram(&n, PLAIN, VMSA_LEAF_AF);
	map(&n.guest, (struct vmsa_mapping){ .va = 0x5000,
					     .pa = GUEST_RAM + GIB,
					     .size = 4096,
					     .attr = VMSA_LEAF_AF });
	assert_u64_equal(get(&n, 0x5123, false).pa, HOST_RAM + GIB + 0x123);
	got = counts(&n);
	assert_int_equal(sum(got.loads), 4);
	assert_int_equal(sum(got.s2_loads), 20);
	assert_int_equal(got.s2_walks, 5);
	assert_int_equal(got.walks, 1);
	assert_int_equal(got.walk_cycles, 1000 + 24 * 10);
	assert_int_equal(got.walk_active_cycles, got.walk_cycles);
	close_nest(&n);
}

/* The tables and pages of one walk lie in one 1G leaf of stage 2. */
static void an_ipa_cache_saves_all_but_one_walk_of_stage_2(void **state)
{
	const struct vmsa_tlb_config c = { .l2 = VMSA_TLB_ARRAY(16, 4),
					   .ipa_cache = VMSA_TLB_ARRAY(4, 4),
					   .granule_shift = 12,
					   .ipa_cycles = 3 };
	struct vmsa_tlb_counters got;
	struct nest n;

	(void)state;
	open_nest(&n, &c);
	map_guest_ram(&n, 0, VMSA_LEAF_AF);
	map(&n.guest, (struct vmsa_mapping){
			      .va = 0x5000,
			      .pa = vmsa_space_root(n.guest.space) / GIB * GIB,
			      .size = 4096,
			      .attr = VMSA_LEAF_AF });
	get(&n, 0x5123, false);
	got = counts(&n);
	assert_int_equal(got.s2_walks, 1);
	assert_int_equal(got.ipa_hits, 4);
	assert_int_equal(sum(got.s2_loads), 2);
	assert_int_equal(vmsa_tlb_cycles(&c, &got), 4 * 3);
	close_nest(&n);
}

static void an_entry_is_as_large_as_the_smaller_leaf(void **state)
{
	const struct {
		uint64_t size;
		unsigned s1, s2, shift;
	} rows[] = {
		{ 4096, 0, 0, 12 },
		{ UINT64_C(1) << 21, 0, 0, 21 },
		{ UINT64_C(1) << 21, 0, PLAIN, 12 },
		{ GIB, 0, VMSA_MAP_NO_CONTIGUOUS, 30 },
	};
	const struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct nest n;

		open_nest(&n, &c);
		map_guest_ram(&n, rows[i].s2, VMSA_LEAF_AF);
		map(&n.guest, (struct vmsa_mapping){ .va = GIB,
						     .pa = GUEST_RAM + GIB,
						     .size = rows[i].size,
						     .attr = VMSA_LEAF_AF,
						     .flags = rows[i].s1 });
		assert_int_equal(get(&n, GIB, false).shift, rows[i].shift);
		close_nest(&n);
	}
}

/* A random guest under a stage 2 with holes; what two lookups say. */
static void random_pages(struct nest *n, uint64_t *seed)
{
	for (uint64_t i = 0; i < 64; i++) {
		uint64_t r = test_rand(seed);

		map(&n->guest,
		    (struct vmsa_mapping){
			    .va = i << 21,
			    .pa = GUEST_RAM + 2 * GIB + ((r % 256) << 21),
			    .size = r >> 8 & 1 ? UINT64_C(1) << 21 : 4096,
			    .attr = r >> 9 & 1 ? VMSA_LEAF_AF
					       : VMSA_LEAF_AF | VMSA_LEAF_NG });
	}
	/* Tables and stacks of the guest, and then memory, one 2M in three. */
	map(&n->host, (struct vmsa_mapping){ .va = GUEST_RAM,
					     .pa = HOST_RAM,
					     .size = 2 * GIB,
					     .attr = VMSA_LEAF_AF });
	map(&n->host, (struct vmsa_mapping){ .va = GUEST_RAM + 3 * GIB,
					     .pa = HOST_RAM + 3 * GIB,
					     .size = GIB,
					     .attr = VMSA_LEAF_AF });
	for (uint64_t i = 0; i < 256; i++)
		if (i % 3)
			map(&n->host,
			    (struct vmsa_mapping){
				    .va = GUEST_RAM + 2 * GIB + (i << 21),
				    .pa = HOST_RAM + (i * 7 % 256 << 21),
				    .size = i % 3 == 1 ? UINT64_C(1) << 21
						       : UINT64_C(1) << 20,
				    .attr = VMSA_LEAF_AF });
}

static void check_composed(struct nest *n, uint64_t *seed)
{
	unsigned faults = 0;

	for (int i = 0; i < 20000; i++) {
		vmsa_va va = test_rand(seed) % (UINT64_C(64) << 21);
		struct vmsa_translation s1, s2 = { .fault = true };
		struct vmsa_tlb_answer got;

		if (i % 2)
			va &= ~UINT64_C(0x1ff000);
		got = get(n, va, false);
		assert_int_equal(vmsa_translate(n->guest.space, va, &s1), 0);
		if (!s1.fault)
			assert_int_equal(
				vmsa_translate(n->host.space, s1.pa, &s2), 0);
		assert_int_equal(got.outcome == VMSA_TLB_FAULT, s2.fault);
		if (!s2.fault)
			assert_u64_equal(got.pa, s2.pa);
		faults += s2.fault;
	}
	assert_true(faults > 1000 && faults < 19000);
}

static void translations_are_two_lookups(void **state)
{
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	uint64_t seed = 88172645463325252ull;

	(void)state;
	c.ipa_cache = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(16, 4);
	c.s2_walk_cache = c.ipa_cache;
	c.walk_level[3] = c.ipa_cache;
	c.check = true;
	for (int i = 0; i < 4; i++) {
		struct nest n;

		c.nesting = i & 1 ? VMSA_TLB_SEPARATE : VMSA_TLB_COMBINED;
		c.prefetch_next = i & 2;
		open_nest(&n, &c);
		random_pages(&n, &seed);
		check_composed(&n, &seed);
		assert_int_equal(counts(&n).stale, 0);
		assert_true(counts(&n).l1_hits > 0);
		close_nest(&n);
	}
}

/* Stage 2 alone goes; what holds both stages needs an operation on the VA. */
static void an_ipa_operation_leaves_combined_entries(void **state)
{
	const struct vmsa_tlbi ipa = { .op = VMSA_TLBI_IPAS2E1,
				       .operand = (GUEST_RAM + GIB) >> 12 };
	const struct vmsa_tlbi va = { .op = VMSA_TLBI_VMALLE1 };
	const struct vmsa_tlb_issuer by = { .vmid = VMID };
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct nest n;

	(void)state;
	c.ipa_cache = (struct vmsa_tlb_array)VMSA_TLB_ARRAY(16, 4);
	for (int separate = 0; separate < 2; separate++) {
		uint64_t walks;

		c.nesting = (enum vmsa_tlb_nesting)separate;
		open_nest(&n, &c);
		map_guest_ram(&n, PLAIN, VMSA_LEAF_AF);
		map(&n.guest, (struct vmsa_mapping){ .va = 0x5000,
						     .pa = GUEST_RAM + GIB,
						     .size = 4096,
						     .attr = VMSA_LEAF_AF });
		get(&n, 0x5000, false);
		walks = counts(&n).s2_walks;
		assert_int_equal(vmsa_tlb_invalidate_by(n.tlb, &ipa, &by), 0);
		assert_int_equal(get(&n, 0x5000, false).outcome,
				 VMSA_TLB_L1_HIT);
		assert_int_equal(counts(&n).s2_walks,
				 walks + (uint64_t)separate);
		assert_int_equal(vmsa_tlb_invalidate_by(n.tlb, &va, &by), 0);
		assert_int_equal(get(&n, 0x5000, false).outcome,
				 VMSA_TLB_WALKED);
		close_nest(&n);
	}
}

/* Both leaves are clean; the write makes both dirty, and the guest's table. */
static void a_write_makes_both_stages_dirty(void **state)
{
	const vmsa_desc clean1 = VMSA_LEAF_DBM | VMSA_LEAF_AP2;
	struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct nest n;
	vmsa_va table;

	(void)state;
	c.ha = c.hd = true;
	open_nest(&n, &c);
	map_guest_ram(&n, PLAIN, VMSA_LEAF_DBM);
	map(&n.guest, (struct vmsa_mapping){ .va = 0x5000,
					     .pa = GUEST_RAM + GIB,
					     .size = 4096,
					     .attr = clean1 });
	table = vmsa_space_root(n.guest.space);
	get(&n, 0x5000, false);
	assert_true(leaf(&n.guest, 0x5000) & VMSA_LEAF_AF);
	assert_true(leaf(&n.guest, 0x5000) & VMSA_LEAF_AP2);
	assert_true(leaf(&n.host, table) & VMSA_LEAF_AF);
	assert_false(leaf(&n.host, table) & S2_WRITE);
	assert_false(leaf(&n.host, GUEST_RAM + GIB) & S2_WRITE);
	assert_int_equal(get(&n, 0x5008, true).outcome, VMSA_TLB_L1_HIT);
	assert_false(leaf(&n.guest, 0x5000) & VMSA_LEAF_AP2);
	assert_true(leaf(&n.host, GUEST_RAM + GIB) & S2_WRITE);
	assert_int_equal(counts(&n).walks, 2);
	assert_int_equal(get(&n, 0x5010, true).outcome, VMSA_TLB_L1_HIT);
	assert_int_equal(counts(&n).walks, 2);
	close_nest(&n);
}

/* Without ha the missing flag faults and nothing is kept. */
static void a_leaf_without_access_flag_is_not_kept(void **state)
{
	const struct vmsa_tlb_config c = VMSA_TLB_CONFIG_DEFAULT;
	struct vmsa_tlb_walker w;
	struct nest n;

	(void)state;
	open_nest(&n, &c);
	w = vmsa_tlb_space_walker(n.guest.space);
	vmsa_tlb_destroy(n.tlb);
	assert_int_equal(vmsa_tlb_create(&c, &w, &n.tlb), 0);
	map(&n.guest, (struct vmsa_mapping){ .va = 0x5000,
					     .pa = GUEST_RAM + GIB,
					     .size = 4096 });
	for (int i = 0; i < 2; i++)
		assert_int_equal(get(&n, 0x5000, false).outcome,
				 VMSA_TLB_FAULT);
	protect(&n.guest, 0x5000, VMSA_LEAF_AF, 0);
	assert_int_equal(get(&n, 0x5000, false).outcome, VMSA_TLB_WALKED);
	assert_int_equal(counts(&n).faults, 2);
	close_nest(&n);
}

/* An update is for the descriptor that was read and for no other. */
static void an_update_leaves_a_changed_leaf_alone(void **state)
{
	struct vmsa_tlb_walk walk = { .va = 0x5000, .from_root = true };
	struct vmsa_tlb_walker w;
	struct side s;
	vmsa_desc before;

	(void)state;
	open_side(&s, GUEST_RAM);
	map(&s, (struct vmsa_mapping){ .va = 0x5000,
				       .pa = GUEST_RAM + GIB,
				       .size = 4096,
				       .attr = VMSA_LEAF_DBM | VMSA_LEAF_AP2 });
	w = vmsa_tlb_space_walker(s.space);
	assert_int_equal(w.walk(w.arg, &walk), 0);
	assert_true(walk.no_access && walk.clean);
	protect(&s, 0x5000, VMSA_LEAF_NG, 0);
	before = leaf(&s, 0x5000);
	assert_int_equal(w.update(w.arg, &walk, true), -EAGAIN);
	assert_u64_equal(leaf(&s, 0x5000), before);
	assert_int_equal(w.walk(w.arg, &walk), 0);
	assert_int_equal(w.update(w.arg, &walk, true), 0);
	assert_u64_equal(leaf(&s, 0x5000),
			 (before | VMSA_LEAF_AF) & ~VMSA_LEAF_AP2);
	close_side(&s);
}

static void walks_that_cannot_be_are_refused(void **state)
{
	const struct vmsa_tlb_array group = { 4, 4, .contiguous = true };
	const struct vmsa_tlb_array picky = { 4, 4, .refuses = 1 };
	const struct vmsa_tlb_config rows[] = {
		{ .granule_shift = 12, .hd = true },
		{ .granule_shift = 12, .walkers = VMSA_TLB_MAX_WALKERS + 1 },
		{ .granule_shift = 12, .s2_granule_shift = 13 },
		{ .granule_shift = 12, .ipa_cache = group },
		{ .granule_shift = 12, .walk_level[1] = picky },
		{ .granule_shift = 12, .s2_walk_level[4] = group },
		{ .granule_shift = 12, .nesting = VMSA_TLB_NR_NESTINGS },
		{ .granule_shift = 12, .ipa_cache = VMSA_TLB_ARRAY(5, 2) },
	};
	const struct vmsa_tlb_walker w = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmsa_tlb *tlb = NULL;

		assert_int_equal(vmsa_tlb_create(&rows[i], &w, &tlb), -EINVAL);
		assert_null(tlb);
	}
}

static void an_estimate_says_how_wrong_it_may_be(void **state)
{
	const struct vmsa_tlb_config config = { .l2_cycles = 5 };
	const struct vmsa_tlb_counters slow = { .l2_hits = 20,
						.walk_cycles = 900 };
	const struct vmsa_tlb_counters fast = { .walk_cycles = 0 };
	struct vmsa_tlb_estimate a, b;
	struct vmsa_tlb_bounds ratio;

	(void)state;
	assert_int_equal(vmsa_tlb_estimate(&config, &slow, 0, 1.0, &a),
			 -EINVAL);
	assert_int_equal(vmsa_tlb_estimate(&config, &slow, 1, 0.0, &a),
			 -EINVAL);
	assert_int_equal(vmsa_tlb_estimate(&config, &slow, 1000, 1.0, &a), 0);
	assert_int_equal(vmsa_tlb_estimate(&config, &fast, 1000, 1.0, &b), 0);
	assert_int_equal(a.cycles, 1000);
	assert_float_equal(a.cpi.value, 2.0, 1e-6);
	assert_float_equal(a.cpi.low, 1.0, 1e-6);
	assert_float_equal(a.cpi.high, 5.84, 1e-6);
	assert_float_equal(a.share.value, 0.5, 1e-6);
	assert_float_equal(a.share.low, 0.0, 1e-6);
	ratio = vmsa_tlb_throughput(&b, &a);
	assert_float_equal(ratio.value, 2.0, 1e-6);
	assert_float_equal(ratio.low, 1.0 / 2.92, 1e-6);
	assert_float_equal(ratio.high, 5.84, 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cold_walk_of_four_and_four_levels_loads_24),
		cmocka_unit_test(
			an_ipa_cache_saves_all_but_one_walk_of_stage_2),
		cmocka_unit_test(an_entry_is_as_large_as_the_smaller_leaf),
		cmocka_unit_test(translations_are_two_lookups),
		cmocka_unit_test(an_ipa_operation_leaves_combined_entries),
		cmocka_unit_test(a_write_makes_both_stages_dirty),
		cmocka_unit_test(a_leaf_without_access_flag_is_not_kept),
		cmocka_unit_test(an_update_leaves_a_changed_leaf_alone),
		cmocka_unit_test(walks_that_cannot_be_are_refused),
		cmocka_unit_test(an_estimate_says_how_wrong_it_may_be),
	};

	return cmocka_run_group_tests_name("two_stage", tests, NULL, NULL);
}
