/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_SYS_H
#define VMSA_LIB_REPLAY_SYS_H
/*
 * sys.h - TLBI instructions as a recorder sees them
 *
 * Source   Arm ARM DDI 0487, C5.5 (encodings of the TLBI instructions)
 */
#include <stdbool.h>

#include "vmsa/arch/tlbi.h"

/**
 * vmsa_replay_tlbi() - take a SYS instruction for a TLBI apart.
 * @sys: op1:CRn:CRm:op2
 * @xt:  the register's value
 * @out: the operation; untouched if there is none
 *
 * Return: true for an operation of EL1 on stage 1, false for any other.
 */
bool vmsa_replay_tlbi(uint64_t sys, uint64_t xt, struct vmsa_tlbi *out);

#endif /* VMSA_LIB_REPLAY_SYS_H */
