/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep_report.c - tables of a sweep, as text and as JSON
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "sheet.h"
#include "sweep.h"
#include "traces.h"

/* Heads of a table: two columns, and two for each mapping. */
#define MAX_HEADS (3 + 2 * VMSA_NR_MAPPINGS)
#define HEAD_TEXT 24

static const char *const titles[] = {
	[VMSA_SWEEP_L1D] = "first level, data",
	[VMSA_SWEEP_L1I] = "first level, instructions",
	[VMSA_SWEEP_L2] = "second level",
	[VMSA_SWEEP_L2I] = "second level, instructions",
};

/* --- text ----------------------------------------------------------------- */

/* "fully associative by stack distances; ...", one line for each method. */
static void print_methods(const struct vmsa_sweep_config *c)
{
	static const char *const of[] = {
		[VMSA_SWEEP_STACK] = "fully associative: one pass, by",
		[VMSA_SWEEP_SETS] = "set-associative: one pass, by",
	};
	const char *told = NULL;

	for (int m = VMSA_SWEEP_STACK; m <= VMSA_SWEEP_SETS; m++)
		for (size_t i = 0; i < c->nr_shapes; i++)
			if ((int)vmsa_sweep_method(c, &c->shapes[i]) == m) {
				printf("  %s %s\n", of[m],
				       vmsa_sweep_method_name(
					       (enum vmsa_sweep_method)m));
				break;
			}
	for (size_t i = 0; i < c->nr_shapes; i++) {
		const char *why = vmsa_sweep_why(c, &c->shapes[i]);

		if (why && why != told)
			printf("  %u entries %u-way and others: %s, since %s\n",
			       c->shapes[i].entries, c->shapes[i].ways,
			       vmsa_sweep_method_name(VMSA_SWEEP_FULL), why);
		told = why ? why : told;
	}
}

static void print_title(const struct sweep_plan *p, size_t map, size_t trace,
			const struct vmsa_sweep_config *c,
			const struct sweep_target *t)
{
	const struct sweep_cell *cell =
		sweep_cell_of(p, map, trace, (size_t)(t - p->targets));
	char label[64], text[NUMBER_TEXT];

	trace_label(p->traces[trace].name, label, sizeof(label));
	printf("\n%s, %uK pages, %s", label,
	       1u << (p->maps[map].granule_shift - 10), titles[c->structure]);
	if (c->structure >= VMSA_SWEEP_L2)
		printf(" behind %u and %u entries", c->replay.tlb.l1d.entries,
		       c->replay.tlb.l1i.entries);
	printf(": %s instructions\n",
	       count_text(cell->totals.instructions, text));
	print_methods(c);
	if (c->nr_shapes < t->nr_shapes)
		printf("  left out: what the trace's filter of %u pages hides, "
		       "fewer entries than that or sets\n",
		       p->traces[trace].filter[c->structure == VMSA_SWEEP_L1I]);
}

/* Misses and misses per thousand instructions, mapping by mapping. */
static void print_rows(const struct sweep_plan *p, size_t map, size_t mappings,
		       size_t trace, const struct sweep_target *t)
{
	char text[MAX_HEADS][HEAD_TEXT], number[NUMBER_TEXT];
	const char *heads[MAX_HEADS] = { "entries", "ways" };
	struct sheet sheet;

	for (size_t m = 0; m < mappings; m++) {
		const char *name =
			vmsa_linux_mapping_name(p->maps[map + m].mapping);

		snprintf(text[2 * m], HEAD_TEXT, "%s misses", name);
		snprintf(text[2 * m + 1], HEAD_TEXT, "MPKI");
		heads[2 + 2 * m] = text[2 * m];
		heads[3 + 2 * m] = text[2 * m + 1];
	}
	heads[2 + 2 * mappings] = NULL;
	sheet_open(&sheet, heads);
	for (size_t i = 0; i < t->nr_shapes; i++) {
		const struct vmsa_tlb_array *shape = &t->shapes[i];

		if (sweep_hidden(&p->traces[trace], t, shape))
			continue;
		sheet_cell(&sheet, "%u", shape->entries);
		if (shape->ways == shape->entries)
			sheet_cell(&sheet, "full");
		else
			sheet_cell(&sheet, "%u", shape->ways);
		for (size_t m = 0; m < mappings; m++) {
			const struct sweep_cell *cell = sweep_cell_of(
				p, map + m, trace, (size_t)(t - p->targets));
			const uint64_t n =
				sweep_misses(&cell->points[i], VMSA_REPLAY_ALL);

			sheet_cell(&sheet, "%s", count_text(n, number));
			sheet_cell(&sheet, "%.4f", sweep_mpki(cell, n));
		}
	}
	sheet_close(&sheet, stdout);
}

