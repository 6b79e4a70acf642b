/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * many.h - many accesses of one kind, with what they share in registers
 *
 * Included once per kind of host, as access.h is.
 */
#include "plain.h"

/* The bits of a VA that tell pages apart. */
#define PAGE_BITS (VMSA_TAG_PAGE >> VMSA_TAG_VA_SHIFT)

/* How many of the @n accesses at @va are to the page of @page. */
static inline size_t same_page(const vmsa_va *va, size_t n, vmsa_va page)
{
	size_t i = 0;

	if (n == 0 || (va[0] ^ page) & PAGE_BITS)
		return 0;
#ifdef __AVX512F__
	const __m512i bits = _mm512_set1_epi64((long long)PAGE_BITS);
	const __m512i like = _mm512_set1_epi64((long long)page);

	for (; n - i >= 8; i += 8) {
		__m512i other =
			_mm512_xor_si512(_mm512_loadu_si512(va + i), like);
		uint32_t differ = _mm512_test_epi64_mask(other, bits);

		if (differ)
			return i + (uint32_t)__builtin_ctz(differ);
	}
#else
	while (n - i >= 4 && !(((va[i] ^ page) | (va[i + 1] ^ page) |
				(va[i + 2] ^ page) | (va[i + 3] ^ page)) &
			       PAGE_BITS))
		i += 4;
#endif
	while (i < n && !((va[i] ^ page) & PAGE_BITS))
		i++;
	return i;
}

/*
 * Do accesses until one misses an L1 that has a log of uses and no held
 * entries.  As one(), with what it needs in registers; @alone: entries of one
 * class are all there are.
 */
static inline __attribute__((always_inline)) size_t run_hits_of(
	struct vmsa_assoc *l1, uint16_t asid, const vmsa_va *va, size_t n,
	bool alone)
{
	const struct vmsa_assoc a = *l1;
	const uint64_t context = (uint64_t)asid << VMSA_TAG_ASID_SHIFT;
	const unsigned only = (unsigned)__builtin_ctz(a.classes);
	uint64_t newest = a.newest, full = a.oldest + a.log_mask;
	size_t i = 0;

	while (i < n) {
		uint32_t slot;

		if (alone)
			slot = find_class(&a, va[i], context, only);
		else
			slot = find_full(&a, va[i], asid);
		if (slot == VMSA_ASSOC_NONE)
			break;
		if (newest > full) {
			l1->newest = newest;
			vmsa_assoc_compact(l1);
			full = l1->oldest + a.log_mask;
		}
		a.log[newest & a.log_mask] = (uint16_t)slot;
		a.pos[slot] = newest++;
		i++;
		i += same_page(va + i, n - i, va[i - 1]);
	}
	l1->newest = newest;
	return i;
}

STEP size_t run_hits_alone(struct vmsa_assoc *l1, uint16_t asid,
			   const vmsa_va *va, size_t n)
{
	return run_hits_of(l1, asid, va, n, true);
}

STEP size_t run_hits_mixed(struct vmsa_assoc *l1, uint16_t asid,
			   const vmsa_va *va, size_t n)
{
	return run_hits_of(l1, asid, va, n, false);
}

/* Accesses of the @n at @va before the first that misses. */
static inline size_t run_hits(struct vmsa_assoc *l1, uint16_t asid,
			      const vmsa_va *va, size_t n)
{
	if (!l1->classes)
		return 0;
	return l1->classes & (l1->classes - 1)
		       ? run_hits_mixed(l1, asid, va, n)
		       : run_hits_alone(l1, asid, va, n);
}

/* How many accesses ahead of a walk the walker hears of the next ones. */
#define AHEAD 12

/* Tell the walker of the accesses up to AHEAD after the one that walked. */
static size_t announce(const struct vmsa_tlb *tlb, const vmsa_va *va, size_t n,
		       size_t from, size_t walked)
{
	size_t to = n - walked > AHEAD ? walked + AHEAD : n;

	if (from <= walked)
		from = walked + 1;
	for (; from < to; from++)
		if ((va[from] ^ va[from - 1]) >> MIN_SHIFT)
			tlb->walker.prefetch(tlb->walker.arg, va[from]);
	return from;
}

/* As many(), where misses are plain; what was used last is left open. */
static int many_plain(const struct plain *p, uint16_t asid, const vmsa_va *va,
		      size_t n, size_t *done)
{
	size_t i = 0, announced = 0;
	int outcome = 0;

	while (i < n) {
		if (find_full(p->l1, va[i], asid) != VMSA_ASSOC_NONE) {
			i += run_hits(p->l1, asid, va + i, n - i);
			continue;
		}
		outcome = plain_miss(p, vmsa_tlb_va(va[i]));
		if (outcome < 0)
			break;
		if (outcome == VMSA_TLB_WALKED && p->tlb->walker.prefetch)
			announced = announce(p->tlb, va, n, announced, i);
		i++;
		if (outcome != VMSA_TLB_FAULT)
			i += same_page(va + i, n - i, va[i - 1]);
	}
	*done = i;
	return outcome < 0 ? outcome : 0;
}

/*
 * Does a lookup in the L1 take no more than finding a tag?  Then runs of hits
 * are quick, however long the way of a miss.
 */
static bool quick_hits(const struct vmsa_tlb *tlb,
		       const struct vmsa_tlb_access *like)
{
	const struct vmsa_assoc *l1 = &tlb->l1[like->side];

	return vmsa_assoc_holds(l1) && !l1->nr_held && !tlb->config.check &&
	       !tlb->each_use[like->write] && !tlb->contexts.of &&
	       !tlb->keep_l1[like->side].aggregate &&
	       tlb->config.conflict == VMSA_TLB_SMALLEST;
}

/* As many(), one by one. */
static int many_ones(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *like,
		     const vmsa_va *va, size_t n, size_t *done)
{
	struct vmsa_assoc *l1 = &tlb->l1[like->side];
	bool hits = quick_hits(tlb, like);
	struct vmsa_tlb_access a = *like;
	struct vmsa_tlb_answer answer;
	size_t i = 0, announced = 0;
	int err = 0;

	while (i < n && !err) {
		if (hits)
			i += run_hits(l1, like->asid, va + i, n - i);
		if (i == n)
			break;
		a.va = vmsa_tlb_va(va[i]);
		err = hits ? miss(tlb, &a, &answer) : one(tlb, &a, &answer);
		if (err)
			break;
		if (answer.outcome == VMSA_TLB_WALKED && tlb->walker.prefetch)
			announced = announce(tlb, va, n, announced, i);
		i++;
	}
	*done = i;
	return err;
}

static int many(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *like,
		const vmsa_va *va, size_t n, size_t *done)
{
	struct plain p;
	int err;

	if (plain_start(tlb, like, &p))
		err = many_plain(&p, like->asid, va, n, done);
	else
		err = many_ones(tlb, like, va, n, done);
	/* Runs of hits do not say which entry they used last. */
	tlb->last[like->side] = VMSA_TAG_NONE;
	return err;
}
