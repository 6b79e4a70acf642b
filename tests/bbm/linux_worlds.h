/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_LINUX_WORLDS_H
#define VMSA_TEST_LINUX_WORLDS_H
/*
 * linux_worlds.h - the kernels whose linear map is judged, and where
 */
#include "linux/collapse/world.h"

/** ADDRESS - in a block of both, in the middle of a CONT group once split. */
#define ADDRESS UINT64_C(0x123456000)

/** newest - splits live blocks, and flushes ranges. */
static const struct world newest = { .version = VMSA_LINUX_V7_3,
				     .granule_shift = 12,
				     .va_bits = 48,
				     .tlb_range = true,
				     .size = 8 * GIB };

/** second - the posted patch, whose callers split for themselves. */
static const struct world second = {
	.version = VMSA_LINUX_V2,
	.granule_shift = 12,
	.va_bits = 48,
	.size = 8 * GIB,
	.bootargs = "rodata=full kfence.sample_interval=100"
};

#endif /* VMSA_TEST_LINUX_WORLDS_H */
