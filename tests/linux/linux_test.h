/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_TEST_H
#define VMSA_LINUX_TEST_H
/*
 * linux_test.h - what tests of this room share
 */
#include "support/machines.h"
#include "support/tables.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/** tables_of() - a system's tables, for a test's own walk. */
static inline struct tables tables_of(const struct vmsa_linux *l)
{
	const struct vmsa_linux_kernel *k = vmsa_linux_kernel(l);
	const unsigned va_bits = vmsa_linux_layout(l)->va_bits;

	return (struct tables){
		.memory = vmsa_linux_memory(l),
		.root = vmsa_space_root(vmsa_linux_space(l)),
		.granule_shift = k->granule_shift,
		.va_bits = va_bits,
		.lpa2 = k->granule_shift != 16 && va_bits == 52,
		.lpa = k->granule_shift == 16 && k->pa_bits == 52,
	};
}

/** linear_tally() - count what the linear map consists of. */
static inline struct tally linear_tally(const struct vmsa_linux *l)
{
	const struct vmsa_linux_layout *at = vmsa_linux_layout(l);
	const struct tables t = tables_of(l);
	struct tally out;

	tables_tally(&t, at->linear_start, at->page_end, &out);
	return out;
}

#endif /* VMSA_LINUX_TEST_H */
