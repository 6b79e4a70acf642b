/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_MACHINE_DTB_H
#define VMSA_LIB_MACHINE_DTB_H
/*
 * dtb.h - typed properties of a flattened device tree, or a sentence why not
 *
 * A thin layer on libfdt.  A reader leaves its answer alone when the property
 * is absent, so a caller presets the default; it fails only when the property
 * is there and wrong, and then the error names node, property and byte offset.
 */
#include <stdbool.h>

#include "vmsa/types.h"

/** struct vmsa_dtb_phandle - a node that others can point to. */
struct vmsa_dtb_phandle {
	uint32_t phandle; /**< what they point with */
	int node;         /**< offset of the node */
};

/** struct vmsa_dtb - a tree that is being read. */
struct vmsa_dtb {
	const void *blob;                  /**< 8-byte aligned */
	const char *name;                  /**< for the error */
	struct vmsa_error *err;            /**< may be NULL */
	struct vmsa_dtb_phandle *phandles; /**< ascending; see below */
	size_t nr_phandles;                /**< how many there are */
};

/** struct vmsa_dtb_cells - 32-bit words per number in a node's children. */
struct vmsa_dtb_cells {
	uint32_t address; /**< #address-cells */
	uint32_t size;    /**< #size-cells */
};

/**
 * vmsa_dtb_check() - is this a whole and consistent device tree?
 * @dtb:  the tree
 * @size: bytes there are
 *
 * Everything below may only be called after this has returned 0.
 *
 * Return: 0; -EINVAL.
 */
int vmsa_dtb_check(const struct vmsa_dtb *dtb, size_t size);

/**
 * vmsa_dtb_index() - make vmsa_dtb_by_phandle() fast.
 * @dtb: a tree that was checked; free() its phandles in the end
 *
 * libfdt looks through the whole tree for each phandle, so that a hostile tree
 * of 2 MiB could keep it busy for minutes.
 *
 * Return: 0; -ENOMEM.
 */
int vmsa_dtb_index(struct vmsa_dtb *dtb);

/** vmsa_dtb_by_phandle() - the node with a phandle; negative if none has it. */
int vmsa_dtb_by_phandle(const struct vmsa_dtb *dtb, uint32_t phandle);

/**
 * vmsa_dtb_bad() - record what is wrong with a node.
 * @dtb:  the tree
 * @node: offset of the node
 * @prop: the property, or NULL when the node as a whole is wrong
 * @fmt:  printf format of the sentence; node and property are put before it
 *
 * Every byte of the file that gets into the sentence is made printable.
 *
 * Return: -EINVAL.
 */
int vmsa_dtb_bad(const struct vmsa_dtb *dtb, int node, const char *prop,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** vmsa_dtb_has() - is there such a property, right or wrong? */
bool vmsa_dtb_has(const struct vmsa_dtb *dtb, int node, const char *prop);

/** vmsa_dtb_is() - is a string property there and exactly this? */
bool vmsa_dtb_is(const struct vmsa_dtb *dtb, int node, const char *prop,
		 const char *value);

/** vmsa_dtb_enabled() - does a node's status (if any) say it can be used? */
bool vmsa_dtb_enabled(const struct vmsa_dtb *dtb, int node);

/** vmsa_dtb_flag() - read a property that says yes by being there, empty. */
int vmsa_dtb_flag(const struct vmsa_dtb *dtb, int node, const char *prop,
		  bool *out);

/** vmsa_dtb_u32() - read a number of one cell. */
int vmsa_dtb_u32(const struct vmsa_dtb *dtb, int node, const char *prop,
		 uint32_t *out);

/** vmsa_dtb_u64() - read a number of one or two cells. */
int vmsa_dtb_u64(const struct vmsa_dtb *dtb, int node, const char *prop,
		 uint64_t *out);

/** vmsa_dtb_string() - read the first string of a property, in the blob. */
int vmsa_dtb_string(const struct vmsa_dtb *dtb, int node, const char *prop,
		    const char **out);

/** vmsa_dtb_cells() - read a bus's cells; 1 or 2 each, else it is an error. */
int vmsa_dtb_cells(const struct vmsa_dtb *dtb, int node,
		   struct vmsa_dtb_cells *out);

/** struct vmsa_dtb_bounds - a number or two neighbouring ones. */
struct vmsa_dtb_bounds {
	uint32_t low;  /**< smallest that will do */
	uint32_t high; /**< largest; @low or one more */
};

/** vmsa_dtb_cell_count() - read one of the two; must be within @bounds. */
int vmsa_dtb_cell_count(const struct vmsa_dtb *dtb, int node, const char *prop,
			struct vmsa_dtb_bounds bounds, uint32_t *out);

/**
 * vmsa_dtb_ranges() - read a list of (address, size) pairs.
 * @dtb:   the tree
 * @node:  offset of the node
 * @prop:  reg or alike, which must exist
 * @cells: the parent's
 * @out:   at least one, none empty, none reaching 2^64; free() the array
 *
 * Return: how many; -EINVAL; -ENOMEM.
 */
int vmsa_dtb_ranges(const struct vmsa_dtb *dtb, int node, const char *prop,
		    struct vmsa_dtb_cells cells, struct vmsa_range **out);

#endif /* VMSA_LIB_MACHINE_DTB_H */
