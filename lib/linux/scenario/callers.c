/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callers.c - statements that do what parts of the kernel do
 *
 * A statement that makes something takes a name for it first, so that the name
 * is free if nothing was made; the statement that undoes it gives the name
 * back, whatever the kernel's function said.
 */
#include "linux/scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Address of an operand, or bad(). */
static int get_va(struct runner *r, const struct statement *s, vmsa_va *out)
{
	return vmsa_scenario_resolve(r, &s->arg[0].address, out);
}

/* --- areas --------------------------------------------------------------- */

enum area_key {
	AREA_PAGES,
	AREA_AT,
	AREA_STRIDE,
	AREA_HUGE,
	AREA_KEEP,
	AREA_MODULES,
	AREA_PROT,
};

static const struct key_spec area_keys[] = {
	{ "pages", 'u' }, { "at", 'u' },         { "stride", 'u' },
	{ "huge", 'f' },  { "keep-perms", 'f' }, { "modules", 'f' },
	{ "prot", 'w' },  { NULL, 0 },
};

/* What an area is mapped with at first. */
static int find_prot(struct runner *r, const char *name,
		     enum vmsa_linux_protection *out)
{
	static const char *const names[] = {
		[VMSA_PAGE_KERNEL] = "rw",      [VMSA_PAGE_KERNEL_RO] = "ro",
		[VMSA_PAGE_KERNEL_ROX] = "rox", [VMSA_PAGE_KERNEL_EXEC] = "rwx",
		[VMSA_PAGE_NC] = "nc",          [VMSA_PAGE_DEVICE] = "device",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name)) {
			*out = (enum vmsa_linux_protection)i;
			return 0;
		}
	}
	return bad(r, "prot is rw, ro, rox, rwx, nc or device, not '%s'", name);
}

/* The flags a statement's own name stands for. */
static unsigned area_flags(const struct statement *s)
{
	unsigned flags = VMSA_AREA_ALLOC;

	if (!strcmp(s->word->name, "vmap"))
		return VMSA_AREA_MAP;
	if (!strcmp(s->word->name, "ioremap"))
		return VMSA_AREA_IOREMAP;
	if (!has_key(s, AREA_KEEP))
		flags |= VMSA_AREA_RESET_PERMS;
	if (has_key(s, AREA_HUGE))
		flags |= VMSA_AREA_HUGE;
	return flags;
}

/*
 * Backing pages stride= apart, to place aliases where splits hurt most: a list
 * that the caller frees.
 */
static vmsa_pa *list_pages(const struct statement *s, uint64_t pages)
{
	vmsa_pa *page = calloc(pages, sizeof(*page));

	for (uint64_t i = 0; page && i < pages; i++)
		page[i] =
			s->key[AREA_AT].number + i * s->key[AREA_STRIDE].number;
	return page;
}

/*
 * The area a statement describes: pages of the system's own, or from at= on,
 * consecutive or stride= apart.  Only vmalloc has pages of its own.
 */
static int make_area(struct runner *r, const struct statement *s,
		     const struct vmsa_linux_area **out)
{
	struct vmsa_linux_area_want want = {
		.pages = key_or(s, AREA_PAGES, 1),
		.flags = area_flags(s),
		.modules = has_key(s, AREA_MODULES),
		.start = key_or(s, AREA_AT, VMSA_NO_PA),
	};
	vmsa_pa *page = NULL;
	int ret = 0;

	if (want.flags & VMSA_AREA_IOREMAP)
		want.prot = VMSA_PAGE_DEVICE;
	if (has_key(s, AREA_PROT))
		ret = find_prot(r, s->key[AREA_PROT].word, &want.prot);
	if (ret)
		return ret;
	if (!(want.flags & VMSA_AREA_ALLOC) && want.start == VMSA_NO_PA)
		return bad(r, "%s needs at=", s->word->name);
	if (has_key(s, AREA_STRIDE)) {
		if (!has_key(s, AREA_AT) || want.pages > 1 << 24)
			return bad(r, "stride= needs at= and up to 16M pages");
		page = list_pages(s, want.pages);
		if (!page)
			return bad(r, "no memory is left");
	}
	want.page = page;
	ret = vmsa_linux_vmalloc(r->sys, &want, out);
	free(page);
	return ret;
}

