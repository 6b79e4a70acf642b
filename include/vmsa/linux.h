/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_H
#define VMSA_LINUX_H
/*
 * linux.h - the linear map of Linux/arm64, built as the kernel builds it
 *
 *     machine + kernel -> memblock, memstart, policy   vmsa_linux_create()
 *                      -> linear map, stage "paging"   vmsa_linux_map_mem()
 *
 * Words are Linux's here and only here: PTE, PMD, PUD for levels 3, 2, 1;
 * CONT for the Contiguous bit; linear map, alias, memblock.
 *
 * Source   docs/linear-map.md, our own description of the kernel's behaviour;
 *          section numbers below are its sections
 */
#include "vmsa/machine.h"
#include "vmsa/table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_linux;

/** enum vmsa_linux_version - whose behaviour to follow. */
enum vmsa_linux_version {
	VMSA_LINUX_V6_12, /**< before block mappings with rodata=full */
	VMSA_LINUX_V2,    /**< the patch as posted in 2025, second version */
	VMSA_LINUX_V6_18, /**< as merged */
	VMSA_LINUX_V7_3,  /**< BBML3, text alias first, no data alias */
	VMSA_LINUX_NR_VERSIONS, /**< how many there are */
};

/** vmsa_linux_version_name() - "v6.12", "v2", "v6.18" or "v7.3". */
const char *vmsa_linux_version_name(enum vmsa_linux_version version);

/**
 * vmsa_linux_version_find() - the version of that name.
 * @name: as vmsa_linux_version_name() gives it
 * @out:  the version
 *
 * Return: 0; -ENOENT if there is none.
 */
int vmsa_linux_version_find(const char *name, enum vmsa_linux_version *out);

/** struct vmsa_linux_image - a kernel image: offsets from _text in bytes. */
struct vmsa_linux_image {
	uint64_t stext;          /**< _stext */
	uint64_t start_rodata;   /**< __start_rodata, also _etext */
	uint64_t swapper_pg_dir; /**< the root table */
	uint64_t init_begin;     /**< __init_begin */
	uint64_t init_end;       /**< __init_end, where data starts */
	uint64_t bss_stop;       /**< __bss_stop */
	uint64_t end;            /**< _end */
};

/** struct vmsa_linux_kernel - a kernel as configured and built. */
struct vmsa_linux_kernel {
	enum vmsa_linux_version version; /**< whose algorithms */
	uint8_t granule_shift;           /**< page size: 12, 14 or 16 */
	uint8_t va_bits;                 /**< CONFIG_ARM64_VA_BITS */
	uint8_t pa_bits;                 /**< CONFIG_ARM64_PA_BITS: 48 or 52 */
	struct vmsa_linux_image image;   /**< its layout */
	bool kfence;                     /**< CONFIG_KFENCE */
	unsigned long kfence_interval;   /**< CONFIG_KFENCE_SAMPLE_INTERVAL */
	unsigned kfence_objects;         /**< CONFIG_KFENCE_NUM_OBJECTS */
	bool debug_pagealloc;            /**< CONFIG_DEBUG_PAGEALLOC */
	bool bti; /**< CONFIG_ARM64_BTI_KERNEL: code is guarded */
	bool rodata_full_default; /**< 6.12: RODATA_FULL_DEFAULT_ENABLED */
};

/**
 * vmsa_linux_kernel_default() - a kernel distributed in binary form.
 * @version:       whose behaviour
 * @granule_shift: 12, 14 or 16
 * @va_bits:       36, 39, 42, 47, 48 or 52 as the granule allows; 0 for 52
 * @out:           the kernel, with the image sizes of Debian's 6.12.107, 6.18
 *                 or 7.3.4 arm64 packages where Debian builds that page size,
 *                 else of a small 7.3.4 built from the same sources
 *
 * Return: 0; -EINVAL if Linux has no such configuration.
 */
int vmsa_linux_kernel_default(enum vmsa_linux_version version,
			      unsigned granule_shift, unsigned va_bits,
			      struct vmsa_linux_kernel *out);

