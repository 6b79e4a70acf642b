/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario_test.c - scripts: what they do, cost and expect, and what is wrong
 * with those that make no sense
 */
#include "support/vmsa_test.h"
#include "vmsa/linux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a run showed. */
struct seen {
	unsigned steps, unmet;
	struct vmsa_linux_cost last;
	int ret;
	char why[256];
	unsigned why_line;
	unsigned stop_at; /* line at which the function says stop */
};

static int see(void *arg, const struct vmsa_scenario_step *step)
{
	struct seen *seen = arg;

	seen->steps++;
	seen->ret = step->ret;
	if (step->kind == VMSA_STEP_DO || step->kind == VMSA_STEP_SUM)
		seen->last = step->cost;
	if (!step->ok && !seen->unmet++) {
		snprintf(seen->why, sizeof(seen->why), "%s", step->why);
		seen->why_line = step->line;
	}
	return step->line == seen->stop_at ? 77 : 0;
}

static int run(const char *text, struct seen *seen, struct vmsa_error *err)
{
	struct vmsa_scenario *s = NULL;
	int ret;

	ret = vmsa_scenario_parse(text, "script", &s, err);
	if (ret) {
		assert_null(s);
		return ret;
	}
	ret = vmsa_scenario_run(s, see, seen, err);
	vmsa_scenario_destroy(s);
	return ret;
}

/* A script whose every expectation is so. */
static void holds(const char *text)
{
	struct seen seen = { 0 };
	struct vmsa_error err = { .text = "" };
	const int ret = run(text, &seen, &err);

	if (ret)
		fail_msg("%d: %s %s, line %u", ret, err.text, seen.why,
			 seen.why_line);
}

/* --- what scripts can say ------------------------------------------------ */

static const char tv10[] =
	"# TV-10 of docs/linear-map.md, by words\n"
	"image 0x40200000 stext=64K start-rodata=16M swapper-pg-dir=0x2340000"
	" init-begin=0x2350000 init-end=0x2800000 bss-stop=0x3030000"
	" end=0x3040000\n"
	"boot\n"
	"expect tables pud=1 pmd=1 pte=2\n"
	"set_direct_map_invalid pa:0x80345000\n"
	"expect cost ds=3 is=1 di=0 tl=0 tables=2 fills=1024\n"
	"expect at 0xffff000040345000 desc=0x00e8000080345f06 level=pte\n"
	"expect at lm+0x40346000 desc=0x00e8000080346707\n"
	"expect leaves pud=2 cont-pmd=976 invalid-pmd=4 invalid-pte=49\n"
	"expect absent pa:0x80345000\n"
	"set_direct_map_default pa:0x80345000\n"
	"expect cost ds=1 is=1\n"
	"expect present pa:0x80345000\n";

static void script_runs_a_vector(void **state)
{
	(void)state;
	holds(tv10);
}

static const char tv22[] =
	"image 0x40200000 stext=64K start-rodata=16M swapper-pg-dir=0x2340000"
	" init-begin=0x2350000 init-end=0x2800000 bss-stop=0x3030000"
	" end=0x3040000\n"
	"boot\n"
	"module alloc m text=5 data=2 rodata=3 ro_after_init=1 init_text=1"
	" init_rodata=1 at=0x90100000\n"
	"sum the areas\n"
	"module protect m\n"
	"expect cost ds=43 is=41 tl=33 di=20\n"
	"module init-done m\n"
	"expect cost ds=4 is=4 tl=2 di=2\n"
	"module free-init m\n"
	"expect cost ds=4 is=4 tl=2 di=2\n"
	"sum the rest\n"
	"expect cost ds=51 is=49 tl=37 di=24\n"
	"expect at alias:m.text desc=0x00e0000090100787\n"
	"expect at m.data desc=0x00e8000090105703\n"
	"expect at alias:m.rodata[1] desc=0x00e0000090108787\n"
	"module unload m\n";