/* Give @area the name of the statement's first operand, if it was made. */
static int name_area(struct runner *r, struct object *o, int ret,
		     const struct vmsa_linux_area *area)
{
	if (ret)
		vmsa_object_drop(r, o);
	else
		o->area = area;
	return ret;
}

/* vmalloc, vmap and ioremap: one function, flags by the word. */
static int do_area(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_new(r, s->arg[0].word, OBJECT_AREA);
	const struct vmsa_linux_area *area = NULL;
	int ret;

	if (!o)
		return -EINVAL;
	ret = make_area(r, s, &area);
	return name_area(r, o, ret, area);
}

static int do_vfree(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_get(r, s->arg[0].word, OBJECT_AREA);
	int ret;

	if (!o)
		return -EINVAL;
	ret = vmsa_linux_vfree(r->sys, o->area);
	vmsa_object_drop(r, o);
	return ret;
}

/* --- modules ------------------------------------------------------------- */

#define MODULE_AT VMSA_NR_SECTIONS

static const struct key_spec module_keys[] = {
	{ "text", 'u' },          { "data", 'u' },      { "rodata", 'u' },
	{ "ro_after_init", 'u' }, { "init_text", 'u' }, { "init_data", 'u' },
	{ "init_rodata", 'u' },   { "at", 'u' },        { NULL, 0 },
};

/*
 * Keys 0 to 6 are the sections in their order.  Loaded whole, or its areas
 * only, to go step by step.
 */
static int do_module_make(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_new(r, s->arg[0].word, OBJECT_MODULE);
	const bool whole = !strcmp(s->word->name, "module load");
	struct vmsa_linux_module_want want = {
		.start = key_or(s, MODULE_AT, VMSA_NO_PA),
	};
	int ret;

	if (!o)
		return -EINVAL;
	for (unsigned i = 0; i < VMSA_NR_SECTIONS; i++)
		want.pages[i] = key_or(s, i, 0);
	ret = whole ? vmsa_linux_module_load(r->sys, &want, &o->module)
		    : vmsa_linux_module_alloc(r->sys, &want, &o->module);
	if (ret)
		vmsa_object_drop(r, o);
	return ret;
}

/* One of the steps after the areas were made (8.7). */
static int do_module_step(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_get(r, s->arg[0].word, OBJECT_MODULE);

	if (!o)
		return -EINVAL;
	if (!strcmp(s->word->name, "module protect"))
		return vmsa_linux_module_protect(r->sys, &o->module);
	if (!strcmp(s->word->name, "module init-done"))
		return vmsa_linux_module_init_done(r->sys, &o->module);
	vmsa_linux_module_free_init(r->sys, &o->module);
	return 0;
}

static int do_module_unload(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_get(r, s->arg[0].word, OBJECT_MODULE);

	if (!o)
		return -EINVAL;
	vmsa_linux_module_unload(r->sys, &o->module);
	vmsa_object_drop(r, o);
	return 0;
}

/* --- code ---------------------------------------------------------------- */

static const struct key_spec bpf_keys[] = {
	{ "size", 'u' },
	{ NULL, 0 },
};

/* 4 KiB unless the script says: a program of middling size. */
static int do_bpf_load(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_new(r, s->arg[0].word, OBJECT_BPF);
	int ret;

	if (!o)
		return -EINVAL;
	ret = vmsa_linux_bpf_load(r->sys, key_or(s, 0, 4096), &o->bpf);
	if (ret)
		vmsa_object_drop(r, o);
	return ret;
}

