/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep_csv.c - counts as comma-separated values, and sums of them
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "sweep.h"
#include "traces.h"

uint64_t sweep_misses(const struct vmsa_sweep_point *point, unsigned mask)
{
	uint64_t sum = 0;

	for (unsigned region = 0; region < VMSA_TLB_NR_REGIONS; region++)
		for (unsigned side = 0; side < VMSA_TLB_NR_SIDES; side++)
			if (mask >> region & 1)
				sum += point->misses[region][side];
	return sum;
}

uint64_t sweep_accesses(const struct sweep_plan *plan,
			const struct sweep_cell *cell,
			const struct sweep_target *target)
{
	const enum vmsa_sweep_structure s = target->structure;
	const bool split = plan->setup.tlb.l2i.entries;
	const bool data = s == VMSA_SWEEP_L1D || s == VMSA_SWEEP_L2;
	const bool fetch =
		s != VMSA_SWEEP_L1D && !(s == VMSA_SWEEP_L2 && split);
	uint64_t sum = 0;

	for (unsigned region = 0; region < VMSA_TLB_NR_REGIONS; region++) {
		const uint64_t *n = cell->totals.accesses[region];

		sum += data ? n[VMSA_TLB_DATA] : 0;
		sum += fetch ? n[VMSA_TLB_FETCH] : 0;
	}
	return sum;
}

double sweep_mpki(const struct sweep_cell *cell, uint64_t count)
{
	const uint64_t n = cell->totals.instructions;

	return n ? (double)count * 1000 / (double)n : 0;
}

/* A text that may hold commas and quotes. */
static void write_text(const char *text, FILE *f)
{
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

/* What the lines of a cell start with. */
static void write_place(const struct sweep_plan *p, size_t map, size_t trace,
			const struct vmsa_sweep_config *c, FILE *f)
{
	char label[64];

	trace_label(p->traces[trace].name, label, sizeof(label));
	write_text(label, f);
	fprintf(f, ",%u,%s,%s,%u,%u,", 1u << p->maps[map].granule_shift,
		vmsa_linux_mapping_name(p->maps[map].mapping),
		sweep_structure_name(c->structure), c->replay.tlb.l1d.entries,
		c->replay.tlb.l1i.entries);
}

static void write_point(const struct sweep_cell *cell, uint64_t accesses,
			const struct vmsa_sweep_point *point, FILE *f)
{
	const uint64_t all = sweep_misses(point, VMSA_REPLAY_ALL);

	fprintf(f, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.6f",
		cell->totals.instructions, accesses, all,
		sweep_mpki(cell, all));
	for (unsigned r = 0; r < VMSA_TLB_NR_REGIONS; r++)
		fprintf(f, ",%" PRIu64, sweep_misses(point, 1u << r));
	fputc('\n', f);
}

/* The lines of one cell. */
static int write_cell(const struct sweep_plan *p, size_t map, size_t trace,
		      size_t target, FILE *f)
{
	const struct sweep_target *t = &p->targets[target];
	const struct sweep_cell *cell = sweep_cell_of(p, map, trace, target);
	struct vmsa_tlb_array *shapes = calloc(t->nr_shapes, sizeof(*shapes));
	const struct vmsa_tlb_array *shape = shapes;
	struct vmsa_sweep_config c;

	if (!shapes)
		return complain("out of memory");
	sweep_config(p, t, &p->traces[trace], shapes, &c);
	for (size_t i = 0; i < t->nr_shapes; i++) {
		if (sweep_hidden(&p->traces[trace], t, &t->shapes[i]))
			continue;
		write_place(p, map, trace, &c, f);
		fprintf(f, "%u,%u,%s,", shape->entries, shape->ways,
			vmsa_sweep_method_name(vmsa_sweep_method(&c, shape)));
		write_point(cell, sweep_accesses(p, cell, t), &cell->points[i],
			    f);
		shape++;
	}
	free(shapes);
	return EXIT_DONE;
}

static int write_all(const struct sweep_plan *p, FILE *f)
{
	int ret = EXIT_DONE;

	fputs("trace,granule,mapping,structure,l1d,l1i,entries,ways,method,"
	      "instructions,accesses,misses,mpki,user,linear,image,other\n",
	      f);
	for (size_t trace = 0; trace < p->nr_traces; trace++)
		for (size_t map = 0; map < p->nr_maps; map++)
			for (size_t target = 0; target < p->nr_targets;
			     target++)
				ret = worse_of(ret, write_cell(p, map, trace,
							       target, f));
	return ret;
}

int sweep_write_csv(const struct sweep_plan *plan, const char *name)
{
	FILE *f;
	int ret;

	if (!strcmp(name, "-"))
		return write_all(plan, stdout);
	f = fopen(name, "w");
	if (!f)
		return complain("%s: %s", name, strerror(errno));
	ret = write_all(plan, f);
	if (ferror(f))
		ret = complain("%s: could not be written", name);
	if (fclose(f))
		ret = complain("%s: %s", name, strerror(errno));
	return ret;
}
