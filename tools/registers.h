/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_REGISTERS_H
#define VMSA_TOOLS_REGISTERS_H
/*
 * registers.h - the system registers Linux runs its tables with
 */
#include "vmsa/arch/regime.h"
#include "vmsa/linux.h"

/**
 * kernel_regime() - the EL1&0 regime of a system's kernel.
 * @sys: the system
 * @out: its TTBR1 half describes the kernel's tables, TTBR0 has none
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int kernel_regime(const struct vmsa_linux *sys, struct vmsa_regime *out);

#endif /* VMSA_TOOLS_REGISTERS_H */
