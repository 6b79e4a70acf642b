/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * space_test.c - making a space, and what an empty one says
 */
#include "tables.h"

#include <errno.h>

static struct vmsa_memory *small_memory(unsigned granule_shift)
{
	const struct vmsa_range bank = { 0x100000, 0x100000 };
	const struct vmsa_memory_config c = { .granule_shift = granule_shift,
					      .banks = &bank,
					      .nr_banks = 1 };
	struct vmsa_memory *m;

	assert_int_equal(vmsa_memory_create(&c, &m), 0);
	return m;
}

static int try_root(struct vmsa_memory *m, unsigned granule_shift, vmsa_pa root,
		    struct vmsa_space **out)
{
	struct vmsa_space_config c = { .memory = m, .root = root };

	assert_int_equal(vmsa_geometry_init(&c.geometry, granule_shift, 39,
					    VMSA_FORMAT_48),
			 0);
	return vmsa_space_create(&c, out);
}

/* Granule, place and room are checked, and the answer is left alone. */
static void impossible_spaces_are_refused(void **state)
{
	struct vmsa_memory *m = small_memory(12);
	struct vmsa_space *none = NULL;

	(void)state;
	assert_int_equal(try_root(m, 14, VMSA_NO_PA, &none), -EINVAL);
	assert_int_equal(try_root(m, 12, 0x200000, &none), -EFAULT);
	assert_int_equal(try_root(m, 12, 0x100800, &none), -EFAULT);
	vmsa_memory_fail_nth(m, 1);
	assert_int_equal(try_root(m, 12, VMSA_NO_PA, &none), -ENOMEM);
	assert_null(none);
	assert_int_equal(live_frames(m), 0);
	vmsa_memory_destroy(m);
}

/* A root the caller placed is used, and emptied; no frame is taken. */
static void a_given_root_is_emptied_and_used(void **state)
{
	struct vmsa_memory *m = small_memory(12);
	struct vmsa_space *s;
	vmsa_desc d;

	(void)state;
	memset(vmsa_memory_frame(m, 0x123000), 0xff, 4096);
	assert_int_equal(try_root(m, 12, 0x123000, &s), 0);
	assert_u64_equal(vmsa_space_root(s), 0x123000);
	assert_int_equal(live_frames(m), 0);
	for (vmsa_pa at = 0x123000; at < 0x124000; at += 8) {
		assert_int_equal(vmsa_memory_read(m, at, &d), 0);
		assert_u64_equal(d, 0);
	}
	vmsa_space_destroy(s);
	vmsa_memory_destroy(m);
}

static const struct half_row {
	unsigned va_bits;
	bool upper;
	vmsa_va base;
} halves[] = {
	{ 39, false, 0 },
	{ 39, true, 0xffffff8000000000 },
	{ 48, true, 0xffff000000000000 },
	{ 16, true, 0xffffffffffff0000 },
};

/* The half follows from the number of address bits; all of it faults. */
static void an_empty_space_faults_everywhere_in_its_half(void **state)
{
	(void)state;
	for (const struct half_row *r = halves; r < halves + COUNT(halves);
	     r++) {
		struct vmsa_memory *m = small_memory(12);
		struct vmsa_space_config c = { .memory = m,
					       .upper = r->upper,
					       .root = VMSA_NO_PA };
		const uint64_t last = (UINT64_C(1) << r->va_bits) - 1;
		struct vmsa_translation t = { .pa = 77 };
		struct vmsa_space *s;

		vmsa_geometry_init(&c.geometry, 12, r->va_bits, VMSA_FORMAT_48);
		assert_int_equal(vmsa_space_create(&c, &s), 0);
		assert_u64_equal(vmsa_space_base(s), r->base);
		assert_ptr_equal(vmsa_space_memory(s), m);
		assert_int_equal(vmsa_space_geometry(s)->va_bits, r->va_bits);
		assert_int_equal(vmsa_translate(s, r->base - 1, &t), -ERANGE);
		assert_int_equal(vmsa_translate(s, r->base + last + 1, &t),
				 -ERANGE);
		assert_u64_equal(t.pa, 77);
		assert_int_equal(vmsa_translate(s, r->base, &t), 0);
		assert_true(t.fault);
		assert_int_equal(vmsa_translate(s, r->base + last, &t), 0);
		assert_true(t.fault);
		assert_u64_equal(t.pa, 0);
		assert_int_equal(t.level, c.geometry.start_level);
		vmsa_space_destroy(s);
		vmsa_memory_destroy(m);
	}
}

/* Two writers exclude each other; destroying nothing is fine. */
static void a_space_can_be_locked_and_nothing_destroyed(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	vmsa_space_lock(f.space);
	vmsa_space_unlock(f.space);
	vmsa_space_lock(f.space);
	vmsa_space_unlock(f.space);
	fixture_close(&f);
	vmsa_space_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(impossible_spaces_are_refused),
		cmocka_unit_test(a_given_root_is_emptied_and_used),
		cmocka_unit_test(an_empty_space_faults_everywhere_in_its_half),
		cmocka_unit_test(a_space_can_be_locked_and_nothing_destroyed),
	};

	return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
