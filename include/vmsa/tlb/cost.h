/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TLB_COST_H
#define VMSA_TLB_COST_H
/*
 * cost.h - what translation might cost a program: an estimate, no measurement
 *
 * The model is linear: cycles per instruction = base + translation cycles per
 * instruction, as if no translation overlapped with other work or with another
 * translation.  Models that are linear in walk cycles or misses were found to
 * err by up to 25 to 192 percent of the run time, depending on the workload, on
 * layouts they were not fitted to (Agbarya, Yaniv, Gandhi and Tsafrir, MICRO
 * 2020).  The bounds here take the larger: a factor of 2.92 either way.  They
 * are wide, since no more is known without a measurement of the program itself.
 */
#include "vmsa/tlb.h"

#ifdef __cplusplus
extern "C" {
#endif

/** VMSA_TLB_COST_ERROR - relative error of a linear model, at worst. */
#define VMSA_TLB_COST_ERROR 1.92

/** struct vmsa_tlb_bounds - a value that a model gives, and how far to trust
    it. */
struct vmsa_tlb_bounds {
	double value; /**< what the model says */
	double low;   /**< not less, if the model errs as much as it may */
	double high;  /**< not more */
};

/** struct vmsa_tlb_estimate - what translation might cost a run. */
struct vmsa_tlb_estimate {
	const char *method;           /**< the model's name; static */
	uint64_t cycles;              /**< of translation, from the counts */
	struct vmsa_tlb_bounds cpi;   /**< cycles per instruction */
	struct vmsa_tlb_bounds share; /**< of them spent translating, 0 .. 1 */
};

/**
 * vmsa_tlb_estimate() - cycles per instruction of a run that was simulated.
 * @config:       the costs
 * @c:            counts of the run
 * @instructions: executed in the run
 * @base_cpi:     cycles per instruction if every access hit the first level
 * @out:          the estimate
 *
 * No lower bound is below @base_cpi, as translation takes no time off a run.
 *
 * Return: 0;
 *	-EINVAL, if there are no instructions or @base_cpi is not above 0.
 */
int vmsa_tlb_estimate(const struct vmsa_tlb_config *config,
		      const struct vmsa_tlb_counters *c, uint64_t instructions,
		      double base_cpi, struct vmsa_tlb_estimate *out);

/**
 * vmsa_tlb_throughput() - how much faster one run is than another.
 * @of:   a run
 * @over: the run to compare with; of the same instructions
 *
 * The errors of both are taken as independent, so the bounds are wide.
 *
 * Return: instructions per cycle of @of over those of @over; above 1 if @of is
 *	faster.
 */
struct vmsa_tlb_bounds vmsa_tlb_throughput(
	const struct vmsa_tlb_estimate *of,
	const struct vmsa_tlb_estimate *over);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TLB_COST_H */
