/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_FLAT_TEST_H
#define VMSA_LINUX_FLAT_TEST_H
/*
 * flat.h - the slow truth random scripts are held against: what every page of
 * the linear map and of a few areas must be, one entry a page, and an observer
 * of what the tables may never do on the way
 */
#include "linux/linux_test.h"

/** MAX_SLOTS - areas, modules, secrets a script juggles at a time. */
#define MAX_SLOTS 6

/** MAX_AREA - pages of the largest area. */
#define MAX_AREA 40

/** enum op_kind - what a random script may do. */
enum op_kind {
	OP_SPLIT,
	OP_INVALID,
	OP_DEFAULT,
	OP_SET_VALID,
	OP_SET_INVALID,
	OP_VMALLOC,
	OP_SET_MEMORY,
	OP_VFREE,
	OP_MODULE_LOAD,
	OP_MODULE_UNLOAD,
	OP_SECRET_MAP,
	OP_SECRET_UNMAP,
	OP_HOT_ADD,
	OP_HOT_REMOVE,
	OP_FAIL, /* the next table allocation but @pages - 1 */
	NR_OPS,
};

/** struct op - one statement of a random script. */
struct op {
	enum op_kind kind;
	uint64_t page;  /* of the linear map, or the first of an area */
	uint64_t pages; /* how many */
	unsigned slot;
	enum vmsa_set_memory set;
};

/** struct world - machine and kernel a script runs on. */
struct world {
	const char *name;
	const char *setup; /* statements up to boot */
	enum vmsa_linux_version version;
	unsigned granule_shift;
	bool may_split;   /* live size changes are what this system does */
	bool full;        /* rodata_full: aliases follow their areas */
	bool direct;      /* can_set_direct_map */
	bool wide_ranges; /* ranges may be made invalid, not only pages */
};

/** struct page - what one page must be. */
struct page {
	bool exists, valid, ro, write, x, untagged;
};

/** struct flat - one entry a page. */
struct flat {
	const struct world *world;
	struct page *linear; /* from the start of memory */
	uint64_t pages, existing;
	struct page area[MAX_SLOTS][MAX_AREA];
	struct op made[MAX_SLOTS]; /* by which op; pages 0: free */
	uint64_t tables;           /* of the linear map, so far */
};

/** FLAT_BYTES - memory a flat model follows, what is plugged in included. */
#define FLAT_BYTES (6 * GIB)

/** FLAT_BASE - start of memory. */
#define FLAT_BASE UINT64_C(0x40000000)

/** flat_open() - the state after boot. */
void flat_open(struct flat *f, const struct world *w,
	       const struct vmsa_linux *l);

/** flat_close() - give it back. */
void flat_close(struct flat *f);

/** flat_apply() - what @op does, if the kernel said @ret. */
void flat_apply(struct flat *f, const struct op *op, int ret);

/** flat_compare() - NULL if the tables are so, or what is not. */
const char *flat_compare(struct flat *f, const struct op *op,
			 const struct vmsa_linux *l);

/** flat_hot_pages() - pages of one memory block. */
uint64_t flat_hot_pages(const struct world *w);

/* --- the observer -------------------------------------------------------- */

/** struct watch - what was seen during one statement. */
struct watch {
	struct vmsa_geometry g;
	unsigned in_split;
	bool may_split;
	bool bare_tables;   /* v2: split tables carry no attributes */
	const char *broken; /* the rule that was, or NULL */
	/* Leaves changed whose old translation a TLB may still hold. */
	struct stale {
		vmsa_va start, end;
		uint64_t leaf; /* bytes of each */
	} stale[4096];
	unsigned nr_stale;
};

/** watch_start() - forget the statement before. */
void watch_start(struct watch *w);

/** watch_event() - see one event. */
void watch_event(void *arg, const struct vmsa_event *e);

#endif /* VMSA_LINUX_FLAT_TEST_H */
