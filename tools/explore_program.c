/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_program.c - a program is explored: outcomes, verdict, story
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"
#include "say.h"
#include "sheet.h"
#include "watch.h"

/* --- invariants ---------------------------------------------------------- */

/* In the order of their bits. */
static const char *const short_names[] = {
	"I1", "I2", "I3", "I3 stale", "I4", "I5", "I6", "conflict", "contents",
};

#define NR_INVARIANTS (sizeof(short_names) / sizeof(short_names[0]))

const char *invariants_text(unsigned set, char *out)
{
	size_t n = 0;

	strcpy(out, "-");
	for (size_t i = 0; i < NR_INVARIANTS; i++) {
		if (set >> i & 1)
			n += (size_t)snprintf(out + n, INVARIANTS_TEXT - n,
					      "%s%s", n ? ", " : "",
					      short_names[i]);
	}
	return out;
}

void invariants_write(struct doc *d, const char *key, unsigned set)
{
	doc_array(d, key);
	for (size_t i = 0; i < NR_INVARIANTS; i++) {
		if (set >> i & 1)
			doc_text(d, NULL, short_names[i]);
	}
	doc_end(d);
}

/* --- exploring ----------------------------------------------------------- */

/* What became of a program. */
struct finding {
	struct vmsa_explore_result result;
	struct outcomes outcomes;
	char *story; /* "" if nothing bad was seen */
	size_t story_size;
};

/* A kernel numbers its CPUs from 0. */
bool explored_has_others(const struct explored *e)
{
	const uint64_t pes = e->args->explore.pes;
	uint16_t last = 0;

	for (size_t i = 0; i < vmsa_program_count(e->program); i++) {
		const uint16_t pe = vmsa_program_event(e->program, i)->pe;

		last = pe > last ? pe : last;
	}
	return !pes || pes > last + UINT64_C(1);
}

struct vmsa_explore_options explored_options(const struct explored *e)
{
	const struct explore_args *x = &e->args->explore;

	return (struct vmsa_explore_options){
		.bbm = e->bbm,
		.ets2 = x->ets2,
		.hd = x->hd,
		.same_contents = x->same_contents,
		.mair = LINUX_MAIR,
		.any_order = x->any_order,
		.alone = "repaint",
		.observers = VMSA_OBSERVER_SELF |
			     (explored_has_others(e) ? VMSA_OBSERVER_OTHER : 0),
		.max_states = x->max_states,
	};
}

/* A conflict abort breaks nothing, but how it comes about is worth a story. */
static int find_with(const struct explored *e, FILE *story, struct finding *f)
{
	struct vmsa_explore_options options = explored_options(e);
	struct vmsa_explore_result conflict;
	int ret;

	options.story = story;
	options.fn = outcomes_see;
	options.arg = &f->outcomes;
	ret = vmsa_explore(e->program, &options, &f->result);
	if (ret || f->result.broken || !(f->result.seen & VMSA_NO_CONFLICT))
		return ret;
	options.fn = NULL;
	options.invariants = VMSA_NO_CONFLICT;
	ret = vmsa_explore(e->program, &options, &conflict);
	if (ret)
		return ret;
	f->result.va = conflict.va;
	f->result.point = conflict.point;
	f->result.observer = conflict.observer;
	f->result.pe = conflict.pe;
	return 0;
}

static int find(const struct explored *e, struct finding *f)
{
	FILE *story = open_memstream(&f->story, &f->story_size);
	int ret;

	if (!story)
		return complain("no memory for a story");
	ret = find_with(e, story, f);
	outcomes_end(&f->outcomes);
	if (fclose(story) && !ret)
		return complain("no memory for a story");
	if (ret)
		return complain("%s: it cannot be explored: %s", e->file,
				strerror(-ret));
	return EXIT_DONE;
}

/* --- output -------------------------------------------------------------- */

static bool is_bad(const struct vmsa_explore_result *r)
{
	return r->broken || r->bound;
}

