/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmalloc_test.c - areas, set_memory_*() and who uses them, on machine M:
 * test vectors TV-16 and TV-22 of docs/linear-map.md
 */
#include "linux/live.h"

#include <errno.h>

#define BASE UINT64_C(0xffff000000000000)

/* In a 1G block of the linear map, 2M aligned. */
#define PAGES UINT64_C(0x90000000)

static const struct vmsa_linux_area *make(struct vmsa_linux *l, uint64_t pages,
					  const vmsa_pa *page, vmsa_pa start)
{
	const struct vmsa_linux_area_want want = {
		.pages = pages,
		.flags = VMSA_AREA_ALLOC | VMSA_AREA_RESET_PERMS,
		.page = page,
		.start = start,
	};
	const struct vmsa_linux_area *a;

	assert_int_equal(vmsa_linux_vmalloc(l, &want, &a), 0);
	return a;
}

static int set(struct vmsa_linux *l, enum vmsa_set_memory what,
	       const struct vmsa_linux_area *a)
{
	return vmsa_linux_set_memory(l, what, a->va, a->pages);
}

/* --- TV-16 --------------------------------------------------------------- */

static const struct ro_row {
	const char *name;
	uint64_t pages;
	vmsa_pa start;
	uint64_t stride;     /* from page to page */
	struct price price;  /* without range TLBI */
	uint64_t tl_range;   /* and with it */
	struct leaves added; /* to TV-2 */
} ro_rows[] = {
	{ "a: one group",
	  16,
	  PAGES,
	  0x1000,
	  { 37, 35, 17, 32 },
	  17,
	  { 0, 1, 1, -1, 15, 496, 16, 496 } },
	{ "b: two groups",
	  16,
	  PAGES + 0x8000,
	  0x1000,
	  { 38, 36, 17, 32 },
	  17,
	  { 0, 1, 1, -1, 15, 496, 32, 480 } },
	{ "c: 16 blocks",
	  16,
	  PAGES,
	  2 * MIB,
	  { 67, 50, 17, 32 },
	  17,
	  { 0, 1, 16, -1, 0, 496, 256, 7936 } },
	{ "d: 512 pages",
	  512,
	  PAGES,
	  0x1000,
	  { 1060, 1058, 513, 513 },
	  513,
	  { 0, 1, 1, -1, 15, 496, 512, 0 } },
};

static void list_pages(const struct ro_row *r, vmsa_pa *page)
{
	for (uint64_t i = 0; i < r->pages; i++)
		page[i] = r->start + i * r->stride;
}

static void check_aliases(const struct vmsa_linux *l, const struct ro_row *r,
			  const vmsa_pa *page)
{
	for (uint64_t i = 0; i < r->pages; i++)
		assert_desc(l, BASE + page[i] - 0x40000000, 3,
			    page[i] | UINT64_C(0x00e0000000000787));
}

/* set_memory_ro(): per page of the alias a split, a store and a flush. */
static void read_only_area_costs_what_it_must(void **state)
{
	vmsa_pa page[512];

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(ro_rows); i++) {
		const struct ro_row *r = &ro_rows[i / 2];
		struct vmsa_linux *l =
			boot_m(&(struct booted){ .version = VMSA_LINUX_V7_3,
						 .bbm = true,
						 .tlb_range = i % 2 });
		const struct vmsa_linux_area *a;

		print_message("%s%s\n", r->name, i % 2 ? ", range" : "");
		vmsa_linux_start_allocator(l);
		list_pages(r, page);
		a = make(l, r->pages, page, VMSA_NO_PA);
		COSTS(l, assert_int_equal(set(l, VMSA_SET_RO, a), 0),
		      r->price.ds, r->price.is, r->price.di,
		      i % 2 ? r->tl_range : r->price.tl);
		check_aliases(l, r, page);
		assert_leaves(
			l, (struct leaves){ 1, 1 + r->added.t2, 2 + r->added.t3,
					    3 + r->added.l1, 30 + r->added.l2,
					    480 + r->added.l2_cont, r->added.l3,
					    1024 + r->added.l3_cont });
		assert_desc(l, a->va, 3, page[0] | 0x00e0000000000783);
		vmsa_linux_destroy(l);
	}
}

