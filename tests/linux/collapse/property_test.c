/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * property_test.c - random edits and collapses against a flat array
 *
 * The array has one word per page: what its leaf must say, whatever the leaf's
 * size.  It is read off the booted tables once and then changed by the rules
 * of section 8 alone; the tables are expanded by this file's own walk and must
 * agree with it after each operation.  At the end every page is given back its
 * boot attributes, and one collapse must bring the boot map back, leaf for
 * leaf.
 */
#include "linux/collapse/world.h"

#include <stdlib.h>
#include <string.h>

#define VALID          UINT64_C(1)
#define BIT1           UINT64_C(2) /* page or table */
#define RDONLY         (UINT64_C(1) << 7)
#define PI             (UINT64_C(1) << 11) /* present-invalid, or nG */
#define WRITE          (UINT64_C(1) << 51)
#define CONT           (UINT64_C(1) << 52)
#define NR_OPS         150
#define PAGE_OF(s, va) (((va) - (s)->base) >> (s)->t.granule_shift)

struct sim {
	const struct world *world;
	struct vmsa_linux *l;
	struct tables t;
	vmsa_va base;   /* of the linear map's used part */
	uint64_t pages; /* in it */
	vmsa_desc *want, *boot;
	uint64_t seed;
	uint64_t wrong, leaves, hash; /* of the last expansion */
	bool filling;                 /* want is being read off */
};

/* --- the tables, page by page -------------------------------------------- */

/* What a leaf says of each of its pages, size and address aside. */
static vmsa_desc attributes(const struct sim *s, vmsa_desc d)
{
	vmsa_desc oa = ((UINT64_C(1) << 50) - 1) &
		       ~((UINT64_C(1) << s->t.granule_shift) - 1);

	if (s->t.lpa2)
		oa |= UINT64_C(3) << 8;
	else
		oa &= (UINT64_C(1) << 48) - 1;
	if (s->t.lpa)
		oa |= UINT64_C(15) << 12;
	return d & ~(oa | CONT | BIT1);
}

static void see_leaf(struct sim *s, vmsa_va va, int level, vmsa_desc d)
{
	const uint64_t n = UINT64_C(1)
			   << (tables_shift(&s->t, level) - s->t.granule_shift);
	const vmsa_desc attr = attributes(s, d);
	const uint64_t first = PAGE_OF(s, va);

	s->hash = (s->hash ^ va ^ (uint64_t)level ^ d) * 0x100000001b3;
	s->leaves++;
	/* The linear map is linear. */
	s->wrong += d && tables_oa(&s->t, d) != vmsa_linux_pa(s->l, va);
	for (uint64_t i = first; i < first + n && i < s->pages; i++) {
		if (s->filling)
			s->want[i] = attr;
		else
			s->wrong += s->want[i] != attr;
	}
}

static void expand_table(struct sim *s, vmsa_pa table, vmsa_va va, int level)
{
	const vmsa_desc *e = vmsa_memory_frame(s->t.memory, table);
	const uint64_t span = UINT64_C(1) << tables_shift(&s->t, level);
	const uint64_t n = UINT64_C(1) << (s->t.granule_shift - 3);

	assert_non_null(e);
	for (uint64_t i = 0; i < n; i++, va += span) {
		if (PAGE_OF(s, va) >= s->pages)
			return;
		if (level < 3 && (e[i] & 3) == 3)
			expand_table(s, tables_oa(&s->t, e[i]), va, level + 1);
		else
			see_leaf(s, va, level, e[i]);
	}
}

static void expand(struct sim *s)
{
	const int level = tables_start_level(&s->t);
	const uint64_t span = UINT64_C(1) << tables_shift(&s->t, level);
	const vmsa_desc *e = vmsa_memory_frame(s->t.memory, s->t.root);
	const vmsa_va bottom = 0 - (UINT64_C(1) << s->t.va_bits);

	s->wrong = s->leaves = s->hash = 0;
	for (vmsa_va va = s->base; PAGE_OF(s, va) < s->pages; va += span) {
		const vmsa_desc d = e[(va - bottom) / span];

		if ((d & 3) == 3 && level < 3)
			expand_table(s, tables_oa(&s->t, d), va, level + 1);
		else
			see_leaf(s, va, level, d);
	}
}

