/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * random_test.c - random edits against a flat array of pages as slow truth
 *
 * The truth knows for each page of a window what leaf translates it.  It picks
 * leaves page by page, from the rules of D8.3 and D8.7 in a table of its own,
 * and predicts the result of every operation, refusals included.  Allocation
 * failures are made to happen at every frame a map takes.
 */
#include "tables.h"
#include "vmsa/table/walker.h"

#include <errno.h>

#define AF   UINT64_C(0x400)
#define CONT (UINT64_C(1) << 52)

/* One page of the window; all zero is a hole. */
struct page {
	vmsa_desc desc; /* of its leaf: address of the leaf, all bits */
	uint32_t first; /* the leaf's first page in the window */
	int level;
};

struct truth {
	const struct vmsa_geometry *g;
	vmsa_va base; /* of the window */
	size_t n;
	struct page *page;
};

/* Pages in one leaf or contiguous group. */
static size_t leaf_pages(const struct truth *t, int level)
{
	return (size_t)1 << (raw_shift(t->g, level) - t->g->granule_shift);
}

/* D8.3: which levels have leaves; D8.7: how many make a group. */
static bool has_leaf(const struct truth *t, int level)
{
	const bool wide = t->g->format != VMSA_FORMAT_48;
	const int first = t->g->granule_shift == 12 ? 1 : 2;

	return level >= first - wide;
}

static size_t group_leaves(const struct truth *t, int level)
{
	switch (t->g->granule_shift) {
	case 12:
		return level >= 1 ? 16 : 1;
	case 14:
		return level == 3 ? 128 : level == 2 ? 32 : 1;
	default:
		return level >= 2 ? 32 : 1;
	}
}

static size_t index_of(const struct truth *t, vmsa_va va)
{
	return (size_t)((va - t->base) >> t->g->granule_shift);
}

/* The level of the leaf that maps page @i of a mapping from @a to @b. */
static int choose_level(const struct truth *t, const struct vmsa_mapping *m,
			size_t i)
{
	const size_t a = index_of(t, m->va);
	const size_t b = a + (m->size >> t->g->granule_shift);
	const uint64_t pa_page = (m->pa >> t->g->granule_shift) - (uint64_t)a;

	for (int level = t->g->start_level; level < 3; level++) {
		const size_t n = leaf_pages(t, level);
		const size_t first = i & ~(n - 1);

		/* The window is aligned to more than the largest leaf used. */
		if (has_leaf(t, level) && n <= t->n &&
		    !(m->flags & VMSA_MAP_NO_BLOCK) && first >= a &&
		    first + n <= b && (pa_page + first) % n == 0)
			return level;
	}
	return 3;
}

static bool is_grouped(const struct truth *t, const struct vmsa_mapping *m,
		       size_t i, int level)
{
	const size_t n = leaf_pages(t, level) * group_leaves(t, level);
	const size_t a = index_of(t, m->va);
	const size_t b = a + (m->size >> t->g->granule_shift);
	const uint64_t pa_page = (m->pa >> t->g->granule_shift) - (uint64_t)a;
	const size_t first = i & ~(n - 1);

	return group_leaves(t, level) > 1 &&
	       !(m->flags & VMSA_MAP_NO_CONTIGUOUS) && first >= a &&
	       first + n <= b && (pa_page + first) % n == 0;
}

static void truth_map(struct truth *t, const struct vmsa_mapping *m)
{
	const size_t a = index_of(t, m->va);
	const size_t b = a + (m->size >> t->g->granule_shift);

	for (size_t i = a; i < b; i++) {
		const int level = choose_level(t, m, i);
		const size_t first = i & ~(leaf_pages(t, level) - 1);
		const vmsa_pa pa = m->pa +
				   ((uint64_t)first << t->g->granule_shift) -
				   ((uint64_t)a << t->g->granule_shift);

		t->page[i] = (struct page){
			.desc = raw_link(t->g, pa) | m->attr |
				(level == 3 ? 3 : 1) |
				(is_grouped(t, m, i, level) ? CONT : 0),
			.first = (uint32_t)first,
			.level = level,
		};
	}
}

