/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_VMSA_H
#define VMSA_VMSA_H
/*
 * vmsa.h - every public header of libvmsa
 */
#include "vmsa/arch.h"
#include "vmsa/bbm.h"
#include "vmsa/foreign.h"
#include "vmsa/linux.h"
#include "vmsa/machine.h"
#include "vmsa/memory.h"
#include "vmsa/recorded.h"
#include "vmsa/replay.h"
#include "vmsa/sweep.h"
#include "vmsa/sweep/sets.h"
#include "vmsa/sweep/stack.h"
#include "vmsa/table.h"
#include "vmsa/table/walker.h"
#include "vmsa/tlb.h"
#include "vmsa/tlb/cost.h"
#include "vmsa/trace.h"

#endif /* VMSA_VMSA_H */
