/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BBM_H
#define VMSA_BBM_H
/*
 * bbm.h - break-before-make: the rules, and an adversary that tries them
 */
#include "vmsa/bbm/explore.h"
#include "vmsa/bbm/litmus.h"
#include "vmsa/bbm/rules.h"

#endif /* VMSA_BBM_H */
