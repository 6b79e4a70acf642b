/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_H
#define VMSA_LIB_LINUX_H
/*
 * linux.h - the inside of a vmsa_linux, shared by the files of this room
 *
 *     boot/       before a table: boot.c bootargs.c cpu.c kernel.c layout.c
 *                 memblock.c policy.c rules.c
 *     map/        building: map_mem.c create.c prot.c; what a store costs:
 *                 fixmap.c lazy.c flush.c
 *     pages/      other memory: pages.c populate.c unplug.c vmemmap.c
 *                 hotplug.c
 *     live/       changing: split.c pageattr.c set_memory.c vmalloc.c realm.c
 *     callers/    who asks for it: bringup.c callers.c module.c bpf.c
 *     collapse/   ours alone: collapse.c fold.c policy.c
 *     here        a system as a whole: linux.c; looking at one: cost.c
 *                 ptdump.c operations.c
 *     recorded/   whole runs of recorded kernels
 *     scenario/   and of scripts
 *
 * Each folder calls those above it and none below; what it has for them is in
 * its own header ("linux/map/map.h"), this one has what all of them know.
 * tools/check_layers.py holds them to the table in docs/architecture.md.
 *
 * Numbers in parentheses are sections of docs/linear-map.md, from which all of
 * this is written.  Descriptors are stored by table's calls only; on the way
 * there map/lazy.c adds the barriers of the kernel's setters, except in bulk
 * code that counts them itself.
 */
#include "vmsa/linux.h"

#include "linux/vm.h"

/** PUD_LEVEL - Linux's word for level 1: blocks of 1 GiB, 4K pages only. */
#define PUD_LEVEL 1

/** PMD_LEVEL - level 2: blocks of 2 MiB with 4K pages. */
#define PMD_LEVEL 2

/** PTE_LEVEL - level 3: pages. */
#define PTE_LEVEL 3

/** STRUCT_PAGE - bytes of struct page: one a page of memory (1.2). */
#define STRUCT_PAGE 64

/**
 * TOGETHER - how many tables are made in one go where nobody watches: enough
 * that one wait of the host for its streamed stores is spread thin.
 */
#define TOGETHER 64

/** PTE_DIRTY - a software bit: was written (1.3). */
#define PTE_DIRTY VMSA_BIT(55)

/** PTE_WRITE - may be written, as software sees it (1.3). */
#define PTE_WRITE VMSA_LEAF_DBM

/** PTE_RDONLY - may not be, as hardware does (1.3). */
#define PTE_RDONLY VMSA_LEAF_AP2

/** PTE_PRESENT_INVALID - what nG means in an invalid descriptor (1.5). */
#define PTE_PRESENT_INVALID VMSA_LEAF_NG

/** enum bbm_test - how a CPU shows that it can change sizes live (6.1). */
enum bbm_test {
	BBM_NEVER,  /* the kernel does not ask */
	BBM_LEVEL2, /* ID field at least 2, or on the list */
	BBM_LIST,   /* on the list of CPUs that raise no conflict abort */
	BBM_LEVEL3, /* ID field at least 3, or on the list */
};

/** enum alias_errors - what set_memory_*() does with an alias's (8.2). */
enum alias_errors {
	ALIAS_RETURNED,   /* stop and hand it on */
	ALIAS_SPLIT_ONLY, /* hand on that of a split */
	ALIAS_IGNORED,    /* go on */
};

/**
 * struct linux_rules - what differs between the kernels; one algorithm reads
 * it.  The version map at the top of docs/linear-map.md tells the same story as
 * a table.
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

/** struct boot_args - boot arguments that matter here, as understood. */
struct boot_args {
	bool rodata_enabled, rodata_full; /* rodata= (7.1) */
	bool debug_pagealloc;             /* on, whether or not it is built */
	bool nokaslr;                     /* the seed is not used */
	bool kpti;                        /* kpti= asked for it */
	bool has_interval;                /* kfence.sample_interval= is there */
	unsigned long kfence_interval;    /* ms; 0: no early pool (7.2) */
	uint64_t mem;                     /* mem=, bytes; 0 if absent */
};

/**
 * struct memblock - memblock.memory: sorted, disjoint, neighbours with equal
 * flags merged.
 */
struct memblock {
	struct vmsa_linux_region *v; /* ascending */
	size_t n, room;              /* in use; allocated */
};

/** struct vmsa_linux - one booting or running system. */
struct vmsa_linux {
	/* What boots, on what. */
	struct vmsa_linux_kernel kernel;
	const struct linux_rules *rules;
	struct vmsa_cpu boot_cpu; /* decides alone until all are up (6.2) */
	struct boot_args args;
	enum vmsa_linux_mapping mapping; /* the user's wish */
	vmsa_linux_map_fn on_map;        /* hears each call of map/create.c */
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

/** vmsa_linux_page_size() - bytes of a page. */
static inline uint64_t vmsa_linux_page_size(const struct vmsa_linux *l)
{
	return UINT64_C(1) << l->kernel.granule_shift;
}

/** vmsa_linux_is_linear() - is @va in the linear map on this CPU (1.2)? */
static inline bool vmsa_linux_is_linear(const struct vmsa_linux *l, vmsa_va va)
{
	return va >= l->layout.linear_start && va < l->layout.page_end;
}

/**
 * vmsa_linux_has_blocks() - does Linux use blocks of this level (1.1)?  PMDs,
 * and PUDs with 4K pages only.
 */
static inline bool vmsa_linux_has_blocks(const struct vmsa_geometry *g,
					 int level)
{
	return level == PMD_LEVEL ||
	       (level == PUD_LEVEL && g->granule_shift == 12);
}

/**
 * is_valid() - bit 0 (1.5).  Beware of the leaf that kernels before 7.1 made
 * invalid: not valid, not present, and yet not zero.
 */
static inline bool is_valid(vmsa_desc d)
{
	return d & VMSA_DESC_VALID;
}

/**
 * is_present() - valid, or marked as kept: without VALID, nG is free to mean
 * that (1.5).
 */
static inline bool is_present(vmsa_desc d)
{
	return is_valid(d) || d & PTE_PRESENT_INVALID;
}

/**
 * is_table() - above the pages only: at the last level the same bits are a page
 * (1.5).
 */
static inline bool is_table(vmsa_desc d)
{
	return (d & VMSA_DESC_TYPE) == VMSA_DESC_TYPE;
}

#endif /* VMSA_LIB_LINUX_H */
