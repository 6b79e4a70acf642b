/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * create.c - the mapping code that builds the linear map (4)
 *
 *     map_range()            one table: fixmap visit, then by level
 *     map_groups()           PMD and PTE: pieces bounded by CONT groups
 *     map_blocks()           above the pages: block or descend, entry by entry
 *     write_pages()          the pages of a piece
 *
 * One walk for every level.  A range may be mapped over what is there already:
 * boot maps aliases first and the banks over them, and read-only text over
 * both.  Then blocks yield to tables, CONT to a group that is not, and a live
 * descriptor changes only in ways that are safe (4.1).
 *
 * The price is counted as the kernel pays it (4.5): a fixmap slot set and
 * cleared for each visit of a table, barriers for each new table and block.
 * Pieces about which the answer is the same are taken together where nobody
 * watches, which changes no store and no count.
 *
 * -ENOTRECOVERABLE stands for a BUG() of the kernel's.
 */
#include "linux/map/map.h"

#include <errno.h>

/* One call of the mapping code. */
struct create {
	struct vmsa_linux *l;
	struct vmsa_space *space;      /* l's */
	const struct vmsa_geometry *g; /* its */
	uint64_t pa_offset;            /* pa - va, modulo 2^64 */
	vmsa_desc prot; /* page bits without address; CONT comes and goes */
	unsigned flags; /* VMSA_LINUX_NO_* */
	enum vmsa_phase phase; /* where tables come from */
	bool may_allocate;     /* else a missing table is a BUG() (3.5) */
};

static vmsa_pa pa_of(const struct create *c, vmsa_va va)
{
	return va + c->pa_offset;
}

/* Bytes of [va, va + size) inside the entry or group of @span bytes. */
static uint64_t piece(vmsa_va va, uint64_t size, uint64_t span)
{
	const uint64_t left = span - (va & (span - 1));

	return size < left ? size : left;
}

/* Are @va and its output address both aligned, and is @size a whole @span? */
static bool is_whole(const struct create *c, vmsa_va va, uint64_t size,
		     uint64_t span)
{
	return size >= span && !((va | pa_of(c, va)) & (span - 1));
}

/* The root is always mapped: no fixmap visit (4.5). */
static bool is_root(const struct create *c, const struct vmsa_table *t)
{
	return t->level == c->g->start_level;
}

/* --- tables -------------------------------------------------------------- */

/* Allocate a table, publish its zeroes, link it (4.4). */
static int new_child(struct create *c, struct vmsa_table *t, unsigned index,
		     vmsa_va va, struct vmsa_table *child)
{
	vmsa_desc desc = VMSA_DESC_TYPE | VMSA_TABLE_UXN;
	int ret;

	if (!c->may_allocate)
		return -ENOTRECOVERABLE;
	ret = vmsa_table_alloc(c->space, c->phase, t->level + 1, child);
	if (ret)
		return c->phase == VMSA_LATE && c->l->rules->enomem_is_bug
			       ? -ENOTRECOVERABLE
			       : ret;
	/* The zeroes must be visible before the table is. */
	vmsa_space_barrier(c->space, VMSA_DSB_ISHST);
	if (c->l->rules->table_af)
		desc |= VMSA_TABLE_AF;
	if (c->flags & VMSA_LINUX_NO_EXEC)
		desc |= VMSA_TABLE_PXN;
	vmsa_linux_set_entry(c->l, t, index,
			     va & ~(vmsa_level_span(c->g, t->level) - 1),
			     desc | vmsa_oa_desc(c->g, child->pa));
	return 0;
}

/*
 * The table below an entry.  Only a table may be there: a block in the way is a
 * BUG() (4, steps 2 and 3).
 */
static int get_child(struct create *c, struct vmsa_table *t, vmsa_va va,
		     struct vmsa_table *child)
{
	const unsigned index = vmsa_level_index(c->g, t->level, va);
	const vmsa_desc old = vmsa_table_get(t, index);

	if (!old)
		return new_child(c, t, index, va, child);
	if ((old & VMSA_DESC_TYPE) != VMSA_DESC_TYPE)
		return -ENOTRECOVERABLE;
	return vmsa_table_child(c->space, t->level, old, child);
}

/* --- leaves -------------------------------------------------------------- */

/*
 * The leaf of @level for @va, with CONT if @cont is.  A block's type is a
 * page's without bit 1.
 */
static vmsa_desc leaf(const struct create *c, int level, vmsa_va va,
		      vmsa_desc cont)
{
	const vmsa_desc page = c->prot | cont;

	return vmsa_oa_desc(c->g, pa_of(c, va)) |
	       (level == PTE_LEVEL ? page : page & ~VMSA_DESC_TABLE);
}

