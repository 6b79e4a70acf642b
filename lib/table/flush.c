/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flush.c - TLB maintenance after this room's own operations
 *
 *     DSB ISHST     the stores are visible to table walks
 *     TLBI ...      by VA, all ASIDs, Inner Shareable
 *     DSB ISH       it has finished everywhere
 *     ISB           for this PE's own fetches
 *
 * The order of D8.16. Linux's flushes, with their own thresholds and range
 * operations, are in lib/linux/map/flush.c.
 */
#include "table/space.h"

void vmsa_space_flush(struct vmsa_space *space, vmsa_va va, uint64_t size,
		      enum vmsa_tlbi_op op)
{
	const struct vmsa_geometry *g = &space->geometry;
	const uint64_t granules = size >> g->granule_shift;
	struct vmsa_tlbi tlbi = { .op = op, .scope = VMSA_TLBI_IS };

	vmsa_space_barrier(space, VMSA_DSB_ISHST);
	/*
	 * As many operations as a table has entries cost more than refilling.
	 */
	if (granules >= UINT64_C(1) << vmsa_geometry_stride(g)) {
		tlbi.op = VMSA_TLBI_VMALLE1;
		vmsa_space_tlbi(space, tlbi);
	} else {
		for (uint64_t i = 0; i < granules; i++) {
			const struct vmsa_tlbi_page page = { .address = va };

			tlbi.operand = vmsa_tlbi_page_encode(op, &page);
			vmsa_space_tlbi(space, tlbi);
			va += vmsa_granule(g);
		}
	}
	vmsa_space_barrier(space, VMSA_DSB_ISH);
	vmsa_space_barrier(space, VMSA_ISB);
}