/* --- TV-22 --------------------------------------------------------------- */

static const struct vmsa_linux_module_want module = {
	.pages = { 5, 2, 3, 1, 1, 0, 1 },
	.start = 0x90100000,
};

/* A module load, step by step; what it leaves in the linear map. */
static void module_load_costs_what_it_must(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	struct vmsa_linux_module m;
	struct vmsa_linux_cost cost;
	const vmsa_va alias = BASE + 0x50100000;

	(void)state;
	assert_int_equal(vmsa_linux_module_alloc(l, &module, &m), 0);
	COSTS(l, assert_int_equal(vmsa_linux_module_protect(l, &m), 0), 43, 41,
	      20, 33);
	COSTS(l, assert_int_equal(vmsa_linux_module_init_done(l, &m), 0), 4, 4,
	      2, 2);
	vmsa_linux_cost_start(l, &cost);
	vmsa_linux_module_free_init(l, &m);
	vmsa_linux_cost_stop(l, &cost);
	assert_price(&cost, (struct price){ 4, 4, 2, 2 });
	/* From the linear map to the modules: far too many pages. */
	assert_u64_equal(cost.full_flushes, 2);
	/* As after run_m(): 8 MiB of data alias and 48 pages are invalid. */
	assert_leaves(l, (struct leaves){ 1, 2, 3, 2, 30 - 4 + 15, 480 + 496,
					  16, 1024 - 48 + 496 });
	assert_desc(l, alias, 3, 0x00e0000090100787);
	assert_desc(l, alias + 0x5000, 3, 0x00e8000090105707);
	assert_desc(l, alias + 0x7000, 3, 0x00e0000090107787);
	assert_desc(l, alias + 0xa000, 3, 0x00e000009010a787);
	assert_desc(l, alias + 0xb000, 3, 0x00e800009010b707);
	assert_desc(l, alias + 0xc000, 3, 0x00e800009010c707);
	assert_null(m.area[VMSA_MOD_INIT_DATA]);
	assert_null(m.area[VMSA_MOD_INIT_TEXT]);
	vmsa_linux_module_unload(l, &m);
	/* Nothing stays read-only; nothing becomes large again. */
	for (uint64_t i = 0; i < 13; i++)
		assert_desc(l, alias + i * 0x1000, 3,
			    0x00e8000090100707 + i * 0x1000);
	vmsa_linux_destroy(l);
}

/* What the areas of a module are mapped with, once it is loaded. */
static void module_areas_have_their_permissions(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	struct vmsa_linux_module m;

	(void)state;
	assert_int_equal(vmsa_linux_module_load(l, &module, &m), 0);
	assert_desc(l, m.area[VMSA_MOD_TEXT]->va, 3, 0x00c0000090100783);
	assert_desc(l, m.area[VMSA_MOD_DATA]->va, 3, 0x00e8000090105703);
	assert_desc(l, m.area[VMSA_MOD_RODATA]->va, 3, 0x00e0000090107783);
	assert_desc(l, m.area[VMSA_MOD_RO_AFTER_INIT]->va, 3,
		    0x00e000009010a783);
	/* In the modules' range, apart by guard pages, lowest first. */
	assert_u64_equal(m.area[VMSA_MOD_TEXT]->va, 0xffff800000000000);
	assert_u64_equal(m.area[VMSA_MOD_DATA]->va, 0xffff800000006000);
	vmsa_linux_module_unload(l, &m);
	vmsa_linux_destroy(l);
}

/* Remembers the last store outside the linear map. */
static void note_store(void *arg, const struct vmsa_event *e)
{
	vmsa_va *last = arg;

	if (e->kind == VMSA_EVENT_STORE && e->u.store.va >= 0xffff800000000000)
		*last = e->u.store.va;
}

