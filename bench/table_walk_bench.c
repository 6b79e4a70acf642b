/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table_walk_bench.c - time of one translation of a random address of 256 GiB
 *
 *   walk/4k/single 4K pages, one lookup an address, inlined: a walker
 *   walk/4k/call   the same by vmsa_translate(), a call each
 *   walk/4k/batch  the same addresses, 256 in a call
 *   walk/2m        2M blocks, one lookup an address, inlined
 *
 * 4K pages have 512 MiB of level 3 tables, far beyond the host's caches; 2M
 * blocks have 1 MiB of level 2 tables.  cal walks a tree of the same shape
 * whose tables hold plain host pointers: the dependent loads and nothing else.
 * Both sides read one list of addresses and compare every answer.
 */
#include <string.h>

#include "table_bench.h"
#include "vmsa/table/walker.h"

#define N_VA  ((size_t)1 << 20)
#define BATCH 256

struct walk {
	struct bench_space b;
	const struct bench_shape *shape;
	uint64_t *pointers; /* cal's tree, the root first */
	size_t bytes;       /* of the tree */
	vmsa_va va[N_VA];
};

static void close_walk(void *arg)
{
	struct walk *w = arg;

	bench_space_close(&w->b);
	bench_pages_free(w->pointers, w->bytes);
	free(w);
}

/*
 * Level @level, 0 .. @leaf_level, of cal's tree is one array; entry i of it
 * points to the i-th table of the next one, or is the i-th output address.
 */
static void plant(struct walk *w, int leaf_level)
{
	static const size_t tables[] = { 1, 1, 256, 131072 };
	uint64_t *level = w->pointers;

	for (int l = 0; l <= leaf_level; l++) {
		uint64_t *next = level + 512 * tables[l];
		/* Root entry 0 alone is used: 256 GiB below 512 GiB. */
		const size_t used =
			l < leaf_level ? tables[l + 1] : 512 * tables[l];

		for (size_t i = 0; i < used; i++)
			level[i] = l < leaf_level ? (uintptr_t)(next + 512 * i)
						  : BENCH_RAM + w->shape->skew +
							    i * w->shape->leaf;
		level = next;
	}
}

static void *open_walk(const struct bench_shape *shape)
{
	struct walk *w = calloc(1, sizeof(*w));
	uint64_t seed = 1;

	if (!w)
		return NULL;
	w->shape = shape;
	w->bytes = shape->tables << 12;
	w->pointers = bench_pages(w->bytes);
	if (!w->pointers || !bench_space_open(&w->b, w->bytes) ||
	    bench_space_map(&w->b, shape)) {
		close_walk(w);
		return NULL;
	}
	plant(w, shape->leaf == 4096 ? 3 : 2);
	for (size_t i = 0; i < N_VA; i++)
		w->va[i] = BENCH_VA + (bench_rand(&seed) & (BENCH_SIZE - 1));
	return w;
}

static void *pages_4k(void)
{
	return open_walk(&bench_pages_4k);
}

static void *blocks_2m(void)
{
	return open_walk(&bench_blocks_2m);
}

/* The answer there is only one of. */
static inline vmsa_pa expected(const struct walk *w, vmsa_va va)
{
	return BENCH_RAM + w->shape->skew + (va - BENCH_VA);
}

static uint64_t ours(void *arg)
{
	const struct walk *w = arg;
	/* Hoisted here: after a call, the compiler would load it again. */
	const uint64_t va_to_pa = expected(w, 0);
	struct vmsa_walker walker = vmsa_walker_at(w->b.space, BENCH_VA);
	struct vmsa_translation t;
	uint64_t wrong = 0;

	for (size_t i = 0; i < N_VA; i++) {
		const vmsa_va va = w->va[i];

		wrong += vmsa_walker_translate(&walker, va, &t) ||
			 t.pa != va + va_to_pa;
	}
	return wrong;
}

static uint64_t ours_call(void *arg)
{
	const struct walk *w = arg;
	struct vmsa_translation t;
	uint64_t wrong = 0;

	for (size_t i = 0; i < N_VA; i++)
		wrong += vmsa_translate(w->b.space, w->va[i], &t) ||
			 t.pa != expected(w, w->va[i]);
	return wrong;
}

