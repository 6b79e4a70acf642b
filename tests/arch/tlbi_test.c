/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlbi_test.c - what vmsa/arch/tlbi.h promises
 */
#include "support/vmsa_test.h"

#include <errno.h>

#include "vmsa/arch/tlbi.h"

#define KERNEL_VA UINT64_C(0xffff000040345000)

static struct vmsa_geometry shape(unsigned shift, enum vmsa_format format)
{
	struct vmsa_geometry g;

	assert_int_equal(vmsa_geometry_init(&g, shift, 48, format), 0);
	return g;
}

static enum vmsa_tlbi_effect target(enum vmsa_tlbi_op op, uint64_t operand,
				    struct vmsa_geometry g,
				    struct vmsa_tlbi_target *out)
{
	const struct vmsa_tlbi tlbi = { .op = op, .operand = operand };

	return vmsa_tlbi_target(&tlbi, &g, out);
}

/* Operands that Linux is known to use for these very requests. */
static void operands_have_their_known_encodings(void **state)
{
	const struct vmsa_tlbi_page page = { .address = KERNEL_VA + 0x2000 };
	struct vmsa_tlbi_span span = { .base = KERNEL_VA,
				       .granule_shift = 12,
				       .scale = 1 };
	uint64_t operand;

	(void)state;
	/* 100 pages: 64 with scale 1, then 36 with scale 0 and NUM 17. */
	assert_int_equal(vmsa_tlbi_span_encode(&span, &operand), 0);
	assert_u64_equal(operand, 0x501000040345);
	span.base = UINT64_C(0xffff000040385000);
	span.scale = 0;
	span.num = 17;
	assert_int_equal(vmsa_tlbi_span_encode(&span, &operand), 0);
	assert_u64_equal(operand, 0x489000040385);
	/* 3 pages: two by range, the third alone. */
	span.base = KERNEL_VA;
	span.num = 0;
	assert_int_equal(vmsa_tlbi_span_encode(&span, &operand), 0);
	assert_u64_equal(operand, 0x401000040345);
	assert_u64_equal(vmsa_tlbi_page_encode(VMSA_TLBI_VAALE1, &page),
			 0xff000040347);
}

/* Tag bits and the sign do not spill into TTL; the granule does not matter. */
static void a_page_operand_holds_va_55_to_12_and_no_more(void **state)
{
	const struct vmsa_tlbi_page page = {
		.address = UINT64_C(0xabff000040345fff),
		.asid = 0x8001,
		.ttl = 7,
	};
	struct vmsa_tlbi_page back;
	uint64_t operand;

	(void)state;
	operand = vmsa_tlbi_page_encode(VMSA_TLBI_VAE1, &page);
	assert_u64_equal(operand, UINT64_C(0x80017ff000040345));
	vmsa_tlbi_page_decode(VMSA_TLBI_VAE1, operand, &back);
	assert_u64_equal(back.address, UINT64_C(0xffff000040345000));
	assert_int_equal(back.asid, 0x8001);
	assert_int_equal(back.ttl, 7);
	vmsa_tlbi_page_decode(VMSA_TLBI_VAE1, 0x12345, &back);
	assert_u64_equal(back.address, 0x12345000);
}

/* An IPA operand has bit 63 for NS where others have the ASID. */
static void an_ipa_operand_holds_ipa_51_to_12_and_ns(void **state)
{
	const struct vmsa_tlbi_page page = {
		.address = UINT64_C(0x000f123456789000),
		.ttl = 0xb,
		.asid = 0x7fff,
		.ns = true,
	};
	struct vmsa_tlbi_page back;
	uint64_t operand;

	(void)state;
	operand = vmsa_tlbi_page_encode(VMSA_TLBI_IPAS2E1, &page);
	assert_u64_equal(operand, UINT64_C(0x8000b0f123456789));
	vmsa_tlbi_page_decode(VMSA_TLBI_IPAS2E1, operand, &back);
	assert_u64_equal(back.address, page.address);
	assert_int_equal(back.ttl, 0xb);
	assert_true(back.ns);
	assert_int_equal(back.asid, 0);
}

/* TTL[3:2] is the granule in TLBI's own encoding, TTL[1:0] the level. */
static void level_hints_name_granule_and_level(void **state)
{
	(void)state;
	assert_int_equal(vmsa_tlbi_ttl(12, 3), 0x7);
	assert_int_equal(vmsa_tlbi_ttl(14, 2), 0xa);
	assert_int_equal(vmsa_tlbi_ttl(16, 1), 0xd);
	assert_int_equal(vmsa_tlbi_ttl(12, 0), 0x4);
	assert_int_equal(vmsa_tlbi_ttl(13, 3), 0);
	assert_int_equal(vmsa_tlbi_ttl(12, -1), 0);
	assert_int_equal(vmsa_tlbi_ttl(12, 4), 0);
}

