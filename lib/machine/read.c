/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read.c - from a file or a blob to a machine
 */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* A string with nothing after its end, unlike a list such as compatible. */
static int read_text(const struct vmsa_dtb *dtb, int node, const char *prop,
		     const char **out)
{
	const char *text = *out;
	int len = 0, rc = vmsa_dtb_string(dtb, node, prop, &text);

	if (rc)
		return rc;
	if (fdt_getprop(dtb->blob, node, prop, &len) &&
	    strlen(text) + 1 != (size_t)len)
		return vmsa_dtb_bad(dtb, node, prop,
				    "is not a string: there is a zero inside");
	*out = text;
	return 0;
}

/* Always two cells, whatever the tree's own cells are. */
static int read_seed(const struct vmsa_dtb *dtb, int node, uint64_t *out)
{
	int len;

	if (fdt_getprop(dtb->blob, node, "kaslr-seed", &len) && len != 8)
		return vmsa_dtb_bad(dtb, node, "kaslr-seed",
				    "needs 8 bytes, has %d", len);
	return vmsa_dtb_u64(dtb, node, "kaslr-seed", out);
}

/* Both ends or neither; a kernel's loader writes them with 4 or 8 bytes. */
static int read_initrd(struct vmsa_chosen *out, const struct vmsa_dtb *dtb,
		       int node)
{
	static const char start_name[] = "linux,initrd-start";
	static const char end_name[] = "linux,initrd-end";
	const bool has_start = vmsa_dtb_has(dtb, node, start_name);
	uint64_t start = 0, end = 0;
	int rc = vmsa_dtb_u64(dtb, node, start_name, &start);

	if (!rc)
		rc = vmsa_dtb_u64(dtb, node, end_name, &end);
	if (rc)
		return rc;
	if (has_start != vmsa_dtb_has(dtb, node, end_name))
		return vmsa_dtb_bad(dtb, node,
				    has_start ? end_name : start_name,
				    "is missing, the other end is there");
	if (has_start && start >= end)
		return vmsa_dtb_bad(dtb, node, end_name,
				    "0x%" PRIx64
				    " is not above the start 0x%" PRIx64,
				    end, start);
	out->has_initrd = has_start;
	out->initrd = (struct vmsa_range){ start, end - start };
	return 0;
}

/*
 * What is left of a seed after a boot is 0 or nothing: a kernel wipes it.  So
 * a tree dumped before the boot and one dumped after it differ here.
 */
static int read_chosen(struct vmsa_machine *m, const struct vmsa_dtb *dtb)
{
	const int node = fdt_path_offset(dtb->blob, "/chosen");
	int rc;

	m->chosen.bootargs = "";
	if (node < 0)
		return 0;
	rc = read_text(dtb, node, "bootargs", &m->chosen.bootargs);
	if (!rc)
		rc = read_seed(dtb, node, &m->chosen.kaslr_seed);
	return rc ? rc : read_initrd(&m->chosen, dtb, node);
}

/*
 * Fill a machine whose blob has passed vmsa_dtb_check().  What has been filled
 * when one part fails is given back with the machine.
 */
static int fill(struct vmsa_machine *m, const struct vmsa_dtb *dtb)
{
	int rc;

	m->model = "";
	rc = read_text(dtb, 0, "model", &m->model);
	if (!rc)
		rc = vmsa_machine_read_banks(m, dtb);
	if (!rc)
		rc = vmsa_machine_read_reserved(m, dtb);
	if (!rc)
		rc = read_chosen(m, dtb);
	return rc ? rc : vmsa_machine_read_cpus(m, dtb);
}

/* Check and read @blob, which the machine takes over, also on failure. */
static int adopt(void *blob, size_t size, const char *name,
		 struct vmsa_machine **out, struct vmsa_error *err)
{
	struct vmsa_dtb dtb = { .blob = blob, .name = name, .err = err };
	struct vmsa_machine *m = calloc(1, sizeof(*m));
	int rc = -ENOMEM;

