/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_H
#define VMSA_ARCH_H
/*
 * arch.h - what the Arm ARM says, as values and pure functions
 */
#include "vmsa/arch/descriptor.h"
#include "vmsa/arch/fault.h"
#include "vmsa/arch/features.h"
#include "vmsa/arch/geometry.h"
#include "vmsa/arch/mair.h"
#include "vmsa/arch/regime.h"
#include "vmsa/arch/tlbi.h"
#include "vmsa/arch/walk.h"

#endif /* VMSA_ARCH_H */
