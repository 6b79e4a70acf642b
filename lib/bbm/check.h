/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_CHECK_H
#define VMSA_LIB_BBM_CHECK_H
/*
 * check.h - what the files of the checker do for each other
 *
 *     check_state.h  what it keeps
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
 */
#include "bbm/check_state.h"

/* --- check.c: what all files need ---------------------------------------- */

/**
 * vmsa_check_report() - tell the caller, and count.
 * @c: the checker
 * @x: whose tables; NULL if it is of none
 * @f: filled but for @tables, @here and @operation, which are set here
 */
void vmsa_check_report(struct vmsa_checker *c, const struct context *x,
		       struct vmsa_check_finding *f);

/**
 * vmsa_check_read() - a descriptor as it is in memory.
 *
 * Return: 0; else it could not be read, which vmsa_checker_finish() will tell.
 */
int vmsa_check_read(struct vmsa_checker *c, const struct context *x, vmsa_pa at,
		    vmsa_desc *out);

/**
 * vmsa_check_lose() - something was lost to @error, a negative errno; the
 * first one stays.  The checker goes on with what it has.
 */
void vmsa_check_lose(struct vmsa_checker *c, int error);

/* --- check_end.c --------------------------------------------------------- */

/**
 * vmsa_check_end() - is all well at the end of an operation?
 * @c:  the checker
 * @x:  the tables its end was told through
 * @op: the operation; old translations have to be gone, new ones visible, and
 *      the PE to have synchronised its context (T5, T6)
 */
void vmsa_check_end(struct vmsa_checker *c, const struct context *x,
		    const struct operation *op);

/* --- check_store.c, check_run.c: what stores do to translations ---------- */

/**
 * vmsa_check_store_one() - a store of one descriptor, or of a run of which
 * the first stands for all; vmsa_check_store() knows which do.
 */
void vmsa_check_store_one(struct vmsa_checker *c, struct context *x,
			  const struct vmsa_event *e);

/** vmsa_check_parts_a_group() - is a store's run only part of a group? */
bool vmsa_check_parts_a_group(const struct context *x,
			      const struct vmsa_event *e);

/** vmsa_check_store() - a store of any number of descriptors. */
void vmsa_check_store(struct vmsa_checker *c, struct context *x,
		      const struct vmsa_event *e);

/* --- check_tree.c: translations of descriptors --------------------------- */

/** struct clash - the first addresses where two descriptors clash. */
struct clash {
	unsigned needs; /**< set of enum vmsa_bbm_rule; 0: none */
	vmsa_va va;     /**< first address */
	vmsa_va last;   /**< last one of these, without a gap */
	bool cached;    /**< the old one has its Access flag set */
};

/** vmsa_check_type() - vmsa_desc_type(), by the context's table. */
static inline enum vmsa_desc_type vmsa_check_type(const struct context *x,
						  int level, vmsa_desc desc)
{
	return (enum vmsa_desc_type)
		x->kind[VMSA_LEVEL_SLOT(level)][desc & VMSA_DESC_TYPE];
}

/** vmsa_check_is_leaf() - is it a block or a page there? */
static inline bool vmsa_check_is_leaf(const struct context *x, int level,
				      vmsa_desc desc)
{
	const enum vmsa_desc_type type = vmsa_check_type(x, level, desc);

	return type == VMSA_DESC_TYPE_BLOCK || type == VMSA_DESC_TYPE_PAGE;
}

/**
 * vmsa_check_compare() - do the translations of two descriptors clash?
 * @c:    the checker
 * @x:    whose tables; memory is read below table descriptors
 * @from: what a TLB may hold
 * @to:   what the tables say now, of addresses that @from has too
 * @out:  zero, or of other pairs already, by ascending address: needs are
 *        joined, the first address stays, the last follows while there is no
 *        gap
 */
void vmsa_check_compare(struct vmsa_checker *c, const struct context *x,
			const struct entry *from, const struct entry *to,
			struct clash *out);

/**
 * vmsa_check_plain() - a leaf with the lowest AttrIndx of its memory type, so
 * that MAIR need not be looked at again.
 */
vmsa_desc vmsa_check_plain(const struct context *x, vmsa_desc leaf);

/**
 * vmsa_check_alike() - would an access to @va notice which of two leaves it
 * got?  Access flag, DBM and software bits it does not.
 */
bool vmsa_check_alike(const struct context *x, vmsa_va va, struct vmsa_leaf a,
		      struct vmsa_leaf b);

/**
 * vmsa_check_widen() - one leaf for two that are stale in one place.
 *
 * Return: @b with every permission that one of the two grants, and the Access
 *	flag of either: what clashes with one of them clashes with that.
 */
vmsa_desc vmsa_check_widen(const struct context *x, vmsa_desc a, vmsa_desc b);

/**
 * vmsa_check_lookup() - walk memory.
 * @c:     the checker
 * @x:     whose tables
 * @va:    an address they translate
 * @level: where to stop at the latest
 * @out:   the last descriptor read: a leaf, a hole, or one of @level
 *
 * Return: 0; -1 if memory could not be read, as vmsa_check_read().
 */
