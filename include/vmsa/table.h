/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TABLE_H
#define VMSA_TABLE_H
/*
 * table.h - one translation table tree: a space
 *
 * A space is the only thing that stores descriptors.  Every store, barrier and
 * TLB maintenance instruction of an algorithm passes through it, is counted,
 * and is shown to observers as an event.
 *
 *     editor -> vmsa_table_set() -> descriptor in simulated memory
 *                                -> counters
 *                                -> observers (checker, TLBs, logs)
 *
 * Threads  any number of readers beside one writer: readers take no lock and
 *          load each descriptor once; a writer holds vmsa_space_lock()
 * Source   Arm ARM DDI 0487, D8.2, D8.3
 */
#include "vmsa/arch/descriptor.h"
#include "vmsa/arch/tlbi.h"
#include "vmsa/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_space;

/** VMSA_NO_PA - stands for "no address" where one is optional. */
#define VMSA_NO_PA (~UINT64_C(0))

/** struct vmsa_space_config - what vmsa_space_create() needs. */
struct vmsa_space_config {
	struct vmsa_geometry geometry; /**< shape of the tables */
	struct vmsa_memory *memory; /**< where they live; outlives the space */
	bool upper;   /**< the TTBR1 half, VAs from -(2^va_bits) up */
	vmsa_pa root; /**< root table's address; VMSA_NO_PA takes a frame */
};

/**
 * vmsa_space_create() - start an empty translation table.
 * @config: shape, memory and half
 * @out:    the new space; free it with vmsa_space_destroy()
 *
 * Return: 0;
 *	-EINVAL, if the memory's granule is another one;
 *	-EFAULT, if the root lies outside memory;
 *	-ENOMEM.
 */
int vmsa_space_create(const struct vmsa_space_config *config,
		      struct vmsa_space **out);

/** vmsa_space_destroy() - forget the space; its frames go with the memory. */
void vmsa_space_destroy(struct vmsa_space *space);

/** vmsa_space_geometry() - the shape it was made with. */
const struct vmsa_geometry *vmsa_space_geometry(const struct vmsa_space *space);

/** vmsa_space_memory() - the memory it lives in. */
struct vmsa_memory *vmsa_space_memory(const struct vmsa_space *space);

/** vmsa_space_root() - address of the root table. */
vmsa_pa vmsa_space_root(const struct vmsa_space *space);

/** vmsa_space_base() - lowest VA of the space's half. */
vmsa_va vmsa_space_base(const struct vmsa_space *space);

/** vmsa_space_lock() - become the writer; every editing call needs it. */
void vmsa_space_lock(struct vmsa_space *space);

/** vmsa_space_unlock() - stop being the writer. */
void vmsa_space_unlock(struct vmsa_space *space);

/* --- reading ------------------------------------------------------------ */

/** struct vmsa_translation - what the tables say of one address. */
struct vmsa_translation {
	vmsa_pa pa;     /**< of the byte asked for; 0 when @fault */
	vmsa_desc desc; /**< the last descriptor read */
	int8_t level;   /**< the level it was read at */
	bool fault;     /**< no translation: translation fault at @level */
};

/**
 * vmsa_translate() - look one address up.
 * @space: the tables
 * @va:    an address of the space's half
 * @out:   the answer
 *
 * Attributes are not judged: vmsa_walk() in arch/walk.h does that.  Loops
 * of lookups are faster with struct vmsa_walker, table/walker.h.
 *
 * Return: 0, also when the answer is a fault;
 *	-ERANGE, if @va is not in the space's half;
 *	-EFAULT, if a table lies outside memory.
 */
int vmsa_translate(const struct vmsa_space *space, vmsa_va va,
		   struct vmsa_translation *out);

/**
 * vmsa_translate_many() - look many addresses up, overlapping their loads.
 * @space: the tables
 * @va:    @n addresses of the space's half
 * @n:     how many
 * @out:   @n answers
 *
 * Return: as vmsa_translate(); after an error the answers are undefined.
 */
int vmsa_translate_many(const struct vmsa_space *space, const vmsa_va *va,
			size_t n, struct vmsa_translation *out);

