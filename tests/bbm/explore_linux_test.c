/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_linux_test.c - what other PEs may see of the linear map's operations
 *
 * Each operation is recorded from the code that runs it and explored as it is;
 * then again with one event left out, for every event.  docs/explorer.md shows
 * the same tables with what each event is for.
 */
#include "bbm/linux_worlds.h"

#include <time.h>

#include "vmsa/bbm/explore.h"
#include "vmsa/linux/hotplug.h"

/* clang-format off */
#define I1       VMSA_I1_NO_FAULT
#define STALE    VMSA_I3_STALE
#define I4       VMSA_I4_COEXIST
#define I5       VMSA_I5_FILLED
#define I6       VMSA_I6_FREED
#define CONFLICT VMSA_NO_CONFLICT
/* clang-format on */

/* What is done to the page at ADDRESS while it is recorded. */
enum action {
	MAKE_READ_ONLY,
	MAKE_WRITABLE,
	UNMAP,
	MAP
};

static void act(struct vmsa_linux *l, enum action action)
{
	const uint64_t page = UINT64_C(1)
			      << vmsa_linux_kernel(l)->granule_shift;
	const vmsa_va va = vmsa_linux_va(l, ADDRESS & ~(page - 1));
	int rc;

	/* Callers of v2's permission change split for themselves. */
	if (vmsa_linux_kernel(l)->version == VMSA_LINUX_V2)
		assert_int_equal(vmsa_linux_split(l, va, va + page), 0);
	switch (action) {
	case MAKE_READ_ONLY:
		rc = vmsa_linux_change_range(l, va, page, VMSA_LEAF_AP2, 0);
		break;
	case MAKE_WRITABLE:
		rc = vmsa_linux_change_range(l, va, page, 0, VMSA_LEAF_AP2);
		break;
	case UNMAP:
		rc = vmsa_linux_set_valid(l, va, 1, false);
		break;
	case MAP:
	default:
		rc = vmsa_linux_set_valid(l, va, 1, true);
		break;
	}
	assert_int_equal(rc, 0);
}

static struct vmsa_program *record(struct vmsa_linux *l, enum action action)
{
	struct vmsa_program *p;

	assert_int_equal(vmsa_program_record(vmsa_linux_space(l), &p), 0);
	act(l, action);
	assert_int_equal(vmsa_program_stop(p), 0);
	return p;
}

static struct vmsa_program *record_collapse(struct vmsa_linux *l,
					    unsigned level, bool idle)
{
	const vmsa_va va = vmsa_linux_va(l, ADDRESS) & ~(2 * MIB - 1);
	struct vmsa_collapse_config config = VMSA_COLLAPSE_CONFIG_DEFAULT;
	struct vmsa_collapse_stats stats;
	struct vmsa_program *p;

	config.bbm_level = level;
	config.idle = idle;
	assert_int_equal(vmsa_program_record(vmsa_linux_space(l), &p), 0);
	assert_int_equal(
		vmsa_linux_collapse(l, va, va + 2 * MIB, &config, &stats), 0);
	assert_int_equal(vmsa_program_stop(p), 0);
	return p;
}

static unsigned seen(const struct vmsa_program *p,
		     const struct vmsa_explore_options *options)
{
	struct vmsa_explore_result result;

	assert_int_equal(vmsa_explore(p, options, &result), 0);
	assert_null(result.bound);
	return result.seen;
}

static unsigned seen_at(const struct vmsa_program *p, unsigned level)
{
	const struct vmsa_explore_options options = {
		.bbm = level,
		.observers = VMSA_OBSERVER_OTHER | VMSA_OBSERVER_SELF
	};

	return seen(p, &options);
}

/* Other page sizes, address sizes and formats: groups of 128 and of 32. */
static const struct world others[] = {
	{ .version = VMSA_LINUX_V7_3, .granule_shift = 14, .va_bits = 47 },
	{ .version = VMSA_LINUX_V7_3, .granule_shift = 16, .va_bits = 48 },
	{ .version = VMSA_LINUX_V7_3, .granule_shift = 12, .va_bits = 39 },
	{ .version = VMSA_LINUX_V7_3,
	  .granule_shift = 12,
	  .va_bits = 52,
	  .lpa2 = true },
};

