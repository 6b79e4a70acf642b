/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/live/flat.h"

#include <stdlib.h>
#include <string.h>

#define BIT(n) (UINT64_C(1) << (n))

static unsigned shift_of(const struct flat *f)
{
	return f->world->granule_shift;
}

uint64_t flat_hot_pages(const struct world *w)
{
	return (w->granule_shift == 16 ? 512 * MIB : 128 * MIB) >>
	       w->granule_shift;
}

/* --- what operations do, page by page ------------------------------------ */

static void fill(struct flat *f, uint64_t from, uint64_t to, struct page p)
{
	for (uint64_t i = from; i < to; i++) {
		f->existing += p.exists;
		f->existing -= f->linear[i].exists;
		f->linear[i] = p;
	}
}

void flat_open(struct flat *f, const struct world *w,
	       const struct vmsa_linux *l)
{
	const struct vmsa_linux_image *image = &vmsa_linux_kernel(l)->image;
	const vmsa_pa text = vmsa_linux_image(l) - FLAT_BASE;
	const bool new = w->version == VMSA_LINUX_V7_3;
	const struct page rw = { .exists = true, .valid = true, .write = true };
	const struct page data = { .exists = true, .write = true };
	const struct page ro = {
		.exists = true, .valid = true, .ro = true, .untagged = true
	};

	memset(f, 0, sizeof(*f));
	f->world = w;
	f->pages = FLAT_BYTES >> w->granule_shift;
	f->linear = calloc(f->pages, sizeof(*f->linear));
	assert_non_null(f->linear);
	fill(f, 0, 2 * GIB >> w->granule_shift, rw);
	fill(f, text >> w->granule_shift,
	     (text + image->init_begin) >> w->granule_shift, ro);
	if (new)
		fill(f, (text + image->init_end) >> w->granule_shift,
		     (text + image->bss_stop) >> w->granule_shift, data);
}

void flat_close(struct flat *f)
{
	free(f->linear);
}

static void set_valid(struct flat *f, const struct op *op, bool valid)
{
	for (uint64_t i = 0; i < op->pages; i++)
		f->linear[op->page + i].valid = valid;
}

/* set_direct_map_default_noflush() */
static void reset(struct flat *f, uint64_t page, uint64_t pages)
{
	for (uint64_t i = page; f->world->direct && i < page + pages; i++) {
		f->linear[i].valid = true;
		f->linear[i].write = true;
		f->linear[i].ro = false;
	}
}

static void set_ro(struct page *p, bool ro)
{
	p->ro = ro;
	p->write = !ro;
}

static void change(struct page *p, enum vmsa_set_memory set)
{
	switch (set) {
	case VMSA_SET_RO:
	case VMSA_SET_RW:
		set_ro(p, set == VMSA_SET_RO);
		break;
	case VMSA_SET_NX:
	case VMSA_SET_X:
		p->x = set == VMSA_SET_X;
		break;
	default:
		set_ro(p, true);
		p->x = true;
	}
}

static void set_memory(struct flat *f, const struct op *op)
{
	const struct op *made = &f->made[op->slot];
	const bool follows = f->world->full && op->set != VMSA_SET_NX &&
			     op->set != VMSA_SET_X;
	const bool whole = f->world->version != VMSA_LINUX_V7_3;
	const bool ro = op->set != VMSA_SET_RW;

	for (uint64_t i = 0; i < made->pages; i++) {
		const bool asked = i >= op->page && i < op->page + op->pages;

		if (asked)
			change(&f->area[op->slot][i], op->set);
		if (follows && (asked || whole))
			set_ro(&f->linear[made->page + i], ro);
	}
}

static void make(struct flat *f, const struct op *op)
{
	const struct page rw = { .exists = true, .valid = true, .write = true };

	f->made[op->slot] = *op;
	for (uint64_t i = 0; op->kind == OP_VMALLOC && i < op->pages; i++)
		f->area[op->slot][i] = rw;
}

/* A module of 3 pages of text, 2 of data, 1 of rodata, 2 of init text. */
static void load_module(struct flat *f, const struct op *op)
{
	make(f, op);
	for (unsigned i = 0; f->world->full && i < 6; i++) {
		if (i != 3 && i != 4)
			set_ro(&f->linear[op->page + i], true);
	}
	reset(f, op->page + 6, 2);
}

