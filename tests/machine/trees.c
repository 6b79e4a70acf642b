/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine/trees.h"

#include "support/vmsa_test.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* Largest decompressed tree; QEMU's have 8 KiB. */
#define LOAD_SPACE (64 << 10)

/* Longest property given in cells. */
#define MAX_CELLS 16

/* libfdt's sequential writer; every step must work. */
static void ok(int rc)
{
	assert_int_equal(rc, 0);
}

static void put_cells(void *fdt, const char *name, const uint32_t *cells,
		      size_t n)
{
	fdt32_t be[MAX_CELLS];

	for (size_t i = 0; i < n; i++)
		be[i] = cpu_to_fdt32(cells[i]);
	ok(fdt_property(fdt, name, be, (int)(4 * n)));
}

/* name = <...>; */
#define CELLS(fdt, name, ...)                                   \
	put_cells(fdt, name, (const uint32_t[]){ __VA_ARGS__ }, \
		  COUNT(((const uint32_t[]){ __VA_ARGS__ })))

static void flag(void *fdt, const char *name)
{
	ok(fdt_property(fdt, name, NULL, 0));
}

static void build_memory(void *fdt)
{
	ok(fdt_begin_node(fdt, "memory@80000000"));
	ok(fdt_property_string(fdt, "device_type", "memory"));
	CELLS(fdt, "reg", 0, 0x80000000, 0, 0x40000000, 1, 0, 0, 0x1000);
	CELLS(fdt, "numa-node-id", 1);
	ok(fdt_end_node(fdt));
	ok(fdt_begin_node(fdt, "memory@40000000"));
	ok(fdt_property_string(fdt, "device_type", "memory"));
	CELLS(fdt, "reg", 0, 0x40000000, 0, 0x20000000);
	ok(fdt_end_node(fdt));
	/* Passed over: firmware marks a bank it keeps so. */
	ok(fdt_begin_node(fdt, "memory@200000000"));
	ok(fdt_property_string(fdt, "device_type", "memory"));
	ok(fdt_property_string(fdt, "status", "disabled"));
	CELLS(fdt, "reg", 2, 0, 0, 0x1000);
	ok(fdt_end_node(fdt));
}

static void build_reserved(void *fdt)
{
	ok(fdt_begin_node(fdt, "reserved-memory"));
	CELLS(fdt, "#address-cells", 2);
	CELLS(fdt, "#size-cells", 2);
	flag(fdt, "ranges");
	ok(fdt_begin_node(fdt, "fixed@90000000"));
	CELLS(fdt, "reg", 0, 0x90000000, 0, 0x100000, 0, 0x94001000, 0, 0x2000);
	flag(fdt, "no-map");
	ok(fdt_end_node(fdt));
	ok(fdt_begin_node(fdt, "pool"));
	CELLS(fdt, "size", 0, 0x400000);
	CELLS(fdt, "alignment", 0, 0x200000);
	CELLS(fdt, "alloc-ranges", 0, 0x80000000, 0, 0x40000000);
	flag(fdt, "reusable");
	ok(fdt_end_node(fdt));
	ok(fdt_end_node(fdt));
}

static void build_chosen(void *fdt)
{
	ok(fdt_begin_node(fdt, "chosen"));
	ok(fdt_property_string(fdt, "bootargs", "quiet"));
	CELLS(fdt, "linux,initrd-start", 0, 0x84000000);
	CELLS(fdt, "linux,initrd-end", 0, 0x85000000);
	CELLS(fdt, "kaslr-seed", 0x01234567, 0x89abcdef);
	ok(fdt_end_node(fdt));
}

static void build_first_cpu(void *fdt)
{
	ok(fdt_begin_node(fdt, "cpu@0"));
	ok(fdt_property_string(fdt, "device_type", "cpu"));
	ok(fdt_property(fdt, "compatible", "arm,one\0arm,armv8", 18));
	CELLS(fdt, "reg", 0, 0);
	CELLS(fdt, "vmsa,midr", 0xc00fac30);
	CELLS(fdt, "vmsa,bbm-level", 2);
	CELLS(fdt, "vmsa,pa-bits", 52);
	flag(fdt, "vmsa,bbm-no-abort");
	flag(fdt, "vmsa,lva");
	flag(fdt, "vmsa,lpa2");
	flag(fdt, "vmsa,e0pd");
	flag(fdt, "vmsa,tlb-range");
	flag(fdt, "vmsa,contiguous");
	flag(fdt, "tlb-split");
	CELLS(fdt, "d-tlb-size", 40);
	CELLS(fdt, "i-tlb-size", 48);
	CELLS(fdt, "i-tlb-sets", 12);
	CELLS(fdt, "vmsa,walk-cache-size", 64);
	CELLS(fdt, "vmsa,walk-cache-sets", 16);
	CELLS(fdt, "vmsa,walk-cycles", 6);
	CELLS(fdt, "vmsa,descriptor-lines", 1024);
	CELLS(fdt, "vmsa,descriptor-line-sets", 128);
	CELLS(fdt, "vmsa,descriptor-hit-cycles", 11);
	CELLS(fdt, "vmsa,descriptor-miss-cycles", 250);
	ok(fdt_begin_node(fdt, "l2-tlb"));
	CELLS(fdt, "tlb-size", 1280);
	CELLS(fdt, "tlb-sets", 256);
	CELLS(fdt, "vmsa,hit-cycles", 3);
	ok(fdt_end_node(fdt));
	ok(fdt_end_node(fdt));
}

