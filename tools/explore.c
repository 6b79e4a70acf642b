/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore.c - vmsa explore: what could other PEs see?
 *
 * A scenario is run; what its marked steps, or its last one, do to the tables
 * is recorded and explored right after them, while the tables still stand.
 */
#include "explore.h"

#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "say.h"
#include "vmsa/linux/scenario.h"

#define NOWHERE SIZE_MAX

/* A scenario at work. */
struct session {
	const struct args *args;
	const char *file;
	const struct vmsa_scenario *scenario;
	size_t done;                  /* statements executed */
	size_t start;                 /* unmarked: statements before the last
					 step; else NOWHERE */
	uint64_t left;                /* steps still to be recorded */
	struct vmsa_program *program; /* being recorded, or NULL */
	struct doc *doc;
	bool told; /* a program stands before this one */
	int worst; /* exit code so far */
};

/* --- which steps --------------------------------------------------------- */

static struct vmsa_scenario_step look(const struct session *s, size_t index)
{
	struct vmsa_scenario_step step;

	vmsa_scenario_look(s->scenario, index, &step);
	return step;
}

/* If nothing is marked: where the last step is. */
static size_t find_last(const struct session *s)
{
	size_t last = NOWHERE;

	for (size_t i = 0; i < vmsa_scenario_count(s->scenario); i++) {
		const enum vmsa_scenario_kind kind = look(s, i).kind;

		if (kind == VMSA_STEP_EXPLORE)
			return NOWHERE;
		if (kind == VMSA_STEP_DO)
			last = i;
	}
	return last;
}

static bool has_mark(const struct session *s)
{
	for (size_t i = 0; i < vmsa_scenario_count(s->scenario); i++) {
		if (look(s, i).kind == VMSA_STEP_EXPLORE)
			return true;
	}
	return false;
}

static int refuse(const struct session *s, unsigned line, const char *why)
{
	return complain("%s: line %u: %s", s->file, line, why);
}

/* What comes next must not take the tables away before they are explored. */
static int check_next(const struct session *s, unsigned line)
{
	struct vmsa_scenario_step next;

	if (s->done == vmsa_scenario_count(s->scenario))
		return refuse(s, line, "fewer steps follow than are marked");
	next = look(s, s->done);
	if (next.kind == VMSA_STEP_EXPLORE)
		return refuse(s, next.line,
			      "the steps marked before are not "
			      "complete yet");
	if (!strcmp(next.text, "reset"))
		return refuse(s, next.line,
			      "the system is reset before all "
			      "marked steps");
	return EXIT_DONE;
}

/* --- recording ----------------------------------------------------------- */

static int start(struct session *s, const struct vmsa_scenario_step *step,
		 uint64_t steps)
{
	int ret;

	if (!step->sys)
		return refuse(s, look(s, s->done).line,
			      "nothing precedes the boot: there is nothing to "
			      "explore");
	ret = vmsa_program_record(vmsa_linux_space(step->sys), &s->program);
	if (ret)
		return complain("%s: recording: %s", s->file, strerror(-ret));
	s->left = steps;
	if (s->doc) {
		doc_object(s->doc, NULL);
		doc_array(s->doc, "steps");
	} else if (s->told) {
		putchar('\n');
	}
	s->told = true;
	return EXIT_DONE;
}

/* All steps are recorded. */
static int finish(struct session *s, const struct vmsa_scenario_step *step)
{
	const uint64_t asked = s->args->machine.bbm;
	const struct explored e = {
		.file = s->file,
		.program = s->program,
		.args = s->args,
		.bbm = asked == NOT_GIVEN ? step->bbm_level : (unsigned)asked,
		.doc = s->doc,
	};
	int ret = vmsa_program_stop(s->program);

	doc_end(s->doc);
	if (ret)
		ret = complain("%s: recording: %s", s->file, strerror(-ret));
	else
		ret = explore_program(&e);
	doc_end(s->doc);
	vmsa_program_destroy(s->program);
	s->program = NULL;
	return ret;
}

static void tell_step(const struct session *s,
		      const struct vmsa_scenario_step *step)
{
	if (!s->doc) {
		printf("%s:%u: %s\n", s->file, step->line, step->text);
		return;
	}
	doc_object(s->doc, NULL);
	doc_count(s->doc, "line", step->line);
	doc_text(s->doc, "text", step->text);
	doc_end(s->doc);
}

