/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edit.c - the only code that stores descriptors
 *
 *     vmsa_table_set()         one                    -> store_one()
 *     vmsa_table_set_run()     an arithmetic run      -> store()
 *     vmsa_table_change_run()  bits of a run          -> change_many()
 *     vmsa_table_fill(), _far  a table not yet linked -> store(), streaming
 *     vmsa_table_exchange()    a leaf's flags, by the walker of a TLB
 *
 * All but the last are counted, and shown to observers if there are any.  Every
 * descriptor goes by one aligned store of 8 bytes or more, so a reader sees the
 * old or the new value; a single store releases, so that a table is complete
 * before the link to it is seen.
 *
 * Stores around the host's cache are weakly ordered.  They are used for leaves
 * in bulk only, and vmsa_space_settle() comes before any store that could lead
 * a reader to them.
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

/* Bytes of a line of the host's caches, and of the smallest table. */
#define LINE     64
#define SMALLEST 4096

/*
 * Readers see the count move before, and not after, what is stored next.  There
 * is one writer, so the sum itself need not be atomic.
 */
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

void vmsa_table_expect(struct vmsa_space *space, const struct vmsa_table *table,
		       vmsa_va va)
{
	const vmsa_desc desc = vmsa_table_get(
		table, vmsa_level_index(&space->geometry, table->level, va));

	if (table->level == VMSA_MAX_LEVEL ||
	    (desc & VMSA_DESC_TYPE) != VMSA_DESC_TYPE)
		return;
	space->expected =
		vmsa_memory_host(space->memory, vmsa_space_oa(space, desc));
}

/* A frame is zero when it is handed out: all of the table is known to be. */
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
	vmsa_pa pa;
	const int ret = vmsa_frame_alloc(space->memory, phase, level, &pa);

	if (ret)
		return ret;
	/* A copy of a struct just written would wait for streamed stores. */
	out->pa = pa;
	vmsa_table_adopt(space, level, out);
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

/*
 * Does a walker remember what the entries of @table lead to?  Those of level 0
 * are; so are those of level -1, above them.
 */
static bool is_remembered(const struct vmsa_table *table)
{
	return table->level < 1;
}

/*
 * A run of entries, by the way that suits its length: whole tables of leaves go
 * around the cache once an operation has stored more than it holds.
 */
