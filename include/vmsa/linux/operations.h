/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_OPERATIONS_H
#define VMSA_LINUX_OPERATIONS_H
/*
 * operations.h - which of Linux's operations are special to a checker
 *
 *     struct vmsa_checker_config config = {
 *             .operations = vmsa_linux_operations(),
 *     };
 */
#include "vmsa/bbm/check.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vmsa_linux_operations() - what the operations of this room do not promise.
 *
 * Most end with no old translation left.  "map", "update_range" and "unplug"
 * are steps of others, which flush for them; what "vfree" unmaps is flushed
 * when enough has come together; "repaint" parks the other CPUs while it runs.
 *
 * Return: a static list, for struct vmsa_checker_config; the last has no name.
 */
const struct vmsa_check_operation *vmsa_linux_operations(void);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_LINUX_OPERATIONS_H */
