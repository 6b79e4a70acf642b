/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorded_test.c - we boot as the recorded kernels did
 *
 * Twice: through vmsa_case_verify(), and through a second comparison written
 * here, which reads the recordings and walks the tables on its own.
 */
#include "linux/linux_test.h"
#include "support/zst.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/recorded.h"

static char (*cases)[256];
static size_t nr_cases;

static int find_cases(void **state)
{
	(void)state;
	cases = list_dir(oracle("cases"), "early-", &nr_cases);
	if (!nr_cases)
		print_error("no early-* case in %s\n", oracle("cases"));
	return nr_cases ? 0 : -1;
}

static int drop_cases(void **state)
{
	(void)state;
	free(cases);
	return 0;
}

static struct vmsa_case *open_case(const char *name)
{
	char path[300];
	struct vmsa_error err = { 0 };
	struct vmsa_case *c = NULL;

	snprintf(path, sizeof(path), "cases/%s", name);
	if (vmsa_case_open(oracle(path), &c, &err))
		fail_msg("%s: %s", err.file, err.text);
	return c;
}

/* --- through the library's comparison ------------------------------------- */

struct seen {
	unsigned stages; /* verdicts */
	unsigned paging; /* of them, on 00-paging */
	uint64_t leaves, differences;
};

static int note_verdict(void *arg, const struct vmsa_verdict *v)
{
	struct seen *seen = arg;

	seen->stages++;
	if (!strcmp(v->stage, "00-paging")) {
		seen->paging++;
		seen->leaves += v->leaves;
	}
	seen->differences += v->differences;
	return 0;
}

/*
 * Every stage is compared but those nothing leads to: a running kernel's
 * first two, and tables read once more after the kernel's text.
 */
static void expect_stages(const struct vmsa_case *c, const struct seen *seen)
{
	const char *name = vmsa_case_name(c);
	unsigned expected = 1;

	if (!strncmp(name, "ops-", 4)) {
		expected = (unsigned)vmsa_case_stages(c) - 2;
	} else if (!strncmp(name, "early-", 6)) {
		expected = 0;
		for (size_t i = 0; i < vmsa_case_stages(c); i++)
			expected += !strstr(vmsa_case_stage_name(c, i),
					    "after-ptdump");
	}
	assert_int_equal(seen->stages, expected);
}

static void verify(const char *name, struct seen *seen)
{
	struct vmsa_case *c = open_case(name);
	const struct vmsa_verify how = { .verdict = note_verdict,
					 .arg = seen,
					 .differences = stderr,
					 .max_shown = 5 };
	struct vmsa_error err = { 0 };

	if (vmsa_case_verify(c, &how, &err))
		fail_msg("%s: %s", err.file, err.text);
	expect_stages(c, seen);
	vmsa_case_close(c);
}

/*
 * Running kernels, and what they did after boot: splits, permission changes,
 * repaint, idle states.
 */
static void every_other_recorded_stage_is_identical(void **state)
{
	size_t n;
	char(*names)[256] = list_dir(oracle("cases"), "", &n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct seen seen = { 0 };

		if (!strncmp(names[i], "early-", 6))
			continue;
		print_message("%s\n", names[i]);
		verify(names[i], &seen);
		assert_int_equal(seen.differences, 0);
	}
	free(names);
}

/* Every call and every leaf of every recorded boot is ours too. */
static void every_recorded_boot_is_identical(void **state)
{
	(void)state;
	for (size_t i = 0; i < nr_cases; i++) {
		struct seen seen = { 0 };

		verify(cases[i], &seen);
		print_message("%s: %" PRIu64 " leaves\n", cases[i],
			      seen.leaves);
		assert_int_equal(seen.paging, 1);
		assert_int_equal(seen.differences, 0);
		assert_true(seen.leaves > 0);
	}
}

/* --- through a comparison of our own -------------------------------------- */

struct recorded_line {
	char kind;
	uint64_t va, desc;
	unsigned count;
	int level;
};

