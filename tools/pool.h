/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_POOL_H
#define VMSA_TOOLS_POOL_H
/*
 * pool.h - pieces of work, several at a time
 */
#include <stddef.h>

#include "progress.h"

/** struct pool - work to do; threads take one piece after the other. */
struct pool {
	void (*work)(void *arg, size_t i); /**< does piece @i; does not print */
	void *arg;                         /**< handed to it */
	size_t n;                          /**< pieces */
	unsigned threads;      /**< pieces at a time; 0: one per host CPU */
	struct progress *bar;  /**< shown meanwhile */
	const uint64_t *done;  /**< where the bar stands, raised by @work */
	size_t next, finished; /**< the pool's own */
};

/** pool_run() - do all of it; returns when everything has ended. */
void pool_run(struct pool *pool);

#endif /* VMSA_TOOLS_POOL_H */
