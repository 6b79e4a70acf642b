/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phandle.c - all phandles of a tree, sorted
 */
#include "dtb.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>

/* Of two nodes with one phandle, an error, the first counts, as in libfdt. */
static int compare(const void *a, const void *b)
{
	const struct vmsa_dtb_phandle *x = a, *y = b;

	if (x->phandle != y->phandle)
		return x->phandle < y->phandle ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* Visit each node once; with @out also write the phandles there. */
static size_t collect(const void *blob, struct vmsa_dtb_phandle *out)
{
	size_t n = 0;

	for (int node = 0; node >= 0; node = fdt_next_node(blob, node, NULL)) {
		const uint32_t phandle = fdt_get_phandle(blob, node);

		/* 0 is what a node without any has. */
		if (!phandle)
			continue;
		if (out)
			out[n] = (struct vmsa_dtb_phandle){ phandle, node };
		n++;
	}
	return n;
}

int vmsa_dtb_index(struct vmsa_dtb *dtb)
{
	const size_t n = collect(dtb->blob, NULL);

	dtb->phandles = calloc(n + !n, sizeof(*dtb->phandles));
	if (!dtb->phandles)
		return -ENOMEM;
	dtb->nr_phandles = collect(dtb->blob, dtb->phandles);
	qsort(dtb->phandles, n, sizeof(*dtb->phandles), compare);
	return 0;
}

int vmsa_dtb_by_phandle(const struct vmsa_dtb *dtb, uint32_t phandle)
{
	size_t low = 0, high = dtb->nr_phandles;

	/* The first that is not smaller. */
	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (dtb->phandles[mid].phandle < phandle)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == dtb->nr_phandles || dtb->phandles[low].phandle != phandle)
		return -FDT_ERR_NOTFOUND;
	return dtb->phandles[low].node;
}