static bool parse_line(const char *text, struct recorded_line *l)
{
	l->count = 1;
	return text[0] != '#' &&
	       sscanf(text, "%c %" SCNx64 " %d %" SCNx64 " *%u", &l->kind,
		      &l->va, &l->level, &l->desc, &l->count) >= 4;
}

/* The linear map; a table that reaches past its end is the image's. */
static bool is_linear(const struct vmsa_linux *l, const struct tables *t,
		      const struct recorded_line *line)
{
	const struct vmsa_linux_layout *at = vmsa_linux_layout(l);
	const uint64_t span = UINT64_C(1) << tables_shift(t, line->level);

	return line->va >= at->linear_start && line->va < at->page_end &&
	       (line->kind != 'T' || span <= at->page_end - line->va);
}

/* Every recorded entry is in our tables, tables' addresses included. */
static uint64_t compare_line(const struct tables *t,
			     const struct recorded_line *line)
{
	const uint64_t span = UINT64_C(1) << tables_shift(t, line->level);

	for (unsigned i = 0; i < line->count; i++) {
		const vmsa_va va = line->va + i * span;
		const vmsa_desc ours = tables_at(t, va, line->level);

		if (ours != line->desc + i * span)
			fail_msg("%016" PRIx64 " level %d: kernel %016" PRIx64
				 ", ours %016" PRIx64,
				 va, line->level, line->desc + i * span, ours);
	}
	return line->count;
}

static uint64_t sum(const uint64_t *n)
{
	uint64_t total = 0;

	for (int i = 0; i < VMSA_LEVELS; i++)
		total += n[i];
	return total;
}

static void compare_tables(const char *name, const struct vmsa_linux *l)
{
	const struct tables t = tables_of(l);
	const struct tally ours = linear_tally(l);
	uint64_t leaves = 0, tables = 0;
	struct recorded_line line;
	char path[300], *text, *at, *cut;

	snprintf(path, sizeof(path), "cases/%s/00-paging.pt.zst", name);
	at = text = zst_read(oracle(path));
	while ((cut = next_line(&at))) {
		if (!parse_line(cut, &line) || !is_linear(l, &t, &line))
			continue;
		if (line.kind == 'T')
			tables += compare_line(&t, &line);
		else
			leaves += compare_line(&t, &line);
	}
	free(text);
	/* And there is nothing else in ours. */
	assert_int_equal(sum(ours.plain) + sum(ours.cont) + sum(ours.other),
			 leaves);
	assert_int_equal(sum(ours.tables), tables);
	assert_true(leaves > 0);
}

/* Descriptors agree in every bit, and tables lie where the kernel's did. */
static void boot_tables_lie_where_the_kernel_put_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < nr_cases; i++) {
		struct vmsa_case *c = open_case(cases[i]);
		struct vmsa_linux *l = NULL;

		print_message("%s\n", cases[i]);
		assert_int_equal(vmsa_case_boot(c, NULL, NULL, &l, NULL), 0);
		assert_int_equal(vmsa_linux_map_mem(l), 0);
		compare_tables(cases[i], l);
		vmsa_linux_destroy(l);
		vmsa_case_close(c);
	}
}

/* --- the calls ------------------------------------------------------------ */

struct calls {
	char text[16][128];
	unsigned n;
};

static void note_call(void *arg, const struct vmsa_linux_map *m)
{
	struct calls *calls = arg;

	assert_true(calls->n < COUNT(calls->text));
	snprintf(calls->text[calls->n++], sizeof(calls->text[0]),
		 "map phys=0x%" PRIx64 " va=0x%" PRIx64 " size=0x%" PRIx64
		 " prot=0x%" PRIx64 " flags=0x%x",
		 m->pa, m->va, m->size, m->prot, m->flags);
}

