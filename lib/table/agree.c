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
/* What eight entries are, and what they should be. */
struct line {
	__m128i want[4];
};

static inline __m128i differ_line(const vmsa_desc *e, const struct line *l)
{
	const __m128i *at = (const __m128i *)e;
	const __m128i a = _mm_xor_si128(_mm_load_si128(at), l->want[0]);
	const __m128i b = _mm_xor_si128(_mm_load_si128(at + 1), l->want[1]);
	const __m128i c = _mm_xor_si128(_mm_load_si128(at + 2), l->want[2]);
	const __m128i d = _mm_xor_si128(_mm_load_si128(at + 3), l->want[3]);

	return _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
}

static inline struct line first_line(vmsa_desc want, uint64_t step)
{
	const __m128i two = _mm_set1_epi64x((long long)(2 * step));
	struct line l;

	l.want[0] = _mm_set_epi64x((long long)(want + step), (long long)want);
	l.want[1] = _mm_add_epi64(l.want[0], two);
	l.want[2] = _mm_add_epi64(l.want[1], two);
	l.want[3] = _mm_add_epi64(l.want[2], two);
	return l;
}

static inline void advance(struct line *l, __m128i by)
{
	l->want[0] = _mm_add_epi64(l->want[0], by);
	l->want[1] = _mm_add_epi64(l->want[1], by);
	l->want[2] = _mm_add_epi64(l->want[2], by);
	l->want[3] = _mm_add_epi64(l->want[3], by);
}

/* Is nothing set but @ignore? */
static inline bool is_clear(__m128i diff, __m128i ignore)
{
	const __m128i zero = _mm_cmpeq_epi8(_mm_andnot_si128(ignore, diff),
					    _mm_setzero_si128());

	return _mm_movemask_epi8(zero) == 0xffff;
}

/* As many whole bursts as there are; the entries that agreed, else fewer. */
static unsigned agreeing_bursts(const vmsa_desc *e, unsigned n, vmsa_desc want,
				uint64_t step, vmsa_desc ignore)
{
	const __m128i by = _mm_set1_epi64x((long long)(8 * step));
	const __m128i skip = _mm_set1_epi64x((long long)ignore);
	struct line l = first_line(want, step);
	unsigned done = 0;

	for (; done + BURST <= n; done += BURST) {
		__m128i diff = differ_line(e + done, &l);

		advance(&l, by);
		diff = _mm_or_si128(diff, differ_line(e + done + 8, &l));
		advance(&l, by);
		if (!is_clear(diff, skip))
			break;
	}
	return done;
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
	unsigned done = 0;

	/* A group starts at a multiple of its size, so loads are aligned. */
	if ((uintptr_t)e % 16 == 0)
		done = agreeing_bursts(e, n, desc, step, ignore);
	if (n - done >= BURST && (uintptr_t)e % 16 == 0)
		return false;
	return !(differ(e + done, n - done, desc + done * step, step) &
		 ~ignore);
}
