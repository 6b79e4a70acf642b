/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux_bench.h"

bool bench_linux_open(struct bench_linux *b)
{
	return !vmsa_machine_read(BENCH_MACHINE, &b->machine, NULL);
}

void bench_linux_close(struct bench_linux *b)
{
	vmsa_linux_destroy(b->l);
	vmsa_machine_destroy(b->machine);
	*b = (struct bench_linux){ 0 };
}

bool bench_linux_start(struct bench_linux *b, enum vmsa_linux_mapping mapping,
		       uint64_t prefault)
{
	const struct vmsa_range top = {
		BENCH_LINUX_RAM + BENCH_LINUX_SIZE - prefault, prefault
	};
	struct vmsa_linux_kernel kernel;
	const struct vmsa_linux_config config = { .kernel = &kernel,
						  .machine = b->machine,
						  .image = VMSA_NO_PA,
						  .mapping = mapping,
						  .huge_pages = true };

	vmsa_linux_destroy(b->l);
	b->l = NULL;
	return !vmsa_linux_kernel_default(VMSA_LINUX_V7_3, 12, 48, &kernel) &&
	       !vmsa_linux_create(&config, &b->l, NULL) &&
	       !vmsa_memory_prefault(vmsa_linux_memory(b->l), top);
}

bool bench_linux_boot(struct bench_linux *b, enum vmsa_linux_mapping mapping,
		      uint64_t prefault)
{
	if (!bench_linux_start(b, mapping, prefault) ||
	    vmsa_linux_map_mem(b->l))
		return false;
	vmsa_linux_start_allocator(b->l);
	return true;
}

uint64_t bench_linux_tables(const struct bench_linux *b)
{
	struct vmsa_memory_stats stats;

	vmsa_memory_stats(vmsa_linux_memory(b->l), &stats);
	return stats.allocated - stats.freed;
}

struct vmsa_linux_map bench_linux_ram(const struct bench_linux *b)
{
	return (struct vmsa_linux_map){
		.pa = BENCH_LINUX_RAM,
		.va = vmsa_linux_va(b->l, BENCH_LINUX_RAM),
		.size = BENCH_LINUX_SIZE,
	};
}

struct vmsa_linux_map bench_linux_window(const struct bench_linux *b,
					 uint64_t size)
{
	return (struct vmsa_linux_map){
		.pa = BENCH_LINUX_RAM + (UINT64_C(2) << 20),
		.va = vmsa_linux_layout(b->l)->linear_start +
		      (UINT64_C(1) << 40),
		.size = size,
		.prot = VMSA_LEAF_AF | VMSA_LEAF_PXN | VMSA_LEAF_UXN |
			VMSA_DESC_TYPE,
		.flags = VMSA_LINUX_NO_CONT,
	};
}

struct audit {
	const struct vmsa_geometry *g;
	const struct vmsa_linux_map *map;
	struct bench_leaves *leaves;
	uint64_t wrong;
};

static int audit_run(void *arg, const struct vmsa_entry *e)
{
	struct audit *a = arg;
	struct bench_leaves *s = a->leaves;
	const vmsa_pa pa = a->map->pa + (e->va - a->map->va);

	if (e->type == VMSA_DESC_TYPE_INVALID)
		s->invalid += e->count;
	else
		s->nr[VMSA_LEVEL_SLOT(e->level)] += e->count;
	if (e->desc & VMSA_LEAF_CONTIGUOUS)
		s->contiguous += e->count;
	s->bytes += e->count * e->span;
	a->wrong += vmsa_desc_oa(a->g, e->desc) != pa;
	a->wrong += e->count > 1 && e->step != e->span;
	return 0;
}

uint64_t bench_linux_audit(const struct bench_linux *b,
			   const struct vmsa_linux_map *map,
			   struct bench_leaves *out)
{
	const struct vmsa_space *space = vmsa_linux_space(b->l);
	struct audit a = { .g = vmsa_space_geometry(space),
			   .map = map,
			   .leaves = out };

	*out = (struct bench_leaves){ 0 };
	if (vmsa_visit(space, map->va, map->va + map->size - 1, 0, audit_run,
		       &a))
		return 1;
	return a.wrong + (out->bytes != map->size);
}
