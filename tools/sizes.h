/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_SIZES_H
#define VMSA_TOOLS_SIZES_H
/*
 * sizes.h - translation structures from the command line
 */
#include "vmsa/tlb/config.h"

/**
 * sizes_apply() - give structures other sizes.
 * @text: "NAME=ENTRIES[/WAYS],..."; without ways fully associative
 * @tlb:  whose; what else is known of a structure stays
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int sizes_apply(const char *text, struct vmsa_tlb_config *tlb);

#endif /* VMSA_TOOLS_SIZES_H */