static void script_loads_a_module(void **state)
{
	(void)state;
	holds(tv22);
}

static void script_speaks_of_everything(void **state)
{
	(void)state;
	holds("memory 0x40000000+2G\nmemory 0x100000000+1G\n"
	      "nomap 0x7ff00000+1M\nreserved 0x50000000+1M\n"
	      "cpu bbm=3 tlb-range count=2\n"
	      "kernel v7.3 page=4K va-bits=48 kfence-objects=63\n"
	      "bootargs rodata=on quiet\n"
	      "kaslr-seed 7\n"
	      "mapping linux\n"
	      "boot map\nboot allocator\nboot cpus\nboot text\nboot user\n"
	      "cpu online bbm=3\n"
	      "cpu online bbm=1\nexpect error EPERM\n"
	      "split lm+0x10000 lm+0x20000\nsplit lm+0x5000\n"
	      "split-pages lm+0x200000 512\nflush lm 16\n"
	      "vmalloc v pages=4\nset_memory_ro v 4\nset_memory_rw v+0x1000\n"
	      "set_memory_nx v 4\nset_memory_x v 4\nset_memory_rox v[1] 2\n"
	      "vfree v\nvm_unmap_aliases\n"
	      "vmalloc h pages=512 huge\nset_memory_ro h\n"
	      "expect error EINVAL\n"
	      "vmap w pages=2 at=0x100000000 stride=1M prot=ro\n"
	      "ioremap io pages=1 at=0x9000000\nexpect at io level=pte\n"
	      "vfree io\nvfree w\n"
	      "bpf load p size=3K\nbpf retarget p\nbpf unload p\n"
	      "bpf interpreter i pages=2\nbpf trampoline t\nkprobe k\n"
	      "vfree i\nvfree t\nvfree k\n"
	      "nodes 2\nbpf load q size=64\nexpect at alias:q[1023] level=pte\n"
	      "secretmem map s pages=3\nexpect absent s[2]\n"
	      "snapshot s\nsecretmem unmap s\n"
	      "guest_memfd take pa:0x100200000 512\n"
	      "guest_memfd give pa:0x100200000 512\n"
	      "kfence init\nkfence protect lm+0x60000000\n"
	      "kfence unprotect lm+0x60000000\n"
	      "debug_pagealloc free lm 1\ndebug_pagealloc alloc lm 1\n"
	      "hibernate prepare\nhibernate post\n"
	      "set_memory_invalid lm+0x3000\nset_memory_valid lm+0x3000\n"
	      "set_direct_map_valid lm+0x3000 1 off\n"
	      "set_direct_map_valid lm+0x3000 1 on\n"
	      "vmemmap\n"
	      "hotplug add 0x200000000+128M\nhotplug remove 0x200000000+128M\n"
	      "realm ns-bit=40\nset_memory_decrypted lm+0x4000 2\n"
	      "fail rsi 1\nset_memory_encrypted lm+0x4000 2\n"
	      "expect error EIO\n"
	      "fail table 1\nset_direct_map_invalid pa:0x120000000\n"
	      "expect error ENOMEM\n"
	      "fail page 1\nvmalloc x\nexpect error ENOMEM\n"
	      "note and again, before 6.16\n"
	      "reset\nbarriers eager\nboot\n");
}

/* Deferring barriers is what it is worth: one per store otherwise. */
static void barriers_may_be_eager(void **state)
{
	(void)state;
	/* A table is filled and linked, a group of 16 loses CONT. */
	holds("boot\nsplit lm+0x1000\nexpect cost stores=17 ds=2 is=1\n"
	      "reset\nbarriers eager\nboot\nsplit lm+0x1000\n"
	      "expect cost stores=17 ds=18 is=17\n");
}

