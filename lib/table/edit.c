/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edit.c - the only code that stores descriptors
 */
#include "table/space.h"

#include <errno.h>

/* No entry is known to be zero: the table may have been edited before. */
#define NOTHING_KNOWN (~0u)

/*
 * An operation that stores more than this in whole tables no longer fits the
 * host's caches with what it reads, and goes around them.  Between the sizes
 * of an L2 and an L3 cache: half or twice as much makes no difference.
 */
#define STREAM_AFTER (UINT64_C(4) << 20)

/* Readers see the count move before, and not after, what is stored next. */
static void count_changes(struct vmsa_space *space, unsigned n)
{
	__atomic_store_n(&space->head.changes, space->head.changes + n,
			 __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void vmsa_table_root(struct vmsa_space *space, struct vmsa_table *out)
{
	*out = (struct vmsa_table){
		.entries = space->root_entries,
		.pa = space->root,
		.level = space->geometry.start_level,
		.zero_from = NOTHING_KNOWN,
	};
}

int vmsa_table_child(struct vmsa_space *space, int level, vmsa_desc desc,
		     struct vmsa_table *out)
{
	const vmsa_pa pa = vmsa_space_oa(space, desc);
	vmsa_desc *entries = vmsa_memory_host(space->memory, pa);

	if (!entries)
		return -EFAULT;
	*out = (struct vmsa_table){
		.entries = entries,
		.pa = pa,
		.level = (int8_t)(level + 1),
		.zero_from = NOTHING_KNOWN,
	};
	return 0;
}

void vmsa_table_adopt(struct vmsa_space *space, int level,
		      struct vmsa_table *table)
{
	space->counters.tables_alloc++;
	table->entries = vmsa_memory_host(space->memory, table->pa);
	table->level = (int8_t)level;
	table->zero_from = 0;
	if (space->nr_observers) {
		struct vmsa_event e = { .kind = VMSA_EVENT_TABLE_ALLOC,
					.level = (int8_t)level,
					.u.table.pa = table->pa };

		vmsa_space_emit(space, &e);
	}
}

int vmsa_table_alloc(struct vmsa_space *space, enum vmsa_phase phase, int level,
		     struct vmsa_table *out)
{
	struct vmsa_table table;
	const int ret =
		vmsa_frame_alloc(space->memory, phase, level, &table.pa);

	if (ret)
		return ret;
	vmsa_table_adopt(space, level, &table);
	*out = table;
	return 0;
}

void vmsa_table_free(struct vmsa_space *space, struct vmsa_table *table)
{
	space->counters.tables_free++;
	/* Walkers learn of it before the frame can be used again. */
	count_changes(space, 2);
	if (space->nr_observers) {
		struct vmsa_event e = { .kind = VMSA_EVENT_TABLE_FREE,
					.level = table->level,
					.u.table.pa = table->pa };

		vmsa_space_emit(space, &e);
	}
	vmsa_frame_free(space->memory, table->pa, table->level);
	table->entries = NULL;
}

/* All entries of a run, by the way that suits its length. */
static void put(struct vmsa_space *space, struct vmsa_table *table,
		unsigned index, unsigned count, vmsa_desc desc, uint64_t step)
{
	vmsa_desc *to = &table->entries[index];

	if (count == 1) {
		vmsa_space_settle(space);
		__atomic_store_n(to, desc, __ATOMIC_RELEASE);
		return;
	}
	/* Leaves only: a link must not overtake the table it leads to. */
	if (8 * (uint64_t)count >= vmsa_granule(&space->geometry) &&
	    vmsa_space_is_leaf(space, table->level, desc)) {
		space->bulk += 8 * (uint64_t)count;
		if (space->bulk > STREAM_AFTER) {
			vmsa_fill_streaming(to, count, desc, step);
			space->streamed = true;
			return;
		}
	}
	vmsa_space_settle(space);
	vmsa_fill(to, count, desc, step);
}

/* Does a walker remember what the entries of @table lead to? */
static bool is_remembered(const struct vmsa_table *table)
{
	return table->level < 1;
}

/* The one place descriptors are stored, but for vmsa_table_change_run(). */
static void store(struct vmsa_space *space, struct vmsa_table *table,
		  unsigned index, unsigned count, vmsa_desc desc, uint64_t step)
{
	const unsigned change = is_remembered(table);

	if (change)
		count_changes(space, 1);
	put(space, table, index, count, desc, step);
	if (change)
		count_changes(space, 1);
}

/* Keep what is known of the zero tail of a table true. */
static void forget_zeroes(struct vmsa_table *table, unsigned end)
{
	if (table->zero_from < end)
		table->zero_from = end;
}

void vmsa_table_set(struct vmsa_space *space, struct vmsa_table *table,
		    unsigned index, vmsa_va va, vmsa_desc desc)
{
	vmsa_table_set_run(space, table, index, 1, va, desc, 0);
}

static void emit_stores(struct vmsa_space *space,
			const struct vmsa_table *table,
			struct vmsa_event *event, unsigned index)
{
	event->level = table->level;
	event->u.store.at = table->pa + 8 * (uint64_t)index;
	vmsa_space_emit(space, event);
}

/* How many entries from @index on are stored as one event. */
static unsigned event_length(const struct vmsa_table *table, unsigned index,
			     unsigned count)
{
	unsigned n = 0;

	while (n < count && !vmsa_table_get(table, index + n))
		n++;
	return n ? n : 1;
}

/* The same stores, piece by piece, each with its event. */
static void set_observed(struct vmsa_space *space, struct vmsa_table *table,
			 unsigned index, struct vmsa_event *e)
{
	const uint64_t span = vmsa_level_span(&space->geometry, table->level);
	const uint64_t step = e->u.store.step;
	unsigned left = e->u.store.count;

	while (left) {
		const unsigned n = event_length(table, index, left);

		e->u.store.old = vmsa_table_get(table, index);
		e->u.store.count = n;
		store(space, table, index, n, e->u.store.desc, step);
		forget_zeroes(table, index + n);
		emit_stores(space, table, e, index);
		e->u.store.desc += n * step;
		e->u.store.va += n * span;
		index += n;
		left -= n;
	}
}

void vmsa_table_set_run(struct vmsa_space *space, struct vmsa_table *table,
			unsigned index, unsigned count, vmsa_va va,
			vmsa_desc desc, uint64_t step)
{
	space->counters.stores += count;
	if (space->nr_observers) {
		struct vmsa_event e = { .kind = VMSA_EVENT_STORE,
					.u.store = { .va = va,
						     .desc = desc,
						     .step = step,
						     .count = count } };

		set_observed(space, table, index, &e);
		return;
	}
	store(space, table, index, count, desc, step);
	forget_zeroes(table, index + count);
}

static unsigned change_singly(struct vmsa_space *space,
			      struct vmsa_table *table,
			      struct vmsa_table_run run,
			      struct vmsa_change change)
{
	const uint64_t span = vmsa_level_span(&space->geometry, table->level);
	unsigned valid = 0;

	for (unsigned i = run.index; run.count--; i++, run.va += span) {
		const vmsa_desc new =
			(vmsa_table_get(table, i) & ~change.clear) | change.set;

		vmsa_table_set(space, table, i, run.va, new);
		valid += new &VMSA_DESC_VALID;
	}
	return valid;
}

unsigned vmsa_table_change_run(struct vmsa_space *space,
			       struct vmsa_table *table,
			       struct vmsa_table_run run,
			       struct vmsa_change change)
{
	vmsa_desc *to = &table->entries[run.index];
	unsigned valid = 0;

	if (space->nr_observers || is_remembered(table))
		return change_singly(space, table, run, change);
	space->counters.stores += run.count;
	forget_zeroes(table, run.index + run.count);
	for (unsigned i = 0; i < run.count; i++) {
		const vmsa_desc old = __atomic_load_n(&to[i], __ATOMIC_RELAXED);
		const vmsa_desc new = (old & ~change.clear) | change.set;

		__atomic_store_n(&to[i], new, __ATOMIC_RELEASE);
		valid += new &VMSA_DESC_VALID;
	}
	return valid;
}

void vmsa_table_fill(struct vmsa_space *space, struct vmsa_table *table,
		     vmsa_va va, vmsa_desc desc, uint64_t step)
{
	const unsigned count =
		vmsa_level_entries(&space->geometry, table->level);

	space->counters.fills += count;
	store(space, table, 0, count, desc, step);
	forget_zeroes(table, count);
	if (space->nr_observers) {
		struct vmsa_event e = { .kind = VMSA_EVENT_FILL,
					.u.store = { .va = va,
						     .desc = desc,
						     .step = step,
						     .count = count } };

		emit_stores(space, table, &e, 0);
	}
}
