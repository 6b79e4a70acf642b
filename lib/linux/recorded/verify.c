/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify.c - boot what was recorded, do what it did, and compare
 *
 *     early-*  boot, with every recorded call: all stages
 *     ops-*    load stage 01, make the recorded calls, compare the rest
 *     others   boot to user space, adopt the idle state, compare it
 *
 * A difference is counted and told, and the run goes on: what else differs is
 * worth knowing.  Only a file that cannot be read ends it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "linux/recorded/recorded.h"

/* One case being verified. */
struct verify {
	const struct vmsa_case *c;
	struct vmsa_linux *l; /* ours; NULL until it is booted */
	const struct vmsa_verify *how;
	struct vmsa_error *err;
	uint64_t failed; /* calls that failed since the last stage */
};

static bool same_call(const struct vmsa_linux_map *a,
		      const struct vmsa_linux_map *b)
{
	return a->pa == b->pa && a->va == b->va && a->size == b->size &&
	       a->prot == b->prot && a->flags == b->flags;
}

static void show_call(FILE *out, const char *who,
		      const struct vmsa_linux_map *m)
{
	fprintf(out,
		"  %s: map phys=0x%" PRIx64 " va=0x%" PRIx64 " size=0x%" PRIx64
		" prot=0x%" PRIx64 " flags=0x%x\n",
		who, m->pa, m->va, m->size, m->prot, m->flags);
}

/*
 * Call by call, in order: the boot has to do the same, not only to end up the
 * same.
 */
static uint64_t compare_calls(const struct call_log *theirs,
			      const struct call_log *ours,
			      const struct vmsa_verify *how)
{
	const size_t n = theirs->n > ours->n ? theirs->n : ours->n;
	uint64_t differences = 0;

	for (size_t i = 0; i < n; i++) {
		const bool both = i < theirs->n && i < ours->n;

		if (both && same_call(&theirs->v[i], &ours->v[i]))
			continue;
		if (differences++ >= how->max_shown || !how->differences)
			continue;
		if (i < theirs->n)
			show_call(how->differences, "kernel", &theirs->v[i]);
		if (i < ours->n)
			show_call(how->differences, "ours  ", &ours->v[i]);
	}
	return differences;
}

/* Compare a stage and report it; @already differences are known. */
static int report(struct verify *v, size_t stage, uint64_t already)
{
	struct vmsa_verdict verdict = { .stage = v->c->stages[stage],
					.differences = already + v->failed };
	struct stage s;
	int ret;

	v->failed = 0;
	ret = vmsa_stage_read(v->c, stage, &s, v->err);
	if (ret)
		return ret;
	ret = vmsa_stage_compare(&s, v->l, v->how, &verdict);
	free(s.lines);
	return ret ? ret : v->how->verdict(v->how->arg, &verdict);
}

/* A recorded call succeeded in the kernel; it has to succeed here. */
static void apply(struct verify *v, const struct op *op)
{
	const int ret = vmsa_op_apply(op, v->l);

	if (!ret)
		return;
	if (v->how->differences && v->failed < v->how->max_shown)
		fprintf(v->how->differences,
			"  %s of 0x%" PRIx64 "+0x%" PRIx64 " failed: %s\n",
			op->kind == OP_MAP ? "map" : "update", op->map.va,
			op->map.size, strerror(-ret));
	v->failed++;
}

/* All CPUs but the one that booted. */
static void online_others(struct verify *v)
{
	size_t n;
	const struct vmsa_cpu *cpus = vmsa_machine_cpus(v->c->machine, &n);

	for (size_t i = 1; i < n; i++)
		vmsa_linux_online_cpu(v->l, &cpus[i]);
}

/* --- idle ---------------------------------------------------------------- */

/* A stage behind calls that were not recorded. */
static int adopt_and_report(struct verify *v, size_t stage)
{
	uint64_t unexplained = 0;
	struct stage s;
	int ret;

	ret = vmsa_stage_read(v->c, stage, &s, v->err);
	if (ret)
		return ret;
	ret = vmsa_stage_adopt(&s, v->c->machine, v->l, &unexplained);
	free(s.lines);
	if (unexplained && v->how->differences)
		fprintf(v->how->differences,
			"  pages were changed that no known caller changes\n");
	return ret ? ret : report(v, stage, unexplained);
}

/* From boot to user space without any help, then what runs later. */
static int verify_idle(struct verify *v)
{
	int ret;

	ret = vmsa_case_boot(v->c, NULL, NULL, &v->l, v->err);
	if (!ret)
		ret = vmsa_linux_boot(v->l, v->c->machine);
	return ret ? ret : adopt_and_report(v, v->c->nr_stages - 1);
}

