/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk_full.c - a walk with stage 2, hardware updates and several walkers
 *
 *     for each descriptor of stage 1:  its address  -> stage 2 -> load
 *     the leaf:                        Access flag
 *     the output address:              -> stage 2
 *     the leaf:                        written, if its flags change
 *
 * The leaf comes last: dirty state is set only for a write that does not fault
 * (D8.5), and stage 2 may fault it.  A hardware write of a descriptor is
 * itself a write to stage 2.
 */
#include "walk_full.h"

#include "walk.h"

void vmsa_tlb_load(struct vmsa_tlb *tlb, struct vmsa_tlb_counters *c,
		   vmsa_pa at)
{
	if (load_hits(&tlb->lines, at))
		c->line_hits++;
	else
		c->line_misses++;
}

int vmsa_tlb_update(struct vmsa_tlb_counters *c,
		    const struct vmsa_tlb_walker *walker,
		    struct vmsa_tlb_walk *walk, bool write)
{
	bool dirty = write && walk->clean;
	int err = 0;

	if (walker->update)
		err = walker->update(walker->arg, walk, dirty);
	if (err)
		return err;
	c->updates++;
	walk->no_access = false;
	if (dirty)
		walk->clean = false;
	/* They were like the leaf that was. */
	walk->neighbours = 0;
	return 0;
}

/* Load descriptors from the walk's first to its last; keep the tables. */
static int load_all(const struct vmsa_tlb_job *job, struct vmsa_tlb_walk *walk)
{
	struct vmsa_tlb *tlb = job->tlb;
	unsigned level = (unsigned)VMSA_LEVEL_SLOT(walk->first);
	unsigned last = (unsigned)VMSA_LEVEL_SLOT(walk->last);

	for (; level <= last; level++) {
		struct vmsa_tlb_ipa at;
		int err = vmsa_tlb_translate_ipa(job, walk->at[level], false,
						 &at);

		if (err)
			return err;
		if (at.fault) {
			walk->fault = true;
			return 0;
		}
		job->c->loads[level]++;
		vmsa_tlb_load(tlb, job->c, at.pa);
		if (level < last)
			keep_table(&tlb->tables, false, walk->va,
				   vmsa_tlb_own(tlb), level,
				   walk->at[level + 1]);
	}
	return 0;
}

/* Pages whose IPA lies in the leaf of stage 2 that @walk's page is in. */
static uint8_t near_pages(const struct vmsa_tlb *tlb,
			  const struct vmsa_tlb_walk *walk, unsigned s2_shift)
{
	unsigned page = tlb->config.granule_shift;
	unsigned self = walk->va >> page & (VMSA_TLB_NEIGHBOURS - 1);
	uint8_t bits = 0;

	for (unsigned i = 0; i < VMSA_TLB_NEIGHBOURS; i++) {
		uint64_t ipa = walk->pa + ((uint64_t)i << page) -
			       ((uint64_t)self << page);

		if (ipa >> s2_shift == walk->pa >> s2_shift)
			bits |= (uint8_t)(1u << i);
	}
	return bits;
}

/* Both stages in one entry, as large as the smaller leaf. */
static void combine(const struct vmsa_tlb *tlb, struct vmsa_tlb_walk *walk,
		    const struct vmsa_tlb_ipa *ipa)
{
	walk->neighbours &= near_pages(tlb, walk, ipa->shift);
	if (walk->shift > ipa->shift)
		walk->shift = ipa->shift;
	if (walk->contiguous_shift > ipa->shift)
		walk->contiguous_shift = ipa->shift;
	walk->clean |= ipa->clean;
	walk->pa = ipa->pa;
}

/* Write the leaf, whose page stage 2 must let hardware write to. */
static int write_leaf(const struct vmsa_tlb_job *job,
		      struct vmsa_tlb_walk *walk)
{
	vmsa_pa at = walk->at[VMSA_LEVEL_SLOT(walk->last)];
	struct vmsa_tlb_ipa page = { 0 };
	int err = 0;

	if (job->tlb->stage2)
		err = vmsa_tlb_translate_ipa(job, at, true, &page);
	walk->fault = page.fault;
	if (err || page.fault)
		return err;
	return vmsa_tlb_update(job->c, &job->tlb->walker, walk, job->a->write);
}

/* From the leaf that was read to the answer. */
static int finish(const struct vmsa_tlb_job *job, struct vmsa_tlb_walk *walk)
{
	struct vmsa_tlb *tlb = job->tlb;
	bool write = vmsa_tlb_settle_leaf(job, walk, job->a->write);
	struct vmsa_tlb_ipa ipa;
	int err;

	if (walk->fault)
		return 0;
	err = vmsa_tlb_translate_ipa(job, walk->pa, job->a->write, &ipa);
	walk->fault = ipa.fault;
	if (!err && !walk->fault && write)
		err = write_leaf(job, walk);
	if (err || walk->fault || !tlb->stage2)
		return err;
	if (!job->ahead)
		tlb->final = ipa.pa;
	if (tlb->config.nesting == VMSA_TLB_COMBINED)
		combine(tlb, walk, &ipa);
	return 0;
}

static int walk_once(const struct vmsa_tlb_job *job, struct vmsa_tlb_walk *walk)
{
	struct vmsa_tlb *tlb = job->tlb;
	const struct vmsa_tlb_access *a = job->a;
	int begun, err;

	ask(walk, a->va, a->asid, a->vmid, tlb->aggregates);
	begun = choose_start(&tlb->tables, false, vmsa_tlb_own(tlb), walk);
	if (begun < 0)
		job->c->walk_cache_misses++;
	else
		job->c->walk_cache_hits[begun]++;
	err = tlb->walker.walk(tlb->walker.arg, walk);
	if (err)
		return err;
	if (!possible(walk))
		return -EINVAL;
	err = load_all(job, walk);
	return err || walk->fault ? err : finish(job, walk);
}

static int walk_full(const struct vmsa_tlb_job *job, struct vmsa_tlb_walk *walk)
{
	uint64_t before = vmsa_tlb_meter(job->tlb, job->c), spent;
	int err = -EAGAIN;

	for (int i = 0; err == -EAGAIN && i < VMSA_TLB_RESTARTS; i++)
		err = walk_once(job, walk);
	if (err)
		return err;
	spent = vmsa_tlb_meter(job->tlb, job->c) - before;
	vmsa_tlb_occupy(job->tlb, job->c, job->tlb->config.walk_cycles + spent);
	return 0;
}

int vmsa_tlb_walk_full(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
		       struct vmsa_tlb_counters *c, struct vmsa_tlb_walk *walk)
{
	const struct vmsa_tlb_job job = { .tlb = tlb, .a = a, .c = c };
	int err = walk_full(&job, walk);

	c->walks += !err;
	return err;
}

int vmsa_tlb_walk_ahead(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a,
			struct vmsa_tlb_counters *c, struct vmsa_tlb_walk *walk)
{
	const struct vmsa_tlb_job job = {
		.tlb = tlb, .a = a, .c = c, .ahead = true
	};
	int err = walk_full(&job, walk);

	c->prefetches += !err;
	return err;
}