int vmsa_check_lookup(struct vmsa_checker *c, const struct context *x,
		      vmsa_va va, int level, struct entry *out);

/* --- check_loose.c: tables that are not linked, by address --------------- */

/**
 * vmsa_check_loose() - the record of the table at @pa, or NULL: it is linked,
 * or no table.
 */
struct loose *vmsa_check_loose(const struct vmsa_checker *c, vmsa_pa pa);

/**
 * vmsa_check_add_loose() - keep a record, in place of an older one; NULL when
 * memory is out.  Moves the others.
 */
struct loose *vmsa_check_add_loose(struct vmsa_checker *c,
				   const struct loose *t);

/** vmsa_check_drop_loose() - forget a record.  Moves the others. */
void vmsa_check_drop_loose(struct vmsa_checker *c, struct loose *t);

/* --- check_table.c: what becomes of them --------------------------------- */

/** vmsa_check_alloc() - a frame becomes a table, and is zero. */
void vmsa_check_alloc(struct vmsa_checker *c, struct context *x,
		      const struct vmsa_event *e);

/** vmsa_check_free() - a table is given back: nothing may lead to it (T9). */
void vmsa_check_free(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e);

/** vmsa_check_fill() - a table that is not linked gets its contents. */
void vmsa_check_fill(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e);

/**
 * vmsa_check_write_loose() - a store, if it is to a loose table; false if it
 * is not, and so a matter of translations.
 */
bool vmsa_check_write_loose(struct vmsa_checker *c, struct context *x,
			    const struct vmsa_event *e);

/**
 * vmsa_check_link() - @entry leads to a table from now on, and to all that is
 * below it: its contents have to be visible (T1, R_SPVBD).
 */
void vmsa_check_link(struct vmsa_checker *c, struct context *x,
		     const struct entry *entry);

/**
 * vmsa_check_unhook() - @entry leads to its table no longer, but walk caches
 * may: all that it translated is stale.
 */
void vmsa_check_unhook(struct vmsa_checker *c, struct context *x,
		       const struct entry *entry);

/* --- check_stale.c: records of what TLBs may hold ------------------------ */

/**
 * vmsa_check_add_stale() - what was in the tables is so no longer.
 * @c:     the checker
 * @x:     whose tables
 * @layer: LEAVES() or TABLES() of @old's level
 * @old:   what it was, one descriptor or a run
 */
void vmsa_check_add_stale(struct vmsa_checker *c, struct context *x,
			  unsigned layer, const struct entry *old);

/**
 * vmsa_check_carve() - a part of a record as a record of its own.
 * @c:     the checker
 * @s:     the set
 * @first: first slot
 * @last:  last one, inclusive
 * @at:    which record of the set; moves on to the part
 *
 * Return: the part; NULL when memory is out, the records as they were or cut.
 */
struct stale *vmsa_check_carve(struct vmsa_checker *c, struct stale_set *s,
			       unsigned first, unsigned last, uint32_t *at);

/* --- check_set.c: sets of records, by address ---------------------------- */

/**
 * vmsa_check_find_set() - the set of a layer that @va is in; NULL: nothing
 * stale is there.
 */
struct stale_set *vmsa_check_find_set(const struct vmsa_checker *c,
				      const struct context *x, unsigned layer,
				      vmsa_va va);

/** vmsa_check_make_set() - a set where there is none; NULL: no memory. */
struct stale_set *vmsa_check_make_set(struct vmsa_checker *c, struct context *x,
				      unsigned layer, vmsa_va va);

/** vmsa_check_drop_set() - give up a set; its number will be used again. */
void vmsa_check_drop_set(struct vmsa_checker *c, struct stale_set *s);

/** vmsa_check_free_sets() - all memory of sets, at a checker's end. */
void vmsa_check_free_sets(struct vmsa_checker *c);

/** vmsa_check_index() - which entry of its table at @level translates @va. */
unsigned vmsa_check_index(const struct context *x, int level, vmsa_va va);

/** vmsa_check_set_va() - the first address of a set, bits 63:56 as bit 55. */
vmsa_va vmsa_check_set_va(const struct vmsa_checker *c,
			  const struct stale_set *s);

/** vmsa_check_set_level() - the level of a set's descriptors. */
int vmsa_check_set_level(const struct stale_set *s);

/**
 * vmsa_check_set_is_tables() - are these table descriptors, that only walk
 * caches hold?
 */
bool vmsa_check_set_is_tables(const struct stale_set *s);

/** vmsa_check_set_context() - whose tables they were in. */
struct context *vmsa_check_set_context(const struct vmsa_checker *c,
				       const struct stale_set *s);

/**
 * vmsa_check_touch() - list a set for the end of the operation under way, once
 * for each.
 */
void vmsa_check_touch(struct vmsa_checker *c, struct stale_set *s);

/** vmsa_check_list() - put a set at the end of a list. */
void vmsa_check_list(struct vmsa_checker *c, struct set_list *list,
		     const struct stale_set *s);

/** vmsa_check_listed() - the set of a list; NULL: given up since. */
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

