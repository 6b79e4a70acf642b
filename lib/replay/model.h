/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_MODEL_H
#define VMSA_LIB_REPLAY_MODEL_H
/*
 * model.h - TLBs as a model that a replay drives
 */
#include "vmsa/replay.h"

/** vmsa_replay_tlb_model() - drive @tlb, whose walker is the replay's. */
struct vmsa_replay_model vmsa_replay_tlb_model(struct vmsa_tlb *tlb);

#endif /* VMSA_LIB_REPLAY_MODEL_H */
