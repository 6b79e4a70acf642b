/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.c - the machine a script describes, by way of a device tree
 *
 * A tree is built and read again, so that scripts and real machines go through
 * the same reader and are refused for the same reasons.
 *
 * libfdt returns 0 or a negative code: codes are or-ed together, and anything
 * but 0 means that one step failed, mostly for want of room.  One step a
 * statement: the tree is written in order, and C orders no operands of |.
 */
#include "linux/scenario/scenario.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for MAX_CPUS CPUs and MAX_RANGES ranges of each kind. */
#define TREE_BYTES 65536

/*
 * One range and one CPU in place 0, with counts of 0: the first statement of a
 * kind replaces them.
 */
void vmsa_plan_default(struct plan *plan)
{
	*plan = (struct plan){
		.memory = { { 0x40000000, UINT64_C(4) << 30 } },
		.cpu = { { .bbm_level = 3, .pa_bits = 48 } },
		.version = VMSA_LINUX_V7_3,
		.page_shift = 12,
		.va_bits = 48,
	};
}

/* A reg of two cells each, the only kind used here. */
static int put_reg(void *fdt, struct vmsa_range r)
{
	const fdt64_t reg[2] = { cpu_to_fdt64(r.start), cpu_to_fdt64(r.size) };

	return fdt_property(fdt, "reg", reg, sizeof(reg));
}

/* NAME@ADDRESS, as device trees name what has a reg. */
static int put_node(void *fdt, const char *name, uint64_t at)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)at);
	return fdt_begin_node(fdt, full);
}

static int put_cells(void *fdt, uint32_t address, uint32_t size)
{
	int bad_step = fdt_property_u32(fdt, "#address-cells", address);

	return bad_step | fdt_property_u32(fdt, "#size-cells", size);
}

/* The default range is in place 0 also when none was given. */
static int put_memory(void *fdt, const struct plan *p)
{
	int bad_step = 0;

	for (size_t i = 0; i < (p->nr_memory ? p->nr_memory : 1); i++) {
		bad_step |= put_node(fdt, "memory", p->memory[i].start);
		bad_step |= fdt_property_string(fdt, "device_type", "memory");
		bad_step |= put_reg(fdt, p->memory[i]);
		bad_step |= fdt_end_node(fdt);
	}
	return bad_step;
}

/* Children of reserved-memory. */
static int put_ranges(void *fdt, const struct vmsa_range *v, size_t n,
		      bool no_map)
{
	int bad_step = 0;

	for (size_t i = 0; i < n; i++) {
		bad_step |= put_node(fdt, no_map ? "nomap" : "reserved",
				     v[i].start);
		bad_step |= put_reg(fdt, v[i]);
		if (no_map)
			bad_step |= fdt_property(fdt, "no-map", NULL, 0);
		bad_step |= fdt_end_node(fdt);
	}
	return bad_step;
}

static int put_reserved(void *fdt, const struct plan *p)
{
	int bad_step = fdt_begin_node(fdt, "reserved-memory");

	bad_step |= put_cells(fdt, 2, 2);
	bad_step |= fdt_property(fdt, "ranges", NULL, 0);
	bad_step |= put_ranges(fdt, p->nomap, p->nr_nomap, true);
	bad_step |= put_ranges(fdt, p->reserved, p->nr_reserved, false);
	return bad_step | fdt_end_node(fdt);
}

/* Only that they are there: what they can do is set afterwards. */
static int put_cpus(void *fdt, const struct plan *p)
{
	int bad_step = fdt_begin_node(fdt, "cpus");

	bad_step |= put_cells(fdt, 1, 0);
	for (size_t i = 0; i < (p->nr_cpus ? p->nr_cpus : 1); i++) {
		bad_step |= put_node(fdt, "cpu", i);
		bad_step |= fdt_property_string(fdt, "device_type", "cpu");
		bad_step |= fdt_property_string(fdt, "compatible", "arm,armv8");
		bad_step |= fdt_property_u32(fdt, "reg", (uint32_t)i);
		bad_step |= fdt_end_node(fdt);
	}
	return bad_step | fdt_end_node(fdt);
}

/* What firmware tells the kernel: arguments, and the seed of KASLR. */
static int put_chosen(void *fdt, const struct plan *p)
{
	int bad_step = fdt_begin_node(fdt, "chosen");

	bad_step |= fdt_property_string(fdt, "bootargs", p->bootargs);
	if (p->kaslr_seed)
		bad_step |= fdt_property_u64(fdt, "kaslr-seed", p->kaslr_seed);
	return bad_step | fdt_end_node(fdt);
}

