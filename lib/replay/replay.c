/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c - records in, accesses out
 */
#include "vmsa/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "overlay.h"
#include "placement.h"
#include "sys.h"

/* Placed pages remembered, direct-mapped: a power of two. */
#define REMEMBERED 4096

/*
 * Vmalloc starts in the image's last 2 MiB.  A real kernel has no block there;
 * the assumed one must not cover vmalloc's pages.  So the image moves away,
 * far enough to meet nothing and keep every set index below 2^17 sets.
 */
#define IMAGE_AWAY (UINT64_C(1) << 38)

/* The pages of one filter, oldest record first, and their L1 entries. */
struct filter {
	unsigned entries;
	uint32_t slot[VMSA_TRACE_MAX_FILTER]; /* held; or VMSA_TLB_NO_SLOT */
};

struct placed {
	uint64_t page; /* recorded page + 1; 0: none */
	vmsa_va va;    /* simulated; 0: unplaced */
};

struct vmsa_replay {
	struct vmsa_replay_config config;
	struct vmsa_tlb *tlb; /* NULL with a model of the caller's */
	struct vmsa_replay_model model;
	struct vmsa_tlb_walker walker;
	struct vmsa_placement placement;
	struct vmsa_overlay overlay;
	struct filter filter[VMSA_TLB_NR_SIDES];
	enum vmsa_tlb_region region; /* of the access under way */
	uint16_t asid;
	bool counting;    /* past the warm-up */
	uint64_t last;    /* stamp of the last record */
	uint64_t counted; /* stamp at which counting starts */
	uint64_t records, tlbis, unplaced;
	struct placed placed[REMEMBERED];
};

/* The TLBs' walker: the map under test, or the assumed tables. */
static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	struct vmsa_replay *r = arg;

	if (r->region == VMSA_TLB_LINEAR)
		return r->config.linear.walk(r->config.linear.arg, w);
	vmsa_overlay_walk(&r->overlay, w);
	return 0;
}

/* --- life --------------------------------------------------------------- */

static int8_t start_level(unsigned granule_shift, unsigned va_bits)
{
	unsigned stride = granule_shift - 3;
	unsigned levels = (va_bits - granule_shift + stride - 1) / stride;

	return (int8_t)(VMSA_MAX_LEVEL + 1 - (int)levels);
}

static bool filter_fits(const struct vmsa_tlb_array *l1, unsigned entries)
{
	return entries == 0 ||
	       (entries <= VMSA_TRACE_MAX_FILTER && entries <= l1->entries &&
		l1->ways == l1->entries);
}

static uint64_t recorded_ram(const struct vmsa_trace_machine *m)
{
	uint64_t size = 0;

	for (unsigned i = 0; i < m->banks; i++)
		size += m->ram[i].size;
	return size;
}

/* The caller's model, or TLBs. */
static int init_model(struct vmsa_replay *r)
{
	const struct vmsa_replay_config *c = &r->config;
	int err;

	r->walker = (struct vmsa_tlb_walker){ .walk = walk, .arg = r };
	if (c->model) {
		r->model = *c->model;
		return c->data_filter > VMSA_TRACE_MAX_FILTER ||
				       c->fetch_filter > VMSA_TRACE_MAX_FILTER
			       ? -EINVAL
			       : 0;
	}
	if (!filter_fits(&c->tlb.l1d, c->data_filter) ||
	    !filter_fits(&c->tlb.l1i, c->fetch_filter))
		return -EINVAL;
	err = vmsa_tlb_create(&c->tlb, &r->walker, &r->tlb);
	r->model = vmsa_replay_tlb_model(r->tlb);
	return err;
}

