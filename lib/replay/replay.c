/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay.c - records in, accesses out
 *
 *     record -> region, key -> recent pages -- hit in all lanes: counted
 *                                   |
 *                                   +-- else --> view -> lane, lane, ...
 *
 * What does not depend on the mapping is done once a record; recent.h says
 * why most records end there.
 */
#include "impl.h"

#include <errno.h>
#include <string.h>

#include "sys.h"

/*
 * Vmalloc starts in the image's last 2 MiB.  A real kernel has no block there;
 * the assumed one must not cover vmalloc's pages.  So the image moves away,
 * far enough to meet nothing and keep every set index below 2^17 sets.
 */
#define IMAGE_AWAY (UINT64_C(1) << 38)

/* --- uses --------------------------------------------------------------- */

static bool in(const struct vmsa_range *range, vmsa_va va)
{
	return va - range->start < range->size;
}

/* Region of a record, its address if that is as recorded, and its leaves. */
static enum vmsa_tlb_region region_of(const struct vmsa_trace_machine *m,
				      const struct vmsa_trace_record *rec,
				      vmsa_va *va, bool *two_mib)
{
	*va = rec->page << VMSA_TRACE_PAGE_SHIFT;
	*two_mib = false;
	if (rec->region == VMSA_TRACE_LINEAR)
		return VMSA_TLB_LINEAR;
	*two_mib = in(&m->vmemmap, *va);
	if (rec->region == VMSA_TRACE_USER)
		return VMSA_TLB_USER;
	if (!in(&m->image, *va))
		return VMSA_TLB_OTHER;
	*va ^= IMAGE_AWAY;
	*two_mib = true;
	return VMSA_TLB_IMAGE;
}

/* Prepare the access of each view's lanes, well before they read it. */
static enum vmsa_tlb_region locate(struct vmsa_replay *r,
				   const struct vmsa_trace_record *rec,
				   bool *two_mib)
{
	vmsa_va va;
	enum vmsa_tlb_region region =
		region_of(&r->recorded, rec, &va, two_mib);

	for (size_t i = 0; i < r->nr_views; i++) {
		struct vmsa_view *view = r->view[i];

		if (region == VMSA_TLB_LINEAR)
			va = vmsa_view_place(view, rec->page);
		view->placed = va || region != VMSA_TLB_LINEAR;
		view->access.va = va;
		view->access.asid = r->asid;
		view->access.side = (enum vmsa_tlb_side)rec->kind;
		view->access.write = rec->write;
		view->access.region = region;
	}
	return region;
}

/* Every lane gives up its entry of a page. */
static void drop(struct vmsa_replay *r, enum vmsa_tlb_side side, uint8_t at)
{
	vmsa_recent_drop(&r->recent[side], at);
	for (size_t i = 0; i < r->nr_lanes; i++)
		vmsa_lane_release(&r->lane[i], side, at);
}

/* Put a page among the recent ones, unless all are pinned. */
static uint8_t admit(struct vmsa_replay *r, enum vmsa_tlb_side side,
		     enum vmsa_tlb_region region, uint64_t key)
{
	struct vmsa_recent *recent = &r->recent[side];
	uint8_t at;

	if (!recent->nr_spare) {
		at = vmsa_recent_oldest(recent);
		if (at == VMSA_RECENT_NONE)
			return at;
		drop(r, side, at);
	}
	at = vmsa_recent_add(recent, key);
	recent->account[at] = (uint8_t)region;
	return at;
}

/* A use that some lane must hear of; the page's place, or a negative errno. */
static int use_lanes(struct vmsa_replay *r, const struct vmsa_trace_record *rec,
		     uint8_t at, uint64_t key)
{
	const bool pinned = rec->victim != VMSA_TRACE_NO_VICTIM;
	struct vmsa_lane_use use = {
		.side = (enum vmsa_tlb_side)rec->kind,
		.accesses = rec->accesses,
		.insn = rec->insn,
	};
	enum vmsa_tlb_region region = locate(r, rec, &use.two_mib);
	bool sure = true;
	int err = 0;

	if (at == VMSA_RECENT_NONE && (pinned || r->recent[use.side].finds))
		at = admit(r, use.side, region, key);
	use.at = at;
	for (size_t i = 0; !err && i < r->nr_lanes; i++) {
		err = vmsa_lane_use(&r->lane[i], &use);
		sure = sure && vmsa_lane_has(&r->lane[i], &use);
	}
	if (at != VMSA_RECENT_NONE)
		r->recent[use.side].sure[at] = sure;
	return err ? err : at;
}

