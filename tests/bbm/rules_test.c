/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rules_test.c - what vmsa/bbm/rules.h promises
 *
 * Descriptors are literals after the manual's formats; expectations are the
 * rows of D8.17's own list.
 */
#include "support/vmsa_test.h"

#include "vmsa/bbm/rules.h"

/* clang-format off */
#define PAGE   UINT64_C(0x40000703) /* AF, SH inner, RW, AttrIndx 0 */
#define BLOCK  UINT64_C(0x40000701) /* the same as a level 2 block */
#define RO     (UINT64_C(1) << 7)
#define NG     (UINT64_C(1) << 11)
#define NT     (UINT64_C(1) << 16)
#define DBM    (UINT64_C(1) << 51)
#define CONT   (UINT64_C(1) << 52)
#define PXN    (UINT64_C(1) << 53)
#define SW     (UINT64_C(1) << 55)

static const struct change_row {
	const char *name;
	int8_t old_level, new_level;
	vmsa_desc old, new;
	unsigned flags;
	unsigned needs;
	unsigned left[4]; /* after what levels 0 .. 3 tolerate */
} changes[] = {
	{ "nothing", 3, 3, PAGE, PAGE, 0, 0, { 0 } },
	{ "memory type", 3, 3, PAGE, PAGE | 0x4, 0, VMSA_BBM_MEMORY_TYPE,
	  { 1, 1, 1, 1 } },
	{ "shareability", 3, 3, PAGE, PAGE & ~UINT64_C(0x300), 0,
	  VMSA_BBM_MEMORY_TYPE, { 1, 1, 1, 1 } },
	{ "output, both writable", 3, 3, PAGE, PAGE + 0x1000, 0,
	  VMSA_BBM_OUTPUT, { 2, 2, 2, 2 } },
	{ "output, old writable", 3, 3, PAGE, (PAGE | RO) + 0x1000, 0,
	  VMSA_BBM_OUTPUT, { 2, 2, 2, 2 } },
	{ "output, new writable", 3, 3, PAGE | RO, PAGE + 0x1000, 0,
	  VMSA_BBM_OUTPUT, { 2, 2, 2, 2 } },
	{ "output, read-only", 3, 3, PAGE | RO, (PAGE | RO) + 0x1000, 0,
	  VMSA_BBM_CONTENTS, { 4, 4, 4, 4 } },
	{ "output, DBM without HD", 3, 3, PAGE | RO | DBM,
	  (PAGE | RO) + 0x1000, 0, VMSA_BBM_CONTENTS, { 4, 4, 4, 4 } },
	{ "output, DBM with HD", 3, 3, PAGE | RO | DBM, (PAGE | RO) + 0x1000,
	  VMSA_BBM_HD, VMSA_BBM_OUTPUT, { 2, 2, 2, 2 } },
	{ "NS", 3, 3, PAGE, PAGE | 0x20, 0, VMSA_BBM_PA_SPACE,
	  { 8, 8, 8, 8 } },
	{ "size", 2, 3, BLOCK, PAGE, 0, VMSA_BBM_SIZE, { 16, 16, 0, 0 } },
	{ "size by nT", 2, 3, BLOCK | NT, PAGE, 0, VMSA_BBM_SIZE,
	  { 16, 0, 0, 0 } },
	{ "nT of a block", 2, 2, BLOCK, BLOCK | NT, 0, 0, { 0 } },
	{ "size and permission", 2, 3, BLOCK, PAGE | RO, 0, VMSA_BBM_SIZE,
	  { 16, 16, 0, 0 } },
	{ "size and type", 2, 3, BLOCK, PAGE | 0x4, 0,
	  VMSA_BBM_SIZE | VMSA_BBM_MEMORY_TYPE, { 17, 17, 1, 1 } },
	{ "Contiguous", 3, 3, PAGE, PAGE | CONT, 0, VMSA_BBM_CONTIGUOUS,
	  { 32, 0, 0, 0 } },
	{ "becomes global", 3, 3, PAGE | NG, PAGE, 0, VMSA_BBM_GLOBAL,
	  { 64, 64, 64, 64 } },
	{ "becomes non-global", 3, 3, PAGE, PAGE | NG, 0, 0, { 0 } },
	{ "permissions", 3, 3, PAGE, PAGE | RO | PXN | 0x40, 0, 0, { 0 } },
	{ "AF", 3, 3, PAGE & ~UINT64_C(0x400), PAGE, 0, 0, { 0 } },
	{ "DBM, software bits", 3, 3, PAGE, PAGE | DBM | SW, 0, 0, { 0 } },
};
/* clang-format on */