/** enum vmsa_linux_mapping - how to map: as Linux decides, or forced. */
enum vmsa_linux_mapping {
	VMSA_MAPPING_LINUX,      /**< what the kernel would do */
	VMSA_MAPPING_PTE,        /**< pages only, no CONT */
	VMSA_MAPPING_CONT,       /**< pages only, CONT where it fits */
	VMSA_MAPPING_BLOCK,      /**< blocks where they fit, no CONT */
	VMSA_MAPPING_BLOCK_CONT, /**< blocks and CONT where they fit */
	VMSA_NR_MAPPINGS,        /**< how many there are */
};

/** vmsa_linux_mapping_name() - "linux", "pte", "cont", "block", ... */
const char *vmsa_linux_mapping_name(enum vmsa_linux_mapping mapping);

/**
 * vmsa_linux_mapping_find() - the mapping of that name.
 * @name: as vmsa_linux_mapping_name() gives it
 * @out:  the mapping
 *
 * Return: 0; -ENOENT if there is none.
 */
int vmsa_linux_mapping_find(const char *name, enum vmsa_linux_mapping *out);

/** VMSA_LINUX_NO_BLOCK - no PUD or PMD blocks. */
#define VMSA_LINUX_NO_BLOCK 1u

/** VMSA_LINUX_NO_CONT - never set CONT. */
#define VMSA_LINUX_NO_CONT 2u

/** VMSA_LINUX_NO_EXEC - new tables get PXNTable. */
#define VMSA_LINUX_NO_EXEC 4u

/** struct vmsa_linux_map - one call of the mapping code (section 4). */
struct vmsa_linux_map {
	vmsa_pa pa;     /**< any alignment; @va has the same page offset */
	vmsa_va va;     /**< where */
	uint64_t size;  /**< bytes, not 0; the end is rounded up to a page */
	vmsa_desc prot; /**< page descriptor without its address */
	unsigned flags; /**< VMSA_LINUX_* bits */
};

/** vmsa_linux_map_fn - sees each call of the mapping code as it is made. */
typedef void (*vmsa_linux_map_fn)(void *arg, const struct vmsa_linux_map *map);

/** struct vmsa_linux_config - what vmsa_linux_create() needs. */
struct vmsa_linux_config {
	const struct vmsa_linux_kernel *kernel; /**< what boots */
	const struct vmsa_machine *machine;     /**< on what */
	vmsa_pa image; /**< address of _text; VMSA_NO_PA: 2 MiB into RAM */
	enum vmsa_linux_mapping mapping; /**< LINUX unless forced */
	uint16_t memstart_seed;   /**< 6.12 KASLR: moves the map; 0 does not */
	bool huge_pages;          /**< ask the host for huge pages for tables */
	vmsa_linux_map_fn on_map; /**< may be NULL */
	void *on_map_arg;         /**< handed to @on_map */
};

/** struct vmsa_linux_layout - the kernel's half of the address space (1.2). */
struct vmsa_linux_layout {
	vmsa_va page_offset;   /**< PAGE_OFFSET as configured */
	vmsa_va linear_start;  /**< where the linear map starts on this CPU */
	vmsa_va page_end;      /**< its end, and start of the modules */
	vmsa_va modules_end;   /**< end of the modules, start of the image */
	vmsa_va vmalloc_start; /**< vmalloc area */
	vmsa_va vmalloc_end;   /**< its end */
	vmsa_va vmemmap_start; /**< struct page array, as far as visible */
	vmsa_va vmemmap_end;   /**< its end */
	vmsa_va pci_start;     /**< PCI I/O space */
	vmsa_va pci_end;       /**< its end */
	vmsa_va fixmap_start;  /**< fixmap */
	vmsa_va fixmap_end;    /**< its end, FIXADDR_TOP */
	vmsa_pa memstart;      /**< memstart_addr; may be "negative" (2.2) */
	unsigned va_bits;      /**< in use on this CPU */
};

/** struct vmsa_linux_policy - what decides how the map is built (7). */
struct vmsa_linux_policy {
	bool rodata_enabled;     /**< rodata_enabled */
	bool rodata_full;        /**< rodata_full */
	bool debug_pagealloc;    /**< built in and switched on */
	bool kfence_early;       /**< the pool is made while the map is */
	bool boot_cpu_bbm;       /**< the boot CPU may change sizes live */
	bool use_ng;             /**< leaves are not global */
	bool can_set_direct_map; /**< can_set_direct_map() */
	bool force_pte;          /**< the map is pages without CONT */
	bool requires_bbm;       /**< splits will be needed and are possible */
};

