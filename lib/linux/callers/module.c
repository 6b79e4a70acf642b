/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * module.c - a module comes and goes (8.7)
 *
 *     1 alloc   2-4 ro, nx, rox   5 init runs   6 ro after init   7 free init
 *
 * Each part is an area of its own.  Read-only and executable parts change their
 * aliases as well, page by page, so a load is dozens of permission changes in
 * the linear map, and unloading resets them with one flush of everything.
 */
#include "linux/linux.h"

#include <errno.h>

const char *vmsa_section_name(enum vmsa_section section)
{
	static const char *const names[VMSA_NR_SECTIONS] = {
		[VMSA_MOD_TEXT] = "text",
		[VMSA_MOD_DATA] = "data",
		[VMSA_MOD_RODATA] = "rodata",
		[VMSA_MOD_RO_AFTER_INIT] = "ro_after_init",
		[VMSA_MOD_INIT_TEXT] = "init_text",
		[VMSA_MOD_INIT_DATA] = "init_data",
		[VMSA_MOD_INIT_RODATA] = "init_rodata",
	};

	return names[section];
}

/* A step of loading: what is set on which part, in order. */
struct step {
	enum vmsa_set_memory what;
	enum vmsa_section section;
};

/* A part that a module does not have needs nothing. */
static int set(struct vmsa_linux *l, const struct vmsa_linux_module *module,
	       struct step step)
{
	const struct vmsa_linux_area *a = module->area[step.section];

	return a ? vmsa_linux_set_memory(l, step.what, a->va, a->pages) : 0;
}

/* Freeing twice is harmless: the part is gone from the module. */
static void free_part(struct vmsa_linux *l, struct vmsa_linux_module *module,
		      enum vmsa_section section)
{
	if (module->area[section])
		vmsa_linux_vfree(l, module->area[section]);
	module->area[section] = NULL;
}

/*
 * Step 1, in the order of the sections; given pages are used up one part after
 * the other.
 */
int vmsa_linux_module_alloc(struct vmsa_linux *sys,
			    const struct vmsa_linux_module_want *want,
			    struct vmsa_linux_module *out)
{
	struct vmsa_linux_area_want part = {
		.flags = VMSA_AREA_ALLOC | VMSA_AREA_RESET_PERMS,
		.modules = true,
		.prot = VMSA_PAGE_KERNEL,
		.start = want->start,
	};
	struct vmsa_linux_module m = { { NULL } };
	int ret = 0;

	for (int s = 0; s < VMSA_NR_SECTIONS && !ret; s++) {
		part.pages = want->pages[s];
		if (!part.pages)
			continue;
		ret = vmsa_linux_vmalloc(sys, &part, &m.area[s]);
		if (part.start != VMSA_NO_PA)
			part.start += part.pages << sys->kernel.granule_shift;
	}
	if (ret)
		vmsa_linux_module_unload(sys, &m);
	else
		*out = m;
	return ret;
}

/*
 * Steps 2 to 4. Without rodata nothing is made read-only alone, but rox still
 * is both.
 */
int vmsa_linux_module_protect(struct vmsa_linux *sys,
			      const struct vmsa_linux_module *module)
{
	static const struct step steps[] = {
		{ VMSA_SET_RO, VMSA_MOD_RODATA },
		{ VMSA_SET_RO, VMSA_MOD_INIT_RODATA },
		{ VMSA_SET_NX, VMSA_MOD_DATA },
		{ VMSA_SET_NX, VMSA_MOD_RODATA },
		{ VMSA_SET_NX, VMSA_MOD_RO_AFTER_INIT },
		{ VMSA_SET_NX, VMSA_MOD_INIT_DATA },
		{ VMSA_SET_NX, VMSA_MOD_INIT_RODATA },
		{ VMSA_SET_ROX, VMSA_MOD_TEXT },
		{ VMSA_SET_ROX, VMSA_MOD_INIT_TEXT },
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !ret; i++) {
		if (steps[i].what == VMSA_SET_RO && !sys->policy.rodata_enabled)
			continue;
		ret = set(sys, module, steps[i]);
	}
	return ret;
}

int vmsa_linux_module_init_done(struct vmsa_linux *sys,
				const struct vmsa_linux_module *module)
{
	const struct step step = { VMSA_SET_RO, VMSA_MOD_RO_AFTER_INIT };

	return sys->policy.rodata_enabled ? set(sys, module, step) : 0;
}

void vmsa_linux_module_free_init(struct vmsa_linux *sys,
				 struct vmsa_linux_module *module)
{
	free_part(sys, module, VMSA_MOD_INIT_TEXT);
	free_part(sys, module, VMSA_MOD_INIT_DATA);
	free_part(sys, module, VMSA_MOD_INIT_RODATA);
}

/* All steps; init itself is instantaneous here. */
int vmsa_linux_module_load(struct vmsa_linux *sys,
			   const struct vmsa_linux_module_want *want,
			   struct vmsa_linux_module *out)
{
	struct vmsa_linux_module m;
	int ret;

	vmsa_space_begin(sys->space, "module_load");
	ret = vmsa_linux_module_alloc(sys, want, &m);
	if (!ret) {
		ret = vmsa_linux_module_protect(sys, &m);
		if (!ret)
			ret = vmsa_linux_module_init_done(sys, &m);
		if (ret) {
			vmsa_linux_module_unload(sys, &m);
		} else {
			vmsa_linux_module_free_init(sys, &m);
			*out = m;
		}
	}
	vmsa_space_end(sys->space, "module_load");
	return ret;
}

void vmsa_linux_module_unload(struct vmsa_linux *sys,
			      struct vmsa_linux_module *module)
{
	vmsa_space_begin(sys->space, "module_unload");
	for (int s = 0; s < VMSA_NR_SECTIONS; s++) {
		/* Others may point into the data to the end. */
		if (s != VMSA_MOD_DATA)
			free_part(sys, module, (enum vmsa_section)s);
	}
	free_part(sys, module, VMSA_MOD_DATA);
	vmsa_space_end(sys->space, "module_unload");
}
