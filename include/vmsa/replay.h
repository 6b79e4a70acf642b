/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_REPLAY_H
#define VMSA_REPLAY_H
/*
 * replay.h - a recorded trace through a simulated machine's TLBs
 *
 *     trace records -> placement -> TLBs -> counters
 *                        |            |
 *                        |            +-- walker of the linear map under test
 *                        +-- where the recorded RAM lies in simulated RAM
 *
 * Only the linear map is under test.  What else was recorded (user, vmalloc,
 * kernel image, vmemmap) keeps its addresses and goes through assumed tables:
 * pages everywhere, and 2 MiB (a block, or a contiguous group where the
 * granule has no 2 MiB block) for image and vmemmap.  Their descriptors have
 * physical addresses of their own, as if the tables of each level lay one
 * behind the other, so that neighbours share cache lines as real ones do.
 * The image moves 256 GiB, out of the way of vmalloc, which starts in the
 * image's last 2 MiB.
 *
 * Filters   a filtered stream (vmsa/trace.h) is replayed exactly: the entries
 *           of the pages in the filter are held (vmsa_tlb_hold()), so the L1 of
 *           its side must be fully associative with at least as many entries.
 * Contexts  TTBR1_EL1[63:48] is the ASID (TCR_EL1.A1 = 1, as Linux sets it).
 *           User entries have it, kernel entries are global.  A filter knows no
 *           ASIDs: where two processes use the same VA in turn, the second
 *           finds it in the filter.
 * Lanes     one pass over a trace can feed several lanes: TLBs, mappings and
 *           placements of their own, each counting exactly what a replay of
 *           its own would.  What hits in every first level, most records, is
 *           found out once for all.
 * Threads   one thread at a time per struct vmsa_replay
 * Memory    about 1 MiB a replay, 150 KiB a lane; the tables under test are
 *           the caller's
 */
#include "vmsa/tlb.h"
#include "vmsa/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_replay;

/** enum vmsa_replay_place - where recorded memory lies in simulated RAM. */
enum vmsa_replay_place {
	VMSA_REPLAY_AS_RECORDED, /**< at the same offset from RAM's start */
	VMSA_REPLAY_SCATTER,     /**< unit by unit, by a seeded permutation */
};

/** struct vmsa_replay_placement - how memory is placed. */
struct vmsa_replay_placement {
	enum vmsa_replay_place how; /**< what follows is for SCATTER only */
	unsigned unit_pages_shift;  /**< log2 of the pages that stay together */
	uint64_t size;              /**< bytes to scatter over; 0: all of RAM */
	uint64_t seed;              /**< another seed, another permutation */
};

/**
 * struct vmsa_replay_model - what a replay drives.
 *
 * TLBs of its own, or what a caller puts in their place.  Each function does
 * for the model what the one of vmsa/tlb.h with its name does for TLBs; @arg
 * comes first.  Leaves are asked of @walker, which is good during the call.
 */
struct vmsa_replay_model {
	int (*access)(void *arg, const struct vmsa_tlb_access *access,
		      const struct vmsa_tlb_walker *walker,
		      struct vmsa_tlb_answer *out); /**< 0 or an errno */
	void (*hit_more)(void *arg, const struct vmsa_tlb_access *like,
			 uint64_t n); /**< @n more hits */
	int (*hold)(void *arg, enum vmsa_tlb_side side,
		    uint32_t slot); /**< of the access just done */
	void (*release)(void *arg, enum vmsa_tlb_side side,
			uint32_t slot); /**< undoes one hold */
	int (*invalidate)(void *arg,
			  const struct vmsa_tlbi *tlbi); /**< none is held */
	void (*reset_stats)(void *arg); /**< the warm-up is over */
	void *arg;                      /**< handed to all */
};

/** struct vmsa_replay_config - what vmsa_replay_create() needs. */
struct vmsa_replay_config {
	struct vmsa_tlb_config tlb; /**< the PE's TLBs */
	/** Drive this instead; of @tlb only the granule counts then. */
	const struct vmsa_replay_model *model;
	/** The recorded address space: linear map, image, vmemmap, RAM. */
	struct vmsa_trace_machine recorded;
	unsigned data_filter;  /**< of the trace; 0: unfiltered */
	unsigned fetch_filter; /**< of the trace; 0: unfiltered */
	bool fetch;            /**< replay FETCH records as well */
	uint64_t warmup;       /**< instructions before counting starts */
	/**
	 * Cycles per instruction, in thousandths, without what translation
	 * takes.  With it, the TLBs' time (vmsa_tlb_set_time()) is that of each
	 * access: its stamp times this.  Only walk_active_cycles of several
	 * walkers depends on it.  0: no time, all walks are wanted at once.
	 */
	uint32_t cpi;

