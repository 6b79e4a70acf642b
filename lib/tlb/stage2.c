/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stage2.c - IPA to PA: the IPA cache, walks of stage 2, their maintenance
 *
 * Everything here is tagged with the VMID where stage 1 has the ASID, and with
 * an IPA where it has a VA.
 */
#include "walk_full.h"

#include "walk.h"

#define MIN_SHIFT 12
#define MAX_SHIFT 43

static uint64_t ipa_tag(uint64_t ipa, uint16_t vmid, unsigned class)
{
	return ((ipa << VMSA_TAG_VA_SHIFT) & VMSA_TAG_PAGE << class) |
	       (uint64_t)vmid << VMSA_TAG_ASID_SHIFT | VMSA_TAG_VALID | class;
}

/* The smallest entry that translates @ipa, made the youngest; or none. */
static uint32_t use_ipa(struct vmsa_assoc *a, uint64_t ipa, uint16_t vmid)
{
	for (uint32_t left = a->classes; left; left &= left - 1) {
		unsigned class = (unsigned)__builtin_ctz(left);
		uint64_t tag = ipa_tag(ipa, vmid, class);
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
			keep_table(&tlb->s2_tables, false, walk->va, walk->vmid,
				   level, walk->at[level + 1]);
	}
}

static int walk_ipa(const struct vmsa_tlb_job *job, uint64_t ipa, bool write,
		    struct vmsa_tlb_walk *walk)
{
	struct vmsa_tlb *tlb = job->tlb;
	int begun, err;

	ask(walk, ipa, 0, job->a->vmid);
	begun = choose_start(&tlb->s2_tables, false, walk->vmid, walk);
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

static void keep_ipa(struct vmsa_assoc *cache, const struct vmsa_tlb_walk *walk)
{
	uint64_t tag = ipa_tag(walk->va, walk->vmid, walk->shift - MIN_SHIFT);
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
	slot = use_ipa(cache, ipa, job->a->vmid);
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
	for (; slot != VMSA_ASSOC_NONE; slot = use_ipa(cache, ipa, walk.vmid))
		vmsa_assoc_remove(cache, slot);
	keep_ipa(cache, &walk);
	out->pa = walk.pa;
	out->shift = walk.shift;
	out->clean = walk.clean;
	return 0;
}

/* --- maintenance -------------------------------------------------------- */

/* IPAs whose entries go, both inclusive. */
struct ipa_scope {
	uint64_t first, last;
	bool tables; /* table descriptors as well */
};

/* @shift: by class, log2 of what an entry covers; NULL: the class itself. */
static void clean(struct vmsa_assoc *a, const uint8_t *shift,
		  const struct ipa_scope *s)
{
	for (uint32_t slot = 0; slot < a->slots;) {
		uint64_t tag = a->tag[slot];
		unsigned class = (unsigned)(tag & VMSA_TAG_CLASS);
		uint64_t ipa = (tag & VMSA_TAG_PAGE) >> VMSA_TAG_VA_SHIFT;
		unsigned covers =
			shift && tag ? shift[class] : MIN_SHIFT + class;

		if (tag && ipa <= s->last &&
		    ipa + ((UINT64_C(1) << covers) - 1) >= s->first)
			vmsa_assoc_remove(a, slot); /* another may be here */
		else
			slot++;
	}
}

/* False: it removes nothing of stage 2. */
static bool decode(const struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi,
		   struct ipa_scope *s)
{
	const uint64_t in_granule = tlb->s2_tables.in_granule;
	struct vmsa_tlbi_page page;
	struct vmsa_tlbi_span span;

	*s = (struct ipa_scope){
		.last = ~UINT64_C(0),
		.tables = tlbi->op != VMSA_TLBI_IPAS2LE1 &&
			  tlbi->op != VMSA_TLBI_RIPAS2LE1,
	};
	switch (tlbi->op) {
	case VMSA_TLBI_VMALLS12E1:
	case VMSA_TLBI_ALLE1:
		return true;
	case VMSA_TLBI_IPAS2E1:
	case VMSA_TLBI_IPAS2LE1:
		vmsa_tlbi_page_decode(tlbi->op, tlbi->operand, &page);
		s->first = page.address & ~in_granule;
		s->last = s->first | in_granule;
		return true;
	case VMSA_TLBI_RIPAS2E1:
	case VMSA_TLBI_RIPAS2LE1:
		if (vmsa_tlbi_span_decode(tlbi->operand, tlb->config.lpa2,
					  &span) ||
		    (UINT64_C(1) << span.granule_shift) - 1 != in_granule)
			return false;
		/* 37 bits of BaseADDR; an IPA has no sign to extend. */
		s->first = span.base &
			   ((UINT64_C(1)
			     << (37 + (span.ds ? 16 : span.granule_shift))) -
			    1);
		s->last = s->first + (vmsa_tlbi_span_bytes(&span) - 1);
		return true;
	default:
		return false;
	}
}

void vmsa_tlb_clean_stage2(struct vmsa_tlb *tlb, const struct vmsa_tlbi *tlbi)
{
	struct vmsa_tlb_tables *t = &tlb->s2_tables;
	struct ipa_scope s;

	if (!decode(tlb, tlbi, &s))
		return;
	clean(&tlb->ipa_cache, NULL, &s);
	if (!s.tables)
		return;
	clean(&t->merged, t->shift, &s);
	for (unsigned level = 0; level < VMSA_LEVELS; level++)
		clean(&t->level[level], t->shift, &s);
}
