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

/*
 * What differs between the leaves of the stages (D8.3): stage 2 has no nG, and
 * in the place of AP[2], which forbids writes, S2AP[1], which permits them.
 */
static inline void read_flags(vmsa_desc desc, bool stage2,
			      struct vmsa_tlb_walk *walk)
{
	bool read_only = (desc & VMSA_LEAF_AP2) != 0;

	walk->global = stage2 || !(desc & VMSA_LEAF_NG);
	walk->no_access = !(desc & VMSA_LEAF_AF);
	walk->clean = desc & VMSA_LEAF_DBM && read_only != stage2;
}

static inline void read_leaf(const struct vmsa_space *s, vmsa_desc desc,
			     unsigned shift, struct vmsa_tlb_walk *walk)
{
	const struct vmsa_geometry *g = &s->geometry;
	uint64_t offset = (UINT64_C(1) << shift) - 1;

	walk->fault = !vmsa_space_is_leaf(s, walk->last, desc);
	walk->shift = walk->contiguous_shift = (uint8_t)shift;
	if (desc & VMSA_LEAF_CONTIGUOUS)
		walk->contiguous_shift += (uint8_t)__builtin_ctz(
			vmsa_level_contiguous(g, walk->last));
	walk->pa = (vmsa_space_oa(s, desc) & ~offset) | (walk->va & offset);
}

static inline int walk_space(const struct vmsa_space *s, bool stage2,
			     struct vmsa_tlb_walk *walk)
{
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
	read_flags(desc, stage2, walk);
	if (walk->aggregate && walk->last == VMSA_MAX_LEVEL && !walk->fault)
		walk->neighbours = vmsa_tlb_neighbours(s, host, desc);
	return 0;
}

static int walk_stage1(void *arg, struct vmsa_tlb_walk *walk)
{
	return walk_space(arg, false, walk);
}

static int walk_stage2(void *arg, struct vmsa_tlb_walk *walk)
{
	return walk_space(arg, true, walk);
}

/*
 * Write the leaf of @walk, if it still is the leaf that was found: the flags
 * and all that the entry is made of.
 */
static int update_space(const struct vmsa_space *s, bool stage2,
			const struct vmsa_tlb_walk *walk, bool dirty)
{
	vmsa_pa at = walk->at[VMSA_LEVEL_SLOT(walk->last)];
	struct vmsa_tlb_walk now = *walk;
	vmsa_desc old, desc;
	int err = vmsa_table_load(s, at, &old);

	if (err)
		return err;
	read_leaf(s, old, walk->shift, &now);
	read_flags(old, stage2, &now);
	if (now.fault || now.pa != walk->pa || now.global != walk->global ||
	    now.contiguous_shift != walk->contiguous_shift ||
	    now.no_access != walk->no_access || now.clean != walk->clean)
		return -EAGAIN;
	desc = old | VMSA_LEAF_AF;
	if (dirty && walk->clean)
		desc ^= VMSA_LEAF_AP2;
	return vmsa_table_exchange(s, at, old, desc);
}

static int update_stage1(void *arg, const struct vmsa_tlb_walk *walk,
			 bool dirty)
{
	return update_space(arg, false, walk, dirty);
}

static int update_stage2(void *arg, const struct vmsa_tlb_walk *walk,
			 bool dirty)
{
	return update_space(arg, true, walk, dirty);
}

/*
 * Have the host fetch the last descriptor of the walk for @va.  No more than a
 * hint: it ends at what is not a table in the main bank.  See translate.c for
 * the subtraction.
 */
static void prefetch_space(void *arg, vmsa_va va)
{
	const struct vmsa_space *s = arg;
	const unsigned last = s->geometry.granule_shift, stride = last - 3;
	const vmsa_desc mask = s->oa_low | VMSA_DESC_TYPE;
	const vmsa_desc *at = s->root_entries;
	unsigned shift = s->root_shift;

	if (!vmsa_space_holds(s, va, 1))
		return;
	at += (va - s->base) >> shift;
	while (shift > last) {
		uint64_t table =
			(__atomic_load_n(at, __ATOMIC_RELAXED) & mask) -
			s->main_table;

		if (table & VMSA_DESC_TYPE || table >= s->main_size)
			break;
		shift -= stride;
		at = (const vmsa_desc *)(s->main_host + table) +
		     (va >> shift & ((1u << stride) - 1));
	}
	__builtin_prefetch(at);
}

struct vmsa_tlb_walker vmsa_tlb_space_walker(const struct vmsa_space *space)
{
	return (struct vmsa_tlb_walker){
		.walk = walk_stage1,
		.prefetch = prefetch_space,
		.update = update_stage1,
		.arg = (void *)space,
	};
}

struct vmsa_tlb_walker vmsa_tlb_stage2_walker(const struct vmsa_space *space)
{
	return (struct vmsa_tlb_walker){
		.walk = walk_stage2,
		.update = update_stage2,
		.arg = (void *)space,
	};
}
