/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reasons.c - linux.h's policy, told as sentences
 *
 * The order of the tests in why_map() is that of section 7 of
 * docs/linear-map.md: the first that holds decides.
 */
#include "reasons.h"

/* rodata=, in the words of the kernel that boots. */
static struct decision rodata(const struct vmsa_linux_policy *p)
{
	if (!p->rodata_enabled)
		return (struct decision){ "rodata", "off", "rodata=off" };
	return p->rodata_full
		       ? (struct decision){ "rodata", "full",
					    "aliases of read-only pages are "
					    "read-only too" }
		       : (struct decision){ "rodata", "on",
					    "aliases of read-only pages stay "
					    "writable" };
}

/* Only a kernel that has it built in can switch it on. */
static struct decision pagealloc(const struct vmsa_linux_policy *p,
				 const struct vmsa_linux_kernel *k)
{
	const char *why = !k->debug_pagealloc ? "not built in"
			  : p->debug_pagealloc
				  ? "free pages are unmapped one by one"
				  : "not switched on";

	return (struct decision){ "debug_pagealloc",
				  p->debug_pagealloc ? "on" : "off", why };
}

/* Early means that its pool is known while the map is made. */
static struct decision kfence(const struct vmsa_linux_policy *p,
			      const struct vmsa_linux_kernel *k)
{
	if (!k->kfence)
		return (struct decision){ "KFENCE", "off", "not built in" };
	if (p->kfence_early)
		return (struct decision){ "KFENCE", "early",
					  "its pool is mapped by pages now" };
	return (struct decision){ "KFENCE", "late",
				  "sample interval 0; a pool may be cut out "
				  "of the map later" };
}

/* The question all else turns on, asked of the boot CPU alone. */
static struct decision bbm(const struct vmsa_linux_policy *p)
{
	if (p->boot_cpu_bbm)
		return (struct decision){
			"boot CPU", "resizes live mappings",
			"break-before-make level, or on the kernel's list"
		};
	return (struct decision){ "boot CPU", "needs break-before-make",
				  "nothing promises that no conflict abort is "
				  "raised" };
}

/* nG costs an entry for each ASID in the TLBs. */
static struct decision global(const struct vmsa_linux_policy *p)
{
	return p->use_ng ? (struct decision){ "entries", "not global (nG)",
					      "KASLR on a CPU without E0PD" }
			 : (struct decision){ "entries", "global",
					      "no KASLR, or E0PD hides the "
					      "kernel" };
}

/* Whether blocks will have to be broken up while in use. */
static struct decision splits(const struct vmsa_linux_policy *p)
{
	if (p->requires_bbm)
		return (struct decision){ "splits", "at run time",
					  "single pages will change, and the "
					  "CPU can" };
	if (p->can_set_direct_map)
		return (struct decision){ "splits", "never needed",
					  "the map is pages already" };
	return (struct decision){ "splits", "never",
				  "nothing changes single pages" };
}

/* A mapping from the command line overrules everything above. */
static struct decision forced(enum vmsa_linux_mapping mapping)
{
	static const char *const outcome[VMSA_NR_MAPPINGS] = {
		[VMSA_MAPPING_PTE] = "pages",
		[VMSA_MAPPING_CONT] = "contiguous pages",
		[VMSA_MAPPING_BLOCK] = "blocks, no CONT",
		[VMSA_MAPPING_BLOCK_CONT] = "blocks and CONT",
	};

	return (struct decision){ "linear map", outcome[mapping],
				  "forced by --mapping" };
}

/* The map itself; the first condition that holds is the reason. */
static struct decision why_map(const struct vmsa_linux_policy *p,
			       const struct vmsa_linux_kernel *k)
{
	const bool kfence_late = k->kfence && !p->kfence_early;
	const char *why = "nothing will change single pages later";

	if (p->force_pte) {
		if (p->debug_pagealloc)
			why = "debug_pagealloc unmaps single pages";
		else if (k->version == VMSA_LINUX_V2 && kfence_late)
			why = "this version keeps pages for a late KFENCE "
			      "pool";
		else if (p->rodata_full)
			why = "rodata changes single pages and the boot CPU "
			      "cannot split blocks live";
		else
			why = "a late KFENCE pool would split blocks and the "
			      "boot CPU cannot, live";
		return (struct decision){ "linear map", "pages", why };
	}
	if (p->boot_cpu_bbm)
		why = "the boot CPU can split them live when it must";
	if (k->version == VMSA_LINUX_V2 && p->rodata_full)
		return (struct decision){ "linear map", "blocks, no CONT",
					  why };
	return (struct decision){ "linear map", "blocks and CONT", why };
}

void decisions_of(const struct vmsa_linux *sys, enum vmsa_linux_mapping mapping,
		  struct decision *out)
{
	const struct vmsa_linux_policy *p = vmsa_linux_policy(sys);
	const struct vmsa_linux_kernel *k = vmsa_linux_kernel(sys);
	const struct decision d[NR_DECISIONS] = {
		rodata(p),
		pagealloc(p, k),
		kfence(p, k),
		bbm(p),
		global(p),
		splits(p),
		mapping == VMSA_MAPPING_LINUX ? why_map(p, k) : forced(mapping),
	};

	for (int i = 0; i < NR_DECISIONS; i++)
		out[i] = d[i];
}
