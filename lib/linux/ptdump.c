/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ptdump.c - the text of debugfs' kernel_page_tables (11)
 *
 * Byte for byte what the kernel prints, so that a dump of a real machine can be
 * compared by diff.  Entries merge into a line while level and printed
 * attributes are equal; the output address is not printed and does not matter.
 * A marker ends a line wherever it falls.
 */
#include <errno.h>

#include "linux/linux.h"
#include "vmsa/recorded.h"

/* One attribute column: what is printed where the masked bits match or not. */
struct column {
	uint64_t mask, value;
	const char *match, *other;
};

#define ATTRINDX(n) ((uint64_t)(n) << VMSA_LEAF_ATTRINDX_SHIFT)

/* In the kernel's order.  A NULL other prints nothing: one MAIR index shows. */
static const struct column columns[] = {
	{ VMSA_DESC_VALID, VMSA_DESC_VALID, " ", "F" },
	{ VMSA_LEAF_AP1, VMSA_LEAF_AP1, "USR", "   " },
	{ PTE_RDONLY, PTE_RDONLY, "ro", "RW" },
	{ VMSA_LEAF_PXN, VMSA_LEAF_PXN, "NX", "x " },
	{ VMSA_LEAF_SH, VMSA_LEAF_SH, "SHD", "   " },
	{ VMSA_LEAF_AF, VMSA_LEAF_AF, "AF", "  " },
	{ VMSA_LEAF_NG, VMSA_LEAF_NG, "NG", "  " },
	{ VMSA_LEAF_CONTIGUOUS, VMSA_LEAF_CONTIGUOUS, "CON", "   " },
	{ VMSA_DESC_TYPE, VMSA_DESC_VALID, "BLK", "   " },
	{ VMSA_LEAF_UXN, VMSA_LEAF_UXN, "UXN", "   " },
	{ VMSA_LEAF_GP, VMSA_LEAF_GP, "GP", "  " },
	{ VMSA_LEAF_ATTRINDX, ATTRINDX(3), "DEVICE/nGnRnE", NULL },
	{ VMSA_LEAF_ATTRINDX, ATTRINDX(4), "DEVICE/nGnRE", NULL },
	{ VMSA_LEAF_ATTRINDX, ATTRINDX(2), "MEM/NORMAL-NC", NULL },
	{ VMSA_LEAF_ATTRINDX, ATTRINDX(0), "MEM/NORMAL", NULL },
	{ VMSA_LEAF_ATTRINDX, ATTRINDX(1), "MEM/NORMAL-TAGGED", NULL },
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define NR_MARKERS 12

/* Where a region begins or ends. */
struct marker {
	vmsa_va va;
	const char *text;
};

/* A dump under way. */
struct dump {
	FILE *out;       /* the caller's */
	int start_level; /* printed as PGD, whatever its number */
	uint64_t mask;   /* all columns' bits: what merging looks at */
	struct marker markers[NR_MARKERS];
	unsigned marker; /* the next one to print */
	/* The line under construction. */
	vmsa_va start;
	int level;
	uint64_t prot;
	bool open;
};

/*
 * Ascending, which is all that printing relies on.  Two may share an address.
 */
static void set_markers(struct dump *d, const struct vmsa_linux *l)
{
	const struct vmsa_linux_layout *at = &l->layout;
	const struct marker markers[NR_MARKERS] = {
		{ at->linear_start, "Linear Mapping start" },
		{ at->page_end, "Linear Mapping end" },
		{ at->page_end, "Modules start" },
		{ at->modules_end, "Modules end" },
		{ at->vmalloc_start, "vmalloc() area" },
		{ at->vmalloc_end, "vmalloc() end" },
		{ at->vmemmap_start, "vmemmap start" },
		{ at->vmemmap_end, "vmemmap end" },
		{ at->pci_start, "PCI I/O start" },
		{ at->pci_end, "PCI I/O end" },
		{ at->fixmap_start, "Fixmap start" },
		{ at->fixmap_end, "Fixmap end" },
	};

	for (unsigned i = 0; i < NR_MARKERS; i++)
		d->markers[i] = markers[i];
}

static const char *level_name(const struct dump *d, int level)
{
	static const char *const names[] = { "PGD", "P4D", "PUD", "PMD",
					     "PTE" };

	/* Levels folded into the root go by the root's name. */
	return names[level == d->start_level ? 0 : VMSA_LEVEL_SLOT(level)];
}

/* Each column is as wide matched or not, so that lines align. */
static void print_attributes(struct dump *d)
{
	for (unsigned i = 0; i < NR_COLUMNS; i++) {
		const struct column *c = &columns[i];
		const char *text =
			(d->prot & c->mask) == c->value ? c->match : c->other;

		if (text)
			fprintf(d->out, " %s", text);
	}
}

/* Sizes start at KiB and go to the largest unit that divides them. */
static void print_line(struct dump *d, vmsa_va end)
{
	static const char units[] = "KMGTPE";
	const char *unit = units;
	uint64_t size = (end - d->start) >> 10;

	while (!(size & 1023) && unit[1]) {
		size >>= 10;
		unit++;
	}
	fprintf(d->out, "0x%016llx-0x%016llx   %9llu%c %s",
		(unsigned long long)d->start, (unsigned long long)end,
		(unsigned long long)size, *unit, level_name(d, d->level));
	if (d->prot)
		print_attributes(d);
	fputc('\n', d->out);
}

/* End the open line, if one is, at @end. */
static void close_line(struct dump *d, vmsa_va end)
{
	if (d->open)
		print_line(d, end);
	d->open = false;
}

/* Like descriptors of one level from @va on, no marker inside. */
static void note(struct dump *d, vmsa_va va, int level, vmsa_desc desc)
{
	const uint64_t prot = desc & d->mask;
	const bool marked =
		d->marker < NR_MARKERS && va >= d->markers[d->marker].va;

	if (d->open && level == d->level && prot == d->prot && !marked)
		return;
	close_line(d, va);
	while (d->marker < NR_MARKERS && va >= d->markers[d->marker].va)
		fprintf(d->out, "---[ %s ]---\n", d->markers[d->marker++].text);
	d->start = va;
	d->level = level;
	d->prot = prot;
	d->open = true;
}

/* A run of entries; markers inside it cut it. */
static int note_entry(void *arg, const struct vmsa_entry *e)
{
	struct dump *d = arg;

	note(d, e->va, e->level, e->desc);
	/* A marker shows before the first entry that starts at it or after. */
	while (d->marker < NR_MARKERS) {
		const vmsa_va at = d->markers[d->marker].va;
		const uint64_t i = (at - e->va + e->span - 1) / e->span;

		if (at <= e->va || i >= e->count)
			break;
		note(d, e->va + i * e->span, e->level, e->desc);
	}
	return ferror(d->out) ? -EIO : 0;
}

int vmsa_linux_ptdump(const struct vmsa_linux *sys, FILE *out)
{
	struct dump d = {
		.out = out,
		.start_level = vmsa_space_geometry(sys->space)->start_level,
	};
	int ret;

	for (unsigned i = 0; i < NR_COLUMNS; i++)
		d.mask |= columns[i].mask;
	set_markers(&d, sys);
	ret = vmsa_visit(sys->space, sys->layout.linear_start, UINT64_MAX,
			 VMSA_VISIT_HOLES, note_entry, &d);
	/* The last line ends at the top of the address space, 2^64. */
	close_line(&d, 0);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
