/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_VMALLOC_H
#define VMSA_LINUX_VMALLOC_H
/*
 * vmalloc.h - areas of virtually contiguous pages, and their permissions
 *
 *     area:   va -> va + pages -> guard page
 *               |
 *     backing pages, each also mapped in the linear map: its alias
 *
 * set_memory_*() change an area and, where the kernel says so, the aliases of
 * its pages.  A freed area stays in the TLBs until the next purge.
 *
 * Source   docs/linear-map.md, sections 8.2 and 8.7
 */
#include "vmsa/linux.h"

#ifdef __cplusplus
extern "C" {
#endif

/** VMSA_AREA_ALLOC - VM_ALLOC: vmalloc() and its relatives. */
#define VMSA_AREA_ALLOC 1u

/** VMSA_AREA_HUGE - VM_ALLOW_HUGE_VMAP: blocks where they fit. */
#define VMSA_AREA_HUGE 2u

/** VMSA_AREA_RESET_PERMS - VM_FLUSH_RESET_PERMS: freeing resets aliases. */
#define VMSA_AREA_RESET_PERMS 4u

/** VMSA_AREA_IOREMAP - VM_IOREMAP: device memory, nothing of it is owned. */
#define VMSA_AREA_IOREMAP 8u

/** VMSA_AREA_MAP - VM_MAP: vmap() of pages somebody else has. */
#define VMSA_AREA_MAP 16u

/** enum vmsa_linux_protection - how an area is mapped at first (1.4). */
enum vmsa_linux_protection {
	VMSA_PAGE_KERNEL,      /**< read-write, not executable */
	VMSA_PAGE_KERNEL_RO,   /**< read-only, not executable */
	VMSA_PAGE_KERNEL_ROX,  /**< read-only, executable */
	VMSA_PAGE_KERNEL_EXEC, /**< read-write, executable */
	VMSA_PAGE_NC,          /**< Normal non-cacheable */
	VMSA_PAGE_DEVICE,      /**< Device-nGnRE */
};

/** struct vmsa_linux_area - one area; valid until it is freed. */
struct vmsa_linux_area {
	vmsa_va va;     /**< first address */
	uint64_t size;  /**< bytes, the guard page included */
	uint64_t pages; /**< how many are mapped */
	unsigned flags; /**< VMSA_AREA_* bits; 0 for the kernel image */
	vmsa_pa *page;  /**< address of each backing page */
	vmsa_desc prot; /**< what it was mapped with */
};

/** struct vmsa_linux_area_want - an area to be made. */
struct vmsa_linux_area_want {
	uint64_t pages; /**< how many, not 0 */
	unsigned flags; /**< VMSA_AREA_* bits */
	bool modules;   /**< in the modules' range instead of vmalloc's */
	enum vmsa_linux_protection prot; /**< at first */
	const vmsa_pa *page; /**< each backing page; NULL: see @start */
	vmsa_pa start;       /**< consecutive from here, or VMSA_NO_PA: the
				  system's own pages */
};

/**
 * vmsa_linux_vmalloc() - make an area and map its pages.
 * @sys:  the system
 * @want: what kind
 * @out:  the area
 *
 * Pages the caller brings may be any; who else uses them is his business.
 *
 * Return: 0;
 *	-EINVAL, if @want has no pages or one that is not page-aligned;
 *	-ENOSPC, if no range of that size is left;
 *	-ENOMEM, the area is freed as vmsa_linux_vfree() would.
 */
int vmsa_linux_vmalloc(struct vmsa_linux *sys,
		       const struct vmsa_linux_area_want *want,
		       const struct vmsa_linux_area **out);

/**
 * vmsa_linux_vfree() - unmap an area; flush it now or later (8.7).
 * @sys:  the system
 * @area: from vmsa_linux_vmalloc()
 *
 * With VMSA_AREA_RESET_PERMS the aliases become invalid, one flush covers
 * them and everything freed lazily, and they come back read-write.  Without,
 * the range is flushed by the next purge.
 *
 * Return: 0; -EINVAL if there is no such area: nothing is done.
 */
int vmsa_linux_vfree(struct vmsa_linux *sys,
		     const struct vmsa_linux_area *area);

/** vmsa_linux_find_area() - the area of @va, its guard page too; or NULL. */
const struct vmsa_linux_area *vmsa_linux_find_area(const struct vmsa_linux *sys,
						   vmsa_va va);

/** vmsa_linux_unmap_aliases() - vm_unmap_aliases(): purge what was freed. */
void vmsa_linux_unmap_aliases(struct vmsa_linux *sys);

/**
 * vmsa_linux_take_pages() - take pages from the system, for one's own use.
 * @sys:   the system
 * @pages: how many; they are consecutive and aligned to the next power of two
 * @out:   address of the first
 *
 * They overlap no table, nothing reserved and no no-map memory.
 *
 * Return: 0; -EINVAL if @pages is 0; -ENOMEM.
 */
int vmsa_linux_take_pages(struct vmsa_linux *sys, uint64_t pages, vmsa_pa *out);

/** vmsa_linux_give_pages() - give taken pages back. */
void vmsa_linux_give_pages(struct vmsa_linux *sys, vmsa_pa pa, uint64_t pages);

/**
 * vmsa_linux_fail_pages() - make one coming allocation of pages fail.
 * @sys: the system
 * @n:   1 for the next, 2 for the one after; 0 cancels
 *
 * Pages are what areas and callers use; tables have vmsa_memory_fail_nth().
 */
void vmsa_linux_fail_pages(struct vmsa_linux *sys, uint64_t n);

/** enum vmsa_set_memory - the set_memory_*() functions on areas (8.2). */
enum vmsa_set_memory {
	VMSA_SET_RO,        /**< set_memory_ro(): read-only */
	VMSA_SET_RW,        /**< set_memory_rw(): read-write */
	VMSA_SET_NX,        /**< set_memory_nx(): not executable */
	VMSA_SET_X,         /**< set_memory_x(): executable */
	VMSA_SET_ROX,       /**< set_memory_rox(): the first, then the last */
	VMSA_NR_SET_MEMORY, /**< how many there are */
};

/** vmsa_set_memory_name() - "set_memory_ro", ... */
const char *vmsa_set_memory_name(enum vmsa_set_memory what);

/**
 * vmsa_linux_set_memory() - set_memory_ro() and its relatives (8.2).
 * @sys:   the system
 * @what:  which
 * @addr:  inside an area; rounded down to a page
 * @pages: how many
 *
 * Return: 0;
 *	-EINVAL, if the range is not inside one area made by vmalloc, or the
 *	area may have blocks (6.12 does not mind);
 *	an error of vmsa_linux_change_range() where the kernel hands it on.
 */
int vmsa_linux_set_memory(struct vmsa_linux *sys, enum vmsa_set_memory what,
			  vmsa_va addr, uint64_t pages);

/* --- realms (7.5) -------------------------------------------------------- */

/** struct vmsa_linux_realm - the kernel runs in a realm. */
struct vmsa_linux_realm {
	unsigned ns_bit; /**< IPA bit that says shared: the realm's top one */
	/** What RSI answers, 0 or negative errno; NULL: always 0. */
	int (*rsi)(void *arg, vmsa_pa pa, uint64_t size, bool shared);
	void *arg; /**< handed to @rsi */
};

/**
 * vmsa_linux_enter_realm() - the kernel finds out that it is in a realm.
 * @sys:   the system, its linear map built: the kernel finds out later
 * @realm: which
 *
 * Return: 0; -EINVAL if addresses have no such bit; -EOPNOTSUPP if the kernel
 *	knows no realms (6.12).
 */
int vmsa_linux_enter_realm(struct vmsa_linux *sys,
			   const struct vmsa_linux_realm *realm);

/**
 * vmsa_linux_set_shared() - set_memory_decrypted() and _encrypted() (7.5).
 * @sys:    the system
 * @addr:   in the linear map
 * @pages:  how many
 * @shared: with the host: decrypted
 *
 * Return: 0, also outside a realm and for an unaligned address;
 *	-EINVAL, if @addr is not in the linear map;
 *	the error of a step; after one of RSI the range stays invalid.
 */
int vmsa_linux_set_shared(struct vmsa_linux *sys, vmsa_va addr, uint64_t pages,
			  bool shared);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_LINUX_VMALLOC_H */