/*
 * Leaves of a table's level over [@va, @va + @size), whatever was there; whole
 * ones only.  A run ends where the address would carry into the bits that LPA
 * and LPA2 keep elsewhere.
 */
static void write_leaves(struct create *c, struct vmsa_table *t, vmsa_va va,
			 uint64_t size, vmsa_desc cont)
{
	const unsigned shift = vmsa_level_shift(c->g, t->level);

	while (size >> shift) {
		const uint64_t run = vmsa_oa_run(c->g, pa_of(c, va), shift);
		uint64_t n = size >> shift;

		if (run < n)
			n = run;
		vmsa_table_set_run(c->space, t,
				   vmsa_level_index(c->g, t->level, va),
				   (unsigned)n, va, leaf(c, t->level, va, cont),
				   UINT64_C(1) << shift);
		va += n << shift;
		size -= n << shift;
	}
}

/*
 * Bytes from @va on up to the first page whose change would not be safe.
 * Entries known to be zero need not be read.
 */
static uint64_t safe_bytes(const struct create *c, const struct vmsa_table *t,
			   vmsa_va va, uint64_t size, vmsa_desc cont)
{
	const uint64_t page = vmsa_granule(c->g);
	unsigned i = vmsa_level_index(c->g, PTE_LEVEL, va);
	uint64_t done;

	if (i >= t->zero_from)
		return size;
	for (done = 0; done < size; done += page, i++) {
		const vmsa_desc old = vmsa_table_get(t, i);

		if (old && !vmsa_linux_change_is_safe(c->l->rules, old,
						      leaf(c, PTE_LEVEL,
							   va + done, cont)))
			break;
	}
	return done;
}

/*
 * Write pages over what may be there already.  The kernel checks behind the
 * store (4.1), so the offending page is stored before the BUG().
 */
static int write_pages(struct create *c, struct vmsa_table *t, vmsa_va va,
		       uint64_t size, vmsa_desc cont)
{
	const uint64_t safe = safe_bytes(c, t, va, size, cont);

	if (safe == size) {
		write_leaves(c, t, va, size, cont);
		return 0;
	}
	write_leaves(c, t, va, safe + vmsa_granule(c->g), cont);
	return -ENOTRECOVERABLE;
}

/* Is the entry of @va in the part of a new table that nobody stored to? */
static bool is_known_zero(const struct create *c, const struct vmsa_table *t,
			  vmsa_va va)
{
	return vmsa_level_index(c->g, t->level, va) >= t->zero_from;
}

/*
 * May a block go here?  The entry must be whole and aligned at both ends,
 * blocks allowed, and, in kernels that look, no table in it; older ones try and
 * have write_block() refuse (4, step 3).
 */
static bool block_fits(const struct create *c, const struct vmsa_table *t,
		       vmsa_va va, uint64_t size)
{
	const vmsa_desc old =
		vmsa_table_get(t, vmsa_level_index(c->g, t->level, va));

	if (c->flags & VMSA_LINUX_NO_BLOCK ||
	    !vmsa_linux_has_blocks(c->g, t->level) ||
	    !is_whole(c, va, size, vmsa_level_span(c->g, t->level)))
		return false;
	return !c->l->rules->sees_tables ||
	       (old & VMSA_DESC_TYPE) != VMSA_DESC_TYPE;
}

/*
 * The setter leaves an entry alone that it may not change live (4.1): then what
 * is there stays, silently.
 */
static void write_block(struct create *c, struct vmsa_table *t, vmsa_va va)
{
	const unsigned i = vmsa_level_index(c->g, t->level, va);
	const vmsa_desc new = leaf(c, t->level, va, 0);

	if (vmsa_linux_change_is_safe(c->l->rules, vmsa_table_get(t, i), new))
		vmsa_linux_set_entry(c->l, t, i, va, new);
}

/* How many whole entries from @va on are zero. */
static uint64_t zero_run(const struct create *c, const struct vmsa_table *t,
			 vmsa_va va, uint64_t size)
{
	const uint64_t whole = size >> vmsa_level_shift(c->g, t->level);
	const unsigned first = vmsa_level_index(c->g, t->level, va);
	uint64_t n = 0;

	if (is_known_zero(c, t, va))
		return whole;
	while (n < whole && !vmsa_table_get(t, first + (unsigned)n))
		n++;
	return n;
}

/* Blocks where nothing is, each with its barriers. */
static void write_each(struct create *c, struct vmsa_table *t, vmsa_va va,
		       uint64_t n)
{
	const uint64_t span = vmsa_level_span(c->g, t->level);
	unsigned i = vmsa_level_index(c->g, t->level, va);

	for (; n--; i++, va += span)
		vmsa_linux_set_entry(c->l, t, i, va, leaf(c, t->level, va, 0));
}

