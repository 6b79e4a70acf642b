/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_EXPLORE_SLICE_H
#define VMSA_LIB_BBM_EXPLORE_SLICE_H
/*
 * explore_slice.h - one address, and the part of a program that concerns it
 *
 *     program.c        recording, and a program's own questions
 *     explore_slice.c  program and address -> slice
 *     explore_steps.c  its steps, PE by PE
 *     explore_points.c how far all PEs are, as one number
 *     explore_group.c  what the rest of a Contiguous group offers it
 *     explore_regime.c what differs between stages and exception levels
 *
 * A slice is small whatever the program is, and everything of it has a number
 * that fits a byte: locations, values, entries, places of PEs.  Sets of them
 * are bits of a word.
 */
#include "vmsa/bbm/explore.h"

/* --- bounds -------------------------------------------------------------- */

/*
 * Of one address and one observer.  None of the programs that Linux's linear
 * map makes comes near; reaching one is said in the result (@bound), and then
 * nothing is promised of that address.
 */

/** MAX_LOCS - descriptors on its way, in all the tables it ever had. */
#define MAX_LOCS 24

/** MAX_VALUES - different descriptors in these; bits of a 64-bit word. */
#define MAX_VALUES 64

/** MAX_ENTRIES - what a TLB may hold of it; bits of a 64-bit word. */
#define MAX_ENTRIES 64

/** MAX_BUFFER - stores not yet in memory, and fences, of all PEs. */
#define MAX_BUFFER 16

/** MAX_PENDING - TLBIs that have not acted, of all PEs. */
#define MAX_PENDING 6

/** MAX_PES - PEs whose events concern it. */
#define MAX_PES 4

/** MAX_POINTS - ways in which these PEs may have got so far, in any order. */
#define MAX_POINTS (UINT32_C(1) << 20)

/** MAX_MEMBERS - of the largest Contiguous group: 16K granule, level 3. */
#define MAX_MEMBERS 128

/** MAX_GROUPS - Contiguous groups that its descriptors are members of. */
#define MAX_GROUPS 8

/** MAX_OFFERS - changes of what these groups offer. */
#define MAX_OFFERS 32

/** FENCE - instead of a location in a buffer: what is behind stays behind. */
#define FENCE 0xff

/** NO_LOC - no location. */
#define NO_LOC 0xff

/** NO_PE - no place of a PE in a slice. */
#define NO_PE 0xff

/** NO_STEP - no step. */
#define NO_STEP UINT32_MAX

/* --- a program ----------------------------------------------------------- */

/** struct saved_table - a table as it was when the program gave it back. */
struct saved_table {
	size_t event;    /**< the TABLE_FREE */
	vmsa_desc *desc; /**< a granule of descriptors; owned */
};

/** struct vmsa_program - what PEs did to one tree of tables, in order. */
struct vmsa_program {
	struct vmsa_program_config config; /**< as the caller gave it */
	struct vmsa_space *space;          /**< recorded from; NULL if made by
					        hand, or when recording ended */
	struct vmsa_event *event;          /**< in the order recorded */
	size_t nr, room;                   /**< of @event */
	struct saved_table *saved;         /**< by ascending @event */
	size_t nr_saved;                   /**< of @saved */
	uint16_t *pe;                      /**< PEs that have an event */
	size_t pes;                        /**< of @pe */
	bool lost;                         /**< memory ran out: the rest of the
					        recording is worth nothing */
};

/* --- a slice ------------------------------------------------------------- */

/** enum content - what a location may hold. */
enum content {
	CONTENT_DESC,     /**< a descriptor somebody wrote */
	CONTENT_UNFILLED, /**< anything: of a table before it was zeroed */
	CONTENT_FREED,    /**< anything: of a table after it was given back */
};

/** struct value - one content of a location; slices number them. */
struct value {
	vmsa_desc desc;       /**< CONTENT_DESC: its 64 bits; else 0 */
	enum content content; /**< what kind it is */
};

/** struct loc - a descriptor that walks for the address may read. */
struct loc {
	vmsa_pa at;      /**< where; multiple of 8 */
	int8_t level;    /**< -1 .. 3 */
	bool is_stored;  /**< it changes: what is cached of it may be old */
	uint8_t initial; /**< value before the program */
};