/* What a permission change has split, a collapse folds again. */
static void split_map_may_be_collapsed(void **state)
{
	(void)state;
	holds("boot\nset_direct_map_invalid pa:0x90000000\n"
	      "expect leaves pud=2\n"
	      "set_direct_map_default pa:0x90000000\n"
	      "collapse pa:0x90000000 1\n"
	      "expect leaves pud=3\nexpect cost freed=2\n"
	      "collapse\nexpect cost stores=0\n"
	      "collapse bbm=0\nexpect error EOPNOTSUPP\n"
	      "collapse 0xffff800080000000\nexpect error ERANGE\n");
}

/* What a kernel is configured with shows in what its callers do. */
static void kernels_differ_as_configured(void **state)
{
	(void)state;
	/* debug_pagealloc: a map of pages, each range in one call. */
	holds("kernel v7.3 debug-pagealloc\nbootargs debug_pagealloc=on\nboot\n"
	      "debug_pagealloc free pa:0x90000000 4\n"
	      "expect cost stores=4 tl=4 ds=1 di=1 is=1\n"
	      "expect absent pa:0x90003000\n"
	      "debug_pagealloc alloc pa:0x90000000 4\n"
	      "expect cost stores=4 tl=0 ds=1 is=1\n"
	      "expect leaves pud=0 cont-pte=0\n");
	/* An early KFENCE pool is pages from the start: guards only. */
	holds("kernel v7.3 kfence-interval=100\nboot\nkfence init\n"
	      "expect cost stores=257 tables=0 tl=257 ds=257 di=257 is=257\n"
	      "kfence init\nexpect error EEXIST\n"
	      "reset\nkernel v7.3 no-kfence\nboot\nkfence init\n"
	      "expect error EOPNOTSUPP\n");
	/* Kernel BTI: executable code is guarded, GP is bit 50. */
	holds("kernel v7.3 bti\nboot\nvmalloc v at=0x90000000\n"
	      "set_memory_x v\n"
	      "expect at v desc=0x00cc000090000703\n"
	      "set_memory_nx v\n"
	      "expect at v desc=0x00e8000090000703\n");
}

/* --- expectations that are not so ---------------------------------------- */

static const struct unmet_row {
	const char *text, *why;
	unsigned line;
} unmet_rows[] = {
	{ "boot\nexpect tables pud=9\n", "pud is 1, not 9", 2 },
	{ "boot\nexpect at lm level=pud\n", "the walk ends at level pmd", 2 },
	{ "boot\nexpect absent lm\n", "0xffff000000000000 is present", 2 },
	{ "boot\nsplit lm+1\n", "it failed: Invalid argument", 2 },
	{ "boot\nsplit lm+1\nexpect error EBUSY\n",
	  "the step before gave EINVAL, not EBUSY", 3 },
	{ "boot\nsplit lm\nexpect error EINVAL\n",
	  "the step before gave no error, not EINVAL", 3 },
	{ "boot\nsplit lm\nexpect cost stores=3\n", "stores is 17, not 3", 3 },
};

static void unmet_expectations_are_told(void **state)
{
	(void)state;
	for (const struct unmet_row *r = unmet_rows;
	     r < unmet_rows + COUNT(unmet_rows); r++) {
		struct seen seen = { 0 };

		print_message("%s\n", r->why);
		assert_int_equal(run(r->text, &seen, NULL), 1);
		assert_int_equal(seen.unmet, 1);
		assert_string_equal(seen.why, r->why);
		assert_int_equal(seen.why_line, r->line);
	}
}

/* --- scripts that make no sense ------------------------------------------ */

