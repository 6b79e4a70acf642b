/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_regime_test.c - programs under ASIDs, at EL2 and at stage 2
 *
 *     root 0x1000 (level 2) -> 0x2000 (level 3), 4K granule, 30 bits
 *
 * Each row does one thing to entry 0 and flushes it with what is named; the
 * verdict is argued beside it.
 */
#include "support/vmsa_test.h"

#include "vmsa/bbm/explore.h"

/* clang-format off */
#define ROOT     UINT64_C(0x1000)
#define L3       UINT64_C(0x2000)
#define TABLE    (L3 | 0x3)
#define PAGE     UINT64_C(0x40000703) /* AF, SH inner, AttrIndx 0, RW, global */
#define NG       UINT64_C(0x800)
#define AP1      UINT64_C(0x40)
#define RO       UINT64_C(0x80)
#define S2PAGE   UINT64_C(0x400007ff) /* AF, SH inner, Normal WB, RW */
#define S2WRITE  UINT64_C(0x80)
#define NEXT     UINT64_C(0x1000)     /* another output address */
#define ANY      VMSA_CHECK_ANY_ASID
#define STALE    VMSA_I3_STALE
#define I4       VMSA_I4_COEXIST
#define I6       VMSA_I6_FREED
#define CONTENTS VMSA_SAME_CONTENTS
/* Index 0 Write-Back, 1 Tagged, 2 Non-cacheable. */
#define MAIR     UINT64_C(0x44f0ff)
#define INDEX(i) ((uint64_t)(i) << 2)

/* A TLBI, Inner Shareable, and the DSB ISH behind it. */
struct flush {
	bool there;
	enum vmsa_tlbi_op op;
	uint16_t asid;
};

#define VAE1(n)   { true, VMSA_TLBI_VAE1, n }
#define VAAE1     { true, VMSA_TLBI_VAAE1, 0 }
#define VAALE1    { true, VMSA_TLBI_VAALE1, 0 }
#define ASIDE1(n) { true, VMSA_TLBI_ASIDE1, n }
#define VAE2      { true, VMSA_TLBI_VAE2, 0 }
#define VALE2     { true, VMSA_TLBI_VALE2, 0 }
#define IPAS2     { true, VMSA_TLBI_IPAS2E1, 0 }
#define IPAS2L    { true, VMSA_TLBI_IPAS2LE1, 0 }
#define VMALL     { true, VMSA_TLBI_VMALLE1, 0 }
#define S12       { true, VMSA_TLBI_VMALLS12E1, 0 }

/* Another page descriptor, or the table is unhooked, flushed and freed. */
enum change {
	STORE,
	UNHOOK,
};

