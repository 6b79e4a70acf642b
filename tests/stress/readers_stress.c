/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readers_stress.c - walkers beside one writer see the old or the new, only
 *
 * Two windows of the address space are mapped, by pages or by blocks, to one
 * of several places, protected, and unmapped, over and over; their freed
 * tables are used again for each other.  The writer counts a window's clock up
 * before and after each operation.  A reader that saw the clock at c before a
 * lookup and at d after it may get any state from c to d, and no other.
 *
 * Built twice: as it is, and with the library under ThreadSanitizer.
 */
#include "tables.h"
#include "vmsa/table/walker.h"

#include <pthread.h>

#define WINDOW      (UINT64_C(4) << 20)
#define PAGE        UINT64_C(0x1000)
#define RO          UINT64_C(0x80)
#define STATES      4096 /* operations on a window, remembered */
#define READERS     3
#define SECONDS_MAX 4

/* What every address of a window is mapped to; place 0 is not at all. */
struct state {
	unsigned place;
	bool blocks, read_only;
};

struct window {
	vmsa_va base;
	uint64_t clock; /* 2n: state n holds; 2n + 1: on the way to n + 1 */
	struct state state[STATES + 1];
};

struct stress {
	struct fixture f;
	struct window window[2];
	bool done;
	uint64_t lookups, changes_seen;
};

static vmsa_pa place_pa(unsigned place)
{
	return (vmsa_pa)place << 32;
}

static bool is_state(const struct window *w, uint64_t n, uint64_t offset,
		     const struct vmsa_translation *t)
{
	const struct state *s = &w->state[n];

	if (!s->place)
		return t->fault;
	return !t->fault && t->pa == place_pa(s->place) + offset &&
	       t->level == (s->blocks ? 2 : 3) &&
	       !(t->desc & RO) == !s->read_only;
}

static bool is_any_state(const struct window *w, uint64_t c, uint64_t d,
			 uint64_t offset, const struct vmsa_translation *t)
{
	for (uint64_t n = c / 2; n <= (d + 1) / 2; n++) {
		if (is_state(w, n, offset, t))
			return true;
	}
	return false;
}

#define BATCH 24

/* Ways to look addresses up. */
enum way {
	SINGLY,
	WALKER,
	MANY,
	WAYS
};

/* One by one, or all at once; @walker is as old as its reader. */
static void look(const struct stress *st, struct vmsa_walker *walker,
		 const vmsa_va *va, struct vmsa_translation *t, enum way way)
{
	int err = 0;

	if (way == MANY)
		err = vmsa_translate_many(st->f.space, va, BATCH, t);
	for (int i = 0; i < BATCH && way == SINGLY; i++)
		err |= vmsa_translate(st->f.space, va[i], &t[i]);
	for (int i = 0; i < BATCH && way == WALKER; i++)
		err |= vmsa_walker_translate(walker, va[i], &t[i]);
	if (err)
		abort();
}

static void *read_along(void *arg)
{
	struct stress *st = arg;
	struct vmsa_walker walker = vmsa_walker_at(st->f.space, 0);
	uint64_t seed = (uintptr_t)&seed | 1, lookups = 0, changes = 0;

	while (!__atomic_load_n(&st->done, __ATOMIC_RELAXED)) {
		struct window *w = &st->window[test_rand(&seed) % 2];
		struct vmsa_translation t[BATCH];
		uint64_t offset[BATCH], c, d;
		vmsa_va va[BATCH];

		for (int i = 0; i < BATCH; i++) {
			offset[i] = test_rand(&seed) % WINDOW;
			va[i] = w->base + offset[i];
		}
		c = __atomic_load_n(&w->clock, __ATOMIC_ACQUIRE);
		look(st, &walker, va, t, test_rand(&seed) % WAYS);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		d = __atomic_load_n(&w->clock, __ATOMIC_ACQUIRE);
		for (int i = 0; i < BATCH; i++) {
			if (!is_any_state(w, c, d, offset[i], &t[i])) {
				print_error("clock %llu..%llu, %#llx: "
					    "%#llx at level %d\n",
					    (unsigned long long)c,
					    (unsigned long long)d,
					    (unsigned long long)offset[i],
					    (unsigned long long)t[i].desc,
					    t[i].level);
				abort();
			}
		}
		lookups += BATCH;
		changes += c != d || c % 2;
	}
	__atomic_fetch_add(&st->lookups, lookups, __ATOMIC_RELAXED);
	__atomic_fetch_add(&st->changes_seen, changes, __ATOMIC_RELAXED);
	return NULL;
}

