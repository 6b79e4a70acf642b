/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_MEMORY_H
#define VMSA_LIB_MEMORY_H
/*
 * memory.h - the inside of a vmsa_memory, for rooms with a hot path through it
 *
 * Table is that room: a lookup turns one PA into a host address for each level,
 * so the common case, the main bank, is one subtraction and one compare here.
 */
#include "vmsa/memory.h"

/* One bank and the host mapping behind it. */
struct vmsa_host_bank {
	vmsa_pa start;       /* granule-aligned */
	uint64_t size;       /* bytes, whole granules */
	unsigned char *host; /* of the byte at start */
	void *map;           /* what to unmap: host, aligned for huge pages */
	size_t map_size;     /* a huge page more than size */
};

/*
 * All banks, highest first.  A list that readers may hold is never changed:
 * hotplug publishes a longer copy, and old lists go with the memory.
 */
struct vmsa_bank_list {
	struct vmsa_bank_list *older; /* the list this one replaced */
	size_t n;                     /* banks in v */
	struct vmsa_host_bank v[];
};

/* Ranges sorted by start; none touches another. */
struct vmsa_range_list {
	struct vmsa_range *v;
	size_t n, room; /* in use; there is room for */
};

/* Banks, the allocator's state, and the accounts. */
struct vmsa_memory {
	/*
	 * The highest bank at creation, empty with caller's frames.  Boot
	 * tables are in it, so most lookups end here.  Never changes.
	 */
	vmsa_pa main_start;
	uint64_t main_size;
	unsigned char *main_host;

	struct vmsa_bank_list *banks; /* published with release order */
	unsigned granule_shift;
	bool huge_pages;           /* asked for; banks plugged in follow */
	struct vmsa_frame_ops ops; /* frame is NULL for simulated RAM */

	/* Kept from the allocator, and blocks it handed out. */
	struct vmsa_range_list reserved;
	vmsa_pa cursor;    /* frames from here up were handed out */
	vmsa_pa floor;     /* [floor, cursor) is known to be free */
	vmsa_pa free_list; /* freed frames, linked through their first word */
	uint64_t fail_nth; /* allocations until one is made to fail; 0 none */
	struct vmsa_memory_stats stats;
};

/**
 * vmsa_memory_search() - host address of @pa outside the main bank.
 * @m:  the memory
 * @pa: any address
 *
 * Return: as vmsa_memory_frame().
 */
void *vmsa_memory_search(const struct vmsa_memory *m, vmsa_pa pa);

/* Host address of @pa: one compare for most machines. */
static inline void *vmsa_memory_host(const struct vmsa_memory *m, vmsa_pa pa)
{
	if (pa - m->main_start < m->main_size)
		return m->main_host + (pa - m->main_start);
	return vmsa_memory_search(m, pa);
}

/**
 * vmsa_range_list_add() - add a range, merging what it touches.
 * @list:  the list
 * @range: not empty, does not wrap
 *
 * Return: 0; -ENOMEM, with the list unchanged.
 */
int vmsa_range_list_add(struct vmsa_range_list *list, struct vmsa_range range);

/**
 * vmsa_range_list_find() - the listed range that overlaps another.
 * @list:  the list
 * @range: not empty
 *
 * Return: the highest one, or NULL.
 */
const struct vmsa_range *vmsa_range_list_find(
	const struct vmsa_range_list *list, struct vmsa_range range);

#endif /* VMSA_LIB_MEMORY_H */
