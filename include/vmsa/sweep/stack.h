/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_SWEEP_STACK_H
#define VMSA_SWEEP_STACK_H
/*
 * stack.h - exact LRU stack distances
 *
 * Keys lie on a stack, the one used last on top.  A fully associative LRU
 * structure of C entries holds the top C, so a use is a hit for exactly the
 * sizes that are its distance or more: one pass counts all sizes at once.
 *
 * Place     a removed key leaves an empty place where it lay.  Of a structure
 *           that has it among its entries, the next key that comes fills it
 *           and nothing is replaced; one too small never had the key.  So the
 *           topmost empty place above a used key is filled, and the place of
 *           the key itself is then empty.
 * Time      logarithmic in the keys on the stack, for a use
 * Memory    about 60 bytes for each key on the stack, at most 100
 * Threads   one thread at a time per struct vmsa_stack
 * Source    Mattson, Gecsei, Slutz, Traiger: Evaluation techniques for storage
 *           hierarchies, IBM Systems Journal 9(2), 1970
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_stack;

/**
 * vmsa_stack_create() - make an empty stack.
 * @out: free with vmsa_stack_destroy()
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_stack_create(struct vmsa_stack **out);

/** vmsa_stack_destroy() - free it; accepts NULL. */
void vmsa_stack_destroy(struct vmsa_stack *stack);

/** vmsa_stack_keys() - how many keys are on it; empty places do not count. */
size_t vmsa_stack_keys(const struct vmsa_stack *stack);

/**
 * vmsa_stack_use() - use a key: it goes to the top.
 * @stack:    the stack
 * @key:      any but 0
 * @distance: set to where it was, 1 for the top; 0 if it was not there
 *
 * Return: 0; -EINVAL, if @key is 0; -ENOMEM, then nothing has changed.
 */
int vmsa_stack_use(struct vmsa_stack *stack, uint64_t key, uint64_t *distance);

/**
 * vmsa_stack_use_many() - use keys in order and count their distances.
 * @stack:  the stack
 * @keys:   none of them 0
 * @n:      how many
 * @counts: counts[d] is raised for a distance d up to @most, counts[0] for
 *	    longer ones and for keys that were not there; @most + 1 of them
 * @most:   the largest size of interest
 *
 * A structure of C entries, C up to @most, misses counts[0] and the sum of
 * counts[C + 1] .. counts[@most].
 *
 * Return: as vmsa_stack_use(); after an error the keys before the one that
 *	failed are done.
 */
int vmsa_stack_use_many(struct vmsa_stack *stack, const uint64_t *keys,
			size_t n, uint64_t *counts, size_t most);

/**
 * vmsa_stack_take() - use a key and keep it aside, above the stack.
 * @stack:    the stack
 * @key:      any but 0
 * @distance: as vmsa_stack_use(), on the stack alone
 *
 * For keys that are in use all the time: who keeps them adds their number to
 * the distances of others, and gives them back by vmsa_stack_push().
 *
 * Return: 0; -EINVAL, if @key is 0.
 */
int vmsa_stack_take(struct vmsa_stack *stack, uint64_t key, uint64_t *distance);

/**
 * vmsa_stack_push() - put a key kept aside on top.
 * @stack: the stack
 * @key:   from vmsa_stack_take()
 *
 * Return: 0; -EINVAL, if @key is 0 or on the stack; -ENOMEM.
 */
int vmsa_stack_push(struct vmsa_stack *stack, uint64_t key);

/**
 * vmsa_stack_remove() - remove a key, as invalidation does.
 * @stack: the stack
 * @key:   any; nothing happens if it is not there
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_stack_remove(struct vmsa_stack *stack, uint64_t key);

/**
 * vmsa_stack_remove_if() - remove every key that @goes says goes.
 * @stack: the stack
 * @goes:  called once for each key on it, in no particular order
 * @arg:   handed to it
 *
 * Return: 0; -ENOMEM, then some may have gone.
 */
int vmsa_stack_remove_if(struct vmsa_stack *stack,
			 bool (*goes)(void *arg, uint64_t key), void *arg);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_SWEEP_STACK_H */
