/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_H
#define VMSA_LIB_LINUX_H
/*
 * linux.h - the inside of a vmsa_linux, shared by the files of this room
 *
 *     before a table   kernel.c rules.c bootargs.c layout.c boot.c memblock.c
 *                      cpu.c policy.c
 *     building         map_mem.c create.c prot.c fixmap.c
 *     bringing up      bringup.c
 *     changing         pageattr.c set_memory.c split.c realm.c, with flush.c
 *                      and lazy.c below them
 *     callers          callers.c module.c bpf.c
 *     other memory     vmalloc.c pages.c populate.c hotplug.c unplug.c
 *                      vmemmap.c
 *     ours alone       collapse*.c
 *     looking          cost.c ptdump.c
 *     whole runs       recorded/ scenario/
 *
 * Numbers in parentheses are sections of docs/linear-map.md, from which all of
 * this is written.  Descriptors are stored by table's calls only; on the way
 * there lazy.c adds the barriers of the kernel's setters, except in bulk code
 * that counts them itself.
 *
 * Linux's words for levels, translated once:
 */
#include "vmsa/linux.h"

#include "linux/vm.h"

#define PUD_LEVEL 1
#define PMD_LEVEL 2
#define PTE_LEVEL 3

/* Bytes of struct page: one describes a page of memory (1.2). */
#define STRUCT_PAGE 64

/*
 * How many tables are made in one go where nobody watches: enough that one
 * wait of the host for its streamed stores is spread thin.
 */
#define TOGETHER 64

/* Software bits Linux gives a meaning to (1.3). */
#define PTE_DIRTY  VMSA_BIT(55)
#define PTE_WRITE  VMSA_LEAF_DBM
#define PTE_RDONLY VMSA_LEAF_AP2
/* nG means something else in an invalid descriptor (1.5). */
#define PTE_PRESENT_INVALID VMSA_LEAF_NG

/* How a CPU shows that live size changes are safe on it (6.1). */
enum bbm_test {
	BBM_NEVER,  /* the kernel does not ask */
	BBM_LEVEL2, /* ID field at least 2, or on the list */
	BBM_LIST,   /* on the list of CPUs that raise no conflict abort */
	BBM_LEVEL3, /* ID field at least 3, or on the list */
};

/* What set_memory_*() does with the error of an alias (8.2). */
enum alias_errors {
	ALIAS_RETURNED,   /* stop and hand it on */
	ALIAS_SPLIT_ONLY, /* hand on that of a split */
	ALIAS_IGNORED,    /* go on */
};

/*
 * What differs between the kernels; one algorithm reads it.  The version map at
 * the top of docs/linear-map.md tells the same story as a table.
 */
struct linux_rules {
	const char *name;       /* as users say it */
	enum bbm_test bbm_test; /* which CPUs may change sizes live (6.1) */

	/* Boot arguments and policy (3.2, 7). */
	bool rodata_words_old;  /* on, full, off instead of on, noalias, off */
	bool full_forbids_cont; /* rodata=full: blocks, but never CONT */
	bool force_pte_kfence;  /* a late KFENCE pool forces pages with BBM */

	/* Descriptors (1.3, 1.4). */
	bool table_af; /* table descriptors carry AF */
	bool dirty;    /* kernel leaves carry DIRTY */

	/* Splitting and the permission walk (5, 8.1). */
	bool full_split;        /* a split goes all the way to pages (5.7) */
	bool split_when_final;  /* no split before capabilities are final */
	bool marks_invalid;     /* PRESENT_INVALID in invalidated leaves */
	bool allocates_in_walk; /* the permission walk makes missing tables */

	/* The boot mapping and TLB maintenance (3.3 to 3.6, 9). */
	bool range_tlbi;         /* range TLBIs for kernel ranges */
	bool text_ro_cont;       /* the read-only text alias may be CONT */
	bool data_alias_invalid; /* the data alias is unmapped after boot */
	bool alias_first;        /* text alias before the banks, tagged */
	bool data_alias;         /* data and bss alias mapped on its own */
	bool sees_tables;        /* blocks yield to tables; CONT to the group */
	bool cont_is_frozen; /* no live change of a CONT descriptor at all */
	bool round_inward;   /* odd edges of regions shrink */
	bool stops_at_empty; /* the bank loop ends at an empty range */

