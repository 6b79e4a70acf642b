/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_SWEEP_SETS_H
#define VMSA_SWEEP_SETS_H
/*
 * sets.h - all-associativity simulation of set-associative LRU structures
 *
 * For each number of sets 2^k, each set is a stack of its own; a use is a hit
 * for exactly the ways that are its distance in its set or more.  One pass
 * counts all numbers of sets and all ways.
 *
 * Conditions  replacement is LRU; a key always has the same index; the set is
 *             the low k bits of the index.  Then keys that share one of
 *             2^(k + 1) sets share one of 2^k (set refinement), so that a key
 *             on top of its set is on top of it among more sets as well:
 *             nothing is looked at there.
 * Place       a removed key leaves an empty place, as in vmsa/sweep/stack.h.
 * Memory      8 bytes for each way of each set of each number of sets
 * Threads     one thread at a time per struct vmsa_sets
 * Source      Hill, Smith: Evaluating associativity in CPU caches, IEEE
 *             Transactions on Computers 38(12), 1989
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** VMSA_SETS_MAX_SHIFT - log2 of the most sets. */
#define VMSA_SETS_MAX_SHIFT 20

/** VMSA_SETS_MAX_WAYS - the most ways. */
#define VMSA_SETS_MAX_WAYS 1024

struct vmsa_sets;

/** struct vmsa_sets_ways - which structures are simulated. */
struct vmsa_sets_ways {
	/** By log2 of the sets: up to so many ways; 0: no such structure. */
	uint16_t of[VMSA_SETS_MAX_SHIFT + 1];
};

/**
 * vmsa_sets_first() - where the counts of one number of sets are.
 * @ways:  what is simulated
 * @shift: log2 of the sets; VMSA_SETS_MAX_SHIFT + 1 for the end of all counts
 *
 * From there on, element d counts uses of distance d up to the ways, element 0
 * those that are beyond all ways or not there.
 *
 * Return: an index.
 */
size_t vmsa_sets_first(const struct vmsa_sets_ways *ways, unsigned shift);

/**
 * vmsa_sets_create() - make empty sets.
 * @ways: copied
 * @out:  free with vmsa_sets_destroy()
 *
 * Return: 0; -EINVAL, if there are more than VMSA_SETS_MAX_WAYS; -ENOMEM.
 */
int vmsa_sets_create(const struct vmsa_sets_ways *ways, struct vmsa_sets **out);

/** vmsa_sets_destroy() - free them; accepts NULL. */
void vmsa_sets_destroy(struct vmsa_sets *sets);

/**
 * vmsa_sets_use() - use a key.
 * @sets:   the sets
 * @key:    any but 0 and UINT64_MAX
 * @index:  whose low bits pick the set; the same at each use of @key
 * @counts: see vmsa_sets_first(); one of each number of sets is raised
 */
void vmsa_sets_use(struct vmsa_sets *sets, uint64_t key, uint64_t index,
		   uint64_t *counts);

/** vmsa_sets_remove() - remove a key, if it is there. */
void vmsa_sets_remove(struct vmsa_sets *sets, uint64_t key, uint64_t index);

/** vmsa_sets_remove_if() - remove every key that @goes says goes. */
void vmsa_sets_remove_if(struct vmsa_sets *sets,
			 bool (*goes)(void *arg, uint64_t key), void *arg);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_SWEEP_SETS_H */