static uint64_t ours_batch(void *arg)
{
	const struct walk *w = arg;
	struct vmsa_translation t[BATCH];
	uint64_t wrong = 0;

	for (size_t i = 0; i < N_VA; i += BATCH) {
		if (vmsa_translate_many(w->b.space, w->va + i, BATCH, t))
			return 1;
		for (size_t j = 0; j < BATCH; j++)
			wrong += t[j].pa != expected(w, w->va[i + j]);
	}
	return wrong;
}

/* The entry that @va picks in a table whose entries cover 2^@shift bytes. */
static inline const uint64_t *pick(uint64_t table, vmsa_va va, unsigned shift)
{
	return (const uint64_t *)(uintptr_t)table + (va >> shift & 511);
}

static uint64_t cal_4k(void *arg)
{
	const struct walk *w = arg;
	const uint64_t root = (uintptr_t)w->pointers;
	uint64_t wrong = 0;

	for (size_t i = 0; i < N_VA; i++) {
		const vmsa_va va = w->va[i];
		const uint64_t l1 = *pick(root, va & (BENCH_SIZE - 1), 39);
		const uint64_t l2 = *pick(l1, va, 30);
		const uint64_t l3 = *pick(l2, va, 21);
		const uint64_t pa = *pick(l3, va, 12) + (va & 0xfff);

		wrong += pa != expected(w, va);
	}
	return wrong;
}

static uint64_t cal_2m(void *arg)
{
	const struct walk *w = arg;
	const uint64_t root = (uintptr_t)w->pointers;
	uint64_t wrong = 0;

	for (size_t i = 0; i < N_VA; i++) {
		const vmsa_va va = w->va[i];
		const uint64_t l1 = *pick(root, va & (BENCH_SIZE - 1), 39);
		const uint64_t l2 = *pick(l1, va, 30);
		const uint64_t pa = *pick(l2, va, 21) + (va & 0x1fffff);

		wrong += pa != expected(w, va);
	}
	return wrong;
}

/* Sixteen walks abreast: level by level, each next entry prefetched. */
static uint64_t cal_batch(void *arg)
{
	const struct walk *w = arg;
	const uint64_t root = (uintptr_t)w->pointers;
	uint64_t wrong = 0;

	for (size_t i = 0; i < N_VA; i += 16) {
		const vmsa_va *va = w->va + i;
		const uint64_t *p[16];

		for (int j = 0; j < 16; j++)
			p[j] = pick(root, va[j] & (BENCH_SIZE - 1), 39);
		for (unsigned shift = 30; shift >= 12; shift -= 9) {
			for (int j = 0; j < 16; j++) {
				p[j] = pick(*p[j], va[j], shift);
				__builtin_prefetch(p[j]);
			}
		}
		for (int j = 0; j < 16; j++)
			wrong += *p[j] + (va[j] & 0xfff) != expected(w, va[j]);
	}
	return wrong;
}

static const struct bench cases[] = {
	{ .name = "walk/4k/single",
	  .unit = "ns",
	  .goal = 1.5,
	  .stretch = 1.2,
	  .ops = N_VA,
	  .setup = pages_4k,
	  .run = { ours, cal_4k },
	  .teardown = close_walk },
	{ .name = "walk/4k/call",
	  .unit = "ns",
	  .goal = 3,
	  .stretch = 2,
	  .ops = N_VA,
	  .setup = pages_4k,
	  .run = { ours_call, cal_4k },
	  .teardown = close_walk },
	{ .name = "walk/4k/batch",
	  .unit = "ns",
	  .goal = 1.4,
	  .stretch = 1.2,
	  .ops = N_VA,
	  .setup = pages_4k,
	  .run = { ours_batch, cal_batch },
	  .teardown = close_walk },
	{ .name = "walk/2m",
	  .unit = "ns",
	  .goal = 3,
	  .stretch = 2,
	  .ops = N_VA,
	  .setup = blocks_2m,
	  .run = { ours, cal_2m },
	  .teardown = close_walk },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