	/* The rest: 2.2 step 9, 4.3, 4.6, 8.2, 7.5, 10. */
	bool random_memstart;  /* KASLR moves the linear map */
	bool enomem_is_bug;    /* no -ENOMEM from the late allocator */
	bool eager_barriers;   /* lazy MMU sections do not hold barriers back */
	bool callers_split;    /* the permission walk leaves that to others */
	bool set_memory_huge;  /* areas with blocks are accepted */
	bool alias_whole_area; /* all pages of an area, not those asked for */
	enum alias_errors alias_errors; /* what becomes of them */
	bool knows_realms;              /* Arm CCA guests */
	bool flushes_each_leaf;         /* hot-remove: a flush a leaf */
	bool refuses_cuts; /* hot-remove: not where an edge cuts a leaf */
};

/* Boot arguments that matter here, as the kernel would understand them. */
struct boot_args {
	bool rodata_enabled, rodata_full; /* rodata= (7.1) */
	bool debug_pagealloc;             /* on, whether or not it is built */
	bool nokaslr;                     /* the seed is not used */
	bool kpti;                        /* kpti= asked for it */
	bool has_interval;                /* kfence.sample_interval= is there */
	unsigned long kfence_interval;    /* ms; 0: no early pool (7.2) */
	uint64_t mem;                     /* mem=, bytes; 0 if absent */
};

/* memblock.memory: sorted, disjoint, neighbours with equal flags merged. */
struct memblock {
	struct vmsa_linux_region *v;
	size_t n, room;
};

/* One booting or running system. */
struct vmsa_linux {
	/* What boots, on what. */
	struct vmsa_linux_kernel kernel;
	const struct linux_rules *rules;
	struct vmsa_cpu boot_cpu; /* decides alone until all are up (6.2) */
	struct boot_args args;
	enum vmsa_linux_mapping mapping; /* the user's wish */
	vmsa_linux_map_fn on_map;        /* hears each call of create.c */
	void *on_map_arg;

	/* What was found before anything was mapped (2, 7). */
	vmsa_pa image; /* of _text */
	struct memblock memblock;
	struct vmsa_linux_layout layout;
	struct vmsa_linux_policy policy;
	vmsa_pa kfence_pool; /* VMSA_NO_PA until there is one */
	bool root_is_ro; /* writes to swapper go through a fixmap slot (4.5) */

	/* What happened since boot. */
	bool allocator_up;   /* splits can have tables (5.1) */
	bool caps_final;     /* which CPUs there are is settled (6.2) */
	bool system_bbm;     /* every early CPU has it; holds once final */
	unsigned nr_online;  /* CPUs, the boot CPU among them */
	unsigned lazy;       /* depth of lazy MMU sections (4.6) */
	bool barrier_due;    /* one was asked for inside */
	bool eager_barriers; /* they do not wait there, on the user's wish */

	/* What else it keeps, and what it did. */
	struct vm vm;
	struct packs packs;
	unsigned nodes; /* possible NUMA nodes */
	struct plugged plugged;
	bool has_struct_pages; /* those of boot memory are mapped */
	bool kfence_runs;      /* its guard pages are protected */
	bool in_realm;         /* the next member holds (7.5) */
	struct vmsa_linux_realm realm;
	uint64_t pages_flushed, full_flushes; /* see struct vmsa_linux_cost */
	uint64_t warnings; /* WARN()s the kernel would show */

	struct vmsa_memory *memory; /* memblock's banks */
	struct vmsa_space *space;   /* swapper */
};

/* --- rules.c --- */

/** vmsa_linux_rules() - the row of the version table. */
const struct linux_rules *vmsa_linux_rules(enum vmsa_linux_version version);

/* --- kernel.c --- */

/** vmsa_linux_is_offered() - can a kernel be configured so (1.1)? */
bool vmsa_linux_is_offered(unsigned granule_shift, unsigned va_bits);

/* --- bootargs.c --- */

/**
 * vmsa_linux_parse_args() - read the boot arguments a kernel would heed.
 * @kernel: for its defaults and its words
 * @text:   the command line
 * @out:    what it says
 */
