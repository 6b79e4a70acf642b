/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_SWEEP_H
#define VMSA_TOOLS_SWEEP_H
/*
 * sweep.h - what vmsa sweep counts, and how it is told
 *
 *     maps (granule x mapping) x traces x targets -> a cell of points
 */
#include "jobs.h"
#include "ranks.h"
#include "setup.h"
#include "system.h"
#include "vmsa/sweep.h"

/** MAX_MAPS - granules times mappings. */
#define MAX_MAPS (3 * VMSA_NR_MAPPINGS)

/** MAX_TARGETS - structures, the second level behind each first level. */
#define MAX_TARGETS (2 + 2 * MAX_LISTED)

/** MAX_SHAPES - shapes of one structure. */
#define MAX_SHAPES 4096

/** struct sweep_map - one linear map. */
struct sweep_map {
	uint64_t granule_shift;          /**< 12, 14 or 16 */
	enum vmsa_linux_mapping mapping; /**< forced, or LINUX */
};

/** struct sweep_target - one structure, and what is before it. */
struct sweep_target {
	enum vmsa_sweep_structure structure; /**< what is swept */
	uint32_t l1;                   /**< entries of first levels; 0: own */
	struct vmsa_tlb_array *shapes; /**< of which entries and ways count */
	size_t nr_shapes;              /**< how many */
};

/** struct sweep_cell - the counts of one target, map and trace. */
struct sweep_cell {
	struct vmsa_sweep_totals totals; /**< of all CPUs */
	struct vmsa_sweep_point *points; /**< by shape; not of the hidden */
};

/** struct sweep_trace - one trace. */
struct sweep_trace {
	const char *name;                   /**< file or name */
	unsigned cpus;                      /**< streams */
	unsigned filter[VMSA_TLB_NR_SIDES]; /**< entries; 0: unfiltered */
	uint64_t records;                   /**< of all streams */
};

/** struct sweep_plan - all of it. */
struct sweep_plan {
	const struct args *args;                  /**< the command line */
	struct ranks ranks;                       /**< processes at work */
	struct sweep_map maps[MAX_MAPS];          /**< slow to change */
	size_t nr_maps;                           /**< how many */
	struct sweep_trace traces[MAX_TRACES];    /**< to be swept */
	size_t nr_traces;                         /**< how many */
	struct sweep_target targets[MAX_TARGETS]; /**< structures */
	size_t nr_targets;                        /**< how many */
	struct sweep_cell *cells;                 /**< see sweep_cell_of() */
	struct replay_setup setup;    /**< the CPU's TLBs, of the map at work */
	struct tlb_notes notes;       /**< on them */
	struct vmsa_machine *machine; /**< for its name */
};

/** sweep_cell_of() - one cell. */
static inline struct sweep_cell *sweep_cell_of(const struct sweep_plan *p,
					       size_t map, size_t trace,
					       size_t target)
{
	return &p->cells[(map * p->nr_traces + trace) * p->nr_targets + target];
}

/** sweep_structure_name() - "l1d", "l1i", "l2" or "l2i". */
const char *sweep_structure_name(enum vmsa_sweep_structure structure);

/**
 * sweep_hidden() - is a shape not to be told for a trace?
 * @trace:  its filters count
 * @target: the structure
 * @shape:  one of its shapes
 *
 * Return: true if the trace's filter hides what such a first level would do.
 */
bool sweep_hidden(const struct sweep_trace *trace,
		  const struct sweep_target *target,
		  const struct vmsa_tlb_array *shape);

/**
 * sweep_config() - the TLBs around one target, and its shapes.
 * @plan:   the CPU's TLBs
 * @target: what is swept
 * @shapes: set to complete shapes, of those not hidden; MAX_SHAPES
 * @trace:  whose filters hide
 * @out:    all but the trace's part of the replay
 */
void sweep_config(const struct sweep_plan *plan,
		  const struct sweep_target *target,
		  const struct sweep_trace *trace,
		  struct vmsa_tlb_array *shapes, struct vmsa_sweep_config *out);

/**
 * sweep_run() - count the cells of one map that this process is to count.
 * @plan: cells are filled in
 * @map:  which
 * @sys:  its tables
 * @bar:  started
 * @done: records swept, raised
 *
 * Return: an exit code, after complaints.
 */
int sweep_run(struct sweep_plan *plan, size_t map, const struct vmsa_linux *sys,
	      struct progress *bar, uint64_t *done);

/** sweep_print() - tables on stdout. */
void sweep_print(const struct sweep_plan *plan);

/** sweep_write() - the same as JSON on stdout; an exit code. */
int sweep_write(const struct sweep_plan *plan);

/** sweep_write_csv() - a line for each point; an exit code. */
int sweep_write_csv(const struct sweep_plan *plan, const char *name);

/** sweep_misses() - of a point: all sides, regions with a bit in @mask. */
uint64_t sweep_misses(const struct vmsa_sweep_point *point, unsigned mask);

/** sweep_accesses() - of a cell: of the sides that reach the target. */
uint64_t sweep_accesses(const struct sweep_plan *plan,
			const struct sweep_cell *cell,
			const struct sweep_target *target);

/** sweep_mpki() - @count per thousand instructions of the cell. */
double sweep_mpki(const struct sweep_cell *cell, uint64_t count);

#endif /* VMSA_TOOLS_SWEEP_H */
