/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_lookup.c - one lookup: what tables say, what a TLB holds for it
 */
#include "bbm/litmus_lookup.h"

/* --- lookups ------------------------------------------------------------- */

/* Some VAs are mapped in the regime of EL2 whatever the PE runs. */
struct lookup vmsa_lookup_make(struct search *s, struct state *st, unsigned pe,
			       unsigned context, uint8_t va)
{
	struct lookup l = { .s = s,
			    .st = st,
			    .pe = pe,
			    .context = s->test->thread[pe].context[context],
			    .index = va };

	if (s->test->el2_vas >> va & 1)
		l.context = (struct context){ .el2 = true, .s2 = NONE };
	return l;
}

/* The second half of a lookup: the IPA that stage 1 gave. */
struct lookup vmsa_lookup_stage2(const struct lookup *l, uint8_t ipa)
{
	struct lookup l2 = *l;

	l2.stage2 = true;
	l2.index = ipa;
	return l2;
}

enum vmsa_cached_kind vmsa_lookup_table_kind(const struct lookup *l)
{
	return l->stage2 ? VMSA_CACHED_S2_TABLE : VMSA_CACHED_TABLE;
}

/* --- translations have numbers ------------------------------------------- */

/* The span follows from index and level, so it need not be compared. */
static bool same_entry(const struct entry *a, const struct entry *b)
{
	return a->tag.kind == b->tag.kind && a->tag.el2 == b->tag.el2 &&
	       a->tag.global == b->tag.global && a->tag.asid == b->tag.asid &&
	       a->tag.vmid == b->tag.vmid && a->tag.level == b->tag.level &&
	       a->is_fault == b->is_fault && a->index == b->index &&
	       a->ipa == b->ipa && a->out == b->out;
}

unsigned vmsa_lookup_number(struct search *s, const struct entry *entry)
{
	for (unsigned i = 0; i < s->nr_entries; i++) {
		if (same_entry(&s->entry[i], entry))
			return i;
	}
	if (s->nr_entries == MAX_ENTRIES) {
		s->bound = "more translations than fit";
		return 0;
	}
	s->entry[s->nr_entries] = *entry;
	return s->nr_entries++;
}

/* Address number i stands at (i + 1) * 2 MiB and has a page at its start. */
struct entry vmsa_lookup_entry(const struct lookup *l,
			       enum vmsa_cached_kind kind, int level)
{
	const uint64_t first = (uint64_t)(l->index + 1) << 21;
	const uint64_t span = level < 3 ? UINT64_C(1) << 21 : UINT64_C(1) << 12;

	return (struct entry){
		.tag = { .kind = kind,
			 .el2 = l->context.el2,
			 .asid = l->stage2 ? 0 : l->context.asid,
			 .vmid = l->context.vmid,
			 .level = (int8_t)level,
			 .first = first,
			 .last = first + span - 1 },
		.index = l->index,
		.ipa = NONE,
	};
}

/*
 * Whether a lookup hits an entry: same regime, VMID and address; stage 1
 * entries also need the ASID unless they are global.
 */
static bool in_context(const struct entry *e, const struct lookup *l)
{
	return e->index == l->index && e->tag.el2 == l->context.el2 &&
	       e->tag.vmid == l->context.vmid &&
	       (l->stage2 || e->tag.global || e->tag.asid == l->context.asid);
}

/*
 * The next held entry of this lookup from number @i on; MAX_ENTRIES for none.
 */
unsigned vmsa_lookup_held(const struct lookup *l, enum vmsa_cached_kind kind,
			  unsigned i)
{
	const struct set *held = &l->st->pe[l->pe].held;

	for (; i < l->s->nr_entries; i++) {
		const struct entry *e = &l->s->entry[i];

		if (set_has(held, i) && e->tag.kind == kind && !e->is_fault &&
		    in_context(e, l))
			return i;
	}
	return MAX_ENTRIES;
}

/* --- reading tables ------------------------------------------------------ */

/* A walk reads shared memory and never the PE's own buffer. */
static uint32_t read_loc(const struct lookup *l, uint8_t loc)
{
	const struct pe *pe = &l->st->pe[l->pe];

	if (l->s->mistakes & MISTAKE_WALKER_SEES_BUFFER) {
		for (unsigned i = pe->nr_buffer; i-- > 0;) {
			if (pe->buffer[i].loc == loc)
				return pe->buffer[i].value;
		}
	}
	return l->st->memory[loc];
}

/* An entry that nobody speaks of is invalid. */
uint32_t vmsa_lookup_level3(const struct lookup *l, uint8_t table)
{
	const uint8_t loc = vmsa_litmus_find_loc(
		l->s->test, l->stage2 ? LOC_S2_L3 : LOC_S1_L3, table, l->index);

	return loc == NONE ? 0 : read_loc(l, loc);
}

/* @changes: whether the program stores to it, so that caching it shows. */
uint32_t vmsa_lookup_level2(const struct lookup *l, bool *changes)
{
	const uint8_t root = l->stage2 ? l->context.s2 : l->context.s1;
	const struct test *test = l->s->test;
	uint8_t loc;

	*changes = false;
	if (root == NONE)
		return 0;
	loc = vmsa_litmus_find_loc(test, l->stage2 ? LOC_S2_L2 : LOC_S1_L2,
				   root, l->index);
	if (loc == NONE)
		return VALUE_TABLE | root;
	*changes = test->loc[loc].is_stored;
	return read_loc(l, loc);
}
