/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_tree.c - what descriptors translate, and whether two of them clash
 */
#include "bbm/check.h"
#include "bbm/leaf.h"

static bool is_stage2(const struct context *x)
{
	return x->t.regime == VMSA_CHECK_STAGE2;
}

/* --- two leaves ---------------------------------------------------------- */

/* What of a leaf reaches an access, output address apart. */
static vmsa_desc visible_bits(const struct context *x)
{
	vmsa_desc bits = VMSA_LEAF_ATTRINDX | VMSA_LEAF_NS | VMSA_LEAF_AP1 |
			 VMSA_LEAF_AP2 | VMSA_LEAF_NG | VMSA_LEAF_GP |
			 VMSA_LEAF_PXN | VMSA_LEAF_UXN;

	if (x->t.geometry.format != VMSA_FORMAT_LPA2)
		bits |= VMSA_LEAF_SH;
	return bits;
}

/* A leaf with the lowest AttrIndx of its memory type. */
vmsa_desc vmsa_check_plain(const struct context *x, vmsa_desc leaf)
{
	return vmsa_bbm_plain(x->t.regime, x->type, leaf);
}

bool vmsa_check_alike(const struct context *x, vmsa_va va, struct vmsa_leaf a,
		      struct vmsa_leaf b)
{
	const vmsa_desc differ =
		vmsa_check_plain(x, a.desc) ^ vmsa_check_plain(x, b.desc);

	return !(differ & visible_bits(x)) &&
	       vmsa_leaf_output(&x->t.geometry, a, va) ==
		       vmsa_leaf_output(&x->t.geometry, b, va);
}

vmsa_desc vmsa_check_widen(const struct context *x, vmsa_desc a, vmsa_desc b)
{
	const vmsa_desc granted =
		is_stage2(x) ? S2_READ | S2_WRITE : VMSA_LEAF_AP1;
	const vmsa_desc denied =
		is_stage2(x) ? S2_XN
			     : VMSA_LEAF_AP2 | VMSA_LEAF_PXN | VMSA_LEAF_UXN;

	return (b | (a & (granted | VMSA_LEAF_AF))) & ~(~a & denied);
}

static unsigned leaf_needs(const struct vmsa_checker *c,
			   const struct context *x,
			   const struct vmsa_leaf_change *change)
{
	struct vmsa_leaf_change plain = *change;

	plain.flags = c->config.hd ? VMSA_BBM_HD : 0;
	plain.from.desc = vmsa_check_plain(x, plain.from.desc);
	plain.to.desc = vmsa_check_plain(x, plain.to.desc);
	return vmsa_bbm_regime_needs(&x->t.geometry, x->t.regime, &plain) &
	       ~vmsa_bbm_tolerates(c->bbm, &plain);
}

/* Does the caller know that both pages hold the same? */
static unsigned ask_contents(const struct vmsa_checker *c,
			     const struct context *x,
			     const struct vmsa_leaf_change *change,
			     uint64_t size)
{
	const struct vmsa_geometry *g = &x->t.geometry;

	if (!c->config.same)
		return VMSA_BBM_CONTENTS;
	switch (c->config.same(
		c->config.arg, vmsa_leaf_output(g, change->from, change->va),
		vmsa_leaf_output(g, change->to, change->va), size)) {
	case 0:
		return VMSA_BBM_OUTPUT;
	case 1:
		return 0;
	default:
		return VMSA_BBM_CONTENTS;
	}
}

static void compare_leaves(const struct vmsa_checker *c,
			   const struct context *x, const struct entry *from,
			   const struct entry *to, struct clash *out)
{
	const bool finer = to->level > from->level;
	const struct vmsa_leaf_change change = {
		.va = finer ? to->va : from->va,
		.from = { from->desc, from->level },
		.to = { to->desc, to->level },
	};
	const uint64_t size = vmsa_level_span(&x->t.geometry,
					      finer ? to->level : from->level);
	unsigned needs = leaf_needs(c, x, &change);

	if (needs & VMSA_BBM_CONTENTS) {
		needs &= ~(unsigned)VMSA_BBM_CONTENTS;
		needs |= ask_contents(c, x, &change, size);
	}
	if (!needs)
		return;
	if (!out->needs) {
		out->va = change.va;
		out->last = change.va + (size - 1);
		out->cached = from->desc & VMSA_LEAF_AF;
	} else if (change.va == out->last + 1) {
		out->last += size;
	}
	out->needs |= needs;
}

