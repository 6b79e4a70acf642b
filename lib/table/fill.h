/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_FILL_H
#define VMSA_LIB_FILL_H
/*
 * fill.h - write an arithmetic run of descriptors as fast as the host can
 *
 * Every descriptor is written by one 8-byte (or wider, aligned) store, so a
 * reader beside the writer sees the old or the new value and nothing else.
 */
#include "vmsa/types.h"

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
#include <emmintrin.h>
#define VMSA_HAVE_STREAMING 1
#endif

/* One by one, ascending: for short runs and for hosts without streaming. */
static inline void vmsa_fill_cached(vmsa_desc *to, unsigned count,
				    vmsa_desc desc, uint64_t step)
{
	for (unsigned i = 0; i < count; i++) {
		__atomic_store_n(&to[i], desc, __ATOMIC_RELEASE);
		desc += step;
	}
}

#ifdef VMSA_HAVE_STREAMING
/* Around the cache, for runs that are at least a table long: 64-byte lines. */
static inline void vmsa_fill_streaming(vmsa_desc *to, unsigned count,
				       vmsa_desc desc, uint64_t step)
{
	const __m128i add = _mm_set1_epi64x((long long)(8 * step));
	__m128i v[4];

	for (int i = 0; i < 4; i++)
		v[i] = _mm_set_epi64x(
			(long long)(desc + (2 * (unsigned)i + 1) * step),
			(long long)(desc + 2 * (unsigned)i * step));
	for (unsigned i = 0; i < count; i += 8, to += 8) {
		for (int j = 0; j < 4; j++) {
			_mm_stream_si128((__m128i *)to + j, v[j]);
			v[j] = _mm_add_epi64(v[j], add);
		}
	}
	_mm_sfence();
}
#endif

/* Streams where the run is long and aligned, else stores through the cache. */
static inline void vmsa_fill_run(vmsa_desc *to, unsigned count, vmsa_desc desc,
				 uint64_t step)
{
#ifdef VMSA_HAVE_STREAMING
	if (count >= 512 && count % 8 == 0 && (uintptr_t)to % 64 == 0) {
		vmsa_fill_streaming(to, count, desc, step);
		return;
	}
#endif
	vmsa_fill_cached(to, count, desc, step);
}

#endif /* VMSA_LIB_FILL_H */
