/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_FILL_H
#define VMSA_LIB_FILL_H
/*
 * fill.h - write an arithmetic run of descriptors as fast as the host can
 *
 * Every descriptor is written by one 8-byte (or wider, aligned) store, so a
 * reader beside the writer sees the old or the new value and nothing else.
 * ThreadSanitizer knows C11 atomics only, so it gets the plain form.
 *
 *     vmsa_fill()             through the cache: small runs, tables in use
 *     vmsa_fill_streaming()   around it: many whole tables, read much later
 *     vmsa_fill_settle()      after streaming, before the link to a table
 *
 * Value i of a run is desc + i * step, modulo 2^64; step 0 repeats one value.
 */
#include "vmsa/types.h"

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define VMSA_HAVE_STREAMING 1
#elif !__has_feature(thread_sanitizer)
#define VMSA_HAVE_STREAMING 1
#endif
#endif

#ifdef VMSA_HAVE_STREAMING
#include <emmintrin.h>

/*
 * Whole 64-byte lines through @PUT: four registers of two values each, all
 * advanced by eight steps.  @PUT is the host's plain or its streaming store of
 * 16 aligned bytes, of which each half arrives whole.
 */
#define VMSA_FILL_LINES(PUT, to, count, desc, step)                           \
	do {                                                                  \
		const __m128i add = _mm_set1_epi64x((long long)(8 * (step))); \
		__m128i *line = (__m128i *)(to);                              \
		__m128i v[4];                                                 \
		for (unsigned i = 0; i < 4; i++)                              \
			v[i] = _mm_set_epi64x(                                \
				(long long)((desc) + (2 * i + 1) * (step)),   \
				(long long)((desc) + 2 * i * (step)));        \
		for (unsigned n = (count) / 8; n; n--, line += 4) {           \
			for (unsigned i = 0; i < 4; i++) {                    \
				PUT(line + i, v[i]);                          \
				v[i] = _mm_add_epi64(v[i], add);              \
			}                                                     \
		}                                                             \
	} while (0)
#endif

/* Can the run be written by whole, aligned lines and nothing else? */
static inline int vmsa_fill_is_lines(const vmsa_desc *to, unsigned count)
{
	return count && count % 8 == 0 && (uintptr_t)to % 64 == 0;
}

/*
 * Through the cache, ascending; a later release store publishes it.  x86 keeps
 * plain stores in order, so the wide form is as good as the release stores of
 * the portable one.
 */
static inline void vmsa_fill(vmsa_desc *to, unsigned count, vmsa_desc desc,
			     uint64_t step)
{
#ifdef VMSA_HAVE_STREAMING
	if (vmsa_fill_is_lines(to, count)) {
		VMSA_FILL_LINES(_mm_store_si128, to, count, desc, step);
		return;
	}
#endif
	for (unsigned i = 0; i < count; i++) {
		__atomic_store_n(&to[i], desc, __ATOMIC_RELEASE);
		desc += step;
	}
}

/*
 * Around the cache, for tables in bulk: nothing is read for ownership and
 * nothing useful is evicted.  Weakly ordered: vmsa_fill_settle() must come
 * before a store that makes the table reachable.
 */
static inline void vmsa_fill_streaming(vmsa_desc *to, unsigned count,
				       vmsa_desc desc, uint64_t step)
{
#ifdef VMSA_HAVE_STREAMING
	if (vmsa_fill_is_lines(to, count)) {
		VMSA_FILL_LINES(_mm_stream_si128, to, count, desc, step);
		return;
	}
#endif
	vmsa_fill(to, count, desc, step);
}

/* All streamed descriptors are visible before any later store. */
static inline void vmsa_fill_settle(void)
{
#ifdef VMSA_HAVE_STREAMING
	_mm_sfence();
#endif
}

#endif /* VMSA_LIB_FILL_H */