/* --- early --------------------------------------------------------------- */

/* The calls up to the first stage are the boot's own: compare, not apply. */
static int verify_paging(struct verify *v, struct ops *ops,
			 const struct call_log *ours)
{
	struct call_log theirs = { 0 };
	struct op op;
	int ret;

	while ((ret = vmsa_ops_next(ops, v->l, &op, v->err)) > 0 &&
	       op.kind != OP_PAGING_DONE) {
		if (op.kind == OP_MAP)
			vmsa_call_log_add(&theirs, &op.map);
	}
	if (ret >= 0)
		ret = theirs.failed || ours->failed
			      ? -ENOMEM
			      : report(v, 0,
				       compare_calls(&theirs, ours, v->how));
	free(theirs.v);
	return ret;
}

/* Before there were splits only the mapping calls were recorded. */
static bool has_updates(const struct verify *v)
{
	return v->l->rules->bbm_test != BBM_NEVER;
}

/*
 * From the first stage to the idle kernel.  A mark is where a dump was taken;
 * the repaint comes behind its own.
 */
static int verify_rest(struct verify *v, struct ops *ops)
{
	size_t stage = 1;
	struct op op;
	int ret;

	vmsa_linux_start_allocator(v->l);
	while ((ret = vmsa_ops_next(ops, v->l, &op, v->err)) > 0) {
		if (op.kind == OP_MAP || op.kind == OP_UPDATE) {
			apply(v, &op);
			continue;
		}
		ret = 0;
		if (stage < v->c->nr_stages) {
			ret = has_updates(v) ? report(v, stage, 0)
					     : adopt_and_report(v, stage);
			stage++;
		}
		if (!ret && op.kind == OP_CPUS_FINAL) {
			online_others(v);
			ret = vmsa_linux_finalise_cpus(v->l);
		}
		if (ret || op.kind == OP_IDLE)
			return ret;
	}
	if (!ret && stage < v->c->nr_stages)
		ret = vmsa_error_at(v->err, ops->text.name, "line", ops->line,
				    -EINVAL,
				    "the calls end before the stage %s",
				    v->c->stages[stage]);
	return ret;
}

/* Boot with both logs open, then follow the recorded one. */
static int verify_early(struct verify *v)
{
	struct call_log ours = { 0 };
	struct ops ops;
	int ret;

	ret = vmsa_ops_open(v->c, "boot-ops.txt.zst", &ops, v->err);
	if (ret)
		return ret;
	ret = vmsa_case_boot(v->c, vmsa_call_log_add, &ours, &v->l, v->err);
	if (!ret)
		ret = vmsa_linux_map_mem(v->l);
	if (!ret)
		ret = verify_paging(v, &ops, &ours);
	if (!ret) {
		v->l->on_map = NULL;
		ret = verify_rest(v, &ops);
	}
	vmsa_ops_close(&ops);
	free(ours.v);
	return ret;
}

/* --- ops ----------------------------------------------------------------- */

/* The calls between two stages of an ops case. */
static int verify_step(struct verify *v, size_t stage)
{
	struct ops ops;
	struct op op;
	char file[96];
	int ret;

	snprintf(file, sizeof(file), "ops-%s.txt.zst", v->c->stages[stage]);
	ret = vmsa_ops_open(v->c, file, &ops, v->err);
	if (ret)
		return ret;
	while ((ret = vmsa_ops_next(&ops, v->l, &op, v->err)) > 0)
		apply(v, &op);
	vmsa_ops_close(&ops);
	return ret ? ret : report(v, stage, 0);
}

/* The recorded system was up: stage 00 is boot's, from 01 on it runs. */
static int verify_ops(struct verify *v)
{
	int ret;

	ret = vmsa_case_load(v->c, 1, &v->l, v->err);
	if (ret)
		return ret;
	online_others(v);
	v->l->allocator_up = true;
	v->l->caps_final = true;
	v->l->root_is_ro = true;
	for (size_t i = 2; i < v->c->nr_stages && !ret; i++)
		ret = verify_step(v, i);
	return ret;
}

int vmsa_case_verify(const struct vmsa_case *c, const struct vmsa_verify *how,
		     struct vmsa_error *err)
{
	struct verify v = { .c = c, .how = how, .err = err };
	int ret;

	if (!strncmp(c->name, "early-", 6))
		ret = verify_early(&v);
	else if (!strncmp(c->name, "ops-", 4) && c->nr_stages > 1)
		ret = verify_ops(&v);
	else
		ret = verify_idle(&v);
	vmsa_linux_destroy(v.l);
	return ret;
}
