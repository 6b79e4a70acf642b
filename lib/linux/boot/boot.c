/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.c - from the device tree to memblock and memstart_addr (2)
 *
 * The steps have the numbers of 2.2 and run in its order, which matters: what
 * an earlier one removes, a later one may add back.  Step 1, the size of the
 * region, is layout.c's.
 *
 *     0  banks -> memblock     2  cut at the PA size    3-6 memstart
 *     7  mem=                  8  initrd                10  no-map
 *     9  KASLR (6.12)          moves memstart, so it may come last
 *
 * memstart is what turns a PA into a linear map address; it is aligned so that
 * blocks of the largest size can be used.
 */
#include "linux/boot/boot.h"

#include <errno.h>

#include "error.h"

#define GIB (UINT64_C(1) << 30)

/*
 * ARM64_MEMSTART_ALIGN (2.1): what the largest leaf of a granule needs, and at
 * least a section.
 */
static uint64_t memstart_align(const struct vmsa_linux *l)
{
	return l->kernel.granule_shift == 16 ? GIB / 2 : GIB;
}

static uint64_t round_up(uint64_t x, uint64_t align)
{
	return (x + align - 1) & ~(align - 1);
}

static uint64_t round_down(uint64_t x, uint64_t align)
{
	return x & ~(align - 1);
}

/* Step 1: how much the linear map can hold on this CPU. */
static uint64_t region_size(const struct vmsa_linux *l)
{
	return l->layout.page_end - l->layout.linear_start;
}

