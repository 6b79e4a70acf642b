/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpus.c - the cpu nodes, but for their TLBs
 *
 * Source: Devicetree Specification, section 3.8; the meaning of reg on this
 * architecture is MPIDR_EL1's affinity fields, Arm ARM D19.2.
 */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

/* MPIDR_EL1.{Aff3, Aff2, Aff1, Aff0}; the bits between are not part of reg. */
#define MPIDR_AFFINITY 0xff00ffffffull

/* Far above every machine there is; keeps a hostile tree's cost linear. */
#define MAX_CPUS 8192

/* What a cpu node may say in the vmsa namespace, besides its TLBs. */
static const char *const known[] = {
	"vmsa,midr",    "vmsa,bbm-level", "vmsa,bbm-no-abort",
	"vmsa,pa-bits", "vmsa,lva",       "vmsa,lpa2",
	"vmsa,e0pd",    "vmsa,tlb-range", NULL,
};

static bool knows_cpu(const char *name)
{
	for (const char *const *k = known; *k; k++)
		if (!strcmp(name, *k))
			return true;
	return vmsa_machine_knows_tlb(name);
}

int vmsa_dtb_known_vmsa(const struct vmsa_dtb *dtb, int node,
			bool (*knows)(const char *name))
{
	int prop;

	fdt_for_each_property_offset(prop, dtb->blob, node)
	{
		const char *name = NULL;

		fdt_getprop_by_offset(dtb->blob, prop, &name, NULL);
		if (!name || strncmp(name, "vmsa,", 5) || knows(name))
			continue;
		return vmsa_dtb_bad(dtb, node, name,
				    "there is no such property");
	}
	return 0;
}

/*
 * Copied into the CPU, which is a plain value and may outlive the machine; so
 * its length is limited.
 */
static int read_compatible(struct vmsa_cpu *cpu, const struct vmsa_dtb *dtb,
			   int node)
{
	const char *text = "";
	int rc = vmsa_dtb_string(dtb, node, "compatible", &text);

	if (rc)
		return rc;
	if (strlen(text) >= sizeof(cpu->compatible))
		return vmsa_dtb_bad(dtb, node, "compatible",
				    "has %zu characters, more than %zu",
				    strlen(text), sizeof(cpu->compatible) - 1);
	strcpy(cpu->compatible, text);
	return 0;
}

/*
 * reg is one number of @cells cells.  The specification allows a list, one for
 * each hardware thread; on this architecture a thread is a CPU of its own.
 */
static int read_affinity(struct vmsa_cpu *cpu, const struct vmsa_dtb *dtb,
			 int node, uint32_t cells)
{
	int len, rc;

	if (!fdt_getprop(dtb->blob, node, "reg", &len))
		return vmsa_dtb_bad(dtb, node, "reg", "is missing");
	if ((uint32_t)len != 4 * cells)
		return vmsa_dtb_bad(dtb, node, "reg",
				    "%d bytes are not %" PRIu32
				    " address cells",
				    len, cells);
	rc = vmsa_dtb_u64(dtb, node, "reg", &cpu->mpidr);
	if (!rc && cpu->mpidr & ~MPIDR_AFFINITY)
		rc = vmsa_dtb_bad(dtb, node, "reg",
				  "0x%" PRIx64 " has bits outside MPIDR_EL1's "
				  "affinity fields",
				  cpu->mpidr);
	return rc;
}

/* ID_AA64MMFR0_EL1.PARange can say no other. */
static bool valid_pa_bits(uint32_t bits)
{
	return bits == 32 || bits == 36 || bits == 40 || bits == 42 ||
	       bits == 44 || bits == 48 || bits == 52;
}

/* The numbers out of ID registers; absent ones have README.md's defaults. */
static int read_id_numbers(struct vmsa_cpu *cpu, const struct vmsa_dtb *dtb,
			   int node)
{
	uint32_t bbm = 0, pa_bits = 48;
	int rc = vmsa_dtb_u32(dtb, node, "vmsa,midr", &cpu->midr);

	if (!rc)
		rc = vmsa_dtb_u32(dtb, node, "vmsa,bbm-level", &bbm);
	if (!rc)
		rc = vmsa_dtb_u32(dtb, node, "vmsa,pa-bits", &pa_bits);
	if (rc)
		return rc;
	if (bbm > 3)
		return vmsa_dtb_bad(dtb, node, "vmsa,bbm-level",
				    "%" PRIu32 " is not 0, 1, 2 or 3", bbm);
	if (!valid_pa_bits(pa_bits))
		return vmsa_dtb_bad(dtb, node, "vmsa,pa-bits",
				    "%" PRIu32 " is not 32, 36, 40, 42, 44, 48 "
				    "or 52",
				    pa_bits);
	cpu->bbm_level = bbm;
	cpu->pa_bits = pa_bits;
	return 0;
}

