/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * space.c - a walker that reads the tables of a space
 */
#include <errno.h>

#include "neighbours.h"
#include "table/space.h"
#include "vmsa/tlb.h"

/* Where a walk stands: about to read the descriptor at @at. */
struct cursor {
	vmsa_pa at;
	vmsa_va va;
	int level;
	unsigned shift; /* log2 of what a descriptor of @level covers */
};

/* Point at the descriptor for the cursor's VA in a table of its level. */
static inline void point(const struct vmsa_space *s, struct cursor *c,
			 vmsa_pa table)
{
	unsigned stride = s->geometry.granule_shift - 3u;
	uint64_t index = c->va >> c->shift & ((UINT64_C(1) << stride) - 1);

	c->at = table + 8 * index;
}

/* As point(), in the root, which may have fewer entries than a full table. */
static inline void point_root(const struct vmsa_space *s, struct cursor *c)
{
	c->level = s->geometry.start_level;
	c->shift = vmsa_level_shift(&s->geometry, c->level);
	c->at = s->root + 8 * ((c->va - s->base) >> c->shift);
}

static inline const vmsa_desc *host_of(const struct vmsa_space *s,
				       const struct cursor *c)
{
	return vmsa_memory_host(s->memory, c->at);
}

/* Go on to the table that @desc names; false: it names none. */
static inline bool descend(const struct vmsa_space *s, struct cursor *c,
			   vmsa_desc desc)
{
	if ((desc & VMSA_DESC_TYPE) != VMSA_DESC_TYPE ||
	    c->level == VMSA_MAX_LEVEL)
		return false;
	c->level++;
	c->shift -= s->geometry.granule_shift - 3u;
	point(s, c, vmsa_space_oa(s, desc));
	return true;
}

static inline void read_leaf(const struct vmsa_space *s, vmsa_desc desc,
			     unsigned shift, struct vmsa_tlb_walk *walk)
{
	const struct vmsa_geometry *g = &s->geometry;
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
	struct cursor c = { .va = walk->va, .level = walk->first };
	const vmsa_desc *host;
	vmsa_desc desc;

	if (!vmsa_space_holds(s, walk->va, 1))
		return -ERANGE;
	if (walk->from_root) {
		point_root(s, &c);
		walk->first = (int8_t)c.level;
	} else {
		c.shift = vmsa_level_shift(&s->geometry, c.level);
		point(s, &c, walk->table);
	}
	do {
		host = host_of(s, &c);
		if (!host)
			return -EFAULT;
		walk->at[VMSA_LEVEL_SLOT(c.level)] = c.at;
		walk->last = (int8_t)c.level;
		desc = __atomic_load_n(host, __ATOMIC_RELAXED);
	} while (descend(s, &c, desc));
	read_leaf(s, desc, c.shift, walk);
	if (walk->aggregate && walk->last == VMSA_MAX_LEVEL && !walk->fault)
		walk->neighbours = vmsa_tlb_neighbours(s, host, desc);
	return 0;
}

/* Have the host fetch the last descriptor of the walk for @va. */
static void prefetch_space(void *arg, vmsa_va va)
{
	const struct vmsa_space *s = arg;
	struct cursor c = { .va = va };
	const vmsa_desc *host;

	if (!vmsa_space_holds(s, va, 1))
		return;
	point_root(s, &c);
	do {
		host = host_of(s, &c);
		if (!host)
			return;
	} while (c.level < VMSA_MAX_LEVEL &&
		 descend(s, &c, __atomic_load_n(host, __ATOMIC_RELAXED)));
	__builtin_prefetch(host);
}

struct vmsa_tlb_walker vmsa_tlb_space_walker(const struct vmsa_space *space)
{
	return (struct vmsa_tlb_walker){
		.walk = walk_space,
		.prefetch = prefetch_space,
		.arg = (void *)space,
	};
}
