/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy_test.c - boot arguments, CPUs, and what follows from them
 *
 * Tables are those of docs/linear-map.md, sections 6.1 and 7.
 */
#include "linux/linux_test.h"

#include <stdio.h>
#include <string.h>

#include "linux/boot/boot.h"

#define V612 VMSA_LINUX_V6_12
#define V2   VMSA_LINUX_V2
#define V618 VMSA_LINUX_V6_18
#define V73  VMSA_LINUX_V7_3

static struct vmsa_linux_kernel kernel(enum vmsa_linux_version version)
{
	struct vmsa_linux_kernel k;

	assert_int_equal(vmsa_linux_kernel_default(version, 12, 48, &k), 0);
	return k;
}

/* --- the decision table (7.2) --------------------------------------------- */

enum answer {
	NO,
	YES
};

static const struct decision_row {
	enum answer debug_pagealloc, bbm, full, kfence_late; /* asked */
	struct {
		enum answer force_pte, can_set, requires_bbm;
	} said[VMSA_LINUX_NR_VERSIONS]; /* 6.12, v2, 6.18, 7.3 */
} decisions[] = {
	/* Debugged: pages in every kernel. */
	{ YES,
	  NO,
	  NO,
	  NO,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ YES,
	  NO,
	  NO,
	  YES,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ YES,
	  NO,
	  YES,
	  NO,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ YES,
	  NO,
	  YES,
	  YES,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ YES,
	  YES,
	  NO,
	  NO,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ YES,
	  YES,
	  NO,
	  YES,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ YES,
	  YES,
	  YES,
	  NO,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ YES,
	  YES,
	  YES,
	  YES,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	/* 6.12 does not ask the CPU; v2 does, but not for a late pool. */
	{ NO,
	  YES,
	  YES,
	  NO,
	  { { 1, 1, 0 }, { 0, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 } } },
	{ NO,
	  YES,
	  YES,
	  YES,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 0, 1, 1 }, { 0, 1, 1 } } },
	{ NO,
	  YES,
	  NO,
	  YES,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 0, 1, 1 }, { 0, 1, 1 } } },
	{ NO,
	  YES,
	  NO,
	  NO,
	  { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } } },
	{ NO,
	  NO,
	  YES,
	  NO,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ NO,
	  NO,
	  YES,
	  YES,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ NO,
	  NO,
	  NO,
	  YES,
	  { { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 }, { 1, 1, 0 } } },
	{ NO,
	  NO,
	  NO,
	  NO,
	  { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } } },
};

static void decide(const struct decision_row *r, enum vmsa_linux_version v)
{
	const bool old = v == V612 || v == V2;
	struct test_boot b = { .machine.banks = { { 0x40000000, GIB } },
			       .kernel = kernel(v) };
	char args[200];
	const struct vmsa_linux_policy *p;
	struct vmsa_linux *l;

	snprintf(args, sizeof(args), "%s rodata=%s kfence.sample_interval=%d",
		 r->debug_pagealloc ? "debug_pagealloc=on" : "",
		 old ? (r->full ? "full" : "on") : (r->full ? "on" : "noalias"),
		 r->kfence_late ? 0 : 100);
	b.machine.bootargs = args;
	b.machine.cpu.midr = r->bbm ? 0xc00fac30 : 0x411fd0c0;
	b.kernel.debug_pagealloc = true;
	l = boot_create(&b);
	p = vmsa_linux_policy(l);
	assert_int_equal(p->debug_pagealloc, r->debug_pagealloc);
	assert_int_equal(p->rodata_full, r->full);
	assert_int_equal(p->kfence_early, !r->kfence_late);
	assert_int_equal(p->boot_cpu_bbm, r->bbm && v != V612);
	assert_int_equal(p->force_pte, r->said[v].force_pte);
	assert_int_equal(p->can_set_direct_map, r->said[v].can_set);
	assert_int_equal(p->requires_bbm, r->said[v].requires_bbm);
	vmsa_linux_destroy(l);
}

static void each_kernel_decides_by_its_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(decisions); i++) {
		for (int v = 0; v < VMSA_LINUX_NR_VERSIONS; v++) {
			print_message("row %zu, %s\n", i,
				      vmsa_linux_version_name(v));
			decide(&decisions[i], v);
		}
	}
}