/* Whatever else a module has may point into its data to the end. */
static void unloading_frees_the_data_last(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	struct vmsa_linux_module m;
	vmsa_va data, last = 0;

	(void)state;
	assert_int_equal(vmsa_linux_module_load(l, &module, &m), 0);
	data = m.area[VMSA_MOD_DATA]->va;
	vmsa_space_observe(vmsa_linux_space(l), note_store, &last);
	vmsa_linux_module_unload(l, &m);
	assert_u64_equal(last, data + 0x1000);
	vmsa_linux_destroy(l);
}

/* rodata=off: no area and no alias becomes read-only by ro. */
static void module_without_rodata_is_executable_only(void **state)
{
	struct vmsa_linux *l =
		run_m(&(struct booted){ .version = VMSA_LINUX_V7_3,
					.bbm = true,
					.bootargs = "rodata=off" });
	struct vmsa_linux_module m;

	(void)state;
	assert_int_equal(vmsa_linux_module_load(l, &module, &m), 0);
	assert_desc(l, m.area[VMSA_MOD_RODATA]->va, 3, 0x00e8000090107703);
	assert_desc(l, m.area[VMSA_MOD_TEXT]->va, 3, 0x00c0000090100783);
	/*
	 * rox makes text read-only all the same, but not its alias, which
	 * only became pages when the parts of init were freed.
	 */
	assert_desc(l, BASE + 0x50100000, 3, 0x00e8000090100707);
	vmsa_linux_module_unload(l, &m);
	vmsa_linux_destroy(l);
}

/* --- 8.2: gates and answers ---------------------------------------------- */

static const struct gate_row {
	const char *name;
	enum vmsa_linux_version version;
	unsigned flags;
	uint64_t offset, pages; /* in pages, of an area of 4 */
	int ret;
} gate_rows[] = {
	{ "all", VMSA_LINUX_V7_3, VMSA_AREA_ALLOC, 0, 4, 0 },
	{ "part", VMSA_LINUX_V7_3, VMSA_AREA_ALLOC, 1, 2, 0 },
	{ "nothing", VMSA_LINUX_V7_3, VMSA_AREA_ALLOC, 0, 0, 0 },
	{ "the guard page too", VMSA_LINUX_V7_3, VMSA_AREA_ALLOC, 0, 5, 0 },
	{ "beyond it", VMSA_LINUX_V7_3, VMSA_AREA_ALLOC, 0, 6, -EINVAL },
	{ "a huge size", VMSA_LINUX_V7_3, VMSA_AREA_ALLOC, 0, UINT64_MAX / 2,
	  -EINVAL },
	{ "vmap", VMSA_LINUX_V7_3, VMSA_AREA_MAP, 0, 4, -EINVAL },
	{ "ioremap", VMSA_LINUX_V7_3, VMSA_AREA_IOREMAP, 0, 4, -EINVAL },
	{ "huge", VMSA_LINUX_V7_3, VMSA_AREA_ALLOC | VMSA_AREA_HUGE, 0, 4,
	  -EINVAL },
	{ "huge, 6.18", VMSA_LINUX_V6_18, VMSA_AREA_ALLOC | VMSA_AREA_HUGE, 0,
	  4, -EINVAL },
	{ "huge, 6.12", VMSA_LINUX_V6_12, VMSA_AREA_ALLOC | VMSA_AREA_HUGE, 0,
	  4, 0 },
};

static void only_vmalloc_areas_change(void **state)
{
	(void)state;
	for (const struct gate_row *r = gate_rows;
	     r < gate_rows + COUNT(gate_rows); r++) {
		struct vmsa_linux *l = run_m(
			&(struct booted){ .version = r->version, .bbm = true });
		const struct vmsa_linux_area_want want = { .pages = 4,
							   .flags = r->flags,
							   .start = PAGES };
		const struct vmsa_linux_area *a;

		print_message("%s\n", r->name);
		assert_int_equal(vmsa_linux_vmalloc(l, &want, &a), 0);
		assert_int_equal(vmsa_linux_set_memory(
					 l, VMSA_SET_RO,
					 a->va + r->offset * 0x1000, r->pages),
				 r->ret);
		vmsa_linux_destroy(l);
	}
}