static void unmake(struct flat *f, const struct op *op)
{
	struct op *made = &f->made[op->slot];

	reset(f, made->page, made->kind == OP_MODULE_LOAD ? 6 : made->pages);
	made->pages = 0;
}

static void hot(struct flat *f, const struct op *op, bool add)
{
	const uint64_t from =
		(2 * GIB >> shift_of(f)) + op->slot * flat_hot_pages(f->world);
	const struct page p = { .exists = add, .valid = add, .write = add };

	fill(f, from, from + flat_hot_pages(f->world), p);
	if (!add)
		f->tables = 0; /* the only time there may be fewer */
}

void flat_apply(struct flat *f, const struct op *op, int ret)
{
	if (ret)
		return;
	switch (op->kind) {
	case OP_INVALID:
		if (f->world->direct)
			set_valid(f, op, false);
		break;
	case OP_DEFAULT:
		reset(f, op->page, op->pages);
		break;
	case OP_SET_VALID:
	case OP_SET_INVALID:
		set_valid(f, op, op->kind == OP_SET_VALID);
		break;
	case OP_VMALLOC:
		make(f, op);
		break;
	case OP_SET_MEMORY:
		set_memory(f, op);
		break;
	case OP_MODULE_LOAD:
		load_module(f, op);
		break;
	case OP_SECRET_MAP:
		make(f, op);
		set_valid(f, op, false);
		break;
	case OP_VFREE:
	case OP_MODULE_UNLOAD:
	case OP_SECRET_UNMAP:
		unmake(f, op);
		break;
	case OP_HOT_ADD:
	case OP_HOT_REMOVE:
		hot(f, op, op->kind == OP_HOT_ADD);
		break;
	default:
		break;
	}
}

/* --- the tables, page by page -------------------------------------------- */

/* A walk over everything below the root, with its own arithmetic. */
struct scan {
	struct flat *f;
	struct tables t;
	vmsa_va base;     /* of the linear map */
	uint64_t tables;  /* met so far */
	uint64_t covered; /* pages a leaf was met for */
	const char *broken;
};

static const char *leaf_is(const struct page *p, vmsa_desc d, bool present)
{
	if (!p->exists)
		return d ? "something is mapped where nothing should be" : NULL;
	if (!present || p->valid != (d & 1))
		return "a page is valid that should not be, or is not";
	if (p->ro != !!(d & BIT(7)) || p->write != !!(d & BIT(51)))
		return "a page has other permissions";
	if (!(d & BIT(53)) || !(d & BIT(54)) || !(d & BIT(10)))
		return "a page of the linear map is executable or lost AF";
	return (d >> 2 & 7) == !p->untagged ? NULL
					    : "a page has other attributes";
}

/* Is the group of entry @i CONT as a whole, or not at all (property 3)? */
static const char *group_is_sound(const struct scan *s, const vmsa_desc *table,
				  unsigned i, int level)
{
	const unsigned shift = s->t.granule_shift;
	const unsigned n = level == 3 ? (shift == 12   ? 16
					 : shift == 14 ? 128
						       : 32)
				      : (shift == 12 ? 16 : 32);
	const uint64_t span = BIT(tables_shift(&s->t, level));
	const vmsa_desc first = table[i & ~(n - 1)];

	if (i & (n - 1) || !((first | table[i + 1]) & BIT(52)))
		return NULL;
	if (tables_oa(&s->t, first) & (n * span - 1))
		return "a CONT group is not aligned";
	for (unsigned j = 0; j < n; j++) {
		if (table[i + j] != first + j * span)
			return "a CONT group is not of one piece";
	}
	return NULL;
}

static void scan_leaf(struct scan *s, vmsa_va va, vmsa_desc d, int level)
{
	const unsigned shift = s->t.granule_shift;
	const uint64_t n = BIT(tables_shift(&s->t, level) - shift);
	const uint64_t first = (va - s->base) >> shift;
	const vmsa_pa oa = tables_oa(&s->t, d) & ~((n << shift) - 1);

	if (first >= s->f->pages || first + n > s->f->pages) {
		s->broken = "a leaf lies beyond all memory";
		return;
	}
	if (oa != FLAT_BASE + (first << shift))
		s->broken = "a page is mapped to another address";
	for (uint64_t i = 0; i < n && !s->broken; i++)
		s->broken = leaf_is(&s->f->linear[first + i], d, true);
	s->covered += n;
}

