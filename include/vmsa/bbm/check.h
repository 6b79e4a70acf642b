/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BBM_CHECK_H
#define VMSA_BBM_CHECK_H
/*
 * check.h - is every change of live translation tables legal?
 *
 *     events of spaces -> checker: what a TLB may still hold, and which tables
 *                         a walker may still be in
 *                      -> findings: rule, descriptor, events, remedy
 *
 * Any PE may read a valid descriptor at any time and keep it, so what counts
 * is only what has been made impossible: by a store, the DSB that shows it,
 * the TLBI that reaches it and the DSB that completes the TLBI.
 *
 *     valid --store--> held --DSB, TLBI--> going --DSB--> gone
 *
 * Memory   a live table costs nothing; a translation that was taken away costs
 *          its record until it is gone, runs of like ones a record together
 * Threads  one at a time
 * Source   Arm ARM DDI 0487, D8.16, D8.17, D8.7
 */
#include <stdbool.h>
#include <stdio.h>

#include "vmsa/bbm/rules.h"
#include "vmsa/table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_checker;

/** enum vmsa_check_rule - what was not done right. */
enum vmsa_check_rule {
	VMSA_CHECK_BREAK,        /**< a translation changed that had to be
				      broken before */
	VMSA_CHECK_UNPUBLISHED,  /**< a table linked before what is in it is
				      visible */
	VMSA_CHECK_FILLED_LIVE,  /**< a table filled after it was linked */
	VMSA_CHECK_FREED_LINKED, /**< a table freed that is still linked */
	VMSA_CHECK_FREED_CACHED, /**< a table freed that a walk cache holds */
	VMSA_CHECK_REUSED,       /**< an unhooked table written to that a walk
				      cache holds */
	VMSA_CHECK_STALE,        /**< an operation ended, the old translation
				      did not */
	VMSA_CHECK_INVISIBLE,    /**< an operation ended, its new translation
				      is not visible */
	VMSA_CHECK_UNSYNCED,     /**< an operation ended without the ISB its
				      own PE needs */
	VMSA_CHECK_GROUP,        /**< members of a Contiguous group disagree */
	VMSA_CHECK_OVERLAP,      /**< global and non-global translations of one
				      address */
	VMSA_CHECK_TLBI,         /**< the operand of a TLBI is UNPREDICTABLE */
	VMSA_CHECK_RESERVED,     /**< a valid descriptor of a reserved type */
	VMSA_CHECK_RETABLED,     /**< a table took the place of another that a
				      walk cache may hold */
	VMSA_CHECK_LOCK,         /**< a tree was written to without its lock */
	VMSA_CHECK_PLAIN,        /**< two plain writes under one lock, no DSB
				      between them */
	VMSA_CHECK_ID,           /**< a VMID or ASID for two trees, or two for
				      one */
	VMSA_CHECK_SWITCH,       /**< a PE turned to tables that TLB entries of
				      others disagree with */
	VMSA_CHECK_FREED_AGAIN,  /**< a frame freed that is no table */
	VMSA_CHECK_TAKEN,        /**< a frame became a table that is one */
	VMSA_CHECK_NR_RULES,     /**< how many there are */
};

/** enum vmsa_check_verdict - how sure the checker is. */
enum vmsa_check_verdict {
	VMSA_CHECK_VIOLATION,   /**< the manual forbids it */
	VMSA_CHECK_UNKNOWN,     /**< it depends on what memory holds */
	VMSA_CHECK_LINT,        /**< it cannot do harm as long as hardware does
				   not set the Access flag */
	VMSA_CHECK_NR_VERDICTS, /**< how many there are */
};

