/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dtb_check.c - may the rest of the library trust this blob's structure?
 *
 * libfdt checks most of it; what it leaves out, and a sentence with the
 * numbers in it, is here.  Source: Devicetree Specification, chapter 5.
 */
#include "dtb.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>

#include "error.h"

/* Bytes of one entry of the memory reservation block: address and size. */
#define RESERVE_ENTRY 16

/* First version whose header tells the size of the structure block. */
#define VERSION_WITH_STRUCT_SIZE 17

/* The header; FDT_V1_SIZE bytes of it are safe to read before it is checked. */
static int check_header(const struct vmsa_dtb *dtb, size_t size)
{
	const void *blob = dtb->blob;
	int rc;

	if (size < FDT_V1_SIZE)
		return vmsa_error_at(dtb->err, dtb->name, "byte", size, -EINVAL,
				     "%zu bytes are too few for a device tree",
				     size);
	if (fdt_magic(blob) != FDT_MAGIC)
		return vmsa_error_at(dtb->err, dtb->name, "byte", 0, -EINVAL,
				     "not a device tree: it begins with 0x%08x,"
				     " not 0x%08x",
				     fdt_magic(blob), FDT_MAGIC);
	if (fdt_totalsize(blob) > size)
		return vmsa_error_at(dtb->err, dtb->name, "byte", size, -EINVAL,
				     "the device tree is cut off: its header "
				     "says %u bytes, there are %zu",
				     fdt_totalsize(blob), size);
	rc = fdt_check_header(blob);
	if (rc)
		return vmsa_error_at(dtb->err, dtb->name, "byte", 0, -EINVAL,
				     "the device tree's header is broken: %s",
				     fdt_strerror(rc));
	return 0;
}

/* One block of a tree, as far as the header gives its extent. */
struct block {
	const char *name;
	uint64_t start, size; /* bytes */
};

static int compare_blocks(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* No byte may be read as part of two blocks; sorts @b. */
static int check_overlap(const struct vmsa_dtb *dtb, struct block *b, int n)
{
	qsort(b, n, sizeof(*b), compare_blocks);
	for (int i = 1; i < n; i++)
		if (b[i].start < b[i - 1].start + b[i - 1].size)
			return vmsa_error_at(
				dtb->err, dtb->name, "byte", b[i].start,
				-EINVAL, "the device tree's %s overlaps its %s",
				b[i].name, b[i - 1].name);
	return 0;
}

/*
 * libfdt has found each block inside the file.  The reservation block has no
 * size: it ends with its first empty entry.
 */
static int check_blocks(const struct vmsa_dtb *dtb)
{
	const void *blob = dtb->blob;
	const int nr_reserve = fdt_num_mem_rsv(blob);
	struct block b[] = {
		{ "header", 0, fdt_header_size(blob) },
		{ "structure block", fdt_off_dt_struct(blob), 1 },
		{ "strings block", fdt_off_dt_strings(blob),
		  fdt_size_dt_strings(blob) },
		{ "memory reservation block", fdt_off_mem_rsvmap(blob),
		  RESERVE_ENTRY * ((uint64_t)nr_reserve + 1) },
	};

	if (nr_reserve < 0)
		return vmsa_error_at(dtb->err, dtb->name, "byte",
				     fdt_off_mem_rsvmap(blob), -EINVAL,
				     "the memory reservation block has no end");
	if (fdt_version(blob) >= VERSION_WITH_STRUCT_SIZE)
		b[1].size = fdt_size_dt_struct(blob);
	return check_overlap(dtb, b, sizeof(b) / sizeof(b[0]));
}

int vmsa_dtb_check(const struct vmsa_dtb *dtb, size_t size)
{
	int rc = check_header(dtb, size);

	if (!rc)
		rc = check_blocks(dtb);
	if (rc)
		return rc;
#ifdef VMSA_HAVE_FDT_CHECK_FULL
	rc = fdt_check_full(dtb->blob, size);
#endif
	/* A structure block may be well formed and hold no root node. */
	if (!rc && fdt_path_offset(dtb->blob, "/"))
		rc = -FDT_ERR_BADSTRUCTURE;
	if (rc)
		return vmsa_error_at(dtb->err, dtb->name, "byte",
				     fdt_off_dt_struct(dtb->blob), -EINVAL,
				     "the device tree's nodes are broken: %s",
				     fdt_strerror(rc));
	return 0;
}
