/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TABLE_WALKER_H
#define VMSA_TABLE_WALKER_H
/*
 * walker.h - lookup after lookup, inlined into the caller's loop
 *
 * Lookups of scattered addresses wait for memory.  A host core waits for as
 * many at once as fit its reorder buffer, so what counts is how few
 * instructions a lookup has.  A walker keeps what lookups share in registers:
 *
 *     struct vmsa_walker w = vmsa_walker_at(space, va);
 *
 *     for (i = 0; i < n; i++)
 *             err |= vmsa_walker_translate(&w, va[i], &t);
 *
 * Every answer is vmsa_translate()'s, beside a writer as well.  The quick way
 * is for the 4K granule with VMSA_FORMAT_48, tables in simulated RAM, pages
 * and 2 MiB blocks, and addresses under one level 0 entry; whatever else comes
 * up costs a call.
 *
 * Threads  a walker belongs to one thread; it may read beside a writer
 * Source   Arm ARM DDI 0487, D8.2, D8.3
 */
#include "vmsa/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** struct vmsa_space_head - what a struct vmsa_space begins with. */
struct vmsa_space_head {
	uint64_t changes; /**< grows when what a walker remembers may change */
};

/**
 * struct vmsa_walker - where lookups begin, a plain value.
 *
 * Valid as long as the space.  Members are for the functions below, which
 * renew them when the tables under them moved.
 */
struct vmsa_walker {
	const struct vmsa_space *space; /**< the tables */
	uint64_t begun;         /**< its changes when @table was found */
	const vmsa_desc *table; /**< a level 1 table */
	uint64_t entries;       /**< in it; 0 if there is no quick way */
	uint64_t va_bias;   /**< VA plus this: bytes from its first address */
	uint64_t link_bias; /**< table descriptor plus this: bytes in @window */
	uint64_t outside;   /**< bits that must be 0 in such an offset */
	uint64_t page;      /**< address and type in a page descriptor */
	const unsigned char *window; /**< host address of most tables */
};

/**
 * vmsa_walker_at() - get ready for lookups near an address.
 * @space: the tables
 * @va:    an address, best one of those to be looked up
 *
 * Return: a walker, good for any address.
 */
struct vmsa_walker vmsa_walker_at(const struct vmsa_space *space, vmsa_va va);

/*
 * GCC computes the address of an atomic load apart from the load.  Saying the
 * same in assembly saves an instruction for each level of a walk.  Sanitizers
 * want to see the atomic.
 */
#if defined(__x86_64__) && defined(__GCC_ASM_FLAG_OUTPUTS__) && \
	!defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define VMSA_WALKER_ASM 1
#endif

/** vmsa_desc_load() - one descriptor, loaded once, beside a writer. */
static inline vmsa_desc vmsa_desc_load(const vmsa_desc *entry)
{
#ifdef VMSA_WALKER_ASM
	vmsa_desc desc;

	__asm__("movq %1, %0" : "=r"(desc) : "m"(*entry));
	return desc;
#else
	return __atomic_load_n(entry, __ATOMIC_RELAXED);
#endif
}

/** vmsa_walker_is_stale() - may what the walker remembers have changed? */
static inline bool vmsa_walker_is_stale(const struct vmsa_walker *w)
{
	const struct vmsa_space_head *head =
		(const struct vmsa_space_head *)(const void *)w->space;
#ifdef VMSA_WALKER_ASM
	bool stale;

	__asm__("cmpq %2, %1"
		: "=@ccne"(stale)
		: "m"(head->changes), "r"(w->begun));
	return stale;
#else
	return __atomic_load_n(&head->changes, __ATOMIC_RELAXED) != w->begun;
#endif
}

/** vmsa_walker_entry() - @va's entry of the table that is @at in the window. */
static inline const vmsa_desc *vmsa_walker_entry(const struct vmsa_walker *w,
						 uint64_t at, vmsa_va va,
						 unsigned shift)
{
	return (const vmsa_desc *)(const void *)(w->window + at) +
	       (va >> shift & 511);
}

/**
 * vmsa_walker_try() - the quick way.
 * @w:   the walker
 * @va:  any address
 * @out: the answer
 *
 * One test tells whether a descriptor leads to a table in the window: address
 * bits, type and attributes all vanish from @outside if it does.
 *
 * Return: whether it led to a page or a 2 MiB block; else @out is untouched.
 */
static inline __attribute__((always_inline)) bool vmsa_walker_try(
	const struct vmsa_walker *w, vmsa_va va, struct vmsa_translation *out)
{
	const uint64_t index = (va + w->va_bias) >> 30;
	int8_t level = VMSA_MAX_LEVEL;
	vmsa_desc desc;
	vmsa_pa pa;
	uint64_t at;

	if (__builtin_expect(index >= w->entries, 0))
		return false;
	at = vmsa_desc_load(&w->table[index]) + w->link_bias;
	if (__builtin_expect((at & w->outside) != 0, 0))
		return false;
	desc = vmsa_desc_load(vmsa_walker_entry(w, at, va, 21));
	at = desc + w->link_bias;
	if (__builtin_expect((at & w->outside) != 0, 0)) {
		pa = (desc & w->page & ~VMSA_BITS(20, 0)) |
		     (va & VMSA_BITS(20, 0));
		if ((desc & VMSA_DESC_TYPE) != VMSA_DESC_VALID)
			return false;
		level = 2;
	} else {
		desc = vmsa_desc_load(vmsa_walker_entry(w, at, va, 12));
		pa = desc & w->page;
		if (__builtin_expect((uint8_t)pa != VMSA_DESC_TYPE, 0))
			return false;
		pa += (va & VMSA_BITS(11, 0)) - VMSA_DESC_TYPE;
	}
	/* Only then: the descriptors above were those of reachable tables. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__builtin_expect(vmsa_walker_is_stale(w), 0))
		return false;
	out->pa = pa;
	out->desc = desc;
	out->level = level;
	out->fault = false;
	return true;
}

/**
 * vmsa_walker_translate() - look one address up.
 * @walker: from vmsa_walker_at(); aimed anew if it has to be
 * @va:     an address of the space's half
 * @out:    the answer
 *
 * Return: as vmsa_translate().
 */
static inline __attribute__((always_inline)) int vmsa_walker_translate(
	struct vmsa_walker *walker, vmsa_va va, struct vmsa_translation *out)
{
	struct vmsa_translation answer;
	struct vmsa_walker renewed;
	int ret;

	if (__builtin_expect(vmsa_walker_try(walker, va, out), 1))
		return 0;
	/* Nothing of the caller's has its address taken: it fits registers. */
	ret = vmsa_translate(walker->space, va, &answer);
	renewed = vmsa_walker_at(walker->space, va);
	*walker = renewed;
	if (!ret)
		*out = answer;
	return ret;
}

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TABLE_WALKER_H */