static int do_bpf_unload(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_get(r, s->arg[0].word, OBJECT_BPF);

	if (!o)
		return -EINVAL;
	vmsa_linux_bpf_unload(r->sys, &o->bpf);
	vmsa_object_drop(r, o);
	return 0;
}

static const struct key_spec pages_keys[] = {
	{ "pages", 'u' },
	{ "at", 'u' },
	{ NULL, 0 },
};

/* A page or some of code, by the part of the kernel that wants it. */
static int do_code(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_new(r, s->arg[0].word, OBJECT_AREA);
	const struct vmsa_linux_area *area = NULL;
	int ret;

	if (!o)
		return -EINVAL;
	if (!strcmp(s->word->name, "bpf interpreter"))
		ret = vmsa_linux_bpf_interpreter(r->sys, key_or(s, 0, 1),
						 &area);
	else if (!strcmp(s->word->name, "bpf trampoline"))
		ret = vmsa_linux_bpf_trampoline(r->sys, &area);
	else
		ret = vmsa_linux_kprobe_page(r->sys, &area);
	return name_area(r, o, ret, area);
}

/* Any address of the page that is rewritten. */
static int do_retarget(struct runner *r, const struct statement *s)
{
	vmsa_va va;
	const int ret = get_va(r, s, &va);

	return ret ? ret : vmsa_linux_bpf_retarget(r->sys, va);
}

/* --- secrets ------------------------------------------------------------- */

/* Fault in the pages one by one; on an error those before it go back. */
static int fault_all(struct runner *r, const struct object *o)
{
	const uint64_t page = page_of(r);
	uint64_t i;
	int ret = 0;

	for (i = 0; i < o->pages && !ret; i++)
		ret = vmsa_linux_secretmem_fault(r->sys, o->pa + i * page);
	if (!ret)
		return 0;
	for (i--; i--;)
		vmsa_linux_secretmem_free(r->sys, o->pa + i * page);
	return ret;
}

/* Pages of the system's, or at a place the script chooses. */
static int do_secret_map(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_new(r, s->arg[0].word, OBJECT_SECRET);
	int ret = 0;

	if (!o)
		return -EINVAL;
	o->pages = key_or(s, 0, 1);
	o->pa = key_or(s, 1, VMSA_NO_PA);
	o->owned = o->pa == VMSA_NO_PA;
	if (o->owned)
		ret = vmsa_linux_take_pages(r->sys, o->pages, &o->pa);
	else if (o->pa & (page_of(r) - 1))
		return bad(r, "at= is not the start of a page");
	if (!ret) {
		ret = fault_all(r, o);
		if (ret && o->owned)
			vmsa_linux_give_pages(r->sys, o->pa, o->pages);
	}
	if (ret)
		vmsa_object_drop(r, o);
	return ret;
}

/* Every page back to the map, then to the allocator if it was its. */
static int do_secret_unmap(struct runner *r, const struct statement *s)
{
	struct object *o = vmsa_object_get(r, s->arg[0].word, OBJECT_SECRET);
	int ret = 0;

	if (!o)
		return -EINVAL;
	for (uint64_t i = 0; i < o->pages && !ret; i++)
		ret = vmsa_linux_secretmem_free(r->sys, o->pa + i * page_of(r));
	if (o->owned)
		vmsa_linux_give_pages(r->sys, o->pa, o->pages);
	vmsa_object_drop(r, o);
	return ret;
}

/*
 * A linear map address, since that is what scripts have; the function takes a
 * PA.
 */
static int do_guest(struct runner *r, const struct statement *s)
{
	const bool take = !strcmp(s->word->name, "guest_memfd take");
	vmsa_va va;
	vmsa_pa pa;
	const int ret = get_va(r, s, &va);

	if (ret)
		return ret;
	pa = vmsa_linux_pa(r->sys, va);
	return take ? vmsa_linux_guest_memfd_take(r->sys, pa, s->arg[1].number)
		    : vmsa_linux_guest_memfd_give(r->sys, pa, s->arg[1].number);
}

/* --- debugging ----------------------------------------------------------- */