static void put_run(struct vmsa_space *space, struct vmsa_table *table,
		    unsigned index, unsigned count, vmsa_desc desc,
		    uint64_t step)
{
	vmsa_desc *to = &table->entries[index];

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

/*
 * The one place a single descriptor is stored.  Around a store that a walker
 * might remember the count is odd.
 */
static void store_one(struct vmsa_space *space, struct vmsa_table *table,
		      unsigned index, vmsa_desc desc)
{
	const bool remembered = is_remembered(table);

	if (remembered)
		count_changes(space, 1);
	vmsa_space_settle(space);
	__atomic_store_n(&table->entries[index], desc, __ATOMIC_RELEASE);
	if (remembered)
		count_changes(space, 1);
}

/* The one place a run is stored. */
static void store(struct vmsa_space *space, struct vmsa_table *table,
		  unsigned index, unsigned count, vmsa_desc desc, uint64_t step)
{
	const bool remembered = is_remembered(table);

	if (count == 1) {
		store_one(space, table, index, desc);
		return;
	}
	if (remembered)
		count_changes(space, 1);
	put_run(space, table, index, count, desc, step);
	if (remembered)
		count_changes(space, 1);
}

/*
 * Keep what is known of the zero tail of a table true: entries below @end may
 * have been stored.
 */
static void forget_zeroes(struct vmsa_table *table, unsigned end)
{
	if (table->zero_from < end)
		table->zero_from = end;
}

/* Complete the event of a store or fill at @index and show it. */
static void emit_stores(struct vmsa_space *space,
			const struct vmsa_table *table,
			struct vmsa_event *event, unsigned index)
{
	event->level = table->level;
	event->u.store.at = table->pa + 8 * (uint64_t)index;
	vmsa_space_emit(space, event);
}

void vmsa_table_set(struct vmsa_space *space, struct vmsa_table *table,
		    unsigned index, vmsa_va va, vmsa_desc desc)
{
	const bool observed = space->nr_observers;
	/* Read for the event only: a load that may miss the cache. */
	const vmsa_desc old = observed ? vmsa_table_get(table, index) : 0;

	space->counters.stores++;
	store_one(space, table, index, desc);
	forget_zeroes(table, index + 1);
	if (observed) {
		struct vmsa_event e = { .kind = VMSA_EVENT_STORE,
					.u.store = { .va = va,
						     .old = old,
						     .desc = desc,
						     .count = 1 } };

		emit_stores(space, table, &e, index);
	}
}

/*
 * How many entries from @index on are stored as one event: its old value is one
 * for all, so a stretch of zeroes, or a single entry.
 */
static unsigned event_length(const struct vmsa_table *table, unsigned index,
			     unsigned count)
{
	unsigned n = 0;

	/* Nothing of a fresh table has to come into the cache. */
	if (index >= table->zero_from)
		return count;
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

/* Change a run entry by entry, each with its event. */
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

/* Change @n descriptors nobody watches; how many are valid afterwards. */
static unsigned change_plain(vmsa_desc *to, unsigned n, struct vmsa_change c)
{
	unsigned valid = 0;

	for (unsigned i = 0; i < n; i++) {
		const vmsa_desc old = __atomic_load_n(&to[i], __ATOMIC_RELAXED);
		const vmsa_desc new = (old & ~c.clear) | c.set;

		__atomic_store_n(&to[i], new, __ATOMIC_RELEASE);
		valid += new &VMSA_DESC_VALID;
	}
	return valid;
}

#ifdef VMSA_HAVE_STREAMING
/*
 * The same for @n, an even number, from a 16-byte boundary: two at a time.
 * Of the table expected @next, if any, the host fetches a line for each line
 * changed here: as tables lie anywhere, it would not do so by itself, and a
 * burst of fetches before the change was slower.
 */
static unsigned change_pairs(vmsa_desc *to, unsigned n, struct vmsa_change c,
			     const void *next)
{
	const __m128i clear = _mm_set1_epi64x((long long)c.clear);
	const __m128i set = _mm_set1_epi64x((long long)c.set);
	const __m128i valid = _mm_set1_epi64x(VMSA_DESC_VALID);
	__m128i sum = _mm_setzero_si128();

	for (__m128i *at = (__m128i *)to; n; n -= 2, at++) {
		const __m128i kept = _mm_andnot_si128(clear, *at);
		const __m128i new = _mm_or_si128(kept, set);

		if (next && (uintptr_t)at % LINE == 0)
			__builtin_prefetch((const char *)next +
						   (uintptr_t)at % SMALLEST,
					   1);
		_mm_store_si128(at, new);
		sum = _mm_add_epi64(sum, _mm_and_si128(new, valid));
	}
	sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
	return (unsigned)_mm_cvtsi128_si32(sum);
}

/* Up to a boundary, then in pairs, then the odd one that is left. */
static unsigned change_many(vmsa_desc *to, unsigned n, struct vmsa_change c,
			    const void *next)
{
	const unsigned head = n && (uintptr_t)to % 16 ? 1 : 0;
	const unsigned even = (n - head) & ~1u;

	return change_plain(to, head, c) +
	       change_pairs(to + head, even, c, next) +
	       change_plain(to + head + even, n - head - even, c);
}
#else
/* Without wide registers there is one way only. */
#define change_many(to, n, c, next) change_plain(to, n, c)
#endif

/*
 * The bits in which a run of values differs, and perhaps some more: all up to
 * the highest one in which its ends do.
 */
static vmsa_desc varying(vmsa_desc first, vmsa_desc last)
{
	const vmsa_desc ends = first ^ last;

	return ends ? ~UINT64_C(0) >> __builtin_clzll(ends) : 0;
}

/* Is a change of these entries that of one run of leaves into another? */
static bool is_run(const struct vmsa_space *space,
		   const struct vmsa_table *table, struct vmsa_table_run run,
		   struct vmsa_change change)
{
	const uint64_t span = vmsa_level_span(&space->geometry, table->level);
	const vmsa_desc old = vmsa_table_get(table, run.index);
	const vmsa_desc bits = varying(old, old + (run.count - 1) * span);

	/*
	 * Of a Contiguous group it matters what is between two stores.  Bits
	 * below the span are the same in all.
	 */
	return run.count > 1 && !((old | change.set) & VMSA_LEAF_CONTIGUOUS) &&
	       vmsa_space_is_leaf(space, table->level, old) &&
	       !((change.clear | change.set) & bits & ~(span - 1)) &&
	       table->zero_from >= run.index + run.count &&
	       vmsa_table_agrees(table, run, old, span, 0);
}

/* As one event, for observers that take it so. */
static void show_run(struct vmsa_space *space, const struct vmsa_table *table,
		     struct vmsa_table_run run, vmsa_desc old)
{
	const uint64_t span = vmsa_level_span(&space->geometry, table->level);
	struct vmsa_event e = { .kind = VMSA_EVENT_STORE,
				.u.store = { .va = run.va,
					     .old = old,
					     .desc = vmsa_table_get(table,
								    run.index),
					     .step = span,
					     .old_step = span,
					     .count = run.count } };

	emit_stores(space, table, &e, run.index);
}

/* In bulk if nobody sees the difference: no observer, no walker's memory. */
unsigned vmsa_table_change_run(struct vmsa_space *space,
			       struct vmsa_table *table,
			       struct vmsa_table_run run,
			       struct vmsa_change change)
{
	const vmsa_desc old = vmsa_table_get(table, run.index);
	unsigned valid;

	if (is_remembered(table) || space->nr_single ||
	    (space->nr_observers && !is_run(space, table, run, change)))
		return change_singly(space, table, run, change);
	vmsa_space_settle(space);
	space->counters.stores += run.count;
	forget_zeroes(table, run.index + run.count);
	valid = change_many(&table->entries[run.index], run.count, change,
			    space->expected);
	space->expected = NULL;
	if (space->nr_observers)
		show_run(space, table, run, old);
	return valid;
}

/* What is left to do once all entries of a table have been stored. */
static void account_fill(struct vmsa_space *space, struct vmsa_table *table,
			 vmsa_va va, vmsa_desc desc, uint64_t step)
{
	const unsigned count =
		vmsa_level_entries(&space->geometry, table->level);

	space->counters.fills += count;
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

/* Not reachable yet, but by the same store(): there is no second way. */
void vmsa_table_fill(struct vmsa_space *space, struct vmsa_table *table,
		     vmsa_va va, vmsa_desc desc, uint64_t step)
{
	store(space, table, 0,
	      vmsa_level_entries(&space->geometry, table->level), desc, step);
	account_fill(space, table, va, desc, step);
}

void vmsa_table_fill_far(struct vmsa_space *space, struct vmsa_table *table,
			 vmsa_va va, vmsa_desc desc, uint64_t step)
{
	vmsa_fill_streaming(table->entries,
			    vmsa_level_entries(&space->geometry, table->level),
			    desc, step);
	space->streamed = true;
	account_fill(space, table, va, desc, step);
}

int vmsa_table_load(const struct vmsa_space *space, vmsa_pa at, vmsa_desc *out)
{
	const vmsa_desc *host = vmsa_memory_host(space->memory, at);

	if (!host)
		return -EFAULT;
	*out = vmsa_desc_load(host);
	return 0;
}

/*
 * Nothing that a reader remembers changes, so the count of changes, which the
 * writer alone moves, can stay.
 */
int vmsa_table_exchange(const struct vmsa_space *space, vmsa_pa at,
			vmsa_desc old, vmsa_desc desc)
{
	vmsa_desc *host = vmsa_memory_host(space->memory, at);

	if (!host)
		return -EFAULT;
	return __atomic_compare_exchange_n(host, &old, desc, false,
					   __ATOMIC_RELEASE, __ATOMIC_RELAXED)
		       ? 0
		       : -EAGAIN;
}