/** enum vmsa_check_why - why a translation is not gone yet. */
enum vmsa_check_why {
	VMSA_WHY_NO_TLBI,    /**< no TLBI has come since */
	VMSA_WHY_EARLY,      /**< no DSB between store and TLBI */
	VMSA_WHY_NO_DSB,     /**< the TLBI is not completed */
	VMSA_WHY_LOCAL,      /**< the TLBI reaches the PE that did it only */
	VMSA_WHY_ASID,       /**< the TLBI names another ASID */
	VMSA_WHY_LAST_LEVEL, /**< a last-level TLBI leaves tables */
	VMSA_WHY_HINT,       /**< the level hint is another level's */
	VMSA_WHY_NOTHING,    /**< its granule or hint obliges it to nothing */
	VMSA_WHY_COMBINED,   /**< stage 2: entries of both stages remain */
	VMSA_WHY_SPACE,      /**< its NS names the other IPA space */
	VMSA_WHY_NO_ISB,     /**< no ISB between TTBR and TLBI: the PE may have
				  walked the old tables after it */
	VMSA_WHY_REPEAT,     /**< one TLBI and DSB do not do on these PEs */
	VMSA_WHY_ADDRESS,    /**< TLBIs came, for other addresses */
	VMSA_WHY_STAGE,      /**< the TLBI is for the other stage */
};

/** enum vmsa_check_regime - which translation a tree of tables is. */
enum vmsa_check_regime {
	VMSA_CHECK_EL1,    /**< stage 1 of EL1&0 */
	VMSA_CHECK_EL2,    /**< stage 1 of EL2: no ASID */
	VMSA_CHECK_STAGE2, /**< stage 2 of EL1&0 */
};

/** struct vmsa_check_ref - an event. */
struct vmsa_check_ref {
	uint64_t event;  /**< the first is 1; 0 stands for none */
	uint32_t source; /**< from vmsa_checker_source(); 0 for none */
	uint16_t pe;     /**< the PE */
};

/** struct vmsa_check_finding - one thing that is wrong. */
struct vmsa_check_finding {
	enum vmsa_check_rule rule;       /**< which rule */
	enum vmsa_check_verdict verdict; /**< how sure */
	unsigned needs;                /**< BREAK: set of enum vmsa_bbm_rule */
	unsigned tables;               /**< id of the tables */
	enum vmsa_check_regime regime; /**< what they translate */
	vmsa_pa at;                    /**< the descriptor, or the table */
	vmsa_va first;                 /**< first address concerned */
	vmsa_va last;                  /**< last of those that follow it without
				      a gap, inclusive */
	int8_t level;                  /**< of the descriptor */
	vmsa_desc old;                 /**< what a TLB or walk cache may hold */
	vmsa_desc desc;                /**< what is there now */
	struct vmsa_check_ref here;    /**< the event that broke the rule */
	struct vmsa_check_ref cause;   /**< the store that took @old away */
	struct vmsa_check_ref tlbi;    /**< the last TLBI in question; with
				      VMSA_WHY_ADDRESS the last one at all */
	enum vmsa_check_why why;       /**< why @old is not gone; with @cause */
	const char *operation;         /**< the one under way; NULL for none */
};

/** vmsa_check_fn - sees a finding. */
typedef void (*vmsa_check_fn)(void *arg,
			      const struct vmsa_check_finding *finding);

/** VMSA_CHECK_NO_PROMISE - an operation may leave old translations behind. */
#define VMSA_CHECK_NO_PROMISE 1u

/** VMSA_CHECK_ALONE - other PEs are kept out of the tables meanwhile. */
#define VMSA_CHECK_ALONE 2u

/** struct vmsa_check_operation - what is special about a named operation. */
struct vmsa_check_operation {
	const char *name; /**< as BEGIN and END say it; NULL ends a list */
	unsigned flags;   /**< VMSA_CHECK_NO_PROMISE, VMSA_CHECK_ALONE */
};

/** VMSA_CHECK_MAX_REPEAT - the largest tlbi_repeat. */
#define VMSA_CHECK_MAX_REPEAT 2

