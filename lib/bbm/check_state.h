/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_CHECK_STATE_H
#define VMSA_LIB_BBM_CHECK_STATE_H
/*
 * check_state.h - what the checker keeps
 *
 * A live table needs no record: what it says is in memory, and may be in any
 * TLB.  Records are kept by address, not by table, of translations that were
 * taken away and are not known to be gone.
 *
 * Times are numbers of events, from 1; 0 is never.  What orders or completes
 * does so for events with a smaller number.
 */
#include "vmsa/bbm/check.h"

/* --- stale translations -------------------------------------------------- */

/** enum stale_state - how far a stale translation is on its way out. */
enum stale_state {
	STALE_HELD,     /**< may be in any TLB */
	STALE_GOING_S2, /**< stage 2: TLBI by IPA done, not complete */
	STALE_GONE_S2,  /**< stage 2: only combined entries may remain */
	STALE_GOING,    /**< last TLBI done, not complete */
	STALE_GONE,     /**< nothing may hold it: the record goes */
};

/** struct stale - a run of consecutive descriptors that were taken away. */
struct stale {
	vmsa_desc old;      /**< the first; each next one maps what follows */
	uint64_t stored;    /**< event that took the last of them away */
	uint64_t changed;   /**< last event that made it wrong */
	uint64_t tlbi;      /**< last TLBI that concerned it; 0 for none */
	uint64_t local;     /**< PEs with a local TLBI, complete; bits */
	uint64_t local_due; /**< PEs with a local TLBI, not complete */
	uint32_t source[2]; /**< of @stored and @tlbi */
	uint16_t index;     /**< of the first in its set */
	uint16_t count;     /**< how many */
	uint16_t pe;        /**< that stored */
	uint16_t tlbi_pe;   /**< that did @tlbi */
	uint8_t state;      /**< enum stale_state */
	uint8_t why;        /**< enum vmsa_check_why of @tlbi */
	uint8_t scope;      /**< enum vmsa_tlbi_scope of @tlbi */
	uint8_t reported;   /**< a conflict with it has been reported */
	uint8_t told;       /**< it has been reported at an operation's end */
	uint8_t rounds;     /**< broadcast TLBIs complete, of those needed */
	uint8_t second;     /**< stage 2: the TLBI by IPA is behind it */
};

/** LEAVES() - the layer of a level's leaves. */
#define LEAVES(level) ((unsigned)VMSA_LEVEL_SLOT(level))

/** TABLES() - the layer of a level's tables, held by walk caches. */
#define TABLES(level) ((unsigned)VMSA_LEVEL_SLOT(level) + VMSA_LEVELS)

/** NR_LAYERS - leaves and tables of each level. */
#define NR_LAYERS (2 * VMSA_LEVELS)

/** SET_FEW - records a set holds without memory of its own. */
#define SET_FEW 2

/** struct stale_set - stale translations a whole table's reach of addresses. */
struct stale_set {
	uint64_t key;       /**< see set_key() */
	uint64_t touched;   /**< event that listed it for the operation */
	uint32_t gen;       /**< differs each time the slot is used again */
	uint32_t live;      /**< its place in the list of live sets */
	uint32_t n, room;   /**< records, and how many fit */
	bool pending;       /**< is in the list of the next DSB */
	struct stale *more; /**< records if they are more than a few */
	struct stale few[SET_FEW]; /**< else */
};

/** stale_of() - the records of a set, by ascending index. */
static inline struct stale *stale_of(struct stale_set *s)
{
	return s->room > SET_FEW ? s->more : s->few;
}

/** struct set_ref - a set that may have been given up since. */
struct set_ref {
	uint32_t set; /**< its number */
	uint32_t gen; /**< its generation */
};

/** struct set_list - sets to come back to. */
struct set_list {
	struct set_ref *ref; /**< the sets */
	size_t n, room;      /**< how many, and how many fit */
};

/* --- unlinked tables ----------------------------------------------------- */

/** struct loose - a table that no live table points to. */
struct loose {
	vmsa_pa pa;        /**< its address */
	uint64_t written;  /**< last event that wrote to it, or unlinked it */
	vmsa_va va;        /**< UNHOOKED: first address it translated */
	uint32_t source;   /**< of @written */
	uint16_t pe;       /**< of @written */
	uint16_t tables;   /**< whose it is */
	int8_t level;      /**< its level */
	uint8_t unhooked;  /**< it was linked before */
	uint16_t children; /**< tables linked in it, while it is fresh */
};

/* --- tables that PEs walk ------------------------------------------------ */

/** enum use_state - what a PE has to do with a tree of tables. */
enum use_state {
	USE_GONE,    /**< it does not walk them, its TLB has nothing of them */
	USE_LEFT,    /**< it does not walk them any more */
	USE_LEAVING, /**< until its next ISB it may walk them */
	USE_WALKED,  /**< they are in its TTBR */
};

/** struct flushed - a TLBI that counts for what a PE has left behind. */
struct flushed {
	struct vmsa_invalidation inv; /**< the operation */
	uint64_t event;               /**< when it was done */
	uint64_t complete;            /**< when a DSB completed it; 0: not */
	uint16_t pe;                  /**< that did it */
	uint8_t scope;                /**< enum vmsa_tlbi_scope */
};

/** struct use - a tree of tables, a PE, and an ASID it walked them under. */
struct use {
	struct flushed *flushed;         /**< in order; while LEFT */
	size_t nr_flushed, room_flushed; /**< of @flushed */
	uint64_t since;     /**< event that took or replaced them */
	uint64_t tlbi;      /**< last TLBI after that; 0 for none */
	uint32_t source[2]; /**< of @since and @tlbi */
	uint32_t asid;      /**< or VMSA_CHECK_ANY_ASID */
	uint16_t tables;    /**< which */
	uint16_t pe;        /**< whose TTBR */
	uint16_t tlbi_pe;   /**< that did @tlbi */
	uint8_t state;      /**< enum use_state */
	uint8_t why;        /**< enum vmsa_check_why of @tlbi */
	bool cnp;           /**< with CnP = 1 */
	bool told;          /**< what is held of it has been reported */
};

