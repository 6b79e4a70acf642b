/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.c - map an empty range: prepare what may fail, commit what cannot
 *
 * The first pass checks that the range is empty and counts the tables that
 * are missing, the second takes that many frames, the third stores.
 */
#include "table/space.h"

#include <errno.h>
#include <stdlib.h>

struct job {
	struct vmsa_space *space;
	const struct vmsa_mapping *m;
	vmsa_va end;   /* may wrap to 0 at the top of the address space */
	size_t tables; /* how many are missing */
	struct vmsa_table *stash; /* their frames, by order of use */
	size_t used;
};

/* Bytes from @va to the end of the job, or of its entry at @level. */
static uint64_t piece(const struct job *j, int level, vmsa_va va)
{
	const uint64_t span = vmsa_level_span(&j->space->geometry, level);
	const uint64_t in_entry = span - (va & (span - 1));

	return j->end - va < in_entry ? j->end - va : in_entry;
}

static vmsa_pa pa_of(const struct job *j, vmsa_va va)
{
	return j->m->pa + (va - j->m->va);
}

/* Does a leaf of @level translate all of the entry that holds @va? */
static bool leaf_fits(const struct job *j, int level, vmsa_va va)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const uint64_t span = vmsa_level_span(g, level);

	if (level == VMSA_MAX_LEVEL)
		return true;
	return vmsa_level_has_leaf(g, level) &&
	       !(j->m->flags & VMSA_MAP_NO_BLOCK) &&
	       !((va | pa_of(j, va)) & (span - 1)) && j->end - va >= span;
}

static int survey(struct job *j, const struct vmsa_table *table, int level,
		  vmsa_va va, uint64_t size);

/* One entry of the survey; @table is NULL where no table is yet. */
static int survey_entry(struct job *j, const struct vmsa_table *table,
			int level, vmsa_va va)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const vmsa_desc old =
		table ? vmsa_table_get(table, vmsa_level_index(g, level, va))
		      : 0;
	struct vmsa_table child;
	int ret;

	if (vmsa_desc_type(g, level, old) == VMSA_DESC_TYPE_TABLE) {
		ret = vmsa_table_child(j->space, level, old, &child);
		return ret ? ret
			   : survey(j, &child, level + 1, va,
				    piece(j, level, va));
	}
	if (old)
		return -EEXIST;
	if (leaf_fits(j, level, va))
		return 0;
	j->tables++;
	return survey(j, NULL, level + 1, va, piece(j, level, va));
}

static int survey(struct job *j, const struct vmsa_table *table, int level,
		  vmsa_va va, uint64_t size)
{
	/* Nothing can be missing or in the way below a missing last table. */
	if (!table && level == VMSA_MAX_LEVEL)
		return 0;
	while (size) {
		const uint64_t step = piece(j, level, va);
		const int ret = survey_entry(j, table, level, va);

		if (ret)
			return ret;
		va += step;
		size -= step;
	}
	return 0;
}

static void take_back(struct job *j, size_t n)
{
	while (n--)
		vmsa_frame_free(j->space->memory, j->stash[n].pa,
				j->stash[n].level);
	free(j->stash);
}

/* Levels are filled in at use: frames are alike until then. */
static int take_frames(struct job *j)
{
	const int level = VMSA_MAX_LEVEL;

	if (!j->tables)
		return 0;
	j->stash = malloc(j->tables * sizeof(*j->stash));
	if (!j->stash)
		return -ENOMEM;
	for (size_t i = 0; i < j->tables; i++) {
		vmsa_pa pa;

		if (vmsa_frame_alloc(j->space->memory, j->m->phase, level,
				     &pa)) {
			take_back(j, i);
			return -ENOMEM;
		}
		j->stash[i] =
			(struct vmsa_table){ .pa = pa, .level = (int8_t)level };
	}
	return 0;
}

/* Consecutive whole leaves from @va on that find empty entries in @t. */
static unsigned leaf_run(const struct job *j, const struct vmsa_table *t,
			 vmsa_va va)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const unsigned shift = vmsa_level_shift(g, t->level);
	const unsigned first = vmsa_level_index(g, t->level, va);
	const unsigned room = vmsa_level_entries(g, t->level) - first;
	const uint64_t whole = (j->end - va) >> shift;
	const uint64_t carry = vmsa_oa_run(g, pa_of(j, va), shift);
	uint64_t max = room;
	unsigned n = 1;

	if (whole < max)
		max = whole;
	if (carry < max)
		max = carry;
	/* A table that became empty may stand where a block would fit. */
	while (n < max && first + n < t->zero_from &&
	       !vmsa_table_get(t, first + n))
		n++;
	return first + n >= t->zero_from ? (unsigned)max : n;
}