void vmsa_linux_parse_args(const struct vmsa_linux_kernel *kernel,
			   const char *text, struct boot_args *out);

/* --- memblock.c --- */

/** vmsa_memblock_add() - add memory; what is there keeps its flag. */
int vmsa_memblock_add(struct memblock *mb, vmsa_pa start, uint64_t size);

/** vmsa_memblock_remove() - take [@start, @end) out. */
int vmsa_memblock_remove(struct memblock *mb, vmsa_pa start, vmsa_pa end);

/** vmsa_memblock_mark() - set or clear NOMAP on [@start, @start + @size). */
int vmsa_memblock_mark(struct memblock *mb, vmsa_pa start, uint64_t size,
		       bool nomap);

/** vmsa_memblock_limit() - keep the lowest @limit bytes that are mapped. */
int vmsa_memblock_limit(struct memblock *mb, uint64_t limit);

/** vmsa_memblock_start() - lowest address; the list is not empty. */
vmsa_pa vmsa_memblock_start(const struct memblock *mb);

/** vmsa_memblock_end() - end of the highest region; the list is not empty. */
vmsa_pa vmsa_memblock_end(const struct memblock *mb);

/* --- cpu.c --- */

/**
 * vmsa_linux_cpu_has_bbm() - may this CPU change mapping sizes live (6.1)?
 * @version: whose test
 * @cpu:     the CPU
 */
bool vmsa_linux_cpu_has_bbm(enum vmsa_linux_version version,
			    const struct vmsa_cpu *cpu);

/* --- layout.c --- */

/** vmsa_linux_find_layout() - addresses that do not depend on memory. */
void vmsa_linux_find_layout(struct vmsa_linux *l);

/** vmsa_linux_geometry() - shape of the kernel's tables on this CPU. */
int vmsa_linux_geometry(const struct vmsa_linux *l, struct vmsa_geometry *out);

/* --- boot.c --- */

/**
 * vmsa_linux_find_memory() - section 2.2: memblock and memstart.
 * @l:       kernel, CPU, arguments and layout are known
 * @machine: where the memory is
 * @seed:    KASLR's, for kernels that move the linear map
 * @err:     what does not fit
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int vmsa_linux_find_memory(struct vmsa_linux *l,
			   const struct vmsa_machine *machine, uint16_t seed,
			   struct vmsa_error *err);

/* --- pageattr.c --- */

/** vmsa_linux_validity() - what makes a leaf valid, or invalid (8.3). */
struct vmsa_change vmsa_linux_validity(const struct vmsa_linux *l, bool valid);

/* --- bringup.c --- */

/** vmsa_linux_set_data_alias() - the alias of data and bss (3.6). */
int vmsa_linux_set_data_alias(struct vmsa_linux *l, bool valid);

/* --- policy.c --- */

/** vmsa_linux_force_pte() - force_pte as it is now (7.2). */
bool vmsa_linux_force_pte(const struct vmsa_linux *l);

/** vmsa_linux_decide() - section 7, before anything is mapped. */
void vmsa_linux_decide(struct vmsa_linux *l,
		       const struct vmsa_machine *machine);

/** vmsa_linux_decide_again() - what a failed KFENCE pool changes. */
void vmsa_linux_decide_again(struct vmsa_linux *l);

/* --- map_mem.c --- */

/** vmsa_linux_map_flags() - which VMSA_LINUX_NO_* memory is mapped with. */
unsigned vmsa_linux_map_flags(const struct vmsa_linux *l, bool force_pte);

/** vmsa_linux_pool_size() - bytes of the KFENCE pool, if there is one. */
uint64_t vmsa_linux_pool_size(const struct vmsa_linux *l);

/* --- create.c --- */

/** vmsa_linux_map_with() - vmsa_linux_map(), perhaps without an allocator. */
int vmsa_linux_map_with(struct vmsa_linux *l, const struct vmsa_linux_map *map,
			enum vmsa_phase phase, bool may_allocate);

/* --- fixmap.c --- */

/** vmsa_linux_set_fixmap() - map a table in a fixmap slot (4.5). */
void vmsa_linux_set_fixmap(struct vmsa_linux *l);

