/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fixmap.c - the slots through which tables are reached before they are mapped,
 * and the root after it became read-only (4.5)
 *
 * While the linear map is built its own tables are not in it yet, so the kernel
 * maps each one it visits in a fixed slot, works, and unmaps it.  Only what
 * that costs is modelled: barriers, and a TLBI for the slot.
 */
#include "linux/map/map.h"

/* One slot a level; which addresses they have matters to nobody. */
static vmsa_va slot(const struct vmsa_linux *l, int level)
{
	return l->layout.fixmap_start +
	       ((uint64_t)VMSA_LEVEL_SLOT(level) << l->kernel.granule_shift);
}

/*
 * These barriers are for the slot's own descriptor, which is not modelled: the
 * host need not wait for what else was stored.
 */
static void barrier(struct vmsa_linux *l, enum vmsa_barrier kind)
{
	vmsa_space_count(l->space, kind, 1);
}

/* Map a table: the slot's descriptor was invalid, so no TLBI. */
void vmsa_linux_set_fixmap(struct vmsa_linux *l)
{
	barrier(l, VMSA_DSB_ISHST);
	barrier(l, VMSA_ISB);
}

/* Unmap it again: one page, on all CPUs. */
void vmsa_linux_clear_fixmap(struct vmsa_linux *l, int level)
{
	const struct vmsa_tlbi_page page = { .address = slot(l, level) };
	const struct vmsa_tlbi tlbi = {
		.op = VMSA_TLBI_VAALE1,
		.scope = VMSA_TLBI_IS,
		.operand = vmsa_tlbi_page_encode(VMSA_TLBI_VAALE1, &page),
	};

	barrier(l, VMSA_DSB_ISHST);
	vmsa_space_tlbi(l->space, tlbi);
	barrier(l, VMSA_DSB_ISH);
	barrier(l, VMSA_ISB);
}
