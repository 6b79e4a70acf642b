/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keep.c - which sizes a TLB keeps
 */
#include "keep.h"

#include <errno.h>

/* Leaves are 2^12 .. 2^43 bytes. */
#define SIZES (((UINT64_C(1) << 44) - 1) & ~UINT64_C(0xfff))

int vmsa_tlb_keep_init(struct vmsa_tlb_keep *k,
		       const struct vmsa_tlb_array *shape,
		       unsigned granule_shift)
{
	uint64_t group = 0;

	if (shape->aggregate > VMSA_TLB_MAX_AGGREGATE)
		return -EINVAL;
	if (shape->aggregate)
		group = UINT64_C(1) << (granule_shift + shape->aggregate);
	if ((shape->holds | shape->refuses) & ~SIZES ||
	    shape->holds & (shape->refuses | group))
		return -EINVAL;
	*k = (struct vmsa_tlb_keep){
		.held = (shape->holds ? shape->holds : SIZES) &
			~(shape->refuses | group),
		.refuses = shape->refuses,
		.contiguous = shape->contiguous,
		.aggregate = shape->aggregate,
		.group = shape->aggregate ? (uint8_t)(granule_shift - 12 +
						      shape->aggregate)
					  : VMSA_NO_CLASS,
	};
	return 0;
}
