/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unfiltered_test.c - a converted trace misses where every access would
 *
 * One stream of accesses three times: to a page of obvious code that knows
 * LRU sets and nothing else, one by one to a replay, and as a ChampSim file
 * through the importer, where runs become counts.  Hits and misses of both
 * levels are equal to the last one, also where an L1 has sets, which a
 * filtered trace would not be let near.
 */
#include "trace/foreign/foreign.h"

#include "vmsa/replay.h"

#define ACCESSES 200000
#define LINEAR   UINT64_C(0xffff000000000000)

/* An LRU structure: each set's pages, most recent first. */
struct lru {
	uint32_t entries, ways;
	uint64_t page[2048]; /* set by set; 0 is empty, pages are from 1 on */
	uint64_t misses;
};

/* Use a page; whether it was there. */
static bool use(struct lru *l, uint64_t page)
{
	const uint32_t sets = l->entries / l->ways;
	uint64_t *set = &l->page[page % sets * l->ways];
	uint32_t i = 0;
	bool hit;

	while (i < l->ways - 1 && set[i] != page)
		i++;
	hit = set[i] == page;
	l->misses += !hit;
	for (; i > 0; i--)
		set[i] = set[i - 1];
	set[0] = page;
	return hit;
}

/* One after the other: runs on a page, loops over some, and jumps. */
static uint64_t next_page(uint64_t *seed, uint64_t last)
{
	const uint64_t x = test_rand(seed);

	switch (x & 7) {
	case 0:
		return 1 + (x >> 8 & 0xfff);
	case 1:
	case 2:
		return 1 + (x >> 8 & 63) * 16;
	case 3:
		return 1 + (x >> 8 & 15);
	default:
		return last;
	}
}

static int no_walk(void *arg, struct vmsa_tlb_walk *w)
{
	(void)arg;
	w->fault = true; /* there is no linear-map access */
	return 0;
}

static struct vmsa_replay *new_replay(const struct vmsa_tlb_config *tlb,
				      const struct vmsa_trace *t)
{
	static const struct vmsa_range ram = { 0, UINT64_C(1) << 32 };
	const struct vmsa_replay_config c = {
		.tlb = *tlb,
		.recorded = { .va_bits = 48, .linear_base = LINEAR },
		.data_filter = t ? vmsa_trace_data_filter(t) : 0,
		.fetch_filter = t ? vmsa_trace_fetch_filter(t) : 0,
		.linear = { .walk = no_walk },
		.linear_base = LINEAR,
		.ram = &ram,
		.nr_ram = 1,
	};
	struct vmsa_replay *r;

	assert_int_equal(vmsa_replay_create(&c, &r), 0);
	return r;
}

/* The file, and the misses of the obvious model on the way. */
static void make_stream(const char *path, struct lru *l1, struct lru *l2)
{
	uint64_t page = 1, seed = 0x9e3779b97f4a7c15;
	static struct bytes b;
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	for (unsigned i = 0; i < ACCESSES; i++) {
		uint64_t load[4] = { 0 }, store[2] = { 0 };

		page = next_page(&seed, page);
		if (!use(l1, page))
			use(l2, page);
		*(test_rand(&seed) >> 62 ? load : store) = page << 12 | i % 512;
		b.size = 0;
		put_champsim(&b, 0x400000, load, store);
		assert_int_equal(fwrite(b.data, 1, b.size, f), b.size);
	}
	assert_int_equal(fclose(f), 0);
}

/* The same stream, one record an access: nothing is a run. */
static void feed_all(struct vmsa_replay *r)
{
	uint64_t page = 1, seed = 0x9e3779b97f4a7c15;

	for (unsigned i = 0; i < ACCESSES; i++) {
		struct vmsa_trace_record record = {
			.insn = i,
			.victim = VMSA_TRACE_NO_VICTIM,
			.kind = VMSA_TRACE_DATA,
			.region = VMSA_TRACE_USER,
		};

		page = next_page(&seed, page);
		record.page = page;
		record.write = !(test_rand(&seed) >> 62);
		assert_int_equal(vmsa_replay_feed(r, &record, 1), 0);
	}
}

