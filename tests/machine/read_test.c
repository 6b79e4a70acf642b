/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read_test.c - what vmsa/machine.h reads out of a right tree
 *
 * The values of recorded trees are what dtc, another reader, prints of them.
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/trees.h"

/* The built tree, read. */
static struct vmsa_machine *built(void)
{
	static _Alignas(8) char blob[TREE_SPACE];
	struct vmsa_machine *m = NULL;
	struct vmsa_error err = { .text = "" };

	build_tree(blob);
	if (vmsa_machine_from_blob(blob, sizeof(blob), "built", &m, &err))
		fail_msg("%s", err.text);
	/* Nothing may point into the caller's blob. */
	memset(blob, 0xaa, sizeof(blob));
	return m;
}

static struct vmsa_machine *recorded(const char *name)
{
	struct vmsa_machine *m = NULL;
	struct vmsa_error err = { .text = "" };
	size_t size;
	void *blob = load_tree(name, &size);

	if (vmsa_machine_from_blob(blob, size, name, &m, &err))
		fail_msg("%s: %s", name, err.text);
	free(blob);
	return m;
}

static const struct bank_row {
	const char *tree;
	struct vmsa_bank banks[6];
	size_t count;
} bank_rows[] = {
	{ "one-bank", { { { 0x40000000, 4ull << 30 }, VMSA_NO_NODE } }, 1 },
	{ "two-cpus", { { { 0x40000000, 1000ull << 20 }, VMSA_NO_NODE } }, 1 },
	{ "numa-holes",
	  { { { 0x40000000, 0x1fe00000 }, 0 },
	    { { 0x60000000, 0x3a300000 }, 0 },
	    { { 0x9b000000, 0x24ff0000 }, 0 },
	    { { 0xc0000000, 0x40000000 }, 1 },
	    { { 0x100004000, 0x3effc000 }, 1 } },
	  5 },
	{ "odd-edges",
	  { { { 0x40000000, 0x2f00000 }, 0 },
	    { { 0x43000000, 0x1d000000 }, 0 },
	    { { 0x62345000, 0x1dcbb000 }, 0 },
	    { { 0x80000000, 0x13000000 }, 1 },
	    { { 0x93400000, 0x6cc00000 }, 1 },
	    { { 0x100000000, 0x2ff80000 }, 1 } },
	  6 },
};

/* Banks of recorded machines are as in the tree, in its order, unrounded. */
static void banks_come_as_the_tree_has_them(void **state)
{
	(void)state;
	for (const struct bank_row *r = bank_rows;
	     r < bank_rows + COUNT(bank_rows); r++) {
		struct vmsa_machine *m = recorded(r->tree);
		const struct vmsa_bank *bank;
		uint64_t sum = 0;
		size_t n;

		bank = vmsa_machine_banks(m, &n);
		assert_int_equal(n, r->count);
		for (size_t i = 0; i < n; i++) {
			assert_u64_equal(bank[i].range.start,
					 r->banks[i].range.start);
			assert_u64_equal(bank[i].range.size,
					 r->banks[i].range.size);
			assert_int_equal(bank[i].node, r->banks[i].node);
			sum += r->banks[i].range.size;
		}
		assert_u64_equal(vmsa_machine_memory_size(m), sum);
		vmsa_machine_destroy(m);
	}
}

static const struct reserved_row {
	const char *tree, *name;
	struct vmsa_range range;
	bool no_map;
} reserved_rows[] = {
	{ "numa-holes", "rsv@70000000", { 0x70000000, 0x130000 }, true },
	{ "numa-holes", "rsv@74000000", { 0x74000000, 0x200000 }, false },
	{ "odd-edges", "rsv@a0010000", { 0xa0010000, 0x31000 }, true },
	{ "odd-edges", "rsv@a4000000", { 0xa4000000, 0x200000 }, true },
	{ "odd-edges", "rsv@e0000000", { 0xe0000000, 0x400000 }, false },
};

