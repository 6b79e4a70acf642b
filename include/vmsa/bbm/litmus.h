/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_BBM_LITMUS_H
#define VMSA_BBM_LITMUS_H
/*
 * litmus.h - small programs for several PEs: can this outcome happen?
 *
 *     JSON lines -> tests -> every run of the adversary -> allowed, forbidden
 *
 * The adversary has a store buffer, a walker and a TLB per PE over one shared
 * memory; docs/litmus-format.md states its rules S1 .. S7 and the notation.
 * "Forbidden" is said only after every run was looked at; a test that needs
 * something the notation or the adversary lacks is "not expressed".
 *
 * Threads  tests are read-only once read; explore as many at a time as you
 *          like
 * Source   Arm ARM DDI 0487, B2.3 and D8.17; Simner et al., "Relaxed virtual
 *          memory in Armv8-A", ESOP 2022, for the questions
 */
#include <stdbool.h>
#include <stdio.h>

#include "vmsa/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_litmus;

/** struct vmsa_litmus_test - what a file says of one test. */
struct vmsa_litmus_test {
	const char *name;   /**< its name */
	const char *strong; /**< published verdict; "" if there is none */
	const char *notes;  /**< free text; "" if there is none */
	const char *why;    /**< why it cannot be expressed; NULL if it can */
	bool exact;         /**< @notes say "simple: exact" */
	bool too_strong;    /**< @notes say "simple: too strong" */
};

/**
 * vmsa_litmus_read() - read a file of tests, one JSON object a line.
 * @path: the file
 * @out:  its tests; free them with vmsa_litmus_destroy()
 * @err:  what was wrong with which line, or NULL
 *
 * A test whose notation cannot be understood is read all the same, with the
 * reason in its @why.
 *
 * Return: 0;
 *	-EINVAL, if a line is not such an object;
 *	-ENOMEM; or what opening and reading the file gave.
 */
int vmsa_litmus_read(const char *path, struct vmsa_litmus **out,
		     struct vmsa_error *err);

/** struct vmsa_litmus_text - tests that are in memory already. */
struct vmsa_litmus_text {
	const char *name; /**< for error messages */
	const char *text; /**< the lines; need not end with a zero */
	size_t size;      /**< bytes */
};

/**
 * vmsa_litmus_parse() - the same from memory.
 * @text: the lines
 * @out:  their tests; free them with vmsa_litmus_destroy()
 * @err:  what was wrong with which line, or NULL
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int vmsa_litmus_parse(const struct vmsa_litmus_text *text,
		      struct vmsa_litmus **out, struct vmsa_error *err);

/** vmsa_litmus_destroy() - free tests; NULL is allowed. */
void vmsa_litmus_destroy(struct vmsa_litmus *litmus);

/** vmsa_litmus_count() - how many tests there are. */
size_t vmsa_litmus_count(const struct vmsa_litmus *litmus);

/**
 * vmsa_litmus_test() - what is known of one test.
 * @litmus: the tests
 * @index:  below vmsa_litmus_count()
 * @out:    written completely; strings live as long as @litmus
 */
void vmsa_litmus_test(const struct vmsa_litmus *litmus, size_t index,
		      struct vmsa_litmus_test *out);

/** enum vmsa_litmus_verdict - whether the outcome asked for can happen. */
enum vmsa_litmus_verdict {
	VMSA_LITMUS_FORBIDDEN,     /**< no run ends so */
	VMSA_LITMUS_ALLOWED,       /**< some run does */
	VMSA_LITMUS_NOT_EXPRESSED, /**< the question cannot be put */
	VMSA_LITMUS_BOUND_HIT,     /**< not seen, but not all was looked at */
};

/** vmsa_litmus_verdict_name() - "allowed", "forbidden", ... */
const char *vmsa_litmus_verdict_name(enum vmsa_litmus_verdict verdict);

/** struct vmsa_litmus_options - the PEs, and how long to look. */
struct vmsa_litmus_options {
	bool ets2;           /**< S7: the PEs have FEAT_ETS2 */
	bool eis0;           /**< SCTLR.EIS = EOS = 0: exception entry and
				  return do not synchronise the context */
	uint64_t max_states; /**< states to keep; 0 for the default */
	FILE *story;         /**< where the shortest run that shows an allowed
				  outcome is told; NULL for nowhere */
};

/** VMSA_LITMUS_MAX_STATES - the default of max_states. */
#define VMSA_LITMUS_MAX_STATES UINT64_C(2000000)

/** VMSA_LITMUS_MAX_BYTES - what the states of one search may take. */
#define VMSA_LITMUS_MAX_BYTES (UINT64_C(512) << 20)

/** struct vmsa_litmus_result - the answer. */
struct vmsa_litmus_result {
	enum vmsa_litmus_verdict verdict; /**< the answer */
	const char *why; /**< of NOT_EXPRESSED and BOUND_HIT; else NULL */
	uint64_t states; /**< different states seen */
};

/**
 * vmsa_litmus_explore() - look at every run of one test.
 * @litmus:  the tests
 * @index:   below vmsa_litmus_count()
 * @options: NULL for no ETS2, the default bound and no story
 * @out:     written completely on success
 *
 * Return: 0, whatever the verdict; -ENOMEM; -EIO if the story could not be
 *	written.
 */
int vmsa_litmus_explore(const struct vmsa_litmus *litmus, size_t index,
			const struct vmsa_litmus_options *options,
			struct vmsa_litmus_result *out);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_BBM_LITMUS_H */
