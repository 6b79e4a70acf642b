/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BBM_EXPLORE_H
#define VMSA_BBM_EXPLORE_H
/*
 * explore.h - everything other PEs could see while a program edits tables
 *
 *     space -> program: the events PEs did, and the tables before them
 *           -> explorer: for each address, each point of the program and each
 *              observer, every outcome an access could have
 *
 * The adversary is that of litmus.h, over real descriptors: stores wait in a
 * buffer that fences order, walkers read shared memory level by level and keep
 * leaves and tables, a TLBI acts on each PE by itself until the DSB that waits
 * for it.  Each PE that edits has a buffer of its own, and waits for its own
 * TLBIs only.  Where a TLB may hold two leaves that need a break between them
 * the level of FEAT_BBM decides what comes of it.
 *
 * The other PEs only walk: what one of them may see does not depend on how many
 * there are, nor on addresses that share no descriptor.  So each address is
 * explored by itself, against the few events that concern it; the orders of
 * the rest are alike, and so is when a barrier with nothing to do takes place.
 *
 * Limits   one VMID, whose TLBIs are done while it is current; stage 2 by
 *          itself: of stage 1 only that entries of both stages are held; a
 *          Contiguous group is taken for granted where its members agree
 * Source   Arm ARM DDI 0487, D8.16, D8.17, B2.3
 */
#include <stdio.h>

#include "vmsa/bbm/check.h"
#include "vmsa/bbm/rules.h"
#include "vmsa/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- programs ------------------------------------------------------------ */

struct vmsa_program;

/**
 * vmsa_program_read_fn - reads a descriptor that no event of a program stores.
 *
 * Return: 0; anything else if there is no memory at @at.
 */
typedef int (*vmsa_program_read_fn)(void *arg, vmsa_pa at, vmsa_desc *out);

/** struct vmsa_program_config - the tables a program starts with. */
struct vmsa_program_config {
	struct vmsa_geometry geometry; /**< their shape */
	vmsa_pa root;                  /**< their root table */
	enum vmsa_check_regime regime; /**< what they translate; at stage 2 a
					    "VA" is an IPA */
	uint32_t asid;                 /**< EL1: theirs, or ANY_ASID */
	uint64_t mair;                 /**< stage 1: as vmsa_check_tables has
					    it; 0: unknown */
	vmsa_program_read_fn read;     /**< what is in them */
	void *arg;                     /**< handed to @read */
};

/**
 * vmsa_program_create() - an empty program.
 * @config: tables it starts with; what events store is taken from the events
 * @out:    the program; free it with vmsa_program_destroy()
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_program_create(const struct vmsa_program_config *config,
			struct vmsa_program **out);

/** vmsa_program_destroy() - free a program; NULL is allowed. */
void vmsa_program_destroy(struct vmsa_program *program);

/**
 * vmsa_program_add() - append an event.
 * @program: the program
 * @event:   copied; what it waits for is its own PE's, and so is its buffer
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_program_add(struct vmsa_program *program,
		     const struct vmsa_event *event);

/**
 * vmsa_program_record() - record what is done to a space from now on.
 * @space: stage 1 of EL1&0, under any ASID; its tables are read while
 *         exploring, so it outlives the program and is not edited between
 *         vmsa_program_stop() and the last exploration
 * @out:   the program
 *
 * Return: 0; -ENOMEM; -ENOSPC if the space has too many observers.
 */
int vmsa_program_record(struct vmsa_space *space, struct vmsa_program **out);

/**
 * vmsa_program_stop() - stop recording.
 * @program: from vmsa_program_record()
 *
 * Return: 0; -ENOMEM if events were lost.
 */
int vmsa_program_stop(struct vmsa_program *program);

/**
 * vmsa_program_abandon() - the space of a recording is gone.
 * @program: still recording; it cannot be explored, only destroyed
 */
void vmsa_program_abandon(struct vmsa_program *program);

/** vmsa_program_count() - how many events it has. */
size_t vmsa_program_count(const struct vmsa_program *program);

/** vmsa_program_event() - one of them. */
const struct vmsa_event *vmsa_program_event(const struct vmsa_program *program,
					    size_t index);

/**
 * vmsa_program_probes() - the addresses that stores of a program concern.
 * @program: the program
 * @out:     ascending: the first address that each descriptor stored
 *           translates, and where it is or was a table, that each entry of
 *           that table does; to be freed
 * @count:   how many
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_program_probes(const struct vmsa_program *program, vmsa_va **out,
			size_t *count);

/** vmsa_event_print() - one event in a line, without newline. */
void vmsa_event_print(FILE *out, const struct vmsa_event *event);

/* --- outcomes ------------------------------------------------------------ */

/** enum vmsa_outcome_kind - what an access may meet. */
enum vmsa_outcome_kind {
	VMSA_OUTCOME_OUTPUT,        /**< a translation */
	VMSA_OUTCOME_FAULT,         /**< translation fault */
	VMSA_OUTCOME_ACCESS_FLAG,   /**< Access flag fault */
	VMSA_OUTCOME_CONFLICT,      /**< TLB conflict abort */
	VMSA_OUTCOME_UNPREDICTABLE, /**< an amalgam of what the TLB holds */
	VMSA_OUTCOME_UNFILLED,      /**< a walk through a table that was not
					 filled yet: anything */
	VMSA_OUTCOME_FREED,         /**< a walk through a table that was given
					 back: anything */
};

/** struct vmsa_outcome - one outcome of an access. */
struct vmsa_outcome {
	enum vmsa_outcome_kind kind; /**< which members hold */
	int8_t level;                /**< OUTPUT: of the leaf; faults: where */
	vmsa_pa pa;                  /**< OUTPUT: of the address asked for */
	vmsa_desc attr;              /**< OUTPUT: memory type and permissions of
					  the leaf, tables above included */
};

