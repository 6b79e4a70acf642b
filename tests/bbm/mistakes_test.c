/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mistakes_test.c - each rule of the adversary is needed by some test
 *
 * One rule is left out at a time; the published tests named beside it then
 * come out wrong, and with every rule in place they do not.  The shortcuts of
 * the search leave no rule out: without them every verdict is the same.
 */
#include "support/vmsa_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bbm/litmus.h"

/* clang-format off */
static const struct row {
	unsigned mistake;
	const char *flips[6];
} rows[] = {
	{ MISTAKE_STORES_IN_ORDER, { "MP+pos", "MP.alias3+rfi-data+dmb" } },
	{ MISTAKE_NO_DMB_ST, { "MP.RTf.inv+dmb+addr" } },
	{ MISTAKE_DSB_KEEPS_BUFFER,
	  { "CoWTf.inv+dsb-isb", "CoWinvT.EL1+dsb-tlbi-dsb-isb",
	    "MP.RT.EL1+dsb-tlbiis-dsb+dsb-isb", "Break2.news1",
	    "pKVM.create_hyp_mappings.inv.l2",
	    "pKVM.create_hyp_mappings.inv.l3" } },
	{ MISTAKE_NO_FORWARDING,
	  { "CoWinvRpte+po", "CoWR.inv", "CoWR.alias",
	    "MP.alias3+rfi-data+dmb" } },
	{ MISTAKE_WALKER_SEES_BUFFER,
	  { "CoWTf.inv+poloc-ctrl-isb", "CoWTf.inv+svc",
	    "CoWTf.inv.EL1+eret", "CoWTf.inv.EL2+po" } },
	{ MISTAKE_CSE_WAITS,
	  { "CoWTf.inv+poloc-ctrl-isb", "CoWTf.inv+svc",
	    "CoWTf.inv.EL1+eret", "CoWTf.inv.EL2+po" } },
	{ MISTAKE_NO_EARLY,
	  { "CoRpteTf.inv+dsb", "CoWinvT.EL1+dsb-tlbi-dsb",
	    "MP.TTf.inv+dsbs", "MP.RTf.inv+dmbs", "WRC.RRTf.inv+dsbs",
	    "WRC.TRTf.inv+pos" } },
	{ MISTAKE_DSB_DROPS_EARLY,
	  { "CoRpteTf.inv+dsb", "CoWinvT.EL1+dsb-tlbi-dsb",
	    "CoWinvT.EL1+dsb-tlbiis-dsb", "MP.TTf.inv+dsbs",
	    "WRC.RRTf.inv+dsbs" } },
	{ MISTAKE_NO_ADDRESS_DEPENDENCY,
	  { "MP.RTf.inv+dmb+addr", "WRC.RRTf.inv+addrs",
	    "WRC.TRTf.inv+addrs" } },
	{ MISTAKE_ONLY_ISB,
	  { "CoWTf.inv.EL1+dsb-eret", "CoWTf.inv.EL1+dsb-svc",
	    "CoWinvTa1.1+dsb-tlbiasidis-dsb-eret",
	    "CoWinvTv1.2+dsb-tlbivmidis-dsb-eret" } },
	{ MISTAKE_NO_CSE,
	  { "CoWTf.inv+dsb-isb", "CoRpteTf.inv+dsb-isb",
	    "MP.BBM1+dsb-tlbiis-dsb-dsb+dsb-isb",
	    "WRC.TRTf.inv+dsb+dsb-isb" } },
	{ MISTAKE_NO_STALE,
	  { "CoTfT+po", "CoRpteT+dsb-isb", "CoWinvT+dsb-isb",
	    "MP.RT.EL1+dsb-tlbi-dsb+dsb-isb" } },
	{ MISTAKE_CACHED_FAULTS,
	  { "CoWTf.inv+dsb-isb", "CoRpteTf.inv+dsb-isb",
	    "MP.RTf.inv+dmb+addr", "MP.BBM1+dsb-tlbiis-dsb-dsb+dsb-isb" } },
	{ MISTAKE_DSB_SKIPS_TLBI,
	  { "CoWinvT.EL1+dsb-tlbi-dsb-isb", "CoRpteT.EL1+dsb-tlbi-dsb-isb",
	    "MP.RT.EL1+dsb-tlbiis-dsb+dsb-isb", "Break2.news1" } },
	{ MISTAKE_ALL_LOCAL,
	  { "MP.RT.EL1+dsb-tlbiis-dsb+dsb-isb",
	    "MP.BBM1+dsb-tlbiis-dsb-dsb+dsb-isb", "Break2.news1" } },
	{ MISTAKE_ALL_BROADCAST,
	  { "MP.RT.EL1+dsb-tlbi-dsb+dsb-isb",
	    "MP.RT.EL1+dsb+dsb-tlbi-dsb+dsb+dsb-isb",
	    "MP.invRT2+dsb-tlbiipa-dsb-tlbiis-dsb+dsb-isb" } },
	{ MISTAKE_IPAS2_COMBINED, { "MP.invRT2+dsb-tlbiipais-dsb+dsb-isb" } },
	{ MISTAKE_VMALLE1_NOT_COMBINED,
	  { "CoWinvT2+dsb-tlbiipa-dsb-tlbivmall-dsb-eret",
	    "MP.invRT2+dsb-tlbiipais-dsb-tlbiis-dsb+dsb-isb" } },
	{ MISTAKE_ONE_VMID,
	  { "CoWinvTv2.2+dsb-tlbivmidis-msrvttbr-dsb-eret" } },
};
/* clang-format on */

