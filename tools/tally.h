/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_TALLY_H
#define VMSA_TOOLS_TALLY_H
/*
 * tally.h - leaves and tables of a linear map, counted
 */
#include "vmsa/linux.h"

/** struct tally - what a linear map is made of. */
struct tally {
	uint64_t plain[VMSA_LEVELS];      /**< leaves, by level slot */
	uint64_t contiguous[VMSA_LEVELS]; /**< those with the Contiguous bit */
	uint64_t tables[VMSA_LEVELS];     /**< table frames; the root is not
					       one: it lies in the image */
	uint64_t table_bytes;             /**< of all of them */
};

/**
 * tally_linear_map() - count them.
 * @sys: a system whose linear map is built
 * @out: the counts
 *
 * Return: 0; -EFAULT, if a table lies outside memory.
 */
int tally_linear_map(const struct vmsa_linux *sys, struct tally *out);

#endif /* VMSA_TOOLS_TALLY_H */
