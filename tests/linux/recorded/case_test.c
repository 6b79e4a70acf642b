/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * case_test.c - damaged recordings are refused with file and place, and a
 * recording that differs from what we do is noticed
 *
 * Each row copies one good case, damages one file of the copy, and asks.
 */
#include "linux/linux_test.h"
#include "support/zst.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmsa/recorded.h"

#define CASE   "early-4k39-bbml-4G-own"
#define TABLES "00-paging.pt.zst"
#define CALLS  "boot-ops.txt.zst"

/* The lines of the good case that rows damage; its header has 18 lines. */
#define ROOT_LINE   "T ffffff8000000000 1 180000013ffff403\n"
#define BLOCKS_LINE "B ffffff8000000000 2 00e8000040000705 *3\n"
#define TABLE_LINE  "T ffffff8000600000 2 180000013fffe403\n"
#define PAGES_LINE  "P ffffff8000600000 3 00f8000040600707 *512\n"
#define PUD_LINE    "B ffffff8040000000 1 00e8000080000705 *3\n"
#define CALL_LINE                                                \
	"map phys=0x40740000 va=0xffffff8000740000 size=0xce000" \
	" prot=0xe8000000000707 flags=0x4\n"

/* A copy of the case, with its kernel's symbols beside it. */
struct copy {
	char top[256];
	char dir[512];
};

static void copy_make(struct copy *c)
{
	char path[512];

	scratch_dir(c->top, sizeof(c->top));
	snprintf(path, sizeof(path), "%s/cases", c->top);
	assert_int_equal(mkdir(path, 0777), 0);
	snprintf(path, sizeof(path), "%s/kernels", c->top);
	copy_dir(oracle("kernels"), path);
	snprintf(c->dir, sizeof(c->dir), "%s/cases/" CASE, c->top);
	copy_dir(oracle("cases/" CASE), c->dir);
}