static struct vmsa_litmus *published(void)
{
	struct vmsa_litmus *litmus;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/litmus/published.jsonl",
		 getenv("VMSA_SOURCE_ROOT"));
	assert_int_equal(vmsa_litmus_read(path, &litmus, NULL), 0);
	return litmus;
}

/* Whether a test with a rule left out comes out other than published. */
static bool is_flipped(const struct test *test, unsigned mistake)
{
	const struct vmsa_litmus_options options = { .ets2 = false };
	struct vmsa_litmus_result result;

	assert_int_equal(vmsa_litmus_search(test, &options, mistake, &result),
			 0);
	assert_true(result.verdict == VMSA_LITMUS_ALLOWED ||
		    result.verdict == VMSA_LITMUS_FORBIDDEN);
	return strcmp(vmsa_litmus_verdict_name(result.verdict), test->strong);
}

static bool is_listed(const struct row *row, const char *name)
{
	for (unsigned i = 0; i < COUNT(row->flips) && row->flips[i]; i++) {
		if (!strcmp(row->flips[i], name))
			return true;
	}
	return false;
}

/* And says which others flip, for who wants to extend the table. */
static void every_mistake_flips_the_tests_listed(void **state)
{
	struct vmsa_litmus *litmus = published();

	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		unsigned listed = 0, found = 0;

		while (listed < COUNT(r->flips) && r->flips[listed])
			listed++;
		for (size_t i = 0; i < litmus->nr; i++) {
			const struct test *test = litmus->test[i];
			bool flipped;

			if (!strstr(test->notes, "simple: exact"))
				continue;
			flipped = is_flipped(test, r->mistake);
			if (flipped)
				print_message("mistake %#x flips %s\n",
					      r->mistake, test->name);
			if (is_listed(r, test->name)) {
				assert_true(flipped);
				found++;
			}
		}
		assert_int_equal(found, listed);
	}
	vmsa_litmus_destroy(litmus);
}

/* These two rules hang on one test each. */
static void rules_with_a_single_witness_flip_nothing_else(void **state)
{
	struct vmsa_litmus *litmus = published();

	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		if (r->mistake != MISTAKE_IPAS2_COMBINED &&
		    r->mistake != MISTAKE_ONE_VMID)
			continue;
		for (size_t i = 0; i < litmus->nr; i++) {
			const struct test *test = litmus->test[i];

			if (strstr(test->notes, "simple: exact") &&
			    !is_listed(r, test->name))
				assert_false(is_flipped(test, r->mistake));
		}
	}
	vmsa_litmus_destroy(litmus);
}

/* --- the shortcuts of the search ----------------------------------------- */

static enum vmsa_litmus_verdict verdict(const struct test *test,
					const struct vmsa_litmus_options *o,
					unsigned mistakes)
{
	struct vmsa_litmus_result result;

	assert_int_equal(vmsa_litmus_search(test, o, mistakes, &result), 0);
	assert_null(result.why);
	return result.verdict;
}

