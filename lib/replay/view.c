/* SPDX-License-Identifier: BSD-2-Clause */
#include "view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t recorded_ram(const struct vmsa_trace_machine *m)
{
	uint64_t size = 0;

	for (unsigned i = 0; i < m->banks; i++)
		size += m->ram[i].size;
	return size;
}

int vmsa_view_create(const struct vmsa_replay_config *config,
		     struct vmsa_view **out)
{
	struct vmsa_view *v = calloc(1, sizeof(*v));
	const struct vmsa_placement *p;
	int err;

	if (!v)
		return -ENOMEM;
	p = &v->placement;
	v->recorded = config->recorded;
	v->linear_base = config->linear_base;
	v->phys_base = config->phys_base;
	err = vmsa_placement_init(&v->placement, config);
	if (!err && recorded_ram(&v->recorded) >> p->unit_shift > p->units)
		err = -ERANGE;
	if (err) {
		vmsa_view_destroy(v);
		return err;
	}
	*out = v;
	return 0;
}

void vmsa_view_destroy(struct vmsa_view *view)
{
	if (!view)
		return;
	vmsa_placement_fini(&view->placement);
	free(view);
}

bool vmsa_view_same(const struct vmsa_replay_config *a,
		    const struct vmsa_replay_config *b)
{
	const struct vmsa_replay_placement *p = &a->placement;
	const struct vmsa_replay_placement *q = &b->placement;

	if (a->linear_base != b->linear_base || a->phys_base != b->phys_base ||
	    a->nr_ram != b->nr_ram || p->how != q->how ||
	    p->unit_pages_shift != q->unit_pages_shift || p->size != q->size ||
	    p->seed != q->seed)
		return false;
	/* Two words each: there is nothing between them. */
	return !memcmp(a->ram, b->ram, a->nr_ram * sizeof(*a->ram));
}

/* Offset of a recorded physical address in recorded RAM; false: no RAM. */
static bool ram_offset(const struct vmsa_trace_machine *m, vmsa_pa pa,
		       uint64_t *offset)
{
	uint64_t before = 0;

	if (m->banks == 0) {
		*offset = pa - m->phys_base;
		return true;
	}
	for (unsigned i = 0; i < m->banks; i++) {
		if (pa - m->ram[i].start < m->ram[i].size) {
			*offset = before + (pa - m->ram[i].start);
			return true;
		}
		before += m->ram[i].size;
	}
	return false;
}

vmsa_va vmsa_view_place(struct vmsa_view *view, uint64_t page)
{
	const struct vmsa_trace_machine *m = &view->recorded;
	const size_t i = page % VMSA_VIEW_KNOWN;
	uint64_t offset;
	vmsa_pa pa;

	if (view->known[i].page == page + 1)
		return view->known[i].va;
	pa = (page << VMSA_TRACE_PAGE_SHIFT) - m->linear_base + m->phys_base;
	view->known[i].page = page + 1;
	view->known[i].va = 0;
	if (ram_offset(m, pa, &offset) &&
	    vmsa_placement_find(&view->placement, offset, &pa))
		view->known[i].va = view->linear_base + (pa - view->phys_base);
	return view->known[i].va;
}
