/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_judge.c - which invariants a state breaks, in bits and in words
 */
#include "bbm/explore.h"

#include <inttypes.h>

const char *vmsa_invariant_name(enum vmsa_invariant invariant)
{
	switch (invariant) {
	case VMSA_I1_NO_FAULT:
		return "I1: an address mapped before and after never faults";
	case VMSA_I2_OUTPUT:
		return "I2: the output address is the old or the new one";
	case VMSA_I3_PERMISSION:
		return "I3: permissions are the old or the new ones";
	case VMSA_I3_STALE:
		return "I3: only the new ones once the call has returned";
	case VMSA_I4_COEXIST:
		return "I4: no two leaves coexist that the level forbids";
	case VMSA_I5_FILLED:
		return "I5: nothing uninitialised is reachable";
	case VMSA_I6_FREED:
		return "I6: no freed table is reachable";
	case VMSA_NO_CONFLICT:
		return "no TLB conflict abort";
	case VMSA_SAME_CONTENTS:
		return "read-only pages that are swapped hold the same";
	default:
		return "?";
	}
}

/*
 * A fault is only wrong where the address is mapped both before and after; what
 * is mapped or unmapped by the program may fault in between.  Unfilled and
 * freed tables are wrong whatever they happen to hold.
 */
static unsigned judge_other(const struct slice *s, uint64_t other)
{
	unsigned broken = 0;

	if (other & SEEN_FAULTS && s->before.valid && s->after.valid)
		broken |= VMSA_I1_NO_FAULT;
	if (other & SEEN_FORBIDDEN)
		broken |= VMSA_I4_COEXIST;
	if (other & SEEN_CONFLICT)
		broken |= VMSA_NO_CONFLICT;
	if (other & SEEN_CONTENTS)
		broken |= VMSA_SAME_CONTENTS;
	if (other & SEEN_UNFILLED)
		broken |= VMSA_I5_FILLED;
	if (other & SEEN_FREED)
		broken |= VMSA_I6_FREED;
	return broken;
}

static bool same_output(const struct mapping *m, const struct entry *e)
{
	return m->valid && m->pa == e->pa;
}

static bool same_mapping(const struct mapping *m, const struct entry *e)
{
	return same_output(m, e) && m->attr == e->attr;
}

/* Old or new as a whole; a mixture of both is neither. */
static unsigned judge_leaf(const struct slice *s, const struct entry *e,
			   bool ended)
{
	unsigned broken = 0;

	if (!same_output(&s->before, e) && !same_output(&s->after, e))
		broken |= VMSA_I2_OUTPUT;
	else if (!same_mapping(&s->before, e) && !same_mapping(&s->after, e))
		broken |= VMSA_I3_PERMISSION;
	if (ended && !same_mapping(&s->after, e))
		broken |= VMSA_I3_STALE;
	return broken;
}

unsigned vmsa_slice_judge(const struct slice *slice, const struct state *state)
{
	const bool ended = vmsa_slice_ended(slice, state);
	const struct seen seen = vmsa_slice_seen(slice, state);
	unsigned broken = judge_other(slice, seen.other);

	for (uint64_t left = seen.leaves; left; left &= left - 1)
		broken |= judge_leaf(
			slice, &slice->entry[__builtin_ctzll(left)], ended);
	if (ended && slice->after.valid && seen.other & SEEN_FAULTS)
		broken |= VMSA_I3_STALE;
	return broken;
}

/* --- in words ------------------------------------------------------------ */

static void add(struct vmsa_outcome *out, size_t *n, uint64_t seen,
		struct vmsa_outcome outcome)
{
	if (seen)
		out[(*n)++] = outcome;
}

/* Entries that differ in what an access does not notice look alike. */
static bool is_known(const struct vmsa_outcome *out, size_t n,
		     const struct entry *e)
{
	for (size_t i = 0; i < n; i++) {
		if (out[i].level == e->tag.level && out[i].pa == e->pa &&
		    out[i].attr == e->attr)
			return true;
	}
	return false;
}

