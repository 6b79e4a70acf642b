/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_LITMUS_STATE_H
#define VMSA_LIB_BBM_LITMUS_STATE_H
/*
 * litmus_state.h - one state of a run, and what a run may do next
 *
 *     litmus_early.c   what accesses get, and may have got (S3, S7)
 *     litmus_tlb.c     what TLBs take in and lose (S4, S5)
 *     litmus_event.c   what events and buffers do (S1, S2, S6)
 *     litmus_run.c     what may happen next (S5), and what must
 *     litmus_search.c  every state, each once
 *
 * A TLB holds whatever it may hold: holding more never removes an outcome, so
 * fills are no choice and the sets below are the largest ones.
 */
#include "bbm/litmus.h"

/* Bounds of one run; reaching one is the verdict "bound hit". */
#define MAX_BUFFER  16   /**< stores and fences in one PE's buffer */
#define MAX_PENDING 6    /**< TLBIs of one PE that have not acted everywhere */
#define MAX_ENTRIES 128  /**< different translations in one test */
#define MAX_MOVES   1024 /**< choices at once */

/** FENCE - in a buffer: stores behind it stay behind it. */
#define FENCE 0xfe

/** struct set - translations, by their number. */
struct set {
	uint64_t word[MAX_ENTRIES / 64]; /**< a bit for each */
};

/** struct store - one in a buffer. */
struct store {
	uint8_t loc;    /**< location, or FENCE */
	uint32_t value; /**< what is stored */
};

/** struct pending - a TLBI between its issue and the DSB that waits for it. */
struct pending {
	uint8_t event;   /**< of the PE that issued it */
	uint8_t context; /**< that PE's, when it did: its ASID and VMID count */
	uint8_t waiting; /**< bit per PE it has not acted on yet */
};

/** struct pe - a PE at one moment; what is unused is zero. */
struct pe {
	uint8_t pc;                      /**< next event */
	uint8_t el;                      /**< exception level */
	uint8_t context, next_context;   /**< in force, and after the MSRs */
	uint8_t nr_buffer, nr_pending;   /**< of the two lists */
	struct store buffer[MAX_BUFFER]; /**< oldest first */
	struct pending pending[MAX_PENDING]; /**< in the order issued */
	uint32_t reg[MAX_REGS];         /**< values; VALUE_UNSET at first */
	struct set held;                /**< what the TLB may hold */
	struct set early[MAX_ACCESSES]; /**< what each access may have got */
};

/** struct state - one moment of a run; compared as bytes. */
struct state {
	uint32_t memory[MAX_LOCS]; /**< value of each location */
	struct pe pe[MAX_PES];     /**< each PE */
};

/** struct entry - one translation, or one fault, of one address. */
struct entry {
	struct vmsa_cached tag; /**< what a TLBI and a lookup match */
	bool is_fault;          /**< no TLB holds it */
	uint8_t index;          /**< number of the VA or IPA */
	uint8_t ipa;            /**< COMBINED: the IPA it went through */
	uint32_t out; /**< VALUE_OUT and flags, the next table, or the fault */
};

/** struct search - a test while it is searched. */
struct search {
	const struct test *test;                   /**< which */
	const struct vmsa_litmus_options *options; /**< the caller's */
	unsigned mistakes;               /**< set of enum vmsa_litmus_mistake */
	struct entry entry[MAX_ENTRIES]; /**< seen so far, by number */
	unsigned nr_entries;             /**< of @entry */
	const char *bound; /**< which bound was hit; NULL for none */
	FILE *log;         /**< where steps are told; NULL for nowhere */
	uint16_t future[MAX_PES][MAX_EVENTS]; /**< VAs a PE may access from an
						   event on; bits */
	uint16_t regs_read[MAX_PES]; /**< registers that matter; bits */
	bool shared_tag[MAX_PES][MAX_CONTEXTS]; /**< another context of the PE
						     has this one's tag and
						     other tables */
};

/** enum move_kind - what a run may do next. */
enum move_kind {
	MOVE_EVENT, /**< the PE's next event; access: with translation @which */
	MOVE_DRAIN, /**< store @which of the PE's buffer reaches memory */
	MOVE_TLBI,  /**< the PE's pending TLBI @which acts on PE @target */
};

