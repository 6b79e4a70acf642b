/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_LITMUS_H
#define VMSA_LIB_BBM_LITMUS_H
/*
 * litmus.h - a litmus test, parsed: what reader and explorer share
 *
 * Everything of a test is small and gets a number: VAs, IPAs, physical pages,
 * tables, memory locations.  VA number i stands at (i + 1) * 2 MiB, under a
 * level 2 entry of its own; so do IPAs.
 */
#include "vmsa/bbm/litmus.h"
#include "vmsa/bbm/rules.h"

/* Bounds of one test; a test beyond one of them is "not expressed". */
#define MAX_PES      8  /**< threads */
#define MAX_EVENTS   48 /**< of one PE, fault handlers included */
#define MAX_REGS     12 /**< of one PE */
#define MAX_ACCESSES 12 /**< translated accesses of one PE */
#define MAX_CONTEXTS 8  /**< of one PE, one after another */
#define MAX_SYMBOLS  16 /**< VAs, IPAs, pages or tables: each */
#define MAX_LOCS     64 /**< memory locations */
#define MAX_NODES    64 /**< of the condition */
#define MAX_NAME     32 /**< bytes of a name, the final zero included */

/** NONE - no register, no handler, no location, no table. */
#define NONE 0xff

/*
 * A value of a register or a location: numbers are themselves, everything
 * else has a kind in its top bits.
 */
/* clang-format off */
#define VALUE_KIND       VMSA_BITS(31, 28) /**< 0: a number */
#define VALUE_LEAF       (1u << 28) /**< level 3 page descriptor */
#define VALUE_BLOCK      (2u << 28) /**< level 2 block descriptor */
#define VALUE_TABLE      (3u << 28) /**< level 2 table descriptor */
#define VALUE_FAULT      (4u << 28) /**< the access faulted: translation */
#define VALUE_PERMISSION (5u << 28) /**< the access faulted: permission */
#define VALUE_OK         (6u << 28) /**< the store was done */
#define VALUE_UNSET      (7u << 28) /**< never assigned */
#define VALUE_MAX_NUMBER (VALUE_LEAF - 1) /**< the largest number */

/* Of a descriptor. */
#define VALUE_OUT        0xffu      /**< number of the page, IPA or table */
#define VALUE_TO_IPA     (1u << 8)  /**< the output is an IPA */
#define VALUE_RO         (1u << 9)  /**< read-only */
#define VALUE_NA         (1u << 10) /**< no access */
#define VALUE_GLOBAL     (1u << 11) /**< not tagged with an ASID */

/* Of a fault. */
#define VALUE_LEVEL      0xfu       /**< 2 or 3; 0 where nobody asks */
#define VALUE_STAGE2     (1u << 4)  /**< of a walk of stage 2 */
#define VALUE_IPA_SHIFT  8          /**< stage 2: number of the IPA, plus 1 */
/* clang-format on */

/** enum loc_kind - what a memory location is. */
enum loc_kind {
	LOC_DATA,  /**< a physical page's data */
	LOC_S1_L2, /**< entry of a VA in a level 2 table */
	LOC_S1_L3, /**< and in a level 3 table */
	LOC_S2_L2, /**< entry of an IPA in a level 2 table of stage 2 */
	LOC_S2_L3, /**< and in a level 3 table */
};

/** struct loc - a memory location of a test. */
struct loc {
	enum loc_kind kind; /**< what it is */
	uint8_t table;      /**< which table it is an entry of; not LOC_DATA */
	uint8_t index;      /**< of the page, VA or IPA */
	bool is_stored;     /**< the program stores to it */
	uint32_t initial;   /**< value before the program */
};

/**
 * struct context - what the registers of a PE make of an address.
 *
 * Two of a test with equal tags share TLB entries, whatever their tables are:
 * that is what an ASID reused too soon is about.
 */
struct context {
	bool el2;       /**< a regime of EL2 without ASID and VMID */
	uint16_t asid;  /**< of TTBR0_EL1 */
	uint16_t vmid;  /**< of VTTBR_EL2 */
	uint8_t s1, s2; /**< tables that TTBR0 and VTTBR name; NONE: base=0 */
};