static int init(struct vmsa_replay *r)
{
	const struct vmsa_replay_config *c = &r->config;
	unsigned va_bits = c->recorded.va_bits;
	int err = init_model(r);

	if (!err)
		err = vmsa_placement_init(&r->placement, c);
	if (err)
		return err;
	if (recorded_ram(&c->recorded) >> r->placement.unit_shift >
	    r->placement.units)
		return -ERANGE;
	r->overlay.granule_shift = c->tlb.granule_shift;
	r->overlay.start_level =
		start_level(c->tlb.granule_shift, va_bits ? va_bits : 48);
	r->filter[VMSA_TLB_DATA].entries = c->data_filter;
	r->filter[VMSA_TLB_FETCH].entries = c->fetch_filter;
	/* Every entry VMSA_TLB_NO_SLOT. */
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		memset(r->filter[side].slot, 0xff,
		       sizeof(r->filter[side].slot));
	return 0;
}

int vmsa_replay_create(const struct vmsa_replay_config *config,
		       struct vmsa_replay **out)
{
	struct vmsa_replay *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->config = *config;
	err = init(r);
	if (err) {
		vmsa_replay_destroy(r);
		return err;
	}
	r->config.ram = NULL;
	r->config.model = NULL;
	*out = r;
	return 0;
}

void vmsa_replay_destroy(struct vmsa_replay *replay)
{
	if (!replay)
		return;
	vmsa_tlb_destroy(replay->tlb);
	vmsa_placement_fini(&replay->placement);
	free(replay);
}

/* --- addresses ---------------------------------------------------------- */

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

/* The simulated VA of a recorded linear-map page; 0: it has no place. */
static vmsa_va place(struct vmsa_replay *r, uint64_t page)
{
	const struct vmsa_trace_machine *m = &r->config.recorded;
	struct placed *known = &r->placed[page % REMEMBERED];
	uint64_t offset;
	vmsa_pa pa;

	if (known->page == page + 1)
		return known->va;
	pa = (page << VMSA_TRACE_PAGE_SHIFT) - m->linear_base + m->phys_base;
	known->page = page + 1;
	known->va = 0;
	if (ram_offset(m, pa, &offset) &&
	    vmsa_placement_find(&r->placement, offset, &pa))
		known->va = r->config.linear_base + (pa - r->config.phys_base);
	return known->va;
}

static bool in(const struct vmsa_range *range, vmsa_va va)
{
	return va - range->start < range->size;
}

/* Region and address of a record; false: it cannot be replayed. */
static bool address(struct vmsa_replay *r, const struct vmsa_trace_record *rec,
		    vmsa_va *va)
{
	const struct vmsa_trace_machine *m = &r->config.recorded;

	*va = rec->page << VMSA_TRACE_PAGE_SHIFT;
	r->region = VMSA_TLB_OTHER;
	if (rec->region == VMSA_TRACE_LINEAR) {
		r->region = VMSA_TLB_LINEAR;
		*va = place(r, rec->page);
		return *va != 0;
	}
	if (rec->region == VMSA_TRACE_USER)
		r->region = VMSA_TLB_USER;
	else if (in(&m->image, *va)) {
		r->region = VMSA_TLB_IMAGE;
		*va ^= IMAGE_AWAY;
	}
	r->overlay.user = r->region == VMSA_TLB_USER;
	r->overlay.asid = r->asid;
	r->overlay.two_mib =
		r->region == VMSA_TLB_IMAGE || in(&m->vmemmap, *va);
	return true;
}

/* --- records ------------------------------------------------------------ */

/* Entry @victim leaves the filter, another, not yet known, comes. */
static int rotate(struct vmsa_replay *r, enum vmsa_tlb_side side,
		  unsigned victim)
{
	struct filter *f = &r->filter[side];
	uint32_t slot;

	if (victim >= f->entries)
		return -EINVAL;
	slot = f->slot[victim];
	memmove(&f->slot[victim], &f->slot[victim + 1],
		(f->entries - 1 - victim) * sizeof(f->slot[0]));
	f->slot[f->entries - 1] = VMSA_TLB_NO_SLOT;
	if (slot != VMSA_TLB_NO_SLOT)
		r->model.release(r->model.arg, side, slot);
	return 0;
}

