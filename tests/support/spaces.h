/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_SPACES_H
#define VMSA_TEST_SPACES_H
/*
 * spaces.h - a memory and an empty space in it, for tests of what stands on
 * them
 */
#include "support/vmsa_test.h"
#include "vmsa/table.h"

/** struct fixture - what most table tests need. */
struct fixture {
	struct vmsa_memory *memory;
	struct vmsa_space *space;
	struct vmsa_geometry geometry;
};

/** TEST_RAM - where the fixture's one bank starts, and its size. */
#define TEST_RAM_BASE UINT64_C(0x40000000)
#define TEST_RAM_SIZE (UINT64_C(64) << 30)

/** fixture_open() - one bank of 64 GiB and an upper-half space. */
static inline void fixture_open(struct fixture *f, unsigned granule_shift,
				unsigned va_bits, enum vmsa_format format)
{
	const struct vmsa_range bank = { TEST_RAM_BASE, TEST_RAM_SIZE };
	const struct vmsa_memory_config mc = { .granule_shift = granule_shift,
					       .banks = &bank,
					       .nr_banks = 1 };
	struct vmsa_space_config sc = { .upper = true, .root = VMSA_NO_PA };

	assert_int_equal(vmsa_geometry_init(&f->geometry, granule_shift,
					    va_bits, format),
			 0);
	assert_int_equal(vmsa_memory_create(&mc, &f->memory), 0);
	sc.geometry = f->geometry;
	sc.memory = f->memory;
	assert_int_equal(vmsa_space_create(&sc, &f->space), 0);
}

/** fixture_close() - and give it back. */
static inline void fixture_close(struct fixture *f)
{
	vmsa_space_destroy(f->space);
	vmsa_memory_destroy(f->memory);
}

#endif /* VMSA_TEST_SPACES_H */