/* Maps of one granule are side by side; @maps of them from @map on. */
static void print_granule(const struct sweep_plan *p, size_t map, size_t maps,
			  size_t trace)
{
	struct vmsa_tlb_array *shapes = calloc(MAX_SHAPES, sizeof(*shapes));
	struct vmsa_sweep_config c;

	for (size_t i = 0; shapes && i < p->nr_targets; i++) {
		const struct sweep_target *t = &p->targets[i];

		sweep_config(p, t, &p->traces[trace], shapes, &c);
		print_title(p, map, trace, &c, t);
		if (c.nr_shapes)
			print_rows(p, map, maps, trace, t);
	}
	free(shapes);
}

static size_t maps_of_granule(const struct sweep_plan *p, size_t map)
{
	size_t n = 1;

	while (map + n < p->nr_maps &&
	       p->maps[map + n].granule_shift == p->maps[map].granule_shift)
		n++;
	return n;
}

void sweep_print(const struct sweep_plan *plan)
{
	printf("machine     %s\n", vmsa_machine_model(plan->machine));
	setup_print_tlb(&plan->setup.tlb, &plan->notes);
	for (size_t trace = 0; trace < plan->nr_traces; trace++)
		for (size_t map = 0; map < plan->nr_maps;
		     map += maps_of_granule(plan, map))
			print_granule(plan, map, maps_of_granule(plan, map),
				      trace);
}

/* --- JSON ----------------------------------------------------------------- */

static void write_point(const struct vmsa_sweep_config *c,
			const struct vmsa_tlb_array *shape,
			const struct sweep_cell *cell,
			const struct vmsa_sweep_point *point, struct doc *d)
{
	static const char *const regions[] = { "user", "linear map", "image",
					       "vmalloc etc." };
	const uint64_t all = sweep_misses(point, VMSA_REPLAY_ALL);

	doc_object(d, NULL);
	doc_count(d, "entries", shape->entries);
	doc_count(d, "ways", shape->ways);
	doc_text(d, "method",
		 vmsa_sweep_method_name(vmsa_sweep_method(c, shape)));
	doc_text(d, "why", vmsa_sweep_why(c, shape));
	doc_count(d, "misses", (int64_t)all);
	doc_number(d, "mpki", sweep_mpki(cell, all));
	doc_object(d, "by_region");
	for (unsigned r = 0; r < VMSA_TLB_NR_REGIONS; r++)
		doc_count(d, regions[r], (int64_t)sweep_misses(point, 1u << r));
	doc_end(d);
	doc_end(d);
}

static void write_cell(const struct sweep_plan *p, size_t map, size_t trace,
		       const struct sweep_target *t, struct doc *d)
{
	const struct sweep_cell *cell =
		sweep_cell_of(p, map, trace, (size_t)(t - p->targets));
	struct vmsa_tlb_array *shapes = calloc(MAX_SHAPES, sizeof(*shapes));
	const struct vmsa_tlb_array *shape = shapes;
	struct vmsa_sweep_config c;
	char label[64];

	if (!shapes)
		return;
	sweep_config(p, t, &p->traces[trace], shapes, &c);
	trace_label(p->traces[trace].name, label, sizeof(label));
	doc_object(d, NULL);
	doc_text(d, "trace", label);
	doc_count(d, "granule", 1 << p->maps[map].granule_shift);
	doc_text(d, "mapping", vmsa_linux_mapping_name(p->maps[map].mapping));
	doc_text(d, "structure", sweep_structure_name(t->structure));
	doc_count(d, "l1d_entries", c.replay.tlb.l1d.entries);
	doc_count(d, "l1i_entries", c.replay.tlb.l1i.entries);
	doc_count(d, "instructions", (int64_t)cell->totals.instructions);
	doc_count(d, "accesses", (int64_t)sweep_accesses(p, cell, t));
	doc_count(d, "unplaced", (int64_t)cell->totals.unplaced);
	doc_array(d, "points");
	for (size_t i = 0; i < t->nr_shapes; i++)
		if (!sweep_hidden(&p->traces[trace], t, &t->shapes[i]))
			write_point(&c, shape++, cell, &cell->points[i], d);
	doc_end(d);
	doc_end(d);
	free(shapes);
}

int sweep_write(const struct sweep_plan *plan)
{
	struct doc *d = doc_open();

	doc_text(d, "machine", vmsa_machine_name(plan->machine));
	setup_write_tlb(&plan->setup.tlb, &plan->notes, d);
	doc_array(d, "sweeps");
	for (size_t trace = 0; trace < plan->nr_traces; trace++)
		for (size_t map = 0; map < plan->nr_maps; map++)
			for (size_t t = 0; t < plan->nr_targets; t++)
				write_cell(plan, map, trace, &plan->targets[t],
					   d);
	doc_end(d);
	return doc_close(d, stdout);
}
