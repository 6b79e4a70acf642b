/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_SPACE_H
#define VMSA_LIB_SPACE_H
/*
 * space.h - the inside of a vmsa_space
 *
 *     create, lock          space.c
 *     every store           edit.c       events, counters    events.c
 *     lookups               translate.c, walker.c, visit.c
 *     whole operations      map.c, unmap.c, with flush.c
 *     comparing runs        agree.c
 *
 * Concurrency.  One writer, who holds the mutex, and any number of readers, who
 * hold nothing.  A reader loads each descriptor once, by one 8-byte load, and
 * so sees the old or the new one.  Two things a host thread could still get
 * wrong, and both move the count in head:
 *
 *     a table freed under a walk     count += 2, before the frame is reused
 *     a level 0 entry stored         count += 1, store, count += 1
 *
 * The first makes a walk start again; hardware needs no such count, as DSB
 * waits for its walks.  The second is for struct vmsa_walker, which remembers
 * what one level 0 entry leads to and must not use a memory older than the
 * store.
 */
#include <pthread.h>

#include "memory/fill.h"
#include "memory/memory.h"
#include "vmsa/table.h"
#include "vmsa/table/walker.h"

/* A checker, a TLB, a log and some to spare; a fixed array needs no errors. */
#define VMSA_MAX_OBSERVERS 8

/* Who hears of events, and with what. */
struct vmsa_observer {
	vmsa_event_fn fn;
	void *arg;
	bool runs; /* old values of a run may differ by a step */
};

/* One lookup; the walk that suits a geometry best. */
typedef int (*vmsa_translate_fn)(const struct vmsa_space *space, vmsa_va va,
				 struct vmsa_translation *out);

/* In leaf_type[]: matches no value of bits 1:0, which are 0 to 3. */
#define VMSA_NO_LEAF 4

/* One translation table; see the top of this file. */
struct vmsa_space {
	/* First: inlined walkers know where the count is, and nothing else. */
	struct vmsa_space_head head;

	struct vmsa_geometry geometry; /* never changes */
	struct vmsa_memory *memory;    /* the caller's */
	vmsa_va base;                  /* lowest VA of the half */
	vmsa_pa root;                  /* as TTBR has it */
	vmsa_desc *root_entries;       /* its host address */
	unsigned root_shift;           /* log2 of what a root entry covers */
	uint64_t span;                 /* bytes of the half */
	vmsa_translate_fn translate;   /* picked for the geometry */

	/* Of the memory's main bank; see translate_quickly(). */
	vmsa_desc main_table;     /* leads to its first byte */
	uint64_t main_size;       /* bytes in it */
	unsigned char *main_host; /* its first byte */

	/*
	 * Where a descriptor keeps its address, the three formats made one:
	 * (desc & oa_low) | (desc & oa_high) << oa_shift.
	 */
	uint64_t oa_low, oa_high;
	unsigned oa_shift;
	/* Bits 1:0 of a leaf, by level slot; VMSA_NO_LEAF: none. */
	uint8_t leaf_type[VMSA_LEVELS];

	const void *expected; /* table edited next, on the host; or NULL */
	bool streamed; /* descriptors may still be on their way to memory */
	bool gathers;  /* and may be for some time: vmsa_space_gather() */
	uint64_t bulk; /* bytes of whole tables stored by this operation */

	uint16_t pe;           /* who edits, in events */
	unsigned nr_observers; /* 0: stores need no event, and run in bulk */
	unsigned nr_single;    /* of them, those that take no runs of changes */
	struct vmsa_observer observers[VMSA_MAX_OBSERVERS];
	struct vmsa_counters counters; /* always kept */
	pthread_mutex_t writer;        /* held from lock to unlock */
};

/* The address in a descriptor, without a switch on the format. */
static inline vmsa_pa vmsa_space_oa(const struct vmsa_space *s, vmsa_desc desc)
{
	return (desc & s->oa_low) | (desc & s->oa_high) << s->oa_shift;
}

/* Does @desc, read at @level, translate? */
static inline bool vmsa_space_is_leaf(const struct vmsa_space *s, int level,
				      vmsa_desc desc)
{
	return (desc & VMSA_DESC_TYPE) == s->leaf_type[VMSA_LEVEL_SLOT(level)];
}

/*
 * The count of vmsa_space_read_begin() and _retry(), inlined for lookups.
 * Acquire: what is loaded afterwards is not older than the count.
 */
static inline uint64_t vmsa_space_changes(const struct vmsa_space *s)
{
	return __atomic_load_n(&s->head.changes, __ATOMIC_ACQUIRE);
}

/* The fence keeps the walk's loads from drifting behind this one. */
static inline bool vmsa_space_changed_since(const struct vmsa_space *s,
					    uint64_t begun)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&s->head.changes, __ATOMIC_RELAXED) != begun;
}

/* What was streamed becomes visible before anything stored from now on. */
static inline void vmsa_space_settle(struct vmsa_space *s)
{
	if (s->streamed && !s->gathers) {
		vmsa_fill_settle();
		s->streamed = false;
	}
}

/* Is every address of [@va, @va + @size) in the space's half?  @size > 0. */
static inline bool vmsa_space_holds(const struct vmsa_space *s, vmsa_va va,
				    uint64_t size)
{
	const uint64_t from = va - s->base;

	return from < s->span && size <= s->span - from;
}

/* Show an event to all observers; call only when there are some. */
void vmsa_space_emit(struct vmsa_space *space, struct vmsa_event *event);

/**
 * vmsa_space_flush() - invalidate a range that was changed or unmapped.
 * @space: the space
 * @va:    first address
 * @size:  bytes
 * @op:    by-VA, any-ASID operation to use
 *
 * DSB ISHST; one TLBI a granule, or one for everything from as many granules
 * as a table has entries; DSB ISH; ISB.
 */
void vmsa_space_flush(struct vmsa_space *space, vmsa_va va, uint64_t size,
		      enum vmsa_tlbi_op op);

/**
 * vmsa_table_adopt() - make a table of a frame taken before.
 * @space: the space
 * @level: its level
 * @table: its address filled in; the rest is filled in here
 */
void vmsa_table_adopt(struct vmsa_space *space, int level,
		      struct vmsa_table *table);

/**
 * vmsa_table_load() - what a walker loads.
 * @space: the space
 * @at:    address of a descriptor
 * @out:   its value
 *
 * Return: 0; -EFAULT if it lies outside memory.
 */
int vmsa_table_load(const struct vmsa_space *space, vmsa_pa at, vmsa_desc *out);

/**
 * vmsa_table_exchange() - hardware writes a descriptor: AF, dirty state.
 * @space: the space
 * @at:    address of a reachable leaf
 * @old:   what it must be
 * @desc:  what it becomes; it translates as before
 *
 * Atomic beside the writer, whose lock it does not need.  No editor did it, so
 * no event shows it and no counter counts it.
 *
 * Return: 0;
 *	-EAGAIN, if it is not @old any more;
 *	-EFAULT, if it lies outside memory.
 */
int vmsa_table_exchange(const struct vmsa_space *space, vmsa_pa at,
			vmsa_desc old, vmsa_desc desc);

/** vmsa_pick_translate() - the fastest lookup for a geometry. */
vmsa_translate_fn vmsa_pick_translate(const struct vmsa_geometry *g);

#endif /* VMSA_LIB_SPACE_H */
