/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BENCH_TLB_CAL_H
#define VMSA_BENCH_TLB_CAL_H
/*
 * tlb_cal.h - the limit the TLB model is measured against
 *
 * The smallest loop that makes the same LRU decisions for one kind of page:
 * a first level of 48 entries, fully associative, and a second of 1280 in 5
 * ways.  No ASID, no page size, no output address, no walk, no counter but
 * the misses.  Tags and stamps are in memory, compared by vector code where
 * the host has it.
 *
 * (With the 48 entries kept in vector registers a loop for this one size
 * takes a third of the time on misses.  A model whose sizes are parameters
 * cannot do that, so it would measure the freedom, not the overhead.)
 */
#include <stddef.h>
#include <stdint.h>

/**
 * tlb_cal_run() - run a stream through empty TLBs.
 * @va:        addresses below 2^44
 * @n:         how many
 * @l1_misses: set to those that missed the first level
 * @l2_misses: set to those that missed both
 *
 * Return: a value that depends on all decisions, so that none is left out.
 */
uint64_t tlb_cal_run(const uint64_t *va, size_t n, uint64_t *l1_misses,
		     uint64_t *l2_misses);

#endif /* VMSA_BENCH_TLB_CAL_H */