/* Step 0: banks shrink to whole pages, and what has none is dropped. */
static int add_banks(struct vmsa_linux *l, const struct vmsa_machine *machine)
{
	const uint64_t page = vmsa_linux_page_size(l);
	size_t n;
	const struct vmsa_bank *bank = vmsa_machine_banks(machine, &n);

	for (; n; n--, bank++) {
		const vmsa_pa start = round_up(bank->range.start, page);
		const vmsa_pa end =
			round_down(bank->range.start + bank->range.size, page);
		int ret;

		if (start >= end)
			continue;
		ret = vmsa_memblock_add(&l->memblock, start, end - start);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Step 2: what the page tables cannot address.  A kernel built for LPA2 (4K and
 * 16K) uses descriptors with 48 bits where the CPU lacks it.
 */
static unsigned pa_bits(const struct vmsa_linux *l)
{
	const bool lpa2_off =
		l->kernel.granule_shift != 16 && l->layout.va_bits < 52;

	return lpa2_off && l->kernel.pa_bits > 48 ? 48 : l->kernel.pa_bits;
}

/* All memory from @limit up goes. */
static int remove_above(struct vmsa_linux *l, vmsa_pa limit)
{
	return vmsa_memblock_remove(&l->memblock, limit, UINT64_MAX);
}

/*
 * Steps 3 to 6. Memory is cut to what the linear map holds, from the lowest
 * byte up; but the image stays whatever it costs, and if it lies too high the
 * map is moved up to it and the low part goes instead.
 */
static int find_memstart(struct vmsa_linux *l)
{
	struct memblock *mb = &l->memblock;
	const uint64_t align = memstart_align(l), size = region_size(l);
	const vmsa_pa image_end = l->image + l->kernel.image.end;
	vmsa_pa start = round_down(vmsa_memblock_start(mb), align);
	int ret;

	ret = remove_above(l,
			   start + size > image_end ? start + size : image_end);
	if (ret)
		return ret;
	/* Only the image can have kept something above the region. */
	if (start + size < vmsa_memblock_end(mb)) {
		start = round_up(vmsa_memblock_end(mb) - size, align);
		ret = vmsa_memblock_remove(mb, 0, start);
	}
	/* 52-bit PAGE_OFFSET on hardware with fewer bits: "negative". */
	l->layout.memstart =
		start - (l->layout.linear_start - l->layout.page_offset);
	return ret;
}

/*
 * Step 9: KASLR moves the map in kernels that do so, down by a multiple of the
 * alignment.  What room there is is what the region holds beyond all the memory
 * that the CPU could address; negative with a large PA size.
 */
static void randomise_memstart(struct vmsa_linux *l, uint16_t seed)
{
	const uint64_t align = memstart_align(l);
	const int64_t range =
		(int64_t)(region_size(l) - VMSA_BIT(l->boot_cpu.pa_bits));

	if (l->rules->random_memstart && seed && range >= (int64_t)align)
		l->layout.memstart -=
			align * (((uint64_t)range / align * seed) >> 16);
}

/* Step 7: mem= keeps the lowest part, and the image, perhaps as an island. */
static int limit_memory(struct vmsa_linux *l)
{
	int ret;

	if (!l->args.mem)
		return 0;
	ret = vmsa_memblock_limit(&l->memblock, l->args.mem);
	if (ret)
		return ret;
	return vmsa_memblock_add(&l->memblock, l->image, l->kernel.image.end);
}

/* Step 8: an initrd out of reach is dropped, as the kernel warns. */
static int add_initrd(struct vmsa_linux *l, const struct vmsa_machine *machine)
{
	const struct vmsa_chosen *chosen = vmsa_machine_chosen(machine);
	const vmsa_pa low = vmsa_memblock_start(&l->memblock);
	const vmsa_pa start =
		round_down(chosen->initrd.start, vmsa_linux_page_size(l));
	const vmsa_pa end = round_up(chosen->initrd.start + chosen->initrd.size,
				     vmsa_linux_page_size(l));
	int ret;

	if (!chosen->has_initrd || !chosen->initrd.size)
		return 0;
	if (start < low || end > low + region_size(l))
		return 0;
	ret = vmsa_memblock_add(&l->memblock, start, end - start);
	if (ret)
		return ret;
	return vmsa_memblock_mark(&l->memblock, start, end - start, false);
}

/*
 * Step 10: only no-map regions leave the linear map; all else that is reserved
 * stays mapped.  Regions without an address ("dynamic") are placed by the
 * kernel later and are not modelled.
 */
static int mark_reserved(struct vmsa_linux *l,
			 const struct vmsa_machine *machine)
{
	size_t n;
	const struct vmsa_reserved *r = vmsa_machine_reserved(machine, &n);
	int ret = 0;

	for (; n && !ret; n--, r++) {
		if (r->no_map && !r->dynamic && r->range.size)
			ret = vmsa_memblock_mark(&l->memblock, r->range.start,
						 r->range.size, true);
	}
	return ret;
}

/* An image outside memory could not have been loaded: refuse the machine. */
static bool image_is_in_memory(const struct vmsa_linux *l)
{
	const vmsa_pa end = l->image + l->kernel.image.end;

	for (size_t i = 0; i < l->memblock.n; i++) {
		const struct vmsa_linux_region *r = &l->memblock.v[i];

		if (r->start <= l->image && end <= r->start + r->size &&
		    end > l->image)
			return true;
	}
	return false;
}

int vmsa_linux_find_memory(struct vmsa_linux *l,
			   const struct vmsa_machine *machine, uint16_t seed,
			   struct vmsa_error *err)
{
	const char *name = vmsa_machine_name(machine);
	int ret;

	ret = add_banks(l, machine);
	if (!ret)
		ret = remove_above(l, VMSA_BIT(pa_bits(l)));
	if (ret)
		return ret;
	if (!image_is_in_memory(l))
		return vmsa_error_at(
			err, name, NULL, 0, -EINVAL,
			"the kernel image 0x%llx-0x%llx is not in memory",
			(unsigned long long)l->image,
			(unsigned long long)(l->image + l->kernel.image.end));
	ret = find_memstart(l);
	if (!ret)
		ret = limit_memory(l);
	if (!ret)
		ret = add_initrd(l, machine);
	if (!ret)
		ret = mark_reserved(l, machine);
	randomise_memstart(l, seed);
	return ret;
}