static int access_page(struct vmsa_replay *r, enum vmsa_tlb_side side,
		       const struct vmsa_trace_record *rec)
{
	struct filter *f = &r->filter[side];
	bool filtered = rec->victim != VMSA_TRACE_NO_VICTIM;
	struct vmsa_tlb_access a = { .asid = r->asid, .side = side };
	struct vmsa_tlb_answer answer;
	int err = filtered ? rotate(r, side, rec->victim) : 0;

	if (err)
		return err;
	if (rec->state && rec->page == VMSA_TRACE_NO_PAGE)
		return 0;
	if (!address(r, rec, &a.va)) {
		r->unplaced += 1 + rec->accesses;
		return 0;
	}
	a.region = r->region;
	err = r->model.access(r->model.arg, &a, &r->walker, &answer);
	if (err)
		return err;
	r->last = rec->insn;
	if (rec->accesses)
		r->model.hit_more(r->model.arg, &a, rec->accesses);
	if (!filtered || answer.slot == VMSA_TLB_NO_SLOT)
		return 0;
	f->slot[f->entries - 1] = answer.slot;
	return r->model.hold(r->model.arg, side, answer.slot);
}

/*
 * The order of use of the pages in the filter is not known where it is
 * emptied; their order of record stands for it.
 */
static void empty_filters(struct vmsa_replay *r)
{
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		for (unsigned i = 0; i < r->filter[side].entries; i++) {
			uint32_t *slot = &r->filter[side].slot[i];

			if (*slot != VMSA_TLB_NO_SLOT)
				r->model.release(r->model.arg,
						 (enum vmsa_tlb_side)side,
						 *slot);
			*slot = VMSA_TLB_NO_SLOT;
		}
}

static int invalidate(struct vmsa_replay *r,
		      const struct vmsa_trace_record *rec)
{
	struct vmsa_tlbi tlbi;

	/* The recorder empties its filters at every TLBI, whatever it is. */
	empty_filters(r);
	r->tlbis++;
	if (!vmsa_replay_tlbi(rec->a, rec->b, &tlbi))
		return 0;
	return r->model.invalidate(r->model.arg, &tlbi);
}

/* The warm-up and state records fill the TLBs but do not count. */
static void start_counting(struct vmsa_replay *r,
			   const struct vmsa_trace_record *rec)
{
	if (rec->state)
		r->counted = rec->insn;
	if (r->counting || rec->state || rec->insn < r->config.warmup)
		return;
	r->model.reset_stats(r->model.arg);
	r->records = r->tlbis = r->unplaced = 0;
	r->counting = true;
	if (r->counted < r->config.warmup)
		r->counted = r->config.warmup;
}

static int feed_one(struct vmsa_replay *r, const struct vmsa_trace_record *rec)
{
	start_counting(r, rec);
	r->records++;
	switch (rec->kind) {
	case VMSA_TRACE_DATA:
		return access_page(r, VMSA_TLB_DATA, rec);
	case VMSA_TRACE_FETCH:
		if (!r->config.fetch)
			return 0;
		return access_page(r, VMSA_TLB_FETCH, rec);
	case VMSA_TRACE_TTBR1:
		r->asid = (uint16_t)(rec->a >> 48);
		return 0;
	case VMSA_TRACE_TLBI:
		return invalidate(r, rec);
	default:
		return 0; /* nothing a TLB sees */
	}
}

int vmsa_replay_feed(struct vmsa_replay *replay,
		     const struct vmsa_trace_record *records, size_t n)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		err = feed_one(replay, &records[i]);
	return err;
}

void vmsa_replay_finish(const struct vmsa_replay *replay, uint64_t end_insn,
			struct vmsa_replay_result *out)
{
	uint64_t end = end_insn ? end_insn : replay->last;

	memset(out, 0, sizeof(*out));
	if (!replay->counting)
		return;
	out->instructions = end > replay->counted ? end - replay->counted : 0;
	out->records = replay->records;
	out->tlbis = replay->tlbis;
	out->unplaced = replay->unplaced;
	if (replay->tlb)
		vmsa_tlb_stats(replay->tlb, &out->stats);
}
