/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_MACHINE_STRUCTURE_H
#define VMSA_LIB_MACHINE_STRUCTURE_H
/*
 * structure.h - the properties of one translation structure
 */
#include "vmsa/tlb/config.h"

#include "dtb.h"

/** struct vmsa_structure_names - what the properties of one are called. */
struct vmsa_structure_names {
	const char *size;        /**< entries; the structure is there */
	const char *sets;        /**< sets; absent: one */
	const char *replacement; /**< a word of enum vmsa_tlb_replacement */
	const char *contiguous;  /**< TLBs: flag; NULL for a cache */
	const char *aggregate;   /**< TLBs: pages that share an entry */
	const char *holds;       /**< TLBs: log2 of sizes kept */
	const char *refuses;     /**< TLBs: log2 of sizes not kept */
};

/** VMSA_TLB_NAMES() - of a TLB: the standard's two, and ours. */
#define VMSA_TLB_NAMES(name)                                \
	{                                                   \
		.size = name "-size", .sets = name "-sets", \
		.replacement = "vmsa," name "-replacement", \
		.contiguous = "vmsa," name "-contiguous",   \
		.aggregate = "vmsa," name "-aggregate",     \
		.holds = "vmsa," name "-holds",             \
		.refuses = "vmsa," name "-refuses",         \
	}

/** VMSA_CACHE_NAMES() - of a cache of descriptors. */
#define VMSA_CACHE_NAMES(name)                                              \
	{                                                                   \
		.size = "vmsa," name "-size", .sets = "vmsa," name "-sets", \
		.replacement = "vmsa," name "-replacement",                 \
	}

/** vmsa_structure_any() - does a node say anything about it, right or wrong? */
bool vmsa_structure_any(const struct vmsa_dtb *dtb, int node,
			const struct vmsa_structure_names *names);

/**
 * vmsa_structure_read() - read one structure.
 * @dtb:   the tree
 * @node:  offset of the node
 * @names: of its properties
 * @out:   left alone if the node says nothing about it
 *
 * Return: 0; -EINVAL.
 */
int vmsa_structure_read(const struct vmsa_dtb *dtb, int node,
			const struct vmsa_structure_names *names,
			struct vmsa_tlb_array *out);

/** vmsa_structure_knows() - is @prop one of these names? */
bool vmsa_structure_knows(const struct vmsa_structure_names *names,
			  const char *prop);

/** struct vmsa_word - a value and what a tree calls it. */
struct vmsa_word {
	const char *name; /**< NULL after the last */
	unsigned value;   /**< of an enumeration */
};

/**
 * vmsa_word_read() - read a property that is one of a few words.
 * @dtb:   the tree
 * @node:  offset of the node
 * @prop:  its name
 * @words: what it may be
 * @out:   left alone if the property is absent
 *
 * Return: 0; -EINVAL.
 */
int vmsa_word_read(const struct vmsa_dtb *dtb, int node, const char *prop,
		   const struct vmsa_word *words, unsigned *out);

#endif /* VMSA_LIB_MACHINE_STRUCTURE_H */