/** struct move - one choice. */
struct move {
	enum move_kind kind; /**< what */
	uint8_t pe;          /**< whose */
	uint8_t which;       /**< entry, place in the buffer or among TLBIs */
	uint8_t target;      /**< TLBI: the PE it acts on */
};

/** set_has() - is translation number @i in a set? */
static inline bool set_has(const struct set *set, unsigned i)
{
	return set->word[i / 64] >> (i % 64) & 1;
}

/** set_add() - translation number @i is in a set from now on. */
static inline void set_add(struct set *set, unsigned i)
{
	set->word[i / 64] |= UINT64_C(1) << (i % 64);
}

/** set_remove() - translation number @i is in a set no longer. */
static inline void set_remove(struct set *set, unsigned i)
{
	set->word[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

/** set_join() - all of another set is in a set from now on. */
static inline void set_join(struct set *set, const struct set *other)
{
	for (unsigned i = 0; i < MAX_ENTRIES / 64; i++)
		set->word[i] |= other->word[i];
}

/** vmsa_litmus_event() - the event a PE does next. */
static inline const struct event *vmsa_litmus_event(const struct search *s,
						    const struct state *st,
						    unsigned pe)
{
	return &s->test->thread[pe].event[st->pe[pe].pc];
}

/** vmsa_litmus_is_done() - a PE has nothing left to do but to drain. */
static inline bool vmsa_litmus_is_done(const struct search *s,
				       const struct state *st, unsigned pe)
{
	return vmsa_litmus_event(s, st, pe)->kind == EV_STOP;
}

/**
 * vmsa_litmus_synchronises() - whether an event is context synchronisation.
 *
 * ISB is; so are exception entry and return, unless @s->options->eis0: without
 * FEAT_ExS they always are.
 */
bool vmsa_litmus_synchronises(const struct search *s, enum event_kind kind);

/**
 * vmsa_litmus_offer() - let all TLBs and walkers take what they can now (S4).
 * @s:       the search
 * @st:      the moment
 * @initial: it is the first one, when TLBs may be full of anything that the
 *           memory of then offered
 */
void vmsa_litmus_offer(struct search *s, struct state *st, bool initial);

/**
 * vmsa_litmus_invalidate() - a TLBI acts on one PE (S5).
 * @s:      the search
 * @st:     the moment
 * @issuer: the PE that did it
 * @tlbi:   which, with the context of when it was issued
 * @target: the PE whose TLB, and early translations, lose what it names
 */
void vmsa_litmus_invalidate(struct search *s, struct state *st, unsigned issuer,
			    struct pending tlbi, unsigned target);

/** vmsa_litmus_drop_faults() - early faults of a PE are too old now (S7). */
void vmsa_litmus_drop_faults(struct search *s, struct pe *pe);

/** vmsa_litmus_may_drain() - whether store @i of a buffer may leave it (S2). */
bool vmsa_litmus_may_drain(const struct search *s, const struct pe *p,
			   unsigned i);

/** vmsa_litmus_drain() - store @i of a PE's buffer reaches memory. */
void vmsa_litmus_drain(struct search *s, struct state *st, unsigned pe,
		       unsigned i);

/**
 * vmsa_litmus_do_event() - a PE does its next event, which is no access and
 * need not wait.
 */
void vmsa_litmus_do_event(struct search *s, struct state *st, unsigned pe);

/**
 * vmsa_litmus_do_access() - a PE does its next event, an access, with
 * translation or fault number @which of those it may have got.
 */
void vmsa_litmus_do_access(struct search *s, struct state *st, unsigned pe,
			   unsigned which);

/** vmsa_litmus_start() - the first state, after all that needs no choice. */
void vmsa_litmus_start(struct search *s, struct state *st);

/**
 * vmsa_litmus_moves() - what a run may do next.
 *
 * Return: how many of @moves were filled; 0 at the end of a run.
 */
unsigned vmsa_litmus_moves(struct search *s, const struct state *st,
			   struct move moves[MAX_MOVES]);

/**
 * vmsa_litmus_apply() - make a move of vmsa_litmus_moves(), and then do all
 * that needs no choice.
 */
void vmsa_litmus_apply(struct search *s, struct state *st, struct move move);

/** vmsa_litmus_holds() - whether a final state answers the question. */
bool vmsa_litmus_holds(const struct test *test, const struct state *st);

#endif /* VMSA_LIB_BBM_LITMUS_STATE_H */
