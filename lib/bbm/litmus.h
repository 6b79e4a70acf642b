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

/* Bounds of one test; more is "not expressed". */
#define MAX_PES      8
#define MAX_EVENTS   48 /* of one PE, fault handlers included */
#define MAX_REGS     12 /* of one PE */
#define MAX_ACCESSES 12 /* translated accesses of one PE */
#define MAX_CONTEXTS 8  /* of one PE, one after another */
#define MAX_SYMBOLS  16 /* VAs, IPAs, pages or tables: each */
#define MAX_LOCS     64 /* memory locations */
#define MAX_NODES    64 /* of the condition */
#define MAX_NAME     32

/** NONE - no register, no handler, no location, no table. */
#define NONE 0xff

/*
 * A value of a register or a location: numbers are themselves, everything
 * else has a kind in its top bits.
 */
/* clang-format off */
#define VALUE_KIND       VMSA_BITS(31, 28)
#define VALUE_LEAF       (1u << 28) /* level 3 page descriptor */
#define VALUE_BLOCK      (2u << 28) /* level 2 block descriptor */
#define VALUE_TABLE      (3u << 28) /* level 2 table descriptor */
#define VALUE_FAULT      (4u << 28) /* the access faulted: translation */
#define VALUE_PERMISSION (5u << 28) /* the access faulted: permission */
#define VALUE_OK         (6u << 28) /* the store was done */
#define VALUE_UNSET      (7u << 28) /* never assigned */
#define VALUE_MAX_NUMBER (VALUE_LEAF - 1)

/* Of a descriptor. */
#define VALUE_OUT        0xffu      /* number of the page, IPA or table */
#define VALUE_TO_IPA     (1u << 8)  /* the output is an IPA */
#define VALUE_RO         (1u << 9)  /* read-only */
#define VALUE_NA         (1u << 10) /* no access */
#define VALUE_GLOBAL     (1u << 11) /* not tagged with an ASID */
#define VALUE_ATTR       (VALUE_RO | VALUE_NA | VALUE_GLOBAL)

/* Of a fault. */
#define VALUE_LEVEL      0xfu       /* 2 or 3; 0 where nobody asks */
#define VALUE_STAGE2     (1u << 4)
#define VALUE_IPA_SHIFT  8          /* stage 2: number of the IPA, plus 1 */
/* clang-format on */

enum loc_kind {
	LOC_DATA,  /* a physical page's data */
	LOC_S1_L2, /* entry of a VA in a level 2 table */
	LOC_S1_L3, /* and in a level 3 table */
	LOC_S2_L2, /* of an IPA */
	LOC_S2_L3,
};

struct loc {
	enum loc_kind kind;
	uint8_t table;    /* which table it is an entry of; not LOC_DATA */
	uint8_t index;    /* of the page, VA or IPA */
	bool is_stored;   /* the program stores to it */
	uint32_t initial; /* value */
};

/* Translation context of a PE; two of a test with equal tags share entries. */
struct context {
	bool el2; /* a regime of EL2 without ASID and VMID */
	uint16_t asid, vmid;
	uint8_t s1, s2; /* tables that TTBR0 and VTTBR name; NONE is base=0 */
};

enum event_kind {
	EV_DESC_STORE,
	EV_DESC_LOAD,
	EV_STORE,
	EV_LOAD,
	EV_BARRIER, /* DSB, DMB */
	EV_ISB,
	EV_EXCEPTION, /* entry and return: context synchronisation, EL */
	EV_TLBI,
	EV_MSR,  /* the PE's next context, at the next synchronisation */
	EV_NONE, /* BR: nothing in this adversary */
	EV_STOP, /* the PE ends, at the end of a handler */
};

