/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_RANKS_H
#define VMSA_TOOLS_RANKS_H
/*
 * ranks.h - one program run several times over, by mpirun
 *
 * Work is dealt out by number; what each process counted is added up in the
 * first, which prints.  Without MPI, or not started by mpirun, there is one.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct ranks - this process among the others. */
struct ranks {
	unsigned mine;  /**< number of this process, 0 is the first */
	unsigned count; /**< how many there are */
	bool started;   /**< ranks_end() has something to end */
};

/** ranks_start() - find the others. */
void ranks_start(struct ranks *ranks);

/** ranks_sum() - add up @n numbers of every process, in the first. */
void ranks_sum(const struct ranks *ranks, uint64_t *v, size_t n);

/** ranks_worst() - the highest exit code of all processes, told to all. */
int ranks_worst(const struct ranks *ranks, int code);

/** ranks_end() - leave the others. */
void ranks_end(struct ranks *ranks);

/** ranks_deal() - is piece @i of the work for this process? */
static inline bool ranks_deal(const struct ranks *ranks, size_t i)
{
	return i % ranks->count == ranks->mine;
}

#endif /* VMSA_TOOLS_RANKS_H */
