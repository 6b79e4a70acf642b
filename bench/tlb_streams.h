/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BENCH_TLB_STREAMS_H
#define VMSA_BENCH_TLB_STREAMS_H
/*
 * tlb_streams.h - the address streams on which three independent simulators
 * agree: 8 Mi accesses over 1 Mi pages from TLB_STREAM_BASE
 */
#include <stddef.h>
#include <stdint.h>

/** TLB_STREAM_BASE - lowest address of every stream. */
#define TLB_STREAM_BASE UINT64_C(0x4000000000)

/** TLB_STREAM_PAGES - 4K pages that streams are over. */
#define TLB_STREAM_PAGES (UINT64_C(1) << 20)

/** TLB_STREAM_LENGTH - accesses of a full stream. */
#define TLB_STREAM_LENGTH (UINT64_C(1) << 23)

/** enum tlb_stream - what a stream is like. */
enum tlb_stream {
	TLB_STREAM_SEQUENTIAL, /**< every 64th byte, in order */
	TLB_STREAM_RANDOM,     /**< uniform over all pages */
	TLB_STREAM_ZIPF,       /**< Zipf, theta 0.99, ranks spread by hashing */
	TLB_STREAM_HOT,        /**< uniform over the first 48 pages */
	TLB_STREAM_COUNT,      /**< how many there are */
};

/** tlb_stream_name() - "sequential", "random", "zipf" or "hot". */
const char *tlb_stream_name(enum tlb_stream kind);

/**
 * tlb_stream_fill() - make the first accesses of a stream.
 * @kind: which
 * @va:   room for @n addresses
 * @n:    up to TLB_STREAM_LENGTH
 *
 * xorshift64 (13, 7, 17) from 88172645463325252 throughout.
 */
void tlb_stream_fill(enum tlb_stream kind, uint64_t *va, size_t n);

#endif /* VMSA_BENCH_TLB_STREAMS_H */
