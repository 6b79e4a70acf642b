/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_EXPLORE_H
#define VMSA_LIB_BBM_EXPLORE_H
/*
 * explore.h - one address, the part of a program that concerns it, one run
 *
 *     program.c        recording, and a program's own questions
 *     explore_slice.c  program and address -> slice
 *     explore_steps.c  its steps, PE by PE
 *     explore_group.c  what the rest of a Contiguous group offers it
 *     explore_regime.c what differs between stages and exception levels
 *     explore_walk.c   what walkers find and TLBs hold in one state
 *     explore_judge.c  which invariants a state breaks
 *     explore_run.c    what may happen next
 *     explore.c        every state of a slice, each once
 */
#include "vmsa/bbm/explore.h"

/* Bounds of one address; reaching one is said in the result. */
#define MAX_LOCS    24 /* descriptors on its way, in all the tables it had */
#define MAX_VALUES  64 /* different descriptors in them */
#define MAX_ENTRIES 64 /* what a TLB may hold of it: bits of a word */
#define MAX_BUFFER  16 /* stores not yet in memory, of all PEs */
#define MAX_PENDING 6  /* TLBIs not yet waited for, of all PEs */
#define MAX_PES     4  /* PEs whose events concern it */
#define MAX_POINTS  (UINT32_C(1) << 20) /* how far each PE may have got */

#define MAX_MEMBERS 128 /* of a Contiguous group */
#define MAX_GROUPS  8
#define MAX_OFFERS  32 /* changes of what a group offers */

/** FENCE - in a buffer: stores behind it stay behind it. */
#define FENCE 0xff

/** NO_LOC - no location. */
#define NO_LOC 0xff

/** NO_PE - no place of a PE in a slice. */
#define NO_PE 0xff

/** NO_STEP - no step. */
#define NO_STEP UINT32_MAX

/* A table as it was when a recorded program gave it back. */
struct saved_table {
	size_t event;    /* the TABLE_FREE */
	vmsa_desc *desc; /* a granule of them */
};

struct vmsa_program {
	struct vmsa_program_config config;
	struct vmsa_space *space; /* recorded from; NULL if made by hand */
	struct vmsa_event *event;
	size_t nr, room;
	struct saved_table *saved; /* ascending events */
	size_t nr_saved;
	uint16_t *pe; /* PEs that events are of */
	size_t pes;
	bool lost; /* an event did not fit in memory */
};

/* What a location may hold: a descriptor, or nothing anybody wrote. */
enum content {
	CONTENT_DESC,
	CONTENT_UNFILLED, /* of a table before it was zeroed */
	CONTENT_FREED,    /* of a table after it was given back */
};

struct value {
	vmsa_desc desc;
	enum content content;
};

/* A descriptor that walks for the address may read. */
struct loc {
	vmsa_pa at;
	int8_t level;
	bool is_stored;  /* it changes, so caching it shows */
	uint8_t initial; /* value */
};

/* A Contiguous group that a location is a member of, while steps are made. */
struct group {
	vmsa_pa first;             /* where its members start */
	unsigned count;            /* how many */
	uint8_t loc;               /* the location */
	uint64_t leaving[MAX_PES]; /* values replaced, perhaps not yet gone,
				      by the PE that did */
	uint64_t offered;          /* values offered now */
	uint64_t next;             /* after the event at hand */
	vmsa_desc member[MAX_MEMBERS];
};

/* A value that other members offer at a location, and when. */
struct offer {
	uint32_t first, last; /* steps to come next, inclusive */
	uint8_t loc, value;
};

enum step_kind {
	STEP_NONE, /* what a Contiguous group offers changes here */
	STEP_STORE,
	STEP_FREE, /* the location's table is given back, and reused at once */
	STEP_BARRIER,
	STEP_TLBI,
};

/* An event, as far as it concerns the address. */
struct step {
	enum step_kind kind;
	uint8_t pe; /* its place */
	uint8_t loc, value;
	unsigned completes;
	enum vmsa_tlbi_scope scope;
	struct vmsa_invalidation tlbi;
	size_t event;  /* of the program */
	uint32_t next; /* the PE's next one; the number of steps if none */
	uint32_t rank; /* how many it has before */
};

/* A PE whose events concern the address. */
struct editor {
	uint16_t pe;
	uint32_t first;  /* step; the number of steps if none */
	uint32_t last;   /* step, while steps are made */
	uint32_t count;  /* of steps */
	uint32_t stride; /* between points where it is one step further */
	unsigned done;   /* what barriers completed since it last did more */
};

/* A translation or a table that a TLB may hold for the address. */
struct entry {
	struct vmsa_cached tag;
	vmsa_desc desc;  /* of the leaf */
	vmsa_desc above; /* table attributes of all tables above it */
	vmsa_pa table;   /* TABLE: the next one */
	vmsa_pa pa;      /* LEAF: where the address goes */
	vmsa_desc attr;  /* LEAF: effective type and permissions */
};

/* What an access may meet; leaves by entry number. */
struct seen {
	uint64_t leaves;
	uint64_t other; /* SEEN_*; as wide, so that there is no padding */
};

