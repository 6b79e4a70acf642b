/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rules.c - when break-before-make is needed, and what a TLBI removes
 */
#include "vmsa/bbm/rules.h"

/* --- which changes need break-before-make ------------------------------- */

const char *vmsa_bbm_rule_name(enum vmsa_bbm_rule rule)
{
	switch (rule) {
	case VMSA_BBM_MEMORY_TYPE:
		return "memory type";
	case VMSA_BBM_OUTPUT:
		return "output address of writable memory";
	case VMSA_BBM_CONTENTS:
		return "output address of read-only memory";
	case VMSA_BBM_PA_SPACE:
		return "physical address space";
	case VMSA_BBM_SIZE:
		return "leaf size";
	case VMSA_BBM_CONTIGUOUS:
		return "Contiguous bit";
	case VMSA_BBM_GLOBAL:
		return "global over non-global";
	default:
		return "?";
	}
}

vmsa_pa vmsa_leaf_output(const struct vmsa_geometry *g, struct vmsa_leaf leaf,
			 vmsa_va va)
{
	const uint64_t inside = vmsa_level_span(g, leaf.level) - 1;

	return (vmsa_desc_oa(g, leaf.desc) & ~inside) | (va & inside);
}

/*
 * DBM = 1 counts as writable only where hardware clears AP[2] by itself; with
 * software management it is a software bit.
 */
static bool is_writable(vmsa_desc desc, unsigned flags)
{
	return !(desc & VMSA_LEAF_AP2) ||
	       (desc & VMSA_LEAF_DBM && flags & VMSA_BBM_HD);
}

/* SH lives in the descriptor only where LPA2 does not keep address bits. */
static vmsa_desc memory_type_bits(const struct vmsa_geometry *g)
{
	if (g->format == VMSA_FORMAT_LPA2)
		return VMSA_LEAF_ATTRINDX;
	return VMSA_LEAF_ATTRINDX | VMSA_LEAF_SH;
}

static unsigned output_needs(const struct vmsa_geometry *g,
			     const struct vmsa_leaf_change *c)
{
	if (vmsa_leaf_output(g, c->from, c->va) ==
	    vmsa_leaf_output(g, c->to, c->va))
		return 0;
	if (is_writable(c->from.desc, c->flags) ||
	    is_writable(c->to.desc, c->flags))
		return VMSA_BBM_OUTPUT;
	return VMSA_BBM_CONTENTS;
}

unsigned vmsa_bbm_needs(const struct vmsa_geometry *g,
			const struct vmsa_leaf_change *change)
{
	const vmsa_desc old = change->from.desc, new = change->to.desc;
	const vmsa_desc differ = old ^ new;
	unsigned needs = output_needs(g, change);

	if (differ & memory_type_bits(g))
		needs |= VMSA_BBM_MEMORY_TYPE;
	if (differ & VMSA_LEAF_NS)
		needs |= VMSA_BBM_PA_SPACE;
	/* A leaf of another level has a Contiguous bit of its own. */
	if (change->from.level != change->to.level)
		needs |= VMSA_BBM_SIZE;
	else if (differ & VMSA_LEAF_CONTIGUOUS)
		needs |= VMSA_BBM_CONTIGUOUS;
	/* One way only: nobody need break before nG is set. */
	if (old & VMSA_LEAF_NG && !(new &VMSA_LEAF_NG))
		needs |= VMSA_BBM_GLOBAL;
	return needs;
}

/* nT exists in blocks only; bit 16 of a page is part of its address. */
static bool has_nt(struct vmsa_leaf leaf)
{
	return leaf.level < VMSA_MAX_LEVEL && leaf.desc & VMSA_LEAF_NT;
}

unsigned vmsa_bbm_tolerates(unsigned level,
			    const struct vmsa_leaf_change *change)
{
	if (level == 0)
		return 0;
	if (level >= 2 || has_nt(change->from) || has_nt(change->to))
		return VMSA_BBM_SIZE | VMSA_BBM_CONTIGUOUS;
	return VMSA_BBM_CONTIGUOUS;
}

/* --- what TLB maintenance removes --------------------------------------- */

static bool is_table(enum vmsa_cached_kind kind)
{
	return kind == VMSA_CACHED_TABLE || kind == VMSA_CACHED_S2_TABLE;
}

static bool is_stage2(enum vmsa_cached_kind kind)
{
	return kind == VMSA_CACHED_S2_LEAF || kind == VMSA_CACHED_S2_TABLE;
}

