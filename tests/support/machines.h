/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_MACHINES_H
#define VMSA_TEST_MACHINES_H
/*
 * machines.h - machines a test describes in a few words
 *
 * They pass through a real flattened device tree, written with libfdt.
 */
#include "support/vmsa_test.h"
#include "vmsa/linux.h"

/** struct test_machine - what a test wants; zeroes are left out of the tree. */
struct test_machine {
	struct vmsa_range banks[6];  /* ends at size 0 */
	struct vmsa_range no_map[3]; /* ends at size 0 */
	uint64_t no_map_anywhere;    /* bytes, wherever the kernel likes */
	struct vmsa_range initrd;
	uint64_t kaslr_seed;
	const char *bootargs;
	struct vmsa_cpu cpu; /* the boot CPU; pa_bits 0 stands for 48 */
};

/** machine_make() - a machine of that description; fails the test if not. */
struct vmsa_machine *machine_make(const struct test_machine *want);

/** struct test_boot - a machine, the kernel on it, and how to start it. */
struct test_boot {
	struct test_machine machine;
	struct vmsa_linux_kernel kernel;
	vmsa_pa image; /* 0 stands for VMSA_NO_PA */
	enum vmsa_linux_mapping mapping;
	uint16_t memstart_seed;
	vmsa_linux_map_fn on_map;
	void *on_map_arg;
};

/** boot_try() - vmsa_linux_create() on that machine. */
int boot_try(const struct test_boot *want, struct vmsa_linux **out);

/** boot_create() - the same; the test fails if it does. */
struct vmsa_linux *boot_create(const struct test_boot *want);

/** boot_map() - the same, with the linear map built. */
struct vmsa_linux *boot_map(const struct test_boot *want);

#endif /* VMSA_TEST_MACHINES_H */