/* What a CPU has or has not; absent is "has not". */
static int read_flags(struct vmsa_cpu *cpu, const struct vmsa_dtb *dtb,
		      int node)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "vmsa,bbm-no-abort", &cpu->bbm_no_abort },
		{ "vmsa,lva", &cpu->lva },
		{ "vmsa,lpa2", &cpu->lpa2 },
		{ "vmsa,e0pd", &cpu->e0pd },
		{ "vmsa,tlb-range", &cpu->tlb_range },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && !rc; i++)
		rc = vmsa_dtb_flag(dtb, node, flags[i].name, flags[i].flag);
	return rc;
}

/* One cpu node, strangers in the vmsa namespace first. */
static int read_cpu(struct vmsa_cpu *cpu, const struct vmsa_dtb *dtb, int node,
		    uint32_t cells)
{
	int rc = vmsa_dtb_known_vmsa(dtb, node, knows_cpu);

	if (!rc)
		rc = read_compatible(cpu, dtb, node);
	if (!rc)
		rc = read_affinity(cpu, dtb, node, cells);
	if (!rc)
		rc = read_id_numbers(cpu, dtb, node);
	if (!rc)
		rc = read_flags(cpu, dtb, node);
	if (!rc)
		rc = vmsa_machine_read_tlb(dtb, node, &cpu->tlb);
	return rc;
}

/* Newer trees leave device_type out and rely on the name. */
static bool is_cpu(const struct vmsa_dtb *dtb, int node)
{
	const char *name = fdt_get_name(dtb->blob, node, NULL);

	if (vmsa_dtb_has(dtb, node, "device_type"))
		return vmsa_dtb_is(dtb, node, "device_type", "cpu");
	return name && !strncmp(name, "cpu@", 4);
}

/* A CPU's affinity on its way through the sort of check_unique(). */
struct seat {
	uint64_t mpidr;
	int node;
};

static int compare_seats(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;

	return x->mpidr < y->mpidr ? -1 : x->mpidr > y->mpidr;
}

/* A boot that finds one affinity twice could not say which CPU is meant. */
static int check_unique(const struct vmsa_dtb *dtb, struct seat *seats,
			size_t n)
{
	qsort(seats, n, sizeof(*seats), compare_seats);
	for (size_t i = 1; i < n; i++)
		if (seats[i].mpidr == seats[i - 1].mpidr)
			return vmsa_dtb_bad(dtb, seats[i].node, "reg",
					    "another CPU is 0x%" PRIx64 " too",
					    seats[i].mpidr);
	return 0;
}

/* Every cpu node under @parent; m->cpus has room for them all. */
static int fill(struct vmsa_machine *m, const struct vmsa_dtb *dtb, int parent,
		uint32_t cells)
{
	struct seat *seats = calloc(m->nr_cpus, sizeof(*seats));
	size_t n = 0;
	int node, rc = 0;

	if (!seats)
		return -ENOMEM;
	fdt_for_each_subnode (node, dtb->blob, parent) {
		if (!is_cpu(dtb, node))
			continue;
		rc = read_cpu(&m->cpus[n], dtb, node, cells);
		if (rc)
			break;
		seats[n] = (struct seat){ m->cpus[n].mpidr, node };
		n++;
	}
	if (!rc)
		rc = check_unique(dtb, seats, n);
	free(seats);
	return rc;
}

/* How many there are, before any is read. */
static size_t count_cpus(const struct vmsa_dtb *dtb, int parent)
{
	size_t n = 0;
	int node;

	fdt_for_each_subnode (node, dtb->blob, parent)
		n += is_cpu(dtb, node);
	return n;
}

int vmsa_machine_read_cpus(struct vmsa_machine *m, const struct vmsa_dtb *dtb)
{
	static const struct vmsa_dtb_bounds one_or_two = { 1, 2 }, none;
	const int parent = fdt_path_offset(dtb->blob, "/cpus");
	/* The defaults of section 2.3.5; a size of 1 cell is then refused. */
	uint32_t address = 2, size = 1;
	int rc;

	if (parent < 0)
		return vmsa_dtb_bad(dtb, 0, NULL, "there is no node /cpus");
	rc = vmsa_dtb_cell_count(dtb, parent, "#address-cells", one_or_two,
				 &address);
	if (!rc)
		rc = vmsa_dtb_cell_count(dtb, parent, "#size-cells", none,
					 &size);
	if (rc)
		return rc;
	m->nr_cpus = count_cpus(dtb, parent);
	if (!m->nr_cpus || m->nr_cpus > MAX_CPUS)
		return vmsa_dtb_bad(dtb, parent, NULL,
				    "has %zu CPUs, not 1 to %d", m->nr_cpus,
				    MAX_CPUS);
	m->cpus = calloc(m->nr_cpus, sizeof(*m->cpus));
	if (!m->cpus)
		return -ENOMEM;
	return fill(m, dtb, parent, address);
}
