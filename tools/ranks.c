/* SPDX-License-Identifier: BSD-2-Clause */
#include "ranks.h"

#include <mpi.h>
#include <stdlib.h>

/* Numbers sent at a time: counts are int in MPI. */
#define MOST (1 << 20)

/* What the starters of Open MPI, MPICH and Slurm leave in the environment. */
static bool is_started_by_mpi(void)
{
	static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE",
					     "PMI_RANK", "PMIX_RANK" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]))
			return true;
	return false;
}

void ranks_start(struct ranks *ranks)
{
	int mine = 0, count = 1, level;

	*ranks = (struct ranks){ .count = 1 };
	if (!is_started_by_mpi() ||
	    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level))
		return;
	ranks->started = true;
	MPI_Comm_rank(MPI_COMM_WORLD, &mine);
	MPI_Comm_size(MPI_COMM_WORLD, &count);
	ranks->mine = (unsigned)mine;
	ranks->count = (unsigned)count;
}

void ranks_sum(const struct ranks *ranks, uint64_t *v, size_t n)
{
	if (!ranks->started)
		return;
	while (n) {
		const int some = n < MOST ? (int)n : MOST;

		MPI_Reduce(ranks->mine ? v : MPI_IN_PLACE, v, some,
			   MPI_UINT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
		v += some;
		n -= (size_t)some;
	}
}

int ranks_worst(const struct ranks *ranks, int code)
{
	int worst = code;

	if (ranks->started)
		MPI_Allreduce(&code, &worst, 1, MPI_INT, MPI_MAX,
			      MPI_COMM_WORLD);
	return worst;
}

void ranks_end(struct ranks *ranks)
{
	if (ranks->started)
		MPI_Finalize();
	*ranks = (struct ranks){ .count = 1 };
}
