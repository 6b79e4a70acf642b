/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack.c - uses of a stack's keys
 */
#include <errno.h>
#include <stdlib.h>

#include "stack_impl.h"

/* How many uses ahead a key's entry is fetched. */
#define AHEAD 24

/* --- counts --------------------------------------------------------------- */

static inline uint32_t ones(uint64_t x)
{
	/* Without -mpopcnt the built-in is a call. */
	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) +
	    (x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (uint32_t)(x * UINT64_C(0x0101010101010101) >> 56);
}

/* Places taken from number @at on. */
static inline uint32_t taken_from(const struct vmsa_stack *s, uint32_t at)
{
	const uint64_t *word = &s->bit[at / 64];
	uint32_t block = at / VMSA_STACK_BLOCK, below = 0;

	below = ones(*word & ((UINT64_C(1) << at % 64) - 1));
	for (uint32_t left = at / 64 % VMSA_STACK_WORDS; left; left--)
		below += ones(*--word);
	for (; block; block &= block - 1)
		below += s->tree[block];
	return s->places - below;
}

static inline void free_number(struct vmsa_stack *s, uint32_t at)
{
	const uint32_t blocks = s->room / VMSA_STACK_BLOCK;
	uint32_t block = at / VMSA_STACK_BLOCK;

	s->bit[at / 64] &= ~(UINT64_C(1) << at % 64);
	s->places--;
	if (block == s->next / VMSA_STACK_BLOCK) {
		s->open--;
		return;
	}
	for (block++; block <= blocks; block += block & -block)
		s->tree[block]--;
}

static inline uint32_t give_number(struct vmsa_stack *s, uint32_t owner)
{
	const uint32_t at = s->next++;
	const uint32_t blocks = s->room / VMSA_STACK_BLOCK;

	s->owner[at] = owner;
	s->bit[at / 64] |= UINT64_C(1) << at % 64;
	s->places++;
	s->open++;
	if (s->next % VMSA_STACK_BLOCK)
		return at;
	/* The block is full: from now on the tree has its count. */
	for (uint32_t b = s->next / VMSA_STACK_BLOCK; b <= blocks; b += b & -b)
		s->tree[b] += s->open;
	s->open = 0;
	return at;
}

/* --- uses ----------------------------------------------------------------- */

/*
 * Take a key off: its distance.  An empty place above it is filled instead,
 * and its own place is empty then.  No memory is needed: one empty place goes,
 * one comes.
 */
static inline uint64_t lift(struct vmsa_stack *s,
			    const struct vmsa_stack_entry *e)
{
	const uint32_t distance = taken_from(s, e->at);

	if (s->nr_empty && s->empty[0] > e->at) {
		free_number(s, vmsa_stack_fill_topmost(s));
		vmsa_stack_set_empty(s, e->at);
	} else {
		free_number(s, e->at);
	}
	return distance;
}

/* A key that was not on the stack comes: it fills an empty place, if any. */
static inline void come(struct vmsa_stack *s)
{
	if (s->nr_empty)
		free_number(s, vmsa_stack_fill_topmost(s));
	s->keys++;
}

static inline int use(struct vmsa_stack *s, uint64_t key, uint64_t *distance)
{
	struct vmsa_stack_entry *e;
	uint32_t i;

	if (key == 0)
		return -EINVAL;
	if (key == s->top) {
		*distance = 1;
		return 0;
	}
	if (s->next == s->room || s->used >= s->most) {
		int err = vmsa_stack_reserve(s);

		if (err)
			return err;
	}
	i = vmsa_stack_probe(s, key);
	e = &s->entry[i];
	*distance = 0;
	if (e->key && e->at != VMSA_STACK_NOWHERE) {
		*distance = lift(s, e);
	} else {
		s->used += !e->key;
		e->key = key;
		come(s);
	}
	e->at = give_number(s, i);
	s->top = key;
	return 0;
}

