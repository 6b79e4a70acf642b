/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * create.c - life of a replay: its lanes, and the views they share
 */
#include "impl.h"

#include <errno.h>
#include <stdlib.h>

static bool filter_fits(const struct vmsa_tlb_array *l1, unsigned entries)
{
	return entries == 0 ||
	       (entries <= VMSA_TRACE_MAX_FILTER && entries <= l1->entries &&
		l1->ways == l1->entries && l1->replacement == VMSA_TLB_LRU);
}

/* A model of the caller's says itself what it can hold. */
static bool filters_fit(const struct vmsa_replay_config *c)
{
	if (c->model)
		return c->data_filter <= VMSA_TRACE_MAX_FILTER &&
		       c->fetch_filter <= VMSA_TRACE_MAX_FILTER;
	return filter_fits(&c->tlb.l1d, c->data_filter) &&
	       filter_fits(&c->tlb.l1i, c->fetch_filter);
}

static bool same_range(const struct vmsa_range *a, const struct vmsa_range *b)
{
	return a->start == b->start && a->size == b->size;
}

static bool same_machine(const struct vmsa_trace_machine *a,
			 const struct vmsa_trace_machine *b)
{
	bool same = a->va_bits == b->va_bits && a->banks == b->banks &&
		    a->linear_base == b->linear_base &&
		    a->phys_base == b->phys_base &&
		    same_range(&a->image, &b->image) &&
		    same_range(&a->vmemmap, &b->vmemmap);

	for (unsigned i = 0; same && i < a->banks; i++)
		same = same_range(&a->ram[i], &b->ram[i]);
	return same;
}

/* Is what describes the trace the same? */
static bool same_trace(const struct vmsa_replay_config *a,
		       const struct vmsa_replay_config *b)
{
	return a->data_filter == b->data_filter &&
	       a->fetch_filter == b->fetch_filter && a->fetch == b->fetch &&
	       a->warmup == b->warmup &&
	       same_machine(&a->recorded, &b->recorded);
}

/* The view of a lane: that of an earlier one, if they see memory alike. */
static int choose_view(struct vmsa_replay *r,
		       const struct vmsa_replay_config *lanes, size_t i,
		       struct vmsa_view **out)
{
	int err;

	for (size_t j = 0; j < i; j++) {
		if (vmsa_view_same(&lanes[i], &lanes[j])) {
			*out = r->lane[j].view;
			return 0;
		}
	}
	err = vmsa_view_create(&lanes[i], out);
	if (!err)
		r->view[r->nr_views++] = *out;
	return err;
}

static int add_lane(struct vmsa_replay *r,
		    const struct vmsa_replay_config *lanes, size_t i)
{
	const struct vmsa_replay_config *c = &lanes[i];
	struct vmsa_view *view;
	int err;

	if (!filters_fit(c) || !same_trace(c, &lanes[0]))
		return -EINVAL;
	r->nr_lanes++;
	err = vmsa_lane_init(&r->lane[i], c);
	if (!err)
		err = choose_view(r, lanes, i, &view);
	if (!err)
		r->lane[i].view = view;
	return err;
}

/* As many recent pages as the smallest first level has entries for. */
static void init_side(struct vmsa_replay *r,
		      const struct vmsa_replay_config *lanes,
		      enum vmsa_tlb_side side)
{
	unsigned filter = side == VMSA_TLB_DATA ? lanes[0].data_filter
						: lanes[0].fetch_filter;
	unsigned finds = VMSA_RECENT_MAX;

	for (size_t i = 0; i < r->nr_lanes; i++) {
		unsigned n = vmsa_lane_finds(&lanes[i], side);

		finds = n < finds ? n : finds;
	}
	vmsa_filter_init(&r->filter[side], filter);
	vmsa_recent_init(&r->recent[side], finds, finds ? finds : filter);
}

static int init(struct vmsa_replay *r, const struct vmsa_replay_config *lanes,
		size_t n)
{
	int err = 0;

	r->recorded = lanes[0].recorded;
	r->warmup = lanes[0].warmup;
	r->fetch = lanes[0].fetch;
	r->lane = calloc(n, sizeof(*r->lane));
	r->view = calloc(n, sizeof(struct vmsa_view *));
	if (!r->lane || !r->view)
		return -ENOMEM;
	for (size_t i = 0; !err && i < n; i++)
		err = add_lane(r, lanes, i);
	init_side(r, lanes, VMSA_TLB_DATA);
	init_side(r, lanes, VMSA_TLB_FETCH);
	return err;
}

int vmsa_replay_create_many(const struct vmsa_replay_config *lanes, size_t n,
			    struct vmsa_replay **out)
{
	struct vmsa_replay *r;
	int err;

	if (n == 0)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	err = init(r, lanes, n);
	if (err) {
		vmsa_replay_destroy(r);
		return err;
	}
	*out = r;
	return 0;
}

int vmsa_replay_create(const struct vmsa_replay_config *config,
		       struct vmsa_replay **out)
{
	return vmsa_replay_create_many(config, 1, out);
}

void vmsa_replay_destroy(struct vmsa_replay *replay)
{
	if (!replay)
		return;
	for (size_t i = 0; i < replay->nr_lanes; i++)
		vmsa_lane_fini(&replay->lane[i]);
	for (size_t i = 0; i < replay->nr_views; i++)
		vmsa_view_destroy(replay->view[i]);
	free(replay->lane);
	free(replay->view);
	free(replay);
}
