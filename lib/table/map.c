/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map.c - map an empty range: prepare what may fail, commit what cannot
 *
 * The survey checks that the range is empty and counts the tables that are
 * missing; then that many frames are taken; then everything is stored.  The
 * tables of neighbouring entries are filled one after the other and linked
 * together, behind one barrier.
 *
 *     survey()   reads only        -EEXIST, -EFAULT: nothing was done
 *     take       j.tables frames   -ENOMEM: frames go back, nothing was done
 *     commit()   stores            cannot fail
 *
 * The largest leaf that fits is used everywhere, and whole contiguous groups
 * get the hint.  No order between the leaves matters: the range was empty, and
 * an entry that was invalid needs no break-before-make (D8.16).
 */
#include "table/space.h"

#include <errno.h>
#include <stdlib.h>

/* One call of vmsa_map(). */
struct job {
	struct vmsa_space *space;
	const struct vmsa_mapping *m; /* checked */
	vmsa_va end;    /* may wrap to 0 at the top of the address space */
	size_t tables;  /* how many are missing */
	vmsa_pa *stash; /* their frames, by order of use */
	size_t used;
};

/* Bytes from @va to the end of the job, or of its entry at @level. */
static uint64_t piece(const struct job *j, int level, vmsa_va va)
{
	const uint64_t span = vmsa_level_span(&j->space->geometry, level);
	const uint64_t in_entry = span - (va & (span - 1));

	return j->end - va < in_entry ? j->end - va : in_entry;
}

/* The output address of @va. */
static vmsa_pa pa_of(const struct job *j, vmsa_va va)
{
	return j->m->pa + (va - j->m->va);
}

/* Does the format have leaves at @level, and does the caller want them? */
static bool may_have_leaf(const struct job *j, int level)
{
	return level == VMSA_MAX_LEVEL ||
	       (vmsa_level_has_leaf(&j->space->geometry, level) &&
		!(j->m->flags & VMSA_MAP_NO_BLOCK));
}

/* Does a leaf of @level translate all of the entry that holds @va? */
static bool leaf_fits(const struct job *j, int level, vmsa_va va)
{
	const uint64_t span = vmsa_level_span(&j->space->geometry, level);

	return may_have_leaf(j, level) && !((va | pa_of(j, va)) & (span - 1)) &&
	       j->end - va >= span;
}

/*
 * Tables that are missing below a table that is missing itself, to map
 * [@va, @va + @size) of it: arithmetic, nothing can be in the way.
 */
static size_t count_tables(const struct job *j, int level, vmsa_va va,
			   uint64_t size)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const unsigned shift = vmsa_level_shift(g, level);
	const vmsa_va last = va + (size - 1);
	size_t n = 0;

	if (level == VMSA_MAX_LEVEL)
		return 0;
	/* All entries are alike: each leads to a last-level table. */
	if (level == VMSA_MAX_LEVEL - 1 && !may_have_leaf(j, level))
		return (size_t)((last >> shift) - (va >> shift)) + 1;
	while (size) {
		uint64_t step = piece(j, level, va);

		/* Once one fits, all whole entries that follow do. */
		if (leaf_fits(j, level, va))
			step = size >> shift << shift;
		else
			n += 1 + count_tables(j, level + 1, va, step);
		va += step;
		size -= step;
	}
	return n;
}

static int survey(struct job *j, const struct vmsa_table *table, vmsa_va va,
		  uint64_t size);

/* One entry: what is there may only be a table, and then that is surveyed. */
static int survey_entry(struct job *j, const struct vmsa_table *table,
			vmsa_va va, uint64_t size)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const int level = table->level;
	const vmsa_desc old =
		vmsa_table_get(table, vmsa_level_index(g, level, va));
	struct vmsa_table child;
	int ret;

	if (vmsa_desc_type(g, level, old) == VMSA_DESC_TYPE_TABLE) {
		ret = vmsa_table_child(j->space, level, old, &child);
		return ret ? ret : survey(j, &child, va, size);
	}
	if (old)
		return -EEXIST;
	if (!leaf_fits(j, level, va))
		j->tables += 1 + count_tables(j, level + 1, va, size);
	return 0;
}

/* Part of a table: [@va, @va + @size) lies in it. */
static int survey(struct job *j, const struct vmsa_table *table, vmsa_va va,
		  uint64_t size)
{
	while (size) {
		const uint64_t step = piece(j, table->level, va);
		const int ret = survey_entry(j, table, va, step);

		if (ret)
			return ret;
		va += step;
		size -= step;
	}
	return 0;
}

/* Frames are alike until they are used: all are accounted as last-level. */
static void take_back(struct job *j, size_t n)
{
	while (n--)
		vmsa_frame_free(j->space->memory, j->stash[n], VMSA_MAX_LEVEL);
	free(j->stash);
}

