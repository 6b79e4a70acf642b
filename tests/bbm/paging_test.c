/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * paging_test.c - the rule of aarch64-paging, a Rust library, beside ours
 *
 * Its rule is a list of bits that may change in a live valid descriptor; all
 * others it refuses.  That is part of what the architecture allows, so that
 * what it calls safe has to be safe here, at every level of FEAT_BBM.
 *
 *     stage 1  valid, read-only, Access flag, DBM, PXN, UXN, software bits; nG
 *              may be set and not cleared
 *     stage 2  valid, S2AP, Access flag, XN, software bits
 */
#include "check_logs.h"

#include <inttypes.h>

#define BIT(n)   (UINT64_C(1) << (n))
#define SOFTWARE (BIT(55) | BIT(56) | BIT(57) | BIT(58))
#define STAGE1_MAY \
	(BIT(0) | BIT(7) | BIT(10) | BIT(51) | BIT(53) | BIT(54) | SOFTWARE)
#define STAGE2_MAY \
	(BIT(0) | BIT(6) | BIT(7) | BIT(10) | BIT(53) | BIT(54) | SOFTWARE)
#define NON_GLOBAL BIT(11)
#define CONTIGUOUS BIT(52)
#define PAGE_BASE  (((BIT(48) - 1) >> 12) << 12)
#define BLOCK_BASE (((BIT(48) - 1) >> 21) << 21)

static bool is_bbm_safe(vmsa_desc old, vmsa_desc new, bool stage2)
{
	const vmsa_desc differ = old ^ new;

	if (!(old & BIT(0)))
		return true;
	if (stage2)
		return !(differ & ~STAGE2_MAY);
	return !(differ & ~(STAGE1_MAY | NON_GLOBAL)) &&
	       (!(differ & NON_GLOBAL) || new &NON_GLOBAL);
}

/* A leaf at a level; not of a group, whose members would have to be there. */
static vmsa_desc random_leaf(uint64_t *seed, int level)
{
	const vmsa_desc base = level == 3 ? PAGE_BASE : BLOCK_BASE;
	const vmsa_desc bits = test_rand(seed) ^ test_rand(seed) << 32;

	return (((bits & ~PAGE_BASE) | (bits & base)) &
		~(CONTIGUOUS | UINT64_C(3))) |
	       (level == 3 ? 3 : 1);
}

/* Some bits of @old other ones, mostly such that may change. */
static vmsa_desc random_change(uint64_t *seed, vmsa_desc old, bool stage2)
{
	const vmsa_desc may = stage2 ? STAGE2_MAY : STAGE1_MAY | NON_GLOBAL;
	const vmsa_desc flip = test_rand(seed) ^ test_rand(seed) << 32;

	if (test_rand(seed) % 4)
		return old ^ (flip & may);
	return old ^ (flip & may) ^ BIT(test_rand(seed) % 64);
}

/* What the checker says of one store. */
static void ask(vmsa_desc old, vmsa_desc new, int level, const char *regime,
		unsigned bbm, struct answer *a)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "tables 0 root=0x1000 granule=4k va=30 regime=%s\n"
		 "init 0x%x 0x%" PRIx64 "\n%s"
		 "store %d 0 0x%x 0x%" PRIx64 "\n",
		 regime, level == 3 ? 0x2000 : 0x1000, old,
		 level == 3 ? "init 0x1000 0x2003\n" : "", level,
		 level == 3 ? 0x2000 : 0x1000, new);
	check_text(text, (struct vmsa_checker_config){ .bbm = bbm }, a);
}

static void compare(uint64_t *seed, bool stage2)
{
	unsigned safe = 0, told = 0;
	struct answer a;

	for (unsigned i = 0; i < 4000; i++) {
		const int level = i & 1 ? 3 : 2;
		const vmsa_desc old = random_leaf(seed, level);
		const vmsa_desc new = random_change(seed, old, stage2);

		ask(old, new, level, stage2 ? "stage2" : "el1", i / 2 % 4, &a);
		told += a.text[0] != 0;
		if (!is_bbm_safe(old, new, stage2))
			continue;
		safe++;
		if (a.text[0])
			fail_msg("0x%" PRIx64 " to 0x%" PRIx64
				 " at level %d: %s",
				 old, new, level, a.text);
	}
	/* Both kinds have been there. */
	assert_true(safe > 1000 && told > 200);
}

static void what_it_calls_safe_is_safe(void **state)
{
	uint64_t seed = 9;

	(void)state;
	compare(&seed, false);
	compare(&seed, true);
}

/*
 * One bit of a live page, level 0.  It refuses all that is not in its list;
 * R_WHZWS wants a break for attributes of memory, output address, NS, a global
 * leaf over a non-global one, and the Contiguous bit is R_KHRBC's.  What is
 * left is the difference: AP[1] and GP are permissions, bits 48 and 49 are
 * RES0, 59 to 63 are PBHA or ignored.  Bit 1 makes it no page at all.
 */
static void where_it_refuses_more_is_known(void **state)
{
	const vmsa_desc ours_only = BIT(6) | BIT(50) | BIT(48) | BIT(49) |
				    BIT(59) | BIT(60) | BIT(61) | BIT(62) |
				    BIT(63);
	/* Writable, Access flag, non-global. */
	const vmsa_desc page = UINT64_C(0x40000f03);
	struct answer a;

	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		const bool safe = is_bbm_safe(page, page ^ BIT(bit), false);

		ask(page, page ^ BIT(bit), 3, "el1", 0, &a);
		print_message("bit %u: %s\n", bit, a.text);
		if (safe || ours_only & BIT(bit))
			assert_string_equal(a.text, "");
		else
			assert_string_equal(a.text,
					    bit == 1 ? "reserved" : "break");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_calls_safe_is_safe),
		cmocka_unit_test(where_it_refuses_more_is_known),
	};

	return cmocka_run_group_tests_name("aarch64_paging", tests, NULL, NULL);
}
