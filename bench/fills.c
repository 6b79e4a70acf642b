/* SPDX-License-Identifier: BSD-2-Clause */
#include "fills.h"

#include "bench.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void scalar(uint64_t *to, size_t n, uint64_t first, uint64_t step)
{
	for (size_t i = 0; i < n; i++)
		to[i] = first + i * step;
}

#ifdef __x86_64__
#include <immintrin.h>

static void sse2_streaming(uint64_t *to, size_t n, uint64_t first,
			   uint64_t step)
{
	const __m128i add = _mm_set1_epi64x((long long)(2 * step));
	__m128i v = _mm_set_epi64x((long long)(first + step), (long long)first);

	for (size_t i = 0; i < n; i += 2) {
		_mm_stream_si128((__m128i *)(to + i), v);
		v = _mm_add_epi64(v, add);
	}
	_mm_sfence();
}

/*
 * One line of 64 bytes a turn, in the host's widest registers that a row
 * names; the four-deep form hides the add behind the stores.
 */
#define AVX2   __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f")))

AVX2 static __m256i first_four(uint64_t first, uint64_t step)
{
	return _mm256_set_epi64x((long long)(first + 3 * step),
				 (long long)(first + 2 * step),
				 (long long)(first + step), (long long)first);
}

AVX2 static void avx2_streaming(uint64_t *to, size_t n, uint64_t first,
				uint64_t step)
{
	const __m256i add = _mm256_set1_epi64x((long long)(8 * step));
	__m256i a = first_four(first, step);
	__m256i b = first_four(first + 4 * step, step);

	for (size_t i = 0; i < n; i += 8) {
		_mm256_stream_si256((__m256i *)(to + i), a);
		_mm256_stream_si256((__m256i *)(to + i + 4), b);
		a = _mm256_add_epi64(a, add);
		b = _mm256_add_epi64(b, add);
	}
	_mm_sfence();
}

AVX2 static void avx2_cached(uint64_t *to, size_t n, uint64_t first,
			     uint64_t step)
{
	const __m256i add = _mm256_set1_epi64x((long long)(8 * step));
	__m256i a = first_four(first, step);
	__m256i b = first_four(first + 4 * step, step);

	for (size_t i = 0; i < n; i += 8) {
		_mm256_store_si256((__m256i *)(to + i), a);
		_mm256_store_si256((__m256i *)(to + i + 4), b);
		a = _mm256_add_epi64(a, add);
		b = _mm256_add_epi64(b, add);
	}
}

AVX512 static __m512i first_eight(uint64_t first, uint64_t step)
{
	const __m512i index = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
	uint64_t v[8];

	for (int i = 0; i < 8; i++)
		v[i] = first + (uint64_t)i * step;
	return _mm512_i64gather_epi64(index, v, 8);
}

AVX512 static void avx512_streaming(uint64_t *to, size_t n, uint64_t first,
				    uint64_t step)
{
	const __m512i add = _mm512_set1_epi64((long long)(8 * step));
	__m512i v = first_eight(first, step);

	for (size_t i = 0; i < n; i += 8) {
		_mm512_stream_si512((void *)(to + i), v);
		v = _mm512_add_epi64(v, add);
	}
	_mm_sfence();
}

AVX512 static void avx512_cached(uint64_t *to, size_t n, uint64_t first,
				 uint64_t step)
{
	const __m512i add = _mm512_set1_epi64((long long)(8 * step));
	__m512i v = first_eight(first, step);

	for (size_t i = 0; i < n; i += 8) {
		_mm512_store_si512((void *)(to + i), v);
		v = _mm512_add_epi64(v, add);
	}
}
#endif

/* Fills @known with the ways this host has; returns how many. */
static size_t list_fills(bench_fill_fn known[8])
{
	size_t n = 0;

	known[n++] = scalar;
#ifdef __x86_64__
	known[n++] = sse2_streaming;
	if (__builtin_cpu_supports("avx2")) {
		known[n++] = avx2_streaming;
		known[n++] = avx2_cached;
	}
	if (__builtin_cpu_supports("avx512f")) {
		known[n++] = avx512_streaming;
		known[n++] = avx512_cached;
	}
#endif
	return n;
}

static double time_fill(bench_fill_fn fill, uint64_t *to, size_t n)
{
	/* Small buffers are filled often enough for the clock to see it. */
	const size_t often = 1 + ((size_t)1 << 23) / n;
	const double start = bench_seconds();

	for (size_t i = 0; i < often; i++)
		fill(to, n, i, 4096);
	return (bench_seconds() - start) / (double)often;
}

bench_fill_fn bench_fill_pick(uint64_t *to, size_t n)
{
	bench_fill_fn known[8], best = scalar;
	const size_t nr = list_fills(known);
	double shortest = 1e9;

	for (size_t i = 0; i < 4 * nr; i++) {
		const double took = time_fill(known[i % nr], to, n);

		if (took < shortest) {
			shortest = took;
			best = known[i % nr];
		}
	}
	return best;
}

void bench_fill_cold(const struct bench_cold *how, uint64_t *to, size_t n)
{
	const size_t tables = n / 512;

	for (size_t i = 0; i < tables; i++) {
		const size_t at = how->down ? tables - 1 - i : i;

		how->fill(to + 512 * at, 512, at << 21, 4096);
	}
}

static double time_cold(const struct bench_cold *how, size_t n)
{
	uint64_t *to = bench_pages(8 * n);
	double start, took;

	if (!to)
		return 1e9;
	start = bench_seconds();
	bench_fill_cold(how, to, n);
	took = bench_seconds() - start;
	bench_pages_free(to, 8 * n);
	return took;
}

struct bench_cold bench_cold_pick(size_t n)
{
	bench_fill_fn known[8];
	const size_t nr = list_fills(known);
	struct bench_cold best = { scalar, false };
	double shortest = 1e9;

	for (size_t i = 0; i < 4 * nr; i++) {
		const struct bench_cold how = { known[i % nr], i / nr % 2 };
		const double took = time_cold(&how, n);

		if (took < shortest) {
			shortest = took;
			best = how;
		}
	}
	return best;
}
