/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mair.c - one attribute byte: outer policy in 7:4, inner policy in 3:0
 *
 *     0000 dd00   Device, dd counts up from nGnRnE
 *     oooo iiii   Normal, neither nibble zero
 *     oooo 0000   reserved but for three bytes that features define
 *
 * A reserved byte is UNPREDICTABLE; the strictest type is as good as any and
 * is flagged, so that a report can say so.
 */
#include "vmsa/arch/mair.h"

#define OUTER_SHAREABLE 2u

/* Attribute bytes whose low nibble is zero but that features give a sense. */
#define MAIR_NC_NO_XS 0x40 /* Normal Non-cacheable, XS = 0 */
#define MAIR_WT_NO_XS 0xa0 /* Normal Write-Through, XS = 0 */
#define MAIR_TAGGED   0xf0 /* Normal Tagged Write-Back */

/*
 * A nibble other than zero.  Bit 2 tells Write-Back from Write-Through, bit 3
 * non-transient from transient, bits 1:0 are allocation hints.  Transient
 * Write-Back without any hint, 0100, is how Non-cacheable is spelt.
 */
static enum vmsa_cacheability nibble_policy(unsigned nibble)
{
	if (nibble == 4)
		return VMSA_NON_CACHEABLE;
	return nibble & 4 ? VMSA_WRITE_BACK : VMSA_WRITE_THROUGH;
}

static struct vmsa_memory_type normal(uint8_t raw, enum vmsa_memory_kind kind,
				      enum vmsa_cacheability inner,
				      enum vmsa_cacheability outer)
{
	return (struct vmsa_memory_type){
		.raw = raw, .kind = kind, .inner = inner, .outer = outer
	};
}

/* 0b0000dd00, and 0b0000dd01 with FEAT_XS. */
static struct vmsa_memory_type device(const struct vmsa_features *features,
				      uint8_t raw)
{
	const bool known = !(raw & 3) || ((raw & 3) == 1 && features->xs);

	return (struct vmsa_memory_type){
		.raw = raw,
		.kind = known ? (enum vmsa_memory_kind)(raw >> 2 & 3)
			      : VMSA_DEVICE_NGNRNE,
		.reserved = !known,
	};
}

/* Outer policy without an inner one: only three bytes mean something. */
static struct vmsa_memory_type no_inner(const struct vmsa_features *features,
					uint8_t raw)
{
	if (raw == MAIR_TAGGED && features->mte)
		return normal(raw, VMSA_NORMAL_TAGGED, VMSA_WRITE_BACK,
			      VMSA_WRITE_BACK);
	if (raw == MAIR_NC_NO_XS && features->xs)
		return normal(raw, VMSA_NORMAL, VMSA_NON_CACHEABLE,
			      VMSA_NON_CACHEABLE);
	if (raw == MAIR_WT_NO_XS && features->xs)
		return normal(raw, VMSA_NORMAL, VMSA_WRITE_THROUGH,
			      VMSA_WRITE_THROUGH);
	return (struct vmsa_memory_type){ .raw = raw, .reserved = true };
}

struct vmsa_memory_type vmsa_mair_decode(const struct vmsa_features *features,
					 uint8_t raw)
{
	if (!(raw & 0xf0))
		return device(features, raw);
	if (!(raw & 0x0f))
		return no_inner(features, raw);
	return normal(raw, VMSA_NORMAL, nibble_policy(raw & 0xf),
		      nibble_policy(raw >> 4));
}

unsigned vmsa_memory_shareability(const struct vmsa_memory_type *type,
				  unsigned sh)
{
	if (vmsa_memory_is_device(type) || (type->inner == VMSA_NON_CACHEABLE &&
					    type->outer == VMSA_NON_CACHEABLE))
		return OUTER_SHAREABLE;
	return sh;
}
