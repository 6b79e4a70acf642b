/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_LOG_SEXP_H
#define VMSA_LIB_BBM_LOG_SEXP_H
/*
 * log_sexp.h - traces of casemate, rems-project's checker for pKVM
 *
 *     log_fields.c  records: cut into fields
 *     log_sexp.c    and turned into items
 *     log_trees.c   what they say of trees of tables, their locks and ids
 *
 * A trace tells of writes to memory by address alone; levels and VAs come from
 * the trees that begin at the roots that were loaded.
 *
 * Source   doc/asciidoc/sections/trace-format.adoc of casemate
 */
#include <string.h>

#include "bbm/log.h"

/** struct place - where a page is in a tree. */
struct place {
	vmsa_pa pa;      /**< the page */
	vmsa_va va;      /**< first address it translates */
	unsigned tables; /**< whose tree */
	int8_t level;    /**< its level */
};

/** struct root - a root table. */
struct root {
	vmsa_pa pa;                    /**< its address */
	vmsa_pa lock;                  /**< its lock; 0: none known */
	uint16_t id;                   /**< VMID, or ASID */
	enum vmsa_check_regime regime; /**< what it translates */
	bool loaded;     /**< it has been, and was not released since */
	bool introduced; /**< @tables is its number */
	unsigned tables; /**< its number as tables of the log */
};

/** struct held - a lock that a thread holds. */
struct held {
	vmsa_pa lock;   /**< which */
	uint16_t tid;   /**< who */
	bool may_plain; /**< no plain write since the last DSB */
};

/** struct thread - what a thread has loaded. */
struct thread {
	unsigned tables[2]; /**< by stage: EL2, stage 2; + 1, 0: none */
};

/** MAX_THREADS - threads of a trace. */
#define MAX_THREADS 4096u

/** struct sexp - a trace while it is read. */
struct sexp {
	char *text;     /**< of a record that goes over several lines */
	size_t n, room; /**< bytes of it, and how many fit */
	uint64_t start; /**< line it begins in; with @n */

	struct vmsa_log_item *item; /**< queue: a record may make several */
	size_t first;               /**< of those still to be given out */
	size_t nr_items;            /**< in the queue, given out or not */
	size_t room_items;          /**< how many fit */

	struct place *place;   /**< hash by page; pa = NO_PLACE: empty */
	size_t nr_places;      /**< pages of trees, released ones too */
	size_t room_places;    /**< places in the hash; a power of two, or 0 */
	struct root *root;     /**< roots told of; few */
	size_t nr_roots;       /**< of these */
	struct held *held;     /**< locks held now; few */
	size_t nr_held;        /**< of these */
	struct thread *thread; /**< MAX_THREADS of them, by tid */
};

/** enum record_kind - what a record tells of. */
enum record_kind {
	RECORD_UNKNOWN,  /**< it has a name that is not known */
	RECORD_WRITE,    /**< a store: mem-write */
	RECORD_REGION,   /**< stores of one byte: mem-init, mem-set */
	RECORD_FREE,     /**< mem-free */
	RECORD_BARRIER,  /**< barrier */
	RECORD_TLBI,     /**< tlbi */
	RECORD_REGISTER, /**< sysreg-write, msr */
	RECORD_HINT,     /**< hint */
	RECORD_LOCK,     /**< lock */
	RECORD_UNLOCK,   /**< unlock */
	RECORD_NOTHING,  /**< nothing a checker asks for: mem-read */
};

/** struct record - one record, cut into fields. */
struct record {
	uint8_t what;         /**< enum record_kind */
	struct piece text;    /**< all of it */
	struct piece word[2]; /**< words without a name, "dsb" */
	struct piece src;     /**< its place in the source; empty: none */
	struct piece kind;    /**< of a hint or a barrier */
	struct piece order;   /**< mem-order */
	struct piece sysreg;  /**< of a register write */
	uint64_t tid, address, value, size, location, level; /**< numbers */
	bool has_value;  /**< @value was given */
	uint32_t source; /**< @src as a source of the log */
};

