/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout_test.c - addresses of the kernel's half, and what a leaf may become
 *
 * Literals are those of docs/linear-map.md: 1.2 (layout), 1.4 (protections),
 * 4.1 (which change of a live descriptor is safe).
 */
#include "linux/linux_test.h"

#include <errno.h>
#include <inttypes.h>

#include "linux/boot/boot.h"
#include "linux/map/map.h"

/* --- layout (1.2) --------------------------------------------------------- */

static const struct layout_row {
	unsigned shift, va_bits;
	bool fallback; /* no 52-bit addresses in the CPU */
	unsigned used_bits;
	vmsa_va page_offset, linear_start, page_end, vmalloc, vmalloc_end,
		vmemmap;
} layouts[] = {
	{ 12, 39, 0, 39, 0xffffff8000000000, 0xffffff8000000000,
	  0xffffffc000000000, 0xffffffc080000000, 0xfffffffebf800000,
	  0xfffffffec0000000 },
	{ 12, 48, 0, 48, 0xffff000000000000, 0xffff000000000000,
	  0xffff800000000000, 0xffff800080000000, 0xfffffdffbf800000,
	  0xfffffdffc0000000 },
	{ 12, 52, 0, 52, 0xfff0000000000000, 0xfff0000000000000,
	  0xffff800000000000, 0xffff800080000000, 0xffffc1ffbf800000,
	  0xffffc1ffc0000000 },
	{ 12, 52, 1, 48, 0xfff0000000000000, 0xffff000000000000,
	  0xffff800000000000, 0xffff800080000000, 0xfffffdffbf800000,
	  0xfffffdffc0000000 },
	{ 14, 36, 0, 36, 0xfffffff000000000, 0xfffffff000000000,
	  0xfffffff800000000, 0xfffffff880000000, 0xffffffffb7800000,
	  0xffffffffb8000000 },
	{ 14, 47, 0, 47, 0xffff800000000000, 0xffff800000000000,
	  0xffffc00000000000, 0xffffc00080000000, 0xffffffbfbf800000,
	  0xffffffbfc0000000 },
	{ 14, 48, 0, 48, 0xffff000000000000, 0xffff000000000000,
	  0xffff800000000000, 0xffff800080000000, 0xffffff7fbf800000,
	  0xffffff7fc0000000 },
	{ 14, 52, 0, 52, 0xfff0000000000000, 0xfff0000000000000,
	  0xffffc00000000000, 0xffffc00080000000, 0xfffff03fbf800000,
	  0xfffff03fc0000000 },
	{ 14, 52, 1, 47, 0xfff0000000000000, 0xffff800000000000,
	  0xffffc00000000000, 0xffffc00080000000, 0xffffffbfbf800000,
	  0xffffffbfc0000000 },
	{ 16, 42, 0, 42, 0xfffffc0000000000, 0xfffffc0000000000,
	  0xfffffe0000000000, 0xfffffe0080000000, 0xffffffff3f800000,
	  0xffffffff40000000 },
	{ 16, 48, 0, 48, 0xffff000000000000, 0xffff000000000000,
	  0xffff800000000000, 0xffff800080000000, 0xffffffdfbf800000,
	  0xffffffdfc0000000 },
	{ 16, 52, 0, 52, 0xfff0000000000000, 0xfff0000000000000,
	  0xffff800000000000, 0xffff800080000000, 0xfffffc1fbf800000,
	  0xfffffc1fc0000000 },
	{ 16, 52, 1, 48, 0xfff0000000000000, 0xffff000000000000,
	  0xffff800000000000, 0xffff800080000000, 0xffffffdfbf800000,
	  0xffffffdfc0000000 },
};

static struct test_boot boot_of(unsigned shift, unsigned va_bits, bool wide)
{
	struct test_boot b = { .machine.banks = { { 0x40000000, GIB } },
			       .machine.cpu = { .lpa2 = wide && shift != 16,
						.lva = wide && shift == 16 } };

	assert_int_equal(vmsa_linux_kernel_default(VMSA_LINUX_V7_3, shift,
						   va_bits, &b.kernel),
			 0);
	return b;
}