/* One line for each thing there is to know. */
static void print_verdict(const struct vmsa_explore_result *r)
{
	for (unsigned i = 1; i <= VMSA_SAME_CONTENTS; i <<= 1) {
		if (r->broken & i)
			printf("violated: %s\n",
			       vmsa_invariant_name((enum vmsa_invariant)i));
	}
	if (!r->probes)
		puts("no descriptor was stored");
	if (r->bound)
		printf("not all was looked at: %s\n", r->bound);
	else if (!r->broken)
		puts("no invariant can be violated");
	if (r->seen & VMSA_NO_CONFLICT)
		puts("a TLB conflict abort can be raised");
	if (r->seen & VMSA_SAME_CONTENTS)
		puts("undecided: whether read-only pages that are swapped hold "
		     "the same");
}

static void print_finding(const struct explored *e, const struct finding *f)
{
	const struct explore_args *x = &e->args->explore;
	char events[NUMBER_TEXT], probes[NUMBER_TEXT], states[NUMBER_TEXT];

	printf("level %u%s%s%s%s: %s events, %s addresses, %s states\n\n",
	       e->bbm, x->ets2 ? ", FEAT_ETS2" : "",
	       x->hd ? ", dirty state" : "",
	       x->same_contents ? ", same contents" : "",
	       x->any_order ? ", any order" : "",
	       count_text(vmsa_program_count(e->program), events),
	       count_text(f->result.probes, probes),
	       count_text(f->result.states, states));
	outcomes_print(&f->outcomes, stdout);
	if (f->outcomes.ranges)
		putchar('\n');
	print_verdict(&f->result);
	if (f->story_size)
		printf("\nthe shortest run to it\n%s", f->story);
}

static void write_events(struct doc *d, const struct vmsa_program *program)
{
	const size_t n = vmsa_program_count(program);

	doc_array(d, "events");
	for (size_t i = 0; i < n; i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		if (out) {
			vmsa_event_print(out, vmsa_program_event(program, i));
			fclose(out);
		}
		doc_text(d, NULL, text);
		free(text);
	}
	doc_end(d);
}

static void write_story(struct doc *d, const struct finding *f)
{
	doc_object(d, "shortest_run");
	doc_hex(d, "va", f->result.va);
	doc_text(d, "observer",
		 f->result.observer == VMSA_OBSERVER_SELF ? "editor"
							  : "others");
	doc_count(d, "pe", f->result.pe);
	doc_count(d, "events_done", (int64_t)f->result.point);
	doc_text(d, "story", f->story);
	doc_end(d);
}

static void write_finding(const struct explored *e, const struct finding *f)
{
	const struct vmsa_explore_result *r = &f->result;
	struct doc *d = e->doc;

	doc_count(d, "bbm_level", e->bbm);
	doc_bool(d, "ets2", e->args->explore.ets2);
	doc_bool(d, "hd", e->args->explore.hd);
	doc_bool(d, "same_contents", e->args->explore.same_contents);
	doc_bool(d, "any_order", e->args->explore.any_order);
	doc_bool(d, "others", explored_has_others(e));
	write_events(d, e->program);
	doc_count(d, "probed", (int64_t)r->probes);
	doc_count(d, "states", (int64_t)r->states);
	outcomes_write(&f->outcomes, d);
	invariants_write(d, "violated", r->broken);
	doc_bool(d, "conflict_abort", r->seen & VMSA_NO_CONFLICT);
	doc_bool(d, "contents_undecided", r->seen & VMSA_SAME_CONTENTS);
	doc_text(d, "bound", r->bound);
	if (f->story_size)
		write_story(d, f);
	doc_bool(d, "ok", !is_bad(r));
}

int explore_program(const struct explored *e)
{
	struct finding f = { .story = NULL };
	int ret = find(e, &f);

	if (!ret) {
		if (e->doc)
			write_finding(e, &f);
		else
			print_finding(e, &f);
		ret = is_bad(&f.result) ? EXIT_NO : EXIT_DONE;
	}
	outcomes_free(&f.outcomes);
	free(f.story);
	if (ret != EXIT_BAD && e->args->explore.leave_out)
		ret = worse_of(ret, explore_events(e));
	return ret;
}