static struct vmsa_geometry geometry_4k(void)
{
	struct vmsa_geometry g;

	assert_int_equal(vmsa_geometry_init(&g, 12, 48, VMSA_FORMAT_48), 0);
	return g;
}

/* The list of R_WHZWS, and what each level takes off it. */
static void changes_need_what_the_manual_lists(void **state)
{
	const struct vmsa_geometry g = geometry_4k();

	(void)state;
	for (unsigned i = 0; i < COUNT(changes); i++) {
		const struct change_row *r = &changes[i];
		const struct vmsa_leaf_change change = {
			.va = 0,
			.from = { r->old, r->old_level },
			.to = { r->new, r->new_level },
			.flags = r->flags
		};

		print_message("%s\n", r->name);
		assert_int_equal(vmsa_bbm_needs(&g, &change), r->needs);
		for (unsigned level = 0; level < 4; level++)
			assert_int_equal(
				r->needs & ~vmsa_bbm_tolerates(level, &change),
				r->left[level]);
	}
}

/* A block and a page of it agree only at their own address. */
static void outputs_are_compared_byte_by_byte(void **state)
{
	const struct vmsa_geometry g = geometry_4k();
	const struct vmsa_leaf block = { BLOCK, 2 };
	const struct vmsa_leaf page = { PAGE + 0x5000, 3 };
	struct vmsa_leaf_change change = { .from = block, .to = page };

	(void)state;
	assert_u64_equal(vmsa_leaf_output(&g, block, 0x7ffff5123), 0x401f5123);
	assert_u64_equal(vmsa_leaf_output(&g, page, 0x7ffff5123), 0x40005123);
	change.va = 0x5123;
	assert_int_equal(vmsa_bbm_needs(&g, &change), VMSA_BBM_SIZE);
	change.va = 0x6123;
	assert_int_equal(vmsa_bbm_needs(&g, &change),
			 VMSA_BBM_SIZE | VMSA_BBM_OUTPUT);
}

/* With LPA2 the SH bits are address bits. */
static void lpa2_has_no_shareability_in_a_descriptor(void **state)
{
	struct vmsa_geometry g;
	const struct vmsa_leaf_change change = {
		.from = { PAGE, 3 }, .to = { PAGE & ~UINT64_C(0x200), 3 }
	};

	(void)state;
	assert_int_equal(vmsa_geometry_init(&g, 12, 52, VMSA_FORMAT_LPA2), 0);
	assert_int_equal(vmsa_bbm_needs(&g, &change), VMSA_BBM_OUTPUT);
}

/* --- TLBI ---------------------------------------------------------------- */

/* clang-format off */
#define LEAF  VMSA_CACHED_LEAF
#define TABLE VMSA_CACHED_TABLE
#define S2    VMSA_CACHED_S2_LEAF
#define S2T   VMSA_CACHED_S2_TABLE
#define BOTH  VMSA_CACHED_COMBINED