/* The linear map, the image and nothing at all are no areas for this. */
static void other_addresses_are_refused(void **state)
{
	struct vmsa_linux *l = run_m(TV2);

	(void)state;
	assert_int_equal(vmsa_linux_set_memory(l, VMSA_SET_RO,
					       BASE + 0x50000000, 1),
			 -EINVAL);
	assert_int_equal(vmsa_linux_set_memory(l, VMSA_SET_NX,
					       0xffff800080000000, 1),
			 -EINVAL);
	assert_int_equal(vmsa_linux_set_memory(l, VMSA_SET_X,
					       0xffff900000000000, 1),
			 -EINVAL);
	vmsa_linux_destroy(l);
}

static const struct alias_row {
	enum vmsa_linux_version version;
	unsigned changed; /* aliases of four that became read-only */
	int enomem;       /* the answer when a split finds no memory */
} alias_rows[] = {
	{ VMSA_LINUX_V6_12, 4, 0 },
	{ VMSA_LINUX_V2, 4, -ENOMEM },
	{ VMSA_LINUX_V6_18, 4, 0 },
	{ VMSA_LINUX_V7_3, 1, -ENOMEM },
};

/* One page is asked for: whose alias changes, and does an error show? */
static void aliases_differ_between_kernels(void **state)
{
	(void)state;
	for (const struct alias_row *r = alias_rows;
	     r < alias_rows + COUNT(alias_rows); r++) {
		struct vmsa_linux *l = run_m(&(struct booted){
			.version = r->version,
			.bbm = true,
			/* The seed's version would use pages otherwise. */
			.bootargs = "kfence.sample_interval=100" });
		const struct vmsa_linux_area *a = make(l, 4, NULL, PAGES);
		struct vmsa_translation t;
		unsigned changed = 0;

		print_message("%s\n", vmsa_linux_version_name(r->version));
		/* 6.12 has a map of pages: nothing to allocate. */
		vmsa_memory_fail_nth(vmsa_linux_memory(l), 1);
		assert_int_equal(vmsa_linux_set_memory(l, VMSA_SET_RO,
						       a->va + 0x1000, 1),
				 r->enomem);
		vmsa_memory_fail_nth(vmsa_linux_memory(l), 0);
		assert_int_equal(vmsa_linux_set_memory(l, VMSA_SET_RO,
						       a->va + 0x1000, 1),
				 0);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(
				vmsa_translate(vmsa_linux_space(l),
					       vmsa_linux_va(l, a->page[i]),
					       &t),
				0);
			changed += !!(t.desc & VMSA_LEAF_AP2);
		}
		assert_int_equal(changed, r->changed);
		vmsa_linux_destroy(l);
	}
}

/* x and nx are the area's own; its alias is never executable. */
static void executable_never_reaches_the_alias(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct vmsa_linux_area *a = make(l, 4, NULL, PAGES);

	(void)state;
	COSTS(l, assert_int_equal(set(l, VMSA_SET_X, a), 0), 2, 2, 1, 4);
	assert_desc(l, a->va, 3, PAGES | 0x00c8000000000703);
	COSTS(l, assert_int_equal(set(l, VMSA_SET_NX, a), 0), 2, 2, 1, 4);
	assert_desc(l, a->va, 3, PAGES | 0x00e8000000000703);
	assert_desc(l, BASE + 0x50000000, 1, 0x00e8000080000705);
	vmsa_linux_destroy(l);
}