/* With every order tried, no published verdict is another one. */
static void shortcuts_change_no_published_verdict(void **state)
{
	struct vmsa_litmus *litmus = published();

	(void)state;
	for (unsigned ets2 = 0; ets2 < 2; ets2++) {
		const struct vmsa_litmus_options options = { .ets2 = ets2 };

		for (size_t i = 0; i < litmus->nr; i++) {
			const struct test *test = litmus->test[i];

			if (test->why[0])
				continue;
			print_message("%s\n", test->name);
			assert_int_equal(verdict(test, &options, 0),
					 verdict(test, &options, NO_SHORTCUTS));
		}
	}
	vmsa_litmus_destroy(litmus);
}

/* What random programs are made of; loads get names of their own. */
static const char *const pieces[] = {
	"D x.l3:=0",
	"D x.l3:=leaf(pa2)",
	"D.rel x.l3:=leaf(pa1:ro)",
	"D x.l2:=0",
	"D x.l2:=table(new)",
	"R x->%c",
	"R x->%c",
	"R y->%c",
	"RD x.l3->%c",
	"W y:=1",
	"W.rel y:=2",
	"DSB",
	"DSB.ISHST",
	"DMB",
	"DMB.ST",
	"ISB",
	"TLBI VAE1IS x",
	"TLBI VALE1 x",
	"TLBI VAAE1IS x",
	"EXC svc->EL1",
	"MSR TTBR0_EL1:=asid=1",
};

/* Two PEs with five events each; the question is of two registers. */
static void random_line(uint64_t *seed, char *line, size_t size)
{
	static const char *const values[] = { "1", "2", "3", "F", "0" };
	size_t n = (size_t)snprintf(
		line, size,
		"{\"name\": \"r\", \"init\": [\"x=>pa1\", \"new: x=>pa2\", "
		"\"y=>pa3\", \"pa1=1\", \"pa2=2\", \"pa3=3\", "
		"\"P0:EL1\", \"P1:EL1\"], \"threads\": [");

	for (unsigned pe = 0; pe < 2; pe++) {
		n += (size_t)snprintf(line + n, size - n, "[");
		for (unsigned i = 0; i < 4; i++) {
			n += (size_t)snprintf(line + n, size - n, "\"");
			n += (size_t)snprintf(
				line + n, size - n,
				pieces[test_rand(seed) % COUNT(pieces)],
				(int)('a' + i));
			n += (size_t)snprintf(line + n, size - n, "\", ");
		}
		n += (size_t)snprintf(line + n, size - n, "\"R x->%c\"]%s",
				      pe ? 'g' : 'f', pe ? "" : ", ");
	}
	snprintf(line + n, size - n, "], \"condition\": \"0:f=%s & 1:g=%s\"}",
		 values[test_rand(seed) % COUNT(values)],
		 values[test_rand(seed) % COUNT(values)]);
}

/* Nor is any of some random programs. */
static void shortcuts_change_no_random_verdict(void **state)
{
	const struct vmsa_litmus_options options[] = { { .ets2 = false },
						       { .ets2 = true } };
	unsigned allowed = 0;
	uint64_t seed = 4;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		const struct vmsa_litmus_options *o = &options[i & 1];
		struct vmsa_litmus_text text = { .name = "random" };
		struct vmsa_litmus *litmus;
		char line[1024];
		enum vmsa_litmus_verdict found;

		random_line(&seed, line, sizeof(line));
		text.text = line;
		text.size = strlen(line);
		assert_int_equal(vmsa_litmus_parse(&text, &litmus, NULL), 0);
		assert_string_equal(litmus->test[0]->why, "");
		found = verdict(litmus->test[0], o, 0);
		allowed += found == VMSA_LITMUS_ALLOWED;
		if (found != verdict(litmus->test[0], o, NO_SHORTCUTS))
			fail_msg("%s", line);
		vmsa_litmus_destroy(litmus);
	}
	/* The questions are neither all trivial nor all hopeless. */
	assert_in_range(allowed, 30, 270);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shortcuts_change_no_published_verdict),
		cmocka_unit_test(shortcuts_change_no_random_verdict),
		cmocka_unit_test(every_mistake_flips_the_tests_listed),
		cmocka_unit_test(rules_with_a_single_witness_flip_nothing_else),
	};

	return cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