static char *replaced(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *out = malloc(strlen(text) + strlen(new) + 1);

	if (!at || !out) {
		fail_msg("no \"%s\" to damage", old);
		return out;
	}
	sprintf(out, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
	return out;
}

/* Put @new where @old stands; a NULL @old removes or cuts the file. */
static void damage(const struct copy *c, const char *file, const char *old,
		   const char *new)
{
	char path[1024], *text, *changed;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", c->dir, file);
	if (!old && !new) {
		assert_int_equal(remove(path), 0);
		return;
	}
	if (!old) {
		text = file_read(path, &size);
		file_write(path, text, size / 2);
		free(text);
		return;
	}
	text = ends_with(path, ".zst") ? zst_read(path)
				       : file_read(path, &size);
	changed = replaced(text, old, new);
	if (ends_with(path, ".zst"))
		zst_write(path, changed, strlen(changed));
	else
		file_write(path, changed, strlen(changed));
	free(text);
	free(changed);
}

/* --- refused -------------------------------------------------------------- */

static const struct refused_row {
	const char *name, *file, *old, *new;
	int ret;
	const char *unit; /* NULL: the error has no place in the file */
	uint64_t offset;  /* 0: not asked */
	const char *text; /* part of the sentence */
} refused[] = {
	{ "no case.txt", "case.txt", NULL, NULL, -ENOENT, NULL, 0, "No such" },
	{ "no kernel named", "case.txt", "kernel 7", "colonel 7", -EINVAL, NULL,
	  0, "names no kernel" },
	{ "unknown kernel", "case.txt", "7.3.4-4k39", "5.0-4k", -EINVAL, NULL,
	  0, "5.0-4k" },
	{ "unknown granule", "case.txt", "7.3.4-4k39", "7.3.4-8k", -EINVAL,
	  NULL, 0, "7.3.4-8k" },
	{ "no symbols", "case.txt", "7.3.4-4k39", "7.3.9-4k39", -ENOENT, NULL,
	  0, "No such" },
	{ "no machine", "machine.dtb.zst", NULL, NULL, -ENOENT, NULL, 0,
	  "No such" },
	{ "half a machine", "machine.dtb.zst", NULL, "", -EINVAL, "byte", 0,
	  "damaged or cut off" },
	{ "half the tables", TABLES, NULL, "", -EINVAL, "byte", 0,
	  "damaged or cut off" },
	{ "no address", TABLES, "# kernel_pa", "# colonel_pa", -EINVAL, NULL, 0,
	  "kernel_pa" },
	{ "no registers", TABLES, "ID_AA64MMFR2_EL1", "ID", -EINVAL, NULL, 0,
	  "ID_AA64MMFR2_EL1" },
	{ "not a line", TABLES, TABLE_LINE, "hello\n", -EINVAL, "line", 21,
	  "KIND VA LEVEL" },
	{ "empty line", TABLES, TABLE_LINE, "\n", -EINVAL, "line", 21,
	  "KIND VA LEVEL" },
	{ "unknown kind", TABLES, TABLE_LINE, "X" TABLE_LINE, -EINVAL, "line",
	  21, "KIND VA LEVEL" },
	{ "level 4", TABLES, "3 00f8000040600707", "4 00f8000040600707",
	  -EINVAL, "line", 22, "KIND VA LEVEL" },
	{ "level -2", TABLES, "3 00f8000040600707", "-2 00f8000040600707",
	  -EINVAL, "line", 22, "KIND VA LEVEL" },
	{ "no count", TABLES, "40600707 *512", "40600707 *0", -EINVAL, "line",
	  22, "KIND VA LEVEL" },
	{ "no table above", TABLES, TABLE_LINE, "", -EINVAL, "line", 21,
	  "no table above" },
	{ "no table at all", TABLES, ROOT_LINE, "", -EINVAL, "line", 19,
	  "no table above" },
	{ "another table's entry", TABLES, "P ffffff8000600000",
	  "P ffffff8000800000", -EINVAL, "line", 22, "no table above" },
	{ "above the root", TABLES, "1 00e8000080000705", "0 00e8000080000705",
	  -EINVAL, "line", 0, "no table above" },
	{ "another half", TABLES, "B ffffff8040000000", "B 0000008040000000",
	  -EINVAL, "line", 0, "no table above" },
	{ "inside an entry", TABLES, "P ffffff8000600000", "P ffffff8000600008",
	  -EINVAL, "line", 22, "where an entry starts" },
	{ "too many", TABLES, "40600707 *512", "40600707 *513", -EINVAL, "line",
	  22, "too often" },
	{ "far too many", TABLES, "40800707 *16", "40800707 *4294967295",
	  -EINVAL, "line", 24, "too often" },
	{ "many tables", TABLES, "13fffe403", "13fffe403 *2", -EINVAL, "line",
	  21, "too often" },
	{ "a block called page", TABLES, BLOCKS_LINE,
	  "P ffffff8000000000 2 00e8000040000705 *3\n", -EINVAL, "line", 20,
	  "letter" },
	{ "a page called table", TABLES, PAGES_LINE,
	  "T ffffff8000600000 3 00f8000040600707\n", -EINVAL, "line", 22,
	  "letter" },
	{ "table outside memory", TABLES, "180000013fffe403",
	  "180000023fffe403", -EINVAL, "line", 21, "outside memory" },
};

/* Everything a user can ask of a case that reads this stage. */
static int open_and_load(const char *dir, struct vmsa_error *err)
{
	struct vmsa_case *c = NULL;
	struct vmsa_linux *l = NULL;
	int ret;

	ret = vmsa_case_open(dir, &c, err);
	if (!ret)
		ret = vmsa_case_load(c, 0, &l, err);
	if (ret)
		assert_null(l);
	vmsa_linux_destroy(l);
	vmsa_case_close(c);
	return ret;
}

static void check_refused(const struct refused_row *r)
{
	struct vmsa_error err = { 0 };
	struct copy c;
	int ret;

	copy_make(&c);
	damage(&c, r->file, r->old, r->new);
	ret = open_and_load(c.dir, &err);
	scratch_drop(c.top);
	assert_int_equal(ret, r->ret);
	if (!strstr(err.text, r->text))
		fail_msg("\"%s\" says nothing of %s", err.text, r->text);
	assert_non_null(strstr(err.file, c.top));
	if (r->unit)
		assert_string_equal(err.unit, r->unit);
	else
		assert_null(err.unit);
	if (r->offset) {
		assert_int_equal(err.offset, r->offset);
		assert_non_null(strstr(err.file, r->file));
	}
}

static void damaged_cases_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		print_message("%s\n", refused[i].name);
		check_refused(&refused[i]);
	}
}

