/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_GEOMETRY_H
#define VMSA_ARCH_GEOMETRY_H
/*
 * geometry.h - the shape of a VMSAv8-64 translation table
 *
 * Three numbers fix everything about levels: the granule, the number of
 * virtual address bits, and the descriptor format.
 *
 *     granule  bits a level   levels with leaves (blocks and pages)
 *     4K       9              1, 2, 3; 0 as well with LPA2
 *     16K      11             2, 3; 1 as well with LPA2
 *     64K      13             2, 3; 1 as well with LPA
 *
 * Levels   numbered as in the Arm ARM: -1 .. 3, pages at level 3
 * Source   Arm ARM DDI 0487, D8.2 (translation process), D8.7 (Contiguous bit)
 */
#include <stdbool.h>

#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** enum vmsa_format - where a descriptor keeps its output address. */
enum vmsa_format {
	VMSA_FORMAT_48,   /**< OA[47:n] in place: any granule */
	VMSA_FORMAT_LPA,  /**< 64K with 52-bit PA: OA[51:48] in bits 15:12 */
	VMSA_FORMAT_LPA2, /**< 4K or 16K, TCR.DS=1: OA[51:50] in bits 9:8 */
};

/** struct vmsa_geometry - the shape of one translation table. */
struct vmsa_geometry {
	uint8_t granule_shift;   /**< 12, 14 or 16 */
	uint8_t va_bits;         /**< input address bits, 16 .. 52 */
	int8_t start_level;      /**< first level looked up, -1 .. 3 */
	enum vmsa_format format; /**< descriptor format */
};

/**
 * vmsa_geometry_init() - make a geometry from its three numbers.
 * @g:             filled in
 * @granule_shift: 12, 14 or 16
 * @va_bits:       16 .. 48 (17 at least with 64K), or up to 52 where
 *                 @granule_shift is 16 or @format is LPA2
 * @format:        LPA goes with 64K, LPA2 with 4K and 16K
 *
 * Return: 0;
 *	-EINVAL, if the architecture has no such table.
 */
int vmsa_geometry_init(struct vmsa_geometry *g, unsigned granule_shift,
		       unsigned va_bits, enum vmsa_format format);

/** vmsa_geometry_stride() - address bits one full level resolves. */
static inline unsigned vmsa_geometry_stride(const struct vmsa_geometry *g)
{
	return g->granule_shift - 3u;
}

/** vmsa_level_shift() - log2 of the bytes one entry of @level covers. */
static inline unsigned vmsa_level_shift(const struct vmsa_geometry *g,
					int level)
{
	return g->granule_shift +
	       vmsa_geometry_stride(g) * (unsigned)(VMSA_MAX_LEVEL - level);
}

/** vmsa_level_span() - bytes one entry of @level covers. */
static inline uint64_t vmsa_level_span(const struct vmsa_geometry *g, int level)
{
	return UINT64_C(1) << vmsa_level_shift(g, level);
}

/** vmsa_level_entries() - entries in a table of @level; the root is smaller. */
static inline unsigned vmsa_level_entries(const struct vmsa_geometry *g,
					  int level)
{
	if (level == g->start_level)
		return 1u << (g->va_bits - vmsa_level_shift(g, level));
	return 1u << vmsa_geometry_stride(g);
}

/** vmsa_level_index() - which entry of a table of @level translates @va. */
static inline unsigned vmsa_level_index(const struct vmsa_geometry *g,
					int level, vmsa_va va)
{
	return (unsigned)(va >> vmsa_level_shift(g, level)) &
	       (vmsa_level_entries(g, level) - 1);
}

/** vmsa_granule() - bytes in a page, and in a full table. */
static inline uint64_t vmsa_granule(const struct vmsa_geometry *g)
{
	return UINT64_C(1) << g->granule_shift;
}

/**
 * vmsa_level_has_leaf() - may a block or page sit at this level?
 * @g:     the table's shape
 * @level: -1 .. 3
 *
 * A block descriptor at any other level reads as invalid (R_MZTQB and the
 * descriptor format tables of D8.3).
 *
 * Return: whether it may.
 */
bool vmsa_level_has_leaf(const struct vmsa_geometry *g, int level);

/**
 * vmsa_level_contiguous() - entries one contiguous group holds at a level.
 * @g:     the table's shape
 * @level: -1 .. 3
 *
 * Return: 16, 32 or 128; 1 where the Contiguous bit has no effect (D8.7).
 */
unsigned vmsa_level_contiguous(const struct vmsa_geometry *g, int level);

/** vmsa_oa_bits() - output address bits the descriptor format can hold. */
unsigned vmsa_oa_bits(const struct vmsa_geometry *g);

/** vmsa_root_bytes() - size of the initial table; its base is so aligned. */
uint64_t vmsa_root_bytes(const struct vmsa_geometry *g);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_GEOMETRY_H */