static bool truth_is_empty(const struct truth *t, size_t a, size_t b)
{
	for (size_t i = a; i < b; i++) {
		if (t->page[i].desc)
			return false;
	}
	return true;
}

/* Does the boundary before page @i cut a leaf or a group? */
static bool truth_cuts(const struct truth *t, size_t i)
{
	const struct page *p = &t->page[i];
	size_t n;

	if (i >= t->n || !p->desc)
		return false;
	n = leaf_pages(t, p->level);
	if (p->desc & CONT)
		n *= group_leaves(t, p->level);
	return i % n != 0;
}

/* --- comparing ---------------------------------------------------------- */

struct compare {
	const struct truth *t;
	size_t next; /* page that the next run must start with */
};

static void compare_page(const struct compare *c, const struct vmsa_entry *e,
			 vmsa_desc desc, int64_t first)
{
	const struct page *p = &c->t->page[c->next];

	if (p->desc != desc ||
	    (desc && (p->level != e->level || p->first != first)))
		fail_msg("page %zu: %#llx at level %d, not %#llx at level %d",
			 c->next, (unsigned long long)desc, e->level,
			 (unsigned long long)p->desc, p->level);
}

static int compare_run(void *arg, const struct vmsa_entry *e)
{
	struct compare *c = arg;
	const size_t n = leaf_pages(c->t, e->level);

	for (uint32_t i = 0; i < e->count; i++) {
		/* A hole may begin before the window and end after it. */
		const int64_t first = ((int64_t)(e->va - c->t->base) >>
				       c->t->g->granule_shift) +
				      (int64_t)(i * n);
		const int64_t end = first + (int64_t)n;

		assert_true(first <= (int64_t)c->next);
		for (; (int64_t)c->next < end && c->next < c->t->n; c->next++)
			compare_page(c, e, e->desc + i * e->step, first);
	}
	return 0;
}

static void compare_samples(const struct truth *t, const struct vmsa_space *s,
			    uint64_t *seed)
{
	struct vmsa_walker walker = vmsa_walker_at(s, t->base);
	struct vmsa_translation many[64], one, walked;
	vmsa_va va[64];

	for (int i = 0; i < 64; i++)
		va[i] = t->base +
			test_rand(seed) % (t->n << t->g->granule_shift);
	assert_int_equal(vmsa_translate_many(s, va, 64, many), 0);
	for (int i = 0; i < 64; i++) {
		const struct page *p = &t->page[index_of(t, va[i])];
		const uint64_t offset =
			va[i] - t->base -
			((uint64_t)p->first << t->g->granule_shift);

		assert_int_equal(vmsa_translate(s, va[i], &one), 0);
		assert_u64_equal(one.desc, p->desc);
		assert_u64_equal(one.pa,
				 p->desc ? raw_address(t->g, p->desc) + offset
					 : 0);
		assert_u64_equal(many[i].pa, one.pa);
		assert_u64_equal(many[i].desc, one.desc);
		assert_int_equal(many[i].level, one.level);
		assert_int_equal(vmsa_walker_translate(&walker, va[i], &walked),
				 0);
		assert_u64_equal(walked.pa, one.pa);
		assert_u64_equal(walked.desc, one.desc);
		assert_int_equal(walked.level, one.level);
	}
}

static void compare_all(const struct truth *t, const struct vmsa_space *s,
			uint64_t *seed)
{
	struct compare c = { .t = t };
	struct dump d = dump_space(s);

	assert_int_equal(
		vmsa_visit(s, t->base,
			   t->base + ((uint64_t)t->n << t->g->granule_shift) -
				   1,
			   VMSA_VISIT_HOLES, compare_run, &c),
		0);
	assert_int_equal(c.next, t->n);
	compare_samples(t, s, seed);
	/* No table is lost, and none is kept for nothing. */
	assert_int_equal(d.tables, live_frames(vmsa_space_memory(s)));
	dump_free(&d);
}

