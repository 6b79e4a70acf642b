/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_test.c - descriptors changed in runs, and tables filled far away
 *
 * Every place and length of a run, so that each way the host takes them, in
 * pairs or one by one, begins and ends everywhere.
 */
#include "tables.h"

#define ENTRIES 512

static void see(void *arg, const struct vmsa_event *event)
{
	(void)event;
	++*(unsigned *)arg;
}

/* Any bits, valid or not. */
static void scatter(struct vmsa_space *s, struct vmsa_table *t, uint64_t seed)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		vmsa_table_set(s, t, i, 0, test_rand(&seed));
}

static void compare_run(struct fixture *f, struct vmsa_table *t,
			struct vmsa_table_run run, struct vmsa_change change)
{
	uint64_t before[ENTRIES];
	unsigned valid = 0;

	scatter(f->space, t, 1 + run.index * ENTRIES + run.count);
	memcpy(before, t->entries, sizeof(before));
	for (unsigned i = run.index; i < run.index + run.count; i++) {
		before[i] = (before[i] & ~change.clear) | change.set;
		valid += before[i] & 1;
	}
	assert_int_equal(vmsa_table_change_run(f->space, t, run, change),
			 valid);
	assert_memory_equal(t->entries, before, sizeof(before));
}

static void a_run_changes_its_entries_and_no_other(void **state)
{
	static const struct vmsa_change changes[] = {
		{ 0x8, 0x80 },      /* valid or not as before */
		{ 0x801, 0x800 },   /* none valid */
		{ 0x800, 0x801 },   /* all valid */
		{ 0xff0, 0x8000f }, /* set wins over clear */
	};
	struct vmsa_table t;
	struct fixture f;

	(void)state;
	fixture_open(&f, 12, 39, VMSA_FORMAT_48);
	assert_int_equal(vmsa_table_alloc(f.space, VMSA_LATE, 3, &t), 0);
	for (size_t c = 0; c < COUNT(changes); c++) {
		for (unsigned at = 0; at < 6; at++) {
			for (unsigned n = 0; n < 10; n++)
				compare_run(&f, &t,
					    (struct vmsa_table_run){ at, n, 0 },
					    changes[c]);
			compare_run(&f, &t,
				    (struct vmsa_table_run){ at, ENTRIES - at,
							     0 },
				    changes[c]);
		}
	}
	fixture_close(&f);
}

/* Watched or not: as many stores, the same answer. */
static void a_watched_run_tells_of_each_entry(void **state)
{
	const struct vmsa_table_run run = { 5, 300, 5 << 12 };
	const struct vmsa_change change = { 0x1, 0x800 };
	struct vmsa_counters c, d;
	struct vmsa_table t;
	unsigned events = 0;
	struct fixture f;

	(void)state;
	fixture_open(&f, 12, 39, VMSA_FORMAT_48);
	assert_int_equal(vmsa_table_alloc(f.space, VMSA_LATE, 3, &t), 0);
	scatter(f.space, &t, 3);
	vmsa_space_observe(f.space, see, &events);
	vmsa_space_counters(f.space, &c);
	assert_int_equal(vmsa_table_change_run(f.space, &t, run, change), 0);
	vmsa_space_counters(f.space, &d);
	assert_int_equal(events, run.count);
	assert_int_equal(d.stores - c.stores, run.count);
	fixture_close(&f);
}

/* A copy of a table that is kept by events alone. */
struct mirror {
	uint64_t entry[ENTRIES];
	vmsa_pa pa;
	unsigned events;
};

static void follow(void *arg, const struct vmsa_event *e)
{
	struct mirror *m = arg;

	assert_int_equal(e->kind, VMSA_EVENT_STORE);
	for (uint32_t i = 0; i < e->u.store.count; i++) {
		const uint64_t k = (e->u.store.at - m->pa) / 8 + i;

		assert_u64_equal(m->entry[k],
				 e->u.store.old + i * e->u.store.old_step);
		assert_u64_equal(e->u.store.va >> 12, k - i);
		m->entry[k] = e->u.store.desc + i * e->u.store.step;
	}
	m->events++;
}

/* How many events a change of 500 pages from entry 4 on is. */
static unsigned events_of(vmsa_desc first, uint64_t step,
			  struct vmsa_change change, bool beside)
{
	const struct vmsa_table_run run = { 4, 500, 4 << 12 };
	struct mirror m = { .events = 0 };
	unsigned singly = 0;
	struct vmsa_table t;
	struct fixture f;

