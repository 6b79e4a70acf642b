/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_walk.c - what walkers find and TLBs hold in one state
 *
 * A TLB holds every table and leaf that a walk could have read so far, because
 * holding more never removes an outcome.  A walk goes through memory and, at
 * every level, also through the tables that are held.
 */
#include "bbm/explore.h"

#include <string.h>

static const struct vmsa_geometry *shape(const struct slice *s)
{
	return &s->program->config.geometry;
}

/* --- entries have numbers ------------------------------------------------ */

/* What comes of a TLB that holds these two leaves at once. */
static uint32_t judge_pair(const struct slice *s, const struct entry *a,
			   const struct entry *b)
{
	const struct vmsa_leaf_change change = {
		.va = s->va,
		.from = { a->desc, a->tag.level },
		.to = { b->desc, b->tag.level },
		.flags = s->options->hd ? VMSA_BBM_HD : 0,
	};
	const struct vmsa_leaf_change back = { .va = s->va,
					       .from = change.to,
					       .to = change.from,
					       .flags = change.flags };
	/*
	 * In a TLB there is no old and no new, but which came first: that is
	 * what the rule about global entries asks, see judge_late().
	 */
	const unsigned needs =
		(vmsa_slice_needs(s, &change) | vmsa_slice_needs(s, &back)) &
		~(unsigned)VMSA_BBM_GLOBAL;
	const unsigned left =
		needs & ~vmsa_bbm_tolerates(s->options->bbm, &change);

	if (left & ~(unsigned)VMSA_BBM_CONTENTS)
		return SEEN_FORBIDDEN;
	if (left && !s->options->same_contents)
		return SEEN_CONTENTS;
	return needs & ~(unsigned)VMSA_BBM_CONTENTS && s->options->bbm < 3
		       ? SEEN_CONFLICT
		       : 0;
}

static bool is_leaf(const struct entry *e)
{
	return e->tag.kind == VMSA_CACHED_LEAF ||
	       e->tag.kind == VMSA_CACHED_S2_LEAF ||
	       e->tag.kind == VMSA_CACHED_COMBINED;
}

/* Leaf @b is global, @a is not, and so nobody may make @b while @a is held. */
static bool is_global_over(const struct slice *s, const struct entry *a,
			   const struct entry *b)
{
	const struct vmsa_leaf_change change = {
		.va = s->va,
		.from = { a->desc, a->tag.level },
		.to = { b->desc, b->tag.level },
	};

	return vmsa_slice_needs(s, &change) & VMSA_BBM_GLOBAL;
}

/* A new entry against all others, once; states then only look it up. */
static void judge_pairs(struct slice *s, unsigned new)
{
	const struct entry *b = &s->entry[new];

	s->over[new] = 0;
	for (unsigned i = 0; i <= new; i++) {
		const struct entry *a = &s->entry[i];

		s->pair[i][new] = 0;
		if (i != new &&is_leaf(a) && is_leaf(b)) {
			s->pair[i][new] = judge_pair(s, a, b);
			if (is_global_over(s, a, b))
				s->over[new] |= UINT64_C(1) << i;
			if (is_global_over(s, b, a))
				s->over[i] |= UINT64_C(1) << new;
		}
		s->pair[new][i] = s->pair[i][new];
	}
}

static unsigned number_of(struct slice *s, const struct entry *entry)
{
	for (unsigned i = 0; i < s->nr_entries; i++) {
		const struct entry *e = &s->entry[i];

		if (e->tag.kind == entry->tag.kind &&
		    e->tag.level == entry->tag.level &&
		    e->desc == entry->desc && e->above == entry->above)
			return i;
	}
	if (s->nr_entries == MAX_ENTRIES) {
		s->bound = "more translations than fit";
		return 0;
	}
	s->entry[s->nr_entries] = *entry;
	judge_pairs(s, s->nr_entries);
	return s->nr_entries++;
}

static struct entry make_entry(const struct slice *s, vmsa_desc desc, int level,
			       vmsa_desc above)
{
	/* A Contiguous group does not make what a TLBI has to name larger. */
	const uint64_t inside = vmsa_level_span(shape(s), level) - 1;

	return (struct entry){
		.tag = { .level = (int8_t)level,
			 .first = s->va & ~inside,
			 .last = s->va | inside },
		.desc = desc,
		.above = above,
	};
}

