/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.c - life of the TLBs, and the door to the access path
 */
#include "tlb_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What this host runs fastest. */
static const struct vmsa_tlb_run *choose_run(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f"))
		return &vmsa_tlb_run_avx512;
#endif
	return &vmsa_tlb_run_portable;
}

int vmsa_tlb_init_array(struct vmsa_tlb *tlb, struct vmsa_assoc *array,
			const struct vmsa_tlb_array *shape)
{
	const struct vmsa_tlb_config *c = &tlb->config;
	size_t offset = (size_t)((const char *)shape - (const char *)c);

	/* Each draws by itself: the seed, plus its number. */
	return vmsa_assoc_init(array, shape, c->seed + offset / sizeof(*shape));
}

static int init_arrays(struct vmsa_tlb *tlb)
{
	const struct vmsa_tlb_config *c = &tlb->config;
	const struct {
		struct vmsa_assoc *array;
		const struct vmsa_tlb_array *shape;
	} all[] = {
		{ &tlb->l1[VMSA_TLB_DATA], &c->l1d },
		{ &tlb->l1[VMSA_TLB_FETCH], &c->l1i },
		{ &tlb->l2[VMSA_TLB_DATA], &c->l2 },
		{ &tlb->l2[VMSA_TLB_FETCH], &c->l2i },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(all) / sizeof(all[0]); i++)
		err = vmsa_tlb_init_array(tlb, all[i].array, all[i].shape);
	return err ? err : vmsa_tlb_init_walks(tlb);
}

/* Has a side no TLB at all? */
static bool bare_side(const struct vmsa_tlb_config *c)
{
	return !c->l2.entries &&
	       (!c->l1d.entries || (!c->l1i.entries && !c->l2i.entries));
}

/* Do all TLBs there are take leaves as they come, alike, and no more? */
static void choose_way(struct vmsa_tlb *tlb)
{
	const struct vmsa_tlb_config *c = &tlb->config;
	const struct vmsa_tlb_array *all[] = { &c->l1d, &c->l1i, &c->l2,
					       &c->l2i };
	unsigned with = 0, without = 0;

	tlb->plain =
		c->conflict == VMSA_TLB_SMALLEST && !c->hd && !c->prefetch_next;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i]->entries)
			continue;
		if (all[i]->aggregate)
			tlb->aggregates = true;
		if (all[i]->aggregate || all[i]->holds || all[i]->refuses)
			tlb->plain = false;
		with += all[i]->contiguous;
		without += !all[i]->contiguous;
	}
	tlb->contiguous = with;
	/* A leaf that nobody keeps is as large as it is by itself. */
	if (with && (without || bare_side(c)))
		tlb->plain = false;
}

/* What each TLB keeps. */
static int init_keeps(struct vmsa_tlb *tlb)
{
	const struct vmsa_tlb_config *c = &tlb->config;
	const struct {
		struct vmsa_tlb_keep *keep;
		const struct vmsa_tlb_array *shape;
	} all[] = {
		{ &tlb->keep_l1[VMSA_TLB_DATA], &c->l1d },
		{ &tlb->keep_l1[VMSA_TLB_FETCH], &c->l1i },
		{ &tlb->keep_l2[VMSA_TLB_DATA], &c->l2 },
		{ &tlb->keep_l2[VMSA_TLB_FETCH], &c->l2i },
	};
	int err = 0;

	if ((unsigned)c->conflict >= VMSA_TLB_NR_CONFLICTS)
		return -EINVAL;
	for (size_t i = 0; !err && i < sizeof(all) / sizeof(all[0]); i++)
		err = vmsa_tlb_keep_init(all[i].keep, all[i].shape,
					 c->granule_shift);
	choose_way(tlb);
	return err;
}

/* Which L2 serves each side. */
static void choose_second(struct vmsa_tlb *tlb)
{
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		int of = tlb->config.l2i.entries ? side : VMSA_TLB_DATA;

		tlb->second[side] = &tlb->l2[of];
		tlb->keep_second[side] = &tlb->keep_l2[of];
	}
}

static void forget_last(struct vmsa_tlb *tlb)
{
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		tlb->last[side] = VMSA_TAG_NONE;
}

int vmsa_tlb_create(const struct vmsa_tlb_config *config,
		    const struct vmsa_tlb_walker *walker, struct vmsa_tlb **out)
{
	unsigned granule = config->granule_shift;
	struct vmsa_tlb *tlb;
	int err;

	if ((granule != 12 && granule != 14 && granule != 16) ||
	    !vmsa_tlb_walks_possible(config))
		return -EINVAL;
	tlb = calloc(1, sizeof(*tlb));
	if (!tlb)
		return -ENOMEM;
	tlb->config = *config;
	tlb->walker = *walker;
	tlb->run = choose_run();
	tlb->chance = config->seed;
	choose_second(tlb);
	err = init_keeps(tlb);
	if (!err)
		err = init_arrays(tlb);
	if (err) {
		vmsa_tlb_destroy(tlb);
		return err;
	}
	forget_last(tlb);
	*out = tlb;
	return 0;
}

void vmsa_tlb_destroy(struct vmsa_tlb *tlb)
{
	if (!tlb)
		return;
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		vmsa_assoc_fini(&tlb->l1[side]);
		vmsa_assoc_fini(&tlb->l2[side]);
	}
	vmsa_tlb_fini_walks(tlb);
	vmsa_contexts_fini(&tlb->contexts);
	free(tlb);
}

const struct vmsa_tlb_config *vmsa_tlb_config(const struct vmsa_tlb *tlb)
{
	return &tlb->config;
}

int vmsa_tlb_access(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *access,
		    struct vmsa_tlb_answer *out)
{
	struct vmsa_tlb_access a = *access;
	struct vmsa_tlb_answer answer;
	int err = vmsa_contexts_enter(tlb, &a);

	a.va = vmsa_tlb_va(a.va);
	if (!err)
		err = tlb->run->one(tlb, &a, &answer);
	if (err)
		return err;
	tlb->stats.of[a.region][a.side].accesses++;
	if (out)
		*out = answer;
	return 0;
}

int vmsa_tlb_access_many(struct vmsa_tlb *tlb,
			 const struct vmsa_tlb_access *like, const vmsa_va *va,
			 size_t n)
{
	size_t done = 0;
	int err = vmsa_contexts_enter(tlb, like);

	if (!err)
		err = tlb->run->many(tlb, like, va, n, &done);
	tlb->stats.of[like->region][like->side].accesses += done;
	return err;
}
