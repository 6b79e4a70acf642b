/* SPDX-License-Identifier: BSD-2-Clause */
#include "tlb_streams.h"

#include <math.h>

#define HOT_PAGES 48
#define THETA     0.99

/* Constants of the generator of Gray et al. (SIGMOD 1994), as in YCSB. */
struct zipf {
	double zeta, two, alpha, eta;
};

static struct zipf zipf_init(void)
{
	const double n = (double)TLB_STREAM_PAGES;
	struct zipf z = { 0 };

	for (uint64_t i = 1; i <= TLB_STREAM_PAGES; i++)
		z.zeta += pow(1.0 / (double)i, THETA);
	z.two = 1 + pow(0.5, THETA);
	z.alpha = 1 / (1 - THETA);
	z.eta = (1 - pow(2 / n, 1 - THETA)) / (1 - z.two / z.zeta);
	return z;
}

static uint64_t zipf_page(const struct zipf *z, uint64_t x)
{
	const double u = (double)(x >> 11) * 0x1p-53, uz = u * z->zeta;
	uint64_t rank;

	if (uz < 1)
		rank = 0;
	else if (uz < z->two)
		rank = 1;
	else
		rank = (uint64_t)((double)TLB_STREAM_PAGES *
				  pow(z->eta * u - z->eta + 1, z->alpha));
	if (rank >= TLB_STREAM_PAGES)
		rank = TLB_STREAM_PAGES - 1;
	return rank * UINT64_C(0x9e3779b97f4a7c15) & (TLB_STREAM_PAGES - 1);
}

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

const char *tlb_stream_name(enum tlb_stream kind)
{
	static const char *const names[] = { "sequential", "random", "zipf",
					     "hot" };

	return kind < TLB_STREAM_COUNT ? names[kind] : "?";
}

void tlb_stream_fill(enum tlb_stream kind, uint64_t *va, size_t n)
{
	const uint64_t bytes = TLB_STREAM_PAGES << 12;
	uint64_t x = 88172645463325252u;
	struct zipf z = { 0 };

	if (kind == TLB_STREAM_ZIPF)
		z = zipf_init();
	for (size_t i = 0; i < n; i++) {
		uint64_t page;

		if (kind == TLB_STREAM_SEQUENTIAL) {
			va[i] = TLB_STREAM_BASE + i * 64 % bytes;
			continue;
		}
		next(&x);
		if (kind == TLB_STREAM_ZIPF)
			page = zipf_page(&z, x);
		else if (kind == TLB_STREAM_HOT)
			page = (x >> 12) % HOT_PAGES;
		else
			page = (x >> 12) % TLB_STREAM_PAGES;
		va[i] = TLB_STREAM_BASE + (page << 12) + (x & 0xff8);
	}
}
