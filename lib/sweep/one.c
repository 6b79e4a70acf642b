/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * one.c - a model that a replay drives: every shape in one pass
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sweep_impl.h"

/* --- translations --------------------------------------------------------- */

/* The key of what the walker answered; false: that is not possible. */
static bool key_of(const struct vmsa_sweep_one *s,
		   const struct vmsa_tlb_walk *w, uint64_t *key)
{
	const unsigned shift = s->contiguous ? w->contiguous_shift : w->shift;
	const uint64_t context = w->global ? VMSA_KEY_GLOBAL
					   : (uint64_t)w->asid
						     << VMSA_KEY_ASID_SHIFT;

	if (shift < 12 || shift > 43)
		return false;
	*key = ((w->va << VMSA_KEY_VA_SHIFT) & VMSA_KEY_PAGE << (shift - 12)) |
	       context | VMSA_KEY_VALID | (shift - 12);
	return true;
}

/* The leaf of an access, or VMSA_KEY_NONE. */
static int translate(struct vmsa_sweep_one *s, const struct vmsa_tlb_access *a,
		     uint64_t *leaf)
{
	const uint64_t page = ((a->va << VMSA_KEY_VA_SHIFT) & VMSA_KEY_PAGE) |
			      (uint64_t)a->asid << VMSA_KEY_ASID_SHIFT |
			      VMSA_KEY_VALID;
	struct vmsa_sweep_memo *memo =
		&s->memo[(page >> (VMSA_KEY_VA_SHIFT + 12)) % VMSA_SWEEP_MEMOS];
	struct vmsa_tlb_walk w = { .va = vmsa_sweep_va(a->va),
				   .from_root = true,
				   .asid = a->asid,
				   .vmid = a->vmid };
	int err;

	if (memo->page != page) {
		err = s->walker->walk(s->walker->arg, &w);
		if (err)
			return err;
		memo->page = 0;
		memo->leaf = VMSA_KEY_NONE;
		if (!w.fault && !(w.no_access && !s->ha) &&
		    !key_of(s, &w, &memo->leaf))
			return -EINVAL;
		memo->page = page;
	}
	*leaf = memo->leaf;
	return 0;
}

/* --- counts --------------------------------------------------------------- */

/* One use of a leaf, which @above others, kept aside, are younger than. */
static int count(struct vmsa_sweep_one *s, uint64_t leaf, unsigned account,
		 unsigned above)
{
	uint64_t *by_stack = s->by_stack + account * (s->most + 1);
	uint64_t *by_sets = s->by_sets + account * s->nr_by_sets;
	uint64_t distance;
	int err;

	if (leaf == VMSA_KEY_NONE) {
		s->faults[account]++;
		return 0;
	}
	s->classes |= UINT32_C(1) << (leaf & VMSA_KEY_CLASS);
	s->private_upper |= leaf >> 63 && !(leaf & VMSA_KEY_GLOBAL);
	if (s->sets)
		vmsa_sets_use(s->sets, leaf, vmsa_sweep_index(leaf), by_sets);
	if (!s->stack)
		return 0;
	err = vmsa_stack_use(s->stack, leaf, &distance);
	if (err)
		return err;
	distance += distance ? above : 0;
	by_stack[distance <= s->most ? distance : 0]++;
	return 0;
}

uint64_t vmsa_sweep_one_misses(const struct vmsa_sweep_one *one,
			       const struct vmsa_tlb_array *shape,
			       unsigned account)
{
	const unsigned shift =
		(unsigned)__builtin_ctz(shape->entries / shape->ways);
	const uint64_t *counts;
	uint64_t misses = one->faults[account];
	size_t n;

	if (!one->counting)
		return 0;
	if (shape->ways == shape->entries) {
		counts = one->by_stack + account * (one->most + 1);
		n = one->most;
	} else {
		counts = one->by_sets + account * one->nr_by_sets +
			 vmsa_sets_first(&one->ways, shift);
		n = one->ways.of[shift];
	}
	misses += counts[0];
	for (size_t d = (size_t)shape->ways + 1; d <= n; d++)
		misses += counts[d];
	return misses;
}

/* --- a first level -------------------------------------------------------- */

/*
 * Slots are those of the held leaves; a leaf that is not held yet gets the
 * first free one, which is its own if it is held before the next access.
 */
