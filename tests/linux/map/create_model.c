/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/map/create_model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BIT(n) (UINT64_C(1) << (n))

/* A table in the model: what its descriptor says besides its address. */
#define IS_TABLE(d) (((d)&3) == 3)

struct call {
	struct model *m;
	uint64_t pa_minus_va;
	unsigned flags;
};

static unsigned shift(const struct model *m, int level)
{
	return m->page_shift + (m->page_shift - 3) * (unsigned)(3 - level);
}

/* Table 1.1: entries in a CONT group. */
static unsigned group(const struct model *m, int level)
{
	if (m->page_shift == 12)
		return 16;
	if (m->page_shift == 14)
		return level == 3 ? 128 : 32;
	return 32;
}

static vmsa_desc *entry(const struct model *m, int level, vmsa_va va)
{
	vmsa_desc *const arrays[] = { m->l1, m->l2, m->l3 };

	return &arrays[level - 1][(va - m->start) >> shift(m, level)];
}

static uint64_t oa(const struct model *m, vmsa_pa pa)
{
	if (m->lpa2)
		return (pa & (BIT(50) - 1)) | (pa >> 50 & 3) << 8;
	if (m->lpa)
		return (pa & (BIT(48) - 1)) | (pa >> 48 & 15) << 12;
	return pa;
}

/* 4.1, in words: what may differ between two live descriptors. */
static bool is_safe(const struct model *m, vmsa_desc old, vmsa_desc new)
{
	static const unsigned may_differ[] = {
		7, 11, 51, 53, 55, 56, 57, 58, 63
	};
	const unsigned old_attr = old >> 2 & 7, new_attr = new >> 2 & 7;

	if (!(old & 1) || !(new & 1))
		return true;
	if (m->rules.cont_frozen && (old | new) & BIT(52))
		return false;
	if (old & BIT(11) && !(new &BIT(11)))
		return false;
	for (size_t i = 0; i < COUNT(may_differ); i++) {
		old &= ~BIT(may_differ[i]);
		new &= ~BIT(may_differ[i]);
	}
	if (old_attr <= 1 && new_attr <= 1) {
		old &= ~(uint64_t)0x1c;
		new &= ~(uint64_t)0x1c;
	}
	return old == new;
}

static bool aligned(const struct call *c, vmsa_va va, vmsa_va next,
		    uint64_t size)
{
	return !((va | next | (va + c->pa_minus_va)) & (size - 1));
}

static enum model_end take_table(struct model *m)
{
	if (!m->may_allocate)
		return MODEL_NO_MEMORY;
	if (m->may_allocate > 0)
		m->may_allocate--;
	return MODEL_DONE;
}

/* Make sure there is a table in @e. */
static enum model_end need_table(const struct call *c, vmsa_desc *e)
{
	enum model_end end;

	if (*e)
		return IS_TABLE(*e) ? MODEL_DONE : MODEL_BUG;
	end = take_table(c->m);
	if (end == MODEL_DONE)
		*e = 3 | BIT(60) | (c->m->rules.table_af ? BIT(10) : 0) |
		     (c->flags & VMSA_LINUX_NO_EXEC ? BIT(59) : 0);
	return end;
}

static void set_block(const struct call *c, vmsa_desc *e, vmsa_va va,
		      vmsa_desc prot)
{
	const vmsa_desc new =
		(prot & ~UINT64_C(2)) | oa(c->m, va + c->pa_minus_va);

	if (is_safe(c->m, *e, new))
		*e = new;
}

static enum model_end map_l3(const struct call *c, vmsa_va va, vmsa_va end,
			     vmsa_desc prot)
{
	const uint64_t page = BIT(c->m->page_shift);

	for (; va < end; va += page) {
		vmsa_desc *e = entry(c->m, 3, va);
		const vmsa_desc old = *e;

		*e = prot | oa(c->m, va + c->pa_minus_va);
		if (!is_safe(c->m, old, *e))
			return MODEL_BUG;
	}
	return MODEL_DONE;
}

static enum model_end map_groups(const struct call *c, int level, vmsa_va va,
				 vmsa_va end, vmsa_desc prot);

static enum model_end map_l2(const struct call *c, vmsa_va va, vmsa_va end,
			     vmsa_desc prot)
{
	const uint64_t span = BIT(shift(c->m, 2));

	while (va < end) {
		const vmsa_va boundary = (va | (span - 1)) + 1;
		const vmsa_va next = boundary < end ? boundary : end;
		vmsa_desc *e = entry(c->m, 2, va);
		enum model_end ret;

		if (aligned(c, va, next, span) &&
		    !(c->flags & VMSA_LINUX_NO_BLOCK) &&
		    !(c->m->rules.sees_tables && IS_TABLE(*e))) {
			set_block(c, e, va, prot);
		} else {
			ret = need_table(c, e);
			if (ret == MODEL_DONE)
				ret = map_groups(c, 3, va, next, prot);
			if (ret != MODEL_DONE)
				return ret;
		}
		va = next;
	}
	return MODEL_DONE;
}

/* May the CONT group that starts at @va become CONT? */
static bool group_may(const struct call *c, int level, vmsa_va va)
{
	const vmsa_desc *e = entry(c->m, level, va);

	if (!c->m->rules.sees_tables)
		return true;
	for (unsigned i = 0; i < group(c->m, level); i++) {
		const bool table = level < 3 && IS_TABLE(e[i]);

		if (e[i] & 1 && (table || !(e[i] & BIT(52))))
			return false;
	}
	return true;
}

