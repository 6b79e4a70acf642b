/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.c - the kernel's half of the address space (1.2), memory in it (2.3)
 *
 *     page_offset          page_end  modules_end             vmemmap_end
 *     |  linear_start      |         |                       |
 *     |  |   linear map    | modules | image, vmalloc | vmemmap | pci, fixmap
 *     '--' only a 52-bit kernel on a CPU without 52 bits
 *
 * Linear map and the rest have half of the smallest address space the kernel
 * can end up with; a 52-bit kernel gives all that 52 bits add to the linear
 * map.  All is arithmetic in 64 bits: -x is the address x bytes below the top.
 */
#include "linux/boot/boot.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

#define FIXADDR_TOP UINT64_C(0xffffffffff800000)

/*
 * Bytes of the fixmap.  It has a slot for each CPU the kernel was built for,
 * so this is a property of a build: 4K and 64K as recorded, 16K assumed.
 */
static uint64_t fixmap_size(unsigned granule_shift)
{
	return granule_shift == 12 ? 0x3d5000 : 0x510000;
}

/* Where a half of @va_bits address bits starts. */
static vmsa_va half(unsigned va_bits)
{
	return -(UINT64_C(1) << va_bits);
}

/* What a 52-bit kernel falls back to on a CPU without 52-bit addresses. */
static unsigned min_va_bits(const struct vmsa_linux_kernel *k)
{
	if (k->va_bits <= 48)
		return k->va_bits;
	return k->granule_shift == 14 ? 47 : 48;
}

/* 64K pages need FEAT_LVA for it, smaller ones FEAT_LPA2. */
static bool cpu_has_52_bits(const struct vmsa_linux *l)
{
	return l->kernel.granule_shift == 16 ? l->boot_cpu.lva
					     : l->boot_cpu.lpa2;
}

/* Start of the struct pages of a linear map that starts at @linear. */
static vmsa_va vmemmap_for(const struct vmsa_linux *l, vmsa_va linear)
{
	const uint64_t pages =
		(l->layout.page_end - linear) >> l->kernel.granule_shift;

	return -GIB - pages * STRUCT_PAGE;
}

/*
 * Both the configured layout and what this CPU makes of it: a fallback moves
 * the start of the linear map, not its end.
 */
void vmsa_linux_find_layout(struct vmsa_linux *l)
{
	const struct vmsa_linux_kernel *k = &l->kernel;
	struct vmsa_linux_layout *at = &l->layout;

	at->va_bits = k->va_bits > 48 && !cpu_has_52_bits(l) ? min_va_bits(k)
							     : k->va_bits;
	at->page_offset = half(k->va_bits);
	at->linear_start = half(at->va_bits);
	at->page_end = half(min_va_bits(k) - 1);
	at->modules_end = at->page_end + 2 * GIB;
	at->vmalloc_start = at->modules_end;
	at->vmemmap_start = vmemmap_for(l, at->linear_start);
	at->vmemmap_end = -GIB;
	at->vmalloc_end = at->vmemmap_start - 8 * MIB;
	at->pci_start = at->vmemmap_end + 8 * MIB;
	at->pci_end = at->pci_start + 16 * MIB;
	at->fixmap_end = FIXADDR_TOP;
	at->fixmap_start = FIXADDR_TOP - fixmap_size(k->granule_shift);
}

/*
 * The format follows what is in use: with LPA2 built but absent, descriptors
 * have 48 bits; 64K kernels with 52-bit PAs use FEAT_LPA's always.
 */
int vmsa_linux_geometry(const struct vmsa_linux *l, struct vmsa_geometry *out)
{
	const struct vmsa_linux_kernel *k = &l->kernel;
	enum vmsa_format format = VMSA_FORMAT_48;

	if (k->granule_shift == 16 && k->pa_bits == 52)
		format = VMSA_FORMAT_LPA;
	else if (k->granule_shift != 16 && l->layout.va_bits == 52)
		format = VMSA_FORMAT_LPA2;
	return vmsa_geometry_init(out, k->granule_shift, l->layout.va_bits,
				  format);
}

/* OR, not ADD: right for the "negative" memstart of a 48-bit fallback too. */
vmsa_va vmsa_linux_va(const struct vmsa_linux *sys, vmsa_pa pa)
{
	return (pa - sys->layout.memstart) | sys->layout.page_offset;
}

/* Of an address in the linear map; others give nonsense. */
vmsa_pa vmsa_linux_pa(const struct vmsa_linux *sys, vmsa_va va)
{
	return va - sys->layout.page_offset + sys->layout.memstart;
}