/** enum event_kind - what a PE does. */
enum event_kind {
	EV_DESC_STORE, /**< store to a descriptor, by its physical address */
	EV_DESC_LOAD,  /**< load of a descriptor, so too */
	EV_STORE,      /**< translated store */
	EV_LOAD,       /**< translated load */
	EV_BARRIER,    /**< DSB, DMB */
	EV_ISB,        /**< context synchronisation and nothing else */
	EV_EXCEPTION,  /**< entry or return: context synchronisation, EL */
	EV_TLBI,       /**< any operation */
	EV_MSR,  /**< the PE's next context, at the next synchronisation */
	EV_NONE, /**< BR: control dependencies do nothing here */
	EV_STOP, /**< the PE ends, or a handler does and the PE with it */
};

/** struct event - one event of a PE; what is not of its kind is zero. */
struct event {
	enum event_kind kind; /**< what it does */
	uint8_t va;           /**< LOAD, STORE: number of the VA */
	uint8_t loc;          /**< DESC_*: number of the location */
	uint8_t access;       /**< number among the PE's translated accesses */
	uint8_t dest;         /**< register, or NONE; STORE: the store's fate */
	uint8_t addr;         /**< register the address depends on, or NONE */
	uint8_t data;         /**< register stored; NONE: @value */
	uint8_t addr_set;     /**< event that set @addr */
	uint8_t handler;      /**< event to go on with after a fault, or NONE */
	uint8_t el;           /**< EXCEPTION: the new exception level */
	bool stop;            /**< the PE ends at a fault */
	bool release;         /**< STORE, DESC_STORE: STLR */
	bool acquire;         /**< LOAD: LDAR */
	uint32_t value;       /**< what is stored */
	bool is_dsb;          /**< BARRIER: DSB, not DMB */
	unsigned completes;   /**< BARRIER: set of enum vmsa_completion */
	struct vmsa_invalidation tlbi; /**< TLBI; VMID is set as it is issued */
	enum vmsa_tlbi_scope scope;    /**< TLBI: whom it reaches */
	bool own_asid; /**< TLBI: of the ASID current as it is issued */
	char text[MAX_NAME * 2]; /**< as written, for the story */
};

/** struct thread - what one PE does. */
struct thread {
	struct event event[MAX_EVENTS]; /**< its own, then its handlers' */
	uint8_t nr_events;              /**< of both */
	uint8_t end; /**< number of the EV_STOP before the first handler */
	char reg[MAX_REGS][MAX_NAME]; /**< names of registers, by number */
	uint8_t nr_regs;              /**< of @reg */
	uint8_t nr_accesses;          /**< translated accesses */
	uint8_t nr_contexts;          /**< of @context, at least 1 */
	struct context context[MAX_CONTEXTS]; /**< initial, then each MSR's */
	uint8_t el; /**< exception level it starts at, 0 .. 2 */
};

/** enum node_kind - a node of the question's tree. */
enum node_kind {
	NODE_TRUE, /**< holds of every final state */
	NODE_NOT,  /**< of its left operand */
	NODE_AND,  /**< of both */
	NODE_OR,   /**< of both */
	NODE_REG,  /**< a register of a PE is a value */
	NODE_LOC,  /**< a page's final data is a value */
};

/** struct node - a part of the question. */
struct node {
	enum node_kind kind; /**< what it is */
	uint8_t left;        /**< operand; REG, LOC: register or location */
	uint8_t right;       /**< second operand */
	uint8_t pe;          /**< REG: whose */
	uint32_t value;      /**< REG, LOC: compared with; a fault may leave
			          out level, stage and IPA */
};

/** struct symbols - names of one kind; the number of one is its place. */
struct symbols {
	char name[MAX_SYMBOLS][MAX_NAME]; /**< by number */
	uint8_t nr;                       /**< how many */
};

/** struct test - a litmus test, understood, or why it was not. */
struct test {
	char *name, *strong, *notes; /**< as the file has them; owned */
	char why[160];               /**< why not expressed; empty if it is */
	struct symbols va, ipa, page, table; /**< what is named; table 0 has
					          no name */
	uint16_t el2_vas;              /**< bit per VA: in the regime of EL2 */
	struct loc loc[MAX_LOCS];      /**< memory, by number */
	uint8_t nr_locs;               /**< of @loc */
	bool stage2;                   /**< IPAs are translated again */
	struct thread thread[MAX_PES]; /**< by PE */
	uint8_t nr_threads;            /**< of @thread */
	struct node node[MAX_NODES];   /**< the question */
	uint8_t nr_nodes, root;        /**< of @node; its outermost one */
};