/* Verdicts for another PE at level 0. */
static const struct row {
	const char *name;
	enum vmsa_check_regime regime;
	uint32_t asid;
	uint64_t mair;
	enum change change;
	vmsa_desc from, to;
	struct flush flush[2];
	unsigned seen;
} rows[] = {
	/* A non-global leaf goes by its ASID, or by all. */
	{ "own ASID", VMSA_CHECK_EL1, 5, 0, STORE, PAGE | NG, 0,
	  { VAE1(5) }, 0 },
	{ "another ASID", VMSA_CHECK_EL1, 5, 0, STORE, PAGE | NG, 0,
	  { VAE1(6) }, STALE },
	{ "every non-global one of the ASID", VMSA_CHECK_EL1, 5, 0, STORE,
	  PAGE | NG, 0, { ASIDE1(5) }, 0 },
	{ "one ASID of many", VMSA_CHECK_EL1, ANY, 0, STORE, PAGE | NG, 0,
	  { VAE1(5) }, STALE },
	{ "all ASIDs", VMSA_CHECK_EL1, ANY, 0, STORE, PAGE | NG, 0,
	  { VAAE1 }, 0 },
	/* A global one goes by any ASID, but not by ASID alone. */
	{ "global, another ASID", VMSA_CHECK_EL1, 5, 0, STORE, PAGE, 0,
	  { VAE1(6) }, 0 },
	{ "global, one ASID of many", VMSA_CHECK_EL1, ANY, 0, STORE, PAGE, 0,
	  { VAE1(6) }, 0 },
	{ "global, all non-global", VMSA_CHECK_EL1, 5, 0, STORE, PAGE, 0,
	  { ASIDE1(5) }, STALE },
	/* A table is never global (R_CHVGJ), whatever is in it. */
	{ "table, own ASID", VMSA_CHECK_EL1, 5, 0, UNHOOK, PAGE, 0,
	  { VAE1(5) }, 0 },
	{ "table, another ASID", VMSA_CHECK_EL1, 5, 0, UNHOOK, PAGE, 0,
	  { VAE1(6) }, STALE | I6 },
	{ "table, one ASID of many", VMSA_CHECK_EL1, ANY, 0, UNHOOK, PAGE, 0,
	  { VAE1(5) }, STALE | I6 },
	{ "table, all ASIDs", VMSA_CHECK_EL1, ANY, 0, UNHOOK, PAGE, 0,
	  { VAAE1 }, 0 },
	{ "table, all ASIDs, last level", VMSA_CHECK_EL1, ANY, 0, UNHOOK,
	  PAGE, 0, { VAALE1 }, STALE | I6 },
	/* A global leaf where a non-global one is cached (R_WHZWS). */
	{ "global over non-global", VMSA_CHECK_EL1, 5, 0, STORE, PAGE | NG,
	  PAGE, { VAE1(5) }, I4 },
	{ "global over non-global, any ASID", VMSA_CHECK_EL1, ANY, 0, STORE,
	  PAGE | NG, PAGE, { VAAE1 }, I4 },
	{ "non-global over global", VMSA_CHECK_EL1, 5, 0, STORE, PAGE,
	  PAGE | NG, { VAE1(5) }, 0 },
	{ "non-global over global, any ASID", VMSA_CHECK_EL1, ANY, 0, STORE,
	  PAGE, PAGE | NG, { VAAE1 }, 0 },
	/* EL2: no ASID, no EL0, TLBIs of its own. */
	{ "EL2", VMSA_CHECK_EL2, 0, 0, STORE, PAGE, 0, { VAE2 }, 0 },
	{ "EL2, last level", VMSA_CHECK_EL2, 0, 0, STORE, PAGE, 0,
	  { VALE2 }, 0 },
	{ "EL2, a TLBI of EL1", VMSA_CHECK_EL2, 0, 0, STORE, PAGE, 0,
	  { VAAE1 }, STALE },
	{ "EL2, nG is nothing", VMSA_CHECK_EL2, 0, 0, STORE, PAGE | NG, PAGE,
	  { VAE2 }, 0 },
	{ "EL2, AP[1] is nothing", VMSA_CHECK_EL2, 0, 0, STORE, PAGE | AP1,
	  PAGE, { { 0 } }, 0 },
	{ "EL1, AP[1] is EL0", VMSA_CHECK_EL1, 0, 0, STORE, PAGE | AP1, PAGE,
	  { { 0 } }, STALE },
	{ "EL2, AP[2]", VMSA_CHECK_EL2, 0, 0, STORE, PAGE, PAGE | RO,
	  { { 0 } }, STALE },
	{ "EL2, table, last level", VMSA_CHECK_EL2, 0, 0, UNHOOK, PAGE, 0,
	  { VALE2 }, STALE | I6 },
	/* Stage 2: entries of its own, then those of both stages. */
	{ "stage 2", VMSA_CHECK_STAGE2, 0, 0, STORE, S2PAGE, 0,
	  { IPAS2, VMALL }, 0 },
	{ "stage 2, both at once", VMSA_CHECK_STAGE2, 0, 0, STORE, S2PAGE, 0,
	  { S12 }, 0 },
	{ "stage 2, combined ones stay", VMSA_CHECK_STAGE2, 0, 0, STORE,
	  S2PAGE, 0, { IPAS2 }, STALE },
	{ "stage 2, its own stay", VMSA_CHECK_STAGE2, 0, 0, STORE, S2PAGE, 0,
	  { VMALL }, STALE },
	{ "stage 2, combined ones made again", VMSA_CHECK_STAGE2, 0, 0, STORE,
	  S2PAGE, 0, { VMALL, IPAS2 }, STALE },
	{ "stage 2, by a VA", VMSA_CHECK_STAGE2, 0, 0, STORE, S2PAGE, 0,
	  { IPAS2, VAAE1 }, STALE },
	{ "stage 2, by ASID", VMSA_CHECK_STAGE2, 0, 0, STORE, S2PAGE, 0,
	  { IPAS2, ASIDE1(0) }, STALE },
	{ "stage 2, table", VMSA_CHECK_STAGE2, 0, 0, UNHOOK, S2PAGE, 0,
	  { IPAS2, VMALL }, 0 },
	{ "stage 2, table, last level", VMSA_CHECK_STAGE2, 0, 0, UNHOOK,
	  S2PAGE, 0, { IPAS2L, VMALL }, STALE | I6 },
	{ "stage 2, write taken", VMSA_CHECK_STAGE2, 0, 0, STORE, S2PAGE,
	  S2PAGE & ~S2WRITE, { IPAS2, VMALL }, 0 },
	{ "stage 2, write taken, not flushed", VMSA_CHECK_STAGE2, 0, 0, STORE,
	  S2PAGE, S2PAGE & ~S2WRITE, { { 0 } }, STALE },
	{ "stage 2, output of a writable page", VMSA_CHECK_STAGE2, 0, 0,
	  STORE, S2PAGE, S2PAGE + NEXT, { IPAS2, VMALL }, I4 },
	{ "stage 2, output of a read-only page", VMSA_CHECK_STAGE2, 0, 0,
	  STORE, S2PAGE & ~S2WRITE, (S2PAGE & ~S2WRITE) + NEXT,
	  { IPAS2, VMALL }, CONTENTS },
	{ "stage 2, MemAttr[3]", VMSA_CHECK_STAGE2, 0, 0, STORE, S2PAGE,
	  S2PAGE & ~UINT64_C(0x20), { IPAS2, VMALL }, I4 },
	/* What MAIR says is equal is no change of type, but one of tags. */
	{ "tagged, MAIR unknown", VMSA_CHECK_EL1, ANY, 0, STORE,
	  PAGE | INDEX(1), PAGE, { VAAE1 }, I4 },
	{ "tagged, MAIR known", VMSA_CHECK_EL1, ANY, MAIR, STORE,
	  PAGE | INDEX(1), PAGE, { VAAE1 }, 0 },
	{ "tagged, not flushed", VMSA_CHECK_EL1, ANY, MAIR, STORE,
	  PAGE | INDEX(1), PAGE, { { 0 } }, STALE },
	{ "another type", VMSA_CHECK_EL1, ANY, MAIR, STORE,
	  PAGE | INDEX(1), PAGE | INDEX(2), { VAAE1 }, I4 },
};
/* clang-format on */

