/* SPDX-License-Identifier: BSD-2-Clause */
#include "part.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "traces.h"

/* Records read at a time: 100 KiB, which stay in the host's L2. */
#define BATCH 2048

/* Warm-up if none is asked for, and how much of a short trace at most. */
#define WARMUP       UINT64_C(100000000)
#define WARMUP_SHARE 2

/* Threads do not print: the sentence waits until all of them have ended. */
int part_fail(struct part *part, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(part->complaint, sizeof(part->complaint), fmt, ap);
	va_end(ap);
	return EXIT_BAD;
}

int part_fail_error(struct part *part, int ret, const struct vmsa_error *err)
{
	if (!err->text[0])
		return part_fail(part, "%s: %s", part->job->trace,
				 strerror(-ret));
	if (err->unit)
		return part_fail(part, "%s: %s %llu: %s", err->file, err->unit,
				 (unsigned long long)err->offset, err->text);
	return part_fail(part, "%s: %s", err->file, err->text);
}

/* The stamp at which counting starts. */
static uint64_t warmup_end(const struct replay_setup *setup,
			   const struct vmsa_trace_totals *t)
{
	const uint64_t most = (t->end_insn - t->first_insn) / WARMUP_SHARE;
	uint64_t n = setup->warmup;

	if (n == NOT_GIVEN)
		n = WARMUP < most ? WARMUP : most;
	return t->first_insn + n;
}

/* Memory the linear map maps, and so recorded memory can be placed in. */
static struct vmsa_range *mapped_ram(const struct vmsa_linux *sys, size_t *n)
{
	size_t all;
	const struct vmsa_linux_region *m = vmsa_linux_regions(sys, &all);
	struct vmsa_range *ram = calloc(all, sizeof(*ram));

	*n = 0;
	for (size_t i = 0; ram && i < all; i++) {
		if (!m[i].nomap)
			ram[(*n)++] =
				(struct vmsa_range){ m[i].start, m[i].size };
	}
	return ram;
}

/* The options' placement in the words of the library. */
static struct vmsa_replay_placement placement_of(const struct placement_args *p,
						 uint64_t seed)
{
	return (struct vmsa_replay_placement){
		.how = p->scatter ? VMSA_REPLAY_SCATTER
				  : VMSA_REPLAY_AS_RECORDED,
		.unit_pages_shift = (unsigned)p->shift,
		.size = p->size,
		.seed = seed,
	};
}

int part_refused(struct part *part, int ret)
{
	const char *trace = part->job->trace;

	if (ret == -ERANGE)
		return part_fail(
			part,
			"%s: the recorded memory does not fit into that "
			"of the machine, or into the scattered part",
			trace);
	if (ret == -EINVAL)
		return part_fail(
			part,
			"%s: the recorder's filter holds more pages than "
			"the first-level TLBs of this CPU",
			trace);
	if (ret == -ENOTSUP)
		return part_fail(part,
				 "%s: the TLBs of this CPU do what the model "
				 "does not yet; --cpu takes another one",
				 trace);
	return part_fail(part, "%s: %s", trace, strerror(-ret));
}

int part_config(struct part *part, size_t i, struct vmsa_replay_config *out)
{
	const struct replay_setup *setup = part->job->setup;
	const struct job_lane *lane = &part->job->lane[part->first + i];
	struct vmsa_replay_config c = {
		.tlb = setup->tlb,
		.data_filter = vmsa_trace_data_filter(part->trace),
		.fetch_filter = vmsa_trace_fetch_filter(part->trace),
		.fetch = !setup->data_only,
		.warmup = warmup_end(setup,
				     vmsa_trace_totals(part->trace, part->cpu)),
		.cpi = (uint32_t)setup->cpi,
		.linear = vmsa_tlb_space_walker(vmsa_linux_space(lane->sys)),
		.linear_base = vmsa_linux_layout(lane->sys)->linear_start,
		.placement = placement_of(&lane->placement, setup->seed),
	};
	struct vmsa_error err = { 0 };
	int ret = vmsa_trace_machine(part->trace, &c.recorded, &err);

	if (ret)
		return part_fail_error(part, ret, &err);
	c.phys_base = vmsa_linux_pa(lane->sys, c.linear_base);
	c.ram = mapped_ram(lane->sys, &c.nr_ram);
	if (!c.ram)
		return part_fail(part, "out of memory");
	*out = c;
	return EXIT_DONE;
}

/* A replay of this trace over all lanes. */
static int make_replay(struct part *part)
{
	struct vmsa_replay_config *c = calloc(part->n, sizeof(*c));
	int ret = EXIT_DONE;

	if (!c)
		return part_fail(part, "out of memory");
	for (size_t i = 0; i < part->n && !ret; i++)
		ret = part_config(part, i, &c[i]);
	if (!ret) {
		ret = vmsa_replay_create_many(c, part->n, &part->replay);
		ret = ret ? part_refused(part, ret) : EXIT_DONE;
	}
	for (size_t i = 0; i < part->n; i++)
		free((void *)c[i].ram);
	free(c);
	return ret;
}

/* The whole stream, batch by batch. */
static int pump(struct part *part)
{
	struct vmsa_error err = { 0 };
	size_t n;
	int ret;

	for (;;) {
		ret = vmsa_trace_read(part->stream, part->batch, BATCH, &n,
				      &err);
		if (!ret && n)
			ret = vmsa_replay_feed(part->replay, part->batch, n);
		if (ret)
			return part_fail_error(part, ret, &err);
		if (!n)
			return EXIT_DONE;
		__atomic_fetch_add(part->job->done, n * part->n,
				   __ATOMIC_RELAXED);
	}
}

/* One CPU of the trace, with TLBs of its own. */
static int run_stream(struct part *part)
{
	const struct vmsa_trace_totals *t =
		vmsa_trace_totals(part->trace, part->cpu);
	int ret;

	part->batch = malloc(BATCH * sizeof(*part->batch));
	part->results = calloc(part->n, sizeof(*part->results));
	if (!part->batch || !part->results ||
	    vmsa_trace_stream_create(part->trace, part->cpu, &part->stream))
		return part_fail(part, "out of memory");
	ret = make_replay(part);
	if (!ret)
		ret = pump(part);
	for (size_t i = 0; i < part->n && !ret; i++)
		vmsa_replay_finish_lane(part->replay, i, t->end_insn,
					&part->results[i]);
	return ret;
}

/* Damage at a trace's end is known before work begins. */
void part_run(struct part *part)
{
	struct vmsa_error err = { 0 };
	int ret;

	if (trace_open(part->job->trace, &part->trace)) {
		part_fail(part, "%s cannot be opened", part->job->trace);
		return;
	}
	ret = vmsa_trace_damage(part->trace, &err);
	if (ret)
		part_fail_error(part, ret, &err);
	else
		run_stream(part);
	vmsa_replay_destroy(part->replay);
	vmsa_trace_stream_destroy(part->stream);
	free(part->batch);
	vmsa_trace_close(part->trace);
}
