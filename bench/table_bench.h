/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TABLE_BENCH_H
#define TABLE_BENCH_H
/*
 * table_bench.h - the machine every table figure is about: 256 GiB of RAM
 *
 * Mapped by 4K pages it takes 131072 level 3, 256 level 2, one level 1 and one
 * level 0 table: 513 MiB and 8 KiB.
 */
#include <stdlib.h>

#include "bench.h"
#include "vmsa/table.h"

/** BENCH_RAM - where simulated RAM starts. */
#define BENCH_RAM UINT64_C(0x4000000000)

/** BENCH_SIZE - bytes of simulated RAM, all of them mapped. */
#define BENCH_SIZE (UINT64_C(256) << 30)

/** BENCH_VA - where it is mapped: the bottom of the 48-bit upper half. */
#define BENCH_VA UINT64_C(0xffff000000000000)

/** BENCH_ATTR - AttrIndx 0, Inner Shareable, AF, PXN, UXN. */
#define BENCH_ATTR                                                          \
	(UINT64_C(3) << VMSA_LEAF_SH_SHIFT | VMSA_LEAF_AF | VMSA_LEAF_PXN | \
	 VMSA_LEAF_UXN)

/** struct bench_shape - how the RAM is mapped. */
struct bench_shape {
	uint64_t skew;   /**< output address beyond BENCH_RAM of the first */
	uint64_t leaf;   /**< bytes a leaf maps */
	unsigned flags;  /**< VMSA_MAP_* bits */
	uint64_t tables; /**< table frames it takes */
};

/** bench_pages_4k - every page a level 3 descriptor, no hint. */
static const struct bench_shape bench_pages_4k = {
	.leaf = UINT64_C(4) << 10,
	.flags = VMSA_MAP_NO_BLOCK | VMSA_MAP_NO_CONTIGUOUS,
	.tables = 131072 + 256 + 2,
};

/** bench_blocks_2m - 2 MiB off 1 GiB alignment, so that 2 MiB is largest. */
static const struct bench_shape bench_blocks_2m = {
	.skew = UINT64_C(2) << 20,
	.leaf = UINT64_C(2) << 20,
	.flags = VMSA_MAP_NO_CONTIGUOUS,
	.tables = 256 + 2,
};

/** struct bench_space - simulated RAM and an empty table in it. */
struct bench_space {
	struct vmsa_memory *memory; /**< one bank */
	struct vmsa_space *space;   /**< 4K granule, 48 bits */
};

/** bench_space_close() - give both back. */
static inline void bench_space_close(struct bench_space *b)
{
	vmsa_space_destroy(b->space);
	vmsa_memory_destroy(b->memory);
	*b = (struct bench_space){ 0 };
}

/** bench_space_open() - a fresh space; @prefault bytes of RAM from the top. */
static inline bool bench_space_open(struct bench_space *b, uint64_t prefault)
{
	const struct vmsa_range bank = { BENCH_RAM, BENCH_SIZE };
	const struct vmsa_range top = { BENCH_RAM + BENCH_SIZE - prefault,
					prefault };
	const struct vmsa_memory_config mc = { .granule_shift = 12,
					       .banks = &bank,
					       .nr_banks = 1,
					       .huge_pages = true };
	struct vmsa_space_config sc = { .upper = true, .root = VMSA_NO_PA };

	*b = (struct bench_space){ 0 };
	if (vmsa_memory_create(&mc, &b->memory))
		return false;
	sc.memory = b->memory;
	if (!vmsa_memory_prefault(b->memory, top) &&
	    !vmsa_geometry_init(&sc.geometry, 12, 48, VMSA_FORMAT_48) &&
	    !vmsa_space_create(&sc, &b->space))
		return true;
	bench_space_close(b);
	return false;
}

/** bench_space_map() - map all of it; the number of errors, 0 or 1. */
static inline uint64_t bench_space_map(struct bench_space *b,
				       const struct bench_shape *shape)
{
	const struct vmsa_mapping m = { .va = BENCH_VA,
					.pa = BENCH_RAM + shape->skew,
					.size = BENCH_SIZE,
					.attr = BENCH_ATTR,
					.flags = shape->flags,
					.phase = VMSA_EARLY };

	return vmsa_map(b->space, &m) != 0;
}

#endif /* TABLE_BENCH_H */
