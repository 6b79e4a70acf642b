/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_CHECK_H
#define VMSA_LIB_BBM_CHECK_H
/*
 * check.h - inside the checker
 *
 *     check.c        events, barriers, operations
 *     check_end.c    the end of an operation
 *     check_store.c  what a store does to translations
 *     check_run.c    stores of several descriptors
 *     check_tree.c   compares the translations of two descriptors
 *     check_table.c  tables that are not, or no longer, linked
 *     check_loose.c  where those are kept, by address
 *     check_stale.c  what TLBs may hold although tables say otherwise
 *     check_set.c    where that is kept, by address
 *     check_tlbi.c   how that goes away
 *     check_use.c    which tables a PE walks, and which it has walked
 *     check_turn.c   a PE turns to other tables
 *     check_group.c  Contiguous groups, several address spaces
 *     check_words.c  names and reports
 *
 * A live table needs no record: what it says is in memory, and may be in any
 * TLB.  Records are kept by address, not by table, of translations that were
 * taken away and are not known to be gone.
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
	struct flushed *flushed; /**< in order; while LEFT */
	size_t nr_flushed, room_flushed;
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
	uint8_t type[8]; /**< by AttrIndx: the first that is equal */
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

struct vmsa_checker {
	struct vmsa_checker_config config;
	struct vmsa_checker_stats stats;
	uint64_t now;    /* events so far */
	uint32_t source; /* of the one at hand */
	uint16_t pe;     /* of the one at hand */
	unsigned bbm;    /* the level in force */
	int error;       /* the first that lost something */

	struct context **contexts;
	unsigned nr_contexts;
	struct pe_state *pes;
	unsigned nr_pes;

	struct stale_set **chunks; /* sets, CHUNK_SETS at a time */
	uint32_t nr_sets;          /* numbers given out */
	uint32_t *free_sets;       /* numbers to use again */
	uint32_t nr_free;
	uint32_t *live_sets; /* numbers in use */
	uint32_t nr_live;
	uint32_t room_sets; /* of the two lists */
	uint32_t *slots;    /* hash of sets by key: number + 1 */
	uint32_t nr_slots;

	struct loose *loose; /* hash by address, pa = NO_TABLE: empty */
	size_t nr_loose, room_loose;

	struct set_list pending; /* a TLBI reached some of theirs */
	struct set_list touched; /* by the operations under way */
	struct operation operations[MAX_OPERATIONS];
	unsigned nr_operations;
	struct unsettled *unsettled; /* by the operations under way */
	size_t nr_unsettled, room_unsettled;

