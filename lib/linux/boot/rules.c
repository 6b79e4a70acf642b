/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rules.c - the versions, and everything in which they differ
 *
 * One row a kernel, read by the algorithms; what a row does not name is false
 * or 0. So a difference between kernels is one word here and one condition
 * where it matters, and never a second copy of an algorithm.  Meanings: struct
 * linux_rules in linux.h.
 */
#include "linux/boot/boot.h"

#include <errno.h>
#include <string.h>

/* By version, oldest first: comparisons of versions rely on that order. */
static const struct linux_rules rules[VMSA_LINUX_NR_VERSIONS] = {
	/* Pages with rodata=full, no splits, and no -ENOMEM once it runs. */
	[VMSA_LINUX_V6_12] = {
		.name = "v6.12",
		.bbm_test = BBM_NEVER,
		.allocates_in_walk = true,
		.rodata_words_old = true,
		.dirty = true,
		.cont_is_frozen = true,
		.stops_at_empty = true,
		.random_memstart = true,
		.enomem_is_bug = true,
		.eager_barriers = true,
		.set_memory_huge = true,
		.alias_whole_area = true,
		.alias_errors = ALIAS_IGNORED,
		.flushes_each_leaf = true,
	},
	/* 6.12 and the patch: blocks, and splits that go to pages (5.7). */
	[VMSA_LINUX_V2] = {
		.name = "v2",
		.bbm_test = BBM_LEVEL2,
		.full_split = true,
		.split_when_final = true,
		.rodata_words_old = true,
		.full_forbids_cont = true,
		.force_pte_kfence = true,
		.dirty = true,
		.cont_is_frozen = true,
		.stops_at_empty = true,
		.random_memstart = true,
		.enomem_is_bug = true,
		.eager_barriers = true,
		.callers_split = true,
		.set_memory_huge = true,
		.alias_whole_area = true,
		.alias_errors = ALIAS_SPLIT_ONLY,
		.knows_realms = true,
		.flushes_each_leaf = true,
	},
	/* As merged: CONT, cuts at edges; barriers wait, TLBIs have ranges. */
	[VMSA_LINUX_V6_18] = {
		.name = "v6.18",
		.bbm_test = BBM_LIST,
		.split_when_final = true,
		.range_tlbi = true,
		.table_af = true,
		.cont_is_frozen = true,
		.stops_at_empty = true,
		.enomem_is_bug = true,
		.alias_whole_area = true,
		.alias_errors = ALIAS_IGNORED,
		.knows_realms = true,
	},
	/* After the fixes of 2026: a mark for invalid leaves, aliases first. */
	[VMSA_LINUX_V7_3] = {
		.name = "v7.3",
		.bbm_test = BBM_LEVEL3,
		.marks_invalid = true,
		.range_tlbi = true,
		.text_ro_cont = true,
		.data_alias_invalid = true,
		.table_af = true,
		.dirty = true,
		.alias_first = true,
		.data_alias = true,
		.sees_tables = true,
		.round_inward = true,
		.knows_realms = true,
		.refuses_cuts = true,
	},
};

/* As users say them. */
static const char *const mappings[VMSA_NR_MAPPINGS] = {
	[VMSA_MAPPING_LINUX] = "linux",
	[VMSA_MAPPING_PTE] = "pte",
	[VMSA_MAPPING_CONT] = "cont",
	[VMSA_MAPPING_BLOCK] = "block",
	[VMSA_MAPPING_BLOCK_CONT] = "block+cont",
};

/* @version comes from an enum; who reads one from a user checks it. */
const struct linux_rules *vmsa_linux_rules(enum vmsa_linux_version version)
{
	return &rules[version];
}

const char *vmsa_linux_version_name(enum vmsa_linux_version version)
{
	return rules[version].name;
}

int vmsa_linux_version_find(const char *name, enum vmsa_linux_version *out)
{
	for (int v = 0; v < VMSA_LINUX_NR_VERSIONS; v++) {
		if (!strcmp(rules[v].name, name)) {
			*out = (enum vmsa_linux_version)v;
			return 0;
		}
	}
	return -ENOENT;
}

const char *vmsa_linux_mapping_name(enum vmsa_linux_mapping mapping)
{
	return mappings[mapping];
}

int vmsa_linux_mapping_find(const char *name, enum vmsa_linux_mapping *out)
{
	for (int m = 0; m < VMSA_NR_MAPPINGS; m++) {
		if (!strcmp(mappings[m], name)) {
			*out = (enum vmsa_linux_mapping)m;
			return 0;
		}
	}
	return -ENOENT;
}