/* --- records ------------------------------------------------------------ */

/* A page leaves the trace's filter: it is the youngest of the others now. */
static void unpin(struct vmsa_replay *r, enum vmsa_tlb_side side, uint8_t at)
{
	struct vmsa_recent *recent = &r->recent[side];

	if (at == VMSA_RECENT_NONE || --recent->pins[at])
		return;
	if (recent->finds)
		vmsa_recent_touch(recent, at);
	else
		drop(r, side, at);
}

static int use_page(struct vmsa_replay *r, const struct vmsa_trace_record *rec)
{
	/* The sides have the numbers of their kinds. */
	const enum vmsa_tlb_side side = (enum vmsa_tlb_side)rec->kind;
	const bool pinned = rec->victim != VMSA_TRACE_NO_VICTIM;
	struct vmsa_recent *recent = &r->recent[side];
	struct vmsa_filter *f = &r->filter[side];
	uint64_t key;
	int at;

	if (pinned && rec->victim >= f->entries)
		return -EINVAL;
	if (pinned)
		unpin(r, side, vmsa_filter_remove(f, rec->victim));
	if (rec->state && rec->page == VMSA_TRACE_NO_PAGE)
		return 0;
	key = vmsa_recent_key(rec->page, rec->region,
			      rec->region == VMSA_TRACE_KERNEL ? 0 : r->asid);
	at = recent->finds ? vmsa_recent_find(recent, key) : VMSA_RECENT_NONE;
	if (at != VMSA_RECENT_NONE && recent->sure[at]) {
		r->hits[recent->account[at]][side] += 1 + rec->accesses;
		r->last = rec->insn;
	} else {
		at = use_lanes(r, rec, (uint8_t)at, key);
		if (at < 0 || at == VMSA_RECENT_NONE)
			return at < 0 ? at : 0;
	}
	if (pinned) {
		vmsa_recent_pin(recent, (uint8_t)at);
		vmsa_filter_set(f, f->entries - 1, (uint8_t)at);
	} else if (!recent->pins[at]) {
		vmsa_recent_touch(recent, (uint8_t)at);
	}
	return 0;
}

/*
 * The order of use of the pages in the filter is not known where it is
 * emptied; their order of record stands for it.
 */
static void empty_filters(struct vmsa_replay *r)
{
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		struct vmsa_filter *f = &r->filter[side];

		for (unsigned i = 0; i < f->entries; i++)
			unpin(r, (enum vmsa_tlb_side)side,
			      vmsa_filter_get(f, i));
		vmsa_filter_init(f, f->entries);
	}
}

/* An entry that is held cannot be invalidated: hold none. */
static void forget_recent(struct vmsa_replay *r)
{
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		uint8_t at;

		while ((at = vmsa_recent_oldest(&r->recent[side])) !=
		       VMSA_RECENT_NONE)
			drop(r, (enum vmsa_tlb_side)side, at);
	}
}

static int invalidate(struct vmsa_replay *r,
		      const struct vmsa_trace_record *rec)
{
	struct vmsa_tlbi tlbi;
	int err = 0;

	/* The recorder empties its filters at every TLBI, whatever it is. */
	empty_filters(r);
	r->tlbis++;
	if (!vmsa_replay_tlbi(rec->a, rec->b, &tlbi))
		return 0;
	forget_recent(r);
	for (size_t i = 0; !err && i < r->nr_lanes; i++)
		err = r->lane[i].model.invalidate(r->lane[i].model.arg, &tlbi);
	return err;
}

/* The warm-up and state records fill the TLBs but do not count. */
static void start_counting(struct vmsa_replay *r,
			   const struct vmsa_trace_record *rec)
{
	if (rec->state)
		r->counted = rec->insn;
	if (r->counting || rec->state || rec->insn < r->warmup)
		return;
	for (size_t i = 0; i < r->nr_lanes; i++) {
		r->lane[i].model.reset_stats(r->lane[i].model.arg);
		r->lane[i].unplaced = 0;
	}
	memset(r->hits, 0, sizeof(r->hits));
	r->records = r->tlbis = 0;
	r->counting = true;
	if (r->counted < r->warmup)
		r->counted = r->warmup;
}

static int feed_one(struct vmsa_replay *r, const struct vmsa_trace_record *rec)
{
	if (!r->counting || rec->state)
		start_counting(r, rec);
	r->records++;
	if (rec->kind <= VMSA_TRACE_FETCH)
		return rec->kind == VMSA_TRACE_DATA || r->fetch
			       ? use_page(r, rec)
			       : 0;
	switch (rec->kind) {
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
