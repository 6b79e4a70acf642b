/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_MEMORY_H
#define VMSA_MEMORY_H
/*
 * memory.h - simulated physical memory and the frames tables are made of
 *
 * A memory is a set of banks.  Opening one costs address space of the host
 * only; host memory is spent on frames once they are touched, so terabytes of
 * simulated RAM open at once.
 *
 * Table frames are taken top down from the highest bank, below whatever is
 * reserved there, as memblock does it; frames given back come first.
 *
 * Units    bytes; a frame is one granule and granule-aligned
 * Threads  one writer; any number of readers of frames already handed out
 */
#include <stdbool.h>

#include "vmsa/arch/geometry.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_memory;

/** enum vmsa_phase - when a frame is asked for; a caller's frames are told. */
enum vmsa_phase {
	VMSA_EARLY, /**< boot time: from memblock in Linux */
	VMSA_LATE,  /**< run time: from the page allocator */
};

/** struct vmsa_frame_ops - frames the caller owns instead of simulated RAM. */
struct vmsa_frame_ops {
	/** Host address of the granule at @pa, or NULL if there is none. */
	void *(*frame)(void *arg, vmsa_pa pa);
	/** Hand out a zeroed frame: 0 or a negative errno. */
	int (*alloc)(void *arg, enum vmsa_phase phase, vmsa_pa *pa);
	/** Take a frame back. */
	void (*free)(void *arg, vmsa_pa pa);
	void *arg; /**< handed to all three */
};

/** struct vmsa_memory_config - what vmsa_memory_create() needs. */
struct vmsa_memory_config {
	unsigned granule_shift;           /**< 12, 14 or 16 */
	const struct vmsa_range *banks;   /**< ascending, no overlap */
	size_t nr_banks;                  /**< at least 1 unless @ops is set */
	bool huge_pages;                  /**< ask the host for huge pages */
	const struct vmsa_frame_ops *ops; /**< caller's frames; NULL for RAM */
};

/** struct vmsa_memory_stats - table frames by level. */
struct vmsa_memory_stats {
	uint64_t live[VMSA_LEVELS]; /**< frames in use now, by level slot */
	uint64_t allocated;         /**< frames handed out so far */
	uint64_t freed;             /**< frames taken back so far */
	uint64_t failed;            /**< allocations refused */
};

/**
 * vmsa_memory_create() - open simulated memory.
 * @config: banks or caller-supplied frames
 * @out:    the new memory; free it with vmsa_memory_destroy()
 *
 * Return: 0;
 *	-EINVAL, if banks are empty, unaligned, unsorted, overlap or wrap;
 *	-ENOMEM, if the host has no address space left.
 */
int vmsa_memory_create(const struct vmsa_memory_config *config,
		       struct vmsa_memory **out);

/** vmsa_memory_destroy() - give everything back; accepts NULL. */
void vmsa_memory_destroy(struct vmsa_memory *memory);

/** vmsa_memory_granule_shift() - log2 of a frame's size. */
unsigned vmsa_memory_granule_shift(const struct vmsa_memory *memory);

/**
 * vmsa_memory_frame() - host address of simulated memory.
 * @memory: the memory
 * @pa:     any address in a bank
 *
 * Return: where the byte at @pa lives, valid to the end of its granule; NULL
 *	outside every bank.
 */
void *vmsa_memory_frame(const struct vmsa_memory *memory, vmsa_pa pa);

/**
 * vmsa_memory_read() - read one descriptor, as a walker would.
 * @memory: the memory
 * @at:     address of the descriptor, a multiple of 8
 * @out:    its value
 *
 * Return: 0;
 *	-EFAULT, if there is no memory at @at.
 */
int vmsa_memory_read(const struct vmsa_memory *memory, vmsa_pa at,
		     vmsa_desc *out);

/**
 * vmsa_memory_add() - add a bank while running (memory hotplug).
 * @memory: the memory
 * @bank:   granule-aligned, touching no bank there is
 *
 * Return: 0; -EINVAL if it overlaps, is unaligned or wraps; -ENOMEM.
 */
int vmsa_memory_add(struct vmsa_memory *memory, struct vmsa_range bank);

/**
 * vmsa_memory_reserve() - keep the allocator away from a range.
 * @memory: the memory
 * @range:  any bytes; every frame it touches is kept
 *
 * Return: 0; -EINVAL if it wraps; -ENOMEM.
 */
int vmsa_memory_reserve(struct vmsa_memory *memory, struct vmsa_range range);

/**
 * vmsa_memory_alloc_range() - take a block of memory top down, as memblock.
 * @memory: the memory
 * @size:   bytes, a multiple of the granule
 * @align:  a power of two, at least the granule
 * @out:    its address
 *
 * Return: 0; -ENOMEM if no bank has room.
 */
int vmsa_memory_alloc_range(struct vmsa_memory *memory, uint64_t size,
			    uint64_t align, vmsa_pa *out);

/**
 * vmsa_frame_alloc() - take one zeroed frame for a table.
 * @memory: the memory
 * @phase:  early or late
 * @level:  the table's level, for the accounts
 * @out:    its address
 *
 * Return: 0; -ENOMEM if none is left or a failure was asked for.
 */
int vmsa_frame_alloc(struct vmsa_memory *memory, enum vmsa_phase phase,
		     int level, vmsa_pa *out);

/** vmsa_frame_free() - give the frame of a table of @level back. */
void vmsa_frame_free(struct vmsa_memory *memory, vmsa_pa pa, int level);

/** vmsa_frame_relabel() - a frame taken for one level serves another. */
void vmsa_frame_relabel(struct vmsa_memory *memory, int from, int to);

/**
 * vmsa_memory_fail_nth() - make one coming frame allocation fail.
 * @memory: the memory
 * @n:      1 for the next, 2 for the one after; 0 cancels
 */
void vmsa_memory_fail_nth(struct vmsa_memory *memory, uint64_t n);

/**
 * vmsa_memory_prefault() - have the host back memory before it is used.
 * @memory: the memory
 * @range:  inside one bank
 *
 * Contents do not change.  For benchmarks that must not count page faults.
 *
 * Return: 0; -EFAULT if @range is not in a bank; -ENOMEM.
 */
int vmsa_memory_prefault(struct vmsa_memory *memory, struct vmsa_range range);

/** vmsa_memory_stats() - the accounts so far. */
void vmsa_memory_stats(const struct vmsa_memory *memory,
		       struct vmsa_memory_stats *out);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_MEMORY_H */
