/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/live.h"

/* Offsets of the image of machine M from _text at 0x40200000. */
static const struct vmsa_linux_image image = {
	.stext = 0x10000,
	.start_rodata = 0x1000000,
	.swapper_pg_dir = 0x2340000,
	.init_begin = 0x2350000,
	.init_end = 0x2800000,
	.bss_stop = 0x3030000,
	.end = 0x3040000,
};

/* TV-1: 12 GiB from 0, the alias of the text from 0x210000 to 0x2550000. */
static const struct vmsa_linux_image published = {
	.start_rodata = 0xff0000,
	.swapper_pg_dir = 0x2330000,
	.init_begin = 0x2340000,
	.init_end = 0x27f0000,
	.bss_stop = 0x3020000,
	.end = 0x3030000,
};

struct vmsa_linux *boot_m(const struct booted *how)
{
	struct test_boot want = {
		.machine = {
			.banks = { { 0x40000000, 4 * GIB } },
			.bootargs = how->bootargs ? how->bootargs : "",
			.kaslr_seed = how->kaslr_seed,
			.cpu = { .tlb_range = how->tlb_range,
				 .lpa2 = how->lpa2 },
		},
		.image = 0x40200000,
	};
	const unsigned granule = how->granule_shift ? how->granule_shift : 12;
	const unsigned va_bits = how->va_bits ? how->va_bits : 48;

	if (how->bbm)
		want.machine.cpu.midr = 0xc00fac30;
	assert_int_equal(vmsa_linux_kernel_default(how->version, granule,
						   va_bits, &want.kernel),
			 0);
	want.kernel.image = image;
	if (how->published) {
		want.machine.banks[0] = (struct vmsa_range){ 0, 12 * GIB };
		want.image = 0x210000;
		want.kernel.image = published;
	}
	return boot_map(&want);
}

struct vmsa_linux *run_m(const struct booted *how)
{
	struct vmsa_linux *l = boot_m(how);

	vmsa_linux_start_allocator(l);
	assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
	assert_int_equal(vmsa_linux_mark_text_ro(l), 0);
	assert_int_equal(vmsa_linux_mark_rodata_ro(l), 0);
	return l;
}

void assert_price(const struct vmsa_linux_cost *cost, struct price want)
{
	assert_u64_equal(cost->did.barriers[VMSA_DSB_ISHST], want.ds);
	assert_u64_equal(cost->did.barriers[VMSA_ISB], want.is);
	assert_u64_equal(cost->did.barriers[VMSA_DSB_ISH], want.di);
	assert_u64_equal(vmsa_linux_cost_tlbi(cost), want.tl);
	assert_u64_equal(vmsa_linux_cost_barriers(cost),
			 want.ds + want.is + want.di);
}

void assert_leaves(const struct vmsa_linux *l, struct leaves want)
{
	const struct tally t = linear_tally(l);
	struct vmsa_linux_state s;

	assert_u64_equal(t.tables[2], want.t1);
	assert_u64_equal(t.tables[3], want.t2);
	assert_u64_equal(t.tables[4], want.t3);
	assert_u64_equal(t.plain[2], want.l1);
	assert_u64_equal(t.plain[3], want.l2);
	assert_u64_equal(t.cont[3], want.l2_cont);
	assert_u64_equal(t.plain[4], want.l3);
	assert_u64_equal(t.cont[4], want.l3_cont);
	/* The library's own account says the same. */
	assert_int_equal(vmsa_linux_look(l, &s), 0);
	assert_memory_equal(s.plain, t.plain, sizeof(t.plain));
	assert_memory_equal(s.cont, t.cont, sizeof(t.cont));
	assert_memory_equal(s.invalid, t.other, sizeof(t.other));
	assert_memory_equal(s.tables, t.tables, sizeof(t.tables));
}

void assert_desc(const struct vmsa_linux *l, vmsa_va va, int level,
		 vmsa_desc want)
{
	const struct tables t = tables_of(l);
	int at;
	const vmsa_desc have = tables_leaf(&t, va, &at);

	assert_u64_equal(have, want);
	assert_int_equal(at, level);
}