/* --- operations ---------------------------------------------------------- */

static uint64_t pick(struct sim *s, uint64_t n)
{
	return test_rand(&s->seed) % n;
}

/* Sizes around those of pages, groups and blocks, in pages. */
static uint64_t pick_length(struct sim *s)
{
	static const unsigned shift[] = { 0, 0, 1, 4, 5, 7, 9, 11, 13, 16, 18 };
	const uint64_t n = UINT64_C(1) << shift[pick(s, COUNT(shift))];

	return pick(s, 3) ? n : n + pick(s, 3);
}

/* Pages [first, first + n), aligned to n now and then. */
struct pages {
	uint64_t first, n;
};

static struct pages pick_pages(struct sim *s)
{
	struct pages p = { 0, pick_length(s) };

	if (p.n > s->pages)
		p.n = s->pages;
	p.first = pick(s, s->pages - p.n + 1);
	if (pick(s, 2))
		p.first -= p.first % p.n;
	return p;
}

/*
 * Edits keep off holes, off the KFENCE pool and off the data alias: a change
 * across a hole's table leaves garbage in it, as in the kernel, and what boot
 * left invalid is folded by nobody.
 */
static bool may_edit(const struct sim *s, struct pages p)
{
	for (uint64_t i = p.first; i < p.first + p.n; i++) {
		const vmsa_pa pa = RAM + (i << s->t.granule_shift);
		const vmsa_pa pool = vmsa_linux_kfence_pool(s->l);

		if (!s->boot[i] || !(s->boot[i] & VALID))
			return false;
		if (pool != VMSA_NO_PA && pa - pool < 64 * MIB)
			return false;
	}
	return true;
}

static void change(struct sim *s, struct pages p, vmsa_desc set,
		   vmsa_desc clear)
{
	const vmsa_va va = s->base + (p.first << s->t.granule_shift);

	assert_int_equal(vmsa_linux_change_range(s->l, va,
						 p.n << s->t.granule_shift, set,
						 clear),
			 0);
	for (uint64_t i = p.first; i < p.first + p.n; i++)
		s->want[i] = (s->want[i] & ~clear) | set;
}

static void edit(struct sim *s)
{
	const vmsa_desc ng = s->world->ng ? PI : 0;
	const struct pages p = pick_pages(s);

	if (!may_edit(s, p))
		return;
	switch (pick(s, s->world->version == VMSA_LINUX_V7_3 ? 4 : 2)) {
	case 0:
		change(s, p, RDONLY, WRITE);
		break;
	case 1:
		change(s, p, WRITE, RDONLY);
		break;
	case 2:
		change(s, p, PI, VALID | ng);
		break;
	default:
		change(s, p, VALID | ng, PI);
		break;
	}
}

static void collapse(struct sim *s)
{
	const struct pages p = pick_pages(s);
	const vmsa_va va = s->base + (p.first << s->t.granule_shift);
	const struct vmsa_collapse_config c = {
		.bbm_level = (unsigned)pick(s, 4),
		.idle = true,
	};

	assert_int_equal(vmsa_linux_collapse(s->l, va,
					     va + (p.n << s->t.granule_shift),
					     &c, NULL),
			 0);
}

static void check(struct sim *s, const char *after)
{
	expand(s);
	if (s->wrong)
		fail_msg("%llu pages wrong after %s",
			 (unsigned long long)s->wrong, after);
}

