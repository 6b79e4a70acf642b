/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_LITMUS_STATE_H
#define VMSA_LIB_BBM_LITMUS_STATE_H
/*
 * litmus_state.h - one state of a run, and what a run may do next
 *
 *     litmus_tlb.c     what TLBs and early translations may hold (S3 .. S5)
 *     litmus_event.c   what events and buffers do (S1, S2, S6)
 *     litmus_run.c     what may happen next (S5), and what must
 *     litmus_search.c  every state, each once
 *
 * A TLB holds whatever it may hold: holding more never removes an outcome, so
 * fills are no choice and the sets below are the largest ones.
 */
#include "bbm/litmus.h"

#define MAX_BUFFER  16
#define MAX_PENDING 6
#define MAX_ENTRIES 128 /* different translations in one test */
#define MAX_MOVES   1024

/** FENCE - in a buffer: stores behind it stay behind it. */
#define FENCE 0xfe

/* A set of translations, by their number. */
struct set {
	uint64_t word[MAX_ENTRIES / 64];
};

struct store {
	uint8_t loc; /* or FENCE */
	uint32_t value;
};

/* A TLBI between its issue and the DSB that waits for it. */
struct pending {
	uint8_t event;   /* of the PE that issued it */
	uint8_t context; /* that PE's, when it did */
	uint8_t waiting; /* bit per PE it has not acted on yet */
};

struct pe {
	uint8_t pc;                    /* next event */
	uint8_t el;                    /* exception level */
	uint8_t context, next_context; /* in force, and after the MSRs */
	uint8_t nr_buffer, nr_pending;
	struct store buffer[MAX_BUFFER]; /* oldest first */
	struct pending pending[MAX_PENDING];
	uint32_t reg[MAX_REGS];
	struct set held;                /* what the TLB may hold */
	struct set early[MAX_ACCESSES]; /* what each access may have got */
};

struct state {
	uint32_t memory[MAX_LOCS];
	struct pe pe[MAX_PES];
};

/* One translation, or one fault, of one address. */
struct entry {
	struct vmsa_cached tag;
	bool is_fault;
	uint8_t index; /* of the VA or IPA */
	uint8_t ipa;   /* COMBINED: the IPA it went through */
	uint32_t out;  /* VALUE_OUT and flags, the next table, or the fault */
};

struct search {
	const struct test *test;
	const struct vmsa_litmus_options *options;
	unsigned mistakes;
	struct entry entry[MAX_ENTRIES];
	unsigned nr_entries;
	const char *bound; /* which bound was hit; NULL for none */
	FILE *log;         /* where steps are told; NULL for nowhere */
	uint16_t future[MAX_PES][MAX_EVENTS]; /* VAs still to be accessed */
	uint16_t regs_read[MAX_PES];          /* registers that matter */
	bool shared_tag[MAX_PES][MAX_CONTEXTS];
};

/* What a run may do next. */
enum move_kind {
	MOVE_EVENT, /* the PE's next event; access: with translation @which */
	MOVE_DRAIN, /* store @which of the PE's buffer reaches memory */
	MOVE_TLBI,  /* the PE's pending TLBI @which acts on PE @target */
};

struct move {
	enum move_kind kind;
	uint8_t pe, which, target;
};

static inline bool set_has(const struct set *set, unsigned i)
{
	return set->word[i / 64] >> (i % 64) & 1;
}

static inline void set_add(struct set *set, unsigned i)
{
	set->word[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline void set_remove(struct set *set, unsigned i)
{
	set->word[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

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

/** vmsa_litmus_synchronises() - whether an event is context synchronisation. */
bool vmsa_litmus_synchronises(const struct search *s, enum event_kind kind);

/** vmsa_litmus_offer() - let all TLBs and walkers take what they can now. */
void vmsa_litmus_offer(struct search *s, struct state *st, bool initial);

/** vmsa_litmus_invalidate() - a TLBI of PE @issuer acts on PE @target. */
void vmsa_litmus_invalidate(struct search *s, struct state *st, unsigned issuer,
			    struct pending tlbi, unsigned target);

/** vmsa_litmus_drop_faults() - early faults of a PE are too old now. */
void vmsa_litmus_drop_faults(struct search *s, struct pe *pe);

/** vmsa_litmus_may_drain() - whether store @i of a buffer may leave it. */
bool vmsa_litmus_may_drain(const struct search *s, const struct pe *p,
			   unsigned i);

/** vmsa_litmus_drain() - store @i of a PE's buffer reaches memory. */
void vmsa_litmus_drain(struct search *s, struct state *st, unsigned pe,
		       unsigned i);

/** vmsa_litmus_do_event() - a PE's next event, if it is no access. */
void vmsa_litmus_do_event(struct search *s, struct state *st, unsigned pe);

/** vmsa_litmus_do_access() - its next access, with translation @which. */
void vmsa_litmus_do_access(struct search *s, struct state *st, unsigned pe,
			   unsigned which);

/** vmsa_litmus_start() - the first state. */
void vmsa_litmus_start(struct search *s, struct state *st);

/** vmsa_litmus_moves() - what a run may do next; how many. */
unsigned vmsa_litmus_moves(struct search *s, const struct state *st,
			   struct move moves[MAX_MOVES]);

/** vmsa_litmus_apply() - do it, and then all that needs no choice. */
void vmsa_litmus_apply(struct search *s, struct state *st, struct move move);

/** vmsa_litmus_holds() - whether a final state answers the question. */
bool vmsa_litmus_holds(const struct test *test, const struct state *st);

#endif /* VMSA_LIB_BBM_LITMUS_STATE_H */
