/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * leaf.c - leaves of stage 1 and of stage 2, as the rules of both see them
 */
#include "bbm/leaf.h"

/* Normal Tagged is Normal Write-Back whose accesses check tags. */
static uint8_t type_byte(uint64_t mair, unsigned index)
{
	const uint8_t byte = (uint8_t)(mair >> 8 * index);

	return byte == 0xf0 ? 0xff : byte;
}

/* Two indices of one memory type are no change of it. */
void vmsa_bbm_number_types(uint64_t mair, uint8_t type[8])
{
	for (unsigned i = 0; i < 8; i++) {
		unsigned first = 0;

		while (mair ? type_byte(mair, first) != type_byte(mair, i)
			    : first != i)
			first++;
		type[i] = (uint8_t)first;
	}
}

/* There is no NSTable to inherit, no ASID, and MemAttr has one bit more. */
static vmsa_desc as_stage1(vmsa_desc desc)
{
	return ((desc & ~S2_READ) ^ S2_WRITE) | VMSA_LEAF_NG;
}

/* S_2 attributes have names of their own, but the same need for a break. */
unsigned vmsa_bbm_regime_needs(const struct vmsa_geometry *g,
			       enum vmsa_check_regime regime,
			       const struct vmsa_leaf_change *change)
{
	struct vmsa_leaf_change s1 = *change;
	unsigned needs;

	if (regime == VMSA_CHECK_STAGE2) {
		s1.from.desc = as_stage1(s1.from.desc);
		s1.to.desc = as_stage1(s1.to.desc);
	}
	needs = vmsa_bbm_needs(g, &s1);
	/* Bit 5 is MemAttr[3] there. */
	if (regime == VMSA_CHECK_STAGE2 && needs & VMSA_BBM_PA_SPACE)
		needs = (needs & ~(unsigned)VMSA_BBM_PA_SPACE) |
			VMSA_BBM_MEMORY_TYPE;
	if (regime == VMSA_CHECK_EL2)
		needs &= ~(unsigned)VMSA_BBM_GLOBAL;
	return needs;
}