/* A NUL would end the text before its end, and hide what follows. */
static void a_nul_in_a_text_is_refused(void **state)
{
	struct vmsa_error err = { 0 };
	struct copy c;
	char path[1024], *text;
	size_t size;

	(void)state;
	copy_make(&c);
	snprintf(path, sizeof(path), "%s/" TABLES, c.dir);
	text = zst_read(path);
	size = strlen(text);
	*strstr(text, TABLE_LINE) = '\0';
	zst_write(path, text, size);
	free(text);
	assert_int_equal(open_and_load(c.dir, &err), -EINVAL);
	assert_string_equal(err.unit, "line");
	assert_int_equal(err.offset, 21);
	scratch_drop(c.top);
}

/* A folder without stages, no folder, and a path too long to open. */
static void folders_that_are_no_cases_are_refused(void **state)
{
	struct vmsa_error err = { 0 };
	struct copy c;
	char path[1024], *longer;
	size_t n;
	char(*files)[256];

	(void)state;
	copy_make(&c);
	files = list_dir(c.dir, "", &n);
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", c.dir, files[i]);
		if (ends_with(path, ".pt.zst"))
			remove(path);
	}
	free(files);
	assert_int_equal(open_and_load(c.dir, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no stage"));
	scratch_drop(c.top);
	assert_int_equal(open_and_load(c.dir, &err), -ENOENT);
	longer = calloc(1, 5001);
	memset(longer, 'x', 5000);
	assert_int_equal(open_and_load(longer, &err), -ENAMETOOLONG);
	free(longer);
}

/* --- noticed -------------------------------------------------------------- */

static const struct noticed_row {
	const char *name, *file, *old, *new;
	uint64_t differences;
	const char *text; /* part of what is printed */
} noticed[] = {
	{ "nothing", "case.txt", "smp", "smp", 0, NULL },
	/* Two CONT bits off in one run of three blocks. */
	{ "leaves", TABLES, BLOCKS_LINE,
	  "B ffffff8000000000 2 00e8000040000705\n"
	  "B ffffff8000200000 2 00f8000040200705 *2\n",
	  2,
	  "ffffff8000200000 level 2: kernel B 00f8000040200705, ours B "
	  "00e8000040200705" },
	{ "a leaf of ours too many", TABLES, PUD_LINE,
	  "B ffffff8040000000 1 00e8000080000705 *2\n", 1,
	  "ffffff80c0000000 level 1: kernel nothing" },
	{ "leaves of theirs too many", TABLES, PUD_LINE,
	  "B ffffff8040000000 1 00e8000080000705 *5\n", 2, "ours nothing" },
	{ "PXNTable", TABLES, "2 180000013fffe403", "2 100000013fffe403", 1,
	  "kernel T 100000013fffe403" },
	{ "address of a table", TABLES, "2 180000013fffe403",
	  "2 180000013f000403", 0, NULL },
	{ "memstart_addr", TABLES, "# memstart_addr 0x40000000",
	  "# memstart_addr 0x80000000", 1, "memstart_addr: kernel 0x80000000" },
	{ "__kfence_pool", TABLES, "# __kfence_pool 0x0",
	  "# __kfence_pool 0xffffff8000000000", 1, "__kfence_pool" },
	{ "rodata_full", TABLES, "# rodata_full 0x1", "# rodata_full 0x0", 1,
	  "rodata_full" },
	{ "nG", TABLES, "# arm64_use_ng_mappings 0x0",
	  "# arm64_use_ng_mappings 0x1", 1, "arm64_use_ng_mappings" },
	{ "a call's flags", CALLS, CALL_LINE,
	  "map phys=0x40740000 va=0xffffff8000740000 size=0xce000"
	  " prot=0xe8000000000707 flags=0x5\n",
	  1, "flags=0x5" },
	{ "a call's size", CALLS, "size=0xce000", "size=0xcf000", 1,
	  "size=0xcf000" },
	{ "a call of ours too many", CALLS, CALL_LINE, "", 2, "ours  : map" },
	{ "a call of theirs too many", CALLS, CALL_LINE, CALL_LINE CALL_LINE, 2,
	  "kernel: map" },
	/* A linear map address in another kernel's fixmap. */
	{ "calls elsewhere", CALLS, CALL_LINE,
	  CALL_LINE "map phys=0x48200000 va=0xffffffffff5fe000 size=0x1000"
		    " prot=0xe8000000000703 flags=0x0\n",
	  0, NULL },
};

struct paging {
	unsigned seen;
	uint64_t differences;
};

/* Only the first stage: later ones are not damaged. */
static int first_verdict(void *arg, const struct vmsa_verdict *v)
{
	struct paging *p = arg;

	assert_string_equal(v->stage, "00-paging");
	p->seen++;
	p->differences = v->differences;
	return 7;
}

static uint64_t verify_first(const char *dir, FILE *out)
{
	struct vmsa_case *c = NULL;
	struct paging p = { 0 };
	const struct vmsa_verify how = { first_verdict, &p, out, 4 };

	assert_int_equal(vmsa_case_open(dir, &c, NULL), 0);
	assert_int_equal(vmsa_case_verify(c, &how, NULL), 7);
	assert_int_equal(p.seen, 1);
	vmsa_case_close(c);
	return p.differences;
}

static void check_noticed(const struct noticed_row *r)
{
	char *shown = NULL;
	struct copy c;
	size_t size;
	FILE *out;

	copy_make(&c);
	damage(&c, r->file, r->old, r->new);
	out = open_memstream(&shown, &size);
	assert_int_equal(verify_first(c.dir, out), r->differences);
	fclose(out);
	/* With nowhere to print to the count is the same. */
	assert_int_equal(verify_first(c.dir, NULL), r->differences);
	scratch_drop(c.top);
	if (r->text && !strstr(shown, r->text))
		fail_msg("no \"%s\" in:\n%s", r->text, shown);
	if (!r->text)
		assert_string_equal(shown, "");
	free(shown);
}

static void every_difference_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(noticed); i++) {
		print_message("%s\n", noticed[i].name);
		check_noticed(&noticed[i]);
	}
}

