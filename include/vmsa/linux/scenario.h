/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_SCENARIO_H
#define VMSA_LINUX_SCENARIO_H
/*
 * scenario.h - scripts of what a kernel does to its linear map
 *
 *     text -> statements -> steps, each with its cost and what it left
 *
 * The language is described in docs/scenario.md.  A script is checked word by
 * word before anything runs.  Results go to the caller's function.
 */
#include "vmsa/linux/cost.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_scenario;

/**
 * vmsa_scenario_read() - read a script from a file.
 * @path: the file
 * @out:  the script; free it with vmsa_scenario_destroy()
 * @err:  which line is wrong, and why; may be NULL
 *
 * Return: 0; -EINVAL if a statement is wrong; -ENOMEM; the negative errno of
 *	reading the file.
 */
int vmsa_scenario_read(const char *path, struct vmsa_scenario **out,
		       struct vmsa_error *err);

/**
 * vmsa_scenario_parse() - read a script from memory.
 * @text: the script
 * @name: what to call it in errors; machines are looked for beside it
 * @out:  the script; free it with vmsa_scenario_destroy()
 * @err:  which line is wrong, and why; may be NULL
 *
 * Return: 0; -EINVAL if a statement is wrong; -ENOMEM.
 */
int vmsa_scenario_parse(const char *text, const char *name,
			struct vmsa_scenario **out, struct vmsa_error *err);

/** vmsa_scenario_destroy() - give everything back; accepts NULL. */
void vmsa_scenario_destroy(struct vmsa_scenario *scenario);

/** vmsa_scenario_name() - the path or name it was read under. */
const char *vmsa_scenario_name(const struct vmsa_scenario *scenario);

/** enum vmsa_scenario_kind - what a statement is. */
enum vmsa_scenario_kind {
	VMSA_STEP_SETUP,   /**< describes the machine or prepares a step */
	VMSA_STEP_NOTE,    /**< words for the reader */
	VMSA_STEP_DO,      /**< the kernel does something: it has a cost */
	VMSA_STEP_SUM,     /**< the cost since the last one, or since boot */
	VMSA_STEP_EXPECT,  /**< something has to be so */
	VMSA_STEP_EXPLORE, /**< marks the steps that follow, for bbm/ */
};

/** struct vmsa_scenario_step - one statement that was executed. */
struct vmsa_scenario_step {
	unsigned line;                /**< in the script, from 1 */
	const char *text;             /**< the statement, without comment */
	enum vmsa_scenario_kind kind; /**< what it is */
	int ret; /**< what the kernel's function returned: 0 or -errno */
	struct vmsa_linux_cost cost;  /**< of a DO or SUM */
	const struct vmsa_linux *sys; /**< as it is now; NULL before boot */
	bool ok;         /**< an EXPECT is so; a DO did not fail unexpectedly */
	const char *why; /**< one sentence if not @ok, else "" */
	unsigned bbm_level; /**< the lowest of the machine's CPUs, 0 .. 3; one
				 on the kernel's list (6.1) has 3; so it is
				 before boot */
	uint64_t marked;    /**< of an EXPLORE: how many DOs it marks */
};

/** vmsa_scenario_count() - how many statements a script has. */
size_t vmsa_scenario_count(const struct vmsa_scenario *scenario);

/**
 * vmsa_scenario_look() - a statement, without executing it.
 * @scenario: the script
 * @index:    below vmsa_scenario_count(), in the order of execution
 * @out:      its line, text, kind and @marked; the rest is zero
 */
void vmsa_scenario_look(const struct vmsa_scenario *scenario, size_t index,
			struct vmsa_scenario_step *out);

/** vmsa_scenario_fn - sees a step; non-zero stops the run. */
typedef int (*vmsa_scenario_fn)(void *arg,
				const struct vmsa_scenario_step *step);

/**
 * vmsa_scenario_watch_fn - sees a system that a script makes.
 *
 * With @begins, before anything is mapped; without, before it is given back.
 */
typedef void (*vmsa_scenario_watch_fn)(void *arg, const struct vmsa_linux *sys,
				       bool begins);

/**
 * vmsa_scenario_watch() - see the systems of runs from now on.
 * @scenario: the script
 * @fn:       sees each system twice; NULL: nobody does
 * @arg:      handed to @fn
 */
void vmsa_scenario_watch(struct vmsa_scenario *scenario,
			 vmsa_scenario_watch_fn fn, void *arg);

/**
 * vmsa_scenario_run() - execute a script, on a system of its own.
 * @scenario: the script
 * @fn:       sees each statement after it was executed
 * @arg:      handed to @fn
 * @err:      which line cannot be executed, and why; may be NULL
 *
 * The run goes on after an expectation that is not so.
 *
 * Return: 0 if every step was ok; 1 if one was not; the value of @fn if it
 *	stopped the run;
 *	-EINVAL, if a line makes no sense where it stands: a name nobody gave,
 *	an address outside the kernel's half, a machine that does not boot;
 *	-ENOMEM, if the library had no memory for itself.
 */
int vmsa_scenario_run(const struct vmsa_scenario *scenario, vmsa_scenario_fn fn,
		      void *arg, struct vmsa_error *err);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_LINUX_SCENARIO_H */