static const struct wrong_row {
	const char *text, *why;
	unsigned line;
} wrong_rows[] = {
	/* Found before anything runs. */
	{ "boot\n\nfrobnicate it\n", "there is no statement 'frobnicate it'",
	  3 },
	{ "module explode m\n", "there is no statement 'module explode'", 1 },
	{ "split\n", "split needs more after it", 1 },
	{ "split lm lm lm\n", "split does not take 'lm'", 1 },
	{ "vmalloc v pages=4 pages=5\n", "pages is given twice", 1 },
	{ "vmalloc v pages\n", "vmalloc does not take 'pages'", 1 },
	{ "vmalloc v pages=\n", "pages takes a value: pages=...", 1 },
	{ "vmalloc v pages=x\n", "x is not a number", 1 },
	{ "vmalloc v huge=1\n", "huge takes no value", 1 },
	{ "vmalloc v color=red\n", "vmalloc takes no color=", 1 },
	{ "vmalloc 5\n", "'5' is not a name", 1 },
	{ "memory 1G\n", "'1G' is not a range, START+SIZE", 1 },
	{ "memory 1G+0\n", "'1G+0' is not a range, START+SIZE", 1 },
	{ "memory 0xffffffffffffffff+2\n",
	  "'0xffffffffffffffff+2' is not a range, START+SIZE", 1 },
	{ "kaslr-seed 99999999999999999999\n",
	  "'99999999999999999999' is not a number", 1 },
	{ "kaslr-seed 99999999999999T\n", "'99999999999999T' is not a number",
	  1 },
	{ "split [3]\n", "'[3]' is not an address", 1 },
	{ "split v[3\n", "'v[3' is not an address", 1 },
	{ "split pa:x\n", "'pa:x' is not an address", 1 },
	{ "split lm+\n", "'lm+' is not an address", 1 },
	{ "machine\n", "machine needs something after it", 1 },
	/* Found where they stand. */
	{ "split lm\n", "split makes no sense before boot", 1 },
	{ "boot\nmemory 0+1G\n",
	  "memory belongs before boot; reset starts again", 2 },
	{ "boot\nboot map\n", "that is behind us; reset starts again", 2 },
	{ "boot half\n",
	  "boot goes as far as map, allocator, cpus, text or user, not "
	  "'half'",
	  1 },
	{ "kernel v9\n", "there is no kernel version 'v9'", 1 },
	{ "kernel v7.3 page=5\n", "a page has 4K, 16K or 64K", 1 },
	{ "kernel v7.3 va-bits=40\nboot\n",
	  "there is no kernel of that page size and 40 address bits", 2 },
	{ "image 0x40200000 stext=1\n",
	  "an image is described by all of its offsets or by none", 1 },
	{ "image 0x100000\nboot\n",
	  "it does not boot: the kernel image 0x100000-0x3340000 is not in "
	  "memory",
	  2 },
	{ "boot\nvfree v\n", "nothing has the name 'v'", 2 },
	{ "boot\nvmalloc v\nvmalloc v\n", "there is a 'v' already", 3 },
	{ "boot\nvmalloc v\nbpf unload v\n", "'v' is not a BPF program", 3 },
	{ "boot\nsplit v\n", "nothing has the name 'v'", 2 },
	{ "boot\nsplit 0x1000\n", "0x1000 is not an address of the kernel", 2 },
	{ "boot\nvmalloc v\nsplit alias:v[1]\n", "v has only 1 pages", 3 },
	{ "boot\nmodule load m text=1\nsplit m.bss\n",
	  "a module has no section 'bss'", 3 },
	{ "boot\nmodule load m text=1\nsplit m.data\n", "'m.data' has no area",
	  3 },
	{ "boot\nflush lm 0x8000000000000000\n",
	  "9223372036854775808 pages reach beyond the last address", 2 },
	{ "boot\nexpect error EWHAT\n", "there is no error 'EWHAT'", 2 },
	{ "boot\nexpect tables\n", "expect tables of what?", 2 },
	{ "boot\nexpect at lm\n", "what should be there: desc= or level=", 2 },
	{ "boot\nsplit lm+0x2000 lm\n", "the end lies before the start", 2 },
	{ "boot\nbarriers lazy\n", "barriers are deferred or eager, not 'lazy'",
	  2 },
	{ "boot\nfail disk 1\n", "a table, a page or rsi can fail, not 'disk'",
	  2 },
	{ "boot\nnodes 0\n", "there are 1 to 1024 nodes", 2 },
	{ "boot\nvmap v pages=2\n", "vmap needs at=", 2 },
	{ "boot\nvmalloc v prot=pink\n",
	  "prot is rw, ro, rox, rwx, nc or device, not 'pink'", 2 },
	{ "cpu count=100\n", "there can be 64 CPUs at most", 1 },
	{ "machine nowhere.dtb\nboot\n",
	  "machine nowhere.dtb: No such file or directory", 2 },
	{ "mapping tiny\n", "there is no mapping 'tiny'", 1 },
	{ "boot\nset_direct_map_valid lm 1 maybe\n",
	  "it is on or off, not 'maybe'", 2 },
};

