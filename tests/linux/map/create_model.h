/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_CREATE_MODEL_H
#define VMSA_CREATE_MODEL_H
/*
 * create_model.h - the mapping code again: slow, flat, one entry at a time
 *
 * Written from docs/linear-map.md, section 4, and nothing else.  A window of
 * the address space is three arrays, one for each level that can hold leaves;
 * above it there is one table a level.
 */
#include "linux/linux_test.h"

/** struct model_rules - in what the kernels differ here. */
struct model_rules {
	bool sees_tables; /* since 7.2: looks at what is there first */
	bool table_af;    /* since 6.18 */
	bool cont_frozen; /* up to 6.18 */
};

/** struct model - a window of a linear map. */
struct model {
	struct model_rules rules;
	unsigned page_shift;
	bool lpa, lpa2;
	bool has_l1; /* false where the root is at level 2 */
	vmsa_va start;
	uint64_t size;
	int upper_left;    /* tables still missing above the window's */
	long may_allocate; /* tables left to get; -1: as many as it takes */
	vmsa_desc *l1, *l2, *l3; /* a table is its descriptor without OA */
};

/** model_init() - an empty window; @start and @size are whole entries. */
void model_init(struct model *m, const struct vmsa_linux *l, vmsa_va start,
		uint64_t size);

/** model_drop() - free it. */
void model_drop(struct model *m);

/** enum model_end - how a call ended. */
enum model_end {
	MODEL_DONE,
	MODEL_NO_MEMORY,
	MODEL_BUG
};

/** model_map() - one call of the mapping code. */
enum model_end model_map(struct model *m, const struct vmsa_linux_map *map);

/** model_compare() - every entry of the window against a system's tables. */
void model_compare(const struct model *m, const struct vmsa_linux *l);

#endif /* VMSA_CREATE_MODEL_H */