/* Each reservation of a recorded machine is there, and no other. */
static void reservations_come_as_the_tree_has_them(void **state)
{
	const char *last = "";
	struct vmsa_machine *m = NULL;
	size_t n = 0, next = 0;

	(void)state;
	for (const struct reserved_row *r = reserved_rows;
	     r < reserved_rows + COUNT(reserved_rows); r++, next++) {
		const struct vmsa_reserved *got;

		if (strcmp(last, r->tree)) {
			assert_int_equal(next, n);
			vmsa_machine_destroy(m);
			m = recorded(r->tree);
			last = r->tree;
			next = 0;
		}
		got = vmsa_machine_reserved(m, &n) + next;
		assert_true(next < n);
		assert_string_equal(got->name, r->name);
		assert_u64_equal(got->range.start, r->range.start);
		assert_u64_equal(got->range.size, r->range.size);
		assert_int_equal(got->no_map, r->no_map);
		assert_false(got->dynamic);
	}
	assert_int_equal(next, n);
	vmsa_machine_destroy(m);
}

static const struct chosen_row {
	const char *tree, *bootargs;
	struct vmsa_range initrd;
	uint64_t seed;
} chosen_rows[] = {
	{ "one-bank",
	  "console=ttyAMA0 memblock=debug nokaslr oracle=none",
	  { 0x48000000, 0x291390 },
	  0xd1768b1111c395e2 },
	{ "numa-holes",
	  "console=ttyAMA0 memblock=debug nokaslr rodata=noalias "
	  "kfence.sample_interval=100 oracle=none",
	  { 0xb0000000, 0x291390 },
	  0x36107476a42fae26 },
	{ "kaslr",
	  "console=ttyAMA0 memblock=debug  oracle=none",
	  { 0x48000000, 0x291390 },
	  0x94e19e2361eae98d },
};

/* 32-bit and 64-bit ends of an initrd, arguments and seed are read. */
static void chosen_is_read(void **state)
{
	(void)state;
	for (const struct chosen_row *r = chosen_rows;
	     r < chosen_rows + COUNT(chosen_rows); r++) {
		struct vmsa_machine *m = recorded(r->tree);
		const struct vmsa_chosen *c = vmsa_machine_chosen(m);

		assert_string_equal(c->bootargs, r->bootargs);
		assert_true(c->has_initrd);
		assert_u64_equal(c->initrd.start, r->initrd.start);
		assert_u64_equal(c->initrd.size, r->initrd.size);
		assert_u64_equal(c->kaslr_seed, r->seed);
		assert_string_equal(vmsa_machine_name(m), r->tree);
		assert_string_equal(vmsa_machine_model(m), "linux,dummy-virt");
		vmsa_machine_destroy(m);
	}
}

/* QEMU says nothing of TLBs and calls every CPU a Cortex-A57. */
static void cpus_without_our_properties_have_defaults(void **state)
{
	static const struct vmsa_tlb_config none;
	struct vmsa_machine *m = recorded("two-cpus");
	const struct vmsa_cpu *cpu;
	size_t n;

	(void)state;
	cpu = vmsa_machine_cpus(m, &n);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(cpu[i].compatible, "arm,cortex-a57");
		assert_u64_equal(cpu[i].mpidr, i);
		assert_int_equal(cpu[i].midr, 0);
		assert_int_equal(cpu[i].bbm_level, 0);
		assert_int_equal(cpu[i].pa_bits, 48);
		assert_false(cpu[i].lva || cpu[i].lpa2 || cpu[i].e0pd);
		assert_memory_equal(&cpu[i].tlb, &none, sizeof(none));
	}
	vmsa_machine_destroy(m);
}

static void assert_array(struct vmsa_tlb_array a, uint32_t entries,
			 uint32_t ways)
{
	assert_int_equal(a.entries, entries);
	assert_int_equal(a.ways, ways);
}

