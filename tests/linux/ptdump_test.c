/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ptdump_test.c - recorded tables print as the kernel printed them
 *
 * The kernel's text was read just after its tables.  In between KFENCE may
 * have protected or released a page of its pool, where it had one: then up to
 * two pages of the pool may differ, nothing else, and the next dump of the
 * tables, where there is one, must agree with the text.
 */
#include "linux/linux_test.h"
#include "support/zst.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/recorded.h"

#define END  ".ptdump.txt.zst"
#define POOL 512 /* pages */

static const char *path_of(const char *name, const char *file)
{
	char below[600];

	snprintf(below, sizeof(below), "cases/%s/%s", name, file);
	return oracle(below);
}

static struct vmsa_case *open_case(const char *name)
{
	struct vmsa_error err = { 0 };
	struct vmsa_case *c = NULL;

	if (vmsa_case_open(path_of(name, ""), &c, &err))
		fail_msg("%s: %s", err.file, err.text);
	return c;
}

static struct vmsa_linux *load(const struct vmsa_case *c, size_t stage)
{
	struct vmsa_linux *l = NULL;
	struct vmsa_error err = { 0 };

	if (vmsa_case_load(c, stage, &l, &err))
		fail_msg("%s: %s", err.file, err.text);
	return l;
}

static char *print(const struct vmsa_linux *l)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(vmsa_linux_ptdump(l, f), 0);
	fclose(f);
	return text;
}

/* --- line by line --------------------------------------------------------- */

static void compare_text(const char *theirs, const char *ours)
{
	char *a = strdup(theirs), *b = strdup(ours), *at_a = a, *at_b = b;
	const char *line_a, *line_b;

	do {
		line_a = next_line(&at_a);
		line_b = next_line(&at_b);
		if (line_a && line_b)
			assert_string_equal(line_b, line_a);
	} while (line_a && line_b);
	if (line_a || line_b)
		fail_msg("%s has one line more: %s",
			 line_a ? "the kernel" : "ours",
			 line_a ? line_a : line_b);
	free(a);
	free(b);
}

/* --- page by page in the pool --------------------------------------------- */

/* What the line that covers @va says behind its size, "" if none does. */
static void said_of(const char *text, vmsa_va va, char out[128])
{
	uint64_t start, end;
	int n;

	out[0] = '\0';
	for (; text; text = strchr(text, '\n'), text = text ? text + 1 : NULL) {
		if (sscanf(text, "0x%" SCNx64 "-0x%" SCNx64 " %*u%*c%n", &start,
			   &end, &n) < 2)
			continue;
		if (va >= start && va < end) {
			snprintf(out, 128, "%.*s", (int)strcspn(text + n, "\n"),
				 text + n);
			return;
		}
	}
}

static bool is_same(const char *a, const char *b, vmsa_va va)
{
	char said_a[128], said_b[128];

	said_of(a, va, said_a);
	said_of(b, va, said_b);
	return said_a[0] && !strcmp(said_a, said_b);
}

/* The lines wholly outside [pool, pool_end), one after the other. */
static char *without_pool(const char *text, vmsa_va pool, vmsa_va pool_end)
{
	char *copy = strdup(text), *at = copy, *line;
	char *out = calloc(1, strlen(text) + 1), *to = out;

	while ((line = next_line(&at))) {
		uint64_t start = 0, end = 0;

		sscanf(line, "0x%" SCNx64 "-0x%" SCNx64, &start, &end);
		if (start >= pool && end && end <= pool_end)
			continue;
		to += sprintf(to, "%s\n", line);
	}
	free(copy);
	return out;
}

static void compare_pool(const char *theirs, const char *ours,
			 const char *later, const struct vmsa_linux *l,
			 vmsa_va pool)
{
	const uint64_t page = UINT64_C(1)
			      << vmsa_linux_kernel(l)->granule_shift;
	const vmsa_va end = pool + POOL * page;
	char *a = without_pool(theirs, pool, end);
	char *b = without_pool(ours, pool, end);
	unsigned changed = 0;

	compare_text(a, b);
	free(a);
	free(b);
	for (vmsa_va va = pool; va < end; va += page) {
		if (is_same(theirs, ours, va))
			continue;
		print_message("  page 0x%" PRIx64 " changed meanwhile\n", va);
		assert_true(!later || is_same(theirs, later, va));
		changed++;
	}
	assert_true(changed <= 2);
}

/* --- every recorded text -------------------------------------------------- */

static size_t stage_number(const struct vmsa_case *c, const char *name)
{
	for (size_t i = 0; i < vmsa_case_stages(c); i++) {
		if (!strcmp(vmsa_case_stage_name(c, i), name))
			return i;
	}
	fail_msg("no tables for the text of %s", name);
	return 0;
}

/* The header of a stage's tables has the pool's address, 0 if none. */
static vmsa_va recorded_pool(const char *name, const char *stage)
{
	char file[300], *text, *word;
	vmsa_va pool;

	snprintf(file, sizeof(file), "%s.pt.zst", stage);
	text = zst_read(path_of(name, file));
	word = strstr(text, "# __kfence_pool ");
	assert_non_null(word);
	pool = strtoull(word + 16, NULL, 0);
	free(text);
	return pool;
}