/* Lines before paging is done, without the device tree's fixmap. */
static void compare_calls(const char *name, const struct calls *ours)
{
	char path[300], *text, *at, *cut;
	unsigned n = 0;

	snprintf(path, sizeof(path), "cases/%s/boot-ops.txt.zst", name);
	at = text = zst_read(oracle(path));
	while ((cut = next_line(&at)) && strncmp(cut, "# DUMP", 6)) {
		if (strncmp(cut, "map ", 4) || strstr(cut, "va=0xffffffffff"))
			continue;
		assert_true(n < ours->n);
		assert_string_equal(ours->text[n++], cut);
	}
	free(text);
	assert_int_equal(n, ours->n);
}

/* The calls of the mapping code are the kernel's, word for word. */
static void calls_read_like_the_recorded_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < nr_cases; i++) {
		struct vmsa_case *c = open_case(cases[i]);
		struct vmsa_linux *l = NULL;
		struct calls calls = { .n = 0 };

		print_message("%s\n", cases[i]);
		assert_int_equal(vmsa_case_boot(c, note_call, &calls, &l, NULL),
				 0);
		assert_int_equal(vmsa_linux_map_mem(l), 0);
		assert_true(calls.n >= 2);
		compare_calls(cases[i], &calls);
		vmsa_linux_destroy(l);
		vmsa_case_close(c);
	}
}

/* --- MemTotal ------------------------------------------------------------- */

static uint64_t recorded_memtotal(const char *name)
{
	char path[300], *text, *at, *cut;
	uint64_t kib = 0;
	size_t size;

	snprintf(path, sizeof(path), "cases/%s/case.txt", name);
	at = text = file_read(oracle(path), &size);
	while ((cut = next_line(&at))) {
		if (!strncmp(cut, "MemTotal_kB ", 12))
			kib = strtoull(cut + 12, NULL, 10);
	}
	free(text);
	assert_true(kib > 0);
	return kib;
}

/* KiB of linear map tables below the root. */
static uint64_t table_kib(const char *name)
{
	struct vmsa_case *c = open_case(name);
	struct vmsa_linux *l = NULL;
	struct tally tally;
	uint64_t kib;

	assert_int_equal(vmsa_case_boot(c, NULL, NULL, &l, NULL), 0);
	assert_int_equal(vmsa_linux_map_mem(l), 0);
	tally = linear_tally(l);
	kib = sum(tally.tables) << vmsa_linux_kernel(l)->granule_shift >> 10;
	vmsa_linux_destroy(l);
	vmsa_case_close(c);
	return kib;
}

static const struct memtotal_row {
	const char *blocks, *pages;
	uint64_t difference; /* KiB, of the recorded MemTotal */
	uint64_t page;       /* KiB */
} memtotal[] = {
	{ "4k-bbml-4G", "4k-nobbml-4G", 8192, 4 },
	{ "16k-bbml-4G", "16k-nobbml-4G", 2016, 16 },
};

/* What blocks save in tables is what the kernel had more of at the end. */
static void memtotal_follows_from_the_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(memtotal); i++) {
		const struct memtotal_row *r = &memtotal[i];
		const uint64_t theirs = recorded_memtotal(r->blocks) -
					recorded_memtotal(r->pages);
		const uint64_t ours =
			table_kib(r->pages) - table_kib(r->blocks);

		print_message("%s: MemTotal %" PRIu64 " KiB, tables %" PRIu64
			      " KiB\n",
			      r->blocks, theirs, ours);
		assert_int_equal(theirs, r->difference);
		assert_in_range(ours, theirs - 2 * r->page,
				theirs + 2 * r->page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_boot_is_identical),
		cmocka_unit_test(every_other_recorded_stage_is_identical),
		cmocka_unit_test(boot_tables_lie_where_the_kernel_put_them),
		cmocka_unit_test(calls_read_like_the_recorded_ones),
		cmocka_unit_test(memtotal_follows_from_the_tables),
	};

	return cmocka_run_group_tests_name("recorded", tests, find_cases,
					   drop_cases);
}
