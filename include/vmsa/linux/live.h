/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_LIVE_H
#define VMSA_LINUX_LIVE_H
/*
 * live.h - what a running kernel does to its linear map
 *
 *     vmsa_linux_map_mem()            one CPU, page allocator not yet up
 *     vmsa_linux_start_allocator()    splits become possible
 *     vmsa_linux_online_cpu()         secondaries, before and after
 *     vmsa_linux_finalise_cpus()      capabilities final: repaint, KPTI
 *     vmsa_linux_mark_text_ro()       the text alias
 *     vmsa_linux_mark_rodata_ro()     the data alias; root table read-only
 *
 * Every call makes the stores, barriers and TLB maintenance the kernel makes,
 * in its order, through the space, which counts and shows them.
 *
 * Errors   the kernel's own errno; -ENOTRECOVERABLE where it has a BUG() or
 *          panics.  A state after an error is the kernel's state.
 * Source   docs/linear-map.md; section numbers below are its sections
 */
#include "vmsa/linux.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- from boot to user space (3.1, 3.5, 3.6, 6) -------------------------- */

/** vmsa_linux_start_allocator() - the page allocator is up. */
void vmsa_linux_start_allocator(struct vmsa_linux *sys);

/**
 * vmsa_linux_cpu_bbm_level() - the level a CPU can be judged at.
 * @cpu: the CPU
 *
 * One that any kernel's list has never raises a conflict abort, whatever its ID
 * register says (6.1).
 *
 * Return: 0 .. 3.
 */
unsigned vmsa_linux_cpu_bbm_level(const struct vmsa_cpu *cpu);

/**
 * vmsa_linux_online_cpu() - another CPU arrives (6.2).
 * @sys: the system
 * @cpu: the CPU
 *
 * Return: 0;
 *	-EPERM, if it comes after capabilities are final and lacks what the
 *	system uses: the kernel parks it, it never gets online.
 */
int vmsa_linux_online_cpu(struct vmsa_linux *sys, const struct vmsa_cpu *cpu);

/**
 * vmsa_linux_finalise_cpus() - fix the capabilities; repaint if need be (6.3).
 * @sys: the system, its early CPUs online
 *
 * Where the map needs live splits and not every CPU tolerates them, the whole
 * linear map but the text alias becomes pages while all other CPUs wait in
 * the identity map.  Then KPTI's conversion to nG, if it is on.
 *
 * Return: 0; -ENOTRECOVERABLE if memory ran out in the repaint (a panic).
 */
int vmsa_linux_finalise_cpus(struct vmsa_linux *sys);

/** vmsa_linux_mark_text_ro() - mark_linear_text_alias_ro() (3.5). */
int vmsa_linux_mark_text_ro(struct vmsa_linux *sys);

/** vmsa_linux_mark_rodata_ro() - the linear map's part of it (3.6). */
int vmsa_linux_mark_rodata_ro(struct vmsa_linux *sys);

/**
 * vmsa_linux_boot() - all of the above, with the machine's own CPUs.
 * @sys:     a system nothing was mapped in yet
 * @machine: its CPUs; the first is the one that boots
 *
 * Return: 0, or the first error.
 */
int vmsa_linux_boot(struct vmsa_linux *sys, const struct vmsa_machine *machine);

/* --- split (5) ----------------------------------------------------------- */

/**
 * vmsa_linux_split() - make two addresses leaf boundaries (5.1).
 * @sys:   the system
 * @start: page-aligned
 * @end:   page-aligned, not below @start
 *
 * Return: 0, also where nothing needs splitting;
 *	-EINVAL, if an address is not page-aligned;
 *	-EBUSY, if it is too early, or CPUs are online whose capabilities are
 *	not final yet;
 *	-ENOMEM, what was split stays split.
 */
int vmsa_linux_split(struct vmsa_linux *sys, vmsa_va start, vmsa_va end);

/**
 * vmsa_linux_split_to_pages() - split a range completely (5.6).
 * @sys:   the system
 * @start: first address
 * @end:   end, exclusive; leaves that reach over an edge are split whole
 * @phase: which allocator
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_linux_split_to_pages(struct vmsa_linux *sys, vmsa_va start,
			      vmsa_va end, enum vmsa_phase phase);

/* --- permissions (8) ----------------------------------------------------- */

/**
 * vmsa_linux_update_range() - change bits of every leaf, no TLBI (8.1).
 * @sys:   the system
 * @start: page-aligned
 * @size:  bytes, a multiple of the page size
 * @set:   bits to set, after
 * @clear: bits to clear
 *
 * Return: 0; -EINVAL for an empty range or one that ends inside a leaf;
 *	an error of vmsa_linux_split().
 */
int vmsa_linux_update_range(struct vmsa_linux *sys, vmsa_va start,
			    uint64_t size, vmsa_desc set, vmsa_desc clear);

/**
 * vmsa_linux_change_range() - the same and the flush that goes with it (8.1).
 * @sys:   the system
 * @start: page-aligned
 * @size:  bytes, a multiple of the page size
 * @set:   bits to set, after
 * @clear: bits to clear
 *
 * Return: as vmsa_linux_update_range().
 */
int vmsa_linux_change_range(struct vmsa_linux *sys, vmsa_va start,
			    uint64_t size, vmsa_desc set, vmsa_desc clear);

/** vmsa_linux_flush() - flush_tlb_kernel_range() (9.1). */
void vmsa_linux_flush(struct vmsa_linux *sys, vmsa_va start, vmsa_va end);

/**
 * vmsa_linux_set_valid() - set_memory_valid() (8.3).
 * @sys:   the system
 * @addr:  page-aligned address in the linear map
 * @pages: how many
 * @valid: make them valid, or invalid and flush
 *
 * Return: as vmsa_linux_update_range().
 */
int vmsa_linux_set_valid(struct vmsa_linux *sys, vmsa_va addr, uint64_t pages,
			 bool valid);

/**
 * vmsa_linux_direct_map_invalid() - set_direct_map_invalid_noflush() (8.4).
 * @sys:  the system
 * @addr: linear map address of the page
 *
 * Return: 0, also where the direct map cannot be changed and nothing is done;
 *	as vmsa_linux_update_range().
 */
int vmsa_linux_direct_map_invalid(struct vmsa_linux *sys, vmsa_va addr);

/**
 * vmsa_linux_direct_map_default() - set_direct_map_default_noflush() (8.4).
 * @sys:  the system
 * @addr: linear map address of the page
 *
 * Return: as vmsa_linux_direct_map_invalid().
 */
int vmsa_linux_direct_map_default(struct vmsa_linux *sys, vmsa_va addr);

/** vmsa_linux_page_present() - kernel_page_present() (8.5). */
bool vmsa_linux_page_present(const struct vmsa_linux *sys, vmsa_va addr);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_LINUX_LIVE_H */