static int read_memory(void *arg, vmsa_pa at, vmsa_desc *out)
{
	const struct row *row = arg;

	*out = at == ROOT ? TABLE : at == L3 ? row->from : 0;
	return 0;
}

static void add(struct vmsa_program *p, struct vmsa_event e)
{
	assert_int_equal(vmsa_program_add(p, &e), 0);
}

static void add_barrier(struct vmsa_program *p, enum vmsa_barrier barrier)
{
	add(p, (struct vmsa_event){ .kind = VMSA_EVENT_BARRIER,
				    .u.barrier = barrier });
}

static struct vmsa_program *make(const struct row *row)
{
	struct vmsa_program_config config = { .root = ROOT,
					      .regime = row->regime,
					      .asid = row->asid,
					      .mair = row->mair,
					      .read = read_memory,
					      .arg = (void *)row };
	const bool table = row->change == UNHOOK;
	struct vmsa_program *p;

	assert_int_equal(vmsa_geometry_init(&config.geometry, 12, 30,
					    VMSA_FORMAT_48),
			 0);
	assert_int_equal(vmsa_program_create(&config, &p), 0);
	add(p,
	    (struct vmsa_event){ .kind = VMSA_EVENT_STORE,
				 .level = table ? 2 : 3,
				 .u.store = { .at = table ? ROOT : L3,
					      .old = table ? TABLE : row->from,
					      .desc = row->to,
					      .count = 1 } });
	add_barrier(p, VMSA_DSB_ISHST);
	for (unsigned i = 0; i < 2 && row->flush[i].there; i++) {
		const struct flush *f = &row->flush[i];

		add(p, (struct vmsa_event){
			       .kind = VMSA_EVENT_TLBI,
			       .u.tlbi = { f->op, VMSA_TLBI_IS,
					   (uint64_t)f->asid << 48 } });
		add_barrier(p, VMSA_DSB_ISH);
	}
	if (table)
		add(p, (struct vmsa_event){ .kind = VMSA_EVENT_TABLE_FREE,
					    .level = 3,
					    .u.table.pa = L3 });
	return p;
}

static unsigned seen(const struct vmsa_program *p, uint64_t mair)
{
	static const vmsa_va zero;
	const struct vmsa_explore_options options = { .mair = mair,
						      .probes = &zero,
						      .nr_probes = 1 };
	struct vmsa_explore_result result;

	assert_int_equal(vmsa_explore(p, &options, &result), 0);
	assert_null(result.bound);
	return result.seen;
}

static void each_regime_has_its_own_rules(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_program *p = make(r);

		print_message("%s\n", r->name);
		assert_int_equal(seen(p, 0), r->seen);
		vmsa_program_destroy(p);
	}
}

/* The caller's MAIR counts where the program has none. */
static void mair_may_be_an_option(void **state)
{
	const struct row row = { .asid = ANY,
				 .from = PAGE | INDEX(1),
				 .to = PAGE,
				 .flush = { VAAE1 } };
	struct vmsa_program *p = make(&row);

	(void)state;
	assert_int_equal(seen(p, 0), I4);
	assert_int_equal(seen(p, MAIR), 0);
	assert_int_equal(seen(p, 0x44ff), I4);
	vmsa_program_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_regime_has_its_own_rules),
		cmocka_unit_test(mair_may_be_an_option),
	};

	return cmocka_run_group_tests_name("explore_regime", tests, NULL, NULL);
}