/* Encode and decode one span; both halves of the address space. */
static void round_trip(struct vmsa_tlbi_span in)
{
	struct vmsa_tlbi_span out;
	uint64_t operand, pages = 2 * (in.num + UINT64_C(1));

	for (int i = 0; i < in.scale; i++)
		pages *= 32;
	assert_u64_equal(vmsa_tlbi_span_bytes(&in), pages << in.granule_shift);
	assert_int_equal(vmsa_tlbi_span_encode(&in, &operand), 0);
	assert_int_equal(vmsa_tlbi_span_decode(operand, in.ds, &out), 0);
	assert_u64_equal(out.base, in.base);
	assert_int_equal(out.asid, in.asid);
	assert_int_equal(out.granule_shift, in.granule_shift);
	assert_int_equal(out.ttl, in.ttl);
	assert_int_equal(out.num, in.num);
	assert_int_equal(out.scale, in.scale);
	assert_int_equal(out.ds, in.ds);
}

/* Every NUM and SCALE, granule, hint and form of BaseADDR. */
static void range_operands_survive_a_round_trip(void **state)
{
	static const uint64_t bases[] = { 0, 0x12340000, KERNEL_VA & ~0xffffull,
					  UINT64_C(0xffffffffffff0000) };
	unsigned trips = 0;

	(void)state;
	for (unsigned i = 0; i < 32 * 4 * 3 * 4 * 2 * 4; i++) {
		const struct vmsa_tlbi_span span = {
			.num = i & 31,
			.scale = i >> 5 & 3,
			.ttl = i >> 7 & 3,
			.base = bases[i >> 9 & 3],
			.ds = i >> 11 & 1,
			.granule_shift = (uint8_t)(12 + 2 * (i >> 12)),
			.asid = (uint16_t)(i * 2654435761u >> 16),
		};

		round_trip(span);
		trips++;
	}
	assert_int_equal(trips, 12288);
}

/* Values that no operand can hold are refused and write nothing. */
static void impossible_ranges_are_refused(void **state)
{
	const struct vmsa_tlbi_span good = { .base = KERNEL_VA,
					     .granule_shift = 12 };
	struct vmsa_tlbi_span bad[6];
	uint64_t operand = 77;

	(void)state;
	for (int i = 0; i < 6; i++)
		bad[i] = good;
	bad[0].granule_shift = 13;
	bad[1].num = 32;
	bad[2].scale = 4;
	bad[3].ttl = 4;
	bad[4].base += 0x800;
	bad[5].ds = true; /* ...345000 is no multiple of 64 KiB */
	for (int i = 0; i < 6; i++)
		assert_int_equal(vmsa_tlbi_span_encode(&bad[i], &operand),
				 -EINVAL);
	assert_u64_equal(operand, 77);
	assert_int_equal(vmsa_tlbi_span_encode(&good, &operand), 0);
	/* TG 00 is reserved. */
	assert_int_equal(vmsa_tlbi_span_decode(0x1234, false, &bad[0]),
			 -EINVAL);
}

/* BaseADDR is [48:12], [50:14] or [52:16]; with DS always [52:16]. */
static void the_unit_of_baseaddr_follows_granule_and_ds(void **state)
{
	static const struct {
		unsigned tg;
		bool ds;
		uint64_t low, high; /* of BaseADDR 1 and of all ones */
	} rows[] = {
		{ 1, false, 0x1000, UINT64_C(0xfffffffffffff000) },
		{ 2, false, 0x4000, UINT64_C(0xffffffffffffc000) },
		{ 3, false, 0x10000, UINT64_C(0xffffffffffff0000) },
		{ 1, true, 0x10000, UINT64_C(0xffffffffffff0000) },
		{ 2, true, 0x10000, UINT64_C(0xffffffffffff0000) },
	};
	struct vmsa_tlbi_span s;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const uint64_t tg = (uint64_t)rows[i].tg << 46;

		vmsa_tlbi_span_decode(tg | 1, rows[i].ds, &s);
		assert_u64_equal(s.base, rows[i].low);
		vmsa_tlbi_span_decode(tg | 0x1fffffffff, rows[i].ds, &s);
		assert_u64_equal(s.base, rows[i].high);
	}
}

/* One address takes the whole granule it is in. */
static void a_page_operation_reaches_the_granule_of_its_address(void **state)
{
	struct vmsa_tlbi_target t;

	(void)state;
	/* VA 0x40345000 by 4 KiB units is in the 64K page at 0x40340000. */
	assert_int_equal(target(VMSA_TLBI_VALE1, UINT64_C(0x0007000000040345),
				shape(16, VMSA_FORMAT_48), &t),
			 VMSA_TLBI_INVALIDATES);
	assert_u64_equal(t.first, 0x40340000);
	assert_u64_equal(t.last, 0x4034ffff);
	assert_int_equal(t.asid, 7);
	assert_int_equal(t.level, VMSA_TLBI_ANY_LEVEL);
	assert_true(t.last_level && !t.any_asid && t.globals);
}