/* --- the checker --------------------------------------------------------- */

/** struct context - a tree of tables under check. */
struct context {
	struct vmsa_check_tables t;   /**< as the caller described it */
	struct vmsa_checker *checker; /**< for observers */
	struct vmsa_space *space;     /**< what is watched, or NULL */
	uint32_t sets[NR_LAYERS];     /**< live sets by layer */
	uint16_t id;                  /**< its number */
	bool contiguous;              /**< a leaf with that bit has been seen */
	struct vmsa_check_ref written; /**< last store while nobody walked it;
					    no event: none since */
	struct vmsa_check_ref tlbi; /**< last TLBI through it while anything was
				       held; no event: none */
	uint8_t type[8];            /**< by AttrIndx: the first that is equal */
	uint8_t kind[VMSA_LEVELS][4]; /**< enum vmsa_desc_type, by level slot
					   and bits 1:0 */
};

/** struct pe_state - what the barriers of one PE have reached. */
struct pe_state {
	uint64_t visible;     /**< stores before are visible to all */
	uint64_t visible_own; /**< to its own walker */
	uint64_t ordered;     /**< stores before come before later ones */
	uint64_t made;        /**< last store that made a translation */
	vmsa_va made_va;      /**< the first address it translates */
	uint64_t changed;     /**< DSB after which an ISB is needed */
	uint64_t synced;      /**< last ISB */
	uint64_t turned;      /**< last write of a TTBR */
};

/** struct operation - one that has begun and not ended. */
struct operation {
	const char *name; /**< its name */
	uint64_t begun;   /**< event */
	size_t touched;   /**< sets listed before */
	size_t unsettled; /**< groups listed before */
	uint16_t pe;      /**< who does it */
	unsigned flags;   /**< of struct vmsa_check_operation */
};

/** struct unsettled - a Contiguous group whose members disagree for now. */
struct unsettled {
	const struct context *x; /**< whose */
	vmsa_va va;              /**< its first address */
	vmsa_pa at;              /**< its first descriptor */
	int8_t level;            /**< its level */
};

/** MAX_OPERATIONS - nested operations that are kept apart. */
#define MAX_OPERATIONS 16

/** struct vmsa_checker - all of a checker. */
struct vmsa_checker {
	struct vmsa_checker_config config; /**< as the caller gave it */
	struct vmsa_checker_stats stats;   /**< counted as it goes; events and
					        bytes only when asked for */
	uint64_t now;    /**< events so far; every other uint64_t is one */
	uint32_t source; /**< of the event at hand */
	uint16_t pe;     /**< of the event at hand */
	unsigned bbm;    /**< the level in force: that of the PEs, or of the
			      one that is alone */
	int error;       /**< the first that lost something; 0 for none */

	struct context **contexts; /**< trees of tables, by id */
	unsigned nr_contexts;      /**< of these */
	struct pe_state *pes;      /**< by PE */
	unsigned nr_pes;           /**< of these; all met so far are below */

	struct stale_set **chunks; /**< sets, CHUNK_SETS at a time, so that
				        they never move */
	uint32_t nr_sets;          /**< numbers given out */
	uint32_t *free_sets;       /**< numbers to use again */
	uint32_t nr_free;          /**< of these */
	uint32_t *live_sets;       /**< numbers in use */
	uint32_t nr_live;          /**< of these; 0: no TLB holds anything that
				        the tables do not have */
	uint32_t room_sets;        /**< of the two lists */
	uint32_t *slots;           /**< hash of sets by key: number + 1 */
	uint32_t nr_slots;         /**< of these; a power of two, or 0 */

	struct loose *loose;         /**< hash by address; pa all ones: empty */
	size_t nr_loose, room_loose; /**< of these */

	struct set_list pending; /**< a TLBI reached some of theirs */
	struct set_list touched; /**< by the operations under way */
	struct operation operations[MAX_OPERATIONS]; /**< oldest first */
	unsigned nr_operations;                      /**< of these */
	struct unsettled *unsettled;         /**< by the operations under way */
	size_t nr_unsettled, room_unsettled; /**< of these */

	struct use *uses;          /**< by TTBR events */
	size_t nr_uses, room_uses; /**< of these; 0: no TTBR event has come */
};

/** CHUNK_SETS - sets allocated at a time. */
#define CHUNK_SETS 256u

/** check_set() - a set by number. */
static inline struct stale_set *check_set(const struct vmsa_checker *c,
					  uint32_t number)
{
	return &c->chunks[number / CHUNK_SETS][number % CHUNK_SETS];
}

/** vmsa_check_repeat() - broadcast TLBIs that make sure of one. */
static inline unsigned vmsa_check_repeat(const struct vmsa_checker *c)
{
	return c->config.tlbi_repeat ? c->config.tlbi_repeat : 1;
}

/** check_pe() - the state of the PE of the event at hand. */
static inline struct pe_state *check_pe(const struct vmsa_checker *c)
{
	return &c->pes[c->pe];
}

/** struct entry - a descriptor, where it is and what it translates. */
struct entry {
	vmsa_desc desc; /**< the first of a run */
	vmsa_va va;     /**< first address */
	vmsa_pa at;     /**< where it is stored */
	int8_t level;   /**< its level */
	unsigned count; /**< consecutive ones, each span further on */
};

#endif /* VMSA_LIB_BBM_CHECK_STATE_H */