static void scan_table(struct scan *s, vmsa_pa pa, vmsa_va va, int level)
{
	const unsigned shift = tables_shift(&s->t, level);
	const bool root = level == tables_start_level(&s->t);
	const unsigned n = root ? (unsigned)BIT(s->t.va_bits - shift)
				: (unsigned)BIT(s->t.granule_shift - 3);
	const vmsa_desc *table = vmsa_memory_frame(s->t.memory, pa);

	/* The linear map is the lower half of the kernel's. */
	for (unsigned i = 0; i < (root ? n / 2 : n) && !s->broken; i++) {
		const vmsa_desc d = table[i];
		const vmsa_va at = va + ((uint64_t)i << shift);

		if (level < 3 && (d & 3) == 3) {
			s->tables++;
			scan_table(s, tables_oa(&s->t, d), at, level + 1);
			continue;
		}
		if (level >= 2 && !root)
			s->broken = group_is_sound(s, table, i, level);
		if (d && !s->broken)
			scan_leaf(s, at, d, level);
	}
}

/* Is @va strictly inside a leaf or a CONT group (property 2)? */
static bool is_inside(const struct scan *s, vmsa_va va)
{
	const unsigned shift = s->t.granule_shift;
	int level;
	const vmsa_desc d = tables_leaf(&s->t, va, &level);
	uint64_t size = BIT(tables_shift(&s->t, level));

	if (d & BIT(52))
		size *= level == 3 ? (shift == 12   ? 16
				      : shift == 14 ? 128
						    : 32)
				   : (shift == 12 ? 16 : 32);
	return d && va & (size - 1);
}

static const char *area_is(const struct scan *s, const struct page *p,
			   vmsa_va va, vmsa_pa pa)
{
	int level;
	const vmsa_desc d = tables_leaf(&s->t, va, &level);

	if (!(d & 1) || tables_oa(&s->t, d) != pa)
		return "a page of an area is not mapped as it was";
	if (p->ro != !!(d & BIT(7)) || p->write != !!(d & BIT(51)) ||
	    p->x == !!(d & BIT(53)))
		return "a page of an area has other permissions";
	return NULL;
}

/* The area of a slot is told by its first page; slots share none. */
static const char *compare_area(const struct scan *s, unsigned slot,
				const struct vmsa_linux_area *a)
{
	const struct flat *f = s->f;
	const struct op *made = &f->made[slot];
	const vmsa_pa pa = FLAT_BASE + (made->page << shift_of(f));
	const char *broken = NULL;

	if (made->kind != OP_VMALLOC || !made->pages || a->page[0] != pa)
		return NULL;
	for (uint64_t i = 0; i < made->pages && !broken; i++)
		broken = area_is(s, &f->area[slot][i],
				 a->va + (i << shift_of(f)),
				 pa + (i << shift_of(f)));
	return broken;
}

static const char *compare_areas(const struct scan *s,
				 const struct vmsa_linux *l)
{
	const uint64_t page = BIT(shift_of(s->f));
	const vmsa_va start = vmsa_linux_layout(l)->vmalloc_start;
	const struct vmsa_linux_area *a = vmsa_linux_find_area(l, start);
	vmsa_va va = start + a->size;
	const vmsa_va end = va + 1024 * page;
	const char *broken = NULL;

	while (va < end && !broken) {
		a = vmsa_linux_find_area(l, va);
		for (unsigned slot = 0; a && slot < MAX_SLOTS && !broken;
		     slot++)
			broken = compare_area(s, slot, a);
		va += a ? a->size : page;
	}
	return broken;
}

const char *flat_compare(struct flat *f, const struct op *op,
			 const struct vmsa_linux *l)
{
	struct scan s = { .f = f,
			  .t = tables_of(l),
			  .base = vmsa_linux_layout(l)->linear_start };
	const vmsa_va va = s.base + (op->page << shift_of(f));

	scan_table(&s, s.t.root, s.base, tables_start_level(&s.t));
	if (!s.broken && s.covered != f->existing)
		s.broken = "a page is not mapped at all";
	if (!s.broken && s.tables < f->tables)
		s.broken = "there are fewer tables than before";
	f->tables = s.tables;
	if (!s.broken && op->kind == OP_SPLIT && f->world->may_split &&
	    (is_inside(&s, va) ||
	     is_inside(&s, va + (op->pages << shift_of(f)))))
		s.broken = "a split left its edge inside a leaf";
	return s.broken ? s.broken : compare_areas(&s, l);
}

/* --- what stores may never do -------------------------------------------- */