	if (!m) {
		free(blob);
		return vmsa_error_at(err, name, NULL, 0, rc, "out of memory");
	}
	m->blob = blob;
	m->name = strdup(name);
	if (m->name) {
		rc = vmsa_dtb_check(&dtb, size);
		if (!rc)
			rc = vmsa_dtb_index(&dtb);
		if (!rc)
			rc = fill(m, &dtb);
		free(dtb.phandles);
	}
	if (rc) {
		vmsa_machine_destroy(m);
		if (rc == -ENOMEM)
			vmsa_error_at(err, name, NULL, 0, rc, "out of memory");
		return rc;
	}
	*out = m;
	return 0;
}

/* The boot protocol's limit: a kernel maps no more than this of its tree. */
static int too_large(const char *name, struct vmsa_error *err)
{
	return vmsa_error_at(err, name, "byte", VMSA_MACHINE_MAX_BLOB, -EFBIG,
			     "a device tree has at most %u bytes",
			     VMSA_MACHINE_MAX_BLOB);
}

int vmsa_machine_from_blob(const void *blob, size_t size, const char *name,
			   struct vmsa_machine **out, struct vmsa_error *err)
{
	void *copy;

	if (size > VMSA_MACHINE_MAX_BLOB)
		return too_large(name, err);
	/* malloc(0) may be NULL without having failed. */
	copy = malloc(size + !size);
	if (!copy)
		return vmsa_error_at(err, name, NULL, 0, -ENOMEM,
				     "out of memory");
	if (size)
		memcpy(copy, blob, size);
	return adopt(copy, size, name, out, err);
}

/* All of an open file; -EFBIG rather than more than the limit. */
static int slurp(FILE *file, void **blob, size_t *size)
{
	char *buffer = malloc(VMSA_MACHINE_MAX_BLOB + 1), *fitted;
	size_t n;

	if (!buffer)
		return -ENOMEM;
	errno = 0;
	n = fread(buffer, 1, VMSA_MACHINE_MAX_BLOB + 1, file);
	if (ferror(file) || n > VMSA_MACHINE_MAX_BLOB) {
		const int rc = ferror(file) ? -(errno ? errno : EIO) : -EFBIG;

		free(buffer);
		return rc;
	}
	/* Also lets a memory checker see the first byte beyond the file. */
	fitted = realloc(buffer, n + !n);
	*blob = fitted ? fitted : buffer;
	*size = n;
	return 0;
}

/* The whole file; free the blob. */
static int load(const char *path, void **blob, size_t *size,
		struct vmsa_error *err)
{
	FILE *file = fopen(path, "rb");
	int rc;

	if (!file)
		return vmsa_error_at(err, path, NULL, 0, -errno, "%s",
				     strerror(errno));
	rc = slurp(file, blob, size);
	fclose(file);
	if (rc == -EFBIG)
		return too_large(path, err);
	if (rc)
		return vmsa_error_at(err, path, NULL, 0, rc, "%s",
				     strerror(-rc));
	return 0;
}

int vmsa_machine_read(const char *path, struct vmsa_machine **out,
		      struct vmsa_error *err)
{
	void *blob;
	size_t size;
	int rc = load(path, &blob, &size, err);

	return rc ? rc : adopt(blob, size, path, out, err);
}

int vmsa_cpu_read(const char *path, struct vmsa_cpu *out,
		  struct vmsa_error *err)
{
	struct vmsa_dtb dtb = { .name = path, .err = err };
	struct vmsa_machine m = { 0 };
	void *blob = NULL;
	size_t size;
	int rc = load(path, &blob, &size, err);

	if (rc)
		return rc;
	dtb.blob = blob;
	rc = vmsa_dtb_check(&dtb, size);
	if (!rc)
		rc = vmsa_dtb_index(&dtb);
	if (!rc)
		rc = vmsa_machine_read_cpus(&m, &dtb);
	if (!rc)
		*out = m.cpus[0];
	free(m.cpus);
	free(dtb.phandles);
	free(blob);
	if (rc == -ENOMEM)
		vmsa_error_at(err, path, NULL, 0, rc, "out of memory");
	return rc;
}
