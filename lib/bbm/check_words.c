/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_words.c - what the checker found, in words
 */
#include <inttypes.h>

#include "vmsa/bbm/check.h"

/* A rule's word for files, the manual's tags, and what was done wrong. */
static const struct {
	const char *name, *tag, *text;
} rules[VMSA_CHECK_NR_RULES] = {
	[VMSA_CHECK_BREAK] = { "break", "R_WHZWS",
			       "a live translation was changed without "
			       "break-before-make" },
	[VMSA_CHECK_UNPUBLISHED] = { "unpublished", "R_SPVBD",
				     "a table was linked before its contents "
				     "were visible" },
	[VMSA_CHECK_FILLED_LIVE] = { "filled-live", "R_SPVBD",
				     "a table was filled after it was "
				     "linked" },
	[VMSA_CHECK_FREED_LINKED] = { "freed-linked", "D8.16",
				      "a table was freed that is linked" },
	[VMSA_CHECK_FREED_CACHED] = { "freed-cached", "D8.16, D8.17",
				      "a table was freed that a walk cache may "
				      "still hold" },
	[VMSA_CHECK_REUSED] = { "reused", "D8.16, D8.17",
				"an unhooked table was written to that a walk "
				"cache may still hold" },
	[VMSA_CHECK_STALE] = { "stale", "D8.17",
			       "the operation returned while the old "
			       "translation may still be used" },
	[VMSA_CHECK_INVISIBLE] = { "invisible", "R_SPVBD",
				   "the operation returned before its new "
				   "translation was visible" },
	[VMSA_CHECK_UNSYNCED] = { "unsynced", "I_WZCBG",
				  "the operation returned without context "
				  "synchronisation of its own PE" },
	[VMSA_CHECK_GROUP] = { "group", "R_JQQTC, R_QTRPM",
			       "members of a Contiguous group disagree" },
	[VMSA_CHECK_OVERLAP] = { "overlap", "R_WHZWS",
				 "a global and a non-global translation of "
				 "one address may be cached together" },
	[VMSA_CHECK_TLBI] = { "tlbi", "C5.5",
			      "the base of a range TLBI is not aligned for "
			      "its level hint: UNPREDICTABLE" },
	[VMSA_CHECK_RESERVED] = { "reserved", "D8.3",
				  "a valid descriptor of a type that its "
				  "level does not have" },
	[VMSA_CHECK_RETABLED] = { "retabled", "D8.16, R_WHZWS",
				  "a table took the place of another that a "
				  "walk cache may still hold" },
	[VMSA_CHECK_LOCK] = { "lock", "not of the manual",
			      "a tree was written to without its lock, or a "
			      "lock was not free" },
	[VMSA_CHECK_PLAIN] = { "plain", "B2.3",
			       "two plain writes under one lock without a DSB "
			       "between them" },
	[VMSA_CHECK_ID] = { "id", "D8.16",
			    "a VMID or ASID stands for two trees, or two for "
			    "one" },
	[VMSA_CHECK_SWITCH] = { "switch", "D8.16, R_WHZWS",
				"a PE turned to tables that translations in "
				"its TLB disagree with" },
	[VMSA_CHECK_FREED_AGAIN] = { "freed-again", "not of the manual",
				     "a frame was freed that is no table, or "
				     "not any more" },
	[VMSA_CHECK_TAKEN] = { "taken", "not of the manual",
			       "a frame became a table that is one already" },
};

const char *vmsa_check_rule_name(enum vmsa_check_rule rule)
{
	return rule < VMSA_CHECK_NR_RULES ? rules[rule].name : "?";
}

const char *vmsa_check_tag(const struct vmsa_check_finding *finding)
{
	if (finding->rule >= VMSA_CHECK_NR_RULES)
		return "?";
	/* Sizes and the Contiguous bit have rules of their own. */
	switch (finding->needs) {
	case VMSA_BBM_SIZE:
		return "R_PVFTW";
	case VMSA_BBM_CONTIGUOUS:
		return "R_KHRBC, R_FCPSG";
	default:
		return rules[finding->rule].tag;
	}
}

const char *vmsa_check_rule_text(enum vmsa_check_rule rule)
{
	return rule < VMSA_CHECK_NR_RULES ? rules[rule].text : "?";
}

const char *vmsa_check_verdict_name(enum vmsa_check_verdict verdict)
{
	switch (verdict) {
	case VMSA_CHECK_VIOLATION:
		return "violation";
	case VMSA_CHECK_UNKNOWN:
		return "unknown";
	case VMSA_CHECK_LINT:
		return "lint";
	default:
		return "?";
	}
}

