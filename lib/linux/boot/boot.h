/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_BOOT_H
#define VMSA_LIB_LINUX_BOOT_H
/*
 * boot.h - what is known before there is a table
 *
 *     rules.c      the versions, and everything in which they differ
 *     kernel.c     kernels people run
 *     bootargs.c   the command line                    (7.1, 2.2)
 *     layout.c     addresses, and memory's in them     (1.2, 2.3)
 *     boot.c       machine -> memblock, memstart_addr  (2.2)
 *     memblock.c   the list of memory
 *     cpu.c        which CPUs change sizes live        (6.1)
 *     policy.c     pages or blocks                     (7.2)
 *
 * Only memblock and the policy are asked again later: memory may come, and
 * CPUs may change the answer.
 */
#include "linux/linux.h"

/* --- rules.c --- */

/**
 * vmsa_linux_rules() - the row of the version table.
 * @version: a valid one, not checked
 *
 * Return: constant, never NULL.
 */
const struct linux_rules *vmsa_linux_rules(enum vmsa_linux_version version);

/* --- kernel.c --- */

/**
 * vmsa_linux_is_offered() - can a kernel be configured so (1.1)?
 * @granule_shift: log2 of the bytes of a page
 * @va_bits:       bits of an address of the kernel's half
 *
 * Return: whether the pair is a row of the table of 1.1; any numbers may be
 *	asked about.
 */
bool vmsa_linux_is_offered(unsigned granule_shift, unsigned va_bits);

/* --- bootargs.c --- */

/**
 * vmsa_linux_parse_args() - read the boot arguments a kernel would heed.
 * @kernel: for its defaults and its words
 * @text:   the command line
 * @out:    what it says; defaults where it says nothing
 *
 * Words it does not know, and values a kernel refuses, are passed over as the
 * kernel does: nothing can fail.
 */
void vmsa_linux_parse_args(const struct vmsa_linux_kernel *kernel,
			   const char *text, struct boot_args *out);

/* --- layout.c --- */

/**
 * vmsa_linux_find_layout() - addresses that do not depend on memory (1.2).
 * @l: kernel and boot CPU are known; its layout is filled, but for memstart
 */
void vmsa_linux_find_layout(struct vmsa_linux *l);

/**
 * vmsa_linux_geometry() - shape of the kernel's tables on this CPU.
 * @l:   its layout is known
 * @out: granule, address bits in use, format of descriptors
 *
 * Return: 0; -EINVAL as vmsa_geometry_init().
 */
int vmsa_linux_geometry(const struct vmsa_linux *l, struct vmsa_geometry *out);

/* --- boot.c --- */

/**
 * vmsa_linux_find_memory() - memblock and memstart (2.2).
 * @l:       kernel, CPU, arguments and layout are known
 * @machine: where the memory is
 * @seed:    KASLR's, for kernels that move the linear map; 0 moves nothing
 * @err:     what does not fit
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int vmsa_linux_find_memory(struct vmsa_linux *l,
			   const struct vmsa_machine *machine, uint16_t seed,
			   struct vmsa_error *err);

/* --- memblock.c --- */

/**
 * vmsa_memblock_add() - add memory; what is there keeps its flag.
 * @mb:    the list
 * @start: first byte; edges need not be pages'
 * @size:  bytes
 *
 * Return: 0; -ENOMEM, and a part may have been added.
 */
int vmsa_memblock_add(struct memblock *mb, vmsa_pa start, uint64_t size);

/**
 * vmsa_memblock_remove() - take memory out, whatever its flag.
 * @mb:    the list
 * @start: first byte
 * @end:   end, exclusive
 *
 * Return: 0; -ENOMEM, and nothing was taken out.
 */
int vmsa_memblock_remove(struct memblock *mb, vmsa_pa start, vmsa_pa end);

/**
 * vmsa_memblock_mark() - set or clear NOMAP on what there is in a range.
 * @mb:    the list
 * @start: first byte
 * @size:  bytes
 * @nomap: the flag; what has it is not in the linear map
 *
 * Return: 0; -ENOMEM, and no flag was changed.
 */
int vmsa_memblock_mark(struct memblock *mb, vmsa_pa start, uint64_t size,
		       bool nomap);

/**
 * vmsa_memblock_limit() - keep the lowest bytes that are mapped (2.2, step 7).
 * @mb:    the list
 * @limit: bytes; regions that are NOMAP stay and do not count
 *
 * Return: 0.
 */
int vmsa_memblock_limit(struct memblock *mb, uint64_t limit);

/**
 * vmsa_memblock_start() - lowest address of memory.
 * @mb: the list, not empty
 */
vmsa_pa vmsa_memblock_start(const struct memblock *mb);

/**
 * vmsa_memblock_end() - end of the highest region, exclusive.
 * @mb: the list, not empty
 */
vmsa_pa vmsa_memblock_end(const struct memblock *mb);

/* --- cpu.c --- */

/**
 * vmsa_linux_cpu_has_bbm() - may this CPU change mapping sizes live (6.1)?
 * @version: whose test; one that never asks says no
 * @cpu:     the CPU
 */
bool vmsa_linux_cpu_has_bbm(enum vmsa_linux_version version,
			    const struct vmsa_cpu *cpu);

/* --- policy.c --- */

/**
 * vmsa_linux_force_pte() - force_pte as it is now (7.2).
 * @l: the boot CPU answers for it until capabilities are final
 *
 * Return: whether memory mapped now gets pages only.
 */
bool vmsa_linux_force_pte(const struct vmsa_linux *l);

/**
 * vmsa_linux_decide() - the policy, before anything is mapped (7).
 * @l:       kernel, boot arguments and boot CPU are known
 * @machine: for its KASLR seed
 */
void vmsa_linux_decide(struct vmsa_linux *l,
		       const struct vmsa_machine *machine);

/**
 * vmsa_linux_decide_again() - what a failed KFENCE pool changes (3.3, step 1).
 * @l: its policy says already that KFENCE is not early
 */
void vmsa_linux_decide_again(struct vmsa_linux *l);

#endif /* VMSA_LIB_LINUX_BOOT_H */
