/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_litmus.c - vmsa explore --litmus: can these programs end so?
 */
#include "explore.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "vmsa/bbm/litmus.h"

/* One test and its answer. */
struct answer {
	struct vmsa_litmus_test test;
	struct vmsa_litmus_result result;
	const char *verdict;
	bool differs; /* from a published verdict that is exact */
	char *story;
	size_t story_size;
};

static int ask(const struct vmsa_litmus *litmus, size_t index,
	       const struct args *args, struct answer *a)
{
	struct vmsa_litmus_options options = {
		.ets2 = args->explore.ets2,
		.max_states = args->explore.max_states,
	};
	int ret;

	if (args->explore.story) {
		options.story = open_memstream(&a->story, &a->story_size);
		if (!options.story)
			return complain("no memory for a story");
	}
	ret = vmsa_litmus_explore(litmus, index, &options, &a->result);
	if (options.story)
		fclose(options.story);
	if (ret)
		return complain("%s: %s: %s", args->explore.litmus,
				a->test.name, strerror(-ret));
	a->verdict = vmsa_litmus_verdict_name(a->result.verdict);
	a->differs = a->test.exact && strcmp(a->verdict, a->test.strong) != 0;
	return EXIT_DONE;
}

/* Neither yes nor no, which is no agreement with anything. */
static bool is_open(const struct answer *a)
{
	return a->result.verdict == VMSA_LITMUS_BOUND_HIT;
}

static void print_answer(const struct args *args, const struct answer *a)
{
	printf("%s %s", a->test.name, a->verdict);
	if (a->result.why)
		printf(" (%s)", a->result.why);
	putchar('\n');
	if (a->story_size)
		fputs(a->story, stdout);
	if (is_open(a))
		complain("%s: %s is not decided: a bound was hit",
			 args->explore.litmus, a->test.name);
	else if (a->differs)
		complain("%s: %s is %s, but \"strong\" says %s",
			 args->explore.litmus, a->test.name, a->verdict,
			 a->test.strong);
}

static void write_answer(struct doc *d, const struct answer *a)
{
	doc_object(d, NULL);
	doc_text(d, "name", a->test.name);
	doc_text(d, "verdict", a->verdict);
	doc_text(d, "why", a->result.why);
	doc_text(d, "strong", *a->test.strong ? a->test.strong : NULL);
	doc_bool(d, "exact", a->test.exact);
	doc_bool(d, "differs", a->differs);
	doc_count(d, "states", (int64_t)a->result.states);
	if (a->story_size)
		doc_text(d, "story", a->story);
	doc_end(d);
}

/* All tests, or the one that was named. */
static int answer_all(const struct vmsa_litmus *litmus, const struct args *args,
		      struct doc *d)
{
	const size_t n = vmsa_litmus_count(litmus);
	const char *name = args->explore.name;
	bool found = false;
	int worst = EXIT_DONE;

	for (size_t i = 0; i < n && worst != EXIT_BAD; i++) {
		struct answer a = { .story = NULL };
		int ret;

		vmsa_litmus_test(litmus, i, &a.test);
		if (name && strcmp(name, a.test.name) != 0)
			continue;
		found = true;
		ret = ask(litmus, i, args, &a);
		if (!ret && d)
			write_answer(d, &a);
		else if (!ret)
			print_answer(args, &a);
		worst = worse_of(worst, ret ? ret : a.differs || is_open(&a));
		free(a.story);
	}
	if (!found && name)
		return complain("%s: there is no test '%s'",
				args->explore.litmus, name);
	if (!found)
		return complain("%s: there is no test in it",
				args->explore.litmus);
	return worst;
}

int explore_litmus(const struct args *args)
{
	const char *path = args->explore.litmus;
	struct vmsa_error err = { 0 };
	struct vmsa_litmus *litmus;
	struct doc *d = NULL;
	int ret;

	ret = vmsa_litmus_read(path, &litmus, &err);
	if (ret)
		return complain_error(path, ret, &err);
	if (args->json) {
		d = doc_open();
		doc_text(d, "file", path);
		doc_bool(d, "ets2", args->explore.ets2);
		doc_array(d, "tests");
	}
	ret = answer_all(litmus, args, d);
	vmsa_litmus_destroy(litmus);
	if (!args->json)
		return ret;
	doc_end(d);
	doc_bool(d, "ok", ret == EXIT_DONE);
	return worse_of(ret, doc_close(d, stdout));
}
