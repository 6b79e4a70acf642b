/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_PAGES_H
#define VMSA_LIB_LINUX_PAGES_H
/*
 * pages.h - pages come, are mapped, and go
 *
 *     pages.c      the page source
 *     populate.c   mapping outside the linear map
 *     unplug.c     unmapping, the tables with it     (10)
 *     vmemmap.c    the struct pages of memory        (10)
 *     hotplug.c    memory plugged in and out         (10)
 */
#include "linux/linux.h"

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

/**
 * vmsa_pages_free() - give pages back that vmsa_pages_alloc() handed out.
 * @l:     the system
 * @pa:    of the first; pages of another origin are left alone
 * @pages: how many
 */
void vmsa_pages_free(struct vmsa_linux *l, vmsa_pa pa, uint64_t pages);

/**
 * vmsa_pages_destroy() - forget the source.
 * @source: empty, used or zeroed
 */
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

/**
 * vmsa_linux_unplug() - clear the leaves of a range, free empty tables (10).
 * @l:     the system
 * @start: first address, page-aligned
 * @end:   end, exclusive; a leaf that is covered in part goes whole
 * @kind:  what they map
 */
void vmsa_linux_unplug(struct vmsa_linux *l, vmsa_va start, vmsa_va end,
		       enum unplug_kind kind);

/**
 * vmsa_linux_is_inside_leaf() - would a boundary at an address cut something?
 * @l:  the system
 * @va: the address
 *
 * Return: whether it is inside a present leaf or CONT group, not at its start.
 */
bool vmsa_linux_is_inside_leaf(const struct vmsa_linux *l, vmsa_va va);

/* --- vmemmap.c --- */

/**
 * vmsa_linux_vmemmap() - address of the struct page of a page (1.2).
 * @l:  the system
 * @pa: the page, in memory or not
 */
vmsa_va vmsa_linux_vmemmap(const struct vmsa_linux *l, vmsa_pa pa);

/**
 * vmsa_linux_vmemmap_populate() - map the struct pages of a range (10).
 * @l:     the system
 * @range: memory; what is mapped already is skipped
 *
 * Return: 0; -ENOMEM, and what was mapped stays.
 */
int vmsa_linux_vmemmap_populate(struct vmsa_linux *l, struct vmsa_range range);

#endif /* VMSA_LIB_LINUX_PAGES_H */
