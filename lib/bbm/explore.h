/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_EXPLORE_H
#define VMSA_LIB_BBM_EXPLORE_H
/*
 * explore.h - the runs of one slice
 *
 *     explore_walk.c   what walkers find and TLBs hold in one state
 *     explore_run.c    what may happen next
 *     explore_judge.c  which invariants a state breaks
 *     explore_states.c the states seen, each once
 *     explore_story.c  the shortest bad run, told
 *     explore.c        every state of every slice
 */
#include "bbm/explore_slice.h"

/* --- a run --------------------------------------------------------------- */

/** struct store - one in a buffer. */
struct store {
	uint8_t loc, value; /**< where, or FENCE, and what */
	uint8_t pe;         /**< place of the PE that did it */
};

/**
 * struct state - one moment of a run.
 *
 * States are compared as bytes: whatever is unused is zero, and of several
 * orders that make no difference one is taken.
 */
struct state {
	uint32_t pc[MAX_PES];            /**< each PE's next step */
	uint8_t nr_buffer, nr_pending;   /**< of the two lists */
	uint8_t padding[6];              /**< zero */
	struct store buffer[MAX_BUFFER]; /**< by PE, oldest first */
	uint32_t pending[MAX_PENDING];   /**< steps, ascending */
	uint8_t memory[MAX_LOCS];        /**< value of each location */
	uint64_t held; /**< entries the observer's TLB may hold; bits */
	uint64_t own;  /**< of them, read at the address's own descriptors */
	uint64_t late; /**< of these, global, taken in over a non-global one */
	struct seen early; /**< SELF: since its last context synchronisation */
	struct seen now;   /**< by an access that starts now */
};

/** enum move_kind - one choice. */
enum move_kind {
	MOVE_STEP,  /**< a PE's next step */
	MOVE_DRAIN, /**< a buffered store reaches memory */
	MOVE_TLBI,  /**< a pending TLBI acts on the observer */
};

/** struct move - what a run does next. */
struct move {
	enum move_kind kind; /**< what */
	unsigned which;      /**< place of the PE, or index in the buffer or
				  among the pending TLBIs */
};

/** MAX_MOVES - choices at once: each PE's step, each store, each TLBI. */
#define MAX_MOVES (MAX_PES + MAX_BUFFER + MAX_PENDING)

/* --- points -------------------------------------------------------------- */

/**
 * vmsa_slice_next() - the step that is next in the order recorded.
 *
 * Return: its number; the number of steps after the last one.
 */
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

/**
 * vmsa_slice_spread() - add what the reduction left out.
 * @slice: whose
 * @seen:  by point; a point before another PE's barrier gets what was only
 *         looked for after it
 */
void vmsa_slice_spread(const struct slice *slice, struct seen *seen);

/**
 * vmsa_slice_point() - how far all PEs have got, as one number.
 *
 * As recorded it is the step that is next; in any order it has one digit a PE,
 * of base @count + 1.
 *
 * Return: below @slice->nr_points.
 */
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

/* --- explore_walk.c: walkers and TLBs ------------------------------------ */

/** vmsa_slice_start() - the first state; nobody has looked yet. */
void vmsa_slice_start(struct slice *slice, struct state *state);

/**
 * vmsa_slice_look() - let TLBs and walkers take what they can now.
 *
 * A TLB takes in all it may, as holding more never removes an outcome.
 */
void vmsa_slice_look(struct slice *slice, struct state *state);

/**
 * vmsa_slice_invalidate() - a TLBI acts on the observer: on its TLB, and on
 * what it translated early unless it issued the TLBI itself (T5).
 */
void vmsa_slice_invalidate(const struct slice *slice, struct state *state,
			   const struct step *step);

/* --- explore_run.c: what may happen next --------------------------------- */

/**
 * vmsa_slice_moves() - what may happen next.
 *
 * Return: how many of @out were filled; 0 at the end of a run, where all PEs
 *	are done and nothing waits.
 */
unsigned vmsa_slice_moves(const struct slice *slice, const struct state *state,
			  struct move out[MAX_MOVES]);

/**
 * vmsa_slice_apply() - make a move of vmsa_slice_moves(), and let TLBs and
 * walkers look.
 */
void vmsa_slice_apply(struct slice *slice, struct state *state,
		      struct move move);

/**
 * vmsa_slice_mapping() - what memory says of the address, nothing cached;
 * buffered stores and other members of Contiguous groups do not count.
 */
void vmsa_slice_mapping(struct slice *slice, const struct state *state,
			struct mapping *out);

/**
 * vmsa_slice_seen() - all that the observer may meet: another PE by an access
 * of now, SELF by any since its last context synchronisation.
 */
struct seen vmsa_slice_seen(const struct slice *slice,
			    const struct state *state);

/* --- explore_judge.c: verdicts and words --------------------------------- */

/** vmsa_slice_judge() - the set of enum vmsa_invariant a state breaks. */
unsigned vmsa_slice_judge(const struct slice *slice, const struct state *state);

/**
 * vmsa_slice_tell() - what is wrong with a state, for a story.
 * @slice:  whose
 * @state:  the last one of the run
 * @broken: from vmsa_slice_judge()
 * @out:    a stream of the caller's
 */
void vmsa_slice_tell(const struct slice *slice, const struct state *state,
		     unsigned broken, FILE *out);

/**
 * vmsa_slice_outcomes() - @seen as the public header has it.
 * @slice: for its entries
 * @seen:  what was seen at a point
 * @out:   entries that an access cannot tell apart are one outcome
 *
 * Return: how many.
 */
size_t vmsa_slice_outcomes(const struct slice *slice, struct seen seen,
			   struct vmsa_outcome out[MAX_ENTRIES + 32]);

/* --- explore_states.c, explore_story.c ----------------------------------- */

/** NO_NODE - no node. */
#define NO_NODE UINT32_MAX

/** struct node - a state that was seen, and how it was reached. */
struct node {
	struct state state; /**< the state */
	uint32_t parent;    /**< the node before; NO_NODE of the first one */
	uint32_t depth;     /**< moves from the first one; none needs fewer */
};

/** struct states - the states seen, each once, in the order found. */
struct states {
	struct node *node; /**< by number */
	uint32_t nr, room; /**< of @node */
	uint32_t *slot;    /**< hash of numbers; NO_NODE where empty */
	uint32_t slots;    /**< of @slot; a power of two, or 0 */
};

/**
 * vmsa_states_add() - a state has been reached.
 * @states: those seen so far
 * @st:     the state
 * @parent: the node it was reached from; NO_NODE for the first one
 *
 * Return: 1 if it is new and the last node now; 0 if it is known; -ENOMEM.
 */
int vmsa_states_add(struct states *states, const struct state *st,
		    uint32_t parent);

/** vmsa_states_empty() - none has been seen; their memory is kept. */
void vmsa_states_empty(struct states *states);

/** vmsa_states_free() - what vmsa_states_add() allocated. */
void vmsa_states_free(struct states *states);

/**
 * vmsa_explore_story() - tell the run to a node, and what is wrong there.
 * @slice:  as it was while @states were found
 * @states: which
 * @last:   number of the node
 * @out:    a stream of the caller's
 *
 * Return: 0; -ENOMEM; -EIO, if @out failed.
 */
int vmsa_explore_story(struct slice *slice, const struct states *states,
		       uint32_t last, FILE *out);

#endif /* VMSA_LIB_BBM_EXPLORE_H */
