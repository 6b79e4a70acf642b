/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_linux_bench.c - what it costs to have a kernel's page-table code
 * checked while it runs
 *
 *   check/boot/pages   256 GiB mapped by pages, the checker watching from the
 *                      first event on
 *   check/boot/blocks  the same by blocks: a few thousand stores
 *   check/change/4k    the permission of all pages of that map, with its flush
 *
 * cal is the same boot without a checker; of the change it is read, change and
 * write of as many descriptors.  After each run the checker has found nothing,
 * holds nothing and has missed nothing, and every leaf is read back, untimed.
 */
#include <stdlib.h>

#include "change.h"
#include "linux_bench.h"
#include "vmsa/bbm.h"

/* The bank's tables, those of the text alias; the root is in the image. */
#define MAX_TABLES (131072u + 256 + 8)

#define PAGES (BENCH_LINUX_SIZE / BENCH_PAGE)

struct checked {
	struct bench_linux b;
	enum vmsa_linux_mapping mapping;
	struct vmsa_checker *checker;
	bool cold;       /* from nothing: create, watch, map */
	uint64_t least;  /* events that the checker has to have seen */
	uint64_t *arena; /* cal's descriptors */
	bool read_only;  /* what the last change made of the pages */
};

static void drop_checker(struct checked *v)
{
	vmsa_checker_destroy(v->checker);
	v->checker = NULL;
}

static void close_checked(void *arg)
{
	struct checked *v = arg;

	drop_checker(v);
	bench_linux_close(&v->b);
	bench_pages_free(v->arena, PAGES * 8);
	free(v);
}

/* The bundled machine's CPU tolerates live splits. */
static bool watch(struct checked *v)
{
	/* What sets permissions leaves the flush to its caller. */
	static const struct vmsa_check_operation operations[] = {
		{ "update_range", VMSA_CHECK_NO_PROMISE }, { NULL, 0 }
	};
	const struct vmsa_checker_config config = { .bbm = 3,
						    .pes = 192,
						    .operations = operations };

	return !vmsa_checker_create(&config, &v->checker) &&
	       !vmsa_checker_watch(v->checker, vmsa_linux_space(v->b.l), NULL);
}

/* Findings, and what is left that nobody has invalidated. */
static uint64_t wrong_of(const struct checked *v)
{
	struct vmsa_checker_stats s;
	uint64_t wrong = vmsa_checker_finish(v->checker) != 0;

	vmsa_checker_stats(v->checker, &s);
	for (unsigned i = 0; i < VMSA_CHECK_NR_VERDICTS; i++)
		wrong += s.verdicts[i];
	return wrong + (s.events < v->least) + s.held;
}

/* --- boot ---------------------------------------------------------------- */

static struct checked *open_boot(enum vmsa_linux_mapping mapping, bool cold,
				 uint64_t least)
{
	struct checked *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->mapping = mapping;
	v->cold = cold;
	v->least = least;
	if (!bench_linux_open(&v->b)) {
		close_checked(v);
		return NULL;
	}
	return v;
}

/* A table is made, linked and filled. */
static void *cold_pages(void)
{
	return open_boot(VMSA_MAPPING_PTE, true, UINT64_C(3) * 131072);
}

static void *warm_pages(void)
{
	return open_boot(VMSA_MAPPING_PTE, false, UINT64_C(3) * 131072);
}

static void *cold_blocks(void)
{
	return open_boot(VMSA_MAPPING_BLOCK, true, 256);
}

static void *warm_blocks(void)
{
	return open_boot(VMSA_MAPPING_BLOCK, false, 256);
}

static void prepare_boot(void *arg, enum bench_side side)
{
	struct checked *v = arg;
	const uint64_t tables =
		v->mapping == VMSA_MAPPING_PTE ? MAX_TABLES : 16;

	(void)side;
	drop_checker(v);
	if (!v->cold) {
		bench_linux_start(&v->b, v->mapping, tables << 12);
		return;
	}
	vmsa_linux_destroy(v->b.l);
	v->b.l = NULL;
}

static uint64_t boot(void *arg)
{
	struct checked *v = arg;

	if (v->cold && !bench_linux_start(&v->b, v->mapping, 0))
		return 1;
	return !v->b.l || vmsa_linux_map_mem(v->b.l);
}

static uint64_t boot_checked(void *arg)
{
	struct checked *v = arg;

	if (v->cold && !bench_linux_start(&v->b, v->mapping, 0))
		return 1;
	return !v->b.l || !watch(v) || vmsa_linux_map_mem(v->b.l);
}

static uint64_t check_boot(void *arg)
{
	const struct checked *v = arg;
	const struct vmsa_linux_map ram = bench_linux_ram(&v->b);
	struct bench_leaves s;
	const uint64_t wrong = bench_linux_audit(&v->b, &ram, &s) + wrong_of(v);

	if (v->mapping == VMSA_MAPPING_PTE)
		return wrong + (s.nr[VMSA_LEVEL_SLOT(3)] != PAGES);
	/* One GiB holds the text alias. */
	return wrong + (s.nr[VMSA_LEVEL_SLOT(1)] != 255);
}

/* --- change -------------------------------------------------------------- */

static void *open_change(void)
{
	struct checked *v = open_boot(VMSA_MAPPING_PTE, false, 131072);

	if (!v)
		return NULL;
	v->arena = bench_pages(PAGES * 8);
	if (!v->arena ||
	    !bench_linux_boot(&v->b, VMSA_MAPPING_PTE,
			      (uint64_t)MAX_TABLES << 12) ||
	    !watch(v)) {
		close_checked(v);
		return NULL;
	}
	return v;
}

static uint64_t change(void *arg)
{
	struct checked *v = arg;

	return bench_change(&v->b, &v->read_only);
}

static uint64_t check_change(void *arg)
{
	const struct checked *v = arg;

	return bench_change_check(&v->b, v->read_only) + wrong_of(v);
}

static uint64_t rewrite(void *arg)
{
	const struct checked *v = arg;

	return bench_change_cal(v->arena, PAGES);
}

static const struct bench cases[] = {
	{ .name = "check/boot/pages/cold",
	  .unit = "ns",
	  .goal = 1.5,
	  .ops = PAGES,
	  .setup = cold_pages,
	  .prepare = prepare_boot,
	  .run = { boot_checked, boot },
	  .check = check_boot,
	  .teardown = close_checked },
	{ .name = "check/boot/pages/warm",
	  .unit = "ns",
	  .goal = 1.5,
	  .ops = PAGES,
	  .setup = warm_pages,
	  .prepare = prepare_boot,
	  .run = { boot_checked, boot },
	  .check = check_boot,
	  .teardown = close_checked },
	{ .name = "check/boot/blocks/cold",
	  .unit = "ms",
	  .goal = 1.5,
	  .ops = 1,
	  .setup = cold_blocks,
	  .prepare = prepare_boot,
	  .run = { boot_checked, boot },
	  .check = check_boot,
	  .teardown = close_checked },
	{ .name = "check/boot/blocks/warm",
	  .unit = "ms",
	  .goal = 1.5,
	  .ops = 1,
	  .setup = warm_blocks,
	  .prepare = prepare_boot,
	  .run = { boot_checked, boot },
	  .check = check_boot,
	  .teardown = close_checked },
	{ .name = "check/change/4k",
	  .unit = "ns",
	  .goal = 6,
	  .ops = PAGES,
	  .setup = open_change,
	  .run = { change, rewrite },
	  .check = check_change,
	  .teardown = close_checked },
};

int main(int argc, char **argv)
{
	return bench_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
