/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_ESTIMATE_H
#define VMSA_TOOLS_ESTIMATE_H
/*
 * estimate.h - what translation might cost, told as the estimate it is
 *
 * Nothing is estimated unless --cpi says what the program takes without
 * misses, which no trace knows.
 */
#include "json.h"
#include "vmsa/replay.h"
#include "vmsa/tlb/cost.h"

/**
 * estimate_of() - of a replay, data and fetch together.
 * @tlb:    the TLBs it ran on
 * @result: what was counted
 * @cpi:    of --cpi, thousandths; 0: not given
 * @out:    the estimate
 *
 * Return: whether there is one: --cpi was given and instructions counted.
 */
bool estimate_of(const struct vmsa_tlb_config *tlb,
		 const struct vmsa_replay_result *result, uint64_t cpi,
		 struct vmsa_tlb_estimate *out);

/** estimate_print_head() - the line before estimates: what they are worth. */
void estimate_print_head(uint64_t cpi);

/** estimate_print() - one estimate, a line after that. */
void estimate_print(const struct vmsa_tlb_estimate *e);

/**
 * estimate_write() - as a JSON object "estimate".
 * @e:    the estimate; NULL: the object is null
 * @over: what its throughput is compared with; or NULL
 * @cpi:  of --cpi, thousandths
 * @d:    where to
 */
void estimate_write(const struct vmsa_tlb_estimate *e,
		    const struct vmsa_tlb_estimate *over, uint64_t cpi,
		    struct doc *d);

#endif /* VMSA_TOOLS_ESTIMATE_H */