static void regions_lie_where_each_configuration_puts_them(void **state)
{
	(void)state;
	for (const struct layout_row *r = layouts; r < layouts + COUNT(layouts);
	     r++) {
		const struct test_boot b =
			boot_of(r->shift, r->va_bits, !r->fallback);
		struct vmsa_linux *l = boot_create(&b);
		const struct vmsa_linux_layout *at = vmsa_linux_layout(l);

		print_message("%u KiB pages, VA %u on %u\n",
			      1 << (r->shift - 10), r->va_bits, r->used_bits);
		assert_int_equal(at->va_bits, r->used_bits);
		assert_u64_equal(at->page_offset, r->page_offset);
		assert_u64_equal(at->linear_start, r->linear_start);
		assert_u64_equal(at->page_end, r->page_end);
		assert_u64_equal(at->modules_end, r->vmalloc);
		assert_u64_equal(at->vmalloc_start, r->vmalloc);
		assert_u64_equal(at->vmalloc_end, r->vmalloc_end);
		assert_u64_equal(at->vmemmap_start, r->vmemmap);
		assert_u64_equal(at->vmemmap_end, 0xffffffffc0000000);
		assert_u64_equal(at->pci_start, 0xffffffffc0800000);
		assert_u64_equal(at->pci_end, 0xffffffffc1800000);
		assert_u64_equal(at->fixmap_end, 0xffffffffff800000);
		assert_int_equal(
			vmsa_space_geometry(vmsa_linux_space(l))->va_bits,
			r->used_bits);
		vmsa_linux_destroy(l);
	}
}

