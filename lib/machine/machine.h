/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_MACHINE_MACHINE_H
#define VMSA_LIB_MACHINE_MACHINE_H
/*
 * machine.h - a machine's insides, and who fills which part of them
 */
#include "vmsa/machine.h"

#include "dtb.h"

/**
 * struct vmsa_machine - see vmsa/machine.h.
 *
 * Every string but @name and @bootargs points into @blob, the machine's own
 * copy of the tree.
 */
struct vmsa_machine {
	char *name;        /**< as given by the caller */
	void *blob;        /**< the tree */
	char *bootargs;    /**< a command line that was set later, or NULL */
	const char *model; /**< of the root node */
	struct vmsa_chosen chosen;      /**< its bootargs may be @bootargs */
	struct vmsa_bank *banks;        /**< @nr_banks of them */
	struct vmsa_reserved *reserved; /**< @nr_reserved; each owns allowed */
	struct vmsa_range *memreserve;  /**< @nr_memreserve of them */
	struct vmsa_cpu *cpus;          /**< @nr_cpus of them */
	size_t nr_banks;                /**< at least 1 */
	size_t nr_reserved;             /**< may be 0 */
	size_t nr_memreserve;           /**< may be 0 */
	size_t nr_cpus;                 /**< at least 1 */
};

/** vmsa_machine_read_banks() - fill the banks from the memory nodes. */
int vmsa_machine_read_banks(struct vmsa_machine *m, const struct vmsa_dtb *dtb);

/** vmsa_machine_read_reserved() - fill reserved and memreserve. */
int vmsa_machine_read_reserved(struct vmsa_machine *m,
			       const struct vmsa_dtb *dtb);

/** vmsa_machine_read_cpus() - fill the CPUs. */
int vmsa_machine_read_cpus(struct vmsa_machine *m, const struct vmsa_dtb *dtb);

/** vmsa_machine_read_tlb() - read the translation structures of a cpu node. */
int vmsa_machine_read_tlb(const struct vmsa_dtb *dtb, int cpu,
			  struct vmsa_tlb_config *out);

/** vmsa_machine_knows_tlb() - is this a vmsa,* property that it reads? */
bool vmsa_machine_knows_tlb(const char *name);

/** vmsa_machine_read_walks() - of those, walk caches and what walks cost. */
int vmsa_machine_read_walks(const struct vmsa_dtb *dtb, int cpu,
			    struct vmsa_tlb_config *out);

/** vmsa_machine_knows_walks() - is this a vmsa,* property that it reads? */
bool vmsa_machine_knows_walks(const char *name);

/**
 * vmsa_dtb_known_vmsa() - refuse a vmsa,* property that means nothing.
 * @dtb:   the tree
 * @node:  offset of the node
 * @knows: does this name mean something?
 *
 * A misspelt latency would otherwise be 0 cycles without a word.
 *
 * Return: 0; -EINVAL.
 */
int vmsa_dtb_known_vmsa(const struct vmsa_dtb *dtb, int node,
			bool (*knows)(const char *name));

#endif /* VMSA_LIB_MACHINE_MACHINE_H */
