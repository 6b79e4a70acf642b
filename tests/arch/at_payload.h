/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_AT_PAYLOAD_H
#define VMSA_AT_PAYLOAD_H
/*
 * at_payload.h - a guest that asks its own MMU, one AT instruction a job
 *
 * Runs at EL2 with the MMU off, so any register value and any garbage table
 * may be installed for EL1&0.  Assembled once from the text beside the words,
 * so that the test needs no cross assembler.
 *
 *     0x40200000  these words; vectors at + 0x800
 *     0x40300000  control page: jobs to do, done flag, ID registers
 *     0x40400000  jobs: TCR, MAIR, SCTLR, TTBR0, TTBR1, VA, which, PAR
 *
 * "Which" is 0 S1E1R, 1 S1E1W, 2 S1E0R, 3 S1E0W, 4 S1E1RP, 5 S1E1WP, plus 8
 * to set PSTATE.PAN.  A job whose AT took an exception has PAR of all ones.
 */
#include <stdint.h>

/* Byte offset of the vector for a synchronous exception of EL2 itself. */
#define AT_VECTOR 0xa00

/* b fault, seen from the vector. */
#define AT_VECTOR_WORD UINT32_C(0x17fffdc3)

/* clang-format off */
static const uint32_t at_payload[] = {
	0xd2a80616, /*         movz x22, #0x4030, lsl #16 */
	0xd2b00000, /*         mov x0, #0x80000000 */
	0xd51c1100, /*         msr hcr_el2, x0 */
	0x10003fa0, /*         adr x0, vectors */
	0xd51cc000, /*         msr vbar_el2, x0 */
	0xd5033fdf, /*         isb */
	0xd5380700, /*         mrs x0, id_aa64mmfr0_el1 */
	0xd5380721, /*         mrs x1, id_aa64mmfr1_el1 */
	0xa90106c0, /*         stp x0, x1, [x22, #16] */
	0xd5380740, /*         mrs x0, id_aa64mmfr2_el1 */
	0xd5380601, /*         mrs x1, id_aa64isar0_el1 */
	0xa90206c0, /*         stp x0, x1, [x22, #32] */
	0xd5380620, /*         mrs x0, id_aa64isar1_el1 */
	0xd5380641, /*         mrs x1, s3_0_c0_c6_2 */
	0xa90306c0, /*         stp x0, x1, [x22, #48] */
	0xd5380400, /*         mrs x0, id_aa64pfr0_el1 */
	0xd5380421, /*         mrs x1, id_aa64pfr1_el1 */
	0xa90406c0, /*         stp x0, x1, [x22, #64] */
	0xd2a80814, /*         movz x20, #0x4040, lsl #16 */
	0xf94002d5, /*         ldr x21, [x22] */
	0xb4000555, /* next:   cbz x21, done */
	0xa9400680, /*         ldp x0, x1, [x20] */
	0xa9410e82, /*         ldp x2, x3, [x20, #16] */
	0xa9421684, /*         ldp x4, x5, [x20, #32] */
	0xf9401a86, /*         ldr x6, [x20, #48] */
	0xd5182040, /*         msr tcr_el1, x0 */
	0xd518a201, /*         msr mair_el1, x1 */
	0xd5181002, /*         msr sctlr_el1, x2 */
	0xd5182003, /*         msr ttbr0_el1, x3 */
	0xd5182024, /*         msr ttbr1_el1, x4 */
	0xd5033fdf, /*         isb */
	0xd508871f, /*         tlbi vmalle1 */
	0xd5033f9f, /*         dsb sy */
	0xd5033fdf, /*         isb */
	0xd2800009, /*         mov x9, #0 */
	0xd500409f, /*         msr pan, #0 */
	0x36180046, /*         tbz x6, #3, 1f */
	0xd500419f, /*         msr pan, #1 */
	0x924008c6, /* 1:      and x6, x6, #7 */
	0x10000067, /*         adr x7, ops */
	0x8b060ce7, /*         add x7, x7, x6, lsl #3 */
	0xd61f00e0, /*         br x7 */
	0xd5087805, /* ops:    at s1e1r, x5 */
	0x1400000b, /*         b result */
	0xd5087825, /*         at s1e1w, x5 */
	0x14000009, /*         b result */
	0xd5087845, /*         at s1e0r, x5 */
	0x14000007, /*         b result */
	0xd5087865, /*         at s1e0w, x5 */
	0x14000005, /*         b result */
	0xd5087905, /*         at s1e1rp, x5 */
	0x14000003, /*         b result */
	0xd5087925, /*         at s1e1wp, x5 */
	0x14000001, /*         b result */
	0xd5033fdf, /* result: isb */
	0xd5387407, /*         mrs x7, par_el1 */
	0xb4000049, /*         cbz x9, 2f */
	0x92800007, /*         mov x7, #-1 */
	0xf9001e87, /* 2:      str x7, [x20, #56] */
	0x91010294, /*         add x20, x20, #64 */
	0xd10006b5, /*         sub x21, x21, #1 */
	0x17ffffd7, /*         b next */
	0xd2800020, /* done:   mov x0, #1 */
	0xd5033f9f, /*         dsb sy */
	0xf90006c0, /*         str x0, [x22, #8] */
	0xd503207f, /* 3:      wfi */
	0x17ffffff, /*         b 3b */
	0xd53c4028, /* fault:  mrs x8, elr_el2 */
	0x91001108, /*         add x8, x8, #4 */
	0xd51c4028, /*         msr elr_el2, x8 */
	0xd2800029, /*         mov x9, #1 */
	0xd69f03e0, /*         eret */
};
/* clang-format on */

#endif /* VMSA_AT_PAYLOAD_H */
