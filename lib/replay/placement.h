/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_PLACEMENT_H
#define VMSA_LIB_REPLAY_PLACEMENT_H
/*
 * placement.h - from an offset in recorded RAM to an address in simulated RAM
 *
 * RAM is what its banks hold, one behind the other.  Scattered, recorded unit
 * i becomes simulated unit permute(i), of those that lie whole and aligned in
 * a bank.  The permutation of [0, units) is a Feistel network over the next
 * even number of bits, applied until it hits the range again: no table,
 * injective, the same for the same seed everywhere.
 */
#include "vmsa/replay.h"

/** struct vmsa_placement - one placement. */
struct vmsa_placement {
	struct vmsa_range *banks; /**< of simulated RAM, cut to whole units */
	size_t nr_banks;          /**< how many */
	uint64_t units;           /**< in them, or fewer if so configured */
	uint64_t seed;            /**< of the permutation */
	unsigned unit_shift;      /**< log2 of a unit's bytes */
	unsigned half_bits;       /**< of the Feistel network */
	bool scatter;             /**< permute at all */
};

/** vmsa_placement_init() - 0, -EINVAL or -ENOMEM. */
int vmsa_placement_init(struct vmsa_placement *p,
			const struct vmsa_replay_config *config);

/** vmsa_placement_fini() - free it. */
void vmsa_placement_fini(struct vmsa_placement *p);

/** vmsa_placement_permute() - where unit @unit goes; both are < units. */
uint64_t vmsa_placement_permute(const struct vmsa_placement *p, uint64_t unit);

/** vmsa_placement_find() - @offset's address; false: there is no room. */
bool vmsa_placement_find(const struct vmsa_placement *p, uint64_t offset,
			 vmsa_pa *out);

#endif /* VMSA_LIB_REPLAY_PLACEMENT_H */