/** enum vmsa_observer - whose access it is; bits of a set. */
enum vmsa_observer {
	VMSA_OBSERVER_OTHER = 1u << 0, /**< any PE but those of the program, its
					    access starting now */
	VMSA_OBSERVER_SELF = 1u << 1,  /**< a PE of the program: translations
					    made since its last context
					    synchronisation count */
};

/** struct vmsa_progress - how far one PE has got. */
struct vmsa_progress {
	uint16_t pe;  /**< the PE */
	size_t event; /**< its last event so far that concerns the address, the
			   first of the program is 1; 0 none */
};

/** struct vmsa_outcomes - everything one observer may see at one point. */
struct vmsa_outcomes {
	vmsa_va va;                  /**< the address */
	enum vmsa_observer observer; /**< who */
	uint16_t pe;                 /**< SELF: which PE; OTHER: a number that
					   the program does not have */
	size_t point;                /**< as recorded: events executed, of the
					   program; in any order: the largest
					   in @progress */
	const struct vmsa_progress *progress; /**< PE by PE */
	unsigned nr_pes;              /**< how many; others do not matter */
	bool ended;                   /**< nothing of the program is left */
	const struct vmsa_outcome *o; /**< different outcomes */
	size_t count;                 /**< how many; at least 1 */
};

/** vmsa_outcomes_fn - sees the outcomes of one point; non-zero stops. */
typedef int (*vmsa_outcomes_fn)(void *arg, const struct vmsa_outcomes *at);

/* --- exploring ----------------------------------------------------------- */

/** enum vmsa_invariant - what a program should not do; bits of a set. */
enum vmsa_invariant {
	VMSA_I1_NO_FAULT = 1u << 0,   /**< mapped before and after: never
					    faults */
	VMSA_I2_OUTPUT = 1u << 1,     /**< the output is the old or the new */
	VMSA_I3_PERMISSION = 1u << 2, /**< so are permissions and type */
	VMSA_I3_STALE = 1u << 3,      /**< only the new at the end */
	VMSA_I4_COEXIST = 1u << 4,    /**< no two leaves that the level
					    forbids */
	VMSA_I5_FILLED = 1u << 5,     /**< nothing uninitialised is reachable */
	VMSA_I6_FREED = 1u << 6,      /**< no freed table is reachable */
	VMSA_NO_CONFLICT = 1u << 7,   /**< not asked by default: no conflict
					    abort, also where the level lets one
					    be raised */
	VMSA_SAME_CONTENTS = 1u << 8, /**< not decided: whether two read-only
					    pages hold the same */
};

/** VMSA_INVARIANTS - I1 to I6. */
#define VMSA_INVARIANTS 0x7fu

/** vmsa_invariant_name() - "I1: ..." in a few words. */
const char *vmsa_invariant_name(enum vmsa_invariant invariant);

/** struct vmsa_explore_options - how to look. */
struct vmsa_explore_options {
	unsigned bbm;        /**< level of FEAT_BBM, 0 .. 3 */
	bool ets2;           /**< the PEs have FEAT_ETS2 */
	bool hd;             /**< hardware sets the dirty state */
	bool same_contents;  /**< pages swapped read-only hold the same */
	uint64_t mair;       /**< MAIR of the tables; 0: the program's */
	unsigned observers;  /**< set of enum vmsa_observer; 0 is OTHER */
	unsigned invariants; /**< which count; 0 is VMSA_INVARIANTS */
	size_t leave_out;    /**< event to leave out, the first is 1; 0 none */
	bool any_order;      /**< the PEs of the program run side by side: every
				  order that keeps that of each PE; else the
				  order in which events were recorded */
	uint32_t self;       /**< SELF: 1 + the PE; 0 all the program has */
	const char *alone;   /**< operation that keeps other PEs out: who stores
				  nothing in it neither walks from its root nor
				  accesses from its first ISB in there to the
				  last one; NULL none */
	const vmsa_va *probes; /**< addresses; NULL for vmsa_program_probes() */
	size_t nr_probes;      /**< how many */
	uint64_t max_states;   /**< of one address; 0 is the default */
	FILE *story;         /**< where the shortest bad run is told, or NULL */
	vmsa_outcomes_fn fn; /**< sees every outcome; may be NULL */
	void *arg;           /**< handed to @fn */
};

/** VMSA_EXPLORE_MAX_STATES - the default of max_states. */
#define VMSA_EXPLORE_MAX_STATES UINT64_C(1000000)

/** struct vmsa_explore_result - what was found. */
struct vmsa_explore_result {
	unsigned broken; /**< set of enum vmsa_invariant, of those asked */
	unsigned seen;   /**< the same, whether asked or not */
	vmsa_va va;      /**< of the shortest bad run */
	size_t point;    /**< how far the program had got in it */
	enum vmsa_observer observer; /**< who saw it */
	uint16_t pe;                 /**< SELF: which PE */
	uint64_t states;             /**< over all addresses */
	size_t probes;               /**< addresses explored */
	const char *bound; /**< a bound that was hit; NULL for none: then
				    what is not in @seen cannot happen */
};

/**
 * vmsa_explore() - look at every run of a program.
 * @program: stopped
 * @options: how; all zero but @bbm will do
 * @out:     written completely on success
 *
 * "Old" is what the tables said before the program, "new" what they say after
 * it in the order recorded, for each address by itself.
 *
 * Return: 0, whatever was found;
 *	-EFAULT, if a table lies outside memory;
 *	-ENOMEM; -EIO if the story could not be written; what @fn returned.
 */
int vmsa_explore(const struct vmsa_program *program,
		 const struct vmsa_explore_options *options,
		 struct vmsa_explore_result *out);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_BBM_EXPLORE_H */