/* Give runs of pages with the same difference back what boot gave them. */
static void give_back(struct sim *s)
{
	for (uint64_t i = 0; i < s->pages;) {
		const vmsa_desc set = s->boot[i] & ~s->want[i];
		const vmsa_desc clear = s->want[i] & ~s->boot[i];
		struct pages p = { i, 1 };

		while (i + p.n < s->pages &&
		       (s->boot[i + p.n] & ~s->want[i + p.n]) == set &&
		       (s->want[i + p.n] & ~s->boot[i + p.n]) == clear)
			p.n++;
		if (set | clear)
			change(s, p, set, clear);
		i += p.n;
	}
}

/* --- worlds -------------------------------------------------------------- */

static const struct world worlds[] = {
	{ VMSA_LINUX_V7_3, 12, 48, .size = 3 * GIB },
	{ VMSA_LINUX_V7_3, 12, 48, .size = 3 * GIB, .ng = true },
	{ VMSA_LINUX_V7_3, 12, 48, .size = 3 * GIB, .tlb_range = true,
	  .no_map = { 0x80280000, 5 * MIB } },
	{ VMSA_LINUX_V7_3, 12, 48, .size = 3 * GIB, .bootargs = "rodata=off" },
	{ VMSA_LINUX_V7_3, 12, 48, .size = 3 * GIB + 123 * MIB,
	  .bootargs = "kfence.sample_interval=100" },
	{ VMSA_LINUX_V7_3, 12, 39, .size = 3 * GIB },
	{ VMSA_LINUX_V7_3, 12, 52, .lpa2 = true, .tlb_range = true,
	  .size = 3 * GIB },
	{ VMSA_LINUX_V7_3, 14, 48, .size = 4 * GIB },
	{ VMSA_LINUX_V7_3, 14, 47, .tlb_range = true, .size = 4 * GIB },
	{ VMSA_LINUX_V7_3, 16, 48, .size = 4 * GIB },
	{ VMSA_LINUX_V7_3, 16, 42, .size = 4 * GIB },
	{ VMSA_LINUX_V6_18, 12, 48, .size = 3 * GIB },
};

static void open_sim(struct sim *s, const struct world *w)
{
	*s = (struct sim){ .world = w, .l = world_boot(w), .seed = 4711 };
	s->t = tables_of(s->l);
	s->base = vmsa_linux_va(s->l, RAM);
	s->pages = w->size >> w->granule_shift;
	s->want = calloc(s->pages, sizeof(*s->want));
	s->boot = calloc(s->pages, sizeof(*s->boot));
	assert_non_null(s->want);
	assert_non_null(s->boot);
	s->filling = true;
	expand(s);
	s->filling = false;
	memcpy(s->boot, s->want, s->pages * sizeof(*s->boot));
}

static void close_sim(struct sim *s)
{
	free(s->want);
	free(s->boot);
	vmsa_linux_destroy(s->l);
}

static void a_fresh_map_has_nothing_to_fold(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(worlds); i++) {
		struct sim s;
		uint64_t hash;

		print_message("world %zu\n", i);
		open_sim(&s, &worlds[i]);
		hash = s.hash;
		collapse_all(s.l);
		expand(&s);
		assert_u64_equal(s.hash, hash);
		close_sim(&s);
	}
}

static void translations_survive_and_the_boot_map_comes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(worlds); i++) {
		uint64_t hash, leaves;
		struct sim s;

		print_message("world %zu\n", i);
		open_sim(&s, &worlds[i]);
		hash = s.hash;
		leaves = s.leaves;
		for (int op = 0; op < NR_OPS; op++) {
			if (pick(&s, 4)) {
				edit(&s);
				check(&s, "an edit");
			} else {
				collapse(&s);
				check(&s, "a collapse");
			}
		}
		give_back(&s);
		check(&s, "giving back");
		collapse_all(s.l);
		check(&s, "the last collapse");
		assert_int_equal(s.leaves, leaves);
		assert_u64_equal(s.hash, hash);
		close_sim(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_map_has_nothing_to_fold),
		cmocka_unit_test(
			translations_survive_and_the_boot_map_comes_back),
	};

	return cmocka_run_group_tests_name("linux_collapse_property", tests,
					   NULL, NULL);
}