const char *vmsa_check_why_text(enum vmsa_check_why why)
{
	switch (why) {
	case VMSA_WHY_NO_TLBI:
		return "no TLBI has come since";
	case VMSA_WHY_EARLY:
		return "the TLBI came before a DSB made the store visible";
	case VMSA_WHY_NO_DSB:
		return "no DSB has completed the TLBI";
	case VMSA_WHY_LOCAL:
		return "the TLBI reaches only the PE that did it";
	case VMSA_WHY_ASID:
		return "the TLBI is for another address space";
	case VMSA_WHY_LAST_LEVEL:
		return "a last-level TLBI leaves table entries";
	case VMSA_WHY_HINT:
		return "the TLBI's level hint names another level";
	case VMSA_WHY_NOTHING:
		return "the TLBI's hint or granule obliges it to nothing";
	case VMSA_WHY_COMBINED:
		return "entries of both stages together remain";
	case VMSA_WHY_SPACE:
		return "the TLBI's NS bit names the other IPA space";
	case VMSA_WHY_NO_ISB:
		return "no ISB was done after the register was written";
	case VMSA_WHY_REPEAT:
		return "these PEs need the TLBI and its DSB twice";
	case VMSA_WHY_ADDRESS:
		return "the TLBIs since are for other addresses";
	case VMSA_WHY_STAGE:
		return "the TLBI is for the other stage, and leaves entries of "
		       "this one";
	default:
		return "?";
	}
}

/* --- what to do ---------------------------------------------------------- */

/* A store has been there: which step is missing behind it. */
static const char *next_step(const struct vmsa_check_finding *f)
{
	switch (f->why) {
	case VMSA_WHY_EARLY:
		return "a DSB ISHST between the store and the TLBI";
	case VMSA_WHY_NO_DSB:
		return "a DSB ISH, by the PE that did the TLBI, before this";
	case VMSA_WHY_LOCAL:
		return "an Inner Shareable TLBI";
	case VMSA_WHY_ASID:
		return "a TLBI for this ASID and VMID, or for all of them";
	case VMSA_WHY_LAST_LEVEL:
		return "a TLBI that is not last-level";
	case VMSA_WHY_HINT:
	case VMSA_WHY_NOTHING:
		return "a TLBI with the leaf's level as hint, or none";
	case VMSA_WHY_COMBINED:
		return "after that DSB, TLBI VMALLE1IS; DSB ISH";
	case VMSA_WHY_SPACE:
		return "a TLBI with the NS bit of this IPA space";
	case VMSA_WHY_NO_ISB:
		return "an ISB before the TLBI";
	case VMSA_WHY_REPEAT:
		return "the same TLBI and DSB ISH again";
	case VMSA_WHY_ADDRESS:
		return "a TLBI of this address, or of all of them";
	case VMSA_WHY_STAGE:
		return f->regime == VMSA_CHECK_STAGE2
			       ? "TLBI IPAS2E1IS; DSB ISH before it"
			       : "a TLBI by VA, or for all of the VMID";
	case VMSA_WHY_NO_TLBI:
	default:
		return "DSB ISHST; TLBI; DSB ISH between the store and this";
	}
}

static const char *break_remedy(const struct vmsa_check_finding *f)
{
	const unsigned sizes = VMSA_BBM_SIZE | VMSA_BBM_CONTIGUOUS;

	if (f->cause.event)
		return next_step(f);
	if (f->needs && !(f->needs & ~sizes))
		return "an invalid descriptor; DSB; TLBI; DSB in between, or "
		       "PEs with FEAT_BBM level 2";
	return "an invalid descriptor; DSB; TLBI; DSB in between";
}

static const char *table_remedy(const struct vmsa_check_finding *f)
{
	switch (f->rule) {
	case VMSA_CHECK_UNPUBLISHED:
		return "a DSB ISHST between filling the table and linking it";
	case VMSA_CHECK_FILLED_LIVE:
		return "to fill the table, then DSB ISHST, then link it";
	case VMSA_CHECK_FREED_LINKED:
		return "to unhook the table first; DSB; TLBI; DSB";
	case VMSA_CHECK_RETABLED:
	default:
		return f->cause.event ? next_step(f)
				      : "an invalid descriptor; DSB; TLBI; DSB "
					"in between";
	}
}

/* A tag of their own parts what it tags: not global leaves, nor all of EL2. */
static const char *switch_remedy(const struct vmsa_check_finding *f)
{
	const bool leaf = f->needs != 0;

	if (f->regime == VMSA_CHECK_EL2)
		return "tables without translations in between, then ISB; "
		       "TLBI; DSB; ISB";
	if (f->regime == VMSA_CHECK_STAGE2)
		return "tables without translations in between, then ISB; "
		       "TLBI; DSB; ISB, or another VMID";
	if (leaf && !(f->old & VMSA_LEAF_NG))
		return "tables without translations in between, then ISB; "
		       "TLBI; DSB; ISB, or nG set in the old leaf and another "
		       "ASID: a global leaf matches all of them";
	return "tables without translations in between, then ISB; TLBI; DSB; "
	       "ISB, or another ASID or VMID";
}

