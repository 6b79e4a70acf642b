/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SLOW_LRU_H
#define VMSA_TEST_SLOW_LRU_H
/*
 * slow_lru.h - an LRU structure as a list, and a stack as a list
 *
 * Shares nothing with lib/sweep.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** struct slow_lru - keys of one set, youngest first, never over @ways. */
struct slow_lru {
	size_t n, ways;
	uint64_t *key;
	uint64_t misses;
};

static inline void slow_lru_init(struct slow_lru *l, size_t ways)
{
	l->n = 0;
	l->misses = 0;
	l->ways = ways;
	l->key = calloc(ways + 1, sizeof(*l->key));
}

/** slow_lru_find() - position of a key, 1 for the youngest; 0: not there. */
static inline size_t slow_lru_find(const struct slow_lru *l, uint64_t key)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->key[i] == key)
			return i + 1;
	return 0;
}

static inline void slow_lru_remove(struct slow_lru *l, uint64_t key)
{
	size_t at = slow_lru_find(l, key);

	if (!at)
		return;
	memmove(l->key + at - 1, l->key + at, (l->n - at) * sizeof(*l->key));
	l->n--;
}

/** slow_lru_use() - the position it had; counts a miss. */
static inline size_t slow_lru_use(struct slow_lru *l, uint64_t key)
{
	size_t at = slow_lru_find(l, key);

	slow_lru_remove(l, key);
	if (l->n == l->ways)
		l->n--;
	memmove(l->key + 1, l->key, l->n * sizeof(*l->key));
	l->key[0] = key;
	l->n++;
	l->misses += at == 0;
	return at;
}

#endif /* VMSA_TEST_SLOW_LRU_H */