static void check_split(const struct world *world)
{
	struct vmsa_linux *l = world_boot(world);
	struct vmsa_program *p = record(l, MAKE_READ_ONLY);

	assert_int_equal(seen_at(p, 0), I4);
	/* What nT is not there for; v2 clears no Contiguous bit. */
	assert_int_equal(seen_at(p, 1) & ~CONFLICT, I4);
	assert_int_equal(seen_at(p, 2), CONFLICT);
	assert_int_equal(seen_at(p, 3), 0);
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

/* A split and a permission change, both versions, all kinds of tables. */
static void a_split_is_safe_at_three_and_a_risk_at_two(void **state)
{
	(void)state;
	check_split(&newest);
	check_split(&second);
	for (unsigned i = 0; i < COUNT(others); i++) {
		struct world world = others[i];

		world.size = 8 * GIB;
		world.tlb_range = true;
		check_split(&world);
	}
}

/* All 1,023 addresses, other PEs and the editor. */
static void a_split_explores_in_less_than_a_second(void **state)
{
	const struct vmsa_explore_options options = {
		.bbm = 3, .observers = VMSA_OBSERVER_OTHER | VMSA_OBSERVER_SELF
	};
	struct vmsa_linux *l = world_boot(&newest);
	struct vmsa_program *p = record(l, MAKE_READ_ONLY);
	struct vmsa_explore_result result;
	const clock_t start = clock();

	(void)state;
	assert_int_equal(vmsa_explore(p, &options, &result), 0);
	/* Four times the time of a build with sanitizers. */
	assert_true(clock() - start < 4 * CLOCKS_PER_SEC);
	/* 512 PMDs, 512 PTEs; the first PTE is where its PMD was. */
	assert_int_equal(result.probes, 1023);
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

/* --- without one event --------------------------------------------------- */

/* Consecutive events and what leaving any one of them out shows. */
struct without {
	size_t first, last;
	unsigned other;     /* another PE */
	unsigned self;      /* the PE that edits */
	unsigned self_ets2; /* the same with FEAT_ETS2 */
};

static void check_event(const struct vmsa_program *p, unsigned level,
			size_t event, const struct without *expected)
{
	struct vmsa_explore_options options = {
		.bbm = level,
		.observers = VMSA_OBSERVER_OTHER,
		.leave_out = event,
	};

	print_message("without event %u\n", (unsigned)event);
	assert_int_equal(seen(p, &options), expected->other);
	options.observers = VMSA_OBSERVER_SELF;
	assert_int_equal(seen(p, &options), expected->self);
	options.ets2 = true;
	assert_int_equal(seen(p, &options), expected->self_ets2);
}

/* The rows name all events that follow @done ones; how many are done then. */
static size_t check_some(const struct vmsa_program *p, unsigned level,
			 const struct without *rows, size_t n, size_t done)
{
	size_t next = 1;

	for (const struct without *r = rows; r < rows + n; r++) {
		assert_int_equal(r->first, next);
		for (; next <= r->last; next++)
			check_event(p, level, done + next, r);
	}
	return done + next - 1;
}

/* The rows name every event of the program. */
static void check_all(const struct vmsa_program *p, unsigned level,
		      const struct without *rows, size_t n)
{
	assert_int_equal(check_some(p, level, rows, n, 0),
			 vmsa_program_count(p));
}

/* clang-format off */
/* 7.3 makes one page of a 1 GiB block read-only, at level 3. */
static const struct without change_newest[] = {
	{ 1, 1, 0, 0, 0 },         /* begin of the split */
	{ 2, 2, 0, 0, 0 },         /* zeroing: the fill covers it all */
	{ 3, 3, I1 | STALE, I1 | STALE, I1 | STALE }, /* fill of the PMDs */
	{ 4, 4, I1 | I5, I1 | I5, I1 | I5 },          /* DSB before it */
	{ 5, 5, STALE, STALE, STALE },                /* link of the PMDs */
	{ 6, 15, STALE, STALE, STALE },  /* CONT of a PMD group cleared */
	{ 16, 16, 0, 0, 0 },             /* of the PMD that becomes a table */
	{ 17, 21, STALE, STALE, STALE },
	{ 22, 22, 0, 0, 0 },             /* zeroing */
	{ 23, 23, I1 | STALE, I1 | STALE, I1 | STALE }, /* fill of the PTEs */
	{ 24, 24, I1 | I5, I1 | I5, I1 | I5 },          /* DSB before it */
	{ 25, 25, STALE, STALE, STALE },                /* link of the PTEs */
	{ 26, 31, STALE, STALE, STALE }, /* CONT of a PTE group cleared */
	{ 32, 32, 0, 0, 0 },             /* of the PTE that is stored again */
	{ 33, 41, STALE, STALE, STALE },
	{ 42, 45, 0, 0, 0 },             /* DSB, ISB, end, begin */
	{ 46, 46, STALE, STALE, STALE }, /* the permission */
	{ 47, 50, 0, 0, 0 },             /* DSB, ISB, end; DSB of the flush */
	{ 51, 51, STALE, STALE, STALE }, /* TLBI */
	{ 52, 52, STALE, STALE, STALE }, /* DSB */
	{ 53, 53, 0, STALE, 0 },         /* ISB */
};

/* v2 does the same: two tables, no CONT, a flush after the split. */
static const struct without change_second[] = {
	{ 1, 2, 0, 0, 0 },
	{ 3, 3, I1 | STALE, I1 | STALE, I1 | STALE }, /* fill of the PMDs */
	{ 4, 4, I1 | I5, I1 | I5, I1 | I5 },          /* DSB before it */
	{ 5, 5, 0, 0, 0 },                            /* ISB before the link */
	{ 6, 6, STALE, STALE, STALE },                /* link of the PMDs */
	{ 7, 9, 0, 0, 0 },
	{ 10, 10, I1 | STALE, I1 | STALE, I1 | STALE }, /* fill of the PTEs */
	{ 11, 11, I1 | I5, I1 | I5, I1 | I5 },          /* DSB */
	{ 12, 12, 0, 0, 0 },                            /* ISB */
	{ 13, 13, STALE, STALE, STALE },                /* link of the PTEs */
	{ 14, 21, 0, 0, 0 },             /* with the flush of the split */
	{ 22, 22, STALE, STALE, STALE }, /* the permission */
	{ 23, 26, 0, 0, 0 },
	{ 27, 28, STALE, STALE, STALE }, /* TLBI, DSB */
	{ 29, 29, 0, STALE, 0 },         /* ISB */
};

/* A page becomes invalid: set_memory_valid(), split before. */
static const struct without unmap[] = {
	{ 1, 3, 0, 0, 0 },
	{ 4, 4, STALE, STALE, STALE }, /* the store */
	{ 5, 5, 0, 0, 0 },
	{ 6, 8, STALE, STALE, STALE }, /* DSB, TLBI, DSB */
	{ 9, 9, 0, STALE, 0 },         /* ISB */
};

/* And valid again: no TLBI. */
static const struct without map[] = {
	{ 1, 3, 0, 0, 0 },
	{ 4, 5, STALE, STALE, STALE }, /* the store, DSB */
	{ 6, 6, 0, STALE, 0 },         /* ISB */
	{ 7, 7, 0, 0, 0 },
};

/* Memory arrives: a table of 64 blocks. */
static const struct without add_table[] = {
	{ 1, 4, 0, 0, 0 },
	{ 5, 6, I5, I5, I5 },          /* zeroing of the table, DSB */
	{ 7, 7, STALE, STALE, STALE }, /* its link */
	{ 8, 11, 0, 0, 0 },            /* DSB, ISB: the blocks' follow */
};

/* One of the blocks. */
static const struct without add_block[] = {
	{ 1, 1, STALE, STALE, STALE }, /* the store */
	{ 2, 3, 0, 0, 0 },             /* DSB, ISB: others follow */
};

/* The end of it, and two tables and a PMD for the struct pages. */
static const struct without add_rest[] = {
	{ 1, 10, 0, 0, 0 },               /* clearing of the fixmap, twice */
	{ 11, 11, I5, I5, I5 },           /* zeroing of the PUDs */
	{ 12, 14, 0, 0, 0 },              /* two DSBs, either will do */
	{ 15, 15, STALE, STALE, STALE },  /* its link */
	{ 16, 19, 0, 0, 0 },              /* fixmap */
	{ 20, 21, I5, I5, I5 },           /* zeroing of the PMDs, DSB */
	{ 22, 22, STALE, STALE, STALE },  /* its link */
	{ 23, 24, 0, 0, 0 },              /* DSB, ISB: the PMD's follow */
	{ 25, 26, STALE, STALE, STALE },  /* the PMD, DSB */
	{ 27, 27, 0, STALE, 0 },          /* ISB */
	{ 28, 29, 0, 0, 0 },
};

/* Memory leaves: its struct pages, a PMD and then the table it was in. */
static const struct without hot_remove[] = {
	{ 1, 2, 0, 0, 0 },
	{ 3, 5, STALE, STALE, STALE }, /* the PMD, DSB, TLBI VAALE1IS */
	{ 6, 7, 0, 0, 0 },             /* DSB, ISB: those of the PUD follow */
	{ 8, 11, I6, I6, I6 },         /* the PUD, DSB, TLBI VAAE1IS, DSB */
	{ 12, 14, 0, 0, 0 },           /* ISB, free, end */
};

/* A table of PTEs and one of PMDs become a 1 GiB block, at level 3. */
static const struct without collapse_live[] = {
	{ 1, 1, 0, 0, 0 },
	{ 2, 2, 0, 0, 0 },    /* the PMD: the PUD's block covers it */
	{ 3, 3, I6, I6, I6 }, /* the PUD */
	{ 4, 6, I6, I6, I6 }, /* DSB, TLBI, DSB */
	{ 7, 10, 0, 0, 0 },   /* ISB: whatever is translated early is equal */
};
/* clang-format on */

/* Twelve stores and the three steps of the flush are needed, and why. */
static void what_each_event_of_a_change_is_for(void **state)
{
	struct vmsa_linux *l = world_boot(&newest);
	struct vmsa_program *p = record(l, MAKE_READ_ONLY);

	(void)state;
	check_all(p, 3, change_newest, COUNT(change_newest));
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

/* None of v2's ISBs but the last one is for anybody. */
static void what_each_event_of_the_second_version_is_for(void **state)
{
	struct vmsa_linux *l = world_boot(&second);
	struct vmsa_program *p = record(l, MAKE_READ_ONLY);

	(void)state;
	check_all(p, 3, change_second, COUNT(change_second));
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

/* Unmapping needs its flush at every level; mapping needs none. */
static void what_each_event_of_unmap_and_map_is_for(void **state)
{
	struct vmsa_linux *l = world_boot(&newest);
	struct vmsa_program *p;

	(void)state;
	act(l, MAKE_READ_ONLY);
	p = record(l, UNMAP);
	for (unsigned level = 0; level < 4; level++) {
		assert_int_equal(seen_at(p, level), 0);
		check_all(p, level, unmap, COUNT(unmap));
	}
	vmsa_program_destroy(p);
	p = record(l, MAP);
	for (unsigned level = 0; level < 4; level++) {
		assert_int_equal(seen_at(p, level), 0);
		check_all(p, level, map, COUNT(map));
	}
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

/* Nothing was there, so no flush is for anybody; tables are filled first. */
static void what_each_event_of_an_arrival_is_for(void **state)
{
	const struct vmsa_range block = { 16 * GIB, 128 * MIB };
	struct vmsa_linux *l = world_boot(&newest);
	struct vmsa_program *p;
	size_t done;

	(void)state;
	assert_int_equal(vmsa_program_record(vmsa_linux_space(l), &p), 0);
	assert_int_equal(vmsa_linux_hot_add(l, block), 0);
	assert_int_equal(vmsa_program_stop(p), 0);
	for (unsigned level = 0; level < 4; level++)
		assert_int_equal(seen_at(p, level), 0);
	done = check_some(p, 0, add_table, COUNT(add_table), 0);
	/* The first block and the last; those between are like the first. */
	check_some(p, 0, add_block, COUNT(add_block), done);
	done += 63 * 3;
	done = check_some(p, 0, add_block, COUNT(add_block), done);
	done = check_some(p, 0, add_rest, COUNT(add_rest), done);
	assert_int_equal(done, vmsa_program_count(p));
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

/* Leaves by last level, tables by all levels, and only then they are freed. */
static void what_each_event_of_a_removal_is_for(void **state)
{
	const struct vmsa_range block = { 16 * GIB, 128 * MIB };
	struct vmsa_linux *l = world_boot(&newest);
	struct vmsa_program *p;

	(void)state;
	assert_int_equal(vmsa_linux_hot_add(l, block), 0);
	assert_int_equal(vmsa_program_record(vmsa_linux_space(l), &p), 0);
	assert_int_equal(vmsa_linux_hot_remove(l, block), 0);
	assert_int_equal(vmsa_program_stop(p), 0);
	for (unsigned level = 0; level < 4; level++)
		assert_int_equal(seen_at(p, level), 0);
	for (unsigned i = 0; i < COUNT(hot_remove); i++) {
		const struct without *r = &hot_remove[i];

		for (size_t event = r->first; event <= r->last; event++)
			check_event(p, 0, event, r);
	}
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

/* --- collapse ------------------------------------------------------------ */

/* Split one page out and give it back its permission. */
static struct vmsa_linux *world_with_pages(void)
{
	struct vmsa_linux *l = world_boot(&newest);

	act(l, MAKE_READ_ONLY);
	act(l, MAKE_WRITABLE);
	return l;
}

/* At 3 nobody notices, at 2 a conflict may be raised. */
static void a_live_collapse_is_right_at_its_level(void **state)
{
	(void)state;
	for (unsigned level = 2; level < 4; level++) {
		struct vmsa_linux *l = world_with_pages();
		struct vmsa_program *p = record_collapse(l, level, false);

		assert_int_equal(vmsa_program_count(p), 10);
		assert_int_equal(seen_at(p, level), level == 2 ? CONFLICT : 0);
		assert_int_equal(seen_at(p, 0), I4);
		vmsa_program_destroy(p);
		vmsa_linux_destroy(l);
	}
}

/* At 0 it breaks first: nothing ever coexists, but accesses fault. */
static void an_idle_collapse_breaks_before_it_makes(void **state)
{
	struct vmsa_linux *l = world_with_pages();
	struct vmsa_program *p = record_collapse(l, 0, true);

	(void)state;
	assert_true(vmsa_program_count(p) > 0);
	assert_int_equal(seen_at(p, 0), I1);
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

/* Without the flush a walk cache still leads into the freed tables. */
static void what_each_event_of_a_collapse_is_for(void **state)
{
	struct vmsa_linux *l = world_with_pages();
	struct vmsa_program *p = record_collapse(l, 3, false);

	(void)state;
	check_all(p, 3, collapse_live, COUNT(collapse_live));
	vmsa_program_destroy(p);
	vmsa_linux_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_split_is_safe_at_three_and_a_risk_at_two),
		cmocka_unit_test(a_split_explores_in_less_than_a_second),
		cmocka_unit_test(what_each_event_of_a_change_is_for),
		cmocka_unit_test(what_each_event_of_the_second_version_is_for),
		cmocka_unit_test(what_each_event_of_unmap_and_map_is_for),
		cmocka_unit_test(what_each_event_of_an_arrival_is_for),
		cmocka_unit_test(what_each_event_of_a_removal_is_for),
		cmocka_unit_test(a_live_collapse_is_right_at_its_level),
		cmocka_unit_test(an_idle_collapse_breaks_before_it_makes),
		cmocka_unit_test(what_each_event_of_a_collapse_is_for),
	};

	return cmocka_run_group_tests_name("explore_linux", tests, NULL, NULL);
}