/* --- operations --------------------------------------------------------- */

/* A page number below @n whose low bits are zero more often than not. */
static size_t random_page(uint64_t *seed, size_t n)
{
	const unsigned zeroes = (unsigned)(test_rand(seed) % 16);

	return (size_t)(test_rand(seed) % n) >> zeroes << zeroes;
}

static struct vmsa_mapping random_mapping(const struct truth *t, uint64_t *seed)
{
	static const vmsa_desc attrs[] = { AF, AF | 0x80,
					   AF | UINT64_C(3) << 53, AF | 0x4 };
	const unsigned shift = t->g->granule_shift;
	const uint64_t top = t->g->format == VMSA_FORMAT_48 ? 48 : 52;
	const size_t a = random_page(seed, t->n);
	size_t n = 1 + random_page(seed, t->n - a);
	uint64_t pa = test_rand(seed) & ((UINT64_C(1) << (top - 1)) - 1);

	if (test_rand(seed) % 2)
		n = 1 + n % 600;
	if (n > t->n - a)
		n = t->n - a;
	/* Mostly as aligned as the window; sometimes across 2^48 or 2^50. */
	pa = pa >> 31 << 31 | (uint64_t)a << shift;
	if (test_rand(seed) % 4 == 0)
		pa += (uint64_t)random_page(seed, t->n) << shift;
	if (top == 52 && test_rand(seed) % 4 == 0)
		pa = (UINT64_C(1) << (shift == 16 ? 48 : 50)) -
		     ((uint64_t)random_page(seed, n) << shift);
	return (struct vmsa_mapping){
		.va = t->base + ((uint64_t)a << shift),
		.pa = pa,
		.size = (uint64_t)n << shift,
		.attr = attrs[test_rand(seed) % COUNT(attrs)],
		.flags = (unsigned)(test_rand(seed) % 4),
		.phase = test_rand(seed) % 2 ? VMSA_EARLY : VMSA_LATE,
	};
}

/* Refuse the first frame, then the second, ... until none is missing. */
static void try_map(struct truth *t, struct vmsa_space *s,
		    const struct vmsa_mapping *m)
{
	struct vmsa_memory *memory = vmsa_space_memory(s);
	const size_t a = index_of(t, m->va);
	const size_t b = a + (m->size >> t->g->granule_shift);
	struct dump before = dump_space(s);
	const uint64_t live = live_frames(memory);
	int ret = -ENOMEM;

	if (!truth_is_empty(t, a, b)) {
		assert_int_equal(vmsa_map(s, m), -EEXIST);
		assert_unchanged(s, &before);
		return;
	}
	for (uint64_t n = 1; ret == -ENOMEM; n = n < 5 ? n + 1 : 2 * n) {
		struct dump now;

		vmsa_memory_fail_nth(memory, n);
		ret = vmsa_map(s, m);
		vmsa_memory_fail_nth(memory, 0);
		if (!ret)
			break;
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(live_frames(memory), live);
		now = dump_space(s);
		assert_int_equal(now.n, before.n);
		assert_memory_equal(now.word, before.word, 8 * now.n);
		dump_free(&now);
	}
	dump_free(&before);
	assert_int_equal(ret, 0);
	truth_map(t, m);
}

/* A random range, half of the time grown until it cuts nothing. */
static void random_range(const struct truth *t, uint64_t *seed, size_t *a,
			 size_t *b)
{
	*a = random_page(seed, t->n);
	*b = *a + 1 + random_page(seed, t->n - *a);
	if (*b > t->n)
		*b = t->n;
	if (test_rand(seed) % 4 == 0)
		return;
	while (truth_cuts(t, *a))
		--*a;
	while (truth_cuts(t, *b))
		++*b;
}

