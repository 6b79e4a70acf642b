/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_FILTER_H
#define VMSA_LIB_REPLAY_FILTER_H
/*
 * filter.h - the trace's own filter, as its records let it be rebuilt
 *
 * Entries in the order of their records, oldest first, a byte each: which of
 * the recent pages it is.  A byte leaves and the later ones close up by shifts
 * of whole words, since a victim is as good as random.
 */
#include "recent.h"

/** VMSA_FILTER_WORDS - words of eight entries. */
#define VMSA_FILTER_WORDS (VMSA_TRACE_MAX_FILTER / 8)

/** struct vmsa_filter - the filter of one side. */
struct vmsa_filter {
	unsigned entries;                 /**< 0: the trace has none */
	uint64_t word[VMSA_FILTER_WORDS]; /**< entry i: byte i % 8 of i / 8 */
};

/** vmsa_filter_get() - entry @i. */
static inline uint8_t vmsa_filter_get(const struct vmsa_filter *f, unsigned i)
{
	return (uint8_t)(f->word[i / 8] >> i % 8 * 8);
}

/** vmsa_filter_set() - make @at entry @i. */
static inline void vmsa_filter_set(struct vmsa_filter *f, unsigned i,
				   uint8_t at)
{
	uint64_t *word = &f->word[i / 8];
	unsigned shift = i % 8 * 8;

	*word = (*word & ~(UINT64_C(0xff) << shift)) | (uint64_t)at << shift;
}

/** vmsa_filter_remove() - entry @i leaves; the last is nobody now. */
static inline uint8_t vmsa_filter_remove(struct vmsa_filter *f, unsigned i)
{
	const unsigned last = f->entries - 1;
	const uint8_t gone = vmsa_filter_get(f, i);
	unsigned w = i / 8;
	uint64_t keep = (UINT64_C(1) << i % 8 * 8) - 1;

	for (; w < last / 8; w++, keep = 0)
		f->word[w] = (f->word[w] & keep) |
			     (f->word[w] >> 8 & ~keep & UINT64_MAX >> 8) |
			     f->word[w + 1] << 56;
	f->word[w] = (f->word[w] & keep) | (f->word[w] >> 8 & ~keep);
	vmsa_filter_set(f, last, VMSA_RECENT_NONE);
	return gone;
}

/** vmsa_filter_init() - every entry is nobody. */
static inline void vmsa_filter_init(struct vmsa_filter *f, unsigned entries)
{
	f->entries = entries;
	memset(f->word, VMSA_RECENT_NONE, sizeof(f->word));
}

#endif /* VMSA_LIB_REPLAY_FILTER_H */