static int use_first_level(struct vmsa_sweep_one *s,
			   const struct vmsa_tlb_access *a,
			   struct vmsa_tlb_answer *out)
{
	uint32_t slot = 0, left = s->nr_held;
	uint64_t leaf;
	int err = translate(s, a, &leaf);

	out->slot = VMSA_TLB_NO_SLOT;
	if (err)
		return err;
	s->leaf = leaf;
	/* A held leaf is younger than all that are not. */
	for (uint32_t i = 0; left && leaf; i++) {
		if (!s->held[i].count)
			continue;
		left--;
		if (s->held[i].key == leaf) {
			out->slot = i;
			return 0;
		}
	}
	while (s->held[slot].count)
		slot++;
	out->slot = leaf ? slot : VMSA_TLB_NO_SLOT;
	return count(s, leaf, vmsa_sweep_account(a->region, a->side),
		     s->nr_held);
}

static int hold(void *arg, enum vmsa_tlb_side side, uint32_t slot)
{
	struct vmsa_sweep_one *s = arg;
	struct vmsa_sweep_held *held = &s->held[slot];
	uint64_t distance;

	if (s->l1)
		return vmsa_tlb_hold(s->l1, side, slot);
	if (held->count++)
		return 0;
	held->key = s->leaf;
	s->nr_held++;
	return s->stack ? vmsa_stack_take(s->stack, s->leaf, &distance) : 0;
}

static void release(void *arg, enum vmsa_tlb_side side, uint32_t slot)
{
	struct vmsa_sweep_one *s = arg;
	struct vmsa_sweep_held *held = &s->held[slot];

	if (s->l1) {
		vmsa_tlb_release(s->l1, side, slot);
		return;
	}
	if (--held->count)
		return;
	s->nr_held--;
	if (s->stack && vmsa_stack_push(s->stack, held->key))
		s->failed = true;
}

/* --- the model ------------------------------------------------------------ */

/* The walker of a first level in front of the swept one. */
static int walk_first_level(void *arg, struct vmsa_tlb_walk *w)
{
	struct vmsa_sweep_one *s = arg;

	return s->walker->walk(s->walker->arg, w);
}

/* What misses the first level is a use of the second. */
static int use_second_level(struct vmsa_sweep_one *s,
			    const struct vmsa_tlb_access *a,
			    struct vmsa_tlb_answer *out)
{
	uint64_t leaf;
	int err = vmsa_tlb_access(s->l1, a, out);

	if (err || out->outcome == VMSA_TLB_L1_HIT)
		return err;
	err = translate(s, a, &leaf);
	if (err)
		return err;
	return count(s, leaf, vmsa_sweep_account(a->region, a->side), 0);
}

static int use(void *arg, const struct vmsa_tlb_access *a,
	       const struct vmsa_tlb_walker *walker,
	       struct vmsa_tlb_answer *out)
{
	struct vmsa_sweep_one *s = arg;

	out->slot = VMSA_TLB_NO_SLOT;
	s->accesses[vmsa_sweep_account(a->region, a->side)]++;
	if (s->failed)
		return -ENOMEM;
	if (!s->sides[a->side])
		return 0;
	s->walker = walker;
	return s->l1 ? use_second_level(s, a, out) : use_first_level(s, a, out);
}

static void hit_more(void *arg, const struct vmsa_tlb_access *like, uint64_t n)
{
	struct vmsa_sweep_one *s = arg;

	s->accesses[vmsa_sweep_account(like->region, like->side)] += n;
}

static int invalidate(void *arg, const struct vmsa_tlbi *tlbi)
{
	struct vmsa_sweep_one *s = arg;
	int err = s->l1 ? vmsa_tlb_invalidate(s->l1, tlbi) : 0;

	return err ? err : vmsa_sweep_one_invalidate(s, tlbi);
}

static void reset_stats(void *arg)
{
	struct vmsa_sweep_one *s = arg;

	s->counting = true;
	memset(s->accesses, 0, sizeof(s->accesses));
	memset(s->faults, 0, sizeof(s->faults));
	memset(s->by_stack, 0,
	       VMSA_SWEEP_ACCOUNTS * (s->most + 1) * sizeof(*s->by_stack));
	memset(s->by_sets, 0,
	       VMSA_SWEEP_ACCOUNTS * s->nr_by_sets * sizeof(*s->by_sets));
}

/* --- life ----------------------------------------------------------------- */

