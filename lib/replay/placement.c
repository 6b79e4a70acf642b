/* SPDX-License-Identifier: BSD-2-Clause */
#include "placement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 4

/* Cut a bank to whole units; false if none is left. */
static bool cut(struct vmsa_range *bank, unsigned unit_shift)
{
	uint64_t in_unit = (UINT64_C(1) << unit_shift) - 1;
	vmsa_pa start = (bank->start + in_unit) & ~in_unit;
	vmsa_pa end = (bank->start + bank->size) & ~in_unit;

	if (start >= end)
		return false;
	bank->start = start;
	bank->size = end - start;
	return true;
}

static void choose_bits(struct vmsa_placement *p)
{
	while (p->half_bits < 31 &&
	       UINT64_C(1) << (2 * p->half_bits) < p->units)
		p->half_bits++;
}

int vmsa_placement_init(struct vmsa_placement *p,
			const struct vmsa_replay_config *config)
{
	const struct vmsa_replay_placement *how = &config->placement;
	uint64_t most = UINT64_MAX;

	memset(p, 0, sizeof(*p));
	if (config->nr_ram == 0 || how->unit_pages_shift > 40)
		return -EINVAL;
	p->scatter = how->how == VMSA_REPLAY_SCATTER;
	p->seed = how->seed;
	p->unit_shift = VMSA_TRACE_PAGE_SHIFT;
	if (p->scatter)
		p->unit_shift += how->unit_pages_shift;
	if (p->scatter && how->size)
		most = how->size >> p->unit_shift;
	p->banks = calloc(config->nr_ram, sizeof(*p->banks));
	if (!p->banks)
		return -ENOMEM;
	for (size_t i = 0; i < config->nr_ram; i++) {
		struct vmsa_range *bank = &p->banks[p->nr_banks];

		*bank = config->ram[i];
		if (!cut(bank, p->unit_shift))
			continue;
		p->nr_banks++;
		p->units += bank->size >> p->unit_shift;
	}
	if (p->units > most)
		p->units = most;
	choose_bits(p);
	return 0;
}

void vmsa_placement_fini(struct vmsa_placement *p)
{
	free(p->banks);
	memset(p, 0, sizeof(*p));
}

/* A good mixture of 64 bits: the finaliser of SplitMix64. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t feistel(const struct vmsa_placement *p, uint64_t x)
{
	uint64_t mask = (UINT64_C(1) << p->half_bits) - 1;
	uint64_t left = x >> p->half_bits, right = x & mask;

	for (uint64_t round = 1; round <= ROUNDS; round++) {
		uint64_t key = p->seed * ROUNDS + round;
		uint64_t next = left ^ (mix(mix(key) + right) & mask);

		left = right;
		right = next;
	}
	return left << p->half_bits | right;
}

uint64_t vmsa_placement_permute(const struct vmsa_placement *p, uint64_t unit)
{
	/* The cycle through @unit comes back to the range, at @unit at last. */
	do
		unit = feistel(p, unit);
	while (unit >= p->units);
	return unit;
}

bool vmsa_placement_find(const struct vmsa_placement *p, uint64_t offset,
			 vmsa_pa *out)
{
	uint64_t unit = offset >> p->unit_shift;
	uint64_t in_unit = offset & ((UINT64_C(1) << p->unit_shift) - 1);

	if (unit >= p->units)
		return false;
	if (p->scatter)
		unit = vmsa_placement_permute(p, unit);
	offset = (unit << p->unit_shift) | in_unit;
	for (size_t i = 0; i < p->nr_banks; i++) {
		if (offset < p->banks[i].size) {
			*out = p->banks[i].start + offset;
			return true;
		}
		offset -= p->banks[i].size;
	}
	return false;
}