/* An unmet expectation: then what is explored is not what was meant. */
static int check_step(const struct session *s,
		      const struct vmsa_scenario_step *step)
{
	if (step->ok)
		return EXIT_DONE;
	complain("%s: line %u: %s: %s", s->file, step->line, step->text,
		 step->why);
	return EXIT_NO;
}

static int on_step(void *arg, const struct vmsa_scenario_step *step)
{
	struct session *s = arg;
	int ret = EXIT_DONE;

	s->done++;
	s->worst = worse_of(s->worst, check_step(s, step));
	if (s->program && step->kind == VMSA_STEP_DO) {
		tell_step(s, step);
		if (!--s->left)
			ret = finish(s, step);
	}
	if (step->kind == VMSA_STEP_EXPLORE)
		ret = start(s, step, step->marked);
	else if (s->done == s->start)
		ret = start(s, step, 1);
	if (s->program && ret != EXIT_BAD)
		ret = worse_of(ret, check_next(s, step->line));
	s->worst = worse_of(s->worst, ret);
	/* A bad step ends the run; a violation does not. */
	return s->worst == EXIT_BAD ? EXIT_BAD : 0;
}

/* --- the command --------------------------------------------------------- */

static int run_scenario(struct session *s)
{
	struct vmsa_error err = { 0 };
	int ret;

	s->start = find_last(s);
	if (!has_mark(s) && (s->start == NOWHERE || !s->start))
		return complain("%s: there is no step to explore", s->file);
	ret = vmsa_scenario_run(s->scenario, on_step, s, &err);
	/* The run ended within marked steps, and took the tables with it. */
	if (s->program)
		vmsa_program_abandon(s->program);
	vmsa_program_destroy(s->program);
	if (ret < 0)
		return complain_error(s->file, ret, &err);
	return s->worst;
}

static int explore_scenario(const struct args *args)
{
	struct session s = { .args = args, .file = args_input(args, 0) };
	struct vmsa_error err = { 0 };
	struct vmsa_scenario *scenario;
	int ret;

	ret = vmsa_scenario_read(s.file, &scenario, &err);
	if (ret)
		return complain_error(s.file, ret, &err);
	s.scenario = scenario;
	if (args->json) {
		s.doc = doc_open();
		doc_text(s.doc, "file", s.file);
		doc_array(s.doc, "programs");
	}
	ret = run_scenario(&s);
	vmsa_scenario_destroy(scenario);
	if (!args->json)
		return ret;
	doc_end(s.doc);
	doc_bool(s.doc, "ok", ret == EXIT_DONE);
	return worse_of(ret, doc_close(s.doc, stdout));
}

/* An option that was given and is of scenarios alone; NULL for none. */
static const char *of_scenarios(const struct args *args)
{
	const struct explore_args *x = &args->explore;

	if (args->machine.bbm != NOT_GIVEN)
		return "--bbm";
	if (x->leave_out)
		return "--leave-out";
	if (x->pes)
		return "--pes";
	if (x->any_order)
		return "--any-order";
	if (x->hd)
		return "--hd";
	return x->same_contents ? "--same-contents" : NULL;
}

/* An option that would do nothing is a mistake. */
static int run(const struct args *args)
{
	const struct explore_args *x = &args->explore;

	if (!x->litmus && !args->nr_operands)
		return complain("explore wants a FILE or --litmus FILE");
	if (x->litmus && args->nr_operands)
		return complain("either '%s' or --litmus '%s'",
				args->operands[0], x->litmus);
	if (x->litmus && of_scenarios(args))
		return complain("%s is of scenarios, not of --litmus",
				of_scenarios(args));
	if (!x->litmus && (x->name || x->story))
		return complain("%s is of --litmus",
				x->name ? "--name" : "--story");
	return x->litmus ? explore_litmus(args) : explore_scenario(args);
}

const struct command explore_command = {
	.name = "explore",
	.operands = "[FILE]",
	.min_operands = 0,
	.max_operands = 1,
	.summary = "Say what other PEs may see while the tables are edited, "
		   "and tell the shortest bad run",
	.groups = { &explore_options, &program_options, &litmus_options,
		    &common_options },
	.run = run,
};
