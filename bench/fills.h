/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_FILLS_H
#define BENCH_FILLS_H
/*
 * fills.h - the fastest ways this host writes an arithmetic run of descriptors
 *
 * What any builder of tables must do at least once per descriptor.  The host
 * decides which way is fastest, so bench_fill_pick() tries all it has.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** bench_fill_fn - write @n values, a multiple of 32, to 64-byte lines. */
typedef void (*bench_fill_fn)(uint64_t *to, size_t n, uint64_t first,
			      uint64_t step);

/**
 * bench_fill_pick() - find the fastest way to fill a buffer.
 * @to: 64-byte aligned, faulted in
 * @n:  how many values it holds, a multiple of 32
 *
 * Return: the fill whose best of several runs over the buffer was shortest.
 */
bench_fill_fn bench_fill_pick(uint64_t *to, size_t n);

/** struct bench_cold - a way to fill memory that faults while filled. */
struct bench_cold {
	bench_fill_fn fill; /**< one table at a time */
	bool down;          /**< the highest table first */
};

/**
 * bench_fill_cold() - fill @n values, tables of 512 up or down.
 *
 * The order matters: the host's kernel clears a huge page so that the part
 * touched first is in the cache, and downwards was twice as fast.
 */
void bench_fill_cold(const struct bench_cold *how, uint64_t *to, size_t n);

/** bench_cold_pick() - the fastest way to fill fresh memory of @n values. */
struct bench_cold bench_cold_pick(size_t n);

#endif /* BENCH_FILLS_H */
