/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_VM_H
#define VMSA_LIB_LINUX_VM_H
/*
 * vm.h - what a running kernel keeps besides its linear map: pages in use,
 * vmalloc areas, memory that was plugged in, program packs
 *
 * All of it matters here for one reason: the pages of an area have aliases in
 * the linear map, and what is done to the area is done to them (8.2, 8.7).
 */
#include "vmsa/linux/callers.h"
#include "vmsa/linux/cost.h"
#include "vmsa/linux/hotplug.h"
#include "vmsa/linux/vmalloc.h"

/* A stretch of memory that pages are handed out from. */
struct page_chunk {
	vmsa_pa start;       /* of its first page */
	uint64_t pages;      /* in it */
	uint64_t free;       /* pages that are */
	uint64_t first;      /* no page below this one is free */
	unsigned char *used; /* one byte a page */
};

/* Where backing pages come from when a caller brings none. */
struct page_source {
	struct page_chunk *v;
	size_t n, room;
	uint64_t fail_nth; /* allocations until one fails; 0 none */
};

/* An area as the library keeps it. */
struct area {
	struct vmsa_linux_area public; /* first: callers hold its address */
	bool owns_pages;               /* they go back to the source */
	bool lazy; /* unmapped and freed, its range not flushed yet */
};

/* The vmalloc space: areas sorted by address, freed ones till the purge. */
struct vm {
	struct area **v;
	size_t n, room;
	size_t nr_lazy;            /* of them freed, waiting for a purge */
	struct page_source source; /* where backing pages come from */
};

/* Program packs of the BPF JIT. */
struct pack {
	const struct vmsa_linux_area *area; /* read-only and executable */
	unsigned char *used;                /* one byte a chunk of 64 bytes */
	uint64_t chunks, taken;             /* in it; of them in use */
};

/* All packs, in the order they were made. */
struct packs {
	struct pack *v;
	size_t n, room;
};

/* Memory that was plugged in: sorted, disjoint, neighbours merged. */
struct plugged {
	struct vmsa_range *v;
	size_t n, room;
};

/* --- pages.c: the page source --- */

/**
 * vmsa_pages_alloc() - take consecutive pages.
 * @l:     the system
 * @pages: how many, not 0
 * @align: bytes, a power of two, at least the page
 * @out:   address of the first
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_pages_alloc(struct vmsa_linux *l, uint64_t pages, uint64_t align,
		     vmsa_pa *out);

/** vmsa_pages_free() - give pages back that vmsa_pages_alloc() handed out. */
void vmsa_pages_free(struct vmsa_linux *l, vmsa_pa pa, uint64_t pages);

/** vmsa_pages_destroy() - forget the source. */
void vmsa_pages_destroy(struct page_source *source);

/* --- populate.c: the kernel's generic populate --- */

/** struct populate - what goes where. */
struct populate {
	vmsa_va va;          /* page-aligned */
	const vmsa_pa *page; /* address of each page */
	uint64_t pages;      /* how many */
	vmsa_desc prot;      /* page descriptor without address */
	bool blocks;         /* PMD blocks where all is aligned */
};

/**
 * vmsa_linux_populate() - map pages outside the linear map.
 * @l: the system
 * @p: what goes where
 *
 * Return: 0; -EBUSY if an entry is in the way; -ENOMEM.  What was mapped
 *	stays, and so do tables.
 */
int vmsa_linux_populate(struct vmsa_linux *l, const struct populate *p);

/**
 * vmsa_linux_get_table() - the table below an entry, made if there is none.
 * @l:     the system
 * @t:     the table that holds the entry
 * @va:    any address the entry translates
 * @child: the table
 *
 * Return: 0; -EBUSY if the entry is a leaf; -ENOMEM; -EFAULT.
 */
int vmsa_linux_get_table(struct vmsa_linux *l, struct vmsa_table *t, vmsa_va va,
			 struct vmsa_table *child);

/**
 * vmsa_linux_table_at() - the table of a level, made on the way if need be.
 * @l:     the system
 * @va:    any address the table translates
 * @level: its level
 * @out:   the table
 *
 * Return: as vmsa_linux_get_table().
 */
int vmsa_linux_table_at(struct vmsa_linux *l, vmsa_va va, int level,
			struct vmsa_table *out);

/* --- unplug.c: unmapping with the tables (10) --- */

/** enum unplug_kind - what the leaves map. */
enum unplug_kind {
	UNPLUG_LINEAR,  /* memory: one flush at the end */
	UNPLUG_VMEMMAP, /* struct pages: a flush a leaf, backing freed */
	UNPLUG_AREA,    /* of vmalloc: no flush, and tables stay */
};

/** vmsa_linux_unplug() - clear leaves of [@start, @end), free empty tables. */
void vmsa_linux_unplug(struct vmsa_linux *l, vmsa_va start, vmsa_va end,
		       enum unplug_kind kind);

/** vmsa_linux_is_inside_leaf() - would a boundary at @va cut something? */
bool vmsa_linux_is_inside_leaf(const struct vmsa_linux *l, vmsa_va va);

/* --- vmemmap.c --- */

/** vmsa_linux_vmemmap() - address of the struct page of @pa. */
vmsa_va vmsa_linux_vmemmap(const struct vmsa_linux *l, vmsa_pa pa);

/** vmsa_linux_vmemmap_populate() - map the struct pages of a range (10). */
int vmsa_linux_vmemmap_populate(struct vmsa_linux *l, struct vmsa_range range);

/* --- vmalloc.c --- */

/** vmsa_vm_reserve_image() - keep areas away from the kernel image. */
int vmsa_vm_reserve_image(struct vmsa_linux *l);

/** vmsa_vm_destroy() - forget every area. */
void vmsa_vm_destroy(struct vm *vm);

/**
 * vmsa_linux_purge() - flush and forget what was freed lazily.
 * @l:     the system
 * @start: flush from here at the latest; UINT64_MAX if there is no more
 * @end:   and up to here at least; 0
 *
 * One flush over the union; none if there is nothing.
 */
void vmsa_linux_purge(struct vmsa_linux *l, vmsa_va start, vmsa_va end);

/* --- bpf.c --- */

/** vmsa_bpf_destroy() - forget the packs. */
void vmsa_bpf_destroy(struct packs *packs);

#endif /* VMSA_LIB_LINUX_VM_H */