/* What the converted file counts. */
static void replay_file(void **state, const char *file, unsigned filter,
			const struct vmsa_tlb_config *tlb,
			struct vmsa_replay_result *out)
{
	struct vmsa_foreign_import in = of_format(VMSA_FOREIGN_CHAMPSIM);
	static struct vmsa_trace_record batch[4096];
	struct vmsa_trace_stream *s;
	struct vmsa_replay *r;
	struct vmsa_trace *t;
	char path[640];
	size_t n = 1;

	in.files = &file;
	in.nr_files = 1;
	in.data_filter = filter;
	assert_int_equal(vmsa_foreign_import(&in, temp_path(state, "t", path),
					     NULL, NULL),
			 0);
	s = open_stream(path, &t);
	r = new_replay(tlb, t);
	while (n) {
		assert_int_equal(
			vmsa_trace_read(s, batch, COUNT(batch), &n, NULL), 0);
		assert_int_equal(vmsa_replay_feed(r, batch, n), 0);
	}
	vmsa_replay_finish(r, 0, out);
	assert_true(filter || out->records < ACCESSES * 3 / 4);
	/* Hits behind the last record are in the totals alone. */
	out->stats.of[VMSA_TLB_USER][VMSA_TLB_DATA].accesses =
		vmsa_trace_totals(t, 0)->accesses;
	vmsa_replay_destroy(r);
	close_stream(t, s);
}

static const struct row {
	const char *name;
	struct vmsa_tlb_array l1, l2;
	bool full; /* a filtered trace can be replayed, too */
} rows[] = {
	{ "L1 of 16", VMSA_TLB_ARRAY(16, 16), VMSA_TLB_ARRAY(128, 4), true },
	{ "L1 of 1", VMSA_TLB_ARRAY(1, 1), VMSA_TLB_ARRAY(128, 128), false },
	{ "16 sets of 4", VMSA_TLB_ARRAY(64, 4), VMSA_TLB_ARRAY(1536, 12),
	  false },
	{ "direct mapped", VMSA_TLB_ARRAY(32, 1), VMSA_TLB_ARRAY(256, 8),
	  false },
	{ "8 sets of 2", VMSA_TLB_ARRAY(16, 2), VMSA_TLB_ARRAY(64, 1), false },
};

static void check(const struct vmsa_replay_result *got, const struct lru *l1,
		  const struct lru *l2, uint64_t line_misses)
{
	const struct vmsa_tlb_counters *c =
		&got->stats.of[VMSA_TLB_USER][VMSA_TLB_DATA];

	assert_u64_equal(c->accesses, ACCESSES);
	assert_u64_equal(c->l1_misses, l1->misses);
	assert_u64_equal(c->l2_misses, l2->misses);
	assert_u64_equal(c->walks, l2->misses);
	assert_u64_equal(c->line_misses, line_misses);
}

static void check_row(void **state, const struct row *row, const char *file)
{
	struct vmsa_tlb_config tlb = VMSA_TLB_CONFIG_DEFAULT;
	struct vmsa_replay_result got;
	static struct lru l1, l2;
	struct vmsa_replay *raw;
	uint64_t line_misses;

	l1 = (struct lru){ row->l1.entries, row->l1.ways, { 0 }, 0 };
	l2 = (struct lru){ row->l2.entries, row->l2.ways, { 0 }, 0 };
	make_stream(file, &l1, &l2);
	tlb.l1d = row->l1;
	tlb.l2 = row->l2;
	raw = new_replay(&tlb, NULL);
	feed_all(raw);
	vmsa_replay_finish(raw, 0, &got);
	vmsa_replay_destroy(raw);
	line_misses = got.stats.of[VMSA_TLB_USER][VMSA_TLB_DATA].line_misses;
	assert_true(line_misses > 0);
	check(&got, &l1, &l2, line_misses);
	replay_file(state, file, 0, &tlb, &got);
	check(&got, &l1, &l2, line_misses);
	if (!row->full)
		return;
	replay_file(state, file, 8, &tlb, &got);
	check(&got, &l1, &l2, line_misses);
}

static void misses_are_those_of_every_access(void **state)
{
	char file[640];

	temp_path(state, "stream", file);
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		print_message("%s\n", r->name);
		check_row(state, r, file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(misses_are_those_of_every_access),
	};

	return cmocka_run_group_tests_name("replay_unfiltered", tests, NULL,
					   NULL);
}
