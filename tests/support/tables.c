/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/tables.h"

#include <string.h>

#define BIT(n)  (UINT64_C(1) << (n))
#define CONT    BIT(52)
#define LOW(n)  (BIT(n) - 1)
#define SLOT(l) VMSA_LEVEL_SLOT(l)

unsigned tables_shift(const struct tables *t, int level)
{
	return t->granule_shift +
	       (t->granule_shift - 3) * (unsigned)(3 - level);
}

int tables_start_level(const struct tables *t)
{
	int level = 3;

	while (tables_shift(t, level - 1) < t->va_bits)
		level--;
	return level;
}

vmsa_pa tables_oa(const struct tables *t, vmsa_desc desc)
{
	if (t->lpa2)
		return (desc & LOW(50) & ~LOW(12)) | (desc >> 8 & 3) << 50;
	if (t->lpa)
		return (desc & LOW(48) & ~LOW(16)) | (desc >> 12 & 15) << 48;
	return desc & LOW(48) & ~LOW(t->granule_shift);
}

static vmsa_desc load(const struct tables *t, vmsa_pa table, vmsa_va va,
		      int level)
{
	const unsigned bits = level == tables_start_level(t)
				      ? t->va_bits - tables_shift(t, level)
				      : t->granule_shift - 3;
	const uint64_t index = va >> tables_shift(t, level) & LOW(bits);
	vmsa_desc desc;

	assert_int_equal(vmsa_memory_read(t->memory, table + 8 * index, &desc),
			 0);
	return desc;
}

vmsa_desc tables_leaf(const struct tables *t, vmsa_va va, int *level)
{
	vmsa_pa table = t->root;
	vmsa_desc desc;

	for (*level = tables_start_level(t);; (*level)++) {
		desc = load(t, table, va, *level);
		if (*level == 3 || (desc & 3) != 3)
			return desc;
		table = tables_oa(t, desc);
	}
}

vmsa_desc tables_at(const struct tables *t, vmsa_va va, int level)
{
	vmsa_pa table = t->root;

	for (int l = tables_start_level(t);; l++) {
		const vmsa_desc desc = load(t, table, va, l);

		if (l == level)
			return desc;
		if ((desc & 3) != 3)
			return 0;
		table = tables_oa(t, desc);
	}
}

static void count(const struct tables *t, struct tally *out, vmsa_pa table,
		  int level, vmsa_va range[2])
{
	const uint64_t span = BIT(tables_shift(t, level));
	vmsa_va va = range[0] & ~(span - 1);

	for (uint64_t left = (range[1] - va + span - 1) / span; left;
	     left--, va += span) {
		const vmsa_desc desc = load(t, table, va, level);
		const bool below = va < range[0];

		if (level < 3 && (desc & 3) == 3) {
			vmsa_va inner[2] = { below ? range[0] : va,
					     left > 1 ? va + span : range[1] };

			out->tables[SLOT(level + 1)]++;
			count(t, out, tables_oa(t, desc), level + 1, inner);
		} else if (desc & 1) {
			out->plain[SLOT(level)] += !below && !(desc & CONT);
			out->cont[SLOT(level)] += !below && desc & CONT;
		} else if (desc) {
			out->other[SLOT(level)] += !below;
		}
	}
}

void tables_tally(const struct tables *t, vmsa_va start, vmsa_va end,
		  struct tally *out)
{
	vmsa_va range[2] = { start, end };

	memset(out, 0, sizeof(*out));
	count(t, out, t->root, tables_start_level(t), range);
}