static void check_one(const char *name, const char *file)
{
	struct vmsa_case *c = open_case(name);
	char *theirs = zst_read(path_of(name, file)), *ours, *later = NULL;
	char stage[256];
	struct vmsa_linux *l;
	vmsa_va pool;
	size_t i;

	snprintf(stage, sizeof(stage), "%.*s",
		 (int)(strlen(file) - strlen(END)), file);
	print_message("%s %s\n", name, stage);
	i = stage_number(c, stage);
	l = load(c, i);
	ours = print(l);
	pool = recorded_pool(name, stage);
	if (pool && i + 1 < vmsa_case_stages(c)) {
		struct vmsa_linux *after = load(c, i + 1);

		later = print(after);
		vmsa_linux_destroy(after);
	}
	if (pool)
		compare_pool(theirs, ours, later, l, pool);
	else
		compare_text(theirs, ours);
	vmsa_linux_destroy(l);
	vmsa_case_close(c);
	free(theirs);
	free(ours);
	free(later);
}

static unsigned check_case(const char *name)
{
	size_t n;
	char(*files)[256] = list_dir(path_of(name, ""), "", &n);
	unsigned found = 0;

	for (size_t i = 0; i < n; i++) {
		if (ends_with(files[i], END)) {
			check_one(name, files[i]);
			found++;
		}
	}
	free(files);
	return found;
}

static void text_equals_the_kernels(void **state)
{
	size_t n;
	char(*cases)[256] = list_dir(oracle("cases"), "", &n);
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		found += check_case(cases[i]);
	free(cases);
	assert_true(found > 0);
}

/* --- what recordings do not show ------------------------------------------ */

/* A stream that fails is reported, not passed over. */
static void a_full_stream_is_an_error(void **state)
{
	struct vmsa_case *c = open_case("early-4k39-bbml-4G-own");
	struct vmsa_linux *l = load(c, 0);
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full)
		skip();
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(vmsa_linux_ptdump(l, full), -EIO);
	fclose(full);
	vmsa_linux_destroy(l);
	vmsa_case_close(c);
}

static const struct shown_row {
	vmsa_desc desc;
	const char *line; /* behind the level's name */
} shown[] = {
	/* PAGE_KERNEL tagged, with CONT, read-only, executable (1.4). */
	{ 0x00e8000000000707, "      RW NX SHD AF            UXN   "
			      " MEM/NORMAL-TAGGED" },
	{ 0x00f8000000000707, "      RW NX SHD AF    CON     UXN   "
			      " MEM/NORMAL-TAGGED" },
	{ 0x00e0000000000783, "      ro NX SHD AF            UXN   "
			      " MEM/NORMAL" },
	{ 0x00c0000000000783, "      ro x  SHD AF            UXN   "
			      " MEM/NORMAL" },
	{ 0x00c4000000000783, "      ro x  SHD AF            UXN GP"
			      " MEM/NORMAL" },
	{ 0x00e8000000000f06, "F     RW NX SHD AF NG         UXN   "
			      " MEM/NORMAL-TAGGED" },
	{ 0x006800000000070b, "      RW NX SHD AF            UXN   "
			      " MEM/NORMAL-NC" },
	{ 0x0068000000000713, "      RW NX SHD AF            UXN   "
			      " DEVICE/nGnRE" },
	{ 0x006800000000070f, "      RW NX SHD AF            UXN   "
			      " DEVICE/nGnRnE" },
	{ 0x0020000000000fc3, "  USR ro NX SHD AF NG               "
			      " MEM/NORMAL" },
	/* No text for a memory type Linux does not use. */
	{ 0x00e8000000000717, "      RW NX SHD AF            UXN   " },
};

static void put_page(struct vmsa_linux *l, vmsa_va va, vmsa_desc desc)
{
	struct vmsa_space *s = vmsa_linux_space(l);
	const struct vmsa_linux_map map = { 0x80000000, va, 0x1000,
					    0x00e8000000000707,
					    VMSA_LINUX_NO_BLOCK };
	const struct vmsa_geometry *g = vmsa_space_geometry(s);
	struct vmsa_table t, child;

	assert_int_equal(vmsa_linux_map(l, &map, VMSA_EARLY), 0);
	vmsa_table_root(s, &t);
	for (; t.level < 3; t = child) {
		const vmsa_desc d =
			vmsa_table_get(&t, vmsa_level_index(g, t.level, va));

		assert_int_equal(vmsa_table_child(s, t.level, d, &child), 0);
	}
	vmsa_table_set(s, &t, vmsa_level_index(g, 3, va), va,
		       desc | 0x80000000);
}

/* Each column, from descriptors of the notes' table 1.4. */
static void every_attribute_has_its_column(void **state)
{
	(void)state;
	for (const struct shown_row *r = shown; r < shown + COUNT(shown); r++) {
		struct test_boot b = { .machine.banks = { { GIB, GIB } } };
		const vmsa_va va = 0xffff000040005000;
		struct vmsa_linux *l;
		char *text, want[200];

		vmsa_linux_kernel_default(VMSA_LINUX_V7_3, 12, 48, &b.kernel);
		l = boot_create(&b);
		put_page(l, va, r->desc);
		text = print(l);
		snprintf(want, sizeof(want),
			 "\n0xffff000040005000-0xffff000040006000"
			 "           4K PTE %s\n",
			 r->line);
		if (!strstr(text, want))
			fail_msg("no \"%s\" in\n%s", want + 1, text);
		free(text);
		vmsa_linux_destroy(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_equals_the_kernels),
		cmocka_unit_test(a_full_stream_is_an_error),
		cmocka_unit_test(every_attribute_has_its_column),
	};

	return cmocka_run_group_tests_name("ptdump", tests, NULL, NULL);
}
