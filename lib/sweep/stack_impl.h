/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_SWEEP_STACK_IMPL_H
#define VMSA_LIB_SWEEP_STACK_IMPL_H
/*
 * stack_impl.h - how a stack is kept
 *
 * Each place of the stack has a number, larger for what was used later; a new
 * one is given at each use.  So places that are taken get sparse, and a
 * distance is how many numbers from a key's own on are still taken:
 *
 *     bit     a bit per number: taken?  Blocks of 512, one line of the host's
 *             cache; the bits of a key's own block are counted as they are.
 *     tree    a Fenwick tree of the counts of whole blocks.  The block that
 *             numbers are given in is not in it before it is full: most uses
 *             change the tree once only, where the key was before.
 *     owner   by number: the key's entry in the hash table, or NOBODY for an
 *             empty place
 *     empty   numbers of empty places, a heap with the largest first
 *     entry   hash table of keys, linear probing: key and number
 *
 * When all numbers have been given, taken places are numbered anew from 0;
 * that takes three uses for each place or more.
 */
#include "vmsa/sweep/stack.h"

/** VMSA_STACK_BLOCK - numbers of a block. */
#define VMSA_STACK_BLOCK 512

/** VMSA_STACK_WORDS - words of a block's bits. */
#define VMSA_STACK_WORDS (VMSA_STACK_BLOCK / 64)

/** VMSA_STACK_NOWHERE - number of a key that is not on the stack. */
#define VMSA_STACK_NOWHERE UINT32_MAX

/** VMSA_STACK_NOBODY - owner of an empty place. */
#define VMSA_STACK_NOBODY UINT32_MAX

/** struct vmsa_stack_entry - a key that was on the stack once. */
struct vmsa_stack_entry {
	uint64_t key; /**< 0: there is none */
	uint32_t at;  /**< number of its place, or VMSA_STACK_NOWHERE */
};

/** struct vmsa_stack - see vmsa/sweep/stack.h. */
struct vmsa_stack {
	struct vmsa_stack_entry *entry; /**< 2^(64 - hash_shift) of them */
	unsigned hash_shift;            /**< 64 - log2 of the table's size */
	uint32_t used;                  /**< entries with a key */
	uint32_t most;                  /**< of them before it is made anew */
	uint32_t keys;                  /**< of them on the stack */

	uint64_t *bit;   /**< by number, 64 a word */
	uint32_t *owner; /**< by number */
	uint32_t *tree;  /**< by block + 1 */
	uint32_t room;   /**< numbers there are, a multiple of a block */
	uint32_t next;   /**< the next number given */
	uint32_t places; /**< numbers taken */
	uint32_t open;   /**< of them in the block of @next */

	uint32_t *empty;     /**< heap */
	uint32_t nr_empty;   /**< empty places */
	uint32_t room_empty; /**< elements @empty has room for */

	uint64_t top; /**< the key used last, if on top; else 0 */
};

/** vmsa_stack_home() - where a key's entry is looked for first. */
static inline uint32_t vmsa_stack_home(const struct vmsa_stack *s, uint64_t key)
{
	/* 2^64 over the golden ratio: Knuth's multiplicative hashing. */
	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> s->hash_shift);
}

/** vmsa_stack_probe() - a key's entry, or the one it would go to. */
static inline uint32_t vmsa_stack_probe(const struct vmsa_stack *s,
					uint64_t key)
{
	const uint32_t mask = (UINT32_C(1) << (64 - s->hash_shift)) - 1;
	uint32_t i = vmsa_stack_home(s, key);

	while (s->entry[i].key && s->entry[i].key != key)
		i = (i + 1) & mask;
	return i;
}

/** vmsa_stack_reserve() - have a number and an entry to give: 0 or -ENOMEM. */
int vmsa_stack_reserve(struct vmsa_stack *s);

/** vmsa_stack_set_empty() - note an empty place: 0 or -ENOMEM. */
int vmsa_stack_set_empty(struct vmsa_stack *s, uint32_t at);

/** vmsa_stack_fill_topmost() - number of the topmost empty place, now gone. */
uint32_t vmsa_stack_fill_topmost(struct vmsa_stack *s);

#endif /* VMSA_LIB_SWEEP_STACK_IMPL_H */