static void store_leaves(struct job *j, struct vmsa_table *t, vmsa_va va,
			 unsigned n, vmsa_desc extra)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const vmsa_desc type = t->level == VMSA_MAX_LEVEL ? 3 : 1;

	if (n)
		vmsa_table_set_run(j->space, t,
				   vmsa_level_index(g, t->level, va), n, va,
				   vmsa_oa_desc(g, pa_of(j, va)) | j->m->attr |
					   type | extra,
				   vmsa_level_span(g, t->level));
}

/* Whole contiguous groups in the middle of the run carry the hint. */
static void map_leaves(struct job *j, struct vmsa_table *t, vmsa_va va,
		       unsigned n)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const uint64_t span = vmsa_level_span(g, t->level);
	const unsigned group = vmsa_level_contiguous(g, t->level);
	const uint64_t mask = span * group - 1;
	unsigned head, middle;

	if (group == 1 || j->m->flags & VMSA_MAP_NO_CONTIGUOUS ||
	    (va ^ pa_of(j, va)) & mask) {
		store_leaves(j, t, va, n, 0);
		return;
	}
	head = (unsigned)(((mask + 1 - (va & mask)) & mask) / span);
	if (head > n)
		head = n;
	middle = (n - head) / group * group;
	store_leaves(j, t, va, head, 0);
	store_leaves(j, t, va + head * span, middle, VMSA_LEAF_CONTIGUOUS);
	store_leaves(j, t, va + (head + middle) * span, n - head - middle, 0);
}

static void commit(struct job *j, struct vmsa_table *t, vmsa_va va,
		   uint64_t size);

/* A stashed frame becomes a table, is filled, and only then is linked. */
static void commit_new_child(struct job *j, struct vmsa_table *t, vmsa_va va)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	struct vmsa_table child = j->stash[j->used++];

	vmsa_frame_relabel(j->space->memory, child.level, t->level + 1);
	vmsa_table_adopt(j->space, t->level + 1, &child);
	commit(j, &child, va, piece(j, t->level, va));
	vmsa_space_barrier(j->space, VMSA_DSB_ISHST);
	vmsa_table_set(j->space, t, vmsa_level_index(g, t->level, va),
		       va & ~(vmsa_level_span(g, t->level) - 1),
		       vmsa_oa_desc(g, child.pa) | j->m->table_attr |
			       VMSA_DESC_TYPE);
}

static void commit_child(struct job *j, struct vmsa_table *t, vmsa_va va)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const vmsa_desc old =
		vmsa_table_get(t, vmsa_level_index(g, t->level, va));
	struct vmsa_table child;

	if (!old) {
		commit_new_child(j, t, va);
		return;
	}
	/* The survey has followed it already: it is there. */
	if (!vmsa_table_child(j->space, t->level, old, &child))
		commit(j, &child, va, piece(j, t->level, va));
}

static void commit(struct job *j, struct vmsa_table *t, vmsa_va va,
		   uint64_t size)
{
	const struct vmsa_geometry *g = &j->space->geometry;

	while (size) {
		const unsigned i = vmsa_level_index(g, t->level, va);
		uint64_t step = piece(j, t->level, va);

		if (!vmsa_table_get(t, i) && leaf_fits(j, t->level, va)) {
			const unsigned n = leaf_run(j, t, va);

			map_leaves(j, t, va, n);
			step = n * vmsa_level_span(g, t->level);
		} else {
			commit_child(j, t, va);
		}
		va += step;
		size -= step;
	}
}

static int check(const struct vmsa_space *s, const struct vmsa_mapping *m)
{
	const struct vmsa_geometry *g = &s->geometry;
	const uint64_t mask = vmsa_granule(g) - 1;
	const uint64_t oa_end = UINT64_C(1) << vmsa_oa_bits(g);

	if (!m->size || (m->va | m->pa | m->size) & mask)
		return -EINVAL;
	if (!vmsa_space_holds(s, m->va, m->size) || m->pa >= oa_end ||
	    m->size > oa_end - m->pa)
		return -ERANGE;
	return 0;
}

int vmsa_map(struct vmsa_space *space, const struct vmsa_mapping *m)
{
	struct job j = { .space = space, .m = m, .end = m->va + m->size };
	struct vmsa_table root;
	int ret;

	ret = check(space, m);
	if (ret)
		return ret;
	vmsa_table_root(space, &root);
	ret = survey(&j, &root, root.level, m->va, m->size);
	if (!ret)
		ret = take_frames(&j);
	if (ret)
		return ret;
	vmsa_space_begin(space, "map");
	commit(&j, &root, m->va, m->size);
	vmsa_space_barrier(space, VMSA_DSB_ISHST);
	vmsa_space_barrier(space, VMSA_ISB);
	vmsa_space_end(space, "map");
	free(j.stash);
	return 0;
}