/* A leaf as a TLB holds it, with what it means for the address. */
static unsigned leaf_number(struct slice *s, vmsa_desc desc, int level,
			    vmsa_desc above)
{
	struct entry e = make_entry(s, desc, level, above);

	vmsa_slice_tag(s, false, desc, &e.tag);
	e.pa = vmsa_leaf_output(
		shape(s), (struct vmsa_leaf){ desc, (int8_t)level }, s->va);
	e.attr = vmsa_slice_effective(s, desc, above);
	return number_of(s, &e);
}

/* A stage 2 leaf as part of the translation of some VA by both stages. */
static unsigned combined_number(struct slice *s, unsigned leaf)
{
	struct entry e = s->entry[leaf];

	e.tag.kind = VMSA_CACHED_COMBINED;
	/* Its tag is a VA, which nobody here knows: any. */
	e.tag.first = 0;
	e.tag.last = UINT64_MAX;
	return number_of(s, &e);
}

static unsigned table_number(struct slice *s, vmsa_desc desc, int level,
			     vmsa_desc above)
{
	struct entry e = make_entry(
		s, desc, level, above | vmsa_slice_table_attributes(s, desc));

	vmsa_slice_tag(s, true, desc, &e.tag);
	e.table = vmsa_desc_oa(shape(s), desc);
	return number_of(s, &e);
}

/* --- walking ------------------------------------------------------------- */

static uint8_t find_loc(const struct slice *s, vmsa_pa table, int level)
{
	const vmsa_pa at =
		table + sizeof(vmsa_desc) * (uint64_t)vmsa_level_index(
						    shape(s), level, s->va);

	for (uint8_t i = 0; i < s->nr_locs; i++) {
		if (s->loc[i].at == at)
			return i;
	}
	return NO_LOC;
}

/*
 * A valid member of a Contiguous group may be translated by another one, also
 * where a table has taken its place meanwhile.
 */
static void read_group(struct slice *s, struct state *st, uint8_t l,
		       vmsa_desc above)
{
	const uint32_t next = s->mixed && s->group_pe != NO_PE
				      ? st->pc[s->group_pe]
				      : vmsa_slice_next(s, st);

	for (unsigned i = 0; i < s->nr_offers; i++) {
		const struct offer *o = &s->offer[i];

		if (o->loc == l && o->first <= next && next <= o->last)
			st->held |= UINT64_C(1)
				    << leaf_number(s, s->value[o->value].desc,
						   s->loc[l].level, above);
	}
}

/* From memory as it is, so that it may be the last of all that are held. */
static void take_leaf(struct state *st, unsigned leaf)
{
	st->held |= UINT64_C(1) << leaf;
	st->own |= UINT64_C(1) << leaf;
	st->late |= UINT64_C(1) << leaf;
}

/* Read one descriptor: a fault goes to @seen, anything else is held. */
static void read_loc(struct slice *s, struct state *st, uint8_t l,
		     vmsa_desc above, struct seen *seen)
{
	const struct value *v = &s->value[st->memory[l]];
	const int level = s->loc[l].level;

	if (v->content != CONTENT_DESC) {
		seen->other |= v->content == CONTENT_FREED ? SEEN_FREED
							   : SEEN_UNFILLED;
		return;
	}
	switch (vmsa_desc_type(shape(s), level, v->desc)) {
	case VMSA_DESC_TYPE_INVALID:
		seen->other |= SEEN_FAULT(level);
		break;
	case VMSA_DESC_TYPE_TABLE:
		st->held |= UINT64_C(1)
			    << table_number(s, v->desc, level, above);
		read_group(s, st, l, above);
		break;
	default:
		/* A leaf with AF = 0 faults and is not held (R_XCLRD). */
		if (!(v->desc & VMSA_LEAF_AF))
			seen->other |= SEEN_AF_FAULT(level);
		else
			take_leaf(st, leaf_number(s, v->desc, level, above));
		read_group(s, st, l, above);
		break;
	}
}

/* Its base register points elsewhere, so that nobody accesses either. */
static bool is_away(const struct slice *s, const struct state *st)
{
	return s->self != NO_PE && s->leaving < st->pc[s->self] &&
	       st->pc[s->self] <= s->returning;
}

