/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/machines.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOB_SIZE 16384

/* Two cells of address, two of size. */
static void put_reg(void *fdt, struct vmsa_range r)
{
	const fdt64_t reg[2] = { cpu_to_fdt64(r.start), cpu_to_fdt64(r.size) };

	assert_int_equal(fdt_property(fdt, "reg", reg, sizeof(reg)), 0);
}

static void put_node(void *fdt, const char *name, uint64_t at)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)at);
	assert_int_equal(fdt_begin_node(fdt, full), 0);
}

static void put_cells(void *fdt, unsigned cells)
{
	assert_int_equal(fdt_property_u32(fdt, "#address-cells", cells), 0);
	assert_int_equal(fdt_property_u32(fdt, "#size-cells", cells), 0);
}

static void put_memory(void *fdt, const struct test_machine *want)
{
	for (size_t i = 0; i < 6 && want->banks[i].size; i++) {
		put_node(fdt, "memory", want->banks[i].start);
		fdt_property_string(fdt, "device_type", "memory");
		put_reg(fdt, want->banks[i]);
		fdt_end_node(fdt);
	}
	fdt_begin_node(fdt, "reserved-memory");
	put_cells(fdt, 2);
	fdt_property(fdt, "ranges", NULL, 0);
	for (size_t i = 0; i < 3 && want->no_map[i].size; i++) {
		put_node(fdt, "secret", want->no_map[i].start);
		put_reg(fdt, want->no_map[i]);
		fdt_property(fdt, "no-map", NULL, 0);
		fdt_end_node(fdt);
	}
	if (want->no_map_anywhere) {
		fdt_begin_node(fdt, "anywhere");
		fdt_property_u64(fdt, "size", want->no_map_anywhere);
		fdt_property(fdt, "no-map", NULL, 0);
		fdt_end_node(fdt);
	}
	fdt_end_node(fdt);
}

static void put_chosen(void *fdt, const struct test_machine *want)
{
	const uint64_t end = want->initrd.start + want->initrd.size;

	fdt_begin_node(fdt, "chosen");
	if (want->bootargs)
		fdt_property_string(fdt, "bootargs", want->bootargs);
	if (want->initrd.size) {
		fdt_property_u64(fdt, "linux,initrd-start", want->initrd.start);
		fdt_property_u64(fdt, "linux,initrd-end", end);
	}
	if (want->kaslr_seed)
		fdt_property_u64(fdt, "kaslr-seed", want->kaslr_seed);
	fdt_end_node(fdt);
}

static void put_cpu(void *fdt)
{
	fdt_begin_node(fdt, "cpus");
	assert_int_equal(fdt_property_u32(fdt, "#address-cells", 1), 0);
	assert_int_equal(fdt_property_u32(fdt, "#size-cells", 0), 0);
	fdt_begin_node(fdt, "cpu@0");
	fdt_property_string(fdt, "device_type", "cpu");
	fdt_property_string(fdt, "compatible", "arm,armv8");
	fdt_property_u32(fdt, "reg", 0);
	fdt_end_node(fdt);
	fdt_end_node(fdt);
}

struct vmsa_machine *machine_make(const struct test_machine *want)
{
	char *fdt = calloc(1, BLOB_SIZE);
	struct vmsa_cpu cpu = want->cpu;
	struct vmsa_machine *m = NULL;
	struct vmsa_error err = { 0 };

	assert_non_null(fdt);
	assert_int_equal(fdt_create(fdt, BLOB_SIZE), 0);
	assert_int_equal(fdt_finish_reservemap(fdt), 0);
	fdt_begin_node(fdt, "");
	put_cells(fdt, 2);
	put_memory(fdt, want);
	put_chosen(fdt, want);
	put_cpu(fdt);
	fdt_end_node(fdt);
	assert_int_equal(fdt_finish(fdt), 0);
	if (vmsa_machine_from_blob(fdt, fdt_totalsize(fdt), "test", &m, &err))
		fail_msg("no machine: %s", err.text);
	free(fdt);
	if (!cpu.pa_bits)
		cpu.pa_bits = 48;
	assert_int_equal(vmsa_machine_set_cpu(m, 0, &cpu), 0);
	return m;
}

int boot_try(const struct test_boot *want, struct vmsa_linux **out)
{
	struct vmsa_machine *m = machine_make(&want->machine);
	const struct vmsa_linux_config config = {
		.kernel = &want->kernel,
		.machine = m,
		.image = want->image ? want->image : VMSA_NO_PA,
		.mapping = want->mapping,
		.memstart_seed = want->memstart_seed,
		.on_map = want->on_map,
		.on_map_arg = want->on_map_arg,
	};
	const int ret = vmsa_linux_create(&config, out, NULL);

	/* Nothing of the machine may be needed afterwards. */
	vmsa_machine_destroy(m);
	return ret;
}

struct vmsa_linux *boot_create(const struct test_boot *want)
{
	struct vmsa_linux *l = NULL;

	assert_int_equal(boot_try(want, &l), 0);
	return l;
}

struct vmsa_linux *boot_map(const struct test_boot *want)
{
	struct vmsa_linux *l = boot_create(want);

	assert_int_equal(vmsa_linux_map_mem(l), 0);
	return l;
}
