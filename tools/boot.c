/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.c - vmsa boot: build the linear map and say what it is made of
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "reasons.h"
#include "say.h"
#include "sheet.h"
#include "system.h"
#include "tally.h"

/* Everything the report says. */
struct boot_report {
	struct system system;
	enum vmsa_linux_mapping mapping;
	struct tally tally;
	struct vmsa_counters counters;
	uint64_t by_pages; /* table bytes if the map were pages */
};

/* Event names of the counters, in the order of enum vmsa_barrier. */
static const char *const barrier_names[VMSA_NR_BARRIERS] = {
	"dsb ishst", "dsb ish",   "dsb nshst", "dsb nsh", "dsb osh",
	"dsb sy",    "dmb ishst", "dmb ish",   "isb",
};

/* TLBI instructions of every kind together. */
static uint64_t all_tlbi(const struct vmsa_counters *c)
{
	uint64_t n = 0;

	for (int i = 0; i < VMSA_NR_TLBI_OPS; i++)
		n += c->tlbi[i];
	return n;
}

/* Build the map; if it is not pages, once more by pages, to compare. */
static int gather(struct boot_report *r)
{
	struct vmsa_linux *sys;
	struct tally pages;
	int ret;

	ret = system_boot(&r->system, VMSA_MAPPING_PTE);
	if (ret)
		return ret;
	if (tally_linear_map(r->system.linux_system, &pages))
		return complain("a table lies outside memory");
	r->by_pages = pages.table_bytes;
	ret = system_boot(&r->system, r->mapping);
	if (ret)
		return ret;
	sys = r->system.linux_system;
	if (tally_linear_map(sys, &r->tally))
		return complain("a table lies outside memory");
	vmsa_space_counters(vmsa_linux_space(sys), &r->counters);
	return EXIT_DONE;
}

/* --- text ---------------------------------------------------------------- */

/* Machine, kernel and where the map lies: what the rest is about. */
static void print_head(const struct boot_report *r)
{
	const struct vmsa_linux *sys = r->system.linux_system;
	const struct vmsa_linux_kernel *k = vmsa_linux_kernel(sys);
	const struct vmsa_linux_layout *at = vmsa_linux_layout(sys);
	char size[NUMBER_TEXT];

	printf("machine     %s (%s)\n", vmsa_machine_model(r->system.machine),
	       vmsa_machine_name(r->system.machine));
	printf("kernel      Linux %s, %s pages, %u-bit addresses",
	       vmsa_linux_version_name(k->version),
	       size_text(UINT64_C(1) << k->granule_shift, size), at->va_bits);
	if (at->va_bits != k->va_bits)
		printf(" (built for %u, which the CPU lacks)", k->va_bits);
	printf("\nimage       PA 0x%" PRIx64 ", %s\n", vmsa_linux_image(sys),
	       rough_size_text(k->image.end, size));
	printf("linear map  0x%016" PRIx64 " - 0x%016" PRIx64
	       ", memstart 0x%" PRIx64 "\n",
	       at->linear_start, at->page_end, at->memstart);
}

/* memblock.memory as the kernel had it when the map was built. */
static void print_memory(const struct vmsa_linux *sys)
{
	static const char *const heads[] = { "<from", "<to", "size", "<",
					     NULL };
	char size[NUMBER_TEXT];
	struct sheet sheet;
	size_t n;
	const struct vmsa_linux_region *m = vmsa_linux_regions(sys, &n);

	puts("\nmemory");
	sheet_open(&sheet, heads);
	for (size_t i = 0; i < n; i++) {
		sheet_cell(&sheet, "0x%010" PRIx64, m[i].start);
		sheet_cell(&sheet, "0x%010" PRIx64, m[i].start + m[i].size);
		sheet_cell(&sheet, "%s", size_text(m[i].size, size));
		sheet_cell(&sheet, "%s", m[i].nomap ? "not mapped" : "");
	}
	sheet_close(&sheet, stdout);
}

/* The policy, each line depending on those before it. */
static void print_decisions(const struct boot_report *r)
{
	static const char *const heads[] = { "<", "<decided", "<why", NULL };
	struct decision d[NR_DECISIONS];
	struct sheet sheet;

	decisions_of(r->system.linux_system, r->mapping, d);
	puts("\npolicy");
	sheet_open(&sheet, heads);
	for (int i = 0; i < NR_DECISIONS; i++) {
		sheet_cell(&sheet, "%s", d[i].what);
		sheet_cell(&sheet, "%s", d[i].outcome);
		sheet_cell(&sheet, "%s", d[i].why);
	}
	sheet_close(&sheet, stdout);
}

