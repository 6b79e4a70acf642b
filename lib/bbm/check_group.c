/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_group.c - leaves that must agree with others
 *
 * Members of a Contiguous group with each other (R_JQQTC, R_QTRPM), and
 * translations of one address in several address spaces, as a global one
 * matches under every ASID.
 */
#include "bbm/check.h"

#include <errno.h>
#include <stdlib.h>

/* --- Contiguous groups --------------------------------------------------- */

/* A group, and the member that was stored. */
struct group {
	const struct context *x;
	const struct entry *e;
	unsigned n;     /* members */
	unsigned index; /* of @e in it */
	bool replaces;  /* a leaf was there: a bit that changed is told */
};

/*
 * What may differ between members: the Access flag and the dirty state
 * (I_CQTNL), and for as long as a change goes from one to the next,
 * permissions: any of them may be used for any address until the TLBI.
 */
static vmsa_desc must_agree(const struct group *m)
{
	const bool stage2 = m->x->t.regime == VMSA_CHECK_STAGE2;
	vmsa_desc bits = VMSA_LEAF_ATTRINDX | VMSA_LEAF_NS;

	if (!stage2)
		bits |= VMSA_LEAF_NG;
	if (m->x->t.geometry.format != VMSA_FORMAT_LPA2)
		bits |= VMSA_LEAF_SH;
	return bits;
}

/* May a group of these two be used for both addresses? */
static bool fits(const struct vmsa_checker *c, const struct group *m,
		 unsigned other, vmsa_desc desc)
{
	const struct vmsa_geometry *g = &m->x->t.geometry;
	const uint64_t span = vmsa_level_span(g, m->e->level);
	const int64_t apart = (int64_t)other - (int64_t)m->index;
	vmsa_desc differ;

	if (!vmsa_check_is_leaf(m->x, m->e->level, desc) ||
	    !vmsa_check_is_leaf(m->x, m->e->level, m->e->desc))
		return true;
	if (!((desc | m->e->desc) & VMSA_LEAF_CONTIGUOUS))
		return true;
	/* Mixed groups are consistent values from level 1 on (R_NGLXZ). */
	if ((desc ^ m->e->desc) & VMSA_LEAF_CONTIGUOUS && !c->bbm &&
	    !m->replaces)
		return false;
	differ = vmsa_check_plain(m->x, desc) ^
		 vmsa_check_plain(m->x, m->e->desc);
	return !(differ & must_agree(m)) &&
	       vmsa_desc_oa(g, desc) - vmsa_desc_oa(g, m->e->desc) ==
		       (uint64_t)apart * span;
}

static void report_group(struct vmsa_checker *c, const struct group *m,
			 vmsa_desc other)
{
	const uint64_t span = vmsa_level_span(&m->x->t.geometry, m->e->level);
	const vmsa_va first = m->e->va - m->index * span;
	struct vmsa_check_finding f = { .rule = VMSA_CHECK_GROUP,
					.at = m->e->at,
					.first = first,
					.last = first + (m->n * span - 1),
					.level = m->e->level,
					.old = other,
					.desc = m->e->desc };

	vmsa_check_report(c, m->x, &f);
}

/* --- groups that are to agree in the end --------------------------------- */

/* A member whose permissions are not the others', for now. */
static void judge_later(struct vmsa_checker *c, const struct group *m)
{
	struct unsettled *u;

	if (!c->nr_operations)
		return;
	if (c->nr_unsettled == c->room_unsettled) {
		const size_t room =
			c->room_unsettled ? 2 * c->room_unsettled : 16;

		u = realloc(c->unsettled, room * sizeof(*u));
		if (!u) {
			vmsa_check_lose(c, -ENOMEM);
			return;
		}
		c->unsettled = u;
		c->room_unsettled = room;
	}
	u = c->unsettled + c->nr_unsettled;
	*u = (struct unsettled){
		.x = m->x,
		.va = m->e->va &
		      ~(m->n * vmsa_level_span(&m->x->t.geometry, m->e->level) -
			1),
		.at = m->e->at - m->index * sizeof(vmsa_desc),
		.level = m->e->level,
	};
	if (!c->nr_unsettled || u[-1].x != u->x || u[-1].at != u->at)
		c->nr_unsettled++;
}

