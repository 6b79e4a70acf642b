/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.c - execute the statements of a script
 */
#include "linux/scenario/scenario.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

int vmsa_scenario_bad(struct runner *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, ap);
	va_end(ap);
	r->broken = true;
	return -EINVAL;
}

int vmsa_scenario_unmet(struct runner *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, ap);
	va_end(ap);
	return 0;
}

/* Is an error of this statement what the next one expects? */
static bool error_is_expected(const struct runner *r)
{
	const struct statement *next = r->at + 1;

	return next < r->scenario->v + r->scenario->n &&
	       !strcmp(next->word->name, "expect error");
}

/* A statement with a cost: run it between two looks at the counters. */
static int execute(struct runner *r)
{
	const struct statement *s = r->at;
	int ret;

	if (s->word->kind != VMSA_STEP_DO)
		return s->word->run(r, s);
	memset(&r->last, 0, sizeof(r->last));
	if (r->sys)
		vmsa_linux_cost_start(r->sys, &r->last);
	ret = s->word->run(r, s);
	if (r->sys && !r->broken) {
		vmsa_linux_cost_stop(r->sys, &r->last);
		vmsa_linux_cost_add(&r->sum, &r->last);
	}
	r->last_ret = ret;
	if (ret && !r->broken && !error_is_expected(r))
		unmet(r, "it failed: %s", strerror(-ret));
	return ret;
}

static int run_statement(struct runner *r, vmsa_scenario_fn fn, void *arg,
			 bool *all_ok)
{
	const struct statement *s = r->at;
	struct vmsa_scenario_step step = { .line = s->line,
					   .text = s->text,
					   .kind = s->word->kind,
					   .why = r->why };

	r->why[0] = '\0';
	if (s->word->needs_system && !r->sys)
		bad(r, "%s makes no sense before boot", s->word->name);
	else
		step.ret = execute(r);
	if (r->broken)
		return vmsa_error_at(r->err, r->scenario->name, "line", s->line,
				     -EINVAL, "%s", r->why);
	step.ok = !r->why[0];
	step.sys = r->sys;
	if (step.kind == VMSA_STEP_DO || step.kind == VMSA_STEP_SUM)
		step.cost = r->last;
	*all_ok &= step.ok;
	return fn(arg, &step);
}

void vmsa_scenario_watch(struct vmsa_scenario *scenario,
			 vmsa_scenario_watch_fn fn, void *arg)
{
	scenario->watch = fn;
	scenario->watch_arg = arg;
}

int vmsa_scenario_run(const struct vmsa_scenario *scenario, vmsa_scenario_fn fn,
		      void *arg, struct vmsa_error *err)
{
	struct runner r = { .scenario = scenario, .err = err };
	bool all_ok = true;
	int ret = 0;

	vmsa_plan_default(&r.plan);
	for (size_t i = 0; i < scenario->n && !ret; i++) {
		r.at = &scenario->v[i];
		ret = run_statement(&r, fn, arg, &all_ok);
	}
	vmsa_plan_destroy(&r);
	if (ret)
		return ret;
	return all_ok ? 0 : 1;
}