static enum model_end map_groups(const struct call *c, int level, vmsa_va va,
				 vmsa_va end, vmsa_desc prot)
{
	const uint64_t span = group(c->m, level) * BIT(shift(c->m, level));

	while (va < end) {
		const vmsa_va boundary = (va | (span - 1)) + 1;
		const vmsa_va next = boundary < end ? boundary : end;
		vmsa_desc p = prot;
		enum model_end ret;

		if (aligned(c, va, next, span) &&
		    !(c->flags & VMSA_LINUX_NO_CONT) && group_may(c, level, va))
			p |= BIT(52);
		ret = level == 2 ? map_l2(c, va, next, p)
				 : map_l3(c, va, next, p);
		if (ret != MODEL_DONE)
			return ret;
		va = next;
	}
	return MODEL_DONE;
}

static enum model_end map_l1(const struct call *c, vmsa_va va, vmsa_va end,
			     vmsa_desc prot)
{
	const uint64_t span = BIT(shift(c->m, 1));

	while (va < end) {
		const vmsa_va boundary = (va | (span - 1)) + 1;
		const vmsa_va next = boundary < end ? boundary : end;
		vmsa_desc *e = entry(c->m, 1, va);
		enum model_end ret;

		if (c->m->page_shift == 12 && aligned(c, va, next, span) &&
		    !(c->flags & VMSA_LINUX_NO_BLOCK) &&
		    !(c->m->rules.sees_tables && IS_TABLE(*e))) {
			set_block(c, e, va, prot);
		} else {
			ret = need_table(c, e);
			if (ret == MODEL_DONE)
				ret = map_groups(c, 2, va, next, prot);
			if (ret != MODEL_DONE)
				return ret;
		}
		va = next;
	}
	return MODEL_DONE;
}

enum model_end model_map(struct model *m, const struct vmsa_linux_map *map)
{
	const uint64_t mask = BIT(m->page_shift) - 1;
	const struct call c = { m, map->pa - map->va, map->flags };
	const vmsa_va va = map->va & ~mask;
	const vmsa_va end = (map->va + map->size + mask) & ~mask;

	for (; m->upper_left; m->upper_left--) {
		const enum model_end ret = take_table(m);

		if (ret != MODEL_DONE)
			return ret;
	}
	return m->has_l1 ? map_l1(&c, va, end, map->prot)
			 : map_groups(&c, 2, va, end, map->prot);
}

void model_init(struct model *m, const struct vmsa_linux *l, vmsa_va start,
		uint64_t size)
{
	const enum vmsa_linux_version v = vmsa_linux_kernel(l)->version;
	const struct tables t = tables_of(l);
	const int top = tables_start_level(&t);

	*m = (struct model){
		.rules = { .sees_tables = v == VMSA_LINUX_V7_3,
			   .table_af = v >= VMSA_LINUX_V6_18,
			   .cont_frozen = v != VMSA_LINUX_V7_3 },
		.page_shift = t.granule_shift,
		.lpa = t.lpa,
		.lpa2 = t.lpa2,
		.has_l1 = top <= 1,
		.start = start,
		.size = size,
		.upper_left = top <= 1 ? 1 - top : 0,
		.may_allocate = -1,
	};
	m->l1 = calloc((size >> shift(m, 1)) + 1, sizeof(*m->l1));
	m->l2 = calloc(size >> shift(m, 2), sizeof(*m->l2));
	m->l3 = calloc(size >> shift(m, 3), sizeof(*m->l3));
	assert_true(m->l1 && m->l2 && m->l3);
}

void model_drop(struct model *m)
{
	free(m->l1);
	free(m->l2);
	free(m->l3);
}

/* --- comparison ----------------------------------------------------------- */

static void compare_entry(const struct model *m, int level, vmsa_va va,
			  vmsa_desc ours)
{
	const vmsa_desc want = *entry(m, level, va);
	/* Table addresses are the allocator's affair. */
	const uint64_t ignored = level < 3 && IS_TABLE(want)
					 ? m->lpa2  ? 0x3fffffffff300
					   : m->lpa ? 0xfffffffff000
						    : 0xfffffffff000
					 : 0;

	if ((ours ^ want) & ~ignored)
		fail_msg("%016" PRIx64 " level %d: model %016" PRIx64
			 ", ours %016" PRIx64,
			 va, level, want, ours);
}

static void compare_pages(const struct model *m, const struct vmsa_linux *l,
			  vmsa_va va, vmsa_pa table)
{
	const vmsa_desc *ours = vmsa_memory_frame(vmsa_linux_memory(l), table);
	const uint64_t page = BIT(m->page_shift);

	assert_non_null(ours);
	if (!memcmp(ours, entry(m, 3, va), page))
		return;
	for (uint64_t i = 0; i < page / 8; i++)
		compare_entry(m, 3, va + i * page, ours[i]);
}

static void compare_l2(const struct model *m, const struct vmsa_linux *l,
		       vmsa_va va, vmsa_va end)
{
	const struct tables t = tables_of(l);
	const uint64_t span = BIT(shift(m, 2));

	for (; va < end; va += span) {
		const vmsa_desc ours = tables_at(&t, va, 2);

		compare_entry(m, 2, va, ours);
		if (IS_TABLE(ours))
			compare_pages(m, l, va, tables_oa(&t, ours));
	}
}

void model_compare(const struct model *m, const struct vmsa_linux *l)
{
	const struct tables t = tables_of(l);
	const uint64_t span = BIT(shift(m, 1));
	const vmsa_va end = m->start + m->size;

	if (!m->has_l1) {
		compare_l2(m, l, m->start, end);
		return;
	}
	for (vmsa_va va = m->start; va < end; va += span) {
		const vmsa_desc ours = tables_at(&t, va, 1);

		compare_entry(m, 1, va, ours);
		if (IS_TABLE(ours))
			compare_l2(m, l, va, end - va < span ? end : va + span);
	}
}