static void wrong_lines_are_told_with_their_number(void **state)
{
	(void)state;
	for (const struct wrong_row *r = wrong_rows;
	     r < wrong_rows + COUNT(wrong_rows); r++) {
		struct seen seen = { 0 };
		struct vmsa_error err = { .text = "" };

		print_message("%s\n", r->why);
		assert_int_equal(run(r->text, &seen, &err), -EINVAL);
		assert_string_equal(err.text, r->why);
		assert_string_equal(err.file, "script");
		assert_string_equal(err.unit, "line");
		assert_u64_equal(err.offset, r->line);
	}
}

/* The caller's function stops a run with its own value. */
static void caller_may_stop_the_run(void **state)
{
	struct seen seen = { .stop_at = 2 };

	(void)state;
	assert_int_equal(run("boot\nsplit lm\nsplit lm\n", &seen, NULL), 77);
	assert_int_equal(seen.steps, 2);
}

/* The counters of a run start with its boot, also after a reset. */
static void sum_starts_with_the_boot(void **state)
{
	struct seen a = { 0 }, b = { 0 };

	(void)state;
	assert_int_equal(run("boot\nsum\n", &a, NULL), 0);
	assert_int_equal(run("boot\nsplit lm+4K\nreset\nboot\nsum\n", &b, NULL),
			 0);
	assert_memory_equal(&a.last, &b.last, sizeof(a.last));
	assert_true(a.last.did.stores > 500);
}

/* Files are read like text; one that is not there says so. */
static void script_may_be_a_file(void **state)
{
	char path[] = "/tmp/scenario-XXXXXX";
	const int fd = mkstemp(path);
	struct vmsa_scenario *s = NULL;
	struct vmsa_error err = { .text = "" };
	FILE *f = fdopen(fd, "w");

	(void)state;
	assert_non_null(f);
	for (int i = 0; i < 2000; i++)
		fputs("# a long file\n", f);
	fputs("boot\r\nsplit lm+4K # and no newline", f);
	fclose(f);
	assert_int_equal(vmsa_scenario_read(path, &s, &err), 0);
	assert_string_equal(vmsa_scenario_name(s), path);
	assert_int_equal(vmsa_scenario_run(s, see, &(struct seen){ 0 }, NULL),
			 0);
	vmsa_scenario_destroy(s);
	remove(path);
	assert_int_equal(vmsa_scenario_read(path, &s, &err), -ENOENT);
	assert_string_equal(err.text, "No such file or directory");
	vmsa_scenario_destroy(NULL);
}

/* What a string would not hold is refused, not left out unseen. */
static void file_that_is_no_text_is_refused(void **state)
{
	char path[] = "/tmp/scenario-XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	struct vmsa_scenario *s = NULL;
	struct vmsa_error err = { .text = "" };

	(void)state;
	assert_non_null(f);
	fputs("boot\nsplit lm+4K\nsum ", f);
	fputc('\0', f);
	fputs("\nsplit nonsense\n", f);
	fclose(f);
	assert_int_equal(vmsa_scenario_read(path, &s, &err), -EINVAL);
	assert_string_equal(err.unit, "line");
	assert_int_equal(err.offset, 3);
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 1 << 20; i++)
		fputs("# sixteen bytes\n", f);
	fputs("boot\n", f);
	fclose(f);
	assert_int_equal(vmsa_scenario_read(path, &s, &err), -EFBIG);
	assert_null(s);
	remove(path);
}

