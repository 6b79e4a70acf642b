/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walks.c - what a cpu node says of walks: caches of descriptors and costs
 *
 * The Devicetree Specification has no words for any of it; machines/README.md
 * has ours.
 */
#include "machine.h"
#include "structure.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(struct vmsa_tlb_config, member)
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

/* A cache, and where the configuration has it. */
static const struct cache {
	struct vmsa_structure_names names;
	size_t at;
} caches[] = {
	{ VMSA_CACHE_NAMES("walk-cache"), AT(walk_cache) },
	{ VMSA_CACHE_NAMES("walk-cache-l-1"), AT(walk_level[0]) },
	{ VMSA_CACHE_NAMES("walk-cache-l0"), AT(walk_level[1]) },
	{ VMSA_CACHE_NAMES("walk-cache-l1"), AT(walk_level[2]) },
	{ VMSA_CACHE_NAMES("walk-cache-l2"), AT(walk_level[3]) },
	{ VMSA_CACHE_NAMES("ipa-cache"), AT(ipa_cache) },
	{ VMSA_CACHE_NAMES("s2-walk-cache"), AT(s2_walk_cache) },
	{ VMSA_CACHE_NAMES("s2-walk-cache-l-1"), AT(s2_walk_level[0]) },
	{ VMSA_CACHE_NAMES("s2-walk-cache-l0"), AT(s2_walk_level[1]) },
	{ VMSA_CACHE_NAMES("s2-walk-cache-l1"), AT(s2_walk_level[2]) },
	{ VMSA_CACHE_NAMES("s2-walk-cache-l2"), AT(s2_walk_level[3]) },
	{ { .size = "vmsa,descriptor-lines",
	    .sets = "vmsa,descriptor-line-sets",
	    .replacement = "vmsa,descriptor-line-replacement" },
	  AT(lines) },
};

/* A number of one cell, likewise. */
static const struct number {
	const char *name;
	size_t at;
} numbers[] = {
	{ "vmsa,walkers", AT(walkers) },
	{ "vmsa,walk-cycles", AT(walk_cycles) },
	{ "vmsa,ipa-cycles", AT(ipa_cycles) },
	{ "vmsa,update-cycles", AT(update_cycles) },
	{ "vmsa,descriptor-hit-cycles", AT(line_hit_cycles) },
	{ "vmsa,descriptor-miss-cycles", AT(line_miss_cycles) },
};

static const char prefetch[] = "vmsa,walk-prefetch";
static const char separate[] = "vmsa,separate-stages";
static const char conflict[] = "vmsa,conflict";

static const struct vmsa_word conflicts[] = {
	{ "smallest", VMSA_TLB_SMALLEST },
	{ "either", VMSA_TLB_EITHER },
	{ "abort", VMSA_TLB_ABORT },
	{ "amalgam", VMSA_TLB_AMALGAM },
	{ NULL, 0 },
};

bool vmsa_machine_knows_walks(const char *name)
{
	for (size_t i = 0; i < COUNT(caches); i++)
		if (vmsa_structure_knows(&caches[i].names, name))
			return true;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!strcmp(name, numbers[i].name))
			return true;
	return !strcmp(name, prefetch) || !strcmp(name, separate) ||
	       !strcmp(name, conflict);
}

static int read_numbers(const struct vmsa_dtb *dtb, int cpu,
			struct vmsa_tlb_config *out)
{
	int rc = 0;

	for (size_t i = 0; i < COUNT(numbers) && !rc; i++)
		rc = vmsa_dtb_u32(dtb, cpu, numbers[i].name,
				  (void *)((char *)out + numbers[i].at));
	return rc;
}

static int read_ways(const struct vmsa_dtb *dtb, int cpu,
		     struct vmsa_tlb_config *out)
{
	unsigned when = VMSA_TLB_SMALLEST;
	bool apart = false;
	int rc = vmsa_dtb_flag(dtb, cpu, prefetch, &out->prefetch_next);

	if (!rc)
		rc = vmsa_dtb_flag(dtb, cpu, separate, &apart);
	if (!rc)
		rc = vmsa_word_read(dtb, cpu, conflict, conflicts, &when);
	out->nesting = apart ? VMSA_TLB_SEPARATE : VMSA_TLB_COMBINED;
	out->conflict = (enum vmsa_tlb_conflict)when;
	return rc;
}

int vmsa_machine_read_walks(const struct vmsa_dtb *dtb, int cpu,
			    struct vmsa_tlb_config *out)
{
	int rc = 0;

	for (size_t i = 0; i < COUNT(caches) && !rc; i++)
		rc = vmsa_structure_read(dtb, cpu, &caches[i].names,
					 (void *)((char *)out + caches[i].at));
	if (!rc)
		rc = read_numbers(dtb, cpu, out);
	return rc ? rc : read_ways(dtb, cpu, out);
}
