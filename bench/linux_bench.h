/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINUX_BENCH_H
#define LINUX_BENCH_H
/*
 * linux_bench.h - the machine that figures of lib/linux/ are about
 *
 * The bundled AmpereOne with 256 GiB from 2 GiB up, Linux 7.3 with 4K pages
 * and 48-bit addresses.  Table frames come from the top of its one bank.
 */
#include "bench.h"
#include "vmsa/linux.h"

/** BENCH_PAGE - bytes of a page. */
#define BENCH_PAGE UINT64_C(4096)

/** BENCH_LINUX_RAM - where the bank starts. */
#define BENCH_LINUX_RAM UINT64_C(0x80000000)

/** BENCH_LINUX_SIZE - its bytes. */
#define BENCH_LINUX_SIZE (UINT64_C(256) << 30)

/** struct bench_linux - the machine and a kernel that starts on it. */
struct bench_linux {
	struct vmsa_machine *machine; /**< read once */
	struct vmsa_linux *l;         /**< one at a time; NULL: none */
};

/** bench_linux_open() - read the machine; @b is all zero. */
bool bench_linux_open(struct bench_linux *b);

/** bench_linux_close() - give both back. */
void bench_linux_close(struct bench_linux *b);

/**
 * bench_linux_start() - a fresh kernel in the place of the one before.
 * @b:        the machine
 * @mapping:  how it will map memory
 * @prefault: bytes of RAM from the top that the host has to back at once
 *
 * Return: whether it could be had; nothing is mapped yet.
 */
bool bench_linux_start(struct bench_linux *b, enum vmsa_linux_mapping mapping,
		       uint64_t prefault);

/**
 * bench_linux_boot() - start, map memory, and be ready for splits.
 * @b:        the machine
 * @mapping:  how to map memory
 * @prefault: as for bench_linux_start()
 */
bool bench_linux_boot(struct bench_linux *b, enum vmsa_linux_mapping mapping,
		      uint64_t prefault);

/** bench_linux_tables() - table frames in use now. */
uint64_t bench_linux_tables(const struct bench_linux *b);

/** bench_linux_ram() - where the linear map has the bank. */
struct vmsa_linux_map bench_linux_ram(const struct bench_linux *b);

/**
 * bench_linux_window() - a map of 2 MiB blocks, for vmsa_linux_map().
 * @b:    the machine
 * @size: bytes, up to the bank's
 *
 * RAM is aligned so that the linear map has 1 GiB blocks everywhere.  This is
 * beside it, at addresses no RAM uses, and 2 MiB off that alignment.
 */
struct vmsa_linux_map bench_linux_window(const struct bench_linux *b,
					 uint64_t size);

/** struct bench_leaves - what bench_linux_audit() saw. */
struct bench_leaves {
	uint64_t nr[VMSA_LEVELS]; /**< valid leaves, by level slot */
	uint64_t contiguous;      /**< leaves with the Contiguous bit */
	uint64_t invalid;         /**< present but not valid */
	uint64_t bytes;           /**< both kinds map */
};

/**
 * bench_linux_audit() - read back what was mapped, leaf by leaf.
 * @b:   the machine
 * @map: where it should be
 * @out: what there is
 *
 * Return: runs of leaves with another output address, +1 if a byte is missing.
 */
uint64_t bench_linux_audit(const struct bench_linux *b,
			   const struct vmsa_linux_map *map,
			   struct bench_leaves *out);

#endif /* LINUX_BENCH_H */