/** struct vmsa_checker_config - the PEs, and who wants to know. */
struct vmsa_checker_config {
	unsigned bbm;         /**< level of FEAT_BBM all PEs have, 0 .. 3 */
	unsigned bbm_alone;   /**< that of the PE that edits while ALONE */
	unsigned pes;         /**< how many PEs walk the tables; 0: unknown, so
				 TLBIs of one PE do not count */
	bool ha;              /**< hardware sets the Access flag */
	bool hd;              /**< hardware sets the dirty state */
	bool ets2;            /**< FEAT_ETS2: data needs no ISB */
	unsigned tlbi_repeat; /**< broadcast TLBIs, each with its DSB, that
				   make sure of one; 0 and 1: one is enough.
				   2 for Cortex-A76 1286807 and its like */
	uint64_t mair;        /**< MAIR_EL1 of watched spaces; 0: unknown */
	const struct vmsa_check_operation *operations; /**< or NULL */
	vmsa_check_fn fn; /**< sees every finding; may be NULL */
	/**
	 * @same: do @size bytes at two addresses hold the same?  1, 0, or -1
	 *        for "unknown"; may be NULL
	 */
	int (*same)(void *arg, vmsa_pa a, vmsa_pa b, uint64_t size);
	void *arg; /**< handed to @fn and @same */
};

/**
 * vmsa_checker_create() - a checker of no tables.
 * @config: copied; the list of operations outlives the checker
 * @out:    the checker; free it with vmsa_checker_destroy()
 *
 * Return: 0; -EINVAL if there is no such BBM level or repetition; -ENOMEM.
 */
int vmsa_checker_create(const struct vmsa_checker_config *config,
			struct vmsa_checker **out);

/** vmsa_checker_destroy() - free a checker; NULL is allowed. */
void vmsa_checker_destroy(struct vmsa_checker *checker);

/** enum vmsa_check_ipa - of which IPA space a stage 2 tree is. */
enum vmsa_check_ipa {
	VMSA_CHECK_IPA_ONE,        /**< there is one: NS of a TLBI is ignored */
	VMSA_CHECK_IPA_SECURE,     /**< Secure EL2's Secure one: NS is 0 */
	VMSA_CHECK_IPA_NON_SECURE, /**< its Non-secure one: NS is 1 */
};

/** VMSA_CHECK_ANY_ASID - the tables are walked under many ASIDs. */
#define VMSA_CHECK_ANY_ASID UINT32_MAX

/** struct vmsa_check_tables - a tree of tables to check. */
struct vmsa_check_tables {
	struct vmsa_geometry geometry; /**< their shape */
	vmsa_pa root;                  /**< their root table */
	enum vmsa_check_regime regime; /**< what they translate */
	uint32_t asid;                 /**< EL1: theirs, or ANY_ASID */
	uint16_t vmid;                 /**< EL1 and STAGE2: theirs */
	enum vmsa_check_ipa ipa;       /**< STAGE2: theirs */
	bool upper;                    /**< the half TTBR1 translates */
	bool idle;     /**< no PE walks them before a TTBR event; otherwise
			    every PE does, until one of its own says that it
			    has other ones */
	uint64_t mair; /**< stage 1: their MAIR, to tell memory types that are
			    equal; Normal Tagged (0xf0) and Normal Write-Back
			    (0xff) are, as the tag check is a permission.
			    0: unknown, each index is a type of its own */
	/** @read: a descriptor as it is after the last event; 0 or -EFAULT */
	int (*read)(void *arg, vmsa_pa at, vmsa_desc *out);
	void *arg; /**< handed to @read */
};

/**
 * vmsa_checker_add() - check one more tree of tables.
 * @checker: the checker
 * @tables:  copied; everything linked in it is taken to be visible
 * @id:      what vmsa_checker_event() wants
 *
 * Return: 0; -ENOSPC after 65535 of them; -ENOMEM.
 */
int vmsa_checker_add(struct vmsa_checker *checker,
		     const struct vmsa_check_tables *tables, unsigned *id);

/**
 * vmsa_checker_watch() - check a space from now on.
 * @checker: the checker; destroying it ends the watch
 * @space:   stage 1 of EL1&0, under any ASID; outlives the checker
 * @id:      names it in findings; may be NULL
 *
 * Return: 0; -ENOSPC if the space has too many observers; -ENOMEM.
 */
int vmsa_checker_watch(struct vmsa_checker *checker, struct vmsa_space *space,
		       unsigned *id);