static void try_unmap(struct truth *t, struct vmsa_space *s, uint64_t *seed)
{
	const unsigned shift = t->g->granule_shift;
	size_t a, b;
	int ret;

	random_range(t, seed, &a, &b);
	ret = truth_cuts(t, a) || truth_cuts(t, b) ? -EINVAL : 0;
	assert_int_equal(vmsa_unmap(s, t->base + ((uint64_t)a << shift),
				    (uint64_t)(b - a) << shift),
			 ret);
	if (!ret)
		memset(t->page + a, 0, (b - a) * sizeof(*t->page));
}

static void try_protect(struct truth *t, struct vmsa_space *s, uint64_t *seed)
{
	static const vmsa_desc bits[] = { 0x80, UINT64_C(1) << 51,
					  UINT64_C(3) << 53,
					  UINT64_C(1) << 55 };
	const vmsa_desc set = bits[test_rand(seed) % COUNT(bits)];
	const vmsa_desc clear = bits[test_rand(seed) % COUNT(bits)];
	const unsigned shift = t->g->granule_shift;
	size_t a, b;
	int ret;

	random_range(t, seed, &a, &b);
	ret = truth_cuts(t, a) || truth_cuts(t, b) ? -EINVAL : 0;
	assert_int_equal(vmsa_protect(s, t->base + ((uint64_t)a << shift),
				      (uint64_t)(b - a) << shift, set, clear),
			 ret);
	for (size_t i = a; !ret && i < b; i++) {
		if (t->page[i].desc)
			t->page[i].desc = (t->page[i].desc & ~clear) | set;
	}
}

/* A window of 2 GiB, or all there is, at the end of the address space. */
static void run_shape(const struct shape *shape, uint64_t seed)
{
	struct fixture f;
	struct truth t;
	uint64_t window = UINT64_C(1) << 31;

	print_message("%s, seed %llu\n", shape->name, (unsigned long long)seed);
	fixture_open(&f, shape->granule_shift, shape->va_bits, shape->format);
	if (shape->va_bits < 31)
		window = UINT64_C(1) << shape->va_bits;
	t = (struct truth){ .g = &f.geometry,
			    .base = 0 - window,
			    .n = window >> shape->granule_shift };
	t.page = calloc(t.n, sizeof(*t.page));
	assert_non_null(t.page);
	for (int i = 0; i < 60; i++) {
		const uint64_t what = test_rand(&seed) % 8;
		const struct vmsa_mapping m = random_mapping(&t, &seed);

		if (what < 4)
			try_map(&t, f.space, &m);
		else if (what < 6)
			try_unmap(&t, f.space, &seed);
		else
			try_protect(&t, f.space, &seed);
		compare_all(&t, f.space, &seed);
	}
	free(t.page);
	fixture_close(&f);
}

/* VMSA_TEST_SEED repeats a run whose seed a failure printed. */
static void random_edits_agree_with_a_flat_array(void **state)
{
	static const struct shape small[] = {
		{ "4K 16", 12, 16, VMSA_FORMAT_48 },
		{ "4K 25", 12, 25, VMSA_FORMAT_48 },
		{ "16K 17", 14, 17, VMSA_FORMAT_48 },
		{ "64K 17", 16, 17, VMSA_FORMAT_48 },
		{ "64K 30 LPA", 16, 30, VMSA_FORMAT_LPA },
	};
	const char *given = getenv("VMSA_TEST_SEED");
	const uint64_t seed = given ? strtoull(given, NULL, 0) : 20250219;

	(void)state;
	for (size_t i = 0; i < COUNT(all_shapes); i++)
		run_shape(&all_shapes[i], seed + i);
	for (size_t i = 0; i < COUNT(small); i++)
		run_shape(&small[i], seed + i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_edits_agree_with_a_flat_array),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