/** vmsa_piece_starts() - does @word, lower case, start with it, in any case? */
static inline bool vmsa_piece_starts(struct piece p, const char *word)
{
	for (size_t i = 0; i < p.n; i++) {
		const char c = p.p[i];

		if (!word[i] ||
		    word[i] != (c >= 'A' && c <= 'Z' ? c | 0x20 : c))
			return false;
	}
	return true;
}

/** vmsa_piece_is() - is it this word, lower case, in any case? */
static inline bool vmsa_piece_is(struct piece p, const char *word)
{
	return strlen(word) == p.n && vmsa_piece_starts(p, word);
}

/** enum cut - what came of cutting a record. */
enum cut {
	CUT_RECORD, /**< it is whole */
	CUT_SHORT,  /**< the text ends before it does */
	CUT_BAD,    /**< it is none */
};

/** vmsa_sexp_create() - nothing read yet; -ENOMEM. */
int vmsa_sexp_create(struct sexp **out);
/** vmsa_sexp_free() - all of it; accepts NULL. */
void vmsa_sexp_free(struct sexp *s);
/** vmsa_sexp_has_more() - are items in the queue? */
bool vmsa_sexp_has_more(const struct sexp *s);
/** vmsa_sexp_more() - the first item of the queue, which has one; returns 1. */
int vmsa_sexp_more(struct vmsa_log *log, struct vmsa_log_item *item);
/**
 * vmsa_sexp_line() - one line of a trace.
 * @log:  whose
 * @line: without its end; a record may go over several
 * @item: the first item it makes; the others wait in the queue
 * @err:  what was wrong
 *
 * Return: 1; 0, if it makes none (yet); -EINVAL; -ENOMEM.
 */
int vmsa_sexp_line(struct vmsa_log *log, struct piece line,
		   struct vmsa_log_item *item, struct vmsa_error *err);
/**
 * vmsa_sexp_end() - the trace ends here; may it?
 * @log: whose
 * @err: names the line of a record that does not end
 *
 * Return: 0; -EINVAL.
 */
int vmsa_sexp_end(struct vmsa_log *log, struct vmsa_error *err);
/** vmsa_sexp_push() - put an item at the queue's end; 0 or -ENOMEM. */
int vmsa_sexp_push(struct vmsa_log *log, const struct vmsa_log_item *item);

/* --- log_fields.c -------------------------------------------------------- */

/** vmsa_sexp_skip() - step over white space. */
void vmsa_sexp_skip(struct piece *p);
/**
 * vmsa_sexp_cut() - the record at the start of @p, which is stepped over.
 * @p: text; what follows the record is left
 * @r: its level is set by the caller for when none is given
 *
 * Return: what came of it.
 */
enum cut vmsa_sexp_cut(struct piece *p, struct record *r);

/*
 * --- log_trees.c ---
 *
 * Each tells of record @r.  What is wrong about trees, locks and ids is no
 * error but a finding in the queue; errors are -ENOMEM, and -EINVAL for a
 * record that makes no sense.
 */

/**
 * vmsa_trees_write() - a store of @desc to @at; an event if that is in a tree,
 * and what a new table descriptor leads to is in it, too, from now on.
 */
int vmsa_trees_write(struct vmsa_log *log, const struct record *r, vmsa_pa at,
		     vmsa_desc desc);
/** vmsa_trees_load() - a root is written to VTTBR_EL2, or to TTBR0_EL2. */
int vmsa_trees_load(struct vmsa_log *log, const struct record *r, bool stage2);
/**
 * vmsa_trees_hint() - what only the code knows: which lock a root has, which
 * pages are released.
 */
int vmsa_trees_hint(struct vmsa_log *log, const struct record *r);
/** vmsa_trees_lock() - a lock is taken, or given back. */
int vmsa_trees_lock(struct vmsa_log *log, const struct record *r, bool take);
/**
 * vmsa_trees_dsb() - a DSB: its thread may write plainly again under each
 * lock it holds.
 */
void vmsa_trees_dsb(struct vmsa_log *log, const struct record *r);
/** vmsa_trees_release() - a page is a table no longer, or a root none. */
int vmsa_trees_release(struct vmsa_log *log, const struct record *r,
		       vmsa_pa pa);
/** vmsa_trees_free() - places, roots and locks. */
void vmsa_trees_free(struct sexp *s);

#endif /* VMSA_LIB_BBM_LOG_SEXP_H */
