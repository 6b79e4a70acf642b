/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_TABLES_H
#define VMSA_TEST_TABLES_H
/*
 * tables.h - tables read by a test's own walk
 *
 * It takes the shape of the tables as three numbers and knows nothing of
 * lib/table or lib/arch beyond reading eight bytes of simulated memory.
 */
#include "support/vmsa_test.h"
#include "vmsa/memory.h"

/** struct tables - where tables are, and their shape. */
struct tables {
	const struct vmsa_memory *memory;
	vmsa_pa root;
	unsigned granule_shift;
	unsigned va_bits;
	bool lpa2; /* OA[51:50] in bits 9:8 */
	bool lpa;  /* OA[51:48] in bits 15:12 */
};

/** tables_start_level() - the root's level. */
int tables_start_level(const struct tables *t);

/** tables_shift() - log2 of the bytes an entry of @level translates. */
unsigned tables_shift(const struct tables *t, int level);

/** tables_oa() - the address in a descriptor. */
vmsa_pa tables_oa(const struct tables *t, vmsa_desc desc);

/** tables_at() - the entry of @va at @level, 0 if there is no such table. */
vmsa_desc tables_at(const struct tables *t, vmsa_va va, int level);

/** tables_leaf() - the entry a walk of @va ends at, and its level. */
vmsa_desc tables_leaf(const struct tables *t, vmsa_va va, int *level);

/** struct tally - what is below a range, by level slot. */
struct tally {
	uint64_t tables[VMSA_LEVELS]; /* the root is not counted */
	uint64_t plain[VMSA_LEVELS];  /* valid leaves without CONT */
	uint64_t cont[VMSA_LEVELS];   /* valid leaves with it */
	uint64_t other[VMSA_LEVELS];  /* invalid but not zero */
};

/** tables_tally() - count entries that start in [@start, @end). */
void tables_tally(const struct tables *t, vmsa_va start, vmsa_va end,
		  struct tally *out);

#endif /* VMSA_TEST_TABLES_H */