/**
 * vmsa_space_read_begin() - before a walk that loads descriptors by hand.
 * @space: the tables
 *
 * A frame that was a table may be used again while a walker is still in it:
 * a host thread cannot be waited for as DSB waits for hardware walks.  So a
 * walker beside a writer asks afterwards whether a table was freed meanwhile,
 * and walks again.  vmsa_translate() does it itself.
 *
 * Return: what vmsa_space_read_retry() wants.
 */
uint32_t vmsa_space_read_begin(const struct vmsa_space *space);

/**
 * vmsa_space_read_retry() - may a walk have read a table no longer one?
 * @space: the tables
 * @begun: from vmsa_space_read_begin()
 *
 * Return: whether a table was freed since, so that the walk must be repeated;
 *	also true if a level 0 entry was stored.
 */
bool vmsa_space_read_retry(const struct vmsa_space *space, uint32_t begun);

/** struct vmsa_entry - a run of like descriptors that a visit shows. */
struct vmsa_entry {
	vmsa_va va;               /**< first address the first one covers */
	vmsa_pa at;               /**< where the first one is stored */
	vmsa_desc desc;           /**< the first one */
	uint64_t step;            /**< the i-th is @desc + i * @step */
	uint64_t span;            /**< bytes each one translates */
	uint32_t count;           /**< how many; 1 for a table */
	int8_t level;             /**< their level */
	enum vmsa_desc_type type; /**< what they are */
};

/** vmsa_visit_fn - sees one run; non-zero stops the visit. */
typedef int (*vmsa_visit_fn)(void *arg, const struct vmsa_entry *entry);

/** VMSA_VISIT_HOLES - show runs of all-zero descriptors as well. */
#define VMSA_VISIT_HOLES 1u

/** VMSA_VISIT_TABLES - show table descriptors before what is below them. */
#define VMSA_VISIT_TABLES 2u

/**
 * vmsa_visit() - see every descriptor of a range once, in address order.
 * @space: the tables
 * @start: first address
 * @last:  last address, inclusive
 * @flags: VMSA_VISIT_* bits
 * @fn:    called once per run; leaves always, others as @flags say
 * @arg:   handed to @fn
 *
 * A run never crosses a table, never mixes leaves that do not continue each
 * other's output address with equal attributes, and an invalid descriptor
 * that is not zero is shown like a leaf with type INVALID.  Beside a writer
 * each descriptor shown was there at some time during the visit, unless
 * vmsa_space_read_retry() says that a table was freed meanwhile.
 *
 * Return: 0, the callback's own non-zero value, or an error of
 *	vmsa_translate().
 */
int vmsa_visit(const struct vmsa_space *space, vmsa_va start, vmsa_va last,
	       unsigned flags, vmsa_visit_fn fn, void *arg);

/* --- events ------------------------------------------------------------- */

/** enum vmsa_event_kind - what happened. */
enum vmsa_event_kind {
	VMSA_EVENT_STORE,       /**< descriptors stored in a reachable table */
	VMSA_EVENT_FILL,        /**< a table filled before it is reachable */
	VMSA_EVENT_TABLE_ALLOC, /**< a zeroed frame became a table */
	VMSA_EVENT_TABLE_FREE,  /**< a table's frame was given back */
	VMSA_EVENT_BARRIER,     /**< DSB, DMB or ISB */
	VMSA_EVENT_TLBI,        /**< TLB maintenance */
	VMSA_EVENT_BEGIN,       /**< a named operation starts */
	VMSA_EVENT_END,         /**< and ends */
	VMSA_EVENT_TTBR,        /**< a TTBR or VTTBR was written; no space does
				     that by itself */
};

/** VMSA_EVENT_OWN_ASID - the ASID that the tables are described with. */
#define VMSA_EVENT_OWN_ASID UINT32_MAX

