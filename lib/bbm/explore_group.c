/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_group.c - what the rest of a Contiguous group offers an address
 *
 * While a member of its group is valid with the Contiguous bit set, a TLB may
 * translate the address by that member (R_NGLXZ, R_JQQTC).  Each member's old
 * value counts until a DSB has completed the store that replaced it, the new
 * one from that store on: in which order the members' stores reach memory makes
 * no difference to what may be held, so it is no choice.
 */
#include "bbm/explore_slice.h"

#include <errno.h>
#include <string.h>

static const struct vmsa_geometry *shape(const struct slice *s)
{
	return &s->program->config.geometry;
}

/* A member's descriptor as it translates the address; false if it does not. */
static bool as_member(const struct slice *s, const struct group *g,
		      vmsa_desc desc, vmsa_desc *out)
{
	const int level = s->loc[g->loc].level;
	const uint64_t span = vmsa_level_span(shape(s), level);
	const uint64_t whole = span * g->count;
	const enum vmsa_desc_type type = vmsa_desc_type(shape(s), level, desc);
	vmsa_pa pa = vmsa_desc_oa(shape(s), desc);

	if ((type != VMSA_DESC_TYPE_BLOCK && type != VMSA_DESC_TYPE_PAGE) ||
	    !(desc & VMSA_LEAF_CONTIGUOUS) || !(desc & VMSA_LEAF_AF))
		return false;
	/*
	 * A TLB that holds the group as one entry takes the offset in it from
	 * the address, whatever the member's own low bits are (D8.7).
	 */
	pa = (pa & ~(whole - 1)) | (s->va & (whole - 1) & ~(span - 1));
	*out = (desc & ~vmsa_oa_mask(shape(s))) | vmsa_oa_desc(shape(s), pa);
	return true;
}

/* Values as a set of bits; one that a member offers. */
static uint64_t offer_of(struct slice *s, const struct group *g, vmsa_desc desc)
{
	vmsa_desc mine;

	if (!as_member(s, g, desc, &mine))
		return 0;
	return UINT64_C(1) << vmsa_slice_value(
		       s, (struct value){ mine, CONTENT_DESC });
}

/* All that memory may offer now: values in place, and values not yet gone. */
static uint64_t offers(struct slice *s, const struct group *g)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < MAX_PES; i++)
		set |= g->leaving[i];
	for (unsigned i = 0; i < g->count; i++)
		set |= offer_of(s, g, g->member[i]);
	return set;
}

static int add_group(struct slice *s, uint8_t l)
{
	const unsigned n = vmsa_level_contiguous(shape(s), s->loc[l].level);
	struct group *g = &s->group[s->nr_groups];

	if (n == 1)
		return 0;
	if (n > MAX_MEMBERS || s->nr_groups == MAX_GROUPS) {
		s->bound = "more Contiguous groups than fit";
		return 0;
	}
	*g = (struct group){ .loc = l, .count = n };
	g->first = s->loc[l].at & ~(n * sizeof(vmsa_desc) - 1);
	for (unsigned i = 0; i < n; i++) {
		struct value initial;
		const int rc = vmsa_slice_initial(
			s, g->first + i * sizeof(vmsa_desc), &initial);

		if (rc)
			return rc;
		/* What was never filled is the own location's business. */
		if (initial.content == CONTENT_DESC)
			g->member[i] = initial.desc;
	}
	s->nr_groups++;
	return 0;
}

