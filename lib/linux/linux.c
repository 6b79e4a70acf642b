/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linux.c - a system: from a machine and a kernel to an empty root table
 *
 *     boot arguments, layout, memblock, policy      nothing is allocated
 *     memory with memblock's banks                  the image reserved
 *     root table inside the image                   swapper_pg_dir
 *
 * vmsa_linux_create() goes as far as the kernel is when it calls map_mem; the
 * accessors at the end are all that other rooms know of a system.
 */
#include "linux/boot/boot.h"
#include "linux/callers/callers.h"
#include "linux/live/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* Firmware puts the image at a multiple of 2 MiB, not at the very start. */
#define IMAGE_OFFSET (UINT64_C(2) << 20)

/* Where boot loaders put an image: 2 MiB into the first bank, rounded up. */
static vmsa_pa default_image(const struct vmsa_machine *machine)
{
	size_t n;
	const struct vmsa_bank *bank = vmsa_machine_banks(machine, &n);
	const vmsa_pa start = bank->range.start + IMAGE_OFFSET;

	return (start + IMAGE_OFFSET - 1) & ~(IMAGE_OFFSET - 1);
}

/*
 * Banks of simulated memory: memblock without its flags, since NOMAP memory is
 * memory all the same.
 */
static int open_memory(struct vmsa_linux *l, bool huge_pages)
{
	struct vmsa_range *banks = calloc(l->memblock.n, sizeof(*banks));
	struct vmsa_memory_config config = {
		.granule_shift = l->kernel.granule_shift,
		.banks = banks,
		.huge_pages = huge_pages,
	};
	size_t n = 0;
	int ret;

	if (!banks)
		return -ENOMEM;
	for (size_t i = 0; i < l->memblock.n; i++) {
		const struct vmsa_linux_region *r = &l->memblock.v[i];

		if (n && banks[n - 1].start + banks[n - 1].size == r->start)
			banks[n - 1].size += r->size;
		else
			banks[n++] = (struct vmsa_range){ r->start, r->size };
	}
	config.nr_banks = n;
	ret = vmsa_memory_create(&config, &l->memory);
	free(banks);
	return ret;
}

/*
 * Keep the allocators off what boot has reserved by then: image, initrd,
 * reserved-memory and /memreserve/.
 */
static int reserve(struct vmsa_linux *l, const struct vmsa_machine *machine)
{
	const struct vmsa_chosen *chosen = vmsa_machine_chosen(machine);
	const struct vmsa_range image = { l->image, l->kernel.image.end };
	size_t n;
	const struct vmsa_reserved *r = vmsa_machine_reserved(machine, &n);
	const struct vmsa_range *m;
	int ret;

	ret = vmsa_memory_reserve(l->memory, image);
	if (!ret && chosen->has_initrd)
		ret = vmsa_memory_reserve(l->memory, chosen->initrd);
	for (; n && !ret; n--, r++) {
		if (!r->dynamic)
			ret = vmsa_memory_reserve(l->memory, r->range);
	}
	m = vmsa_machine_memreserve(machine, &n);
	for (; n && !ret; n--, m++)
		ret = vmsa_memory_reserve(l->memory, *m);
	return ret;
}

/*
 * The root lies in the image, so it is not taken from an allocator and not
 * counted as a table.
 */
static int open_space(struct vmsa_linux *l, struct vmsa_error *err)
{
	struct vmsa_space_config config = {
		.memory = l->memory,
		.upper = true,
		.root = l->image + l->kernel.image.swapper_pg_dir,
	};
	int ret;

	ret = vmsa_linux_geometry(l, &config.geometry);
	if (!ret)
		ret = vmsa_space_create(&config, &l->space);
	if (ret && ret != -ENOMEM)
		return vmsa_error_at(
			err, NULL, NULL, 0, -EINVAL,
			"no root table can lie at 0x%llx of the kernel image",
			(unsigned long long)l->kernel.image.swapper_pg_dir);
	return ret;
}

/* In the order of 3.1; what it leaves half done vmsa_linux_destroy() takes. */
static int set_up(struct vmsa_linux *l, const struct vmsa_linux_config *config,
		  struct vmsa_error *err)
{
	const struct vmsa_machine *machine = config->machine;
	size_t n;
	int ret;

	l->boot_cpu = vmsa_machine_cpus(machine, &n)[0];
	l->image = config->image == VMSA_NO_PA ? default_image(machine)
					       : config->image;
	vmsa_linux_parse_args(&l->kernel,
			      vmsa_machine_chosen(machine)->bootargs, &l->args);
	vmsa_linux_find_layout(l);
	ret = vmsa_linux_find_memory(l, machine, config->memstart_seed, err);
	if (ret)
		return ret;
	vmsa_linux_decide(l, machine);
	l->system_bbm = l->policy.boot_cpu_bbm;
	l->nr_online = 1;
	ret = open_memory(l, config->huge_pages);
	if (!ret)
		ret = reserve(l, machine);
	if (!ret)
		ret = open_space(l, err);
	return ret ? ret : vmsa_vm_reserve_image(l);
}

int vmsa_linux_create(const struct vmsa_linux_config *config,
		      struct vmsa_linux **out, struct vmsa_error *err)
{
	const struct vmsa_linux_kernel *k = config->kernel;
	struct vmsa_linux *l;
	int ret;

	if (!vmsa_linux_is_offered(k->granule_shift, k->va_bits))
		return vmsa_error_at(err, NULL, NULL, 0, -EINVAL,
				     "no kernel has pages of 2^%u bytes and "
				     "%u address bits",
				     k->granule_shift, k->va_bits);
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->kernel = *k;
	l->rules = vmsa_linux_rules(k->version);
	l->mapping = config->mapping;
	l->on_map = config->on_map;
	l->on_map_arg = config->on_map_arg;
	l->kfence_pool = VMSA_NO_PA;
	l->nodes = 1;
	ret = set_up(l, config, err);
	if (ret) {
		vmsa_linux_destroy(l);
		return ret;
	}
	*out = l;
	return 0;
}

void vmsa_linux_destroy(struct vmsa_linux *sys)
{
	if (!sys)
		return;
	vmsa_space_destroy(sys->space);
	vmsa_memory_destroy(sys->memory);
	vmsa_vm_destroy(&sys->vm);
	vmsa_bpf_destroy(&sys->packs);
	free(sys->plugged.v);
	free(sys->memblock.v);
	free(sys);
}

struct vmsa_space *vmsa_linux_space(const struct vmsa_linux *sys)
{
	return sys->space;
}

struct vmsa_memory *vmsa_linux_memory(const struct vmsa_linux *sys)
{
	return sys->memory;
}

const struct vmsa_linux_layout *vmsa_linux_layout(const struct vmsa_linux *sys)
{
	return &sys->layout;
}

const struct vmsa_linux_policy *vmsa_linux_policy(const struct vmsa_linux *sys)
{
	return &sys->policy;
}

const struct vmsa_linux_kernel *vmsa_linux_kernel(const struct vmsa_linux *sys)
{
	return &sys->kernel;
}

vmsa_pa vmsa_linux_image(const struct vmsa_linux *sys)
{
	return sys->image;
}

const struct vmsa_linux_region *vmsa_linux_regions(const struct vmsa_linux *sys,
						   size_t *count)
{
	*count = sys->memblock.n;
	return sys->memblock.v;
}

vmsa_pa vmsa_linux_kfence_pool(const struct vmsa_linux *sys)
{
	return sys->kfence_pool;
}