/**
 * vmsa_checker_event() - one thing happened.
 * @checker: the checker
 * @tables:  to which tables, or through which a barrier or TLBI was done; of
 *           a TTBR event those that the PE's register has from now on
 * @event:   what; its store is in memory already
 *
 * A PE may walk the tables it had until an ISB, and may hold translations of
 * them until a TLBI that comes after the ISB.  Those are compared with the new
 * tables where their ASID and VMID match: differences that need a break are
 * findings.  Tables of another granule or format are not compared.
 */
void vmsa_checker_event(struct vmsa_checker *checker, unsigned tables,
			const struct vmsa_event *event);

/**
 * vmsa_checker_source() - where the events come from that follow.
 * @checker: the checker
 * @source:  the caller's number for a line of code; 0 for none
 */
void vmsa_checker_source(struct vmsa_checker *checker, uint32_t source);

/** struct vmsa_checker_stats - what a checker has seen. */
struct vmsa_checker_stats {
	uint64_t events;                           /**< all of them */
	uint64_t findings[VMSA_CHECK_NR_RULES];    /**< violations by rule */
	uint64_t verdicts[VMSA_CHECK_NR_VERDICTS]; /**< all by verdict */
	uint64_t held;  /**< records of what TLBs may still hold */
	uint64_t bytes; /**< host memory in use */
};

/** vmsa_checker_stats() - a copy of the numbers. */
void vmsa_checker_stats(const struct vmsa_checker *checker,
			struct vmsa_checker_stats *out);

/**
 * vmsa_checker_finish() - was everything checked?
 * @checker: the checker
 *
 * Return: 0; -ENOMEM if records were lost, so that something may have been
 *	missed; -EFAULT if a table could not be read; -ENOSPC if more than 16
 *	operations were nested.
 */
int vmsa_checker_finish(struct vmsa_checker *checker);

/* --- words --------------------------------------------------------------- */

/** vmsa_check_rule_name() - a rule as a word for files: "break", "stale". */
const char *vmsa_check_rule_name(enum vmsa_check_rule rule);

/** vmsa_check_tag() - the manual's tag of what is broken, "R_WHZWS". */
const char *vmsa_check_tag(const struct vmsa_check_finding *finding);

/** vmsa_check_rule_text() - what was done wrong, in a sentence. */
const char *vmsa_check_rule_text(enum vmsa_check_rule rule);

/** vmsa_check_verdict_name() - "violation", "unknown" or "lint". */
const char *vmsa_check_verdict_name(enum vmsa_check_verdict verdict);

/** vmsa_check_why_text() - why a translation is not gone, in a few words. */
const char *vmsa_check_why_text(enum vmsa_check_why why);

/** enum vmsa_check_place - which of the members that say where hold. */
enum vmsa_check_place {
	VMSA_CHECK_NOWHERE,    /**< none: it is about a PE */
	VMSA_CHECK_ADDRESSES,  /**< @first and @last */
	VMSA_CHECK_FRAME,      /**< @at: a table, or a location */
	VMSA_CHECK_DESCRIPTOR, /**< all: @level, @at, @first, @last, @old and
				    @desc */
};

/**
 * vmsa_check_place() - where a finding is.
 * @finding: of which
 *
 * Return: an enum vmsa_check_place; members of @finding that it does not name
 * are 0 and mean nothing.
 */
enum vmsa_check_place vmsa_check_place(
	const struct vmsa_check_finding *finding);

/**
 * vmsa_check_remedy() - what would have made it legal.
 * @finding: of which
 *
 * Return: a static sentence.
 */
const char *vmsa_check_remedy(const struct vmsa_check_finding *finding);

/**
 * vmsa_check_source_fn - the name of a source, such as "mmu.c:612".
 *
 * Return: a string, or NULL.
 */
typedef const char *(*vmsa_check_source_fn)(void *arg, uint32_t source);

/**
 * vmsa_check_print() - tell a finding in a few lines.
 * @out:     where
 * @finding: of which
 * @source:  names sources; may be NULL
 * @arg:     handed to @source
 */
void vmsa_check_print(FILE *out, const struct vmsa_check_finding *finding,
		      vmsa_check_source_fn source, void *arg);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_BBM_CHECK_H */