/* One row: level, size, leaves with and without CONT, bytes, tables. */
static void print_level(const struct boot_report *r, int level,
			struct sheet *sheet)
{
	const struct vmsa_geometry *g =
		vmsa_space_geometry(vmsa_linux_space(r->system.linux_system));
	const int slot = VMSA_LEVEL_SLOT(level);
	const uint64_t span = vmsa_level_span(g, level);
	const uint64_t plain = r->tally.plain[slot];
	const uint64_t cont = r->tally.contiguous[slot];
	char text[NUMBER_TEXT];

	sheet_cell(sheet, "%d", level);
	sheet_cell(sheet, "%s", count_text(r->tally.tables[slot], text));
	sheet_cell(sheet, "%s",
		   rough_size_text(r->tally.tables[slot] << g->granule_shift,
				   text));
	sheet_cell(sheet, "%s", size_text(span, text));
	sheet_cell(sheet, "%s", count_text(plain, text));
	sheet_cell(sheet, "%s", count_text(cont, text));
	sheet_cell(sheet, "%s", rough_size_text(plain * span, text));
	sheet_cell(sheet, "%s", rough_size_text(cont * span, text));
}

/* Tables and leaves, the root's level first. */
static void print_levels(const struct boot_report *r)
{
	static const char *const heads[] = { "level",  "tables",  "bytes",
					     "leaf",   "plain",   "CONT",
					     "mapped", "by CONT", NULL };
	const struct vmsa_geometry *g =
		vmsa_space_geometry(vmsa_linux_space(r->system.linux_system));
	struct sheet sheet;

	puts("\nlinear map");
	sheet_open(&sheet, heads);
	for (int level = g->start_level; level <= VMSA_MAX_LEVEL; level++)
		print_level(r, level, &sheet);
	sheet_close(&sheet, stdout);
	puts("  The root table is part of the kernel image and not counted.");
}

/* What building the map cost; barriers that never occurred are left out. */
static void print_counters(const struct vmsa_counters *c)
{
	char text[NUMBER_TEXT];

	puts("\nwork");
	printf("  %-20s %s\n", "descriptor stores",
	       count_text(c->stores, text));
	printf("  %-20s %s\n", "filled unreachably",
	       count_text(c->fills, text));
	for (int i = 0; i < VMSA_NR_BARRIERS; i++) {
		if (c->barriers[i])
			printf("  %-20s %s\n", barrier_names[i],
			       count_text(c->barriers[i], text));
	}
	printf("  %-20s %s\n", "tlbi", count_text(all_tlbi(c), text));
}

/* Bytes of memory that has a place in the linear map. */
static uint64_t mapped_memory(const struct vmsa_linux *sys)
{
	size_t n;
	const struct vmsa_linux_region *m = vmsa_linux_regions(sys, &n);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += m[i].nomap ? 0 : m[i].size;
	return sum;
}

/* As MemTotal sees it: what page tables take is not there for anyone else. */
static void print_total(const struct boot_report *r)
{
	const uint64_t ram = mapped_memory(r->system.linux_system) >> 10;
	const uint64_t tables = r->tally.table_bytes >> 10;
	const uint64_t pages = r->by_pages >> 10;

	puts("\nmemory left");
	printf("  %12" PRIu64 " kB  in the linear map\n", ram);
	printf("  %12" PRIu64 " kB  its tables\n", tables);
	printf("  %12" PRIu64 " kB  left beside them\n", ram - tables);
	printf("  %12" PRIu64 " kB  left if it were mapped by pages\n",
	       ram - pages);
	printf("  %12" PRId64 " kB  saved\n", (int64_t)(pages - tables));
}

static void print_text(const struct boot_report *r)
{
	print_head(r);
	print_memory(r->system.linux_system);
	print_decisions(r);
	print_levels(r);
	print_counters(&r->counters);
	print_total(r);
}

/* --- JSON ---------------------------------------------------------------- */