	/** Answers for linear-map addresses of the simulated machine. */
	struct vmsa_tlb_walker linear;
	vmsa_va linear_base; /**< VA of @phys_base in that map */
	vmsa_pa phys_base;   /**< memstart_addr of the simulated machine */
	const struct vmsa_range *ram; /**< ascending; only read by create */
	size_t nr_ram;                /**< at least 1 */
	struct vmsa_replay_placement placement; /**< as recorded if zero */
};

/**
 * vmsa_replay_create() - get ready to replay one CPU's stream.
 * @config: copied
 * @out:    free with vmsa_replay_destroy()
 *
 * Return: 0;
 *	-EINVAL, if the TLBs are not possible, there is no RAM, an L1 is not
 *	fully associative LRU or smaller than the filter of its side, or a
 *	filter is larger than VMSA_TRACE_MAX_FILTER;
 *	-ERANGE, if simulated RAM has fewer units than recorded RAM;
 *	-ENOMEM.
 */
int vmsa_replay_create(const struct vmsa_replay_config *config,
		       struct vmsa_replay **out);

/**
 * vmsa_replay_create_many() - get ready to replay one stream over many lanes.
 * @lanes: one configuration a lane, copied; all of one trace: @recorded, the
 *	   filters, @fetch and @warmup are equal
 * @n:     how many, at least 1
 * @out:   free with vmsa_replay_destroy()
 *
 * Return: as vmsa_replay_create(), for the first lane it cannot make;
 *	-EINVAL also if the lanes differ in what must be equal or there is none.
 */
int vmsa_replay_create_many(const struct vmsa_replay_config *lanes, size_t n,
			    struct vmsa_replay **out);

/** vmsa_replay_destroy() - free it; accepts NULL. */
void vmsa_replay_destroy(struct vmsa_replay *replay);

/**
 * vmsa_replay_feed() - replay the next records.
 * @replay:  the replay
 * @records: in the order they were read
 * @n:       how many
 *
 * Return: 0;
 *	-EINVAL, if a victim is none of the filter's entries;
 *	an error of vmsa_tlb_access() in one of the lanes; later lanes have
 *	not seen that record then.
 */
int vmsa_replay_feed(struct vmsa_replay *replay,
		     const struct vmsa_trace_record *records, size_t n);

/** struct vmsa_replay_result - what a replay counted, after its warm-up. */
struct vmsa_replay_result {
	uint64_t instructions; /**< the CPU executed */
	uint64_t records;      /**< replayed, of all kinds */
	uint64_t tlbis;        /**< TLBI records among them */
	uint64_t unplaced;     /**< linear-map accesses outside recorded RAM,
				    not replayed */
	struct vmsa_tlb_stats stats; /**< the TLBs' accounts; accesses a
					  filter left out are in the account
					  of the record they came with */
};

/**
 * vmsa_replay_finish() - what was counted so far, in the first lane.
 * @replay:   the replay
 * @end_insn: stamp of the stream's end; 0: of the last access replayed
 * @out:      the counts
 */
void vmsa_replay_finish(const struct vmsa_replay *replay, uint64_t end_insn,
			struct vmsa_replay_result *out);

/**
 * vmsa_replay_finish_lane() - what was counted so far in one lane.
 * @replay:   the replay
 * @lane:     index into the configurations it was created with
 * @end_insn: as above
 * @out:      the counts
 */
void vmsa_replay_finish_lane(const struct vmsa_replay *replay, size_t lane,
			     uint64_t end_insn, struct vmsa_replay_result *out);

/**
 * vmsa_replay_sum() - add up the accounts of one side.
 * @result: counts
 * @side:   data or instructions
 * @mask:   bit r: take part of enum vmsa_tlb_region r; VMSA_REPLAY_ALL
 * @out:    the sum
 */
void vmsa_replay_sum(const struct vmsa_replay_result *result,
		     enum vmsa_tlb_side side, unsigned mask,
		     struct vmsa_tlb_counters *out);

/** VMSA_REPLAY_ALL - every region, for vmsa_replay_sum(). */
#define VMSA_REPLAY_ALL ((1u << VMSA_TLB_NR_REGIONS) - 1)

/** vmsa_replay_mpki() - @count per thousand instructions of @result. */
double vmsa_replay_mpki(const struct vmsa_replay_result *result,
			uint64_t count);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_REPLAY_H */
