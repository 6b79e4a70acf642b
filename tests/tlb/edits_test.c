/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edits_test.c - a TLB that hears of every TLBI is never stale
 *
 * Chunks of a space are mapped and unmapped at random, as blocks, contiguous
 * groups and pages, in line and out of line.  The space's own TLBIs go to the
 * TLB.  Its answers are compared with the test's list of chunks, and by
 * config.check with fresh walks.
 */
#include <string.h>

#include "support/vmsa_test.h"
#include "vmsa/table.h"
#include "vmsa/tlb.h"

#define RAM       UINT64_C(0x40000000)
#define BASE      UINT64_C(0xffff000000000000)
#define S(N)      (UINT64_C(1) << (N))
#define NR_CHUNKS 40

/* Where chunk @i is: eight of 4M, the others of sixteen pages, in a row. */
struct chunk {
	vmsa_va va;
	uint64_t size;
	vmsa_pa pa; /* 0: not mapped */
};

struct bed {
	struct vmsa_memory *memory;
	struct vmsa_space *space;
	struct vmsa_tlb *tlb;
	struct chunk chunk[NR_CHUNKS];
	uint64_t seed;
	bool deaf; /* the TLB hears of no TLBI */
};

static void hear(void *arg, const struct vmsa_event *e)
{
	struct bed *b = arg;

	if (e->kind == VMSA_EVENT_TLBI && !b->deaf)
		assert_int_equal(vmsa_tlb_invalidate(b->tlb, &e->u.tlbi), 0);
}

static void open_bed(struct bed *b, struct vmsa_tlb_config c)
{
	const struct vmsa_range bank = { RAM, S(30) };
	const struct vmsa_memory_config mc = { .granule_shift = c.granule_shift,
					       .banks = &bank,
					       .nr_banks = 1 };
	struct vmsa_space_config sc = { .upper = true, .root = VMSA_NO_PA };
	struct vmsa_tlb_walker walker;
	vmsa_va va = BASE;

	memset(b, 0, sizeof(*b));
	b->seed = 88172645463325252ull;
	assert_int_equal(vmsa_memory_create(&mc, &sc.memory), 0);
	b->memory = sc.memory;
	vmsa_geometry_init(&sc.geometry, c.granule_shift, 48, VMSA_FORMAT_48);
	assert_int_equal(vmsa_space_create(&sc, &b->space), 0);
	assert_int_equal(vmsa_space_observe(b->space, hear, b), 0);
	walker = vmsa_tlb_space_walker(b->space);
	c.check = true;
	assert_int_equal(vmsa_tlb_create(&c, &walker, &b->tlb), 0);
	for (size_t i = 0; i < NR_CHUNKS; i++) {
		b->chunk[i].va = va;
		b->chunk[i].size = i < 8 ? S(22) : S(c.granule_shift + 4);
		va += b->chunk[i].size;
	}
}

static void close_bed(struct bed *b)
{
	vmsa_tlb_destroy(b->tlb);
	vmsa_space_destroy(b->space);
	vmsa_memory_destroy(b->memory);
}

/* Map a chunk that is not, unmap one that is. */
static void edit(struct bed *b, unsigned granule)
{
	uint64_t r = test_rand(&b->seed);
	struct chunk *c = &b->chunk[r % NR_CHUNKS];
	struct vmsa_mapping m = { .va = c->va,
				  .size = c->size,
				  .attr = VMSA_LEAF_AF,
				  .phase = VMSA_LATE };

	vmsa_space_lock(b->space);
	if (c->pa) {
		assert_int_equal(vmsa_unmap(b->space, c->va, c->size), 0);
		c->pa = 0;
	} else {
		m.pa = S(36) + (r >> 8) % 64 * S(25);
		if (r >> 16 & 1)
			m.pa += (r >> 17) % 8 << granule;
		if (r >> 20 & 1)
			m.attr |= VMSA_LEAF_NG;
		if (r >> 21 & 1)
			m.flags = VMSA_MAP_NO_CONTIGUOUS;
		assert_int_equal(vmsa_map(b->space, &m), 0);
		c->pa = m.pa;
	}
	vmsa_space_unlock(b->space);
}

static void look(struct bed *b)
{
	uint64_t r = test_rand(&b->seed);
	const struct chunk *c = &b->chunk[r % NR_CHUNKS];
	uint64_t offset = (r >> 16) % c->size;
	struct vmsa_tlb_access a = { .va = c->va + offset, .side = r >> 8 & 1 };
	struct vmsa_tlb_answer got;

	assert_int_equal(vmsa_tlb_access(b->tlb, &a, &got), 0);
	if (b->deaf)
		return;
	if (c->pa)
		assert_u64_equal(got.pa, c->pa + offset);
	else
		assert_int_equal(got.outcome, VMSA_TLB_FAULT);
}