static void build_second_cpu(void *fdt)
{
	ok(fdt_begin_node(fdt, "cpu@100"));
	CELLS(fdt, "reg", 0x1, 0x100);
	CELLS(fdt, "vmsa,next-level-tlb", 7);
	ok(fdt_end_node(fdt));
	ok(fdt_begin_node(fdt, "shared-tlb"));
	CELLS(fdt, "phandle", 7);
	flag(fdt, "tlb-split");
	CELLS(fdt, "d-tlb-size", 1536);
	CELLS(fdt, "d-tlb-sets", 256);
	CELLS(fdt, "i-tlb-size", 768);
	CELLS(fdt, "i-tlb-sets", 128);
	ok(fdt_end_node(fdt));
}

void build_tree(void *buf)
{
	ok(fdt_create(buf, TREE_SPACE));
	ok(fdt_add_reservemap_entry(buf, 0x88000000, 0x10000));
	ok(fdt_finish_reservemap(buf));
	ok(fdt_begin_node(buf, ""));
	CELLS(buf, "#address-cells", 2);
	CELLS(buf, "#size-cells", 2);
	ok(fdt_property_string(buf, "model", "Test"));
	build_memory(buf);
	build_reserved(buf);
	build_chosen(buf);
	ok(fdt_begin_node(buf, "cpus"));
	CELLS(buf, "#address-cells", 2);
	CELLS(buf, "#size-cells", 0);
	build_first_cpu(buf);
	build_second_cpu(buf);
	ok(fdt_end_node(buf));
	ok(fdt_end_node(buf));
	ok(fdt_finish(buf));
	ok(fdt_open_into(buf, buf, TREE_SPACE));
}

void *load_tree(const char *name, size_t *size)
{
	char path[512], packed[LOAD_SPACE];
	void *blob = malloc(LOAD_SPACE);
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/machine/data/%s.dtb.zst",
		 getenv("VMSA_SOURCE_ROOT"), name);
	f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(packed, 1, sizeof(packed), f);
	fclose(f);
	*size = ZSTD_decompress(blob, LOAD_SPACE, packed, n);
	assert_false(ZSTD_isError(*size));
	return blob;
}

static uint64_t sum_text(const char *text)
{
	uint64_t sum = 0;

	while (*text)
		sum = 31 * sum + (unsigned char)*text++;
	return sum;
}

static uint64_t sum_range(struct vmsa_range r)
{
	return 31 * r.start + r.size;
}

uint64_t sum_machine(const struct vmsa_machine *m)
{
	const struct vmsa_chosen *chosen = vmsa_machine_chosen(m);
	uint64_t sum = sum_text(vmsa_machine_name(m)) +
		       sum_text(vmsa_machine_model(m)) +
		       sum_text(chosen->bootargs) + chosen->kaslr_seed +
		       sum_range(chosen->initrd) + vmsa_machine_memory_size(m);
	size_t n;
	const struct vmsa_bank *bank = vmsa_machine_banks(m, &n);

	while (n--)
		sum += sum_range(bank[n].range) + bank[n].node;
	for (const struct vmsa_reserved *r = vmsa_machine_reserved(m, &n); n--;
	     r++) {
		sum += sum_text(r->name) + sum_range(r->range) + r->alignment;
		for (size_t i = 0; i < r->nr_allowed; i++)
			sum += sum_range(r->allowed[i]);
	}
	for (const struct vmsa_range *r = vmsa_machine_memreserve(m, &n); n--;)
		sum += sum_range(r[n]);
	for (const struct vmsa_cpu *cpu = vmsa_machine_cpus(m, &n); n--;)
		sum += sum_text(cpu[n].compatible) + cpu[n].mpidr +
		       cpu[n].midr + cpu[n].tlb.l2.ways +
		       cpu[n].tlb.line_miss_cycles;
	return sum;
}

void read_as(const void *blob, size_t size, int code, struct vmsa_error *err)
{
	struct vmsa_machine *const untouched = (void *)(uintptr_t)0x5a5a;
	struct vmsa_machine *m = untouched;

	*err = (struct vmsa_error){ .text = "" };
	assert_int_equal(vmsa_machine_from_blob(blob, size, "x.dtb", &m, err),
			 code);
	if (!code) {
		vmsa_machine_destroy(m);
		return;
	}
	assert_ptr_equal(m, untouched);
	assert_string_equal(err->file, "x.dtb");
	/* The same verdict when nobody wants to hear the reason. */
	assert_int_equal(vmsa_machine_from_blob(blob, size, "x.dtb", &m, NULL),
			 code);
}