static const struct hint_row {
	const char *name;
	unsigned shift;
	enum vmsa_format format;
	unsigned ttl;
	enum vmsa_tlbi_effect effect;
	int level;
} hints[] = {
	{ "none", 12, VMSA_FORMAT_48, 0x3, VMSA_TLBI_INVALIDATES, -2 },
	{ "4K page", 12, VMSA_FORMAT_48, 0x7, VMSA_TLBI_INVALIDATES, 3 },
	{ "of 64K", 12, VMSA_FORMAT_48, 0xf, VMSA_TLBI_NOTHING, 0 },
	{ "of 4K", 14, VMSA_FORMAT_48, 0x7, VMSA_TLBI_NOTHING, 0 },
	{ "4K level 0", 12, VMSA_FORMAT_48, 0x4, VMSA_TLBI_INVALIDATES, -2 },
	{ "4K L0 DS", 12, VMSA_FORMAT_LPA2, 0x4, VMSA_TLBI_INVALIDATES, 0 },
	{ "16K level 1", 14, VMSA_FORMAT_48, 0x9, VMSA_TLBI_INVALIDATES, -2 },
	{ "16K L1 DS", 14, VMSA_FORMAT_LPA2, 0x9, VMSA_TLBI_INVALIDATES, 1 },
	{ "64K level 0", 16, VMSA_FORMAT_LPA, 0xc, VMSA_TLBI_INVALIDATES, -2 },
};

/* A hint of another granule guarantees nothing, a reserved one is none. */
static void wrong_level_hints_invalidate_nothing(void **state)
{
	(void)state;
	for (const struct hint_row *h = hints; h < hints + COUNT(hints); h++) {
		struct vmsa_tlbi_target t = { .asid = 77 };

		print_message("%s\n", h->name);
		assert_int_equal(target(VMSA_TLBI_VAE1, (uint64_t)h->ttl << 44,
					shape(h->shift, h->format), &t),
				 h->effect);
		if (h->effect == VMSA_TLBI_INVALIDATES)
			assert_int_equal(t.level, h->level);
		else
			assert_int_equal(t.asid, 77);
	}
}

/* Ranges reach what they say and end at the top. */
static void ranges_reach_what_their_operand_covers(void **state)
{
	const struct vmsa_geometry g = shape(12, VMSA_FORMAT_48);
	struct vmsa_tlbi_span s = { .base = KERNEL_VA,
				    .granule_shift = 12,
				    .num = 17 };
	struct vmsa_tlbi_target t;
	uint64_t operand;

	(void)state;
	vmsa_tlbi_span_encode(&s, &operand);
	assert_int_equal(target(VMSA_TLBI_RVAALE1, operand, g, &t),
			 VMSA_TLBI_INVALIDATES);
	assert_u64_equal(t.first, KERNEL_VA);
	assert_u64_equal(t.last, KERNEL_VA + 36 * 4096 - 1);
	assert_true(t.any_asid && t.last_level);
	/* Another granule than the one in use. */
	assert_int_equal(target(VMSA_TLBI_RVAALE1, operand,
				shape(16, VMSA_FORMAT_48), &t),
			 VMSA_TLBI_NOTHING);
	assert_int_equal(target(VMSA_TLBI_RVAALE1, 5, g, &t),
			 VMSA_TLBI_NOTHING);
	/* Two pages before the end of the address space, of 64 asked for. */
	s.base = UINT64_C(0xffffffffffffe000);
	s.scale = 1;
	s.num = 0;
	vmsa_tlbi_span_encode(&s, &operand);
	target(VMSA_TLBI_RVAE1, operand, g, &t);
	assert_u64_equal(t.first, UINT64_C(0xffffffffffffe000));
	assert_u64_equal(t.last, UINT64_MAX);
}

/* TTL of a range obliges its base to be a leaf's. */
static void a_range_base_must_be_aligned_for_its_hint(void **state)
{
	const struct vmsa_geometry g = shape(12, VMSA_FORMAT_48);
	struct vmsa_tlbi_span s = { .base = KERNEL_VA, .granule_shift = 12 };
	struct vmsa_tlbi_target t;
	uint64_t operand;

	(void)state;
	/* 2 MiB blocks: a base of 4 KiB alignment is UNPREDICTABLE. */
	s.ttl = 2;
	vmsa_tlbi_span_encode(&s, &operand);
	assert_int_equal(target(VMSA_TLBI_RVAE1, operand, g, &t),
			 VMSA_TLBI_UNPREDICTABLE);
	s.base &= ~UINT64_C(0x1fffff);
	vmsa_tlbi_span_encode(&s, &operand);
	assert_int_equal(target(VMSA_TLBI_RVAE1, operand, g, &t),
			 VMSA_TLBI_INVALIDATES);
	assert_int_equal(t.level, 2);
}

