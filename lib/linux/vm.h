/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_LINUX_VM_H
#define VMSA_LIB_LINUX_VM_H
/*
 * vm.h - what a running kernel keeps besides its linear map: pages in use,
 * vmalloc areas, memory that was plugged in, program packs
 *
 * All of it matters here for one reason: the pages of an area have aliases in
 * the linear map, and what is done to the area is done to them (8.2, 8.7).
 */
#include "vmsa/linux/callers.h"
#include "vmsa/linux/cost.h"
#include "vmsa/linux/hotplug.h"
#include "vmsa/linux/vmalloc.h"

/** struct page_chunk - a stretch of memory that pages are handed out from. */
struct page_chunk {
	vmsa_pa start;       /* of its first page */
	uint64_t pages;      /* in it */
	uint64_t free;       /* pages that are */
	uint64_t first;      /* no page below this one is free */
	unsigned char *used; /* one byte a page */
};

/** struct page_source - where backing pages come from if none are brought. */
struct page_source {
	struct page_chunk *v; /* in the order they were taken */
	size_t n, room;       /* in use; allocated */
	uint64_t fail_nth;    /* allocations until one fails; 0 none */
};

/** struct area - an area as the library keeps it. */
struct area {
	struct vmsa_linux_area public; /* first: callers hold its address */
	bool owns_pages;               /* they go back to the source */
	bool lazy; /* unmapped and freed, its range not flushed yet */
};

/**
 * struct vm - the vmalloc space: areas sorted by address, freed ones till the
 * purge.
 */
struct vm {
	struct area **v;           /* ascending */
	size_t n, room;            /* in use; allocated */
	size_t nr_lazy;            /* of them freed, waiting for a purge */
	struct page_source source; /* where backing pages come from */
};

/** struct pack - a program pack of the BPF JIT. */
struct pack {
	const struct vmsa_linux_area *area; /* read-only and executable */
	unsigned char *used;                /* one byte a chunk of 64 bytes */
	uint64_t chunks, taken;             /* in it; of them in use */
};

/** struct packs - all packs, in the order they were made. */
struct packs {
	struct pack *v; /* oldest first */
	size_t n, room; /* in use; allocated */
};

/** struct plugged - memory plugged in: sorted, disjoint, neighbours merged. */
struct plugged {
	struct vmsa_range *v; /* ascending */
	size_t n, room;       /* in use; allocated */
};

#endif /* VMSA_LIB_LINUX_VM_H */
