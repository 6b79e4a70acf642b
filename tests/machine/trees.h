/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_MACHINE_TREES_H
#define TESTS_MACHINE_TREES_H
/*
 * trees.h - device trees for the tests
 */
#include <stddef.h>
#include <stdint.h>

#include "vmsa/machine.h"

/** TREE_SPACE - bytes that hold the built tree and room to edit it. */
#define TREE_SPACE 4096

/**
 * build_tree() - a machine with one of everything, all of it right.
 * @buf: TREE_SPACE bytes, 8-byte aligned
 *
 *     /memreserve/ 0x88000000 + 0x10000
 *     memory@80000000          node 1: 1 GiB at 2 GiB, 4 KiB at 4 GiB
 *     memory@40000000          no node: 512 MiB at 1 GiB
 *     reserved-memory/fixed@90000000   1 MiB and 8 KiB, no-map
 *     reserved-memory/pool             4 MiB, anywhere in the first bank
 *     chosen                   bootargs "quiet", an initrd of 16 MiB, a seed
 *     cpus/cpu@0               every property there is, an l2-tlb of its own
 *     cpus/cpu@100             a split second level, through a phandle
 *
 * The tree is open for fdt_setprop() and alike.
 */
void build_tree(void *buf);

/** load_tree() - the tree tests/machine/data/NAME.dtb.zst; free() it. */
void *load_tree(const char *name, size_t *size);

/**
 * read_as() - read a blob that must give a certain verdict.
 * @blob: the blob, called "x.dtb"
 * @size: bytes
 * @code: 0, or the errno; then the answer must have been left alone
 * @err:  what the reader said
 */
void read_as(const void *blob, size_t size, int code, struct vmsa_error *err);

/** sum_machine() - read every answer a machine gives, for sanitizers. */
uint64_t sum_machine(const struct vmsa_machine *m);

#endif /* TESTS_MACHINE_TREES_H */