const char *vmsa_check_remedy(const struct vmsa_check_finding *finding)
{
	switch (finding->rule) {
	case VMSA_CHECK_BREAK:
		return break_remedy(finding);
	case VMSA_CHECK_FREED_CACHED:
	case VMSA_CHECK_REUSED:
	case VMSA_CHECK_STALE:
		return next_step(finding);
	case VMSA_CHECK_INVISIBLE:
		return "a DSB ISHST before the end";
	case VMSA_CHECK_UNSYNCED:
		return "an ISB before the end";
	case VMSA_CHECK_GROUP:
		return "one output range, aligned to the group, and one set "
		       "of attributes for all members";
	case VMSA_CHECK_OVERLAP:
		return "to invalidate the address for all ASIDs in between";
	case VMSA_CHECK_TLBI:
		return "a base aligned to the hinted level, or no hint";
	case VMSA_CHECK_LOCK:
		return "the tree's lock, held by the PE that writes";
	case VMSA_CHECK_PLAIN:
		return "a store-release, or a DSB before";
	case VMSA_CHECK_ID:
		return "an id that no other tree has in the meantime";
	case VMSA_CHECK_RESERVED:
		return "a type the level has";
	case VMSA_CHECK_SWITCH:
		return switch_remedy(finding);
	case VMSA_CHECK_FREED_AGAIN:
		return "to free a table once";
	case VMSA_CHECK_TAKEN:
		return "to free the table first";
	default:
		return table_remedy(finding);
	}
}

/* --- a report ------------------------------------------------------------ */

enum vmsa_check_place vmsa_check_place(const struct vmsa_check_finding *finding)
{
	switch (finding->rule) {
	case VMSA_CHECK_UNSYNCED:
		return VMSA_CHECK_NOWHERE;
	case VMSA_CHECK_INVISIBLE:
	case VMSA_CHECK_TLBI:
		return VMSA_CHECK_ADDRESSES;
	default:
		/* A descriptor translates more than one address. */
		return finding->last > finding->first ? VMSA_CHECK_DESCRIPTOR
						      : VMSA_CHECK_FRAME;
	}
}

struct printer {
	FILE *out;
	vmsa_check_source_fn source;
	void *arg;
};

static void print_ref(const struct printer *p, const char *what,
		      const struct vmsa_check_ref *ref)
{
	const char *at = NULL;

	if (!ref->event)
		return;
	if (p->source && ref->source)
		at = p->source(p->arg, ref->source);
	fprintf(p->out, "  %s event %" PRIu64 " of PE %u", what, ref->event,
		ref->pe);
	if (at)
		fprintf(p->out, " at %s", at);
	fprintf(p->out, "\n");
}

static void print_needs(FILE *out, unsigned needs)
{
	const char *before = " (";

	for (unsigned i = 0; i < VMSA_BBM_NR_RULES; i++) {
		if (!(needs & 1u << i))
			continue;
		fprintf(out, "%s%s", before,
			vmsa_bbm_rule_name((enum vmsa_bbm_rule)(1u << i)));
		before = ", ";
	}
	if (needs)
		fprintf(out, ")");
}

static void print_place(FILE *out, const struct vmsa_check_finding *f)
{
	switch (vmsa_check_place(f)) {
	case VMSA_CHECK_ADDRESSES:
		fprintf(out, "  VA 0x%" PRIx64, f->first);
		if (f->last > f->first)
			fprintf(out, " to 0x%" PRIx64, f->last);
		fprintf(out, "\n");
		break;
	case VMSA_CHECK_FRAME:
		fprintf(out, "  memory at 0x%" PRIx64 "\n", f->at);
		break;
	case VMSA_CHECK_DESCRIPTOR:
		fprintf(out,
			"  level %d descriptor at 0x%" PRIx64 ", VA 0x%" PRIx64
			" to 0x%" PRIx64 "\n  was 0x%" PRIx64 ", is 0x%" PRIx64
			"\n",
			f->level, f->at, f->first, f->last, f->old, f->desc);
		break;
	case VMSA_CHECK_NOWHERE:
	default:
		break;
	}
}

void vmsa_check_print(FILE *out, const struct vmsa_check_finding *finding,
		      vmsa_check_source_fn source, void *arg)
{
	const struct printer p = { out, source, arg };
	const struct vmsa_check_finding *f = finding;

	fprintf(out, "%s: %s [%s]", vmsa_check_verdict_name(f->verdict),
		vmsa_check_rule_text(f->rule), vmsa_check_tag(f));
	print_needs(out, f->needs);
	if (f->operation)
		fprintf(out, ", in %s", f->operation);
	fprintf(out, "\n");
	print_place(out, f);
	print_ref(&p, "found at", &f->here);
	print_ref(&p, "because of", &f->cause);
	print_ref(&p, "last TLBI,", &f->tlbi);
	if (f->cause.event && (f->old || f->tlbi.event))
		fprintf(out, "  %s\n", vmsa_check_why_text(f->why));
	fprintf(out, "  legal with: %s\n", vmsa_check_remedy(f));
}
