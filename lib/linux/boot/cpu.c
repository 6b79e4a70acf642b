/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu.c - which CPUs may change the size of a live mapping (6.1)
 *
 * Changing a block to a table without a break needs a CPU that neither faults
 * nor raises a TLB conflict abort when both are cached.  FEAT_BBM level 2
 * allows the abort, so 6.18 trusts a list of CPUs instead of the ID field;
 * level 3 rules it out, so 7.3 believes the field, and the list for CPUs that
 * do not say what they can.
 */
#include "linux/boot/boot.h"

/* MIDR_EL1: what is asked of implementer, architecture and part number. */
#define MIDR_MODEL 0xff0ffff0u

/* Variant and revision as one number, so that "r0p3 or later" is a compare. */
static unsigned revision(uint32_t midr)
{
	return (midr >> 20 & 0xf) << 4 | (midr & 0xf);
}

/* As Arm writes a revision: variant x, patch y. */
#define RxPy(x, y) ((x) << 4 | (y))
#define ANY_LATER  RxPy(0xf, 0xf)

/* The allow list: models, the revisions trusted, and who trusts them first. */
static const struct listed_cpu {
	uint32_t midr;                 /* MIDR_MODEL's bits count */
	uint8_t first, last;           /* revisions, inclusive */
	enum vmsa_linux_version since; /* and every version after */
} list[] = {
	/* Cortex-X4, Neoverse V3, V3AE */
	{ 0x410fd820, RxPy(0, 3), RxPy(0, 0xf), VMSA_LINUX_V2 },
	{ 0x410fd840, RxPy(0, 2), RxPy(0, 0xf), VMSA_LINUX_V2 },
	{ 0x410fd830, RxPy(0, 2), RxPy(0, 0xf), VMSA_LINUX_V2 },
	/* AmpereOne, AmpereOneX and -A */
	{ 0xc00fac30, 0, ANY_LATER, VMSA_LINUX_V2 },
	{ 0xc00fac40, 0, ANY_LATER, VMSA_LINUX_V2 },
	/* NVIDIA Olympus */
	{ 0x4e0f0100, 0, ANY_LATER, VMSA_LINUX_V7_3 },
	/* Cortex-A520AE, A715, A720AE, A725 */
	{ 0x410fd880, 0, ANY_LATER, VMSA_LINUX_V7_3 },
	{ 0x410fd4d0, 0, ANY_LATER, VMSA_LINUX_V7_3 },
	{ 0x410fd890, 0, ANY_LATER, VMSA_LINUX_V7_3 },
	{ 0x410fd870, 0, ANY_LATER, VMSA_LINUX_V7_3 },
	/* Neoverse N3, C1-Nano, C1-Pro */
	{ 0x410fd8e0, 0, ANY_LATER, VMSA_LINUX_V7_3 },
	{ 0x410fd8a0, 0, ANY_LATER, VMSA_LINUX_V7_3 },
	{ 0x410fd8b0, 0, ANY_LATER, VMSA_LINUX_V7_3 },
	/* C1-Ultra, C1-Premium: an erratum before r1p1 */
	{ 0x410fd8c0, RxPy(1, 1), ANY_LATER, VMSA_LINUX_V7_3 },
	{ 0x410fd900, RxPy(1, 1), ANY_LATER, VMSA_LINUX_V7_3 },
};

/* Versions are ordered, so one list serves all. */
static bool is_listed(enum vmsa_linux_version version, uint32_t midr)
{
	const unsigned rev = revision(midr);

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		const struct listed_cpu *c = &list[i];

		if (c->since <= version &&
		    (midr & MIDR_MODEL) == (c->midr & MIDR_MODEL) &&
		    rev >= c->first && rev <= c->last)
			return true;
	}
	return false;
}

bool vmsa_linux_cpu_has_bbm(enum vmsa_linux_version version,
			    const struct vmsa_cpu *cpu)
{
	const bool listed = is_listed(version, cpu->midr);

	switch (vmsa_linux_rules(version)->bbm_test) {
	case BBM_LEVEL2:
		return listed || cpu->bbm_level >= 2;
	case BBM_LIST:
		return listed;
	case BBM_LEVEL3:
		return listed || cpu->bbm_level >= 3;
	case BBM_NEVER:
	default:
		return false;
	}
}

unsigned vmsa_linux_cpu_bbm_level(const struct vmsa_cpu *cpu)
{
	return is_listed(VMSA_LINUX_V7_3, cpu->midr) ? 3
						     : vmsa_cpu_bbm_level(cpu);
}
