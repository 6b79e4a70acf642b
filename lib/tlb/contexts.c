/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contexts.c - numbers for VMID, ASID and PE
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tlb_impl.h"

#define NUMBERS    (UINT32_C(1) << 16)
#define INDEX_BITS 17
#define INDEX_MASK ((UINT32_C(1) << INDEX_BITS) - 1)

/* A key; bit 37 makes it unlike "free". */
#define KEY_PE_SHIFT 32
#define KEY_CNP      (UINT64_C(1) << 35)
#define KEY_GLOBAL   (UINT64_C(1) << 36)
#define KEY_USED     (UINT64_C(1) << 37)

static uint64_t key_of(const struct vmsa_tlb_access *a, bool global)
{
	uint64_t key = KEY_USED | (uint64_t)a->vmid << 16;

	key |= a->cnp ? KEY_CNP : (uint64_t)a->pe << KEY_PE_SHIFT;
	return key | (global ? KEY_GLOBAL : a->asid);
}

struct vmsa_context vmsa_contexts_of(const struct vmsa_contexts *c,
				     uint64_t tag)
{
	uint16_t number = (uint16_t)(tag >> VMSA_TAG_ASID_SHIFT);
	uint64_t key;

	if (!c->of)
		return (struct vmsa_context){
			.asid = number,
			.global = tag & VMSA_TAG_GLOBAL,
		};
	key = c->of[number];
	return (struct vmsa_context){
		.asid = (uint16_t)key,
		.vmid = (uint16_t)(key >> 16),
		.pe = key >> KEY_PE_SHIFT & (VMSA_TLB_MAX_PES - 1),
		.cnp = key & KEY_CNP,
		.global = key & KEY_GLOBAL,
	};
}

/* Where the index has @key, or has room for it. */
static uint32_t *find(const struct vmsa_contexts *c, uint64_t key)
{
	uint32_t i = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >>
				(64 - INDEX_BITS));

	while (c->index[i] && c->of[c->index[i] - 1] != key)
		i = (i + 1) & INDEX_MASK;
	return &c->index[i];
}

static void assign(struct vmsa_contexts *c, uint32_t number, uint64_t key)
{
	c->of[number] = key;
	*find(c, key) = number + 1;
}

#define MAX_ARRAYS (2 * VMSA_TLB_NR_SIDES + 1 + 2 * (1 + VMSA_LEVELS))

static size_t tables(struct vmsa_tlb_tables *t, struct vmsa_assoc *out[])
{
	size_t n = 0;

	out[n++] = &t->merged;
	for (unsigned level = 0; level < VMSA_LEVELS; level++)
		out[n++] = &t->level[level];
	return n;
}

/* The arrays with context numbers in their tags. */
static size_t arrays(struct vmsa_tlb *tlb, struct vmsa_assoc *out[MAX_ARRAYS])
{
	size_t n = 0;

	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++) {
		out[n++] = &tlb->l1[side];
		out[n++] = &tlb->l2[side];
	}
	out[n++] = &tlb->ipa_cache;
	n += tables(&tlb->tables, out + n);
	return n + tables(&tlb->s2_tables, out + n);
}

/* Keep the keys of numbers that entries or the current access have. */
static void recycle(struct vmsa_tlb *tlb)
{
	struct vmsa_contexts *c = &tlb->contexts;
	struct vmsa_assoc *all[MAX_ARRAYS];
	size_t n = arrays(tlb, all);
	/* An index is refilled anyway: its room tells which are in use. */
	uint32_t *used = c->index;

	memset(used, 0, sizeof(*used) << INDEX_BITS);
	used[c->asid] = used[c->global] = 1;
	for (size_t i = 0; i < n; i++)
		for (uint32_t slot = 0; slot < all[i]->slots; slot++)
			if (all[i]->tag[slot])
				used[(uint16_t)(all[i]->tag[slot] >>
						VMSA_TAG_ASID_SHIFT)] = 1;
	for (uint32_t number = 0; number < NUMBERS; number++)
		if (!used[number])
			c->of[number] = 0;
	memset(used, 0, sizeof(*used) << INDEX_BITS);
	for (uint32_t number = 0; number < NUMBERS; number++)
		if (c->of[number])
			assign(c, number, c->of[number]);
	c->next = 0;
	/* What was used last may be known by a number that is free now. */
	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		tlb->last[side] = VMSA_TAG_NONE;
}

static uint32_t next_free(struct vmsa_contexts *c)
{
	while (c->next < NUMBERS && c->of[c->next])
		c->next++;
	return c->next;
}

/* The number of @key, a new one if it has none. */
static int number_of(struct vmsa_tlb *tlb, uint64_t key, uint16_t *out)
{
	struct vmsa_contexts *c = &tlb->contexts;
	uint32_t number = *find(c, key);

	if (number) {
		*out = (uint16_t)(number - 1);
		return 0;
	}
	if (next_free(c) == NUMBERS) {
		recycle(tlb);
		if (next_free(c) == NUMBERS)
			return -ENOSPC;
	}
	*out = (uint16_t)c->next;
	assign(c, c->next, key);
	return 0;
}

/* Numbers were ASIDs: write down what they stand for. */
static int make_table(struct vmsa_tlb *tlb)
{
	struct vmsa_contexts *c = &tlb->contexts;
	struct vmsa_tlb_access none = { 0 };
	struct vmsa_assoc *all[MAX_ARRAYS];
	size_t n = arrays(tlb, all);
	uint16_t global;

	c->of = calloc(NUMBERS, sizeof(*c->of));
	c->index = calloc(INDEX_MASK + 1, sizeof(*c->index));
	if (!c->of || !c->index)
		return -ENOMEM;
	/* Every ASID may have entries; those that have none give theirs up. */
	for (uint32_t asid = 0; asid < NUMBERS; asid++) {
		none.asid = (uint16_t)asid;
		c->of[asid] = key_of(&none, false);
	}
	recycle(tlb);
	if (number_of(tlb, key_of(&none, true), &global))
		return -ENOSPC;
	for (size_t i = 0; i < n; i++)
		for (uint32_t slot = 0; slot < all[i]->slots; slot++)
			if (all[i]->tag[slot] & VMSA_TAG_GLOBAL)
				all[i]->tag[slot] |= (uint64_t)global
						     << VMSA_TAG_ASID_SHIFT;
	tlb->plain = false;
	return 0;
}

int vmsa_contexts_enter(struct vmsa_tlb *tlb, const struct vmsa_tlb_access *a)
{
	struct vmsa_contexts *c = &tlb->contexts;
	uint64_t key;
	int err = 0;

	if (a->pe >= VMSA_TLB_MAX_PES)
		return -EINVAL;
	if (!c->of) {
		c->asid = a->asid;
		if (!(a->vmid | a->pe | a->cnp))
			return 0;
		err = make_table(tlb);
		if (err) {
			vmsa_contexts_fini(c);
			return err;
		}
	}
	key = key_of(a, false);
	if (key != c->key[0])
		err = number_of(tlb, key, &c->asid);
	if (err)
		return err;
	c->key[0] = key;
	key = key_of(a, true);
	if (key != c->key[1])
		err = number_of(tlb, key, &c->global);
	if (!err)
		c->key[1] = key;
	return err;
}

void vmsa_contexts_fini(struct vmsa_contexts *c)
{
	free(c->of);
	free(c->index);
	memset(c, 0, sizeof(*c));
}
