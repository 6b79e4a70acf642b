/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_test.c - what may be changed in a machine, and the bundled ones
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/trees.h"

static int setup(void **state)
{
	static _Alignas(8) char blob[TREE_SPACE];
	struct vmsa_machine *m = NULL;
	int rc;

	build_tree(blob);
	rc = vmsa_machine_from_blob(blob, sizeof(blob), "built", &m, NULL);
	*state = m;
	return rc;
}

static int teardown(void **state)
{
	vmsa_machine_destroy(*state);
	return 0;
}

/* Another size keeps the first bank's start and node, and drops the rest. */
static void memory_can_be_set(void **state)
{
	const struct vmsa_bank *bank;
	size_t n;

	assert_int_equal(vmsa_machine_set_memory(*state, 8ull << 40), 0);
	bank = vmsa_machine_banks(*state, &n);
	assert_int_equal(n, 1);
	assert_u64_equal(bank->range.start, 0x80000000);
	assert_u64_equal(bank->range.size, 8ull << 40);
	assert_int_equal(bank->node, 1);
	assert_u64_equal(vmsa_machine_memory_size(*state), 8ull << 40);
}

/* An impossible size changes nothing. */
static void impossible_memory_is_refused(void **state)
{
	const uint64_t before = vmsa_machine_memory_size(*state);
	size_t n;

	assert_int_equal(vmsa_machine_set_memory(*state, 0), -EINVAL);
	assert_int_equal(vmsa_machine_set_memory(*state,
						 UINT64_MAX - 0x7fffffff),
			 -ERANGE);
	vmsa_machine_banks(*state, &n);
	assert_int_equal(n, 3);
	assert_u64_equal(vmsa_machine_memory_size(*state), before);
	assert_int_equal(
		vmsa_machine_set_memory(*state, UINT64_MAX - 0x80000000), 0);
}

/* The new command line is a copy, and can itself be replaced. */
static void bootargs_can_be_set(void **state)
{
	const struct vmsa_chosen *chosen = vmsa_machine_chosen(*state);
	char text[] = "rodata=full";

	assert_string_equal(chosen->bootargs, "quiet");
	assert_int_equal(vmsa_machine_set_bootargs(*state, text), 0);
	text[0] = 'x';
	assert_string_equal(chosen->bootargs, "rodata=full");
	/* Its own text is a fair argument too. */
	assert_int_equal(
		vmsa_machine_set_bootargs(*state, chosen->bootargs + 7), 0);
	assert_string_equal(chosen->bootargs, "full");
}

/* A CPU takes another's model, not its place. */
static void cpu_can_be_set(void **state)
{
	const struct vmsa_cpu model = { .midr = 0x410fd842, .mpidr = 99 };
	const struct vmsa_cpu *cpu;
	size_t n;

	assert_int_equal(vmsa_machine_set_cpu(*state, 1, &model), 0);
	assert_int_equal(vmsa_machine_set_cpu(*state, 2, &model), -ERANGE);
	cpu = vmsa_machine_cpus(*state, &n);
	assert_int_equal(cpu[0].midr, 0xc00fac30);
	assert_int_equal(cpu[1].midr, 0x410fd842);
	assert_u64_equal(cpu[1].mpidr, 0x100000100);
	assert_int_equal(cpu[1].tlb.l2.entries, 0);
	/* In place, from the same array. */
	assert_int_equal(vmsa_machine_set_cpu(*state, 1, &cpu[0]), 0);
	assert_int_equal(cpu[1].tlb.l2.entries, 1280);
}

/* Nothing to destroy is no error. */
static void nothing_can_be_destroyed(void **state)
{
	(void)state;
	vmsa_machine_destroy(NULL);
}

static const struct path_row {
	const char *dir, *name, *path;
	int rc;
} path_rows[] = {
	{ "/usr/share", "n1", "/usr/share/n1.dtb", 0 },
	{ "/usr/share/", "n1", "/usr/share/n1.dtb", 0 },
	{ ".", "a.b", "./a.b.dtb", 0 },
	{ "/", "n1", "/n1.dtb", 0 },
	{ "d", "", "", -EINVAL },
	{ "d", "../n1", "", -EINVAL },
};

/* Directory and name make a path; a path is no name. */
static void names_become_paths(void **state)
{
	char out[64];

	(void)state;
	for (const struct path_row *r = path_rows;
	     r < path_rows + COUNT(path_rows); r++) {
		out[0] = 0;
		assert_int_equal(vmsa_machine_path(r->dir, r->name, out,
						   sizeof(out)),
				 r->rc);
		assert_string_equal(out, r->path);
	}
	strcpy(out, "old");
	assert_int_equal(vmsa_machine_path("abc", "d", out, 9), -ENAMETOOLONG);
	assert_string_equal(out, "old");
	assert_int_equal(vmsa_machine_path("abc", "d", out, 10), 0);
	assert_string_equal(out, "abc/d.dtb");
}

