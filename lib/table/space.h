/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_SPACE_H
#define VMSA_LIB_SPACE_H
/*
 * space.h - the inside of a vmsa_space
 */
#include <pthread.h>

#include "memory/memory.h"
#include "vmsa/table.h"

#define MAX_OBSERVERS 8

struct observer {
	vmsa_event_fn fn;
	void *arg;
};

struct vmsa_space {
	struct vmsa_geometry geometry;
	struct vmsa_memory *memory;
	vmsa_va base;
	vmsa_pa root;
	vmsa_desc *root_entries;

	/*
	 * Where a descriptor keeps its address, the three formats made one:
	 * (desc & oa_low) | (desc & oa_high) << oa_shift.
	 */
	uint64_t oa_low, oa_high;
	unsigned oa_shift;

	uint16_t pe;
	unsigned nr_observers;
	struct observer observers[MAX_OBSERVERS];
	struct vmsa_counters counters;
	pthread_mutex_t writer;
};

/* The address in a descriptor, without a switch on the format. */
static inline vmsa_pa vmsa_space_oa(const struct vmsa_space *s, vmsa_desc desc)
{
	return (desc & s->oa_low) | (desc & s->oa_high) << s->oa_shift;
}

/* Is every address of [@va, @va + @size) in the space's half?  @size > 0. */
static inline bool vmsa_space_holds(const struct vmsa_space *s, vmsa_va va,
				    uint64_t size)
{
	const uint64_t span = UINT64_C(1) << s->geometry.va_bits;

	return va - s->base < span && size <= span - (va - s->base);
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
 * vmsa_edges_are_clean() - whether no leaf or contiguous group is cut.
 * @space: the space
 * @va:    first address
 * @size:  bytes
 *
 * Return: whether both edges of the range are leaf and group boundaries.
 */
bool vmsa_edges_are_clean(const struct vmsa_space *space, vmsa_va va,
			  uint64_t size);

#endif /* VMSA_LIB_SPACE_H */
