/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * translate.c - lookups without locks: one load per descriptor
 */
#include "table/space.h"

#include <errno.h>

/* Addresses looked up side by side in a batch: enough to hide a load. */
#define BATCH 32

/* Where a lookup stands: about to read @entry at @level. */
struct cursor {
	const vmsa_desc *entry;
	vmsa_desc desc;
	int level;
	unsigned shift;
};

static inline bool leads_to_table(const struct cursor *c)
{
	return (c->desc & VMSA_DESC_TYPE) == VMSA_DESC_TYPE &&
	       c->level != VMSA_MAX_LEVEL;
}

static inline void start(const struct vmsa_space *s, vmsa_va va,
			 struct cursor *c)
{
	c->level = s->geometry.start_level;
	c->shift = vmsa_level_shift(&s->geometry, c->level);
	c->entry = &s->root_entries[(va - s->base) >> c->shift];
}

static inline void load(struct cursor *c)
{
	c->desc = __atomic_load_n(c->entry, __ATOMIC_RELAXED);
}

/* Step from a table descriptor to the entry of the next table. */
static inline int descend(const struct vmsa_space *s, vmsa_va va,
			  struct cursor *c)
{
	const unsigned stride = s->geometry.granule_shift - 3u;
	const vmsa_desc *table =
		vmsa_memory_host(s->memory, vmsa_space_oa(s, c->desc));

	if (!table)
		return -EFAULT;
	c->level++;
	c->shift -= stride;
	c->entry = &table[va >> c->shift & ((1u << stride) - 1)];
	return 0;
}

static inline void answer(const struct vmsa_space *s, vmsa_va va,
			  const struct cursor *c, struct vmsa_translation *out)
{
	const uint64_t offset = (UINT64_C(1) << c->shift) - 1;
	const enum vmsa_desc_type type =
		vmsa_desc_type(&s->geometry, c->level, c->desc);

	out->desc = c->desc;
	out->level = (int8_t)c->level;
	out->fault = type == VMSA_DESC_TYPE_INVALID;
	out->pa = out->fault ? 0
			     : (vmsa_space_oa(s, c->desc) & ~offset) |
				       (va & offset);
}

int vmsa_translate(const struct vmsa_space *space, vmsa_va va,
		   struct vmsa_translation *out)
{
	struct cursor c;

	if (!vmsa_space_holds(space, va, 1))
		return -ERANGE;
	start(space, va, &c);
	for (load(&c); leads_to_table(&c); load(&c)) {
		if (descend(space, va, &c))
			return -EFAULT;
	}
	answer(space, va, &c, out);
	return 0;
}

/* One level further for every lookup that has not ended; how many go on. */
static int step_batch(const struct vmsa_space *s, const vmsa_va *va, size_t n,
		      struct cursor *c)
{
	int going = 0;

	for (size_t i = 0; i < n; i++) {
		if (!c[i].entry)
			continue;
		load(&c[i]);
		if (!leads_to_table(&c[i])) {
			c[i].entry = NULL;
			continue;
		}
		if (descend(s, va[i], &c[i]))
			return -EFAULT;
		__builtin_prefetch(c[i].entry);
		going++;
	}
	return going;
}

static int translate_batch(const struct vmsa_space *s, const vmsa_va *va,
			   size_t n, struct vmsa_translation *out)
{
	struct cursor c[BATCH];
	int going;

	for (size_t i = 0; i < n; i++) {
		if (!vmsa_space_holds(s, va[i], 1))
			return -ERANGE;
		start(s, va[i], &c[i]);
	}
	do {
		going = step_batch(s, va, n, c);
		if (going < 0)
			return going;
	} while (going);
	for (size_t i = 0; i < n; i++)
		answer(s, va[i], &c[i], &out[i]);
	return 0;
}

int vmsa_translate_many(const struct vmsa_space *space, const vmsa_va *va,
			size_t n, struct vmsa_translation *out)
{
	for (size_t i = 0; i < n; i += BATCH) {
		const size_t len = n - i < BATCH ? n - i : BATCH;
		const int ret = translate_batch(space, va + i, len, out + i);

		if (ret)
			return ret;
	}
	return 0;
}
