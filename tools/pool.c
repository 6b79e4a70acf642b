/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* Threads there are at most. */
#define MAX_THREADS 64

/* A thread: take the next piece until there is none. */
static void *run(void *arg)
{
	struct pool *pool = arg;
	size_t i;

	while ((i = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED)) <
	       pool->n) {
		pool->work(pool->arg, i);
		__atomic_fetch_add(&pool->finished, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* As asked for, else one a host CPU; never more than there are pieces. */
static unsigned thread_count(const struct pool *pool)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = pool->threads ? pool->threads : cpus > 0 ? (size_t)cpus : 1;

	if (n > pool->n)
		n = pool->n;
	return n > MAX_THREADS ? MAX_THREADS : (unsigned)n;
}

/* Draw the bar until all is done; nothing to do for it without a terminal. */
static void watch(struct pool *pool)
{
	const struct timespec tick = { .tv_nsec = 50 * 1000 * 1000 };

	while (pool->bar->on &&
	       __atomic_load_n(&pool->finished, __ATOMIC_ACQUIRE) < pool->n) {
		progress_show(pool->bar,
			      __atomic_load_n(pool->done, __ATOMIC_RELAXED));
		nanosleep(&tick, NULL);
	}
}

void pool_run(struct pool *pool)
{
	const unsigned threads = thread_count(pool);
	pthread_t thread[MAX_THREADS];
	unsigned started = 0;

	while (started < threads &&
	       !pthread_create(&thread[started], NULL, run, pool))
		started++;
	if (started)
		watch(pool);
	else
		run(pool);
	while (started)
		pthread_join(thread[--started], NULL);
}
