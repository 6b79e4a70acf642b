/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_ARCH_FAULT_H
#define VMSA_ARCH_FAULT_H
/*
 * fault.h - fault types, and the status codes a PE reports them with
 *
 * The same six bits are DFSC and IFSC of ESR_ELx.ISS and FST of PAR_EL1.
 *
 * Levels   -2 .. 3 where a code carries one; a walk itself uses -1 .. 3
 * Source   Arm ARM DDI 0487, D24.2 (ESR_ELx), EncodeLDFSC() of the
 *          shared pseudocode
 */
#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** enum vmsa_fault - why an access failed. */
enum vmsa_fault {
	VMSA_FAULT_NONE,          /**< it did not */
	VMSA_FAULT_ADDRESS_SIZE,  /**< an address exceeds the output size */
	VMSA_FAULT_TRANSLATION,   /**< there is no mapping */
	VMSA_FAULT_ACCESS_FLAG,   /**< the leaf has AF = 0 */
	VMSA_FAULT_PERMISSION,    /**< the leaf forbids the access */
	VMSA_FAULT_ALIGNMENT,     /**< unaligned access to Device memory */
	VMSA_FAULT_EXTERNAL,      /**< external abort on the access itself */
	VMSA_FAULT_EXTERNAL_WALK, /**< external abort on a descriptor */
	VMSA_FAULT_PARITY,        /**< ECC or parity error on the access */
	VMSA_FAULT_PARITY_WALK,   /**< ECC or parity error on a descriptor */
	VMSA_FAULT_TAG_CHECK,     /**< tag check failed */
	VMSA_FAULT_GPF,           /**< granule protection, on the output */
	VMSA_FAULT_GPF_WALK,      /**< granule protection, on a descriptor */
	VMSA_FAULT_TLB_CONFLICT,  /**< several TLB entries matched */
	VMSA_FAULT_HW_UPDATE,     /**< unsupported atomic hardware update */
	VMSA_FAULT_LOCKDOWN,      /**< IMPLEMENTATION DEFINED, lockdown */
	VMSA_FAULT_EXCLUSIVE,     /**< unsupported exclusive or atomic access */
	VMSA_NR_FAULTS,           /**< how many there are */
};

/**
 * vmsa_fault_dfsc() - encode a fault as DFSC, IFSC or PAR.FST.
 * @fault: its type
 * @level: the level it is reported at; ignored where the code has none
 *
 * Access flag and Permission faults are of levels 0 .. 3 only: no leaf lives
 * above.
 *
 * Return: the six bits, 0 .. 0x3f;
 *	-EINVAL, if there is no such code (VMSA_FAULT_NONE among them).
 */
int vmsa_fault_dfsc(enum vmsa_fault fault, int level);

/**
 * vmsa_fault_from_dfsc() - decode DFSC, IFSC or PAR.FST.
 * @dfsc:  six bits
 * @fault: the type
 * @level: the level; 0 where the code has none
 *
 * Return: 0;
 *	-EINVAL, if the code is reserved or none of a translation.
 */
int vmsa_fault_from_dfsc(unsigned dfsc, enum vmsa_fault *fault, int *level);

/**
 * vmsa_fault_name() - a fault's name, in the manual's words.
 * @fault: its type
 *
 * Return: a static string such as "Address size"; "?" for no fault type.
 */
const char *vmsa_fault_name(enum vmsa_fault fault);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_ARCH_FAULT_H */