/* Every property of a cpu node ends up in its own member. */
static void cpu_properties_are_read(void **state)
{
	struct vmsa_machine *m = built();
	const struct vmsa_cpu *cpu;
	size_t n;

	(void)state;
	cpu = vmsa_machine_cpus(m, &n);
	assert_int_equal(n, 2);
	assert_string_equal(cpu->compatible, "arm,one");
	assert_int_equal(cpu->midr, 0xc00fac30);
	assert_int_equal(cpu->bbm_level, 2);
	assert_int_equal(cpu->pa_bits, 52);
	assert_true(cpu->bbm_no_abort && cpu->lva && cpu->lpa2);
	assert_true(cpu->e0pd && cpu->tlb_range);
	assert_string_equal(cpu[1].compatible, "");
	assert_u64_equal(cpu[1].mpidr, 0x100000100);
	assert_false(cpu[1].bbm_no_abort || cpu[1].tlb_range);
	vmsa_machine_destroy(m);
}

/* Each flag sets its own member and no other. */
static void flags_do_not_mix(void **state)
{
	static const char *const names[] = {
		"vmsa,bbm-no-abort", "vmsa,lva",       "vmsa,lpa2",
		"vmsa,e0pd",         "vmsa,tlb-range", "vmsa,contiguous"
	};
	_Alignas(8) char blob[TREE_SPACE];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct vmsa_machine *m = NULL;
		const struct vmsa_cpu *c;
		size_t n;

		build_tree(blob);
		assert_int_equal(
			fdt_setprop(blob,
				    fdt_path_offset(blob, "/cpus/cpu@100"),
				    names[i], NULL, 0),
			0);
		assert_int_equal(vmsa_machine_from_blob(blob, sizeof(blob),
							"flags", &m, NULL),
				 0);
		c = vmsa_machine_cpus(m, &n) + 1;
		assert_int_equal(c->bbm_no_abort, i == 0);
		assert_int_equal(c->lva, i == 1);
		assert_int_equal(c->lpa2, i == 2);
		assert_int_equal(c->e0pd, i == 3);
		assert_int_equal(c->tlb_range, i == 4);
		assert_int_equal(c->tlb.l2.contiguous, i == 5);
		vmsa_machine_destroy(m);
	}
}

/* Sets become ways; both ways to a second level work. */
static void translation_structures_are_read(void **state)
{
	struct vmsa_machine *m = built();
	const struct vmsa_tlb_config *one, *two;
	size_t n;

	(void)state;
	one = &vmsa_machine_cpus(m, &n)[0].tlb;
	two = &vmsa_machine_cpus(m, &n)[1].tlb;
	assert_array(one->l1d, 40, 40);
	assert_array(one->l1i, 48, 48 / 12);
	assert_array(one->l2, 1280, 1280 / 256);
	assert_array(one->l2i, 0, 0);
	assert_array(one->walk_cache, 64, 64 / 16);
	assert_array(one->lines, 1024, 1024 / 128);
	assert_true(one->l1d.contiguous && one->l1i.contiguous);
	assert_true(one->l2.contiguous);
	assert_int_equal(one->l2_cycles, 3);
	assert_int_equal(one->walk_cycles, 6);
	assert_int_equal(one->line_hit_cycles, 11);
	assert_int_equal(one->line_miss_cycles, 250);
	assert_array(two->l1d, 0, 0);
	assert_array(two->l2, 1536, 1536 / 256);
	assert_array(two->l2i, 768, 768 / 128);
	assert_false(two->l2.contiguous || two->l2i.contiguous);
	vmsa_machine_destroy(m);
}

