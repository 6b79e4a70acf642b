/* SPDX-License-Identifier: BSD-2-Clause */
#include "tlb_cal.h"

#include <string.h>

#define L1   48
#define SETS 256
#define WAYS 5
#define LINE 8 /* ways padded to a vector */

/* Tags are page numbers + 1; 0 is empty.  Stamps count looked-up pages. */
struct cal {
	_Alignas(64) uint32_t tag1[L1];
	_Alignas(64) uint32_t tag2[SETS][LINE];
	_Alignas(64) uint32_t stamp2[SETS][LINE];
	uint64_t l1_misses, l2_misses;
	/* Away from the tags: beside them, a store here delays their loads. */
	_Alignas(64) uint32_t stamp1[L1];
};

/* The second level is the same for all hosts: five ways. */
static inline void second_level(struct cal *c, uint32_t tag, uint32_t now)
{
	uint32_t *tags = c->tag2[(tag - 1) % SETS];
	uint32_t *stamps = c->stamp2[(tag - 1) % SETS];
	unsigned way, oldest = 0;

	for (way = 0; way < WAYS && tags[way] != tag; way++)
		oldest = stamps[way] < stamps[oldest] ? way : oldest;
	if (way == WAYS) {
		c->l2_misses++;
		way = oldest;
	}
	tags[way] = tag;
	stamps[way] = now;
}

#ifdef __x86_64__
#include <immintrin.h>

__attribute__((target("avx512f,bmi"))) static inline uint64_t match_avx512(
	const uint32_t *v, __m512i wanted)
{
	uint64_t low = _mm512_cmpeq_epi32_mask(_mm512_load_si512(v), wanted);
	uint64_t mid =
		_mm512_cmpeq_epi32_mask(_mm512_load_si512(v + 16), wanted);
	uint64_t high =
		_mm512_cmpeq_epi32_mask(_mm512_load_si512(v + 32), wanted);

	return low | mid << 16 | high << 32;
}

__attribute__((target("avx512f,bmi"))) static inline unsigned oldest_avx512(
	const uint32_t *v)
{
	__m512i low = _mm512_min_epu32(_mm512_load_si512(v),
				       _mm512_load_si512(v + 16));
	__m512i all = _mm512_min_epu32(low, _mm512_load_si512(v + 32));
	uint32_t least = _mm512_reduce_min_epu32(all);

	return (unsigned)__builtin_ctzll(
		match_avx512(v, _mm512_set1_epi32((int)least)));
}

__attribute__((target("avx512f,bmi"))) static void run_avx512(
	struct cal *c, const uint64_t *va, size_t n)
{
	uint32_t last = 0, now = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t tag = (uint32_t)(va[i] >> 12) + 1;
		uint64_t hit;
		unsigned slot;

		if (tag == last)
			continue;
		last = tag;
		now++;
		hit = match_avx512(c->tag1, _mm512_set1_epi32((int)tag));
		if (hit) {
			c->stamp1[__builtin_ctzll(hit)] = now;
			continue;
		}
		c->l1_misses++;
		slot = oldest_avx512(c->stamp1);
		c->tag1[slot] = tag;
		c->stamp1[slot] = now;
		second_level(c, tag, now);
	}
}
#endif

/* Loops a compiler can turn into vector code. */
static void run_portable(struct cal *c, const uint64_t *va, size_t n)
{
	uint32_t last = 0, now = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t tag = (uint32_t)(va[i] >> 12) + 1, least = UINT32_MAX;
		unsigned slot;

		if (tag == last)
			continue;
		last = tag;
		now++;
		for (slot = 0; slot < L1 && c->tag1[slot] != tag; slot++)
			;
		if (slot < L1) {
			c->stamp1[slot] = now;
			continue;
		}
		c->l1_misses++;
		for (unsigned s = 0; s < L1; s++)
			least = c->stamp1[s] < least ? c->stamp1[s] : least;
		for (slot = 0; c->stamp1[slot] != least; slot++)
			;
		c->tag1[slot] = tag;
		c->stamp1[slot] = now;
		second_level(c, tag, now);
	}
}

uint64_t tlb_cal_run(const uint64_t *va, size_t n, uint64_t *l1_misses,
		     uint64_t *l2_misses)
{
	struct cal c;

	memset(&c, 0, sizeof(c));
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f"))
		run_avx512(&c, va, n);
	else
#endif
		run_portable(&c, va, n);
	*l1_misses = c.l1_misses;
	*l2_misses = c.l2_misses;
	return c.tag1[0] + c.tag2[0][0];
}