/* clang-format off */
#define SEEN_FAULT(level)    (1u << ((level) + 1))
#define SEEN_AF_FAULT(level) (1u << ((level) + 6))
#define SEEN_FAULTS          UINT64_C(0x3ff)
#define SEEN_UNFILLED        (1u << 10)
#define SEEN_FREED           (1u << 11)
#define SEEN_CONFLICT        (1u << 12) /* the level lets one be raised */
#define SEEN_FORBIDDEN       (1u << 13) /* the level forbids the pair */
#define SEEN_CONTENTS        (1u << 14) /* legal if the pages are equal */
/* clang-format on */

/* What the tables say of the address, nothing cached. */
struct mapping {
	bool valid;
	vmsa_pa pa;
	vmsa_desc attr;
};

/* Everything about one address and one observer. */
struct slice {
	const struct vmsa_program *program;
	const struct vmsa_explore_options *options;
	vmsa_va va;
	enum vmsa_observer observer;
	uint16_t pe;  /* SELF: the PE */
	uint8_t self; /* SELF: its place; else NO_PE */
	bool mixed;   /* PEs in any order, not as recorded */
	const char *bound;
	uint8_t type[8]; /* by AttrIndx: the lowest of its memory type */
	struct loc loc[MAX_LOCS];
	struct value value[MAX_VALUES];
	struct entry entry[MAX_ENTRIES];
	uint32_t pair[MAX_ENTRIES][MAX_ENTRIES]; /* SEEN_* of two leaves */
	uint64_t over[MAX_ENTRIES]; /* leaves that one must not be taken in
				       beside, while it may join it */
	uint8_t nr_locs, nr_values, nr_entries;
	struct group group[MAX_GROUPS];
	struct offer offer[MAX_OFFERS];
	uint8_t nr_groups, nr_offers;
	uint8_t group_pe; /* mixed: who changes groups, or NO_PE */
	struct editor editor[MAX_PES];
	uint8_t nr_editors;
	size_t leaves, returns;      /* events between which it is away */
	uint32_t leaving, returning; /* and the steps of these */
	struct step *step;
	size_t nr_steps, room;
	uint32_t nr_points;
	struct mapping before, after;
};

struct store {
	uint8_t loc, value, pe;
};

/* One of several that differ in nothing but order is taken. */
struct state {
	uint32_t pc[MAX_PES]; /* each PE's next step */
	uint8_t nr_buffer, nr_pending;
	uint8_t padding[6];              /* states are compared as bytes */
	struct store buffer[MAX_BUFFER]; /* by PE, oldest first */
	uint32_t pending[MAX_PENDING];   /* steps, ascending */
	uint8_t memory[MAX_LOCS];        /* values */
	uint64_t held;                   /* entries */
	uint64_t own;      /* of them, read at the address's own descriptors */
	uint64_t late;     /* of these, global, made over non-global */
	struct seen early; /* SELF: since its last context synchronisation */
	struct seen now;
};

/* One choice. */
enum move_kind {
	MOVE_STEP,  /* a PE's next step */
	MOVE_DRAIN, /* a buffered store reaches memory */
	MOVE_TLBI,  /* a pending TLBI acts */
};

struct move {
	enum move_kind kind;
	unsigned which; /* of the PEs, the buffer or the pending TLBIs */
};

/** MAX_MOVES - choices at once: each PE's step, each store, each TLBI. */
#define MAX_MOVES (MAX_PES + MAX_BUFFER + MAX_PENDING)

/**
 * vmsa_slice_make() - what concerns one address.
 * @slice: program, options, va and observer are set; reused from call to call
 *
 * Return: 0; -ENOMEM; -EFAULT.
 */
int vmsa_slice_make(struct slice *slice);

/** vmsa_program_saved() - contents of the table event @index freed, or NULL. */
const vmsa_desc *vmsa_program_saved(const struct vmsa_program *program,
				    size_t index);

/** vmsa_slice_value() - number of a value, new if need be. */
uint8_t vmsa_slice_value(struct slice *slice, struct value value);

/** vmsa_slice_initial() - what a location held before; -EFAULT. */
int vmsa_slice_initial(struct slice *slice, vmsa_pa at, struct value *out);

/** vmsa_slice_is_written() - whether an event writes @at, and what. */
bool vmsa_slice_is_written(const struct slice *slice,
			   const struct vmsa_event *event, vmsa_pa at,
			   vmsa_desc *out);

/** vmsa_slice_is_freed() - whether an event gives @at's table back. */
bool vmsa_slice_is_freed(const struct slice *slice,
			 const struct vmsa_event *event, vmsa_pa at);

/** vmsa_slice_steps() - make the steps, locations and groups known; -ENOMEM. */
int vmsa_slice_steps(struct slice *slice);

/** vmsa_slice_editors() - no PE but the observer, if it is one; its absence. */
void vmsa_slice_editors(struct slice *slice);

/** vmsa_slice_editor() - place of a PE, new if need be. */
uint8_t vmsa_slice_editor(struct slice *slice, uint16_t pe);

