/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmsa/arch/geometry.h"

#include <errno.h>

/* What D8.2 and D8.7 fix per granule, by level slot (-1 .. 3). */
struct granule_rules {
	uint8_t shift;
	uint8_t min_va_bits; /* TxSZ at most 48, or 47 with 64K */
	bool leaf[VMSA_LEVELS];
	bool leaf_52[VMSA_LEVELS]; /* with 52-bit output addresses */
	uint8_t contiguous[VMSA_LEVELS];
};

static const struct granule_rules rules[] = {
	{ 12, 16, { 0, 0, 1, 1, 1 }, { 0, 1, 1, 1, 1 }, { 1, 1, 16, 16, 16 } },
	{ 14, 16, { 0, 0, 0, 1, 1 }, { 0, 0, 1, 1, 1 }, { 1, 1, 1, 32, 128 } },
	{ 16, 17, { 0, 0, 0, 1, 1 }, { 0, 0, 1, 1, 1 }, { 1, 1, 1, 32, 32 } },
};

static const struct granule_rules *find_rules(unsigned granule_shift)
{
	switch (granule_shift) {
	case 12:
		return &rules[0];
	case 14:
		return &rules[1];
	case 16:
		return &rules[2];
	default:
		return NULL;
	}
}

static bool format_fits(unsigned granule_shift, enum vmsa_format format)
{
	switch (format) {
	case VMSA_FORMAT_48:
		return true;
	case VMSA_FORMAT_LPA:
		return granule_shift == 16;
	case VMSA_FORMAT_LPA2:
		return granule_shift != 16;
	default:
		return false;
	}
}

int vmsa_geometry_init(struct vmsa_geometry *g, unsigned granule_shift,
		       unsigned va_bits, enum vmsa_format format)
{
	const struct granule_rules *r = find_rules(granule_shift);
	unsigned max_va_bits, stride;

	if (!r || !format_fits(granule_shift, format))
		return -EINVAL;
	/* 52-bit VAs need FEAT_LVA with 64K, TCR.DS=1 otherwise. */
	max_va_bits =
		granule_shift == 16 || format == VMSA_FORMAT_LPA2 ? 52 : 48;
	if (va_bits < r->min_va_bits || va_bits > max_va_bits)
		return -EINVAL;
	stride = granule_shift - 3;
	g->granule_shift = (uint8_t)granule_shift;
	g->va_bits = (uint8_t)va_bits;
	g->format = format;
	g->start_level =
		(int8_t)(VMSA_MAX_LEVEL -
			 (int)((va_bits - 1 - granule_shift) / stride));
	return 0;
}

bool vmsa_level_has_leaf(const struct vmsa_geometry *g, int level)
{
	const struct granule_rules *r = find_rules(g->granule_shift);
	const unsigned slot = (unsigned)VMSA_LEVEL_SLOT(level);

	if (slot >= VMSA_LEVELS)
		return false;
	return g->format == VMSA_FORMAT_48 ? r->leaf[slot] : r->leaf_52[slot];
}

unsigned vmsa_level_contiguous(const struct vmsa_geometry *g, int level)
{
	const struct granule_rules *r = find_rules(g->granule_shift);
	const unsigned slot = (unsigned)VMSA_LEVEL_SLOT(level);

	return slot < VMSA_LEVELS ? r->contiguous[slot] : 1;
}

unsigned vmsa_oa_bits(const struct vmsa_geometry *g)
{
	return g->format == VMSA_FORMAT_48 ? 48 : 52;
}

uint64_t vmsa_root_bytes(const struct vmsa_geometry *g)
{
	return 8 * (uint64_t)vmsa_level_entries(g, g->start_level);
}
