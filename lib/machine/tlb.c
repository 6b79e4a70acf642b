/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.c - the translation structures of one cpu node
 *
 *     cpu@0 { tlb-split; d-tlb-size; d-tlb-sets; i-tlb-...;   first level
 *             vmsa,walk-cache-size; ...                       walks
 *             l2-tlb { tlb-size; tlb-sets; vmsa,hit-cycles; } };
 *
 * A tree counts sets, a TLB's configuration ways: ways = entries / sets.
 *
 * Source: Devicetree Specification, section 3.8.2 (TLB properties) and, for
 * the shape of the second level, 3.9 (caches); machines/README.md.
 */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>

/* What a second-level node may say in the vmsa namespace. */
static const char *const known[] = { "vmsa,hit-cycles", NULL };

/* The properties of one structure: its entries, and the sets they form. */
struct names {
	const char *size, *sets;
};

static const struct names unified = { "tlb-size", "tlb-sets" };
static const struct names data = { "d-tlb-size", "d-tlb-sets" };
static const struct names code = { "i-tlb-size", "i-tlb-sets" };
static const struct names walks = { "vmsa,walk-cache-size",
				    "vmsa,walk-cache-sets" };
static const struct names lines = { "vmsa,descriptor-lines",
				    "vmsa,descriptor-line-sets" };

/* Right as a tree, but no configuration of ours can say it. */
static int not_modelled(const struct vmsa_dtb *dtb, int cpu, const char *prop,
			const char *text)
{
	vmsa_dtb_bad(dtb, cpu, prop, "%s", text);
	return -ENOTSUP;
}

/* Does the tree say anything, right or wrong, about a structure? */
static bool any(const struct vmsa_dtb *dtb, int node, struct names n)
{
	return vmsa_dtb_has(dtb, node, n.size) ||
	       vmsa_dtb_has(dtb, node, n.sets);
}

/* One structure; absent when the tree has no size.  One set is the default. */
static int read_array(const struct vmsa_dtb *dtb, int node, struct names n,
		      struct vmsa_tlb_array *out)
{
	uint32_t entries = 0, sets = 1;
	int rc = vmsa_dtb_u32(dtb, node, n.size, &entries);

	if (!rc)
		rc = vmsa_dtb_u32(dtb, node, n.sets, &sets);
	if (rc || !any(dtb, node, n))
		return rc;
	if (!vmsa_dtb_has(dtb, node, n.size))
		return vmsa_dtb_bad(dtb, node, n.sets, "needs %s", n.size);
	if (!entries)
		return vmsa_dtb_bad(dtb, node, n.size,
				    "is 0; leave out what is not there");
	if (!sets || entries % sets)
		return vmsa_dtb_bad(dtb, node, n.sets,
				    "%" PRIu32 " sets do not divide %" PRIu32
				    " entries",
				    sets, entries);
	out->entries = entries;
	out->ways = entries / sets;
	return 0;
}

/* Split or unified, not both. */
static int read_split(const struct vmsa_dtb *dtb, int node, bool *split)
{
	int rc = vmsa_dtb_flag(dtb, node, "tlb-split", split);

	if (rc)
		return rc;
	if (*split && any(dtb, node, unified))
		return vmsa_dtb_bad(dtb, node, "tlb-split",
				    "contradicts tlb-size and tlb-sets");
	if (!*split && (any(dtb, node, data) || any(dtb, node, code)))
		return vmsa_dtb_bad(dtb, node, NULL,
				    "d-tlb-* and i-tlb-* need tlb-split");
	return 0;
}

/*
 * The TLBs a load, store or fetch asks first.  A tree without any is fine:
 * QEMU's describe none, and the caller may put another CPU's in their place.
 */
static int read_first_level(const struct vmsa_dtb *dtb, int cpu,
			    struct vmsa_tlb_config *out)
{
	bool split = false;
	int rc = read_split(dtb, cpu, &split);

	if (rc)
		return rc;
	if (any(dtb, cpu, unified))
		return not_modelled(dtb, cpu, "tlb-size",
				    "a first level shared by instructions and "
				    "data is not modelled; use tlb-split");
	rc = read_array(dtb, cpu, data, &out->l1d);
	return rc ? rc : read_array(dtb, cpu, code, &out->l1i);
}

