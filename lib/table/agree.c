/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * agree.c - compare a run of descriptors with an arithmetic one
 *
 * Each descriptor is read by an aligned load of 8 bytes or more, which reads
 * it whole.
 */
#include "table/space.h"

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
#include <emmintrin.h>
#define HAVE_WIDE_LOADS 1
#endif

/* Entries compared between two looks at the result: the smallest group. */
#define BURST 16

/* A mismatch in one of @n entries, as bits that are set. */
static uint64_t differ(const vmsa_desc *e, unsigned n, vmsa_desc want,
		       uint64_t step)
{
	uint64_t diff = 0;

	for (unsigned i = 0; i < n; i++) {
		diff |= __atomic_load_n(&e[i], __ATOMIC_RELAXED) ^ want;
		want += step;
	}
	return diff;
}

#ifdef HAVE_WIDE_LOADS
/* The same for BURST entries. */
static uint64_t differ_burst(const vmsa_desc *e, vmsa_desc want, uint64_t step)
{
	const __m128i add = _mm_set1_epi64x((long long)(8 * step));
	__m128i v[4], diff[4], all;
	uint64_t lane[2];

	for (unsigned j = 0; j < 4; j++) {
		v[j] = _mm_set_epi64x((long long)(want + (2 * j + 1) * step),
				      (long long)(want + 2 * j * step));
		diff[j] = _mm_setzero_si128();
	}
	for (unsigned i = 0; i < BURST; i += 8, e += 8) {
		for (unsigned j = 0; j < 4; j++) {
			const __m128i at =
				_mm_load_si128((const __m128i *)e + j);

			diff[j] =
				_mm_or_si128(diff[j], _mm_xor_si128(at, v[j]));
			v[j] = _mm_add_epi64(v[j], add);
		}
	}
	all = _mm_or_si128(_mm_or_si128(diff[0], diff[1]),
			   _mm_or_si128(diff[2], diff[3]));
	_mm_storeu_si128((__m128i *)lane, all);
	return lane[0] | lane[1];
}
#else
static uint64_t differ_burst(const vmsa_desc *e, vmsa_desc want, uint64_t step)
{
	return differ(e, BURST, want, step);
}
#endif

bool vmsa_table_agrees(const struct vmsa_table *table,
		       struct vmsa_table_run run, vmsa_desc desc, uint64_t step,
		       vmsa_desc ignore)
{
	const vmsa_desc *e = &table->entries[run.index];
	unsigned n = run.count;

	/* A group of 16 starts at a multiple of its size: loads are aligned. */
	if ((uintptr_t)e % 16 == 0) {
		for (; n >= BURST; n -= BURST, e += BURST) {
			if (differ_burst(e, desc, step) & ~ignore)
				return false;
			desc += BURST * step;
		}
	}
	return !(differ(e, n, desc, step) & ~ignore);
}
