/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.c - a machine's life, and what may be changed in it
 */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Also gives back a machine that was only read in part. */
void vmsa_machine_destroy(struct vmsa_machine *machine)
{
	if (!machine)
		return;
	for (size_t i = 0; i < machine->nr_reserved; i++)
		free((void *)machine->reserved[i].allowed);
	free(machine->reserved);
	free(machine->memreserve);
	free(machine->banks);
	free(machine->cpus);
	free(machine->bootargs);
	free(machine->blob);
	free(machine->name);
	free(machine);
}

const char *vmsa_machine_name(const struct vmsa_machine *machine)
{
	return machine->name;
}

const char *vmsa_machine_model(const struct vmsa_machine *machine)
{
	return machine->model;
}

const struct vmsa_bank *vmsa_machine_banks(const struct vmsa_machine *machine,
					   size_t *count)
{
	*count = machine->nr_banks;
	return machine->banks;
}

uint64_t vmsa_machine_memory_size(const struct vmsa_machine *machine)
{
	uint64_t sum = 0;

	/* No overlap, and no bank reaches 2^64: neither can the sum. */
	for (size_t i = 0; i < machine->nr_banks; i++)
		sum += machine->banks[i].range.size;
	return sum;
}

const struct vmsa_reserved *vmsa_machine_reserved(
	const struct vmsa_machine *machine, size_t *count)
{
	*count = machine->nr_reserved;
	return machine->reserved;
}

const struct vmsa_range *vmsa_machine_memreserve(
	const struct vmsa_machine *machine, size_t *count)
{
	*count = machine->nr_memreserve;
	return machine->memreserve;
}

const struct vmsa_chosen *vmsa_machine_chosen(
	const struct vmsa_machine *machine)
{
	return &machine->chosen;
}

const struct vmsa_cpu *vmsa_machine_cpus(const struct vmsa_machine *machine,
					 size_t *count)
{
	*count = machine->nr_cpus;
	return machine->cpus;
}

int vmsa_machine_set_memory(struct vmsa_machine *machine, uint64_t size)
{
	struct vmsa_bank *first = machine->banks;

	if (!size)
		return -EINVAL;
	if (first->range.start > UINT64_MAX - size)
		return -ERANGE;
	first->range.size = size;
	/* The other banks' room stays until the machine goes. */
	machine->nr_banks = 1;
	return 0;
}

int vmsa_machine_set_bootargs(struct vmsa_machine *machine,
			      const char *bootargs)
{
	/* First, as @bootargs may be the old command line or a part of it. */
	char *copy = strdup(bootargs);

	if (!copy)
		return -ENOMEM;
	free(machine->bootargs);
	machine->bootargs = copy;
	machine->chosen.bootargs = copy;
	return 0;
}

int vmsa_machine_set_cpu(struct vmsa_machine *machine, size_t index,
			 const struct vmsa_cpu *cpu)
{
	uint64_t mpidr;

	if (index >= machine->nr_cpus)
		return -ERANGE;
	/* Where a CPU sits is the machine's, what it is the model's. */
	mpidr = machine->cpus[index].mpidr;
	machine->cpus[index] = *cpu;
	machine->cpus[index].mpidr = mpidr;
	return 0;
}

int vmsa_machine_path(const char *dir, const char *name, char *out, size_t size)
{
	const size_t len = strlen(dir);
	const char *slash = len && dir[len - 1] == '/' ? "" : "/";

	if (!*name || strchr(name, '/'))
		return -EINVAL;
	/* Counted first: the answer is left alone when it does not fit. */
	if (len + strlen(slash) + strlen(name) + sizeof(".dtb") > size)
		return -ENAMETOOLONG;
	snprintf(out, size, "%s%s%s.dtb", dir, slash, name);
	return 0;
}