/* --- two descriptors of one address -------------------------------------- */

/* Entry @i of the table that @table points to. */
static int child_of(struct vmsa_checker *c, const struct context *x,
		    const struct entry *table, unsigned i, struct entry *out)
{
	const struct vmsa_geometry *g = &x->t.geometry;

	out->level = (int8_t)(table->level + 1);
	out->va = table->va + i * vmsa_level_span(g, out->level);
	out->at = vmsa_desc_oa(g, table->desc) + i * sizeof(vmsa_desc);
	out->count = 1;
	return vmsa_check_read(c, x, out->at, &out->desc);
}

static bool is_table(const struct context *x, const struct entry *e)
{
	return vmsa_check_type(x, e->level, e->desc) == VMSA_DESC_TYPE_TABLE;
}

/* A leaf, and a descriptor of the same or a finer level below it. */
static void compare_under(struct vmsa_checker *c, const struct context *x,
			  const struct entry *leaf, const struct entry *e,
			  bool leaf_is_old, struct clash *out);

static void compare_entries(struct vmsa_checker *c, const struct context *x,
			    const struct entry *leaf, const struct entry *table,
			    bool leaf_is_old, struct clash *out)
{
	const unsigned n = 1u << vmsa_geometry_stride(&x->t.geometry);
	struct entry child;

	for (unsigned i = 0; i < n; i++) {
		if (child_of(c, x, table, i, &child))
			return;
		compare_under(c, x, leaf, &child, leaf_is_old, out);
	}
}

static void compare_under(struct vmsa_checker *c, const struct context *x,
			  const struct entry *leaf, const struct entry *e,
			  bool leaf_is_old, struct clash *out)
{
	if (is_table(x, e))
		compare_entries(c, x, leaf, e, leaf_is_old, out);
	else if (!vmsa_check_is_leaf(x, e->level, e->desc))
		return;
	else if (leaf_is_old)
		compare_leaves(c, x, leaf, e, out);
	else
		compare_leaves(c, x, e, leaf, out);
}

static void compare_tables(struct vmsa_checker *c, const struct context *x,
			   const struct entry *from, const struct entry *to,
			   struct clash *out)
{
	const unsigned n = 1u << vmsa_geometry_stride(&x->t.geometry);
	struct entry a, b;

	if (vmsa_desc_oa(&x->t.geometry, from->desc) ==
	    vmsa_desc_oa(&x->t.geometry, to->desc))
		return;
	for (unsigned i = 0; i < n; i++) {
		if (child_of(c, x, from, i, &a) || child_of(c, x, to, i, &b))
			return;
		vmsa_check_compare(c, x, &a, &b, out);
	}
}

/*
 * The one that is less fine covers the other; or both are of one level.  Tables
 * are compared by what they translate, not by themselves: that two tables with
 * the same leaves took each other's place is told by another rule (retabled).
 */
void vmsa_check_compare(struct vmsa_checker *c, const struct context *x,
			const struct entry *from, const struct entry *to,
			struct clash *out)
{
	if (is_table(x, from) && is_table(x, to))
		compare_tables(c, x, from, to, out);
	else if (vmsa_check_is_leaf(x, from->level, from->desc))
		compare_under(c, x, from, to, true, out);
	else if (vmsa_check_is_leaf(x, to->level, to->desc))
		compare_under(c, x, to, from, false, out);
}

/* --- a walk -------------------------------------------------------------- */

int vmsa_check_lookup(struct vmsa_checker *c, const struct context *x,
		      vmsa_va va, int level, struct entry *out)
{
	const struct vmsa_geometry *g = &x->t.geometry;
	vmsa_pa table = x->t.root;

	for (int l = g->start_level;; l++) {
		const unsigned i = vmsa_level_index(g, l, va);

		out->level = (int8_t)l;
		out->count = 1;
		out->va = va & ~(vmsa_level_span(g, l) - 1);
		out->at = table + i * sizeof(vmsa_desc);
		if (vmsa_check_read(c, x, out->at, &out->desc))
			return -1;
		if (l == level || !is_table(x, out))
			return 0;
		table = vmsa_desc_oa(g, out->desc);
	}
}
