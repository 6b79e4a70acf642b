/* SPDX-License-Identifier: BSD-2-Clause */
#include "tally.h"

/* Called for a run of like leaves, not for each one. */
static int count_leaves(void *arg, const struct vmsa_entry *e)
{
	struct tally *t = arg;
	const int slot = VMSA_LEVEL_SLOT(e->level);

	if (e->type == VMSA_DESC_TYPE_INVALID)
		return 0;
	if (e->desc & VMSA_LEAF_CONTIGUOUS)
		t->contiguous[slot] += e->count;
	else
		t->plain[slot] += e->count;
	return 0;
}

int tally_linear_map(const struct vmsa_linux *sys, struct tally *out)
{
	const struct vmsa_space *space = vmsa_linux_space(sys);
	const struct vmsa_linux_layout *at = vmsa_linux_layout(sys);
	struct vmsa_memory_stats stats;
	struct tally t = { 0 };
	int ret;

	ret = vmsa_visit(space, at->linear_start, at->page_end - 1, 0,
			 count_leaves, &t);
	if (ret)
		return ret;
	vmsa_memory_stats(vmsa_linux_memory(sys), &stats);
	for (int i = 0; i < VMSA_LEVELS; i++) {
		t.tables[i] = stats.live[i];
		t.table_bytes += stats.live[i]
				 << vmsa_space_geometry(space)->granule_shift;
	}
	*out = t;
	return 0;
}
