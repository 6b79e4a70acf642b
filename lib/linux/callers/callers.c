/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callers.c - memory that leaves the direct map and comes back
 *
 *     secretmem, guest_memfd   pages that even the kernel must not read
 *     KFENCE                   guard pages around sampled objects
 *     debug_pagealloc          every free page
 *     hibernation              what left has to be read for the image
 *
 * Each is a page or a few at a time, so on a map of blocks each is a split at
 * first; what is given back stays small (no kernel folds it).
 */
#include "linux/boot/boot.h"
#include "linux/callers/callers.h"
#include "linux/map/map.h"

#include <errno.h>

/* --- secret memory, guest memory (8.4, 8.7) ------------------------------ */

/* The change itself flushes nothing: the caller here does, for one page. */
int vmsa_linux_secretmem_fault(struct vmsa_linux *sys, vmsa_pa pa)
{
	const vmsa_va va = vmsa_linux_va(sys, pa);
	int ret;

	if (!sys->policy.can_set_direct_map)
		return -ENOSYS;
	vmsa_space_begin(sys->space, "secretmem_fault");
	ret = vmsa_linux_direct_map_invalid(sys, va);
	if (!ret)
		vmsa_linux_flush(sys, va, va + vmsa_linux_page_size(sys));
	vmsa_space_end(sys->space, "secretmem_fault");
	return ret;
}

/* From invalid to valid: nothing can be cached, so no flush. */
int vmsa_linux_secretmem_free(struct vmsa_linux *sys, vmsa_pa pa)
{
	int ret;

	vmsa_space_begin(sys->space, "secretmem_free");
	ret = vmsa_linux_direct_map_default(sys, vmsa_linux_va(sys, pa));
	vmsa_space_end(sys->space, "secretmem_free");
	return ret;
}

/*
 * Pages become the guest's alone: as valid_noflush does it, which flushes
 * despite its name (8.4).
 */
int vmsa_linux_guest_memfd_take(struct vmsa_linux *sys, vmsa_pa pa,
				uint64_t pages)
{
	return vmsa_linux_direct_map_valid(sys, vmsa_linux_va(sys, pa), pages,
					   false);
}

/* And back to the host. */
int vmsa_linux_guest_memfd_give(struct vmsa_linux *sys, vmsa_pa pa,
				uint64_t pages)
{
	return vmsa_linux_direct_map_valid(sys, vmsa_linux_va(sys, pa), pages,
					   true);
}

/* --- KFENCE (7.3) -------------------------------------------------------- */

/*
 * The first two pages and every second one after them guard the objects: each
 * object is a page between two guards, 2 + objects calls, each with its own
 * flush (7.3).
 */
static int protect_guards(struct vmsa_linux *l)
{
	const uint64_t page = vmsa_linux_page_size(l);
	vmsa_va va = vmsa_linux_va(l, l->kfence_pool);
	int ret;

	ret = vmsa_linux_kfence_protect(l, va, true);
	if (!ret)
		ret = vmsa_linux_kfence_protect(l, va + page, true);
	for (unsigned i = 0; i < l->kernel.kfence_objects && !ret; i++) {
		va += 2 * page;
		ret = vmsa_linux_kfence_protect(l, va + page, true);
	}
	return ret;
}

/* A late pool lies in blocks: its whole range becomes pages, once. */
static int split_pool(struct vmsa_linux *l, vmsa_pa pa)
{
	const vmsa_va va = vmsa_linux_va(l, pa);

	if (vmsa_linux_force_pte(l))
		return 0;
	return vmsa_linux_split_to_pages(l, va, va + vmsa_linux_pool_size(l),
					 VMSA_LATE);
}

/*
 * A pool from the page allocator, or at @pa if the caller has one.  It lies
 * anywhere in the map; if its split fails KFENCE does not start.
 */
static int make_late_pool(struct vmsa_linux *l, vmsa_pa pa)
{
	const uint64_t pages =
		vmsa_linux_pool_size(l) >> l->kernel.granule_shift;
	const bool own = pa == VMSA_NO_PA;
	int ret = 0;

	if (own)
		ret = vmsa_linux_take_pages(l, pages, &pa);
	else if (pa & (vmsa_linux_page_size(l) - 1))
		ret = -EINVAL;
	if (ret)
		return ret;
	ret = split_pool(l, pa);
	if (ret && own)
		vmsa_linux_give_pages(l, pa, pages);
	if (!ret)
		l->kfence_pool = pa;
	return ret;
}

/* An early pool was mapped as pages at boot and needs its guards only. */
int vmsa_linux_kfence_init(struct vmsa_linux *sys, vmsa_pa pa)
{
	int ret = 0;

	if (!sys->kernel.kfence)
		return -EOPNOTSUPP;
	if (sys->kfence_runs)
		return -EEXIST;
	vmsa_space_begin(sys->space, "kfence_init");
	if (sys->kfence_pool == VMSA_NO_PA)
		ret = make_late_pool(sys, pa);
	if (!ret)
		ret = protect_guards(sys);
	sys->kfence_runs = !ret;
	vmsa_space_end(sys->space, "kfence_init");
	return ret;
}

/*
 * One page, callable from interrupts: the pool is pages, so no split and no
 * sleep.
 */
int vmsa_linux_kfence_protect(struct vmsa_linux *sys, vmsa_va addr,
			      bool protect)
{
	const vmsa_va page = addr & ~(vmsa_linux_page_size(sys) - 1);

	return vmsa_linux_set_valid(sys, page, 1, !protect);
}

/* --- debug_pagealloc (7.4) ----------------------------------------------- */

/*
 * Asking for it on the command line is not enough, it has to be built in (7.2).
 */
int vmsa_linux_debug_pagealloc(struct vmsa_linux *sys, vmsa_pa pa,
			       uint64_t pages, bool alloc)
{
	if (!sys->policy.debug_pagealloc)
		return 0;
	return vmsa_linux_set_valid(sys, vmsa_linux_va(sys, pa), pages, alloc);
}

/* --- hibernation (3.6, 8.7) ---------------------------------------------- */

/*
 * The data alias is needed to copy the data: valid again while the image is
 * made.
 */
int vmsa_linux_hibernate(struct vmsa_linux *sys, bool prepare)
{
	if (!sys->rules->data_alias_invalid || !sys->policy.rodata_enabled)
		return 0;
	return vmsa_linux_set_data_alias(sys, prepare);
}

/*
 * A page that is not present is mapped for the copy and taken out again, with a
 * flush.
 */
int vmsa_linux_snapshot_page(struct vmsa_linux *sys, vmsa_pa pa)
{
	const vmsa_va va = vmsa_linux_va(sys, pa);
	int ret;

	if (vmsa_linux_page_present(sys, va))
		return 0;
	ret = vmsa_linux_direct_map_default(sys, va);
	if (ret)
		return ret;
	ret = vmsa_linux_direct_map_invalid(sys, va);
	vmsa_linux_flush(sys, va, va + vmsa_linux_page_size(sys));
	return ret;
}
