/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_linux_test.c - the checker on what Linux does to its linear map
 *
 * Right as it is, at the level it asks for; wrong at a lower one, and wrong
 * without almost any one of its events.  What the explorer proves of the same
 * operations is in explore_linux_test.c; where the two tables differ it is
 * because a program without one of its stores is another program, which may
 * be legal.
 */
#include "bbm/linux_worlds.h"

#include "check_logs.h"

#include <errno.h>
#include <stdlib.h>

#include "support/zst.h"
#include "vmsa/linux/callers.h"
#include "vmsa/linux/hotplug.h"
#include "vmsa/recorded.h"

/* Normal, Normal Tagged, Normal Non-cacheable, Device-nGnRnE and -nGnRE. */
#define MAIR UINT64_C(0x040044f0ff)

static struct vmsa_checker *watch(struct vmsa_linux *l, unsigned level,
				  struct answer *a)
{
	const struct vmsa_checker_config config = {
		.bbm = level,
		.bbm_alone = 3,
		.mair = MAIR,
		.operations = vmsa_linux_operations(),
		.fn = note_finding,
		.arg = a
	};
	struct vmsa_checker *c;

	memset(a, 0, sizeof(*a));
	assert_int_equal(vmsa_checker_create(&config, &c), 0);
	assert_int_equal(vmsa_checker_watch(c, vmsa_linux_space(l), NULL), 0);
	return c;
}

static void unwatch(struct vmsa_checker *c)
{
	assert_int_equal(vmsa_checker_finish(c), 0);
	vmsa_checker_destroy(c);
}

/* --- boot ---------------------------------------------------------------- */

static void boot_case(const char *name)
{
	char path[300];
	struct vmsa_error err = { 0 };
	struct vmsa_checker_stats stats;
	struct vmsa_checker *checker;
	struct vmsa_case *c;
	struct vmsa_linux *l;
	struct answer a;

	snprintf(path, sizeof(path), "cases/%s", name);
	if (vmsa_case_open(oracle(path), &c, &err) ||
	    vmsa_case_boot(c, NULL, NULL, &l, &err))
		fail_msg("%s: %s", err.file, err.text);
	checker = watch(l, 0, &a);
	assert_int_equal(vmsa_linux_map_mem(l), 0);
	vmsa_linux_start_allocator(l);
	assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
	assert_int_equal(vmsa_linux_mark_text_ro(l), 0);
	assert_int_equal(vmsa_linux_mark_rodata_ro(l), 0);
	vmsa_checker_stats(checker, &stats);
	assert_true(stats.events > 100);
	assert_string_equal(a.text, "");
	unwatch(checker);
	vmsa_linux_destroy(l);
	vmsa_case_close(c);
}

/* No recorded machine breaks a rule, whatever its CPUs can do. */
static void every_recorded_machine_boots_by_the_rules(void **state)
{
	size_t n;
	char(*names)[256] = list_dir(oracle("cases"), "", &n);

	(void)state;
	assert_true(n > 50);
	for (size_t i = 0; i < n; i++) {
		print_message("%s\n", names[i]);
		boot_case(names[i]);
	}
	free(names);
}

/* One CPU of two cannot change sizes live: the map becomes pages. */
static void a_repaint_is_safe_because_others_wait(void **state)
{
	const struct test_boot boot = world_describe(&newest);
	const struct vmsa_cpu plain = { .midr = 0x410fd083, .pa_bits = 48 };

	(void)state;
	for (unsigned level = 0; level < 2; level++) {
		struct vmsa_linux *l = boot_map(&boot);
		struct vmsa_checker *checker;
		struct vmsa_checker_stats stats;
		struct answer a;

		vmsa_linux_start_allocator(l);
		assert_int_equal(vmsa_linux_online_cpu(l, &plain), 0);
		checker = watch(l, level, &a);
		assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
		vmsa_checker_stats(checker, &stats);
		assert_true(stats.events > 1000);
		assert_string_equal(a.text, "");
		unwatch(checker);
		vmsa_linux_destroy(l);
	}
}

/* --- callers ------------------------------------------------------------- */

static void load_and_unload(struct vmsa_linux *l)
{
	const struct vmsa_linux_module_want want = { .pages = { 5, 2, 1 },
						     .start = VMSA_NO_PA };
	struct vmsa_linux_module module;
	struct vmsa_linux_bpf bpf;

	assert_int_equal(vmsa_linux_module_load(l, &want, &module), 0);
	assert_int_equal(vmsa_linux_bpf_load(l, 4096, &bpf), 0);
	vmsa_linux_bpf_unload(l, &bpf);
	vmsa_linux_module_unload(l, &module);
	vmsa_linux_unmap_aliases(l);
}