/* All frames before the first store: this is what may run out. */
static int take_frames(struct job *j)
{
	if (!j->tables)
		return 0;
	j->stash = malloc(j->tables * sizeof(*j->stash));
	if (!j->stash)
		return -ENOMEM;
	for (size_t i = 0; i < j->tables; i++) {
		if (vmsa_frame_alloc(j->space->memory, j->m->phase,
				     VMSA_MAX_LEVEL, &j->stash[i])) {
			take_back(j, i);
			return -ENOMEM;
		}
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

/* A run of @n leaves, none if @n is 0. */
static void store_leaves(struct job *j, struct vmsa_table *t, vmsa_va va,
			 unsigned n, vmsa_desc extra)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const vmsa_desc type =
		t->level == VMSA_MAX_LEVEL ? VMSA_DESC_TYPE : VMSA_DESC_VALID;

	if (n)
		vmsa_table_set_run(j->space, t,
				   vmsa_level_index(g, t->level, va), n, va,
				   vmsa_oa_desc(g, pa_of(j, va)) | j->m->attr |
					   type | extra,
				   vmsa_level_span(g, t->level));
}

/*
 * Whole contiguous groups in the middle of the run carry the hint.  A group
 * needs its VA and its PA aligned alike: where they differ in the bits below a
 * group, no group can be made anywhere.
 *
 *     va ->  | head |  group  |  group  | tail |
 *              plain    contiguous       plain
 */
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

/* Entries from @va on that the job touches and that need a new table each. */
static unsigned missing_run(const struct job *j, const struct vmsa_table *t,
			    vmsa_va va, uint64_t size)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const unsigned first = vmsa_level_index(g, t->level, va);
	unsigned n = 0;

	while (size && !vmsa_table_get(t, first + n) &&
	       !leaf_fits(j, t->level, va)) {
		const uint64_t step = piece(j, t->level, va);

		va += step;
		size -= step;
		n++;
	}
	return n;
}

/* The table descriptor for @table. */
static vmsa_desc link_to(const struct job *j, vmsa_pa table)
{
	return vmsa_oa_desc(&j->space->geometry, table) | j->m->table_attr |
	       VMSA_DESC_TYPE;
}

/* Frames mostly come one below the other, so links are arithmetic runs. */
static void link_tables(const struct job *j, struct vmsa_table *t, vmsa_va va,
			unsigned n, const vmsa_pa *tables)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const uint64_t span = vmsa_level_span(g, t->level);
	const unsigned index = vmsa_level_index(g, t->level, va);
	unsigned run;

	va &= ~(span - 1);
	for (unsigned i = 0; i < n; i += run) {
		const vmsa_desc first = link_to(j, tables[i]);
		const uint64_t step =
			i + 1 < n ? link_to(j, tables[i + 1]) - first : 0;

		for (run = 1; i + run < n; run++) {
			if (link_to(j, tables[i + run]) != first + run * step)
				break;
		}
		vmsa_table_set_run(j->space, t, index + i, run, va + i * span,
				   first, step);
	}
}

/*
 * Stashed frames become tables, are filled, and only then are linked: until its
 * link is stored nobody can reach a table, so one barrier between filling and
 * linking is enough for all @n.
 */
static void commit_missing(struct job *j, struct vmsa_table *t, vmsa_va va,
			   unsigned n)
{
	const vmsa_pa *tables = j->stash + j->used;
	const int level = t->level + 1;
	vmsa_va at = va;

	j->used += n;
	for (unsigned i = 0; i < n; i++) {
		const uint64_t step = piece(j, t->level, at);
		struct vmsa_table child = { .pa = tables[i] };

		vmsa_frame_relabel(j->space->memory, VMSA_MAX_LEVEL, level);
		vmsa_table_adopt(j->space, level, &child);
		commit(j, &child, at, step);
		at += step;
	}
	vmsa_space_barrier(j->space, VMSA_DSB_ISHST);
	link_tables(j, t, va, n, tables);
}

/* Bytes of the job in @n entries of @level, the first one holding @va. */
static uint64_t reach(const struct job *j, int level, vmsa_va va, unsigned n)
{
	const uint64_t rest = (uint64_t)(n - 1)
			      << vmsa_level_shift(&j->space->geometry, level);
	const uint64_t first = piece(j, level, va);

	return rest < j->end - va - first ? first + rest : j->end - va;
}

/* One entry, or as many like it as follow; the bytes they map. */
static uint64_t commit_some(struct job *j, struct vmsa_table *t, vmsa_va va,
			    uint64_t size)
{
	const struct vmsa_geometry *g = &j->space->geometry;
	const vmsa_desc old =
		vmsa_table_get(t, vmsa_level_index(g, t->level, va));
	struct vmsa_table child;
	unsigned n = 1;

	if (old) {
		/* The survey has followed it already: it is there. */
		if (!vmsa_table_child(j->space, t->level, old, &child))
			commit(j, &child, va, piece(j, t->level, va));
	} else if (leaf_fits(j, t->level, va)) {
		n = leaf_run(j, t, va);
		map_leaves(j, t, va, n);
	} else {
		n = missing_run(j, t, va, size);
		commit_missing(j, t, va, n);
	}
	return reach(j, t->level, va, n);
}

/* Part of a table, of which nothing can fail any more. */
static void commit(struct job *j, struct vmsa_table *t, vmsa_va va,
		   uint64_t size)
{
	while (size) {
		const uint64_t done = commit_some(j, t, va, size);

		va += done;
		size -= done;
	}
}

/* What can be refused without reading a table. */
static int check(const struct vmsa_space *s, const struct vmsa_mapping *m)
{
	const struct vmsa_geometry *g = &s->geometry;
	const uint64_t mask = vmsa_granule(g) - 1;
	const vmsa_desc ours = vmsa_oa_mask(g) | VMSA_DESC_TYPE;
	const uint64_t oa_end = UINT64_C(1) << vmsa_oa_bits(g);

	if (!m->size || (m->va | m->pa | m->size) & mask)
		return -EINVAL;
	if (m->attr & (ours | VMSA_LEAF_CONTIGUOUS) || m->table_attr & ours)
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
	ret = survey(&j, &root, m->va, m->size);
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
