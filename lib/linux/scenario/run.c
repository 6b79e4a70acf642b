/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.c - execute the statements of a script
 *
 *     bad      the statement makes no sense here      the run ends, an error
 *     unmet    the system is not as expected          told, the run goes on
 *     errno    the kernel's function failed           told, unless expected
 *
 * Each statement is one step for the caller: what it was, what it returned,
 * what it cost.
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

/* Does the next statement look at this one's error?  Then it is no surprise. */
static bool error_is_expected(const struct runner *r)
{
	const struct statement *next = r->at + 1;

	return next < r->scenario->v + r->scenario->n &&
	       !strcmp(next->word->name, "expect error");
}

/*
 * A statement with a cost: run it between two looks at the counters.  Boot
 * makes the system, and starts its counting itself.
 */
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

/* How a statement reads, before it is executed. */
static struct vmsa_scenario_step as_step(const struct statement *s)
{
	struct vmsa_scenario_step step = { .line = s->line,
					   .text = s->text,
					   .kind = s->word->kind };

	if (step.kind == VMSA_STEP_EXPLORE)
		step.marked = s->nr_args ? s->arg[0].number : 1;
	return step;
}

/* The level the whole system can be judged at, late CPUs included. */
static unsigned lowest_bbm_level(const struct runner *r)
{
	unsigned lowest = r->late_bbm_level;
	const struct vmsa_cpu *cpu = NULL;
	size_t n = 0;

	if (r->machine)
		cpu = vmsa_machine_cpus(r->machine, &n);
	for (size_t i = 0; i < n; i++) {
		const unsigned level = vmsa_linux_cpu_bbm_level(&cpu[i]);

		lowest = level < lowest ? level : lowest;
	}
	return lowest;
}

/* Run the statement at @r->at and show the step to @fn. */
static int run_statement(struct runner *r, vmsa_scenario_fn fn, void *arg,
			 bool *all_ok)
{
	const struct statement *s = r->at;
	struct vmsa_scenario_step step = as_step(s);

	step.why = r->why;
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
	step.bbm_level = lowest_bbm_level(r);
	if (step.kind == VMSA_STEP_DO || step.kind == VMSA_STEP_SUM)
		step.cost = r->last;
	*all_ok &= step.ok;
	return fn(arg, &step);
}

size_t vmsa_scenario_count(const struct vmsa_scenario *scenario)
{
	return scenario->n;
}

void vmsa_scenario_look(const struct vmsa_scenario *scenario, size_t index,
			struct vmsa_scenario_step *out)
{
	*out = as_step(&scenario->v[index]);
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
	struct runner r = { .scenario = scenario,
			    .err = err,
			    .late_bbm_level = 3 };
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