	fixture_open(&f, 12, 39, VMSA_FORMAT_48);
	assert_int_equal(vmsa_table_alloc(f.space, VMSA_LATE, 3, &t), 0);
	for (unsigned i = 0; i < ENTRIES; i++)
		vmsa_table_set(f.space, &t, i, 0, first + i * step);
	memcpy(m.entry, t.entries, sizeof(m.entry));
	m.pa = t.pa;
	assert_int_equal(vmsa_space_observe_runs(f.space, follow, &m), 0);
	if (beside)
		assert_int_equal(vmsa_space_observe(f.space, see, &singly), 0);
	vmsa_table_change_run(f.space, &t, run, change);
	assert_memory_equal(t.entries, m.entry, sizeof(m.entry));
	assert_int_equal(singly, beside ? m.events : 0);
	fixture_close(&f);
	return m.events;
}

/* Whoever asks for it; where all are alike and none is of a group. */
static void a_run_of_changes_is_one_event(void **state)
{
	const struct vmsa_change ro = { 0, 0x80 }, none = { 1, 0 };
	const struct vmsa_change cont = { 0, UINT64_C(1) << 52 };
	const struct vmsa_change address = { 0x4000, 0 };
	const uint64_t page = 0x1000;

	(void)state;
	assert_int_equal(events_of(0x40000703, page, ro, false), 1);
	assert_int_equal(events_of(0x40000703, page, none, false), 1);
	assert_int_equal(events_of(0x40000703, page, ro, true), 500);
	assert_int_equal(events_of(0x40000703, 2 * page, ro, false), 500);
	assert_int_equal(events_of(0x40000702, page, ro, false), 500);
	assert_int_equal(events_of(0x40000703, page, address, false), 500);
	assert_int_equal(events_of(0x40000703, page, cont, false), 500);
	assert_int_equal(events_of(0x10000040000703, page, ro, false), 500);
}

static void a_far_fill_is_a_fill(void **state)
{
	static const unsigned shifts[] = { 12, 14, 16 };

	(void)state;
	for (size_t i = 0; i < COUNT(shifts); i++) {
		const unsigned n = 1u << (shifts[i] - 3);
		struct vmsa_counters c;
		struct vmsa_table t;
		unsigned events = 0;
		struct fixture f;

		fixture_open(&f, shifts[i], 47, VMSA_FORMAT_48);
		vmsa_space_observe(f.space, see, &events);
		assert_int_equal(vmsa_table_alloc(f.space, VMSA_LATE, 3, &t),
				 0);
		vmsa_table_fill_far(f.space, &t, 0, 0x40000703,
				    UINT64_C(1) << shifts[i]);
		for (unsigned k = 0; k < n; k++)
			assert_u64_equal(vmsa_table_get(&t, k),
					 0x40000703 +
						 ((uint64_t)k << shifts[i]));
		vmsa_space_counters(f.space, &c);
		assert_int_equal(c.fills, n);
		assert_int_equal(c.stores, 0);
		assert_int_equal(events, 2); /* the table, and its contents */
		fixture_close(&f);
	}
}

/* A hint: it may come for anything, and changes nothing. */
static void expecting_a_table_changes_nothing(void **state)
{
	struct vmsa_counters before, after;
	struct vmsa_table root;
	struct fixture f;
	vmsa_va va;

	(void)state;
	fixture_open(&f, 12, 39, VMSA_FORMAT_48);
	va = vmsa_space_base(f.space);
	put_desc(f.space, va, 3, 0x40000703);
	put_desc(f.space, va + (UINT64_C(1) << 30), 1, 0x80000701);
	vmsa_table_root(f.space, &root);
	/* A table outside memory. */
	vmsa_table_set(f.space, &root, 3, va, UINT64_C(0xfff000000003));
	vmsa_space_counters(f.space, &before);
	for (unsigned i = 0; i < 5; i++)
		vmsa_table_expect(f.space, &root, va + ((uint64_t)i << 30));
	vmsa_space_counters(f.space, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_changes_its_entries_and_no_other),
		cmocka_unit_test(a_watched_run_tells_of_each_entry),
		cmocka_unit_test(a_run_of_changes_is_one_event),
		cmocka_unit_test(a_far_fill_is_a_fill),
		cmocka_unit_test(expecting_a_table_changes_nothing),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