/* What is not built in cannot be switched on. */
static void a_feature_not_built_changes_nothing(void **state)
{
	struct test_boot b = { .machine.banks = { { 0x40000000, GIB } },
			       .machine.bootargs =
				       "debug_pagealloc=on rodata=noalias "
				       "kfence.sample_interval=100",
			       .kernel = kernel(V73) };
	struct vmsa_linux *l;

	(void)state;
	b.kernel.kfence = false;
	l = boot_create(&b);
	assert_false(vmsa_linux_policy(l)->debug_pagealloc);
	assert_false(vmsa_linux_policy(l)->kfence_early);
	assert_false(vmsa_linux_policy(l)->force_pte);
	assert_false(vmsa_linux_policy(l)->can_set_direct_map);
	vmsa_linux_destroy(l);
}

static const struct ng_row {
	const char *name, *bootargs;
	uint64_t seed;
	bool e0pd, ng;
} ngs[] = {
	{ "no seed", "", 0, false, false },
	{ "seed", "", 7, false, true },
	{ "seed, E0PD", "", 7, true, false },
	{ "seed, nokaslr", "nokaslr", 7, false, false },
	{ "seed, nokaslr for init", "-- nokaslr", 7, false, true },
};

/* nG from the start: KASLR without E0PD. */
static void kaslr_without_e0pd_makes_the_map_not_global(void **state)
{
	(void)state;
	for (const struct ng_row *r = ngs; r < ngs + COUNT(ngs); r++) {
		struct test_boot b = { .machine.banks = { { 0x40000000, GIB } },
				       .machine.bootargs = r->bootargs,
				       .machine.kaslr_seed = r->seed,
				       .machine.cpu.e0pd = r->e0pd,
				       .kernel = kernel(V73) };
		struct vmsa_linux *l = boot_map(&b);
		const struct tables t = tables_of(l);

		print_message("%s\n", r->name);
		assert_int_equal(vmsa_linux_policy(l)->use_ng, r->ng);
		assert_u64_equal(tables_at(&t, 0xffff000000000000, 3),
				 r->ng ? 0x00e8000040000f07
				       : 0x00e8000040000707);
		vmsa_linux_destroy(l);
	}
}

/* --- rodata= (7.1) -------------------------------------------------------- */

static const struct rodata_row {
	const char *args;
	/* enabled, full: "1" and "0"; old: 6.12, v2; new: 6.18, 7.3 */
	bool old_enabled, old_full, new_enabled, new_full;
} rodata[] = {
	{ "", 1, 1, 1, 1 },
	{ "rodata=on", 1, 0, 1, 1 },
	{ "rodata=full", 1, 1, 1, 1 },
	{ "rodata=noalias", 1, 1, 1, 0 },
	{ "rodata=off", 0, 0, 0, 0 },
	{ "rodata=0", 1, 1, 1, 1 },
	{ "rodata", 1, 1, 1, 1 },
	{ "rodata=ON", 1, 1, 1, 1 },
	{ "rodata=off rodata=on", 1, 0, 1, 1 },
	{ "rodata=on rodata=nonsense", 1, 0, 1, 1 },
	{ "rodata=off rodata=full", 1, 1, 0, 0 },
	{ "rodata=off rodata=noalias", 0, 0, 1, 0 },
	{ "xrodata=off rodatax=off", 1, 1, 1, 1 },
};

static void rodata_words_mean_what_each_kernel_knows(void **state)
{
	(void)state;
	for (const struct rodata_row *r = rodata; r < rodata + COUNT(rodata);
	     r++) {
		for (int v = 0; v < VMSA_LINUX_NR_VERSIONS; v++) {
			const bool old = v == V612 || v == V2;
			const struct vmsa_linux_kernel k = kernel(v);
			struct boot_args args;

			print_message("%s: \"%s\"\n",
				      vmsa_linux_version_name(v), r->args);
			vmsa_linux_parse_args(&k, r->args, &args);
			assert_int_equal(args.rodata_enabled,
					 old ? r->old_enabled : r->new_enabled);
			assert_int_equal(args.rodata_full,
					 old ? r->old_full : r->new_full);
		}
	}
}

