/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cost.c - counts to cycles per instruction, by a linear model
 */
#include "vmsa/tlb/cost.h"

#include <errno.h>

static struct vmsa_tlb_bounds share_of(double base,
				       const struct vmsa_tlb_bounds *cpi)
{
	return (struct vmsa_tlb_bounds){
		.value = 1 - base / cpi->value,
		.low = 1 - base / cpi->low,
		.high = 1 - base / cpi->high,
	};
}

int vmsa_tlb_estimate(const struct vmsa_tlb_config *config,
		      const struct vmsa_tlb_counters *c, uint64_t instructions,
		      double base_cpi, struct vmsa_tlb_estimate *out)
{
	const double factor = 1 + VMSA_TLB_COST_ERROR;
	double cpi;

	/* So written, a base that is no number is refused as well. */
	if (!instructions || !(base_cpi > 0))
		return -EINVAL;
	out->method = "linear CPI model";
	out->cycles = vmsa_tlb_cycles(config, c);
	cpi = base_cpi + (double)out->cycles / (double)instructions;
	out->cpi = (struct vmsa_tlb_bounds){
		.value = cpi,
		.low = cpi / factor > base_cpi ? cpi / factor : base_cpi,
		.high = cpi * factor,
	};
	out->share = share_of(base_cpi, &out->cpi);
	return 0;
}

struct vmsa_tlb_bounds vmsa_tlb_throughput(const struct vmsa_tlb_estimate *of,
					   const struct vmsa_tlb_estimate *over)
{
	return (struct vmsa_tlb_bounds){
		.value = over->cpi.value / of->cpi.value,
		.low = over->cpi.low / of->cpi.high,
		.high = over->cpi.high / of->cpi.low,
	};
}