/* Modules, programs, secret memory: all of it on live blocks. */
static void callers_are_right_from_level_2(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		struct vmsa_linux *l = world_boot(&newest);
		struct answer a;
		struct vmsa_checker *checker = watch(l, level, &a);

		load_and_unload(l);
		assert_int_equal(vmsa_linux_secretmem_fault(l, ADDRESS), 0);
		assert_int_equal(vmsa_linux_secretmem_free(l, ADDRESS), 0);
		if (level < 2)
			assert_memory_equal(a.text, "break break/no-tlbi", 18);
		else
			assert_string_equal(a.text, "");
		unwatch(checker);
		vmsa_linux_destroy(l);
	}
}

/* --- one operation, recorded --------------------------------------------- */

/* What is done to the page at ADDRESS while it is recorded. */
enum action {
	MAKE_READ_ONLY,
	MAKE_WRITABLE,
	UNMAP_PAGE,
	MAP_PAGE,
	HOT_ADD,
	HOT_REMOVE,
	COLLAPSE,      /* at level 3 */
	COLLAPSE_AT_2, /* at level 2 */
	COLLAPSE_IDLE, /* at level 0 */
};

static int collapse(struct vmsa_linux *l, unsigned level, bool idle)
{
	const vmsa_va va = vmsa_linux_va(l, ADDRESS) & ~(2 * MIB - 1);
	struct vmsa_collapse_config config = VMSA_COLLAPSE_CONFIG_DEFAULT;
	struct vmsa_collapse_stats stats;

	config.bbm_level = level;
	config.idle = idle;
	return vmsa_linux_collapse(l, va, va + 2 * MIB, &config, &stats);
}

static int try_to(struct vmsa_linux *l, enum action action)
{
	const struct vmsa_range block = { 16 * GIB, 128 * MIB };
	const vmsa_va va = vmsa_linux_va(l, ADDRESS);

	switch (action) {
	case MAKE_READ_ONLY:
		return vmsa_linux_change_range(l, va, 4096, VMSA_LEAF_AP2, 0);
	case MAKE_WRITABLE:
		return vmsa_linux_change_range(l, va, 4096, 0, VMSA_LEAF_AP2);
	case UNMAP_PAGE:
	case MAP_PAGE:
		return vmsa_linux_set_valid(l, va, 1, action == MAP_PAGE);
	case HOT_ADD:
		return vmsa_linux_hot_add(l, block);
	case HOT_REMOVE:
		return vmsa_linux_hot_remove(l, block);
	case COLLAPSE:
	case COLLAPSE_AT_2:
		return collapse(l, action == COLLAPSE ? 3 : 2, false);
	case COLLAPSE_IDLE:
	default:
		return collapse(l, 0, true);
	}
}

static void act(struct vmsa_linux *l, enum action action)
{
	const vmsa_va va = vmsa_linux_va(l, ADDRESS);

	/* Callers of v2's permission change split for themselves. */
	if (vmsa_linux_kernel(l)->version == VMSA_LINUX_V2)
		assert_int_equal(vmsa_linux_split(l, va, va + 4096), 0);
	assert_int_equal(try_to(l, action), 0);
}

/* The log of an action after those that prepare it. */
static char *record(const struct world *w, const enum action *before, size_t n,
		    enum action action)
{
	struct vmsa_linux *l = world_boot(w);
	struct vmsa_log_writer *writer;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < n; i++)
		act(l, before[i]);
	assert_int_equal(
		vmsa_log_write(vmsa_linux_space(l), MAIR, out, &writer), 0);
	/* What it promises it has done when it returns. */
	fprintf(out, "begin all\n");
	act(l, action);
	fprintf(out, "end all\n");
	assert_int_equal(vmsa_log_writer_stop(writer), 0);
	fclose(out);
	vmsa_linux_destroy(l);
	return text;
}

/* The different words of an answer, in their order. */
static void found(const char *log, unsigned level, char *out, size_t size)
{
	struct answer a;
	char *save = NULL;

	check_text(log,
		   (struct vmsa_checker_config){
			   .bbm = level,
			   .operations = vmsa_linux_operations() },
		   &a);
	out[0] = 0;
	for (char *w = strtok_r(a.text, " ", &save); w;
	     w = strtok_r(NULL, " ", &save)) {
		if (strstr(out, w))
			continue;
		if (out[0])
			strncat(out, " ", size - strlen(out) - 1);
		strncat(out, w, size - strlen(out) - 1);
	}
}