/** struct vmsa_event - one thing an editor did. */
struct vmsa_event {
	enum vmsa_event_kind kind; /**< which member of the union holds */
	uint16_t pe;               /**< the PE that did it */
	int8_t level;              /**< of the table: STORE, FILL, TABLE_* */
	union {
		struct {
			vmsa_va va;        /**< first address translated */
			vmsa_pa at;        /**< where the first one went */
			vmsa_desc old;     /**< what was there, first */
			vmsa_desc desc;    /**< the first one stored */
			uint64_t step;     /**< the i-th is desc + i * step */
			uint64_t old_step; /**< the i-th was old + i *
						old_step; 0 but for
						vmsa_space_observe_runs() */
			uint32_t count;    /**< how many, ascending order */
		} store;                   /**< STORE and FILL */
		struct {
			vmsa_pa pa;        /**< the table's address */
		} table;                   /**< TABLE_ALLOC and TABLE_FREE */
		enum vmsa_barrier barrier; /**< BARRIER */
		struct vmsa_tlbi tlbi;     /**< TLBI */
		const char *name;          /**< BEGIN and END */
		struct {
			uint32_t asid; /**< the ASID it has;
					    VMSA_EVENT_OWN_ASID */
			bool cnp;      /**< CnP, bit 0 of the register */
		} ttbr;                /**< TTBR: of the PE that did it */
	} u;                           /**< by @kind */
};

/** vmsa_event_fn - an observer; it may read the space but not edit it. */
typedef void (*vmsa_event_fn)(void *arg, const struct vmsa_event *event);

/**
 * vmsa_space_observe() - see every event from now on.
 * @space: what to watch
 * @fn:    called in the writer's thread, after the event took place
 * @arg:   handed to @fn
 *
 * Return: 0; -ENOSPC if there are too many observers (8).
 */
int vmsa_space_observe(struct vmsa_space *space, vmsa_event_fn fn, void *arg);

/**
 * vmsa_space_observe_runs() - the same, for one that minds old_step.
 * @space: what to watch
 * @fn:    as above
 * @arg:   handed to @fn
 *
 * A change of like descriptors in a row is one event if all observers take it
 * so, and one for each descriptor otherwise.
 *
 * Return: as above.
 */
int vmsa_space_observe_runs(struct vmsa_space *space, vmsa_event_fn fn,
			    void *arg);

/** vmsa_space_unobserve() - stop calling @fn with @arg. */
void vmsa_space_unobserve(struct vmsa_space *space, vmsa_event_fn fn,
			  void *arg);

/** struct vmsa_counters - what a space's editors did, counted always. */
struct vmsa_counters {
	uint64_t stores;       /**< descriptors stored in reachable tables */
	uint64_t fills;        /**< descriptors filled into unreachable ones */
	uint64_t tables_alloc; /**< tables made */
	uint64_t tables_free;  /**< tables freed */
	uint64_t barriers[VMSA_NR_BARRIERS]; /**< by enum vmsa_barrier */
	uint64_t tlbi[VMSA_NR_TLBI_OPS];     /**< by enum vmsa_tlbi_op */
};

/** vmsa_space_counters() - a copy of the counters. */
void vmsa_space_counters(const struct vmsa_space *space,
			 struct vmsa_counters *out);

/* --- editing: the primitives algorithms are written with ---------------- */

/** struct vmsa_table - one table, as its editor holds it. */
struct vmsa_table {
	vmsa_desc *entries; /**< host address; read through vmsa_table_get() */
	vmsa_pa pa;         /**< its address */
	int8_t level;       /**< its level */
	unsigned zero_from; /**< entries from here on are known to be zero */
};

/** struct vmsa_table_run - consecutive entries of one table. */
struct vmsa_table_run {
	unsigned index; /**< the first entry */
	unsigned count; /**< how many */
	vmsa_va va;     /**< first address the first entry translates */
};

/** struct vmsa_change - bits to clear, then bits to set. */
struct vmsa_change {
	vmsa_desc clear; /**< first */
	vmsa_desc set;   /**< after; may name a bit of @clear */
};

/** vmsa_table_root() - the root table of a space. */
void vmsa_table_root(struct vmsa_space *space, struct vmsa_table *out);

/**
 * vmsa_table_child() - follow a table descriptor.
 * @space: the space
 * @level: level of the table that holds @desc
 * @desc:  a table descriptor
 * @out:   the table it points to
 *
 * Return: 0; -EFAULT if it lies outside memory.
 */
int vmsa_table_child(struct vmsa_space *space, int level, vmsa_desc desc,
		     struct vmsa_table *out);

/**
 * vmsa_table_expect() - a table will be edited soon: the host may fetch it.
 * @space: the space
 * @table: the table above it
 * @va:    an address it translates; nothing happens if there is no table
 */
void vmsa_table_expect(struct vmsa_space *space, const struct vmsa_table *table,
		       vmsa_va va);