/* Entries of VA 0x5000, a page unless the level says otherwise; VMID 7. */
static const struct tlbi_row {
	enum vmsa_tlbi_op op;
	uint64_t address;
	uint16_t asid;   /* of the operand */
	int ttl;         /* level hinted; 0 for none */
	struct {
		enum vmsa_cached_kind kind;
		bool el2, global;
		uint16_t asid, vmid;
		int8_t level;
	} entry;
	bool removes;
} tlbis[] = {
	{ VMSA_TLBI_VAE1, 0x5000, 1, 0, { LEAF, 0, 0, 1, 7, 3 }, true },
	{ VMSA_TLBI_VAE1, 0x6000, 1, 0, { LEAF, 0, 0, 1, 7, 3 }, false },
	{ VMSA_TLBI_VAE1, 0x6000, 1, 0, { LEAF, 0, 0, 1, 7, 2 }, true },
	{ VMSA_TLBI_VAE1, 0x5000, 2, 0, { LEAF, 0, 0, 1, 7, 3 }, false },
	{ VMSA_TLBI_VAE1, 0x5000, 2, 0, { LEAF, 0, 1, 0, 7, 3 }, true },
	{ VMSA_TLBI_VAE1, 0x5000, 1, 0, { LEAF, 0, 0, 1, 8, 3 }, false },
	{ VMSA_TLBI_VAE1, 0x5000, 1, 0, { LEAF, 1, 0, 1, 7, 3 }, false },
	{ VMSA_TLBI_VAE1, 0x5000, 1, 0, { TABLE, 0, 0, 1, 7, 2 }, true },
	{ VMSA_TLBI_VAE1, 0x5000, 2, 0, { TABLE, 0, 1, 1, 7, 2 }, false },
	{ VMSA_TLBI_VALE1, 0x5000, 1, 0, { TABLE, 0, 0, 1, 7, 2 }, false },
	{ VMSA_TLBI_VALE1, 0x5000, 1, 0, { LEAF, 0, 0, 1, 7, 3 }, true },
	{ VMSA_TLBI_VALE1, 0x5000, 1, 0, { BOTH, 0, 0, 1, 7, 3 }, true },
	{ VMSA_TLBI_VAAE1, 0x5000, 0, 0, { TABLE, 0, 0, 9, 7, 1 }, true },
	{ VMSA_TLBI_VAALE1, 0x5000, 0, 0, { TABLE, 0, 0, 9, 7, 1 }, false },
	{ VMSA_TLBI_VAALE1, 0x5000, 0, 0, { LEAF, 0, 0, 9, 7, 3 }, true },
	{ VMSA_TLBI_VAE1, 0x5000, 1, 3, { LEAF, 0, 0, 1, 7, 3 }, true },
	{ VMSA_TLBI_VAE1, 0x5000, 1, 2, { LEAF, 0, 0, 1, 7, 3 }, false },
	{ VMSA_TLBI_VAE1, 0x5000, 1, 3, { LEAF, 0, 0, 1, 7, 2 }, false },
	{ VMSA_TLBI_VAE1, 0x5000, 1, 3, { TABLE, 0, 0, 1, 7, 2 }, true },
	{ VMSA_TLBI_VAE1, 0x5000, 1, 2, { TABLE, 0, 0, 1, 7, 2 }, false },
	{ VMSA_TLBI_ASIDE1, 0, 1, 0, { LEAF, 0, 0, 1, 7, 3 }, true },
	{ VMSA_TLBI_ASIDE1, 0, 1, 0, { LEAF, 0, 1, 0, 7, 3 }, false },
	{ VMSA_TLBI_ASIDE1, 0, 1, 0, { TABLE, 0, 0, 1, 7, 1 }, true },
	{ VMSA_TLBI_VMALLE1, 0, 0, 0, { BOTH, 0, 0, 4, 7, 3 }, true },
	{ VMSA_TLBI_VMALLE1, 0, 0, 0, { S2, 0, 0, 0, 7, 3 }, false },
	{ VMSA_TLBI_VMALLE1, 0, 0, 0, { LEAF, 0, 0, 4, 8, 3 }, false },
	{ VMSA_TLBI_VMALLS12E1, 0, 0, 0, { S2, 0, 0, 0, 7, 3 }, true },
	{ VMSA_TLBI_VMALLS12E1, 0, 0, 0, { S2, 0, 0, 0, 8, 3 }, false },
	{ VMSA_TLBI_ALLE1, 0, 0, 0, { S2T, 0, 0, 0, 8, 1 }, true },
	{ VMSA_TLBI_ALLE1, 0, 0, 0, { LEAF, 1, 0, 0, 0, 3 }, false },
	{ VMSA_TLBI_IPAS2E1, 0x5000, 0, 0, { S2, 0, 0, 0, 7, 3 }, true },
	{ VMSA_TLBI_IPAS2E1, 0x5000, 0, 0, { BOTH, 0, 0, 0, 7, 3 }, false },
	{ VMSA_TLBI_IPAS2E1, 0x5000, 0, 0, { LEAF, 0, 0, 0, 7, 3 }, false },
	{ VMSA_TLBI_IPAS2E1, 0x5000, 0, 0, { S2T, 0, 0, 0, 7, 2 }, true },
	{ VMSA_TLBI_IPAS2LE1, 0x5000, 0, 0, { S2T, 0, 0, 0, 7, 2 }, false },
	{ VMSA_TLBI_ALLE2, 0, 0, 0, { LEAF, 1, 0, 0, 0, 3 }, true },
	{ VMSA_TLBI_ALLE2, 0, 0, 0, { LEAF, 0, 0, 0, 7, 3 }, false },
	{ VMSA_TLBI_VAE2, 0x5000, 0, 0, { TABLE, 1, 0, 0, 0, 2 }, true },
	{ VMSA_TLBI_VALE2, 0x5000, 0, 0, { TABLE, 1, 0, 0, 0, 2 }, false },
};
/* clang-format on */