static uint64_t count_stale(const struct bed *b)
{
	struct vmsa_tlb_stats stats;

	vmsa_tlb_stats(b->tlb, &stats);
	return stats.of[0][0].stale + stats.of[0][1].stale;
}

static const struct vmsa_tlb_config configs[] = {
	{ .granule_shift = 12,
	  .l1d = { 16, 16, .holds = S(12) | S(16), .contiguous = true },
	  .l1i = { 16, 4, .holds = S(12), .refuses = S(25) },
	  .l2 = { 128, 4, .contiguous = true },
	  .walk_cache = VMSA_TLB_ARRAY(8, 4) },
	{ .granule_shift = 12,
	  .l1d = { 16, 16, .aggregate = 2 },
	  .l1i = { 16, 4, .aggregate = 1, .holds = S(12) | S(20) },
	  .l2 = { 128, 4, .aggregate = 3 },
	  .walk_cache = VMSA_TLB_ARRAY(8, 4) },
	{ .granule_shift = 16,
	  .l1d = { 16, 16, .aggregate = 3 },
	  .l1i = { 16, 4, .contiguous = true, .aggregate = 1 },
	  .l2 = { 128, 4, .holds = S(14) | S(16) | S(21), .contiguous = true },
	  .conflict = VMSA_TLB_ABORT },
	{ .granule_shift = 14,
	  .l1d = { 16, 16, .aggregate = 2 },
	  .l2 = { 128, 4, .contiguous = true, .aggregate = 3 },
	  .conflict = VMSA_TLB_EITHER },
};

static void answers_are_fresh_with_every_tlbi_and_stale_without(void **state)
{
	struct bed b;

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(configs); i++) {
		const struct vmsa_tlb_config *c = &configs[i / 2];

		open_bed(&b, *c);
		b.deaf = i % 2;
		for (int edits = 0; edits < 1500; edits++) {
			edit(&b, c->granule_shift);
			for (int n = 0; n < 60; n++)
				look(&b);
		}
		assert_true(b.deaf == (count_stale(&b) > 0));
		close_bed(&b);
	}
}

/* What a walk says of neighbours, page by page from the list of chunks. */
static void check_neighbours(struct bed *b, const struct chunk *c,
			     uint64_t page, uint64_t odd)
{
	const struct vmsa_tlb_walker walker = vmsa_tlb_space_walker(b->space);
	struct vmsa_tlb_walk w = { .va = c->va + page * 0x1000 + 5,
				   .from_root = true,
				   .aggregate = true };
	uint8_t want = 0;

	assert_int_equal(walker.walk(walker.arg, &w), 0);
	for (uint64_t i = 0; i < 8; i++) {
		uint64_t other = page / 8 * 8 + i;

		want |= (uint8_t)((other == page ||
				   (odd >> other & 1) == (odd >> page & 1))
				  << i);
	}
	if (!(odd >> 32 >> page & 1))
		assert_int_equal(w.neighbours | 1 << page % 8,
				 want & ~(odd >> 32 >> page / 8 * 8));
}

/* Sixteen pages: some read-only, some with software bits, some gone. */
static void a_space_walker_compares_pages(void **state)
{
	const uint64_t read_only = 0x6188, gone = 0x0402, soft = 0x5555;
	struct bed b;
	struct chunk *c = &b.chunk[20];
	struct vmsa_mapping m;

	(void)state;
	open_bed(&b, configs[1]);
	m = (struct vmsa_mapping){ .va = c->va,
				   .pa = S(36) + 0x3000,
				   .size = c->size,
				   .attr = VMSA_LEAF_AF,
				   .phase = VMSA_LATE };
	vmsa_space_lock(b.space);
	assert_int_equal(vmsa_map(b.space, &m), 0);
	for (uint64_t page = 0; page < 16; page++) {
		vmsa_va va = c->va + page * 0x1000;
		vmsa_desc set = 0;

		if (read_only >> page & 1)
			set |= VMSA_LEAF_AP2;
		if (soft >> page & 1)
			set |= VMSA_BIT(55);
		assert_int_equal(vmsa_protect(b.space, va, 0x1000, set, 0), 0);
		if (gone >> page & 1)
			assert_int_equal(vmsa_unmap(b.space, va, 0x1000), 0);
	}
	/* Page 10 is there again, but out of line. */
	m.va += 0xa000;
	m.pa += 0xb000;
	m.size = 0x1000;
	assert_int_equal(vmsa_map(b.space, &m), 0);
	vmsa_space_unlock(b.space);
	for (uint64_t page = 0; page < 16; page++)
		check_neighbours(&b, c, page, read_only | gone << 32);
	close_bed(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			answers_are_fresh_with_every_tlbi_and_stale_without),
		cmocka_unit_test(a_space_walker_compares_pages),
	};

	return cmocka_run_group_tests_name("tlb_edits", tests, NULL, NULL);
}