/**
 * vmsa_table_alloc() - make a zeroed, unreachable table.
 * @space: the space
 * @phase: which allocator
 * @level: its level
 * @out:   the table, all zero
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_table_alloc(struct vmsa_space *space, enum vmsa_phase phase, int level,
		     struct vmsa_table *out);

/** vmsa_table_free() - give back a table that nothing points to. */
void vmsa_table_free(struct vmsa_space *space, struct vmsa_table *table);

/** vmsa_table_get() - one descriptor, loaded once. */
static inline vmsa_desc vmsa_table_get(const struct vmsa_table *table,
				       unsigned index)
{
	if (index >= table->zero_from)
		return 0;
	return __atomic_load_n(&table->entries[index], __ATOMIC_RELAXED);
}

/**
 * vmsa_table_agrees() - do consecutive entries hold an arithmetic run?
 * @table:  the table
 * @run:    which entries; its va is not used
 * @desc:   what the first one should be
 * @step:   what each next value adds
 * @ignore: bits that may differ
 *
 * Return: whether they do.
 */
bool vmsa_table_agrees(const struct vmsa_table *table,
		       struct vmsa_table_run run, vmsa_desc desc, uint64_t step,
		       vmsa_desc ignore);

/**
 * vmsa_table_set() - store one descriptor of a reachable table.
 * @space: the space
 * @table: the table
 * @index: which entry
 * @va:    first address the entry translates
 * @desc:  the new value
 */
void vmsa_table_set(struct vmsa_space *space, struct vmsa_table *table,
		    unsigned index, vmsa_va va, vmsa_desc desc);

/**
 * vmsa_table_set_run() - store consecutive descriptors in ascending order.
 * @space: the space
 * @table: the table
 * @index: the first entry
 * @count: how many; the run stays inside the table
 * @va:    first address the first entry translates
 * @desc:  the first value
 * @step:  what each next value adds
 *
 * Observers see one event for a stretch of entries that were zero, and one
 * for each entry that was not.
 */
void vmsa_table_set_run(struct vmsa_space *space, struct vmsa_table *table,
			unsigned index, unsigned count, vmsa_va va,
			vmsa_desc desc, uint64_t step);

/**
 * vmsa_table_change_run() - change bits of consecutive descriptors.
 * @space:  the space
 * @table:  the table
 * @run:    which; it stays inside the table
 * @change: for each, ascending: new value = (old & ~clear) | set
 *
 * Return: how many of the new values have bit 0 set.
 */
unsigned vmsa_table_change_run(struct vmsa_space *space,
			       struct vmsa_table *table,
			       struct vmsa_table_run run,
			       struct vmsa_change change);

/**
 * vmsa_table_fill() - fill a whole table that is not reachable yet.
 * @space: the space
 * @table: from vmsa_table_alloc(), not linked
 * @va:    first address entry 0 will translate
 * @desc:  value of entry 0
 * @step:  what each next value adds
 */
void vmsa_table_fill(struct vmsa_space *space, struct vmsa_table *table,
		     vmsa_va va, vmsa_desc desc, uint64_t step);

/**
 * vmsa_table_fill_far() - the same, for a table nobody will look into soon.
 * @space: the space
 * @table: from vmsa_table_alloc(), not linked
 * @va:    first address entry 0 will translate
 * @desc:  value of entry 0
 * @step:  what each next value adds
 *
 * The host writes around its cache.  What is written is visible to others
 * after the next vmsa_space_barrier() or vmsa_table_set().
 */
void vmsa_table_fill_far(struct vmsa_space *space, struct vmsa_table *table,
			 vmsa_va va, vmsa_desc desc, uint64_t step);

/** vmsa_space_barrier() - the editor executed a barrier. */
void vmsa_space_barrier(struct vmsa_space *space, enum vmsa_barrier barrier);

/**
 * vmsa_space_is_observed() - whether anyone watches the events.
 *
 * An editor may then do many like steps at once and account for them with
 * vmsa_space_count().
 */
bool vmsa_space_is_observed(const struct vmsa_space *space);

/**
 * vmsa_space_gather() - let the host store in the order that suits it.
 * @space:  the space
 * @gather: from now on, or not any more
 *
 * Meanwhile no barrier and no store waits for leaves that are on their way to
 * memory: other threads may see them late.  The editor's own thread, observers
 * among it, sees everything as ever.  For editors that store leaves in tables
 * that are linked, and link tables of zeroes only: those lead nobody astray.
 */
