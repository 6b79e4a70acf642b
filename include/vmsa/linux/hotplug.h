/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_HOTPLUG_H
#define VMSA_LINUX_HOTPLUG_H
/*
 * hotplug.h - memory that comes and goes while the kernel runs
 *
 * Memory plugged in is used for movable pages: no table ever lies in it.
 *
 * Source   docs/linear-map.md, section 10
 */
#include "vmsa/linux.h"

#ifdef __cplusplus
extern "C" {
#endif

/** vmsa_linux_memory_block() - bytes memory is plugged in and out by. */
uint64_t vmsa_linux_memory_block(const struct vmsa_linux *sys);

/**
 * vmsa_linux_mappable() - physical addresses the linear map has room for.
 * @sys: the system
 *
 * Return: the range; its size is 0 if it is the whole address space.
 */
struct vmsa_range vmsa_linux_mappable(const struct vmsa_linux *sys);

/**
 * vmsa_linux_hot_add() - memory arrives: map it, and its struct pages.
 * @sys:   the system
 * @range: whole memory blocks
 *
 * Return: 0;
 *	-EINVAL, if @range is empty or not of whole blocks;
 *	-E2BIG, if it lies outside the mappable range;
 *	-EEXIST, if there is memory in it already;
 *	-ENOMEM, nothing of it stays mapped; in kernels before 6.19 a missing
 *	page for a table is a BUG(): -ENOTRECOVERABLE.
 */
int vmsa_linux_hot_add(struct vmsa_linux *sys, struct vmsa_range range);

/**
 * vmsa_linux_hot_remove() - memory leaves: offline it, unmap it, free tables.
 * @sys:   the system
 * @range: whole memory blocks
 *
 * Return: 0;
 *	-EINVAL, if @range is empty, not of whole blocks, or not all memory;
 *	-EPERM, if some of it is there since boot or, since 7.2, an edge would
 *	cut a leaf of the linear map or of the struct pages: it stays online.
 */
int vmsa_linux_hot_remove(struct vmsa_linux *sys, struct vmsa_range range);

/**
 * vmsa_linux_map_struct_pages() - map the struct pages of boot memory.
 * @sys: the system
 *
 * A boot without it differs only in the counts of tables outside the linear
 * map.
 *
 * Return: 0; -EEXIST if it was done before; -ENOMEM.
 */
int vmsa_linux_map_struct_pages(struct vmsa_linux *sys);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_LINUX_HOTPLUG_H */
