/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_CHANGE_H
#define BENCH_CHANGE_H
/*
 * change.h - the permission of every page of the map, there and back
 */
#include "linux_bench.h"

/**
 * bench_change() - change it, in one call.
 * @b:         the machine, mapped by pages
 * @read_only: what it is now; what it was on return
 *
 * Return: 0, or not.
 */
uint64_t bench_change(const struct bench_linux *b, bool *read_only);

/** bench_change_check() - pages and bytes that are not as they should be. */
uint64_t bench_change_check(const struct bench_linux *b, bool read_only);

/** bench_change_cal() - read, change and write @n descriptors at @e. */
uint64_t bench_change_cal(uint64_t *e, size_t n);

#endif /* BENCH_CHANGE_H */
