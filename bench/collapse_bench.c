/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collapse_bench.c - how long it takes to fold 512 pages into a 2 MiB block
 *
 *   collapse/4k/2m    64 neighbouring tables in one call: read, compared,
 *                     replaced, invalidated together and freed; the 64 blocks
 *                     end as four CONT groups
 *   collapse/4k/page  one table in a call of its own, with its own TLBI round:
 *                     what a policy pays that collapses at once
 *
 * cal fills 4 KiB in the cache with an arithmetic run, the fastest way the
 * host has: as many bytes as have to be read of one table.
 */
#include <stdlib.h>

#include "bench.h"
#include "fills.h"
#include "vmsa/linux.h"

#define TABLES 64u
#define BLOCK  (UINT64_C(2) << 20)
#define PAGE   UINT64_C(4096)
#define RANGE  (TABLES * BLOCK)

struct collapse {
	struct vmsa_linux *l;
	vmsa_va va; /* of the first block */
	uint64_t *buffer;
	bench_fill_fn fill;
};

static void close_collapse(void *arg)
{
	struct collapse *c = arg;

	vmsa_linux_destroy(c->l);
	free(c->buffer);
	free(c);
}

static struct vmsa_linux *boot(void)
{
	struct vmsa_linux_kernel kernel;
	struct vmsa_machine *m;
	struct vmsa_linux_config config = { .kernel = &kernel,
					    .image = VMSA_NO_PA };
	struct vmsa_linux *l = NULL;

	if (vmsa_machine_read(BENCH_MACHINE, &m, NULL))
		return NULL;
	config.machine = m;
	if (vmsa_linux_kernel_default(VMSA_LINUX_V7_3, 12, 48, &kernel) ||
	    vmsa_linux_create(&config, &l, NULL) || vmsa_linux_boot(l, m)) {
		vmsa_linux_destroy(l);
		l = NULL;
	}
	vmsa_machine_destroy(m);
	return l;
}

/* A page elsewhere in the GiB stays out, so that the GiB stays a table. */
static void *open_collapse(void)
{
	struct collapse *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->l = boot();
	c->buffer = aligned_alloc(64, PAGE);
	if (!c->l || !c->buffer) {
		close_collapse(c);
		return NULL;
	}
	c->va = vmsa_linux_layout(c->l)->linear_start + (UINT64_C(8) << 30);
	c->fill = bench_fill_pick(c->buffer, PAGE / 8);
	if (vmsa_linux_direct_map_invalid(c->l,
					  c->va + (UINT64_C(1) << 30) - PAGE)) {
		close_collapse(c);
		return NULL;
	}
	return c;
}

static int look(void *arg, const struct vmsa_entry *entry)
{
	(void)entry;
	++*(unsigned *)arg;
	return 0;
}

/* Split around the cache, so read back: cal's buffer is in the cache too. */
static void prepare(void *arg, enum bench_side side)
{
	const struct collapse *c = arg;
	uint64_t *e = c->buffer;
	unsigned runs = 0;

	if (side == BENCH_CAL) {
		c->fill(e, PAGE / 8, 0x703, PAGE);
		return;
	}
	vmsa_linux_split_to_pages(c->l, c->va, c->va + RANGE, VMSA_LATE);
	vmsa_visit(vmsa_linux_space(c->l), c->va, c->va + RANGE - 1, 0, look,
		   &runs);
}

static uint64_t collapse(const struct collapse *c, vmsa_va va, uint64_t size)
{
	const struct vmsa_collapse_config config = VMSA_COLLAPSE_CONFIG_DEFAULT;
	struct vmsa_collapse_stats s = { 0 };
	const int ret = vmsa_linux_collapse(c->l, va, va + size, &config, &s);
	const uint64_t want = size < BLOCK ? 1 : size / BLOCK;

	return ret || s.blocks[VMSA_LEVEL_SLOT(2)] != want;
}

static uint64_t together(void *arg)
{
	const struct collapse *c = arg;

	return collapse(c, c->va, RANGE);
}

static uint64_t one_by_one(void *arg)
{
	const struct collapse *c = arg;
	uint64_t wrong = 0;

	for (unsigned i = 0; i < TABLES; i++)
		wrong += collapse(c, c->va + i * BLOCK, PAGE);
	return wrong;
}

static uint64_t cal(void *arg)
{
	const struct collapse *c = arg;

	for (unsigned i = 0; i < TABLES; i++) {
		c->fill(c->buffer, PAGE / 8, i, PAGE);
		__asm__ volatile("" ::: "memory");
	}
	return c->buffer[1] != TABLES - 1 + PAGE;
}

/* Every block maps what its pages mapped, and is CONT. */
static uint64_t check(void *arg)
{
	const struct collapse *c = arg;
	const struct vmsa_space *s = vmsa_linux_space(c->l);
	uint64_t wrong = 0;

	for (unsigned i = 0; i < TABLES; i++) {
		const vmsa_va va = c->va + i * BLOCK;
		struct vmsa_translation t;

		wrong += vmsa_translate(s, va, &t) ||
			 t.pa != vmsa_linux_pa(c->l, va) || t.level != 2 ||
			 !(t.desc & VMSA_LEAF_CONTIGUOUS);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	const struct bench cases[] = {
		{ .name = "collapse/4k/2m",
		  .unit = "ns",
		  .goal = 4,
		  .stretch = 2.5,
		  .ops = TABLES,
		  .setup = open_collapse,
		  .prepare = prepare,
		  .run = { together, cal },
		  .check = check,
		  .teardown = close_collapse },
		{ .name = "collapse/4k/page",
		  .unit = "ns",
		  .goal = 4,
		  .stretch = 2.5,
		  .ops = TABLES,
		  .setup = open_collapse,
		  .prepare = prepare,
		  .run = { one_by_one, cal },
		  .check = check,
		  .teardown = close_collapse },
	};

	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
