/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_CALLERS_H
#define VMSA_LINUX_CALLERS_H
/*
 * callers.h - who changes the linear map of a running kernel, and how
 *
 * Each function makes the calls its namesake in the kernel makes, in that
 * order.
 *
 * Source   docs/linear-map.md, sections 7.3, 7.4, 8.4 and 8.7
 */
#include "vmsa/linux/vmalloc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- modules ------------------------------------------------------------- */

/** enum vmsa_section - the parts of a module, in the order they are made. */
enum vmsa_section {
	VMSA_MOD_TEXT,          /**< code */
	VMSA_MOD_DATA,          /**< data and bss */
	VMSA_MOD_RODATA,        /**< constants */
	VMSA_MOD_RO_AFTER_INIT, /**< data that init may still write */
	VMSA_MOD_INIT_TEXT,     /**< code freed after init */
	VMSA_MOD_INIT_DATA,     /**< data freed after init */
	VMSA_MOD_INIT_RODATA,   /**< constants freed after init */
	VMSA_NR_SECTIONS,       /**< how many there are */
};

/** vmsa_section_name() - "text", "data", "rodata", ... */
const char *vmsa_section_name(enum vmsa_section section);

/** struct vmsa_linux_module_want - a module to load. */
struct vmsa_linux_module_want {
	uint64_t pages[VMSA_NR_SECTIONS]; /**< 0: it has no such part */
	vmsa_pa start; /**< consecutive backing pages from here, or
			    VMSA_NO_PA: the system's own */
};

/** struct vmsa_linux_module - a module as loaded. */
struct vmsa_linux_module {
	/** The areas; NULL where there is none, or not any more. */
	const struct vmsa_linux_area *area[VMSA_NR_SECTIONS];
};

/**
 * vmsa_linux_module_alloc() - step 1 of 8.7: the areas.
 * @sys:  the system
 * @want: sizes
 * @out:  the module
 *
 * Return: 0; an error of vmsa_linux_vmalloc(), no area stays.
 */
int vmsa_linux_module_alloc(struct vmsa_linux *sys,
			    const struct vmsa_linux_module_want *want,
			    struct vmsa_linux_module *out);

/** vmsa_linux_module_protect() - steps 2 to 4: ro, nx, rox. */
int vmsa_linux_module_protect(struct vmsa_linux *sys,
			      const struct vmsa_linux_module *module);

/** vmsa_linux_module_init_done() - step 6: data that was ro after init. */
int vmsa_linux_module_init_done(struct vmsa_linux *sys,
				const struct vmsa_linux_module *module);

/** vmsa_linux_module_free_init() - step 7, deferred: the parts of init. */
void vmsa_linux_module_free_init(struct vmsa_linux *sys,
				 struct vmsa_linux_module *module);

/**
 * vmsa_linux_module_load() - all steps.
 * @sys:  the system
 * @want: sizes
 * @out:  the module
 *
 * Return: 0; the first error, no area stays.
 */
int vmsa_linux_module_load(struct vmsa_linux *sys,
			   const struct vmsa_linux_module_want *want,
			   struct vmsa_linux_module *out);

/** vmsa_linux_module_unload() - free what is left, data last. */
void vmsa_linux_module_unload(struct vmsa_linux *sys,
			      struct vmsa_linux_module *module);

/* --- programs ------------------------------------------------------------ */

/** struct vmsa_linux_bpf - a JIT-compiled program in a pack, or alone. */
struct vmsa_linux_bpf {
	const struct vmsa_linux_area *area; /**< where it lies */
	uint64_t offset;                    /**< bytes into the area */
	uint64_t size;                      /**< bytes, rounded to 64 */
};

/**
 * vmsa_linux_bpf_load() - place a JIT-compiled program.
 * @sys:  the system
 * @size: bytes, not 0
 * @out:  the program
 *
 * It goes into the first pack with room.  A pack is 2 MiB for each NUMA node,
 * made read-only and executable once; a program larger than that gets an area
 * of its own.
 *
 * Return: 0; -EINVAL if @size is 0; an error of vmsa_linux_vmalloc() or
 *	vmsa_linux_set_memory().
 */
int vmsa_linux_bpf_load(struct vmsa_linux *sys, uint64_t size,
			struct vmsa_linux_bpf *out);

/** vmsa_linux_bpf_unload() - a pack goes with its last program. */
void vmsa_linux_bpf_unload(struct vmsa_linux *sys,
			   const struct vmsa_linux_bpf *program);

/**
 * vmsa_linux_set_nodes() - for how many NUMA nodes packs are made.
 * @sys:   the system
 * @nodes: possible nodes, not 0; at first 1
 */
void vmsa_linux_set_nodes(struct vmsa_linux *sys, unsigned nodes);

/**
 * vmsa_linux_bpf_interpreter() - a program that is interpreted.
 * @sys:   the system
 * @pages: how many
 * @out:   its area, read-only now; free it with vmsa_linux_vfree()
 *
 * Return: 0; an error of vmsa_linux_vmalloc() or vmsa_linux_set_memory().
 */
int vmsa_linux_bpf_interpreter(struct vmsa_linux *sys, uint64_t pages,
			       const struct vmsa_linux_area **out);