/* The members print_head() shows, plus the addresses as strings. */
static void write_head(const struct boot_report *r, struct doc *d)
{
	const struct vmsa_linux *sys = r->system.linux_system;
	const struct vmsa_linux_kernel *k = vmsa_linux_kernel(sys);
	const struct vmsa_linux_layout *at = vmsa_linux_layout(sys);

	doc_text(d, "machine", vmsa_machine_name(r->system.machine));
	doc_text(d, "model", vmsa_machine_model(r->system.machine));
	doc_text(d, "linux", vmsa_linux_version_name(k->version));
	doc_text(d, "mapping", vmsa_linux_mapping_name(r->mapping));
	doc_count(d, "page_size", UINT64_C(1) << k->granule_shift);
	doc_count(d, "va_bits", at->va_bits);
	doc_count(d, "va_bits_built", k->va_bits);
	doc_hex(d, "image", vmsa_linux_image(sys));
	doc_hex(d, "linear_start", at->linear_start);
	doc_hex(d, "linear_end", at->page_end);
	doc_hex(d, "memstart", at->memstart);
}

static void write_memory(const struct vmsa_linux *sys, struct doc *d)
{
	size_t n;
	const struct vmsa_linux_region *m = vmsa_linux_regions(sys, &n);

	doc_array(d, "memory");
	for (size_t i = 0; i < n; i++) {
		doc_object(d, NULL);
		doc_hex(d, "start", m[i].start);
		doc_count(d, "size", m[i].size);
		doc_bool(d, "nomap", m[i].nomap);
		doc_end(d);
	}
	doc_end(d);
}

static void write_decisions(const struct boot_report *r, struct doc *d)
{
	struct decision made[NR_DECISIONS];

	decisions_of(r->system.linux_system, r->mapping, made);
	doc_array(d, "policy");
	for (int i = 0; i < NR_DECISIONS; i++) {
		doc_object(d, NULL);
		doc_text(d, "what", made[i].what);
		doc_text(d, "decided", made[i].outcome);
		doc_text(d, "why", made[i].why);
		doc_end(d);
	}
	doc_end(d);
}

/* One object a level, and the sums print_total() is made of. */
static void write_levels(const struct boot_report *r, struct doc *d)
{
	const struct vmsa_geometry *g =
		vmsa_space_geometry(vmsa_linux_space(r->system.linux_system));

	doc_array(d, "levels");
	for (int level = g->start_level; level <= VMSA_MAX_LEVEL; level++) {
		const int slot = VMSA_LEVEL_SLOT(level);

		doc_object(d, NULL);
		doc_count(d, "level", level);
		doc_count(d, "tables", r->tally.tables[slot]);
		doc_count(d, "leaf_size", vmsa_level_span(g, level));
		doc_count(d, "plain_leaves", r->tally.plain[slot]);
		doc_count(d, "cont_leaves", r->tally.contiguous[slot]);
		doc_end(d);
	}
	doc_end(d);
	doc_count(d, "table_bytes", r->tally.table_bytes);
	doc_count(d, "table_bytes_by_pages", r->by_pages);
	doc_count(d, "mapped_bytes", mapped_memory(r->system.linux_system));
}

static int print_json(const struct boot_report *r)
{
	struct doc *d = doc_open();

	write_head(r, d);
	write_memory(r->system.linux_system, d);
	write_decisions(r, d);
	write_levels(r, d);
	doc_object(d, "work");
	doc_count(d, "stores", r->counters.stores);
	doc_count(d, "fills", r->counters.fills);
	for (int i = 0; i < VMSA_NR_BARRIERS; i++)
		doc_count(d, barrier_names[i],
			  (int64_t)r->counters.barriers[i]);
	doc_count(d, "tlbi", all_tlbi(&r->counters));
	doc_end(d);
	return doc_close(d, stdout);
}

static int run(const struct args *args)
{
	struct boot_report r = { .mapping = mapping_of(&args->machine) };
	int ret;

	ret = system_open(&args->machine, &r.system);
	if (ret)
		return ret;
	ret = gather(&r);
	if (!ret && args->json)
		ret = print_json(&r);
	else if (!ret)
		print_text(&r);
	system_close(&r.system);
	return ret;
}

const struct command boot_command = {
	.name = "boot",
	.summary = "Build the linear map: what was decided and why, leaves, "
		   "tables, memory",
	.machine = "qemu-virt",
	.groups = { &machine_options, &common_options },
	.run = run,
};
