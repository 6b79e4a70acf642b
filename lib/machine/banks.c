/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * banks.c - the memory nodes
 *
 * Source: Devicetree Specification, section 3.4.
 */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>

/* Banks while they are read: @node[i] is the node that bank i came from. */
struct bank_list {
	struct vmsa_bank *bank;
	int *node;
	size_t count;
};

/* Room for @more banks; keeps what there is when it fails. */
static int grow(struct bank_list *list, size_t more)
{
	const size_t n = list->count + more;
	struct vmsa_bank *bank = realloc(list->bank, n * sizeof(*bank));
	int *node;

	if (!bank)
		return -ENOMEM;
	list->bank = bank;
	node = realloc(list->node, n * sizeof(*node));
	if (!node)
		return -ENOMEM;
	list->node = node;
	return 0;
}

/* Append the banks of one memory node, in the order of its reg. */
static int add_banks(struct bank_list *list, const struct vmsa_dtb *dtb,
		     int node, struct vmsa_dtb_cells cells)
{
	struct vmsa_range *ranges;
	uint32_t numa = VMSA_NO_NODE;
	int n, rc = vmsa_dtb_u32(dtb, node, "numa-node-id", &numa);

	if (rc)
		return rc;
	n = vmsa_dtb_ranges(dtb, node, "reg", cells, &ranges);
	if (n < 0)
		return n;
	rc = grow(list, n);
	for (int i = 0; i < n && !rc; i++) {
		list->bank[list->count].range = ranges[i];
		list->bank[list->count].node = numa;
		list->node[list->count++] = node;
	}
	free(ranges);
	return rc;
}

/*
 * Overlaps are looked for in a sorted copy, so that a tree full of banks costs
 * n log n and the machine keeps the order of the tree.
 */

/* A bank on its way through the sort of check_overlap(). */
struct placed {
	struct vmsa_range range;
	int node;
};

static int compare_starts(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return x->range.start < y->range.start
		       ? -1
		       : x->range.start > y->range.start;
}

/* Sorted by address, only neighbours can overlap first. */
static int check_overlap(const struct bank_list *list,
			 const struct vmsa_dtb *dtb)
{
	struct placed *p = calloc(list->count, sizeof(*p));
	int rc = 0;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		p[i] = (struct placed){ list->bank[i].range, list->node[i] };
	qsort(p, list->count, sizeof(*p), compare_starts);
	for (size_t i = 1; i < list->count && !rc; i++) {
		const struct vmsa_range low = p[i - 1].range, r = p[i].range;

		/* The difference is exact; an end could not be, near 2^64. */
		if (r.start - low.start < low.size)
			rc = vmsa_dtb_bad(dtb, p[i].node, "reg",
					  "the bank 0x%" PRIx64 " + 0x%" PRIx64
					  " overlaps the bank 0x%" PRIx64
					  " + 0x%" PRIx64,
					  r.start, r.size, low.start, low.size);
	}
	free(p);
	return rc;
}

/*
 * Memory nodes are children of the root, told by their device_type; the name
 * alone is not enough, as for a memory controller's.
 */
static int collect_banks(struct bank_list *list, const struct vmsa_dtb *dtb)
{
	struct vmsa_dtb_cells cells;
	int node, rc = vmsa_dtb_cells(dtb, 0, &cells);

	if (rc)
		return rc;
	fdt_for_each_subnode (node, dtb->blob, 0) {
		if (!vmsa_dtb_is(dtb, node, "device_type", "memory") ||
		    !vmsa_dtb_enabled(dtb, node))
			continue;
		rc = add_banks(list, dtb, node, cells);
		if (rc)
			return rc;
	}
	if (!list->count)
		return vmsa_dtb_bad(dtb, 0, NULL,
				    "there is no memory node, with "
				    "device_type = \"memory\"");
	return check_overlap(list, dtb);
}

int vmsa_machine_read_banks(struct vmsa_machine *m, const struct vmsa_dtb *dtb)
{
	struct bank_list list = { 0 };
	const int rc = collect_banks(&list, dtb);

	/* Kept also on failure: the half-built machine frees them. */
	free(list.node);
	m->banks = list.bank;
	m->nr_banks = list.count;
	return rc;
}
