/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_MACHINE_H
#define VMSA_MACHINE_H
/*
 * machine.h - a machine, read from its flattened device tree
 *
 *     machine.dtb -> banks, reservations, boot arguments, CPUs and their TLBs
 *
 * Everything is as the tree says it: banks are neither sorted, merged nor
 * rounded to pages; that is the business of whoever boots on them.  What the
 * Devicetree Specification has no word for is in vmsa,* properties, listed in
 * machines/README.md.
 *
 * Units    addresses and sizes in bytes; latencies in cycles of the CPU
 * Source   Devicetree Specification v0.4: chapter 3 (node types), section 3.8
 *          (CPUs and their TLBs), chapter 5 (the flattened format)
 * Threads  a machine nobody changes may be read from any number of threads
 */
#include <stdbool.h>

#include "vmsa/tlb.h"
#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_machine;

/** VMSA_NO_NODE - the NUMA node of a bank whose tree names none. */
#define VMSA_NO_NODE UINT32_MAX

/** VMSA_MACHINE_MAX_BLOB - bytes of the largest device tree read (2 MiB). */
#define VMSA_MACHINE_MAX_BLOB (2u << 20)

/** struct vmsa_bank - one (address, size) pair of a memory node. */
struct vmsa_bank {
	struct vmsa_range range; /**< as written, any alignment, never empty */
	uint32_t node;           /**< numa-node-id, or VMSA_NO_NODE */
};

/**
 * struct vmsa_reserved - one region of /reserved-memory.
 *
 * A static region has an address (a node with several gives several of these).
 * A dynamic one only asks for @range.size bytes: the system that boots places
 * it, at a multiple of @alignment and inside one of @allowed, if there are any.
 */
struct vmsa_reserved {
	const char *name;        /**< of the node, with its unit address */
	struct vmsa_range range; /**< start is 0 for a dynamic region */
	bool dynamic;            /**< wants a place; has none yet */
	bool no_map;             /**< must not be mapped by the system */
	bool reusable;           /**< the system may use it meanwhile */
	uint64_t alignment;      /**< of a dynamic region; 0: not given */
	const struct vmsa_range *allowed; /**< alloc-ranges; NULL: anywhere */
	size_t nr_allowed;                /**< how many of them */
};

/** struct vmsa_chosen - what /chosen tells the system that boots. */
struct vmsa_chosen {
	const char *bootargs;     /**< the command line; "" if there is none */
	bool has_initrd;          /**< @initrd means something */
	struct vmsa_range initrd; /**< linux,initrd-start up to -end */
	uint64_t kaslr_seed;      /**< 0: absent, or already wiped */
};

/**
 * struct vmsa_cpu - one CPU, as far as address translation cares.
 *
 * A plain value: it may be copied into another machine or changed by hand.
 * What the tree does not say is 0, false or "", but for @pa_bits (48).
 */
struct vmsa_cpu {
	char compatible[64]; /**< first string of compatible, "arm,..." */
	uint64_t mpidr;      /**< affinity fields of MPIDR_EL1 (reg) */
	uint32_t midr;       /**< MIDR_EL1 (vmsa,midr); 0: not said */
	unsigned bbm_level;  /**< ID_AA64MMFR2_EL1.BBM, 0 .. 3 */
	bool bbm_no_abort;   /**< never a conflict abort, whatever the level */
	unsigned pa_bits;    /**< ID_AA64MMFR0_EL1.PARange: 32 .. 52 */
	bool lva;            /**< 52-bit VAs with the 64K granule */
	bool lpa2;           /**< 52-bit VAs and PAs with 4K and 16K */
	bool e0pd;           /**< ID_AA64MMFR2_EL1.E0PD is not 0 */
	bool tlb_range;      /**< has the TLBI instructions for ranges */
	struct vmsa_tlb_config tlb; /**< a structure not described is absent */
};

/**
 * vmsa_cpu_bbm_level() - the level break-before-make can be judged at.
 * @cpu: the CPU
 *
 * Level 3 is level 2 with the promise that no TLB conflict abort is raised.
 * CPUs older than level 3, AmpereOne among them, keep that promise and
 * advertise less: a kernel knows them by their MIDR_EL1.
 */
static inline unsigned vmsa_cpu_bbm_level(const struct vmsa_cpu *cpu)
{
	return cpu->bbm_no_abort ? 3 : cpu->bbm_level;
}

/**
 * vmsa_machine_read() - read a machine from a .dtb file.
 * @path: the file, of at most VMSA_MACHINE_MAX_BLOB bytes
 * @out:  the new machine; free it with vmsa_machine_destroy()
 * @err:  what is wrong with the tree, by node and property; may be NULL
 *
 * Return: 0;
 *	-EINVAL, if the tree is broken or says what no machine can be;
 *	-ENOTSUP, if it describes a TLB this library does not model;
 *	-EFBIG, if the file is too large;
 *	-ENOMEM;
 *	the negative errno of opening or reading the file.
 */
