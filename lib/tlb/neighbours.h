/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_NEIGHBOURS_H
#define VMSA_LIB_TLB_NEIGHBOURS_H
/*
 * neighbours.h - which pages around one could share its TLB entry
 */
#include "table/space.h"
#include "vmsa/tlb/walker.h"

/**
 * vmsa_tlb_neighbours() - compare the pages around a page.
 * @s:    the space
 * @host: the page's descriptor, at level 3 and valid; the eight of an aligned
 *        group of pages are one line of 64 bytes
 * @desc: what was read there
 *
 * Bits for software are compared with nothing: no PE looks at them.
 *
 * Return: as struct vmsa_tlb_walk has it, with the page itself.
 */
static inline uint8_t vmsa_tlb_neighbours(const struct vmsa_space *s,
					  const vmsa_desc *host, vmsa_desc desc)
{
	const size_t line = VMSA_TLB_NEIGHBOURS * sizeof(desc);
	const vmsa_desc *first = host - ((uintptr_t)host % line) / sizeof(desc);
	unsigned self = (unsigned)(host - first), out = 0;
	vmsa_pa pa = vmsa_space_oa(s, desc);

	for (unsigned i = 0; i < VMSA_TLB_NEIGHBOURS; i++) {
		vmsa_desc other = __atomic_load_n(first + i, __ATOMIC_RELAXED);
		vmsa_pa oa = vmsa_space_oa(s, other);
		uint64_t pages = (uint64_t)i - self; /* modulo 2^64 */
		vmsa_desc differ = (desc ^ other) & ~s->oa_low & ~s->oa_high &
				   ~VMSA_DESC_SOFTWARE;

		if (!differ && oa - pa == pages << s->geometry.granule_shift)
			out |= 1u << i;
	}
	return (uint8_t)out;
}

#endif /* VMSA_LIB_TLB_NEIGHBOURS_H */