size_t vmsa_slice_outcomes(const struct slice *slice, struct seen seen,
			   struct vmsa_outcome out[MAX_ENTRIES + 32])
{
	const uint64_t other = seen.other;
	size_t n = 0;

	for (uint64_t left = seen.leaves; left; left &= left - 1) {
		const struct entry *e = &slice->entry[__builtin_ctzll(left)];

		add(out, &n, !is_known(out, n, e),
		    (struct vmsa_outcome){ VMSA_OUTCOME_OUTPUT, e->tag.level,
					   e->pa, e->attr });
	}
	for (int8_t level = VMSA_MIN_LEVEL; level <= VMSA_MAX_LEVEL; level++) {
		add(out, &n, other & SEEN_FAULT(level),
		    (struct vmsa_outcome){ VMSA_OUTCOME_FAULT, level, 0, 0 });
		add(out, &n, other & SEEN_AF_FAULT(level),
		    (struct vmsa_outcome){ VMSA_OUTCOME_ACCESS_FLAG, level, 0,
					   0 });
	}
	add(out, &n, other & (SEEN_CONFLICT | SEEN_FORBIDDEN | SEEN_CONTENTS),
	    (struct vmsa_outcome){ .kind = VMSA_OUTCOME_CONFLICT });
	add(out, &n, other & (SEEN_FORBIDDEN | SEEN_CONTENTS),
	    (struct vmsa_outcome){ .kind = VMSA_OUTCOME_UNPREDICTABLE });
	add(out, &n, other & SEEN_UNFILLED,
	    (struct vmsa_outcome){ .kind = VMSA_OUTCOME_UNFILLED });
	add(out, &n, other & SEEN_FREED,
	    (struct vmsa_outcome){ .kind = VMSA_OUTCOME_FREED });
	return n;
}

static void tell_outcome(const struct vmsa_outcome *o, FILE *out)
{
	switch (o->kind) {
	case VMSA_OUTCOME_OUTPUT:
		fprintf(out,
			"the level %d leaf to 0x%" PRIx64
			" with attributes 0x%" PRIx64,
			o->level, o->pa, o->attr);
		break;
	case VMSA_OUTCOME_FAULT:
		fprintf(out, "a translation fault at level %d", o->level);
		break;
	case VMSA_OUTCOME_ACCESS_FLAG:
		fprintf(out, "an Access flag fault at level %d", o->level);
		break;
	case VMSA_OUTCOME_CONFLICT:
		fputs("a TLB conflict abort", out);
		break;
	case VMSA_OUTCOME_UNPREDICTABLE:
		fputs("any mixture of these", out);
		break;
	case VMSA_OUTCOME_UNFILLED:
		fputs("whatever an unfilled table holds", out);
		break;
	case VMSA_OUTCOME_FREED:
		fputs("whatever a freed table holds by now", out);
		break;
	}
}

static void tell_mapping(const char *when, const struct mapping *m, FILE *out)
{
	if (m->valid)
		fprintf(out,
			"  %s the program: 0x%" PRIx64
			" with attributes 0x%" PRIx64 "\n",
			when, m->pa, m->attr);
	else
		fprintf(out, "  %s the program: not mapped\n", when);
}

void vmsa_slice_tell(const struct slice *slice, const struct state *state,
		     unsigned broken, FILE *out)
{
	struct vmsa_outcome o[MAX_ENTRIES + 32];
	const size_t n =
		vmsa_slice_outcomes(slice, vmsa_slice_seen(slice, state), o);

	fprintf(out, "  PE %u  an access to 0x%" PRIx64 " may get\n", slice->pe,
		slice->va);
	for (size_t i = 0; i < n; i++) {
		fputs("          ", out);
		tell_outcome(&o[i], out);
		fputc('\n', out);
	}
	tell_mapping("before", &slice->before, out);
	tell_mapping("after", &slice->after, out);
	for (unsigned i = 1; i <= VMSA_SAME_CONTENTS; i <<= 1) {
		if (broken & i)
			fprintf(out, "  broken: %s\n",
				vmsa_invariant_name((enum vmsa_invariant)i));
	}
}
