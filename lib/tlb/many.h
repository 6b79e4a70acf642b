/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * many.h - many accesses of one kind, with what they share in registers
 *
 * Included once per kind of host, as access.h is.
 */
#include "access.h"

/* How many of the @n accesses at @va are to the page of @page. */
static inline size_t same_page(const vmsa_va *va, size_t n, vmsa_va page)
{
	const uint64_t bits = VMSA_TAG_PAGE >> VMSA_TAG_VA_SHIFT;
	size_t i = 0;

	if (n == 0 || (va[0] ^ page) & bits)
		return 0;
	while (n - i >= 4 && !(((va[i] ^ page) | (va[i + 1] ^ page) |
				(va[i + 2] ^ page) | (va[i + 3] ^ page)) &
			       bits))
		i += 4;
	while (i < n && !((va[i] ^ page) & bits))
		i++;
	return i;
}

/*
 * Do accesses until one misses a fully associative L1 that has no held
 * entries.  As one(), with what it needs in registers.
 */
static inline size_t run_hits(struct vmsa_tlb *tlb,
			      const struct vmsa_tlb_access *like,
			      const vmsa_va *va, size_t n)
{
	struct vmsa_assoc *l1 = &tlb->l1[like->side];
	uint64_t newest = l1->newest;
	uint32_t slot = VMSA_ASSOC_NONE;
	size_t i = 0;

	if (page_key(va[0], like->asid) == tlb->last[like->side])
		i = same_page(va, n, va[0]);
	while (i < n) {
		uint32_t found = find_full(l1, va[i], like->asid);

		if (found == VMSA_ASSOC_NONE)
			break;
		slot = found;
		newest = vmsa_full_note(l1, slot, newest);
		i++;
		i += same_page(va + i, n - i, va[i - 1]);
	}
	l1->newest = newest;
	if (slot != VMSA_ASSOC_NONE) {
		tlb->last[like->side] = page_key(va[i - 1], like->asid);
		tlb->last_slot[like->side] = slot;
	}
	return i;
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

static int many(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *like,
		const vmsa_va *va, size_t n, size_t *done)
{
	struct vmsa_assoc *l1 = &tlb->l1[like->side];
	bool fast = tlb->plain && l1->entries && vmsa_assoc_full(l1) &&
		    !l1->nr_held && !tlb->config.check;
	struct vmsa_tlb_access a = *like;
	struct vmsa_tlb_answer answer;
	size_t i = 0, announced = 0;
	int err = 0;

	while (i < n && !err) {
		if (fast)
			i += run_hits(tlb, &a, va + i, n - i);
		if (i == n)
			break;
		a.va = vmsa_tlb_va(va[i]);
		err = fast ? miss(tlb, &a, &answer) : one(tlb, &a, &answer);
		if (err)
			break;
		if (answer.outcome == VMSA_TLB_WALKED && tlb->walker.prefetch)
			announced = announce(tlb, va, n, announced, i);
		i++;
	}
	*done = i;
	return err;
}