int vmsa_machine_read(const char *path, struct vmsa_machine **out,
		      struct vmsa_error *err);

/**
 * vmsa_machine_from_blob() - read a machine from a device tree in memory.
 * @blob: the flattened tree, of any alignment; not needed afterwards
 * @size: bytes there are; the tree may be shorter
 * @name: what to call it in errors and vmsa_machine_name()
 * @out:  the new machine; free it with vmsa_machine_destroy()
 * @err:  what is wrong with the tree, by node and property; may be NULL
 *
 * Return: as vmsa_machine_read(), without the file's own errors.
 */
int vmsa_machine_from_blob(const void *blob, size_t size, const char *name,
			   struct vmsa_machine **out, struct vmsa_error *err);

/**
 * vmsa_cpu_read() - read the first CPU of a .dtb file.
 * @path: a machine, or a CPU model, which is a tree without memory
 * @out:  the CPU
 * @err:  what is wrong with the tree, by node and property; may be NULL
 *
 * Return: as vmsa_machine_read().
 */
int vmsa_cpu_read(const char *path, struct vmsa_cpu *out,
		  struct vmsa_error *err);

/** vmsa_machine_destroy() - give everything back; accepts NULL. */
void vmsa_machine_destroy(struct vmsa_machine *machine);

/** vmsa_machine_name() - the path or name it was read under. */
const char *vmsa_machine_name(const struct vmsa_machine *machine);

/** vmsa_machine_model() - the root node's model; "" if it has none. */
const char *vmsa_machine_model(const struct vmsa_machine *machine);

/**
 * vmsa_machine_banks() - physical memory, in the order of the tree.
 * @machine: the machine
 * @count:   how many there are, at least 1
 *
 * No two overlap.  Valid until the machine's memory is set or it is destroyed.
 */
const struct vmsa_bank *vmsa_machine_banks(const struct vmsa_machine *machine,
					   size_t *count);

/** vmsa_machine_memory_size() - bytes of all banks together. */
uint64_t vmsa_machine_memory_size(const struct vmsa_machine *machine);

/**
 * vmsa_machine_reserved() - the regions of /reserved-memory, in tree order.
 * @machine: the machine
 * @count:   how many there are; may be 0, and they may overlap
 */
const struct vmsa_reserved *vmsa_machine_reserved(
	const struct vmsa_machine *machine, size_t *count);

/**
 * vmsa_machine_memreserve() - the header's memory reservation block.
 * @machine: the machine
 * @count:   how many entries it has; may be 0
 */
const struct vmsa_range *vmsa_machine_memreserve(
	const struct vmsa_machine *machine, size_t *count);

/** vmsa_machine_chosen() - boot arguments, initrd and seed. */
const struct vmsa_chosen *vmsa_machine_chosen(
	const struct vmsa_machine *machine);

/**
 * vmsa_machine_cpus() - the CPUs, in the order of the tree.
 * @machine: the machine
 * @count:   how many there are, at least 1; the first is the one that boots
 *
 * No two have the same affinity.
 */
const struct vmsa_cpu *vmsa_machine_cpus(const struct vmsa_machine *machine,
					 size_t *count);

/**
 * vmsa_machine_set_memory() - one bank of another size instead of them all.
 * @machine: the machine
 * @size:    bytes of the bank; it starts, and has the node, of the first one
 *
 * Reservations and initrd stay as they are, also where memory no longer is.
 *
 * Return: 0;
 *	-EINVAL, if @size is 0;
 *	-ERANGE, if the bank would end beyond 2^64.
 */
int vmsa_machine_set_memory(struct vmsa_machine *machine, uint64_t size);

/**
 * vmsa_machine_set_bootargs() - another command line.
 * @machine:  the machine
 * @bootargs: copied
 *
 * Return: 0; -ENOMEM, and the old command line stays.
 */
int vmsa_machine_set_bootargs(struct vmsa_machine *machine,
			      const char *bootargs);

/**
 * vmsa_machine_set_cpu() - another model in the place of one CPU.
 * @machine: the machine
 * @index:   which, counted as in vmsa_machine_cpus()
 * @cpu:     copied, but the affinity (mpidr) of the old one stays
 *
 * Return: 0; -ERANGE, if there is no such CPU.
 */
int vmsa_machine_set_cpu(struct vmsa_machine *machine, size_t index,
			 const struct vmsa_cpu *cpu);

/**
 * vmsa_machine_path() - where a machine of this name would lie.
 * @dir:  directory, with or without a slash at its end
 * @name: a bare name, "neoverse-n1"
 * @out:  "DIR/NAME.dtb"
 * @size: bytes of @out
 *
 * Nothing is opened; the file need not exist.
 *
 * Return: 0;
 *	-EINVAL, if @name is empty or has a slash in it;
 *	-ENAMETOOLONG, if @out is too small.
 */
int vmsa_machine_path(const char *dir, const char *name, char *out,
		      size_t size);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_MACHINE_H */
