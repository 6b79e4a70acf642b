/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_CALLERS_H
#define VMSA_LIB_LINUX_CALLERS_H
/*
 * callers.h - who asks for changes
 *
 *     bringup.c   the kernel on its way to user space     (3.1, 3.5, 3.6, 6)
 *     callers.c   secretmem, KFENCE, debug_pagealloc, hibernation
 *     module.c    a module comes and goes                 (8.7)
 *     bpf.c       code made at run time                   (8.7)
 *
 * All of these are public but what follows.
 */
#include "linux/linux.h"

/* --- bringup.c --- */

/**
 * vmsa_linux_set_data_alias() - the alias of data and bss (3.6).
 * @l:     a system whose map is built
 * @valid: can it be used from now on?
 *
 * Return: as vmsa_linux_set_valid().
 */
int vmsa_linux_set_data_alias(struct vmsa_linux *l, bool valid);

/* --- bpf.c --- */

/**
 * vmsa_bpf_destroy() - forget the packs.
 * @packs: used or zeroed; their areas are vmalloc's
 */
void vmsa_bpf_destroy(struct packs *packs);

#endif /* VMSA_LIB_LINUX_CALLERS_H */