/* A 6.12 built without "full by default". */
static void the_build_decides_for_old_kernels(void **state)
{
	struct vmsa_linux_kernel k = kernel(V612);
	struct boot_args args;

	(void)state;
	k.rodata_full_default = false;
	vmsa_linux_parse_args(&k, "", &args);
	assert_true(args.rodata_enabled);
	assert_false(args.rodata_full);
	k.version = V73;
	vmsa_linux_parse_args(&k, "", &args);
	assert_true(args.rodata_full);
}

/* --- the command line ----------------------------------------------------- */

/* What a row looks at; the rest keeps its default. */
enum field {
	MEM,
	INTERVAL,
	DEBUG,
	NOKASLR
};

#define NONE UINT64_MAX /* no kfence.sample_interval was given */

static const struct args_row {
	const char *args;
	enum field field;
	uint64_t value;
} lines[] = {
	{ "", MEM, 0 },
	{ "mem=4096", MEM, 4096 },
	{ "mem=4095", MEM, 0 },
	{ "mem=0x100000", MEM, 0x100000 },
	{ "mem=0200000", MEM, 0x10000 },
	{ "mem=64k", MEM, 64 * KIB },
	{ "mem=64K", MEM, 64 * KIB },
	{ "mem=5000K", MEM, 5000 * KIB },
	{ "mem=5001K", MEM, 5000 * KIB },
	{ "mem=3M", MEM, 3 * MIB },
	{ "mem=3m", MEM, 3 * MIB },
	{ "mem=2G", MEM, 2 * GIB },
	{ "mem=2g", MEM, 2 * GIB },
	{ "mem=1T", MEM, 1024 * GIB },
	{ "mem=1p", MEM, 1024 * 1024 * GIB },
	{ "mem=1E", MEM, UINT64_C(1) << 60 },
	{ "mem=1G@0x80000000", MEM, GIB },
	{ "mem=1G mem=2G", MEM, 2 * GIB },
	{ "mem=\"1G\"", MEM, GIB },
	{ "\"mem=1G\"", MEM, GIB },
	{ "  \t mem=1G\n", MEM, GIB },
	{ "foo=\"a mem=1G\" bar", MEM, 0 },
	{ "foo=\"a b\" mem=1G", MEM, GIB },
	{ "foo=a\"b c\"d mem=1G", MEM, GIB },
	{ "foo=\"unclosed mem=1G", MEM, 0 },
	{ "mem=1G -- mem=2G", MEM, GIB },
	{ "mem=1G --x mem=2G", MEM, 2 * GIB },
	{ "-- mem=2G", MEM, 0 },
	{ "mem=1G=2G", MEM, GIB },
	{ "memtest=1G amem=1G", MEM, 0 },
	{ "a_word_far_longer_than_anything_the_library_keeps_room_for_in_a_name"
	  "=and_a_value_that_is_longer_still_and_then_some_more mem=1G",
	  MEM, GIB },
	{ "kfence.sample_interval=100", INTERVAL, 100 },
	{ "kfence.sample_interval=0", INTERVAL, 0 },
	{ "kfence.sample_interval=0x10", INTERVAL, 16 },
	{ "kfence.sample_interval=010", INTERVAL, 8 },
	{ "kfence.sample-interval=5", INTERVAL, 5 },
	{ "kfence.sample_interval=", INTERVAL, NONE },
	{ "kfence.sample_interval", INTERVAL, NONE },
	{ "kfence.sample_interval=ten", INTERVAL, NONE },
	{ "kfence.sample_interval=10x", INTERVAL, NONE },
	{ "kfence.sample_interval=-1", INTERVAL, NONE },
	{ "kfence.sample_interval=99999999999999999999999", INTERVAL, NONE },
	{ "kfence.sample_interval=7 kfence.sample_interval=x", INTERVAL, 7 },
	{ "kfence.sample_interval=7 kfence.sample_interval=0", INTERVAL, 0 },
	{ "kfence.other=7", INTERVAL, NONE },
	{ "debug_pagealloc=on", DEBUG, 1 },
	{ "debug-pagealloc=on", DEBUG, 1 },
	{ "debug_pagealloc=1", DEBUG, 1 },
	{ "debug_pagealloc=y", DEBUG, 1 },
	{ "debug_pagealloc=Yes", DEBUG, 1 },
	{ "debug_pagealloc=true", DEBUG, 1 },
	{ "debug_pagealloc=oN", DEBUG, 1 },
	{ "debug_pagealloc=off", DEBUG, 0 },
	{ "debug_pagealloc=on debug_pagealloc=OFF", DEBUG, 0 },
	{ "debug_pagealloc=on debug_pagealloc=0", DEBUG, 0 },
	{ "debug_pagealloc=on debug_pagealloc=n", DEBUG, 0 },
	{ "debug_pagealloc=on debug_pagealloc=odd", DEBUG, 1 },
	{ "debug_pagealloc=on debug_pagealloc=o", DEBUG, 1 },
	{ "debug_pagealloc=on debug_pagealloc=", DEBUG, 1 },
	{ "debug_pagealloc", DEBUG, 0 },
	{ "nokaslr", NOKASLR, 1 },
	{ "nokaslr=no", NOKASLR, 1 },
	{ "kaslr", NOKASLR, 0 },
};