/** vmsa_slice_find_editor() - place of a PE; NO_PE if it has none. */
uint8_t vmsa_slice_find_editor(const struct slice *slice, uint16_t pe);

/** vmsa_slice_next() - the step that is next in the order recorded. */
static inline uint32_t vmsa_slice_next(const struct slice *slice,
				       const struct state *state)
{
	uint32_t next = (uint32_t)slice->nr_steps;

	for (unsigned i = 0; i < slice->nr_editors; i++) {
		if (state->pc[i] < next)
			next = state->pc[i];
	}
	return next;
}

/** vmsa_slice_ended() - whether all PEs have done all they do. */
static inline bool vmsa_slice_ended(const struct slice *slice,
				    const struct state *state)
{
	return vmsa_slice_next(slice, state) == slice->nr_steps;
}

/** vmsa_slice_reduces() - whether interleavings that are alike are left out. */
static inline bool vmsa_slice_reduces(const struct slice *slice)
{
	return slice->mixed && slice->nr_editors > 1;
}

/** vmsa_slice_spread() - add what was left out to what @seen has by point. */
void vmsa_slice_spread(const struct slice *slice, struct seen *seen);

/** vmsa_slice_point() - number of how far each PE has got. */
uint32_t vmsa_slice_point(const struct slice *slice, const struct state *state);

/**
 * vmsa_slice_progress() - how far each PE has got, in events.
 * @slice: the slice
 * @point: from vmsa_slice_point()
 * @out:   one for each of the slice's editors
 *
 * Return: the largest of them.
 */
size_t vmsa_slice_progress(const struct slice *slice, uint32_t point,
			   struct vmsa_progress out[MAX_PES]);

/** vmsa_slice_types() - which memory types are equal. */
void vmsa_slice_types(struct slice *slice);

/** vmsa_slice_effective() - memory type and permissions of a leaf. */
vmsa_desc vmsa_slice_effective(const struct slice *slice, vmsa_desc leaf,
			       vmsa_desc above);

/** vmsa_slice_table_attributes() - what a table takes away below it. */
vmsa_desc vmsa_slice_table_attributes(const struct slice *slice,
				      vmsa_desc desc);

/** vmsa_slice_tag() - fill kind, regime, ASID of the tag of an entry. */
void vmsa_slice_tag(const struct slice *slice, bool table, vmsa_desc desc,
		    struct vmsa_cached *tag);

/** vmsa_slice_removes() - must an entry be gone after a TLBI? */
bool vmsa_slice_removes(const struct slice *slice,
			const struct vmsa_invalidation *tlbi,
			const struct vmsa_cached *entry);

/** vmsa_slice_needs() - vmsa_bbm_needs() in the program's regime. */
unsigned vmsa_slice_needs(const struct slice *slice,
			  const struct vmsa_leaf_change *change);

/** vmsa_slice_groups() - the groups of a slice's locations; -EFAULT. */
int vmsa_slice_groups(struct slice *slice);

/** vmsa_slice_group_event() - an event takes place: do offers change? */
bool vmsa_slice_group_event(struct slice *slice, const struct vmsa_event *event,
			    unsigned completes);

/** vmsa_slice_group_update() - and its step, if any, has been added. */
void vmsa_slice_group_update(struct slice *slice);

/** vmsa_slice_group_leaving() - would a DSB of a PE take something away? */
bool vmsa_slice_group_leaving(const struct slice *slice, uint8_t pe);

/** vmsa_slice_start() - the first state. */
void vmsa_slice_start(struct slice *slice, struct state *state);

/** vmsa_slice_look() - let TLBs and walkers take what they can now. */
void vmsa_slice_look(struct slice *slice, struct state *state);

/** vmsa_slice_invalidate() - a TLBI acts. */
void vmsa_slice_invalidate(const struct slice *slice, struct state *state,
			   const struct step *step);

/** vmsa_slice_moves() - what may happen next; how many. */
unsigned vmsa_slice_moves(const struct slice *slice, const struct state *state,
			  struct move out[MAX_MOVES]);

/** vmsa_slice_apply() - do it, and let TLBs and walkers look. */
void vmsa_slice_apply(struct slice *slice, struct state *state,
		      struct move move);

/** vmsa_slice_mapping() - what memory says, nothing cached. */
void vmsa_slice_mapping(struct slice *slice, const struct state *state,
			struct mapping *out);

/** vmsa_slice_seen() - all that the slice's observer may meet. */
struct seen vmsa_slice_seen(const struct slice *slice,
			    const struct state *state);

/** vmsa_slice_judge() - the set of enum vmsa_invariant a state breaks. */
unsigned vmsa_slice_judge(const struct slice *slice, const struct state *state);

/** vmsa_slice_tell() - what is wrong with a state, for a story. */
void vmsa_slice_tell(const struct slice *slice, const struct state *state,
		     unsigned broken, FILE *out);

/** vmsa_slice_outcomes() - @seen as the public header has it; how many. */
size_t vmsa_slice_outcomes(const struct slice *slice, struct seen seen,
			   struct vmsa_outcome out[MAX_ENTRIES + 32]);

#endif /* VMSA_LIB_BBM_EXPLORE_H */
