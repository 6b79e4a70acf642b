/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_SWEEP_H
#define VMSA_SWEEP_H
/*
 * sweep.h - the misses of one TLB structure in many shapes at once
 *
 *     trace records -> replay -> accesses of a first level -> counts
 *                            \-> first level as it is -> its misses -> counts
 *
 * A sweep replays a trace as vmsa/replay.h does, filters, TLBIs and warm-up
 * included, and tells for each of a list of shapes what the misses of one
 * structure would have been: exactly what a replay of each shape counts.
 *
 * Keys       an access is to the leaf that translates it, of whatever size,
 *            with its ASID or for all.  That is exact as long as the mapping
 *            stays as it is: every address is in one leaf, every leaf has one
 *            set, picked by the low bits of its own page number.  So leaves of
 *            several sizes in one array do no harm here.
 * Methods    fully associative LRU shapes take one pass for all of them by
 *            stack distances (vmsa/sweep/stack.h), set-associative ones
 *            another by all-associativity simulation (vmsa/sweep/sets.h).
 *            Where their conditions do not hold, vmsa_sweep_why(), the shape
 *            is replayed in full, by itself.
 * Second     what it is asked for are the misses of the first level, and those
 *            depend on the first level alone.  A sweep of a second level is
 *            one for the first level in its configuration.
 * Filters    of a filtered trace, no first level can be told that has fewer
 *            entries than the filter of its side, or is not fully associative.
 *            Distances in the filter are not known: no such shape needs them.
 *            A second level is told in any shape.
 * Threads    one thread at a time per struct vmsa_sweep
 */
#include "vmsa/replay.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_sweep;

/** enum vmsa_sweep_structure - whose shape is swept. */
enum vmsa_sweep_structure {
	VMSA_SWEEP_L1D,           /**< first level, data */
	VMSA_SWEEP_L1I,           /**< first level, instructions */
	VMSA_SWEEP_L2,            /**< second level: data, or both */
	VMSA_SWEEP_L2I,           /**< second level, instructions, if split */
	VMSA_SWEEP_NR_STRUCTURES, /**< how many there are */
};

/** enum vmsa_sweep_method - how the misses of a shape were counted. */
enum vmsa_sweep_method {
	VMSA_SWEEP_STACK,      /**< stack distances */
	VMSA_SWEEP_SETS,       /**< all-associativity simulation */
	VMSA_SWEEP_FULL,       /**< a replay of its own */
	VMSA_SWEEP_NR_METHODS, /**< how many there are */
};

/** VMSA_SWEEP_MAX_ENTRIES - the largest shape counted in one pass. */
#define VMSA_SWEEP_MAX_ENTRIES (1u << 20)

/** struct vmsa_sweep_config - what vmsa_sweep_create() needs. */
struct vmsa_sweep_config {
	/** The trace and the TLBs; the swept structure's own is not used. */
	struct vmsa_replay_config replay;
	enum vmsa_sweep_structure structure; /**< what is swept */
	const struct vmsa_tlb_array *shapes; /**< its shapes; copied */
	size_t nr_shapes;                    /**< at least 1 */
};

/**
 * vmsa_sweep_method() - how the misses of one shape are counted.
 * @config: only its TLBs and structure count
 * @shape:  one of its shapes
 *
 * Return: the method.
 */
enum vmsa_sweep_method vmsa_sweep_method(const struct vmsa_sweep_config *config,
					 const struct vmsa_tlb_array *shape);

/**
 * vmsa_sweep_why() - why a shape is replayed in full.
 * @config: only its TLBs and structure count
 * @shape:  one of its shapes
 *
 * Return: a static string that goes on after "since": "its replacement is not
 *	LRU"; NULL if it need not be.
 */
const char *vmsa_sweep_why(const struct vmsa_sweep_config *config,
			   const struct vmsa_tlb_array *shape);

/** vmsa_sweep_method_name() - "stack distances", ...; "?" for none. */
const char *vmsa_sweep_method_name(enum vmsa_sweep_method method);

/**
 * vmsa_sweep_create() - get ready to sweep one CPU's stream.
 * @config: copied
 * @out:    free with vmsa_sweep_destroy()
 *
 * Return: 0;
 *	-EINVAL, if a shape or the TLBs are not possible, a first level is not
 *	fully associative or smaller than the filter of its side, there is no
 *	such structure, or there are no shapes;
 *	-ENOTSUP, if a replay in full is not modelled;
 *	another error of vmsa_replay_create().
 */
int vmsa_sweep_create(const struct vmsa_sweep_config *config,
		      struct vmsa_sweep **out);

/** vmsa_sweep_destroy() - free it; accepts NULL. */
void vmsa_sweep_destroy(struct vmsa_sweep *sweep);

/**
 * vmsa_sweep_feed() - sweep the next records.
 * @sweep:   the sweep
 * @records: in the order they were read
 * @n:       how many
 *
 * Return: as vmsa_replay_feed().
 */
int vmsa_sweep_feed(struct vmsa_sweep *sweep,
		    const struct vmsa_trace_record *records, size_t n);

/** struct vmsa_sweep_point - what one shape missed. */
struct vmsa_sweep_point {
	/** By enum vmsa_tlb_region and enum vmsa_tlb_side. */
	uint64_t misses[VMSA_TLB_NR_REGIONS][VMSA_TLB_NR_SIDES];
};

/** struct vmsa_sweep_totals - what was swept, after the warm-up. */
struct vmsa_sweep_totals {
	uint64_t instructions; /**< the CPU executed */
	uint64_t records;      /**< replayed, of all kinds */
	uint64_t unplaced;     /**< linear-map accesses outside recorded RAM */
	/** By enum vmsa_tlb_region and enum vmsa_tlb_side. */
	uint64_t accesses[VMSA_TLB_NR_REGIONS][VMSA_TLB_NR_SIDES];
};

/**
 * vmsa_sweep_finish() - what was counted so far.
 * @sweep:    the sweep
 * @end_insn: stamp of the stream's end; 0: of the last access replayed
 * @totals:   what is the same for all shapes
 * @points:   one for each shape, in the order of the shapes
 */
void vmsa_sweep_finish(const struct vmsa_sweep *sweep, uint64_t end_insn,
		       struct vmsa_sweep_totals *totals,
		       struct vmsa_sweep_point *points);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_SWEEP_H */
