/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep.c - vmsa sweep: the misses of TLBs of many shapes
 *
 * As in vmsa compare, one map after the other; what is to be counted over one
 * of them goes in parallel, and is dealt out to the processes of mpirun.
 */
#include "sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "say.h"
#include "traces.h"

static const uint64_t usual_mappings[] = { VMSA_MAPPING_PTE, VMSA_MAPPING_CONT,
					   VMSA_MAPPING_BLOCK };
static const uint64_t usual_granules[] = { 12 };
static const uint64_t usual_ways[] = { 1, 2, 4, 8, 0 };
static const uint64_t full_ways[] = { 0 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *sweep_structure_name(enum vmsa_sweep_structure structure)
{
	static const char *const names[] = { "l1d", "l1i", "l2", "l2i" };

	return names[structure];
}

/* --- shapes --------------------------------------------------------------- */

static bool is_first(enum vmsa_sweep_structure structure)
{
	return structure == VMSA_SWEEP_L1D || structure == VMSA_SWEEP_L1I;
}

static bool is_full(const struct vmsa_tlb_array *shape)
{
	return shape->ways == shape->entries;
}

/* The swept structure among the TLBs. */
static struct vmsa_tlb_array *array_of(struct vmsa_tlb_config *tlb,
				       enum vmsa_sweep_structure structure)
{
	struct vmsa_tlb_array *const all[] = { &tlb->l1d, &tlb->l1i, &tlb->l2,
					       &tlb->l2i };

	return all[structure];
}

bool sweep_hidden(const struct sweep_trace *trace,
		  const struct sweep_target *target,
		  const struct vmsa_tlb_array *shape)
{
	unsigned filter;

	if (!is_first(target->structure))
		return false;
	filter = trace->filter[target->structure == VMSA_SWEEP_L1D
				       ? VMSA_TLB_DATA
				       : VMSA_TLB_FETCH];
	return filter && (!is_full(shape) || shape->entries < filter);
}

void sweep_config(const struct sweep_plan *plan,
		  const struct sweep_target *target,
		  const struct sweep_trace *trace,
		  struct vmsa_tlb_array *shapes, struct vmsa_sweep_config *out)
{
	struct vmsa_tlb_config tlb = plan->setup.tlb;
	struct vmsa_tlb_array own = *array_of(&tlb, target->structure);

	/* A structure the CPU has not holds what its first level does. */
	if (!own.entries)
		own = tlb.l1d;
	if (target->l1) {
		tlb.l1d.entries = tlb.l1d.ways = target->l1;
		tlb.l1i.entries = tlb.l1i.ways = target->l1;
	}
	*out = (struct vmsa_sweep_config){ .replay.tlb = tlb,
					   .structure = target->structure,
					   .shapes = shapes };
	for (size_t i = 0; i < target->nr_shapes; i++) {
		if (sweep_hidden(trace, target, &target->shapes[i]))
			continue;
		own.entries = target->shapes[i].entries;
		own.ways = target->shapes[i].ways;
		shapes[out->nr_shapes++] = own;
	}
}

/* By ways, full ones last, then by entries. */
static int by_shape(const void *a, const void *b)
{
	const struct vmsa_tlb_array *x = a, *y = b;

	if (is_full(x) != is_full(y))
		return is_full(x) - is_full(y);
	if (!is_full(x) && x->ways != y->ways)
		return x->ways < y->ways ? -1 : 1;
	return (x->entries > y->entries) - (x->entries < y->entries);
}

static void add_shape(struct sweep_target *t, uint64_t entries, uint64_t ways)
{
	for (size_t i = 0; i < t->nr_shapes; i++)
		if (t->shapes[i].entries == entries &&
		    t->shapes[i].ways == ways)
			return;
	if (t->nr_shapes < MAX_SHAPES)
		t->shapes[t->nr_shapes++] = (struct vmsa_tlb_array){
			.entries = (uint32_t)entries,
			.ways = (uint32_t)ways,
		};
}

/* Sizes of @ways, 0 for full, that can be: sets are a power of two. */
static void add_sizes(const struct sweep_args *s, struct sweep_target *t,
		      uint64_t ways)
{
	const bool first = is_first(t->structure);
	const uint64_t low = s->low ? s->low : first ? 16 : 64;
	const uint64_t high = s->high ? s->high : first ? 512 : 8192;

	if (!ways) {
		for (uint64_t n = low; n <= high; n += s->step ? s->step : n)
			add_shape(t, n, n);
		return;
	}
	for (uint64_t n = ways; n <= high; n *= 2)
		if (n >= low)
			add_shape(t, n, ways);
}

/* All that is asked for, and the CPU's own if nothing special is. */
static void add_shapes(const struct sweep_plan *p, struct sweep_target *t)
{
	const struct sweep_args *s = &p->args->sweep;
	struct vmsa_tlb_config tlb = p->setup.tlb;
	const struct vmsa_tlb_array *own = array_of(&tlb, t->structure);
	const uint64_t *ways = is_first(t->structure) ? full_ways : usual_ways;
	size_t n =
		is_first(t->structure) ? COUNT(full_ways) : COUNT(usual_ways);

	if (s->nr_ways) {
		ways = s->ways;
		n = s->nr_ways;
	}
	for (size_t i = 0; i < n; i++)
		add_sizes(s, t, ways[i]);
	if (!s->nr_ways && !s->high && own->entries)
		add_shape(t, own->entries, own->ways);
	qsort(t->shapes, t->nr_shapes, sizeof(*t->shapes), by_shape);
}

/* --- the plan ------------------------------------------------------------- */

static int add_target(struct sweep_plan *p, enum vmsa_sweep_structure structure,
		      uint64_t l1)
{
	struct sweep_target *t = &p->targets[p->nr_targets++];

	t->structure = structure;
	t->l1 = (uint32_t)l1;
	t->shapes = calloc(MAX_SHAPES, sizeof(*t->shapes));
	if (!t->shapes)
		return complain("out of memory");
	add_shapes(p, t);
	if (t->nr_shapes == MAX_SHAPES)
		return complain("--entries and --ways name more than %d "
				"shapes: a larger STEP would do",
				MAX_SHAPES - 1);
	if (!t->nr_shapes)
		return complain("no %s has so many entries and ways: their "
				"quotient is a power of two",
				sweep_structure_name(structure));
	return EXIT_DONE;
}

static int plan_targets(struct sweep_plan *p)
{
	const struct sweep_args *s = &p->args->sweep;
	const bool split = p->setup.tlb.l2i.entries;
	int ret = EXIT_DONE;

	for (unsigned i = 0; i < VMSA_SWEEP_NR_STRUCTURES && !ret; i++) {
		const enum vmsa_sweep_structure structure = i;
		const bool fetch = i == VMSA_SWEEP_L1I || i == VMSA_SWEEP_L2I;

		if (s->structures && !(s->structures >> i & 1))
			continue;
		if (i == VMSA_SWEEP_L2I && !split && s->structures)
			return complain("this CPU's second level is for data "
					"and instructions: it is the l2");
		if ((i == VMSA_SWEEP_L2I && !split) ||
		    (fetch && p->setup.data_only))
			continue;
		if (is_first(structure) || !s->nr_l1)
			ret = add_target(p, structure, 0);
		for (size_t k = 0; !is_first(structure) && k < s->nr_l1 && !ret;
		     k++)
			ret = add_target(p, structure, s->l1[k]);
	}
	if (!ret && !p->nr_targets)
		ret = complain("--data-only leaves none of these structures "
			       "anything to do");
	return ret;
}

static int make_cells(struct sweep_plan *p)
{
	const size_t n = p->nr_maps * p->nr_traces * p->nr_targets;

	p->cells = calloc(n, sizeof(*p->cells));
	if (!p->cells)
		return complain("out of memory");
	for (size_t i = 0; i < n; i++) {
		p->cells[i].points =
			calloc(p->targets[i % p->nr_targets].nr_shapes,
			       sizeof(*p->cells[i].points));
		if (!p->cells[i].points)
			return complain("out of memory");
	}
	return EXIT_DONE;
}

static int plan_traces(struct sweep_plan *p)
{
	for (size_t i = 0; i < p->nr_traces; i++) {
		struct sweep_trace *t = &p->traces[i];
		struct vmsa_trace *trace;

		t->name = p->args->replay.traces[i];
		if (trace_open(t->name, &trace) ||
		    job_size(t->name, p->args->replay.warmup, &t->records,
			     &t->cpus))
			return EXIT_BAD;
		t->filter[VMSA_TLB_DATA] = vmsa_trace_data_filter(trace);
		t->filter[VMSA_TLB_FETCH] = vmsa_trace_fetch_filter(trace);
		vmsa_trace_close(trace);
	}
	return EXIT_DONE;
}

static void plan_maps(struct sweep_plan *p)
{
	const struct sweep_args *s = &p->args->sweep;
	const uint64_t *mappings =
		s->nr_mappings ? s->mappings : usual_mappings;
	const uint64_t *granules =
		s->nr_granules ? s->granules : usual_granules;
	const size_t ng = s->nr_granules ? s->nr_granules : 1;
	const size_t nm =
		s->nr_mappings ? s->nr_mappings : COUNT(usual_mappings);

	for (size_t g = 0; g < ng; g++)
		for (size_t m = 0; m < nm; m++)
			p->maps[p->nr_maps++] = (struct sweep_map){
				.granule_shift = granules[g],
				.mapping = mappings[m],
			};
}

/* --- the command ---------------------------------------------------------- */

/* The machine and its kernel for the granule of a map. */
static int open_system(const struct sweep_plan *p, size_t map,
		       struct system *system)
{
	struct machine_args args = p->args->machine;

	if (map && p->maps[map].granule_shift == p->maps[map - 1].granule_shift)
		return EXIT_DONE;
	system_close(system);
	args.granule_shift = p->maps[map].granule_shift;
	return system_open(&args, system);
}

/* Map by map: two at once would double the host memory needed. */
static int run_all(struct sweep_plan *p, struct system *system)
{
	uint64_t total = 0, done = 0;
	struct progress bar;
	int ret = EXIT_DONE;

	for (size_t map = 0; map < p->nr_maps && !ret; map++) {
		ret = open_system(p, map, system);
		if (!ret)
			ret = system_boot(system, p->maps[map].mapping);
		if (ret)
			break;
		ret = setup_tlb(system, p->args->replay.tlb, &p->setup.tlb,
				&p->notes);
		if (!map) {
			ret = ret ? ret : plan_targets(p);
			ret = ret ? ret : make_cells(p);
			for (size_t i = 0; i < p->nr_traces; i++)
				total += p->traces[i].records * p->nr_targets *
					 p->nr_maps;
			progress_start(&bar, "sweep", total / p->ranks.count);
			bar.on &= p->ranks.mine == 0;
		}
		if (!ret)
			ret = sweep_run(p, map, system->linux_system, &bar,
					&done);
	}
	if (p->nr_targets)
		progress_end(&bar);
	return ret;
}

/* What each process counted, in the first; it alone reports. */
static int report(struct sweep_plan *p, const struct system *system)
{
	const size_t n = p->nr_maps * p->nr_traces * p->nr_targets;
	int ret = EXIT_DONE;

	for (size_t i = 0; i < n; i++) {
		struct sweep_cell *cell = &p->cells[i];
		const size_t shapes = p->targets[i % p->nr_targets].nr_shapes;

		ranks_sum(&p->ranks, (uint64_t *)&cell->totals,
			  sizeof(cell->totals) / sizeof(uint64_t));
		ranks_sum(&p->ranks, (uint64_t *)cell->points,
			  shapes * sizeof(*cell->points) / sizeof(uint64_t));
	}
	if (p->ranks.mine)
		return EXIT_DONE;
	p->machine = system->machine;
	if (p->args->sweep.csv)
		ret = sweep_write_csv(p, p->args->sweep.csv);
	if (!ret && p->args->json)
		ret = sweep_write(p);
	else if (!ret &&
		 (!p->args->sweep.csv || strcmp(p->args->sweep.csv, "-") != 0))
		sweep_print(p);
	return ret;
}

static void plan_free(struct sweep_plan *p)
{
	const size_t n = p->nr_maps * p->nr_traces * p->nr_targets;

	for (size_t i = 0; p->cells && i < n; i++)
		free(p->cells[i].points);
	free(p->cells);
	for (size_t i = 0; i < p->nr_targets; i++)
		free(p->targets[i].shapes);
	free(p);
}

static int check_words(const struct args *args)
{
	if (!args->replay.nr_traces)
		return complain("sweep wants --trace; 'vmsa trace info' shows "
				"what one holds");
	if (args->json && args->sweep.csv && !strcmp(args->sweep.csv, "-"))
		return complain("--json and --csv - would both be on stdout");
	return EXIT_DONE;
}

static int run(const struct args *args)
{
	struct sweep_plan *p = calloc(1, sizeof(*p));
	struct system system = { 0 };
	int ret = check_words(args);

	if (!p)
		return complain("out of memory");
	p->args = args;
	p->setup = (struct replay_setup){
		.seed = args->replay.seed,
		.warmup = args->replay.warmup,
		.data_only = args->replay.data_only,
		.threads = (unsigned)args->replay.threads,
	};
	p->nr_traces = args->replay.nr_traces;
	ranks_start(&p->ranks);
	plan_maps(p);
	if (!ret)
		ret = plan_traces(p);
	if (!ret)
		ret = run_all(p, &system);
	ret = ranks_worst(&p->ranks, ret);
	if (!ret)
		ret = report(p, &system);
	ranks_end(&p->ranks);
	system_close(&system);
	plan_free(p);
	return ret;
}

const struct command sweep_command = {
	.name = "sweep",
	.summary = "Count the misses of TLBs of many sizes and "
		   "associativities, in one pass each",
	.machine = "qemu-virt",
	.groups = { &trace_options, &sweep_options, &replay_options,
		    &machine_options, &common_options },
	.run = run,
};
