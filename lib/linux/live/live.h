/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_LIVE_H
#define VMSA_LIB_LINUX_LIVE_H
/*
 * live.h - changing a map that is in use
 *
 *     split.c        cut leaves where a permission will change  (5)
 *     pageattr.c     change a range: split, store, flush        (8.1, 8.3, 8.4)
 *     set_memory.c   areas and their aliases                    (8.2)
 *     vmalloc.c      areas: where they lie, how they go         (8.2, 8.7)
 *     realm.c        memory shared with the host                (7.5)
 *
 * Most of these are public: vmsa/linux/live.h, vmsa/linux/vmalloc.h.
 */
#include "linux/linux.h"

/* --- pageattr.c --- */

/**
 * vmsa_linux_validity() - what makes a leaf valid, or invalid (8.3).
 * @l:     the system: version and nG decide
 * @valid: which of the two
 *
 * Return: bits to clear first, then bits to set.
 */
struct vmsa_change vmsa_linux_validity(const struct vmsa_linux *l, bool valid);

/* --- vmalloc.c --- */

/**
 * vmsa_vm_reserve_image() - keep areas away from the kernel image (1.2).
 * @l: a system without areas
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_vm_reserve_image(struct vmsa_linux *l);

/**
 * vmsa_vm_destroy() - forget every area, and the page source.
 * @vm: used or zeroed; no table is touched
 */
void vmsa_vm_destroy(struct vm *vm);

#endif /* VMSA_LIB_LINUX_LIVE_H */