int vmsa_stack_use(struct vmsa_stack *stack, uint64_t key, uint64_t *distance)
{
	return use(stack, key, distance);
}

int vmsa_stack_use_many(struct vmsa_stack *stack, const uint64_t *keys,
			size_t n, uint64_t *counts, size_t most)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t distance;
		int err;

		if (i + AHEAD < n)
			__builtin_prefetch(&stack->entry[vmsa_stack_home(
						   stack, keys[i + AHEAD])],
					   1);
		err = use(stack, keys[i], &distance);
		if (err)
			return err;
		counts[distance <= most ? distance : 0]++;
	}
	return 0;
}

/* The entry of a key that is on the stack, or NULL. */
static struct vmsa_stack_entry *find(const struct vmsa_stack *s, uint64_t key)
{
	struct vmsa_stack_entry *e;

	if (!s->entry || !key)
		return NULL;
	e = &s->entry[vmsa_stack_probe(s, key)];
	return e->key && e->at != VMSA_STACK_NOWHERE ? e : NULL;
}

int vmsa_stack_take(struct vmsa_stack *stack, uint64_t key, uint64_t *distance)
{
	struct vmsa_stack_entry *e = find(stack, key);

	if (key == 0)
		return -EINVAL;
	stack->top = 0;
	*distance = 0;
	if (e) {
		*distance = lift(stack, e);
		e->at = VMSA_STACK_NOWHERE;
		stack->keys--;
	} else if (stack->nr_empty) {
		free_number(stack, vmsa_stack_fill_topmost(stack));
	}
	return 0;
}

int vmsa_stack_push(struct vmsa_stack *stack, uint64_t key)
{
	struct vmsa_stack_entry *e;
	uint32_t i;
	int err;

	if (key == 0 || find(stack, key))
		return -EINVAL;
	err = vmsa_stack_reserve(stack);
	if (err)
		return err;
	i = vmsa_stack_probe(stack, key);
	e = &stack->entry[i];
	stack->used += !e->key;
	stack->keys++;
	e->key = key;
	e->at = give_number(stack, i);
	stack->top = key;
	return 0;
}

/* --- removal -------------------------------------------------------------- */

static int empty_place(struct vmsa_stack *s, struct vmsa_stack_entry *e)
{
	int err = vmsa_stack_set_empty(s, e->at);

	if (err)
		return err;
	e->at = VMSA_STACK_NOWHERE;
	s->keys--;
	s->top = 0;
	return 0;
}

int vmsa_stack_remove(struct vmsa_stack *stack, uint64_t key)
{
	struct vmsa_stack_entry *e = find(stack, key);

	return e ? empty_place(stack, e) : 0;
}

int vmsa_stack_remove_if(struct vmsa_stack *stack,
			 bool (*goes)(void *arg, uint64_t key), void *arg)
{
	const uint64_t n =
		stack->entry ? UINT64_C(1) << (64 - stack->hash_shift) : 0;
	int err = 0;

	for (uint64_t i = 0; i < n && !err; i++) {
		struct vmsa_stack_entry *e = &stack->entry[i];

		if (e->key && e->at != VMSA_STACK_NOWHERE && goes(arg, e->key))
			err = empty_place(stack, e);
	}
	return err;
}

/* --- life ----------------------------------------------------------------- */

int vmsa_stack_create(struct vmsa_stack **out)
{
	struct vmsa_stack *s = calloc(1, sizeof(*s));
	int err = s ? vmsa_stack_reserve(s) : -ENOMEM;

	if (err) {
		vmsa_stack_destroy(s);
		return err;
	}
	*out = s;
	return 0;
}

void vmsa_stack_destroy(struct vmsa_stack *stack)
{
	if (!stack)
		return;
	free(stack->entry);
	free(stack->bit);
	free(stack->owner);
	free(stack->tree);
	free(stack->empty);
	free(stack);
}

size_t vmsa_stack_keys(const struct vmsa_stack *stack)
{
	return stack->keys;
}
