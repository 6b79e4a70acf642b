/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_COST_H
#define VMSA_LINUX_COST_H
/*
 * cost.h - what a step cost: stores, tables, barriers, TLB maintenance
 *
 *     vmsa_linux_cost_start(sys, &cost);
 *     ...
 *     vmsa_linux_cost_stop(sys, &cost);
 */
#include "vmsa/table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_linux;

/** struct vmsa_linux_cost - between start and stop; after stop a difference. */
struct vmsa_linux_cost {
	struct vmsa_counters did;     /**< stores, tables, barriers, TLBIs */
	uint64_t tables[VMSA_LEVELS]; /**< made less freed, by level slot; a
					   negative one wraps */
	uint64_t pages_flushed;       /**< pages named by flushes of ranges */
	uint64_t full_flushes;        /**< flushes of everything instead */
	uint64_t warnings; /**< how often the kernel would have warned */
};

/** vmsa_linux_cost_start() - take note of the counters. */
void vmsa_linux_cost_start(const struct vmsa_linux *sys,
			   struct vmsa_linux_cost *cost);

/** vmsa_linux_cost_stop() - and turn them into what happened since. */
void vmsa_linux_cost_stop(const struct vmsa_linux *sys,
			  struct vmsa_linux_cost *cost);

/** vmsa_linux_cost_add() - add the cost of one step to a sum. */
void vmsa_linux_cost_add(struct vmsa_linux_cost *sum,
			 const struct vmsa_linux_cost *step);

/** vmsa_linux_cost_tlbi() - TLBI instructions of every kind together. */
uint64_t vmsa_linux_cost_tlbi(const struct vmsa_linux_cost *cost);

/** vmsa_linux_cost_barriers() - barriers of every kind together. */
uint64_t vmsa_linux_cost_barriers(const struct vmsa_linux_cost *cost);

/** struct vmsa_linux_state - what the linear map consists of. */
struct vmsa_linux_state {
	uint64_t tables[VMSA_LEVELS];  /**< by level slot, root not counted */
	uint64_t plain[VMSA_LEVELS];   /**< valid leaves without CONT */
	uint64_t cont[VMSA_LEVELS];    /**< valid leaves with CONT */
	uint64_t invalid[VMSA_LEVELS]; /**< leaves that are present only */
	uint64_t bytes[VMSA_LEVELS];   /**< mapped by leaves of a level */
};

/**
 * vmsa_linux_look() - count what the linear map consists of now.
 * @sys: the system
 * @out: the counts
 *
 * Return: 0; -EFAULT if a table lies outside memory.
 */
int vmsa_linux_look(const struct vmsa_linux *sys, struct vmsa_linux_state *out);

/**
 * vmsa_linux_defer_barriers() - let barriers wait in lazy MMU sections or not.
 * @sys:   the system
 * @defer: as kernels since 6.16 do; false: each store has its own, as before
 *
 * To compare the two on one kernel.
 */
void vmsa_linux_defer_barriers(struct vmsa_linux *sys, bool defer);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_LINUX_COST_H */