/*
 * Which regime and stages an operation looks at, address and ASID aside.  An
 * operation of stage 1 takes all that was made with stage 1, combined entries
 * with it.  One by IPA cannot find these, as a TLB keeps no IPA of them:
 * whoever breaks a stage 2 entry needs both, in that order (D8.17).
 */
static bool concerns(const struct vmsa_invalidation *tlbi,
		     const struct vmsa_cached *entry)
{
	const bool same_vmid = !entry->el2 && entry->vmid == tlbi->vmid;

	switch (tlbi->op) {
	case VMSA_TLBI_ALLE2:
	case VMSA_TLBI_VAE2:
	case VMSA_TLBI_VALE2:
	case VMSA_TLBI_RVAE2:
	case VMSA_TLBI_RVALE2:
		return entry->el2;
	case VMSA_TLBI_ALLE1:
		return !entry->el2;
	case VMSA_TLBI_VMALLS12E1:
		return same_vmid;
	case VMSA_TLBI_IPAS2E1:
	case VMSA_TLBI_IPAS2LE1:
	case VMSA_TLBI_RIPAS2E1:
	case VMSA_TLBI_RIPAS2LE1:
		return same_vmid && is_stage2(entry->kind);
	default:
		return same_vmid && !is_stage2(entry->kind);
	}
}

/*
 * A global entry is used under every ASID, so a TLBI by VA takes it whatever
 * ASID it names; ASIDE1 takes those of one ASID and is no operation on the
 * others.  A table is never global (R_CHVGJ): kernel tables need VAAE1.
 */
static bool asid_matches(const struct vmsa_tlbi_target *target,
			 const struct vmsa_cached *entry)
{
	if (target->any_asid || entry->el2 || is_stage2(entry->kind))
		return true;
	if (entry->global && !is_table(entry->kind))
		return target->globals;
	return entry->asid == target->asid;
}

/*
 * The hint is the level of the leaf.  Tables above it on the way go as well;
 * what is at that level or below need not (R_SQXYZ), which is why a hint on a
 * TLBI for a table that was unhooked is a bug.
 */
static bool level_matches(const struct vmsa_tlbi_target *target,
			  const struct vmsa_cached *entry)
{
	if (is_table(entry->kind))
		return !target->last_level &&
		       (target->level == VMSA_TLBI_ANY_LEVEL ||
			entry->level < target->level);
	return target->level == VMSA_TLBI_ANY_LEVEL ||
	       entry->level == target->level;
}

bool vmsa_tlbi_removes(const struct vmsa_invalidation *tlbi,
		       const struct vmsa_cached *entry)
{
	const struct vmsa_tlbi_target *target = &tlbi->target;

	return concerns(tlbi, entry) && asid_matches(target, entry) &&
	       level_matches(target, entry) && entry->first <= target->last &&
	       entry->last >= target->first;
}

unsigned vmsa_barrier_completes(enum vmsa_barrier barrier)
{
	/* A DSB NSH promises nothing to walkers of other PEs. */
	const unsigned own = VMSA_COMPLETES_OWN_STORES | VMSA_ORDERS_STORES |
			     VMSA_ORDERS_LOADS | VMSA_COMPLETES_LOCAL_TLBI;
	const unsigned all = own | VMSA_COMPLETES_STORES;

	switch (barrier) {
	case VMSA_DSB_SY:
	case VMSA_DSB_OSH:
		return all | VMSA_COMPLETES_IS_TLBI | VMSA_COMPLETES_OS_TLBI;
	case VMSA_DSB_ISH:
		return all | VMSA_COMPLETES_IS_TLBI;
	case VMSA_DSB_NSH:
		return own;
	/*
	 * It waits for stores, not for TLBIs (T4); what comes after a DSB of
	 * any kind waits for it, so that loads are ordered.
	 */
	case VMSA_DSB_ISHST:
		return VMSA_COMPLETES_STORES | VMSA_COMPLETES_OWN_STORES |
		       VMSA_ORDERS_STORES | VMSA_ORDERS_LOADS;
	case VMSA_DSB_NSHST:
		return VMSA_COMPLETES_OWN_STORES | VMSA_ORDERS_STORES |
		       VMSA_ORDERS_LOADS;
	case VMSA_DMB_ISHST:
		return VMSA_ORDERS_STORES;
	case VMSA_DMB_ISH:
		return VMSA_ORDERS_STORES | VMSA_ORDERS_LOADS;
	case VMSA_ISB:
		return VMSA_SYNCHRONISES;
	default:
		return 0;
	}
}