/** struct group - the Contiguous group of a location, while steps are made. */
struct group {
	vmsa_pa first;                 /**< where its members start */
	unsigned count;                /**< members: 16, 32 or 128 (D8.7) */
	uint8_t loc;                   /**< the location that is one of them */
	uint64_t leaving[MAX_PES];     /**< values replaced, perhaps not yet
					    gone, by the PE that did; bits */
	uint64_t offered;              /**< values offered now; bits */
	uint64_t next;                 /**< after the event at hand; bits */
	vmsa_desc member[MAX_MEMBERS]; /**< what they hold as recorded */
};

/** struct offer - a value that other members offer, and when. */
struct offer {
	uint32_t first; /**< step that comes next when it begins; 0: it is
			     there from the start */
	uint32_t last;  /**< and the last such one, inclusive */
	uint8_t loc;    /**< at which location */
	uint8_t value;  /**< as the location's own value would be */
};

/** enum step_kind - what a step does. */
enum step_kind {
	STEP_NONE,    /**< what a Contiguous group offers changes here */
	STEP_STORE,   /**< into the PE's buffer */
	STEP_FREE,    /**< the location's table is given back and reused at
			   once, by memory that obeys no fence of ours */
	STEP_BARRIER, /**< DSB, DMB or ISB */
	STEP_TLBI,    /**< issued; it acts when it likes until its DSB (T4) */
};

/** struct step - an event, as far as it concerns the address. */
struct step {
	enum step_kind kind;           /**< what it does */
	uint8_t pe;                    /**< place of the PE that does it */
	uint8_t loc, value;            /**< STORE, FREE: where and what */
	unsigned completes;            /**< BARRIER: set of vmsa_completion */
	enum vmsa_tlbi_scope scope;    /**< TLBI: whom it reaches */
	struct vmsa_invalidation tlbi; /**< TLBI: what it removes */
	size_t event;                  /**< of the program, from 0 */
	uint32_t next;                 /**< the PE's next step; the number of
					    steps if none */
	uint32_t rank;                 /**< steps the PE has before it */
};

/** struct editor - a PE whose events concern the address. */
struct editor {
	uint16_t pe;     /**< its number */
	uint32_t first;  /**< its first step; the number of steps if none */
	uint32_t last;   /**< its last one, while steps are made */
	uint32_t count;  /**< of its steps */
	uint32_t stride; /**< between points where it is one step further */
	unsigned done;   /**< set of vmsa_completion: what barriers completed
			      since it last did something else */
};

/** struct entry - a translation or a table that a TLB may hold. */
struct entry {
	struct vmsa_cached tag; /**< what a TLBI matches */
	vmsa_desc desc;         /**< the descriptor it was made from */
	vmsa_desc above;        /**< table attributes of all tables above it */
	vmsa_pa table;          /**< TABLE: the next one */
	vmsa_pa pa;             /**< leaf: where the address goes */
	vmsa_desc attr;         /**< leaf: effective type and permissions, in
				     the places of a leaf descriptor */
};

/** struct seen - what an access may meet. */
struct seen {
	uint64_t leaves; /**< bit per entry number */
	uint64_t other;  /**< set of SEEN_*; as wide, so that no padding is */
};

/* clang-format off */
/** SEEN_FAULT() - a translation fault at a level, -1 .. 3. */
#define SEEN_FAULT(level)    (1u << ((level) + 1))
/** SEEN_AF_FAULT() - an Access flag fault at a level. */
#define SEEN_AF_FAULT(level) (1u << ((level) + 6))
/** SEEN_FAULTS - any of these. */
#define SEEN_FAULTS          UINT64_C(0x3ff)
/** SEEN_UNFILLED - whatever a table held before it was zeroed (I5). */
#define SEEN_UNFILLED        (1u << 10)
/** SEEN_FREED - whatever a table holds that was given back (I6). */
#define SEEN_FREED           (1u << 11)
/** SEEN_CONFLICT - the level permits a TLB conflict abort (I_HYQMB). */
#define SEEN_CONFLICT        (1u << 12)
/** SEEN_FORBIDDEN - two leaves that need a break at this level (I4). */
#define SEEN_FORBIDDEN       (1u << 13)
/** SEEN_CONTENTS - two that need none if their pages hold the same. */
#define SEEN_CONTENTS        (1u << 14)
/* clang-format on */