static uint64_t value_of(const struct boot_args *a, enum field field)
{
	switch (field) {
	case MEM:
		return a->mem;
	case INTERVAL:
		return a->has_interval ? a->kfence_interval : NONE;
	case DEBUG:
		return a->debug_pagealloc;
	case NOKASLR:
	default:
		return a->nokaslr;
	}
}

static void command_lines_are_read_as_the_kernel_reads_them(void **state)
{
	const struct vmsa_linux_kernel k = kernel(V73);

	(void)state;
	for (const struct args_row *r = lines; r < lines + COUNT(lines); r++) {
		struct boot_args args;

		print_message("\"%s\"\n", r->args);
		vmsa_linux_parse_args(&k, r->args, &args);
		assert_u64_equal(value_of(&args, r->field), r->value);
	}
}

/* --- CPUs (6.1) ----------------------------------------------------------- */

static const struct cpu_row {
	const char *name;
	uint32_t midr;
	bool v618, v73;
} cpus[] = {
	{ "Cortex-X4 r0p2", 0x410fd822, 0, 0 },
	{ "Cortex-X4 r0p3", 0x410fd823, 1, 1 },
	{ "Cortex-X4 r0p15", 0x410fd82f, 1, 1 },
	{ "Cortex-X4 r1p0", 0x411fd820, 0, 0 },
	{ "Cortex-X4 r1p3", 0x411fd823, 0, 0 },
	{ "Neoverse V3 r0p1", 0x410fd841, 0, 0 },
	{ "Neoverse V3 r0p2", 0x410fd842, 1, 1 },
	{ "Neoverse V3 r0p15", 0x410fd84f, 1, 1 },
	{ "Neoverse V3 r1p0", 0x411fd840, 0, 0 },
	{ "Neoverse V3 r2p0", 0x412fd840, 0, 0 },
	{ "Neoverse V3AE r0p1", 0x410fd831, 0, 0 },
	{ "Neoverse V3AE r0p2", 0x410fd832, 1, 1 },
	{ "Neoverse V3AE r1p2", 0x411fd832, 0, 0 },
	{ "AmpereOne", 0xc00fac30, 1, 1 },
	{ "AmpereOne, last revision", 0xc0ffac3f, 1, 1 },
	{ "AmpereOneX", 0xc00fac40, 1, 1 },
	{ "after AmpereOneX", 0xc00fac50, 0, 0 },
	{ "NVIDIA Olympus", 0x4e0f0100, 0, 1 },
	{ "NVIDIA Olympus, last revision", 0x4eff010f, 0, 1 },
	{ "Cortex-A520AE", 0x410fd880, 0, 1 },
	{ "Cortex-A715", 0x410fd4d0, 0, 1 },
	{ "Cortex-A720AE", 0x410fd890, 0, 1 },
	{ "Cortex-A725", 0x410fd870, 0, 1 },
	{ "Neoverse N3", 0x410fd8e0, 0, 1 },
	{ "C1-Nano", 0x410fd8a0, 0, 1 },
	{ "C1-Pro", 0x410fd8b0, 0, 1 },
	{ "C1-Ultra r1p0", 0x411fd8c0, 0, 0 },
	{ "C1-Ultra r0p15", 0x410fd8cf, 0, 0 },
	{ "C1-Ultra r1p1", 0x411fd8c1, 0, 1 },
	{ "C1-Ultra r2p0", 0x412fd8c0, 0, 1 },
	{ "C1-Premium r1p0", 0x411fd900, 0, 0 },
	{ "C1-Premium r1p1", 0x411fd901, 0, 1 },
	{ "Neoverse N1", 0x413fd0c1, 0, 0 },
	{ "Cortex-A72", 0x410fd083, 0, 0 },
	/* Neoverse V3's part number from another implementer. */
	{ "another implementer", 0x420fd842, 0, 0 },
	{ "not said", 0, 0, 0 },
};

