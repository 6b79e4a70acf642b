/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep_run.c - a task is one CPU's stream of one trace for one target
 */
#include <errno.h>
#include <stdlib.h>

#include "part.h"
#include "pool.h"
#include "say.h"
#include "sweep.h"
#include "traces.h"

/* Records read at a time: 100 KiB, which stay in the host's L2. */
#define BATCH 2048

struct task {
	const struct sweep_plan *plan;
	struct job job; /* of the trace, with one lane */
	struct job_lane lane;
	struct part part; /* the stream; keeps the complaint */
	size_t trace, target;
	struct vmsa_sweep_totals totals;
	struct vmsa_sweep_point *points; /* of shapes that are not hidden */
};

/* The whole stream, batch by batch. */
static int pump(struct task *t, struct vmsa_trace_stream *stream,
		struct vmsa_sweep *sweep)
{
	struct vmsa_trace_record *batch = malloc(BATCH * sizeof(*batch));
	struct vmsa_error err = { 0 };
	size_t n;
	int ret;

	if (!batch)
		return part_fail(&t->part, "out of memory");
	do {
		ret = vmsa_trace_read(stream, batch, BATCH, &n, &err);
		if (!ret && n)
			ret = vmsa_sweep_feed(sweep, batch, n);
		__atomic_fetch_add(t->job.done, n, __ATOMIC_RELAXED);
	} while (!ret && n);
	free(batch);
	return ret ? part_fail_error(&t->part, ret, &err) : EXIT_DONE;
}

static int sweep_stream(struct task *t, struct vmsa_trace *trace,
			struct vmsa_sweep_config *config)
{
	const struct vmsa_trace_totals *totals =
		vmsa_trace_totals(trace, t->part.cpu);
	struct vmsa_trace_stream *stream = NULL;
	struct vmsa_sweep *sweep = NULL;
	int ret = vmsa_sweep_create(config, &sweep);

	if (ret == -ENOTSUP)
		ret = part_fail(&t->part,
				"%s: this needs a full simulation "
				"that is not modelled",
				t->job.trace);
	else if (ret)
		ret = part_refused(&t->part, ret);
	else if (vmsa_trace_stream_create(trace, t->part.cpu, &stream))
		ret = part_fail(&t->part, "out of memory");
	else
		ret = pump(t, stream, sweep);
	if (!ret)
		vmsa_sweep_finish(sweep, totals->end_insn, &t->totals,
				  t->points);
	vmsa_sweep_destroy(sweep);
	vmsa_trace_stream_destroy(stream);
	return ret;
}

/* The trace's part of the configuration, and all the rest. */
static int sweep_trace(struct task *t, struct vmsa_trace *trace)
{
	const struct sweep_target *target = &t->plan->targets[t->target];
	struct vmsa_tlb_array *shapes =
		calloc(target->nr_shapes, sizeof(*shapes));
	struct vmsa_sweep_config config;
	struct vmsa_tlb_config tlb;
	int ret;

	t->points = calloc(target->nr_shapes, sizeof(*t->points));
	if (!shapes || !t->points) {
		free(shapes);
		return part_fail(&t->part, "out of memory");
	}
	sweep_config(t->plan, target, &t->plan->traces[t->trace], shapes,
		     &config);
	tlb = config.replay.tlb;
	ret = part_config(&t->part, 0, &config.replay);
	if (!ret) {
		config.replay.tlb = tlb;
		ret = sweep_stream(t, trace, &config);
		free((void *)config.replay.ram);
	}
	free(shapes);
	return ret;
}

static void work(void *arg, size_t i)
{
	struct task *t = &((struct task *)arg)[i];
	struct vmsa_error err = { 0 };
	struct vmsa_trace *trace;
	int ret = trace_open(t->job.trace, &trace);

	if (ret) {
		part_fail(&t->part, "%s cannot be opened", t->job.trace);
		return;
	}
	t->part.trace = trace;
	ret = vmsa_trace_damage(trace, &err);
	if (ret)
		part_fail_error(&t->part, ret, &err);
	else
		sweep_trace(t, trace);
	vmsa_trace_close(trace);
}

static void add(uint64_t *to, const void *from, size_t bytes)
{
	for (size_t i = 0; i < bytes / sizeof(*to); i++)
		to[i] += ((const uint64_t *)from)[i];
}

/* The counts of several CPUs add up. */
static void add_task(struct sweep_cell *cell, const struct task *t)
{
	const struct sweep_target *target = &t->plan->targets[t->target];
	const struct sweep_trace *trace = &t->plan->traces[t->trace];
	const struct vmsa_sweep_point *from = t->points;

	add((uint64_t *)&cell->totals, &t->totals, sizeof(t->totals));
	for (size_t i = 0; i < target->nr_shapes; i++)
		if (!sweep_hidden(trace, target, &target->shapes[i]))
			add((uint64_t *)&cell->points[i], from++,
			    sizeof(*from));
}

static size_t count_tasks(const struct sweep_plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nr_traces; i++)
		n += p->traces[i].cpus * p->nr_targets;
	return n;
}

/* Anything of this target that the trace's filter does not hide? */
static bool shows(const struct sweep_trace *trace,
		  const struct sweep_target *target)
{
	for (size_t i = 0; i < target->nr_shapes; i++)
		if (!sweep_hidden(trace, target, &target->shapes[i]))
			return true;
	return false;
}

/* This process's share of the tasks of one map. */
static size_t make_tasks(struct sweep_plan *p, size_t map,
			 const struct vmsa_linux *sys, uint64_t *done,
			 struct task *tasks)
{
	size_t n = 0, at = map * count_tasks(p);

	for (size_t trace = 0; trace < p->nr_traces; trace++)
		for (size_t i = 0; i < p->nr_targets * p->traces[trace].cpus;
		     i++) {
			const size_t target = i % p->nr_targets;
			struct task *t;

			if (!ranks_deal(&p->ranks, at++) ||
			    !shows(&p->traces[trace], &p->targets[target]))
				continue;
			t = &tasks[n++];
			t->plan = p;
			t->trace = trace;
			t->target = target;
			t->lane.sys = sys;
			t->lane.placement = p->args->replay.placement;
			t->job.setup = &p->setup;
			t->job.trace = p->traces[trace].name;
			t->job.lane = &t->lane;
			t->job.nr_lanes = 1;
			t->job.done = done;
			t->part.job = &t->job;
			t->part.cpu = (unsigned)(i / p->nr_targets);
			t->part.n = 1;
		}
	return n;
}

int sweep_run(struct sweep_plan *plan, size_t map, const struct vmsa_linux *sys,
	      struct progress *bar, uint64_t *done)
{
	struct task *tasks = calloc(count_tasks(plan), sizeof(*tasks));
	struct pool pool = {
		.work = work,
		.arg = tasks,
		.threads = plan->setup.threads,
		.bar = bar,
		.done = done,
	};
	int ret = EXIT_DONE;

	if (!tasks)
		return complain("out of memory");
	pool.n = make_tasks(plan, map, sys, done, tasks);
	if (pool.n)
		pool_run(&pool);
	for (size_t i = 0; i < pool.n; i++) {
		struct task *t = &tasks[i];

		if (t->part.complaint[0]) {
			progress_end(bar);
			ret = complain("%s", t->part.complaint);
		} else {
			add_task(sweep_cell_of(plan, map, t->trace, t->target),
				 t);
		}
		free(t->points);
	}
	free(tasks);
	return ret;
}