/** struct mapping - what the tables say of the address, nothing cached. */
struct mapping {
	bool valid;     /**< it has a leaf; else the rest means nothing */
	vmsa_pa pa;     /**< where it goes */
	vmsa_desc attr; /**< as in struct entry */
};

/** struct slice - everything about one address and one observer. */
struct slice {
	const struct vmsa_program *program;         /**< which */
	const struct vmsa_explore_options *options; /**< the caller's */
	vmsa_va va;                                 /**< the address */
	enum vmsa_observer observer;                /**< who looks */
	uint16_t pe;       /**< the observer's number */
	uint8_t self;      /**< SELF: its place; else NO_PE */
	bool mixed;        /**< PEs in any order, not as recorded */
	const char *bound; /**< which bound was reached; NULL for none */
	uint8_t type[8];   /**< by AttrIndx: the lowest of its memory type */
	struct loc loc[MAX_LOCS];                /**< the root's first */
	struct value value[MAX_VALUES];          /**< by number */
	struct entry entry[MAX_ENTRIES];         /**< by number */
	uint32_t pair[MAX_ENTRIES][MAX_ENTRIES]; /**< SEEN_* of two leaves */
	uint64_t over[MAX_ENTRIES]; /**< by global leaf: non-global ones it must
					 not be taken in over (R_WHZWS); bits */
	uint8_t nr_locs, nr_values, nr_entries; /**< of the above */
	struct group group[MAX_GROUPS];         /**< while steps are made */
	struct offer offer[MAX_OFFERS];         /**< what came of them */
	uint8_t nr_groups, nr_offers;           /**< of these */
	uint8_t group_pe; /**< mixed: who changes groups, or NO_PE */
	struct editor editor[MAX_PES]; /**< by place */
	uint8_t nr_editors;            /**< of these */
	size_t leaves, returns;        /**< SELF: events between which it is
					    away; SIZE_MAX for never */
	uint32_t leaving, returning;   /**< the steps of these; NO_STEP */
	struct step *step;             /**< as recorded; kept between slices */
	size_t nr_steps, room;         /**< of @step */
	uint32_t nr_points;            /**< see vmsa_slice_point() */
	struct mapping before, after;  /**< the program, all of it */
};

/* --- explore_slice.c, program.c: from program and address to slice ------- */

/**
 * vmsa_slice_make() - what concerns one address.
 * @slice: program, options, va, observer, pe and mixed are set; @step and
 *         @room are kept from call to call, all else is made anew
 *
 * Return: 0, also when a bound was reached (@slice->bound);
 *	-ENOMEM;
 *	-EFAULT, if a table is outside the memory the program can read.
 */
int vmsa_slice_make(struct slice *slice);

/**
 * vmsa_program_saved() - a table as it was when it was given back.
 * @program: a recorded one
 * @index:   its TABLE_FREE
 *
 * Return: a granule of descriptors, or NULL if none was saved: a program made
 *	by hand has nothing to copy from.
 */
const vmsa_desc *vmsa_program_saved(const struct vmsa_program *program,
				    size_t index);

/**
 * vmsa_slice_value() - number of a value, new if need be.
 *
 * Return: 0 when there is no room, after setting @slice->bound.
 */
uint8_t vmsa_slice_value(struct slice *slice, struct value value);

/**
 * vmsa_slice_initial() - what a location held before the program.
 *
 * The first event that writes it says what it replaced; where none does, the
 * program's memory is asked.
 *
 * Return: 0; -EFAULT, if it is outside that memory.
 */
int vmsa_slice_initial(struct slice *slice, vmsa_pa at, struct value *out);

/**
 * vmsa_slice_is_written() - whether an event writes @at, and what.
 * @slice: for the granule
 * @event: any; taking a table writes zeros to all of it
 * @at:    a descriptor's address
 * @out:   what it writes; anything if it does not
 */
bool vmsa_slice_is_written(const struct slice *slice,
			   const struct vmsa_event *event, vmsa_pa at,
			   vmsa_desc *out);

/** vmsa_slice_is_freed() - whether an event gives @at's table back. */
bool vmsa_slice_is_freed(const struct slice *slice,
			 const struct vmsa_event *event, vmsa_pa at);