/* 6.12 holds no barrier back: each page's store has its own pair. */
static void old_kernel_has_a_barrier_a_page(void **state)
{
	struct vmsa_linux *l =
		run_m(&(struct booted){ .version = VMSA_LINUX_V6_12 });
	const struct vmsa_linux_area *a = make(l, 4, NULL, PAGES);

	(void)state;
	COSTS(l, assert_int_equal(set(l, VMSA_SET_NX, a), 0), 4 + 1, 4 + 1, 1,
	      4);
	/* ro: four aliases, each with its flush, and the area again. */
	COSTS(l, assert_int_equal(set(l, VMSA_SET_RO, a), 0), 4 * 2 + 5,
	      4 * 2 + 5, 4 + 1, 8);
	vmsa_linux_destroy(l);
}

/* Partial changes: a page of code made writable and read-only again. */
static void retargeting_a_plt_changes_one_page(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct vmsa_linux_area *a;
	struct vmsa_linux_bpf prog;

	(void)state;
	assert_int_equal(vmsa_linux_bpf_load(l, 0x1100, &prog), 0);
	a = prog.area;
	/* Two times: an alias and its flush, the area and its flush. */
	COSTS(l,
	      assert_int_equal(vmsa_linux_bpf_retarget(l, a->va + 0x1234), 0),
	      8, 8, 4, 4);
	assert_desc(l, a->va + 0x1000, 3, a->page[1] | 0x00c0000000000783);
	vmsa_linux_bpf_unload(l, &prog);
	vmsa_linux_destroy(l);
}

/* --- packs --------------------------------------------------------------- */

/* One pack: 512 aliases once; then programs are free. */
static void programs_share_a_pack(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	struct vmsa_linux_bpf a, b, c;

	(void)state;
	assert_int_equal(vmsa_linux_bpf_load(l, 100, &a), 0);
	assert_u64_equal(a.area->pages, 512);
	assert_u64_equal(a.size, 128);
	COSTS(l, assert_int_equal(vmsa_linux_bpf_load(l, 4096, &b), 0), 0, 0, 0,
	      0);
	assert_ptr_equal(b.area, a.area);
	assert_u64_equal(b.offset, 128);
	vmsa_linux_bpf_unload(l, &a);
	assert_int_equal(vmsa_linux_bpf_load(l, 64, &c), 0);
	assert_u64_equal(c.offset, 0);
	/* More than a pack has room for: an area of its own. */
	assert_int_equal(vmsa_linux_bpf_load(l, 3 * MIB, &a), 0);
	assert_ptr_not_equal(a.area, b.area);
	assert_u64_equal(a.area->pages, 768);
	vmsa_linux_bpf_unload(l, &a);
	vmsa_linux_bpf_unload(l, &b);
	assert_non_null(vmsa_linux_find_area(l, c.area->va));
	vmsa_linux_bpf_unload(l, &c);
	vmsa_linux_set_nodes(l, 2);
	assert_int_equal(vmsa_linux_bpf_load(l, 1, &a), 0);
	assert_u64_equal(a.area->pages, 1024);
	vmsa_linux_destroy(l);
}

/* A kprobe's page is mapped ROX; the call is for its alias. */
static void kprobe_page_is_read_only_everywhere(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct vmsa_linux_area *a;
	vmsa_pa pa;

	(void)state;
	assert_int_equal(vmsa_linux_kprobe_page(l, &a), 0);
	pa = a->page[0];
	assert_desc(l, a->va, 3, pa | 0x00c0000000000783);
	assert_desc(l, vmsa_linux_va(l, pa), 3, pa | 0x00e0000000000787);
	assert_int_equal(vmsa_linux_vfree(l, a), 0);
	assert_desc(l, vmsa_linux_va(l, pa), 3, pa | 0x00e8000000000707);
	vmsa_linux_destroy(l);
}

/* --- lazily freed ranges ------------------------------------------------- */

