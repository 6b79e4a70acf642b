/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pageattr.c - permission changes of kernel ranges (8)
 *
 *     change_range   = update_range, then a flush              (8.1)
 *     update_range   = split both edges, then walk and rewrite
 *     set_valid      = change_range of VALID and its mark       (8.3)
 *     direct_map_*   = update_range of one page, caller flushes (8.4)
 *
 * New values are (old & ~clear) | set, clearing first: nG and PRESENT_INVALID
 * are the same bit.  CONT is never touched here; a group is changed entry by
 * entry, so it is mixed for a moment.
 *
 * The walk takes no lock: whoever calls owns the range.
 */
#include "linux/live/live.h"
#include "linux/map/map.h"
#include "linux/pages/pages.h"

#include <errno.h>

/* One call of update_range. */
struct update {
	struct vmsa_linux *l;
	const struct vmsa_geometry *g;
	struct vmsa_change change;
};

static int update_table(const struct update *u, struct vmsa_table *t,
			vmsa_va va, uint64_t size);

/*
 * A block has to be covered whole: the split has seen to that, if it could.
 * 6.12 had only pages in mind: its helper refuses a PMD block and has a BUG()
 * at a PUD block (8.1).
 */
static int update_block(const struct update *u, struct vmsa_table *t,
			unsigned i, vmsa_va va, uint64_t size)
{
	const vmsa_desc old = vmsa_table_get(t, i);

	if (u->l->rules->allocates_in_walk) {
		u->l->warnings++;
		return t->level == PMD_LEVEL ? -EINVAL : -ENOTRECOVERABLE;
	}
	if (size != vmsa_level_span(u->g, t->level)) {
		u->l->warnings++;
		return -EINVAL;
	}
	vmsa_linux_set_entry(u->l, t, i, va,
			     (old & ~u->change.clear) | u->change.set);
	return 0;
}

/* One entry above the pages, as far as [va, va + size) covers it. */
static int update_entry(const struct update *u, struct vmsa_table *t,
			vmsa_va va, uint64_t size)
{
	const unsigned i = vmsa_level_index(u->g, t->level, va);
	const vmsa_desc old = vmsa_table_get(t, i);
	struct vmsa_table child;
	int ret;

	/* 6.12 makes tables where there are none. */
	if (is_table(old) || (!old && u->l->rules->allocates_in_walk))
		ret = vmsa_linux_get_table(u->l, t, va, &child);
	else if (!is_present(old))
		return 0;
	else
		return update_block(u, t, i, va, size);
	return ret ? ret : update_table(u, &child, va, size);
}

/* Where barriers do not wait, each store has its own behind it. */
static void update_one_by_one(const struct update *u, struct vmsa_table *t,
			      struct vmsa_table_run run)
{
	for (; run.count--; run.index++, run.va += vmsa_granule(u->g)) {
		const vmsa_desc old = vmsa_table_get(t, run.index);

		vmsa_linux_set_entry(u->l, t, run.index, run.va,
				     (old & ~u->change.clear) | u->change.set);
	}
}

/* Every page entry is rewritten, also one that was zero. */
static void update_pages(const struct update *u, struct vmsa_table *t,
			 vmsa_va va, uint64_t size)
{
	const struct vmsa_table_run run = {
		.index = vmsa_level_index(u->g, PTE_LEVEL, va),
		.count = (unsigned)(size >> u->g->granule_shift),
		.va = va,
	};

	if (!vmsa_linux_defers(u->l))
		update_one_by_one(u, t, run);
	/* Kernel pages are never executable by user space: all ask alike. */
	else if (vmsa_table_change_run(u->l->space, t, run, u->change))
		vmsa_linux_ask_barrier(u->l);
}

/*
 * Part of a table, lowest address first; what was changed before an error
 * stays.
 */
static int update_table(const struct update *u, struct vmsa_table *t,
			vmsa_va va, uint64_t size)
{
	const uint64_t span = vmsa_level_span(u->g, t->level);

	if (t->level == PTE_LEVEL) {
		update_pages(u, t, va, size);
		return 0;
	}
	while (size) {
		const uint64_t left = span - (va & (span - 1));
		const uint64_t step = size < left ? size : left;
		int ret;

		/* The host fetches the next table while this one is changed. */
		if (t->level == PMD_LEVEL && step < size)
			vmsa_table_expect(u->l->space, t, va + step);
		ret = update_entry(u, t, va, step);
		if (ret)
			return ret;
		va += step;
		size -= step;
	}
	return 0;
}

/*
 * The split comes before the check of the range, as in the kernel: an empty
 * range may leave a split behind (8.3).
 */
