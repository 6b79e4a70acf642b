/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TLB_WALK_FULL_H
#define VMSA_LIB_TLB_WALK_FULL_H
/*
 * walk_full.h - what the files of full walks share
 */
#include "tlb_impl.h"

/** struct vmsa_tlb_job - one walk, of one stage or of two. */
struct vmsa_tlb_job {
	struct vmsa_tlb *tlb;
	const struct vmsa_tlb_access *a;
	struct vmsa_tlb_counters *c; /**< the access's account */
	bool ahead; /**< a prefetch: no descriptor is written */
};

/** struct vmsa_tlb_ipa - what stage 2 says of one IPA. */
struct vmsa_tlb_ipa {
	vmsa_pa pa;    /**< output address */
	uint8_t shift; /**< log2 of the leaf's size */
	bool clean;    /**< a write makes the page dirty */
	bool fault;    /**< a stage 2 fault; what is above means nothing */
};

/**
 * vmsa_tlb_translate_ipa() - stage 2 of one address, at a price.
 * @job:   the walk it is a part of
 * @ipa:   the address
 * @write: it is written to
 * @out:   the answer; the address itself, without a stage 2
 *
 * Return: 0, also for a fault;
 *	-EAGAIN, if a descriptor changed before hardware could write it.
 */
int vmsa_tlb_translate_ipa(const struct vmsa_tlb_job *job, uint64_t ipa,
			   bool write, struct vmsa_tlb_ipa *out);

/**
 * vmsa_tlb_meter() - what has been spent so far beside the start of walks.
 * @tlb: for the prices
 * @c:   the account
 *
 * Return: cycles.
 */
static inline uint64_t vmsa_tlb_meter(const struct vmsa_tlb *tlb,
				      const struct vmsa_tlb_counters *c)
{
	const struct vmsa_tlb_config *costs = &tlb->config;

	return c->line_hits * costs->line_hit_cycles +
	       c->line_misses * costs->line_miss_cycles +
	       c->ipa_hits * costs->ipa_cycles +
	       c->updates * costs->update_cycles;
}

/** VMSA_TLB_RESTARTS - how often a walk starts again before it fails. */
#define VMSA_TLB_RESTARTS 64

/** vmsa_tlb_load() - load the descriptor at @at through the lines. */
void vmsa_tlb_load(struct vmsa_tlb *tlb, struct vmsa_tlb_counters *c,
		   vmsa_pa at);

/**
 * vmsa_tlb_settle_leaf() - Access flag and dirty state of a leaf, decided.
 * @job:   the walk
 * @walk:  its answer: @walk->fault is set if the Access flag is missing, and
 *	   @walk->clean cleared where nothing manages the dirty state
 * @write: the leaf is for a write
 *
 * Return: whether hardware has to write the descriptor.
 */
static inline bool vmsa_tlb_settle_leaf(const struct vmsa_tlb_job *job,
					struct vmsa_tlb_walk *walk, bool write)
{
	const struct vmsa_tlb_config *config = &job->tlb->config;

	walk->clean &= config->hd;
	walk->fault |= walk->no_access && (!config->ha || job->ahead);
	return !walk->fault && (walk->no_access || (write && walk->clean));
}

/**
 * vmsa_tlb_update() - hardware writes the leaf that a walk found.
 * @c:      the account
 * @walker: of its stage
 * @walk:   marked as what the leaf is now
 * @write:  it becomes dirty if it can
 *
 * Return: 0 or what the walker returns.
 */
int vmsa_tlb_update(struct vmsa_tlb_counters *c,
		    const struct vmsa_tlb_walker *walker,
		    struct vmsa_tlb_walk *walk, bool write);

#endif /* VMSA_LIB_TLB_WALK_FULL_H */