static struct state next_state(struct state now, uint64_t *seed)
{
	if (!now.place)
		return (struct state){ 1 + (unsigned)(test_rand(seed) % 3),
				       test_rand(seed) % 4 == 0, false };
	if (test_rand(seed) % 2)
		return (struct state){ 0 };
	now.read_only = !now.read_only;
	return now;
}

static int change(struct vmsa_space *s, const struct window *w,
		  struct state from, struct state to)
{
	const struct vmsa_mapping m = {
		.va = w->base,
		.pa = place_pa(to.place),
		.size = WINDOW,
		.attr = 0x400,
		.flags = VMSA_MAP_NO_CONTIGUOUS |
			 (to.blocks ? 0 : VMSA_MAP_NO_BLOCK),
		.phase = VMSA_LATE,
	};

	if (!from.place)
		return vmsa_map(s, &m);
	if (!to.place)
		return vmsa_unmap(s, w->base, WINDOW);
	return vmsa_protect(s, w->base, WINDOW, to.read_only ? RO : 0,
			    to.read_only ? 0 : RO);
}

/* One operation on one window; false when its memory of states is full. */
static bool write_once(struct stress *st, struct window *w, uint64_t *seed)
{
	const uint64_t n = w->clock / 2;

	if (n == STATES)
		return false;
	vmsa_space_lock(st->f.space);
	w->state[n + 1] = next_state(w->state[n], seed);
	__atomic_store_n(&w->clock, 2 * n + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	assert_int_equal(change(st->f.space, w, w->state[n], w->state[n + 1]),
			 0);
	__atomic_store_n(&w->clock, 2 * n + 2, __ATOMIC_RELEASE);
	vmsa_space_unlock(st->f.space);
	return true;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A reader only ever sees a state that held during its lookup. */
static void readers_see_the_old_or_the_new(void **state)
{
	struct stress *st = calloc(1, sizeof(*st));
	const double until = now() + SECONDS_MAX;
	pthread_t reader[READERS];
	uint64_t seed = 20250219;

	(void)state;
	assert_non_null(st);
	fixture_open(&st->f, 12, 48, VMSA_FORMAT_48);
	/* Far apart: different tables at levels 1, 2 and 3. */
	st->window[0].base = vmsa_space_base(st->f.space);
	st->window[1].base = (vmsa_va)0 - WINDOW;
	for (int i = 0; i < READERS; i++)
		assert_int_equal(
			pthread_create(&reader[i], NULL, read_along, st), 0);
	while (now() < until &&
	       write_once(st, &st->window[test_rand(&seed) % 2], &seed))
		;
	__atomic_store_n(&st->done, true, __ATOMIC_RELAXED);
	for (int i = 0; i < READERS; i++)
		pthread_join(reader[i], NULL);
	print_message("%llu lookups, %llu batches beside a change, %llu "
		      "operations\n",
		      (unsigned long long)st->lookups,
		      (unsigned long long)st->changes_seen,
		      (unsigned long long)(st->window[0].clock +
					   st->window[1].clock) /
			      2);
	assert_true(st->lookups && st->changes_seen);
	fixture_close(&st->f);
	free(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_the_old_or_the_new),
	};

	return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