/* Open and close the intervals in which values are offered. */
static void update(struct slice *s, struct group *g, uint64_t set)
{
	const uint64_t gone = g->offered & ~set, fresh = set & ~g->offered;

	for (unsigned i = 0; i < s->nr_offers; i++) {
		struct offer *o = &s->offer[i];

		if (o->loc == g->loc && o->last == UINT32_MAX &&
		    gone >> o->value & 1)
			o->last = (uint32_t)s->nr_steps - 1;
	}
	for (uint64_t left = fresh; left; left &= left - 1) {
		if (s->nr_offers == MAX_OFFERS) {
			s->bound = "more changes of a group than fit";
			return;
		}
		s->offer[s->nr_offers++] = (struct offer){
			.first = (uint32_t)s->nr_steps,
			.last = UINT32_MAX,
			.loc = g->loc,
			.value = (uint8_t)__builtin_ctzll(left),
		};
	}
	g->offered = set;
}

int vmsa_slice_groups(struct slice *s)
{
	s->nr_groups = 0;
	s->nr_offers = 0;
	for (uint8_t l = 0; l < s->nr_locs; l++) {
		const int rc = add_group(s, l);

		if (rc)
			return rc;
	}
	for (unsigned i = 0; i < s->nr_groups; i++)
		update(s, &s->group[i], offers(s, &s->group[i]));
	return 0;
}

/* Most events are about other tables; this is asked often. */
static bool touches(const struct slice *s, const struct group *g,
		    const struct vmsa_event *e)
{
	const uint64_t size = g->count * sizeof(vmsa_desc);
	uint64_t from, bytes;

	switch (e->kind) {
	case VMSA_EVENT_STORE:
	case VMSA_EVENT_FILL:
		from = e->u.store.at;
		bytes = e->u.store.count * sizeof(vmsa_desc);
		break;
	case VMSA_EVENT_TABLE_ALLOC:
		from = e->u.table.pa;
		bytes = vmsa_granule(shape(s));
		break;
	default:
		return false;
	}
	return g->first < from + bytes && from < g->first + size;
}

static void write_members(struct slice *s, struct group *g,
			  const struct vmsa_event *e)
{
	const uint8_t pe = vmsa_slice_editor(s, e->pe);

	for (unsigned i = 0; i < g->count; i++) {
		const vmsa_pa at = g->first + i * sizeof(vmsa_desc);
		vmsa_desc desc;

		if (!vmsa_slice_is_written(s, e, at, &desc))
			continue;
		if (desc != g->member[i])
			g->leaving[pe] |= offer_of(s, g, g->member[i]);
		g->member[i] = desc;
	}
}

static bool is_leaving(const struct group *g, uint8_t pe)
{
	return pe != NO_PE && g->leaving[pe];
}

/*
 * In any order, one PE's changes come between its own steps wherever others
 * are; those of two have no order.
 */
static void note_changer(struct slice *s, uint16_t number)
{
	const uint8_t pe = vmsa_slice_editor(s, number);

	if (s->group_pe != NO_PE && s->group_pe != pe)
		s->bound = "several PEs change one Contiguous group";
	s->group_pe = pe;
}

bool vmsa_slice_group_event(struct slice *s, const struct vmsa_event *e,
			    unsigned completes)
{
	const uint8_t pe = vmsa_slice_find_editor(s, e->pe);
	bool changed = false;

	for (unsigned i = 0; i < s->nr_groups; i++) {
		struct group *g = &s->group[i];
		const bool written = touches(s, g, e);

		g->next = g->offered;
		if (!written && !is_leaving(g, pe))
			continue;
		if (written)
			write_members(s, g, e);
		if (completes & VMSA_COMPLETES_STORES)
			g->leaving[pe] = 0;
		g->next = offers(s, g);
		changed |= g->next != g->offered;
	}
	if (changed && s->mixed)
		note_changer(s, e->pe);
	return changed;
}

void vmsa_slice_group_update(struct slice *s)
{
	for (unsigned i = 0; i < s->nr_groups; i++)
		update(s, &s->group[i], s->group[i].next);
}

bool vmsa_slice_group_leaving(const struct slice *s, uint8_t pe)
{
	for (unsigned i = 0; i < s->nr_groups; i++) {
		if (is_leaving(&s->group[i], pe))
			return true;
	}
	return false;
}
