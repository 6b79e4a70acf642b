/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * invalidate.c - TLB maintenance on keys
 */
#include "sweep_impl.h"

/* Pages of an operation that are looked up instead of looking at all keys. */
#define MAX_PAGES 512

/*
 * The level hint does not change what the TLB model removes, so it is taken
 * out: TTL is bits 47:44 of the operand for an address, 38:37 for a range.
 */
static struct vmsa_tlbi without_hint(const struct vmsa_tlbi *tlbi)
{
	struct vmsa_tlbi plain = *tlbi;

	switch (tlbi->op) {
	case VMSA_TLBI_VAE1:
	case VMSA_TLBI_VALE1:
	case VMSA_TLBI_VAAE1:
	case VMSA_TLBI_VAALE1:
		plain.operand &= ~(UINT64_C(0xf) << 44);
		break;
	case VMSA_TLBI_RVAE1:
	case VMSA_TLBI_RVALE1:
	case VMSA_TLBI_RVAAE1:
	case VMSA_TLBI_RVAALE1:
		plain.operand &= ~(UINT64_C(3) << 37);
		break;
	default:
		break;
	}
	return plain;
}

/* Does @arg, a vmsa_tlbi_target, remove the leaf of this key? */
static bool goes(void *arg, uint64_t key)
{
	const struct vmsa_tlbi_target *t = arg;
	const vmsa_va va =
		vmsa_sweep_va((key & VMSA_KEY_PAGE) >> VMSA_KEY_VA_SHIFT);
	const unsigned shift = 12 + (unsigned)(key & VMSA_KEY_CLASS);

	if (key & VMSA_KEY_GLOBAL) {
		if (!t->globals)
			return false;
	} else if (!t->any_asid &&
		   (uint16_t)(key >> VMSA_KEY_ASID_SHIFT) != t->asid) {
		return false;
	}
	return va <= t->last && va + ((UINT64_C(1) << shift) - 1) >= t->first;
}

static int remove_key(struct vmsa_sweep_one *s, uint64_t key)
{
	if (s->sets)
		vmsa_sets_remove(s->sets, key, vmsa_sweep_index(key));
	return s->stack ? vmsa_stack_remove(s->stack, key) : 0;
}

/* The leaves of one size that few addresses are in. */
static int remove_class(struct vmsa_sweep_one *s,
			const struct vmsa_tlbi_target *t, unsigned class)
{
	const uint64_t size = UINT64_C(1) << (12 + class);
	vmsa_va va = t->first & ~(size - 1);
	int err = 0;

	for (;;) {
		const uint64_t key =
			((va << VMSA_KEY_VA_SHIFT) & VMSA_KEY_PAGE << class) |
			VMSA_KEY_VALID | class;

		err = remove_key(s, key | VMSA_KEY_GLOBAL);
		if (!err)
			err = remove_key(
				s,
				key | (uint64_t)t->asid << VMSA_KEY_ASID_SHIFT);
		if (err || t->last - va < size)
			return err;
		va += size;
	}
}

int vmsa_sweep_one_invalidate(struct vmsa_sweep_one *one,
			      const struct vmsa_tlbi *tlbi)
{
	const struct vmsa_tlbi plain = without_hint(tlbi);
	struct vmsa_tlbi_target t;
	int err = 0;

	if (vmsa_tlbi_target(&plain, &one->reach, &t) != VMSA_TLBI_INVALIDATES)
		return 0;
	/* Of any ASID can be known only where no leaf has one. */
	if (t.globals &&
	    (!t.any_asid || (t.first >> 63 && !one->private_upper)) &&
	    (t.last - t.first) >> 12 < MAX_PAGES) {
		for (unsigned class = 0; class < 32 && !err; class ++)
			if (one->classes >> class & 1)
				err = remove_class(one, &t, class);
		return err;
	}
	if (one->sets)
		vmsa_sets_remove_if(one->sets, goes, &t);
	return one->stack ? vmsa_stack_remove_if(one->stack, goes, &t) : 0;
}