static const struct key_spec at_keys[] = {
	{ "at", 'u' },
	{ NULL, 0 },
};

/* A late pool at at=, or wherever the page allocator has one. */
static int do_kfence_init(struct runner *r, const struct statement *s)
{
	return vmsa_linux_kfence_init(r->sys, key_or(s, 0, VMSA_NO_PA));
}

/* Protect or unprotect the page of an address. */
static int do_kfence(struct runner *r, const struct statement *s)
{
	vmsa_va va;
	const int ret = get_va(r, s, &va);

	return ret ? ret
		   : vmsa_linux_kfence_protect(r->sys, va,
					       !strcmp(s->word->name,
						       "kfence protect"));
}

/* Pages freed or allocated under debug_pagealloc (7.4). */
static int do_pagealloc(struct runner *r, const struct statement *s)
{
	vmsa_va va;
	const int ret = get_va(r, s, &va);

	return ret ? ret
		   : vmsa_linux_debug_pagealloc(
			     r->sys, vmsa_linux_pa(r->sys, va),
			     s->arg[1].number,
			     !strcmp(s->word->name, "debug_pagealloc alloc"));
}

/* Before the image is made, or after (3.6). */
static int do_hibernate(struct runner *r, const struct statement *s)
{
	return vmsa_linux_hibernate(r->sys, !strcmp(s->word->name,
						    "hibernate prepare"));
}

/* One page copied into the image. */
static int do_snapshot(struct runner *r, const struct statement *s)
{
	vmsa_va va;
	const int ret = get_va(r, s, &va);

	return ret ? ret
		   : vmsa_linux_snapshot_page(r->sys,
					      vmsa_linux_pa(r->sys, va));
}

#define DO VMSA_STEP_DO

const struct word vmsa_callers_words[] = {
	{ "vmalloc", DO, "n", area_keys, true, do_area },
	{ "vmap", DO, "n", area_keys, true, do_area },
	{ "ioremap", DO, "n", area_keys, true, do_area },
	{ "vfree", DO, "n", NULL, true, do_vfree },
	{ "module load", DO, "n", module_keys, true, do_module_make },
	{ "module alloc", DO, "n", module_keys, true, do_module_make },
	{ "module protect", DO, "n", NULL, true, do_module_step },
	{ "module init-done", DO, "n", NULL, true, do_module_step },
	{ "module free-init", DO, "n", NULL, true, do_module_step },
	{ "module unload", DO, "n", NULL, true, do_module_unload },
	{ "bpf load", DO, "n", bpf_keys, true, do_bpf_load },
	{ "bpf unload", DO, "n", NULL, true, do_bpf_unload },
	{ "bpf interpreter", DO, "n", pages_keys, true, do_code },
	{ "bpf trampoline", DO, "n", NULL, true, do_code },
	{ "bpf retarget", DO, "a", NULL, true, do_retarget },
	{ "kprobe", DO, "n", NULL, true, do_code },
	{ "secretmem map", DO, "n", pages_keys, true, do_secret_map },
	{ "secretmem unmap", DO, "n", NULL, true, do_secret_unmap },
	{ "guest_memfd take", DO, "au", NULL, true, do_guest },
	{ "guest_memfd give", DO, "au", NULL, true, do_guest },
	{ "kfence init", DO, "", at_keys, true, do_kfence_init },
	{ "kfence protect", DO, "a", NULL, true, do_kfence },
	{ "kfence unprotect", DO, "a", NULL, true, do_kfence },
	{ "debug_pagealloc free", DO, "au", NULL, true, do_pagealloc },
	{ "debug_pagealloc alloc", DO, "au", NULL, true, do_pagealloc },
	{ "hibernate prepare", DO, "", NULL, true, do_hibernate },
	{ "hibernate post", DO, "", NULL, true, do_hibernate },
	{ "snapshot", DO, "a", NULL, true, do_snapshot },
	{ NULL, VMSA_STEP_SETUP, "", NULL, false, NULL },
};
