/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * space.c - a walker that reads the tables of a space
 */
#include <errno.h>

#include "table/space.h"
#include "vmsa/tlb.h"

/* Where the descriptor for @va is in a table of @level. */
static inline vmsa_pa entry_at(const struct vmsa_space *s, vmsa_pa table,
			       int level, vmsa_va va)
{
	return table + 8 * vmsa_level_index(&s->geometry, level, va);
}

static inline bool leads_on(vmsa_desc desc, int level)
{
	return (desc & VMSA_DESC_TYPE) == VMSA_DESC_TYPE &&
	       level != VMSA_MAX_LEVEL;
}

/* Follow table descriptors: 0 or -EFAULT; the last one read in @desc. */
static inline int descend(const struct vmsa_space *s,
			  struct vmsa_tlb_walk *walk, vmsa_desc *desc)
{
	vmsa_pa table = walk->table;

	for (int level = walk->first;; level++) {
		vmsa_pa at = entry_at(s, table, level, walk->va);
		const vmsa_desc *host = vmsa_memory_host(s->memory, at);

		if (!host)
			return -EFAULT;
		*desc = __atomic_load_n(host, __ATOMIC_RELAXED);
		walk->at[VMSA_LEVEL_SLOT(level)] = at;
		if (!leads_on(*desc, level)) {
			walk->last = (int8_t)level;
			return 0;
		}
		table = vmsa_space_oa(s, *desc);
	}
}

static inline void read_leaf(const struct vmsa_space *s, vmsa_desc desc,
			     struct vmsa_tlb_walk *walk)
{
	const struct vmsa_geometry *g = &s->geometry;
	unsigned shift = vmsa_level_shift(g, walk->last);
	uint64_t offset = (UINT64_C(1) << shift) - 1;

	walk->fault =
		vmsa_desc_type(g, walk->last, desc) == VMSA_DESC_TYPE_INVALID;
	walk->global = !(desc & VMSA_LEAF_NG);
	walk->shift = walk->contiguous_shift = (uint8_t)shift;
	if (desc & VMSA_LEAF_CONTIGUOUS)
		walk->contiguous_shift += (uint8_t)__builtin_ctz(
			vmsa_level_contiguous(g, walk->last));
	walk->pa = (vmsa_space_oa(s, desc) & ~offset) | (walk->va & offset);
}

static int walk_space(void *arg, struct vmsa_tlb_walk *walk)
{
	const struct vmsa_space *s = arg;
	vmsa_desc desc;
	int err;

	if (!vmsa_space_holds(s, walk->va, 1))
		return -ERANGE;
	if (walk->from_root) {
		walk->first = s->geometry.start_level;
		walk->table = s->root;
	}
	err = descend(s, walk, &desc);
	if (!err)
		read_leaf(s, desc, walk);
	return err;
}

/* Have the host fetch the last descriptor of the walk for @va. */
static void prefetch_space(void *arg, vmsa_va va)
{
	const struct vmsa_space *s = arg;
	int level = s->geometry.start_level;
	vmsa_pa table = s->root;

	if (!vmsa_space_holds(s, va, 1))
		return;
	for (;; level++) {
		const vmsa_desc *host = vmsa_memory_host(
			s->memory, entry_at(s, table, level, va));

		if (!host)
			return;
		if (level == VMSA_MAX_LEVEL) {
			__builtin_prefetch(host);
			return;
		}
		if (!leads_on(*host, level))
			return;
		table = vmsa_space_oa(s, *host);
	}
}

struct vmsa_tlb_walker vmsa_tlb_space_walker(const struct vmsa_space *space)
{
	return (struct vmsa_tlb_walker){
		.walk = walk_space,
		.prefetch = prefetch_space,
		.arg = (void *)space,
	};
}
