/* SPDX-License-Identifier: BSD-2-Clause */
#include "registers.h"

#include <string.h>

#include "say.h"

/* TCR_EL1 fields (Arm ARM, D24.2); Linux walks cacheable, inner shareable. */
#define TCR_T0SZ(n) ((uint64_t)(n))
#define TCR_EPD0    (UINT64_C(1) << 7)
#define TCR_T1SZ(n) ((uint64_t)(n) << 16)
#define TCR_SH1_IS  (UINT64_C(3) << 28)
#define TCR_TG1(n)  ((uint64_t)(n) << 30)
#define TCR_IPS(n)  ((uint64_t)(n) << 32)
#define TCR_ASID16  (UINT64_C(1) << 36)
#define TCR_DS      (UINT64_C(1) << 59)
#define IPS_48      5
#define IPS_52      6
#define SCTLR_M     UINT64_C(1)

/*
 * MAIR_EL1 as Linux sets it: Normal, Normal-Tagged (as Normal, no MTE),
 * Normal Non-cacheable, Device-nGnRnE, Device-nGnRE.
 */
#define MAIR_LINUX UINT64_C(0x040044ffff)

/* TG1's encoding of a granule; it is not TG0's. */
static unsigned tg1(const struct vmsa_geometry *g)
{
	switch (g->granule_shift) {
	case 14:
		return 1;
	case 16:
		return 3;
	default:
		return 2;
	}
}

int kernel_regime(const struct vmsa_linux *sys, struct vmsa_regime *out)
{
	const struct vmsa_space *space = vmsa_linux_space(sys);
	const struct vmsa_geometry *g = vmsa_space_geometry(space);
	const struct vmsa_features features = VMSA_FEATURES_ALL;
	const bool wide = g->format != VMSA_FORMAT_48;
	const unsigned size = 64u - g->va_bits;
	const struct vmsa_registers registers = {
		.kind = VMSA_REGIME_EL10,
		.sctlr = SCTLR_M,
		.tcr = TCR_T0SZ(size) | TCR_EPD0 | TCR_T1SZ(size) | TCR_SH1_IS |
		       TCR_TG1(tg1(g)) | TCR_IPS(wide ? IPS_52 : IPS_48) |
		       TCR_ASID16 |
		       (g->format == VMSA_FORMAT_LPA2 ? TCR_DS : 0),
		.mair = MAIR_LINUX,
		.ttbr1 = vmsa_space_root(space),
	};
	const int ret =
		vmsa_regime_from_registers(&registers, &features, NULL, out);

	return ret ? complain("no regime fits these tables: %s", strerror(-ret))
		   : EXIT_DONE;
}