/* A freed area is flushed by the next purge, with all others at once. */
static void freed_areas_are_flushed_together(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct vmsa_linux_area_want want = { .pages = 2,
						   .flags = VMSA_AREA_ALLOC,
						   .start = VMSA_NO_PA };
	const struct vmsa_linux_area *a, *b, *c;
	vmsa_va va;

	(void)state;
	assert_int_equal(vmsa_linux_vmalloc(l, &want, &a), 0);
	assert_int_equal(vmsa_linux_vmalloc(l, &want, &b), 0);
	va = a->va;
	/* Areas of two pages and a guard: three pages apart. */
	assert_u64_equal(b->va, va + 0x3000);
	COSTS(l, vmsa_linux_unmap_aliases(l), 0, 0, 0, 0);
	COSTS(l, assert_int_equal(vmsa_linux_vfree(l, a), 0), 0, 0, 0, 0);
	COSTS(l, assert_int_equal(vmsa_linux_vfree(l, b), 0), 0, 0, 0, 0);
	assert_null(vmsa_linux_find_area(l, va));
	/* Its addresses are not used again before. */
	assert_int_equal(vmsa_linux_vmalloc(l, &want, &c), 0);
	assert_u64_equal(c->va, va + 0x6000);
	/* Two areas of two pages and the guard between them. */
	COSTS(l, vmsa_linux_unmap_aliases(l), 1, 1, 1, 5);
	assert_int_equal(vmsa_linux_vmalloc(l, &want, &c), 0);
	assert_u64_equal(c->va, va);
	vmsa_linux_destroy(l);
}

/* set_memory_*() purges first (8.2 step 5). */
static void permission_change_purges_first(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct vmsa_linux_area_want want = { .pages = 1,
						   .flags = VMSA_AREA_ALLOC,
						   .start = VMSA_NO_PA };
	const struct vmsa_linux_area *a, *b;

	(void)state;
	assert_int_equal(vmsa_linux_vmalloc(l, &want, &a), 0);
	assert_int_equal(vmsa_linux_vmalloc(l, &want, &b), 0);
	assert_int_equal(vmsa_linux_vfree(l, a), 0);
	COSTS(l, assert_int_equal(set(l, VMSA_SET_NX, b), 0), 1 + 2, 1 + 2,
	      1 + 1, 1 + 1);
	vmsa_linux_destroy(l);
}

/* A second vfree of the same area is refused, and so is the image's. */
static void freeing_what_is_no_area_is_refused(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct vmsa_linux_area *image =
		vmsa_linux_find_area(l, 0xffff800080000000);

	(void)state;
	assert_non_null(image);
	assert_int_equal(vmsa_linux_vfree(l, image), -EINVAL);
	vmsa_linux_destroy(l);
}

/* An area with blocks: one PMD for 512 aligned pages. */
static void huge_area_is_mapped_by_blocks(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	const struct vmsa_linux_area_want want = { .pages = 513,
						   .flags = VMSA_AREA_ALLOC |
							    VMSA_AREA_HUGE,
						   .start = PAGES };
	const struct vmsa_linux_area *a;

	(void)state;
	assert_int_equal(vmsa_linux_vmalloc(l, &want, &a), 0);
	assert_u64_equal(a->va & (2 * MIB - 1), 0);
	assert_desc(l, a->va, 2, PAGES | 0x00e8000000000701);
	assert_desc(l, a->va + 2 * MIB, 3,
		    (PAGES + 2 * MIB) | 0x00e8000000000703);
	assert_desc(l, a->va + 2 * MIB + 0x1000, 3, 0);
	vmsa_linux_destroy(l);
}

/* --- secrets, guests, debugging ------------------------------------------ */

static void secret_page_is_unmapped_and_flushed(void **state)
{
	struct vmsa_linux *l = run_m(TV2);

	(void)state;
	COSTS(l, assert_int_equal(vmsa_linux_secretmem_fault(l, PAGES), 0),
	      3 + 1, 1 + 1, 1, 1);
	assert_desc(l, BASE + 0x50000000, 3, 0x00e8000090000f06);
	COSTS(l, assert_int_equal(vmsa_linux_secretmem_free(l, PAGES), 0), 1, 1,
	      0, 0);
	assert_desc(l, BASE + 0x50000000, 3, 0x00e8000090000707);
	/* A guest's 2 MiB: the block goes and comes in one piece. */
	COSTS(l,
	      assert_int_equal(
		      vmsa_linux_guest_memfd_take(l, PAGES + 4 * MIB, 512), 0),
	      1, 1, 1, 1);
	assert_desc(l, BASE + 0x50400000, 2, 0x00e8000090400f04);
	COSTS(l,
	      assert_int_equal(
		      vmsa_linux_guest_memfd_give(l, PAGES + 4 * MIB, 512), 0),
	      1, 1, 0, 0);
	assert_desc(l, BASE + 0x50400000, 2, 0x00e8000090400705);
	vmsa_linux_destroy(l);
}