/*
 * Many blocks at once, where entries are zero; at one go where nobody could
 * tell: no observer, not the root, whose stores cost more.  Returns the bytes
 * mapped, 0 if each has to be looked at.
 */
static uint64_t write_blocks(struct create *c, struct vmsa_table *t, vmsa_va va,
			     uint64_t size)
{
	const uint64_t span = vmsa_level_span(c->g, t->level);
	const uint64_t n = zero_run(c, t, va, size);

	if (vmsa_space_is_observed(c->space) || is_root(c, t)) {
		write_each(c, t, va, n);
		return n * span;
	}
	write_leaves(c, t, va, n * span, 0);
	vmsa_space_count(c->space, VMSA_DSB_ISHST, n);
	vmsa_space_count(c->space, VMSA_ISB, n);
	return n * span;
}

/* --- the walk ------------------------------------------------------------ */

static int map_range(struct create *c, struct vmsa_table *t, vmsa_va va,
		     uint64_t size);

/*
 * One table after the other where somebody watches, in the kernel's order; the
 * host waits once for what it stores in them.
 */
static int map_watched(struct create *c, struct vmsa_table *t, vmsa_va va,
		       uint64_t size, uint64_t *done)
{
	const uint64_t span = vmsa_level_span(c->g, t->level);
	unsigned index = vmsa_level_index(c->g, t->level, va);
	const unsigned end = index + TOGETHER;
	struct vmsa_table child;
	int ret;

	*done = 0;
	vmsa_space_gather(c->space, true);
	do {
		const uint64_t step = piece(va + *done, size - *done, span);

		ret = new_child(c, t, index, va + *done, &child);
		if (ret)
			break;
		map_range(c, &child, va + *done, step);
		*done += step;
	} while (++index < end && *done < size && !vmsa_table_get(t, index) &&
		 !block_fits(c, t, va + *done, size - *done));
	vmsa_space_gather(c->space, false);
	return ret;
}

/*
 * Make tables below PMDs that are zero and fill them; *done bytes of @size.
 * Where nobody watches all are made and linked before the first is filled, so
 * that the host waits once for what it stores in them.  Nothing in a new table
 * can be in the way, so only the making fails, in the end with the same state.
 */
static int map_below(struct create *c, struct vmsa_table *t, vmsa_va va,
		     uint64_t size, uint64_t *done)
{
	const uint64_t span = vmsa_level_span(c->g, t->level);
	const unsigned first = vmsa_level_index(c->g, t->level, va);
	struct vmsa_table child[TOGETHER];
	uint64_t at = 0;
	unsigned n = 0;
	int ret = 0;

	do {
		ret = new_child(c, t, first + n, va + at, &child[n]);
		if (ret)
			break;
		at += piece(va + at, size - at, span);
		n++;
	} while (n < TOGETHER && at < size && !vmsa_table_get(t, first + n) &&
		 !block_fits(c, t, va + at, size - at));
	*done = 0;
	for (unsigned i = 0; i < n; i++) {
		const uint64_t step = piece(va + *done, size - *done, span);

		map_range(c, &child[i], va + *done, step);
		*done += step;
	}
	return ret;
}

/* What lies below one entry, or below some; *done bytes of @size. */
static int descend(struct create *c, struct vmsa_table *t, vmsa_va va,
		   uint64_t size, uint64_t *done)
{
	const unsigned index = vmsa_level_index(c->g, t->level, va);
	struct vmsa_table child;
	int ret;

	if (t->level == PMD_LEVEL && !vmsa_table_get(t, index))
		return vmsa_space_is_observed(c->space)
			       ? map_watched(c, t, va, size, done)
			       : map_below(c, t, va, size, done);
	*done = piece(va, size, vmsa_level_span(c->g, t->level));
	ret = get_child(c, t, va, &child);
	return ret ? ret : map_range(c, &child, va, *done);
}

/* Blocks from @va on, one or more; *done bytes of @size. */
static void map_leaves(struct create *c, struct vmsa_table *t, vmsa_va va,
		       uint64_t size, uint64_t *done)
{
	*done = write_blocks(c, t, va, size);
	if (*done)
		return;
	write_block(c, t, va);
	*done = vmsa_level_span(c->g, t->level);
}

/*
 * Entries above the pages, each a block or a way down.  @cont holds for the
 * piece, a whole group.
 */