/* Through the root, then through every table held, found ones included. */
static void walk(struct slice *s, struct state *st, struct seen *seen)
{
	uint64_t left, done = 0;

	if (!is_away(s, st))
		read_loc(s, st, 0, 0, seen);
	while ((left = st->held & ~done) != 0) {
		const unsigned i = (unsigned)__builtin_ctzll(left);
		const struct entry *e = &s->entry[i];
		uint8_t l;

		done |= UINT64_C(1) << i;
		if (is_leaf(e)) {
			seen->leaves |= UINT64_C(1) << i;
			if (e->tag.kind == VMSA_CACHED_S2_LEAF)
				st->held |= UINT64_C(1)
					    << combined_number(s, i);
			continue;
		}
		l = find_loc(s, e->table, e->tag.level + 1);
		if (l != NO_LOC)
			read_loc(s, st, l, e->above, seen);
	}
}

/* Every pair that is held at once; zero where all get along. */
static uint32_t judge_leaves(const struct slice *s, uint64_t leaves)
{
	uint32_t seen = 0;

	for (uint64_t a = leaves; a; a &= a - 1) {
		for (uint64_t b = a & (a - 1); b; b &= b - 1)
			seen |= s->pair[__builtin_ctzll(a)][__builtin_ctzll(b)];
	}
	return seen;
}

/*
 * A global entry made over a non-global one of the address needs a break; a
 * non-global one that joins a global one needs none (R_WHZWS).  What a walk can
 * still read it can take in last; once it cannot, those stay late that were, as
 * long as what they were made over is held.  Among the members of a Contiguous
 * group there is no such order: what they disagree about, nG too, may be as any
 * of them says (R_JQQTC).
 */
static uint32_t judge_late(const struct slice *s, struct state *st)
{
	for (uint64_t left = st->late; left; left &= left - 1) {
		if (!(s->over[__builtin_ctzll(left)] & st->own))
			st->late ^= left & -left;
	}
	return st->late ? SEEN_FORBIDDEN : 0;
}

void vmsa_slice_start(struct slice *slice, struct state *state)
{
	memset(state, 0, sizeof(*state));
	for (unsigned i = 0; i < slice->nr_editors; i++)
		state->pc[i] = slice->editor[i].first;
	for (uint8_t l = 0; l < slice->nr_locs; l++)
		state->memory[l] = slice->loc[l].initial;
}

/*
 * The other PEs' accesses start now.  The editor's may have been translated at
 * any time since its last context synchronisation, and sees all of it.
 */
void vmsa_slice_look(struct slice *slice, struct state *state)
{
	struct seen now = { 0, 0 };

	walk(slice, state, &now);
	now.other |= judge_leaves(slice, now.leaves);
	now.other |= judge_late(slice, state);
	state->now = now;
	if (slice->observer == VMSA_OBSERVER_SELF) {
		state->early.leaves |= now.leaves;
		state->early.other |= now.other;
	}
}

void vmsa_slice_invalidate(const struct slice *slice, struct state *state,
			   const struct step *step)
{
	/* Without ETS2 what the issuer translated waits for its next CSE. */
	const bool drops = slice->options->ets2 || step->pe != slice->self;

	for (unsigned i = 0; i < slice->nr_entries; i++) {
		const uint64_t bit = UINT64_C(1) << i;

		if (!vmsa_slice_removes(slice, &step->tlbi,
					&slice->entry[i].tag))
			continue;
		state->held &= ~bit;
		state->own &= ~bit;
		state->late &= ~bit;
		if (drops)
			state->early.leaves &= ~bit;
	}
}

void vmsa_slice_mapping(struct slice *slice, const struct state *state,
			struct mapping *out)
{
	const uint8_t offers = slice->nr_offers, self = slice->self;
	struct state st = *state;
	struct seen seen = { 0, 0 };

	/* The address's own descriptors say what is meant. */
	slice->nr_offers = 0;
	slice->self = NO_PE;
	st.held = 0;
	walk(slice, &st, &seen);
	slice->self = self;
	slice->nr_offers = offers;
	*out = (struct mapping){ .valid = seen.leaves != 0 };
	if (out->valid) {
		const struct entry *e =
			&slice->entry[__builtin_ctzll(seen.leaves)];

		out->pa = e->pa;
		out->attr = e->attr;
	}
}

struct seen vmsa_slice_seen(const struct slice *slice,
			    const struct state *state)
{
	return slice->observer == VMSA_OBSERVER_SELF ? state->early
						     : state->now;
}