/* What only some structures have; what is not said stays zero. */
static void structures_have_peculiarities(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_machine *m = NULL;
	const struct vmsa_tlb_config *c;
	const fdt32_t sizes[] = { cpu_to_fdt32(12), cpu_to_fdt32(21) };
	int cpu, l2;
	size_t n;

	(void)state;
	build_tree(blob);
	cpu = fdt_path_offset(blob, "/cpus/cpu@0");
	fdt_setprop(blob, cpu, "vmsa,d-tlb-holds", sizes, sizeof(sizes));
	fdt_setprop_string(blob, cpu, "vmsa,i-tlb-replacement", "tree-plru");
	fdt_setprop_u32(blob, cpu, "vmsa,walk-cache-l2-size", 16);
	fdt_setprop_u32(blob, cpu, "vmsa,walk-cache-l-1-size", 2);
	fdt_setprop_u32(blob, cpu, "vmsa,s2-walk-cache-l0-size", 4);
	fdt_setprop_u32(blob, cpu, "vmsa,walkers", 8);
	fdt_setprop_string(blob, cpu, "vmsa,conflict", "abort");
	fdt_setprop_empty(blob, cpu, "vmsa,separate-stages");
	l2 = fdt_path_offset(blob, "/cpus/cpu@0/l2-tlb");
	fdt_setprop_u32(blob, l2, "vmsa,tlb-aggregate", 4);
	fdt_setprop(blob, l2, "vmsa,tlb-refuses", sizes + 1, 4);
	fdt_setprop_string(blob, l2, "vmsa,tlb-replacement", "random");
	assert_int_equal(vmsa_machine_from_blob(blob, sizeof(blob), "peculiar",
						&m, NULL),
			 0);
	c = &vmsa_machine_cpus(m, &n)[0].tlb;
	assert_u64_equal(c->l1d.holds, 1u << 12 | 1u << 21);
	assert_u64_equal(c->l1i.holds | c->l2.holds | c->l1d.refuses, 0);
	assert_int_equal(c->l1i.replacement, VMSA_TLB_TREE_PLRU);
	assert_int_equal(c->l1d.replacement, VMSA_TLB_LRU);
	assert_array(c->walk_level[3], 16, 16);
	assert_array(c->walk_level[0], 2, 2);
	assert_array(c->walk_level[1], 0, 0);
	assert_array(c->s2_walk_level[1], 4, 4);
	assert_int_equal(c->walkers, 8);
	assert_int_equal(c->conflict, VMSA_TLB_ABORT);
	assert_int_equal(c->nesting, VMSA_TLB_SEPARATE);
	assert_int_equal(c->l2.aggregate, 2);
	assert_u64_equal(c->l2.refuses, 1u << 21);
	assert_int_equal(c->l2.replacement, VMSA_TLB_RANDOM);
	vmsa_machine_destroy(m);
}

/* A phandle is found among smaller and larger ones, in any order. */
static void phandles_are_told_apart(void **state)
{
	static const uint32_t others[] = { 9, 3, 8, 0xfffffffe, 1, 6 };
	_Alignas(8) char blob[TREE_SPACE];

	(void)state;
	build_tree(blob);
	for (size_t i = 0; i < COUNT(others); i++) {
		struct vmsa_machine *m = NULL;
		char name[] = "other@0";
		size_t n;
		int node;

		name[6] += (char)i;
		node = fdt_add_subnode(blob, 0, name);
		fdt_setprop_u32(blob, node, "phandle", others[i]);
		assert_int_equal(vmsa_machine_from_blob(blob, sizeof(blob),
							"phandle", &m, NULL),
				 0);
		assert_array(vmsa_machine_cpus(m, &n)[1].tlb.l2, 1536, 6);
		vmsa_machine_destroy(m);
	}
}

/* A promise about conflict aborts is worth level 3, whatever is advertised. */
static void promise_makes_bbm_level_three(void **state)
{
	(void)state;
	for (unsigned level = 0; level <= 3; level++) {
		struct vmsa_cpu cpu = { .bbm_level = level };

		assert_int_equal(vmsa_cpu_bbm_level(&cpu), level);
		cpu.bbm_no_abort = true;
		assert_int_equal(vmsa_cpu_bbm_level(&cpu), 3);
	}
}