/* Any member with the bit may be used for the address of any other. */
static bool agree(const struct group *m, vmsa_desc other)
{
	const vmsa_desc ignore = VMSA_LEAF_AF | VMSA_LEAF_DBM |
				 VMSA_LEAF_CONTIGUOUS | VMSA_DESC_SOFTWARE |
				 VMSA_LEAF_PBHA | VMSA_DESC_IGNORED63;
	const vmsa_desc differ = vmsa_check_plain(m->x, other) ^
				 vmsa_check_plain(m->x, m->e->desc);

	return !(differ & ~ignore & ~vmsa_oa_mask(&m->x->t.geometry));
}

/* In the end all that is valid has the bit, or nothing has, and agrees. */
static bool is_settled(const struct group *m, vmsa_desc other)
{
	const struct context *x = m->x;
	const int level = m->e->level;

	if (vmsa_check_type(x, level, other) == VMSA_DESC_TYPE_INVALID)
		return true;
	return vmsa_check_is_leaf(x, level, other) &&
	       other & VMSA_LEAF_CONTIGUOUS && agree(m, other);
}

/* Member @i of a group; zero if it cannot be read. */
static vmsa_desc member(struct vmsa_checker *c, const struct unsettled *u,
			unsigned i)
{
	vmsa_desc desc;

	return vmsa_check_read(c, u->x, u->at + i * sizeof(desc), &desc) ? 0
									 : desc;
}

static void judge_unsettled(struct vmsa_checker *c, const struct unsettled *u)
{
	struct entry e = { .level = u->level, .va = u->va, .at = u->at };
	struct group m = { .x = u->x, .e = &e };

	m.n = vmsa_level_contiguous(&u->x->t.geometry, u->level);
	for (unsigned i = 0; i < m.n; i++) {
		e.desc = member(c, u, i);
		if (e.desc & VMSA_LEAF_CONTIGUOUS &&
		    vmsa_check_is_leaf(u->x, u->level, e.desc))
			break;
		e.desc = 0;
	}
	for (unsigned i = 0; i < m.n && e.desc; i++) {
		const vmsa_desc other = member(c, u, i);

		if (!is_settled(&m, other)) {
			report_group(c, &m, other);
			return;
		}
	}
}

void vmsa_check_settle(struct vmsa_checker *c, const struct operation *op)
{
	for (size_t i = op->unsettled; i < c->nr_unsettled; i++)
		judge_unsettled(c, &c->unsettled[i]);
	if (c->nr_unsettled > op->unsettled)
		c->nr_unsettled = op->unsettled;
}

/* --- a store ------------------------------------------------------------- */

static bool has_bit(const struct group *m, vmsa_desc desc)
{
	return desc & VMSA_LEAF_CONTIGUOUS &&
	       vmsa_check_is_leaf(m->x, m->e->level, desc);
}

/* One member against all others, as they are in memory. */
static void judge_member(struct vmsa_checker *c, const struct group *m)
{
	const vmsa_pa first = m->e->at - m->index * sizeof(vmsa_desc);
	const bool bit = has_bit(m, m->e->desc);
	bool settled = true;
	vmsa_desc other;

	for (unsigned i = 0; i < m->n; i++) {
		if (i == m->index ||
		    vmsa_check_read(c, m->x, first + i * sizeof(other), &other))
			continue;
		/* Mostly nobody has the bit. */
		if (!bit && !(other & VMSA_LEAF_CONTIGUOUS))
			continue;
		if (!fits(c, m, i, other)) {
			report_group(c, m, other);
			return;
		}
		settled &= (!bit && !has_bit(m, other)) || is_settled(m, other);
	}
	if (!settled)
		judge_later(c, m);
}

