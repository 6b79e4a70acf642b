/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_MAIR_H
#define VMSA_ARCH_MAIR_H
/*
 * mair.h - memory types, as MAIR_ELx encodes them
 *
 * Source   Arm ARM DDI 0487, D24.2 (MAIR_ELx)
 */
#include <stdbool.h>

#include "vmsa/arch/features.h"

#ifdef __cplusplus
extern "C" {
#endif

/** enum vmsa_memory_kind - Normal, or which sort of Device. */
enum vmsa_memory_kind {
	VMSA_DEVICE_NGNRNE, /**< no gathering, reordering, early ack */
	VMSA_DEVICE_NGNRE,  /**< early acknowledgement allowed */
	VMSA_DEVICE_NGRE,   /**< and reordering */
	VMSA_DEVICE_GRE,    /**< and gathering */
	VMSA_NORMAL,        /**< Normal, untagged */
	VMSA_NORMAL_TAGGED, /**< Normal, Write-Back, with allocation tags */
};

/** enum vmsa_cacheability - what one domain's caches do. */
enum vmsa_cacheability {
	VMSA_NON_CACHEABLE, /**< nothing */
	VMSA_WRITE_THROUGH, /**< write-through, transient or not */
	VMSA_WRITE_BACK,    /**< write-back, transient or not */
};

/** struct vmsa_memory_type - one byte of MAIR, decoded. */
struct vmsa_memory_type {
	uint8_t raw;                  /**< the byte, allocation hints and all */
	enum vmsa_memory_kind kind;   /**< Normal or Device */
	enum vmsa_cacheability inner; /**< of Normal memory */
	enum vmsa_cacheability outer; /**< of Normal memory */
	bool reserved; /**< UNPREDICTABLE encoding, taken as Device-nGnRnE */
};

/**
 * vmsa_mair_decode() - what one attribute byte means.
 * @features: FEAT_MTE2 and FEAT_XS add encodings
 * @raw:      the byte
 *
 * Return: the memory type.
 */
struct vmsa_memory_type vmsa_mair_decode(const struct vmsa_features *features,
					 uint8_t raw);

/** vmsa_memory_is_device() - whether @type is one of the Device types. */
static inline bool vmsa_memory_is_device(const struct vmsa_memory_type *type)
{
	return type->kind <= VMSA_DEVICE_GRE;
}

/**
 * vmsa_memory_shareability() - the shareability that takes effect.
 * @type: the memory type
 * @sh:   SH[1:0] of the leaf or of TCR
 *
 * Device and Normal Non-cacheable memory is Outer Shareable whatever SH says.
 *
 * Return: 0 Non-shareable, 2 Outer, 3 Inner Shareable; 1 is reserved and
 *	comes back as it went in.
 */
unsigned vmsa_memory_shareability(const struct vmsa_memory_type *type,
				  unsigned sh);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_MAIR_H */