/* A lower-half range stops where its 52 bits end. */
static void a_range_does_not_run_out_of_the_lower_half(void **state)
{
	struct vmsa_tlbi_span s = { .base = UINT64_C(0xfffffffff0000),
				    .granule_shift = 16,
				    .num = 31,
				    .scale = 3 };
	struct vmsa_tlbi_target t;
	uint64_t operand;

	(void)state;
	vmsa_tlbi_span_encode(&s, &operand);
	target(VMSA_TLBI_RVAE1, operand, shape(16, VMSA_FORMAT_LPA), &t);
	assert_u64_equal(t.first, UINT64_C(0xfffffffff0000));
	assert_u64_equal(t.last, UINT64_C(0xfffffffffffff));
}

/* ASID operations spare global entries, "all" operations nothing. */
static void operations_without_an_address_reach_all_addresses(void **state)
{
	const struct vmsa_geometry g = shape(12, VMSA_FORMAT_48);
	struct vmsa_tlbi_target t;

	(void)state;
	target(VMSA_TLBI_ASIDE1, UINT64_C(0x1234) << 48, g, &t);
	assert_true(!t.globals && !t.any_asid && !t.last_level);
	assert_int_equal(t.asid, 0x1234);
	assert_u64_equal(t.last - t.first, UINT64_MAX);
	target(VMSA_TLBI_VMALLE1, 0, g, &t);
	assert_true(t.globals && t.any_asid && !t.last_level);
	assert_u64_equal(t.last - t.first, UINT64_MAX);
}

/* Logs and reports spell them as the manual does. */
static void names_are_the_manuals(void **state)
{
	(void)state;
	assert_string_equal(vmsa_tlbi_name(VMSA_TLBI_VAALE1, VMSA_TLBI_IS),
			    "VAALE1IS");
	assert_string_equal(vmsa_tlbi_name(VMSA_TLBI_VMALLE1, VMSA_TLBI_LOCAL),
			    "VMALLE1");
	assert_string_equal(vmsa_tlbi_name(VMSA_TLBI_RIPAS2LE1, VMSA_TLBI_OS),
			    "RIPAS2LE1OS");
	assert_string_equal(vmsa_tlbi_name(VMSA_NR_TLBI_OPS, VMSA_TLBI_OS),
			    "?");
	assert_string_equal(vmsa_barrier_name(VMSA_DSB_ISHST), "DSB ISHST");
	assert_string_equal(vmsa_barrier_name(VMSA_ISB), "ISB");
	assert_string_equal(vmsa_barrier_name(VMSA_NR_BARRIERS), "?");
	for (int op = 0; op < VMSA_NR_TLBI_OPS; op++) {
		const enum vmsa_tlbi_op o = (enum vmsa_tlbi_op)op;
		const char *name = vmsa_tlbi_name(o, VMSA_TLBI_LOCAL);

		assert_int_equal(vmsa_tlbi_is_range(o), name[0] == 'R');
		assert_int_equal(vmsa_tlbi_form(o) == VMSA_TLBI_FORM_VA_RANGE ||
					 vmsa_tlbi_form(o) ==
						 VMSA_TLBI_FORM_IPA_RANGE,
				 name[0] == 'R');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands_have_their_known_encodings),
		cmocka_unit_test(a_page_operand_holds_va_55_to_12_and_no_more),
		cmocka_unit_test(an_ipa_operand_holds_ipa_51_to_12_and_ns),
		cmocka_unit_test(level_hints_name_granule_and_level),
		cmocka_unit_test(range_operands_survive_a_round_trip),
		cmocka_unit_test(impossible_ranges_are_refused),
		cmocka_unit_test(the_unit_of_baseaddr_follows_granule_and_ds),
		cmocka_unit_test(
			a_page_operation_reaches_the_granule_of_its_address),
		cmocka_unit_test(wrong_level_hints_invalidate_nothing),
		cmocka_unit_test(ranges_reach_what_their_operand_covers),
		cmocka_unit_test(a_range_base_must_be_aligned_for_its_hint),
		cmocka_unit_test(a_range_does_not_run_out_of_the_lower_half),
		cmocka_unit_test(
			operations_without_an_address_reach_all_addresses),
		cmocka_unit_test(names_are_the_manuals),
	};

	return cmocka_run_group_tests_name("tlbi", tests, NULL, NULL);
}
