/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHURN_PAGES_H
#define CHURN_PAGES_H
/*
 * churn_pages.h - which physical pages a kernel would give out
 *
 * Only pages whose permission will change are asked for here; the rest of the
 * memory is somebody else's and is modelled by where these may lie.
 */
#include "vmsa/types.h"

/** enum placement - where pages whose permission changes come from. */
enum placement {
	PLACE_SCATTERED, /**< any free page of the memory, uniformly */
	PLACE_GROUPED,   /**< any free page of the unmovable page blocks */
	PLACE_POOLED,    /**< the lowest free page of blocks of their own */
	NR_PLACEMENTS,
};

/** placement_name() - "scattered", "grouped", "pooled". */
const char *placement_name(enum placement p);

struct pages;

/** pages_create() - pages of one bank; NULL if there is no memory. */
struct pages *pages_create(enum placement p, struct vmsa_range bank,
			   uint64_t seed);

/** pages_destroy() - and forget it. */
void pages_destroy(struct pages *pages);

/** pages_take() - the address of a page now in use. */
vmsa_pa pages_take(struct pages *pages);

/** pages_give() - it is free again. */
void pages_give(struct pages *pages, vmsa_pa pa);

/** churn_rand() - xorshift64; *seed is any value but 0. */
static inline uint64_t churn_rand(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#endif /* CHURN_PAGES_H */
