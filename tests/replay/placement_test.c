/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * placement_test.c - where recorded memory comes to lie
 */
#include <errno.h>
#include <stdlib.h>

#include "replay/placement.h"
#include "support/vmsa_test.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct vmsa_placement make(const struct vmsa_range *ram, size_t n,
				  struct vmsa_replay_placement how)
{
	struct vmsa_replay_config c = {
		.ram = ram,
		.nr_ram = n,
		.placement = how,
	};
	struct vmsa_placement p;

	assert_int_equal(vmsa_placement_init(&p, &c), 0);
	return p;
}

/* No unit gets two, for ranges that are and are not powers of two. */
static void a_permutation_is_injective(void **state)
{
	const uint64_t units[] = { 1, 2, 3, 5, 255, 256, 257, 4099 };
	struct vmsa_range ram = { 0, GIB };

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++)
		for (uint64_t seed = 0; seed < 3; seed++) {
			struct vmsa_placement p =
				make(&ram, 1,
				     (struct vmsa_replay_placement){
					     VMSA_REPLAY_SCATTER, 4,
					     units[i] << 16, seed });
			bool *seen = calloc(units[i], sizeof(*seen));

			assert_u64_equal(p.units, units[i]);
			for (uint64_t u = 0; u < units[i]; u++) {
				uint64_t to = vmsa_placement_permute(&p, u);

				assert_true(to < units[i]);
				assert_false(seen[to]);
				seen[to] = true;
			}
			free(seen);
			vmsa_placement_fini(&p);
		}
}

/* A good part of neighbours are torn apart, and each seed does it anew. */
static void a_seed_decides_where_units_go(void **state)
{
	struct vmsa_range ram = { 0, 4 * GIB };
	struct vmsa_placement p[2];
	unsigned same = 0, neighbours = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 2; seed++)
		p[seed] = make(&ram, 1,
			       (struct vmsa_replay_placement){
				       VMSA_REPLAY_SCATTER, 9, 0, seed });
	for (uint64_t u = 0; u < 2047; u++) {
		uint64_t to = vmsa_placement_permute(&p[0], u);

		same += to == vmsa_placement_permute(&p[1], u);
		neighbours += vmsa_placement_permute(&p[0], u + 1) == to + 1;
	}
	/* One of 2048 is expected of either; 20 happen never. */
	assert_true(same < 20);
	assert_true(neighbours < 20);
	vmsa_placement_fini(&p[0]);
	vmsa_placement_fini(&p[1]);
}

static void offsets_skip_holes(void **state)
{
	const struct vmsa_range ram[] = { { 1 * GIB, 1 * MIB },
					  { 8 * GIB, 4 * MIB } };
	struct vmsa_placement p =
		make(ram, 2, (struct vmsa_replay_placement){ 0 });
	vmsa_pa pa;

	(void)state;
	assert_true(vmsa_placement_find(&p, MIB - 1, &pa));
	assert_u64_equal(pa, GIB + MIB - 1);
	assert_true(vmsa_placement_find(&p, MIB, &pa));
	assert_u64_equal(pa, 8 * GIB);
	assert_true(vmsa_placement_find(&p, 5 * MIB - 1, &pa));
	assert_u64_equal(pa, 8 * GIB + 4 * MIB - 1);
	assert_false(vmsa_placement_find(&p, 5 * MIB, &pa));
	vmsa_placement_fini(&p);
}

/* A unit keeps its bytes together, aligned, inside one bank. */
static void units_lie_whole_in_a_bank(void **state)
{
	/* 2 MiB units: 1 whole one in the first bank, 3 in the second. */
	const struct vmsa_range ram[] = { { GIB + MIB, 4 * MIB },
					  { 8 * GIB, 7 * MIB } };
	struct vmsa_placement p = make(
		ram, 2,
		(struct vmsa_replay_placement){ VMSA_REPLAY_SCATTER, 9, 0, 5 });

	(void)state;
	assert_u64_equal(p.units, 4);
	for (uint64_t u = 0; u < 4; u++) {
		vmsa_pa start, end;

		assert_true(vmsa_placement_find(&p, u * 2 * MIB, &start));
		assert_true(
			vmsa_placement_find(&p, u * 2 * MIB + 0x1fffff, &end));
		assert_u64_equal(start % (2 * MIB), 0);
		assert_u64_equal(end - start, 0x1fffff);
		assert_true(start == GIB + 2 * MIB ||
			    (start >= 8 * GIB && end < 8 * GIB + 6 * MIB));
	}
	vmsa_placement_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_permutation_is_injective),
		cmocka_unit_test(a_seed_decides_where_units_go),
		cmocka_unit_test(offsets_skip_holes),
		cmocka_unit_test(units_lie_whole_in_a_bank),
	};

	return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
