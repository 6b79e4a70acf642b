/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map_mem.c - the linear map, call by call (3.3, 3.4)
 *
 *     7.3          KFENCE pool, text alias, data alias, then the banks
 *     6.12, 6.18   the banks without pool and text, then text, then pool
 *
 * Mapping the aliases first gives them tables of their own, so that the banks'
 * blocks and CONT groups end where permissions will change later.  Mapping them
 * last did the same by hiding them from the loop.
 */
#include "linux/boot/boot.h"
#include "linux/map/map.h"

#include <errno.h>

#define PAGES_ONLY (VMSA_LINUX_NO_BLOCK | VMSA_LINUX_NO_CONT)

/* Mappings a user forces take the place of the kernel's decision. */
static const unsigned forced[VMSA_NR_MAPPINGS] = {
	[VMSA_MAPPING_PTE] = PAGES_ONLY,
	[VMSA_MAPPING_CONT] = VMSA_LINUX_NO_BLOCK,
	[VMSA_MAPPING_BLOCK] = VMSA_LINUX_NO_CONT,
	[VMSA_MAPPING_BLOCK_CONT] = 0,
};

unsigned vmsa_linux_map_flags(const struct vmsa_linux *l, bool force_pte)
{
	if (l->mapping != VMSA_MAPPING_LINUX)
		return forced[l->mapping];
	if (force_pte)
		return PAGES_ONLY;
	return l->rules->full_forbids_cont && l->policy.rodata_full
		       ? VMSA_LINUX_NO_CONT
		       : 0;
}

/* Memory at its own place in the linear map; @prot is VMSA_PROT_* bits. */
static int map_pa(struct vmsa_linux *l, vmsa_pa pa, uint64_t size,
		  unsigned prot, unsigned flags)
{
	const struct vmsa_linux_map map = {
		.pa = pa,
		.va = vmsa_linux_va(l, pa),
		.size = size,
		.prot = vmsa_linux_prot(l, prot),
		.flags = flags,
	};

	return vmsa_linux_map(l, &map, VMSA_EARLY);
}

/* A guard beside each object, and two pages more (3.3, step 1). */
uint64_t vmsa_linux_pool_size(const struct vmsa_linux *l)
{
	return ((uint64_t)l->kernel.kfence_objects + 1) * 2
	       << l->kernel.granule_shift;
}

/* A pool that cannot be had makes KFENCE late, which changes the policy. */
static void take_pool(struct vmsa_linux *l)
{
	vmsa_pa pool;

	if (!l->policy.kfence_early)
		return;
	if (vmsa_memory_alloc_range(l->memory, vmsa_linux_pool_size(l),
				    vmsa_linux_page_size(l), &pool)) {
		l->policy.kfence_early = false;
		vmsa_linux_decide_again(l);
		return;
	}
	l->kfence_pool = pool;
}

/*
 * One region of memblock.  Odd edges come from no-map regions only (2.2 step
 * 0); kernels round them inward or let the mapping code round outward.
 */
static int map_region(struct vmsa_linux *l, const struct vmsa_linux_region *r,
		      unsigned flags)
{
	const uint64_t mask = vmsa_linux_page_size(l) - 1;
	vmsa_pa start = r->start, end = r->start + r->size;

	if (l->rules->round_inward) {
		start = (start + mask) & ~mask;
		end &= ~mask;
	}
	if (start >= end)
		return 0;
	return map_pa(l, start, end - start, VMSA_PROT_TAGGED, flags);
}

/* All that is not NOMAP, ascending. */
static int map_banks(struct vmsa_linux *l, unsigned flags)
{
	for (size_t i = 0; i < l->memblock.n; i++) {
		const struct vmsa_linux_region *r = &l->memblock.v[i];
		int ret;

		if (r->nomap)
			continue;
		if (!r->size && l->rules->stops_at_empty)
			break;
		ret = map_region(l, r, flags);
		if (ret)
			return ret;
	}
	return 0;
}

/* Since 7.2: the aliases first, then everything over them. */
static int map_alias_first(struct vmsa_linux *l, unsigned flags)
{
	const struct vmsa_linux_image *image = &l->kernel.image;
	int ret = 0;

	if (l->kfence_pool != VMSA_NO_PA)
		ret = map_pa(l, l->kfence_pool, vmsa_linux_pool_size(l),
			     VMSA_PROT_TAGGED, PAGES_ONLY | VMSA_LINUX_NO_EXEC);
	if (!ret)
		ret = map_pa(l, l->image, image->init_begin, VMSA_PROT_TAGGED,
			     flags);
	if (!ret && l->rules->data_alias)
		ret = map_pa(l, l->image + image->init_end,
			     image->bss_stop - image->init_end,
			     VMSA_PROT_TAGGED, flags);
	return ret ? ret : map_banks(l, flags);
}

/* Make the loop pass over text and pool, or not any more. */
static int hide(struct vmsa_linux *l, bool nomap)
{
	int ret;

	ret = vmsa_memblock_mark(&l->memblock, l->image,
				 l->kernel.image.init_begin, nomap);
	if (!ret && l->kfence_pool != VMSA_NO_PA)
		ret = vmsa_memblock_mark(&l->memblock, l->kfence_pool,
					 vmsa_linux_pool_size(l), nomap);
	return ret;
}

/*
 * Before 7.2: image and pool hidden from the loop and mapped after it.  The
 * alias may have blocks even where all else is pages, and its tables no
 * PXNTable (3.4).
 */
static int map_alias_last(struct vmsa_linux *l, unsigned flags)
{
	/* A forced mapping holds for the alias too. */
	const unsigned alias_flags =
		VMSA_LINUX_NO_CONT |
		(l->mapping == VMSA_MAPPING_LINUX ? 0 : forced[l->mapping]);
	int ret;

	ret = hide(l, true);
	if (!ret)
		ret = map_banks(l, flags);
	if (!ret)
		ret = hide(l, false);
	if (!ret)
		ret = map_pa(l, l->image, l->kernel.image.init_begin, 0,
			     alias_flags);
	if (!ret && l->kfence_pool != VMSA_NO_PA)
		ret = map_pa(l, l->kfence_pool, vmsa_linux_pool_size(l),
			     VMSA_PROT_TAGGED, PAGES_ONLY);
	return ret;
}

/*
 * The pool comes first: whether it can be had decides how the rest is mapped.
 */
int vmsa_linux_map_mem(struct vmsa_linux *sys)
{
	unsigned flags;
	int ret;

	take_pool(sys);
	flags = vmsa_linux_map_flags(sys, sys->policy.force_pte) |
		VMSA_LINUX_NO_EXEC;
	vmsa_space_begin(sys->space, "map_mem");
	ret = sys->rules->alias_first ? map_alias_first(sys, flags)
				      : map_alias_last(sys, flags);
	vmsa_space_end(sys->space, "map_mem");
	return ret;
}
