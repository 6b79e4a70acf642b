/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bundled_test.c - the recordings in traces/ are whole, and what they say
 *
 * Expected counts are what the recording plugin itself printed, and the pages
 * touched that another reader of the captures found.
 */
#include "files.h"

#define BATCH       4096
#define LINEAR_BASE UINT64_C(0xffff000000000)
#define RAM_PAGES   (UINT64_C(1) << 20) /* 4 GiB */
#define USER_SLOTS  (UINT64_C(1) << 17)

static const struct row {
	const char *name;
	uint64_t insns, accesses, moves, events, frames;
	/* pages touched; user pages of two processes are two */
	uint64_t linear_4k, linear_2m, user_4k;
} rows[] = {
	{ "memcached-nic", 500000010, 165897161, 23137886, 40185, 28264, 3416,
	  24, 28018 },
	{ "memcached-1cpu", 500000012, 168846739, 24039758, 76187, 28889, 8770,
	  32, 28764 },
	{ "dmcrypt", 1000000136, 284799042, 34876045, 29421, 2248, 88050, 215,
	  94 },
	{ "dmcrypt-aged", 1000000011, 286398092, 34961622, 30911, 12605, 88276,
	  1602, 93 },
	{ "seqread", 800000006, 350321551, 20205610, 255752, 4157, 256263, 520,
	  28 },
};

/* What is counted while reading, by nothing of the library's. */
struct counts {
	uint64_t kinds[VMSA_TRACE_NR_KINDS], accesses, moves, last;
	uint8_t linear[RAM_PAGES], block[RAM_PAGES / 512];
	uint64_t ttbr0;
	uint64_t user[USER_SLOTS]; /* hash table of page and TTBR0, 0 free */
	uint64_t linear_4k, linear_2m, user_4k;
};

static void touch(struct counts *c, const struct vmsa_trace_record *r)
{
	/* A page of one address space: 36 bits, and the table's number. */
	const uint64_t key = (r->page + 1) ^ (c->ttbr0 >> 12) << 36;
	uint64_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> 47;

	if (r->region == VMSA_TRACE_LINEAR) {
		const uint64_t page = r->page - LINEAR_BASE;

		assert_true(page < RAM_PAGES);
		c->linear_4k += !c->linear[page];
		c->linear[page] = 1;
		c->linear_2m += !c->block[page / 512];
		c->block[page / 512] = 1;
	} else if (r->region == VMSA_TRACE_USER) {
		while (c->user[i] && c->user[i] != key)
			i = (i + 1) % USER_SLOTS;
		c->user_4k += !c->user[i];
		c->user[i] = key;
	}
}

static void add(struct counts *c, const struct vmsa_trace_record *r)
{
	assert_true(r->insn >= c->last);
	assert_false(r->state);
	c->last = r->insn;
	c->kinds[r->kind]++;
	if (r->kind == VMSA_TRACE_DATA) {
		c->accesses += 1 + (uint64_t)r->accesses;
		touch(c, r);
	} else if (r->kind == VMSA_TRACE_TTBR0) {
		c->ttbr0 = r->a;
	} else if (r->kind == VMSA_TRACE_FETCH) {
		c->moves += 1 + (uint64_t)r->accesses;
	}
}

static struct counts *read_trace(struct vmsa_trace *t)
{
	static struct vmsa_trace_record batch[BATCH];
	struct counts *c = calloc(1, sizeof(*c));
	struct vmsa_trace_stream *s;
	size_t n;

	assert_int_equal(vmsa_trace_stream_create(t, 0, &s), 0);
	do {
		assert_int_equal(vmsa_trace_read(s, batch, BATCH, &n, NULL), 0);
		for (size_t i = 0; i < n; i++)
			add(c, &batch[i]);
	} while (n);
	vmsa_trace_stream_destroy(s);
	return c;
}

static void check_counts(const struct row *row, const struct counts *c,
			 const struct vmsa_trace_totals *t)
{
	uint64_t events = 0;

	for (unsigned k = 0; k < VMSA_TRACE_NR_KINDS; k++) {
		assert_u64_equal(c->kinds[k], t->by_kind[k]);
		if (k >= VMSA_TRACE_TTBR0)
			events += c->kinds[k];
	}
	assert_u64_equal(t->end_insn - t->first_insn, row->insns);
	assert_u64_equal(t->accesses, row->accesses);
	assert_u64_equal(t->moves, row->moves);
	assert_u64_equal(events, row->events);
	assert_u64_equal(c->kinds[VMSA_TRACE_FRAME], row->frames);
	assert_u64_equal(c->linear_4k, row->linear_4k);
	assert_u64_equal(c->linear_2m, row->linear_2m);
	assert_u64_equal(c->user_4k, row->user_4k);
	/* All but the hits behind the last record are in records. */
	assert_true(c->accesses <= t->accesses);
	assert_true(t->accesses - c->accesses < 1000);
	assert_true(c->moves <= t->moves);
	assert_true(t->moves - c->moves < 1000);
}

static void check_machine(const struct vmsa_trace *t)
{
	struct vmsa_trace_machine m;

	assert_int_equal(vmsa_trace_machine(t, &m, NULL), 0);
	assert_u64_equal(m.page_size, 4096);
	assert_int_equal(m.va_bits, 48);
	assert_u64_equal(m.linear_base, LINEAR_BASE << 12);
	assert_int_equal(m.banks, 1);
	assert_u64_equal(m.ram[0].start, m.phys_base);
	assert_u64_equal(m.ram[0].size, RAM_PAGES << 12);
	assert_true(m.image.start >= m.vmalloc.start && m.image.size);
	assert_true(m.vmemmap.size);
}

/* Each is whole, tells its machine, and has the counts that were printed. */
static void recordings_have_the_counts_they_were_made_with(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_trace *t;
		struct counts *c;
		char path[640];

		print_message("%s\n", r->name);
		snprintf(path, sizeof(path), "%s/traces/%s.vmt",
			 getenv("VMSA_SOURCE_ROOT"), r->name);
		assert_int_equal(vmsa_trace_open(path, &t, NULL), 0);
		assert_int_equal(vmsa_trace_damage(t, NULL), 0);
		assert_int_equal(vmsa_trace_data_filter(t), 8);
		assert_int_equal(vmsa_trace_fetch_filter(t), 4);
		check_machine(t);
		c = read_trace(t);
		check_counts(r, c, vmsa_trace_totals(t, 0));
		free(c);
		vmsa_trace_close(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			recordings_have_the_counts_they_were_made_with),
	};

	return cmocka_run_group_tests_name("bundled traces", tests, NULL, NULL);
}