/* Configurations Linux does not offer, and the default of 52 bits. */
static void only_offered_configurations_have_a_kernel(void **state)
{
	static const struct {
		unsigned shift, va_bits;
	} bad[] = { { 12, 36 }, { 12, 42 }, { 12, 47 }, { 14, 39 }, { 14, 42 },
		    { 16, 39 }, { 16, 47 }, { 13, 48 }, { 12, 53 } };
	struct vmsa_linux_kernel k = { .granule_shift = 99 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(vmsa_linux_kernel_default(VMSA_LINUX_V7_3,
							   bad[i].shift,
							   bad[i].va_bits, &k),
				 -EINVAL);
	assert_int_equal(vmsa_linux_kernel_default(VMSA_LINUX_NR_VERSIONS, 12,
						   48, &k),
			 -EINVAL);
	assert_int_equal(k.granule_shift, 99);
	for (unsigned shift = 12; shift <= 16; shift += 2) {
		assert_int_equal(vmsa_linux_kernel_default(VMSA_LINUX_V7_3,
							   shift, 48, &k),
				 0);
		assert_int_equal(k.va_bits, 48);
		assert_int_equal(k.pa_bits, 48);
		assert_int_equal(vmsa_linux_kernel_default(VMSA_LINUX_V7_3,
							   shift, 0, &k),
				 0);
		assert_int_equal(k.va_bits, 52);
		assert_int_equal(k.pa_bits, 52);
	}
}

/* --- protections (1.4) ---------------------------------------------------- */

static const struct prot_row {
	const char *name;
	unsigned flags;
	/* page descriptors without address: global, not global, LPA2 */
	vmsa_desc global, ng, lpa2;
} prots[] = {
	{ "PAGE_KERNEL", 0, 0x00e8000000000703, 0x00e8000000000f03,
	  0x00e8000000000403 },
	{ "tagged", VMSA_PROT_TAGGED, 0x00e8000000000707, 0x00e8000000000f07,
	  0x00e8000000000407 },
	{ "PAGE_KERNEL_RO", VMSA_PROT_RO, 0x00e0000000000783,
	  0x00e0000000000f83, 0x00e0000000000483 },
	{ "tagged, read-only", VMSA_PROT_TAGGED | VMSA_PROT_RO,
	  0x00e0000000000787, 0x00e0000000000f87, 0x00e0000000000487 },
};

static vmsa_desc prot(unsigned va_bits, bool ng,
		      enum vmsa_linux_version version, unsigned flags)
{
	struct test_boot b = boot_of(12, va_bits, true);
	struct vmsa_linux *l;
	vmsa_desc desc;

	b.kernel.version = version;
	b.machine.kaslr_seed = ng;
	l = boot_create(&b);
	desc = vmsa_linux_prot(l, flags);
	vmsa_linux_destroy(l);
	return desc;
}

static void protections_have_these_bits(void **state)
{
	(void)state;
	for (const struct prot_row *r = prots; r < prots + COUNT(prots); r++) {
		print_message("%s\n", r->name);
		for (int v = 0; v < VMSA_LINUX_NR_VERSIONS; v++) {
			/* 6.18 alone leaves DIRTY, bit 55, out. */
			const vmsa_desc no =
				v == VMSA_LINUX_V6_18 ? UINT64_C(1) << 55 : 0;

			assert_u64_equal(prot(48, false, v, r->flags),
					 r->global & ~no);
			assert_u64_equal(prot(48, true, v, r->flags),
					 r->ng & ~no);
			assert_u64_equal(prot(52, false, v, r->flags),
					 r->lpa2 & ~no);
		}
	}
}

/* --- safe changes (4.1) --------------------------------------------------- */

/* A live page of the linear map, and one with CONT. */
#define PAGE UINT64_C(0x00e8000080000707)
#define CONT UINT64_C(0x00f8000080000707)
#define NG   UINT64_C(0x00e8000080000f07)

static const struct change_row {
	const char *name;
	vmsa_desc old, new;
	bool old_kernels, new_kernels; /* up to 6.18; since 7.2 */
} changes[] = {
	{ "nothing", PAGE, PAGE, 1, 1 },
	{ "from zero", 0, PAGE, 1, 1 },
	{ "to zero", PAGE, 0, 1, 1 },
	{ "from invalid with another address", 0x00e8000090000f06, PAGE, 1, 1 },
	{ "to invalid", PAGE, PAGE & ~UINT64_C(1), 1, 1 },
	{ "address", PAGE, PAGE + 0x1000, 0, 0 },
	{ "read-only", PAGE, PAGE ^ 0x80, 1, 1 },
	{ "DBM", PAGE, PAGE ^ UINT64_C(1) << 51, 1, 1 },
	{ "PXN", PAGE, PAGE ^ UINT64_C(1) << 53, 1, 1 },
	{ "UXN", PAGE, PAGE ^ UINT64_C(1) << 54, 0, 0 },
	{ "GP", PAGE, PAGE ^ UINT64_C(1) << 50, 0, 0 },
	{ "AF", PAGE, PAGE ^ 0x400, 0, 0 },
	{ "SH", PAGE, PAGE ^ 0x100, 0, 0 },
	{ "AP[1]", PAGE, PAGE ^ 0x40, 0, 0 },
	{ "NS", PAGE, PAGE ^ 0x20, 0, 0 },
	{ "software 55", PAGE, PAGE ^ UINT64_C(1) << 55, 1, 1 },
	{ "software 56", PAGE, PAGE ^ UINT64_C(1) << 56, 1, 1 },
	{ "software 57", PAGE, PAGE ^ UINT64_C(1) << 57, 1, 1 },
	{ "software 58", PAGE, PAGE ^ UINT64_C(1) << 58, 1, 1 },
	{ "bit 63", PAGE, PAGE ^ UINT64_C(1) << 63, 1, 1 },
	{ "bit 59", PAGE, PAGE ^ UINT64_C(1) << 59, 0, 0 },
	{ "bit 62", PAGE, PAGE ^ UINT64_C(1) << 62, 0, 0 },
	{ "to nG", PAGE, NG, 1, 1 },
	{ "from nG", NG, PAGE, 0, 0 },
	{ "stays nG", NG, NG ^ 0x80, 1, 1 },
	{ "tagged to normal", PAGE, PAGE ^ 0x4, 1, 1 },
	{ "normal to tagged", PAGE ^ 0x4, PAGE, 1, 1 },
	{ "normal to Normal-NC", PAGE ^ 0x4, (PAGE ^ 0x4) | 0x8, 0, 0 },
	{ "Normal-NC to tagged", (PAGE ^ 0x4) | 0x8, PAGE, 0, 0 },
	{ "nGnRnE to nGnRE", (PAGE ^ 0x4) | 0xc, (PAGE ^ 0x4) | 0x10, 0, 0 },
	{ "CONT on", PAGE, CONT, 0, 0 },
	{ "CONT off", CONT, PAGE, 0, 0 },
	{ "nothing, with CONT", CONT, CONT, 0, 1 },
	{ "read-only, with CONT", CONT, CONT ^ 0x80, 0, 1 },
	{ "CONT to invalid", CONT, CONT & ~UINT64_C(1), 1, 1 },
	{ "block to table", 0x00e8000080000705, 0x180000013ffff403, 0, 0 },
	{ "table to block", 0x180000013ffff403, 0x00e8000080000705, 0, 0 },
	{ "all that may", PAGE,
	  PAGE ^ (UINT64_C(0x87a8000000000080) | 0x800 | 0x4), 1, 1 },
};

static void live_changes_are_safe_by_the_rule(void **state)
{
	(void)state;
	for (const struct change_row *r = changes; r < changes + COUNT(changes);
	     r++) {
		print_message("%s\n", r->name);
		for (int v = 0; v < VMSA_LINUX_NR_VERSIONS; v++)
			assert_int_equal(
				vmsa_linux_change_is_safe(vmsa_linux_rules(v),
							  r->old, r->new),
				v == VMSA_LINUX_V7_3 ? r->new_kernels
						     : r->old_kernels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			regions_lie_where_each_configuration_puts_them),
		cmocka_unit_test(only_offered_configurations_have_a_kernel),
		cmocka_unit_test(protections_have_these_bits),
		cmocka_unit_test(live_changes_are_safe_by_the_rule),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