void watch_start(struct watch *w)
{
	w->nr_stale = 0;
	w->broken = NULL;
}

static bool is_leaf(const struct watch *w, int level, vmsa_desc d)
{
	(void)w;
	return level == 3 || (d & 3) != 3;
}

static void add_stale(struct watch *w, struct stale s)
{
	if (s.start == s.end)
		return;
	if (w->nr_stale < COUNT(w->stale))
		w->stale[w->nr_stale++] = s;
	else
		w->broken = "the test follows too few stale leaves";
}

/* Neighbours of one size become one entry. */
static void note_stale(struct watch *w, vmsa_va va, uint64_t leaf)
{
	struct stale *last = w->nr_stale ? &w->stale[w->nr_stale - 1] : NULL;

	if (last && last->leaf == leaf && last->end == va)
		last->end += leaf;
	else
		add_stale(w, (struct stale){ va, va + leaf, leaf });
}

static void watch_store(struct watch *w, const struct vmsa_event *e)
{
	const vmsa_desc old = e->u.store.old, new = e->u.store.desc;
	const bool was_leaf = is_leaf(w, e->level, old) && old & 1;
	const bool is_block = was_leaf && !is_leaf(w, e->level, new);

	if (w->in_split && old & 1 && !(new & 1))
		w->broken = "a split made something invalid on its way";
	if (is_block && !w->bare_tables && !(old & BIT(53)) != !(new &BIT(59)))
		w->broken = "PXNTable does not say what the block said";
	if (!w->may_split && was_leaf && new & 1 &&
	    (is_block || (old ^ new) & BIT(52)))
		w->broken = "the size of a live leaf changed";
	if (was_leaf && !is_block && (old ^ new) & ~BIT(52))
		note_stale(w, e->u.store.va,
			   BIT(vmsa_level_shift(&w->g, e->level)));
}

/* A leaf goes whole, whichever page of it was named (property 10). */
static void drop_stale(struct watch *w, vmsa_va from, uint64_t size)
{
	const unsigned n = w->nr_stale;
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct stale s = w->stale[i];
		const vmsa_va start = from & ~(s.leaf - 1);
		const vmsa_va end = (from + size + s.leaf - 1) & ~(s.leaf - 1);

		if (start >= s.end || s.start >= end) {
			w->stale[kept++] = s;
			continue;
		}
		if (s.start < start)
			w->stale[kept++] =
				(struct stale){ s.start, start, s.leaf };
		if (end < s.end)
			add_stale(w, (struct stale){ end, s.end, s.leaf });
	}
	/* What was cut off went to the end: close the gap. */
	memmove(&w->stale[kept], &w->stale[n],
		(w->nr_stale - n) * sizeof(w->stale[0]));
	w->nr_stale = kept + (w->nr_stale - n);
}

/* The range operand, by the manual's layout (9.3). */
static void watch_range(struct watch *w, uint64_t operand)
{
	const unsigned shift =
		w->g.format == VMSA_FORMAT_LPA2 ? 16 : w->g.granule_shift;
	const uint64_t num = operand >> 39 & 31, scale = operand >> 44 & 3;
	const vmsa_va base = (operand & (BIT(37) - 1)) << shift;
	const vmsa_va va = base | -(base & BIT(36 + shift));

	drop_stale(w, va, (num + 1) << (5 * scale + 1) << w->g.granule_shift);
}

static void watch_tlbi(struct watch *w, struct vmsa_tlbi t)
{
	const vmsa_va page = (vmsa_va)((int64_t)(t.operand << 20) >> 8);

	if (t.op == VMSA_TLBI_VMALLE1)
		w->nr_stale = 0;
	else if (t.op == VMSA_TLBI_RVAALE1)
		watch_range(w, t.operand);
	else
		drop_stale(w, page & ~(vmsa_granule(&w->g) - 1),
			   vmsa_granule(&w->g));
}

void watch_event(void *arg, const struct vmsa_event *e)
{
	struct watch *w = arg;
	const bool is_split =
		(e->kind == VMSA_EVENT_BEGIN || e->kind == VMSA_EVENT_END) &&
		!strncmp(e->u.name, "split", 5);

	if (is_split)
		w->in_split += e->kind == VMSA_EVENT_BEGIN ? 1u : -1u;
	else if (e->kind == VMSA_EVENT_STORE)
		watch_store(w, e);
	else if (e->kind == VMSA_EVENT_TLBI)
		watch_tlbi(w, e->u.tlbi);
}