/* --- explore_steps.c: steps, PEs, points --------------------------------- */

/**
 * vmsa_slice_steps() - the steps, PE by PE, and how many points they make.
 *
 * Return: 0, also when a bound was reached; -ENOMEM.
 */
int vmsa_slice_steps(struct slice *slice);

/**
 * vmsa_slice_number_points() - how many points the steps make.
 *
 * Steps that have no next one get the number of steps as such.  Too many points
 * set @slice->bound.
 */
void vmsa_slice_number_points(struct slice *slice);

/** vmsa_slice_editors() - no PE but the observer, if it is one; its absence. */
void vmsa_slice_editors(struct slice *slice);

/**
 * vmsa_slice_editor() - place of a PE, new if need be.
 *
 * Return: 0 when there is no room, after setting @slice->bound.
 */
uint8_t vmsa_slice_editor(struct slice *slice, uint16_t pe);

/** vmsa_slice_find_editor() - place of a PE; NO_PE if it has none. */
uint8_t vmsa_slice_find_editor(const struct slice *slice, uint16_t pe);

/* --- explore_regime.c: EL1&0, EL2, stage 2 ------------------------------- */

/**
 * vmsa_slice_types() - which memory types are equal: MAIR of the caller's
 * options, else of the program; unknown, each index is a type of its own.
 */
void vmsa_slice_types(struct slice *slice);

/**
 * vmsa_slice_effective() - memory type and permissions of a leaf.
 * @slice: for the regime
 * @leaf:  its descriptor
 * @above: set of VMSA_TABLE_* of all tables above it (D8.4)
 *
 * Return: the bits of a leaf that an access notices, output address and nG
 *	left out.
 */
vmsa_desc vmsa_slice_effective(const struct slice *slice, vmsa_desc leaf,
			       vmsa_desc above);

/**
 * vmsa_slice_table_attributes() - what a table takes away below it: a set of
 * VMSA_TABLE_*; stage 2 tables have none.
 */
vmsa_desc vmsa_slice_table_attributes(const struct slice *slice,
				      vmsa_desc desc);

/**
 * vmsa_slice_tag() - kind, regime, ASID and globality of an entry's tag.
 * @slice: for regime and ASID
 * @table: it is of a table, and so never global (R_CHVGJ)
 * @desc:  its descriptor
 * @tag:   level and addresses are the caller's, and stay
 */
void vmsa_slice_tag(const struct slice *slice, bool table, vmsa_desc desc,
		    struct vmsa_cached *tag);

/**
 * vmsa_slice_removes() - must an entry be gone after a TLBI?  Of a program
 * under any ASID it is under one that the TLBI does not name.
 */
bool vmsa_slice_removes(const struct slice *slice,
			const struct vmsa_invalidation *tlbi,
			const struct vmsa_cached *entry);

/** vmsa_slice_needs() - vmsa_bbm_needs() in the program's regime. */
unsigned vmsa_slice_needs(const struct slice *slice,
			  const struct vmsa_leaf_change *change);

/* --- explore_group.c: Contiguous groups ---------------------------------- */

/**
 * vmsa_slice_groups() - the groups of a slice's locations, and what they offer
 * before the program.
 *
 * Return: 0, also when a bound was reached; -EFAULT, as vmsa_slice_initial().
 */
int vmsa_slice_groups(struct slice *slice);

/**
 * vmsa_slice_group_event() - an event takes place: do offers change?
 * @slice:     whose groups
 * @event:     of the program, in the order recorded
 * @completes: of a barrier, set of enum vmsa_completion; else 0
 *
 * Return: whether it takes a step, so that there is a moment for the change.
 */
bool vmsa_slice_group_event(struct slice *slice, const struct vmsa_event *event,
			    unsigned completes);

/**
 * vmsa_slice_group_update() - the same event's step, if any, has been added:
 * offers begin and end there.
 */
void vmsa_slice_group_update(struct slice *slice);

/** vmsa_slice_group_leaving() - would a DSB of a PE take something away? */
bool vmsa_slice_group_leaving(const struct slice *slice, uint8_t pe);

#endif /* VMSA_LIB_BBM_EXPLORE_SLICE_H */