/* Broken text is refused or runs; it never reads what it should not. */
static void mangled_scripts_do_no_harm(void **state)
{
	uint64_t seed = 20250101;
	char text[sizeof(tv22)];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct seen seen = { 0 };

		memcpy(text, tv22, sizeof(text));
		for (int j = 0; j < 3; j++) {
			const uint64_t at =
				test_rand(&seed) % (sizeof(text) - 1);

			text[at] = " \n=+[]:.#0xaZ5-"[test_rand(&seed) % 15];
		}
		run(text, &seen, NULL);
	}
}

/* What a script says can be asked before it runs. */
static void a_script_is_looked_at_without_running(void **state)
{
	static const struct {
		enum vmsa_scenario_kind kind;
		unsigned line;
		uint64_t marked;
		const char *text;
	} rows[] = {
		{ VMSA_STEP_DO, 1, 0, "boot" },
		{ VMSA_STEP_EXPLORE, 3, 1, "explore" },
		{ VMSA_STEP_EXPLORE, 4, 7, "explore 7" },
		{ VMSA_STEP_DO, 5, 0, "split lm" },
	};
	struct vmsa_scenario *s;

	(void)state;
	assert_int_equal(vmsa_scenario_parse("boot\n\nexplore # one\n"
					     "explore 7\nsplit lm\n",
					     "script", &s, NULL),
			 0);
	assert_int_equal(vmsa_scenario_count(s), COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmsa_scenario_step step;

		vmsa_scenario_look(s, i, &step);
		assert_int_equal(step.kind, rows[i].kind);
		assert_int_equal(step.line, rows[i].line);
		assert_int_equal(step.marked, rows[i].marked);
		assert_string_equal(step.text, rows[i].text);
	}
	vmsa_scenario_destroy(s);
}

static int see_level(void *arg, const struct vmsa_scenario_step *step)
{
	unsigned *level = arg;

	level[step->line - 1] = step->bbm_level;
	return 0;
}

/* The lowest CPU counts, also one that came late; reset forgets them. */
static void a_step_knows_the_lowest_bbm_level(void **state)
{
	static const char text[] = "cpu bbm=3\ncpu bbm=1\nboot\n"
				   "cpu online bbm=0\nreset\ncpu bbm=2\nboot\n";
	static const unsigned expected[] = { 3, 3, 1, 0, 3, 3, 2 };
	unsigned level[COUNT(expected)] = { 0 };
	struct vmsa_scenario *s;

	(void)state;
	assert_int_equal(vmsa_scenario_parse(text, "script", &s, NULL), 0);
	assert_int_equal(vmsa_scenario_run(s, see_level, level, NULL), 0);
	for (size_t i = 0; i < COUNT(expected); i++)
		assert_int_equal(level[i], expected[i]);
	vmsa_scenario_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(script_runs_a_vector),
		cmocka_unit_test(script_loads_a_module),
		cmocka_unit_test(script_speaks_of_everything),
		cmocka_unit_test(barriers_may_be_eager),
		cmocka_unit_test(split_map_may_be_collapsed),
		cmocka_unit_test(kernels_differ_as_configured),
		cmocka_unit_test(unmet_expectations_are_told),
		cmocka_unit_test(wrong_lines_are_told_with_their_number),
		cmocka_unit_test(caller_may_stop_the_run),
		cmocka_unit_test(sum_starts_with_the_boot),
		cmocka_unit_test(a_script_is_looked_at_without_running),
		cmocka_unit_test(a_step_knows_the_lowest_bbm_level),
		cmocka_unit_test(script_may_be_a_file),
		cmocka_unit_test(file_that_is_no_text_is_refused),
		cmocka_unit_test(mangled_scripts_do_no_harm),
	};

	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
