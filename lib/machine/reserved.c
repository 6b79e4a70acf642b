/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reserved.c - /reserved-memory and the memory reservation block
 *
 * Source: Devicetree Specification, sections 3.5 (nodes) and 5.3 (block).
 */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>

/* Append a copy of @like for each of @ranges. */
static int append(struct vmsa_machine *m, const struct vmsa_reserved *like,
		  const struct vmsa_range *ranges, size_t n)
{
	struct vmsa_reserved *all =
		realloc(m->reserved, (m->nr_reserved + n) * sizeof(*all));

	if (!all)
		return -ENOMEM;
	m->reserved = all;
	for (size_t i = 0; i < n; i++) {
		all[m->nr_reserved] = *like;
		all[m->nr_reserved++].range = ranges[i];
	}
	return 0;
}

/* A region that has its place: an entry each for the pairs of reg. */
static int add_static(struct vmsa_machine *m, const struct vmsa_dtb *dtb,
		      int node, struct vmsa_dtb_cells cells,
		      const struct vmsa_reserved *like)
{
	struct vmsa_range *ranges;
	int n = vmsa_dtb_ranges(dtb, node, "reg", cells, &ranges), rc;

	if (n < 0)
		return n;
	rc = append(m, like, ranges, n);
	free(ranges);
	return rc;
}

/* The numbers of a region that only asks for a size. */
static int read_dynamic(const struct vmsa_dtb *dtb, int node,
			struct vmsa_reserved *out)
{
	int rc = vmsa_dtb_u64(dtb, node, "size", &out->range.size);

	if (!rc)
		rc = vmsa_dtb_u64(dtb, node, "alignment", &out->alignment);
	if (rc)
		return rc;
	out->dynamic = true;
	if (!vmsa_dtb_has(dtb, node, "size"))
		return vmsa_dtb_bad(dtb, node, NULL, "needs reg or size");
	if (!out->range.size)
		return vmsa_dtb_bad(dtb, node, "size", "is 0");
	if (out->alignment & (out->alignment - 1))
		return vmsa_dtb_bad(dtb, node, "alignment",
				    "0x%" PRIx64 " is not a power of two",
				    out->alignment);
	return 0;
}

/* A region the system that boots must place; where it may is kept with it. */
static int add_dynamic(struct vmsa_machine *m, const struct vmsa_dtb *dtb,
		       int node, struct vmsa_dtb_cells cells,
		       struct vmsa_reserved *region)
{
	struct vmsa_range *allowed = NULL;
	int n = 0, rc = read_dynamic(dtb, node, region);

	if (rc)
		return rc;
	if (vmsa_dtb_has(dtb, node, "alloc-ranges"))
		n = vmsa_dtb_ranges(dtb, node, "alloc-ranges", cells, &allowed);
	if (n < 0)
		return n;
	region->allowed = allowed;
	region->nr_allowed = n;
	rc = append(m, region, &region->range, 1);
	if (rc)
		free(allowed);
	return rc;
}

/*
 * no-map asks to keep a region out of the linear map, reusable to use it for
 * other things meanwhile: only one of them can be meant (section 3.5.4).
 */
static int add_region(struct vmsa_machine *m, const struct vmsa_dtb *dtb,
		      int node, struct vmsa_dtb_cells cells)
{
	struct vmsa_reserved region = {
		.name = fdt_get_name(dtb->blob, node, NULL),
	};
	int rc = vmsa_dtb_flag(dtb, node, "no-map", &region.no_map);

	if (!rc)
		rc = vmsa_dtb_flag(dtb, node, "reusable", &region.reusable);
	if (rc)
		return rc;
	if (region.no_map && region.reusable)
		return vmsa_dtb_bad(dtb, node, "reusable",
				    "contradicts no-map");
	if (vmsa_dtb_has(dtb, node, "reg"))
		return add_static(m, dtb, node, cells, &region);
	return add_dynamic(m, dtb, node, cells, &region);
}

/*
 * A parent whose cells differ from the root's would need address translation
 * through its ranges; section 3.5.1 asks for the same cells.
 */
static int check_parent(const struct vmsa_dtb *dtb, int parent,
			struct vmsa_dtb_cells cells)
{
	struct vmsa_dtb_cells root;
	int rc = vmsa_dtb_cells(dtb, 0, &root);

	if (rc)
		return rc;
	if (cells.address != root.address)
		return vmsa_dtb_bad(dtb, parent, "#address-cells",
				    "is %" PRIu32 ", but %" PRIu32
				    " in the root node",
				    cells.address, root.address);
	if (cells.size != root.size)
		return vmsa_dtb_bad(dtb, parent, "#size-cells",
				    "is %" PRIu32 ", but %" PRIu32
				    " in the root node",
				    cells.size, root.size);
	return 0;
}

/* All children of /reserved-memory; a machine need not have it. */
static int read_regions(struct vmsa_machine *m, const struct vmsa_dtb *dtb)
{
	const int parent = fdt_path_offset(dtb->blob, "/reserved-memory");
	struct vmsa_dtb_cells cells;
	int node, rc;

	if (parent < 0)
		return 0;
	rc = vmsa_dtb_cells(dtb, parent, &cells);
	if (!rc)
		rc = check_parent(dtb, parent, cells);
	if (rc)
		return rc;
	fdt_for_each_subnode (node, dtb->blob, parent) {
		if (!vmsa_dtb_enabled(dtb, node))
			continue;
		rc = add_region(m, dtb, node, cells);
		if (rc)
			return rc;
	}
	return 0;
}

/* The block in front of the tree: pairs of 64-bit numbers, nothing else. */
static int read_block(struct vmsa_machine *m, const struct vmsa_dtb *dtb)
{
	const int n = fdt_num_mem_rsv(dtb->blob);

	if (n <= 0)
		return 0; /* a block without an end was refused before */
	m->memreserve = calloc(n, sizeof(*m->memreserve));
	if (!m->memreserve)
		return -ENOMEM;
	for (int i = 0; i < n; i++) {
		struct vmsa_range *r = &m->memreserve[i];

		fdt_get_mem_rsv(dtb->blob, i, &r->start, &r->size);
		if (r->start > UINT64_MAX - r->size)
			return vmsa_dtb_bad(dtb, 0, NULL,
					    "/memreserve/ 0x%" PRIx64
					    " + 0x%" PRIx64
					    " bytes reach beyond 2^64",
					    r->start, r->size);
	}
	m->nr_memreserve = n;
	return 0;
}

int vmsa_machine_read_reserved(struct vmsa_machine *m,
			       const struct vmsa_dtb *dtb)
{
	const int rc = read_block(m, dtb);

	return rc ? rc : read_regions(m, dtb);
}