/* The output of a group is a multiple of its size, like its input. */
static bool is_aligned(const struct group *m)
{
	const struct vmsa_geometry *g = &m->x->t.geometry;
	const uint64_t span = vmsa_level_span(g, m->e->level);

	return !has_bit(m, m->e->desc) ||
	       !((vmsa_desc_oa(g, m->e->desc) - m->index * span) &
		 (m->n * span - 1));
}

/* @replaces: a leaf was there, perhaps of a group the checker has not seen. */
void vmsa_check_group(struct vmsa_checker *c, struct context *x,
		      const struct entry *entry, bool replaces)
{
	struct group m = { .x = x, .e = entry, .replaces = replaces };

	/*
	 * Until a leaf with the bit has been seen no group can be wrong, and
	 * most programs never store one.
	 */
	if (!x->contiguous && !replaces &&
	    !(entry->desc & VMSA_LEAF_CONTIGUOUS))
		return;
	m.n = vmsa_level_contiguous(&x->t.geometry, entry->level);
	x->contiguous |= has_bit(&m, entry->desc);
	if (!(x->contiguous || replaces) || m.n == 1)
		return;
	m.index = vmsa_check_index(x, entry->level, entry->va) & (m.n - 1);
	if (!is_aligned(&m))
		report_group(c, &m, 0);
	else if (m.index || entry->count % m.n)
		judge_member(c, &m);
}

/* --- several address spaces ---------------------------------------------- */

static bool share_a_tlb(const struct context *a, const struct context *b)
{
	return a != b && a->t.regime == VMSA_CHECK_EL1 &&
	       b->t.regime == VMSA_CHECK_EL1 && a->t.vmid == b->t.vmid &&
	       a->t.upper == b->t.upper;
}

static bool is_inside(const struct context *x, vmsa_va va)
{
	const vmsa_va low = va & VMSA_BITS(55, 0);
	const unsigned bits = x->t.geometry.va_bits;
	const vmsa_va all = VMSA_BITS(55, 0) >> bits;

	return low >> bits == (x->t.upper ? all : 0);
}

/*
 * What another address space may have in the TLB for @va.  A global leaf of one
 * address space and a non-global one of another are two translations of one
 * address while the other's ASID is current.  The tables count, and so does
 * what they held and no TLBI has taken.
 */
static bool holds(struct vmsa_checker *c, const struct context *y, vmsa_va va,
		  bool global, struct entry *out)
{
	if (!vmsa_check_lookup(c, y, va, VMSA_MAX_LEVEL, out) &&
	    vmsa_check_is_leaf(y, out->level, out->desc) &&
	    !(out->desc & VMSA_LEAF_NG) == global)
		return true;
	for (int level = VMSA_MIN_LEVEL; level <= VMSA_MAX_LEVEL; level++) {
		const unsigned i = vmsa_check_index(y, level, va);
		struct stale_set *s =
			vmsa_check_find_set(c, y, LEAVES(level), va);

		for (uint32_t k = 0; s && k < s->n; k++) {
			const struct stale *r = &stale_of(s)[k];

			out->desc = r->old;
			if (i >= r->index && i - r->index < r->count &&
			    !(r->old & VMSA_LEAF_NG) == global)
				return true;
		}
	}
	return false;
}

void vmsa_check_overlap(struct vmsa_checker *c, struct context *x,
			const struct entry *entry)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, entry->level);
	const bool global = !(entry->desc & VMSA_LEAF_NG);
	struct vmsa_check_finding f = {
		.rule = VMSA_CHECK_OVERLAP,
		.at = entry->at,
		.first = entry->va,
		.last = entry->va + (entry->count * span - 1),
		.level = entry->level,
		.desc = entry->desc,
	};
	struct entry other;

	for (unsigned i = 0; c->nr_contexts > 1 && i < c->nr_contexts; i++) {
		const struct context *y = c->contexts[i];

		if (!share_a_tlb(x, y) || vmsa_check_is_unused(c, y) ||
		    !is_inside(y, entry->va) ||
		    !holds(c, y, entry->va, !global, &other))
			continue;
		f.old = other.desc;
		vmsa_check_report(c, x, &f);
		return;
	}
}