static const struct bad_calls_row {
	const char *name, *old, *new;
	const char *unit;
	uint64_t line;
} bad_calls[] = {
	{ "cut off", NULL, "", "byte", 0 },
	{ "no flags", "prot=0xe8000000000707 flags=0x4\nmap phys=0x4074",
	  "prot=0xe8000000000707\nmap phys=0x4074", "line", 5 },
	{ "no number", "size=0xce000", "size=many", "line", 6 },
};

/* A call that cannot be read is an error, not a difference. */
static void unreadable_calls_are_refused(void **state)
{
	(void)state;
	for (const struct bad_calls_row *r = bad_calls;
	     r < bad_calls + COUNT(bad_calls); r++) {
		struct paging p = { 0 };
		const struct vmsa_verify how = { first_verdict, &p, NULL, 0 };
		struct vmsa_error err = { 0 };
		struct vmsa_case *v = NULL;
		struct copy c;

		print_message("%s\n", r->name);
		copy_make(&c);
		damage(&c, CALLS, r->old, r->new);
		assert_int_equal(vmsa_case_open(c.dir, &v, NULL), 0);
		assert_int_equal(vmsa_case_verify(v, &how, &err), -EINVAL);
		assert_string_equal(err.unit, r->unit);
		assert_true(!r->line || err.offset == r->line);
		assert_non_null(strstr(err.file, CALLS));
		vmsa_case_close(v);
		scratch_drop(c.top);
	}
}

/* A trailing slash changes nothing about the name. */
static void a_case_goes_by_its_folders_name(void **state)
{
	struct vmsa_case *c = NULL;

	(void)state;
	assert_int_equal(vmsa_case_open(oracle("cases/" CASE "//"), &c, NULL),
			 0);
	assert_string_equal(vmsa_case_name(c), CASE);
	assert_int_equal(vmsa_case_stages(c), 4);
	assert_string_equal(vmsa_case_stage_name(c, 0), "00-paging");
	assert_string_equal(vmsa_case_stage_name(c, 3), "03-after-ptdump");
	vmsa_case_close(c);
	vmsa_case_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_cases_are_refused),
		cmocka_unit_test(a_nul_in_a_text_is_refused),
		cmocka_unit_test(folders_that_are_no_cases_are_refused),
		cmocka_unit_test(every_difference_is_noticed),
		cmocka_unit_test(unreadable_calls_are_refused),
		cmocka_unit_test(a_case_goes_by_its_folders_name),
	};

	return cmocka_run_group_tests_name("case", tests, NULL, NULL);
}