static const struct bundled_row {
	const char *name;
	uint64_t start, size;
	uint32_t midr;
	unsigned bbm, pa_bits;
	struct vmsa_tlb_array l1d, l1i, l2, l2i;
} bundled[] = {
	{ "qemu-virt", 0x40000000, 4ull << 30, 0xf0510, 2, 52,
	  VMSA_TLB_ARRAY(48, 48), VMSA_TLB_ARRAY(48, 48),
	  VMSA_TLB_ARRAY(1280, 5), VMSA_TLB_ARRAY(0, 0) },
	{ "ampereone-256g", 0x80000000, 256ull << 30, 0xc00fac30, 3, 48,
	  VMSA_TLB_ARRAY(64, 64), VMSA_TLB_ARRAY(64, 4),
	  VMSA_TLB_ARRAY(1536, 6), VMSA_TLB_ARRAY(768, 6) },
	{ "neoverse-n1", 0x80000000, 64ull << 30, 0x413fd0c1, 0, 48,
	  VMSA_TLB_ARRAY(48, 48), VMSA_TLB_ARRAY(48, 48),
	  VMSA_TLB_ARRAY(1280, 5), VMSA_TLB_ARRAY(0, 0) },
	{ "neoverse-v1", 0x40000000, 64ull << 30, 0x411fd401, 2, 48,
	  VMSA_TLB_ARRAY(40, 40), VMSA_TLB_ARRAY(48, 48),
	  VMSA_TLB_ARRAY(2048, 8), VMSA_TLB_ARRAY(0, 0) },
	{ "neoverse-v2", 0x80000000, 128ull << 30, 0x410fd4f1, 2, 48,
	  VMSA_TLB_ARRAY(48, 48), VMSA_TLB_ARRAY(48, 48),
	  VMSA_TLB_ARRAY(2048, 8), VMSA_TLB_ARRAY(0, 0) },
	{ "cortex-a72", 0, 8052ull << 20, 0x410fd083, 0, 44,
	  VMSA_TLB_ARRAY(32, 32), VMSA_TLB_ARRAY(48, 48),
	  VMSA_TLB_ARRAY(1024, 4), VMSA_TLB_ARRAY(0, 0) },
};

static void assert_array(struct vmsa_tlb_array got, struct vmsa_tlb_array want)
{
	assert_int_equal(got.entries, want.entries);
	assert_int_equal(got.ways, want.ways);
}

/* The installed machines have the published sizes and every cost. */
static void bundled_machines_are_as_published(void **state)
{
	(void)state;
	for (const struct bundled_row *r = bundled;
	     r < bundled + COUNT(bundled); r++) {
		char dir[400], path[512];
		struct vmsa_error err = { .text = "" };
		struct vmsa_machine *m = NULL;
		const struct vmsa_cpu *cpu;
		size_t n;

		snprintf(dir, sizeof(dir), "%s/machines",
			 getenv("VMSA_BUILD_ROOT"));
		vmsa_machine_path(dir, r->name, path, sizeof(path));
		if (vmsa_machine_read(path, &m, &err))
			fail_msg("%s: %s", path, err.text);
		assert_u64_equal(vmsa_machine_banks(m, &n)->range.start,
				 r->start);
		assert_u64_equal(vmsa_machine_memory_size(m), r->size);
		cpu = vmsa_machine_cpus(m, &n);
		assert_int_equal(n, 1);
		assert_int_equal(cpu->midr, r->midr);
		assert_int_equal(vmsa_cpu_bbm_level(cpu), r->bbm);
		assert_int_equal(cpu->pa_bits, r->pa_bits);
		assert_array(cpu->tlb.l1d, r->l1d);
		assert_array(cpu->tlb.l1i, r->l1i);
		assert_array(cpu->tlb.l2, r->l2);
		assert_array(cpu->tlb.l2i, r->l2i);
		assert_true(cpu->tlb.l2_cycles && cpu->tlb.walk_cycles &&
			    cpu->tlb.line_hit_cycles);
		assert_true(cpu->tlb.line_miss_cycles >
			    cpu->tlb.line_hit_cycles);
		vmsa_machine_destroy(m);
	}
}

#define WITH_MACHINE(test) \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(memory_can_be_set),
		WITH_MACHINE(impossible_memory_is_refused),
		WITH_MACHINE(bootargs_can_be_set),
		WITH_MACHINE(cpu_can_be_set),
		cmocka_unit_test(nothing_can_be_destroyed),
		cmocka_unit_test(names_become_paths),
		cmocka_unit_test(bundled_machines_are_as_published),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
