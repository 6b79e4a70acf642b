/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep.c - one pass for what can be counted so, a replay for each other shape
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sweep_impl.h"

struct vmsa_sweep {
	enum vmsa_sweep_structure structure;
	bool split; /* the second level is, in two */
	size_t nr_shapes;
	struct vmsa_tlb_array *shapes;
	struct vmsa_sweep_one *one; /* NULL: every shape has a replay */
	struct vmsa_replay *replay; /* drives it */
	struct vmsa_replay **full;  /* by shape; NULL: counted in the pass */
};

/* --- life ----------------------------------------------------------------- */

static bool is_first(enum vmsa_sweep_structure structure)
{
	return structure == VMSA_SWEEP_L1D || structure == VMSA_SWEEP_L1I;
}

/* Can there be such a structure, and is it exact behind the filter? */
static bool good_shape(const struct vmsa_sweep_config *config,
		       const struct vmsa_tlb_array *shape)
{
	const unsigned filter = config->structure == VMSA_SWEEP_L1D
					? config->replay.data_filter
					: config->replay.fetch_filter;
	uint32_t sets;

	if (!shape->entries || !shape->ways ||
	    shape->entries > VMSA_SWEEP_MAX_ENTRIES ||
	    shape->entries % shape->ways)
		return false;
	sets = shape->entries / shape->ways;
	if (sets & (sets - 1))
		return false;
	return !is_first(config->structure) || !filter ||
	       (sets == 1 && shape->entries >= filter);
}

static bool good_filter(const struct vmsa_tlb_array *l1, unsigned entries)
{
	return !entries || (l1->ways == l1->entries && l1->entries >= entries);
}

static bool good_config(const struct vmsa_sweep_config *config)
{
	const struct vmsa_replay_config *r = &config->replay;

	if (!config->nr_shapes || r->model ||
	    (unsigned)config->structure >= VMSA_SWEEP_NR_STRUCTURES)
		return false;
	if (config->structure == VMSA_SWEEP_L2I && !r->tlb.l2i.entries)
		return false;
	if (!is_first(config->structure) &&
	    (!good_filter(&r->tlb.l1d, r->data_filter) ||
	     !good_filter(&r->tlb.l1i, r->fetch_filter)))
		return false;
	for (size_t i = 0; i < config->nr_shapes; i++)
		if (!good_shape(config, &config->shapes[i]))
			return false;
	return true;
}

static struct vmsa_tlb_array *swept(struct vmsa_tlb_config *tlb,
				    enum vmsa_sweep_structure structure)
{
	struct vmsa_tlb_array *const all[] = {
		[VMSA_SWEEP_L1D] = &tlb->l1d,
		[VMSA_SWEEP_L1I] = &tlb->l1i,
		[VMSA_SWEEP_L2] = &tlb->l2,
		[VMSA_SWEEP_L2I] = &tlb->l2i,
	};

	return all[structure];
}

/* A replay of its own for each shape that one pass cannot count. */
static int init_full(struct vmsa_sweep *s,
		     const struct vmsa_sweep_config *config)
{
	for (size_t i = 0; i < config->nr_shapes; i++) {
		struct vmsa_replay_config c = config->replay;
		int err;

		if (vmsa_sweep_method(config, &config->shapes[i]) !=
		    VMSA_SWEEP_FULL)
			continue;
		*swept(&c.tlb, config->structure) = config->shapes[i];
		err = vmsa_replay_create(&c, &s->full[i]);
		if (err)
			return err;
	}
	return 0;
}

static int init(struct vmsa_sweep *s, const struct vmsa_sweep_config *config)
{
	struct vmsa_replay_config c = config->replay;
	struct vmsa_replay_model model;
	int err;

	s->structure = config->structure;
	s->split = config->replay.tlb.l2i.entries;
	s->nr_shapes = config->nr_shapes;
	s->shapes = calloc(s->nr_shapes, sizeof(*s->shapes));
	s->full = calloc(s->nr_shapes, sizeof(struct vmsa_replay *));
	if (!s->shapes || !s->full)
		return -ENOMEM;
	memcpy(s->shapes, config->shapes, s->nr_shapes * sizeof(*s->shapes));
	err = init_full(s, config);
	if (!err)
		err = vmsa_sweep_one_create(config, &model, &s->one);
	if (err || !s->one)
		return err;
	c.model = &model;
	return vmsa_replay_create(&c, &s->replay);
}