int vmsa_linux_update_range(struct vmsa_linux *sys, vmsa_va start,
			    uint64_t size, vmsa_desc set, vmsa_desc clear)
{
	const struct update u = { .l = sys,
				  .g = vmsa_space_geometry(sys->space),
				  .change = { clear, set } };
	struct vmsa_table root;
	int ret = 0;

	if (!sys->rules->callers_split)
		ret = vmsa_linux_split(sys, start, start + size);
	if (ret) {
		sys->warnings++;
		return ret;
	}
	if (!size || size & (vmsa_granule(u.g) - 1) ||
	    start & (vmsa_granule(u.g) - 1) || size - 1 > ~start)
		return -EINVAL;
	vmsa_space_begin(sys->space, "update_range");
	vmsa_linux_lazy_enter(sys);
	vmsa_table_root(sys->space, &root);
	ret = update_table(&u, &root, start, size);
	vmsa_linux_lazy_leave(sys);
	vmsa_space_end(sys->space, "update_range");
	return ret;
}

/* What kernel leaves have of nG: lost with VALID, restored with it. */
static vmsa_desc maybe_ng(const struct vmsa_linux *l)
{
	return l->policy.use_ng ? VMSA_LEAF_NG : 0;
}

/* What makes a leaf valid again, or invalid, in this kernel (8.3, 8.4). */
struct vmsa_change vmsa_linux_validity(const struct vmsa_linux *l, bool valid)
{
	const struct vmsa_change on = { PTE_PRESENT_INVALID,
					VMSA_DESC_VALID | maybe_ng(l) };
	const struct vmsa_change off = { on.set, on.clear };
	const struct vmsa_change old_on = { 0, VMSA_DESC_VALID };
	const struct vmsa_change old_off = { VMSA_DESC_VALID, 0 };

	if (l->rules->marks_invalid)
		return valid ? on : off;
	return valid ? old_on : old_off;
}

/* Nothing can be cached of a leaf that was invalid, so no flush is needed. */
static bool needs_no_flush(const struct vmsa_linux *l, vmsa_desc set,
			   vmsa_desc clear)
{
	const struct vmsa_change on = vmsa_linux_validity(l, true);

	return l->rules->marks_invalid && set == on.set && clear == on.clear;
}

/* The flush comes also after an error: a part may have changed. */
int vmsa_linux_change_range(struct vmsa_linux *sys, vmsa_va start,
			    uint64_t size, vmsa_desc set, vmsa_desc clear)
{
	const int ret = vmsa_linux_update_range(sys, start, size, set, clear);

	if (!needs_no_flush(sys, set, clear))
		vmsa_linux_flush(sys, start, start + size);
	return ret;
}

int vmsa_linux_set_valid(struct vmsa_linux *sys, vmsa_va addr, uint64_t pages,
			 bool valid)
{
	const struct vmsa_change c = vmsa_linux_validity(sys, valid);

	return vmsa_linux_change_range(
		sys, addr, pages << sys->kernel.granule_shift, c.set, c.clear);
}

/* One page of the direct map, if that may change. */
static int change_page(struct vmsa_linux *l, vmsa_va addr,
		       struct vmsa_change change)
{
	const uint64_t page = UINT64_C(1) << l->kernel.granule_shift;
	int ret = 0;

	if (!l->policy.can_set_direct_map)
		return 0;
	if (l->rules->callers_split)
		ret = vmsa_linux_split(l, addr, addr + page);
	return ret ? ret
		   : vmsa_linux_update_range(l, addr, page, change.set,
					     change.clear);
}

int vmsa_linux_direct_map_invalid(struct vmsa_linux *sys, vmsa_va addr)
{
	return change_page(sys, addr, vmsa_linux_validity(sys, false));
}

/* Back to valid and writable; PXN and AttrIndx stay what they were. */
int vmsa_linux_direct_map_default(struct vmsa_linux *sys, vmsa_va addr)
{
	struct vmsa_change c = vmsa_linux_validity(sys, true);

	c.set |= PTE_WRITE;
	c.clear |= PTE_RDONLY;
	return change_page(sys, addr, c);
}

/* Unlike the two above it flushes, when it invalidates. */
int vmsa_linux_direct_map_valid(struct vmsa_linux *sys, vmsa_va addr,
				uint64_t pages, bool valid)
{
	if (!sys->policy.can_set_direct_map)
		return 0;
	return vmsa_linux_set_valid(sys, addr, pages, valid);
}

/* kernel_page_present() (8.5). */
bool vmsa_linux_page_present(const struct vmsa_linux *sys, vmsa_va addr)
{
	struct vmsa_translation t;

	if (vmsa_translate(sys->space, addr, &t) || !is_present(t.desc))
		return false;
	/* Before leaves could be invalid a block was taken to be present. */
	if (t.level < PTE_LEVEL && !sys->rules->marks_invalid)
		return true;
	return is_valid(t.desc);
}