/*
 * The node of the second level, or a negative number where there is none.
 * Two CPUs may point to one node: that shares the description, not the TLB.
 */
static int find_second_level(const struct vmsa_dtb *dtb, int cpu, int *out)
{
	uint32_t phandle = 0;
	int rc = vmsa_dtb_u32(dtb, cpu, "vmsa,next-level-tlb", &phandle);

	*out = fdt_subnode_offset(dtb->blob, cpu, "l2-tlb");
	if (rc || !vmsa_dtb_has(dtb, cpu, "vmsa,next-level-tlb"))
		return rc;
	if (*out >= 0)
		return vmsa_dtb_bad(dtb, cpu, "vmsa,next-level-tlb",
				    "there is an l2-tlb node as well");
	*out = vmsa_dtb_by_phandle(dtb, phandle);
	if (*out < 0)
		return vmsa_dtb_bad(dtb, cpu, "vmsa,next-level-tlb",
				    "no node has the phandle 0x%" PRIx32,
				    phandle);
	/* A third level, or a circle. */
	if (vmsa_dtb_has(dtb, *out, "vmsa,next-level-tlb"))
		return not_modelled(dtb, cpu, "vmsa,next-level-tlb",
				    "leads to more than two levels");
	return 0;
}

/*
 * Unlike in a cpu node, a size must be given here: a node that describes
 * nothing is a mistake.
 */
static int read_second_level(const struct vmsa_dtb *dtb, int cpu,
			     struct vmsa_tlb_config *out)
{
	bool split = false;
	int node, rc = find_second_level(dtb, cpu, &node);

	if (rc || node < 0)
		return rc;
	rc = vmsa_dtb_known_vmsa(dtb, node, known);
	if (!rc)
		rc = read_split(dtb, node, &split);
	if (!rc)
		rc = read_array(dtb, node, split ? data : unified, &out->l2);
	if (!rc && split)
		rc = read_array(dtb, node, code, &out->l2i);
	if (!rc)
		rc = vmsa_dtb_u32(dtb, node, "vmsa,hit-cycles",
				  &out->l2_cycles);
	if (!rc && !out->l2.entries)
		rc = vmsa_dtb_bad(dtb, node, split ? data.size : unified.size,
				  "is missing");
	if (!rc && split && !out->l2i.entries)
		rc = vmsa_dtb_bad(dtb, node, code.size, "is missing");
	return rc;
}

/* What a miss in all TLBs costs; the standard has no words for it. */
static int read_walks(const struct vmsa_dtb *dtb, int cpu,
		      struct vmsa_tlb_config *out)
{
	int rc = read_array(dtb, cpu, walks, &out->walk_cache);

	if (!rc)
		rc = read_array(dtb, cpu, lines, &out->lines);
	if (!rc)
		rc = vmsa_dtb_u32(dtb, cpu, "vmsa,walk-cycles",
				  &out->walk_cycles);
	if (!rc)
		rc = vmsa_dtb_u32(dtb, cpu, "vmsa,descriptor-hit-cycles",
				  &out->line_hit_cycles);
	if (!rc)
		rc = vmsa_dtb_u32(dtb, cpu, "vmsa,descriptor-miss-cycles",
				  &out->line_miss_cycles);
	return rc;
}

/* Whether the TLBs know contiguous groups: all of them, or none. */
static int read_contiguous(const struct vmsa_dtb *dtb, int cpu,
			   struct vmsa_tlb_config *out)
{
	bool contiguous = false;
	int rc = vmsa_dtb_flag(dtb, cpu, "vmsa,contiguous", &contiguous);

	out->l1d.contiguous = out->l1d.entries && contiguous;
	out->l1i.contiguous = out->l1i.entries && contiguous;
	out->l2.contiguous = out->l2.entries && contiguous;
	out->l2i.contiguous = out->l2i.entries && contiguous;
	return rc;
}

int vmsa_machine_read_tlb(const struct vmsa_dtb *dtb, int cpu,
			  struct vmsa_tlb_config *out)
{
	int rc = read_first_level(dtb, cpu, out);

	if (!rc)
		rc = read_second_level(dtb, cpu, out);
	if (!rc)
		rc = read_walks(dtb, cpu, out);
	return rc ? rc : read_contiguous(dtb, cpu, out);
}