/* The largest of the shapes that take one pass; false: there is none. */
static bool measure(struct vmsa_sweep_one *s,
		    const struct vmsa_sweep_config *config)
{
	bool any = false;

	for (size_t i = 0; i < config->nr_shapes; i++) {
		const struct vmsa_tlb_array *shape = &config->shapes[i];
		const uint32_t sets = shape->entries / shape->ways;
		uint16_t *ways = &s->ways.of[__builtin_ctz(sets)];

		switch (vmsa_sweep_method(config, shape)) {
		case VMSA_SWEEP_STACK:
			if (shape->entries > s->most)
				s->most = shape->entries;
			break;
		case VMSA_SWEEP_SETS:
			if (shape->ways > *ways)
				*ways = (uint16_t)shape->ways;
			break;
		default:
			continue;
		}
		s->contiguous = shape->contiguous;
		any = true;
	}
	s->nr_by_sets = vmsa_sets_first(&s->ways, VMSA_SETS_MAX_SHIFT + 1);
	return any;
}

/* First levels alone: the second does not change what they miss. */
static int init_first_level(struct vmsa_sweep_one *s,
			    const struct vmsa_tlb_config *tlb)
{
	const struct vmsa_tlb_walker walker = { .walk = walk_first_level,
						.arg = s };
	const struct vmsa_tlb_config alone = {
		.l1d = tlb->l1d,
		.l1i = tlb->l1i,
		.granule_shift = tlb->granule_shift,
		.lpa2 = tlb->lpa2,
		.ha = tlb->ha,
		.seed = tlb->seed,
	};

	return vmsa_tlb_create(&alone, &walker, &s->l1);
}

static int init_counts(struct vmsa_sweep_one *s)
{
	int err = 0;

	/* At least one element, so that no pointer is NULL. */
	s->by_stack = calloc(VMSA_SWEEP_ACCOUNTS * (s->most + 1),
			     sizeof(*s->by_stack));
	s->by_sets = calloc(VMSA_SWEEP_ACCOUNTS * s->nr_by_sets + 1,
			    sizeof(*s->by_sets));
	if (!s->by_stack || !s->by_sets)
		return -ENOMEM;
	if (s->most)
		err = vmsa_stack_create(&s->stack);
	if (!err && s->nr_by_sets)
		err = vmsa_sets_create(&s->ways, &s->sets);
	return err;
}

static int init(struct vmsa_sweep_one *s,
		const struct vmsa_sweep_config *config)
{
	const struct vmsa_tlb_config *tlb = &config->replay.tlb;
	const enum vmsa_sweep_structure structure = config->structure;
	const bool second = structure >= VMSA_SWEEP_L2;
	int err;

	s->sides[VMSA_TLB_DATA] = structure == VMSA_SWEEP_L1D || second;
	s->sides[VMSA_TLB_FETCH] = structure == VMSA_SWEEP_L1I || second;
	if (second && tlb->l2i.entries)
		s->sides[structure == VMSA_SWEEP_L2 ? VMSA_TLB_FETCH
						    : VMSA_TLB_DATA] = false;
	s->ha = tlb->ha;
	err = vmsa_geometry_init(&s->reach, tlb->granule_shift, 48,
				 tlb->lpa2 ? VMSA_FORMAT_LPA2 : VMSA_FORMAT_48);
	if (!err && second)
		err = init_first_level(s, tlb);
	return err ? err : init_counts(s);
}

int vmsa_sweep_one_create(const struct vmsa_sweep_config *config,
			  struct vmsa_replay_model *model,
			  struct vmsa_sweep_one **out)
{
	struct vmsa_sweep_one *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	if (!measure(s, config)) {
		free(s);
		return 0;
	}
	err = init(s, config);
	if (err) {
		vmsa_sweep_one_destroy(s);
		return err;
	}
	*model = (struct vmsa_replay_model){
		.access = use,
		.hit_more = hit_more,
		.hold = hold,
		.release = release,
		.invalidate = invalidate,
		.reset_stats = reset_stats,
		.arg = s,
	};
	*out = s;
	return 0;
}

void vmsa_sweep_one_destroy(struct vmsa_sweep_one *one)
{
	if (!one)
		return;
	vmsa_tlb_destroy(one->l1);
	vmsa_stack_destroy(one->stack);
	vmsa_sets_destroy(one->sets);
	free(one->by_stack);
	free(one->by_sets);
	free(one);
}
