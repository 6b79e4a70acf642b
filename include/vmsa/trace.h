/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TRACE_H
#define VMSA_TRACE_H
/*
 * trace.h - recorded memory traces: read, write, convert
 *
 * A trace holds one stream per CPU.  A stream is a sequence of records in time
 * order: runs of data accesses to one page, moves of the instruction fetch to
 * another page, and events (context changes, TLB maintenance, ...).  The time
 * stamp of a record is the number of instructions that CPU had executed.
 *
 * The file format is documented in docs/trace-format.md.
 */
#include <stdbool.h>

#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** VMSA_TRACE_PAGE_SHIFT - traces speak of pages of 4 KiB. */
#define VMSA_TRACE_PAGE_SHIFT 12

/** VMSA_TRACE_NO_VICTIM - the record's stream is not filtered. */
#define VMSA_TRACE_NO_VICTIM 0xffffu

/** enum vmsa_trace_kind - what a record is. */
enum vmsa_trace_kind {
	VMSA_TRACE_DATA,  /**< loads or stores to one page */
	VMSA_TRACE_FETCH, /**< instruction fetch moved to a page */
	VMSA_TRACE_FRAME, /**< a page's physical page became known: a = PFN */
	VMSA_TRACE_TTBR0, /**< TTBR0_EL1 := a */
	VMSA_TRACE_TTBR1, /**< TTBR1_EL1 := a, ASID in bits 63:48 */
	VMSA_TRACE_TLBI,  /**< a = enum vmsa_trace_tlbi encoding, b = Xt */
	VMSA_TRACE_TASK,  /**< the current task is a */
	VMSA_TRACE_EXCEPTION, /**< a = vector offset, b = ESR and more */
	VMSA_TRACE_MARKER,    /**< the workload marked a point: a */
	VMSA_TRACE_IDLE,      /**< the CPU waits for an interrupt */
	VMSA_TRACE_RESUME,    /**< and goes on */
	VMSA_TRACE_SYNC,      /**< CPU a had executed b instructions */
	VMSA_TRACE_NR_KINDS,  /**< how many there are */
};

/** enum vmsa_trace_region - which part of the address space a page is in. */
enum vmsa_trace_region {
	VMSA_TRACE_USER,   /**< lower half */
	VMSA_TRACE_LINEAR, /**< the kernel's linear map */
	VMSA_TRACE_KERNEL, /**< any other kernel address */
};

/** struct vmsa_trace_record - one record, decoded. */
struct vmsa_trace_record {
	uint64_t insn;     /**< time stamp, instructions of this CPU */
	uint64_t page;     /**< DATA, FETCH, FRAME: VA >> 12, 52 bits */
	uint64_t a;        /**< events: see enum vmsa_trace_kind */
	uint64_t b;        /**< events: see enum vmsa_trace_kind */
	uint32_t accesses; /**< DATA: accesses that came with this record */
	uint16_t victim;   /**< filter entry replaced, or NO_VICTIM */
	uint8_t kind;      /**< enum vmsa_trace_kind */
	uint8_t region;    /**< enum vmsa_trace_region: DATA, FETCH, FRAME */
	bool write;        /**< DATA: at least one store */
	bool el0;          /**< executed at EL0 */
};

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TRACE_H */