static bool row_removes(const struct vmsa_geometry *g, const struct tlbi_row *r)
{
	const struct vmsa_tlbi_page page = {
		.address = r->address,
		.asid = r->asid,
		.ttl = (uint8_t)(r->ttl ? vmsa_tlbi_ttl(12, r->ttl) : 0)
	};
	const struct vmsa_tlbi tlbi = {
		.op = r->op,
		.operand = vmsa_tlbi_form(r->op) == VMSA_TLBI_FORM_ASID
				   ? (uint64_t)r->asid << 48
				   : vmsa_tlbi_page_encode(r->op, &page)
	};
	struct vmsa_invalidation inv = { .op = r->op, .vmid = 7 };
	const uint64_t span = vmsa_level_span(g, r->entry.level);
	const struct vmsa_cached entry = {
		.kind = r->entry.kind,
		.el2 = r->entry.el2,
		.global = r->entry.global,
		.asid = r->entry.asid,
		.vmid = r->entry.vmid,
		.level = r->entry.level,
		.first = 0x5000 & ~(span - 1),
		.last = (0x5000 & ~(span - 1)) + span - 1,
	};

	assert_int_equal(vmsa_tlbi_target(&tlbi, g, &inv.target),
			 VMSA_TLBI_INVALIDATES);
	return vmsa_tlbi_removes(&inv, &entry);
}

/* By address, ASID, VMID, regime, stage, last level and level hint. */
static void a_tlbi_removes_what_its_description_says(void **state)
{
	const struct vmsa_geometry g = geometry_4k();

	(void)state;
	for (unsigned i = 0; i < COUNT(tlbis); i++) {
		print_message("row %u: %s\n", i,
			      vmsa_tlbi_name(tlbis[i].op, VMSA_TLBI_LOCAL));
		assert_int_equal(row_removes(&g, &tlbis[i]), tlbis[i].removes);
	}
}

/* A DSB for stores finishes no TLBI, a narrower one no wider TLBI. */
static void barriers_finish_what_their_domain_and_type_say(void **state)
{
	static const struct {
		enum vmsa_barrier barrier;
		bool stores, local, is, os, synchronises;
	} rows[] = {
		{ VMSA_DSB_ISHST, 1, 0, 0, 0, 0 },
		{ VMSA_DSB_ISH, 1, 1, 1, 0, 0 },
		{ VMSA_DSB_NSHST, 0, 0, 0, 0, 0 },
		{ VMSA_DSB_NSH, 0, 1, 0, 0, 0 },
		{ VMSA_DSB_OSH, 1, 1, 1, 1, 0 },
		{ VMSA_DSB_SY, 1, 1, 1, 1, 0 },
		{ VMSA_DMB_ISHST, 0, 0, 0, 0, 0 },
		{ VMSA_DMB_ISH, 0, 0, 0, 0, 0 },
		{ VMSA_ISB, 0, 0, 0, 0, 1 },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		const unsigned c = vmsa_barrier_completes(rows[i].barrier);

		print_message("%s\n", vmsa_barrier_name(rows[i].barrier));
		assert_int_equal(!!(c & VMSA_COMPLETES_STORES), rows[i].stores);
		assert_int_equal(!!(c & VMSA_COMPLETES_LOCAL_TLBI),
				 rows[i].local);
		assert_int_equal(!!(c & VMSA_COMPLETES_IS_TLBI), rows[i].is);
		assert_int_equal(!!(c & VMSA_COMPLETES_OS_TLBI), rows[i].os);
		assert_int_equal(!!(c & VMSA_SYNCHRONISES),
				 rows[i].synchronises);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_need_what_the_manual_lists),
		cmocka_unit_test(outputs_are_compared_byte_by_byte),
		cmocka_unit_test(lpa2_has_no_shareability_in_a_descriptor),
		cmocka_unit_test(a_tlbi_removes_what_its_description_says),
		cmocka_unit_test(
			barriers_finish_what_their_domain_and_type_say),
	};

	return cmocka_run_group_tests_name("bbm_rules", tests, NULL, NULL);
}
