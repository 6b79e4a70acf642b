/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_SYSTEM_H
#define VMSA_TOOLS_SYSTEM_H
/*
 * system.h - the machine options, turned into a machine and a kernel
 */
#include "args.h"

/** struct system - a machine and the kernel that boots on it. */
struct system {
	struct vmsa_machine *machine;    /**< changed as the options say */
	struct vmsa_linux_kernel kernel; /**< version and configuration */
	struct vmsa_linux *linux_system; /**< booted; NULL before */
};

/**
 * system_open() - read the machine and pick the kernel.
 * @args: the machine options
 * @out:  for system_close()
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int system_open(const struct machine_args *args, struct system *out);

/**
 * system_boot() - build the linear map.
 * @system:  from system_open(); what was booted before is forgotten
 * @mapping: as Linux decides, or forced
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int system_boot(struct system *system, enum vmsa_linux_mapping mapping);

/**
 * system_load() - take a recorded kernel's tables instead.
 * @args: the case and its stage
 * @out:  for system_close(); it has no machine
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int system_load(const struct case_args *args, struct system *out);

/**
 * system_open_tables() - the tables a command looks at.
 * @machine:  boots, unless
 * @recorded: names a case
 * @out:      for system_close(), also after a failure
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int system_open_tables(const struct machine_args *machine,
		       const struct case_args *recorded, struct system *out);

/** system_close() - give everything back. */
void system_close(struct system *system);

/** mapping_of() - the mapping that was asked for, LINUX if none was. */
static inline enum vmsa_linux_mapping mapping_of(
	const struct machine_args *args)
{
	return args->mapping == NOT_GIVEN
		       ? VMSA_MAPPING_LINUX
		       : (enum vmsa_linux_mapping)args->mapping;
}

#endif /* VMSA_TOOLS_SYSTEM_H */