int vmsa_sweep_create(const struct vmsa_sweep_config *config,
		      struct vmsa_sweep **out)
{
	struct vmsa_sweep *s;
	int err;

	if (!good_config(config))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	err = init(s, config);
	if (err) {
		vmsa_sweep_destroy(s);
		return err;
	}
	*out = s;
	return 0;
}

void vmsa_sweep_destroy(struct vmsa_sweep *sweep)
{
	if (!sweep)
		return;
	for (size_t i = 0; sweep->full && i < sweep->nr_shapes; i++)
		vmsa_replay_destroy(sweep->full[i]);
	vmsa_replay_destroy(sweep->replay);
	vmsa_sweep_one_destroy(sweep->one);
	free(sweep->full);
	free(sweep->shapes);
	free(sweep);
}

/* --- records -------------------------------------------------------------- */

int vmsa_sweep_feed(struct vmsa_sweep *sweep,
		    const struct vmsa_trace_record *records, size_t n)
{
	int err = 0;

	if (sweep->replay)
		err = vmsa_replay_feed(sweep->replay, records, n);
	for (size_t i = 0; i < sweep->nr_shapes && !err; i++)
		if (sweep->full[i])
			err = vmsa_replay_feed(sweep->full[i], records, n);
	return err;
}

/* --- counts --------------------------------------------------------------- */

/* What an account of a full replay says about the swept structure. */
static uint64_t full_misses(const struct vmsa_sweep *s,
			    const struct vmsa_tlb_counters *c, unsigned side)
{
	switch (s->structure) {
	case VMSA_SWEEP_L1D:
		return side == VMSA_TLB_DATA ? c->l1_misses : 0;
	case VMSA_SWEEP_L1I:
		return side == VMSA_TLB_FETCH ? c->l1_misses : 0;
	case VMSA_SWEEP_L2I:
		return side == VMSA_TLB_FETCH ? c->l2_misses : 0;
	case VMSA_SWEEP_L2:
	default:
		return side == VMSA_TLB_DATA || !s->split ? c->l2_misses : 0;
	}
}

/* One account of one shape; @r is of its own replay, if it has one. */
static uint64_t misses(const struct vmsa_sweep *s, size_t shape,
		       unsigned region, unsigned side,
		       const struct vmsa_replay_result *r)
{
	if (s->full[shape])
		return full_misses(s, &r->stats.of[region][side], side);
	return vmsa_sweep_one_misses(s->one, &s->shapes[shape],
				     vmsa_sweep_account(region, side));
}

/* All replays see the same accesses; the first one's are told. */
static void fill_totals(const struct vmsa_sweep *s, uint64_t end_insn,
			struct vmsa_sweep_totals *totals)
{
	const struct vmsa_replay *replay = s->replay ? s->replay : s->full[0];
	struct vmsa_replay_result r;

	vmsa_replay_finish(replay, end_insn, &r);
	totals->instructions = r.instructions;
	totals->records = r.records;
	totals->unplaced = r.unplaced;
	for (unsigned region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		for (unsigned side = 0; side < VMSA_TLB_NR_SIDES; side++) {
			uint64_t *to = &totals->accesses[region][side];
			unsigned at = vmsa_sweep_account(region, side);

			*to = s->one && s->one->counting
				      ? s->one->accesses[at]
				      : r.stats.of[region][side].accesses;
		}
}

void vmsa_sweep_finish(const struct vmsa_sweep *sweep, uint64_t end_insn,
		       struct vmsa_sweep_totals *totals,
		       struct vmsa_sweep_point *points)
{
	struct vmsa_replay_result r = { 0 };

	fill_totals(sweep, end_insn, totals);
	for (size_t i = 0; i < sweep->nr_shapes; i++) {
		if (sweep->full[i])
			vmsa_replay_finish(sweep->full[i], end_insn, &r);
		for (unsigned region = 0; region < VMSA_TLB_NR_REGIONS;
		     region++)
			for (unsigned side = 0; side < VMSA_TLB_NR_SIDES;
			     side++)
				points[i].misses[region][side] =
					misses(sweep, i, region, side, &r);
	}
}