/** vmsa_check_each_set() - show @fn all sets of @x's in reach, in no order. */
void vmsa_check_each_set(const struct vmsa_checker *c, const struct context *x,
			 const struct reach *reach, vmsa_stale_fn fn,
			 void *arg);

/* --- check_tlbi.c: how records go ---------------------------------------- */

/**
 * vmsa_check_blame() - why a record is still there.
 * @x: whose it is
 * @r: the record
 * @f: gets its cause, tlbi and why
 */
void vmsa_check_blame(const struct context *x, const struct stale *r,
		      struct vmsa_check_finding *f);

/**
 * vmsa_check_tlbi() - a TLBI through @x's tables, whose VMID is current: what
 * it does to the records of all tables (T3).
 */
void vmsa_check_tlbi(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_tlbi *tlbi);

/**
 * vmsa_check_complete() - a barrier of the PE at hand: TLBIs it waited for are
 * complete (T4).  @completes is a set of enum vmsa_completion.
 */
void vmsa_check_complete(struct vmsa_checker *c, unsigned completes);

/* --- check_use.c: tables in registers ------------------------------------ */

/** vmsa_check_ttbr() - the PE at hand writes @x's root to its TTBR. */
void vmsa_check_ttbr(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e);

/**
 * vmsa_check_used() - who uses tables most, of those that TTBR events told of;
 * NULL: they told of nobody.
 */
const struct use *vmsa_check_used(const struct vmsa_checker *c,
				  const struct context *x);

/**
 * vmsa_check_use_state() - how far any PE has to do with tables; one that no
 * TTBR event told of walks all that are not idle.
 */
enum use_state vmsa_check_use_state(const struct vmsa_checker *c,
				    const struct context *x);

/**
 * vmsa_check_use_synced() - an ISB of the PE at hand: what was leaving is
 * left.
 */
void vmsa_check_use_synced(struct vmsa_checker *c);

/**
 * vmsa_check_use_tlbi() - vmsa_check_tlbi() for what PEs have of tables that
 * they left.
 */
void vmsa_check_use_tlbi(struct vmsa_checker *c, const struct context *through,
			 const struct vmsa_tlbi *tlbi);

/** vmsa_check_use_complete() - vmsa_check_complete() for the same. */
void vmsa_check_use_complete(struct vmsa_checker *c, unsigned completes);

/**
 * vmsa_check_cached() - the tag of the entry a PE may have made.
 * @x:     whose tables
 * @u:     the PE, and the ASID of then
 * @e:     the descriptor
 * @table: it is of a table, which is never global (R_CHVGJ)
 */
struct vmsa_cached vmsa_check_cached(const struct context *x,
				     const struct use *u, const struct entry *e,
				     bool table);

/**
 * vmsa_check_is_flushed() - have complete TLBIs removed an entry from the TLB
 * of a PE, as often as these PEs need it?
 */
bool vmsa_check_is_flushed(const struct vmsa_checker *c, const struct use *u,
			   const struct vmsa_cached *entry);

/** vmsa_check_free_uses() - all memory of uses, at a checker's end. */
void vmsa_check_free_uses(struct vmsa_checker *c);

/* --- check_turn.c: from tables to others --------------------------------- */

/**
 * vmsa_check_is_unused() - tables that were told to be idle, and that no TTBR
 * event has been about since, or that are gone from every TLB.
 */
bool vmsa_check_is_unused(const struct vmsa_checker *c,
			  const struct context *x);

/**
 * vmsa_check_store_unused() - a store to tables of that kind: no translation
 * changes, but tables are linked and unhooked.
 */
void vmsa_check_store_unused(struct vmsa_checker *c, struct context *x,
			     const struct entry *old, const struct entry *new);

/**
 * vmsa_check_turn() - a PE turned to @x's tables: does its TLB, or with CnP
 * that of another, hold what they disagree with?
 */
void vmsa_check_turn(struct vmsa_checker *c, struct context *x,
		     const struct use *new);

/**
 * vmsa_check_turned() - the end of an operation that turned a PE: its TLB must
 * be rid of all that the new tables say otherwise.
 */
void vmsa_check_turned(struct vmsa_checker *c, const struct operation *op);

/* --- check_group.c: leaves that must agree with others ------------------- */

/**
 * vmsa_check_group() - leaves of a Contiguous group (R_JQQTC, R_QTRPM).
 * @c:        the checker
 * @x:        whose tables
 * @entry:    what was stored, one descriptor or a run
 * @replaces: a leaf was there, perhaps of a group nobody told of
 */
void vmsa_check_group(struct vmsa_checker *c, struct context *x,
		      const struct entry *entry, bool replaces);

/**
 * vmsa_check_settle() - the end of an operation: groups that it left with
 * members that disagree.
 */
void vmsa_check_settle(struct vmsa_checker *c, const struct operation *op);

/**
 * vmsa_check_overlap() - a leaf was made: does another address space of the
 * same VMID have a global one there, or a non-global one if this is global?
 * (R_WHZWS)
 */
void vmsa_check_overlap(struct vmsa_checker *c, struct context *x,
			const struct entry *entry);

#endif /* VMSA_LIB_BBM_CHECK_H */