static void the_list_has_these_cpus_and_revisions(void **state)
{
	(void)state;
	for (const struct cpu_row *r = cpus; r < cpus + COUNT(cpus); r++) {
		const struct vmsa_cpu cpu = { .midr = r->midr };

		print_message("%s\n", r->name);
		assert_false(vmsa_linux_cpu_has_bbm(V612, &cpu));
		assert_int_equal(vmsa_linux_cpu_has_bbm(V618, &cpu), r->v618);
		assert_int_equal(vmsa_linux_cpu_has_bbm(V73, &cpu), r->v73);
	}
}

static const struct level_row {
	unsigned bbm_level;
	bool v612, v2, v618, v73;
} levels[] = {
	{ 0, 0, 0, 0, 0 },
	{ 1, 0, 0, 0, 0 },
	{ 2, 0, 1, 0, 0 }, /* conflict aborts are possible */
	{ 3, 0, 1, 0, 1 },
};

/* ID_AA64MMFR2_EL1.BBM of a CPU on no list. */
static void each_kernel_asks_its_level(void **state)
{
	(void)state;
	for (const struct level_row *r = levels; r < levels + COUNT(levels);
	     r++) {
		const struct vmsa_cpu cpu = { .midr = 0x410fd083,
					      .bbm_level = r->bbm_level };

		assert_int_equal(vmsa_linux_cpu_has_bbm(V612, &cpu), r->v612);
		assert_int_equal(vmsa_linux_cpu_has_bbm(V2, &cpu), r->v2);
		assert_int_equal(vmsa_linux_cpu_has_bbm(V618, &cpu), r->v618);
		assert_int_equal(vmsa_linux_cpu_has_bbm(V73, &cpu), r->v73);
	}
}

/* --- names ---------------------------------------------------------------- */

static void names_find_what_they_name(void **state)
{
	static const char *const versions[] = { "v6.12", "v2", "v6.18",
						"v7.3" };
	static const char *const mappings[] = { "linux", "pte", "cont", "block",
						"block+cont" };
	enum vmsa_linux_version v = VMSA_LINUX_NR_VERSIONS;
	enum vmsa_linux_mapping m = VMSA_NR_MAPPINGS;

	(void)state;
	assert_int_equal(COUNT(versions), VMSA_LINUX_NR_VERSIONS);
	assert_int_equal(COUNT(mappings), VMSA_NR_MAPPINGS);
	assert_true(vmsa_linux_version_find("7.3", &v) < 0);
	assert_int_equal(v, VMSA_LINUX_NR_VERSIONS);
	assert_true(vmsa_linux_mapping_find("", &m) < 0);
	assert_int_equal(m, VMSA_NR_MAPPINGS);
	for (unsigned i = 0; i < COUNT(versions); i++) {
		assert_string_equal(vmsa_linux_version_name(i), versions[i]);
		assert_int_equal(vmsa_linux_version_find(versions[i], &v), 0);
		assert_int_equal(v, i);
	}
	for (unsigned i = 0; i < COUNT(mappings); i++) {
		assert_string_equal(vmsa_linux_mapping_name(i), mappings[i]);
		assert_int_equal(vmsa_linux_mapping_find(mappings[i], &m), 0);
		assert_int_equal(m, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kernel_decides_by_its_table),
		cmocka_unit_test(a_feature_not_built_changes_nothing),
		cmocka_unit_test(kaslr_without_e0pd_makes_the_map_not_global),
		cmocka_unit_test(rodata_words_mean_what_each_kernel_knows),
		cmocka_unit_test(the_build_decides_for_old_kernels),
		cmocka_unit_test(
			command_lines_are_read_as_the_kernel_reads_them),
		cmocka_unit_test(the_list_has_these_cpus_and_revisions),
		cmocka_unit_test(each_kernel_asks_its_level),
		cmocka_unit_test(names_find_what_they_name),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