struct event {
	enum event_kind kind;
	uint8_t va;       /* of EV_LOAD, EV_STORE */
	uint8_t loc;      /* of EV_DESC_* */
	uint8_t access;   /* number among the PE's translated accesses */
	uint8_t dest;     /* register; of EV_STORE, the store's fate */
	uint8_t addr;     /* register the address depends on */
	uint8_t data;     /* register stored, else @value */
	uint8_t addr_set; /* event that set @addr */
	uint8_t handler;  /* event to go on with after a fault */
	uint8_t el;       /* EV_EXCEPTION: the new one */
	bool stop;        /* the PE ends at a fault */
	bool release, acquire;
	uint32_t value;     /* stored */
	bool is_dsb;        /* EV_BARRIER */
	unsigned completes; /* EV_BARRIER: set of enum vmsa_completion */
	struct vmsa_invalidation tlbi;
	enum vmsa_tlbi_scope scope;
	bool own_asid;           /* EV_TLBI: the PE's current ASID */
	char text[MAX_NAME * 2]; /* as written, for the story */
};

struct thread {
	struct event event[MAX_EVENTS];
	uint8_t nr_events;
	uint8_t end; /* events before the first handler */
	char reg[MAX_REGS][MAX_NAME];
	uint8_t nr_regs, nr_accesses, nr_contexts;
	struct context context[MAX_CONTEXTS]; /* initial, then each MSR's */
	uint8_t el;
};

enum node_kind {
	NODE_TRUE,
	NODE_NOT,
	NODE_AND,
	NODE_OR,
	NODE_REG, /* a register of a PE is a value */
	NODE_LOC, /* a page's final data is a value */
};

struct node {
	enum node_kind kind;
	uint8_t left, right; /* operands; register or location in left */
	uint8_t pe;
	uint32_t value;
};

struct symbols {
	char name[MAX_SYMBOLS][MAX_NAME];
	uint8_t nr;
};

struct test {
	char *name, *strong, *notes;
	char why[160]; /* empty if expressed */
	struct symbols va, ipa, page, table;
	uint16_t el2_vas; /* bit per VA: mapped in the regime of EL2 */
	struct loc loc[MAX_LOCS];
	uint8_t nr_locs;
	bool stage2;
	struct thread thread[MAX_PES];
	uint8_t nr_threads;
	struct node node[MAX_NODES];
	uint8_t nr_nodes, root;
};

struct vmsa_litmus {
	struct test **test;
	size_t nr, room;
};

/* Strings of one test as they stand in the file. */
struct lines {
	char **line;
	size_t nr;
};

/* A test as the file has it, before anybody understood it. */
struct raw_test {
	struct lines init;
	struct lines thread[MAX_PES];
	size_t nr_threads; /* may exceed MAX_PES: then it is not expressed */
	char *condition;
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

/** enum vmsa_litmus_mistake - a rule of the adversary to leave out. */
enum vmsa_litmus_mistake {
	MISTAKE_STORES_IN_ORDER = 1u << 0,
	MISTAKE_NO_DMB_ST = 1u << 1,
	MISTAKE_DSB_KEEPS_BUFFER = 1u << 2,
	MISTAKE_NO_FORWARDING = 1u << 3,
	MISTAKE_WALKER_SEES_BUFFER = 1u << 4,
	MISTAKE_CSE_WAITS = 1u << 5,
	MISTAKE_NO_EARLY = 1u << 6,
	MISTAKE_DSB_DROPS_EARLY = 1u << 7,
	MISTAKE_NO_ADDRESS_DEPENDENCY = 1u << 8,
	MISTAKE_ONLY_ISB = 1u << 9,
	MISTAKE_NO_CSE = 1u << 10,
	MISTAKE_NO_STALE = 1u << 11,
	MISTAKE_CACHED_FAULTS = 1u << 12,
	MISTAKE_DSB_SKIPS_TLBI = 1u << 13,
	MISTAKE_ALL_LOCAL = 1u << 14,
	MISTAKE_ALL_BROADCAST = 1u << 15,
	MISTAKE_IPAS2_COMBINED = 1u << 16,
	MISTAKE_VMALLE1_NOT_COMBINED = 1u << 17,
	MISTAKE_ONE_VMID = 1u << 18,
	/* No mistake: every order is tried, also where one is enough. */
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
