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

/* Zero in a structure that takes leaves as they come. */
static uint64_t special(const struct vmsa_tlb_array *a)
{
	return a->aggregate | a->holds | a->refuses;
}

/* What the header promises and this model does not do yet. */
static bool supported(const struct vmsa_tlb_config *c)
{
	uint64_t more = special(&c->l1d) | special(&c->l1i) | special(&c->l2) |
			special(&c->l2i) | special(&c->walk_cache) |
			special(&c->lines) | special(&c->ipa_cache) |
			special(&c->s2_walk_cache);

	for (unsigned level = 0; level < VMSA_LEVELS; level++)
		more |= special(&c->walk_level[level]) |
			special(&c->s2_walk_level[level]);
	if (c->conflict || more)
		return false;
	return (!c->l1d.entries || c->l1d.contiguous == c->l2.contiguous ||
		!c->l2.entries);
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
	if (!supported(config))
		return -ENOTSUP;
	tlb = calloc(1, sizeof(*tlb));
	if (!tlb)
		return -ENOMEM;
	tlb->config = *config;
	tlb->walker = *walker;
	tlb->run = choose_run();
	err = init_arrays(tlb);
	if (err) {
		vmsa_tlb_destroy(tlb);
		return err;
	}
	tlb->second[VMSA_TLB_DATA] = &tlb->l2[VMSA_TLB_DATA];
	tlb->second[VMSA_TLB_FETCH] =
		&tlb->l2[config->l2i.entries ? VMSA_TLB_FETCH : VMSA_TLB_DATA];
	tlb->contiguous = config->l1d.contiguous || config->l1i.contiguous ||
			  config->l2.contiguous;
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
	int err;

	a.va = vmsa_tlb_va(a.va);
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
	int err = tlb->run->many(tlb, like, va, n, &done);

	tlb->stats.of[like->region][like->side].accesses += done;
	return err;
}