void vmsa_space_gather(struct vmsa_space *space, bool gather);

/**
 * vmsa_space_count() - @n barriers of the editor that the host need not follow.
 *
 * They are counted and shown, but order nothing on the host:
 * vmsa_space_barrier() or vmsa_space_end() does.
 */
void vmsa_space_count(struct vmsa_space *space, enum vmsa_barrier barrier,
		      uint64_t n);

/** vmsa_space_tlbi() - the editor executed a TLBI. */
void vmsa_space_tlbi(struct vmsa_space *space, struct vmsa_tlbi tlbi);

/** vmsa_space_set_pe() - which PE the editor runs on from now on. */
void vmsa_space_set_pe(struct vmsa_space *space, uint16_t pe);

/** vmsa_space_begin() - a named operation starts; @name is a static string. */
void vmsa_space_begin(struct vmsa_space *space, const char *name);

/** vmsa_space_end() - the operation begun last ends. */
void vmsa_space_end(struct vmsa_space *space, const char *name);

/* --- editing: whole operations ------------------------------------------ */

/** VMSA_MAP_NO_BLOCK - map with pages only. */
#define VMSA_MAP_NO_BLOCK 1u

/** VMSA_MAP_NO_CONTIGUOUS - never set the Contiguous bit. */
#define VMSA_MAP_NO_CONTIGUOUS 2u

/** struct vmsa_mapping - a range to map. */
struct vmsa_mapping {
	vmsa_va va;     /**< granule-aligned */
	vmsa_pa pa;     /**< granule-aligned */
	uint64_t size;  /**< bytes, a multiple of the granule, not 0 */
	vmsa_desc attr; /**< leaf bits without address, type, Contiguous */
	vmsa_desc table_attr;  /**< bits for new tables, type left out */
	unsigned flags;        /**< VMSA_MAP_* bits */
	enum vmsa_phase phase; /**< where new tables come from */
};

/**
 * vmsa_map() - map a range that is not mapped, with the largest leaves.
 * @space: the space
 * @m:     what goes where
 *
 * Nothing is changed when it fails: the range is first checked to be empty,
 * and tables made before an allocation failed are given back.
 *
 * Return: 0;
 *	-EINVAL, if something is not aligned or empty, or if an attribute names
 *	a bit that is not one (with LPA2, SH is none);
 *	-ERANGE, if the range leaves the half or @m's pa exceeds the format;
 *	-EEXIST, if part of the range holds a descriptor already;
 *	-ENOMEM.
 */
int vmsa_map(struct vmsa_space *space, const struct vmsa_mapping *m);

/**
 * vmsa_unmap() - clear every leaf of a range and free emptied tables.
 * @space: the space
 * @va:    granule-aligned
 * @size:  bytes, a multiple of the granule
 *
 * Leaves are cleared, then one DSB, TLBI, DSB, ISB sequence covers the range,
 * then empty tables below the root are unlinked, invalidated and freed.
 * Nothing is changed when it fails.
 *
 * Return: 0;
 *	-EINVAL, if not aligned or empty, or if an edge cuts a contiguous group
 *	or what one descriptor covers;
 *	-ERANGE, if the range leaves the half.
 */
int vmsa_unmap(struct vmsa_space *space, vmsa_va va, uint64_t size);

/**
 * vmsa_protect() - change attribute bits of every valid leaf of a range.
 * @space: the space
 * @va:    granule-aligned
 * @size:  bytes, a multiple of the granule
 * @set:   bits to set
 * @clear: bits to clear, before @set
 *
 * Only bits that need no break-before-make may be named: AP, AF, DBM, PXN,
 * UXN, software bits, and nG to be set but not cleared.  One DSB, TLBI, DSB,
 * ISB sequence follows.  Nothing is changed when it fails.
 *
 * Return: 0;
 *	-EINVAL, if not aligned or empty, if @set or @clear name another bit, or
 *	if an edge cuts a contiguous group or what one descriptor covers;
 *	-ERANGE, if the range leaves the half.
 */
int vmsa_protect(struct vmsa_space *space, vmsa_va va, uint64_t size,
		 vmsa_desc set, vmsa_desc clear);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TABLE_H */
