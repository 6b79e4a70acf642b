/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_stale.c - records of translations that TLBs may hold although the
 * tables no longer have them
 *
 * A record stands for a run of descriptors that went together.
 */
#include "bbm/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int make_room(struct stale_set *s)
{
	const uint32_t room = 2 * s->room;
	struct stale *more;

	if (s->n < s->room)
		return 0;
	if (s->room > SET_FEW) {
		more = realloc(s->more, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
	} else {
		more = malloc(room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		memcpy(more, s->few, s->n * sizeof(*more));
	}
	s->more = more;
	s->room = room;
	return 0;
}

/* A record before the one at @at, not written yet. */
static struct stale *insert(struct vmsa_checker *c, struct stale_set *s,
			    uint32_t at)
{
	struct stale *r;

	if (make_room(s)) {
		vmsa_check_lose(c, -ENOMEM);
		return NULL;
	}
	r = stale_of(s) + at;
	memmove(r + 1, r, (s->n - at) * sizeof(*r));
	s->n++;
	return r;
}

/* Records do not overlap, tables and leaves apart: split one before @index. */
static struct stale *split(struct vmsa_checker *c, struct stale_set *s,
			   uint32_t at, unsigned index)
{
	struct context *x = vmsa_check_set_context(c, s);
	const uint64_t span =
		vmsa_level_span(&x->t.geometry, vmsa_check_set_level(s));
	struct stale *r = insert(c, s, at);
	unsigned head;

	if (!r)
		return NULL;
	head = index - r[1].index;
	r[0] = r[1];
	r[0].count = (uint16_t)head;
	r[1].index = (uint16_t)index;
	r[1].count = (uint16_t)(r[1].count - head);
	r[1].old += head * span;
	return r;
}

/* The part of record @at that lies in [@first, @last] as one of its own. */
struct stale *vmsa_check_carve(struct vmsa_checker *c, struct stale_set *s,
			       unsigned first, unsigned last, uint32_t *at)
{
	struct stale *r = stale_of(s) + *at;

	if (r->index < first) {
		if (!split(c, s, *at, first))
			return NULL;
		r = stale_of(s) + ++*at;
	}
	if (r->index + r->count - 1u > last) {
		if (!split(c, s, *at, last + 1))
			return NULL;
		r = stale_of(s) + *at;
	}
	return r;
}

/* The first record that ends at or after @index. */
static uint32_t first_from(struct stale_set *s, unsigned index)
{
	const struct stale *r = stale_of(s);
	uint32_t low = 0, high = s->n;

	/* Most often what comes is after everything. */
	if (high && r[high - 1].index + r[high - 1].count <= index)
		return high;
	while (low < high) {
		const uint32_t mid = (low + high) / 2;

		if (r[mid].index + r[mid].count <= index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct stale fresh(const struct vmsa_checker *c)
{
	return (struct stale){ .stored = c->now,
			       .changed = c->now,
			       .source = { c->source, 0 },
			       .pe = c->pe,
			       .state = STALE_HELD };
}

/*
 * Since when stores have gone on without a DSB or an operation's begin.
 * Records are joined to runs as stores come, one after the other, as long as
 * nothing tells them apart: neither a DSB, which makes some of them visible and
 * not the others, nor the begin of an operation, which has to answer for its
 * own stores alone.
 */
static uint64_t stretch(const struct vmsa_checker *c)
{
	const uint64_t visible = check_pe(c)->visible;
	const uint64_t begun =
		c->nr_operations ? c->operations[c->nr_operations - 1].begun
				 : 0;

	return visible > begun ? visible : begun;
}

/* Can the run before take one more? */
static bool extends(const struct vmsa_checker *c, const struct stale *r,
		    const struct stale *new, uint64_t span)
{
	return !r->reported && r->index + r->count == new->index &&
	       r->old + r->count *span == new->old && r->pe == new->pe &&
	       r->state == STALE_HELD && !r->tlbi && !r->local &&
	       !r->local_due && r->source[0] == new->source[0] &&
	       r->stored >= stretch(c);
}

/* One slot or run that has no record yet. */
static void add_new(struct vmsa_checker *c, struct stale_set *s, uint32_t at,
		    const struct stale *new)
{
	struct context *x = vmsa_check_set_context(c, s);
	const uint64_t span =
		vmsa_level_span(&x->t.geometry, vmsa_check_set_level(s));
	struct stale *r = stale_of(s);

	if (at && extends(c, &r[at - 1], new, span)) {
		r[at - 1].count = (uint16_t)(r[at - 1].count + new->count);
		r[at - 1].stored = new->stored;
		r[at - 1].changed = new->changed;
		return;
	}
	r = insert(c, s, at);
	if (r)
		*r = *new;
}

/* Two old values of one slot: what either of them permits may be held. */
static void merge(const struct vmsa_checker *c, const struct stale_set *s,
		  struct stale *r, const struct stale *new)
{
	const struct context *x = vmsa_check_set_context(c, s);
	const vmsa_desc old = r->old;
	const uint16_t index = r->index, count = r->count;

	*r = *new;
	r->index = index;
	r->count = count;
	if (!vmsa_check_set_is_tables(s))
		r->old = vmsa_check_widen(x, old, new->old);
}

/* One step of adding a run; how many slots it took, 0 when memory is out. */
static unsigned add_part(struct vmsa_checker *c, struct stale_set *s,
			 const struct stale *new)
{
	uint32_t at = first_from(s, new->index);
	struct stale *r = stale_of(s) + at;
	struct stale part = *new;

	if (at < s->n && r->index <= new->index) {
		r = vmsa_check_carve(c, s, new->index,
				     new->index + new->count - 1u, &at);
		if (!r)
			return 0;
		merge(c, s, r, new);
		return r->count;
	}
	if (at < s->n && r->index < new->index + new->count)
		part.count = (uint16_t)(r->index - new->index);
	add_new(c, s, at, &part);
	return part.count;
}

void vmsa_check_add_stale(struct vmsa_checker *c, struct context *x,
			  unsigned layer, const struct entry *old)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, old->level);
	struct stale_set *s = vmsa_check_find_set(c, x, layer, old->va);
	struct stale new = fresh(c);

	if (!s)
		s = vmsa_check_make_set(c, x, layer, old->va);
	if (!s) {
		vmsa_check_lose(c, -ENOMEM);
		return;
	}
	new.old = old->desc;
	new.index = (uint16_t)vmsa_check_index(x, old->level, old->va);
	new.count = (uint16_t)old->count;
	while (new.count) {
		const unsigned n = add_part(c, s, &new);

		if (!n)
			break;
		new.index = (uint16_t)(new.index + n);
		new.count = (uint16_t)(new.count - n);
		new.old += n *span;
	}
	vmsa_check_touch(c, s);
}