/* A direct map that cannot change: no secrets, no changes, no error. */
static void fixed_direct_map_knows_no_secrets(void **state)
{
	struct vmsa_linux *l = run_m(&(struct booted){
		.version = VMSA_LINUX_V7_3,
		.bbm = true,
		.bootargs = "rodata=noalias kfence.sample_interval=100" });

	(void)state;
	assert_false(vmsa_linux_policy(l)->can_set_direct_map);
	assert_int_equal(vmsa_linux_secretmem_fault(l, PAGES), -ENOSYS);
	COSTS(l, assert_int_equal(vmsa_linux_guest_memfd_take(l, PAGES, 1), 0),
	      0, 0, 0, 0);
	assert_desc(l, BASE + 0x50000000, 1, 0x00e8000080000705);
	vmsa_linux_destroy(l);
}

/* A page that is not present is mapped while it is copied. */
static void snapshot_maps_a_secret_meanwhile(void **state)
{
	struct vmsa_linux *l = run_m(TV2);

	(void)state;
	COSTS(l, assert_int_equal(vmsa_linux_snapshot_page(l, PAGES), 0), 0, 0,
	      0, 0);
	assert_int_equal(vmsa_linux_secretmem_fault(l, PAGES), 0);
	COSTS(l, assert_int_equal(vmsa_linux_snapshot_page(l, PAGES), 0), 2, 2,
	      1, 1);
	assert_desc(l, BASE + 0x50000000, 3, 0x00e8000090000f06);
	vmsa_linux_destroy(l);
}

/* --- realms (7.5) -------------------------------------------------------- */

/* Counts the calls; fails the one asked for. */
struct rsi {
	unsigned calls, fail_nth;
	vmsa_pa pa;
	bool shared;
};

static int answer_rsi(void *arg, vmsa_pa pa, uint64_t size, bool shared)
{
	struct rsi *rsi = arg;

	(void)size;
	rsi->pa = pa;
	rsi->shared = shared;
	return ++rsi->calls == rsi->fail_nth ? -EIO : 0;
}

static void realm_shares_memory_by_break_tell_make(void **state)
{
	struct vmsa_linux *l = run_m(TV2);
	struct rsi rsi = { .fail_nth = 3 };
	const struct vmsa_linux_realm realm = { 40, answer_rsi, &rsi };
	const vmsa_va va = BASE + 0x50000000;

	(void)state;
	/* Outside a realm: nothing. */
	assert_int_equal(vmsa_linux_set_shared(l, va, 1, true), 0);
	assert_int_equal(vmsa_linux_enter_realm(l, &realm), 0);
	/* Split, invalid, flush, valid. */
	COSTS(l, assert_int_equal(vmsa_linux_set_shared(l, va, 1, true), 0),
	      3 + 1 + 1, 1 + 1 + 1, 1, 1);
	assert_u64_equal(rsi.pa, PAGES);
	assert_true(rsi.shared);
	assert_desc(l, va, 3, 0x00e8010090000707);
	assert_int_equal(vmsa_linux_set_shared(l, va, 1, false), 0);
	assert_desc(l, va, 3, 0x00e8000090000707);
	/* RSI says no: the page stays invalid, and leaks. */
	assert_int_equal(vmsa_linux_set_shared(l, va, 1, true), -EIO);
	assert_desc(l, va, 3, 0x00e8010090000f06);
	assert_int_equal(vmsa_linux_set_shared(l, va + 1, 1, true), 0);
	assert_int_equal(vmsa_linux_set_shared(l, 0xffff800080000000, 1, true),
			 -EINVAL);
	assert_int_equal(rsi.calls, 3);
	vmsa_linux_destroy(l);
}

