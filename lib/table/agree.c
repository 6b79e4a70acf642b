/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * agree.c - compare a run of descriptors with an arithmetic one
 *
 * Collapse asks whether 512 entries are one block's worth, and mostly the
 * answer is no within the first few, so the comparison goes by bursts and stops
 * at the first that differs.
 *
 * Each descriptor is read by an aligned load of 8 bytes or more, which reads
 * it whole.  The intrinsics are not C11 atomics, so ThreadSanitizer gets the
 * portable loop.
 */
#include "table/space.h"

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#include <immintrin.h>
#define HAVE_WIDE_LOADS 1
#endif

/* Entries compared between two looks at the result: the smallest group. */
#define BURST 16

/* What differs in any of @n entries, as bits that are set. */
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
/*
 * Both functions return how many entries agree, whole bursts only.  Two sums
 * run side by side, a register apart, so that they do not wait in line.
 */
static unsigned bursts_sse2(const vmsa_desc *e, unsigned n, vmsa_desc want,
			    uint64_t step, vmsa_desc ignore)
{
	const __m128i by = _mm_set1_epi64x((long long)(4 * step));
	const __m128i keep = _mm_set1_epi64x((long long)~ignore);
	__m128i a = _mm_set_epi64x((long long)(want + step), (long long)want);
	__m128i b = _mm_add_epi64(a, _mm_set1_epi64x((long long)(2 * step)));
	unsigned done = 0;

	for (; done + BURST <= n; done += BURST) {
		const __m128i *at = (const __m128i *)(e + done);
		__m128i x = _mm_setzero_si128(), y = x;

		for (unsigned i = 0; i < BURST / 2; i += 2) {
			x = _mm_or_si128(x, _mm_xor_si128(at[i], a));
			y = _mm_or_si128(y, _mm_xor_si128(at[i + 1], b));
			a = _mm_add_epi64(a, by);
			b = _mm_add_epi64(b, by);
		}
		x = _mm_and_si128(_mm_or_si128(x, y), keep);
		x = _mm_cmpeq_epi8(x, _mm_setzero_si128());
		if (_mm_movemask_epi8(x) != 0xffff)
			break;
	}
	return done;
}

__attribute__((target("avx2"))) static unsigned bursts_avx2(const vmsa_desc *e,
							    unsigned n,
							    vmsa_desc want,
							    uint64_t step,
							    vmsa_desc ignore)
{
	const __m256i by = _mm256_set1_epi64x((long long)(8 * step));
	const __m256i keep = _mm256_set1_epi64x((long long)~ignore);
	const __m256i four = _mm256_set1_epi64x((long long)(4 * step));
	__m256i a =
		_mm256_set_epi64x((long long)(want + 3 * step),
				  (long long)(want + 2 * step),
				  (long long)(want + step), (long long)want);
	__m256i b = _mm256_add_epi64(a, four);
	unsigned done = 0;

	for (; done + BURST <= n; done += BURST) {
		const __m256i *at = (const __m256i *)(e + done);
		__m256i x, y;

		x = _mm256_xor_si256(_mm256_loadu_si256(at), a);
		y = _mm256_xor_si256(_mm256_loadu_si256(at + 1), b);
		a = _mm256_add_epi64(a, by);
		b = _mm256_add_epi64(b, by);
		x = _mm256_or_si256(
			x, _mm256_xor_si256(_mm256_loadu_si256(at + 2), a));
		y = _mm256_or_si256(
			y, _mm256_xor_si256(_mm256_loadu_si256(at + 3), b));
		a = _mm256_add_epi64(a, by);
		b = _mm256_add_epi64(b, by);
		if (!_mm256_testz_si256(_mm256_or_si256(x, y), keep))
			break;
	}
	return done;
}

static unsigned agreeing_bursts(const vmsa_desc *e, unsigned n, vmsa_desc want,
				uint64_t step, vmsa_desc ignore)
{
	if (__builtin_cpu_supports("avx2"))
		return bursts_avx2(e, n, want, step, ignore);
	return bursts_sse2(e, n, want, step, ignore);
}
#else
static unsigned agreeing_bursts(const vmsa_desc *e, unsigned n, vmsa_desc want,
				uint64_t step, vmsa_desc ignore)
{
	unsigned done = 0;

	while (done + BURST <= n &&
	       !(differ(e + done, BURST, want + done * step, step) & ~ignore))
		done += BURST;
	return done;
}
#endif

bool vmsa_table_agrees(const struct vmsa_table *table,
		       struct vmsa_table_run run, vmsa_desc desc, uint64_t step,
		       vmsa_desc ignore)
{
	const vmsa_desc *e = &table->entries[run.index];
	const unsigned n = run.count;
	unsigned done;

	/* Runs that start amid a line are short: wide loads would tear. */
	if ((uintptr_t)e % (8 * BURST))
		return !(differ(e, n, desc, step) & ~ignore);
	done = agreeing_bursts(e, n, desc, step, ignore);
	if (n - done >= BURST)
		return false;
	return !(differ(e + done, n - done, desc + done * step, step) &
		 ~ignore);
}
