/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_MEMORY_H
#define VMSA_LIB_MEMORY_H
/*
 * memory.h - the inside of a vmsa_memory, for rooms with a hot path through it
 */
#include "vmsa/memory.h"

/* One bank and the host mapping behind it. */
struct bank {
	vmsa_pa start;
	uint64_t size;
	unsigned char *host; /* of the byte at start */
	void *map;           /* what to unmap: host, aligned for huge pages */
	size_t map_size;
};

/* Ranges sorted by start; none touches another. */
struct range_list {
	struct vmsa_range *v;
	size_t n, room;
};

struct vmsa_memory {
	/* Highest first: boot tables are at the top, so lookups hit early. */
	struct bank *banks;
	size_t nr_banks;
	unsigned granule_shift;
	bool huge_pages;
	struct vmsa_frame_ops ops; /* frame is NULL for simulated RAM */

	struct range_list reserved;
	vmsa_pa cursor;    /* frames from here up were handed out */
	vmsa_pa free_list; /* freed frames, linked through their first word */
	uint64_t fail_nth; /* allocations until one is made to fail; 0 none */
	struct vmsa_memory_stats stats;
};

/* Host address of @pa; the loop is one compare for most machines. */
static inline void *vmsa_memory_host(const struct vmsa_memory *m, vmsa_pa pa)
{
	if (m->ops.frame)
		return m->ops.frame(m->ops.arg, pa);
	for (size_t i = 0; i < m->nr_banks; i++) {
		const struct bank *b = &m->banks[i];

		if (pa - b->start < b->size)
			return b->host + (pa - b->start);
	}
	return NULL;
}

/**
 * vmsa_range_list_add() - add a range, merging what it touches.
 * @list:  the list
 * @range: not empty, does not wrap
 *
 * Return: 0; -ENOMEM, with the list unchanged.
 */
int vmsa_range_list_add(struct range_list *list, struct vmsa_range range);

/**
 * vmsa_range_list_find() - the listed range that overlaps another.
 * @list:  the list
 * @range: not empty
 *
 * Return: the highest one, or NULL.
 */
const struct vmsa_range *vmsa_range_list_find(const struct range_list *list,
					      struct vmsa_range range);

#endif /* VMSA_LIB_MEMORY_H */
