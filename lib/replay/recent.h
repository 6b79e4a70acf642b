/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_REPLAY_RECENT_H
#define VMSA_LIB_REPLAY_RECENT_H
/*
 * recent.h - the pages used last, which every lane's first level translates
 *
 * A fully associative LRU first level of N entries has one for each of the N
 * pages used last, whatever its leaves are: pages that share an entry only
 * leave room.  So a use of one of them is a hit in every lane, and all it
 * changes is the order among entries younger than any other.  The lanes need
 * not hear of it: they hold (vmsa_tlb_hold()) the entry of each page listed
 * here.  When a page leaves, the lanes release its entry, and as pages leave
 * in the order of their last use, so do entries.
 *
 * A page in the trace's own filter is pinned: how often it is used is not
 * known, only that the others are older.
 *
 *     pinned pages | youngest ... oldest | all that only lanes know
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "vmsa/trace.h"

/** VMSA_RECENT_MAX - the most pages; not below VMSA_TRACE_MAX_FILTER. */
#define VMSA_RECENT_MAX 128

/** VMSA_RECENT_NONE - no page. */
#define VMSA_RECENT_NONE UINT8_MAX

/** VMSA_RECENT_HASH_BITS - log2 of the chains: most have one page or none. */
#define VMSA_RECENT_HASH_BITS 10

/** struct vmsa_recent - the pages of one side. */
struct vmsa_recent {
	bool finds;       /**< false: a page is only here while pinned, and
				each use goes to the lanes */
	uint8_t room;     /**< pages there can be */
	uint8_t nr_spare; /**< of those, not in use */
	uint64_t key[VMSA_RECENT_MAX];    /**< VMSA_RECENT_KEY() of a page */
	uint8_t pins[VMSA_RECENT_MAX];    /**< entries of the trace's filter */
	uint8_t account[VMSA_RECENT_MAX]; /**< enum vmsa_tlb_region */
	bool sure[VMSA_RECENT_MAX];       /**< every lane has an entry */
	uint8_t chain[VMSA_RECENT_MAX];   /**< next of the same hash */
	uint8_t spare[VMSA_RECENT_MAX];   /**< stack of free indices */
	/** Ring by age; [VMSA_RECENT_MAX] is its end, others may be alone. */
	uint8_t older[VMSA_RECENT_MAX + 1];
	uint8_t younger[VMSA_RECENT_MAX + 1];     /**< the same, backwards */
	uint8_t head[1 << VMSA_RECENT_HASH_BITS]; /**< first of each chain */
};

/** vmsa_recent_init() - no page yet. */
void vmsa_recent_init(struct vmsa_recent *r, bool finds, unsigned room);

/** vmsa_recent_drop() - a page that is not pinned leaves. */
void vmsa_recent_drop(struct vmsa_recent *r, uint8_t at);

/** vmsa_recent_add() - a page, neither pinned nor in the ring; needs room. */
uint8_t vmsa_recent_add(struct vmsa_recent *r, uint64_t key);

/**
 * vmsa_recent_key() - what tells pages apart that need entries of their own.
 * @page:    VA >> 12; the bits that TLBs compare are kept
 * @region:  enum vmsa_trace_region
 * @context: the ASID, or 0 where entries are global for sure
 */
static inline uint64_t vmsa_recent_key(uint64_t page, unsigned region,
				       uint16_t context)
{
	return page << 23 | (uint64_t)region << 16 | context;
}

/** vmsa_recent_hash() - the chain of a key: Knuth's multiplicative hash. */
static inline unsigned vmsa_recent_hash(uint64_t key)
{
	return (unsigned)(key * UINT64_C(0x9e3779b97f4a7c15) >>
			  (64 - VMSA_RECENT_HASH_BITS));
}

/** vmsa_recent_find() - the page of @key, or VMSA_RECENT_NONE. */
static inline uint8_t vmsa_recent_find(const struct vmsa_recent *r,
				       uint64_t key)
{
	uint8_t at = r->head[vmsa_recent_hash(key)];

	while (at != VMSA_RECENT_NONE && r->key[at] != key)
		at = r->chain[at];
	return at;
}

/** vmsa_recent_leave() - out of the ring, if it is there. */
static inline void vmsa_recent_leave(struct vmsa_recent *r, uint8_t at)
{
	r->younger[r->older[at]] = r->younger[at];
	r->older[r->younger[at]] = r->older[at];
	r->older[at] = r->younger[at] = at;
}

/** vmsa_recent_touch() - the youngest of the ring from now on. */
static inline void vmsa_recent_touch(struct vmsa_recent *r, uint8_t at)
{
	uint8_t youngest;

	vmsa_recent_leave(r, at);
	youngest = r->older[VMSA_RECENT_MAX];
	r->older[at] = youngest;
	r->younger[at] = VMSA_RECENT_MAX;
	r->younger[youngest] = at;
	r->older[VMSA_RECENT_MAX] = at;
}

/** vmsa_recent_oldest() - of the ring, or VMSA_RECENT_NONE. */
static inline uint8_t vmsa_recent_oldest(const struct vmsa_recent *r)
{
	uint8_t at = r->younger[VMSA_RECENT_MAX];

	return at == VMSA_RECENT_MAX ? VMSA_RECENT_NONE : at;
}

/** vmsa_recent_pin() - the trace's filter holds the page. */
static inline void vmsa_recent_pin(struct vmsa_recent *r, uint8_t at)
{
	vmsa_recent_leave(r, at);
	r->pins[at]++;
}

#endif /* VMSA_LIB_REPLAY_RECENT_H */
