/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_MAP_H
#define VMSA_LIB_LINUX_MAP_H
/*
 * map.h - building the linear map, and what a store costs
 *
 *     map_mem.c   the linear map, call by call         (3.3, 3.4)
 *     create.c    one call: tables, blocks, pages      (4)
 *     prot.c      protections, and which change is safe (1.4, 4.1)
 *     fixmap.c    slots through which tables are reached (4.5)
 *     lazy.c      when a descriptor becomes visible    (4.6)
 *     flush.c     TLBIs of a range                     (9)
 *
 * Whoever changes the map later stores by lazy.c and invalidates by flush.c;
 * create.c counts its barriers itself.
 */
#include "linux/linux.h"

/* --- map_mem.c --- */

/**
 * vmsa_linux_map_flags() - which VMSA_LINUX_NO_* memory is mapped with (3.2).
 * @l:         the system; the user's wish of a mapping comes first
 * @force_pte: is it to be pages?
 */
unsigned vmsa_linux_map_flags(const struct vmsa_linux *l, bool force_pte);

/**
 * vmsa_linux_pool_size() - bytes of the KFENCE pool, if there is one (7.3).
 * @l: the system
 *
 * Return: two pages an object, and two more.
 */
uint64_t vmsa_linux_pool_size(const struct vmsa_linux *l);

/* --- create.c --- */

/**
 * vmsa_linux_map_with() - vmsa_linux_map(), perhaps without an allocator.
 * @l:            the system
 * @map:          what goes where; its PA and VA have the same page offset
 * @phase:        which allocator tables come from
 * @may_allocate: is there one?
 *
 * Return: as vmsa_linux_map(); a table that is missed and may not be made is
 *	the kernel's BUG: -ENOTRECOVERABLE.
 */
int vmsa_linux_map_with(struct vmsa_linux *l, const struct vmsa_linux_map *map,
			enum vmsa_phase phase, bool may_allocate);

/* --- prot.c --- */

/** VMSA_PROT_TAGGED - AttrIndx 1, as the linear map uses always. */
#define VMSA_PROT_TAGGED 1u

/** VMSA_PROT_RO - read-only. */
#define VMSA_PROT_RO 2u

/**
 * vmsa_linux_prot() - PAGE_KERNEL and relatives as page bits (1.4).
 * @l:     the system: version, format and nG decide some bits
 * @flags: VMSA_PROT_*, ORed
 *
 * Return: a valid page descriptor without an address, never executable.
 */
vmsa_desc vmsa_linux_prot(const struct vmsa_linux *l, unsigned flags);

/**
 * vmsa_linux_change_is_safe() - the update check of 4.1.
 * @rules: those of the version
 * @old:   a descriptor that may be cached
 * @new:   what is to be stored over it
 *
 * Return: whether the mapping code would store it live.
 */
bool vmsa_linux_change_is_safe(const struct linux_rules *rules, vmsa_desc old,
			       vmsa_desc new);

/* --- fixmap.c --- */

/**
 * vmsa_linux_set_fixmap() - map a table in a fixmap slot (4.5).
 * @l: DSB ISHST and ISB are counted
 */
void vmsa_linux_set_fixmap(struct vmsa_linux *l);

/**
 * vmsa_linux_clear_fixmap() - unmap the slot again (4.5).
 * @l:     DSB ISHST, a TLBI by VA, DSB ISH and ISB are counted
 * @level: of the table: each level has a slot
 */
void vmsa_linux_clear_fixmap(struct vmsa_linux *l, int level);

/* --- flush.c: TLBIs without their barriers (9) --- */

/**
 * vmsa_linux_tlbi_range() - invalidate a range, or everything if it is large.
 * @l:     the system
 * @op:    VAAE1 (tables too) or VAALE1 (leaves only); ranges use its range form
 * @start: first address, page-aligned
 * @end:   end, exclusive
 *
 * Counts the pages, or the full flush, in @l.
 */
void vmsa_linux_tlbi_range(struct vmsa_linux *l, enum vmsa_tlbi_op op,
			   vmsa_va start, vmsa_va end);

/**
 * vmsa_linux_tlbi_va() - one TLBI by VA, any ASID, Inner Shareable.
 * @l:  the system
 * @op: VAAE1 or VAALE1
 * @va: an address
 */
void vmsa_linux_tlbi_va(struct vmsa_linux *l, enum vmsa_tlbi_op op, vmsa_va va);

/**
 * vmsa_linux_tlbi_all() - one TLBI for everything, VMALLE1IS.
 * @l: the system; its count of full flushes is the caller's matter
 */
void vmsa_linux_tlbi_all(struct vmsa_linux *l);

/**
 * vmsa_linux_has_tlbi_ranges() - are range TLBIs used for kernel ranges (9.1)?
 * @l: both kernel and boot CPU must know them
 */
bool vmsa_linux_has_tlbi_ranges(const struct vmsa_linux *l);

/* --- lazy.c: how descriptors become visible (4.6) --- */

/**
 * vmsa_linux_lazy_enter() - barriers wait from here on.
 * @l: the system; sections nest
 */
void vmsa_linux_lazy_enter(struct vmsa_linux *l);

/**
 * vmsa_linux_lazy_leave() - and come now, at most once.
 * @l: in a section; leaving an inner one lets barriers out as well
 */
void vmsa_linux_lazy_leave(struct vmsa_linux *l);

/**
 * vmsa_linux_defers() - whether a barrier asked for now would wait.
 * @l: in a section or not
 */
bool vmsa_linux_defers(const struct vmsa_linux *l);

/**
 * vmsa_linux_ask_barrier() - a valid descriptor was stored.
 * @l: DSB ISHST and ISB come now, or when the section ends
 */
void vmsa_linux_ask_barrier(struct vmsa_linux *l);

/**
 * vmsa_linux_set_entry() - store one descriptor through its setter.
 * @l:     the system
 * @t:     the table
 * @index: of the entry in it
 * @va:    first address the entry translates
 * @desc:  the descriptor; barriers follow if it is valid.  In the root they
 *	   follow always and at once
 */
void vmsa_linux_set_entry(struct vmsa_linux *l, struct vmsa_table *t,
			  unsigned index, vmsa_va va, vmsa_desc desc);

#endif /* VMSA_LIB_LINUX_MAP_H */