/** struct vmsa_linux_region - one entry of memblock.memory. */
struct vmsa_linux_region {
	vmsa_pa start; /**< first byte */
	uint64_t size; /**< bytes */
	bool nomap;    /**< MEMBLOCK_NOMAP: not in the linear map */
};

/**
 * vmsa_linux_create() - read the machine as the kernel does, up to map_mem.
 * @config: kernel and machine; neither is needed afterwards
 * @out:    the system; free it with vmsa_linux_destroy()
 * @err:    what does not fit; may be NULL
 *
 * Return: 0;
 *	-EINVAL, if the kernel cannot run on the machine: no such geometry, no
 *	memory left, image outside memory, CPU without what the kernel needs;
 *	-ENOMEM.
 */
int vmsa_linux_create(const struct vmsa_linux_config *config,
		      struct vmsa_linux **out, struct vmsa_error *err);

/** vmsa_linux_destroy() - give everything back; accepts NULL. */
void vmsa_linux_destroy(struct vmsa_linux *sys);

/**
 * vmsa_linux_map_mem() - build the linear map (3.3, 3.4).
 * @sys: a system nothing was mapped in yet
 *
 * Return: 0; -ENOMEM if memory for tables ran out (the kernel panics);
 *	-ENOTRECOVERABLE where the kernel has a BUG().
 */
int vmsa_linux_map_mem(struct vmsa_linux *sys);

/**
 * vmsa_linux_map() - one call of the mapping code (section 4).
 * @sys: the system
 * @map:    what goes where
 * @phase:  where new tables come from
 *
 * Return: 0;
 *	-EINVAL, if @map's addresses differ in their offset in a page;
 *	-ERANGE, if the range is not in the kernel's half;
 *	-ENOMEM, entries already written stay;
 *	-ENOTRECOVERABLE where the kernel has a BUG(): an entry in the way, an
 *	unsafe change of a live page.
 */
int vmsa_linux_map(struct vmsa_linux *sys, const struct vmsa_linux_map *map,
		   enum vmsa_phase phase);

/** vmsa_linux_space() - the kernel's translation table, swapper. */
struct vmsa_space *vmsa_linux_space(const struct vmsa_linux *sys);

/** vmsa_linux_memory() - the simulated memory. */
struct vmsa_memory *vmsa_linux_memory(const struct vmsa_linux *sys);

/** vmsa_linux_layout() - where things are. */
const struct vmsa_linux_layout *vmsa_linux_layout(const struct vmsa_linux *sys);

/** vmsa_linux_policy() - what was decided, and from what. */
const struct vmsa_linux_policy *vmsa_linux_policy(const struct vmsa_linux *sys);

/** vmsa_linux_kernel() - the kernel that boots. */
const struct vmsa_linux_kernel *vmsa_linux_kernel(const struct vmsa_linux *sys);

/** vmsa_linux_image() - physical address of _text. */
vmsa_pa vmsa_linux_image(const struct vmsa_linux *sys);

/**
 * vmsa_linux_regions() - memblock.memory, ascending.
 * @sys: the system
 * @count:  how many there are
 */
const struct vmsa_linux_region *vmsa_linux_regions(const struct vmsa_linux *sys,
						   size_t *count);

/** vmsa_linux_kfence_pool() - PA of the early pool, VMSA_NO_PA if none. */
vmsa_pa vmsa_linux_kfence_pool(const struct vmsa_linux *sys);

/** vmsa_linux_va() - linear map address of a physical one (2.3). */
vmsa_va vmsa_linux_va(const struct vmsa_linux *sys, vmsa_pa pa);

/** vmsa_linux_pa() - physical address of a linear map one (2.3). */
vmsa_pa vmsa_linux_pa(const struct vmsa_linux *sys, vmsa_va va);

#ifdef __cplusplus
}
#endif
#include "vmsa/linux/callers.h"
#include "vmsa/linux/collapse.h"
#include "vmsa/linux/cost.h"
#include "vmsa/linux/hotplug.h"
#include "vmsa/linux/live.h"
#include "vmsa/linux/operations.h"
#include "vmsa/linux/scenario.h"
#include "vmsa/linux/vmalloc.h"

#endif /* VMSA_LINUX_H */