/** struct vmsa_litmus - the tests of one file. */
struct vmsa_litmus {
	struct test **test; /**< in the file's order; owned */
	size_t nr, room;    /**< how many, and how many fit */
};

/** struct lines - strings of one test as they stand in the file. */
struct lines {
	char **line; /**< owned */
	size_t nr;   /**< how many */
};

/** struct raw_test - a test as the file has it, before it is understood. */
struct raw_test {
	struct lines init;            /**< "x=>pa1", "P0:EL1 asid=1" */
	struct lines thread[MAX_PES]; /**< events, one a line */
	size_t nr_threads; /**< may exceed MAX_PES: then it is not expressed */
	char *condition;   /**< the question; owned */
};

/**
 * vmsa_litmus_understand() - from notation to numbers.
 * @raw: what to read
 * @out: all zero but for its strings; @out->why is set on a failure
 */
void vmsa_litmus_understand(const struct raw_test *raw, struct test *out);

/** vmsa_litmus_find_loc() - number of a location; NONE if nobody names it. */
uint8_t vmsa_litmus_find_loc(const struct test *test, enum loc_kind kind,
			     uint8_t table, uint8_t index);

/**
 * enum vmsa_litmus_mistake - a rule of the adversary to leave out.
 *
 * Each is a mistake somebody could make in an adversary like this one; the
 * published tests must tell each from the right one, or they prove nothing.
 */
enum vmsa_litmus_mistake {
	/** S2: a buffer is a queue */
	MISTAKE_STORES_IN_ORDER = 1u << 0,
	/** S2: a DMB.ST leaves no fence */
	MISTAKE_NO_DMB_ST = 1u << 1,
	/** S2: a DSB waits for no store */
	MISTAKE_DSB_KEEPS_BUFFER = 1u << 2,
	/** S1: a load does not see its own buffer */
	MISTAKE_NO_FORWARDING = 1u << 3,
	/** S4: a walk does */
	MISTAKE_WALKER_SEES_BUFFER = 1u << 4,
	/** S6: an ISB waits for stores */
	MISTAKE_CSE_WAITS = 1u << 5,
	/** S3: an access is translated when it is done */
	MISTAKE_NO_EARLY = 1u << 6,
	/** S6: a DSB does what only an ISB does */
	MISTAKE_DSB_DROPS_EARLY = 1u << 7,
	/** S3: an address is known before its register */
	MISTAKE_NO_ADDRESS_DEPENDENCY = 1u << 8,
	/** S6: exceptions do not synchronise */
	MISTAKE_ONLY_ISB = 1u << 9,
	/** S6: nothing does */
	MISTAKE_NO_CSE = 1u << 10,
	/** S4: a TLB forgets at once */
	MISTAKE_NO_STALE = 1u << 11,
	/** S4: a TLB holds faults */
	MISTAKE_CACHED_FAULTS = 1u << 12,
	/** S5: a DSB waits for no TLBI */
	MISTAKE_DSB_SKIPS_TLBI = 1u << 13,
	/** S5: no TLBI is broadcast */
	MISTAKE_ALL_LOCAL = 1u << 14,
	/** S5: every one is */
	MISTAKE_ALL_BROADCAST = 1u << 15,
	/** S5: by IPA, of entries of both stages too */
	MISTAKE_IPAS2_COMBINED = 1u << 16,
	/** S5: of no such entries */
	MISTAKE_VMALLE1_NOT_COMBINED = 1u << 17,
	/** S4: fills under the current VMID alone */
	MISTAKE_ONE_VMID = 1u << 18,
	/** no mistake: every order is tried, also where one is enough */
	NO_SHORTCUTS = 1u << 31,
};

/**
 * vmsa_litmus_search() - vmsa_litmus_explore() with rules left out.
 * @test:     an expressed test
 * @options:  not NULL
 * @mistakes: set of enum vmsa_litmus_mistake; 0 outside tests of the tests
 * @out:      as vmsa_litmus_explore()
 *
 * Return: as vmsa_litmus_explore().
 */
int vmsa_litmus_search(const struct test *test,
		       const struct vmsa_litmus_options *options,
		       unsigned mistakes, struct vmsa_litmus_result *out);

#endif /* VMSA_LIB_BBM_LITMUS_H */