static int map_blocks(struct create *c, struct vmsa_table *t, vmsa_va va,
		      uint64_t size, vmsa_desc cont)
{
	const vmsa_desc prot = c->prot;
	uint64_t done;
	int ret = 0;

	/* A CONT PMD group hands its bit down to the pages of its tables. */
	c->prot |= cont;
	for (; size && !ret; va += done, size -= done) {
		if (block_fits(c, t, va, size))
			map_leaves(c, t, va, size, &done);
		else
			ret = descend(c, t, va, size, &done);
	}
	c->prot = prot;
	return ret;
}

/*
 * Does no entry of the group forbid CONT: valid, and not CONT itself?  A table
 * counts as such, so a group with one stays plain (4, step 4).
 */
static bool group_agrees(const struct create *c, const struct vmsa_table *t,
			 vmsa_va va)
{
	const unsigned first = vmsa_level_index(c->g, t->level, va);
	const unsigned n = vmsa_level_contiguous(c->g, t->level);

	if (!c->l->rules->sees_tables)
		return true;
	for (unsigned i = first; i < first + n; i++) {
		const vmsa_desc d = vmsa_table_get(t, i);
		const bool cont =
			d & VMSA_LEAF_CONTIGUOUS &&
			(t->level == PTE_LEVEL || !(d & VMSA_DESC_TABLE));

		if (d & VMSA_DESC_VALID && !cont)
			return false;
	}
	return true;
}

/*
 * How far one answer to "CONT or not" reaches from @va on, and the answer.
 * Where VA and PA differ in their place in a group nothing is ever CONT, and a
 * part of a group is not; fresh groups are all alike.
 */
static uint64_t cont_piece(const struct create *c, const struct vmsa_table *t,
			   vmsa_va va, uint64_t size, vmsa_desc *cont)
{
	const unsigned n = vmsa_level_contiguous(c->g, t->level);
	const uint64_t group = n * vmsa_level_span(c->g, t->level);
	const uint64_t step = piece(va, size, group);

	*cont = 0;
	if (c->flags & VMSA_LINUX_NO_CONT || c->pa_offset & (group - 1))
		return size;
	if (step < group)
		return step;
	if (is_known_zero(c, t, va)) {
		*cont = VMSA_LEAF_CONTIGUOUS;
		return size & ~(group - 1);
	}
	if (group_agrees(c, t, va))
		*cont = VMSA_LEAF_CONTIGUOUS;
	return group;
}

/* A table of PMDs or pages, in pieces that are CONT or are not. */
static int map_groups(struct create *c, struct vmsa_table *t, vmsa_va va,
		      uint64_t size)
{
	while (size) {
		vmsa_desc cont;
		const uint64_t step = cont_piece(c, t, va, size, &cont);
		const int ret = t->level == PTE_LEVEL
					? write_pages(c, t, va, step, cont)
					: map_blocks(c, t, va, step, cont);

		if (ret)
			return ret;
		va += step;
		size -= step;
	}
	return 0;
}

/* The part of one table, between the two halves of its fixmap visit. */
static int map_range(struct create *c, struct vmsa_table *t, vmsa_va va,
		     uint64_t size)
{
	const bool visit = !is_root(c, t);
	int ret;

	if (visit)
		vmsa_linux_set_fixmap(c->l);
	ret = t->level >= PMD_LEVEL ? map_groups(c, t, va, size)
				    : map_blocks(c, t, va, size, 0);
	if (visit)
		vmsa_linux_clear_fixmap(c->l, t->level);
	return ret;
}

int vmsa_linux_map(struct vmsa_linux *sys, const struct vmsa_linux_map *map,
		   enum vmsa_phase phase)
{
	return vmsa_linux_map_with(sys, map, phase, true);
}

/* Round to pages (4, step 0), tell who listens, walk from the root. */
int vmsa_linux_map_with(struct vmsa_linux *l, const struct vmsa_linux_map *map,
			enum vmsa_phase phase, bool may_allocate)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const uint64_t mask = vmsa_granule(g) - 1;
	const vmsa_va va = map->va & ~mask;
	const uint64_t size = ((map->va & mask) + map->size + mask) & ~mask;
	struct create c = { .l = l,
			    .space = l->space,
			    .g = g,
			    .pa_offset = map->pa - map->va,
			    .prot = map->prot,
			    .flags = map->flags,
			    .phase = phase,
			    .may_allocate = may_allocate };
	struct vmsa_table root;
	int ret;

	if ((map->pa ^ map->va) & mask || !map->size)
		return -EINVAL;
	if (va - vmsa_space_base(l->space) >= UINT64_C(1) << g->va_bits ||
	    size - 1 > ~va)
		return -ERANGE;
	if (l->on_map)
		l->on_map(l->on_map_arg, map);
	vmsa_space_begin(l->space, "map");
	vmsa_table_root(l->space, &root);
	ret = map_range(&c, &root, va, size);
	vmsa_space_end(l->space, "map");
	return ret;
}
