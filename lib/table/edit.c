/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edit.c - the only code that stores descriptors
 */
#include "table/space.h"

#include <errno.h>

#include "table/fill.h"

/* No entry is known to be zero: the table may have been edited before. */
#define NOTHING_KNOWN (~0u)

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
	if (space->nr_observers) {
		struct vmsa_event e = { .kind = VMSA_EVENT_TABLE_FREE,
					.level = table->level,
					.u.table.pa = table->pa };

		vmsa_space_emit(space, &e);
	}
	vmsa_frame_free(space->memory, table->pa, table->level);
	table->entries = NULL;
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

/* How many entries from @index on hold the same value, @count at most. */
static unsigned equal_entries(const struct vmsa_table *table, unsigned index,
			      unsigned count)
{
	const vmsa_desc first = vmsa_table_get(table, index);
	unsigned n = 1;

	while (n < count && vmsa_table_get(table, index + n) == first)
		n++;
	return n;
}

/* The same stores, in pieces whose old values are equal, with their events. */
static void set_observed(struct vmsa_space *space, struct vmsa_table *table,
			 unsigned index, struct vmsa_event *e)
{
	const uint64_t span = vmsa_level_span(&space->geometry, table->level);
	const uint64_t step = e->u.store.step;
	unsigned left = e->u.store.count;

	while (left) {
		unsigned n = equal_entries(table, index, left);

		/* A run is one event only if it came from empty entries. */
		if (vmsa_table_get(table, index))
			n = 1;
		e->u.store.old = vmsa_table_get(table, index);
		e->u.store.count = n;
		vmsa_fill_run(&table->entries[index], n, e->u.store.desc, step);
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
	vmsa_fill_run(&table->entries[index], count, desc, step);
	forget_zeroes(table, index + count);
}

static unsigned change_observed(struct vmsa_space *space,
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

	if (space->nr_observers)
		return change_observed(space, table, run, change);
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
	vmsa_fill_cached(table->entries, count, desc, step);
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