/* Static regions one by one, dynamic ones as wishes, the block apart. */
static void reservations_of_all_kinds_are_kept(void **state)
{
	struct vmsa_machine *m = built();
	const struct vmsa_reserved *r;
	const struct vmsa_range *block;
	size_t n;

	(void)state;
	r = vmsa_machine_reserved(m, &n);
	assert_int_equal(n, 3);
	assert_string_equal(r[1].name, "fixed@90000000");
	assert_u64_equal(r[0].range.start, 0x90000000);
	assert_u64_equal(r[1].range.start, 0x94001000);
	assert_u64_equal(r[1].range.size, 0x2000);
	assert_true(r[0].no_map && r[1].no_map && !r[2].no_map);
	assert_true(!r[0].reusable && r[2].reusable);
	assert_true(!r[1].dynamic && r[2].dynamic);
	assert_string_equal(r[2].name, "pool");
	assert_u64_equal(r[2].range.start, 0);
	assert_u64_equal(r[2].range.size, 0x400000);
	assert_u64_equal(r[2].alignment, 0x200000);
	assert_int_equal(r[2].nr_allowed, 1);
	assert_u64_equal(r[2].allowed[0].start, 0x80000000);
	assert_u64_equal(r[2].allowed[0].size, 0x40000000);
	block = vmsa_machine_memreserve(m, &n);
	assert_int_equal(n, 1);
	assert_u64_equal(block->start, 0x88000000);
	assert_u64_equal(block->size, 0x10000);
	vmsa_machine_destroy(m);
}

/* A tree without /chosen boots with no arguments, no initrd, no seed. */
static void chosen_is_optional(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_machine *m = NULL;

	(void)state;
	build_tree(blob);
	fdt_del_node(blob, fdt_path_offset(blob, "/chosen"));
	assert_int_equal(vmsa_machine_from_blob(blob, sizeof(blob), "bare", &m,
						NULL),
			 0);
	assert_string_equal(vmsa_machine_chosen(m)->bootargs, "");
	assert_false(vmsa_machine_chosen(m)->has_initrd);
	assert_u64_equal(vmsa_machine_chosen(m)->kaslr_seed, 0);
	vmsa_machine_destroy(m);
}

/* A blob at an odd address, with bytes behind the tree, reads the same. */
static void blob_needs_no_alignment(void **state)
{
	size_t size;
	char *blob = load_tree("one-bank", &size), *odd = malloc(size + 17);
	struct vmsa_machine *m = NULL;

	(void)state;
	memcpy(odd + 1, blob, size);
	assert_int_equal(
		vmsa_machine_from_blob(odd + 1, size + 16, "odd", &m, NULL), 0);
	assert_u64_equal(vmsa_machine_memory_size(m), 4ull << 30);
	vmsa_machine_destroy(m);
	free(odd);
	free(blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(banks_come_as_the_tree_has_them),
		cmocka_unit_test(reservations_come_as_the_tree_has_them),
		cmocka_unit_test(chosen_is_read),
		cmocka_unit_test(cpus_without_our_properties_have_defaults),
		cmocka_unit_test(cpu_properties_are_read),
		cmocka_unit_test(flags_do_not_mix),
		cmocka_unit_test(translation_structures_are_read),
		cmocka_unit_test(structures_have_peculiarities),
		cmocka_unit_test(phandles_are_told_apart),
		cmocka_unit_test(promise_makes_bbm_level_three),
		cmocka_unit_test(reservations_of_all_kinds_are_kept),
		cmocka_unit_test(chosen_is_optional),
		cmocka_unit_test(blob_needs_no_alignment),
	};

	return cmocka_run_group_tests_name("machine read", tests, NULL, NULL);
}