	struct use *uses; /* by TTBR events */
	size_t nr_uses, room_uses;
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

/* check.c */
void vmsa_check_report(struct vmsa_checker *c, const struct context *x,
		       struct vmsa_check_finding *f);
int vmsa_check_read(struct vmsa_checker *c, const struct context *x, vmsa_pa at,
		    vmsa_desc *out);
void vmsa_check_lose(struct vmsa_checker *c, int error);

/* check_end.c */
void vmsa_check_end(struct vmsa_checker *c, const struct context *x,
		    const struct operation *op);

/* check_store.c: what a store does to translations */
void vmsa_check_store_one(struct vmsa_checker *c, struct context *x,
			  const struct vmsa_event *e);

/* check_run.c: stores of several descriptors */
void vmsa_check_store(struct vmsa_checker *c, struct context *x,
		      const struct vmsa_event *e);

/* check_tree.c: translations of descriptors */

/** struct clash - the first address where two descriptors clash. */
struct clash {
	unsigned needs; /**< set of enum vmsa_bbm_rule; 0: none */
	vmsa_va va;     /**< first address */
	vmsa_va last;   /**< last one */
	bool cached;    /**< the old one has its Access flag set */
};

/** vmsa_check_type() - vmsa_desc_type(), by the context's table. */
static inline enum vmsa_desc_type vmsa_check_type(const struct context *x,
						  int level, vmsa_desc desc)
{
	return (enum vmsa_desc_type)
		x->kind[VMSA_LEVEL_SLOT(level)][desc & VMSA_DESC_TYPE];
}

/** vmsa_check_is_leaf() - is it a block or a page? */
static inline bool vmsa_check_is_leaf(const struct context *x, int level,
				      vmsa_desc desc)
{
	const enum vmsa_desc_type type = vmsa_check_type(x, level, desc);

	return type == VMSA_DESC_TYPE_BLOCK || type == VMSA_DESC_TYPE_PAGE;
}

void vmsa_check_compare(struct vmsa_checker *c, const struct context *x,
			const struct entry *from, const struct entry *to,
			struct clash *out);
vmsa_desc vmsa_check_plain(const struct context *x, vmsa_desc leaf);
bool vmsa_check_alike(const struct context *x, vmsa_va va, struct vmsa_leaf a,
		      struct vmsa_leaf b);
vmsa_desc vmsa_check_widen(const struct context *x, vmsa_desc a, vmsa_desc b);
int vmsa_check_lookup(struct vmsa_checker *c, const struct context *x,
		      vmsa_va va, int level, struct entry *out);

/* check_loose.c: where they are kept */
struct loose *vmsa_check_loose(const struct vmsa_checker *c, vmsa_pa pa);
struct loose *vmsa_check_add_loose(struct vmsa_checker *c,
				   const struct loose *t);
void vmsa_check_drop_loose(struct vmsa_checker *c, struct loose *t);

/* check_table.c: unlinked tables */
void vmsa_check_alloc(struct vmsa_checker *c, struct context *x,
		      const struct vmsa_event *e);
void vmsa_check_free(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e);
void vmsa_check_fill(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e);
bool vmsa_check_write_loose(struct vmsa_checker *c, struct context *x,
			    const struct vmsa_event *e);
void vmsa_check_link(struct vmsa_checker *c, struct context *x,
		     const struct entry *entry);
void vmsa_check_unhook(struct vmsa_checker *c, struct context *x,
		       const struct entry *entry);

/* check_stale.c: records */
void vmsa_check_add_stale(struct vmsa_checker *c, struct context *x,
			  unsigned layer, const struct entry *old);
struct stale *vmsa_check_carve(struct vmsa_checker *c, struct stale_set *s,
			       unsigned first, unsigned last, uint32_t *at);

/* check_set.c: sets of records */
struct stale_set *vmsa_check_find_set(const struct vmsa_checker *c,
				      const struct context *x, unsigned layer,
				      vmsa_va va);
struct stale_set *vmsa_check_make_set(struct vmsa_checker *c, struct context *x,
				      unsigned layer, vmsa_va va);
void vmsa_check_drop_set(struct vmsa_checker *c, struct stale_set *s);
void vmsa_check_free_sets(struct vmsa_checker *c);
unsigned vmsa_check_index(const struct context *x, int level, vmsa_va va);
vmsa_va vmsa_check_set_va(const struct vmsa_checker *c,
			  const struct stale_set *s);
int vmsa_check_set_level(const struct stale_set *s);
bool vmsa_check_set_is_tables(const struct stale_set *s);
struct context *vmsa_check_set_context(const struct vmsa_checker *c,
				       const struct stale_set *s);
void vmsa_check_touch(struct vmsa_checker *c, struct stale_set *s);
void vmsa_check_list(struct vmsa_checker *c, struct set_list *list,
		     const struct stale_set *s);
struct stale_set *vmsa_check_listed(const struct vmsa_checker *c,
				    struct set_ref ref);

/** struct reach - sets of one layer and a range of addresses. */
struct reach {
	unsigned layer; /**< LEAVES() or TABLES() */
	vmsa_va first;  /**< first address */
	vmsa_va last;   /**< last one, inclusive */
};

/** vmsa_stale_fn - sees a set; drops none and adds none. */
typedef void (*vmsa_stale_fn)(void *arg, struct stale_set *s);
void vmsa_check_each_set(const struct vmsa_checker *c, const struct context *x,
			 const struct reach *reach, vmsa_stale_fn fn,
			 void *arg);

/* check_tlbi.c */
enum vmsa_check_why vmsa_check_why(const struct stale *r);
void vmsa_check_tlbi(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_tlbi *tlbi);
void vmsa_check_complete(struct vmsa_checker *c, unsigned completes);

/* check_use.c: tables in registers */
void vmsa_check_ttbr(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e);
const struct use *vmsa_check_used(const struct vmsa_checker *c,
				  const struct context *x);
enum use_state vmsa_check_use_state(const struct vmsa_checker *c,
				    const struct context *x);
void vmsa_check_use_synced(struct vmsa_checker *c);
void vmsa_check_use_tlbi(struct vmsa_checker *c, const struct context *through,
			 const struct vmsa_tlbi *tlbi);
void vmsa_check_use_complete(struct vmsa_checker *c, unsigned completes);
struct vmsa_cached vmsa_check_cached(const struct context *x,
				     const struct use *u, const struct entry *e,
				     bool table);
bool vmsa_check_is_flushed(const struct vmsa_checker *c, const struct use *u,
			   const struct vmsa_cached *entry);
void vmsa_check_free_uses(struct vmsa_checker *c);

/* check_turn.c: from tables to others */
bool vmsa_check_is_unused(const struct vmsa_checker *c,
			  const struct context *x);
void vmsa_check_store_unused(struct vmsa_checker *c, struct context *x,
			     const struct entry *old, const struct entry *new);
void vmsa_check_turn(struct vmsa_checker *c, struct context *x,
		     const struct use *new);
void vmsa_check_turned(struct vmsa_checker *c, const struct operation *op);

/* check_group.c */
void vmsa_check_group(struct vmsa_checker *c, struct context *x,
		      const struct entry *entry, bool replaces);
void vmsa_check_settle(struct vmsa_checker *c, const struct operation *op);
void vmsa_check_overlap(struct vmsa_checker *c, struct context *x,
			const struct entry *entry);

#endif /* VMSA_LIB_BBM_CHECK_H */
