/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stage2.c - IPA to PA: the IPA cache, walks of stage 2, their maintenance
 *
 * Everything here is global, of a VMID and a PE or those with CnP, and tagged
 * with an IPA where stage 1 has a VA.
 */
#include "walk_full.h"

#include "probe.h"
#include "scope.h"
#include "walk.h"

#define MIN_SHIFT VMSA_TLB_MIN_SHIFT
#define MAX_SHIFT VMSA_TLB_MAX_SHIFT

static uint64_t ipa_tag(const struct vmsa_tlb *tlb, uint64_t ipa,
			unsigned class)
{
	return ((ipa << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
	       vmsa_tlb_shared(tlb) | VMSA_TAG_VALID | class;
}

/* The smallest entry that translates @ipa, made the youngest; or none. */
static uint32_t use_ipa(struct vmsa_tlb *tlb, uint64_t ipa)
{
	struct vmsa_assoc *a = &tlb->ipa_cache;

	for (uint32_t left = a->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		uint64_t tag = ipa_tag(tlb, ipa, class);
		uint32_t slot = use(a, (uint32_t)(ipa >> (MIN_SHIFT + class)),
				    tag, tag);

		if (slot != VMSA_ASSOC_NONE)
			return slot;
	}
	return VMSA_ASSOC_NONE;
}

static void load_all(const struct vmsa_tlb_job *job,
		     const struct vmsa_tlb_walk *walk)
{
	struct vmsa_tlb *tlb = job->tlb;
	unsigned level = (unsigned)VMSA_LEVEL_SLOT(walk->first);
	unsigned last = (unsigned)VMSA_LEVEL_SLOT(walk->last);

	for (; level <= last; level++) {
		job->c->s2_loads[level]++;
		vmsa_tlb_load(tlb, job->c, walk->at[level]);
		if (level < last)
			keep_table(&tlb->s2_tables, false, walk->va,
				   vmsa_tlb_shared(tlb), level,
				   walk->at[level + 1]);
	}
}

static int walk_ipa(const struct vmsa_tlb_job *job, uint64_t ipa, bool write,
		    struct vmsa_tlb_walk *walk)
{
	struct vmsa_tlb *tlb = job->tlb;
	int begun, err;

	ask(walk, ipa, 0, job->a->vmid, false);
	begun = choose_start(&tlb->s2_tables, false, vmsa_tlb_shared(tlb),
			     walk);
	if (begun < 0)
		job->c->s2_walk_cache_misses++;
	else
		job->c->s2_walk_cache_hits[begun]++;
	err = tlb->s2_walker.walk(tlb->s2_walker.arg, walk);
	if (err)
		return err;
	if (!possible(walk))
		return -EINVAL;
	job->c->s2_walks++;
	load_all(job, walk);
	if (walk->fault)
		return 0;
	if (walk->shift < MIN_SHIFT || walk->shift > MAX_SHIFT)
		return -EINVAL;
	if (!vmsa_tlb_settle_leaf(job, walk, write))
		return 0;
	return vmsa_tlb_update(job->c, &tlb->s2_walker, walk, write);
}

static void keep_ipa(struct vmsa_tlb *tlb, const struct vmsa_tlb_walk *walk)
{
	struct vmsa_assoc *cache = &tlb->ipa_cache;
	uint64_t tag = ipa_tag(tlb, walk->va, walk->shift - MIN_SHIFT);
	vmsa_pa base = walk->pa & ~((UINT64_C(1) << walk->shift) - 1);

	if (cache->entries)
		insert(cache, (uint32_t)(walk->va >> walk->shift), tag,
		       walk->clean ? base | VMSA_DATA_CLEAN : base);
}

static void answer_kept(const struct vmsa_assoc *cache, uint32_t slot,
			uint64_t ipa, struct vmsa_tlb_ipa *out)
{
	uint64_t data = cache->data[slot];

	out->fault = false;
	out->clean = data & VMSA_DATA_CLEAN;
	out->shift = (uint8_t)(MIN_SHIFT + (cache->tag[slot] & VMSA_TAG_CLASS));
	out->pa = (data & VMSA_DATA_PA) |
		  (ipa & ((UINT64_C(1) << out->shift) - 1));
}

int vmsa_tlb_translate_ipa(const struct vmsa_tlb_job *job, uint64_t ipa,
			   bool write, struct vmsa_tlb_ipa *out)
{
	struct vmsa_assoc *cache = &job->tlb->ipa_cache;
	struct vmsa_tlb_walk walk;
	uint32_t slot;
	int err;

	*out = (struct vmsa_tlb_ipa){ .pa = ipa, .shift = MAX_SHIFT };
	if (!job->tlb->stage2)
		return 0;
	slot = use_ipa(job->tlb, ipa);
	if (slot != VMSA_ASSOC_NONE) {
		answer_kept(cache, slot, ipa, out);
		if (!write || !out->clean) {
			job->c->ipa_hits++;
			return 0;
		}
	}
	err = walk_ipa(job, ipa, write, &walk);
	out->fault = walk.fault;
	if (err || walk.fault)
		return err;
	/* Clean entries make room for what hardware has just written. */
	for (; slot != VMSA_ASSOC_NONE; slot = use_ipa(job->tlb, ipa))
		vmsa_assoc_remove(cache, slot);
	keep_ipa(job->tlb, &walk);
	out->pa = walk.pa;
	out->shift = walk.shift;
	out->clean = walk.clean;
	return 0;
}

/* --- maintenance -------------------------------------------------------- */

/* @shift: by class, log2 of what an entry covers; NULL: the class itself. */
static void clean(const struct vmsa_tlb *tlb, struct vmsa_assoc *a,
		  const uint8_t *shift, const struct vmsa_tlb_scope *s)
{
	for (uint32_t slot = 0; slot < a->slots;) {
		uint64_t tag = a->tag[slot];
		unsigned class = (unsigned)(tag & VMSA_TAG_CLASS);
		uint64_t ipa = (tag & VMSA_TAG_PAGE) >> VMSA_TAG_VA_SHIFT;
		unsigned covers =
			shift && tag ? shift[class] : MIN_SHIFT + class;

		if (tag && vmsa_tlb_concerns(tlb, s, tag) &&
		    vmsa_tlb_reaches(s, ipa, covers))
			vmsa_assoc_remove(a, slot); /* another may be here */
		else
			slot++;
	}
}

/* False: it removes nothing of stage 2. */
static bool decode(const struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
		   struct vmsa_tlb_scope *s)
{
	const uint64_t in_granule = tlb->s2_tables.in_granule;
	struct vmsa_tlbi_page page;
	struct vmsa_tlbi_span span;

	s->tables = tlbi->op != VMSA_TLBI_IPAS2LE1 &&
		    tlbi->op != VMSA_TLBI_RIPAS2LE1;
	switch (tlbi->op) {
	case VMSA_TLBI_VMALLS12E1:
	case VMSA_TLBI_ALLE1:
		return true;
	case VMSA_TLBI_IPAS2E1:
	case VMSA_TLBI_IPAS2LE1:
		vmsa_tlbi_page_decode(tlbi->op, tlbi->operand, &page);
		s->start = page.address & ~in_granule;
		s->last = s->start | in_granule;
		return true;
	case VMSA_TLBI_RIPAS2E1:
	case VMSA_TLBI_RIPAS2LE1:
		if (vmsa_tlbi_span_decode(tlbi->operand, tlb->config.lpa2,
					  &span) ||
		    (UINT64_C(1) << span.granule_shift) - 1 != in_granule)
			return false;
		/* 37 bits of BaseADDR; an IPA has no sign to extend. */
		s->start = span.base &
			   ((UINT64_C(1)
			     << (37 + (span.ds ? 16 : span.granule_shift))) -
			    1);
		s->last = s->start + (vmsa_tlbi_span_bytes(&span) - 1);
		return true;
	default:
		return false;
	}
}

void vmsa_tlb_clean_stage2(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
			   const struct vmsa_tlb_issuer *by)
{
	struct vmsa_tlb_tables *t = &tlb->s2_tables;
	struct vmsa_tlb_scope s = vmsa_tlb_scope_of(tlbi, by);

	s.global = true;
	if (!decode(tlb, tlbi, &s))
		return;
	clean(tlb, &tlb->ipa_cache, NULL, &s);
	if (!s.tables)
		return;
	clean(tlb, &t->merged, t->shift, &s);
	for (unsigned level = 0; level < VMSA_LEVELS; level++)
		clean(tlb, &t->level[level], t->shift, &s);
}
