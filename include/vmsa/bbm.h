/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BBM_H
#define VMSA_BBM_H
/*
 * bbm.h - break-before-make: rules, checker, and an adversary that tries them
 */
#include "vmsa/bbm/check.h"
#include "vmsa/bbm/explore.h"
#include "vmsa/bbm/litmus.h"
#include "vmsa/bbm/log.h"
#include "vmsa/bbm/rules.h"

#endif /* VMSA_BBM_H */