static int put_tree(void *fdt, const struct plan *p)
{
	int bad_step = fdt_create(fdt, TREE_BYTES);

	bad_step |= fdt_finish_reservemap(fdt);
	bad_step |= fdt_begin_node(fdt, "");
	bad_step |= put_cells(fdt, 2, 2);
	bad_step |= put_memory(fdt, p);
	bad_step |= put_reserved(fdt, p);
	bad_step |= put_cpus(fdt, p);
	bad_step |= put_chosen(fdt, p);
	bad_step |= fdt_end_node(fdt);
	return bad_step | fdt_finish(fdt);
}

/* The tree, read back, then what CPUs can do, which no tree says. */
static int build(struct runner *r)
{
	void *fdt = calloc(1, TREE_BYTES);
	struct vmsa_error err = { .text = "the description is too long" };
	int ret = -ENOMEM;

	if (!fdt)
		return bad(r, "no memory is left");
	if (!put_tree(fdt, &r->plan))
		ret = vmsa_machine_from_blob(fdt, fdt_totalsize(fdt), "machine",
					     &r->machine, &err);
	free(fdt);
	if (ret)
		return bad(r, "no such machine: %s", err.text);
	for (size_t i = 0; i < (r->plan.nr_cpus ? r->plan.nr_cpus : 1); i++)
		vmsa_machine_set_cpu(r->machine, i, &r->plan.cpu[i]);
	return 0;
}

/* A .dtb is looked for beside the script. */
static int read_machine(struct runner *r)
{
	const char *script = r->scenario->name;
	const char *slash = strrchr(script, '/');
	const char *file = r->plan.machine;
	struct vmsa_error err = { .text = "it cannot be read" };
	char path[1400];
	int ret;

	snprintf(path, sizeof(path), "%.*s%s",
		 slash && file[0] != '/' ? (int)(slash + 1 - script) : 0,
		 script, file);
	ret = vmsa_machine_read(path, &r->machine, &err);
	if (ret)
		return bad(r, "machine %s: %s", file, err.text);
	for (size_t i = 0; i < r->plan.nr_cpus; i++)
		vmsa_machine_set_cpu(r->machine, i, &r->plan.cpu[i]);
	if (r->plan.bootargs[0])
		vmsa_machine_set_bootargs(r->machine, r->plan.bootargs);
	return 0;
}

/*
 * The kernel of that version and shape, with what the script said about its
 * configuration and image.
 */
static int find_kernel(struct runner *r)
{
	struct plan *p = &r->plan;
	struct vmsa_linux_kernel k;

	if (vmsa_linux_kernel_default(p->version, (unsigned)p->page_shift,
				      (unsigned)p->va_bits, &k))
		return bad(r,
			   "there is no kernel of that page size and %u "
			   "address bits",
			   (unsigned)p->va_bits);
	if (p->kernel_known) {
		k.kfence = p->kernel.kfence;
		k.kfence_objects = p->kernel.kfence_objects;
		k.kfence_interval = p->kernel.kfence_interval;
		k.debug_pagealloc = p->kernel.debug_pagealloc;
		k.bti = p->kernel.bti;
	}
	if (p->has_image && p->image.end)
		k.image = p->image;
	p->kernel = k;
	return 0;
}

/* What does not fit is a mistake of the script's, so it ends the run. */
int vmsa_plan_create(struct runner *r)
{
	struct vmsa_linux_config config = {
		.kernel = &r->plan.kernel,
		.image = r->plan.has_image ? r->plan.image_at : VMSA_NO_PA,
		.mapping = r->plan.mapping,
	};
	struct vmsa_error err = { .text = "it does not fit" };
	int ret;

	ret = find_kernel(r);
	if (!ret)
		ret = r->plan.machine[0] ? read_machine(r) : build(r);
	if (ret)
		return ret;
	config.machine = r->machine;
	ret = vmsa_linux_create(&config, &r->sys, &err);
	if (ret)
		return bad(r, "it does not boot: %s", err.text);
	vmsa_linux_defer_barriers(r->sys, !r->eager);
	if (r->scenario->watch)
		r->scenario->watch(r->scenario->watch_arg, r->sys, true);
	return 0;
}

void vmsa_plan_destroy(struct runner *r)
{
	if (r->sys && r->scenario->watch)
		r->scenario->watch(r->scenario->watch_arg, r->sys, false);
	vmsa_objects_forget(r);
	vmsa_linux_destroy(r->sys);
	vmsa_machine_destroy(r->machine);
	r->sys = NULL;
	r->machine = NULL;
}
