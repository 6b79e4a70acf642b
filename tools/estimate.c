/* SPDX-License-Identifier: BSD-2-Clause */
#include "estimate.h"

#include <stdio.h>

#include "args.h"

#define FACTOR (1 + VMSA_TLB_COST_ERROR)

bool estimate_of(const struct vmsa_tlb_config *tlb,
		 const struct vmsa_replay_result *result, uint64_t cpi,
		 struct vmsa_tlb_estimate *out)
{
	struct vmsa_tlb_counters all, fetch;

	vmsa_replay_sum(result, VMSA_TLB_DATA, VMSA_REPLAY_ALL, &all);
	vmsa_replay_sum(result, VMSA_TLB_FETCH, VMSA_REPLAY_ALL, &fetch);
	vmsa_tlb_counters_add(&all, &fetch);
	return !vmsa_tlb_estimate(tlb, &all, result->instructions,
				  (double)cpi / CPI_ONE, out);
}

void estimate_print_head(uint64_t cpi)
{
	printf("\n  estimate (linear model, may err by a factor of %.2f: "
	       "docs/tlb-model.md), no measurement;\n  base CPI %.3f\n",
	       FACTOR, (double)cpi / CPI_ONE);
}

void estimate_print(const struct vmsa_tlb_estimate *e)
{
	printf("  CPI %.3f (%.3f to %.3f), translation %.1f %% of it (%.1f to "
	       "%.1f %%)\n",
	       e->cpi.value, e->cpi.low, e->cpi.high, 100 * e->share.value,
	       100 * e->share.low, 100 * e->share.high);
}

static void write_bounds(const char *key, const struct vmsa_tlb_bounds *b,
			 struct doc *d)
{
	doc_object(d, key);
	doc_number(d, "value", b->value);
	doc_number(d, "low", b->low);
	doc_number(d, "high", b->high);
	doc_end(d);
}

void estimate_write(const struct vmsa_tlb_estimate *e,
		    const struct vmsa_tlb_estimate *over, uint64_t cpi,
		    struct doc *d)
{
	struct vmsa_tlb_bounds throughput;

	if (!e) {
		doc_text(d, "estimate", NULL);
		return;
	}
	doc_object(d, "estimate");
	doc_text(d, "method", e->method);
	doc_bool(d, "measured", false);
	doc_number(d, "may_err_by_factor", FACTOR);
	doc_number(d, "base_cpi", (double)cpi / CPI_ONE);
	doc_count(d, "translation_cycles", (int64_t)e->cycles);
	write_bounds("cpi", &e->cpi, d);
	write_bounds("translation_share", &e->share, d);
	if (over) {
		throughput = vmsa_tlb_throughput(e, over);
		write_bounds("throughput_against_pages", &throughput, d);
	}
	doc_end(d);
}