/* Consecutive events, and what the checker says without any one of them. */
struct without {
	size_t first, last; /* after "begin all", which is number 1 */
	const char *found;
};

/* The log's events start after the tables as they were. */
static const char *events_of(const char *log)
{
	while (!strncmp(log, "tables", 6) || !strncmp(log, "init", 4))
		log = strchr(log, '\n') + 1;
	return log;
}

/* Its end has no begin any more. */
static void assert_refused(const char *lines)
{
	const struct vmsa_log_text text = { "test", lines, strlen(lines) };
	const struct vmsa_checker_config config = { .bbm = 3 };
	struct vmsa_checker_stats stats;
	struct vmsa_log *log;

	assert_int_equal(vmsa_log_parse(&text, &log), 0);
	assert_int_equal(vmsa_log_check(log, &config, &stats, NULL), -EINVAL);
	vmsa_log_close(log);
}

static void check_without(const char *log, unsigned level,
			  const struct without *rows, size_t n)
{
	const char *event = events_of(log);
	size_t number = 1;
	char *copy = malloc(strlen(log) + 1);
	char words[256];

	for (const struct without *r = rows; r < rows + n; r++) {
		assert_int_equal(r->first, number);
		for (; number <= r->last; number++) {
			const char *next = strchr(event, '\n') + 1;

			memcpy(copy, log, (size_t)(event - log));
			strcpy(copy + (event - log), next);
			print_message("without %u, %.*s", (unsigned)number,
				      (int)(next - event), event);
			if (!strncmp(event, "begin ", 6)) {
				assert_refused(copy);
			} else {
				found(copy, level, words, sizeof(words));
				assert_string_equal(words, r->found);
			}
			event = next;
		}
	}
	assert_int_equal(*event, 0);
	free(copy);
}

static void check_levels(const char *log, const char *const *levels)
{
	char words[256];

	for (unsigned level = 0; level < 4; level++) {
		found(log, level, words, sizeof(words));
		print_message("level %u\n", level);
		assert_string_equal(words, levels[level]);
	}
}

#define NONE   ""
#define STALE  "stale/no-tlbi"
#define NO_DSB "stale/no-dsb"

/* Sizes change live: by then level 2 has to be there. */
static const char *const from_2[] = { "break break/no-tlbi",
				      "break break/no-tlbi", NONE, NONE };
static const char *const always[] = { NONE, NONE, NONE, NONE };

/* clang-format off */
/* 7.3 makes one page of a 1 GiB block read-only. */
static const struct without change_newest[] = {
	{ 1, 3, NONE },     /* begin, begin of the split, zeroing */
	{ 4, 4, STALE },    /* fill of the PMDs: faults where the block is */
	{ 5, 5, "unpublished" },
	{ 6, 6, NONE },     /* the link: nothing has changed then */
	{ 7, 16, "group" }, /* CONT of a PMD group cleared */
	{ 17, 17, NONE },   /* of the PMD that becomes a table */
	{ 18, 22, "group" },
	{ 23, 23, NONE },
	{ 24, 24, STALE },  /* fill of the PTEs */
	{ 25, 25, "unpublished" },
	{ 26, 26, NONE },   /* the link */
	{ 27, 32, "group" }, /* CONT of a PTE group cleared */
	{ 33, 33, NONE },   /* of the PTE that is stored again */
	{ 34, 42, "group" },
	{ 43, 46, NONE },   /* DSB, ISB, end, begin */
	{ 47, 47, NONE },   /* the permission */
	{ 48, 51, NONE },   /* DSB, ISB, end; DSB of the flush: two DSBs */
	{ 52, 52, STALE },
	{ 53, 53, NO_DSB },
	{ 54, 54, "unsynced" },
	{ 55, 55, NONE },   /* end */
};

/* v2 flushes in the split as well, which no access would miss. */
static const struct without change_second[] = {
	{ 1, 4, NONE },
	{ 5, 5, "unpublished" },
	{ 6, 11, NONE },
	{ 12, 12, "unpublished" },
	{ 13, 19, NONE },
	{ 20, 20, "unsynced" }, /* after the split's own flush */
	{ 21, 27, NONE },
	{ 28, 28, STALE },
	{ 29, 29, NO_DSB },
	{ 30, 30, "unsynced" },
	{ 31, 31, NONE },
};