static void realm_needs_a_kernel_that_knows_it(void **state)
{
	const struct vmsa_linux_realm realm = { 40, NULL, NULL };
	const struct vmsa_linux_realm beyond = { 48, NULL, NULL };
	struct vmsa_linux *l =
		run_m(&(struct booted){ .version = VMSA_LINUX_V6_12 });

	(void)state;
	assert_int_equal(vmsa_linux_enter_realm(l, &realm), -EOPNOTSUPP);
	vmsa_linux_destroy(l);
	l = run_m(TV2);
	assert_int_equal(vmsa_linux_enter_realm(l, &beyond), -EINVAL);
	vmsa_linux_destroy(l);
}

/* --- no memory ----------------------------------------------------------- */

/* A module load with the n-th table, or page, refused: all of it is undone. */
static void module_load_survives_any_refusal(void **state)
{
	const struct vmsa_linux_module_want own = { { 5, 2, 3, 1, 1, 0, 1 },
						    VMSA_NO_PA };
	int failures = 0;

	(void)state;
	for (unsigned n = 1; n <= 40; n++) {
		struct vmsa_linux *l = run_m(TV2);
		struct vmsa_linux_module m = { { NULL } };
		int ret;

		if (n <= 20)
			vmsa_memory_fail_nth(vmsa_linux_memory(l), n);
		else
			vmsa_linux_fail_pages(l, n - 20);
		ret = vmsa_linux_module_load(l, &own, &m);
		if (ret) {
			assert_int_equal(ret, -ENOMEM);
			assert_null(m.area[VMSA_MOD_TEXT]);
			assert_null(
				vmsa_linux_find_area(l, 0xffff800000000000));
			failures++;
		}
		/* The same works the next time. */
		vmsa_memory_fail_nth(vmsa_linux_memory(l), 0);
		vmsa_linux_fail_pages(l, 0);
		if (!ret)
			vmsa_linux_module_unload(l, &m);
		assert_int_equal(vmsa_linux_module_load(l, &own, &m), 0);
		vmsa_linux_destroy(l);
	}
	/* Three tables for the areas, two in the linear map, 13 pages. */
	assert_int_equal(failures, 3 + 2 + 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_only_area_costs_what_it_must),
		cmocka_unit_test(module_load_costs_what_it_must),
		cmocka_unit_test(module_areas_have_their_permissions),
		cmocka_unit_test(module_without_rodata_is_executable_only),
		cmocka_unit_test(only_vmalloc_areas_change),
		cmocka_unit_test(other_addresses_are_refused),
		cmocka_unit_test(aliases_differ_between_kernels),
		cmocka_unit_test(executable_never_reaches_the_alias),
		cmocka_unit_test(old_kernel_has_a_barrier_a_page),
		cmocka_unit_test(unloading_frees_the_data_last),
		cmocka_unit_test(retargeting_a_plt_changes_one_page),
		cmocka_unit_test(programs_share_a_pack),
		cmocka_unit_test(kprobe_page_is_read_only_everywhere),
		cmocka_unit_test(freed_areas_are_flushed_together),
		cmocka_unit_test(permission_change_purges_first),
		cmocka_unit_test(freeing_what_is_no_area_is_refused),
		cmocka_unit_test(huge_area_is_mapped_by_blocks),
		cmocka_unit_test(secret_page_is_unmapped_and_flushed),
		cmocka_unit_test(fixed_direct_map_knows_no_secrets),
		cmocka_unit_test(snapshot_maps_a_secret_meanwhile),
		cmocka_unit_test(realm_shares_memory_by_break_tell_make),
		cmocka_unit_test(realm_needs_a_kernel_that_knows_it),
		cmocka_unit_test(module_load_survives_any_refusal),
	};

	return cmocka_run_group_tests_name("vmalloc", tests, NULL, NULL);
}