/**
 * vmsa_linux_bpf_trampoline() - one page of code, read-only and executable.
 * @sys: the system
 * @out: its area; free it with vmsa_linux_vfree()
 *
 * Return: as vmsa_linux_bpf_interpreter().
 */
int vmsa_linux_bpf_trampoline(struct vmsa_linux *sys,
			      const struct vmsa_linux_area **out);

/**
 * vmsa_linux_bpf_retarget() - rewrite the PLT in a page of code.
 * @sys:  the system
 * @addr: in the page: it becomes read-write and read-only again
 *
 * Return: as vmsa_linux_set_memory().
 */
int vmsa_linux_bpf_retarget(struct vmsa_linux *sys, vmsa_va addr);

/**
 * vmsa_linux_kprobe_page() - a page for the instructions of kprobes.
 * @sys: the system
 * @out: its area, mapped ROX from the start, the alias read-only; free it
 *       with vmsa_linux_vfree()
 *
 * Return: as vmsa_linux_bpf_interpreter().
 */
int vmsa_linux_kprobe_page(struct vmsa_linux *sys,
			   const struct vmsa_linux_area **out);

/* --- memory the kernel must not see -------------------------------------- */

/**
 * vmsa_linux_secretmem_fault() - a page of secret memory is touched first.
 * @sys: the system
 * @pa:  the page
 *
 * Return: 0; -ENOSYS if the direct map cannot be changed: memfd_secret() does
 *	not exist then; as vmsa_linux_direct_map_invalid().
 */
int vmsa_linux_secretmem_fault(struct vmsa_linux *sys, vmsa_pa pa);

/** vmsa_linux_secretmem_free() - it comes back, and is cleared. */
int vmsa_linux_secretmem_free(struct vmsa_linux *sys, vmsa_pa pa);

/**
 * vmsa_linux_direct_map_valid() - set_direct_map_valid_noflush() (8.4).
 * @sys:   the system
 * @addr:  in the linear map
 * @pages: how many
 * @valid: or invalid, which flushes whatever the name says
 *
 * Return: 0, also where the direct map cannot be changed; as
 *	vmsa_linux_set_valid().
 */
int vmsa_linux_direct_map_valid(struct vmsa_linux *sys, vmsa_va addr,
				uint64_t pages, bool valid);

/**
 * vmsa_linux_guest_memfd_take() - guest memory leaves the direct map.
 * @sys:   the system
 * @pa:    first page
 * @pages: how many, a folio
 *
 * Return: as vmsa_linux_direct_map_valid().
 */
int vmsa_linux_guest_memfd_take(struct vmsa_linux *sys, vmsa_pa pa,
				uint64_t pages);

/** vmsa_linux_guest_memfd_give() - and comes back; see take. */
int vmsa_linux_guest_memfd_give(struct vmsa_linux *sys, vmsa_pa pa,
				uint64_t pages);

/* --- debugging ----------------------------------------------------------- */

/**
 * vmsa_linux_kfence_init() - KFENCE starts: pool and guard pages (7.3).
 * @sys: the system, its allocator up
 * @pa:  where a late pool lies, or VMSA_NO_PA: the system's own pages; an
 *       early pool has its place already
 *
 * Return: 0; -EOPNOTSUPP if the kernel was built without; -EEXIST if it runs;
 *	-EINVAL if @pa is not page-aligned; -ENOMEM, KFENCE stays off.
 */
int vmsa_linux_kfence_init(struct vmsa_linux *sys, vmsa_pa pa);

/**
 * vmsa_linux_kfence_protect() - an object is freed, or handed out again.
 * @sys:     the system
 * @addr:    its page in the linear map
 * @protect: make it invalid and flush, or valid
 *
 * Return: as vmsa_linux_set_valid().
 */
int vmsa_linux_kfence_protect(struct vmsa_linux *sys, vmsa_va addr,
			      bool protect);

/**
 * vmsa_linux_debug_pagealloc() - pages are allocated or freed (7.4).
 * @sys:   the system
 * @pa:    first page
 * @pages: how many
 * @alloc: or freed
 *
 * Return: 0, also if debug_pagealloc is off; as vmsa_linux_set_valid().
 */
int vmsa_linux_debug_pagealloc(struct vmsa_linux *sys, vmsa_pa pa,
			       uint64_t pages, bool alloc);

/* --- hibernation --------------------------------------------------------- */

/**
 * vmsa_linux_hibernate() - the data alias around a hibernation (3.6).
 * @sys:     the system
 * @prepare: before it, or after
 *
 * Return: 0, also in kernels that leave the alias mapped; as
 *	vmsa_linux_set_valid().
 */
int vmsa_linux_hibernate(struct vmsa_linux *sys, bool prepare);

/**
 * vmsa_linux_snapshot_page() - a page is copied into the image (8.7).
 * @sys: the system
 * @pa:  the page; one that is not present is mapped meanwhile
 *
 * Return: 0; as vmsa_linux_direct_map_default().
 */
int vmsa_linux_snapshot_page(struct vmsa_linux *sys, vmsa_pa pa);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_LINUX_CALLERS_H */
