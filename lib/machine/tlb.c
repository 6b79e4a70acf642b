/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlb.c - the translation structures of one cpu node
 *
 *     cpu@0 { tlb-split; d-tlb-size; d-tlb-sets; i-tlb-...;   first level
 *             vmsa,walk-cache-size; ...                       walks
 *             l2-tlb { tlb-size; tlb-sets; vmsa,hit-cycles; } };
 *
 * Source: Devicetree Specification, section 3.8.2 (TLB properties) and, for
 * the shape of the second level, 3.9 (caches); machines/README.md.
 */
#include "machine.h"
#include "structure.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

static const struct vmsa_structure_names unified = VMSA_TLB_NAMES("tlb");
static const struct vmsa_structure_names data = VMSA_TLB_NAMES("d-tlb");
static const struct vmsa_structure_names code = VMSA_TLB_NAMES("i-tlb");

static bool knows_tlb(const char *name)
{
	return vmsa_structure_knows(&unified, name) ||
	       vmsa_structure_knows(&data, name) ||
	       vmsa_structure_knows(&code, name);
}

/* What a second-level node may say in the vmsa namespace. */
static bool knows_second(const char *name)
{
	return !strcmp(name, "vmsa,hit-cycles") || knows_tlb(name);
}

bool vmsa_machine_knows_tlb(const char *name)
{
	return !strcmp(name, "vmsa,next-level-tlb") ||
	       !strcmp(name, "vmsa,contiguous") || knows_tlb(name) ||
	       vmsa_machine_knows_walks(name);
}

/* Right as a tree, but no configuration of ours can say it. */
static int not_modelled(const struct vmsa_dtb *dtb, int cpu, const char *prop,
			const char *text)
{
	vmsa_dtb_bad(dtb, cpu, prop, "%s", text);
	return -ENOTSUP;
}

/* Split or unified, not both. */
static int read_split(const struct vmsa_dtb *dtb, int node, bool *split)
{
	int rc = vmsa_dtb_flag(dtb, node, "tlb-split", split);

	if (rc)
		return rc;
	if (*split && vmsa_structure_any(dtb, node, &unified))
		return vmsa_dtb_bad(dtb, node, "tlb-split",
				    "contradicts tlb-size and tlb-sets");
	if (!*split && (vmsa_structure_any(dtb, node, &data) ||
			vmsa_structure_any(dtb, node, &code)))
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
	if (vmsa_structure_any(dtb, cpu, &unified))
		return not_modelled(dtb, cpu, "tlb-size",
				    "a first level shared by instructions and "
				    "data is not modelled; use tlb-split");
	rc = vmsa_structure_read(dtb, cpu, &data, &out->l1d);
	return rc ? rc : vmsa_structure_read(dtb, cpu, &code, &out->l1i);
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
	rc = vmsa_dtb_known_vmsa(dtb, node, knows_second);
	if (!rc)
		rc = read_split(dtb, node, &split);
	if (!rc)
		rc = vmsa_structure_read(dtb, node, split ? &data : &unified,
					 &out->l2);
	if (!rc && split)
		rc = vmsa_structure_read(dtb, node, &code, &out->l2i);
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

/* The short way to say that all TLBs keep contiguous groups. */
static int read_contiguous(const struct vmsa_dtb *dtb, int cpu,
			   struct vmsa_tlb_config *out)
{
	struct vmsa_tlb_array *tlbs[] = { &out->l1d, &out->l1i, &out->l2,
					  &out->l2i };
	bool all = false;
	int rc = vmsa_dtb_flag(dtb, cpu, "vmsa,contiguous", &all);

	for (size_t i = 0; all && i < sizeof(tlbs) / sizeof(tlbs[0]); i++)
		tlbs[i]->contiguous = tlbs[i]->entries;
	return rc;
}

int vmsa_machine_read_tlb(const struct vmsa_dtb *dtb, int cpu,
			  struct vmsa_tlb_config *out)
{
	int rc = read_first_level(dtb, cpu, out);

	if (!rc)
		rc = read_second_level(dtb, cpu, out);
	if (!rc)
		rc = vmsa_machine_read_walks(dtb, cpu, out);
	return rc ? rc : read_contiguous(dtb, cpu, out);
}
