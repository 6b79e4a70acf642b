/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_H
#define BENCH_H
/*
 * bench.h - time our code beside this machine's own limit
 *
 * A figure is a ratio: what ours takes over what `cal` takes, a loop in bench/
 * that does only the unavoidable memory traffic.  Both run in one process, in
 * turn, A B A B, and the medians are divided.  When cal itself was unsteady
 * (slowest over fastest above BENCH_STEADY) the figure is measured again, at
 * most BENCH_ATTEMPTS times in all; the attempt with the steadiest cal counts
 * and the line says how many it took.
 *
 * A run returns how many of its answers were wrong.  If that is not 0, no time
 * is printed and the program fails.
 *
 * Units    process CPU time; "ns" is per operation, "M/s" operations per us
 * Threads  none
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** BENCH_ROUNDS - runs of each side that count; one more warms up. */
#define BENCH_ROUNDS 9

/** BENCH_ATTEMPTS - how often a figure with an unsteady cal is measured. */
#define BENCH_ATTEMPTS 4

/** BENCH_STEADY - a cal that varies by more is not trusted at once. */
#define BENCH_STEADY 1.25

/** enum bench_side - which of the two is meant. */
enum bench_side {
	BENCH_OURS, /**< the library */
	BENCH_CAL,  /**< the machine's limit */
};

/** enum bench_better - which way a good ratio lies. */
enum bench_better {
	BENCH_LOWER,  /**< ratios at or below the goal are good */
	BENCH_HIGHER, /**< ratios at or above the goal are good */
};

/** struct bench - one figure. */
struct bench {
	const char *name; /**< what scripts/bench selects by, "map/4k/warm" */
	const char *unit; /**< "ns", "M/s", or what @value counts in */
	enum bench_better better; /**< which way is good */
	double goal;              /**< the ratio asked for */
	double stretch;           /**< the ratio hoped for; 0 if none */
	bool absolute; /**< goal and stretch are in the unit, for ours itself */
	uint64_t ops;  /**< operations in one run of either side */
	/** Make what the runs need; NULL if it cannot be had. */
	void *(*setup)(void);
	/** Untimed, before each run; NULL if there is nothing to do. */
	void (*prepare)(void *arg, enum bench_side side);
	/** The timed work: returns the number of wrong answers. */
	uint64_t (*run[2])(void *arg);
	/** Untimed, after a run of ours: wrong answers; NULL to trust run. */
	uint64_t (*check)(void *arg);
	/** A size instead of a time: taken once, nothing is timed. */
	double (*value)(void *arg, enum bench_side side);
	/** Give back what setup made. */
	void (*teardown)(void *arg);
};

/**
 * bench_main() - run the figures that the command line selects.
 * @cases: all figures
 * @n:     how many
 * @argc:  from main()
 * @argv:  [--list] [--json FILE] [NAME...]; a figure runs if its name
 *         contains one of the NAMEs, or if there are none
 *
 * A line per figure on stdout; --json appends one JSON object per figure.
 *
 * Return: 0; 1 if an answer was wrong or a setup failed; 2 on bad usage.  A
 *	missed goal is reported, not an error: machines differ.
 */
int bench_main(const struct bench *cases, size_t n, int argc, char **argv);

/** bench_seconds() - process CPU time so far. */
double bench_seconds(void);

/** bench_rand() - xorshift64; *seed is any value but 0. */
static inline uint64_t bench_rand(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/**
 * bench_pages() - fresh zeroed memory that asks for huge pages.
 * @size: bytes
 *
 * Return: 2 MiB-aligned memory, not faulted in, or NULL.
 */
void *bench_pages(size_t size);

/** bench_pages_free() - give memory of bench_pages() back; accepts NULL. */
void bench_pages_free(void *pages, size_t size);

#endif /* BENCH_H */
