/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * structure.c - the properties of one translation structure
 *
 * A tree counts sets, a TLB's configuration ways: ways = entries / sets.
 */
#include "structure.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

/* Leaves have 2^12 to 2^43 bytes. */
#define MIN_SIZE 12
#define MAX_SIZE 43

static const struct vmsa_word replacements[] = {
	{ "lru", VMSA_TLB_LRU },       { "tree-plru", VMSA_TLB_TREE_PLRU },
	{ "fifo", VMSA_TLB_FIFO },     { "not-recently-used", VMSA_TLB_NRU },
	{ "random", VMSA_TLB_RANDOM }, { NULL, 0 },
};

int vmsa_word_read(const struct vmsa_dtb *dtb, int node, const char *prop,
		   const struct vmsa_word *words, unsigned *out)
{
	const char *text = NULL;
	int rc = vmsa_dtb_string(dtb, node, prop, &text);

	if (rc || !text)
		return rc;
	for (; words->name; words++) {
		if (!strcmp(words->name, text)) {
			*out = words->value;
			return 0;
		}
	}
	return vmsa_dtb_bad(dtb, node, prop, "\"%s\" is none of its words",
			    text);
}

/* A list of page sizes, each as its log2, into a set of bits. */
static int read_sizes(const struct vmsa_dtb *dtb, int node, const char *prop,
		      uint64_t *out)
{
	uint64_t set = 0;
	int len;
	const fdt32_t *cell = fdt_getprop(dtb->blob, node, prop, &len);

	if (!cell)
		return 0;
	if (!len || len % 4)
		return vmsa_dtb_bad(dtb, node, prop,
				    "%d bytes are not a list of cells", len);
	for (int i = 0; i < len / 4; i++) {
		const uint32_t size = fdt32_ld(&cell[i]);

		if (size < MIN_SIZE || size > MAX_SIZE)
			return vmsa_dtb_bad(dtb, node, prop,
					    "2^%" PRIu32 " bytes are no "
					    "leaf's size",
					    size);
		set |= UINT64_C(1) << size;
	}
	*out = set;
	return 0;
}

/* How many pages share an entry: 1, 2, 4 or 8. */
static int read_aggregate(const struct vmsa_dtb *dtb, int node,
			  const char *prop, uint8_t *out)
{
	uint32_t pages = 1;
	uint8_t shift = 0;
	int rc = vmsa_dtb_u32(dtb, node, prop, &pages);

	if (rc)
		return rc;
	while (shift < VMSA_TLB_MAX_AGGREGATE && pages > UINT32_C(1) << shift)
		shift++;
	if (pages != UINT32_C(1) << shift)
		return vmsa_dtb_bad(dtb, node, prop,
				    "%" PRIu32 " is not 1, 2, 4 or 8", pages);
	*out = shift;
	return 0;
}

/* One set is the default. */
static int read_shape(const struct vmsa_dtb *dtb, int node,
		      const struct vmsa_structure_names *n,
		      struct vmsa_tlb_array *out)
{
	uint32_t entries = 0, sets = 1;
	int rc = vmsa_dtb_u32(dtb, node, n->size, &entries);

	if (!rc)
		rc = vmsa_dtb_u32(dtb, node, n->sets, &sets);
	if (rc)
		return rc;
	if (!entries)
		return vmsa_dtb_bad(dtb, node, n->size,
				    "is 0; leave out what is not there");
	if (!sets || entries % sets)
		return vmsa_dtb_bad(dtb, node, n->sets,
				    "%" PRIu32 " sets do not divide %" PRIu32
				    " entries",
				    sets, entries);
	out->entries = entries;
	out->ways = entries / sets;
	return 0;
}

/* What only a TLB has. */
static int read_leaves(const struct vmsa_dtb *dtb, int node,
		       const struct vmsa_structure_names *n,
		       struct vmsa_tlb_array *out)
{
	int rc = vmsa_dtb_flag(dtb, node, n->contiguous, &out->contiguous);

	if (!rc)
		rc = read_aggregate(dtb, node, n->aggregate, &out->aggregate);
	if (!rc)
		rc = read_sizes(dtb, node, n->holds, &out->holds);
	return rc ? rc : read_sizes(dtb, node, n->refuses, &out->refuses);
}

#define NR_NAMES (sizeof(struct vmsa_structure_names) / sizeof(const char *))

/* The i-th name: the structure is nothing but names. */
static const char *name_at(const struct vmsa_structure_names *names, size_t i)
{
	const char *name;

	memcpy(&name, (const char *)names + i * sizeof(name), sizeof(name));
	return name;
}

/* The first property that is there, NULL if none is. */
static const char *first_given(const struct vmsa_dtb *dtb, int node,
			       const struct vmsa_structure_names *names)
{
	for (size_t i = 0; i < NR_NAMES; i++) {
		const char *name = name_at(names, i);

		if (name && vmsa_dtb_has(dtb, node, name))
			return name;
	}
	return NULL;
}

bool vmsa_structure_any(const struct vmsa_dtb *dtb, int node,
			const struct vmsa_structure_names *names)
{
	return first_given(dtb, node, names);
}

bool vmsa_structure_knows(const struct vmsa_structure_names *names,
			  const char *prop)
{
	for (size_t i = 0; i < NR_NAMES; i++) {
		const char *name = name_at(names, i);

		if (name && !strcmp(name, prop))
			return true;
	}
	return false;
}

int vmsa_structure_read(const struct vmsa_dtb *dtb, int node,
			const struct vmsa_structure_names *names,
			struct vmsa_tlb_array *out)
{
	const char *given = first_given(dtb, node, names);
	unsigned replacement = VMSA_TLB_LRU;
	int rc;

	if (!given)
		return 0;
	if (!vmsa_dtb_has(dtb, node, names->size))
		return vmsa_dtb_bad(dtb, node, given, "needs %s", names->size);
	rc = read_shape(dtb, node, names, out);
	if (!rc)
		rc = vmsa_word_read(dtb, node, names->replacement, replacements,
				    &replacement);
	out->replacement = (enum vmsa_tlb_replacement)replacement;
	if (!rc && names->contiguous)
		rc = read_leaves(dtb, node, names, out);
	return rc;
}