/** vmsa_linux_clear_fixmap() - unmap the slot of a table of @level. */
void vmsa_linux_clear_fixmap(struct vmsa_linux *l, int level);

/* --- flush.c: TLBIs without their barriers (9) --- */

/**
 * vmsa_linux_tlbi_range() - invalidate a range, or everything if it is large.
 * @l:     the system
 * @op:    VAAE1 (tables too) or VAALE1 (leaves only); ranges use its range form
 * @start: first address, page-aligned
 * @end:   end, exclusive
 */
void vmsa_linux_tlbi_range(struct vmsa_linux *l, enum vmsa_tlbi_op op,
			   vmsa_va start, vmsa_va end);

/** vmsa_linux_tlbi_va() - one TLBI by VA of @op, any ASID. */
void vmsa_linux_tlbi_va(struct vmsa_linux *l, enum vmsa_tlbi_op op, vmsa_va va);

/** vmsa_linux_tlbi_all() - one TLBI for everything. */
void vmsa_linux_tlbi_all(struct vmsa_linux *l);

/** vmsa_linux_has_tlbi_ranges() - are range TLBIs used for kernel ranges? */
bool vmsa_linux_has_tlbi_ranges(const struct vmsa_linux *l);

/* --- lazy.c: how descriptors become visible (4.6) --- */

/** vmsa_linux_lazy_enter() - barriers wait from here on. */
void vmsa_linux_lazy_enter(struct vmsa_linux *l);

/** vmsa_linux_lazy_leave() - and come now, at most once. */
void vmsa_linux_lazy_leave(struct vmsa_linux *l);

/** vmsa_linux_defers() - whether a barrier asked for now would wait. */
bool vmsa_linux_defers(const struct vmsa_linux *l);

/** vmsa_linux_ask_barrier() - a valid descriptor was stored. */
void vmsa_linux_ask_barrier(struct vmsa_linux *l);

/** vmsa_linux_set_entry() - store one descriptor through its setter. */
void vmsa_linux_set_entry(struct vmsa_linux *l, struct vmsa_table *t,
			  unsigned index, vmsa_va va, vmsa_desc desc);

/* Bytes of a page. */
static inline uint64_t vmsa_linux_page_size(const struct vmsa_linux *l)
{
	return UINT64_C(1) << l->kernel.granule_shift;
}

/* Is @va an address of the linear map on this CPU (1.2)? */
static inline bool vmsa_linux_is_linear(const struct vmsa_linux *l, vmsa_va va)
{
	return va >= l->layout.linear_start && va < l->layout.page_end;
}

/* Linux has PMD blocks, and PUD blocks with 4K pages only (1.1). */
static inline bool vmsa_linux_has_blocks(const struct vmsa_geometry *g,
					 int level)
{
	return level == PMD_LEVEL ||
	       (level == PUD_LEVEL && g->granule_shift == 12);
}

/*
 * Predicates of 1.5.  Beware of the leaf that kernels before 7.1 made invalid:
 * not valid, not present, and yet not zero.
 */
static inline bool is_valid(vmsa_desc d)
{
	return d & VMSA_DESC_VALID;
}

/* Valid, or marked as kept: without VALID, nG is free to mean that. */
static inline bool is_present(vmsa_desc d)
{
	return is_valid(d) || d & PTE_PRESENT_INVALID;
}

/* Above the pages only: at the last level the same bits are a page. */
static inline bool is_table(vmsa_desc d)
{
	return (d & VMSA_DESC_TYPE) == VMSA_DESC_TYPE;
}

/* --- prot.c --- */

/** VMSA_PROT_TAGGED - AttrIndx 1, as the linear map uses always. */
#define VMSA_PROT_TAGGED 1u

/** VMSA_PROT_RO - read-only. */
#define VMSA_PROT_RO 2u

/** vmsa_linux_prot() - PAGE_KERNEL and relatives as page bits (1.4). */
vmsa_desc vmsa_linux_prot(const struct vmsa_linux *l, unsigned flags);

/** vmsa_linux_change_is_safe() - the update check of section 4.1. */
bool vmsa_linux_change_is_safe(const struct linux_rules *rules, vmsa_desc old,
			       vmsa_desc new);

#endif /* VMSA_LIB_LINUX_H */