static const struct without unmap_page[] = {
	{ 1, 6, NONE },
	{ 7, 7, "stale/early" }, /* no other DSB before the TLBI here */
	{ 8, 8, STALE },
	{ 9, 9, NO_DSB },
	{ 10, 10, "unsynced" },
	{ 11, 11, NONE },
};

static const struct without map_page[] = {
	{ 1, 5, NONE },
	{ 6, 6, "invisible" },
	{ 7, 7, "unsynced" },
	{ 8, 9, NONE },
};

/* Two tables become a 1 GiB block. */
static const struct without collapse_live[] = {
	{ 1, 3, NONE }, /* the PMD's block: the PUD's covers it */
	{ 4, 4, "freed-linked" },
	{ 5, 5, "freed-cached/early stale/early" },
	{ 6, 6, "freed-cached/no-tlbi stale/no-tlbi" },
	{ 7, 7, "freed-cached/no-dsb stale/no-dsb" },
	{ 8, 8, "unsynced" },
	{ 9, 12, NONE },
};

/* And by break-before-make. */
static const struct without collapse_idle[] = {
	{ 1, 2, NONE },
	{ 3, 3, "break freed-cached/no-tlbi stale/no-tlbi" }, /* the break */
	{ 4, 4, "break/early freed-cached/early stale/early" },
	{ 5, 5, "break/no-tlbi freed-cached/no-tlbi stale/no-tlbi" },
	{ 6, 6, "break/no-dsb freed-cached/no-dsb stale/no-dsb" },
	{ 7, 9, NONE },
	{ 10, 10, "invisible" },
	{ 11, 11, "unsynced" },
	{ 12, 13, NONE },
};
/* clang-format on */

static void a_permission_change_needs_level_2_and_its_events(void **state)
{
	static const char *const newest_levels[] = { "break break/no-tlbi",
						     "break break/no-tlbi",
						     NONE, NONE };
	char *log = record(&newest, NULL, 0, MAKE_READ_ONLY);

	(void)state;
	check_levels(log, newest_levels);
	check_without(log, 3, change_newest, COUNT(change_newest));
	free(log);
	log = record(&second, NULL, 0, MAKE_READ_ONLY);
	check_levels(log, from_2);
	check_without(log, 3, change_second, COUNT(change_second));
	free(log);
}

static void unmapping_and_mapping_are_right_at_every_level(void **state)
{
	static const enum action split[] = { MAKE_READ_ONLY, UNMAP_PAGE };
	char *log = record(&newest, split, 1, UNMAP_PAGE);

	(void)state;
	check_levels(log, always);
	for (unsigned level = 0; level < 4; level++)
		check_without(log, level, unmap_page, COUNT(unmap_page));
	free(log);
	log = record(&newest, split, 2, MAP_PAGE);
	check_levels(log, always);
	for (unsigned level = 0; level < 4; level++)
		check_without(log, level, map_page, COUNT(map_page));
	free(log);
}

static void memory_comes_and_goes_at_every_level(void **state)
{
	static const enum action add[] = { HOT_ADD };
	char *log = record(&newest, NULL, 0, HOT_ADD);

	(void)state;
	check_levels(log, always);
	free(log);
	log = record(&newest, add, 1, HOT_REMOVE);
	check_levels(log, always);
	free(log);
}

static void a_collapse_is_right_at_the_level_it_is_told(void **state)
{
	static const enum action pages[] = { MAKE_READ_ONLY, MAKE_WRITABLE };
	char *log = record(&newest, pages, 2, COLLAPSE);

	(void)state;
	check_levels(log, from_2);
	check_without(log, 3, collapse_live, COUNT(collapse_live));
	free(log);
	log = record(&newest, pages, 2, COLLAPSE_AT_2);
	check_levels(log, from_2);
	free(log);
	log = record(&newest, pages, 2, COLLAPSE_IDLE);
	check_levels(log, always);
	check_without(log, 0, collapse_idle, COUNT(collapse_idle));
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_machine_boots_by_the_rules),
		cmocka_unit_test(a_repaint_is_safe_because_others_wait),
		cmocka_unit_test(callers_are_right_from_level_2),
		cmocka_unit_test(
			a_permission_change_needs_level_2_and_its_events),
		cmocka_unit_test(
			unmapping_and_mapping_are_right_at_every_level),
		cmocka_unit_test(memory_comes_and_goes_at_every_level),
		cmocka_unit_test(a_collapse_is_right_at_the_level_it_is_told),
	};

	return cmocka_run_group_tests_name("check_linux", tests, NULL, NULL);
}
